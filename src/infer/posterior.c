/* The posterior.
 *
 * ln P(d | case) = ln P(d) + Σ signs m^(−t) Σ findings ln P(finding | d), normalised over the diagnoses and
 * "none of these". Aspects of one sign are neither independent (t = 0) nor one and the same (t = 1); m is how
 * many of them speak: (Σ s)² / Σ s², s being how much each tells the diagnoses apart, so that a finding that
 * says nothing does not weaken one that does. P(finding | d) is the mean of its Dirichlet, with a small share
 * of slips. The intervals come from draws of all Dirichlets and of the prior's; each draw's random numbers
 * are keyed by diagnosis, finding and number of the draw, so they do not depend on what else the case holds.
 */
#include "infer/infer.h"

#include "base/memory.h"
#include "base/random.h"
#include "infer/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for one cell's arrays: the largest is a set's, two per member. */
enum { CELL_MAX = 2 * VOCABULARY_MAX_VALUES };

typedef struct {
    Evidence evidence;
    double none[CELL_MAX]; /* the flattened mixture */
    double *means;         /* of every diagnosis' cell, CELL_MAX apart */
    double factor;         /* of its sign */
} Known;

typedef struct {
    size_t count;
    Known *items;
} KnownList;

static bool is_used(const Finding *finding, const InferOptions *options)
{
    return !(options->without_path && strcmp(finding->section, "path") == 0);
}

/* A whole number of years is an age at the last birthday: half a year more on average. */
static double exact_age(double years, double maximum)
{
    return floor(years) == years ? fmin(years + 0.5, maximum) : years;
}

/* Age and sex stand in the case's patient, and are findings like any other. */
static size_t patient_findings(const Case *c, CaseFinding out[2])
{
    size_t count = 0;
    const Finding *age = vocabulary_find(c->vocabulary, "patient.age");
    const Finding *sex = vocabulary_find(c->vocabulary, "patient.sex");
    if (c->has_age && age) {
        out[count] = (CaseFinding){.finding = age, .has_read = true, .read_number_count = 1};
        out[count++].read_numbers[0] = exact_age(c->age_years, age->maximum);
    }
    if (c->sex != SEX_UNKNOWN && sex) {
        int value = finding_value(sex, c->sex == SEX_MALE ? "male" : "female");
        if (value >= 0) {
            out[count++] =
                (CaseFinding){.finding = sex, .has_read = true, .read_values = UINT64_C(1) << value};
        }
    }
    return count;
}

static void add_known(KnownList *list, const CaseFinding *finding, const Knowledge *knowledge,
                      const InferOptions *options, Arena *arena)
{
    Known *next = &list->items[list->count];
    const Finding *f = finding->finding;
    if (!is_used(f, options) || !evidence_of(&next->evidence, finding, arena)) {
        return;
    }
    size_t diagnoses = knowledge_diagnosis_count(knowledge);
    next->means = arena_array(arena, diagnoses * CELL_MAX, sizeof *next->means);
    for (size_t d = 0; d < diagnoses; d++) {
        cell_means(f, knowledge_cell(knowledge, d, f)->alpha, next->means + d * CELL_MAX);
    }
    flattened_mixture(knowledge, f, knowledge_scales(knowledge)->none_tempering, next->none);
    list->count++;
}

static KnownList known_findings(const Knowledge *knowledge, const Case *c, const InferOptions *options,
                                Arena *arena)
{
    KnownList list = {0, arena_array(arena, c->finding_count + 2, sizeof *list.items)};
    CaseFinding patient[2];
    size_t patient_count = patient_findings(c, patient);
    for (size_t i = 0; i < patient_count; i++) {
        add_known(&list, &patient[i], knowledge, options, arena);
    }
    for (size_t i = 0; i < c->finding_count; i++) {
        add_known(&list, &c->findings[i], knowledge, options, arena);
    }
    return list;
}

static void fill_likelihoods(const Posterior *p, const Known *known, double *row)
{
    const Finding *f = known->evidence.finding;
    size_t none = p->hypothesis_count - 1;
    double means[CELL_MAX]; /* with the slips */
    for (size_t d = 0; d < none; d++) {
        memcpy(means, known->means + d * CELL_MAX, sizeof means);
        mix_slip(p->knowledge, f, means);
        row[d] = evidence_log_likelihood(&known->evidence, means);
    }
    row[none] = evidence_log_likelihood(&known->evidence, known->none);
}

/* How much one aspect of a finding tells the diagnoses apart: the standard deviation over them of what it
 * says. */
static double aspect_spread(const Posterior *p, const Known *known, size_t aspect)
{
    size_t diagnoses = p->hypothesis_count - 1;
    double sum = 0, squares = 0, chances[CELL_MAX];
    for (size_t d = 0; d < diagnoses; d++) {
        memcpy(chances, known->means + d * CELL_MAX, sizeof chances);
        mix_slip(p->knowledge, known->evidence.finding, chances);
        double said = evidence_aspect_log_likelihood(&known->evidence, aspect, chances);
        sum += said;
        squares += said * said;
    }
    double mean = sum / (double)diagnoses;
    return sqrt(fmax(squares / (double)diagnoses - mean * mean, 0));
}

/* The findings of a sign and what each says; false if none is known. */
static bool collect_sign(Posterior *p, size_t sign_index, KnownList *known, SignEvidence *out)
{
    *out = (SignEvidence){.sign = vocabulary_sign(knowledge_vocabulary(p->knowledge), sign_index)};
    for (size_t i = 0; i < known->count; i++) {
        out->finding_count += known->items[i].evidence.finding->sign == sign_index;
    }
    if (out->finding_count == 0) {
        return false;
    }
    out->findings = arena_array(p->arena, out->finding_count, sizeof *out->findings);
    out->spread = arena_array(p->arena, out->finding_count, sizeof *out->spread);
    out->spread_squares = arena_array(p->arena, out->finding_count, sizeof *out->spread_squares);
    out->log_likelihood = arena_array(p->arena, out->finding_count * p->hypothesis_count, sizeof(double));
    size_t at = 0;
    for (size_t i = 0; i < known->count; i++) {
        const Known *item = &known->items[i];
        if (item->evidence.finding->sign == sign_index) {
            double *row = out->log_likelihood + at * p->hypothesis_count;
            fill_likelihoods(p, item, row);
            for (size_t a = 0; a < evidence_aspects(&item->evidence); a++) {
                double spread = aspect_spread(p, item, a);
                out->spread[at] += spread;
                out->spread_squares[at] += spread * spread;
            }
            out->findings[at++] = item->evidence.finding;
        }
    }
    return true;
}

static void build_sign(Posterior *p, size_t sign_index, KnownList *known)
{
    SignEvidence sign;
    if (!collect_sign(p, sign_index, known, &sign)) {
        return;
    }
    sign.factor = sign_factor(&sign, ~UINT64_C(0), knowledge_scales(p->knowledge)->sign_tempering);
    for (size_t i = 0; i < known->count; i++) {
        if (known->items[i].evidence.finding->sign == sign_index) {
            known->items[i].factor = sign.factor;
        }
    }
    for (size_t n = 0; n < sign.finding_count; n++) {
        for (size_t h = 0; h < p->hypothesis_count; h++) {
            p->log_likelihood[h] += sign.factor * sign.log_likelihood[n * p->hypothesis_count + h];
        }
    }
    p->signs[p->sign_count++] = sign;
}

/* Adds ln P of the leaves below a node; with `random`, from a draw of each node's Dirichlet. */
static void prior_descend(const PriorNode *node, double log_p, Random *random, double *out)
{
    if (node->diagnosis >= 0) {
        out[node->diagnosis] = log_p;
        return;
    }
    double *share = memory_array(node->child_count, sizeof *share);
    if (random) {
        random_dirichlet(random, node->alpha, node->child_count, share);
    } else {
        double sum = 0;
        for (size_t i = 0; i < node->child_count; i++) {
            sum += node->alpha[i];
        }
        for (size_t i = 0; i < node->child_count; i++) {
            share[i] = node->alpha[i] / sum;
        }
    }
    for (size_t i = 0; i < node->child_count; i++) {
        prior_descend(&node->children[i], log_p + log(fmax(share[i], 1e-12)), random, out);
    }
    free(share);
}

static void log_prior_of(const Posterior *p, Random *random, double *out)
{
    size_t none = p->hypothesis_count - 1;
    for (size_t d = 0; d < none; d++) {
        out[d] = -INFINITY;
    }
    prior_descend(p->prior->root, log(1 - p->prior->none_of_these), random, out);
    out[none] = log(p->prior->none_of_these);
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        if (!p->considered[h]) {
            out[h] = -INFINITY;
        }
    }
}

/* Probabilities from unnormalised logarithms; at least one is finite ("none of these"). */
static void normalise(const double *log_prior, const double *log_likelihood, size_t count, double *out)
{
    double largest = -INFINITY;
    for (size_t h = 0; h < count; h++) {
        largest = fmax(largest, log_prior[h] + log_likelihood[h]);
    }
    double sum = 0;
    for (size_t h = 0; h < count; h++) {
        out[h] = exp(log_prior[h] + log_likelihood[h] - largest);
        sum += out[h];
    }
    for (size_t h = 0; h < count; h++) {
        out[h] /= sum;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The log likelihood of each hypothesis in one draw of the knowledge. */
static void draw_likelihoods(const Posterior *p, const KnownList *known, uint64_t draw, double *out)
{
    size_t none = p->hypothesis_count - 1;
    double theta[CELL_MAX];
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        out[h] = 0;
    }
    for (size_t i = 0; i < known->count; i++) {
        const Known *item = &known->items[i];
        const Finding *f = item->evidence.finding;
        for (size_t d = 0; d < none; d++) {
            if (!p->considered[d]) {
                continue;
            }
            Random random;
            const Diagnosis *diagnosis = knowledge_diagnosis(p->knowledge, d);
            random_init(&random,
                        random_mix(random_mix(random_key(diagnosis->name->id), random_key(f->id)), draw));
            cell_draw(&item->evidence, knowledge_cell(p->knowledge, d, f)->alpha, item->means + d * CELL_MAX,
                      &random, theta);
            mix_slip(p->knowledge, f, theta);
            out[d] += item->factor * evidence_log_likelihood(&item->evidence, theta);
        }
        out[none] += item->factor * evidence_log_likelihood(&item->evidence, item->none);
    }
}

static void intervals(Posterior *p, const KnownList *known)
{
    const InferenceScales *scales = knowledge_scales(p->knowledge);
    size_t draws = scales->draws, count = p->hypothesis_count;
    double *samples = memory_array(draws * count, sizeof *samples); /* hypothesis-major */
    double *log_prior = memory_array(3 * count, sizeof *log_prior);
    double *log_likelihood = log_prior + count, *probability = log_prior + 2 * count;
    for (size_t s = 0; s < draws; s++) {
        Random random;
        random_init(&random, random_mix(random_key(p->prior->id), s));
        log_prior_of(p, &random, log_prior);
        draw_likelihoods(p, known, s, log_likelihood);
        normalise(log_prior, log_likelihood, count, probability);
        for (size_t h = 0; h < count; h++) {
            samples[h * draws + s] = probability[h];
        }
    }
    double tail = 0.5 * (1 - scales->interval_mass);
    size_t low = (size_t)(tail * (double)draws), high = draws - 1 - low;
    for (size_t h = 0; h < count; h++) {
        qsort(samples + h * draws, draws, sizeof *samples, compare_doubles);
        /* the probability is that of the mean distributions; where the draws are so skewed that it lies
         * outside, the interval is widened to hold it */
        p->low[h] = fmin(samples[h * draws + low], p->probability[h]);
        p->high[h] = fmax(samples[h * draws + high], p->probability[h]);
    }
    free(samples);
    free(log_prior);
}

static void sort_order(Posterior *p)
{
    for (size_t i = 0; i < p->hypothesis_count; i++) {
        size_t at = i;
        while (at > 0 && p->probability[p->order[at - 1]] < p->probability[i]) {
            p->order[at] = p->order[at - 1];
            at--;
        }
        p->order[at] = i;
    }
}

static Posterior *posterior_new(const Knowledge *knowledge, const InferOptions *options)
{
    Arena *arena = arena_new();
    Posterior *p = arena_alloc(arena, sizeof *p);
    size_t count = knowledge_diagnosis_count(knowledge) + 1;
    *p = (Posterior){
        .arena = arena, .knowledge = knowledge, .prior = options->prior, .hypothesis_count = count};
    p->log_prior = arena_array(arena, count, sizeof *p->log_prior);
    p->log_likelihood = arena_array(arena, count, sizeof *p->log_likelihood);
    p->probability = arena_array(arena, count, sizeof *p->probability);
    p->low = arena_array(arena, count, sizeof *p->low);
    p->high = arena_array(arena, count, sizeof *p->high);
    p->order = arena_array(arena, count, sizeof *p->order);
    p->considered = arena_array(arena, count, sizeof *p->considered);
    p->signs = arena_array(arena, vocabulary_sign_count(knowledge_vocabulary(knowledge)), sizeof *p->signs);
    for (size_t d = 0; d + 1 < count; d++) {
        bool known = knowledge_diagnosis(knowledge, d)->known;
        p->considered[d] = known && (!options->among || options->among[d]);
    }
    p->considered[count - 1] = true;
    return p;
}

Posterior *infer_posterior(const Knowledge *knowledge, const Case *c, const InferOptions *options)
{
    Posterior *p = posterior_new(knowledge, options);
    KnownList known = known_findings(knowledge, c, options, p->arena);
    size_t signs = vocabulary_sign_count(knowledge_vocabulary(knowledge));
    for (size_t i = 0; i < signs; i++) {
        build_sign(p, i, &known);
    }
    log_prior_of(p, NULL, p->log_prior);
    for (size_t d = 0; d + 1 < p->hypothesis_count; d++) {
        p->considered[d] = p->considered[d] && isfinite(p->log_prior[d]);
    }
    normalise(p->log_prior, p->log_likelihood, p->hypothesis_count, p->probability);
    memcpy(p->low, p->probability, p->hypothesis_count * sizeof *p->low);
    memcpy(p->high, p->probability, p->hypothesis_count * sizeof *p->high);
    if (!options->without_intervals) {
        intervals(p, &known);
    }
    sort_order(p);
    return p;
}

void posterior_free(Posterior *posterior)
{
    if (posterior) {
        arena_free(posterior->arena);
    }
}
