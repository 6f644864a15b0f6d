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

export function formatPercent(share: number): string {
  const percent = 100 * share;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}
