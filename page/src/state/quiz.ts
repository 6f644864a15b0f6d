// The quiz: a question that the server holds. It tells its findings part by part and its truth after the ranking; the score stays in this browser.
import { batch, computed, signal } from "@preact/signals";

import { getJson, Problem, request, sendJson, type Vocabulary } from "../api";
import { say } from "../i18n/said";
import type { Ranking, SourceText } from "../reading/result";
import { unitOf } from "../reading/units";

export type Kind = "case" | "phantom";

export interface Part {
  section: string;
  label: string;
  findings: { finding: string; value: unknown }[];
}

export interface Answered {
  diagnosis: string;
  name: string;
  basis?: string;
  source?: { title?: string; url?: string; year?: number };
  named: string[];
  rank: number; // 1 to 3; 0: not named
  points: number;
  reasoning: { ranking: Ranking[]; sources?: Record<string, SourceText> };
}

export interface Question {
  id: string;
  kind: Kind;
  patient: { age?: number; sex?: string };
  series: string[]; // of a phantom
  steps: number;
  step: number;
  parts: Part[];
  answer?: Answered; // once it was ranked
}

export interface Outcome {
  time: string;
  kind: Kind;
  truth: string;
  rank: number;
  step: number;
  steps: number;
  points: number;
}

const KEY = "dens.quiz";
const NOW = "dens.quiz.now";
export const MOST_NAMED = 3;
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
/** What is being waited for: a phantom takes some seconds. */
export const waiting = signal<Kind | "more" | "answer" | null>(null);
export const named = signal<string[]>([]);
export const score = computed(() => history.value.reduce((sum, one) => sum + one.points, 0));

async function wait<T>(what: NonNullable<typeof waiting.value>, promise: () => Promise<T>): Promise<T | null> {
  if (waiting.value !== null) {
    return null;
  }
  waiting.value = what;
  try {
    return await promise();
  } finally {
    waiting.value = null;
  }
}

/** Another question. */
export async function ask(wanted?: Kind): Promise<void> {
  const kind = wanted ?? (Math.floor(Math.random() * PHANTOM_EVERY) === 0 ? "phantom" : "case");
  const next = await wait(kind, () => sendJson<Question>("POST", "/quiz", { kind }));
  if (next) {
    sessionStorage.setItem(NOW, next.body.id);
    batch(() => {
      question.value = next.body;
      named.value = [];
    });
  }
}

/** The question that was open before the page was left, or another one. */
export async function askAgain(): Promise<void> {
  const id = sessionStorage.getItem(NOW);
  if (id) {
    try {
      const held = await getJson<Question>(`/quiz/${id}`);
      batch(() => {
        question.value = held;
        named.value = held.answer?.named ?? [];
      });
      return;
    } catch (fault) {
      sessionStorage.removeItem(NOW);
      if (!(fault instanceof Problem && fault.problem.status === 404)) {
        throw fault;
      }
    }
  }
  return ask("case");
}

export function name(diagnosis: string): void {
  const before = named.value;
  named.value = before.includes(diagnosis) ? before.filter((one) => one !== diagnosis) : [...before, diagnosis].slice(-MOST_NAMED);
}

export async function tellMore(): Promise<void> {
  const id = question.value?.id;
  const next = id && (await wait("more", async () => (await (await request("POST", `/quiz/${id}/steps`)).json()) as Question));
  if (next) {
    question.value = next;
  }
}

export async function answer(): Promise<void> {
  const id = question.value?.id;
  const next = id && (await wait("answer", () => sendJson<Question>("POST", `/quiz/${id}/ranking`, { ranking: named.value })));
  const told = next && next.body.answer;
  if (!told) {
    return;
  }
  const { kind, step, steps } = next.body;
  batch(() => {
    history.value = [...history.value, { time: new Date().toISOString(), kind, truth: told.diagnosis, rank: told.rank, step, steps, points: told.points }];
    question.value = next.body;
  });
  localStorage.setItem(KEY, JSON.stringify(history.value));
}

export function forget(): void {
  history.value = [];
  localStorage.removeItem(KEY);
}

function roundedText(value: number): string {
  return String(Math.abs(value) >= 20 ? Math.round(value) : Math.round(value * 10) / 10);
}

/** What was seen of a finding, in words; a measured value is marked by its caller. */
export function valueText(vocabulary: Vocabulary, id: string, value: unknown): string {
  const finding = vocabulary.findings.find((f) => f.id === id);
  const label = (one: unknown) => say(finding?.values?.find((v) => v.id === one)?.label ?? String(one));
  if (Array.isArray(value)) {
    return value.map((one) => valueText(vocabulary, id, one)).join(finding?.kind === "set" ? ", " : " / ");
  }
  if (value !== null && typeof value === "object") {
    const held = value as { measured?: unknown; read?: unknown; value?: unknown; likelihood?: Record<string, number> };
    const told = held.read ?? held.value ?? held.measured;
    return told !== undefined ? valueText(vocabulary, id, told) : Object.keys(held.likelihood ?? {}).map(label).join(" / ");
  }
  return typeof value === "number" ? `${roundedText(value)} ${unitOf(String(finding?.unit ?? "1"))}`.trim() : label(value);
}

export function isMeasured(value: unknown): boolean {
  return value !== null && typeof value === "object" && "measured" in value && !("read" in value);
}
