/* Histograms smoothed by a Gaussian of the noise's width, with a share for what was not seen yet: a click
 * shows a few millimetres of a lesion, not all of it. */
#include "segment/model.h"

#include <math.h>

/* Conventions: the share of the unseen, spread over all values; no voxel weighs more than this. */
static const double unseen = 0.05;
static const double most_ratio = 4;

static size_t bin_of(double value, double width)
{
    const double bin = value / width;
    return bin <= 0 ? 0 : bin >= MODEL_BINS - 1 ? MODEL_BINS - 1 : (size_t)bin;
}

void model_widths(const Region3 *region, double out[SEGMENT_MOST_CHANNELS])
{
    for (size_t c = 0; c < region->channel_count; c++) {
        double high = 1;
        for (size_t v = 0; v < region->voxels; v++) {
            high = region->valid[v] ? fmax(high, (double)region->values[c][v]) : high;
        }
        out[c] = fmax(1, high / (MODEL_BINS - 1));
    }
}

static void smooth(double share[MODEL_BINS], double width)
{
    double kernel[8], raw[MODEL_BINS], sum = 0;
    const double sigma = 1.5 / width;
    for (int d = 0; d < 8; d++) {
        kernel[d] = exp(-0.5 * d * d / (sigma * sigma));
    }
    for (int b = 0; b < MODEL_BINS; b++) {
        raw[b] = 0;
        for (int d = -7; d <= 7; d++) {
            const int from = b + d;
            raw[b] += from >= 0 && from < MODEL_BINS ? kernel[d < 0 ? -d : d] * share[from] : 0;
        }
        sum += raw[b];
    }
    for (int b = 0; b < MODEL_BINS; b++) {
        share[b] = (sum > 0 ? (1 - unseen) * raw[b] / sum : 0) + unseen / MODEL_BINS;
    }
}

void model_learn(Model *out, const Region3 *region, const double *widths, const float *weights)
{
    *out = (Model){{{0}}};
    for (size_t v = 0; v < region->voxels; v++) {
        for (size_t c = 0; weights[v] > 0 && region->valid[v] && c < region->channel_count; c++) {
            out->share[c][bin_of((double)region->values[c][v], widths[c])] += (double)weights[v];
        }
    }
    for (size_t c = 0; c < region->channel_count; c++) {
        smooth(out->share[c], widths[c]);
    }
}

double model_ratio(const Model *a, const Model *b, const Region3 *region, const double *widths, size_t voxel)
{
    double sum = 0;
    for (size_t c = 0; c < region->channel_count; c++) {
        const size_t bin = bin_of((double)region->values[c][voxel], widths[c]);
        sum += fmax(-most_ratio, fmin(most_ratio, log(a->share[c][bin] / b->share[c][bin])));
    }
    return sum;
}
