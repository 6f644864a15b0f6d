// What the viewer of the reading room and the images of the follow-up share: tools, level names, the sheet of keys, a screen on a canvas.
import { Box, Crosshair, Eye, EyeOff, Hand, Keyboard, Maximize, Ruler, SunMoon } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { request } from "../api";
import { type Key, t } from "../i18n";
import { tell } from "../state/session";
import { frames, layout, overlaysHidden, screens, sheetOpen, showsCt, tool, windowName, windowNames, windows, withRender } from "../state/viewing";
import { fit, type KeyRow, useLayout, useTool } from "../viewing/keys";
import type { Mark } from "../viewing/marks";
import { type Layout, layouts, Screen, type Tool } from "../viewing/screen";

const toolIcons: [Tool, typeof Hand][] = [["cross", Crosshair], ["pan", Hand], ["window", SunMoon], ["measure", Ruler]];

/** Planes, windows and tools; with the 3-D plane or without. */
export function ToolBar({ render = true }: { render?: boolean }) {
  return (
    <div class="toolbar" role="toolbar" aria-label={t("viewer.tools")}>
      <div class="segmented" role="group" aria-label={t("viewer.planes")}>
        {layouts.filter((name): name is Exclude<Layout, "render"> => name !== "render").map((name) => (
          <button key={name} type="button" aria-pressed={layout.value === name} data-layout={name} onClick={() => useLayout(name)}>
            {t(`layout.${name}` as Key)}
          </button>
        ))}
        {render && (
          <button type="button" aria-pressed={withRender.value} data-layout="render" aria-label={t("layout.render")} title={t("layout.render")} onClick={() => (withRender.value = !withRender.value)}>
            <Box size={15} aria-hidden="true" />
          </button>
        )}
      </div>
      <div class="segmented" role="group" aria-label={t("viewer.window")}>
        {windowNames.filter((name) => windows[name] === null || showsCt.value).map((name) => (
          <button key={name} type="button" aria-pressed={windowName.value === name} data-window={name} onClick={() => (windowName.value = name)}>
            {t(`window.${name}` as Key)}
          </button>
        ))}
      </div>
      <div class="segmented" role="group" aria-label={t("viewer.tool")}>
        {toolIcons.map(([name, Icon]) => (
          <button key={name} type="button" aria-pressed={tool.value === name} data-tool={name} aria-label={t(`tool.${name}` as Key)} title={t(`tool.${name}` as Key)} onClick={() => useTool(name)}>
            <Icon size={16} aria-hidden="true" />
          </button>
        ))}
      </div>
      <span class="grow" />
      <button type="button" class="icon" aria-label={t("keys.fit")} title={t("keys.fit")} onClick={fit}>
        <Maximize size={16} aria-hidden="true" />
      </button>
      <button type="button" class="icon" aria-pressed={overlaysHidden.value} aria-label={t("keys.hide")} title={t("keys.hide")} onClick={() => (overlaysHidden.value = !overlaysHidden.value)}>
        {overlaysHidden.value ? <EyeOff size={16} aria-hidden="true" /> : <Eye size={16} aria-hidden="true" />}
      </button>
      <button type="button" class="icon" data-action="keys" aria-label={t("keys.sheet")} title={t("keys.sheet")} onClick={() => (sheetOpen.value = true)}>
        <Keyboard size={16} aria-hidden="true" />
      </button>
    </div>
  );
}

/** Level names where the vertebrae lie on the sagittal plane. */
export function Levels({ screen, drawn, marks }: { screen: Screen; drawn: number; marks: Mark[] }) {
  void drawn;
  return (
    <div class="levels" aria-hidden="true">
      {!overlaysHidden.value &&
        marks.map(({ level, ras }) => {
          const at = screen.onSagittal(ras);
          return at && <span key={level} data-level={level} style={{ left: `${at.x}px`, top: `${at.y}px` }}>{level}</span>;
        })}
    </div>
  );
}

/** Right and left, front and back, head and feet at the ends of each plane. */
export function Sides({ screen, drawn }: { screen: Screen; drawn: number }) {
  void drawn;
  return (
    <div class="sides" aria-hidden="true">
      {screen.sides.map(({ letter, end, x, y }, at) => <span key={at} data-end={end} style={{ left: `${x}px`, top: `${y}px` }}>{letter}</span>)}
    </div>
  );
}

/** Loads the series into the screen; the measure in the page's timeline is our own time: server, transfer, parsing. */
export async function load(screen: Screen, study: string, at: number, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const answer = await request("GET", `/studies/${study}/series/${at}/volume`, { signal });
  const bytes = await answer.arrayBuffer();
  performance.measure("dens.volume", { start: began });
  if (!signal.aborted) {
    await screen.open(bytes, "volume.nii");
    performance.measure("dens.shown", { start: began });
  }
}

/** The window of the shown series, as width and level. */
export function rangeText(screen: Screen): string {
  const { low, high } = screen.window;
  const short = (value: number) => (high - low < 10 ? value.toFixed(2) : String(Math.round(value)));
  return t("viewer.range", { width: short(high - low), level: short((low + high) / 2) });
}

/** Where the crosshair stands: left, posterior and head, in mm. */
export function placeText(screen: Screen): string {
  const [x, y, z] = screen.here?.ras ?? [0, 0, 0];
  return [-x, -y, z].map((mm) => mm.toFixed(1)).join(" ");
}

/** A screen on a canvas, from its first frame to its end; `drawn` is another number after each frame. */
export function useScreen(prepare: (screen: Screen) => void) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [screen, setScreen] = useState<Screen | null>(null);
  const [drawn, setDrawn] = useState(0);
  useEffect(() => {
    const made = new Screen(canvas.current as HTMLCanvasElement);
    let frame = 0;
    made.onDraw = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        setDrawn((n) => n + 1);
        frames.value += 1;
      });
    };
    prepare(made);
    void made.start().then(() => setScreen(made), tell);
    return () => {
      cancelAnimationFrame(frame);
      screens.value = screens.value.filter((s) => s !== made);
      made.end();
    };
  }, []);
  return { canvas, screen, drawn };
}

/** The screen among those that stand, the main one first. */
export function stand(screen: Screen, place: number): void {
  const others = screens.value.filter((s) => s !== screen);
  screens.value = place === 0 ? [screen, ...others] : [...others, screen];
}

/** What the keys and the mouse do. */
export function Sheet({ rows }: { rows: KeyRow[] }) {
  return (
    <sl-dialog label={t("keys.sheet")} open={sheetOpen.value} class="sheet" onsl-after-hide={() => (sheetOpen.value = false)}>
      <dl>
        {rows.map((row) => (
          <div key={row.label}>
            <dt>{row.keys.length > 4 ? <><kbd>{row.keys[0]}</kbd> – <kbd>{row.keys.at(-1)}</kbd></> : row.keys.slice(0, 1).map((key) => <kbd key={key}>{key.replace("Arrow", "")}</kbd>)}</dt>
            <dd>{t(row.label)}</dd>
          </div>
        ))}
        {(["wheel", "ctrl_wheel", "right_drag", "middle_drag"] as const).map((mouse) => (
          <div key={mouse}>
            <dt>{t(`mouse.${mouse}` as Key)}</dt>
            <dd>{t(`mouse.${mouse}.does` as Key)}</dd>
          </div>
        ))}
      </dl>
    </sl-dialog>
  );
}
