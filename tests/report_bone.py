#!/usr/bin/env python3
"""Bone and canal of `dens segment --bone` against the truth of phantoms and against another tool's mask of a real CT, as a table of docs/segmentation.md.

report_bone.py PROGRAM SHARED [--write FILE]. The seeds are none that the method's limits were chosen on (those were 1 to 4)."""
import argparse
import os
import subprocess
import tempfile

import nibabel
import numpy
import scipy.ndimage

from document_table import put

PHANTOMS = (("chordoma", 11), ("metastasis", 12), ("giant_cell_tumor", 13), ("osteoblastoma", 14), ("multiple_myeloma", 15), ("osteosarcoma", 16),
            ("langerhans_cell_histiocytosis", 17), ("chondrosarcoma", 18))
BONE, CANAL = 9, 3
REAL = "spine_masks_tptbox/sub-ct_label-22_ct.nii.gz", "spine_masks_tptbox/sub-ct_seg-subreg_label-22_msk.nii.gz"


def read(path):
    return numpy.asarray(nibabel.load(path).dataobj).astype(int)


def agreement(found, truth, spacing):
    """Dice coefficient and 95th percentile of the distance between the surfaces in mm."""
    box = scipy.ndimage.find_objects((found | truth).astype(numpy.uint8))[0]
    found, truth = found[box], truth[box]
    dice = 2 * (found & truth).sum() / (found.sum() + truth.sum())
    surfaces = [mask & ~scipy.ndimage.binary_erosion(mask) for mask in (found, truth)]
    away = [scipy.ndimage.distance_transform_edt(~surface, spacing) for surface in surfaces]
    both = numpy.concatenate([away[1][surfaces[0]], away[0][surfaces[1]]])
    return f"{dice:.3f}, {numpy.percentile(both, 95):.1f}"


def segment(program, volume, out):
    """The labels, and what the program says of the canal."""
    told = subprocess.run([program, "segment", "--volume", volume, "--bone", "-o", out], capture_output=True, text=True, check=True).stdout
    return read(out), told.split(" over ")[1].strip() if " over " in told else "none found"


def phantom_row(program, diagnosis, seed, scratch):
    folder, out = os.path.join(scratch, diagnosis), os.path.join(scratch, diagnosis + ".nii.gz")
    subprocess.run([program, "phantom", "-q", "-d", diagnosis, "-s", str(seed), "-o", folder], check=True)
    labels, canal = segment(program, os.path.join(folder, "ct"), out)
    spacing = nibabel.load(out).header.get_zooms()[:3]
    anatomy, lesion = read(os.path.join(folder, "anatomy.nii.gz")), read(os.path.join(folder, "lesion.nii.gz")) > 0
    level, part = anatomy // 100 - 10, anatomy % 100
    bone = (anatomy >= 1000) & ~((part >= 16) & (part <= 19))
    intact = bone & ~lesion
    slices = numpy.where(((level >= 1) & bone).any((0, 1)))[0]  # from C1 downward
    box = numpy.s_[:, :, slices[0]:slices[-1] + 1]
    cells = [agreement((labels == BONE) & ~lesion, intact, spacing), f"{(labels == BONE)[bone & lesion].mean():.2f}",
             agreement((labels == CANAL)[box], ((anatomy >= 1) & (anatomy <= 3))[box], spacing)]
    return f"| phantom, {diagnosis.replace('_', ' ')}, seed {seed} | " + " | ".join(cells) + f" | {canal} |"


def table(args):
    yield "| CT | bone without the lesion | of the bone that the lesion took | canal, C1 to T1 | the canal's length |"
    yield "| --- | --- | --- | --- | --- |"
    with tempfile.TemporaryDirectory() as scratch:
        for diagnosis, seed in PHANTOMS:
            yield phantom_row(args.program, diagnosis, seed, scratch)
        volume, mask = (os.path.join(args.shared, "data", name) for name in REAL)
        labels, canal = segment(args.program, f"ct={volume}", os.path.join(scratch, "real.nii.gz"))
        truth = read(mask)
        cell = agreement(labels == BONE, (truth >= 41) & (truth <= 50), nibabel.load(mask).header.get_zooms()[:3])
        yield f"| patient, L2 to L4, 1.5 mm, porous | {cell} | – | – | {canal} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("shared")
    parser.add_argument("--write")
    args = parser.parse_args()
    put(args.write, "make report-bone", "\n".join(table(args)))


main()
