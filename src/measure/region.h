/* Inside measure/: what the voxels of one region in one volume look like as numbers. Voxels that are not
 * finite are left out and counted. */
#ifndef DENS_MEASURE_REGION_H
#define DENS_MEASURE_REGION_H

#include "image/volume.h"

typedef struct {
    size_t voxels;      /* finite ones, at least 1 */
    size_t not_finite;  /* left out */
    double independent; /* how many independent voxels they are worth, 1 … voxels */
    double minimum, p5, median, p95, maximum, mean;
    double sd;           /* with n − 1; -1 if there is one voxel */
    double spread;       /* 1.4826 × median absolute deviation: the SD of a normal distribution */
    double mean_error;   /* standard error; -1 if there is one voxel */
    double median_error; /* likewise */
} Region;

/* An error's summary says what is wrong with the region in words that follow "missing:": the mask is empty,
 * lies on another grid, or holds no finite voxel. `name` is "lesion", "muscle reference". */
bool region_describe(Region *out, const Volume *volume, const Mask *mask, const char *name,
                     DensError **err) DENS_MUST_USE;

/* Quantile p (0 … 1) of values, linear between order statistics; sorts them. At least one value. */
double quantile_of(double *values, size_t count, double p);

/* Lowest and highest index with a label above 0 along each axis; false if there is none. */
bool mask_box(const Mask *mask, size_t out_low[3], size_t out_high[3]);

/* Position of a voxel in the arrays of a volume or a mask. */
static inline size_t voxel_index(const Geometry *geometry, size_t i, size_t j, size_t k)
{
    return i + geometry->size[0] * (j + geometry->size[1] * k);
}

#endif
