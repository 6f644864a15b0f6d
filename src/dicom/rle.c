/* Run length encoding (DICOM PS3.5 annex G): a header of sixteen words, then one segment for each byte of a
 * pixel, the most significant first, each in Apple's PackBits.
 *
 * DCMTK has this decoder as well, but it fills with zeros what a cut frame does not hold and only logs it;
 * a decoder of forty lines that is strict is easier to trust than a guard around one that is not. */
#include "dicom/rle.h"

enum { HEADER_BYTES = 64 };

typedef struct {
    const unsigned char *at, *end;
} Bytes;

static uint32_t word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Unpacks one segment into every `step`-th byte. */
static bool unpack(Bytes in, unsigned char *out, size_t count, size_t step, DensError **err)
{
    size_t done = 0;
    while (done < count) {
        if (in.at == in.end) {
            return error_input(err, NULL, "its RLE data end after %zu of %zu pixels", done, count);
        }
        int control = *in.at < 128 ? *in.at : *in.at - 256;
        in.at++;
        if (control == -128) {
            continue;
        }
        size_t run = (size_t)(control < 0 ? 1 - control : 1 + control);
        size_t stored = control < 0 ? 1 : run;
        if ((size_t)(in.end - in.at) < stored) {
            return error_input(err, NULL, "its RLE data end after %zu of %zu pixels", done, count);
        }
        if (run > count - done) {
            return error_input(err, NULL, "its RLE data are damaged: they hold more than %zu pixels", count);
        }
        for (size_t n = 0; n < run; n++, done++) {
            out[done * step] = in.at[control < 0 ? 0 : n];
        }
        in.at += stored;
    }
    return true;
}

bool rle_decode(const PixelFormat *format, const unsigned char *bytes, size_t length, unsigned char *out,
                DensError **err)
{
    const size_t width = format->bits_allocated / 8;
    const size_t pixels = (size_t)format->rows * format->columns;
    if (length < HEADER_BYTES || word(bytes) != width) {
        return error_input(err, NULL, "its RLE header is not that of %u bits a pixel",
                           format->bits_allocated);
    }
    for (size_t n = 0; n < width; n++) {
        uint32_t begin = word(bytes + 4 * (n + 1));
        uint32_t end = n + 1 < width ? word(bytes + 4 * (n + 2)) : (uint32_t)length;
        if (begin < HEADER_BYTES || begin > end || end > length) {
            return error_input(err, NULL, "its RLE header points beyond the frame");
        }
        Bytes in = {bytes + begin, bytes + end};
        if (!unpack(in, out + (width - 1 - n), pixels, width, err)) {
            return false;
        }
    }
    return true;
}
