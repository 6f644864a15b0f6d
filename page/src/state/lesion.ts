// The lesion of the open study as the reader outlines it: clicks, brush, undo; reference spheres; and what of that is stored for
// the evaluation. All of it is kept on the server, shortly after each change.
import { batch, computed, signal } from "@preact/signals";

import { Problem, request, sendJson } from "../api";
import { onReturn, tell } from "./session";
import { study } from "./study";

export interface Click {
  point: [number, number, number]; // RAS, mm
  inside: boolean;
}

export const tissues = ["muscle", "disc", "csf", "marrow", "cord"] as const;
export type Tissue = (typeof tissues)[number];

export interface Sphere {
  tissue: Tissue;
  ras: [number, number, number];
  radius: number;
}

export interface Step {
  clicks: Click[];
  bitmap: Uint8Array | null;
  painted: boolean; // by the brush since the last click
  file: Promise<Blob | null> | null; // the mask as NIfTI
}

const MOST_BYTES = 256 << 20; // of steps that can be undone
const nothing: Step = { clicks: [], bitmap: null, painted: false, file: null };

export const now = signal<Step>(nothing);
const past = signal<Step[]>([]);
const future = signal<Step[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);
/** The series that the clicks and the mask lie on. */
export const onSeries = signal<number | null>(null);
export const spheres = signal<Sphere[]>([]);
/** The stored mask of what is shown; null: not stored, or changed since. */
export const storedMask = signal<string | null>(null);
export const labels = { id: signal<string | null>(null), scheme: signal("dens") };

// ---- what is kept: the drawing, on the server, as the next version of the one that was read; the newest change is sent once the
// reader pauses, one after the other

export type KeepState = "kept" | "changed" | "keeping" | "conflict" | "offline" | "refused";

interface Drawing {
  series?: number;
  mask?: string;
  clicks?: Click[]; // LPS
  references?: string[]; // LPS
  labels?: string;
  scheme?: string;
}

interface Held {
  study: string;
  tag: string;
}

const KEEP_MS = 700;
export const keepState = signal<KeepState>("kept");
/** The study whose drawing has been read; the number is raised when it was read anew. */
export const drawingRead = signal<{ study: string; times: number } | null>(null);
let held: Held | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let chain: Promise<void> = Promise.resolve();
let storedSteps = new WeakMap<Step, string>();

const turned = ([x, y, z]: [number, number, number]): [number, number, number] => [-x, -y, z]; // RAS and LPS

function referenceText({ tissue, ras, radius }: Sphere): string {
  return `${tissue}=${[...turned(ras), radius].map((value) => value.toFixed(2)).join(",")}`;
}

function sphereOf(text: string): Sphere | null {
  const [tissue, numbers = ""] = text.split("=");
  const [x, y, z, radius] = numbers.split(",").map(Number);
  const known = tissues.find((name) => name === tissue);
  return known && x !== undefined && y !== undefined && z !== undefined && radius !== undefined ? { tissue: known, ras: turned([x, y, z]), radius } : null;
}

/** Was anything ever drawn on the open study? */
export function isDrawn(): boolean {
  return held !== null && held.tag !== '"0"';
}

interface Snapshot {
  held: Held;
  step: Step;
  drawing: Drawing;
  role: string;
}

function snapshot(of: Held): Snapshot {
  const { bitmap, clicks } = now.value;
  const hasMask = bitmap !== null || storedMask.value !== null;
  return {
    held: of,
    step: now.value,
    role: study.value?.series[onSeries.value ?? -1]?.role ?? "",
    drawing: {
      ...(hasMask && onSeries.value !== null ? { series: onSeries.value } : {}),
      ...(storedMask.value ? { mask: storedMask.value } : {}),
      ...(clicks.length ? { clicks: clicks.map(({ point, inside }) => ({ point: turned(point), inside })) } : {}),
      ...(spheres.value.length ? { references: spheres.value.map(referenceText) } : {}),
      ...(labels.id.value ? { labels: labels.id.value, scheme: labels.scheme.value } : {}),
    },
  };
}

/** The id of a step's mask, which is stored if it was not yet. */
async function maskOf({ held: of, step, drawing, role }: Snapshot): Promise<string | null> {
  const known = drawing.mask ?? storedSteps.get(step);
  const file = known || !step.bitmap ? null : await step.file;
  if (!file) {
    return known ?? null;
  }
  const id = await storeMask(of.study, file, role);
  storedSteps.set(step, id);
  return id;
}

async function write(wanted: Snapshot): Promise<void> {
  const mask = await maskOf(wanted);
  const { drawing, held: of, step } = wanted;
  const answer = await sendJson("PUT", `/studies/${of.study}/drawing`, { ...drawing, ...(mask ? { mask } : {}) }, { headers: { "If-Match": of.tag } });
  of.tag = answer.headers.get("ETag") ?? of.tag;
  if (held === of) {
    batch(() => {
      if (now.value === step && mask) {
        storedMask.value = mask;
      }
      if (keepState.value === "keeping") {
        keepState.value = "kept";
      }
    });
  }
}

/** Sends what was changed; what goes wrong is in `keepState`. */
export function keep(): Promise<void> {
  clearTimeout(timer);
  if (!held || keepState.value === "kept" || keepState.value === "keeping" || keepState.value === "conflict") {
    return chain;
  }
  const wanted = snapshot(held);
  keepState.value = "keeping";
  chain = chain.then(() => write(wanted)).catch((fault) => {
    const status = fault instanceof Problem ? fault.problem.status : -1;
    if (held === wanted.held) {
      keepState.value = status === 412 ? "conflict" : status === 0 ? "offline" : "refused";
    }
    if (status !== 412 || held !== wanted.held) {
      tell(fault);
    }
  });
  return chain;
}

onReturn(() => void (held && !drawingRead.value ? read(held) : keep()));

function changed(): void {
  if (keepState.value !== "conflict") {
    keepState.value = "changed";
  }
  clearTimeout(timer);
  timer = setTimeout(() => void keep(), KEEP_MS);
}

async function read(of: Held): Promise<void> {
  const response = await request("GET", `/studies/${of.study}/drawing`);
  const drawing = (await response.json()) as Drawing;
  if (held !== of) {
    return; // another study was opened since
  }
  of.tag = response.headers.get("ETag") ?? of.tag;
  batch(() => {
    clear();
    const clicks = (drawing.clicks ?? []).map(({ point, inside }) => ({ point: turned(point), inside }));
    now.value = { ...nothing, clicks };
    storedMask.value = drawing.mask ?? null;
    onSeries.value = drawing.series ?? null;
    spheres.value = (drawing.references ?? []).map(sphereOf).filter((sphere) => sphere !== null);
    labels.id.value = drawing.labels ?? null;
    labels.scheme.value = drawing.scheme ?? "dens";
    keepState.value = "kept";
    drawingRead.value = { study: of.study, times: (drawingRead.value?.times ?? 0) + 1 };
  });
}

/** The drawing of the study as the server has it; the one of the study before is sent first. */
export async function openLesion(id: string): Promise<void> {
  if (id === held?.study) {
    return;
  }
  void keep();
  const mine: Held = { study: id, tag: '"0"' };
  batch(() => {
    held = mine;
    storedSteps = new WeakMap();
    drawingRead.value = null;
    keepState.value = "kept";
    clear();
    storedMask.value = null;
    spheres.value = [];
    labels.id.value = null;
  });
  try {
    await read(mine);
  } catch (fault) {
    tell(fault);
  }
}

/** After a conflict: take what the server has, or put what stands here on top of it. */
export async function settleDrawing(keepMine: boolean): Promise<void> {
  const of = held;
  if (!of) {
    return;
  }
  try {
    if (!keepMine) {
      await read(of);
      return;
    }
    const response = await request("GET", `/studies/${of.study}/drawing`);
    of.tag = response.headers.get("ETag") ?? of.tag;
    if (held === of) {
      keepState.value = "changed";
      await keep();
    }
  } catch (fault) {
    tell(fault);
  }
}

/** Masks and labels that came with a new study. */
export async function beginDrawing(id: string, drawing: { mask?: string; labels?: string }): Promise<void> {
  await sendJson("PUT", `/studies/${id}/drawing`, { ...drawing, ...(drawing.labels ? { scheme: labels.scheme.value } : {}) }, { headers: { "If-Match": '"0"' } });
}

/** Begins anew, with nothing to be undone. */
export function clear(): void {
  batch(() => {
    now.value = nothing;
    past.value = [];
    future.value = [];
    onSeries.value = null;
  });
}

export function push(step: Step, stored: string | null = null): void {
  batch(() => {
    const size = step.bitmap?.length ?? 1;
    past.value = [...past.value, now.value].slice(-Math.max(4, Math.floor(MOST_BYTES / size)));
    future.value = [];
    now.value = step;
    storedMask.value = stored;
  });
  if (stored) {
    storedSteps.set(step, stored);
  }
  changed();
}

/** What is stored, shown again: no step that could be undone. */
export function restore(bitmap: Uint8Array, file: Blob, series: number): void {
  const step = { clicks: now.value.clicks, bitmap, painted: true, file: Promise.resolve(file) };
  if (storedMask.value) {
    storedSteps.set(step, storedMask.value);
  }
  batch(() => {
    now.value = step;
    onSeries.value = series;
  });
}

addEventListener("beforeunload", (event) => {
  if (keepState.value !== "kept") {
    event.preventDefault();
  }
});

export function undo(): void {
  const before = past.value.at(-1);
  if (before) {
    batch(() => {
      future.value = [...future.value, now.value];
      past.value = past.value.slice(0, -1);
      now.value = before;
      storedMask.value = storedSteps.get(before) ?? null;
    });
    changed();
  }
}

export function redo(): void {
  const after = future.value.at(-1);
  if (after) {
    batch(() => {
      past.value = [...past.value, now.value];
      future.value = future.value.slice(0, -1);
      now.value = after;
      storedMask.value = storedSteps.get(after) ?? null;
    });
    changed();
  }
}

export function addSphere(sphere: Sphere): void {
  spheres.value = [...spheres.value, sphere];
  changed();
}

export function removeSphere(at: number): void {
  spheres.value = spheres.value.filter((_, index) => index !== at);
  changed();
}

/** Stores a mask of the study; its id. */
export async function storeMask(of: string, file: BodyInit, role: string): Promise<string> {
  const query = role && role !== "unknown" ? `?role=${role}` : "";
  const answer = await request("POST", `/studies/${of}/masks${query}`, { body: file, type: "application/octet-stream" });
  const { id } = (await answer.json()) as { id: string };
  return id;
}

export function setLabels(id: string | null, scheme: string): void {
  batch(() => {
    labels.id.value = id;
    labels.scheme.value = scheme;
  });
  changed();
}

export interface LesionAnswer {
  bytes: ArrayBuffer;
  voxels: number;
  ml: number;
}

/** The mask that these clicks make. */
export async function segment(of: string, series: number, clicks: Click[], earlier: string | null): Promise<LesionAnswer> {
  const asked = { clicks, space: "ras", ...(earlier ? { earlier } : {}) };
  const answer = await request("POST", `/studies/${of}/series/${series}/segment`, { body: JSON.stringify(asked), type: "application/json" });
  return { bytes: await answer.arrayBuffer(), voxels: Number(answer.headers.get("Dens-Voxels")), ml: Number(answer.headers.get("Dens-Volume-Ml")) };
}

/** What an evaluation of the study takes beside its series: masks, labels, reference spheres (LPS). */
export function evaluationInputs(): { masks?: string[]; labels?: string; scheme?: string; references?: string[] } {
  return {
    ...(storedMask.value ? { masks: [storedMask.value] } : {}),
    ...(labels.id.value ? { labels: labels.id.value, scheme: labels.scheme.value } : {}),
    ...(spheres.value.length ? { references: spheres.value.map(referenceText) } : {}),
  };
}
