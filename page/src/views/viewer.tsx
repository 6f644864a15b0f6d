// The viewer: one series in linked planes, or two at the same place, with windows, tools, levels and the lesion over them.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import type { Series } from "../api";
import { t } from "../i18n";
import { drawingRead, now } from "../state/lesion";
import { tell } from "../state/session";
import { shown, study } from "../state/study";
import { brush, frames, labelOpacity, layout, levels, maskOpacity, overlaysHidden, pointed, screens, showsCt, tool, windowName, windows, withRender } from "../state/viewing";
import { handlerOf, keyRows } from "../viewing/keys";
import { Lesion, Marks, onLesionClick, onStroke, restoreMask, showLabels, showMask } from "./lesion";
import { Levels, load, placeText, rangeText, Sheet, Sides, stand, ToolBar, useScreen } from "./viewer_parts";

function seriesAt(at: number | undefined): Series | null {
  return at === undefined ? null : (study.value?.series[at] ?? null);
}

function usePane(at: number, place: number) {
  const { canvas, screen, drawn } = useScreen((made) => {
    made.onPoint = (found) => (pointed.value = found && { place: found, screen: place });
    made.onClick = (found) => void onLesionClick(found, place);
    made.onStroke = () => onStroke(place);
  });
  const [ready, setReady] = useState(-1);
  useEffect(() => {
    const call = new AbortController();
    const of = study.value?.id;
    if (screen && of) {
      setReady(-1);
      load(screen, of, at, call.signal).then(() => {
        if (!call.signal.aborted) {
          const beside = screens.value.find((other) => other !== screen)?.here;
          if (beside) {
            screen.goTo(beside.ras); // the same place from the start
          }
          setReady(at);
          stand(screen, place);
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
      {screen && ready && <Sides screen={screen} drawn={drawn} />}
      {screen && ready && <Marks screen={screen} drawn={drawn} series={at} />}
      {screen && ready && <Levels screen={screen} drawn={drawn} marks={levels.value} />}
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

const onKey = handlerOf(keyRows);

export function Viewer() {
  useEffect(() => {
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, []);
  useEffect(() => void (showsCt.value = seriesAt(shown.value[0])?.role === "ct"));
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
      <Sheet rows={keyRows} />
    </div>
  );
}
