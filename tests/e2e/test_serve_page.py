"""What the page asks of `dens serve`: the operations of schema/openapi.yaml with the tag "page". Prints TAP."""

import gzip
import io
import json
import os
import sys
import tempfile
import time
import zipfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
try:
    import nibabel
    import pydicom
    import numpy as np
    import small_ct
    import yaml  # noqa: F401
    import jsonschema  # noqa: F401
except ImportError:
    print("1..0 # SKIP nibabel, pydicom, numpy, yaml or jsonschema is not installed")
    sys.exit(0)
from http_server import Asker, Contract, Server  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
contract = Contract()
ask = Asker(tap, contract)
ZIP = {"Content-Type": "application/zip"}
BYTES = {"Content-Type": "application/octet-stream"}
NOBODY = "0" * 32
SIZE, SPACING, ORIGIN = 32, (1.5, 1.25, 2.0), (10.0, -20.0, 300.0)  # the origin in RAS
MIDDLE = (16, 14, 17)


def nifti(values, shift=0.0):
    affine = np.diag([*SPACING, 1.0])
    affine[:3, 3] = np.add(ORIGIN, shift)
    return gzip.compress(nibabel.Nifti1Image(values, affine).to_bytes())


def image(data):
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(data))


def ball(radius, middle=MIDDLE):
    i, j, k = np.indices((SIZE,) * 3)
    return (i - middle[0]) ** 2 + (j - middle[1]) ** 2 + (k - middle[2]) ** 2 < radius**2


def zip_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def new_study(server):
    """A study of two volumes with one lesion at the same place."""
    noise = np.random.default_rng(7).normal(0, 12, (2,) + (SIZE,) * 3)
    volumes = {"t1.nii.gz": 200 - 60 * ball(8) + noise[0], "t2.nii.gz": 100 + 60 * ball(8) + noise[1]}
    return ask(server, "POST", "/studies", 201, zip_of({name: nifti(v.astype("float32")) for name, v in volumes.items()}), ZIP)[1]


def clicks(server, study):
    path = f"/studies/{study['id']}/series/1/segment"
    ras = [ORIGIN[a] + SPACING[a] * MIDDLE[a] for a in range(3)]
    points = {"voxel": list(MIDDLE), "ras": ras, "lps": [-ras[0], -ras[1], ras[2]]}
    answers = [ask(server, "POST", path, 200, {"clicks": [{"point": point, "inside": True}], "space": space}) for space, point in points.items()]
    default = ask(server, "POST", path, 200, {"clicks": [{"point": points["lps"], "inside": True}]})[1]
    tap.check(all(body == default for _, body in answers), "one place in three kinds of coordinates gives one mask")
    mask = image(default)
    volume = nibabel.Nifti1Image.from_bytes(ask(server, "GET", f"/studies/{study['id']}/series/1/volume", 200)[1])
    labels = np.asarray(mask.dataobj)
    dice = 2 * (labels & ball(8)).sum() / (labels.sum() + ball(8).sum())
    tap.check(np.allclose(mask.affine, volume.affine) and dice > 0.9, "the mask lies on the volume's grid, on the lesion", [mask.affine, dice])
    headers = answers[0][0]
    tap.check(int(headers["dens-voxels"]) == labels.sum() and abs(float(headers["dens-volume-ml"]) - labels.sum() * np.prod(SPACING) / 1000) < 0.001,
              "and its size is told", [headers])
    two = ask(server, "POST", path, 200, {"clicks": [{"point": list(MIDDLE), "inside": True}], "space": "voxel", "also": [0]})[1]
    both = np.asarray(image(two).dataobj)
    tap.check(2 * (both & ball(8)).sum() / (both.sum() + ball(8).sum()) > 0.9, "a second series is looked at as well")
    headers, stored = ask(server, "POST", path, 201, {"clicks": [{"point": list(MIDDLE), "inside": True}], "space": "voxel", "store": True})
    kept = ask(server, "GET", headers["location"][len("/api/v1"):], 200)[1]
    tap.check(stored == kept == default, "a mask is stored as it was answered")
    earlier_masks(server, study, path, default)
    for body, status, told in [({}, 422, "1 to 256 clicks"), ({"clicks": []}, 422, "1 to 256 clicks"), ([], 422, "may hold"), ({"clicks": [], "x": 1}, 422, "may hold"),
                               ({"clicks": [{"point": [1, 2], "inside": True}]}, 422, "click 1 is not"), ({"clicks": [{"point": [1, 2, "3"], "inside": True}]}, 422, "click 1 is not"),
                               ({"clicks": [{"point": [1, 2, 3], "inside": 1}]}, 422, "click 1 is not"), ({"clicks": [{"point": [1, 2, 3], "inside": True}], "space": "mm"}, 422, "lps, ras or voxel"),
                               ({"clicks": [{"point": [999, 2, 3], "inside": True}], "space": "voxel"}, 422, "outside"),
                               ({"clicks": [{"point": [1, 2, 3], "inside": True}], "also": [2]}, 422, "list of places"), ({"clicks": [{"point": [1, 2, 3], "inside": True}], "also": 1}, 422, "at most 3"),
                               ({"clicks": [{"point": [1, 2, 3], "inside": True}], "earlier": NOBODY}, 404, "no such mask"), ({"clicks": [{"point": [1, 2, 3], "inside": True}], "earlier": 1}, 422, "id of a mask")]:
        ask(server, "POST", path, status, body, told=told, name=f"segment {str(body)[:70]} {status}")
    ask(server, "POST", path, 400, {"clicks": [{"point": list(MIDDLE), "inside": False}], "space": "voxel"}, told="inside", name="no click inside")
    ask(server, "POST", f"/studies/{study['id']}/series/2/segment", 404, {"clicks": []})
    return headers["location"].split("/")[-1]


def earlier_masks(server, study, path, clicked):
    """What was brushed far from the click stays; what is near is made anew."""
    far = ball(2.5, (3, 3, 3))
    brushed = ask(server, "POST", f"/studies/{study['id']}/masks", 201, nifti(far.astype("uint8")), BYTES)[1]["id"]
    body = {"clicks": [{"point": list(MIDDLE), "inside": True}], "space": "voxel", "earlier": brushed}
    both = np.asarray(image(ask(server, "POST", path, 200, body)[1]).dataobj)
    tap.check((both.astype(bool) == (np.asarray(image(clicked).dataobj).astype(bool) | far)).all(), "an earlier mask stays far from the click")
    moved = ask(server, "POST", f"/studies/{study['id']}/masks", 201, nifti(far.astype("uint8"), 3.0), BYTES)[1]["id"]
    ask(server, "POST", path, 422, dict(body, earlier=moved), told="another grid")
    other = new_study(server)["id"]
    ask(server, "POST", f"/studies/{other}/series/1/segment", 422, body, told="another study")


def questions(server):
    """What to ask next, and the reasons with the rows behind them."""
    case = {"format": "dens-case/1", "id": "q", "patient": {"age": 45, "sex": "male"}, "findings": {"ct.density": "lytic", "site.levels": ["C2"]}}
    listed = ask(server, "POST", "/questions", 200, case)[1]["questions"]
    gains = [q["gain_bits"] for q in listed]
    tap.check(len(listed) == 10 and gains == sorted(gains, reverse=True) and gains[-1] > 0, "ten questions, the worthiest first", [gains])
    tap.check(all(abs(sum(a["probability"] for a in q["if"]) - 1) < 1e-6 for q in listed if q["kind"] == "choice"), "the answers to one are all that there are")
    first = next(q for q in listed if q["kind"] == "choice")
    told = dict(case, findings=dict(case["findings"], **{first["finding"]: first["if"][0]["value"]}))
    after = ask(server, "POST", "/differential?without=next&reasons=none", 200, told)[1]
    lead, probability = first["if"][0]["leads_to"][0]
    tap.check(after["ranking"][0]["diagnosis"] == lead and abs(after["ranking"][0]["probability"] - probability) < 1e-9, "an answer leads where it said", [first["if"][0]])
    again = ask(server, "POST", "/questions?n=3", 200, told)[1]["questions"]
    tap.check(len(again) == 3 and first["finding"] not in [q["finding"] for q in again], "what was answered is not asked again")
    done = ask(server, "POST", "/questions?n=100", 200, dict(case, examinations={"ct": "complete", "t1": "not_done"}))[1]["questions"]
    tap.check(all(q["section"] == "clinical" or not q["examinations"] or any(e["state"] == "complete" for e in q["examinations"]) for q in done)
              and any(q["finding"].startswith("ct.") for q in done) and not any(q["finding"].startswith("path.") for q in done),
              "only what an examination shows that was done", [q["finding"] for q in done])
    for n in ("0", "101", "x", "-1", ""):
        ask(server, "POST", f"/questions?n={n}", 400, case, told="whole number")
    ask(server, "POST", "/questions", 422, {}, told="format")
    reasons(server, case)


def reasons(server, case):
    whole = ask(server, "POST", "/differential?against=metastasis", 200, case)[1]
    part = ask(server, "POST", "/differential?against=metastasis&reasons=chordoma&without=next", 200, case)[1]
    entry = {r["diagnosis"]: r for r in part["ranking"]}
    same = next(r for r in whole["ranking"] if r["diagnosis"] == "chordoma")
    tap.check(entry["chordoma"] == same and same["rival"] == "metastasis" and same["for"] + same["against"], "the reasons of one diagnosis against a rival", [same])
    tap.check(not any(r["for"] or r["against"] for d, r in entry.items() if d != "chordoma") and part["next"] == [] and whole["next"], "and of no other")
    tap.check([r["probability"] for r in part["ranking"]] == [r["probability"] for r in whole["ranking"]], "the bars are the same")
    ask(server, "POST", "/differential?reasons=x", 400, case, told="ids of diagnoses")
    ask(server, "POST", "/differential?without=ranking", 400, case, told="only be next")
    ids = sorted({row for kind in ("for", "against") for reason in same[kind] for row in reason["evidence"]})
    rows = ask(server, "GET", f"/knowledge/evidence?rows={','.join(ids)},no.such.1", 200)[1]["rows"]
    tap.check([r["id"] for r in rows] == ids and any("patients" in r for r in rows) and {r["diagnosis"] for r in rows} == {"chordoma", "metastasis"},
              "every row behind a reason is told with its source", [ids, [r["id"] for r in rows]])
    ask(server, "GET", "/knowledge/evidence", 400, told="ids of evidence rows")


def words(server):
    """Texts of the vocabulary and of a result in another language."""
    case = {"format": "dens-case/1", "id": "w", "patient": {"age": 45, "sex": "male"}, "findings": {"ct.density": "lytic"}}
    impression = ask(server, "POST", "/differential?without=next", 200, case)[1]["impression"]
    said = ask(server, "POST", "/knowledge/words/zh", 200, {"texts": ["T2 signal", *impression, "no such text"]})[1]["texts"]
    tap.check(said[0] == "T2信号" and len(said) == len(impression) + 2 and said[-1] == "no such text", "labels in Chinese, and English where there is none", said)
    tap.check(all(any("一" <= letter <= "鿿" for letter in text) for text in said[:-1]), "the sentences of a result in Chinese", said)
    ask(server, "POST", "/knowledge/words/xx", 400, {"texts": []}, told="no language")
    for wrong in ({"texts": ["a"] * 2001}, {"texts": [1]}, {"texts": "a"}, {"words": []}):
        ask(server, "POST", "/knowledge/words/zh", 422, wrong)


def waited(server, job):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = json.loads(server.request("GET", f"/api/v1/jobs/{job['id']}")[2])
        if state["state"] not in ("queued", "running"):
            return state
        time.sleep(0.05)
    return {"state": "never"}


def jobs(server, study, mask):
    """Events while a job goes on, its end by request, pages of lists."""
    body = {"study": study["id"], "masks": [mask]}
    first, second = (ask(server, "POST", "/evaluate", 202, body)[1] for _ in range(2))
    cancelled = ask(server, "DELETE", f"/jobs/{second['id']}", 200)[1]
    tap.check(cancelled["state"] == "cancelled" or cancelled.get("cancelling"), "a job that waits is cancelled at once", [cancelled])
    headers, told = ask(server, "GET", f"/jobs/{first['id']}/events", 200)
    events = [json.loads(block.split("data: ", 1)[1]) for block in told.decode().split("\n\n") if block.startswith("event: job\n")]
    tap.check(events and events[-1]["state"] == "done" and all(e["id"] == first["id"] for e in events) and [e["state"] for e in events].count("done") == 1,
              "events tell a job to its end", [told[-300:]])
    tap.check(waited(server, second)["state"] == "cancelled" and server.request("GET", f"/api/v1/results/{second['id']}")[0] == 404, "a cancelled job leaves no result")
    again = ask(server, "GET", f"/jobs/{second['id']}/events", 200, name="the events of a job that has ended")[1]
    tap.check(again.count(b"event: job") == 1 and b"cancelled" in again, "are its end", [again])
    ask(server, "DELETE", f"/jobs/{first['id']}", 409, told="ended already")
    ask(server, "DELETE", f"/jobs/{NOBODY}", 404)
    ask(server, "GET", f"/jobs/{NOBODY}/events", 404)
    running(server, body)
    whole = ask(server, "GET", "/jobs", 200)[1]
    headers, page = ask(server, "GET", "/jobs?limit=1&offset=1", 200)
    tap.check(page == whole[1:2] and headers.get("link") == '</api/v1/jobs?limit=1&offset=2>; rel="next"', "a page of a list tells of the next", [headers, page])
    headers, page = ask(server, "GET", f"/jobs?limit=2&offset={len(whole) - 2}", 200)
    tap.check(page == whole[-2:] and "link" not in headers, "the last one of none", [headers])
    for query in ("limit=0", "limit=x", "offset=-1", "limit=1001"):
        ask(server, "GET", f"/jobs?{query}", 400, told="whole number")


def drawn_over(server, study, mask):
    """The mask that a result was measured in, on a series of its study: of NIfTI volumes on the grid that it was marked on."""
    result = waited(server, ask(server, "POST", "/evaluate", 202, {"study": study["id"], "masks": [mask]})[1])["result"]
    path = f"/results/{result}/lesion"
    marked, stored = (image(ask(server, "GET", where, 200)[1]) for where in (f"{path}/1", f"/masks/{mask}"))
    tap.check(np.allclose(marked.affine, stored.affine) and (np.asarray(marked.dataobj) == np.asarray(stored.dataobj)).all(), "the lesion of a result")
    for wrong in ("2", "-1", "x", "99999999999999999999"):
        ask(server, "GET", f"{path}/{wrong}", 404, told="no such series")
    ask(server, "GET", f"/results/{NOBODY}/lesion/0", 404)
    bare = waited(server, ask(server, "POST", "/evaluate", 202, {"study": study["id"]})[1])["result"]
    ask(server, "GET", f"/results/{bare}/lesion/0", 404, told="no lesion was marked")
    apart = ask(server, "POST", "/studies", 201, zip_of({"t1.nii.gz": nifti(ball(8).astype("float32"), 3.0), "t2.nii.gz": nifti(ball(8).astype("float32"))}), ZIP)[1]["id"]
    own = ask(server, "POST", f"/studies/{apart}/masks", 201, nifti(ball(4).astype("uint8")), BYTES)[1]["id"]
    result = waited(server, ask(server, "POST", "/evaluate", 202, {"study": apart, "masks": [own]})[1])["result"]
    shown = [series["role"] for series in ask(server, "GET", f"/studies/{apart}", 200)[1]["series"]]
    ask(server, "GET", f"/results/{result}/lesion/{shown.index('t1')}", 422, told="another grid")
    ask(server, "GET", f"/results/{result}/lesion/{shown.index('t2')}", 200)


def running(server, body):
    """One that runs ends at its next step, or was done before it could."""
    job = ask(server, "POST", "/evaluate", 202, body)[1]
    until = time.monotonic() + 30
    while time.monotonic() < until and json.loads(server.request("GET", f"/api/v1/jobs/{job['id']}")[2])["state"] == "queued":
        pass
    answer = server.request("DELETE", f"/api/v1/jobs/{job['id']}")
    state = waited(server, job)["state"]
    tap.check((answer[0], state) in ((200, "cancelled"), (200, "done"), (409, "done")), "a job that runs can be cancelled", [answer, state])


def told(question):
    return [f["finding"] for part in question["parts"] for f in part["findings"]]


def question(server, kind, names):
    """The findings come part by part, the truth only for a ranking, once."""
    headers, first = ask(server, "POST", "/quiz", 201, {"kind": kind})
    path = f"/quiz/{first['id']}"
    tap.check(headers["location"] == f"/api/v1{path}" and first["step"] == 0 and "answer" not in first, f"{kind}: a question without its answer", [first])
    tap.check(len(first["parts"]) == (kind == "case") and first["steps"] >= 1, f"{kind}: at first one part is told", [first])
    answers = [json.dumps(first)]
    for step in range(1, first["steps"]):
        before = ask(server, "GET", path, 200)[1]
        now = ask(server, "POST", f"{path}/steps", 200)[1]
        answers.append(json.dumps(now))
        if now["step"] != step or len(now["parts"]) != len(before["parts"]) + 1 or now["parts"][:-1] != before["parts"]:
            tap.check(False, f"{kind}: one part more", [before, now])
    all_told = ask(server, "GET", path, 200)[1]
    ask(server, "POST", f"{path}/steps", 409, told="all of it is told")
    for ranking in ([], ["chordoma", "chordoma"], ["nobody"], ["chordoma", "metastasis", "lymphoma", "enostosis"], "chordoma", [3], None):
        ask(server, "POST", f"{path}/ranking", 422, {"ranking": ranking}, told="1 to 3 different diagnoses")
    ask(server, "POST", f"{path}/ranking", 422, {"ranking": ["chordoma"], "x": 1}, told="may hold")
    tap.check("answer" not in ask(server, "GET", path, 200)[1], f"{kind}: a refused ranking tells nothing")
    ranked = ask(server, "POST", f"{path}/ranking", 200, {"ranking": ["metastasis", "chordoma"]})[1]
    answer = ranked["answer"]
    tap.check(answer["diagnosis"] in names and answer["name"] == names[answer["diagnosis"]] and ranked["parts"] == all_told["parts"], f"{kind}: then the truth", [answer["diagnosis"]])
    place = {"metastasis": 1, "chordoma": 2}.get(answer["diagnosis"], 0)
    base = {0: 0, 1: 10, 2: 6}[place]
    wanted = round(base / 3) if first["steps"] > 1 else base
    tap.check(answer["rank"] == place and answer["points"] == wanted, f"{kind}: rank and points", [answer["rank"], answer["points"], first["steps"]])
    tap.check(not any(answer["diagnosis"] in text or answer["name"] in text for text in answers), f"{kind}: no answer before named it", [answer["diagnosis"]])
    row = next(r for r in answer["reasoning"]["ranking"] if r["diagnosis"] == answer["diagnosis"])
    tap.check(row.get("for", []) + row.get("against", []) and answer["reasoning"]["software"]["prior"] == "uniform", f"{kind}: the program's reasons for the truth", [row])
    ask(server, "POST", f"{path}/ranking", 409, {"ranking": ["chordoma"]}, told="ranked before")
    ask(server, "POST", f"{path}/steps", 409)
    tap.check(ask(server, "GET", path, 200)[1] == ranked, f"{kind}: the answer stays")
    return first, ranked


def quiz(server, store):
    names = {d["id"]: d["name"] for d in ask(server, "GET", "/knowledge/vocabulary", 200)[1]["diagnoses"]}
    first, ranked = question(server, "case", names)
    tap.check(not any(f.startswith("path.") for f in told(ranked)) and "source" in ranked["answer"], "a case: no pathology among its findings, its source with the truth", [told(ranked)])
    drawn = {json.dumps(ask(server, "POST", "/quiz", 201, {"kind": "case"}, name="a case")[1]["parts"]) for _ in range(12)}
    tap.check(len(drawn) > 4, "cases are drawn by chance", [len(drawn)])
    ask(server, "GET", f"/quiz/{first['id']}/series/ct/volume", 404, told="no such series")
    first, ranked = question(server, "phantom", names)
    tap.check(first["series"] == ["ct", "t1", "t2", "stir", "t1c"] and {"site.levels", "extent.escc", "mr.t2", "ct.mean_hu"} <= set(told(ranked)), "a phantom: its series, and the findings of its truth", [told(ranked)])
    for name in first["series"]:
        status, _, volume = server.request("GET", f"/api/v1/quiz/{first['id']}/series/{name}/volume")
        tap.check(status == 200 and nibabel.Nifti1Image.from_bytes(volume).get_fdata().std() > 10 and ranked["answer"]["diagnosis"].encode() not in volume[:1000] and b"Phantom" not in volume[:1000],
                  f"{name} is an image that names nobody", [status])
    ask(server, "GET", f"/quiz/{first['id']}/series/ct/volume", 200, name="a volume")
    ask(server, "GET", f"/quiz/{first['id']}/series/pet/volume", 404, told="no such series")
    tap.check(len(os.listdir(os.path.join(store, "tmp"))) == 1, "its files lie in the spool", [os.listdir(os.path.join(store, "tmp"))])
    for body in ({}, {"kind": "x"}, {"kind": 3}, {"kind": "case", "x": 1}):
        ask(server, "POST", "/quiz", 422, body)
    for method, path, body in (("GET", "", None), ("POST", "/steps", None), ("POST", "/ranking", {"ranking": ["chordoma"]}), ("GET", "/series/ct/volume", None)):
        ask(server, method, f"/quiz/{NOBODY}{path}", 404, *([body] if body else []), told="no such question, or no more")


def scores(server):
    case = {"format": "dens-case/1", "id": "s", "patient": {"age": 45}, "findings": {"ct.density": "lytic"}}
    score = ask(server, "GET", "/scores/sins", 200)[1]
    tap.check(score["id"] == "sins" and "stable" in score["table"].lower(), "a score with its table", [score])
    alone = ask(server, "POST", "/scores/sins", 200, case)[1]
    tap.check([s["id"] for s in alone["scores"]] == ["sins"] and alone == ask(server, "POST", "/scores?score=sins", 200, case)[1], "a score by its own path")
    ask(server, "GET", "/scores/x", 404, told="no such score")
    ask(server, "POST", "/scores/x", 404, case, told="no such score")
    ask(server, "POST", "/scores/sins", 422, {}, told="format")


def measured(server, study, mask):
    """What an evaluation would measure, at once."""
    answer = ask(server, "POST", "/measure", 200, {"study": study["id"], "masks": [mask]})[1]
    values = {m["id"]: m["value"] for m in answer["measurements"] if "value" in m}
    tap.check(values.get("size.volume", 0) > 0 or any(i.startswith("size.") for i in values), "the lesion is measured", [sorted(values)[:8]])
    with_case = {"study": study["id"], "case": {}}
    ask(server, "POST", "/measure", 422, with_case, told="may hold study, masks, labels, scheme and references")
    ask(server, "POST", "/measure", 400, {"study": study["id"], "masks": [mask], "references": ["bone=1,2,3,4"]}, told="bone")
    ask(server, "POST", "/measure", 404, {"study": NOBODY})


def reports(server, folder):
    """A report in the reader's words: drawn in every format, signed, its versions kept."""
    members = {name: open(os.path.join(path, name), "rb").read() for path in [small_ct.series(folder)[0]] for name in sorted(os.listdir(path))}
    study = ask(server, "POST", "/studies", 201, zip_of(members), ZIP, name="a study for reports")[1]
    with open(small_ct.write_mask(folder), "rb") as stream:
        mask = ask(server, "POST", f"/studies/{study['id']}/masks", 201, stream.read(), BYTES, name="and its mask")[1]["id"]
    result = waited(server, ask(server, "POST", "/evaluate", 202, {"study": study["id"], "masks": [mask]}, name="evaluated")[1])["result"]
    own = ["A lytic lesion of C4, most likely a metastasis.", "Please see <the patient> soon."]
    headers, first = ask(server, "POST", f"/results/{result}/reports", 201, {"impression": own})
    marked = np.asarray(image(ask(server, "GET", f"/results/{result}/lesion/0", 200)[1]).dataobj)
    tap.check((marked == small_ct.MASK).all(), "the lesion of a DICOM study's result lies on its series", [marked.sum(), small_ct.MASK.sum()])
    path = f"/reports/{first['id']}"
    tap.check(headers["location"] == f"/api/v1{path}" and headers["etag"] == '"1"' and "signature" not in first, "a report says where it is", [first])
    tap.check(first["files"] == ["result.json", "report.html", "report.pdf", "report.txt", "fhir.json", "report.dcm", "sr.dcm", "seg.dcm"], "with all its files", [first["files"]])
    text = ask(server, "GET", f"{path}/files/report.txt", 200)[1].decode()
    tap.check(own[0] in text and own[1] in text and "Not signed." in text and "the reader's own" in text, "in the reader's words", [text[:600]])
    signed = ask(server, "PUT", path, 200, {"impression": ["病变位于C4。"], "language": "zh", "signature": {"name": "Dr. Ada <Reader>"}}, {"If-Match": '"1"'})[1]
    tap.check(signed["signature"]["name"] == "Dr. Ada <Reader>" and signed["version"] == 2, "a signature with its time", [signed])
    html = ask(server, "GET", f"{path}/files/report.html", 200)[1].decode()
    tap.check("病变位于C4。" in html and "签名：Dr. Ada &lt;Reader&gt;" in html and "data:image/png" in html, "drawn in Chinese, with its pictures")
    pdf = ask(server, "GET", f"{path}/files/report.pdf", 200)[1]
    document = pydicom.dcmread(io.BytesIO(ask(server, "GET", f"{path}/files/report.dcm", 200)[1]))
    before = pydicom.dcmread(io.BytesIO(ask(server, "GET", f"/results/{result}/report.dcm", 200)[1]))
    tap.check(document.EncapsulatedDocument[: len(pdf)] == pdf and document.EncapsulatedDocumentLength == len(pdf) and document.PatientID == before.PatientID
              and document.SeriesInstanceUID == before.SeriesInstanceUID and document.SOPInstanceUID != before.SOPInstanceUID
              and document.file_meta.MediaStorageSOPInstanceUID == document.SOPInstanceUID, "the PDF as another instance of its series")
    bundle = ask(server, "GET", f"{path}/files/fhir.json", 200)[1]
    report = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DiagnosticReport")
    tap.check(report["status"] == "final" and "病变位于C4。" in report["conclusion"] and "Dr. Ada" in report["conclusion"] and len(report["presentedForm"]) == 1
              and any(e["resource"]["resourceType"] == "ImagingStudy" for e in bundle["entry"]), "FHIR says that it is final", [report["status"], report["conclusion"]])
    ask(server, "GET", f"{path}/versions/1/files/report.txt", 200, name="the first version's text")
    old = server.request("GET", f"/api/v1{path}/versions/1/files/report.txt")[2].decode()
    tap.check(old == text, "an earlier version stays")
    tap.check([v["version"] for v in ask(server, "GET", f"{path}/versions", 200)[1]] == [2, 1], "every version is kept")
    tap.check(ask(server, "GET", f"{path}/versions/1", 200)[1]["impression"] == own and ask(server, "GET", path, 200)[0]["etag"] == '"2"', "and says what it is")
    tap.check([r["id"] for r in ask(server, "GET", f"/results/{result}/reports", 200)[1]] == [first["id"]], "the reports of a result")
    ask(server, "PUT", path, 412, {}, {"If-Match": '"1"'}, told="changed elsewhere")
    ask(server, "PUT", path, 428, {})
    for body, told in [({"impression": []}, "1 to 40 texts"), ({"impression": [""]}, "1 to 40 texts"), ({"impression": "x"}, "1 to 40 texts"), ({"signature": {"name": ""}}, "signature"),
                       ({"signature": "me"}, "signature"), ({"signature": {"name": "a", "time": "b"}}, "signature"), ({"language": "../x"}, "name of a language"), ({"text": "x"}, "may hold")]:
        ask(server, "POST", f"/results/{result}/reports", 422, body, told=told)
    ask(server, "PUT", path, 422, {"x": 1}, {"If-Match": '"2"'}, told="may hold")
    ask(server, "POST", f"/results/{NOBODY}/reports", 404, {})
    ask(server, "GET", f"/results/{NOBODY}/reports", 404)
    ask(server, "PUT", f"/reports/{NOBODY}", 404, {}, {"If-Match": '"1"'})
    for missing in ("", "/versions", "/versions/1", "/files/report.txt", "/versions/1/files/report.txt"):
        ask(server, "GET", f"/reports/{NOBODY}{missing}", 404)
    ask(server, "GET", f"{path}/files/pictures.bin", 404)
    ask(server, "GET", f"/results/{result}/pictures.bin", 404)


def result_of_a_case(server):
    """A case without images has a result and a report, too."""
    case = {"format": "dens-case/1", "id": "r", "patient": {"age": 45, "sex": "male"}, "findings": {"ct.density": "lytic"}}
    headers, made = ask(server, "POST", "/results?prior=uniform", 201, case)
    kept = ask(server, "GET", f"/results/{made['id']}", 200)[1]
    ask(server, "GET", f"/results/{made['id']}/lesion/0", 404, told="of no study")
    tap.check(headers["location"] == f"/api/v1/results/{made['id']}" and kept["software"]["prior"] == "uniform" and kept["case"]["id"] == "r", "a result of a case is stored", [headers, kept["software"]])
    report = ask(server, "POST", f"/results/{made['id']}/reports", 201, {"impression": ["Lytic."], "signature": {"name": "A. Reader"}})[1]
    tap.check(report["signature"]["name"] == "A. Reader" and "report.pdf" in report["files"], "and a report of it is signed", report)
    ask(server, "POST", "/results", 422, {})


def main():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        server = Server("--store", store)
        study = new_study(server)
        mask = clicks(server, study)
        questions(server)
        words(server)
        result_of_a_case(server)
        quiz(server, store)
        scores(server)
        jobs(server, study, mask)
        drawn_over(server, study, mask)
        measured(server, study, mask)
        reports(server, folder)
        status, errors = server.stop()
        tap.check(status == 0 and all("dens: warning: t1 is not measured" in line or "no lesion mask was given" in line for line in errors.splitlines()), "it ends well", [status, errors])
        tap.check(not os.listdir(os.path.join(store, "tmp")), "nothing is left in the spool")
        unseen = list(contract.unseen("page"))
        tap.check(not unseen, "every status of the contract was answered", unseen)
    return tap.end()


sys.exit(main())
