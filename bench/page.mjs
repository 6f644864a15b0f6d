// What the page costs, as the browser's own clock tells it: `make bench-page`. A series of 256 × 256 × 40 is handed in, opened and
// shown; then a finding is changed. The software renderer's start is apart from our own time: server, transfer, parsing.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { openBrowser, openPage, Server, whyNot } from "../tests/page/page.mjs";

const { zipSync } = createRequire(join(process.env.DENS_BUILD, "page", "package.json"))("fflate");

/** A float32 NIfTI of 256 × 256 × 40 voxels: a ball in noise. */
function volume() {
  const [nx, ny, nz] = [256, 256, 40];
  const bytes = new Uint8Array(352 + nx * ny * nz * 4);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [3, nx, ny, nz, 1, 1, 1, 1].forEach((size, at) => view.setInt16(40 + 2 * at, size, true));
  view.setInt16(70, 16, true); // float32
  view.setInt16(72, 32, true);
  [1, 1, 1, 3, 0, 0, 0, 0].forEach((step, at) => view.setFloat32(76 + 4 * at, step, true));
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, 2); // millimetres
  view.setInt16(254, 1, true); // sform
  [[1, 0, 0, -128], [0, 1, 0, -128], [0, 0, 3, -60]].flat().forEach((value, at) => view.setFloat32(280 + 4 * at, value, true));
  bytes.set(new TextEncoder().encode("n+1"), 344);
  for (let k = 0, at = 352; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at += 4) {
        const inside = Math.hypot(i - 128, j - 128, 3 * (k - 20)) < 50;
        view.setFloat32(at, (inside ? 600 : 200) + ((i * 7 + j * 13 + k * 29) % 37), true);
      }
    }
  }
  return bytes;
}

function bundle() {
  const folder = join(process.env.DENS_BUILD, "page", "dist");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + gzipSync(readFileSync(join(entry.parentPath ?? entry.path, entry.name)), { level: 9 }).length, 0);
}

function say(what, value, most) {
  console.log(`${what.padEnd(58)} ${value.padStart(10)}   (at most ${most})`);
}

const why = whyNot();
if (why) {
  console.log(`bench-page: ${why}`);
  process.exit(1);
}
const server = await new Server().start();
const browser = await openBrowser();
try {
  const study = await server.ask("POST", "/studies", zipSync({ "t2.nii": volume() }, { level: 1 }), "application/zip");
  const page = await openPage(browser, server.url);
  await page.waitForSelector(".insight [data-diagnosis]");
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  say("first paint", `${Math.round(paint)} ms`, "1000 ms");
  await page.waitForSelector("[data-study]");
  await page.click(`[data-study="${study.id}"]`, { force: true });
  await page.waitForSelector(".pane[data-ready]", { timeout: 120000 });
  const took = (name) => page.evaluate((wanted) => performance.getEntriesByName(wanted).map((entry) => entry.duration), name);
  say("256 × 256 × 40 float32: server and transfer", `${Math.round((await took("dens.volume"))[0])} ms`, "2000 ms");
  say("the same until NiiVue has it, with the renderer's start", `${Math.round((await took("dens.shown"))[0])} ms`, "-");
  await page.evaluate(() => performance.clearMeasures("dens.differential"));
  for (const sex of ["male", "female", "male", "female"]) {
    const count = (await took("dens.differential")).length;
    await page.click(`[data-finding="patient.sex"] [data-value="${sex}"]`);
    await page.waitForFunction((n) => performance.getEntriesByName("dens.differential").length > n, count);
  }
  const changes = (await took("dens.differential")).sort((a, b) => a - b);
  say("a change of the form to new bars, median", `${Math.round(changes[Math.floor(changes.length / 2)])} ms`, "100 ms");
  say("all files of the page, compressed", `${Math.round(bundle() / 1024)} KiB`, "2048 KiB");
} finally {
  await browser.close();
  await server.end();
}
