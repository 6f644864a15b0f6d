/* Inside segment/: one plane of voxels and its connected parts. Index = u + width·v. */
#ifndef DENS_SEGMENT_PLANE_H
#define DENS_SEGMENT_PLANE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Pixels that hang together by their sides. */
typedef struct {
    size_t pixels;
    bool border;            /* reaches the edge of the plane */
    double sum;             /* of its values */
    size_t low[2], high[2]; /* first and last pixel */
} PlanePart;

typedef struct {
    size_t size[2];
    uint32_t *part; /* of each pixel: index in `parts` + 1, 0 where none */
    PlanePart *parts;
    size_t count, room;
    size_t *queue;
} PlaneParts;

/* Room for planes of up to `pixels`. */
bool plane_parts_init(PlaneParts *out, size_t pixels, DensError **err) DENS_MUST_USE;
void plane_parts_clear(PlaneParts *parts);
/* The parts of the pixels of `set` that are `value`; `values` may be NULL. In the order of their first pixel.
 */
void plane_parts_find(PlaneParts *out, const uint8_t *set, uint8_t value, const float *values,
                      const size_t size[2]);

#endif
