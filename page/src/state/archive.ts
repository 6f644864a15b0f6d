// A study fetched by the server from the archive that it was started with (--dicomweb): a job there, followed here to its end.
import { signal } from "@preact/signals";

import { getJson, request, sendJson } from "../api";
import { say } from "../i18n/said";
import { stored } from "./intake";
import type { Receiver } from "./report";
import { go } from "./route";
import { tell } from "./session";

/** What a study can be asked for by. */
export const keys = ["accession", "patient", "study"] as const;
export type ArchiveKey = (typeof keys)[number];

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

/** Fetches the one study of this key and opens it; a fault stands in `fetchProblem`. */
export async function fetchStudy(key: ArchiveKey, value: string): Promise<boolean> {
  const mine = ++asked;
  fetchProblem.value = null;
  fetching.value = "";
  try {
    const started = (await sendJson<ImportJob>("POST", "/imports", { [key]: value.trim() })).body;
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
