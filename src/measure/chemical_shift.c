/* Signal lost from the in-phase (in) to the opposed-phase (opp) image of a dual-echo gradient echo: fat and
 * water in one voxel cancel in the latter. Both echoes come from one acquisition and have one scale, so their
 * medians may be compared as they are. */
#include "measure/families.h"

#include <math.h>

static const Quantity drop = {
    .id = "chemical_shift.opposed_drop",
    .label = "Signal loss on opposed phase",
    .unit = "%",
    .method = "(in phase − opposed phase) / in phase × 100, of the medians of the lesion.",
    .source = "xiao2016",
    .code = {0},
};

static bool measure(const MeasureSeries *in, const MeasureSeries *opposed, MeasurementList *out,
                    DensError **err)
{
    Region with, against;
    if (!series_region(&with, in, -1, err) || !series_region(&against, opposed, -1, err)) {
        return false;
    }
    if (with.median <= 0) {
        return error_input(err, NULL, "the median signal of the lesion on the in series is not above 0");
    }
    const double ratio = against.median / with.median;
    Measurement *added = measurements_add(out, &drop, 100 * (1 - ratio));
    if (with.median_error >= 0 && against.median_error >= 0) {
        added->sd = 100 * hypot(against.median_error, ratio * with.median_error) / with.median;
    }
    added->inputs[0] = "in";
    added->inputs[1] = "opp";
    added->inputs[2] = "lesion";
    measurement_place(added, opposed, with.not_finite + against.not_finite, out->arena);
    return true;
}

void measure_chemical_shift(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (const MeasureSeries *in = series_next(input, "in", NULL); in; in = series_next(input, "in", in)) {
        for (const MeasureSeries *opposed = series_next(input, "opp", NULL); opposed;
             opposed = series_next(input, "opp", opposed)) {
            AUTO(error_auto) DensError *err = NULL;
            if (measure(in, opposed, out, &err)) {
                return;
            }
            if (!first_error) {
                first_error = TAKE(err);
            }
        }
    }
    measurements_add_missing(out, &drop, "%s",
                             first_error                      ? dens_error_summary(first_error)
                             : series_next(input, "in", NULL) ? "no opp series"
                                                              : "no in series");
}
