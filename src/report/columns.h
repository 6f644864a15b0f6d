/* How wide a UTF-8 text is on a terminal, and where its lines break. The C library's wcwidth() depends
 * on the process' locale; these do not. Widths after Unicode Standard Annex 11 (wide and fullwidth: 2). */
#ifndef DENS_REPORT_COLUMNS_H
#define DENS_REPORT_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* The next character of a NUL-terminated text, which is moved on; U+FFFD for a byte that is no UTF-8; 0 at
 * the end, without moving. */
uint32_t columns_next(const char **text);

/* 0 (combining, zero width), 1 or 2. */
size_t columns_of_character(uint32_t character);
/* Of a whole text. */
size_t columns_of(const char *text);

/* The first line of `text` in at most `columns` columns: its length in bytes, and in *out_next where the
 * following line begins (spaces at the break are skipped). Breaks at spaces (not before a percent sign) and
 * beside wide characters, inside a word only if it alone is too wide. At least one character is taken, if
 * there is one. */
size_t columns_break(const char *text, size_t columns, size_t *out_next);

#endif
