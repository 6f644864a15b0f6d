"""dens study: what is listed of DICOM and NIfTI, and what is said of pixels that are damaged."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SHARED, crashed, dens, one_line, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def break_rle(path):
    """The first segment of the frame then begins beyond the frame."""
    data = bytearray(open(path, "rb").read())
    items = [at for at in range(len(data) - 8) if data[at:at + 4] == b"\xfe\xff\x00\xe0"]
    struct.pack_into("<I", data, items[1] + 8 + 4, 0x7FFFFFF0)
    with open(path, "wb") as file:
        file.write(data)


def damaged_pixels(folder):
    """Up to 16 images are decoded unasked, more with --check; the other series are listed all the same."""
    if not shutil.which("dcmcrle"):
        tap.skip("damaged pixels", "dcmtk is not installed")
        return
    study = os.path.join(folder, "study")
    dens("phantom", "--diagnosis", "chordoma", "--seed", "10", "-o", study)
    for count, checked in ((3, []), (20, ["--check"])):
        part = os.path.join(folder, f"of-{count}")
        os.makedirs(part)
        for name in sorted(os.listdir(f"{study}/ct"))[:count]:
            subprocess.run(["dcmcrle", f"{study}/ct/{name}", f"{part}/{name}"], check=True)
        run = dens("study", part, *checked)
        tap.check(run.returncode == 0 and not run.stderr and "cannot be read" not in run.stdout, f"{count} whole images, compressed", [run.stderr])
        broken = sorted(os.listdir(part))[1]
        break_rle(os.path.join(part, broken))
        run = dens("study", part, *checked)
        line = one_line(run)
        tap.check(run.returncode == 1 and not crashed(run) and f"{broken}: its RLE header points beyond the frame" in line
                  and f"cannot be read as a volume: {broken}: its RLE" in run.stdout, f"one of {count} is damaged", [run.returncode, run.stderr, run.stdout])
    run = dens("study", part)
    tap.check(run.returncode == 0 and "cannot be read" not in run.stdout, "many images are not decoded unasked", [run.stderr])
    shutil.copytree(f"{study}/stir", os.path.join(part, "stir"))
    run = dens("study", part, "--check", "--format", "json")
    rows = json.loads(run.stdout)["series"]
    tap.check(run.returncode == 1 and sorted("problem" in row for row in rows) == [False, True], "another series is listed as whole", [rows])


def nifti(folder):
    place = os.path.join(folder, "nifti")
    os.makedirs(place)
    first = write_nifti(os.path.join(place, "t2.nii.gz"), (4, 5, 6), list(range(120)), spacing=(0.5, 1, 2))
    with open(os.path.join(place, "t2.json"), "w", encoding="utf-8") as file:
        file.write("{}")
    for operand, what in ((first, "a file"), (place, "a folder")):
        run = dens("study", operand)
        tap.check(run.returncode == 0 and run.stdout.startswith("t2.nii.gz: NIfTI, 4×5×6 voxels of 0.5×1×2 mm, axes to RAS, ") and not run.stderr,
                  f"NIfTI: {what}", [run.stdout, run.stderr])
    run = dens("study", place, "--format", "json")
    row = json.loads(run.stdout)["nifti"][0]
    tap.check(row["size"] == [4, 5, 6] and row["spacing_mm"] == [0.5, 1, 2] and row["orientation"] == "RAS" and row["volumes"] == 1, "as JSON", [row])
    with open(os.path.join(place, "bad.nii"), "wb") as file:
        file.write(b"no header" * 100)
    run = dens("study", place)
    tap.check(run.returncode == 1 and "bad.nii: is no NIfTI file" in one_line(run) and "t2.nii.gz: NIfTI, 4×5×6" in run.stdout
              and "bad.nii: NIfTI that cannot be read: is no NIfTI file" in run.stdout, "a bad one beside a good one", [run.stdout, run.stderr])
    both = os.path.join(folder, "both")
    shutil.copytree(os.path.join(folder, "study", "stir"), os.path.join(both, "stir"))
    shutil.copy(first, both)
    with open(os.path.join(both, "notes.doc"), "w", encoding="utf-8") as file:
        file.write("x")
    run = dens("study", both)
    tap.check(run.returncode == 0 and "  stir  " in run.stdout and "t2.nii.gz: NIfTI" in run.stdout and "\n1 other files were passed over" in run.stdout,
              "DICOM and NIfTI together", [run.stdout, run.stderr])
    run = dens("study", os.path.join(folder, "none.nii"))
    tap.check(run.returncode == 1 and "none.nii" in one_line(run), "no such NIfTI", [run.stderr])


def hostile():
    root = os.path.join(SHARED, "data", "hostile")
    if not os.path.isdir(root):
        tap.skip("hostile files", "shared data not here")
        return
    outcomes = {name: dens("study", os.path.join(root, name), timeout=20) for name in sorted(os.listdir(root)) if name.endswith(".dcm")}
    wrong = {name: run.stderr for name, run in outcomes.items() if run.returncode != 1 or name not in one_line(run)}
    tap.check(len(outcomes) >= 8 and not wrong, "a single file with damaged pixels: exit 1 and one line", [wrong])


with tempfile.TemporaryDirectory() as scratch:
    damaged_pixels(scratch)
    nifti(scratch)
hostile()
sys.exit(tap.end())
