"""What a hospital's systems take: the objects that evaluate writes, by independent tools."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import BUILD, SECRETS, SHARED, SOURCE, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import nibabel
    import numpy as np
    import pydicom
    import small_ct
    from small_ct import MASK, NAMES, ORIGIN, SIZE, SPACING, series, square, structure_set, write_mask
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)

tap = Tap()
SECRETS += small_ct.SECRETS


def tool(*command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def evaluate(folder, *arguments):
    """Runs evaluate into a new folder; the outcome, the folder and the result."""
    out = os.path.join(tempfile.mkdtemp(dir=folder), "report")
    run = dens("evaluate", *arguments, "-o", out)
    result = json.load(open(os.path.join(out, "result.json"), encoding="utf-8")) if run.returncode == 0 else {}
    return run, out, result


def measured(result):
    return {m["id"]: m.get("value") for m in result["measurements"]}


def valid(path, name, allowed=()):
    """dciodvfy finds no error, and warns of nothing but what is allowed (regular expressions)."""
    _, said = tool("dciodvfy", path)
    lines = [line for line in said.splitlines() if line.startswith(("Error", "Warning")) and not any(re.search(a, line) for a in allowed)]
    tap.check(not lines and said.strip(), name, lines)


def one_patient(paths, name):
    _, said = tool("dcentvfy", *paths)
    lines = [line for line in said.splitlines() if line.strip() and "AccessionNumber" not in line]
    tap.check(not lines, name, lines[:5])


def seg_frames(path):
    """Frames of a segmentation by pydicom alone: {z: plane [i, j]}."""
    ds = pydicom.dcmread(path)
    bits = np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")
    frames = bits[:ds.NumberOfFrames * ds.Rows * ds.Columns].reshape(ds.NumberOfFrames, ds.Rows, ds.Columns)
    z = [float(f.PlanePositionSequence[0].ImagePositionPatient[2]) for f in ds.PerFrameFunctionalGroupsSequence]
    return ds, {at: frame.T for at, frame in zip(z, frames)}


# What R4 demands of the resources that are written: elements of cardinality 1.., and codes of required bindings.
NEEDED = {
    "Patient": (), "Device": (), "BodyStructure": ("patient",), "ImagingStudy": ("status", "subject"), "Observation": ("status", "code"),
    "DiagnosticReport": ("status", "code"), "Provenance": ("target", "recorded", "agent"),
}
VALUES = {"Observation.status": {"preliminary"}, "DiagnosticReport.status": {"preliminary"}, "ImagingStudy.status": {"available"},
          "Patient.gender": {"male", "female", "other", "unknown"}}


def nodes(value, path=""):
    yield path, value
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nodes(child, f"{path}.{key}")


def fhir_faults(bundle):
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        yield "is no transaction"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    if len(set(urls)) != len(urls) or not all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", u) for u in urls):
        yield "full URLs are not unique UUIDs"
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        yield from (f"{kind} has no {name}" for name in NEEDED[kind] if name not in resource)
        yield from (f"{name} is {resource[name.split('.')[1]]}" for name, allowed in VALUES.items()
                    if name.startswith(kind + ".") and resource.get(name.split(".")[1]) not in allowed)
        if entry["request"]["method"] != "POST" or entry["request"]["url"] != kind:
            yield f"the request of {kind} is {entry['request']}"
        values = [key for key in resource if key.startswith("value")] + [key for key in ("dataAbsentReason", "component") if key in resource]
        if kind == "Observation" and len(values) != 1:
            yield f"an observation has {values}"
    for path, value in nodes(bundle):
        if value is None or value == [] or value == {} or value == "":
            yield f"{path} is empty"
        if path.endswith(".reference") and value not in urls:
            yield f"{path} refers to nothing"
        if path.endswith(".system") and not re.match(r"(https?://|urn:(oid|ietf|dicom):)", value):
            yield f"{path} is {value}"


FHIR_SCHEMA = os.environ.get("DENS_FHIR_SCHEMA") or os.path.join(BUILD, "page", "node_modules", "@asymmetrik", "fhir-json-schema-validator", "fhir.schema.json")


def schema_faults(bundle):
    """By the JSON schema of HL7 for R4 (4.0), which comes with the page's locked packages; DENS_FHIR_SCHEMA names another copy."""
    import jsonschema
    schema = json.load(open(FHIR_SCHEMA, encoding="utf-8"))
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        checker = jsonschema.Draft6Validator({"definitions": schema["definitions"], "$ref": f"#/definitions/{kind}"})
        yield from (f"{kind}: {error.message[:200]}" for error in checker.iter_errors(entry["resource"]))


def snomed_of(diagnosis):
    """The SNOMED CT code of a diagnosis' own file."""
    with open(os.path.join(SOURCE, "knowledge", "diagnoses", diagnosis + ".yaml"), encoding="utf-8") as stream:
        return next((re.search(r'"([0-9]+)"', line).group(1) for line in stream if line.startswith("  snomed:")), None)


def fhir(out, result, name):
    """fhir.json of a report set; its resources by kind."""
    bundle = json.load(open(f"{out}/fhir.json", encoding="utf-8"))
    faults = list(fhir_faults(bundle))
    tap.check(not faults, f"{name}: fhir.json keeps the rules of R4", faults[:5])
    if os.path.exists(FHIR_SCHEMA):
        faults = list(schema_faults(bundle))
        tap.check(not faults, f"{name}: fhir.json is valid by HL7's schema", faults[:5])
    else:
        tap.skip(f"{name}: fhir.json is valid by HL7's schema", "npm could not install the package that holds fhir.schema.json")
    kinds = {}
    for entry in bundle["entry"]:
        kinds.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    codes = {c["code"]: o for o in kinds["Observation"] for c in o["code"]["coding"]}
    there = measured(result)
    off = [key for key, value in there.items() if codes[key].get("valueQuantity", {}).get("value") != value]
    tap.check(there and not off, f"{name}: every measurement is an observation with the same value, or says why it has none", off)
    ranking = {c["code"]["coding"][-1]["code"]: c["valueQuantity"]["value"] for c in codes["differential"]["component"]}
    tap.check(ranking == {r["diagnosis"]: r["probability"] for r in result["ranking"]}, f"{name}: the differential has all probabilities")
    public = {c["code"]["coding"][-1]["code"]: c["code"]["coding"][0]["code"] for c in codes["differential"]["component"]
              if c["code"]["coding"][0]["system"] == "http://snomed.info/sct"}
    known = {key: snomed_of(key) for key in public}
    tap.check(len(public) >= 8 and public == known, f"{name}: a diagnosis has the code that the knowledge gives it", [public, known])
    missing = [key for key in result["case"]["findings"] if key not in codes]
    tap.check(not missing, f"{name}: every finding is an observation", missing)
    report = kinds["DiagnosticReport"][0]
    pdf = base64.b64decode(report["presentedForm"][0]["data"])
    tap.check(pdf == open(f"{out}/report.pdf", "rb").read() and len(report["result"]) == len(kinds["Observation"]),
              f"{name}: the report holds the PDF and all observations")
    return kinds


def fhir_of_dicom(folder, path, instances):
    case = write_case(folder, "rich.json", patient=None, findings={
        "site.levels": ["C4", "C5"], "site.side": "left", "mr.t2": ["high", "intermediate"], "clinical.pain": "present", "clinical.symptom_months": 3})
    _, out, result = evaluate(folder, path, "--lesion", write_mask(folder), "--case", case)
    kinds = fhir(out, result, "DICOM")
    patient, study = kinds["Patient"][0], kinds["ImagingStudy"][0]
    tap.check(patient["identifier"][0]["value"] == "P-77-secret" and patient["birthDate"] == "1980-02-03" and patient["gender"] == "female"
              and patient["name"][0]["family"] == "Plain", "the patient is that of the images", [patient])
    tap.check([i["uid"] for i in study["series"][0]["instance"]] == instances and study["started"] == "2026-01-05", "the study lists the images")
    tap.check(kinds["BodyStructure"][0]["location"]["text"] == "C4, C5"
              and kinds["BodyStructure"][0]["locationQualifier"][0]["coding"][0]["code"] == "7771000", "the lesion's site is coded")


def segmentation(folder):
    path, instances = series(folder)
    run, out, result = evaluate(folder, path, "--lesion", write_mask(folder))
    tap.check(run.returncode == 0 and os.path.exists(f"{out}/seg.dcm"), "a DICOM study with a mask gives seg.dcm", [run.stderr])
    tap.check("seg.dcm" not in {f["file"] for f in result["not_written"]}, "what was written is not said to be missing")
    valid(f"{out}/seg.dcm", "dciodvfy finds nothing in the segmentation")
    one_patient([f"{out}/seg.dcm"] + [os.path.join(path, f) for f in os.listdir(path)], "dcentvfy: one patient, one study, one frame of reference")
    ds, frames = seg_frames(f"{out}/seg.dcm")
    filled = [k for k in range(SIZE[2]) if MASK[:, :, k].any()]
    tap.check(sorted(frames) == [ORIGIN[2] + k * SPACING[2] for k in filled], "frames stand where the mask is, and only there", [sorted(frames)])
    tap.check(all(np.array_equal(frames[ORIGIN[2] + k * SPACING[2]], MASK[:, :, k]) for k in filled), "their pixels are the mask")
    referenced = [i.ReferencedSOPInstanceUID for i in ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence]
    tap.check(sorted(referenced) == sorted(instances), "every image of the series is referenced")
    sources = [f.DerivationImageSequence[0].SourceImageSequence[0] for f in ds.PerFrameFunctionalGroupsSequence]
    tap.check([s.ReferencedSOPInstanceUID for s in sources] == [instances[k] for k in filled]
              and all(s.SpatialLocationsPreserved == "YES" for s in sources), "each frame refers to the image at its place")
    tap.check((ds.PatientID, ds.IssuerOfPatientID, str(ds.PatientWeight), ds.StudyID, ds.AccessionNumber) == ("P-77-secret", "Ward 3", "61", "7", "A-9"),
              "patient and study are copied whole")
    tap.check(ds.SOPInstanceUID.startswith("2.25.") and ds.SeriesInstanceUID.startswith("2.25.") and ds.SOPInstanceUID not in instances, "its UIDs are from UUIDs")
    again, _, second = evaluate(folder, path, "--lesion", f"{out}/seg.dcm")
    first, second = measured(result), measured(second)
    off = {name: (first[name], second[name]) for name in first if (first[name] is None) != (second[name] is None)
           or (first[name] is not None and abs(first[name] - second[name]) > 1e-6 * abs(first[name]))}
    tap.check(again.returncode == 0 and not off, "our own segmentation as the mask gives the same measurements", [again.stderr, off])
    return path, instances


# The tool knows no private coding scheme; ours is declared in the object.
PRIVATE = (r"Unrecognized defined term <99DENS>", r"Unrecognized defined term <2\.25\.\d+> for value 1 of attribute <Coding Scheme UID>")


def content(item):
    """All content items below one, with their parents' concept names."""
    for child in item.get("ContentSequence", []):
        yield child
        yield from content(child)


def concept(item):
    code = item.ConceptNameCodeSequence[0] if "ConceptNameCodeSequence" in item else {}
    return str(code.get("CodeValue", code.get("LongCodeValue", "")))


def number_of(item):
    value = item.MeasuredValueSequence[0]
    return float(value.FloatingPointValue) if "FloatingPointValue" in value else float(value.NumericValue)


def method_of(item):
    return [str(c.ConceptCodeSequence[0].get("CodeValue", c.ConceptCodeSequence[0].get("LongCodeValue"))) for c in item.get("ContentSequence", [])
            if concept(c) == "370129005"]


def document(out, instances):
    """The PDF as a DICOM object."""
    valid(f"{out}/report.dcm", "dciodvfy finds nothing in the encapsulated PDF")
    ds, seg = pydicom.dcmread(f"{out}/report.dcm"), pydicom.dcmread(f"{out}/seg.dcm")
    status, said = tool("dcm2pdf", f"{out}/report.dcm", f"{out}/back.pdf")
    same = status == 0 and open(f"{out}/back.pdf", "rb").read().rstrip(b"\0") == open(f"{out}/report.pdf", "rb").read().rstrip(b"\0")
    tap.check(same and ds.EncapsulatedDocumentLength == os.path.getsize(f"{out}/report.pdf"), "it holds report.pdf to the byte", [said])
    tap.check([i.ReferencedSOPInstanceUID for i in ds.SourceInstanceSequence] == instances, "and names the images it was made from")
    tap.check((ds.PatientID, ds.IssuerOfPatientID, ds.StudyInstanceUID) == (seg.PatientID, seg.IssuerOfPatientID, seg.StudyInstanceUID)
              and ds.SOPInstanceUID.startswith("2.25."), "its patient and study are those of the images, its UIDs from UUIDs")


def report(folder, path):
    case = write_case(folder, "report.json", patient=None, findings={"site.levels": ["C4", "C5"], "site.side": "left", "mr.t2": "high"})
    run, out, result = evaluate(folder, path, "--lesion", write_mask(folder), "--case", case)
    tap.check(run.returncode == 0 and result["not_written"] == [], "everything is written", [run.stderr, result.get("not_written")])
    valid(f"{out}/sr.dcm", "dciodvfy finds nothing in the report but that the private scheme is private", PRIVATE)
    one_patient([f"{out}/{name}.dcm" for name in ("sr", "seg", "report")] + [os.path.join(path, f) for f in os.listdir(path)],
                "dcentvfy: images, segmentation and reports are one study")
    document(out, [pydicom.dcmread(os.path.join(path, f)).SOPInstanceUID for f in sorted(os.listdir(path))])
    status, said = tool("dsrdump", f"{out}/sr.dcm")
    tap.check(status == 0 and "\nE: " not in said and "Imaging Measurement Report" in said, "dsrdump prints it", [said[:300]])
    ds, seg = pydicom.dcmread(f"{out}/sr.dcm"), pydicom.dcmread(f"{out}/seg.dcm")
    items = list(content(ds))
    there = {key: value for key, value in measured(result).items() if value is not None}
    numbers = {method[0]: number_of(item) for item in items if item.ValueType == "NUM" for method in [method_of(item)] if method}
    tap.check(there and numbers == there, "the report holds every measurement to the last digit", [set(numbers) ^ set(there)])
    differential = [i for i in items if concept(i) == "111023"]
    told = [[number_of(n) for n in i.ContentSequence] for i in differential]
    tap.check(told == [[r["probability"], *r["interval"]] for r in result["ranking"]], "and every diagnosis with its probability and interval")
    sites = [i for i in items if concept(i) == "363698007"]
    tap.check({i.ConceptCodeSequence[0].CodeValue for i in sites} == {"5329002", "36978003"}
              and all(i.ContentSequence[0].ConceptCodeSequence[0].CodeValue == "7771000" for i in sites), "the sites are coded with their side")
    segment = [i for i in items if concept(i) == "121191"][0].ReferencedSOPSequence[0]
    tap.check(segment.ReferencedSOPInstanceUID == seg.SOPInstanceUID and segment.ReferencedSegmentNumber == 1, "it refers to the segment")
    tracking = {i.UID for i in items if concept(i) == "112040"}
    tap.check(tracking == {seg.SegmentSequence[0].TrackingUID}, "report and segment name one lesion")
    evidence = {i.ReferencedSOPInstanceUID for study in ds.CurrentRequestedProcedureEvidenceSequence for s in study.ReferencedSeriesSequence for i in s.ReferencedSOPSequence}
    tap.check(len(evidence) == SIZE[2] + 1 and seg.SOPInstanceUID in evidence, "images and segmentation are its evidence")
    tap.check(ds.VerificationFlag == "UNVERIFIED" and ds.PreliminaryFlag == "PRELIMINARY", "it is preliminary and unverified")
    bare, out, result = evaluate(folder, path)
    tap.check(bare.returncode == 0 and os.path.exists(f"{out}/sr.dcm"), "without a mask there is a report of the differential", [bare.stderr])
    valid(f"{out}/sr.dcm", "which dciodvfy accepts as well", PRIVATE)


def contours(folder, path):
    ring = [square(9.5, 20.5, 4), square(13.5, 16.5, 4), square(9.5, 20.5, 5)]
    two = structure_set(path, os.path.join(folder, "two.dcm"), {"Ring": ring, "Box": [square(4.5, 9.5, 2)], "Off": [square(4.5, 9.5, 2.5)]})
    run, out, _ = evaluate(folder, path, "--lesion", f"ct={two}#Ring")
    ds, frames = seg_frames(f"{out}/seg.dcm") if run.returncode == 0 else (None, {})
    truth = np.zeros(SIZE, np.uint8)
    truth[10:21, 10:21, 4:6] = 1
    truth[14:17, 14:17, 4] = 0
    tap.check(len(frames) == 2 and all(np.array_equal(frames[ORIGIN[2] + k * SPACING[2]], truth[:, :, k]) for k in (4, 5)),
              "contours are filled even-odd, voxel by voxel", [run.stderr])
    for name, lesion, parts in [("several structures, none named", two, ["several structures", '"Ring"', '"Box"', "FILE#NAME"]),
                                ("a structure that is not there", f"{two}#Rung", ['"Rung"', '"Ring"']),
                                ("a contour between two slices", f"{two}#Off", ["lies in no slice"]),
                                ("a structure of a mask", f"{write_mask(folder)}#Ring", ["no RT structure set"]),
                                ("contours on other images", os.path.join(SHARED, "data/dicom_variety/pydicom/rtstruct.dcm") + "#patient", ["none of the series"])]:
        if SHARED in lesion and not os.path.exists(lesion.split("#")[0]):
            tap.skip(name, "no shared data")
            continue
        bad, _, _ = evaluate(folder, path, "--lesion", lesion)
        tap.check(bad.returncode == 1 and all(part in one_line(bad) for part in parts), f"{name}: exit 1, one line", [bad.returncode, bad.stderr])


def ibsi_contours(folder):
    """The IBSI phantom's contours against the mask that its authors made of them."""
    data = os.path.join(SHARED, "data/ibsi/ct_radiomics_phantom")
    if not os.path.exists(data):
        tap.skip("contours of the IBSI phantom", "no shared data")
        return
    run, out, _ = evaluate(folder, f"{data}/dicom/image", "--lesion", f"{data}/dicom/mask/DCM_RS_00060.dcm")
    image = nibabel.load(f"{data}/nifti/mask/mask.nii.gz")
    truth = np.asarray(image.dataobj) > 0
    ours = np.zeros(truth.shape, bool)
    to_index = np.linalg.inv(image.affine)
    ds, frames = seg_frames(f"{out}/seg.dcm") if run.returncode == 0 else (None, {})
    measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing if ds else [1, 1]
    for group in ds.PerFrameFunctionalGroupsSequence if ds else []:
        at = [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient]
        for i, j in np.argwhere(frames[at[2]]):
            point = [-(at[0] + i * float(measures[1])), -(at[1] + j * float(measures[0])), at[2], 1]
            ours[tuple(np.round(to_index @ point)[:3].astype(int))] = True
    dice = 2 * (ours & truth).sum() / max(1, ours.sum() + truth.sum())
    tap.check(dice > 0.99, f"contours of the IBSI phantom: Dice {dice:.4f} with its mask", [run.stderr, ours.sum(), truth.sum()])


def tilted(folder):
    path, instances = series(folder, drift=0.35)
    mask = os.path.join(folder, "tilted.nii.gz")
    shown = dens("study", path)
    first, out, _ = evaluate(folder, path)
    tap.check(first.returncode == 0 and not os.path.exists(f"{out}/seg.dcm"), "a tilted series is read", [first.stderr, shown.stdout])
    # the grid after the tilt: as the refusal of a mask on the old grid tells its size
    wrong, _, _ = evaluate(folder, path, "--lesion", write_mask(folder))
    size = re.search(r"against (\d+)×(\d+)×(\d+)", one_line(wrong))
    tap.check(bool(size), "a mask on the tilted grid is refused", [wrong.stderr])
    if not size:
        return
    grid = tuple(int(n) for n in size.groups())
    labels = np.zeros(grid, np.uint8)
    labels[10:20, 10:20, 3:6] = 1
    affine = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    affine[:3, 3] = [-ORIGIN[0], -ORIGIN[1], ORIGIN[2]]
    nibabel.save(nibabel.Nifti1Image(labels, affine), mask)
    run, out, result = evaluate(folder, path, "--lesion", mask)
    if run.returncode:
        tap.check("corners" in one_line(run), "the tilted grid begins elsewhere", [run.stderr])
        return
    valid(f"{out}/seg.dcm", "dciodvfy finds nothing in the segmentation of a tilted series")
    ds, frames = seg_frames(f"{out}/seg.dcm")
    sources = [f.DerivationImageSequence[0].SourceImageSequence[0] for f in ds.PerFrameFunctionalGroupsSequence]
    tap.check([s.ReferencedSOPInstanceUID for s in sources] == instances[3:6], "frames refer to the nearest images")
    tap.check(len(frames) == 3 and measured(result)["size.volume_ml"] > 0, "and hold the mask")


def names(folder):
    for title, (charset, name) in NAMES.items():
        path, _ = series(folder, charset, name)
        run, out, _ = evaluate(folder, path, "--lesion", write_mask(folder))
        ds = pydicom.dcmread(f"{out}/seg.dcm") if run.returncode == 0 else None
        tap.check(ds and ds.SpecificCharacterSet == "ISO_IR 192" and str(ds.PatientName) == name, f"a name in {title} keeps right in seg.dcm", [run.stderr])
        valid(f"{out}/seg.dcm", f"dciodvfy finds nothing in it ({title})")
        sr = pydicom.dcmread(f"{out}/sr.dcm")
        tap.check(str(sr.PatientName) == name, f"and in sr.dcm ({title})")
        valid(f"{out}/sr.dcm", f"dciodvfy finds nothing in that ({title})", PRIVATE)
        tap.check(str(pydicom.dcmread(f"{out}/report.dcm").PatientName) == name, f"and in report.dcm ({title})")
        valid(f"{out}/report.dcm", f"nor in that ({title})")
        bundle = json.load(open(f"{out}/fhir.json", encoding="utf-8"))
        told = [[n.get("family"), *n.get("given", [])] for n in bundle["entry"][0]["resource"]["name"]]
        tap.check(told == [[part for part in group.split("^") if part] for group in name.split("=")], f"and in fhir.json ({title})", told)


def without(folder, path):
    """What cannot be made is said, and files of an older study go."""
    out = os.path.join(folder, "again")
    mask = write_mask(folder)
    dens("evaluate", path, "--lesion", mask, "-o", out)
    there = os.path.exists(f"{out}/seg.dcm")
    run = dens("evaluate", path, "--case", write_case(folder, patient=None), "-o", out)
    result = json.load(open(f"{out}/result.json", encoding="utf-8"))
    reasons = {f["file"]: f["reason"] for f in result["not_written"]}
    tap.check(run.returncode == 0 and "no lesion mask" in reasons.get("seg.dcm", ""), "without a mask the result says why there is no seg.dcm", [reasons])
    tap.check(there and not os.path.exists(f"{out}/seg.dcm"), "the older seg.dcm is gone")
    image = os.path.join(folder, "image.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.zeros(SIZE, np.int16) + 40, nibabel.load(mask).affine), image)
    _, out, result = evaluate(folder, f"ct={image}", "--lesion", mask)
    reasons = {f["file"]: f["reason"] for f in result["not_written"]}
    kinds = fhir(out, result, "NIfTI")
    tap.check("ImagingStudy" not in kinds and "name" not in kinds["Patient"][0], "NIfTI gives neither a study nor a name")
    tap.check(all("no DICOM" in reasons.get(name, "") for name in ("seg.dcm", "sr.dcm", "report.dcm")), "from NIfTI the result says why there are no DICOM objects", [reasons])


def main():
    with tempfile.TemporaryDirectory() as folder:
        path, instances = segmentation(folder)
        fhir_of_dicom(folder, path, instances)
        report(folder, path)
        contours(folder, path)
        ibsi_contours(folder)
        tilted(folder)
        names(folder)
        without(folder, path)
    tap.check(not told_secrets, "no patient data on standard error", told_secrets[:3])
    return tap.end()


sys.exit(main())
