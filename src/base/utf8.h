/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef DENS_BASE_UTF8_H
#define DENS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length (1 to 4) of the character that begins at `bytes`, of which `available` may be read; 0 if
 * these bytes are no character. A NUL byte is a character of length 1. */
size_t utf8_length(const char *bytes, size_t available);

/* Looks through the whole text. On failure *out_offset is where the first bad byte stands. */
bool utf8_valid(const char *bytes, size_t length, size_t *out_offset);

/* Does a text begin as UTF-16 does: with its byte order mark, or with two ASCII characters in four bytes? */
bool utf8_is_utf16(const char *bytes, size_t length);

/* Makes one clean line of a text, in place and without changing its length: control characters (C0, DEL,
 * C1, U+2028 and U+2029) become spaces, bytes that are not UTF-8 become question marks. */
void utf8_clean_line(char *text);

/* The greatest length of at most `limit` at which `text` can be cut without cutting a character. */
size_t utf8_cut(const char *text, size_t limit);

/* The 1-based line and column, in characters, of a byte of a text. */
void utf8_position(const char *text, size_t offset, int *out_line, int *out_column);

#endif
