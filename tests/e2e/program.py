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


# What only the patients of our cases and phantoms have. It may never stand on standard error.
SECRET_ID, SECRET_AGE = "secret-4711", 87.25
SECRETS = [SECRET_ID, str(SECRET_AGE), "Phantom^", "DENS-10"]
told_secrets = []


def dens(*arguments, stdin=None, env=None, timeout=120, memory_kb=None):
    """Runs the program; the outcome has returncode, stdout, stderr. `memory_kb` limits the address space."""
    command = [DENS, *map(str, arguments)]
    if memory_kb and LIMITS_WORK:
        command = ["bash", "-c", f'ulimit -v {memory_kb}; exec "$@"', "dens", *command]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", input=stdin, check=False,
                         env=dict(os.environ, **(env or {})), timeout=timeout)
    told_secrets.extend(f"{secret}: {run.stderr}" for secret in SECRETS if secret in run.stderr)
    return run


def crashed(run):
    """Did the program end by a signal, or a sanitizer?"""
    return run.returncode not in (0, 1, 2, 3) or "Sanitizer" in run.stderr or "runtime error" in run.stderr


# a program with AddressSanitizer cannot start in a limited address space
LIMITS_WORK = subprocess.run(["bash", "-c", f"ulimit -v 4000000; exec '{DENS}' --help"], capture_output=True, check=False).returncode == 0


def write_case(folder, name="case.json", **changes):
    """A small valid case with changed top-level keys; a key of None is left out."""
    case = {"format": "dens-case/1", "id": SECRET_ID, "patient": {"age": SECRET_AGE, "sex": "female"},
            "findings": {"site.levels": ["C4"], "ct.density": "lytic"}}
    case.update(changes)
    case = {key: value for key, value in case.items() if value is not None}
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(case, out)
    return path


def write_nifti(path, size, voxels, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), kind="float", step_s=0.0):
    """A NIfTI-1 file written by hand: i fastest, axis-aligned sform. `voxels` is a flat list; of several volumes if `size` has four numbers."""
    code, bits, letter = {"float": (16, 32, "f"), "uint8": (2, 8, "B"), "int16": (4, 16, "h")}[kind]
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(size), *size, *[1] * (7 - len(size)))
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1.0, *spacing, step_s, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<2f", header, 112, 1.0, 0.0)
    header[123] = 2 + 8 # mm, s
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
