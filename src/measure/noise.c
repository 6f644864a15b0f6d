/* Noise of a magnitude image.
 *
 * Where there is no signal its values have a Rayleigh distribution, whose coefficient of variation is 0.523
 * and whose mean square is 2σ² (Gudbjartsson 1995, Magn Reson Med 34:910). A corner with that coefficient is
 * taken for air. */
#include "measure/noise.h"

#include "measure/region.h"

#include <math.h>

enum { CORNER_SHARE = 8, LEAST_VOXELS = 16 };
static const double rayleigh_variation = 0.523, rayleigh_tolerance = 0.12;

typedef struct {
    double sum, squares;
    size_t count;
} Sums;

static Sums corner_sums(const Volume *volume, int corner)
{
    const size_t *size = volume->geometry.size;
    size_t low[3], high[3];
    for (int a = 0; a < 3; a++) {
        const size_t width = size[a] / CORNER_SHARE > 0 ? size[a] / CORNER_SHARE : 1;
        low[a] = corner >> a & 1 ? size[a] - width : 0;
        high[a] = low[a] + width;
    }
    Sums out = {0};
    for (size_t k = low[2]; k < high[2]; k++) {
        for (size_t j = low[1]; j < high[1]; j++) {
            for (size_t i = low[0]; i < high[0]; i++) {
                const double value = (double)volume->voxels[voxel_index(&volume->geometry, i, j, k)];
                if (isfinite(value)) {
                    out.sum += value;
                    out.squares += value * value;
                    out.count++;
                }
            }
        }
    }
    return out;
}

double noise_sigma(const Volume *volume)
{
    double best = 0;
    for (int corner = 0; corner < 8; corner++) {
        const Sums sums = corner_sums(volume, corner);
        const double n = (double)sums.count, mean = n > 0 ? sums.sum / n : 0;
        if (n < LEAST_VOXELS || !(mean > 0)) {
            continue;
        }
        const double variation = sqrt(fmax(sums.squares / n - mean * mean, 0)) / mean;
        const double sigma = sqrt(sums.squares / n / 2);
        if (fabs(variation - rayleigh_variation) <= rayleigh_tolerance && (best <= 0 || sigma < best)) {
            best = sigma;
        }
    }
    return best;
}
