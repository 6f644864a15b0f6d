"""`dens score` end to end: the scores of a case, the list, the tables, what is asked wrongly, and that reports hold them.
Every case of the tree gets scores that hold what they promise: ranges in order, no value beside a reason."""

import glob
import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
IDS = ["sins", "escc", "frankel", "asia", "enneking", "lodwick", "chondrosarcoma_grade", "ao_upper_cervical", "wbb", "tokuhashi", "tomita",
       "noms"]
UNSTABLE = {"site.levels": ["C2"], "clinical.mechanical_pain": "present", "ct.density": "lytic", "site.alignment": "subluxation",
            "ct.collapse": "plana", "site.posterolateral": "bilateral", "extent.escc": "2"}


def scores_of(*arguments, stdin=None):
    run = dens("score", *arguments, "--format", "json", stdin=stdin)
    return {score["id"]: score for score in json.loads(run.stdout)["scores"]} if run.returncode == 0 else {}


def holds(score):
    """What the format promises of one score."""
    if "not_applicable" in score:
        return score["not_applicable"] and "value" not in score and "band" not in score
    value = score["value"]
    in_order = not isinstance(value, list) or (len(value) == 2 and (isinstance(value[0], str) or value[0] < value[1]))
    told = isinstance(score["unknown"], list) and len(score["unknown"]) == len(score["unknown_findings"])
    return in_order and told and score["source"] in score["sources"] and score["label"]


def a_case(folder):
    case = write_case(folder, findings=UNSTABLE)
    scores = scores_of(case)
    tap.check(list(scores) == IDS, "every score is there, in order", [list(scores)])
    tap.check(scores["sins"]["value"] == 18 and scores["sins"]["band"] == "unstable" and scores["sins"]["unknown"] == [], "SINS at its most",
              [scores["sins"]])
    tap.check(scores["escc"]["value"] == "2" and scores["escc"]["band"] == "high grade", "ESCC", [scores["escc"]])
    only = scores_of(case, "--score", "sins")
    tap.check(list(only) == ["sins"] and only["sins"] == scores["sins"], "--score", [only])
    sparse = scores_of(write_case(folder, "sparse.json", findings={"site.levels": ["C4"]}))
    tap.check(sparse["sins"]["value"] == [2, 17] and "alignment" in sparse["sins"]["unknown"], "what is unknown is a range, and is named",
              [sparse["sins"]])
    text = dens("score", case)
    tap.check(text.returncode == 0 and text.stderr == "" and "(SINS): 18, unstable" in text.stdout and "Not given:" in text.stdout
              and max(map(len, text.stdout.splitlines())) <= 100, "in words", [text.stderr, json.dumps(text.stdout)])
    with open(case, encoding="utf-8") as stream:
        piped = scores_of("-", stdin=stream.read())
    tap.check(piped == scores, "from standard input", [piped.get("sins")])


def a_diagnosis(folder):
    case = write_case(folder, findings=dict(UNSTABLE, **{"clinical.known_primary": "present", "clinical.primary_site": "kidney"}))
    metastasis, chordoma = scores_of(case, "--assume", "metastasis"), scores_of(case, "--assume", "chordoma")
    tap.check(metastasis["noms"]["value"] == "decompression with stabilisation and radiosurgery"
              and metastasis["noms"]["assumption"] == "if it is a metastasis" and "not_applicable" in metastasis["enneking"],
              "--assume metastasis", [metastasis["noms"], metastasis["enneking"]])
    tap.check("not_applicable" in chordoma["noms"] and "not_applicable" in chordoma["tomita"]
              and chordoma["enneking"]["assumption"] == "if it is chordoma", "--assume chordoma", [chordoma["noms"], chordoma["enneking"]])
    infection = scores_of(case, "--assume", "spondylodiscitis")
    tap.check("not_applicable" in infection["sins"], "no SINS for an infection", [infection["sins"]])


def list_and_tables():
    run = dens("score", "list")
    tap.check(run.returncode == 0 and all(name in run.stdout for name in IDS), "list", [run.stderr, json.dumps(run.stdout)])
    tap.check("Not given" in run.stdout and "SSR Bone-RADS" in run.stdout and "Tomita's surgical" in run.stdout, "the list says what is missing, and why",
              [run.stdout])
    missing = dens("score", "explain", "bone_rads")
    tap.check(missing.returncode == 2 and "SSR Bone-RADS is not given: its four flow charts" in one_line(missing), "who asks for one of these is told why", [missing.stderr])
    listed = json.loads(dens("score", "list", "--format", "json").stdout)
    tap.check([score["id"] for score in listed] == IDS and all(score["purpose"] and score["source"] for score in listed), "list as JSON", [listed])
    for name in IDS:
        run = dens("score", "explain", name)
        tap.check(run.returncode == 0 and run.stderr == "" and "Sources: " in run.stdout and "(null)" not in run.stdout, f"explain {name}",
                  [run.stderr, json.dumps(run.stdout[:200])])
    table = json.loads(dens("score", "explain", "sins", "--format", "json").stdout)
    tap.check(table["id"] == "sins" and len(table["items"]) == 6, "explain as JSON", [table])


def asked_wrongly(folder):
    case = write_case(folder)
    for arguments, code, text in [
            ((), 2, "is missing"), (("nowhere.json",), 1, "nowhere.json"), ((case, "--score", "sinss"), 2, "did you mean sins?"),
            ((case, "--assume", "cordoma"), 2, "is no diagnosis"), ((case, "--prior", "none"), 2, "no prior"),
            ((case, "--format", "xml"), 2, "xml"), ((case, case), 2, "one operand too many"), (("explain",), 2, "ID of a score is missing"),
            (("explain", "tokuhasi"), 2, "did you mean tokuhashi?"), ((write_case(folder, "bad.json", findings={"mr.t2": "hihg"}),), 1, "'high'")]:
        run = dens("score", *arguments)
        tap.check(run.returncode == code and text in one_line(run) and run.stdout == "", f"score {' '.join(map(os.path.basename, arguments))}",
                  [run.returncode, run.stderr])


def every_case_and_its_report(folder):
    cases = sorted(glob.glob(os.path.join(SOURCE, "cases", "*", "*.json")))
    bad = []
    for case in cases[::8]:
        scores = scores_of(case)
        bad += [f"{os.path.basename(case)}: {score}" for score in scores.values() if not holds(score)] + ([] if list(scores) == IDS else [case])
    tap.check(len(cases) > 50 and not bad, "the cases of the tree have scores that hold what the format promises", bad[:3])
    run = dens("differential", write_case(folder, findings=UNSTABLE), "--format", "json")
    result = json.loads(run.stdout)
    cited = {key for score in result["scores"] for key in score.get("sources", [])}
    tap.check([score["id"] for score in result["scores"]] == IDS and cited <= set(result["sources"]), "the result holds scores and their sources",
              [cited - set(result["sources"])])
    full = dens("differential", write_case(folder, findings=UNSTABLE), "--full").stdout
    tap.check("(SINS): 18, unstable" in full and "grade: 2, high grade" in full and "Not given: " in full, "the report draws them", [json.dumps(full[-2000:])])


with tempfile.TemporaryDirectory() as scratch:
    a_case(scratch)
    a_diagnosis(scratch)
    list_and_tables()
    asked_wrongly(scratch)
    every_case_and_its_report(scratch)
tap.check(not told_secrets, "no patient on standard error", told_secrets[:1])
sys.exit(tap.end())
