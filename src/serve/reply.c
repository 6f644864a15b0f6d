/* Replies: JSON, files, and problem details (RFC 9457). A problem never tells a path of this machine: of a
 * place that is a path only its last part is told. */
#include "serve/parts.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    unsigned status;
    const char *title;
} Title;

static const Title titles[] = {{400, "Bad request"},
                               {401, "Unauthorized"},
                               {403, "Forbidden"},
                               {404, "Not found"},
                               {405, "Method not allowed"},
                               {409, "Conflict"},
                               {412, "Precondition failed"},
                               {413, "Content too large"},
                               {415, "Unsupported media type"},
                               {422, "Unprocessable content"},
                               {428, "Precondition required"},
                               {500, "Internal server error"},
                               {501, "Not implemented"},
                               {502, "Bad gateway"},
                               {503, "Service unavailable"},
                               {507, "Insufficient storage"},
                               {0, NULL}};

const char *status_title(unsigned status)
{
    size_t at = 0;
    while (titles[at].title && titles[at].status != status) {
        at++;
    }
    return titles[at].title ? titles[at].title : "Error";
}

Value *problem_tree(Arena *arena, unsigned status, const char *where, const char *detail)
{
    Value *tree = value_new_map(arena);
    value_set_string(tree, "type", "about:blank");
    value_set_string(tree, "title", status_title(status));
    value_set_integer(tree, "status", status);
    value_set_string(tree, "detail", detail);
    if (where && where[0]) {
        value_set_string(tree, "where", where[0] == '/' ? file_name(where) : where);
    }
    return tree;
}

/* A text in which files are named without the folders they lie in: where the server keeps things is not told.
 */
static const char *without_folders(Arena *arena, const char *text)
{
    AUTO_TEXT out = TEXT_INIT;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " ") + strspn(at + strcspn(at, " "), " ");
        size_t skipped = 0;
        for (size_t i = 1; at[0] == '/' && i < strcspn(at, " "); i++) {
            skipped = at[i] == '/' ? i + 1 : skipped;
        }
        text_add_bytes(&out, at + skipped, length - skipped);
        at += length;
    }
    return arena_strdup(arena, text_string(&out));
}

Value *problem_tree_of(Arena *arena, const DensError *error)
{
    static const unsigned statuses[] = {
        [DENS_ERROR_INPUT] = 422, [DENS_ERROR_USAGE] = 400, [DENS_ERROR_INTERNAL] = 500};
    return problem_tree(arena, error_is_no_room(error) ? 507 : statuses[dens_error_code(error)],
                        dens_error_where(error), without_folders(arena, dens_error_summary(error)));
}

static bool reply_problem(Call *call, const Value *tree)
{
    reply_json(call, (unsigned)value_number_or(tree, "status", 500), tree);
    call->reply->type = "application/problem+json";
    return false;
}

bool problem(Call *call, unsigned status, const char *format, ...)
{
    char detail[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    return reply_problem(call, problem_tree(call->arena, status, NULL, detail));
}

bool problem_error(Call *call, DensError *error)
{
    if (!error) {
        return problem(call, 500, "a fault that left no word");
    }
    if (dens_error_code(error) == DENS_ERROR_INTERNAL) {
        log_error(call->serve->log, error);
    }
    (void)reply_problem(call, problem_tree_of(call->arena, error));
    dens_error_free(error);
    return false;
}

void reply_json(Call *call, unsigned status, const Value *tree)
{
    text_clear(&call->reply->body);
    call->reply->status = status;
    call->reply->type = "application/json";
    json_write(tree, JSON_COMPACT, &call->reply->body);
}

void reply_file(Call *call, const char *path, const char *type)
{
    call->reply->file = open(path, O_RDONLY | O_CLOEXEC);
    call->reply->type = type;
    if (call->reply->file < 0) {
        (void)problem(call, 500, "a file of the store cannot be read: %s", strerror(errno));
    }
}

void reply_location(Call *call, const char *kind, const char *id)
{
    http_add_header(call->reply, "Location", arena_printf(call->arena, API "/%s/%s", kind, id));
}

const Value *body_json(Call *call)
{
    DensError *error = NULL;
    const Value *tree =
        json_parse(call->arena, call->request->body, call->request->body_length, "the body", &error);
    if (!tree) {
        (void)reply_problem(
            call, problem_tree(call->arena, 400, dens_error_where(error), dens_error_summary(error)));
        dens_error_free(error);
    }
    return tree;
}

const char **split_list(const char *text, Arena *arena)
{
    const char **parts = arena_array(arena, strlen(text) + 2, sizeof *parts);
    size_t count = 0;
    for (const char *at = text; *at; at += strspn(at, ",")) {
        size_t length = strcspn(at, ",");
        parts[count++] = arena_strndup(arena, at, length);
        at += length;
    }
    return parts;
}

bool only_keys(Call *call, const Value *tree, const char *const *keys)
{
    AUTO_TEXT all = TEXT_INIT;
    bool good = tree->kind == VALUE_MAP;
    VALUE_EACH(child, tree)
    {
        size_t at = 0;
        while (keys[at] && !(child->key && strcmp(child->key, keys[at]) == 0)) {
            at++;
        }
        good = good && keys[at];
    }
    for (size_t i = 0; keys[i]; i++) {
        text_addf(&all, "%s%s", i == 0 ? "" : keys[i + 1] ? ", " : " and ", keys[i]);
    }
    return good || problem(call, 422, "the body may hold %s", text_string(&all));
}

Case *body_case(Call *call, const Value *tree)
{
    DensError *error = NULL;
    Value *warnings = value_new_list(call->arena);
    const Knowledge *knowledge = call->serve->engine->knowledge;
    AUTO(case_auto)
    Case *c = case_from_value(tree, "the case", knowledge_vocabulary(knowledge), warnings, &error);
    if (!c || !knowledge_check_case(knowledge, c, "the case", &error)) {
        (void)problem_error(call, error);
        return NULL;
    }
    if (warnings->first) {
        http_add_header(call->reply, "Dens-Warning", value_string(warnings->first));
    }
    return TAKE(c);
}

Value *record_tree(Arena *arena, const StoreRecord *record)
{
    Value *tree = value_new_map(arena);
    value_set_string(tree, "id", record->id);
    value_set_integer(tree, "version", record->version);
    value_set_string(tree, "time", record->time);
    if (record->of && record->of[0]) {
        value_set_string(tree, "of", record->of);
    }
    return tree;
}

bool find_record(Call *call, const char *kind, const char *id, long long version, StoreRecord *out)
{
    bool found = false;
    DensError *error = NULL;
    if (!store_is_id(id)) {
        return problem(call, 404, "there is no such %s: its name is no id", kind);
    }
    if (!store_get(call->serve->store, kind, id, version, call->arena, out, &found, &error)) {
        return problem_error(call, error);
    }
    return found ||
           problem(call, 404, version ? "there is no such version of this %s" : "there is no such %s", kind);
}

bool read_number(Call *call, const char *name, size_t least, size_t most, size_t *out)
{
    const char *text = http_query(call->request, name);
    char *end = NULL;
    errno = 0;
    unsigned long number = text ? strtoul(text, &end, 10) : 0;
    if (!text) {
        return true;
    }
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < least || number > most) {
        return problem(call, 400, "\"%s\" must be a whole number from %zu to %zu", name, least, most);
    }
    *out = number;
    return true;
}

static void reply_records(Call *call, const char *kind, const char *id, const char *of,
                          const char *const *keys)
{
    StoreRecord *records = NULL;
    size_t count = 0, limit = MOST_LISTED, offset = 0;
    DensError *error = NULL;
    if (!read_number(call, "limit", 1, MOST_LISTED, &limit) ||
        !read_number(call, "offset", 0, MOST_OFFSET, &offset)) {
        return;
    }
    if (!(keys ? store_list_whole : store_list)(call->serve->store, kind, id, of, offset + limit + 1,
                                                call->arena, &records, &count, &error)) {
        (void)problem_error(call, error);
        return;
    }
    Value *list = value_new_list(call->arena);
    for (size_t i = offset; i < count && i < offset + limit; i++) {
        Value *tree = value_add_copy(list, record_tree(call->arena, &records[i]));
        for (size_t k = 0; keys && keys[k]; k++) {
            const Value *told = value_get(records[i].body, keys[k]);
            if (told) {
                value_set_copy(tree, keys[k], told);
            }
        }
    }
    if (count > offset + limit) {
        http_add_header(call->reply, "Link",
                        arena_printf(call->arena, "<%s?limit=%zu&offset=%zu>; rel=\"next\"",
                                     call->request->path, limit, offset + limit));
    }
    reply_json(call, 200, list);
}

void reply_list(Call *call, const char *kind, const char *id, const char *of)
{
    reply_records(call, kind, id, of, NULL);
}

void reply_list_told(Call *call, const char *kind, const char *const *keys)
{
    reply_records(call, kind, NULL, NULL, keys);
}

bool is_language(const char *text)
{
    return strlen(text) <= 16 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(text);
}
