/* Contrast enhancement from a T1-weighted series before (t1) and one after contrast medium (t1c).
 *
 * The two series may be scaled differently, so lesion signals are compared only relative to a tissue that is
 * marked in both. The cord comes first: behind the blood–cord barrier it does not enhance. Muscle enhances a
 * little, so the lesion's enhancement is then somewhat underestimated; so does the disc, less. Marrow
 * enhances and is not used, CSF is too dark on T1. Without such a tissue nothing is measured. Errors of the
 * four medians are propagated to first order. */
#include "measure/families.h"

#include <math.h>

static const Quantity enhancement_ratio = {
    .id = "enhancement.ratio",
    .label = "Relative enhancement",
    .unit = "%",
    .method =
        "Rise of the lesion's median T1 signal after contrast, each signal divided by the median of the "
        "same reference tissue (cord, else muscle, else disc) in its series: (post / pre − 1) × 100.",
    .source = "",
    .code = {0},
};

static const Quantity over_muscle = {
    .id = "enhancement.over_muscle",
    .label = "Enhancement in units of muscle signal",
    .unit = "1",
    .method = "Lesion-to-muscle ratio of the medians after contrast minus that before contrast.",
    .source = "",
    .code = {0},
};

/* Best first. */
static const Tissue normalisers[] = {TISSUE_CORD, TISSUE_MUSCLE, TISSUE_DISC};

/* Lesion / reference in one series, with the variance of its logarithm; both medians above 0. */
typedef struct {
    double ratio, log_variance; /* log_variance < 0: not known */
    size_t not_finite;
} Relative;

static double relative_variance(const Region *region)
{
    const double relative = region->median_error / region->median;
    return relative * relative;
}

static bool above_zero(const Region *region, const char *what, const char *role, DensError **err)
{
    return region->median > 0 ||
           error_input(err, NULL, "the median signal of the %s on the %s series is not above 0", what, role);
}

static bool relative_signal(Relative *out, const MeasureSeries *series, Tissue tissue, DensError **err)
{
    Region lesion, reference;
    if (!series_region(&lesion, series, -1, err) || !series_region(&reference, series, (int)tissue, err) ||
        !above_zero(&lesion, "lesion", series->role, err) ||
        !above_zero(&reference, tissue_name(tissue), series->role, err)) {
        return false;
    }
    out->ratio = lesion.median / reference.median;
    out->log_variance = -1;
    if (lesion.median_error >= 0 && reference.median_error >= 0) {
        out->log_variance = relative_variance(&lesion) + relative_variance(&reference);
    }
    out->not_finite = lesion.not_finite + reference.not_finite;
    return true;
}

static void place(Measurement *added, const MeasureSeries *after, Tissue tissue, size_t not_finite,
                  Arena *arena)
{
    added->inputs[0] = "t1";
    added->inputs[1] = "t1c";
    added->inputs[2] = "lesion";
    added->inputs[3] = tissue_name(tissue);
    measurement_place(added, after, not_finite, arena);
}

static void add_found(MeasurementList *out, const Quantity *quantity, const MeasureSeries *after,
                      Tissue tissue, const Relative *pre, const Relative *post)
{
    const bool relative = quantity == &enhancement_ratio;
    const double quotient = post->ratio / pre->ratio;
    Measurement *added =
        measurements_add(out, quantity, relative ? 100 * (quotient - 1) : post->ratio - pre->ratio);
    if (pre->log_variance >= 0 && post->log_variance >= 0) {
        const double pre_sd = sqrt(pre->log_variance), post_sd = sqrt(post->log_variance);
        added->sd = relative ? 100 * quotient * hypot(pre_sd, post_sd)
                             : hypot(pre->ratio * pre_sd, post->ratio * post_sd);
    }
    place(added, after, tissue, pre->not_finite + post->not_finite, out->arena);
}

/* Measures with the first pair of series in which both lesion and tissue can be used. */
static bool measure_with(const MeasureInput *input, const Quantity *quantity, Tissue tissue,
                         MeasurementList *out, DensError **first_error)
{
    for (const MeasureSeries *before = series_next(input, "t1", NULL); before;
         before = series_next(input, "t1", before)) {
        for (const MeasureSeries *after = series_next(input, "t1c", NULL); after;
             after = series_next(input, "t1c", after)) {
            Relative pre, post;
            AUTO(error_auto) DensError *err = NULL;
            if (relative_signal(&pre, before, tissue, &err) && relative_signal(&post, after, tissue, &err)) {
                add_found(out, quantity, after, tissue, &pre, &post);
                return true;
            }
            if (!*first_error) {
                *first_error = TAKE(err);
            }
        }
    }
    return false;
}

/* Is a tissue marked in some t1 and some t1c series? */
static bool marked_in_both(const MeasureInput *input, Tissue tissue)
{
    const char *const roles[] = {"t1", "t1c"};
    for (int r = 0; r < 2; r++) {
        bool marked = false;
        for (const MeasureSeries *s = series_next(input, roles[r], NULL); s;
             s = series_next(input, roles[r], s)) {
            marked = marked || s->reference[tissue];
        }
        if (!marked) {
            return false;
        }
    }
    return true;
}

static void add_quantity(const MeasureInput *input, const Quantity *quantity, const Tissue *tissues,
                         size_t tissue_count, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (size_t t = 0; t < tissue_count; t++) {
        if (marked_in_both(input, tissues[t]) &&
            measure_with(input, quantity, tissues[t], out, &first_error)) {
            return;
        }
    }
    if (!series_next(input, "t1", NULL) || !series_next(input, "t1c", NULL)) {
        measurements_add_missing(out, quantity, "no %s series",
                                 series_next(input, "t1", NULL) ? "t1c" : "t1");
    } else if (first_error) {
        measurements_add_missing(out, quantity, "%s", dens_error_summary(first_error));
    } else {
        measurements_add_missing(out, quantity,
                                 "no %s reference in both t1 and t1c: without one their scales differ",
                                 tissue_count == 1 ? tissue_name(tissues[0]) : "cord, muscle or disc");
    }
}

void measure_enhancement(const MeasureInput *input, MeasurementList *out)
{
    static const Tissue muscle[] = {TISSUE_MUSCLE};
    add_quantity(input, &enhancement_ratio, normalisers, sizeof normalisers / sizeof normalisers[0], out);
    add_quantity(input, &over_muscle, muscle, 1, out);
}
