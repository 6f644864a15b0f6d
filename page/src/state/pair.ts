// Two results of a patient as images: the study of each, the series that stands for it, what is known of places in both, and the link
// by which one follows the other.
import { batch, computed, signal } from "@preact/signals";

import { getJson, type Series, type Study } from "../api";
import { type Anchors, common, LESION, minus, plus, shiftAt } from "../viewing/link";
import { type Mark, marksOf, storedVoxels } from "../viewing/marks";
import type { Point, Screen, View } from "../viewing/screen";
import { tell } from "./session";

/** A result with what of it says where its lesion was measured. */
export interface Chosen {
  id: string;
  of: string; // its study
  day: string;
  marked: boolean;
  role: string | null; // of the series that the lesion's volume was measured on
}

export interface Side extends Chosen {
  study: Study;
  marks: Mark[];
}

export type Which = 0 | 1;
export const pair = signal<readonly [Side, Side] | null>(null);
/** The series of each side, by its place in the study. */
export const pairSeries = signal<readonly [number, number]>([0, 0]);
const lesions = signal<readonly [Point | null, Point | null]>([null, null]);
export const linked = signal(true);
/** What the reader corrected: added on the way from the first to the second. */
const correction = signal<Point>([0, 0, 0]);

const anchorsOf = (side: Side | undefined, lesion: Point | null): Anchors =>
  new Map([...(side?.marks ?? []).map(({ level, ras }) => [level, ras] as const), ...(lesion ? [[LESION, lesion] as const] : [])]);
export const anchors = computed<readonly [Anchors, Anchors]>(() => [anchorsOf(pair.value?.[0], lesions.value[0]), anchorsOf(pair.value?.[1], lesions.value[1])]);

/** On what the link rests. */
export const linkedBy = computed<"study" | "levels" | "lesion" | "middles">(() => {
  const [first] = common(anchors.value[0], anchors.value[1]);
  return pair.value && pair.value[0].study.id === pair.value[1].study.id ? "study" : first === undefined ? "middles" : first === LESION ? "lesion" : "levels";
});

export function readableOf(study: Study): { series: Series; at: number }[] {
  return study.series.map((series, at) => ({ series, at })).filter(({ series }) => !series.problem && !series.mask);
}

/** The same kind of series in both, that of the lesion before others; else the first of each. */
function seriesOf(sides: readonly [Side, Side]): readonly [number, number] | null {
  const [one, other] = [readableOf(sides[0].study), readableOf(sides[1].study)];
  const known = one.filter(({ series }) => series.role !== "unknown" && other.some((o) => o.series.role === series.role));
  const role = (known.find(({ series }) => series.role === sides[1].role) ?? known.find(({ series }) => series.role === sides[0].role) ?? known[0])?.series.role;
  const [first, second] = [one, other].map((all) => (all.find(({ series }) => series.role === role) ?? all[0])?.at);
  return first === undefined || second === undefined ? null : [first, second];
}

/** Another series of a side; the other side shows the same kind, if it has it. */
export function choosePairSeries(which: Which, at: number): void {
  const sides = pair.value;
  const role = sides?.[which].study.series[at]?.role;
  if (!sides || !role) {
    return;
  }
  const all = readableOf(sides[1 - which]?.study as Study);
  const now = pairSeries.value[which === 0 ? 1 : 0];
  const same = sides[which === 0 ? 1 : 0].study.series[now]?.role === role || role === "unknown" ? now : (all.find(({ series }) => series.role === role)?.at ?? now);
  pairSeries.value = which === 0 ? [at, same] : [same, at];
}

async function marksOfStudy(id: string): Promise<Mark[]> {
  const drawing = await getJson<{ labels?: string; scheme?: string }>(`/studies/${id}/drawing`);
  const voxels = drawing.labels ? await storedVoxels(drawing.labels) : null;
  return voxels ? marksOf(voxels, drawing.scheme ?? "dens") : [];
}

async function sideOf(chosen: Chosen): Promise<Side> {
  const [study, marks] = await Promise.all([getJson<Study>(`/studies/${chosen.of}`), marksOfStudy(chosen.of)]);
  return { ...chosen, study, marks };
}

let asked = 0;

/** Opens the images of two results; none, while they are read and where there is none. */
export async function openPair(before: Chosen | null, after: Chosen | null): Promise<void> {
  const mine = ++asked;
  pair.value = null;
  if (!before?.of || !after?.of) {
    return;
  }
  try {
    const sides = await Promise.all([sideOf(before), sideOf(after)]);
    const series = seriesOf(sides);
    if (mine === asked && series) {
      batch(() => {
        pair.value = sides;
        pairSeries.value = series;
        lesions.value = [null, null];
        linked.value = true;
        correction.value = [0, 0, 0];
      });
    }
  } catch (fault) {
    if (mine === asked) {
      tell(fault);
    }
  }
}

export function setLesion(which: Which, middle: Point): void {
  lesions.value = which === 0 ? [middle, lesions.value[1]] : [lesions.value[0], middle];
}

/** From a place of a side to the other one's; without an anchor the middles of the images stand for one. */
function shiftFrom(which: Which, place: Point, own: Screen, other: Screen): Point {
  const [from, to] = which === 0 ? anchors.value : [anchors.value[1], anchors.value[0]];
  const by = linkedBy.value;
  return by === "study" ? [0, 0, 0] : (shiftAt(place, from, to) ?? minus(other.extentMiddle, own.extentMiddle));
}

/** The same view of the other side. */
export function viewFor(which: Which, view: View, own: Screen, other: Screen): View {
  const shift = shiftFrom(which, view.ras, own, other);
  const whole = which === 0 ? plus(shift, correction.value) : minus(shift, correction.value);
  return { ...view, ras: plus(view.ras, whole), middle: plus(view.middle, whole) };
}

/** Lets each side move alone, and then together again from where they stand. */
export function toggleLink(screens: Screen[]): void {
  const [one, other] = screens;
  const [here, there] = [one?.here, other?.here];
  if (!linked.value && one && other && here && there) {
    correction.value = minus(minus(there.ras, here.ras), shiftFrom(0, here.ras, one, other));
  }
  linked.value = !linked.value;
}

/** The other side shows what this one shows. */
export function lead(which: Which, screens: Screen[]): void {
  const [own, other] = which === 0 ? screens : [screens[1], screens[0]];
  const view = own?.view;
  if (linked.value && screens.length === 2 && own && other && view) {
    other.setView(viewFor(which, view, own, other));
  }
}

/** Both at a place that is known in both, or the one where it is known and the other at the same place. */
export function goToAnchor(name: string, screens: Screen[]): void {
  const [one, other] = screens;
  const [before, after] = [anchors.value[0].get(name), anchors.value[1].get(name)];
  if (!one || !other) {
    return;
  }
  batch(() => {
    linked.value = true;
    correction.value = before && after ? minus(minus(after, before), shiftFrom(0, before, one, other)) : [0, 0, 0];
  });
  if (before) {
    one.goTo(before);
    lead(0, screens);
  } else if (after) {
    other.goTo(after);
    lead(1, screens);
  }
}
