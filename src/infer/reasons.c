/* The additive explanation.
 *
 * The log odds of two hypotheses are the log ratio of their priors plus one weight for each sign. Inside a
 * sign of k findings the tempered sum is shared out by Shapley values: the mean, over all orders in which the
 * findings could become known, of what each adds. As the value of a subset S is |S|^(−t) Σ x, the mean over
 * orders has a closed form. */
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

/* Shapley value of finding i among k, x the untempered differences. */
static double shapley(const double *x, size_t k, size_t i, double exponent)
{
    double mean_of_others = 0;
    for (size_t j = 0; j < k; j++) {
        mean_of_others += j == i ? 0 : x[j] / (double)(k - 1);
    }
    double sum = 0;
    for (size_t size = 0; size < k; size++) {
        double others = (double)size * mean_of_others;
        double with = pow((double)size + 1, -exponent) * (others + x[i]);
        double without = size == 0 ? 0 : pow((double)size, -exponent) * others;
        sum += with - without;
    }
    return sum / (double)k;
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
        for (size_t i = 0; i < k; i++) {
            shares[i] = shapley(x, k, i, exponent);
        }
        reasons[s] = (Reason){sign, sign->factor * sum, shares};
    }
    if (p->sign_count > 1) {
        qsort(reasons, p->sign_count, sizeof *reasons, compare_reasons);
    }
    *out_reasons = reasons;
    *out_count = p->sign_count;
    *out_prior = p->log_prior[hypothesis] - p->log_prior[rival];
}
