#!/usr/bin/env python3
"""Builds the page and packs it for the program.

    build.py SOURCE WORK OUT_BIN OUT_INDEX

SOURCE is this folder, WORK a folder of the build in which node's packages and Vite's output stand: nothing is written into the
source tree. OUT_BIN holds the files one after the other, each as it is and, if that is smaller, compressed; OUT_INDEX is the C
table of them. The packages are installed anew only when the lock file changed."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
         ".json": "application/json", ".png": "image/png", ".woff2": "font/woff2", ".wasm": "application/wasm", ".ico": "image/x-icon",
         ".txt": "text/plain; charset=utf-8"}
COPIED = ["package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "index.html", "src", "public"]


def fail(what):
    sys.exit(f"page/build.py: {what}")


def run(work, *command):
    told = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, env=dict(os.environ, CI="1", NO_COLOR="1"))
    if told.returncode != 0:
        sys.stderr.write(told.stdout + told.stderr)
        fail(f"{' '.join(command)} failed")


def copy_sources(source, work):
    os.makedirs(work, exist_ok=True)
    for name in COPIED:
        there, here = os.path.join(source, name), os.path.join(work, name)
        if os.path.isdir(here):
            shutil.rmtree(here)
        if os.path.isdir(there):
            shutil.copytree(there, here)
        elif os.path.exists(there):
            shutil.copy2(there, here)


def install_packages(work):
    with open(os.path.join(work, "package-lock.json"), "rb") as stream:
        wanted = hashlib.sha256(stream.read()).hexdigest()
    stamp = os.path.join(work, "node_modules", ".installed")
    if os.path.exists(stamp) and open(stamp, encoding="ascii").read() == wanted:
        return
    run(work, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    with open(stamp, "w", encoding="ascii") as stream:
        stream.write(wanted)


def files_of(folder):
    for parent, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(parent, name)
            yield "/" + os.path.relpath(path, folder), open(path, "rb").read()


def pack(dist, out_bin, out_index):
    rows, offset = [], 0
    with open(out_bin + ".new", "wb") as stream:
        for name, data in files_of(dist):
            kind = TYPES.get(os.path.splitext(name)[1])
            if kind is None:
                fail(f"{name}: a kind of file that the server does not know")
            small = gzip.compress(data, 9, mtime=0)
            packed = small if len(small) < len(data) else b""
            stream.write(data + packed)
            rows.append(f'{{"{name}", "{kind}", "\\"{hashlib.sha256(data).hexdigest()[:32]}\\"", {offset}, {len(data)}, {len(packed)}}},\n')
            offset += len(data) + len(packed)
    with open(out_index, "w", encoding="ascii") as stream:
        stream.write("".join(rows))
    os.replace(out_bin + ".new", out_bin)


def main():
    source, work, out_bin, out_index = map(os.path.abspath, sys.argv[1:])
    copy_sources(source, work)
    install_packages(work)
    run(work, "node_modules/.bin/tsc", "--noEmit")
    run(work, "node_modules/.bin/vite", "build")
    pack(os.path.join(work, "dist"), out_bin, out_index)


main()
