/* Modes, and what the findings of a case say in each of them. */
#include "infer/model.h"

#include <math.h>
#include <string.h>

/* Gauss–Legendre on [0, 1], sixteen points: halves of the symmetric rule on [−1, 1]. */
enum { HALF_POINTS = 8, IMPLIED_MAX = 3 };
static const double node[HALF_POINTS] = {0.0950125098376374, 0.2816035507792589, 0.4580167776572274,
                                         0.6178762444026438, 0.7554044083550030, 0.8656312023878318,
                                         0.9445750230732326, 0.9894009349916499};
static const double node_weight[HALF_POINTS] = {0.1894506104550685, 0.1826034150449236, 0.1691565193950025,
                                                0.1495959888165767, 0.1246289712555339, 0.0951585116824928,
                                                0.0622535239386479, 0.0271524594117541};

/* ---- modes ---- */

static States states_of(const InferenceScales *scales)
{
    if (scales->atypical_share <= 0) {
        return (States){1, {1, 0}, {scales->reader_slip, 0}};
    }
    return (States){2,
                    {1 - scales->atypical_share, scales->atypical_share},
                    {scales->reader_slip, scales->atypical_slip}};
}

size_t model_components(const Knowledge *knowledge, size_t hypothesis)
{
    if (hypothesis == knowledge_diagnosis_count(knowledge)) {
        return 1;
    }
    size_t count = knowledge_diagnosis(knowledge, hypothesis)->component_count;
    return count > 0 ? count : 1;
}

static double component_share(const Knowledge *knowledge, size_t diagnosis, size_t component)
{
    const Diagnosis *d = knowledge_diagnosis(knowledge, diagnosis);
    double sum = 0;
    for (size_t c = 0; c < d->component_count; c++) {
        sum += d->component_alpha[c];
    }
    return sum > 0 ? d->component_alpha[component] / sum : 1;
}

static void build_modes(Model *m, Arena *arena)
{
    size_t none = m->hypothesis_count - 1, most = 1;
    for (size_t d = 0; d < none; d++) {
        most += model_components(m->knowledge, d) * m->states.count;
    }
    m->modes = arena_array(arena, most, sizeof *m->modes);
    m->first = arena_array(arena, m->hypothesis_count + 1, sizeof *m->first);
    for (size_t d = 0; d < none; d++) {
        m->first[d] = m->mode_count;
        for (size_t c = 0; c < model_components(m->knowledge, d); c++) {
            double share = component_share(m->knowledge, d, c);
            for (size_t s = 0; s < m->states.count; s++) {
                double log_share = log(share * m->states.share[s]);
                m->modes[m->mode_count++] = (Mode){c, s, log_share, exp(log_share)};
            }
        }
    }
    m->first[none] = m->mode_count;
    m->modes[m->mode_count++] = (Mode){0, 0, 0, 1};
    m->first[none + 1] = m->mode_count;
}

/* ---- findings ---- */

double model_slip(const Model *model, const Known *known, size_t state)
{
    return 1 - (1 - model->states.slip[state]) * (1 - known->slip);
}

/* Below it, a product of chances is turned into its logarithm: many more would be lost. */
static const double smallest_product = 1e-250;

static void multiply(Known *known, double *products, size_t mode, double chance)
{
    products[mode] *= evidence_clamp(chance);
    if (products[mode] < smallest_product) {
        known->log_modes[mode] += log(products[mode]);
        products[mode] = 1;
    }
}

/* One aspect of a finding: its chance in every mode, and what the diagnoses themselves say. The modes of a
 * component stand side by side and share its cell. */
static void fill_aspect(const Model *m, Known *known, double *products, size_t aspect,
                        const double *background)
{
    const Evidence *e = &known->evidence;
    size_t none = m->hypothesis_count - 1, start, count;
    evidence_aspect_block(e, aspect, &start, &count);
    double other = evidence_block_chance(e, start, count, background);
    for (size_t d = 0; d < none; d++) {
        double mixed = 0, of_component = 0;
        for (size_t i = m->first[d]; i < m->first[d + 1]; i++) {
            const Mode *mode = &m->modes[i];
            if (mode->state == 0) {
                const Cell *cell = knowledge_component_cell(m->knowledge, d, mode->component, e->finding);
                of_component = evidence_block_chance(e, start, count, cell->mean);
            }
            double slip = model_slip(m, known, mode->state);
            double chance = (1 - slip) * of_component + slip * other;
            multiply(known, products, i, chance);
            mixed += mode->share * chance;
        }
        known->log_aspects[aspect * none + d] = evidence_log(mixed);
    }
    double of_none = evidence_block_chance(e, start, count, knowledge_none(m->knowledge, e->finding));
    multiply(known, products, m->first[none], (1 - known->slip) * of_none + known->slip * other);
}

void model_say(const Model *model, Known *known, Arena *arena)
{
    const Finding *f = known->evidence.finding;
    known->aspect_count = evidence_aspects(&known->evidence);
    known->log_modes = arena_array(arena, model->mode_count, sizeof(double));
    known->log_aspects = arena_array(arena, known->aspect_count * model->hypothesis_count, sizeof(double));
    double *products = arena_array(arena, model->mode_count, sizeof *products);
    for (size_t i = 0; i < model->mode_count; i++) {
        products[i] = 1;
    }
    for (size_t a = 0; a < known->aspect_count; a++) {
        fill_aspect(model, known, products, a, knowledge_background(model->knowledge, f));
    }
    for (size_t i = 0; i < model->mode_count; i++) {
        known->log_modes[i] += log(products[i]);
    }
}

double model_spread(const double *said, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t d = 0; d < count; d++) {
        sum += said[d];
        squares += said[d] * said[d];
    }
    double mean = sum / (double)count;
    return sqrt(fmax(squares / (double)count - mean * mean, 0));
}

double model_tempering(double sum, double squares, double exponent)
{
    return squares > 0 ? pow(sum * sum / squares, -exponent) : 1;
}

static void add_known(Model *m, const Case *c, const CaseFinding *finding, const InferOptions *options,
                      Arena *arena)
{
    Known *next = &m->known[m->known_count];
    const Finding *f = finding->finding;
    bool left_out = options->without_path && strcmp(f->section, "path") == 0;
    *next = (Known){.factor = 1};
    if (left_out || !evidence_of(&next->evidence, finding, arena)) {
        return;
    }
    next->slip = evidence_unasked_negative(c, finding) ? knowledge_scales(m->knowledge)->unasked_negative : 0;
    model_say(m, next, arena);
    m->known_count++;
}

/* A whole number of years is an age at the last birthday: half a year more on average. */
static double exact_age(double years, double maximum)
{
    return floor(years) == years ? fmin(years + 0.5, maximum) : years;
}

/* What the case implies stands beside its findings, and is a finding like any other. */
static void add_implied(Model *m, const Case *c, const char *id, const InferOptions *options, Arena *arena)
{
    const Finding *f = vocabulary_find(c->vocabulary, id);
    CaseFinding *known = arena_alloc(arena, sizeof *known);
    if (f && case_implied(c, f, known)) {
        if (f->kind == FINDING_NUMBER) {
            known->read_numbers[0] = exact_age(known->read_numbers[0], f->maximum);
        }
        add_known(m, c, known, options, arena);
    }
}

void model_build(Model *out, const Knowledge *knowledge, const Case *c, const InferOptions *options,
                 Arena *arena)
{
    *out = (Model){.knowledge = knowledge,
                   .states = states_of(knowledge_scales(knowledge)),
                   .hypothesis_count = knowledge_diagnosis_count(knowledge) + 1,
                   .known = arena_array(arena, c->finding_count + IMPLIED_MAX, sizeof *out->known)};
    build_modes(out, arena);
    out->sums = arena_array(arena, out->mode_count, sizeof *out->sums);
    static const char *const implied[IMPLIED_MAX] = {"patient.age", "patient.sex", "site.vertebrae"};
    for (size_t i = 0; i < IMPLIED_MAX; i++) {
        add_implied(out, c, implied[i], options, arena);
    }
    for (size_t i = 0; i < c->finding_count; i++) {
        add_known(out, c, &c->findings[i], options, arena);
    }
}

/* ---- mixing ---- */

/* The probabilities of the modes when their sums count for `weight`. */
static void mode_probabilities(const Model *m, size_t hypothesis, const double *sums, double weight,
                               double *out)
{
    size_t first = m->first[hypothesis], end = m->first[hypothesis + 1];
    double largest = -INFINITY, sum = 0;
    for (size_t i = first; i < end; i++) {
        out[i - first] = m->modes[i].log_share + weight * sums[i];
        largest = out[i - first] > largest ? out[i - first] : largest;
    }
    for (size_t i = first; i < end; i++) {
        double below = out[i - first] - largest;
        out[i - first] = below < 0 ? exp(below) : 1; /* of two modes, one is the largest */
        sum += out[i - first];
    }
    for (size_t i = first; i < end; i++) {
        out[i - first] /= sum;
    }
}

double model_mix(const Model *model, size_t hypothesis, const double *sums)
{
    size_t first = model->first[hypothesis], end = model->first[hypothesis + 1];
    double largest = -INFINITY, sum = 0;
    for (size_t i = first; i < end; i++) {
        largest = fmax(largest, model->modes[i].log_share + sums[i]);
    }
    for (size_t i = first; i < end; i++) {
        sum += exp(model->modes[i].log_share + sums[i] - largest);
    }
    return largest + log(sum);
}

void model_parts(const Model *model, size_t hypothesis, const double *sums, double *parts)
{
    size_t count = model->first[hypothesis + 1] - model->first[hypothesis];
    double probability[STATES_MAX * VOCABULARY_MAX_VALUES] = {0};
    for (size_t i = 0; i < count; i++) {
        parts[i] = count == 1 ? 1 : 0;
    }
    for (size_t n = 0; n < (size_t)2 * HALF_POINTS && count > 1; n++) {
        double x = n % 2 ? node[n / 2] : -node[n / 2];
        mode_probabilities(model, hypothesis, sums, 0.5 * (1 + x), probability);
        for (size_t i = 0; i < count; i++) {
            parts[i] += 0.5 * node_weight[n / 2] * probability[i];
        }
    }
}
