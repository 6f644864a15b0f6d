/* The scores against their published tables: points of each item, sums, bands at their edges, ranges where
 * something is unknown or hedged, and nothing where a score is not meant for the disease. */
#include "testing.h"

#include "base/file.h"
#include "base/json.h"
#include "score/describe.h"

#include <stdio.h>
#include <stdlib.h>

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

/* ---- the others ---- */

static void test_frankel(void **state)
{
    static const Expected rows[] = {
        {"frankel", NULL, "\"stage.frankel\": \"A\"", "A", ""},
        {"frankel", NULL, "\"stage.frankel\": [\"C\", \"D\"]", "C to D", ""},
        {"frankel", NULL, "\"clinical.deficit\": \"none\"", "E", ""},
        {"frankel", NULL, "\"clinical.deficit\": \"radicular\"", "D to E", ""},
        {"frankel", NULL, "\"clinical.deficit\": \"myelopathic\"", "A to D", ""},
        {"frankel", NULL, "\"site.size_mm\": 20", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

/* The five grades, and what the Frankel grade and the deficit leave of them: nothing but what the definitions
 * say. */
static void test_asia(void **state)
{
    static const Expected rows[] = {
        {"asia", NULL, "\"stage.asia\": \"A\"", "A", ""},
        {"asia", NULL, "\"stage.asia\": \"D\", \"stage.frankel\": \"C\"", "D", ""},
        {"asia", NULL, "\"stage.asia\": [\"B\", \"C\"]", "B to C", ""},
        {"asia", NULL, "\"stage.asia\": [\"A\", \"C\"], \"stage.frankel\": \"B\"", "A", ""},
        {"asia", NULL, "\"stage.frankel\": \"A\"", "A", ""},
        {"asia", NULL, "\"stage.frankel\": \"B\"", "A to B", ""},
        {"asia", NULL, "\"stage.frankel\": \"C\"", "A to D", ""},
        {"asia", NULL, "\"stage.frankel\": \"D\"", "A to D", ""},
        {"asia", NULL, "\"stage.frankel\": \"E\"", "E", ""},
        {"asia", NULL, "\"clinical.deficit\": \"none\"", "E", ""},
        {"asia", NULL, "\"clinical.deficit\": \"radicular\"", "D to E", ""},
        {"asia", NULL, "\"clinical.deficit\": \"myelopathic\"", "A to D", ""},
        {"asia", NULL, "\"clinical.deficit\": \"myelopathic\", \"stage.frankel\": \"B\"", "A to B", ""},
        {"asia", NULL, "\"site.size_mm\": 20", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_enneking(void **state)
{
    static const Expected rows[] = {
        {"enneking", "osteochondroma",
         "\"extent.soft_tissue_mass\": \"absent\", \"extent.canal\": \"none\", \"ct.cortex\": \"intact\", "
         "\"ct.margin\": \"sclerotic_rim\", \"ct.expansion\": \"none\", \"clinical.pain\": \"absent\"",
         "1", ""},
        {"enneking", "osteoblastoma",
         "\"extent.soft_tissue_mass\": \"absent\", \"extent.canal\": \"none\", \"ct.cortex\": \"thinned\", "
         "\"ct.margin\": \"well_defined\", \"ct.expansion\": \"mild\", \"clinical.pain\": \"present\"",
         "2", ""},
        {"enneking", "giant_cell_tumor", "\"extent.soft_tissue_mass\": \"present\"", "3", ""},
        {"enneking", "chordoma",
         "\"extent.soft_tissue_mass\": \"present\", \"site.count\": \"single\", \"site.skip\": \"absent\", "
         "\"stage.visceral\": \"none\", \"path.grade\": \"1\"",
         "IB", ""},
        {"enneking", "osteosarcoma",
         "\"extent.soft_tissue_mass\": \"absent\", \"extent.canal\": \"none\", \"ct.cortex\": \"intact\", "
         "\"site.count\": \"single\", \"site.skip\": \"absent\", \"stage.visceral\": \"none\", "
         "\"path.grade\": "
         "\"3\"",
         "IIA", ""},
        {"enneking", "chondrosarcoma",
         "\"extent.soft_tissue_mass\": \"present\", \"site.count\": \"single\", \"stage.visceral\": "
         "\"none\", "
         "\"path.grade\": \"2\"",
         "IB or IIB", ""},
        {"enneking", "chordoma", "\"stage.visceral\": \"unremovable\"", "III", ""},
        {"enneking", "chordoma", "\"extent.soft_tissue_mass\": \"present\"", "IB, IIB or III", ""},
        {"enneking", "metastasis", "\"extent.soft_tissue_mass\": \"present\"", "not applicable", ""},
        {"enneking", "ewing_sarcoma", "\"extent.soft_tissue_mass\": \"present\"", "not applicable", ""},
        {"enneking", "lymphoma", "\"extent.soft_tissue_mass\": \"present\"", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
    const Value *score = score_of(*state, "enneking", "chordoma", "\"extent.soft_tissue_mass\": \"present\"");
    assert_string_equal(value_text(score, "assumption"), "if it is chordoma");
    assert_null(value_path(score, "items.activity")); /* what is told of benign tumours only */
}

static void test_lodwick(void **state)
{
    static const Expected rows[] = {
        {"lodwick", NULL,
         "\"ct.density\": \"lytic\", \"ct.destruction\": \"geographic\", \"ct.margin\": \"sclerotic_rim\", "
         "\"ct.cortex\": \"thinned\"",
         "IA", "low risk"},
        {"lodwick", NULL,
         "\"ct.density\": \"lytic\", \"ct.margin\": \"well_defined\", \"ct.cortex\": \"intact\"", "IB",
         "low risk"},
        {"lodwick", NULL,
         "\"ct.density\": \"lytic\", \"ct.margin\": \"sclerotic_rim\", \"ct.cortex\": \"breached\"", "II",
         "moderate risk"},
        {"lodwick", NULL,
         "\"ct.density\": \"lytic\", \"ct.destruction\": \"geographic\", \"ct.margin\": \"ill_defined\"",
         "II", "moderate risk"},
        {"lodwick", NULL, "\"ct.density\": \"lytic\", \"ct.destruction\": \"permeative\"", "IIIB",
         "high risk"},
        {"lodwick", NULL,
         "\"ct.density\": \"lytic\", \"xr.visible\": \"absent\", \"ct.margin\": \"well_defined\"", "IIIC",
         "high risk"},
        {"lodwick", NULL, "\"ct.density\": \"lytic\"", "IA to IIIB", "between low risk and high risk"},
        {"lodwick", NULL, "\"ct.density\": \"sclerotic\"", "not applicable", ""},
        {"lodwick", NULL, "\"site.size_mm\": 20", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_chondrosarcoma_grade(void **state)
{
    static const Expected rows[] = {
        {"chondrosarcoma_grade", "chondrosarcoma", "\"path.grade\": \"1\"", "1", "low grade"},
        {"chondrosarcoma_grade", "chondrosarcoma", "\"path.grade\": [\"2\", \"3\"]", "2 to 3",
         "between intermediate grade and high grade"},
        {"chondrosarcoma_grade", "chondrosarcoma", "\"site.size_mm\": 20", "not applicable", ""},
        {"chondrosarcoma_grade", "chordoma", "\"path.grade\": \"1\"", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_ao_upper_cervical(void **state)
{
    static const Expected rows[] = {
        {"ao_upper_cervical", NULL, "\"site.levels\": [\"C2\"], \"site.alignment\": \"subluxation\"", "C",
         ""},
        {"ao_upper_cervical", NULL,
         "\"site.levels\": [\"C2\"], \"clinical.trauma\": \"present\", \"site.alignment\": \"normal\"",
         "A to B", ""},
        {"ao_upper_cervical", NULL, "\"site.levels\": [\"C2\"], \"ct.collapse\": \"partial\"", "A to C", ""},
        {"ao_upper_cervical", NULL, "\"site.levels\": [\"C2\"]", "not applicable", ""},
        {"ao_upper_cervical", NULL, "\"site.levels\": [\"C3\"], \"ct.collapse\": \"partial\"",
         "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
    static const struct {
        const char *levels, *region;
    } regions[] = {
        {"\"C0\"", "I"}, {"\"C1\"", "II"}, {"\"C2\", \"C3\"", "III"}, {"\"C1\", \"C2\"", "several"}};
    for (size_t i = 0; i < COUNT(regions); i++) {
        char findings[128];
        (void)snprintf(findings, sizeof findings, "\"site.levels\": [%s], \"clinical.trauma\": \"present\"",
                       regions[i].levels);
        const Value *score = score_of(*state, "ao_upper_cervical", NULL, findings);
        assert_string_equal(value_text(value_path(score, "items.region"), "value"), regions[i].region);
    }
}

/* Left and right are the patient's: 1 to 6 lie left, in the count of the Spine Oncology Study Group. */
static void test_wbb(void **state)
{
    static const struct {
        const char *findings, *sectors, *layers;
    } rows[] = {
        {"\"site.element\": \"posterior\", \"site.side\": \"left\", \"site.parts\": [\"pedicle\", "
         "\"spinous_process\"]",
         "1, 4 (possibly 2, 3)", "none for certain (possibly A, B, C, D, E)"},
        {"\"site.element\": \"posterior\", \"site.side\": \"right\", \"site.parts\": [\"pedicle\"]",
         "9 (possibly 10, 11, 12)", "none for certain (possibly A, B, C, D, E)"},
        {"\"site.element\": \"body\", \"site.centring\": \"midline\", \"site.body_share\": \"over_half\", "
         "\"extent.canal\": \"epidural\", \"extent.soft_tissue_mass\": \"present\", \"extent.direction\": "
         "[\"anterior\"], \"extent.intradural\": \"absent\"",
         "6, 7 (possibly 4, 5, 8, 9)", "A, B, C, D"},
        {"\"site.element\": \"body\", \"site.side\": \"left\", \"extent.canal\": \"none\", "
         "\"extent.soft_tissue_mass\": \"absent\", \"ct.cortex\": \"breached\", \"extent.intradural\": "
         "\"present\"",
         "none for certain (possibly 4, 5, 6)", "B, E (possibly C)"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const Value *score = score_of(*state, "wbb", "chordoma", rows[i].findings);
        assert_string_equal(value_text(value_path(score, "items.sectors"), "value"), rows[i].sectors);
        assert_string_equal(value_text(value_path(score, "items.layers"), "value"), rows[i].layers);
        assert_non_null(strstr(value_text(score, "note"), "13 − n"));
    }
    assert_non_null(
        value_get(score_of(*state, "wbb", "metastasis", "\"site.element\": \"body\""), "not_applicable"));
    assert_non_null(value_get(score_of(*state, "wbb", "chordoma", "\"site.size_mm\": 20"), "not_applicable"));
}

#define TOKUHASHI_BEST                                                                                       \
    "\"stage.kps\": 90, \"stage.extraspinal_bone\": 0, \"stage.vertebral_metastases\": 1, "                  \
    "\"stage.visceral\": \"none\", \"stage.frankel\": \"E\", \"clinical.known_primary\": \"present\", "
#define TOKUHASHI_WORST                                                                                      \
    "\"stage.kps\": 40, \"stage.extraspinal_bone\": 3, \"stage.vertebral_metastases\": 3, "                  \
    "\"stage.visceral\": \"unremovable\", \"stage.frankel\": \"B\", "
#define TOKUHASHI_MIDDLE                                                                                     \
    "\"stage.kps\": 60, \"stage.extraspinal_bone\": 2, \"stage.vertebral_metastases\": 2, "                  \
    "\"stage.visceral\": \"removable\", \"stage.frankel\": \"C\", "

static void test_tokuhashi(void **state)
{
    static const Expected rows[] = {
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"breast\"", "15",
         "1 year or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"carcinoid\"", "15",
         "1 year or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"rectum\"", "14",
         "1 year or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"uterus\"", "13",
         "1 year or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"ovary\"", "12",
         "1 year or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"liver\"", "11",
         "6 months or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"stomach\"", "10",
         "6 months or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_BEST "\"clinical.primary_site\": \"lung_small_cell\"", "10",
         "6 months or more"},
        {"tokuhashi", "metastasis", TOKUHASHI_WORST "\"clinical.primary_site\": \"pancreas\"", "0",
         "less than 6 months"},
        {"tokuhashi", "metastasis", TOKUHASHI_MIDDLE "\"clinical.primary_site\": \"kidney\"", "8",
         "less than 6 months"},
        {"tokuhashi", "metastasis", TOKUHASHI_MIDDLE "\"clinical.primary_site\": \"rectum\"", "9",
         "6 months or more"},
        /* no primary was found: unidentified, 1 point */
        {"tokuhashi", "metastasis", TOKUHASHI_MIDDLE "\"clinical.known_primary\": \"absent\"", "6",
         "less than 6 months"},
        /* the stomach has 0 points, the rectum 4, the colon and others 2 */
        {"tokuhashi", "metastasis", TOKUHASHI_MIDDLE "\"clinical.primary_site\": \"gastrointestinal\"",
         "5 to 9", "between less than 6 months and 6 months or more"},
        {"tokuhashi", "metastasis", "\"clinical.known_primary\": \"present\"", "0 to 15",
         "between less than 6 months and 1 year or more"},
        {"tokuhashi", "metastasis", "\"clinical.known_primary\": \"absent\"", "not applicable", ""},
        {"tokuhashi", "chordoma", TOKUHASHI_BEST "\"clinical.primary_site\": \"breast\"", "not applicable",
         ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

static void test_tomita(void **state)
{
    static const Expected rows[] = {
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"breast\", \"stage.visceral\": \"none\", \"site.count\": \"single\"",
         "2", "long-term control"},
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"breast\", \"stage.visceral\": \"none\", \"site.count\": \"multiple\"",
         "3", "long-term control"},
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"kidney\", \"stage.visceral\": \"none\", \"site.skip\": \"present\"",
         "4", "middle-term control"},
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"thyroid\", \"stage.visceral\": \"removable\", "
         "\"stage.vertebral_metastases\": "
         "3",
         "5", "middle-term control"},
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"uterus\", \"stage.visceral\": \"removable\", "
         "\"stage.extraspinal_bone\": 2",
         "6", "short-term palliation"},
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"lung\", \"stage.visceral\": \"unremovable\", \"site.count\": "
         "\"multiple\"",
         "10", "terminal care"},
        {"tomita", "metastasis",
         "\"clinical.known_primary\": \"absent\", \"stage.visceral\": \"unremovable\", \"site.count\": "
         "\"single\"",
         "9", "terminal care"},
        /* a primary that no copy of the table names may grow slowly or fast */
        {"tomita", "metastasis",
         "\"clinical.primary_site\": \"liver\", \"stage.visceral\": \"none\", \"site.count\": \"single\"",
         "2 to 5", "between long-term control and middle-term control"},
        {"tomita", "osteosarcoma", "\"clinical.primary_site\": \"lung\"", "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

#define STABLE SINS_NONE "\"site.levels\": [\"C4\"], "
#define UNSTABLE                                                                                             \
    "\"site.levels\": [\"C2\"], \"clinical.mechanical_pain\": \"present\", \"ct.density\": \"lytic\", "      \
    "\"site.alignment\": \"subluxation\", \"ct.collapse\": \"plana\", \"site.posterolateral\": \"none\", "

static void test_noms(void **state)
{
    static const Expected rows[] = {
        {"noms", "metastasis", STABLE "\"extent.escc\": \"3\", \"clinical.primary_site\": \"haematological\"",
         "conventional radiotherapy", ""},
        {"noms", "metastasis",
         UNSTABLE "\"extent.escc\": \"0\", \"clinical.primary_site\": \"haematological\"",
         "stabilisation and conventional radiotherapy", ""},
        {"noms", "metastasis", STABLE "\"extent.escc\": \"1b\", \"clinical.primary_site\": \"kidney\"",
         "stereotactic radiosurgery", ""},
        {"noms", "metastasis", UNSTABLE "\"extent.escc\": \"1a\", \"clinical.primary_site\": \"thyroid\"",
         "stabilisation and radiosurgery", ""},
        {"noms", "metastasis", STABLE "\"extent.escc\": \"2\", \"clinical.primary_site\": \"melanoma\"",
         "decompression with stabilisation and radiosurgery", ""},
        {"noms", "metastasis", STABLE "\"extent.escc\": \"1c\", \"clinical.primary_site\": \"colon\"",
         "stereotactic radiosurgery or decompression with stabilisation and radiosurgery", ""},
        {"noms", "metastasis", STABLE "\"extent.escc\": \"0\", \"clinical.primary_site\": \"lung\"",
         "conventional radiotherapy or stereotactic radiosurgery", ""},
        {"noms", "chordoma", STABLE "\"extent.escc\": \"0\", \"clinical.primary_site\": \"lung\"",
         "not applicable", ""},
    };
    check_rows(*state, rows, COUNT(rows));
}

/* ---- faults of the file ---- */

#define HEAD                                                                                                 \
    "format: dens-scores/1\nplausible_from: 0.05\nscores:\n  - id: x\n    label: X\n    kind: sum\n"         \
    "    purpose: p\n    for: {}\n    otherwise: o\n    source: fisher2010\n    where: w\n"
#define ITEM(rules) HEAD "    items:\n      - id: i\n        rules:\n" rules

static void test_faults_are_told_with_their_place(void **state)
{
    static const struct {
        const char *text, *where, *what;
    } rows[] = {
        {"format: dens-scores/1\nplausible_from: 2\nscores: []\n", "scores.yaml:2", "between 0 and 1"},
        {"format: dens-scores/1\nplausible_from: 0.05\n", "scores.yaml", "scores"},
        {"format: dens-scores/1\nplausible_from: 0.05\nscores: []\nleft_out: [{ id: x, label: X }]\n",
         "scores.yaml:4", "'reason' is missing"},
        {HEAD "    items: []\n", "scores.yaml:12", "needs an item"},
        {ITEM("          - { points: many }\n"), "scores.yaml:15", "a number"},
        {ITEM("          - { when: { mr.t3: high }, points: 1 }\n"), "mr.t3", "unknown finding"},
        {ITEM("          - { when: { mr.t2: hihg }, points: 1 }\n"), "mr.t2", "did you mean 'high'"},
        {ITEM("          - { when: { site.levels: C9 }, points: 1 }\n"), "site.levels",
         "no member of site.levels"},
        {ITEM("          - { when: { stage.kps: \"50...\" }, points: 1 }\n"), "stage.kps",
         "a number or a range"},
        {ITEM("          - { when: { diagnosis: cordoma }, points: 1 }\n"), "diagnosis",
         "did you mean 'chordoma'"},
        {ITEM("          - { when: { item.j: \"1\" }, points: 1 }\n"), "item.j", "no earlier item"},
        {ITEM("          - { when: { band.y: low }, points: 1 }\n"), "band.y", "no earlier score"},
        {ITEM("          - { when: { mr.t2|ct.density: low }, points: 1 }\n"), "ct.density",
         "different values"},
        {ITEM("          - { when: { mr.t2: high } }\n"), "scores.yaml:15", "a rule gives"},
        {ITEM("          - { when: { mr.t2: high }, impossible: true }\n"), "scores.yaml:15",
         "gives an outcome"},
        {ITEM("          - { points: 1, as: a }\n          - { points: 1, as: b }\n"), "scores.yaml:16",
         "another text"},
    };
    Fixture *f = *state;
    char folder[] = "/tmp/dens-score-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *from = source_path("knowledge");
    char command[512];
    (void)snprintf(command, sizeof command, "cp -r '%s/.' '%s'", from, folder);
    assert_int_equal(system(command), 0);
    DensError *error = NULL;
    Knowledge *knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(file_write(file_join(f->arena, folder, "scores.yaml"), rows[i].text, strlen(rows[i].text),
                               &error));
        assert_null(scores_load(knowledge, &error));
        assert_error(&error, DENS_ERROR_INPUT, rows[i].where, rows[i].what);
    }
    knowledge_free(knowledge);
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
    free(from);
}

static void test_every_score_is_explained(void **state)
{
    Fixture *f = *state;
    AUTO_TEXT list = TEXT_INIT;
    scores_text_list(f->scores, &list);
    assert_int_equal(scores_tree_list(f->scores, f->arena)->count, scores_count(f->scores));
    for (size_t i = 0; i < scores_count(f->scores); i++) {
        AUTO_TEXT text = TEXT_INIT;
        assert_true(scores_text_explain(f->scores, scores_id(f->scores, i), &text));
        assert_non_null(strstr(text_string(&text), "Sources: "));
        assert_non_null(strstr(text_string(&list), scores_id(f->scores, i)));
    }
    AUTO_TEXT none = TEXT_INIT;
    assert_false(scores_text_explain(f->scores, "nothing", &none));
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
        cmocka_unit_test(test_frankel),
        cmocka_unit_test(test_asia),
        cmocka_unit_test(test_enneking),
        cmocka_unit_test(test_lodwick),
        cmocka_unit_test(test_chondrosarcoma_grade),
        cmocka_unit_test(test_ao_upper_cervical),
        cmocka_unit_test(test_wbb),
        cmocka_unit_test(test_tokuhashi),
        cmocka_unit_test(test_tomita),
        cmocka_unit_test(test_noms),
        cmocka_unit_test(test_faults_are_told_with_their_place),
        cmocka_unit_test(test_every_score_is_explained),
        cmocka_unit_test(test_range_for_other_rooms),
        cmocka_unit_test(test_not_meant_for_it),
    };
    return cmocka_run_group_tests_name("score", tests, set_up, tear_down);
}
