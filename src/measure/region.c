/* Statistics of a region.
 *
 * Percentiles interpolate linearly between order statistics: the p-th lies at position p·(n − 1).
 * Neighbouring voxels are not independent (the scanner's blur, the structure of the lesion), so a standard
 * error of σ/√n would be too small. The number of independent voxels is n·Π (1 − ρ)/(1 + ρ) over the three
 * grid axes, ρ being the correlation between neighbours along that axis: Bartlett's correction for a process
 * whose correlation falls off geometrically (Bartlett 1935, J R Stat Soc 98:536; Bayley and Hammersley 1946,
 * J R Stat Soc Suppl 8:184). Structure inside the lesion raises ρ as blur does: the error is then rather too
 * large than too small.
 * The standard error of a median is 1.2533·σ/√n (√(π/2), normal distribution), σ from the median absolute
 * deviation; where more than half of the voxels share one value, from the SD. */
#include "measure/region.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const double mad_to_sd = 1.4826;
static const double median_efficiency = 1.2533;
static const double largest_correlation = 0.999; /* keeps (1 − ρ)/(1 + ρ) above 0 */

bool mask_box(const Mask *mask, size_t out_low[3], size_t out_high[3])
{
    const size_t *size = mask->geometry.size;
    const uint16_t *label = mask->labels;
    bool found = false;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++) {
                if (*label++ == 0) {
                    continue;
                }
                const size_t at[3] = {i, j, k};
                for (int a = 0; a < 3; a++) {
                    out_low[a] = found && out_low[a] < at[a] ? out_low[a] : at[a];
                    out_high[a] = found && out_high[a] > at[a] ? out_high[a] : at[a];
                }
                found = true;
            }
        }
    }
    return found;
}

/* Does a visited voxel at (i, j, k) lie in the region, with a finite value? */
typedef struct {
    const Volume *volume;
    const Mask *mask;
    size_t low[3], high[3];
} Window;

static bool window_value(const Window *window, size_t i, size_t j, size_t k, double *out)
{
    const size_t at = voxel_index(&window->volume->geometry, i, j, k);
    *out = (double)window->volume->voxels[at];
    return window->mask->labels[at] != 0 && isfinite(*out);
}

static size_t gather(const Window *window, double *values, size_t *out_not_finite)
{
    size_t count = 0;
    for (size_t k = window->low[2]; k <= window->high[2]; k++) {
        for (size_t j = window->low[1]; j <= window->high[1]; j++) {
            for (size_t i = window->low[0]; i <= window->high[0]; i++) {
                double value;
                if (window_value(window, i, j, k, &value)) {
                    values[count++] = value;
                } else if (window->mask->labels[voxel_index(&window->volume->geometry, i, j, k)] != 0) {
                    ++*out_not_finite;
                }
            }
        }
    }
    return count;
}

/* Correlation between neighbours along an axis, 0 … largest_correlation. */
static double neighbour_correlation(const Window *window, int axis, double mean, double variance)
{
    const size_t step[3] = {axis == 0, axis == 1, axis == 2};
    double sum = 0;
    size_t pairs = 0;
    for (size_t k = window->low[2]; k + step[2] <= window->high[2]; k++) {
        for (size_t j = window->low[1]; j + step[1] <= window->high[1]; j++) {
            for (size_t i = window->low[0]; i + step[0] <= window->high[0]; i++) {
                double a, b;
                if (window_value(window, i, j, k, &a) &&
                    window_value(window, i + step[0], j + step[1], k + step[2], &b)) {
                    sum += (a - mean) * (b - mean);
                    pairs++;
                }
            }
        }
    }
    const double correlation = pairs > 0 && variance > 0 ? sum / ((double)pairs * variance) : 0;
    return fmin(fmax(correlation, 0), largest_correlation);
}

static double independent_voxels(const Window *window, const Region *region)
{
    const double n = (double)region->voxels;
    const double variance = region->voxels > 1 ? region->sd * region->sd * (n - 1) / n : 0;
    double independent = n;
    for (int axis = 0; axis < 3; axis++) {
        const double correlation = neighbour_correlation(window, axis, region->mean, variance);
        independent *= (1 - correlation) / (1 + correlation);
    }
    return fmax(independent, 1);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of an ascending array. */
static double quantile(const double *values, size_t count, double p)
{
    const double position = p * (double)(count - 1);
    const size_t below = (size_t)position;
    if (below + 1 >= count) {
        return values[count - 1];
    }
    return values[below] + (position - (double)below) * (values[below + 1] - values[below]);
}

double quantile_of(double *values, size_t count, double p)
{
    qsort(values, count, sizeof *values, ascending);
    return quantile(values, count, p);
}

/* Fills everything but the errors; reorders and overwrites `values`. */
static void summarise(Region *out, double *values)
{
    const size_t count = out->voxels;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    out->mean = sum / (double)count;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        squares += (values[i] - out->mean) * (values[i] - out->mean);
    }
    out->sd = count > 1 ? sqrt(squares / (double)(count - 1)) : -1;
    qsort(values, count, sizeof *values, ascending);
    out->minimum = values[0];
    out->p5 = quantile(values, count, 0.05);
    out->median = quantile(values, count, 0.5);
    out->p95 = quantile(values, count, 0.95);
    out->maximum = values[count - 1];
    for (size_t i = 0; i < count; i++) {
        values[i] = fabs(values[i] - out->median);
    }
    qsort(values, count, sizeof *values, ascending);
    out->spread = mad_to_sd * quantile(values, count, 0.5);
}

/* The mask lies on the volume's grid: to within half a voxel at every corner. */
static bool on_grid(const Volume *volume, const Mask *mask)
{
    const double *spacing = volume->geometry.spacing_mm;
    const double tolerance_mm = 0.5 * fmin(spacing[0], fmin(spacing[1], spacing[2]));
    double distance_mm;
    return geometry_equal(&volume->geometry, &mask->geometry, tolerance_mm, &distance_mm);
}

bool region_describe(Region *out, const Volume *volume, const Mask *mask, const char *name, DensError **err)
{
    *out = (Region){0};
    if (!on_grid(volume, mask)) {
        return error_input(err, mask->source_name, "the %s mask is not on the grid of its volume", name);
    }
    Window window = {.volume = volume, .mask = mask};
    if (!mask_box(mask, window.low, window.high)) {
        return error_input(err, mask->source_name, "the %s mask is empty", name);
    }
    double *values = memory_try_array(mask_count(mask, 0), sizeof *values);
    if (!values) {
        return error_no_memory(err);
    }
    out->voxels = gather(&window, values, &out->not_finite);
    if (out->voxels == 0) {
        free(values);
        return error_input(err, volume->source_name, "no voxel of the %s mask has a finite value", name);
    }
    summarise(out, values);
    free(values);
    out->independent = independent_voxels(&window, out);
    if (out->voxels > 1) {
        const double sigma = out->spread > 0 ? out->spread : out->sd;
        out->mean_error = out->sd / sqrt(out->independent);
        out->median_error = median_efficiency * sigma / sqrt(out->independent);
    } else {
        out->mean_error = out->median_error = -1;
    }
    return true;
}
