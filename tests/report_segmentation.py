#!/usr/bin/env python3
"""Masks from clicks on lesions that are put into real volumes, as the table of docs/segmentation.md.

report_segmentation.py PROGRAM BENCH SHARED [--write FILE] [--chosen] [--seeds N] [--only CT] [--diagnoses LIST]: implants each diagnosis into a real CT and a real T2 (../shared),
lets the reader of bench/segmentation.c click through every method, and prints Dice and the 95th percentile of the surfaces' distance by number of clicks.
--chosen takes the seeds and the vertebrae that the method's conventions were chosen on; without it others, which alone count."""
import argparse
import concurrent.futures
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import nibabel
import numpy
import scipy.ndimage

from document_table import put

CLICKS = 5
EDGE_MM = 2.0
# image, role, vertebral bodies (LPS, mm; found by looking): the first two were chosen on, the last two are reported
HOSTS = {"CT": ("cspine_ct_lidc0314/lidc0314_c6_t4.nii.gz", "ct", ("-7.25,162.1,-423.8", "-7.25,186.3,-452.8"), ("-7.25,173.8,-436.8", "-7.25,199.6,-467.8")),
         "T2": ("cspine_mri_sct/t2_full/t2_1mm_full.nii.gz", "t2", ("6.2,-16.8,22.7", "6.2,-15.8,-13.3"), ("6.2,-16.8,4.7", "6.2,-8.8,-42.3"))}
PEERS_ON = ("chordoma", "metastasis", "giant_cell_tumor", "aneurysmal_bone_cyst", "chondrosarcoma", "benign_notochordal_cell_tumor")
METHODS = {"dens": "`dens segment`", "growing": "region growing", "walker": "random walker"}


def blur_edge(host_path, implanted_path):
    """The lesion as if its edge were blurred: what it changed is smeared by a Gaussian."""
    out_path = implanted_path + ".blurred.nii"
    host, made = nibabel.load(host_path), nibabel.load(implanted_path)
    change = numpy.asarray(made.dataobj, numpy.float32) - numpy.asarray(host.dataobj, numpy.float32)
    sigma = [EDGE_MM / s for s in made.header.get_zooms()[:3]]
    nibabel.save(nibabel.Nifti1Image(numpy.asarray(host.dataobj, numpy.float32) + scipy.ndimage.gaussian_filter(change, sigma), made.affine), out_path)
    return out_path


def is_isointense(volume_path, mask_path):
    """Lesion and the 6 mm around it differ by less than the spread of these."""
    volume, mask = (numpy.asarray(nibabel.load(p).dataobj, numpy.float32) for p in (volume_path, mask_path))
    mask = mask > 0
    spacing = nibabel.load(mask_path).header.get_zooms()[:3]
    low, high = (numpy.array(f) for f in zip(*[(s.start, s.stop) for s in scipy.ndimage.find_objects(mask)[0]]))
    box = tuple(slice(max(0, a - 9), b + 9) for a, b in zip(low, high))
    away = scipy.ndimage.distance_transform_edt(~mask[box], spacing)
    shell = volume[box][(away > 1) & (away <= 6)]
    return abs(numpy.median(volume[box][mask[box]]) - numpy.median(shell)) < shell.std()


def crop(folder, mask_path, *paths):
    """Keeps what lies within 55 mm of the lesion: more than the method looks at. The crops are made in the folder."""
    mask = nibabel.load(mask_path)
    box = scipy.ndimage.find_objects(numpy.asarray(mask.dataobj) > 0)[0]
    margin = [int(55 / s) for s in mask.header.get_zooms()[:3]]
    box = tuple(slice(max(0, s.start - m), s.stop + m) for s, m in zip(box, margin))
    made = [os.path.join(folder, f"crop-{n}.nii") for n in range(1 + len(paths))]
    for path, out in zip((mask_path, *paths), made):
        nibabel.save(nibabel.load(path).slicer[box], out)
    return made


def click(bench, method, mask, *volumes):
    run = subprocess.run([bench, method, str(CLICKS), mask, *volumes], capture_output=True, text=True, check=True)
    return [tuple(float(x) for x in line.split()) for line in run.stdout.splitlines()]


def one(task):
    """[(kind of lesion, method, clicks)] of one lesion in one image."""
    args, name, diagnosis, seed, peers, scratch = task
    path, role, chosen, reported = HOSTS[name]
    host, folder = os.path.join(args.shared, "data", path), os.path.join(scratch, f"{name}-{diagnosis}-{seed}")
    point = (chosen if args.chosen else reported)[seed % 2]
    subprocess.run([args.program, "phantom", "-q", "--into", host, "--as", role, "--seed-point", point, "-d", diagnosis, "-s", str(seed), "-o", folder], check=True)
    volume, mask = os.path.join(folder, "volume.nii.gz"), os.path.join(folder, "lesion.nii.gz")
    kind = "iso-intense" if is_isointense(volume, mask) else "clear"
    mask, volume, host = crop(folder, mask, volume, host)
    blurred = blur_edge(host, volume)
    out = [(f"{name}, all", "dens", click(args.bench, "dens", mask, volume))]
    out.append((f"{name}, {kind}", "dens", out[0][2]))
    out.append((f"{name}, ill-defined", "dens", click(args.bench, "dens", mask, blurred)))
    if peers:
        out.append((f"{name}, six ill-defined", "dens", out[2][2]))
        out.append((f"{name}, six diagnoses", "dens", out[0][2]))
        out += [(f"{name}, six diagnoses", m, click(args.bench, m, mask, volume)) for m in METHODS if m != "dens"]
        out += [(f"{name}, six ill-defined", m, click(args.bench, m, mask, blurred)) for m in METHODS if m != "dens"]
    if args.verbose:
        print(diagnosis, seed, name, kind, " ".join(f"{c[0]:.2f}" for c in out[0][2]), "ill-defined", " ".join(f"{c[0]:.2f}" for c in out[2][2]), file=sys.stderr, flush=True)
    shutil.rmtree(folder)
    return out


def rows(found):
    for kind in sorted({k for k, _, _ in found}):
        for method, label in METHODS.items():
            runs = [clicks for k, m, clicks in found if k == kind and m == method]
            if runs:
                cells = [f"{statistics.median(r[c][0] for r in runs):.2f}, {statistics.median(r[c][1] for r in runs):.1f}" for c in (0, 1, 2, 4)]
                milliseconds = statistics.median(x[2] for r in runs for x in r)
                yield f"| {kind} | {label} | {len(runs)} | " + " | ".join(cells) + f" | {milliseconds / 1000:.2f} |"


def table(args):
    diagnoses = [line.split()[0] for line in subprocess.run([args.program, "phantom", "--list"], capture_output=True, text=True, check=True).stdout.splitlines() if line.strip()]
    diagnoses = args.diagnoses.split(",") if args.diagnoses else diagnoses
    first = 1 if args.chosen else 11
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        tasks = [(args, name, diagnosis, seed, args.peers and seed == first and diagnosis in PEERS_ON, scratch) for name in HOSTS if args.only in name for diagnosis in diagnoses
                 for seed in range(first, first + args.seeds)]
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for result in pool.map(one, tasks):
                found += result
    yield "| lesions | method | number | one click | two | three | five | s a click |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from rows(found)


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "bench", "shared"):
        parser.add_argument(name)
    parser.add_argument("--write")
    parser.add_argument("--chosen", action="store_true")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="CT or T2")
    parser.add_argument("--diagnoses", default="", help="with commas between; else all")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    put(args.write, "make report-segmentation", "\n".join(table(args)))


main()
