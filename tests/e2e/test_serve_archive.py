"""`dens serve` and a hospital's archives: a study fetched from Orthanc by DICOMweb, its results sent back there by STOW-RS and to
DCMTK's storescp by C-STORE. Prints TAP."""

import json
import os
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
try:
    import pydicom
    import small_ct
    import yaml  # noqa: F401
    import jsonschema  # noqa: F401
except ImportError:
    print("1..0 # SKIP pydicom, nibabel, numpy, yaml or jsonschema is not installed")
    sys.exit(0)
import dicom_node  # noqa: E402
import orthanc  # noqa: E402
from http_server import Asker, Contract, Server  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
contract = Contract()
ask = Asker(tap, contract)
BYTES = {"Content-Type": "application/octet-stream"}
NOBODY = "0" * 32


def waited(server, job):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = json.loads(server.request("GET", f"/api/v1/jobs/{job['id']}")[2])
        if state["state"] not in ("queued", "running"):
            return state
        time.sleep(0.05)
    return {"state": "never"}


def imported(server, archive, images):
    for key, value in (("accession", "A-9"), ("study", str(images[0].StudyInstanceUID)), ("patient", "P-77-secret")):
        job = ask(server, "POST", "/imports", 202, {key: value})[1]
        state = waited(server, job)
        tap.check(state["state"] == "done" and state["study"] == job["id"], f"a study by its {key}", [state])
    study = ask(server, "GET", f"/studies/{state['study']}", 200, name="the study that was fetched")[1]
    tap.check([s["slices"] for s in study["series"]] == [len(images)], "is whole", [study])
    entry = ask(server, "GET", "/studies", 200)[1][0]
    tap.check(entry["id"] == study["id"] and entry["origin"] == study["origin"] == "archive" and entry["patient_name"] == "Plain^Name", "and stands in the list as one of the archive", [entry])
    missing = waited(server, ask(server, "POST", "/imports", 202, {"accession": "a b&c=%"}, name="an accession number that is none")[1])
    tap.check(missing["state"] == "failed" and "finds no study" in missing["problem"]["detail"], "says that there is none", [missing])
    for body in ({}, {"study": ""}, {"study": 1}, {"study": "1", "patient": "x"}, {"modality": "CT"}, {"accession": "x" * 65}):
        ask(server, "POST", "/imports", 422, body, name=f"import {str(body)[:40]} 422")
    return study["id"]


def searched(server, archive, images):
    for query in ("patient=P-77-secret", "accession=A-9", "date=20260105", "date=20260101-20260131&patient=P-77-secret"):
        found = ask(server, "GET", f"/archive/studies?{query}", 200)[1]
        tap.check([(f["study"], f["date"], f["accession"], f["modalities"], f["instances"], f["description"]) for f in found]
                  == [(str(images[0].StudyInstanceUID), "20260105", "A-9", ["CT"], len(images), "Neck")], f"a search by {query} finds the study", [found])
        tap.check("secret" not in json.dumps(found), "and does not tell the patient")
    tap.check(ask(server, "GET", "/archive/studies?patient=a%26b%3D*%20c", 200)[1] == [], "a search that finds nothing")
    for query, told in (("", "wants patient"), ("?patient=", "1 to 64"), ("?date=" + "1" * 65, "1 to 64")):
        ask(server, "GET", f"/archive/studies{query}", 400, told=told, name=f"a search of {query[:12]} 400")


def sent(server, kind, record, archive, pacs):
    path = f"/{kind}/{record}/send"
    answer = ask(server, "POST", path, 200, {"to": "pacs"})[1]
    tap.check(answer["to"] == "pacs" and sorted(answer["sent"]) == ["report.dcm", "seg.dcm", "sr.dcm"], f"the {kind} by C-STORE", [answer])
    arrived = [pydicom.dcmread(os.path.join(pacs.folder, name), stop_before_pixels=True) for name in os.listdir(pacs.folder)]
    tap.check({"DOC", "SEG", "SR"} <= {d.Modality for d in arrived} and {d.PatientID for d in arrived} == {"P-77-secret"}, "arrive under the patient", [len(arrived)])
    ask(server, "POST", path, 200, {"to": "dicomweb"})
    for body, told in (({"to": "nobody"}, "must be a receiver"), ({}, "must be a receiver"), ({"to": "pacs", "x": 1}, "may hold")):
        ask(server, "POST", path, 422, body, told=told)
    ask(server, "POST", path, 502, {"to": "gone"}, told="gone: does not take")
    ask(server, "POST", f"/{kind}/{NOBODY}/send", 404, {"to": "pacs"})


def main():
    dicom_node.skip_unless_tools()
    if not orthanc.is_there():
        print("1..0 # SKIP Orthanc or its DICOMweb plug-in is not installed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive, pacs = orthanc.Orthanc(folder), dicom_node.Peer(folder)
        source, _ = small_ct.series(folder)
        files = [os.path.join(source, name) for name in sorted(os.listdir(source))]
        body, kind = orthanc.multipart(files)
        archive.ask("POST", "/dicom-web/studies", body, kind, "application/dicom+json")
        peers = os.path.join(folder, "peers.yaml")
        with open(peers, "w", encoding="utf-8") as out:
            out.write("peers:\n  - {name: sender, ae: SENDER, host: 127.0.0.1}\n"
                      f"  - {{name: pacs, ae: PACS, host: 127.0.0.1, port: {pacs.port}}}\n"
                      f"  - {{name: gone, ae: GONE, host: 127.0.0.1, port: {dicom_node.free_port()}}}\n")
        server = Server("--store", os.path.join(folder, "store"), "--peers", peers, "--dicomweb", f"http://127.0.0.1:{archive.http}/dicom-web/")
        names = [(r["name"], r["kind"]) for r in ask(server, "GET", "/receivers", 200)[1]]
        tap.check(sorted(names) == [("dicomweb", "dicomweb"), ("gone", "dicom"), ("pacs", "dicom")], "the receivers", [names])
        searched(server, archive, [pydicom.dcmread(f, stop_before_pixels=True) for f in files])
        study = imported(server, archive, [pydicom.dcmread(f, stop_before_pixels=True) for f in files])
        with open(small_ct.write_mask(folder), "rb") as stream:
            mask = ask(server, "POST", f"/studies/{study}/masks", 201, stream.read(), BYTES, name="its mask")[1]["id"]
        result = waited(server, ask(server, "POST", "/evaluate", 202, {"study": study, "masks": [mask]}, name="evaluated")[1])["result"]
        report = ask(server, "POST", f"/results/{result}/reports", 201, {"signature": {"name": "A"}}, name="a report")[1]["id"]
        sent(server, "results", result, archive, pacs)
        sent(server, "reports", report, archive, pacs)
        modalities = [archive.json("GET", f"/series/{s['ID']}")["MainDicomTags"]["Modality"] for s in archive.json("GET", "/series?expand")]
        tap.check(sorted(set(modalities)) == ["CT", "DOC", "SEG", "SR"] and len(archive.json("GET", "/patients")) == 1, "the archive has them in one study of one patient", [modalities])
        status, errors = server.stop()
        tap.check(status == 0 and "secret" not in errors, "it ends well and told no secret", [status, errors])
        server = Server("--store", os.path.join(folder, "store"), "--dicomweb", f"http://127.0.0.1:{dicom_node.free_port()}/rs")
        tap.check("secret" not in ask(server, "GET", "/archive/studies?patient=P-77-secret", 502)[1]["detail"], "an archive that is away: the search is not told")
        server.stop()
        server = Server("--store", os.path.join(folder, "store"))
        ask(server, "GET", "/archive/studies?patient=x", 503, told="without --dicomweb")
        ask(server, "POST", "/imports", 503, {"patient": "x"}, told="without --dicomweb")
        server.stop()
        archive.stop()
        pacs.stop()
        unseen = list(contract.unseen("archive"))
        tap.check(not unseen, "every status of the contract was answered", unseen)
    return tap.end()


sys.exit(main())
