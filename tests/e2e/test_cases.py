"""The differential and the validation, end to end on case files."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import BUILD, DENS, SOURCE, crashed, dens, one_line, told_secrets, write_case  # noqa: E402
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
            ("duplicate key", '{"format": "dens-case/1", "findings": {"mr.t1": "low", "mr.t1": "high"}}', ["bad.json:1:", "mr.t1", "second time"]),
            ("cut off", '{"format": "dens-case/1", ', ["bad.json:1:"]),
            ("not JSON", "hello", ["bad.json:1:"]),
            ("empty file", "", ["bad.json"]),
            ("NaN", '{"format": "dens-case/1", "patient": {"age": NaN}}', ["bad.json:1:"]),
            ("a number too large", '{"format": "dens-case/1", "patient": {"age": 1e999}}', ["bad.json:1:"]),
            ("a zero byte", '{"format": "dens-case/1", "id": "\\u0000"}', ["bad.json:1:"]),
            ("text after the end", '{"format": "dens-case/1"} {}', ["bad.json:1:"]),
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
    run = dens("differential", path, memory_kb=4000000)
    tap.check(run.returncode == 1 and "nested" in one_line(run), "100 MB of nesting: one line, exit 1", [run.returncode, one_line(run)[:300]])
    with open(path, "wb") as out:
        out.write(b'{"format": "dens-case/1", "id": "caf\xe9"}')
    run = dens("differential", path)
    tap.check(run.returncode == 1 and "nested.json:1:" in one_line(run), "bytes that are not UTF-8: one line, exit 1", [run.returncode, one_line(run)])
    good = '{"format": "dens-case/1", "id": "x"}'
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        with open(path, "w", encoding=encoding) as out:
            out.write(good)
        run = dens("differential", path)
        tap.check(run.returncode == 1 and "nested.json:1:1: this is UTF-16" in one_line(run), f"{encoding}: one line that says so, exit 1", [one_line(run)])
    os.remove(path)
    run = dens("differential", folder)
    tap.check(run.returncode == 1 and folder in one_line(run) and "folder" in one_line(run), "a case that is a folder: exit 1", [one_line(run)])
    run = dens("differential", "-", stdin="")
    tap.check(run.returncode == 1 and one_line(run).startswith("dens: "), "nothing on standard input: exit 1", [one_line(run)])
    run = dens("differential", os.path.join(folder, "absent.json"))
    tap.check(run.returncode == 1 and "absent.json" in one_line(run), "no such file: exit 1", [one_line(run)])


def contradictions(folder):
    for name, findings, parts in [
            ("fat in a lesion that is dark on T1", {"mr.fat": "present", "mr.t1": "low"}, ["mr.fat and mr.t1", "contradict each other", "bright on T1"]),
            ("fat in a lesion that is dark as a whole", {"mr.fat": "present", "mr.t1_below_disc": "present"}, ["mr.fat", "contradict each other"]),
            ("no enhancement, and a pattern of it", {"mr.enhancement": "none", "mr.enhancement_rim": "present"}, ["mr.enhancement", "contradict"])]:
        path = write_case(folder, "bad.json", findings=findings)
        for command in ("differential", "next", "score"):
            run = dens(command, path)
            line = one_line(run)
            tap.check(run.returncode == 1 and run.stdout == "" and "bad.json" in line and all(part in line for part in parts),
                      f"{command}: {name}: one line, exit 1", [run.returncode, line])
    hedged = write_case(folder, "hedged.json", findings={"mr.fat": "present", "mr.t1": ["low", "high"]})
    tap.check(dens("differential", hedged).returncode == 0, "a hedge that leaves a way out is no contradiction")


def own_prior(folder):
    """--prior FILE, good and bad."""
    path = write_case(folder, "good.json")

    def ask(text, *options):
        prior = os.path.join(folder, "own.yaml")
        with open(prior, "w", encoding="utf-8") as out:
            out.write(text)
        return dens("differential", path, "--prior", prior, "--format", "json", *options)

    good = ("ours:\n  label: \"Our clinic\"\n  tree:\n    counts: { chordoma: 30, metastasis: 10 }\n"
            "    source: review\n    where: \"our register, 2020 to 2024\"\n")
    run = ask(good)
    tap.check(run.returncode == 1 and "leaves_out" in one_line(run), "--prior FILE that forgets a diagnosis: one line, exit 1", [run.stderr])
    others = [name for name in (entry["diagnosis"] for entry in ranking_of(path)["ranking"]) if name not in ("chordoma", "metastasis", "none_of_these")]
    good += f"  leaves_out: [{', '.join(others)}]\n"
    run = ask(good)
    result = json.loads(run.stdout) if run.returncode == 0 else {"ranking": [], "software": {}}
    given = {entry["diagnosis"]: entry["probability"] for entry in result["ranking"]}
    tap.check(given.get("chordoma", 0) > 0 and given.get("metastasis", 0) > 0 and given.get("osteosarcoma") in (0, None) and "none_of_these" in given,
              "a prior of one's own: what it leaves out has no probability", [run.stderr, given])
    tap.check("own.yaml" in str(result["software"].get("prior")) and folder not in run.stdout, "the result names the file and not its folder",
              [result["software"]])
    for name, text, parts in [
            ("an unknown diagnosis", good.replace("chordoma", "cordoma"), ["own.yaml:", "cordoma"]),
            ("an unknown source", good.replace("review", "revue"), ["own.yaml:", "revue"]),
            ("no place", good.replace("    where: \"our register, 2020 to 2024\"\n", ""), ["own.yaml:", "where"]),
            ("a negative count", good.replace("30", "-30"), ["own.yaml:", "-30"]),
            ("shares that do not add up", good.replace("counts: { chordoma: 30, metastasis: 10 }", "weights: { chordoma: 0.3, metastasis: 0.1 }"),
             ["own.yaml:", "weights: add up to 0.4; shares add up to 1"]),
            ("two priors", good + good.replace("ours", "theirs"), ["exactly one prior, this one has 2"]),
            ("a list", "- 1\n", ["own.yaml:", "list"]), ("nothing", "", ["own.yaml:"]), ("no YAML", "{ a: [\n", ["own.yaml:"])]:
        run = ask(text)
        line = one_line(run)
        tap.check(run.returncode == 1 and run.stdout == "" and all(part in line for part in parts), f"--prior FILE, {name}: one line, exit 1",
                  [run.returncode, line])
    run = dens("differential", path, "--prior", os.path.join(folder, "absent.yaml"))
    tap.check(run.returncode == 1 and "absent.yaml" in one_line(run), "--prior with a file that is not there: exit 1", [run.stderr])
    run = ask(good, "--among", "review", "--against", "osteosarcoma")
    tap.check(run.returncode == 2 and "the prior leaves" in one_line(run), "--against what the prior leaves out: exit 2", [run.stderr])


def usage(folder):
    path = write_case(folder)
    names = os.path.join(folder, "names.txt")
    with open(names, "w", encoding="utf-8") as out:
        out.write("chordoma\nmetastasis\n")
    for name, arguments, parts in [
            ("unknown command", ["diferential"], ["did you mean differential"]),
            ("unknown option", ["differential", path, "--pior", "clinic"], ["did you mean --prior"]),
            ("unknown prior", ["differential", path, "--prior", "clinik"], ["clinic", "uniform"]),
            ("missing case", ["differential"], ["differential"]),
            ("unknown format", ["differential", path, "--format", "xml"], ["json"]),
            ("value missing", ["differential", path, "--prior"], ["--prior"]),
            ("among nothing known", ["differential", path, "--among", "nowhere.txt"], ["nowhere.txt"]),
            ("unknown rival", ["differential", path, "--against", "cancer"], ["cancer"]),
            ("a rival that is left out", ["differential", path, "--against", "lymphoma", "--among", names], ["--among", "lymphoma"]),
            ("a rival without a prior", ["differential", path, "--against", "metastasis", "--prior", "primary"], ["the prior", "metastasis"]),
            ("a value that is an option", ["differential", path, "--prior", "--format", "json"], ["--prior: needs a value"]),
            ("an empty value", ["differential", path, "--prior="], ["--prior: needs a value"]),
            ("an empty operand", ["differential", ""], ["empty"]),
            ("an operand too many", ["differential", path, "again.json"], ["again.json", "too many"]),
            ("an output to standard output", ["learn", path, "-o", "-"], ["dens: --output: the output is a file or a folder, not standard output"]),
            ("an option given twice", ["differential", path, "--prior", "clinic", "--prior", "uniform"], ["dens: --prior: was given twice"]),
            ("a switch with a value", ["differential", path, "--full=yes"], ["--full: takes no value"]),
            ("an unknown letter", ["differential", path, "-z"], ["-z"]),
            ("an unknown colour", ["differential", path, "--colour", "purple"], ["dens: --colour purple: must be one of auto, always, never"]),
            ("options before the command", ["--prior", "clinic", "differential", path], ["--prior", "after the command"]),
            ("help on nonsense", ["help", "nonsense"], ["nonsense", "dens help"]),
            ("help on two things", ["help", "study", "measure"], ["measure"]),
            ("a table for what writes none", ["knowledge", "check", "-o", names], ["--output: goes with compile, not with check"]),
            ("a score of the list of scores", ["score", "list", "--score", "sins"], ["list: takes no --score"]),
            ("version with an operand", ["version", "please"], ["please"]),
            ("an empty command", [""], ["no such command"]),
            ("no mask", ["measure", "ct=ct.nii"], ["--mask"]),
            ("an unknown family", ["measure", "ct=ct.nii", "--mask", "m.nii", "--family", "radiomics"], ["attenuation"]),
            ("no path", ["study"], ["PATH"]), ("no cases", ["validate"], ["CASES"]), ("no study", ["evaluate", "-o", folder], ["STUDY"]),
            ("no folder for the report", ["evaluate", folder], ["-o DIR"]),
            ("phantom of nothing", ["phantom", "-o", folder], ["--diagnosis"]), ("phantom to nowhere", ["phantom", "-d", "chordoma"], ["-o DIR"]),
            ("no seed", ["phantom", "-d", "chordoma", "-o", folder, "--seed", "x"], ["--seed"])]:
        run = dens(*arguments)
        expected = 1 if name == "among nothing known" else 2
        tap.check(run.returncode == expected and all(part in one_line(run) for part in parts), f"{name}: exit {expected}",
                  [run.returncode, one_line(run)])
    for command in ["evaluate", "differential", "measure", "study", "knowledge", "phantom", "validate"]:
        run = dens(command, "--help")
        tap.check(run.returncode == 0 and "SYNOPSIS" in run.stdout and "EXAMPLES" in run.stdout, f"{command} --help")
        tap.check(dens("help", command).stdout == run.stdout and dens(command, "x", "-h").stdout == run.stdout, f"help {command} says the same")
        tap.check(max(map(len, run.stdout.splitlines())) <= 100, f"{command} --help fits 100 columns", [max(run.stdout.splitlines(), key=len)])
    overview = dens("help")
    tap.check(overview.returncode == 0 and all(dens(*words).stdout == overview.stdout for words in (["--help"], ["help", "help"], ["version", "-h"])),
              "help, --help and the help of help are the overview")
    run = dens()
    tap.check(run.returncode == 2 and run.stdout == overview.stdout and "a command is missing" in one_line(run), "dens alone: the overview, exit 2", [run.stderr])
    run = dens("differential", path, "--log", "json", "--prior", "x")
    tap.check(run.returncode == 2 and json.loads(run.stderr)["level"] == "error", "errors as JSON lines", [run.stderr])
    run = dens("version")
    tap.check(run.returncode == 0 and "sha256:" in run.stdout, "version names the knowledge")


def alone(folder):
    """The program without what stands beside it: the one with the other commands, the table of the knowledge."""
    program = shutil.copy(os.path.join(BUILD, "dens"), os.path.join(folder, "dens"))

    def run_alone(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, check=False)

    def ranked(*words):
        run = run_alone("differential", case, "--format", "json", *words)
        return run.stderr, json.loads(run.stdout)["ranking"] if run.returncode == 0 else None

    run = run_alone("study", "x")
    tap.check(run.returncode == 3 and one_line(run).startswith("dens: dens-imaging: ") and "beside dens" in one_line(run),
              "dens without dens-imaging says so: exit 3", [run.returncode, run.stderr])
    case = os.path.join(SOURCE, "cases", "demo", "chordoma.json")
    knowledge = os.path.join(SOURCE, "knowledge")
    usual = ranking_of(case)["ranking"]
    tap.check(ranked("--knowledge", knowledge) == ("", usual), "without the table the same ranking, from the YAML files")
    table = os.path.join(folder, "knowledge.table")
    run = run_alone("knowledge", "compile", "--knowledge", knowledge, "-o", table)
    same = open(table, "rb").read() == open(os.path.join(BUILD, "knowledge.table"), "rb").read()
    tap.check(run.returncode == 0 and run.stdout == run.stderr == "" and same, "knowledge compile writes what the build wrote", [run.stderr])
    tap.check(ranked("--knowledge", knowledge) == ("", usual), "with it the same ranking again")
    changed = shutil.copytree(knowledge, os.path.join(folder, "changed"))
    with open(os.path.join(changed, "background.yaml"), "a", encoding="utf-8") as out:
        out.write("  - : nonsense\n")
    run = run_alone("differential", case, "--knowledge", changed)
    tap.check(run.returncode == 1 and "background.yaml:" in one_line(run), "a file that has changed is read, not the table", [run.stderr])
    whole = open(table, "rb").read()
    for name, bytes_, says in [("a damaged table", whole[:3000] + b"?" + whole[3001:], "checksum does not fit"),
                               ("half a table", whole[: len(whole) // 2], "is damaged"), ("no table at all", b"x" * 5000, "is no table")]:
        with open(table, "wb") as out:
            out.write(bytes_)
        told, ranking = ranked("--knowledge", knowledge)
        tap.check(ranking == usual and len(told.splitlines()) == 1 and says in told and "read instead" in told,
                  f"{name}: one line, the same ranking", [told])
    for name, stamp in [("the image", b"image "), ("the draws", b"sha256:")]:
        start, size = struct.unpack_from("<QQ", whole, whole.index(stamp) + 256)
        with open(table, "wb") as out:
            middle = bytes(b ^ 0x55 for b in whole[start + size // 4 : start + size // 4 * 3])
            out.write(whole[: start + size // 4] + middle + whole[start + size // 4 + len(middle) :])
        told, ranking = ranked("--knowledge", knowledge)
        tap.check(ranking == usual and len(told.splitlines()) == 1 and told.startswith("dens: warning: knowledge.table: is damaged: ") and "the same results" in told,
                  f"a table in which {name} is damaged: one line, the same ranking", [told])
        told, ranking = ranked("--knowledge", knowledge, "--quiet")
        tap.check(ranking == usual and told == "", "… and none with --quiet", [told])
    run = run_alone("knowledge", "compile", "--knowledge", knowledge)
    tap.check(run.returncode == 2 and "-o FILE" in one_line(run), "knowledge compile without -o: exit 2", [run.stderr])
    run = run_alone("knowledge", "compile", "--knowledge", knowledge, "-o", os.path.join(folder, "absent", "x"))
    tap.check(run.returncode == 2 and "absent" in run.stderr.splitlines()[-1], "… and into a folder that is not there: one line", [run.stderr])


def shell(command, *arguments):
    """A line for bash in which "$@" is the program with its arguments."""
    return subprocess.run(["bash", "-c", command, "bash", DENS, *arguments], capture_output=True, text=True, check=False, timeout=120)


def bad_output(folder):
    """What cannot be printed is told: exit 3, one line."""
    path = write_case(folder)
    for words in (["differential", path], ["differential", path, "--format", "json"], ["knowledge", "sources"], ["validate", path.replace("case", "known")],
                  ["help"], ["differential", "--help"], ["version"], ["phantom", "--list"]):
        write_case(folder, "known.json", truth={"diagnosis": "chordoma"})
        for name, command in [("a full disk", '"$@" > /dev/full'), ("a closed standard output", '"$@" >&-')]:
            run = shell(command, *words)
            tap.check(run.returncode == 3 and "standard output: cannot be written" in one_line(run), f"{words[0]} and {name}: exit 3, one line",
                      [run.returncode, run.stderr])
    run = shell('(sleep 0.3; "$@"; echo "rc $?" >&2) | true', "knowledge", "sources")
    tap.check("rc 3" in run.stderr and "cannot be written" in run.stderr.splitlines()[0], "a pipe that nobody reads: exit 3, one line", [run.stderr])
    run = shell('"$@" 2>&-', "differential", "nowhere.json")
    tap.check(run.returncode == 1, "a closed standard error: exit 1 all the same", [run.returncode])
    run = shell('"$@" <&-', "differential", "-")
    tap.check(run.returncode == 1 and "standard input" in one_line(run), "a closed standard input: exit 1, one line", [run.stderr])


def provenance(folder):
    """The command line that a result tells names no folder: it may be a patient's."""
    named = os.path.join(folder, "Mustermann^Max")
    os.mkdir(named)
    for words in (["differential", write_case(named), "--knowledge", os.path.join(SOURCE, "knowledge") + "/"],
                  ["differential", "--prior=uniform", write_case(named, "caf\udce9.json")]):
        run = dens(*words, "--format", "json")
        result = json.loads(run.stdout) if run.returncode == 0 else {}
        told = result.get("provenance", {}).get("command", "")
        tap.check(told.startswith("dens differential ca") and "Mustermann" not in run.stdout and "/" not in told, "the provenance tells no folder", [told, run.stderr])


def validation():
    run = subprocess.run([sys.executable, os.path.join(SOURCE, "tests", "accuracy.py"), DENS, "--check"], capture_output=True, text=True, check=False)
    tap.check(run.returncode == 0, "the tables of docs/accuracy.md have their marks", [run.stderr])
    cases = os.path.join(SOURCE, "cases")
    run = dens("validate", cases, "--prior", "uniform", "--format", "json")
    outcome = json.loads(run.stdout) if run.returncode == 0 else {}
    tap.check(run.returncode == 0 and outcome["n"] == 87, "validate runs all coded cases", [run.stderr, outcome.get("n")])
    low, high = outcome["top1"]["interval"]
    tap.check(low <= outcome["top1"]["value"] <= high, "with intervals")
    # The review's own seven patients under its ten diagnoses. With their pathology all come first; without it the giant cell tumour of
    # figure 2, a woman of 64, falls behind the third place.
    for words, first, three in [([], 7, 7), (["--without-path"], 3, 6)]:
        run = dens("validate", os.path.join(cases, "review"), "--among", "review", "--prior", "uniform", "--format", "json", *words)
        outcome = json.loads(run.stdout) if run.returncode == 0 else {}
        reached = [round(7 * outcome[key]["value"]) for key in ("top1", "top3")]
        tap.check(outcome["n"] == 7 and reached[0] >= first and reached[1] >= three,
                  f"the review's patients {'without' if words else 'with'} pathology: at least {first} first and {three} among three", [reached, outcome["misses"]])
    empty = tempfile.mkdtemp()
    run = dens("validate", empty)
    tap.check(run.returncode == 1 and empty in one_line(run) and "no case file" in one_line(run), "validate on an empty folder: exit 1", [one_line(run)])
    os.rmdir(empty)
    run = dens("validate", cases, "--prior", "uniform")
    tap.check(run.returncode == 0 and "right first" in run.stdout and "Reliability" in run.stdout, "validate in words", [run.stderr])


with tempfile.TemporaryDirectory() as scratch:
    good_cases(scratch)
    additive(scratch)
    bad_cases(scratch)
    contradictions(scratch)
    own_prior(scratch)
    usage(scratch)
    bad_output(scratch)
    provenance(scratch)
    alone(scratch)
    validation()
tap.check(not told_secrets, "no patient's identifier or age stood on standard error", told_secrets)
sys.exit(tap.end())
