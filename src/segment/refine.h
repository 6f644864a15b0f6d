/* Inside segment/: from blocks to the voxels of the volume. */
#ifndef DENS_SEGMENT_REFINE_H
#define DENS_SEGMENT_REFINE_H

#include "segment/region.h"

/* Sets the labels of `mask`, on the grid of volumes[0], to the blocks that are inside; where blocks are
 * larger than voxels, the border is divided anew, voxel by voxel. */
bool refine(Mask *mask, const Volume *const *volumes, const Region3 *coarse, const bool *inside,
            const SegmentClick *clicks, size_t click_count, DensError **err) DENS_MUST_USE;

#endif
