/* A tilted gantry shifts each slice in its own plane against the one before. Every slice is moved back by its
 * shift; slices are never mixed, so the resolution along the table stays as it was. */
#include "dicom/tilt.h"

#include "base/memory.h"
#include "dicom/respace.h"
#include "image/volume.h"

#include <math.h>
#include <stdlib.h>

/* A shift this near to a whole voxel is one: rounding of positions. */
static const double WHOLE = 1e-6;

static TiltAxis widen(double shift, size_t size, double length_mm)
{
    double all = shift * length_mm;
    double first = floor(fmin(0, all) + WHOLE);
    return (TiltAxis){shift, first, size + (size_t)(ceil(fmax(0, all) - WHOLE) - first)};
}

/* A row that was moved along itself. */
static void move_row(const TiltAxis *axis, size_t size, double shift, const float *row, float fill,
                     float *out)
{
    for (size_t i = 0; i < axis->size; i++) {
        AxisPair pair = {0};
        bool inside = axis_pair((double)i + axis->first - shift, size, &pair);
        out[i] =
            inside ? (float)((1 - pair.weight) * (double)row[pair.low] + pair.weight * (double)row[pair.high])
                   : fill;
    }
}

bool tilt_slice(const Tilt *tilt, double distance_mm, const float *slice, float fill, float *out)
{
    const size_t *size = tilt->from.size;
    const TiltAxis *across = &tilt->axis[0];
    const TiltAxis *down = &tilt->axis[1];
    const bool moves_across = across->size != size[0];
    float *blended = memory_try_array(size[0], sizeof *blended);
    for (size_t j = 0; blended && j < down->size; j++, out += across->size) {
        AxisPair pair = {0};
        if (!axis_pair((double)j + down->first - distance_mm * down->shift, size[1], &pair)) {
            for (size_t i = 0; i < across->size; i++) {
                out[i] = fill;
            }
            continue;
        }
        const float *low = slice + pair.low * size[0];
        const float *high = slice + pair.high * size[0];
        respace_blend(low, high, pair.weight, size[0], moves_across ? blended : out);
        if (moves_across) {
            move_row(across, size[0], distance_mm * across->shift, blended, fill, out);
        }
    }
    free(blended);
    return blended != NULL;
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
