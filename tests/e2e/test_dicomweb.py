"""Studies out of an archive with DICOMweb and results back into it: Orthanc, and a server that misbehaves as told."""

import http.server
import io
import json
import os
import shutil
import ssl
import subprocess
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
    import small_ct
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)
import orthanc  # noqa: E402

tap = Tap()
SECRETS += small_ct.SECRETS + ["PID-4711", "sesame"]
STUDY = "/rs/studies/1.2.3"


class Server:
    """Answers what `plan` says: a list of functions of the handler, one a request; the last one stays."""

    def __init__(self, tls=None):
        owner = self
        self.requests, self.plan = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                owner.requests.append((self.command, self.path, self.headers, body))
                action = owner.plan.pop(0) if len(owner.plan) > 1 else owner.plan[0]
                action(self)

            do_GET = do_POST = do

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{tls}/server.crt", f"{tls}/server.key")
            context.load_verify_locations(f"{tls}/client.crt")
            context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"dicomweb+http{'s' if tls else ''}://{'localhost' if tls else '127.0.0.1'}:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def plan_to(self, *actions):
        self.plan, self.requests = list(actions), []

    def stop(self):
        self.server.shutdown()


def says(status, body=b"", kind="application/dicom+json", length=None):
    """An answer; one that promises a greater length breaks off."""
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True
    return answer


def hangs_up(handler):
    handler.close_connection = True
    handler.connection.close()


def statuses(folder, good):
    """Each with a server of its own, beside each other: some are asked again after a pause."""
    cases = [("401", says(401), ["answers 401", "DENS_DICOMWEB_TOKEN"], 1), ("403", says(403), ["answers 403"], 1), ("404", says(404), ["answers 404"], 1),
             ("500", says(500), ["answers 500: it cannot do its work"], 1), ("503 for ever", says(503), ["answers 503"], 4),
             ("JSON where objects belong", says(200, b"{}"), ["no multipart"], 3),
             ("half a multipart", says(200, good[0][:-2000], good[1]), ["breaks off within its part"], 3),
             ("a connection that breaks off", says(200, good[0][:5000], good[1], len(good[0])), [""], 4),
             ("who hangs up", hangs_up, [""], 4)]

    def ask(case):
        server = Server()
        server.plan_to(case[1])
        run = dens("evaluate", server.url + STUDY, "-o", f"{folder}/none", "-q")
        server.stop()
        return run, server
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(ask, cases))
    for (name, _, parts, requests), (run, server) in zip(cases, outcomes):
        line = one_line(run)
        tap.check(run.returncode == 1 and f"127.0.0.1:{server.port}: " in line and all(p in line for p in parts) and not os.path.exists(f"{folder}/none"),
                  f"{name}: exit 1, one line, nothing written", [run.returncode, run.stderr])
        tap.check(len(server.requests) == requests, f"{name}: asked {requests} times", [len(server.requests)])


def recovers(folder, server, good):
    for name, plan in [("503 and then all", [says(503), says(200, *good)]), ("half a multipart and then all", [says(200, good[0][:-2000], good[1]), says(200, *good)]),
                       ("a lost connection and then all", [hangs_up, says(200, *good)])]:
        server.plan_to(*plan)
        run = dens("study", server.url + STUDY, "--format", "json")
        found = json.loads(run.stdout)["series"] if run.returncode == 0 else []
        tap.check(len(found) == 1 and found[0]["slices"] == small_ct.SIZE[2], f"{name}: the study is read", [run.stderr])
    accept = server.requests[-1][2]["Accept"]
    tap.check('type="application/dicom"' in accept and "transfer-syntax=*" in accept, "DICOM objects are asked for as they are", [accept])


def searches(server, good):
    def found(*uids):
        return says(200, json.dumps([{"0020000D": {"vr": "UI", "Value": [u]}, "00080020": {"vr": "DA", "Value": ["20260105"]}} for u in uids]).encode())
    server.plan_to(found("1.2.3"), says(200, *good))
    run = dens("study", server.url + "/rs/studies?PatientID=PID-4711")
    tap.check(run.returncode == 0 and [r[1] for r in server.requests] == ["/rs/studies?PatientID=PID-4711", STUDY], "a search that finds one study", [run.stderr, server.requests])
    for name, plan, said in [("several", [found("1.2.3", "1.2.4")], "finds 2 studies; name one: 1.2.3 of 20260105, 1.2.4"), ("none", [found()], "finds no study"),
                             ("no content", [says(204)], "finds no study"), ("no JSON", [says(200, b"<html>")], "127.0.0.1"),
                             ("no UID", [says(200, b'[{"00100020": {"Value": ["PID-4711"]}}]')], "without a study's UID")]:
        server.plan_to(*plan)
        run = dens("study", server.url + "/rs?PatientID=PID-4711")
        tap.check(run.returncode == 1 and said in one_line(run), f"a search that finds {name}: exit 1", [run.returncode, run.stderr])


def lists(server):
    """--search: what can be picked from."""
    def study(uid, **more):
        values = {"0020000D": ["%s" % uid], "00080020": ["20260105"], "00080061": ["CT", "MR"], "00100020": ["PID-4711"], "00201208": [12], **more}
        return {tag: {"vr": "XX", "Value": value} for tag, value in values.items()}
    two = json.dumps([study("1.2.3", **{"00081030": ["Neck \x1b[31m"], "00080050": ["A-9"]}), study("1.2.4", **{"00201208": [-3], "00080061": [7]})]).encode()
    server.plan_to(says(200, two))
    run = dens("study", "--search", server.url + "/rs/studies?PatientID=PID-4711", "--format", "json")
    found = json.loads(run.stdout) if run.returncode == 0 else []
    tap.check(found == [{"study": "1.2.3", "date": "20260105", "accession": "A-9", "description": "Neck  [31m", "modalities": ["CT", "MR"], "instances": 12},
                        {"study": "1.2.4", "date": "20260105", "modalities": []}], "a search lists its studies, without the patient", [run.stderr, found])
    tap.check(len(server.requests) == 1 and server.requests[0][1] == "/rs/studies?PatientID=PID-4711&includefield=00081030&limit=500", "and fetches none", [server.requests])
    run = dens("study", "--search", server.url + "/rs?PatientID=PID-4711")
    tap.check(run.returncode == 0 and "CT,MR" in run.stdout and "Neck  [31m" in run.stdout and "1.2.4" in run.stdout and "\x1b" not in run.stdout, "as a table too", [run.stdout])
    server.plan_to(says(200, json.dumps([study(f"1.2.{n}") for n in range(600)]).encode()))
    run = dens("study", "--search", server.url + "/rs?StudyDate=20260105")
    tap.check(run.returncode == 0 and "1.2.499" in run.stdout and "1.2.500" not in run.stdout and "narrow the search" in run.stdout, "an archive that knows no limit is cut at 500")
    for name, answer, said in [("204", says(204), None), ("an empty list", says(200, b"[]"), None), ("401", says(401), "answers 401: who asks"), ("404", says(404), "answers 404"),
                               ("500", says(500), "answers 500: it cannot do its work"), ("half a list", says(200, two[:60]), "127.0.0.1"), ("an object", says(200, b"{}"), "something else than a list"),
                               ("a UID with a path", says(200, json.dumps([study("../1")]).encode()), "without a study's UID"), ("no UID", says(200, b"[7]"), "without a study's UID"),
                               ("two thirds of its length", says(200, b"[", length=9), "")]:
        server.plan_to(answer)
        run = dens("study", "--search", server.url + "/rs?PatientID=PID-4711", "-q")
        good = run.returncode == 0 and run.stdout == "no study is found\n" if said is None else run.returncode == 1 and said in one_line(run)
        tap.check(good, f"a search that is answered with {name}", [run.returncode, run.stdout, run.stderr])
    for name, arguments, said in [("a folder", ["."], "one search is expected"), ("a study", [server.url + STUDY], "a search has a ?KEY=VALUE"),
                                  ("two", [server.url + "/rs?A=1", server.url + "/rs?A=1"], "one search is expected")]:
        run = dens("study", "--search", *arguments)
        tap.check(run.returncode == 2 and said in one_line(run), f"--search with {name}: exit 2", [run.stderr])


def access(folder, server, good):
    with open(f"{folder}/token", "w", encoding="utf-8") as out:
        out.write("tok-sesame\n")
    for name, env, expected in [("a bearer token", {"DENS_DICOMWEB_TOKEN": "tok-sesame"}, "Bearer tok-sesame"), ("one from a file", {"DENS_DICOMWEB_TOKEN_FILE": f"{folder}/token"}, "Bearer tok-sesame"),
                                ("a name and a password", {"DENS_DICOMWEB_USER": "me:sesame"}, "Basic bWU6c2VzYW1l"), ("nothing", {}, None)]:
        server.plan_to(says(200, *good))
        run = dens("study", server.url + STUDY, env=env)
        tap.check(run.returncode == 0 and server.requests[0][2]["Authorization"] == expected, f"{name} is shown", [run.stderr])
    run = dens("study", "dicomweb+http://pacs.invalid" + STUDY, env={"DENS_DICOMWEB_TOKEN": "tok-sesame"})
    tap.check(run.returncode == 2 and "over https only" in one_line(run), "but not over http to another machine", [run.stderr])
    run = dens("study", server.url + STUDY, env={"DENS_DICOMWEB_USER": "sesame"})
    tap.check(run.returncode == 2 and "NAME:PASSWORD" in one_line(run), "a user without a password: exit 2", [run.stderr])
    server.plan_to(lambda h: (h.send_response(302), h.send_header("Location", server.url[9:] + "/other"), h.send_header("Content-Length", "0"), h.end_headers()))
    run = dens("study", server.url + STUDY, env={"DENS_DICOMWEB_TOKEN": "tok-sesame"})
    tap.check(run.returncode == 1 and "answers 302" in one_line(run) and len(server.requests) == 1, "a redirection is not followed", [run.stderr])
    if not shutil.which("openssl"):
        tap.skip("certificates", "openssl is not installed")
        return
    for name in ("server", "client"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], capture_output=True, check=True)
    safe = Server(folder)
    safe.plan_to(says(200, *good))
    ours = {"DENS_DICOMWEB_CERTIFICATE": f"{folder}/client.crt", "DENS_DICOMWEB_KEY": f"{folder}/client.key"}
    trust = {"DENS_DICOMWEB_TRUST": f"{folder}/server.crt"}
    tap.check(dens("study", safe.url + STUDY, env=dict(ours, **trust)).returncode == 0, "TLS with certificates on both sides")
    run = dens("study", safe.url + STUDY, "-q", env=ours)
    tap.check(run.returncode == 1 and "localhost" in one_line(run), "TLS: a server that nobody vouches for is refused", [run.stderr])
    run = dens("study", safe.url + STUDY, "-q", env=trust)
    tap.check(run.returncode == 1, "TLS: without our certificate we are refused", [run.stderr])
    safe.stop()


def stores(folder, server, path, good):
    """--store-back against the server that misbehaves; the report set stays whatever happens."""
    failed = json.dumps({"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [43264]}}]}}).encode()
    for name, answer, code, said in [("200", says(200, b"{}"), 0, ""), ("202 with a failure", says(202, failed), 1, "does not take 1 of the objects; the first for reason A900"),
                                     ("409", says(409), 1, "takes none of the objects"), ("507", says(507), 1, "answers 507")]:
        out = tempfile.mkdtemp(dir=folder)
        server.plan_to(says(200, *good), answer)
        run = dens("evaluate", server.url + STUDY, "--store-back", "-o", out)
        tap.check(run.returncode == code and (code == 0 or said in one_line(run)) and os.path.exists(f"{out}/sr.dcm"), f"results stored, {name}", [run.returncode, run.stderr])
        method, place, headers, body = server.requests[-1]
        parts = [pydicom.dcmread(io.BytesIO(p)) for p in orthanc.split(body, headers["Content-Type"])] if method == "POST" else []
        tap.check(place == "/rs/studies" and sorted(p.Modality for p in parts) == ["DOC", "SR"], f"SR and PDF are in the request ({name})")
        result = json.load(open(f"{out}/result.json", encoding="utf-8"))
        tap.check("1.2.3" not in result["provenance"]["command"] and "dicomweb" in result["provenance"]["command"], f"the place is not in the provenance ({name})", [result["provenance"]["command"]])
    run = dens("evaluate", path, "--store-back", "-o", out)
    tap.check(run.returncode == 2 and "No study comes from an archive" in one_line(run), "--store-back without an archive: exit 2", [run.stderr])


def with_orthanc(folder, path):
    if not orthanc.is_there():
        tap.skip("Orthanc", "not installed")
        return
    archive = orthanc.Orthanc(folder, AuthenticationEnabled=True, RegisteredUsers={"reader": "sesame"})
    archive.authorization = "Basic cmVhZGVyOnNlc2FtZQ=="
    env = {"DENS_DICOMWEB_USER": "reader:sesame"}
    out = tempfile.mkdtemp(dir=folder)
    dens("evaluate", path, "--lesion", small_ct.write_mask(folder), "-o", out)
    body, kind = orthanc.multipart([os.path.join(path, name) for name in sorted(os.listdir(path))] + [f"{out}/seg.dcm"])
    archive.ask("POST", "/dicom-web/studies", body, kind, "application/dicom+json")
    uid = pydicom.dcmread(f"{path}/00.dcm").StudyInstanceUID
    series, seg = archive.instances(uid)["SEG"][0]
    url = f"dicomweb+{archive.url()}"
    mask = f"ct={url}/studies/{uid}/series/{series}/instances/{seg}"
    time.sleep(1.1)  # what is made in another second has another UID
    run = dens("evaluate", f"{url}/studies?AccessionNumber=A-9", "--lesion", mask, "--store-back", "-o", f"{folder}/orthanc", env=env)
    tap.check(run.returncode == 0, "Orthanc: found by accession number, evaluated with its segmentation, stored back", [run.stderr])
    kinds = {kind: len(pairs) for kind, pairs in archive.instances(uid).items()}
    tap.check(kinds == {"CT": small_ct.SIZE[2], "SEG": 2, "SR": 1, "DOC": 1}, "Orthanc: SR, SEG and PDF are in the study", [kinds])
    run = dens("evaluate", f"{url}/studies/{uid}", "-o", f"{folder}/stranger")
    tap.check(run.returncode == 1 and "answers 401" in one_line(run), "Orthanc: who does not say who asks gets nothing", [run.stderr])
    run = dens("study", "--search", f"{url}/studies?PatientID=P-77-secret", "--format", "json", env=env)
    found = json.loads(run.stdout) if run.returncode == 0 else [{}]
    tap.check([(f.get("study"), f.get("accession"), f.get("description")) for f in found] == [(uid, "A-9", "Neck")], "Orthanc: a search lists the study", [run.stderr, found])
    run = dens("evaluate", f"{url}/studies/1.2.3.4.5", "-o", f"{folder}/stranger", env=env)
    tap.check(run.returncode == 1 and "answers 404" in one_line(run), "Orthanc: a study that is not there", [run.stderr])
    archive.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = os.path.join(folder, "tmp")
        os.mkdir(os.environ["TMPDIR"])
        path, _ = small_ct.series(folder)
        good = orthanc.multipart([os.path.join(path, name) for name in sorted(os.listdir(path))])
        server = Server()
        recovers(folder, server, good)
        searches(server, good)
        lists(server)
        access(folder, server, good)
        stores(folder, server, path, good)
        with_orthanc(folder, path)
        statuses(folder, good)
        server.stop()
        left = os.listdir(os.environ["TMPDIR"])
        tap.check(not left, "nothing is left in the temporary folder", left)
    tap.check(not told_secrets, "no patient data and no password on standard error", told_secrets[:3])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
