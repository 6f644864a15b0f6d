"""Every DICOM series of ../shared/data that dcm2niix reads, as it reads it: the same value at the same place."""

import glob
import os
import shutil
import subprocess

from common import *
from tap import Skip, shared

try:
    import nibabel
except ImportError:
    print("1..0 # SKIP nibabel is not installed")
    sys.exit(0)

# each with the rows of our list that have an image in its output, by a part of that image's name
SERIES = {
    "ibsi/ct_radiomics_phantom/dicom/image": {"": 0},
    "mr_adc_cmb_crc": {"ADC": 0},
    "dicom_variety/dcmqi/segmentations/23x38x3/image": {"": 0},
    "dicom_variety/dcmqi/segmentations/24x38x3/image": {"": 0},
    "dicom_variety/dcmqi/segmentations/24x38x3/multiframe": {"": 0},
    "dicom_variety/dcmqi/segmentations/ct-3slice": {"": 0},
    "dicom_variety/enhanced/IM_0027_fMAP.dcm": {"fieldmap": 0, "e1": 1},
    "dicom_variety/enhanced/6_1.dcm": {"": 0},
}
# of the largest value: the slope of a series stands in several attributes, rounded to six digits in some
TOLERANCE = 2e-5


def convert(path):
    """What dcm2niix makes of a folder or file."""
    if not shutil.which("dcm2niix"):
        raise Skip("dcm2niix is not installed")
    folder, there = path, fresh("peer")
    if os.path.isfile(path):
        folder = fresh("one")
        shutil.copy(path, folder)
    subprocess.run(["dcm2niix", "-z", "n", "-b", "n", "-f", "%s_%d", "-o", there, folder], capture_output=True, check=True)
    return sorted(glob.glob(there + "/*.nii"))


def part(row, path):
    status, out, errors = dump("part", work("raw"), str(row), "0", path)
    assert status == 0, errors
    grid = json.loads(out)
    return grid, np.fromfile(work("raw"), dtype=np.float32).reshape(grid["size"], order="F")


def same_places(grid, voxels, image):
    to_theirs = np.linalg.inv(image.affine) @ np.vstack([grid["affine"], [0, 0, 0, 1]])
    whole = np.round(to_theirs).astype(int)
    assert np.abs(to_theirs - whole).max() < 5e-3, to_theirs
    index = whole[:3, :3] @ np.indices(grid["size"]).reshape(3, -1) + whole[:3, 3:]
    theirs = np.asarray(image.dataobj)
    theirs = theirs[..., 0] if theirs.ndim > 3 else theirs
    assert (index.min(axis=1) == 0).all() and (index.max(axis=1) == np.array(theirs.shape) - 1).all(), theirs.shape
    truth = theirs[tuple(index)].reshape(grid["size"]).astype(np.float64)
    assert np.ptp(truth) > 0, "an empty image proves nothing"
    padding = (voxels == -1024) & (truth < -1024)  # "nothing was measured" is air to us, a value to them
    truth[padding] = -1024
    assert np.abs(voxels - truth).max() <= TOLERANCE * np.abs(truth).max(), np.abs(voxels - truth).max()


def test_series_are_those_of_dcm2niix():
    compared = 0
    for name, rows in SERIES.items():
        path = shared("data/" + name)
        images = convert(path)
        for label, row in rows.items():
            matching = [image for image in images if label in os.path.basename(image)]
            assert len(matching) == 1, (name, label, images)
            try:
                same_places(*part(row, path), nibabel.load(matching[0]))
            except AssertionError as fault:
                raise AssertionError(name + " " + label) from fault
            compared += 1
    print("#", compared, "series are equal")


tap.main(globals())
