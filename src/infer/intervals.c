/* Intervals: the posterior over draws of all Dirichlets (draws.h), of the components' shares and of the
 * prior. */
#include "infer/draws.h"
#include "infer/model.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The posteriors of all draws, hypothesis by hypothesis, into `samples`. */
static void draw_posteriors(const Posterior *p, const Model *m, size_t draws, double *samples)
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
        normalise_logs(log_prior, log_likelihood, count, probability);
        for (size_t h = 0; h < count; h++) {
            samples[h * draws + s] = probability[h];
        }
    }
    arena_free(scratch);
}

void intervals_fill(Posterior *p, const Model *model)
{
    const InferenceScales *scales = knowledge_scales(p->knowledge);
    size_t draws = scales->draws;
    double *samples = memory_array(draws * p->hypothesis_count, sizeof *samples);
    draw_posteriors(p, model, draws, samples);
    double tail = 0.5 * (1 - scales->interval_mass);
    size_t low = (size_t)(tail * (double)draws), high = draws - 1 - low;
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        qsort(samples + h * draws, draws, sizeof *samples, compare_doubles);
        /* the probability is that of the mean distributions; where the draws are so skewed that it lies
         * outside, the interval is widened to hold it */
        p->low[h] = fmin(samples[h * draws + low], p->probability[h]);
        p->high[h] = fmax(samples[h * draws + high], p->probability[h]);
    }
    free(samples);
}
