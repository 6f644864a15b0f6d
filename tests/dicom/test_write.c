/* Series that we write: what we read back, and what dciodvfy says of them. */
#include "base/arena.h"
#include "base/child.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "dicom/dicom.h"
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char folder[64];
    char study[65], series[65], frame[65];
    DicomSeriesAttributes attributes;
    Volume *volume;
} Written;

static int by_role(void **state, SeriesRole role)
{
    Written *w = memory_alloc(sizeof *w);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/dens-write-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    dicom_uid("test study", w->study);
    dicom_uid("test frame", w->frame);
    dicom_uid(role_name(role), w->series);
    w->attributes = (DicomSeriesAttributes){.patient_name = "Phantôm^Änne",
                                            .patient_id = "P1",
                                            .birth_date = "20060110",
                                            .sex = "F",
                                            .age = "018Y",
                                            .study_uid = w->study,
                                            .study_date = "20240220",
                                            .study_time = "120000",
                                            .study_description = "Halswirbelsäule",
                                            .accession = "ACC1",
                                            .frame_uid = w->frame,
                                            .series_uid = w->series,
                                            .series_description = "phantom",
                                            .protocol_name = "phantom",
                                            .series_number = 4,
                                            .role = role,
                                            .te_ms = role == ROLE_T2 ? 100 : 12,
                                            .tr_ms = role == ROLE_T1 || role == ROLE_T1C ? 550 : 4000,
                                            .ti_ms = role == ROLE_STIR ? 160 : 0,
                                            .field_t = 1.5,
                                            .kvp = 120,
                                            .uid_root = w->series};
    double a = 0.123456789;
    Geometry grid = {.size = {6, 5, 4},
                     .spacing_mm = {0.48828125, 0.7, 1.2345678},
                     .origin_lps_mm = {-123.456789, 45.678912, -987.654321},
                     .axis_lps = {{cos(a), sin(a), 0}, {0, 0, -1}, {-sin(a), cos(a), 0}}};
    w->volume = volume_new(&grid, NULL);
    assert_non_null(w->volume);
    for (size_t n = 0; n < 120; n++) {
        w->volume->voxels[n] = role == ROLE_CT ? (float)n * 25.3F - 1024.4F : (float)n * 34.3F;
    }
    *state = w;
    return 0;
}

static int setup_ct(void **state)
{
    return by_role(state, ROLE_CT);
}

static int teardown(void **state)
{
    Written *w = *state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **files = NULL;
    size_t count = 0;
    assert_true(file_list_tree(arena, w->folder, 1000, &files, &count, NULL));
    for (size_t n = 0; n < count; n++) {
        (void)unlink(files[n]);
    }
    (void)rmdir(w->folder);
    volume_free(w->volume);
    free(w);
    return 0;
}

static void check_round_trip(const Written *w)
{
    DensError *err = NULL;
    double distance;
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *paths[] = {w->folder};
    bool written = dicom_series_write(w->volume, &w->attributes, w->folder, &err);
    assert_no_error(err);
    assert_true(written);
    DicomStudy *study = dicom_study_scan(arena, paths, 1, NULL, NULL, &err);
    assert_no_error(err);
    assert_int_equal(study->series_count, 1);
    const SeriesInfo *series = study->series;
    assert_string_equal(series->problem, "");
    assert_int_equal(series->role, w->attributes.role);
    assert_string_equal(series->series_uid, w->series);
    assert_string_equal(series->frame_uid, w->frame);
    assert_int_equal(series->number, 4);
    assert_int_equal(series->file_count, 4);
    assert_true(study->has_age);
    assert_near(study->age_years, 18, 0);
    assert_int_equal(study->sex, 2);
    AUTO(volume_auto) Volume *volume = dicom_series_read(series, NULL, NULL, &err);
    assert_no_error(err);
    assert_true(geometry_equal(&w->volume->geometry, &volume->geometry, 1e-4, &distance));
    assert_int_equal(volume->unit, w->attributes.role == ROLE_CT ? UNIT_HU : UNIT_ARBITRARY);
    for (size_t n = 0; n < 120; n++) {
        assert_near((double)volume->voxels[n], (double)w->volume->voxels[n], 0.5001);
    }
}

static void ct_round_trip(void **state)
{
    check_round_trip(*state);
}

static void mr_round_trips(void **state)
{
    static const SeriesRole roles[] = {ROLE_T1, ROLE_T2, ROLE_STIR, ROLE_T1C};
    (void)state;
    for (size_t n = 0; n < sizeof roles / sizeof *roles; n++) {
        void *one = NULL;
        (void)by_role(&one, roles[n]);
        check_round_trip(one);
        (void)teardown(&one);
    }
}

/* dciodvfy (dicom3tools) prints "Error …" and "Warning …" for each breach of the standard, and the name of
 * the object that it recognised. */
static void check_valid(const Written *w, const char *object)
{
    DensError *err = NULL;
    char path[128];
    bool written = dicom_series_write(w->volume, &w->attributes, w->folder, &err);
    assert_no_error(err);
    assert_true(written);
    (void)snprintf(path, sizeof path, "%s/0002.dcm", w->folder);
    const char *const argv[] = {"dciodvfy", path, NULL};
    ChildResult result = {0};
    if (!child_run(&result, argv, NULL, 0, &(ChildLimits){.wall_seconds = 60}, &err)) {
        print_message("# skipped: dciodvfy (dicom3tools) is not installed\n");
        dens_error_free(err);
        skip();
    }
    const char *said = text_string(&result.errors);
    if (!strstr(said, object) || strstr(said, "Error") || strstr(said, "Warning")) {
        print_error("%s", said);
        fail();
    }
    child_result_clear(&result);
}

static void ct_is_valid(void **state)
{
    check_valid(*state, "CTImage");
}

static void mr_is_valid(void **state)
{
    static const SeriesRole roles[] = {ROLE_T1, ROLE_T2, ROLE_STIR, ROLE_T1C};
    (void)state;
    for (size_t n = 0; n < sizeof roles / sizeof *roles; n++) {
        void *one = NULL;
        (void)by_role(&one, roles[n]);
        check_valid(one, "MRImage");
        (void)teardown(&one);
    }
}

static void the_same_call_gives_the_same_bytes(void **state)
{
    Written *w = *state;
    char path[128];
    char first[65];
    char second[65];
    (void)snprintf(path, sizeof path, "%s/0003.dcm", w->folder);
    assert_true(dicom_series_write(w->volume, &w->attributes, w->folder, NULL));
    assert_true(hash_file(path, first, NULL));
    assert_true(dicom_series_write(w->volume, &w->attributes, w->folder, NULL));
    assert_true(hash_file(path, second, NULL));
    assert_string_equal(first, second);
}

static void uids_that_are_too_long_are_refused(void **state)
{
    Written *w = *state;
    DensError *err = NULL;
    w->attributes.uid_root = "2.25.123456789012345678901234567890123456789.1234567890123456789012";
    assert_false(dicom_series_write(w->volume, &w->attributes, w->folder, &err));
    assert_error(&err, DENS_ERROR_USAGE, "0001.dcm", "longer than 64 characters");
}

static void uids_follow_from_names(void **state)
{
    (void)state;
    char a[65];
    char b[65];
    dicom_uid("a", a);
    dicom_uid("b", b);
    assert_string_not_equal(a, b);
    dicom_uid("a", b);
    assert_string_equal(a, b);
    /* SHA-256 of "a" begins ca978112ca1bbdcafac231b39a23dc4d; as UUID ca978112-ca1b-8dca-bac2-31b39a23dc4d */
    assert_string_equal(a, "2.25.269290709893686844195134956664967650381");
    assert_int_equal(strncmp(a, "2.25.", 5), 0);
    assert_true(strlen(a) <= 44 && a[5] != '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ct_round_trip, setup_ct, teardown),
        cmocka_unit_test(mr_round_trips),
        cmocka_unit_test_setup_teardown(ct_is_valid, setup_ct, teardown),
        cmocka_unit_test(mr_is_valid),
        cmocka_unit_test_setup_teardown(the_same_call_gives_the_same_bytes, setup_ct, teardown),
        cmocka_unit_test_setup_teardown(uids_that_are_too_long_are_refused, setup_ct, teardown),
        cmocka_unit_test(uids_follow_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
