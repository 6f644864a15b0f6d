// The viewer's keys: one table for what they do and for the sheet that tells them.
import type { Key } from "../i18n";
import { redo, undo } from "../state/lesion";
import { readable, shown, study } from "../state/study";
import { brush, layout, overlaysHidden, screens, sheetOpen, showsCt, tool, windowName, windowNames, windows, withRender } from "../state/viewing";
import type { Layout, Screen, Tool } from "./screen";

export interface KeyRow {
  keys: string[];
  label: Key;
  act: (key: string) => void;
}

const BRUSH_MOST = 15;

export function useTool(wanted: Tool): void {
  tool.value = tool.value === wanted ? "cross" : wanted;
}

export function useLayout(wanted: Layout): void {
  layout.value = wanted;
}

export function nextWindow(): void {
  const names = windowNames.filter((name) => windows[name] === null || showsCt.value);
  windowName.value = names[(names.indexOf(windowName.value) + 1) % names.length] ?? "auto";
}

/** The series with this number of the list; beside the first one, or in its place. */
export function showSeries(place: number, beside: boolean): void {
  const wanted = readable.value[place];
  const at = study.value?.series.indexOf(wanted as never) ?? -1;
  if (wanted && at >= 0) {
    show(at, beside);
  }
}

export function show(at: number, beside: boolean): void {
  const [main] = shown.value;
  if (beside && main !== undefined && main !== at) {
    shown.value = shown.value[1] === at ? [main] : [main, at];
  } else {
    shown.value = [at];
  }
}

/** The screen that the keys act on, which the others follow: the one with the focus, else the main one. */
function leading(): Screen | undefined {
  return screens.value.find((screen) => screen.canvas === document.activeElement) ?? screens.value[0];
}

const step = (x: number, y: number, z: number) => (): void => leading()?.step(x, y, z);
const zoom = (factor: number) => (): void => leading()?.zoom(factor);

/** Whole images, without measures. */
export function fit(): void {
  leading()?.fit();
  screens.value.forEach((screen) => screen.clearMeasurements());
}

export const keyRows: KeyRow[] = [
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], label: "keys.series", act: (key) => showSeries(Number(key) - 1, false) },
  { keys: ["Shift+1", "Shift+2", "Shift+3", "Shift+4", "Shift+5", "Shift+6", "Shift+7", "Shift+8", "Shift+9"], label: "keys.beside", act: (key) => showSeries(Number(key.slice(6)) - 1, true) },
  { keys: ["m"], label: "layout.all", act: () => useLayout("all") },
  { keys: ["s"], label: "layout.sagittal", act: () => useLayout("sagittal") },
  { keys: ["a"], label: "layout.axial", act: () => useLayout("axial") },
  { keys: ["c"], label: "layout.coronal", act: () => useLayout("coronal") },
  { keys: ["d"], label: "layout.render", act: () => (withRender.value = !withRender.value) },
  { keys: ["w"], label: "keys.window", act: nextWindow },
  { keys: ["ArrowUp"], label: "keys.up", act: step(0, 0, 1) },
  { keys: ["ArrowDown"], label: "keys.down", act: step(0, 0, -1) },
  { keys: ["ArrowLeft"], label: "keys.left", act: step(-1, 0, 0) },
  { keys: ["ArrowRight"], label: "keys.right", act: step(1, 0, 0) },
  { keys: ["+", "="], label: "keys.zoom_in", act: zoom(1.25) },
  { keys: ["-"], label: "keys.zoom_out", act: zoom(0.8) },
  { keys: ["0"], label: "keys.fit", act: fit },
  { keys: ["x"], label: "tool.cross", act: () => (tool.value = "cross") },
  { keys: ["z"], label: "tool.pan", act: () => useTool("pan") },
  { keys: ["r"], label: "tool.measure", act: () => useTool("measure") },
  { keys: ["i"], label: "tool.inside", act: () => useTool("inside") },
  { keys: ["o"], label: "tool.outside", act: () => useTool("outside") },
  { keys: ["b"], label: "tool.brush", act: () => useTool("brush") },
  { keys: ["e"], label: "tool.erase", act: () => useTool("erase") },
  { keys: ["["], label: "keys.smaller", act: () => (brush.value = Math.max(1, brush.value - 2)) },
  { keys: ["]"], label: "keys.bigger", act: () => (brush.value = Math.min(BRUSH_MOST, brush.value + 2)) },
  { keys: ["u"], label: "lesion.undo", act: undo },
  { keys: ["Shift+U"], label: "lesion.redo", act: redo },
  { keys: ["h"], label: "keys.hide", act: () => (overlaysHidden.value = !overlaysHidden.value) },
  { keys: ["?", "Shift+?"], label: "keys.sheet", act: () => (sheetOpen.value = !sheetOpen.value) },
];

/** The keys of a view; they count while nothing is being typed and the form on the right has not the focus. */
export function handlerOf(rows: KeyRow[]): (event: KeyboardEvent) => void {
  const byKey = new Map(rows.flatMap((row) => row.keys.map((key) => [key, row] as const)));
  return (event) => {
    const at = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, textarea, select, sl-input, sl-select, sl-textarea, [contenteditable], .right, .topbar, dialog")) {
      return;
    }
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    const name = digit && event.shiftKey ? `Shift+${digit}` : event.shiftKey && event.key.length === 1 ? `Shift+${event.key.toUpperCase()}` : event.key;
    const row = byKey.get(name) ?? byKey.get(event.key);
    if (row) {
      event.preventDefault();
      event.stopImmediatePropagation();
      row.act(name);
    }
  };
}
