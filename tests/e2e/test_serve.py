"""`dens serve` over the wire: every path and status of schema/openapi.yaml, two editors of one case, hostile requests, zips and
uploads, a stop and a kill. Prints TAP."""

import gzip
import http.client
import io
import json
import os
import signal
import socket
import sqlite3
import struct
import sys
import tempfile
import threading
import time
import zipfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
try:
    import small_ct
    import yaml  # noqa: F401
    import jsonschema  # noqa: F401
except ImportError:
    print("1..0 # SKIP pydicom, nibabel, numpy, yaml or jsonschema is not installed")
    sys.exit(0)
from http_server import Asker, Contract, Server  # noqa: E402
from program import SECRETS, SOURCE, dens, one_line, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
contract = Contract()
ask = Asker(tap, contract)
API = "/api/v1"
JSON = {"Content-Type": "application/json"}
ZIP = {"Content-Type": "application/zip"}
BYTES = {"Content-Type": "application/octet-stream"}
NOBODY = "0" * 32
CASE = {"format": "dens-case/1", "id": "secret-4711", "patient": {"age": 87.25, "sex": "female"}, "findings": {"site.levels": ["C4"], "ct.density": "lytic"}}


def questions(server):
    ask(server, "GET", "/", 200)
    result = ask(server, "POST", "/differential?prior=uniform&against=chordoma", 200, CASE)[1]
    same = json.loads(dens("differential", "-", "--prior", "uniform", "--against", "chordoma", "--format", "json", stdin=json.dumps(CASE)).stdout)
    tap.check(result["ranking"] == same["ranking"], "the differential is that of the command line")
    ask(server, "POST", "/differential?prior=nobody", 400, CASE, told="nobody")
    ask(server, "POST", "/differential?prior=../x.yaml", 400, CASE, told="is a name, no file")
    ask(server, "POST", "/differential?against=x", 400, CASE, told="no diagnosis")
    ask(server, "POST", "/differential", 422, dict(CASE, findings={"ct.density": "lytik"}), told="did you mean 'lytic'")
    ask(server, "POST", "/next", 200, CASE)
    ask(server, "POST", "/next", 422, {}, told="format")
    ask(server, "GET", "/scores", 200)
    ask(server, "POST", "/scores?score=sins", 200, CASE, told='"sins"')
    ask(server, "POST", "/scores?score=x", 404, CASE, told="no such score")
    ask(server, "POST", "/scores", 422, [], name="POST /scores with a list 422")
    return result


def reports(server, result):
    beginnings = {"html": b"<!DOCTYPE html", "pdf": b"%PDF", "txt": b"", "json": b"{", "fhir": b"{"}
    for form, beginning in beginnings.items():
        headers, _ = ask(server, "POST", f"/report?format={form}", 200, result)
        body = server.request("POST", f"{API}/report?format={form}", json.dumps(result).encode(), JSON)[2]
        tap.check(body.lower().startswith(beginning.lower()) and "attachment" in headers["content-disposition"], f"the report as {form}", [body[:40]])
    chinese = ask(server, "POST", "/report?format=txt&language=zh", 200, result)[1].decode() if os.path.exists(
        os.path.join(SOURCE, "knowledge/languages/zh.yaml")) else "鉴别"
    tap.check(any("\u4e00" <= letter <= "\u9fff" for letter in chinese), "the report in Chinese")
    ask(server, "POST", "/report?format=docx", 400, result, told="must be html")
    ask(server, "POST", "/report?format=txt&language=../../x", 400, result, told="name of a language")
    ask(server, "POST", "/report?format=txt", 422, {"format": "dens-result/1"}, name="POST /report of no result 422")
    ask(server, "POST", "/compare", 200, {"before": result, "after": result})
    ask(server, "POST", "/compare", 422, {"before": result}, told="must hold two results")
    ask(server, "POST", "/compare", 422, {"before": result, "after": {}}, told="format", name="POST /compare with a broken one 422")


def knowledge(server):
    for path in ("", "/vocabulary", "/sources", "/conflicts", "/priors", "/diagnoses/chordoma"):
        ask(server, "GET", f"/knowledge{path}", 200)
    ask(server, "GET", "/knowledge/diagnoses/x", 404)
    ask(server, "GET", "/knowledge/diagnoses/x/picture", 404)
    ask(server, "GET", "/knowledge/diagnoses/chordoma/picture?series=mri", 400, told="mri")
    ask(server, "GET", "/knowledge/diagnoses/chordoma/picture?seed=two", 400, told="whole number")
    first, second = (ask(server, "GET", f"/knowledge/diagnoses/chordoma/picture?series=t2,ct&seed={seed}", 200)[1] for seed in (1, 2))
    tap.check(first.startswith(b"\x89PNG") and first != second, "another seed is another picture")
    hits = ask(server, "GET", "/knowledge/search?q=notochord%20clivus", 200)[1]["hits"]
    more = ask(server, "GET", "/knowledge/search?q=CHORDOMA", 200)[1]["hits"]
    tap.check(isinstance(hits, list) and more[0]["id"] == "chordoma", "search finds a diagnosis by its name", [more[:2]])
    said = ask(server, "GET", "/knowledge/search?q=%E7%A9%BA%E6%B3%A1%E7%BB%86%E8%83%9E&language=zh", 200)[1]["hits"]
    tap.check({"diagnosis", "finding"} == {h["kind"] for h in said} and "chordoma" in [h["id"] for h in said], "what Chinese says of it is found", [said])
    tap.check(not ask(server, "GET", "/knowledge/search?q=%E7%A9%BA%E6%B3%A1%E7%BB%86%E8%83%9E", 200)[1]["hits"], "but not without the language")
    conflict = ask(server, "GET", "/knowledge/search?q=NSAIDs%20relieve", 200)[1]["hits"]
    tap.check("conflict" in [h["kind"] for h in conflict], "a conflict is found", [conflict])
    ask(server, "GET", "/knowledge/search?q=bone&language=..%2Fx", 400, told="name of a language")
    ask(server, "GET", "/knowledge/search?q=bone&language=xx", 400, told="xx")
    management = ask(server, "GET", "/knowledge/diagnoses/chordoma", 200)[1]["management"]
    tap.check(len(management) > 2 and all(m["text"] and m["sources"] for m in management) and {m["conditional"] for m in management} == {True, False}, "what may be considered, with sources", [management])
    ask(server, "GET", "/knowledge/search?q=a", 400)
    ask(server, "GET", "/knowledge/search", 400)


def two_editors(server):
    headers, record = ask(server, "POST", "/cases", 201, CASE)
    path = f"/cases/{record['id']}"
    tap.check(headers["location"] == API + path and headers["etag"] == '"1"', "a new case says where it is", [headers])
    ask(server, "POST", "/cases", 422, dict(CASE, findings={"x.y": 1}))
    ask(server, "GET", path, 200)
    mine, yours = dict(CASE, note="mine"), dict(CASE, note="yours")
    ask(server, "PUT", path, 200, mine, {"If-Match": '"1"'})
    ask(server, "PUT", path, 412, yours, {"If-Match": '"1"'}, told="changed elsewhere")
    ask(server, "PUT", path, 428, yours, told="If-Match is missing")
    for match in ("*", '"x"', '"0"', '"99"', 'W/"2"'):
        answer = server.request("PUT", f"{API}{path}", json.dumps(yours).encode(), dict(JSON, **{"If-Match": match}))
        tap.check(answer[0] == 412, f"If-Match {match}: 412", [answer[0]])
    ask(server, "PUT", path, 422, dict(CASE, findings={"x.y": 1}), {"If-Match": '"2"'})
    ask(server, "PUT", f"/cases/{NOBODY}", 404, CASE, {"If-Match": '"1"'})
    versions = ask(server, "GET", f"{path}/versions", 200)[1]
    tap.check([v["version"] for v in versions] == [2, 1], "every version is kept", [versions])
    tap.check(ask(server, "GET", f"{path}/versions/2", 200)[1]["note"] == "mine", "and holds what was written")
    for version in ("3", "0", "-1", "x", "99999999999999999999"):
        ask(server, "GET", f"{path}/versions/{version}", 404)
    ask(server, "GET", f"/cases/{NOBODY}/versions", 404)
    ask(server, "GET", "/cases", 200)
    race(server)


def race(server):
    """Eight editors at once: one is first, the others are told."""
    path = f"/cases/{ask(server, 'POST', '/cases', 201, CASE)[1]['id']}"
    outcomes = []

    def edit(number):
        body = json.dumps(dict(CASE, note=str(number))).encode()
        outcomes.append(server.request("PUT", API + path, body, dict(JSON, **{"If-Match": '"1"'}))[0])

    editors = [threading.Thread(target=edit, args=[number]) for number in range(8)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    tap.check(sorted(outcomes) == [200] + [412] * 7, "of eight editors at once one is first", [outcomes])


def zip_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def damaged(archive):
    """The archive with a byte of its first file turned over."""
    return archive[:300] + bytes([archive[300] ^ 0xFF]) + archive[301:]


def folder_members(folder, prefix="scan"):
    members = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as stream:
            members[f"{prefix}/{name}"] = stream.read()
    return members


def small_members(folder, **more):
    return folder_members(small_ct.series(folder, **more)[0])


def studies(server, folder):
    members = small_members(tempfile.mkdtemp(dir=folder))
    headers, study = ask(server, "POST", "/studies", 201, zip_of(dict(members, **{"scan/readme.txt": b"x"})), ZIP)
    path = f"/studies/{study['id']}"
    tap.check(headers["location"] == API + path and study["ignored_files"] == 1 and [s["role"] for s in study["series"]] == ["ct"], "the series of a zip", [study])
    entry = ask(server, "GET", "/studies", 200)[1][0]
    tap.check(entry["id"] == study["id"] and [entry.get(k) for k in ("origin", "date", "description", "modalities")] == ["upload", "20260105", "Neck", ["CT"]] and "^" in entry["patient_name"]
              and "node" not in entry, "the list says whose it is and how it came", [entry])
    ask(server, "GET", path, 200)
    ask(server, "GET", f"/studies/{NOBODY}", 404)
    volume = ask(server, "GET", f"{path}/series/0/volume", 200)[1]
    tap.check(len(volume) == 352 + 4 * 40 * 36 * 12, "a series as NIfTI", [len(volume)])
    for series in ("1", "-1", "x", "99999999999999999999"):
        ask(server, "GET", f"{path}/series/{series}/volume", 404)
    picture = ask(server, "GET", f"{path}/series/0/thumbnail", 200)[1]
    tap.check(picture.startswith(b"\x89PNG") and struct.unpack(">2I", picture[16:24]) == (160, 126), "a series as a thumbnail in its own shape", [picture[:24]])
    ask(server, "GET", f"{path}/series/1/thumbnail", 404)
    mixed = os.path.join(folder, "t2.nii")
    write_nifti(mixed, (4, 4, 4), [1.0] * 64)
    with open(mixed, "rb") as stream:
        nifti = ask(server, "POST", "/studies", 201, zip_of({"a/t2.nii": stream.read()}), ZIP)[1]
    ask(server, "GET", f"/studies/{nifti['id']}/series/0/volume", 200)
    first = sorted(members)[0]
    lone = ask(server, "POST", "/studies", 201, zip_of({first: members[first]}), ZIP)[1]
    ask(server, "GET", f"/studies/{lone['id']}/series/0/volume", 422)
    ask(server, "GET", f"/studies/{lone['id']}/series/0/thumbnail", 422)
    return study["id"], nifti["id"]


def bad_zips(server, folder):
    members = small_members(tempfile.mkdtemp(dir=folder))
    other = small_members(tempfile.mkdtemp(dir=folder), name="Other^Patient")
    two = {f"{at}/{name}": body for at, part in enumerate((members, other)) for name, body in part.items()}
    for name, body, told in [("../", zip_of({"../evil.dcm": b"x"}), "leads out of the folder"),
                             ("an absolute name", zip_of({"/etc/evil": b"x"}), "leads out of the folder"),
                             ("a backslash", zip_of({"..\\evil": b"x"}), "leads out of the folder"),
                             ("a bomb", zip_of({"a": bytes(30_000_000)}), "more than the"),
                             ("texts only", zip_of({"a.txt": b"hello"}), "neither DICOM files"),
                             ("a .dcm that is a text", zip_of({"a.dcm": b"hello"}), ""),
                             ("nothing", zip_of({}), ""),
                             ("no zip", b"a text", "Not a zip archive"),
                             ("half a zip", zip_of(members)[:4000], "zip"),
                             ("damage", damaged(zip_of(members)), "is damaged")]:
        ask(server, "POST", "/studies", 422, body, ZIP, told=told, name=f"a zip with {name}")
    refusal = ask(server, "POST", "/studies", 422, zip_of(two), ZIP, told="two patients", name="a zip with two patients")[1]
    tap.check("/" not in refusal["detail"] and ".dcm; give" in refusal["detail"], "the server's own folders are not told", [refusal])
    ask(server, "POST", "/studies", 415, b"{}", JSON)
    headers = dict(ZIP, **{"Content-Length": "6000000000"})
    answer = server.request("POST", f"{API}/studies", None, headers)
    tap.check(answer[0] == 413 and not contract.faults("POST", f"{API}/studies", answer), "6 GB are refused before they are sent", [answer[0]])


def drawing(server, study, mask):
    path = f"/studies/{study}/drawing"
    headers, empty = ask(server, "GET", path, 200, name="a study on which nothing was drawn")
    tap.check(empty == {} and headers["etag"] == '"0"', "has an empty drawing", [empty, dict(headers)])
    first = {"series": 0, "mask": mask, "clicks": [{"point": [1, -2.5, 3], "inside": True}], "references": ["muscle=-8,25,45,4"], "labels": mask, "scheme": "dens"}
    ask(server, "PUT", path, 428, first, told="If-Match is missing")
    ask(server, "PUT", path, 412, first, {"If-Match": '"1"'}, name="a version that is not there 412")
    ask(server, "PUT", path, 200, first, {"If-Match": '"0"'})
    headers, kept = ask(server, "GET", path, 200, name="the drawing")
    tap.check(kept == first and headers["etag"] == '"1"', "is as it was stored", [kept])
    ask(server, "PUT", path, 412, {}, {"If-Match": '"0"'}, told="changed elsewhere", name="a second first version 412")
    ask(server, "PUT", path, 200, {}, {"If-Match": '"1"'}, name="nothing is left of it")
    for body, status, told in [({"series": 1}, 422, "list of series"), ({"series": 0.5}, 422, "list of series"), ({"mask": 1}, 422, "id of a mask"), ({"mask": NOBODY}, 404, "no such mask"),
                               ({"labels": []}, 422, "id of a mask"), ({"clicks": {}}, 422, "list of at most"), ({"clicks": [{"point": [1, 2], "inside": True}]}, 422, "a click must be"),
                               ({"clicks": [{"point": [1, 2, "3"], "inside": True}]}, 422, "a click must be"), ({"references": "x"}, 422, "list of at most"), ({"references": [1]}, 422, "TISSUE=x,y,z,r"),
                               ({"scheme": 3}, 422, "label scheme"), ({"bitmap": ""}, 422, "may hold")]:
        ask(server, "PUT", path, status, body, {"If-Match": '"2"'}, told=told, name=f"a drawing {str(body)[:50]} {status}")
    ask(server, "GET", f"/studies/{NOBODY}/drawing", 404)
    ask(server, "PUT", f"/studies/{NOBODY}/drawing", 404, {}, {"If-Match": '"0"'})


def masks(server, folder, study):
    path = f"/studies/{study}/masks"
    with open(small_ct.write_mask(folder), "rb") as stream:
        body = stream.read()
    mask = ask(server, "POST", f"{path}?role=ct", 201, body, BYTES)[1]
    plain = ask(server, "POST", path, 201, gzip.decompress(body), BYTES)[1]
    listed = ask(server, "GET", path, 200)[1]
    tap.check([m["id"] for m in listed] == [plain["id"], mask["id"]], "the masks of a study, newest first", [listed])
    tap.check(ask(server, "GET", f"/masks/{mask['id']}", 200)[1] == body, "a mask comes back as it was")
    ask(server, "POST", f"{path}?role=x", 400, body, BYTES, told="no role")
    ask(server, "POST", path, 422, b"no mask", BYTES, told="neither")
    ask(server, "POST", path, 422, gzip.compress(b"no mask"), BYTES, name="a mask that only is compressed 422")
    ask(server, "POST", path, 415, body, JSON)
    ask(server, "POST", f"/studies/{NOBODY}/masks", 404, body, BYTES)
    ask(server, "GET", f"/studies/{NOBODY}/masks", 404)
    ask(server, "GET", f"/masks/{NOBODY}", 404)
    drawing(server, study, mask["id"])
    answer = server.request("POST", f"{API}{path}", None, dict(BYTES, **{"Content-Length": "6000000000"}))
    tap.check(answer[0] == 413 and not contract.faults("POST", f"{API}{path}", answer), "a mask of 6 GB is refused", [answer[0]])
    return mask["id"]


def roles(server, study, mask):
    """A role that the reader corrects is the one that is evaluated."""
    path = f"/studies/{study}/series/0/role"
    corrected = ask(server, "PUT", path, 200, {"role": "t2"})[1]
    tap.check(corrected["version"] == 2 and corrected["series"][0]["role_reason"] == "the reader says so", "a corrected role is a new version", [corrected])
    job = ended(server, ask(server, "POST", "/evaluate", 202, {"study": study, "masks": [mask]})[1])
    tap.check(job["state"] == "failed" and "ct" in job["problem"]["detail"], "the mask of a CT finds none after that", [job])
    ask(server, "PUT", path, 200, {"role": "ct"})
    ask(server, "PUT", path, 422, {"role": "x"}, told="must hold")
    ask(server, "PUT", path, 422, {"role": "ct", "x": 1}, told="nothing else")
    ask(server, "PUT", f"/studies/{study}/series/9/role", 404, {"role": "ct"})


def ended(server, job):
    """Asks until the job has ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = ask(server, "GET", f"/jobs/{job['id']}", 200)[1]
        if state["state"] in ("done", "failed"):
            return state
        time.sleep(0.2)
    return {"state": "never"}


def evaluations(server, study, nifti, mask):
    case = dict(CASE, patient={"sex": "female"})
    job = ask(server, "POST", "/evaluate", 202, {"study": study, "masks": [mask], "case": case, "references": ["muscle=-8,25,45,4"]})[1]
    state = ended(server, job)
    tap.check(state["state"] == "done", "an evaluation ends in a result", [state])
    result = ask(server, "GET", f"/results/{state.get('result')}", 200)[1]
    measured = {m["id"] for m in result.get("measurements", []) if "value" in m}
    tap.check("attenuation.mean" in measured, "the lesion was measured", [sorted(measured)[:5]])
    ask(server, "GET", "/results", 200)
    for name, beginning in (("report.pdf", b"%PDF"), ("sr.dcm", b""), ("seg.dcm", b""), ("report.html", b"<!DOCTYPE")):
        body = ask(server, "GET", f"/results/{state['result']}/{name}", 200)[1]
        tap.check(len(body) > 1000 and body.lower().startswith(beginning.lower()), f"{name} of the set")
    ask(server, "GET", f"/results/{state['result']}/x", 404)
    ask(server, "GET", f"/results/{NOBODY}", 404)
    ask(server, "GET", f"/jobs/{NOBODY}", 404)
    roles(server, study, mask)
    failed = ended(server, ask(server, "POST", "/evaluate", 202, {"study": study, "masks": [mask], "references": ["bone=1,2,3,4"]})[1])
    tap.check(failed["state"] == "failed" and "bone" in failed["problem"]["detail"] and not contract.body_faults(
        "GET", "job", {"schema": {"$ref": "#/components/schemas/Job"}}, "json", json.dumps(failed)), "an evaluation that fails says why", [failed])
    for body, status, told in [({}, 422, "must be the id of a study"), ({"study": NOBODY}, 404, "no such study"), ({"study": "../x"}, 404, "is no id"),
                               ({"study": study, "mask": []}, 422, "may hold"), ({"study": study, "masks": "x"}, 422, "list of ids"),
                               ({"study": study, "masks": [NOBODY]}, 404, "no such mask"), ({"study": nifti, "masks": [mask]}, 422, "another study"),
                               ({"study": study, "prior": "x"}, 400, ""), ({"study": study, "prior": "/etc/x.yaml"}, 422, "name of a prior"),
                               ({"study": study, "case": {}}, 422, "format"), ({"study": study, "references": [1]}, 422, "list of texts")]:
        ask(server, "POST", "/evaluate", status, body, told=told, name=f"POST /evaluate {json.dumps(body)[:50]} {status}")


def hostile(server):
    """What must be refused, and that nothing of it ends the server."""
    ask(server, "POST", "/differential", 400, b'{"format":', JSON, told="the body:1:")
    ask(server, "POST", "/differential", 400, b'{"a": 1, "a": 2}', JSON, name="a key twice 400")
    ask(server, "POST", "/differential", 400, b"\xff\xfe\x00", JSON, name="bytes that are no text 400")
    ask(server, "POST", "/differential", 400, b"[" * 5000, JSON, name="deep nesting 400")
    ask(server, "POST", "/differential", 400, b"", JSON, name="no body 400")
    ask(server, "POST", "/differential", 415, b"{}", {"Content-Type": "text/plain"})
    ask(server, "POST", "/differential", 413, b" " * 9_000_000, JSON, told="too large")
    for path in ("/cases/..%2f..%2fetc%2fpasswd", "/cases/%00", "/cases/" + "a" * 31, "/cases/" + "A" * 32, "/cases/" + "g" * 32):
        ask(server, "GET", path, 404)
    ask(server, "GET", "/../../etc/passwd", 404)
    ask(server, "GET", "/nothing", 404, told="nothing of this name")
    ask(server, "DELETE", "/cases", 405, told="GET, POST")
    ask(server, "GET", "/differential", 405)
    for headers, told in [({"Origin": "http://evil.example"}, "another origin"), ({"Origin": "null"}, "another origin"), ({"Sec-Fetch-Site": "cross-site"}, "another site")]:
        ask(server, "GET", "/", 403, headers=headers, told=told, name=f"{headers} 403")
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"):
        ask(server, "GET", "/", 403, host=host, told="no name of this server", name=f"Host {host} 403")
    ask(server, "GET", "/", 200, host=f"localhost:{server.port}", name="Host localhost 200")
    own = f"http://127.0.0.1:{server.port}"
    ask(server, "GET", "/", 200, headers={"Origin": own}, name="the own origin 200")
    wire = [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00\xff" * 500, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
            b"POST /api/v1/differential HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n{}",
            b"POST /api/v1/differential HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]
    for message in wire:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            try:
                connection.sendall(message)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(200)
            except ConnectionError:
                answer = b""
        tap.check(not answer.startswith(b"HTTP/1.1 2"), f"{message[:40]!r} gets no answer as if it were right", [answer])
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:  # a page that is reloaded in the middle of an upload
        connection.sendall(b"POST /api/v1/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: 9000000\r\n\r\n" + bytes(200_000))
    ask(server, "GET", "/", 200, name="the server still answers")
    page = server.request("GET", "/")
    policy = page[1]["content-security-policy"]
    tap.check(page[0] == 200 and b"<title>dens</title>" in page[2] and "unsafe" not in policy and "default-src 'none'" in policy, "the page at / comes with its policy", [page[1]])
    tap.check(server.request("POST", "/")[0] == 405, "and is only read")


def ended_since(store, count):
    """So many newer jobs that are done: a list holds 1000."""
    with sqlite3.connect(f"{store}/store.sqlite3") as db:
        for n in range(count):
            for version, state in ((1, "queued"), (2, "done")):
                db.execute("INSERT INTO version (kind, id, version, time, body) VALUES ('job', ?, ?, '2026-01-05T00:00:00Z', ?)",
                           (f"{n:032x}", version, json.dumps({"kind": "evaluate", "state": state, "request": {}})))


def stop_and_kill(store, study, mask):
    """A server that is stopped answers what it was asked; one that is killed loses nothing."""
    server = Server("--store", store)
    second = dens("serve", "--port", "0", "--store", store)
    tap.check(second.returncode == 2 and "another server works with this store" in one_line(second), "a second server on the store is refused", [second.stderr])
    job = ask(server, "POST", "/evaluate", 202, {"study": study, "masks": [mask]}, name="a job before a kill")[1]
    record = ask(server, "POST", "/cases", 201, CASE, name="a case before a kill")[1]
    server.stop(signal.SIGKILL)
    ended_since(store, 1001)
    server = Server("--store", store)
    ask(server, "GET", f"/cases/{record['id']}", 200, name="a case after a kill")
    tap.check(ended(server, job)["state"] == "done", "a job that a kill left is done by the next server")
    status, errors = server.stop()
    tap.check(status == 0 and errors == "", "SIGTERM ends it with status 0", [status, errors])
    run = dens("store", "check", "--store", store)
    tap.check(run.returncode == 0, "and its store is sound", [run.stderr])


def stop_amid_refusals():
    """What a server refuses while it stops is not worked on after all."""

    def keep_asking(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            while True:
                connection.request("GET", "/nothing-of-this-name")
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass  # the server is gone

    ends = []
    for _ in range(20):
        server = Server()
        clients = [threading.Thread(target=keep_asking, args=(server.port,)) for _ in range(8)]
        for client in clients:
            client.start()
        time.sleep(0.05)
        ends.append(server.stop())
        for client in clients:
            client.join()
    tap.check(ends == [(0, "")] * len(ends), "a server that is stopped amid refusals ends well", [ends])


def alone_and_abroad(folder):
    server = Server()
    ask(server, "POST", "/next", 200, CASE, name="without a store: next 200")
    ask(server, "GET", "/cases", 503, told="without --store")
    server.stop()
    server = Server("--bind", "0.0.0.0")
    tap.check(server.token is not None and len(server.token) == 32, "an address that others reach has a token", [server.url])
    headers, _ = ask(server, "GET", "/", 401, name="without the token 401")
    tap.check(headers["www-authenticate"] == "Bearer", "and says what it wants")
    ask(server, "GET", "/", 401, headers={"Authorization": f"Bearer {server.token}x"}, name="a wrong token 401")
    ask(server, "GET", "/", 200, headers={"Authorization": f"Bearer {server.token}"}, name="the token 200")
    ask(server, "GET", "/", 200, headers={"Authorization": f"Bearer {server.token}", "Origin": "https://dens.example"}, host="dens.example", name="the token behind a proxy 200")
    server.stop()
    path = os.path.join(folder, "token")
    with open(path, "w", encoding="utf-8") as out:
        out.write("short\n")
    for arguments, told, status in [(["--port", "x"], "0 to 65535", 2), (["--port", "70000"], "0 to 65535", 2), (["--bind", "here", "--port", "0"], "no numeric address", 2),
                                    (["--token-file", path], "at least 16", 1), (["--store", path, "--port", "0"], "not a folder", 2)]:
        run = dens("serve", *arguments)
        tap.check(run.returncode == status and told in one_line(run), f"serve {arguments[0]} that is wrong", [run.returncode, run.stderr])


def main():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        server = Server("--store", store)
        tap.check(server.url.startswith("http://127.0.0.1:"), "the server says where it is", [server.url])
        reports(server, questions(server))
        knowledge(server)
        two_editors(server)
        study, nifti = studies(server, folder)
        bad_zips(server, folder)
        mask = masks(server, folder, study)
        evaluations(server, study, nifti, mask)
        hostile(server)
        until = time.monotonic() + 20
        while os.listdir(os.path.join(store, "tmp")) and time.monotonic() < until:
            time.sleep(0.05)  # until the server has seen that the other side is gone
        tap.check(not os.listdir(os.path.join(store, "tmp")), "nothing is left in the spool", os.listdir(os.path.join(store, "tmp")))
        status, errors = server.stop()
        tap.check(status == 0 and not any(secret in errors for secret in SECRETS), "it ends well and told no secret", [status, errors])
        stop_and_kill(store, study, mask)
        stop_amid_refusals()
        alone_and_abroad(folder)
        unseen = list(contract.unseen())
        tap.check(not unseen, "every status of the contract was answered", unseen)
    return tap.end()


sys.exit(main())
