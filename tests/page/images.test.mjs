// Worklist, viewer and lesion: a phantom's folder is handed in, looked at, outlined, and what was outlined is stored.
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { dice, marked, middles, opened, valuesAround, voxelMl } from "./nifti.mjs";
import { choose, journeys, leave, once, openPage, shoot, sizes } from "./page.mjs";
import { count } from "./picture.mjs";
import { zipFolder } from "./zip.mjs";

const { skip, server, browser } = journeys(() => (folder = server.phantom("chordoma")));
const BODY_PIXELS = 45; // of the sagittal plane at this size: from the middle of a vertebra, in its canal, to its body
let folder, study;

/** So many series stand in the viewer. */
async function ready(page, count = 1) {
  await page.waitForFunction((wanted) => document.querySelectorAll(".pane[data-ready]").length === wanted, count, { timeout: 120000 });
}

async function openStudy(size) {
  const page = await openPage(browser, server.url, size);
  await page.goto(`${server.url}#/room/${study}`);
  await ready(page);
  return page;
}

/** The study's series with this role, by its place. */
async function seriesOf(role) {
  return (await server.ask("GET", `/studies/${study}`)).series.findIndex((series) => series.role === role);
}

test("a folder is handed in with what the reader says of its volumes, and stands as series with roles and thumbnails", { skip, timeout: 240000 }, async () => {
  const page = await openPage(browser, server.url);
  await page.waitForSelector("[data-action=folder]");
  await choose(page, "folder", folder);
  await page.waitForSelector(".choose tr");
  assert.equal(await page.$eval('select[aria-label="labels-mr.nii.gz"]', (select) => select.value), "labels");
  for (const name of ["labels.nii.gz", "lesion.nii.gz", "lesion-mr.nii.gz"]) {
    await page.selectOption(`select[aria-label="${name}"]`, "leave");
  }
  await page.click("[data-action=send]");
  await ready(page);
  study = /#\/room\/([0-9a-f]{32})/.exec(page.url())[1];
  assert.equal((await page.$$(".series-open")).length, 5);
  await page.waitForFunction(() => document.querySelectorAll(".series-open img").length === 5);
  await page.waitForSelector(".level-list [data-level=C4]");
  await page.waitForSelector(".levels [data-level=C4]");
  await shoot(page, "worklist-desk");
  const of = await seriesOf("stir");
  await page.selectOption(`.series-row:has([data-series="${of}"]) .role`, "t2");
  await page.waitForFunction((at) => document.querySelector(`.series-row:has([data-series="${at}"]) .role`)?.title.includes("reader"), of);
  await page.selectOption(`.series-row:has([data-series="${of}"]) .role`, "stir");
  await page.waitForFunction((at) => document.querySelector(`.series-row:has([data-series="${at}"]) .role`)?.value === "stir", of);
  await leave(page);
});

test("what cannot be read is refused in words", { skip }, async () => {
  const page = await openPage(browser, server.url);
  page.expected.push(/422/);
  const path = join(server.folder, "notes.txt");
  writeFileSync(path, "no image");
  await page.waitForSelector("[data-action=files]");
  await choose(page, "files", [path]);
  await page.waitForSelector("[data-notice=problem]");
  assert.match(await page.textContent("[data-notice=problem]"), /neither DICOM files nor volumes/);
  await leave(page);
});

test("planes, windows, values, keys, two series at the same place", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  await page.click(`[data-series="${await seriesOf("ct")}"]`);
  await page.waitForFunction((at) => document.querySelector(`.pane[data-series="${at}"][data-ready]`), String(await seriesOf("ct")), { timeout: 120000 });
  await page.click("[data-window=bone]");
  const box = await (await page.$(".pane canvas")).boundingBox();
  await page.mouse.move(box.x + box.width * 0.28, box.y + box.height * 0.5);
  await page.waitForFunction(() => / HU$/.test(document.querySelector("[data-value]").textContent));
  const place = () => page.textContent(".status .voxel");
  const ct = opened(Buffer.from(await (await fetch(`${server.url}api/v1/studies/${study}/series/${await seriesOf("ct")}/volume`)).arrayBuffer()));
  const pointed = async () => {
    const [left, posterior, head] = numbers(await page.textContent(".status [data-value] + span"));
    return [numbers(await page.textContent("[data-value]"))[0], valuesAround(ct, [-left, -posterior, head])];
  };
  for (const share of [0.2, 0.28, 0.33]) {
    await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.45);
    await once(pointed, ([told, near]) => near.some((value) => Math.abs(told - value) <= 0.5), "HU under the cursor");
  }
  const sagittal = async () => numbers(await page.getAttribute(".pane", "data-here"))[0];
  const first = await sagittal();
  await page.mouse.wheel(0, 300);
  await once(sagittal, (now) => Math.abs(now - first) > 0.3, "another slice by the wheel");
  await page.mouse.click(box.x + box.width * 0.28, box.y + box.height * 0.45);
  await page.mouse.move(5, 5);
  const before = await place();
  await page.focus(".pane canvas");
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction((was) => document.querySelector(".status .voxel").textContent !== was, before);
  await shoot(page, "viewer-ct-desk");
  await page.keyboard.press("a");
  await page.waitForSelector("[data-layout=axial][aria-pressed=true]");
  await page.keyboard.press("m");
  await page.keyboard.press("?");
  await page.waitForSelector(".sheet[open] kbd");
  await shoot(page, "viewer-keys-desk");
  await page.keyboard.press("Escape");
  await page.click(`[data-beside="${await seriesOf("t2")}"]`);
  await ready(page, 2);
  const places = await page.$$eval(".pane", (panes) => panes.map((pane) => pane.querySelector(".levels [data-level=C4]")?.style.top));
  assert.ok(places.every(Boolean), "the level is not seen in both series");
  await shoot(page, "viewer-two-desk");
  await leave(page);
});

test("clicks make a mask, outside clicks and the brush correct it, steps are undone, and it is stored", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  const t2 = await seriesOf("t2");
  await page.click(`[data-series="${t2}"]`);
  await page.waitForSelector(`.pane[data-series="${t2}"][data-ready]`, { timeout: 120000 });
  await page.waitForSelector(".levels [data-level=C4]", { timeout: 60000 });
  await page.click(".level-list [data-level=C4]"); // where this phantom's lesion lies
  await page.focus(".pane canvas");
  await page.keyboard.press("i");
  const box = await (await page.$(".pane canvas")).boundingBox();
  const at = await page.$eval(".levels [data-level=C4]", (mark) => ({ x: parseFloat(mark.style.left), y: parseFloat(mark.style.top) }));
  await page.mouse.click(box.x + at.x - BODY_PIXELS, box.y + at.y);
  await page.waitForSelector("[data-volume]", { timeout: 30000 });
  const volume = async () => Number(await page.getAttribute("[data-volume]", "data-volume"));
  const alone = await volume();
  await once(() => page.$$eval("[data-click=inside]", (marks) => marks.map((mark) => ({ x: parseFloat(mark.style.left), y: parseFloat(mark.style.top) }))),
    (marks) => marks.some(({ x, y }) => Math.hypot(x - (at.x - BODY_PIXELS), y - at.y) < 3), "the click is marked where it was");
  await page.click("[data-tool=outside]");
  await page.mouse.click(box.x + at.x, box.y + at.y); // the canal
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) !== was, alone, { timeout: 30000 });
  const first = await volume();
  await shoot(page, "lesion-desk");
  await page.click("[data-tool=brush]");
  await page.mouse.move(box.x + at.x - 60, box.y + at.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + at.x - 40, box.y + at.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) > was, first);
  await page.click("[data-action=lesion-undo]");
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) === was, first);
  await page.click("[data-action=lesion-redo]");
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) > was, first);
  assert.ok(await page.isDisabled("[data-action=lesion-redo]"), "more is to be redone than was undone");
  await page.focus(".pane canvas");
  await page.keyboard.press("u");
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) === was, first);
  await page.waitForSelector("[data-drawing=kept]");
  assert.equal((await server.ask("GET", `/studies/${study}/drawing`)).series, Number(t2));
  const masks = await server.ask("GET", `/studies/${study}/masks`);
  const stored = await fetch(`${server.url}api/v1/masks/${masks[0].id}`);
  assert.equal(stored.status, 200);
  const share = dice(marked(Buffer.from(await stored.arrayBuffer())), marked(readFileSync(join(folder, "lesion-mr.nii.gz"))));
  assert.ok(share > 0.6, `Dice ${share} against the phantom's truth`);
  await page.click("[data-panel=spheres]");
  await page.click("[data-tissue=csf]");
  await page.waitForSelector(".pane[data-tool=sphere]");
  const lower = await (await page.$(".pane canvas")).boundingBox(); // the drawer moved it
  await page.mouse.click(lower.x + at.x, lower.y + at.y);
  await page.waitForSelector(".chips .chip");
  const circles = () => page.$$eval("[data-sphere=csf]", (marks) => marks.map((mark) => ({ x: parseFloat(mark.style.left), y: parseFloat(mark.style.top), width: parseFloat(mark.style.width) })));
  await once(circles, (marks) => marks.some(({ x, y, width }) => Math.hypot(x - at.x, y - at.y) < 3 && width > 8), `the sphere at ${JSON.stringify(at)}`);
  await shoot(page, "lesion-sphere-desk");
  await page.click(".level-list [data-level=C7]");
  await once(circles, (marks) => marks.length === 1, "on the sagittal plane alone: the others are far from it");
  await page.waitForSelector("[data-drawing=kept]");
  await page.reload();
  await page.waitForSelector(`.pane[data-series="${t2}"][data-ready]`, { timeout: 120000 });
  await page.waitForSelector("[data-volume]", { timeout: 30000 });
  assert.ok(Math.abs((await volume()) - first) < 0.01, "the mask is another one after the reload");
  await page.click("[data-panel=spheres]");
  await page.waitForSelector(".chips .chip");
  await page.click("[data-tool=brush]");
  const again = await (await page.$(".pane canvas")).boundingBox();
  await page.mouse.move(again.x + at.x - 60, again.y + at.y + 30);
  await page.mouse.down();
  await page.mouse.move(again.x + at.x - 30, again.y + at.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((was) => Number(document.querySelector("[data-volume]").dataset.volume) > was, first);
  const painted = await volume();
  await page.evaluate(() => (location.hash = "#/room")); // at once: nothing was kept yet
  await page.waitForSelector(".pane", { state: "detached" });
  await page.goto(`${server.url}#/room/${study}`);
  await page.waitForSelector("[data-volume]", { timeout: 120000 });
  assert.ok(Math.abs((await volume()) - painted) < 0.01, "the last stroke is lost");
  await leave(page);
});

test("what is drawn in two windows is not overwritten: the second is told and chooses", { skip, timeout: 240000 }, async () => {
  const [one, other] = [await openStudy(), await openStudy()];
  const mark = async (page, tissue) => {
    if (!(await page.$("[data-drawer=spheres]"))) {
      await page.click("[data-panel=spheres]");
    }
    const count = (await page.$$(".chips li")).length;
    await page.click(`[data-tissue=${tissue}]`);
    await page.waitForSelector(".pane[data-tool=sphere]");
    const box = await (await page.$(".pane canvas")).boundingBox();
    await page.mouse.click(box.x + box.width * 0.28, box.y + box.height * 0.4);
    await page.waitForFunction((was) => document.querySelectorAll(".chips li").length > was, count);
  };
  await mark(one, "muscle");
  await one.waitForSelector("[data-drawing=kept]");
  other.expected.push(/412/);
  await mark(other, "disc");
  await other.waitForSelector("[data-drawing=conflict]");
  await shoot(other, "lesion-conflict-desk");
  assert.ok(!(await server.ask("GET", `/studies/${study}/drawing`)).references.some((text) => text.startsWith("disc")));
  await other.click("[data-action=drawing-mine]");
  await other.waitForSelector("[data-drawing=kept]");
  assert.ok((await server.ask("GET", `/studies/${study}/drawing`)).references.some((text) => text.startsWith("disc")));
  one.expected.push(/412/);
  await mark(one, "cord");
  await one.waitForSelector("[data-drawing=conflict]");
  await one.click("[data-action=drawing-theirs]");
  await one.waitForFunction(() => [...document.querySelectorAll(".chips li")].some((chip) => chip.textContent === "Disc"));
  await leave(one);
  await leave(other);
});

/** Numbers of a text such as "L 1.0 P -2.5". */
const numbers = (text) => (text.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);

test("a distance is measured in millimetres and goes with the whole image", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  const t2 = await seriesOf("t2");
  await page.click(`[data-series="${t2}"]`);
  await page.waitForSelector(`.pane[data-series="${t2}"][data-ready]`, { timeout: 120000 });
  await page.waitForSelector(".levels [data-level=C6]", { timeout: 60000 });
  const schemes = JSON.parse(readFileSync(join(process.env.DENS_SOURCE, "page", "src", "viewing", "schemes.json"), "utf-8"));
  const [upper, lower] = middles(readFileSync(join(folder, "labels-mr.nii.gz")), [schemes.dens.C3, schemes.dens.C6]);
  const truth = Math.hypot(upper[1] - lower[1], upper[2] - lower[2]); // as it lies on the sagittal plane
  await page.focus(".pane canvas");
  await page.keyboard.press("r");
  await page.waitForSelector("[data-tool=measure][aria-pressed=true]");
  const box = await (await page.$(".pane canvas")).boundingBox();
  const [from, to] = await page.$$eval(".levels [data-level=C3], .levels [data-level=C6]", (marks) => marks.map((mark) => ({ x: parseFloat(mark.style.left), y: parseFloat(mark.style.top) })));
  await page.mouse.move(box.x + from.x, box.y + from.y);
  await page.mouse.down();
  await page.mouse.move(box.x + to.x, box.y + to.y, { steps: 5 });
  await page.mouse.up();
  await page.waitForSelector("[data-length]");
  const [length] = numbers(await page.textContent("[data-length]"));
  assert.ok(Math.abs(length - truth) < 1.5, `${length} mm measured from C3 to C6, ${truth.toFixed(1)} mm by the labels`);
  await shoot(page, "viewer-measure-desk");
  await page.keyboard.press("0");
  await page.waitForSelector("[data-length]", { state: "detached" });
  await leave(page);
});

test("windows: bone and soft tissue of CT, its own range of MR", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  const range = async () => numbers(await page.textContent(".pane [data-range]"));
  await page.click(`[data-series="${await seriesOf("ct")}"]`);
  await page.waitForSelector(`.pane[data-series="${await seriesOf("ct")}"][data-ready]`, { timeout: 120000 });
  const picture = async () => (await page.locator(".pane canvas").screenshot()).toString("base64");
  const seen = new Set();
  for (const [name, width, level] of [["bone", 2000, 500], ["soft", 350, 50]]) {
    await page.click(`[data-window=${name}]`);
    await page.waitForFunction((wanted) => document.querySelector(".pane [data-range]").textContent.includes(wanted), String(width));
    assert.deepEqual(await range(), [width, level]);
    await page.waitForTimeout(500); // a frame of the software renderer
    seen.add(await picture());
  }
  assert.equal(seen.size, 2, "the images are the same in both windows");
  await page.focus(".pane canvas");
  await page.keyboard.press("w");
  await page.waitForSelector("[data-window=auto][aria-pressed=true]");
  await page.click("[data-window=bone]");
  await page.click(`[data-series="${await seriesOf("t2")}"]`);
  await page.waitForSelector(`.pane[data-series="${await seriesOf("t2")}"][data-ready]`, { timeout: 120000 });
  assert.equal(await page.locator("[data-window=bone]").count(), 0, "a window in HU for MR");
  const [width, level] = await range();
  assert.ok(width > 0 && width !== 2000 && level > 0, `W ${width} L ${level}`);
  await leave(page);
});

test("the 3-D view comes and goes, turns under the pointer, and leaves the place as it is", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  const canvas = page.locator(".pane canvas");
  const corner = async () => {
    await page.waitForTimeout(2500); // frames of the software renderer
    const box = await canvas.boundingBox();
    const clip = { x: box.x + box.width * 0.6, y: box.y + box.height * 0.7, width: box.width * 0.38, height: box.height * 0.28 };
    return { clip, bytes: (await page.screenshot({ clip })).toString("base64") };
  };
  const without = await corner();
  const here = await page.getAttribute(".pane", "data-here");
  await page.click("[data-layout=render]");
  await page.waitForSelector("[data-layout=render][aria-pressed=true]");
  const seen = await corner();
  assert.notEqual(seen.bytes, without.bytes, "no 3-D view");
  await shoot(page, "viewer-3d-desk");
  const middle = { x: seen.clip.x + seen.clip.width / 2, y: seen.clip.y + seen.clip.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + 60, middle.y + 10, { steps: 2 });
  await page.mouse.up();
  const turned = await corner();
  assert.notEqual(turned.bytes, seen.bytes, "it does not turn");
  assert.equal(await page.getAttribute(".pane", "data-here"), here, "turning moved the place");
  await page.click("[data-layout=render]");
  assert.equal((await corner()).bytes, without.bytes, "the 3-D view stays");
  await leave(page);
});

test("two series side by side stand at the same place, and move together", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  await page.click(`[data-beside="${await seriesOf("t1")}"]`);
  await ready(page, 2);
  const places = async () => (await page.$$eval(".pane", (panes) => panes.map((pane) => pane.dataset.here))).map(numbers);
  const apart = ([one, other]) => Math.hypot(...one.map((mm, axis) => mm - other[axis]));
  assert.ok(apart(await places()) < 0.2, "not at the same place");
  const before = (await places())[0];
  await page.click(".level-list [data-level=C6]");
  await page.waitForFunction((was) => document.querySelector(".pane").dataset.here !== was, before.map((mm) => mm.toFixed(1)).join(" "));
  await page.waitForTimeout(500);
  assert.ok(apart(await places()) < 0.2, `after a level: ${JSON.stringify(await places())}`);
  const box = await page.locator(".pane canvas").nth(0).boundingBox();
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.2);
  await page.waitForTimeout(1000);
  const clicked = await places();
  assert.ok(apart([clicked[0], before]) > 5, "the click moved nothing");
  assert.ok(apart(clicked) < 0.2, `after a click: ${JSON.stringify(clicked)}`);
  await leave(page);
});

const levelsAt = (page) => page.$$eval(".levels [data-level]", (marks) => Object.fromEntries(marks.map((mark) => [mark.dataset.level, { x: parseFloat(mark.style.left), y: parseFloat(mark.style.top) }])));

test("zoom keeps the place where it is, pan takes the image along, and the whole image comes back", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  await page.waitForSelector(".levels [data-level=C5]", { timeout: 60000 });
  const place = () => page.getAttribute(".pane", "data-here");
  const first = await place();
  await page.click(".level-list [data-level=C5]");
  const here = await once(place, (now) => now !== first, "the level's place");
  const whole = await once(() => levelsAt(page), (marks) => marks.C5 && marks.C4, "levels");
  await page.focus(".pane canvas");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const near = (a, b, pixels = 2) => Math.hypot(a.x - b.x, a.y - b.y) < pixels;
  const scale = (marks) => (marks.C5.y - marks.C4.y) / (whole.C5.y - whole.C4.y);
  const big = await once(() => levelsAt(page), (marks) => Math.abs(scale(marks) - 1.25 ** 2) < 0.05 && near(marks.C5, whole.C5), "zoomed by keys");
  await shoot(page, "viewer-zoom-desk");
  const box = await page.locator(".pane canvas").boundingBox();
  const middle = { x: box.x + big.C5.x, y: box.y + big.C5.y };
  await page.mouse.move(middle.x, middle.y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, 100);
  await page.keyboard.up("Control");
  const smaller = await once(() => levelsAt(page), (marks) => Math.abs(scale(marks) - 1.25 ** 2 / 1.15) < 0.05 && near(marks.C5, whole.C5), "zoomed by the wheel");
  await page.click("[data-tool=pan]");
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + 40, middle.y + 30, { steps: 4 });
  await page.mouse.up();
  await once(() => levelsAt(page), (marks) => near(marks.C5, { x: smaller.C5.x + 40, y: smaller.C5.y + 30 }, 4) && Math.abs(scale(marks) - scale(smaller)) < 0.02, "moved by the hand");
  assert.equal(await place(), here, "zoom or pan moved the place");
  await page.focus(".pane canvas");
  await page.keyboard.press("0");
  await once(() => levelsAt(page), (marks) => near(marks.C5, whole.C5) && near(marks.C4, whole.C4), "the whole image");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.click(".level-list [data-level=C2]"); // out of sight by now
  await page.waitForSelector(".levels [data-level=C2]");
  await leave(page);
});

test("the patient's sides stand at the ends of each plane, where they are", { skip, timeout: 240000 }, async () => {
  const page = await openStudy();
  const expected = { axial: "RLAP", coronal: "RLHF", sagittal: "APHF" }; // left, right, top, bottom: seen from the feet, from the front, from the left
  const box = await page.locator(".pane canvas").boundingBox();
  const told = () => page.$$eval(".sides span", (marks) => marks.map((mark) => ({ letter: mark.textContent, x: parseFloat(mark.style.left), y: parseFloat(mark.style.top) })));
  await page.focus(".pane canvas");
  for (const key of ["m", "+", "+"]) {
    await page.keyboard.press(key);
    await once(told, (now) => now.map(({ letter }) => letter).join("") === "APHFRLAPRLHF", `all planes after ${key}`);
  }
  await page.keyboard.press("0");
  for (const [plane, letters] of Object.entries(expected)) {
    await page.click(`[data-layout=${plane}]`);
    const marks = await once(told, (now) => now.map(({ letter }) => letter).join("") === letters, plane);
    for (const { letter, x, y } of marks) {
      const [axis, sign] = { R: [0, -1], L: [0, 1], A: [1, -1], P: [1, 1], F: [2, -1], H: [2, 1] }[letter]; // of left, posterior, head
      const towards = async (share) => page.mouse.click(box.x + box.width / 2 + share * (x - box.width / 2), box.y + box.height / 2 + share * (y - box.height / 2));
      const here = async () => numbers(await page.getAttribute(".pane", "data-here"))[axis] * sign;
      await towards(-0.2);
      await page.waitForTimeout(300);
      const away = await here();
      await towards(0.2);
      await once(here, (now) => now - away > 5, `from ${away} towards ${letter} on the ${plane} plane`);
    }
  }
  await shoot(page, "viewer-sides-desk");
  await leave(page);
});

test("a mask and labels come from files, with opacities of their own; what is none is refused in words", { skip, timeout: 240000 }, async () => {
  const { id } = await server.ask("POST", "/studies", zipFolder(join(folder, "t2")), "application/zip");
  const page = await openPage(browser, `${server.url}#/room/${id}`);
  await ready(page);
  assert.equal(await page.locator(".levels [data-level]").count(), 0);
  await page.click("[data-panel=files]");
  await choose(page, "load-labels", [join(folder, "labels-mr.nii.gz")]);
  await page.waitForSelector(".levels [data-level=C4]", { timeout: 60000 });
  await page.selectOption("[data-drawer=files] select", "totalsegmentator_v2");
  await page.waitForFunction(() => document.querySelectorAll(".levels [data-level=C4]").length === 0);
  await page.selectOption("[data-drawer=files] select", "dens");
  await page.waitForSelector(".levels [data-level=C4]");
  await choose(page, "load-mask", [join(folder, "lesion-mr.nii.gz")]);
  await page.waitForSelector("[data-volume]");
  const truth = marked(readFileSync(join(folder, "lesion-mr.nii.gz"))).filter(Boolean).length * voxelMl(readFileSync(join(folder, "lesion-mr.nii.gz")));
  assert.ok(Math.abs(Number(await page.getAttribute("[data-volume]", "data-volume")) - truth) < 0.01, "another mask");
  await page.click(".level-list [data-level=C4]");
  const colours = async () => count(await page.locator(".pane canvas").screenshot(), (rgb) => Math.max(...rgb) - Math.min(...rgb) > 60);
  const slide = async (name, value) => page.$eval(`[data-drawer=files] [data-opacity=${name}]`, (slider, to) => ((slider.value = to), slider.dispatchEvent(new Event("input", { bubbles: true }))), value);
  await slide("mask", 0);
  await slide("labels", 0);
  const bare = await once(colours, (pixels) => pixels < 3000, "no overlay"); // the crosshair alone
  await slide("mask", 1);
  const withMask = await once(colours, (pixels) => pixels > bare + 300, `the mask over ${bare}`);
  await slide("labels", 1);
  await once(colours, (pixels) => pixels > withMask + 2000, `the labels over ${withMask}`);
  await shoot(page, "lesion-files-desk");
  await slide("labels", 0.1);
  await once(colours, (pixels) => pixels < withMask + 2000, "the labels go back");
  await page.waitForSelector("[data-drawing=kept]");
  const drawing = await server.ask("GET", `/studies/${id}/drawing`);
  assert.ok(drawing.mask && drawing.labels && drawing.scheme === "dens", JSON.stringify(drawing));
  page.expected.push(/422/);
  const none = join(server.folder, "none.nii");
  writeFileSync(none, "no mask");
  await choose(page, "load-mask", [none]);
  await page.waitForSelector("[data-notice=problem]");
  assert.match(await page.textContent("[data-notice=problem]"), /neither|NIfTI|mask/);
  assert.ok(await page.$("[data-volume]"), "the mask that was there is gone");
  await leave(page);
});

test("the reading room with images stands on a tablet", { skip, timeout: 120000 }, async () => {
  const page = await openStudy(sizes.tablet);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  await shoot(page, "viewer-tablet");
  await leave(page);
});

test("the label schemes are those of the knowledge", () => {
  const known = readFileSync(join(process.env.DENS_SOURCE, "knowledge", "label_schemes.yaml"), "utf-8");
  const schemes = JSON.parse(readFileSync(join(process.env.DENS_SOURCE, "page", "src", "viewing", "schemes.json"), "utf-8"));
  for (const [name, levels] of Object.entries(schemes)) {
    const told = new RegExp(`^${name}:\\n(?:  .*\\n)*?  levels: \\{(.*)\\}`, "m").exec(known)[1];
    assert.deepEqual(Object.fromEntries(told.split(",").map((pair) => pair.split(":").map((word) => word.trim())).map(([level, label]) => [level, Number(label)])), levels, name);
  }
});
