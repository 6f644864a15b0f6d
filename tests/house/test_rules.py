"""The rules of the house that a machine can check.

- A room includes only itself and lower floors (docs/architecture.md).
- A third-party library is named in its adapter only.
- The library does not print, end the process, or call what banned.h bans.
- Every header compiles alone, as C; the public ones and the DICOM adapter's as C++, too.
- The shared library exports only names that begin with dens_.
- The program that ranks case files links no library for images, fonts or DICOM.
- Every file of src/ and include/ begins with a comment that says what it is.
- No function is longer than MOST_LINES, and nothing is left to be done (universal-ctags counts the lines).
- No machine's path stands in a tracked file.
"""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from tap import Tap  # noqa: E402

SOURCE = os.environ["DENS_SOURCE"]
BUILD = os.environ["DENS_BUILD"]

FLOORS = {
    "base": 1,
    "document": 2, "image": 2,
    "dicom": 3, "knowledge": 3, "segment": 3, "align": 3,
    "measure": 4, "radiomics": 4, "infer": 4, "score": 4, "phantom": 4,
    "reading": 5, "advice": 5,
    "report": 6, "remote": 6,
    "evaluate": 7, "store": 7,
    "serve": 8, "node": 8, "batch": 8,
    "cli": 9,
}
# narrower than the floors: a renderer draws the result, a measurement knows no diagnosis, a phantom no threshold
ONLY = {
    "report": {"report", "document", "dicom", "base"},
    "measure": {"measure", "image", "base"},
    "radiomics": {"radiomics", "image", "base"},
    "phantom": {"phantom", "image", "dicom", "base"},
}
ADAPTERS = {
    r"jansson\.h": {"src/base/json.c"},
    r"libfyaml\.h": {"src/base/yaml.c"},
    r"openssl/": {"src/base/hash.c", "src/dicom/uid.c"},
    r"nifti": {"src/image/nifti.c"},
    r"kissfft/": {"src/radiomics/autocorrelation.c"},
    r"libqhull": {"src/radiomics/hull.c"},
    r"openjpeg": {"src/dicom/j2k.c"},
    r"(cairo|pango)": {"src/report/sheet.c"},
    r"microhttpd": {"src/serve/http.c"},
    r"zip\.h": {"src/serve/zip.c"},
    r"sqlite3": {"src/store/sqlite.c"},
    r"curl/": {"src/remote/http.c"},
    r"dcmtk/": None,  # any .cc or .hh of src/dicom
}
MOST_LINES = 80


def files(*suffixes, below="src"):
    for folder, _, names in os.walk(os.path.join(SOURCE, below)):
        for name in sorted(names):
            if name.endswith(suffixes):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, SOURCE), open(path, encoding="utf-8").read()


def tracked_texts():
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], capture_output=True, text=True, check=True)
    for path in listed.stdout.split("\0")[:-1]:
        try:
            yield path, open(os.path.join(SOURCE, path), encoding="utf-8").read()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # an image or DICOM file, or one deleted and not yet committed


def include_graph():
    for path, text in files(".c", ".h", ".cc", ".hh"):
        parts = path.split(os.sep)
        if len(parts) < 3:
            continue
        room = parts[1]
        if room not in FLOORS:
            yield f"{path}: the room {room} has no floor"
            continue
        for other in re.findall(r'#include "([a-z]+)/', text):
            if other == "dens":
                continue
            if other not in FLOORS:
                yield f"{path}: includes from {other}, which is no room"
            elif other != room and FLOORS[other] >= FLOORS[room]:
                yield f"{path}: includes {other}, which is not below {room}"
            elif room in ONLY and other not in ONLY[room]:
                yield f"{path}: includes {other}; {room} may include only {', '.join(sorted(ONLY[room]))}"


def adapters():
    for path, text in files(".c", ".h", ".cc", ".hh"):
        for pattern, allowed in ADAPTERS.items():
            if not re.search(r"#\s*include\s*[<]" + pattern, text):
                continue
            good = path.startswith("src/dicom/") and path.endswith((".cc", ".hh")) if allowed is None else path in allowed
            if not good:
                yield f"{path}: includes {pattern}; only its adapter may"


def quiet_library():
    pattern = re.compile(r"(?<![\w.>])(printf|puts|putchar|exit|abort|system|fork|vprintf|perror)\s*\(")
    for path, text in files(".c", ".cc"):
        if path.startswith("src/cli/") or path == "src/base/memory.c":
            continue
        bare = re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\])*"', " ", text, flags=re.S)
        for match in pattern.finditer(bare):
            yield f"{path}: calls {match.group(1)}"


def compile_header(compiler, language, path):
    flags = ["-std=c17", "-Wstrict-prototypes"] if language == "c" else ["-std=c++17"]
    command = [compiler, "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-D_GNU_SOURCE",
               '-DDENS_VERSION="0"', f"-I{SOURCE}/include", f"-I{SOURCE}/src", *flags, "-"]
    unit = f'#include "{path}"\nextern int not_empty;\n'
    run = subprocess.run(command, input=unit, text=True, capture_output=True, check=False)
    return run.returncode == 0, run.stderr.strip().splitlines()[:1]


def headers():
    own = [path for path, _ in files(".h")] + [path for path, _ in files(".h", below="include")]
    for path in own:
        name = re.sub(r"^(src|include)/", "", path)
        good, fault = compile_header("gcc", "c", name)
        if not good:
            yield f"{path} as C: {fault}"
        if path.startswith("include/") or name == "dicom/dicom.h":
            good, fault = compile_header("g++", "c++", name)
            if not good:
                yield f"{path} as C++: {fault}"


def exported():
    library = os.path.join(BUILD, "libdens.so")
    names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-1] for line in names.splitlines()]
    if not symbols:
        yield "the library exports nothing"
    for symbol in symbols:
        if not symbol.startswith("dens_"):
            yield f"exported: {symbol}"


def light_program():
    """dens starts in two milliseconds because it links little; the rest belongs to dens-imaging (src/cli/commands.c)."""
    allowed = re.compile(r"lib(jansson|fyaml|crypto|z|m|c|gcc_s|asan|ubsan|stdc\+\+|pthread)\.so")
    run = subprocess.run(["readelf", "-d", os.path.join(BUILD, "dens")], capture_output=True, text=True, check=True)
    libraries = re.findall(r"\(NEEDED\).*\[(.*)\]", run.stdout)
    if not libraries:
        yield "readelf found no library"
    for library in libraries:
        if not allowed.match(library):
            yield f"dens links {library}: a command that needs it stands in src/cli/commands.c only"


def heads():
    for below in ("src", "include"):
        for path, text in files(".c", ".h", ".cc", ".hh", below=below):
            if not text.startswith(("/* ", "/** ")):
                yield f"{path}: does not begin with a comment"


def unfinished():
    pattern = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    for path, text in tracked_texts():
        for match in pattern.finditer(text):
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group(0)}"


def long_functions():
    paths = [path for path, _ in files(".c", ".h", ".cc", ".hh")]
    run = subprocess.run(["ctags", "--output-format=json", "--kinds-C=f", "--kinds-C++=f", "--fields=+ne", "-f", "-", *paths],
                         cwd=SOURCE, capture_output=True, text=True, check=True)
    functions = [json.loads(line) for line in run.stdout.splitlines()]
    if not functions:
        yield "ctags found no function"
    for function in functions:
        lines = function.get("end", function["line"]) - function["line"] + 1
        if lines > MOST_LINES:
            yield f"{function['path']}:{function['line']}: {function['name']} has {lines} lines"


def traces():
    pattern = re.compile(r"(?<![\w.])/(?:" + "|".join(["wo" + "rk", "fa" + "rm", "ro" + "ot", "ho" + "me"]) + r")/[a-z]")
    for path, text in tracked_texts():
        for match in pattern.finditer(text):
            yield f"{path}: a machine's path near {text[match.start():match.start() + 30]!r}"


def why_skipped(check):
    if check is long_functions and not shutil.which("ctags"):
        return "ctags is not on this machine"
    if check in (unfinished, traces) and (not shutil.which("git") or not os.path.exists(os.path.join(SOURCE, ".git"))):
        return "no git checkout"
    return None


def main():
    tap = Tap()
    for check, name in [(include_graph, "a room includes only lower floors"),
                        (adapters, "a library is named in its adapter only"),
                        (quiet_library, "the library neither prints nor ends the process"),
                        (headers, "every header compiles alone"),
                        (exported, "only dens_ names are exported"),
                        (light_program, "dens links nothing for images, fonts or DICOM"),
                        (heads, "every file begins with a comment"),
                        (unfinished, "nothing is marked as unfinished"),
                        (long_functions, f"no function has more than {MOST_LINES} lines"),
                        (traces, "no machine's path is tracked")]:
        reason = why_skipped(check)
        if reason:
            tap.skip(name, reason)
            continue
        faults = list(check())
        tap.check(not faults, name, faults)
    return tap.end()


sys.exit(main())
