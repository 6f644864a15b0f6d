/* Fluid–fluid levels on T2, else STIR.
 *
 * Where fluid stands still its heavier part sinks, and the border is horizontal (Keenan 2006): in a patient
 * on the back it lies across the patient's y axis. A voxel is on such a border if the signal on its front,
 * from 1 to 3 mm, differs by a quarter from that on its back, is even on either side and as far to the left,
 * right, up and down as on the spot. Voxels that touch make one border; it is a level if it is flat and has
 * at least 12 mm², about the section of a cyst of 4 mm, which is the smallest that holds the 3 mm on both
 * sides. What a level's fluid fills is counted along the vertical from the border to where the signal
 * changes. The limits are ours. */
#include "measure/box.h"
#include "measure/families.h"
#include "measure/parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum { LEVELS, SHARE, COUNT } Fluid;

static const Quantity quantities[COUNT] = {
    [LEVELS] = {.id = "fluid.levels",
                .label = "Fluid–fluid levels",
                .unit = "1",
                .method =
                    "Flat horizontal borders of at least 12 mm² on T2, else STIR, across which the signal "
                    "changes by a quarter while it is even on both sides, for a patient lying on the back.",
                .source = "keenan2006",
                .code = {0}},
    [SHARE] = {.id = "fluid.level_share",
               .label = "Share of the lesion that fluid with levels fills",
               .unit = "1",
               .method =
                   "Voxels of the lesion above and below such borders up to where the signal changes, over "
                   "all voxels of the lesion.",
               .source = "keenan2006",
               .code = {0}},
};

enum { SAMPLES = 3, LEAST_VOXELS = 27 };
static const double from_mm = 1, step_mm = 1; /* samples at 1, 2, 3 mm on either side */
static const double aside_mm = 2;
static const double least_change = 0.25; /* of the brighter side */
static const double most_slope = 0.35;   /* of the change, among the samples of a side and sideways */
static const double least_area_mm2 = 12;
static const double flat_mm = 0.75;  /* SD of a border's height */
static const double thickest_mm = 2; /* of voxels along the vertical */
static const double longest_mm = 40; /* of a column of fluid */

typedef struct {
    Box box;
    const uint8_t *lesion;
    Vec3 down;
} Field;

/* The value of the lesion's voxel at a point; false outside the lesion. */
static bool signal_at(const Field *f, Vec3 p, double *out)
{
    double ijk[3];
    float value;
    size_t at;
    if (!box_find(&f->box, p, &at) || !f->lesion[at] ||
        !geometry_index_ijk(&f->box.series->volume->geometry, p, ijk) ||
        !volume_sample(f->box.series->volume, ijk, &value)) {
        return false;
    }
    *out = (double)value;
    return true;
}

/* Mean and spread from 1 to 3 mm on one side (sign). */
static bool side(const Field *f, Vec3 p, double sign, double *out_mean, double *out_range)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    for (int s = 0; s < SAMPLES; s++) {
        double value;
        if (!signal_at(f, vec3_add(p, vec3_scale(f->down, sign * (from_mm + s * step_mm))), &value)) {
            return false;
        }
        sum += value;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    *out_mean = sum / SAMPLES;
    *out_range = high - low;
    return true;
}

/* How much the signal falls from the front to the back across a voxel, as a share of the brighter side; 0
 * where there is no such border. */
static double change_at(const Field *f, Vec3 p)
{
    double front, back, front_range, back_range, here;
    if (!side(f, p, -1, &front, &front_range) || !side(f, p, 1, &back, &back_range) ||
        !signal_at(f, p, &here)) {
        return 0;
    }
    const double change = front - back, brighter = fmax(front, back);
    if (!(brighter > 0) || fabs(change) < least_change * brighter ||
        fmax(front_range, back_range) > most_slope * fabs(change)) {
        return 0;
    }
    const Vec3 sideways[2] = {vec3(aside_mm, 0, 0), vec3(0, 0, aside_mm)};
    for (int s = 0; s < 4; s++) {
        double there_front, there_back, range;
        const Vec3 there = vec3_add(p, vec3_scale(sideways[s / 2], s % 2 ? 1 : -1));
        if (side(f, there, -1, &there_front, &range) && side(f, there, 1, &there_back, &range) &&
            fabs((there_front - there_back) - change) > 2 * most_slope * fabs(change)) {
            return 0;
        }
    }
    return change / brighter;
}

/* Counts the voxels of the lesion from the border's voxel on along one direction, while the signal stays. */
static void fill_column(const Field *f, Vec3 p, double sign, uint8_t *filled)
{
    const double *spacing = f->box.spacing_mm;
    const double step = fmin(spacing[0], fmin(spacing[1], spacing[2])) / 2;
    double front, back, range;
    if (!side(f, p, -1, &front, &range) || !side(f, p, 1, &back, &range)) {
        return;
    }
    const double own = sign < 0 ? front : back, most = fabs(front - back) / 2;
    for (int s = 0; s * step <= longest_mm; s++) {
        const Vec3 at = vec3_add(p, vec3_scale(f->down, sign * s * step));
        double value;
        size_t voxel;
        if (!signal_at(f, at, &value) || (s * step > from_mm && fabs(value - own) > most)) {
            return;
        }
        if (box_find(&f->box, at, &voxel)) {
            filled[voxel] = 1;
        }
    }
}

/* Is one part of the border voxels a level? */
static bool is_level(const Field *f, const Parts *parts, uint32_t part, double voxel_area_mm2)
{
    double sum = 0, squares = 0;
    for (size_t v = 0; v < f->box.count; v++) {
        if (parts->part[v] == part) {
            const double height = vec3_dot(box_point(&f->box, v), f->down);
            sum += height;
            squares += height * height;
        }
    }
    const double n = (double)parts->voxels[part];
    return n * voxel_area_mm2 >= least_area_mm2 && squares / n - (sum / n) * (sum / n) <= flat_mm * flat_mm;
}

/* The borders' voxels: the steepest along the vertical of those that qualify. */
static void mark_borders(const Field *f, uint8_t *borders, float *change)
{
    for (size_t v = 0; v < f->box.count; v++) {
        change[v] = f->lesion[v] ? (float)change_at(f, box_point(&f->box, v)) : 0;
    }
    for (size_t v = 0; v < f->box.count; v++) {
        bool steepest = fabs((double)change[v]) > 0;
        for (int s = -2; steepest && s <= 2; s++) {
            size_t other;
            const Vec3 at = vec3_add(box_point(&f->box, v), vec3_scale(f->down, s * 0.5));
            steepest =
                !box_find(&f->box, at, &other) || fabs((double)change[other]) <= fabs((double)change[v]);
        }
        borders[v] = steepest;
    }
}

static bool find_levels(const Field *f, Bytes *bytes, double layer_mm, size_t *out_levels, size_t *out_filled,
                        DensError **err)
{
    AUTO(floats_clear) float *change = memory_try_array(f->box.count, sizeof *change);
    AUTO(parts_clear) Parts parts = {0};
    if (!change) {
        return error_no_memory(err);
    }
    mark_borders(f, bytes->marks, change);
    if (!parts_find(&parts, bytes->marks, f->box.size, true, err)) {
        return false;
    }
    bool *level = memory_array(parts.count + 1, sizeof *level);
    for (uint32_t p = 1; p <= parts.count; p++) {
        level[p] = is_level(f, &parts, p, f->box.voxel_mm3 / layer_mm);
        *out_levels += level[p];
    }
    for (size_t v = 0; v < f->box.count; v++) {
        if (parts.part[v] && level[parts.part[v]]) {
            fill_column(f, box_point(&f->box, v), -1, bytes->scratch);
            fill_column(f, box_point(&f->box, v), 1, bytes->scratch);
        }
    }
    free(level);
    for (size_t v = 0; v < f->box.count; v++) {
        *out_filled += bytes->scratch[v] && f->lesion[v];
    }
    return true;
}

static bool measure_on(const MeasureSeries *series, MeasurementList *out, DensError **err)
{
    Region lesion;
    AUTO(bytes_clear) Bytes bytes = {0};
    Field field = {.down = vec3(0, 1, 0)};
    if (!series_region(&lesion, series, -1, err)) {
        return false;
    }
    if (lesion.voxels < LEAST_VOXELS) {
        return error_input(err, NULL,
                           "the lesion has %zu finite voxel%s on the %s series: needs at least %d voxels",
                           lesion.voxels, lesion.voxels == 1 ? "" : "s", series->role, LEAST_VOXELS);
    }
    if (!box_make(&field.box, series, 0) || !bytes_make(&bytes, field.box.count, err)) {
        return false;
    }
    /* the layers of voxels that lie most across the vertical */
    double layer_mm = 0, steepest = -1;
    for (int a = 0; a < 3; a++) {
        const double along = fabs(vec3_dot(series->volume->geometry.axis_lps[a], field.down));
        layer_mm = along > steepest ? field.box.spacing_mm[a] : layer_mm;
        steepest = fmax(steepest, along);
    }
    if (layer_mm > thickest_mm) {
        return error_input(err, NULL,
                           "the %s series has voxels of %.1f mm from front to back: levels need %.0f mm",
                           series->role, layer_mm, thickest_mm);
    }
    for (size_t v = 0; v < field.box.count; v++) {
        bytes.inner[v] = series->lesion->labels[box_voxel(&field.box, v)] != 0;
    }
    field.lesion = bytes.inner;
    size_t levels = 0, filled = 0;
    if (!find_levels(&field, &bytes, layer_mm, &levels, &filled, err)) {
        return false;
    }
    const double values[COUNT] = {(double)levels,
                                  (double)filled / (double)(lesion.voxels + lesion.not_finite)};
    for (int q = 0; q < COUNT; q++) {
        Measurement *added = measurements_add(out, &quantities[q], values[q]);
        measurement_place(added, series, lesion.not_finite, out->arena);
        added->inputs[0] = added->role;
        added->inputs[1] = "lesion";
    }
    return true;
}

void measure_fluid(const MeasureInput *input, MeasurementList *out)
{
    const char *const role = series_next(input, "t2", NULL) ? "t2" : "stir";
    measure_first(input, role, quantities, COUNT, measure_on, out);
}
