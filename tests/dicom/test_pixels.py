"""Every stored pixel of the shared variety, against the checksums that another implementation (GDCM) gave; compressed frames that are
damaged; one child for a series."""

import csv
import hashlib
import os
import subprocess

from common import *
from tap import assert_one_line, shared

# what is refused, and why, by a part of the file's name; all else of the list must be equal
REFUSED = {
    "RGB": "colour", "YBR_RCT": "colour", "PALETTE COLOR": "colour", "SEG": "", "RTDOSE": "8 or 16 bits",
}


def variety():
    return shared("data/dicom_variety")


def listed():
    with open(os.path.join(variety(), "index.csv"), encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["md5_stored_pixels_le"] and row["transfer_syntax"]]


def stored(path):
    done = dump("stored", work("raw"), path)
    with open(work("raw"), "rb") as file:
        return done, file.read()


def test_stored_pixels_are_those_of_another_reader():
    equal, faults = 0, []
    for row in listed():
        path = os.path.join(variety(), row["file"])
        why = REFUSED.get(row["photometric"], REFUSED.get(row["modality"]))
        if "badVR" in row["file"]:  # it has "1A" frames
            why = "NumberOfFrames is no number"
        done, pixels = stored(path)
        if why is not None:
            assert_one_line(done, why)
            continue
        if "truncated" in row["file"]:
            assert_one_line(done, "cut off or damaged")
            continue
        md5 = hashlib.md5(pixels).hexdigest()
        if done[0] != 0 or md5 != row["md5_stored_pixels_le"]:
            faults.append((row["file"], row["transfer_syntax"], done[2].strip()[-160:]))
        else:
            equal += 1
    print("#", equal, "files are equal")
    assert not faults and equal > 130, (equal, faults)


def test_damaged_frames_are_no_images():
    for name, part in (("ct_rle_half", "RLE data end after 128256 of 262144 pixels"), ("ct_rle_tiny", "RLE header points beyond"),
                       ("ct_jpll_sv1_half", "breaks off"), ("ct_jpll_sv1_corrupt", "damaged"), ("ct_jpls_half", "breaks off"),
                       ("ct_jpls_corrupt", "damaged"), ("ct_j2k_u_corrupt", "code-blocks do not end where they should"),
                       ("hang_tem", "does not begin as JPEG does")):
        done, _ = stored(shared("data/hostile/%s.dcm" % name))
        assert_one_line(done, name, part)
    done, _ = stored(os.path.join(variety(), "pydicom/emri_small_jpeg_2k_lossless_too_short.dcm"))
    assert_one_line(done, "too_short", "Sequence Delimitation Item missing")


def compressed():
    return shared("data/cspine_ct_lidc0314/dicom_jpegls")


def test_bits_that_change_inside_jpeg_2000_are_found():
    """Not by the structure, which stays whole, but by the bytes that each code-block needs."""
    for name in ("CT1_J2KR", "CT1_J2KI"):  # reversible and not
        ds = pydicom.dcmread(shared("data/dicom_variety/wg04/%s.dcm" % name))
        frame = next(pydicom.encaps.generate_pixel_data_frame(ds.PixelData, 1))
        found = 0
        for n in range(12):
            damaged = bytearray(frame)
            damaged[len(frame) // 10 + n * (len(frame) // 14)] ^= 1 << n % 8
            ds.PixelData = pydicom.encaps.encapsulate([bytes(damaged)])
            ds.save_as(work("bit.dcm"))
            done, _ = stored(work("bit.dcm"))
            if done[0] != 0:
                assert_one_line(done, "bit.dcm", "damaged")
                found += 1
        assert found >= 10, (name, found)


def test_a_block_that_ends_unlike_its_neighbours_is_damaged():
    """By as many bytes as some encoders' blocks do, but here it is alone."""
    ds = pydicom.dcmread(shared("data/dicom_variety/wg04/CT2_J2KR.dcm"))
    damaged = bytearray(next(pydicom.encaps.generate_pixel_data_frame(ds.PixelData, 1)))
    damaged[82314] ^= 1 << 1
    ds.PixelData = pydicom.encaps.encapsulate([bytes(damaged)])
    ds.save_as(work("one.dcm"))
    assert_one_line(stored(work("one.dcm"))[0], "one.dcm", "a code-block does not end as the others of its image")


def test_every_cut_of_a_compressed_file_is_refused():
    with open(os.path.join(compressed(), "000.dcm"), "rb") as file:
        content = file.read()
    for cut in (len(content) - 9, len(content) - 20, len(content) // 2, 5000):
        with open(work("cut.dcm"), "wb") as file:
            file.write(content[:cut])
        done, _ = stored(work("cut.dcm"))
        assert_one_line(done, "cut.dcm")
    # the items whole, the codestream cut: every frame of every length is refused
    ds = pydicom.dcmread(os.path.join(variety(), "wg04/CT2_JPLL.dcm"))
    frame = pydicom.encaps.generate_pixel_data_frame(ds.PixelData, 1).__next__()
    for length in (len(frame) - 2, len(frame) - 1000, len(frame) // 3, 30, 2):
        ds.PixelData = pydicom.encaps.encapsulate([frame[:length]])
        ds.save_as(work("cut.dcm"))
        done, _ = stored(work("cut.dcm"))
        assert_one_line(done, "cut.dcm", "compressed")


def with_decoder(script):
    with open(work("decoder"), "w") as file:
        file.write("#!/bin/sh\n" + script + "\n")
    os.chmod(work("decoder"), 0o755)
    env = dict(os.environ, DENS_DECODE=work("decoder"))
    done = subprocess.run([DUMP, "read", work("raw"), compressed()], capture_output=True, text=True, env=env, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_a_decoder_that_fails_is_told():
    assert_one_line(with_decoder("kill -9 $$"), "000.dcm", "in the time and memory")
    assert_one_line(with_decoder("kill -SEGV $$"), "000.dcm", "makes the decoder fail")
    assert_one_line(with_decoder("exit 1"), "makes the decoder fail")
    for script, part in (("exit 0", "status 0"), ("head -c 40 /dev/zero | tr '\\0' '\\377'", "too much"),
                         ("head -c 100 /dev/zero", ":")):
        status, _, errors = with_decoder(script)
        assert status in (1, 3) and errors.count("\n") == 1 and part in errors, (script, status, errors)
    env = dict(os.environ, DENS_DECODE=work("nowhere"))
    done = subprocess.run([DUMP, "read", work("raw"), compressed()], capture_output=True, text=True, env=env)
    assert done.returncode == 3 and "not installed" in done.stderr, done


def test_one_child_decodes_a_series():
    real = os.environ["DENS_DECODE"]
    done = with_decoder("echo x >> %s\nexec %s" % (work("started"), real))
    assert done[0] == 0, done
    with open(work("started")) as file:
        assert file.read() == "x\n"


tap.main(globals())
