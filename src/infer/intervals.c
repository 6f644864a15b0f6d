/* Intervals: the posterior over draws of all Dirichlets (draws.h), of the components' shares and of the
 * prior. */
#include "infer/draws.h"
#include "infer/model.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the draws, as equally likely ones, at least this share stands behind an interval: 64 of 256, of which
 * three lie beyond each end. */
static const double least_effective_share = 0.25;

/* Adds what a finding says in each draw to the sums of the modes of a component. The aspects are multiplied
 * before the logarithm is taken. `sums` is draw × mode. */
static void add_component(const Model *m, const Known *known, const DrawAspect *aspects, size_t diagnosis,
                          size_t component, size_t draws, double *scratch, double *sums)
{
    const double *background = knowledge_background(m->knowledge, known->evidence.finding);
    size_t first_mode = m->first[diagnosis] + component * m->states.count;
    double *chance = scratch, *product = scratch + draws;
    for (size_t i = 0; i < draws * STATES_MAX; i++) {
        product[i] = 1;
    }
    for (size_t a = 0; a < known->aspect_count; a++) {
        double other = evidence_aspect_chance(&known->evidence, a, background);
        draw_aspect_chances(&aspects[a], diagnosis, component, draws, chance);
        for (size_t s = 0; s < m->states.count; s++) {
            double slip = m->states.slip[s];
            for (size_t i = 0; i < draws; i++) {
                product[s * draws + i] *= fmax((1 - slip) * chance[i] + slip * other, 1e-6);
            }
        }
    }
    for (size_t s = 0; s < m->states.count; s++) {
        for (size_t i = 0; i < draws; i++) {
            sums[i * m->mode_count + first_mode + s] +=
                known->factor * log(fmax(product[s * draws + i], 1e-300));
        }
    }
}

/* What all findings say in each mode of the diagnoses, draw by draw. */
static void add_findings(const Posterior *p, const Model *m, size_t draws, Arena *arena, double *sums)
{
    double *scratch = arena_array(arena, draws * (1 + STATES_MAX), sizeof *scratch);
    for (size_t i = 0; i < m->known_count; i++) {
        const Known *known = &m->known[i];
        DrawAspect *aspects = arena_array(arena, known->aspect_count + 1, sizeof *aspects);
        for (size_t a = 0; a < known->aspect_count; a++) {
            draw_aspect_init(&aspects[a], m->knowledge, &known->evidence, a);
        }
        for (size_t d = 0; d + 1 < m->hypothesis_count; d++) {
            for (size_t c = 0; c < model_components(m->knowledge, d) && p->considered[d]; c++) {
                add_component(m, known, aspects, d, c, draws, scratch, sums);
            }
        }
    }
}

/* The shares of the components in one draw, into the modes of `drawn`. */
static void draw_shares(const Model *m, uint64_t draw, Mode *drawn)
{
    double share[VOCABULARY_MAX_VALUES];
    for (size_t d = 0; d + 1 < m->hypothesis_count; d++) {
        const Diagnosis *diagnosis = knowledge_diagnosis(m->knowledge, d);
        if (diagnosis->component_count == 0) {
            continue;
        }
        Random random;
        random_init(&random,
                    random_mix(random_mix(random_key(diagnosis->name->id), random_key("component")), draw));
        random_dirichlet(&random, diagnosis->component_alpha, diagnosis->component_count, share);
        for (size_t i = m->first[d]; i < m->first[d + 1]; i++) {
            drawn[i].log_share =
                log(fmax(share[drawn[i].component], 1e-12) * m->states.share[drawn[i].state]);
        }
    }
}

/* What a hypothesis' probability is in a draw, and what the draw counts for. */
typedef struct {
    double value, weight;
} Sample;

static int compare_samples(const void *a, const void *b)
{
    double x = ((const Sample *)a)->value, y = ((const Sample *)b)->value;
    return (x > y) - (x < y);
}

/* The posteriors of all draws, hypothesis by hypothesis, into `samples`; the logarithm of P(case | draw) into
 * `log_case`. */
static void draw_posteriors(const Posterior *p, const Model *m, size_t draws, Sample *samples,
                            double *log_case)
{
    size_t count = p->hypothesis_count, none = count - 1;
    Arena *scratch = arena_new();
    double *sums = arena_array(scratch, draws * m->mode_count, sizeof *sums);
    double *log_prior = arena_array(scratch, count, sizeof *log_prior);
    double *log_likelihood = arena_array(scratch, count, sizeof *log_likelihood);
    double *probability = arena_array(scratch, count, sizeof *probability);
    Model drawn = *m;
    drawn.modes = arena_array(scratch, m->mode_count, sizeof *drawn.modes);
    memcpy(drawn.modes, m->modes, m->mode_count * sizeof *drawn.modes);
    add_findings(p, m, draws, scratch, sums);
    for (size_t s = 0; s < draws; s++) {
        Random random;
        random_init(&random, random_mix(random_key(p->prior->id), s));
        prior_logs(p, &random, log_prior);
        draw_shares(m, s, drawn.modes);
        for (size_t h = 0; h < none; h++) {
            log_likelihood[h] = p->considered[h] ? model_mix(&drawn, h, sums + s * m->mode_count) : 0;
        }
        log_likelihood[none] = p->log_likelihood[none];
        log_case[s] = normalise_logs(log_prior, log_likelihood, count, probability);
        for (size_t h = 0; h < count; h++) {
            samples[h * draws + s].value = probability[h];
        }
    }
    arena_free(scratch);
}

/* weight ∝ P(case | draw)^exponent, adding up to 1; returns 1 / Σ weight²: as many equally likely draws. */
static double weigh(const double *log_case, size_t draws, double exponent, double *weight)
{
    double largest = -INFINITY, sum = 0, squares = 0;
    for (size_t s = 0; s < draws; s++) {
        largest = fmax(largest, log_case[s]);
    }
    for (size_t s = 0; s < draws; s++) {
        weight[s] = exp(exponent * (log_case[s] - largest));
        sum += weight[s];
    }
    for (size_t s = 0; s < draws; s++) {
        weight[s] /= sum;
        squares += weight[s] * weight[s];
    }
    return 1 / squares;
}

/* The patient who is there is evidence on the parameters, too: the draws are weighed by how well they foresee
 * the case. Where so few would be left that their ends mean nothing, the weights are flattened. */
static double weigh_draws(const double *log_case, size_t draws, double *weight)
{
    double effective = weigh(log_case, draws, 1, weight), low = 0, high = 1;
    double fewest = (double)draws * least_effective_share;
    for (int i = 0; i < 20 && (effective < fewest || high < 1); i++) {
        double middle = 0.5 * (low + high);
        effective = weigh(log_case, draws, middle, weight);
        *(effective < fewest ? &high : &low) = middle;
    }
    return high < 1 ? weigh(log_case, draws, low, weight) : effective;
}

/* The value below which (and at which) this share of the weight lies. */
static double quantile(const Sample *sorted, size_t draws, double share)
{
    double sum = 0;
    for (size_t s = 0; s + 1 < draws; s++) {
        sum += sorted[s].weight;
        if (sum > share) {
            return sorted[s].value;
        }
    }
    return sorted[draws - 1].value;
}

void intervals_fill(Posterior *p, const Model *model)
{
    const InferenceScales *scales = knowledge_scales(p->knowledge);
    size_t draws = scales->draws;
    Sample *samples = memory_array(draws * p->hypothesis_count, sizeof *samples);
    double *log_case = memory_array(2 * draws, sizeof *log_case), *weight = log_case + draws;
    draw_posteriors(p, model, draws, samples, log_case);
    p->effective_draws = weigh_draws(log_case, draws, weight);
    double tail = 0.5 * (1 - scales->interval_mass);
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        Sample *of = samples + h * draws;
        for (size_t s = 0; s < draws; s++) {
            of[s].weight = weight[s];
        }
        qsort(of, draws, sizeof *of, compare_samples);
        /* the probability is that of the mean distributions; where the draws are so skewed that it lies
         * outside, the interval is widened to hold it */
        p->low[h] = fmin(quantile(of, draws, tail), p->probability[h]);
        p->high[h] = fmax(quantile(of, draws, 1 - tail), p->probability[h]);
    }
    free(samples);
    free(log_case);
}
