/* A growing text buffer. Always NUL-terminated; `text_string()` is never NULL. */
#ifndef DENS_BASE_TEXT_H
#define DENS_BASE_TEXT_H

#include "base/auto.h"
#include "base/error.h"

#include <stddef.h>

typedef struct Text {
    char *bytes;   /* NULL until something was added */
    size_t length; /* without the terminator */
    size_t capacity;
} Text;

void text_init(Text *text);
void text_clear(Text *text); /* frees what it holds; the struct is empty again */
const char *text_string(const Text *text);
void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_addf(Text *text, const char *format, ...) DENS_PRINTF(2, 3);
/* Adds with &, <, >, " and ' written as HTML entities; bytes that are not UTF-8 become U+FFFD. */
void text_add_html(Text *text, const char *string);
/* Adds bytes as base64 (RFC 4648). */
void text_add_base64(Text *text, const char *bytes, size_t length);
/* Columns of a text: its characters, none of which is wide. */
size_t text_columns(const char *string, size_t length);
/* Adds `string` in words from column `at` on, in lines of at most `columns`; further lines begin at `indent`.
 * Ends the line. */
void text_add_wrapped(Text *text, const char *string, size_t at, size_t indent, size_t columns);
/* Hands the string over (caller frees with free()); the buffer is empty again. Never NULL. */
char *text_take(Text *text);

#define TEXT_INIT                                                                                            \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }
#define AUTO_TEXT AUTO(text_clear) Text

#endif
