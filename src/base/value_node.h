/* What the parsers (json.c, yaml.c) share beside value.h: for this room only. */
#ifndef DENS_BASE_VALUE_NODE_H
#define DENS_BASE_VALUE_NODE_H

#include "base/value.h"

/* Deeper nesting is refused, so that everything that walks a tree may recurse. */
enum { VALUE_MAX_DEPTH = 100 };

/* A new node, put at the end of `parent` (NULL: a root). `key` is NULL or lives in the arena, and is not
 * compared with the other keys: the parser has seen to that. */
Value *value_node(Arena *arena, Value *parent, ValueKind kind, const char *key);

typedef enum { NUMBER_NONE, NUMBER_OK, NUMBER_TOO_LARGE } NumberRead;
/* Reads a number as JSON writes them (RFC 8259, section 6): all of the text, no sign but minus, no leading
 * zeros, a digit on both sides of the point. */
NumberRead value_read_number(const char *text, size_t length, double *out, bool *out_integral);

#endif
