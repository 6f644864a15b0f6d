// What a row of evidence says, in words: the ids of the values as their labels.
import { isKey, t } from "../i18n";
import { say } from "../i18n/said";
import { findings } from "../state/session";

/** "high 5, intermediate 2 of 10" of a finding. */
export function inWords(finding: string, says: string): string {
  const values = findings.value.get(finding)?.values ?? [];
  const plain = says.replace(/\|/g, " / ").replace(/(\d)\.\.(?=\d)/g, "$1–").replace(/([\d.]+)\.\.(?!\d)/g, "≥ $1").replace(/(^|[ ,])\.\.(\d)/g, "$1< $2");
  return plain.replace(/[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z0-9]+/g, (word) => {
    const value = values.find((v) => v.id === word);
    const key = `says.${word}`;
    return value ? say(value.label) : isKey(key) ? t(key) : word.replace(/_/g, " ");
  });
}
