/* The posterior against its own definition, worked out by hand here, and its properties. */
#include "testing.h"

#include "base/json.h"
#include "infer/infer.h"

#include <math.h>
#include <stdio.h>

typedef struct {
    Knowledge *knowledge;
    const Prior *uniform;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    char *folder = source_path("knowledge");
    DensError *error = NULL;
    f->knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    f->uniform = knowledge_find_prior(f->knowledge, "uniform");
    assert_non_null(f->uniform);
    free(folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    knowledge_free(f->knowledge);
    test_free(f);
    return 0;
}

static Case *case_of(const Fixture *f, const char *patient, const char *findings)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "{\"format\": \"dens-case/1\", \"patient\": {%s}, \"findings\": {%s}}",
                   patient, findings);
    DensError *error = NULL;
    Arena *arena = arena_new();
    const Value *root = json_parse(arena, text, strlen(text), "test", &error);
    assert_no_error(error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    arena_free(arena);
    return c;
}

static Posterior *posterior_of(const Fixture *f, const char *patient, const char *findings,
                               InferOptions options)
{
    Case *c = case_of(f, patient, findings);
    options.prior = options.prior ? options.prior : f->uniform;
    Posterior *p = infer_posterior(f->knowledge, c, &options);
    case_free(c);
    return p;
}

static size_t index_of(const Fixture *f, const char *diagnosis)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(f->knowledge), diagnosis);
    assert_true(index >= 0);
    return (size_t)index;
}

/* P(value | diagnosis) in one state, worked out from the cell: its mean, with the share of slips that follow
 * the background. */
static double chance_with(const Fixture *f, size_t diagnosis, size_t component, const char *finding,
                          const char *value, double slip)
{
    const Finding *found = vocabulary_find(knowledge_vocabulary(f->knowledge), finding);
    const Cell *cell = knowledge_component_cell(f->knowledge, diagnosis, component, found);
    double sum = 0;
    for (size_t v = 0; v < found->value_count; v++) {
        sum += cell->alpha[v];
    }
    int at = finding_value(found, value);
    return (1 - slip) * cell->alpha[at] / sum + slip * knowledge_background(f->knowledge, found)[at];
}

/* Over typical and atypical patients. */
static double mean_slip_of(const Fixture *f)
{
    const InferenceScales *s = knowledge_scales(f->knowledge);
    return (1 - s->atypical_share) * s->reader_slip + s->atypical_share * s->atypical_slip;
}

/* The share of a component; of a diagnosis without them component 0 is all. */
static double share_of(const Fixture *f, size_t diagnosis, size_t component)
{
    const Diagnosis *d = knowledge_diagnosis(f->knowledge, diagnosis);
    double sum = 0;
    for (size_t c = 0; c < d->component_count; c++) {
        sum += d->component_alpha[c];
    }
    return d->component_count ? d->component_alpha[component] / sum : 1;
}

static size_t components_of(const Fixture *f, size_t diagnosis)
{
    size_t count = knowledge_diagnosis(f->knowledge, diagnosis)->component_count;
    return count ? count : 1;
}

static double chance_of(const Fixture *f, size_t diagnosis, const char *finding, const char *value)
{
    double sum = 0;
    for (size_t c = 0; c < components_of(f, diagnosis); c++) {
        sum += share_of(f, diagnosis, c) * chance_with(f, diagnosis, c, finding, value, mean_slip_of(f));
    }
    return sum;
}

static void test_one_finding_is_bayes(void **state)
{
    const Fixture *f = *state;
    Posterior *p =
        posterior_of(f, "", "\"ct.density\": \"sclerotic\"", (InferOptions){.without_intervals = true});
    size_t a = index_of(f, "metastasis"), b = index_of(f, "chordoma");
    double expected = chance_of(f, a, "ct.density", "sclerotic") / chance_of(f, b, "ct.density", "sclerotic");
    assert_near(p->probability[a] / p->probability[b], expected, 1e-9 * expected);
    posterior_free(p);
}

static void test_a_hedge_adds_its_values(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(f, "", "\"mr.t2\": [\"intermediate\", \"high\"]",
                                (InferOptions){.without_intervals = true});
    size_t a = index_of(f, "giant_cell_tumor"), b = index_of(f, "chordoma");
    double of_a = chance_of(f, a, "mr.t2", "intermediate") + chance_of(f, a, "mr.t2", "high");
    double of_b = chance_of(f, b, "mr.t2", "intermediate") + chance_of(f, b, "mr.t2", "high");
    assert_near(p->probability[a] / p->probability[b], of_a / of_b, 1e-9);
    posterior_free(p);
}

/* Standard deviation over the diagnoses of ln P(value | diagnosis). */
static double spread_of(const Fixture *f, const char *finding, const char *value)
{
    size_t count = knowledge_diagnosis_count(f->knowledge);
    double sum = 0, squares = 0;
    for (size_t d = 0; d < count; d++) {
        double x = log(chance_of(f, d, finding, value));
        sum += x;
        squares += x * x;
    }
    double mean = sum / (double)count;
    return sqrt(squares / (double)count - mean * mean);
}

static void test_aspects_of_one_sign_are_tempered(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(f, "", "\"mr.t2\": \"high\", \"mr.stir\": \"high\"",
                                (InferOptions){.without_intervals = true});
    const InferenceScales *scales = knowledge_scales(f->knowledge);
    size_t a = index_of(f, "osteosarcoma"), b = index_of(f, "nerve_sheath_tumor");
    double s = spread_of(f, "mr.t2", "high"), t = spread_of(f, "mr.stir", "high");
    double speaking = (s + t) * (s + t) / (s * s + t * t);
    assert_true(speaking > 1 && speaking <= 2);
    double factor = pow(speaking, -scales->sign_tempering), chance[2] = {0, 0};
    for (size_t at = 0; at < 2; at++) {
        double slip = at ? scales->atypical_slip : scales->reader_slip;
        double share = at ? scales->atypical_share : 1 - scales->atypical_share;
        for (size_t i = 0; i < 2; i++) {
            size_t d = i ? b : a;
            for (size_t c = 0; c < components_of(f, d); c++) {
                double both = chance_with(f, d, c, "mr.t2", "high", slip) *
                              chance_with(f, d, c, "mr.stir", "high", slip);
                chance[i] += share * share_of(f, d, c) * pow(both, factor);
            }
        }
    }
    assert_near(log(p->probability[b] / p->probability[a]), log(chance[1] / chance[0]), 1e-9);
    posterior_free(p);
}

static void test_a_finding_that_says_nothing_changes_nothing(void **state)
{
    const Fixture *f = *state;
    double spread[2] = {0.8, 0}, squares[2] = {0.64, 0};
    SignEvidence sign = {.finding_count = 2, .spread = spread, .spread_squares = squares};
    assert_near(sign_factor(&sign, 3, 0.5), 1, 1e-12);
    spread[1] = 0.8;
    squares[1] = 0.64;
    assert_near(sign_factor(&sign, 3, 0.5), pow(2, -0.5), 1e-12);
    assert_near(sign_factor(&sign, 1, 0.5), 1, 1e-12);
    spread[0] = spread[1] = squares[0] = squares[1] = 0;
    assert_near(sign_factor(&sign, 3, 0.5), 1, 1e-12);
    (void)f;
}

static void test_no_single_finding_excludes(void **state)
{
    const Fixture *f = *state;
    const Finding *found = vocabulary_find(knowledge_vocabulary(f->knowledge), "ct.nidus");
    double least =
        mean_slip_of(f) * knowledge_background(f->knowledge, found)[finding_value(found, "present")];
    for (size_t d = 0; d < knowledge_diagnosis_count(f->knowledge); d++) {
        assert_true(chance_of(f, d, "ct.nidus", "present") >= least);
    }
    Posterior *p =
        posterior_of(f, "", "\"ct.nidus\": \"present\"", (InferOptions){.without_intervals = true});
    for (size_t d = 0; d + 1 < p->hypothesis_count; d++) {
        assert_true(p->log_likelihood[d] >= log(least) - 1e-9);
    }
    posterior_free(p);
}

static void test_an_age_in_whole_years_is_half_a_year_more(void **state)
{
    const Fixture *f = *state;
    Posterior *whole = posterior_of(f, "\"age\": 14", "", (InferOptions){.without_intervals = true});
    Posterior *half = posterior_of(f, "\"age\": 14.5", "", (InferOptions){.without_intervals = true});
    for (size_t h = 0; h < whole->hypothesis_count; h++) {
        assert_near(whole->probability[h], half->probability[h], 1e-15);
    }
    posterior_free(whole);
    posterior_free(half);
}

static void test_probabilities_add_up_and_are_in_order(void **state)
{
    const Fixture *f = *state;
    static const char *const cases[] = {
        "", "\"ct.nidus\": \"present\"", "\"site.levels\": [\"C2\", \"C3\"], \"mr.t1\": \"low\"",
        "\"site.size_mm\": 31, \"path.positive\": [\"brachyury\"], \"path.negative\": [\"cd138\"]"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Posterior *p = posterior_of(f, "\"age\": 55, \"sex\": \"male\"", cases[i], (InferOptions){0});
        double sum = 0;
        for (size_t h = 0; h < p->hypothesis_count; h++) {
            sum += p->probability[h];
            assert_true(p->low[h] >= 0 && p->low[h] <= p->probability[h] && p->probability[h] <= p->high[h] &&
                        p->high[h] <= 1);
            if (h > 0) {
                assert_true(p->probability[p->order[h - 1]] >= p->probability[p->order[h]]);
            }
        }
        assert_near(sum, 1, 1e-12);
        posterior_free(p);
    }
}

static void test_nothing_known_is_the_prior(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(f, "", "", (InferOptions){.without_intervals = true});
    size_t none = p->hypothesis_count - 1;
    assert_int_equal(p->sign_count, 0);
    assert_near(p->probability[none], 0.05, 1e-12);
    assert_near(p->probability[0], 0.95 / (double)none, 1e-12);
    posterior_free(p);
}

static void test_a_hedge_over_everything_says_nothing(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(f, "", "\"mr.t1\": [\"low\", \"intermediate\", \"high\"]",
                                (InferOptions){.without_intervals = true});
    assert_int_equal(p->sign_count, 0);
    posterior_free(p);
}

static void test_absent_counts(void **state)
{
    const Fixture *f = *state;
    size_t abc = index_of(f, "aneurysmal_bone_cyst");
    Posterior *with =
        posterior_of(f, "", "\"mr.fluid_levels\": \"present\"", (InferOptions){.without_intervals = true});
    Posterior *without =
        posterior_of(f, "", "\"mr.fluid_levels\": \"absent\"", (InferOptions){.without_intervals = true});
    Posterior *unknown = posterior_of(f, "", "", (InferOptions){.without_intervals = true});
    assert_true(with->probability[abc] > unknown->probability[abc]);
    assert_true(without->probability[abc] < unknown->probability[abc]);
    posterior_free(with);
    posterior_free(without);
    posterior_free(unknown);
}

static void test_a_measured_finding_weighs_at_most_ten(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(
        f, "",
        "\"mr.t2\": {\"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 0, \"intermediate\": 0, "
        "\"high\": 1}}}",
        (InferOptions){.without_intervals = true});
    for (size_t a = 0; a < p->hypothesis_count; a++) {
        for (size_t b = 0; b < p->hypothesis_count; b++) {
            assert_true(p->log_likelihood[a] - p->log_likelihood[b] <= log(10) + 1e-12);
        }
    }
    posterior_free(p);
}

static void test_the_reader_wins(void **state)
{
    const Fixture *f = *state;
    Posterior *both = posterior_of(
        f, "",
        "\"mr.t2\": {\"read\": \"low\", \"measured\": {\"value\": \"high\", \"likelihood\": {\"low\": 0.1, "
        "\"intermediate\": 0.2, \"high\": 1}}}",
        (InferOptions){.without_intervals = true});
    Posterior *read = posterior_of(f, "", "\"mr.t2\": \"low\"", (InferOptions){.without_intervals = true});
    for (size_t h = 0; h < both->hypothesis_count; h++) {
        assert_near(both->probability[h], read->probability[h], 1e-15);
    }
    posterior_free(both);
    posterior_free(read);
}

static void test_age_has_no_steps(void **state)
{
    const Fixture *f = *state;
    for (int age = 1; age < 100; age++) {
        char before[32], after[32];
        (void)snprintf(before, sizeof before, "\"age\": %d.499", age);
        (void)snprintf(after, sizeof after, "\"age\": %d.501", age);
        Posterior *a = posterior_of(f, before, "", (InferOptions){.without_intervals = true});
        Posterior *b = posterior_of(f, after, "", (InferOptions){.without_intervals = true});
        for (size_t h = 0; h < a->hypothesis_count; h++) {
            assert_near(a->probability[h], b->probability[h], 0.002);
        }
        posterior_free(a);
        posterior_free(b);
    }
}

static void test_the_same_case_gives_the_same_interval(void **state)
{
    const Fixture *f = *state;
    const char *findings = "\"ct.density\": \"lytic\", \"mr.t2\": \"high\", \"site.levels\": [\"C2\"]";
    Posterior *a = posterior_of(f, "\"age\": 60", findings, (InferOptions){0});
    Posterior *b = posterior_of(f, "\"age\": 60", findings, (InferOptions){0});
    assert_memory_equal(a->low, b->low, a->hypothesis_count * sizeof(double));
    assert_memory_equal(a->high, b->high, a->hypothesis_count * sizeof(double));
    double width = 0;
    for (size_t h = 0; h < a->hypothesis_count; h++) {
        width = fmax(width, a->high[h] - a->low[h]);
    }
    assert_true(width > 0.02);
    posterior_free(a);
    posterior_free(b);
}

/* A case that was never foreseen like this leaves enough draws to have ends. */
static void test_intervals_keep_enough_draws(void **state)
{
    const Fixture *f = *state;
    static const char many[] = "\"ct.density\": \"mixed\", \"mr.t2\": \"high\", \"mr.t1\": \"low\", "
                               "\"ct.margin\": \"well_defined\", "
                               "\"site.element\": \"posterior\", \"extent.foramen\": \"widened\", "
                               "\"clinical.mass_felt\": \"present\", "
                               "\"ct.septa\": \"present\", \"site.size_mm\": 50, \"ct.mineralization\": "
                               "\"nonspecific\", \"site.levels\": [\"C3\", \"C4\"]";
    const char *const findings[] = {"", "\"ct.density\": \"lytic\"", many};
    double before = INFINITY;
    for (size_t i = 0; i < 3; i++) {
        Posterior *p = posterior_of(f, i ? "\"age\": 3" : "", findings[i], (InferOptions){0});
        assert_true(p->effective_draws >= 63.9 && p->effective_draws <= 256.01);
        assert_true(p->effective_draws < before);
        before = p->effective_draws;
        for (size_t h = 0; h < p->hypothesis_count; h++) {
            assert_true(p->low[h] <= p->probability[h] && p->probability[h] <= p->high[h]);
        }
        posterior_free(p);
    }
    assert_true(before < 240); /* the weights do something */
}

static void test_among_and_without_path(void **state)
{
    const Fixture *f = *state;
    bool among[64] = {false};
    among[index_of(f, "chordoma")] = among[index_of(f, "metastasis")] = true;
    Posterior *p = posterior_of(f, "", "\"mr.t2\": \"high\"", (InferOptions){.among = among});
    for (size_t d = 0; d + 1 < p->hypothesis_count; d++) {
        assert_true(among[d] ? p->probability[d] > 0 : p->probability[d] == 0);
    }
    posterior_free(p);
    p = posterior_of(f, "", "\"path.positive\": [\"brachyury\"]",
                     (InferOptions){.without_path = true, .without_intervals = true});
    assert_int_equal(p->sign_count, 0);
    posterior_free(p);
}

static void test_scores_only_findings_do_not_count(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(f, "", "\"stage.frankel\": \"C\", \"stage.kps\": 70",
                                (InferOptions){.without_intervals = true});
    assert_int_equal(p->sign_count, 0);
    posterior_free(p);
}

/* What is in one tumour and in hardly any other decides, even against how common metastasis is. */
static void test_a_defining_marker_leads(void **state)
{
    static const struct {
        int age;
        const char *tissue, *diagnosis;
    } markers[] = {
        {30, "\"path.positive\": [\"ss18_ssx\"]", "synovial_sarcoma"},
        {30, "\"path.positive\": [\"h3_g34w\"]", "giant_cell_tumor"},
        {14, "\"path.positive\": [\"usp6\"]", "aneurysmal_bone_cyst"},
        {30, "\"path.positive\": [\"grm1\"]", "chondromyxoid_fibroma"},
        {62, "\"path.positive\": [\"cd20\", \"cd45\"]", "lymphoma"},
        {8, "\"path.cells\": [\"small_round_blue\"], \"path.positive\": [\"cd20\", \"cd45\"]", "lymphoma"},
        {8, "\"path.positive\": [\"cd1a\", \"s100\"]", "langerhans_cell_histiocytosis"},
        {12, "\"path.positive\": [\"cd99\", \"ewsr1\"]", "ewing_sarcoma"},
        {62, "\"path.cells\": [\"plasma_cells\"], \"path.positive\": [\"kappa_lambda_restriction\"]",
         "multiple_myeloma"},
        {58, "\"path.cells\": [\"physaliphorous\"], \"path.positive\": [\"brachyury\"]", "chordoma"},
        {50, "\"path.matrix\": [\"chondroid\"], \"path.positive\": [\"idh\"]", "chondrosarcoma"},
        {60, "\"path.positive\": [\"thyroglobulin\"]", "metastasis"},
    };
    const Fixture *f = *state;
    const Prior *clinic = knowledge_find_prior(f->knowledge, "clinic");
    assert_non_null(clinic);
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
        char patient[32], findings[256];
        (void)snprintf(patient, sizeof patient, "\"age\": %d", markers[i].age);
        (void)snprintf(findings, sizeof findings, "\"site.levels\": [\"C3\"], \"ct.density\": \"lytic\", %s",
                       markers[i].tissue);
        Posterior *p =
            posterior_of(f, patient, findings, (InferOptions){.prior = clinic, .without_intervals = true});
        double found = p->probability[index_of(f, markers[i].diagnosis)];
        if (found < 0.5) {
            print_error("%s: %s has %.3f\n", markers[i].tissue, markers[i].diagnosis, found);
        }
        assert_true(found >= 0.5);
        posterior_free(p);
    }
}

static void test_contradictory_signs_raise_none_of_these(void **state)
{
    const Fixture *f = *state;
    const char *fitting = "\"mr.t2\": \"high\", \"mr.septa\": \"present\", \"ct.density\": \"lytic\", "
                          "\"extent.soft_tissue_mass\": "
                          "\"present\", \"site.element\": \"body\"";
    const char *odd =
        "\"ct.nidus\": \"present\", \"ct.ground_glass\": \"present\", \"mr.fluid_levels\": \"present\", "
        "\"clinical.monoclonal_protein\": \"present\", \"ct.cortex_continuity\": \"present\", "
        "\"mr.abscess\": \"present\"";
    Posterior *good = posterior_of(f, "\"age\": 55", fitting, (InferOptions){.without_intervals = true});
    Posterior *bad = posterior_of(f, "\"age\": 55", odd, (InferOptions){.without_intervals = true});
    size_t none = good->hypothesis_count - 1;
    assert_true(good->probability[none] < 0.05);
    assert_true(bad->probability[none] > 0.5);
    posterior_free(good);
    posterior_free(bad);
}

/* Shapley values by the definition: the mean over all orders of what each finding adds. */
static void walk_orders(const SignEvidence *sign, const double *x, double exponent, uint64_t set,
                        double value, double weight, double *out)
{
    size_t left = sign->finding_count - (size_t)__builtin_popcountll(set);
    for (size_t i = 0; i < sign->finding_count; i++) {
        if (set >> i & 1) {
            continue;
        }
        uint64_t with = set | UINT64_C(1) << i;
        double sum = 0;
        for (size_t j = 0; j < sign->finding_count; j++) {
            sum += with >> j & 1 ? x[j] : 0;
        }
        double now = sum * sign_factor(sign, with, exponent) * sign->bundle_factor;
        out[i] += weight / (double)left * (now - value);
        walk_orders(sign, x, exponent, with, now, weight / (double)left, out);
    }
}

static void test_reasons_add_up(void **state)
{
    const Fixture *f = *state;
    Posterior *p = posterior_of(
        f, "\"age\": 30, \"sex\": \"female\"",
        "\"mr.t2\": \"high\", \"mr.stir\": \"high\", \"mr.t2_brighter_than_disc\": \"present\", "
        "\"ct.expansion\": "
        "\"marked\", \"ct.septa\": \"present\", \"ct.cortex\": \"thinned\", \"site.levels\": [\"C5\"]",
        (InferOptions){.prior = knowledge_find_prior(f->knowledge, "clinic"), .without_intervals = true});
    double exponent = knowledge_scales(f->knowledge)->sign_tempering;
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        Reason *reasons = NULL;
        size_t count = 0, rival = posterior_rival(p, h);
        double prior = 0;
        assert_true(rival != h);
        posterior_reasons(p, h, rival, &reasons, &count, &prior);
        double sum = prior;
        for (size_t i = 0; i < count; i++) {
            sum += reasons[i].weight;
            size_t k = reasons[i].sign->finding_count;
            double x[8], expected[8] = {0}, shares = 0;
            assert_true(k <= 8);
            for (size_t n = 0; n < k; n++) {
                const double *row = reasons[i].sign->log_likelihood + n * p->hypothesis_count;
                x[n] = row[h] - row[rival];
            }
            walk_orders(reasons[i].sign, x, exponent, 0, 0, 1, expected);
            for (size_t n = 0; n < k; n++) {
                assert_near(reasons[i].shares[n], expected[n], 1e-9);
                shares += reasons[i].shares[n];
            }
            assert_near(shares, reasons[i].weight, 1e-9);
            if (i > 0) {
                assert_true(fabs(reasons[i - 1].weight) >= fabs(reasons[i].weight));
            }
        }
        assert_near(sum, log(p->probability[h] / p->probability[rival]), 1e-9);
    }
    posterior_free(p);
}

static void test_a_reason_reads_like_a_sentence(void **state)
{
    const Fixture *f = *state;
    Case *c = case_of(f, "\"age\": 57",
                      "\"mr.t2_brighter_than_disc\": \"present\", \"ct.mineralization\": \"none\", "
                      "\"site.levels\": [\"C3\", \"C4\"]");
    Posterior *p =
        infer_posterior(f->knowledge, c, &(InferOptions){.prior = f->uniform, .without_intervals = true});
    Reason *reasons = NULL;
    size_t count = 0;
    double prior = 0;
    size_t chordoma = index_of(f, "chordoma"), metastasis = index_of(f, "metastasis");
    posterior_reasons(p, chordoma, metastasis, &reasons, &count, &prior);
    assert_int_equal(count, 5); /* the levels say how many vertebrae, too */
    for (size_t i = 0; i < count; i++) {
        const char *text = reason_text(p, c, &reasons[i], chordoma, metastasis);
        assert_non_null(strstr(text, "chordoma"));
        assert_non_null(strstr(text, "metastasis"));
        assert_null(strstr(text, "mr."));
        assert_null(strstr(text, "nan"));
        assert_int_equal(text[strlen(text) - 1], '.');
    }
    posterior_free(p);
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_finding_is_bayes),
        cmocka_unit_test(test_a_hedge_adds_its_values),
        cmocka_unit_test(test_aspects_of_one_sign_are_tempered),
        cmocka_unit_test(test_a_finding_that_says_nothing_changes_nothing),
        cmocka_unit_test(test_no_single_finding_excludes),
        cmocka_unit_test(test_an_age_in_whole_years_is_half_a_year_more),
        cmocka_unit_test(test_probabilities_add_up_and_are_in_order),
        cmocka_unit_test(test_nothing_known_is_the_prior),
        cmocka_unit_test(test_a_hedge_over_everything_says_nothing),
        cmocka_unit_test(test_absent_counts),
        cmocka_unit_test(test_a_measured_finding_weighs_at_most_ten),
        cmocka_unit_test(test_the_reader_wins),
        cmocka_unit_test(test_age_has_no_steps),
        cmocka_unit_test(test_intervals_keep_enough_draws),
        cmocka_unit_test(test_the_same_case_gives_the_same_interval),
        cmocka_unit_test(test_among_and_without_path),
        cmocka_unit_test(test_scores_only_findings_do_not_count),
        cmocka_unit_test(test_a_defining_marker_leads),
        cmocka_unit_test(test_contradictory_signs_raise_none_of_these),
        cmocka_unit_test(test_reasons_add_up),
        cmocka_unit_test(test_a_reason_reads_like_a_sentence),
    };
    return cmocka_run_group_tests_name("posterior", tests, set_up, tear_down);
}
