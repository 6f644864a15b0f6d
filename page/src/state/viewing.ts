// What the viewer shows and with which tool: shared by the viewer, its keys and the lesion's tools.
import { signal } from "@preact/signals";

import type { Mark } from "../viewing/marks";
import type { Layout, Place, Screen, Tool, Window } from "../viewing/screen";

export const layout = signal<Layout>("all");
export const withRender = signal(false); // the 3-D plane takes a second a frame where no graphics card draws it
export const tool = signal<Tool>("cross");
export const brush = signal(3);
export const maskOpacity = signal(0.5);
export const labelOpacity = signal(0.25);
export const overlaysHidden = signal(false);
export const windowName = signal<WindowName>("auto");
export const sheetOpen = signal(false);
export const pointed = signal<{ place: Place; screen: number } | null>(null);
/** Raised after each frame: where the crosshair stands may be another. */
export const frames = signal(0);
/** The vertebrae of the main series. */
export const levels = signal<Mark[]>([]);
/** Is the main series a CT? It has windows in HU. */
export const showsCt = signal(false);
/** The screens that stand, the main one first. */
export const screens = signal<Screen[]>([]);

/** For the eye alone, nothing is measured with them: windows in common use for the spine (width 2000 at 500 HU, 350 at 50 HU), and the scanner's own range. */
export const windows = { auto: null, bone: { low: -500, high: 1500 }, soft: { low: -125, high: 225 } } as const satisfies Record<string, Window | null>;
export type WindowName = keyof typeof windows;
export const windowNames = Object.keys(windows) as WindowName[];
