/* Studies of a DICOM node on their way into the store. Ids are made from the study and its evaluation, so
 * that each step done twice is the same as once; the study comes last, as it names the others. */
#include "serve/received.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "serve/parts.h"

#include <string.h>

enum { MOST_IMAGES = 200000, MOST_ATTEMPTS = 16 };
static const char actor[] = "node";

/* The id of what belongs to an evaluation of a study. */
static const char *id_of(const ServeReceived *study, const char *kind, Arena *arena)
{
    char hash[65];
    const char *name = arena_printf(arena, "%s %s %u %s", kind, study->id, study->evaluation, study->digest);
    hash_bytes(name, strlen(name), hash);
    return arena_strndup(arena, hash, STORE_ID_SIZE - 1);
}

/* The first version of a record whose id says what it holds: one that is there is the same one. */
static bool put_once(Store *store, StoreRecord *record, Arena *arena, DensError **err)
{
    record->version = 1;
    return store_put(store, record, actor, arena, err) != STORE_PUT_FAILED;
}

/* The case, the result and the mask of the evaluation; their ids go to `node`. */
static bool put_evaluation(Store *store, const ServeReceived *study, Arena *arena, Value *node,
                           DensError **err)
{
    StoreFile files[RESULT_FILES];
    StoreFile mask = {.name = "mask.dcm", .path = file_join(arena, study->report, "seg.dcm")};
    Value *result = json_read(arena, file_join(arena, study->report, "result.json"), err),
          *c = result ? json_read(arena, file_join(arena, study->report, "case.json"), err) : NULL;
    if (!c) {
        return false;
    }
    StoreRecord records[] = {
        {.kind = "case", .body = c},
        {.kind = "result",
         .of = study->id,
         .body = result,
         .files = files,
         .file_count = find_result_files(study->report, arena, files)},
        {.kind = "mask", .of = study->id, .body = value_new_map(arena), .files = &mask, .file_count = 1}};
    size_t count = sizeof records / sizeof *records - (file_kind(mask.path) != FILE_REGULAR);
    for (size_t i = 0; i < count; i++) {
        records[i].id = id_of(study, records[i].kind, arena);
        value_set_string(node, records[i].kind, records[i].id);
        if (!put_once(store, &records[i], arena, err)) {
            return false;
        }
    }
    return true;
}

static void tell_node(const ServeReceived *study, Value *node)
{
    Value *callers = value_set_list(node, "callers");
    for (size_t i = 0; i < study->caller_count; i++) {
        value_add_string(callers, study->callers[i]);
    }
    value_set_string(node, "state", study->state);
    if (study->reason[0]) {
        value_set_string(node, "reason", study->reason);
    }
    value_set_integer(node, "evaluation", study->evaluation);
    value_set_string(node, "images", study->digest);
}

/* Does this version hold what there is to store? A study that was tried again with the same outcome is no
 * other one. */
static bool holds(const StoreRecord *record, const ServeReceived *study)
{
    const Value *node = value_get(record->body, "node");
    const char *images = value_text(node, "images"), *state = value_text(node, "state");
    return images && strcmp(images, study->digest) == 0 && state && strcmp(state, study->state) == 0 &&
           (!study->report || value_number_or(node, "evaluation", 0) == study->evaluation);
}

static bool same_text(const Value *a, const Value *b, const char *key)
{
    const char *one = value_text(a, key), *other = value_text(b, key);
    return one && other && strcmp(one, other) == 0;
}

/* The roles that a reader gave series of an earlier version. */
static void keep_roles(const Value *before, Value *series)
{
    for (Value *row = series->first; row; row = row->next) {
        VALUE_EACH(old, before)
        {
            const char *reason = value_text(old, "role_reason");
            if (reason && strcmp(reason, ROLE_BY_READER) == 0 && same_text(old, row, "modality") &&
                same_text(old, row, "description") &&
                value_number_or(old, "number", -1) == value_number_or(row, "number", -1)) {
                value_set_string(row, "role", value_text(old, "role"));
                value_set_string(row, "role_reason", ROLE_BY_READER);
            }
        }
    }
}

/* The table of the study and its files, numbered: the names that files came with are not kept. */
static bool describe(const ServeReceived *study, Log *log, Arena *arena, StoreRecord *out, Value **out_series,
                     DensError **err)
{
    const char **paths = NULL;
    size_t count = 0;
    out->body = value_new_map(arena);
    value_set_string(out->body, "origin", "node");
    *out_series = value_set_list(out->body, "series");
    value_set_integer(out->body, "ignored_files", 0);
    if (!file_list_tree(arena, study->images, MOST_IMAGES, &paths, &count, err) ||
        !describe_dicom(study->images, log, out->body, *out_series, arena, err)) {
        return false;
    }
    out->files = arena_array(arena, count + 1, sizeof *out->files);
    for (size_t i = 0; i < count; i++) {
        out->files[out->file_count++] =
            (StoreFile){.name = arena_printf(arena, "dicom/%05zu.dcm", i), .path = paths[i]};
    }
    return true;
}

/* The next version, whichever that is by now: a reader may correct a role in this moment. */
static bool put_study(Store *store, const ServeReceived *study, StoreRecord *record, Value *series,
                      Arena *arena, bool *out_new, DensError **err)
{
    for (size_t attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        StoreRecord newest;
        bool found = false;
        if (!store_get(store, "study", study->id, 0, arena, &newest, &found, err)) {
            return false;
        }
        record->version = found ? newest.version : 0;
        if (found && holds(&newest, study)) {
            return true;
        }
        keep_roles(found ? value_get(newest.body, "series") : NULL, series);
        record->version++;
        StorePut outcome = store_put(store, record, actor, arena, err);
        if (outcome != STORE_PUT_CONFLICT) {
            *out_new = outcome == STORE_PUT_DONE;
            return *out_new;
        }
    }
    return error_set(err, DENS_ERROR_INTERNAL, store_folder(store), "the study is changed again and again");
}

/* A fault of the store is none of the study's. */
static bool excuse(DensError *fault, DensError **err)
{
    error_set(err, DENS_ERROR_INTERNAL, dens_error_where(fault), "%s", dens_error_summary(fault));
    dens_error_free(fault);
    return false;
}

static bool receive(Store *store, const ServeReceived *study, StoreRecord *record, Value *series,
                    Arena *arena, bool *out_new, DensError **err)
{
    Value *node = value_set_map(record->body, "node");
    tell_node(study, node);
    return (!study->report || put_evaluation(store, study, arena, node, err)) &&
           put_study(store, study, record, series, arena, out_new, err);
}

bool serve_receive(const char *folder, const ServeReceived *study, Log *log, long long *out_version,
                   bool *out_new, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    StoreRecord record = {.kind = "study", .id = study->id}, newest;
    Value *series = NULL;
    DensError *fault = NULL;
    bool found = false;
    *out_new = false;
    AUTO(store_auto) Store *store = store_open(folder, &fault);
    if (!store || !store_get(store, "study", study->id, 0, arena, &newest, &found, &fault)) {
        return excuse(fault, err);
    }
    if (found && holds(&newest, study)) {
        *out_version = newest.version;
        return true;
    }
    if (!describe(study, log, arena, &record, &series, err)) {
        return false;
    }
    bool good = receive(store, study, &record, series, arena, out_new, &fault);
    *out_version = record.version;
    return good || excuse(fault, err);
}
