"""Every file of the shared DICOM variety and of the hostile ones: `dens study` and `dens evaluate` end by themselves, with an answer or
with one line, and never by a signal."""

import os
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SHARED, crashed, dens, one_line  # noqa: E402
from tap import Tap  # noqa: E402

LIMIT_S = 20
tap = Tap()


def fault(run, out):
    """What is wrong with a run, or None."""
    if crashed(run):
        return f"ended with {run.returncode}: {run.stderr[-400:]}"
    if run.returncode not in (0, 1):
        return f"exit {run.returncode}: {run.stderr}"
    line = one_line(run)
    if run.returncode == 1 and not line.startswith("dens: "):
        return line
    if run.returncode == 0 and any(not text.startswith(("dens: warning: ", "dens: info: ")) for text in run.stderr.splitlines()):
        return run.stderr
    return "a report of a failed run" if run.returncode == 1 and os.path.exists(out) else None


def try_file(path, folder, number):
    """The faults of both commands on one file."""
    operand = f"t2={path}" if path.endswith((".nii", ".nii.gz")) else path
    out = os.path.join(folder, f"report-{number}")
    for words in (["study", path], ["evaluate", operand, "-o", out]):
        try:
            what = fault(dens(*words, timeout=LIMIT_S, memory_kb=4000000), out)
        except subprocess.TimeoutExpired:
            what = f"took longer than {LIMIT_S} s"
        if what:
            yield f"{words[0]} {os.path.relpath(path, SHARED)}: {what}"


def every_file(below, folder):
    root = os.path.join(SHARED, "data", below)
    if not os.path.isdir(root):
        tap.skip(f"every file of {below}", "shared data not here")
        return
    paths = sorted(os.path.join(where, name) for where, _, names in os.walk(root) for name in names)
    faults = [what for number, path in enumerate(paths) for what in try_file(path, folder, f"{below}-{number}")]
    tap.check(paths and not faults, f"{below}: {len(paths)} files give an answer or one line", faults)
    run = dens("study", root, timeout=60)
    tap.check(not fault(run, ""), f"{below}: the whole folder at once, too", [run.returncode, run.stderr[-400:]])


with tempfile.TemporaryDirectory() as scratch:
    every_file("hostile", scratch)
    every_file("dicom_variety", scratch)
sys.exit(tap.end())
