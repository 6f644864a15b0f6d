// What is loaded once: the server, its vocabulary and priors; and whether the server is reached.
import { computed, signal } from "@preact/signals";

import { type About, type Finding, getJson, Problem, type Vocabulary } from "../api";

export const about = signal<About | null>(null);
export const vocabulary = signal<Vocabulary | null>(null);
export const offline = signal(false);
/** One line for the reader, such as a problem's words; null when there is none. */
export const notice = signal<{ kind: "problem" | "done"; text: string } | null>(null);

export const findings = computed(() => new Map<string, Finding>((vocabulary.value?.findings ?? []).map((f) => [f.id, f])));
export const diagnosisNames = computed(() => new Map((vocabulary.value?.diagnoses ?? []).map((d) => [d.id, d.name])));

const RETRY_MS = 2000;

export async function startSession(): Promise<void> {
  try {
    [about.value, vocabulary.value] = await Promise.all([getJson<About>("/"), getJson<Vocabulary>("/knowledge/vocabulary")]);
    offline.value = false;
  } catch (fault) {
    tell(fault);
    setTimeout(() => void startSession(), RETRY_MS);
  }
}

/** Shows a fault in words; one of the connection is shown as such until the server answers again. */
export function tell(fault: unknown): void {
  if (fault instanceof DOMException && fault.name === "AbortError") {
    return;
  }
  if (fault instanceof Problem && fault.isOffline) {
    if (!offline.value) {
      offline.value = true;
      watch();
    }
    return;
  }
  notice.value = { kind: "problem", text: fault instanceof Error ? fault.message : String(fault) };
}

/** Called when the server is reached again. */
const returned: (() => void)[] = [];
export function onReturn(listener: () => void): void {
  returned.push(listener);
}

function watch(): void {
  setTimeout(() => {
    getJson<About>("/").then(
      (answer) => {
        about.value = answer;
        offline.value = false;
        returned.forEach((listener) => listener());
      },
      () => watch(),
    );
  }, RETRY_MS);
}
