#!/usr/bin/env python3
"""The readings of the newer families: lines fitted on phantoms of one set of seeds, tested on others and on lesions put into a real CT.

report_readings.py PROGRAM SHARED [--write FILE]: makes the studies (22 diagnoses, two seeds a set; ten minutes or more), evaluates each with its mask and
labels, fits every line anew, and prints what the shipped rules of knowledge/readings.yaml read against what is true; with --write into the marked part of FILE."""
import argparse
import concurrent.futures
import json
import math
import os
import shutil
import subprocess
import tempfile

from document_table import put

FITTED_ON, TESTED_ON = (1, 2), (101, 102)
# a real CT without a lesion: points in vertebral bodies (LPS, mm; found by looking), each with the body that is normal marrow to it
HOST = "cspine_ct_lidc0314/lidc0314_c6_t4.nii.gz"
PLACES = [("-7.25,186.3,-452.8", "-7.25,162.1,-423.8"), ("-7.25,173.8,-436.8", "-7.25,199.6,-467.8")]
IMPLANTED = ("osteoid_osteoma", "chordoma", "chondrosarcoma", "chondromyxoid_fibroma", "metastasis", "giant_cell_tumor", "solitary_plasmacytoma",
             "benign_notochordal_cell_tumor", "enostosis", "aneurysmal_bone_cyst", "lymphoma", "osteoblastoma")
# what docs/phantom.md and src/phantom/lesion.c put into each diagnosis
CHONDROID = {"chordoma", "chondromyxoid_fibroma", "chondrosarcoma"}
OSTEOID = {"osteoblastoma", "osteosarcoma"}
OEDEMA = {"metastasis": "mild", "ewing_sarcoma": "mild", "osteosarcoma": "mild", "osteoid_osteoma": "extensive", "osteoblastoma": "extensive",
          "spondylodiscitis": "extensive"}


def artery(truth):
    share = max(truth["artery_contact_percent"].values())
    return "free" if share == 0 else "abutted" if share < 50 else "encased"


TRUTHS = {"ct.mineralization": lambda diagnosis, truth: "chondroid" if diagnosis in CHONDROID else "osteoid" if diagnosis in OSTEOID else "none",
          "ct.nidus": lambda diagnosis, truth: "present" if diagnosis == "osteoid_osteoma" else "absent",
          "mr.marrow_oedema": lambda diagnosis, truth: OEDEMA.get(diagnosis, "none"),
          "extent.escc": lambda diagnosis, truth: truth["escc"],
          "extent.vertebral_artery": lambda diagnosis, truth: artery(truth)}
# (finding, measurement, log scale, values below the line, values above it): the lines that are fitted
LINES = [("ct.mineralization", "matrix.share", True, {"none"}, {"chondroid"}),
         ("ct.nidus", "nidus.diameter_mm", True, {"absent"}, {"present"}),
         ("mr.marrow_oedema", "oedema.same_share", True, {"none"}, {"mild"}),
         ("mr.marrow_oedema", "oedema.same_share", True, {"mild"}, {"extensive"}),
         ("extent.escc", "canal.cord_distance_mm", False, {"1c", "2", "3"}, {"0", "1a", "1b"}),
         ("extent.escc", "canal.sac_narrowing", False, {"0", "1a", "1b", "1c"}, {"2", "3"}),
         ("extent.vertebral_artery", "artery.distance_mm", False, {"abutted", "encased"}, {"free"}),
         ("extent.vertebral_artery", "artery.encased_degrees", False, {"free", "abutted"}, {"encased"})]
# no line between the values was found: what is told of them is how far they overlap
UNREAD = [("margin.rim_share", "a sclerotic rim", {"osteoid_osteoma", "aneurysmal_bone_cyst", "chondromyxoid_fibroma", "osteoblastoma", "fibrous_dysplasia"}),
          ("margin.breached_share", "a cortex that is thinned or kept", {"osteoid_osteoma", "aneurysmal_bone_cyst", "chondromyxoid_fibroma", "fibrous_dysplasia",
                                                                          "benign_notochordal_cell_tumor", "enostosis", "hemangioma"})]


def run(*arguments):
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


def result_of(folder, diagnosis, truth):
    with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
        result = json.load(file)
    with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
        findings = json.load(file)["findings"]
    return {"diagnosis": diagnosis, "truth": {f: of(diagnosis, truth) for f, of in TRUTHS.items() if truth or f.startswith("ct.")},
            "measured": {m["id"]: m.get("value") for m in result["measurements"]},
            "read": {f: findings[f]["measured"]["likelihood"] for f in TRUTHS if "measured" in findings.get(f, {})},
            "cord_alert": any("cord compression" in json.dumps(a).lower() for a in result["alerts"])}


def phantom(task):
    program, diagnosis, seed, scratch = task
    study = os.path.join(scratch, f"{diagnosis}-{seed}")
    run(program, "phantom", "-q", "-d", diagnosis, "-s", str(seed), "-o", study)
    run(program, "evaluate", "-q", *(os.path.join(study, r) for r in ("ct", "t2", "stir")), "--lesion", study + "/lesion.nii.gz", "--lesion",
        study + "/lesion-mr.nii.gz", "--labels", study + "/labels.nii.gz", "--scheme", "dens", "-o", study + ".out")
    with open(study + "/truth.json", encoding="utf-8") as file:
        truth = json.load(file)
    found = result_of(study + ".out", diagnosis, truth)
    for folder in (study, study + ".out"):
        shutil.rmtree(folder)
    return found


def implant(task):
    program, shared, diagnosis, place, scratch = task
    study = os.path.join(scratch, f"{diagnosis}-at-{place}")
    point, marrow = PLACES[place]
    run(program, "phantom", "-q", "--into", os.path.join(shared, "data", HOST), "--as", "ct", "--seed-point", point, "-d", diagnosis, "-s", str(22 + place), "-o", study)
    run(program, "evaluate", "-q", f"ct={study}/volume.nii.gz", "--lesion", study + "/lesion.nii.gz", "--reference", f"marrow={marrow},4", "-o", study + ".out")
    found = result_of(study + ".out", diagnosis, None)
    for folder in (study, study + ".out"):
        shutil.rmtree(folder)
    return found


# ---- a line: P(above | x) = normal(( x - edge) / blur), both sides of equal weight


def below(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def pairs(line, lesions):
    finding, measurement, log, low, high = line
    for lesion in lesions:
        x, value = lesion["measured"].get(measurement), lesion["truth"].get(finding)
        if x is not None and value in low | high:
            yield (math.log(max(x, 1e-3)) if log else x), value in high


def fit(line, lesions):
    points = list(pairs(line, lesions))
    spread = sorted(x for x, _ in points)
    counts = {side: sum(1 for _, s in points if s == side) for side in (False, True)}
    best = (math.inf, 0, 1)
    least = 0.14 if line[2] else 0.04 * (spread[-1] - spread[0])  # readers do not all draw a line at the same place
    for step in range(201):
        edge = spread[0] + (spread[-1] - spread[0]) * step / 200
        for width in range(12):
            blur = least * 1.35 ** width
            loss = sum(-math.log(max(below((x - edge) / blur * (1 if above else -1)), 1e-6)) / counts[above] for x, above in points)
            best = min(best, (loss, edge, blur))
    return (math.exp(best[1]), math.exp(best[2])) if line[2] else best[1:]


def right_side(line, edge, lesions):
    at = math.log(edge) if line[2] else edge
    points = list(pairs(line, lesions))
    return f"{sum((x > at) == above for x, above in points)} of {len(points)}"


def right(lesions, finding):
    """(read, right, mean probability of the truth, largest ratio against the truth): right if no other value is likelier."""
    read = [(lesion["read"][finding], lesion["truth"][finding]) for lesion in lesions if finding in lesion["read"] and finding in lesion["truth"]]
    if not read:
        return "0 | – | – | –"
    hits = sum(likelihood[value] >= max(likelihood.values()) - 1e-9 for likelihood, value in read)
    mean = sum(likelihood[value] / sum(likelihood.values()) for likelihood, value in read) / len(read)
    worst = max(max(likelihood.values()) / likelihood[value] for likelihood, value in read)
    return f"{len(read)} | {hits} | {mean:.2f} | {worst:.1f}"


def table(args):
    listed = subprocess.run([args.program, "phantom", "--list"], capture_output=True, text=True, check=True).stdout
    diagnoses = [line.split()[0] for line in listed.splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        fitted, tested = ([*pool.map(phantom, [(args.program, d, s, scratch) for s in seeds for d in diagnoses])] for seeds in (FITTED_ON, TESTED_ON))
        implanted = [*pool.map(implant, [(args.program, args.shared, d, p, scratch) for p in range(len(PLACES)) for d in IMPLANTED])]
    yield f"{len(fitted)} phantoms fitted on (seeds 1 and 2), {len(tested)} others (seeds 101 and 102), {len(implanted)} lesions in a real CT."
    yield ""
    yield "| finding | line | fitted: edge | blur | on its side: fitted on | others |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for line in LINES:
        edge, blur = fit(line, fitted)
        low, high = (", ".join(sorted(v)) for v in line[3:])
        yield f"| `{line[0]}` | {low} · `{line[1]}` · {high} | {edge:.3g} | {'× ' if line[2] else ''}{blur:.3g} | {right_side(line, edge, fitted)} | {right_side(line, edge, tested)} |"
    yield ""
    yield "| finding, as shipped | lesions | read | right | mean probability of the truth | largest ratio against it |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for finding in TRUTHS:
        for name, lesions in (("fitted on", fitted), ("others", tested), ("in a real CT", implanted)):
            if name != "in a real CT" or finding.startswith("ct."):
                yield f"| `{finding}` | {name} | {right(lesions, finding)} |"
    yield ""
    pressed = [lesion for lesion in fitted + tested if lesion["truth"]["extent.escc"] in ("2", "3")]
    free = [lesion for lesion in fitted + tested if lesion not in pressed]
    yield (f"Alert of a compressed cord: in {sum(lesion['cord_alert'] for lesion in pressed)} of {len(pressed)} phantoms with grade 2 or 3, and in "
           f"{sum(lesion['cord_alert'] for lesion in free)} of {len(free)} with less.")
    yield ""
    yield "Not read, as the ranges overlap (least to greatest of all phantoms):"
    yield ""
    for measurement, what, having in UNREAD:
        ranges = []
        for side in (True, False):
            values = [lesion["measured"][measurement] for lesion in fitted + tested if lesion["measured"].get(measurement) is not None and (lesion["diagnosis"] in having) == side]
            ranges.append(f"{min(values):.2f} to {max(values):.2f}")
        yield f"- `{measurement}`: {ranges[0]} with {what}, {ranges[1]} without."


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("shared")
    parser.add_argument("--write")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    args = parser.parse_args()
    put(args.write, "make report-readings", "\n".join(table(args)))


main()
