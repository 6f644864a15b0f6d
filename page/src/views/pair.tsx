// Two studies of a patient side by side: the same place in both, by what is known in both, with the contour of the lesion as it was
// measured. One follows the other until the reader lets each move alone.
import { Link2, Maximize2, Minimize2, Unlink2 } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Problem, request } from "../api";
import { formatDay, type Key, t } from "../i18n";
import { anchors, choosePairSeries, goToAnchor, lead, linked, linkedBy, pair, pairSeries, readableOf, setLesion, type Side, toggleLink, type Which } from "../state/pair";
import { tell } from "../state/session";
import { layout, overlaysHidden, screens, showsCt, tool, windowName, windows } from "../state/viewing";
import { handlerOf, keyRows } from "../viewing/keys";
import { LESION } from "../viewing/link";
import { Screen, type Tool, unzipped } from "../viewing/screen";
import { Levels, load, placeText, rangeText, Sheet, Sides, stand, ToolBar, useScreen } from "./viewer_parts";

const keysHere = keyRows.filter(({ label }) =>
  ["layout.all", "layout.sagittal", "layout.axial", "layout.coronal", "keys.window", "keys.up", "keys.down", "keys.left", "keys.right", "keys.zoom_in", "keys.zoom_out", "keys.fit", "tool.cross", "tool.pan", "tool.measure", "keys.hide", "keys.sheet"].includes(label),
);
const RESIZED_MS = 200; // until NiiVue has drawn both at their new size
const toolsHere: readonly Tool[] = ["cross", "pan", "window", "measure"];
const onKey = handlerOf(keysHere);

/** The mask that the result was measured in, over the screen; what there is to say if it cannot be drawn. */
async function showLesion(screen: Screen, which: Which, side: Side, series: number, signal: AbortSignal): Promise<Key | null> {
  if (!side.marked) {
    return "pair.no_lesion";
  }
  try {
    const answer = await request("GET", `/results/${side.id}/lesion/${series}`, { signal });
    const bytes = await unzipped(await answer.arrayBuffer());
    const middle = (await Screen.middles(bytes, new Set([1]))).get(1);
    if (!signal.aborted && (await screen.setMask(bytes)) && middle) {
      setLesion(which, middle);
    }
    return null;
  } catch (fault) {
    if (fault instanceof Problem && fault.problem.status === 422) {
      return "pair.elsewhere";
    }
    throw fault;
  }
}

function usePane(which: Which, side: Side, at: number) {
  const { canvas, screen, drawn } = useScreen((made) => (made.onView = () => lead(which, screens.value)));
  const [ready, setReady] = useState(-1);
  const [told, setTold] = useState<Key | null>(null);
  useEffect(() => {
    const call = new AbortController();
    const open = async (into: Screen): Promise<void> => {
      await load(into, side.study.id, at, call.signal);
      const words = await showLesion(into, which, side, at, call.signal);
      if (!call.signal.aborted) {
        setTold(words);
        setReady(at);
      }
    };
    if (screen) {
      setReady(-1);
      open(screen).catch((fault) => {
        if (!call.signal.aborted) {
          tell(fault);
        }
      });
    }
    return () => call.abort();
  }, [screen, side.id, at]);
  return { canvas, screen, ready: ready === at, drawn, told };
}

function Pane({ which, side, onReady }: { which: Which; side: Side; onReady: (which: Which) => void }) {
  const at = pairSeries.value[which];
  const { canvas, screen, ready, drawn, told } = usePane(which, side, at);
  const series = side.study.series[at];
  const isCt = series?.role === "ct";
  const window = windows[isCt ? windowName.value : "auto"];
  const name = t(which === 0 ? "followup.before" : "followup.after");
  useLayoutEffect(() => {
    if (ready && screen) {
      screen.setLayout(layout.value, true);
      screen.showContour(!overlaysHidden.value);
      screen.setTool(toolsHere.includes(tool.value) ? tool.value : "cross");
    }
  }, [ready, layout.value, overlaysHidden.value, tool.value]);
  useEffect(() => {
    if (ready && screen) {
      screen.setWindow(window ?? screen.usualWindow);
    }
  }, [ready, window]);
  useLayoutEffect(() => {
    if (ready && screen) {
      stand(screen, which);
      onReady(which);
    }
  }, [ready]);
  const value = ready ? screen?.here?.value : undefined;
  return (
    <figure class="pane" data-side={which} data-series={at} data-ready={ready ? "yes" : undefined} data-here={ready && screen ? placeText(screen) : undefined} data-contour={ready && screen ? (screen.bitmap ? "yes" : "no") : undefined}>
      <div class="picture">
        <canvas ref={canvas} tabIndex={0} aria-label={t("viewer.canvas", { series: `${name}, ${formatDay(side.day)}` })} />
        {screen && ready && <Sides screen={screen} drawn={drawn} />}
        {screen && ready && <Levels screen={screen} drawn={drawn} marks={side.marks} />}
        {!ready && <sl-spinner class="loading" aria-label={t("viewer.loading")} />}
      </div>
      <figcaption class="caption">
        <b>{name}</b> {formatDay(side.day)}
        <select class="role" aria-label={t("pair.series", { side: name })} value={at} onChange={(event) => choosePairSeries(which, Number(event.currentTarget.value))}>
          {readableOf(side.study).map((one) => <option key={one.at} value={one.at}>{[one.series.role === "unknown" ? "" : one.series.role.toUpperCase(), one.series.description].filter(Boolean).join(" · ") || one.series.modality}</option>)}
        </select>
        {screen && ready && <span class="quiet">{rangeText(screen)}</span>}
        {value !== undefined && Number.isFinite(value) && <span class="quiet number">{isCt ? t("viewer.hu", { value: Math.round(value) }) : t("viewer.intensity", { value: value.toPrecision(3) })}</span>}
        {told && <span class="quiet" data-told>{t(told)}</span>}
      </figcaption>
    </figure>
  );
}

/** What is known in one of both: the lesion, and the levels from above. */
function Places() {
  const [before, after] = anchors.value;
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const levels = names.filter((name) => name !== LESION);
  return names.length === 0 ? null : (
    <div class="segmented places" role="group" aria-label={t("pair.to")}>
      {names.includes(LESION) && <button type="button" data-anchor={LESION} onClick={() => goToAnchor(LESION, screens.value)}>{t("pair.lesion")}</button>}
      {levels.map((name) => <button key={name} type="button" data-anchor={name} onClick={() => goToAnchor(name, screens.value)}>{name}</button>)}
    </div>
  );
}

/** Both are there for the first time: at the lesion, else at the first level, else where they are. */
function begin(): void {
  const names = [...anchors.value[0].keys(), ...anchors.value[1].keys()];
  const first = names.includes(LESION) ? LESION : names[0];
  if (first !== undefined) {
    goToAnchor(first, screens.value);
  } else {
    lead(0, screens.value);
  }
}

export function Pair({ alone, setAlone }: { alone: boolean; setAlone: (alone: boolean) => void }) {
  const sides = pair.value;
  const [begun, setBegun] = useState(false);
  const panes = useRef<HTMLDivElement>(null);
  useEffect(() => {
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(() => lead(0, screens.value), RESIZED_MS); // one scale again
    });
    if (panes.current) {
      watch.observe(panes.current);
    }
    return () => {
      clearTimeout(timer);
      watch.disconnect();
    };
  }, []);
  useEffect(() => void (showsCt.value = sides?.[0].study.series[pairSeries.value[0]]?.role === "ct"));
  if (!sides) {
    return null;
  }
  const onReady = (which: Which): void => {
    if (begun) {
      lead(which === 0 ? 1 : 0, screens.value); // another series of this side: the other one stays where it is
    } else if (screens.value.length === 2) {
      setBegun(true);
      begin();
    }
  };
  return (
    <section class="pair" aria-label={t("pair.title")} data-linked={linked.value ? linkedBy.value : "no"}>
      <ToolBar render={false} />
      <div class="toolbar" role="toolbar" aria-label={t("pair.to")}>
        <Places />
        <span class="grow" />
        <button type="button" class="icon" data-action="link" aria-pressed={linked.value} aria-label={t("pair.link")} title={t("pair.link")} onClick={() => toggleLink(screens.value)}>
          {linked.value ? <Link2 size={16} aria-hidden="true" /> : <Unlink2 size={16} aria-hidden="true" />}
        </button>
        <button type="button" class="icon" data-action="alone" aria-pressed={alone} aria-label={t(alone ? "pair.beside" : "pair.alone")} title={t(alone ? "pair.beside" : "pair.alone")} onClick={() => setAlone(!alone)}>
          {alone ? <Minimize2 size={16} aria-hidden="true" /> : <Maximize2 size={16} aria-hidden="true" />}
        </button>
      </div>
      <div class="panes" data-count="2" ref={panes}>
        {([0, 1] as const).map((which) => <Pane key={`${which} ${sides[which].id}`} which={which} side={sides[which]} onReady={onReady} />)}
      </div>
      <p class="quiet" role="status">{linked.value ? t(`pair.linked_by.${linkedBy.value}` as Key) : ""}</p>
      <Sheet rows={keysHere} />
    </section>
  );
}
