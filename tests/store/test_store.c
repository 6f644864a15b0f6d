/* The store: versions, conflicts between editors, files by content, migration, damage, kills, two processes.
 */
#include "testing.h"

#include "base/file.h"
#include "base/json.h"
#include "store/store.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "ffffffffffffffffffffffffffffffff"

typedef struct {
    Arena *arena;
    char folder[64];
    size_t count;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dens-store-XXXXXX");
    *state = f;
    return mkdtemp(f->folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", f->folder);
    int status = system(command);
    arena_free(f->arena);
    free(f);
    return status;
}

static const char *path_of(Fixture *f, const char *name)
{
    return arena_printf(f->arena, "%s/%s", f->folder, name);
}

static const char *new_folder(Fixture *f)
{
    return arena_printf(f->arena, "%s/store-%zu", f->folder, f->count++);
}

static const char *file_of(Fixture *f, const char *name, const char *text)
{
    const char *path = path_of(f, name);
    assert_true(file_write(path, text, strlen(text), NULL));
    return path;
}

static Value *body_of(Arena *arena, const char *text)
{
    Value *body = value_new_map(arena);
    value_set_string(body, "text", text);
    return body;
}

static StorePut put(Arena *arena, Store *store, const char *id, long long version, const char *text,
                    const char *file, DensError **err)
{
    StoreFile files[1] = {{.name = "note.txt", .path = file}};
    StoreRecord record = {.kind = "case",
                          .id = id,
                          .version = version,
                          .body = body_of(arena, text),
                          .file_count = file ? 1 : 0,
                          .files = files};
    return store_put(store, &record, "test", arena, err);
}

static Store *opened(const char *folder)
{
    DensError *error = NULL;
    Store *store = store_open(folder, &error);
    assert_no_error(error);
    assert_non_null(store);
    return store;
}

static const char *text_of(Fixture *f, Store *store, const char *id, long long version)
{
    StoreRecord record;
    bool found = false;
    DensError *error = NULL;
    assert_true(store_get(store, "case", id, version, f->arena, &record, &found, &error));
    assert_no_error(error);
    return found ? value_text(record.body, "text") : NULL;
}

static size_t faults_of(Fixture *f, Store *store, size_t *out_leftovers, const char **out_first)
{
    Value *faults = value_new_list(f->arena), *leftovers = value_new_list(f->arena);
    DensError *error = NULL;
    assert_true(store_check(store, faults, leftovers, &error));
    assert_no_error(error);
    *out_leftovers = leftovers->count;
    if (out_first) {
        *out_first = faults->first ? value_string(faults->first) : "";
    }
    return faults->count;
}

static void assert_sound(Fixture *f, Store *store)
{
    size_t leftovers = 0;
    const char *first = NULL;
    size_t count = faults_of(f, store, &leftovers, &first);
    assert_string_equal(first, "");
    assert_int_equal(count, 0);
}

static void every_version_is_kept(void **state)
{
    Fixture *f = *state;
    AUTO(store_auto) Store *store = opened(new_folder(f));
    assert_int_equal(put(f->arena, store, ID_A, 1, "first", NULL, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_A, 2, "second", NULL, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_B, 1, "other", NULL, NULL), STORE_PUT_DONE);
    assert_string_equal(text_of(f, store, ID_A, 0), "second");
    assert_string_equal(text_of(f, store, ID_A, 1), "first");
    assert_null(text_of(f, store, ID_A, 3));
    assert_null(text_of(f, store, "00000000000000000000000000000000", 0));
    StoreRecord *records = NULL;
    size_t count = 0;
    assert_true(store_list(store, "case", NULL, NULL, 10, f->arena, &records, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(records[0].id, ID_B);
    assert_int_equal(records[1].version, 2);
    assert_null(records[1].body);
    assert_true(store_list_whole(store, "case", NULL, NULL, 10, f->arena, &records, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(value_text(records[1].body, "text"), "second");
    assert_true(store_list(store, "case", ID_A, NULL, 10, f->arena, &records, &count, NULL));
    assert_int_equal(count, 2);
    assert_true(store_list(store, "mask", NULL, NULL, 10, f->arena, &records, &count, NULL));
    assert_int_equal(count, 0);
}

static void a_second_editor_is_told(void **state)
{
    Fixture *f = *state;
    AUTO(store_auto) Store *store = opened(new_folder(f));
    DensError *error = NULL;
    assert_int_equal(put(f->arena, store, ID_A, 1, "first", NULL, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_A, 2, "mine", NULL, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_A, 2, "yours", NULL, &error), STORE_PUT_CONFLICT);
    assert_int_equal(put(f->arena, store, ID_A, 4, "a gap", NULL, &error), STORE_PUT_CONFLICT);
    assert_no_error(error);
    assert_string_equal(text_of(f, store, ID_A, 0), "mine");
}

static void files_are_kept_by_content(void **state)
{
    Fixture *f = *state;
    const char *folder = new_folder(f);
    AUTO(store_auto) Store *store = opened(folder);
    const char *file = file_of(f, "same.txt", "some bytes");
    assert_int_equal(put(f->arena, store, ID_A, 1, "a", file, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_B, 1, "b", file, NULL), STORE_PUT_DONE);
    const char **paths = NULL;
    size_t count = 0;
    assert_true(file_list_tree(f->arena, file_join(f->arena, folder, "objects"), 10, &paths, &count, NULL));
    assert_int_equal(count, 1);
    StoreRecord record;
    bool found = false;
    assert_true(store_get(store, "case", ID_B, 0, f->arena, &record, &found, NULL));
    assert_int_equal(record.file_count, 1);
    assert_string_equal(record.files[0].name, "note.txt");
    char *bytes = file_read(record.files[0].path, 100, &count, NULL);
    assert_string_equal(bytes, "some bytes");
    free(bytes);
}

static void damage_is_found(void **state)
{
    Fixture *f = *state;
    const char *folder = new_folder(f), *first = NULL;
    AUTO(store_auto) Store *store = opened(folder);
    const char *file = file_of(f, "bytes.txt", "some bytes");
    size_t leftovers = 0;
    assert_int_equal(put(f->arena, store, ID_A, 1, "a", file, NULL), STORE_PUT_DONE);
    assert_sound(f, store);
    StoreRecord record;
    bool found = false;
    assert_true(store_get(store, "case", ID_A, 0, f->arena, &record, &found, NULL));
    assert_int_equal(chmod(record.files[0].path, 0600), 0);
    assert_true(file_write(record.files[0].path, "other", 5, NULL));
    assert_int_equal(faults_of(f, store, &leftovers, &first), 1);
    assert_non_null(strstr(first, "not those that were stored"));
    assert_int_equal(unlink(record.files[0].path), 0);
    assert_int_equal(faults_of(f, store, &leftovers, &first), 1);
    assert_non_null(strstr(first, "it is not there"));
    (void)file_of(f, arena_printf(f->arena, "%s/tmp/left", file_name(folder)), "x");
    assert_int_equal(faults_of(f, store, &leftovers, &first), 1);
    assert_int_equal(leftovers, 1);
    size_t removed = 0;
    assert_true(store_tidy(store, &removed, NULL));
    assert_int_equal(removed, 0); /* it is not a day old */
}

static void what_is_no_store_is_refused(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    const char *folder = new_folder(f);
    assert_true(file_make_folder(folder, NULL));
    assert_true(file_write(file_join(f->arena, folder, "store.sqlite3"),
                           "This is a text, and no database at all.", 39, NULL));
    assert_null(store_open(folder, &error));
    assert_error(&error, DENS_ERROR_INPUT, "store.sqlite3", "file is not a database");
    assert_null(store_open(file_of(f, "plain", "x"), &error));
    assert_error(&error, DENS_ERROR_USAGE, "plain", "is not a folder");
}

static void a_folder_that_cannot_be_written_is_told(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    assert_null(store_open("/proc/dens-store", &error));
    assert_non_null(error);
    assert_non_null(strstr(dens_error_where(error), "/proc/dens-store"));
    dens_error_free(error);
    error = NULL;
    AUTO(store_auto) Store *store = opened(new_folder(f));
    assert_int_equal(put(f->arena, store, ID_A, 1, "a", path_of(f, "absent"), &error), STORE_PUT_FAILED);
    assert_error(&error, DENS_ERROR_INPUT, "absent", "cannot be read");
    assert_null(text_of(f, store, ID_A, 0));
}

static void copies_hold_all(void **state)
{
    Fixture *f = *state;
    AUTO(store_auto) Store *store = opened(new_folder(f));
    const char *file = file_of(f, "kept.txt", "kept bytes");
    assert_int_equal(put(f->arena, store, ID_A, 1, "first", file, NULL), STORE_PUT_DONE);
    assert_int_equal(put(f->arena, store, ID_A, 2, "second", NULL, NULL), STORE_PUT_DONE);
    const char *copy = new_folder(f), *out = new_folder(f);
    DensError *error = NULL;
    assert_true(store_backup(store, copy, &error));
    AUTO(store_auto) Store *second = opened(copy);
    assert_string_equal(text_of(f, second, ID_A, 1), "first");
    assert_sound(f, second);
    assert_false(store_backup(store, copy, &error));
    assert_error(&error, DENS_ERROR_USAGE, copy, "is not empty");
    size_t count = 0;
    assert_true(store_export(store, out, &count, &error));
    assert_int_equal(count, 2);
    AUTO(store_auto) Store *third = opened(new_folder(f));
    assert_true(store_import(third, out, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(text_of(f, third, ID_A, 0), "second");
    assert_sound(f, third);
    assert_false(store_import(third, out, &count, &error));
    assert_error(&error, DENS_ERROR_INPUT, "records.jsonl line 1", "does not follow what the store holds");
    assert_true(file_write(file_join(f->arena, out, "records.jsonl"), "{\"kind\": \"case\"}\n", 17, NULL));
    assert_false(store_import(third, out, &count, &error));
    assert_error(&error, DENS_ERROR_INPUT, "line 1", "is no version of a record");
}

/* Writes versions until it is killed; tells each that was answered as stored. */
static void write_for_ever(const char *folder, const char *file, int told)
{
    Arena *arena = arena_new();
    Store *store = store_open(folder, NULL);
    for (long long version = 1; store; version++) {
        if (put(arena, store, ID_A, version, arena_printf(arena, "%lld", version), file, NULL) !=
                STORE_PUT_DONE ||
            write(told, &version, sizeof version) != (ssize_t)sizeof version) {
            break;
        }
    }
    _exit(1);
}

/* Killed in the middle of writing, at several moments: what was told as stored is there, and the store is
 * sound. */
static void a_kill_loses_nothing(void **state)
{
    Fixture *f = *state;
    const char *file = file_of(f, "file.txt", "bytes of a file");
    for (useconds_t wait_us = 1000; wait_us <= 243000; wait_us *= 3) {
        const char *folder = new_folder(f);
        store_close(opened(folder));
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            (void)close(ends[0]);
            write_for_ever(folder, file, ends[1]);
        }
        (void)close(ends[1]);
        (void)usleep(wait_us);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        long long last = 0, version = 0;
        while (read(ends[0], &version, sizeof version) == (ssize_t)sizeof version) {
            last = version;
        }
        (void)close(ends[0]);
        AUTO(store_auto) Store *store = opened(folder);
        assert_sound(f, store);
        const char *text = text_of(f, store, ID_A, 0);
        long long newest = text ? strtoll(text, NULL, 10) : 0;
        assert_true(newest == last || newest == last + 1); /* stored, and killed before it could tell */
    }
}

/* Two processes count one record up together: no step is lost and none is doubled. */
static void count_up(const char *folder, long long until)
{
    Arena *arena = arena_new();
    Store *store = store_open(folder, NULL);
    bool good = store != NULL;
    long long newest = 0;
    while (good && newest < until) {
        StoreRecord record;
        bool found = false;
        good = store_get(store, "case", ID_A, 0, arena, &record, &found, NULL);
        newest = found ? record.version : 0;
        good = good &&
               (newest >= until || put(arena, store, ID_A, newest + 1, "x", NULL, NULL) != STORE_PUT_FAILED);
    }
    _exit(good ? 0 : 1);
}

static void two_processes_share_a_store(void **state)
{
    enum { UNTIL = 40 };
    Fixture *f = *state;
    const char *folder = new_folder(f);
    pid_t children[2];
    for (size_t i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            count_up(folder, UNTIL);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        int status = -1;
        (void)waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    AUTO(store_auto) Store *store = opened(folder);
    StoreRecord *records = NULL;
    size_t count = 0;
    assert_true(store_list(store, "case", ID_A, NULL, 1000, f->arena, &records, &count, NULL));
    assert_int_equal(count, UNTIL);
    assert_sound(f, store);
}

static void ids_are_told_from_other_texts(void **state)
{
    (void)state;
    char first[STORE_ID_SIZE], second[STORE_ID_SIZE];
    store_new_id(first);
    store_new_id(second);
    assert_true(store_is_id(first));
    assert_string_not_equal(first, second);
    assert_false(store_is_id("../../../../../../../etc/passwd"));
    assert_false(store_is_id("0123456789ABCDEF0123456789ABCDEF"));
    assert_false(store_is_id(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_kept),
        cmocka_unit_test(a_second_editor_is_told),
        cmocka_unit_test(files_are_kept_by_content),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_told),
        cmocka_unit_test(copies_hold_all),
        cmocka_unit_test(a_kill_loses_nothing),
        cmocka_unit_test(two_processes_share_a_store),
        cmocka_unit_test(ids_are_told_from_other_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
