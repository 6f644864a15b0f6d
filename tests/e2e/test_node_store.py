"""Studies on their way from the DICOM node into the store of `dens serve`."""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SECRETS, dens, one_line, told_secrets  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import pydicom
    from pydicom.uid import generate_uid
    import small_ct
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)
from dicom_node import Node, Peer, free_port, send, skip_unless_tools, tool, wait_for  # noqa: E402
from http_server import Server  # noqa: E402
import orthanc  # noqa: E402

skip_unless_tools()


class SharedTap(Tap):
    """For parts that run beside each other."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def check(self, *arguments):
        with self.lock:
            super().check(*arguments)


tap = SharedTap()
SECRETS += small_ct.SECRETS
RULES = """  - {name: marked, needs: [ct], lesion: {from: seg, description: "*lesion*", role: ct}, send: {to: [pacs], objects: [sr]}}
"""


def key_of(path):
    """The study's id in the spool and in the store."""
    return hashlib.sha256(str(pydicom.dcmread(os.path.join(path, "00.dcm"), stop_before_pixels=True).StudyInstanceUID).encode()).hexdigest()[:32]


def marked_series(folder):
    """A CT with a segmentation that another program made."""
    path = small_ct.series(folder, *small_ct.NAMES["GB18030"])[0]
    out = tempfile.mkdtemp(dir=folder)
    dens("evaluate", path, "--lesion", small_ct.write_mask(folder), "-o", out)
    seg = pydicom.dcmread(f"{out}/seg.dcm")
    seg.Manufacturer, seg.SeriesDescription = "Reader", "Lesion by hand"
    seg.save_as(f"{path}/seg.dcm")
    return path


class Place:
    """A node with a store that a server has too."""

    def __init__(self, folder, name, quiet=1.0):  # a busy machine may pause between two images
        self.peer = Peer(folder)
        self.store = os.path.join(folder, f"store-{name}")
        self.server = Server("--store", self.store)
        self.node = Node(folder, self.peer.port, RULES, options=["--store", self.store], quiet=quiet)

    def get(self, path):
        status, _, body = self.server.request("GET", "/api/v1" + path)
        return json.loads(body) if status == 200 else {"status": status}

    def listed(self, study, state="done", version=1, seconds=30):
        """The study in the server's list, once it stands there like this."""
        def look():
            found = [s for s in self.get("/studies") if s["id"] == study]
            return found[0] if found and found[0]["version"] >= version and found[0]["node"]["state"] == state else None
        return wait_for(look, seconds) or {"never": self.node.logs()}

    def settled(self):
        """Waits until the node has nothing left to store."""
        return wait_for(lambda: all(s["stored"] == s["evaluation"] > 0 for s in self.node.states().values()), 30)

    def versions(self, kind):
        with sqlite3.connect(f"{self.store}/store.sqlite3") as db:
            return db.execute("SELECT id, version, actor FROM version WHERE kind = ? ORDER BY id, version", (kind,)).fetchall()

    def end(self):
        self.node.stop()
        self.server.stop()
        self.peer.stop()
        return dens("store", "check", "--store", self.store)


def evaluated(folder):
    place = Place(folder, "evaluated")
    path = marked_series(folder)
    study = key_of(path)
    send(place.node, path)
    row = place.listed(study)
    name = small_ct.NAMES["GB18030"][1]
    tap.check([row.get(k) for k in ("version", "origin", "patient_name", "date", "description", "modalities")] == [1, "node", name, "20260105", "Neck", ["CT", "SEG"]],
              "a study that was evaluated stands in the server's list", [row, place.node.logs()])
    told = row.get("node", {})
    tap.check(told.get("callers") == ["STORESCU"] and told.get("evaluation") == 1 and "reason" not in told, "with who sent it", [row])
    whole = place.get(f"/studies/{study}")
    tap.check(whole["origin"] == "node" and [s["slices"] for s in whole["series"] if s["role"] == "ct"] == [small_ct.SIZE[2]], "with its series", [whole])
    result, case = place.get(f"/results/{told['result']}"), place.get(f"/cases/{told['case']}")
    key = next(iter(place.node.states()))
    with open(f"{place.node.spool}/studies/{key}/report-1/result.json", encoding="utf-8") as stream:
        tap.check(result == json.load(stream) and case["format"] == "dens-case/1" and case["findings"] == result["case"]["findings"], "with its case and its result")
    for file in ("report.pdf", "sr.dcm", "seg.dcm"):
        with open(f"{place.node.spool}/studies/{key}/report-1/{file}", "rb") as stream:
            tap.check(place.server.request("GET", f"/api/v1/results/{told['result']}/{file}")[2] == stream.read(), f"{file} is that of the node")
    drawn_again(place, told["result"])
    masks = place.get(f"/studies/{study}/masks")
    tap.check([m["id"] for m in masks] == [told["mask"]], "with the lesion's mask", [masks])
    status, _, body = place.server.request("POST", "/api/v1/evaluate", json.dumps({"study": study, "masks": [told["mask"]]}).encode(), {"Content-Type": "application/json"})
    job = json.loads(body)
    done = wait_for(lambda: next((j for j in [place.get(f"/jobs/{job['id']}")] if j["state"] not in ("queued", "running")), None), 60)
    values = [{m["id"]: m.get("value") for m in r["measurements"]} for r in (result, place.get(f"/results/{done.get('result')}"))] if done["state"] == "done" else [done]
    tap.check(status == 202 and len(values) == 2 and values[0] == values[1], "it is evaluated again from the store, with the same measurements", values)
    with sqlite3.connect(f"{place.store}/store.sqlite3") as db:
        audit = db.execute("SELECT DISTINCT kind FROM audit WHERE actor = 'node' ORDER BY kind").fetchall()
    tap.check(audit == [("case",), ("mask",), ("result",), ("study",)], "the audit trail says that the node did it", [audit])
    again = dens("store", "receive", f"{place.node.spool}/studies/{key}", "--store", place.store)
    tap.check(again.returncode == 0 and "already" in again.stdout and "version 1" in again.stdout, "receiving it again by hand changes nothing", [again.stdout, again.stderr])
    grown(place, path, study)
    check = place.end()
    tap.check(check.returncode == 0 and " 0." in check.stdout, "the store is sound and nothing is left over", [check.stdout, check.stderr])
    said = place.node.logs()
    names = [name for _, folders, files in os.walk(place.store) for name in folders + files]
    tap.check(not any(secret in text for secret in SECRETS for text in (said, *names)), "no patient in the log or in file names", [said])


def drawn_again(place, result):
    """A report that a reader makes of the node's result has the pictures of its evaluation."""
    before = place.server.request("GET", f"/api/v1/results/{result}/report.html")[2].decode()
    status, _, body = place.server.request("POST", f"/api/v1/results/{result}/reports", b'{"impression": ["As it was."], "language": "en"}', {"Content-Type": "application/json"})
    report = json.loads(body)
    after = place.server.request("GET", f"/api/v1/reports/{report.get('id')}/files/report.html")[2].decode()
    pictures = [re.findall(r'src="(data:image/png[^"]+)"', page) for page in (before, after)]
    tap.check(status == 201 and pictures[0] and pictures[0] == pictures[1], "a report drawn again from the store has the node's pictures", [status, body, [len(p) for p in pictures]])


def grown(place, path, study):
    """A reader corrects a role; then more of the study comes."""
    whole = place.get(f"/studies/{study}")
    at = next(i for i, s in enumerate(whole["series"]) if s["modality"] == "CT")
    place.server.request("PUT", f"/api/v1/studies/{study}/series/{at}/role", b'{"role": "xr"}', {"Content-Type": "application/json"})
    more = tempfile.mkdtemp(dir=os.path.dirname(path))
    uid = generate_uid()
    for name in os.listdir(path):
        ds = pydicom.dcmread(os.path.join(path, name))
        if ds.Modality == "CT":
            ds.SeriesInstanceUID, ds.SOPInstanceUID, ds.SeriesNumber, ds.SeriesDescription = uid, generate_uid(), 5, "soft"
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.save_as(os.path.join(more, name))
    send(place.node, more, options=["-aet", "DCMSEND"])
    row = place.listed(study, version=3)
    wait_for(lambda: place.get(f"/studies/{study}")["version"] == 3, 20)
    whole = place.get(f"/studies/{study}")
    series = [(s["description"], s["role"]) for s in whole["series"] if s["modality"] == "CT"]
    tap.check(whole["version"] == 3 and series == [("bone", "xr"), ("soft", "ct")], "more of it makes a new version, with the reader's role", [whole, place.node.logs()])
    tap.check(row["node"]["callers"] == ["DCMSEND", "STORESCU"] and row["node"]["evaluation"] == 2, "and both callers", [row])
    tap.check(len(place.versions("result")) == 3 and place.get(f"/studies/{study}")["node"]["result"] == row["node"]["result"], "its results are those of both evaluations and of the reader's", [place.versions("result")])


def named(folder):
    """Studies that no rule is for: they can be opened all the same."""
    place = Place(folder, "named")
    wanted = {}
    for charset, name in small_ct.NAMES.values():
        path = small_ct.series(folder, charset, name)[0]
        wanted[key_of(path)] = name
        send(place.node, path)
    rows = {study: place.listed(study, "unmatched") for study in wanted}
    told = {study: row.get("patient_name") for study, row in rows.items()}
    tap.check(told == wanted, "names in six character sets are right in the list", [told, place.node.logs()])
    first = next(iter(rows.values()))
    tap.check(first.get("node", {}).get("reason") == "no rule is for this study" and "result" not in first["node"], "why there is no result is said", [first])
    two = small_ct.series(folder)[0]
    ds = pydicom.dcmread(f"{two}/00.dcm")
    ds.PatientID, ds.PatientName = "P-78-secret", "Other^Name"
    ds.save_as(f"{two}/00.dcm")
    send(place.node, two)
    tap.check(wait_for(lambda: "cannot be put into the store" in place.node.log(), 20) and place.settled(), "two patients in one study are no study of the store", [place.node.log()])
    before = place.versions("study")
    place.node.kill()
    place.node.start()
    tap.check(place.settled() and wait_for(lambda: place.node.log().count("unmatched") >= len(wanted), 20), "started again, the node tries them once more", [place.node.log()])
    place.settled()
    tap.check(place.versions("study") == before and len(before) == len(wanted), "and stores nothing twice", [before, place.versions("study")])
    check = place.end()
    tap.check(check.returncode == 0, "the store is sound", [check.stdout, check.stderr])


def killed(folder):
    """Killed, with all that it started, at many moments of the storing."""
    place = Place(folder, "killed")
    path = marked_series(folder)
    study = key_of(path)
    lock = sqlite3.connect(f"{place.store}/store.sqlite3", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    send(place.node, path)
    def storing():
        return [pid for pid in filter(str.isdigit, os.listdir("/proc")) if f"--store\0{place.store}\0--quiet".encode() in command_of(pid)]
    tap.check(wait_for(storing, 30) and wait_for(lambda: "pacs has the results" in place.node.log(), 20), "a store that is locked keeps no result from its receiver", [place.node.log()])
    for pid in storing():
        os.kill(int(pid), 9)
    tap.check(wait_for(lambda: "is not in the store yet: it was ended by signal 9; tried again" in place.node.log(), 10), "what ends a storing is told", [place.node.log()])
    place.node.kill()
    lock.execute("ROLLBACK")
    for pause in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        place.node.start()
        wait_for(lambda: storing() or place.versions("study"), 5)
        time.sleep(pause)
        place.node.kill()
        for pid in storing():
            os.kill(int(pid), 9)
    place.node.start()
    row = place.listed(study)
    tap.check(place.settled() and row.get("version") == 1, "killed while storing: it is there", [row, place.node.logs()])
    kept = [place.versions(kind) for kind in ("study", "case", "result", "mask")]
    tap.check(kept[0] == [(study, 1, "node")] and all(len(k) == 1 for k in kept), "once", kept)
    wait_for(lambda: len(place.peer.files()) == 1, 5)
    tap.check(len(place.peer.files()) == 1, "and nothing was sent twice")
    check = place.end()
    tap.check(check.returncode == 0, "the store is sound", [check.stdout, check.stderr])


def with_an_archive(folder):
    """From Orthanc by C-MOVE to the node, evaluated, into the store, and back into the same study of Orthanc."""
    if not orthanc.is_there() or not shutil.which("movescu"):
        tap.check(True, "from Orthanc and back # SKIP Orthanc or movescu is not installed")
        return
    archive = orthanc.Orthanc(folder)
    store = os.path.join(folder, "store-orthanc")
    server = Server("--store", store)
    peers = f"  - {{name: orthanc, ae: ORTHANC, host: 127.0.0.1, port: {archive.dicom}}}\n"
    node = Node(folder, free_port(), RULES.replace("[pacs], objects: [sr]", "[orthanc], objects: [sr, seg, pdf]"), options=["--store", store], peers=peers, quiet=1.0)
    for name, modality in (("dens", ["DENS", "127.0.0.1", node.port]), ("mover", ["MOVER", "127.0.0.1", free_port()])):
        archive.ask("PUT", f"/modalities/{name}", json.dumps(modality).encode(), "application/json")
    path = marked_series(folder)
    study = key_of(path)
    uid = str(pydicom.dcmread(os.path.join(path, "00.dcm"), stop_before_pixels=True).StudyInstanceUID)
    sent = tool("storescu", "-R", "-aec", "ORTHANC", "127.0.0.1", archive.dicom, "+sd", path)
    images = archive.instances(uid)
    moved = tool("movescu", "-S", "-aet", "MOVER", "-aec", "ORTHANC", "-aem", "DENS", "-k", "0008,0052=STUDY", "-k", f"0020,000d={uid}", "127.0.0.1", archive.dicom)
    tap.check(sent[0] == 0 and moved[0] == 0 and len(images.get("CT", ())) == small_ct.SIZE[2], "Orthanc moves a study to the node (C-MOVE)", [sent, moved, images, node.log()])
    row = wait_for(lambda: next((s for s in json.loads(server.request("GET", "/api/v1/studies")[2]) if s["id"] == study and s["node"]["state"] == "done"), None), 40) or {}
    name = small_ct.NAMES["GB18030"][1]
    tap.check(row.get("patient_name") == name and row["node"]["callers"] == ["ORTHANC"], "it stands evaluated in the server's list, sent by Orthanc", [row, node.logs()])
    back = archive.instances(uid)
    tap.check({modality: len(found) for modality, found in back.items()} == {"CT": small_ct.SIZE[2], "SEG": 2, "SR": 1, "DOC": 1}, "SR, segmentation and PDF are back in Orthanc, in the same study", [back])
    tap.check(len(archive.json("GET", "/patients")) == 1 and len(archive.json("GET", "/studies")) == 1, "with one patient and one study")
    result = row.get("node", {}).get("result")
    for modality, file in (("SR", "sr.dcm"), ("DOC", "report.dcm")):
        kept = pydicom.dcmread(io.BytesIO(server.request("GET", f"/api/v1/results/{result}/{file}")[2]))
        read = pydicom.dcmread(io.BytesIO(archive.retrieve(uid, *back[modality][0])))
        tap.check(kept == read and str(read.PatientName) == name, f"{file} read back by WADO-RS is that of the store, for the same patient")
    node.stop()
    server.stop()
    archive.stop()
    check = dens("store", "check", "--store", store)
    tap.check(check.returncode == 0, "the store is sound", [check.stdout, check.stderr])


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def refused(folder):
    empty = tempfile.mkdtemp(dir=folder)
    for arguments, code, words in [(["receive", empty, "--store", f"{folder}/s"], 1, "is no study's folder of a node"), (["receive", "--store", f"{folder}/s"], 2, "receive needs one folder"),
                                   (["receive", empty], 2, "--store DIR is missing")]:
        run = dens("store", *arguments)
        tap.check(run.returncode == code and words in one_line(run), f"dens store {arguments[0]}: {words}", [run.stderr])
    study = f"{empty}/{'a' * 32}"
    os.makedirs(f"{study}/series")
    run = dens("store", "receive", study, "--store", f"{folder}/s")
    tap.check(run.returncode == 1 and "is not evaluated yet" in one_line(run), "a study that is not evaluated yet", [run.stderr])
    with open(f"{empty}/store.sqlite3", "w", encoding="utf-8") as out:
        out.write("no database at all, but long enough to be looked at as one" * 20)
    node = Node(folder, free_port(), RULES, options=["--store", empty])
    code = node.process.wait(10)
    tap.check(code == 1 and "store" in node.log() and node.log().count("\n") == 1, "a node with a store that is none does not start", [code, node.log()])


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with ThreadPoolExecutor() as pool:  # what takes time is waiting
            for run in [pool.submit(part, tempfile.mkdtemp(dir=folder)) for part in (evaluated, named, killed, refused, with_an_archive)]:
                run.result()
    tap.check(not told_secrets, "no patient on standard error", told_secrets)
    return tap.end()


sys.exit(main())
