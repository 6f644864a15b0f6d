// The open study evaluated with the stored masks of its lesion: what was measured enters the case, and the result keeps its
// files (report, SR, SEG).
import { effect, signal } from "@preact/signals";

import { getJson, type CaseDocument, type ResultDocument, sendJson, type StoreRecord } from "../api";
import { t } from "../i18n";
import { withMeasured } from "../reading/answer";
import { current, edit } from "./case";
import { evaluationInputs, isDrawn, keep, keepState } from "./lesion";
import { prior } from "./live";
import { tell } from "./session";
import { study } from "./study";

interface Job {
  id: string;
  state: "queued" | "running" | "done" | "failed";
  progress?: { what: string; done: number; total: number };
  result?: string;
  problem?: { detail: string; where?: string };
}

const POLL_MS = 400;

export const job = signal<Job | null>(null);
/** The stored result of the last evaluation of the study that is open. */
export const evaluated = signal<{ study: string; id: string; result: ResultDocument } | null>(null);

/** What the DICOM node evaluated stands for the study's evaluation until the reader asks for his own. */
async function takeOver(of: string, id: string): Promise<void> {
  try {
    const result = await getJson<ResultDocument>(`/results/${id}`);
    if (study.value?.id === of && evaluated.value?.study !== of) {
      evaluated.value = { study: of, id, result };
    }
  } catch (fault) {
    tell(fault);
  }
}

effect(() => {
  const [of, id] = [study.value?.id, study.value?.node?.result];
  if (of && id && evaluated.peek()?.study !== of) {
    void takeOver(of, id);
  }
});

async function follow(id: string): Promise<Job> {
  for (;;) {
    const now = await getJson<Job>(`/jobs/${id}`);
    job.value = now;
    if (now.state === "done" || now.state === "failed") {
      return now;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Measures the lesion; the faults are thrown. */
export async function measureLesion(): Promise<void> {
  const of = study.value?.id;
  if (!of) {
    return;
  }
  if (job.value && ["queued", "running"].includes(job.value.state)) {
    throw new Error(t("measure.busy"));
  }
  try {
    await keep(); // what was outlined just now
    if (keepState.value !== "kept") {
      throw new Error(t("lesion.not_kept"));
    }
    const inputs = evaluationInputs();
    if (!inputs.masks && isDrawn()) {
      inputs.masks = []; // removed by the reader: an older one is not measured
    } else if (!inputs.masks) {
      const newest = (await getJson<StoreRecord[]>(`/studies/${of}/masks`)).find((mask) => mask.id !== inputs.labels);
      inputs.masks = newest ? [newest.id] : [];
    }
    const asked = { study: of, case: current.value, prior: prior.value, ...inputs };
    const started = await sendJson<Job>("POST", "/evaluate", asked);
    job.value = started.body;
    const ended = await follow(started.body.id);
    if (ended.state === "failed" || !ended.result) {
      throw new Error([ended.problem?.where, ended.problem?.detail ?? t("measure.failed")].filter(Boolean).join(": "));
    }
    const result = await getJson<ResultDocument>(`/results/${ended.result}`);
    if (study.value?.id === of) {
      evaluated.value = { study: of, id: ended.result, result };
      edit((before) => withMeasured(before, result["case"] as CaseDocument));
    }
  } catch (fault) {
    job.value = null;
    throw fault;
  }
}

/** The same for a button: the faults are told. */
export function evaluate(): Promise<void> {
  return measureLesion().catch(tell);
}
