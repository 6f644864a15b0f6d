/* The border of a mask of blocks, divided anew by a minimum cut of the voxels near it. Intensities are
 * learned from the blocks' inside and the shell around; what lies deeper or further out than the band stays
 * as it is. */
#include "segment/refine.h"

#include "base/memory.h"
#include "segment/cut.h"
#include "segment/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Conventions, chosen together with those of lesion.c. */
static const double band = 1;   /* half width, in blocks */
static const double gap_mm = 1; /* blurred voxels, of which nothing is learned */
static const double shell_mm = 6;
static const double sure_mm = 2; /* as in lesion.c */
static const double smoothness = 1.6, edge_noise = 4;
static const double faint = 2; /* contrast in noise units below which voxels are smoothed */
enum { UNITS = 1000, MOST_FINE = 1500000 };

typedef struct {
    Region3 region;
    bool *inside;
    float *from_inside_mm, *from_outside_mm;
    float *weights;
    double band_mm;
} Fine;

static void fine_clear(Fine *f)
{
    region_clear(&f->region);
    free(f->inside);
    free(f->from_inside_mm);
    free(f->from_outside_mm);
    free(f->weights);
}

static void copy_blocks(Mask *mask, const Region3 *coarse, const bool *inside)
{
    const size_t *size = mask->geometry.size;
    for (size_t k = coarse->low[2]; k < coarse->high[2]; k++) {
        for (size_t j = coarse->low[1]; j < coarse->high[1]; j++) {
            for (size_t i = coarse->low[0]; i < coarse->high[0]; i++) {
                mask->labels[i + size[0] * (j + size[1] * k)] =
                    inside[region_block(coarse, (const size_t[3]){i, j, k})];
            }
        }
    }
}

/* The box of the labels with the shell around it; false if there are none. */
static bool find_box(const Mask *mask, size_t low[3], size_t high[3])
{
    const Geometry *g = &mask->geometry;
    size_t voxel = 0;
    for (int a = 0; a < 3; a++) {
        low[a] = g->size[a];
        high[a] = 0;
    }
    for (size_t k = 0; k < g->size[2]; k++) {
        for (size_t j = 0; j < g->size[1]; j++) {
            for (size_t i = 0; i < g->size[0]; i++, voxel++) {
                const size_t at[3] = {i, j, k};
                for (int a = 0; a < 3 && mask->labels[voxel]; a++) {
                    low[a] = at[a] < low[a] ? at[a] : low[a];
                    high[a] = at[a] + 1 > high[a] ? at[a] + 1 : high[a];
                }
            }
        }
    }
    for (int a = 0; a < 3 && high[0] > 0; a++) {
        const size_t margin = (size_t)ceil((gap_mm + shell_mm) / g->spacing_mm[a]);
        low[a] = low[a] > margin ? low[a] - margin : 0;
        high[a] = high[a] + margin < g->size[a] ? high[a] + margin : g->size[a];
    }
    return high[0] > 0;
}

static size_t voxel_of(const Region3 *r, const Mask *mask, size_t v)
{
    const size_t i = v % r->size[0] + r->low[0] - 1, j = v / r->size[0] % r->size[1] + r->low[1] - 1,
                 k = v / r->size[0] / r->size[1] + r->low[2] - 1;
    return i + mask->geometry.size[0] * (j + mask->geometry.size[1] * k);
}

/* Voxels are noisier than blocks: each takes the mean of itself, twice, and its neighbours by a face. The
 * values are then in units of what noise is left, if it was white. */
static bool smooth(Region3 *r, DensError **err)
{
    const float left = 0.395F; /* √(2² + 6) / 8 */
    float *before = memory_try_array(r->voxels, sizeof *before);
    if (!before) {
        return error_no_memory(err);
    }
    for (size_t c = 0; c < r->channel_count; c++) {
        float *values = r->values[c];
        memcpy(before, values, r->voxels * sizeof *before);
        for (size_t v = 0; v < r->voxels; v++) {
            float sum = 2 * before[v], count = 2;
            for (int n = 0; n < 6 && r->valid[v]; n++) {
                const size_t to = (size_t)((ptrdiff_t)v + r->offset[n]);
                sum += r->valid[to] ? before[to] : 0;
                count += r->valid[to] ? 1 : 0;
            }
            values[v] = sum / count / left;
        }
    }
    free(before);
    return true;
}

static bool start(Fine *f, const Mask *mask, DensError **err)
{
    const Region3 *r = &f->region;
    bool *outside = memory_try_array(r->voxels, sizeof *outside);
    f->inside = memory_try_array(r->voxels, sizeof *f->inside);
    f->from_inside_mm = memory_try_array(r->voxels, sizeof *f->from_inside_mm);
    f->from_outside_mm = memory_try_array(r->voxels, sizeof *f->from_outside_mm);
    f->weights = memory_try_array(r->voxels, sizeof *f->weights);
    const bool good = outside && f->inside && f->from_inside_mm && f->from_outside_mm && f->weights;
    for (size_t v = 0; good && v < r->voxels; v++) {
        f->inside[v] = r->valid[v] && mask->labels[voxel_of(r, mask, v)];
        outside[v] = r->valid[v] && !f->inside[v];
    }
    if (good) {
        region_distance(r, f->inside, f->from_inside_mm);
        region_distance(r, outside, f->from_outside_mm);
    }
    free(outside);
    return good || error_no_memory(err);
}

/* How far lesion and shell lie apart in the clearest channel, in units of the noise of a voxel. */
static double contrast(const Fine *f)
{
    double most = 0;
    for (size_t c = 0; c < f->region.channel_count; c++) {
        double sum[2] = {0, 0}, count[2] = {0, 0};
        for (size_t v = 0; v < f->region.voxels; v++) {
            const double away = f->inside[v] ? (double)f->from_outside_mm[v] : (double)f->from_inside_mm[v];
            if (f->region.valid[v] && away > gap_mm && away <= gap_mm + shell_mm) {
                sum[f->inside[v]] += (double)f->region.values[c][v];
                count[f->inside[v]] += 1;
            }
        }
        most = fmax(most, fabs(sum[0] / fmax(count[0], 1) - sum[1] / fmax(count[1], 1)));
    }
    return most;
}

static void learn(Fine *f, const double *widths, Model *lesion, Model *around)
{
    const Region3 *r = &f->region;
    for (size_t v = 0; v < r->voxels; v++) {
        f->weights[v] = (double)f->from_outside_mm[v] > gap_mm && isfinite(f->from_outside_mm[v]) ? 1 : 0;
    }
    model_learn(lesion, r, widths, f->weights);
    for (size_t v = 0; v < r->voxels; v++) {
        const double away = (double)f->from_inside_mm[v];
        f->weights[v] = away > gap_mm && away <= gap_mm + shell_mm ? 1 : 0;
    }
    model_learn(around, r, widths, f->weights);
}

static void set_terminals(const Fine *f, const double *widths, const Model *lesion, const Model *around,
                          CutGraph *graph)
{
    const Region3 *r = &f->region;
    for (size_t v = 0; v < r->voxels; v++) {
        if (!r->valid[v]) {
            continue;
        }
        const double depth = f->inside[v] ? (double)f->from_outside_mm[v] : (double)f->from_inside_mm[v];
        if (depth > f->band_mm) {
            graph->terminal[v] = f->inside[v] ? CUT_INFINITE / 4 : -CUT_INFINITE / 4;
        } else {
            graph->terminal[v] = (int32_t)(UNITS * model_ratio(lesion, around, r, widths, v));
        }
    }
}

/* What a click says of its surroundings holds here, too. */
static void set_clicks(const Fine *f, const Geometry *g, const SegmentClick *clicks, size_t count,
                       CutGraph *graph)
{
    const Region3 *r = &f->region;
    size_t v = 0;
    for (size_t k = 0; k < r->size[2]; k++) {
        for (size_t j = 0; j < r->size[1]; j++) {
            for (size_t i = 0; i < r->size[0]; i++, v++) {
                const Vec3 here = geometry_point_lps_mm(
                    g, (double)(i + r->low[0]) - 1, (double)(j + r->low[1]) - 1, (double)(k + r->low[2]) - 1);
                double nearest = sure_mm;
                for (size_t c = 0; c < count && r->valid[v]; c++) {
                    const double away = vec3_length(vec3_sub(here, clicks[c].point_lps_mm));
                    if (away < nearest) {
                        nearest = away;
                        graph->terminal[v] = clicks[c].inside ? CUT_INFINITE / 4 : -CUT_INFINITE / 4;
                    }
                }
            }
        }
    }
}

static void set_edges(const Region3 *r, CutGraph *graph)
{
    for (size_t v = 0; v < r->voxels; v++) {
        for (int n = 0; n < REGION_NEIGHBOURS && r->valid[v]; n++) {
            const size_t to = (size_t)((ptrdiff_t)v + r->offset[n]);
            if (!r->valid[to]) {
                continue;
            }
            double change = 0;
            for (size_t c = 0; c < r->channel_count; c++) {
                change += pow((double)(r->values[c][to] - r->values[c][v]) / edge_noise, 2);
            }
            const double cost = smoothness * exp(-change / 2 / (double)r->channel_count) * r->distance_mm[0] /
                                r->distance_mm[n] * 0.4;
            graph->to_neighbour[v * REGION_NEIGHBOURS + (size_t)n] = 1 + (int32_t)(UNITS * cost);
        }
    }
}

static bool cut_border(Fine *f, const Geometry *g, const SegmentClick *clicks, size_t click_count,
                       DensError **err)
{
    const Region3 *r = &f->region;
    double widths[SEGMENT_MOST_CHANNELS];
    Model lesion, around;
    model_widths(r, widths);
    learn(f, widths, &lesion, &around);
    CutGraph graph = {memory_try_array(r->voxels * REGION_NEIGHBOURS, sizeof(int32_t)),
                      memory_try_array(r->voxels, sizeof(int32_t))};
    bool good = graph.to_neighbour && graph.terminal;
    if (good) {
        set_terminals(f, widths, &lesion, &around, &graph);
        set_clicks(f, g, clicks, click_count, &graph);
        set_edges(r, &graph);
        good = cut_solve(r, &graph, f->inside, err);
    } else {
        (void)error_no_memory(err);
    }
    free(graph.to_neighbour);
    free(graph.terminal);
    return good;
}

bool refine(Mask *mask, const Volume *const *volumes, const Region3 *coarse, const bool *inside,
            const SegmentClick *clicks, size_t click_count, DensError **err)
{
    size_t low[3], high[3], voxels = 1, channels = coarse->channel_count;
    copy_blocks(mask, coarse, inside);
    if (!find_box(mask, low, high)) {
        return true;
    }
    Fine f = {.band_mm = 0};
    bool coarser = false;
    for (int a = 0; a < 3; a++) {
        voxels *= high[a] - low[a] + 2;
        coarser = coarser || coarse->step[a] > 1;
        f.band_mm = fmax(f.band_mm, band * coarse->spacing_mm[a]);
    }
    if (!coarser || voxels > MOST_FINE) {
        return true;
    }
    const bool good = region_make_fine(&f.region, volumes, channels, low, high, err) &&
                      start(&f, mask, err) && (contrast(&f) >= faint || smooth(&f.region, err)) &&
                      cut_border(&f, &mask->geometry, clicks, click_count, err);
    for (size_t v = 0; good && v < f.region.voxels; v++) {
        if (f.region.valid[v]) {
            mask->labels[voxel_of(&f.region, mask, v)] = f.inside[v];
        }
    }
    fine_clear(&f);
    return good;
}
