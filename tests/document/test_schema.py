#!/usr/bin/python3
"""The two JSON Schemas and docs/formats.md: they agree with the vocabulary; the schemas accept every shipped
case and what the program says of them, and refuse what the program refuses. Prints TAP. Usage:
test_schema.py SOURCE_ROOT, with the build folder in DENS_BUILD"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import jsonschema
import yaml

ROOT = pathlib.Path(sys.argv[1])
CASE_SCHEMA = json.loads((ROOT / "schema/dens-case-1.schema.json").read_text("utf-8"))
RESULT_SCHEMA = json.loads((ROOT / "schema/dens-result-1.schema.json").read_text("utf-8"))
VOCABULARY = yaml.safe_load((ROOT / "knowledge/vocabulary.yaml").read_text("utf-8"))

CASES = jsonschema.Draft202012Validator(CASE_SCHEMA)
RESULTS = jsonschema.Draft202012Validator(
    RESULT_SCHEMA,
    resolver=jsonschema.RefResolver(
        "dens-result-1.schema.json", RESULT_SCHEMA, store={"dens-case-1.schema.json": CASE_SCHEMA}))


def vocabulary_findings():
    """Each finding's kind with its values or its range, as the schema should have them."""
    values, found = {}, {}
    for finding in VOCABULARY["findings"]:
        name, kind = finding["id"], finding["kind"]
        if kind == "number":
            found[name] = ("number", tuple(finding["range"]))
            continue
        if kind == "presence":
            values[name] = ["present", "absent"]
        elif "values_of" in finding:
            values[name] = values[finding["values_of"]]
        else:
            values[name] = [v if isinstance(v, str) else v["id"] for v in finding["values"]]
        found[name] = ("set" if kind == "set" else "choice", tuple(values[name]))
    return found


def schema_finding(name):
    """The same, read from the schema: a finding's definition X stands on X_value and on its kind's map."""
    definition = CASE_SCHEMA["$defs"]["findings"]["properties"][name]["$ref"].split("/")[-1]
    value = CASE_SCHEMA["$defs"][definition + "_value"]
    kind = CASE_SCHEMA["$defs"][definition]["anyOf"][1]["allOf"][0]["$ref"].split("/")[-1].split("_")[0]
    if kind == "number":
        return kind, (value["minimum"], value["maximum"])
    return kind, tuple(v for v in value["enum"] if isinstance(v, str))


def findings_agree():
    wanted = {k: v for k, v in vocabulary_findings().items() if not k.startswith("patient.")}
    properties = CASE_SCHEMA["$defs"]["findings"]["properties"]
    assert list(properties) == list(wanted), set(properties) ^ set(wanted)
    for name, expected in wanted.items():
        assert schema_finding(name) == expected, (name, schema_finding(name), expected)


def texts_agree():
    properties = CASE_SCHEMA["$defs"]["findings"]["properties"]
    for finding in VOCABULARY["findings"]:
        if finding["id"] in properties:
            assert properties[finding["id"]]["title"] == finding["label"], finding["id"]
            assert properties[finding["id"]]["description"] == finding["definition"], finding["id"]


def other_names_agree():
    properties = CASE_SCHEMA["properties"]
    assert list(properties["examinations"]["properties"]) == list(VOCABULARY["examinations"])
    diagnoses = [d["id"] for d in VOCABULARY["diagnoses"]] + ["none_of_these"]
    assert properties["truth"]["properties"]["diagnosis"]["enum"] == diagnoses
    age = properties["patient"]["properties"]["age"]
    assert (age["minimum"], age["maximum"]) == vocabulary_findings()["patient.age"][1]
    assert tuple(properties["patient"]["properties"]["sex"]["enum"]) == vocabulary_findings()["patient.sex"][1]


def values_in_words(finding):
    if finding["kind"] == "number":
        unit = "" if finding["unit"] == "1" else f"`{finding['unit']}`, "
        return f"number, {unit}{finding['range'][0]} to {finding['range'][1]}"
    if "values_of" in finding:
        return f"*set* of the values of `{finding['values_of']}`"
    kind, values = vocabulary_findings()[finding["id"]]
    return ("*set* of " if kind == "set" else "") + ", ".join(values)


def documentation_agrees():
    rows = (ROOT / "docs/formats.md").read_text("utf-8").splitlines()
    for finding in VOCABULARY["findings"]:
        if not finding["id"].startswith("patient."):
            row = f"| `{finding['id']}` | {values_in_words(finding)} | {finding['definition']} |"
            assert row in rows, "docs/formats.md lacks: " + row
    for diagnosis in VOCABULARY["diagnoses"]:
        row = f"| `{diagnosis['id']}` | {diagnosis['name']} | {diagnosis['group']} |"
        assert row in rows, "docs/formats.md lacks: " + row


def schemas_are_valid():
    jsonschema.Draft202012Validator.check_schema(CASE_SCHEMA)
    jsonschema.Draft202012Validator.check_schema(RESULT_SCHEMA)


def shipped_cases_validate():
    paths = sorted((ROOT / "cases").rglob("*.json"))
    assert len(paths) >= 87, len(paths)
    for path in paths:
        CASES.validate(json.loads(path.read_text("utf-8")))


def case_with(**findings):
    return {"format": "dens-case/1", "findings": {k.replace("__", "."): v for k, v in findings.items()}}


def every_form_validates():
    measured = {"value": "moderate", "likelihood": {"mild": 0.5, "moderate": 1.0}, "measurement": "m"}
    for case in [
            {"format": "dens-case/1"},
            {"format": "dens-case/1", "department": {"room": 4}},
            {"format": "dens-case/1", "patient": {"age": 0.5, "sex": "male"}},
            case_with(mr__t1="low"), case_with(mr__t1=["low", "high"]), case_with(mr__fat=["present"]),
            case_with(site__levels="C2"), case_with(site__levels=["C2", "C3"]), case_with(path__matrix=["none"]),
            case_with(path__grade=2), case_with(path__grade="2"), case_with(extent__escc="1b"),
            case_with(site__size_mm=[10, 20.5]), case_with(site__size_mm={"measured": {"value": 3, "sd": 0}}),
            case_with(mr__enhancement={"read": ["mild"], "measured": measured}),
            case_with(clinical__known_primary="present", clinical__primary_site="lung")]:
        CASES.validate(case)


BROKEN_CASES = [
    [], {}, {"format": "dens-case/2"}, {"format": "dens-case/1", "id": 4},
    {"format": "dens-case/1", "findings": []},
    {"format": "dens-case/1", "patient": {"age": 121}},
    {"format": "dens-case/1", "patient": {"age": "30Y"}},
    {"format": "dens-case/1", "patient": {"sex": "f"}},
    {"format": "dens-case/1", "patient": {"name": "x"}},
    {"format": "dens-case/1", "examinations": {"ct": "done"}},
    {"format": "dens-case/1", "examinations": {"us": "complete"}},
    {"format": "dens-case/1", "truth": {"diagnosis": "cordoma"}},
    {"format": "dens-case/1", "truth": {"basis": "histology"}},
    case_with(mr__t3="low"), case_with(patient__age=30), case_with(mr__t1="bright"), case_with(mr__t1=[]),
    case_with(mr__t1=["low", "low"]), case_with(mr__t1=True), case_with(mr__t1=None), case_with(mr__fat=True),
    case_with(mr__fat=["present", "absent"]), case_with(site__levels=[]), case_with(site__levels="none"),
    case_with(site__levels=["C9"]), case_with(site__levels={"measured": {"value": "C2"}}),
    case_with(path__matrix=["none", "osteoid"]), case_with(path__grade=4), case_with(path__grade=1.5),
    case_with(site__size_mm=401), case_with(site__size_mm="31 mm"), case_with(site__size_mm=[]),
    case_with(site__size_mm=[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    case_with(site__size_mm={"measured": {"sd": 1}}), case_with(site__size_mm={"measured": {"value": 5, "sd": -1}}),
    case_with(mr__t1={}), case_with(mr__t1={"reed": "low"}), case_with(mr__t1={"measured": "low"}),
    case_with(mr__t1={"measured": {"value": "low"}}),
    case_with(mr__t1={"measured": {"likelihood": {"low": 1}}}),
    case_with(mr__t1={"measured": {"value": "low", "likelihood": {}}}),
    case_with(mr__t1={"measured": {"value": "low", "likelihood": {"lo": 1}}}),
    case_with(mr__t1={"measured": {"value": "low", "likelihood": {"low": -1}}}),
    case_with(clinical__known_primary="absent", clinical__primary_site="lung"),
    case_with(clinical__known_primary={"read": ["absent"]}, clinical__primary_site="lung"),
]


def broken_cases_fail():
    for case in BROKEN_CASES:
        assert not CASES.is_valid(case), case


RESULT = {
    "format": "dens-result/1", "case": {"format": "dens-case/1"},
    "software": {"version": "0", "knowledge": "sha256:0", "prior": "clinic", "overlay": None},
    "impression": ["a"],
    "ranking": [
        {"diagnosis": "chordoma", "group": "malignant", "probability": 0.75, "interval": [0.5, 0.9],
         "for": [{"group": "t2_signal", "findings": ["mr.t2"], "weight": 1.9, "against": "metastasis", "text": "t",
                  "evidence": []}]},
        {"diagnosis": "none_of_these", "group": "none_of_these", "probability": 0.25, "interval": [0.1, 0.5]}],
    "groups": {"malignant": 0.75, "none_of_these": 0.25},
    "measurements": [{"id": "a", "value": 1, "unit": "mm"}, {"id": "b", "missing": "no series"}],
    "next": [{"examination": "ct", "gain_bits": 0.4, "text": "t",
              "if": [{"findings": {}, "probability": 0.3, "leads_to": [["chordoma", 0.9]]}]}],
    "scores": [{"id": "sins", "value": [9, 12]}, {"id": "escc", "value": "1b"}],
    "sources": {"a": {"text": "t"}}, "provenance": {"time": "2026-01-01T00:00:00Z", "inputs": [], "command": "c"},
}


def a_result_validates():
    RESULTS.validate(RESULT)
    RESULTS.validate({**RESULT, "later": 1})


def broken(path, value):
    """The result with the node at the path replaced, or removed where the value is `...`."""
    out = copy.deepcopy(RESULT)
    node = out
    for key in path[:-1]:
        node = node[key]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return out


BROKEN_RESULTS = [
    (["format"], "dens-result/2"), (["case"], ...), (["case", "format"], "x"), (["software", "prior"], ...),
    (["impression"], "a"), (["ranking", 0, "probability"], 1.5), (["ranking", 0, "interval"], [0.5]),
    (["ranking", 0, "group"], "bad"), (["ranking", 1, "diagnosis"], "metastasis"),
    (["ranking", 0, "for", 0, "weight"], None), (["groups", "none_of_these"], ...),
    (["measurements", 0, "missing"], "both"), (["measurements", 0, "unit"], ...),
    (["measurements", 1, "missing"], ...), (["measurements", 0, "value"], None),
    (["next", 0, "if", 0, "leads_to", 0], ["chordoma"]), (["scores", 0, "value"], [9, "x"]),
    (["sources", "a", "text"], ...), (["provenance", "time"], ...),
]


def broken_results_fail():
    for path, value in BROKEN_RESULTS:
        assert not RESULTS.is_valid(broken(path, value)), (path, value)


def dens(*arguments):
    run = subprocess.run([pathlib.Path(os.environ["DENS_BUILD"]) / "dens", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, (arguments, run.stderr)
    return run.stdout


def real_results_validate():
    """What the program says of every third shipped case, under each prior and restricted."""
    options = [[], ["--prior", "uniform"], ["--prior", "primary"], ["--among", "review", "--without-path"]]
    for number, path in enumerate(sorted((ROOT / "cases").rglob("*.json"))[::3]):
        RESULTS.validate(json.loads(dens("differential", str(path), "--format", "json", *options[number % len(options)])))


def results_of_a_study_validate():
    with tempfile.TemporaryDirectory() as folder:
        study, report = folder + "/study", folder + "/report"
        dens("phantom", "--diagnosis", "osteoid_osteoma", "--seed", "3", "-o", study)
        printed = dens("evaluate", f"{study}/ct", f"{study}/t1", "--quiet", "--lesion", f"ct={study}/lesion.nii.gz", "--labels", f"{study}/labels.nii.gz", "--scheme", "dens",
                       "--format", "json", "-o", report)
        written = json.loads(pathlib.Path(report, "result.json").read_text("utf-8"))
        RESULTS.validate(written)
        assert json.loads(printed) == written
        assert any("value" in m for m in written["measurements"]) and any("missing" in m for m in written["measurements"])
        case = json.loads(pathlib.Path(report, "case.json").read_text("utf-8"))
        CASES.validate(case)
        assert case == written["case"]


def main():
    tests = [schemas_are_valid, findings_agree, texts_agree, other_names_agree, documentation_agrees,
             shipped_cases_validate, every_form_validates, broken_cases_fail, a_result_validates, broken_results_fail,
             real_results_validate, results_of_a_study_validate]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except Exception:  # whatever it is, it is one failed test
            failed += 1
            print(f"not ok {number} - {test.__name__}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
