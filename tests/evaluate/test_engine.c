/* What is read once: the knowledge, its priors, and the diagnoses that a user restricts the ranking to. */
#include "fixture.h"

#include "base/file.h"

static size_t count_named(const Fixture *f, const bool *among)
{
    size_t count = 0;
    for (size_t i = 0; i < knowledge_diagnosis_count(f->engine->knowledge); i++) {
        count += among[i];
    }
    return count;
}

static size_t index_of(const Fixture *f, const char *diagnosis)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(f->engine->knowledge), diagnosis);
    assert_true(index >= 0);
    return (size_t)index;
}

static void knowledge_that_is_not_there_is_told(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    assert_null(engine_load(fixture_path(f, "nowhere"), &error));
    assert_error(&error, DENS_ERROR_INPUT, "nowhere", "No such file");
    engine_free(NULL);
}

static void a_prior_is_found_by_name(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    assert_string_equal(f->clinic->id, "clinic");
    assert_null(engine_prior(f->engine, "klinik", &error));
    assert_error(&error, DENS_ERROR_USAGE, "--prior",
                 "\"klinik\"; there are clinic, primary, biopsy_cervical, registry_spine, uniform");
    assert_null(engine_prior(f->engine, "", &error));
    assert_error(&error, DENS_ERROR_USAGE, "--prior", "there are clinic");
    assert_null(engine_prior(f->engine, "klinik", NULL));
}

static void a_prior_says_what_it_leaves_out(void **state)
{
    Fixture *f = *state;
    const Prior *primary = engine_prior(f->engine, "primary", NULL);
    assert_non_null(primary);
    assert_true(engine_prior_holds(primary, index_of(f, "chordoma")));
    assert_false(engine_prior_holds(primary, index_of(f, "metastasis")));
    for (size_t i = 0; i < knowledge_diagnosis_count(f->engine->knowledge); i++) {
        assert_true(engine_prior_holds(f->clinic, i));
        assert_true(engine_prior_holds(f->uniform, i));
    }
}

static void the_review_names_ten(void **state)
{
    Fixture *f = *state;
    const bool *among = engine_among(f->engine, "review", f->clinic, f->arena, NULL);
    assert_non_null(among);
    assert_int_equal(count_named(f, among), 10);
    assert_true(among[index_of(f, "chordoma")]);
    assert_false(among[index_of(f, "lymphoma")]);
}

static void a_file_names_diagnoses(void **state)
{
    Fixture *f = *state;
    const char *path = fixture_file(
        f, "among.txt", "# two that look alike\r\n\r\n  chordoma \t\r\nmetastasis # the rival\n\n");
    DensError *error = NULL;
    const bool *among = engine_among(f->engine, path, f->clinic, f->arena, &error);
    assert_no_error(error);
    assert_int_equal(count_named(f, among), 2);
    assert_true(among[index_of(f, "chordoma")] && among[index_of(f, "metastasis")]);
    path = fixture_file(f, "marked.txt",
                        "\xEF\xBB\xBF"
                        "chordoma\n");
    among = engine_among(f->engine, path, f->clinic, f->arena, &error);
    assert_no_error(error);
    assert_int_equal(count_named(f, among), 1);
}

static void a_bad_file_of_diagnoses_is_refused(void **state)
{
    Fixture *f = *state;
    static const struct {
        const char *text, *where, *what;
    } faults[] = {
        {"chordoma\ncordoma\n", "bad.txt:2", "\"cordoma\" is no diagnosis"},
        {"chordoma metastasis\n", "bad.txt:1", "one id a line"},
        {"none_of_these\n", "bad.txt:1", "is no diagnosis"},
        {"", "bad.txt", "names no diagnosis"},
        {"# nothing\n\n", "bad.txt", "names no diagnosis"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        DensError *error = NULL;
        const char *path = fixture_file(f, "bad.txt", faults[i].text);
        assert_null(engine_among(f->engine, path, f->clinic, f->arena, &error));
        assert_error(&error, DENS_ERROR_INPUT, faults[i].where, faults[i].what);
    }
    DensError *error = NULL;
    assert_null(engine_among(f->engine, fixture_path(f, "no.txt"), f->clinic, f->arena, &error));
    assert_error(&error, DENS_ERROR_INPUT, "no.txt", "No such file");
    assert_null(engine_among(f->engine, f->folder, f->clinic, f->arena, &error));
    assert_error(&error, DENS_ERROR_INPUT, f->folder, "folder");
    const char *cut = fixture_path(f, "cut.txt");
    assert_true(file_write(cut, "chordoma\0metastasis\n", 20, &error));
    assert_null(engine_among(f->engine, cut, f->clinic, f->arena, &error));
    assert_error(&error, DENS_ERROR_INPUT, "cut.txt", "no text in UTF-8");
}

static void the_prior_must_hold_one_of_them(void **state)
{
    Fixture *f = *state;
    const Prior *primary = engine_prior(f->engine, "primary", NULL);
    DensError *error = NULL;
    const char *path = fixture_file(f, "left-out.txt", "metastasis\nspondylodiscitis\n");
    assert_null(engine_among(f->engine, path, primary, f->arena, &error));
    assert_error(&error, DENS_ERROR_INPUT, "left-out.txt", "the prior \"primary\" leaves out all");
    assert_non_null(engine_among(f->engine, path, f->clinic, f->arena, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knowledge_that_is_not_there_is_told),
        cmocka_unit_test(a_prior_is_found_by_name),
        cmocka_unit_test(a_prior_says_what_it_leaves_out),
        cmocka_unit_test(the_review_names_ten),
        cmocka_unit_test(a_file_names_diagnoses),
        cmocka_unit_test(a_bad_file_of_diagnoses_is_refused),
        cmocka_unit_test(the_prior_must_hold_one_of_them),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
