/* Sampling an anatomy on a voxel grid.
 *
 * Points lie on a lattice of voxel corners, so that neighbours share them; a line of points from left to
 * right shares its place along the spine, too. The work is split into blocks of rows or slices, each of which
 * walks from one plane of the lattice to the next. */
#include "phantom/parts.h"
#include "phantom/render.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8, INSIDE = 8, MOST_ACROSS = 6, MOST_POINTS = 4 * (MOST_ACROSS + 1) + INSIDE };

typedef struct {
    const Anatomy *anatomy;
    const Geometry *grid;
    size_t series_count, across;
    size_t outer, middle, inner; /* axes of the grid: along the body, front to back, left to right */
    double signals[MOST_SERIES][KIND_COUNT];
    double rough[MOST_SERIES][KIND_COUNT]; /* SD of a tissue's texture, same units */
    Rendered *out;
} Sampling;

/* The last line of points that was looked up. */
typedef struct {
    double y, z;
    SpinePoint at;
    bool known;
} Line;

static SpinePoint spine_point(const Sampling *s, Line *line, const double ijk[3])
{
    Vec3 point = geometry_point_lps_mm(s->grid, ijk[0], ijk[1], ijk[2]);
    if (!line->known || line->y != point.y || line->z != point.z) {
        *line = (Line){point.y, point.z, anatomy_spine_line(s->anatomy, point.y, point.z), true};
    }
    return anatomy_on_line(s->anatomy, &line->at, point.x);
}

/* ---- one voxel ---- */

typedef struct {
    AnatomyPoint points[MOST_POINTS];
    double weights[MOST_POINTS];
    size_t count;
} VoxelSample;

static void add_point(VoxelSample *sample, AnatomyPoint point, double weight)
{
    sample->points[sample->count] = point;
    sample->weights[sample->count++] = weight;
}

static bool is_uniform(const VoxelSample *sample)
{
    const AnatomyPoint *first = &sample->points[0];
    for (size_t i = 1; i < sample->count; i++) {
        const AnatomyPoint *point = &sample->points[i];
        if (point->kind != first->kind || point->label != first->label || point->anatomy != first->anatomy) {
            return false;
        }
    }
    return true;
}

static bool is_reference(uint16_t label)
{
    return (label > LABEL_LESION && label != LABEL_OTHER_LESION) ||
           (label >= LABEL_DISC_C2_C3 && label < LABEL_LESION) || label == LABEL_CSF || label == LABEL_CORD;
}

/* The value that has most of the weight; of equals, the first. */
static uint16_t voted(const VoxelSample *sample, bool anatomy, double *out_share)
{
    uint16_t values[MOST_POINTS];
    double weights[MOST_POINTS] = {0}, sum = 0;
    size_t count = 0, best = 0;
    for (size_t i = 0; i < sample->count; i++) {
        uint16_t value = anatomy ? sample->points[i].anatomy : sample->points[i].label;
        size_t known = 0;
        while (known < count && values[known] != value) {
            known++;
        }
        if (known == count) {
            values[count] = value;
            weights[count++] = 0;
        }
        weights[known] += sample->weights[i];
        sum += sample->weights[i];
    }
    for (size_t i = 1; i < count; i++) {
        best = weights[i] > weights[best] ? i : best;
    }
    *out_share = weights[best] / sum;
    return values[best];
}

static void fill_labels(const Sampling *s, const VoxelSample *sample, size_t index)
{
    double share = 0;
    s->out->anatomy->labels[index] = voted(sample, true, &share);
    uint16_t label = voted(sample, false, &share);
    s->out->labels->labels[index] = is_reference(label) && share < 1 - 1e-9 ? 0 : label;
}

/* Textures: mean 0, spread 1. */
static double grain_at(const Anatomy *a, SpinePoint p)
{
    return (growth_noise(p, 1.9, a->texture + 9) - 0.5) / 0.17; /* the noise's own spread */
}

/* Of a muscle: thin bright sheets, the fat around bundles of fibres, which run along the neck. */
static double fibres_at(const Anatomy *a, SpinePoint p)
{
    SpinePoint fibre = {p.x, p.v, 0.2 * p.s};
    double off = (growth_noise(fibre, 4.5, a->texture + 9) - 0.5) / 0.05;
    return (1 / (1 + off * off) - 0.26) / 0.29; /* its mean and spread */
}

static void fill_signals(const Sampling *s, const VoxelSample *sample, const double ijk[3], Line *line,
                         size_t index)
{
    double shares[KIND_COUNT] = {0}, sum = 0;
    for (size_t i = 0; i < sample->count; i++) {
        TissueMixture mixture = tissue_mixture(sample->points[i].kind);
        shares[mixture.kind] += sample->weights[i] * mixture.share;
        shares[KIND_FAT_PLANE] += sample->weights[i] * (1 - mixture.share);
        sum += sample->weights[i];
    }
    bool grain = shares[KIND_TRABECULA] > 0 || shares[KIND_LESION] > 0, muscle = shares[KIND_MUSCLE] > 0;
    double texture = 0;
    if (grain || muscle) {
        SpinePoint p = spine_point(s, line, ijk);
        texture = grain ? grain_at(s->anatomy, p) : fibres_at(s->anatomy, p);
    }
    for (size_t n = 0; n < s->series_count; n++) {
        double signal = 0;
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            if (shares[kind] > 0) {
                signal += shares[kind] * (s->signals[n][kind] + s->rough[n][kind] * texture);
            }
        }
        s->out->volumes[n]->voxels[index] = (float)(signal / sum);
    }
}

/* ---- a block ---- */

static size_t lattice_width(const Sampling *s)
{
    return s->grid->size[s->inner] * s->across + 1;
}

static void fill_plane(const Sampling *s, Line *line, size_t number, AnatomyPoint *plane)
{
    double ijk[3];
    size_t width = lattice_width(s);
    ijk[s->outer] = (double)number - 0.5;
    for (size_t m = 0; m <= s->grid->size[s->middle]; m++) {
        ijk[s->middle] = (double)m - 0.5;
        for (size_t n = 0; n < width; n++) {
            ijk[s->inner] = (double)n / (double)s->across - 0.5;
            plane[m * width + n] = anatomy_at_spine(s->anatomy, spine_point(s, line, ijk));
        }
    }
}

/* The corners of a voxel and the points between them; the outermost count half. */
static void gather(const Sampling *s, const AnatomyPoint *const planes[2], size_t m, size_t n,
                   VoxelSample *out)
{
    size_t width = lattice_width(s);
    out->count = 0;
    for (int o = 0; o < 2; o++) {
        for (size_t row = m; row <= m + 1; row++) {
            const AnatomyPoint *from = &planes[o][row * width + n * s->across];
            for (size_t i = 0; i <= s->across; i++) {
                add_point(out, from[i], i == 0 || i == s->across ? 0.5 : 1);
            }
        }
    }
}

static void add_inside(const Sampling *s, Line *line, const double ijk[3], VoxelSample *out)
{
    for (int i = 0; i < INSIDE; i++) {
        double at[3];
        at[s->outer] = ijk[s->outer] + (i & 4 ? 0.25 : -0.25);
        at[s->middle] = ijk[s->middle] + (i & 2 ? 0.25 : -0.25);
        at[s->inner] = ijk[s->inner] + (i & 1 ? 0.25 : -0.25);
        add_point(out, anatomy_at_spine(s->anatomy, spine_point(s, line, at)), s->across > 1 ? 0.5 : 1);
    }
}

static bool sample_block(void *context, size_t block)
{
    const Sampling *s = context;
    const size_t *size = s->grid->size;
    size_t points = lattice_width(s) * (size[s->middle] + 1), end = (block + 1) * BLOCK;
    AnatomyPoint *lattice = memory_array(2 * points, sizeof *lattice);
    AnatomyPoint *lower = lattice, *upper = lattice + points;
    Line line = {.known = false};
    end = end < size[s->outer] ? end : size[s->outer];
    fill_plane(s, &line, block * BLOCK, lower);
    for (size_t o = block * BLOCK; o < end; o++) {
        fill_plane(s, &line, o + 1, upper);
        const AnatomyPoint *const planes[2] = {lower, upper};
        for (size_t m = 0; m < size[s->middle]; m++) {
            for (size_t n = 0; n < size[s->inner]; n++) {
                size_t at[3];
                at[s->outer] = o;
                at[s->middle] = m;
                at[s->inner] = n;
                const double ijk[3] = {(double)at[0], (double)at[1], (double)at[2]};
                size_t index = at[0] + size[0] * (at[1] + size[1] * at[2]);
                VoxelSample sample;
                gather(s, planes, m, n, &sample);
                if (is_uniform(&sample)) {
                    sample.count = 1;
                } else if (s->across == 1) {
                    add_inside(s, &line, ijk, &sample);
                }
                fill_labels(s, &sample, index);
                fill_signals(s, &sample, ijk, &line, index);
            }
        }
        AnatomyPoint *swap = lower;
        lower = upper;
        upper = swap;
    }
    free(lattice);
    return true;
}

/* ---- the grid ---- */

static void release(Rendered *out, size_t series_count)
{
    for (size_t n = 0; n < series_count; n++) {
        volume_free(out->volumes[n]);
        out->volumes[n] = NULL;
    }
    mask_free(out->labels);
    mask_free(out->anatomy);
    out->labels = out->anatomy = NULL;
}

static bool allocate(Rendered *out, size_t series_count, const Geometry *grid, DensError **err)
{
    memset(out->volumes, 0, series_count * sizeof(*out->volumes));
    out->anatomy = NULL;
    out->labels = mask_new(grid, err);
    bool good = out->labels && (out->anatomy = mask_new(grid, err));
    for (size_t n = 0; good && n < series_count; n++) {
        out->volumes[n] = volume_new(grid, err);
        good = out->volumes[n] != NULL;
    }
    return good;
}

/* The axis of the grid that is nearest to a direction. */
static size_t axis_along(const Geometry *grid, Vec3 direction)
{
    size_t best = 0;
    for (size_t i = 1; i < 3; i++) {
        if (fabs(vec3_dot(grid->axis_lps[i], direction)) > fabs(vec3_dot(grid->axis_lps[best], direction))) {
            best = i;
        }
    }
    return best;
}

bool render_series(const Anatomy *anatomy, const Acquisition *series, size_t series_count,
                   const Geometry *grid, size_t across, Pool *pool, Rendered *out, DensError **err)
{
    Sampling *s = memory_array(1, sizeof *s);
    *s = (Sampling){
        .anatomy = anatomy, .grid = grid, .series_count = series_count, .across = across, .out = out};
    s->inner = axis_along(grid, vec3(1, 0, 0));
    s->outer = axis_along(grid, vec3(0, 0, 1));
    s->middle = 3 - s->inner - s->outer;
    bool good = allocate(out, series_count, grid, err);
    if (good) {
        for (size_t n = 0; n < series_count; n++) {
            for (int kind = 0; kind < KIND_COUNT; kind++) {
                const TissueValues *values = lesion_tissue(anatomy->lesion, (TissueKind)kind);
                s->signals[n][kind] = acquisition_signal(&series[n], values);
                s->rough[n][kind] = acquisition_texture(&series[n], (TissueKind)kind, s->signals[n][kind],
                                                        anatomy->lesion->roughness);
            }
        }
        (void)pool_each(pool, (grid->size[s->outer] + BLOCK - 1) / BLOCK, sample_block, s);
    } else {
        release(out, series_count);
    }
    free(s);
    return good;
}
