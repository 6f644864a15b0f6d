/* CT attenuation of the lesion, and how much of it lies outside the range of normal trabecular bone.
 *
 * Lytic means less dense than the trabecular bone that should be there, sclerotic means denser. Both are
 * judged against the patient's own bone (the marrow reference: a healthy vertebral body away from cortex and
 * endplates), since trabecular attenuation falls from over 300 HU in the young to 100 HU in osteoporosis
 * while published fixed values (lytic lesions 116 ± 40 HU, sclerotic ones 444 ± 87 HU: Vassiliou 2007)
 * hold for one population only. The range is mean ± 2 SD of the reference, which leaves 5 % of normal bone
 * outside; that choice is ours.
 *
 * Voxels on the mask's surface mix lesion and surroundings (partial volume): a lytic lesion would seem to
 * have a dense rim, a dense one a lytic rim. So the shares count only inner voxels, those with all six
 * neighbours in the mask, as long as there are enough of them. */
#include "measure/families.h"

#include <math.h>

enum {
    LEAST_INNER_VOXELS = 27
}; /* fewer: all voxels count, a share of so few would be coarser than the rim */

typedef enum { MEAN, SD, P5, P50, P95, MINIMUM, MAXIMUM, LYTIC_SHARE, SCLEROTIC_SHARE, COUNT } Attenuation;

static const Quantity quantities[COUNT] = {
    [MEAN] = {.id = "attenuation.mean",
              .label = "Mean attenuation",
              .unit = "[hnsf'U]",
              .method =
                  "Mean of all finite voxels of the lesion; its error allows for the correlation between "
                  "neighbouring voxels.",
              .source = "ibsi2020",
              .code = {"373098007", "SCT", "Mean"}},
    [SD] = {.id = "attenuation.sd",
            .label = "Standard deviation of the attenuation",
            .unit = "[hnsf'U]",
            .method = "Standard deviation (n − 1) of all finite voxels of the lesion.",
            .source = "",
            .code = {"386136009", "SCT", "Standard Deviation"}},
    [P5] = {.id = "attenuation.p5",
            .label = "5th percentile of the attenuation",
            .unit = "[hnsf'U]",
            .method = "5th percentile of all finite voxels, interpolated between order statistics.",
            .source = "",
            .code = {0}},
    [P50] = {.id = "attenuation.p50",
             .label = "Median attenuation",
             .unit = "[hnsf'U]",
             .method = "Median of all finite voxels of the lesion.",
             .source = "ibsi2020",
             .code = {"373099004", "SCT", "Median"}},
    [P95] = {.id = "attenuation.p95",
             .label = "95th percentile of the attenuation",
             .unit = "[hnsf'U]",
             .method = "95th percentile of all finite voxels, interpolated between order statistics.",
             .source = "",
             .code = {0}},
    [MINIMUM] = {.id = "attenuation.minimum",
                 .label = "Minimum attenuation",
                 .unit = "[hnsf'U]",
                 .method = "Smallest finite voxel of the lesion; noise lowers it.",
                 .source = "ibsi2020",
                 .code = {"255605001", "SCT", "Minimum"}},
    [MAXIMUM] = {.id = "attenuation.maximum",
                 .label = "Maximum attenuation",
                 .unit = "[hnsf'U]",
                 .method = "Largest finite voxel of the lesion; noise raises it.",
                 .source = "ibsi2020",
                 .code = {"56851009", "SCT", "Maximum"}},
    [LYTIC_SHARE] = {.id = "attenuation.lytic_share",
                     .label = "Share of the lesion below normal trabecular bone",
                     .unit = "1",
                     .method =
                         "Share of the inner voxels (all six neighbours in the mask; all voxels if fewer "
                         "than 27 are inner) below mean − 2 SD of the marrow reference.",
                     .source = "",
                     .code = {0}},
    [SCLEROTIC_SHARE] = {.id = "attenuation.sclerotic_share",
                         .label = "Share of the lesion above normal trabecular bone",
                         .unit = "1",
                         .method = "Share of the inner voxels (all six neighbours in the mask; all voxels if "
                                   "fewer than 27 are inner) above mean + 2 SD of the marrow reference.",
                         .source = "",
                         .code = {0}},
};

/* Are all six neighbours in the mask? Outside the grid counts as outside the mask. */
static bool is_inner(const Mask *mask, size_t i, size_t j, size_t k)
{
    const size_t *size = mask->geometry.size;
    if (i == 0 || j == 0 || k == 0 || i + 1 >= size[0] || j + 1 >= size[1] || k + 1 >= size[2]) {
        return false;
    }
    const size_t at = voxel_index(&mask->geometry, i, j, k), row = size[0], slice = size[0] * size[1];
    const uint16_t *label = mask->labels;
    return label[at - 1] && label[at + 1] && label[at - row] && label[at + row] && label[at - slice] &&
           label[at + slice];
}

typedef struct {
    size_t voxels, below, above;
} Tally;

static Tally tally(const Volume *volume, const Mask *mask, double low, double high, bool inner_only)
{
    Tally out = {0};
    size_t first[3], last[3];
    if (!mask_box(mask, first, last)) {
        return out;
    }
    for (size_t k = first[2]; k <= last[2]; k++) {
        for (size_t j = first[1]; j <= last[1]; j++) {
            for (size_t i = first[0]; i <= last[0]; i++) {
                const size_t at = voxel_index(&mask->geometry, i, j, k);
                const double value = (double)volume->voxels[at];
                if (!mask->labels[at] || !isfinite(value) || (inner_only && !is_inner(mask, i, j, k))) {
                    continue;
                }
                out.voxels++;
                out.below += value < low;
                out.above += value > high;
            }
        }
    }
    return out;
}

static void set_inputs(Measurement *measurement, bool with_marrow)
{
    measurement->inputs[0] = "ct";
    measurement->inputs[1] = "lesion";
    measurement->inputs[2] = with_marrow ? tissue_name(TISSUE_MARROW) : NULL;
}

static void add(MeasurementList *out, Attenuation which, double value, double sd, const MeasureSeries *series,
                const Region *lesion)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->sd = sd;
    set_inputs(added, which == LYTIC_SHARE || which == SCLEROTIC_SHARE);
    measurement_place(added, series, lesion->not_finite, out->arena);
}

static void add_statistics(MeasurementList *out, const MeasureSeries *series, const Region *lesion)
{
    add(out, MEAN, lesion->mean, lesion->mean_error, series, lesion);
    if (lesion->voxels > 1) {
        add(out, SD, lesion->sd, -1, series, lesion);
    } else {
        measurements_add_missing(out, &quantities[SD],
                                 "the lesion has one finite voxel: needs at least 2 voxels");
    }
    add(out, P5, lesion->p5, -1, series, lesion);
    add(out, P50, lesion->median, lesion->median_error, series, lesion);
    add(out, P95, lesion->p95, -1, series, lesion);
    add(out, MINIMUM, lesion->minimum, -1, series, lesion);
    add(out, MAXIMUM, lesion->maximum, -1, series, lesion);
}

static void miss_shares(MeasurementList *out, const char *reason)
{
    measurements_add_missing(out, &quantities[LYTIC_SHARE], "%s", reason);
    measurements_add_missing(out, &quantities[SCLEROTIC_SHARE], "%s", reason);
}

/* The SD of a share is not given: the voxels are not independent, and where the range of normal bone ends
 * weighs more than their number. */
static void add_shares(MeasurementList *out, const MeasureSeries *series, const Region *lesion)
{
    Region bone;
    AUTO(error_auto) DensError *err = NULL;
    if (!marrow_region(&bone, series, &err)) {
        miss_shares(out, dens_error_summary(err));
        return;
    }
    const double low = bone.mean - 2 * bone.sd, high = bone.mean + 2 * bone.sd;
    Tally counted = tally(series->volume, series->lesion, low, high, true);
    if (counted.voxels < LEAST_INNER_VOXELS) {
        counted = tally(series->volume, series->lesion, low, high, false);
    }
    const double voxels = (double)counted.voxels;
    add(out, LYTIC_SHARE, (double)counted.below / voxels, -1, series, lesion);
    add(out, SCLEROTIC_SHARE, (double)counted.above / voxels, -1, series, lesion);
}

static bool measure_on(const MeasureSeries *ct, MeasurementList *out, DensError **err)
{
    Region lesion;
    if (!ct_region(&lesion, ct, -1, err)) {
        return false;
    }
    add_statistics(out, ct, &lesion);
    add_shares(out, ct, &lesion);
    return true;
}

void measure_attenuation(const MeasureInput *input, MeasurementList *out)
{
    measure_first(input, "ct", quantities, COUNT, measure_on, out);
}
