/* Inside segment/: bone on a box of voxels, and the canal in it. */
#ifndef DENS_SEGMENT_CANAL_H
#define DENS_SEGMENT_CANAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Index = i + size[0]·(j + size[1]·k). */
typedef struct {
    size_t size[3];
    double spacing_mm[3];
    int axis;         /* the one nearest to the patient's long axis: across it lie the slices */
    double dorsal[2]; /* the way to the back along the two axes of the slices; of length 1 at most */
    uint8_t *bone;    /* 1 bone, 0 not; owned */
    float *hu;        /* smoothed; owned */
} BoneBox;

/* Where the pixels of a plane across an axis are in the box. */
typedef struct {
    size_t size[2];
    size_t first, step[2];
} BoxPlane;
BoxPlane box_plane(const BoneBox *box, int axis, size_t slice);

/* Sets out[v] to 1 in the canal. *out_length_mm: 0 if there is none; *out_open_mm: of it, what is
 * interpolated. `out` is zeroed before. */
bool canal_find(const BoneBox *box, uint8_t *out, double *out_length_mm, double *out_open_mm,
                DensError **err) DENS_MUST_USE;

#endif
