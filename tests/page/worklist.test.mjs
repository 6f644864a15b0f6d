// Studies on their way in, and which of them is open: what is shown is always of the study that was asked for last.
import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { freePort, hasOrthanc, Orthanc } from "./orthanc.mjs";
import { choose, dens, journeys, leave, openPage, Server, shoot, sizes, smallCt, smallMask } from "./page.mjs";
import { zipFiles, zipFolder } from "./zip.mjs";

let folder;
const { skip, server, browser } = journeys(() => (folder = smallCt(server.folder)));

const hand = async () => (await server.ask("POST", "/studies", zipFolder(folder), "application/zip")).id;
const own = () => mkdtempSync(join(server.folder, "own-"));
const ageField = '[data-finding="patient.age"] input';
const journal = (page, study) => page.evaluate((id) => JSON.parse(localStorage.getItem(`dens.case.${id}`)), study);

async function age(page, years) {
  await page.fill(ageField, String(years));
  await page.press(ageField, "Enter");
}

test("a study that answers late does not take the place of the one that was opened after it", { skip, timeout: 120000 }, async () => {
  const [slow, quick] = [await hand(), await hand()];
  const page = await openPage(browser, server.url);
  await page.route(`**/api/v1/studies/${slow}`, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  const isSlow = (call) => call.url().endsWith(`/studies/${slow}`);
  const late = page.waitForResponse(isSlow);
  await Promise.all([page.waitForRequest(isSlow), page.goto(`${server.url}#/room/${slow}`)]);
  await page.goto(`${server.url}#/room/${quick}`);
  await page.waitForSelector(`[data-study="${quick}"][aria-current=true]`);
  await (await late).finished();
  await page.waitForTimeout(300); // for what the page would do with it
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

test("a study is fetched from the archive, and what goes wrong is told in words", { skip: skip || (hasOrthanc() ? false : "Orthanc is not installed"), timeout: 240000 }, async (t) => {
  const archive = await new Orthanc().start(server.folder);
  t.after(() => archive.stop());
  await archive.take(folder);
  const reached = await new Server().start("--dicomweb", `${archive.url}/dicom-web/`);
  const page = await openPage(browser, reached.url);
  await page.click("[data-action=archive]");
  assert.match(await ask(page, "accession", "none-of-this"), /no such study/);
  page.expected.push(/502/);
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await shoot(page, `archive-${name}`);
  }
  await page.setViewportSize(sizes.desk);
  await archive.take(smallCt(own()));
  await page.selectOption("[data-archive-key]", "patient");
  await page.fill("[data-archive-value]", "P-77-secret");
  await page.click("[data-action=fetch]");
  await page.waitForSelector("[data-found]");
  assert.equal(await page.locator("[data-found]").count(), 2);
  await shoot(page, "archive-found-desk");
  await page.click("[data-found]");
  await page.waitForSelector(".series-open", { timeout: 60000 });
  assert.equal((await page.$$(".series-open")).length, 1);
  assert.equal(await page.$("[data-archive-value]"), null, "the dialog is still there");
  assert.doesNotMatch(page.url(), /secret/);
  await page.click("[data-action=archive]");
  await archive.stop();
  assert.match(await ask(page, "accession", "A-9"), /not reached|connect/i);
  await leave(page);
  await reached.end();
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

function zipped(files) {
  const path = join(own(), "images.zip");
  writeFileSync(path, zipFiles(files));
  return path;
}

/** Drags a file or folder of the disk into the window and lets it go, as the system does. */
async function drop(page, path) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 640, y: 400, data });
  }
  await page.waitForSelector(".drop-here");
  await session.send("Input.dispatchDragEvent", { type: "drop", x: 640, y: 400, data });
}

test("a folder and a zip are dropped on the page", { skip, timeout: 120000 }, async () => {
  for (const what of [folder, zipped(Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])))]) {
    const page = await openPage(browser, server.url);
    await page.waitForSelector("[data-action=folder]");
    await drop(page, what);
    await page.waitForSelector(".series-open", { timeout: 60000 });
    assert.match(page.url(), /#\/room\/[0-9a-f]{32}/);
    assert.equal(await page.$(".drop-here"), null);
    await leave(page);
  }
});

test("what is no one study is refused in words, and nothing of it is kept", { skip, timeout: 120000 }, async () => {
  const before = (await server.ask("GET", "/studies")).length;
  const two = own();
  cpSync(folder, join(two, "one"), { recursive: true });
  cpSync(smallCt(own(), "Other^Patient"), join(two, "other"), { recursive: true });
  const huge = join(own(), "huge.zip");
  closeSync(openSync(huge, "w"));
  truncateSync(huge, 5_100_000_000); // holes alone
  const page = await openPage(browser, server.url);
  page.expected.push(/422/);
  await page.waitForSelector("[data-action=folder]");
  for (const [action, path, told] of [["folder", two, /two patients/], ["files", huge, /more than 5 GB/], ["files", zipped({ "../evil.dcm": Buffer.from("x") }), /leads out of the folder/],
    ["files", zipped({ a: Buffer.alloc(30_000_000) }), /more than the/], ["files", zipped({ "a.txt": Buffer.from("hello") }), /neither DICOM files/]]) {
    await choose(page, action, action === "folder" ? path : [path]);
    await page.waitForSelector("[data-notice=problem]");
    const words = await page.textContent("[data-notice=problem]");
    assert.match(words, told);
    assert.doesNotMatch(words, /Other|Plain|\/tmp/, "a name of a patient or of the server's folders is told");
    await page.click(".notice button");
    await page.waitForSelector("[data-action=folder]");
  }
  assert.equal((await server.ask("GET", "/studies")).length, before);
  await leave(page);
});

test("a reload in the middle of an upload is told, and the next one arrives", { skip, timeout: 120000 }, async () => {
  const page = await openPage(browser, server.url);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/studies", async (route) => {
    if (route.request().method() === "POST") {
      await held;
      await route.abort().catch(() => undefined);
    } else {
      await route.continue();
    }
  });
  await page.waitForSelector("[data-action=folder]");
  await choose(page, "folder", folder);
  await page.waitForSelector("[data-phase=send], [data-phase=read]");
  await page.reload();
  release();
  await page.waitForSelector("[data-notice=problem]");
  assert.match(await page.textContent("[data-notice=problem]"), /reload.*hand the files in again/i);
  await shoot(page, "upload-broken-desk");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await choose(page, "folder", folder);
  await page.waitForSelector(".series-open", { timeout: 60000 });
  await leave(page);
});

test("a study asked for while the server is stopped opens when it is there again, and entries of the meantime are stored", { skip, timeout: 120000 }, async () => {
  const study = await hand();
  const page = await openPage(browser, server.url);
  page.expected.push(/ERR_CONNECTION_REFUSED|Failed to load resource/);
  await page.waitForSelector(`[data-study="${study}"]`);
  await server.stop();
  await page.click(`[data-study="${study}"]`);
  await page.waitForSelector(".notice.offline");
  await age(page, 52);
  await page.waitForSelector("[data-save=offline]");
  await server.start();
  await page.waitForSelector(".series-open", { timeout: 60000 });
  await page.waitForSelector("[data-save=saved]");
  const { record } = await journal(page, study);
  assert.equal((await server.ask("GET", `/cases/${record}`)).patient.age, 52);
  await leave(page);
});

/** DCMTK's receiver; its files lie in its folder. */
async function storescp() {
  const [port, received] = [await freePort(), own()];
  const child = spawn("storescp", ["-od", received, "-aet", "PACS", String(port)], { stdio: "ignore" });
  for (let answers = false; !answers; ) {
    answers = await new Promise((resolve) => {
      const probe = connect(port, "127.0.0.1", () => (probe.end(), resolve(true))).on("error", () => setTimeout(resolve, 50, false));
    });
  }
  return { port, received, stop: () => child.kill("SIGTERM") };
}

test("a signed report is sent to a PACS and to an archive, and stands there", { skip: skip || (hasOrthanc() && existsSync("/usr/bin/storescp") ? false : "Orthanc or storescp is not installed"), timeout: 240000 }, async (t) => {
  const [archive, pacs] = [await new Orthanc().start(server.folder), await storescp()];
  t.after(() => Promise.all([archive.stop(), pacs.stop()]));
  const peers = join(own(), "peers.yaml");
  writeFileSync(peers, `peers:\n  - {name: pacs, ae: PACS, host: 127.0.0.1, port: ${pacs.port}}\n  - {name: gone, ae: GONE, host: 127.0.0.1, port: ${await freePort()}}\n`);
  const sender = await new Server().start("--peers", peers, "--dicomweb", `${archive.url}/dicom-web/`);
  const { id } = await sender.ask("POST", "/studies", zipFolder(folder), "application/zip");
  const mask = await sender.ask("POST", `/studies/${id}/masks?role=ct`, readFileSync(smallMask(own())), "application/octet-stream");
  await fetch(`${sender.url}api/v1/studies/${id}/drawing`, { method: "PUT", body: JSON.stringify({ series: 0, mask: mask.id }), headers: { "Content-Type": "application/json", "If-Match": '"0"' } });
  const page = await openPage(browser, `${sender.url}#/room/${id}?tab=report`);
  await page.fill("[data-reader]", "Dr. A. Reader");
  await page.click("[data-action=sign]");
  await page.waitForSelector('[data-version="1"] .signed', { timeout: 120000 });
  await page.click("[data-send=pacs]");
  await page.waitForSelector("[data-notice=done]:has-text('pacs')", { timeout: 60000 });
  assert.equal(readdirSync(pacs.received).length, 3);
  await page.click("[data-send=dicomweb]");
  await page.waitForSelector("[data-notice=done]:has-text('archive')", { timeout: 60000 });
  const modalities = (await archive.json("/series?expand")).map((series) => series.MainDicomTags.Modality).sort();
  assert.deepEqual(modalities, ["DOC", "SEG", "SR"]);
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await page.click("[data-action=wide]");
    await page.waitForTimeout(300);
    await shoot(page, `report-signed-${name}`);
    await page.click("[data-action=wide]");
  }
  await page.setViewportSize(sizes.desk);
  page.expected.push(/502/);
  await page.click("[data-send=gone]");
  await page.waitForSelector("[data-notice=problem]", { timeout: 60000 });
  assert.match(await page.textContent("[data-notice=problem]"), /gone: does not take/);
  await leave(page);
  await sender.end();
});

/** A DICOM node that puts what it receives into the server's store. */
async function node(store) {
  const [folder, port] = [own(), await freePort()];
  writeFileSync(join(folder, "peers.yaml"), `peers:\n  - {name: scanner, ae: CT1, host: 127.0.0.1}\n  - {name: pacs, ae: PACS, host: 127.0.0.1, port: ${await freePort()}}\n`);
  writeFileSync(join(folder, "rules.yaml"), 'quiet_seconds: 1\nrules:\n  - {name: marked, lesion: {from: seg, description: "*by hand*", role: ct}, send: {to: [pacs], objects: [sr]}}\n');
  const child = spawn(dens, ["node", "--address", "127.0.0.1", "--port", String(port), "--peers", join(folder, "peers.yaml"), "--rules", join(folder, "rules.yaml"), "-o", join(folder, "spool"), "--store", store], { stdio: ["ignore", "ignore", "pipe"] });
  await new Promise((resolve, reject) => {
    child.stderr.on("data", (text) => /listens/.test(String(text)) && resolve());
    child.once("exit", (code) => reject(new Error(`dens node ended with ${code}`)));
  });
  return { send: (path) => execFileSync("storescu", ["-R", "-aet", "CT1", "-aec", "DENS", "127.0.0.1", String(port), "+sd", "+r", path]), stop: () => child.kill("SIGTERM") };
}

test("a study that the DICOM node receives comes into the list by itself, with what was measured, and is evaluated", { skip: skip || (existsSync("/usr/bin/storescu") ? false : "storescu is not installed"), timeout: 240000 }, async (t) => {
  const receiving = await node(join(server.folder, "store"));
  t.after(receiving.stop);
  const [marked, plain] = [smallCt(own(), "Wang^XiaoDong=王^小东"), smallCt(own(), "Yamada^Tarou=山田^太郎=やまだ^たろう")];
  const drawn = own();
  execFileSync(dens, ["evaluate", "-q", marked, "--lesion", smallMask(own()), "-o", drawn]);
  execFileSync("dcmodify", ["-nb", "-m", "Manufacturer=Reader", "-m", "SeriesDescription=Lesion by hand", join(drawn, "seg.dcm")]);
  cpSync(join(drawn, "seg.dcm"), join(marked, "seg.dcm"));
  const page = await openPage(browser, server.url);
  await page.waitForSelector("[data-origin=upload]"); // those of the tests before
  receiving.send(marked);
  receiving.send(plain);
  await page.waitForSelector("[data-origin=node][data-outcome=done]", { timeout: 60000 });
  await page.waitForSelector("[data-origin=node][data-outcome=unmatched]", { timeout: 60000 });
  const row = (outcome) => page.locator(`[data-study]:has([data-outcome=${outcome}])`);
  assert.match(await row("done").textContent(), /王小东 · Wang, XiaoDong.*Node CT1 ✓/);
  assert.match(await row("unmatched").textContent(), /山田太郎 · Yamada, Tarou.*no rule of the node is for it/);
  await row("done").click();
  await page.waitForSelector(".series-open", { timeout: 60000 });
  await page.waitForSelector("[data-save=saved]");
  const study = page.url().match(/[0-9a-f]{32}/)[0];
  const { node: told } = await server.ask("GET", `/studies/${study}`);
  assert.equal((await journal(page, study)).record, told.case, "the case of the node's evaluation is not taken up");
  assert.ok(await page.locator(".measured-mark").count() > 0 || Object.keys((await journal(page, study)).case.findings).length > 0, "nothing of what was measured is there");
  await page.evaluate(() => document.querySelector("[data-action=measure]")?.scrollIntoView());
  await page.click("[data-action=measure]");
  const evaluated = () => server.ask("GET", "/results");
  for (const before = (await evaluated()).length; (await evaluated()).length === before; ) {
    await page.waitForTimeout(100);
  }
  const [newest] = await evaluated();
  assert.equal(newest.of, study);
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await shoot(page, `node-${name}`);
  }
  await page.setViewportSize(sizes.desk);
  const more = own();
  cpSync(marked, more, { recursive: true });
  execFileSync("dcmodify", ["-nb", "-gin", "-m", "SeriesInstanceUID=2.25.4711", "-m", "SeriesNumber=5", "-m", "SeriesDescription=soft", ...readdirSync(more).filter((name) => name !== "seg.dcm").map((name) => join(more, name))]);
  receiving.send(more);
  await page.click("[data-action=renew]", { timeout: 60000 });
  await page.waitForFunction(() => document.querySelectorAll(".series-open").length === 2);
  assert.equal(await page.$("[data-action=renew]"), null);
  await page.evaluate(() => localStorage.setItem("dens.language", "zh"));
  await page.reload();
  await page.waitForSelector("[data-origin=node]");
  assert.match(await row("done").textContent(), /节点 CT1 ✓.*由 DICOM 节点从 CT1 接收/);
  assert.match(await page.locator("[data-study]:has([data-origin=upload])").first().textContent(), /导入/);
  await shoot(page, "node-zh-desk");
  await leave(page);
});
