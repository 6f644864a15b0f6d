/* Intervals: the posterior over draws of all Dirichlets.
 *
 * Each draw's random numbers are keyed by diagnosis, component, finding and number of the draw, so they do
 * not depend on what else the case holds. A value or several of a choice are one Beta distribution of its
 * Dirichlet, and a member of a set has its own. A density is smooth, and neighbouring bins are uncertain
 * together: of a number the share of the five bins around it is drawn, and the means are scaled with it. */
#include "infer/model.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One drawing of a finding in a component: what does not change from draw to draw. */
typedef struct {
    const Known *known;
    size_t first_mode; /* of the component: its states follow */
    uint64_t key;
    const double *alpha, *mean, *background;
} Drawing;

static double beta(Random *random, double a, double b)
{
    double shapes[2] = {a, b}, drawn[2];
    random_dirichlet(random, shapes, 2, drawn);
    return drawn[0];
}

/* The bins around a number that its density hangs on: two to each side. */
static void bins_around(const Evidence *evidence, size_t *out_first, size_t *out_last)
{
    size_t heaviest = 0, count = evidence->component_count;
    for (size_t i = 1; i < count; i++) {
        heaviest = evidence->weight[i] > evidence->weight[heaviest] ? i : heaviest;
    }
    *out_first = heaviest < 2 ? 0 : heaviest - 2;
    *out_last = heaviest + 2 < count ? heaviest + 2 : count - 1;
}

static double draw_number(const Evidence *e, const double *alpha, const double *mean, Random *random)
{
    size_t first = 0, last = 0;
    double size[2] = {0, 0}, share = 0, said[2] = {0, 0};
    bins_around(e, &first, &last);
    for (size_t i = 0; i < e->component_count; i++) {
        bool far = i < first || i > last;
        size[far] += alpha[i];
        said[far] += e->weight[i] * mean[i];
        share += far ? 0 : mean[i];
    }
    if (!(size[1] > 0)) {
        return said[0];
    }
    double drawn = beta(random, size[0], size[1]);
    return said[0] * drawn / share + said[1] * (1 - drawn) / fmax(1 - share, 1e-12);
}

/* P(aspect) in one draw of a block of a cell. */
static double draw_block(const double *weight, const double *alpha, size_t count, Random *random)
{
    double named = 0, rest = 0, chance = 0, drawn[CELL_MAX];
    bool graded = false;
    for (size_t i = 0; i < count; i++) {
        graded = graded || (weight[i] > 0 && weight[i] < 1);
        named += weight[i] > 0 ? alpha[i] : 0;
        rest += weight[i] > 0 ? 0 : alpha[i];
    }
    if (!graded) {
        return beta(random, named, rest);
    }
    random_dirichlet(random, alpha, count, drawn);
    for (size_t i = 0; i < count; i++) {
        chance += weight[i] * drawn[i];
    }
    return chance;
}

static double draw_aspect(const Evidence *e, size_t aspect, const double *alpha, const double *mean,
                          Random *random)
{
    if (e->finding->kind == FINDING_NUMBER) {
        return draw_number(e, alpha, mean, random);
    }
    size_t start, count;
    evidence_aspect_block(e, aspect, &start, &count);
    return draw_block(e->weight + start, alpha + start, count, random);
}

/* Adds what a finding says in one draw to the states of its component. The aspects are multiplied before the
 * logarithm is taken. */
static void add_draw(const Model *m, const Drawing *source, uint64_t draw, double *sums)
{
    const Known *known = source->known;
    double product[STATES_MAX] = {1, 1};
    Random random;
    random_init(&random, random_mix(source->key, draw));
    for (size_t a = 0; a < known->aspect_count; a++) {
        double chance = draw_aspect(&known->evidence, a, source->alpha, source->mean, &random);
        double other = evidence_aspect_chance(&known->evidence, a, source->background);
        for (size_t s = 0; s < STATES_MAX; s++) {
            product[s] *= fmax((1 - m->states.slip[s]) * chance + m->states.slip[s] * other, 1e-6);
        }
    }
    for (size_t s = 0; s < m->states.count && s < STATES_MAX; s++) {
        sums[source->first_mode + s] += known->factor * log(fmax(product[s], 1e-300));
    }
}

static size_t list_sources(const Posterior *p, const Model *m, Drawing *out)
{
    size_t count = 0;
    for (size_t d = 0; d + 1 < m->hypothesis_count; d++) {
        const char *id = knowledge_diagnosis(m->knowledge, d)->name->id;
        for (size_t c = 0; c < model_components(m->knowledge, d) && p->considered[d]; c++) {
            for (size_t i = 0; i < m->known_count; i++) {
                const Known *known = &m->known[i];
                const Finding *f = known->evidence.finding;
                const Cell *cell = knowledge_component_cell(m->knowledge, d, c, f);
                uint64_t key = random_mix(random_key(id), random_key(f->id));
                out[count++] = (Drawing){known,
                                         m->first[d] + c * m->states.count,
                                         c ? random_mix(key, c) : key,
                                         cell->alpha,
                                         cell->mean,
                                         knowledge_background(m->knowledge, f)};
            }
        }
    }
    return count;
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
    Drawing *sources = arena_array(scratch, m->mode_count * m->known_count + 1, sizeof *sources);
    double *sums = arena_array(scratch, m->mode_count, sizeof *sums);
    double *log_prior = arena_array(scratch, count, sizeof *log_prior);
    double *log_likelihood = arena_array(scratch, count, sizeof *log_likelihood);
    double *probability = arena_array(scratch, count, sizeof *probability);
    Model drawn = *m;
    drawn.modes = arena_array(scratch, m->mode_count, sizeof *drawn.modes);
    memcpy(drawn.modes, m->modes, m->mode_count * sizeof *drawn.modes);
    size_t source_count = list_sources(p, m, sources);
    for (size_t s = 0; s < draws; s++) {
        Random random;
        random_init(&random, random_mix(random_key(p->prior->id), s));
        prior_logs(p, &random, log_prior);
        draw_shares(m, s, drawn.modes);
        memset(sums, 0, m->mode_count * sizeof *sums);
        for (size_t i = 0; i < source_count; i++) {
            add_draw(m, &sources[i], s, sums);
        }
        for (size_t h = 0; h < none; h++) {
            log_likelihood[h] = p->considered[h] ? model_mix(&drawn, h, sums) : 0;
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
