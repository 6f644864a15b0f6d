/* Margin and cortex: what CT shows across the outline of the lesion.
 *
 * Where the outline borders on bone, the border is the lesion's margin: its width, and whether a rim of
 * denser bone lies along it. Where it borders on anything else, what matters is whether a line of cortex is
 * left in between. Each surface point is told to face bone or soft tissue by the mean from 2 to 5 mm outside,
 * against the value halfway between the patient's own trabecular bone (the marrow reference) and muscle.
 *
 * The edge is fitted by a + b·Φ((t − t₀)/s), an ideal step seen through a Gaussian blur; from 10 to 90 % of
 * the step it is 2.563·s wide. A scanner's own blur is in it: about 1.5 to 2 mm with a soft kernel, which no
 * margin can undercut. Where there is a rim the profile is held level behind its peak, so that the width is
 * that of the edge between lesion and rim.
 *
 * The thickness of cortex is the width at half height; under about 2 mm it tells the scanner's blur more than
 * the wall (Silva 1994: thin cortex appears up to twice as thick). So a thinned cortex is not told from a
 * normal one here, only a line that is there from one that is not. */
#include "measure/families.h"
#include "measure/spine.h"
#include "measure/surface.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum {
    EDGE_WIDTH,
    EDGE_WIDTH_P90,
    RIM_SHARE,
    SOFT_SHARE,
    BREACHED_SHARE,
    CORTEX_WIDTH,
    COUNT
} Margin;

static const Quantity quantities[COUNT] = {
    [EDGE_WIDTH] = {.id = "margin.edge_width_mm",
                    .label = "Width of the edge towards bone",
                    .unit = "mm",
                    .method = "From 10 to 90 % of a blurred step that is fitted to the attenuation along the "
                              "normals of the outline, where these lead into bone; median.",
                    .source = "",
                    .code = {0}},
    [EDGE_WIDTH_P90] = {.id = "margin.edge_width_p90_mm",
                        .label = "Width of the edge where it is worst",
                        .unit = "mm",
                        .method = "As the width of the edge; 90th percentile over the outline.",
                        .source = "",
                        .code = {0}},
    [RIM_SHARE] =
        {.id = "margin.rim_share",
         .label = "Share of the outline with a sclerotic rim",
         .unit = "1",
         .method =
             "Share of the outline towards bone along which, within 2 mm, the attenuation exceeds "
             "mean + 2 SD of the marrow reference and what lies on both sides; with labels, where 5 mm of "
             "one vertebra lie outside.",
         .source = "",
         .code = {0}},
    [SOFT_SHARE] = {.id = "margin.soft_share",
                    .label = "Share of the outline that faces soft tissue",
                    .unit = "1",
                    .method =
                        "Share of the outline whose surroundings, 2 to 5 mm outside, are nearer to muscle "
                        "than to the marrow reference.",
                    .source = "",
                    .code = {0}},
    [BREACHED_SHARE] = {.id = "margin.breached_share",
                        .label = "Share of the outline towards soft tissue without cortex",
                        .unit = "1",
                        .method =
                            "Share of the outline towards soft tissue along which no line above mean + 2 "
                            "SD of the marrow reference lies from 2 mm inside to 3 mm outside.",
                        .source = "",
                        .code = {0}},
    [CORTEX_WIDTH] = {.id = "margin.cortex_width_mm",
                      .label = "Width of the cortex that is left",
                      .unit = "mm",
                      .method = "Width at half height of the line of cortex along the normals; median. Lines "
                                "thinner than 2 mm appear wider than they are.",
                      .source = "",
                      .code = {0}},
};

enum {
    MOST_POINTS = 2000, /* the median of so many is steady to a hundredth of a millimetre */
    LEAST_POINTS = 20,  /* fewer have no percentiles */
    WIDTHS = 17,
    LINES = 5,
    STEPS = 10,   /* half millimetres outward */
    OFFSETS = 21, /* t₀ from −2.5 to 2.5 mm */
};
static const double muscle_hu = 60;        /* the usual attenuation of muscle */
static const double least_marrow_hu = 120; /* twice that: below it bone and muscle are not told apart */
static const double least_depth_mm = 3;    /* inside: shorter profiles see no plateau */
static const double least_contrast = 3;    /* of the step, in SD of what the fit leaves */
static const double least_deep = 0.1;      /* of the outline towards bone, where a rim can be told */
static const double narrowest_mm = 0.15, width_step = 1.2;
static const double ten_to_ninety = 2.563103; /* between Φ⁻¹(0.1) and Φ⁻¹(0.9) */
static const double pi = 3.14159265358979323846;

typedef struct {
    double bone_from_hu;  /* nearer to trabecular bone than to muscle */
    double dense_from_hu; /* denser than trabecular bone */
    double depth_mm;      /* of the profiles inside the lesion */
} Limits;

/* What the outline's points were found to be; arrays hold one value a point of that kind. */
typedef struct {
    double bone_weight, deep_weight, soft_weight, rim_weight, breached_weight;
    size_t points, edge_count, cortex_count;
    double *edges_mm, *cortex_mm; /* owned */
} Findings;

static void findings_clear(Findings *findings)
{
    free(findings->edges_mm);
    free(findings->cortex_mm);
}

static double at_mm(int sample)
{
    return (sample - PROFILE_MIDDLE) * PROFILE_STEP_MM;
}

/* Residual sum of squares of the best a + b·step for one shape of the step; *out_b is its height. */
static double fit_step(const double *values, const double *step, int count, double *out_b)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    for (int s = 0; s < count; s++) {
        sx += step[s];
        sy += values[s];
        sxx += step[s] * step[s];
        sxy += step[s] * values[s];
        syy += values[s] * values[s];
    }
    const double n = count, vx = sxx - sx * sx / n, vxy = sxy - sx * sy / n, vy = syy - sy * sy / n;
    *out_b = vx > 0 ? vxy / vx : 0;
    return vx > 0 ? fmax(vy - vxy * vxy / vx, 0) : vy;
}

/* Values of Φ((t − t₀)/s) by width, and by t − t₀ in steps of a profile. */
typedef struct {
    double phi[WIDTHS][PROFILE_SAMPLES + OFFSETS];
} Steps;

static void steps_make(Steps *out)
{
    enum { EDGE = PROFILE_MIDDLE + OFFSETS / 2 };
    for (int w = 0; w < WIDTHS; w++) {
        const double width = narrowest_mm * pow(width_step, w);
        for (int s = 0; s < PROFILE_SAMPLES + OFFSETS; s++) {
            const double from_edge = (s - EDGE) * PROFILE_STEP_MM;
            out->phi[w][s] = 0.5 * erfc(-from_edge / width / sqrt(2));
        }
    }
}

/* Where the lowest point of a parabola through the best width and its neighbours lies, in steps from it. */
static double between_widths(const double *left, int best)
{
    if (best == 0 || best == WIDTHS - 1) {
        return 0;
    }
    const double curvature = left[best - 1] - 2 * left[best] + left[best + 1];
    return curvature > 0 ? (left[best - 1] - left[best + 1]) / (2 * curvature) : 0;
}

/* Width of the edge from 10 to 90 %; false where there is none to be seen. */
static bool edge_width(const Profile *profile, const Steps *steps, double depth_mm, double *out_mm)
{
    int first = 0;
    while (at_mm(first) < -depth_mm) {
        first++;
    }
    const int count = PROFILE_SAMPLES - first;
    double best = INFINITY, height = 0, left[WIDTHS];
    int best_width = 0;
    for (int w = 0; w < WIDTHS; w++) {
        left[w] = INFINITY;
        for (int o = 0; o < OFFSETS; o++) {
            double b;
            const double sum = fit_step(&profile->values[first], &steps->phi[w][first + o], count, &b);
            left[w] = fmin(left[w], sum);
            if (sum < best) {
                best = sum;
                height = b;
                best_width = w;
            }
        }
    }
    *out_mm = ten_to_ninety * narrowest_mm * pow(width_step, best_width + between_widths(left, best_width));
    return fabs(height) > 0 && fabs(height) >= least_contrast * sqrt(best / (count - 3));
}

/* Width at half height of the peak at `sample`, over the higher of the lowest values on both sides. */
static double half_width(const Profile *profile, int sample)
{
    const double *v = profile->values;
    double left = v[sample], right = v[sample];
    for (int s = 0; s < PROFILE_SAMPLES; s++) {
        left = s < sample ? fmin(left, v[s]) : left;
        right = s > sample ? fmin(right, v[s]) : right;
    }
    const double half = (v[sample] + fmax(left, right)) / 2;
    int low = sample, high = sample;
    while (low > 0 && v[low - 1] > half) {
        low--;
    }
    while (high + 1 < PROFILE_SAMPLES && v[high + 1] > half) {
        high++;
    }
    double steps = high - low;
    steps += low > 0 ? (v[low] - half) / (v[low] - v[low - 1]) : 0;
    steps += high + 1 < PROFILE_SAMPLES ? (v[high] - half) / (v[high] - v[high + 1]) : 0;
    return steps * PROFILE_STEP_MM;
}

/* `deep`: a dense line on it cannot be the bone's own cortex, so that a rim can be told. */
static void judge_bone(Findings *out, Profile *profile, const Steps *steps, const Limits *limits,
                       double weight, bool deep)
{
    int peak = PROFILE_MIDDLE;
    const double top = profile_highest(profile, -1, 2, &peak);
    const double inside = profile_mean(profile, -limits->depth_mm, -1.5),
                 outside = profile_mean(profile, 4, PROFILE_MIDDLE * PROFILE_STEP_MM);
    out->bone_weight += weight;
    out->deep_weight += deep ? weight : 0;
    if (top > limits->dense_from_hu && top - fmax(inside, outside) > limits->dense_from_hu - outside) {
        out->rim_weight += deep ? weight : 0;
        for (int s = peak + 1; s < PROFILE_SAMPLES; s++) {
            profile->values[s] = profile->values[peak];
        }
    }
    out->edge_count += edge_width(profile, steps, limits->depth_mm, &out->edges_mm[out->edge_count]);
}

static void judge_soft(Findings *out, const Profile *profile, const Limits *limits, double weight)
{
    int peak = PROFILE_MIDDLE;
    out->soft_weight += weight;
    if (profile_highest(profile, -2, 3, &peak) > limits->dense_from_hu) {
        out->cortex_mm[out->cortex_count++] = half_width(profile, peak);
    } else {
        out->breached_weight += weight;
    }
}

/* All the way from 2 to 5 mm outside, millimetre by millimetre: behind a line of cortex alone there is no
 * bone. */
static bool faces_bone(const Profile *profile, const Limits *limits)
{
    for (int mm = 2; mm < 5; mm++) {
        if (profile_mean(profile, mm, mm + 1) < limits->bone_from_hu) {
            return false;
        }
    }
    return true;
}

/* With the labels of a spine: was there bone where the lesion is, and does the line from the outline to 5 mm
 * outside stay in one vertebra, more than 2 mm from its outside? Else a dense line on it may be the bone's
 * own cortex. Without them (NULL) all are believed. */
static bool deep_in_bone(const Spine *spine, const SurfacePoint *point)
{
    Vec3 across[2];
    size_t at;
    int level = LEVEL_NONE;
    if (!spine) {
        return true;
    }
    if (box_find(&spine->box, vec3_sub(point->at_lps_mm, point->outward), &at) && spine->lesion[at] &&
        spine->origin[at] != ORIGIN_BONE) {
        return false;
    }
    surface_tangents(point->outward, across);
    for (int n = 0; n < LINES * STEPS; n++) {
        const int step = n % STEPS + 1, side = n / STEPS; /* the line itself and four about it */
        const Vec3 aside = side == 0 ? vec3(0, 0, 0) : vec3_scale(across[side > 2], side % 2 ? 2 : -2);
        const Vec3 outside = vec3_add(point->at_lps_mm, vec3_scale(point->outward, step * 0.5));
        if (!box_find(&spine->box, vec3_add(outside, aside), &at)) {
            return false;
        }
        if (spine->lesion[at] || spine->kind[at] == STRUCTURE_MARROW) {
            continue;
        }
        if (spine->level[at] == LEVEL_NONE || (level != LEVEL_NONE && spine->level[at] != level)) {
            return false;
        }
        level = spine->level[at];
    }
    return true;
}

static bool judge_surface(Findings *out, const MeasureSeries *ct, const Spine *spine, const Limits *limits,
                          DensError **err)
{
    AUTO(surface_clear) Surface surface = {0};
    if (!surface_find(&surface, ct->lesion, MOST_POINTS, err)) {
        return false;
    }
    out->edges_mm = memory_try_array(surface.count + 1, sizeof *out->edges_mm);
    out->cortex_mm = memory_try_array(surface.count + 1, sizeof *out->cortex_mm);
    if (!out->edges_mm || !out->cortex_mm) {
        return error_no_memory(err);
    }
    Steps steps;
    steps_make(&steps);
    for (size_t p = 0; p < surface.count; p++) {
        Profile profile = {{0}};
        if (!surface_profile(&profile, ct->volume, &surface.points[p])) {
            continue;
        }
        out->points++;
        if (faces_bone(&profile, limits)) {
            judge_bone(out, &profile, &steps, limits, surface.points[p].weight,
                       deep_in_bone(spine, &surface.points[p]));
        } else {
            judge_soft(out, &profile, limits, surface.points[p].weight);
        }
    }
    return out->points >= LEAST_POINTS ||
           error_input(err, NULL,
                       "only %zu lines across the outline lie inside the ct series with finite values",
                       out->points);
}

static bool set_limits(Limits *out, const MeasureSeries *ct, size_t *out_not_finite, DensError **err)
{
    Region lesion, bone;
    if (!ct_region(&lesion, ct, -1, err) || !marrow_region(&bone, ct, err)) {
        return false;
    }
    const double voxel_mm3 = geometry_voxel_volume_mm3(&ct->volume->geometry);
    const double volume_mm3 = (double)(lesion.voxels + lesion.not_finite) * voxel_mm3;
    const double least_mm3 = 4 * pi / 3 * pow(least_depth_mm, 3);
    if (volume_mm3 < least_mm3) {
        return error_input(err, NULL, "the lesion is too small for an outline: needs at least %.0f voxels",
                           ceil(least_mm3 / voxel_mm3));
    }
    if (bone.mean < least_marrow_hu) {
        return error_input(
            err, NULL, "the marrow reference has %.0f HU: below %.0f HU bone is not told from soft tissue",
            bone.mean, least_marrow_hu);
    }
    *out = (Limits){.bone_from_hu = (bone.mean + muscle_hu) / 2,
                    .dense_from_hu = bone.mean + 2 * bone.sd,
                    .depth_mm = fmin(cbrt(volume_mm3 * 3 / (4 * pi)), PROFILE_MIDDLE * PROFILE_STEP_MM)};
    *out_not_finite = lesion.not_finite;
    return true;
}

static void add(MeasurementList *out, Margin which, double value, const MeasureSeries *ct, size_t not_finite)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->inputs[0] = "ct";
    added->inputs[1] = "lesion";
    added->inputs[2] = tissue_name(TISSUE_MARROW);
    measurement_place(added, ct, not_finite, out->arena);
}

static void add_edges(MeasurementList *out, Findings *found, const MeasureSeries *ct, size_t not_finite)
{
    if (found->edge_count >= LEAST_POINTS) {
        add(out, EDGE_WIDTH, quantile_of(found->edges_mm, found->edge_count, 0.5), ct, not_finite);
        add(out, EDGE_WIDTH_P90, quantile_of(found->edges_mm, found->edge_count, 0.9), ct, not_finite);
    } else {
        const char *reason = found->bone_weight > 0 ? "the lesion has no visible edge towards bone"
                                                    : "the outline faces no bone";
        measurements_add_missing(out, &quantities[EDGE_WIDTH], "%s", reason);
        measurements_add_missing(out, &quantities[EDGE_WIDTH_P90], "%s", reason);
    }
    if (found->deep_weight > least_deep * found->bone_weight) {
        add(out, RIM_SHARE, found->rim_weight / found->deep_weight, ct, not_finite);
    } else {
        measurements_add_missing(out, &quantities[RIM_SHARE],
                                 found->bone_weight > 0
                                     ? "the bone beside the lesion is too thin to tell a rim from its cortex"
                                     : "the outline faces no bone");
    }
}

static void add_cortex(MeasurementList *out, Findings *found, const MeasureSeries *ct, size_t not_finite)
{
    add(out, SOFT_SHARE, found->soft_weight / (found->soft_weight + found->bone_weight), ct, not_finite);
    if (found->soft_weight > 0) {
        add(out, BREACHED_SHARE, found->breached_weight / found->soft_weight, ct, not_finite);
    } else {
        measurements_add_missing(out, &quantities[BREACHED_SHARE], "the outline faces no soft tissue");
    }
    if (found->cortex_count >= LEAST_POINTS) {
        add(out, CORTEX_WIDTH, quantile_of(found->cortex_mm, found->cortex_count, 0.5), ct, not_finite);
    } else {
        measurements_add_missing(out, &quantities[CORTEX_WIDTH],
                                 "there is no line of cortex towards soft tissue");
    }
}

static bool measure_on(const MeasureSeries *ct, MeasurementList *out, DensError **err)
{
    Limits limits = {0};
    size_t not_finite = 0;
    AUTO(findings_clear) Findings found = {0};
    AUTO(spine_clear) Spine own = {0};
    AUTO(error_auto) DensError *no_spine = NULL; /* then all of the outline is believed, as without labels */
    const Spine *spine = ct->lesion && ct->labels ? spine_of(ct, &own, &no_spine) : NULL;
    spine = spine && spine->ring.known ? spine : NULL;
    if (!set_limits(&limits, ct, &not_finite, err) || !judge_surface(&found, ct, spine, &limits, err)) {
        return false;
    }
    add_edges(out, &found, ct, not_finite);
    add_cortex(out, &found, ct, not_finite);
    return true;
}

void measure_margin(const MeasureInput *input, MeasurementList *out)
{
    measure_first(input, "ct", quantities, COUNT, measure_on, out);
}
