"""Features of the standard's phantoms against its reference values.

    tests/ibsi_agreement.py PROGRAM SHARED     prints the table of docs/ibsi.md
"""

import csv
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = [
    ("morph", "Morphology"), ("loc", "Local intensity"), ("stat", "Intensity statistics"), ("ih", "Intensity histogram"),
    ("ivh", "Intensity-volume histogram"), ("cm", "Grey level co-occurrence"), ("rlm", "Grey level run length"),
    ("szm", "Grey level size zone"), ("dzm", "Grey level distance zone"), ("ngt", "Neighbourhood grey tone difference"),
    ("ngl", "Neighbouring grey level dependence"), ("", "Diagnostic figures of each step")]
AGGREGATIONS = ["_2D_avg", "_2D_comb", "_2_5D_avg", "_2_5D_comb", "_3D_avg", "_3D_comb", "_2D", "_2_5D", "_3D"]


def family(tag):
    prefix = tag.split("_", 1)[0]
    return prefix if prefix in dict(FAMILIES) and not tag.startswith("morph_mask") else ""


def feature(tag):
    """The feature of a tag without its aggregation."""
    return next((tag[:-len(end)] for end in AGGREGATIONS if tag.endswith(end)), tag)


def digital_inputs():
    folder = os.path.join(HERE, "data", "ibsi_digital")
    return [os.path.join(folder, name) for name in ("phantom.nii.gz", "mask.nii.gz", "reference.csv")]


def ct_inputs(shared, config):
    """Image, mask and reference of the CT phantom, or None where it is not there."""
    folder = os.path.join(shared, "data", "ibsi")
    found = [glob.glob(os.path.join(folder, "ct_radiomics_phantom", "nifti", part, "*.nii.gz")) for part in ("image", "mask")]
    if not all(found):
        return None
    return [found[0][0], found[1][0], os.path.join(folder, f"ibsi1_chest_config_{config.lower()}.csv")]


def reference(path):
    for row in csv.DictReader(open(path, encoding="utf-8")):
        if row["value"]:
            yield row.get("ibsi_tag") or row["tag"], float(row["value"]), float(row["tolerance"])


def features(program, image, mask, config):
    run = subprocess.run([program, "measure", image, "--mask", mask, "--family", "ibsi", "--config", config, "--format", "csv"],
                         capture_output=True, text=True, check=True)
    rows = list(csv.reader(run.stdout.splitlines()))
    assert rows[0] == ["tag", "value"]
    return {tag: float(value) if value else None for tag, value in rows[1:]}


def agrees(value, expected, tolerance):
    """Reference values of features have three significant digits: ours agrees as it is, or rounded to as many."""
    return value is not None and any(abs(v - expected) <= tolerance + 1e-9 * abs(expected) for v in (value, float(f"{value:.3g}")))


def compare(program, inputs, config):
    """For each reference value: its tag, whether it is met, and ours."""
    image, mask, values = inputs
    ours = features(program, image, mask, config)
    return [(tag, agrees(ours.get(tag), value, tolerance), value, tolerance, ours.get(tag))
            for tag, value, tolerance in reference(values)]


def table(program, shared):
    columns = {"digital": compare(program, digital_inputs(), "digital")}
    for config in "ABCDE":
        inputs = ct_inputs(shared, config)
        if not inputs:
            sys.exit("ibsi_agreement.py: the CT phantom is not there")
        columns[config] = compare(program, inputs, config)
    yield "| family | features | " + " | ".join(columns) + " |"
    yield "| --- | --- |" + " --- |" * len(columns)
    for prefix, label in FAMILIES:
        cells = []
        for rows in columns.values():
            mine = [met for tag, met, *_ in rows if family(tag) == prefix]
            cells.append(f"{sum(mine)} of {len(mine)}" if mine else "none")
        count = len({feature(tag) for tag, *_ in columns["C"] if family(tag) == prefix}) if prefix else "–"
        yield f"| {label} | {count} | " + " | ".join(cells) + " |"
    totals = [[met for tag, met, *_ in rows if family(tag)] for rows in columns.values()]
    count = len({feature(tag) for tag, *_ in columns["C"] if family(tag)})
    yield f"| **all features** | **{count}** | " + " | ".join(f"**{sum(met)} of {len(met)}**" for met in totals) + " |"


if __name__ == "__main__":
    print("\n".join(table(sys.argv[1], sys.argv[2])))
