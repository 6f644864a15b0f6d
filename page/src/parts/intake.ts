// Files that the reader drops or chooses, and the zip that is made of them. Names of files and folders may name a patient: they stay here.
import { Zip, ZipPassThrough } from "fflate";

export interface Handed {
  name: string; // without its folders
  file: File;
}

/** What a NIfTI file is: the role of a series, or a mask or label map beside them. */
export const uses = ["ct", "xr", "t1", "t2", "stir", "t1c", "in", "opp", "dwi", "adc", "dce", "pet", "lesion", "labels", "leave"] as const;
export type Use = (typeof uses)[number];

const FLUSH_BYTES = 32 << 20; // what is packed leaves the memory for a blob in such pieces

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return all;
    }
    all.push(...some); // a browser gives a hundred at a time
  }
}

async function walk(entry: FileSystemEntry, into: Handed[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    into.push({ name: file.name, file });
    return;
  }
  for (const inner of await entriesOf(entry as FileSystemDirectoryEntry)) {
    await walk(inner, into);
  }
}

/** The files of a drop, those of folders with them. */
export async function filesOf(transfer: DataTransfer): Promise<Handed[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null); // before the first await: then they are gone
  const handed: Handed[] = [];
  for (const entry of entries) {
    await walk(entry, handed);
  }
  return handed;
}

export function isZip(handed: Handed): boolean {
  return /\.zip$/i.test(handed.name);
}

export function isNifti(handed: Handed): boolean {
  return /\.nii(\.gz)?$/i.test(handed.name);
}

const hints: [RegExp, Use][] = [
  [/^anatomy/, "leave"],
  [/label|totalseg|vertebra/, "labels"],
  [/lesion|mask|tumou?r|seg/, "lesion"],
  [/t1.?(c|gd|ce|post)|(post|gd|contrast).*t1/, "t1c"],
  [/stir|tirm/, "stir"],
  [/adc/, "adc"],
  [/dwi|diff|trace/, "dwi"],
  [/dce|perf/, "dce"],
  [/opp|out.?of.?phase/, "opp"],
  [/in.?phase/, "in"],
  [/t2/, "t2"],
  [/t1/, "t1"],
  [/pet|suv/, "pet"],
  [/ct/, "ct"],
];

/** A first guess from the name, for the reader to correct. */
export function guessUse(name: string): Use {
  const plain = name.toLowerCase().replace(/\.nii(\.gz)?$/, "");
  const whole = uses.find((use) => use === plain);
  return whole ?? hints.find(([pattern]) => pattern.test(plain))?.[1] ?? "leave";
}

export interface Packed {
  name: string; // in the zip
  file: File;
}

/** What goes into the zip: volumes by their roles, all else under a number. */
export function packingList(handed: Handed[], choices: ReadonlyMap<Handed, Use>): Packed[] {
  const list: Packed[] = [];
  for (const one of handed) {
    const use = choices.get(one);
    if (use === undefined) {
      const sidecar = /\.(bval|json)$/i.exec(one.name)?.[1]?.toLowerCase();
      const volume = sidecar ? [...choices.keys()].find((v) => v.name.replace(/\.nii(\.gz)?$/i, "") === one.name.replace(/\.(bval|json)$/i, "")) : undefined;
      const of = volume && choices.get(volume);
      if (of && of !== "lesion" && of !== "labels" && of !== "leave") {
        list.push({ name: `${of}.${sidecar}`, file: one.file });
      } else if (!sidecar) {
        list.push({ name: `dicom/${String(list.length).padStart(5, "0")}${/\.dcm$/i.test(one.name) ? ".dcm" : ""}`, file: one.file });
      }
    } else if (use !== "lesion" && use !== "labels" && use !== "leave") {
      list.push({ name: `${use}.nii${/\.gz$/i.test(one.name) ? ".gz" : ""}`, file: one.file });
    }
  }
  return list;
}

/** A zip of the files, not compressed: the server is near. */
export async function pack(list: Packed[], onProgress: (share: number) => void, signal: AbortSignal): Promise<Blob> {
  const total = list.reduce((sum, one) => sum + one.file.size, 0) || 1;
  const blobs: Blob[] = [];
  let parts: BlobPart[] = [];
  let held = 0;
  let done = 0;
  let fault: Error | null = null;
  const flush = (): void => {
    blobs.push(new Blob(parts));
    parts = [];
    held = 0;
  };
  const zip = new Zip((problem, data) => {
    fault ??= problem;
    parts.push(data as Uint8Array<ArrayBuffer>);
    held += data.length;
    if (held > FLUSH_BYTES) {
      flush();
    }
  });
  for (const one of list) {
    const entry = new ZipPassThrough(one.name);
    zip.add(entry);
    const reader = one.file.stream().getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      signal.throwIfAborted();
      entry.push(piece.value);
      done += piece.value.length;
      onProgress(done / total);
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  flush();
  if (fault) {
    throw fault as Error;
  }
  return new Blob(blobs, { type: "application/zip" });
}
