/* Exact distances on a box of voxels. */
#ifndef DENS_IMAGE_DISTANCE_H
#define DENS_IMAGE_DISTANCE_H

#include "base/error.h"

#include <stdint.h>

/* out_mm2[v]: squared distance from the centre of voxel v to that of the nearest marked voxel, INFINITY where
 * none is marked. `labels`, if not NULL, holds a label of each marked voxel; every voxel gets that of the
 * nearest. The grid's axes are taken as orthogonal. Errors: no memory. */
bool distance_squared(float *out_mm2, const uint8_t *marked, const size_t size[3], const double spacing_mm[3],
                      uint8_t *labels, DensError **err) DENS_MUST_USE;

#endif
