// Every view in both languages and both themes against the rules of WCAG 2.2 A and AA that a program can check (axe-core): contrast, names, roles, sizes
// of targets; and at every size, whether the bars' keys are in sight.
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { journeys, leave, openPage, shoot, sizes } from "./page.mjs";
import { zipFiles } from "./zip.mjs";

const { skip, server, browser } = journeys(prepare);
const source = skip ? "" : createRequire(join(process.env.DENS_BUILD, "page", "package.json"))("axe-core").source;
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
let study, results;

/** A study with two series, and two results of it. */
async function prepare() {
  const folder = server.phantom("chordoma");
  const files = ["ct", "t2"].flatMap((part) => readdirSync(join(folder, part)).map((name) => [`${part}/${name}`, readFileSync(join(folder, part, name))]));
  study = (await server.ask("POST", "/studies", zipFiles(Object.fromEntries(files)), "application/zip")).id;
  const mask = readFileSync(join(folder, "lesion.nii.gz"));
  results = [await server.evaluate(study, mask), await server.evaluate(study, mask)];
}

async function readCase(page) {
  const { truth: _, source: __, ...read } = JSON.parse(readFileSync(`${process.env.DENS_SOURCE}/cases/review/review-figure-2.json`, "utf-8"));
  const found = { ...read, findings: { ...read.findings, "extent.canal": "cord_compression", "mr.t1": { measured: { value: "low", likelihood: { low: 1, high: 0.1 }, measurement: "signal.t1" } } } };
  await page.evaluate((document) => localStorage.setItem("dens.case.none", JSON.stringify({ case: document, tag: null, record: null })), found);
  await page.reload();
  await page.waitForSelector(".insight [data-alert]");
}

const series = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll(".pane[data-ready]").length === wanted, count, { timeout: 120000 });

/** Each view: where it is, and what is done there before it is looked at. */
const views = {
  "the empty room": ["#/room", (page) => page.waitForSelector(".questions [data-finding]")],
  "the form with a case": ["#/room", async (page) => {
    await readCase(page);
    for (const fold of await page.$$("[data-section] h3 button[aria-expanded=false]")) {
      await fold.click();
    }
    await page.click("[data-section=ct] [data-action=about] >> nth=0");
  }],
  "the differential": ["#/room?tab=differential", async (page) => {
    await readCase(page);
    await page.click("[data-action=apart]");
    await page.waitForSelector("[data-apart]");
    await page.click(".reason[data-side=for] > button:enabled >> nth=0");
    await page.click(".next-step > button >> nth=0");
    for (const part of ["scores", "management"]) {
      await page.click(`[data-part=${part}] .fold`);
    }
  }],
  "the report": ["#/room?tab=report", (page) => page.waitForSelector("[data-sheet]")],
  "the images": [() => `#/room/${study}`, async (page) => {
    await series(page, 1);
    await page.click("[data-panel=spheres]");
  }],
  "two series and the keys": [() => `#/room/${study}`, async (page) => {
    await series(page, 1);
    await page.click("[data-beside] >> nth=-1");
    await series(page, 2);
    await page.click("[data-action=keys]");
    await page.waitForSelector(".sheet[open] kbd");
    await page.waitForTimeout(400); // the dialog has faded in
  }],
  "a diagnosis": ["#/atlas/diagnoses/chordoma", async (page) => {
    await page.waitForSelector(".strip-line");
    await page.click(".strip-line >> nth=0");
    await page.fill("input[type=search]", "septa");
    await page.waitForSelector(".hits a");
  }],
  "a finding": ["#/atlas/findings/mr.t2", (page) => page.waitForFunction(() => document.querySelectorAll(".across .strip").length > 15)],
  "the sources": ["#/atlas/sources", (page) => page.waitForSelector(".sources li")],
  "the conflicts": ["#/atlas/conflicts", (page) => page.waitForSelector(".conflict")],
  "the quiz": ["#/quiz", async (page) => {
    await page.click("[data-kind=case]");
    await page.waitForSelector(".step");
    await page.click("[data-choice=metastasis]");
    await page.click("[data-action=answer]");
    await page.waitForSelector("[data-answer] .bars .truth");
  }],
  "a phantom of the quiz": ["#/quiz", async (page) => {
    await page.click("[data-kind=phantom]");
    await page.waitForSelector(".quiz-images [data-shown=ct]", { timeout: 90000 });
    await page.click("[data-action=more]");
    await page.waitForSelector(".step");
  }],
  "the follow-up": [() => `#/followup?results=${results.join(",")}`, async (page) => {
    await page.waitForSelector("tr[data-verdict]");
    await series(page, 2);
  }],
};

/** What axe finds: the rule, and where. */
async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), rules);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.any.map((check) => check.message).join("; ")}`));
}

/** Run in the page: what is wider than the window or covered, and tools in a second row. */
function cutOff() {
  const told = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) {
    told.push(`the page is ${wide} pixels wider than the window`);
  }
  for (const key of document.querySelector("sl-dialog[open]") ? [] : document.querySelectorAll(".topbar a, .topbar button, .toolbar button, .tab-row button")) {
    const box = key.getBoundingClientRect();
    if (box.width > 0 && !key.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))) {
      told.push(`${key.textContent.trim() || key.ariaLabel} is covered`);
    }
  }
  for (const bar of document.querySelectorAll(".toolbar")) {
    const middles = [...bar.children].filter((part) => part.offsetHeight > 0).map((part) => part.offsetTop + part.offsetHeight / 2);
    if (Math.max(...middles) - Math.min(...middles) > 8) {
      told.push(`${bar.ariaLabel}: in more than one row`);
    }
  }
  for (const box of document.querySelectorAll(".right, .right > *")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      told.push(`${box.className} is ${box.scrollWidth - box.clientWidth} pixels too wide`);
    }
  }
  return told;
}

for (const language of ["en", "zh"]) {
  for (const [name, [address, prepared]] of Object.entries(views)) {
    test(`${name}, in ${language}: names, roles, contrast, targets in both themes; at every size nothing covered`, { skip, timeout: 180000 }, async () => {
      const page = await openPage(browser, server.url, sizes.desk);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.evaluate((kept) => Object.entries(kept).forEach(([key, value]) => localStorage.setItem(key, value)), { "dens.language": language, "dens.theme": "system" });
      await page.goto(`${server.url}${typeof address === "function" ? address() : address}`);
      await page.reload();
      await prepared(page);
      for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForSelector(`html[data-theme=${theme}]`);
        await page.waitForTimeout(500); // what moves has come to rest
        assert.deepEqual(await violations(page), [], theme);
        await shoot(page, `${name.replaceAll(" ", "-")}-${language}-${theme}`);
      }
      for (const [sizeName, size] of Object.entries(sizes)) {
        await page.setViewportSize(size);
        await page.waitForTimeout(200);
        assert.deepEqual(await page.evaluate(cutOff), [], sizeName);
        await shoot(page, `${name.replaceAll(" ", "-")}-${language}-${sizeName}`);
      }
      await leave(page);
    });
  }
}
