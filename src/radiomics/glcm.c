/* The grey level co-occurrence matrix (IBSI manual, 3.6): neighbours at a Chebyshev distance of 1, symmetric.
 */
#include "radiomics/directional.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const char *const names[] = {
    "joint_max",    "joint_avg",         "joint_var",     "joint_entr", "diff_avg",
    "diff_var",     "diff_entr",         "sum_avg",       "sum_var",    "sum_entr",
    "energy",       "contrast",          "dissimilarity", "inv_diff",   "inv_diff_norm",
    "inv_diff_mom", "inv_diff_mom_norm", "inv_var",       "corr",       "auto_corr",
    "clust_tend",   "clust_shade",       "clust_prom",    "info_corr1", "info_corr2"};
enum { FEATURES = sizeof names / sizeof *names };

static void fill(const Slab *slab, const Direction *direction, size_t lengths, double *matrix)
{
    const Levels *levels = slab->levels;
    size_t plane = levels->size[0] * levels->size[1];
    ptrdiff_t offset = direction_offset(levels, direction);
    /* the border holds no level, so no neighbour of a voxel lies outside the array */
    for (size_t at = slab->first * plane; at < slab->end * plane; at++) {
        uint16_t a = levels->level[at];
        uint16_t b = a ? levels->level[(ptrdiff_t)at + offset] : 0;
        if (b) {
            matrix[a * lengths + b]++;
            matrix[b * lengths + a]++;
        }
    }
}

/* The sums over one level, over differences and over sums of two. */
typedef struct {
    size_t count;
    double *level, *difference, *sum;
} Margins;

static double entropy_of(const double *p, size_t count)
{
    double entropy = 0;
    for (size_t i = 0; i < count; i++) {
        entropy -= p[i] > 0 ? p[i] * log2(p[i]) : 0;
    }
    return entropy;
}

static void mean_and_variance(const double *p, size_t count, double *out_mean, double *out_variance)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < count; i++) {
        mean += p[i] * (double)i;
    }
    for (size_t i = 0; i < count; i++) {
        variance += p[i] * ((double)i - mean) * ((double)i - mean);
    }
    *out_mean = mean;
    *out_variance = variance;
}

/* Features of the differences alone. */
static void by_difference(const Margins *m, double *out)
{
    double n = (double)m->count;
    mean_and_variance(m->difference, m->count, &out[4], &out[5]);
    out[6] = entropy_of(m->difference, m->count);
    for (size_t k = 0; k < m->count; k++) {
        double p = m->difference[k], d = (double)k;
        out[11] += p * d * d;
        out[12] += p * d;
        out[13] += p / (1 + d);
        out[14] += p / (1 + d / n);
        out[15] += p / (1 + d * d);
        out[16] += p / (1 + d * d / (n * n));
        out[17] += k > 0 ? p / (d * d) : 0;
    }
}

static void by_level(const double *matrix, size_t lengths, double total, const Margins *m, double *out)
{
    double mean, variance, hxy = 0, hxy1 = 0, hxy2 = 0, joint = 0;
    mean_and_variance(m->level, m->count + 1, &mean, &variance);
    for (size_t i = 1; i <= m->count; i++) {
        for (size_t j = 1; j <= m->count; j++) {
            double p = matrix[i * lengths + j] / total, q = m->level[i] * m->level[j];
            hxy2 -= q > 0 ? q * log2(q) : 0;
            if (p <= 0) {
                continue;
            }
            double d = (double)(i + j) - 2 * mean;
            hxy -= p * log2(p);
            hxy1 -= p * log2(q);
            joint += p * (double)i * (double)j;
            out[0] = fmax(out[0], p);
            out[10] += p * p;
            out[20] += p * d * d;
            out[21] += p * d * d * d;
            out[22] += p * d * d * d * d;
        }
    }
    double hx = entropy_of(m->level, m->count + 1);
    out[1] = mean;
    out[2] = variance;
    out[3] = hxy;
    out[18] = variance > 0 ? (joint - mean * mean) / variance : 1;
    out[19] = joint;
    out[23] = hx > 0 ? (hxy - hxy1) / hx : 0;
    out[24] = sqrt(fmax(0, 1 - exp(-2 * (hxy2 - hxy))));
}

static bool features(const double *matrix, size_t level_count, size_t lengths, double voxels, double *out,
                     DensError **err)
{
    (void)voxels;
    double total = 0;
    for (size_t c = 0; c < lengths * lengths; c++) {
        total += matrix[c];
    }
    for (size_t f = 0; f < FEATURES; f++) {
        out[f] = total > 0 ? 0 : NAN;
    }
    if (total <= 0) {
        return true;
    }
    double *block = memory_try_array(4 * (level_count + 1), sizeof *block);
    if (!block) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a matrix");
    }
    Margins m = {level_count, block, block + level_count + 1, block + 2 * (level_count + 1)};
    for (size_t i = 1; i <= level_count; i++) {
        for (size_t j = 1; j <= level_count; j++) {
            double p = matrix[i * lengths + j] / total;
            m.level[i] += p;
            m.difference[i > j ? i - j : j - i] += p;
            m.sum[i + j] += p;
        }
    }
    by_difference(&m, out);
    mean_and_variance(m.sum, 2 * level_count + 1, &out[7], &out[8]);
    out[9] = entropy_of(m.sum, 2 * level_count + 1);
    by_level(matrix, lengths, total, &m, out);
    free(block);
    return true;
}

bool add_glcm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err)
{
    size_t lengths = levels->count + 1;
    const Directional glcm = {.cells = lengths * lengths,
                              .levels = levels,
                              .fill = fill,
                              .features = features,
                              .lengths = lengths,
                              .feature_count = FEATURES,
                              .prefix = "cm",
                              .names = names,
                              .reason = "needs two voxels side by side"};
    return directional_add(&glcm, slice_wise, list, err);
}
