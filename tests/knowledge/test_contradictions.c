/* What cannot hold together is refused, with a line that names both findings; a prior from a file. */
#include "fixture.h"

#include "base/json.h"
#include "base/text.h"
#include "knowledge/change.h"

static const char rules[] =
    "contradictions:\n"
    "  - { id: nidus_unseen, because: a nidus is lytic, all: [{ finding: ct.nidus, is: [present] }, { "
    "finding: "
    "ct.density, is: [sclerotic] }] }\n"
    "  - { id: level, because: not there, all: [{ finding: site.levels, is: [C1] }, { finding: mr.t2, is: "
    "[low, "
    "intermediate] }] }\n"
    "  - { id: cells, because: one or the other, same_member: [path.cells, path.cells] }\n";

static void assert_case(const Knowledge *k, const char *findings, const char *what)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *text = arena_printf(arena, "{\"format\": \"dens-case/1\", \"findings\": {%s}}", findings);
    DensError *err = NULL;
    const Value *root = json_parse(arena, text, strlen(text), "test", &err);
    assert_no_error(err);
    AUTO(case_auto) Case *c = case_from_value(root, "test", knowledge_vocabulary(k), NULL, &err);
    assert_no_error(err);
    if (what) {
        assert_false(knowledge_check_case(k, c, "case.json", &err));
        assert_error(&err, DENS_ERROR_INPUT, "case.json", what);
    } else {
        assert_true(knowledge_check_case(k, c, "case.json", &err));
        assert_no_error(err);
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "contradictions.yaml", rules);
    Knowledge *k = fixture_load(folder);
    assert_case(k, "\"ct.nidus\": \"present\", \"ct.density\": \"sclerotic\"",
                "ct.nidus and ct.density contradict each other: a nidus is lytic");
    assert_case(k, "\"ct.nidus\": \"present\", \"ct.density\": [\"sclerotic\", \"lytic\"]", NULL);
    assert_case(k, "\"ct.nidus\": \"present\"", NULL);
    assert_case(k, "\"ct.nidus\": \"absent\", \"ct.density\": \"sclerotic\"", NULL);
    assert_case(k, "\"site.levels\": [\"C1\", \"C2\"], \"mr.t2\": [\"low\", \"intermediate\"]",
                "site.levels and mr.t2 contradict each other: not there");
    assert_case(k, "\"site.levels\": [\"C2\"], \"mr.t2\": \"low\"", NULL);
    assert_case(k, "\"path.cells\": [\"spindle\"]", "contradict each other: one or the other");
    knowledge_free(k);
    fixture_free(folder);
}

static void bad_rules_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *where, *what;
    } bad[] = {
        {"{ id: a, because: b }", "contradictions[0]", "needs either 'all' or 'same_member'"},
        {"{ id: a, because: b, all: [{ finding: ct.nidus, is: [present] }] }", ".all", "at least two parts"},
        {"{ id: a, because: b, all: [{ finding: ct.nidos, is: [present] }] }", "finding",
         "did you mean 'ct.nidus'?"},
        {"{ id: a, because: b, all: [{ finding: ct.nidus, is: [maybe] }] }", "is[0]",
         "'maybe' is no value of ct.nidus"},
        {"{ id: a, because: b, all: [{ finding: patient.age, is: [present] }] }", "all[0]",
         "'above' is missing"},
        {"{ id: a, all: [] }", "contradictions[0]", "'because' is missing"},
        {"{ id: a, because: b, same_member: [site.levels, ct.nidus] }", "same_member[1]",
         "ct.nidus is no set"},
        {"{ id: a, because: b, same_member: [site.levels] }", "same_member", "names two sets"},
    };
    char *folder = fixture_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_TEXT text = TEXT_INIT;
        text_addf(&text, "contradictions:\n  - %s\n", bad[i].rule);
        fixture_write(folder, "contradictions.yaml", text_string(&text));
        DensError *err = NULL;
        assert_null(knowledge_load(folder, &err));
        assert_error(&err, DENS_ERROR_INPUT, bad[i].where, bad[i].what);
    }
    fixture_free(folder);
}

static const Prior *add_prior(Knowledge *k, const char *folder, const char *text, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    fixture_write(folder, "own/prior.yaml", text);
    return knowledge_add_prior(k, arena_printf(arena, "%s/own/prior.yaml", folder), err);
}

static void a_prior_may_come_from_a_file(void **state)
{
    (void)state;
    char *folder = fixture_new();
    Knowledge *k = fixture_load(folder);
    DensError *err = NULL;
    const Prior *prior = add_prior(k, folder,
                                   "ours: { label: Ours, tree: { counts: { chordoma: 7, metastasis: 20, "
                                   "osteoid_osteoma: 3 }, source: one, where: own } }\n",
                                   &err);
    assert_no_error(err);
    assert_non_null(prior);
    assert_string_equal(prior->id, "prior.yaml");
    assert_non_null(strstr(prior->path, "own/prior.yaml"));
    assert_near(prior->root->alpha[1], 20 + 1, 1e-12);
    assert_ptr_equal(knowledge_find_prior(k, prior->id), prior);
    assert_non_null(knowledge_find_prior(k, "uniform"));
    assert_null(
        add_prior(k, folder, "a: { label: A, uniform: true }\nb: { label: B, uniform: true }\n", &err));
    assert_error(&err, DENS_ERROR_INPUT, "prior.yaml", "holds exactly one prior, this one has 2");
    assert_null(add_prior(
        k, folder,
        "a: { label: A, tree: { counts: { chordoma: 1, metastasis: 1 }, source: nobody, where: w } }\n",
        &err));
    assert_error(&err, DENS_ERROR_INPUT, ".source", "unknown source 'nobody'");
    knowledge_free(k);
    fixture_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(bad_rules_are_refused),
        cmocka_unit_test(a_prior_may_come_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
