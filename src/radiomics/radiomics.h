/* Radiomic features of the Image Biomarker Standardisation Initiative (IBSI-1 reference manual, arXiv
 * 1612.07003v11; Zwanenburg et al., Radiology 2020, doi 10.1148/radiol.2020191145): morphology, local
 * intensity, statistics, intensity histogram, intensity-volume histogram, GLCM, GLRLM, GLSZM, GLDZM, NGTDM
 * and NGLDM, in every aggregation of the standard, after its chain of image processing. They are an export
 * for research: no finding is ever read from them. Features are named by the tags of the standard's reference
 * tables. */
#ifndef DENS_RADIOMICS_RADIOMICS_H
#define DENS_RADIOMICS_RADIOMICS_H

#include "base/arena.h"
#include "base/error.h"
#include "image/volume.h"

typedef enum { INTERPOLATE_NONE, INTERPOLATE_LINEAR, INTERPOLATE_CUBIC } Interpolation;
typedef enum { DISCRETISE_NONE, DISCRETISE_WIDTH, DISCRETISE_NUMBER } Discretisation;

/* How an image is prepared. Lengths in mm, intensities in the image's unit. */
typedef struct {
    const char *name;
    const char *text;    /* one line for help and documents */
    bool slice_wise;     /* textures and interpolation by slice (the grid's k), else by volume */
    Interpolation image; /* the mask is always interpolated linearly, and holds what is at least one half */
    double spacing_mm;   /* of the new grid (in the plane only if slice_wise); 0: as it is */
    bool round;          /* interpolated intensities to whole numbers, as CT is stored */
    bool has_range;      /* only intensities in low … high stay in the intensity mask */
    double low, high;
    double outlier_sd; /* and only those within so many standard deviations of their mean; 0: all */
    Discretisation levels;
    double
        levels_value; /* width of a bin from `low` (or from 1 where there is no range), or number of bins */
    Discretisation volume_histogram;
    double volume_histogram_value;
} RadiomicsConfig;

/* "digital", "A" … "E": the configurations of the standard's reference values, ended by one without a name.
 */
extern const RadiomicsConfig radiomics_configs[];
const RadiomicsConfig *radiomics_config(const char *name); /* NULL if there is none of that name */

typedef struct {
    const char *tag; /* "cm_joint_max_2D_avg" */
    bool missing;
    const char *reason; /* why it is missing */
    double value;
} RadiomicsFeature;

typedef struct {
    size_t count;
    RadiomicsFeature *features;
} RadiomicsFeatures;

/* All features and the standard's diagnostic figures of the voxels with a label above 0, in the order of the
 * reference tables; tags and values live in the arena. What needs more voxels than there are is missing with
 * a reason; a value is never NaN. Errors: a mask of another grid, an empty mask, a voxel in the mask that is
 * not finite, more grey levels than RADIOMICS_MAX_LEVELS, no memory. */
bool radiomics_compute(RadiomicsFeatures *out, const Volume *volume, const Mask *mask,
                       const RadiomicsConfig *config, Arena *arena, DensError **err) DENS_MUST_USE;

enum { RADIOMICS_MAX_LEVELS = 2000 };

#endif
