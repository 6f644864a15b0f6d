/* The additive explanation.
 *
 * The log odds of two hypotheses are the log ratio of their priors plus one weight for each sign. Inside a
 * sign the tempered sum is shared out by Shapley values: the mean, over all orders in which the findings
 * could become known, of what each adds. They are enumerated over all subsets: a sign has few findings. */
#include "infer/infer.h"

#include <math.h>
#include <stdlib.h>

size_t posterior_rival(const Posterior *posterior, size_t hypothesis)
{
    size_t none = posterior->hypothesis_count - 1;
    for (size_t i = 0; i < posterior->hypothesis_count; i++) {
        size_t other = posterior->order[i];
        if (other != hypothesis && other != none && posterior->considered[other]) {
            return other;
        }
    }
    return none;
}

double sign_factor(const SignEvidence *sign, uint64_t set, double exponent)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < sign->finding_count; i++) {
        if (set >> i & 1) {
            sum += sign->spread[i];
            squares += sign->spread_squares[i];
        }
    }
    return squares > 0 ? pow(sum * sum / squares, -exponent) : 1;
}

/* What a subset of a sign's findings is worth: their tempered sum. */
static double subset_value(const SignEvidence *sign, const double *x, uint64_t set, double exponent)
{
    double sum = 0;
    for (size_t i = 0; i < sign->finding_count; i++) {
        sum += set >> i & 1 ? x[i] : 0;
    }
    return sum * sign_factor(sign, set, exponent) * sign->bundle_factor;
}

/* The share of the orders of k findings in which exactly `size` certain ones stand before a certain other:
 * s!(k − s − 1)!/k!, which is 1 / (k · (k − 1 over s)). */
static double share_of_orders(size_t k, size_t size)
{
    double choices = 1;
    for (size_t i = 1; i <= size; i++) {
        choices = choices * (double)(k - i) / (double)i;
    }
    return 1 / ((double)k * choices);
}

/* Shapley values of a sign's findings; x holds the untempered differences. */
static void shapley(const SignEvidence *sign, const double *x, double exponent, double *out)
{
    size_t k = sign->finding_count;
    for (uint64_t set = 1; set < UINT64_C(1) << k; set++) { /* the empty set is worth nothing */
        size_t size = (size_t)__builtin_popcountll(set);
        double value = subset_value(sign, x, set, exponent);
        double upto = share_of_orders(k, size - 1) * value;
        double before = size < k ? share_of_orders(k, size) * value : 0;
        for (size_t i = 0; i < k; i++) {
            out[i] += set >> i & 1 ? upto : -before;
        }
    }
}

static int compare_reasons(const void *a, const void *b)
{
    double x = fabs(((const Reason *)a)->weight), y = fabs(((const Reason *)b)->weight);
    return (x < y) - (x > y);
}

void posterior_reasons(const Posterior *p, size_t hypothesis, size_t rival, Reason **out_reasons,
                       size_t *out_count, double *out_prior)
{
    double exponent = knowledge_scales(p->knowledge)->sign_tempering;
    Reason *reasons = arena_array(p->arena, p->sign_count, sizeof *reasons);
    for (size_t s = 0; s < p->sign_count; s++) {
        const SignEvidence *sign = &p->signs[s];
        size_t k = sign->finding_count;
        double *x = arena_array(p->arena, 2 * k, sizeof *x);
        double *shares = x + k;
        double sum = 0;
        for (size_t i = 0; i < k; i++) {
            const double *row = sign->log_likelihood + i * p->hypothesis_count;
            x[i] = row[hypothesis] - row[rival];
            sum += x[i];
        }
        shapley(sign, x, exponent, shares);
        reasons[s] = (Reason){sign, sign->factor * sum, shares};
    }
    if (p->sign_count > 1) {
        qsort(reasons, p->sign_count, sizeof *reasons, compare_reasons);
    }
    *out_reasons = reasons;
    *out_count = p->sign_count;
    *out_prior = p->log_prior[hypothesis] - p->log_prior[rival];
}
