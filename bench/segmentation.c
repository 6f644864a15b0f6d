/* A reader who clicks: the first click goes to the deepest point of the true lesion, each further one to the
 * deepest point of the largest error of the mask so far, inside where it is missing, outside where it is too
 * much. The same reader clicks for each method, on that method's own errors.
 *   bench-segmentation METHOD CLICKS TRUTH.nii.gz VOLUME.nii.gz [VOLUME.nii.gz …]
 * METHOD: dens; growing, confidence-connected region growing as ITK has it; walker, a random walker (Grady
 * 2006) on the same blocks. The peers see the first volume only. A line after each click: Dice coefficient,
 * 95th percentile of the distance of the surfaces in mm (the larger of both directions), milliseconds. */
#include "base/memory.h"
#include "image/distance.h"
#include "image/nifti.h"
#include "measure/measure.h"
#include "segment/region.h"
#include "segment/segment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef Mask *Method(const Volume *const *volumes, size_t count, const SegmentClick *clicks,
                     size_t click_count, DensError **err);

/* ---- agreement ---- */

static double dice(const Mask *mask, const Mask *truth)
{
    size_t both = 0, sum = 0;
    for (size_t v = 0; v < geometry_voxels(&truth->geometry); v++) {
        both += mask->labels[v] && truth->labels[v];
        sum += (mask->labels[v] > 0) + (size_t)(truth->labels[v] > 0);
    }
    return sum > 0 ? 2 * (double)both / (double)sum : 0;
}

/* Marks the voxels of a mask with a neighbour by a face that is not in it. */
static void surface(const Mask *mask, uint8_t *out)
{
    const size_t *n = mask->geometry.size, step[3] = {1, n[0], n[0] * n[1]};
    for (size_t v = 0; v < n[0] * n[1] * n[2]; v++) {
        const size_t at[3] = {v % n[0], v / n[0] % n[1], v / n[0] / n[1]};
        out[v] = 0;
        for (int a = 0; a < 3 && mask->labels[v]; a++) {
            const bool low = at[a] == 0 || !mask->labels[v - step[a]];
            const bool high = at[a] + 1 == n[a] || !mask->labels[v + step[a]];
            out[v] = out[v] || low || high;
        }
    }
}

static int compare_floats(const void *a, const void *b)
{
    const float one = *(const float *)a, two = *(const float *)b;
    return (one > two) - (one < two);
}

/* From the surface of one mask to that of the other. */
static bool percentile_95(const uint8_t *from, const uint8_t *to, const Geometry *g, float *work,
                          double *out_mm, DensError **err)
{
    size_t count = 0;
    if (!distance_squared(work, to, g->size, g->spacing_mm, NULL, err)) {
        return false;
    }
    for (size_t v = 0; v < geometry_voxels(g); v++) {
        if (from[v]) {
            work[count++] = work[v];
        }
    }
    qsort(work, count, sizeof *work, compare_floats);
    *out_mm = count ? sqrt((double)work[(size_t)(0.95 * (double)(count - 1))]) : NAN;
    return true;
}

static bool hausdorff(const Mask *mask, const Mask *truth, double *out_mm, DensError **err)
{
    const Geometry *g = &truth->geometry;
    const size_t voxels = geometry_voxels(g);
    uint8_t *one = memory_array(voxels, 1), *two = memory_array(voxels, 1);
    float *work = memory_array(voxels, sizeof *work);
    double there = 0, back = 0;
    surface(mask, one);
    surface(truth, two);
    const bool good =
        percentile_95(one, two, g, work, &there, err) && percentile_95(two, one, g, work, &back, err);
    *out_mm = fmax(there, back);
    free(one);
    free(two);
    free(work);
    return good;
}

/* ---- the reader ---- */

static bool next_click(const Mask *mask, const Mask *truth, SegmentClick *out, DensError **err)
{
    const Geometry *g = &truth->geometry;
    const size_t voxels = geometry_voxels(g);
    uint8_t *free_of_it = memory_array(voxels, 1);
    float *depth = memory_array(voxels, sizeof *depth), best = 0;
    size_t place = 0;
    bool good = true;
    for (int kind = 0; kind < 2 && good; kind++) {
        for (size_t v = 0; v < voxels; v++) {
            const bool in_mask = mask && mask->labels[v], in_truth = truth->labels[v] > 0;
            free_of_it[v] = !(kind ? in_mask && !in_truth : in_truth && !in_mask);
        }
        good = distance_squared(depth, free_of_it, g->size, g->spacing_mm, NULL, err);
        for (size_t v = 0; v < voxels && good; v++) {
            if (isfinite(depth[v]) && depth[v] > best) {
                best = depth[v];
                place = v;
                out->inside = kind == 0;
            }
        }
    }
    free(free_of_it);
    free(depth);
    out->point_lps_mm =
        geometry_point_lps_mm(g, (double)(place % g->size[0]), (double)(place / g->size[0] % g->size[1]),
                              (double)(place / g->size[0] / g->size[1]));
    return good;
}

/* ---- peers, on the blocks that the program's method works on ---- */

static size_t block_of(const Region3 *r, const Volume *volume, Vec3 point, bool *out_near)
{
    double at[3];
    size_t voxel[3] = {0, 0, 0};
    *out_near = geometry_index_ijk(&volume->geometry, point, at);
    for (int a = 0; a < 3 && *out_near; a++) {
        voxel[a] = (size_t)(at[a] + 0.5);
        *out_near = voxel[a] >= r->low[a] && voxel[a] < r->high[a];
    }
    return *out_near ? region_block(r, voxel) : 0;
}

static Mask *mask_of_blocks(const Region3 *r, const Volume *volume, const bool *blocks, DensError **err)
{
    Mask *mask = mask_new(&volume->geometry, err);
    const size_t *size = volume->geometry.size;
    for (size_t k = r->low[2]; mask && k < r->high[2]; k++) {
        for (size_t j = r->low[1]; j < r->high[1]; j++) {
            for (size_t i = r->low[0]; i < r->high[0]; i++) {
                mask->labels[i + size[0] * (j + size[1] * k)] =
                    blocks[region_block(r, (const size_t[3]){i, j, k})];
            }
        }
    }
    return mask;
}

/* What is joined to the inside clicks by values within mean ± 2.5 SD; mean and SD of a 3 × 3 × 3
 * neighbourhood of the clicks at first, then four times of what was found. Blocks within 4 mm of an outside
 * click are closed. */
static void grow(const Region3 *r, const size_t *inside, size_t count, const bool *closed, bool *out,
                 size_t *queue)
{
    double sum = 0, square = 0, n = 0;
    for (size_t c = 0; c < count; c++) {
        for (int d = -1; d < REGION_NEIGHBOURS; d++) {
            const double x =
                (double)r->values[0][(size_t)((ptrdiff_t)inside[c] + (d < 0 ? 0 : r->offset[d]))];
            sum += x;
            square += x * x;
            n++;
        }
    }
    for (int round = 0; round < 5; round++) {
        const double mean = sum / n, sd = sqrt(fmax(square / n - mean * mean, 0));
        size_t first = 0, last = 0;
        memset(out, 0, r->voxels);
        for (size_t c = 0; c < count; c++) {
            out[inside[c]] = true;
            queue[last++] = inside[c];
        }
        sum = square = n = 0;
        while (first < last) {
            const size_t v = queue[first++];
            const double x = (double)r->values[0][v];
            sum += x;
            square += x * x;
            n++;
            for (int d = 0; d < 6; d++) {
                const size_t to = (size_t)((ptrdiff_t)v + r->offset[d]);
                if (r->valid[to] && !closed[to] && !out[to] &&
                    fabs((double)r->values[0][to] - mean) <= 2.5 * sd) {
                    out[to] = true;
                    queue[last++] = to;
                }
            }
        }
    }
}

/* Potential of a random walker by successive over-relaxation: 1 at inside clicks, 0 at outside ones and on
 * the region's border; weights exp(−β·change²), β = 0.01 in units of the noise. */
static void walk(const Region3 *r, const size_t *inside, size_t count, const bool *closed, bool *out,
                 float *potential)
{
    float *weight = memory_array(r->voxels * 6, sizeof *weight);
    bool *fixed = memory_array(r->voxels, sizeof *fixed);
    for (size_t c = 0; c < count; c++) {
        fixed[inside[c]] = true;
    }
    for (size_t v = 0; v < r->voxels; v++) {
        potential[v] = 0;
        for (int d = 0; d < 6 && r->valid[v]; d++) {
            const size_t to = (size_t)((ptrdiff_t)v + r->offset[d]);
            const double change = (double)(r->values[0][v] - r->values[0][to]);
            weight[6 * v + (size_t)d] = (float)(exp(-0.01 * change * change) + 1e-5);
        }
    }
    for (size_t c = 0; c < count; c++) {
        potential[inside[c]] = 1;
    }
    for (int pass = 0; pass < 150; pass++) {
        for (size_t v = 0; v < r->voxels; v++) {
            if (!r->valid[v] || closed[v] || fixed[v]) {
                continue;
            }
            float sum = 0, all = 0;
            for (int d = 0; d < 6; d++) {
                const float w = weight[6 * v + (size_t)d];
                sum += w * potential[(size_t)((ptrdiff_t)v + r->offset[d])];
                all += w;
            }
            potential[v] += 1.95F * (sum / all - potential[v]);
        }
    }
    for (size_t v = 0; v < r->voxels; v++) {
        out[v] = potential[v] > 0.5F;
    }
    free(weight);
    free(fixed);
}

static Mask *peer(bool walker, const Volume *const *volumes, const SegmentClick *clicks, size_t click_count,
                  DensError **err)
{
    Region3 r;
    if (!region_make(&r, volumes, 1, clicks, click_count, err)) {
        return NULL;
    }
    bool *closed = memory_array(r.voxels, sizeof *closed), *found = memory_array(r.voxels, sizeof *found);
    size_t *inside = memory_array(r.voxels, sizeof *inside), *queue = memory_array(r.voxels, sizeof *queue),
           count = 0;
    for (size_t c = 0; c < click_count; c++) {
        bool near;
        const size_t block = block_of(&r, volumes[0], clicks[c].point_lps_mm, &near);
        if (clicks[c].inside && near) {
            inside[count++] = block;
        }
        for (int d = -1; d < REGION_NEIGHBOURS && near && !clicks[c].inside; d++) {
            closed[(size_t)((ptrdiff_t)block + (d < 0 ? 0 : r.offset[d]))] = true;
        }
    }
    if (walker) {
        float *potential = memory_array(r.voxels, sizeof *potential);
        walk(&r, inside, count, closed, found, potential);
        free(potential);
    } else {
        grow(&r, inside, count, closed, found, queue);
    }
    Mask *mask = mask_of_blocks(&r, volumes[0], found, err);
    free(closed);
    free(found);
    free(inside);
    free(queue);
    region_clear(&r);
    return mask;
}

static Mask *growing(const Volume *const *volumes, size_t count, const SegmentClick *clicks,
                     size_t click_count, DensError **err)
{
    (void)count;
    return peer(false, volumes, clicks, click_count, err);
}

static Mask *walking(const Volume *const *volumes, size_t count, const SegmentClick *clicks,
                     size_t click_count, DensError **err)
{
    (void)count;
    return peer(true, volumes, clicks, click_count, err);
}

/* ---- */

static bool click_through(Method *method, size_t clicks, const Mask *truth, const Volume *const *volumes,
                          size_t count, DensError **err)
{
    SegmentClick made[SEGMENT_MOST_CLICKS];
    Mask *mask = NULL;
    bool good = true;
    for (size_t c = 0; c < clicks && c < SEGMENT_MOST_CLICKS && good; c++) {
        struct timespec before, after;
        double mm = 0;
        good = next_click(mask, truth, &made[c], err);
        mask_free(mask);
        clock_gettime(CLOCK_MONOTONIC, &before);
        mask = good ? method(volumes, count, made, c + 1, err) : NULL;
        clock_gettime(CLOCK_MONOTONIC, &after);
        good = mask && hausdorff(mask, truth, &mm, err);
        if (good) {
            printf("%.4f %.2f %.0f\n", dice(mask, truth), mm,
                   (double)(after.tv_sec - before.tv_sec) * 1e3 +
                       (double)(after.tv_nsec - before.tv_nsec) / 1e6);
        }
    }
    mask_free(mask);
    return good;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Method *method;
    } methods[] = {{"dens", segment_lesion}, {"growing", growing}, {"walker", walking}};
    Method *method = NULL;
    for (size_t m = 0; m < sizeof methods / sizeof *methods && argc > 1; m++) {
        method = strcmp(argv[1], methods[m].name) == 0 ? methods[m].method : method;
    }
    if (!method || argc < 5 || argc > 4 + SEGMENT_MOST_CHANNELS) {
        fprintf(stderr, "usage: bench-segmentation dens|growing|walker CLICKS TRUTH VOLUME...\n");
        return 2;
    }
    const size_t count = (size_t)argc - 4;
    DensError *err = NULL;
    Mask *drawn = mask_read_nifti(argv[3], &err), *truth = NULL;
    Volume *volumes[SEGMENT_MOST_CHANNELS] = {NULL};
    for (size_t v = 0; v < count && !err; v++) {
        volumes[v] = volume_read_nifti(argv[4 + v], &err);
    }
    if (!err) {
        truth = mask_resample(drawn, &volumes[0]->geometry, &err);
    }
    if (truth) {
        (void)click_through(method, strtoul(argv[2], NULL, 10), truth, (const Volume *const *)volumes, count,
                            &err);
    }
    if (err) {
        fprintf(stderr, "bench-segmentation: %s: %s\n", dens_error_where(err), dens_error_summary(err));
    }
    const int status = err ? 1 : 0;
    dens_error_free(err);
    mask_free(drawn);
    mask_free(truth);
    for (size_t v = 0; v < count; v++) {
        volume_free(volumes[v]);
    }
    return status;
}
