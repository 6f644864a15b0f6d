// Measuring the lesion of the open study: what is measured stands on the form, marked, until the reader confirms it.
import { Ruler } from "lucide-preact";

import { t } from "../../i18n";
import { say } from "../../i18n/said";
import { evaluate, evaluated, job } from "../../state/evaluation";
import { study } from "../../state/study";

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
