"""What the DICOM tests share: the dump program, and series that are made from scratch."""

import copy
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "image"))

import tap  # noqa: E402

try:
    import numpy as np
    import pydicom
    from pydicom.uid import generate_uid
except ImportError:
    print("1..0 # SKIP pydicom is not installed")
    sys.exit(0)

DUMP = sys.argv[1]
WORK = tempfile.TemporaryDirectory(prefix="dens-dicom-")
HU = 1  # VolumeUnit


def work(*names):
    return os.path.join(WORK.name, *names)


def fresh(name):
    """A new empty folder."""
    return tempfile.mkdtemp(prefix=name + "-", dir=WORK.name)


def dump(*arguments):
    done = tap.run(DUMP, *arguments)
    if done[0] == 0:
        assert done[2] == "", "something was printed: " + done[2]
    return done


def scan(*paths):
    status, out, errors = dump("scan", *paths)
    assert status == 0, errors
    return json.loads(out)


def log():
    with open(work("raw.log")) as file:
        return file.read()


def read(*paths):
    """Geometry and voxels [i, j, k] of the first series."""
    status, out, errors = dump("read", work("raw"), *paths)
    assert status == 0, errors
    grid = json.loads(out)
    return grid, np.fromfile(work("raw"), dtype=np.float32).reshape(grid["size"], order="F")


def read_fails(path, *parts):
    """The scan tells the problem, or fails; the reading fails, with one line that holds all parts."""
    tap.assert_one_line(dump("read", work("raw"), path), *parts)


def one_series(path):
    series = scan(path)["series"]
    assert len(series) == 1, series
    return series[0]


class Series:
    """A classic CT series in memory: hu(i, j, k), placed so that it is easy to say where things are."""

    def __init__(self, slices=6, columns=8, rows=7, spacing=(0.5, 0.75, 2.0), drift=(0.0, 0.0), modality="CT"):
        self.sets = []
        uids = generate_uid(), generate_uid(), generate_uid()
        i, j = np.meshgrid(np.arange(columns), np.arange(rows))
        for k in range(slices):
            ds = pydicom.Dataset()
            ds.file_meta = pydicom.dataset.FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
            ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2" if modality == "CT" else "1.2.840.10008.5.1.4.1.1.4"
            ds.SOPInstanceUID = generate_uid()
            ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.PatientName, ds.PatientID = "Secret^Name", "SECRET-ID"
            ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids
            ds.Modality = modality
            ds.SeriesNumber, ds.InstanceNumber = 1, k + 1
            ds.ImagePositionPatient = [-10 + k * drift[0], 20 + k * drift[1], 30 + k * spacing[2]]
            ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
            ds.PixelSpacing = [spacing[1], spacing[0]]
            ds.SliceThickness = 9  # wrong on purpose: nobody may use it
            ds.Rows, ds.Columns = rows, columns
            ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
            ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
            if modality == "CT":
                ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
            self.set_pixels(ds, (1024 + i + 10 * j + 100 * k).astype("<i2"))
            ds.is_little_endian, ds.is_implicit_VR = True, False
            self.sets.append(ds)

    @staticmethod
    def set_pixels(ds, values):
        ds.PixelData = values.tobytes()
        ds["PixelData"].VR = "OW"

    def each(self, **changes):
        """Sets attributes of all slices."""
        for ds in self.sets:
            for name, value in changes.items():
                setattr(ds, name, value)
        return self

    def again(self):
        return copy.deepcopy(self)

    def save(self, folder=None):
        """Writes the files under names that are not in the order of the slices; the folder."""
        folder = folder or fresh("series")
        for n, ds in enumerate(self.sets):
            name = "%02d.dcm" % ((n * 7 + 3) % len(self.sets)) if len(self.sets) % 7 else "%02d.dcm" % n
            ds.save_as(os.path.join(folder, name), write_like_original=False)
        return folder
