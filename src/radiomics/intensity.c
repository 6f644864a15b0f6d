/* Features of intensities without their places: local peaks (IBSI manual, 3.2), statistics (3.3), the
 * histogram of grey levels (3.4) and the intensity-volume histogram (3.5). */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const char too_few[] = "needs at least two voxels of different intensity";

/* The value below which a share of sorted values lies, interpolated between neighbours. */
static double percentile(const float *sorted, size_t count, double share)
{
    double position = share * (double)(count - 1);
    size_t low = (size_t)position;
    size_t high = low + 1 < count ? low + 1 : low;
    return sorted[low] + (position - (double)low) * ((double)sorted[high] - sorted[low]);
}

/* Mean of the image within a sphere of 1 cm³ around a voxel, whether or not the mask goes so far. */
static double sphere_mean(const Roi *roi, size_t i, size_t j, size_t k)
{
    const double radius = cbrt(3000 / (4 * M_PI));
    const size_t at[3] = {i, j, k};
    size_t from[3], to[3];
    for (int a = 0; a < 3; a++) {
        size_t reach = (size_t)(radius / roi->spacing_mm[a]);
        from[a] = at[a] > reach ? at[a] - reach : 0;
        to[a] = at[a] + reach < roi->size[a] ? at[a] + reach : roi->size[a] - 1;
    }
    double sum = 0;
    size_t count = 0;
    for (size_t z = from[2]; z <= to[2]; z++) {
        for (size_t y = from[1]; y <= to[1]; y++) {
            for (size_t x = from[0]; x <= to[0]; x++) {
                double dx = ((double)x - (double)i) * roi->spacing_mm[0];
                double dy = ((double)y - (double)j) * roi->spacing_mm[1];
                double dz = ((double)z - (double)k) * roi->spacing_mm[2];
                if (dx * dx + dy * dy + dz * dz <= radius * radius) {
                    sum += roi->intensity[x + roi->size[0] * (y + roi->size[1] * z)];
                    count++;
                }
            }
        }
    }
    return sum / (double)count;
}

void add_local(const Roi *roi, FeatureList *list)
{
    double highest = -INFINITY, local = NAN, global = NAN;
    size_t at = 0;
    for (size_t k = 0; k < roi->size[2]; k++) {
        for (size_t j = 0; j < roi->size[1]; j++) {
            for (size_t i = 0; i < roi->size[0]; i++, at++) {
                if (!roi->intensity_mask[at]) {
                    continue;
                }
                double x = roi->intensity[at], peak = sphere_mean(roi, i, j, k);
                global = isnan(global) ? peak : fmax(global, peak);
                if (x > highest || (x == highest && peak > local)) {
                    highest = x;
                    local = peak;
                }
            }
        }
    }
    feature_add(list, "loc", "peak_loc", "", local, "no voxels in range");
    feature_add(list, "loc", "peak_glob", "", global, "no voxels in range");
}

/* What statistics and histogram define alike, of sorted values. */
typedef struct {
    double mean, variance, skewness, kurtosis, median, p10, p90, p25, p75, mad, robust_mad, median_ad,
        squares;
} Moments;

static Moments moments_of(const float *sorted, size_t count)
{
    Moments m = {0};
    double n = (double)count, third = 0, fourth = 0, robust_sum = 0, robust_count = 0;
    m.median = percentile(sorted, count, 0.5);
    m.p10 = percentile(sorted, count, 0.1);
    m.p90 = percentile(sorted, count, 0.9);
    m.p25 = percentile(sorted, count, 0.25);
    m.p75 = percentile(sorted, count, 0.75);
    for (size_t i = 0; i < count; i++) {
        m.mean += sorted[i] / n;
        m.squares += (double)sorted[i] * sorted[i];
        if (sorted[i] >= m.p10 && sorted[i] <= m.p90) {
            robust_sum += sorted[i];
            robust_count++;
        }
    }
    double robust_mean = robust_sum / robust_count;
    for (size_t i = 0; i < count; i++) {
        double d = sorted[i] - m.mean;
        m.variance += d * d / n;
        third += d * d * d / n;
        fourth += d * d * d * d / n;
        m.mad += fabs(d) / n;
        m.median_ad += fabs(sorted[i] - m.median) / n;
        if (sorted[i] >= m.p10 && sorted[i] <= m.p90) {
            m.robust_mad += fabs(sorted[i] - robust_mean) / robust_count;
        }
    }
    /* both are 0 by definition where all values are the same */
    m.skewness = m.variance > 0 ? third / pow(m.variance, 1.5) : 0;
    m.kurtosis = m.variance > 0 ? fourth / (m.variance * m.variance) - 3 : 0;
    return m;
}

static void add_spread(const Moments *m, const char *prefix, double least, double most, FeatureList *list)
{
    feature_add(list, prefix, "iqr", "", m->p75 - m->p25, "");
    feature_add(list, prefix, "range", "", most - least, "");
    feature_add(list, prefix, "mad", "", m->mad, "");
    feature_add(list, prefix, "rmad", "", m->robust_mad, "");
    feature_add(list, prefix, "medad", "", m->median_ad, "");
    feature_add(list, prefix, "cov", "", m->mean != 0 ? sqrt(m->variance) / m->mean : NAN, "the mean is 0");
    feature_add(list, prefix, "qcod", "", m->p75 + m->p25 != 0 ? (m->p75 - m->p25) / (m->p75 + m->p25) : NAN,
                "the quartiles add up to 0");
}

static void add_centre(const Moments *m, const char *prefix, FeatureList *list)
{
    feature_add(list, prefix, "mean", "", m->mean, "");
    feature_add(list, prefix, "var", "", m->variance, "");
    feature_add(list, prefix, "skew", "", m->skewness, "");
    feature_add(list, prefix, "kurt", "", m->kurtosis, "");
    feature_add(list, prefix, "median", "", m->median, "");
}

bool add_statistics(const Roi *roi, FeatureList *list, DensError **err)
{
    size_t count = 0;
    float *sorted = roi_sorted(roi, &count);
    if (!sorted) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the intensities");
    }
    Moments m = moments_of(sorted, count);
    add_centre(&m, "stat", list);
    feature_add(list, "stat", "min", "", sorted[0], "");
    feature_add(list, "stat", "p10", "", m.p10, "");
    feature_add(list, "stat", "p90", "", m.p90, "");
    feature_add(list, "stat", "max", "", sorted[count - 1], "");
    add_spread(&m, "stat", sorted[0], sorted[count - 1], list);
    feature_add(list, "stat", "energy", "", m.squares, "");
    feature_add(list, "stat", "rms", "", sqrt(m.squares / (double)count), "");
    free(sorted);
    return true;
}

/* Steepest rise and fall of the histogram of levels 1 … count. */
static void add_gradients(const double *histogram, size_t count, FeatureList *list)
{
    double steepest = -INFINITY, fall = INFINITY;
    size_t steepest_at = 0, fall_at = 0;
    for (size_t g = 1; count > 1 && g <= count; g++) {
        size_t before = g > 1 ? g - 1 : g, after = g < count ? g + 1 : g;
        double slope = (histogram[after] - histogram[before]) / (double)(after - before);
        if (slope > steepest) {
            steepest = slope;
            steepest_at = g;
        }
        if (slope < fall) {
            fall = slope;
            fall_at = g;
        }
    }
    bool known = count > 1;
    feature_add(list, "ih", "max_grad", "", steepest, too_few);
    feature_add(list, "ih", "max_grad_g", "", known ? (double)steepest_at : NAN, too_few);
    feature_add(list, "ih", "min_grad", "", fall, too_few);
    feature_add(list, "ih", "min_grad_g", "", known ? (double)fall_at : NAN, too_few);
}

/* The most frequent level; of several the one that is nearest to the mean. */
static size_t mode_of(const double *histogram, size_t count, double mean)
{
    size_t mode = 1;
    for (size_t g = 2; g <= count; g++) {
        bool nearer = fabs((double)g - mean) < fabs((double)mode - mean);
        if (histogram[g] > histogram[mode] || (histogram[g] >= histogram[mode] && nearer)) {
            mode = g;
        }
    }
    return mode;
}

bool add_histogram(const Levels *levels, FeatureList *list, DensError **err)
{
    double *histogram = memory_try_array(levels->count + 1, sizeof *histogram);
    float *sorted = memory_try_array(levels->voxels, sizeof *sorted);
    if (!histogram || !sorted) {
        free(histogram);
        free(sorted);
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the histogram");
    }
    size_t voxels = levels->size[0] * levels->size[1] * levels->size[2], n = 0;
    for (size_t i = 0; i < voxels; i++) {
        histogram[levels->level[i]] += levels->level[i] > 0;
    }
    double entropy = 0, uniformity = 0;
    for (size_t g = 1; g <= levels->count; g++) {
        double p = histogram[g] / (double)levels->voxels;
        entropy -= p > 0 ? p * log2(p) : 0;
        uniformity += p * p;
        for (size_t i = 0; i < (size_t)histogram[g]; i++) {
            sorted[n++] = (float)g;
        }
    }
    Moments m = moments_of(sorted, n);
    add_centre(&m, "ih", list);
    feature_add(list, "ih", "min", "", sorted[0], "");
    feature_add(list, "ih", "p10", "", m.p10, "");
    feature_add(list, "ih", "p90", "", m.p90, "");
    feature_add(list, "ih", "max", "", sorted[n - 1], "");
    feature_add(list, "ih", "mode", "", (double)mode_of(histogram, levels->count, m.mean), "");
    add_spread(&m, "ih", sorted[0], sorted[n - 1], list);
    feature_add(list, "ih", "entropy", "", entropy, "");
    feature_add(list, "ih", "uniformity", "", uniformity, "");
    add_gradients(histogram, levels->count, list);
    free(histogram);
    free(sorted);
    return true;
}

enum { MOST_STEPS = 1000000 };

/* The intensity-volume histogram: at each of `steps` intensities from `low` on, the share of voxels that have
 * at least it. */
typedef struct {
    double low, step;
    size_t steps;
    const float *sorted;
    size_t count;
} VolumeHistogram;

static double share_above(const VolumeHistogram *h, double intensity)
{
    size_t from = 0, to = h->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (h->sorted[middle] < intensity) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return (double)(h->count - from) / (double)h->count;
}

/* Volume at a share of the intensities. */
static double volume_at(const VolumeHistogram *h, double share)
{
    size_t step = (size_t)ceil(share * (double)(h->steps - 1) - 1e-9);
    return share_above(h, h->low + (double)step * h->step);
}

/* The least intensity that at most a share of the volume has. */
static double intensity_at(const VolumeHistogram *h, double share)
{
    size_t step = 0;
    while (step < h->steps && share_above(h, h->low + (double)step * h->step) > share) {
        step++;
    }
    return h->low + (double)step * h->step;
}

/* Bins stand for their centres where they have a width in intensities, for their number otherwise. */
static void volume_histogram_bins(VolumeHistogram *h, float *sorted, const RadiomicsConfig *config)
{
    double least = sorted[0], most = sorted[h->count - 1];
    double value = config->volume_histogram_value;
    double from = config->has_range ? config->low : least, to = config->has_range ? config->high : most;
    switch (config->volume_histogram) {
    case DISCRETISE_WIDTH:
        for (size_t i = 0; i < h->count; i++) {
            sorted[i] =
                (float)(from + (discretise(DISCRETISE_WIDTH, value, from, to, sorted[i]) - 0.5) * value);
        }
        h->low = from + value / 2;
        h->step = value;
        h->steps = (size_t)fmax(1, round((to - from) / value));
        break;
    case DISCRETISE_NUMBER:
        for (size_t i = 0; i < h->count; i++) {
            sorted[i] = (float)discretise(DISCRETISE_NUMBER, value, least, most, sorted[i]);
        }
        h->low = h->step = 1;
        h->steps = (size_t)value;
        break;
    default: /* whole numbers as they are */
        h->low = least;
        h->step = 1;
        h->steps = most - least < MOST_STEPS ? (size_t)(most - least) + 1 : 0;
        break;
    }
}

bool add_volume_histogram(const Roi *roi, const RadiomicsConfig *config, FeatureList *list, DensError **err)
{
    size_t count = 0;
    float *sorted = roi_sorted(roi, &count);
    if (!sorted) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the intensities");
    }
    VolumeHistogram h = {.sorted = sorted, .count = count};
    volume_histogram_bins(&h, sorted, config);
    bool one = h.steps < 2;
    double v10 = one ? NAN : volume_at(&h, 0.1), v90 = one ? NAN : volume_at(&h, 0.9);
    double i10 = one ? NAN : intensity_at(&h, 0.1), i90 = one ? NAN : intensity_at(&h, 0.9);
    feature_add(list, "ivh", "v10", "", v10, too_few);
    feature_add(list, "ivh", "v90", "", v90, too_few);
    feature_add(list, "ivh", "i10", "", i10, too_few);
    feature_add(list, "ivh", "i90", "", i90, too_few);
    feature_add(list, "ivh", "diff_v10_v90", "", v10 - v90, too_few);
    feature_add(list, "ivh", "diff_i10_i90", "", i10 - i90, too_few);
    free(sorted);
    return true;
}
