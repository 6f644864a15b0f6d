"""A study in an archive (Orthanc): stored by storescu and STOW-RS, sent on to the node, evaluated, and the results back in
the same study, read by WADO-RS."""

import io
import json
import os
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import dens  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import numpy as np
    import pydicom
except ImportError:
    print("1..0 # SKIP pydicom or numpy is not installed")
    sys.exit(0)
from dicom_node import Node, send, skip_unless_tools, tool, wait_for  # noqa: E402
import orthanc  # noqa: E402

skip_unless_tools("dciodvfy")
if not orthanc.is_there():
    print("1..0 # SKIP Orthanc with its DICOMweb plug-in is not installed")
    sys.exit(0)
tap = Tap()
RULES = """  - {name: marked, needs: [ct, t2], evaluate: [ct, t2], lesion: {from: seg, description: "by hand", role: ct}, send: {to: [archive]}}
"""


def files(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def phantom(folder):
    """The phantom study, and its lesion as a segmentation of another program."""
    study, out = os.path.join(folder, "study"), os.path.join(folder, "out")
    dens("phantom", "--diagnosis", "aneurysmal_bone_cyst", "--seed", "8", "-o", study)
    run = dens("evaluate", f"{study}/ct", "--lesion", f"ct={study}/lesion.nii.gz", "-o", out)
    seg = pydicom.dcmread(f"{out}/seg.dcm") if run.returncode == 0 else None
    seg.Manufacturer, seg.SeriesDescription = "Reader", "by hand"
    seg.save_as(f"{folder}/lesion.dcm")
    return study, f"{folder}/lesion.dcm"


def pixels(ds):
    bits = np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")
    return bits[:ds.NumberOfFrames * ds.Rows * ds.Columns]


def main():
    with tempfile.TemporaryDirectory() as folder:
        archive = orthanc.Orthanc(folder)
        study, lesion = phantom(folder)
        status, said = tool("storescu", "-R", "-aec", "ORTHANC", "127.0.0.1", archive.dicom, "+sd", f"{study}/ct")
        tap.check(status == 0, "the archive takes the CT by storescu", [said])
        body, kind = orthanc.multipart(files(f"{study}/t2") + [lesion])
        tap.check(archive.ask("POST", "/dicom-web/studies", body, kind, "application/dicom+json")[0] == 200, "and the MR and the mask by STOW-RS")
        node = Node(folder, archive.dicom, RULES, quiet=0.5, peers=f"  - {{name: archive, ae: ORTHANC, host: 127.0.0.1, port: {archive.dicom}}}\n")
        archive.json("PUT", "/modalities/dens", {"AET": "DENS", "Host": "127.0.0.1", "Port": node.port})
        stored = archive.json("POST", "/modalities/dens/store", {"Resources": archive.json("GET", "/studies"), "Synchronous": True})
        head = pydicom.dcmread(files(f"{study}/ct")[0], stop_before_pixels=True)
        uid = head.StudyInstanceUID
        before = archive.instances(uid)
        tap.check(stored is not None and stored.get("FailedInstancesCount") == 0 and len(node.images()) == sum(map(len, before.values())),
                  "the archive sends the whole study on to the node", [stored, len(node.images())])
        node.wait_states(1, seconds=60)
        tap.check([study["state"] for study in node.states().values()] == ["done"], "the node evaluates it", [node.log(), node.states()])
        after = archive.instances(uid)
        new = {kind: [pair for pair in pairs if pair not in before.get(kind, [])] for kind, pairs in after.items()}
        new = {kind: pairs for kind, pairs in new.items() if pairs}
        tap.check(sorted(new) == ["DOC", "SEG", "SR"] and all(len(pairs) == 1 for pairs in new.values()), "SR, SEG and PDF are in the same study", [new])
        tap.check(len(archive.json("GET", "/patients")) == 1 and len(archive.json("GET", "/studies")) == 1, "there is one patient and one study")
        for kind, pairs in new.items():
            bytes_ = archive.retrieve(uid, *pairs[0])
            ds = pydicom.dcmread(io.BytesIO(bytes_))
            path = os.path.join(folder, f"{kind}.dcm")
            with open(path, "wb") as out:
                out.write(bytes_)
            said = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False).stderr
            tap.check(ds.PatientName == head.PatientName and ds.PatientID == head.PatientID and ds.StudyInstanceUID == uid and "Error" not in said,
                      f"{kind}: read back by WADO-RS, it is valid and of that patient", [said])
            if kind == "SEG":
                tap.check(np.array_equal(pixels(ds), pixels(pydicom.dcmread(lesion))), "the mask is the same, voxel by voxel")
            if kind == "SR":
                result = json.load(open(f"{node.spool}/studies/{list(node.states())[0]}/report-1/result.json", encoding="utf-8"))
                tap.check(str(ds).count("'111023'") == len(result["ranking"]) > 0, "the report has every diagnosis")
        count = sum(map(len, after.values()))
        archive.json("POST", "/modalities/dens/store", {"Resources": archive.json("GET", "/studies"), "Synchronous": True})
        wait_for(lambda: False, 1.5)
        tap.check(node.states()[list(node.states())[0]]["evaluation"] == 1 and sum(map(len, archive.instances(uid).values())) == count,
                  "sent on with its results, the study is not evaluated again", [node.log()])
        tap.check(node.stop() == 0, "the node ends", [node.log()])
        archive.stop()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
