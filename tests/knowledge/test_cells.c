/* The arithmetic from rows to distributions, on numbers small enough to do by hand. The scales of the
 * fixture: words are worth 10 patients; scopes 1, 0.5, 0.25; caps 20 and 40; background strength 2, flat part
 * 1; silence 0.1. */
#include "fixture.h"

#include "base/arena.h"

#include <math.h>

#define TOLERANCE 1e-12

static double sum_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

static void counts_add_to_the_background(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(
        folder, "background.yaml",
        "evidence:\n  - { finding: mr.t2, shares: { low: 0.5, intermediate: 0.25, high: 0.25 }, n: 5, "
        "scope: cervical, source: one, where: here }\n");
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 5, intermediate: 2 }, n: 8", NULL);
    Knowledge *k = fixture_load(folder);
    /* b = (1/3 + 2.5, 1/3 + 1.25, 1/3 + 1.25) / 6 */
    assert_near(fixture_background(k, "mr.t2", 0), (1.0 / 3 + 2.5) / 6, TOLERANCE);
    assert_near(fixture_background(k, "mr.t2", 1), (1.0 / 3 + 1.25) / 6, TOLERANCE);
    const Cell *cell = fixture_cell(k, "chordoma", "mr.t2");
    /* one of the eight is none of the named: low */
    assert_near(cell->alpha[0], 2 * (1.0 / 3 + 2.5) / 6 + 1, TOLERANCE);
    assert_near(cell->alpha[1], 2 * (1.0 / 3 + 1.25) / 6 + 2, TOLERANCE);
    assert_near(cell->alpha[2], 2 * (1.0 / 3 + 1.25) / 6 + 5, TOLERANCE);
    assert_int_equal(cell->row_count, 1);
    assert_string_equal(cell->rows[0]->id, "chordoma.mr.t2.1");
    assert_true(cell->rows[0]->has_counts);
    assert_near(cell->rows[0]->n, 8, 0);
    /* a diagnosis without evidence keeps the background at its strength */
    assert_near(sum_of(fixture_cell(k, "metastasis", "mr.t2")->alpha, 3), 2, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void coarse_counts_are_shared_by_background_and_certain_counts(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(
        folder, "background.yaml",
        "evidence:\n  - { finding: mr.t2, shares: { low: 0.5, intermediate: 0.25, high: 0.25 }, n: 5, "
        "scope: cervical, source: one, where: here }\n");
    fixture_rows(folder, "chordoma",
                 "finding: mr.t2, counts: { high: 5, intermediate|high: 3, intermediate: 2 }", NULL);
    Knowledge *k = fixture_load(folder);
    double b = (1.0 / 3 + 1.25) / 6, high = 2 * b + 5, intermediate = 2 * b + 2;
    const Row *row = knowledge_row(k, "chordoma.mr.t2.1");
    assert_non_null(row);
    assert_near(row->mass[0], 0, 0);
    assert_near(row->mass[1], 2 + 3 * intermediate / (high + intermediate), TOLERANCE);
    assert_near(row->mass[2], 5 + 3 * high / (high + intermediate), TOLERANCE);
    assert_near(sum_of(row->mass, 3), 10, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void words_leave_the_rest_to_the_background(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: mr.t2, says: { high: usual }",
                 "finding: ct.nidus, says: { present: rare }, source: two",
                 "finding: ct.density, says: { lytic: usual, sclerotic: occasional }", NULL);
    fixture_rows(folder, "metastasis", "finding: mr.t2, says: { high: always, low: common }", NULL);
    Knowledge *k = fixture_load(folder);
    double low = fixture_background(k, "mr.t2", 0), middle = fixture_background(k, "mr.t2", 1);
    const Row *row = knowledge_row(k, "chordoma.mr.t2.1");
    assert_near(row->mass[2], 8, TOLERANCE);
    assert_near(row->mass[0], 2 * low / (low + middle), TOLERANCE);
    assert_near(row->mass[1], 2 * middle / (low + middle), TOLERANCE);
    assert_false(row->has_counts);
    assert_near(row->n, 0, 0);
    row = knowledge_row(k, "chordoma.ct.nidus.1");
    assert_near(row->mass[0], 1, TOLERANCE);
    assert_near(row->mass[1], 9, TOLERANCE);
    row = knowledge_row(k, "chordoma.ct.density.1");
    assert_near(row->mass[0], 8, TOLERANCE);
    assert_near(row->mass[1], 2, TOLERANCE);
    /* 0.95 + 0.6 is more than 1: scaled so that 0.02 is left for what is not named */
    row = knowledge_row(k, "metastasis.mr.t2.1");
    assert_near(row->mass[2], 10 * 0.98 * 0.95 / 1.55, TOLERANCE);
    assert_near(row->mass[0], 10 * 0.98 * 0.6 / 1.55, TOLERANCE);
    assert_near(row->mass[1], 0.2, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void members_of_a_set_are_distributions_of_their_own(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: site.levels, counts: { C2: 7 }, n: 11",
                 "finding: site.levels, says: { C1: occasional }, source: two", NULL);
    Knowledge *k = fixture_load(folder);
    const Row *row = knowledge_row(k, "chordoma.site.levels.1");
    const double expected[] = {0, 0, 7, 4, 0, 0};
    for (size_t i = 0; i < 6; i++) {
        assert_near(row->mass[i], expected[i], TOLERANCE);
    }
    /* C3: nobody speaks of it, so its background is flat; C2: the flat one and chordoma's 7 of 11 */
    assert_near(fixture_background(k, "site.levels", 4), 0.5, TOLERANCE);
    assert_near(fixture_background(k, "site.levels", 2), (0.5 + 7.0 / 11) / 2, TOLERANCE);
    const Cell *cell = fixture_cell(k, "chordoma", "site.levels");
    assert_near(cell->alpha[2], 2 * (0.5 + 7.0 / 11) / 2 + 7, TOLERANCE);
    assert_near(cell->alpha[0] + cell->alpha[1], 12, TOLERANCE);
    assert_near(cell->alpha[4] + cell->alpha[5], 2, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void numbers_are_counted_in_bins(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(
        folder, "chordoma", "finding: patient.age, counts: { ..10: 2, 10..40: 3, 70..: 5 }",
        "finding: patient.age, distribution: { mean: 40, sd: 10, n: 10, min: 20, max: 100 }, source: two",
        NULL);
    Knowledge *k = fixture_load(folder);
    double b0 = fixture_background(k, "patient.age", 0), b1 = fixture_background(k, "patient.age", 1);
    const Row *row = knowledge_row(k, "chordoma.patient.age.1");
    /* 10 to 40 is half of the first bin and all of the second */
    assert_near(row->mass[0], 2 + 3 * (b0 / 2) / (b0 / 2 + b1), TOLERANCE);
    assert_near(row->mass[1], 3 * b1 / (b0 / 2 + b1), TOLERANCE);
    assert_near(row->mass[2], 5, TOLERANCE);
    row = knowledge_row(k, "chordoma.patient.age.2");
    double below = 0.5 * erfc(-2 / sqrt(2.0)), cut = 1 - below; /* P(x < 60), and P(x < 20) */
    double total = 1 - cut - 0.5 * erfc(6 / sqrt(2.0));
    assert_near(row->mass[0], 0, 0);
    assert_near(row->mass[1], 10 * (0.5 - cut) / total, 1e-9);
    assert_near(sum_of(row->mass, 3), 10, 1e-9);
    knowledge_free(k);
    fixture_free(folder);
}

static void a_narrow_distribution_lies_in_one_bin(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: patient.age, distribution: { mean: 30, sd: 1e-300, n: 4 }",
                 NULL);
    Knowledge *k = fixture_load(folder);
    const Row *row = knowledge_row(k, "chordoma.patient.age.1");
    assert_near(row->mass[1], 4, TOLERANCE);
    assert_near(row->mass[0] + row->mass[2], 0, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void a_parent_value_means_it_or_its_refinements(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: clinical.primary_site, counts: { lung: 6, breast: 4 }", NULL);
    fixture_rows(folder, "metastasis",
                 "finding: clinical.primary_site, counts: { lung: 6, lung_small_cell: 3, breast: 1 }", NULL);
    Knowledge *k = fixture_load(folder);
    const Row *row = knowledge_row(k, "chordoma.clinical.primary_site.1");
    assert_near(row->mass[0] + row->mass[1], 6, TOLERANCE);
    assert_true(row->mass[1] > 0);
    row = knowledge_row(
        k, "metastasis.clinical.primary_site.1"); /* its refinement is named: the rest is its own */
    assert_near(row->mass[0], 6, TOLERANCE);
    assert_near(row->mass[1], 3, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void discounts_multiply(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma",
                 "finding: ct.nidus, counts: { present: 4, absent: 4 }, scope: spinal, selected: true, "
                 "weight: 0.5",
                 "finding: ct.nidus, counts: { present: 9 }, weight: 0, conflict: t2_dispute, source: two",
                 NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(knowledge_row(k, "chordoma.ct.nidus.1")->discount, 0.125, TOLERANCE);
    assert_near(knowledge_row(k, "chordoma.ct.nidus.2")->discount, 0, 0);
    /* the pooled background sees 0.5 of 1 patient, silent ones are no part of it: two have no file */
    double b = (0.5 + 0.5) / 2;
    assert_near(fixture_cell(k, "chordoma", "ct.nidus")->alpha[0], 2 * b + 0.5, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void one_source_is_capped(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: ct.nidus, counts: { present: 30, absent: 0 }",
                 "finding: ct.nidus, counts: { present: 0, absent: 10 }",
                 "finding: ct.nidus, counts: { present: 5, absent: 5 }, source: two", NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(knowledge_row(k, "chordoma.ct.nidus.1")->discount, 0.5,
                TOLERANCE); /* 40 patients count as 20 */
    assert_near(knowledge_row(k, "chordoma.ct.nidus.2")->discount, 0.5, TOLERANCE);
    assert_near(knowledge_row(k, "chordoma.ct.nidus.3")->discount, 1, TOLERANCE);
    assert_near(sum_of(fixture_cell(k, "chordoma", "ct.nidus")->alpha, 2), 2 + 20 + 10, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void silence_on_a_sign_means_rare_in_the_background(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: ct.density, counts: { lytic: 1, sclerotic: 1 }", NULL);
    fixture_rows(folder, "metastasis", "finding: ct.density, counts: { lytic: 1, sclerotic: 1 }", NULL);
    fixture_rows(folder, "osteoid_osteoma", "finding: ct.nidus, counts: { present: 9, absent: 1 }", NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(fixture_background(k, "ct.nidus", 0), (0.5 + 0.9 + 0.1 + 0.1) / 4, TOLERANCE);
    /* a choice that is no present/absent has no silence: the mean of the two that speak, and the flat one */
    assert_near(fixture_background(k, "ct.density", 0), 0.5, TOLERANCE);
    /* nobody speaks of it */
    assert_near(fixture_background(k, "mr.t2", 0), 1.0 / 3, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

/* As site.levels would not: what a histology report does not name was looked at and is not there. */
static void silence_in_an_exhaustive_set_means_rare_in_the_cell(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: path.cells, counts: { spindle: 8 }, n: 10",
                 "finding: site.levels, counts: { C1: 8 }, n: 10", NULL);
    fixture_rows(folder, "metastasis", "finding: path.cells, counts: { glands: 9 }, n: 10",
                 "finding: site.levels, counts: { C2: 9 }, n: 10", NULL);
    Knowledge *k = fixture_load(folder);
    /* of the flat part, the one that speaks and the silent one */
    assert_near(fixture_background(k, "path.cells", 2), (0.5 + 0.9 + 0.1) / 3, TOLERANCE);
    const Cell *cell = fixture_cell(k, "chordoma", "path.cells");
    assert_near(cell->alpha[0], 2 * (0.5 + 0.8 + 0.1) / 3 + 8, TOLERANCE); /* named: background and counts */
    assert_near(cell->alpha[2], 2 * 0.1, TOLERANCE); /* silent: rare, at the same strength */
    assert_near(cell->alpha[3], 2 * 0.9, TOLERANCE);
    assert_near(cell->alpha[4], 2 * 0.1,
                TOLERANCE); /* nobody speaks of it: its background is flat, this is not */
    /* a diagnosis that says nothing of the set keeps the background */
    cell = fixture_cell(k, "osteoid_osteoma", "path.cells");
    assert_near(cell->alpha[2], 2 * (0.5 + 0.9 + 0.1) / 3, TOLERANCE);
    /* nor is a set rare that is not exhaustive */
    cell = fixture_cell(k, "chordoma", "site.levels");
    assert_near(cell->alpha[2], 2 * (0.5 + 0.9 + 0.1) / 3, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void a_member_rarer_than_silence_stays_so(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(
        folder, "background.yaml",
        "evidence:\n  - { finding: path.cells, counts: { glands: 0 }, n: 19, scope: cervical, source: one, "
        "where: here }\n");
    fixture_rows(folder, "chordoma", "finding: path.cells, counts: { spindle: 8 }, n: 10", NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(fixture_background(k, "path.cells", 2), 0.5 / 20, TOLERANCE);
    assert_near(fixture_cell(k, "chordoma", "path.cells")->alpha[2], 2 * 0.5 / 20, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static void histology_of_any_site_counts_in_full(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(
        folder, "chordoma", "finding: path.cells, counts: { spindle: 8 }, n: 10, scope: general",
        "finding: path.cells, counts: { glands: 2 }, n: 8, scope: spinal, selected: true, weight: 0.5, "
        "source: two",
        "finding: ct.nidus, counts: { present: 1, absent: 9 }, scope: general", NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(knowledge_row(k, "chordoma.path.cells.1")->discount, 1, TOLERANCE);
    assert_near(knowledge_row(k, "chordoma.path.cells.2")->discount, 0.25, TOLERANCE); /* the others hold */
    assert_near(knowledge_row(k, "chordoma.ct.nidus.1")->discount, 0.25, TOLERANCE);   /* its site matters */
    knowledge_free(k);
    fixture_free(folder);
}

static void a_source_on_histology_has_a_cap_of_its_own(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: path.cells, counts: { spindle: 0 }, n: 80", NULL);
    Knowledge *k = fixture_load(folder);
    assert_near(knowledge_row(k, "chordoma.path.cells.1")->discount, 0.5, TOLERANCE);
    knowledge_free(k);
    fixture_free(folder);
}

static double of_member(const Knowledge *k, const char *diagnosis, int member)
{
    return fixture_cell(k, diagnosis, "path.cells")->mean[2 * member];
}

/* The fixture's exponent is 0.5. */
static void histology_that_one_diagnosis_explains_is_not_of_none_of_these(void **state)
{
    (void)state;
    enum { SPINDLE, GLANDS };
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: path.cells, counts: { spindle: 39, glands: 0 }, n: 40", NULL);
    fixture_rows(folder, "metastasis", "finding: path.cells, counts: { spindle: 0, glands: 1 }, n: 40", NULL);
    fixture_rows(folder, "osteoid_osteoma", "finding: path.cells, counts: { spindle: 0, glands: 0 }, n: 40",
                 NULL);
    Knowledge *k = fixture_load(folder);
    const Finding *f = vocabulary_find(knowledge_vocabulary(k), "path.cells");
    for (int m = SPINDLE; m <= GLANDS; m++) {
        double a = of_member(k, "chordoma", m), b = of_member(k, "metastasis", m),
               c = of_member(k, "osteoid_osteoma", m), most = fmax(a, fmax(b, c)),
               least = fmin(a, fmin(b, c));
        double present = pow((a + b + c - most) / 2, 0.5 + 0.5 * most),
               absent = pow(1 - (a + b + c - least) / 2, 0.5 + 0.5 * (1 - least));
        assert_near(knowledge_none(k, f)[(ptrdiff_t)2 * m], present / (present + absent), TOLERANCE);
    }
    assert_true(knowledge_none(k, f)[0] < of_member(k, "chordoma", SPINDLE) / 10);
    assert_true(knowledge_none(k, f)[2] > of_member(k, "metastasis", GLANDS)); /* what none of them does */
    knowledge_free(k);
    fixture_free(folder);
}

static void every_alpha_is_positive_and_every_background_adds_up(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 500 }",
                 "finding: site.levels, counts: { C1: 0 }, n: 30",
                 "finding: patient.age, distribution: { mean: 1, sd: 0.1, n: 50 }",
                 "finding: ct.nidus, says: { present: never }", NULL);
    Knowledge *k = fixture_load(folder);
    const Vocabulary *v = knowledge_vocabulary(k);
    for (size_t i = 0; i < vocabulary_count(v); i++) {
        const Finding *f = vocabulary_finding(v, i);
        size_t count = f->kind == FINDING_SET      ? 2 * f->value_count
                       : f->kind == FINDING_NUMBER ? f->bin_count
                                                   : f->value_count;
        for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
            for (size_t c = 0; c < count; c++) {
                assert_true(knowledge_cell(k, d, f)->alpha[c] > 0);
                assert_true(isfinite(knowledge_cell(k, d, f)->alpha[c]));
            }
        }
        assert_near(sum_of(knowledge_background(k, f), count),
                    f->kind == FINDING_SET ? (double)f->value_count : 1, 1e-12);
    }
    knowledge_free(k);
    fixture_free(folder);
}

static double mean_present(const char *folder)
{
    Knowledge *k = fixture_load(folder);
    const double *alpha = fixture_cell(k, "chordoma", "ct.nidus")->alpha;
    double mean = alpha[0] / (alpha[0] + alpha[1]);
    knowledge_free(k);
    return mean;
}

static void a_further_row_moves_the_mean_toward_it(void **state)
{
    (void)state;
    char *folder = fixture_new();
    const char *first = "finding: ct.nidus, counts: { present: 2, absent: 8 }";
    fixture_rows(folder, "chordoma", first, NULL);
    double before = mean_present(folder);
    static const char *const more[] = {
        "finding: ct.nidus, says: { present: always }, source: two",
        "finding: ct.nidus, counts: { present: 9, absent: 1 }, source: two",
        "finding: ct.nidus, shares: { present: 0.7 }, source: two, scope: general"};
    for (size_t i = 0; i < 3; i++) {
        fixture_rows(folder, "chordoma", first, more[i], NULL);
        assert_true(mean_present(folder) > before);
    }
    fixture_rows(folder, "chordoma", first, "finding: ct.nidus, says: { present: never }, source: two", NULL);
    assert_true(mean_present(folder) < before);
    fixture_free(folder);
}

static void the_order_of_rows_and_files_does_not_matter(void **state)
{
    (void)state;
    char *a = fixture_new(), *b = fixture_new();
    const char *one = "finding: mr.t2, counts: { high: 5, low|intermediate: 3 }";
    const char *two = "finding: mr.t2, says: { low: rare }, source: two";
    fixture_rows(a, "chordoma", one, two, NULL);
    fixture_rows(a, "metastasis", two, NULL);
    fixture_rows(b, "metastasis", two, NULL);
    fixture_rows(b, "chordoma", two, one, NULL);
    Knowledge *ka = fixture_load(a), *kb = fixture_load(b);
    for (size_t i = 0; i < 3; i++) {
        assert_near(fixture_cell(ka, "chordoma", "mr.t2")->alpha[i],
                    fixture_cell(kb, "chordoma", "mr.t2")->alpha[i], 1e-12);
        assert_near(fixture_cell(ka, "osteoid_osteoma", "mr.t2")->alpha[i],
                    fixture_cell(kb, "osteoid_osteoma", "mr.t2")->alpha[i], 1e-12);
    }
    knowledge_free(ka);
    knowledge_free(kb);
    fixture_free(a);
    fixture_free(b);
}

static void the_version_follows_the_content_only(void **state)
{
    (void)state;
    char *a = fixture_new(), *b = fixture_new();
    Knowledge *ka = fixture_load(a), *kb = fixture_load(b);
    assert_string_equal(knowledge_version(ka), knowledge_version(kb)); /* whatever the folder's name */
    assert_int_equal(strlen(knowledge_version(ka)), strlen("sha256:") + 64);
    knowledge_free(kb);
    fixture_write(b, "alerts.yaml",
                  "alerts: []\n"); /* of another room, and yet part of what answers follow from */
    kb = fixture_load(b);
    assert_string_not_equal(knowledge_version(ka), knowledge_version(kb));
    knowledge_free(ka);
    knowledge_free(kb);
    fixture_free(a);
    fixture_free(b);
}

static void priors_are_trees(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(
        folder, "priors.yaml",
        "clinic:\n  label: All comers\n  tree:\n    weights: { secondary: 0.9, primary: 0.1 }\n    n: 47\n   "
        " source: one\n"
        "    where: here\n    children:\n      secondary: { diagnosis: metastasis }\n      primary:\n"
        "        counts: { chordoma: 300, osteoid_osteoma: 100 }\n        source: two\n        where: there\n"
        "bone:\n  label: Primary only\n  leaves_out: [metastasis]\n  tree: { counts: { chordoma: 1, "
        "osteoid_osteoma: 0 },"
        " source: one, where: here }\n"
        "uniform: { label: Each the same, uniform: true }\n");
    Knowledge *k = fixture_load(folder);
    assert_int_equal(knowledge_prior_count(k), 3);
    assert_null(knowledge_find_prior(k, "nothing"));
    const Prior *clinic = knowledge_find_prior(k, "clinic");
    assert_near(clinic->none_of_these, 0.05, 0);
    assert_near(clinic->root->alpha[0], 0.9 * 47 + 1.5, TOLERANCE);
    assert_near(clinic->root->alpha[1], 0.1 * 47 + 1.5, TOLERANCE);
    assert_int_equal(clinic->root->children[0].diagnosis, 1);
    const PriorNode *primary = &clinic->root->children[1];
    assert_int_equal(primary->diagnosis, -1);
    assert_near(primary->alpha[0], 75 + 1.5, TOLERANCE); /* 400 patients count as 100 */
    assert_near(primary->alpha[1], 25 + 1.5, TOLERANCE);
    assert_string_equal(primary->source->id, "two");
    const Prior *bone = knowledge_find_prior(k, "bone");
    assert_near(bone->root->alpha[1], 1.5, TOLERANCE); /* a count of 0 stays possible */
    const Prior *uniform = knowledge_find_prior(k, "uniform");
    assert_int_equal(uniform->root->child_count, 3);
    assert_near(uniform->root->alpha[0], uniform->root->alpha[2], 0);
    knowledge_free(k);
    fixture_free(folder);
}

static const Conflict *conflict_of(const Knowledge *k, const char *id)
{
    for (size_t i = 0; i < knowledge_conflict_count(k); i++) {
        if (strcmp(knowledge_conflict(k, i)->id, id) == 0) {
            return knowledge_conflict(k, i);
        }
    }
    return NULL;
}

static void conflicts_are_tied_and_found(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma",
                 "finding: mr.t2, counts: { high: 10, intermediate: 0 }, conflict: t2_dispute",
                 "finding: mr.t2, counts: { high: 0, low: 10 }, conflict: t2_dispute, source: two",
                 "finding: ct.nidus, counts: { present: 10, absent: 0 }",
                 "finding: ct.nidus, counts: { present: 1, absent: 9 }, source: two",
                 "finding: site.levels, counts: { C2: 9 }, n: 10",
                 "finding: site.levels, counts: { C2: 0 }, n: 4, source: two",
                 "finding: patient.age, distribution: { mean: 40, sd: 10, n: 50 }",
                 "finding: patient.age, distribution: { mean: 60, sd: 10, n: 50 }, source: two", NULL);
    Knowledge *k = fixture_load(folder);
    const Conflict *written = conflict_of(k, "t2_dispute");
    assert_true(written->written);
    assert_int_equal(written->row_count, 2);
    assert_string_equal(written->sources[0]->id, "two");
    const Conflict *found = conflict_of(k, "chordoma.ct.nidus");
    assert_non_null(found);
    assert_false(found->written);
    assert_int_equal(found->row_count, 2);
    assert_non_null(strstr(found->question, "First 2001 present 10, absent 0 of 10"));
    assert_non_null(conflict_of(k, "chordoma.patient.age"));
    assert_null(conflict_of(k, "chordoma.mr.t2"));       /* written already */
    assert_null(conflict_of(k, "chordoma.site.levels")); /* four patients are too few */
    knowledge_free(k);
    fixture_free(folder);
}

static void statements_are_tied_to_the_conflict_they_name(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(
        folder, "general.yaml",
        "statements:\n  - { topic: mr, text: In general, source: one, where: here, conflict: t2_dispute }\n"
        "  - { topic: mr, text: Undisputed, source: one, where: here }\n");
    fixture_write(
        folder, "diagnoses/chordoma.yaml",
        "id: chordoma\nsummary: s\nevidence: []\n"
        "statements:\n  - { topic: mr, text: In chordoma, source: two, where: there, conflict: t2_dispute }\n"
        "pitfalls:\n  - { text: A trap, source: two, where: there, conflict: t2_dispute }\n");
    Knowledge *k = fixture_load(folder);
    const Conflict *written = conflict_of(k, "t2_dispute");
    assert_int_equal(written->row_count, 0);
    assert_int_equal(written->statement_count, 3);
    assert_string_equal(written->statements[0]->text, "In general");
    assert_string_equal(written->statements[1]->text, "In chordoma");
    assert_string_equal(written->statements[2]->topic, "pitfall");
    assert_string_equal(written->statements[2]->conflict, "t2_dispute");
    size_t count = 0;
    assert_string_equal(knowledge_general(k, &count)[1].conflict, "");
    knowledge_free(k);
    fixture_free(folder);
}

static void what_is_lumped_is_not_compared(void **state)
{
    (void)state;
    char *folder = fixture_new();
    /* "low or intermediate" in ten agrees with "low" in ten, however it is shared out */
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { low|intermediate: 10 }",
                 "finding: mr.t2, counts: { low: 10 }, source: two", NULL);
    /* the same shares in large and small series, and a difference that is significant and small */
    fixture_rows(folder, "metastasis", "finding: ct.nidus, counts: { present: 500, absent: 500 }",
                 "finding: ct.nidus, counts: { present: 580, absent: 420 }, source: two", NULL);
    Knowledge *k = fixture_load(folder);
    assert_int_equal(knowledge_conflict_count(k), 1);
    assert_true(knowledge_conflict(k, 0)->written);
    knowledge_free(k);
    fixture_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_add_to_the_background),
        cmocka_unit_test(coarse_counts_are_shared_by_background_and_certain_counts),
        cmocka_unit_test(words_leave_the_rest_to_the_background),
        cmocka_unit_test(members_of_a_set_are_distributions_of_their_own),
        cmocka_unit_test(numbers_are_counted_in_bins),
        cmocka_unit_test(a_narrow_distribution_lies_in_one_bin),
        cmocka_unit_test(a_parent_value_means_it_or_its_refinements),
        cmocka_unit_test(discounts_multiply),
        cmocka_unit_test(one_source_is_capped),
        cmocka_unit_test(silence_on_a_sign_means_rare_in_the_background),
        cmocka_unit_test(silence_in_an_exhaustive_set_means_rare_in_the_cell),
        cmocka_unit_test(a_member_rarer_than_silence_stays_so),
        cmocka_unit_test(histology_of_any_site_counts_in_full),
        cmocka_unit_test(a_source_on_histology_has_a_cap_of_its_own),
        cmocka_unit_test(histology_that_one_diagnosis_explains_is_not_of_none_of_these),
        cmocka_unit_test(every_alpha_is_positive_and_every_background_adds_up),
        cmocka_unit_test(a_further_row_moves_the_mean_toward_it),
        cmocka_unit_test(the_order_of_rows_and_files_does_not_matter),
        cmocka_unit_test(the_version_follows_the_content_only),
        cmocka_unit_test(priors_are_trees),
        cmocka_unit_test(conflicts_are_tied_and_found),
        cmocka_unit_test(statements_are_tied_to_the_conflict_they_name),
        cmocka_unit_test(what_is_lumped_is_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
