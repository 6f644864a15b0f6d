/* What the files of the anatomy share: dimensions, bone, soft tissue, and the lesion's shape. Inside phantom/
 * only. Depths are in mm, above 0 inside; outside they are distances with a minus sign near the surface, and
 * at most 0 elsewhere. */
#ifndef DENS_PHANTOM_PARTS_H
#define DENS_PHANTOM_PARTS_H

#include "phantom/anatomy.h"

/* mm, for a patient of scale 1; docs/phantom.md gives each its source. */
static const double canal_centre_v = 15.2; /* behind the middle of the bodies */
static const double pillar_x = 17.0, pillar_v = 13.0;
static const double artery_radius = 1.9, foramen_radius = 2.8;
static const double axis_extra_mm = 10.0; /* the body of C2 reaches higher than the others */
static const double dens_height_mm = 15.8;
static const double far_outside = -9; /* no part within reach */

static inline double square(double x)
{
    return x * x;
}

/* Below 1 inside the ellipse around the origin. */
double shape_ellipse(double x, double v, double half_width, double half_depth);
/* The same in space, as a depth that is right near the surface. */
double shape_ellipsoid_depth(double x, double v, double s, double rx, double rv, double rs);
/* A rounded bar between two points with a radius at each end, `flat` times as high as it is wide. */
double shape_bar_depth(SpinePoint p, SpinePoint from, SpinePoint to, double from_radius, double to_radius,
                       double flat);
/* 0 below `from`, 1 above `to`, smooth between. */
double shape_step(double x, double from, double to);
/* The smaller of two depths, with the edge between their surfaces rounded. */
double shape_rounded_min(double a, double b, double radius);

/* ---- bone.c, skull.c ---- */

typedef struct {
    double depth;
    int level;
    int part; /* VertebraPart, with its side */
} Bone;

/* Adds a part: a smooth union. `part` of a pair is the left one's; x tells the side. */
void bone_join(Bone *bone, double depth, int part);
void bone_join_pair(Bone *bone, double depth, int left_part, double x);
/* Below 1 inside a body's outline, seen from above. */
double bone_body_outline(const LevelShape *level, SpinePoint p);
/* Height above the middle of a vertebra whose endplates slope down to the front. */
double bone_along(const LevelShape *level, SpinePoint p);
/* Middle of the atlas, and of the foramen magnum. */
double bone_atlas_s(const Anatomy *anatomy);
double bone_magnum_s(const Anatomy *anatomy);
/* How far a point is from the middle of the nearer vertebral artery. */
double bone_artery_distance(const Profile *profile, SpinePoint p);
/* The bone at a point: the deepest of all. */
Bone bone_at(const Anatomy *anatomy, const Profile *profile, SpinePoint p);
Bone bone_of_atlas(const Anatomy *anatomy, const Profile *profile, SpinePoint p);
Bone bone_of_skull(const Anatomy *anatomy, SpinePoint p);
/* Inside the skull, mm from its inner table. */
double bone_skull_cavity(const Anatomy *anatomy, SpinePoint p);
/* Is it cartilage still: a synchondrosis of atlas or axis, or below the tip of the dens? */
bool bone_is_open(const Anatomy *anatomy, const Bone *bone, SpinePoint p);
/* Trabecular bone in the middle of a body that the lesion does not touch: the reference. */
bool bone_in_marrow_core(const Anatomy *anatomy, SpinePoint p);

/* ---- soft.c: all that is no bone ---- */

AnatomyPoint soft_at(const Anatomy *anatomy, const Profile *profile, SpinePoint p);
/* The dural sac and what is in it, pushed in by the lesion; false outside. */
/* How far the lesion pushes the sac in at a place along the spine, mm. */
double soft_intrusion_mm(const Anatomy *anatomy, double s);
bool soft_sac_at(const Anatomy *anatomy, const Profile *profile, SpinePoint p, AnatomyPoint *out);

/* ---- muscle.c ---- */

/* How deep below the skin's surface, mm; below 0 outside of the neck. */
double muscle_skin_depth(const Profile *profile, SpinePoint p);
/* The thickness of the skin with the fat under it, mm. */
double muscle_skin_fat_mm(SpinePoint p);
/* Muscle, or the fat between muscles. */
AnatomyPoint muscle_at(const Anatomy *anatomy, const Profile *profile, SpinePoint p);

/* ---- growth.c ---- */

/* Smooth noise in [0, 1) of this grain. */
double growth_noise(SpinePoint p, double grain_mm, uint64_t key);
/* A point and the lesion: `radius` 0 in a middle, 1 at the edge; depth above 0 inside; `main_radius` is that
 * of the lesion without its lobes. */
typedef struct {
    double radius, depth_mm, main_radius;
    bool lobe;
} Growth;
Growth growth_at(const Anatomy *anatomy, SpinePoint p);
/* Depth in the nearest of the further lesions. */
double growth_other_depth(const Anatomy *anatomy, SpinePoint p);
/* The tissue at a point inside it; `bone`: there was bone. */
TissueKind growth_kind(const Anatomy *anatomy, SpinePoint p, const Growth *growth, bool bone);

#endif
