/* The rules of the store over an engine and the files beside it. The order is: files, then the transaction
 * that names them; so a record never names a file that is not whole. */
#include "store/store.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "store/objects.h"
#include "store/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static bool make_private(const char *path, DensError **err)
{
    if (file_kind(path) == FILE_FOLDER) {
        return true;
    }
    return file_make_folder(path, err) &&
           (chmod(path, S_IRWXU) == 0 ||
            error_set(err, DENS_ERROR_INTERNAL, path, "cannot be kept from others: %s", strerror(errno)));
}

Store *store_open(const char *folder, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    if (!make_private(folder, err) || !file_make_folder(file_join(arena, folder, "objects"), err) ||
        !file_make_folder(file_join(arena, folder, "tmp"), err)) {
        return NULL;
    }
    Store *store = memory_alloc(sizeof *store);
    store->folder = memory_strdup(folder);
    if (!store_engine_sqlite(&store->engine, file_join(arena, folder, STORE_DATABASE), err)) {
        store_close(store);
        return NULL;
    }
    return store;
}

void store_close(Store *store)
{
    if (store) {
        if (store->engine.close) {
            store->engine.close(store->engine.state);
        }
        free(store->folder);
        free(store);
    }
}

const char *store_folder(const Store *store)
{
    return store->folder;
}

void store_new_id(char out[STORE_ID_SIZE])
{
    unsigned char bytes[(STORE_ID_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        memory_exhausted(); /* the system has no random numbers: nothing can be named */
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

bool store_is_id(const char *text)
{
    return strlen(text) == STORE_ID_SIZE - 1 && strspn(text, "0123456789abcdef") == STORE_ID_SIZE - 1;
}

/* Is a file the store's own, as it came from store_get()? */
static bool is_kept(const Store *store, const StoreFile *file, Arena *arena)
{
    return file->sha256[0] && strcmp(file->path, objects_path(store->folder, file->sha256, arena)) == 0;
}

StorePut store_put(Store *store, StoreRecord *record, const char *actor, Arena *arena, DensError **err)
{
    char time[CLOCK_ISO_SIZE];
    clock_iso(time);
    record->time = arena_strdup(arena, time);
    record->of = record->of ? record->of : "";
    for (size_t i = 0; i < record->file_count; i++) {
        if (!is_kept(store, &record->files[i], arena) &&
            !objects_put(store->folder, record->files[i].path, record->files[i].sha256, err)) {
            return STORE_PUT_FAILED;
        }
    }
    AUTO_TEXT body = TEXT_INIT;
    json_write(record->body, JSON_COMPACT, &body);
    StoreRow row = {.record = *record, .body = text_string(&body), .actor = actor};
    return store->engine.insert(store->engine.state, &row, err);
}

bool store_get(Store *store, const char *kind, const char *id, long long version, Arena *arena,
               StoreRecord *out, bool *out_found, DensError **err)
{
    StoreRow row = {0};
    *out_found = false;
    if (!store->engine.get(store->engine.state, kind, id, version, arena, &row, out_found, err)) {
        return false;
    }
    if (!*out_found) {
        return true;
    }
    *out = row.record;
    for (size_t i = 0; i < out->file_count; i++) {
        out->files[i].path = objects_path(store->folder, out->files[i].sha256, arena);
    }
    out->body = json_parse(arena, row.body, strlen(row.body), "the store", err);
    return out->body != NULL;
}

typedef struct {
    StoreRecord *items;
    size_t count, capacity;
    bool whole;
    Arena *arena;
} Listing;

static bool add_to_list(void *context, const StoreRow *row, DensError **err)
{
    Listing *listing = context;
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? 2 * listing->capacity : 32;
        StoreRecord *items = arena_array(listing->arena, capacity, sizeof *items);
        if (listing->count > 0) {
            memcpy(items, listing->items, listing->count * sizeof *items);
        }
        listing->items = items;
        listing->capacity = capacity;
    }
    StoreRecord *record = &listing->items[listing->count++];
    *record = row->record;
    if (listing->whole) {
        record->body = json_parse(listing->arena, row->body, strlen(row->body), "the store", err);
    }
    return !listing->whole || record->body;
}

static bool list(Store *store, const char *kind, const char *id, const char *of, size_t most, bool whole,
                 Arena *arena, StoreRecord **out, size_t *out_count, DensError **err)
{
    Listing listing = {.arena = arena, .whole = whole};
    bool good =
        store->engine.list(store->engine.state, kind, id, of, most, whole, arena, add_to_list, &listing, err);
    *out = listing.items;
    *out_count = listing.count;
    return good;
}

bool store_list(Store *store, const char *kind, const char *id, const char *of, size_t most, Arena *arena,
                StoreRecord **out, size_t *out_count, DensError **err)
{
    return list(store, kind, id, of, most, false, arena, out, out_count, err);
}

bool store_list_whole(Store *store, const char *kind, const char *id, const char *of, size_t most,
                      Arena *arena, StoreRecord **out, size_t *out_count, DensError **err)
{
    return list(store, kind, id, of, most, true, arena, out, out_count, err);
}
