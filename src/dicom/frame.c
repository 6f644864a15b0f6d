/* From stored pixels to words, and from words to values.
 *
 * Plain pixels are read from where the scan found them, a frame at a time; nothing is parsed twice. Stored
 * bits become values by DICOM PS3.5 8.1.1 (BitsStored up to HighBit, sign by PixelRepresentation) and a slope
 * and intercept. The photometric interpretation is left alone: MONOCHROME1 says how a value is shown, not
 * what it is (PS3.3 C.7.6.3.1.2). */
#include "dicom/frame.h"

#include "base/memory.h"
#include "base/pool.h"
#include "dicom/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Words ---- */

/* Frames of one file with plain pixels that one thread reads. */
typedef struct {
    size_t first, end;
    DensError *fault;
} Run;

enum { RUN_FRAMES = 8, PARALLEL_RUNS = 4 /* fewer are not worth their threads */ };

/* What all ways of reading share. */
typedef struct {
    const Frame *const *frames;
    size_t count;
    FrameTake take;
    void *context;
    size_t *indices; /* of the frames that the child decodes */
    Run *runs;
    size_t run_count;
    pthread_mutex_t lock; /* guards what follows */
    Progress *progress;
    size_t done;
} Reading;

static bool take_one(Reading *r, size_t index, const void *words, DensError **err)
{
    (void)pthread_mutex_lock(&r->lock);
    progress_step(r->progress, "slices", r->done++, r->count);
    (void)pthread_mutex_unlock(&r->lock);
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

static bool parse_file(Reading *r, size_t first, size_t end, DensError **err)
{
    int handle = open_file(r->frames[first]->file, err);
    if (handle < 0) {
        return false;
    }
    (void)close(handle);
    return frames_parse(r->frames + first, end - first, first, take_parsed, r, err);
}

static bool read_run(void *context, size_t index)
{
    Reading *r = context;
    Run *run = &r->runs[index];
    return read_plain(r, run->first, run->end, &run->fault);
}

/* Plain pixels are read and converted by all processors. Runs are begun in their order, so that the first
 * fault in this order is the same in every reading. */
static bool read_runs(Reading *r, DensError **err)
{
    AUTO(pool_auto) Pool *pool = r->run_count >= PARALLEL_RUNS ? pool_new(0) : NULL;
    bool good = pool_each(pool, r->run_count, read_run, r);
    DensError *first = NULL;
    for (size_t n = 0; n < r->run_count; n++) {
        if (first) {
            dens_error_free(r->runs[n].fault);
        } else {
            first = r->runs[n].fault;
        }
    }
    if (err) {
        *err = first;
    } else {
        dens_error_free(first);
    }
    return good;
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

/* The frames [first, end) of one file go where they are read. */
static bool sort_file(Reading *r, size_t first, size_t end, const Frame **compressed,
                      size_t *compressed_count, DensError **err)
{
    PixelCodec codec = r->frames[first]->file->codec;
    if (codec == CODEC_PARSED) {
        return parse_file(r, first, end, err);
    }
    for (size_t n = first; codec == CODEC_PLAIN && n < end; n += RUN_FRAMES) {
        r->runs[r->run_count++] = (Run){.first = n, .end = n + RUN_FRAMES < end ? n + RUN_FRAMES : end};
    }
    for (size_t n = first; codec != CODEC_PLAIN && n < end; n++) {
        r->indices[*compressed_count] = n;
        compressed[(*compressed_count)++] = r->frames[n];
    }
    return true;
}

bool frames_each(const Frame *const *frames, size_t count, FrameTake take, void *context, Progress *progress,
                 DensError **err)
{
    const Frame **compressed = memory_array(count + 1, sizeof(Frame *));
    Reading r = {.frames = frames, .count = count, .take = take, .context = context, .progress = progress};
    r.indices = memory_array(count + 1, sizeof *r.indices);
    r.runs = memory_array(count + 1, sizeof *r.runs);
    (void)pthread_mutex_init(&r.lock, NULL); /* cannot fail without attributes */
    size_t compressed_count = 0;
    bool good = true;
    for (size_t n = 0; good && n < count;) {
        size_t end = n;
        while (end < count && frames[end]->file == frames[n]->file) {
            end++;
        }
        good = sort_file(&r, n, end, compressed, &compressed_count, err);
        n = end;
    }
    good = good && read_runs(&r, err) && read_compressed(&r, compressed, compressed_count, err);
    progress_step(progress, "slices", r.done, count);
    (void)pthread_mutex_destroy(&r.lock);
    free(compressed);
    free(r.indices);
    free(r.runs);
    return good;
}

/* ---- Values ---- */

/* Values are made by blocks of one length, as compilers make vectors of loops whose length they know. */
enum { BLOCK = 64 };

/* The stored values of words: the bits from HighBit down, with their sign. */
static void stored_block(const PixelFormat *format, const uint16_t *words, int32_t *out)
{
    const unsigned above = 15 - format->high_bit;
    const unsigned beside = 16 - format->bits_stored;
    if (format->is_signed) {
        for (size_t n = 0; n < BLOCK; n++) {
            out[n] = (int16_t)(uint16_t)(words[n] << above) >> beside;
        }
        return;
    }
    for (size_t n = 0; n < BLOCK; n++) {
        out[n] = (uint16_t)(words[n] << above) >> beside;
    }
}

/* Padding becomes infinite. */
static void value_block(const Frame *frame, const uint16_t *words, const int32_t *stored, float *out)
{
    const double slope = frame->slope;
    const double intercept = frame->intercept;
    for (size_t n = 0; n < BLOCK; n++) {
        out[n] = (float)(slope * stored[n] + intercept);
    }
    if (!frame->padding.there) {
        return;
    }
    const int32_t low = frame->padding.low;
    const int32_t high = frame->padding.high;
    if (frame->padding.in_words) {
        for (size_t n = 0; n < BLOCK; n++) {
            int32_t word = frame->format.is_signed ? (int16_t)words[n] : words[n];
            out[n] = word >= low && word <= high ? INFINITY : out[n];
        }
        return;
    }
    for (size_t n = 0; n < BLOCK; n++) {
        out[n] = stored[n] >= low && stored[n] <= high ? INFINITY : out[n];
    }
}

/* Some pixels of a row as words, whatever they are stored as. */
static void take_words(const Frame *frame, const void *pixels, size_t at, size_t count, uint16_t *out)
{
    if (frame->format.bits_allocated == 16) {
        memcpy(out, (const uint16_t *)pixels + at, count * sizeof *out);
        return;
    }
    for (size_t n = 0; n < count; n++) {
        out[n] = ((const uint8_t *)pixels)[at + n];
    }
}

static void convert_row(const Frame *frame, const void *pixels, size_t at, size_t count, float *out)
{
    uint16_t words[BLOCK] = {0};
    int32_t stored[BLOCK];
    float values[BLOCK];
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t part = count - done < BLOCK ? count - done : BLOCK;
        take_words(frame, pixels, at + done, part, words);
        stored_block(&frame->format, words, stored);
        value_block(frame, words, stored, values);
        memcpy(out + done, values, part * sizeof *values);
    }
}

/* A JPEG of unsigned values holds nothing above the bits that are stored: what has more is not what the
 * header says it is. (In uncompressed pixels old overlays stand there.) */
static bool check_above(const Frame *frame, const uint16_t *words, DensError **err)
{
    const PixelFormat *format = &frame->format;
    const bool jpeg = frame->file->codec == CODEC_JPEG || frame->file->codec == CODEC_JPEG_LS;
    if (!jpeg || format->is_signed || format->bits_allocated != 16 || frame->padding.in_words) {
        return true;
    }
    const size_t count = (size_t)format->rows * format->columns;
    for (size_t n = 0; n < count; n++) {
        if (words[n] >> format->high_bit >> 1) {
            return error_input(err, frame->file->path,
                               "its compressed image holds values of more than the %u bits of its header",
                               format->bits_stored);
        }
    }
    return true;
}

bool frame_check(const Frame *frame, const void *words, DensError **err)
{
    const PixelFormat *format = &frame->format;
    const unsigned below = (1u << (format->high_bit + 1 - format->bits_stored)) - 1;
    const size_t count = (size_t)format->rows * format->columns;
    for (size_t n = 0; below && n < count; n++) {
        unsigned word =
            format->bits_allocated == 8 ? ((const uint8_t *)words)[n] : ((const uint16_t *)words)[n];
        if (word & below) {
            return error_input(err, frame->file->path,
                               "its pixels have bits below the %u from bit %u down that its header says are "
                               "stored",
                               format->bits_stored, format->high_bit);
        }
    }
    return check_above(frame, words, err);
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
        convert_row(frame, words, at, plane->columns, out + row * plane->columns);
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
