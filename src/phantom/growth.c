/* The lesion's shape and what is inside it: an ellipsoid with lobes, chambers with walls, clumps, and fluid
 * that has settled. The noise is a hash of lattice cells, so that a point's tissue depends on nothing but the
 * patient and the point. */
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
    double at[3] = {p.x / grain_mm, p.v / grain_mm, p.s / grain_mm};
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

double growth_radius(const Anatomy *a, SpinePoint p)
{
    double r = sqrt(square((p.x - a->lesion_centre.x) / a->lesion_radius_mm[0]) +
                    square((p.v - a->lesion_centre.v) / a->lesion_radius_mm[1]) +
                    square((p.s - a->lesion_centre.s) / a->lesion_radius_mm[2]));
    double lobulation = a->lesion->lobulation;
    if (lobulation <= 0 || r > 1 + 2 * lobulation) {
        return r; /* no lobe reaches there */
    }
    return r / (1 + 4 * lobulation * (growth_noise(p, 7, a->texture) - 0.5));
}

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

/* Clumps: where smooth noise is high. The sum of eight blended uniform numbers is near normal with a mean of
 * 1/2 and a standard deviation of about 0.17. */
static bool in_focus(const Anatomy *a, SpinePoint p)
{
    double quantile = a->lesion->focus_quantile;
    return quantile > 0 && growth_noise(p, 2.4, a->texture + 4) > 0.5 + 0.17 * quantile;
}

TissueKind growth_kind(const Anatomy *a, SpinePoint p, double radius)
{
    const LesionKind *lesion = a->lesion;
    double smallest = fmin(a->lesion_radius_mm[0], fmin(a->lesion_radius_mm[1], a->lesion_radius_mm[2]));
    if (radius * smallest < lesion->centre_mm) {
        return KIND_CENTRE;
    }
    if ((1 - radius) * smallest < lesion->rim_mm) {
        return KIND_RIM;
    }
    if (lesion->chamber_mm > 0) {
        Chamber chamber = chamber_at(a, p);
        if (chamber.to_wall < lesion->wall_mm) {
            return KIND_SEPTUM;
        }
        if (lesion->fluid_levels) { /* the patient lies on the back: cells sink backward in each chamber */
            return p.v > chamber.centre_v ? KIND_FLUID_BOTTOM : KIND_FLUID_TOP;
        }
    }
    return in_focus(a, p) ? KIND_FOCUS : KIND_LESION;
}
