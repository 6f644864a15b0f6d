"""Reports in other languages than English: nothing of what the program and the knowledge can say is without a translation, and the
figures are those of the English report."""

import glob
import os
import re
import sys
import tempfile

import yaml

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SOURCE, dens, one_line, told_secrets, write_case, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
KNOWLEDGE = os.path.join(SOURCE, "knowledge")
LANGUAGES = sorted(os.path.basename(path)[:-5] for path in glob.glob(os.path.join(KNOWLEDGE, "languages", "*.yaml")))
# What a reader of the report sees of these files. The texts that are filled in are patterns of the language.
SHOWN = {"alerts": ["label", "text", "ask"], "mimics": ["name", "text"], "management": ["text"],
         "examinations": ["label", "text"], "pathology": ["label", "text", "ask"],
         "scores": ["label", "text", "note", "assumption", "otherwise", "as", "band"], "priors": ["label"],
         "repeatability": ["label", "text", "limits", "not_expected"]}
UNTRANSLATED = {"zh": "缺少译文"}
DIAGNOSIS = {"zh": "鉴别诊断"}


def read(*path):
    with open(os.path.join(KNOWLEDGE, *path), encoding="utf-8") as stream:
        return yaml.safe_load(stream)


def spaced(text):
    return " ".join(text.split())


def shown_in(tree, keys):
    """The texts under these keys, wherever they stand."""
    if isinstance(tree, dict):
        for key, child in tree.items():
            if key in keys:
                yield from (spaced(text) for text in (child if isinstance(child, list) else [child]) if isinstance(text, str))
            yield from shown_in(child, keys)
    elif isinstance(tree, list):
        for child in tree:
            yield from shown_in(child, keys)


def of_vocabulary(tree):
    for group in ("sections",):
        yield from (item["label"] for item in tree[group].values())
    yield from tree["examinations"].values()
    for diagnosis in tree["diagnoses"]:
        yield from (diagnosis["name"], diagnosis["term"])
    for finding in tree["findings"]:
        yield finding["label"]
        for value in finding.get("values") or []:
            yield value["label"] if isinstance(value, dict) and "label" in value else (
                value["id"] if isinstance(value, dict) else str(value)).replace("_", " ")


def of_statements():
    """Statements of the diagnoses' files that the considerations name."""
    for diagnosis, entries in read("management.yaml")["diagnoses"].items():
        statements = read("diagnoses", diagnosis + ".yaml")["statements"]
        for entry in entries:
            if "statement" in entry:
                yield from (spaced(s["text"]) for s in statements if s["topic"] == entry["statement"] and s["source"] == entry["source"])


def of_components():
    for path in glob.glob(os.path.join(KNOWLEDGE, "diagnoses", "*.yaml")):
        components = read("diagnoses", os.path.basename(path)).get("components") or []
        yield from ((c["id"] if isinstance(c, dict) else c).replace("_", " ") for c in components)


def of_cards():
    """What the atlas tells of a diagnosis; its statements and rows may stay in English, where they are marked."""
    for path in glob.glob(os.path.join(KNOWLEDGE, "diagnoses", "*.yaml")):
        tree = read("diagnoses", os.path.basename(path))
        yield from (spaced(text) for text in (tree.get("summary"), (tree.get("who") or {}).get("group")) if text)
        for group in ("typical", "mimics"):
            yield from shown_in(tree.get(group) or [], ("text", "name"))
        yield from shown_in(tree.get("components") or [], ("label", "name", "definition"))


def all_shown():
    for name, keys in SHOWN.items():
        yield from ((name, text) for text in shown_in(read(name + ".yaml"), keys))
    yield from (("vocabulary", text) for text in of_vocabulary(read("vocabulary.yaml")))
    yield from (("statement", text) for text in of_statements())
    yield from (("component", text) for text in of_components())
    yield from (("card", text) for text in of_cards())


def needs_words(text):
    return re.search("[a-z]", text) and not re.search(r"\{\w+\}", text)


def no_text_is_missing(language):
    said = read("languages", language + ".yaml")
    known = {entry["en"].lower() for entry in said["texts"]}
    shown = list(all_shown())
    missing = sorted({f"{where}: {text}" for where, text in shown if needs_words(text) and text.lower() not in known})
    tap.check(len(shown) > 500 and not missing, f"{language}: every text of the knowledge that a report shows", missing[:20])
    empty = [entry for entry in said["texts"] + said["patterns"] if not entry["say"].strip()]
    tap.check(not empty, f"{language}: no translation is empty", empty)


def no_case_is_left_in_english(language):
    cases = sorted(glob.glob(os.path.join(SOURCE, "cases", "*", "*.json")))[::6]
    runs = [(case, dens("differential", case, "--full", "--language", language)) for case in cases]
    bad = [f"{os.path.basename(case)}: {run.stderr}" for case, run in runs if run.returncode != 0 or run.stderr]
    left = [os.path.basename(case) for case, run in runs if UNTRANSLATED[language] in run.stdout or DIAGNOSIS[language] not in run.stdout]
    tap.check(len(cases) > 10 and not bad and not left, f"{language}: whole reports of {len(cases)} cases", bad + left)


def figures(text):
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def the_figures_are_the_same(language, folder):
    case = write_case(folder, findings={"site.levels": ["C4"], "ct.density": "lytic", "mr.t2": "high", "clinical.symptom_months": 6,
                                        "extent.canal": "cord_compression", "clinical.pain": "absent"})
    english, other = dens("differential", case), dens("differential", case, "--language", language)
    lines = [[line for line in run.stdout.splitlines() if re.match(r" *[1-9] .*[▓█]", line)] for run in (english, other)]
    tap.check(other.returncode == 0 and len(lines[0]) > 3 and [figures(line) for line in lines[0]] == [figures(line) for line in lines[1]],
              f"{language}: the bars have the same figures", [english.stdout, other.stdout, other.stderr])
    follow = dens("next", case, "--language", language)
    tap.check(follow.returncode == 0 and UNTRANSLATED[language] not in follow.stdout and not re.search("Expected|lower", follow.stdout),
              f"{language}: the next examination", [follow.stdout, follow.stderr])
    same = dens("differential", case, "--language", language, "--format", "json")
    plain = dens("differential", case, "--format", "json")
    strip = [re.sub(r'"(time|command)":[^,}]*', "", run.stdout) for run in (same, plain)]
    tap.check(same.returncode == plain.returncode == 0 and strip[0] == strip[1], f"{language}: the result document stays as it is")


def evaluated(folder, language, name, radius):
    """A lesion without any reference tissue, so that much cannot be measured and the report says why."""
    size = (24, 24, 12)
    place = [(i, j, k) for k in range(size[2]) for j in range(size[1]) for i in range(size[0])]
    ball = [1.0 if (i - 12) ** 2 + (j - 12) ** 2 + (k - 6) ** 2 <= radius ** 2 else 0.0 for i, j, k in place]
    paths = {role: os.path.join(folder, f"{name}-{role}.nii") for role in ("ct", "t1", "t1c", "t2", "mask")}
    for scale, role in enumerate(("ct", "t1", "t1c", "t2"), 1):
        write_nifti(paths[role], size, [100.0 * scale + 40 * inside + (i * 7 + j * 5 + k * 3) % 11 for inside, (i, j, k) in zip(ball, place)])
    write_nifti(paths["mask"], size, ball)
    lesions = [part for role in ("ct", "t1", "t1c", "t2") for part in ("--lesion", f"{role}={paths['mask']}")]
    out = os.path.join(folder, name)
    run = dens("evaluate", "-q", *(f"{role}={paths[role]}" for role in ("ct", "t1", "t1c", "t2")), *lesions, "--language", language, "-o", out)
    return run, out


def what_could_not_be_measured(language, folder):
    runs = [evaluated(folder, language, f"{language}-{radius}", radius) for radius in (3, 5)]
    texts = [open(os.path.join(out, "report.txt"), encoding="utf-8").read() for run, out in runs if run.returncode == 0]
    tap.check(len(texts) == 2 and not any(UNTRANSLATED[language] in text for text in texts), f"{language}: reasons why something is not measured",
              [run.stderr for run, _ in runs] + [line for text in texts for line in text.splitlines() if re.search("[a-z]{3} [a-z]{3}", line)][:20])
    out = os.path.join(folder, f"{language}-compared")
    run = dens("compare", runs[0][1], runs[1][1], "-o", out, "--language", language)
    page = open(os.path.join(out, "comparison.html"), encoding="utf-8").read() if run.returncode == 0 else ""
    tap.check(DIAGNOSIS[language] in page and DIAGNOSIS[language] in run.stdout and UNTRANSLATED[language] not in page + run.stdout,
              f"{language}: a comparison", [run.stderr] + [line for line in run.stdout.splitlines() if re.search("[a-z]{3} [a-z]{3}", line)][:20])


def what_is_no_language(folder):
    case = write_case(folder)
    for name in ("qq", "../zh", "zh.yaml", "languages/zh"):
        run = dens("differential", case, "--language", name)
        tap.check(run.returncode == 2 and run.stdout == "" and one_line(run) and "there is no language" in run.stderr and "en" in run.stderr,
                  f"no language: {name}", [run.stderr])


tap.check(LANGUAGES == sorted(UNTRANSLATED), "the languages that there are", LANGUAGES)
with tempfile.TemporaryDirectory() as scratch:
    for name in LANGUAGES:
        no_text_is_missing(name)
        no_case_is_left_in_english(name)
        the_figures_are_the_same(name, scratch)
        what_could_not_be_measured(name, scratch)
    what_is_no_language(scratch)
tap.check(not told_secrets, "no patient data on standard error", told_secrets)
sys.exit(tap.end())
