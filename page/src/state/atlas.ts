// What the atlas and the quiz read of the knowledge; each part is asked for once.
import { getJson } from "../api";

export interface Sourced {
  text: string;
  source: string;
  source_name: string;
  where?: string;
}

export interface EvidenceRow {
  id: string;
  says: string;
  source: string;
  source_name: string;
  where?: string;
  scope?: string;
  patients?: number;
  counts_as?: number;
  conflict?: string;
  note?: string;
}

export interface Share {
  value?: string;
  label?: string;
  member?: string;
  from?: number;
  to?: number;
  probability: number;
}

export interface DiagnosisFinding {
  finding: string;
  label: string;
  section: string;
  kind: string;
  unit?: string;
  rows: EvidenceRow[];
  counts_as: number;
  distribution: Share[];
}

export interface DiagnosisDetail {
  diagnosis: string;
  name: string;
  group: string;
  summary?: string;
  synonyms?: string[];
  codes?: Record<string, { code: string; meaning?: string }>;
  who?: { group?: string; behaviour?: string; grade?: string; source_name?: string };
  typical?: (Sourced & { modality: string })[];
  mimics?: (Sourced & { name: string })[];
  components?: { id: string; name: string; definition?: string; share: number }[];
  findings: DiagnosisFinding[];
  statements?: (Sourced & { topic: string; conflict?: string })[];
  management?: { topic: string; text: string; conditional: boolean; sources: string[] }[];
}

export interface Source {
  id: string;
  name: string;
  citation: string;
  doi: string;
  url: string;
  kind: string;
  seen: string;
  rows: number;
  statements: number;
}

export interface Conflict {
  id: string;
  diagnosis: string;
  written: boolean;
  question: string;
  resolution: string;
  sources: string[];
  rows?: EvidenceRow[];
  statements?: (Sourced & { topic: string })[];
}

const kept = new Map<string, Promise<unknown>>();

function once<T>(path: string): Promise<T> {
  const before = kept.get(path);
  if (before) {
    return before as Promise<T>;
  }
  const asked = getJson<T>(path);
  kept.set(path, asked);
  asked.catch(() => kept.delete(path));
  return asked;
}

export const loadDiagnosis = (id: string) => once<DiagnosisDetail>(`/knowledge/diagnoses/${encodeURIComponent(id)}`);
export const loadSources = () => once<{ sources: Source[] }>("/knowledge/sources");
export const loadConflicts = () => once<{ conflicts: Conflict[] }>("/knowledge/conflicts");

export const pictureSeries = ["ct", "t1", "t2", "stir", "t1c", "dwi", "pet"] as const;
export type PictureSeries = (typeof pictureSeries)[number];

/** Path of the interface; a column of it, sagittal above axial. */
export function pictureOf(diagnosis: string, series: PictureSeries): string {
  return `/knowledge/diagnoses/${encodeURIComponent(diagnosis)}/picture?series=${series}`;
}
