/* What a case says of a finding: which values are still possible, and how much each one is supported.
 *
 * The reader's value goes before the measured one, everywhere. A value stands for itself and for all values
 * that refine it. Method and limits: docs/formats.md, "What a finding says". */
#include "document/case.h"
#include "document/case_parts.h"

#include <math.h>
#include <string.h>

/* No measured finding weighs more than this ratio until more was shown on real images. */
static const double measured_ratio_limit = 10;
/* A value counts as still possible from this share of the measured likelihood on. */
static const double possible_share = 0.10;
/* Readers round: a number that they read differs from a measured one only beyond this share of it. */
static const double rounding_share = 0.10;

static uint64_t all_values(const Finding *finding)
{
    return finding->value_count >= 64 ? UINT64_MAX : case_bit((int)finding->value_count) - 1;
}

/* The values of the mask and all that refine them. */
static uint64_t closure_of(const Finding *finding, uint64_t values)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < finding->value_count; i++) {
        if (values & case_bit((int)i)) {
            mask |= finding_closure(finding, (int)i);
        }
    }
    return mask;
}

static double largest_likelihood(const CaseFinding *known)
{
    double largest = 0;
    for (size_t i = 0; i < known->finding->value_count; i++) {
        largest = fmax(largest, known->likelihood[i]);
    }
    return largest;
}

/* Measured values with at least `threshold` of the summed likelihood. */
static uint64_t likely_values(const CaseFinding *known, double threshold)
{
    double largest = largest_likelihood(known), sum = 0;
    for (size_t i = 0; i < known->finding->value_count; i++) {
        sum += known->likelihood[i] / largest; /* scaled: the sum of large numbers must not overflow */
    }
    uint64_t mask = 0;
    for (size_t i = 0; i < known->finding->value_count; i++) {
        if (known->likelihood[i] / largest >= threshold * sum) {
            mask |= case_bit((int)i);
        }
    }
    return mask;
}

static uint64_t possible_values(const CaseFinding *known, double threshold)
{
    const Finding *finding = known->finding;
    if (finding->kind == FINDING_NUMBER) {
        return 0;
    }
    if (finding->kind == FINDING_SET) {
        uint64_t none = known->read_none && finding->none_value >= 0 ? case_bit(finding->none_value) : 0;
        return known->has_read ? known->read_values | none : all_values(finding);
    }
    if (known->has_read) {
        return closure_of(finding, known->read_values);
    }
    return known->has_measured ? likely_values(known, threshold) : all_values(finding);
}

uint64_t case_possible(const Case *c, const Finding *finding, double threshold)
{
    const CaseFinding *known = case_find(c, finding->id);
    return known ? possible_values(known, threshold) : all_values(finding);
}

bool case_may_be(const Case *c, const char *finding_id, const char *value_id)
{
    const CaseFinding *known = case_find(c, finding_id);
    if (!known || (!known->has_read && !known->has_measured)) {
        return false;
    }
    int value = finding_value(known->finding, value_id);
    return value >= 0 &&
           (possible_values(known, possible_share) & finding_closure(known->finding, value)) != 0;
}

static bool number_conflicts(const CaseFinding *known)
{
    for (size_t i = 0; i < known->read_number_count; i++) {
        double tolerance = fmax(2 * known->measured_sd, rounding_share * fabs(known->read_numbers[i]));
        if (fabs(known->read_numbers[i] - known->measured_number) <= tolerance) {
            return false;
        }
    }
    return true;
}

bool case_finding_conflicts(const CaseFinding *finding)
{
    if (!finding->has_read || !finding->has_measured) {
        return false;
    }
    if (finding->finding->kind == FINDING_NUMBER) {
        return number_conflicts(finding);
    }
    /* a measured value agrees with what it refines, and with what refines it */
    uint64_t measured = finding_closure(finding->finding, finding->measured_value);
    uint64_t read = closure_of(finding->finding, finding->read_values);
    return (measured & read) == 0;
}

static void choice_evidence(const CaseFinding *known, double *out)
{
    const Finding *finding = known->finding;
    uint64_t read = known->has_read ? closure_of(finding, known->read_values) : 0;
    double largest = known->has_read ? 1 : largest_likelihood(known);
    for (size_t i = 0; i < finding->value_count; i++) {
        out[i] = known->has_read ? (read & case_bit((int)i) ? 1 : 0)
                                 : fmax(known->likelihood[i] / largest, 1 / measured_ratio_limit);
    }
}

/* "none" is no member of its own: it says that the others are absent. */
static void set_evidence(const CaseFinding *known, double *out)
{
    const Finding *finding = known->finding;
    double unlisted = known->read_none || case_is_closed_set(finding) ? 0 : -1;
    for (size_t i = 0; i < finding->value_count; i++) {
        out[i] = (int)i == finding->none_value ? -1 : known->read_values & case_bit((int)i) ? 1 : unlisted;
    }
}

static double normal_below(double x, double mean, double sd)
{
    return 0.5 * erfc((mean - x) / (sd * sqrt(2.0)));
}

/* Spreads a normal distribution over the bins, as much of it as the range holds. */
static void spread_over_bins(const Finding *finding, double mean, double sd, double *out)
{
    /* beyond this width the distribution is flat over the range, and its tails would cancel */
    double width = fmin(sd, 100 * (finding->maximum - finding->minimum));
    double sum = 0;
    for (size_t i = 0; i < finding->bin_count; i++) {
        out[i] = normal_below(finding->bin_edges[i + 1], mean, width) -
                 normal_below(finding->bin_edges[i], mean, width);
        sum += out[i];
    }
    for (size_t i = 0; i < finding->bin_count; i++) {
        out[i] /= sum;
    }
}

static void number_evidence(const CaseFinding *known, double *out)
{
    const Finding *finding = known->finding;
    memset(out, 0, finding->bin_count * sizeof *out);
    if (known->has_read) {
        for (size_t i = 0; i < known->read_number_count; i++) {
            out[finding_bin(finding, known->read_numbers[i])] += 1.0 / (double)known->read_number_count;
        }
    } else if (known->measured_sd > 0) {
        spread_over_bins(finding, known->measured_number, known->measured_sd, out);
    } else {
        out[finding_bin(finding, known->measured_number)] = 1;
    }
}

bool case_evidence(const CaseFinding *finding, double *out)
{
    if (!finding->has_read && !finding->has_measured) {
        return false;
    }
    switch (finding->finding->kind) {
    case FINDING_CHOICE:
        choice_evidence(finding, out);
        return true;
    case FINDING_SET:
        set_evidence(finding, out);
        return true;
    case FINDING_NUMBER:
        number_evidence(finding, out);
        return true;
    }
    return false;
}
