/* Undoing a gantry tilt. */
#ifndef DENS_DICOM_TILT_H
#define DENS_DICOM_TILT_H

#include "image/geometry.h"

/* One axis of the plane. */
typedef struct {
    double shift; /* from slice to slice, in voxels */
    double first; /* index of the new grid's first voxel, counted in slice 0 */
    size_t size;  /* of the new grid */
} TiltAxis;

typedef struct {
    Geometry from; /* orthogonal; its slice k lies k·drift beside where it says */
    Geometry to;   /* orthogonal, and wide enough for all slices */
    TiltAxis axis[2];
} Tilt;

void tilt_plan(Tilt *out, const Geometry *from, Vec3 drift_lps_mm);
/* One slice on the new grid, by linear interpolation in its plane; `fill` where the slice was not. */
void tilt_slice(const Tilt *tilt, size_t k, const float *slice, float fill, float *out);

#endif
