// The ranked diagnoses as bars with their 90 % intervals; they move when the case changes.
import { useState } from "preact/hooks";

import { formatPercent, type Key, language, t } from "../../i18n";
import { say, sayFirst } from "../../i18n/said";
import type { Ranking } from "../../reading/result";
import { chosen, ranking, result, shownDiagnosis } from "../../state/live";
import { vocabulary } from "../../state/session";

const WORTH_SHOWING = 0.01;
const AT_LEAST = 6;

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

export function Bar({ row }: { row: Ranking }) {
  const [low, high] = row.interval;
  return (
    <span class={`bar of-${row.group}`} aria-hidden="true">
      <span class="fill moves" style={{ width: percent(row.probability) }} />
      <span class="whisker moves" style={{ left: percent(low), width: percent(high - low) }} />
    </span>
  );
}

/** The short name, as it stands in sentences; with a capital letter. */
export function nameOf(id: string): string {
  const told = vocabulary.value?.diagnoses.find((d) => d.id === id);
  return told ? sayFirst(language.value === "en" && typeof told["term"] === "string" ? told["term"] : told.name) : t("diagnosis.none");
}

function Groups() {
  const groups = Object.entries((result.value?.["groups"] ?? {}) as Record<string, number>).filter(([, share]) => share > 0.0005);
  return (
    <div class="groups" role="img" aria-label={groups.map(([id, share]) => `${t(`group.${id}` as Key)} ${formatPercent(share)}`).join(", ")}>
      <div class="stack">
        {groups.map(([id, share]) => (
          <span key={id} class={`of-${id} moves`} style={{ width: percent(share) }} />
        ))}
      </div>
      <ul>
        {groups
          .filter(([, share]) => share >= WORTH_SHOWING)
          .map(([id, share]) => (
            <li key={id}>
              <span class={`key of-${id}`} />
              {t(`group.${id}` as Key)} <b>{formatPercent(share)}</b>
            </li>
          ))}
      </ul>
    </div>
  );
}

export function Bars() {
  const [all, setAll] = useState(false);
  const rows = ranking.value;
  const few = rows.filter((row, at) => at < AT_LEAST || row.probability >= WORTH_SHOWING);
  const shown = all ? rows : few;
  return (
    <section aria-labelledby="ranking-title" class="ranking">
      <div class="title">
        <h2 id="ranking-title">{t("differential.ranking")}</h2>
        <span class="quiet">{t("differential.interval")}</span>
      </div>
      <Groups />
      <ol class="ranked">
        {shown.map((row) => {
          const known = row.diagnosis !== "none_of_these";
          const told = t("differential.row", { name: nameOf(row.diagnosis), probability: formatPercent(row.probability), low: formatPercent(row.interval[0]), high: formatPercent(row.interval[1]) });
          return (
            <li key={row.diagnosis}>
              <button type="button" disabled={!known} data-diagnosis={row.diagnosis} aria-pressed={row.diagnosis === shownDiagnosis.value} aria-label={told} title={told} onClick={() => (chosen.value = row.diagnosis)}>
                <span class="name">
                  {nameOf(row.diagnosis)}
                  {row.component && <small>{say(String(row["component_name"] ?? row.component.replace(/_/g, " ")))}</small>}
                </span>
                <Bar row={row} />
                <b>{formatPercent(row.probability)}</b>
                <span class="range">
                  {Math.round(100 * row.interval[0])}–{Math.round(100 * row.interval[1])}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      {few.length < rows.length && (
        <button type="button" class="link" data-action="all-diagnoses" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("differential.fewer") : t("differential.all", { count: rows.length })}
        </button>
      )}
    </section>
  );
}
