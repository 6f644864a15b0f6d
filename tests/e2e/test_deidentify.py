"""--deidentify: no byte of any output says who the patient is."""

import json
import os
import re
import subprocess
import sys
import tempfile
import zlib

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SECRETS, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import pydicom
    import small_ct
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)

tap = Tap()
SECRETS += small_ct.SECRETS
NAME = "Mustermann^Erika=山田^花子"
# an empty attribute of type 2 is right, yet a medium's directory would want it
PRIVATE = (r"needed to build DICOMDIR", r"Unrecognized defined term <99DENS>", r"Unrecognized defined term <2\.25\.\d+> for value 1 of attribute <Coding Scheme UID>")
# what must not be found, as text
WORDS = ["Mustermann", "Erika", "山田", "花子", "P-77-secret", "Ward 3", "19800203", "1980-02-03", "20260105", "2026-01-05", "101112", "A-9", "Neck of",
         "Dr^House", "House", "St. Elsewhere", "secret-note", "secret-4711", "Elsewhere", "case-of-erika"]


def study(folder, **changes):
    path, _ = small_ct.series(folder, "ISO_IR 192", NAME)
    uids = set()
    for file in sorted(os.listdir(path)):
        ds = pydicom.dcmread(os.path.join(path, file))
        ds.ReferringPhysicianName, ds.InstitutionName, ds.PatientComments = "Dr^House", "St. Elsewhere", "secret-note"
        ds.StudyDescription, ds.SeriesDescription, ds.OtherPatientNames, ds.AdditionalPatientHistory = "Neck of Erika", "Erika axial", "Mustermann", "secret-note"
        ds.AdmissionID, ds.Occupation, ds.EthnicGroup = "P-77-secret", "secret-note", "X"
        for key, value in changes.items():
            setattr(ds, key, value)
        ds.save_as(os.path.join(path, file))
        uids |= {str(ds.StudyInstanceUID), str(ds.SeriesInstanceUID), str(ds.SOPInstanceUID), str(ds.FrameOfReferenceUID)}
    return path, uids


def readable(data):
    """A file's bytes, and what its compressed streams hold."""
    parts = [data]
    for match in re.finditer(rb"stream\r?\n", data):
        try:
            parts.append(zlib.decompressobj().decompress(data[match.end():]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def found(out, words):
    hits = []
    for name in sorted(os.listdir(out)):
        data = readable(open(os.path.join(out, name), "rb").read())
        for word in words:
            forms = [word.encode(), word.encode("utf-16-be"), word.encode("utf-16-le"), json.dumps(word)[1:-1].encode(), word.encode().hex().encode()]
            hits += [f"{name}: {word}" for form in forms if form in data]
    return hits


def whole(folder):
    path, uids = study(folder)
    case = write_case(folder, "case-of-erika.json", patient=None, study={"accession": "A-9"}, source={"title": "Erika"}, note="secret-note")
    mask, plain, out = small_ct.write_mask(folder), os.path.join(folder, "plain"), os.path.join(folder, "out")
    dens("evaluate", path, "--lesion", mask, "--case", case, "-o", plain)
    run = dens("evaluate", path, "--lesion", mask, "--case", case, "--deidentify", "-o", out)
    tap.check(run.returncode == 0 and len(os.listdir(out)) == 9, "the whole report set is written", [run.stderr])
    said = {hit.split(": ")[1] for hit in found(plain, WORDS + sorted(uids))}
    tap.check({"Mustermann", "P-77-secret", "20260105", "A-9"} <= said and uids <= said, "without the option the search finds the patient", [said])
    hits = found(out, WORDS + sorted(uids)) + [f"printed: {word}" for word in WORDS if word in run.stdout + run.stderr]
    tap.check(not hits, "with it no byte of nine files names patient, dates, places or UIDs", hits)
    result, before = (json.load(open(f"{folder_}/result.json", encoding="utf-8")) for folder_ in (out, plain))
    tap.check(result["case"]["patient"] == before["case"]["patient"] and [r["probability"] for r in result["ranking"]] == [r["probability"] for r in before["ranking"]],
              "age and sex stay, and with them the answer")
    told = result["deidentification"]
    tap.check("Basic" in told["profile"] and told["options"] == ["Retain Patient Characteristics"] and told["burned_in_annotation"] == "the images do not say",
              "profile and options are named", [told])
    tap.check(all("sha256" not in i and "date" not in i for i in result["provenance"]["inputs"]), "no hash of the images leads back", [result["provenance"]])
    objects = {name: pydicom.dcmread(f"{out}/{name}.dcm") for name in ("sr", "seg", "report")}
    for name, ds in objects.items():
        said = subprocess.run(["dciodvfy", f"{out}/{name}.dcm"], capture_output=True, text=True, check=False).stderr
        faults = [line for line in said.splitlines() if line.startswith(("Error", "Warning")) and not any(re.search(p, line) for p in PRIVATE)]
        tap.check(not faults, f"dciodvfy finds nothing in {name}.dcm", faults)
        codes = {c.CodeValue for c in ds.DeidentificationMethodCodeSequence}
        tap.check(ds.PatientIdentityRemoved == "YES" and codes == {"113100", "113108"} and ds.LongitudinalTemporalInformationModified == "REMOVED"
                  and ds.PatientName == "" and ds.PatientAge == "045Y" and "OtherPatientNames" not in ds, f"{name}.dcm says how it was done")
    tap.check(len({ds.StudyInstanceUID for ds in objects.values()}) == 1 and objects["seg"].SOPInstanceUID in str(objects["sr"]), "the objects still belong together")
    again = os.path.join(folder, "again")
    dens("evaluate", path, "--lesion", mask, "--deidentify", "-o", again)
    tap.check(pydicom.dcmread(f"{again}/sr.dcm").StudyInstanceUID != objects["sr"].StudyInstanceUID, "each time with other UIDs")


def burned_in(folder):
    path, _ = study(folder, BurnedInAnnotation="YES")
    out = os.path.join(folder, "burned")
    run = dens("evaluate", path, "--lesion", small_ct.write_mask(folder), "--deidentify", "-o", out)
    result = json.load(open(f"{out}/result.json", encoding="utf-8")) if run.returncode == 0 else {}
    html = open(f"{out}/report.html", encoding="utf-8").read() if run.returncode == 0 else ""
    tap.check("burned-in annotation" in run.stderr and result.get("deidentification", {}).get("burned_in_annotation", "").startswith("yes") and "data:image/png" not in html,
              "burned-in annotation is told, and the pictures are left out", [run.stderr, result.get("deidentification")])
    run = dens("evaluate", "dicomweb+http://127.0.0.1:1/studies/1.2", "--store-back", "--deidentify", "-o", out)
    tap.check(run.returncode == 2 and "--store-back" in one_line(run), "not beside --store-back", [run.stderr])


def main():
    with tempfile.TemporaryDirectory() as folder:
        whole(folder)
        burned_in(folder)
    tap.check(not told_secrets, "no patient data on standard error", told_secrets[:3])
    return tap.end()


sys.exit(main())
