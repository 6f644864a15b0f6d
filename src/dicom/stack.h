/* From the places of single slices to one grid. Knows nothing of files but their names, nothing of DCMTK. */
#ifndef DENS_DICOM_STACK_H
#define DENS_DICOM_STACK_H

#include "base/error.h"
#include "image/geometry.h"

/* One image plane (DICOM PS3.3 C.7.6.2). Strings are borrowed. */
typedef struct {
    const char *file;
    const char *frame_uid;     /* "" if not given */
    Vec3 position_lps_mm;      /* centre of the first voxel */
    Vec3 row_lps, column_lps;  /* along a row (growing i), along a column (growing j) */
    double across_mm, down_mm; /* from voxel to voxel along a row and along a column */
    size_t columns, rows;
} Slice;

typedef struct {
    Geometry geometry; /* orthogonal; the axis of the slices is row × column */
    Vec3 drift;        /* in-plane shift for each mm along the normal; not 0: a gantry tilt */
    double tilt_degrees;
    /* The slices lie unevenly: the geometry is an even grid from the first to the last of them, on which they
     * have to be interpolated. Their narrowest and widest gap. */
    bool uneven;
    double narrowest_mm, widest_mm;
} Stack;

/* Is it a distance of pixels that a detector or scanner can have? */
bool stack_is_spacing(double spacing_mm);

/* Orders the slices along their normal (out_order[k] is the index of slice k) and places them. Refused, with
 * the files' names: fewer than two slices, planes that are no planes, two orientations, sizes or frames of
 * reference, two slices at one position, missing slices, irregular spacing (respace.h says which uneven
 * spacing is taken). Positions may be off by a tenth of the spacing and by 0.1 mm at most: what rounding in
 * headers does. */
bool stack_build(const Slice *slices, size_t count, size_t *out_order, Stack *out,
                 DensError **err) DENS_MUST_USE;

#endif
