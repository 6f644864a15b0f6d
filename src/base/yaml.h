/* YAML in; the only file that names libfyaml. One document a file, no anchors, aliases or tags. Plain
 * scalars that JSON would read as a number, true, false or null are that, a value that is left out is null,
 * and all else is a string ("010", "0x10", "yes", "~"). Keys are strings. Refused, with line and column:
 * syntax errors, duplicate keys, bad UTF-8, NUL, nesting deeper than 60 levels, more than 8 MiB. Prints
 * nothing. */
#ifndef DENS_BASE_YAML_H
#define DENS_BASE_YAML_H

#include "base/error.h"
#include "base/trees.h"
#include "base/value.h"

Value *yaml_parse(Arena *arena, const char *text, size_t length, const char *where,
                  DensError **err) DENS_MUST_USE;
Value *yaml_read(Arena *arena, const char *path, DensError **err) DENS_MUST_USE;
/* From now on yaml_read() takes the tree of a file from this table if it holds one for the very bytes of the
 * file, and parses it otherwise. Said once, before there are threads and before anything is read; the table
 * lives as long as all trees. NULL: no table. */
void yaml_use_table(const Trees *table);
const Trees *yaml_table(void);

#endif
