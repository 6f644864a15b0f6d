/* From a case to a result: the document holds what its format promises, for every case that is shipped. */
#include "fixture.h"

#include "base/file.h"
#include "base/json.h"
#include "document/result.h"

#include <math.h>

/* ---- every shipped case ---- */

static double weights_of(const Value *reasons)
{
    double sum = 0;
    VALUE_EACH(reason, reasons)
    {
        double weight = value_number_or(reason, "weight", NAN), shares = 0;
        VALUE_EACH(share, value_get(reason, "shares"))
        {
            shares += share->number;
        }
        assert_near(shares, weight, 1e-9);
        assert_int_equal(value_get(reason, "shares")->count, value_get(reason, "findings")->count);
        assert_true(value_text(reason, "text")[0]);
        sum += weight;
    }
    return sum;
}

static double probability_of(const Value *ranking, const char *diagnosis)
{
    VALUE_EACH(entry, ranking)
    {
        if (strcmp(value_text(entry, "diagnosis"), diagnosis) == 0) {
            return value_number_or(entry, "probability", NAN);
        }
    }
    return NAN;
}

/* All weights and that of the prior add up to the log odds; "for" weighs for, "against" against. */
static void assert_additive(const Value *result)
{
    const Value *ranking = value_get(result, "ranking");
    VALUE_EACH(entry, ranking)
    {
        const char *rival = value_text(entry, "rival");
        assert_non_null(rival);
        assert_string_not_equal(rival, value_text(entry, "diagnosis"));
        double p = value_number_or(entry, "probability", NAN), q = probability_of(ranking, rival);
        double sum = value_number_or(entry, "prior_weight", NAN) + weights_of(value_get(entry, "for")) +
                     weights_of(value_get(entry, "against"));
        assert_near(sum, log(p / q), 1e-8);
        VALUE_EACH(reason, value_get(entry, "for"))
        {
            assert_true(value_number_or(reason, "weight", NAN) >= 0);
            assert_string_equal(value_text(reason, "against"), rival);
        }
        VALUE_EACH(reason, value_get(entry, "against"))
        {
            assert_true(value_number_or(reason, "weight", NAN) < 0);
        }
    }
}

static void assert_resolved(const Value *result, const Value *keys)
{
    VALUE_EACH(key, keys)
    {
        if (!value_path(value_get(result, "sources"), value_string(key))) {
            print_error("the source \"%s\" is cited and not listed\n", value_string(key));
            fail();
        }
    }
}

/* What the report cites is listed: alerts, mimics and the reasons of the first five. */
static void assert_sources(const Value *result)
{
    size_t rank = 0;
    VALUE_EACH(entry, value_get(result, "ranking"))
    {
        VALUE_EACH(reason, value_get(entry, "for"))
        {
            assert_resolved(result, value_get(reason, "sources"));
            assert_true(rank < 5 || value_get(reason, "sources")->count == 0);
        }
        VALUE_EACH(reason, value_get(entry, "against"))
        {
            assert_resolved(result, value_get(reason, "sources"));
        }
        rank++;
    }
    VALUE_EACH(alert, value_get(result, "alerts"))
    {
        assert_resolved(result, value_get(alert, "sources"));
    }
    VALUE_EACH(mimic, value_get(result, "mimics_to_consider"))
    {
        assert_resolved(result, value_get(mimic, "sources"));
    }
    VALUE_EACH(source, value_get(result, "sources"))
    {
        assert_true(value_text(source, "text")[0]);
    }
}

/* The rows that are named exist and belong to one of the two hypotheses, or to lesions in general. */
static void assert_rows(const Fixture *f, const Value *reasons, const char *diagnosis, const char *rival)
{
    VALUE_EACH(reason, reasons)
    {
        VALUE_EACH(id, value_get(reason, "evidence"))
        {
            const char *row = value_string(id);
            assert_non_null(knowledge_row(f->engine->knowledge, row));
            size_t own = strlen(diagnosis), other = strlen(rival);
            assert_true((strncmp(row, diagnosis, own) == 0 && row[own] == '.') ||
                        (strncmp(row, rival, other) == 0 && row[other] == '.') ||
                        strncmp(row, "background.", strlen("background.")) == 0);
        }
    }
}

static void check_folder(Fixture *f, const char *name, const Prior *prior, size_t *count)
{
    char *folder = source_path(name);
    const char **paths = NULL;
    size_t path_count = 0;
    DensError *error = NULL;
    assert_true(file_list_tree(f->arena, folder, 1000, &paths, &path_count, &error));
    for (size_t i = 0; i < path_count; i++) {
        Case *c = case_read(paths[i], knowledge_vocabulary(f->engine->knowledge), NULL, &error);
        assert_no_error(error);
        const Value *result = fixture_result(f, c, prior);
        if (!result_check(result, paths[i], &error)) {
            assert_no_error(error);
        }
        assert_additive(result);
        assert_sources(result);
        VALUE_EACH(entry, value_get(result, "ranking"))
        {
            const char *id = value_text(entry, "diagnosis"), *rival = value_text(entry, "rival");
            assert_rows(f, value_get(entry, "for"), id, rival);
            assert_rows(f, value_get(entry, "against"), id, rival);
        }
        case_free(c);
        (*count)++;
    }
    free(folder);
}

static void every_shipped_case_gives_a_whole_result(void **state)
{
    Fixture *f = *state;
    size_t count = 0;
    check_folder(f, "cases/dev", f->clinic, &count);
    check_folder(f, "cases/review", f->uniform, &count);
    assert_true(count >= 87);
}

/* ---- single promises ---- */

static bool lists(const Value *list, const char *text)
{
    VALUE_EACH(item, list)
    {
        if (strcmp(value_string(item), text) == 0) {
            return true;
        }
    }
    return false;
}

static void what_was_not_assessed_is_listed(void **state)
{
    Fixture *f = *state;
    Case *bare = fixture_case(f, "\"findings\": {\"ct.density\": \"lytic\"}");
    assert_true(lists(value_get(fixture_result(f, bare, f->clinic), "not_assessed"), "vertebral artery"));
    case_free(bare);
    Case *told = fixture_case(f, "\"findings\": {\"extent.vertebral_artery\": \"free\"}");
    assert_false(lists(value_get(fixture_result(f, told, f->clinic), "not_assessed"), "vertebral artery"));
    case_free(told);
}

static void a_conflict_shows_both_values(void **state)
{
    Fixture *f = *state;
    Case *c = fixture_case(
        f,
        "\"findings\": {"
        "\"mr.t2\": {\"read\": \"low\", \"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 0.1, "
        "\"high\": 1}}}, "
        "\"mr.t1\": {\"read\": [\"low\", \"intermediate\"], \"measured\": {\"value\": \"high\", "
        "\"likelihood\": {\"high\": 1}}}, "
        "\"mr.stir\": {\"read\": \"high\", \"measured\": {\"value\": \"high\", \"likelihood\": {\"high\": "
        "1}}}}");
    const Value *conflicts = value_get(fixture_result(f, c, f->clinic), "conflicts");
    assert_int_equal(conflicts->count, 2);
    VALUE_EACH(conflict, conflicts)
    {
        assert_string_equal(value_text(conflict, "measured"), "high");
        if (strcmp(value_text(conflict, "finding"), "mr.t2") == 0) {
            assert_string_equal(value_text(conflict, "read"), "low");
        } else {
            assert_int_equal(value_get(conflict, "read")->count, 2);
        }
    }
    case_free(c);
}

static void a_case_without_findings_has_no_reasons(void **state)
{
    Fixture *f = *state;
    Case *c = fixture_case(f, "\"findings\": {}");
    const Value *result = fixture_result(f, c, f->clinic);
    DensError *error = NULL;
    assert_true(result_check(result, "test", &error));
    VALUE_EACH(entry, value_get(result, "ranking"))
    {
        assert_int_equal(value_get(entry, "for")->count + value_get(entry, "against")->count, 0);
    }
    case_free(c);
}

static void left_out_diagnoses_have_no_reasons(void **state)
{
    Fixture *f = *state;
    const Prior *primary = engine_prior(f->engine, "primary", NULL);
    Case *c = fixture_case(f, "\"findings\": {\"mr.t2\": \"high\"}");
    const Value *result = fixture_result(f, c, primary);
    DensError *error = NULL;
    assert_true(result_check(result, "test", &error));
    size_t left_out = 0;
    VALUE_EACH(entry, value_get(result, "ranking"))
    {
        bool ranked = value_number_or(entry, "probability", NAN) > 0;
        double weight = 0;
        left_out += !ranked;
        assert_int_equal(ranked, value_text(entry, "rival") != NULL);
        assert_int_equal(ranked, value_number(value_get(entry, "prior_weight"), &weight));
        assert_true(ranked || value_get(entry, "for")->count + value_get(entry, "against")->count == 0);
    }
    assert_int_equal(left_out, 3);
    case_free(c);
}

static void reasons_are_told_against_the_rival_that_was_asked_for(void **state)
{
    Fixture *f = *state;
    Case *c = fixture_case(f, "\"findings\": {\"mr.t2\": \"high\", \"ct.density\": \"lytic\"}");
    int rival = vocabulary_find_diagnosis(knowledge_vocabulary(f->engine->knowledge), "lymphoma");
    ResultOptions options = {.prior = f->clinic, .rival = rival};
    const Value *result = evaluate_case(f->engine, c, &options, f->arena);
    VALUE_EACH(entry, value_get(result, "ranking"))
    {
        bool itself = strcmp(value_text(entry, "diagnosis"), "lymphoma") == 0;
        assert_int_equal(strcmp(value_text(entry, "rival"), "lymphoma") == 0, !itself);
    }
    case_free(c);
}

static void histology_can_be_left_out(void **state)
{
    Fixture *f = *state;
    Case *with = fixture_case(f, "\"findings\": {\"mr.t2\": \"high\", \"path.positive\": [\"brachyury\"]}");
    Case *bare = fixture_case(f, "\"findings\": {\"mr.t2\": \"high\"}");
    ResultOptions options = {.prior = f->clinic, .rival = -1, .without_path = true};
    const Value *left_out = value_get(evaluate_case(f->engine, with, &options, f->arena), "ranking");
    assert_true(value_equal(left_out, value_get(fixture_result(f, bare, f->clinic), "ranking")));
    assert_false(value_equal(left_out, value_get(fixture_result(f, with, f->clinic), "ranking")));
    case_free(with);
    case_free(bare);
}

static char *text_of_result(Fixture *f, const Case *c)
{
    Text text = TEXT_INIT;
    json_write(fixture_result(f, c, f->clinic), JSON_PRETTY, &text);
    return text_take(&text);
}

static void the_same_case_gives_the_same_bytes(void **state)
{
    Fixture *f = *state;
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1700000000", 1), 0);
    Case *c =
        fixture_case(f, "\"id\": \"x\", \"findings\": {\"mr.t2\": \"high\", \"site.levels\": [\"C2\"]}");
    char *first = text_of_result(f, c), *second = text_of_result(f, c);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "\"time\": \"2023-11-14T22:13:20Z\""));
    free(first);
    free(second);
    case_free(c);
    assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
}

static void the_result_holds_the_case_whole(void **state)
{
    Fixture *f = *state;
    Case *c = fixture_case(f, "\"id\": \"a\", \"patient\": {\"age\": 30, \"sex\": \"female\"}, \"ward\": 4, "
                              "\"findings\": {\"mr.t1\": [\"low\", \"high\"]}");
    const Value *told = value_get(fixture_result(f, c, f->clinic), "case");
    assert_true(value_equal(told, case_to_value(c, NULL, NULL, f->arena)));
    assert_near(value_number_or(told, "ward", 0), 4, 0);
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_case_gives_a_whole_result),
        cmocka_unit_test(what_was_not_assessed_is_listed),
        cmocka_unit_test(a_conflict_shows_both_values),
        cmocka_unit_test(a_case_without_findings_has_no_reasons),
        cmocka_unit_test(left_out_diagnoses_have_no_reasons),
        cmocka_unit_test(reasons_are_told_against_the_rival_that_was_asked_for),
        cmocka_unit_test(histology_can_be_left_out),
        cmocka_unit_test(the_same_case_gives_the_same_bytes),
        cmocka_unit_test(the_result_holds_the_case_whole),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
