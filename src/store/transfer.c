/* Looking after a store: check, tidy, backup, export and import. */
#include "store/store.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/objects.h"
#include "store/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 20000000, DAY_S = 24 * 60 * 60, LINE_BYTES = 256 * 1024 * 1024 };
#define RECORDS "records.jsonl"

/* Names of contents that records need: sorted, each once. */
typedef struct {
    Arena *arena;
    size_t count, capacity;
    const char **names;
    size_t versions;
    Text *lines; /* of an export, or NULL */
} Needed;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void need(Needed *needed, const char *name)
{
    if (needed->count == needed->capacity) {
        size_t capacity = needed->capacity ? 2 * needed->capacity : 256;
        const char **names = arena_array(needed->arena, capacity, sizeof *names);
        if (needed->count > 0) {
            memcpy(names, needed->names, needed->count * sizeof *names);
        }
        needed->names = names;
        needed->capacity = capacity;
    }
    needed->names[needed->count++] = arena_strdup(needed->arena, name);
}

static bool is_needed(const Needed *needed, const char *name)
{
    return needed->count > 0 && bsearch(&name, needed->names, needed->count, sizeof *needed->names, by_name);
}

static void add_line(Text *lines, const StoreRow *row, const Value *body, Arena *arena)
{
    const StoreRecord *r = &row->record;
    Value *line = value_new_map(arena);
    value_set_string(line, "kind", r->kind);
    value_set_string(line, "id", r->id);
    value_set_string(line, "of", r->of);
    value_set_integer(line, "version", r->version);
    value_set_string(line, "time", r->time);
    value_set_string(line, "actor", row->actor);
    Value *files = value_set_list(line, "files");
    for (size_t i = 0; i < r->file_count; i++) {
        Value *file = value_add_map(files);
        value_set_string(file, "name", r->files[i].name);
        value_set_string(file, "sha256", r->files[i].sha256);
    }
    value_set_copy(line, "body", body);
    json_write(line, JSON_COMPACT, lines);
    text_add(lines, "\n");
}

static bool take_row(void *context, const StoreRow *row, DensError **err)
{
    Needed *needed = context;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Value *body = json_parse(arena, row->body, strlen(row->body), "the store", err);
    if (!body) {
        return false;
    }
    for (size_t i = 0; i < row->record.file_count; i++) {
        need(needed, row->record.files[i].sha256);
    }
    needed->versions++;
    if (needed->lines) {
        add_line(needed->lines, row, body, arena);
    }
    return true;
}

static bool find_needed(Store *store, Needed *needed, DensError **err)
{
    AUTO(arena_auto) Arena *rows = arena_new();
    if (!store->engine.list(store->engine.state, NULL, NULL, NULL, 0, true, rows, take_row, needed, err)) {
        return false;
    }
    if (needed->count > 0) {
        qsort(needed->names, needed->count, sizeof *needed->names, by_name);
    }
    size_t kept = 0;
    for (size_t i = 0; i < needed->count; i++) {
        if (kept == 0 || strcmp(needed->names[kept - 1], needed->names[i]) != 0) {
            needed->names[kept++] = needed->names[i];
        }
    }
    needed->count = kept;
    return true;
}

/* The content's name of a path objects/ab/cdef…; NULL if it is not of that form. */
static const char *content_of(const char *path, Arena *arena)
{
    size_t length = strlen(path);
    const char *rest = length > 65 ? path + length - 65 : "";
    const char *name = arena_printf(arena, "%.2s%s", rest, length > 65 ? rest + 3 : "");
    return rest[0] && rest[2] == '/' && objects_is_name(name) ? name : NULL;
}

static bool check_files(const char *folder, const Needed *needed, Value *faults, DensError **err)
{
    for (size_t i = 0; i < needed->count; i++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        const char *path = objects_path(folder, needed->names[i], arena);
        char sha256[65];
        if (file_kind(path) != FILE_REGULAR) {
            (void)value_add_format(faults, "%s: a record needs this file, and it is not there", path);
        } else if (!hash_file(path, sha256, err)) {
            return false;
        } else if (strcmp(sha256, needed->names[i]) != 0) {
            (void)value_add_format(faults, "%s: its bytes are not those that were stored", path);
        }
    }
    return true;
}

static bool find_leftovers(const char *folder, const Needed *needed, Value *leftovers, Arena *arena,
                           DensError **err)
{
    static const char *const folders[] = {"objects", "tmp"};
    for (size_t f = 0; f < 2; f++) {
        const char **paths = NULL;
        size_t count = 0;
        if (!file_list_tree(arena, file_join(arena, folder, folders[f]), MOST_FILES, &paths, &count, err)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            const char *name = f == 0 ? content_of(paths[i], arena) : NULL;
            if (!name || !is_needed(needed, name)) {
                (void)value_add_string(leftovers, paths[i]);
            }
        }
    }
    return true;
}

bool store_check(Store *store, Value *faults, Value *leftovers, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Needed needed = {.arena = arena};
    return store->engine.check(store->engine.state, faults, err) && find_needed(store, &needed, err) &&
           check_files(store->folder, &needed, faults, err) &&
           find_leftovers(store->folder, &needed, leftovers, arena, err);
}

bool store_tidy(Store *store, size_t *out_removed, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Needed needed = {.arena = arena};
    Value *leftovers = value_new_list(arena);
    *out_removed = 0;
    if (!find_needed(store, &needed, err) || !find_leftovers(store->folder, &needed, leftovers, arena, err)) {
        return false;
    }
    VALUE_EACH(leftover, leftovers)
    {
        struct stat about;
        const char *path = value_string(leftover);
        if (stat(path, &about) == 0 && time(NULL) - about.st_mtime > DAY_S) {
            if (unlink(path) != 0) {
                return error_set(err, DENS_ERROR_INTERNAL, path, "cannot be removed: %s", strerror(errno));
            }
            ++*out_removed;
        }
    }
    return true;
}

static bool is_empty(const char *folder, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **names = NULL;
    size_t count = 0;
    FileKind kind = file_kind(folder);
    if (kind == FILE_ABSENT) {
        return file_make_folder(folder, err);
    }
    if (kind != FILE_FOLDER) {
        return error_set(err, DENS_ERROR_USAGE, folder, "is a file; a folder is wanted");
    }
    return file_list(arena, folder, &names, &count, err) &&
           (count == 0 || error_set(err, DENS_ERROR_USAGE, folder, "is not empty; nothing was written"));
}

static bool copy_objects(const char *from, const char *to, const Needed *needed, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    if (!file_make_folder(file_join(arena, to, "tmp"), err) ||
        !file_make_folder(file_join(arena, to, "objects"), err)) {
        return false;
    }
    for (size_t i = 0; i < needed->count; i++) {
        char sha256[65];
        const char *path = objects_path(from, needed->names[i], arena);
        if (!objects_put(to, path, sha256, err)) {
            return false;
        }
        if (strcmp(sha256, needed->names[i]) != 0) {
            return error_input(err, path, "its bytes are not those that were stored");
        }
    }
    return true;
}

/* The database's copy comes first: every file that it names is there already and stays. */
bool store_backup(Store *store, const char *folder, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    if (!is_empty(folder, err) ||
        !store->engine.backup(store->engine.state, file_join(arena, folder, STORE_DATABASE), err)) {
        return false;
    }
    AUTO(store_auto) Store *copy = store_open(folder, err);
    Needed needed = {.arena = arena};
    return copy && find_needed(copy, &needed, err) && copy_objects(store->folder, folder, &needed, err);
}

bool store_export(Store *store, const char *folder, size_t *out_count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT lines = TEXT_INIT;
    Needed needed = {.arena = arena, .lines = &lines};
    if (!is_empty(folder, err) || !find_needed(store, &needed, err) ||
        !copy_objects(store->folder, folder, &needed, err) ||
        !file_write(file_join(arena, folder, RECORDS), text_string(&lines), lines.length, err)) {
        return false;
    }
    *out_count = needed.versions;
    return true;
}

static bool refuse(const char *where, DensError **err)
{
    return error_input(err, where,
                       "is no version of a record: kind, id, of, version, actor, files and body are wanted");
}

/* Reads a line of an export into a record; the folder's files stand for its own. */
static bool read_line(const Value *line, const char *where, const char *folder, Arena *arena,
                      StoreRecord *out, const char **out_actor, DensError **err)
{
    double version = 0;
    const Value *files = value_get(line, "files"), *body = value_get(line, "body");
    *out = (StoreRecord){
        .kind = value_text(line, "kind"), .id = value_text(line, "id"), .of = value_text(line, "of")};
    *out_actor = value_text(line, "actor");
    if (!out->kind || !out->id || !store_is_id(out->id) || !out->of || !*out_actor || !body || !files ||
        files->kind != VALUE_LIST || !value_number(value_get(line, "version"), &version)) {
        return refuse(where, err);
    }
    out->version = (long long)version;
    out->body = value_copy(arena, body);
    out->files = arena_array(arena, files->count + 1, sizeof *out->files);
    VALUE_EACH(file, files)
    {
        const char *name = value_text(file, "name"), *sha256 = value_text(file, "sha256");
        if (!name || !sha256 || !objects_is_name(sha256)) {
            return refuse(where, err);
        }
        StoreFile *to = &out->files[out->file_count++];
        to->name = name;
        to->path = objects_path(folder, sha256, arena);
    }
    return true;
}

static bool import_line(Store *store, const char *text, size_t length, const char *where, const char *folder,
                        DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    StoreRecord record;
    const char *actor = NULL;
    const Value *line = json_parse(arena, text, length, where, err);
    if (!line || !read_line(line, where, folder, arena, &record, &actor, err)) {
        return false;
    }
    StorePut outcome = store_put(store, &record, actor, arena, err);
    return outcome == STORE_PUT_DONE ||
           (outcome == STORE_PUT_CONFLICT &&
            error_input(err, where, "version %lld of this %s does not follow what the store holds of it",
                        record.version, record.kind));
}

bool store_import(Store *store, const char *folder, size_t *out_count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t length = 0;
    const char *path = file_join(arena, folder, RECORDS);
    char *text = file_read(path, LINE_BYTES, &length, err);
    bool good = text != NULL;
    size_t at = 0;
    *out_count = 0;
    while (good && at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t bytes = end ? (size_t)(end - text) - at : length - at;
        good = import_line(store, text + at, bytes, arena_printf(arena, "%s line %zu", path, *out_count + 1),
                           folder, err);
        *out_count += good;
        at += bytes + 1;
    }
    free(text);
    return good;
}
