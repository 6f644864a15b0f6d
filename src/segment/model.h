/* Inside segment/: how often each value occurs in a class of voxels, channel by channel. */
#ifndef DENS_SEGMENT_MODEL_H
#define DENS_SEGMENT_MODEL_H

#include "segment/region.h"

enum { MODEL_BINS = 256 };

typedef struct {
    double share[SEGMENT_MOST_CHANNELS][MODEL_BINS];
} Model;

/* Bins of one noise unit (of more where the range is wide): channel c's value falls into bin value /
 * width[c]. */
void model_widths(const Region3 *region, double out[SEGMENT_MOST_CHANNELS]);
/* Learns from voxels with a weight above 0. */
void model_learn(Model *out, const Region3 *region, const double *widths, const float *weights);
/* log P(values | a) − log P(values | b), cut at ± 4 a channel. */
double model_ratio(const Model *a, const Model *b, const Region3 *region, const double *widths, size_t voxel);

#endif
