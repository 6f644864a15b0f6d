// What a case says of one finding: what the reader saw, what was measured, or nothing (unknown).
import type { CaseDocument, Finding } from "../api";

export type Read = string | number | string[];

export interface Measured {
  value?: string | number;
  sd?: number;
  likelihood?: Record<string, number>;
  measurement?: string;
}

export interface Answer {
  read?: Read;
  measured?: Measured;
}

function isEntry(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A plain value is short for {read: value}. */
export function answerOf(document: CaseDocument, id: string): Answer {
  const [room, field] = id.split(".");
  if (room === "patient") {
    const value = field === "age" ? document.patient.age : document.patient.sex;
    return value === undefined ? {} : { read: value };
  }
  const value = document.findings[id];
  if (value === undefined) {
    return {};
  }
  return isEntry(value) ? value : { read: value as Read };
}

/** The values that were read, as a list; of a number none. */
export function readValues(answer: Answer): string[] {
  const { read } = answer;
  return read === undefined ? [] : Array.isArray(read) ? read : [String(read)];
}

/** The case with another answer of the reader; undefined: he says nothing. What was measured stays. */
export function withRead(document: CaseDocument, id: string, read: Read | undefined): CaseDocument {
  const [room, field] = id.split(".");
  if (room === "patient" && field) {
    const patient: Record<string, unknown> = { ...document.patient };
    delete patient[field];
    return { ...document, patient: (read === undefined ? patient : { ...patient, [field]: read }) as CaseDocument["patient"] };
  }
  const { measured } = answerOf(document, id);
  const findings = { ...document.findings };
  delete findings[id];
  if (measured) {
    findings[id] = read === undefined ? { measured } : { read, measured };
  } else if (read !== undefined) {
    findings[id] = read;
  }
  return { ...document, findings };
}

/** The case with what an evaluation measured; what the reader saw stays. */
export function withMeasured(document: CaseDocument, evaluated: CaseDocument): CaseDocument {
  const findings: Record<string, unknown> = {};
  for (const id of new Set([...Object.keys(document.findings), ...Object.keys(evaluated.findings)])) {
    const { read } = answerOf(document, id);
    const { measured } = answerOf(evaluated, id);
    if (measured) {
      findings[id] = read === undefined ? { measured } : { read, measured };
    } else if (read !== undefined) {
      findings[id] = read;
    }
  }
  return { ...document, findings };
}

/** Was the finding looked for and not found? It is shown otherwise than one that nobody looked for. */
export function isNegative(value: string): boolean {
  return ["absent", "none", "normal", "spared", "free", "intact"].includes(value);
}

/** The value that is the likeliest by measurement, for the mark on the form. */
export function measuredValue(answer: Answer): string | undefined {
  const { measured } = answer;
  if (measured?.value !== undefined) {
    return String(measured.value);
  }
  return Object.entries(measured?.likelihood ?? {}).sort((a, b) => b[1] - a[1])[0]?.[0];
}

export function isAnswered(answer: Answer): boolean {
  return answer.read !== undefined || answer.measured !== undefined;
}

/** What a click on a value leads to: a choice is replaced, or added to when the reader hedges; a set is added to; a second click
 * takes the value back. `none` and its like stand alone in a set. */
export function clicked(finding: Finding, before: string[], value: string, hedging: boolean): string[] | string | undefined {
  const without = before.filter((v) => v !== value);
  if (finding.kind === "set") {
    const after = before.includes(value) ? without : value === "none" ? ["none"] : [...without.filter((v) => v !== "none"), value];
    const order = (finding.values ?? []).map((v) => v.id);
    return after.length ? order.filter((v) => after.includes(v)) : undefined;
  }
  if (!hedging) {
    return before.length === 1 && before[0] === value ? undefined : value;
  }
  const after = before.includes(value) ? without : [...before, value];
  return after.length > 1 ? after : after[0];
}
