// The case that is being read: every change is kept at once in this browser (a journal that survives reload and a stopped
// server) and, shortly after, as the next version in the store. Whoever edits a version that is no longer the newest is told.
import { batch, computed, signal } from "@preact/signals";

import { type Answer, type CaseDocument, getJson, Problem, request, sendJson, type StoreRecord } from "../api";
import { onReturn, tell } from "./session";

const SAVE_MS = 600;
const MOST_STEPS = 200;
const JOURNAL = "dens.case.";

export type SaveState = "new" | "saved" | "changed" | "saving" | "conflict" | "offline" | "refused";

interface Journal {
  case: CaseDocument;
  tag: string | null; // ETag of the version that this one follows; null: not stored yet
  record: string | null;
}

const empty = (): CaseDocument => ({ format: "dens-case/1", id: "reading", patient: {}, findings: {} });

export const current = signal<CaseDocument>(empty());
export const recordId = signal<string | null>(null);
export const saveState = signal<SaveState>("new");
const tag = signal<string | null>(null);
const past = signal<CaseDocument[]>([]);
const future = signal<CaseDocument[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

let timer: ReturnType<typeof setTimeout> | undefined;
let running = false;
let keepsInStore = false;
let studyId: string | null = null;
let opening = 0; // raised with every case that is opened: what was asked for another one is not taken for this one

function journalKey(): string {
  return JOURNAL + (studyId ?? "none");
}

function readJournal(key: string): Journal | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Journal | null;
  } catch {
    return null; // not ours: begun anew
  }
}

function writeJournal(): void {
  const journal: Journal = { case: current.value, tag: tag.value, record: recordId.value };
  localStorage.setItem(journalKey(), JSON.stringify(journal));
}

function changed(): void {
  writeJournal();
  if (!keepsInStore) {
    return;
  }
  if (saveState.value !== "conflict") {
    saveState.value = "changed";
  }
  clearTimeout(timer);
  timer = setTimeout(() => void save(), SAVE_MS);
}

/** Replaces the case; the step can be undone. */
export function edit(change: (before: CaseDocument) => CaseDocument): void {
  const before = current.value;
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) {
    return;
  }
  batch(() => {
    past.value = [...past.value.slice(-(MOST_STEPS - 1)), before];
    future.value = [];
    current.value = after;
  });
  changed();
}

/** undefined takes the finding out: unknown. */
export function setFinding(id: string, value: unknown): void {
  edit((before) => {
    const { [id]: _, ...others } = before.findings;
    return { ...before, findings: value === undefined ? others : { ...before.findings, [id]: value } };
  });
}

export function undo(): void {
  const before = past.value.at(-1);
  if (!before) {
    return;
  }
  batch(() => {
    future.value = [...future.value, current.value];
    past.value = past.value.slice(0, -1);
    current.value = before;
  });
  changed();
}

export function redo(): void {
  const after = future.value.at(-1);
  if (!after) {
    return;
  }
  batch(() => {
    past.value = [...past.value, current.value];
    future.value = future.value.slice(0, -1);
    current.value = after;
  });
  changed();
}

/** The next version; a record that the server does not have (another store) begins anew. */
async function put(sent: CaseDocument, record: string | null, edited: string | null): Promise<Answer<StoreRecord>> {
  if (record) {
    try {
      return await sendJson<StoreRecord>("PUT", `/cases/${record}`, sent, { headers: { "If-Match": edited ?? "" } });
    } catch (fault) {
      if (!(fault instanceof Problem) || fault.problem.status !== 404) {
        throw fault;
      }
    }
  }
  return sendJson<StoreRecord>("POST", "/cases", sent);
}

async function store(sent: CaseDocument): Promise<void> {
  const [mine, key] = [opening, journalKey()];
  const answer = await put(sent, recordId.value, tag.value);
  if (mine !== opening) {
    const left = key === journalKey() ? null : readJournal(key);
    if (left) {
      localStorage.setItem(key, JSON.stringify({ ...left, tag: answer.headers.get("ETag"), record: answer.body.id }));
    }
    return;
  }
  batch(() => {
    recordId.value = answer.body.id;
    tag.value = answer.headers.get("ETag");
    saveState.value = JSON.stringify(current.value) === JSON.stringify(sent) ? "saved" : "changed";
  });
  writeJournal();
}

export async function save(): Promise<void> {
  if (running || !keepsInStore || saveState.value === "saved" || saveState.value === "conflict") {
    return;
  }
  const mine = opening;
  running = true;
  saveState.value = "saving";
  try {
    await store(current.value);
  } catch (fault) {
    const status = fault instanceof Problem ? fault.problem.status : -1;
    if (status !== 412) {
      tell(fault);
    }
    if (mine === opening) {
      saveState.value = status === 412 ? "conflict" : status === 0 ? "offline" : "refused";
    }
  } finally {
    running = false;
  }
  if ((saveState.value as SaveState) === "changed") {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), SAVE_MS);
  }
}

/** After a conflict: take what the store has, or put this one on top of it. */
export async function settle(keepMine: boolean): Promise<void> {
  if (!recordId.value) {
    return;
  }
  const mine = opening;
  const response = await request("GET", `/cases/${recordId.value}`);
  const theirs = (await response.json()) as CaseDocument;
  if (mine !== opening) {
    return;
  }
  batch(() => {
    tag.value = response.headers.get("ETag");
    if (keepMine) {
      saveState.value = "changed";
    } else {
      past.value = [...past.value, current.value];
      current.value = theirs;
      saveState.value = "saved";
    }
  });
  writeJournal();
  if (keepMine) {
    await save();
  }
}

/** Opens the case of a study as this browser left it, or a new one. `inStore`: the server keeps cases. */
export function openCase(study: string | null, inStore: boolean): void {
  clearTimeout(timer);
  if (saveState.value === "changed") {
    void save(); // the last entries of the case that is left
  }
  opening += 1;
  studyId = study;
  keepsInStore = inStore;
  const journal = readJournal(journalKey());
  batch(() => {
    current.value = journal?.case ?? { ...empty(), id: study ? `study-${study.slice(0, 8)}` : "reading" };
    tag.value = journal?.tag ?? null;
    recordId.value = journal?.record ?? null;
    past.value = [];
    future.value = [];
    saveState.value = journal ? "changed" : "new";
  });
  if (journal && inStore) {
    void refresh();
  }
}

/** Begins with a stored case where this browser has nothing of its own for the study. */
export async function adoptCase(record: string): Promise<void> {
  const mine = opening;
  const isUntouched = (): boolean => mine === opening && saveState.value === "new" && recordId.value === null;
  if (!isUntouched()) {
    return;
  }
  try {
    const response = await request("GET", `/cases/${record}`);
    const stored = (await response.json()) as CaseDocument;
    if (isUntouched()) {
      batch(() => {
        current.value = stored;
        tag.value = response.headers.get("ETag");
        recordId.value = record;
        saveState.value = "saved";
      });
      writeJournal();
    }
  } catch (fault) {
    tell(fault);
  }
}

/** Was the stored case changed elsewhere since this browser wrote it? If this browser has nothing new, take it. */
async function refresh(): Promise<void> {
  if (!recordId.value) {
    await save();
    return;
  }
  const mine = opening;
  try {
    const stored = await getJson<CaseDocument>(`/cases/${recordId.value}`);
    if (mine !== opening) {
      return;
    }
    if (JSON.stringify(stored) === JSON.stringify(current.value)) {
      saveState.value = "saved";
      return;
    }
  } catch (fault) {
    if (mine !== opening || !(fault instanceof Problem) || fault.problem.status !== 404) {
      tell(fault);
      return;
    }
  }
  await save();
}

/** A new, empty case of the same study. */
export function newCase(): void {
  localStorage.removeItem(journalKey());
  openCase(studyId, keepsInStore);
}

onReturn(() => void save());

// Another tab of this browser stored this case: a tab with nothing of its own shows it. One that has something is told: when it
// stores, or at once if it would begin a second record.
addEventListener("storage", (event) => {
  const theirs = event.key === journalKey() ? readJournal(journalKey()) : null;
  if (!theirs?.record || (theirs.record === recordId.value && theirs.tag === tag.value)) {
    return;
  }
  if (saveState.value === "saved" || saveState.value === "new") {
    batch(() => {
      past.value = [...past.value, current.value];
      future.value = [];
      current.value = theirs.case;
      recordId.value = theirs.record;
      tag.value = theirs.tag;
      saveState.value = "saved";
    });
  } else if (recordId.value === null && !running) {
    clearTimeout(timer);
    recordId.value = theirs.record;
    saveState.value = "conflict";
  }
});
