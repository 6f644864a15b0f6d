"""DICOM written byte by byte, so that every byte of it can be wrong: no library stands between."""

import os
import struct

UNDEFINED = 0xffffffff
ITEM, ITEM_END, SEQUENCE_END = (0xfffe, 0xe000), (0xfffe, 0xe00d), (0xfffe, 0xe0dd)
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE, JPEG_LOSSLESS, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5"
J2K_LOSSLESS = "1.2.840.10008.1.2.4.90"
CT_IMAGE, MR_IMAGE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def element(tag, vr, value, syntax=EXPLICIT, length=None):
    """One element. `value` is bytes, text, or a number for US, SS, UL, FL, FD; `length` is what its head claims."""
    order = ">" if syntax == BIG else "<"
    if isinstance(value, str):
        value = value.encode("latin-1")
        if len(value) % 2:
            value += b"\0" if vr == "UI" else b" "
    elif not isinstance(value, (bytes, bytearray)):
        numbers = value if isinstance(value, (list, tuple)) else [value]
        form = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}[vr]
        value = struct.pack(order + "%d%s" % (len(numbers), form), *numbers)
    claimed = len(value) if length is None else length
    if syntax == IMPLICIT:
        return struct.pack(order + "HHI", *tag, claimed) + value
    if vr in LONG:
        return struct.pack(order + "HH2sHI", *tag, vr.encode(), 0, claimed) + value
    return struct.pack(order + "HH2sH", *tag, vr.encode(), claimed & 0xffff) + value


def item(content=b"", length=None, order="<"):
    """An item; of undefined length with its delimiter if `length` is UNDEFINED."""
    if length == UNDEFINED:
        return struct.pack(order + "HHI", *ITEM, UNDEFINED) + content + struct.pack(order + "HHI", *ITEM_END, 0)
    return struct.pack(order + "HHI", *ITEM, len(content) if length is None else length) + content


def delimiter(tag=SEQUENCE_END, length=0):
    return struct.pack("<HHI", *tag, length)


def encapsulated(*fragments, table=b"", end=True):
    """The value of compressed pixel data."""
    return b"".join([item(table)] + [item(f) for f in fragments]) + (delimiter() if end else b"")


def meta(syntax, sop_class=CT_IMAGE, instance="1.2.3.4.1", extra=b"", length=None, without=()):
    """The meta header with its preamble; `length` replaces its group length."""
    rows = [((2, 1), "OB", b"\0\1"), ((2, 2), "UI", sop_class), ((2, 3), "UI", instance), ((2, 0x10), "UI", syntax),
            ((2, 0x12), "UI", "1.2.3")]
    body = b"".join(element(tag, vr, value) for tag, vr, value in rows if tag not in without) + extra
    return b"\0" * 128 + b"DICM" + element((2, 0), "UL", len(body) if length is None else length) + body


class Slice:
    """The elements of one CT slice, 4 × 4 pixels of 16 bits; each can be changed, dropped or doubled."""

    def __init__(self, k=0, syntax=EXPLICIT, spacing=2.0, series="1.2.3.4.5", rows=4, columns=4):
        self.syntax, self.instance = syntax, "%s.%d" % (series, k + 1)
        self.rows = {
            (8, 8): ("CS", "ORIGINAL\\PRIMARY\\AXIAL"), (8, 0x16): ("UI", CT_IMAGE), (8, 0x18): ("UI", self.instance),
            (8, 0x20): ("DA", "20240220"), (8, 0x60): ("CS", "CT"), (0x10, 0x10): ("PN", "Secret^Name"),
            (0x10, 0x20): ("LO", "SECRET-ID"), (0x18, 0x50): ("DS", "2"), (0x20, 0xd): ("UI", "1.2.3.4"),
            (0x20, 0xe): ("UI", series), (0x20, 0x11): ("IS", "1"), (0x20, 0x13): ("IS", str(k + 1)),
            (0x20, 0x32): ("DS", "-10\\20\\%g" % (30 + k * spacing)), (0x20, 0x37): ("DS", "1\\0\\0\\0\\1\\0"),
            (0x20, 0x52): ("UI", "1.2.3.9"), (0x28, 2): ("US", 1), (0x28, 4): ("CS", "MONOCHROME2"),
            (0x28, 0x10): ("US", rows), (0x28, 0x11): ("US", columns), (0x28, 0x30): ("DS", "0.5\\0.5"),
            (0x28, 0x100): ("US", 16), (0x28, 0x101): ("US", 16), (0x28, 0x102): ("US", 15), (0x28, 0x103): ("US", 1),
            (0x28, 0x1052): ("DS", "-1024"), (0x28, 0x1053): ("DS", "1"),
            (0x7fe0, 0x10): ("OW", self.words([1024 + n + 100 * k for n in range(rows * columns)])),
        }
        self.lengths, self.tail, self.meta = {}, b"", None

    def words(self, values, form="h"):
        return struct.pack((">" if self.syntax == BIG else "<") + "%d%s" % (len(values), form), *values)

    def set(self, tag, vr, value, length=None):
        self.rows[tag] = (vr, value)
        if length is not None:
            self.lengths[tag] = length
        return self

    def drop(self, *tags):
        for tag in tags:
            del self.rows[tag]
        return self

    def body(self):
        return b"".join(element(tag, *self.rows[tag], self.syntax, self.lengths.get(tag)) for tag in sorted(self.rows)) + self.tail

    def bytes(self):
        head = meta(self.syntax, instance=self.instance) if self.meta is None else self.meta
        return head + self.body()


def save(folder, slices, name="%02d.dcm"):
    """Writes slices (or bytes) to a folder, which is made."""
    os.makedirs(folder, exist_ok=True)
    for n, one in enumerate(slices):
        with open(os.path.join(folder, name % n), "wb") as file:
            file.write(one if isinstance(one, (bytes, bytearray)) else one.bytes())
    return folder
