/* What the files of the anatomy share: dimensions, bone, and the lesion's shape. Inside phantom/ only.
 * Depths are in mm, above 0 inside; outside they are only known to be at most 0. */
#ifndef DENS_PHANTOM_PARTS_H
#define DENS_PHANTOM_PARTS_H

#include "phantom/anatomy.h"

/* mm, for a patient of scale 1; docs/phantom.md gives each its source. */
static const double dura_half_width = 10.6, dura_half_depth = 6.5;
static const double canal_centre_v = 15.2; /* behind the middle of the bodies */
static const double pillar_x = 16.5, pillar_v = 13.0;
static const double artery_radius = 1.9, foramen_radius = 2.8;

static inline double square(double x)
{
    return x * x;
}

/* Below 1 inside the ellipse around the origin. */
double shape_ellipse(double x, double v, double half_width, double half_depth);
/* 0 below `from`, 1 above `to`, smooth between. */
double shape_step(double x, double from, double to);

/* ---- bone.c ---- */

double bone_body_half_width(int level);
double bone_body_half_depth(int level);
/* Below 1 inside a body's outline, seen from above. */
double bone_body_outline(SpinePoint p, int level);
/* Distance of a vertebral artery from the midplane: it swings out below the atlas. */
double bone_artery_x(const Anatomy *anatomy, double s);
/* The bone at a point: its depth, and the label of its vertebra. */
double bone_depth(const Anatomy *anatomy, SpinePoint p, uint16_t *out_label);
/* Trabecular bone in the middle of a body that the lesion does not touch: the reference. */
bool bone_in_marrow_core(const Anatomy *anatomy, SpinePoint p);

/* ---- growth.c ---- */

/* Smooth noise in [0, 1) of this grain. */
double growth_noise(SpinePoint p, double grain_mm, uint64_t key);
/* 0 in the lesion's middle, 1 at its edge. */
double growth_radius(const Anatomy *anatomy, SpinePoint p);
/* The tissue at a point inside it. */
TissueKind growth_kind(const Anatomy *anatomy, SpinePoint p, double radius);

#endif
