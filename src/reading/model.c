/* The error model.
 *
 * A rule cuts a measurement's axis into the classes that readers name: T1 darker than muscle, about equal,
 * brighter. Readers do not all draw the line at the same place, and the measurement has an error of its own.
 * So the line is blurred: P(class | x) is the share of a normal distribution around x, whose variance is
 * blur² + sd², that falls into the class. The shares of all classes at one x add up to 1, and the share of a
 * class falls steadily with the distance from it.
 *
 * What the case wants is the reverse, P(x | value), up to scale. By Bayes it is P(value | x)·P(x)/P(value);
 * P(x) is the same for all values, and P(value), how often readers use each word over all lesions, is not
 * known for most findings, so it is taken as equal. Where several measurements decide together (a lower line
 * against muscle, an upper one against CSF) their shares multiply: they are lines on different axes, not two
 * opinions on one line.
 *
 * A value that a line does not tell from its neighbours lies in the classes on both sides of it, and has the
 * mean of their shares: each of them is as likely under it.
 *
 * No value falls below 1/ratio_limit of the best: a measurement alone never settles a finding. */
#include "reading/model.h"

#include <math.h>

static double normal_below(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

double axis_share(const Axis *axis, size_t class_index, double x, double sd)
{
    const double error = fmax(sd, 0);
    double at = x, width = hypot(axis->blur, error);
    if (axis->logarithmic) {
        if (x <= 0) {
            return class_index == 0 ? 1 : 0; /* a signal of 0 lies below every line */
        }
        at = log(x);
        width = hypot(log(axis->blur), error / x);
    }
    double below_low = 0, below_high = 1;
    if (class_index > 0) {
        const double low = axis->edges[class_index - 1];
        below_low = normal_below(((axis->logarithmic ? log(low) : low) - at) / width);
    }
    if (class_index + 1 < axis->class_count) {
        const double high = axis->edges[class_index];
        below_high = normal_below(((axis->logarithmic ? log(high) : high) - at) / width);
    }
    return fmax(below_high - below_low, 0);
}

/* A value's share: the mean over the classes that it lies in, as each of these is as likely under it. */
static double value_share(const Axis *axis, size_t value, double x, double sd)
{
    double sum = 0, classes = 0;
    for (size_t c = 0; c < axis->class_count; c++) {
        if (axis->classes[c] & UINT64_C(1) << value) {
            sum += axis_share(axis, c, x, sd);
            classes++;
        }
    }
    return sum / classes;
}

bool way_likelihood(const Rule *rule, const Way *way, const double *x, const double *sd, double *out)
{
    const size_t count = rule->finding->value_count;
    double best = 0;
    for (size_t v = 0; v < count; v++) {
        out[v] = 1;
        for (size_t a = 0; a < way->axis_count; a++) {
            out[v] *= value_share(&way->axes[a], v, x[a], sd[a]);
        }
        best = fmax(best, out[v]);
    }
    if (best < READING_LEAST_AGREEMENT) {
        return false;
    }
    for (size_t v = 0; v < count; v++) {
        out[v] = fmax(out[v] / best, 1 / rule->ratio_limit);
    }
    return true;
}
