/* From uneven distances of slices to an even grid. See respace.h.
 *
 * The limits are conventions. A stack whose gaps follow each other, or that is made of regular stretches, is
 * what a protocol of the scanner makes; a lone gap that is wider than its neighbours is what a lost slice
 * leaves, and nothing may be interpolated over it. */
#include "dicom/respace.h"

#include "base/memory.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const double SAME_SHARE = 0.1;  /* gaps that follow each other differ by less of the smaller one */
static const double JOINT_SHARE = 0.1; /* a joint has at least this much of the narrower stretch's spacing */
enum { MOST_PLANES = 8 };              /* of the even grid, for each slice */

static double gap(const double *distances_mm, size_t k)
{
    return distances_mm[k + 1] - distances_mm[k];
}

static bool same(double a, double b)
{
    return fabs(a - b) <= SAME_SHARE * fmin(a, b);
}

/* Is gap k one of a stretch: like the one before or after it? */
static bool carried(const double *distances_mm, size_t gaps, size_t k)
{
    double here = gap(distances_mm, k);
    return (k > 0 && same(here, gap(distances_mm, k - 1))) ||
           (k + 1 < gaps && same(here, gap(distances_mm, k + 1)));
}

/* Is gap k where two stretches meet without a hole? */
static bool joins(const double *distances_mm, size_t gaps, size_t k)
{
    if (k == 0 || k + 1 == gaps || !carried(distances_mm, gaps, k - 1) ||
        !carried(distances_mm, gaps, k + 1)) {
        return false;
    }
    double before = gap(distances_mm, k - 1);
    double after = gap(distances_mm, k + 1);
    double here = gap(distances_mm, k);
    return here <= (1 + SAME_SHARE) * fmax(before, after) && here >= JOINT_SHARE * fmin(before, after);
}

bool respace_plan(const double *distances_mm, size_t count, double *out_spacing_mm, size_t *out_count,
                  size_t *out_gap)
{
    const size_t gaps = count - 1;
    double finest = INFINITY;
    *out_gap = 0;
    for (size_t k = 0; k < gaps; k++) {
        if (carried(distances_mm, gaps, k)) {
            finest = fmin(finest, gap(distances_mm, k));
        } else if (!joins(distances_mm, gaps, k)) {
            *out_gap = k;
            return false;
        }
    }
    double length = distances_mm[count - 1] - distances_mm[0];
    double steps = ceil(length / finest - SAME_SHARE);
    if (!(steps >= 1 && steps < MOST_PLANES * (double)count)) {
        return false;
    }
    *out_count = (size_t)steps + 1;
    *out_spacing_mm = length / steps;
    return true;
}

void respace_blend(const float *a, const float *b, double weight, size_t count, float *out)
{
    enum { BLOCK = 16 }; /* compilers make vectors of loops whose length they know */
    const double other = 1 - weight;
    size_t n = 0;
    for (; n + BLOCK <= count; n += BLOCK) {
        float block[BLOCK];
        for (size_t m = 0; m < BLOCK; m++) {
            block[m] = (float)(other * (double)a[n + m] + weight * (double)b[n + m]);
        }
        memcpy(out + n, block, sizeof block);
    }
    for (; n < count; n++) {
        out[n] = (float)(other * (double)a[n] + weight * (double)b[n]);
    }
}

/* A plane of the even grid between slices `low` and `low` + 1. The first of the two that comes is kept in it
 * as it is, so that the second makes the same values as if both had been there from the start. */
typedef struct {
    size_t low;
    double weight; /* of the upper slice */
    bool begun;
    pthread_mutex_t lock; /* guards begun and the voxels */
} Plane;

struct Respacing {
    Plane *planes;
    size_t count, plane_voxels;
    float *out;
};

Respacing *respacing_new(const double *distances_mm, size_t count, double spacing_mm, size_t out_count,
                         size_t plane_voxels, float *out)
{
    Respacing *r = memory_array(1, sizeof *r);
    r->planes = memory_array(out_count, sizeof *r->planes);
    r->count = out_count;
    r->plane_voxels = plane_voxels;
    r->out = out;
    size_t low = 0;
    for (size_t k = 0; k < out_count; k++) {
        double at = fmin(distances_mm[0] + (double)k * spacing_mm, distances_mm[count - 1]);
        while (low + 2 < count && distances_mm[low + 1] <= at) {
            low++;
        }
        r->planes[k].low = low;
        r->planes[k].weight = (at - distances_mm[low]) / gap(distances_mm, low);
        (void)pthread_mutex_init(&r->planes[k].lock, NULL); /* cannot fail without attributes */
    }
    return r;
}

void respacing_free(Respacing *r)
{
    for (size_t k = 0; r && k < r->count; k++) {
        (void)pthread_mutex_destroy(&r->planes[k].lock);
    }
    free(r ? r->planes : NULL);
    free(r);
}

static void add_slice(const Respacing *r, size_t k, const float *slice, bool upper)
{
    Plane *plane = &r->planes[k];
    float *out = r->out + k * r->plane_voxels;
    (void)pthread_mutex_lock(&plane->lock);
    if (!plane->begun) {
        memcpy(out, slice, r->plane_voxels * sizeof *out);
        plane->begun = true;
    } else {
        respace_blend(upper ? out : slice, upper ? slice : out, plane->weight, r->plane_voxels, out);
    }
    (void)pthread_mutex_unlock(&plane->lock);
}

/* A plane at a slice's own place takes that slice alone. */
void respacing_take(Respacing *r, size_t index, const float *slice)
{
    for (size_t k = 0; k < r->count && r->planes[k].low <= index; k++) {
        const Plane *plane = &r->planes[k];
        if (plane->low == index && plane->weight < 1) {
            add_slice(r, k, slice, false);
        } else if (plane->low + 1 == index && plane->weight > 0) {
            add_slice(r, k, slice, true);
        }
    }
}
