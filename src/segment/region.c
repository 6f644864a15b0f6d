/* The region around the clicks. Blocks are means of the volume's voxels; every channel is then divided by its
 * noise, estimated from the image itself: the residual of a voxel against the mean of its six neighbours,
 * whose median leaves edges aside (as Immerkær 1996 does in 2-D). */
#include "segment/region.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Conventions: the largest primary tumours of the cervical spine in the series behind docs/phantom.md measure
 * about 75 mm; half of that and some surroundings on all sides of a click are looked at. */
static const double reach_mm = 50;
static const double block_mm = 1.5;
enum { MOST_BLOCKS = 350000, MOST_RESIDUALS = 40000 };

static const int directions[REGION_NEIGHBOURS][3] = {
    {1, 0, 0},  {-1, 0, 0},  {0, 1, 0},  {0, -1, 0},  {0, 0, 1},  {0, 0, -1},
    {1, 1, 0},  {-1, -1, 0}, {1, -1, 0}, {-1, 1, 0},  {1, 0, 1},  {-1, 0, -1},
    {1, 0, -1}, {-1, 0, 1},  {0, 1, 1},  {0, -1, -1}, {0, 1, -1}, {0, -1, 1}};

size_t region_block(const Region3 *region, const size_t voxel[3])
{
    size_t at[3];
    for (int a = 0; a < 3; a++) {
        at[a] = (voxel[a] - region->low[a]) / region->step[a] + 1;
    }
    return at[0] + region->size[0] * (at[1] + region->size[1] * at[2]);
}

static size_t count_blocks(Region3 *r)
{
    size_t blocks = 1;
    for (int a = 0; a < 3; a++) {
        r->size[a] = (r->high[a] - r->low[a] + r->step[a] - 1) / r->step[a] + 2;
        blocks *= r->size[a];
    }
    return blocks;
}

static void find_box(Region3 *out, const Geometry *g, const SegmentClick *clicks, size_t click_count)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t c = 0; c < click_count; c++) {
        double at[3];
        if (!clicks[c].inside || !geometry_index_ijk(g, clicks[c].point_lps_mm, at)) {
            continue;
        }
        for (int a = 0; a < 3; a++) {
            low[a] = fmin(low[a], at[a] - reach_mm / g->spacing_mm[a]);
            high[a] = fmax(high[a], at[a] + reach_mm / g->spacing_mm[a]);
        }
    }
    for (int a = 0; a < 3; a++) {
        out->low[a] = (size_t)fmax(floor(low[a]), 0);
        out->high[a] = (size_t)fmin(ceil(high[a]) + 1, (double)g->size[a]);
    }
    double wanted = block_mm;
    do {
        for (int a = 0; a < 3; a++) {
            const double ratio = floor(wanted / g->spacing_mm[a] + 0.5);
            out->step[a] = ratio > 1 ? (size_t)fmin(ratio, 1e6) : 1;
        }
        wanted *= 1.1;
    } while (count_blocks(out) > MOST_BLOCKS);
}

/* Spacing and neighbours, once the box and the blocks are known. */
static void lay_out(Region3 *out, const Geometry *g)
{
    out->voxels = count_blocks(out);
    for (int a = 0; a < 3; a++) {
        out->spacing_mm[a] = g->spacing_mm[a] * (double)out->step[a];
    }
    for (int n = 0; n < REGION_NEIGHBOURS; n++) {
        const int *d = directions[n];
        out->offset[n] = d[0] + (ptrdiff_t)out->size[0] * (d[1] + (ptrdiff_t)out->size[1] * d[2]);
        out->distance_mm[n] = sqrt(pow(d[0] * out->spacing_mm[0], 2) + pow(d[1] * out->spacing_mm[1], 2) +
                                   pow(d[2] * out->spacing_mm[2], 2));
    }
}

/* Sums over the blocks; `counts` say of how many finite voxels. */
static void add_row(const Region3 *r, const Volume *on, const Volume *from, bool same, size_t j, size_t k,
                    float *sums, uint32_t *counts)
{
    for (size_t i = r->low[0]; i < r->high[0]; i++) {
        float value = NAN;
        if (same) {
            value = on->voxels[i + on->geometry.size[0] * (j + on->geometry.size[1] * k)];
        } else {
            double at[3];
            const Vec3 point = geometry_point_lps_mm(&on->geometry, (double)i, (double)j, (double)k);
            if (!geometry_index_ijk(&from->geometry, point, at) || !volume_sample(from, at, &value)) {
                continue;
            }
        }
        if (isfinite(value)) {
            const size_t block = region_block(r, (const size_t[3]){i, j, k});
            sums[block] += value;
            counts[block]++;
        }
    }
}

static bool fill_channel(Region3 *r, const Volume *on, const Volume *from, size_t channel, DensError **err)
{
    const bool same = on == from || geometry_equal(&on->geometry, &from->geometry, 0.01, NULL);
    if (same && on != from) {
        on = from;
    }
    float *sums = memory_try_array(r->voxels, sizeof *sums);
    uint32_t *counts = memory_try_array(r->voxels, sizeof *counts);
    r->values[channel] = sums;
    if (!sums || !counts) {
        free(counts);
        return error_no_memory(err);
    }
    for (size_t k = r->low[2]; k < r->high[2]; k++) {
        for (size_t j = r->low[1]; j < r->high[1]; j++) {
            add_row(r, on, from, same, j, k, sums, counts);
        }
    }
    for (size_t v = 0; v < r->voxels; v++) {
        sums[v] = counts[v] ? sums[v] / (float)counts[v] : 0;
        r->valid[v] = r->valid[v] && counts[v];
    }
    free(counts);
    return true;
}

static int compare_floats(const void *a, const void *b)
{
    const float one = *(const float *)a, two = *(const float *)b;
    return (one > two) - (one < two);
}

/* The noise of a channel; 0 if there is none to be seen. */
static double noise_of(const Region3 *r, const float *values)
{
    float *residuals = memory_array(MOST_RESIDUALS, sizeof *residuals);
    const size_t stride = r->voxels / MOST_RESIDUALS + 1;
    size_t count = 0;
    for (size_t v = 0; v < r->voxels && count < MOST_RESIDUALS; v += stride) {
        double sum = 0;
        bool whole = r->valid[v];
        for (int n = 0; whole && n < 6; n++) {
            const size_t neighbour = (size_t)((ptrdiff_t)v + r->offset[n]);
            whole = r->valid[neighbour];
            sum += (double)values[neighbour];
        }
        if (whole) {
            residuals[count++] = fabsf((float)((double)values[v] - sum / 6));
        }
    }
    qsort(residuals, count, sizeof *residuals, compare_floats);
    const double middle = count > 0 ? (double)residuals[count / 2] : 0;
    free(residuals);
    return 1.4826 * middle / sqrt(1 + 1.0 / 6);
}

/* Where a phantom or a mask has no noise at all, a thousandth of the range does instead. */
static bool scale_channel(Region3 *r, size_t channel, const char *name, bool contrast_needed, DensError **err)
{
    float *values = r->values[channel];
    double low = INFINITY, high = -INFINITY;
    for (size_t v = 0; v < r->voxels; v++) {
        if (r->valid[v]) {
            low = fmin(low, (double)values[v]);
            high = fmax(high, (double)values[v]);
        }
    }
    if (!(high > low) && contrast_needed) {
        return error_input(err, name, "has one value everywhere around the clicks: there is no contrast");
    }
    const double noise = high > low ? fmax(noise_of(r, values), (high - low) / 1000) : INFINITY;
    for (size_t v = 0; v < r->voxels; v++) {
        values[v] = r->valid[v] ? (float)(((double)values[v] - low) / noise) : 0;
    }
    return true;
}

static bool fill(Region3 *out, const Volume *const *volumes, size_t volume_count, bool contrast_needed,
                 DensError **err)
{
    lay_out(out, &volumes[0]->geometry);
    out->valid = memory_try_array(out->voxels, sizeof *out->valid);
    if (!out->valid) {
        return error_no_memory(err);
    }
    for (size_t k = 1; k + 1 < out->size[2]; k++) {
        for (size_t j = 1; j + 1 < out->size[1]; j++) {
            memset(out->valid + 1 + out->size[0] * (j + out->size[1] * k), 1, out->size[0] - 2);
        }
    }
    for (size_t c = 0; c < volume_count; c++) {
        if (!fill_channel(out, volumes[0], volumes[c], c, err)) {
            region_clear(out);
            return false;
        }
    }
    for (size_t c = 0; c < volume_count; c++) {
        if (!scale_channel(out, c, volumes[c]->source_name, contrast_needed, err)) {
            region_clear(out);
            return false;
        }
    }
    return true;
}

bool region_make(Region3 *out, const Volume *const *volumes, size_t volume_count, const SegmentClick *clicks,
                 size_t click_count, DensError **err)
{
    *out = (Region3){.channel_count = volume_count};
    find_box(out, &volumes[0]->geometry, clicks, click_count);
    return fill(out, volumes, volume_count, true, err);
}

bool region_make_fine(Region3 *out, const Volume *const *volumes, size_t volume_count, const size_t low[3],
                      const size_t high[3], DensError **err)
{
    *out = (Region3){.channel_count = volume_count, .step = {1, 1, 1}};
    memcpy(out->low, low, sizeof out->low);
    memcpy(out->high, high, sizeof out->high);
    return fill(out, volumes, volume_count, false, err);
}

void region_distance(const Region3 *r, const bool *mask, float *out)
{
    for (size_t v = 0; v < r->voxels; v++) {
        out[v] = mask[v] ? 0 : INFINITY;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t n = 0; n < r->voxels; n++) {
            const size_t v = pass ? r->voxels - 1 - n : n;
            for (int d = 0; r->valid[v] && d < REGION_NEIGHBOURS; d++) {
                const float way = out[(size_t)((ptrdiff_t)v + r->offset[d])] + (float)r->distance_mm[d];
                out[v] = way < out[v] ? way : out[v];
            }
        }
    }
}

void region_clear(Region3 *region)
{
    for (size_t c = 0; c < SEGMENT_MOST_CHANNELS; c++) {
        free(region->values[c]);
    }
    free(region->valid);
    *region = (Region3){0};
}
