// The frame of the page: it comes whole, from this origin alone, in both languages, at both sizes.
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { journeys, leave, openPage, shoot, sizes } from "./page.mjs";

const { skip, server, browser } = journeys();

test("the files are sent compressed, kept by the browser, and guarded by a policy without unsafe-inline", { skip }, async () => {
  const page = await fetch(server.url);
  assert.equal(page.status, 200);
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  const script = /src="(\/assets\/[^"]+)"/.exec(await page.text())[1];
  const answer = await fetch(new URL(script, server.url));
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  assert.match(answer.headers.get("cache-control"), /immutable/);
  const again = await fetch(new URL(script, server.url), { headers: { "If-None-Match": answer.headers.get("etag") } });
  assert.equal(again.status, 304);
  assert.equal((await fetch(new URL("/assets/none.js", server.url))).status, 404);
});

test("every place opens and keeps after a reload", { skip }, async () => {
  const page = await openPage(browser, server.url);
  for (const place of ["atlas", "quiz", "followup", "room"]) {
    await page.click(`nav [data-place=${place}]`);
    await page.waitForSelector(`nav [data-place=${place}][aria-current=page]`);
  }
  await page.click("nav [data-place=atlas]");
  await page.reload();
  await page.waitForSelector("nav [data-place=atlas][aria-current=page]");
  await leave(page);
});

test("the reading room stands at both sizes, and the differential of an empty case is in sight", { skip }, async () => {
  for (const [name, size] of Object.entries(sizes)) {
    const page = await openPage(browser, server.url, size);
    await page.waitForSelector(".insight [data-diagnosis]");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
    await shoot(page, `room-empty-${name}`);
    await leave(page);
  }
});

test("the language changes at once and is kept", { skip }, async () => {
  const page = await openPage(browser, server.url);
  await page.click("[data-action=language]");
  await page.waitForSelector("text=阅片室");
  await page.reload();
  await page.waitForSelector("text=阅片室");
  await leave(page);
});

test("no key is missing in a language", () => {
  const folder = join(process.env.DENS_SOURCE, "page", "src", "i18n");
  const catalogue = (language) => Object.assign({}, ...readdirSync(folder).filter((name) => name === `${language}.json` || name.endsWith(`.${language}.json`)).sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf-8"))));
  const [en, zh] = ["en", "zh"].map(catalogue);
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) {
    const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(holes(zh[key]), holes(en[key]), key);
    assert.ok(zh[key].length > 0, key);
  }
});

test("the colours: dark unless chosen otherwise, by the keyboard; the system's only when that was chosen; images stay on black", { skip, timeout: 60000 }, async () => {
  const page = await openPage(browser, server.url);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number)[0]);
  const black = () => page.evaluate(() => getComputedStyle(document.querySelector(".middle")).backgroundColor);
  const press = async () => {
    await page.focus("[data-action=theme]");
    await page.keyboard.press("Enter");
    await page.waitForTimeout(50);
  };
  await page.waitForSelector("[data-action=theme][data-chosen=dark]");
  await page.emulateMedia({ colorScheme: "light" });
  assert.ok((await ground()) < 40, "the system's preference was not asked for");
  await press();
  assert.ok((await ground()) > 200, "the light theme is not light");
  assert.equal(await black(), "rgb(0, 0, 0)");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await page.waitForSelector("[data-action=theme][data-chosen=light]");
  assert.ok((await ground()) > 200, "the choice is not kept");
  await press();
  await page.waitForSelector("[data-action=theme][data-chosen=system]");
  assert.ok((await ground()) < 40);
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "light"); // the system's change is followed
  assert.ok((await ground()) > 200);
  assert.equal(await black(), "rgb(0, 0, 0)");
  await press();
  await page.waitForSelector("[data-action=theme][data-chosen=dark]");
  assert.ok((await ground()) < 40);
  await leave(page);
});
