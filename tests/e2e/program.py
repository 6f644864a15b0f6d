"""Running the built program, and small files to feed it with."""

import gzip
import json
import os
import struct
import subprocess

SOURCE = os.environ["DENS_SOURCE"]
BUILD = os.environ["DENS_BUILD"]
SHARED = os.environ["DENS_SHARED"]
DENS = os.path.join(BUILD, "dens")


def dens(*arguments, stdin=None, env=None, timeout=120):
    """Runs the program; the outcome has returncode, stdout, stderr."""
    environment = dict(os.environ, **(env or {}))
    return subprocess.run([DENS, *map(str, arguments)], capture_output=True, text=True, input=stdin, check=False,
                          env=environment, timeout=timeout)


def write_case(folder, name="case.json", **changes):
    """A small valid case with changed top-level keys; a key of None is left out."""
    case = {"format": "dens-case/1", "id": "test", "patient": {"age": 40, "sex": "female"},
            "findings": {"site.levels": ["C4"], "ct.density": "lytic"}}
    case.update(changes)
    case = {key: value for key, value in case.items() if value is not None}
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(case, out)
    return path


def write_nifti(path, size, voxels, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), kind="float"):
    """A NIfTI-1 file written by hand: i fastest, axis-aligned sform. `voxels` is a flat list."""
    code, bits, letter = {"float": (16, 32, "f"), "uint8": (2, 8, "B"), "int16": (4, 16, "h")}[kind]
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1.0, *spacing, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<2f", header, 112, 1.0, 0.0)
    header[123] = 2
    struct.pack_into("<2h", header, 252, 0, 1)
    rows = [(spacing[0], 0, 0, origin[0]), (0, spacing[1], 0, origin[1]), (0, 0, spacing[2], origin[2])]
    for row, values in enumerate(rows):
        struct.pack_into("<4f", header, 280 + 16 * row, *values)
    header[344:348] = b"n+1\0"
    body = bytes(header) + b"\0\0\0\0" + struct.pack(f"<{len(voxels)}{letter}", *voxels)
    with (gzip.open if path.endswith(".gz") else open)(path, "wb") as out:
        out.write(body)
    return path


def one_line(outcome):
    """The single error line of a failed run, or a description of what is wrong with it."""
    lines = [line for line in outcome.stderr.splitlines() if not line.startswith(("dens: warning:", "dens: info:"))]
    return lines[0] if len(lines) == 1 else f"{len(lines)} lines: {outcome.stderr!r}"
