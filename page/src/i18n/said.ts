// What the server says in English (labels of the vocabulary, sentences of a result) in the page's language. Texts that are not
// known yet are collected while the page is drawn and asked for together; until then they stand in English.
import { signal } from "@preact/signals";

import { Problem, sendJson } from "../api";
import { onReturn, tell } from "../state/session";
import { language } from "./index";

const MOST = 2000; // texts in one request

const words = signal<ReadonlyMap<string, string>>(new Map());
const wanted = new Set<string>();
let asked = false;

async function ask(): Promise<void> {
  const texts = [...wanted].slice(0, MOST);
  try {
    const answer = await sendJson<{ texts: string[] }>("POST", "/knowledge/words/zh", { texts });
    const known = new Map(words.value);
    texts.forEach((text, at) => {
      known.set(text, answer.body.texts[at] ?? text);
      wanted.delete(text);
    });
    asked = false;
    words.value = known;
    if (wanted.size > 0) {
      later();
    }
  } catch (fault) {
    tell(fault);
    if (!(fault instanceof Problem && fault.isOffline)) {
      words.value = new Map([...words.value, ...texts.map((text) => [text, text] as const)]); // they stay in English; others are asked for
      texts.forEach((text) => wanted.delete(text));
      asked = false;
    }
  }
}

function later(): void {
  asked = true;
  setTimeout(() => void ask(), 0);
}

onReturn(() => {
  if (wanted.size > 0) {
    later();
  }
});

export function say(english: string): string {
  if (language.value === "en" || english === "") {
    return english;
  }
  const known = words.value.get(english);
  if (known !== undefined) {
    return known;
  }
  wanted.add(english);
  if (!asked) {
    later();
  }
  return english;
}

/** With a capital letter, for the beginning of a line. */
export function sayFirst(english: string): string {
  const said = say(english);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

const SENTENCE = /[A-Za-z]{2,}[,;:]? [a-z]{2,}/;

/** Was it asked for, and has the language no words for it? Names and figures are the same in every language. */
export function stayed(english: string): boolean {
  return language.value !== "en" && words.value.get(english) === english && SENTENCE.test(english);
}
