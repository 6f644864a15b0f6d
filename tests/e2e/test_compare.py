"""`dens compare` end to end: two phantoms, pairs of results made by hand, and what must be refused. Prints TAP."""

import copy
import json
import os
import shutil
import sys
import tempfile
import xml.etree.ElementTree

import jsonschema

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SECRET_AGE, SOURCE, crashed, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
with open(os.path.join(SOURCE, "schema/dens-comparison-1.schema.json"), encoding="utf-8") as stream:
    SCHEMA = jsonschema.Draft202012Validator(json.load(stream))
FILES = ["comparison.html", "comparison.json", "comparison.txt"]
COUNT = [0]


def measurement(name, value, sd=None, unit="mm", inputs=("ct", "lesion"), **more):
    item = {"id": name, "label": name, "value": value, "unit": unit, "of": "lesion", "method": "m", "inputs": list(inputs)}
    return dict(item, **({} if sd is None else {"sd": sd}), **more)


def result(folder, name, findings=None, measurements=(), **changes):
    """A result of a case made by the program, with measurements put in by hand."""
    path = os.path.join(folder, name)
    case = write_case(folder, "case-" + name, findings=dict({"site.levels": ["C4"]}, **(findings or {})))
    document = json.loads(dens("differential", case, "--format", "json").stdout)
    document["measurements"] = list(measurements)
    document.update(changes)
    return save(path, document)


def save(path, document):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(document, out)
    return path


def load(path):
    with open(path, encoding="utf-8") as stream_:
        return json.load(stream_)


def compare(folder, first, second):
    """The comparison, checked against the schema."""
    COUNT[0] += 1
    out = os.path.join(folder, f"out-{COUNT[0]}")
    run = dens("compare", first, second, "-o", out, "--format", "json")
    tap.check(run.returncode == 0 and sorted(os.listdir(out)) == FILES, f"comparison {COUNT[0]} is written", [run.stderr])
    document = json.loads(run.stdout)
    faults = [error.message for error in SCHEMA.iter_errors(document)]
    written = load(os.path.join(out, "comparison.json"))
    tap.check(not faults and written == document, f"comparison {COUNT[0]} follows the schema", faults)
    xml.etree.ElementTree.parse(os.path.join(out, "comparison.html"))
    with open(os.path.join(out, "comparison.txt"), encoding="utf-8") as text:
        lines = text.read().splitlines()
    tap.check(all(len(line) <= 100 and line == line.rstrip() for line in lines), f"comparison {COUNT[0]}: the text keeps its width",
              [line for line in lines if len(line) > 100 or line != line.rstrip()])
    return document


def verdicts(document):
    return {m["id"]: m["verdict"] for m in document["measurements"]}


def measurements_judged(folder):
    before = result(folder, "m1.json", {"extent.soft_tissue_mass": "present"}, [
        measurement("size.volume_ml", 10, 0.1, "mL"), measurement("size.longest_axial_mm", 30, 0.3), measurement("attenuation.mean", 50, 2, "[hnsf'U]"),
        measurement("attenuation.p50", 50, None, "[hnsf'U]"), measurement("signal.t2_muscle", 2, 0.1, "1", ("t2", "lesion", "muscle")),
        measurement("signal.t1_muscle", 1, 0.1, "1", ("t1", "lesion", "muscle")), measurement("uptake.suv_max", 10, 0.5, "g/mL", ("pet", "lesion")),
        {"id": "enhancement.ratio", "label": "e", "missing": "no series"}, measurement("size.longest_3d_mm", 31, 0.3, "mm")])
    after = result(folder, "m2.json", {"extent.soft_tissue_mass": "present"}, [
        measurement("size.volume_ml", 15, 0.1, "mL"), measurement("size.longest_axial_mm", 40, 0.3), measurement("attenuation.mean", 80, 2, "[hnsf'U]"),
        measurement("attenuation.p50", 80, None, "[hnsf'U]"), measurement("signal.t2_muscle", 3, 0.1, "1", ("t2", "lesion", "disc")),
        measurement("uptake.suv_max", 7, 0.5, "g/mL", ("pet", "lesion")), measurement("enhancement.ratio", 40, 3, "%", ("t1", "t1c", "lesion")),
        measurement("size.longest_3d_mm", 3.1, 0.3, "cm"), measurement("size.components", 1, None, "1")])
    document = compare(folder, before, after)
    found, by_id = verdicts(document), {m["id"]: m for m in document["measurements"]}
    tap.check(found == {"size.volume_ml": "no_change", "size.longest_axial_mm": "changed", "attenuation.mean": "changed",
                        "attenuation.p50": "cannot_be_told", "signal.t2_muscle": "not_compared", "signal.t1_muscle": "missing",
                        "uptake.suv_max": "changed", "enhancement.ratio": "missing", "size.longest_3d_mm": "not_compared",
                        "size.components": "missing"}, "each measurement against its repeatability", [found])
    volume, mean = by_id["size.volume_ml"], by_id["attenuation.mean"]
    tap.check(volume["basis"] == "published" and volume["range"] == [-3.5, 5.5] and volume["percent"] == 50
              and volume["repeatability"]["sources"] == ["beaumont2015"] and "beaumont2015" in document["sources"],
              "a volume on CT has the published limits", [volume])
    tap.check(mean["basis"] == "own_error" and "percent" not in mean and abs(mean["range"][1] - 5.5437) < 0.001,
              "attenuation has its standard errors only, and no percentage", [mean])
    tap.check("units differ" in by_id["size.longest_3d_mm"]["reason"] and "disc" in by_id["signal.t2_muscle"]["reason"]
              and by_id["enhancement.ratio"]["reason"].startswith("missing before: no series")
              and by_id["signal.t1_muscle"]["reason"].startswith("missing after"), "the reasons say why", [by_id])
    recist = document["response"][0]
    tap.check(recist["category"] == "would count as progression" and "+33 %" in recist["text"], "RECIST 1.1", [recist])
    tap.check(document["response"][1]["category"] == "pattern of progression", "the bone criteria", document["response"])
    back = compare(folder, after, before)
    tap.check(verdicts(back)["size.longest_axial_mm"] == "changed" and back["response"][1]["category"] == "pattern of partial response",
              "the other way round it shrinks", [back["response"]])


def responses(folder):
    small = [measurement("size.longest_axial_mm", 30, 0.3)]
    for value, mass, category in ((35.9, "present", "would count as stable"), (21, "present", "would count as partial response"),
                                  (36, "present", "would count as progression"), (36, "absent", "not measurable")):
        document = compare(folder, result(folder, "r1.json", {"extent.soft_tissue_mass": mass}, small),
                           result(folder, "r2.json", {}, [measurement("size.longest_axial_mm", value, 0.3)]))
        tap.check(document["response"][0]["category"] == category, f"30 mm to {value} mm, mass {mass}: {category}", document["response"])
    mixed = compare(folder, result(folder, "r1.json", {"ct.density": "lytic"}, small),
                    result(folder, "r2.json", {"ct.density": "sclerotic"}, [measurement("size.longest_axial_mm", 45, 0.3)]))
    tap.check("contradict" in mixed["response"][1]["category"], "growth and fill-in contradict each other", mixed["response"])


def residuals(folder):
    nidus, none = {"ct.nidus": "present"}, {}
    early, filled = {"ct.nidus": "present", "mr.early_arterial": "present"}, {"ct.nidus": "absent", "mr.early_arterial": "absent"}
    back, still = {"clinical.recurrence": "present"}, {"mr.enhancement": "none", "mr.dce_curve": "none", "mr.early_arterial": "absent"}
    grown = [measurement("size.volume_ml", 20, 0.1, "mL")]
    table = [(nidus, dict(early, **back), (), ("yes", "yes")), (nidus, early, (), ("undetermined", "undetermined")),
             (nidus, filled, (), ("no", "undetermined")), (none, filled, (), ("undetermined", "undetermined")),
             (nidus, dict(filled, **{"clinical.night_pain": "present"}), (), ("undetermined", "undetermined")),
             (nidus, {"ct.nidus": "absent"}, (), ("undetermined", "undetermined")),
             (none, dict(still, **{"mr.dce_curve": ["none", "persistent"]}), [measurement("size.volume_ml", 10, 0.1, "mL")],
              ("undetermined", "undetermined")),
             (none, back, grown, ("undetermined", "yes")), (none, none, grown, ("undetermined", "undetermined")),
             (none, still, [measurement("size.volume_ml", 10, 0.1, "mL")], ("undetermined", "no")),
             (none, still, grown, ("undetermined", "undetermined")), (none, still, (), ("undetermined", "undetermined")),
             (none, dict(still, **{"clinical.recurrence": "present"}), grown, ("undetermined", "yes"))]
    for before, after, sizes, answers in table:
        document = compare(folder, result(folder, "d1.json", dict(before), [measurement("size.volume_ml", 10, 0.1, "mL")]),
                           result(folder, "d2.json", dict(after), sizes))
        found = tuple(r["answer"] for r in document["residual"])
        tap.check(found == answers, f"residual nidus and tumour: {after}, {len(sizes)} sizes", [found, document["residual"]])


def case_and_alerts(folder):
    before = result(folder, "c1.json", {"ct.density": "lytic", "clinical.pain": "present"})
    after = result(folder, "c2.json", {"ct.density": ["mixed", "sclerotic"], "extent.canal": "cord_compression"})
    document = compare(folder, before, after)
    changes = {f["finding"]: (f["kind"], f.get("before"), f.get("after")) for f in document["findings"]}
    tap.check(changes == {"ct.density": ("changed", "lytic", "sclerotic or mixed"), "clinical.pain": ("no_longer_stated", "present", None),
                          "extent.canal": ("newly_stated", None, "cord compression")}, "findings that changed", [changes])
    tap.check(any("cord" in alert["id"] for alert in document["alerts"]["new"])
              and document["conclusion"][0].startswith("New alert:"), "an alert that is new stands first", [document["alerts"]])
    ranks = document["differential"]
    tap.check(len(ranks) >= 5 and ranks[0]["after"]["rank"] == 1 and any(d["before"]["rank"] == 1 for d in ranks), "the differential, before and after",
              ranks)
    reverse = compare(folder, after, before)
    tap.check(any("cord" in alert["id"] for alert in reverse["alerts"]["gone"]), "an alert that is gone", [reverse["alerts"]])
    run = dens("compare", before, after, "-o", os.path.join(folder, "words"))
    tap.check(run.returncode == 0 and "Residual nidus: undetermined" in run.stdout and "CT density: lytic → " in run.stdout, "in words", [run.stdout])
    same = compare(folder, before, before)
    tap.check(any("same document" in note for note in same["notes"]) and not same["findings"] and not same["alerts"]["new"],
              "the same file twice: a note", same["notes"])


def refused(folder):
    good = result(folder, "good.json", {}, [measurement("size.volume_ml", 10, 0.1, "mL")])
    document = load(good)
    out = os.path.join(folder, "refused")

    def variant(name, change):
        changed = copy.deepcopy(document)
        change(changed)
        return save(os.path.join(folder, name), changed)

    dated = {name: variant(name + ".json", lambda d, day=day: d["provenance"].update(inputs=[{"series": "1.2", "sha256": "0", "date": day}]))
             for name, day in (("early", "2025-01-01"), ("late", "2026-01-01"))}
    text = os.path.join(folder, "broken.json")
    with open(text, "w", encoding="utf-8") as stream_:
        stream_.write('{"format": "dens-result/1", ')
    bad = [
        ([good, variant("sex.json", lambda d: d["case"]["patient"].update(sex="male"))], 1, "another patient"),
        ([good, variant("age.json", lambda d: d["case"]["patient"].update(age=SECRET_AGE - 30))], 1, "younger"),
        ([good, variant("level.json", lambda d: d["case"]["findings"].update({"site.levels": ["C7"]}))], 1, "no level"),
        ([dated["late"], dated["early"]], 1, "earlier result first"),
        ([good, text], 1, "broken.json:1:"), ([good, os.path.join(folder, "absent.json")], 1, "absent.json"),
        ([good, write_case(folder, "a-case.json")], 1, "must be 'dens-result/1', not 'dens-case/1'"), ([good, folder], 1, "result.json"),
        ([good], 2, "compare"), ([good, good, good], 2, "one operand too many"),
    ]
    for operands, code, words in bad:
        run = dens("compare", *operands, "-o", out)
        tap.check(run.returncode == code and not crashed(run) and words in one_line(run) and not os.path.exists(out), f"refused: {words}",
                  [run.returncode, one_line(run)])
    run = dens("compare", good, good)
    tap.check(run.returncode == 2 and "-o DIR is missing" in one_line(run), "without -o: exit 2", [one_line(run)])
    run = dens("compare", good, good, "-o", good)
    tap.check(run.returncode == 2 and "is a file" in one_line(run), "-o a file: exit 2", [one_line(run)])
    run = dens("compare", good, good, "-o", out, "--format", "xml")
    tap.check(run.returncode == 2 and not os.path.exists(out), "an unknown format: exit 2", [one_line(run)])
    in_order = compare(folder, dated["early"], dated["late"])
    tap.check(in_order["before"]["date"] == "2025-01-01" and not any("order" in note for note in in_order["notes"]), "in the order of the images",
              in_order["notes"])
    blocked = os.path.join(folder, "blocked")
    os.makedirs(os.path.join(blocked, "comparison.txt"))
    run = dens("compare", good, good, "-o", blocked)
    tap.check(run.returncode == 2 and os.listdir(blocked) == ["comparison.txt"], "all files or none", [one_line(run), os.listdir(blocked)])


def faulty_data(folder):
    good = result(folder, "data.json")
    knowledge = os.path.join(folder, "knowledge")
    shutil.copytree(os.path.join(SOURCE, "knowledge"), knowledge)
    path = os.path.join(knowledge, "repeatability.yaml")
    with open(path, encoding="utf-8") as stream_:
        text = stream_.read()
    for old, new, words in (("decrease: 35", "decrease: 0", "above 0"), ("source: lodge2017", "source: nobody", "unknown source"),
                            ("ct.nidus: [absent], mr", "ct.nidus: [maybe], mr", "no value of ct.nidus"), ("\nresidual:", "\nresiduals:", "residuals"),
                            ("mr.dce_curve: [none]", "mr.dce: [none]", "no finding"), ("osteoblastoma]", "osteoma_x]", "unknown diagnosis"),
                            ("points: \"for\"", "points: \"up\"", "direction"), ("id: recist", "id: resist", "recist and mda_bone")):
        tap.check(old in text, f"{old.strip()} stands in repeatability.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text.replace(old, new, 1))
        run = dens("compare", good, good, "-o", os.path.join(folder, "faulty"), "--knowledge", knowledge)
        tap.check(run.returncode == 1 and words in one_line(run) and "repeatability.yaml:" in one_line(run), f"repeatability.yaml refused: {words}",
                  [run.returncode, one_line(run)])


def phantoms(folder):
    """Two phantoms of one diagnosis are two patients; the case gives both one age, sex and level."""
    case = write_case(folder, "phantom.json", patient=None)
    folders = []
    for seed in ("1", "2"):
        study, report = os.path.join(folder, "study-" + seed), os.path.join(folder, "report-" + seed)
        made = dens("phantom", "--diagnosis", "chordoma", "--seed", seed, "-o", study)
        run = dens("evaluate", study, "--lesion", os.path.join(study, "lesion.nii.gz"), "--case", case, "-o", report)
        tap.check(made.returncode == 0 and run.returncode == 0, f"phantom {seed} is evaluated", [made.stderr, run.stderr])
        document = load(os.path.join(report, "result.json"))
        document["case"]["patient"] = {"age": 60, "sex": "male"}
        save(os.path.join(report, "result.json"), document)
        folders.append(report)
    document = compare(folder, *folders)
    sizes = [{m["id"]: m.get("value") for m in load(os.path.join(f, "result.json"))["measurements"]} for f in folders]
    volume = next(m for m in document["measurements"] if m["id"] == "size.volume_ml")
    tap.check(abs(volume["change"] - (sizes[1]["size.volume_ml"] - sizes[0]["size.volume_ml"])) < 1e-9 and volume["verdict"] in ("changed", "no_change"),
              "the volume's change is the difference of the two", [volume])
    tap.check(len(document["measurements"]) == len(sizes[0]) and document["before"]["date"] == document["after"]["date"]
              and any("same day" in note for note in document["notes"]), "every measurement is there, and the day of the images", document["notes"])


with tempfile.TemporaryDirectory() as scratch:
    for part in (measurements_judged, responses, residuals, case_and_alerts, refused, faulty_data, phantoms):
        part(scratch)
tap.check(not told_secrets, "nothing of the patient stands on standard error", told_secrets)
sys.exit(tap.end())
