/* The sentences of the reasons, word for word, over a small knowledge in a temporary folder. */
#include "testing.h"

#include "../knowledge/fixture.h"
#include "base/json.h"
#include "infer/infer.h"

#include <stdio.h>

typedef struct {
    char *folder;
    Knowledge *knowledge;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    f->folder = fixture_new();
    fixture_scale(f->folder, "atypical_share", "0"); /* so that the weights are plain */
    fixture_write(f->folder, "sources.yaml",
                  "one: { authors: \"First AB, Second C\", title: The first, journal: J One, year: 2001, "
                  "kind: series, seen: abstract, n: 10 }\ntwo: { authors: \"Sun M, Meng X\", title: The "
                  "second, short: Sun et al., kind: review, seen: full_text }\nthree: { authors: \"Third "
                  "A\", title: The third, year: 2003, kind: series, seen: abstract }\n");
    fixture_write(f->folder, "conflicts.yaml", "{}\n");
    fixture_write(
        f->folder, "background.yaml",
        "evidence:\n  - { finding: path.cells, counts: { glands: 0 }, n: 30, scope: general, source: "
        "three, where: there }\n  - { finding: path.cells, counts: { glands: 1 }, n: 10, scope: general, "
        "source: one, where: there }\n");
    fixture_rows(f->folder, "chordoma", "finding: mr.t2, counts: { high: 18, intermediate: 2 }, n: 20",
                 "finding: mr.t2, says: { high: usual }, source: two",
                 "finding: ct.nidus, counts: { absent: 20 }, n: 20",
                 "finding: path.cells, counts: { glands: 18 }, n: 20",
                 "finding: ct.density, counts: { lytic: 19, sclerotic: 1 }, n: 20",
                 "finding: site.levels, counts: { C1: 1, C2: 14, C3: 4 }, n: 20",
                 "finding: patient.age, distribution: { mean: 60, sd: 10, n: 40 }", (char *)NULL);
    fixture_rows(
        f->folder, "metastasis", "finding: mr.t2, counts: { high: 4, low: 16 }, n: 20, source: three",
        "finding: site.levels, counts: { C1: 2, C2: 3, C3: 17 }, n: 20, source: three",
        "finding: ct.density, says: { lytic: usual }, source: two",
        "finding: patient.age, distribution: { mean: 30, sd: 8, n: 30 }, source: three", (char *)NULL);
    fixture_rows(f->folder, "osteoid_osteoma", "finding: ct.nidus, says: { present: always }, source: two",
                 (char *)NULL);
    f->knowledge = fixture_load(f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    knowledge_free(f->knowledge);
    fixture_free(f->folder);
    test_free(f);
    return 0;
}

static size_t hypothesis_of(const Fixture *f, const char *name)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(f->knowledge), name);
    return index < 0 ? knowledge_diagnosis_count(f->knowledge) : (size_t)index;
}

/* The sentence of the case's only reason. "none" as a diagnosis means "none of these". */
static void check(const Fixture *f, const char *members, const char *diagnosis, const char *rival,
                  const char *expected)
{
    char document[512];
    (void)snprintf(document, sizeof document, "{\"format\": \"dens-case/1\", %s}", members);
    DensError *err = NULL;
    Arena *arena = arena_new();
    const Value *root = json_parse(arena, document, strlen(document), "test", &err);
    assert_no_error(err);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &err);
    assert_no_error(err);
    Posterior *p = infer_posterior(
        f->knowledge, c,
        &(InferOptions){.prior = knowledge_find_prior(f->knowledge, "uniform"), .without_intervals = true});
    Reason *reasons = NULL;
    size_t count = 0;
    double prior = 0;
    size_t here = hypothesis_of(f, diagnosis), there = hypothesis_of(f, rival);
    posterior_reasons(p, here, there, &reasons, &count, &prior);
    assert_int_equal(count, 1);
    assert_string_equal(reason_text(p, c, &reasons[0], here, there), expected);
    posterior_free(p);
    case_free(c);
    arena_free(arena);
}

static void a_value(void **state)
{
    check(*state, "\"findings\": {\"mr.t2\": \"high\"}", "chordoma", "metastasis",
          "T2 signal: high – seen in most cases of chordoma and in few of metastasis (18 of 20, First 2001 "
          "and 1 more source, against 4 of 20, Third 2003); almost four times as likely in chordoma as in "
          "metastasis.");
    check(*state, "\"findings\": {\"mr.t2\": \"high\"}", "metastasis", "chordoma",
          "T2 signal: high – seen in few cases of metastasis and in most of chordoma (4 of 20, Third 2003, "
          "against 18 of 20, First 2001 and 1 more source); almost four times as likely in chordoma as in "
          "metastasis.");
    check(*state, "\"findings\": {\"mr.t2\": [\"low\", \"intermediate\"]}", "metastasis", "chordoma",
          "T2 signal: low or intermediate – seen in most cases of metastasis and in few of chordoma (16 of "
          "20, Third 2003, against 2 of 20, First 2001 and 1 more source); more than four times as likely in "
          "metastasis as in chordoma.");
}

static void a_presence(void **state)
{
    check(*state, "\"findings\": {\"ct.nidus\": \"present\"}", "osteoid_osteoma", "chordoma",
          "Nidus: seen in most cases of osteoid osteoma and in hardly any of chordoma (described by Sun et "
          "al. (review), against 0 of 20, First 2001); about 16 times as likely in osteoid osteoma as in "
          "chordoma.");
    check(*state, "\"findings\": {\"ct.nidus\": \"absent\"}", "chordoma", "metastasis",
          "No nidus: true of almost all cases of chordoma and of more than half of metastasis (20 of 20, "
          "First 2001, against not studied in metastasis, taken as in bone lesions of any kind); about one "
          "and a half times as likely in chordoma as in metastasis.");
}

static void what_other_lesions_show(void **state)
{
    check(*state, "\"findings\": {\"path.cells\": [\"glands\"]}", "chordoma", "metastasis",
          "Cells: glands – seen in most cases of chordoma and in hardly any of metastasis (18 of 20, First "
          "2001, "
          "against not studied in metastasis, taken as in other lesions: 0 of 30, Third 2003 and 1 more "
          "source); "
          "about 21 times as likely in chordoma as in metastasis.");
}

static void words_that_are_equal(void **state)
{
    check(*state, "\"findings\": {\"ct.density\": \"lytic\"}", "chordoma", "metastasis",
          "Density: lytic – seen in most cases of either, more often in chordoma (19 of 20, First 2001, "
          "against described by Sun et al. (review)); slightly likelier in chordoma than in metastasis.");
    check(*state, "\"findings\": {\"clinical.primary_site\": \"lung\"}", "osteoid_osteoma", "chordoma",
          "Primary: lung – true of more than half of the cases of either (studied in neither); about as "
          "likely in osteoid osteoma as in chordoma.");
}

static void a_set(void **state)
{
    check(*state, "\"findings\": {\"site.levels\": [\"C2\"]}", "chordoma", "metastasis",
          "Levels: C2 – C3 not among them, true of most cases of chordoma and of few of metastasis (16 of "
          "20, First 2001, against 3 of 20, Third 2003); six times as likely in chordoma as in metastasis.");
    check(*state, "\"findings\": {\"site.levels\": [\"C1\", \"C3\"]}", "metastasis", "chordoma",
          "Levels: C1 and C3 – C3 seen in most cases of metastasis and in few of chordoma (17 of 20, Third "
          "2003, against 4 of 20, First 2001); almost five times as likely in metastasis as in chordoma.");
    check(*state, "\"findings\": {\"site.levels\": [\"C1\"]}", "chordoma", "metastasis",
          "Levels: C1 – C2 not among them, true of some cases of chordoma and of most of metastasis (6 of "
          "20, First 2001, against 17 of 20, Third 2003); about as likely in metastasis as in chordoma.");
}

static void a_number(void **state)
{
    check(*state, "\"patient\": {\"age\": 70}", "chordoma", "metastasis",
          "Age 70 years: half of the cases lie between 52 and 84 years in chordoma and between 24 and 37 in "
          "metastasis (40 patients, First 2001, against 30 patients, Third 2003); almost six times as likely "
          "in chordoma as in metastasis.");
    check(*state, "\"patient\": {\"age\": 1}", "metastasis", "chordoma",
          "Age 12 months: half of the cases lie between 24 and 37 years in metastasis and between 52 and 84 "
          "in chordoma (30 patients, Third 2003, against 40 patients, First 2001); almost six times as "
          "likely in metastasis as in chordoma.");
}

static void nobody_studied_it(void **state)
{
    check(*state, "\"findings\": {\"mr.t2\": \"high\"}", "chordoma", "osteoid_osteoma",
          "T2 signal: high – seen in most cases of chordoma and in about half of osteoid osteoma (18 of 20, "
          "First 2001 and 1 more source, against not studied in osteoid osteoma, taken as in bone lesions of "
          "any kind); almost twice as likely in chordoma as in osteoid osteoma.");
    check(*state, "\"findings\": {\"ct.density\": \"sclerotic\"}", "osteoid_osteoma", "chordoma",
          "Density: sclerotic – seen in some cases of osteoid osteoma and in hardly any of chordoma (not "
          "studied in osteoid osteoma, taken as in bone lesions of any kind, against 1 of 20, First 2001); "
          "three times as likely in osteoid osteoma as in chordoma.");
}

static void none_of_these(void **state)
{
    check(*state, "\"findings\": {\"mr.t2\": \"high\"}", "chordoma", "none",
          "T2 signal: high – seen in most cases of chordoma (18 of 20, First 2001 and 1 more source, against "
          "a flat mixture of all diagnoses); twice as likely in chordoma as in a lesion outside this list.");
    check(*state, "\"findings\": {\"mr.t2\": \"high\"}", "none", "metastasis",
          "T2 signal: high – seen in few cases of metastasis (a flat mixture of all diagnoses, against 4 of "
          "20, Third 2003); almost twice as likely in a lesion outside this list as in metastasis.");
}

static void a_measured_value(void **state)
{
    check(*state,
          "\"findings\": {\"mr.t2\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 0.1, "
          "\"intermediate\": 0.6, \"high\": 1}}}}",
          "chordoma", "metastasis",
          "T2 signal: high (measured) – seen in most cases of chordoma and in few of metastasis (18 of 20, "
          "First 2001 and 1 more source, against 4 of 20, Third 2003); almost three times as likely in "
          "chordoma as in metastasis.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value),
        cmocka_unit_test(a_presence),
        cmocka_unit_test(what_other_lesions_show),
        cmocka_unit_test(words_that_are_equal),
        cmocka_unit_test(a_set),
        cmocka_unit_test(a_number),
        cmocka_unit_test(nobody_studied_it),
        cmocka_unit_test(none_of_these),
        cmocka_unit_test(a_measured_value),
    };
    return cmocka_run_group_tests_name("reason_text", tests, set_up, tear_down);
}
