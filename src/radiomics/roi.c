/* The region of interest: its memory, its box, re-segmentation (IBSI manual, 2.4.6) and discretisation
 * (2.7). */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool roi_init(Roi *out, const size_t size[3], const double spacing_mm[3], DensError **err)
{
    *out = (Roi){0};
    memcpy(out->size, size, sizeof out->size);
    memcpy(out->spacing_mm, spacing_mm, sizeof out->spacing_mm);
    size_t voxels = roi_voxels(out);
    out->intensity = memory_try_array(voxels, sizeof *out->intensity);
    out->morphology = memory_try_array(voxels, 1);
    out->intensity_mask = memory_try_array(voxels, 1);
    if (!out->intensity || !out->morphology || !out->intensity_mask) {
        roi_clear(out);
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for %zu voxels", voxels);
    }
    return true;
}

void roi_clear(Roi *roi)
{
    free(roi->intensity);
    free(roi->morphology);
    free(roi->intensity_mask);
    *roi = (Roi){0};
}

size_t roi_voxels(const Roi *roi)
{
    return roi->size[0] * roi->size[1] * roi->size[2];
}

double roi_voxel_volume_mm3(const Roi *roi)
{
    return roi->spacing_mm[0] * roi->spacing_mm[1] * roi->spacing_mm[2];
}

void roi_box(const Roi *roi, const uint8_t *mask, size_t out_low[3], size_t out_extent[3])
{
    size_t high[3] = {0};
    for (int a = 0; a < 3; a++) {
        out_low[a] = roi->size[a];
    }
    const uint8_t *at = mask;
    for (size_t k = 0; k < roi->size[2]; k++) {
        for (size_t j = 0; j < roi->size[1]; j++) {
            for (size_t i = 0; i < roi->size[0]; i++, at++) {
                const size_t index[3] = {i, j, k};
                for (int a = 0; *at && a < 3; a++) {
                    out_low[a] = index[a] < out_low[a] ? index[a] : out_low[a];
                    high[a] = index[a] + 1 > high[a] ? index[a] + 1 : high[a];
                }
            }
        }
    }
    for (int a = 0; a < 3; a++) {
        out_extent[a] = high[a] ? high[a] - out_low[a] : 0;
    }
}

size_t roi_count(const Roi *roi, const uint8_t *mask)
{
    size_t count = 0, voxels = roi_voxels(roi);
    for (size_t i = 0; i < voxels; i++) {
        count += mask[i];
    }
    return count;
}

/* Range and outliers are both judged on the mask as it came: a voxel stays if it passes both. */
void roi_resegment(Roi *roi, const RadiomicsConfig *config)
{
    size_t voxels = roi_voxels(roi), count = 0;
    double mean = 0, variance = 0;
    for (size_t i = 0; i < voxels; i++) {
        if (roi->intensity_mask[i]) {
            double delta = roi->intensity[i] - mean;
            mean += delta / (double)++count;
            variance += delta * (roi->intensity[i] - mean);
        }
    }
    double reach = count ? config->outlier_sd * sqrt(variance / (double)count) : 0;
    for (size_t i = 0; i < voxels; i++) {
        double x = roi->intensity[i];
        bool out_of_range = config->has_range && (x < config->low || x > config->high);
        bool outlier = config->outlier_sd > 0 && fabs(x - mean) > reach;
        if (out_of_range || outlier) {
            roi->intensity_mask[i] = 0;
        }
    }
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

float *roi_sorted(const Roi *roi, size_t *out_count)
{
    size_t voxels = roi_voxels(roi), count = roi_count(roi, roi->intensity_mask);
    float *sorted = memory_try_array(count ? count : 1, sizeof *sorted);
    if (!sorted) {
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < voxels; i++) {
        if (roi->intensity_mask[i]) {
            sorted[n++] = roi->intensity[i];
        }
    }
    qsort(sorted, n, sizeof *sorted, ascending);
    *out_count = n;
    return sorted;
}

double discretise(Discretisation how, double value, double low, double high, double intensity)
{
    switch (how) {
    case DISCRETISE_WIDTH:
        return floor((intensity - low) / value) + 1;
    case DISCRETISE_NUMBER:
        return high > low ? fmin(floor(value * (intensity - low) / (high - low)) + 1, value) : 1;
    default:
        return intensity;
    }
}

static bool levels_fill(Levels *out, const Roi *roi, const RadiomicsConfig *config, const size_t low[3],
                        const size_t extent[3], DensError **err)
{
    double least = INFINITY, most = -INFINITY;
    size_t voxels = roi_voxels(roi);
    for (size_t i = 0; i < voxels; i++) {
        if (roi->intensity_mask[i]) {
            least = fmin(least, roi->intensity[i]);
            most = fmax(most, roi->intensity[i]);
        }
    }
    double from = config->levels == DISCRETISE_WIDTH && config->has_range ? config->low : least;
    for (size_t k = 0; k < extent[2]; k++) {
        for (size_t j = 0; j < extent[1]; j++) {
            for (size_t i = 0; i < extent[0]; i++) {
                size_t at = low[0] + i + roi->size[0] * (low[1] + j + roi->size[1] * (low[2] + k));
                if (!roi->intensity_mask[at]) {
                    continue;
                }
                double level =
                    discretise(config->levels, config->levels_value, from, most, roi->intensity[at]);
                if (!(level >= 1 && level <= RADIOMICS_MAX_LEVELS) || level != floor(level)) {
                    return error_set(
                        err, DENS_ERROR_INPUT, "radiomics",
                        "an intensity of %g makes no grey level from 1 to %d under the configuration %s",
                        (double)roi->intensity[at], RADIOMICS_MAX_LEVELS, config->name);
                }
                out->level[i + 1 + out->size[0] * (j + 1 + out->size[1] * (k + 1))] = (uint16_t)level;
                out->count = level > (double)out->count ? (size_t)level : out->count;
                out->voxels++;
            }
        }
    }
    return true;
}

bool levels_init(Levels *out, const Roi *roi, const RadiomicsConfig *config, DensError **err)
{
    size_t low[3], extent[3];
    *out = (Levels){0};
    roi_box(roi, roi->morphology, low, extent);
    for (int a = 0; a < 3; a++) {
        out->size[a] = extent[a] + 2;
    }
    size_t voxels = out->size[0] * out->size[1] * out->size[2];
    out->level = memory_try_array(voxels, sizeof *out->level);
    out->distance = memory_try_array(voxels, sizeof *out->distance);
    if (!out->level || !out->distance) {
        levels_clear(out);
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for %zu voxels", voxels);
    }
    if (!levels_fill(out, roi, config, low, extent, err)) {
        levels_clear(out);
        return false;
    }
    return true;
}

void levels_clear(Levels *levels)
{
    free(levels->level);
    free(levels->distance);
    *levels = (Levels){0};
}

/* Steps to the nearest voxel outside, over faces: two sweeps give the exact city-block distance. */
void levels_distances(Levels *levels, const Roi *roi, bool slice_wise)
{
    size_t low[3], extent[3];
    roi_box(roi, roi->morphology, low, extent);
    size_t row = levels->size[0], plane = row * levels->size[1];
    size_t reach = slice_wise ? 0 : plane;
    for (size_t k = 0; k < extent[2]; k++) {
        for (size_t j = 0; j < extent[1]; j++) {
            for (size_t i = 0; i < extent[0]; i++) {
                size_t at = i + 1 + row * (j + 1) + plane * (k + 1);
                size_t from = low[0] + i + roi->size[0] * (low[1] + j + roi->size[1] * (low[2] + k));
                const uint16_t *d = levels->distance;
                uint16_t near = d[at - 1] < d[at - row] ? d[at - 1] : d[at - row];
                near = reach && d[at - reach] < near ? d[at - reach] : near;
                levels->distance[at] = roi->morphology[from] ? (uint16_t)(near + 1) : 0;
            }
        }
    }
    for (size_t k = extent[2]; k > 0; k--) {
        for (size_t j = extent[1]; j > 0; j--) {
            for (size_t i = extent[0]; i > 0; i--) {
                uint16_t *d = levels->distance + i + row * j + plane * k;
                uint16_t near = d[1] < d[row] ? d[1] : d[row];
                near = reach && d[reach] < near ? d[reach] : near;
                *d = *d > near + 1 ? (uint16_t)(near + 1) : *d;
            }
        }
    }
}
