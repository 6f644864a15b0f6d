/* Expansion: how far a shell of bone lies beyond the original outline (origin.c), on CT.
 *
 * The points of the lesion's outline that lie more than a millimetre beyond the original bone have a shell if
 * within 2 mm a line runs along them that is nearer to trabecular bone (the marrow reference) than to muscle:
 * a shell thinner than a millimetre shows no more of itself; where a neighbour's bone is as near, the line
 * may be its, and the point is left out. Without a shell what lies beyond is a soft-tissue mass (mass.c).
 * What grows into the canal is no expansion. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/spine.h"
#include "measure/surface.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum { BULGE, RATIO, SHELL, COUNT } Expansion;

static const Quantity quantities[COUNT] = {
    [BULGE] = {.id = "expansion.bulge_mm",
               .label = "Bulge of the bone's shell",
               .unit = "mm",
               .method =
                   "95th percentile of the distance of the lesion's outline beyond the original bone where a "
                   "shell nearer to the marrow reference than to muscle lies on it, if that covers a "
                   "fifth of what lies beyond; else 0.",
               .source = "",
               .code = {0}},
    [RATIO] =
        {.id = "expansion.width_ratio",
         .label = "Width of the expanded part against its original",
         .unit = "1",
         .method =
             "Along the normal of the outline: the original width with the bulge over the original width; "
             "median where there is a shell over the bone, 1 where there is none.",
         .source = "",
         .code = {0}},
    [SHELL] = {.id = "expansion.shell_share",
               .label = "Share of the outline beyond the bone with a shell",
               .unit = "1",
               .method = "Of the outline more than 1 mm beyond the original bone, outside the canal.",
               .source = "",
               .code = {0}},
};

enum { MOST_POINTS = 2000, LEAST_POINTS = 20 };
static const double muscle_hu = 60;    /* the usual attenuation of muscle */
static const double least_shell = 0.2; /* of what lies beyond: less is mineral or a remnant, not a shell */
static const double beyond_mm = 1, shell_mm = 2, neighbour_mm = 3, step_mm = 0.5, widest_mm = 40;

typedef struct {
    size_t points, count, ratio_count;
    double beyond_weight, shell_weight;
    double *bulge_mm, *ratio; /* owned */
} Findings;

static void findings_clear(Findings *findings)
{
    free(findings->bulge_mm);
    free(findings->ratio);
}

/* The original bone, with the canal and the discs, which no bone is expanded into. */
static void mark_original(const Spine *spine, uint8_t *original)
{
    for (size_t v = 0; v < spine->box.count; v++) {
        original[v] = spine->lesion[v] ? spine->origin[v] == ORIGIN_BONE || spine->origin[v] == ORIGIN_CANAL
                                       : spine->level[v] != LEVEL_NONE || spine_is_canal(spine, v) ||
                                             spine->kind[v] == STRUCTURE_DISC;
    }
}

/* Is bone that the lesion did not make within reach outside the outline? */
static bool near_other_bone(const Spine *spine, const SurfacePoint *point)
{
    for (int s = 1; s * step_mm <= neighbour_mm; s++) {
        size_t at;
        const Vec3 p = vec3_add(point->at_lps_mm, vec3_scale(point->outward, s * step_mm));
        if (box_find(&spine->box, p, &at) && !spine->lesion[at] && spine->level[at] != LEVEL_NONE) {
            return true;
        }
    }
    return false;
}

/* Width of the original along the inward normal, from where it is met; 0 if it is not. */
static double original_width(const Spine *spine, const uint8_t *original, const SurfacePoint *point)
{
    double width = 0;
    bool met = false;
    for (int s = 0; s * step_mm <= widest_mm; s++) {
        size_t at;
        if (!box_find(&spine->box, vec3_sub(point->at_lps_mm, vec3_scale(point->outward, s * step_mm)),
                      &at) ||
            (met && !original[at])) {
            break;
        }
        met = met || original[at];
        width += met ? step_mm : 0;
    }
    return width;
}

static void judge_point(Findings *out, const Spine *spine, const uint8_t *original, const float *squared,
                        const SurfacePoint *point, double bone_hu)
{
    const double *s = spine->box.spacing_mm, half = cbrt(s[0] * s[1] * s[2]) / 2;
    Profile profile = {{0}};
    size_t at;
    int peak = 0;
    if (!box_find(&spine->box, vec3_sub(point->at_lps_mm, vec3_scale(point->outward, half)), &at) ||
        !spine->lesion[at] || !surface_profile(&profile, spine->box.series->volume, point)) {
        return;
    }
    out->points++;
    const double away = sqrt((double)squared[at]);
    if (spine->origin[at] != ORIGIN_OUTSIDE || away <= beyond_mm || near_other_bone(spine, point)) {
        return;
    }
    out->beyond_weight += point->weight;
    if (profile_highest(&profile, -shell_mm, shell_mm, &peak) <= bone_hu) {
        return;
    }
    out->shell_weight += point->weight;
    const double width = original_width(spine, original, point);
    out->bulge_mm[out->count] = away;
    out->ratio[out->ratio_count] = width > 0 ? (width + away) / width : 0;
    out->ratio_count += width > 0;
    out->count++;
}

static bool find_shell(Findings *out, const Spine *spine, double bone_hu, DensError **err)
{
    AUTO(surface_clear) Surface surface = {0};
    AUTO(bytes_clear) Bytes bytes = {0};
    const Box *box = &spine->box;
    if (!surface_find(&surface, box->series->lesion, MOST_POINTS, err) ||
        !bytes_make(&bytes, box->count, err)) {
        return false;
    }
    AUTO(floats_clear) float *squared = memory_try_array(box->count, sizeof *squared);
    out->bulge_mm = memory_try_array(surface.count + 1, sizeof *out->bulge_mm);
    out->ratio = memory_try_array(surface.count + 1, sizeof *out->ratio);
    if (!squared || !out->bulge_mm || !out->ratio) {
        return error_no_memory(err);
    }
    mark_original(spine, bytes.inner);
    if (!distance_squared(squared, bytes.inner, box->size, box->spacing_mm, NULL, err)) {
        return false;
    }
    for (size_t p = 0; p < surface.count; p++) {
        judge_point(out, spine, bytes.inner, squared, &surface.points[p], bone_hu);
    }
    return out->points >= LEAST_POINTS ||
           error_input(err, NULL,
                       "only %zu lines across the outline lie inside the ct series with finite values",
                       out->points);
}

static bool measure_labels(const MeasureInput *input, MeasurementList *out, DensError **err)
{
    AUTO(spine_clear) Spine own = {0};
    AUTO(findings_clear) Findings found = {0};
    const Spine *spine = spine_with_ring(input, "ct", &own, err);
    Region lesion, bone;
    if (!spine || !ct_region(&lesion, spine->box.series, -1, err) ||
        !marrow_region(&bone, spine->box.series, err)) {
        return false;
    }
    if (!find_shell(&found, spine, (bone.mean + muscle_hu) / 2, err)) {
        return false;
    }
    const bool shell = found.count >= LEAST_POINTS && found.shell_weight >= least_shell * found.beyond_weight;
    const double values[COUNT] = {
        shell ? quantile_of(found.bulge_mm, found.count, 0.95) : 0,
        shell && found.ratio_count >= LEAST_POINTS ? quantile_of(found.ratio, found.ratio_count, 0.5) : 1,
        found.beyond_weight > 0 ? found.shell_weight / found.beyond_weight : 0};
    for (int q = 0; q < COUNT; q++) {
        if (q == SHELL && !(found.beyond_weight > 0)) {
            measurements_add_missing(out, &quantities[q],
                                     "the outline nowhere lies beyond the original bone");
            continue;
        }
        Measurement *added = measurements_add(out, &quantities[q], values[q]);
        added->inputs[0] = "ct";
        added->inputs[1] = "lesion";
        added->inputs[2] = "labels";
        added->inputs[3] = tissue_name(TISSUE_MARROW);
        measurement_place(added, spine->box.series, lesion.not_finite, out->arena);
    }
    return true;
}

void measure_expansion(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    if (!series_next(input, "ct", NULL)) {
        error_input(&err, NULL, "no ct series");
    } else if (measure_labels(input, out, &err)) {
        return;
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", dens_error_summary(err));
    }
}
