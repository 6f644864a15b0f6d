/* What is on the disk before an object is answered: every fsync() of the spool comes by here. */
#include "testing.h"

#include "base/file.h"
#include "node/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_SYNCED = 32 };
static ino_t synced[MOST_SYNCED];
static size_t synced_count;

/* In the place of the C library's. */
int fsync(int file)
{
    struct stat info;
    if (fstat(file, &info) == 0 && synced_count < MOST_SYNCED) {
        synced[synced_count++] = info.st_ino;
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
static void give(char *spool, bool sync, const char *bytes)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const DicomArrived arrived = object();
    const char *path = file_join(arena, spool_incoming(arena, spool), ".in-1-1");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fputs(bytes, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    synced_count = 0;
    assert_int_equal((sync ? spool_keep : spool_keep_unsynced)(spool, &arrived, path, &err), DICOM_KEPT);
    assert_null(err);
    (void)unlink(path);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_object_that_is_there_already_is_flushed),
                                       cmocka_unit_test(who_sent_a_study_is_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
