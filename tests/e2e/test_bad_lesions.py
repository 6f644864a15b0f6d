"""Masks, voxels and references that are no good, on the built program: each measurement that suffers says why, no output holds a number
that is none, and the rest goes on."""

import json
import math
import os
import random
import re
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import crashed, dens, one_line, write_case, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

N = 24
NAN, INF = float("nan"), float("inf")
REFERENCES = [word for sphere in ("muscle=-3,-3,3,2", "marrow=-19,-3,3,2", "cord=-12,-3,20,2") for word in ("--reference", sphere)]  # LPS
tap = Tap()
random.seed(7)


def squares(i, j, k, centre=(12, 12, 12)):
    return sum((a - c) ** 2 for a, c in zip((i, j, k), centre))


def voxels(value, size):
    return [value(i, j, k) for k in range(size[2]) for j in range(size[1]) for i in range(size[0])]


def tissue(_i, _j, _k):
    return 200 + random.gauss(0, 10)


class Folder:
    """Files of a test, each written once by its name."""

    def __init__(self, path):
        self.path = path

    def image(self, name, value=tissue, size=(N, N, N), **options):
        return write_nifti(os.path.join(self.path, name + ".nii.gz"), size, voxels(value, size), **options)

    def mask(self, name, inside, size=(N, N, N), **options):
        return self.image(name, lambda *at: int(inside(*at)), size, kind="uint8", **options)


def not_a_number(text):
    """NaN or an infinity in a text; in the letters of an embedded file they stand by chance."""
    text = re.sub(r'"[A-Za-z0-9+/=]{100,}"', '""', text)
    return re.search(r"(?<![A-Za-z])[-+]?(nan|inf|infinity)(?![A-Za-z])", text, re.IGNORECASE)


def measured(name, *arguments, warns=None):
    """The measurements by name. Checks that the run is good, that each is either a finite number or a reason, and what was warned of."""
    run = dens("measure", *arguments, "--format", "json")
    items = json.loads(run.stdout)["measurements"] if run.returncode == 0 else []
    faults = [m for m in items if ("value" in m) == ("missing" in m) or not all(math.isfinite(m.get(key, 0)) for key in ("value", "sd"))]
    faults += [m for m in items if "missing" in m and len(m["missing"]) < 8]
    tap.check(items and not faults and not not_a_number(run.stdout), f"{name}: each a finite number or a reason", [run.returncode, run.stderr, faults])
    if warns is not None:
        tap.check(warns in run.stderr, f"{name}: a warning", [run.stderr])
    for form in ("text", "csv"):
        other = dens("measure", *arguments, "--format", form, "-q")
        tap.check(other.returncode == 0 and not not_a_number(other.stdout) and other.stderr == "", f"{name}: as {form}, too", [other.stdout, other.stderr])
    return {m["id"]: m for m in items}


def reason(values, name, part):
    text = values.get(name, {}).get("missing", "")
    tap.check(part in text, f"{name} is missing: {part}", [values.get(name)])


def has(values, *names):
    tap.check(all("value" in values.get(name, {}) for name in names), f"the rest goes on: {', '.join(names)}", [values.get(name) for name in names])


def noted(values, name, part):
    tap.check(part in values.get(name, {}).get("note", ""), f"{name} notes: {part}", [values.get(name)])


def refused(name, arguments, *parts):
    run = dens("measure", *arguments)
    line = one_line(run)
    tap.check(run.returncode == 1 and run.stdout == "" and all(part in line for part in parts), f"{name}: exit 1, one line", [run.returncode, line])


def small_lesions(files, image, ball):
    dot = files.mask("dot", lambda *at: squares(*at) == 0)
    values = measured("one voxel", f"ct={image}", f"t2={image}", f"t1={image}", f"t1c={image}", "-m", dot, *REFERENCES)
    has(values, "size.volume_ml", "attenuation.mean", "signal.t2_muscle", "enhancement.ratio")
    reason(values, "attenuation.sd", "needs at least 2 voxels")
    reason(values, "signal.t2_cv", "needs at least 2 voxels")
    for name in ("matrix.share", "fluid.levels", "pattern.enhancing_share"):
        reason(values, name, "needs at least")
    point = ["--reference", "marrow=-3,-3,3,0.4"]
    reason(measured("a marrow reference of one voxel", f"ct={image}", "-m", ball, *point), "attenuation.lytic_share", "needs at least 2 voxels")
    grey = files.image("grey", lambda *_: 7)
    for name, mask in [("one voxel", dot), ("constant intensity", ball)]:
        run = dens("measure", grey, "-m", mask, "--family", "ibsi", "--config", "digital", "--format", "json")
        features = json.loads(run.stdout)["features"] if run.returncode == 0 else []
        faults = [f for f in features if ("value" in f) == ("missing" in f)]
        tap.check(features and not faults and not not_a_number(run.stdout), f"features of {name}: each a number or a reason", [run.stderr, faults[:3]])


def flat_images(files, ball):
    flat = files.image("flat", lambda *_: 100)
    values = measured("constant intensity", *(f"{role}={flat}" for role in ("ct", "t1", "t1c", "t2", "stir", "in", "opp")), "-m", ball, *REFERENCES)
    has(values, "attenuation.mean", "signal.t2_muscle", "chemical_shift.opposed_drop", "enhancement.ratio")
    reason(values, "attenuation.lytic_share", "one value")
    reason(values, "pattern.enhancing_share", "does not enhance")
    dark = files.image("dark", lambda *_: 0)
    values = measured("an image of zeros", f"ct={dark}", *(f"{role}={dark}" for role in ("t1", "t1c", "t2", "in", "opp")), "-m", ball, *REFERENCES)
    reason(values, "signal.t2_muscle", "not above 0")
    reason(values, "chemical_shift.opposed_drop", "not above 0")
    has(values, "size.volume_ml", "attenuation.mean")


def holes(files, image, ball):
    hollow = files.image("hollow", lambda i, j, k: (NAN, INF, -INF)[(i + j + k) % 3] if squares(i, j, k) <= 4 else tissue(i, j, k))
    values = measured("NaN and infinite voxels", f"ct={hollow}", f"t2={hollow}", "-m", ball, *REFERENCES)
    has(values, "attenuation.mean", "attenuation.maximum", "signal.t2_muscle", "matrix.foci")
    noted(values, "attenuation.mean", "33 voxels without a finite value were left out")
    tap.check(150 < values["attenuation.minimum"]["value"] < values["attenuation.maximum"]["value"] < 250, "infinite voxels are neither extreme nor metal")
    tap.check("metal" not in json.dumps(values), "an infinite voxel is no metal")
    empty = files.image("empty", lambda *at: NAN if squares(*at) <= 49 else tissue(*at))
    values = measured("no finite voxel in one series", f"ct={image}", f"t2={empty}", "-m", ball, *REFERENCES, warns="t2: no voxel inside the lesion mask")
    reason(values, "signal.t2_muscle", "no voxel of the lesion mask has a finite value")
    has(values, "attenuation.mean", "size.volume_ml")
    refused("no finite voxel in any series", [f"ct={empty}", "-m", ball], "no voxel of any series", "finite")


def metal(files, ball):
    image = files.image("metal", lambda *at: 3500 if squares(*at) <= 4 else tissue(*at))
    values = measured("metal", f"ct={image}", "-m", ball, *REFERENCES, warns="6.4 % of the lesion's voxels exceed 3000 HU: metal")
    for name in ("attenuation.mean", "margin.soft_share"):
        noted(values, name, "6.4 % of the lesion's voxels exceed 3000 HU: metal")
    reason(values, "matrix.share", "metal in the lesion")
    values = measured("as dense as enamel", f"ct={files.image('enamel', lambda *_: 2990)}", "-m", ball)
    tap.check("metal" not in json.dumps(values), "2990 HU are no metal")


def masks(files, image, ball):
    two = files.mask("two", lambda *at: squares(*at, centre=(6, 6, 6)) <= 9 or squares(*at, centre=(17, 17, 17)) <= 9)
    values = measured("two parts", f"ct={image}", f"t2={image}", "-m", two, *REFERENCES)
    tap.check(values["size.components"]["value"] == 2, "two parts are counted")
    noted(values, "size.longest_3d_mm", "2 separate parts taken together")
    edge = files.mask("edge", lambda i, j, k: i < 6 and 6 < j < 14 and 6 < k < 14)
    values = measured("a lesion at the edge", f"ct={image}", f"t2={image}", "-m", edge, *REFERENCES)
    noted(values, "size.volume_ml", "reaches the edge of the image")
    has(values, "attenuation.mean", "margin.soft_share", "fluid.levels")
    tap.check("edge" not in json.dumps(measured("a lesion inside", f"ct={image}", "-m", ball)["size.volume_ml"]), "a lesion inside reaches no edge")
    whole = files.mask("whole", lambda *_: True)
    values = measured("the whole volume as lesion", f"ct={image}", f"t2={image}", "-m", whole, *REFERENCES, warns="33 of 33 voxels of the marrow reference lie in the lesion")
    reason(values, "signal.t2_muscle", "the muscle reference has no voxel outside the lesion")
    reason(values, "attenuation.lytic_share", "the marrow reference has no voxel outside the lesion")
    has(values, "size.volume_ml", "attenuation.mean", "signal.t2_cv")


def references(files, image, ball):
    half = files.image("half", lambda i, j, k: abs(complex(random.gauss(0, 1), random.gauss(0, 1))) if i < 8 else tissue(i, j, k))
    air = ["--reference", "muscle=-3,-12,12,2"]
    values = measured("a reference beside the patient on MR", *(f"{role}={half}" for role in ("t1", "t1c", "t2")), "-m", ball, *air)
    for name in ("signal.t2_muscle", "enhancement.ratio"):
        reason(values, name, "has no signal")
    half = files.image("half_ct", lambda i, j, k: -1000 + random.gauss(0, 10) if i < 8 else tissue(i, j, k))
    values = measured("a reference in the air on CT", f"ct={half}", "-m", ball, "--reference", "marrow=-3,-12,12,2")
    for name in ("attenuation.lytic_share", "margin.soft_share", "nidus.diameter_mm"):
        reason(values, name, "lies in air")
    refused("a reference outside every volume", [f"ct={image}", "-m", ball, "--reference", "muscle=900,0,0,5"], "muscle=900,0,0,5", "no voxel")
    values = measured("a reference half in the lesion", f"t2={image}", "-m", ball, "--reference", "muscle=-7,-12,12,2", warns="voxels of the muscle reference lie in the lesion")
    has(values, "signal.t2_muscle")
    labels = files.mask("numbers", lambda i, j, k: i < 4)
    values = measured("labels that the scheme does not know", f"t2={image}", "-m", ball, "--labels", labels, "--scheme", "totalsegmentator_v2",
                      warns="no reference tissue of the scheme totalsegmentator_v2")
    reason(values, "signal.t2_muscle", "no muscle reference")
    has(values, "signal.t2_cv", "size.volume_ml")


def frames(files, image):
    moved = files.mask("moved", lambda *at: squares(*at) <= 25, origin=(0.4, 0, 0))
    refused("a mask moved by 0.4 mm", [f"ct={image}", "-m", moved], "not on the grid", "up to 0.4 mm apart", "--resample")
    coarse = files.mask("coarse", lambda *at: squares(*at, centre=(6, 6, 6)) <= 9, (12, 12, 12), spacing=(2, 2, 2))
    refused("a mask of another grid", [f"ct={image}", "-m", coarse], "12×12×12", "24×24×24", "mm apart", "--resample")
    values = measured("the same, resampled as asked", f"ct={image}", f"t2={image}", "-m", coarse, "--resample", warns="resampled to the grid of the ct series (corners up to 1.7 mm apart)")
    tap.check(values["size.volume_ml"]["value"] == 0.984, "a mask of 123 voxels of 8 mm³ keeps its volume", [values["size.volume_ml"]])
    has(values, "attenuation.mean", "signal.t2_cv")
    values = measured("resampled to one role", f"ct={image}", f"t2={image}", "-m", f"ct={coarse}", "--resample", warns="the lesion mask of ct is used on t2")
    has(values, "attenuation.mean", "signal.t2_cv")
    far = files.mask("far", lambda *at: squares(*at, centre=(6, 6, 6)) <= 9, (12, 12, 12), spacing=(2, 2, 2), origin=(300, 0, 0))
    refused("a mask that lies elsewhere, resampled", [f"ct={image}", "-m", far, "--resample"], "far.nii.gz", "outside every series")


def thick_slices(files):
    size, spacing = (N, N, 6), {"spacing": (1, 1, 5)}
    image = files.image("thick", size=size, **spacing)
    mask = files.mask("thick_mask", lambda i, j, k: squares(i, j, 5 * k - 3) <= 36, size, **spacing)
    values = measured("slices of 5 mm", *(f"{role}={image}" for role in ("ct", "t1", "t1c", "t2")), "-m", mask,
                      "--reference", "muscle=-3,-3,5,3", "--reference", "marrow=-19,-3,15,3", "--reference", "cord=-12,-3,20,3")
    has(values, "size.volume_ml", "attenuation.lytic_share", "signal.t2_muscle", "enhancement.ratio", "matrix.foci", "fluid.levels")
    tap.check(values["size.extent_cc_mm"]["sd"] > 4 * values["size.extent_lr_mm"]["sd"], "a thick slice makes lengths across it uncertain")


def dynamic(files, ball):
    def several(name, values, **options):
        return write_nifti(os.path.join(files.path, name + ".nii.gz"), (N, N, N, len(values)), [v for v in values for _ in range(N ** 3)], **options)

    flat = several("flat_dce", [100] * 8, step_s=4.0)
    values = measured("DCE that never rises", f"dce={flat}", "-m", ball)
    reason(values, "perfusion.bolus_arrival", "never rises")
    has(values, "perfusion.peak_enhancement")
    dwi = several("near_dwi", [100, 98])
    for b, part in [("0 40", "less than 50"), ("0 2000", "one b-value (0 s/mm²) up to 1500")]:
        with open(dwi.replace(".nii.gz", ".bval"), "w", encoding="utf-8") as out:
            out.write(b)
        reason(measured(f"b-values of {b}", f"dwi={dwi}", "-m", ball), "diffusion.adc_mean", part)


def reports(files, folder):
    """The whole report on the worst of it."""
    image = files.image("worst", lambda i, j, k: (NAN, INF, -INF, 3500)[(i + j + k) % 4] if squares(i, j, k) <= 9 else tissue(i, j, k))
    mask = files.mask("worst_mask", lambda i, j, k: squares(i, j, k) <= 25 or i < 3)
    out = os.path.join(folder, "report")
    run = dens("evaluate", *(f"{role}={image}" for role in ("ct", "t1", "t2", "stir", "t1c", "in", "opp")), "--lesion", mask, *REFERENCES, "--case", write_case(folder), "-o", out)
    tap.check(run.returncode == 0 and not crashed(run) and "metal" in run.stderr, "a report on holes, metal and two parts", [run.returncode, run.stderr])
    for name in ("result.json", "case.json", "fhir.json", "report.txt"):
        with open(os.path.join(out, name), encoding="utf-8") as file:
            text = file.read()
        tap.check(not not_a_number(text), f"{name} holds no number that is none", [not_a_number(text)])


with tempfile.TemporaryDirectory(prefix="dens-bad-") as scratch:
    here = Folder(scratch)
    plain, sphere = here.image("plain"), here.mask("sphere", lambda *at: squares(*at) <= 25)
    small_lesions(here, plain, sphere)
    flat_images(here, sphere)
    holes(here, plain, sphere)
    metal(here, sphere)
    masks(here, plain, sphere)
    references(here, plain, sphere)
    frames(here, plain)
    thick_slices(here)
    dynamic(here, sphere)
    reports(here, scratch)
sys.exit(tap.end())
