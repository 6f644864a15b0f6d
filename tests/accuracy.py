"""The tables of docs/accuracy.md, all made from one version of the knowledge.

    tests/accuracy.py PROGRAM [--check]     writes them between the marks in docs/accuracy.md (make accuracy);
                                            --check only tells whether a mark is missing or unknown
"""

import json
import os
import re
import subprocess
import sys

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DOCUMENT = os.path.join(SOURCE, "docs", "accuracy.md")
WITHOUT = ["--without-path"]
SETS = [("all, uniform", ["--prior", "uniform"]), ("all, clinic", ["--prior", "clinic"]),
        ("ten of the review, uniform", ["--prior", "uniform", "--among", "review"])]


class Runs:
    """Runs of the program; each is made once."""

    def __init__(self, program):
        self.program, self.known, self.versions = program, {}, set()

    def __call__(self, *words, cases="cases"):
        if (words, cases) not in self.known:
            command = [self.program, "validate", os.path.join(SOURCE, cases), *words, "--format", "json"]
            outcome = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            self.known[words, cases] = outcome
            self.versions.add(outcome["knowledge"])
        return self.known[words, cases]


def percent(share):
    return f"{100 * share:.0f} %"


def share(metric):
    low, high = metric["interval"]
    return f"{percent(metric['value'])} ({100 * low:.0f}–{100 * high:.0f})"


def number(metric):
    low, high = metric["interval"]
    return f"{metric['value']:.2f} ({low:.2f}–{high:.2f})"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def metrics_row(name, outcome):
    return [name, outcome["n"], *(share(outcome[key]) for key in ("top1", "top3", "top5")),
            *(number(outcome[key]) for key in ("log_loss", "brier", "calibration_error")), share(outcome["mean_confidence"])]


def whole(runs):
    rows = []
    for name, words in SETS:
        rows.append(metrics_row(name, runs(*words)))
        rows.append(metrics_row(name + ", imaging and history only", runs(*words, *WITHOUT)))
    return table(["cases, prior", "n", "first", "first three", "first five", "log loss", "Brier", "calibration error", "mean confidence"], rows)


def review(runs):
    rows = [metrics_row(name, runs("--prior", "uniform", "--among", "review", *words, cases=os.path.join("cases", "review")))
            for name, words in (("with pathology", []), ("imaging and history only", WITHOUT))]
    return table(["the review's seven patients, among its ten diagnoses", "n", "first", "first three", "first five", "log loss", "Brier",
                  "calibration error", "mean confidence"], rows)


def truths(runs):
    rows = [[d["diagnosis"], d["n"], d["top1"], d["top3"], f"{d['log_loss']:.2f}", w["top1"], w["top3"], f"{w['log_loss']:.2f}"]
            for d, w in zip(runs("--prior", "uniform")["diagnoses"], runs("--prior", "uniform", *WITHOUT)["diagnoses"])]
    return table(["truth", "n", "first", "first three", "log loss", "first, imaging and history only", "first three", "log loss"], rows)


def reliability(runs):
    rows = [[f"{100 * bin['from']:.0f}–{100 * bin['to']:.0f} %", bin["n"], percent(bin["mean_confidence"]), percent(bin["right"])]
            for bin in runs("--prior", "uniform")["reliability"] if bin["n"]]
    return table(["said", "n", "mean", "right"], rows)


def none_of_these(runs):
    rows = []
    for name, words in (("uniform", ["--prior", "uniform"]), ("uniform, imaging and history only", ["--prior", "uniform", *WITHOUT]),
                        ("clinic", ["--prior", "clinic"])):
        outcome = runs(*words, "--leave-diagnosis-out")
        rows.append([name, number(outcome["auc"]), *(share(s) for s in outcome["sensitivity"]),
                     f"{outcome['none_first_left_out']} of {outcome['n']} ({outcome['none_first_known']})"])
    return table(["prior", "area under the ROC curve", *(f"recognised at {percent(s['false_alarms'])} false alarms" for s in outcome["sensitivity"]),
                  "first (wrongly, with the diagnosis known)"], rows)


def learning(runs):
    outcome = runs("--prior", "uniform", "--cross", "5")
    return table(["five-fold", "n", "first", "first three", "first five", "log loss", "Brier", "calibration error", "mean confidence"],
                 [metrics_row(name, {"n": outcome["n"], **outcome[key]}) for name, key in (("with learning", "with"), ("without", "without"))])


TABLES = {"whole": whole, "review": review, "truths": truths, "reliability": reliability, "none": none_of_these, "learning": learning}
MARK = re.compile(r"<!-- table: (\w+) -->\n(?:.*?)<!-- end -->\n", re.S)


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    marks = [match.group(1) for match in MARK.finditer(text)]
    if sorted(marks) != sorted(TABLES) or "Knowledge sha256:" not in text:
        sys.exit(f"docs/accuracy.md has the marks {marks}; it needs each of {list(TABLES)} once, and the version of the knowledge")
    if "--check" in sys.argv:
        return
    runs = Runs(sys.argv[1])
    text = MARK.sub(lambda match: f"<!-- table: {match.group(1)} -->\n{TABLES[match.group(1)](runs)}<!-- end -->\n", text)
    if len(runs.versions) != 1:
        sys.exit("the knowledge changed while the tables were made: run it again")
    text = re.sub(r"Knowledge sha256:[0-9a-f]+…?", f"Knowledge {runs.versions.pop()[:20]}…", text)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text)


main()
