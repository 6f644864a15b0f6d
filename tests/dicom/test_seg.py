"""DICOM SEG as masks, against a reading by pydicom alone."""

import os

from common import *
from tap import assert_one_line, shared

SEGMENTATIONS = "data/dicom_variety/dcmqi/segmentations/"


def group(frame, shared_groups, name):
    return getattr(frame, name)[0] if name in frame else getattr(shared_groups, name)[0]


def frames_of(ds):
    """Bits of all frames, unpacked without regard to bytes, as [frame, row, column]."""
    if ds.BitsAllocated == 1:
        bits = np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")
        if not ds.is_little_endian:
            bits = np.unpackbits(np.frombuffer(ds.PixelData, "<u2").byteswap().view(np.uint8), bitorder="little")
    else:
        bits = np.frombuffer(ds.PixelData, np.uint8)
    count = int(ds.NumberOfFrames) * ds.Rows * ds.Columns
    return bits[:count].reshape(int(ds.NumberOfFrames), ds.Rows, ds.Columns)


def by_pydicom(path):
    """Voxels of each segment by position: {(segment, rounded position): plane}."""
    ds = pydicom.dcmread(path)
    shared_groups = ds.SharedFunctionalGroupsSequence[0]
    out = {}
    for plane, frame in zip(frames_of(ds), ds.PerFrameFunctionalGroupsSequence):
        position = [float(v) for v in group(frame, shared_groups, "PlanePositionSequence").ImagePositionPatient]
        number = 0
        if ds.SegmentationType != "LABELMAP":
            number = group(frame, shared_groups, "SegmentIdentificationSequence").ReferencedSegmentNumber
        out[number, tuple(position)] = plane
    return ds, out


def read_seg(path):
    status, out, errors = dump("seg", work("raw"), path)
    assert status == 0, errors
    grid = json.loads(out)
    return grid, np.fromfile(work("raw"), dtype=np.uint16).reshape(grid["size"], order="F")


def same_as_pydicom(path):
    """Every frame lies where its position says, and nothing else is labelled; overlaps take the higher number."""
    grid, labels = read_seg(path)
    ds, frames = by_pydicom(path)
    to_index = np.linalg.inv(np.vstack([grid["affine"], [0, 0, 0, 1]]))
    truth = np.zeros_like(labels)
    for (segment, position), plane in sorted(frames.items()):
        index = to_index @ [-position[0], -position[1], position[2], 1]
        assert np.abs(index[:2]).max() < 0.1 and abs(index[2] - round(index[2])) < 0.1, index
        k = int(round(index[2]))
        values = plane.T if ds.SegmentationType == "LABELMAP" else np.where(plane.T > 0, segment, 0)
        truth[:, :, k] = np.maximum(truth[:, :, k], values)
    assert np.array_equal(truth, labels)
    assert labels.any()
    assert grid["frame"] == ds.FrameOfReferenceUID
    for segment in ds.SegmentSequence:
        assert grid["names"][segment.SegmentNumber] == segment.SegmentLabel
    return grid, labels, ds


def test_real_segmentations_equal_pydicom():
    for name in ("23x38x3/seg/label.seg", "24x38x3/seg/label.seg", "liver.dcm"):
        same_as_pydicom(shared(SEGMENTATIONS + name))
    same_as_pydicom(shared("data/dicom_variety/dcmqi/sr-example/seg.dcm"))


def test_overlapping_segments():
    grid, labels, _ = same_as_pydicom(shared(SEGMENTATIONS + "partial_overlaps.dcm"))
    assert "segments overlap" in log() and len(np.unique(labels)) > 2


def test_label_maps():
    for name in ("sparse-labelmap-noppv.dcm", "sparse-labelmap-ppv5.dcm"):
        _, labels, _ = same_as_pydicom(shared(SEGMENTATIONS + name))


def test_big_endian_equals_little_endian():
    grid, labels = read_seg(shared("data/dicom_variety/pydicom/liver.dcm"))
    again, voxels = read_seg(shared("data/dicom_variety/pydicom/liver_expb.dcm"))
    assert grid == again and np.array_equal(labels, voxels)


def test_grid_lies_on_the_source_images():
    seg, _ = read_seg(shared(SEGMENTATIONS + "liver.dcm"))
    source, _ = read(shared(SEGMENTATIONS + "ct-3slice"))
    ours, theirs = np.array(source["affine"]), np.array(seg["affine"])
    offset = np.linalg.inv(ours[:, :3]) @ (theirs[:, 3] - ours[:, 3])
    assert np.abs(ours[:, :3] - theirs[:, :3]).max() < 1e-4
    assert np.abs(offset - np.round(offset)).max() < 1e-3, offset


def test_scan_knows_a_segmentation():
    series = one_series(shared(SEGMENTATIONS + "liver.dcm"))
    assert series["mask"] is True and series["problem"] == "" and series["role"] == "unknown"


class Seg:
    """A copy of a real segmentation of 3 frames, to be changed."""

    def __init__(self):
        self.ds = pydicom.dcmread(shared(SEGMENTATIONS + "23x38x3/seg/label.seg"))

    def frame(self, n):
        return self.ds.PerFrameFunctionalGroupsSequence[n]

    def save(self):
        path = work("changed.dcm")
        self.ds.save_as(path)
        return path


def test_missing_frames_are_empty_planes():
    seg = Seg()
    number = int(seg.ds.NumberOfFrames)
    assert number == 3
    bits = frames_of(seg.ds)[[0, 2]]
    del seg.ds.PerFrameFunctionalGroupsSequence[1]
    seg.ds.NumberOfFrames = 2
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    seg.ds.PixelData = packed + b"\0" * (len(packed) % 2)
    measures = seg.ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.SpacingBetweenSlices = 2.5
    grid, labels = read_seg(seg.save())
    assert grid["size"][2] == 3 and not labels[:, :, 1].any()


def test_frames_in_any_order():
    _, straight = read_seg(Seg().save())
    seg = Seg()
    bits = frames_of(seg.ds)[::-1]
    seg.ds.PerFrameFunctionalGroupsSequence = pydicom.Sequence(list(seg.ds.PerFrameFunctionalGroupsSequence)[::-1])
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    seg.ds.PixelData = packed + b"\0" * (len(packed) % 2)
    assert np.array_equal(read_seg(seg.save())[1], straight)


def test_fractional_at_half():
    seg = Seg()
    bits = frames_of(seg.ds)
    values = np.where(bits > 0, 50, 49).astype(np.uint8)
    seg.ds.SegmentationType, seg.ds.MaximumFractionalValue = "FRACTIONAL", 100
    seg.ds.BitsAllocated = seg.ds.BitsStored = 8
    seg.ds.HighBit = 7
    seg.ds.PixelData = values.tobytes()
    _, labels = read_seg(seg.save())
    assert labels.sum() == bits.sum()
    del seg.ds.MaximumFractionalValue
    assert_one_line(dump("seg", work("raw"), seg.save()), "MaximumFractionalValue")


def refused(seg, *parts):
    assert_one_line(dump("seg", work("raw"), seg.save()), "changed.dcm", *parts)


def test_claims_and_contradictions():
    seg = Seg()
    seg.ds.PixelData = seg.ds.PixelData[:-40]
    refused(seg, "claims 3 frames of 23 × 38 pixels", "but holds")
    seg = Seg()
    seg.ds.NumberOfFrames = 100000
    refused(seg, "claims 100000 frames and describes 3")
    seg = Seg()
    seg.ds.Rows = seg.ds.Columns = 65535
    refused(seg, "claims 3 frames of 65535 × 65535 pixels")
    seg = Seg()
    seg.ds.BitsAllocated = 8
    refused(seg, "has 8 bits a pixel")
    seg = Seg()
    seg.ds.SegmentationType = "OTHER"
    refused(seg, "type OTHER")
    seg = Seg()
    del seg.ds.SegmentSequence
    refused(seg, "describes no segment")
    seg = Seg()
    seg.ds.SegmentSequence[0].SegmentNumber = 7
    refused(seg, "belongs to no segment")
    seg = Seg()
    seg.ds.SegmentSequence.append(seg.ds.SegmentSequence[0])
    refused(seg, "two segments with the number 1")
    seg = Seg()
    seg.ds.SegmentSequence[0].SegmentNumber = 0
    refused(seg, "number from 1 to 65535")


def test_places_that_are_none():
    def position(seg, n):
        return seg.frame(n).PlanePositionSequence[0].ImagePositionPatient
    seg = Seg()
    del seg.frame(1).PlanePositionSequence
    refused(seg, "frame 2 has no position")
    seg = Seg()
    position(seg, 2)[2] += 0.7
    refused(seg, "spaced irregularly")
    seg = Seg()
    position(seg, 2)[2] += 2.5e6
    refused(seg, "its planes lie")
    seg = Seg()
    position(seg, 1)[0] += 5
    refused(seg, "frame 2 is shifted by 5 mm")
    seg = Seg()
    for groups in [seg.ds.SharedFunctionalGroupsSequence[0]] + list(seg.ds.PerFrameFunctionalGroupsSequence):
        if "PlaneOrientationSequence" in groups:
            groups.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 1, 0, 0]
    refused(seg, "orientation or pixel spacing")


tap.main(globals())
