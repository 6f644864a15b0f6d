/* Inside segment/: shortest ways through an image, where a change of value makes a way longer. */
#ifndef DENS_SEGMENT_GEODESIC_H
#define DENS_SEGMENT_GEODESIC_H

#include "segment/region.h"

enum { GEODESIC_NONE = 0xff };

typedef struct {
    float *length_mm; /* of the shortest way from a start; INFINITY where there is none; owned */
    uint8_t *back;    /* number of the neighbour that the way comes from; GEODESIC_NONE at a start; owned */
} Geodesic;

/* A step of d mm over a change of s noise units is d · sqrt(1 + (s / 4)²) long (as Criminisi 2008, the
 * weight counted in noise). */
bool geodesic_from(Geodesic *out, const Region3 *region, const size_t *starts, size_t count,
                   DensError **err) DENS_MUST_USE;
void geodesic_clear(Geodesic *geodesic);

#endif
