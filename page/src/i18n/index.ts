// One catalogue a language, the same keys in each (a test compares them). What the knowledge says comes translated from the server.
import { signal } from "@preact/signals";

import frameEn from "./en.json";
import imagesEn from "./images.en.json";
import imagesZh from "./images.zh.json";
import readingEn from "./reading.en.json";
import readingZh from "./reading.zh.json";
import frameZh from "./zh.json";

const en = { ...frameEn, ...imagesEn, ...readingEn };
const zh = { ...frameZh, ...imagesZh, ...readingZh };

export type Language = "en" | "zh";
export type Key = keyof typeof en;

const catalogues: Record<Language, Record<Key, string>> = { en, zh };
const KEY = "dens.language";
export const language = signal<Language>("en");

export function startLanguage(): void {
  const kept = localStorage.getItem(KEY);
  setLanguage(kept === "zh" || (kept === null && navigator.language.startsWith("zh")) ? "zh" : "en");
}

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  localStorage.setItem(KEY, wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : "en";
}

/** The text of a key in the page's language; {name} stands for a value. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return catalogues[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function isKey(name: string): name is Key {
  return name in en;
}

export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** The day alone; of a time, its day here. */
export function formatDay(iso: string): string {
  return new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium" }).format(new Date(iso.length === 10 ? `${iso}T12:00:00` : iso));
}

const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;

function formatNameGroup(group: string): string {
  const [family = "", ...given] = group.split("^").map((part) => part.trim());
  const others = given.filter(Boolean);
  return EAST_ASIAN.test(group) ? [family, ...others].join("") : [family, others.join(" ")].filter(Boolean).join(", ");
}

/** A DICOM name as people write it: the ideographic representation first, where there is one. */
export function formatName(name: string): string {
  const [alphabetic = "", ideographic = ""] = name.split("=").map(formatNameGroup);
  return [ideographic, alphabetic].filter(Boolean).join(" · ");
}

/** YYYYMMDD, as DICOM has it. */
export function formatDicomDay(date: string): string {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  return iso === date || Number.isNaN(Date.parse(iso)) ? date : formatDay(iso);
}

export function formatPercent(share: number): string {
  const percent = 100 * share;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}
