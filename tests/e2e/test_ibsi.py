"""Radiomic features by the built program: the standard's reference values, and what is refused."""

import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
import ibsi_agreement as ibsi  # noqa: E402
from program import DENS, SHARED, crashed, dens, one_line  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
IMAGE, MASK, _ = ibsi.digital_inputs()


def reference_values(config, inputs, count):
    rows = ibsi.compare(DENS, inputs, config)
    faults = [f"{tag}: {ours} is not {value} ± {tolerance}" for tag, met, value, tolerance, ours in rows if not met]
    tap.check(len(rows) == count and not faults, f"configuration {config}: {len(rows) - len(faults)} of {count} reference values", faults)
    features = {ibsi.feature(tag) for tag, *_ in rows if ibsi.family(tag)}
    tap.check(len(features) == 169, f"configuration {config}: {len(features)} features of the standard")


def formats():
    run = dens("measure", IMAGE, "--mask", MASK, "--family", "ibsi", "--config", "digital", "--format", "json")
    document = json.loads(run.stdout)
    values = {f["tag"]: f.get("value") for f in document["features"]}
    tap.check(document["configuration"] == "digital" and abs(values["stat_mean"] - 159 / 74) < 1e-9, "features as JSON")
    run = dens("measure", f"ct={IMAGE}", "--mask", MASK, "--family", "ibsi", "--config", "digital")
    tap.check("cm_joint_max_3D_comb" in run.stdout and run.returncode == 0, "features as a table, of a volume with its role")


def refusals():
    base = ["measure", IMAGE, "--mask", MASK, "--family", "ibsi"]
    cells = [
        (base + ["--config", "F"], 2, "dens: --config: there is no configuration \"F\""),
        (base + ["--config", "A", "--labels", MASK], 2, "dens: --family ibsi: --labels plays no part in features"),
        (["measure", IMAGE, IMAGE, "--mask", MASK, "--family", "ibsi"], 2, "features are taken from one VOLUME in one --mask MASK"),
        (["measure", IMAGE, "--mask", MASK, "--config", "A"], 2, "only --family ibsi has configurations"),
        (["measure", IMAGE, "--mask", "nowhere.nii.gz", "--family", "ibsi"], 1, "no such mask file"),
        (["measure", "nowhere.nii.gz", "--mask", MASK, "--family", "ibsi"], 1, "nowhere.nii.gz"),
        (["measure", IMAGE, "--mask", MASK, "--family", "ibis"], 2, "there is no family \"ibis\""),
    ]
    for words, status, text in cells:
        run = dens(*words)
        tap.check(run.returncode == status and not crashed(run) and text in one_line(run), f"refused: {text}",
                  [f"{run.returncode}: {run.stderr}"])
    families = run.stderr.strip().partition("there are ")[2].replace(" and ", ", ").split(", ")
    told = " ".join(dens("measure", "--help").stdout.split())
    tap.check(len(families) > 20 and all(name in told for name in families), "the help names every family", families)
    other = os.path.join(SHARED, "data", "ibsi", "ct_radiomics_phantom", "nifti", "mask", "mask.nii.gz")
    if os.path.exists(other):
        run = dens("measure", IMAGE, "--mask", other, "--family", "ibsi")
        tap.check(run.returncode == 1 and "the mask lies on another grid than the image (204 x 201 x 60" in one_line(run),
                  "refused: a mask of another grid", [run.stderr])
    else:
        tap.skip("refused: a mask of another grid", "shared data not here")


def small_regions():
    """One voxel, and a flat region: what cannot be computed is missing with a reason, nothing is NaN."""
    import nibabel
    import numpy
    with tempfile.TemporaryDirectory() as folder:
        image, mask = os.path.join(folder, "flat.nii.gz"), os.path.join(folder, "one.nii.gz")
        grid = numpy.diag([0.5, 0.5, 0.5, 1])
        nibabel.save(nibabel.Nifti1Image(numpy.full((9, 9, 9), 40, numpy.int16), grid), image)
        one = numpy.zeros((9, 9, 9), numpy.uint8)
        one[2, 2, 2] = 1  # no voxel of a grid of 2 mm looks there
        nibabel.save(nibabel.Nifti1Image(one, grid), mask)
        for config in ["digital", *"ABD"]:
            run = dens("measure", image, "--mask", mask, "--family", "ibsi", "--config", config)
            lines = dict(line.split(None, 1) for line in run.stdout.splitlines())
            empty = config in "BD"
            good = run.returncode == 1 and "nothing of the mask is left on a grid of 2 mm" in run.stderr if empty else (
                "missing: needs two voxels side by side" in "".join(v for k, v in lines.items() if k.startswith("cm_contrast"))
                and not any("nan" in value.lower().split() for value in lines.values()))
            tap.check(good, f"one voxel, configuration {config}", [run.stderr])


reference_values("digital", ibsi.digital_inputs(), 482)
for letter, expected in zip("ABCDE", (406, 406, 270, 270, 270)):
    found = ibsi.ct_inputs(SHARED, letter)
    if found:
        reference_values(letter, found, expected)
    else:
        tap.skip(f"configuration {letter}", "shared data not here")
formats()
refusals()
small_regions()
sys.exit(tap.end())
