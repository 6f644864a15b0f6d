"""Series as volumes: real ones against other implementations, and made ones against what they were made from."""

import csv
import glob
import hashlib
import os
import shutil
import subprocess

import raw
from common import *
from tap import Skip, shared

import nibabel


def made(grid):
    """The HU that a made series holds."""
    i, j, k = np.meshgrid(*[np.arange(n) for n in grid["size"]], indexing="ij")
    return i + 10 * j + 100 * k


def by_pydicom(folder):
    """Affine (RAS) and voxels of a folder of single-frame files, by pydicom alone."""
    sets = [pydicom.dcmread(path) for path in glob.glob(folder + "/*")]
    row, column = np.array(sets[0].ImageOrientationPatient[:3], float), np.array(sets[0].ImageOrientationPatient[3:], float)
    normal = np.cross(row, column)
    sets.sort(key=lambda ds: np.dot(normal, np.array(ds.ImagePositionPatient, float)))
    first, last = [np.array(ds.ImagePositionPatient, float) for ds in (sets[0], sets[-1])]
    down, across = [float(value) for value in sets[0].PixelSpacing]
    affine = np.column_stack([row * across, column * down, (last - first) / (len(sets) - 1), first])
    affine[:2] *= -1
    voxels = [ds.pixel_array.astype(float) * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0)) for ds in sets]
    return affine, np.stack([plane.T for plane in voxels], axis=2)


def same_as_pydicom(folder):
    affine, truth = by_pydicom(folder)
    grid, voxels = read(folder)
    assert np.abs(np.array(grid["affine"]) - affine).max() < 1e-6, (grid["affine"], affine)
    assert np.array_equal(voxels, truth.astype(np.float32))
    return grid


def test_made_series():
    grid, voxels = read(Series().save())
    assert grid["size"] == [8, 7, 6] and grid["codes"] == "LPS" and grid["unit"] == HU
    expected = [[-0.5, 0, 0, 10], [0, -0.75, 0, -20], [0, 0, 2, 30]]
    assert np.allclose(grid["affine"], expected, atol=1e-9), grid
    assert np.array_equal(voxels, made(grid))


def test_real_ct_of_60_slices():
    folder = shared("data/ibsi/ct_radiomics_phantom/dicom/image")
    grid = same_as_pydicom(folder)
    assert grid["size"][2] == 60 and grid["unit"] == HU
    image = nibabel.load(shared("data/ibsi/ct_radiomics_phantom/nifti/image/phantom.nii.gz"))
    grid, voxels = read(folder)
    assert np.abs(image.affine[:3] - np.array(grid["affine"])).max() < 1e-4
    assert np.array_equal(voxels, np.asarray(image.dataobj))


def test_real_ct_of_three_slices_with_padding():
    """-2000 is declared as padding there; all else is as pydicom has it."""
    folder = shared("data/dicom_variety/dcmqi/segmentations/ct-3slice")
    affine, truth = by_pydicom(folder)
    grid, voxels = read(folder)
    assert np.abs(np.array(grid["affine"]) - affine).max() < 1e-6
    padding = truth == -2000 - 1024
    assert padding.any()
    assert np.array_equal(voxels[~padding], truth[~padding].astype(np.float32))
    assert (voxels[padding] == -1024).all()


def test_real_adc_and_two_more():
    same_as_pydicom(shared("data/mr_adc_cmb_crc/adc"))
    same_as_pydicom(shared("data/dicom_variety/dcmqi/segmentations/23x38x3/image"))
    same_as_pydicom(shared("data/dicom_variety/dcmqi/segmentations/24x38x3/image"))


def test_real_ct_in_jpeg_ls_equals_its_nifti():
    folder = shared("data/cspine_ct_lidc0314/dicom_jpegls")
    series = one_series(folder)
    assert (series["files"], series["problem"], series["role"]) == (60, "", "ct")
    grid, voxels = read(folder)
    crop = nibabel.load(shared("data/cspine_ct_lidc0314/lidc0314_c6_t4.nii.gz"))
    to_ours = np.linalg.inv(np.vstack([grid["affine"], [0, 0, 0, 1]])) @ crop.affine
    assert np.abs(to_ours - np.round(to_ours)).max() < 1e-2, to_ours  # voxels lie on voxels
    to_ours = np.round(to_ours).astype(int)
    index = np.indices(crop.shape).reshape(3, -1)
    ours = to_ours[:3, :3] @ index + to_ours[:3, 3:]
    inside = ((ours >= 0) & (ours < np.array(grid["size"])[:, None])).all(axis=0)
    assert inside.mean() > 0.5
    truth = np.asarray(crop.dataobj).reshape(-1)[inside]
    assert np.array_equal(voxels[tuple(ours[:, inside])], truth.astype(np.float32))
    top = pydicom.dcmread(shared("data/cspine_ct_lidc0314/top_slice_uncompressed.dcm"))
    k = int(round((float(top.ImagePositionPatient[2]) - grid["affine"][2][3]) / grid["affine"][2][2]))
    assert np.array_equal(voxels[:, :, k].T, top.pixel_array * float(top.RescaleSlope) + float(top.RescaleIntercept))


def test_every_lossless_syntax_gives_the_same_volume():
    """As DCMTK's own tools write them; JPEG 2000 stands in the shared files (test_pixels)."""
    tools = (["dcmcrle"], ["dcmcjpeg"], ["dcmcjpeg", "+el"], ["dcmcjpls"], ["dcmconv", "+te"], ["dcmconv", "+tb"], ["dcmconv", "+ti"],
             ["dcmconv", "+td"])
    if not shutil.which("dcmcrle"):
        raise Skip("dcmtk is not installed")
    series = Series(slices=5, columns=32, rows=30)
    rng = np.random.default_rng(1)
    for ds in series.sets:
        series.set_pixels(ds, (1024 + rng.integers(-900, 3000, (30, 32))).astype("<i2"))
    plain = series.save()
    grid, truth = read(plain)
    for tool in tools:
        folder = fresh(tool[0])
        for name in os.listdir(plain):
            subprocess.run([*tool, os.path.join(plain, name), os.path.join(folder, name)], check=True)
        same, voxels = read(folder)
        assert same == grid and np.array_equal(voxels, truth), tool
    mixed = fresh("mixed")  # a series of which an archive has compressed a part
    for n, name in enumerate(sorted(os.listdir(plain))):
        shutil.copy(os.path.join(plain if n % 2 else folder, name), mixed)
    assert np.array_equal(read(mixed)[1], truth)


def test_same_affine_as_dcm2niix():
    if not shutil.which("dcm2niix"):
        raise Skip("dcm2niix is not installed")
    folder, out = Series(spacing=(0.5, 0.75, 2.0)).save(), fresh("niix")
    subprocess.run(["dcm2niix", "-b", "n", "-o", out, "-f", "x", folder], check=True, capture_output=True)
    image = nibabel.load(out + "/x.nii")
    grid, voxels = read(folder)
    # dcm2niix turns the rows round; the voxels stay where they are
    flipped = image.as_reoriented([[0, 1], [1, -1], [2, 1]])
    assert np.abs(flipped.affine[:3] - np.array(grid["affine"])).max() < 1e-4, (flipped.affine, grid)
    assert np.array_equal(np.asarray(flipped.dataobj), voxels)


def test_stored_pixels_of_all_uncompressed_files():
    """One slice is no volume, so each file is put beside a copy of itself 1 mm further along its normal."""
    seen = 0
    with open(shared("data/dicom_variety/index.csv")) as file:
        for line in csv.DictReader(file):
            usable = line["transfer_syntax"] in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
            if not usable or line["modality"] not in ("CT", "MR") or line["frames"] != "1" or "truncated" in line["file"]:
                continue
            ds = pydicom.dcmread(shared("data/dicom_variety/" + line["file"]))
            if "ImagePositionPatient" not in ds or ds.SamplesPerPixel != 1:
                continue
            slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
            stored = ds.pixel_array
            padding = ds.get("PixelPaddingValue")
            folder = fresh("pair")
            shutil.copy(shared("data/dicom_variety/" + line["file"]), folder + "/1.dcm")
            orientation = np.array(ds.ImageOrientationPatient, float)
            normal = np.cross(orientation[:3], orientation[3:])
            ds.ImagePositionPatient = ["%.9g" % value for value in np.array(ds.ImagePositionPatient, float) + normal]
            ds.SOPInstanceUID = generate_uid()
            ds.save_as(folder + "/2.dcm")
            _, voxels = read(folder)
            ours = np.round((voxels[:, :, 0].T.astype(float) - intercept) / slope).astype(stored.dtype)
            if padding is not None:
                ours[stored == padding] = padding
            digest = hashlib.md5(ours.astype(ours.dtype.newbyteorder("<")).tobytes()).hexdigest()
            assert digest == line["md5_stored_pixels_le"], line["file"]
            seen += 1
    assert seen > 20, seen


def test_transfer_syntaxes():
    series = Series()
    for syntax, little, implicit in ((pydicom.uid.ImplicitVRLittleEndian, True, True),
                                     (pydicom.uid.ExplicitVRBigEndian, False, False),
                                     (pydicom.uid.DeflatedExplicitVRLittleEndian, True, False)):
        again = series.again()
        for ds in again.sets:
            ds.file_meta.TransferSyntaxUID = syntax
            ds.is_little_endian, ds.is_implicit_VR = little, implicit
            if not little:
                ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
        folder = again.save()
        grid, voxels = read(folder)
        assert np.array_equal(voxels, made(grid)), syntax
    series = one_series(folder)
    assert series["problem"] == "" and series["syntax"] == "1.2.840.10008.1.2.1.99", series


def test_no_meta_header():
    for implicit in (True, False):
        series, folder = Series(), fresh("bare")
        for n, ds in enumerate(series.sets):
            ds.is_implicit_VR = implicit
            ds.save_as(folder + "/%d" % n, write_like_original=True)
            with open(folder + "/%d" % n, "rb") as file:
                content = file.read()
            with open(folder + "/%d" % n, "wb") as file:
                file.write(content[content.index(b"\x08\x00\x16\x00"):])
        grid, voxels = read(folder)
        assert np.array_equal(voxels, made(grid))


def test_bits():
    """8 bits, 12 bits in the upper part of a word, rubbish in unused upper bits, unsigned."""
    series = Series()
    for ds in series.sets:
        stored = np.frombuffer(ds.PixelData, "<i2")
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 15, 0
        ds.PixelData = (stored.astype("<u2") << 4).astype("<u2").tobytes()
    grid, voxels = read(series.save())
    assert np.array_equal(voxels, made(grid))
    series.sets[1].PixelData = series.sets[1].PixelData[:-2] + b"\x01\x00"  # a HighBit that is wrong
    read_fails(series.save(), "its pixels have bits below the 12 from bit 15 down")
    series = Series()
    for ds in series.sets:
        stored = np.frombuffer(ds.PixelData, "<i2") - 1124
        ds.BitsStored, ds.HighBit, ds.RescaleIntercept = 12, 11, 100
        ds.PixelData = (stored.astype("<u2") & 0x0fff | 0x7000).astype("<u2").tobytes()
    grid, voxels = read(series.save())
    assert np.array_equal(voxels, made(grid))
    series = Series(slices=2)
    for k, ds in enumerate(series.sets):
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation, ds.RescaleIntercept = 7, 0, 0
        ds.PixelData = (np.arange(56) + 100 * k).astype("u1").tobytes()
        ds["PixelData"].VR = "OB"
    _, voxels = read(series.save())
    assert voxels[1, 2, 1] == 117


def test_rescale_differs_by_slice():
    series = Series()
    for k, ds in enumerate(series.sets):
        ds.RescaleSlope = k + 1
        ds.RescaleIntercept = -1024 * (k + 1)
    _, voxels = read(series.save())
    assert voxels[2, 3, 0] == 32 and voxels[2, 3, 4] == 432 * 5


def test_inverted_display_leaves_values():
    grid, voxels = read(Series().each(PhotometricInterpretation="MONOCHROME1").save())
    assert np.array_equal(voxels, made(grid))
    assert "MONOCHROME1" in log()


def test_padding():
    ct = Series()
    for ds in ct.sets:
        ds.add_new(0x00280120, "SS", -2000)
        stored = np.frombuffer(ds.PixelData, "<i2").copy()
        stored[:3] = -2000
        ds.PixelData = stored.tobytes()
    grid, voxels = read(ct.save())
    assert (voxels[:3, 0] == -1024).all() and np.array_equal(voxels[3:], made(grid)[3:])
    for ds in ct.sets:  # as US, which some writers take
        del ds[0x00280120]
        ds.add_new(0x00280120, "US", -2000 & 0xffff)
    assert (read(ct.save())[1][:3, 0] == -1024).all()
    mr = Series(modality="MR")
    for ds in mr.sets:
        ds.add_new(0x00280120, "SS", 1024)
    _, voxels = read(mr.save())
    assert voxels[0, 0, 0] == 1025 and voxels[1, 0, 0] == 1025  # the smallest that was measured
    odd = Series()
    for ds in odd.sets:
        ds.add_new(0x00280120, "SS", 1050)  # 26 HU: tissue has that
    grid, voxels = read(odd.save())
    assert np.array_equal(voxels, made(grid))


def test_any_orientation():
    series = Series()
    row, column = np.array([0, 0.8, -0.6]), np.array([0, -0.6, -0.8])
    normal = np.cross(row, column)
    for k, ds in enumerate(series.sets):
        ds.ImageOrientationPatient = list(row) + list(column)
        ds.ImagePositionPatient = ["%.12g" % v for v in np.array([1, 2, 3]) - 2.0 * k * normal]
    grid, voxels = read(series.save())
    affine = np.column_stack([row * 0.5, column * 0.75, normal * 2, np.array([1, 2, 3]) - 10 * normal])
    affine[:2] *= -1
    assert np.abs(np.array(grid["affine"]) - affine).max() < 1e-9
    assert np.array_equal(voxels, made(grid)[:, :, ::-1])  # sorted along the normal, which here runs backwards


def test_positions_rounded_to_a_tenth_of_a_mm():
    series = Series(slices=20, spacing=(0.5, 0.5, 0.625))
    for ds in series.sets:
        ds.ImagePositionPatient[2] = "%.1f" % ds.ImagePositionPatient[2]
    grid, _ = read(series.save())
    assert abs(grid["affine"][2][2] - 0.625) < 0.01


def test_gantry_tilt_is_undone():
    """A linear field sampled in tilted slices is the same field on the orthogonal grid."""
    drift = (0.0, 0.9)
    series = Series(slices=6, columns=8, rows=12, spacing=(0.5, 0.75, 2.0), drift=drift)

    def field(x, y, z):
        return np.round(3000 + 40 * x + 120 * y + 25 * z)
    i, j = np.meshgrid(np.arange(8), np.arange(12))
    for k, ds in enumerate(series.sets):
        x, y, z = [float(v) for v in ds.ImagePositionPatient]
        series.set_pixels(ds, field(x + 0.5 * i, y + 0.75 * j, z + 0 * i).astype("<i2"))
    grid, voxels = read(series.save())
    assert not grid["sheared"] and "tilted by 24.2 degrees" in log()
    assert grid["size"] == [8, 18, 6], grid  # 5 * 0.9 mm further, in pixels of 0.75 mm
    affine = np.array(grid["affine"])
    assert np.allclose(affine, [[-0.5, 0, 0, 10], [0, -0.75, 0, -20], [0, 0, 2, 30]], atol=1e-6), affine
    index = np.indices(grid["size"]).reshape(3, -1)
    ras = affine[:, :3] @ index + affine[:, 3:]
    truth = (field(-ras[0], -ras[1], ras[2]) - 1024).reshape(grid["size"])
    inside = voxels != -1024
    assert abs(inside.sum() / (8 * 12 * 6) - 1) < 0.1, inside.sum()
    assert np.abs(voxels - truth)[inside].max() <= 1.5
    backwards = Series(slices=6, rows=12, drift=(0.3, -0.9))
    grid, _ = read(backwards.save())
    assert grid["size"] == [11, 18, 6] and abs(grid["affine"][1][3] - (-20 + 4.5)) < 1e-6, grid


def test_real_tilt_and_two_spacings():
    """A head CT of 14 slices 4 mm and 14 slices 7 mm apart, tilted by 18.5 degrees: the value at a point of the patient is the same as
    that which its two nearest slices have there, from their own tags."""
    folder = shared("data/dicom_variety/ct_ge_tilt_varspacing")
    grid, voxels = read(folder)
    text = log()
    assert "tilted by 18.5 degrees" in text and "its 28 slices lie from 1.08 to 7 mm apart" in text, text
    affine, size = np.array(grid["affine"]), grid["size"]
    assert size[0] == 512 and size[2] == 37 and abs(np.linalg.norm(affine[:, 2]) - 144.09 / 36) < 0.01, grid
    assert abs(affine[:, 1] @ affine[:, 2]) < 1e-6 and -1024 <= voxels.min() and voxels.max() < 4000
    sets = sorted((pydicom.dcmread(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".dcm")),
                  key=lambda ds: ds.ImagePositionPatient[2])
    across, down = np.array(sets[0].ImageOrientationPatient[:3]), np.array(sets[0].ImageOrientationPatient[3:])
    normal = np.cross(across, down)
    corners = np.array([ds.ImagePositionPatient for ds in sets], float)
    depths = corners @ normal

    def plane_value(n, point):
        x, y = (point - corners[n]) @ across / sets[n].PixelSpacing[1], (point - corners[n]) @ down / sets[n].PixelSpacing[0]
        i, j = int(x), int(y)
        four = sets[n].pixel_array[j:j + 2, i:i + 2] * float(sets[n].RescaleSlope) + float(sets[n].RescaleIntercept)
        return float(four[0, 0] * (1 - (x - i)) * (1 - (y - j)) + four[0, 1] * (x - i) * (1 - (y - j)) +
                     four[1, 0] * (1 - (x - i)) * (y - j) + four[1, 1] * (x - i) * (y - j))

    spread = []
    for index in np.random.default_rng(1).integers([100, 200, 1], [400, 420, 36], (300, 3)):
        point = (affine[:, :3] @ index + affine[:, 3]) * [-1, -1, 1]
        above = int(np.searchsorted(depths, point @ normal))
        weight = (point @ normal - depths[above - 1]) / (depths[above] - depths[above - 1])
        expected = (1 - weight) * plane_value(above - 1, point) + weight * plane_value(above, point)
        assert abs(voxels[tuple(index)] - expected) < 0.5, (index, voxels[tuple(index)], expected)
        spread.append(expected)
    assert np.std(spread) > 30  # head, not air
    regular = fresh("tilt")
    for n in range(1, 12):  # these eleven are regular
        shutil.copy("%s/%02d.dcm" % (folder, n), regular)
    grid, voxels = read(regular)
    assert "tilted by 18.5 degrees" in log() and "interpolated" not in log()
    assert grid["size"][0] == 512 and grid["size"][1] > 512 and grid["size"][2] == 11


def test_slices_of_two_spacings_are_evened_out():
    """A linear field at uneven places is the same field on the even grid."""
    series = Series(slices=9)
    places = [0, 2, 4, 6, 7, 11, 15, 19, 23]
    for ds, z in zip(series.sets, places):
        ds.ImagePositionPatient[2] = 30 + z
        i, j = np.meshgrid(np.arange(8), np.arange(7))
        series.set_pixels(ds, (1024 + i + 10 * j + 50 * z).astype("<i2"))
    folder = series.save()
    grid, voxels = read(folder)
    assert "its 9 slices lie from 1 to 4 mm apart; they were interpolated to 13 slices 1.92 mm apart" in log(), log()
    assert "interpolated" not in str(one_series(folder)["problem"])
    i, j, k = np.indices(grid["size"])
    assert grid["size"] == [8, 7, 13] and abs(grid["affine"][2][2] - 23 / 12) < 1e-9, grid
    assert np.abs(voxels - (i + 10 * j + 50 * 23 / 12 * k)).max() < 1e-3


def test_scan_tells_age_sex_and_study():
    series = Series().each(PatientAge="018Y", PatientSex="M", StudyDate="20240301", AccessionNumber="X1")
    study = scan(series.save())
    assert (study["age"], study["sex"], study["date"], study["accession"]) == (18, 1, "20240301", "X1"), study
    for text, years in (("006M", 0.5), ("026W", 0.498), ("073D", 0.2)):
        assert abs(scan(series.each(PatientAge=text).save())["age"] - years) < 0.01
    series.each(PatientAge="", PatientBirthDate="20000229", PatientSex="F")
    study = scan(series.save())
    assert abs(study["age"] - 24) < 0.02 and study["sex"] == 2
    assert "age" not in scan(series.each(PatientBirthDate="20990101").save())
    assert "age" not in scan(series.each(PatientBirthDate="2000").save())
    assert scan(series.each(PatientSex="O").save())["sex"] == 0


def test_scan_finds_files_of_any_name_and_passes_others_over():
    folder = Series(slices=4).save()
    os.mkdir(folder + "/deep")
    os.rename(folder + "/00.dcm", folder + "/deep/IM0001")
    for name in ("notes.txt", "deep/report.pdf"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("no image " * 40)
    shutil.copy(folder + "/01.dcm", folder + "/deep/copy-of-1")
    study = scan(folder)
    assert study["ignored"] == 2 and study["series"][0]["files"] == 4
    read(folder)
    assert scan(folder + "/01.dcm", folder + "/02.dcm")["series"][0]["files"] == 2


def test_scan_sorts_series_and_guesses_roles():
    folder = fresh("study")
    wanted = ((7, "t2_tse_sag", "SE", 3500, 100, "t2"), (2, "t1_tse_sag", "SE", 500, 10, "t1"),
              (5, "t2_tirm_sag", "IR", 4000, 60, "stir"), (9, "t1_tse_tra_fs KM", "SE", 600, 11, "t1c"))
    study, frame = generate_uid(), generate_uid()
    for number, description, sequence, tr, te, _ in wanted:
        series = Series(slices=3, modality="MR").each(
            SeriesNumber=number, SeriesDescription=description, ScanningSequence=sequence, RepetitionTime=tr,
            EchoTime=te, StudyInstanceUID=study, FrameOfReferenceUID=frame)
        os.mkdir("%s/%d" % (folder, number))
        series.save("%s/%d" % (folder, number))
    series = scan(folder)["series"]
    assert [one["number"] for one in series] == [2, 5, 7, 9]
    assert [one["role"] for one in series] == ["t1", "stir", "t2", "t1c"]
    assert series[0]["reason"] == "T1-weighted (TR 500 ms, TE 10 ms)", series[0]
    assert "with contrast agent" in series[3]["reason"] and series[3]["contrast"]
    assert all(one["problem"] == "" for one in series)


def test_descriptions_become_utf8():
    series = Series().each(SpecificCharacterSet="ISO_IR 100", SeriesDescription="Wirbelsäule\u00a0C2")
    assert one_series(series.save())["description"].startswith("Wirbels\u00e4ule")
    # byte by byte, as PS3.5 annexes H to K have them
    for charset, text, found in (("\\ISO 2022 IR 58", b"C2 \x1b$)A" + "颈椎".encode("gb2312") + b" CT", "C2 颈椎 CT"),
                                 ("GB18030", "颈椎 CT".encode("gb18030"), "颈椎 CT"), ("GBK", "颈椎".encode("gbk"), "颈椎"),
                                 ("\\ISO 2022 IR 87", "頸椎 CT".encode("iso2022_jp"), "頸椎 CT"),
                                 ("\\ISO 2022 IR 149", b"\x1b$)C" + "경추".encode("euc_kr"), "경추"),
                                 ("ISO_IR 192", "颈椎".encode(), "颈椎"), ("ISO_IR 192", b"C2 \xff\xfe CT", "C2 ?? CT"),
                                 ("ISO_IR 999", b"C2 \xe4", "C2 ?"), ("GB18030", b"CT \x81", "CT ?")):
        slices = [raw.Slice(k).set((8, 5), "CS", charset).set((8, 0x103e), "LO", text + b" " * (len(text) % 2)) for k in range(2)]
        description = one_series(raw.save(fresh("charset"), slices))["description"]
        assert description == found, (charset, description)


tap.main(globals())
