/* The box about the lesion. */
#include "measure/box.h"

#include "base/memory.h"
#include "image/distance.h"
#include "measure/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void floats_clear(float **floats)
{
    free(*floats);
}

bool box_make(Box *out, const MeasureSeries *series, double margin_mm)
{
    size_t high[3];
    if (!mask_box(series->lesion, out->low, high)) {
        return false;
    }
    out->series = series;
    out->count = 1;
    out->voxel_mm3 = geometry_voxel_volume_mm3(&series->lesion->geometry);
    for (int a = 0; a < 3; a++) {
        const double spacing = series->lesion->geometry.spacing_mm[a];
        const size_t more = margin_mm > 0 ? (size_t)ceil(margin_mm / spacing) + 1 : 0;
        const size_t last = series->lesion->geometry.size[a] - 1;
        out->spacing_mm[a] = spacing;
        out->low[a] = out->low[a] > more ? out->low[a] - more : 0;
        high[a] = high[a] + more < last ? high[a] + more : last;
        out->size[a] = high[a] - out->low[a] + 1;
        out->count *= out->size[a];
    }
    return true;
}

size_t box_index(const Box *box, const size_t at[3])
{
    return at[0] + box->size[0] * (at[1] + box->size[1] * at[2]);
}

void box_place(const Box *box, size_t index, size_t out[3])
{
    out[0] = index % box->size[0];
    out[1] = index / box->size[0] % box->size[1];
    out[2] = index / box->size[0] / box->size[1];
}

size_t box_voxel(const Box *box, size_t index)
{
    size_t at[3];
    box_place(box, index, at);
    return voxel_index(&box->series->lesion->geometry, box->low[0] + at[0], box->low[1] + at[1],
                       box->low[2] + at[2]);
}

Vec3 box_point(const Box *box, size_t index)
{
    size_t at[3];
    box_place(box, index, at);
    return geometry_point_lps_mm(&box->series->lesion->geometry, (double)(box->low[0] + at[0]),
                                 (double)(box->low[1] + at[1]), (double)(box->low[2] + at[2]));
}

bool box_find(const Box *box, Vec3 point_lps_mm, size_t *out_index)
{
    double ijk[3];
    size_t at[3];
    if (!geometry_index_ijk(&box->series->lesion->geometry, point_lps_mm, ijk)) {
        return false;
    }
    for (int a = 0; a < 3; a++) {
        const double in_box = floor(ijk[a] + 0.5) - (double)box->low[a];
        if (!(in_box >= 0 && in_box < (double)box->size[a])) {
            return false;
        }
        at[a] = (size_t)in_box;
    }
    *out_index = box_index(box, at);
    return true;
}

/* The outline runs half a voxel before the next centre. */
bool box_shrink(const Box *box, uint8_t *region, double mm, DensError **err)
{
    const double half = fmin(box->spacing_mm[0], fmin(box->spacing_mm[1], box->spacing_mm[2])) / 2;
    AUTO(floats_clear) float *squared = memory_try_array(box->count, sizeof *squared);
    uint8_t *other = memory_try_array(box->count, 1);
    if (!squared || !other) {
        free(other);
        return error_no_memory(err);
    }
    for (size_t v = 0; v < box->count; v++) {
        other[v] = mm < 0 ? region[v] : !region[v];
    }
    const bool done = distance_squared(squared, other, box->size, box->spacing_mm, NULL, err);
    for (size_t v = 0; done && v < box->count; v++) {
        const double depth = sqrt((double)squared[v]) - half;
        region[v] = mm < 0 ? depth <= -mm : depth > mm;
    }
    free(other);
    return done;
}

void box_add_neighbours(const Box *box, uint8_t *marks, uint8_t *scratch)
{
    memcpy(scratch, marks, box->count);
    for (size_t v = 0; v < box->count; v++) {
        size_t at[3];
        box_place(box, v, at);
        for (int n = 0; scratch[v] && n < 6; n++) {
            const int a = n / 2;
            size_t next[3] = {at[0], at[1], at[2]};
            if (n % 2 ? at[a] + 1 < box->size[a] : at[a] > 0) {
                next[a] += n % 2 ? 1 : (size_t)-1;
                marks[box_index(box, next)] = 1;
            }
        }
    }
}

double box_smooth_value(const Box *box, size_t index)
{
    const Volume *volume = box->series->volume;
    size_t at[3];
    box_place(box, index, at);
    double sum = 0;
    int count = 0;
    for (int n = 0; n < 7; n++) {
        long next[3] = {(long)(at[0] + box->low[0]), (long)(at[1] + box->low[1]),
                        (long)(at[2] + box->low[2])};
        if (n < 6) {
            next[n / 2] += n % 2 ? 1 : -1;
        }
        bool inside = true;
        for (int a = 0; a < 3; a++) {
            inside = inside && next[a] >= 0 && next[a] < (long)volume->geometry.size[a];
        }
        const double value = inside ? (double)volume->voxels[voxel_index(&volume->geometry, (size_t)next[0],
                                                                         (size_t)next[1], (size_t)next[2])]
                                    : NAN;
        if (isfinite(value)) {
            sum += value;
            count++;
        }
    }
    return count ? sum / count : NAN;
}

double box_ball_mm(const Box *box, double voxels)
{
    return 2 * cbrt(voxels * box->voxel_mm3 * 3 / (4 * acos(-1)));
}

void bytes_clear(Bytes *bytes)
{
    free(bytes->inner);
    free(bytes->marks);
    free(bytes->scratch);
}

bool bytes_make(Bytes *out, size_t count, DensError **err)
{
    out->inner = memory_try_array(count, 1);
    out->marks = memory_try_array(count, 1);
    out->scratch = memory_try_array(count, 1);
    return (out->inner && out->marks && out->scratch) || error_no_memory(err);
}
