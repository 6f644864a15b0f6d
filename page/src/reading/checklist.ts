// The checklist: every finding of the vocabulary, by modality in the order in which a study is read, MR by sequence.
import type { CaseDocument, Finding, Vocabulary } from "../api";
import { answerOf, isAnswered } from "./answer";

export interface Group {
  id: string;
  label: string; // of an examination; empty: the section's own
  findings: Finding[];
}

export interface Section {
  id: string;
  label: string;
  examinations: string[]; // those of which any can show its findings; none of history
  groups: Group[];
  findings: Finding[];
}

// History first, where the lesion is, what each modality shows, how far it goes, then what comes later.
const ORDER = ["clinical", "site", "xr", "ct", "mr", "extent", "nm", "angio", "path", "stage"];
/** Sections whose findings are told apart by the examination that shows them. */
const BY_EXAMINATION = ["clinical", "mr", "nm"];

function groupsOf(section: string, findings: Finding[], vocabulary: Vocabulary): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const named = finding.examinations.length === 1 || section === "mr" ? (finding.examinations[0] ?? "") : "";
    const id = BY_EXAMINATION.includes(section) ? named : "";
    const label = vocabulary.examinations.find((e) => e.id === id)?.label ?? "";
    const group = groups.get(id) ?? { id, label, findings: [] };
    group.findings.push(finding);
    groups.set(id, group);
  }
  return [...groups.values()];
}

export function checklist(vocabulary: Vocabulary): Section[] {
  const sections = [...new Set(vocabulary.findings.map((f) => f.section))].filter((id) => id !== "patient");
  const place = (id: string) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  return sections
    .sort((a, b) => place(a) - place(b))
    .map((id) => {
      const findings = vocabulary.findings.filter((f) => f.section === id);
      return {
        id,
        label: findings[0]?.section_label ?? "",
        examinations: findings.some((f) => f.examinations.length === 0) ? [] : [...new Set(findings.flatMap((f) => f.examinations))],
        groups: groupsOf(id, findings, vocabulary),
        findings,
      };
    });
}

export function progress(document: CaseDocument, findings: Finding[]): { answered: number; of: number } {
  return { answered: findings.filter((f) => isAnswered(answerOf(document, f.id))).length, of: findings.length };
}

/** Can these examinations show anything? Unknown ones can; only where all were not done there is nothing to read. */
export function isReadable(document: CaseDocument, examinations: string[]): boolean {
  return examinations.length === 0 || examinations.some((e) => document.examinations?.[e] !== "not_done");
}

/** The findings whose label, definition or values hold every word; those whose label does come first. */
export function search(findings: Finding[], text: string, say: (english: string) => string): Finding[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (where: string) => words.every((word) => where.toLowerCase().includes(word));
  const label = (f: Finding) => `${f.label} ${say(f.label)} ${f.section_label}`;
  const all = (f: Finding) => `${label(f)} ${f.definition} ${say(f.definition)} ${(f.values ?? []).map((v) => `${v.label} ${say(v.label)} ${v.definition ?? ""}`).join(" ")}`;
  const named = findings.filter((f) => holds(label(f)));
  return words.length ? [...named, ...findings.filter((f) => !named.includes(f) && holds(all(f)))] : [];
}
