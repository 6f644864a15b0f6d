/* The cortex of the bone's original envelope over the lesion: how much of it is thinned or breached, on CT.
 *
 * The envelope is the outline of the labelled vertebrae and of what of the lesion was bone (origin.c). A
 * point of it belongs to the lesion if the lesion comes within 2.5 mm of it from inside or outside; points
 * from which other bone lies within 3 mm outside are left out (joints). What stands above the step from
 * inside to outside along the normal, summed, is thickness times density, whatever the scanner's blur (Treece
 * 2011: mass is had where thickness below the blur is not); divided by how much denser than its sides
 * cortical bone is, it is a thickness. The same on the patient's own envelope more than 10 mm from the lesion
 * is normal. Thinned is less than half of the normal median, breached is where no line denser than trabecular
 * bone is left. That half is ours. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/spine.h"
#include "measure/surface.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum { THINNED, BREACHED, NORMAL, COUNT } Cortex;

static const Quantity quantities[COUNT] = {
    [THINNED] =
        {.id = "cortex.thinned_share",
         .label = "Share of the cortex over the lesion that is thinned",
         .unit = "1",
         .method =
             "Of the original envelope of the bone within 2.5 mm of the lesion: thickness by summed "
             "attenuation below half of the median of the envelope more than 10 mm away, but not breached.",
         .source = "treece2011",
         .code = {0}},
    [BREACHED] =
        {.id = "cortex.breached_share",
         .label = "Share of the cortex over the lesion that is breached",
         .unit = "1",
         .method = "Of that envelope: nothing above mean + 2 SD of the marrow reference within 2 mm of it.",
         .source = "",
         .code = {0}},
    [NORMAL] =
        {.id = "cortex.normal_mm",
         .label = "Thickness of the cortex away from the lesion",
         .unit = "mm",
         .method =
             "Median of the envelope more than 10 mm from the lesion, by summed attenuation, cortical bone "
             "being as dense as the 99th percentile of the labelled bone.",
         .source = "treece2011",
         .code = {0}},
};

enum { MOST_POINTS = 8000, LEAST_POINTS = 20, LEAST_NORMAL = 100, MOST_NORMAL = 1000 };
static const double over_mm = 2.5, away_mm = 10, joint_mm = 3, line_mm = 2, sum_mm = 3, step_mm = 0.5;
static const double thinned_below = 0.5;

typedef struct {
    double dense_hu, cortical_hu;
    size_t over, normal;
    double over_weight, breached_weight;
    double *thickness_mm, *weight; /* of the points over the lesion that are not breached; owned */
    double *normal_mm;             /* owned */
} Findings;

static void findings_clear(Findings *findings)
{
    free(findings->thickness_mm);
    free(findings->weight);
    free(findings->normal_mm);
}

/* Bone that is or was, as a mask of the box. */
static Mask *envelope(const Spine *spine, DensError **err)
{
    const Box *box = &spine->box;
    Geometry grid = box->series->lesion->geometry;
    grid.origin_lps_mm = box_point(box, 0);
    for (int a = 0; a < 3; a++) {
        grid.size[a] = box->size[a];
    }
    Mask *mask = mask_new(&grid, err);
    for (size_t v = 0; mask && v < box->count; v++) {
        mask->labels[v] = spine->lesion[v] ? spine->origin[v] == ORIGIN_BONE : spine->level[v] != LEVEL_NONE;
    }
    return mask;
}

/* Does other bone lie within reach outside, or does the box end there? */
static bool at_a_joint(const Box *box, const Mask *mask, const SurfacePoint *point)
{
    for (int s = 2; s * step_mm <= joint_mm; s++) {
        size_t at;
        if (!box_find(box, vec3_add(point->at_lps_mm, vec3_scale(point->outward, s * step_mm)), &at) ||
            mask->labels[at]) {
            return true;
        }
    }
    return false;
}

/* Thickness of the line at the highest sample by what stands above the step of its two sides. */
static double thickness(const Profile *profile, double cortical_hu)
{
    int peak = PROFILE_MIDDLE;
    profile_highest(profile, -line_mm, line_mm, &peak);
    const double inside = profile_mean(profile, -sum_mm - 1, -sum_mm),
                 outside = profile_mean(profile, sum_mm, sum_mm + 1);
    double sum = 0;
    for (int s = 0; s < PROFILE_SAMPLES; s++) {
        const double mm = (s - PROFILE_MIDDLE) * PROFILE_STEP_MM;
        if (fabs(mm) <= sum_mm) {
            const double base = s < peak ? inside : s > peak ? outside : (inside + outside) / 2;
            sum += (profile->values[s] - base) * PROFILE_STEP_MM;
        }
    }
    const double denser = cortical_hu - (inside + outside) / 2;
    return denser > 0 ? fmax(sum / denser, 0) : 0;
}

static void judge_point(Findings *out, const Spine *spine, const SurfacePoint *point, bool over)
{
    Profile profile = {{0}};
    int peak = 0;
    if (!surface_profile(&profile, spine->box.series->volume, point)) {
        return;
    }
    const double mm = thickness(&profile, out->cortical_hu);
    if (!over) {
        out->normal_mm[out->normal++] = mm;
        return;
    }
    out->over_weight += point->weight;
    if (profile_highest(&profile, -line_mm, line_mm, &peak) <= out->dense_hu) {
        out->breached_weight += point->weight;
    } else {
        out->thickness_mm[out->over] = mm;
        out->weight[out->over++] = point->weight;
    }
}

static bool judge_envelope(Findings *out, const Spine *spine, DensError **err)
{
    AUTO(surface_clear) Surface surface = {0};
    const Box *box = &spine->box;
    AUTO(mask_auto) Mask *mask = envelope(spine, err);
    AUTO(floats_clear) float *squared = memory_try_array(box->count, sizeof *squared);
    if (!mask || !surface_find(&surface, mask, MOST_POINTS, err)) {
        return false;
    }
    out->thickness_mm = memory_try_array(surface.count + 1, sizeof *out->thickness_mm);
    out->weight = memory_try_array(surface.count + 1, sizeof *out->weight);
    out->normal_mm = memory_try_array(surface.count + 1, sizeof *out->normal_mm);
    if (!squared || !out->thickness_mm || !out->weight || !out->normal_mm) {
        return error_no_memory(err);
    }
    if (!distance_squared(squared, spine->lesion, box->size, box->spacing_mm, NULL, err)) {
        return false;
    }
    const size_t stride = surface.count / MOST_NORMAL + 1;
    for (size_t p = 0; p < surface.count; p++) {
        size_t at;
        const SurfacePoint *point = &surface.points[p];
        if (!box_find(box, point->at_lps_mm, &at)) {
            continue;
        }
        const double distance = sqrt((double)squared[at]);
        if ((distance <= over_mm || (distance > away_mm && p % stride == 0)) &&
            !at_a_joint(box, mask, point)) {
            judge_point(out, spine, point, distance <= over_mm);
        }
    }
    return true;
}

/* The density of cortical bone: the 99th percentile of the labelled bone. */
static bool set_densities(Findings *out, const Spine *spine, const Region *marrow, DensError **err)
{
    const Box *box = &spine->box;
    size_t count = 0;
    double *values = memory_try_array(box->count, sizeof *values);
    if (!values) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < box->count; v++) {
        const double value = (double)box->series->volume->voxels[box_voxel(box, v)];
        if (spine->level[v] != LEVEL_NONE && !spine->lesion[v] && isfinite(value)) {
            values[count++] = value;
        }
    }
    out->dense_hu = marrow->mean + 2 * marrow->sd;
    out->cortical_hu = count ? quantile_of(values, count, 0.99) : 0;
    free(values);
    return out->cortical_hu > out->dense_hu ||
           error_input(err, NULL, "the labelled bone has no cortex that is denser than the marrow reference");
}

static void add(MeasurementList *out, Cortex which, double value, const MeasureSeries *ct)
{
    Measurement *added = measurements_add_labelled(out, &quantities[which], value, ct);
    added->inputs[3] = tissue_name(TISSUE_MARROW);
}

static bool measure_labels(const MeasureInput *input, MeasurementList *out, DensError **err)
{
    AUTO(spine_clear) Spine own = {0};
    AUTO(findings_clear) Findings found = {0};
    const Spine *spine = spine_with_ring(input, "ct", &own, err);
    Region lesion, marrow;
    if (!spine || !ct_region(&lesion, spine->box.series, -1, err) ||
        !marrow_region(&marrow, spine->box.series, err)) {
        return false;
    }
    if (!set_densities(&found, spine, &marrow, err) || !judge_envelope(&found, spine, err)) {
        return false;
    }
    if (found.normal < LEAST_NORMAL) {
        return error_input(err, NULL,
                           "only %zu points of cortex lie more than 10 mm from the lesion: needs at least %d",
                           found.normal, LEAST_NORMAL);
    }
    const double normal = quantile_of(found.normal_mm, found.normal, 0.5);
    double thin = 0;
    for (size_t p = 0; p < found.over; p++) {
        thin += found.thickness_mm[p] < thinned_below * normal ? found.weight[p] : 0;
    }
    add(out, NORMAL, normal, spine->box.series);
    if (found.over_weight > 0) {
        add(out, THINNED, thin / found.over_weight, spine->box.series);
        add(out, BREACHED, found.breached_weight / found.over_weight, spine->box.series);
    } else {
        measurements_add_missing(out, &quantities[THINNED],
                                 "the lesion nowhere comes near the outside of the bone");
        measurements_add_missing(out, &quantities[BREACHED],
                                 "the lesion nowhere comes near the outside of the bone");
    }
    return true;
}

void measure_cortex(const MeasureInput *input, MeasurementList *out)
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
