/* The dural sac of a real volume, pushed aside by a mass. */
#ifndef DENS_PHANTOM_PUSH_H
#define DENS_PHANTOM_PUSH_H

#include "image/volume.h"
#include "phantom/lesion.h"

/* What a mass does to the sac, and what came of it. */
typedef struct {
    Vec3 from;            /* LPS: the mass' middle */
    double reach_mm;      /* along the spine: there the push is down to a third */
    EpiduralGrade grade;  /* GRADE_2 or GRADE_3 */
    Vec3 way;             /* out: unit vector, in the axial plane, from the mass to the cord */
    double cord_shift_mm; /* out: of the cord's middle at the height of `from`, along `way` */
    double cord_depth_mm, cord_depth_left; /* out: of the cord there, before; and the share of it after */
} Push;

/* 0 … 1: how much of a push there is at the height of a point. */
double push_wane(const Push *push, Vec3 point);
/* The label of the voxel that a point lies in; 0 outside. */
uint16_t push_label(const Mask *labels, Vec3 point);
/* Is there a cord with CSF before it (labels of the scheme dens) at the height of a point? */
bool push_can(const Mask *labels, Vec3 from);
/* Moves the voxels of sac and cord, and their labels; `mass` is 1 where the mass takes what was the sac's, 0
 * elsewhere. Both volumes and the map lie on one grid. */
bool push_sac(Push *push, Volume *volume, Mask *labels, uint8_t *mass, DensError **err) DENS_MUST_USE;

#endif
