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

/* What is known of one sign: its findings have one factor, so they are multiplied before the logarithm is
 * taken. */
typedef struct {
    size_t aspect_count;
    DrawAspect *aspects;
    const Known **known; /* of each: its finding */
    double *other;       /* of each: what the background says of it */
    double factor;
} Group;

enum { PRODUCT_MAX = 40 }; /* so many numbers of at least 1e-6 can be multiplied */

/* Adds what a sign says in each draw to the sums of the modes of a component. `sums` is draw × mode. */
static void add_component(const Model *m, const Group *group, size_t diagnosis, size_t component,
                          size_t draws, double *scratch, double *sums)
{
    size_t first_mode = m->first[diagnosis] + component * m->states.count;
    double *chance = scratch, *product = scratch + draws;
    for (size_t i = 0; i < draws * STATES_MAX; i++) {
        product[i] = 1;
    }
    for (size_t a = 0; a < group->aspect_count; a++) {
        draw_aspect_chances(&group->aspects[a], diagnosis, component, draws, chance);
        for (size_t s = 0; s < m->states.count; s++) {
            double slip = model_slip(m, group->known[a], s), least = slip * group->other[a];
            for (size_t i = 0; i < draws; i++) {
                double p = (1 - slip) * chance[i] + least;
                product[s * draws + i] *= p > 1e-6 ? p : 1e-6;
            }
        }
        bool full = (a + 1) % PRODUCT_MAX == 0 || a + 1 == group->aspect_count;
        for (size_t i = 0; full && i < draws * m->states.count; i++) {
            sums[i % draws * m->mode_count + first_mode + i / draws] += group->factor * log(product[i]);
            product[i] = 1;
        }
    }
}

static void make_group(const Model *m, size_t sign, Arena *arena, Group *out)
{
    size_t room = 0;
    for (size_t i = 0; i < m->known_count; i++) {
        room += m->known[i].evidence.finding->sign == sign ? m->known[i].aspect_count : 0;
    }
    *out = (Group){.aspects = arena_array(arena, room, sizeof *out->aspects),
                   .known = arena_array(arena, room, sizeof *out->known),
                   .other = arena_array(arena, room, sizeof *out->other)};
    for (size_t i = 0; i < m->known_count; i++) {
        const Known *known = &m->known[i];
        const Finding *f = known->evidence.finding;
        for (size_t a = 0; f->sign == sign && a < known->aspect_count; a++) {
            out->known[out->aspect_count] = known;
            out->other[out->aspect_count] =
                evidence_aspect_chance(&known->evidence, a, knowledge_background(m->knowledge, f));
            draw_aspect_init(&out->aspects[out->aspect_count++], m->knowledge, &known->evidence, a);
            out->factor = known->factor;
        }
    }
}

/* What all findings say in each mode of the diagnoses, draw by draw. */
static void add_findings(const Posterior *p, const Model *m, size_t draws, Arena *arena, double *sums)
{
    double *scratch = arena_array(arena, draws * (1 + STATES_MAX), sizeof *scratch);
    for (size_t i = 0; i < p->sign_count; i++) {
        Group group;
        make_group(m, p->signs[i].sign->index, arena, &group);
        for (size_t d = 0; d + 1 < m->hypothesis_count; d++) {
            for (size_t c = 0; c < model_components(m->knowledge, d) && p->considered[d]; c++) {
                add_component(m, &group, d, c, draws, scratch, sums);
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

/* Puts the samples below the middle one's value first, then those of that value; where these begin and end.
 */
static void partition(Sample *samples, size_t count, size_t *out_begin, size_t *out_end)
{
    double pivot = samples[count / 2].value;
    size_t begin = 0, end = count;
    for (size_t i = 0; i < end;) {
        Sample now = samples[i];
        if (now.value < pivot) {
            samples[i++] = samples[begin];
            samples[begin++] = now;
        } else if (now.value > pivot) {
            samples[i] = samples[--end];
            samples[end] = now;
        } else {
            i++;
        }
    }
    *out_begin = begin;
    *out_end = end;
}

/* The value below which (and at which) this share of the weight lies; the samples change places. */
static double quantile(Sample *samples, size_t count, double share)
{
    double value = samples[0].value;
    while (count > 0) {
        size_t begin, end;
        partition(samples, count, &begin, &end);
        value = samples[begin].value;
        double below = 0, up_to = 0;
        for (size_t s = 0; s < end; s++) {
            below += s < begin ? samples[s].weight : 0;
            up_to += samples[s].weight;
        }
        if (below > share) {
            count = begin;
        } else if (up_to > share) {
            break;
        } else {
            samples += end;
            count -= end;
            share -= up_to;
        }
    }
    return value;
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
        /* the probability is that of the mean distributions; where the draws are so skewed that it lies
         * outside, the interval is widened to hold it */
        p->low[h] = fmin(quantile(of, draws, tail), p->probability[h]);
        p->high[h] = fmax(quantile(of, draws, 1 - tail), p->probability[h]);
    }
    free(samples);
    free(log_case);
}
