// What is always in sight above the tabs: the alerts and the top of the differential.
import { formatPercent, t } from "../i18n";
import { prior, result } from "../state/live";
import { diagnosisNames } from "../state/session";

const SHOWN = 3;

export function AlwaysInSight() {
  const ranking = result.value?.ranking ?? [];
  return (
    <section class="insight" aria-label={t("insight.label")} aria-live="polite">
      <ol class="top">
        {ranking.slice(0, SHOWN).map((row) => (
          <li key={row.diagnosis} data-diagnosis={row.diagnosis}>
            <span>{diagnosisNames.value.get(row.diagnosis) ?? t("diagnosis.none")}</span>
            <b>{formatPercent(row.probability)}</b>
          </li>
        ))}
      </ol>
      <p class="quiet">{t("insight.prior", { prior: prior.value })}</p>
    </section>
  );
}
