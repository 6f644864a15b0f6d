"""Our NIfTI reader and writer against nibabel, on real files and on broken ones."""

import gzip
import json
import os
import struct
import sys
import tempfile

import tap
from tap import assert_one_line

try:
    import nibabel
    import numpy as np
except ImportError:
    print("1..0 # SKIP nibabel is not installed")
    sys.exit(0)

DUMP = sys.argv[1]
WORK = tempfile.TemporaryDirectory(prefix="dens-nifti-")


def work(name):
    return os.path.join(WORK.name, name)


def dump(kind, path, copy=None):
    return tap.run(DUMP, kind, path, work("raw"), *([copy] if copy else []))


def read(kind, path, copy=None):
    status, out, errors = dump(kind, path, copy)
    assert status == 0, errors
    assert errors == "", "the library printed: " + errors
    grid = json.loads(out)
    voxels = np.fromfile(work("raw"), dtype=np.uint16 if kind == "mask" else np.float32)
    return grid, voxels.reshape(grid["size"] + ([-1] if kind == "volumes" else []), order="F")


def same(kind, path, copy=None):
    """Our affine, shape, axis codes and voxels are nibabel's."""
    image = nibabel.load(path)
    grid, voxels = read(kind, path, copy)
    truth = np.asarray(image.dataobj)
    assert list(truth.shape[:3]) == grid["size"], (truth.shape, grid["size"])
    assert np.abs(image.affine[:3] - np.array(grid["affine"])).max() < 1e-4, (image.affine, grid["affine"])
    assert grid["codes"] == "".join(nibabel.aff2axcodes(image.affine)), grid["codes"]
    truth = truth.reshape(voxels.shape).astype(np.float32)
    assert np.array_equal(truth, voxels.astype(np.float32), equal_nan=True)
    return image, voxels


REAL_VOLUMES = ["cspine_mri_sct/testing/t1w.nii.gz", "cspine_mri_sct/testing/t2.nii.gz", "cspine_ct_lidc0314/lidc0314_c6_t4.nii.gz",
                "cspine_ct_lidc0314/lidc0314_small.nii.gz"]
# What stands at a point of the patient (RAS, mm), found with nibabel from the masks and labels beside the images, or by looking.
SCT, UNF, TPTBOX, LIDC = "cspine_mri_sct/", "cspine_mri_ivadomed_unf01/sub-unf01_", "spine_masks_tptbox/sub-", "cspine_ct_lidc0314/lidc0314_"
LANDMARKS = [
    (SCT + "t2_full/t2_1mm_full.nii.gz", "PSR", "disc C2/C3", (-6.22, 1.79, 23.68), 322),
    (SCT + "t2_full/t2_1mm_full.nii.gz", "PSR", "a disc of the thorax", (-1.22, -45.21, -112.32), 125),
    (SCT + "testing/t2.nii.gz", "PSR", "cord at C3", (-8.22, 1.79, 12.68), 296),
    (SCT + "testing/t2.nii.gz", "PSR", "cord at C5", (-11.22, -0.21, -16.32), 312),
    (SCT + "testing/t1w.nii.gz", "RAS", "cord", (-8.22, 2.79, 16.68), 496),
    (UNF + "T2w.nii.gz", "RAS", "cord", (3.87, -5.13, -3.22), 707.62),
    (UNF + "T1w.nii.gz", "RAS", "cord, the same point", (3.87, -5.13, -3.22), 450.61),
    (TPTBOX + "ct_label-22_ct.nii.gz", "PIR", "a lumbar vertebra", (-31.5, -169.5, -73.2), 232),
    (TPTBOX + "mri_label-6_T2w.nii.gz", "PIR", "a vertebra", (-9.23, 77.73, 114.64), 95),
    (LIDC + "small.nii.gz", None, "dense bone", (22.094, -205.062, -450.8), 1445),
    (LIDC + "small.nii.gz", None, "air of the trachea or lung", (24.438, -165.219, -462.8), -1000),
    (LIDC + "c6_t4.nii.gz", None, "dense bone", (37.719, -205.844, -447.8), 1472),
]
REAL_MASKS = [
    "cspine_mri_sct/testing/t1w_seg-manual.nii.gz", "cspine_mri_sct/testing/t2_seg-manual_labeled.nii.gz",
    "cspine_mri_sct/testing/PAM50_small_levels.nii.gz",
    "cspine_mri_ivadomed_unf01/sub-unf01_T1w_seg-manual.nii.gz",
]


def test_every_shared_nifti_equals_nibabel():
    """Affine, orientation and voxels; series with all their volumes."""
    kinds = {"volume": 0, "volumes": 0}
    for folder, _, names in sorted(os.walk(tap.shared("data"))):
        for name in sorted(n for n in names if n.endswith((".nii", ".nii.gz"))):
            path = os.path.join(folder, name)
            kind = "volumes" if nibabel.load(path).ndim > 3 and nibabel.load(path).shape[3] > 1 else "volume"
            try:
                same(kind, path)
            except AssertionError as fault:
                raise AssertionError(name) from fault
            kinds[kind] += 1
    print("#", kinds)
    assert kinds["volume"] >= 40 and kinds["volumes"] >= 2, kinds


def test_landmarks_of_real_volumes():
    for name, codes, what, point, value in LANDMARKS:
        grid, voxels = read("volume", tap.shared("data/" + name))
        affine = np.array(grid["affine"])
        index = np.linalg.solve(affine[:, :3], np.array(point) - affine[:, 3])
        assert np.abs(index - np.round(index)).max() < 0.02, (name, what, index)
        assert abs(voxels[tuple(np.round(index).astype(int))] - value) < 0.01, (name, what)
        assert codes in (None, grid["codes"]), (name, grid["codes"])


def test_real_masks_equal_nibabel():
    for name in REAL_MASKS:
        _, voxels = same("mask", tap.shared("data/" + name))
        assert voxels.max() > 0, name


def test_what_we_write_nibabel_reads():
    for name in REAL_VOLUMES[1:3] + REAL_VOLUMES[-1:]:
        for copy in (work("copy.nii.gz"), work("copy.nii")):
            image, voxels = same("volume", tap.shared("data/" + name), copy)
            again = nibabel.load(copy)
            assert np.array_equal(np.asarray(again.dataobj), voxels)
            assert again.get_data_dtype() == np.float32
            for affine, code in (again.get_sform(coded=True), again.get_qform(coded=True)):
                assert code == 1
                assert np.abs(affine - image.affine).max() < 1e-3, (affine, image.affine)
            same("volume", copy)


def test_written_masks_are_uint16_and_the_same_bytes_twice():
    path = tap.shared("data/" + REAL_MASKS[1])
    _, voxels = same("mask", path, work("a.nii.gz"))
    same("mask", path, work("b.nii.gz"))
    again = nibabel.load(work("a.nii.gz"))
    assert again.get_data_dtype() == np.uint16
    assert np.array_equal(np.asarray(again.dataobj), voxels)
    with open(work("a.nii.gz"), "rb") as a, open(work("b.nii.gz"), "rb") as b:
        assert a.read() == b.read()


AFFINE = np.array([[0, -0.8, 0.1, 10], [0.7, 0, 0, -20], [0, 0.1, 3, 30], [0, 0, 0, 1.0]])


def make(name, kind=nibabel.Nifti1Image, dtype=np.int16, shape=(5, 6, 7), affine=AFFINE, change=None, data=None):
    """A small file; `change` is given its header before it is written."""
    if data is None:
        data = np.arange(np.prod(shape)).reshape(shape)
    image = kind(data.astype(dtype), affine, dtype=dtype)
    if change:
        change(image.header)
    path = work(name)
    nibabel.save(image, path)
    return path


def patch(path, offset, form, *values):
    """Overwrites bytes of an uncompressed file."""
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(struct.pack(form, *values))
    return path


def test_every_type_version_and_byte_order():
    for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        for dtype in "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8".split():
            data = np.arange(210).reshape(5, 6, 7) % 120 - (0 if dtype[0] == "u" else 60)
            same("volume", make("type.nii", kind, dtype, data=data))
    image = nibabel.Nifti1Image(np.arange(210, dtype=">i2").reshape(5, 6, 7), AFFINE,
                                nibabel.Nifti1Header(endianness=">"))
    nibabel.save(image, work("big.nii"))
    same("volume", work("big.nii"))


def test_scale_and_values_that_are_not_finite():
    def scale(header):
        header.set_slope_inter(0.25, -1024)
    same("volume", make("scaled.nii.gz", change=scale))
    data = np.ones((4, 4, 4))
    data[1, 2, 3] = np.nan
    data[0, 0, 0] = np.inf
    _, voxels = same("volume", make("nan.nii", dtype=np.float32, data=data))
    assert np.isnan(voxels[1, 2, 3])


def test_qform_and_no_form():
    def qform(header):
        header.set_sform(None, code=0)
        header.set_qform(np.diag([-1.5, 2, 3, 1]) + np.array([[0, 0, 0, 9]] * 3 + [[0] * 4]), code=1)
    same("volume", make("q.nii", change=qform))
    path = make("none.nii", affine=np.diag([1.5, 2, 3, 1]))
    patch(path, 252, "<2h", 0, 0)
    assert_one_line(dump("volume", path), "none.nii", "left and right are unknown")


def test_sheared_grid_is_said():
    shear = np.array([[1, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    grid, _ = read("volume", make("shear.nii", affine=shear), work("sheared-copy.nii"))
    assert grid["sheared"] is True
    same("volume", work("sheared-copy.nii"))


def test_one_time_point_and_two_dimensions():
    assert read("volume", make("t1.nii", shape=(4, 5, 6, 1)))[0]["size"] == [4, 5, 6]
    assert read("volume", make("flat.nii", shape=(4, 5)))[0]["size"] == [4, 5, 1]
    assert_one_line(dump("volume", make("t2.nii", shape=(4, 5, 6, 2))), "t2.nii", "holds 2 volumes")
    assert_one_line(dump("volume", make("t5.nii", shape=(4, 5, 6, 1, 3))), "holds 3 volumes on axis 5")


def test_types_without_one_value():
    assert_one_line(dump("volume", make("c.nii", dtype=np.complex64)), "COMPLEX64")
    rgb = np.zeros((4, 4, 4), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert_one_line(dump("volume", make("rgb.nii", dtype=rgb.dtype, data=rgb)), "RGB24")
    assert_one_line(dump("volume", patch(make("odd.nii"), 70, "<h", 77)), "type 77")


def test_affines_without_a_place():
    for row in ((0, 0, 0, 0), (float("nan"), 0, 0, 0), (float("inf"), 0, 0, 0)):
        path = patch(make("bad.nii"), 280, "<4f", *row)
        patch(path, 296, "<4f", *row)
        assert_one_line(dump("volume", path), "bad.nii", "sform is singular or not finite")
    path = patch(make("q0.nii"), 252, "<2h", 1, 0)
    assert_one_line(dump("volume", patch(path, 80, "<f", 0)), "voxel size 0 mm on axis 1")
    assert_one_line(dump("volume", patch(path, 80, "<f", float("nan"))), "voxel size nan mm")


def test_headers_that_contradict_themselves():
    """Each is one number of a good file's header; both forms are there, and the qform is used where the sform is taken out."""
    path = make("whole.nii")
    with open(path, "rb") as file:
        good = file.read()
    B, BITS, QFAC, QFORM, SFORM = 256, 72, 76, 252, 254
    def changed(name, *changes):
        header = bytearray(good)
        for form, at, value in changes:
            struct.pack_into(form, header, at, value)
        with open(work(name), "wb") as file:
            file.write(header)
        return dump("volume", work(name))
    both, alone = ("<h", QFORM, 1), ("<h", SFORM, 0)
    assert changed("fine.nii", both)[0] == 0 and changed("alone.nii", both, alone)[0] == 0
    bits = struct.unpack_from("<h", good, BITS)[0]
    assert_one_line(changed("bits.nii", ("<h", BITS, bits // 2)), "bits.nii", "has %d bits, in %d bits" % (bits, bits // 2))
    assert_one_line(changed("side.nii", both, alone, ("<f", QFAC, 5.0)), "side.nii", "pixdim[0] is 5 instead of 1 or -1")
    assert_one_line(changed("long.nii", both, alone, ("<f", B, 2.0)), "long.nii", "quaternion is longer than 1")
    qfac = struct.unpack_from("<f", good, QFAC)[0]
    assert_one_line(changed("mirror.nii", both, ("<f", QFAC, -(qfac or 1))), "mirror.nii", "voxel axis 3 run in opposite")
    assert changed("unused.nii", ("<h", QFORM, 0), ("<f", QFAC, 5.0), ("<f", B, 2.0))[0] == 0


def test_extensions():
    """Passed over where they end before the voxels; an extension that reaches into them is refused, in both versions and byte orders."""
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    for kind, order in ((nibabel.Nifti1Image, "<"), (nibabel.Nifti1Image, ">"), (nibabel.Nifti2Image, "<")):
        header = (nibabel.Nifti1Header if kind is nibabel.Nifti1Image else nibabel.Nifti2Header)(endianness=order)
        image = kind(data, np.diag([1, 2, 3, 1]), header=header)
        for text in (b"first" * 5, b"second"):
            image.header.extensions.append(nibabel.nifti1.Nifti1Extension(6, text))
        path = work("extended.nii")
        image.to_filename(path)
        same("volume", path)
        at = 352 if kind is nibabel.Nifti1Image else 544
        with open(path, "rb") as file:
            first = struct.unpack_from(order + "i", file.read(), at)[0]
        assert_one_line(dump("volume", patch(path, at, order + "i", 1 << 20)), "extended.nii", f"extension of 1048576 bytes at byte {at}, but its voxels begin")
        patch(path, at, order + "i", first)
        assert_one_line(dump("volume", patch(path, at + first, order + "i", -16)), f"extension of -16 bytes at byte {at + first}")
        _, voxels = read("volume", patch(path, at + first, order + "i", 0))
        assert np.array_equal(voxels, data), "zeros behind the last extension are padding"
    offset = make("two.nii")
    nibabel.Nifti2Image(data, np.eye(4)).to_filename(offset)
    assert_one_line(dump("volume", patch(offset, 168, "<q", 400)), "claims voxels from byte 400")


def test_claims_beyond_the_file():
    assert_one_line(dump("volume", patch(make("huge.nii"), 42, "<3h", 1023, 1023, 1024)),
                    "huge.nii", "claims voxels", "772 bytes")
    assert_one_line(dump("volume", patch(make("huge.nii"), 42, "<3h", 32767, 32767, 32767)),
                    "huge.nii", "claims 35181150961663 voxels; 1073741824 are the most")
    path = make("short.nii.gz")
    with gzip.open(path) as file:
        content = file.read()
    with gzip.open(path, "wb") as file:
        file.write(content[:-1])
    assert_one_line(dump("volume", path), "claims voxels", "771 bytes")
    assert_one_line(dump("volume", patch(make("at.nii"), 108, "<f", float("nan"))), "claims voxels")
    assert_one_line(dump("volume", patch(make("at.nii"), 108, "<f", 4)), "claims voxels")
    assert_one_line(dump("volume", patch(make("neg.nii"), 42, "<h", -3)), "claims -3 voxels on axis 1")
    assert_one_line(dump("volume", patch(make("dim.nii"), 40, "<h", 9)), "has 9 dimensions")
    assert_one_line(dump("volume", patch(make("nan.nii"), 112, "<f", float("nan"))), "scl_slope")


def test_cut_and_damaged_files():
    path = tap.shared("data/cspine_mri_sct/testing/t1w.nii.gz")
    with open(path, "rb") as file:
        content = file.read()
    for cut in (100, len(content) // 2, len(content) - 4):
        with open(work("cut.nii.gz"), "wb") as file:
            file.write(content[:cut])
        assert_one_line(dump("volume", work("cut.nii.gz")), "cut.nii.gz", "cut off")
    damaged = bytearray(content)
    damaged[-6] ^= 0x40  # in the checksum
    with open(work("crc.nii.gz"), "wb") as file:
        file.write(damaged)
    assert_one_line(dump("volume", work("crc.nii.gz")), "crc.nii.gz", "damaged")


def test_nothing_is_inflated_without_bound():
    """A .gz of zeros: as a claim that it holds, and far behind its voxels."""
    path = make("claim.nii")
    with open(path, "rb") as file:
        header = file.read()[:352]
    with gzip.open(work("bomb.nii.gz"), "wb", compresslevel=1) as file:
        file.write(header + bytes(80 << 20))
    assert_one_line(dump("volume", work("bomb.nii.gz")), "bomb.nii.gz", "holds more than 64 MiB behind the voxels")
    four = bytearray(header)  # 1 GB by its header, a few bytes in fact
    struct.pack_into("<2h", four, 70, 2, 8)
    struct.pack_into("<3h", four, 42, 1024, 1024, 1023)
    with gzip.open(work("four.nii.gz"), "wb") as file:
        file.write(bytes(four) + bytes(1000))
    assert_one_line(dump("volume", work("four.nii.gz")), "to byte 1072693600, but it holds 1352 bytes")


def test_a_file_compressed_twice():
    path = make("once.nii.gz")
    with open(path, "rb") as file:
        content = file.read()
    with gzip.open(work("twice.nii.gz"), "wb") as file:
        file.write(content)
    assert_one_line(dump("volume", work("twice.nii.gz")), "twice.nii.gz", "is compressed twice")


def test_what_is_no_nifti():
    with open(work("text.nii"), "w") as file:
        file.write("not an image\n" * 100)
    with open(work("empty.nii"), "w"):
        pass
    assert_one_line(dump("volume", work("text.nii")), "text.nii", "is no NIfTI file")
    assert_one_line(dump("volume", work("empty.nii")), "empty.nii", "is no NIfTI file")
    assert_one_line(dump("volume", work("absent.nii")), "absent.nii", "no such file")
    assert_one_line(dump("volume", WORK.name), "is no file")
    assert_one_line(dump("volume", DUMP), "by its name")
    assert_one_line(dump("volume", patch(make("pair.nii"), 344, "4s", b"ni1\0")), "magic")
    assert_one_line(dump("volume", patch(make("unit.nii"), 123, "B", 3)), "in mm")


def test_labels():
    assert_one_line(dump("mask", make("half.nii", dtype=np.float32, data=np.full((2, 2, 2), 0.5))), "0.5", "no label")
    assert_one_line(dump("mask", make("minus.nii", data=np.full((2, 2, 2), -1))), "the value -1")
    assert_one_line(dump("mask", make("big.nii", dtype=np.int32, data=np.full((2, 2, 2), 65536))), "65536")
    assert_one_line(dump("mask", make("nan.nii", dtype=np.float32, data=np.full((2, 2, 2), np.nan))), "nan")
    _, voxels = read("mask", make("most.nii", dtype=np.int32, data=np.full((2, 2, 2), 65535)))
    assert (voxels == 65535).all()


def test_write_refuses_another_name():
    status, _, errors = dump("volume", make("in.nii"), work("out.img"))
    assert status == 1 and "must end in .nii" in errors, errors


tap.main(globals())
