/* Splitting encapsulated pixel data, the marker walk, run lengths, and words to values. */
#include "testing.h"

#include "dicom/codestream.h"
#include "dicom/encapsulated.h"
#include "dicom/frame.h"
#include "dicom/rle.h"

#include <stdlib.h>

#define ITEM(length) 0xfe, 0xff, 0x00, 0xe0, (length), 0, 0, 0
#define END 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0

static bool split(const unsigned char *bytes, size_t length, size_t count, EncodedFrames *out,
                  DensError **err)
{
    return encapsulated_split(bytes, length, count, out, err);
}

static void fragments_become_frames(void **state)
{
    (void)state;
    EncodedFrames frames;
    const unsigned char one_each[] = {ITEM(0), ITEM(2), 1, 2, ITEM(2), 3, 4, END};
    assert_true(split(one_each, sizeof one_each, 2, &frames, NULL));
    assert_int_equal(frames.count, 2);
    assert_int_equal(frames.frames[1].length, 2);
    assert_memory_equal(frames.frames[1].bytes, "\3\4", 2);
    encoded_frames_clear(&frames);
    assert_true(split(one_each, sizeof one_each, 1, &frames, NULL));
    assert_memory_equal(frames.frames[0].bytes, "\1\2\3\4", 4);
    encoded_frames_clear(&frames);
    const unsigned char by_table[] = {ITEM(8), 0, 0,       0, 0, 20,      0, 0, 0,  ITEM(2),
                                      1,       2, ITEM(2), 3, 4, ITEM(2), 5, 6, END};
    assert_true(split(by_table, sizeof by_table, 2, &frames, NULL));
    assert_int_equal(frames.frames[0].length, 4);
    assert_memory_equal(frames.frames[1].bytes, "\5\6", 2);
    encoded_frames_clear(&frames);
    const unsigned char by_marker[] = {ITEM(0), ITEM(2), 0xff, 0xd8, ITEM(2), 7, 8, ITEM(2), 0xff, 0xd8, END};
    assert_true(split(by_marker, sizeof by_marker, 2, &frames, NULL));
    assert_int_equal(frames.frames[0].length, 4);
    encoded_frames_clear(&frames);
}

static void damaged_items_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        size_t length, count;
        unsigned char bytes[40];
    } cases[] = {
        {"break off", 0, 1, {0}},
        {"break off", 16, 1, {ITEM(0), ITEM(0)}},
        {"break off", 19, 1, {ITEM(0), ITEM(2), 1, 2, 0xfe}},
        {"claims 9 bytes, but 2 follow", 18, 1, {ITEM(0), ITEM(9), 1, 2}},
        {"no fragment where one should begin", 24, 1, {ITEM(0), 1, 2, 3, 4, 5, 6, 7, 8, END}},
        {"no offset table", 8, 1, {END}},
        {"claims 3 frames, but there are 1 fragments", 26, 3, {ITEM(0), ITEM(2), 1, 2, END}},
        {"points beside frame 1", 30, 1, {ITEM(4), 4, 0, 0, 0, ITEM(2), 1, 2, END}},
        {"of 1 frames, its header claims 2", 40, 2, {ITEM(4), 0, 0, 0, 0, ITEM(2), 1, 2, ITEM(2), 3, 4, END}},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        EncodedFrames frames;
        DensError *err = NULL;
        assert_false(split(cases[n].bytes, cases[n].length, cases[n].count, &frames, &err));
        assert_error(&err, DENS_ERROR_INPUT, "", cases[n].part);
        assert_null(frames.frames);
    }
}

/* A JPEG of 2 × 1 pixels, 8 bits: only its markers count here. */
static const unsigned char jpeg[] = {0xff, 0xd8, 0xff, 0xc0, 0,    11,   8,    0,    1,   0, 2,
                                     1,    1,    0x11, 0,    0xff, 0xda, 0,    8,    1,   1, 0,
                                     0,    63,   0,    0x12, 0xff, 0,    0x34, 0xff, 0xd9};
static const PixelFormat two = {
    .rows = 1, .columns = 2, .bits_allocated = 8, .bits_stored = 8, .high_bit = 7};

static void refused_with(size_t at, unsigned char byte, size_t length, const char *part)
{
    unsigned char bytes[sizeof jpeg];
    Codestream stream;
    DensError *err = NULL;
    memcpy(bytes, jpeg, sizeof jpeg);
    bytes[at] = byte;
    assert_false(codestream_walk(CODEC_JPEG, &two, bytes, length, &stream, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", part);
}

static void markers_are_walked(void **state)
{
    (void)state;
    Codestream stream;
    DensError *err = NULL;
    assert_true(codestream_walk(CODEC_JPEG, &two, jpeg, sizeof jpeg, &stream, &err));
    assert_no_error(err);
    assert_int_equal(stream.precision, 8);
    assert_int_equal(stream.process, 0xc0);
    refused_with(0, 0, sizeof jpeg, "does not begin as JPEG does");
    refused_with(3, 0x01, sizeof jpeg, "marker FF01");
    refused_with(3, 0xd0, sizeof jpeg, "marker FFD0");
    refused_with(3, 0xc2, sizeof jpeg, "kind (FFC2) that is not read");
    refused_with(27, 0x01, sizeof jpeg, "marker FF01"); /* in the coded data */
    refused_with(4, 1, sizeof jpeg, "segment FFC0 claims");
    refused_with(6, 12, sizeof jpeg, "has 12 bits a pixel; 8 are allocated");
    refused_with(8, 2, sizeof jpeg, "claims 2 × 1 pixels, its compressed image has 2 × 2");
    refused_with(11, 3, sizeof jpeg, "3 components");
    refused_with(2, 0, sizeof jpeg, "no marker at byte 2");
    for (size_t length = 0; length < sizeof jpeg; length++) {
        assert_false(codestream_walk(CODEC_JPEG, &two, jpeg, length, &stream, &err));
        assert_error(&err, DENS_ERROR_INPUT, "", "its compressed image");
    }
    assert_false(codestream_walk(CODEC_JPEG_LS, &two, jpeg, sizeof jpeg, &stream, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "FFC0");
    assert_false(codestream_walk(CODEC_JPEG_2000, &two, jpeg, sizeof jpeg, &stream, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "JPEG 2000");
}

static void packets_hold_no_markers(void **state)
{
    (void)state;
    /* SOC, SIZ of 2 × 1 pixels, SOT of 22 bytes, SOD, eight bytes of packets, EOC */
    unsigned char image[] = {
        0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0, 0,  0, 0, 2,    0,    0, 0, 1,    0,    0, 0, 0, 0, 0,    0,
        0,    0,    0,    0,    2, 0,  0, 0, 1,  0, 0, 0,    0,    0, 0, 0,    0,    0, 1, 7, 1, 1,    0xff,
        0x90, 0,    10,   0,    0, 0,  0, 0, 22, 0, 1, 0xff, 0x93, 1, 2, 0xff, 0x8f, 3, 4, 5, 6, 0xff, 0xd9};
    const size_t packets = sizeof image - 10;
    Codestream stream;
    DensError *err = NULL;
    assert_true(codestream_walk(CODEC_JPEG_2000, &two, image, sizeof image, &stream, &err));
    assert_no_error(err);
    image[packets + 3] = 0x92; /* the end of a packet's head may stand there */
    assert_true(codestream_walk(CODEC_JPEG_2000, &two, image, sizeof image, &stream, &err));
    image[packets + 3] = 0x94;
    assert_false(codestream_walk(CODEC_JPEG_2000, &two, image, sizeof image, &stream, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "damaged at byte");
    image[packets + 3] = 0x8f;
    image[packets - 1] = 0x92; /* no start of the packets */
    assert_false(codestream_walk(CODEC_JPEG_2000, &two, image, sizeof image, &stream, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "damaged tile");
}

static void run_lengths_are_strict(void **state)
{
    (void)state;
    const PixelFormat format = {
        .rows = 1, .columns = 4, .bits_allocated = 16, .bits_stored = 16, .high_bit = 15};
    unsigned char frame[64 + 8] = {2, 0, 0, 0, 64, 0, 0, 0, 66};
    const unsigned char packed[] = {(unsigned char)-3, 9, 3, 1, 2, 3, 4, 0};
    memcpy(frame + 64, packed, sizeof packed);
    unsigned char words[8];
    DensError *err = NULL;
    assert_true(rle_decode(&format, frame, sizeof frame, words, &err));
    assert_no_error(err);
    assert_memory_equal(words, "\1\11\2\11\3\11\4\11", 8);
    assert_false(rle_decode(&format, frame, 69, words, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "end after 0 of 4 pixels");
    frame[64] = (unsigned char)-4;
    assert_false(rle_decode(&format, frame, sizeof frame, words, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "more than 4 pixels");
    frame[64] = (unsigned char)-2;
    assert_false(rle_decode(&format, frame, sizeof frame, words, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "end after 3 of 4 pixels");
    frame[4] = 200;
    assert_false(rle_decode(&format, frame, sizeof frame, words, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "points beyond the frame");
    frame[0] = 1;
    assert_false(rle_decode(&format, frame, sizeof frame, words, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "not that of 16 bits");
}

static void words_become_values(void **state)
{
    (void)state;
    Frame frame = {
        .format = {.rows = 2, .columns = 4, .bits_allocated = 16, .bits_stored = 12, .high_bit = 11},
        .slice = {.rows = 1, .columns = 2},
        .tile_column = 1,
        .tile_row = 1,
        .slope = 2,
        .intercept = 1};
    const uint16_t words[8] = {0, 0, 0, 0, 7, 0xf003, 0x0fff, 7};
    float values[2];
    frame_values(&frame, words, values);
    assert_near((double)values[0], 7, 0);
    assert_near((double)values[1], 8191, 0);
    frame.format.is_signed = true;
    frame_values(&frame, words, values);
    assert_near((double)values[1], -1, 0);
    frame.padding = (Padding){.there = true, .low = -1, .high = -1};
    frame_values(&frame, words, values);
    assert_near((double)values[1], 7, 0);
    frame.unit = UNIT_HU;
    frame_values(&frame, words, values);
    assert_near((double)values[1], -1024, 0);
}

/* PS3.5 8.1.1 as it says: the bits from HighBit down, the uppermost of them the sign. */
static double by_definition(const PixelFormat *format, unsigned word)
{
    double value = 0;
    for (unsigned bit = 0; bit < format->bits_stored; bit++) {
        bool set = word >> (format->high_bit + 1 - format->bits_stored + bit) & 1;
        bool sign = format->is_signed && bit + 1 == format->bits_stored;
        value += set ? (sign ? -1 : 1) * (double)(1u << bit) : 0;
    }
    return value;
}

static void every_way_to_store_a_value(void **state)
{
    (void)state;
    enum { COUNT = 131 }; /* no whole number of blocks */
    uint16_t words[COUNT];
    uint8_t bytes[COUNT];
    float values[COUNT];
    for (size_t n = 0; n < COUNT; n++) {
        words[n] = (uint16_t)(n * 40503u + 7);
        bytes[n] = (uint8_t)(words[n] >> 8);
    }
    for (unsigned allocated = 8; allocated <= 16; allocated += 8) {
        for (unsigned code = 0; code < 2 * allocated * allocated; code++) {
            unsigned stored = code / 2 % allocated + 1, high = code / 2 / allocated;
            Frame frame = {.format = {1, COUNT, allocated, stored, high, code % 2 == 1},
                           .slice = {.rows = 1, .columns = COUNT},
                           .slope = 0.5,
                           .intercept = -3};
            if (high + 1 < stored) {
                continue;
            }
            frame_values(&frame, allocated == 8 ? (const void *)bytes : (const void *)words, values);
            for (size_t n = 0; n < COUNT; n++) {
                double expected =
                    0.5 * by_definition(&frame.format, allocated == 8 ? bytes[n] : words[n]) - 3;
                assert_near((double)values[n], expected, 0);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_become_frames),    cmocka_unit_test(damaged_items_are_refused),
        cmocka_unit_test(markers_are_walked),         cmocka_unit_test(run_lengths_are_strict),
        cmocka_unit_test(packets_hold_no_markers),    cmocka_unit_test(words_become_values),
        cmocka_unit_test(every_way_to_store_a_value),
    };
    return cmocka_run_group_tests_name("dicom-frames", tests, NULL, NULL);
}
