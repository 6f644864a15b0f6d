/* The mask of a lesion from a few clicks. A pure function: the same volumes and clicks give the same mask on
 * any machine and number of threads, nothing is kept between calls, so that a server edits a mask by calling
 * again with one click more. docs/segmentation.md has the method, its sources and how well it does. */
#ifndef DENS_SEGMENT_SEGMENT_H
#define DENS_SEGMENT_SEGMENT_H

#include "image/volume.h"

enum { SEGMENT_MOST_CHANNELS = 4, SEGMENT_MOST_CLICKS = 256 };

typedef struct {
    Vec3 point_lps_mm;
    bool inside; /* of the lesion, or outside of it */
} SegmentClick;

/* The lesion as label 1 on the grid of volumes[0]. `volumes` are 1 … SEGMENT_MOST_CHANNELS images of one
 * patient in one position, on any grids; only what lies within about 50 mm of the clicks is looked at. The
 * mask holds every inside click and no outside click. The caller frees it.
 * Errors (input): no inside click, a click outside the volume or on a voxel that is not finite or (in a CT)
 * is air, clicks that contradict each other, a volume with one slice, a region without any contrast. Too many
 * volumes or clicks and no inside click are errors of usage. */
Mask *segment_lesion(const Volume *const *volumes, size_t volume_count, const SegmentClick *clicks,
                     size_t click_count, DensError **err) DENS_MUST_USE;

#endif
