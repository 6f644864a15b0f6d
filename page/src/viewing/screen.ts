// One canvas of NiiVue with one series: planes, windows, pointer, and the mask of the lesion as its drawing. No other file names NiiVue.
import { DRAG_MODE, Niivue, NVImage, NVImageFromUrlOptions, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";

export const layouts = ["all", "sagittal", "axial", "coronal", "render"] as const;
export type Layout = (typeof layouts)[number];
export const tools = ["cross", "pan", "window", "measure", "inside", "outside", "brush", "erase", "sphere"] as const;
export type Tool = (typeof tools)[number];
export type Point = [number, number, number];

export interface Place {
  ras: Point; // mm
  voxel: Point;
  value: number;
}

export interface Window {
  low: number;
  high: number;
}

/** What a screen shows of its planes: the place, what lies in the middle, and how big it is. */
export interface View {
  ras: Point;
  middle: Point; // RAS, mm
  mmPerPixel: number;
}

/** A letter for a side of the patient (DICOM PS3.3 C.7.6.1.1.1: R, L, A, P, F, H) at an end of a plane. */
export interface Side {
  letter: string;
  end: "left" | "right" | "top" | "bottom";
  x: number;
  y: number;
}

export interface Circle {
  x: number;
  y: number;
  radius: number;
}

/** The RAS axes of a plane: to the right on the screen, up, and through it. */
const planeAxes = new Map<SLICE_TYPE, [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2]>([[SLICE_TYPE.AXIAL, [0, 1, 2]], [SLICE_TYPE.CORONAL, [0, 2, 1]], [SLICE_TYPE.SAGITTAL, [1, 2, 0]]]);
const sideLetters = [["L", "R"], ["P", "A"], ["F", "H"]] as const; // towards less and more of each RAS axis
const dragModes: Partial<Record<Tool, DRAG_MODE>> = { pan: DRAG_MODE.pan, window: DRAG_MODE.windowing, measure: DRAG_MODE.measurement };
const LABEL_COLOURS = 60; // hues of vertebrae and discs around the circle, far steps between neighbours
const MOST_ZOOM = 12;
const CONTOUR_FILL = 0.001; // NiiVue draws no edge of what is not drawn at all
const ZOOM_STEP = 1.15;
const CLICK_PIXELS = 4; // a press that moves less is a click

async function imageOf(bytes: ArrayBuffer, name: string): Promise<NVImage> {
  const options = NVImageFromUrlOptions(name);
  return NVImage.loadFromUrl({ ...options, buffer: bytes, name });
}

/** What a gzip stream holds; other bytes as they are. */
export async function unzipped(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const head = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    return bytes;
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

export class Screen {
  private readonly nv: Niivue;
  private image: NVImage | null = null;
  private labelImage: NVImage | null = null;
  private tool: Tool = "cross";
  private others: Screen[] = [];
  private press: { x: number; y: number } | null = null;
  private told = ""; // the view that was told last
  /** The reader moved, zoomed or panned this screen. */
  onView: () => void = () => undefined;
  onPoint: (place: Place | null) => void = () => undefined;
  onClick: (place: Place) => void = () => undefined;
  onStroke: () => void = () => undefined;
  onDraw: () => void = () => undefined;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.nv = new Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [0.39, 0.77, 0.85, 0.7],
      crosshairWidth: 0.5,
      crosshairWidthUnit: "mm",
      crosshairGap: 6,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      isSliceMM: true,
      isOrientationTextVisible: false, // the page writes the sides itself, at both ends
      fontColor: [0.64, 0.68, 0.72, 1],
      fontMinPx: 12,
      fontSizeScaling: 0.3,
      multiplanarShowRender: SHOW_RENDER.NEVER,
      multiplanarPadPixels: 2,
      isColorbar: false,
      dragAndDropEnabled: false,
      loadingText: "",
      viewModeHotKey: "",
      clipPlaneHotKey: "",
      cycleClipPlaneHotKey: "",
      isResizeCanvas: true,
      measureLineColor: [0.95, 0.65, 0.35, 1],
      measureTextColor: [1, 1, 1, 1],
      logLevel: "silent",
      showLegend: false,
    });
    this.setTool("cross");
  }

  async start(): Promise<void> {
    await this.nv.attachToCanvas(this.canvas, false);
    const draw = this.nv.drawScene.bind(this.nv);
    this.nv.drawScene = () => {
      const told = draw();
      this.onDraw();
      this.tellView();
      return told;
    };
    this.canvas.addEventListener("pointermove", this.move);
    this.canvas.addEventListener("pointerleave", this.left);
    this.canvas.addEventListener("pointerdown", this.down);
    this.canvas.addEventListener("pointerup", this.up);
    this.canvas.addEventListener("wheel", this.wheel, { capture: true, passive: false });
  }

  end(): void {
    this.nv.cleanup();
    this.nv.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Shows this volume in place of what was shown. */
  async open(bytes: ArrayBuffer, name: string): Promise<void> {
    for (const volume of [...this.nv.volumes].reverse()) {
      this.nv.removeVolume(volume);
    }
    this.nv.closeDrawing();
    this.labelImage = null;
    this.image = await imageOf(bytes, name);
    this.nv.addVolume(this.image);
    this.setLayout("all", false);
  }

  /** Every plane shows the same place on the other screens. */
  follow(others: Screen[]): void {
    this.others = others;
    this.nv.broadcastTo(others.map((other) => other.nv), { "2d": true, "3d": true });
  }

  setLayout(layout: Layout, stacked: boolean, withRender = false): void {
    if (layout !== "all") {
      this.nv.clearCustomLayout();
      const types = { sagittal: SLICE_TYPE.SAGITTAL, axial: SLICE_TYPE.AXIAL, coronal: SLICE_TYPE.CORONAL, render: SLICE_TYPE.RENDER };
      this.nv.setSliceType(types[layout]);
      return;
    }
    this.nv.setSliceType(SLICE_TYPE.MULTIPLANAR);
    const half = withRender ? 1 / 3 : 1 / 2;
    this.nv.setCustomLayout(
      stacked
        ? [
            { sliceType: SLICE_TYPE.SAGITTAL, position: [0, 0, 1, 0.55] },
            { sliceType: SLICE_TYPE.AXIAL, position: [0, 0.55, 1, 0.45] },
          ]
        : [
            { sliceType: SLICE_TYPE.SAGITTAL, position: [0, 0, 0.56, 1] },
            { sliceType: SLICE_TYPE.AXIAL, position: [0.56, 0, 0.44, half] },
            { sliceType: SLICE_TYPE.CORONAL, position: [0.56, half, 0.44, half] },
            ...(withRender ? [{ sliceType: SLICE_TYPE.RENDER, position: [0.56, 2 * half, 0.44, half] as [number, number, number, number] }] : []),
          ],
    );
  }

  setTool(tool: Tool): void {
    this.tool = tool;
    this.nv.setMouseEventConfig({
      leftButton: { primary: dragModes[tool] ?? DRAG_MODE.crosshair },
      rightButton: DRAG_MODE.windowing,
      centerButton: DRAG_MODE.pan,
    });
    const draws = tool === "brush" || tool === "erase";
    if (draws && this.image) {
      this.nv.setDrawingEnabled(true);
      this.nv.setPenValue(tool === "brush" ? 1 : 0, false);
    } else if (this.nv.opts.drawingEnabled) {
      this.nv.setDrawingEnabled(false);
    }
  }

  setBrush(voxels: number): void {
    this.nv.opts.penSize = voxels;
  }

  /** The window that the scanner's values suggest: from the 2nd to the 98th percentile. */
  get usualWindow(): Window {
    return { low: this.image?.robust_min ?? 0, high: this.image?.robust_max ?? 1 };
  }

  get window(): Window {
    return { low: this.image?.cal_min ?? 0, high: this.image?.cal_max ?? 1 };
  }

  setWindow(window: Window): void {
    if (this.image && (this.image.cal_min !== window.low || this.image.cal_max !== window.high)) {
      this.image.cal_min = window.low;
      this.image.cal_max = window.high;
      this.nv.updateGLVolume();
    }
  }

  /** Closer or further away; the crosshair stays where it is. */
  zoom(factor: number): void {
    const [x = 0, y = 0, z = 0, now = 1] = this.nv.scene.pan2Dxyzmm;
    const next = Math.min(MOST_ZOOM, Math.max(1, now * factor));
    const [cx, cy, cz] = this.here?.ras ?? [0, 0, 0];
    this.setPan(next === 1 ? [0, 0, 0, 1] : [x + (now - next) * cx, y + (now - next) * cy, z + (now - next) * cz, next]);
  }

  fit(): void {
    this.setPan([0, 0, 0, 1]);
  }

  private setPan(pan: [number, number, number, number]): void {
    [this, ...this.others].forEach((screen) => screen.nv.setPan2Dxyzmm([...pan]));
  }

  /** Steps through the slices of a plane. */
  step(x: number, y: number, z: number): void {
    this.nv.moveCrosshairInVox(x, y, z);
    const here = this.here;
    if (here) {
      this.others.forEach((other) => other.moveTo(here.ras));
    }
  }

  /** Shows this place, and the others with it: NiiVue tells them of a move only while its canvas has the focus. */
  goTo(ras: Point): void {
    [this, ...this.others].forEach((screen) => {
      screen.centre(ras);
      screen.moveTo(ras);
    });
  }

  /** NiiVue shows (extent − pan) / zoom. */
  get view(): View | null {
    const here = this.here;
    const tile = this.nv.screenSlices.find((slice) => slice.axCorSag !== SLICE_TYPE.RENDER);
    if (!here || !tile) {
      return null;
    }
    const [x = 0, y = 0, z = 0, zoom = 1] = this.nv.scene.pan2Dxyzmm;
    const [cx, cy, cz] = this.extentMiddle;
    return { ras: here.ras, middle: [(cx - x) / zoom, (cy - y) / zoom, (cz - z) / zoom], mmPerPixel: Math.abs((tile.fovMM[0] ?? 1) / (tile.leftTopWidthHeight[2] ?? 1)) };
  }

  /** Shows what another screen shows; nobody is told of it. */
  setView({ ras, middle, mmPerPixel }: View): void {
    const now = this.view;
    if (now) {
      const zoom = ((this.nv.scene.pan2Dxyzmm[3] ?? 1) * now.mmPerPixel) / mmPerPixel;
      const [cx, cy, cz] = this.extentMiddle;
      this.nv.scene.pan2Dxyzmm = [cx - middle[0] * zoom, cy - middle[1] * zoom, cz - middle[2] * zoom, zoom];
      this.nv.scene.crosshairPos = this.nv.mm2frac(ras, 0, true);
      this.told = this.viewText();
      this.nv.drawScene();
    }
  }

  /** The middle of the images, RAS in mm. */
  get extentMiddle(): Point {
    const [least, most] = this.nv.sceneExtentsMinMax(true);
    return [0, 1, 2].map((axis) => ((least?.[axis] ?? 0) + (most?.[axis] ?? 0)) / 2) as Point;
  }

  private viewText(): string {
    return [...this.nv.scene.crosshairPos, ...this.nv.scene.pan2Dxyzmm].map((number) => number.toFixed(5)).join(" ");
  }

  private tellView(): void {
    const text = this.viewText();
    if (this.image && text !== this.told) {
      this.told = text;
      this.onView();
    }
  }

  /** A place that may be out of sight, into the middle. */
  private centre(ras: Point): void {
    const zoom = this.nv.scene.pan2Dxyzmm[3] ?? 1;
    if (zoom > 1) {
      const [cx, cy, cz] = this.extentMiddle;
      this.nv.scene.pan2Dxyzmm = [cx - ras[0] * zoom, cy - ras[1] * zoom, cz - ras[2] * zoom, zoom];
    }
  }

  private moveTo(ras: Point): void {
    this.nv.scene.crosshairPos = this.nv.mm2frac(ras, 0, true);
    this.nv.drawScene();
    this.nv.createOnLocationChange();
  }

  get here(): Place | null {
    return this.image ? this.placeOf(this.nv.scene.crosshairPos) : null;
  }

  /** The length of the last distance that was drawn; null if none stands. */
  get lengthMm(): number | null {
    return this.nv.document.completedMeasurements.at(-1)?.distance ?? null;
  }

  clearMeasurements(): void {
    this.nv.clearAllMeasurements();
  }

  // ---- labels ----

  /** Colours the wanted labels; the others stay clear. */
  async showLabels(bytes: ArrayBuffer, opacity: number, wanted: ReadonlySet<number>): Promise<void> {
    this.hideLabels();
    const image = await imageOf(bytes, "labels.nii");
    const voxels = image.img as { length: number; [at: number]: number };
    for (let at = 0; at < voxels.length; at++) {
      if (!wanted.has(voxels[at] ?? 0)) {
        voxels[at] = 0; // beyond the table a label would take its last colour
      }
    }
    const most = Math.max(0, ...wanted);
    const colours = { R: [0], G: [0], B: [0], A: [0], I: [0], labels: [""] };
    for (let label = 1; label <= most; label++) {
      const angle = ((label * 7) % LABEL_COLOURS) * ((2 * Math.PI) / LABEL_COLOURS);
      colours.R.push(Math.round(140 + 90 * Math.cos(angle)));
      colours.G.push(Math.round(140 + 90 * Math.cos(angle - 2.1)));
      colours.B.push(Math.round(140 + 90 * Math.cos(angle + 2.1)));
      colours.A.push(wanted.has(label) ? 255 : 0);
      colours.I.push(label);
      colours.labels.push("");
    }
    image.setColormapLabel(colours);
    image.opacity = opacity;
    this.labelImage = image;
    this.nv.addVolume(image);
  }

  hideLabels(): void {
    if (this.labelImage) {
      this.nv.removeVolume(this.labelImage);
      this.labelImage = null;
    }
  }

  setLabelOpacity(opacity: number): void {
    if (this.labelImage && this.labelImage.opacity !== opacity) {
      this.nv.setOpacity(this.nv.volumes.indexOf(this.labelImage), opacity);
    }
  }

  /** The middles of the labels in millimetres. */
  static async middles(bytes: ArrayBuffer, wanted: ReadonlySet<number>): Promise<Map<number, Point>> {
    const image = await imageOf(bytes, "labels.nii");
    const [, nx = 1, ny = 1] = image.hdr?.dims ?? [];
    const affine = image.hdr?.affine ?? [];
    const sums = new Map<number, [number, number, number, number]>();
    (image.img as ArrayLike<number> & { forEach(each: (label: number, at: number) => void): void }).forEach((label, at) => {
      if (wanted.has(label)) {
        const sum = sums.get(label) ?? [0, 0, 0, 0];
        sum[0] += at % nx;
        sum[1] += Math.floor(at / nx) % ny;
        sum[2] += Math.floor(at / (nx * ny));
        sum[3] += 1;
        sums.set(label, sum);
      }
    });
    const middle = (sum: [number, number, number, number]): Point => {
      const row = (r: number): number => [0, 1, 2].reduce((total, c) => total + (affine[r]?.[c] ?? 0) * ((sum[c] ?? 0) / sum[3]), affine[r]?.[3] ?? 0);
      return [row(0), row(1), row(2)];
    };
    return new Map([...sums].map(([label, sum]) => [label, middle(sum)]));
  }

  /** Where a place of the patient stands on the sagittal plane, in CSS pixels; null if that is not in sight. */
  onSagittal(ras: Point): { x: number; y: number } | null {
    const at = this.nv.screenSlices.findIndex((slice) => slice.axCorSag === SLICE_TYPE.SAGITTAL);
    if (at < 0 || !this.image) {
      return null;
    }
    const frac = this.nv.mm2frac(ras, 0, true);
    const found = this.nv.frac2canvasPosWithTile([this.nv.scene.crosshairPos[0], frac[1], frac[2]], SLICE_TYPE.SAGITTAL);
    const dpr = this.nv.uiData.dpr ?? 1;
    return found && found.tileIndex === at && found.pos[0] !== undefined && found.pos[1] !== undefined ? { x: found.pos[0] / dpr, y: found.pos[1] / dpr } : null;
  }

  /** The patient's sides at the ends of each plane, in CSS pixels: what lies there in the images, not what is expected there. */
  get sides(): Side[] {
    const dpr = this.nv.uiData.dpr ?? 1;
    return this.nv.screenSlices.flatMap((slice, tile) => {
      const [left = 0, top = 0, width = 0, height = 0] = slice.leftTopWidthHeight;
      const [x, y] = [left + width / 2, top + height / 2];
      const placeAt = (shareX: number, shareY: number): Point => {
        const frac = this.nv.screenXY2TextureFrac(left + shareX * width, top + shareY * height, tile, false); // at an end itself it may be outside
        const [a = 0, b = 0, c = 0] = this.nv.frac2mm([frac[0] ?? 0, frac[1] ?? 0, frac[2] ?? 0], 0, true);
        return [a, b, c];
      };
      const ends = ([from, to]: [Point, Point]): [string, string] => {
        const way: Point = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
        const axis = way.map(Math.abs).indexOf(Math.max(...way.map(Math.abs)));
        const [less, more] = sideLetters[axis] ?? ["", ""];
        return (way[axis] ?? 0) > 0 ? [less, more] : [more, less];
      };
      if (slice.axCorSag === SLICE_TYPE.RENDER || width === 0) {
        return [];
      }
      const [l, r] = ends([placeAt(0.1, 0.5), placeAt(0.9, 0.5)]);
      const [t, b] = ends([placeAt(0.5, 0.1), placeAt(0.5, 0.9)]);
      return [
        { letter: l, end: "left" as const, x: left / dpr, y: y / dpr },
        { letter: r, end: "right" as const, x: (left + width) / dpr, y: y / dpr },
        { letter: t, end: "top" as const, x: x / dpr, y: top / dpr },
        { letter: b, end: "bottom" as const, x: x / dpr, y: (top + height) / dpr },
      ];
    });
  }

  /** The circles that a sphere cuts out of the planes, in CSS pixels. */
  circles(ras: Point, radius: number): Circle[] {
    const dpr = this.nv.uiData.dpr ?? 1;
    const here = this.here?.ras;
    return this.nv.screenSlices.flatMap((slice) => {
      const axes = planeAxes.get(slice.axCorSag);
      const [left = 0, top = 0, width = 0, height = 0] = slice.leftTopWidthHeight;
      if (!axes || !here || width === 0) {
        return [];
      }
      const [across, up, through] = axes;
      const cut = radius ** 2 - (here[through] - ras[through]) ** 2;
      const x = left + (width * (ras[across] - (slice.leftTopMM[0] ?? 0))) / (slice.fovMM[0] ?? 1);
      const y = top + height * (1 - (ras[up] - (slice.leftTopMM[1] ?? 0)) / (slice.fovMM[1] ?? 1));
      const inSight = cut > 0 && x > left && x < left + width && y > top && y < top + height;
      return inSight ? [{ x: x / dpr, y: y / dpr, radius: (Math.sqrt(cut) * Math.abs(width / (slice.fovMM[0] ?? 1))) / dpr }] : [];
    });
  }

  // ---- the lesion, as NiiVue's drawing ----

  /** A mask on the grid of the volume; false if it lies on another one. */
  async setMask(bytes: ArrayBuffer): Promise<boolean> {
    const image = await imageOf(await unzipped(bytes), "mask.nii");
    const own = this.image?.hdr;
    const same = own && image.hdr && [1, 2, 3].every((d) => own.dims[d] === image.hdr?.dims[d]) && own.affine.flat().every((v, at) => Math.abs(v - (image.hdr?.affine.flat()[at] ?? NaN)) < 0.01);
    if (!same) {
      return false;
    }
    image.img = Uint8Array.from(image.img as ArrayLike<number>, (value) => (value ? 1 : 0));
    return this.nv.loadDrawing(image);
  }

  get bitmap(): Uint8Array | null {
    return this.nv.drawBitmap ? this.nv.drawBitmap.slice() : null;
  }

  setBitmap(bitmap: Uint8Array | null): void {
    if (bitmap) {
      if (!this.nv.drawBitmap) {
        this.nv.createEmptyDrawing();
      }
      this.nv.drawBitmap = bitmap.slice();
      this.nv.refreshDrawing(true);
    } else if (this.nv.drawBitmap) {
      this.nv.closeDrawing();
    }
  }

  setMaskOpacity(opacity: number): void {
    if (this.nv.drawOpacity !== opacity) {
      this.nv.setDrawOpacity(opacity);
    }
  }

  /** The mask as a line around it, or not at all. */
  showContour(visible: boolean): void {
    this.nv.drawRimOpacity = visible ? 1 : 0;
    this.nv.setDrawOpacity(CONTOUR_FILL);
  }

  /** The mask as a NIfTI file; null if there is none. */
  async maskFile(): Promise<Uint8Array<ArrayBuffer> | null> {
    const saved = this.nv.drawBitmap ? await this.nv.saveImage({ filename: "", isSaveDrawing: true, volumeByIndex: 0 }) : false;
    return saved instanceof Uint8Array ? (saved as Uint8Array<ArrayBuffer>) : null;
  }

  get voxelMl(): number {
    const size = this.image?.hdr?.pixDims ?? [];
    return ((size[1] ?? 0) * (size[2] ?? 0) * (size[3] ?? 0)) / 1000;
  }

  // ---- the pointer ----

  private placeAt(event: { offsetX: number; offsetY: number }): Place | null {
    const dpr = this.nv.uiData.dpr ?? 1;
    const frac = this.nv.canvasPos2frac([event.offsetX * dpr, event.offsetY * dpr]);
    return frac[0] < 0 || !this.image ? null : this.placeOf(frac);
  }

  private placeOf(frac: ArrayLike<number>): Place | null {
    const image = this.image;
    if (!image) {
      return null;
    }
    const asked = [frac[0] ?? 0, frac[1] ?? 0, frac[2] ?? 0] as Point;
    const mm = this.nv.frac2mm(asked, 0, true);
    const vox = this.nv.frac2vox(asked);
    const voxel: Point = [vox[0] ?? 0, vox[1] ?? 0, vox[2] ?? 0];
    return { ras: [mm[0] ?? 0, mm[1] ?? 0, mm[2] ?? 0], voxel, value: image.getValue(voxel[0], voxel[1], voxel[2]) };
  }

  private readonly move = (event: PointerEvent): void => this.onPoint(this.placeAt(event));
  private readonly left = (): void => this.onPoint(null);
  private readonly down = (event: PointerEvent): void => {
    this.press = event.button === 0 ? { x: event.offsetX, y: event.offsetY } : null;
  };
  private readonly up = (event: PointerEvent): void => {
    const press = this.press;
    this.press = null;
    if (this.tool === "brush" || this.tool === "erase") {
      setTimeout(() => this.onStroke(), 0); // after NiiVue has drawn it
    } else if (press && Math.hypot(event.offsetX - press.x, event.offsetY - press.y) < CLICK_PIXELS) {
      const place = this.placeAt(event);
      if (place) {
        this.onClick(place);
      }
    }
  };
  private readonly wheel = (event: WheelEvent): void => {
    if (event.ctrlKey || this.tool === "pan") {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
    }
  };
}
