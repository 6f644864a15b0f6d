/* Alerts fire on what is still possible, whatever the ranking says; faults in the data are told with their
 * place. */
#include "testing.h"

#include "advice/advice.h"
#include "base/file.h"
#include "base/json.h"

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

static const Value *advice_of(const Fixture *f, const char *findings)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"format\": \"dens-case/1\", \"findings\": {%s}}", findings);
    DensError *error = NULL;
    const Value *root = json_parse(f->arena, text, strlen(text), "test", &error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    InferOptions options = {.prior = knowledge_find_prior(f->knowledge, "clinic"), .without_intervals = true};
    Posterior *p = infer_posterior(f->knowledge, c, &options);
    Value *result = value_new_map(f->arena);
    advice_add(f->advice, c, p, result, value_new_map(f->arena));
    posterior_free(p);
    case_free(c);
    return result;
}

static bool has_alert(const Value *result, const char *id)
{
    VALUE_EACH(alert, value_get(result, "alerts"))
    {
        if (strcmp(value_text(alert, "id"), id) == 0) {
            return true;
        }
    }
    return false;
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

static void test_all_terms_of_an_alternative_must_hold(void **state)
{
    const Fixture *f = *state;
    assert_true(
        has_alert(advice_of(f, "\"clinical.inflammatory_markers\": \"raised\", \"site.disc\": \"involved\""),
                  "infection"));
    assert_false(
        has_alert(advice_of(f, "\"clinical.inflammatory_markers\": \"raised\", \"site.disc\": \"spared\""),
                  "infection"));
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

static void test_mimics_are_named(void **state)
{
    const Fixture *f = *state;
    assert_true(lists(advice_of(f, "\"mr.flow_voids\": \"present\""), "mimics_to_consider",
                      "Vertebral artery loop or aneurysm"));
    assert_false(lists(advice_of(f, "\"mr.flow_voids\": \"absent\""), "mimics_to_consider",
                       "Vertebral artery loop or aneurysm"));
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

/* Loads a copy of alerts.yaml with another text through a knowledge whose folder is the copy's. */
static void refuse(const char *yaml, const char *where_part, const char *summary_part)
{
    char folder[] = "/tmp/dens-advice-XXXXXX", command[512];
    assert_non_null(mkdtemp(folder));
    char *shipped = source_path("knowledge");
    (void)snprintf(command, sizeof command, "cp -r '%s'/. '%s'", shipped, folder);
    assert_int_equal(system(command), 0);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/alerts.yaml", folder);
    DensError *error = NULL;
    assert_true(file_write(path, yaml, strlen(yaml), &error));
    Knowledge *knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    assert_null(advice_load(knowledge, &error));
    assert_error(&error, DENS_ERROR_INPUT, where_part, summary_part);
    knowledge_free(knowledge);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
    free(shipped);
}

#define REST "\nbehind_benign: {threshold: 0.05, label: x, urgency: planned}\nmimics: []\nassessments: []\n"

static void test_faults_in_the_data_are_told(void **state)
{
    (void)state;
    refuse("alerts: [{id: a, label: b, urgency: hours, text: c, when: [{mr.t1x: low}]}]" REST,
           "alerts.yaml:1:", "did you mean mr.t1?");
    refuse("alerts: [{id: a, label: b, urgency: hours, text: c, when: [{mr.t1: lo}]}]" REST,
           "alerts.yaml:1:", "no value of mr.t1");
    refuse("alerts: [{id: a, label: b, urgency: soon, text: c, when: [{mr.t1: low}]}]" REST,
           "alerts.yaml:1:", "hours, days, planned");
    refuse("alerts: [{id: a, label: b, urgency: hours, text: c, when: []}]" REST,
           "alerts.yaml:1:", "list of alternatives");
    refuse("alerts: [{id: a, label: b, urgency: hours, text: c, when: [{site.size_mm: low}]}]" REST,
           "alerts.yaml:1:", "no finding with values");
    refuse(
        "alerts: [{id: a, label: b, urgency: hours, text: c, when: [{mr.t1: low}], sources: [nobody]}]" REST,
        "alerts.yaml:1:", "unknown source");
    refuse("alerts: [{id: a, label: b, urgency: hours, txt: c, when: [{mr.t1: low}]}]" REST,
           "alerts.yaml:1:", "unknown key");
    refuse("alerts: [{id: a, label: b, urgency: hours, when: [{mr.t1: low}]}]" REST,
           "alerts.yaml:1:", "`text` is missing");
    refuse("alerts: []\nbehind_benign: {threshold: 2, label: x, urgency: planned}\nmimics: []\nassessments: "
           "[]\n",
           "alerts.yaml:2:", "between 0 and 1");
    refuse("alerts: []\nbehind_benign: {threshold: 0.1, label: x, urgency: planned}\nmimics: "
           "[]\nassessments: [{label: a, findings: [mr.t9]}]\n",
           "alerts.yaml:4:", "unknown finding");
    refuse("alerts: 3\n", "alerts.yaml:1:", "must be a list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certain_and_hedged_values_fire),
        cmocka_unit_test(test_measured_values_fire_from_ten_percent),
        cmocka_unit_test(test_all_terms_of_an_alternative_must_hold),
        cmocka_unit_test(test_hours_come_first),
        cmocka_unit_test(test_what_nobody_looked_at_is_listed),
        cmocka_unit_test(test_mimics_are_named),
        cmocka_unit_test(test_danger_behind_a_benign_leader),
        cmocka_unit_test(test_faults_in_the_data_are_told),
    };
    return cmocka_run_group_tests_name("advice", tests, set_up, tear_down);
}
