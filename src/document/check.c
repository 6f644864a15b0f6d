/* Checking a tree that came from a file. See check.h. */
#include "document/check.h"

#include "base/nearest.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

enum { QUOTE_MAX = 60 };

const char *check_place(const Check *check, const Value *at, bool of_key)
{
    const char *path = value_where(at, check->scratch);
    int line = of_key && at->key_line > 0 ? at->key_line : at->line;
    int column = of_key && at->key_line > 0 ? at->key_column : at->column;
    bool has_file = check->where && check->where[0] != '\0';
    if (line > 0) {
        return arena_printf(check->scratch, "%s%s%d:%d: %s", has_file ? check->where : "",
                            has_file ? ":" : "", line, column, path);
    }
    return has_file ? arena_printf(check->scratch, "%s: %s", check->where, path) : path;
}

bool check_fail(const Check *check, const Value *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_v(check->err, DENS_ERROR_INPUT, check_place(check, at, false), format, arguments);
    va_end(arguments);
    return false;
}

bool check_fail_key(const Check *check, const Value *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_v(check->err, DENS_ERROR_INPUT, check_place(check, at, true), format, arguments);
    va_end(arguments);
    return false;
}

const char *check_quote(const Check *check, const char *text)
{
    size_t length = strlen(text);
    bool is_name = length > 0 && length <= QUOTE_MAX;
    for (size_t i = 0; is_name && i < length; i++) {
        is_name = isalnum((unsigned char)text[i]) || strchr("_.-/", text[i]);
    }
    return is_name ? arena_printf(check->scratch, "'%s'", text) : length == 0 ? "''" : "'…'";
}

const char *check_suggestion(const Check *check, const char *given, const char *const *names, size_t count)
{
    const char *nearest = nearest_name(given, names, count);
    return nearest ? arena_printf(check->scratch, "; did you mean '%s'?", nearest) : "";
}

const char *check_alternatives(const Check *check, const char *const *names, size_t count)
{
    AUTO_TEXT text = TEXT_INIT;
    for (size_t i = 0; i < count; i++) {
        const char *separator = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        text_addf(&text, "%s'%s'", separator, names[i]);
    }
    return arena_strdup(check->scratch, text_string(&text));
}

bool check_kind(const Check *check, const Value *at, ValueKind kind)
{
    if (at->kind == kind) {
        return true;
    }
    return check_fail(check, at, "must be %s, not %s", value_kind_name(kind), value_kind_name(at->kind));
}

bool check_keys(const Check *check, const Value *map, const char *const *names, size_t count)
{
    VALUE_EACH(child, map)
    {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++) {
            known = strcmp(child->key, names[i]) == 0;
        }
        if (!known) {
            const char *suggestion = check_suggestion(check, child->key, names, count);
            return check_fail_key(check, child, "unknown key%s",
                                  suggestion[0] ? suggestion
                                                : arena_printf(check->scratch, "; known here: %s",
                                                               check_alternatives(check, names, count)));
        }
    }
    return true;
}

const Value *check_required(const Check *check, const Value *map, const char *key, ValueKind kind)
{
    const Value *child = value_get(map, key);
    if (!child) {
        check_fail(check, map, "'%s' is missing", key);
        return NULL;
    }
    return check_kind(check, child, kind) ? child : NULL;
}

const char *check_required_text(const Check *check, const Value *map, const char *key)
{
    const Value *child = check_required(check, map, key, VALUE_STRING);
    if (child && child->string[0] == '\0') {
        check_fail(check, child, "must not be empty");
        return NULL;
    }
    return child ? child->string : NULL;
}

const char *check_text(const Check *check, Arena *arena, const Value *map, const char *key,
                       const char *fallback)
{
    if (fallback && !value_get(map, key)) {
        return fallback;
    }
    const char *text = check_required_text(check, map, key);
    if (!text) {
        return NULL;
    }
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' ')) {
        length--;
    }
    /* a tree in the same arena lives as long, and so does its text */
    return text[length] == '\0' && map->arena == arena ? text : arena_strndup(arena, text, length);
}

bool check_optional(const Check *check, const Value *map, const char *key, ValueKind kind, const Value **out)
{
    *out = value_get(map, key);
    return !*out || check_kind(check, *out, kind);
}

bool check_one_of(const Check *check, const Value *at, const char *what, const char *const *names,
                  size_t count, size_t *out)
{
    if (!check_kind(check, at, VALUE_STRING)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(at->string, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    enum { LISTED_MAX = 8 };
    const char *listed = count <= LISTED_MAX ? arena_printf(check->scratch, "; valid: %s",
                                                            check_alternatives(check, names, count))
                                             : "";
    return check_fail(check, at, "unknown %s %s%s%s", what, check_quote(check, at->string),
                      check_suggestion(check, at->string, names, count), listed);
}
