"""The differential and the validation, end to end on case files."""

import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, dens, one_line, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def ranking_of(path, *options):
    run = dens("differential", path, "--format", "json", *options)
    return json.loads(run.stdout) if run.returncode == 0 else None


def good_cases(folder):
    path = os.path.join(SOURCE, "cases", "review", "review-figure-3.json")
    result = ranking_of(path, "--prior", "uniform")
    tap.check(result is not None and result["format"] == "dens-result/1", "differential prints a dens-result/1")
    ranking = result["ranking"]
    names = [entry["diagnosis"] for entry in ranking]
    tap.check(len(names) == 23 and len(set(names)) == 23 and "none_of_these" in names, "all 22 diagnoses and none of these", [names])
    tap.check(abs(sum(entry["probability"] for entry in ranking) - 1) < 1e-9, "the probabilities add up to 1")
    tap.check(all(a["probability"] >= b["probability"] for a, b in zip(ranking, ranking[1:])), "in order")
    tap.check(all(entry["interval"][0] <= entry["probability"] <= entry["interval"][1] for entry in ranking),
              "each probability lies in its interval")
    tap.check(ranking_of(path, "--prior", "uniform")["ranking"] == ranking, "the same case gives the same answer to the digit")
    default = ranking_of(path)
    tap.check(default["software"]["prior"] == "clinic", "the prior is clinic unless asked otherwise")
    text = dens("differential", path)
    tap.check(text.returncode == 0 and "Chordoma" in text.stdout and "mr.t2" not in text.stdout, "the text names no raw id",
              [text.stdout[:400]])
    empty = write_case(folder, "empty.json", findings={}, patient=None)
    result = ranking_of(empty)
    tap.check(result is not None and "No finding" in " ".join(result["impression"]), "a case without findings says that it gives the prior")
    piped = dens("differential", "-", "--format", "json", stdin=open(path, encoding="utf-8").read())
    tap.check(piped.returncode == 0 and json.loads(piped.stdout)["ranking"][0]["diagnosis"] == ranking_of(path)["ranking"][0]["diagnosis"],
              "a case comes from standard input")


def additive(folder):
    """All weights and the prior add up to the log odds of the two."""
    import math
    del folder
    path = os.path.join(SOURCE, "cases", "review", "review-figure-1.json")
    result = ranking_of(path)
    chance = {entry["diagnosis"]: entry["probability"] for entry in result["ranking"]}
    worst = 0
    for entry in result["ranking"]:
        weights = sum(reason["weight"] for reason in entry["for"] + entry["against"])
        odds = math.log(chance[entry["diagnosis"]] / chance[entry["rival"]])
        worst = max(worst, abs(weights + entry["prior_weight"] - odds))
        for reason in entry["for"] + entry["against"]:
            worst = max(worst, abs(sum(reason["shares"]) - reason["weight"]))
    tap.check(worst < 1e-9, "weights, shares and prior add up to the log odds", [worst])


def bad_cases(folder):
    faults = [
        ("unknown finding", {"findings": {"t1": "low"}}, ["$.findings", "did you mean", "mr.t1"]),
        ("misspelt finding", {"findings": {"mr.t3": "low"}}, ["mr.t3", "did you mean"]),
        ("unknown value", {"findings": {"mr.t1": "lo"}}, ["mr.t1", "low"]),
        ("wrong type", {"findings": {"mr.t1": 3}}, ["mr.t1"]),
        ("age out of range", {"patient": {"age": 140}}, ["$.patient.age", "120"]),
        ("format of the future", {"format": "dens-case/2"}, ["dens-case/2", "dens-case/1"]),
        ("no format", {"format": None}, ["format"]),
        ("primary without a primary", {"findings": {"clinical.known_primary": "absent", "clinical.primary_site": "lung"}},
         ["clinical.primary_site"]),
        ("none beside a member", {"findings": {"clinical.predisposition": ["none", "paget"]}}, ["none"]),
        ("empty list", {"findings": {"mr.t1": []}}, ["mr.t1"]),
        ("negative likelihood", {"findings": {"mr.t1": {"measured": {"value": "low", "likelihood": {"low": -1}}}}}, ["likelihood"]),
        ("likelihood of an unknown value", {"findings": {"mr.t1": {"measured": {"value": "low", "likelihood": {"dark": 1}}}}}, ["dark"]),
        ("number out of range", {"findings": {"site.size_mm": -4}}, ["site.size_mm"]),
        ("misspelt key", {"finding": {}}, ["finding", "did you mean"]),
        ("wrong sex", {"patient": {"sex": "f"}}, ["$.patient.sex", "female"]),
        ("misspelt examination", {"examinations": {"cct": "complete"}}, ["cct"]),
    ]
    for name, change, parts in faults:
        path = write_case(folder, "bad.json", **change)
        run = dens("differential", path)
        line = one_line(run)
        good = run.returncode == 1 and run.stdout == "" and "bad.json" in line and all(part in line for part in parts)
        tap.check(good, f"{name}: one line that names it, exit 1", [run.returncode, line])
    for name, text, parts in [
            ("duplicate key", '{"format": "dens-case/1", "findings": {"mr.t1": "low", "mr.t1": "high"}}', ["mr.t1", "duplicate"]),
            ("cut off", '{"format": "dens-case/1", ', ["bad.json:1:"]),
            ("not JSON", "hello", ["bad.json:1:"]),
            ("empty file", "", ["bad.json"]),
            ("a list", "[]", ["bad.json"])]:
        path = os.path.join(folder, "bad.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        run = dens("differential", path)
        line = one_line(run)
        tap.check(run.returncode == 1 and all(part in line for part in parts), f"{name}: one line, exit 1", [run.returncode, line])
    path = os.path.join(folder, "nested.json")
    with open(path, "w", encoding="utf-8") as out:
        out.write("[" * 100_000_000)
    run = dens("differential", path)
    tap.check(run.returncode == 1 and "nested" in one_line(run), "100 MB of nesting: one line, exit 1", [run.returncode, one_line(run)[:300]])
    run = dens("differential", os.path.join(folder, "absent.json"))
    tap.check(run.returncode == 1 and "absent.json" in one_line(run), "no such file: exit 1", [one_line(run)])


def usage(folder):
    path = write_case(folder)
    for name, arguments, parts in [
            ("unknown command", ["diferential"], ["did you mean differential"]),
            ("unknown option", ["differential", path, "--pior", "clinic"], ["did you mean --prior"]),
            ("unknown prior", ["differential", path, "--prior", "clinik"], ["clinic", "uniform"]),
            ("missing case", ["differential"], ["differential"]),
            ("unknown format", ["differential", path, "--format", "xml"], ["json"]),
            ("value missing", ["differential", path, "--prior"], ["--prior"]),
            ("among nothing known", ["differential", path, "--among", "nowhere.txt"], ["nowhere.txt"]),
            ("unknown rival", ["differential", path, "--against", "cancer"], ["cancer"])]:
        run = dens(*arguments)
        expected = 1 if name == "among nothing known" else 2
        tap.check(run.returncode == expected and all(part in one_line(run) for part in parts), f"{name}: exit {expected}",
                  [run.returncode, one_line(run)])
    for command in ["evaluate", "differential", "measure", "study", "knowledge", "phantom", "validate"]:
        run = dens(command, "--help")
        tap.check(run.returncode == 0 and "SYNOPSIS" in run.stdout and "EXAMPLES" in run.stdout, f"{command} --help")
    run = dens("differential", path, "--log", "json", "--prior", "x")
    tap.check(run.returncode == 2 and json.loads(run.stderr)["level"] == "error", "errors as JSON lines", [run.stderr])
    run = dens("version")
    tap.check(run.returncode == 0 and "sha256:" in run.stdout, "version names the knowledge")


def validation():
    cases = os.path.join(SOURCE, "cases")
    run = dens("validate", cases, "--prior", "uniform", "--format", "json")
    outcome = json.loads(run.stdout) if run.returncode == 0 else {}
    tap.check(run.returncode == 0 and outcome["n"] == 87, "validate runs all coded cases", [run.stderr, outcome.get("n")])
    low, high = outcome["top1"]["interval"]
    tap.check(low <= outcome["top1"]["value"] <= high, "with intervals")
    run = dens("validate", os.path.join(cases, "review"), "--among", "review", "--format", "json")
    outcome = json.loads(run.stdout)
    tap.check(outcome["n"] == 7 and outcome["top1"]["value"] == 1, "the review's patients come out first with their pathology",
              [outcome["misses"]])
    run = dens("validate", os.path.join(cases, "review"), "--among", "review", "--without-path", "--format", "json")
    outcome = json.loads(run.stdout)
    tap.check(outcome["n"] == 7 and outcome["top3"]["value"] == 1, "and among the first three without it", [outcome["misses"]])


with tempfile.TemporaryDirectory() as scratch:
    good_cases(scratch)
    additive(scratch)
    bad_cases(scratch)
    usage(scratch)
    validation()
sys.exit(tap.end())
