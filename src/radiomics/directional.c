/* The six ways of gathering matrices along directions (IBSI manual, 3.6 and 3.7, "aggregating features"). */
#include "radiomics/directional.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t slab_voxels(const Slab *slab)
{
    size_t plane = slab->levels->size[0] * slab->levels->size[1], count = 0;
    for (size_t i = slab->first * plane; i < slab->end * plane; i++) {
        count += slab->levels->level[i] > 0;
    }
    return count;
}

void mean_add(FeatureMean *mean, const double *values, size_t count)
{
    for (size_t f = 0; f < count; f++) {
        if (isfinite(values[f])) {
            mean->sum[f] += values[f];
            mean->count[f]++;
        }
    }
}

void mean_emit(const FeatureMean *mean, size_t count, const char *prefix, const char *const *names,
               const char *suffix, const char *reason, FeatureList *list)
{
    for (size_t f = 0; f < count; f++) {
        feature_add(list, prefix, names[f], suffix, mean->count[f] > 0 ? mean->sum[f] / mean->count[f] : NAN,
                    reason);
    }
}

/* Matrices that are being gathered, and how many voxels each stands for. */
typedef struct {
    double *one, *slice, *all, *by_direction;
    double slice_voxels, all_voxels, direction_voxels;
    FeatureMean single, merged, by_direction_mean, whole;
} Gathering;

static bool describe(const Directional *d, const double *matrix, double voxels, FeatureMean *mean,
                     DensError **err)
{
    double values[DIRECTIONAL_MOST_FEATURES];
    if (!d->features(matrix, d->levels->count, d->lengths, voxels, values, err)) {
        return false;
    }
    mean_add(mean, values, d->feature_count);
    return true;
}

static void merge(double *into, const double *matrix, size_t cells)
{
    for (size_t c = 0; c < cells; c++) {
        into[c] += matrix[c];
    }
}

/* One slab along all its directions. */
static bool gather_slab(const Directional *d, const Slab *slab, size_t direction_count, Gathering *g,
                        DensError **err)
{
    double voxels = (double)slab_voxels(slab);
    if (voxels <= 0) {
        return true;
    }
    memset(g->slice, 0, d->cells * sizeof *g->slice);
    for (size_t n = 0; n < direction_count; n++) {
        memset(g->one, 0, d->cells * sizeof *g->one);
        d->fill(slab, &directions[n], d->lengths, g->one);
        if (!describe(d, g->one, voxels, &g->single, err)) {
            return false;
        }
        merge(g->slice, g->one, d->cells);
        merge(g->by_direction + n * d->cells, g->one, d->cells);
        merge(g->all, g->one, d->cells);
    }
    g->direction_voxels += voxels;
    g->all_voxels += voxels * (double)direction_count;
    return describe(d, g->slice, voxels * (double)direction_count, &g->merged, err);
}

static bool gather(const Directional *d, bool slice_wise, Gathering *g, FeatureList *list, DensError **err)
{
    size_t slices = d->levels->size[2], direction_count = slice_wise ? 4 : 13;
    if (!slice_wise) {
        const Slab all = {d->levels, 0, slices};
        if (!gather_slab(d, &all, direction_count, g, err)) {
            return false;
        }
        mean_emit(&g->single, d->feature_count, d->prefix, d->names, "3D_avg", d->reason, list);
        mean_emit(&g->merged, d->feature_count, d->prefix, d->names, "3D_comb", d->reason, list);
        return true;
    }
    for (size_t k = 1; k + 1 < slices; k++) {
        const Slab slab = {d->levels, k, k + 1};
        if (!gather_slab(d, &slab, direction_count, g, err)) {
            return false;
        }
    }
    for (size_t n = 0; n < direction_count; n++) {
        if (!describe(d, g->by_direction + n * d->cells, g->direction_voxels, &g->by_direction_mean, err)) {
            return false;
        }
    }
    if (!describe(d, g->all, g->all_voxels, &g->whole, err)) {
        return false;
    }
    mean_emit(&g->single, d->feature_count, d->prefix, d->names, "2D_avg", d->reason, list);
    mean_emit(&g->merged, d->feature_count, d->prefix, d->names, "2D_comb", d->reason, list);
    mean_emit(&g->by_direction_mean, d->feature_count, d->prefix, d->names, "2_5D_avg", d->reason, list);
    mean_emit(&g->whole, d->feature_count, d->prefix, d->names, "2_5D_comb", d->reason, list);
    return true;
}

bool directional_add(const Directional *d, bool slice_wise, FeatureList *list, DensError **err)
{
    Gathering *g = memory_alloc(sizeof *g);
    g->one = memory_try_array(d->cells, sizeof *g->one);
    g->slice = memory_try_array(d->cells, sizeof *g->slice);
    g->all = memory_try_array(d->cells, sizeof *g->all);
    g->by_direction = memory_try_array(d->cells, 13 * sizeof *g->by_direction);
    bool ok = g->one && g->slice && g->all && g->by_direction;
    ok = ok ? gather(d, slice_wise, g, list, err)
            : error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for matrices of %zu cells",
                        d->cells);
    free(g->one);
    free(g->slice);
    free(g->all);
    free(g->by_direction);
    free(g);
    return ok;
}
