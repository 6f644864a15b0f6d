/* Inside measure/: lengths and connected parts of a mask. See shape.c for the definition of a length. */
#ifndef DENS_MEASURE_SHAPE_H
#define DENS_MEASURE_SHAPE_H

#include "image/volume.h"

typedef struct {
    double mm;
    double sd_mm; /* of the voxel grid alone: where in its voxel each of the two ends lies */
} Length;

typedef struct {
    size_t voxels;
    double volume_mm3;
    Length longest_3d;
    Length longest_axial;      /* within one layer of the grid that is nearest to axial */
    Length perpendicular;      /* width of that layer's section at a right angle to longest_axial */
    double axial_tilt_degrees; /* between that layer's normal and the patient's long axis */
    Length extent[3];          /* along the patient's x (left–right), y (front–back), z (head–foot) */
    size_t components;         /* parts that touch neither by face, edge nor corner */
} Shape;

/* Measures all voxels with a label above 0. Errors: an empty mask, a singular grid, no memory. */
bool shape_describe(Shape *out, const Mask *mask, DensError **err) DENS_MUST_USE;

#endif
