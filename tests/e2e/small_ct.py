"""A small CT study and its mask, made by pydicom alone."""

import os
import tempfile

import nibabel
import numpy as np
import pydicom
from pydicom.uid import generate_uid

SIZE, SPACING, ORIGIN = (40, 36, 12), (0.8, 0.7, 2.5), (-16.0, 20.0, 30.0)
NAMES = {
    "Latin": (r"ISO_IR 100", "Größe^Jürgen"),
    "Cyrillic": (r"ISO_IR 144", "Люкceмбypг^"),
    "UTF-8": (r"ISO_IR 192", "Wang^XiaoDong=王^小东"),
    "GB18030": (r"GB18030", "Wang^XiaoDong=王^小东"),
    "ISO 2022 JP": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "ISO 2022 KR": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
}
SECRETS = [name.split("^")[0] for _, name in NAMES.values()] + ["P-77-secret"]


def marked(i, j, k):
    """The lesion: a ball that is cut by nothing, with a hole of one voxel."""
    return ((i - 20) * SPACING[0]) ** 2 + ((j - 17) * SPACING[1]) ** 2 + ((k - 6) * SPACING[2]) ** 2 <= 64 and (i, j, k) != (20, 17, 6)


MASK = np.fromfunction(np.vectorize(marked), SIZE, dtype=int).astype(np.uint8)


def slice_of(k, uids, charset, name, drift):
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SpecificCharacterSet = charset
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", generate_uid()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = name, "P-77-secret", "19800203", "F", "045Y"
    ds.IssuerOfPatientID, ds.PatientWeight = "Ward 3", "61"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids
    ds.StudyDate, ds.StudyTime, ds.AccessionNumber, ds.StudyID, ds.StudyDescription = "20260105", "101112", "A-9", "7", "Neck"
    ds.ReferringPhysicianName = ""
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber, ds.SeriesDescription = "CT", 4, k + 1, "bone"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.ImagePositionPatient = [ORIGIN[0], ORIGIN[1] + k * drift, ORIGIN[2] + k * SPACING[2]]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [SPACING[1], SPACING[0]], SPACING[2]
    ds.PositionReferenceIndicator = ""
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = SIZE[1], SIZE[0], 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.KVP = 1, -1024, 120
    i, j = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    ds.PixelData = (1024 + 2 * i + 3 * j + 5 * k).astype("<i2").tobytes()
    ds["PixelData"].VR = "OW"
    ds.is_little_endian, ds.is_implicit_VR = True, False
    return ds


def series(folder, charset="ISO_IR 192", name="Plain^Name", drift=0.0):
    """A small CT; its folder and the UIDs of its images."""
    path = tempfile.mkdtemp(dir=folder)
    uids = generate_uid(), generate_uid(), generate_uid()
    instances = []
    for k in range(SIZE[2]):
        ds = slice_of(k, uids, charset, name, drift)
        ds.save_as(os.path.join(path, f"{k:02}.dcm"), write_like_original=False)
        instances.append(ds.SOPInstanceUID)
    return path, instances


def write_mask(folder, mask=MASK):
    """The mask as NIfTI on the grid of the series (LPS becomes RAS)."""
    affine = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    affine[:3, 3] = [-ORIGIN[0], -ORIGIN[1], ORIGIN[2]]
    path = os.path.join(folder, "mask.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mask, affine), path)
    return path


def structure_set(path, out, structures):
    """Writes an RT structure set on the series of a folder: {name: [points of a contour in mm]}."""
    image = pydicom.dcmread(os.path.join(path, "00.dcm"), stop_before_pixels=True)
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.481.3", generate_uid(), "RTSTRUCT"
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.PatientName, ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = image.PatientName, image.PatientID, image.StudyInstanceUID, generate_uid()
    ds.StructureSetROISequence, ds.ROIContourSequence = pydicom.Sequence(), pydicom.Sequence()
    for number, (name, contours) in enumerate(structures.items(), 1):
        roi, shape = pydicom.Dataset(), pydicom.Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, image.FrameOfReferenceUID
        shape.ReferencedROINumber, shape.ContourSequence = number, pydicom.Sequence()
        for points in contours:
            contour = pydicom.Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
            contour.ContourData = [f"{v:.4f}" for point in points for v in point]
            shape.ContourSequence.append(contour)
        ds.StructureSetROISequence.append(roi)
        ds.ROIContourSequence.append(shape)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.save_as(out, write_like_original=False)
    return out


def square(low, high, k):
    """A square in voxels, as points in mm."""
    return [[ORIGIN[0] + i * SPACING[0], ORIGIN[1] + j * SPACING[1], ORIGIN[2] + k * SPACING[2]]
            for i, j in ((low, low), (high, low), (high, high), (low, high))]
