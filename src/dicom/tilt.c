/* A tilted gantry shifts each slice in its own plane against the one before. Every slice is moved back by its
 * shift; slices are never mixed, so the resolution along the table stays as it was. */
#include "dicom/tilt.h"

#include <math.h>
#include <stdbool.h>

/* A shift this near to a whole voxel is one: rounding of positions. */
static const double WHOLE = 1e-6;

static TiltAxis widen(double shift, size_t size, double length_mm)
{
    double all = shift * length_mm;
    double first = floor(fmin(0, all) + WHOLE);
    return (TiltAxis){shift, first, size + (size_t)(ceil(fmax(0, all) - WHOLE) - first)};
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

void tilt_slice(const Tilt *tilt, double distance_mm, const float *slice, float fill, float *out)
{
    const size_t *size = tilt->from.size;
    const TiltAxis *axis = tilt->axis;
    for (size_t j = 0; j < axis[1].size; j++) {
        Pair row = {0};
        bool row_inside = pair_at((double)j + axis[1].first - distance_mm * axis[1].shift, size[1], &row);
        for (size_t i = 0; i < axis[0].size; i++) {
            Pair column = {0};
            if (!row_inside ||
                !pair_at((double)i + axis[0].first - distance_mm * axis[0].shift, size[0], &column)) {
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

void tilt_plan(Tilt *out, const Geometry *from, Vec3 drift, double length_mm)
{
    *out = (Tilt){.from = *from, .to = *from};
    for (int n = 0; n < 2; n++) {
        double shift = vec3_dot(drift, from->axis_lps[n]) / from->spacing_mm[n];
        out->axis[n] = widen(shift, from->size[n], length_mm);
        out->to.size[n] = out->axis[n].size;
    }
    out->to.origin_lps_mm = geometry_point_lps_mm(from, out->axis[0].first, out->axis[1].first, 0);
}
