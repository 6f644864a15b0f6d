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

static double member_log_likelihood(const Evidence *evidence, size_t member, const double *p)
{
    const double *w = evidence->weight + 2 * member, *q = p + 2 * member;
    return log(fmax(w[0] * q[0] + w[1] * q[1], smallest_likelihood));
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

double evidence_aspect_log_likelihood(const Evidence *evidence, size_t at, const double *p)
{
    if (evidence->finding->kind != FINDING_SET) {
        double sum = 0;
        for (size_t i = 0; i < evidence->component_count; i++) {
            sum += evidence->weight[i] * p[i];
        }
        return log(fmax(sum, smallest_likelihood));
    }
    size_t member = 0;
    for (size_t left = at + 1; left > 0; member++) {
        left -= member_known(evidence, member);
    }
    return member_log_likelihood(evidence, member - 1, p);
}

double evidence_log_likelihood(const Evidence *evidence, const double *p)
{
    if (evidence->finding->kind != FINDING_SET) {
        return evidence_aspect_log_likelihood(evidence, 0, p);
    }
    double log_product = 0;
    for (size_t m = 0; m < evidence->finding->value_count; m++) {
        log_product += member_known(evidence, m) ? member_log_likelihood(evidence, m, p) : 0;
    }
    return log_product;
}

void cell_means(const Finding *finding, const double *alpha, double *out)
{
    size_t count = cell_components(finding);
    size_t block = finding->kind == FINDING_SET ? 2 : count;
    for (size_t start = 0; start < count; start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += alpha[i];
        }
        for (size_t i = start; i < start + block; i++) {
            out[i] = alpha[i] / sum;
        }
    }
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

/* A density is smooth, and neighbouring bins are uncertain together: the share of the five bins around the
 * number is drawn, and the means are scaled with it. */
static void draw_number(const Evidence *evidence, const double *alpha, const double *means, Random *random,
                        double *out)
{
    size_t first = 0, last = 0;
    double shares[2] = {0, 0}, drawn[2], mean = 0;
    bins_around(evidence, &first, &last);
    for (size_t i = 0; i < evidence->component_count; i++) {
        bool near = i >= first && i <= last;
        shares[near ? 0 : 1] += alpha[i];
        mean += near ? means[i] : 0;
    }
    drawn[0] = 1;
    if (shares[1] > 0) {
        random_dirichlet(random, shares, 2, drawn);
    }
    for (size_t i = 0; i < evidence->component_count; i++) {
        bool near = i >= first && i <= last;
        out[i] = means[i] * (near ? drawn[0] / mean : (1 - drawn[0]) / fmax(1 - mean, 1e-12));
    }
}

void cell_draw(const Evidence *evidence, const double *alpha, const double *means, Random *random,
               double *out)
{
    const Finding *f = evidence->finding;
    if (f->kind == FINDING_CHOICE) {
        random_dirichlet(random, alpha, evidence->component_count, out);
    } else if (f->kind == FINDING_NUMBER) {
        draw_number(evidence, alpha, means, random, out);
    } else {
        for (size_t m = 0; m < f->value_count; m++) {
            if (member_known(evidence, m)) {
                random_dirichlet(random, alpha + 2 * m, 2, out + 2 * m);
            } else {
                out[2 * m] = means[2 * m];
                out[2 * m + 1] = means[2 * m + 1];
            }
        }
    }
}

void mix_slip(const Knowledge *knowledge, const Finding *finding, double *p)
{
    double slip = knowledge_scales(knowledge)->reader_slip;
    const double *background = knowledge_background(knowledge, finding);
    for (size_t i = 0; i < cell_components(finding); i++) {
        p[i] = (1 - slip) * p[i] + slip * background[i];
    }
}

void flattened_mixture(const Knowledge *knowledge, const Finding *finding, double exponent, double *out)
{
    size_t count = cell_components(finding);
    size_t diagnoses = knowledge_diagnosis_count(knowledge);
    double means[2 * VOCABULARY_MAX_VALUES] = {0};
    for (size_t i = 0; i < count; i++) {
        out[i] = 0;
    }
    for (size_t d = 0; d < diagnoses; d++) {
        cell_means(finding, knowledge_cell(knowledge, d, finding)->alpha, means);
        for (size_t i = 0; i < count; i++) {
            out[i] += means[i] / (double)diagnoses;
        }
    }
    size_t block = finding->kind == FINDING_SET ? 2 : count;
    for (size_t start = 0; start < count; start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            /* a density is flattened, not the probability of a bin, whose width is arbitrary */
            double width = finding->kind == FINDING_NUMBER ? bin_width(finding, i) : 1;
            out[i] = pow(out[i] / width, exponent) * width;
            sum += out[i];
        }
        for (size_t i = start; i < start + block; i++) {
            out[i] /= sum;
        }
    }
}
