/* Alerts fire on what is still possible, whatever the ranking says; faults in the data are told with their
 * place. */
#include "testing.h"

#include "advice/advice.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"

#include <stdio.h>
#include <unistd.h>

typedef struct {
    Knowledge *knowledge;
    Advice *advice;
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
    f->advice = advice_load(f->knowledge, &error);
    assert_no_error(error);
    free(folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    advice_free(f->advice);
    knowledge_free(f->knowledge);
    arena_free(f->arena);
    test_free(f);
    return 0;
}

/* What follows from findings, as they stand in a case file, and an age; no age below 0. */
static Value *advice_at(const Fixture *f, double age, const char *findings, bool without_path,
                        const Value *scores)
{
    char text[2048], patient[64] = "";
    if (age >= 0) {
        (void)snprintf(patient, sizeof patient, "\"patient\": {\"age\": %g}, ", age);
    }
    (void)snprintf(text, sizeof text, "{\"format\": \"dens-case/1\", %s\"findings\": {%s}}", patient,
                   findings);
    DensError *error = NULL;
    const Value *root = json_parse(f->arena, text, strlen(text), "test", &error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    InferOptions options = {.prior = knowledge_find_prior(f->knowledge, "clinic"),
                            .without_path = without_path,
                            .without_intervals = true};
    Posterior *p = infer_posterior(f->knowledge, c, &options);
    Value *result = value_new_map(f->arena);
    if (scores) {
        value_set_copy(result, "scores", scores);
    }
    AdviceInput input = {.c = c, .posterior = p, .without_path = without_path};
    advice_add(f->advice, &input, result, value_new_map(f->arena));
    posterior_free(p);
    case_free(c);
    return result;
}

static const Value *advice_of(const Fixture *f, const char *findings)
{
    return advice_at(f, -1, findings, false, NULL);
}

static const Value *alert_of(const Value *result, const char *id)
{
    VALUE_EACH(alert, value_get(result, "alerts"))
    {
        if (strcmp(value_text(alert, "id"), id) == 0) {
            return alert;
        }
    }
    return NULL;
}

static bool has_alert(const Value *result, const char *id)
{
    return alert_of(result, id) != NULL;
}

static bool lists(const Value *result, const char *key, const char *text)
{
    VALUE_EACH(item, value_get(result, key))
    {
        const char *string = value_string(item) ? value_string(item) : value_text(item, "name");
        if (strcmp(string, text) == 0) {
            return true;
        }
    }
    return false;
}

static void test_certain_and_hedged_values_fire(void **state)
{
    const Fixture *f = *state;
    assert_true(has_alert(advice_of(f, "\"extent.canal\": \"cord_compression\""), "cord_compression"));
    assert_true(has_alert(advice_of(f, "\"extent.canal\": [\"epidural\", \"cord_compression\"]"),
                          "cord_compression"));
    assert_true(has_alert(advice_of(f, "\"extent.escc\": \"3\""), "cord_compression"));
    assert_false(has_alert(advice_of(f, "\"extent.canal\": \"epidural\""), "cord_compression"));
    assert_false(has_alert(advice_of(f, ""), "cord_compression"));
    assert_true(has_alert(advice_of(f, "\"extent.vertebral_artery\": [\"abutted\", \"encased\"]"),
                          "vertebral_artery"));
}

static void test_measured_values_fire_from_ten_percent(void **state)
{
    const Fixture *f = *state;
    assert_true(has_alert(
        advice_of(f, "\"ct.collapse\": {\"measured\": {\"value\": \"none\", \"likelihood\": {\"none\": 0.8, "
                     "\"partial\": 0.2, \"plana\": 0.05}}}"),
        "instability_possible"));
    assert_false(has_alert(
        advice_of(f, "\"ct.collapse\": {\"measured\": {\"value\": \"none\", \"likelihood\": {\"none\": 1, "
                     "\"partial\": 0.05, \"plana\": 0.05}}}"),
        "instability_possible"));
}

static void test_hours_come_first(void **state)
{
    const Fixture *f = *state;
    const Value *alerts = value_get(
        advice_of(f, "\"extent.vertebral_artery\": \"encased\", \"clinical.deficit\": \"myelopathic\", "
                     "\"extent.canal\": \"cord_compression\""),
        "alerts");
    assert_string_equal(value_text(value_at(alerts, 0), "urgency"), "hours");
    assert_string_equal(value_text(value_at(alerts, alerts->count - 1), "urgency"), "planned");
}

static void test_what_nobody_looked_at_is_listed(void **state)
{
    const Fixture *f = *state;
    assert_true(lists(advice_of(f, ""), "not_assessed", "vertebral artery"));
    assert_false(
        lists(advice_of(f, "\"extent.vertebral_artery\": \"free\""), "not_assessed", "vertebral artery"));
}

static void test_danger_behind_a_benign_leader(void **state)
{
    const Fixture *f = *state;
    /* a haemangioma that leads on one sign leaves danger behind it, one with all its signs does not, and a
     * malignant leader is no such alert */
    assert_true(has_alert(advice_of(f, "\"ct.vertical_trabeculae\": \"present\""), "behind_benign"));
    assert_false(has_alert(
        advice_of(f, "\"ct.vertical_trabeculae\": \"present\", \"mr.fat\": \"present\", \"mr.t1\": \"high\", "
                     "\"mr.t2\": \"high\", \"extent.soft_tissue_mass\": \"absent\", \"clinical.incidental\": "
                     "\"present\", \"ct.cortex\": \"intact\""),
        "behind_benign"));
    assert_false(has_alert(advice_of(f, "\"ct.density\": \"lytic\", \"clinical.known_primary\": \"present\""),
                           "behind_benign"));
}

#define GIANT_CELL_TUMOUR                                                                                    \
    "\"path.cells\": [\"giant_cells\"], \"path.positive\": [\"h3_g34w\"], \"ct.density\": \"lytic\", "
#define OSTEOCHONDROMA                                                                                       \
    "\"ct.cortex_continuity\": \"present\", \"clinical.predisposition\": [\"multiple_exostoses\"], "
#define PLASMACYTOMA                                                                                         \
    "\"path.cells\": [\"plasma_cells\"], \"path.positive\": [\"cd138\", \"kappa_lambda_restriction\"]"
#define TWO_SIDED "\"extent.vertebral_artery_side\": \"left\", \"extent.vertebral_artery_dominant\": "

/* Every alert of the shipped data: findings on which it fires, and findings so near that it must not. */
static const struct {
    const char *id;
    double age;
    const char *fires;
    double quiet_age;
    const char *quiet;
} alerts[] = {
    {"cord_compression", -1, "\"mr.cord_signal\": \"t2_high\"", -1, "\"extent.escc\": \"1c\""},
    {"progressing_deficit", -1, "\"clinical.sphincter\": \"present\"", -1,
     "\"clinical.deficit\": \"myelopathic\", \"clinical.deficit_progressing\": \"absent\""},
    {"myelopathy", -1, "\"clinical.deficit\": \"myelopathic\"", -1,
     "\"clinical.deficit\": \"myelopathic\", \"extent.canal\": \"cord_compression\""},
    {"brainstem", -1, "\"clinical.cranial_nerve\": \"present\", \"site.levels\": [\"C1\"]", -1,
     "\"clinical.cranial_nerve\": \"present\", \"site.levels\": [\"C5\"]"},
    {"airway", -1, "\"clinical.dysphagia\": \"present\"", -1, "\"extent.direction\": [\"anterior\"]"},
    {"airway", 60, "\"clinical.dysphagia\": \"present\"", 60,
     "\"clinical.dysphagia\": \"absent\", \"extent.soft_tissue_mass\": \"present\", \"extent.direction\": "
     "[\"anterior\"]"},
    {"abscess", -1, "\"mr.abscess\": \"present\"", -1, "\"mr.abscess\": \"absent\""},
    {"infection", -1, "\"clinical.inflammatory_markers\": \"raised\", \"site.disc\": \"involved\"", -1,
     "\"clinical.inflammatory_markers\": \"raised\", \"site.disc\": \"spared\""},
    {"infection", -1, "\"path.organism\": \"present\"", -1,
     "\"path.organism\": \"present\", \"mr.abscess\": \"present\""},
    {"atlantoaxial", -1, "\"site.levels\": [\"C2\"], \"site.alignment\": \"subluxation\"", -1,
     "\"site.levels\": [\"C5\"], \"site.alignment\": \"subluxation\""},
    {"dens_fracture", -1, "\"site.parts\": [\"dens\"], \"ct.collapse\": \"partial\"", -1,
     "\"site.parts\": [\"body\"], \"ct.collapse\": \"partial\""},
    {"dens_fracture", -1, "\"site.parts\": [\"dens\"], \"xr.collapse\": \"partial\"", -1,
     "\"site.parts\": [\"dens\"], \"xr.collapse\": \"none\""},
    {"dens_fracture", -1,
     "\"site.parts\": [\"dens\"], \"clinical.trauma\": \"present\", \"xr.density\": \"lytic\"", -1,
     "\"site.parts\": [\"dens\"], \"clinical.trauma\": \"present\", \"xr.density\": \"sclerotic\""},
    {"instability", -1, "\"site.levels\": [\"C5\"], \"site.alignment\": \"subluxation\"", -1,
     "\"site.levels\": [\"C5\"], \"site.alignment\": \"deformity\""},
    {"instability_possible", -1, "\"site.posterolateral\": \"unilateral\"", -1,
     "\"site.posterolateral\": \"unilateral\", \"site.alignment\": \"subluxation\""},
    {"instability_possible", -1, "\"xr.collapse\": \"plana\"", -1, "\"xr.collapse\": \"none\""},
    {"vertebrobasilar", -1, "\"clinical.vertebrobasilar\": \"present\"", -1,
     "\"extent.vertebral_artery\": \"occluded\""},
    {"dominant_artery", -1, "\"extent.vertebral_artery\": \"encased\", " TWO_SIDED "\"left\"", -1,
     "\"extent.vertebral_artery\": \"encased\", " TWO_SIDED "\"right\""},
    {"vertebral_artery", -1, "\"extent.vertebral_artery\": \"displaced\"", -1,
     "\"extent.vertebral_artery\": \"encased\", " TWO_SIDED "\"left\""},
    {"hypercalcaemia", -1, "\"clinical.calcium\": \"raised\"", -1, "\"clinical.calcium\": \"normal\""},
    {"childhood_leukaemia", 9, "\"clinical.anaemia\": \"present\"", 40, "\"clinical.anaemia\": \"present\""},
    {"childhood_leukaemia", 12,
     "\"path.cells\": [\"small_round_blue\"], \"path.positive\": [\"cd20\", \"cd45\"]", 12,
     "\"path.cells\": [\"small_round_blue\"], \"path.positive\": [\"ewsr1\"]"},
    {"fluid_levels", -1, "\"mr.fluid_levels\": \"present\"", -1, "\"mr.necrosis_cyst\": \"present\""},
    {"fluid_levels", -1, "\"mr.fluid_levels_percent\": 40", -1, "\"mr.fluid_levels_percent\": 0"},
    {"osteochondroma_transformation", 35, "\"mr.cartilage_cap_mm\": 24", 12, "\"mr.cartilage_cap_mm\": 24"},
    {"osteochondroma_transformation", 35, OSTEOCHONDROMA "\"ct.cortex\": \"breached\"", 35,
     OSTEOCHONDROMA "\"mr.cartilage_cap_mm\": 6"},
    {"osteochondroma_transformation", 35, OSTEOCHONDROMA "\"extent.soft_tissue_mass\": \"present\"", 35,
     OSTEOCHONDROMA "\"extent.soft_tissue_mass\": \"absent\""},
    {"osteochondroma_transformation", 35, OSTEOCHONDROMA "\"clinical.recurrence\": \"present\"", 12,
     OSTEOCHONDROMA "\"clinical.recurrence\": \"present\""},
    {"giant_cell_transformation", 30, GIANT_CELL_TUMOUR "\"ct.destruction\": \"moth_eaten\"", 30,
     GIANT_CELL_TUMOUR "\"ct.destruction\": \"geographic\""},
    {"giant_cell_transformation", 30, GIANT_CELL_TUMOUR "\"xr.margin\": \"ill_defined\"", 30,
     GIANT_CELL_TUMOUR "\"xr.margin\": \"well_defined\""},
    {"giant_cell_transformation", 30, GIANT_CELL_TUMOUR "\"ct.margin\": \"ill_defined\"", 30,
     GIANT_CELL_TUMOUR "\"ct.margin\": \"well_defined\""},
    {"dysplasia_transformation", 40,
     "\"ct.ground_glass\": \"present\", \"ct.cortex\": \"breached\", \"extent.soft_tissue_mass\": "
     "\"present\"",
     40, "\"ct.ground_glass\": \"present\", \"ct.cortex\": \"thinned\""},
    {"dysplasia_transformation", 70,
     "\"clinical.predisposition\": [\"paget\"], \"ct.cortex\": \"breached\", \"extent.soft_tissue_mass\": "
     "\"present\"",
     70, "\"clinical.predisposition\": [\"paget\"]"},
    {"radiation_sarcoma", 50,
     "\"clinical.previous_radiotherapy\": \"present\", \"extent.soft_tissue_mass\": \"present\"", 50,
     "\"clinical.previous_radiotherapy\": \"present\""},
    {"not_yet_solitary", 60, PLASMACYTOMA, 60,
     PLASMACYTOMA ", \"site.count\": \"single\", \"path.marrow_plasma_cells\": \"under_10\""},
};

static void test_every_alert_fires_and_stays_silent(void **state)
{
    const Fixture *f = *state;
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        const Value *loud = advice_at(f, alerts[i].age, alerts[i].fires, false, NULL);
        const Value *quiet = advice_at(f, alerts[i].quiet_age, alerts[i].quiet, false, NULL);
        if (!has_alert(loud, alerts[i].id) || has_alert(quiet, alerts[i].id)) {
            fail_msg("%s: %s on %s", alerts[i].id, has_alert(quiet, alerts[i].id) ? "fires" : "is silent",
                     has_alert(quiet, alerts[i].id) ? alerts[i].quiet : alerts[i].fires);
        }
    }
}

/* The table above, with the two that other tests cover, names every alert of the data. */
static void test_no_alert_is_untested(void **state)
{
    const Fixture *f = *state;
    DensError *error = NULL;
    char *path = source_path("knowledge/alerts.yaml");
    const Value *root = yaml_read(f->arena, path, &error);
    assert_no_error(error);
    VALUE_EACH(alert, value_get(root, "alerts"))
    {
        const char *id = value_text(alert, "id");
        bool tested = strcmp(id, "behind_benign") == 0;
        for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
            tested = tested || strcmp(id, alerts[i].id) == 0;
        }
        if (!tested) {
            fail_msg("no test of the alert %s", id);
        }
    }
    free(path);
}

static const char *certainty(const Value *result, const char *id)
{
    const char *word = value_text(alert_of(result, id), "certainty");
    return word ? word : "";
}

static void test_an_alert_says_how_sure_it_is(void **state)
{
    const Fixture *f = *state;
    assert_string_equal(certainty(advice_of(f, "\"extent.canal\": \"cord_compression\""), "cord_compression"),
                        "reported");
    assert_string_equal(
        certainty(advice_of(f, "\"extent.canal\": [\"epidural\", \"cord_compression\"]"), "cord_compression"),
        "possible");
    assert_string_equal(
        certainty(advice_of(f, "\"ct.collapse\": {\"measured\": {\"value\": \"partial\", \"likelihood\": "
                               "{\"none\": 0.02, \"partial\": 1, \"plana\": 0.2}}}"),
                  "instability_possible"),
        "measured");
    assert_string_equal(
        certainty(advice_of(f, "\"mr.cartilage_cap_mm\": 24, \"clinical.calcium\": \"raised\""),
                  "hypercalcaemia"),
        "reported");
    assert_string_equal(certainty(advice_of(f, "\"ct.vertical_trabeculae\": \"present\""), "behind_benign"),
                        "calculated");
    /* a sure alternative beats a possible one, and only its findings are named */
    const Value *both = advice_of(
        f, "\"extent.canal\": [\"epidural\", \"cord_compression\"], \"mr.cord_signal\": \"t2_high\"");
    assert_string_equal(certainty(both, "cord_compression"), "reported");
    const Value *because = value_get(alert_of(both, "cord_compression"), "because");
    assert_int_equal(because->count, 1);
    assert_string_equal(value_string(because->first), "mr.cord_signal");
}

static void test_a_measured_number_counts_with_its_spread(void **state)
{
    const Fixture *f = *state;
    const char *near = "\"mr.cartilage_cap_mm\": {\"measured\": {\"value\": 19, \"sd\": 1}}";
    const char *far = "\"mr.cartilage_cap_mm\": {\"measured\": {\"value\": 15, \"sd\": 1}}";
    assert_string_equal(certainty(advice_at(f, 40, near, false, NULL), "osteochondroma_transformation"),
                        "possible");
    assert_false(has_alert(advice_at(f, 40, far, false, NULL), "osteochondroma_transformation"));
}

static void test_scores_raise_alerts_by_their_lower_end(void **state)
{
    const Fixture *f = *state;
    DensError *error = NULL;
    const char *ranges[] = {"[{\"id\": \"sins\", \"value\": [13, 15]}]", "[{\"id\": \"sins\", \"value\": 9}]",
                            "[{\"id\": \"sins\", \"value\": [5, 14]}]"};
    const Value *results[3];
    for (size_t i = 0; i < 3; i++) {
        const Value *scores = json_parse(f->arena, ranges[i], strlen(ranges[i]), "test", &error);
        assert_no_error(error);
        results[i] = advice_at(f, -1, "", false, scores);
    }
    assert_true(has_alert(results[0], "instability"));
    assert_false(has_alert(results[0], "instability_possible"));
    assert_true(has_alert(results[1], "instability_possible"));
    const Value *behind = value_get(alert_of(results[1], "instability_possible"), "because_scores");
    assert_string_equal(value_string(behind->first), "sins");
    assert_false(has_alert(results[2], "instability_possible"));
}

static void test_the_text_names_what_stands_behind(void **state)
{
    const Fixture *f = *state;
    const Value *alert = alert_of(advice_of(f, "\"ct.vertical_trabeculae\": \"present\""), "behind_benign");
    assert_non_null(strstr(value_text(alert, "text"), "haemangioma"));
    assert_non_null(strstr(value_text(alert, "text"), " %"));
    assert_null(strchr(value_text(alert, "text"), '{'));
}

#define HAEMANGIOMA                                                                                          \
    "\"ct.vertical_trabeculae\": \"present\", \"mr.fat\": \"present\", \"mr.t1\": \"high\", \"mr.t2\": "     \
    "\"high\", \"extent.soft_tissue_mass\": \"absent\", \"ct.cortex\": \"intact\""
#define CARCINOMA                                                                                            \
    "\"path.cells\": [\"glands\", \"epithelial_nests\"], \"path.atypia\": \"marked\", \"path.positive\": "   \
    "[\"cytokeratin\"]"

static void test_histology_that_contradicts_imaging(void **state)
{
    const Fixture *f = *state;
    const Value *result = advice_of(f, HAEMANGIOMA ", " CARCINOMA);
    const Value *alert = alert_of(result, "pathology_contradicts_group");
    assert_non_null(alert);
    assert_non_null(strstr(value_text(alert, "text"), "benign"));
    assert_non_null(strstr(value_text(alert, "text"), "malignant"));
    assert_true(value_get(alert, "ask")->count >= 3);
    assert_true(value_get(alert, "sources")->count > 0);
    assert_true(value_get(alert, "because")->count == 3);
    /* one contradiction is told once, and none where histology fits, is missing or is left out */
    assert_false(has_alert(result, "pathology_contradicts_diagnosis"));
    const Value *calm[] = {advice_of(f, HAEMANGIOMA ", \"path.cells\": [\"vessels\"]"),
                           advice_of(f, HAEMANGIOMA),
                           advice_at(f, -1, HAEMANGIOMA ", " CARCINOMA, true, NULL), advice_of(f, CARCINOMA)};
    for (size_t i = 0; i < sizeof calm / sizeof *calm; i++) {
        assert_false(has_alert(calm[i], "pathology_contradicts_group"));
        assert_false(has_alert(calm[i], "pathology_contradicts_diagnosis"));
    }
}

static void test_histology_that_names_another_malignancy(void **state)
{
    const Fixture *f = *state;
    const Value *result = advice_at(
        f, 65, "\"clinical.known_primary\": \"present\", \"clinical.primary_site\": \"lung\", " PLASMACYTOMA,
        false, NULL);
    const Value *alert = alert_of(result, "pathology_contradicts_diagnosis");
    assert_non_null(alert);
    assert_non_null(strstr(value_text(alert, "text"), "metastasis"));
    bool asks_cytokeratin = false, asks_known = false;
    VALUE_EACH(question, value_get(alert, "ask"))
    {
        asks_cytokeratin = asks_cytokeratin || strstr(question->string, "cytokeratin");
        asks_known = asks_known || strstr(question->string, "kappa");
    }
    assert_true(asks_cytokeratin);
    assert_false(asks_known);
}

static bool advises(const Value *result, const char *key, const char *part)
{
    VALUE_EACH(item, value_get(result, key))
    {
        if (strstr(value_text(item, "text"), part)) {
            return true;
        }
    }
    return false;
}

static void test_what_the_tests_cannot_do(void **state)
{
    const Fixture *f = *state;
    const char *notochord = "\"path.cells\": [\"physaliphorous\"], \"path.positive\": [\"brachyury\"]";
    assert_true(advises(advice_of(f, notochord), "pathology_advice", "does not separate chordoma"));
    assert_false(advises(advice_of(f, CARCINOMA), "pathology_advice", "does not separate chordoma"));
    assert_true(
        advises(advice_of(f, "\"path.cells\": [\"blood_filled_spaces\"]"), "pathology_advice", "USP6"));
    assert_false(advises(advice_of(f, CARCINOMA), "pathology_advice", "USP6"));
    assert_true(advises(advice_of(f, "\"path.cells\": [\"giant_cells\"]"), "pathology_advice",
                        "parathyroid hormone"));
    assert_false(advises(advice_of(f, "\"path.cells\": [\"giant_cells\"], \"clinical.pth\": \"normal\", "
                                      "\"clinical.calcium\": \"normal\""),
                         "pathology_advice", "parathyroid hormone"));
    assert_true(advises(advice_of(f, "\"path.matrix\": [\"chondroid\"], \"path.grade\": \"1\""),
                        "pathology_advice", "grade 1 chondrosarcoma"));
    assert_true(
        advises(advice_of(f, "\"ct.density\": \"sclerotic\""), "pathology_advice", "falsely negative"));
    assert_false(advises(advice_of(f, "\"ct.density\": \"lytic\""), "pathology_advice", "falsely negative"));
}

static void test_before_a_biopsy_the_tests_are_named(void **state)
{
    const Fixture *f = *state;
    const Value *metastasis = advice_of(f, "\"clinical.known_primary\": \"present\"");
    assert_true(advises(metastasis, "pathology_advice", "cytokeratin"));
    assert_true(advises(metastasis, "pathology_advice", "decalcification"));
    assert_false(advises(advice_of(f, HAEMANGIOMA), "pathology_advice", "Give the pathologist"));
    /* cells alone leave the marker to be asked for; once it is known it is not */
    const char *cells =
        "\"path.cells\": [\"giant_cells\"], \"ct.density\": \"lytic\", \"ct.expansion\": \"marked\"";
    assert_true(advises(advice_at(f, 30, cells, false, NULL), "pathology_advice", "H3 G34W (giant cell"));
    assert_false(advises(advice_at(f, 30, GIANT_CELL_TUMOUR "\"ct.expansion\": \"marked\"", false, NULL),
                         "pathology_advice", "Give the pathologist"));
}

static void test_nothing_says_atypical_cartilaginous_tumour(void **state)
{
    const Fixture *f = *state;
    static const char *const keys[] = {"alerts", "pathology_advice", "management", "mimics_to_consider"};
    const Value *result = advice_at(
        f, 45,
        "\"path.matrix\": [\"chondroid\"], \"path.grade\": \"1\", \"ct.mineralization\": \"chondroid\"",
        false, NULL);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_false(advises(result, keys[i], "typical cartilaginous"));
    }
}

static void test_management_follows_the_leaders(void **state)
{
    const Fixture *f = *state;
    const Value *result = advice_of(f, HAEMANGIOMA);
    size_t of_haemangioma = 0;
    VALUE_EACH(entry, value_get(result, "management"))
    {
        const char *applies = value_text(entry, "applies_to");
        assert_true(!applies || strcmp(applies, "hemangioma") == 0);
        assert_true(value_get(entry, "sources")->count > 0);
        of_haemangioma += applies != NULL;
    }
    assert_true(of_haemangioma > 0);
    /* by stage: the same diagnosis with a part in the canal gets another consideration */
    assert_false(advises(result, "management", "embolisation before decompression"));
    assert_true(advises(advice_of(f, "\"ct.vertical_trabeculae\": \"present\", \"mr.t2\": \"high\", "
                                     "\"mr.fat\": \"present\", \"extent.canal\": \"epidural\""),
                        "management", "embolisation before decompression"));
    /* what is said of a harmless picture is not said beside one that is not */
    assert_true(advises(result, "management", "nothing to do"));
    static const char *const found[] = {"\"extent.soft_tissue_mass\": \"present\"",
                                        "\"extent.canal\": [\"narrowed\", \"epidural\"]",
                                        "\"clinical.deficit\": \"myelopathic\"",
                                        "\"ct.collapse\": \"partial\"", "\"xr.collapse\": \"plana\""};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        char text[512];
        (void)snprintf(
            text, sizeof text,
            "\"ct.vertical_trabeculae\": \"present\", \"mr.t2\": \"high\", \"mr.fat\": \"present\", %s",
            found[i]);
        assert_false(advises(advice_of(f, text), "management", "nothing to do"));
    }
    const char *cyst =
        "\"mr.fluid_levels\": \"present\", \"ct.expansion\": \"marked\", \"ct.density\": \"lytic\", "
        "\"site.element\": \"posterior\"";
    char broken[512];
    (void)snprintf(broken, sizeof broken, "%s, \"ct.collapse\": \"partial\"", cyst);
    assert_true(advises(advice_at(f, 14, cyst, false, NULL), "management", "can be the only treatment"));
    assert_false(advises(advice_at(f, 14, broken, false, NULL), "management", "can be the only treatment"));
    assert_true(advises(advice_at(f, 14, broken, false, NULL), "management", "after embolisation"));
    /* nothing is considered for what nobody reported */
    assert_int_equal(value_get(advice_of(f, PLASMACYTOMA), "management")->count > 3, 1);
}

static void test_every_diagnosis_has_considerations(void **state)
{
    const Fixture *f = *state;
    for (size_t d = 0; d < knowledge_diagnosis_count(f->knowledge); d++) {
        bool *among = test_calloc(knowledge_diagnosis_count(f->knowledge), sizeof *among);
        among[d] = true;
        Case *c = case_new(knowledge_vocabulary(f->knowledge));
        InferOptions options = {.prior = knowledge_find_prior(f->knowledge, "uniform"),
                                .among = among,
                                .without_intervals = true};
        Posterior *p = infer_posterior(f->knowledge, c, &options);
        Value *result = value_new_map(f->arena);
        AdviceInput input = {.c = c, .posterior = p};
        advice_add(f->advice, &input, result, value_new_map(f->arena));
        const char *id = knowledge_diagnosis(f->knowledge, d)->name->id, *told = NULL;
        VALUE_EACH(entry, value_get(result, "management"))
        {
            told = value_text(entry, "applies_to") ? value_text(entry, "applies_to") : told;
        }
        assert_string_equal(told ? told : "nothing", id);
        posterior_free(p);
        case_free(c);
        test_free(among);
    }
}

/* Every mimic of the shipped data, as the alerts above. */
static const struct {
    const char *name;
    double age;
    const char *shown, *hidden;
} mimics[] = {
    {"Vertebral artery loop or aneurysm", -1, "\"extent.foramen_transversarium\": \"widened\"",
     "\"mr.flow_voids\": \"present\""},
    {"Osteoporotic or traumatic fracture", 70,
     "\"ct.collapse\": \"partial\", \"ct.bone_density\": \"osteopenic\"", "\"ct.collapse\": \"partial\""},
    {"Chronic non-bacterial osteomyelitis", 12,
     "\"site.count\": \"multiple\", \"ct.reactive_sclerosis\": \"present\"", "\"site.count\": \"multiple\""},
    {"Paget disease", 70, "\"clinical.alkaline_phosphatase\": \"raised\", \"ct.expansion\": \"mild\"",
     "\"clinical.alkaline_phosphatase\": \"raised\", \"ct.expansion\": \"none\""},
    {"Brown tumour of hyperparathyroidism", -1, "\"clinical.pth\": \"raised\"",
     "\"clinical.pth\": \"normal\""},
    {"Leukaemia", -1, "\"clinical.anaemia\": \"present\", \"mr.t1_below_disc\": \"present\"",
     "\"clinical.anaemia\": \"present\""},
    {"Meningioma", -1, "\"extent.intradural\": \"present\", \"extent.foramen\": \"widened\"",
     "\"extent.foramen\": \"widened\""},
    {"Pannus or crystal deposition behind the dens", -1,
     "\"site.parts\": [\"dens\"], \"site.element\": \"extraosseous\", \"mr.t2\": \"low\"",
     "\"site.parts\": [\"dens\"], \"site.element\": \"body\", \"mr.t2\": \"low\""},
    {"Degenerative endplate change", -1,
     "\"site.disc\": \"involved\", \"clinical.inflammatory_markers\": \"normal\"",
     "\"site.disc\": \"involved\", \"clinical.inflammatory_markers\": \"raised\""},
};

static void test_every_mimic_has_its_signs(void **state)
{
    const Fixture *f = *state;
    for (size_t i = 0; i < sizeof mimics / sizeof *mimics; i++) {
        const Value *shown = advice_at(f, mimics[i].age, mimics[i].shown, false, NULL);
        assert_true(lists(shown, "mimics_to_consider", mimics[i].name));
        VALUE_EACH(mimic, value_get(shown, "mimics_to_consider"))
        {
            assert_true(value_get(mimic, "sources")->count > 0);
        }
        assert_false(lists(advice_at(f, mimics[i].age, mimics[i].hidden, false, NULL), "mimics_to_consider",
                           mimics[i].name));
    }
}

/* The knowledge in a folder of its own, loaded once; one file after the other gets another text. */
typedef struct {
    char folder[32];
    Knowledge *knowledge;
} Copy;

static void copy_path(const char *from, const char *to)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cp -r '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static Copy copy_of_knowledge(void)
{
    Copy copy = {.folder = "/tmp/dens-advice-XXXXXX"};
    assert_non_null(mkdtemp(copy.folder));
    char *shipped = source_path("knowledge/.");
    copy_path(shipped, copy.folder);
    free(shipped);
    DensError *error = NULL;
    copy.knowledge = knowledge_load(copy.folder, &error);
    assert_no_error(error);
    return copy;
}

static void drop_copy(Copy *copy)
{
    knowledge_free(copy->knowledge);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", copy->folder);
    assert_int_equal(system(command), 0);
}

static void refuse(const Copy *copy, const char *file, const char *yaml, const char *where_part,
                   const char *summary_part)
{
    char path[128], shipped[128], where[128];
    char *source = source_path("knowledge");
    (void)snprintf(path, sizeof path, "%s/%s", copy->folder, file);
    (void)snprintf(shipped, sizeof shipped, "%s/%s", source, file);
    (void)snprintf(where, sizeof where, "%s:%s", file, where_part);
    free(source);
    DensError *error = NULL;
    assert_true(file_write(path, yaml, strlen(yaml), &error));
    assert_null(advice_load(copy->knowledge, &error));
    assert_error(&error, DENS_ERROR_INPUT, where, summary_part);
    copy_path(shipped, path);
}

#define ALERT(when)                                                                                          \
    "alerts:\n  - {id: a, label: b, urgency: hours, text: c, when: " when ", sources: [review]}\n"
#define REST "assessments: []\n"

static void test_faults_in_conditions_are_told(void **state)
{
    (void)state;
    Copy copy = copy_of_knowledge();
    static const struct {
        const char *when, *place, *summary;
    } faults[] = {
        {"[{mr.t1x: low}]", "2:", "did you mean mr.t1?"},
        {"[{mr.t1: lo}]", "2:", "no value of mr.t1"},
        {"[{mr.t1: []}]", "2:", "names no value"},
        {"[]", "2:", "list of alternatives"},
        {"[{}]", "2:", "map from findings to values"},
        {"[{patient.sex: male}]", "2:", "no finding that a condition can hold"},
        {"[{site.size_mm: 20}]", "2:", "at_least"},
        {"[{site.size_mm: {at_least: x}}]", "2:", "must be a number"},
        {"[{site.size_mm: {more: 2}}]", "2:", "at_least or below"},
        {"[{site.size_mm: {at_least: 20, below: 10}}]", "2:", "no number is at least 20 and below 10"},
        {"[{mr.t1: {known: yes}}]", "2:", "true or false"},
        {"[{pathology: here}]", "2:", "known or unknown"},
        {"[{posterior: {group: bad, at_least: 0.1}}]", "2:", "\"bad\" is no group"},
        {"[{posterior: {diagnosis: chord, at_least: 0.1}}]", "2:", "\"chord\" is no diagnosis"},
        {"[{posterior: {diagnosis: chordoma}}]", "2:", "go together"},
        {"[{posterior: {diagnosis: chordoma, at_least: 3}}]", "2:", "probability above 0"},
        {"[{posterior: {share: 3}}]", "2:", "there are group"},
        {"[{posterior: 3}]", "2:", "must be a map"},
        {"[{score: {sins: 7}}]", "2:", "from one score to its limits"},
        {"[{score: {sins: {at_least: 7}}}]", "2:", "`reason` is missing"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "alerts:\n  - {id: a, label: b, urgency: hours, text: c, when: %s, sources: "
                       "[review]}\n" REST,
                       faults[i].when);
        refuse(&copy, "alerts.yaml", text, faults[i].place, faults[i].summary);
    }
    drop_copy(&copy);
}

static void test_faults_in_alerts_are_told(void **state)
{
    (void)state;
    Copy copy = copy_of_knowledge();
    refuse(&copy, "alerts.yaml",
           "alerts: [{id: a, label: b, urgency: soon, text: c, when: [{mr.t1: low}]}]\n" REST,
           "1:", "hours, days, planned");
    refuse(&copy, "alerts.yaml",
           "alerts: [{id: a, label: b, urgency: hours, text: c, when: [{mr.t1: low}], sources: [no]}]\n" REST,
           "1:", "unknown source");
    refuse(&copy, "alerts.yaml",
           "alerts: [{id: a, label: b, urgency: hours, text: c, when: [{mr.t1: low}], sources: []}]\n" REST,
           "1:", "at least one source");
    refuse(&copy, "alerts.yaml", "alerts: [{id: a, label: b, urgency: hours, txt: c}]\n" REST,
           "1:", "unknown key");
    refuse(&copy, "alerts.yaml", "alerts: [{id: a, label: b, urgency: hours, when: [{mr.t1: low}]}]\n" REST,
           "1:", "`text` is missing");
    refuse(&copy, "alerts.yaml",
           "alerts: [{id: a, label: b, urgency: hours, text: 'x {share}', when: [{mr.t1: low}], sources: "
           "[review]}]\n" REST,
           "1:", "no place {share}");
    refuse(&copy, "alerts.yaml",
           "alerts:\n  - {id: a, label: b, urgency: hours, text: c, when: [{mr.t1: low}], covered_by: [z], "
           "sources: [review]}\n" REST,
           "2:", "id of no other alert");
    refuse(&copy, "alerts.yaml",
           ALERT("[{mr.t1: low}]") "  - {id: a, label: b, urgency: hours, text: c}\n" REST,
           "3:", "another alert");
    refuse(&copy, "alerts.yaml", "alerts: []\nassessments: [{label: a, findings: [mr.t9]}]\n",
           "2:", "unknown finding");
    refuse(&copy, "alerts.yaml", "alerts: 3\n", "1:", "must be a list");
    refuse(&copy, "alerts.yaml", "alerts: []\n", "1:", "`assessments` must be a list");
    refuse(&copy, "alerts.yaml", "[]\n", "1:", "must be a map");
    drop_copy(&copy);
}

static void test_faults_in_the_other_files_are_told(void **state)
{
    (void)state;
    Copy copy = copy_of_knowledge();
    refuse(&copy, "mimics.yaml", "mimics: []\n", "1:", "`name_all` is missing");
    refuse(&copy, "mimics.yaml", "name_all: {none_of_these_at_least: 2, reason: x}\nmimics: []\n",
           "1:", "between 0 and 1");
    refuse(&copy, "mimics.yaml",
           "name_all: {none_of_these_at_least: 0.3, reason: x}\nmimics: [{name: a, text: b, sources: "
           "[review]}]\n",
           "2:", "`when` is missing");
    refuse(&copy, "pathology.yaml", "contradictions: []\nnotes: []\n", "1:", "`tests` needs a map");
#define TESTS                                                                                                \
    "tests: {show: {at_least: 0.15, at_most: 3, reason: x}, when: [{pathology: unknown}], of: {%s}}\n"
    static const char *const tests[][2] = {
        {"chordom: {ask: [], sources: [review]}", "no diagnosis"},
        {"chordoma: {ask: [{text: a, markers: [nothing]}], sources: [review]}", "no value of path.positive"},
        {"chordoma: {ask: [{markers: []}], sources: [review]}", "`text` is missing"},
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "contradictions: []\nnotes: []\n" TESTS, tests[i][0]);
        refuse(&copy, "pathology.yaml", text, "3:", tests[i][1]);
    }
    char text[512];
    (void)snprintf(text, sizeof text,
                   "notes: []\n" TESTS
                   "contradictions:\n  - {id: a, label: b, urgency: days, text: c, reason: d, compare: all, "
                   "ask: [], sources: [review]}\n",
                   "");
    refuse(&copy, "pathology.yaml", text, "4:", "diagnoses or groups");
#define SHOW                                                                                                 \
    "show: {at_least: 0.15, at_most: 3, reason: x}\ngeneral: [{topic: staging, text: a, sources: "           \
    "[review]}]\n"
    refuse(&copy, "management.yaml", "general: []\n", "1:", "`show` is missing");
    refuse(&copy, "management.yaml", "show: {at_least: 0.15, at_most: 0, reason: x}\n", "1:", "from 1 on");
    refuse(&copy, "management.yaml", SHOW "diagnoses: {}\n", "3:", "is missing");
    refuse(&copy, "management.yaml", SHOW "diagnoses: {chordom: []}\n", "3:", "no diagnosis");
    refuse(&copy, "management.yaml", SHOW "diagnoses:\n  chordoma: []\n", "4:", "list of considerations");
    refuse(&copy, "management.yaml",
           SHOW "diagnoses:\n  chordoma:\n    - {topic: treatment, text: a, sources: [review], unless: "
                "[{ct.colapse: partial}]}\n",
           "5:", "ct.colapse");
    refuse(&copy, "management.yaml",
           SHOW "diagnoses:\n  chordoma:\n    - {topic: treatment, text: a, sources: [review], unless: "
                "[{score: {sins: {at_least: 7}}}]}\n",
           "5:", "`reason` is missing");
    refuse(&copy, "management.yaml",
           SHOW "diagnoses:\n  chordoma: [{topic: hope, text: a, sources: [review]}]\n",
           "4:", "staging, treatment");
    refuse(&copy, "management.yaml",
           SHOW "diagnoses:\n  chordoma: [{statement: treatment, source: nobody}]\n",
           "4:", "no statement on treatment");
    drop_copy(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certain_and_hedged_values_fire),
        cmocka_unit_test(test_measured_values_fire_from_ten_percent),
        cmocka_unit_test(test_hours_come_first),
        cmocka_unit_test(test_what_nobody_looked_at_is_listed),
        cmocka_unit_test(test_danger_behind_a_benign_leader),
        cmocka_unit_test(test_every_alert_fires_and_stays_silent),
        cmocka_unit_test(test_no_alert_is_untested),
        cmocka_unit_test(test_an_alert_says_how_sure_it_is),
        cmocka_unit_test(test_a_measured_number_counts_with_its_spread),
        cmocka_unit_test(test_scores_raise_alerts_by_their_lower_end),
        cmocka_unit_test(test_the_text_names_what_stands_behind),
        cmocka_unit_test(test_histology_that_contradicts_imaging),
        cmocka_unit_test(test_histology_that_names_another_malignancy),
        cmocka_unit_test(test_what_the_tests_cannot_do),
        cmocka_unit_test(test_before_a_biopsy_the_tests_are_named),
        cmocka_unit_test(test_nothing_says_atypical_cartilaginous_tumour),
        cmocka_unit_test(test_management_follows_the_leaders),
        cmocka_unit_test(test_every_diagnosis_has_considerations),
        cmocka_unit_test(test_every_mimic_has_its_signs),
        cmocka_unit_test(test_faults_in_conditions_are_told),
        cmocka_unit_test(test_faults_in_alerts_are_told),
        cmocka_unit_test(test_faults_in_the_other_files_are_told),
    };
    return cmocka_run_group_tests_name("advice", tests, set_up, tear_down);
}
