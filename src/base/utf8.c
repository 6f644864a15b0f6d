/* UTF-8. The table of well-formed byte sequences is table 3-7 of the Unicode Standard (D92). */
#include "base/utf8.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* A lead byte range, what its second byte may be, and the length of the character. */
static const struct {
    uint8_t lead_first, lead_last, second_first, second_last, length;
} sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xC0U) == 0x80U;
}

size_t utf8_length(const char *bytes, size_t available)
{
    if (available == 0) {
        return 0;
    }
    uint8_t lead = (uint8_t)bytes[0];
    if (lead < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (lead < sequences[i].lead_first || lead > sequences[i].lead_last) {
            continue;
        }
        size_t length = sequences[i].length;
        if (available < length || (uint8_t)bytes[1] < sequences[i].second_first ||
            (uint8_t)bytes[1] > sequences[i].second_last) {
            return 0;
        }
        for (size_t k = 2; k < length; k++) {
            if (!is_continuation(bytes[k])) {
                return 0;
            }
        }
        return length;
    }
    return 0;
}

bool utf8_valid(const char *bytes, size_t length, size_t *out_offset)
{
    size_t at = 0;
    while (at < length) {
        size_t step = utf8_length(bytes + at, length - at);
        if (step == 0) {
            *out_offset = at;
            return false;
        }
        at += step;
    }
    return true;
}

static bool is_control(const char *character, size_t length)
{
    uint8_t first = (uint8_t)character[0];
    if (length == 1) {
        return first < 0x20 || first == 0x7F;
    }
    uint8_t second = (uint8_t)character[1];
    if (length == 2) {
        return first == 0xC2 && second < 0xA0;
    }
    uint8_t third = (uint8_t)character[2];
    return length == 3 && first == 0xE2 && second == 0x80 && (third == 0xA8 || third == 0xA9);
}

bool utf8_is_utf16(const char *bytes, size_t length)
{
    if (length < 4) {
        return false;
    }
    uint8_t first = (uint8_t)bytes[0], second = (uint8_t)bytes[1];
    bool marked = (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF);
    return marked || (!first != !second && !bytes[2] == !first && !bytes[3] == !second);
}

void utf8_clean_line(char *text)
{
    size_t length = strlen(text);
    size_t at = 0;
    while (at < length) {
        size_t step = utf8_length(text + at, length - at);
        if (step == 0) {
            text[at] = '?';
            step = 1;
        } else if (is_control(text + at, step)) {
            memset(text + at, ' ', step);
        }
        at += step;
    }
}

size_t utf8_cut(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit + 1);
    if (length <= limit) {
        return length;
    }
    while (limit > 0 && is_continuation(text[limit])) {
        limit--;
    }
    return limit;
}

void utf8_position(const char *text, size_t offset, int *out_line, int *out_column)
{
    int line = 1, column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            line += line < INT_MAX;
            column = 1;
        } else if (!is_continuation(text[i])) {
            column += column < INT_MAX;
        }
    }
    *out_line = line;
    *out_column = column;
}
