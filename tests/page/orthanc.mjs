// Orthanc with its DICOMweb plug-in on loopback: a real archive.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const program = "/usr/sbin/Orthanc";
const plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

export function hasOrthanc() {
  return existsSync(program) && existsSync(plugin);
}

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export class Orthanc {
  async start(folder) {
    const own = mkdtempSync(join(folder, "orthanc-"));
    const port = await freePort();
    const settings = { Name: "test", StorageDirectory: own, IndexDirectory: own, HttpPort: port, DicomPort: await freePort(), DicomAet: "ORTHANC", RemoteAccessAllowed: false, AuthenticationEnabled: false,
      Plugins: [plugin], DicomWeb: { Enable: true, Root: "/dicom-web/" } };
    writeFileSync(join(own, "orthanc.json"), JSON.stringify(settings));
    this.process = spawn(program, [join(own, "orthanc.json")], { stdio: "ignore" });
    this.url = `http://127.0.0.1:${port}`;
    for (let tries = 0; !(await fetch(`${this.url}/system`).catch(() => null))?.ok; tries++) {
      if (tries > 200) {
        throw new Error("Orthanc does not answer");
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return this;
  }

  /** The DICOM files of a folder. */
  async take(folder) {
    for (const name of readdirSync(folder)) {
      await fetch(`${this.url}/instances`, { method: "POST", body: readFileSync(join(folder, name)) });
    }
  }

  async json(path) {
    return (await fetch(this.url + path)).json();
  }

  async stop() {
    if (this.process.exitCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGTERM");
      await ended;
    }
  }
}
