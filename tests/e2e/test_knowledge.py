"""`dens knowledge` end to end: every part in words and as JSON, wrong words, and knowledge folders with a fault."""

import json
import os
import re
import shutil
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, dens, one_line, write_case  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
KNOWLEDGE = os.path.join(SOURCE, "knowledge")


def part(*words):
    """A part's JSON, or None with a failed check."""
    run = dens("knowledge", *words, "--format", "json", "--knowledge", KNOWLEDGE)
    try:
        return json.loads(run.stdout) if run.returncode == 0 else None
    except ValueError:
        return None


def leaves(tree):
    """All keys and values below a tree."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key, value
            yield from leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value)


def parts_in_words():
    for words, expected in [
            (["check"], ["sha256:", "22"]), (["show"], ["chordoma", "malignant", "Chordoma"]),
            (["show", "chordoma"], ["Chordoma (malignant)", "notochordal", "patients"]),
            (["conflicts"], ["written conflicts"]), (["conflicts", "chordoma"], ["chordoma"]), (["sources"], ["review"]),
            (["coverage"], ["Osteoid osteoma"]), (["priors"], ["clinic", "uniform"]), (["scales"], ["usual", "80 %"]),
            (["general"], ["epidemiology"])]:
        run = dens("knowledge", *words, "--knowledge", KNOWLEDGE)
        good = run.returncode == 0 and run.stderr == "" and all(text in run.stdout for text in expected)
        tap.check(good, f"knowledge {' '.join(words)} in words", [run.returncode, run.stderr, run.stdout[:300]])
        tap.check("nan" not in re.findall(r"[a-z]+", run.stdout) and "(null)" not in run.stdout, f"knowledge {' '.join(words)}: no hole in the text")


def parts_as_json():
    check = part("check")
    tap.check(check and check["diagnoses"] == check["diagnoses_with_file"] == 22 and check["rows"] > 1000
              and re.fullmatch("sha256:[0-9a-f]{64}", check["version"]) and isinstance(check["remarks"], list), "check as JSON", [check])
    listed = part("show")["diagnoses"]
    tap.check(len(listed) == 22 and all(d["rows"] > 0 for d in listed), "show lists every diagnosis with its rows", [listed])
    sources = {s["id"] for s in part("sources")["sources"]}
    tap.check("review" in sources and len(sources) == check["sources"], "sources as JSON", [len(sources)])
    for diagnosis in listed:
        shown = part("show", diagnosis["id"])
        cited = {value for key, value in leaves(shown or {}) if key == "source"}
        tap.check(shown and shown["diagnosis"] == diagnosis["id"] and shown["findings"] and cited and cited <= sources,
                  f"show {diagnosis['id']}: every source that is named is listed", [sorted(cited - sources)])
    conflicts = part("conflicts")["conflicts"]
    tap.check(len(conflicts) == check["conflicts_written"] + check["conflicts_found"], "conflicts as JSON: as many as check counts", [len(conflicts)])
    of_one = part("conflicts", "chordoma")["conflicts"]
    tap.check(of_one and all(c["diagnosis"] == "chordoma" for c in of_one), "conflicts of one diagnosis", [c["diagnosis"] for c in of_one])
    coverage, priors = part("coverage"), part("priors")["priors"]
    tap.check(len(coverage["diagnoses"]) == 22 and coverage["findings"], "coverage as JSON")
    tap.check({p["id"] for p in priors} == {"clinic", "primary", "biopsy_cervical", "registry_spine", "uniform"}, "priors as JSON",
              [p["id"] for p in priors])
    tap.check(all("gaps" in d for d in coverage["diagnoses"]) and
              all(a["bits"] >= b["bits"] for a, b in zip(coverage["findings"], coverage["findings"][1:])), "the most telling findings come first")
    scales = part("scales")
    tap.check([w["word"] for w in scales["words"]] == ["always", "usual", "common", "occasional", "rare", "never"]
              and all(w["reason"] for w in scales["words"]), "scales as JSON: six words, each with its reason", [scales["words"]])
    tap.check(part("general")["statements"], "general as JSON")


def codes():
    shown = {name: dens("knowledge", "show", name, "--knowledge", KNOWLEDGE).stdout for name in ("chordoma", "ewing_sarcoma")}
    tap.check("ICD-O: 9370/3" in shown["chordoma"] and "RID4522" in shown["ewing_sarcoma"] and "no code known" not in shown["ewing_sarcoma"]
              and all(sum(line.startswith(system) for line in text.splitlines()) == 1 for text in shown.values() for system in ("ICD-O: ", "SNOMED CT: ", "RadLex: ")),
              "show tells a code of each system, or that there is none", [shown["chordoma"][:800]])
    coded = {name[:-5]: part("show", name[:-5])["codes"] for name in sorted(os.listdir(os.path.join(KNOWLEDGE, "diagnoses")))}
    tap.check(all(re.fullmatch(r"[0-9]{4}/[01369]", codes["icd_o"].get("code", "")) for name, codes in coded.items() if name != "spondylodiscitis"),
              "every neoplasm has an ICD-O morphology", [[name, codes.get("icd_o")] for name, codes in coded.items()])
    tap.check("does_not_apply" in coded["spondylodiscitis"]["icd_o"], "an infection has none, and says why", [coded["spondylodiscitis"]])
    for system, unknown in (("snomed", {"benign_notochordal_cell_tumor", "chondromyxoid_fibroma", "enostosis", "osteoblastoma"}),
                            ("radlex", {"benign_notochordal_cell_tumor"})):
        missing = {name for name, codes in coded.items() if system not in codes}
        tap.check(missing == unknown, f"{system}: what has no code is known", [sorted(missing)])
    meanings = [(system, code["code"]) for codes in coded.values() for system, code in codes.items() if "code" in code]
    tap.check(len(set(meanings)) == len(meanings), "no code stands for two diagnoses", [sorted(meanings)])


def wrong_words():
    for name, words, expected in [
            ("no part", [], ["check|show", "dens help knowledge"]), ("misspelt part", ["chek"], ["did you mean check"]),
            ("no such part", ["everything"], ["dens help knowledge"]), ("unknown diagnosis", ["show", "cordoma"], ["cordoma", "knowledge show"]),
            ("unknown diagnosis of conflicts", ["conflicts", "none_of_these"], ["none_of_these"]),
            ("a word too many", ["check", "chordoma"], ["chordoma", "takes no further word"]),
            ("two words too many", ["show", "chordoma", "again"], ["again", "one operand too many"]),
            ("unknown form", ["check", "--format", "xml"], ["text, json"]), ("no form", ["check", "--format"], ["--format: needs a value"])]:
        run = dens("knowledge", *words, "--knowledge", KNOWLEDGE)
        line = one_line(run)
        tap.check(run.returncode == 2 and run.stdout == "" and all(text in line for text in expected), f"{name}: exit 2", [run.returncode, line])


def change(knowledge, name, edit):
    """Writes an edited file of the copy; what restores it is returned."""
    path = os.path.join(knowledge, name)
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    edited = edit(whole)
    assert edited != whole, f"{name}: nothing to change"
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(edited)
    return path, whole


def with_row(row):
    """The first evidence row of a diagnosis is this one."""
    return lambda whole: whole.replace("evidence:\n", "evidence:\n" + row, 1)


PLACE = '    scope: cervical\n    source: review\n    where: "Table 1"\n'
FAULTS = [
    ("a misspelt finding", "diagnoses/chordoma.yaml", with_row("  - finding: mr.tt2\n    says: { high: usual }\n" + PLACE), ["mr.tt2", "mr.t2"]),
    ("an unknown value", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    says: { bright: usual }\n" + PLACE), ["bright"]),
    ("an unknown word", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    says: { high: mostly }\n" + PLACE), ["mostly", "usual"]),
    ("an unknown source", "diagnoses/chordoma.yaml",
     with_row("  - finding: mr.t2\n    says: { high: usual }\n" + PLACE.replace("review", "revue")), ["revue"]),
    ("no source", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    says: { high: usual }\n    scope: cervical\n    where: x\n"), ["source"]),
    ("no place", "diagnoses/chordoma.yaml",
     with_row("  - finding: mr.t2\n    says: { high: usual }\n    scope: cervical\n    source: review\n"), ["where"]),
    ("counts that do not add up", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    counts: { high: 5, low: 4 }\n    n: 8\n" + PLACE), ["9", "8"]),
    ("a negative count", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    counts: { high: -5 }\n" + PLACE), ["counts"]),
    ("shares above one", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    shares: { high: 0.7, low: 0.6 }\n" + PLACE), ["1"]),
    ("neither counts nor words", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n" + PLACE), ["counts"]),
    ("both counts and words", "diagnoses/chordoma.yaml",
     with_row("  - finding: mr.t2\n    counts: { high: 5 }\n    says: { high: usual }\n" + PLACE), ["counts"]),
    ("an unknown key", "diagnoses/chordoma.yaml", with_row("  - finding: mr.t2\n    sais: { high: usual }\n" + PLACE), ["sais", "says"]),
    ("an unknown conflict", "diagnoses/chordoma.yaml",
     with_row("  - finding: mr.t2\n    says: { high: usual }\n    conflict: no_such_one\n" + PLACE), ["no_such_one"]),
    ("another diagnosis' id", "diagnoses/chordoma.yaml", lambda whole: whole.replace("id: chordoma", "id: cordoma", 1), ["cordoma"]),
    ("a key that is there twice", "diagnoses/chordoma.yaml", lambda whole: whole.replace("id: chordoma\n", "id: chordoma\nid: chordoma\n", 1), ["id"]),
    ("YAML that cannot be read", "diagnoses/chordoma.yaml", with_row("  - { finding: mr.t2\n"), []),
    ("a tab", "diagnoses/chordoma.yaml", with_row("\t- finding: mr.t2\n"), []),
    ("a source's id twice", "sources/general.yaml",
     lambda whole: whole + '\nreview:\n  authors: "A"\n  title: "B"\n  year: 2000\n  kind: review\n  seen: abstract\n  url: https://example.org\n', ["review"]),
    ("a source of no kind", "sources/general.yaml", lambda whole: re.sub(r"kind: \w+", "kind: rumour", whole, count=1), ["rumour"]),
    ("a prior of an unknown diagnosis", "priors.yaml", lambda whole: whole.replace("chordoma: 17", "cordoma: 17", 1), ["cordoma"]),
    ("a prior without a diagnosis", "priors.yaml", lambda whole: whole.replace("chordoma: 17, ", "", 1), ["chordoma"]),
    ("an unknown word of the scale", "scales.yaml", lambda whole: whole.replace("  usual:", "  usually:", 1), ["usual"]),
    ("values that refine each other in a circle", "vocabulary.yaml",
     lambda whole: whole.replace("      - lung\n", "      - { id: lung, refines: lung_small_cell }\n", 1), ["refines itself in a circle"]),
    ("a vocabulary of the future", "vocabulary.yaml", lambda whole: whole.replace("dens-vocabulary/1", "dens-vocabulary/2", 1), ["dens-vocabulary/1"]),
]
# what hangs on the knowledge, and is read where it is used
ENGINE_FAULTS = [
    ("an alert on an unknown finding", "alerts.yaml", lambda whole: whole.replace("{ extent.canal:", "{ extent.kanal:", 1), ["extent.kanal"]),
    ("an alert on an unknown value", "alerts.yaml", lambda whole: whole.replace("cord_compression }", "cord_compresion }", 1), ["cord_compresion"]),
    ("a mimic without a source", "mimics.yaml", lambda whole: whole.replace("sources: [patel2014]", "sources: []", 1), ["at least one source"]),
    ("a contradiction of nothing", "pathology.yaml", lambda whole: whole.replace("compare: groups", "compare: all", 1), ["diagnoses or groups"]),
    ("a consideration for no diagnosis", "management.yaml", lambda whole: whole.replace("  enostosis:", "  enostoses:", 1), ["no diagnosis"]),
    ("a reading of an unknown finding", "readings.yaml", lambda whole: whole.replace("finding: ct.density", "finding: ct.densities", 1), ["ct.densit"]),
    ("edges that do not fit the classes", "readings.yaml", lambda whole: whole.replace("edges: [0.25]", "edges: [0.25, 0.5]", 1), ["edges"]),
]


def refused(name, file, run, expected):
    line = one_line(run)
    place = re.search(re.escape(file) + r":\d+:\d+: ", line)
    tap.check(run.returncode == 1 and run.stdout == "" and place and all(text in line for text in expected),
              f"{name}: exit 1, one line with file, line and column", [run.returncode, line])


def broken_copies(folder):
    knowledge = os.path.join(folder, "knowledge")
    shutil.copytree(KNOWLEDGE, knowledge)
    case = write_case(folder)
    for faults, command in [(FAULTS, ["knowledge", "check"]), (ENGINE_FAULTS, ["differential", case])]:
        for name, file, edit, expected in faults:
            path, whole = change(knowledge, file, edit)
            refused(name, os.path.basename(file), dens(*command, "--knowledge", knowledge), expected)
            with open(path, "w", encoding="utf-8") as out:
                out.write(whole)
    run = dens("knowledge", "check", "--knowledge", knowledge)
    tap.check(run.returncode == 0, "the copy without a fault is good", [run.stderr])
    other = dens("differential", write_case(folder), "--format", "json", env={"DENS_KNOWLEDGE": knowledge})
    same = dens("differential", write_case(folder), "--format", "json", "--knowledge", KNOWLEDGE)
    tap.check(json.loads(other.stdout)["ranking"] == json.loads(same.stdout)["ranking"]
              and json.loads(other.stdout)["software"]["knowledge"] == part("check")["version"], "a copy is the same knowledge, by its version, too")


def missing_files(folder):
    for file in ["vocabulary.yaml", "scales.yaml", "priors.yaml", "background.yaml", "alerts.yaml", "readings.yaml"]:
        knowledge = os.path.join(folder, "without-" + file)
        shutil.copytree(KNOWLEDGE, knowledge)
        os.remove(os.path.join(knowledge, file))
        run = dens("differential", write_case(folder), "--knowledge", knowledge)
        tap.check(run.returncode == 1 and file in one_line(run), f"without {file}: exit 1, one line", [run.returncode, one_line(run)])
        shutil.rmtree(knowledge)
    empty = os.path.join(folder, "nothing")
    os.mkdir(empty)
    letter = os.path.join(folder, "letter.txt")
    with open(letter, "w", encoding="utf-8") as out:
        out.write("Dear colleague")
    for name, path in [("not there", os.path.join(folder, "nowhere")), ("empty", empty), ("a file", letter)]:
        for words in (["knowledge", "check"], ["version"], ["differential", write_case(folder)]):
            run = dens(*words, "--knowledge", path)
            tap.check(run.returncode == 1 and path in one_line(run), f"{words[0]} with a knowledge folder that is {name}: exit 1, one line",
                      [run.returncode, one_line(run)])


with tempfile.TemporaryDirectory() as scratch:
    parts_in_words()
    parts_as_json()
    codes()
    wrong_words()
    broken_copies(scratch)
    missing_files(scratch)
sys.exit(tap.end())
