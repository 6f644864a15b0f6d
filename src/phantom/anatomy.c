/* The neck as implicit functions.
 *
 * Dimensions in mm for a patient of scale 1 (docs/phantom.md): body width 20–22 and depth 15–16 (Lu 1998),
 * pitch of body and disc 17–18.5 (PAM50 template), canal 23 × 14 and cord 12.5 × 7.6 (Valošek 2024), foramen
 * transversarium 5.5 (10.1155/2015/391823), dens 15.8 high and 9.9 wide (ijrms 11789, PMC3687901), spinous
 * process about 30 from the canal. The lordosis is a circle: a point is looked up by its place across (v) and
 * along (s) that circle, so that vertebrae, discs and canal bend together. */
#include "phantom/anatomy.h"

#include <math.h>

static const double body_half_width = 10.4, body_half_depth = 7.8;
static const double canal_half_width = 11.4, canal_half_depth = 6.9;
static const double cord_half_width = 6.25, cord_half_depth = 3.8;
static const double canal_centre_v = 15.6;
static const double cortex_mm = 0.8;
static const double half_pi = 1.57079632679489661923;

static double square(double x)
{
    return x * x;
}

/* Value below 1 inside the superellipse of exponent 2.6: a body's outline is squarer than an ellipse. */
static double body_outline(double x, double v, double half_width, double half_depth)
{
    return pow(pow(fabs(x) / half_width, 2.6) + pow(fabs(v) / half_depth, 2.6), 1 / 2.6);
}

static double ellipse(double x, double v, double half_width, double half_depth)
{
    return sqrt(square(x / half_width) + square(v / half_depth));
}

double anatomy_level_s(const Anatomy *a, int level)
{
    /* the middle of the disc between C3 and C4 is s = 0 */
    return (1.5 - level) * (a->body_height_mm + a->disc_height_mm);
}

SpinePoint anatomy_spine_point(const Anatomy *a, Vec3 p)
{
    double dy = a->curve_radius_mm - p.y;
    double r = sqrt(square(dy) + square(p.z));
    return (SpinePoint){p.x / a->scale, (a->curve_radius_mm - r) / a->scale,
                        a->curve_radius_mm * atan2(p.z, dy) / a->scale};
}

Vec3 anatomy_patient_point(const Anatomy *a, SpinePoint p)
{
    double r = a->curve_radius_mm - p.v * a->scale, angle = p.s * a->scale / a->curve_radius_mm;
    return vec3(p.x * a->scale, a->curve_radius_mm - r * cos(angle), r * sin(angle));
}

/* ---- bone ---- */

/* Distance in mm by which a point lies inside a bone, ≤ 0 outside; a lower bound is enough for the cortex. */
static double body_depth(const Anatomy *a, SpinePoint p, int level)
{
    double half_height = 0.5 * a->body_height_mm;
    double along = p.s - anatomy_level_s(a, level);
    double waist = 0.93 + 0.07 * square(along / half_height);
    double across = body_outline(p.x, p.v, body_half_width * waist, body_half_depth * waist);
    return fmin((1 - across) * body_half_depth, half_height - fabs(along));
}

static double dens_depth(const Anatomy *a, SpinePoint p)
{
    double base = anatomy_level_s(a, LEVEL_C2) + 0.3 * a->body_height_mm, tip = base + 19;
    double up = fmax(0, p.s - (tip - 5)) / 5;
    double across = sqrt(square(p.x / 5.0) + square((p.v + 1) / 5.4) + square(up));
    return p.s < base || p.s > tip ? -1 : (1 - across) * 5;
}

static double ellipsoid_depth(SpinePoint p, double x, double v, double s, double rx, double rv, double rs)
{
    double r = sqrt(square((p.x - x) / rx) + square((p.v - v) / rv) + square((p.s - s) / rs));
    return (1 - r) * fmin(rx, fmin(rv, rs));
}

/* Pedicle, articular pillar, transverse process around its foramen, lamina and spinous process. */
static double arch_depth(const Anatomy *a, SpinePoint p, int level)
{
    double along = p.s - anatomy_level_s(a, level);
    double x = fabs(p.x);
    double depth = ellipsoid_depth((SpinePoint){x, p.v, along}, 16.5, 13.0, -0.5, 6.2, 6.8, 8.3);
    if (x > 7 && x < 15 && p.v > 2 && p.v < 13) {
        depth = fmax(depth, fmin(2.5 - fabs(p.v - 7.5 - 0.2 * (x - 7)), 3.4 - fabs(along - 0.5)));
    }
    double ring = sqrt(square(x - 15.0) + square(p.v - 2.0));
    depth = fmax(depth, fmin(fmin(4.9 - ring, ring - 2.8), 4.2 - fabs(along)));
    double outer = ellipse(p.x, p.v - canal_centre_v, canal_half_width + 5.0, canal_half_depth + 5.2);
    double inner = ellipse(p.x, p.v - canal_centre_v, canal_half_width + 0.9, canal_half_depth + 1.0);
    if (p.v > canal_centre_v - 1) {
        double slope = along + 0.35 * (p.v - canal_centre_v - canal_half_depth) + 1;
        depth = fmax(depth, fmin(fmin((1 - outer) * 12, (inner - 1) * 8), 5.6 - fabs(slope)));
    }
    double behind = p.v - (canal_centre_v + canal_half_depth + 2.5);
    double length = level == LEVEL_C2 ? 20 : 19;
    if (behind > -1 && behind < length) {
        double slope = along + 0.42 * behind + 2.5;
        double half_width = 1.9 + 1.6 * square(behind / length);
        depth = fmax(depth, fmin(half_width - x, (level == LEVEL_C2 ? 5.5 : 4.2) - fabs(slope)));
    }
    return depth;
}

/* A simple atlas: ring and lateral masses around the dens. */
static double atlas_depth(const Anatomy *a, SpinePoint p)
{
    double along = p.s - (anatomy_level_s(a, LEVEL_C2) + 0.5 * a->body_height_mm + 8.5);
    double x = fabs(p.x);
    double depth = ellipsoid_depth((SpinePoint){x, p.v, along}, 16.5, 4.5, -0.5, 7.2, 9.0, 7.0);
    double outer = ellipse(p.x, p.v - 8.5, 22, 19), inner = ellipse(p.x, p.v - 8.5, 17.5, 15);
    double half_height = p.v < 0 ? 5.2 : 4.2;
    return fmax(depth, fmin(fmin((1 - outer) * 18, (inner - 1) * 14), half_height - fabs(along)));
}

/* The bone at a point: its depth (> 0 inside) and label. */
static double bone_depth(const Anatomy *a, SpinePoint p, uint16_t *label)
{
    *label = LABEL_C1;
    if (fabs(p.x) > 25 || p.v < -13 || p.v > 48) {
        return -1; /* further out than any bone */
    }
    double best = atlas_depth(a, p);
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (fabs(p.s - anatomy_level_s(a, level)) > (level == LEVEL_C2 ? 26 : 17)) {
            continue; /* higher or lower than this vertebra with its processes */
        }
        double depth = fmax(body_depth(a, p, level), arch_depth(a, p, level));
        if (level == LEVEL_C2) {
            depth = fmax(depth, dens_depth(a, p));
        }
        if (depth > best) {
            best = depth;
            *label = (uint16_t)(LABEL_C2 + level);
        }
    }
    return best;
}

/* A ball of trabecular bone in the middle of a body that the lesion does not touch: the reference. */
static bool in_marrow_core(const Anatomy *a, SpinePoint p)
{
    for (int level = LEVEL_C3; level < LEVEL_COUNT; level++) {
        if (level != a->lesion_level && level != a->lesion_level - 1 && level != a->lesion_level + 1 &&
            ellipsoid_depth(p, 0, 0, anatomy_level_s(a, level), 6.5, 4.8, 3.6) > 0) {
            return true;
        }
    }
    /* a lesion in the middle leaves no level two away: take the far half of a neighbour */
    int level = a->lesion_level == LEVEL_C5 ? LEVEL_C3 : LEVEL_C5;
    double away = a->lesion_level < level ? -1.4 : 1.4;
    return ellipsoid_depth(p, 0, 0, anatomy_level_s(a, level) + away, 6.0, 4.4, 3.0) > 0;
}

/* ---- lesion ---- */

/* A number in [0, 1) for a cell of a lattice. */
static double cell_number(int i, int j, int k, uint64_t which)
{
    uint64_t hash = which * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (uint64_t)(int64_t)i) * UINT64_C(0xBF58476D1CE4E5B9);
    hash = (hash ^ (hash >> 29) ^ (uint64_t)(int64_t)j) * UINT64_C(0x94D049BB133111EB);
    hash = (hash ^ (hash >> 31) ^ (uint64_t)(int64_t)k) * UINT64_C(0xD6E8FEB86659FD93);
    return (double)(hash >> 40) * 0x1p-24;
}

/* Smooth noise in [0, 1): numbers on a lattice of this spacing, blended between. */
static double smooth_noise(SpinePoint p, double spacing_mm, uint64_t which)
{
    double at[3] = {p.x / spacing_mm, p.v / spacing_mm, p.s / spacing_mm};
    int base[3];
    double blend[3], sum = 0;
    for (int d = 0; d < 3; d++) {
        base[d] = (int)floor(at[d]);
        double t = at[d] - base[d];
        blend[d] = t * t * (3 - 2 * t);
    }
    for (int corner = 0; corner < 8; corner++) {
        int x = corner & 1, y = corner >> 1 & 1, z = corner >> 2;
        double weight =
            (x ? blend[0] : 1 - blend[0]) * (y ? blend[1] : 1 - blend[1]) * (z ? blend[2] : 1 - blend[2]);
        sum += weight * cell_number(base[0] + x, base[1] + y, base[2] + z, which);
    }
    return sum;
}

/* 1 at the lesion's edge, 0 in its middle. */
static double lesion_radius(const Anatomy *a, SpinePoint p)
{
    double dx = (p.x - a->lesion_centre.x) / a->lesion_radius_mm[0];
    double dv = (p.v - a->lesion_centre.v) / a->lesion_radius_mm[1];
    double ds = (p.s - a->lesion_centre.s) / a->lesion_radius_mm[2];
    double r = sqrt(square(dx) + square(dv) + square(ds));
    if (r > 2.6) {
        return r; /* too far out for the noise to matter */
    }
    return r / (1 + 4 * a->lesion->lobulation * (smooth_noise(p, 7, a->texture) - 0.5));
}

/* Walls between the chambers of a lesion: where the two nearest of irregularly scattered centres are equally
 * near. */
static bool in_septum(const Anatomy *a, SpinePoint p)
{
    double d = a->lesion->septum_spacing_mm;
    if (d <= 0) {
        return false;
    }
    double nearest = INFINITY, second = INFINITY;
    int base[3] = {(int)floor(p.x / d), (int)floor(p.v / d), (int)floor(p.s / d)};
    for (int n = 0; n < 27; n++) {
        int i = base[0] + n % 3 - 1, j = base[1] + n / 3 % 3 - 1, k = base[2] + n / 9 - 1;
        double x = (i + cell_number(i, j, k, a->texture + 1)) * d,
               v = (j + cell_number(i, j, k, a->texture + 2)) * d;
        double s = (k + cell_number(i, j, k, a->texture + 3)) * d;
        double distance = sqrt(square(p.x - x) + square(p.v - v) + square(p.s - s));
        if (distance < nearest) {
            second = nearest;
            nearest = distance;
        } else {
            second = fmin(second, distance);
        }
    }
    return second - nearest < 0.8;
}

/* Clumps: where smooth noise is high. The sum of eight blended uniform numbers is near normal with a mean of
 * 1/2 and a standard deviation of about 0.17, so the threshold for a share is its normal quantile. */
static bool in_focus(const Anatomy *a, SpinePoint p)
{
    double share = a->lesion->focus_share;
    if (share <= 0) {
        return false;
    }
    double quantile = share < 0.05 ? 1.8 : 1.2;
    return smooth_noise(p, 2.4, a->texture + 4) > 0.5 + 0.17 * quantile;
}

static TissueKind lesion_kind_at(const Anatomy *a, SpinePoint p, double radius)
{
    double smallest = fmin(a->lesion_radius_mm[0], fmin(a->lesion_radius_mm[1], a->lesion_radius_mm[2]));
    if (a->lesion->nidus_mm > 0 && radius * smallest < a->lesion->nidus_mm) {
        return KIND_NIDUS;
    }
    if (a->lesion->rim_mm > 0 && (1 - radius) * smallest < a->lesion->rim_mm) {
        return KIND_RIM;
    }
    if (in_septum(a, p)) {
        return KIND_SEPTUM;
    }
    if (in_focus(a, p)) {
        return KIND_FOCUS;
    }
    if (a->lesion->fluid_levels) {
        /* the patient lies on the back: cells sink backward, in each chamber to its own level */
        int chamber = (int)floor(p.s / a->lesion->septum_spacing_mm);
        double level = a->lesion_centre.v + 5 * (cell_number(chamber, 0, 0, a->texture + 5) - 0.5);
        return p.v > level ? KIND_FLUID_BOTTOM : KIND_FLUID_TOP;
    }
    return KIND_LESION;
}

/* ---- soft tissue ---- */

static AnatomyPoint canal_at(SpinePoint p)
{
    if (ellipse(p.x, p.v - canal_centre_v, cord_half_width, cord_half_depth) < 1) {
        return (AnatomyPoint){KIND_CORD, LABEL_CORD};
    }
    if (ellipse(p.x, p.v - canal_centre_v, canal_half_width, canal_half_depth) < 1) {
        return (AnatomyPoint){KIND_CSF, LABEL_CSF};
    }
    return (AnatomyPoint){KIND_FAT_PLANE, 0};
}

static AnatomyPoint neck_at(const Anatomy *a, SpinePoint p)
{
    double skin = ellipse(p.x, p.v - 9, 57, 55);
    if (skin > 1) {
        return (AnatomyPoint){KIND_AIR, 0};
    }
    if (skin > 0.87) {
        return (AnatomyPoint){KIND_SKIN_FAT, LABEL_FAT};
    }
    if (ellipse(p.x, p.v + 24, 9.5, 7.5) < 1) {
        return (AnatomyPoint){KIND_AIR, 0};
    }
    double x = fabs(p.x);
    if (square(x - 15.0) + square(p.v - 2.0) < square(1.9)) {
        return (AnatomyPoint){KIND_BLOOD, LABEL_ARTERY};
    }
    if (square(x - 27) + square(p.v + 12) < square(3.2) || square(x - 33) + square(p.v + 10) < square(4.2)) {
        return (AnatomyPoint){KIND_BLOOD, 0};
    }
    /* fat planes between the muscles */
    double plane = sin(0.26 * x + 0.10 * p.v + a->phase[0]) + 0.9 * sin(0.21 * p.v - 0.13 * x + a->phase[1]) +
                   0.25 * sin(0.15 * p.s + a->phase[2]);
    if (fabs(plane) < 0.10 || (x < 0.9 && p.v > 30)) {
        return (AnatomyPoint){KIND_FAT_PLANE, LABEL_FAT};
    }
    return (AnatomyPoint){KIND_MUSCLE, LABEL_MUSCLE};
}

static bool disc_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    for (int level = LEVEL_C2; level < LEVEL_COUNT; level++) {
        double middle = anatomy_level_s(a, level) - 0.5 * (a->body_height_mm + a->disc_height_mm);
        double across = body_outline(p.x, p.v, body_half_width * 0.97, body_half_depth * 0.98);
        if (fabs(p.s - middle) < 0.5 * a->disc_height_mm && across < 1) {
            double nucleus = ellipse(p.x, p.v - 0.5, body_half_width * 0.6, body_half_depth * 0.55);
            bool inside = nucleus < 1 && fabs(p.s - middle) < 0.42 * a->disc_height_mm;
            *out = (AnatomyPoint){inside ? KIND_NUCLEUS : KIND_ANNULUS,
                                  (uint16_t)(inside ? LABEL_DISC_C2_C3 + level : 0)};
            return true;
        }
    }
    return false;
}

static AnatomyPoint healthy_at(const Anatomy *a, SpinePoint p, double *out_bone_depth)
{
    uint16_t label = 0;
    *out_bone_depth = bone_depth(a, p, &label);
    AnatomyPoint out;
    if (ellipse(p.x, p.v - canal_centre_v, canal_half_width + 0.6, canal_half_depth + 0.6) < 1) {
        *out_bone_depth = -1;
        return canal_at(p);
    }
    if (*out_bone_depth > cortex_mm) {
        return (AnatomyPoint){KIND_TRABECULA, in_marrow_core(a, p) ? LABEL_MARROW : label};
    }
    if (*out_bone_depth > 0) {
        return (AnatomyPoint){KIND_CORTEX, label};
    }
    return disc_at(a, p, &out) ? out : neck_at(a, p);
}

AnatomyPoint anatomy_at(const Anatomy *a, Vec3 point_lps_mm)
{
    SpinePoint p = anatomy_spine_point(a, point_lps_mm);
    double depth = 0;
    AnatomyPoint healthy = healthy_at(a, p, &depth);
    double radius = lesion_radius(a, p);
    bool in_canal = healthy.kind == KIND_CORD || healthy.kind == KIND_CSF || healthy.kind == KIND_AIR;
    bool in_disc = healthy.kind == KIND_NUCLEUS || healthy.kind == KIND_ANNULUS;
    if (radius < 1 && !in_canal && !in_disc && healthy.kind != KIND_BLOOD &&
        (depth > 0 || a->lesion->breaks_cortex)) {
        bool kept_cortex = !a->lesion->breaks_cortex && healthy.kind == KIND_CORTEX;
        return kept_cortex ? healthy : (AnatomyPoint){lesion_kind_at(a, p, radius), LABEL_LESION};
    }
    double smallest = fmin(a->lesion_radius_mm[0], fmin(a->lesion_radius_mm[1], a->lesion_radius_mm[2]));
    if (a->lesion->oedema_mm > 0 && healthy.kind == KIND_TRABECULA &&
        (radius - 1) * smallest < a->lesion->oedema_mm) {
        healthy.kind = KIND_OEDEMA;
        healthy.label = healthy.label == LABEL_MARROW ? 0 : healthy.label;
    }
    return healthy;
}

static void place_lesion(Anatomy *a, Random *random)
{
    const LesionKind *kind = a->lesion;
    int levels = kind->last_level - kind->first_level + 1;
    a->lesion_level = kind->first_level + (int)(random_unit(random) * levels);
    a->side = random_unit(random) < 0.5 ? -1 : 1;
    double size = 0.88 + 0.24 * random_unit(random);
    for (int i = 0; i < 3; i++) {
        a->lesion_radius_mm[i] = kind->radius_mm[i] * size;
    }
    double s = anatomy_level_s(a, a->lesion_level);
    if (kind->posterior) {
        a->lesion_centre = (SpinePoint){a->side * 12.0, canal_centre_v + 7.0 - kind->forward_mm, s - 1.5};
    } else {
        a->lesion_centre = (SpinePoint){2.0 * (random_unit(random) - 0.5), -kind->forward_mm, s};
    }
}

void anatomy_init(Anatomy *out, const LesionKind *lesion, uint64_t seed)
{
    Random random;
    random_init(&random, random_mix(random_key(lesion->diagnosis), seed));
    *out = (Anatomy){.lesion = lesion};
    out->male = random_unit(&random) < lesion->male_share;
    out->age_years = floor(fmin(fmax(lesion->age_mean + lesion->age_sd * random_normal(&random), 4), 88));
    out->scale = (out->male ? 1.03 : 0.96) * (0.97 + 0.06 * random_unit(&random));
    out->curve_radius_mm = 140 + 90 * random_unit(&random);
    out->body_height_mm = 12.2 + 0.8 * (random_unit(&random) - 0.5);
    out->disc_height_mm = 5.4 + 0.8 * (random_unit(&random) - 0.5);
    out->texture = random_next(&random);
    for (int i = 0; i < 3; i++) {
        out->phase[i] = 4 * half_pi * random_unit(&random);
    }
    place_lesion(out, &random);
}
