/* Where one image lies to another of the same patient, when no common frame of reference says it. */
#ifndef DENS_ALIGN_ALIGN_H
#define DENS_ALIGN_ALIGN_H

#include "image/volume.h"

/* A rigid motion: point of `moving` = turn · point of `fixed` + shift; LPS, mm. */
typedef struct {
    double turn[3][3];
    Vec3 shift_mm;
} Rigid;

Vec3 rigid_apply(const Rigid *rigid, Vec3 point_lps_mm);
double rigid_angle_deg(const Rigid *rigid);
/* The grid whose points are those of `grid`, moved: what is sampled there lies on `grid` in the other image.
 */
Geometry rigid_move_grid(const Rigid *rigid, const Geometry *grid);

/* The rigid motion that brings two images of one neck together, by mutual information, so that they may be of
 * different kinds. Both begin with their middles on each other. Runs elastix
 * (https://elastix.dev), which must be installed; the same images give the same motion.
 * Errors: elastix is not there (usage), images that it cannot bring together (input), a result that is no
 * motion of a few centimetres (input). No figure tells whether the images truly fit: look at them. */
bool align_rigid(Rigid *out, const Volume *fixed, const Volume *moving, DensError **err) DENS_MUST_USE;

#endif
