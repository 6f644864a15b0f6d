// Which examinations were done: asked first, since what nobody looked at cannot be missing.
import { isKey, type Key, t } from "../../i18n";
import { say } from "../../i18n/said";
import { current, edit } from "../../state/case";
import { vocabulary } from "../../state/session";
import { study } from "../../state/study";

const NEXT: Record<string, string | undefined> = { unknown: "complete", complete: "partial", partial: "not_done", not_done: undefined };
/** What one click sets: what a usual study holds. */
const BUNDLES: Record<string, string[]> = { ct: ["ct"], mr: ["t1", "t2", "stir"], mr_contrast: ["t1", "t2", "stir", "contrast"] };
/** The examination that a series of this role shows. */
const OF_ROLE: Record<string, string> = { ct: "ct", xr: "xr", t1: "t1", t2: "t2", stir: "stir", t1c: "contrast", in: "t1", opp: "t1", dwi: "dwi", adc: "dwi", dce: "dce", pet: "pet" };

function set(states: Record<string, string | undefined>): void {
  edit((before) => {
    const examinations: Record<string, string> = { ...before.examinations };
    for (const [id, state] of Object.entries(states)) {
      delete examinations[id];
      if (state) {
        examinations[id] = state;
      }
    }
    const { examinations: _, ...others } = before;
    return Object.keys(examinations).length ? { ...others, examinations } : others;
  });
}

const complete = (ids: string[]) => Object.fromEntries(ids.map((id) => [id, "complete"]));

function FromStudy() {
  const held = [...new Set((study.value?.series ?? []).filter((s) => !s.problem && !s.mask).map((s) => OF_ROLE[s.role]))].filter((e) => e !== undefined);
  const missing = held.filter((e) => !current.value.examinations?.[e]);
  if (missing.length === 0) {
    return null;
  }
  const names = missing.map((id) => say(vocabulary.value?.examinations.find((e) => e.id === id)?.label ?? ""));
  return (
    <button type="button" class="small wide" data-action="exams-from-study" onClick={() => set(complete(missing))}>
      {t("exam.from_study", { names: names.join(", ") })}
    </button>
  );
}

export function Examinations() {
  return (
    <section class="examinations" aria-labelledby="exams-title">
      <div class="title">
        <h2 id="exams-title">{t("exam.title")}</h2>
        <span class="bundles">
          {Object.entries(BUNDLES).map(([id, of]) => (
            <button key={id} type="button" class="small" data-bundle={id} onClick={() => set(complete(of))}>
              {t(`exam.bundle.${id}` as Key)}
            </button>
          ))}
        </span>
      </div>
      <FromStudy />
      <div class="exams" role="group" aria-labelledby="exams-title">
        {(vocabulary.value?.examinations ?? []).map((e) => {
          const state = current.value.examinations?.[e.id] ?? "unknown";
          return (
            <button key={e.id} type="button" class={`exam ${state}`} data-exam={e.id} data-state={state} title={say(e.label)} aria-label={`${say(e.label)}: ${t(`exam.${state}` as Key)}`} onClick={() => set({ [e.id]: NEXT[state] })}>
              <span>{isKey(`exam.name.${e.id}`) ? t(`exam.name.${e.id}` as Key) : say(e.label)}</span>
              <i>{state === "unknown" ? "" : t(`exam.${state}` as Key)}</i>
            </button>
          );
        })}
      </div>
    </section>
  );
}
