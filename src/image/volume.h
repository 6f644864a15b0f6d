/* A volume of measured values and a mask of labels on a voxel grid. Index = i + size[0]·(j + size[1]·k). */
#ifndef DENS_IMAGE_VOLUME_H
#define DENS_IMAGE_VOLUME_H

#include "base/auto.h"
#include "base/error.h"
#include "image/geometry.h"

#include <math.h>
#include <stdint.h>

/* What the values are. */
typedef enum { UNIT_ARBITRARY, UNIT_HU, UNIT_ADC_UM2_PER_S, UNIT_SUV } VolumeUnit;

typedef struct {
    Geometry geometry;
    float *voxels; /* rescaled values; owned */
    VolumeUnit unit;
    char *series_uid;  /* may be NULL; owned */
    char *frame_uid;   /* DICOM frame of reference; may be NULL; owned */
    char *source_name; /* file or folder for messages; owned */
} Volume;

typedef struct {
    Geometry geometry;
    uint16_t *labels; /* 0 = background; owned */
    char *source_name;
    char *frame_uid; /* may be NULL */
    /* Names of the labels, where the file has them (DICOM SEG); names[label] may be NULL; owned */
    char **names;
    size_t name_count;
} Mask;

Volume *volume_new(const Geometry *geometry, DensError **err) DENS_MUST_USE;
void volume_free(Volume *volume);
Mask *mask_new(const Geometry *geometry, DensError **err) DENS_MUST_USE;
void mask_free(Mask *mask);
size_t mask_count(const Mask *mask,
                  uint16_t label); /* voxels with this label; label 0 counts all that are not 0 */

/* The two places around a continuous index on an axis of `size` places, and the weight of the second; false
 * outside of it, but for rounding. */
typedef struct {
    size_t low, high;
    double weight;
} AxisPair;
static inline bool axis_pair(double index, size_t size, AxisPair *out)
{
    const double border = 1e-6; /* rounding of a point's way through two affines */
    double last = (double)(size - 1);
    if (!(index >= -border && index <= last + border)) {
        return false;
    }
    index = fmin(fmax(index, 0), last);
    out->low = (size_t)index;
    out->weight = index - (double)out->low;
    out->high = out->low + (out->weight > 0);
    return true;
}

/* Trilinear value at a continuous index; false outside the grid or next to a voxel that is not finite. */
bool volume_sample(const Volume *volume, const double ijk[3], float *out);

AUTO_DEFINE(Volume, volume, volume_free)
AUTO_DEFINE(Mask, mask, mask_free)

#endif
