/* The frames of encapsulated pixel data.
 *
 * Source: DICOM PS3.5 A.4 and table A.4-1: an item with the basic offset table (it may be empty), one item a
 * fragment, a sequence delimiter; little endian throughout. Frames of more than one fragment without an
 * offset table are told by the marker that begins a JPEG (FFD8) or JPEG 2000 (FF4F FF51) codestream. */
#include "dicom/encapsulated.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ITEM_HEAD = 8 };
static const uint32_t ITEM = 0xe000fffe;
static const uint32_t DELIMITER = 0xe0ddfffe;

/* One fragment: where its value lies, and the offset of its item counted from the first fragment's. */
typedef struct {
    const unsigned char *bytes;
    size_t length;
    size_t offset;
} Fragment;

typedef struct {
    Fragment *fragments; /* owned */
    size_t count;
    const unsigned char *table;
    size_t table_entries;
} Sequence;

static uint32_t word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Reads the head of the item at *at and goes past it. */
static bool next_item(const unsigned char *bytes, size_t length, size_t *at, uint32_t *out_tag,
                      uint32_t *out_length, DensError **err)
{
    if (length - *at < ITEM_HEAD) {
        return error_input(err, NULL, "its compressed pixel data break off before their end is marked");
    }
    *out_tag = word(bytes + *at);
    *out_length = word(bytes + *at + 4);
    *at += ITEM_HEAD;
    if (*out_tag != ITEM && *out_tag != DELIMITER) {
        return error_input(err, NULL,
                           "its compressed pixel data are damaged: there is no fragment where one "
                           "should begin");
    }
    if (*out_tag == ITEM && *out_length > length - *at) {
        return error_input(err, NULL,
                           "a fragment of its compressed pixel data claims %u bytes, but %zu follow",
                           *out_length, length - *at);
    }
    return true;
}

static bool read_items(const unsigned char *bytes, size_t length, Sequence *out, DensError **err)
{
    size_t at = 0;
    uint32_t tag = 0;
    uint32_t size = 0;
    if (!next_item(bytes, length, &at, &tag, &size, err)) {
        return false;
    }
    if (tag != ITEM || size % 4 != 0) {
        return error_input(err, NULL, "its compressed pixel data have no offset table");
    }
    out->table = bytes + at;
    out->table_entries = size / 4;
    at += size;
    const size_t first = at;
    size_t room = 0;
    for (;;) {
        size_t offset = at - first;
        if (!next_item(bytes, length, &at, &tag, &size, err)) {
            return false;
        }
        if (tag == DELIMITER) {
            return true;
        }
        if (out->count == room) {
            room = room ? 2 * room : 16;
            out->fragments = memory_resize(out->fragments, room, sizeof *out->fragments);
        }
        out->fragments[out->count++] = (Fragment){bytes + at, size, offset};
        at += size;
    }
}

static bool begins_codestream(const Fragment *fragment)
{
    const unsigned char *b = fragment->bytes;
    bool jpeg = fragment->length >= 2 && b[0] == 0xff && b[1] == 0xd8;
    bool jpeg_2000 = fragment->length >= 4 && b[0] == 0xff && b[1] == 0x4f && b[2] == 0xff && b[3] == 0x51;
    return jpeg || jpeg_2000;
}

static bool fits_table(const Sequence *sequence, size_t frame, size_t fragment)
{
    return frame < sequence->table_entries &&
           word(sequence->table + 4 * frame) == sequence->fragments[fragment].offset;
}

/* Does the next frame begin with this fragment? */
static bool begins_frame(const Sequence *sequence, size_t frame_count, size_t frame, size_t fragment)
{
    if (frame_count == 1) {
        return fragment == 0;
    }
    if (sequence->count == frame_count) {
        return true;
    }
    return sequence->table_entries > 0 ? fits_table(sequence, frame, fragment)
                                       : begins_codestream(&sequence->fragments[fragment]);
}

static bool append(EncodedFrame *frame, const Fragment *fragment, DensError **err)
{
    if (fragment->length == 0) {
        return true;
    }
    unsigned char *bytes = realloc(frame->bytes, frame->length + fragment->length);
    if (!bytes) {
        return error_no_memory(err);
    }
    memcpy(bytes + frame->length, fragment->bytes, fragment->length);
    frame->bytes = bytes;
    frame->length += fragment->length;
    return true;
}

static bool check_table(const Sequence *sequence, size_t frame_count, DensError **err)
{
    if (sequence->table_entries == 0) {
        return true;
    }
    if (sequence->table_entries != frame_count) {
        return error_input(err, NULL, "its offset table is of %zu frames, its header claims %zu",
                           sequence->table_entries, frame_count);
    }
    for (size_t n = 0; n < frame_count && sequence->count == frame_count; n++) {
        if (!fits_table(sequence, n, n)) {
            return error_input(err, NULL, "its offset table points beside frame %zu", n + 1);
        }
    }
    return true;
}

static bool join(const Sequence *sequence, size_t frame_count, EncodedFrames *out, DensError **err)
{
    if (sequence->count < frame_count) {
        return error_input(err, NULL,
                           "its header claims %zu frames, but there are %zu fragments of compressed "
                           "pixel data",
                           frame_count, sequence->count);
    }
    if (!check_table(sequence, frame_count, err)) {
        return false;
    }
    out->frames = memory_array(frame_count, sizeof *out->frames);
    for (size_t n = 0; n < sequence->count; n++) {
        if (begins_frame(sequence, frame_count, out->count, n)) {
            if (out->count == frame_count) {
                return error_input(err, NULL,
                                   "its compressed pixel data hold more than the %zu frames that its "
                                   "header claims",
                                   frame_count);
            }
            out->count++;
        }
        if (out->count == 0) {
            return error_input(err, NULL, "its compressed pixel data do not begin with a frame");
        }
        if (!append(&out->frames[out->count - 1], &sequence->fragments[n], err)) {
            return false;
        }
    }
    return out->count == frame_count ||
           error_input(err, NULL, "its header claims %zu frames, but its compressed pixel data hold %zu",
                       frame_count, out->count);
}

bool encapsulated_split(const unsigned char *bytes, size_t length, size_t frame_count, EncodedFrames *out,
                        DensError **err)
{
    Sequence sequence = {0};
    *out = (EncodedFrames){0};
    bool good = read_items(bytes, length, &sequence, err);
    /* a claim beyond the number of fragments is refused before anything is allocated for it */
    good = good && join(&sequence, frame_count, out, err);
    free(sequence.fragments);
    if (!good) {
        encoded_frames_clear(out);
    }
    return good;
}

void encoded_frames_clear(EncodedFrames *frames)
{
    for (size_t n = 0; n < frames->count; n++) {
        free(frames->frames[n].bytes);
    }
    free(frames->frames);
    *frames = (EncodedFrames){0};
}
