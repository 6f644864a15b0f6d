/* Interpolation (IBSI manual, 2.4): the new grid has the centre of the old one; linear, or cubic splines
 * (B-spline coefficients by the recursive filter of Unser 1999, doi 10.1109/79.799930, mirrored at the
 * edges). Outside, the nearest voxel counts. Axes are independent, so one axis is worked on after the other.
 */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One axis of the new grid: for each new index up to four old indices with their weights. */
typedef struct {
    size_t count, taps;
    size_t (*from)[4];
    double (*weight)[4];
} Axis;

static void axis_clear(Axis *axis)
{
    free(axis->from);
    free(axis->weight);
}

/* An index beyond an edge: the edge itself, or mirrored at it as the spline's coefficients are. */
static size_t inside(ptrdiff_t index, size_t size, bool mirror)
{
    ptrdiff_t last = (ptrdiff_t)size - 1;
    if (mirror && last > 0) {
        index = index < 0 ? -index : index;
        index = index > last ? 2 * last - index : index;
    }
    return (size_t)(index < 0 ? 0 : index > last ? last : index);
}

static void spline_weights(double t, double out[4])
{
    double u = 1 - t;
    out[0] = u * u * u / 6;
    out[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    out[2] = (4 - 6 * u * u + 3 * u * u * u) / 6;
    out[3] = t * t * t / 6;
}

static bool axis_init(Axis *out, size_t old_size, size_t size, double ratio, Interpolation how,
                      DensError **err)
{
    *out = (Axis){.count = size, .taps = how == INTERPOLATE_CUBIC ? 4 : 2};
    out->from = memory_try_array(size, sizeof *out->from);
    out->weight = memory_try_array(size, sizeof *out->weight);
    if (!out->from || !out->weight) {
        axis_clear(out);
        (void)error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for an axis of %zu", size);
        return false;
    }
    double first = ((double)(old_size - 1) - (double)(size - 1) * ratio) / 2;
    for (size_t i = 0; i < size; i++) {
        double x = fmin(fmax(first + (double)i * ratio, 0), (double)(old_size - 1));
        ptrdiff_t low = (ptrdiff_t)floor(x);
        double t = x - (double)low;
        if (how == INTERPOLATE_CUBIC) {
            spline_weights(t, out->weight[i]);
        } else {
            out->weight[i][0] = 1 - t;
            out->weight[i][1] = t;
        }
        for (size_t n = 0; n < out->taps; n++) {
            ptrdiff_t index = low + (ptrdiff_t)n - (how == INTERPOLATE_CUBIC);
            out->from[i][n] = inside(index, old_size, how == INTERPOLATE_CUBIC);
        }
    }
    return true;
}

/* Values along one axis become the spline's coefficients; `stride` between them. */
static void spline_line(double *c, size_t count, size_t stride)
{
    const double pole = sqrt(3.0) - 2;
    if (count < 2) {
        return;
    }
    /* the mirrored signal's causal start; its terms vanish after some thirty steps */
    double sum = c[0], power = pole;
    size_t terms = count < 32 ? count : 32;
    for (size_t i = 1; i < terms; i++) {
        sum += power * c[i * stride];
        power *= pole;
    }
    c[0] = 6 * sum;
    for (size_t i = 1; i < count; i++) {
        c[i * stride] = 6 * c[i * stride] + pole * c[(i - 1) * stride];
    }
    double *last = c + (count - 1) * stride;
    *last = pole / (pole * pole - 1) * (*last + pole * *(last - stride));
    for (size_t i = count - 1; i > 0; i--) {
        c[(i - 1) * stride] = pole * (c[i * stride] - c[(i - 1) * stride]);
    }
}

/* A buffer of doubles and the size of its grid. */
typedef struct {
    size_t size[3];
    double *value;
} Grid;

static void grid_prefilter(Grid *grid, int axis)
{
    size_t stride = axis == 0 ? 1 : axis == 1 ? grid->size[0] : grid->size[0] * grid->size[1];
    size_t total = grid->size[0] * grid->size[1] * grid->size[2];
    size_t block = stride * grid->size[axis];
    for (size_t outer = 0; outer < total; outer += block) {
        for (size_t inner = 0; inner < stride; inner++) {
            spline_line(grid->value + outer + inner, grid->size[axis], stride);
        }
    }
}

/* Replaces the grid by one that is interpolated along an axis. */
static bool grid_along(Grid *grid, int axis, const Axis *plan, DensError **err)
{
    size_t size[3] = {grid->size[0], grid->size[1], grid->size[2]};
    size[axis] = plan->count;
    size_t stride = axis == 0 ? 1 : axis == 1 ? size[0] : size[0] * size[1];
    size_t blocks = size[0] * size[1] * size[2] / (stride * plan->count);
    double *value = memory_try_array(size[0] * size[1] * size[2], sizeof *value);
    if (!value) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory to interpolate");
    }
    for (size_t b = 0; b < blocks; b++) {
        const double *from = grid->value + b * stride * grid->size[axis];
        double *to = value + b * stride * plan->count;
        for (size_t n = 0; n < plan->count; n++) {
            for (size_t t = 0; t < plan->taps; t++) {
                const double *line = from + plan->from[n][t] * stride;
                double weight = plan->weight[n][t];
                for (size_t i = 0; i < stride; i++) {
                    to[n * stride + i] += weight * line[i];
                }
            }
        }
    }
    free(grid->value);
    grid->value = value;
    grid->size[axis] = plan->count;
    return true;
}

static bool grid_resample(Grid *grid, const size_t size[3], const double ratio[3], Interpolation how,
                          DensError **err)
{
    bool ok = true;
    for (int a = 0; a < 3 && ok; a++) {
        if (size[a] == grid->size[a] && ratio[a] == 1) {
            continue;
        }
        if (how == INTERPOLATE_CUBIC) {
            grid_prefilter(grid, a);
        }
        Axis plan;
        ok = axis_init(&plan, grid->size[a], size[a], ratio[a], how, err);
        if (ok) {
            ok = grid_along(grid, a, &plan, err);
            axis_clear(&plan);
        }
    }
    return ok;
}

static bool grid_init(Grid *grid, const size_t size[3], DensError **err)
{
    memcpy(grid->size, size, sizeof grid->size);
    grid->value = memory_try_array(size[0] * size[1] * size[2], sizeof *grid->value);
    return grid->value || error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory to interpolate");
}

bool roi_resample(Roi *out, const Roi *in, const RadiomicsConfig *config, DensError **err)
{
    size_t size[3];
    double spacing[3], ratio[3];
    for (int a = 0; a < 3; a++) {
        bool kept = config->spacing_mm <= 0 || (config->slice_wise && a == 2);
        spacing[a] = kept ? in->spacing_mm[a] : config->spacing_mm;
        ratio[a] = spacing[a] / in->spacing_mm[a];
        /* a grid that fits but for rounding does not get one more voxel */
        size[a] = kept ? in->size[a] : (size_t)ceil((double)in->size[a] / ratio[a] - 1e-9);
    }
    if (!roi_init(out, size, spacing, err)) {
        return false;
    }
    size_t before = roi_voxels(in), after = roi_voxels(out);
    Grid image = {{0}, NULL}, mask = {{0}, NULL};
    bool ok = grid_init(&image, in->size, err) && grid_init(&mask, in->size, err);
    for (size_t i = 0; ok && i < before; i++) {
        image.value[i] = in->intensity[i];
        mask.value[i] = in->morphology[i];
    }
    ok = ok && grid_resample(&image, size, ratio, config->image, err) &&
         grid_resample(&mask, size, ratio, INTERPOLATE_LINEAR, err);
    for (size_t i = 0; ok && i < after; i++) {
        out->intensity[i] = (float)(config->round ? round(image.value[i]) : image.value[i]);
        out->morphology[i] = out->intensity_mask[i] = mask.value[i] >= 0.5;
    }
    free(image.value);
    free(mask.value);
    if (!ok) {
        roi_clear(out);
    }
    return ok;
}
