"""Studies end to end: the phantom, real images against independent tools, and bad input."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import DENS, SECRETS, SHARED, SOURCE, dens, one_line, told_secrets, write_case, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def evaluated(folder, *arguments):
    """Runs evaluate into a new folder; the outcome and the folder."""
    out = tempfile.mkdtemp(dir=folder)
    return dens("evaluate", *arguments, "-o", os.path.join(out, "report")), os.path.join(out, "report")


def refused(folder, name, arguments, parts, status=1):
    """Exit status, one line with these parts, nothing written."""
    run, out = evaluated(folder, *arguments)
    line = one_line(run)
    written = os.path.exists(out)
    tap.check(run.returncode == status and all(part in line for part in parts) and not written, f"{name}: exit {status}, one line, nothing written",
              [run.returncode, line, f"written: {written}"])


def phantom_study(folder):
    study = os.path.join(folder, "study")
    run = dens("phantom", "--diagnosis", "chordoma", "--seed", "10", "-o", study)
    tap.check(run.returncode == 0, "phantom writes a study", [run.stderr])
    import pydicom
    head = pydicom.dcmread(os.path.join(study, "ct", sorted(os.listdir(f"{study}/ct"))[0]), stop_before_pixels=True)
    SECRETS.extend([str(head.PatientName), head.PatientID, head.PatientBirthDate, head.PatientAge])
    again = dens("phantom", "--diagnosis", "chordoma", "--seed", "10", "-o", study)
    tap.check(again.returncode == 1 and "not empty" in one_line(again), "phantom leaves a folder that is not empty alone", [one_line(again)])
    wrong = dens("phantom", "--diagnosis", "cordoma", "-o", os.path.join(folder, "x"))
    tap.check(wrong.returncode == 2 and "did you mean chordoma" in one_line(wrong), "phantom of a misspelt diagnosis: exit 2", [one_line(wrong)])
    return study


def evaluate_phantom(folder, study):
    truth = json.load(open(os.path.join(study, "truth.json"), encoding="utf-8"))
    case = os.path.join(SOURCE, "cases", "demo", "chordoma.json")
    run, out = evaluated(folder, study, "--lesion", f"ct={study}/lesion.nii.gz", "--labels", f"{study}/labels.nii.gz", "--scheme", "dens",
                         "--case", case)
    tap.check(run.returncode == 0 and sorted(os.listdir(out)) == ["case.json", "fhir.json", "report.dcm", "report.html", "report.pdf", "report.txt", "result.json", "seg.dcm", "sr.dcm"],
              "evaluate writes the report set", [run.stderr])
    result = json.load(open(os.path.join(out, "result.json"), encoding="utf-8"))
    measured = {m["id"]: m for m in result["measurements"]}
    value = {name: m.get("value") for name, m in measured.items()}
    tap.check(abs(value["attenuation.mean"] - truth["series"]["ct"]["lesion_mean"]) < 5, "mean attenuation is the truth",
              [value["attenuation.mean"], truth["series"]["ct"]["lesion_mean"]])
    tap.check(abs(value["size.volume_ml"] / truth["lesion_volume_ml"] - 1) < 0.02, "volume is the truth", [value["size.volume_ml"]])
    t1 = truth["series"]["t1"]["lesion_to_muscle"]
    tap.check(abs(value["signal.t1_muscle"] / t1 - 1) < 0.15, "T1 ratio is near the truth", [value["signal.t1_muscle"], t1])
    findings = result["case"]["findings"]
    tap.check(all("measured" in findings[name] for name in ("mr.t1", "mr.t2", "mr.stir", "mr.enhancement", "site.size_mm")),
              "measurements became findings", [sorted(findings)])
    tap.check(result["case"]["examinations"]["ct"] == "complete", "the reader's examinations stay")
    tap.check({f["file"] for f in result["not_written"]} == set(), "everything is written")
    tap.check(all(len(i["sha256"]) == 64 for i in result["provenance"]["inputs"]) and len(result["provenance"]["inputs"]) == 5,
              "the provenance names every series")
    text = json.dumps(result) + open(os.path.join(out, "report.html"), encoding="utf-8").read()
    tap.check("Phantom^" not in text and "DENS-10" not in text, "the patient's name and identifier stand nowhere")
    html = open(os.path.join(out, "report.html"), encoding="utf-8").read()
    pictures = html.count("<img alt=")
    tap.check(pictures == 10 and "CT, sagittal" in html, "two pictures of each of five series", [pictures])
    status = subprocess.run(["pdfinfo", os.path.join(out, "report.pdf")], capture_output=True, text=True, check=False)
    pages = [line.split()[1] for line in status.stdout.splitlines() if line.startswith("Pages:")]
    tap.check(pages and 1 <= int(pages[0]) <= 3, "the PDF has one to three pages", [status.stdout + status.stderr])
    tap.check("<script" not in html and "src=\"http" not in html, "the report is self-contained")


def conflict(folder, study):
    case = write_case(folder, "conflict.json", patient=None, findings={"mr.t2": "low"})
    run, out = evaluated(folder, study, "--lesion", f"ct={study}/lesion.nii.gz", "--labels", f"{study}/labels.nii.gz", "--scheme", "dens",
                         "--case", case)
    result = json.load(open(os.path.join(out, "result.json"), encoding="utf-8"))
    clash = [c for c in result["conflicts"] if c["finding"] == "mr.t2"]
    tap.check(run.returncode == 0 and clash and clash[0]["read"] == "low" and clash[0]["measured"] == "high",
              "the reader's word is used and the conflict is shown", [result["conflicts"]])


def bad_studies(folder, study):
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    refused(folder, "empty folder", [empty], ["empty"])
    text = os.path.join(folder, "letter.dcm")
    with open(text, "w", encoding="utf-8") as out:
        out.write("Dear colleague,\nthis is no image.\n")
    refused(folder, "text file named .dcm", [text], ["letter.dcm"])
    slices = sorted(os.listdir(f"{study}/ct"))
    cut = os.path.join(folder, "cut")
    shutil.copytree(f"{study}/ct", cut)
    first = os.path.join(cut, slices[3])
    with open(first, "r+b") as half:
        half.truncate(os.path.getsize(first) // 2)
    refused(folder, "truncated DICOM file", [cut], [slices[3]])
    one = os.path.join(folder, "one")
    os.mkdir(one)
    shutil.copy(f"{study}/ct/{slices[0]}", one)
    refused(folder, "a series of one slice", [one], ["one slice"])
    gap = os.path.join(folder, "gap")
    shutil.copytree(f"{study}/ct", gap)
    os.remove(os.path.join(gap, slices[20]))
    refused(folder, "a missing slice", [gap], ["missing"])
    twice = os.path.join(folder, "twice")
    shutil.copytree(f"{study}/ct", twice)
    run = subprocess.run(["dcmodify", "-nb", "-gin", os.path.join(twice, slices[5])], capture_output=True, check=False)
    shutil.copy(f"{study}/ct/{slices[5]}", os.path.join(twice, "again.dcm"))
    if run.returncode == 0:
        refused(folder, "two slices at one place", [twice], ["position"])
    refused(folder, "no such folder", [os.path.join(folder, "nowhere")], ["nowhere"])
    slice_of_mr = os.path.join(folder, "one-mr")
    os.mkdir(slice_of_mr)
    shutil.copy(f"{study}/t2/{sorted(os.listdir(f'{study}/t2'))[0]}", slice_of_mr)
    refused(folder, "an MR series of one slice", [slice_of_mr], ["one slice"])
    for name, content in [("empty.dcm", b""), ("short.dcm", b"DICM"), ("zeros.dcm", bytes(4096))]:
        path = os.path.join(folder, name)
        with open(path, "wb") as out:
            out.write(content)
        refused(folder, f"{name} of {len(content)} bytes", [path], [name])


def changed_series(source, target, change):
    """A copy of a series' first 12 slices in which change(dataset) was done."""
    import pydicom
    os.makedirs(target)
    for name in sorted(os.listdir(source))[:12]:
        dataset = pydicom.dcmread(os.path.join(source, name))
        change(dataset)
        dataset.save_as(os.path.join(target, name))


def mixed_studies(folder, study):
    """Two patients are refused; two series of a role are told, and one of them is used."""
    def another_patient(dataset):
        dataset.PatientID, dataset.PatientName, dataset.StudyInstanceUID = "DENS-10-other", "Phantom^Other", "1.2.3.4"
        dataset.SeriesInstanceUID = "1.2.3.5"

    def another_series(dataset):
        dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.3.6", dataset.SOPInstanceUID + ".9"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID

    two = os.path.join(folder, "two-patients")
    changed_series(f"{study}/ct", os.path.join(two, "a"), lambda dataset: None)
    changed_series(f"{study}/t1", os.path.join(two, "b"), another_patient)
    refused(folder, "two patients in one folder", [two], ["patients"])
    run = dens("study", two)
    tap.check(run.returncode == 1 and "patients" in one_line(run), "study on two patients: exit 1, one line", [run.returncode, run.stderr])
    double = os.path.join(folder, "double")
    shutil.copytree(f"{study}/ct", os.path.join(double, "a"))
    changed_series(f"{study}/ct", os.path.join(double, "b"), another_series)
    run, out = evaluated(folder, double, "--lesion", f"{study}/lesion.nii.gz")
    tap.check(run.returncode == 0 and "warning: 2 series look like ct" in run.stderr and os.path.exists(os.path.join(out, "result.json")),
              "two series of one role: a warning, and the report", [run.returncode, run.stderr])
    run, out = evaluated(folder, double, "--lesion", f"{study}/lesion.nii.gz", "--quiet")
    tap.check(run.returncode == 0 and run.stderr == "", "--quiet leaves warnings out", [run.stderr])


def bad_nifti(folder):
    values = [float(i) for i in range(64)]
    good = write_nifti(os.path.join(folder, "good.nii.gz"), (4, 4, 4), values)
    with gzip.open(good) as file:
        plain = file.read()
    with open(good, "rb") as file:
        packed = file.read()
    for name, content in [("letter.nii", b"Dear colleague,\nthis is no image.\n" * 20), ("nothing.nii", b""), ("cut.nii", plain[:400]), ("head.nii", plain[:100]),
                          ("cut.nii.gz", packed[:len(packed) // 2]), ("letter.nii.gz", b"Dear colleague"), ("nothing.nii.gz", b""),
                          ("checksum.nii.gz", packed[:-8] + bytes(8))]:
        path = os.path.join(folder, name)
        with open(path, "wb") as out:
            out.write(content)
        refused(folder, f"{name} of {len(content)} bytes", [f"ct={path}"], [name])
        refused(folder, f"{name} as a mask", [f"ct={good}", "--lesion", path], [name])
    refused(folder, "a NIfTI by no name", ["ct="], ["ct=", "missing"], status=2)
    refused(folder, "an image by another name", [f"ct={os.path.join(SOURCE, 'LICENSE')}"], ["LICENSE"])
    refused(folder, "a series that is not measured", [f"xr={good}"], ["no series that is measured"])


def bad_output(folder, study):
    """Where the report cannot go: told before or after the work, and nothing is left behind."""
    occupied = write_case(folder, "occupied")
    for name, out, parts in [("a file", occupied, ["occupied", "needs a folder"]), ("below a file", os.path.join(occupied, "x"), ["occupied"]),
                             ("no folder's place", "/proc/dens", ["/proc/dens"]), ("a folder that takes no file", "/proc/self", ["/proc/self"])]:
        run = dens("evaluate", f"{study}/ct", "-o", out)
        tap.check(run.returncode == 2 and run.stdout == "" and all(part in one_line(run) for part in parts), f"the report into {name}: exit 2, one line",
                  [run.returncode, run.stderr])
    out = os.path.join(folder, "printed")
    run = subprocess.run(["bash", "-c", '"$@" > /dev/full', "bash", DENS, "evaluate", f"{study}/ct", "-q", "-o", out],
                         capture_output=True, text=True, check=False)
    tap.check(run.returncode == 3 and run.stderr.count("\n") == 1 and "standard output" in run.stderr and len(os.listdir(out)) == 8,
              "the report is there, yet cannot be printed: exit 3, one line", [run.returncode, run.stderr])
    for stream, number in [("output", 1), ("error", 2)]:
        out = os.path.join(folder, f"closed-{number}")
        run = subprocess.run(["bash", "-c", f'"$@" {number}>&-', "bash", DENS, "evaluate", f"{study}/ct", "-o", out], capture_output=True, text=True, check=False)
        whole = json.load(open(os.path.join(out, "result.json"), encoding="utf-8"))["format"] == "dens-result/1"
        tap.check(run.returncode == (3 if number == 1 else 0) and whole, f"with a closed standard {stream} nothing is printed into the report",
                  [run.returncode, run.stderr])
    small = os.path.join(folder, "small-disk")
    run = subprocess.run(["bash", "-c", 'ulimit -f 8; trap "" XFSZ; "$@"', "bash", DENS, "evaluate", f"{study}/ct", "-q",
                          "-o", small], capture_output=True, text=True, check=False)
    tap.check(run.returncode in (2, 3) and run.stderr.count("\n") == 1 and "small-disk" in run.stderr and not os.path.exists(small),
              "a disk that is full after the first files: one line, no half report", [run.returncode, run.stderr, os.path.exists(small)])


def bad_masks(folder, study):
    small = write_nifti(os.path.join(folder, "small.nii"), (4, 4, 4), [1] * 64, kind="uint8")
    refused(folder, "mask of another geometry", [study, "--lesion", f"ct={small}"], ["small.nii", "grid"])
    volume = write_nifti(os.path.join(folder, "volume.nii"), (4, 4, 4), [float(i) for i in range(64)])
    empty = write_nifti(os.path.join(folder, "empty_mask.nii"), (4, 4, 4), [0] * 64, kind="uint8")
    refused(folder, "empty mask", [f"ct={volume}", "--lesion", empty], ["empty_mask.nii", "empty"])
    outside = write_nifti(os.path.join(folder, "outside.nii"), (4, 4, 4), [1] * 64, origin=(500, 0, 0), kind="uint8")
    refused(folder, "mask outside the volume", [f"ct={volume}", "--lesion", outside], ["outside.nii", "mm apart"])
    hollow = write_nifti(os.path.join(folder, "hollow.nii"), (4, 4, 4), [float("nan")] * 64)
    mask = write_nifti(os.path.join(folder, "mask.nii"), (4, 4, 4), [1] * 64, kind="uint8")
    refused(folder, "no finite voxel in the mask", [f"ct={hollow}", "--lesion", mask], ["finite"])
    fraction = write_nifti(os.path.join(folder, "fraction.nii"), (4, 4, 4), [0.5] * 64)
    refused(folder, "labels that are no whole numbers", [f"ct={volume}", "--lesion", fraction], ["fraction.nii"])
    refused(folder, "mask that is not there", [f"ct={volume}", "--lesion", os.path.join(folder, "no.nii")], ["no.nii"])
    refused(folder, "NIfTI without a role", [volume], ["volume.nii", "ct="], status=2)
    refused(folder, "unknown role", [f"ctt={volume}"], ["ctt"], status=2)
    refused(folder, "labels without a scheme", [f"ct={volume}", "--lesion", mask, "--labels", mask], ["--scheme"], status=2)
    refused(folder, "unknown scheme", [f"ct={volume}", "--lesion", mask, "--labels", mask, "--scheme", "mine"], ["mine", "totalspineseg"], status=2)
    refused(folder, "a sphere outside", [f"ct={volume}", "--lesion", mask, "--reference", "muscle=900,0,0,5"], ["muscle=900"])
    refused(folder, "a sphere without a radius", [f"ct={volume}", "--lesion", mask, "--reference", "muscle=1,2,3"], ["x,y,z,r"], status=2)


def bad_patients(folder, study):
    refused(folder, "another age", [study, "--case", write_case(folder, "a.json", patient={"age": 20})], ["$.patient.age"])
    refused(folder, "another sex", [study, "--case", write_case(folder, "b.json", patient={"sex": "female"})], ["$.patient.sex"])
    refused(folder, "another study", [study, "--case", write_case(folder, "c.json", patient=None, study={"uid": "1.2.3"})], ["$.study.uid"])
    refused(folder, "a case of the future", [study, "--case", write_case(folder, "d.json", format="dens-case/2")], ["d.json", "dens-case/2"])
    primary = {"clinical.known_primary": "absent", "clinical.primary_site": "lung"}
    refused(folder, "a primary without a primary", [study, "--case", write_case(folder, "e.json", patient=None, findings=primary)], ["clinical.primary_site"])
    refused(folder, "a case that is a folder", [study, "--case", folder], [folder, "folder"])
    refused(folder, "a case that is not there", [study, "--case", os.path.join(folder, "f.json")], ["f.json"])
    refused(folder, "an unknown prior", [study, "--prior", "klinik"], ["klinik", "clinic"], status=2)


def bad_knowledge(folder):
    knowledge = os.path.join(folder, "knowledge")
    shutil.copytree(os.path.join(SOURCE, "knowledge"), knowledge)
    path = os.path.join(knowledge, "diagnoses", "chordoma.yaml")
    whole = open(path, encoding="utf-8").read()
    with open(path, "w", encoding="utf-8") as out:
        out.write(whole.replace("finding: mr.t2\n", "finding: mr.tt2\n", 1))
    refused(folder, "a study under a knowledge with a typing error", ["ct=absent.nii", "--knowledge", knowledge], ["chordoma.yaml:", "mr.tt2"])
    run = dens("knowledge", "check", "--knowledge", knowledge)
    line = one_line(run)
    tap.check(run.returncode == 1 and "chordoma.yaml:" in line and "mr.t2" in line, "a typing error in the knowledge: one line, exit 1",
              [run.returncode, line])
    with open(path, "w", encoding="utf-8") as out:
        out.write(whole.replace("source: review", "source: revue", 1))
    run = dens("knowledge", "check", "--knowledge", knowledge)
    tap.check(run.returncode == 1 and "revue" in one_line(run), "an unknown source: one line, exit 1", [run.returncode, one_line(run)])


def real_nifti(folder):
    import nibabel
    base = os.path.join(SHARED, "data", "cspine_mri_sct", "testing")
    if not os.path.isdir(base):
        tap.skip("real MR against nibabel", "shared data not here")
        return
    for volume, mask in [("t2_fake_lesion", "t2_fake_lesion_lesion_seg"), ("t2", "t2_seg-manual"), ("t1w", "t1w_seg-manual")]:
        image = nibabel.load(f"{base}/{volume}.nii.gz")
        marked = numpy.asarray(nibabel.load(f"{base}/{mask}.nii.gz").dataobj) > 0
        role = "t1" if volume == "t1w" else "t2"
        run = dens("measure", f"{role}={base}/{volume}.nii.gz", "--mask", f"{base}/{mask}.nii.gz", "--format", "json")
        measured = {m["id"]: m.get("value") for m in json.loads(run.stdout)["measurements"]} if run.returncode == 0 else {}
        voxel_ml = abs(numpy.linalg.det(image.affine[:3, :3])) / 1000
        tap.check(run.returncode == 0 and abs(measured["size.volume_ml"] / (marked.sum() * voxel_ml) - 1) < 1e-5,
                  f"real MR {volume}: the volume of a mask equals nibabel's", [run.stderr, measured.get("size.volume_ml"), marked.sum() * voxel_ml])
    run, out = evaluated(folder, f"t2={base}/t2_fake_lesion.nii.gz", "--lesion", f"{base}/t2_fake_lesion_lesion_seg.nii.gz")
    tap.check(run.returncode == 0 and os.path.exists(os.path.join(out, "report.html")), "a real MR is evaluated and reported", [run.stderr])


def real_dicom(folder):
    source = os.path.join(SHARED, "data", "cspine_ct_lidc0314", "dicom_jpegls")
    if not os.path.isdir(source) or not shutil.which("dcmdjpls") or not shutil.which("dcm2niix"):
        tap.skip("real CT against dcm2niix", "shared data, dcmdjpls or dcm2niix not here")
        return
    import nibabel
    run = dens("study", source)
    tap.check(run.returncode == 0 and "CT" in run.stdout, "a real compressed CT is listed", [run.stderr])
    run, out = evaluated(folder, source)
    tap.check(run.returncode == 0 and os.path.exists(os.path.join(out, "result.json")), "a series in JPEG-LS is evaluated", [run.stderr])
    plain = os.path.join(folder, "plain")
    os.mkdir(plain)
    for name in sorted(os.listdir(source)):
        subprocess.run(["dcmdjpls", os.path.join(source, name), os.path.join(plain, name)], capture_output=True, check=True)
    subprocess.run(["dcm2niix", "-z", "n", "-f", "peer", "-o", folder, plain], capture_output=True, check=True)
    peer = nibabel.load(os.path.join(folder, "peer.nii"))
    # dcm2niix turns the rows round; in DICOM's own order the grid is that of the series
    turn = numpy.array([[1, 0, 0, 0], [0, -1, 0, peer.shape[1] - 1], [0, 0, 1, 0], [0, 0, 0, 1]])
    data = numpy.asarray(peer.dataobj).astype(float)[:, ::-1, :]
    affine = peer.affine @ turn
    box = numpy.zeros(data.shape, dtype=numpy.uint8)
    middle = [n // 2 for n in data.shape]
    box[middle[0] - 10:middle[0] + 12, middle[1] - 14:middle[1] + 10, middle[2] - 4:middle[2] + 5] = 1
    mask = os.path.join(folder, "box.nii.gz")
    nibabel.save(nibabel.Nifti1Image(box, affine), mask)
    run = dens("measure", plain, "--mask", mask, "--format", "json")
    measured = {m["id"]: m.get("value") for m in json.loads(run.stdout)["measurements"]} if run.returncode == 0 else {}
    inside = data[box > 0]
    tap.check(run.returncode == 0 and abs(measured.get("attenuation.mean", 1e9) - inside.mean()) < 0.01,
              "real CT: the mean in a box equals dcm2niix and nibabel", [run.stderr, measured.get("attenuation.mean"), inside.mean()])
    tap.check(run.returncode == 0 and abs(measured["attenuation.maximum"] - inside.max()) < 0.01, "real CT: the maximum, too")
    voxel_ml = abs(numpy.linalg.det(affine[:3, :3])) / 1000
    tap.check(run.returncode == 0 and abs(measured["size.volume_ml"] / (box.sum() * voxel_ml) - 1) < 1e-4, "real CT: the volume, too")
    run, out = evaluated(folder, plain, "--lesion", mask)
    tap.check(run.returncode == 0 and os.path.exists(os.path.join(out, "report.html")), "a real CT is evaluated and reported", [run.stderr])


with tempfile.TemporaryDirectory() as scratch:
    phantom = phantom_study(scratch)
    evaluate_phantom(scratch, phantom)
    conflict(scratch, phantom)
    bad_studies(scratch, phantom)
    mixed_studies(scratch, phantom)
    bad_masks(scratch, phantom)
    bad_nifti(scratch)
    bad_output(scratch, phantom)
    bad_patients(scratch, phantom)
    bad_knowledge(scratch)
    real_nifti(scratch)
    real_dicom(scratch)
tap.check(not told_secrets, "no patient's name, identifier, birth date or age stood on standard error", told_secrets)
sys.exit(tap.end())
