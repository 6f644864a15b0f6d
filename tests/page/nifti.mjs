// Volumes, masks and label maps as NIfTI files, as far as the journeys look into them.
import { strict as assert } from "node:assert";
import { gunzipSync } from "node:zlib";

/** The file's bytes as a copy of its own, not compressed. */
export function opened(bytes) {
  return bytes[0] === 0x1f ? gunzipSync(bytes) : Buffer.from(bytes);
}

/** The voxels of a NIfTI file that are not 0, as booleans. */
export function marked(bytes) {
  const file = opened(bytes);
  const step = file.readInt16LE(72) / 8;
  const count = [42, 44, 46].reduce((product, at) => product * file.readInt16LE(at), 1);
  const begin = file.readFloatLE(108);
  return Array.from({ length: count }, (_, voxel) => file.subarray(begin + voxel * step, begin + (voxel + 1) * step).some((byte) => byte !== 0));
}

/** The value of a float32 volume along the patient's axes at a place (RAS, mm), and of the voxels around it: a place that was rounded may lie in them. */
export function valuesAround(file, ras) {
  const entry = (row, column) => file.readFloatLE(280 + 16 * row + 4 * column);
  const at = [0, 1, 2].map((row) => (ras[row] - entry(row, 3)) / entry(row, row));
  const around = (index) => [...new Set([Math.round(index - 0.15), Math.round(index + 0.15)])];
  const [nx, ny] = [42, 44].map((dim) => file.readInt16LE(dim));
  return around(at[0]).flatMap((i) => around(at[1]).flatMap((j) => around(at[2]).map((k) => file.readFloatLE(file.readFloatLE(108) + 4 * (i + nx * (j + ny * k))))));
}

export function voxelMl(bytes) {
  const file = opened(bytes);
  return [80, 84, 88].reduce((product, at) => product * file.readFloatLE(at), 1) / 1000;
}

export function dice(a, b) {
  assert.equal(a.length, b.length);
  const both = a.filter((set, at) => set && b[at]).length;
  return (2 * both) / (a.filter(Boolean).length + b.filter(Boolean).length);
}

/** Middles of the labels in a NIfTI file, in its millimetres. */
export function middles(bytes, wanted) {
  const file = opened(bytes);
  const [nx, ny, nz] = [42, 44, 46].map((at) => file.readInt16LE(at));
  const step = file.readInt16LE(72) / 8;
  const begin = file.readFloatLE(108);
  const rows = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => file.readFloatLE(280 + 16 * row + 4 * column)));
  return wanted.map((label) => {
    const sum = [0, 0, 0, 0];
    for (let at = 0; at < nx * ny * nz; at++) {
      if (file.readUIntLE(begin + at * step, step) === label) {
        [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny), 1].forEach((value, axis) => (sum[axis] += value));
      }
    }
    return rows.map((row) => row[3] + (row[0] * sum[0] + row[1] * sum[1] + row[2] * sum[2]) / sum[3]);
  });
}

/** A place (RAS, mm) after the patient bent the neck, about the x axis, and was laid elsewhere. */
export function bent([x, y, z], degrees, by) {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [x, cosine * y - sine * z, sine * y + cosine * z].map((mm, axis) => mm + by[axis]);
}

/** The same volume there. */
export function moved(bytes, degrees, by) {
  const file = opened(bytes);
  file.writeInt16LE(0, 252); // the affine alone says where it lies
  file.writeInt16LE(1, 254);
  for (let column = 0; column < 4; column++) {
    const at = (row) => 280 + 16 * row + 4 * column;
    const turned = bent([0, 1, 2].map((row) => file.readFloatLE(at(row))), degrees, column === 3 ? by : [0, 0, 0]);
    turned.forEach((value, row) => file.writeFloatLE(value, at(row)));
  }
  return file;
}

/** The same mask with the upper part of its slices empty. */
export function smaller(mask) {
  const half = Buffer.from(opened(mask));
  const [columns, rows, slices] = [42, 44, 46].map((at) => half.readInt16LE(at));
  const sliceBytes = (columns * rows * half.readInt16LE(72)) / 8;
  const begin = half.readFloatLE(108);
  const filled = [...Array(slices).keys()].filter((z) => half.subarray(begin + z * sliceBytes, begin + (z + 1) * sliceBytes).some((byte) => byte !== 0));
  half.fill(0, begin + filled[Math.floor(filled.length * 0.6)] * sliceBytes);
  return half;
}
