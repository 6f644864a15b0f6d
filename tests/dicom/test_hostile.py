"""Series that are no volume, files that are no DICOM: one clear line each, and never a patient's name."""

import os
import shutil
import struct

from common import *
from tap import assert_one_line, shared


def fails(series, *parts):
    """The series is refused when read, and its problem is told by the scan."""
    folder = series.save()
    read_fails(folder, *parts)
    problem = one_series(folder)["problem"]
    assert parts[-1] in problem, (parts, problem)
    assert "Secret" not in problem and "SECRET" not in problem
    return folder


def test_missing_slices():
    one = Series(slices=8)
    del one.sets[3]
    fails(one, "1 slice is missing", "4 mm apart, the spacing is 2 mm")
    three = Series(slices=12)
    del three.sets[8], three.sets[3:5]
    fails(three, "3 slices are missing", "the first between", "6 mm apart, the spacing is 2 mm")


def test_irregular_spacing():
    series = Series(slices=8)
    series.sets[3].ImagePositionPatient[2] += 0.7
    fails(series, "irregular slice spacing", "from 1.3 to 2.7 mm; 2.7 mm between this one and")
    joint = Series(slices=9)  # two stretches of 2 and 4 mm, and the slice where they meet is not there
    for ds, z in zip(joint.sets, (0, 2, 4, 6, 11, 15, 19, 23, 27)):
        ds.ImagePositionPatient[2] = 30 + z
    fails(joint, "irregular slice spacing", "5 mm between this one and")


def test_two_slices_at_one_position():
    series = Series()
    twin = Series().sets[2]
    twin.SeriesInstanceUID, twin.FrameOfReferenceUID, twin.StudyInstanceUID = [
        series.sets[0][name].value for name in ("SeriesInstanceUID", "FrameOfReferenceUID", "StudyInstanceUID")]
    series.sets.append(twin)
    folder = fresh("twin")
    for n, ds in enumerate(series.sets):
        ds.save_as("%s/%d.dcm" % (folder, n), write_like_original=False)
    read_fails(folder, "two slices at one position", "2.dcm", "6.dcm")


def test_several_images_at_each_position():
    series = Series(slices=4)
    for ds in series.again().sets:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        series.sets.append(ds)
    fails(series, "2 images at each of 4 positions")


def test_one_slice():
    fails(Series(slices=1), "one slice only")


def test_mixed_series():
    def change(name, value, *parts):
        series = Series()
        setattr(series.sets[2], name, value)
        fails(series, *parts)
    change("ImageOrientationPatient", [0, 1, 0, 0, 0, -1], "two orientations")
    change("PixelSpacing", [0.75, 0.6], "two pixel spacings")
    change("FrameOfReferenceUID", generate_uid(), "two frames of reference")
    series = Series()
    ds = series.sets[2]
    ds.Rows, ds.Columns = ds.Columns, ds.Rows
    fails(series, "two sizes in one series")
    series = Series()
    series.sets[2].ImagePositionPatient[0] += 3
    fails(series, "is shifted by 3 mm")


def test_planes_that_are_none():
    def change(name, value, part):
        fails(Series().each(**{name: value}), part)
    change("ImageOrientationPatient", [1, 0, 0, 1, 0, 0], "ImageOrientationPatient")
    change("ImageOrientationPatient", [0, 0, 0, 0, 0, 0], "ImageOrientationPatient")
    change("PixelSpacing", [0, 0.5], "PixelSpacing is not between 0.001 and 1000 mm")
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows"):
        series = Series()
        for ds in series.sets:
            del ds[name]
        folder = series.save()
        assert_one_line(dump("read", work("raw"), folder), name)
    far = Series(slices=3, drift=(0, 6))
    fails(far, "gantry tilt of 72 degrees")


def test_numbers_that_are_none():
    folder = Series().save()
    for old, new in ((b"-10", b"nan"), (b"0.75\\0.5", b"infi\\0.5")):
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content.replace(old, new))
        status, _, errors = dump("read", work("raw"), folder)
        assert status == 1 and errors.count("\n") == 1, errors


def test_pixels_that_are_not_what_the_header_claims():
    short = Series()
    short.sets[2].PixelData = short.sets[2].PixelData[:-10]
    folder = short.save()
    read_fails(folder, "claims 8 × 7 pixels of 16 bits, which are 112 bytes, but holds 102")
    read_fails(Series().each(Rows=65535, Columns=65535).save(), "claims 65535 × 65535 pixels", "but holds 112")
    fails(Series().each(BitsAllocated=32, BitsStored=32, HighBit=31), "8 or 16 bits are read")
    fails(Series().each(BitsStored=17), "17 of 16 bits")
    fails(Series().each(HighBit=3), "16 bits, but its high bit is 3")
    fails(Series().each(BitsStored=0), "0 of 16 bits")
    fails(Series().each(SamplesPerPixel=3), "colour")
    fails(Series().each(NumberOfFrames=5), "5 frames")
    nothing = Series()
    for ds in nothing.sets:
        del ds["PixelData"]
    read_fails(nothing.save(), "it is an image without pixels")


def test_rescale_that_is_none():
    bare = Series()
    for ds in bare.sets:
        del ds["RescaleIntercept"]
    read_fails(bare.save(), "its HU are unknown")
    read_fails(Series().each(RescaleSlope=0).save(), "slope is 0")
    table = Series()
    for ds in table.sets:
        ds.ModalityLUTSequence = pydicom.Sequence([pydicom.Dataset()])
    read_fails(table.save(), "modality look-up table")


def test_two_patients():
    for name, value in (("PatientID", "OTHER"), ("PatientName", "Another^One"), ("PatientBirthDate", "19700101")):
        series = Series().each(PatientBirthDate="19600101")
        setattr(series.sets[3], name, value)
        done = dump("scan", series.save())
        assert_one_line(done, "two patients", name)
        for secret in ("Secret", "SECRET", "OTHER", "Another", "1970", "1960"):
            assert secret not in done[2], done[2]
    same = Series()
    same.sets[3].PatientName = "SECRET^NAME^^"  # another spelling of the same name
    scan(same.save())
    same.sets[2].PatientName = ""
    scan(same.save())
    for names in (("Wang^Xiao=王^小", "WANG^XIAO"), ("Wang^Xiao=王^小", "王^小"), ("=王^小", "Wang Xiao=王小=wang")):
        written = Series().each(SpecificCharacterSet="ISO_IR 192")
        for k, ds in enumerate(written.sets):
            ds.PatientName = names[k % 2]
        scan(written.save())
    for names in (("Wang^Xiao=王^小", "王^大"), ("Wang^Xiao", "Wang^Da=王^大"), ("王^小=", "=王^大")):
        written = Series().each(SpecificCharacterSet="ISO_IR 192")
        for k, ds in enumerate(written.sets):
            ds.PatientName = names[k % 2]
        assert_one_line(dump("scan", written.save()), "two patients", "PatientName")


def test_files_that_are_no_dicom():
    folder = Series().save()
    with open(folder + "/text.dcm", "w") as file:
        file.write("hello\n" * 200)
    assert_one_line(dump("scan", folder), "text.dcm", "is no DICOM file")
    os.rename(folder + "/text.dcm", folder + "/text")
    assert scan(folder)["ignored"] == 1
    assert_one_line(dump("scan", folder + "/text"), "is no DICOM file")
    with open(work("empty.dcm"), "w"):
        pass
    assert_one_line(dump("scan", work("empty.dcm")), "empty.dcm", "is no DICOM file")
    assert_one_line(dump("scan", work("absent.dcm")), "no such file or folder")
    assert_one_line(dump("scan", fresh("empty")), "no DICOM file found")
    assert_one_line(dump("seg", work("raw"), folder + "/text"), "is no DICOM file")
    assert_one_line(dump("seg", work("raw"), folder + "/00.dcm"), "is no DICOM segmentation")
    assert_one_line(dump("seg", work("raw"), folder), "is no file")


def test_cut_off_anywhere():
    folder = Series(slices=2).save()
    with open(folder + "/00.dcm", "rb") as file:
        content = file.read()
    for cut in list(range(140, len(content), 13)) + [len(content) - 1]:
        with open(work("cut.dcm"), "wb") as file:
            file.write(content[:cut])
        status, _, errors = dump("scan", work("cut.dcm"))
        # a cut between two attributes leaves a whole file, whose series then has a problem
        if status == 0:
            assert scan(work("cut.dcm"))["series"][0]["problem"] != "", cut
        else:
            assert status == 1 and errors.count("\n") == 1 and "cut.dcm" in errors, errors
            assert "Secret" not in errors
    assert_one_line(dump("scan", shared("data/dicom_variety/pydicom/MR_truncated.dcm")), "cut off or damaged")
    assert_one_line(dump("scan", shared("data/dicom_variety/pydicom/rtplan_truncated.dcm")), "cut off or damaged")


def nested(depth, explicit):
    """A file with sequences inside sequences, of undefined length."""
    if explicit:
        level = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xffffffff)
        head = struct.pack("<HH2sH", 8, 0x16, b"UI", 26)
        syntax = b"1.2.840.10008.1.2.1\0"
    else:
        level = struct.pack("<HHI", 8, 0x1140, 0xffffffff)
        head = struct.pack("<HHI", 8, 0x16, 26)
        syntax = b"1.2.840.10008.1.2\0"
    item = struct.pack("<HHI", 0xfffe, 0xe000, 0xffffffff)
    element = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax)) + syntax
    meta = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(element)) + element
    return b"\0" * 128 + b"DICM" + meta + head + b"1.2.840.10008.5.1.4.1.1.2\0" + (level + item) * depth


def test_nesting_does_not_overflow_the_stack():
    for explicit in (True, False):
        for depth in (65, 3000, 1000000):
            with open(work("deep.dcm"), "wb") as file:
                file.write(nested(depth, explicit))
            assert_one_line(dump("scan", work("deep.dcm")), "nested deeper than 64")
        with open(work("deep.dcm"), "wb") as file:
            file.write(nested(60, explicit))
        assert_one_line(dump("scan", work("deep.dcm")), "cut off or damaged")
    # what the walk does not understand is bounded by the number of items
    with open(work("odd.dcm"), "wb") as file:
        file.write(nested(1000000, True).replace(b"UI\x1a", b"!!\x1a", 1))
    status, _, errors = dump("scan", work("odd.dcm"))
    assert status == 1 and errors.count("\n") == 1, (status, errors)


def test_sequences_of_real_files_are_not_too_deep():
    for name in ("pydicom/nested_priv_SQ.dcm", "pydicom/reportsi.dcm", "dcmqi/sr-example/sr.dcm", "enhanced/6_1.dcm",
                 "pydicom/rtstruct.dcm", "dcmqi/segmentations/partial_overlaps.dcm"):
        _, _, errors = dump("scan", shared("data/dicom_variety/" + name))
        assert "nested deeper" not in errors, (name, errors)


def test_deflated_bombs_and_stumps():
    import zlib
    series = Series(slices=2)
    for ds in series.sets:
        ds.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    folder = series.save()
    with open(folder + "/00.dcm", "rb") as file:
        content = file.read()
    at = 144 + struct.unpack("<I", content[140:144])[0]
    for name, body, part in (("stump", content[at:-20], "deflated part has no end"), ("none", b"", "cut off"),
                             ("noise", b"\xff" * 99, "deflated part has no end")):
        with open(work(name + ".dcm"), "wb") as file:
            file.write(content[:at] + body)
        assert_one_line(dump("scan", work(name + ".dcm")), name, part)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(300)) + packer.flush()
    with open(work("bomb.dcm"), "wb") as file:
        file.write(content[:at] + body)
    assert_one_line(dump("scan", work("bomb.dcm")), "bomb", "more than 256 MiB")


def test_objects_that_are_no_volume_are_told_apart():
    variety = "data/dicom_variety/"
    for name, part in (("pydicom/emri_small.dcm", "multi-frame image of 10 frames without a place for each"),
                       ("dcmqi/sr-example/sr.dcm", "holds no image"), ("pydicom/rtstruct.dcm", "holds no image"),
                       ("pydicom/SC_rgb_small_odd.dcm", "colour")):
        problem = one_series(shared(variety + name))["problem"]
        assert part in problem, (name, problem)


def test_all_of_the_variety_ends_in_an_answer():
    seen = 0
    for root, _, names in os.walk(shared("data/dicom_variety")):
        for name in names:
            status, _, errors = dump("scan", os.path.join(root, name))
            assert status in (0, 1) and errors.count("\n") == status, (name, status, errors)
            seen += 1
    assert seen > 100


def test_write_refuses_what_does_not_fit():
    import nibabel
    def write(values, role, affine=np.eye(4)):
        nibabel.save(nibabel.Nifti1Image(np.asarray(values, np.float32), affine), work("in.nii"))
        status, _, errors = dump("write", work("in.nii"), role, fresh("out"))
        assert status != 0 and errors.count("\n") == 1, errors
        return errors
    assert "the value 40000" in write(np.full((2, 2, 2), 40000), "ct")
    assert "0 to 4095 can be stored" in write(np.full((2, 2, 2), 5000), "t1")
    assert "the value -1" in write(np.full((2, 2, 2), -1), "t2")
    assert "nan" in write(np.full((2, 2, 2), np.nan), "ct")
    assert "role xr" in write(np.zeros((2, 2, 2)), "xr")
    sheared = np.eye(4)
    sheared[0, 2] = 0.3
    assert "sheared" in write(np.zeros((2, 2, 2)), "ct", sheared)
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2), np.float32), np.eye(4)), work("in.nii"))
    with open(work("blocked"), "w"):
        pass
    status, _, errors = dump("write", work("in.nii"), "ct", work("blocked"))
    assert status != 0 and errors.count("\n") == 1, errors


tap.main(globals())
