/* The scores against their published tables: points of each item, sums, bands at their edges, ranges where
 * something is unknown or hedged, and nothing where a score is not meant for the disease. */
#include "testing.h"

#include "base/json.h"
#include "score/score.h"

#include <stdio.h>

typedef struct {
    Knowledge *knowledge;
    Scores *scores;
    Arena *arena;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    char *folder = source_path("knowledge");
    DensError *error = NULL;
    f->arena = arena_new();
    f->knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    f->scores = scores_load(f->knowledge, &error);
    assert_no_error(error);
    free(folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    scores_free(f->scores);
    knowledge_free(f->knowledge);
    arena_free(f->arena);
    test_free(f);
    return 0;
}

/* The score's entry of a result; `diagnosis` is the only plausible one, or NULL: all are, none is assumed. */
static const Value *score_of(const Fixture *f, const char *id, const char *diagnosis, const char *findings)
{
    char text[2048];
    int length =
        snprintf(text, sizeof text,
                 "{\"format\": \"dens-case/1\", \"patient\": {\"age\": 60}, \"findings\": {%s}}", findings);
    assert_true(length > 0 && (size_t)length < sizeof text);
    DensError *error = NULL;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->knowledge);
    const Value *root = json_parse(f->arena, text, strlen(text), "test", &error);
    assert_no_error(error);
    Case *c = case_from_value(root, "test", vocabulary, NULL, &error);
    assert_no_error(error);
    int assumed = diagnosis ? vocabulary_find_diagnosis(vocabulary, diagnosis) : -1;
    bool *plausible = arena_array(f->arena, vocabulary_diagnosis_count(vocabulary), sizeof *plausible);
    if (diagnosis) {
        assert_true(assumed >= 0);
        plausible[assumed] = true;
    }
    ScoreFacts facts = {.plausible = diagnosis ? plausible : NULL, .assumed = assumed};
    Value *result = value_new_map(f->arena), *cited = value_new_map(f->arena);
    scores_add(f->scores, c, &facts, id, result, cited);
    case_free(c);
    const Value *list = value_get(result, "scores");
    assert_int_equal(list->count, 1);
    const Value *source = value_get(list->first, "source");
    assert_true(!source || value_truth(cited, value_string(source)));
    return list->first;
}

/* The value as text: "9", "9 to 12", "1b", "1a to 1c", or "not applicable". */
static const char *value_of(const Fixture *f, const Value *score)
{
    const Value *value = value_get(score, "value");
    double low, high;
    if (value_get(score, "not_applicable")) {
        assert_null(value);
        return "not applicable";
    }
    assert_non_null(value);
    if (value_number(value, &low)) {
        return arena_printf(f->arena, "%g", low);
    }
    if (value->kind == VALUE_LIST && value_number(value->first, &low) && value_number(value->last, &high)) {
        return arena_printf(f->arena, "%g to %g", low, high);
    }
    return value->kind == VALUE_LIST
               ? arena_printf(f->arena, "%s to %s", value->first->string, value->last->string)
               : value->string;
}

typedef struct {
    const char *id, *diagnosis, *findings, *value, *band;
} Expected;

static void check_rows(const Fixture *f, const Expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Value *score = score_of(f, rows[i].id, rows[i].diagnosis, rows[i].findings);
        const char *value = value_of(f, score), *band = value_text(score, "band");
        bool good = strcmp(value, rows[i].value) == 0 && strcmp(band ? band : "", rows[i].band) == 0;
        if (!good) {
            print_error("%s of {%s}: \"%s\" (%s) where \"%s\" (%s) was expected\n", rows[i].id,
                        rows[i].findings, value, band ? band : "", rows[i].value, rows[i].band);
        }
        assert_true(good);
    }
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- SINS ---- */

#define SINS_NONE                                                                                            \
    "\"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", \"site.alignment\": \"normal\", "         \
    "\"ct.collapse\": \"none\", \"site.body_share\": \"under_half\", \"site.posterolateral\": \"none\", "

static void test_sins_points(void **state)
{
    static const Expected rows[] = {
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"C4\"]", "2", "stable"},
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"C2\"]", "3", "stable"},
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"C7\"]", "3", "stable"},
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"T1\"]", "3", "stable"},
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"C3\", \"C2\"]", "3", "stable"},
        /* all at their most: 3 + 3 + 2 + 4 + 3 + 3 */
        {"sins", NULL,
         "\"site.levels\": [\"C1\"], \"clinical.mechanical_pain\": \"present\", \"ct.density\": \"lytic\", "
         "\"site.alignment\": \"subluxation\", \"ct.collapse\": \"plana\", "
         "\"site.posterolateral\": \"bilateral\"",
         "18", "unstable"},
        /* 2 + 1 + 1 + 2 + 2 + 1 */
        {"sins", NULL,
         "\"site.levels\": [\"C5\"], \"clinical.pain\": \"present\", \"clinical.mechanical_pain\": "
         "\"absent\", \"ct.density\": \"mixed\", \"site.alignment\": \"deformity\", \"ct.collapse\": "
         "\"partial\", \"ct.collapse_percent\": 30, \"site.posterolateral\": \"unilateral\"",
         "9", "indeterminate"},
        /* the radiograph speaks where there is no CT: 2 + 0 + 2 + 0 + 1 + 0 */
        {"sins", NULL,
         "\"site.levels\": [\"C5\"], \"clinical.pain\": \"absent\", \"xr.density\": \"lytic\", "
         "\"site.alignment\": \"normal\", \"xr.collapse\": \"none\", \"site.body_share\": \"over_half\", "
         "\"site.posterolateral\": \"none\"",
         "5", "stable"},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_sins_bands_at_their_edges(void **state)
{
    static const Expected rows[] = {
        /* 2 + 0 + 0 + 4 + 0 + 0, and one more each */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"subluxation\", \"ct.collapse\": \"none\", \"site.body_share\": "
         "\"under_half\", \"site.posterolateral\": \"none\"",
         "6", "stable"},
        {"sins", NULL,
         "\"site.levels\": [\"C2\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"subluxation\", \"ct.collapse\": \"none\", \"site.body_share\": "
         "\"under_half\", \"site.posterolateral\": \"none\"",
         "7", "indeterminate"},
        /* 3 + 3 + 2 + 0 + 3 + 1, and mixed alignment for 13 and more */
        {"sins", NULL,
         "\"site.levels\": [\"C2\"], \"clinical.mechanical_pain\": \"present\", \"ct.density\": \"lytic\", "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"plana\", \"site.posterolateral\": "
         "\"unilateral\"",
         "12", "indeterminate"},
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.mechanical_pain\": \"present\", \"ct.density\": \"lytic\", "
         "\"site.alignment\": \"deformity\", \"ct.collapse\": \"plana\", \"site.posterolateral\": "
         "\"unilateral\"",
         "13", "unstable"},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_sins_ranges(void **state)
{
    static const Expected rows[] = {
        {"sins", NULL, "\"site.size_mm\": 20", "2 to 18", "between stable and unstable"},
        {"sins", NULL, SINS_NONE "\"site.levels\": [\"C4\"], \"clinical.night_pain\": \"absent\"", "2",
         "stable"},
        /* partial collapse without a figure, and exactly half, are 2 or 3 points */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"partial\", \"site.posterolateral\": \"none\"",
         "4 to 5", "stable"},
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"partial\", \"ct.collapse_percent\": 50, "
         "\"site.posterolateral\": \"none\"",
         "4 to 5", "stable"},
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"normal\", \"ct.collapse_percent\": 60, \"site.posterolateral\": \"none\"",
         "5", "stable"},
        /* hedged: lytic or mixed; night pain says that there is pain, not whether it is mechanical */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.night_pain\": \"present\", \"ct.density\": [\"lytic\", "
         "\"mixed\"], \"site.alignment\": \"normal\", \"ct.collapse\": \"none\", \"site.body_share\": "
         "\"under_half\", \"site.posterolateral\": \"none\"",
         "4 to 7", "between stable and indeterminate"},
        /* measured at 10 % or more: mixed counts, sclerotic does not */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": {\"measured\": "
         "{\"value\": \"lytic\", \"likelihood\": {\"lytic\": 0.8, \"mixed\": 0.15, \"sclerotic\": 0.05}}}, "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"none\", \"site.body_share\": \"under_half\", "
         "\"site.posterolateral\": \"none\"",
         "3 to 4", "stable"},
        /* a pedicle replaced by tumour is one side at least */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"sclerotic\", "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"none\", \"site.element\": \"posterior\", "
         "\"site.parts\": [\"pedicle\"]",
         "3 to 5", "stable"},
        /* the table knows no lesion of normal density */
        {"sins", NULL,
         "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": \"normal\", "
         "\"site.alignment\": \"normal\", \"ct.collapse\": \"none\", \"site.body_share\": \"under_half\", "
         "\"site.posterolateral\": \"none\"",
         "2 to 4", "stable"},
    };
    check_rows(*state, rows, COUNT(rows));
}

static bool list_holds(const Value *list, const char *text)
{
    VALUE_EACH(item, list)
    {
        if (strcmp(value_string(item), text) == 0) {
            return true;
        }
    }
    return false;
}

static void test_what_is_unknown_is_named(void **state)
{
    Fixture *f = *state;
    const Value *score = score_of(f, "sins", NULL,
                                  "\"site.levels\": [\"C4\"], \"clinical.pain\": \"absent\", \"ct.density\": "
                                  "[\"lytic\", \"mixed\"], \"ct.collapse\": \"plana\", "
                                  "\"site.posterolateral\": \"none\"");
    const Value *unknown = value_get(score, "unknown_findings");
    assert_int_equal(unknown->count, 1); /* the hedged density is known, if not for certain */
    assert_true(list_holds(unknown, "site.alignment"));
    assert_true(list_holds(value_get(score, "unknown"), "alignment"));
    assert_string_equal(value_text(value_path(score, "items.collapse"), "text"), "more than half");
    assert_null(value_text(value_path(score, "items.lesion"), "text"));
}

static void test_contradictions_are_told(void **state)
{
    const Value *score =
        score_of(*state, "escc", NULL, "\"extent.canal\": \"cord_compression\", \"extent.escc\": \"0\"");
    assert_string_equal(value_of(*state, score), "0 to 3");
    score = score_of(*state, "sins", NULL,
                     "\"clinical.pain\": \"absent\", \"clinical.mechanical_pain\": \"present\"");
    assert_true(value_truth(value_path(score, "items.pain"), "contradictory"));
}

/* ---- ESCC ---- */

static void test_escc(void **state)
{
    static const Expected rows[] = {
        {"escc", NULL, "\"extent.escc\": \"0\"", "0", "low grade"},
        {"escc", NULL, "\"extent.escc\": \"1a\"", "1a", "low grade"},
        {"escc", NULL, "\"extent.escc\": \"1b\"", "1b", "low grade"},
        {"escc", NULL, "\"extent.escc\": \"1c\"", "1c", "borderline (1c)"},
        {"escc", NULL, "\"extent.escc\": 2", "2", "high grade"},
        {"escc", NULL, "\"extent.escc\": \"3\"", "3", "high grade"},
        {"escc", NULL, "\"extent.escc\": [\"1a\", \"1b\"]", "1a to 1b", "low grade"},
        {"escc", NULL, "\"extent.canal\": \"none\"", "0", "low grade"},
        {"escc", NULL, "\"extent.canal\": \"epidural\"", "1a to 1c", "between low grade and borderline (1c)"},
        {"escc", NULL, "\"extent.canal\": \"cord_compression\"", "2 to 3", "high grade"},
        {"escc", NULL,
         "\"extent.canal\": [\"epidural\", \"cord_compression\"], \"extent.escc\": [\"1c\", \"2\"]",
         "1c to 2", "between borderline (1c) and high grade"},
        {"escc", NULL, "\"site.size_mm\": 20", "0 to 3", "between low grade and high grade"},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_range_for_other_rooms(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    static const char text[] =
        "{\"format\": \"dens-case/1\", \"findings\": {\"extent.canal\": \"epidural\"}}";
    const Value *root = json_parse(f->arena, text, strlen(text), "test", &error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    ScoreRange range;
    assert_false(score_compute(f->scores, "nothing", c, NULL, f->arena, &range));
    assert_true(score_compute(f->scores, "escc", c, NULL, f->arena, &range));
    assert_true(range.applies);
    assert_string_equal(range.low_grade, "1a");
    assert_string_equal(range.high_grade, "1c");
    assert_int_equal(range.unknown_count, 1);
    assert_true(score_compute(f->scores, "sins", c, NULL, f->arena, &range));
    assert_near(range.low, 2, 0);
    assert_near(range.high, 18, 0);
    assert_null(range.low_grade);
    case_free(c);
}

static void test_not_meant_for_it(void **state)
{
    static const Expected rows[] = {
        {"sins", "spondylodiscitis", "\"site.levels\": [\"C4\"]", "not applicable", ""},
        {"escc", "spondylodiscitis", "\"extent.escc\": \"2\"", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sins_points),
        cmocka_unit_test(test_sins_bands_at_their_edges),
        cmocka_unit_test(test_sins_ranges),
        cmocka_unit_test(test_what_is_unknown_is_named),
        cmocka_unit_test(test_contradictions_are_told),
        cmocka_unit_test(test_escc),
        cmocka_unit_test(test_range_for_other_rooms),
        cmocka_unit_test(test_not_meant_for_it),
    };
    return cmocka_run_group_tests_name("score", tests, set_up, tear_down);
}
