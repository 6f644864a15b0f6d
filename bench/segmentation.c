/* A reader who clicks: the first click goes to the deepest point of the true lesion, each further one to the
 * deepest point of the largest error of the mask so far, inside where it is missing, outside where it is too
 * much. Prints the Dice coefficient after each click and the time of the last mask.
 *   bench-segmentation CLICKS TRUTH.nii.gz VOLUME.nii.gz [VOLUME.nii.gz …]
 * One line: dice dice … milliseconds. */
#include "image/nifti.h"
#include "measure/measure.h"
#include "segment/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Depth in millimetres of each voxel that is set, by two passes over the grid (city-block distance). */
static void depths(const Geometry *g, const bool *set, float *out)
{
    const size_t *n = g->size;
    const size_t step[3] = {1, n[0], n[0] * n[1]};
    for (int pass = 0; pass < 2; pass++) {
        for (size_t m = 0; m < n[0] * n[1] * n[2]; m++) {
            const size_t v = pass ? n[0] * n[1] * n[2] - 1 - m : m;
            const size_t at[3] = {v % n[0], v / n[0] % n[1], v / n[0] / n[1]};
            float least = pass ? out[v] : 1e9F;
            for (int a = 0; a < 3; a++) {
                const bool edge = pass ? at[a] + 1 == n[a] : at[a] == 0;
                const float beside = edge ? 0 : out[pass ? v + step[a] : v - step[a]];
                const float way = beside + (float)g->spacing_mm[a];
                least = way < least ? way : least;
            }
            out[v] = set[v] ? least : 0;
        }
    }
}

static double dice(const Mask *mask, const Mask *truth)
{
    size_t both = 0, sum = 0;
    for (size_t v = 0; v < geometry_voxels(&truth->geometry); v++) {
        both += mask->labels[v] && truth->labels[v];
        sum += (mask->labels[v] > 0) + (size_t)(truth->labels[v] > 0);
    }
    return sum > 0 ? 2 * (double)both / (double)sum : 0;
}

static SegmentClick next_click(const Mask *mask, const Mask *truth, bool *set, float *depth)
{
    const Geometry *g = &truth->geometry;
    const size_t voxels = geometry_voxels(g);
    float best = 0;
    size_t place = 0;
    bool inside = true;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t v = 0; v < voxels; v++) {
            const bool in_mask = mask && mask->labels[v], in_truth = truth->labels[v] > 0;
            set[v] = kind ? in_mask && !in_truth : in_truth && !in_mask;
        }
        depths(g, set, depth);
        for (size_t v = 0; v < voxels; v++) {
            if (depth[v] > best) {
                best = depth[v];
                place = v;
                inside = kind == 0;
            }
        }
    }
    const double i = (double)(place % g->size[0]), j = (double)(place / g->size[0] % g->size[1]),
                 k = (double)(place / g->size[0] / g->size[1]);
    return (SegmentClick){geometry_point_lps_mm(g, i, j, k), inside};
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 3 + SEGMENT_MOST_CHANNELS) {
        fprintf(stderr, "usage: bench-segmentation CLICKS TRUTH VOLUME...\n");
        return 2;
    }
    const size_t clicks = strtoul(argv[1], NULL, 10), count = (size_t)argc - 3;
    DensError *err = NULL;
    Mask *truth = mask_read_nifti(argv[2], &err), *mask = NULL;
    Volume *volumes[SEGMENT_MOST_CHANNELS] = {NULL};
    for (size_t v = 0; v < count && truth; v++) {
        volumes[v] = volume_read_nifti(argv[3 + v], &err);
    }
    Mask *moved = truth && volumes[0] ? mask_resample(truth, &volumes[0]->geometry, &err) : NULL;
    mask_free(truth);
    truth = moved;
    SegmentClick made[SEGMENT_MOST_CLICKS];
    const size_t voxels = truth ? geometry_voxels(&truth->geometry) : 0;
    bool *set = calloc(voxels + 1, sizeof *set);
    float *depth = calloc(voxels + 1, sizeof *depth);
    for (size_t c = 0; c < clicks && c < SEGMENT_MOST_CLICKS && !err; c++) {
        made[c] = next_click(mask, truth, set, depth);
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        mask_free(mask);
        mask = segment_lesion((const Volume *const *)volumes, count, made, c + 1, &err);
        clock_gettime(CLOCK_MONOTONIC, &after);
        if (mask) {
            printf("%.3f ", dice(mask, truth));
        }
        if (mask && c + 1 == clicks) {
            printf("%.0f\n", (double)(after.tv_sec - before.tv_sec) * 1e3 +
                                 (double)(after.tv_nsec - before.tv_nsec) / 1e6);
        }
    }
    if (err) {
        fprintf(stderr, "bench-segmentation: %s: %s\n", dens_error_where(err), dens_error_summary(err));
    }
    const int status = err ? 1 : 0;
    dens_error_free(err);
    free(set);
    free(depth);
    mask_free(mask);
    mask_free(truth);
    for (size_t v = 0; v < count; v++) {
        volume_free(volumes[v]);
    }
    return status;
}
