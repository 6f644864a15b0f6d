// The lesion's tools: clicks that make a mask, the brush, spheres of reference tissues, masks and labels from files.
import { signal } from "@preact/signals";
import { Brush, Eraser, FolderOpen, Minus, Plus, Redo2, Target, Trash2, Undo2, X } from "lucide-preact";

import { type Key, t } from "../i18n";
import { addSphere, canRedo, canUndo, type Click, drawingRead, keepState, labels, now, onSeries, push, redo, removeSphere, restore, segment, setLabels, settleDrawing, spheres, storedMask, storeMask, tissues, type Tissue, undo } from "../state/lesion";
import { notice, tell } from "../state/session";
import { shown, study } from "../state/study";
import { brush, labelOpacity, levels, maskOpacity, overlaysHidden, screens, tool } from "../state/viewing";
import { useTool } from "../viewing/keys";
import { marksOf, schemeNames, storedVoxels, wantedOf } from "../viewing/marks";
import type { Place, Screen, Tool } from "../viewing/screen";

const SPHERE_MM = 4; // about a tenth of a vertebral body's volume: inside one tissue, many voxels

const busy = signal(false);
const tissue = signal<Tissue>("muscle");
const panel = signal<"none" | "spheres" | "files">("none");

function volumeMl(bitmap: Uint8Array, screen: Screen): number {
  return bitmap.reduce((count, value) => count + (value ? 1 : 0), 0) * screen.voxelMl;
}

const millilitres = signal<number | null>(null);

/** The mask in its place on this screen, if its series stands there. */
export function showMask(screen: Screen, series: number): void {
  const { bitmap } = now.value;
  const mine = onSeries.value === series ? bitmap : null;
  screen.setBitmap(mine);
  if (onSeries.value === series || !bitmap) {
    millilitres.value = mine ? volumeMl(mine, screen) : null;
  }
}

async function earlierMask(of: string): Promise<string | null> {
  const file = now.value.painted ? await now.value.file : null;
  return file ? (storedMask.value ?? storeMask(of, file, "")) : null;
}

async function addClick(screen: Screen, of: string, series: number, click: Click): Promise<void> {
  if (onSeries.value !== null && onSeries.value !== series) {
    notice.value = { kind: "problem", text: t("lesion.other_series") };
    return;
  }
  if (!click.inside && !now.value.clicks.some((one) => one.inside)) {
    notice.value = { kind: "problem", text: t("lesion.inside_first") };
    return;
  }
  const clicks = [...now.value.clicks, click];
  const began = performance.now();
  busy.value = true;
  try {
    const answer = await segment(of, series, clicks, await earlierMask(of));
    if (await screen.setMask(answer.bytes)) {
      onSeries.value = series;
      push({ clicks, bitmap: screen.bitmap, painted: false, file: Promise.resolve(new Blob([answer.bytes])) });
      performance.measure("dens.segment", { start: began });
    }
  } catch (fault) {
    tell(fault);
  } finally {
    busy.value = false;
  }
}

export async function onLesionClick(found: Place, place: number): Promise<void> {
  const [screen, of, series] = [screens.value[place], study.value?.id, shown.value[place]];
  if (!screen || !of || series === undefined || busy.value) {
    return;
  }
  if (tool.value === "inside" || tool.value === "outside") {
    await addClick(screen, of, series, { point: found.ras, inside: tool.value === "inside" });
  } else if (tool.value === "sphere") {
    addSphere({ tissue: tissue.value, ras: found.ras, radius: SPHERE_MM });
  }
}

/** The brush was lifted. */
export function onStroke(place: number): void {
  const [screen, series] = [screens.value[place], shown.value[place]];
  const bitmap = screen?.bitmap;
  if (!bitmap || series === undefined) {
    return;
  }
  if (onSeries.value !== null && onSeries.value !== series) {
    notice.value = { kind: "problem", text: t("lesion.other_series") };
    screen.setBitmap(null);
    return;
  }
  onSeries.value = series;
  push({ clicks: now.value.clicks, bitmap, painted: true, file: screen.maskFile().then((file) => file && new Blob([file])) });
}

async function loadMask(file: File): Promise<void> {
  const [screen, of, at] = [screens.value[0], study.value, shown.value[0]];
  if (!screen || !of || at === undefined) {
    return;
  }
  try {
    const id = await storeMask(of.id, file, of.series[at]?.role ?? "");
    if (/\.nii(\.gz)?$/i.test(file.name) && (await screen.setMask(await file.arrayBuffer()))) {
      onSeries.value = at;
      push({ clicks: [], bitmap: screen.bitmap, painted: true, file: Promise.resolve(file) }, id);
    } else {
      onSeries.value = null;
      push({ clicks: [], bitmap: null, painted: false, file: null }, id);
      notice.value = { kind: "done", text: t("lesion.stored_elsewhere") };
    }
  } catch (fault) {
    tell(fault);
  }
}

async function loadLabels(file: File): Promise<void> {
  const of = study.value;
  if (!of) {
    return;
  }
  try {
    setLabels(await storeMask(of.id, file, ""), labels.scheme.value);
    await Promise.all(screens.value.map(showLabels));
  } catch (fault) {
    tell(fault);
  }
}

/** The stored mask of the study, on the first series that it fits. */
export async function restoreMask(screen: Screen, series: number): Promise<void> {
  const id = storedMask.value;
  if (!id || now.value.bitmap || drawingRead.value?.study !== study.value?.id || (onSeries.value !== null && onSeries.value !== series)) {
    return;
  }
  try {
    const bytes = await storedVoxels(id);
    if (bytes && !now.value.bitmap && storedMask.value === id && (await screen.setMask(bytes))) {
      const { bitmap } = screen;
      if (bitmap) {
        restore(bitmap, new Blob([bytes]), series);
      }
    }
  } catch (fault) {
    tell(fault);
  }
}

/** The study's label map over this screen, and, from the first one, where the levels are. */
export async function showLabels(screen: Screen, place: number): Promise<void> {
  const id = labels.id.value;
  if (!id) {
    screen.hideLabels();
    levels.value = [];
    return;
  }
  try {
    const bytes = await storedVoxels(id);
    if (!bytes) {
      return;
    }
    await screen.showLabels(bytes, labelOpacity.value, wantedOf(labels.scheme.value));
    if (place === 0) {
      levels.value = await marksOf(bytes, labels.scheme.value);
    }
  } catch (fault) {
    tell(fault);
  }
}

function setScheme(scheme: string): void {
  setLabels(labels.id.value, scheme);
  void Promise.all(screens.value.map(showLabels));
}

function pick(accept: string, then: (file: File) => Promise<void>): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.onchange = () => {
    const file = input.files?.[0];
    if (file) {
      void then(file);
    }
  };
  input.click();
}

function Spheres() {
  return (
    <div class="drawer" data-drawer="spheres">
      <p class="quiet">{t("sphere.how", { radius: SPHERE_MM })}</p>
      <div class="segmented" role="group" aria-label={t("sphere.tissue")}>
        {tissues.map((name) => (
          <button key={name} type="button" aria-pressed={tissue.value === name && tool.value === "sphere"} data-tissue={name} onClick={() => ((tissue.value = name), (tool.value = "sphere"))}>
            {t(`tissue.${name}` as Key)}
          </button>
        ))}
      </div>
      <ul class="chips">
        {spheres.value.map((sphere, at) => (
          <li key={at}>
            <button type="button" class="chip" onClick={() => screens.value[0]?.goTo(sphere.ras)}>{t(`tissue.${sphere.tissue}` as Key)}</button>
            <button type="button" class="chip" aria-label={t("sphere.remove")} onClick={() => removeSphere(at)}><X size={12} aria-hidden="true" /></button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Files() {
  return (
    <div class="drawer" data-drawer="files">
      <button type="button" class="plain" data-action="load-mask" onClick={() => pick(".nii,.gz,.dcm", loadMask)}>{t("lesion.load_mask")}</button>
      <button type="button" class="plain" data-action="load-labels" onClick={() => pick(".nii,.gz,.dcm", loadLabels)}>{t("lesion.load_labels")}</button>
      <label class="field">
        {t("lesion.scheme")}
        <select value={labels.scheme.value} onChange={(event) => setScheme(event.currentTarget.value)}>
          {schemeNames.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </label>
      <label class="field">
        {t("lesion.mask_opacity")}
        <input type="range" min="0" max="1" step="0.05" data-opacity="mask" value={maskOpacity.value} onInput={(event) => (maskOpacity.value = Number(event.currentTarget.value))} />
      </label>
      <label class="field">
        {t("lesion.label_opacity")}
        <input type="range" min="0" max="1" step="0.05" data-opacity="labels" value={labelOpacity.value} onInput={(event) => (labelOpacity.value = Number(event.currentTarget.value))} />
      </label>
    </div>
  );
}

const CLICK_MM = 1.5; // a click is seen on slices as near as this

/** Reference spheres where they lie, and the clicks of the lesion. */
export function Marks({ screen, drawn, series }: { screen: Screen; drawn: number; series: number }) {
  void drawn;
  if (overlaysHidden.value) {
    return null;
  }
  const clicks = onSeries.value === series ? now.value.clicks : [];
  return (
    <div class="marks" aria-hidden="true">
      {spheres.value.flatMap((sphere, at) =>
        screen.circles(sphere.ras, sphere.radius).map(({ x, y, radius }, plane) => (
          <span key={`${at} ${plane}`} class="sphere" data-sphere={sphere.tissue} style={{ left: `${x}px`, top: `${y}px`, width: `${2 * radius}px`, height: `${2 * radius}px` }}>
            <small>{t(`tissue.${sphere.tissue}` as Key)}</small>
          </span>
        )),
      )}
      {clicks.flatMap(({ point, inside }, at) =>
        screen.circles(point, CLICK_MM).map(({ x, y }, plane) => (
          <span key={`${at} ${plane} click`} class="click" data-click={inside ? "inside" : "outside"} style={{ left: `${x}px`, top: `${y}px` }}>{inside ? "+" : "−"}</span>
        )),
      )}
    </div>
  );
}

const tools: [Tool, typeof Plus][] = [["inside", Plus], ["outside", Minus], ["brush", Brush], ["erase", Eraser]];

export function Lesion() {
  const draws = tool.value === "brush" || tool.value === "erase";
  const toggle = (name: "spheres" | "files"): void => void (panel.value = panel.value === name ? "none" : name);
  return (
    <>
      <div class="toolbar lesion" role="toolbar" aria-label={t("lesion.tools")} aria-busy={busy.value}>
        <span class="tool-title">{t("lesion.title")}</span>
        <div class="segmented" role="group" aria-label={t("lesion.outline")}>
          {tools.map(([name, Icon]) => (
            <button key={name} type="button" aria-pressed={tool.value === name} data-tool={name} title={t(`tool.${name}` as Key)} onClick={() => useTool(name)}>
              <Icon size={15} aria-hidden="true" />
              <span class="word">{t(`tool.${name}.short` as Key)}</span>
            </button>
          ))}
        </div>
        {draws && (
          <label class="field brush">
            {t("lesion.brush", { size: brush.value })}
            <input type="range" min="1" max="15" step="2" value={brush.value} onInput={(event) => (brush.value = Number(event.currentTarget.value))} />
          </label>
        )}
        <button type="button" class="icon" data-action="lesion-undo" disabled={!canUndo.value} aria-label={t("lesion.undo")} title={t("lesion.undo")} onClick={undo}><Undo2 size={16} aria-hidden="true" /></button>
        <button type="button" class="icon" data-action="lesion-redo" disabled={!canRedo.value} aria-label={t("lesion.redo")} title={t("lesion.redo")} onClick={redo}><Redo2 size={16} aria-hidden="true" /></button>
        <button type="button" class="icon" disabled={!now.value.bitmap} aria-label={t("lesion.clear")} title={t("lesion.clear")} onClick={() => (push({ clicks: [], bitmap: null, painted: false, file: null }), clearSeries())}><Trash2 size={16} aria-hidden="true" /></button>
        <span class="grow" />
        {busy.value && <sl-spinner aria-label={t("lesion.busy")} />}
        {millilitres.value !== null && <span class="number" data-volume={millilitres.value.toFixed(2)}>{t("lesion.volume", { ml: millilitres.value.toFixed(1) })}</span>}
        <span class={`kept-state quiet ${keepState.value}`} role="status" data-drawing={keepState.value}>
          {keepState.value !== "kept" || storedMask.value ? t(`drawing.${keepState.value}` as Key) : ""}
        </span>
        <button type="button" class="icon" data-panel="spheres" aria-expanded={panel.value === "spheres"} aria-label={t("sphere.title")} title={t("sphere.title")} onClick={() => toggle("spheres")}><Target size={16} aria-hidden="true" /></button>
        <button type="button" class="icon" data-panel="files" aria-expanded={panel.value === "files"} aria-label={t("lesion.files")} title={t("lesion.files")} onClick={() => toggle("files")}><FolderOpen size={16} aria-hidden="true" /></button>
      </div>
      {keepState.value === "conflict" && (
        <div class="drawer drawing-conflict" role="alert">
          <p>{t("drawing.conflict.long")}</p>
          <button type="button" class="plain" data-action="drawing-theirs" onClick={() => void settleDrawing(false)}>{t("save.theirs")}</button>
          <button type="button" class="plain" data-action="drawing-mine" onClick={() => void settleDrawing(true)}>{t("save.mine")}</button>
        </div>
      )}
      {panel.value === "spheres" && <Spheres />}
      {panel.value === "files" && <Files />}
    </>
  );
}

function clearSeries(): void {
  onSeries.value = null;
}

