// Where the reader is, in the hash of the address, so that a reload and the back button lead to the same place:
// #/room/STUDY?case=ID, #/atlas/…, #/quiz, #/followup.
import { computed, signal } from "@preact/signals";

import { takeToken } from "../api";

export const places = ["room", "atlas", "quiz", "followup"] as const;
export type Place = (typeof places)[number];

const hash = signal("");

export const route = computed(() => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const place: Place = places.find((name) => name === parts[0]) ?? "room";
  return { place, parts: parts.slice(1), query: new URLSearchParams(query) };
});

export function startRoute(): void {
  takeToken();
  hash.value = location.hash;
  addEventListener("hashchange", () => {
    hash.value = location.hash;
  });
  // The browser tells of a followed link a moment later: what is typed in between belongs to the new place.
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#/"]') : null;
    if (link && !event.defaultPrevented && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      hash.value = link.hash;
    }
  });
}

export function addressOf(place: Place, parts: string[] = [], query: Record<string, string | null | undefined> = {}): string {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value) {
      wanted.set(name, value);
    }
  }
  const tail = wanted.toString();
  return `#/${[place, ...parts.map(encodeURIComponent)].join("/")}${tail ? `?${tail}` : ""}`;
}

export function go(place: Place, parts: string[] = [], query: Record<string, string | null | undefined> = {}): void {
  location.hash = addressOf(place, parts, query);
  hash.value = location.hash;
}

/** The same place with another query: no new entry in the history. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = Object.fromEntries(route.value.query) as Record<string, string | null>;
  history.replaceState(null, "", addressOf(route.value.place, route.value.parts, { ...query, ...changes }));
  hash.value = location.hash;
}
