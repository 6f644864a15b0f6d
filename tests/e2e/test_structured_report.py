"""Structured reports as input: our own gives back what was written, those of others what they hold."""

import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import SECRETS, SHARED, dens, one_line, told_secrets, write_case  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import numpy as np
    import pydicom
    import small_ct
    from pydicom.dataset import Dataset
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)

tap = Tap()
SECRETS += small_ct.SECRETS
DCMQI = os.path.join(SHARED, "data/dicom_variety/dcmqi")


def read(path):
    run = dens("measure", "--from-sr", path, "--format", "json")
    return run, json.loads(run.stdout) if run.returncode == 0 else {}


def frames(path):
    ds = pydicom.dcmread(path)
    bits = np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")
    return bits[:ds.NumberOfFrames * ds.Rows * ds.Columns], [f.PlanePositionSequence[0].ImagePositionPatient for f in ds.PerFrameFunctionalGroupsSequence]


def own(folder):
    """What evaluate wrote, read back; and its segmentation as the mask of a second evaluation."""
    study, _ = small_ct.series(folder)
    case = write_case(folder, "own.json", patient=None, findings={"site.levels": ["C4", "C5"], "site.side": "left", "mr.t2": "high", "clinical.symptom_months": 3})
    out = os.path.join(folder, "own")
    dens("evaluate", study, "--lesion", small_ct.write_mask(folder), "--case", case, "-o", out)
    result = json.load(open(f"{out}/result.json", encoding="utf-8"))
    seg = pydicom.dcmread(f"{out}/seg.dcm")
    run, report = read(f"{out}/sr.dcm")
    tap.check(run.returncode == 0 and report.get("unused") == [], "our own report is read whole", [run.stderr, report.get("unused")])
    groups = report.get("groups", [{}])
    told = {m["method"]["value"]: m["value"] for group in groups for m in group.get("measurements", []) if "method" in m}
    there = {m["id"]: m["value"] for m in result["measurements"] if "value" in m}
    tap.check(there and told == there, "every measurement comes back to the last digit", [set(told) ^ set(there)])
    units = {m["method"]["value"]: m["unit"]["value"] for group in groups for m in group.get("measurements", []) if "method" in m}
    tap.check(units == {m["id"]: m["unit"] for m in result["measurements"] if "value" in m}, "with its unit", [units])
    ranking = [(e["code"]["meaning"], [m["value"] for m in e["measurements"]]) for e in report["evaluations"] if e["concept"]["value"] == "111023"]
    tap.check([numbers for _, numbers in ranking] == [[r["probability"], *r["interval"]] for r in result["ranking"]], "and every diagnosis with its probability and interval")
    first = groups[0]
    tap.check(first["segments"] == [{"instance": seg.SOPInstanceUID, "number": 1}] and first["tracking_uid"] == seg.SegmentSequence[0].TrackingUID
              and first["series"] == seg.ReferencedSeriesSequence[0].SeriesInstanceUID, "the group refers to the segment and its series", [first])
    tap.check([(s["value"], s["laterality"]["value"]) for s in first["sites"]] == [("5329002", "7771000"), ("36978003", "7771000")], "and has the finding's sites with their side")
    found = {e["concept"]["value"] for e in groups[1]["evaluations"]} | {m["quantity"]["value"] for m in groups[1]["measurements"]}
    tap.check({"mr.t2", "clinical.symptom_months"} <= found, "findings that were read are there", [found])
    again = os.path.join(folder, "again")
    dens("evaluate", study, "--lesion", f"{out}/seg.dcm", "-o", again)
    one, two = frames(f"{out}/seg.dcm"), frames(f"{again}/seg.dcm")
    tap.check(one[0].any() and np.array_equal(one[0], two[0]) and one[1] == two[1], "the segmentation as mask gives the same mask, voxel by voxel")
    _, second = read(f"{again}/sr.dcm")
    numbers = {m["method"]["value"]: m["value"] for group in second["groups"] for m in group.get("measurements", []) if "method" in m}
    first = {m["method"]["value"]: m["value"] for m in groups[0]["measurements"]}
    off = {key: (value, numbers.get(key)) for key, value in first.items() if abs(numbers.get(key, np.inf) - value) > 1e-6 * abs(value)}
    tap.check(first and not off, "and the same numbers in its report, but for the rounding of a header", [off])
    return f"{out}/sr.dcm", study


def others():
    """A report of dcmqi against what pydicom finds in it, and its segmentations as masks."""
    path = f"{DCMQI}/sr-example/sr.dcm"
    if not os.path.exists(path):
        tap.skip("reports and segmentations of dcmqi", "no shared data")
        return
    run, report = read(path)
    ds, seg = pydicom.dcmread(path), pydicom.dcmread(f"{DCMQI}/sr-example/seg.dcm")
    container = [c for c in ds.ContentSequence if c.get("ConceptNameCodeSequence", [{}])[0].get("CodeValue") == "126010"][0]
    numbers = [(i.ConceptNameCodeSequence[0].CodeValue, float(i.MeasuredValueSequence[0].NumericValue),
                i.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue) for i in container.ContentSequence[0].ContentSequence if i.ValueType == "NUM"]
    group = report["groups"][0] if run.returncode == 0 else {"measurements": []}
    tap.check(len(numbers) > 20 and [(m["quantity"]["value"], m["value"], m["unit"]["value"]) for m in group["measurements"]] == numbers,
              "a report of dcmqi gives all its measurements, coded, with units", [run.stderr])
    tap.check(group["tracking_id"] == "primary tumor" and group["finding"] == {"value": "M-80003", "scheme": "SRT", "meaning": "Neoplasm, Primary"}
              and group["segments"] == [{"instance": seg.SOPInstanceUID, "number": 1}], "with finding and tracking identifier")
    tap.check([s["value"] for s in group["sites"]] == ["T-C5300"] and group["method"]["value"] == "126410", "with site and method in older codes")
    tap.check(report["unused"] == [{"kind": "COMPOSITE", "count": 1}], "what is not used is told", [report["unused"]])
    text = dens("measure", "--from-sr", path).stdout
    tap.check(all(part in text for part in ("finding: Neoplasm, Primary", "SUVbw, Mean", "6.01529 {SUVbw}g/ml", "not used: 1 × COMPOSITE")), "as a table too", [text])
    mask = f"{DCMQI}/segmentations/liver.dcm"
    run = dens("measure", f"{DCMQI}/segmentations/ct-3slice", "--mask", mask, "--family", "size", "--format", "json")
    ds = pydicom.dcmread(mask)
    spacing = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    step = abs(np.diff([f[2] for f in frames(mask)[1]])[0])
    ml = frames(mask)[0].sum() * float(spacing.PixelSpacing[0]) * float(spacing.PixelSpacing[1]) * step / 1000
    volume = [m for m in json.loads(run.stdout or '{"measurements": []}')["measurements"] if m["id"] == "size.volume_ml"]
    tap.check(volume and abs(volume[0]["value"] - ml) < 1e-3 * ml, f"a segmentation of dcmqi is a mask: {ml:.1f} ml", [run.stderr, volume])


def coded(value, scheme, meaning):
    code = Dataset()
    setattr(code, "CodeValue" if len(value) <= 16 else "LongCodeValue", value)
    code.CodingSchemeDesignator, code.CodeMeaning = scheme, meaning
    return [code]


def content(kind, relation="CONTAINS", concept=None, children=(), **attributes):
    ds = Dataset()
    ds.ValueType, ds.RelationshipType = kind, relation
    if concept:
        ds.ConceptNameCodeSequence = coded(*concept)
    for key, value in attributes.items():
        setattr(ds, key, value)
    if children:
        ds.ContentSequence = list(children)
    return ds


def number(concept, text, children=(), **extra):
    measured = Dataset()
    measured.NumericValue = text
    measured.MeasurementUnitsCodeSequence = coded("mm", "UCUM", "millimeter")
    for key, value in extra.items():
        setattr(measured, key, value)
    return content("NUM", "CONTAINS", concept, children, MeasuredValueSequence=[measured])


def foreign(folder, children, name="foreign.dcm", **changes):
    """A report written by pydicom alone."""
    ds = content("CONTAINER", concept=("126000", "DCM", "Imaging Measurement Report"), children=children)
    del ds.RelationshipType
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.34", "1.2.3.4"
    ds.SpecificCharacterSet, ds.PatientName, ds.PatientID = "ISO_IR 100", "Größe^Jürgen", "P-77-secret"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality, ds.Manufacturer = "1.2.3", "1.2.3.1", "SR", "Another"
    for key, value in changes.items():
        setattr(ds, key, value)
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.is_little_endian, ds.is_implicit_VR = True, False
    path = os.path.join(folder, name)
    ds.save_as(path, write_like_original=False)
    with open(path, "rb") as made:
        data = made.read()
    with open(path, "wb") as out: # what pydicom does not write
        out.write(data.replace(b"1.5625", b"1,5625").replace(b"Not UTF 8", b"Not UTF\xff8"))
    return path


LENGTH = ("410668003", "SCT", "Length")


def made_by_hand(folder):
    observer = content("PNAME", "HAS OBS CONTEXT", ("121008", "DCM", "Person Observer Name"), PersonName="Größe^Jürgen")
    site = content("CODE", "HAS CONCEPT MOD", ("G-C0E3", "SRT", "Finding Site"), [
        content("CODE", "HAS CONCEPT MOD", ("G-C171", "SRT", "Laterality"), ConceptCodeSequence=coded("G-A101", "SRT", "Left"))],
        ConceptCodeSequence=coded("T-11500", "SRT", "Vertebra"))
    line = content("SCOORD", "INFERRED FROM", GraphicType="POLYLINE", GraphicData=[1.0, 2.0, 3.0, 4.0])
    reference = Dataset()
    reference.RelationshipType, reference.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1]
    absent = content("NUM", "CONTAINS", LENGTH, NumericValueQualifierCodeSequence=coded("114006", "DCM", "Measurement failure"))
    group = content("CONTAINER", "CONTAINS", ("125007", "DCM", "Measurement Group"), [
        content("TEXT", "HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), TextValue="Läsion 1"), site,
        number(LENGTH, "12.5", [line, reference]), number(LENGTH, "1.5625"), absent, number(LENGTH, "1.5", FloatingPointValue=float("nan")),
        content("CODE", "CONTAINS", ("RID29896", "RADLEX", "Margin of a lesion"), ConceptCodeSequence=coded("a.code.that.is.longer.than.sixteen", "99X", "Sharp"))])
    outside = content("CONTAINER", "CONTAINS", ("121070", "DCM", "Findings"), [number(LENGTH, "7"), content("DATE", Date="20260101")])
    run, report = read(foreign(folder, [observer, content("CONTAINER", "CONTAINS", ("126010", "DCM", "Imaging Measurements"), [group]), outside]))
    tap.check(run.returncode == 0, "a report with faults in its parts is read", [run.stderr])
    group = report["groups"][0]
    values = [m.get("value", m.get("missing")) for m in group["measurements"]]
    tap.check(values == [12.5, "its value is no number", "Measurement failure", 1.5], "what has no value says why", [values])
    tap.check(group["tracking_id"] == "Läsion 1" and group["sites"][0]["laterality"]["meaning"] == "Left", "text comes from the character set it declares")
    tap.check(group["evaluations"][0]["code"]["value"] == "a.code.that.is.longer.than.sixteen", "long codes are read")
    tap.check([m["value"] for m in report["measurements"]] == [7], "a measurement outside groups is there")
    unused = {u["kind"]: u["count"] for u in report["unused"]}
    tap.check(unused == {"SCOORD": 1, "references to another item": 1, "DATE": 1}, "what cannot be used is counted by its kind", [unused])
    tap.check("Jürgen" not in run.stdout, "the observer's name is not printed")


def refused(folder, sr, study):
    image = os.path.join(study, "00.dcm")
    cut = os.path.join(folder, "cut.dcm")
    with open(sr, "rb") as whole, open(cut, "wb") as out:
        out.write(whole.read()[:6000])
    lost = foreign(folder, [number(LENGTH, "7")], "lost.dcm", SpecificCharacterSet="ISO_IR 192", StudyDescription="Not UTF 8")
    for name, path, part in [("an image", image, "no structured report"), ("a report that is cut off", cut, "cut off"), ("no file", "nowhere.dcm", "no such file"),
                             ("a folder", folder, "is no file"), ("a report without content", foreign(folder, [], "empty.dcm"), "neither a measurement nor a finding"),
                             ("a report that is no container", foreign(folder, [number(LENGTH, "7")], "text.dcm", ValueType="TEXT"), "begins with no container"),
                             ("text in another character set", lost, "character set")]:
        run = dens("measure", "--from-sr", path)
        tap.check(run.returncode == 1 and part in one_line(run) and not run.stdout, f"{name}: exit 1, one line", [run.returncode, run.stderr])
    for name, arguments, part in [("with a mask", ["--mask", "x.nii.gz"], "--mask"), ("with images", [study], "alone"), ("as csv", ["--format", "csv"], "text or json")]:
        run = dens("measure", "--from-sr", sr, *arguments)
        tap.check(run.returncode == 2 and part in one_line(run), f"{name}: exit 2, one line", [run.returncode, run.stderr])
    run = dens("measure", "--mask", "x.nii.gz")
    tap.check(run.returncode == 2 and "VOLUME" in one_line(run), "without a volume: exit 2", [run.stderr])


def main():
    with tempfile.TemporaryDirectory() as folder:
        sr, study = own(folder)
        others()
        made_by_hand(folder)
        refused(folder, sr, study)
    tap.check(not told_secrets, "no patient data on standard error", told_secrets[:3])
    return tap.end()


sys.exit(main())
