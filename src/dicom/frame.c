/* From stored pixels to words, and from words to values.
 *
 * Plain pixels are read from where the scan found them, a frame at a time; nothing is parsed twice. Stored
 * bits become values by DICOM PS3.5 8.1.1 (BitsStored up to HighBit, sign by PixelRepresentation) and a slope
 * and intercept. The photometric interpretation is left alone: MONOCHROME1 says how a value is shown, not
 * what it is (PS3.3 C.7.6.3.1.2). */
#include "dicom/frame.h"

#include "base/memory.h"
#include "dicom/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Words ---- */

/* What all ways of reading share. */
typedef struct {
    const Frame *const *frames;
    size_t count, done;
    FrameTake take;
    void *context;
    Progress *progress;
    size_t *indices; /* of the frames that the child decodes */
} Reading;

static bool take_one(Reading *r, size_t index, const void *words, DensError **err)
{
    progress_step(r->progress, "slices", r->done++, r->count);
    return r->take(r->context, index, words, err);
}

static bool is_unchanged(const PixelFile *file, int handle)
{
    struct stat info;
    return fstat(handle, &info) == 0 && (uint64_t)info.st_size == file->size &&
           (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec == file->changed_ns;
}

static int open_file(const PixelFile *file, DensError **err)
{
    int handle = open(file->path, O_RDONLY | O_CLOEXEC);
    if (handle < 0) {
        error_input(err, file->path, "cannot be opened");
        return -1;
    }
    if (!is_unchanged(file, handle)) {
        error_input(err, file->path, "has changed since it was found");
        (void)close(handle);
        return -1;
    }
    return handle;
}

static bool read_at(int handle, void *out, size_t length, uint64_t at)
{
    char *to = out;
    while (length > 0) {
        ssize_t got = pread(handle, to, length, (off_t)at);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        to += got > 0 ? got : 0;
        at += got > 0 ? (uint64_t)got : 0;
        length -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* The frames [first, end) of one file with plain pixels. */
static bool read_plain(Reading *r, size_t first, size_t end, DensError **err)
{
    const PixelFile *file = r->frames[first]->file;
    size_t bytes = pixel_bytes(&r->frames[first]->format);
    int handle = open_file(file, err);
    void *words = handle >= 0 ? malloc(bytes) : NULL;
    bool good = words != NULL || (handle >= 0 && error_no_memory(err));
    uint32_t held = UINT32_MAX; /* the frame whose words are there: a mosaic's tiles share one */
    for (size_t n = first; good && n < end; n++) {
        uint32_t number = r->frames[n]->number;
        if (number != held && !read_at(handle, words, bytes, file->at + (uint64_t)number * bytes)) {
            good = error_input(err, file->path, "cannot be read");
            break;
        }
        held = number;
        good = take_one(r, n, words, err);
    }
    free(words);
    if (handle >= 0) {
        (void)close(handle);
    }
    return good;
}

static bool take_parsed(void *context, size_t index, const void *words, DensError **err)
{
    return take_one(context, index, words, err);
}

static bool read_file(Reading *r, size_t first, size_t end, DensError **err)
{
    if (r->frames[first]->file->codec == CODEC_PLAIN) {
        return read_plain(r, first, end, err);
    }
    int handle = open_file(r->frames[first]->file, err);
    if (handle < 0) {
        return false;
    }
    (void)close(handle);
    return frames_parse(r->frames + first, end - first, first, take_parsed, r, err);
}

static bool take_decoded(void *context, size_t index, const void *words, DensError **err)
{
    Reading *r = context;
    return take_one(r, r->indices[index], words, err);
}

/* One child for all compressed frames of the series. */
static bool read_compressed(Reading *r, const Frame **frames, size_t count, DensError **err)
{
    for (size_t n = 0; n < count; n++) {
        if (n > 0 && frames[n]->file == frames[n - 1]->file) {
            continue;
        }
        int handle = open_file(frames[n]->file, err);
        if (handle < 0) {
            return false;
        }
        (void)close(handle);
    }
    return count == 0 || decode_by_child(frames, count, take_decoded, r, err);
}

bool frames_each(const Frame *const *frames, size_t count, FrameTake take, void *context, Progress *progress,
                 DensError **err)
{
    const Frame **compressed = memory_array(count + 1, sizeof(Frame *));
    Reading r = {frames, count, 0, take, context, progress, memory_array(count + 1, sizeof(size_t))};
    size_t compressed_count = 0;
    bool good = true;
    for (size_t n = 0; good && n < count;) {
        const PixelFile *file = frames[n]->file;
        size_t end = n;
        bool by_child = file->codec != CODEC_PLAIN && file->codec != CODEC_PARSED;
        for (; end < count && frames[end]->file == file; end++) {
            if (by_child) {
                r.indices[compressed_count] = end;
                compressed[compressed_count++] = frames[end];
            }
        }
        good = by_child || read_file(&r, n, end, err);
        n = end;
    }
    good = good && read_compressed(&r, compressed, compressed_count, err);
    progress_step(progress, "slices", r.done, count);
    free(compressed);
    free(r.indices);
    return good;
}

/* ---- Values ---- */

/* The value of a stored word: its bits from HighBit down, with their sign. */
static int stored_value(const PixelFormat *format, unsigned word)
{
    unsigned bits =
        (word >> (format->high_bit + 1 - format->bits_stored)) & ((1u << format->bits_stored) - 1);
    bool negative = format->is_signed && (bits >> (format->bits_stored - 1) & 1);
    return (int)bits - (negative ? 1 << format->bits_stored : 0);
}

static float value_of(const Frame *frame, unsigned word)
{
    int value = stored_value(&frame->format, word);
    bool padded = frame->padding.there && value >= frame->padding.low && value <= frame->padding.high;
    return padded ? INFINITY : (float)(frame->slope * value + frame->intercept);
}

/* One row; padding becomes infinite. */
static void convert_bytes(const Frame *frame, const uint8_t *bytes, size_t count, float *out)
{
    for (size_t n = 0; n < count; n++) {
        out[n] = value_of(frame, bytes[n]);
    }
}

static void convert_words(const Frame *frame, const uint16_t *words, size_t count, float *out)
{
    const double slope = frame->slope;
    const double intercept = frame->intercept;
    if (frame->format.is_signed && frame->format.bits_stored == 16 && !frame->padding.there) {
        for (size_t n = 0; n < count; n++) { /* most CT series; the compiler makes vectors of it */
            out[n] = (float)(slope * (double)(int16_t)words[n] + intercept);
        }
        return;
    }
    for (size_t n = 0; n < count; n++) {
        out[n] = value_of(frame, words[n]);
    }
}

static float smallest_of(const float *values, size_t count)
{
    float smallest = INFINITY;
    for (size_t n = 0; n < count; n++) {
        smallest = values[n] < smallest ? values[n] : smallest;
    }
    return isinf(smallest) ? 0 : smallest;
}

void frame_values(const Frame *frame, const void *words, float *out)
{
    const Slice *plane = &frame->slice;
    for (size_t row = 0; row < plane->rows; row++) {
        size_t at = (frame->tile_row + row) * frame->format.columns + frame->tile_column;
        float *to = out + row * plane->columns;
        if (frame->format.bits_allocated == 8) {
            convert_bytes(frame, (const uint8_t *)words + at, plane->columns, to);
        } else {
            convert_words(frame, (const uint16_t *)words + at, plane->columns, to);
        }
    }
    if (!frame->padding.there) {
        return;
    }
    size_t count = plane->rows * plane->columns;
    float nothing = frame->unit == UNIT_HU ? CT_PADDING_HU : smallest_of(out, count);
    for (size_t n = 0; n < count; n++) {
        out[n] = isinf(out[n]) ? nothing : out[n];
    }
}
