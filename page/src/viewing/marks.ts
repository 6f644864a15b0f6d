// Where the vertebrae lie by a label map of the store.
import { request } from "../api";
import { Screen, type Point, unzipped } from "./screen";
import schemes from "./schemes.json";

export type Scheme = keyof typeof schemes;
export const schemeNames = Object.keys(schemes) as Scheme[];

export interface Mark {
  level: string;
  ras: Point; // the middle of its label, mm
}

function levelsOf(scheme: string): [string, number][] {
  return Object.entries(schemes[scheme as Scheme] ?? {});
}

/** The numbers that stand for vertebrae. */
export function wantedOf(scheme: string): Set<number> {
  return new Set(levelsOf(scheme).map(([, label]) => label));
}

export function isNifti(bytes: ArrayBuffer): boolean {
  return bytes.byteLength > 348 && new TextDecoder().decode(new Uint8Array(bytes, 344, 3)) === "n+1";
}

/** A stored mask or label map; null for a DICOM segmentation: it serves the measurements, the page does not draw it. */
export async function storedVoxels(id: string): Promise<ArrayBuffer | null> {
  const bytes = await unzipped(await (await request("GET", `/masks/${id}`)).arrayBuffer());
  return isNifti(bytes) ? bytes : null;
}

export async function marksOf(labels: ArrayBuffer, scheme: string): Promise<Mark[]> {
  const middles = await Screen.middles(labels, wantedOf(scheme));
  return levelsOf(scheme).flatMap(([level, label]) => {
    const ras = middles.get(label);
    return ras ? [{ level, ras }] : [];
  });
}
