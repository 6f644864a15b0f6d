"""A disk that fills up under `dens serve` and `dens node`: who sends is told, what was answered stays, nothing is half there. The disk is a
small file system in memory, in a mount namespace of this test's own. Prints TAP."""

import glob
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
try:
    import numpy as np
    import pydicom
    import small_ct
    import yaml  # noqa: F401
    import jsonschema  # noqa: F401
except ImportError:
    print("1..0 # SKIP pydicom, nibabel, numpy, yaml or jsonschema is not installed")
    sys.exit(0)
import dicom_node  # noqa: E402
from http_server import Asker, Contract, Server  # noqa: E402
from program import SECRETS, dens, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
ask = Asker(tap, Contract())
SECRETS += small_ct.SECRETS
INSIDE = "DENS_TEST_OWN_MOUNTS"
ZIP = {"Content-Type": "application/zip"}
SIDE = 100
RULES = "  - {name: plain, needs: [ct], send: {to: [pacs], objects: [sr]}}\n"


def disk(folder, megabytes):
    place = tempfile.mkdtemp(dir=folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], check=True)
    return place


def fill(place, leave):
    """Takes all of the disk but so many bytes."""
    with open(f"{place}/filler", "wb") as out:
        about = os.statvfs(place)
        out.write(bytes(max(0, about.f_bavail * about.f_bsize - leave)))


def empty(place):
    os.unlink(f"{place}/filler")


def study_zip(folder, seed):
    voxels = np.random.default_rng(seed).integers(0, 4, SIDE ** 3).tolist()
    path = write_nifti(f"{folder}/t2-{seed}.nii", (SIDE, SIDE, SIDE), voxels, kind="int16")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "t2.nii")
    return out.getvalue(), os.path.getsize(path)


def leftovers(store):
    """What lies in the folder for what is not stored yet; an answer may come before it is removed."""
    def left():
        return glob.glob(f"{store}/tmp/*")
    dicom_node.wait_for(lambda: not left(), 3)
    return left()


def serve(folder):
    place = disk(folder, 24)
    store = f"{place}/store"
    server = Server("--store", store)
    first, _ = study_zip(folder, 1)
    second, unpacked = study_zip(folder, 2)
    kept = ask(server, "POST", "/studies", 201, first, ZIP, name="a study while there is room")[1]["id"]
    for name, leave, told in [("while it is uploaded", len(second) // 2, "the disk is full"), ("while it is unpacked", len(second) + unpacked // 2, "No space left"),
                              ("while it is stored", len(second) + unpacked + unpacked // 2, "No space left")]:
        leftovers(store)  # of the request before: what goes would make room
        fill(place, leave)
        ask(server, "POST", "/studies", 507, second, ZIP, told=told, name=f"a disk that fills up {name}: 507")
        tap.check(not leftovers(store), f"{name}: nothing is half written", leftovers(store))
        tap.check([s["id"] for s in ask(server, "GET", "/studies", 200)[1]] == [kept], f"{name}: the study before is there, and no other")
        empty(place)
    answers = []
    leftovers(store)
    fill(place, 0)
    while len(answers) < 300 and 507 not in [a[0] for a in answers]:
        answers.append(server.request("POST", "/api/v1/cases", json.dumps({"format": "dens-case/1", "findings": {"clinical.pain": "present"}}).encode(), {"Content-Type": "application/json"}))
    tap.check(answers[-1][0] == 507 and all(a[0] == 201 for a in answers[:-1]) and json.loads(answers[-1][2])["status"] == 507, "a case: 507", [answers[-1][:1], answers[-1][2][:200]])
    empty(place)
    there = {c["id"] for c in ask(server, "GET", "/cases", 200)[1]}
    tap.check(there == {json.loads(a[2])["id"] for a in answers[:-1]}, "cases that were answered as stored are there, and no other", [len(there), len(answers)])
    ask(server, "POST", "/studies", 201, second, ZIP, name="with room again the study is taken")
    status, errors = server.stop()
    lines = errors.splitlines()
    tap.check(status == 0 and all(line.startswith("dens: ") for line in lines) and 3 <= len(lines) <= 5, "each fault is one line of the log", [status, errors])
    check = dens("store", "check", "--store", store)
    tap.check(check.returncode == 0, "the store is sound", [check.stdout, check.stderr])
    subprocess.run(["umount", place], check=False)


def same_pixels(path, source):
    ds = pydicom.dcmread(path)
    return ds.PixelData == source[ds.SOPInstanceUID].PixelData


def node(folder):
    place = disk(folder, 8)
    study, instances = small_ct.series(folder)
    source = {ds.SOPInstanceUID: ds for ds in (pydicom.dcmread(os.path.join(study, name)) for name in os.listdir(study))}
    peer = dicom_node.Peer(folder)
    running = dicom_node.Node(place, peer.port, RULES, quiet=30)
    fill(place, 40000)
    status, said = dicom_node.send(running, study, options=["-v", "-nh"])
    refused = said.replace(" ", "").count("OutOfResources")
    images = running.images()
    tap.check(refused > 0 and 0 < len(images) == len(instances) - refused, "a disk that fills up: so many are refused as are not kept", [refused, len(images), said[-300:]])
    tap.check(all(same_pixels(path, source) for path in images), "what was kept is whole")
    tap.check(not os.listdir(f"{running.spool}/incoming"), "nothing is half there")
    lines = [line for line in running.log().splitlines() if "refused" in line]
    tap.check(len(lines) == refused and not any(secret in running.log() for secret in SECRETS), "each refusal is one line, without the patient", [running.log()[-500:]])
    empty(place)
    status, said = dicom_node.send(running, study)
    tap.check(status == 0 and len(running.images()) == len(instances), "with room again all are taken", [said])
    running.kill()
    tap.check(all(same_pixels(path, source) for path in running.images()) and len(running.images()) == len(instances), "and stay after SIGKILL")
    peer.stop()
    subprocess.run(["umount", place], check=False)


def store_of_node(folder):
    """The store's disk is full while the node's is not: the study is kept, told of, and stored when there is room."""
    place = disk(folder, 8)
    peer = dicom_node.Peer(folder)
    running = dicom_node.Node(folder, peer.port, RULES, options=["--store", f"{place}/store"])
    fill(place, 20000)
    dicom_node.send(running, small_ct.series(folder)[0])
    told = dicom_node.wait_for(lambda: [line for line in running.log().splitlines() if "is not in the store yet" in line], 20)
    tap.check(told and "No space left" in told[0] and len(peer.files()) == 1, "a store that is full: told, and the results are sent", [running.log()])
    empty(place)
    tap.check(dicom_node.wait_for(lambda: "stands in the store" in running.log(), 20), "with room again the study is stored", [running.log()])
    running.stop()
    peer.stop()
    check = dens("store", "check", "--store", f"{place}/store")
    tap.check(check.returncode == 0 and not leftovers(f"{place}/store"), "and the store is sound", [check.stdout, check.stderr])
    tap.check(not any(secret in running.logs() for secret in SECRETS), "the log does not tell the patient")
    subprocess.run(["umount", place], check=False)


def main():
    if INSIDE not in os.environ:
        possible = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if possible.returncode != 0:
            print("1..0 # SKIP no mount namespace of our own is to be had")
            return 0
        os.execvpe("unshare", ["unshare", "-rm", sys.executable, os.path.abspath(__file__)], dict(os.environ, **{INSIDE: "1"}))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        serve(folder)
        if dicom_node.MISSING:
            tap.skip("dens node", f"{dicom_node.MISSING[0]} is not installed")
        else:
            node(folder)
            store_of_node(folder)
    return tap.end()


sys.exit(main())
