// The atlas: every diagnosis as a card, every finding over the diagnoses, the sources, and where they disagree; one search over all.
import { signal } from "@preact/signals";
import { Search } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { getJson } from "../api";
import { type Key, language, t } from "../i18n";
import { say, sayFirst } from "../i18n/said";
import { Said } from "../parts/said";
import { inWords } from "../reading/says";
import { addressOf, go, route } from "../state/route";
import { diagnosisNames, findings, tell, vocabulary } from "../state/session";
import { type Conflict, type DiagnosisDetail, loadConflicts, loadDiagnosis, loadSources, type Source } from "../state/atlas";
import "../style/atlas.css";
import { DiagnosisCard, SourceLine } from "./atlas_card";
import { Strip } from "./atlas_strip";

const shelves = ["diagnoses", "findings", "sources", "conflicts"] as const;
type Shelf = (typeof shelves)[number];
const groups = ["benign", "intermediate", "malignant"];
const MOST_SOURCES = 200;
const LEAST_BYTES = 2; // a Chinese character has three

/** What a promise brings; null while it is on its way. */
function useLoaded<T>(load: () => Promise<T>, key: unknown): T | null {
  const [value, setValue] = useState<T | null>(null);
  useEffect(() => {
    let wanted = true;
    setValue(null);
    load().then((answer) => wanted && setValue(answer), tell);
    return () => {
      wanted = false;
    };
  }, [key]);
  return value;
}

interface Hit {
  kind: "diagnosis" | "finding" | "source" | "conflict";
  id: string;
  label: string;
}
const query = signal("");
const hits = signal<Hit[] | null>(null);
let asked: AbortController | null = null;

function search(text: string): void {
  query.value = text;
  asked?.abort();
  const words = text.trim().replace(/\s+/g, " ");
  if (new TextEncoder().encode(words).length < LEAST_BYTES) {
    hits.value = null;
    return;
  }
  asked = new AbortController();
  getJson<{ hits: Hit[] }>(`/knowledge/search?q=${encodeURIComponent(words)}&language=${language.value}`, asked.signal).then((answer) => (hits.value = answer.hits), tell);
}

const shelfOf: Record<Hit["kind"], Shelf> = { diagnosis: "diagnoses", finding: "findings", source: "sources", conflict: "conflicts" };

function Hits() {
  if (!hits.value) {
    return null;
  }
  return (
    <ul class="hits" aria-label={t("atlas.hits")}>
      {hits.value.length === 0 && <li class="quiet">{t("atlas.no_hit")}</li>}
      {hits.value.map((hit) => (
        <li key={hit.kind + hit.id}>
          <a href={addressOf("atlas", [shelfOf[hit.kind], hit.id])}>
            {hit.kind === "source" ? <span lang="en" class="cited">{hit.label}</span> : <Said text={hit.label} first />} <span class="quiet">{t(`atlas.kind.${hit.kind}` as Key)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Entry({ shelf, id, children }: { shelf: Shelf; id: string; children: ComponentChildren }) {
  const here = route.value.parts[0] === shelf && route.value.parts[1] === id;
  return (
    <li>
      <a href={addressOf("atlas", [shelf, id])} aria-current={here ? "true" : undefined} data-entry={id}>
        {children}
      </a>
    </li>
  );
}

function DiagnosisList() {
  const all = vocabulary.value?.diagnoses ?? [];
  const others = [...new Set(all.map((d) => d.group))].filter((group) => !groups.includes(group));
  return (
    <>
      {[...groups, ...others].map((group) => {
        const members = all.filter((d) => d.group === group);
        return members.length === 0 ? null : (
          <section key={group}>
            <h2>{groupName(group)}</h2>
            <ul>
              {members.map((d) => (
                <Entry key={d.id} shelf="diagnoses" id={d.id}>
                  {say(d.name)}
                </Entry>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function groupName(group: string): string {
  const name = t(`group.${group}` as Key);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function FindingList() {
  const all = vocabulary.value?.findings ?? [];
  const sections = [...new Map(all.map((f) => [f.section, String(f.section_label ?? f.section)]))];
  return (
    <>
      {sections.map(([section, label]) => (
        <section key={section}>
          <h2>{say(label)}</h2>
          <ul>
            {all
              .filter((f) => f.section === section)
              .map((f) => (
                <Entry key={f.id} shelf="findings" id={f.id}>
                  {sayFirst(f.label)}
                </Entry>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}

/** One finding over all diagnoses: where it tells apart, and where nothing is known. */
function FindingPage({ id }: { id: string }) {
  const finding = findings.value.get(id);
  const all = useLoaded(() => Promise.all((vocabulary.value?.diagnoses ?? []).map((d) => loadDiagnosis(d.id))), vocabulary.value);
  if (!finding) {
    return <p class="quiet">{t("atlas.no_such")}</p>;
  }
  return (
    <article class="card">
      <header>
        <h1>{sayFirst(finding.label)}</h1>
        <p>
          <Said text={finding.definition} />
        </p>
      </header>
      {finding.values && (
        <dl class="values">
          {finding.values.map((value) => (
            <div key={value.id}>
              <dt>{sayFirst(value.label)}</dt>
              <dd class="quiet">
                <Said text={value.definition ?? ""} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <h2>{t("atlas.by_diagnosis")}</h2>
      {!all && <p class="quiet">{t("atlas.loading")}</p>}
      {(all ?? []).map((detail) => {
        const row = detail.findings.find((f) => f.finding === id);
        return (
          <div class="across" key={detail.diagnosis}>
            <a href={addressOf("atlas", ["diagnoses", detail.diagnosis])}>{say(detail.name)}</a>
            {row && row.rows.length > 0 ? <Strip finding={row} /> : <span class="quiet">{t("atlas.nothing_known")}</span>}
          </div>
        );
      })}
    </article>
  );
}

function Sources({ id }: { id: string | undefined }) {
  const loaded = useLoaded(loadSources, "sources");
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (s: Source) => (id ? s.id === id : words.every((word) => `${s.name} ${s.citation}`.toLowerCase().includes(word)));
  const found = (loaded?.sources ?? []).filter(fits);
  return (
    <article class="card">
      <header>
        <h1>{t("atlas.sources")}</h1>
        <p class="quiet">{t("atlas.sources_told", { count: loaded?.sources.length ?? 0 })}</p>
      </header>
      <ul class="sources">
        {found.slice(0, MOST_SOURCES).map((source) => (
          <li key={source.id}>
            <SourceLine source={source} />
          </li>
        ))}
      </ul>
      {found.length > MOST_SOURCES && <p class="quiet">{t("atlas.more", { count: found.length - MOST_SOURCES })}</p>}
    </article>
  );
}

function ConflictBox({ conflict }: { conflict: Conflict }) {
  const told = [
    ...(conflict.statements ?? []).map((s) => ({ text: s.text, source: s.source_name, where: s.where })),
    ...(conflict.rows ?? []).map((r) => ({ text: inWords(r.id.split(".").slice(1, -1).join("."), r.says), source: r.source_name, where: r.where })),
  ];
  return (
    <section class="conflict" data-conflict={conflict.id}>
      <h3>
        <Said text={conflict.question} />
      </h3>
      <p>{conflict.resolution ? <Said text={conflict.resolution} /> : t("atlas.unresolved")}</p>
      <ul>
        {told.map((one, at) => (
          <li key={at}>
            <Said text={one.text} />{" "}
            <span lang="en" class="quiet cited">
              {[one.source, one.where].filter(Boolean).join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Conflicts({ id }: { id: string | undefined }) {
  const loaded = useLoaded(loadConflicts, "conflicts");
  const names = diagnosisNames.value;
  const byDiagnosis = new Map<string, Conflict[]>();
  for (const conflict of (loaded?.conflicts ?? []).filter((one) => !id || one.id === id)) {
    byDiagnosis.set(conflict.diagnosis, [...(byDiagnosis.get(conflict.diagnosis) ?? []), conflict]);
  }
  return (
    <article class="card">
      <header>
        <h1>{t("atlas.conflicts")}</h1>
        <p class="quiet">{t("atlas.conflicts_told")}</p>
        {id && <a href={addressOf("atlas", ["conflicts"])}>{t("atlas.all_conflicts")}</a>}
      </header>
      {[...byDiagnosis].map(([diagnosis, conflicts]) => (
        <section key={diagnosis}>
          <h2>{say(names.get(diagnosis) ?? diagnosis)}</h2>
          {conflicts.map((conflict) => (
            <ConflictBox key={conflict.id} conflict={conflict} />
          ))}
        </section>
      ))}
    </article>
  );
}

function DiagnosisPage({ id }: { id: string }) {
  const detail = useLoaded<DiagnosisDetail>(() => loadDiagnosis(id), id);
  const conflicts = useLoaded(loadConflicts, "conflicts");
  if (!detail) {
    return <p class="quiet">{t("atlas.loading")}</p>;
  }
  const own = (conflicts?.conflicts ?? []).filter((conflict) => conflict.diagnosis === id);
  return (
    <DiagnosisCard detail={detail}>
      {own.length > 0 && own.map((conflict) => <ConflictBox key={conflict.id} conflict={conflict} />)}
    </DiagnosisCard>
  );
}

function Shown({ shelf, id }: { shelf: Shelf; id: string | undefined }) {
  switch (shelf) {
    case "diagnoses":
      return <DiagnosisPage id={id ?? vocabulary.value?.diagnoses[0]?.id ?? "chordoma"} />;
    case "findings":
      return <FindingPage id={id ?? vocabulary.value?.findings[0]?.id ?? ""} />;
    case "sources":
      return <Sources id={id} />;
    case "conflicts":
      return <Conflicts id={id} />;
  }
}

export function Atlas() {
  const shelf = shelves.find((name) => name === route.value.parts[0]) ?? "diagnoses";
  if (!vocabulary.value) {
    return <main class="atlas" aria-busy="true" />;
  }
  return (
    <main class="atlas">
      <aside aria-label={t("nav.atlas")}>
        <label class="search">
          <Search size={15} aria-hidden="true" />
          <input type="search" value={query.value} placeholder={t("atlas.search")} aria-label={t("atlas.search")} onInput={(e) => search(e.currentTarget.value)} />
        </label>
        <Hits />
        <div class="shelves" role="group" aria-label={t("atlas.shelves")}>
          {shelves.map((name) => (
            <button key={name} type="button" aria-pressed={name === shelf} data-shelf={name} onClick={() => go("atlas", [name])}>
              {t(`atlas.${name}` as Key)}
            </button>
          ))}
        </div>
        {shelf === "diagnoses" && <DiagnosisList />}
        {shelf === "findings" && <FindingList />}
      </aside>
      <section class="page" tabIndex={0} aria-label={t("atlas.page")}>
        {language.value === "zh" && <p class="quiet">{t("atlas.english_only")}</p>}
        <Shown shelf={shelf} id={route.value.parts[1]} />
      </section>
    </main>
  );
}
