/* Size of the lesion, from its mask alone: shape.c holds the geometry and the definition of a length.
 *
 * Where the lesion is marked on several series, the grid with the smallest voxels is measured: a mask that
 * was carried over from it to a coarser grid has lost, one that was carried over to it has not. */
#include "measure/families.h"
#include "measure/shape.h"

typedef enum {
    VOLUME,
    LONGEST_AXIAL,
    PERPENDICULAR,
    LONGEST_3D,
    EXTENT_LR,
    EXTENT_AP,
    EXTENT_CC,
    COMPONENTS,
    COUNT
} Size;

#define ENDS "between voxel centres, plus a quarter of a voxel at each end"

static const Quantity quantities[COUNT] = {
    [VOLUME] = {.id = "size.volume_ml",
                .label = "Volume",
                .unit = "mL",
                .method = "Number of voxels × volume of a voxel.",
                .source = "ibsi2020",
                .code = {"118565006", "SCT", "Volume"}},
    [LONGEST_AXIAL] = {.id = "size.longest_axial_mm",
                       .label = "Longest axial diameter",
                       .unit = "mm",
                       .method = "Largest distance " ENDS
                                 ", within one layer of the grid nearest to axial; all parts of the lesion.",
                       .source = "",
                       .code = {"103339001", "SCT", "Long Axis"}},
    [PERPENDICULAR] = {.id = "size.perpendicular_mm",
                       .label = "Diameter perpendicular to the longest axial one",
                       .unit = "mm",
                       .method = "Width of the lesion in the layer of the longest axial diameter at a right "
                                 "angle to it, " ENDS ".",
                       .source = "",
                       .code = {"103340004", "SCT", "Short Axis"}},
    [LONGEST_3D] = {.id = "size.longest_3d_mm",
                    .label = "Longest diameter in any direction",
                    .unit = "mm",
                    .method = "Largest distance " ENDS "; all parts of the lesion.",
                    .source = "",
                    .code = {"81827009", "SCT", "Diameter"}},
    [EXTENT_LR] = {.id = "size.extent_lr_mm",
                   .label = "Extent from left to right",
                   .unit = "mm",
                   .method = "Largest distance along the patient's x axis " ENDS ".",
                   .source = "",
                   .code = {0}},
    [EXTENT_AP] = {.id = "size.extent_ap_mm",
                   .label = "Extent from front to back",
                   .unit = "mm",
                   .method = "Largest distance along the patient's y axis " ENDS ".",
                   .source = "",
                   .code = {0}},
    [EXTENT_CC] = {.id = "size.extent_cc_mm",
                   .label = "Extent from head to foot",
                   .unit = "mm",
                   .method = "Largest distance along the patient's z axis " ENDS ".",
                   .source = "",
                   .code = {0}},
    [COMPONENTS] = {.id = "size.components",
                    .label = "Separate parts of the lesion",
                    .unit = "1",
                    .method = "Parts of the mask that touch neither by face, edge nor corner of a voxel.",
                    .source = "",
                    .code = {0}},
};

static const double large_tilt_degrees = 20; /* from here on, "axial" needs a word of caution */

/* The series with the finest grid of those that show the lesion; NULL if none does. */
static const MeasureSeries *finest(const MeasureInput *input)
{
    const MeasureSeries *best = NULL;
    double best_mm3 = 0;
    for (size_t s = 0; s < input->series_count; s++) {
        const MeasureSeries *series = &input->series[s];
        if (!series->lesion || mask_count(series->lesion, 0) == 0) {
            continue;
        }
        const double voxel_mm3 = geometry_voxel_volume_mm3(&series->lesion->geometry);
        if (!best || voxel_mm3 < best_mm3) {
            best = series;
            best_mm3 = voxel_mm3;
        }
    }
    return best;
}

/* Does the mask end where the image does? Then the lesion may not. */
static bool reaches_edge(const Mask *mask)
{
    size_t low[3], high[3];
    bool reaches = false;
    if (mask_box(mask, low, high)) {
        for (int a = 0; a < 3; a++) {
            reaches = reaches || low[a] == 0 || high[a] + 1 == mask->geometry.size[a];
        }
    }
    return reaches;
}

static void add_note(Measurement *measurement, const char *note, Arena *arena)
{
    measurement->note =
        arena_printf(arena, "%s%s%s", measurement->note, measurement->note[0] ? "; " : "", note);
}

static Measurement *add(MeasurementList *out, Size which, double value, double sd,
                        const MeasureSeries *series)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->sd = sd;
    measurement_place(added, series, 0, out->arena);
    added->inputs[0] = added->role;
    added->inputs[1] = "lesion";
    return added;
}

static void add_length(MeasurementList *out, Size which, Length length, const MeasureSeries *series,
                       double tilt_degrees)
{
    Measurement *added = add(out, which, length.mm, length.sd_mm, series);
    if (tilt_degrees > large_tilt_degrees) {
        added->note = arena_printf(out->arena, "measured in planes tilted by %.0f° against the axial plane",
                                   tilt_degrees);
    }
}

void measure_size(const MeasureInput *input, MeasurementList *out)
{
    Shape shape;
    AUTO(error_auto) DensError *err = NULL;
    const MeasureSeries *series = finest(input);
    if (!series || !shape_describe(&shape, series->lesion, &err)) {
        for (int q = 0; q < COUNT; q++) {
            measurements_add_missing(out, &quantities[q], "%s",
                                     err ? dens_error_summary(err) : "no lesion mask with voxels in it");
        }
        return;
    }
    const double tilt = shape.axial_tilt_degrees;
    add(out, VOLUME, shape.volume_mm3 / 1000, -1, series);
    add_length(out, LONGEST_AXIAL, shape.longest_axial, series, tilt);
    add_length(out, PERPENDICULAR, shape.perpendicular, series, tilt);
    add_length(out, LONGEST_3D, shape.longest_3d, series, 0);
    add_length(out, EXTENT_LR, shape.extent[0], series, 0);
    add_length(out, EXTENT_AP, shape.extent[1], series, 0);
    add_length(out, EXTENT_CC, shape.extent[2], series, 0);
    add(out, COMPONENTS, (double)shape.components, 0, series);
    const bool cut_off = reaches_edge(series->lesion);
    for (size_t i = out->count - COUNT; i < out->count; i++) {
        if (cut_off) {
            add_note(&out->items[i], "the lesion reaches the edge of the image and may go on beyond it",
                     out->arena);
        }
        if (shape.components > 1 && out->items[i].quantity != &quantities[COMPONENTS]) {
            add_note(&out->items[i],
                     arena_printf(out->arena, "%zu separate parts taken together", shape.components),
                     out->arena);
        }
    }
}
