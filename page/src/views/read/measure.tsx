// Measuring the lesion of the open study: what is measured stands on the form, marked, until the reader confirms it.
import { Ruler } from "lucide-preact";

import { t } from "../../i18n";
import { say } from "../../i18n/said";
import { answerOf } from "../../reading/answer";
import { current } from "../../state/case";
import { evaluate, evaluated, job } from "../../state/evaluation";
import { findings } from "../../state/session";
import { study } from "../../state/study";
import { FindingRow } from "./finding";

/** What was measured and stands for a finding, in one place: a click confirms or overrides each. */
export function ToConfirm() {
  const measured = [...findings.value.values()].filter((f) => answerOf(current.value, f.id).measured);
  const open = measured.filter((f) => answerOf(current.value, f.id).read === undefined).length;
  if (measured.length === 0) {
    return null;
  }
  return (
    <details class="to-confirm" open>
      <summary>
        <h2>{t("measure.title")}</h2>
        <span class="tally">{t("read.progress", { answered: measured.length - open, of: measured.length })}</span>
      </summary>
      <div class="list">
        {measured.map((finding) => (
          <FindingRow key={finding.id} finding={finding} />
        ))}
      </div>
    </details>
  );
}

export function Measure() {
  const id = study.value?.id;
  if (!id) {
    return null;
  }
  const state = job.value?.state;
  const running = state === "queued" || state === "running";
  const measured = evaluated.value?.study === id ? ((evaluated.value.result["measurements"] as { value?: number }[]) ?? []).filter((m) => m.value !== undefined).length : 0;
  const { what = "", done = 0, total = 0 } = job.value?.progress ?? {};
  return (
    <section class="measure">
      <button type="button" class="small" data-action="measure" disabled={running} onClick={() => void evaluate()}>
        <Ruler size={14} aria-hidden="true" />
        {t("measure.start")}
      </button>
      {running && (
        <span class="quiet" role="status">
          {say(what) || t("measure.running")} {total > 0 ? `${done} / ${total}` : ""}
        </span>
      )}
      {!running && measured > 0 && <span class="quiet" role="status">{t("measure.done", { count: measured })}</span>}
    </section>
  );
}
