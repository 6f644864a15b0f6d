// The viewer: one series in linked planes, or two at the same place, with windows, tools, levels and the lesion over them.
import { Box, Crosshair, Eye, EyeOff, Hand, Keyboard, Maximize, Ruler, SunMoon } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { request, type Series } from "../api";
import { type Key, t } from "../i18n";
import { drawingRead, now } from "../state/lesion";
import { tell } from "../state/session";
import { shown, study } from "../state/study";
import { brush, frames, labelOpacity, layout, levels, maskOpacity, overlaysHidden, pointed, screens, sheetOpen, tool, windowName, windowNames, windows, withRender } from "../state/viewing";
import { keyRows, onKey, useLayout, useTool } from "../viewing/keys";
import { type Layout, layouts, Screen, type Tool } from "../viewing/screen";
import { Lesion, onLesionClick, onStroke, restoreMask, showLabels, showMask } from "./lesion";

const toolIcons: [Tool, typeof Hand][] = [["cross", Crosshair], ["pan", Hand], ["window", SunMoon], ["measure", Ruler]];

function seriesAt(at: number | undefined): Series | null {
  return at === undefined ? null : (study.value?.series[at] ?? null);
}

function ToolBar() {
  const isCt = seriesAt(shown.value[0])?.role === "ct";
  return (
    <div class="toolbar" role="toolbar" aria-label={t("viewer.tools")}>
      <div class="segmented" role="group" aria-label={t("viewer.planes")}>
        {layouts.filter((name): name is Exclude<Layout, "render"> => name !== "render").map((name) => (
          <button key={name} type="button" aria-pressed={layout.value === name} data-layout={name} onClick={() => useLayout(name)}>
            {t(`layout.${name}` as Key)}
          </button>
        ))}
        <button type="button" aria-pressed={withRender.value} data-layout="render" aria-label={t("layout.render")} title={t("layout.render")} onClick={() => (withRender.value = !withRender.value)}>
          <Box size={15} aria-hidden="true" />
        </button>
      </div>
      <div class="segmented" role="group" aria-label={t("viewer.window")}>
        {windowNames.filter((name) => windows[name] === null || isCt).map((name) => (
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
      <button type="button" class="icon" aria-label={t("keys.fit")} title={t("keys.fit")} onClick={() => screens.value.forEach((s) => (s.fit(), s.clearMeasurements()))}>
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
function Levels({ screen, drawn }: { screen: Screen; drawn: number }) {
  void drawn;
  return (
    <div class="levels" aria-hidden="true">
      {!overlaysHidden.value &&
        levels.value.map(({ level, ras }) => {
          const at = screen.onSagittal(ras);
          return at && <span key={level} data-level={level} style={{ left: `${at.x}px`, top: `${at.y}px` }}>{level}</span>;
        })}
    </div>
  );
}

/** Loads the series into the screen; the measure in the page's timeline is our own time: server, transfer, parsing. */
async function load(screen: Screen, at: number, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const answer = await request("GET", `/studies/${study.value?.id}/series/${at}/volume`, { signal });
  const bytes = await answer.arrayBuffer();
  performance.measure("dens.volume", { start: began });
  if (!signal.aborted) {
    await screen.open(bytes, "volume.nii");
    performance.measure("dens.shown", { start: began });
  }
}

/** The window of the shown series, as width and level. */
function rangeText(screen: Screen): string {
  const { low, high } = screen.window;
  const short = (value: number) => (high - low < 10 ? value.toFixed(2) : String(Math.round(value)));
  return t("viewer.range", { width: short(high - low), level: short((low + high) / 2) });
}

/** Where the crosshair stands: left, posterior and head, in mm. */
function placeText(screen: Screen): string {
  const [x, y, z] = screen.here?.ras ?? [0, 0, 0];
  return [-x, -y, z].map((mm) => mm.toFixed(1)).join(" ");
}

function usePane(at: number, place: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [screen, setScreen] = useState<Screen | null>(null);
  const [ready, setReady] = useState(-1);
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
    made.onPoint = (found) => (pointed.value = found && { place: found, screen: place });
    made.onClick = (found) => void onLesionClick(found, place);
    made.onStroke = () => onStroke(place);
    void made.start().then(() => setScreen(made), tell);
    return () => {
      cancelAnimationFrame(frame);
      screens.value = screens.value.filter((s) => s !== made);
      made.end();
    };
  }, []);
  useEffect(() => {
    const call = new AbortController();
    if (screen) {
      setReady(-1);
      load(screen, at, call.signal).then(() => {
        if (!call.signal.aborted) {
          const beside = screens.value.find((other) => other !== screen)?.here;
          if (beside) {
            screen.goTo(beside.ras); // the same place from the start
          }
          setReady(at);
          screens.value = place === 0 ? [screen, ...screens.value.filter((s) => s !== screen)] : [...screens.value.filter((s) => s !== screen), screen];
        }
      }, tell);
    }
    return () => call.abort();
  }, [screen, at]);
  return { canvas, screen, ready: ready === at, drawn };
}

function Pane({ at, place, of }: { at: number; place: number; of: number }) {
  const { canvas, screen, ready, drawn } = usePane(at, place);
  const series = seriesAt(at);
  const window = windows[series?.role === "ct" ? windowName.value : "auto"];
  useEffect(() => {
    if (ready && screen) {
      screen.setLayout(layout.value, of > 1, withRender.value);
    }
  }, [ready, layout.value, of, withRender.value]);
  useEffect(() => {
    if (ready && screen) {
      screen.setWindow(window ?? screen.usualWindow);
    }
  }, [ready, window]);
  useLayoutEffect(() => {
    if (ready && screen) {
      screen.setTool(tool.value);
      screen.setBrush(brush.value);
    }
  }, [ready, tool.value, brush.value]);
  useEffect(() => {
    if (ready && screen) {
      showMask(screen, at);
    }
  }, [ready, now.value]);
  useEffect(() => {
    if (ready && screen) {
      void showLabels(screen, place);
      void restoreMask(screen, at);
    }
  }, [ready, drawingRead.value]);
  useEffect(() => {
    if (ready && screen) {
      screen.setMaskOpacity(overlaysHidden.value ? 0 : maskOpacity.value);
      screen.setLabelOpacity(overlaysHidden.value ? 0 : labelOpacity.value);
    }
  }, [ready, overlaysHidden.value, maskOpacity.value, labelOpacity.value]);
  return (
    <div class="pane" data-series={at} data-ready={ready ? "yes" : undefined} data-tool={tool.value} data-here={ready && screen ? placeText(screen) : undefined}>
      <canvas ref={canvas} tabIndex={0} aria-label={t("viewer.canvas", { series: series?.description || (series?.role ?? "") })} />
      {screen && ready && <Levels screen={screen} drawn={drawn} />}
      <p class="caption">
        <b>{series?.role.toUpperCase()}</b> {series?.description}
        {screen && ready && <span class="quiet" data-range>{rangeText(screen)}</span>}
      </p>
      {!ready && <sl-spinner class="loading" aria-label={t("viewer.loading")} />}
    </div>
  );
}

function Status() {
  void frames.value; // the crosshair moved
  const seen = pointed.value ?? (screens.value[0]?.here ? { place: screens.value[0].here, screen: 0 } : null);
  if (!seen) {
    return <p class="status" />;
  }
  const isCt = seriesAt(shown.value[seen.screen])?.role === "ct";
  const value = Math.abs(seen.place.value) < 10 ? seen.place.value.toFixed(2) : Math.round(seen.place.value);
  const [x, y, z] = seen.place.ras;
  const length = screens.value[seen.screen]?.lengthMm;
  return (
    <p class="status">
      <b data-value>{Number.isFinite(seen.place.value) ? t(isCt ? "viewer.hu" : "viewer.intensity", { value }) : ""}</b>
      <span class="quiet">{t("viewer.place", { x: (-x).toFixed(1), y: (-y).toFixed(1), z: z.toFixed(1) })}</span>
      {length != null && <b data-length>{t("viewer.length", { mm: length.toFixed(1) })}</b>}
      <span class="quiet voxel">{seen.place.voxel.join(" · ")}</span>
    </p>
  );
}

function Sheet() {
  return (
    <sl-dialog label={t("keys.sheet")} open={sheetOpen.value} class="sheet" onsl-after-hide={() => (sheetOpen.value = false)}>
      <dl>
        {keyRows.map((row) => (
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

export function Viewer() {
  useEffect(() => {
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, []);
  const both = screens.value.length > 1;
  useEffect(() => {
    screens.value.forEach((one) => one.follow(screens.value.filter((other) => other !== one)));
  }, [both, screens.value]);
  if (shown.value.length === 0) {
    return <p class="empty">{t("viewer.none")}</p>;
  }
  return (
    <div class="viewer">
      <ToolBar />
      <Lesion />
      <div class="panes" data-count={shown.value.length}>
        {shown.value.map((at, place) => <Pane key={place} at={at} place={place} of={shown.value.length} />)}
      </div>
      <Status />
      <Sheet />
    </div>
  );
}

