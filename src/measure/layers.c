/* The layers of Weinstein, Boriani and Biagini: A soft tissue outside the bone, B superficial and C deep in
 * the bone, D outside the dura in the canal. E, inside the dura, is not told from D: labels do not show a
 * dura that the lesion has pushed.
 *
 * Deep is what is nearer to the canal than to the outside of the bone, both along the line from the canal's
 * centre through the voxel in the vertebra's own axial plane. That line of division is ours: the figure of
 * the system halves the bone's wall without giving a measure. A layer counts with a twentieth of the lesion,
 * as a sector does. */
#include "measure/families.h"
#include "measure/spine.h"

#include "base/text.h"

#include <math.h>

typedef enum { LAYERS, SOFT, SUPERFICIAL, DEEP, EPIDURAL, COUNT } Layer;

#define SHARE(name, text, how)                                                                               \
    {                                                                                                        \
        .id = "layers." name "_share", .label = text, .unit = "1", .method = how, .source = "jpoc_wbb",      \
        .code = {                                                                                            \
            0                                                                                                \
        }                                                                                                    \
    }

static const Quantity quantities[COUNT] = {
    [LAYERS] =
        {.id = "layers.count",
         .label = "Layers that the lesion takes (WBB)",
         .unit = "1",
         .method =
             "Layers A to D with at least 5 % of the lesion; the note names them. E is not told from D.",
         .source = "jpoc_wbb",
         .code = {0}},
    [SOFT] = SHARE("soft", "Share of the lesion in layer A", "Outside the bone and the canal."),
    [SUPERFICIAL] =
        SHARE("superficial", "Share of the lesion in layer B",
              "In the bone, nearer to its outside than to the canal along the line from the canal's centre."),
    [DEEP] = SHARE("deep", "Share of the lesion in layer C",
                   "In the bone, nearer to the canal than to its outside along that line."),
    [EPIDURAL] = SHARE("epidural", "Share of the lesion in layer D", "In the canal."),
};

static const double least_share = 0.05, step_mm = 0.5, farthest_mm = 40;

/* Is there bone at a point, or lesion where bone was? */
static bool is_bone(const Spine *spine, Vec3 point)
{
    size_t at;
    return box_find(&spine->box, point, &at) &&
           (spine->lesion[at] ? spine->origin[at] == ORIGIN_BONE : spine->level[at] != LEVEL_NONE);
}

/* How far bone reaches from a point along a direction. */
static double bone_along(const Spine *spine, Vec3 point, Vec3 direction)
{
    double away = 0;
    while (away < farthest_mm && is_bone(spine, vec3_add(point, vec3_scale(direction, away)))) {
        away += step_mm;
    }
    return away;
}

static Layer layer_of(const Spine *spine, size_t voxel)
{
    if (spine->origin[voxel] != ORIGIN_BONE) {
        return spine->origin[voxel] == ORIGIN_CANAL ? EPIDURAL : SOFT;
    }
    const int level = spine->nearest[voxel];
    const SpineFrame *frame = &spine->frames[level];
    const Vec3 point = box_point(&spine->box, voxel), at = spine_place(spine, level, point);
    const double length = hypot(at.x, at.y);
    if (!(length > 0)) {
        return DEEP;
    }
    const Vec3 outward =
        vec3_add(vec3_scale(frame->left, at.x / length), vec3_scale(frame->front, at.y / length));
    return bone_along(spine, point, outward) < bone_along(spine, point, vec3_scale(outward, -1)) ? SUPERFICIAL
                                                                                                 : DEEP;
}

static void miss(MeasurementList *out, const char *reason)
{
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", reason);
    }
}

void measure_layers(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(spine_clear) Spine own = {0};
    const Spine *spine = spine_with_ring(input, NULL, &own, &err);
    if (!spine) {
        miss(out, dens_error_summary(err));
        return;
    }
    size_t voxels[COUNT] = {0}, all = 0;
    for (size_t v = 0; v < spine->box.count; v++) {
        if (spine->lesion[v] && spine->origin[v] != ORIGIN_UNKNOWN) {
            all++;
            voxels[layer_of(spine, v)]++;
        }
    }
    if (2 * all < spine->lesion_voxels) {
        miss(out, "neither the other side nor a neighbour shows the original outline of the bone");
        return;
    }
    AUTO_TEXT names = TEXT_INIT;
    int count = 0;
    for (int layer = SOFT; layer < COUNT; layer++) {
        if ((double)voxels[layer] >= least_share * (double)all) {
            text_addf(&names, "%s%c", count ? ", " : "", 'A' + layer - SOFT);
            count++;
        }
    }
    for (int q = 0; q < COUNT; q++) {
        const double value = q == LAYERS ? count : (double)voxels[q] / (double)all;
        Measurement *added = measurements_add_labelled(out, &quantities[q], value, spine->box.series);
        if (q == LAYERS) {
            added->note = arena_strdup(out->arena, text_string(&names));
        }
    }
}
