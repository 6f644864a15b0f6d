"""Validation without a diagnosis, learning, simulation and the next examination, end to end."""

import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, crashed, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
CASES = os.path.join(SOURCE, "cases")


def refused(arguments, status, words, why):
    run = dens(*arguments)
    line = one_line(run)
    tap.check(run.returncode == status and line.startswith("dens: ") and all(word in line for word in words) and not crashed(run),
              why, [run.returncode, line])


def leave_out(folder):
    run = dens("validate", CASES, "--prior", "uniform", "--leave-diagnosis-out", "--format", "json")
    tap.check(run.returncode == 0, "validate --leave-diagnosis-out runs", [run.stderr])
    outcome = json.loads(run.stdout)
    auc = outcome["auc"]
    tap.check(auc["interval"][0] <= auc["value"] <= auc["interval"][1] and auc["interval"][0] > 0.5,
              "a diagnosis that is left out raises none of these", [auc])
    tap.check(sum(row["n"] for row in outcome["diagnoses"]) == outcome["n"], "every case belongs to one diagnosis")
    tap.check(all(row["instead"] != row["diagnosis"] for row in outcome["diagnoses"]), "what was left out is not ranked")
    rates = [(at["false_alarms"], at["value"]) for at in outcome["sensitivity"]]
    tap.check([r for r, _ in rates] == [0.05, 0.1, 0.2] and rates == sorted(rates, key=lambda at: at[1]), "the curve rises", [rates])
    text = dens("validate", CASES, "--leave-diagnosis-out")
    tap.check(text.returncode == 0 and "area under the ROC curve" in text.stdout, "and as a table")
    refused(["validate", CASES, "--leave-diagnosis-out", "--among", "review"], 2, ["--among"], "not together with --among")
    refused(["validate", write_case(folder, truth=None), "--leave-diagnosis-out"], 1, ["no case has a truth"], "a case without a truth is refused")


with tempfile.TemporaryDirectory() as scratch:
    leave_out(scratch)
tap.check(not told_secrets, "no patient's identifier or age stood on standard error", told_secrets)
sys.exit(tap.end())
