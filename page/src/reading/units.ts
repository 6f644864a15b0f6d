// Units as people write them; UCUM stays in the documents.
import { language } from "../i18n";

const units: Record<string, [string, string]> = {
  "a": ["years", "岁"],
  "mo": ["months", "个月"],
  "mm": ["mm", "mm"],
  "%": ["%", "%"],
  "1": ["", ""],
  "[hnsf'U]": ["HU", "HU"],
  "10*-3.mm2/s": ["× 10⁻³ mm²/s", "× 10⁻³ mm²/s"],
  "{SUVbw}g/mL": ["g/ml", "g/ml"],
  "cm3": ["cm³", "cm³"],
  "mL": ["ml", "ml"],
};

export function unitOf(ucum: string | undefined): string {
  const known = units[ucum ?? "1"];
  return known ? known[language.value === "zh" ? 1 : 0] : (ucum ?? "").replace(/\{[^}]*\}/g, "");
}
