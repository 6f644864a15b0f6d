"""Lesions put into real volumes: the rest untouched, the truth held, and refused input. Real images come from ../shared, without
which those tests are skipped."""

import json
import os
import subprocess
import sys
import tempfile

import nibabel
import numpy
import scipy.ndimage

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "e2e")]
from program import DENS, dens, one_line  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
SHARED = os.environ.get("DENS_SHARED", "")
# a thoracic body on CT, a cervical one on T2: LPS, mm
REAL = (("CT", "cspine_ct_lidc0314/lidc0314_small.nii.gz", "-7.25,187.1,-453.8", "metastasis", []),
        ("T2", "cspine_mri_ivadomed_unf01/sub-unf01_T2w.nii.gz", "-3.9,-9.7,-3.7", "chordoma", ["--as", "t2"]))


def read(path):
    image = nibabel.load(path)
    return numpy.asarray(image.dataobj, float), image.affine


def implant(volume, folder, point, diagnosis, *more):
    return dens("phantom", "--into", volume, "--seed-point", point, "--diagnosis", diagnosis, "--seed", 3, "-o", folder, *more)


def check(name, host_path, folder, tolerance):
    """Mask, truth and noise against the volume that it went into."""
    (host, affine), (made, own) = read(host_path), read(os.path.join(folder, "volume.nii.gz"))
    mask = read(os.path.join(folder, "lesion.nii.gz"))[0] > 0
    truth = json.load(open(os.path.join(folder, "truth.json"), encoding="utf-8"))
    tap.check(made.shape == host.shape and numpy.allclose(affine, own, atol=1e-3), f"{name}: the volume's grid is kept")
    far = scipy.ndimage.distance_transform_edt(~mask) > 3
    tap.check(numpy.allclose(made[far], host[far], atol=1e-3), f"{name}: away from the lesion nothing has changed")
    volume = mask.sum() * abs(numpy.linalg.det(own[:3, :3])) / 1000
    tap.check(abs(volume - truth["lesion_volume_ml"]) < 1e-3 and volume > 1, f"{name}: the volume is the truth", [volume, truth["lesion_volume_ml"]])
    core = scipy.ndimage.binary_erosion(mask, iterations=2)
    mean, stated = made[core].mean(), truth["lesion_mean"]
    tap.check(core.sum() > 100 and abs(mean - stated) < tolerance(stated), f"{name}: the mean is the truth", [mean, stated])
    rest = made - scipy.ndimage.uniform_filter(made, 3)
    tap.check(truth["noise_sd"] > 0 and 0.3 < rest[core].std() / truth["noise_sd"] < 3, f"{name}: the noise goes on inside",
              [rest[core].std(), truth["noise_sd"]])


def real(scratch):
    for name, path, point, diagnosis, more in REAL:
        host = os.path.join(SHARED, "data", path)
        if not SHARED or not os.path.exists(host):
            tap.skip(f"{name}: a lesion in a real volume", "no shared data")
            continue
        folder = os.path.join(scratch, name)
        run = implant(host, folder, point, diagnosis, *more)
        tap.check(run.returncode == 0, f"{name}: a lesion is put into a real volume", [run.stderr])
        check(name, host, folder, lambda stated: max(12, 0.08 * stated))
        again = implant(host, folder + "-again", point, diagnosis, *more)
        same = [open(os.path.join(f, "volume.nii.gz"), "rb").read() for f in (folder, folder + "-again")]
        tap.check(again.returncode == 0 and same[0] == same[1], f"{name}: the same seed gives the same bytes")


def made_up(scratch):
    """A noisy block of bone with a vertebra's label and a cord that no lesion may take."""
    generator = numpy.random.default_rng(1)
    affine = numpy.diag([-1, -1, 1, 1]).astype(float)
    host = generator.normal(300, 15, (60, 60, 50))
    labels = numpy.zeros(host.shape, numpy.uint16)
    labels[15:45, 10:46, 20:32] = 14
    labels[28:34, 34:40, :] = 1
    paths = [os.path.join(scratch, name) for name in ("block.nii.gz", "map.nii.gz", "other.nii.gz")]
    nibabel.save(nibabel.Nifti1Image(host.astype(numpy.float32), affine), paths[0])
    nibabel.save(nibabel.Nifti1Image(labels, affine), paths[1])
    nibabel.save(nibabel.Nifti1Image(labels[1:], affine), paths[2])
    folder = os.path.join(scratch, "by-labels")
    run = dens("phantom", "--into", paths[0], "--labels", paths[1], "--as", "ct", "--diagnosis", "giant_cell_tumor", "-o", folder)
    mask = read(os.path.join(folder, "lesion.nii.gz"))[0] > 0 if run.returncode == 0 else numpy.zeros(host.shape)
    tap.check(run.returncode == 0 and mask.sum() > 1000 and not (mask & (labels == 1)).any(), "by labels: in the body, not in the cord",
              [run.stderr, mask.sum()])
    check("by labels", paths[0], folder, lambda stated: 5)
    return paths


def reactions(scratch):
    """On T2 with labels: marrow of the vertebra around an osteoblastoma brightens, and muscle; a mass dents the sac as far as its grade
    says, and never the cord."""
    affine = numpy.diag([-1, -1, 1, 1]).astype(float)
    generator = numpy.random.default_rng(2)
    host = generator.normal(300, 6, (70, 70, 50))
    labels = numpy.zeros(host.shape, numpy.uint16)
    labels[10:60, 30:62, 14:38] = 14
    labels[28:42, 20:30, :] = 2
    labels[32:38, 23:27, :] = 1
    labels[2:10, 30:62, :] = 101
    paths = [os.path.join(scratch, name) for name in ("host.nii.gz", "host-labels.nii.gz")]
    nibabel.save(nibabel.Nifti1Image(host.astype(numpy.float32), affine), paths[0])
    nibabel.save(nibabel.Nifti1Image(labels, affine), paths[1])

    def made(diagnosis, seed):
        folder = os.path.join(scratch, f"{diagnosis}-{seed}")
        run = dens("phantom", "--into", paths[0], "--labels", paths[1], "--as", "t2", "--diagnosis", diagnosis, "--seed", seed, "-o", folder)
        tap.check(run.returncode == 0, f"{diagnosis} {seed} is put in", [run.stderr])
        truth = json.load(open(os.path.join(folder, "truth.json"), encoding="utf-8"))
        return read(os.path.join(folder, "volume.nii.gz"))[0], read(os.path.join(folder, "lesion.nii.gz"))[0] > 0, truth

    volume, mask, truth = made("osteoblastoma", 1)
    away = scipy.ndimage.distance_transform_edt(~mask)
    near, far = (labels == 14) & (away > 4) & (away < 9), (labels == 14) & (away > 18)
    tap.check(volume[near].mean() > 1.3 * volume[far].mean() and truth["oedema_volume_ml"] > 1, "marrow around it is bright on T2",
              [volume[near].mean(), volume[far].mean(), truth["oedema_volume_ml"]])
    tap.check(abs(volume[far].mean() - 300) < 2 and abs(volume[labels == 0][away[labels == 0] > 6].mean() - 300) < 2,
              "further away, and where no bone is, nothing changes")
    dents = {}
    for seed in range(1, 9):
        volume, mask, truth = made("giant_cell_tumor", seed)
        dents.setdefault(truth["escc"], []).append(int((mask & (labels == 2)).sum()))
        tap.check(truth["escc"] == "2" or not (mask & (labels == 1)).any() and
                  numpy.array_equal(volume[labels == 1], host.astype(numpy.float32)[labels == 1]),
                  f"seed {seed}: the cord stays as it is below grade 2")
    tap.check(set(dents) >= {"1b", "1c", "2"} and set(dents) <= {"0", "1a", "1b", "1c", "2"}, "all grades of the diagnosis", [dents])
    tap.check(max(dents.get("1a", [0])) == 0 and max(dents["1b"]) > 0 and max(dents["1c"]) > max(dents["1b"]),
              "the sac is dented as the grade says", [dents])


def pushed(scratch):
    """A mass of grade 2 or 3 moves the cord: image, label map and truth say the same."""
    affine = numpy.diag([-1, -1, 1, 1]).astype(float)
    generator = numpy.random.default_rng(3)
    labels = numpy.zeros((70, 80, 60), numpy.uint16)
    labels[15:55, 4:26, 20:44] = 14
    labels[23:47, 29:45, :] = 2
    labels[29:41, 33:41, :] = 1
    true = numpy.select([labels == 1, labels == 2], [500.0, 1500.0], 300.0)
    paths = [os.path.join(scratch, name) for name in ("sac.nii.gz", "sac-labels.nii.gz")]
    nibabel.save(nibabel.Nifti1Image((true + generator.normal(0, 5, true.shape)).astype(numpy.float32), affine), paths[0])
    nibabel.save(nibabel.Nifti1Image(labels, affine), paths[1])
    found = {}
    for seed in range(1, 16):
        folder = os.path.join(scratch, f"pushed-{seed}")
        run = dens("phantom", "--into", paths[0], "--labels", paths[1], "--as", "t2", "--diagnosis", "ewing_sarcoma", "--seed", seed, "-o", folder)
        truth = json.load(open(os.path.join(folder, "truth.json"), encoding="utf-8")) if run.returncode == 0 else {}
        if truth.get("escc") in ("2", "3") and truth["escc"] not in found:
            found[truth["escc"]] = (folder, truth)
        if len(found) == 2:
            break
    tap.check(set(found) == {"2", "3"}, "both grades are drawn", [found.keys(), run.stderr])
    for grade, (folder, truth) in sorted(found.items()):
        volume, after = read(os.path.join(folder, "volume.nii.gz"))[0], read(os.path.join(folder, "labels.nii.gz"))[0]
        mask = read(os.path.join(folder, "lesion.nii.gz"))[0] > 0
        k = int(round(truth["point_lps_mm"]["z"]))
        tap.check(numpy.array_equal(after == 100, mask), f"grade {grade}: the map has the lesion")
        cord = numpy.argwhere(after[:, :, k] == 1)
        shift = cord[:, 1].mean() - 36.5
        tap.check(shift > 2.5 and abs(shift - truth["cord_shift_mm"]) < 0.8 and cord[:, 1].max() == 44, f"grade {grade}: the cord lies at the far wall",
                  [shift, truth["cord_shift_mm"], cord[:, 1].max()])
        depth = (after[35, :, k] == 1).sum()
        tap.check(abs(depth - truth["cord_depth_mm"]) <= 1 and truth["cord_depth_mm"] < truth["cord_depth_before_mm"] - 1,
                  f"grade {grade}: and is flattened", [depth, truth["cord_depth_mm"], truth["cord_depth_before_mm"]])
        fluid = (after[:, :, k] == 2).sum()
        tap.check(fluid == 0 if grade == "3" else fluid > 20, f"grade {grade}: the CSF that is left at its height", [fluid])
        tap.check(mask[35, 10:int(cord[:, 1].min()), k].all(), f"grade {grade}: tumour from the body to the cord")
        inner = scipy.ndimage.binary_erosion(after == 1, iterations=1)
        inner[:, :, :2] = inner[:, :, -2:] = False
        tap.check(abs(volume[inner].mean() - 500) < 40, f"grade {grade}: where the map has cord is cord", [volume[inner].mean()])
        far = abs(numpy.arange(60) - k) > 28
        tap.check(numpy.array_equal(after[:, :, far], labels[:, :, far]), f"grade {grade}: far away nothing has moved")


def refused(scratch, name, status, parts, *arguments):
    folder = os.path.join(scratch, "refused")
    run = subprocess.run([DENS, "phantom", "--diagnosis", "chordoma", "-o", folder, *arguments], capture_output=True, text=True, check=False)
    line = one_line(run)
    tap.check(run.returncode == status and all(part in line for part in parts) and not os.path.exists(folder), f"{name}: exit {status}",
              [run.returncode, line])


def refusals(scratch, block, labels, other):
    refused(scratch, "no place", 2, ["--into", "--seed-point"], "--into", block, "--as", "ct")
    refused(scratch, "two places", 2, ["one of"], "--into", block, "--as", "ct", "--seed-point", "1,2,3", "--labels", labels)
    refused(scratch, "a point of two numbers", 2, ["--seed-point", "x,y,z"], "--into", block, "--as", "ct", "--seed-point", "1,2")
    refused(scratch, "a point outside", 1, ["block.nii.gz", "outside"], "--into", block, "--as", "ct", "--seed-point", "900,2,3")
    refused(scratch, "a weighting that nobody says", 2, ["block.nii.gz", "--as"], "--into", block, "--seed-point", "20,20,20")
    refused(scratch, "an unknown weighting", 2, ["--as", "pd"], "--into", block, "--as", "pd", "--seed-point", "20,20,20")
    refused(scratch, "labels of another grid", 1, ["other.nii.gz", "grid"], "--into", block, "--as", "ct", "--labels", other)
    refused(scratch, "no file", 1, ["absent.nii.gz"], "--into", os.path.join(scratch, "absent.nii.gz"), "--as", "ct", "--seed-point", "1,2,3")
    refused(scratch, "a preview of one volume", 2, ["--preview"], "--into", block, "--seed-point", "1,2,3", "--preview", "x.png")


with tempfile.TemporaryDirectory() as scratch_folder:
    real(scratch_folder)
    reactions(scratch_folder)
    pushed(scratch_folder)
    refusals(scratch_folder, *made_up(scratch_folder))
sys.exit(tap.end())
