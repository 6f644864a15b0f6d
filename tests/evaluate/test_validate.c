/* Validation against numbers computed by hand.
 *
 * Cases without findings have the prior as their posterior, and that is known: under the uniform prior "none
 * of these" has 0.05 and each of the D diagnoses 0.95 / D; ties rank in the vocabulary's order. */
#include "fixture.h"

#include "evaluate/validate.h"

#include <math.h>
#include <stdio.h>

static const Value *validated(Fixture *f, const char *const *paths, size_t count, const bool *among,
                              DensError **err)
{
    ValidateOptions options = {.prior = f->uniform, .among = among};
    return validate_cases(f->engine, paths, count, &options, f->arena, err);
}

static const char *truth_case(Fixture *f, const char *folder, const char *name, const char *truth)
{
    char text[256];
    (void)snprintf(text, sizeof text, "{\"format\": \"dens-case/1\", \"id\": \"%s\"%s%s%s}", name,
                   truth ? ", \"truth\": {\"diagnosis\": \"" : "", truth ? truth : "", truth ? "\"}" : "");
    return fixture_file(f, arena_printf(f->arena, "%s/%s.json", folder, name), text);
}

static double metric(const Value *outcome, const char *name)
{
    return value_number_or(value_get(outcome, name), "value", NAN);
}

/* Three cases: the first diagnosis of the vocabulary, the fourth, and none of these (which has the highest
 * probability as 0.05 > 0.95 / D). */
static void metrics_equal_those_computed_by_hand(void **state)
{
    Fixture *f = *state;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->engine->knowledge);
    const double d = (double)knowledge_diagnosis_count(f->engine->knowledge), p = 0.95 / d;
    assert_true(p < 0.05);
    fixture_make_folder(f, "tiny");
    (void)truth_case(f, "tiny", "a", vocabulary_diagnosis(vocabulary, 0)->id);
    (void)truth_case(f, "tiny", "b", vocabulary_diagnosis(vocabulary, 3)->id);
    (void)truth_case(f, "tiny", "c", "none_of_these");
    const char *folder = fixture_path(f, "tiny");
    DensError *error = NULL;
    const Value *outcome = validated(f, &folder, 1, NULL, &error);
    assert_no_error(error);
    /* ranks 2, 5 and 1 */
    assert_near(value_number_or(outcome, "n", 0), 3, 0);
    assert_near(metric(outcome, "top1"), 1.0 / 3, 1e-12);
    assert_near(metric(outcome, "top3"), 2.0 / 3, 1e-12);
    assert_near(metric(outcome, "top5"), 1, 1e-12);
    assert_near(metric(outcome, "log_loss"), -(2 * log(p) + log(0.05)) / 3, 1e-9);
    double squares = 0.05 * 0.05 + d * p * p; /* Σ P² */
    double diagnosis = squares - 2 * p + 1, none = squares - 2 * 0.05 + 1;
    assert_near(metric(outcome, "brier"), (2 * diagnosis + none) / 3, 1e-9);
    /* all three say 0.05 and stand in one bin; one is right */
    assert_near(metric(outcome, "calibration_error"), 1.0 / 3 - 0.05, 1e-9);
    assert_near(metric(outcome, "mean_confidence"), 0.05, 1e-12);
    const Value *bins = value_get(outcome, "reliability");
    assert_int_equal(bins->count, 1);
    assert_near(value_number_or(value_at(bins, 0), "right", NAN), 1.0 / 3, 1e-12);
    assert_int_equal(value_get(outcome, "diagnoses")->count, 3);
    const Value *misses = value_get(outcome, "misses");
    assert_int_equal(misses->count, 2);
    assert_string_equal(value_text(value_at(misses, 0), "first"), "none_of_these");
    assert_near(value_number_or(value_at(misses, 1), "rank", 0), 5, 0);
    /* a bootstrap of thirds: 0 and 1 are reached in more than 2.5 % of the resamples */
    const Value *interval = value_get(value_get(outcome, "top1"), "interval");
    assert_near(value_at(interval, 0)->number, 0, 0);
    assert_near(value_at(interval, 1)->number, 1, 0);
    assert_true(value_equal(outcome, validated(f, &folder, 1, NULL, NULL)));
}

static void files_without_a_truth_are_passed_over(void **state)
{
    Fixture *f = *state;
    fixture_make_folder(f, "mixed");
    const char *paths[] = {truth_case(f, "mixed", "known", "chordoma"),
                           truth_case(f, "mixed", "clinic", NULL)};
    (void)fixture_file(f, "mixed/notes.txt", "not a case");
    const Value *outcome = validated(f, paths, 2, NULL, NULL);
    assert_near(value_number_or(outcome, "n", 0), 1, 0);
    assert_near(value_number_or(outcome, "skipped", 0), 1, 0);
    const char *folder = fixture_path(f, "mixed");
    assert_true(value_equal(value_get(outcome, "log_loss"),
                            value_get(validated(f, &folder, 1, NULL, NULL), "log_loss")));
    Text text = TEXT_INIT;
    validate_text(outcome, &text);
    assert_non_null(strstr(text_string(&text), "1 cases with a known truth"));
    assert_non_null(strstr(text_string(&text), "1 files passed over"));
    text_clear(&text);
}

static void only_what_was_asked_for_counts(void **state)
{
    Fixture *f = *state;
    fixture_make_folder(f, "asked");
    (void)truth_case(f, "asked", "in", "chordoma");
    (void)truth_case(f, "asked", "out", "lymphoma");
    (void)truth_case(f, "asked", "none", "none_of_these");
    const char *folder = fixture_path(f, "asked");
    const bool *review = engine_among(f->engine, "review", f->uniform, f->arena, NULL);
    const Value *outcome = validated(f, &folder, 1, review, NULL);
    assert_near(value_number_or(outcome, "n", 0), 1, 0);
    assert_near(value_number_or(outcome, "skipped", 0), 2, 0);
    ValidateOptions primary = {.prior = engine_prior(f->engine, "primary", NULL)};
    (void)truth_case(f, "asked", "left-out", "metastasis");
    outcome = validate_cases(f->engine, &folder, 1, &primary, f->arena, NULL);
    assert_near(value_number_or(outcome, "n", 0), 3, 0);
    assert_near(value_number_or(outcome, "skipped", 0), 1, 0);
}

static void assert_refused(Fixture *f, const char *path, const char *where, const char *what)
{
    DensError *error = NULL;
    assert_null(validated(f, &path, 1, NULL, &error));
    assert_error(&error, DENS_ERROR_INPUT, where, what);
}

static void what_cannot_be_validated_is_refused(void **state)
{
    Fixture *f = *state;
    fixture_make_folder(f, "bad");
    assert_refused(f, fixture_path(f, "bad"), "bad", "holds no case file");
    assert_refused(f, fixture_path(f, "nowhere"), "nowhere", "No such file");
    assert_refused(f, truth_case(f, "bad", "unknown", "cordoma"), "unknown.json:1:", "'cordoma'");
    assert_refused(f, fixture_path(f, "bad"), "unknown.json:1:", "chordoma");
    assert_refused(f, fixture_file(f, "bad/unknown.json", "{\"format\": "), "unknown.json:1:", "");
    fixture_make_folder(f, "untold");
    assert_refused(f, truth_case(f, "untold", "untold", NULL), "untold.json", "no case has a truth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_equal_those_computed_by_hand),
        cmocka_unit_test(files_without_a_truth_are_passed_over),
        cmocka_unit_test(only_what_was_asked_for_counts),
        cmocka_unit_test(what_cannot_be_validated_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
