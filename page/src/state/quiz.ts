// The quiz: coded cases of the literature and phantoms, told step by step without their truth; the score stays in this browser.
import { batch, computed, signal } from "@preact/signals";

import { type CaseDocument, getJson, type Vocabulary } from "../api";
import { say } from "../i18n/said";
import { unitOf } from "../reading/units";
import { pictureSeries } from "./atlas";

interface Example {
  id: string;
  findings: number;
}

export interface Truth {
  diagnosis: string;
  name: string;
  source?: { title?: string; url?: string; year?: number };
}

const LEAST_FINDINGS = 4; // fewer tell nothing that could be ranked
let examples: Promise<Example[]> | null = null;

export interface Step {
  title: string;
  lines: { label: string; value: string }[];
}

export interface Question {
  kind: "case" | "phantom";
  key: string;
  truth: string | null; // of a published case it is asked for with the answer
  seed: number;
  document: CaseDocument | null;
}

export interface Outcome {
  time: string;
  kind: Question["kind"];
  truth: string;
  rank: number; // 1 to 3; 0: not named
  step: number;
  steps: number;
  points: number;
}

const KEY = "dens.quiz";
export const MOST_NAMED = 3;
const POINTS = [0, 10, 6, 3];
const PHANTOM_EVERY = 3; // one in so many questions is a phantom

function readHistory(): Outcome[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Outcome[];
  } catch {
    return [];
  }
}

export const history = signal<Outcome[]>(readHistory());
export const question = signal<Question | null>(null);
export const step = signal(0);
export const named = signal<string[]>([]);
export const answered = signal(false);
/** The truth, once the learner has answered. */
export const told = signal<Truth | null>(null);
export const score = computed(() => history.value.reduce((sum, one) => sum + one.points, 0));

function pick<T>(list: T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}

/** Another question: one that was not the last. */
export async function ask(vocabulary: Vocabulary, wanted?: Question["kind"]): Promise<void> {
  const kind = wanted ?? (Math.floor(Math.random() * PHANTOM_EVERY) === 0 ? "phantom" : "case");
  const last = question.value?.key;
  let next: Question;
  if (kind === "phantom") {
    const truth = pick(vocabulary.diagnoses)?.id ?? "";
    const seed = 1 + Math.floor(Math.random() * 1000);
    next = { kind, key: `${truth}:${seed}`, truth, seed, document: null };
  } else {
    examples ??= getJson<Example[]>("/examples");
    examples.catch(() => (examples = null));
    const example = pick((await examples).filter((one) => one.id !== last && one.findings >= LEAST_FINDINGS));
    if (!example) {
      return ask(vocabulary, "phantom");
    }
    next = { kind, key: example.id, truth: null, seed: 0, document: await getJson<CaseDocument>(`/examples/${example.id}`) };
  }
  batch(() => {
    question.value = next;
    told.value = null;
    step.value = 0;
    named.value = [];
    answered.value = false;
  });
}

export function name(diagnosis: string): void {
  const before = named.value;
  named.value = before.includes(diagnosis) ? before.filter((one) => one !== diagnosis) : [...before, diagnosis].slice(-MOST_NAMED);
}

/** Points for the rank, a third less for each further part that was needed, at least one. */
export function pointsFor(rank: number, at: number, steps: number): number {
  const base = POINTS[rank] ?? 0;
  return base === 0 ? 0 : Math.max(1, Math.round(base * (1 - (2 / 3) * (steps > 1 ? at / (steps - 1) : 0))));
}

export async function answer(steps: number, names: Map<string, string>): Promise<void> {
  const now = question.value;
  if (!now || answered.value) {
    return;
  }
  const truth: Truth = now.truth === null ? await getJson<Truth>(`/examples/${now.key}/truth`) : { diagnosis: now.truth, name: names.get(now.truth) ?? "" };
  const rank = named.value.indexOf(truth.diagnosis) + 1;
  const outcome: Outcome = {
    time: new Date().toISOString(),
    kind: now.kind,
    truth: truth.diagnosis,
    rank,
    step: step.value,
    steps,
    points: pointsFor(rank, step.value, steps),
  };
  batch(() => {
    history.value = [...history.value, outcome];
    told.value = truth;
    answered.value = true;
  });
  localStorage.setItem(KEY, JSON.stringify(history.value));
}

export function forget(): void {
  history.value = [];
  localStorage.removeItem(KEY);
}

/** The case without what only the pathologist knows: the quiz is about images. */
export function withoutPathology(document: CaseDocument): CaseDocument {
  return { ...document, findings: Object.fromEntries(Object.entries(document.findings).filter(([id]) => !id.startsWith("path."))) };
}

function valueText(vocabulary: Vocabulary, id: string, value: unknown): string {
  const finding = vocabulary.findings.find((f) => f.id === id);
  const label = (one: unknown) => say(finding?.values?.find((v) => v.id === one)?.label ?? String(one));
  if (Array.isArray(value)) {
    return value.map(label).join(finding?.kind === "set" ? ", " : " / ");
  }
  if (value !== null && typeof value === "object") {
    const held = value as { value?: unknown; likelihood?: Record<string, number> };
    return held.value !== undefined ? valueText(vocabulary, id, held.value) : Object.keys(held.likelihood ?? {}).map(label).join(" / ");
  }
  return typeof value === "number" ? `${value} ${unitOf(String(finding?.unit ?? "1"))}`.trim() : label(value);
}

/** What is told at each step: who it is, then one section of the findings after the other. */
export function stepsOf(vocabulary: Vocabulary, now: Question): Step[] {
  if (!now.document) {
    return pictureSeries.map((series) => ({ title: series, lines: [] }));
  }
  const document = now.document;
  const sections = new Map<string, Step>();
  for (const finding of vocabulary.findings) {
    const value = document.findings[finding.id];
    if (value === undefined || finding.id.startsWith("path.")) {
      continue;
    }
    const title = String(finding.section_label ?? finding.section);
    const part = sections.get(title) ?? { title, lines: [] };
    part.lines.push({ label: finding.label, value: valueText(vocabulary, finding.id, value) });
    sections.set(title, part);
  }
  return [...sections.values()];
}
