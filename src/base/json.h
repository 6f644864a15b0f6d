/* JSON in and out; the only file that names jansson. Refused, with line and column: syntax errors,
 * duplicate keys, bytes that are not UTF-8, NUL in strings, NaN, text after the value, nesting deeper
 * than 100 levels, more than JSON_MAX_BYTES or 4 194 304 values. A byte order mark is passed over. Errors
 * never quote the text but for a key that is there twice. */
#ifndef DENS_BASE_JSON_H
#define DENS_BASE_JSON_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

enum { JSON_MAX_BYTES = 256 * 1024 * 1024 };

/* `where` names the text in errors ("case.json"): "case.json:3:14: …". The tree lives in `arena`. */
Value *json_parse(Arena *arena, const char *text, size_t length, const char *where,
                  DensError **err) DENS_MUST_USE;
/* "-" reads standard input. */
Value *json_read(Arena *arena, const char *path, DensError **err) DENS_MUST_USE;

typedef enum { JSON_COMPACT, JSON_PRETTY } JsonStyle;
/* Numbers are written with the fewest digits that read back as the same double. JSON_PRETTY indents by
 * one space and keeps a list of numbers or short strings on one line. */
void json_write(const Value *value, JsonStyle style, Text *out);

#endif
