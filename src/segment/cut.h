/* Inside segment/: the minimum cut of a graph whose nodes are the voxels of a region. */
#ifndef DENS_SEGMENT_CUT_H
#define DENS_SEGMENT_CUT_H

#include "segment/region.h"

/* Capacities of edges; "infinite" is more than any cut costs. */
enum { CUT_INFINITE = 1 << 28 };

typedef struct {
    int32_t *to_neighbour; /* [voxel · REGION_NEIGHBOURS + n]: cost of voxel inside, neighbour n outside */
    int32_t *terminal;     /* above 0: cost of the voxel outside; below 0: −cost of the voxel inside */
} CutGraph;

/* Sets inside[voxel] for the cheapest division. Both arrays of the graph are used up. After Boykov and
 * Kolmogorov, IEEE TPAMI 26:1124, 2004. */
bool cut_solve(const Region3 *region, CutGraph *graph, bool *inside, DensError **err) DENS_MUST_USE;

#endif
