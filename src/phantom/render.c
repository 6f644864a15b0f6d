/* Sampling, blur and noise. */
#include "phantom/render.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 3 T protocols within the usual ranges (docs/phantom.md); the two T1 series have scales of their own, as
 * scanners do. */
const Acquisition acquisitions[ACQUISITION_COUNT] = {
    [ACQUISITION_CT] = {ROLE_CT, "ct", 0, 0, 0, 1, 11},
    [ACQUISITION_T1] = {ROLE_T1, "t1", 700, 12, 0, 2600, 22},
    [ACQUISITION_T2] = {ROLE_T2, "t2", 4000, 95, 0, 3600, 24},
    [ACQUISITION_STIR] = {ROLE_STIR, "stir", 4500, 60, 240, 3400, 26},
    [ACQUISITION_T1C] = {ROLE_T1C, "t1c", 700, 12, 0, 3000, 24},
};

enum { MAX_SERIES = 4 };

void render_ct_grid(Geometry *out)
{
    *out = (Geometry){.size = {216, 216, 68},
                      .spacing_mm = {0.56, 0.56, 1.5},
                      .origin_lps_mm = {-60.2, -50.0, -40.0},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

void render_mr_grid(Geometry *out)
{
    *out = (Geometry){.size = {172, 146, 19},
                      .spacing_mm = {0.7, 0.7, 3.0},
                      .origin_lps_mm = {27.0, -50.0, 61.0},
                      .axis_lps = {{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}}};
}

static double signal_of(const Acquisition *series, const TissueValues *tissue)
{
    if (series->role == ROLE_CT) {
        return tissue->attenuation_hu;
    }
    TissueValues values = series->role == ROLE_T1C ? tissue_after_contrast(tissue) : *tissue;
    double signal = series->ti_ms > 0
                        ? tissue_inversion_recovery(&values, series->tr_ms, series->te_ms, series->ti_ms)
                        : tissue_spin_echo(&values, series->tr_ms, series->te_ms);
    return series->scale * signal;
}

typedef struct {
    const Anatomy *anatomy;
    const Geometry *grid;
    size_t series_count;
    double signals[MAX_SERIES][KIND_COUNT];
    int points[3]; /* samples across a voxel */
    Volume **volumes;
    Mask *labels;
} Sampling;

static bool is_reference(uint16_t label)
{
    return label > LABEL_LESION || (label >= LABEL_DISC_C2_C3 && label < LABEL_LESION) ||
           label == LABEL_CSF || label == LABEL_CORD;
}

/* The label of most points; a reference tissue needs them all. */
static uint16_t voted_label(const uint16_t *labels, size_t count)
{
    uint16_t best = 0;
    size_t best_votes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t votes = 0;
        for (size_t j = 0; j < count; j++) {
            votes += labels[j] == labels[i];
        }
        if (votes > best_votes) {
            best_votes = votes;
            best = labels[i];
        }
    }
    return is_reference(best) && best_votes < count ? 0 : best;
}

enum { MOST_POINTS = 32 };

typedef struct {
    AnatomyPoint points[MOST_POINTS];
    size_t count;
    bool uniform; /* all are alike */
} VoxelSample;

/* Adds every second point of a voxel, as the fields of one colour of a chessboard. */
static void sample_colour(const Sampling *s, const double ijk[3], int colour, VoxelSample *out)
{
    const int *n = s->points;
    for (int c = 0; c < n[2]; c++) {
        for (int b = 0; b < n[1]; b++) {
            for (int a = (b + c + colour) % 2; a < n[0]; a += 2) {
                Vec3 at =
                    geometry_point_lps_mm(s->grid, ijk[0] + (a + 0.5) / n[0] - 0.5,
                                          ijk[1] + (b + 0.5) / n[1] - 0.5, ijk[2] + (c + 0.5) / n[2] - 0.5);
                AnatomyPoint point = anatomy_at(s->anatomy, at);
                out->points[out->count++] = point;
                out->uniform =
                    out->uniform && point.kind == out->points[0].kind && point.label == out->points[0].label;
            }
        }
    }
}

static void sample_voxel(const Sampling *s, size_t i, size_t j, size_t k)
{
    const double ijk[3] = {(double)i, (double)j, (double)k};
    VoxelSample sample = {.count = 0, .uniform = true};
    sample_colour(s, ijk, 0, &sample);
    if (!sample.uniform) { /* where half of the points agree, the others are taken to */
        sample_colour(s, ijk, 1, &sample);
    }
    uint16_t labels[MOST_POINTS] = {0};
    double sums[MAX_SERIES] = {0};
    for (size_t p = 0; p < sample.count; p++) {
        labels[p] = sample.points[p].label;
        for (size_t n = 0; n < s->series_count; n++) {
            sums[n] += s->signals[n][sample.points[p].kind];
        }
    }
    size_t index = i + s->grid->size[0] * (j + s->grid->size[1] * k);
    s->labels->labels[index] = sample.uniform ? sample.points[0].label : voted_label(labels, sample.count);
    for (size_t n = 0; n < s->series_count; n++) {
        s->volumes[n]->voxels[index] = (float)(sums[n] / (double)sample.count);
    }
}

static bool sample_slice(void *context, size_t k)
{
    const Sampling *s = context;
    for (size_t j = 0; j < s->grid->size[1]; j++) {
        for (size_t i = 0; i < s->grid->size[0]; i++) {
            sample_voxel(s, i, j, k);
        }
    }
    return true;
}

bool render_series(const Anatomy *anatomy, const Acquisition *series, size_t series_count,
                   const Geometry *grid, Pool *pool, Volume **out_volumes, Mask **out_labels, DensError **err)
{
    bool thick = grid->spacing_mm[2] > 2;
    Sampling s = {.anatomy = anatomy,
                  .grid = grid,
                  .series_count = series_count,
                  .points = {2, 2, thick ? 5 : 2},
                  .volumes = out_volumes};
    memset(out_volumes, 0, series_count * sizeof(*out_volumes));
    s.labels = mask_new(grid, err);
    bool good = s.labels != NULL;
    for (size_t n = 0; good && n < series_count; n++) {
        out_volumes[n] = volume_new(grid, err);
        good = out_volumes[n] != NULL;
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            s.signals[n][kind] = signal_of(&series[n], lesion_tissue(anatomy->lesion, (TissueKind)kind));
        }
    }
    if (!good) {
        mask_free(s.labels);
        for (size_t n = 0; n < series_count; n++) {
            volume_free(out_volumes[n]);
            out_volumes[n] = NULL;
        }
        return false;
    }
    (void)pool_each(pool, grid->size[2], sample_slice, &s);
    *out_labels = s.labels;
    return true;
}

/* ---- blur and noise ---- */

typedef struct {
    Volume *volume;
    const Acquisition *series;
    uint64_t seed;
    double weights[5]; /* of the blur, middle first */
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

static bool degrade_slice(void *context, size_t k)
{
    const Degrading *d = context;
    size_t columns = d->volume->geometry.size[0], rows = d->volume->geometry.size[1], voxels = columns * rows;
    float *slice = d->volume->voxels + k * voxels;
    bool ct = d->series->role == ROLE_CT;
    Random random;
    random_init(&random, random_mix(random_mix(d->seed, random_key(d->series->name)), k));
    if (ct) {
        blur_slice(slice, columns, rows, d->weights);
    }
    for (size_t i = 0; i < voxels; i++) {
        double noisy = slice[i] + d->series->noise_sd * random_normal(&random);
        if (!ct) {
            noisy = hypot(noisy, d->series->noise_sd * random_normal(&random));
        }
        slice[i] = (float)noisy;
    }
    return true;
}

void render_degrade(Volume *volume, const Acquisition *series, uint64_t seed, Pool *pool)
{
    Degrading d = {.volume = volume, .series = series, .seed = seed};
    /* a soft to medium kernel: 0.9 mm full width (10.1118/1.595706: a Gaussian fits the point spread) */
    blur_weights(0.9 / volume->geometry.spacing_mm[0], d.weights);
    (void)pool_each(pool, volume->geometry.size[2], degrade_slice, &d);
}
