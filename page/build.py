#!/usr/bin/env python3
"""Builds the page and packs it for the program.

    build.py SOURCE WORK OUT_BIN OUT_INDEX DEPFILE required|optional

SOURCE is this folder, WORK a folder of the build in which node's packages and Vite's output stand: nothing is written into the
source tree. OUT_BIN holds the files one after the other, each as it is and, if that is smaller, compressed; OUT_INDEX is the C
table of them. DEPFILE tells ninja what they were made of. The packages are installed anew only when the lock file changed. Where
they cannot be installed, as without a network, an optional page is one that says so, and the next build tries again."""

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


ABSENT = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>dens</title></head>
<body>
<h1>dens</h1>
<p>The server runs, but this program was built without its page: npm could not install the packages it is made of. Programs speak to the server under
<a href="/api/v1/">/api/v1/</a>, as <code>schema/openapi.yaml</code> tells.</p>
<p>Decision support for professionals and for research; not a certified medical device.</p>
</body>
</html>
"""


def fail(what):
    sys.exit(f"page/build.py: {what}")


def succeeds(work, *command):
    told = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, env=dict(os.environ, CI="1", NO_COLOR="1"))
    if told.returncode != 0:
        sys.stderr.write(told.stdout + told.stderr)
    return told.returncode == 0


def run(work, *command):
    if not succeeds(work, *command):
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
        return True
    if not succeeds(work, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
                    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"):
        return False
    with open(stamp, "w", encoding="ascii") as stream:
        stream.write(wanted)
    return True


def pack_absent(work, outputs):
    """The page that says there is none."""
    folder = os.path.join(work, "absent")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "index.html"), "w", encoding="utf-8") as stream:
        stream.write(ABSENT)
    pack(folder, *outputs)
    print("page/build.py: warning: built without the page, as npm could not install its packages", file=sys.stderr)


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


def write_depfile(path, outputs, inputs):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(" ".join(outputs) + ": " + " ".join(inputs) + "\n")


def main():
    source, work = map(os.path.abspath, sys.argv[1:3])
    outputs, depfile, need = sys.argv[3:5], sys.argv[5], sys.argv[6]
    copy_sources(source, work)
    if not install_packages(work):
        if need == "required":
            fail("npm could not install the page's packages")
        pack_absent(work, outputs)
        # a file that never is: ninja holds what depends on it for old, so that the next build tries again
        write_depfile(depfile, outputs, [os.path.join(work, "packages-installed")])
        return
    run(work, "node_modules/.bin/tsc", "--noEmit")
    run(work, "node_modules/.bin/vite", "build")
    pack(os.path.join(work, "dist"), *outputs)
    write_depfile(depfile, outputs, [os.path.join(parent, name) for parent, folders, names in os.walk(source)
                                     if "node_modules" not in parent for name in names])


main()
