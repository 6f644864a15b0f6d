/* YAML, through libfyaml's events. We build the tree ourselves, so that what the format allows and we do not
 * (anchors, aliases, tags, keys that are no strings, a second document) is refused where it stands, and no
 * reference can blow up a small file. All of libfyaml's messages are collected in a diag object: without one
 * it prints. Memory stays in proportion to the text, which may have YAML_MAX_BYTES. */
#include "base/yaml.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/value_node.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

enum {
    YAML_MAX_BYTES = 8 * 1024 * 1024,
    YAML_MAX_DEPTH = 60 /* libfyaml promises 64 */
};

typedef struct {
    int line, column; /* 1-based; 0, 0 where unknown */
} Mark;

typedef struct {
    Arena *arena;
    const char *where;
    struct fy_diag *diag;
    struct fy_parser *parser;
    Value *root;
    Value *open;     /* the list or map whose children are being read */
    const char *key; /* read, and its value not yet */
    int key_line, key_column;
    size_t depth, documents;
    Mark last; /* of the nodes read */
} Reader;

/* ---- Errors ---- */

/* `line` and `column` are 1-based; a line of 0 stands for "unknown". */
static bool fail_at(const Reader *reader, int line, int column, DensError **err, const char *format, ...)
    DENS_PRINTF(5, 6);

static bool fail_at(const Reader *reader, int line, int column, DensError **err, const char *format, ...)
{
    AUTO_TEXT place = TEXT_INIT;
    text_add(&place, reader->where);
    if (line > 0) {
        text_addf(&place, ":%d:%d", line, column > 0 ? column : 1);
    }
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, DENS_ERROR_INPUT, text_string(&place), format, arguments);
    va_end(arguments);
    return false;
}

/* Passes on libfyaml's first complaint. */
static bool fail_from_diag(const Reader *reader, DensError **err)
{
    void *iterator = NULL;
    const struct fy_diag_error *problem = fy_diag_errors_iterate(reader->diag, &iterator);
    if (!problem) { /* libfyaml 0.7.12 refuses some texts without a word, "a: |0-" among them */
        return fail_at(reader, reader->last.line, reader->last.column, err,
                       "not YAML: the parser stopped after this place");
    }
    return fail_at(reader, problem->line, problem->column, err, "not YAML: %s", problem->msg);
}

/* ---- Building the tree ---- */

/* Where a token begins. libfyaml has the texts of quoted scalars, anchors and aliases begin after their first
 * character; `skipped` counts it in. */
static Mark mark_of(struct fy_token *token, int skipped)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    return mark ? (Mark){mark->line + 1, mark->column + 1 - skipped} : (Mark){0, 0};
}

static Mark scalar_mark(struct fy_token *token)
{
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    return mark_of(token, style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED);
}

static bool is_key_expected(const Reader *reader)
{
    return reader->open && reader->open->kind == VALUE_MAP && !reader->key;
}

static Value *add_node(Reader *reader, ValueKind kind, Mark mark)
{
    Value *node = value_node(reader->arena, reader->open, kind, reader->key);
    node->line = mark.line;
    node->column = mark.column;
    if (reader->key) {
        node->key_line = reader->key_line;
        node->key_column = reader->key_column;
        reader->key = NULL;
    }
    if (!reader->open) {
        reader->root = node;
    }
    return node;
}

static bool add_container(Reader *reader, ValueKind kind, Mark mark, DensError **err)
{
    if (is_key_expected(reader)) {
        return fail_at(reader, mark.line, mark.column, err, "a key must be a string, not %s",
                       value_kind_name(kind));
    }
    if (++reader->depth > YAML_MAX_DEPTH) {
        return fail_at(reader, mark.line, mark.column, err, "nested deeper than %d levels",
                       (int)YAML_MAX_DEPTH);
    }
    reader->open = add_node(reader, kind, mark);
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const Value *left = *(Value *const *)a, *right = *(Value *const *)b;
    int order = strcmp(left->key, right->key);
    if (order == 0) { /* the one that stands first, first */
        order = left->key_line != right->key_line ? left->key_line - right->key_line
                                                  : left->key_column - right->key_column;
    }
    return order;
}

static bool check_keys(const Reader *reader, const Value *map, DensError **err)
{
    if (map->kind != VALUE_MAP || map->count < 2) {
        return true;
    }
    const Value **children = calloc(map->count, sizeof(const Value *));
    if (!children) {
        return error_no_memory(err);
    }
    size_t count = 0;
    VALUE_EACH(child, map)
    {
        children[count++] = child;
    }
    qsort(children, count, sizeof children[0], compare_keys);
    const Value *second = NULL;
    for (size_t i = 1; i < count && !second; i++) {
        second = strcmp(children[i - 1]->key, children[i]->key) == 0 ? children[i] : NULL;
    }
    free(children);
    return !second || fail_at(reader, second->key_line, second->key_column, err,
                              "the key \"%.200s\" is here for the second time", second->key);
}

static bool close_container(Reader *reader, DensError **err)
{
    Value *closed = reader->open;
    if (!closed) {
        return error_set(err, DENS_ERROR_INTERNAL, reader->where, "libfyaml ends what did not begin");
    }
    reader->open = closed->parent;
    reader->depth--;
    return check_keys(reader, closed, err);
}

static bool is_text(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* A plain scalar: what JSON would read as null, a boolean or a number is that. Nothing at all is null. */
static bool add_plain(Reader *reader, const char *text, size_t length, Mark mark, DensError **err)
{
    double number = 0.0;
    bool integral = false;
    if (length == 0 || is_text(text, length, "null")) {
        add_node(reader, VALUE_NULL, mark);
    } else if (is_text(text, length, "true") || is_text(text, length, "false")) {
        add_node(reader, VALUE_BOOL, mark)->boolean = length == 4;
    } else {
        switch (value_read_number(text, length, &number, &integral)) {
        case NUMBER_TOO_LARGE:
            return fail_at(reader, mark.line, mark.column, err, "a number is too large");
        case NUMBER_OK: {
            Value *node = add_node(reader, VALUE_NUMBER, mark);
            node->number = number;
            node->integral = integral;
            break;
        }
        case NUMBER_NONE:
            add_node(reader, VALUE_STRING, mark)->string = arena_strndup(reader->arena, text, length);
            break;
        }
    }
    return true;
}

static bool add_scalar(Reader *reader, struct fy_token *token, Mark mark, DensError **err)
{
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : "";
    if (!text) {
        return fail_at(reader, mark.line, mark.column, err, "not YAML: a scalar that cannot be read");
    }
    if (length > 0 && memchr(text, '\0', length)) {
        return fail_at(reader, mark.line, mark.column, err, "a string holds \\0, which is not allowed");
    }
    size_t bad = 0;
    if (!utf8_valid(text, length, &bad)) { /* \x and \u escapes can write what is no character */
        return fail_at(reader, mark.line, mark.column, err, "a string holds what is not UTF-8");
    }
    if (is_key_expected(reader)) {
        reader->key =
            length > 0 ? arena_strndup(reader->arena, text, length) : arena_strdup(reader->arena, "");
        reader->key_line = mark.line;
        reader->key_column = mark.column;
        return true;
    }
    if (!token || fy_token_scalar_style(token) == FYSS_PLAIN) {
        return add_plain(reader, text, length, mark, err);
    }
    add_node(reader, VALUE_STRING, mark)->string = arena_strndup(reader->arena, text, length);
    return true;
}

/* ---- Events ---- */

/* What no node may have. `mark` is the node's. */
static bool check_node(Reader *reader, struct fy_token *anchor, struct fy_token *tag, Mark mark,
                       DensError **err)
{
    if (mark.line > 0) {
        reader->last = mark;
    }
    if (reader->documents > 1) {
        return fail_at(reader, mark.line, mark.column, err, "a second document; one is allowed in a file");
    }
    if (anchor) {
        Mark at = mark_of(anchor, 1);
        return fail_at(reader, at.line, at.column, err, "anchors (&name) are not allowed");
    }
    if (tag) {
        Mark at = mark_of(tag, 0);
        return fail_at(reader, at.line, at.column, err, "tags (!name) are not allowed");
    }
    return true;
}

static bool take_event(Reader *reader, const struct fy_event *event, DensError **err)
{
    Mark mark;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        reader->documents++;
        return true;
    case FYET_ALIAS:
        mark = mark_of(event->alias.anchor, 1);
        return fail_at(reader, mark.line, mark.column, err, "aliases (*name) are not allowed");
    case FYET_SCALAR:
        mark = scalar_mark(event->scalar.value);
        return check_node(reader, event->scalar.anchor, event->scalar.tag, mark, err) &&
               add_scalar(reader, event->scalar.value, mark, err);
    case FYET_SEQUENCE_START:
        mark = mark_of(event->sequence_start.sequence_start, 0);
        return check_node(reader, event->sequence_start.anchor, event->sequence_start.tag, mark, err) &&
               add_container(reader, VALUE_LIST, mark, err);
    case FYET_MAPPING_START:
        mark = mark_of(event->mapping_start.mapping_start, 0);
        return check_node(reader, event->mapping_start.anchor, event->mapping_start.tag, mark, err) &&
               add_container(reader, VALUE_MAP, mark, err);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        return close_container(reader, err);
    default:
        return true;
    }
}

static bool read_events(Reader *reader, DensError **err)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(reader->parser);
        if (!event) {
            break;
        }
        bool more = event->type != FYET_STREAM_END;
        bool ok = take_event(reader, event, err);
        fy_parser_event_free(reader->parser, event);
        if (!ok) {
            return false;
        }
        if (!more) {
            break;
        }
    }
    if (fy_parser_get_stream_error(reader->parser) || fy_diag_got_error(reader->diag)) {
        return fail_from_diag(reader, err);
    }
    return reader->root || fail_at(reader, 1, 1, err, "the text is empty; a YAML value is expected");
}

/* ---- Entry ---- */

static bool check_bytes(const Reader *reader, const char *text, size_t length, DensError **err)
{
    if (length > YAML_MAX_BYTES) {
        return fail_at(reader, 0, 0, err, "%zu bytes of YAML; at most %d are read", length,
                       (int)YAML_MAX_BYTES);
    }
    if (utf8_is_utf16(text, length)) {
        return fail_at(reader, 1, 1, err, "this is UTF-16; save it again as UTF-8");
    }
    const char *nul = length > 0 ? memchr(text, '\0', length) : NULL;
    size_t bad = nul ? (size_t)(nul - text) : 0;
    if (nul || !utf8_valid(text, length, &bad)) {
        int line, column;
        utf8_position(text, bad, &line, &column);
        return fail_at(reader, line, column, err,
                       nul ? "a NUL byte is not allowed in YAML" : "a byte that is not UTF-8");
    }
    return true;
}

Value *yaml_parse(Arena *arena, const char *text, size_t length, const char *where, DensError **err)
{
    Reader reader = {.arena = arena, .where = where};
    if (!check_bytes(&reader, text, length, err)) {
        return NULL;
    }
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.colorize = false;
    reader.diag = fy_diag_create(&diag_config);
    if (!reader.diag) {
        error_no_memory(err);
        return NULL;
    }
    fy_diag_set_collect_errors(reader.diag, true);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = reader.diag};
    reader.parser = fy_parser_create(&config);
    bool ok = reader.parser && fy_parser_set_string(reader.parser, length > 0 ? text : "\n",
                                                    length > 0 ? length : 1) == 0
                  ? read_events(&reader, err)
                  : error_no_memory(err);
    fy_parser_destroy(reader.parser);
    fy_diag_destroy(reader.diag);
    return ok ? reader.root : NULL;
}

static const Trees *parsed_before;

void yaml_use_table(const Trees *table)
{
    parsed_before = table;
}

const Trees *yaml_table(void)
{
    return parsed_before;
}

static Value *find_parsed(Arena *arena, const char *text, size_t length)
{
    char digest[65];
    if (!parsed_before) {
        return NULL;
    }
    hash_bytes(text, length, digest);
    return trees_find(parsed_before, digest, arena);
}

Value *yaml_read(Arena *arena, const char *path, DensError **err)
{
    size_t length = 0;
    char *text = file_read(path, YAML_MAX_BYTES, &length, err);
    if (!text) {
        return NULL;
    }
    Value *value = find_parsed(arena, text, length);
    if (!value) {
        value = yaml_parse(arena, text, length, strcmp(path, "-") == 0 ? "standard input" : path, err);
    }
    free(text);
    return value;
}
