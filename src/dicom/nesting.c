/* How deep the sequences of a DICOM file are nested, and where its pixels are.
 *
 * The file's elements are walked without recursion, reading their heads only (DICOM PS3.5 chapter 7). A file
 * that the walk does not understand may be one that DCMTK reads nevertheless, so there a bound is taken
 * instead: no file is nested deeper than it has item tags. */
#include "dicom/nesting.h"

#include "base/memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREAMBLE = 128, HEAD = 12, BLOCK = 1 << 16, WINDOW = 1 << 13, ITEMS_MAX = 2000 };
static const uint32_t UNDEFINED = 0xffffffff;
static const uint64_t OPEN_END = UINT64_MAX;

typedef struct {
    int file;
    uint64_t at, size;
    bool big, implicit;
    /* where the open items and sequences end; OPEN_END for undefined length */
    uint64_t end[2 * NESTING_MAX];
    bool was_implicit[2 * NESTING_MAX]; /* how what is around each of them is written */
    size_t depth, elements;
    PixelPlace pixels;
    /* a part of the file, so that not every head is a call of the system */
    unsigned char window[WINDOW];
    uint64_t window_at;
    size_t window_length;
} Walk;

typedef struct {
    uint16_t group, element;
    char vr[3]; /* "" in implicit VR and for items */
    uint32_t length;
    uint64_t value_at;
    bool begins_with_item; /* the value does */
} Element;

typedef enum { WALK_ON, WALK_END, WALK_LOST, WALK_TOO_DEEP, WALK_TOO_MANY, WALK_ZEROS } Step;

static uint32_t number(const Walk *walk, const unsigned char *at, int bytes)
{
    uint32_t value = 0;
    for (int n = 0; n < bytes; n++) {
        value = value << 8 | at[walk->big ? n : bytes - 1 - n];
    }
    return value;
}

static bool has_long_form(const char *vr)
{
    static const char *const forms[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                        "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t n = 0; n < sizeof forms / sizeof *forms; n++) {
        if (strcmp(vr, forms[n]) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_short_form(const char *vr)
{
    static const char forms[] = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";
    return strlen(vr) == 2 && strstr(forms, vr) != NULL;
}

/* Copies up to `size` bytes from walk->at; how many there are. */
static size_t peek(Walk *walk, unsigned char *out, size_t size)
{
    if (walk->at < walk->window_at || walk->at + size > walk->window_at + walk->window_length) {
        ssize_t got = pread(walk->file, walk->window, sizeof walk->window, (off_t)walk->at);
        walk->window_at = walk->at;
        walk->window_length = got > 0 ? (size_t)got : 0;
    }
    size_t from = (size_t)(walk->at - walk->window_at);
    size_t there = walk->window_length - from;
    there = there < size ? there : size;
    memcpy(out, walk->window + from, there);
    return there;
}

/* Reads the head of the element at walk->at. False: past the end, or no element. */
static bool read_element(Walk *walk, Element *out)
{
    unsigned char head[HEAD + 4] = {0};
    size_t got = peek(walk, head, sizeof head);
    if (got < 8) {
        return false;
    }
    *out =
        (Element){.group = (uint16_t)number(walk, head, 2), .element = (uint16_t)number(walk, head + 2, 2)};
    size_t used = 8;
    if (walk->implicit || out->group == 0xfffe) {
        out->length = number(walk, head + 4, 4);
    } else {
        memcpy(out->vr, head + 4, 2);
        if (has_long_form(out->vr)) {
            out->length = number(walk, head + 8, 4);
            used = HEAD;
        } else if (has_short_form(out->vr)) {
            out->length = number(walk, head + 6, 2);
        } else {
            return false;
        }
    }
    out->value_at = walk->at + used;
    out->begins_with_item = got >= used + 4 && number(walk, head + used, 2) == 0xfffe &&
                            number(walk, head + used + 2, 2) == 0xe000;
    return out->value_at <= walk->size &&
           (out->length == UNDEFINED || out->value_at + out->length <= walk->size);
}

static bool holds_items(const Walk *walk, const Element *element)
{
    if (strcmp(element->vr, "UN") == 0) {
        return element->length == UNDEFINED; /* with a length it stays as it is */
    }
    if (walk->implicit) {
        return element->length == UNDEFINED || element->begins_with_item;
    }
    return strcmp(element->vr, "SQ") == 0;
}

/* Out of the innermost open item or sequence. */
static void leave(Walk *walk)
{
    walk->depth--;
    walk->implicit = walk->was_implicit[walk->depth];
}

static void note_pixels(Walk *walk, const Element *element)
{
    bool encapsulated = element->length == UNDEFINED;
    walk->pixels = (PixelPlace){.known = true,
                                .encapsulated = encapsulated,
                                .plain = !walk->big,
                                .as_bytes = strcmp(element->vr, "OB") == 0 || strcmp(element->vr, "UN") == 0,
                                .at = element->value_at,
                                .length = encapsulated ? walk->size - element->value_at : element->length};
}

/* From there to the file's end. */
static bool only_zeros(const Walk *walk, uint64_t at)
{
    unsigned char piece[WINDOW];
    while (at < walk->size) {
        ssize_t got = pread(walk->file, piece, sizeof piece, (off_t)at);
        for (ssize_t n = 0; n < got; n++) {
            if (piece[n] != 0) {
                return false;
            }
        }
        if (got <= 0) {
            return false;
        }
        at += (uint64_t)got;
    }
    return true;
}

/* Do zeros follow the delimiter that ends compressed frames? It ends in four of them itself. */
static bool zeros_follow_frames(const Walk *walk)
{
    static const unsigned char delimiter[] = {0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0};
    unsigned char piece[BLOCK];
    uint64_t from = walk->size > sizeof piece ? walk->size - sizeof piece : 0;
    ssize_t got = pread(walk->file, piece, sizeof piece, (off_t)from);
    size_t zeros = 0;
    while (got > (ssize_t)zeros && piece[(size_t)got - zeros - 1] == 0) {
        zeros++;
    }
    return got > (ssize_t)(zeros + 4) && zeros > 4 &&
           memcmp(piece + (size_t)got - zeros - 4, delimiter, sizeof delimiter) == 0;
}

static Step step(Walk *walk)
{
    while (walk->depth > 0 && walk->end[walk->depth - 1] == walk->at) {
        leave(walk);
    }
    if (walk->at == walk->size) {
        return WALK_END;
    }
    unsigned char next[4] = {0};
    (void)peek(walk, next, sizeof next);
    if (walk->depth == 0 && memcmp(next, "\0\0\0", sizeof next) == 0 && only_zeros(walk, walk->at)) {
        return WALK_ZEROS;
    }
    Element element;
    if (!read_element(walk, &element) || (walk->depth > 0 && walk->at > walk->end[walk->depth - 1])) {
        return WALK_LOST;
    }
    if (++walk->elements > ELEMENTS_MAX) {
        return WALK_TOO_MANY;
    }
    walk->at = element.value_at;
    bool delimits = element.group == 0xfffe && (element.element == 0xe00d || element.element == 0xe0dd);
    if (delimits) {
        if (walk->depth == 0 || walk->end[walk->depth - 1] != OPEN_END) {
            return WALK_LOST;
        }
        leave(walk);
        return WALK_ON;
    }
    if (element.group == 0x7fe0 && element.element == 0x0010 && walk->depth == 0 && !walk->pixels.known) {
        note_pixels(walk, &element);
    }
    if (element.group == 0x7fe0 && element.length == UNDEFINED && walk->depth == 0) {
        /* encapsulated frames: not nested, and nothing of interest follows */
        return zeros_follow_frames(walk) ? WALK_ZEROS : WALK_END;
    }
    bool opens = (element.group == 0xfffe && element.element == 0xe000) || holds_items(walk, &element);
    if (!opens) {
        walk->at += element.length;
        return element.length == UNDEFINED ? WALK_LOST : WALK_ON;
    }
    if (walk->depth == sizeof walk->end / sizeof *walk->end) {
        return WALK_TOO_DEEP;
    }
    walk->was_implicit[walk->depth] = walk->implicit;
    walk->end[walk->depth++] = element.length == UNDEFINED ? OPEN_END : walk->at + element.length;
    /* what is UN inside explicit is written implicitly (PS3.5 6.2.2 note 2) */
    walk->implicit = walk->implicit || strcmp(element.vr, "UN") == 0;
    return WALK_ON;
}

/* Does the value at walk->at name the transfer syntax of deflated data sets? */
static bool is_deflated(Walk *walk, const Element *element)
{
    static const char uid[] = "1.2.840.10008.1.2.1.99";
    unsigned char value[sizeof uid] = {0};
    return element->length + 1 >= sizeof uid && element->length <= sizeof uid &&
           peek(walk, value, element->length) == element->length && memcmp(value, uid, sizeof uid - 1) == 0;
}

/* Goes past the meta header (explicit, little endian), if there is one, and finds how the rest is written.
 * The first element tells more surely than the transfer syntax, which some writers get wrong. */
static bool begin(Walk *walk)
{
    unsigned char head[PREAMBLE + 4];
    bool has_preamble =
        peek(walk, head, sizeof head) == sizeof head && memcmp(head + PREAMBLE, "DICM", 4) == 0;
    walk->at = has_preamble ? sizeof head : 0;
    Element element;
    bool deflated = false;
    while (read_element(walk, &element) && element.group == 0x0002 && element.length != UNDEFINED) {
        walk->at = element.value_at;
        deflated = deflated || (element.element == 0x0010 && is_deflated(walk, &element));
        walk->at += element.length;
    }
    walk->pixels.deflated_at = deflated ? walk->at : 0;
    if (deflated) {
        return true;
    }
    if (peek(walk, head, 8) != 8) {
        return false;
    }
    walk->big = head[0] == 0 && head[1] != 0;
    char vr[3] = {(char)head[4], (char)head[5], '\0'};
    walk->implicit = !has_long_form(vr) && !has_short_form(vr);
    return true;
}

static size_t count_items(const Walk *walk)
{
    static const unsigned char little[] = {0xfe, 0xff, 0x00, 0xe0};
    static const unsigned char big[] = {0xff, 0xfe, 0xe0, 0x00};
    unsigned char *block = memory_array(BLOCK, 1);
    size_t count = 0;
    ssize_t got;
    /* blocks overlap by three bytes, so that no tag is missed between two */
    for (uint64_t at = 0; (got = pread(walk->file, block, BLOCK, (off_t)at)) > 3; at += (uint64_t)got - 3) {
        const unsigned char *end = block + got;
        for (const unsigned char *byte = block; byte + 4 <= end; byte++) {
            count += memcmp(byte, little, 4) == 0 || memcmp(byte, big, 4) == 0;
        }
    }
    free(block);
    return count;
}

bool nesting_check(const char *path, PixelPlace *out, DensError **err)
{
    struct stat info;
    Walk walk = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    if (walk.file < 0 || fstat(walk.file, &info) != 0) {
        if (walk.file >= 0) {
            (void)close(walk.file);
        }
        return error_input(err, path, "cannot be opened");
    }
    walk.size = (uint64_t)info.st_size;
    Step now = begin(&walk) ? WALK_ON : WALK_LOST; /* a deflated data set is walked once it is inflated */
    while (now == WALK_ON && !walk.pixels.deflated_at) {
        now = step(&walk);
    }
    if (now == WALK_LOST && count_items(&walk) > ITEMS_MAX) {
        now = WALK_TOO_DEEP;
    }
    (void)close(walk.file);
    *out = now == WALK_LOST ? (PixelPlace){0} : walk.pixels;
    if (now == WALK_ZEROS) {
        return error_input(err, path, "is damaged: zeros stand behind its last attribute");
    }
    if (now == WALK_TOO_MANY) {
        return error_input(err, path, "holds more than %d attributes", ELEMENTS_MAX);
    }
    return now != WALK_TOO_DEEP ||
           error_input(err, path, "its sequences are damaged or nested deeper than %d levels", NESTING_MAX);
}
