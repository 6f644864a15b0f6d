"""Alerts, mimics, pathology and considerations, end to end: what a reader sees, and what a result holds."""

import glob
import json
import os
import re
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, crashed, dens, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()

PARTS = ("alerts", "mimics_to_consider", "pathology_advice", "management")
CONTRADICTION = {
    "ct.vertical_trabeculae": "present", "mr.fat": "present", "mr.t1": "high", "mr.t2": "high", "extent.soft_tissue_mass": "absent",
    "ct.cortex": "intact", "path.cells": ["glands", "epithelial_nests"], "path.atypia": "marked", "path.positive": ["cytokeratin"]}


def result_of(path, *options):
    run = dens("differential", path, "--format", "json", *options)
    return json.loads(run.stdout) if run.returncode == 0 else None


def flat(text):
    return re.sub(r"\s+", " ", text)


def what_a_reader_sees(folder):
    findings = {"extent.canal": ["epidural", "cord_compression"], "clinical.calcium": "raised", "site.levels": ["C5"]}
    run = dens("differential", write_case(folder, findings=findings))
    text = flat(run.stdout)
    tap.check(run.returncode == 0 and text.startswith(" Alerts"), "alerts come first", [run.stderr, text[:200]])
    tap.check("! within hours Spinal cord compression (possible)" in text, "a hedged value is possible", [text[:400]])
    tap.check("! within hours Hypercalcaemia (reported)" in text, "a read value is reported", [text[:600]])
    tap.check("Based on: Spinal canal: epidural or cord compression" in text, "an alert says what it is based on")
    tap.check("Within hours: spinal cord compression (possible); hypercalcaemia." in text, "the impression repeats them")
    full = flat(dens("differential", write_case(folder, findings=findings), "--full").stdout)
    tap.check("Considerations for the tumour board" in full and "Pathology" in full, "the whole report has pathology and considerations")
    quiet = flat(dens("differential", write_case(folder, findings={"extent.canal": "none"})).stdout)
    tap.check("No alert from what was reported." in quiet, "nothing reported, no alert")


def histology_against_imaging(folder):
    case = write_case(folder, findings=CONTRADICTION, patient=None)
    text = flat(dens("differential", case).stdout)
    tap.check("Histology and imaging contradict each other" in text and "To ask: was the needle in the lesion" in text,
              "a contradiction is an alert with questions", [text[:800]])
    without = flat(dens("differential", case, "--without-path").stdout)
    tap.check("contradict each other" not in without, "without pathology there is none")


def scores_are_told(folder):
    case = write_case(folder, findings={"site.levels": ["C5"], "site.alignment": "deformity", "ct.density": "lytic", "site.posterolateral": "bilateral",
                                        "clinical.mechanical_pain": "present", "ct.collapse": "partial", "ct.collapse_percent": 60})
    result = result_of(case)
    alert = [a for a in result["alerts"] if a["id"] == "instability"]
    tap.check(len(alert) == 1 and alert[0]["because_scores"] == ["sins"] and alert[0]["certainty"] == "calculated",
              "an unstable segment by its score", [result["alerts"], result["scores"]])
    text = flat(dens("differential", case).stdout)
    tap.check(re.search(r"Based on: Spinal Instability Neoplastic Score \(SINS\): 1[3-8]", text), "the score stands beside it", [text[:500]])


def every_case(folder):
    """What holds for all coded cases: citations resolve, texts are whole, nothing is called solitary."""
    del folder
    order = ["hours", "days", "planned"]
    for path in sorted(glob.glob(os.path.join(SOURCE, "cases", "dev", "*.json")))[::6]:
        name = os.path.basename(path)
        result = result_of(path)
        items = [item for part in PARTS for item in result[part]]
        keys = {key for item in items for key in item["sources"]}
        tap.check(all(item["sources"] for item in items) and keys <= set(result["sources"]), f"{name}: every citation resolves",
                  [keys - set(result["sources"])])
        texts = " ".join(item["text"] for item in items)
        tap.check("{" not in texts and "typical cartilaginous" not in texts, f"{name}: whole texts", [texts[:300]])
        ranks = [order.index(alert["urgency"]) for alert in result["alerts"]]
        tap.check(ranks == sorted(ranks), f"{name}: by urgency", [ranks])
        tap.check("olitary" not in " ".join(result["impression"]), f"{name}: the impression calls nothing solitary")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for part in (what_a_reader_sees, histology_against_imaging, scores_are_told, every_case):
            part(folder)
        run = dens("differential", write_case(folder, findings={"path.cells": ["giant_cells"], "clinical.fever": "present"}))
        tap.check(not crashed(run) and "parathyroid" not in run.stderr, "no crash")
    tap.check(not told_secrets, "standard error holds nothing of a patient", told_secrets)
    sys.exit(tap.end())


if __name__ == "__main__":
    main()
