/* Zones: voxels of one level that touch (by face, edge or corner, in the plane or in space). The size zone
 * matrix counts them by size (IBSI manual, 3.8), the distance zone matrix by their least distance to the
 * border of the outline (3.9). */
#include "radiomics/directional.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const size_names[] = {"sze",    "lze",    "lgze",   "hgze",      "szlge", "szhge",
                                         "lzlge",  "lzhge",  "glnu",   "glnu_norm", "zsnu",  "zsnu_norm",
                                         "z_perc", "gl_var", "zs_var", "zs_entr"};
static const char *const distance_names[] = {"sde",    "lde",    "lgze",   "hgze",      "sdlge", "sdhge",
                                             "ldlge",  "ldhge",  "glnu",   "glnu_norm", "zdnu",  "zdnu_norm",
                                             "z_perc", "gl_var", "zd_var", "zd_entr"};
enum { FEATURES = 16 };

typedef struct {
    uint32_t level, size, distance;
} Zone;

typedef struct {
    size_t count, capacity;
    Zone *zones;
    bool *seen;
    uint32_t *stack;
    LengthCell *cells;
} Work;

/* The zone of a voxel, by flooding. */
static Zone flood(const Levels *levels, size_t start, bool slice_wise, Work *work)
{
    Zone zone = {levels->level[start], 0, UINT32_MAX};
    size_t depth = 0, steps = slice_wise ? 4 : 13;
    ptrdiff_t offsets[26];
    for (size_t n = 0; n < steps; n++) {
        offsets[2 * n] = direction_offset(levels, &directions[n]);
        offsets[2 * n + 1] = -offsets[2 * n];
    }
    work->seen[start] = true;
    work->stack[depth++] = (uint32_t)start;
    while (depth > 0) {
        uint32_t at = work->stack[--depth];
        zone.size++;
        zone.distance = levels->distance[at] < zone.distance ? levels->distance[at] : zone.distance;
        for (size_t n = 0; n < 2 * steps; n++) {
            size_t next = (size_t)((ptrdiff_t)at + offsets[n]);
            if (levels->level[next] == zone.level && !work->seen[next]) {
                work->seen[next] = true;
                work->stack[depth++] = (uint32_t)next;
            }
        }
    }
    return zone;
}

/* The zones of a slab, after those that are there. Every voxel is in one zone, so there is room. */
static void collect(const Slab *slab, bool slice_wise, Work *work)
{
    size_t plane = slab->levels->size[0] * slab->levels->size[1];
    for (size_t at = slab->first * plane; at < slab->end * plane; at++) {
        if (slab->levels->level[at] && !work->seen[at]) {
            work->zones[work->count++] = flood(slab->levels, at, slice_wise, work);
        }
    }
}

static int by_cell(const void *a, const void *b)
{
    const LengthCell *x = a, *y = b;
    return x->level != y->level ? (x->level > y->level) - (x->level < y->level)
                                : (x->length > y->length) - (x->length < y->length);
}

static bool describe(const Zone *zones, size_t count, bool distance, double voxels, LengthCell *cells,
                     FeatureMean *mean, DensError **err)
{
    for (size_t z = 0; z < count; z++) {
        cells[z] = (LengthCell){zones[z].level, distance ? zones[z].distance : zones[z].size, 1};
    }
    qsort(cells, count, sizeof *cells, by_cell);
    size_t unique = 0;
    for (size_t z = 0; z < count; z++) {
        if (unique > 0 && by_cell(&cells[unique - 1], &cells[z]) == 0) {
            cells[unique - 1].count++;
        } else {
            cells[unique++] = cells[z];
        }
    }
    double values[LENGTH_FEATURES];
    if (!length_features(cells, unique, voxels, values, err)) {
        return false;
    }
    mean_add(mean, values, FEATURES);
    return true;
}

static bool gather(Levels *levels, bool slice_wise, Work *work, FeatureList *list, DensError **err)
{
    static const char reason[] = "no voxels in range";
    FeatureMean slices[2] = {0}, whole[2] = {0};
    bool ok = true;
    if (!slice_wise) {
        const Slab all = {levels, 0, levels->size[2]};
        collect(&all, false, work);
    }
    for (size_t k = 1; slice_wise && ok && k + 1 < levels->size[2]; k++) {
        const Slab slab = {levels, k, k + 1};
        size_t before = work->count;
        collect(&slab, true, work);
        double voxels = (double)slab_voxels(&slab);
        for (int distance = 0; distance < 2; distance++) {
            ok = ok && describe(work->zones + before, work->count - before, distance, voxels, work->cells,
                                &slices[distance], err);
        }
    }
    for (int distance = 0; distance < 2; distance++) {
        ok = ok && describe(work->zones, work->count, distance, (double)levels->voxels, work->cells,
                            &whole[distance], err);
    }
    for (int distance = 0; ok && distance < 2; distance++) {
        const char *prefix = distance ? "dzm" : "szm";
        const char *const *names = distance ? distance_names : size_names;
        if (slice_wise) {
            mean_emit(&slices[distance], FEATURES, prefix, names, "2D", reason, list);
        }
        mean_emit(&whole[distance], FEATURES, prefix, names, slice_wise ? "2_5D" : "3D", reason, list);
    }
    return ok;
}

bool add_zones(Levels *levels, const Roi *roi, bool slice_wise, FeatureList *list, DensError **err)
{
    levels_distances(levels, roi, slice_wise);
    size_t voxels = levels->size[0] * levels->size[1] * levels->size[2];
    Work work = {.zones = memory_try_array(levels->voxels + 1, sizeof(Zone)),
                 .seen = memory_try_array(voxels, sizeof(bool)),
                 .stack = memory_try_array(levels->voxels + 1, sizeof(uint32_t)),
                 .cells = memory_try_array(levels->voxels + 1, sizeof(LengthCell))};
    bool ok = work.zones && work.seen && work.stack && work.cells;
    ok = ok ? gather(levels, slice_wise, &work, list, err)
            : error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the zones");
    free(work.zones);
    free(work.seen);
    free(work.stack);
    free(work.cells);
    return ok;
}
