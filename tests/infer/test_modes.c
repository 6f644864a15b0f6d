/* Mixtures against brute force: on a small network every combination of component, typical or atypical, and
 * slip of each finding is enumerated, and the probabilities are added up. */
#include "../knowledge/fixture.h"

#include "base/json.h"
#include "infer/infer.h"

#include <math.h>

#define TAIL "scope: cervical, source: one, where: here"
enum { CHORDOMA, METASTASIS, OSTEOID_OSTEOMA, KNOWN = 3 };

static const char mixed[] =
    "id: chordoma\nsummary: s\n"
    "components: [{ id: lytic, name: Lytic one }, { id: dense, name: Dense one }]\n"
    "component_shares:\n  - { counts: { lytic: 6, dense: 3 }, " TAIL " }\n"
    "evidence:\n"
    "  - { finding: ct.density, component: lytic, counts: { lytic: 19, sclerotic: 1 }, " TAIL " }\n"
    "  - { finding: ct.density, component: dense, counts: { lytic: 1, sclerotic: 19 }, " TAIL " }\n"
    "  - { finding: mr.t2, component: lytic, counts: { high: 14, low: 1 }, " TAIL " }\n"
    "  - { finding: mr.t2, component: dense, counts: { low: 15 }, " TAIL " }\n"
    "  - { finding: ct.nidus, counts: { absent: 12 }, " TAIL " }\n";

/* What the case holds. */
static const struct {
    const char *finding, *value;
} known[KNOWN] = {{"ct.density", "sclerotic"}, {"mr.t2", "low"}, {"ct.nidus", "absent"}};

static char *new_folder(void)
{
    char *folder = fixture_new();
    fixture_write(folder, "diagnoses/chordoma.yaml", mixed);
    fixture_rows(folder, "metastasis", "finding: ct.density, counts: { lytic: 7, sclerotic: 5 }",
                 "finding: mr.t2, counts: { intermediate: 6, low: 3 }",
                 "finding: ct.nidus, counts: { absent: 9 }", NULL);
    fixture_rows(folder, "osteoid_osteoma", "finding: ct.nidus, counts: { present: 19, absent: 1 }", NULL);
    return folder;
}

static Case *case_examined(const Knowledge *k, const char *findings, const char *examinations)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *text =
        arena_printf(arena, "{\"format\": \"dens-case/1\", \"examinations\": {%s}, \"findings\": {%s}}",
                     examinations, findings);
    DensError *error = NULL;
    const Value *root = json_parse(arena, text, strlen(text), "test", &error);
    assert_no_error(error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(k), NULL, &error);
    assert_no_error(error);
    return c;
}

static Case *case_of(const Knowledge *k, const char *findings)
{
    return case_examined(k, findings, "");
}

static Posterior *posterior_of(const Knowledge *k, const Case *c, bool intervals)
{
    return infer_posterior(
        k, c, &(InferOptions){.prior = knowledge_find_prior(k, "uniform"), .without_intervals = !intervals});
}

static double share_of(const Knowledge *k, size_t diagnosis, size_t component)
{
    const Diagnosis *d = knowledge_diagnosis(k, diagnosis);
    double sum = 0;
    for (size_t c = 0; c < d->component_count; c++) {
        sum += d->component_alpha[c];
    }
    return d->component_count ? d->component_alpha[component] / sum : 1;
}

/* P(component, state, this pattern of slips, the findings); `unasked` is the share of the negatives that tell
 * nothing. */
static double joint(const Knowledge *k, size_t diagnosis, size_t component, size_t state, unsigned slips,
                    double unasked)
{
    const InferenceScales *s = knowledge_scales(k);
    double p = share_of(k, diagnosis, component) * (state ? s->atypical_share : 1 - s->atypical_share);
    for (size_t i = 0; i < KNOWN; i++) {
        const Finding *f = vocabulary_find(knowledge_vocabulary(k), known[i].finding);
        const double *alpha = knowledge_component_cell(k, diagnosis, component, f)->alpha;
        size_t value = (size_t)finding_value(f, known[i].value);
        double sum = 0, slip = state ? s->atypical_slip : s->reader_slip;
        for (size_t v = 0; v < f->value_count; v++) {
            sum += alpha[v];
        }
        if (strcmp(known[i].value, "absent") == 0) {
            slip += (1 - slip) * unasked;
        }
        p *= slips >> i & 1 ? slip * knowledge_background(k, f)[value] : (1 - slip) * alpha[value] / sum;
    }
    return p;
}

/* By component, over all states and patterns. */
static double enumerate(const Knowledge *k, size_t diagnosis, double unasked, double by_component[2])
{
    size_t components = knowledge_diagnosis(k, diagnosis)->component_count;
    double sum = 0;
    for (size_t c = 0; c < (components ? components : 1); c++) {
        by_component[c] = 0;
        for (unsigned slips = 0; slips < 1u << KNOWN; slips++) {
            by_component[c] +=
                joint(k, diagnosis, c, 0, slips, unasked) + joint(k, diagnosis, c, 1, slips, unasked);
        }
        sum += by_component[c];
    }
    return sum;
}

static const char findings[] = "\"ct.density\": \"sclerotic\", \"mr.t2\": \"low\", \"ct.nidus\": \"absent\"";

static void the_mixture_is_exact(void **state)
{
    (void)state;
    char *folder = new_folder();
    Knowledge *k = fixture_load(folder);
    Case *c = case_of(k, findings);
    Posterior *p = posterior_of(k, c, false);
    double parts[2], of_none = 0.05;
    for (size_t i = 0; i < KNOWN; i++) {
        const Finding *f = vocabulary_find(knowledge_vocabulary(k), known[i].finding);
        of_none *= knowledge_none(k, f)[finding_value(f, known[i].value)];
    }
    double total = of_none;
    for (size_t d = 0; d < 3; d++) {
        total += 0.95 / 3 * enumerate(k, d, 0, parts);
    }
    for (size_t d = 0; d < 3; d++) {
        assert_near(p->probability[d], 0.95 / 3 * enumerate(k, d, 0, parts) / total, 1e-12);
    }
    assert_near(p->probability[3], of_none / total, 1e-12);
    double chordoma = enumerate(k, CHORDOMA, 0, parts);
    assert_int_equal(p->component[CHORDOMA], 1);
    assert_near(p->component_probability[CHORDOMA], parts[1] / chordoma, 1e-12);
    assert_true(parts[1] > parts[0]);
    assert_int_equal(p->component[METASTASIS], -1);
    posterior_free(p);
    case_free(c);
    knowledge_free(k);
    fixture_free(folder);
}

/* Inside a mixture findings go together: a dense lesion raises the chance of a low T2. */
static void components_make_findings_depend(void **state)
{
    (void)state;
    char *folder = new_folder();
    Knowledge *k = fixture_load(folder);
    Case *one = case_of(k, "\"ct.density\": \"sclerotic\""), *other = case_of(k, "\"mr.t2\": \"low\"");
    Case *both = case_of(k, "\"ct.density\": \"sclerotic\", \"mr.t2\": \"low\"");
    Posterior *a = posterior_of(k, one, false), *b = posterior_of(k, other, false),
              *ab = posterior_of(k, both, false);
    assert_true(ab->log_likelihood[CHORDOMA] >
                a->log_likelihood[CHORDOMA] + b->log_likelihood[CHORDOMA] + 0.1);
    posterior_free(a);
    posterior_free(b);
    posterior_free(ab);
    case_free(one);
    case_free(other);
    case_free(both);
    knowledge_free(k);
    fixture_free(folder);
}

static void reasons_of_mixtures_add_up(void **state)
{
    (void)state;
    char *folder = new_folder();
    Knowledge *k = fixture_load(folder);
    Case *c = case_of(k, findings);
    Posterior *p = posterior_of(k, c, false);
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        for (size_t rival = 0; rival < p->hypothesis_count; rival++) {
            Reason *reasons = NULL;
            size_t count = 0;
            double sum = 0;
            posterior_reasons(p, h, rival, &reasons, &count, &sum);
            assert_int_equal(count, KNOWN);
            for (size_t i = 0; i < count; i++) {
                sum += reasons[i].weight;
                assert_near(reasons[i].shares[0], reasons[i].weight, 1e-12);
            }
            assert_near(sum, log(p->probability[h] / p->probability[rival]), 1e-12);
        }
    }
    posterior_free(p);
    case_free(c);
    knowledge_free(k);
    fixture_free(folder);
}

static void intervals_of_mixtures_hold_the_point(void **state)
{
    (void)state;
    char *folder = new_folder();
    Knowledge *k = fixture_load(folder);
    Case *c = case_of(k, findings);
    Posterior *p = posterior_of(k, c, true), *again = posterior_of(k, c, true);
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        assert_true(p->low[h] <= p->probability[h] && p->probability[h] <= p->high[h]);
        assert_near(p->low[h], again->low[h], 0);
        assert_near(p->high[h], again->high[h], 0);
    }
    assert_true(p->high[CHORDOMA] - p->low[CHORDOMA] > 0.02);
    posterior_free(p);
    posterior_free(again);
    case_free(c);
    knowledge_free(k);
    fixture_free(folder);
}

/* Typical patients only, so that the weights are plain: two signs of a bundle are tempered, a third is not.
 */
static void a_bundle_is_tempered(void **state)
{
    (void)state;
    char *folder = new_folder();
    fixture_scale(folder, "atypical_share", "0");
    Knowledge *free_one = fixture_load(folder);
    fixture_write(folder, "dependence.yaml",
                  "bundles: [{ id: b, label: B, reason: r, signs: [ct.density, ct.nidus] }]\n");
    Knowledge *k = fixture_load(folder);
    assert_int_equal(knowledge_bundle_count(k), 1);
    Case *loose = case_of(free_one, findings), *tied = case_of(k, findings);
    Posterior *a = posterior_of(free_one, loose, false), *b = posterior_of(k, tied, false);
    double sum[2][2] = {{0}}, spread = 0, squares = 0, factor = 1;
    for (size_t s = 0; s < 3; s++) {
        const SignEvidence *sign = &b->signs[s];
        bool inside = knowledge_bundle_of(k, sign->sign->index) == 0;
        for (size_t d = 0; d < 2; d++) {
            sum[inside][d] += a->signs[s].log_likelihood[d ? METASTASIS : OSTEOID_OSTEOMA];
        }
        spread += inside ? sign->spread[0] : 0;
        squares += inside ? sign->spread[0] * sign->spread[0] : 0;
        factor = inside ? sign->bundle_factor : factor;
        assert_true(inside ? sign->bundle_factor < 1 : sign->bundle_factor >= 1);
    }
    assert_near(factor, pow(spread * spread / squares, -0.5), 1e-12);
    double expected = sum[0][1] - sum[0][0] + factor * (sum[1][1] - sum[1][0]);
    assert_near(log(b->probability[METASTASIS] / b->probability[OSTEOID_OSTEOMA]), expected, 1e-12);
    posterior_free(a);
    posterior_free(b);
    case_free(loose);
    case_free(tied);
    knowledge_free(free_one);
    knowledge_free(k);
    fixture_free(folder);
}

/* A negative that nobody vouches for counts by half; where an examination that shows it is complete, in full.
 */
static void unasked_negatives_count_less(void **state)
{
    (void)state;
    char *folder = new_folder();
    fixture_scale(folder, "unasked_negative", "0.5");
    Knowledge *k = fixture_load(folder);
    static const char *const examined[] = {"", "\"ct\": \"partial\"", "\"ct\": \"complete\""};
    double told[3];
    for (size_t i = 0; i < 3; i++) {
        Case *c = case_examined(k, findings, examined[i]);
        Posterior *p = posterior_of(k, c, true);
        double by_component[2], unasked = i < 2 ? 0.5 : 0;
        double a = enumerate(k, METASTASIS, unasked, by_component);
        double b = enumerate(k, OSTEOID_OSTEOMA, unasked, by_component);
        assert_near(p->probability[METASTASIS] / p->probability[OSTEOID_OSTEOMA], a / b, 1e-9 * a / b);
        told[i] = a / b;
        posterior_free(p);
        case_free(c);
    }
    assert_true(told[0] == told[1] && told[2] > 1.2 * told[0]);
    /* what is there was seen, whoever looked */
    Case *bare = case_of(k, "\"ct.nidus\": \"present\"");
    Case *complete = case_examined(k, "\"ct.nidus\": \"present\"", examined[2]);
    Posterior *a = posterior_of(k, bare, false), *b = posterior_of(k, complete, false);
    assert_near(a->probability[METASTASIS], b->probability[METASTASIS], 1e-15);
    posterior_free(a);
    posterior_free(b);
    case_free(bare);
    case_free(complete);
    knowledge_free(k);
    fixture_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mixture_is_exact),       cmocka_unit_test(components_make_findings_depend),
        cmocka_unit_test(reasons_of_mixtures_add_up), cmocka_unit_test(intervals_of_mixtures_hold_the_point),
        cmocka_unit_test(a_bundle_is_tempered),       cmocka_unit_test(unasked_negatives_count_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
