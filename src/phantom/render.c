/* What acquiring does to an image: the kernel's blur, the coil's shading, and noise. */
#include "phantom/render.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- blur and noise ---- */

typedef struct {
    Volume *volume;
    const Acquisition *series;
    uint64_t seed;
    double weights[5]; /* of the blur, middle first */
    double phase[2];   /* of the shading */
} Degrading;

/* Weights of a Gaussian of this full width at half maximum, at whole voxels. */
static void blur_weights(double fwhm_voxels, double weights[5])
{
    double sd = fwhm_voxels / 2.3548, sum = 0;
    for (int i = 0; i < 5; i++) {
        weights[i] = exp(-0.5 * i * i / (sd * sd));
        sum += weights[i] * (i ? 2 : 1);
    }
    for (int i = 0; i < 5; i++) {
        weights[i] /= sum;
    }
}

static size_t clamp_index(long index, size_t size)
{
    return index < 0 ? 0 : index >= (long)size ? size - 1 : (size_t)index;
}

static void blur_line(const float *in, float *out, size_t count, size_t stride, const double weights[5])
{
    for (size_t i = 0; i < count; i++) {
        double sum = weights[0] * in[i * stride];
        for (long d = 1; d < 5; d++) {
            sum += weights[d] * (in[clamp_index((long)i - d, count) * stride] +
                                 in[clamp_index((long)i + d, count) * stride]);
        }
        out[i * stride] = (float)sum;
    }
}

static void blur_slice(float *slice, size_t columns, size_t rows, const double weights[5])
{
    float *work = memory_array(columns * rows, sizeof *work);
    for (size_t j = 0; j < rows; j++) {
        blur_line(slice + j * columns, work + j * columns, columns, 1, weights);
    }
    for (size_t i = 0; i < columns; i++) {
        blur_line(work + i, slice + i, rows, columns, weights);
    }
    free(work);
}

/* Noise of a sharp kernel is grainy: it loses what is common to neighbours. */
static void sharp_noise(float *noise, size_t columns, size_t rows, const double weights[5], Random *random)
{
    size_t voxels = columns * rows;
    float *smooth = memory_array(voxels, sizeof *smooth);
    for (size_t i = 0; i < voxels; i++) {
        noise[i] = smooth[i] = (float)random_normal(random);
    }
    blur_slice(smooth, columns, rows, weights);
    for (size_t i = 0; i < voxels; i++) {
        noise[i] = (float)(1.12 * (noise[i] - 0.6 * smooth[i]));
    }
    free(smooth);
}

/* Below C6 the shoulders take most of the rays from the sides: more noise, in streaks from left to right. */
static double shoulder_at(const Geometry *grid, size_t k)
{
    double z = geometry_point_lps_mm(grid, 0, 0, (double)k).z;
    double t = fmin(fmax((-28 - z) / 35, 0), 1);
    return t * t * (3 - 2 * t);
}

static void add_ct_noise(const Degrading *d, size_t k, float *slice, Random *random)
{
    size_t columns = d->volume->geometry.size[0], rows = d->volume->geometry.size[1];
    float *noise = memory_array(columns * rows, sizeof *noise);
    double shoulder = shoulder_at(&d->volume->geometry, k), streak = 0;
    double sd = d->series->noise_sd * (1 + 0.8 * shoulder);
    sharp_noise(noise, columns, rows, d->weights, random);
    for (size_t j = 0; j < rows; j++) {
        for (size_t i = 0; i < columns; i++) {
            size_t at = i + j * columns;
            streak = 0.97 * streak + 0.24 * random_normal(random);
            slice[at] = (float)fmax(slice[at] + sd * ((double)noise[at] + 0.6 * shoulder * streak), -1024);
        }
    }
    free(noise);
}

/* The shading that is left after the scanner's correction: a slow wave of a tenth, and less before the spine,
 * which is far from the coil. */
static double shading_at(const Degrading *d, Vec3 p)
{
    double wave = 1 + 0.05 * sin(0.021 * p.z + d->phase[0]) + 0.04 * sin(0.027 * p.x + d->phase[1]);
    double front = fmin(fmax((-20 - p.y) / 40, 0), 1);
    return wave * (1 - 0.45 * front);
}

static void add_mr_noise(const Degrading *d, size_t k, float *slice, Random *random)
{
    const Geometry *grid = &d->volume->geometry;
    for (size_t j = 0; j < grid->size[1]; j++) {
        for (size_t i = 0; i < grid->size[0]; i++) {
            size_t at = i + j * grid->size[0];
            Vec3 point = geometry_point_lps_mm(grid, (double)i, (double)j, (double)k);
            double real = slice[at] * shading_at(d, point) + d->series->noise_sd * random_normal(random);
            slice[at] = (float)hypot(real, d->series->noise_sd * random_normal(random));
        }
    }
}

/* What is smeared over 6 mm has smeared noise: that of a count grows with its root. */
static void degrade_pet(Degrading *d)
{
    Volume *volume = d->volume;
    const size_t *size = volume->geometry.size;
    size_t plane = size[0] * size[1], voxels = plane * size[2];
    float *work = memory_array(voxels, sizeof *work);
    Random random;
    random_init(&random, random_mix(d->seed, random_key(d->series->name)));
    for (size_t i = 0; i < voxels; i++) {
        double suv = fmax(volume->voxels[i], 0) / d->series->scale;
        volume->voxels[i] +=
            (float)(d->series->scale * d->series->noise_sd * 4 * sqrt(suv) * random_normal(&random));
    }
    for (size_t k = 0; k < size[2]; k++) {
        blur_slice(volume->voxels + k * plane, size[0], size[1], d->weights);
    }
    for (size_t i = 0; i < plane; i++) {
        blur_line(volume->voxels + i, work + i, size[2], plane, d->weights);
    }
    for (size_t i = 0; i < voxels; i++) {
        volume->voxels[i] = fmaxf(work[i], 0);
    }
    free(work);
}

static bool degrade_slice(void *context, size_t k)
{
    const Degrading *d = context;
    size_t columns = d->volume->geometry.size[0], rows = d->volume->geometry.size[1];
    float *slice = d->volume->voxels + k * columns * rows;
    Random random;
    random_init(&random, random_mix(random_mix(d->seed, random_key(d->series->name)),
                                    k + 1000 * (size_t)(d->series->time_s + d->series->b_value)));
    if (d->series->role == ROLE_CT) {
        blur_slice(slice, columns, rows, d->weights);
        add_ct_noise(d, k, slice, &random);
    } else {
        add_mr_noise(d, k, slice, &random);
    }
    return true;
}

void render_degrade(Volume *volume, const Acquisition *series, uint64_t seed, Pool *pool)
{
    Degrading d = {.volume = volume, .series = series, .seed = seed};
    Random random;
    random_init(&random, random_mix(seed, random_key("shading")));
    d.phase[0] = 6 * random_unit(&random);
    d.phase[1] = 6 * random_unit(&random);
    if (series->role == ROLE_PET) {
        blur_weights(6.0 / volume->geometry.spacing_mm[0], d.weights);
        degrade_pet(&d);
        return;
    }
    /* a bone kernel, or the two-dimensional filter of an MR scanner */
    blur_weights(0.7 / volume->geometry.spacing_mm[0], d.weights);
    (void)pool_each(pool, volume->geometry.size[2], degrade_slice, &d);
}
