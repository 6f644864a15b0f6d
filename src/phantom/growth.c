/* The lesion's shape and what is inside it: ellipsoids with lobes, chambers with walls, clumps, rings,
 * columns, and fluid that has settled. The noise is a hash of lattice cells, so that a point's tissue depends
 * on nothing but the patient and the point. */
#include "phantom/parts.h"

#include <math.h>

/* A number in [0, 1) for a cell of a lattice. */
static double cell_number(int i, int j, int k, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (uint64_t)(int64_t)i) * UINT64_C(0xBF58476D1CE4E5B9);
    hash = (hash ^ (hash >> 29) ^ (uint64_t)(int64_t)j) * UINT64_C(0x94D049BB133111EB);
    hash = (hash ^ (hash >> 31) ^ (uint64_t)(int64_t)k) * UINT64_C(0xD6E8FEB86659FD93);
    return (double)(hash >> 40) * 0x1p-24;
}

double growth_noise(SpinePoint p, double grain_mm, uint64_t key)
{
    /* the lattice lies askew, so that its cells are not seen as blocks along the axes of the body */
    double at[3] = {(0.36 * p.x + 0.48 * p.v - 0.8 * p.s) / grain_mm, (0.6 * p.v - 0.8 * p.x) / grain_mm,
                    (0.48 * p.x + 0.64 * p.v + 0.6 * p.s) / grain_mm};
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
        sum += weight * cell_number(base[0] + x, base[1] + y, base[2] + z, key);
    }
    return sum;
}

/* ---- outline ---- */

/* Depth in an ellipsoid and what belongs to it; negative outside. */
static Growth ellipsoid_growth(SpinePoint p, SpinePoint centre, const double radius_mm[3])
{
    double r = sqrt(square((p.x - centre.x) / radius_mm[0]) + square((p.v - centre.v) / radius_mm[1]) +
                    square((p.s - centre.s) / radius_mm[2]));
    double smallest = fmin(radius_mm[0], fmin(radius_mm[1], radius_mm[2]));
    return (Growth){.radius = r, .depth_mm = (1 - r) * smallest};
}

Growth growth_at(const Anatomy *a, SpinePoint p)
{
    const LesionKind *kind = a->lesion;
    Growth best = ellipsoid_growth(p, a->lesion_centre, a->lesion_radius_mm);
    if (best.depth_mm < -60) {
        return best; /* far from all of it */
    }
    best.main_radius = best.radius;
    for (int i = 0; i < MOST_LOBES && kind->lobes[i].radius_mm[0] > 0; i++) {
        const LesionLobe *lobe = &kind->lobes[i];
        double size = a->lesion_radius_mm[0] / kind->radius_mm[0], radius_mm[3];
        for (int d = 0; d < 3; d++) {
            radius_mm[d] = lobe->radius_mm[d] * size;
        }
        SpinePoint centre = {a->lesion_centre.x + a->side * lobe->side * size,
                             a->lesion_centre.v + lobe->back * size, a->lesion_centre.s + lobe->up * size};
        Growth one = ellipsoid_growth(p, centre, radius_mm);
        if (one.depth_mm > best.depth_mm) {
            one.main_radius = best.main_radius;
            one.lobe = true;
            best = one;
        }
    }
    if (best.depth_mm < -14 && best.radius > 1 + 2 * (kind->lobulation + kind->spicules)) {
        return best; /* no lobe reaches there, and no reaction of the tissue */
    }
    double wave = kind->lobulation > 0 ? 4 * kind->lobulation * (growth_noise(p, 7, a->texture) - 0.5) : 0;
    if (kind->spicules > 0) {
        wave += 4 * kind->spicules * (growth_noise(p, 1.3, a->texture + 10) - 0.5);
    }
    double size = fabs(1 - best.radius) > 1e-9 ? best.depth_mm / (1 - best.radius) : 1;
    best.radius /= 1 + wave;
    best.depth_mm = (1 - best.radius) * size;
    return best;
}

/* Depth in the nearest of the further lesions. */
double growth_other_depth(const Anatomy *a, SpinePoint p)
{
    double best = far_outside;
    for (int i = 0; i < a->other_count; i++) {
        const OtherLesion *other = &a->others[i];
        double dx = p.x - other->centre.x, dv = p.v - other->centre.v, ds = p.s - other->centre.s;
        if (fabs(ds) < 12 && fabs(dx) < 12 && fabs(dv) < 12) {
            best = fmax(best, other->radius_mm - sqrt(dx * dx + dv * dv + ds * ds));
        }
    }
    return best;
}

/* ---- inside ---- */

/* The chamber that a point is in: the nearest of irregularly scattered centres. */
typedef struct {
    double to_wall; /* mm to the wall to the second nearest, twice */
    double centre_v;
} Chamber;

static Chamber chamber_at(const Anatomy *a, SpinePoint p)
{
    double d = a->lesion->chamber_mm, nearest = INFINITY, second = INFINITY, centre_v = 0;
    int base[3] = {(int)floor(p.x / d), (int)floor(p.v / d), (int)floor(p.s / d)};
    for (int n = 0; n < 27; n++) {
        int i = base[0] + n % 3 - 1, j = base[1] + n / 3 % 3 - 1, k = base[2] + n / 9 - 1;
        double x = (i + cell_number(i, j, k, a->texture + 1)) * d;
        double v = (j + cell_number(i, j, k, a->texture + 2)) * d;
        double s = (k + cell_number(i, j, k, a->texture + 3)) * d;
        double distance = sqrt(square(p.x - x) + square(p.v - v) + square(p.s - s));
        if (distance < nearest) {
            second = nearest;
            nearest = distance;
            centre_v = v;
        } else {
            second = fmin(second, distance);
        }
    }
    return (Chamber){second - nearest, centre_v};
}

/* Thick trabeculae from endplate to endplate, seen from above as dots. */
static bool in_column(const Anatomy *a, SpinePoint p)
{
    const double pitch = 3.0;
    int i = (int)floor(p.x / pitch), j = (int)floor(p.v / pitch);
    double x = (i + 0.3 + 0.4 * cell_number(i, j, 0, a->texture + 11)) * pitch;
    double v = (j + 0.3 + 0.4 * cell_number(i, j, 1, a->texture + 11)) * pitch;
    return square(p.x - x) + square(p.v - v) < square(0.75);
}

/* Mineral: where smooth noise is high. The sum of eight blended uniform numbers is near normal with a mean of
 * 1/2 and a standard deviation of about 0.17. */
static bool in_focus(const Anatomy *a, SpinePoint p, const Growth *growth, bool bone)
{
    const LesionKind *kind = a->lesion;
    switch (kind->pattern) {
    case FOCUS_CLUMPS:
        return growth_noise(p, 2.4, a->texture + 4) > 0.5 + 0.17 * kind->focus_quantile;
    case FOCUS_CLOUD:
        return growth_noise(p, 5.0, a->texture + 4) + 0.25 * (growth_noise(p, 1.7, a->texture + 5) - 0.5) >
               0.5 + 0.17 * kind->focus_quantile;
    case FOCUS_RINGS:
        return fabs(growth_noise(p, 4.2, a->texture + 4) - 0.66) < 0.035 ||
               growth_noise(p, 1.8, a->texture + 5) > 0.88;
    case FOCUS_COLUMNS:
        return bone && in_column(a, p);
    case FOCUS_SHELL:
        return growth->depth_mm < kind->rim_mm + 0.9;
    case FOCUS_NONE:
        break;
    }
    return false;
}

TissueKind growth_kind(const Anatomy *a, SpinePoint p, const Growth *growth, bool bone)
{
    const LesionKind *kind = a->lesion;
    double smallest = fmin(a->lesion_radius_mm[0], fmin(a->lesion_radius_mm[1], a->lesion_radius_mm[2]));
    if (growth->main_radius * smallest < kind->centre_mm) {
        return KIND_CENTRE;
    }
    if (kind->abscess) {
        return growth->lobe && growth->depth_mm > 1.8 ? KIND_FLUID_TOP : KIND_LESION;
    }
    if (kind->pattern == FOCUS_SHELL && bone) {
        return KIND_LESION; /* its marrow goes on into the bone's */
    }
    if (growth->depth_mm < kind->rim_mm) {
        return KIND_RIM;
    }
    if (kind->chamber_mm > 0) {
        Chamber chamber = chamber_at(a, p);
        if (chamber.to_wall < kind->wall_mm) {
            return KIND_SEPTUM;
        }
        if (kind->fluid_levels) { /* the patient lies on the back: cells sink backward in each chamber */
            return p.v > chamber.centre_v ? KIND_FLUID_BOTTOM : KIND_FLUID_TOP;
        }
    }
    return in_focus(a, p, growth, bone) ? KIND_FOCUS : KIND_LESION;
}
