/* A tree of values: what JSON and YAML files hold, and what a result document is built from.
 * All nodes live in one arena. Maps keep their order. Every node that was parsed knows its line and
 * column (1-based); a node that was built has 0. Strings are UTF-8 and hold no NUL. */
#ifndef DENS_BASE_VALUE_H
#define DENS_BASE_VALUE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_LIST, VALUE_MAP } ValueKind;

typedef struct Value Value;
struct Value {
    ValueKind kind;
    bool boolean;
    bool integral;            /* the number was written, or is to be written, without a fraction */
    int line, column;         /* of the value itself; 0 when built */
    int key_line, key_column; /* of its key in a map */
    double number;
    const char *string;         /* VALUE_STRING */
    const char *key;            /* its key, when its parent is a map */
    Value *first, *last, *next; /* children of a list or map, siblings */
    size_t count;               /* number of children */
    Value *parent;
    Arena *arena;
};

/* Building. A list or map takes the children that are made with it as parent; a duplicate key
 * replaces the old value in its place. Numbers must be finite: value_set_number of NaN or an infinity
 * sets null (JSON has neither); callers say "missing" instead. Strings are copied. */
Value *value_new_map(Arena *arena);
Value *value_new_list(Arena *arena);
Value *value_set_map(Value *map, const char *key);
Value *value_set_list(Value *map, const char *key);
Value *value_set_string(Value *map, const char *key, const char *string);
Value *value_set_format(Value *map, const char *key, const char *format, ...) DENS_PRINTF(3, 4);
Value *value_set_number(Value *map, const char *key, double number);
Value *value_set_integer(Value *map, const char *key, long long number);
Value *value_set_bool(Value *map, const char *key, bool boolean);
Value *value_set_null(Value *map, const char *key);
/* A deep copy of `source` under `key`. */
Value *value_set_copy(Value *map, const char *key, const Value *source);
Value *value_add_map(Value *list);
Value *value_add_list(Value *list);
Value *value_add_string(Value *list, const char *string);
Value *value_add_format(Value *list, const char *format, ...) DENS_PRINTF(2, 3);
Value *value_add_number(Value *list, double number);
Value *value_add_integer(Value *list, long long number);
Value *value_add_copy(Value *list, const Value *source);
/* A deep copy as a root of its own. */
Value *value_copy(Arena *arena, const Value *source);

/* Reading. Every reader accepts NULL and a node of another kind and then answers NULL, 0 or false. */
const Value *value_get(const Value *map, const char *key);
/* Dotted keys: value_path(result, "software.prior"). A key that has a dot itself needs value_get. */
const Value *value_path(const Value *map, const char *path);
const Value *value_at(const Value *list, size_t index);
const char *value_string(const Value *value);              /* NULL if it is no string */
const char *value_text(const Value *map, const char *key); /* the string at key, or NULL */
bool value_number(const Value *value, double *out);
double value_number_or(const Value *map, const char *key, double fallback);
bool value_truth(const Value *map, const char *key); /* true only for the boolean true */
#define VALUE_EACH(child, container)                                                                         \
    for (const Value *child = (container) ? (container)->first : NULL; child; child = child->next)

/* "$.findings['mr.t1'].read": the JSON path of a node, in `arena`. Keys that are plain names
 * ([A-Za-z_][A-Za-z0-9_]*) are written with a dot, others in brackets. */
const char *value_where(const Value *value, Arena *arena);

/* A kind in words for messages: "a number", "a list". */
const char *value_kind_name(ValueKind kind);

bool value_equal(const Value *a, const Value *b);

#endif
