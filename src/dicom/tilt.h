/* Undoing a gantry tilt. */
#ifndef DENS_DICOM_TILT_H
#define DENS_DICOM_TILT_H

#include "image/volume.h"

/* The volume whose slice k lies k·drift beside where its (orthogonal) geometry says, on an orthogonal grid
 * that is wide enough for all slices. In-plane linear interpolation; `fill` where no slice was. */
Volume *tilt_straighten(const Volume *volume, Vec3 drift_lps_mm, float fill, DensError **err) DENS_MUST_USE;

#endif
