/* Inside radiomics/: matrices that are filled along a direction (co-occurrences, runs), and the ways in which
 * the standard gathers them: 2-D by slice and direction and their mean, or directions merged within a slice;
 * 2.5-D slices merged by direction, or all merged; 3-D by direction, or all merged. */
#ifndef DENS_RADIOMICS_DIRECTIONAL_H
#define DENS_RADIOMICS_DIRECTIONAL_H

#include "radiomics/roi.h"

enum { DIRECTIONAL_MOST_FEATURES = 32 };

typedef struct {
    size_t cells; /* of one matrix */
    const Levels *levels;
    /* Adds the counts of a slab along a direction to a matrix. */
    void (*fill)(const Slab *slab, const Direction *direction, size_t lengths, double *matrix);
    /* The features of a matrix that was filled from `voxels` voxels (each counted once a direction); false
     * without memory. NaN where there is nothing to describe. */
    bool (*features)(const double *matrix, size_t level_count, size_t lengths, double voxels, double *out,
                     DensError **err);
    size_t lengths; /* the second extent of a matrix; the first is levels + 1 */
    size_t feature_count;
    const char *prefix;
    const char *const *names;
    const char *reason; /* why a feature is missing */
} Directional;

bool directional_add(const Directional *d, bool slice_wise, FeatureList *list, DensError **err) DENS_MUST_USE;

/* Voxels with a level in a slab. */
size_t slab_voxels(const Slab *slab);

/* The running mean of features over matrices; what is NaN does not count. */
typedef struct {
    double sum[DIRECTIONAL_MOST_FEATURES], count[DIRECTIONAL_MOST_FEATURES];
} FeatureMean;
void mean_add(FeatureMean *mean, const double *values, size_t count);
void mean_emit(const FeatureMean *mean, size_t count, const char *prefix, const char *const *names,
               const char *suffix, const char *reason, FeatureList *list);

#endif
