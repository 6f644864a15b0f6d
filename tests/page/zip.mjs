// A folder as a zip in memory: what a browser's page hands in. The library is the page's own.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export function zipFolder(folder) {
  const { zipSync } = createRequire(join(process.env.DENS_BUILD, "page", "package.json"))("fflate");
  const files = Object.fromEntries(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
  return zipSync(files, { level: 1 });
}
