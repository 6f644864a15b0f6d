/* The shipped vocabulary, and what the loader refuses. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "document/vocabulary.h"

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

static const Finding *finding(const Vocabulary *v, const char *id)
{
    const Finding *f = vocabulary_find(v, id);
    assert_non_null(f);
    return f;
}

static void holds_every_finding(void **state)
{
    const Vocabulary *v = *state;
    assert_int_equal(vocabulary_count(v), 140);
    assert_int_equal(vocabulary_examination_count(v), 14);
    assert_int_equal(vocabulary_diagnosis_count(v), 22);
    for (size_t i = 0; i < vocabulary_count(v); i++) {
        const Finding *f = vocabulary_finding(v, i);
        assert_int_equal(f->index, i);
        assert_ptr_equal(vocabulary_find(v, f->id), f);
        assert_true(strlen(f->label) > 0 && strlen(f->definition) > 10 && strlen(f->section_label) > 0);
        assert_true(f->sign < vocabulary_sign_count(v));
        assert_int_equal(strncmp(f->id, f->section, strlen(f->section)), 0);
        assert_true(f->kind == FINDING_NUMBER ? f->value_count == 0 : f->value_count >= 2);
        assert_int_equal(f->use == FINDING_FOR_SCORES, strcmp(f->section, "stage") == 0);
        for (const char *const *e = f->examinations; *e; e++) {
            assert_true(vocabulary_find_examination(v, *e) >= 0);
        }
    }
}

static void knows_the_diagnoses(void **state)
{
    const Vocabulary *v = *state;
    size_t in_review = 0;
    for (size_t i = 0; i < vocabulary_diagnosis_count(v); i++) {
        const DiagnosisName *d = vocabulary_diagnosis(v, i);
        in_review += d->in_review;
        assert_int_equal(d->in_review, i < 10);
        assert_int_equal(vocabulary_find_diagnosis(v, d->id), i);
        assert_true(strlen(d->name) > 0 && strlen(d->term) > 0);
    }
    assert_int_equal(in_review, 10);
    assert_string_equal(vocabulary_diagnosis(v, 4)->group, "intermediate");
    assert_int_equal(vocabulary_find_diagnosis(v, "none_of_these"), -1);
}

static void values_refine_their_parents(void **state)
{
    const Finding *f = finding(*state, "clinical.primary_site");
    uint64_t mask = finding_closure(f, finding_value(f, "gastrointestinal"));
    static const char *const inside[] = {"gastrointestinal", "stomach", "oesophagus", "colon",
                                         "rectum",           "pancreas"};
    uint64_t wanted = 0;
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        wanted |= UINT64_C(1) << finding_value(f, inside[i]);
    }
    assert_true(mask == wanted);
    assert_true(finding_closure(f, finding_value(f, "breast")) == UINT64_C(1) << finding_value(f, "breast"));
    assert_string_equal(f->values[f->values[finding_value(f, "melanoma")].parent].id, "skin");
    assert_string_equal(f->values[f->values[finding_value(f, "bladder")].parent].id, "urothelial");
    assert_string_equal(f->values[f->values[finding_value(f, "lung_small_cell")].parent].id, "lung");
    assert_int_equal(f->values[finding_value(f, "liver")].parent, -1);
}

static void sets_know_their_none(void **state)
{
    const Finding *levels = finding(*state, "site.levels");
    const Finding *matrix = finding(*state, "path.matrix");
    assert_int_equal(levels->none_value, -1);
    assert_int_equal(matrix->none_value, finding_value(matrix, "none"));
    assert_int_equal(finding(*state, "ct.expansion")->none_value, -1); /* a choice has none */
    const Finding *positive = finding(*state, "path.positive"), *negative = finding(*state, "path.negative");
    assert_int_equal(positive->value_count, negative->value_count);
    assert_int_equal(finding_value(positive, "braf"), finding_value(negative, "braf"));
}

static void numbers_fall_into_bins(void **state)
{
    const Finding *age = finding(*state, "patient.age");
    assert_int_equal(age->bin_count, 18);
    assert_string_equal(age->unit, "a");
    assert_int_equal(finding_bin(age, 0), 0);
    assert_int_equal(finding_bin(age, 4.99), 0);
    assert_int_equal(finding_bin(age, 5), 1);
    assert_int_equal(finding_bin(age, 85), 17);
    assert_int_equal(finding_bin(age, 120), 17);
    const Finding *kps = finding(*state, "stage.kps");
    assert_int_equal(kps->bin_count, 1);
    for (size_t i = 0; i < vocabulary_count(*state); i++) {
        const Finding *f = vocabulary_finding(*state, i);
        if (f->kind == FINDING_NUMBER) {
            assert_near(f->bin_edges[0], f->minimum, 0);
            assert_near(f->bin_edges[f->bin_count], f->maximum, 0);
        }
    }
}

static void groups_findings_into_signs(void **state)
{
    const Vocabulary *v = *state;
    assert_int_equal(finding(v, "mr.t2")->sign, finding(v, "mr.stir")->sign);
    assert_int_equal(finding(v, "mr.t2")->sign, finding(v, "mr.t2_brighter_than_disc")->sign);
    assert_string_equal(vocabulary_sign(v, finding(v, "mr.t2")->sign)->label, "T2 signal");
    assert_int_not_equal(finding(v, "mr.t1")->sign, finding(v, "mr.t2")->sign);
    const Sign *alone = vocabulary_sign(v, finding(v, "site.levels")->sign);
    assert_string_equal(alone->id, "site.levels");
    for (size_t i = 0; i < vocabulary_sign_count(v); i++) {
        assert_int_equal(vocabulary_sign(v, i)->index, i);
    }
}

static void suggests_names(void **state)
{
    assert_string_equal(vocabulary_nearest(*state, "mr.t1_signl_below_disc"), "mr.t1_below_disc");
    assert_string_equal(vocabulary_nearest(*state, "t1"), "mr.t1");
    assert_null(vocabulary_nearest(*state, "completely different"));
    assert_string_equal(finding_nearest_value(finding(*state, "mr.t1"), "intermediat"), "intermediate");
    assert_int_equal(finding_value(finding(*state, "mr.t1"), "bright"), -1);
    assert_null(vocabulary_find(*state, "mr.t3"));
    assert_int_equal(vocabulary_find_examination(*state, "ultrasound"), -1);
}

/* ---- what is refused ---- */

#define HEAD                                                                                                 \
    "format: dens-vocabulary/1\n"                                                                            \
    "sections: {mr: {label: MR, examinations: [t1]}}\n"                                                      \
    "examinations: {t1: T1, t2: T2}\n"
#define SIGNS "signs: {}\n"
#define TAIL "diagnoses: []\n"
#define ONE(rest) "findings:\n  - {id: mr.t1, label: L, definition: D, " rest "}\n"

typedef struct {
    const char *text, *where, *summary;
} Refused;

static const Refused refused[] = {
    {"format: dens-vocabulary/2\n", "vocabulary.yaml:1:9: $.format", "'dens-vocabulary/1'"},
    {"[1]\n", "vocabulary.yaml:1:", "must be a map, not a list"},
    {"formt: x\n", ":1:1: $.formt", "did you mean 'format'"},
    {HEAD SIGNS TAIL, "vocabulary.yaml:1:1: $", "'findings' is missing"},
    {HEAD SIGNS TAIL ONE("kind: presence, colour: red"), "$.findings[0].colour", "unknown key"},
    {HEAD SIGNS TAIL ONE("kind: presense"), ":7:", "unknown kind 'presense'; did you mean 'presence'?"},
    {HEAD SIGNS TAIL ONE("kind: choice"), "$.findings[0]", "either 'values' or 'values_of'"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: []"), "$.findings[0].values", "1 to 64 values"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [a, b, a]"), "values[2]", "the value 'a' is here twice"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [a, \"b c\"]"), "values[1]", "letters, digits and _ only"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [a, {id: b, refines: c}]"), "values[1].refines",
     "'c' is no value of this finding"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [{id: a, refines: b}, {id: b, refines: a}]"), "values[0]",
     "refines itself in a circle"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [{id: a, refines: a}]"), "values[0]", "in a circle"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [z, {id: a, refines: b}, {id: b, refines: c}, "
                         "{id: c, refines: b}]"),
     "values[1]", "in a circle"},
    {HEAD SIGNS TAIL ONE("kind: choice, values: [a, 2]"), "values[1]", "must be a map, not a number"},
    {HEAD SIGNS TAIL ONE("kind: choice, values_of: mr.t9"), "values_of", "no earlier finding with values"},
    {HEAD SIGNS TAIL ONE("kind: presence, values: [a]"), "$.findings[0].values",
     "a presence has no 'values'"},
    {HEAD SIGNS TAIL ONE("kind: set, values: [a], unit: mm"), ".unit", "a set has no 'unit'"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm"), "$.findings[0]", "'range' is missing"},
    {HEAD SIGNS TAIL ONE("kind: number, range: [0, 1]"), "$.findings[0]", "'unit' is missing"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm, range: [1, 0]"), "range[1]",
     "greater than the number before"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm, range: [1]"), "range", "must be [minimum, maximum]"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm, range: [0, 9], bins: [0, 5, 5, 9]"), "bins[2]",
     "greater than the number before"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm, range: [0, 9], bins: [0, 5, 8]"), ".bins",
     "begin and end where the range does"},
    {HEAD SIGNS TAIL ONE("kind: number, unit: mm, range: [0, 9], bins: [0, x]"), "bins[1]",
     "must be a number"},
    {HEAD SIGNS TAIL ONE("kind: presence, sign: t9"), ".sign", "unknown sign 't9'"},
    {HEAD SIGNS TAIL ONE("kind: presence, use: score"), ".use", "did you mean 'scores'"},
    {HEAD SIGNS TAIL ONE("kind: presence, examinations: [t3]"), "examinations[0]",
     "unknown examination 't3'"},
    {HEAD SIGNS TAIL ONE("kind: presence, examinations: [t1, t1]"), "examinations[1]", "listed twice"},
    {HEAD SIGNS TAIL "findings:\n- {id: t1, label: L, definition: D, kind: presence}\n", "findings[0].id",
     "SECTION.NAME"},
    {HEAD SIGNS TAIL "findings:\n- {id: us.t1, label: L, definition: D, kind: presence}\n", "findings[0].id",
     "not among the sections"},
    {HEAD SIGNS TAIL "findings:\n- {id: mr.t1, label: \"\", definition: D, kind: presence}\n", ".label",
     "must not be empty"},
    {HEAD SIGNS TAIL "findings:\n- {id: mr.t1, label: L, kind: presence}\n", "findings[0]",
     "'definition' is missing"},
    {HEAD SIGNS TAIL ONE("kind: presence") "  - {id: mr.t1, label: L, definition: D, kind: presence}\n",
     "findings[1].id", "the finding 'mr.t1' is here twice"},
    {HEAD "signs: {lonely: Lonely}\n" TAIL ONE("kind: presence"), ":4:", "no finding has this sign"},
    {HEAD SIGNS ONE("kind: presence") "diagnoses: [{id: a, name: A, term: a, group: bening}]\n",
     "diagnoses[0].group", "did you mean 'benign'?"},
    {HEAD SIGNS ONE("kind: presence") "diagnoses: [{id: a, name: A, group: benign}]\n", "diagnoses[0]",
     "'term' is missing"},
    {HEAD SIGNS ONE("kind: presence") "diagnoses:\n- &a {id: a, name: A, term: a, group: benign}\n",
     "vocabulary.yaml", ""},
    {HEAD SIGNS ONE("kind: presence") "diagnoses:\n- {id: a, name: A, term: a, group: benign}\n"
                                      "- {id: a, name: A, term: a, group: benign}\n",
     "diagnoses[1].id", "the diagnosis 'a' is here twice"},
    {HEAD SIGNS ONE("kind: presence") "diagnoses: [{id: none_of_these, name: A, term: a, group: benign}]\n",
     "diagnoses[0].id", "reserved"},
    {HEAD SIGNS ONE("kind: presence") "diagnoses: [{id: a, name: A, term: a, group: benign, review: 1}]\n",
     "diagnoses[0].review", "not a number"},
    {"format: dens-vocabulary/1\nformat: dens-vocabulary/1\n", "vocabulary.yaml:2", ""},
};

static void refuse(const char *folder, const char *text, const char *where, const char *summary)
{
    DensError *err = NULL;
    AUTO_TEXT path = TEXT_INIT;
    text_addf(&path, "%s/vocabulary.yaml", folder);
    assert_true(file_write(text_string(&path), text, strlen(text), &err));
    assert_no_error(err);
    Vocabulary *v = vocabulary_load(folder, &err);
    if (v) {
        print_error("accepted:\n%s\n", text);
    }
    assert_null(v);
    assert_error(&err, DENS_ERROR_INPUT, where, summary);
    assert_int_equal(unlink(text_string(&path)), 0);
}

static void refuses_mistakes_with_their_place(void **state)
{
    (void)state;
    char folder[] = "/tmp/dens-vocabulary-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        refuse(folder, refused[i].text, refused[i].where, refused[i].summary);
    }
    AUTO_TEXT many = TEXT_INIT;
    text_add(&many,
             HEAD SIGNS TAIL "findings:\n- {id: mr.t1, label: L, definition: D, kind: set, values: [v0");
    for (int i = 1; i < 65; i++) {
        text_addf(&many, ", v%d", i);
    }
    text_add(&many, "]}\n");
    refuse(folder, text_string(&many), "findings[0].values", "1 to 64 values");
    assert_int_equal(rmdir(folder), 0);
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_null(vocabulary_load("/nowhere", &err));
    assert_error(&err, DENS_ERROR_INPUT, "/nowhere/vocabulary.yaml", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_every_finding),
        cmocka_unit_test(knows_the_diagnoses),
        cmocka_unit_test(values_refine_their_parents),
        cmocka_unit_test(sets_know_their_none),
        cmocka_unit_test(numbers_fall_into_bins),
        cmocka_unit_test(groups_findings_into_signs),
        cmocka_unit_test(suggests_names),
        cmocka_unit_test(refuses_mistakes_with_their_place),
        cmocka_unit_test(a_missing_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
