// Two studies of a patient side by side: the same place in both although the scanner's coordinates are others, moved together, with the
// contours of the lesion.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { bent, middles, moved, opened, smaller } from "./nifti.mjs";
import { journeys, leave, once, openPage, shoot, sizes } from "./page.mjs";
import { count } from "./picture.mjs";
import { zipFiles, zipFolder } from "./zip.mjs";

const { skip, server, browser } = journeys(prepare);
const BEND = 8; // degrees
const SHIFT = [9, -14, -340]; // RAS, mm: the patient lies elsewhere on the table
const SAME_MM = 2.5; // the neck is 110 mm long here: without what is between the levels, this bend alone is up to 8 mm
let before, after; // {study, result, labels, lesion}: what is known of each, with the files in its coordinates
let schemes;

async function kept(study, labels, lesion) {
  const { id } = await server.ask("POST", `/studies/${study}/masks`, labels, "application/octet-stream");
  await fetch(`${server.url}api/v1/studies/${study}/drawing`, { method: "PUT", body: JSON.stringify({ labels: id, scheme: "dens" }), headers: { "Content-Type": "application/json", "If-Match": '"0"' } });
  return { study, labels, lesion, result: await server.evaluate(study, lesion) };
}

/** A DICOM study, and the same neck later, as a volume in other coordinates, with more of the lesion. */
async function prepare() {
  schemes = JSON.parse(readFileSync(join(process.env.DENS_SOURCE, "page", "src", "viewing", "schemes.json"), "utf-8"));
  const folder = server.phantom("giant_cell_tumor");
  const [labels, lesion] = ["labels", "lesion"].map((name) => opened(readFileSync(join(folder, `${name}.nii.gz`))));
  const first = (await server.ask("POST", "/studies", zipFolder(join(folder, "ct")), "application/zip")).id;
  before = await kept(first, labels, smaller(lesion));
  const volume = Buffer.from(await (await fetch(`${server.url}api/v1/studies/${first}/series/0/volume`)).arrayBuffer());
  const second = (await server.ask("POST", "/studies", zipFiles({ "ct.nii": moved(volume, BEND, SHIFT) }), "application/zip")).id;
  after = await kept(second, moved(labels, BEND, SHIFT), moved(lesion, BEND, SHIFT));
}

/** Where both panes stand, RAS in mm. */
async function places(page) {
  const told = await page.$$eval(".pair .pane", (panes) => panes.map((pane) => pane.dataset.here.split(" ").map(Number)));
  return told.map(([x, y, z]) => [-x, -y, z]);
}

const distance = (a, b) => Math.hypot(...a.map((mm, axis) => mm - b[axis]));
const between = (a, b) => a.map((mm, axis) => b[axis] - mm);

async function open(size) {
  const page = await openPage(browser, `${server.url}#/followup?results=${before.result},${after.result}`, size);
  await page.waitForFunction(() => document.querySelectorAll(".pair .pane[data-ready]").length === 2, null, { timeout: 120000 });
  return page;
}

/** How far two vertebrae stand apart in each pane, in pixels. */
const levelHeights = (page) => page.$$eval(".pair .pane", (panes) => panes.map((pane) => {
  const [upper, lower] = ["C4", "C5"].map((level) => parseFloat(pane.querySelector(`.levels [data-level=${level}]`)?.style.top));
  return lower - upper;
}));

test("two studies stand side by side at the same place, with the contours of the lesion", { skip, timeout: 240000 }, async () => {
  const page = await open();
  const lesions = [before, after].map(({ lesion }) => middles(lesion, [1])[0]);
  await once(() => places(page), (now) => now.every((place, side) => distance(place, lesions[side]) < 0.2), `at the lesion, ${JSON.stringify(lesions)}`);
  assert.equal(await page.getAttribute(".pair", "data-linked"), "levels");
  assert.deepEqual(await page.$$eval(".pair .pane", (panes) => panes.map((pane) => pane.dataset.contour)), ["yes", "yes"]);
  const red = async (side) => count(await page.locator(".pair .pane canvas").nth(side).screenshot(), ([r, g, b]) => r > 200 && g < 80 && b < 80);
  const lines = async () => [await red(0), await red(1)];
  await once(lines, (pixels) => pixels.every((number) => number > 60), "contours of so many pixels");
  await page.focus(".pair .pane canvas");
  await page.keyboard.press("h");
  await once(lines, (pixels) => pixels.every((number) => number === 0), "contours that were hidden");
  await page.keyboard.press("h");
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    for (const alone of ["", "-alone"]) {
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await once(() => levelHeights(page), (heights) => heights.every((height) => height > 15 && Math.abs(height / heights[0] - 1) < 0.025), "scales");
      await once(() => page.locator(".pair .levels [data-level=T1]").count(), (seen) => seen === 2, "the lowest level of the images is in sight");
      await shoot(page, `pair${alone}-${name}`);
      await page.click("[data-action=alone]");
    }
  }
  await leave(page);
});

test("what is done in one is done in the other: levels, clicks, slices, zoom; each alone on demand", { skip, timeout: 240000 }, async () => {
  const page = await open();
  await page.click(".pair [data-anchor=C5]");
  const fifth = [before, after].map(({ labels }) => middles(labels, [schemes.dens.C5])[0]);
  await once(() => places(page), (now) => now.every((place, side) => distance(place, fifth[side]) < 0.2), `C5, ${JSON.stringify(fifth)}`);
  const canvas = (side) => page.locator(".pair .pane canvas").nth(side);
  for (const side of [0, 1]) {
    const was = await places(page);
    const box = await canvas(side).boundingBox();
    await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * (side ? 0.45 : 0.1));
    await page.mouse.wheel(0, 100);
    await once(() => places(page), (now) => distance(was[side], now[side]) > 3 && distance(bent(now[0], BEND, SHIFT), now[1]) < SAME_MM, `moved in side ${side}`);
  }
  const heights = await once(() => levelHeights(page), (now) => Math.abs(now[0] / now[1] - 1) < 0.025, "one scale");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await once(() => levelHeights(page), (now) => now.every((height, side) => Math.abs(height / heights[side] - 1.25 ** 2) < 0.05), `zoomed from ${heights}`);
  await page.keyboard.press("0");
  await page.click("[data-action=link]");
  const apart = await places(page);
  await canvas(0).focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await once(() => places(page), (now) => distance(now[0], apart[0]) > 0.5, "moved alone");
  await page.waitForTimeout(300);
  const alone = await places(page);
  assert.ok(distance(alone[1], apart[1]) < 0.05, "the other one moved, too");
  await page.click("[data-action=link]");
  const corrected = between(bent(alone[0], BEND, SHIFT), alone[1]);
  await canvas(1).focus();
  const box = await canvas(1).boundingBox();
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.3);
  await once(() => places(page), (now) => distance(now[1], alone[1]) > 3 && distance(between(bent(now[0], BEND, SHIFT), now[1]), corrected) < SAME_MM, `together as the reader set it, ${corrected}`);
  await leave(page);
});

test("results without images are told as such, and nothing is asked for in vain", { skip, timeout: 120000 }, async () => {
  const bare = { format: "dens-case/1", id: "bare", patient: {}, findings: {} };
  const made = await server.ask("POST", "/results", JSON.stringify(bare));
  const page = await openPage(browser, `${server.url}#/followup?results=${made.id},${after.result}`);
  await page.waitForSelector("[data-told=no-images]");
  assert.equal(await page.locator(".pair").count(), 0);
  await leave(page);
});
