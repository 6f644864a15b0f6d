"""The text and the HTML report of the samples, as programs and people meet them.

Usage: test_report.py RENDER (the program of render.c)
"""

import base64
import copy
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import unicodedata
import xml.etree.ElementTree as ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap

RENDER = sys.argv[1]
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")
NAMES = ("rich", "sparse", "no-findings", "hostile")
FORMS = ("text", "colour", "brief", "html")
HEADINGS = ["Alerts", "Impression", "Differential diagnosis", "Technique", "Findings", "Measurements", "Reasons",
            "Mimics to consider", "Next examination", "Before a biopsy", "Pathology", "Scores", "Considerations for the tumour board",
            "Reader and measurement disagree", "Not written", "Limits of use", "Sources", "Provenance"]
ALWAYS = ["Alerts", "Impression", "Differential diagnosis", "Technique", "Findings", "Reasons", "Limits of use",
          "Provenance"]


def sample(name):
    with open(os.path.join(SAMPLES, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def attempt(document, form="text", width=100):
    """Exit status, stdout, stderr of rendering a document: a sample's name, or a tree."""
    if isinstance(document, str):
        return run(RENDER, form, width, os.path.join(SAMPLES, document + ".json"))
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        return run(RENDER, form, width, file.name)


def render(document, form="text", width=100):
    status, out, errors = attempt(document, form, width)
    assert status == 0, "exit status %d: %s" % (status, errors)
    return out.replace("\u00a0", " ")


def tree(document):
    return ElementTree.fromstring(render(document, "html").split("\n", 1)[1])


def words(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def section(root, name):
    found = [s for s in root.iter("section") if s.get("aria-labelledby") == name]
    assert len(found) == 1, "%d sections %s" % (len(found), name)
    return found[0]


def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def text_headings(text):
    lines = text.split("\n")
    return [line for line, below in zip(lines, lines[1:]) if below.startswith("──")][1:]  # without the title


# --- both forms


def test_sections_stand_in_order():
    assert text_headings(render("rich")) == HEADINGS
    assert [words(h) for h in tree("rich").iter("h2")] == HEADINGS


def test_sections_without_content_are_left_out():
    assert text_headings(render("no-findings")) == ALWAYS
    assert [words(h) for h in tree("no-findings").iter("h2")] == ALWAYS


def test_that_no_examination_is_proposed_is_said():
    none = dict(sample("rich"), next=[])
    for form in ("text", "html"):
        plain = re.sub(r"\s+", " ", render(none, form))
        assert "None: what was not done would not change the first step" in plain, form
        assert "None: what was not done" not in re.sub(r"\s+", " ", render("rich", form)), form


def test_the_next_examination_leads_to_its_sources():
    cited = sample("rich")
    cited["next"][0]["sources"] = [next(iter(cited["sources"]))]
    why = re.sub(r"\s+", " ", cited["next"][0]["text"]).strip()
    plain = re.sub(r"\s+", " ", render(cited))
    assert re.search(re.escape(why) + r" \[\d+\]", plain)
    assert re.search(re.escape(why) + r" \[\d+\]", words(section(tree(cited), "next")))


def test_alerts_and_impression_come_first():
    for form in FORMS:
        out = render("rich", form)
        places = [out.index(part) for part in ("Spinal cord compression", "Chordoma is the most likely", "Metastasis (6 %)",
                                               "Differential diagnosis")]
        assert places == sorted(places), form
        assert "within hours" in out and "within days" in out and "before treatment" in out, form


def test_an_alert_says_how_sure_it_is_and_what_to_ask():
    for form in FORMS:
        out = render("rich", form)
        plain = re.sub("<[^>]*>|\x1b\\[[0-9;]*m", "", out)
        assert re.search(r"Spinal cord compression \(?possible", plain), form
        assert "To ask: was the needle in the lesion; brachyury (chordoma)" in re.sub(r"\s+", " ", plain), form


def test_considerations_stand_under_their_diagnosis_once():
    out = render("rich")
    part = out[out.index("Considerations for the tumour board"):]
    assert part.index("\nChordoma\n") < part.index("Resection with a wide margin") < part.index("\nMetastasis\n")
    heads = [words(h) for h in tree("rich").iter("h3")]
    assert heads.count("Chordoma") == 1 and heads.count("Metastasis") == 1


def test_no_alert_is_said_and_what_was_not_assessed_still_listed():
    for form in FORMS:
        out = render("sparse", form)
        assert "No alert from what was reported." in out, form
        assert "spinal canal and cord; vertebral artery" in out, form
    assert "Not assessed" not in render("no-findings")


def test_every_optional_key_may_be_missing():
    full = sample("rich")
    needed = ("format", "case", "ranking")
    for key in full:
        if key in needed:
            continue
        less = copy.deepcopy(full)
        del less[key]
        status, _, errors = attempt(less)
        # the gate may insist on a key; then it names it, in one line
        assert status == 0 or (status == 1 and key in errors and errors.count("\n") == 1), errors
    for key in ("next", "warnings_before_biopsy", "pathology_advice", "scores", "management", "not_written"):
        less = copy.deepcopy(full)
        del less[key]
        for form in FORMS:
            render(less, form)
    for reason in ("weight", "sources", "evidence"):
        less = copy.deepcopy(full)
        for item in less["ranking"]:
            for entry in item["for"] + item["against"]:
                entry.pop(reason, None)
        status, _, errors = attempt(less, "html")
        assert status == 0 or reason in errors, errors


def test_no_ids_no_bits_no_nan():
    for form in FORMS:
        out = render("rich", form)
        body = re.sub(r"(?s)<style>.*</style>", "", out)
        for raw in ("e-05", "e+", "cord_compression", "extent.", "mr.t2", "none_of_these<", "row.1", "gain_", "bits", "NaN", "nan ", "null",
                    "giant_cell", "t2_high", "not_done", "high_grade", "vale2014", "inf "):
            if form == "html":
                body = re.sub(r'class="[^"]*"', "", body)
            assert raw not in body, "%s in %s" % (raw, form)


def test_numbers_are_rounded_and_units_are_human():
    for form in ("text", "html"):
        out = render("rich", form)
        for part in ("83 %", "70–91 %", "&lt;1 %" if form == "html" else "<1 %", "46 ± 1 HU", "33.5 ± 1.2 mm", "14322 mm³",
                     "1.62 ± 0.09 × 10⁻³ mm²/s",
                     "3.42 ± 0.21", "0 %", "68 years, male", "knowledge 3f9a1c2e"):
            assert part in out, "%s not in %s" % (part, form)
        assert "3f9a1c2e3" not in out and "0.8300" not in out and "46.2" not in out


def test_ages_in_words():
    for age, said in ((0.02, "under 1 month"), (0.1, "1 month"), (0.75, "9 months"), (1, "1 year"), (1.5, "18 months"),
                      (2, "2 years"), (67.9, "67 years")):
        document = sample("sparse")
        document["case"]["patient"]["age"] = age
        assert said + ", sex not stated" in render(document), said


def test_read_and_measured_are_told_apart():
    text = render("rich")
    assert re.search(r"Enhancement.*\bmild\b.*moderate – differ:", text), "conflict"
    assert re.search(r"\blow or (intermediate|about)", text), "hedge"
    findings = section(tree("rich"), "findings")
    rows = {words(row.find("th")): words(row.find("td")) for row in findings.iter("tr")}
    conflict = [value for value in rows.values() if "differ" in value and "moderate" in value]
    assert len(conflict) == 1 and "mild" in conflict[0] and "read" in conflict[0] and "measured" in conflict[0], rows
    assert any(value.endswith("read") for value in rows.values())
    assert any("46 ± 1 HU" in value and "read" not in value for value in rows.values()), rows


def test_counts_and_reasons_are_shown_once_with_their_rival():
    for form in FORMS:
        out = re.sub(r"\x1b\[[0-9;]*m", "", render("rich", form))
        flat = re.sub(r"[│█─ \n]+", " ", re.sub(r"<[^>]*>", "", out) if form == "html" else out)
        assert "(49 of 52)" in flat and "(6 of 70)" in flat, form
        assert flat.count("weighed against metastasis") == 1, form
        assert "× 11" in flat, form
        if form == "brief":
            assert "weighed against chordoma" not in flat


def with_reasons(weights):
    """The rich sample with these reasons for the first diagnosis, "reason 1." and so on, and none against it."""
    document = sample("rich")
    first = document["ranking"][0]
    first["for"] = [dict(first["for"][0], text="Reason %d." % (i + 1), weight=weight, sources=[])
                    for i, weight in enumerate(weights)]
    first["against"] = []
    return document


def test_only_the_strongest_reasons_are_told_and_all_strong_ones():
    for weights, told, rest in (([0.6] * 6, 6, None), ([0.6] * 7, 6, "and 1 weaker one"),
                                ([0.6] * 9 + [0.05], 6, "and 4 weaker ones"), ([0.8] * 8 + [0.5] * 2, 8, "and 2 weaker ones"),
                                ([0.05], 0, "only 1 slight one, "), ([0.05] * 3, 0, "only 3 slight ones, ")):
        for form in FORMS:
            out = re.sub(r"\s+", " ", render(with_reasons(weights), form))
            assert len(set(re.findall(r"Reason \d+\.", out))) == told, (form, weights)
            assert (rest in out) if rest else "weaker" not in out, (form, weights)


def test_what_two_rivals_share_is_told_once():
    for form in ("text", "html"):
        out = re.sub(r"\s+", " ", render("rich", form))
        said = "what speaks for chordoma speaks against metastasis."
        assert out.count(said) == 1, form
        assert out.count("The reasons are those of") == 1, form
    document = sample("rich")
    document["ranking"][1]["rival"] = "osteosarcoma"
    assert "The reasons are those of" not in render(document), "another rival has reasons of its own"


def test_what_was_not_assessed_is_said_once():
    for form in FORMS:
        out = render("rich", form)
        assert out.count("alignment and stability") == 1, form
        assert out.index("Impression") < out.index("alignment and stability") < out.index("Differential diagnosis"), form


def test_measurements_stand_by_family_and_missing_ones_by_reason():
    document = sample("rich")
    document["measurements"] += [
        {"id": "attenuation.lytic_share", "label": "Share below bone", "value": 0.981, "unit": "1", "of": "lesion"},
        {"id": "attenuation.sclerotic_share", "label": "Share above bone", "value": 0.0137, "unit": "1", "of": "lesion"},
        {"id": "attenuation.maximum", "label": "Maximum attenuation", "value": 638.2, "unit": "[hnsf'U]", "of": "lesion"},
        {"id": "attenuation.other", "label": "Attenuation of muscle", "value": 55.4, "unit": "[hnsf'U]", "of": "muscle",
         "method": "Mean of the mask."},
        {"id": "perfusion.kep", "label": "Rate constant", "missing": "no dynamic series"}]
    for form in ("text", "html"):
        out = re.sub("(?s)<style>.*</style>", "", render(document, form))
        flat = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", out) if form == "html" else out)
        for part in ("98 %", "1.4 %", "Also: maximum attenuation 638 HU.", "Attenuation of muscle (muscle)", "55 HU",
                     "No dynamic series: Transfer constant Ktrans; Rate constant", "Mean of the mask"):
            assert part in flat, "%s not in %s" % (part, form)
        for part in ("(lesion)", "0.981", "missing", "Mean of the mask.", ".;"):
            assert part not in flat, "%s in %s" % (part, form)
        assert flat.index("CT attenuation") < flat.index("Attenuation of muscle") < flat.index("MR signal, as a ratio"), form


def test_no_number_is_parted_from_its_percent_sign():
    for name in NAMES:
        for width in (40, 80, 100):
            assert not re.search(r"(?m)^[ │█]*%", render(name, "text", width)), (name, width)
        assert " %" not in re.sub("(?s)<style>.*</style>", "", attempt(name, "html")[1]), name


def test_bars_for_those_that_matter_the_rest_in_lines():
    root = tree("rich")
    table = [t for t in root.iter("table") if t.get("class") == "ranking"][0]
    rows = table.find("tbody").findall("tr")
    assert len(rows) == 6
    svg = rows[0].find(".//td/svg[@role='img']")
    assert svg.get("aria-label") == "Probability 83 %, 90 % interval 70–91 %"
    assert "83.0%" in [r.get("width") for r in svg.iter("rect")]
    assert {line.get("x1") for line in svg.iter("line")} == {"70.0%", "91.0%"}
    assert "None of these" in words(rows[3])
    others = [words(p) for p in root.iter("p") if (p.get("class") or "").startswith("others")]
    assert [o.split(":")[0] for o in others] == ["Below 1 %"] and others[0].count(";") == 16, others


def test_five_diagnoses_have_bars_however_improbable():
    document = sample("rich")
    for entry in document["ranking"]:
        entry["probability"] = 0.0005
    document["ranking"][0]["probability"] = 1 - 0.0005 * (len(document["ranking"]) - 1)
    document["ranking"][0]["interval"] = [0.9, 1]
    table = [t for t in tree(document).iter("table") if t.get("class") == "ranking"][0]
    assert len(table.find("tbody").findall("tr")) == 5


# --- text


def test_no_line_is_too_wide():
    for name in NAMES:
        for form in ("text", "brief"):
            for width in (40, 59, 60, 80, 100, 200):
                for line in render(name, form, width).split("\n"):
                    assert columns(line) <= width, "%d columns in %s %s: %r" % (columns(line), name, width, line)
                    assert not line.endswith(" "), "%s: %r" % (name, line)


def test_width_has_a_default_and_limits():
    assert render("rich", "text", 0) == render("rich", "text", 80)
    assert render("rich", "text", 3) == render("rich", "text", 40)
    assert render("rich", "text", 4000) == render("rich", "text", 200)


def test_colour_only_if_asked_and_only_adds():
    for name in NAMES:
        plain, coloured = render(name), render(name, "colour")
        assert "\x1b" not in plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain, name


def test_no_control_characters_reach_the_terminal():
    for form in FORMS:
        out = re.sub(r"\x1b\[[0-9;]+m", "", render("hostile", form)) if form == "colour" else render("hostile", form)
        for character in out:
            assert character == "\n" or unicodedata.category(character) != "Cc", "%r in %s" % (character, form)
        assert "\u202e" not in out


def test_brief_is_the_differential_only():
    assert text_headings("\n──\n" + render("rich", "brief")) == ["Alerts", "Impression", "Differential diagnosis", "Reasons"]
    assert not re.search(r"\[\d", render("rich", "brief")), "references without a list of sources"


def test_bars_in_text():
    line = [l for l in render("rich").split("\n") if re.match(r" *1 +Chordoma", l)][0]
    bar = re.search("[█▓░]+", line).group()
    assert bar.count("█") == 21 and bar.count("▓") == 4 and bar.count("░") == 2, line


# --- HTML


class Balance(html.parser.HTMLParser):
    """Open and close tags match; collects addresses and what would run."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.addresses, self.handlers = [], set(), [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.note(tag, attributes)

    def handle_startendtag(self, tag, attributes):
        self.note(tag, attributes)

    def note(self, tag, attributes):
        self.tags.add(tag)
        for key, value in attributes:
            if key.startswith("on"):
                self.handlers.append(key)
            if key in ("src", "href", "action", "data", "srcset", "xlink:href", "poster", "formaction"):
                self.addresses.append(value)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, "</%s> after %s" % (tag, self.open[-3:])
        self.open.pop()


def parsed(name):
    parser = Balance()
    parser.feed(render(name, "html"))
    parser.close()
    assert not parser.open, parser.open
    return parser


def test_html_is_well_formed():
    for name in NAMES:
        parsed(name)
        root = tree(name)
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids)), "an id twice"
        named = set(ids)
        for element in root.iter():
            for key in ("aria-labelledby",):
                assert element.get(key) is None or element.get(key) in named, element.get(key)


def test_nothing_runs_and_nothing_is_fetched():
    for name in NAMES:
        parser = parsed(name)
        assert not parser.tags & {"script", "img", "iframe", "link", "object", "embed", "form", "base", "video"}, name
        assert not parser.handlers, name
        for address in parser.addresses:
            assert re.fullmatch(r"#source-\d+|https://doi\.org/10\.[0-9A-Za-z%._/():;-]+", address), address
        out = render(name, "html")
        style = re.search(r"(?s)<style>(.*)</style>", out).group(1)
        assert "url(" not in style and "@import" not in style and "//" not in style
        assert "default-src 'none'" in out


def test_hostile_text_is_shown_as_text():
    out = render("hostile", "html")
    assert "<script" not in out and "<img" not in out
    assert out.count("&lt;script&gt;alert(&quot;x&quot;)") > 20
    assert "javascript:alert" not in out, "what is no DOI is no link and is not shown as one"
    assert "10.1/%22%3E%3Cscript%3Ealert(1)%3C/script%3E" in out
    impression = words(section(tree("hostile"), "impression"))
    assert '<script>alert("x")</script>&amp;' in impression and "颈椎骨肿瘤影像评估" in impression


def test_references_lead_to_sources():
    root = tree("rich")
    ids = {e.get("id") for e in root.iter("li")}
    links = [a.get("href") for a in root.iter("a") if a.get("href").startswith("#")]
    assert links and all(link[1:] in ids for link in links)
    first = section(root, "alerts").find(".//span[@class='ref']/a")
    assert first.get("href") == "#source-1" and "epidural cord compression" in words(section(root, "sources").find(".//li"))
    assert "https://doi.org/10.0000/example(2018)12:%3C101%3E" in [a.get("href") for a in root.iter("a")]


def test_tables_and_bars_are_accessible():
    root = tree("rich")
    assert root.get("lang") == "en" and root.find("head/title") is not None
    assert len(list(root.iter("h1"))) == 1 and len(list(root.iter("main"))) == 1
    for table in root.iter("table"):
        assert [th for th in table.iter("th")], "a table without heads"
        for th in table.iter("th"):
            assert th.get("scope") in ("row", "col", "rowgroup"), words(th)
    for svg in root.iter("svg"):
        assert svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.get("aria-label")), "a mute bar"


def luminance(colour):
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    channels = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_contrast():
    """WCAG 2.1, 1.4.3: 4.5 to 1, on the darkest of the light backgrounds."""
    style = re.search(r"(?s)<style>(.*)</style>", render("sparse", "html")).group(1)
    paper = min(luminance(c) for c in ("#fdf1f2", "#fff8ea", "#f1f6fc"))
    texts = set(re.findall(r"[{;]color:(#[0-9a-f]{3,6})", style)) - {"#fff"}
    assert len(texts) >= 4
    for colour in texts:
        assert (paper + 0.05) / (luminance(colour) + 0.05) >= 4.5, colour
    for colour in re.findall(r"\.badge\{background:(#[0-9a-f]+)", style):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


# --- PDF, and pictures


def pdf(document):
    """Title and page count as Poppler reads them, and the text of the pages."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file, tempfile.NamedTemporaryFile(suffix=".pdf") as out:
        json.dump(sample(document) if isinstance(document, str) else document, file)
        file.flush()
        made = subprocess.run([RENDER, "pdf", "0", file.name], stdout=out, stderr=subprocess.PIPE, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
        status, info, errors = run("pdfinfo", out.name)
        assert status == 0 and errors == "", errors
        status, text, errors = run("pdftotext", "-layout", out.name, "-")
        assert status == 0 and errors == "", errors
        status, fonts, _ = run("pdffonts", out.name)
        facts = dict(re.split(r":\s*", line, maxsplit=1) for line in info.splitlines())
        return facts, text.replace("\u00a0", " "), fonts, open(out.name, "rb").read()


def test_pdf_is_a4_tagged_and_has_its_fonts():
    facts, text, fonts, data = pdf("rich")
    assert facts["Title"] == "dens – Report of imaging evaluation" and facts["Tagged"] == "yes" and "A4" in facts["Page size"], facts
    assert 1 <= int(facts["Pages"]) <= 3, facts["Pages"]
    assert all(line.split()[-5] == "yes" for line in fonts.splitlines()[2:]), fonts
    for page in range(1, int(facts["Pages"]) + 1):
        assert "Page %d of %s" % (page, facts["Pages"]) in text
    assert pdf("rich")[3] == data, "the same document gives other bytes"


def test_pdf_says_what_the_page_says():
    _, text, _, _ = pdf("rich")
    flat = re.sub(r"\s+", " ", text)
    places = [flat.index(part) for part in ("Alerts", "Spinal cord compression", "Impression", "Chordoma is the most likely",
                                            "Key images", "Differential diagnosis", "Limits of use", "Sources")]
    assert places == sorted(places), places
    for heading in HEADINGS:
        assert heading in flat or heading == "Not written", heading
    for caption in ("T2, sagittal", "CT, axial"):
        assert caption in flat, caption


def test_pdf_of_every_sample():
    for name in NAMES:
        facts, text, _, _ = pdf(name)
        assert "Differential diagnosis" in text and int(facts["Pages"]) <= 4, (name, facts["Pages"])
        assert "\x1b" not in text


def test_pdf_leaves_no_heading_at_a_foot():
    """Wherever the pages end: what is above moves what follows down a line at a time."""
    for lines in range(0, 20, 2):
        document = sample("rich")
        document["impression"] += ["So much is said."] * lines
        document["next"][0]["text"] *= 4
        document["next"] *= 3
        facts, text, _, _ = pdf(document)
        assert int(facts["Pages"]) <= 4, (lines, facts["Pages"])
        for page in text.split("\f")[:-1]:
            last = [line.strip() for line in page.splitlines() if line.strip()][-2]  # above the page's number
            assert last not in HEADINGS and last not in ("For", "Against") and "Risk: " not in last, (lines, last)
        assert not re.search(r"; *;|: *;", text), lines


def test_html_holds_its_pictures():
    root = ElementTree.fromstring(render("rich", "html-pictures").split("\n", 1)[1])
    images = list(section(root, "pictures").iter("img"))
    assert [i.get("alt") for i in images] == ["T2, sagittal", "CT, axial"]
    for image in images:
        scheme, data = image.get("src").split(",", 1)
        assert scheme == "data:image/png;base64"
        png = base64.b64decode(data, validate=True)
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and png[16:24] == bytes([0, 0, 0, 96, 0, 0, 0, 64]), png[:24]
    assert [h.text for h in root.iter("h2")][:3] == ["Alerts", "Impression", "Key images"]


# --- another language


def test_another_language():
    os.environ["RENDER_LANGUAGE"] = "zh"
    try:
        out = {form: render("no-findings", form) for form in ("text", "html")}
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(subprocess.run([RENDER, "pdf", "100", os.path.join(SAMPLES, "no-findings.json")], capture_output=True,
                                      check=True).stdout)
            file.flush()
            out["pdf"] = run("pdftotext", "-layout", file.name, "-")[1]
            fonts = run("pdffonts", file.name)[1]
        invented = render("rich", "text")
    finally:
        del os.environ["RENDER_LANGUAGE"]
    assert '<html lang="zh-Hans">' in out["html"]
    for form, text in out.items():
        assert "鉴别诊断" in text and "Differential" not in text, form
        assert "未陈述任何征象" in text, form
    assert "CJK" in fonts, fonts
    # the sample's sentences are invented: they stay as they are, and that is said
    assert "Chordoma is the most likely" in invented and "条文字因缺少译文而保留英文" in invented


# --- what is refused


def test_what_is_no_result_is_refused():
    for change, part in ((lambda d: d.update(format="dens-case/1"), "dens-result/1"),
                         (lambda d: d.pop("ranking"), "ranking"),
                         (lambda d: d.update(ranking="chordoma"), "ranking"),
                         (lambda d: d["ranking"][0].update(probability=0.2), "1"),
                         (lambda d: d["ranking"][0].update(interval=[0.9, 0.1]), "interval"),
                         (lambda d: d["measurements"][0].update(missing="but it is there"), "measurements"),
                         (lambda d: d.update(ranking=[r for r in d["ranking"] if r["diagnosis"] != "none_of_these"]), "")):
        document = sample("rich")
        change(document)
        for form in ("text", "html", "pdf"):
            done = attempt(document, form)
            assert done[1] == "", "output in spite of an error"
            assert done[0] == 1 and done[2].count("\n") == 1 and part in done[2], done[2]


def main():
    tap = Tap()
    for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
        try:
            test()
            tap.check(True, name)
        except Exception:  # whatever goes wrong is this test's failure; the others still run
            tap.check(False, name, traceback.format_exc().splitlines())
    return tap.end()


sys.exit(main())
