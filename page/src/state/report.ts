// The report of the case as it stands: the whole result with the reader's own text, drawn by the server in the language that the
// reader chose.
import { computed, effect, signal } from "@preact/signals";

import { type CaseDocument, getJson, request, type ResultDocument, sendJson, type StoreRecord } from "../api";
import { language, type Language, t } from "../i18n";
import { current, recordId, save } from "./case";
import { evaluated, measureLesion } from "./evaluation";
import { prior, result, wholeResult } from "./live";
import { notice, offline, tell } from "./session";
import { study } from "./study";

export const formats = ["html", "pdf", "txt", "fhir", "json"] as const;
export type Format = (typeof formats)[number];

export const reportLanguage = signal<Language>(language.value);
/** The reader's own words in place of the impression; null: as the program says it. */
export const ownText = signal<string | null>(null);
export const wantsReport = signal(0);
export const whole = signal<ResultDocument | null>(null);
export const preview = signal<string | null>(null);

/** The result of the case as it stands, with what was measured in the open study. */
async function gather(): Promise<ResultDocument> {
  const answer = await wholeResult();
  const held = evaluated.value;
  if (held && held.study === study.value?.id) {
    return { ...answer, measurements: held.result["measurements"], provenance: held.result["provenance"] };
  }
  return answer;
}

export const impression = computed(() => ((whole.value?.["impression"] ?? []) as string[]).join("\n"));

export function withOwnText(answer: ResultDocument): ResultDocument {
  const own = ownText.value;
  return own === null ? answer : { ...answer, impression: own.split("\n").map((line) => line.trim()).filter(Boolean) };
}

export async function render(answer: ResultDocument, format: Format): Promise<Response> {
  return request("POST", `/report?format=${format}&language=${reportLanguage.value}`, { body: JSON.stringify(answer), type: "application/json" });
}

let asked = 0;

async function draw(): Promise<void> {
  const mine = ++asked;
  try {
    const answer = await gather();
    const text = await (await render(withOwnText(answer), "html")).text();
    if (mine === asked) {
      whole.value = answer;
      preview.value = text;
    }
  } catch (fault) {
    tell(fault);
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
const DRAW_MS = 300;

effect(() => {
  const needed = [result.value, ownText.value, reportLanguage.value, evaluated.value];
  if (wantsReport.value > 0 && needed[0] && !offline.value) {
    clearTimeout(timer);
    timer = setTimeout(() => void draw(), DRAW_MS);
  }
});

// ---- versions that are kept: drawn by the server from a stored result, in the reader's words, with his name if he signs

export interface KeptReport extends StoreRecord {
  of: string;
  language: string;
  impression?: string[];
  signature?: { name: string; time: string };
  files: string[];
}

interface Shelf {
  asked: string; // what the stored result was computed from
  result: string;
  tags: Record<string, string>; // ETags of reports
  versions: KeptReport[];
}

const READER = "dens.reader";
export const reader = signal(localStorage.getItem(READER) ?? "");
export const keeping = signal(false);
const shelf = signal<Shelf | null>(null);
export const versions = computed(() => shelf.value?.versions ?? []);

const shelfKey = () => `dens.reports.${recordId.value ?? "none"}`; // by the stored case

effect(() => {
  try {
    shelf.value = JSON.parse(localStorage.getItem(shelfKey()) ?? "null") as Shelf | null;
  } catch {
    shelf.value = null; // not ours: begun anew
  }
});

function put(next: Shelf): void {
  shelf.value = next;
  localStorage.setItem(shelfKey(), JSON.stringify(next));
}

/** A stored result of the case as it stands: that of the study's evaluation, else of the case alone. */
async function storedResult(asked: string): Promise<Shelf> {
  const held = shelf.value;
  if (held?.asked === asked) {
    return held;
  }
  let id: string;
  if (study.value) {
    const of = study.value.id;
    await measureLesion();
    if (evaluated.value?.study !== of) {
      throw new Error(t("report.other_study"));
    }
    id = evaluated.value.id;
  } else {
    id = (await sendJson<StoreRecord>("POST", `/results?prior=${encodeURIComponent(prior.value)}`, current.value)).body.id;
  }
  return { asked: JSON.stringify([current.value, prior.value]), result: id, tags: {}, versions: held?.versions ?? [] };
}

/** Keeps the report as its next version; a changed case begins a report of its own. */
export async function keep(signed: boolean, done: (version: number) => string): Promise<void> {
  keeping.value = true;
  try {
    localStorage.setItem(READER, reader.value);
    if (!recordId.value) {
      await save();
    }
    const now = await storedResult(JSON.stringify([current.value, prior.value]));
    const own = ownText.value?.split("\n").map((line) => line.trim()).filter(Boolean);
    const body = { language: reportLanguage.value, ...(own?.length ? { impression: own } : {}), ...(signed ? { signature: { name: reader.value.trim() } } : {}) };
    const last = now.versions.find((v) => v.of === now.result);
    const answer = last
      ? await sendJson<KeptReport>("PUT", `/reports/${last.id}`, body, { headers: { "If-Match": now.tags[last.id] ?? "" } })
      : await sendJson<KeptReport>("POST", `/results/${now.result}/reports`, body);
    put({ ...now, tags: { ...now.tags, [answer.body.id]: answer.headers.get("ETag") ?? "" }, versions: [answer.body, ...now.versions] });
    notice.value = { kind: "done", text: done(versions.value.length) };
  } catch (fault) {
    tell(fault);
  } finally {
    keeping.value = false;
  }
}

export async function saveVersion(kept: KeptReport, file: string): Promise<void> {
  try {
    await saveAs(await (await request("GET", `/reports/${kept.id}/versions/${kept.version}/files/${file}`)).blob(), file);
  } catch (fault) {
    tell(fault);
  }
}

/** The text of a version, to go on from it. */
export async function takeUp(kept: KeptReport): Promise<void> {
  try {
    const held = await getJson<KeptReport>(`/reports/${kept.id}/versions/${kept.version}`);
    ownText.value = held.impression?.join("\n") ?? null;
    reportLanguage.value = held.language === "zh" ? "zh" : "en";
  } catch (fault) {
    tell(fault);
  }
}

// ---- sending: to the archive and the peers that the server was started with

export interface Receiver {
  name: string;
  kind: string;
}

export const receivers = signal<Receiver[]>([]);

/** Those that the server knows; one that keeps nothing sends nothing. */
export async function findReceivers(): Promise<void> {
  try {
    receivers.value = await getJson<Receiver[]>("/receivers");
  } catch (fault) {
    tell(fault);
  }
}

/** The newest version to a receiver: the report, and with it what was measured and drawn. */
export async function send(to: string, done: (count: number) => string): Promise<void> {
  const newest = versions.value[0];
  if (!newest) {
    return;
  }
  keeping.value = true;
  try {
    const answer = await sendJson<{ sent?: unknown[] }>("POST", `/reports/${newest.id}/send`, { to });
    notice.value = { kind: "done", text: done(answer.body.sent?.length ?? 0) };
  } catch (fault) {
    tell(fault);
  } finally {
    keeping.value = false;
  }
}

// Another case has another text.
let of: string | null = null;
effect(() => {
  const { id }: CaseDocument = current.value;
  if (of !== null && of !== id) {
    ownText.value = null;
  }
  of = id;
});

export function fileName(format: Format): string {
  return { html: "report.html", pdf: "report.pdf", txt: "report.txt", fhir: "fhir.json", json: "result.json" }[format];
}

export async function saveAs(blob: Blob, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function download(format: Format): Promise<void> {
  try {
    const answer = withOwnText(whole.value ?? (await gather()));
    await saveAs(await (await render(answer, format)).blob(), fileName(format));
  } catch (fault) {
    tell(fault);
  }
}

export async function plainText(): Promise<string> {
  return (await render(withOwnText(whole.value ?? (await gather())), "txt")).text();
}

