// The differential of the case as it stands, asked anew after every change; an answer that was overtaken is dropped.
import { effect, signal } from "@preact/signals";

import { type ResultDocument, sendJson } from "../api";
import { current } from "./case";
import { about, offline, tell } from "./session";

export const prior = signal("clinic");
export const against = signal<string | null>(null); // the rival that reasons are told against; null: the first other one
export const result = signal<ResultDocument | null>(null);
/** Milliseconds from the change to the new bars, for the bench. */
export const lastAnswer = signal(0);

let call: AbortController | null = null;

effect(() => {
  const asked = current.value;
  const query = new URLSearchParams({ prior: prior.value });
  if (against.value) {
    query.set("against", against.value);
  }
  if (!about.value || offline.value) {
    return;
  }
  call?.abort();
  call = new AbortController();
  const began = performance.now();
  sendJson<ResultDocument>("POST", `/differential?${query}`, asked, { signal: call.signal }).then((answer) => {
    result.value = answer.body;
    requestAnimationFrame(() => {
      lastAnswer.value = performance.now() - began;
      performance.measure("dens.differential", { start: began });
    });
  }, tell);
});
