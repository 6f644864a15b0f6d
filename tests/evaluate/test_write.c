/* The report set: all four files or none. */
#include "fixture.h"

#include "base/file.h"
#include "base/json.h"

#include <sys/stat.h>
#include <unistd.h>

static bool write_set(Fixture *f, const char *id, const char *folder, DensError **err)
{
    const char *members = arena_printf(f->arena, "\"id\": \"%s\", \"findings\": {\"mr.t2\": \"high\"}", id);
    Case *c = fixture_case(f, members);
    const Value *result = fixture_result(f, c, f->clinic);
    bool good = evaluate_write(f->engine, c, result, messages_english(), NULL, false, NULL, folder, err);
    case_free(c);
    return good;
}

static size_t entries(Fixture *f, const char *folder)
{
    const char **names = NULL;
    size_t count = 0;
    assert_true(file_list(f->arena, folder, &names, &count, NULL));
    return count;
}

static void assert_set_of(Fixture *f, const char *folder, const char *id)
{
    assert_int_equal(entries(f, folder), 6);
    DensError *error = NULL;
    const Value *result = json_read(f->arena, file_join(f->arena, folder, "result.json"), &error);
    assert_no_error(error);
    assert_string_equal(value_text(value_get(result, "case"), "id"), id);
    const Value *c = json_read(f->arena, file_join(f->arena, folder, "case.json"), &error);
    assert_no_error(error);
    assert_string_equal(value_text(c, "id"), id);
    assert_int_equal(file_kind(file_join(f->arena, folder, "report.html")), FILE_REGULAR);
    assert_int_equal(file_kind(file_join(f->arena, folder, "report.pdf")), FILE_REGULAR);
    assert_int_equal(file_kind(file_join(f->arena, folder, "report.txt")), FILE_REGULAR);
}

static void the_set_is_written_into_a_new_folder(void **state)
{
    Fixture *f = *state;
    const char *folder = fixture_path(f, "deep/new");
    DensError *error = NULL;
    assert_true(write_set(f, "first", folder, &error));
    assert_no_error(error);
    assert_set_of(f, folder, "first");
}

static void an_older_set_is_replaced(void **state)
{
    Fixture *f = *state;
    const char *folder = fixture_path(f, "again");
    assert_true(write_set(f, "first", folder, NULL));
    assert_true(write_set(f, "second", folder, NULL));
    assert_set_of(f, folder, "second");
}

static void a_file_in_place_of_the_folder_is_refused(void **state)
{
    Fixture *f = *state;
    const char *path = fixture_file(f, "occupied", "mine");
    DensError *error = NULL;
    assert_false(write_set(f, "x", path, &error));
    assert_error(&error, DENS_ERROR_USAGE, "occupied", "not a folder");
    assert_int_equal(file_kind(path), FILE_REGULAR);
    assert_false(write_set(f, "x", "", &error));
    assert_error(&error, DENS_ERROR_USAGE, "", "empty");
}

/* A folder where the last file is to stand: the others are not written, nor is anything left behind. */
static void half_a_set_is_never_written(void **state)
{
    Fixture *f = *state;
    fixture_make_folder(f, "half");
    fixture_make_folder(f, "half/report.txt");
    const char *folder = fixture_path(f, "half");
    DensError *error = NULL;
    assert_false(write_set(f, "x", folder, &error));
    assert_error(&error, DENS_ERROR_USAGE, "report.txt", "is a folder");
    assert_int_equal(entries(f, folder), 1);
}

static void an_older_set_stays_when_writing_fails(void **state)
{
    Fixture *f = *state;
    const char *folder = fixture_path(f, "stays");
    assert_true(write_set(f, "first", folder, NULL));
    assert_int_equal(unlink(fixture_path(f, "stays/report.txt")), 0);
    fixture_make_folder(f, "stays/report.txt");
    assert_false(write_set(f, "second", folder, NULL));
    assert_int_equal(rmdir(fixture_path(f, "stays/report.txt")), 0);
    assert_int_equal(entries(f, folder), 5);
    const Value *c = json_read(f->arena, fixture_path(f, "stays/case.json"), NULL);
    assert_string_equal(value_text(c, "id"), "first");
}

/* The superuser may write anywhere, and so asks as nobody. */
static void a_read_only_folder_is_refused(void **state)
{
    enum { NOBODY = 65534 };
    Fixture *f = *state;
    fixture_make_folder(f, "locked");
    const char *folder = fixture_path(f, "locked");
    DensError *error = NULL;
    assert_int_equal(chmod(f->folder, 0755), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    uid_t user = geteuid();
    assert_true(user != 0 || seteuid(NOBODY) == 0);
    assert_false(write_set(f, "x", folder, &error));
    assert_error(&error, DENS_ERROR_USAGE, "locked", "Permission denied");
    assert_false(write_set(f, "x", fixture_path(f, "locked/below"), &error));
    assert_error(&error, DENS_ERROR_USAGE, "locked/below", "Permission denied");
    assert_true(user != 0 || seteuid(0) == 0);
    assert_int_equal(entries(f, folder), 0);
    assert_int_equal(chmod(folder, 0700), 0);
}

/* A folder that takes no file, whoever asks. */
static void a_folder_that_takes_no_file_is_refused(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    assert_false(write_set(f, "x", "/proc/dens", &error));
    assert_error(&error, DENS_ERROR_USAGE, "/proc/dens", "cannot be made");
    assert_false(write_set(f, "x", "/proc/self", &error));
    assert_error(&error, DENS_ERROR_USAGE, "/proc/self/", "cannot be written");
}

static void what_this_version_does_not_write_is_said(void **state)
{
    Fixture *f = *state;
    Value *list = value_new_list(f->arena);
    StudyObjects objects = {.reason = "no lesion mask on a DICOM series"};
    study_objects_not_written(&objects, list);
    assert_int_equal(list->count, 3);
    Case *c = fixture_case(f, "\"findings\": {}");
    ResultOptions options = {.prior = f->clinic, .rival = -1, .not_written = list};
    const Value *result = evaluate_case(f->engine, c, &options, f->arena);
    assert_true(value_equal(value_get(result, "not_written"), list));
    VALUE_EACH(file, list)
    {
        assert_true(value_text(file, "file")[0] && value_text(file, "reason")[0]);
    }
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_set_is_written_into_a_new_folder),
        cmocka_unit_test(an_older_set_is_replaced),
        cmocka_unit_test(a_file_in_place_of_the_folder_is_refused),
        cmocka_unit_test(half_a_set_is_never_written),
        cmocka_unit_test(an_older_set_stays_when_writing_fails),
        cmocka_unit_test(a_read_only_folder_is_refused),
        cmocka_unit_test(a_folder_that_takes_no_file_is_refused),
        cmocka_unit_test(what_this_version_does_not_write_is_said),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
