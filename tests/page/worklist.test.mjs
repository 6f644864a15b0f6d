// Studies on their way in, and which of them is open: what is shown is always of the study that was asked for last.
import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { test } from "node:test";

import { Orthanc, hasOrthanc } from "./orthanc.mjs";
import { journeys, leave, openPage, Server, shoot, sizes, smallCt } from "./page.mjs";
import { zipFolder } from "./zip.mjs";

let folder;
const { skip, server, browser } = journeys(() => (folder = smallCt(server.folder)));

const hand = async () => (await server.ask("POST", "/studies", zipFolder(folder), "application/zip")).id;
const ageField = '[data-finding="patient.age"] input';
const journal = (page, study) => page.evaluate((id) => JSON.parse(localStorage.getItem(`dens.case.${id}`)), study);

async function age(page, years) {
  await page.fill(ageField, String(years));
  await page.press(ageField, "Enter");
}

test("a study that answers late does not take the place of the one that was opened after it", { skip, timeout: 120000 }, async () => {
  const [slow, quick] = [await hand(), await hand()];
  const page = await openPage(browser, server.url);
  let answered = false;
  await page.route(`**/api/v1/studies/${slow}`, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
    answered = true;
  });
  await page.goto(`${server.url}#/room/${slow}`);
  await page.goto(`${server.url}#/room/${quick}`);
  await page.waitForSelector(`[data-study="${quick}"][aria-current=true]`);
  await page.waitForTimeout(2000);
  assert.ok(answered);
  assert.ok(await page.$(`[data-study="${quick}"][aria-current=true]`), "the late answer is shown");
  await leave(page);
});

test("an entry that is stored while another study is opened stays with its own study", { skip, timeout: 120000 }, async () => {
  const [first, second] = [await hand(), await hand()];
  const page = await openPage(browser, server.url);
  await page.route("**/api/v1/cases", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, route.request().method() === "POST" ? 1500 : 0));
    await route.continue();
  });
  await page.goto(`${server.url}#/room/${first}`);
  await page.waitForSelector(ageField);
  const stored = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/cases"));
  await age(page, 41);
  await page.waitForSelector("[data-save=saving]");
  await page.goto(`${server.url}#/room/${second}`);
  const { id } = await (await stored).json();
  await page.waitForFunction((of) => JSON.parse(localStorage.getItem(`dens.case.${of}`))?.record, first);
  assert.equal((await journal(page, first)).record, id);
  assert.equal(await page.inputValue(ageField), "");
  await age(page, 23);
  await page.waitForSelector("[data-save=saved]");
  const other = (await journal(page, second)).record;
  assert.notEqual(other, id, "the second patient's case is stored over the first one's");
  assert.deepEqual([(await server.ask("GET", `/cases/${id}`)).patient.age, (await server.ask("GET", `/cases/${other}`)).patient.age], [41, 23]);
  await leave(page);
});

/** Asks for a study by the dialog; what it then says. */
async function ask(page, key, value) {
  await page.selectOption("[data-archive-key]", key);
  await page.fill("[data-archive-value]", value);
  await page.click("[data-action=fetch]");
  await page.waitForFunction(() => /\S/.test(document.querySelector("[data-archive-told].refusal")?.textContent ?? ""), null, { timeout: 60000 });
  return page.textContent("[data-archive-told]");
}

test("a study is fetched from the archive, and what goes wrong is told in words", { skip: skip || (hasOrthanc() ? false : "Orthanc is not installed"), timeout: 240000 }, async () => {
  const archive = await new Orthanc().start(server.folder);
  await archive.take(folder);
  const own = await new Server().start("--dicomweb", `${archive.url}/dicom-web/`);
  const page = await openPage(browser, own.url);
  await page.click("[data-action=archive]");
  assert.match(await ask(page, "accession", "none-of-this"), /finds no study/);
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await shoot(page, `archive-${name}`);
  }
  await page.setViewportSize(sizes.desk);
  await page.selectOption("[data-archive-key]", "patient");
  await page.fill("[data-archive-value]", "P-77-secret");
  await page.click("[data-action=fetch]");
  await page.waitForSelector(".series-open", { timeout: 60000 });
  assert.equal((await page.$$(".series-open")).length, 1);
  assert.equal(await page.$("[data-archive-value]"), null, "the dialog is still there");
  assert.doesNotMatch(page.url(), /secret/);
  await page.click("[data-action=archive]");
  await archive.stop();
  assert.match(await ask(page, "accession", "A-9"), /not reached|connect/i);
  await leave(page);
  await own.end();
});

test("an archive that does not know who asks is told as such", { skip, timeout: 120000 }, async () => {
  const closed = createServer((_, answer) => answer.writeHead(401).end());
  await new Promise((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const own = await new Server().start("--dicomweb", `http://127.0.0.1:${closed.address().port}/dicom-web/`);
  const page = await openPage(browser, own.url);
  await page.click("[data-action=archive]");
  assert.match(await ask(page, "study", "1.2.3"), /not known/);
  await leave(page);
  await own.end();
  closed.close();
});
