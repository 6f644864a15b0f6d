"""dens segment end to end: a mask from clicks, bone and canal, and every refusal in one line."""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import crashed, dens, one_line, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
SIZE = 32


def ball():
    values, seed = [], 1
    for k in range(SIZE):
        for j in range(SIZE):
            for i in range(SIZE):
                seed = (seed * 1103515245 + 12345) % 2**31
                values.append((160 if (i - 16) ** 2 + (j - 16) ** 2 + (k - 16) ** 2 < 64 else 100) + seed % 40)
    return values


def refused(name, arguments, status, *parts):
    run = dens("segment", *arguments)
    line = one_line(run)
    tap.check(run.returncode == status and not crashed(run) and all(part in line for part in parts), name, [run.returncode, run.stderr])


def blobs(sign, shift):
    """Blobs on a grid of 40 voxels of 1.5 mm, moved by `shift` voxels along i."""
    places = [(20, 20, 20, 6, 1), (30, 24, 14, 3, 2), (10, 28, 26, 3, 1.5), (22, 8, 30, 2.5, 2), (14, 12, 8, 3, 1)]
    return [sign * 100 * sum(w * math.exp(-((i - x - shift) ** 2 + (j - y) ** 2 + (k - z) ** 2) / (2 * r * r)) for x, y, z, r, w in places)
            for k in range(40) for j in range(40) for i in range(40)]


def aligned(folder):
    size, spacing = (40, 40, 40), (1.5, 1.5, 1.5)
    t1 = write_nifti(os.path.join(folder, "t1.nii"), size, blobs(1, 0), spacing=spacing)
    t2 = write_nifti(os.path.join(folder, "t2.nii"), size, blobs(-1, 2), spacing=spacing, origin=(0, 0, 300))
    mask = write_nifti(os.path.join(folder, "lesion.nii"), size,
                       [int((i - 20) ** 2 + (j - 20) ** 2 + (k - 20) ** 2 < 25) for k in range(40) for j in range(40) for i in range(40)],
                       spacing=spacing, kind="uint8")
    arguments = ["evaluate", f"t1={t1}", f"t2={t2}", "--lesion", f"t1={mask}"]
    run = dens(*arguments, "-o", os.path.join(folder, "apart"))
    tap.check(run.returncode == 0 and "t2 is not measured" in run.stderr and "--align" in run.stderr, "without --align the other series is not measured", [run.stderr])
    run = dens(*arguments, "--align", "-o", os.path.join(folder, "none"), env={"PATH": "/nonexistent"})
    tap.check(run.returncode == 2 and "elastix" in one_line(run) and not os.path.exists(os.path.join(folder, "none")),
              "without elastix --align is refused", [run.returncode, run.stderr])
    if not shutil.which("elastix"):
        tap.skip("a mask is carried by registration", "elastix is not installed")
        return
    run = dens(*arguments, "--align", "-o", os.path.join(folder, "together"))
    tap.check(run.returncode == 0 and "t2 was aligned with t1" in run.stderr and "t2 is not measured" not in run.stderr,
              "a mask is carried by registration", [run.stderr])


def ring(open_slices=()):
    """A tube of bone with a canal of 16 mm, in air and soft tissue; 1 mm, 40 voxels in each direction. Open at the back in some slices."""
    values = []
    for k in range(40):
        for j in range(40):
            for i in range(40):
                away = math.hypot(i - 20, j - 20)
                wall = 8 <= away < 12 and not (k in open_slices and abs(i - 20) < 7 and j < 20)
                values.append(700 if wall else 40 if away < 18 else -900)
    return values


def measured_canal(folder):
    """A vertebra that another tool labelled without its canal, and a lesion 2 mm before the canal."""
    size, path, out = (40, 40, 40), os.path.join(folder, "tube.nii.gz"), os.path.join(folder, "bone.nii.gz")
    places = [(i, j, k) for k in range(40) for j in range(40) for i in range(40)]
    write_nifti(path, size, ring())
    labels = write_nifti(os.path.join(folder, "vertebra.nii.gz"), size, [4 * (8 <= math.hypot(i - 20, j - 20) < 12) for i, j, k in places], kind="uint8")
    lesion = write_nifti(os.path.join(folder, "wall.nii.gz"), size, [int(abs(i - 20) < 3 and 30 <= j < 33 and abs(k - 20) < 4) for i, j, k in places], kind="uint8")
    dens("segment", "--volume", f"ct={path}", "--bone", "-o", out)
    arguments = ["evaluate", f"ct={path}", "--lesion", lesion, "--labels", labels, "--scheme", "verse"]
    for more, name in ([], "without"), (["--canal", out], "with"):
        run = dens(*arguments, *more, "-o", os.path.join(folder, name))
        with open(os.path.join(folder, name, "result.json"), encoding="utf-8") as file:
            of = {m["id"]: m for m in json.load(file)["measurements"]}["canal.sac_distance_mm"]
        good = abs(of["value"] - 1.5) <= 1 and "by the bone around it" in of["note"] and "the canal is that of bone.nii.gz" in run.stderr if more \
            else "neither cord nor canal" in of["missing"]
        tap.check(run.returncode == 0 and good, f"the canal is measured {name} that of the bone", [run.stderr, of])
    run = dens("evaluate", f"ct={path}", "--lesion", lesion, "--canal", out, "-o", os.path.join(folder, "x"))
    tap.check(run.returncode == 2 and "--canal: goes with --labels" in one_line(run), "a canal without labels is refused", [run.stderr])
    run = dens(*arguments, "--canal", lesion, "-o", os.path.join(folder, "x"))
    tap.check(run.returncode == 1 and "wall.nii.gz: has no canal: no voxel bears 3" in one_line(run), "labels without a canal are refused as one", [run.stderr])


def bone(folder):
    size, path, out = (40, 40, 40), os.path.join(folder, "tube.nii.gz"), os.path.join(folder, "bone.nii.gz")
    write_nifti(path, size, ring(open_slices=range(15, 20)))
    run = dens("segment", "--volume", f"ct={path}", "--bone", "-o", out)
    tap.check(run.returncode == 0 and "spinal canal (3) 7." in run.stdout and "over 40 mm, 5 mm of it interpolated" in run.stdout and not run.stderr,
              "bone and canal of a tube with a gap", [run.stdout, run.stderr])
    first = open(out, "rb").read()
    run = dens("segment", "--volume", path, "--bone", "-o", out)
    tap.check(run.returncode == 0 and open(out, "rb").read() == first, "a NIfTI file needs no role, and the same bytes come out")
    write_nifti(path, size, [v if v < 700 or n % 1600 >= 820 else 4000 for n, v in enumerate(ring())])
    run = dens("segment", "--volume", path, "--bone", "-o", out)
    tap.check(run.returncode == 0 and "lies above 3000 HU: metal and its streaks falsify" in run.stderr, "metal is told", [run.stderr])
    write_nifti(path, size, [600 if n // 40 % 40 < 20 else -100 for n in range(64000)])
    run = dens("segment", "--volume", path, "--bone", "-o", out)
    tap.check(run.returncode == 0 and "no spinal canal was found" in run.stderr and "canal" not in run.stdout, "no canal is told", [run.stdout, run.stderr])
    measured_canal(folder)
    os.remove(out)
    base = ["--bone", "-o", out, "--volume"]
    refused("an MR", [*base, write_nifti(path, size, list(range(64000)))], 1, "is no CT in Hounsfield units: its lowest value is 0")
    refused("one value", [*base, write_nifti(path, size, [-1000] * 64000)], 1, "shows no bone: no piece of 500 mm³ reaches 250 HU")
    refused("one slice", [*base, write_nifti(path, (40, 40, 1), [-1000, 900] * 800)], 1, "has one slice")
    refused("bone and clicks", [*base, path, "--seed", "1,2,3"], 2, "--bone", "takes the CT alone: --seed does not go with it")
    refused("bone without an output", ["--bone", "--volume", path], 2, "-o FILE is missing")
    refused("nothing asked", ["--volume", path, "-o", out], 2, "--seed x,y,z is missing, or --bone")
    tap.check(not os.path.exists(out), "nothing of it was written")


def dicom(folder):
    """The mask as a DICOM segmentation of its series: the same voxels come back, and no error by dciodvfy."""
    study, ct = os.path.join(folder, "study"), os.path.join(folder, "study", "ct")
    dens("phantom", "--diagnosis", "giant_cell_tumor", "--seed", "3", "-o", study)
    for name, arguments in (("lesion", ["--seed", "115,76,60", "--voxels"]), ("bone", ["--bone"])):
        out = [os.path.join(folder, f"{name}.{ending}") for ending in ("nii.gz", "dcm")]
        runs = [dens("segment", "--volume", ct, *arguments, "-o", path) for path in out]
        said = [run.stdout.split(": ", 1)[-1] for run in runs]
        tap.check(all(run.returncode == 0 for run in runs) and said[0] == said[1], f"{name} is written as a DICOM segmentation", [run.stderr for run in runs])
        measured = [dens("measure", ct, "--mask", path, "--family", "size", "--format", "json") for path in out]
        volumes = [[m["value"] for m in json.loads(run.stdout)["measurements"] if m["id"] == "size.volume_ml"] for run in measured]
        tap.check(volumes[0] and abs(volumes[0][0] / volumes[1][0] - 1) < 1e-6, f"{name} read back is the same", [volumes, measured[1].stderr])
        several = "holds several labels (3 and 9 among them); all of it is taken as the lesion"
        told = [several in run.stderr or several.replace("3 and 9", "9 and 3") in run.stderr for run in measured[:1]]
        tap.check(told == [name == "bone"] and ("holds several labels" in measured[1].stderr) == (name == "bone"),
                  f"{name} given for a lesion {'is told' if name == 'bone' else 'is nothing to tell'}", [run.stderr for run in measured])
        if not shutil.which("dciodvfy"):
            tap.skip(f"dciodvfy finds no error in {name}", "dciodvfy is not installed")
            continue
        verdict = subprocess.run(["dciodvfy", out[1]], capture_output=True, text=True, check=False)
        lines = (verdict.stdout + verdict.stderr).splitlines()
        tap.check("Segmentation" in lines and not [line for line in lines if line.startswith(("Error", "Warning"))], f"dciodvfy finds no error in {name}", lines)
    refused("a DICOM mask of a NIfTI image", ["--volume", os.path.join(study, "anatomy.nii.gz"), "--seed", "115,76,60", "--voxels", "-o", os.path.join(folder, "no.dcm")],
            1, "is no DICOM: a segmentation needs its patient, study and series")


def main():
    with tempfile.TemporaryDirectory() as folder:
        image = write_nifti(os.path.join(folder, "image.nii.gz"), (SIZE, SIZE, SIZE), ball())
        mask = os.path.join(folder, "mask.nii.gz")
        # NIfTI is RAS: the ball's middle (16, 16, 16) lies at (-16, -16, 16) in LPS
        run = dens("segment", "--volume", image, "--seed", "-16,-16,16", "-o", mask)
        tap.check(run.returncode == 0 and "voxels" in run.stdout, "a mask from one click", [run.stderr])
        ml = float(run.stdout.split(",")[1].split()[0]) if run.returncode == 0 else 0
        tap.check(abs(ml / 2.14 - 1) < 0.15, "its volume is the ball's within 15 %", [ml])
        first = open(mask, "rb").read()
        run = dens("segment", "--volume", image, "--seed", "16,16,16", "--voxels", "--also", f"t2={image}", "-o", mask)
        tap.check(run.returncode == 0, "indices and a second image", [run.stderr])
        run = dens("measure", f"t2={image}", "--mask", mask, "--family", "size", "--format", "csv")
        tap.check(run.returncode == 0 and "size.volume_ml" in run.stdout, "the mask is measured", [run.stderr])
        tap.check(len(first) > 0 and dens("segment", "--volume", image, "--seed", "-16,-16,16", "-o", mask).returncode == 0
                  and open(mask, "rb").read() == first, "the same clicks give the same bytes")
        os.remove(mask)
        base = ["--volume", image, "-o", mask]
        refused("nothing", [], 2, "--volume VOLUME is missing")
        refused("no seed", base, 2, "--seed x,y,z is missing, or --bone")
        refused("no output", ["--volume", image, "--seed", "1,2,3"], 2, "-o FILE is missing")
        refused("a seed that is no point", [*base, "--seed", "1,2"], 2, "--seed", "\"1,2\" is not x,y,z")
        refused("a seed that is no number", [*base, "--outside", "1,2,nan", "--seed", "1,2,3"], 2, "is not x,y,z")
        refused("a seed outside", [*base, "--seed", "-16,-16,90"], 1, "the inside click (-16, -16, 90) lies outside the volume")
        refused("a voxel outside", [*base, "--seed", "16,16,32", "--voxels"], 1, "--seed", "the voxel 16,16,32 lies outside the volume: i is 0 to 31, j 0 to 31, k 0 to 31")
        refused("contradiction", [*base, "--seed", "-16,-16,16", "--outside", "-16,-16,16"], 1, "contradict each other")
        refused("another ending", ["--volume", image, "--seed", "-16,-16,16", "-o", os.path.join(folder, "mask.png")], 2, "must end in .nii, .nii.gz or .dcm")
        refused("no such volume", ["--volume", os.path.join(folder, "none.nii"), "--seed", "1,2,3", "-o", mask], 1, "none.nii")
        refused("air", ["--volume", f"ct={write_nifti(os.path.join(folder, 'air.nii'), (4, 4, 4), [-1000] * 63 + [0])}", "--seed", "-1,-1,1", "-o", mask], 1,
                "lies in air")
        tap.check(not os.path.exists(mask), "nothing was written")
        bone(folder)
        dicom(folder)
        aligned(folder)
    return tap.end()


sys.exit(main())
