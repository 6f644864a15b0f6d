/* JSON (RFC 8259). Reading goes in three steps:
 *   1. precheck(): one pass over the bytes that refuses what would cost jansson much memory or stack, or
 *      what it would report poorly: too deep, too many values, NUL bytes;
 *   2. jansson parses and so decides what is JSON;
 *   3. convert() walks jansson's tree and the (now known to be valid) text side by side, and so knows the
 *      line and column of each value. jansson keeps the order of keys.
 * What jansson says of bad text may quote it ("near 'Doe'"); that part is left out: texts may hold patients'
 * data. Writing needs no library. */
#include "base/json.h"

#include "base/file.h"
#include "base/utf8.h"
#include "base/value_node.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value costs some 200 bytes in jansson and 120 here, a byte of text may make one: this bounds what a
 * hostile file can take at about 1.5 GB. The largest honest files have some 100 000. */
enum { JSON_MAX_VALUES = 4 * 1024 * 1024 };

/* ---- Errors ---- */

typedef struct {
    const char *where; /* names the text */
    const char *text;
    size_t length;
} Source;

static bool fail_at(const Source *source, size_t offset, DensError **err, const char *format, ...)
    DENS_PRINTF(4, 5);

static bool fail_at(const Source *source, size_t offset, DensError **err, const char *format, ...)
{
    int line, column;
    utf8_position(source->text, offset < source->length ? offset : source->length, &line, &column);
    AUTO_TEXT place = TEXT_INIT;
    text_addf(&place, "%s:%d:%d", source->where, line, column);
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, DENS_ERROR_INPUT, text_string(&place), format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Step 1 ---- */

/* The offset of the quote that ends the string that begins at `at`, or the length of the text. */
static size_t string_end(const Source *source, size_t at)
{
    for (at++; at < source->length && source->text[at] != '"'; at++) {
        at += source->text[at] == '\\' && at + 1 < source->length;
    }
    return at < source->length ? at : source->length;
}

static bool precheck(const Source *source, DensError **err)
{
    const char *nul = memchr(source->text, '\0', source->length);
    if (nul && utf8_is_utf16(source->text, source->length)) {
        return fail_at(source, 0, err, "this is UTF-16; JSON is UTF-8: save it again as UTF-8");
    }
    if (nul) {
        return fail_at(source, (size_t)(nul - source->text), err, "a NUL byte is not allowed in JSON");
    }
    if (strspn(source->text, " \t\r\n") == source->length) {
        return fail_at(source, source->length, err, "the text is empty; a JSON value is expected");
    }
    size_t depth = 0, values = 1;
    for (size_t at = 0; at < source->length; at++) {
        switch (source->text[at]) {
        case '"':
            at = string_end(source, at);
            break;
        case '[':
        case '{':
            values++;
            if (++depth > VALUE_MAX_DEPTH) {
                return fail_at(source, at, err, "nested deeper than %d levels", (int)VALUE_MAX_DEPTH);
            }
            break;
        case ']':
        case '}':
            depth -= depth > 0;
            break;
        case ',':
            values++;
            break;
        default:
            break;
        }
        if (values > JSON_MAX_VALUES) {
            return fail_at(source, at, err, "more than %d values", (int)JSON_MAX_VALUES);
        }
    }
    return true;
}

/* ---- Step 2 ---- */

/* The key that jansson had just read when it had read `end` bytes. Its beginning is found from the front,
 * as quotes cannot be paired from behind. */
static bool fail_at_key(const Source *source, size_t end, DensError **err)
{
    size_t begin = 0, close = 0;
    for (size_t at = 0; at < end && at < source->length; at++) {
        if (source->text[at] == '"') {
            begin = at;
            close = at = string_end(source, at);
        }
    }
    int key_length = close > begin && close - begin < 200 ? (int)(close - begin - 1) : 0;
    return fail_at(source, begin, err, "the key \"%.*s\" is here for the second time", key_length,
                   source->text + begin + 1);
}

static bool fail_from_jansson(const Source *source, const json_error_t *problem, DensError **err)
{
    size_t read = problem->position > 0 ? (size_t)problem->position : 0;
    size_t last = read > 0 ? read - 1 : 0;
    switch (json_error_code(problem)) {
    case json_error_out_of_memory:
        return error_no_memory(err);
    case json_error_duplicate_key:
        return fail_at_key(source, read, err);
    case json_error_invalid_utf8:
        return fail_at(source, last, err, "a byte that is not UTF-8");
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return fail_at(source, last, err, "a string holds \\u0000, which is not allowed");
    case json_error_numeric_overflow:
        return fail_at(source, last, err, "a number is too large");
    case json_error_premature_end_of_input:
        return fail_at(source, source->length, err, "the text ends before its value does");
    case json_error_end_of_input_expected:
        return fail_at(source, last, err, "text after the end of the value");
    default:
        break;
    }
    const char *near = strstr(problem->text, " near ");
    int length = (int)(near ? (size_t)(near - problem->text) : strlen(problem->text));
    return fail_at(source, last, err, "not JSON: %.*s", length, problem->text);
}

static json_t *load(const Source *source, DensError **err)
{
    json_error_t problem;
    size_t bad = 0;
    if (!utf8_valid(source->text, source->length, &bad)) {
        fail_at(source, bad, err, "a byte that is not UTF-8");
        return NULL;
    }
    json_t *root = json_loadb(source->text, source->length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &problem);
    if (!root) {
        fail_from_jansson(source, &problem, err);
    }
    return root;
}

/* ---- Step 3 ---- */

/* Where we are in the text, beside jansson's tree. */
typedef struct {
    const Source *source;
    size_t at;
    int line, column;
} Cursor;

static void forward(Cursor *cursor, size_t bytes)
{
    for (size_t end = cursor->at + bytes; cursor->at < end; cursor->at++) {
        char byte = cursor->source->text[cursor->at];
        if (byte == '\n') {
            cursor->line++;
            cursor->column = 1;
        } else if (((unsigned char)byte & 0xC0U) != 0x80U) {
            cursor->column++;
        }
    }
}

/* To the next byte that is no white space and none of the separators, which the valid text has where they
 * belong. */
static void forward_to_token(Cursor *cursor)
{
    forward(cursor, strspn(cursor->source->text + cursor->at, " \t\r\n,:"));
}

static void forward_over_string(Cursor *cursor)
{
    forward(cursor, string_end(cursor->source, cursor->at) + 1 - cursor->at);
}

static Value *convert(Cursor *cursor, const json_t *json, Arena *arena, Value *parent, const char *key);

static void convert_list(Cursor *cursor, const json_t *json, Arena *arena, Value *list)
{
    forward(cursor, 1);
    size_t index;
    json_t *child;
    json_array_foreach(json, index, child)
    {
        forward_to_token(cursor);
        convert(cursor, child, arena, list, NULL);
    }
    forward_to_token(cursor);
    forward(cursor, 1);
}

static void convert_map(Cursor *cursor, json_t *json, Arena *arena, Value *map)
{
    forward(cursor, 1);
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        forward_to_token(cursor);
        int key_line = cursor->line, key_column = cursor->column;
        forward_over_string(cursor);
        forward_to_token(cursor);
        Value *child = convert(cursor, json_object_iter_value(at), arena, map,
                               arena_strdup(arena, json_object_iter_key(at)));
        child->key_line = key_line;
        child->key_column = key_column;
    }
    forward_to_token(cursor);
    forward(cursor, 1);
}

static void convert_scalar(Cursor *cursor, const json_t *json, Value *node)
{
    const char *token = cursor->source->text + cursor->at;
    if (node->kind == VALUE_STRING) {
        node->string = arena_strdup(node->arena, json_string_value(json));
        forward_over_string(cursor);
        return;
    }
    size_t length = strcspn(token, " \t\r\n,]}");
    if (node->kind == VALUE_NUMBER) {
        node->number = json_number_value(json);
        node->integral = strcspn(token, ".eE") >= length;
    }
    node->boolean = json_is_true(json);
    forward(cursor, length);
}

static ValueKind kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return VALUE_MAP;
    case JSON_ARRAY:
        return VALUE_LIST;
    case JSON_STRING:
        return VALUE_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return VALUE_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return VALUE_BOOL;
    case JSON_NULL:
        break;
    }
    return VALUE_NULL;
}

static Value *convert(Cursor *cursor, const json_t *json, Arena *arena, Value *parent, const char *key)
{
    Value *node = value_node(arena, parent, kind_of(json), key);
    node->line = cursor->line;
    node->column = cursor->column;
    if (node->kind == VALUE_LIST) {
        convert_list(cursor, json, arena, node);
    } else if (node->kind == VALUE_MAP) {
        convert_map(cursor, (json_t *)json, arena, node); /* jansson's iterators want it without const */
    } else {
        convert_scalar(cursor, json, node);
    }
    return node;
}

/* ---- Reading ---- */

static Value *parse_source(Arena *arena, const Source *source, DensError **err)
{
    json_t *root = precheck(source, err) ? load(source, err) : NULL;
    if (!root) {
        return NULL;
    }
    Cursor cursor = {source, 0, 1, 1};
    forward_to_token(&cursor);
    Value *value = convert(&cursor, root, arena, NULL, NULL);
    json_decref(root);
    return value;
}

/* `text` is followed by a NUL here. */
static Value *parse_terminated(Arena *arena, const char *text, size_t length, const char *where,
                               DensError **err)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* no part of the text; RFC 8259, section 8.1 */
    size_t skip = length >= 3 && memcmp(text, byte_order_mark, 3) == 0 ? 3 : 0;
    Source source = {where, text + skip, length - skip};
    return parse_source(arena, &source, err);
}

Value *json_parse(Arena *arena, const char *text, size_t length, const char *where, DensError **err)
{
    if (length > JSON_MAX_BYTES) {
        error_input(err, where, "%zu bytes of JSON; at most %d are read", length, (int)JSON_MAX_BYTES);
        return NULL;
    }
    char *copy = calloc(length + 1, 1); /* strspn() and its like want the end marked */
    if (!copy) {
        error_no_memory(err);
        return NULL;
    }
    if (length > 0) {
        memcpy(copy, text, length);
    }
    Value *value = parse_terminated(arena, copy, length, where, err);
    free(copy);
    return value;
}

Value *json_read(Arena *arena, const char *path, DensError **err)
{
    size_t length = 0;
    char *text = file_read(path, JSON_MAX_BYTES, &length, err);
    if (!text) {
        return NULL;
    }
    Value *value =
        parse_terminated(arena, text, length, strcmp(path, "-") == 0 ? "standard input" : path, err);
    free(text);
    return value;
}

/* ---- Writing ---- */

/* A character that is neither plain nor the start of a valid one beyond ASCII: escaped, or replaced. */
static void write_odd(char character, bool valid, Text *out)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: it, what follows the backslash */
    const char *pair = escapes;
    while (*pair && *pair != character) {
        pair += 2;
    }
    if (!valid) {
        text_add(out, "\xEF\xBF\xBD"); /* U+FFFD: what is written is always valid */
    } else if (*pair) {
        const char escaped[2] = {'\\', pair[1]};
        text_add_bytes(out, escaped, sizeof escaped);
    } else {
        text_addf(out, "\\u%04x", (unsigned)(unsigned char)character);
    }
}

static void write_string(const char *string, Text *out)
{
    size_t length = strlen(string), from = 0, at = 0;
    text_add_bytes(out, "\"", 1);
    while (at < length) {
        unsigned char byte = (unsigned char)string[at];
        bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        size_t step = byte < 0x80 ? 1 : utf8_length(string + at, length - at);
        if (plain || (byte >= 0x80 && step > 0)) {
            at += step;
            continue;
        }
        text_add_bytes(out, string + from, at - from);
        write_odd(string[at], step > 0, out);
        from = ++at;
    }
    text_add_bytes(out, string + from, at - from);
    text_add_bytes(out, "\"", 1);
}

static void write_number(double number, bool integral, Text *out)
{
    if (integral && fabs(number) < 9007199254740992.0) { /* 2^53 */
        text_addf(out, "%.0f", number);
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) { /* 17 digits tell any two doubles apart */
        (void)snprintf(digits, sizeof digits, "%.*g", precision, number);
        double again = strtod(digits, NULL);
        if (!(again < number) && !(again > number)) {
            break;
        }
    }
    char *comma = strchr(digits, ','); /* a locale's decimal point */
    if (comma) {
        *comma = '.';
    }
    text_add(out, digits);
}

enum { SHORT_STRING_BYTES = 24, ONE_LINE_BYTES = 100 };

/* A list that JSON_PRETTY keeps on one line: numbers or short strings, and not many. */
static bool fits_one_line(const Value *list)
{
    size_t bytes = 0;
    VALUE_EACH(child, list)
    {
        if (child->kind == VALUE_STRING) {
            size_t length = strnlen(child->string, SHORT_STRING_BYTES + 1);
            if (length > SHORT_STRING_BYTES) {
                return false;
            }
            bytes += length + 4;
        } else if (child->kind != VALUE_NUMBER) {
            return false;
        }
    }
    return bytes <= ONE_LINE_BYTES;
}

static void new_line(Text *out, size_t depth)
{
    static const char spaces[] = "                                ";
    text_add_bytes(out, "\n", 1);
    for (size_t left = depth; left > 0;) {
        size_t some = left < sizeof spaces - 1 ? left : sizeof spaces - 1;
        text_add_bytes(out, spaces, some);
        left -= some;
    }
}

static void write_value(const Value *value, JsonStyle style, size_t depth, Text *out);

static void write_children(const Value *container, JsonStyle style, size_t depth, Text *out)
{
    bool is_map = container->kind == VALUE_MAP;
    bool lines = style == JSON_PRETTY && container->first && (is_map || !fits_one_line(container));
    text_add(out, is_map ? "{" : "[");
    VALUE_EACH(child, container)
    {
        if (lines) {
            new_line(out, depth + 1);
        }
        if (is_map) {
            write_string(child->key, out);
            text_add(out, style == JSON_PRETTY ? ": " : ":");
        }
        write_value(child, style, depth + 1, out);
        if (child->next) {
            text_add(out, style == JSON_PRETTY && !lines ? ", " : ",");
        }
    }
    if (lines) {
        new_line(out, depth);
    }
    text_add(out, is_map ? "}" : "]");
}

static void write_value(const Value *value, JsonStyle style, size_t depth, Text *out)
{
    switch (value->kind) {
    case VALUE_NULL:
        text_add(out, "null");
        break;
    case VALUE_BOOL:
        text_add(out, value->boolean ? "true" : "false");
        break;
    case VALUE_NUMBER:
        write_number(value->number, value->integral, out);
        break;
    case VALUE_STRING:
        write_string(value->string, out);
        break;
    case VALUE_LIST:
    case VALUE_MAP:
        write_children(value, style, depth, out);
        break;
    }
}

void json_write(const Value *value, JsonStyle style, Text *out)
{
    write_value(value, style, 0, out);
    if (style == JSON_PRETTY) {
        text_add(out, "\n");
    }
}
