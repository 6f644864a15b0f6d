// What the journeys share: a server of their own on a free port, phantom studies in it, the browser of the system, and a page
// that fails its test if it says an error on the console or asks anything of another origin.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { strict as assert } from "node:assert";

const build = process.env.DENS_BUILD;
const require = createRequire(join(build, "page", "package.json")); // the packages stand in the build folder
export const dens = join(build, "dens");
export const browserPath = "/usr/bin/chromium";

const flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];

export const sizes = { desk: { width: 1280, height: 800 }, tablet: { width: 820, height: 1180 }, small: { width: 1024, height: 768 } };

/** A server with a store of its own: {url, folder, stop(), start()}. */
export class Server {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "dens-page-"));
    this.port = 0;
  }

  async start(...more) {
    const child = spawn(dens, ["serve", "--port", String(this.port), "--store", join(this.folder, "store"), ...more], { stdio: ["ignore", "pipe", "pipe"] });
    let told = "";
    child.stderr.on("data", (text) => (told += text));
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
    this.process = child;
    this.url = await new Promise((resolve, reject) => {
      child.stdout.once("data", (text) => resolve(String(text).trim()));
      this.ended.then((code) => reject(new Error(`dens serve ended with ${code}: ${told}`)));
    });
    this.port = new URL(this.url).port; // a second start answers at the same address
    return this;
  }

  /** Ends it, if it still runs; it must end well. */
  async stop() {
    this.process.kill("SIGTERM");
    assert.equal(await this.ended, 0, "dens serve does not end well");
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async ask(method, path, body, type = "application/json") {
    const response = await fetch(`${this.url}api/v1${path}`, { method, body, headers: body ? { "Content-Type": type } : {} });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? "" : await response.text()}`);
    return response.json();
  }

  /** Evaluates the study's CT with a mask and gives the result's id. */
  async evaluate(study, mask) {
    const stored = await this.ask("POST", `/studies/${study}/masks?role=ct`, mask, "application/octet-stream");
    let job = await this.ask("POST", "/evaluate", JSON.stringify({ study, masks: [stored.id] }));
    while (job.state === "queued" || job.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 200));
      job = await this.ask("GET", `/jobs/${job.id}`);
    }
    assert.equal(job.state, "done", JSON.stringify(job.problem));
    return job.result;
  }

  /** A folder with the DICOM files of a phantom. */
  phantom(diagnosis, seed = 1, ...more) {
    const folder = join(this.folder, `${diagnosis}-${seed}`);
    execFileSync(dens, ["phantom", "-q", "--diagnosis", diagnosis, "--seed", String(seed), ...more, "-o", folder]);
    return folder;
  }
}

let chromium = null;

/** Why no journey can be made on this machine; null if it can. */
export function whyNot() {
  try {
    execFileSync(browserPath, ["--version"], { stdio: "ignore" });
    chromium = require("playwright-core").chromium;
    return null;
  } catch {
    return "chromium or the page's packages are not there";
  }
}

/** A server and a browser for the tests of a file, from before the first to after the last; `prepare` is called once they stand. */
export function journeys(prepare = () => {}, ...options) {
  const skip = whyNot() ?? false;
  const server = new Server();
  let launched = null;
  before(async () => {
    if (!skip) {
      await server.start(...options);
      launched = await openBrowser();
      await prepare();
    }
  });
  after(async () => {
    if (!skip) {
      await launched.close();
      await server.end();
    }
  });
  return { skip, server, browser: { newContext: (settings) => launched.newContext(settings) } };
}

export async function openBrowser() {
  return chromium.launch({ executablePath: browserPath, args: flags });
}

/** Hands files in as the reader does by the button. */
export async function choose(page, action, files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click(`[data-action=${action}]`)]);
  await chooser.setFiles(files);
}

function withSmallCt(call, ...values) {
  const e2e = join(process.env.DENS_SOURCE, "tests", "e2e");
  return execFileSync("/usr/bin/python3", ["-c", `import sys; sys.path[:0] = [sys.argv[1]]; import small_ct; print(${call})`, e2e, ...values], { encoding: "utf-8" }).trim();
}

/** A small CT series of one patient (P-77-secret, accession number A-9), as the other end-to-end tests have it: its folder. */
export function smallCt(folder, name = "Plain^Name") {
  return withSmallCt("small_ct.series(sys.argv[2], name=sys.argv[3])[0]", folder, name);
}

/** The mask of a lesion on it: its file. */
export function smallMask(folder) {
  return withSmallCt("small_ct.write_mask(sys.argv[2])", folder);
}

/** A page of a browser of its own, watched: `faults` must be empty at the end (see `leave`). */
export async function openPage(browser, url, size = sizes.desk) {
  const context = await browser.newContext({ viewport: size, locale: "en-GB", acceptDownloads: true });
  const page = await context.newPage();
  const origin = new URL(url).origin;
  page.faults = [];
  page.expected = []; // patterns of console errors that a test provokes, such as the refusal of a request
  page.on("console", (message) => {
    if (message.type() === "error" && !page.expected.some((pattern) => pattern.test(message.text()))) {
      page.faults.push(message.text());
    }
  });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && !["blob:", "data:"].includes(asked.protocol)) {
      page.faults.push(`asks ${request.url()}`);
    }
  });
  await page.goto(url);
  return page;
}

/** A screenshot into $DENS_SCREENSHOTS, if that is set. */
export async function shoot(page, name) {
  if (process.env.DENS_SCREENSHOTS) {
    mkdirSync(process.env.DENS_SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(process.env.DENS_SCREENSHOTS, `${name}.png`) });
  }
}

export async function leave(page) {
  const { faults } = page;
  await page.context().close();
  assert.deepEqual(faults, []);
}

/** What is asked for, once it is as it should be: the software renderer takes its time. */
export async function once(ask, good, what) {
  for (const until = Date.now() + 15000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const now = await ask();
    if (good(now)) {
      return now;
    }
    assert.ok(Date.now() < until, `${what}: ${JSON.stringify(now)}`);
  }
}
