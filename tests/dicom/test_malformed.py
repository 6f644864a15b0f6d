"""DICOM that is unusual or damaged, written byte by byte: each file is read right, or refused with the line that is written here."""

import shutil
import struct
import subprocess
import zlib

import raw
from common import *
from raw import BIG, EXPLICIT, IMPLICIT, ITEM_END, UNDEFINED, Slice, delimiter, element, encapsulated, item, meta, save
from tap import Skip, assert_one_line

PIXELS, ROWS, COLUMNS, FRAMES = (0x7fe0, 0x10), (0x28, 0x10), (0x28, 0x11), (0x28, 8)
ALLOCATED, STORED, HIGH, SIGN = (0x28, 0x100), (0x28, 0x101), (0x28, 0x102), (0x28, 0x103)
POSITION, ORIENTATION, SPACING = (0x20, 0x32), (0x20, 0x37), (0x28, 0x30)
SLOPE, INTERCEPT, SAMPLES, PHOTOMETRIC = (0x28, 0x1053), (0x28, 0x1052), (0x28, 2), (0x28, 4)
EXPECTED = np.arange(16)[:, None] + 100 * np.arange(3)[None, :]  # HU by pixel and slice


def three(change=None, count=3, **kind):
    slices = [Slice(k, **kind) for k in range(count)]
    for k, one in enumerate(slices):
        if change:
            change(k, one)
    return slices


def setting(tag, vr, value, length=None):
    return lambda k, one: one.set(tag, vr, value, length)


def is_right(files, scale=1, offset=0):
    grid, voxels = read(save(fresh("right"), files))
    assert grid["size"] == [4, 4, len(files)] and abs(grid["affine"][2][2] - 2) < 1e-9 and abs(grid["affine"][0][0] + 0.5) < 1e-9, grid
    flat = voxels.reshape(16, -1, order="F")
    assert np.array_equal(flat, EXPECTED[:, :len(files)] * scale + offset), flat


def is_refused(files, *parts):
    """By the reading always; by the scan too, or it tells the problem."""
    folder = save(fresh("refused"), files)
    done = dump("read", work("raw"), folder)
    assert_one_line(done, *parts)
    assert "Secret" not in done[2] and "SECRET" not in done[2]
    return folder


def test_all_ways_to_write_a_data_set():
    for syntax in (EXPLICIT, IMPLICIT, BIG):
        slices = three(syntax=syntax)
        is_right(slices)
        is_right([one.body() for one in slices])            # neither preamble nor meta header
        is_right([one.bytes()[132:] for one in slices])     # a meta header without a preamble
        is_right([b"\0" * 128 + b"DICM" + one.body() for one in slices])
    def bare(k, one):
        one.meta = meta(EXPLICIT, instance=one.instance, without=((2, 0x10),))
    is_right(three(bare))


def test_a_meta_header_that_says_another_syntax():
    for said, true in ((IMPLICIT, EXPLICIT), (EXPLICIT, IMPLICIT), (BIG, EXPLICIT), (EXPLICIT, BIG), (raw.JPEG_LOSSLESS, EXPLICIT),
                       (raw.RLE, EXPLICIT)):
        slices = three(syntax=true)
        for one in slices:
            one.meta = meta(said, instance=one.instance)
        is_refused(slices, "00.dcm", "is cut off or damaged")
    for unknown, true in (("1.2.3.4.5.6", EXPLICIT), ("1.2.840.10008.1.2.4.201", EXPLICIT), ("1.2.840.113619.5.2", IMPLICIT)):
        slices = three(syntax=true)
        for one in slices:
            one.meta = meta(unknown, instance=one.instance)
        is_refused(slices, "is written in the transfer syntax " + unknown)
    for name in ("53", "55", "92", "100", "102"):
        def change(k, one):
            one.meta = meta("1.2.840.10008.1.2.4." + name, instance=one.instance)
            one.set(PIXELS, "OB", encapsulated(b"\xff\xd8\xff\xd9"), UNDEFINED)
        is_refused(three(change), "is compressed as", "1.2.840.10008.1.2.4.%s), which is not read" % name)


def test_lengths_of_groups_are_not_believed():
    for length in (0, 2):
        def change(k, one):
            one.meta = meta(EXPLICIT, instance=one.instance, length=length)
        is_right(three(change))
    for length in (1000, 0xfffffff0):
        slices = three()
        for one in slices:
            one.meta = meta(EXPLICIT, instance=one.instance, length=length)
        is_refused(slices, "00.dcm", "has no SOPClassUID")
    is_right(three(setting((8, 0), "UL", 9999)))
    is_right(three(setting((0x28, 0), "UL", 3)))


def test_what_is_missing():
    for tag, part in ((POSITION, "has no ImagePositionPatient: its place in the patient is unknown"),
                      (ORIENTATION, "has no ImageOrientationPatient"), (SPACING, "has no PixelSpacing"),
                      (INTERCEPT, "has no RescaleIntercept: its HU are unknown"), (ROWS, "has no Rows"), (COLUMNS, "has no Columns"),
                      (ALLOCATED, "has no BitsAllocated"), (STORED, "has no BitsStored"),
                      (SIGN, "PixelRepresentation: whether its values have a sign is unknown"),
                      (PIXELS, "cut off or damaged: it is an image without pixels"), ((8, 0x16), "has no SOPClassUID")):
        is_refused(three(lambda k, one: one.drop(tag)), "00.dcm", part)
        if tag not in (PIXELS, (8, 0x16)):
            is_refused(three(lambda k, one: one.set(tag, one.rows[tag][0], b"")), "00.dcm", part)
    for tag in (SLOPE, SAMPLES, PHOTOMETRIC, HIGH, (0x20, 0xe), (0x20, 0xd), (8, 0x18), (0x20, 0x52), (0x18, 0x50)):
        is_right(three(lambda k, one: one.drop(tag)))


def test_numbers_that_are_none():
    for tag, text, part in ((POSITION, "1\\2", "ImagePositionPatient"), (POSITION, "1\\2\\1e306", "beyond 1e+06 mm"),
                            (SPACING, "0.5", "has no PixelSpacing"), (SPACING, "-0.5\\0.5", "not between 0.001 and 1000 mm"),
                            (SPACING, "0,5\\0,5", "has no PixelSpacing"), (SPACING, "1e-300\\1e-300", "not between"),
                            (SPACING, "1e300\\1", "not between"), (SLOPE, "one", "slope and intercept are no numbers"),
                            (SLOPE, "0", "the slope is 0"), (SLOPE, "1e300", "too large to be held"), (SLOPE, "1,5", "no numbers"), (SLOPE, "1.5abc", "no numbers"),
                            (SLOPE, "1 2", "no numbers"), (SLOPE, "1E", "no numbers"), (SLOPE, ".", "no numbers"), (SLOPE, b"1\x0015", "no numbers"),
                            (POSITION, "1,5\\2\\3", "has no ImagePositionPatient"), (FRAMES, "1x", "NumberOfFrames is no number"), (INTERCEPT, "nan", "no numbers"),
                            (INTERCEPT, "1e39", "too large to be held"), (ORIENTATION, "1\\0\\0\\0\\1", "ImageOrientationPatient"),
                            (ORIENTATION, "2\\0\\0\\0\\1\\0", "two unit vectors"), (FRAMES, "0", "claims 0 frames"),
                            (FRAMES, "-1", "NumberOfFrames is no number"), (FRAMES, "x", "NumberOfFrames is no number"),
                            (FRAMES, "1.5", "NumberOfFrames is no number"), (FRAMES, "4000000000", "claims 4000000000 frames"),
                            (FRAMES, "2", "claims 2 frames of 4 × 4 pixels of 16 bits, which are 64 bytes, but holds 32")):
        is_refused(three(setting(tag, "IS" if tag == FRAMES else "DS", text)), ".dcm", part)
    is_right(three(setting(FRAMES, "IS", "1")))
    is_right(three(setting(FRAMES, "IS", "")))
    is_right(three(lambda k, one: one.set(POSITION, "DS", one.rows[POSITION][1] + "\\7")))
    for text in (" +1.0e0 ", "1.", "1.e0", b"1.0\0", b"1\0\0 ", b"\t1"):
        is_right(three(setting(SLOPE, "DS", text)))
    for vr in ("ZZ", "D\xf8", "OB", "UN"):  # a kind that nobody knows: its text is not that of its bytes
        files = [one.bytes().replace(b"\x53\x10DS", b"\x53\x10" + vr.encode("latin-1")) for one in three()]
        done = dump("read", work("raw"), save(fresh("kind"), files))
        if done[0] == 0:  # it may be known by its tag
            assert np.array_equal(np.fromfile(work("raw"), dtype=np.float32).reshape(16, -1, order="F"), EXPECTED), vr
        else:
            assert_one_line(done, ".dcm")
    for vr, number in (("FD", 1.0), ("FL", 1.0), ("US", 1)):
        is_right(three(setting(SLOPE, vr, number)))


def bits(allocated, stored, high, sign=0):
    def change(k, one):
        one.set(ALLOCATED, "US", allocated).set(STORED, "US", stored).set(HIGH, "US", high).set(SIGN, "US", sign)
    return change


def test_how_pixels_are_stored():
    for change, part in ((bits(16, 20, 19), "20 of 16 bits; 8 or 16 bits are read"), (bits(16, 0, 15), "0 of 16 bits"),
                         (bits(16, 16, 20), "16 bits, but its high bit is 20"), (bits(16, 12, 3), "12 bits, but its high bit is 3"),
                         (bits(16, 12, 15), "bits below the 12 from bit 15 down"), (bits(12, 12, 11), "12 of 12 bits"),
                         (bits(1, 1, 0), "1 of 1 bits"), (bits(32, 32, 31), "32 of 32 bits"), (bits(64, 64, 63), "64 of 64 bits"),
                         (bits(16, 16, 15, 2), "PixelRepresentation")):
        is_refused(three(change), "00.dcm", part)

    def overlay(k, one):  # four bits of an overlay above twelve of the image
        bits(16, 12, 11)(k, one)
        one.set(PIXELS, "OW", one.words([(1024 + n + 100 * k) | (n % 16) << 12 for n in range(16)], "H"))
    is_right(three(overlay))

    def signed(k, one):
        bits(16, 12, 11, 1)(k, one)
        one.set(PIXELS, "OW", one.words([(n + 100 * k - 1024) & 0xfff for n in range(16)], "H")).set(INTERCEPT, "DS", "0")
    is_right(three(signed), offset=-1024)

    def eight(k, one):
        bits(8, 8, 7)(k, one)
        one.set(PIXELS, "OB", bytes(n + 100 * k for n in range(16))).set(INTERCEPT, "DS", "0")
    is_right(three(eight, count=2))
    for tag, vr in (((0x7fe0, 8), "OF"), ((0x7fe0, 9), "OD")):
        is_refused(three(lambda k, one: one.drop(PIXELS).set(tag, vr, bytes(128))), "floating point numbers")
    for vr in ("OB", "UN"):  # of big endian words as bytes nobody knows which comes first
        is_refused(three(lambda k, one: one.set(PIXELS, vr, one.rows[PIXELS][1]), syntax=BIG), "the order of those is unknown")
    for length, part in ((30, "32 bytes, but holds 30"), (0, "32 bytes, but holds 0"), (64, "32 bytes, but holds 64")):
        is_refused(three(setting(PIXELS, "OW", bytes(length))), "claims 4 × 4 pixels of 16 bits, which are " + part)
    for vr in ("OB", "UN", "US"):
        is_right(three(lambda k, one: one.set(PIXELS, vr, one.rows[PIXELS][1])))
    is_right(three(lambda k, one: one.set(PIXELS, "OW", one.rows[PIXELS][1] + b"\0" * 8)))
    is_right(three(lambda k, one: one.set(PIXELS, "OW", one.rows[PIXELS][1] + b"\0")))
    is_refused(three(setting(PIXELS, "OW", bytes(32), 1000)), "is cut off or damaged")
    is_refused(three(setting(PIXELS, "OW", bytes(32), UNDEFINED)), "is cut off or damaged")


def padded(word, vr, sign, limit=None):
    """Slices of 12 bits whose first word stands for nothing, and is none of 12 bits."""
    def change(k, one):
        bits(16, 12, 11, sign)(k, one)
        one.set(PIXELS, "OW", one.words([word & 0xffff] + [(n + 100 * k + 4) & 0xfff for n in range(1, 16)], "H"))
        one.set((0x28, 0x120), vr, word).set(INTERCEPT, "DS", "-4")
        if limit is not None:
            one.set((0x28, 0x121), vr, limit)
    return three(change)


def test_padding_of_more_bits_than_are_stored():
    for files in (padded(63536, "US", 0), padded(-3000, "SS", 1), padded(63536, "US", 0, 63530), padded(-3000, "SS", 1, -3010)):
        _, voxels = read(save(fresh("padded"), files))
        flat = voxels.reshape(16, -1, order="F")
        assert np.all(flat[0] == -1024) and np.array_equal(flat[1:], EXPECTED[1:]), flat


def test_sizes_that_nobody_has():
    huge = lambda k, one: one.set(ROWS, "US", 65535).set(COLUMNS, "US", 65535)  # noqa: E731
    is_refused(three(huge), "claims 65535 × 65535 pixels of 16 bits, which are 8589672450 bytes, but holds 32")
    is_refused(three(setting(ROWS, "US", 0)), "claims 4 × 0 pixels")
    is_refused(three(setting(ROWS, "SS", -4)), "has no Rows")
    is_right(three(setting(ROWS, "UL", 4)))

    def compressed(k, one):
        huge(k, one)
        one.meta = meta(raw.RLE, instance=one.instance)
        one.set(PIXELS, "OB", encapsulated(bytes(64)), UNDEFINED)
    is_refused(three(compressed), ".dcm", "65535 × 65535 × 3 voxels cannot be held")

    def many(k, one):
        compressed(k, one)
        one.set(ROWS, "US", 4).set(COLUMNS, "US", 4).set(FRAMES, "IS", "100000")
    is_refused(three(many), "multi-frame image of 100000 frames without a place for each")


def test_colours_are_no_measurements():
    for photometric in ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT"):
        for planar in (0, 1):
            def change(k, one):
                bits(8, 8, 7)(k, one)
                one.set(SAMPLES, "US", 3).set(PHOTOMETRIC, "CS", photometric).set((0x28, 6), "US", planar).set(PIXELS, "OB", bytes(48))
            is_refused(three(change), "00.dcm", "is a colour image")
    is_refused(three(setting(PHOTOMETRIC, "CS", "PALETTE COLOR")), "is a colour image")
    is_refused(three(setting(PHOTOMETRIC, "CS", "RGB")), "has the PhotometricInterpretation RGB; MONOCHROME1")
    is_right(three(setting(PHOTOMETRIC, "CS", "MONOCHROME1")))


def rle(values):
    def segment(content):
        packed = bytes([len(content) - 1]) + content
        return packed + b"\0" * (len(packed) % 2)
    high, low = (segment(bytes(value >> shift & 255 for value in values)) for shift in (8, 0))
    return struct.pack("<16I", 2, 64, 64 + len(high), *[0] * 13) + high + low


def test_fragments_and_offset_tables():
    def packed(make):
        def change(k, one):
            one.meta = meta(raw.RLE, instance=one.instance)
            one.set(PIXELS, "OB", make(rle([1024 + n + 100 * k for n in range(16)])), UNDEFINED)
        return three(change)
    is_right(packed(encapsulated))
    is_right(packed(lambda frame: encapsulated(frame, table=bytes(4))))
    is_right(packed(lambda frame: encapsulated(frame[:40], frame[40:])))
    is_right(packed(lambda frame: encapsulated(frame, b"")))
    extended = packed(encapsulated)
    for one in extended:
        one.set((0x7fe0, 1), "OV", bytes(8)).set((0x7fe0, 2), "OV", struct.pack("<Q", 100))
    is_right(extended)
    for make, part in ((lambda frame: encapsulated(frame, table=struct.pack("<I", 8)), "offset table points beside frame 1"),
                       (lambda frame: encapsulated(frame, table=bytes(3)), "no offset table"),
                       (lambda frame: encapsulated(frame, table=bytes(8)), "offset table is of 2 frames, its header claims 1"),
                       (lambda frame: encapsulated(), "there are 0 fragments"), (lambda frame: item(frame) + delimiter(), "0 fragments"),
                       (lambda frame: encapsulated(b""), "RLE header"), (lambda frame: encapsulated(frame[:-4]), "RLE data end"),
                       (lambda frame: encapsulated(frame, end=False), "cut off or damaged"),
                       (lambda frame: encapsulated(frame) + b"\1\2\3\4", "cut off or damaged"),
                       (lambda frame: item() + item(frame, UNDEFINED) + delimiter(), "cut off or damaged"),
                       (lambda frame: item() + item(frame, 5000) + delimiter(), "cut off or damaged")):
        is_refused(packed(make), "00.dcm", part)
    for syntax, frame, part in ((raw.JPEG_BASELINE, b"\xff\xd8" + bytes(range(200)) + b"\xff\xd9", "no marker at byte 2"),
                                (raw.JPEG_LOSSLESS, b"\xff\xd8\xff\xd9", "breaks off before its end"),
                                (raw.J2K_LOSSLESS, b"\xff\x4f\xff\xd9", "compressed image")):
        def change(k, one):
            one.meta = meta(syntax, instance=one.instance)
            one.set(PIXELS, "OB", encapsulated(frame), UNDEFINED)
        is_refused(three(change), "00.dcm", part)


def test_a_jpeg_of_more_bits_than_the_header_says():
    folder = save(fresh("jpeg"), three(bits(16, 16, 15, 0)))
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        subprocess.run(["dcmcjpeg", "+un", path, path], check=True, capture_output=True)
    grid, voxels = read(folder)
    assert np.array_equal(voxels.reshape(16, -1, order="F"), EXPECTED)
    for name in os.listdir(folder):
        image = pydicom.dcmread(os.path.join(folder, name))
        image.BitsStored, image.HighBit = 8, 7
        image.save_as(os.path.join(folder, name))
    assert_one_line(dump("read", work("raw"), folder), "00.dcm", "holds values of more than the 8 bits of its header")


def test_deflated_data_sets():
    def deflated(finish):
        def pack(one):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            return meta(raw.DEFLATED, instance=one.instance) + finish(packer.compress(one.body()) + packer.flush(), one)
        return [pack(one) for one in three()]
    is_right(deflated(lambda packed, one: packed))
    is_right(deflated(lambda packed, one: packed + b"\0"))
    for finish in (lambda packed, one: packed[:-10], lambda packed, one: zlib.compress(one.body()), lambda packed, one: one.body()):
        is_refused(deflated(finish), "its deflated part has no end")
    with_long_version = deflated(lambda packed, one: packed)  # the transfer syntax stands far behind the beginning
    head = meta(EXPLICIT)[:132]
    for n, file in enumerate(with_long_version):
        body = file[144:].replace(element((2, 1), "OB", b"\0\1"), element((2, 1), "OB", bytes(5000)), 1)
        with_long_version[n] = head + file[132:144] + body
    is_right(with_long_version)
    is_refused(deflated(lambda packed, one: b""), "meta header claims more than it holds")


def test_attributes_without_end():
    """Empty ones take eight bytes in the file, and two hundred in memory."""
    numbers = np.arange(2_100_000)
    empty = np.zeros(len(numbers), dtype=[("group", "<u2"), ("element", "<u2"), ("vr", "S2"), ("length", "<u2")])
    empty["group"], empty["element"], empty["vr"] = 0x1001 + numbers // 60000 * 2, 0x1000 + numbers % 60000, b"LO"
    one = Slice()
    body = one.body()
    at = body.index(struct.pack("<HH", *PIXELS))
    is_refused([meta(EXPLICIT) + body[:at] + empty.tobytes() + body[at:]], "holds more than 2000000 attributes")
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    is_refused([meta(raw.DEFLATED) + packer.compress(body[:at] + empty.tobytes() + body[at:]) + packer.flush()], "holds more than 2000000 attributes")


def test_sequences():
    def holding(content, length=None, tag=(8, 0x1140), vr="SQ"):
        return three(setting(tag, vr, content, length))
    reference = element((8, 0x1155), "UI", "1.2")
    is_right(holding(item(reference)))
    is_right(holding(item(reference, UNDEFINED) + delimiter(), UNDEFINED))
    is_right(holding(b""))
    is_right(holding(delimiter(), UNDEFINED))
    is_right(holding(item(element((8, 0x1155), "UI", "1.2", IMPLICIT)) + delimiter(), UNDEFINED, (9, 0x1001), "UN"))
    deep = reference
    for _ in range(25):
        deep = element((8, 0x1140), "SQ", item(deep, UNDEFINED) + delimiter(), length=UNDEFINED)
    is_right([meta(EXPLICIT, instance=one.instance) + one.set((8, 0x1140), "SQ", item(deep)).body() for one in three()])
    for content, length, part in ((item(reference), UNDEFINED, "cut off or damaged"), (b"abcdefgh" + delimiter(), UNDEFINED, "cut off"),
                                  (item(b"", 500), None, "00.dcm")):
        is_refused(holding(content, length), part)
    is_refused([meta(EXPLICIT, instance=one.instance) + delimiter(ITEM_END) + one.body() for one in three()], "00.dcm")


def test_elements_that_are_not_as_they_should_be():
    is_right(three(lambda k, one: one.set((9, 0x10), "LO", "ACME").set((9, 0x1001), "FD", b"1.5 ").set((9, 0x1002), "US", b"x")))
    is_right(three(lambda k, one: one.set((0x18, 0x50), "DS", b"2.5").set((8, 0x60), "CS", b"CT ")))  # odd lengths
    for tag in (POSITION, SPACING, INTERCEPT, (8, 0x60)):  # of a kind that a router did not know
        def unknown(k, one):
            vr, value = one.rows[tag]
            one.set(tag, "UN", value)
        is_right(three(unknown))
    is_right(three(lambda k, one: one.set(ROWS, "UN", struct.pack("<H", 4)).set(COLUMNS, "UN", struct.pack("<H", 4))))
    backward = lambda one: b"".join(element(tag, *one.rows[tag]) for tag in sorted(one.rows, key=lambda t: (t == PIXELS, -t[0], t[1])))  # noqa: E731
    is_right([meta(EXPLICIT, instance=one.instance) + backward(one) for one in three()])
    for extra in (element(ROWS, "US", 2), element(PIXELS, "OW", bytes(32)), element(POSITION, "DS", "1\\2\\3 ")):
        is_refused([one.bytes() + extra for one in three()], "holds an attribute twice")
        is_refused([meta(EXPLICIT, instance=one.instance) + extra + one.body() for one in three()], "holds an attribute twice")
    is_right([one.bytes() + element((0xfffc, 0xfffc), "OB", bytes(100)) for one in three()])
    is_refused([one.bytes() + b"\xde\xad\xbe\xef" * 5 for one in three()], "cut off or damaged")
    for zeros in (4, 8, 16, 128, 512, 513, 70000):
        is_refused([one.bytes() + bytes(zeros) for one in three()], "00.dcm", "zeros stand behind its last attribute")
    is_refused(three(setting((0x28, 0x3000), "SQ", item(element((0x28, 0x3002), "US", [4, 0, 16])))), "modality look-up table")


def test_a_slice_that_ends_after_any_attribute():
    """Well-formed as far as it goes; at an end of the series nothing else would tell that it is missing."""
    for at in range(3):
        for kept in range(len(Slice(at).rows)):
            files = [one.bytes() for one in three()]
            one = Slice(at)
            one.rows = {tag: one.rows[tag] for tag in sorted(one.rows)[:kept]}
            files[at] = one.bytes()
            is_refused(files, "%02d.dcm" % at)


def renamed(slices, change=None):
    """The same slices as images of their own."""
    for k, one in enumerate(slices):
        one.instance += ".9"
        one.set((8, 0x18), "UI", one.instance)
        if change:
            change(k, one)
    return slices


def test_slices_given_twice():
    grid, _ = read(save(fresh("copies"), three() + three()))
    assert grid["size"] == [4, 4, 3]
    other_name = three(setting((0x10, 0x10), "PN", "SECRET^NAME"))  # headers that an archive has changed
    grid, _ = read(save(fresh("copies"), three() + other_name))
    assert grid["size"] == [4, 4, 3]
    for change in (setting(PIXELS, "OW", bytes(32)), setting(INTERCEPT, "DS", "0"), setting(POSITION, "DS", "1\\2\\3")):
        is_refused(three() + three(change), "03.dcm", "is another image than", "00.dcm, but has its SOPInstanceUID")
    for change in (None, setting(PIXELS, "OW", bytes(32))):
        is_refused(three() + renamed(three(change)), "the series holds 2 images at each of 3 positions")
    is_refused(three(count=5) + renamed([Slice(2)]), "two slices at one position: this one and")


def test_series_that_contradict_themselves():
    for tag, vr, value, part in ((ORIENTATION, "DS", "0\\1\\0\\0\\0\\-1", "two orientations in one series"),
                                 ((0x10, 0x20), "LO", "OTHER", "two patients: its PatientID"),
                                 ((8, 0x60), "CS", "MR", "two modalities in one series: not that of 00.dcm"),
                                 ((0x20, 0xd), "UI", "1.2.3.77", "two studies in one series: not that of 00.dcm"),
                                 ((0x20, 0x52), "UI", "1.2.3.10", "two frames of reference")):
        slices = three(count=4)
        slices[1].set(tag, vr, value)
        is_refused(slices, "01.dcm", part)
    slices = three(count=4)
    slices[1].set(SLOPE, "DS", "2")
    _, voxels = read(save(fresh("slopes"), slices))
    assert voxels[0, 0, 1] == 1124 * 2 - 1024


def test_directories_of_media():
    """A DICOMDIR is no image and has no SOPClassUID; beside its files it is passed over."""
    listing = meta(EXPLICIT, sop_class="1.2.840.10008.1.3.10") + element((4, 0x1130), "CS", "X") + element((4, 0x1220), "SQ", b"")
    folder = save(fresh("medium"), three())
    save(folder, [listing], "DICOMDIR%.0s")
    assert one_series(folder)["problem"] == ""
    assert_one_line(dump("scan", os.path.join(folder, "DICOMDIR")), "DICOMDIR", "give the folder of the files themselves")


def test_ten_images_among_ten_thousand_files():
    folder = save(fresh("crowd"), three(count=10))
    for n in range(9990):
        content = (b"", b"text\n", b"\0" * 200, b"\x89PNG\r\n\x1a\n" + b"\0" * 50)[n % 4]
        below = os.path.join(folder, "%02d" % (n % 20))
        os.makedirs(below, exist_ok=True)
        with open(os.path.join(below, "file-%d" % n), "wb") as file:
            file.write(content)
    study = scan(folder)
    assert study["ignored"] == 9990 and len(study["series"]) == 1 and study["series"][0]["slices"] == 10, study
    shutil.rmtree(folder)


def test_what_macos_leaves_beside_files():
    folder = save(fresh("mac"), three())
    save(folder, [b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(4000)] * 3, "._%02d.dcm")
    grid, _ = read(folder)
    assert grid["size"] == [4, 4, 3] and scan(folder)["ignored"] == 3, scan(folder)


def test_folders_with_more_than_files():
    """Pipes, links in circles and names that are no text are passed over, or told in one line; nothing waits for a writer."""
    folder = save(fresh("odd"), three())
    os.mkfifo(os.path.join(folder, "pipe.dcm"))
    os.symlink(folder, os.path.join(folder, "circle"))
    os.symlink(os.path.join(folder, "nowhere"), os.path.join(folder, "dangling"))
    for name in (b"line\nbreak", b"not\xffutf8"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(b"text")
    assert one_series(folder)["files"] == 3
    for name in (b"line\nbreak.dcm", b"not\xffutf8.dcm"):
        path = os.path.join(os.fsencode(fresh("names")), name)
        with open(path, "wb") as file:
            file.write(b"text")
        done = as_bytes("scan", path)
        assert done[0] == 1 and done[2].count(b"\n") == 1 and b"is no DICOM file" in done[2], done
        with open(path, "wb") as file:
            file.write(three(count=1)[0].bytes())
        assert as_bytes("scan", path)[0] == 0
    assert_one_line(dump("scan", os.path.join(folder, "pipe.dcm")), "pipe.dcm")


def test_a_file_that_may_not_be_read():
    folder = save(fresh("locked"), three())
    os.chmod(os.path.join(folder, "01.dcm"), 0)
    os.chmod(folder, 0o755)
    os.chmod(WORK.name, 0o755)
    nobody = {"user": 65534} if os.geteuid() == 0 else {}  # nothing is locked to the superuser
    try:
        done = subprocess.run([DUMP, "scan", folder], capture_output=True, text=True, timeout=60, **nobody)
    except PermissionError:
        raise Skip("the program cannot be run by another user") from None
    finally:
        os.chmod(WORK.name, 0o700)
    assert_one_line((done.returncode, done.stdout, done.stderr), "01.dcm", "cannot be opened")


def as_bytes(*arguments):
    done = subprocess.run([DUMP, *arguments], capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


tap.main(globals())
