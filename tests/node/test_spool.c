/* What is on the disk before an object is answered: every fsync() of the spool comes by here. */
#include "testing.h"

#include "base/file.h"
#include "node/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_SYNCED = 32 };
static ino_t synced[MOST_SYNCED];
static size_t synced_count;
static size_t fails_at;     /* this call of fsync() fails; 0: none */
static const char *watched; /* was there no file of this name when the first fsync() came? */
static bool was_unnamed;

/* In the place of the C library's. */
int fsync(int file)
{
    struct stat info;
    if (synced_count == 0 && watched) {
        was_unnamed = access(watched, F_OK) != 0;
    }
    if (fstat(file, &info) == 0 && synced_count < MOST_SYNCED) {
        synced[synced_count++] = info.st_ino;
    }
    if (fails_at > 0 && --fails_at == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, file);
}

static bool was_synced(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (size_t i = 0; i < synced_count; i++) {
        if (synced[i] == info.st_ino) {
            return true;
        }
    }
    return false;
}

static DicomArrived object(void)
{
    return (DicomArrived){.study_uid = "1.2.3",
                          .series_uid = "1.2.3.4",
                          .instance_uid = "1.2.3.4.5",
                          .sop_class_uid = "1.2.840.10008.5.1.4.1.1.2",
                          .modality = "CT",
                          .manufacturer = "x",
                          .calling = "SENDER"};
}

/* Gives an object with these bytes to the spool; what was synced since is noted. */
static DicomKeeping offer(char *spool, bool sync, const char *bytes, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const DicomArrived arrived = object();
    const char *path = file_join(arena, spool_incoming(arena, spool), ".in-1-1");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fputs(bytes, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    synced_count = 0;
    DicomKeeping kept = (sync ? spool_keep : spool_keep_unsynced)(spool, &arrived, path, err);
    (void)unlink(path);
    return kept;
}

static void give(char *spool, bool sync, const char *bytes)
{
    DensError *err = NULL;
    assert_int_equal(offer(spool, sync, bytes, &err), DICOM_KEPT);
    assert_null(err);
}

/* Where the object stands when it was kept. */
static const char *place_of_object(Arena *arena, const char *spool)
{
    char study[SPOOL_KEY], series[SPOOL_KEY], instance[SPOOL_KEY];
    spool_key("1.2.3", study);
    spool_key("1.2.3.4", series);
    spool_key("1.2.3.4.5", instance);
    return arena_printf(arena, "%s/%s/series/%s/%s.dcm", spool_studies(arena, spool), study, series,
                        instance);
}

static char *text_at(const char *path)
{
    size_t length = 0;
    return file_kind(path) == FILE_REGULAR ? file_read(path, 100, &length, NULL) : NULL;
}

/* A name that was free costs one wait for the disk, after it was given; what stands in its place already is
 * let go only for bytes that are on the disk. */
static void a_new_object_is_on_the_disk_with_its_name(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    char spool[] = "/tmp/dens-spool-XXXXXX";
    DensError *err = NULL;
    assert_non_null(mkdtemp(spool));
    int lock = spool_open(spool, &err);
    assert_true(lock >= 0);
    const char *target = place_of_object(arena, spool);
    give(spool, true, "makes the folders");
    assert_int_equal(unlink(target), 0);
    watched = target;
    give(spool, true, "one");
    assert_false(was_unnamed);
    assert_int_equal(synced_count, 2); /* the file and its folder */
    assert_true(was_synced(target));
    assert_true(synced[0] != synced[1]);
    give(spool, true, "two");
    assert_int_equal(synced_count, 3); /* the file before it takes the place of another, too */
    assert_int_equal(synced[0], synced[1]);
    watched = NULL;
    (void)close(lock);
    assert_true(file_remove_tree(spool, &err));
}

static void what_the_disk_did_not_take_is_not_kept(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    char spool[] = "/tmp/dens-spool-XXXXXX";
    DensError *err = NULL;
    assert_non_null(mkdtemp(spool));
    int lock = spool_open(spool, &err);
    assert_true(lock >= 0);
    const char *target = place_of_object(arena, spool);
    give(spool, true, "makes the folders");
    assert_int_equal(unlink(target), 0);
    for (size_t call = 1; call <= 2; call++) {
        fails_at = call;
        assert_int_equal(offer(spool, true, "one", &err), DICOM_NO_ROOM);
        assert_non_null(strstr(dens_error_summary(err), "may not be on the disk yet: Input/output error"));
        dens_error_free(err);
        err = NULL;
        assert_int_equal(file_kind(target), FILE_ABSENT);
    }
    give(spool, true, "one");
    for (size_t call = 1; call <= 3; call++) {
        fails_at = call;
        assert_int_equal(offer(spool, true, "two", &err), DICOM_NO_ROOM);
        dens_error_free(err);
        err = NULL;
        char *left = text_at(target);
        assert_string_equal(left, call == 1 ? "one" : "two"); /* never nothing */
        free(left);
        if (call > 1) {
            give(spool, true, "one");
        }
    }
    (void)close(lock);
    assert_true(file_remove_tree(spool, &err));
}

static void an_object_that_is_there_already_is_flushed(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    char spool[] = "/tmp/dens-spool-XXXXXX", study[SPOOL_KEY], series[SPOOL_KEY], instance[SPOOL_KEY];
    DensError *err = NULL;
    assert_non_null(mkdtemp(spool));
    int lock = spool_open(spool, &err);
    assert_true(lock >= 0);
    spool_key("1.2.3", study);
    spool_key("1.2.3.4", series);
    spool_key("1.2.3.4.5", instance);
    const char *studies = spool_studies(arena, spool), *at = file_join(arena, studies, study),
               *all = file_join(arena, at, "series"), *folder = file_join(arena, all, series),
               *target = file_join(arena, folder, arena_printf(arena, "%s.dcm", instance));
    give(spool, false, "the same");
    assert_int_equal(synced_count, 0); /* it was asked not to wait */
    give(spool, true, "the same");
    const char *const places[] = {target, folder, all, at, studies};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        assert_true(was_synced(places[i]));
    }
    give(spool, true, "another");
    assert_true(was_synced(folder));
    give(spool, false, "another");
    assert_int_equal(synced_count, 0);
    (void)close(lock);
    assert_true(file_remove_tree(spool, &err));
}

static void who_sent_a_study_is_kept(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    char spool[] = "/tmp/dens-spool-XXXXXX", key[SPOOL_KEY];
    static const char *const titles[] = {"SENDER", "../A/B *", "SENDER", ""};
    const char *const *callers = NULL;
    size_t count = 7;
    DensError *err = NULL;
    assert_non_null(mkdtemp(spool));
    int lock = spool_open(spool, &err);
    assert_true(lock >= 0);
    spool_key("1.2.3", key);
    const char *study = spool_study(arena, spool, key);
    assert_true(spool_callers(study, arena, &callers, &count, &err));
    assert_int_equal(count, 0); /* a study that is not there */
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        DicomArrived arrived = object();
        arrived.calling = titles[i];
        const char *path = file_join(arena, spool_incoming(arena, spool), ".in-1-1");
        assert_true(file_write(path, "bytes", 5, &err));
        assert_int_equal(spool_keep_unsynced(spool, &arrived, path, &err), DICOM_KEPT);
        (void)unlink(path);
    }
    assert_true(spool_callers(study, arena, &callers, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(callers[0], "../A/B *");
    assert_string_equal(callers[1], "SENDER");
    (void)close(lock);
    assert_true(file_remove_tree(spool, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_new_object_is_on_the_disk_with_its_name),
                                       cmocka_unit_test(what_the_disk_did_not_take_is_not_kept),
                                       cmocka_unit_test(an_object_that_is_there_already_is_flushed),
                                       cmocka_unit_test(who_sent_a_study_is_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
