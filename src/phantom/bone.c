/* Vertebrae C2 to T1 as implicit functions.
 *
 * Each part returns how deep a point lies inside it; a vertebra is the smooth union of its parts, and its
 * cortex is the outermost layer. The dimensions come from morphometric series, listed in docs/phantom.md. */
#include "phantom/parts.h"

#include <math.h>

static const double corner_mm = 1.6;      /* rounding of a body's edges */
static const double blend_mm = 1.4;       /* of two parts that meet */
static const double endplate_slope = 0.1; /* down to the front, 6° */
static const double facet_slope = 0.95;   /* of the joints: 43.5° */
static const double joint_gap_mm = 1.2;

/* ---- union ---- */

void bone_join(Bone *bone, double depth, int part)
{
    double blend = blend_mm - fabs(depth - bone->depth);
    if (depth > bone->depth) {
        bone->depth = depth;
        bone->part = part;
    }
    if (blend > 0) {
        bone->depth += blend * blend / (4 * blend_mm);
    }
}

void bone_join_pair(Bone *bone, double depth, int left_part, double x)
{
    bone_join(bone, depth, left_part + (x < 0));
}

/* ---- bodies ---- */

double bone_along(const LevelShape *level, SpinePoint p)
{
    return p.s - level->s - endplate_slope * p.v;
}

double bone_body_outline(const LevelShape *level, SpinePoint p)
{
    double x = fabs(p.x) / level->half_width, v = fabs(p.v) / level->half_depth;
    return cbrt(x * x * x + v * v * v); /* squarer than an ellipse */
}

/* Hollow endplates; the upper one rises at its sides to the uncinate processes, the lower one reaches down
 * at its front. */
static double body_depth(const LevelShape *level, SpinePoint p, bool axis, bool uncinate)
{
    double along = bone_along(level, p), extra = axis ? axis_extra_mm : 0, x = fabs(p.x);
    if (along < -level->half_height - 2 || along > level->half_height + 5 + extra ||
        x > level->half_width + 1.5 || fabs(p.v) > level->half_depth + 1.5) {
        return far_outside;
    }
    double across = bone_body_outline(level, p);
    double hollow = (1 - square(across)) * fmin(1, level->half_height / 4); /* a collapsed body is flat */
    double rise = uncinate ? level->uncinate * shape_step(x / level->half_width, 0.6, 1) : 0;
    rise -= axis ? 0 : level->wedge * shape_step(-p.v / level->half_depth, -0.4, 1);
    double lip = 0.8 * shape_step(-p.v / level->half_depth, 0.5, 1);
    double top = level->half_height + extra + rise - 0.4 * hollow;
    double bottom = level->half_height + lip - 0.8 * hollow;
    double height = fmin(fabs(along) / level->half_height, 1);
    double waist = 1 - 0.07 * (1 - square(height));
    if (axis) {
        waist *= 1 - 0.35 * shape_step(along, level->half_height, level->half_height + axis_extra_mm);
    }
    double inside = (1 - across / waist) * level->half_depth;
    return shape_rounded_min(inside, fmin(top - along, bottom + along), corner_mm);
}

static double dens_depth(const LevelShape *level, SpinePoint p)
{
    double up = p.s - level->s - level->half_height - axis_extra_mm;
    if (up < -4 || up > dens_height_mm + 2 || fabs(p.x) > 7 || fabs(p.v) > 9) {
        return far_outside;
    }
    double neck = 1 - 0.1 * shape_step(6 - fabs(up - 3), 0, 6); /* narrowest at its base */
    double dome = fmax(0, up - (dens_height_mm - 5)) / 5;
    double v = p.v - 0.5 - 0.08 * up; /* leans back */
    return (1 - sqrt(square(p.x / (4.9 * neck)) + square(v / (5.6 * neck)) + square(dome))) * 4.9;
}

/* ---- arch: x is the distance from the midplane ---- */

/* Articular pillar between two joints whose surfaces slope down to the back. */
static double pillar_depth(const LevelShape *level, double x, SpinePoint p)
{
    double sheared = p.s + facet_slope * (p.v - pillar_v);
    double inside = fmin(level->high - sheared, sheared - level->low) - 0.5 * joint_gap_mm;
    if (inside < -3) {
        return far_outside;
    }
    double a = (x - pillar_x) / 5.7, b = (p.v - pillar_v) / 6.6;
    return shape_rounded_min((1 - sqrt(a * a + b * b)) * 5.9, 0.73 * inside, corner_mm);
}

/* The ring around the foramen transversarium with its two tubercles. */
static double transverse_depth(double x, double v, double along, bool rib)
{
    if (along > 8 || along < -9) {
        return far_outside;
    }
    SpinePoint p = {x, v, along};
    if (rib) { /* T1: a long process to the side and back; no foramen */
        return shape_bar_depth(p, (SpinePoint){16, 13, 3}, (SpinePoint){34, 21, 4}, 4.2, 4.6, 1.2);
    }
    double ring = sqrt(square(x - 15.0) + square(v - 2.0));
    double wall = fmin(foramen_radius + 1.7 - ring, ring - foramen_radius);
    double depth = shape_rounded_min(wall, 3.6 - fabs(along + 0.5), 1.0);
    depth = fmax(depth, shape_bar_depth(p, (SpinePoint){18.6, -0.5, -0.5}, (SpinePoint){21.5, -1.5, -3}, 1.8,
                                        2.0, 1.2));
    depth = fmax(depth,
                 shape_bar_depth(p, (SpinePoint){18.5, 5.5, -1}, (SpinePoint){23.5, 6.5, -4}, 2.0, 2.2, 1.2));
    return fmin(depth, ring - foramen_radius);
}

/* A straight plate from the pillar to the spinous process, its lower edge further back. */
static double lamina_depth(double x, double v, double along)
{
    double slope = along + 0.35 * (v - 20) + 1.5;
    if (fabs(slope) > 8) {
        return far_outside;
    }
    double thick = shape_bar_depth((SpinePoint){x, v + 0.2 * slope, 0}, (SpinePoint){15.5, 17.8, 0},
                                   (SpinePoint){0, 24.9, 0}, 1.5, 1.5, 1);
    return shape_rounded_min(thick, 5.4 - fabs(slope), 1.2);
}

static double spinous_depth(const LevelShape *level, double x, double v, double along, bool bifid, bool large)
{
    double behind = v - 23.5, reach = level->spinous_length;
    if (behind < -2 || behind > reach + 4 || x > 9) {
        return far_outside;
    }
    double end = bifid ? reach - 6 : reach - 3;
    SpinePoint p = {x, v, along}, root = {0, 25, -2.5},
               tip = {0, 23.5 + end, -2.5 - level->spinous_drop * end};
    double depth = shape_bar_depth(p, root, tip, 2.1, bifid ? 2.1 : 2.8, large ? 3.4 : 2.5);
    if (bifid) {
        SpinePoint side = {3.6, 23.5 + reach - 2, tip.s - 1.8};
        depth = fmax(depth, shape_bar_depth(p, tip, side, 2.1, 2.3, large ? 1.8 : 1.4));
    }
    return depth;
}

static void join_arch(Bone *bone, const LevelShape *level, SpinePoint p)
{
    double x = fabs(p.x), along = p.s - level->s;
    bool axis = bone->level == LEVEL_C2, thoracic = bone->level == LEVEL_T1;
    if (x < 36 && p.v < 28) {
        bone_join_pair(bone, transverse_depth(x, p.v, along + (axis ? 3 : 0), thoracic), PART_TRANSVERSE,
                       p.x);
    }
    if (x > 5 && x < 18 && p.v < 16) {
        SpinePoint here = {x, p.v, along};
        double radius = axis ? 4.0 : thoracic ? 3.6 : 2.4;
        bone_join_pair(bone,
                       shape_bar_depth(here, (SpinePoint){8.0, 5.0, 1.5}, (SpinePoint){14.5, 11.5, 0.5},
                                       radius, radius, axis ? 1.2 : 1.42),
                       PART_PEDICLE, p.x);
    }
    if (x > 9 && x < 25 && p.v > 3 && p.v < 22) {
        bone_join_pair(bone, pillar_depth(level, x, p), PART_ARTICULAR, p.x);
    }
    if (axis) { /* its upper joint lies in front of the pillar, beside the dens */
        bone_join_pair(bone, shape_ellipsoid_depth(x - 14.0, p.v - 4.0, along - 9.0, 8.2, 8.0, 7.0),
                       PART_ARTICULAR, p.x);
    }
    if (p.v > 14) {
        bone_join_pair(bone, lamina_depth(x, p.v, along), PART_LAMINA, p.x);
        bone_join(bone, spinous_depth(level, x, p.v, along, bone->level <= LEVEL_C5, axis), PART_SPINOUS);
    }
}

static Bone vertebra_at(const Anatomy *a, const Profile *profile, SpinePoint p, int number)
{
    const LevelShape *level = &a->levels[number];
    Bone bone = {far_outside, number, PART_BODY};
    bool axis = number == LEVEL_C2;
    if (p.v < 11) {
        bone_join(&bone, body_depth(level, p, axis, !axis && number != LEVEL_T1), PART_BODY);
        if (axis) {
            bone_join(&bone, dens_depth(level, p), PART_DENS);
        }
    }
    if (p.v > -5) {
        join_arch(&bone, level, p);
    }
    if (number <= LEVEL_C6) { /* the arteries keep their canal */
        bone.depth = fmin(bone.depth, bone_artery_distance(profile, p) - foramen_radius);
    }
    return bone;
}

/* ---- the column ---- */

double bone_artery_distance(const Profile *profile, SpinePoint p)
{
    return sqrt(square(fabs(p.x) - profile->artery_x) + square(p.v - profile->artery_v));
}

Bone bone_at(const Anatomy *a, const Profile *profile, SpinePoint p)
{
    Bone best = {far_outside, LEVEL_C7, PART_BODY};
    double atlas = bone_atlas_s(a);
    if (p.s > atlas - 9) {
        Bone one = p.s < atlas + 9 ? bone_of_atlas(a, profile, p) : best;
        best = one.depth > best.depth ? one : best;
        one = bone_of_skull(a, p);
        best = one.depth > best.depth ? one : best;
    }
    if (fabs(p.x) > 40 || p.v < -13 || p.v > 75) {
        return best; /* further out than any vertebra below */
    }
    for (int number = LEVEL_C2; number <= LEVEL_T1; number++) {
        double along = p.s - a->levels[number].s;
        if (along > (number == LEVEL_C2 ? 34 : 16) || along < -18 - 0.6 * fmax(0, p.v - 23)) {
            continue; /* higher or lower than this vertebra with its processes */
        }
        Bone one = vertebra_at(a, profile, p, number);
        best = one.depth > best.depth ? one : best;
    }
    return best;
}

bool bone_is_open(const Anatomy *a, const Bone *bone, SpinePoint p)
{
    if (bone->level == LEVEL_C1) { /* between the anterior arch and the lateral masses */
        return a->age_years < 7 && p.v < 4 && fabs(fabs(p.x) - 9 - 0.5 * p.v) < 1.1;
    }
    if (bone->level != LEVEL_C2 || p.v > 9) {
        return false;
    }
    double up = p.s - a->levels[LEVEL_C2].s - a->levels[LEVEL_C2].half_height - axis_extra_mm;
    if (a->age_years < 5 && fabs(up + 4) < 1.1 && fabs(p.x) < 9) { /* between dens and body */
        return true;
    }
    return a->age_years < 8 && up > dens_height_mm - 4.5 && fabs(up - dens_height_mm + 3.6) < 0.9;
}

bool bone_in_marrow_core(const Anatomy *a, SpinePoint p)
{
    for (int number = LEVEL_C3; number <= LEVEL_T1; number++) {
        const LevelShape *level = &a->levels[number];
        if (fabs(p.s - level->s) < 5 && (number > a->lesion_level + 1 || number < a->lesion_level - 1)) {
            return shape_ellipsoid_depth(p.x, p.v, bone_along(level, p), 6.5, 4.8, 3.6) > 0;
        }
    }
    return false;
}
