/* A lesion from clicks. Learned intensities of the lesion and of what surrounds it, divided by a minimum cut
 * whose inside is star-shaped along the shortest ways from the inside clicks (Gulshan and
 * others, CVPR 2010; iterated as in GrabCut, Rother and others, ACM Trans. Graph. 23:309, 2004). */
#include "segment/segment.h"

#include "base/memory.h"
#include "segment/cut.h"
#include "segment/geodesic.h"
#include "segment/model.h"
#include "segment/refine.h"
#include "segment/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Conventions, all in mm or in units of the image's own noise. */
static const double seen_mm = 4;       /* an inside click shows the lesion this far around it */
static const double sure_mm = 2;       /* what lies so near to a click is as the click says */
static const double shell_mm = 12;     /* the surroundings that the lesion is told from */
static const double gap_mm = 1.5;      /* between lesion and surroundings: blurred voxels */
static const double smoothness = 2;    /* cost of a division against the evidence of a voxel */
static const double edge_noise = 4;    /* a change of so many noise units is an edge */
static const double size_weight = 1.5; /* of the distance from the clicks, and of the outside clicks */
static const double least_radius_mm = 4, most_radius_mm = 40;
static const double edit_mm = 8; /* reach of a further inside click */
static const double most_size_term = 4;
enum { ROUNDS = 4, UNITS = 1000, PROFILE = 64 };

typedef struct {
    Region3 region;
    size_t *inside, *outside; /* blocks of the clicks */
    size_t inside_count, outside_count;
    Geodesic from_inside, from_outside;
    float *first_mm;        /* straight distance from the first inside click */
    float *later_mm;        /* from the nearest of the further ones */
    float *near_outside_mm; /* from the nearest outside click */
    bool *in_play;          /* near enough to be of the lesion */
    double radius_mm;       /* first guess of the lesion's size */
    double widths[SEGMENT_MOST_CHANNELS];
    float *weights;
    bool *mask;
} Work;

static void work_clear(Work *w)
{
    region_clear(&w->region);
    geodesic_clear(&w->from_inside);
    geodesic_clear(&w->from_outside);
    free(w->inside);
    free(w->outside);
    free(w->first_mm);
    free(w->later_mm);
    free(w->in_play);
    free(w->near_outside_mm);
    free(w->weights);
    free(w->mask);
}

/* ---- what was asked ---- */

/* The box in the patient that holds all voxels. */
static void span(const Geometry *g, Vec3 *low, Vec3 *high)
{
    for (int corner = 0; corner < 8; corner++) {
        const Vec3 p = geometry_point_lps_mm(g, corner & 1 ? (double)g->size[0] - 1 : 0,
                                             corner & 2 ? (double)g->size[1] - 1 : 0,
                                             corner & 4 ? (double)g->size[2] - 1 : 0);
        *low = corner ? vec3(fmin(low->x, p.x), fmin(low->y, p.y), fmin(low->z, p.z)) : p;
        *high = corner ? vec3(fmax(high->x, p.x), fmax(high->y, p.y), fmax(high->z, p.z)) : p;
    }
}

static bool click_voxel(const Volume *volume, const SegmentClick *click, size_t out[3], DensError **err)
{
    const Geometry *g = &volume->geometry;
    const Vec3 p = click->point_lps_mm;
    const char *kind = click->inside ? "inside" : "outside";
    double at[3];
    if (!geometry_index_ijk(g, p, at)) {
        return error_input(err, volume->source_name, "the grid is singular: its axes do not span space");
    }
    for (int a = 0; a < 3; a++) {
        if (!(at[a] >= -0.5 && at[a] < (double)g->size[a] - 0.5)) {
            Vec3 low = {0, 0, 0}, high = {0, 0, 0};
            span(g, &low, &high);
            return error_input(
                err, volume->source_name,
                "the %s click (%g, %g, %g) lies outside the volume, which reaches from (%.0f, %.0f, %.0f) "
                "to (%.0f, %.0f, %.0f)",
                kind, p.x, p.y, p.z, low.x, low.y, low.z, high.x, high.y, high.z);
        }
        out[a] = (size_t)(at[a] + 0.5);
    }
    const float value = volume->voxels[out[0] + g->size[0] * (out[1] + g->size[1] * out[2])];
    if (!isfinite(value)) {
        return error_input(err, volume->source_name,
                           "the %s click (%g, %g, %g) lies on a voxel without a value", kind, p.x, p.y, p.z);
    }
    if (click->inside && volume->unit == UNIT_HU && value < -500) {
        return error_input(err, volume->source_name, "the inside click (%g, %g, %g) lies in air (%.0f HU)",
                           p.x, p.y, p.z, (double)value);
    }
    return true;
}

static bool check_clicks(const Volume *volume, const SegmentClick *clicks, size_t count, size_t (*voxels)[3],
                         DensError **err)
{
    size_t inside = 0;
    for (int a = 0; a < 3; a++) {
        if (volume->geometry.size[a] < 2) {
            return error_input(err, volume->source_name, "has one slice; a mask is made in a volume");
        }
    }
    for (size_t c = 0; c < count; c++) {
        inside += clicks[c].inside;
        if (!click_voxel(volume, &clicks[c], voxels[c], err)) {
            return false;
        }
        for (size_t b = 0; b < c; b++) {
            if (clicks[b].inside != clicks[c].inside && memcmp(voxels[b], voxels[c], sizeof voxels[b]) == 0) {
                const Vec3 p = clicks[c].point_lps_mm;
                return error_input(
                    err, volume->source_name,
                    "the clicks contradict each other: the voxel at (%g, %g, %g) is inside and outside", p.x,
                    p.y, p.z);
            }
        }
    }
    if (inside == 0) {
        return error_set(err, DENS_ERROR_USAGE, NULL, "no click lies inside the lesion");
    }
    return true;
}

/* ---- distances ---- */

static void straight_distances(const Region3 *r, const size_t *blocks, size_t count, float *out)
{
    size_t voxel = 0;
    for (size_t k = 0; k < r->size[2]; k++) {
        for (size_t j = 0; j < r->size[1]; j++) {
            for (size_t i = 0; i < r->size[0]; i++, voxel++) {
                double least = INFINITY;
                for (size_t c = 0; c < count; c++) {
                    const size_t b = blocks[c], bi = b % r->size[0], bj = b / r->size[0] % r->size[1],
                                 bk = b / r->size[0] / r->size[1];
                    const double x = ((double)i - (double)bi) * r->spacing_mm[0],
                                 y = ((double)j - (double)bj) * r->spacing_mm[1],
                                 z = ((double)k - (double)bk) * r->spacing_mm[2];
                    least = fmin(least, x * x + y * y + z * z);
                }
                out[voxel] = (float)sqrt(least);
            }
        }
    }
}

static bool measure_distances(Work *w, DensError **err)
{
    const Region3 *r = &w->region;
    w->first_mm = memory_try_array(r->voxels, sizeof *w->first_mm);
    w->later_mm = memory_try_array(r->voxels, sizeof *w->later_mm);
    w->in_play = memory_try_array(r->voxels, sizeof *w->in_play);
    w->near_outside_mm = memory_try_array(r->voxels, sizeof *w->near_outside_mm);
    w->weights = memory_try_array(r->voxels, sizeof *w->weights);
    w->mask = memory_try_array(r->voxels, sizeof *w->mask);
    if (!w->first_mm || !w->later_mm || !w->in_play || !w->near_outside_mm || !w->weights || !w->mask) {
        return error_no_memory(err);
    }
    straight_distances(r, w->inside, 1, w->first_mm);
    straight_distances(r, w->inside + 1, w->inside_count - 1, w->later_mm);
    straight_distances(r, w->outside, w->outside_count, w->near_outside_mm);
    return geodesic_from(&w->from_inside, r, w->inside, w->inside_count, err) &&
           (w->outside_count == 0 || geodesic_from(&w->from_outside, r, w->outside, w->outside_count, err));
}

/* ---- the lesion's size at first sight ---- */

/* How far a voxel lies out of what the clicks suggest: −3 at the first click, 0 where the lesion may end,
 * growing outward. It falls all the way to the click: were it even within the expected size, the cheapest
 * division of a faint lesion would be the click alone. The first click stands for the whole lesion, a further
 * one for its surroundings only. */
static double size_term(const Work *w, size_t v)
{
    const double first = ((double)w->first_mm[v] - 1.2 * w->radius_mm) / (0.4 * w->radius_mm);
    const double later = ((double)w->later_mm[v] - edit_mm) / (0.4 * edit_mm);
    return fmin(first, later);
}

/* The radius at which the voxels no longer look like those around the first click: where the share of likely
 * ones falls half way from what it is there to the least of the surroundings. */
static void guess_radius(Work *w)
{
    const Region3 *r = &w->region;
    Model seen, all;
    double likely[PROFILE] = {0}, count[PROFILE] = {0};
    for (size_t v = 0; v < r->voxels; v++) {
        w->weights[v] = (double)w->first_mm[v] <= seen_mm ? 1 : 0;
    }
    model_learn(&seen, r, w->widths, w->weights);
    for (size_t v = 0; v < r->voxels; v++) {
        w->weights[v] = (double)w->first_mm[v] <= most_radius_mm ? 1 : 0;
    }
    model_learn(&all, r, w->widths, w->weights);
    for (size_t v = 0; v < r->voxels; v++) {
        const double bin = (double)w->first_mm[v];
        if (r->valid[v] && bin < PROFILE) {
            likely[(size_t)bin] += model_ratio(&seen, &all, r, w->widths, v) > 0;
            count[(size_t)bin] += 1;
        }
    }
    double near_likely = 0, near_count = 0;
    for (int b = 0; b < (int)seen_mm; b++) {
        near_likely += likely[b];
        near_count += count[b];
    }
    double far = 1;
    for (int b = (int)least_radius_mm; b + 1 < (int)most_radius_mm; b++) {
        far = fmin(far, (likely[b] + likely[b + 1]) / fmax(1, count[b] + count[b + 1]));
    }
    w->radius_mm = least_radius_mm;
    for (int b = (int)least_radius_mm; b + 1 < (int)most_radius_mm; b++) {
        const double share = (likely[b] + likely[b + 1]) / fmax(1, count[b] + count[b + 1]);
        if (share < 0.5 * (far + near_likely / fmax(1, near_count))) {
            break;
        }
        w->radius_mm = b + 1;
    }
    for (size_t c = 0; c < w->outside_count; c++) {
        w->radius_mm = fmax(least_radius_mm, fmin(w->radius_mm, 1.5 * (double)w->first_mm[w->outside[c]]));
    }
    for (size_t v = 0; v < r->voxels; v++) {
        w->in_play[v] = r->valid[v] && size_term(w, v) <= most_size_term;
    }
}

/* ---- the cut ---- */

static double evidence(const Work *w, const Model *lesion, const Model *around, size_t v)
{
    double sum = model_ratio(lesion, around, &w->region, w->widths, v) - size_weight * size_term(w, v);
    if (w->outside_count > 0) {
        const double in = (double)w->from_inside.length_mm[v], out = (double)w->from_outside.length_mm[v];
        sum += 2 * size_weight * fmin(0, log((out + 2) / (in + 2)));
    }
    return sum;
}

static double inside_mm(const Work *w, size_t v)
{
    return fmin((double)w->first_mm[v], (double)w->later_mm[v]);
}

static void set_terminals(const Work *w, const Model *lesion, const Model *around, CutGraph *graph)
{
    const Region3 *r = &w->region;
    for (size_t v = 0; v < r->voxels; v++) {
        if (!w->in_play[v]) {
            continue;
        }
        const double in = inside_mm(w, v), out = (double)w->near_outside_mm[v];
        const uint8_t back = w->from_inside.back[v];
        if (back == GEODESIC_NONE) {
            graph->terminal[v] = isfinite(w->from_inside.length_mm[v]) ? CUT_INFINITE : -CUT_INFINITE;
        } else if (in < sure_mm && in < out) {
            graph->terminal[v] = CUT_INFINITE / 4;
        } else if (out < sure_mm || !w->in_play[(size_t)((ptrdiff_t)v + r->offset[back])]) {
            graph->terminal[v] = -CUT_INFINITE / 4;
        } else {
            graph->terminal[v] = (int32_t)(UNITS * evidence(w, lesion, around, v));
        }
    }
}

static void set_edges(const Work *w, CutGraph *graph)
{
    const Region3 *r = &w->region;
    for (size_t v = 0; v < r->voxels; v++) {
        if (!w->in_play[v]) {
            continue;
        }
        for (int n = 0; n < REGION_NEIGHBOURS; n++) {
            const size_t to = (size_t)((ptrdiff_t)v + r->offset[n]);
            if (!w->in_play[to]) {
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
        const uint8_t back = w->from_inside.back[v];
        if (back != GEODESIC_NONE && w->in_play[(size_t)((ptrdiff_t)v + r->offset[back])]) {
            graph->to_neighbour[v * REGION_NEIGHBOURS + back] = CUT_INFINITE;
        }
    }
}

static bool cut_once(Work *w, const Model *lesion, const Model *around, DensError **err)
{
    CutGraph graph = {memory_try_array(w->region.voxels * REGION_NEIGHBOURS, sizeof(int32_t)),
                      memory_try_array(w->region.voxels, sizeof(int32_t))};
    bool good = graph.to_neighbour && graph.terminal;
    if (good) {
        set_terminals(w, lesion, around, &graph);
        set_edges(w, &graph);
        good = cut_solve(&w->region, &graph, w->mask, err);
    } else {
        (void)error_no_memory(err);
    }
    free(graph.to_neighbour);
    free(graph.terminal);
    return good;
}

static bool divide(Work *w, DensError **err)
{
    const Region3 *r = &w->region;
    Model lesion, around;
    float *from_mask = memory_try_array(r->voxels, sizeof *from_mask);
    if (!from_mask) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < r->voxels; v++) {
        w->mask[v] = (double)w->first_mm[v] <= w->radius_mm || (double)w->later_mm[v] <= sure_mm;
    }
    bool good = true;
    for (int round = 0; good && round < ROUNDS; round++) {
        for (size_t v = 0; v < r->voxels; v++) {
            const bool seen = (double)w->first_mm[v] <= seen_mm || (double)w->later_mm[v] <= sure_mm;
            w->weights[v] = seen && inside_mm(w, v) < (double)w->near_outside_mm[v] ? 1 : 0;
            w->weights[v] += round > 0 && w->mask[v] ? 0.5F : 0;
        }
        model_learn(&lesion, r, w->widths, w->weights);
        region_distance(r, w->mask, from_mask);
        for (size_t v = 0; v < r->voxels; v++) {
            const double away = (double)from_mask[v];
            w->weights[v] = away > gap_mm && away <= gap_mm + shell_mm ? 1 : 0;
            w->weights[v] += (double)w->near_outside_mm[v] <= seen_mm ? 5 : 0;
        }
        model_learn(&around, r, w->widths, w->weights);
        good = cut_once(w, &lesion, &around, err);
    }
    free(from_mask);
    return good;
}

/* ---- the mask ---- */

static Mask *make_mask(const Work *w, const Volume *const *volumes, const size_t (*voxels)[3],
                       const SegmentClick *clicks, size_t click_count, DensError **err)
{
    const size_t *size = volumes[0]->geometry.size;
    Mask *mask = mask_new(&volumes[0]->geometry, err);
    if (!mask || !refine(mask, volumes, &w->region, w->mask, clicks, click_count, err)) {
        mask_free(mask);
        return NULL;
    }
    for (size_t c = 0; c < click_count; c++) {
        const size_t *at = voxels[c];
        mask->labels[at[0] + size[0] * (at[1] + size[1] * at[2])] = clicks[c].inside;
    }
    return mask;
}

static bool find_blocks(Work *w, const size_t (*voxels)[3], const SegmentClick *clicks, size_t count,
                        const char *name, DensError **err)
{
    w->inside = memory_array(count, sizeof *w->inside);
    w->outside = memory_array(count, sizeof *w->outside);
    for (size_t c = 0; c < count; c++) {
        bool near = true;
        for (int a = 0; a < 3; a++) {
            near = near && voxels[c][a] >= w->region.low[a] && voxels[c][a] < w->region.high[a];
        }
        if (clicks[c].inside) {
            w->inside[w->inside_count++] = region_block(&w->region, voxels[c]);
        } else if (near) { /* one far away says nothing */
            w->outside[w->outside_count++] = region_block(&w->region, voxels[c]);
        }
    }
    for (size_t c = 0; c < w->inside_count; c++) {
        if (!w->region.valid[w->inside[c]]) {
            return error_input(err, name, "an inside click lies where one of the volumes shows nothing");
        }
    }
    return true;
}

Mask *segment_lesion(const Volume *const *volumes, size_t volume_count, const SegmentClick *clicks,
                     size_t click_count, DensError **err)
{
    if (volume_count == 0 || volume_count > SEGMENT_MOST_CHANNELS || click_count > SEGMENT_MOST_CLICKS) {
        (void)error_set(err, DENS_ERROR_USAGE, NULL, "1 to %d volumes and at most %d clicks are taken",
                        SEGMENT_MOST_CHANNELS, SEGMENT_MOST_CLICKS);
        return NULL;
    }
    Work w = {0};
    size_t(*voxels)[3] = memory_array(click_count + 1, sizeof *voxels);
    Mask *mask = NULL;
    if (check_clicks(volumes[0], clicks, click_count, voxels, err) &&
        region_make(&w.region, volumes, volume_count, clicks, click_count, err) &&
        find_blocks(&w, (const size_t(*)[3])voxels, clicks, click_count, volumes[0]->source_name, err) &&
        measure_distances(&w, err)) {
        model_widths(&w.region, w.widths);
        guess_radius(&w);
        if (divide(&w, err)) {
            mask = make_mask(&w, volumes, (const size_t(*)[3])voxels, clicks, click_count, err);
        }
    }
    work_clear(&w);
    free(voxels);
    return mask;
}
