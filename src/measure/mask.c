/* Masks that are made, not drawn: a reference sphere, and a mask carried over to another grid. */
#include "base/memory.h"
#include "measure/measure.h"

#include <math.h>

static bool finite_point(Vec3 point)
{
    return isfinite(point.x) && isfinite(point.y) && isfinite(point.z);
}

/* The index range that can hold voxels within radius_mm of the centre; empty (low > high) off the grid. The
 * index is an affine function of the point, so its largest change over the sphere is bounded by the sum of
 * its changes along x, y and z. False if the grid is singular. */
static bool sphere_box(const Geometry *geometry, Vec3 centre, double radius_mm, long out_low[3],
                       long out_high[3])
{
    double at[3];
    if (!geometry_index_ijk(geometry, centre, at)) {
        return false;
    }
    const Vec3 ends[3] = {vec3(radius_mm, 0, 0), vec3(0, radius_mm, 0), vec3(0, 0, radius_mm)};
    double reach[3] = {0, 0, 0};
    for (int e = 0; e < 3; e++) {
        double moved[3];
        if (!geometry_index_ijk(geometry, vec3_add(centre, ends[e]), moved)) {
            return false;
        }
        for (int a = 0; a < 3; a++) {
            reach[a] += fabs(moved[a] - at[a]);
        }
    }
    for (int a = 0; a < 3; a++) {
        const double last = (double)geometry->size[a] - 1;
        out_low[a] = (long)fmin(fmax(ceil(at[a] - reach[a]), 0), last + 1);
        out_high[a] = (long)fmax(fmin(floor(at[a] + reach[a]), last), -1);
    }
    return true;
}

Mask *mask_sphere(const Geometry *geometry, Vec3 centre, double radius_mm, DensError **err)
{
    if (!finite_point(centre) || !isfinite(radius_mm) || radius_mm <= 0) {
        (void)error_input(err, NULL, "a sphere needs a finite centre and a radius above 0 mm, not %g mm",
                          radius_mm);
        return NULL;
    }
    long low[3], high[3];
    if (!sphere_box(geometry, centre, radius_mm, low, high)) {
        (void)error_input(err, NULL, "the grid is singular: its axes do not span space");
        return NULL;
    }
    AUTO(mask_auto) Mask *mask = mask_new(geometry, err);
    if (!mask) {
        return NULL;
    }
    size_t inside = 0;
    for (long k = low[2]; k <= high[2]; k++) {
        for (long j = low[1]; j <= high[1]; j++) {
            for (long i = low[0]; i <= high[0]; i++) {
                const Vec3 point = geometry_point_lps_mm(geometry, (double)i, (double)j, (double)k);
                if (vec3_length(vec3_sub(point, centre)) <= radius_mm) {
                    const size_t row = (size_t)j + geometry->size[1] * (size_t)k;
                    mask->labels[(size_t)i + geometry->size[0] * row] = 1;
                    inside++;
                }
            }
        }
    }
    if (inside == 0) {
        (void)error_input(err, NULL,
                          "no voxel centre lies within %g mm of (%g, %g, %g): move the point or enlarge it",
                          radius_mm, centre.x, centre.y, centre.z);
        return NULL;
    }
    return TAKE(mask);
}

/* Index in `from` as an affine function of the index in `to`: origin + i·step[0] + j·step[1] + k·step[2]. */
typedef struct {
    double origin[3], step[3][3];
} IndexMap;

static bool index_map(IndexMap *out, const Geometry *from, const Geometry *to)
{
    if (!geometry_index_ijk(from, geometry_point_lps_mm(to, 0, 0, 0), out->origin)) {
        return false;
    }
    for (int a = 0; a < 3; a++) {
        const Vec3 next = geometry_point_lps_mm(to, a == 0, a == 1, a == 2);
        if (!geometry_index_ijk(from, next, out->step[a])) {
            return false;
        }
        for (int b = 0; b < 3; b++) {
            out->step[a][b] -= out->origin[b];
        }
    }
    return true;
}

/* Label of the voxel nearest to a continuous index; 0 outside the grid. */
static uint16_t nearest_label(const Mask *mask, const double ijk[3])
{
    size_t index[3];
    for (int a = 0; a < 3; a++) {
        const double nearest = floor(ijk[a] + 0.5);
        if (!(nearest >= 0 && nearest < (double)mask->geometry.size[a])) {
            return 0;
        }
        index[a] = (size_t)nearest;
    }
    return mask->labels[index[0] + mask->geometry.size[0] * (index[1] + mask->geometry.size[1] * index[2])];
}

static void copy_names(Mask *to, const Mask *from)
{
    to->source_name = from->source_name ? memory_strdup(from->source_name) : NULL;
    to->frame_uid = from->frame_uid ? memory_strdup(from->frame_uid) : NULL;
    if (from->name_count > 0) {
        to->names = memory_array(from->name_count, sizeof *to->names);
        to->name_count = from->name_count;
        for (size_t i = 0; i < from->name_count; i++) {
            to->names[i] = from->names[i] ? memory_strdup(from->names[i]) : NULL;
        }
    }
}

Mask *mask_resample(const Mask *mask, const Geometry *to, DensError **err)
{
    IndexMap map;
    if (!index_map(&map, &mask->geometry, to)) {
        (void)error_input(err, mask->source_name, "the mask's grid is singular: its axes do not span space");
        return NULL;
    }
    AUTO(mask_auto) Mask *out = mask_new(to, err);
    if (!out) {
        return NULL;
    }
    copy_names(out, mask);
    uint16_t *label = out->labels;
    for (size_t k = 0; k < to->size[2]; k++) {
        for (size_t j = 0; j < to->size[1]; j++) {
            for (size_t i = 0; i < to->size[0]; i++) {
                double ijk[3];
                for (int b = 0; b < 3; b++) {
                    ijk[b] = map.origin[b] + (double)i * map.step[0][b] + (double)j * map.step[1][b] +
                             (double)k * map.step[2][b];
                }
                *label++ = nearest_label(mask, ijk);
            }
        }
    }
    return TAKE(out);
}
