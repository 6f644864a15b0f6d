/* Components of a diagnosis, and what a file says of a diagnosis beyond its evidence. The scales of the
 * fixture: words are worth 10 patients; scopes 1, 0.5, 0.25; cap 20; background strength 2, flat part 1;
 * prior_flat 3. */
#include "fixture.h"

#include "base/arena.h"
#include "base/text.h"
#include "knowledge/describe.h"

#define TOLERANCE 1e-12
#define TAIL "scope: cervical, source: one, where: here"

static const char two_components[] =
    "id: chordoma\nsummary: s\n"
    "components: [{ id: lytic, name: Lytic one }, { id: dense, name: Dense one, definition: bright }]\n"
    "component_shares:\n"
    "  - { counts: { lytic: 6, dense: 1 }, " TAIL " }\n"
    "  - { counts: { dense: 4 }, scope: spinal, selected: true, source: two, where: here }\n"
    "evidence:\n"
    "  - { finding: ct.density, component: lytic, counts: { lytic: 9, sclerotic: 1 }, " TAIL " }\n"
    "  - { finding: ct.density, component: [dense], counts: { lytic: 2, sclerotic: 8 }, " TAIL " }\n"
    "  - { finding: ct.density, component: [dense, lytic], counts: { lytic: 5 }, weight: 0, " TAIL " }\n"
    "  - { finding: mr.t2, counts: { high: 6 }, " TAIL " }\n"
    "  - { finding: mr.t2, component: dense, counts: { low: 6 }, " TAIL " }\n"
    "  - { finding: ct.nidus, counts: { absent: 4 }, " TAIL " }\n";

static const Finding *find(const Knowledge *k, const char *id)
{
    return vocabulary_find(knowledge_vocabulary(k), id);
}

static void a_component_takes_its_own_rows_or_the_general_ones(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml", two_components);
    Knowledge *k = fixture_load(folder);
    const Finding *density = find(k, "ct.density"), *t2 = find(k, "mr.t2"), *nidus = find(k, "ct.nidus");
    const double *b = knowledge_background(k, density);
    assert_near(knowledge_component_cell(k, 0, 0, density)->alpha[0], 2 * b[0] + 9, TOLERANCE);
    assert_near(knowledge_component_cell(k, 0, 0, density)->alpha[1], 2 * b[1] + 1, TOLERANCE);
    assert_near(knowledge_component_cell(k, 0, 1, density)->alpha[1], 2 * b[1] + 8, TOLERANCE);
    b = knowledge_background(k, t2);
    assert_near(knowledge_component_cell(k, 0, 0, t2)->alpha[2], 2 * b[2] + 6, TOLERANCE);
    assert_near(knowledge_component_cell(k, 0, 1, t2)->alpha[2], 2 * b[2], TOLERANCE);
    assert_near(knowledge_component_cell(k, 0, 1, t2)->alpha[0], 2 * b[0] + 6, TOLERANCE);
    assert_int_equal(knowledge_component_cell(k, 0, 1, t2)->row_count, 1);
    b = knowledge_background(k, nidus);
    int absent = finding_value(nidus, "absent");
    for (size_t c = 0; c < 2; c++) {
        assert_near(knowledge_component_cell(k, 0, c, nidus)->alpha[absent], 2 * b[absent] + 4, TOLERANCE);
    }
    /* without components, component 0 is the diagnosis */
    assert_ptr_equal(knowledge_component_cell(k, 1, 0, t2), knowledge_cell(k, 1, t2));
    knowledge_free(k);
    fixture_free(folder);
}

static void shares_add_up_and_weigh_the_mixture(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml", two_components);
    Knowledge *k = fixture_load(folder);
    const Diagnosis *d = knowledge_diagnosis(k, 0);
    assert_int_equal(d->component_count, 2);
    assert_string_equal(d->components[1].definition, "bright");
    /* three patients spread evenly; a spinal and selected row of 4 counts 0.5 × 0.5 */
    assert_near(d->component_alpha[0], 1.5 + 6, TOLERANCE);
    assert_near(d->component_alpha[1], 1.5 + 1 + 1, TOLERANCE);
    assert_int_equal(d->share_row_count, 2);
    assert_string_equal(d->share_rows[1].id, "chordoma.component.2");
    double share = 7.5 / 11;
    const Finding *t2 = find(k, "mr.t2");
    const double *a = knowledge_component_cell(k, 0, 0, t2)->alpha,
                 *e = knowledge_component_cell(k, 0, 1, t2)->alpha;
    const double *mixed = knowledge_cell(k, 0, t2)->alpha;
    for (size_t v = 0; v < 3; v++) {
        assert_near(mixed[v], (share * a[v] / 8 + (1 - share) * e[v] / 8) * 8, TOLERANCE);
    }
    assert_int_equal(knowledge_cell(k, 0, t2)->row_count, 2);
    /* rows of different components are no conflict, however they differ */
    assert_int_equal(knowledge_conflict_count(k), 1);
    knowledge_free(k);
    fixture_free(folder);
}

static void without_rows_components_are_equally_frequent(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml",
                  "id: chordoma\nsummary: s\nevidence: []\n"
                  "components: [{ id: a, name: A }, { id: b, name: B }, { id: c, name: C }]\n");
    Knowledge *k = fixture_load(folder);
    const Diagnosis *d = knowledge_diagnosis(k, 0);
    for (size_t c = 0; c < 3; c++) {
        assert_near(d->component_alpha[c], 1, TOLERANCE);
    }
    knowledge_free(k);
    fixture_free(folder);
}

static const char about[] =
    "id: chordoma\nsummary: s\nevidence: []\n"
    "codes:\n  icd_o: { code: \"9370/3\", source: one }\n"
    "  snomed: { code: \"50007008\", meaning: Chordoma, source: one }\n"
    "  radlex: { code: RID4510, meaning: chordoma, source: two }\n"
    "who: { group: Notochordal tumours, behaviour: malignant, grade: none given, source: two, where: list }\n"
    "typical:\n  - { modality: ct, text: Destroys the body., source: one, where: p 1 }\n"
    "  - { modality: mr, text: Very bright., source: one, where: p 2 }\n"
    "mimics:\n  - { diagnosis: metastasis, text: Also destroys., source: one, where: p 3 }\n"
    "  - { name: Giant rest, text: Stays inside., source: two, where: p 4 }\n"
    "components: [{ id: usual, name: Usual one }, { id: poor, name: Poor one, definition: few cells }]\n";

static void a_system_that_does_not_apply_says_why(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml",
                  "id: chordoma\nsummary: s\nevidence: []\n"
                  "codes: { icd_o: { does_not_apply: no tumour, source: one } }\n");
    Knowledge *k = fixture_load(folder);
    Arena *arena = arena_new();
    Value *tree = describe_diagnosis(k, 0, arena);
    const Value *code = value_get(value_get(tree, "codes"), "icd_o");
    assert_string_equal(value_text(code, "does_not_apply"), "no tumour");
    assert_null(value_get(code, "code"));
    AUTO_TEXT text = TEXT_INIT;
    describe_text_diagnosis(tree, &text);
    assert_non_null(strstr(text_string(&text), "ICD-O: does not apply (no tumour) [one]\n"));
    assert_non_null(strstr(text_string(&text), "SNOMED CT: no code known\n"));
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

static void what_a_diagnosis_is_stands_in_its_description(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml", about);
    Knowledge *k = fixture_load(folder);
    const Diagnosis *d = knowledge_diagnosis(k, 0);
    assert_int_equal(d->code_count, 3);
    assert_string_equal(d->who.behaviour, "malignant");
    assert_int_equal(d->mimics[0].diagnosis, 1);
    assert_string_equal(d->mimics[0].name, "Metastasis");
    assert_int_equal(d->mimics[1].diagnosis, -1);
    Arena *arena = arena_new();
    Value *tree = describe_diagnosis(k, 0, arena);
    assert_string_equal(value_text(value_get(value_get(tree, "codes"), "snomed"), "meaning"), "Chordoma");
    assert_near(value_number_or(value_at(value_get(tree, "components"), 1), "share", 0), 0.5, TOLERANCE);
    AUTO_TEXT text = TEXT_INIT;
    describe_text_diagnosis(tree, &text);
    static const char *const expected[] = {
        "WHO: Notochordal tumours, malignant, none given [The second, list]",
        "ICD-O: 9370/3 [one]",
        "SNOMED CT: 50007008 Chordoma [one]",
        "RadLex: RID4510 chordoma [two]",
        "- Destroys the body. [First 2001, p 1]",
        "  Metastasis\n    - Also destroys. [First 2001, p 3]",
        "  Giant rest\n    - Stays inside. [The second, p 4]",
        "Poor one (poor) 50\u00a0%: few cells",
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (!strstr(text_string(&text), expected[i])) {
            print_error("missing: %s\nin:\n%s\n", expected[i], text_string(&text));
            fail();
        }
    }
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_component_takes_its_own_rows_or_the_general_ones),
        cmocka_unit_test(shares_add_up_and_weigh_the_mixture),
        cmocka_unit_test(without_rows_components_are_equally_frequent),
        cmocka_unit_test(what_a_diagnosis_is_stands_in_its_description),
        cmocka_unit_test(a_system_that_does_not_apply_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
