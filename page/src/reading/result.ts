// The parts of dens-result/1 that the views draw.
export interface Reason {
  group: string;
  label: string;
  findings: string[];
  weight: number; // natural logarithm of the likelihood ratio against the rival
  against: string;
  text: string;
  evidence: string[];
  sources: string[];
}

export interface Ranking {
  diagnosis: string;
  component?: string;
  group: string;
  probability: number;
  interval: [number, number];
  for?: Reason[];
  against?: Reason[];
  rival?: string;
  prior_weight?: number;
  [more: string]: unknown;
}

export interface SourceText {
  text: string;
  doi?: string;
}

export interface Reasoned {
  row: Ranking;
  sources: Record<string, SourceText>;
}

export interface Outcome {
  findings: Record<string, unknown>;
  probability: number;
  leads_to: [string, number][];
  action?: string;
}

export interface Step {
  examination: string;
  label: string;
  gain_bits: number;
  gain_action: number;
  cost: string;
  risk: string;
  invasive?: boolean;
  dose_msv?: number;
  text: string;
  sources?: string[];
  if: Outcome[];
}

export interface Question {
  finding: string;
  gain_bits: number;
  if: { value: string; label: string; probability: number; leads_to: [string, number][] }[];
}

export interface Alert {
  id: string;
  urgency: string;
  because: string[];
  text: string;
  sources?: string[];
}

export interface Score {
  id: string;
  label: string;
  value: unknown;
  band?: string;
  items?: Record<string, { label: string; value: unknown; text?: string }>;
  unknown?: string[];
  limits?: string;
}

export interface Advice {
  topic?: string;
  name?: string;
  text: string;
  applies_to?: string;
  sources?: string[];
  because?: string[];
}

export interface EvidenceRow {
  id: string;
  diagnosis?: string;
  finding: string;
  says: string;
  source: string;
  source_name: string;
  where: string;
  scope: string;
  counts_as: number;
  patients?: number;
  note?: string;
  citation: string;
  doi?: string;
}
