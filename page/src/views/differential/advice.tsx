// What else follows: scores, mimics, cautions before a biopsy, management, disagreements between reader and measurement.
import { ChevronRight } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import type { Advice, Score, SourceText } from "../../reading/result";
import { result } from "../../state/live";
import { findings } from "../../state/session";
import { nameOf } from "./bars";
import { Source } from "./reasons";

function Fold({ title, count, name, children }: { title: string; count: number; name: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  if (count === 0) {
    return null;
  }
  return (
    <section class="folded" data-part={name}>
      <button type="button" class="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={14} aria-hidden="true" class="turn" />
        {title}
        <span class="tally">{count}</span>
      </button>
      {open && <div class="fold-body">{children}</div>}
    </section>
  );
}

export function References({ ids }: { ids: string[] | undefined }) {
  const sources = (result.value?.["sources"] ?? {}) as Record<string, SourceText>;
  const known = (ids ?? []).flatMap((id) => (sources[id] ? [{ id, ...sources[id] }] : []));
  return known.length === 0 ? null : (
    <details class="references">
      <summary>{t("advice.sources", { count: known.length })}</summary>
      <ul>
        {known.map((s) => (
          <li key={s.id}>
            <Source doi={s.doi} text={s.text} />
          </li>
        ))}
      </ul>
    </details>
  );
}

const range = (value: unknown): string => (Array.isArray(value) ? [...new Set(value.map(String))].join("–") : String(value));

function ScoreRow({ score }: { score: Score & { sources?: string[] } }) {
  const items = Object.entries(score.items ?? {});
  return (
    <details class="score" data-score={score.id}>
      <summary>
        <span class="name">{sayFirst(score.label)}</span>
        <b>{range(score.value)}</b>
        {score.band && <span class="quiet">{say(score.band)}</span>}
      </summary>
      {items.length > 0 && (
        <table>
          <tbody>
            {items.map(([id, item]) => (
              <tr key={id}>
                <th scope="row">{sayFirst(item.label)}</th>
                <td class="n">{range(item.value)}</td>
                <td>{item.text ? say(item.text) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(score.unknown ?? []).length > 0 && <p>{t("score.unknown", { names: (score.unknown ?? []).map((u) => say(u)).join(", ") })}</p>}
      {score.limits && <p class="quiet">{say(score.limits)}</p>}
      <References ids={score.sources} />
    </details>
  );
}

function Texts({ list }: { list: Advice[] }) {
  return (
    <ul class="texts">
      {list.map((a) => (
        <li key={a.text}>
          {a.name && <b>{sayFirst(a.name)}. </b>}
          {a.applies_to && <span class="tag">{nameOf(a.applies_to)}</span>} {say(a.text.trim())}
          <References ids={a.sources} />
        </li>
      ))}
    </ul>
  );
}

function Conflicts() {
  const list = (result.value?.["conflicts"] ?? []) as { finding: string; read: unknown; measured: unknown }[];
  const words = (id: string, value: unknown) => (Array.isArray(value) ? value : [value]).map((v) => say(findings.value.get(id)?.values?.find((x) => x.id === String(v))?.label ?? String(v))).join(", ");
  return (
    <Fold title={t("advice.conflicts")} count={list.length} name="conflicts">
      <ul class="texts">
        {list.map((c) => (
          <li key={c.finding}>{t("advice.conflict", { finding: sayFirst(findings.value.get(c.finding)?.label ?? ""), read: words(c.finding, c.read), measured: words(c.finding, c.measured) })}</li>
        ))}
      </ul>
    </Fold>
  );
}

export function FurtherAdvice() {
  const part = (name: string) => (result.value?.[name] ?? []) as Advice[];
  const scores = (result.value?.["scores"] ?? []) as Score[];
  const given = scores.filter((s) => s.value !== undefined);
  return (
    <div class="further">
      <Conflicts />
      <Fold title={t("advice.biopsy")} count={part("warnings_before_biopsy").length} name="biopsy">
        <Texts list={part("warnings_before_biopsy")} />
      </Fold>
      <Fold title={t("advice.mimics")} count={part("mimics_to_consider").length} name="mimics">
        <Texts list={part("mimics_to_consider")} />
      </Fold>
      <Fold title={t("advice.scores")} count={given.length} name="scores">
        {given.map((s) => (
          <ScoreRow key={s.id} score={s} />
        ))}
      </Fold>
      <Fold title={t("advice.management")} count={part("management").length} name="management">
        <Texts list={part("management")} />
      </Fold>
      <Fold title={t("advice.pathology")} count={part("pathology_advice").length} name="pathology">
        <Texts list={part("pathology_advice")} />
      </Fold>
    </div>
  );
}
