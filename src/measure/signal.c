/* MR signal of the lesion against reference tissues of the same series.
 *
 * MR signal has no unit: it depends on coil, gain and sequence, so only ratios inside one series mean
 * anything. Medians, since a lesion holds vessels, cysts and calcium and a reference region often a little of
 * its neighbour. The error is that of the two medians (region.c), propagated to first order:
 * sd² = (s_a/b)² + (a·s_b/b²)². It holds noise and structure, not the shading of the receive coil: that is in
 * the readings' blur. */
#include "measure/families.h"

#include <math.h>

enum { NO_TISSUE = -1 };

typedef struct {
    Quantity quantity;
    const char *role;
    int tissue; /* a Tissue, or NO_TISSUE: the spread within the lesion */
} SignalQuantity;

#define RATIO(role_text, tissue_text, sequence, tissue_label, tissue_id)                                     \
    {                                                                                                        \
        {"signal." role_text "_" tissue_text,                                                                \
         sequence " signal against " tissue_label,                                                           \
         "1",                                                                                                \
         "Median of the lesion divided by the median of the " tissue_label " reference in the same series.", \
         "",                                                                                                 \
         {0}},                                                                                               \
            role_text, tissue_id                                                                             \
    }

static const SignalQuantity signals[] = {
    RATIO("t1", "muscle", "T1", "muscle", TISSUE_MUSCLE),
    RATIO("t1", "disc", "T1", "disc", TISSUE_DISC),
    RATIO("t1", "marrow", "T1", "marrow", TISSUE_MARROW),
    RATIO("t2", "muscle", "T2", "muscle", TISSUE_MUSCLE),
    RATIO("t2", "disc", "T2", "disc", TISSUE_DISC),
    RATIO("t2", "csf", "T2", "CSF", TISSUE_CSF),
    RATIO("t2", "marrow", "T2", "marrow", TISSUE_MARROW),
    RATIO("t2", "cord", "T2", "cord", TISSUE_CORD),
    RATIO("stir", "muscle", "STIR", "muscle", TISSUE_MUSCLE),
    RATIO("stir", "csf", "STIR", "CSF", TISSUE_CSF),
    RATIO("stir", "marrow", "STIR", "marrow", TISSUE_MARROW),
    {{"signal.t2_cv",
      "Spread of the T2 signal within the lesion",
      "1",
      "Robust coefficient of variation of the lesion's voxels: 1.4826 × median absolute deviation / median.",
      "arachchige2022",
      {0}},
     "t2",
     NO_TISSUE},
};

static bool measure_ratio(const SignalQuantity *ratio, const MeasureSeries *series, MeasurementList *out,
                          DensError **err)
{
    Region lesion, reference;
    if (!series_region(&lesion, series, -1, err) || !series_region(&reference, series, ratio->tissue, err)) {
        return false;
    }
    if (reference.median <= 0) {
        return error_input(err, NULL, "the median signal of the %s reference on the %s series is not above 0",
                           tissue_name((Tissue)ratio->tissue), ratio->role);
    }
    if (lesion.median < 0) {
        return error_input(err, NULL, "the median signal of the lesion on the %s series is below 0",
                           ratio->role);
    }
    const double value = lesion.median / reference.median;
    Measurement *added = measurements_add(out, &ratio->quantity, value);
    if (lesion.median_error >= 0 && reference.median_error >= 0) {
        added->sd = hypot(lesion.median_error, value * reference.median_error) / reference.median;
    }
    added->inputs[0] = ratio->role;
    added->inputs[1] = "lesion";
    added->inputs[2] = tissue_name((Tissue)ratio->tissue);
    measurement_place(added, series, lesion.not_finite + reference.not_finite, out->arena);
    return true;
}

static bool measure_spread(const SignalQuantity *spread, const MeasureSeries *series, MeasurementList *out,
                           DensError **err)
{
    Region lesion;
    if (!series_region(&lesion, series, -1, err)) {
        return false;
    }
    if (lesion.voxels < 2) {
        return error_input(err, NULL,
                           "the lesion has one finite voxel on the %s series: needs at least 2 voxels",
                           spread->role);
    }
    if (lesion.median <= 0) {
        return error_input(err, NULL, "the median signal of the lesion on the %s series is not above 0",
                           spread->role);
    }
    Measurement *added = measurements_add(out, &spread->quantity, lesion.spread / lesion.median);
    added->inputs[0] = spread->role;
    added->inputs[1] = "lesion";
    measurement_place(added, series, lesion.not_finite, out->arena);
    return true;
}

/* From the first series of its role that can give it; else missing, with the first series' reason. */
static void add(const SignalQuantity *signal, const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (const MeasureSeries *s = series_next(input, signal->role, NULL); s;
         s = series_next(input, signal->role, s)) {
        AUTO(error_auto) DensError *err = NULL;
        if (signal->tissue == NO_TISSUE ? measure_spread(signal, s, out, &err)
                                        : measure_ratio(signal, s, out, &err)) {
            return;
        }
        if (!first_error) {
            first_error = TAKE(err);
        }
    }
    if (first_error) {
        measurements_add_missing(out, &signal->quantity, "%s", dens_error_summary(first_error));
    } else {
        measurements_add_missing(out, &signal->quantity, "no %s series", signal->role);
    }
}

void measure_signal(const MeasureInput *input, MeasurementList *out)
{
    for (size_t q = 0; q < sizeof signals / sizeof signals[0]; q++) {
        add(&signals[q], input, out);
    }
}
