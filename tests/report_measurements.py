#!/usr/bin/env python3
"""Measured against true on phantom studies, as the table of docs/measurements.md.

report_measurements.py PROGRAM [--write FILE]: makes the studies, evaluates each with its mask and labels, and prints the table; with --write it
replaces what stands between the marks of that file."""
import array
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile

from document_table import put

DIAGNOSES = ("chordoma", "metastasis", "osteoid_osteoma", "giant_cell_tumor", "chondrosarcoma", "aneurysmal_bone_cyst", "nerve_sheath_tumor")
LEVELS = ("C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1")
CANAL, BODY, ARCH, NOT_BONE = (1, 2, 3), (1, 2, 3), (4, 9, 10, 15), (16, 17, 18, 19)  # codes and parts of docs/phantom.md
CORTEX_MM = 0.8  # the phantom's, everywhere: docs/phantom.md


def labels_of(path):
    raw = gzip.open(path).read()
    kind = {2: "B", 4: "h", 512: "H"}[struct.unpack_from("<h", raw, 70)[0]]
    out = array.array(kind)
    out.frombytes(raw[int(struct.unpack_from("<f", raw, 108)[0]):])
    return out


def true_levels(folder):
    """Vertebrae that hold 5 voxels of the lesion, by what would be there without it."""
    counts = {}
    for lesion, code in zip(labels_of(folder + "/lesion.nii.gz"), labels_of(folder + "/anatomy.nii.gz")):
        if lesion and code >= 1000 and not 16 <= code % 100 <= 19:
            level = LEVELS[code // 100 - 10]
            counts[level] = counts.get(level, 0) + 1
    return sorted(level for level, count in counts.items() if count >= 5)


def true_places(folder):
    """What the lesion took, by what would be there without it: mL beyond bone and in the canal, shares of its bone in body, beside, arch."""
    with gzip.open(folder + "/lesion.nii.gz") as file:
        spacing = struct.unpack_from("<3f", file.read(352), 80)
    count = {"canal": 0, "outside": 0, "body": 0, "lateral": 0, "arch": 0}
    for lesion, code in zip(labels_of(folder + "/lesion.nii.gz"), labels_of(folder + "/anatomy.nii.gz")):
        if not lesion:
            continue
        part = code % 100 if code >= 1000 else 0
        if code in CANAL:
            count["canal"] += 1
        elif code < 1000 or part in NOT_BONE:
            count["outside"] += 1
        else:
            count["body" if part in BODY else "arch" if part in ARCH else "lateral"] += 1
    bone = max(count["body"] + count["lateral"] + count["arch"], 1)
    ml = spacing[0] * spacing[1] * spacing[2] / 1000
    return {"mass.volume_ml": (count["canal"] + count["outside"]) * ml, "mass.epidural_ml": count["canal"] * ml,
            **{f"elements.{part}_share": count[part] / bone for part in ("body", "lateral", "arch")}}


def places_of(truth, places, measured):
    """(measurement, true, measured) of what is told from labels; errors are absolute, as many are 0."""
    known = dict(places)
    known["collapse.loss_percent"] = truth["collapse_percent"]
    known["artery.encased_degrees"] = 3.6 * max(truth["artery_contact_percent"].values())
    known["cortex.normal_mm"] = CORTEX_MM
    for name, true in known.items():
        yield name, true, measured[name].get("value")


def rows_of(truth, measured):
    """(family, quantity, true, measured) of the quantities that truth.json knows."""
    series = truth["series"]

    def ratio(role, tissue):
        return series[role]["lesion_mean"] / series[role][tissue + "_mean"]

    known = [("size", "volume_ml", truth["lesion_volume_ml"]), ("attenuation", "mean", series["ct"]["lesion_mean"]),
             ("enhancement", "ratio", truth["enhancement_percent"])]
    known += [("signal", f"{role}_{tissue}", ratio(role, tissue)) for role in ("t1", "t2", "stir") for tissue in ("muscle", "marrow")]
    for family, name, true in known:
        found = measured[f"{family}.{name}"]
        yield family, name, true, found.get("value")


def evaluate(program, diagnosis, scratch):
    study, out = os.path.join(scratch, diagnosis), os.path.join(scratch, diagnosis + ".out")
    subprocess.run([program, "phantom", "-q", "-d", diagnosis, "-s", "1", "-o", study], check=True)
    subprocess.run([program, "evaluate", "-q", *(os.path.join(study, role) for role in ("ct", "t1", "t2", "stir", "t1c")), "--lesion", study + "/lesion.nii.gz",
                    "--lesion", study + "/lesion-mr.nii.gz", "--labels", study + "/labels.nii.gz", "--scheme", "dens", "-o", out], check=True,
                   stdout=subprocess.DEVNULL)
    with open(os.path.join(study, "truth.json"), encoding="utf-8") as file:
        truth = json.load(file)
    with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
        measured = {m["id"]: m for m in json.load(file)["measurements"]}
    return truth, measured, true_levels(study), true_places(study)


def table(program):
    worst, placed, levels = {}, {}, []
    with tempfile.TemporaryDirectory() as scratch:
        for diagnosis in DIAGNOSES:
            truth, measured, true, places = evaluate(program, diagnosis, scratch)
            note = measured["anatomy.levels"].get("note", "")
            levels.append((diagnosis, ", ".join(true), note))
            for family, name, value, found in rows_of(truth, measured):
                worst.setdefault(f"{family}.{name}", []).append((diagnosis, value, found))
            for name, value, found in places_of(truth, places, measured):
                placed.setdefault(name, []).append((value, found))
    yield "| measurement | " + " | ".join(d.replace("_", " ") for d in DIAGNOSES) + " | largest error |"
    yield "| --- " * (len(DIAGNOSES) + 2) + "|"
    for quantity, cells in worst.items():
        errors = [abs(found / true - 1) for _, true, found in cells if found is not None and true]
        shown = [f"{true:.3g} / " + (f"{found:.3g}" if found is not None else "–") for _, true, found in cells]
        yield f"| `{quantity}` | " + " | ".join(shown) + (f" | {100 * max(errors):.1f} % |" if errors else " | – |")
    for quantity, cells in placed.items():
        errors = [abs(found - true) for true, found in cells if found is not None]
        shown = [f"{true:.3g} / " + (f"{found:.3g}" if found is not None else "–") for true, found in cells]
        yield f"| `{quantity}` | " + " | ".join(shown) + (f" | {max(errors):.2g} |" if errors else " | – |")
    yield "| `anatomy.levels` | " + " | ".join(f"{true} / {note}" for _, true, note in levels) + " | |"


def main():
    put(sys.argv[3] if sys.argv[2:3] == ["--write"] else None, "make report-measurements", "\n".join(table(sys.argv[1])))


if __name__ == "__main__":
    main()
