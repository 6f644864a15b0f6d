/* What a case says of a finding: possible values, conflicts, evidence. */
#include "testing.h"

#include <math.h>

#include "base/json.h"
#include "base/text.h"
#include "document/case.h"

static int load(void **state)
{
    char *folder = source_path("knowledge");
    DensError *err = NULL;
    *state = vocabulary_load(folder, &err);
    free(folder);
    assert_no_error(err);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    vocabulary_free(*state);
    return 0;
}

static Case *with_findings(const char *findings, const Vocabulary *v)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "{\"format\": \"dens-case/1\", \"findings\": {%s}}", findings);
    DensError *err = NULL;
    Value *root = json_parse(arena, text_string(&text), text.length, "c.json", &err);
    assert_no_error(err);
    Case *c = case_from_value(root, "c.json", v, NULL, &err);
    assert_no_error(err);
    return c;
}

static void evidence(const Case *c, const char *id, double *out)
{
    const CaseFinding *known = case_find(c, id);
    assert_non_null(known);
    assert_true(case_evidence(known, out));
}

static void a_choice_that_was_read(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings(
        "\"mr.t1\": [\"low\", \"intermediate\"], \"clinical.primary_site\": \"gastrointestinal\"", *state);
    double out[VOCABULARY_MAX_VALUES];
    evidence(c, "mr.t1", out);
    assert_near(out[0], 1, 0);
    assert_near(out[1], 1, 0);
    assert_near(out[2], 0, 0);
    const Finding *site = vocabulary_find(*state, "clinical.primary_site");
    evidence(c, "clinical.primary_site", out);
    assert_near(out[finding_value(site, "stomach")], 1, 0);
    assert_near(out[finding_value(site, "gastrointestinal")], 1, 0);
    assert_near(out[finding_value(site, "liver")], 0, 0);
    CaseFinding nothing = {.finding = site, .measured_value = -1};
    assert_false(case_evidence(&nothing, out));
}

static void a_measured_choice_is_limited(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"mr.t2\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 1e-9, "
                            "\"intermediate\": 1, \"high\": 4}}}",
                            *state);
    double out[VOCABULARY_MAX_VALUES];
    evidence(c, "mr.t2", out);
    assert_near(out[0], 0.1, 1e-12);
    assert_near(out[1], 0.25, 1e-12);
    assert_near(out[2], 1, 0);
}

static void huge_and_tiny_likelihoods_stay_finite(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"mr.t2\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": "
                            "1.7e308, \"high\": 1.7e308}}},"
                            "\"mr.t1\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": "
                            "1e-320, \"high\": 1e-320}}}",
                            *state);
    double out[VOCABULARY_MAX_VALUES];
    evidence(c, "mr.t2", out);
    assert_near(out[0], 1, 0);
    evidence(c, "mr.t1", out);
    assert_near(out[0], 1, 0);
    assert_near(out[1], 0.1, 1e-12);
    assert_true(case_may_be(c, "mr.t2", "low"));
    assert_false(case_may_be(c, "mr.t2", "intermediate"));
}

static void the_reader_goes_before_the_measurement(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"mr.t2\": {\"read\": \"low\", \"measured\": {\"value\": \"high\","
                            " \"likelihood\": {\"high\": 1}}}",
                            *state);
    double out[VOCABULARY_MAX_VALUES];
    evidence(c, "mr.t2", out);
    assert_near(out[0], 1, 0);
    assert_near(out[2], 0, 0);
    assert_true(case_finding_conflicts(case_find(c, "mr.t2")));
    assert_false(case_may_be(c, "mr.t2", "high"));
}

static void sets(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"site.levels\": [\"C2\", \"C3\"], \"path.cells\": [\"spindle\"],"
                            " \"path.matrix\": \"none\", \"extent.direction\": [\"epidural\"]",
                            *state);
    double out[VOCABULARY_MAX_VALUES];
    const Finding *levels = vocabulary_find(*state, "site.levels");
    evidence(c, "site.levels", out);
    for (size_t i = 0; i < levels->value_count; i++) {
        const char *id = levels->values[i].id;
        assert_near(out[i], strcmp(id, "C2") == 0 || strcmp(id, "C3") == 0 ? 1 : 0, 0);
    }
    evidence(c, "path.cells", out);
    assert_near(out[0], -1, 0); /* not listed is not known */
    assert_near(out[finding_value(vocabulary_find(*state, "path.cells"), "spindle")], 1, 0);
    const Finding *matrix = vocabulary_find(*state, "path.matrix");
    evidence(c, "path.matrix", out);
    assert_near(out[0], 0, 0);
    assert_near(out[1], 0, 0);
    assert_near(out[2], 0, 0);
    assert_near(out[matrix->none_value], -1, 0); /* no member of its own */
    assert_true(case_may_be(c, "path.matrix", "none"));
    assert_false(case_may_be(c, "path.matrix", "osteoid"));
    assert_true(case_may_be(c, "extent.direction", "epidural"));
    assert_false(case_may_be(c, "extent.direction", "anterior"));
}

static double sum_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(values[i] >= 0);
        sum += values[i];
    }
    return sum;
}

static void numbers(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"site.size_mm\": {\"measured\": {\"value\": 30, \"sd\": 2}}, "
                            "\"clinical.symptom_months\": [2, 700e-1],"
                            "\"mr.adc\": {\"measured\": {\"value\": 1.1}}, \"ct.mean_hu\": {\"measured\": "
                            "{\"value\": -1100, \"sd\": 1e300}},"
                            "\"ct.max_hu\": {\"measured\": {\"value\": 400, \"sd\": 1e-300}}",
                            *state);
    double out[VOCABULARY_MAX_VALUES];
    const Finding *size = vocabulary_find(*state, "site.size_mm");
    evidence(c, "site.size_mm", out);
    assert_near(sum_of(out, size->bin_count), 1, 1e-12);
    assert_near(out[finding_bin(size, 29)], 0.5, 1e-6);
    assert_near(out[finding_bin(size, 31)], 0.5, 1e-6);
    const Finding *months = vocabulary_find(*state, "clinical.symptom_months");
    evidence(c, "clinical.symptom_months", out);
    assert_near(out[finding_bin(months, 2)], 0.5, 0);
    assert_near(out[finding_bin(months, 70)], 0.5, 0);
    const Finding *adc = vocabulary_find(*state, "mr.adc");
    evidence(c, "mr.adc", out);
    assert_near(out[finding_bin(adc, 1.1)], 1, 0);
    const Finding *mean = vocabulary_find(*state, "ct.mean_hu");
    evidence(c, "ct.mean_hu", out);
    assert_near(sum_of(out, mean->bin_count), 1, 1e-9);
    assert_near(out[0], 1050.0 / 5100.0, 0.01); /* flat over the range */
    const Finding *max = vocabulary_find(*state, "ct.max_hu");
    evidence(c, "ct.max_hu", out);
    assert_near(sum_of(out, max->bin_count), 1, 1e-12);
}

static void possible_values(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"clinical.primary_site\": \"gastrointestinal\", \"extent.canal\": "
                            "[\"epidural\", \"cord_compression\"],"
                            "\"mr.t2\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 0.05, "
                            "\"intermediate\": 0.15, \"high\": 1}}}",
                            *state);
    assert_true(case_may_be(c, "extent.canal", "cord_compression"));
    assert_false(case_may_be(c, "extent.canal", "none"));
    assert_true(case_may_be(c, "clinical.primary_site", "colon"));
    assert_true(case_may_be(c, "clinical.primary_site", "gastrointestinal"));
    assert_false(case_may_be(c, "clinical.primary_site", "lung"));
    assert_true(case_may_be(c, "mr.t2", "intermediate")); /* 12.5 % */
    assert_false(case_may_be(c, "mr.t2", "low"));         /* 4 % */
    assert_false(case_may_be(c, "mr.t1", "low"));         /* not known at all */
    assert_false(case_may_be(c, "mr.t2", "bright"));
    assert_false(case_may_be(c, "no.such", "low"));
    assert_int_equal(case_possible(c, vocabulary_find(*state, "mr.t1"), 0.1), 7);
    assert_int_equal(case_possible(c, vocabulary_find(*state, "mr.t2"), 0.5), 4);
    assert_int_equal(case_possible(c, vocabulary_find(*state, "site.size_mm"), 0.5), 0);
}

static void conflicts(void **state)
{
    AUTO(case_auto)
    Case *c = with_findings("\"mr.t1\": {\"read\": [\"low\", \"intermediate\"], \"measured\": {\"value\": "
                            "\"low\", \"likelihood\": {\"low\": 1}}},"
                            "\"clinical.primary_site\": {\"read\": \"gastrointestinal\", \"measured\": "
                            "{\"value\": \"colon\", \"likelihood\": {\"colon\": 1}}},"
                            "\"site.size_mm\": {\"read\": 30, \"measured\": {\"value\": 32, \"sd\": 0.1}},"
                            "\"ct.mean_hu\": {\"read\": 30, \"measured\": {\"value\": 60, \"sd\": 5}},"
                            "\"mr.t2\": \"high\"",
                            *state);
    assert_false(case_finding_conflicts(case_find(c, "mr.t1")));
    assert_false(case_finding_conflicts(case_find(c, "clinical.primary_site")));
    assert_false(case_finding_conflicts(case_find(c, "site.size_mm")));
    assert_true(case_finding_conflicts(case_find(c, "ct.mean_hu")));
    assert_false(case_finding_conflicts(case_find(c, "mr.t2")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_choice_that_was_read),
        cmocka_unit_test(a_measured_choice_is_limited),
        cmocka_unit_test(huge_and_tiny_likelihoods_stay_finite),
        cmocka_unit_test(the_reader_goes_before_the_measurement),
        cmocka_unit_test(sets),
        cmocka_unit_test(numbers),
        cmocka_unit_test(possible_values),
        cmocka_unit_test(conflicts),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
