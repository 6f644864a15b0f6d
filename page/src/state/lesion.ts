// The lesion of the open study as the reader outlines it: clicks, brush, undo; reference spheres; and what of that is stored for
// the evaluation. What is not stored yet is in this tab alone, and leaving asks first.
import { batch, computed, signal } from "@preact/signals";

import { request } from "../api";

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
}

const MOST_BYTES = 256 << 20; // of steps that can be undone
const nothing: Step = { clicks: [], bitmap: null, painted: false };

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
export const labels = {
  id: signal<string | null>(null),
  scheme: signal("dens"),
  keep(study: string, id: string): void {
    localStorage.setItem(`dens.labels.${study}`, JSON.stringify({ id, scheme: this.scheme.value }));
  },
  find(study: string): void {
    const kept = JSON.parse(localStorage.getItem(`dens.labels.${study}`) ?? "null") as { id: string; scheme: string } | null;
    this.id.value = kept?.id ?? null;
    this.scheme.value = kept?.scheme ?? "dens";
  },
};

let studyOf: string | null = null;

function keepSpheres(): void {
  if (studyOf) {
    localStorage.setItem(`dens.spheres.${studyOf}`, JSON.stringify(spheres.value));
  }
}

export function openLesion(study: string): void {
  if (study === studyOf) {
    return;
  }
  studyOf = study;
  clear();
  storedMask.value = localStorage.getItem(`dens.mask.${study}`);
  spheres.value = JSON.parse(localStorage.getItem(`dens.spheres.${study}`) ?? "[]") as Sphere[];
  labels.find(study);
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
}

/** What is stored, shown again: no step that could be undone. */
export function restore(bitmap: Uint8Array, series: number): void {
  batch(() => {
    now.value = { clicks: [], bitmap, painted: true };
    onSeries.value = series;
  });
}

addEventListener("beforeunload", (event) => {
  if (now.value.bitmap && !storedMask.value) {
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
      storedMask.value = null;
    });
  }
}

export function redo(): void {
  const after = future.value.at(-1);
  if (after) {
    batch(() => {
      past.value = [...past.value, now.value];
      future.value = future.value.slice(0, -1);
      now.value = after;
      storedMask.value = null;
    });
  }
}

export function addSphere(sphere: Sphere): void {
  spheres.value = [...spheres.value, sphere];
  keepSpheres();
}

export function removeSphere(at: number): void {
  spheres.value = spheres.value.filter((_, index) => index !== at);
  keepSpheres();
}

/** Stores a mask of the study; its id. */
export async function storeMask(study: string, file: BodyInit, role: string): Promise<string> {
  const query = role && role !== "unknown" ? `?role=${role}` : "";
  const answer = await request("POST", `/studies/${study}/masks${query}`, { body: file, type: "application/octet-stream" });
  const { id } = (await answer.json()) as { id: string };
  return id;
}

export function keepMask(study: string, id: string): void {
  if (studyOf === study) {
    storedMask.value = id;
  }
  localStorage.setItem(`dens.mask.${study}`, id);
}

export interface LesionAnswer {
  bytes: ArrayBuffer;
  voxels: number;
  ml: number;
}

/** The mask that these clicks make. */
export async function segment(study: string, series: number, clicks: Click[], earlier: string | null): Promise<LesionAnswer> {
  const asked = { clicks, space: "ras", ...(earlier ? { earlier } : {}) };
  const answer = await request("POST", `/studies/${study}/series/${series}/segment`, { body: JSON.stringify(asked), type: "application/json" });
  return { bytes: await answer.arrayBuffer(), voxels: Number(answer.headers.get("Dens-Voxels")), ml: Number(answer.headers.get("Dens-Volume-Ml")) };
}

/** Stores the mask that is outlined now, if it was changed; the viewer, which holds it, puts itself here. */
export const outlined: { store: () => Promise<unknown> } = { store: () => Promise.resolve() };

/** What an evaluation of the study takes beside its series: masks, labels, reference spheres (LPS). */
export function evaluationInputs(): { masks?: string[]; labels?: string; scheme?: string; references?: string[] } {
  return {
    ...(storedMask.value ? { masks: [storedMask.value] } : {}),
    ...(labels.id.value ? { labels: labels.id.value, scheme: labels.scheme.value } : {}),
    ...(spheres.value.length ? { references: spheres.value.map((s) => `${s.tissue}=${[-s.ras[0], -s.ras[1], s.ras[2], s.radius].map((v) => v.toFixed(2)).join(",")}`) } : {}),
  };
}
