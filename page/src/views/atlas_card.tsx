// The card of a diagnosis: what it looks like, what is known of each finding, what it is taken for, what is done.
import type { ComponentChildren } from "preact";

import { formatPercent, type Key, language, t } from "../i18n";
import { say, sayFirst } from "../i18n/said";
import { Picture } from "../parts/picture";
import { Said } from "../parts/said";
import { type DiagnosisDetail, type DiagnosisFinding, pictureOf, pictureSeries, type Source, type Sourced } from "../state/atlas";
import { Strip } from "./atlas_strip";

const topics = ["epidemiology", "sites", "clinical", "radiograph", "ct", "mr", "functional", "nuclear", "histology", "molecular", "treatment", "follow_up", "recurrence", "prognosis", "pitfall"];

export function SourceLine({ source }: { source: Source }) {
  const address = source.doi ? `https://doi.org/${source.doi}` : source.url;
  return (
    <>
      <span lang="en" class="cited">
        <b>{source.name}</b> {source.citation}
      </span>{" "}
      {address && (
        <a href={address} target="_blank" rel="noreferrer noopener">
          {source.doi || t("atlas.link")}
        </a>
      )}{" "}
      <span class="quiet">{t("atlas.seen", { seen: t(`seen.${source.seen}` as Key), rows: source.rows })}</span>
    </>
  );
}

function From({ of }: { of: Sourced }) {
  return (
    <span lang="en" class="quiet from cited">
      {[of.source_name, of.where].filter(Boolean).join(", ")}
    </span>
  );
}

function Pictures({ id }: { id: string }) {
  return (
    <figure class="pictures">
      <div>
        {pictureSeries.map((series) => (
          <figure key={series}>
            <Picture path={pictureOf(id, series)} alt={t("atlas.picture_alt", { series: t(`series.${series}` as Key) })} />
            <figcaption>{t(`series.${series}` as Key)}</figcaption>
          </figure>
        ))}
      </div>
      <figcaption class="quiet">{t("atlas.synthetic")}</figcaption>
    </figure>
  );
}

function Statements({ detail }: { detail: DiagnosisDetail }) {
  const all = detail.statements ?? [];
  const others = [...new Set(all.map((s) => s.topic))].filter((topic) => !topics.includes(topic));
  return (
    <>
      {[...topics, ...others].map((topic) => {
        const told = all.filter((s) => s.topic === topic);
        return told.length === 0 ? null : (
          <section key={topic}>
            <h3>{topics.includes(topic) ? t(`topic.${topic}` as Key) : topic}</h3>
            <ul class="statements">
              {told.map((one, at) => (
                <li key={at}>
                  <Said text={one.text} /> <From of={one} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function Findings({ all }: { all: DiagnosisFinding[] }) {
  const sections = [...new Set(all.map((f) => f.section))];
  return (
    <>
      {sections.map((section) => (
        <section key={section} class="strips">
          <h3>{say(section)}</h3>
          {all
            .filter((f) => f.section === section && f.rows.length > 0)
            .map((f) => (
              <div class="across" key={f.finding}>
                <span>{sayFirst(f.label)}</span>
                <Strip finding={f} />
              </div>
            ))}
        </section>
      ))}
    </>
  );
}

function Heading({ detail }: { detail: DiagnosisDetail }) {
  const icd = detail.codes?.icd_o?.code;
  const facts = [detail.who?.group, detail.who?.behaviour?.replaceAll("_", " "), detail.who?.grade].filter((fact) => fact !== undefined && fact !== "");
  const others = [...(language.value === "en" ? [] : [detail.name]), ...(detail.synonyms ?? [])];
  return (
    <header>
      <h1>{say(detail.name)}</h1>
      {others.length > 0 && (
        <p class="quiet cited" lang="en">
          {others.join(" · ")}
        </p>
      )}
      <p class="facts">{[...facts.map((fact) => say(fact ?? "")), ...(icd ? [`ICD-O ${icd}`] : [])].join(" · ")}</p>
      <p class="summary">
        <Said text={detail.summary ?? ""} />
      </p>
    </header>
  );
}

export function DiagnosisCard({ detail, children }: { detail: DiagnosisDetail; children: ComponentChildren }) {
  return (
    <article class="card" data-diagnosis={detail.diagnosis}>
      <Heading detail={detail} />
      <Pictures id={detail.diagnosis} />
      {detail.typical && detail.typical.length > 0 && (
        <section>
          <h2>{t("atlas.typical")}</h2>
          <dl class="typical">
            {detail.typical.map((one, at) => (
              <div key={at}>
                <dt>{topics.includes(one.modality) ? t(`topic.${one.modality}` as Key) : one.modality}</dt>
                <dd>
                  <Said text={one.text} /> <From of={one} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {detail.mimics && detail.mimics.length > 0 && (
        <section>
          <h2>{t("atlas.mimics")}</h2>
          <ul class="statements">
            {detail.mimics.map((one, at) => (
              <li key={at}>
                <b>{say(one.name)}</b> <Said text={one.text} /> <From of={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {detail.components && detail.components.length > 1 && (
        <section>
          <h2>{t("atlas.components")}</h2>
          <ul class="statements">
            {detail.components.map((one) => (
              <li key={one.id}>
                <b>{say(one.name)}</b> <span class="number">{formatPercent(one.share)}</span> <Said text={one.definition ?? ""} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {detail.management && detail.management.length > 0 && (
        <section data-section="management">
          <h2>{t("atlas.management")}</h2>
          <p class="quiet">{t("atlas.management_told")}</p>
          <ul class="statements">
            {detail.management.map((one, at) => (
              <li key={at}>
                <b>{t(`topic.${one.topic}` as Key)}</b> {one.conditional && <span class="quiet">({t("atlas.conditional")}) </span>}
                <Said text={one.text} />{" "}
                <span lang="en" class="quiet from cited">
                  {one.sources.join(", ")}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{t("atlas.findings_of")}</h2>
        <p class="quiet">{t("atlas.strips_told")}</p>
        <Findings all={detail.findings} />
      </section>
      <section>
        <h2>{t("atlas.statements")}</h2>
        <Statements detail={detail} />
      </section>
      {children && (
        <section>
          <h2>{t("atlas.conflicts")}</h2>
          {children}
        </section>
      )}
    </article>
  );
}
