"""What scanners store in one series or scale in their own way: enhanced multi-frame, mosaics, echoes, diffusion, time, Dixon, Philips
and PET; against dcm2niix, nibabel and values that are written here."""

import glob
import os
import struct

from common import *
from tap import shared

try:
    import nibabel
except ImportError:
    print("1..0 # SKIP nibabel is not installed")
    sys.exit(0)

ENHANCED = "data/dicom_variety/enhanced/"
SUV, ADC = 3, 2


def part(row, number, *paths):
    status, out, errors = dump("part", work("raw"), str(row), str(number), *paths)
    assert status == 0, errors
    grid = json.loads(out)
    return grid, np.fromfile(work("raw"), dtype=np.float32).reshape(grid["size"], order="F")


def rows_turned(image):
    """Voxels and affine of a NIfTI of dcm2niix, which turns the rows round, as DICOM has them."""
    turn = np.eye(4)
    turn[1, 1], turn[1, 3] = -1, image.shape[1] - 1
    return np.asarray(image.dataobj)[:, ::-1], (image.affine @ turn)[:3]


def same_volume(grid, voxels, image, tolerance):
    """The same value at every place, however the axes run."""
    to_theirs = np.linalg.inv(image.affine) @ np.vstack([grid["affine"], [0, 0, 0, 1]])
    whole = np.round(to_theirs).astype(int)
    assert np.abs(to_theirs - whole).max() < 5e-3, to_theirs
    index = whole[:3, :3] @ np.indices(grid["size"]).reshape(3, -1) + whole[:3, 3:]
    truth = np.asarray(image.dataobj)[tuple(index)].reshape(grid["size"])
    assert (index.max(axis=1) == np.array(image.shape) - 1).all() and (index.min(axis=1) == 0).all()
    assert np.abs(voxels - truth).max() <= tolerance, np.abs(voxels - truth).max()


def test_enhanced_philips_with_scaling_by_frame():
    path = shared(ENHANCED + "IM_0027_fMAP.dcm")
    series = scan(path)["series"]
    assert [s["slices"] for s in series] == [32, 32] and all(s["kind"] and not s["problem"] for s in series), series
    field, magnitude = part(0, 0, path), part(1, 0, path)
    same_volume(*field, nibabel.load(shared(ENHANCED + "Philips_WIP_B0_NS_801_e2_fieldmaphz.nii")), 0.01)
    image = nibabel.load(shared(ENHANCED + "Philips_WIP_B0_NS_801_e1.nii"))
    same_volume(*magnitude, image, float(np.asarray(image.dataobj).max()) * 1e-6)


def test_enhanced_siemens_in_time():
    """Two of four volumes; sorted by time whatever the files' order."""
    first, second = shared(ENHANCED + "6_1.dcm"), shared(ENHANCED + "6_2.dcm")
    image = nibabel.load(shared(ENHANCED + "Siemens_REST1_w_SMS_PF7-8_6.nii"))
    truth, affine = rows_turned(image)
    for paths in ((first, second), (second, first)):
        series = scan(*paths)["series"]
        assert len(series) == 1 and series[0]["parts"] == ["at 0 s", "at 0.5 s"] and series[0]["slices"] == 6, series
        for number in range(2):
            grid, voxels = part(0, number, *paths)
            assert np.abs(np.array(grid["affine"]) - affine).max() < 1e-3
            assert np.array_equal(voxels, truth[..., number])


def test_enhanced_ct_and_others_as_pydicom_has_them():
    for name in ("pydicom/eCT_Supplemental.dcm", "enhanced/pixelmed_enhanced_mouse_T1.dcm", "dcmqi/segmentations/24x38x3/multiframe/mf.dcm"):
        path = shared("data/dicom_variety/" + name)
        ds = pydicom.dcmread(path)
        grid, voxels = read(path)
        places, planes = [], []
        for own, pixels in zip(ds.PerFrameFunctionalGroupsSequence, ds.pixel_array):
            def find(group):
                return own.get(group, ds.SharedFunctionalGroupsSequence[0].get(group))
            position = np.array(find("PlanePositionSequence")[0].ImagePositionPatient, float)
            orientation = np.array(find("PlaneOrientationSequence")[0].ImageOrientationPatient, float)
            scale = find("PixelValueTransformationSequence")
            slope, intercept = (float(scale[0].RescaleSlope), float(scale[0].RescaleIntercept)) if scale else (1, 0)
            places.append((np.dot(np.cross(orientation[:3], orientation[3:]), position), position))
            planes.append(pixels * slope + intercept)
        order = sorted(range(len(planes)), key=lambda n: places[n][0])
        assert np.allclose(voxels, np.stack([planes[n].T for n in order], axis=2), atol=1e-3), name
        corner = places[order[0]][1] * [-1, -1, 1]
        assert np.abs(np.array(grid["affine"])[:, 3] - corner).max() < 1e-4, (name, grid["affine"], corner)


def siemens_mosaic(normal=None):
    """Eleven slices of 8 × 6 pixels in a mosaic of 4 × 4 tiles."""
    tiles, columns, rows, side = 11, 8, 6, 4
    volume = np.random.default_rng(3).integers(0, 4000, (columns, rows, tiles))
    ds = Series(slices=1, columns=columns * side, rows=rows * side, modality="MR").sets[0]
    image = np.zeros((rows * side, columns * side), "<u2")
    for n in range(tiles):
        image[n // side * rows:(n // side + 1) * rows, n % side * columns:(n % side + 1) * columns] = volume[:, :, n].T
    Series.set_pixels(ds, image)
    ds.PixelRepresentation = 0
    ds.Manufacturer = "SIEMENS"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    row, column = np.array([0.8, 0.6, 0]), np.array([0, 0, -1.0])
    ds.ImageOrientationPatient = list(row) + list(column)
    ds.SpacingBetweenSlices = ds.SliceThickness = 3
    ds.RepetitionTime, ds.EchoTime, ds.MagneticFieldStrength = 2000, 30, 3
    ds.AcquisitionTime, ds.AcquisitionNumber, ds.InstanceNumber = "120000.5", 1, 1
    if normal is None:
        normal = np.cross(row, column)

    def tag(name, kind, values):
        body = name.encode().ljust(64, b"\0") + struct.pack("<i4siii", len(values), kind, 5, 6, 77)
        for n in range(6):
            text = values[n].encode() + b"\0" if n < len(values) else b""
            body += struct.pack("<4i", len(text), len(text), 77, len(text)) + text.ljust((len(text) + 3) // 4 * 4, b"\0")
        return body
    tags = [tag("AcquisitionMatrixText", b"SH", ["6*8"]), tag("NumberOfImagesInMosaic", b"US", [str(tiles)]),
            tag("SliceNormalVector", b"FD", ["%.8f" % v for v in normal])]
    csa = b"SV10\4\3\2\1" + struct.pack("<II", len(tags), 77) + b"".join(tags)
    ds.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    ds.add_new(0x00291010, "OB", csa + b"\0" * (len(csa) % 2))
    ds.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    ds.add_new(0x0019100a, "US", tiles)
    folder = fresh("mosaic")
    ds.save_as(folder + "/1.dcm", write_like_original=False)
    return folder, volume


def test_siemens_mosaic_as_nibabel_has_it():
    from nibabel.nicom import dicomwrappers
    folder, volume = siemens_mosaic()
    grid, voxels = read(folder)
    wrapper = dicomwrappers.wrapper_from_file(folder + "/1.dcm")
    assert wrapper.is_mosaic
    affine = np.diag([-1, -1, 1, 1]) @ wrapper.affine  # nibabel's is LPS; its first axis runs down the rows
    affine = affine[:3][:, [1, 0, 2, 3]]
    assert np.array_equal(wrapper.get_data().transpose(1, 0, 2), volume)
    assert np.abs(np.array(grid["affine"]) - affine).max() < 1e-4, (grid["affine"], affine)
    assert np.array_equal(voxels, volume)


def test_mosaic_that_runs_backwards_or_says_too_little():
    row, column = np.array([0.8, 0.6, 0]), np.array([0, 0, -1.0])
    folder, volume = siemens_mosaic(-np.cross(row, column))
    assert np.array_equal(read(folder)[1], volume[:, :, ::-1])
    folder, _ = siemens_mosaic(np.array([0, 0, 1.0]))
    read_fails(folder, "is a mosaic whose slices do not follow at a right angle")
    ds = pydicom.dcmread(folder + "/1.dcm")
    del ds[0x00190010], ds[0x0019100a], ds[0x00290010], ds[0x00291010]
    ds.save_as(folder + "/1.dcm")
    read_fails(folder, "does not say of how many images")


def interleaved(changes, slices=4):
    """A series with one copy of all slices for each of the changes, whose pixels are 1000 · number + slice."""
    base = Series(slices=slices, modality="MR")
    base.each(SeriesDescription="x", ScanningSequence="SE", RepetitionTime=3000, EchoTime=20, AcquisitionTime="100000")
    all_sets = []
    for number, change in enumerate(changes):
        for k, ds in enumerate(base.again().sets):
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            ds.InstanceNumber = len(changes) * k + number + 1
            Series.set_pixels(ds, np.full((7, 8), 1000 * number + k, "<i2"))
            for name, value in (change(k) if callable(change) else change).items():
                if isinstance(name, int):
                    ds.add_new(name, *value)
                else:
                    setattr(ds, name, value)
            all_sets.append(ds)
    base.sets = all_sets
    return base.save()


def assert_volume(folder, row, number, content):
    grid, voxels = part(row, number, folder)
    assert grid["size"][2] == 4 and all((voxels[:, :, k] == 1000 * content + k).all() for k in range(4)), (row, number, voxels[0, 0])


def test_echoes_are_series_of_their_own():
    folder = interleaved([{"EchoTime": 90, "EchoNumbers": 2}, {"EchoTime": 15, "EchoNumbers": 1}])
    series = scan(folder)["series"]
    assert [(s["kind"], s["role"], s["te"]) for s in series] == [("TE 15 ms", "unknown", 15), ("TE 90 ms", "t2", 90)], series
    assert_volume(folder, 0, 0, 1)
    assert_volume(folder, 1, 0, 0)


def test_dixon_kinds_are_series_of_their_own_and_pair():
    folder = interleaved([{"ImageType": ["DERIVED", "PRIMARY", "DIXON", kind], "EchoTime": te, "SeriesDescription": "t1 dixon"}
                          for kind, te in (("IN_PHASE", 4.6), ("OPP_PHASE", 2.3), ("WATER", 4.6), ("FAT", 4.6))])
    series = {s["role"]: s for s in scan(folder)["series"]}
    assert set(series) == {"in", "opp", "t1", "unknown"} and "fat-only" in series["unknown"]["reason"], series
    assert "fat suppressed" in series["t1"]["reason"] and series["in"]["partner"] == 1 and series["t1"]["partner"] == -1
    rows = [s["role"] for s in scan(folder)["series"]]
    assert_volume(folder, rows.index("in"), 0, 0)
    assert_volume(folder, rows.index("opp"), 0, 1)


def test_b_values_in_the_standard_and_private_elements():
    private = {"standard": lambda b: {"DiffusionBValue": float(b)},
               "SIEMENS MR HEADER": lambda b: {0x00190010: ("LO", "SIEMENS MR HEADER"), 0x0019100c: ("IS", str(b))},
               "GEMS_PARM_01": lambda b: {0x00430010: ("LO", "GEMS_PARM_01"), 0x00431039: ("IS", [1000000000 + b, 8, 0, 0])},
               "Philips": lambda b: {0x20010010: ("LO", "Philips Imaging DD 001"), 0x20011003: ("FL", float(b))},
               "another block": lambda b: {0x20010010: ("LO", "Another vendor"), 0x20010013: ("LO", "Philips Imaging DD 001"),
                                           0x20011003: ("FL", 7.0), 0x20011303: ("FL", float(b))}}
    for vendor, tags in private.items():
        folder = interleaved([tags(b) for b in (800, 0, 50)])
        series = scan(folder)["series"]
        assert len(series) == 1 and series[0]["parts"] == ["b 0", "b 50", "b 800"] and series[0]["role"] == "dwi", (vendor, series)
        for number, content in enumerate((1, 2, 0)):
            assert_volume(folder, 0, number, content)
    read_fails(folder, "holds 3 volumes (b 0, b 50 …); one is to be chosen")


def test_times_that_differ_from_slice_to_slice():
    """A dynamic series whose slices are taken one after the other, in files without order."""
    def at(n):
        return lambda k: {"AcquisitionTime": "10%02d%05.2f" % (n // 2, 30 * (n % 2) + 3 * k), "SeriesDescription": "t1 vibe", "EchoTime": 2,
                          "RepetitionTime": 5, "FlipAngle": 15}
    folder = interleaved([at(n) for n in (3, 0, 2, 1)])
    series = scan(folder)["series"]
    assert series[0]["parts"] == ["at 0 s", "at 30 s", "at 60 s", "at 90 s"] and series[0]["role"] == "dce", series
    assert series[0]["tr"] == 5 and series[0]["flip"] == 15, series
    for number, content in enumerate((1, 3, 2, 0)):
        assert_volume(folder, 0, number, content)


def test_what_cannot_be_told_apart_is_refused():
    read_fails(interleaved([{}, {}]), "2 images at each of 4 positions")
    folder = interleaved([{"AcquisitionNumber": 1}, {"AcquisitionNumber": 2}])
    os.remove(sorted(glob.glob(folder + "/*"))[0])
    read_fails(folder, "position")
    series = scan(interleaved([{"AcquisitionNumber": n, "EchoTime": 90} for n in (2, 1)]))["series"]
    assert "holds 2 volumes (acquisition 1, acquisition 2); one is read" in series[0]["problem"] and series[0]["role"] == "t2", series


def test_localizer_slices_are_no_part_of_the_stack():
    series = Series(slices=5)
    scout = Series(slices=1).sets[0]
    for name in ("SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        setattr(scout, name, getattr(series.sets[0], name))
    series.each(ImageType=["ORIGINAL", "PRIMARY", "AXIAL"])
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    series.sets.append(scout)
    folder = series.save()
    found = scan(folder)["series"]
    assert sorted((s["slices"], s["role"]) for s in found) == [(1, "unknown"), (5, "ct")], found
    grid, _ = part([s["role"] for s in found].index("ct"), 0, folder)
    assert grid["size"] == [8, 7, 5]


def test_philips_scale_slope_makes_slices_comparable():
    series = Series(modality="MR")
    for k, ds in enumerate(series.sets):
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"]
        ds.RescaleSlope, ds.RescaleIntercept = 2.0 + k, 0
        ds.add_new(0x20050010, "LO", "Philips MR Imaging DD 001")
        ds.add_new(0x2005100e, "FL", 0.5 / (k + 1))
        Series.set_pixels(ds, np.full((7, 8), 100, "<i2"))
    _, voxels = read(series.save())
    assert np.allclose(voxels[0, 0], [100 / (0.5 / (k + 1)) for k in range(6)])
    for ds in series.sets:
        ds[0x20050010].value = "Another vendor"
    assert np.allclose(read(series.save())[1][0, 0], [100 * (2.0 + k) for k in range(6)])


def test_real_world_value_map():
    def mapped(code, slope):
        series = Series(modality="MR")
        for ds in series.sets:
            unit = pydicom.Dataset()
            unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = code, "UCUM", code
            item = pydicom.Dataset()
            item.MeasurementUnitsCodeSequence = pydicom.Sequence([unit])
            item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, 0.0
            item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = 0, 4095
            ds.RealWorldValueMappingSequence = pydicom.Sequence([item])
        return series.save()
    grid, voxels = read(mapped("mm2/s", 1e-6))
    assert grid["unit"] == ADC and abs(voxels[1, 2, 3] - 1345) < 1e-2
    grid, voxels = read(mapped("um2/s", 2.0))
    assert grid["unit"] == ADC and abs(voxels[1, 2, 3] - 2690) < 1e-2
    grid, voxels = read(mapped("no units", 7.0))
    assert grid["unit"] == 0 and voxels[1, 2, 3] == 1345
    folder = mapped("mm2/s", 1e-6)
    for name in os.listdir(folder):  # the upper half of the values has a slope of its own
        ds = pydicom.dcmread(os.path.join(folder, name))
        ds.RealWorldValueMappingSequence.append(copy.deepcopy(ds.RealWorldValueMappingSequence[0]))
        ds.RealWorldValueMappingSequence[1].RealWorldValueSlope = 3e-6
        ds.save_as(os.path.join(folder, name))
    read_fails(folder, ".dcm", "two real world value maps of one unit")


def pet(**changes):
    """After the table of reference objects: an SUV of 4 in all voxels, however it is stored."""
    half_life, weight, dose, passed = 6586.2, 70.0, 3.7e8, 3600.0
    activity = 4 * dose * 2 ** (-passed / half_life) / (weight * 1000)  # Bq/ml
    series = Series(modality="PT")
    drug = pydicom.Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = dose, half_life
    drug.RadiopharmaceuticalStartDateTime, drug.RadiopharmaceuticalStartTime = "20240101100000.00", "100000.00"
    for name, change in changes.items():
        if name.startswith("Radio") and change is None:
            delattr(drug, name)
        elif name.startswith("Radio"):
            setattr(drug, name, change)
    for k, ds in enumerate(series.sets):
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.128"
        ds.PatientWeight, ds.Units, ds.DecayCorrection = weight, "BQML", "START"
        ds.CorrectedImage = ["ATTN", "DECY"]
        ds.SeriesDate = ds.AcquisitionDate = "20240101"
        ds.SeriesTime, ds.AcquisitionTime = "110000", "110100"
        ds.RadiopharmaceuticalInformationSequence = pydicom.Sequence([drug])
        value = activity
        for name, change in changes.items():
            if name == "stored":
                value = change(activity, k)
            elif isinstance(change, tuple):
                for key, content in change:
                    ds.add_new(key, *content)
            elif name.startswith("Radio"):
                continue
            elif change is None:
                delattr(ds, name)
            else:
                setattr(ds, name, change(k) if callable(change) else change)
        ds.RescaleSlope, ds.RescaleIntercept = "%.12g" % (value / (1000 + k)), 0
        Series.set_pixels(ds, np.full((7, 8), 1000 + k, "<i2"))
    return series.save()


def test_suv_by_every_way_of_saying_it():
    half_life, passed = 6586.2, 3600.0
    philips = "Philips PET Private Group"
    ways = {
        "Bq/ml, corrected to the start": {},
        "in MBq": {"RadionuclideTotalDose": 370.0},
        "corrected to the injection": {"DecayCorrection": "ADMIN", "stored": lambda a, k: a * 2 ** (passed / half_life)},
        "not corrected": {"DecayCorrection": "NONE", "AcquisitionTime": lambda k: "11%02d00" % k,
                          "stored": lambda a, k: a * 2 ** (-60 * k / half_life)},
        "made again later": {"SeriesTime": "150000", "AcquisitionTime": lambda k: "11%02d00" % (k // 2)},
        "GE's moment of the scan": {"SeriesTime": "150000", "ge": ((0x00090010, ("LO", "GEMS_PETD_01")), (0x0009100d, ("DT", "20240101110000.00")))},
        "only the time of injection": {"RadiopharmaceuticalStartDateTime": None},
        "over midnight": {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": "233000.00", "SeriesTime": "003000",
                          "AcquisitionTime": "003000"},
        "in g/ml": {"Units": "GML", "stored": lambda a, k: 4.0},
        "Philips' factor": {"Units": "CNTS", "philips": ((0x70530010, ("LO", philips)), (0x70531000, ("DS", "0.5"))), "stored": lambda a, k: 8.0},
        "Philips' activity": {"Units": "CNTS", "philips": ((0x70530010, ("LO", philips)), (0x70531009, ("DS", "2"))),
                              "stored": lambda a, k: a / 2},
    }
    for name, changes in ways.items():
        grid, voxels = read(pet(**changes))
        assert grid["unit"] == SUV and np.allclose(voxels, 4, rtol=1e-5), (name, voxels[0, 0])


def test_suv_that_cannot_be_known_is_not_guessed():
    for changes, reason in (({"PatientWeight": None}, "weight is missing"), ({"RadionuclideTotalDose": None}, "injected activity is missing"),
                            ({"DecayCorrection": None}, "corrected for decay"), ({"Units": "CNTS"}, "no activity concentration"),
                            ({"RadionuclideHalfLife": None}, "half-life is missing"), ({"SeriesDate": "20240301", "AcquisitionDate": "20240301"}, "two days"),
                            ({"Units": "GML", "SUVType": "LBM"}, "not by body weight"), ({"AcquisitionTime": None}, "time of the series"), ({"PatientWeight": 70000}, "none in kg"),
                            ({"RadionuclideHalfLife": 109.77}, "half-life is too short"), ({"CorrectedImage": ["DECY", "RAN"]}, "not corrected for attenuation")):
        grid, _ = read(pet(**changes))
        assert grid["unit"] == 0 and "no SUV: " in log() and reason in log(), (changes, log())


def test_pet_without_attenuation_correction_is_set_apart():
    assert one_series(pet())["role"] == "pet"
    found = one_series(pet(CorrectedImage=["DECY", "RAN"]))
    assert found["role"] == "unknown" and "not corrected for attenuation" in found["reason"], found


def test_slices_of_several_scales_are_no_volume():
    """A factor that only some slices have makes a volume in which neighbours may not be compared."""
    def without_weight(ds):
        del ds.PatientWeight

    def philips(ds):
        ds.add_new(0x20050010, "LO", "Philips MR Imaging DD 001")
        ds.add_new(0x2005100e, "FL", 0.01)

    def mapped(ds):
        unit, item = pydicom.Dataset(), pydicom.Dataset()
        unit.CodeValue = "mm2/s"
        item.MeasurementUnitsCodeSequence = pydicom.Sequence([unit])
        item.RealWorldValueSlope, item.RealWorldValueIntercept = 2e-6, 0.0
        ds.RealWorldValueMappingSequence = pydicom.Sequence([item])

    def rescaled(ds):
        ds.RescaleSlope, ds.RescaleIntercept = 2, 0

    def said(ds):
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0

    def changed(base, change, which=3):
        for number, name in enumerate(sorted(os.listdir(base))):
            if which is None or number == which:
                ds = pydicom.dcmread(os.path.join(base, name))
                change(ds)
                ds.save_as(os.path.join(base, name))
        return base

    def mr():
        return Series(modality="MR").each(ImageType=["ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"]).save()

    read_fails(changed(pet(), without_weight), "03.dcm", "scaled in another way")
    for change in (philips, mapped, rescaled):
        read_fails(changed(mr(), change), ".dcm", "scaled in another way", "do not make one volume")
        read(changed(mr(), change, None))
    read(changed(mr(), said))
    for change, part in ((lambda ds: setattr(ds, "Units", "GML"), "two units in one series"),
                         (lambda ds: setattr(ds, "PatientWeight", 35), "two weights of the patient in one series")):
        read_fails(changed(pet(), change), "03.dcm", part)


def test_radiographs_have_no_place():
    series = Series(slices=2)
    for ds in series.sets:
        ds.Modality = "DX"
        del ds.ImagePositionPatient, ds.ImageOrientationPatient, ds.PixelSpacing
        ds.ImagerPixelSpacing, ds.PhotometricInterpretation = [0.2, 0.1], "MONOCHROME1"
    folder = series.save()
    found = scan(folder)["series"]
    assert [(s["role"], s["slices"], s["problem"]) for s in found] == [("xr", 1, ""), ("xr", 1, "")], found
    grid, voxels = part(1, 0, folder)
    assert grid["size"] == [8, 7, 1] and abs(grid["affine"][0][0] + 0.1) < 1e-9 and abs(grid["affine"][1][1] + 0.2) < 1e-9
    assert "no place in the patient" in log() and "MONOCHROME1" in log()
    for spacing in ([0, 0], [-1, -1], [1e6, 1], [1e-6, 1e-6]):
        read_fails(series.again().each(ImagerPixelSpacing=spacing).save(), ".dcm", "pixel spacing is none that a detector has")


def test_series_before_and_after_contrast_agent_are_paired():
    folder = fresh("pair")
    study, frame = generate_uid(), generate_uid()
    for number, description, tr, shift in ((2, "t1 tse sag", 500, 0), (3, "t1 tse tra", 520, 9), (7, "t1 tse sag KM", 510, 0)):
        series = Series(slices=3, modality="MR").each(SeriesNumber=number, SeriesDescription=description, ScanningSequence="SE", RepetitionTime=tr,
                                                      EchoTime=12, StudyInstanceUID=study, FrameOfReferenceUID=frame)
        for ds in series.sets:
            ds.ImagePositionPatient[0] += shift
        os.mkdir("%s/%d" % (folder, number))
        series.save("%s/%d" % (folder, number))
    found = {s["number"]: s for s in scan(folder)["series"]}
    assert (found[2]["partner"], found[3]["partner"], found[7]["partner"]) == (7, -1, 2), found


tap.main(globals())
