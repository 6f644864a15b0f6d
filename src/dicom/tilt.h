/* Undoing a gantry tilt. */
#ifndef DENS_DICOM_TILT_H
#define DENS_DICOM_TILT_H

#include "image/geometry.h"

#include <stdbool.h>

/* One axis of the plane. */
typedef struct {
    double shift; /* in voxels, for each mm along the normal */
    double first; /* index of the new grid's first voxel, counted in the first slice */
    size_t size;  /* of the new grid */
} TiltAxis;

typedef struct {
    Geometry from; /* orthogonal; a slice lies distance · drift beside where it says */
    Geometry to;   /* orthogonal, and wide enough for all slices */
    TiltAxis axis[2];
} Tilt;

/* For slices that reach `length_mm` from the first to the last, each shifted by `drift` (in-plane) for each
 * mm of its distance from the first. */
void tilt_plan(Tilt *out, const Geometry *from, Vec3 drift, double length_mm);
/* One slice on the new grid, by linear interpolation in its plane; `fill` where the slice was not. False: no
 * memory. */
bool tilt_slice(const Tilt *tilt, double distance_mm, const float *slice, float fill, float *out);

#endif
