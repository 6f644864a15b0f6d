/* A growing text buffer. Invariant: `bytes` is NULL and length 0, or bytes[length] is NUL. */
#include "base/text.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(Text *text)
{
    *text = (Text)TEXT_INIT;
}

void text_clear(Text *text)
{
    free(text->bytes);
    text_init(text);
}

const char *text_string(const Text *text)
{
    return text->bytes ? text->bytes : "";
}

/* Room for `more` bytes and the terminator. */
static void reserve(Text *text, size_t more)
{
    if (more >= SIZE_MAX / 2 - text->length) {
        memory_exhausted();
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity < 64 ? 256 : text->capacity * 2;
    if (capacity < needed) {
        capacity = needed;
    }
    text->bytes = memory_resize(text->bytes, capacity, 1);
    text->capacity = capacity;
}

void text_add_bytes(Text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0) {
        memcpy(text->bytes + text->length, bytes, length);
    }
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(Text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

static void add_size(Text *text, size_t number)
{
    char digits[3 * sizeof number];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_add_bytes(text, digits + at, sizeof digits - at);
}

/* What stands before the first conversion that is neither %s nor %zu, which most formats do not have, is only
 * copied; the rest is printf's. */
void text_addf(Text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    const char *at;
    while ((at = strchr(format, '%')) && (at[1] == 's' || (at[1] == 'z' && at[2] == 'u'))) {
        text_add_bytes(text, format, (size_t)(at - format));
        if (at[1] == 's') {
            const char *string = va_arg(arguments, const char *);
            text_add(text, string ? string : "(null)");
        } else {
            add_size(text, va_arg(arguments, size_t));
        }
        format = at + (at[1] == 's' ? 2 : 3);
    }
    if (!at) {
        text_add(text, format);
        va_end(arguments);
        return;
    }
    va_copy(again, arguments);
    reserve(text, 64); /* mostly enough, and then it is written once */
    size_t room = text->capacity - text->length;
    int length = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    if (length < 0) {
        memory_exhausted(); /* a result beyond INT_MAX */
    }
    if ((size_t)length >= room) {
        reserve(text, (size_t)length);
        (void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    text->length += (size_t)length;
}

static const char *html_entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void text_add_html(Text *text, const char *string)
{
    size_t length = strlen(string);
    size_t at = 0;
    while (at < length) {
        size_t step = utf8_length(string + at, length - at);
        const char *entity = html_entity(string[at]);
        if (step == 0) {
            text_add(text, "\xEF\xBF\xBD"); /* U+FFFD */
            step = 1;
        } else if (entity) {
            text_add(text, entity);
        } else {
            text_add_bytes(text, string + at, step);
        }
        at += step;
    }
}

void text_add_base64(Text *text, const char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = (const unsigned char *)bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t three =
            (uint32_t)b[i] << 16 | (left > 1 ? (uint32_t)b[i + 1] << 8 : 0) | (left > 2 ? b[i + 2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63], digits[three >> 6 & 63],
                        digits[three & 63]};
        for (size_t pad = left + 1; pad < 4; pad++) {
            four[pad] = '=';
        }
        text_add_bytes(text, four, 4);
    }
}

char *text_take(Text *text)
{
    reserve(text, 0);
    text->bytes[text->length] = '\0';
    char *string = text->bytes;
    text_init(text);
    return string;
}

size_t text_columns(const char *string, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)string[i] & 0xC0) != 0x80 ? 1 : 0;
    }
    return columns;
}

void text_add_wrapped(Text *text, const char *string, size_t at, size_t indent, size_t columns)
{
    bool first = true;
    while (*(string += strspn(string, " \n"))) {
        size_t length = strcspn(string, " \n"), width = text_columns(string, length);
        if (!first && at + 1 + width > columns) {
            text_addf(text, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        text_add(text, first ? "" : " ");
        text_add_bytes(text, string, length);
        at += width + (first ? 0 : 1);
        first = false;
        string += length;
    }
    text_add(text, "\n");
}
