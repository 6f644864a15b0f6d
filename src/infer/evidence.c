/* From a known finding to likelihoods.
 *
 * A number is compared with the density that the bins of the knowledge describe: constant bins would let a
 * day of age change the answer at a bin's edge, so the density runs linearly between the centres of the bins.
 * A number with a standard deviation is averaged over its distribution at nine points. */
#include "infer/evidence.h"

#include <math.h>

enum { NORMAL_POINTS = 9 };

/* Midpoints of nine equally likely parts of the standard normal distribution. */
static const double normal_points[NORMAL_POINTS] = {-1.593219, -0.967422, -0.589456, -0.282216, 0,
                                                    0.282216,  0.589456,  0.967422,  1.593219};

/* P is a product of many factors; none of them may be zero through rounding or a draw at the edge. */
static const double smallest_likelihood = 1e-9;

static double bin_centre(const Finding *f, size_t bin)
{
    return 0.5 * (f->bin_edges[bin] + f->bin_edges[bin + 1]);
}

static double bin_width(const Finding *f, size_t bin)
{
    return f->bin_edges[bin + 1] - f->bin_edges[bin];
}

/* Adds the weights by which the density at x is made of the bins' probabilities: 1/width of the bins whose
 * centres are next to x, times the distance to the other one. */
static void add_density(const Finding *f, double x, double share, double *weight)
{
    size_t bin = finding_bin(f, x);
    size_t other = bin;
    if (x > bin_centre(f, bin) && bin + 1 < f->bin_count) {
        other = bin + 1;
    } else if (x < bin_centre(f, bin) && bin > 0) {
        other = bin - 1;
    }
    double toward_other = 0;
    if (other != bin) {
        toward_other = (x - bin_centre(f, bin)) / (bin_centre(f, other) - bin_centre(f, bin));
    }
    weight[bin] += share * (1 - toward_other) / bin_width(f, bin);
    if (other != bin) {
        weight[other] += share * toward_other / bin_width(f, other);
    }
}

static void number_weights(const CaseFinding *known, double *weight)
{
    const Finding *f = known->finding;
    if (known->has_read) {
        for (size_t i = 0; i < known->read_number_count; i++) {
            add_density(f, known->read_numbers[i], 1.0 / (double)known->read_number_count, weight);
        }
    } else if (known->measured_sd > 0) {
        for (size_t i = 0; i < NORMAL_POINTS; i++) {
            double x = known->measured_number + normal_points[i] * known->measured_sd;
            add_density(f, fmin(fmax(x, f->minimum), f->maximum), 1.0 / NORMAL_POINTS, weight);
        }
    } else {
        add_density(f, known->measured_number, 1, weight);
    }
    /* in units of the mean bin, so that a likelihood is near 1 and not 1/mm */
    double scale = (f->maximum - f->minimum) / (double)f->bin_count;
    for (size_t i = 0; i < f->bin_count; i++) {
        weight[i] *= scale;
    }
}

bool evidence_of(Evidence *out, const CaseFinding *known, Arena *arena)
{
    const Finding *f = known->finding;
    *out = (Evidence){f, cell_components(f), NULL};
    if (f->use != FINDING_FOR_DIFFERENTIAL || out->component_count == 0) {
        return false;
    }
    out->weight = arena_array(arena, out->component_count, sizeof *out->weight);
    if (f->kind == FINDING_NUMBER) {
        if (!known->has_read && !known->has_measured) {
            return false;
        }
        number_weights(known, out->weight);
        return true;
    }
    double evidence[VOCABULARY_MAX_VALUES];
    if (!case_evidence(known, evidence)) {
        return false;
    }
    bool any = false;
    for (size_t v = 0; v < f->value_count; v++) {
        if (f->kind == FINDING_CHOICE) {
            out->weight[v] = evidence[v];
            any = any || evidence[v] != evidence[0];
        } else {
            out->weight[2 * v] = evidence[v] != 0;
            out->weight[2 * v + 1] = evidence[v] <= 0;
            any = any || evidence[v] >= 0;
        }
    }
    /* all values equally possible, or no member known: nothing was said */
    return any;
}

static bool member_known(const Evidence *evidence, size_t member)
{
    return evidence->weight[2 * member] != evidence->weight[2 * member + 1];
}

size_t evidence_aspects(const Evidence *evidence)
{
    if (evidence->finding->kind != FINDING_SET) {
        return 1;
    }
    size_t count = 0;
    for (size_t m = 0; m < evidence->finding->value_count; m++) {
        count += member_known(evidence, m);
    }
    return count;
}

void evidence_aspect_block(const Evidence *evidence, size_t at, size_t *out_start, size_t *out_count)
{
    *out_start = 0;
    *out_count = evidence->component_count;
    if (evidence->finding->kind == FINDING_SET) {
        size_t member = 0;
        for (size_t left = at + 1; left > 0; member++) {
            left -= member_known(evidence, member);
        }
        *out_start = 2 * (member - 1);
        *out_count = 2;
    }
}

double evidence_aspect_chance(const Evidence *evidence, size_t at, const double *p)
{
    size_t start, count;
    evidence_aspect_block(evidence, at, &start, &count);
    return evidence_block_chance(evidence, start, count, p);
}

double evidence_block_chance(const Evidence *evidence, size_t start, size_t count, const double *p)
{
    double sum = 0;
    for (size_t i = start; i < start + count; i++) {
        sum += evidence->weight[i] * p[i];
    }
    return sum;
}

double evidence_clamp(double chance)
{
    return chance > smallest_likelihood ? chance : smallest_likelihood;
}

double evidence_log(double chance)
{
    return log(evidence_clamp(chance));
}

bool case_vouches(const Case *c, const Finding *finding)
{
    for (size_t i = 0; finding->examinations[i]; i++) {
        int index = vocabulary_find_examination(c->vocabulary, finding->examinations[i]);
        if (index >= 0 && c->examinations[index] == EXAMINATION_COMPLETE) {
            return true;
        }
    }
    return false;
}

bool evidence_unasked_negative(const Case *c, const CaseFinding *known)
{
    static const char *const negatives[] = {"absent", "none", "normal", "intact", "spared", "free"};
    const Finding *f = known->finding;
    if (f->kind != FINDING_CHOICE || !known->has_read || case_vouches(c, f)) {
        return false;
    }
    for (size_t i = 0; i < sizeof negatives / sizeof *negatives; i++) {
        int value = finding_value(f, negatives[i]);
        if (value >= 0 && known->read_values == UINT64_C(1) << value) {
            return true;
        }
    }
    return false;
}

double evidence_log_likelihood(const Evidence *evidence, const double *p)
{
    double sum = 0;
    for (size_t a = 0; a < evidence_aspects(evidence); a++) {
        sum += evidence_log(evidence_aspect_chance(evidence, a, p));
    }
    return sum;
}

const double *hypothesis_chances(const Knowledge *knowledge, size_t hypothesis, const Finding *finding)
{
    return hypothesis == knowledge_diagnosis_count(knowledge)
               ? knowledge_none(knowledge, finding)
               : knowledge_cell(knowledge, hypothesis, finding)->mean;
}

double mean_slip(const Knowledge *knowledge)
{
    const InferenceScales *s = knowledge_scales(knowledge);
    return (1 - s->atypical_share) * s->reader_slip + s->atypical_share * s->atypical_slip;
}

void mix_slip(const Knowledge *knowledge, const Finding *finding, double *p)
{
    double slip = mean_slip(knowledge);
    const double *background = knowledge_background(knowledge, finding);
    for (size_t i = 0; i < cell_components(finding); i++) {
        p[i] = (1 - slip) * p[i] + slip * background[i];
    }
}
