/* Checking a tree that came from a file: one error line with file, line, column and JSON path, what is wrong,
 * and the nearest valid name. For the rooms that read such files: document/, knowledge/ and reading/.
 *
 * A case may hold what must not get into a log. Numbers are therefore never repeated in an error, and a text
 * only if it looks like a name of the format (check_quote). */
#ifndef DENS_DOCUMENT_CHECK_H
#define DENS_DOCUMENT_CHECK_H

#include "base/error.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    Arena *scratch;    /* for paths and quotes */
    const char *where; /* the file, or "" */
    DensError **err;
} Check;

/* "case.json:3:14: $.patient.age", with the place of the value, or of its key in the map. */
const char *check_place(const Check *check, const Value *at, bool of_key);
/* Set the error at the node, or at its key; return false. */
bool check_fail(const Check *check, const Value *at, const char *format, ...) DENS_PRINTF(3, 4);
bool check_fail_key(const Check *check, const Value *at, const char *format, ...) DENS_PRINTF(3, 4);

/* "'hihg'", or "this text" if it does not look like a name. In the scratch arena. */
const char *check_quote(const Check *check, const char *text);
/* "; did you mean 'high'?", or "" if nothing is near. */
const char *check_suggestion(const Check *check, const char *given, const char *const *names, size_t count);
/* "'a', 'b' or 'c'". */
const char *check_alternatives(const Check *check, const char *const *names, size_t count);

bool check_kind(const Check *check, const Value *at, ValueKind kind) DENS_MUST_USE;
/* Every key of the map is one of the `count` names. */
bool check_keys(const Check *check, const Value *map, const char *const *names, size_t count) DENS_MUST_USE;
/* The node at `key`, or NULL with an error if it is missing or of another kind. */
const Value *check_required(const Check *check, const Value *map, const char *key,
                            ValueKind kind) DENS_MUST_USE;
/* The text at `key`: not empty. NULL with an error otherwise. */
const char *check_required_text(const Check *check, const Value *map, const char *key) DENS_MUST_USE;
/* The same in `arena`, without the line end that a folded text has; `fallback` if there is none and that is
 * not NULL. */
const char *check_text(const Check *check, Arena *arena, const Value *map, const char *key,
                       const char *fallback) DENS_MUST_USE;
/* True if `key` is missing or of this kind; *out is the node or NULL. */
bool check_optional(const Check *check, const Value *map, const char *key, ValueKind kind,
                    const Value **out) DENS_MUST_USE;
/* The node is a string and one of the names; *out is its index. */
bool check_one_of(const Check *check, const Value *at, const char *what, const char *const *names,
                  size_t count, size_t *out) DENS_MUST_USE;

#define CHECK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
