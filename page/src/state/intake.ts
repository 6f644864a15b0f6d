// What the reader hands in, on its way into the store: choose what NIfTI files are, pack, send, be read by the server.
import { signal } from "@preact/signals";

import { request, type Study, upload } from "../api";
import { t } from "../i18n";
import { guessUse, type Handed, isNifti, isZip, pack, packingList, type Use } from "../parts/intake";
import { beginDrawing } from "./lesion";
import { go } from "./route";
import { about, notice, tell } from "./session";

export type Phase = "idle" | "choose" | "pack" | "send" | "read";

export const phase = signal<Phase>("idle");
export const share = signal(0);
export const choices = signal<Map<Handed, Use>>(new Map());
/** Raised when a study was stored: lists read themselves anew. */
export const stored = signal(0);

const UNDER_WAY = "dens.intake";
const MOST_PACKED_BYTES = 4_000_000_000; // the packer's zips end there; a zip made elsewhere may be bigger
let waiting: Handed[] = [];
let call: AbortController | null = null;

function problem(text: string): void {
  notice.value = { kind: "problem", text };
}

/** After a reload in the middle of an upload: says that it has to be begun again. */
export function tellBrokenOff(): void {
  const left = sessionStorage.getItem(UNDER_WAY);
  if (left) {
    sessionStorage.removeItem(UNDER_WAY);
    problem(t(left === "read" ? "intake.broken_reading" : "intake.broken"));
  }
}

export async function take(handed: Handed[]): Promise<void> {
  if (phase.value !== "idle") {
    problem(t("intake.busy"));
    return;
  }
  if (handed.length === 0) {
    problem(t("intake.nothing"));
    return;
  }
  if (!about.value?.store) {
    problem(t("intake.no_store"));
    return;
  }
  const zips = handed.filter(isZip);
  if (zips.length > 0 && handed.length > 1) {
    problem(t("intake.zip_alone"));
    return;
  }
  const volumes = handed.filter(isNifti);
  waiting = handed;
  choices.value = new Map(volumes.map((one) => [one, guessUse(one.name)]));
  if (volumes.length > 0) {
    phase.value = "choose";
    return;
  }
  await proceed();
}

/** Ends what is under way; `proceed` cleans up after itself. */
export function cancel(): void {
  if (call) {
    call.abort();
  } else {
    waiting = [];
    phase.value = "idle";
  }
}

async function bodyOf(handed: Handed[], signal: AbortSignal): Promise<Blob | null> {
  const most = about.value?.most_upload_bytes ?? MOST_PACKED_BYTES;
  const first = handed[0];
  if (first && isZip(first)) {
    if (first.file.size > most) {
      problem(t("intake.too_big", { most: Math.round(most / 1e9) }));
      return null;
    }
    return first.file;
  }
  const list = packingList(handed, choices.value);
  const names = list.map((one) => one.name.replace(/\.gz$/, ""));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (list.length === 0 || twice) {
    problem(twice ? t("intake.twice", { role: twice.replace(/\..*/, "") }) : t("intake.nothing"));
    return null;
  }
  if (list.reduce((sum, one) => sum + one.file.size, 0) > Math.min(most, MOST_PACKED_BYTES)) {
    problem(t("intake.too_big", { most: Math.round(Math.min(most, MOST_PACKED_BYTES) / 1e9) }));
    return null;
  }
  phase.value = "pack";
  return pack(list, (part) => (share.value = part), signal);
}

/** Masks and labels that came with the volumes follow the study. */
async function sendMasks(study: string): Promise<void> {
  const begun: { mask?: string; labels?: string } = {};
  for (const [one, use] of choices.value) {
    if (use === "lesion" || use === "labels") {
      const answer = await request("POST", `/studies/${study}/masks`, { body: one.file, type: "application/octet-stream" });
      const record = (await answer.json()) as { id: string };
      begun[use === "labels" ? "labels" : "mask"] = record.id;
    }
  }
  if (Object.keys(begun).length > 0) {
    await beginDrawing(study, begun);
  }
}

export async function proceed(): Promise<void> {
  const handed = waiting;
  call = new AbortController();
  const { signal } = call;
  share.value = 0;
  sessionStorage.setItem(UNDER_WAY, "send");
  try {
    const body = await bodyOf(handed, signal);
    if (!body) {
      return;
    }
    phase.value = "send";
    share.value = 0;
    const onProgress = (part: number): void => {
      share.value = part;
      if (part >= 1) {
        phase.value = "read";
        sessionStorage.setItem(UNDER_WAY, "read"); // the server has all of it: it may store it though the page is gone
      }
    };
    const study = await upload<Study>("/studies", body, "application/zip", onProgress, signal);
    await sendMasks(study.id);
    stored.value += 1;
    if (signal.aborted) {
      return; // cancelled when the server had it already: it is in the list
    }
    notice.value = study.ignored_files > 0 ? { kind: "done", text: t("intake.ignored", { count: study.ignored_files }) } : null;
    go("room", [study.id]);
  } catch (fault) {
    tell(fault);
  } finally {
    sessionStorage.removeItem(UNDER_WAY);
    waiting = [];
    call = null;
    phase.value = "idle";
  }
}
