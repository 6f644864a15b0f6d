/* Noise of a magnitude image.
 *
 * Where there is no signal its values have a Rayleigh distribution, whose mean square is 2σ² and whose
 * coefficient of variation is 0.523 (Gudbjartsson 1995, Magn Reson Med 34:910). A corner with that
 * coefficient is taken for air if its quartiles, too, lie where that distribution has them, at σ·√(−2 ln(1 −
 * p)): a corner that is half tissue can have the coefficient by chance. */
#include "measure/noise.h"

#include "measure/region.h"

#include <math.h>

enum { CORNER_SHARE = 8, LEAST_VOXELS = 16, QUARTILES = 3 };
static const double rayleigh_variation = 0.523, rayleigh_tolerance = 0.12;
static const double most_correlation = 0.7;
static const double quartile_tolerance = 0.15; /* 16 voxels have an SD of 0.125 */

typedef struct {
    size_t low[3], high[3];
} Corner;

static Corner corner_of(const Volume *volume, int which)
{
    Corner out;
    for (int a = 0; a < 3; a++) {
        const size_t size = volume->geometry.size[a],
                     width = size / CORNER_SHARE > 0 ? size / CORNER_SHARE : 1;
        out.low[a] = which >> a & 1 ? size - width : 0;
        out.high[a] = out.low[a] + width;
    }
    return out;
}

typedef struct {
    double sum, squares;
    size_t count;
    size_t below[QUARTILES]; /* the limits that were asked for */
    double products[2]; /* along rows and columns: of neighbours' distances from the mean that was told */
    size_t pairs[2];
} Sums;

static double value_at(const Volume *volume, size_t i, size_t j, size_t k)
{
    return (double)volume->voxels[voxel_index(&volume->geometry, i, j, k)];
}

static void add_pair(Sums *out, int axis, double value, double next, double mean)
{
    if (isfinite(next)) {
        out->products[axis] += (value - mean) * (next - mean);
        out->pairs[axis]++;
    }
}

/* Of the finite values of a corner. */
static Sums corner_sums(const Volume *volume, const Corner *c, const double limits[QUARTILES], double mean)
{
    Sums out = {0};
    for (size_t k = c->low[2]; k < c->high[2]; k++) {
        for (size_t j = c->low[1]; j < c->high[1]; j++) {
            for (size_t i = c->low[0]; i < c->high[0]; i++) {
                const double value = value_at(volume, i, j, k);
                if (!isfinite(value)) {
                    continue;
                }
                out.sum += value;
                out.squares += value * value;
                out.count++;
                for (int q = 0; q < QUARTILES; q++) {
                    out.below[q] += value < limits[q];
                }
                if (i + 1 < c->high[0]) {
                    add_pair(&out, 0, value, value_at(volume, i + 1, j, k), mean);
                }
                if (j + 1 < c->high[1]) {
                    add_pair(&out, 1, value, value_at(volume, i, j + 1, k), mean);
                }
            }
        }
    }
    return out;
}

/* σ of a corner that looks like air, else 0. */
static double corner_sigma(const Volume *volume, int which)
{
    static const double none[QUARTILES] = {0};
    const Corner corner = corner_of(volume, which);
    const Sums sums = corner_sums(volume, &corner, none, 0);
    const double n = (double)sums.count, mean = n > 0 ? sums.sum / n : 0;
    if (sums.count < LEAST_VOXELS || !(mean > 0)) {
        return 0;
    }
    const double variance = fmax(sums.squares / n - mean * mean, 0), variation = sqrt(variance) / mean;
    const double sigma = sqrt(sums.squares / n / 2);
    double limits[QUARTILES];
    for (int q = 0; q < QUARTILES; q++) {
        limits[q] = sigma * sqrt(-2 * log(1 - (q + 1) / 4.0));
    }
    const Sums parted = corner_sums(volume, &corner, limits, mean);
    bool rayleigh = fabs(variation - rayleigh_variation) <= rayleigh_tolerance;
    for (int a = 0; a < 2; a++) {
        rayleigh = rayleigh && parted.products[a] <= most_correlation * (double)parted.pairs[a] * variance;
    }
    for (int q = 0; q < QUARTILES; q++) {
        rayleigh = rayleigh && fabs((double)parted.below[q] / n - (q + 1) / 4.0) <= quartile_tolerance;
    }
    return rayleigh ? sigma : 0;
}

double noise_sigma(const Volume *volume)
{
    double best = 0;
    for (int which = 0; which < 8; which++) {
        const double sigma = corner_sigma(volume, which);
        best = sigma > 0 && (best <= 0 || sigma < best) ? sigma : best;
    }
    return best;
}
