/* The atlas and the occipital bone: clivus, condyles, and the wall of the posterior fossa. */
#include "phantom/parts.h"

#include <math.h>

static const double basion_gap_mm = 5;           /* between the tip of the dens and the basion */
static const double fossa_v = 24, fossa_up = 40; /* middle of the fossa, above the foramen magnum */
static const double fossa_half_width = 52, fossa_half_depth = 46, fossa_half_height = 42;
static const double magnum_v = 18, magnum_half_width = 15, magnum_half_depth = 17.5;

double bone_atlas_s(const Anatomy *a)
{
    const LevelShape *axis = &a->levels[LEVEL_C2];
    return axis->s + axis->half_height + axis_extra_mm + 7.5;
}

double bone_magnum_s(const Anatomy *a)
{
    const LevelShape *axis = &a->levels[LEVEL_C2];
    return axis->s + axis->half_height + axis_extra_mm + dens_height_mm + basion_gap_mm;
}

/* Ring, lateral masses and transverse processes around the dens. */
Bone bone_of_atlas(const Anatomy *a, const Profile *profile, SpinePoint p)
{
    Bone bone = {far_outside, LEVEL_C1, PART_LATERAL_MASS};
    double along = p.s - bone_atlas_s(a), x = fabs(p.x), v = p.v - 7.3;
    if (fabs(along) > 9 || x > 38 || p.v < -16 || p.v > 31) {
        return bone;
    }
    double outer = shape_ellipse(x, v, 22.5, 20.5), inner = shape_ellipse(x, v, 18.0, 15.0);
    double half_height = v < 0 ? 5.1 : 4.3;
    double ring = shape_rounded_min(fmin((1 - outer) * 20, (inner - 1) * 15), half_height - fabs(along), 1.6);
    bone_join(&bone, ring, v < 0 ? PART_ANTERIOR_ARCH : PART_POSTERIOR_ARCH);
    bone_join_pair(&bone, shape_ellipsoid_depth(x - 18.2, p.v - 4.0, along, 6.4, 9.4, 6.9), PART_LATERAL_MASS,
                   p.x);
    SpinePoint here = {x, p.v, along};
    bone_join_pair(&bone,
                   shape_bar_depth(here, (SpinePoint){20, 3.5, 0}, (SpinePoint){33, 5, -1.5}, 5.4, 2.6, 1),
                   PART_TRANSVERSE, p.x);
    bone.depth = fmin(bone.depth, bone_artery_distance(profile, p) - foramen_radius - 0.4);
    return bone;
}

/* Depth below the back surface of the clivus, which rises to the front by 45° from the basion. */
static double below_clivus(const Anatomy *a, SpinePoint p)
{
    return -(p.v - 0.5 + (p.s - bone_magnum_s(a))) * 0.7071;
}

double bone_skull_cavity(const Anatomy *a, SpinePoint p)
{
    double up = p.s - bone_magnum_s(a);
    if (up < -8) {
        return far_outside;
    }
    double fossa = shape_ellipsoid_depth(p.x, p.v - fossa_v, up - fossa_up, fossa_half_width,
                                         fossa_half_depth, fossa_half_height);
    return fmin(fossa, -below_clivus(a, p));
}

Bone bone_of_skull(const Anatomy *a, SpinePoint p)
{
    Bone bone = {far_outside, LEVEL_C0, PART_OCCIPUT};
    double up = p.s - bone_magnum_s(a), x = fabs(p.x);
    if (up < -11) {
        return bone;
    }
    double under = below_clivus(a, p), along = (up - p.v + 0.5) * 0.7071;
    if (x < 22 && under > -3 && along > -3) {
        double thick = 6 + 0.18 * along;
        double plate =
            shape_rounded_min(fmin(under, thick - under), fmin(along + 0.5, 9 + 0.28 * along - x), 1.8);
        bone_join(&bone, plate, PART_CLIVUS);
    }
    bone_join_pair(&bone,
                   shape_ellipsoid_depth(x - 17.5, p.v - 5.5 + 0.35 * (x - 17.5), up + 0.8, 5.6, 10.5, 5.8),
                   PART_CONDYLE, p.x);
    double fossa = shape_ellipsoid_depth(p.x, p.v - fossa_v, up - fossa_up, fossa_half_width,
                                         fossa_half_depth, fossa_half_height);
    if (fossa < 1 && fossa > -8 && p.v > -2) {
        double wall = 5 + 3 * shape_step(x, 20, 5) * shape_step(p.v, 40, 62); /* the protuberance */
        double hole = (shape_ellipse(x, p.v - magnum_v, magnum_half_width, magnum_half_depth) - 1) * 15;
        bone_join(&bone, shape_rounded_min(fmin(-fossa, wall + fossa), hole, 1.8), PART_OCCIPUT);
    }
    return bone;
}
