/* Vertebrae C1 to C6 as implicit functions.
 *
 * Each part returns how deep a point lies inside it; a bone is the union of its parts, and its cortex is the
 * outermost 0.8 mm. The dimensions come from morphometric series, listed in docs/phantom.md. */
#include "phantom/parts.h"

#include <math.h>

static const double corner_mm = 1.6;      /* rounding of a body's edges */
static const double axis_extra_mm = 10.0; /* the body of C2 reaches higher than the others */
static const double dens_height_mm = 15.8;

double shape_ellipse(double x, double v, double half_width, double half_depth)
{
    return sqrt(square(x / half_width) + square(v / half_depth));
}

double shape_step(double x, double from, double to)
{
    double t = fmin(fmax((x - from) / (to - from), 0), 1);
    return t * t * (3 - 2 * t);
}

/* The smaller of two depths, with the edge between their surfaces rounded. */
static double rounded_min(double a, double b, double radius)
{
    return a < radius && b < radius ? radius - hypot(radius - a, radius - b) : fmin(a, b);
}

static double ellipsoid_depth(double x, double v, double s, double rx, double rv, double rs)
{
    double r2 = square(x / rx) + square(v / rv) + square(s / rs);
    return r2 >= 1 ? -1 : (1 - sqrt(r2)) * fmin(rx, fmin(rv, rs));
}

/* ---- bodies ---- */

double bone_body_half_width(int level)
{
    return 9.5 + 0.6 * level;
}

double bone_body_half_depth(int level)
{
    return 7.5 + 0.13 * level;
}

double bone_body_outline(SpinePoint p, int level)
{
    double x = fabs(p.x) / bone_body_half_width(level), v = fabs(p.v) / bone_body_half_depth(level);
    return cbrt(x * x * x + v * v * v); /* squarer than an ellipse */
}

/* Hollow endplates; the upper one rises at its sides to the uncinate processes. */
static double body_depth(const Anatomy *a, SpinePoint p, int level)
{
    double half_height = 0.5 * a->body_height_mm, along = p.s - anatomy_level_s(a, level);
    double half_width = bone_body_half_width(level), x = fabs(p.x);
    double extra = level == LEVEL_C2 ? axis_extra_mm : 0;
    if (along < -half_height || along > half_height + 4 + extra || x > half_width ||
        fabs(p.v) > bone_body_half_depth(level)) {
        return -1;
    }
    double across = bone_body_outline(p, level);
    double uncinate = 4.0 * shape_step(x / half_width, 0.6, 1) * (extra > 0 ? 0 : 1);
    double top = half_height + extra + uncinate - 0.5 * (1 - square(across));
    double bottom = half_height - 0.8 * (1 - square(across));
    double waist = 1 - 0.07 * (1 - square(fmin(along / half_height, 1)));
    double taper =
        waist * (1 - 0.35 * shape_step(along, half_height, half_height + axis_extra_mm) * (extra > 0));
    double inside = (1 - across / taper) * bone_body_half_depth(level);
    return rounded_min(inside, fmin(top - along, bottom + along), corner_mm);
}

static double dens_depth(const Anatomy *a, SpinePoint p)
{
    double up = p.s - anatomy_level_s(a, LEVEL_C2) - 0.5 * a->body_height_mm - axis_extra_mm;
    if (up < -3 || up > dens_height_mm) {
        return -1;
    }
    double dome = fmax(0, up - (dens_height_mm - 5)) / 5;
    return (1 - sqrt(square(p.x / 4.9) + square((p.v + 0.5) / 5.6) + square(dome))) * 4.9;
}

/* ---- arch ---- */

/* Articular pillar: its joint surfaces slope down to the back by 42°, and a joint's gap stays to the next. */
static double pillar_depth(const Anatomy *a, double x, double v, double along, int level)
{
    double half = 0.5 * (a->body_height_mm + a->disc_height_mm) - 0.8;
    double sheared = along + 0.9 * (v - pillar_v);
    double across = shape_ellipse(x - pillar_x, v - pillar_v, 6.2, 6.8);
    double depth = rounded_min((1 - across) * 6.2, 0.74 * (half - fabs(sheared)), corner_mm);
    if (level == LEVEL_C2) { /* its upper joint lies in front of the pillar, beside the dens */
        depth = fmax(depth, ellipsoid_depth(x - 14.0, v - 5.0, along - 9.2, 8.2, 8.0, 6.8));
    }
    return depth;
}

/* A bar at 45° from the body's corner to the pillar, and the ring around the foramen transversarium. */
static double pedicle_depth(double x, double v, double along)
{
    double depth = -1;
    if (x > 6 && x < 16) {
        depth = fmin(2.4 - 0.71 * fabs(v - 5.5 - (x - 8)), 3.4 - fabs(along - 0.5));
    }
    double ring = sqrt(square(x - 15.0) + square(v - 2.0));
    return fmax(depth, fmin(fmin(foramen_radius + 2.1 - ring, ring - foramen_radius), 4.2 - fabs(along)));
}

static double lamina_depth(SpinePoint p, double along)
{
    double v = p.v - canal_centre_v;
    if (v < -1) {
        return -1;
    }
    double inner = shape_ellipse(p.x, v, dura_half_width + 1.2, dura_half_depth + 1.4);
    double outer = shape_ellipse(p.x, v, dura_half_width + 3.8, dura_half_depth + 4.0);
    double slope = along + 0.45 * (v - dura_half_depth) + 1;
    return fmin(fmin((1 - outer) * 10.5, (inner - 1) * 8), 5.4 - fabs(slope));
}

static double spinous_depth(double x, double v, double along, int level)
{
    double behind = v - (canal_centre_v + dura_half_depth + 2.4);
    double length = 25;
    if (behind < -1 || behind > length || x > 5) {
        return -1;
    }
    double slope = along + 0.42 * behind + 2.5;
    double half_width = 1.9 + 1.6 * square(behind / length); /* bifid tips, filled */
    double half_height = (level == LEVEL_C2 ? 5.5 : 3.6) + 1.2 * square(behind / length);
    return rounded_min(fmin(half_width - x, length - behind), half_height - fabs(slope), corner_mm);
}

static double arch_depth(const Anatomy *a, SpinePoint p, int level)
{
    double along = p.s - anatomy_level_s(a, level), x = fabs(p.x);
    double depth = fmax(pillar_depth(a, x, p.v, along, level), pedicle_depth(x, p.v, along));
    depth = fmax(depth, fmax(lamina_depth(p, along), spinous_depth(x, p.v, along, level)));
    if (level == LEVEL_C2) { /* the artery's canal through its joint mass */
        double artery = sqrt(square(x - bone_artery_x(a, p.s)) + square(p.v - 2.0));
        depth = fmin(depth, artery - foramen_radius);
    }
    return depth;
}

/* ---- atlas ---- */

static double atlas_s(const Anatomy *a)
{
    return anatomy_level_s(a, LEVEL_C2) + 0.5 * a->body_height_mm + axis_extra_mm + 7.5;
}

double bone_artery_x(const Anatomy *a, double s)
{
    return 15.0 + 10.1 * shape_step(s, atlas_s(a) - 16, atlas_s(a) - 5);
}

/* Ring, lateral masses and transverse processes around the dens. */
static double atlas_depth(const Anatomy *a, SpinePoint p)
{
    double along = p.s - atlas_s(a), x = fabs(p.x), v = p.v - 7.3;
    if (fabs(along) > 7) {
        return -1;
    }
    double depth = ellipsoid_depth(x - 18.7, p.v - 4.0, along, 5.6, 9.0, 6.6);
    depth = fmax(depth, ellipsoid_depth(x - 26.0, p.v - 3.0, along, 9.6, 5.2, 5.0));
    double outer = shape_ellipse(p.x, v, 22.5, 20.5), inner = shape_ellipse(p.x, v, 17.5, 15.0);
    double half_height = v < 0 ? 5.1 : 4.3;
    depth = fmax(depth,
                 rounded_min(fmin((1 - outer) * 20, (inner - 1) * 15), half_height - fabs(along), corner_mm));
    double artery = sqrt(square(x - bone_artery_x(a, p.s)) + square(p.v - 2.0));
    return fmin(depth, artery - foramen_radius - 0.4);
}

/* ---- the column ---- */

double bone_depth(const Anatomy *a, SpinePoint p, uint16_t *out_label)
{
    *out_label = LABEL_C1;
    if (fabs(p.x) > 36 || p.v < -14 || p.v > 50) {
        return -1; /* further out than any bone */
    }
    double best = atlas_depth(a, p);
    for (int level = 0; level < LEVEL_COUNT; level++) {
        double along = p.s - anatomy_level_s(a, level);
        if (fabs(p.x) > 25 || along > (level == LEVEL_C2 ? 33 : 16) || along < -18) {
            continue; /* beside, higher or lower than this vertebra with its processes */
        }
        double depth = p.v < bone_body_half_depth(level) ? body_depth(a, p, level) : -1;
        depth = fmax(depth, p.v > -4 ? arch_depth(a, p, level) : -1);
        depth = fmax(depth, level == LEVEL_C2 ? dens_depth(a, p) : -1);
        if (depth > best) {
            best = depth;
            *out_label = (uint16_t)(LABEL_C2 + level);
        }
    }
    return best;
}

bool bone_in_marrow_core(const Anatomy *a, SpinePoint p)
{
    for (int level = LEVEL_C3; level <= LEVEL_C5; level++) {
        if (level != a->lesion_level && level != a->lesion_level - 1 && level != a->lesion_level + 1 &&
            ellipsoid_depth(p.x, p.v, p.s - anatomy_level_s(a, level), 6.5, 4.8, 3.6) > 0) {
            return true;
        }
    }
    /* a lesion in the middle leaves no level two away: take the far half of a neighbour */
    int level = a->lesion_level == LEVEL_C5 ? LEVEL_C3 : LEVEL_C5;
    double away = a->lesion_level < level ? -1.4 : 1.4;
    return ellipsoid_depth(p.x, p.v, p.s - anatomy_level_s(a, level) - away, 6.0, 4.4, 3.0) > 0;
}
