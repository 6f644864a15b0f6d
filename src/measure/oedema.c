/* Marrow oedema: labelled vertebrae outside the lesion that are brighter than normal marrow on STIR, else on
 * T2.
 *
 * Brighter is above mean + 2 SD of the marrow reference. A voxel counts if both it and the mean of its
 * neighbours by a face are, or noise would be oedema. What lies within 2 mm of the lesion is left out (blur,
 * and where the outline was drawn). Basivertebral veins, joints' fluid and degenerate endplates are bright,
 * too. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>

typedef enum { SAME, NEIGHBOURS, SHARE, COUNT } Oedema;

static const Quantity quantities[COUNT] = {
    [SAME] =
        {.id = "oedema.same_ml",
         .label = "Bright marrow in the vertebrae of the lesion",
         .unit = "mL",
         .method =
             "Volume of the labelled vertebrae that the lesion touches, more than 2 mm from it, above mean + "
             "2 SD of the marrow reference on STIR, else T2.",
         .source = "",
         .code = {0}},
    [NEIGHBOURS] = {.id = "oedema.neighbours_ml",
                    .label = "Bright marrow in the vertebrae beside these",
                    .unit = "mL",
                    .method = "The same of the vertebrae one above and one below.",
                    .source = "",
                    .code = {0}},
    [SHARE] = {.id = "oedema.same_share",
               .label = "Bright share of the vertebrae of the lesion",
               .unit = "1",
               .method =
                   "Bright marrow in the vertebrae of the lesion, as a share of what was looked at there.",
               .source = "",
               .code = {0}},
};

enum { LEAST_CONTACT = 5, LEAST_VOXELS = 27 };
static const double guard_mm = 2;

static void add(MeasurementList *out, Oedema which, double value, const MeasureSeries *series)
{
    Measurement *added = measurements_add_labelled(out, &quantities[which], value, series);
    added->inputs[3] = tissue_name(TISSUE_MARROW);
}

/* 2: touched by the lesion, 1: beside such a one, 0: neither. */
static void name_levels(const Spine *spine, int out[LEVEL_COUNT])
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        out[level] = level != LEVEL_NONE && spine->contact[level] >= LEAST_CONTACT ? 2 : 0;
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        const bool beside = out[level - 1] == 2 || (level + 1 < LEVEL_COUNT && out[level + 1] == 2);
        out[level] = out[level] == 0 && beside ? 1 : out[level];
    }
}

static bool measure_on_labels(const MeasureSeries *series, MeasurementList *out, DensError **err)
{
    Region marrow;
    AUTO(spine_clear) Spine own = {0};
    if (!series->labels) {
        return error_input(err, NULL, "no labels on the %s series", series->role);
    }
    const Spine *spine = marrow_region(&marrow, series, err) ? spine_of(series, &own, err) : NULL;
    if (!spine) {
        return false;
    }
    const Box *box = &spine->box;
    AUTO(floats_clear) float *to_lesion_mm2 = memory_try_array(box->count, sizeof *to_lesion_mm2);
    if (!to_lesion_mm2) {
        return error_no_memory(err);
    }
    if (!distance_squared(to_lesion_mm2, spine->lesion, box->size, box->spacing_mm, NULL, err)) {
        return false;
    }
    const double limit = marrow.mean + 2 * marrow.sd;
    int levels[LEVEL_COUNT];
    size_t bright[3] = {0}, all[3] = {0};
    name_levels(spine, levels);
    for (size_t v = 0; v < box->count; v++) {
        const int place = levels[spine->level[v]];
        if (place == 0 || spine->lesion[v] || (double)to_lesion_mm2[v] <= guard_mm * guard_mm) {
            continue;
        }
        const double value = (double)series->volume->voxels[box_voxel(box, v)];
        all[place] += isfinite(value) ? 1 : 0;
        bright[place] += value > limit && box_smooth_value(box, v) > limit ? 1 : 0;
    }
    if (all[2] < LEAST_VOXELS) {
        return error_input(err, NULL,
                           "the lesion's vertebrae have %zu voxels beside it: needs at least %d voxels",
                           all[2], LEAST_VOXELS);
    }
    add(out, SAME, (double)bright[2] * box->voxel_mm3 / 1000, series);
    add(out, NEIGHBOURS, (double)bright[1] * box->voxel_mm3 / 1000, series);
    add(out, SHARE, (double)bright[2] / (double)all[2], series);
    return true;
}

void measure_oedema(const MeasureInput *input, MeasurementList *out)
{
    const char *const role = series_next(input, "stir", NULL) ? "stir" : "t2";
    measure_first(input, role, quantities, COUNT, measure_on_labels, out);
}
