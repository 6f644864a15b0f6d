/* Inside segment/: the part of the volumes around the clicks on a grid of its own, with blocks of about 1.5
 * mm as voxels. A border of one voxel that belongs to nothing saves every loop over neighbours the test for
 * the edge. Index = i + size[0]·(j + size[1]·k), border included. */
#ifndef DENS_SEGMENT_REGION_H
#define DENS_SEGMENT_REGION_H

#include "segment/segment.h"

enum { REGION_NEIGHBOURS = 18 };

typedef struct {
    size_t size[3];       /* with the border */
    size_t voxels;        /* product of size */
    size_t low[3];        /* first voxel of the volume in it */
    size_t high[3];       /* last voxel + 1 */
    size_t step[3];       /* voxels of the volume in a block along each axis */
    double spacing_mm[3]; /* of the blocks */
    size_t channel_count;
    float *values[SEGMENT_MOST_CHANNELS]; /* in units of the channel's noise */
    bool *valid;                          /* false on the border and where a channel has no finite value */
    ptrdiff_t offset[REGION_NEIGHBOURS];  /* index of the neighbour − own; opposite of n is n ^ 1 */
    double distance_mm[REGION_NEIGHBOURS];
} Region3;

bool region_make(Region3 *out, const Volume *const *volumes, size_t volume_count, const SegmentClick *clicks,
                 size_t click_count, DensError **err) DENS_MUST_USE;
/* The same with the volume's own voxels as blocks, from voxel `low` to `high` − 1. */
bool region_make_fine(Region3 *out, const Volume *const *volumes, size_t volume_count, const size_t low[3],
                      const size_t high[3], DensError **err) DENS_MUST_USE;
void region_clear(Region3 *region);
/* Distance of each voxel from the mask in mm, by passes over the grid (chamfer). */
void region_distance(const Region3 *region, const bool *mask, float *out);
/* The block that holds a voxel of the volume. */
size_t region_block(const Region3 *region, const size_t voxel[3]);

#endif
