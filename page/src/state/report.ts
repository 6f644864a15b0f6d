// The report of the case as it stands: the whole result with the reader's own text, drawn by the server in the language that the
// reader chose.
import { computed, effect, signal } from "@preact/signals";

import { type CaseDocument, request, type ResultDocument } from "../api";
import { language, type Language } from "../i18n";
import { current } from "./case";
import { evaluated } from "./evaluation";
import { result, wholeResult } from "./live";
import { offline, tell } from "./session";
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

