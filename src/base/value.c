/* Trees of values. Invariants: a node is in at most one container, all nodes of a tree share one arena, and
 * a number is finite. Lists of siblings are singly linked: documents are small, and order matters more
 * than speed of look-up. */
#include "base/value.h"

#include "base/text.h"
#include "base/value_node.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Building ---- */

Value *value_node(Arena *arena, Value *parent, ValueKind kind, const char *key)
{
    Value *node = arena_alloc(arena, sizeof *node);
    node->kind = kind;
    node->arena = arena;
    node->key = key;
    if (parent) {
        node->parent = parent;
        if (parent->last) {
            parent->last->next = node;
        } else {
            parent->first = node;
        }
        parent->last = node;
        parent->count++;
    }
    return node;
}

static Value *find(const Value *map, const char *key, size_t key_length)
{
    if (!map || map->kind != VALUE_MAP) {
        return NULL;
    }
    for (Value *child = map->first; child; child = child->next) {
        if (child->key[0] == key[0] && strncmp(child->key, key, key_length) == 0 &&
            child->key[key_length] == '\0') {
            return child;
        }
    }
    return NULL;
}

/* The node for `key` in `map`, emptied if it was there, appended if not. */
static Value *map_slot(Value *map, const char *key, ValueKind kind)
{
    assert(map && map->kind == VALUE_MAP && key);
    Value *node = find(map, key, strlen(key));
    if (!node) {
        return value_node(map->arena, map, kind, arena_strdup(map->arena, key));
    }
    *node = (Value){.kind = kind, .key = node->key, .next = node->next, .parent = map, .arena = map->arena};
    return node;
}

static Value *list_slot(Value *list, ValueKind kind)
{
    assert(list && list->kind == VALUE_LIST);
    return value_node(list->arena, list, kind, NULL);
}

static Value *fill_string(Value *node, const char *string)
{
    if (string) {
        node->string = arena_strdup(node->arena, string);
    } else {
        node->kind = VALUE_NULL;
    }
    return node;
}

static Value *fill_number(Value *node, double number, bool integral)
{
    if (isfinite(number)) {
        node->number = number;
        node->integral = integral;
    } else {
        node->kind = VALUE_NULL;
    }
    return node;
}

/* Moves what the root `source` holds into `node`, which keeps its place and key. */
static Value *fill_from(Value *node, const Value *source)
{
    node->kind = source->kind;
    node->boolean = source->boolean;
    node->number = source->number;
    node->integral = source->integral;
    node->string = source->string;
    node->first = source->first;
    node->last = source->last;
    node->count = source->count;
    for (Value *child = node->first; child; child = child->next) {
        child->parent = node;
    }
    return node;
}

Value *value_new_map(Arena *arena)
{
    return value_node(arena, NULL, VALUE_MAP, NULL);
}

Value *value_new_list(Arena *arena)
{
    return value_node(arena, NULL, VALUE_LIST, NULL);
}

Value *value_set_map(Value *map, const char *key)
{
    return map_slot(map, key, VALUE_MAP);
}

Value *value_set_list(Value *map, const char *key)
{
    return map_slot(map, key, VALUE_LIST);
}

Value *value_set_string(Value *map, const char *key, const char *string)
{
    return fill_string(map_slot(map, key, VALUE_STRING), string);
}

Value *value_set_format(Value *map, const char *key, const char *format, ...)
{
    Value *node = map_slot(map, key, VALUE_STRING);
    va_list arguments;
    va_start(arguments, format);
    node->string = arena_vprintf(node->arena, format, arguments);
    va_end(arguments);
    return node;
}

Value *value_set_number(Value *map, const char *key, double number)
{
    return fill_number(map_slot(map, key, VALUE_NUMBER), number, false);
}

Value *value_set_integer(Value *map, const char *key, long long number)
{
    return fill_number(map_slot(map, key, VALUE_NUMBER), (double)number, true);
}

Value *value_set_bool(Value *map, const char *key, bool boolean)
{
    Value *node = map_slot(map, key, VALUE_BOOL);
    node->boolean = boolean;
    return node;
}

Value *value_set_null(Value *map, const char *key)
{
    return map_slot(map, key, VALUE_NULL);
}

Value *value_set_copy(Value *map, const char *key, const Value *source)
{
    /* The copy is whole before the map changes: the source may be the map itself or a part of it. */
    Value *copy = value_copy(map->arena, source);
    return fill_from(map_slot(map, key, VALUE_NULL), copy);
}

Value *value_add_map(Value *list)
{
    return list_slot(list, VALUE_MAP);
}

Value *value_add_list(Value *list)
{
    return list_slot(list, VALUE_LIST);
}

Value *value_add_string(Value *list, const char *string)
{
    return fill_string(list_slot(list, VALUE_STRING), string);
}

Value *value_add_format(Value *list, const char *format, ...)
{
    Value *node = list_slot(list, VALUE_STRING);
    va_list arguments;
    va_start(arguments, format);
    node->string = arena_vprintf(node->arena, format, arguments);
    va_end(arguments);
    return node;
}

Value *value_add_number(Value *list, double number)
{
    return fill_number(list_slot(list, VALUE_NUMBER), number, false);
}

Value *value_add_integer(Value *list, long long number)
{
    return fill_number(list_slot(list, VALUE_NUMBER), (double)number, true);
}

Value *value_add_copy(Value *list, const Value *source)
{
    Value *copy = value_copy(list->arena, source);
    return fill_from(list_slot(list, VALUE_NULL), copy);
}

static Value *copy_below(Arena *arena, Value *parent, const char *key, const Value *source)
{
    Value *node = value_node(arena, parent, source->kind, key);
    node->line = source->line;
    node->column = source->column;
    node->key_line = source->key_line;
    node->key_column = source->key_column;
    node->boolean = source->boolean;
    node->number = source->number;
    node->integral = source->integral;
    node->string = source->string ? arena_strdup(arena, source->string) : NULL;
    VALUE_EACH(child, source)
    {
        copy_below(arena, node, child->key ? arena_strdup(arena, child->key) : NULL, child);
    }
    return node;
}

Value *value_copy(Arena *arena, const Value *source)
{
    return source ? copy_below(arena, NULL, NULL, source) : value_node(arena, NULL, VALUE_NULL, NULL);
}

/* ---- Reading ---- */

const Value *value_get(const Value *map, const char *key)
{
    return find(map, key, strlen(key));
}

const Value *value_path(const Value *map, const char *path)
{
    const Value *node = map;
    for (;;) {
        size_t length = strcspn(path, ".");
        node = find(node, path, length);
        if (!node || path[length] == '\0') {
            return node;
        }
        path += length + 1;
    }
}

const Value *value_at(const Value *list, size_t index)
{
    if (!list || list->kind != VALUE_LIST || index >= list->count) {
        return NULL;
    }
    const Value *child = list->first;
    while (index-- > 0) {
        child = child->next;
    }
    return child;
}

const char *value_string(const Value *value)
{
    return value && value->kind == VALUE_STRING ? value->string : NULL;
}

const char *value_text(const Value *map, const char *key)
{
    return value_string(value_get(map, key));
}

bool value_number(const Value *value, double *out)
{
    if (!value || value->kind != VALUE_NUMBER) {
        return false;
    }
    *out = value->number;
    return true;
}

double value_number_or(const Value *map, const char *key, double fallback)
{
    double number = fallback;
    (void)value_number(value_get(map, key), &number);
    return number;
}

bool value_truth(const Value *map, const char *key)
{
    const Value *value = value_get(map, key);
    return value && value->kind == VALUE_BOOL && value->boolean;
}

static bool is_plain_name(const char *key)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return *key && !(*key >= '0' && *key <= '9') && key[strspn(key, letters)] == '\0';
}

static void add_step(Text *path, const Value *node)
{
    if (node->parent->kind == VALUE_LIST) {
        size_t index = 0;
        for (const Value *sibling = node->parent->first; sibling != node; sibling = sibling->next) {
            index++;
        }
        text_addf(path, "[%zu]", index);
    } else if (is_plain_name(node->key)) {
        text_addf(path, ".%s", node->key);
    } else {
        text_add(path, "['");
        for (const char *c = node->key; *c; c++) {
            text_add(path, *c == '\'' || *c == '\\' ? "\\" : "");
            text_add_bytes(path, c, 1);
        }
        text_add(path, "']");
    }
}

static void add_path(Text *path, const Value *node)
{
    if (!node->parent) {
        text_add(path, "$");
        return;
    }
    add_path(path, node->parent);
    add_step(path, node);
}

const char *value_where(const Value *value, Arena *arena)
{
    if (!value) {
        return "";
    }
    AUTO_TEXT path = TEXT_INIT;
    add_path(&path, value);
    return arena_strdup(arena, text_string(&path));
}

const char *value_kind_name(ValueKind kind)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",       [VALUE_BOOL] = "true or false", [VALUE_NUMBER] = "a number",
        [VALUE_STRING] = "a string", [VALUE_LIST] = "a list",        [VALUE_MAP] = "a map",
    };
    return names[kind];
}

static bool maps_equal(const Value *a, const Value *b)
{
    const Value *beside = b->first; /* maps in the same order are the common case */
    VALUE_EACH(child, a)
    {
        const Value *other =
            beside && strcmp(beside->key, child->key) == 0 ? beside : value_get(b, child->key);
        if (!other || !value_equal(child, other)) {
            return false;
        }
        beside = beside ? beside->next : NULL;
    }
    return true;
}

static bool lists_equal(const Value *a, const Value *b)
{
    const Value *other = b->first;
    VALUE_EACH(child, a)
    {
        if (!value_equal(child, other)) {
            return false;
        }
        other = other->next;
    }
    return true;
}

bool value_equal(const Value *a, const Value *b)
{
    if (!a || !b) {
        return a == b;
    }
    if (a->kind != b->kind || a->count != b->count) {
        return false;
    }
    switch (a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_NUMBER:
        return !(a->number < b->number) && !(a->number > b->number);
    case VALUE_STRING:
        return strcmp(a->string, b->string) == 0;
    case VALUE_LIST:
        return lists_equal(a, b);
    case VALUE_MAP:
        return maps_equal(a, b);
    }
    return false;
}

/* ---- Numbers ---- */

static size_t digits_at(const char *text, size_t length, size_t at)
{
    size_t begin = at;
    while (at < length && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at - begin;
}

/* The length of the number that the text begins with, 0 if none. */
static size_t number_length(const char *text, size_t length, bool *out_integral)
{
    *out_integral = true;
    size_t at = length > 0 && text[0] == '-' ? 1 : 0;
    size_t whole = digits_at(text, length, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return 0;
    }
    at += whole;
    if (at < length && text[at] == '.') {
        size_t fraction = digits_at(text, length, at + 1);
        if (fraction == 0) {
            return 0;
        }
        at += 1 + fraction;
        *out_integral = false;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < length && (text[at] == '+' || text[at] == '-') ? 1 : 0;
        size_t exponent = digits_at(text, length, at);
        if (exponent == 0) {
            return 0;
        }
        at += exponent;
        *out_integral = false;
    }
    return at;
}

NumberRead value_read_number(const char *text, size_t length, double *out, bool *out_integral)
{
    if (length == 0 || number_length(text, length, out_integral) != length) {
        return NUMBER_NONE;
    }
    AUTO_TEXT copy = TEXT_INIT;
    text_add_bytes(&copy, text, length);
    double number = strtod(text_string(&copy), NULL);
    if (!isfinite(number)) {
        return NUMBER_TOO_LARGE;
    }
    *out = number;
    return NUMBER_OK;
}
