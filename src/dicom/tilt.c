/* A tilted gantry shifts each slice in its own plane against the one before. Every slice is moved back by its
 * shift; slices are never mixed, so the resolution along the table stays as it was. */
#include "dicom/tilt.h"

#include "base/memory.h"

#include <math.h>

/* A shift this near to a whole voxel is one: rounding of positions. */
static const double WHOLE = 1e-6;

/* One axis of the plane: the shift a slice in voxels, and where the wider grid begins. */
typedef struct {
    double shift;
    double first; /* index of the new grid's first voxel, counted in slice 0 */
    size_t size;
} Axis;

static Axis widen(double shift, size_t size, size_t slices)
{
    double all = shift * (double)(slices - 1);
    double first = floor(fmin(0, all) + WHOLE);
    return (Axis){shift, first, size + (size_t)(ceil(fmax(0, all) - WHOLE) - first)};
}

typedef struct {
    size_t low, high;
    double weight;
} Pair;

static bool pair_at(double index, size_t size, Pair *out)
{
    double last = (double)(size - 1);
    if (!(index >= -WHOLE && index <= last + WHOLE)) {
        return false;
    }
    index = fmin(fmax(index, 0), last);
    out->low = (size_t)index;
    out->weight = index - (double)out->low;
    out->high = out->low + (out->weight > 0);
    return true;
}

static void straighten_slice(const Volume *from, const Axis axis[2], size_t k, float fill, Volume *to)
{
    const size_t *size = from->geometry.size;
    const float *slice = from->voxels + size[0] * size[1] * k;
    float *out = to->voxels + axis[0].size * axis[1].size * k;
    for (size_t j = 0; j < axis[1].size; j++) {
        Pair row = {0};
        bool row_inside = pair_at((double)j + axis[1].first - (double)k * axis[1].shift, size[1], &row);
        for (size_t i = 0; i < axis[0].size; i++) {
            Pair column = {0};
            if (!row_inside ||
                !pair_at((double)i + axis[0].first - (double)k * axis[0].shift, size[0], &column)) {
                *out++ = fill;
                continue;
            }
            const float *low = slice + row.low * size[0];
            const float *high = slice + row.high * size[0];
            double left = (1 - row.weight) * (double)low[column.low] + row.weight * (double)high[column.low];
            double right =
                (1 - row.weight) * (double)low[column.high] + row.weight * (double)high[column.high];
            *out++ = (float)((1 - column.weight) * left + column.weight * right);
        }
    }
}

Volume *tilt_straighten(const Volume *volume, Vec3 drift_lps_mm, float fill, DensError **err)
{
    Geometry grid = volume->geometry;
    Axis axis[2];
    for (int n = 0; n < 2; n++) {
        double shift = vec3_dot(drift_lps_mm, grid.axis_lps[n]) / grid.spacing_mm[n];
        axis[n] = widen(shift, grid.size[n], grid.size[2]);
        grid.size[n] = axis[n].size;
    }
    grid.origin_lps_mm = geometry_point_lps_mm(&volume->geometry, axis[0].first, axis[1].first, 0);
    AUTO(volume_auto) Volume *straight = volume_new(&grid, err);
    if (!straight) {
        return NULL;
    }
    for (size_t k = 0; k < grid.size[2]; k++) {
        straighten_slice(volume, axis, k, fill, straight);
    }
    straight->unit = volume->unit;
    straight->series_uid = volume->series_uid ? memory_strdup(volume->series_uid) : NULL;
    straight->frame_uid = volume->frame_uid ? memory_strdup(volume->frame_uid) : NULL;
    straight->source_name = volume->source_name ? memory_strdup(volume->source_name) : NULL;
    return TAKE(straight);
}
