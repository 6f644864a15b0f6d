/* Compressed frames: whatever the bytes are, the split into frames, the marker walk and the run length
 * decoder end with a result or one clear error. The decoders of others are not called: they run in a process
 * with limits, as they may loop.
 *
 * Input: codec, rows, columns, bytes a pixel, number of frames (one byte each), then the item sequence. */
#include "fuzz.h"

#include "base/memory.h"
#include "dicom/codestream.h"
#include "dicom/encapsulated.h"
#include "dicom/rle.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 5 };

static void check_outcome(bool good, const DensError *err)
{
    if (good == (err != NULL) ||
        (err && (!*dens_error_summary(err) || strchr(dens_error_summary(err), '\n')))) {
        abort(); /* how a fuzz target says that it found something */
    }
}

static void look_at(PixelCodec codec, const PixelFormat *format, const EncodedFrame *frame)
{
    AUTO(error_auto) DensError *err = NULL;
    if (codec == CODEC_RLE) {
        unsigned char *words = memory_array(pixel_bytes(format) + 1, 1);
        check_outcome(rle_decode(format, frame->bytes, frame->length, words, &err), err);
        free(words);
        return;
    }
    Codestream stream;
    bool good = codestream_walk(codec, format, frame->bytes, frame->length, &stream, &err);
    check_outcome(good, err);
    if (good && (stream.precision > format->bits_allocated || stream.begin >= frame->length)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES) {
        return 0;
    }
    static const PixelCodec codecs[] = {CODEC_RLE, CODEC_JPEG, CODEC_JPEG_LS, CODEC_JPEG_2000};
    PixelFormat format = {
        .rows = data[1] + 1u, .columns = data[2] + 1u, .bits_allocated = data[3] % 2 ? 16 : 8};
    format.bits_stored = format.bits_allocated;
    format.high_bit = format.bits_stored - 1;
    AUTO(error_auto) DensError *err = NULL;
    EncodedFrames frames;
    bool good = encapsulated_split(data + HEAD_BYTES, size - HEAD_BYTES, data[4] + 1u, &frames, &err);
    check_outcome(good, err);
    for (size_t n = 0; good && n < frames.count; n++) {
        look_at(codecs[data[0] % 4], &format, &frames.frames[n]);
    }
    encoded_frames_clear(&frames);
    return 0;
}
