/* Inside measure/: connected parts of a box of marked voxels. */
#ifndef DENS_MEASURE_PARTS_H
#define DENS_MEASURE_PARTS_H

#include "base/error.h"

#include <stdint.h>

typedef struct {
    size_t count;   /* parts */
    uint32_t *part; /* by voxel (first index fastest): 0 or 1 … count; owned */
    size_t *voxels; /* by part, from 1 on; owned */
} Parts;

/* Voxels with marked[v] != 0 that touch by a face, or with `corners` also by an edge or corner, are one part.
 * Errors: no memory. */
bool parts_find(Parts *out, const uint8_t *marked, const size_t size[3], bool corners,
                DensError **err) DENS_MUST_USE;
void parts_clear(Parts *parts);

#endif
