/* The surface of a mask, and profiles across it.
 *
 * The normal at a surface voxel is the direction away from the centre of gravity of the mask's part of a ball
 * about it. The part of the ball that is filled says how deep the voxel lies: a plane at the distance h
 * beyond the centre of a ball of radius R leaves ½ + ¾ h/R of it filled, to first order. So the surface is
 * placed finer than the grid and without its steps. Voxels with a face outside fill a layer under the surface
 * as thick as the grid's step along the normal, so each stands for an area in inverse ratio to that
 * thickness. */
#include "measure/surface.h"

#include "base/memory.h"
#include "measure/region.h"

#include <math.h>
#include <stdlib.h>

static const double ball_radius_mm = 2.5;  /* large against a voxel of CT, small against a vertebra */
static const double tangent_step_mm = 0.7; /* about a voxel */

void surface_clear(Surface *surface)
{
    free(surface->points);
    *surface = (Surface){0};
}

/* The label at an index that may lie outside the grid (0 there). */
static bool is_marked(const Mask *mask, const long at[3])
{
    for (int a = 0; a < 3; a++) {
        if (at[a] < 0 || at[a] >= (long)mask->geometry.size[a]) {
            return false;
        }
    }
    return mask->labels[voxel_index(&mask->geometry, (size_t)at[0], (size_t)at[1], (size_t)at[2])] != 0;
}

static bool is_surface(const Mask *mask, const long at[3])
{
    if (!is_marked(mask, at)) {
        return false;
    }
    for (int a = 0; a < 3; a++) {
        for (int side = -1; side <= 1; side += 2) {
            long next[3] = {at[0], at[1], at[2]};
            next[a] += side;
            if (!is_marked(mask, next)) {
                return true;
            }
        }
    }
    return false;
}

/* Steps from the middle of a ball to the voxels in it. */
typedef struct {
    size_t count;
    struct BallStep {
        long ijk[3];
        Vec3 mm;
    } * steps;
} Ball;

static void ball_clear(Ball *ball)
{
    free(ball->steps);
}

static bool ball_make(Ball *out, const Geometry *g, double radius_mm, DensError **err)
{
    long reach[3];
    size_t room = 1;
    for (int a = 0; a < 3; a++) {
        /* a grid coarser than the ball still needs its next voxels */
        reach[a] = (long)fmax(ceil(radius_mm / g->spacing_mm[a]), 1);
        room *= (size_t)(2 * reach[a] + 1);
    }
    out->count = 0;
    out->steps = memory_try_array(room, sizeof *out->steps);
    if (!out->steps) {
        return error_no_memory(err);
    }
    for (long k = -reach[2]; k <= reach[2]; k++) {
        for (long j = -reach[1]; j <= reach[1]; j++) {
            for (long i = -reach[0]; i <= reach[0]; i++) {
                const Vec3 mm = vec3_sub(geometry_point_lps_mm(g, (double)i, (double)j, (double)k),
                                         geometry_point_lps_mm(g, 0, 0, 0));
                if (vec3_length(mm) <= radius_mm) {
                    out->steps[out->count++] = (struct BallStep){{i, j, k}, mm};
                }
            }
        }
    }
    return true;
}

/* False where the ball is filled evenly, so that there is no outward: a sheet or a thread. */
static bool point_at(SurfacePoint *out, const Mask *mask, const long at[3], const Ball *ball,
                     double radius_mm)
{
    const Geometry *g = &mask->geometry;
    Vec3 sum = vec3(0, 0, 0);
    size_t filled = 0;
    for (size_t s = 0; s < ball->count; s++) {
        const struct BallStep *step = &ball->steps[s];
        const long next[3] = {at[0] + step->ijk[0], at[1] + step->ijk[1], at[2] + step->ijk[2]};
        if (is_marked(mask, next)) {
            sum = vec3_sub(sum, step->mm);
            filled++;
        }
    }
    const double length = vec3_length(sum);
    if (length < 1e-3 * radius_mm * (double)ball->count) {
        return false;
    }
    out->outward = vec3_scale(sum, 1 / length);
    double thickness = 0;
    for (int a = 0; a < 3; a++) {
        thickness = fmax(thickness, fabs(vec3_dot(out->outward, g->axis_lps[a])) * g->spacing_mm[a]);
    }
    const double share = (double)filled / (double)ball->count;
    const double depth = fmin(fmax((share - 0.5) * 4 * radius_mm / 3, 0), thickness);
    out->weight = 1 / thickness;
    const Vec3 centre = geometry_point_lps_mm(g, (double)at[0], (double)at[1], (double)at[2]);
    out->at_lps_mm = vec3_add(centre, vec3_scale(out->outward, depth));
    return true;
}

/* Counts the surface voxels, or, with a ball, takes every stride-th of them as a point. */
static size_t walk(const Mask *mask, const size_t low[3], const size_t high[3], size_t stride,
                   const Ball *ball, double radius_mm, Surface *out)
{
    size_t seen = 0;
    for (size_t k = low[2]; k <= high[2]; k++) {
        for (size_t j = low[1]; j <= high[1]; j++) {
            for (size_t i = low[0]; i <= high[0]; i++) {
                const long at[3] = {(long)i, (long)j, (long)k};
                if (!is_surface(mask, at)) {
                    continue;
                }
                if (ball && seen % stride == 0 &&
                    point_at(&out->points[out->count], mask, at, ball, radius_mm)) {
                    out->count++;
                }
                seen++;
            }
        }
    }
    return seen;
}

bool surface_find(Surface *out, const Mask *mask, size_t most, DensError **err)
{
    *out = (Surface){0};
    size_t low[3], high[3];
    double origin[3];
    if (!mask_box(mask, low, high)) {
        return error_input(err, NULL, "the lesion mask is empty");
    }
    if (!geometry_index_ijk(&mask->geometry, mask->geometry.origin_lps_mm, origin)) {
        return error_input(err, NULL, "the grid of the lesion mask is singular");
    }
    const double *spacing = mask->geometry.spacing_mm;
    const double radius_mm = fmax(ball_radius_mm, 1.01 * fmax(spacing[0], fmax(spacing[1], spacing[2])));
    AUTO(ball_clear) Ball ball = {0};
    if (!ball_make(&ball, &mask->geometry, radius_mm, err)) {
        return false;
    }
    const size_t voxels = walk(mask, low, high, 1, NULL, 0, NULL);
    const size_t stride = (voxels + most - 1) / most;
    out->points = memory_try_array(voxels / stride + 1, sizeof *out->points);
    if (!out->points) {
        return error_no_memory(err);
    }
    walk(mask, low, high, stride, &ball, radius_mm, out);
    return true;
}

void surface_tangents(Vec3 normal, Vec3 out[2])
{
    const Vec3 helper = fabs(normal.z) < 0.8 ? vec3(0, 0, 1) : vec3(1, 0, 0);
    const Vec3 first = vec3_cross(normal, helper);
    out[0] = vec3_scale(first, 1 / vec3_length(first));
    out[1] = vec3_cross(normal, out[0]);
}

bool surface_profile(Profile *out, const Volume *volume, const SurfacePoint *point)
{
    Vec3 across[2];
    surface_tangents(point->outward, across);
    for (int s = 0; s < PROFILE_SAMPLES; s++) {
        const Vec3 middle =
            vec3_add(point->at_lps_mm, vec3_scale(point->outward, (s - PROFILE_MIDDLE) * PROFILE_STEP_MM));
        double sum = 0;
        for (int n = 0; n < 9; n++) {
            const int row = n / 3 - 1, column = n % 3 - 1;
            const Vec3 aside = vec3_add(vec3_scale(across[0], column * tangent_step_mm),
                                        vec3_scale(across[1], row * tangent_step_mm));
            double ijk[3];
            float value;
            if (!geometry_index_ijk(&volume->geometry, vec3_add(middle, aside), ijk) ||
                !volume_sample(volume, ijk, &value)) {
                return false;
            }
            sum += (double)value;
        }
        out->values[s] = sum / 9;
    }
    return true;
}

double profile_mean(const Profile *profile, double from_mm, double to_mm)
{
    double sum = 0;
    int count = 0;
    for (int s = 0; s < PROFILE_SAMPLES; s++) {
        const double at = (s - PROFILE_MIDDLE) * PROFILE_STEP_MM;
        if (at >= from_mm && at <= to_mm) {
            sum += profile->values[s];
            count++;
        }
    }
    return sum / count;
}

double profile_highest(const Profile *profile, double from_mm, double to_mm, int *out_sample)
{
    double best = -INFINITY;
    for (int s = 1; s + 1 < PROFILE_SAMPLES; s++) {
        const double mean = (profile->values[s - 1] + profile->values[s] + profile->values[s + 1]) / 3,
                     at = (s - PROFILE_MIDDLE) * PROFILE_STEP_MM;
        if (at >= from_mm && at <= to_mm && mean > best) {
            best = mean;
            *out_sample = s;
        }
    }
    return best;
}
