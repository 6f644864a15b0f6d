"""Written phantom studies, read by pydicom and nibabel: whole, the same for the same seed, and with the signal
relations that docs/phantom.md names; and refused ones, which leave nothing behind."""

import glob
import hashlib
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib

import nibabel
import numpy
import pydicom
import scipy.ndimage

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "e2e")]
from program import DENS, dens, one_line  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
CORD, CSF, LESION, MUSCLE, MARROW, FAT = 1, 2, 100, 101, 102, 103
DISCS = (63, 64, 65, 66, 67, 71)
SERIES = ("ct", "t1", "t2", "stir", "t1c")
DIAGNOSES = ("aneurysmal_bone_cyst", "chordoma")



class Study:
    """The volumes as written, i fastest as in the DICOM slices, and the masks turned to the same order."""

    def __init__(self, folder):
        self.folder = folder
        self.truth = json.load(open(os.path.join(folder, "truth.json"), encoding="utf-8"))
        self.volumes, self.affines, self.headers = {}, {}, {}
        for name in SERIES:
            self.volumes[name], self.affines[name], self.headers[name] = self.read_series(name)
        self.labels = {"ct": self.read_mask("labels.nii.gz"), "mr": self.read_mask("labels-mr.nii.gz")}
        self.lesion = {"ct": self.read_mask("lesion.nii.gz"), "mr": self.read_mask("lesion-mr.nii.gz")}

    def read_series(self, name):
        slices = [pydicom.dcmread(path) for path in glob.glob(os.path.join(self.folder, name, "*.dcm"))]
        row, column = (numpy.array(slices[0].ImageOrientationPatient[n:n + 3], float) for n in (0, 3))
        normal = numpy.cross(row, column)
        slices.sort(key=lambda one: numpy.dot(normal, one.ImagePositionPatient))
        stack = [one.pixel_array * float(getattr(one, "RescaleSlope", 1)) + float(getattr(one, "RescaleIntercept", 0)) for one in slices]
        step = numpy.subtract(slices[1].ImagePositionPatient, slices[0].ImagePositionPatient)
        rows, columns = (float(value) for value in slices[0].PixelSpacing)
        affine = numpy.eye(4)
        affine[:3] = numpy.column_stack([row * columns, column * rows, step, slices[0].ImagePositionPatient])
        return numpy.transpose(stack, (2, 1, 0)), affine, slices[0]

    def read_mask(self, name):
        image = nibabel.load(os.path.join(self.folder, name))
        return numpy.asarray(image.dataobj), numpy.diag([-1, -1, 1, 1]) @ image.affine

    def grid(self, series):
        return "ct" if series == "ct" else "mr"

    def values(self, series, *labels):
        return self.volumes[series][numpy.isin(self.labels[self.grid(series)][0], labels)]

    def mean(self, series, tissue):
        labels = {"lesion": (LESION,), "muscle": (MUSCLE,), "marrow": (MARROW,), "disc": DISCS, "csf": (CSF,), "fat": (FAT,)}
        return self.values(series, *labels[tissue]).mean()

    def relation(self, what):
        series, _, tissue = what.partition("/")
        series = "ct" if series == "hu" else series
        return self.mean(series, "lesion") / (self.mean(series, tissue) if tissue else 1)


def write(folder, diagnosis, seed):
    run = dens("phantom", "--diagnosis", diagnosis, "--seed", seed, "-o", folder)
    return run.returncode == 0, run.stderr


def digest(folder):
    """One hash of all names and bytes below a folder."""
    sha = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(folder, "**"), recursive=True)):
        if os.path.isfile(path):
            sha.update(os.path.relpath(path, folder).encode() + b"\0" + open(path, "rb").read())
    return sha.hexdigest()


def check_files(study, name):
    expected = sorted([*SERIES, "anatomy-mr.nii.gz", "anatomy.nii.gz", "labels-mr.nii.gz", "labels.nii.gz", "lesion-mr.nii.gz", "lesion.nii.gz", "truth.json"])
    tap.check(sorted(os.listdir(study.folder)) == expected, f"{name}: all files are there", [os.listdir(study.folder)])
    heads = study.headers.values()
    tap.check(len({h.StudyInstanceUID for h in heads}) == 1 and len({h.FrameOfReferenceUID for h in heads}) == 1
              and len({h.SeriesInstanceUID for h in heads}) == 5, f"{name}: five series of one study and one frame of reference")
    patient, head = study.truth["patient"], study.headers["ct"]
    tap.check(head.PatientAge == f"{int(patient['age']):03d}Y" and head.PatientSex == patient["sex"][0].upper(),
              f"{name}: age and sex are the truth's", [head.PatientAge, head.PatientSex, patient])
    same = all(numpy.allclose(study.affines[s], study.labels[study.grid(s)][1], atol=1e-3)
               and study.volumes[s].shape == study.labels[study.grid(s)][0].shape for s in SERIES)
    tap.check(same, f"{name}: masks lie on the grids of the series")


def check_truth(study, name):
    """What truth.json says against the noisy volumes."""
    truth = study.truth
    mask, affine = study.lesion["ct"]
    volume = (mask > 0).sum() * abs(numpy.linalg.det(affine[:3, :3])) / 1000
    tap.check(abs(volume / truth["lesion_volume_ml"] - 1) < 1e-4, f"{name}: volume", [volume, truth["lesion_volume_ml"]])
    # the kernel's blur carries a little of the neighbours in
    attenuation = study.mean("ct", "lesion")
    stated = truth["series"]["ct"]["lesion_mean"]
    tap.check(abs(attenuation - stated) < max(5, 0.03 * stated), f"{name}: mean attenuation", [attenuation, stated])
    for series in ("t1", "t2"):
        ratio, stated = study.relation(f"{series}/muscle"), truth["series"][series]["lesion_to_muscle"]
        tap.check(abs(ratio / stated - 1) < 0.12, f"{name}: {series} against muscle", [ratio, stated])


def check_labels(study, name):
    for grid in ("ct", "mr"):
        labels, mask = study.labels[grid][0], study.lesion[grid][0]
        tap.check(numpy.array_equal(mask > 0, labels == LESION), f"{name}: {grid} lesion mask and label agree")
        found = set(numpy.unique(labels).tolist())
        needed = {CORD, CSF, LESION, MUSCLE, MARROW, 10, 11, 12, 13, 14, 15, 16, 17, 21, *DISCS}
        tap.check(needed <= found <= needed | {0, FAT, 105}, f"{name}: {grid} labels of the scheme", [sorted(found)])
    level = 10 + int(study.truth["level"][1])
    labels = study.labels["ct"][0]
    heights = [numpy.nonzero(labels == label)[2].mean() for label in (LESION, level)]
    tap.check(abs(heights[0] - heights[1]) * 1.5 < 12, f"{name}: the lesion is at the stated level", [heights])


def check_purity(study, name):
    """A reference label holds one tissue: on the MR series its spread is the noise, its texture and the coil's shading."""
    impure = []
    for tissue, labels in (("muscle", (MUSCLE,)), ("marrow", (MARROW,)), ("disc", DISCS), ("CSF", (CSF,)), ("cord", (CORD,))):
        for series in ("t1", "t2", "stir", "t1c"):
            values = study.values(series, *labels)
            if values.std() > 1.1 * study.truth["series"][series]["noise_sd"] + 0.12 * values.mean():
                impure.append(f"{tissue} on {series}: {values.std():.1f} at a mean of {values.mean():.1f}")
    tap.check(not impure, f"{name}: reference labels are pure", impure)


def check_dicom(study, name):
    if not shutil.which("dciodvfy") or not shutil.which("dcentvfy"):
        tap.skip(f"{name}: DICOM validators", "dicom3tools is not installed")
        return
    paths = sorted(glob.glob(os.path.join(study.folder, "*", "*.dcm")))
    faults = []
    for path in paths:
        run = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
        faults += [f"{os.path.relpath(path, study.folder)}: {line}" for line in run.stderr.splitlines() if line.startswith("Error")]
    tap.check(not faults, f"{name}: dciodvfy finds no error in {len(paths)} files", faults[:5])
    run = subprocess.run(["dcentvfy", *paths], capture_output=True, text=True, check=False)
    faults = [line for line in (run.stdout + run.stderr).splitlines() if "Error" in line]
    tap.check(not faults, f"{name}: dcentvfy finds the files consistent", faults[:5])


def studies(scratch):
    for number, name in enumerate(DIAGNOSES):
        folder = os.path.join(scratch, name)
        if number == 1:
            os.mkdir(folder)  # an empty folder is filled, and with nothing else: check_files
        good, text = write(folder, name, 1)
        tap.check(good, f"{name}: is written", [text])
        if not good:
            continue
        study = Study(folder)
        for check in (check_files, check_truth, check_labels, check_purity):
            check(study, name)
        if number == 0:
            check_dicom(study, name)


def check_fluid_levels(scratch):
    """In the cyst's chambers the back is denser on CT and darker on T2: two populations."""
    study = Study(os.path.join(scratch, "aneurysmal_bone_cyst"))
    t2 = study.values("t2", LESION) / study.mean("t2", "csf")
    bright, dark = (t2 > 0.75).mean(), ((t2 > 0.25) & (t2 < 0.6)).mean()
    tap.check(bright > 0.12 and dark > 0.12, "aneurysmal_bone_cyst: two fluids on T2", [bright, dark])


def inside(study, series, steps):
    """Voxels of a series that lie deep in the lesion: `steps` CT voxels from its edge."""
    mask, affine = study.lesion["ct"]
    core = scipy.ndimage.binary_erosion(mask > 0, iterations=steps)
    volume, own, _ = study.read_series(series)
    grid = numpy.indices(volume.shape[:3]).reshape(3, -1)
    points = own[:3, :3] @ grid + own[:3, 3:]
    at = numpy.rint(numpy.linalg.inv(affine)[:3, :3] @ (points - affine[:3, 3:])).astype(int)
    fits = ((at >= 0) & (at < numpy.array(mask.shape)[:, None])).all(axis=0)
    found = numpy.zeros(grid.shape[1], bool)
    found[fits] = core[tuple(at[:, fits])]
    return found.reshape(volume.shape[:3])


def part(folder, series, number, slices):
    """One volume of a series of several, in the order of read_series()."""
    name = os.path.join(folder, f"{series}-{number}")
    os.mkdir(name)
    for k in range(number * slices + 1, (number + 1) * slices + 1):
        shutil.copy(os.path.join(folder, series, f"{k:04d}.dcm"), name)
    return os.path.basename(name)


def grey_png(path):
    """Size and grey values, of the kinds of PNG that cairo writes."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[at + 8:at + 16])
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    rows = numpy.frombuffer(zlib.decompress(packed), dtype=numpy.uint8).reshape(height, -1)
    return width, height, rows


def pictures(scratch):
    """Pictures without a study: one series, and an atlas of one diagnosis."""
    path, atlas = os.path.join(scratch, "one.png"), os.path.join(scratch, "atlas")
    run = dens("phantom", "--diagnosis", "chordoma", "--preview", path, "--series", "t2")
    tap.check(run.returncode == 0 and grey_png(path)[:2] == (236, 528), "a picture of one series", [run.stderr])
    again, other = os.path.join(scratch, "again.png"), os.path.join(scratch, "other.png")
    dens("phantom", "--diagnosis", "chordoma", "--preview", again, "--series", "t2")
    dens("phantom", "--diagnosis", "chordoma", "--seed", 2, "--preview", other, "--series", "t2")
    tap.check(open(path, "rb").read() == open(again, "rb").read() != open(other, "rb").read(),
              "the same picture for the same seed, another for another")
    run = dens("phantom", "--diagnosis", "hemangioma", "--atlas", atlas, "--series", "ct,t1,pet")
    tap.check(run.returncode == 0 and sorted(os.listdir(atlas)) == ["hemangioma-%s.png" % s for s in ("ct", "pet", "t1")],
              "an atlas of one diagnosis", [run.stderr])
    ct, t1 = (grey_png(os.path.join(atlas, "hemangioma-%s.png" % s))[2] for s in ("ct", "t1"))
    tap.check(ct.std() > 10 and t1.std() > 10 and not numpy.array_equal(ct, t1), "with a picture in each file")


def high_levels(scratch):
    """Lesions of the atlas and of the occipital bone."""
    for level, diagnosis, parts in (("C1", "metastasis", "lateral_mass"), ("C0", "chordoma", "clivus")):
        folder = os.path.join(scratch, level)
        run = dens("phantom", "--diagnosis", diagnosis, "--level", level, "-o", folder)
        truth = json.load(open(os.path.join(folder, "truth.json"), encoding="utf-8")) if run.returncode == 0 else {}
        taken = sum(share for part, share in truth.get("taken_percent", {}).items() if part.startswith(parts))
        tap.check(run.returncode == 0 and truth["level"] == level and taken > 20 and truth["lesion_volume_ml"] > 0.8,
                  f"{diagnosis} at {level}", [run.stderr, truth.get("taken_percent"), truth.get("lesion_volume_ml")])


def functional(scratch):
    """Diffusion, dynamic series and PET against the truth of a homogeneous mass."""
    folder = os.path.join(scratch, "functional")
    preview = os.path.join(scratch, "preview.png")
    run = dens("phantom", "--diagnosis", "ewing_sarcoma", "--seed", 2, "--with", "dwi,dce,pet", "--preview", preview, "-o", folder)
    tap.check(run.returncode == 0 and open(preview, "rb").read(8) == b"\x89PNG\r\n\x1a\n", "functional series and a preview are written", [run.stderr])
    pictures(scratch)
    high_levels(scratch)
    listed = dens("study", folder).stdout
    tap.check(all(word in listed for word in ("dwi", "b 50 … b 800", "dce", "at 0 s … at 280 s", "pet")), "dens study tells them", [listed])
    study = Study(folder)
    tissue = study.truth["tissues"]["matrix"]
    deep = inside(study, part(folder, "dwi", 0, 16), 3)
    low, high = (study.read_series(name)[0][deep].mean() for name in ("dwi-0", part(folder, "dwi", 2, 16)))
    adc = numpy.log(low / high) / 0.75
    tap.check(deep.sum() > 50 and abs(adc / tissue["adc_um2_per_ms"] - 1) < 0.05, "the ADC is the truth", [adc, tissue, deep.sum()])
    before, after = (study.read_series(part(folder, "dce", n, 16))[0][deep].mean() for n in (0, 20))
    tap.check(after > 1.3 * before, "the mass takes up contrast agent", [before, after])
    pet, _, head = study.read_series("pet")
    left = head.RadiopharmaceuticalInformationSequence[0]
    waited = 3600 / float(left.RadionuclideHalfLife)
    suv = pet[inside(study, "pet", 7)] * float(head.PatientWeight) * 1000 / (float(left.RadionuclideTotalDose) * 2 ** -waited)
    tap.check(suv.size > 8 and abs(suv.mean() / tissue["suv"] - 1) < 0.12, "the SUV is the truth", [suv.mean(), suv.size, tissue["suv"]])
    if shutil.which("dciodvfy"):
        faults = []
        for series in ("dwi", "dce", "pet"):
            run = subprocess.run(["dciodvfy", os.path.join(folder, series, "0002.dcm")], capture_output=True, text=True, check=False)
            faults += [line for line in run.stderr.splitlines() if line.startswith("Error")]
        tap.check(not faults, "functional series: dciodvfy finds no error", faults[:5])
    else:
        tap.skip("functional series: dciodvfy", "dicom3tools is not installed")


def repeats(scratch):
    for name in ("aneurysmal_bone_cyst",):
        folder = os.path.join(scratch, "again")
        # one thread only, where that can be arranged
        one = ["taskset", "-c", str(min(os.sched_getaffinity(0)))] if shutil.which("taskset") else []
        run = subprocess.run([*one, DENS, "phantom", "--diagnosis", name, "--seed", "1", "-o", folder], capture_output=True, check=False)
        same = run.returncode == 0 and digest(folder) == digest(os.path.join(scratch, name))
        tap.check(same, f"{name}: the same seed gives the same bytes, on one thread, too")
        shutil.rmtree(folder, ignore_errors=True)


def refused(scratch, name, status, parts, *arguments, **options):
    """Exit status, one line with these parts, and nothing new in the folder."""
    before = sorted(os.listdir(scratch)), digest(scratch)
    run = subprocess.run([DENS, "phantom", *arguments], capture_output=True, text=True, check=False, **options)
    line = one_line(run)
    unchanged = before == (sorted(os.listdir(scratch)), digest(scratch))
    tap.check(run.returncode == status and all(part in line for part in parts) and unchanged, f"{name}: exit {status}, nothing left behind",
              [run.returncode, line, sorted(os.listdir(scratch))])


def small_files():
    """A full disk in miniature: no file may grow beyond 20 kB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))


def refusals(scratch):
    def place(name):
        return os.path.join(scratch, name)

    os.mkdir(place("full"))
    with open(place("full/letter.txt"), "w", encoding="utf-8") as out:
        out.write("mine\n")
    shutil.copy(place("full/letter.txt"), place("file"))
    refused(scratch, "unknown diagnosis", 2, ["cordoma", "chordoma"], "--diagnosis", "cordoma", "-o", place("x"))
    refused(scratch, "no diagnosis at all", 2, ["plague"], "--diagnosis", "plague", "-o", place("x"))
    refused(scratch, "folder that is not empty", 1, ["full", "not empty"], "--diagnosis", "chordoma", "-o", place("full"))
    refused(scratch, "file in the folder's place", 1, ["file", "is a file"], "--diagnosis", "chordoma", "-o", place("file"))
    refused(scratch, "file for a parent", 2, ["file", "not a folder"], "--diagnosis", "chordoma", "-o", place("file/x"))
    refused(scratch, "unwritable parent", 2, ["/proc/x"], "--diagnosis", "chordoma", "-o", "/proc/x")
    refused(scratch, "no room", 3, ["cannot be written"], "--diagnosis", "chordoma", "-o", place("x"), preexec_fn=small_files)
    os.mkdir(place("there"))
    refused(scratch, "no room in an empty folder", 3, ["cannot be written"], "--diagnosis", "chordoma", "-o", place("there"), preexec_fn=small_files)
    tap.check(os.listdir(place("there")) == [], "the empty folder is empty again", [os.listdir(place("there"))])
    refused(scratch, "no folder named", 2, ["-o DIR"], "--diagnosis", "chordoma")
    refused(scratch, "pictures of a series that there is not", 2, ["--series", "\"xr\" is none of ct, t1"], "--diagnosis", "chordoma",
            "--preview", place("x.png"), "--series", "t2,xr")
    refused(scratch, "a level that there is not", 2, ["--level", "none of C0 to C7"], "--diagnosis", "chordoma", "--level", "C9", "-o", place("x"))
    refused(scratch, "a picture of a level that there is not", 2, ["--level", "none of C0 to C7"], "--diagnosis", "chordoma", "--level", "C9",
            "--preview", place("x.png"))
    refused(scratch, "a disc where there is none", 2, ["--level", "no disc"], "--diagnosis", "spondylodiscitis", "--level", "C1", "-o", place("x"))
    refused(scratch, "an atlas and a study", 2, ["--atlas", "do not go with it"], "--atlas", place("a"), "-o", place("x"))
    refused(scratch, "a series that there is not", 2, ["--with", "xr"], "--diagnosis", "chordoma", "--with", "dwi,xr", "-o", place("x"))
    refused(scratch, "seed below 0", 2, ["--seed", "-1"], "--diagnosis", "chordoma", "--seed=-1", "-o", place("x"))
    refused(scratch, "seed that is no number", 2, ["--seed", "7a"], "--diagnosis", "chordoma", "--seed", "7a", "-o", place("x"))
    refused(scratch, "seed beyond 64 bits", 2, ["--seed"], "--diagnosis", "chordoma", "--seed", "18446744073709551616", "-o", place("x"))


with tempfile.TemporaryDirectory() as scratch_studies, tempfile.TemporaryDirectory() as scratch_refusals:
    studies(scratch_studies)
    check_fluid_levels(scratch_studies)
    functional(scratch_studies)
    repeats(scratch_studies)
    refusals(scratch_refusals)
sys.exit(tap.end())
