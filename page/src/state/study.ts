// The study that is open, and which of its series stand in the viewer.
import { computed, effect, signal } from "@preact/signals";

import { getJson, type Series, type Study } from "../api";
import { adoptCase, openCase } from "./case";
import { route } from "./route";
import { about, onReturn, tell } from "./session";

export const study = signal<Study | null>(null);
/** Positions in study.series: the first is the main one, a second one stands beside it. */
export const shown = signal<number[]>([]);

export const readable = computed(() => (study.value?.series ?? []).filter((s: Series) => !s.problem && !s.mask));

async function open(id: string): Promise<void> {
  try {
    const answer = await getJson<Study>(`/studies/${id}`);
    if (opened !== id) {
      return; // another one was opened since
    }
    study.value = answer;
    const first = answer.series.findIndex((s) => !s.problem && !s.mask);
    shown.value = first >= 0 ? [first] : [];
    if (answer.node?.case) {
      void adoptCase(answer.node.case); // what the node measured
    }
  } catch (fault) {
    if (opened === id) {
      study.value = null;
      tell(fault);
    }
  }
}

let opened: string | null | undefined;
effect(() => {
  const wanted = route.value.place === "room" ? (route.value.parts[0] ?? null) : opened;
  if (!about.value || wanted === opened || wanted === undefined) {
    return;
  }
  opened = wanted;
  study.value = null;
  shown.value = [];
  openCase(wanted, about.value.store);
  if (wanted) {
    void open(wanted);
  }
});

/** Reads the open study again: more of it came. */
export function renew(): void {
  if (opened) {
    void open(opened);
  }
}

/** The study after a role was corrected; nothing if another one was opened meanwhile. */
export function put(next: Study): void {
  if (study.value?.id === next.id) {
    study.value = next;
  }
}

onReturn(() => {
  if (opened && !study.value) {
    void open(opened); // the server was not there when it was asked for
  }
});
