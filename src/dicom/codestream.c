/* The marker walk. It goes forward by at least two bytes a step, so that it ends whatever the bytes are.
 *
 * Sources: ISO/IEC 10918-1 annex B (JPEG), ISO/IEC 14495-1 annex C (JPEG-LS), ISO/IEC 15444-1 annex A
 * (JPEG 2000). */
#include "dicom/codestream.h"

#include <string.h>

enum {
    TEM = 0x01,
    SOF_LOSSLESS = 0xc3,
    DHT = 0xc4,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    SOF_LS = 0xf7,
    J2K_SOC = 0x4f,
    J2K_SIZ = 0x51,
    J2K_SOT = 0x90,
    J2K_SOP = 0x91,
    J2K_EPH = 0x92,
    J2K_SOD = 0x93,
    PADDING_MAX = 64 /* behind the end; encoders pad to even lengths, some to words */
};

typedef struct {
    const unsigned char *bytes;
    size_t length, at;
    const PixelFormat *format;
    bool is_ls, has_frame, has_scan;
    Codestream *out;
} Walk;

static unsigned word(const Walk *walk, size_t at)
{
    return (unsigned)walk->bytes[at] << 8 | walk->bytes[at + 1];
}

static uint32_t long_word(const Walk *walk, size_t at)
{
    return (uint32_t)word(walk, at) << 16 | word(walk, at + 2);
}

static bool cut_off(DensError **err)
{
    return error_input(err, NULL, "its compressed image breaks off before its end");
}

static bool check_image(const Walk *walk, uint32_t columns, uint32_t rows, unsigned components,
                        DensError **err)
{
    if (columns != walk->format->columns || rows != walk->format->rows) {
        return error_input(err, NULL, "its header claims %u × %u pixels, its compressed image has %u × %u",
                           walk->format->columns, walk->format->rows, columns, rows);
    }
    if (components != 1) {
        return error_input(err, NULL, "its compressed image has %u components; one is read", components);
    }
    if (walk->out->precision < 2 || walk->out->precision > walk->format->bits_allocated) {
        return error_input(err, NULL, "its compressed image has %u bits a pixel; %u are allocated",
                           walk->out->precision, walk->format->bits_allocated);
    }
    return true;
}

/* Only padding may follow the end of the image. */
static bool check_end(const Walk *walk, DensError **err)
{
    size_t left = walk->length - walk->at;
    bool padding = left <= PADDING_MAX;
    for (size_t n = walk->at; padding && n < walk->length; n++) {
        padding = walk->bytes[n] == 0 || walk->bytes[n] == 0xff;
    }
    return padding || error_input(err, NULL, "%zu bytes follow the end of its compressed image", left);
}

/* ---- JPEG and JPEG-LS ---- */

static bool read_frame_header(Walk *walk, unsigned marker, size_t size, DensError **err)
{
    if (walk->has_frame || size < 8) {
        return error_input(err, NULL, "its compressed image has a damaged frame header");
    }
    walk->has_frame = true;
    walk->out->process = marker;
    walk->out->precision = walk->bytes[walk->at + 2];
    return check_image(walk, word(walk, walk->at + 5), word(walk, walk->at + 3), walk->bytes[walk->at + 7],
                       err);
}

/* Goes over the coded data to the marker behind them. In JPEG a zero follows a data byte FF; in JPEG-LS the
 * byte behind it has no highest bit. */
static bool skip_coded(Walk *walk, DensError **err)
{
    for (; walk->at + 1 < walk->length; walk->at++) {
        if (walk->bytes[walk->at] != 0xff) {
            const unsigned char *next = memchr(walk->bytes + walk->at, 0xff, walk->length - walk->at - 1);
            if (!next) {
                break;
            }
            walk->at = (size_t)(next - walk->bytes);
        }
        unsigned after = walk->bytes[walk->at + 1];
        bool data = walk->is_ls ? after < 0x80 : after == 0;
        if (!data && !(after >= RST0 && after <= RST7) && after != 0xff) {
            return true;
        }
    }
    return cut_off(err);
}

static bool is_frame_header(const Walk *walk, unsigned marker)
{
    if (walk->is_ls) {
        return marker == SOF_LS;
    }
    return marker == 0xc0 || marker == 0xc1 || marker == SOF_LOSSLESS;
}

/* One segment with a length; walk->at is that of its length. */
static bool take_segment(Walk *walk, unsigned marker, DensError **err)
{
    if (walk->length - walk->at < 2) {
        return cut_off(err);
    }
    size_t size = word(walk, walk->at);
    if (size < 2 || size > walk->length - walk->at) {
        return error_input(err, NULL, "its compressed image is damaged: segment FF%02X claims %zu bytes",
                           marker, size);
    }
    if (is_frame_header(walk, marker)) {
        if (!read_frame_header(walk, marker, size, err)) {
            return false;
        }
    } else if ((marker >= 0xc0 && marker <= 0xcf && marker != DHT) || marker == SOF_LS) {
        return error_input(err, NULL, "its compressed image is of a kind (FF%02X) that is not read", marker);
    }
    if (marker == SOS) {
        if (!walk->has_frame || size < 8) {
            return error_input(err, NULL, "its compressed image is damaged: a scan before its frame header");
        }
        if (!walk->has_scan) {
            walk->out->predictor = walk->bytes[walk->at + 5];
        }
        walk->has_scan = true;
    }
    walk->at += size;
    return marker != SOS || skip_coded(walk, err);
}

static bool walk_jpeg(Walk *walk, DensError **err)
{
    if (walk->length < 4 || word(walk, 0) != (0xff00 | SOI)) {
        return error_input(err, NULL, "its compressed image does not begin as JPEG does");
    }
    walk->at = 2;
    for (;;) {
        if (walk->length - walk->at < 2) {
            return cut_off(err);
        }
        unsigned marker = walk->bytes[walk->at + 1];
        if (walk->bytes[walk->at] != 0xff) {
            return error_input(err, NULL, "its compressed image is damaged: no marker at byte %zu", walk->at);
        }
        if (marker == 0xff) { /* fill bytes may stand before a marker */
            walk->at++;
            continue;
        }
        walk->at += 2;
        if (marker == EOI) {
            break;
        }
        if (marker <= TEM || (marker >= RST0 && marker <= SOI)) {
            return error_input(err, NULL, "its compressed image is damaged: marker FF%02X at byte %zu",
                               marker, walk->at - 2);
        }
        if (!take_segment(walk, marker, err)) {
            return false;
        }
    }
    return walk->has_scan ? check_end(walk, err) : cut_off(err);
}

/* ---- JPEG 2000 ---- */

/* The codestream inside JP2 boxes, which some writers leave around it. */
static bool find_codestream(Walk *walk, DensError **err)
{
    static const unsigned char signature[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    if (walk->length < sizeof signature || memcmp(walk->bytes, signature, sizeof signature) != 0) {
        return true;
    }
    while (walk->length - walk->at >= 8) {
        size_t size = long_word(walk, walk->at);
        if (memcmp(walk->bytes + walk->at + 4, "jp2c", 4) == 0) {
            walk->at += 8;
            return true;
        }
        if (size < 8 || size > walk->length - walk->at) {
            break;
        }
        walk->at += size;
    }
    return error_input(err, NULL, "its JP2 boxes hold no codestream");
}

static bool read_siz(Walk *walk, size_t size, DensError **err)
{
    if (walk->has_frame || size < 41) {
        return error_input(err, NULL, "its compressed image has a damaged SIZ segment");
    }
    walk->has_frame = true;
    const size_t at = walk->at + 4;
    uint32_t right = long_word(walk, at), bottom = long_word(walk, at + 4);
    uint32_t left = long_word(walk, at + 8), top = long_word(walk, at + 12);
    unsigned depth = walk->bytes[at + 34];
    walk->out->precision = (depth & 0x7f) + 1;
    walk->out->is_signed = depth >> 7;
    if (left >= right || top >= bottom) {
        return error_input(err, NULL, "its compressed image has a damaged SIZ segment");
    }
    return check_image(walk, right - left, bottom - top, word(walk, at + 32), err);
}

/* The packets of a tile part, behind its own segments and the SOD marker. Their bits are stuffed so that no
 * byte FF is followed by one above 8F (ISO/IEC 15444-1 B.10.1, C.2.1, D.4.1), but for the two markers that
 * may stand between packets: anything else is damage that a decoder does not see. */
static bool check_packets(const Walk *walk, size_t at, size_t end, DensError **err)
{
    while (end - at >= 4 && word(walk, at) != (0xff00 | J2K_SOD)) {
        size_t size = word(walk, at + 2);
        if (size < 2 || size > end - at - 2) {
            break;
        }
        at += 2 + size;
    }
    if (end - at < 2 || word(walk, at) != (0xff00 | J2K_SOD)) {
        return error_input(err, NULL, "its compressed image has a damaged tile");
    }
    for (at += 2; at + 1 < end; at++) {
        unsigned next = walk->bytes[at + 1];
        if (walk->bytes[at] == 0xff && next > 0x8f && next != J2K_SOP && next != J2K_EPH) {
            return error_input(err, NULL, "its compressed image is damaged at byte %zu", at);
        }
    }
    return true;
}

/* A tile part: from its SOT marker on as long as it says; 0: up to the end of the codestream. */
static bool skip_tile(Walk *walk, size_t size, DensError **err)
{
    const size_t begin = walk->at - 2;
    const size_t inside = begin + 12;
    size_t part = size >= 10 ? long_word(walk, walk->at + 4) : 0;
    if (size != 10 || !walk->has_frame || (part != 0 && part < 14)) {
        return error_input(err, NULL, "its compressed image has a damaged tile");
    }
    walk->has_scan = true;
    if (part > walk->length - begin) {
        return cut_off(err);
    }
    if (part > 0) {
        walk->at = begin + part;
        return check_packets(walk, inside, walk->at, err);
    }
    size_t end = walk->length;
    while (end > walk->at + 1 && word(walk, end - 2) != (0xff00 | EOI)) {
        end--;
    }
    walk->at = end > walk->at + 1 ? end - 2 : walk->length;
    return check_packets(walk, inside < walk->at ? inside : walk->at, walk->at, err);
}

static bool walk_j2k(Walk *walk, DensError **err)
{
    if (!find_codestream(walk, err)) {
        return false;
    }
    if (walk->length - walk->at < 4 || word(walk, walk->at) != (0xff00 | J2K_SOC)) {
        return error_input(err, NULL, "its compressed image does not begin as JPEG 2000 does");
    }
    walk->out->begin = walk->at;
    walk->at += 2;
    for (;;) {
        if (walk->length - walk->at < 2) {
            return cut_off(err);
        }
        unsigned marker = word(walk, walk->at);
        walk->at += 2;
        if (marker == (0xff00 | EOI)) {
            break;
        }
        if (walk->length - walk->at < 2) {
            return cut_off(err);
        }
        size_t size = word(walk, walk->at);
        if (marker < 0xff4f || size < 2 || size > walk->length - walk->at) {
            return error_input(err, NULL, "its compressed image is damaged at byte %zu", walk->at - 2);
        }
        bool good = marker == (0xff00 | J2K_SIZ)   ? read_siz(walk, size, err)
                    : marker == (0xff00 | J2K_SOT) ? skip_tile(walk, size, err)
                                                   : true;
        if (!good) {
            return false;
        }
        walk->at += marker == (0xff00 | J2K_SOT) ? 0 : size;
    }
    return walk->has_scan ? check_end(walk, err) : cut_off(err);
}

bool codestream_walk(PixelCodec codec, const PixelFormat *format, const unsigned char *bytes, size_t length,
                     Codestream *out, DensError **err)
{
    *out = (Codestream){0};
    Walk walk = {
        .bytes = bytes, .length = length, .format = format, .is_ls = codec == CODEC_JPEG_LS, .out = out};
    return codec == CODEC_JPEG_2000 ? walk_j2k(&walk, err) : walk_jpeg(&walk, err);
}
