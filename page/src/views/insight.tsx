// What is always in sight above the tabs: the alerts, what the lesion is in one line, the top of the differential with its
// intervals, and the prior that it rests on.
import { TriangleAlert } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { getJson } from "../api";
import { formatPercent, type Key, t } from "../i18n";
import { say } from "../i18n/said";
import type { Alert } from "../reading/result";
import { prior, ranking, result } from "../state/live";
import { setQuery } from "../state/route";
import { tell } from "../state/session";
import { Bar, nameOf } from "./differential/bars";
import "../style/differential.css";
import "../style/parts.css";

const SHOWN = 3;
const MOST_ALERTS = 2;

interface PriorSet {
  id: string;
  label: string;
  note?: string;
}

export function PriorChoice() {
  const [sets, setSets] = useState<PriorSet[]>([]);
  useEffect(() => {
    getJson<{ priors: PriorSet[] }>("/knowledge/priors").then((answer) => setSets(answer.priors), tell);
  }, []);
  const here = sets.find((s) => s.id === prior.value);
  return (
    <label class="prior" title={here?.note ? say(here.note) : undefined}>
      <span>{t("prior.label")}</span>
      <select data-action="prior" value={prior.value} onChange={(event) => (prior.value = event.currentTarget.value)}>
        {(sets.length ? sets : [{ id: prior.value, label: "…" }]).map((s) => (
          <option key={s.id} value={s.id} selected={s.id === prior.value}>
            {say(s.label)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Alerts({ most }: { most?: number }) {
  const alerts = (result.value?.["alerts"] ?? []) as Alert[];
  const shown = most === undefined ? alerts : alerts.slice(0, most);
  if (alerts.length === 0) {
    return null;
  }
  return (
    <div role="alert">
      <ul class="alerts">
        {shown.map((alert) => (
          <li key={alert.id} data-alert={alert.id}>
            <TriangleAlert size={15} aria-hidden="true" />
            <span class="urgency">{t(`alert.${alert.urgency}` as Key)}</span>
            <span class={most === undefined ? "" : "clipped"} title={say(alert.text.trim())}>{say(alert.text.trim())}</span>
          </li>
        ))}
        {shown.length < alerts.length && (
          <li>
            <button type="button" class="link" onClick={() => setQuery({ tab: "differential" })}>
              {t("alert.more", { count: alerts.length - shown.length })}
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}

export function AlwaysInSight() {
  const impression = (result.value?.["impression"] ?? []) as string[];
  return (
    <section class="insight" aria-label={t("insight.label")}>
      <Alerts most={MOST_ALERTS} />
      {impression[0] && <p class="impression-line" data-impression>{say(impression[0])}</p>}
      <ol class="leaders" aria-live="polite">
        {ranking.value.slice(0, SHOWN).map((row) => (
          <li key={row.diagnosis} data-diagnosis={row.diagnosis}>
            <span class="name">{nameOf(row.diagnosis)}</span>
            <Bar row={row} />
            <b>{formatPercent(row.probability)}</b>
          </li>
        ))}
      </ol>
      <PriorChoice />
    </section>
  );
}
