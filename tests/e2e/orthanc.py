"""Orthanc with its DICOMweb plug-in on loopback: a real archive."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

from dicom_node import free_port, wait_for

PROGRAM = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def is_there():
    return os.path.exists(PROGRAM) and os.path.exists(PLUGIN)


def multipart(files, boundary="dens-test-boundary"):
    """The body of a STOW-RS request and its content type (PS3.18 8.6.1, 10.5)."""
    parts = []
    for path in files:
        with open(path, "rb") as file:
            parts.append(b"--" + boundary.encode() + b"\r\nContent-Type: application/dicom\r\n\r\n" + file.read() + b"\r\n")
    return b"".join(parts) + b"--" + boundary.encode() + b"--\r\n", f'multipart/related; type="application/dicom"; boundary={boundary}'


def split(body, content_type):
    """The parts of a WADO-RS answer."""
    boundary = re.search(r'boundary="?([^";]+)', content_type).group(1).encode()
    return [part.split(b"\r\n\r\n", 1)[1][:-2] for part in body.split(b"--" + boundary)[1:-1]]


class Orthanc:
    def __init__(self, folder, **configuration):
        self.folder = tempfile.mkdtemp(dir=folder)
        self.http, self.dicom = free_port(), free_port()
        settings = {"Name": "test", "StorageDirectory": self.folder, "IndexDirectory": self.folder, "HttpPort": self.http, "DicomPort": self.dicom,
                    "DicomAet": "ORTHANC", "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "Plugins": [PLUGIN],
                    "DicomWeb": {"Enable": True, "Root": "/dicom-web/"}, "DicomModalities": {}, **configuration}
        path = os.path.join(self.folder, "orthanc.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(settings, out)
        self.process = subprocess.Popen([PROGRAM, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.authorization = None
        wait_for(self.answers, 20)

    def answers(self):
        try:
            return self.ask("GET", "/system", wait=1)[0] in (200, 401)
        except OSError:
            return False

    def ask(self, method, path, body=None, content_type=None, accept=None, wait=60):
        """Status, content type and body of an answer."""
        headers = {key: value for key, value in (("Content-Type", content_type), ("Accept", accept), ("Authorization", self.authorization)) if value}
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=wait) as answer:
                return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, "", error.read()

    def json(self, method, path, value=None):
        status, _, body = self.ask(method, path, None if value is None else json.dumps(value).encode(), "application/json", "application/json")
        return json.loads(body) if status == 200 and body else None

    def url(self):
        return f"http://127.0.0.1:{self.http}/dicom-web"

    def instances(self, study):
        """SOP instance UIDs of a study by modality, by QIDO-RS."""
        found = self.json("GET", f"/dicom-web/studies/{study}/instances?includefield=00080060") or []
        out = {}
        for instance in found:
            value = {tag: (instance.get(tag, {}).get("Value") or [""])[0] for tag in ("00080060", "00080018", "0020000E")}
            out.setdefault(value["00080060"], []).append((value["0020000E"], value["00080018"]))
        return out

    def retrieve(self, study, series, instance):
        """An instance by WADO-RS."""
        status, kind, body = self.ask("GET", f"/dicom-web/studies/{study}/series/{series}/instances/{instance}",
                                      accept='multipart/related; type="application/dicom"')
        return split(body, kind)[0] if status == 200 else b""

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
