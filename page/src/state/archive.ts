// A study fetched by the server from the archive that it was started with (--dicomweb): a job there, followed here to its end.
import { signal } from "@preact/signals";

import { getJson, request, sendJson } from "../api";
import { t } from "../i18n";
import { say } from "../i18n/said";
import { stored } from "./intake";
import type { Receiver } from "./report";
import { go } from "./route";
import { tell } from "./session";

/** What a study can be asked for by. */
export const keys = ["accession", "patient", "date", "study"] as const;
export type ArchiveKey = (typeof keys)[number];

/** One of the studies that a search finds. */
export interface Found {
  study: string; // its UID
  date?: string;
  description?: string;
  modalities: string[];
  series?: number;
}

interface ImportJob {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  study?: string;
  problem?: { detail: string; where?: string };
}

const POLL_MS = 400;

/** Does the server know an archive? */
export const archive = signal(false);
/** The job that is under way. */
export const fetching = signal<string | null>(null);
export const fetchProblem = signal<string | null>(null);
/** What was found, if it is more than one. */
export const found = signal<Found[]>([]);
let asked = 0; // raised with every question and when one is given up

export async function findArchive(): Promise<void> {
  try {
    archive.value = (await getJson<Receiver[]>("/receivers")).some((receiver) => receiver.kind === "dicomweb");
  } catch (fault) {
    tell(fault);
  }
}

/** Gives up what is under way; a job that still waits is taken out of the row. */
export function forgetFetch(): void {
  asked += 1;
  if (fetching.value) {
    request("DELETE", `/jobs/${fetching.value}`).catch(tell);
  }
  fetching.value = null;
  fetchProblem.value = null;
  found.value = [];
}

/** Looks for the studies of a key: the only one is fetched, of several the reader chooses. True when one was opened. */
export async function findStudies(key: ArchiveKey, value: string): Promise<boolean> {
  if (key === "study") {
    return fetchStudy(value);
  }
  const mine = ++asked;
  fetchProblem.value = null;
  found.value = [];
  fetching.value = "";
  try {
    const answer = await getJson<Found[]>(`/archive/studies?${key}=${encodeURIComponent(key === "date" ? value.replaceAll("-", "") : value.trim())}`);
    if (mine !== asked) {
      return false;
    }
    fetching.value = null;
    if (answer.length === 1 && answer[0]) {
      return await fetchStudy(answer[0].study);
    }
    found.value = answer;
    fetchProblem.value = answer.length === 0 ? t("archive.none") : null;
  } catch (fault) {
    if (mine === asked) {
      fetching.value = null;
      fetchProblem.value = fault instanceof Error ? fault.message : String(fault);
    }
  }
  return false;
}

async function end(id: string, mine: number): Promise<ImportJob | null> {
  while (mine === asked) {
    const now = await getJson<ImportJob>(`/jobs/${id}`);
    if (now.state !== "queued" && now.state !== "running") {
      return now;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return null;
}

/** Fetches the study of this UID and opens it; a fault stands in `fetchProblem`. */
export async function fetchStudy(uid: string): Promise<boolean> {
  const mine = ++asked;
  fetchProblem.value = null;
  fetching.value = "";
  try {
    const started = (await sendJson<ImportJob>("POST", "/imports", { study: uid.trim() })).body;
    fetching.value = started.id;
    const ended = await end(started.id, mine);
    if (mine !== asked || !ended) {
      return false;
    }
    if (ended.state === "done" && ended.study) {
      stored.value += 1;
      go("room", [ended.study]);
      return true;
    }
    fetchProblem.value = [ended.problem?.where, ended.problem && say(ended.problem.detail)].filter(Boolean).join(": ");
  } catch (fault) {
    if (mine === asked) {
      fetchProblem.value = fault instanceof Error ? fault.message : String(fault);
    }
  } finally {
    if (mine === asked) {
      fetching.value = null;
    }
  }
  return false;
}
