/* The only file that names OpenJPEG. Strict mode makes a cut codestream an error instead of a blurred image;
 * its API has no stream in memory, so that one stands here.
 *
 * Bits that changed inside a code-block leave the structure whole, and the decoder makes other values of
 * them. But it then also reads another number of bytes than the block has. OpenJPEG compares the two for
 * blocks that are declared to end predictably, and for nothing else does it look at this declaration: so it
 * is set here in a copy of the codestream. Encoders end their blocks in several ways, which differ by a few
 * bytes; what differs by more is damage. An encoder ends its blocks in one way: where an image of many blocks
 * has one or two that end as some encoders' do, but the others' do not, these are damaged. */
#include "dicom/j2k.h"

#include "base/utf8.h"

#include <openjpeg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 1 << 16, MESSAGE_BYTES = 160 };

/* Of 23 good images of several encoders none leaves a byte, and none takes more than 4 beyond the end. What
 * is unusual, up to the limits, is taken if it is the way of the image's encoder. */
static const long USUAL_BYTES_LEFT = 0, USUAL_BYTES_BEYOND = 4;
static const long MAX_BYTES_LEFT = 3, MAX_BYTES_BEYOND = 8;
enum { FEW_BLOCKS = 2, MANY_BLOCKS_PIXELS = 16 * 64 * 64 };

enum { COD = 0x52, COC = 0x53, SOT = 0x90, PREDICTABLE_END = 0x10 };

typedef struct {
    const unsigned char *bytes;
    size_t length, at;
} Source;

typedef struct {
    opj_codec_t *codec;
    opj_stream_t *stream;
    opj_image_t *image;
    Source source;
    char message[MESSAGE_BYTES]; /* the first that it said, "" if nothing */
    size_t unusual;              /* blocks that end so, within the limits */
} Decoder;

static OPJ_SIZE_T source_read(void *buffer, OPJ_SIZE_T wanted, void *user)
{
    Source *source = user;
    size_t left = source->length - source->at;
    size_t count = wanted < left ? wanted : left;
    if (count == 0) {
        return (OPJ_SIZE_T)-1;
    }
    memcpy(buffer, source->bytes + source->at, count);
    source->at += count;
    return count;
}

static OPJ_OFF_T source_skip(OPJ_OFF_T count, void *user)
{
    Source *source = user;
    OPJ_OFF_T left = (OPJ_OFF_T)(source->length - source->at);
    if (count < 0 || count > left) {
        return -1;
    }
    source->at += (size_t)count;
    return count;
}

static OPJ_BOOL source_seek(OPJ_OFF_T to, void *user)
{
    Source *source = user;
    if (to < 0 || (size_t)to > source->length) {
        return OPJ_FALSE;
    }
    source->at = (size_t)to;
    return OPJ_TRUE;
}

static void note(const char *message, void *user)
{
    static const char ends[] = "PTERM check failure: ";
    Decoder *decoder = user;
    if (strncmp(message, ends, sizeof ends - 1) == 0) {
        const bool left = strstr(message, "remaining") != NULL;
        long bytes = strtol(message + sizeof ends - 1, NULL, 10);
        if (bytes <= (left ? MAX_BYTES_LEFT : MAX_BYTES_BEYOND)) {
            decoder->unusual += bytes > (left ? USUAL_BYTES_LEFT : USUAL_BYTES_BEYOND);
            return;
        }
        message = "its code-blocks do not end where they should";
    }
    if (!decoder->message[0]) {
        (void)snprintf(decoder->message, sizeof decoder->message, "%s", message);
        utf8_clean_line(decoder->message);
    }
}

static bool ends_unlike_others(const Decoder *decoder, const PixelFormat *format)
{
    return decoder->unusual > 0 && decoder->unusual <= FEW_BLOCKS &&
           (size_t)format->rows * format->columns >= MANY_BLOCKS_PIXELS;
}

static bool refuse(const Decoder *decoder, DensError **err)
{
    return error_input(err, NULL, "its JPEG 2000 image is damaged: %s",
                       decoder->message[0] ? decoder->message : "it cannot be decoded");
}

static bool start(Decoder *decoder)
{
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    decoder->codec = opj_create_decompress(OPJ_CODEC_J2K);
    decoder->stream = opj_stream_create(BUFFER_BYTES, OPJ_TRUE);
    if (!decoder->codec || !decoder->stream) {
        return false;
    }
    opj_stream_set_read_function(decoder->stream, source_read);
    opj_stream_set_skip_function(decoder->stream, source_skip);
    opj_stream_set_seek_function(decoder->stream, source_seek);
    opj_stream_set_user_data(decoder->stream, &decoder->source, NULL);
    opj_stream_set_user_data_length(decoder->stream, decoder->source.length);
    return opj_set_warning_handler(decoder->codec, note, decoder) &&
           opj_set_error_handler(decoder->codec, note, decoder) &&
           opj_setup_decoder(decoder->codec, &parameters) &&
           opj_decoder_set_strict_mode(decoder->codec, OPJ_TRUE);
}

/* Do the values need no more bits than are stored? Of unsigned values under a signed header only the words
 * count, and of values in upper bits all do. */
static bool fits(const opj_image_comp_t *component, const PixelFormat *format, size_t pixels)
{
    if ((format->is_signed && !component->sgnd) || format->high_bit + 1 != format->bits_stored) {
        return true;
    }
    const OPJ_INT32 low = format->is_signed ? -(1 << (format->bits_stored - 1)) : 0;
    const OPJ_INT32 high = (OPJ_INT32)((1u << (format->bits_stored - format->is_signed)) - 1);
    for (size_t n = 0; n < pixels; n++) {
        if (component->data[n] < low || component->data[n] > high) {
            return false;
        }
    }
    return true;
}

static bool take_image(const Decoder *decoder, const PixelFormat *format, unsigned char *out, DensError **err)
{
    const opj_image_comp_t *component = &decoder->image->comps[0];
    const size_t pixels = (size_t)format->rows * format->columns;
    if (decoder->image->numcomps != 1 || component->w != format->columns || component->h != format->rows ||
        !component->data) {
        return error_input(err, NULL, "its JPEG 2000 image is not of the size that its header claims");
    }
    if (component->sgnd && !format->is_signed) {
        return error_input(err, NULL,
                           "its JPEG 2000 image is signed, but its header says that its pixels are not");
    }
    if (!fits(component, format, pixels)) {
        return error_input(err, NULL,
                           "its JPEG 2000 image holds values of more than the %u bits of its header",
                           format->bits_stored);
    }
    if (format->bits_allocated == 8) {
        for (size_t n = 0; n < pixels; n++) {
            out[n] = (unsigned char)component->data[n];
        }
        return true;
    }
    for (size_t n = 0; n < pixels; n++) {
        uint16_t value = (uint16_t)component->data[n];
        out[2 * n] = (unsigned char)value;
        out[2 * n + 1] = (unsigned char)(value >> 8);
    }
    return true;
}

/* Declares in the main header that code-blocks end predictably. The marker walk has gone through it before.
 */
static void expect_ends(unsigned char *bytes, size_t length)
{
    for (size_t at = 2; at + 14 <= length && bytes[at] == 0xff && bytes[at + 1] != SOT;) {
        if (bytes[at + 1] == COD) {
            bytes[at + 12] |= PREDICTABLE_END;
        } else if (bytes[at + 1] == COC) { /* of an image with one component */
            bytes[at + 9] |= PREDICTABLE_END;
        }
        at += 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
    }
}

bool j2k_decode(const PixelFormat *format, const unsigned char *bytes, size_t length, unsigned char *out,
                DensError **err)
{
    unsigned char *copy = malloc(length);
    if (!copy) {
        return error_no_memory(err);
    }
    memcpy(copy, bytes, length);
    expect_ends(copy, length);
    Decoder decoder = {.source = {copy, length, 0}};
    bool good = start(&decoder) && opj_read_header(decoder.stream, decoder.codec, &decoder.image) &&
                opj_decode(decoder.codec, decoder.stream, decoder.image) &&
                opj_end_decompress(decoder.codec, decoder.stream) && !decoder.message[0];
    if (good && ends_unlike_others(&decoder, format)) {
        good = false;
        (void)snprintf(decoder.message, sizeof decoder.message,
                       "a code-block does not end as the others of its image");
    }
    good = good ? take_image(&decoder, format, out, err) : refuse(&decoder, err);
    opj_image_destroy(decoder.image);
    opj_stream_destroy(decoder.stream);
    opj_destroy_codec(decoder.codec);
    free(copy);
    return good;
}
