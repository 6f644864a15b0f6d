// A folder as a zip in memory: what a browser's page hands in. The library is the page's own.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Contents by their names in the zip. */
export function zipFiles(files) {
  const { zipSync } = createRequire(join(process.env.DENS_BUILD, "page", "package.json"))("fflate");
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, body]) => [name, new Uint8Array(body)])), { level: 1 });
}

export function zipFolder(folder) {
  return zipFiles(Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])));
}
