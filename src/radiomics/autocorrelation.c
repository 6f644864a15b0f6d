/* Moran's I and Geary's C (IBSI manual, 3.1.19 and 3.1.20) over all pairs of voxels with weights 1/distance.
 * The sums over pairs are sums over displacements of 1/distance times a correlation of the region with
 * itself, and correlations are products after a Fourier transform: N log N instead of N². The only file that
 * names KISS FFT. */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <kissfft/kiss_fftnd.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    size_t low[3], extent[3];
    int size[3]; /* padded: displacements of either sign fit */
    size_t voxels;
    double count, mean, squares;
} Frame;

static void frame_init(Frame *f, const Roi *roi)
{
    *f = (Frame){.voxels = 1};
    roi_box(roi, roi->intensity_mask, f->low, f->extent);
    for (int a = 0; a < 3; a++) {
        f->size[a] = kiss_fft_next_fast_size((int)(2 * f->extent[a]));
        f->voxels *= (size_t)f->size[a];
    }
    size_t voxels = roi_voxels(roi);
    for (size_t i = 0; i < voxels; i++) {
        if (roi->intensity_mask[i]) {
            double delta = roi->intensity[i] - f->mean;
            f->mean += delta / ++f->count;
            f->squares += delta * (roi->intensity[i] - f->mean);
        }
    }
}

/* The region on the padded grid: real part 1 inside, imaginary part the intensity above the mean in standard
 * deviations; or, `square`, the square of that. */
static void frame_fill(const Frame *f, const Roi *roi, bool square, kiss_fft_cpx *out)
{
    double scale = 1 / sqrt(f->squares / f->count);
    memset(out, 0, f->voxels * sizeof *out);
    for (size_t k = 0; k < f->extent[2]; k++) {
        for (size_t j = 0; j < f->extent[1]; j++) {
            for (size_t i = 0; i < f->extent[0]; i++) {
                size_t from = f->low[0] + i + roi->size[0] * (f->low[1] + j + roi->size[1] * (f->low[2] + k));
                size_t to = i + (size_t)f->size[0] * (j + (size_t)f->size[1] * k);
                if (roi->intensity_mask[from]) {
                    double x = (roi->intensity[from] - f->mean) * scale;
                    out[to].r = square ? (float)(x * x) : 1;
                    out[to].i = square ? 0 : (float)x;
                }
            }
        }
    }
}

/* The sum over displacements of `correlation` / distance. */
static double weighted_sum(const Frame *f, const double *spacing_mm, const kiss_fft_cpx *correlation,
                           bool imaginary)
{
    double sum = 0;
    size_t at = 0;
    for (int k = 0; k < f->size[2]; k++) {
        double z = (k <= f->size[2] / 2 ? k : k - f->size[2]) * spacing_mm[2];
        for (int j = 0; j < f->size[1]; j++) {
            double y = (j <= f->size[1] / 2 ? j : j - f->size[1]) * spacing_mm[1];
            for (int i = 0; i < f->size[0]; i++, at++) {
                double x = (i <= f->size[0] / 2 ? i : i - f->size[0]) * spacing_mm[0];
                double value = imaginary ? correlation[at].i : correlation[at].r;
                sum += at == 0 ? 0 : value / sqrt(x * x + y * y + z * z);
            }
        }
    }
    return sum / (double)f->voxels;
}

/* From the transform of mask + i·x to the power spectra of the mask (real) and of x (imaginary). */
static void spectra(const Frame *f, const kiss_fft_cpx *both, kiss_fft_cpx *out_power, kiss_fft_cpx *out_mask)
{
    size_t at = 0;
    for (int k = 0; k < f->size[2]; k++) {
        size_t mk = (size_t)((f->size[2] - k) % f->size[2]);
        for (int j = 0; j < f->size[1]; j++) {
            size_t mj = (size_t)((f->size[1] - j) % f->size[1]);
            for (int i = 0; i < f->size[0]; i++, at++) {
                size_t mi = (size_t)((f->size[0] - i) % f->size[0]);
                kiss_fft_cpx a = both[at];
                kiss_fft_cpx b = both[mi + (size_t)f->size[0] * (mj + (size_t)f->size[1] * mk)];
                kiss_fft_cpx m = {(a.r + b.r) / 2, (a.i - b.i) / 2}, x = {(a.i + b.i) / 2, (b.r - a.r) / 2};
                out_mask[at] = m;
                out_power[at] = (kiss_fft_cpx){m.r * m.r + m.i * m.i, x.r * x.r + x.i * x.i};
            }
        }
    }
}

/* The sums over all ordered pairs of w, w·x·x' and w·x². */
static bool pair_sums(const Frame *f, const Roi *roi, double *out_w, double *out_wxx, double *out_wx2)
{
    const int dims[3] = {f->size[2], f->size[1], f->size[0]};
    kiss_fftnd_cfg forward = kiss_fftnd_alloc(dims, 3, 0, NULL, NULL);
    kiss_fftnd_cfg inverse = kiss_fftnd_alloc(dims, 3, 1, NULL, NULL);
    kiss_fft_cpx *one = memory_try_array(f->voxels, sizeof *one),
                 *two = memory_try_array(f->voxels, sizeof *two);
    kiss_fft_cpx *mask = memory_try_array(f->voxels, sizeof *mask);
    bool ok = forward && inverse && one && two && mask;
    if (ok) {
        frame_fill(f, roi, false, one);
        kiss_fftnd(forward, one, two);
        spectra(f, two, one, mask);
        kiss_fftnd(inverse, one, two);
        *out_w = weighted_sum(f, roi->spacing_mm, two, false);
        *out_wxx = weighted_sum(f, roi->spacing_mm, two, true);
        frame_fill(f, roi, true, one);
        kiss_fftnd(forward, one, two);
        for (size_t i = 0; i < f->voxels; i++) {
            kiss_fft_cpx s = two[i], m = mask[i];
            one[i] = (kiss_fft_cpx){s.r * m.r + s.i * m.i, s.i * m.r - s.r * m.i};
        }
        kiss_fftnd(inverse, one, two);
        *out_wx2 = weighted_sum(f, roi->spacing_mm, two, false);
    }
    free(one);
    free(two);
    free(mask);
    kiss_fft_free(forward);
    kiss_fft_free(inverse);
    return ok;
}

bool autocorrelation(const Roi *roi, double *out_moran, double *out_geary, DensError **err)
{
    Frame f;
    frame_init(&f, roi);
    *out_moran = *out_geary = NAN;
    if (f.count < 2 || f.squares <= 0) {
        return true;
    }
    double w = 0, wxx = 0, wx2 = 0;
    if (!pair_sums(&f, roi, &w, &wxx, &wx2)) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a transform of %zu voxels",
                         f.voxels);
    }
    /* x has a variance of 1: the sum of its squares is the number of voxels */
    *out_moran = wxx / w;
    *out_geary = (f.count - 1) / f.count * (wx2 - wxx) / w;
    return true;
}
