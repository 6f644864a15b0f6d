// What follows from the case as it stands, asked anew after every change: first the bars with alerts and impression, then, for
// the views that show them, the reasons of the chosen diagnosis, the next examinations and the questions. An answer that was
// overtaken is dropped.
import { computed, effect, signal, untracked } from "@preact/signals";

import { type ResultDocument, sendJson } from "../api";
import type { Question, Ranking, Reasoned, Step } from "../reading/result";
import { current } from "./case";
import { about, offline, tell } from "./session";

export const prior = signal("clinic");
/** The rival that reasons are told against; null: the first other one. */
export const against = signal<string | null>(null);
/** The diagnosis whose reasons are shown; null: the first of the ranking. */
export const chosen = signal<string | null>(null);
export const result = signal<ResultDocument | null>(null);
export const reasons = signal<Reasoned | null>(null);
export const steps = signal<{ action: string; next: Step[] } | null>(null);
export const questions = signal<Question[] | null>(null);
/** Milliseconds from the change to the new bars, for the bench. */
export const lastAnswer = signal(0);

/** How many views need the parts that take longer; a view adds itself while it is shown. */
export const wantsReasons = signal(0);
export const wantsQuestions = signal(0);
const SETTLED_MS = 120;

export const ranking = computed(() => (result.value?.ranking ?? []) as Ranking[]);
const shown = computed(() => {
  const names = ranking.value.map((r) => r.diagnosis).filter((d) => d !== "none_of_these");
  const main = chosen.value && names.includes(chosen.value) ? chosen.value : (names[0] ?? null);
  const rival = against.value && against.value !== main && names.includes(against.value) ? against.value : null;
  return { main, rival };
});
export const shownDiagnosis = computed(() => shown.value.main);
export const shownRival = computed(() => shown.value.rival ?? names(shown.value.main));

function names(main: string | null): string | null {
  return ranking.value.find((r) => r.diagnosis !== main && r.diagnosis !== "none_of_these")?.diagnosis ?? null;
}

class Asker {
  private call: AbortController | null = null;
  ask<T>(path: string, body: unknown, then: (answer: T) => void): void {
    this.call?.abort();
    const call = new AbortController();
    this.call = call;
    sendJson<T>("POST", path, body, { signal: call.signal }).then((answer) => {
      if (this.call === call) {
        then(answer.body);
      }
    }, tell);
  }
  stop(): void {
    this.call?.abort();
    this.call = null;
  }
}

const bars = new Asker();
const reasonAsker = new Asker();
const nextAsker = new Asker();
const questionAsker = new Asker();
/** Raised after each answer with new bars: what takes longer is asked for then. */
const settled = signal(0);
let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const asked = current.value;
  const query = new URLSearchParams({ prior: prior.value, without: "next", reasons: "none" });
  if (!about.value || offline.value) {
    return;
  }
  nextAsker.stop();
  reasonAsker.stop();
  questionAsker.stop();
  const began = performance.now();
  bars.ask<ResultDocument>(`/differential?${query}`, asked, (answer) => {
    result.value = answer;
    requestAnimationFrame(() => {
      lastAnswer.value = performance.now() - began;
      performance.measure("dens.differential", { start: began });
    });
    clearTimeout(timer);
    timer = setTimeout(() => (settled.value += 1), SETTLED_MS);
  });
});

effect(() => {
  const { main } = shown.value;
  const rival = shownRival.value;
  if (settled.value === 0 || wantsReasons.value === 0 || !main || offline.value) {
    return;
  }
  const query = new URLSearchParams({ prior: prior.value, without: "next", reasons: main, ...(rival ? { against: rival } : {}) });
  reasonAsker.ask<ResultDocument>(`/differential?${query}`, untracked(() => current.value), (answer) => {
    const row = (answer.ranking as Ranking[]).find((r) => r.diagnosis === main);
    reasons.value = row ? { row, sources: answer.sources as Reasoned["sources"] } : null;
  });
});

effect(() => {
  if (settled.value === 0 || wantsReasons.value === 0 || offline.value) {
    return;
  }
  nextAsker.ask<{ action?: string; next: Step[]; sources: Record<string, unknown> }>(`/next?prior=${encodeURIComponent(untracked(() => prior.value))}`, untracked(() => current.value), (answer) => {
    steps.value = { action: answer.action ?? "", next: answer.next };
  });
});

effect(() => {
  if (settled.value === 0 || wantsQuestions.value === 0 || offline.value) {
    return;
  }
  questionAsker.ask<{ questions: Question[] }>(`/questions?n=10&prior=${encodeURIComponent(untracked(() => prior.value))}`, untracked(() => current.value), (answer) => {
    questions.value = answer.questions;
  });
});

/** The whole result, with all reasons and steps, for a report. */
export async function wholeResult(): Promise<ResultDocument> {
  return (await sendJson<ResultDocument>("POST", `/differential?prior=${encodeURIComponent(prior.value)}`, current.value)).body;
}
