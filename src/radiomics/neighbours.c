/* Matrices of a voxel's neighbourhood at a Chebyshev distance of 1: the neighbourhood grey tone difference
 * matrix (IBSI manual, 3.10; Amadasun and King 1989, doi 10.1109/21.44046) and the neighbouring grey level
 * dependence matrix (3.11, coarseness 0). */
#include "radiomics/directional.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The neighbours of a voxel that have a level: how many, their sum, and how many share its own. */
typedef struct {
    unsigned count, sum, same;
} Neighbours;

static Neighbours look_around(const Levels *levels, size_t at, const ptrdiff_t *offsets, size_t count)
{
    Neighbours n = {0};
    uint16_t own = levels->level[at];
    for (size_t d = 0; d < count; d++) {
        uint16_t forth = levels->level[(ptrdiff_t)at + offsets[d]];
        uint16_t back = levels->level[(ptrdiff_t)at - offsets[d]];
        n.count += (unsigned)((forth > 0) + (back > 0));
        n.sum += (unsigned)forth + back;
        n.same += (unsigned)((forth == own) + (back == own));
    }
    return n;
}

/* Calls `take` for each voxel with a level of a slab. */
static void each_voxel(const Slab *slab, size_t direction_count,
                       void (*take)(void *context, uint16_t level, const Neighbours *n), void *context)
{
    const Levels *levels = slab->levels;
    ptrdiff_t offsets[13];
    for (size_t d = 0; d < direction_count; d++) {
        offsets[d] = direction_offset(levels, &directions[d]);
    }
    size_t plane = levels->size[0] * levels->size[1];
    for (size_t at = slab->first * plane; at < slab->end * plane; at++) {
        if (levels->level[at]) {
            Neighbours n = look_around(levels, at, offsets, direction_count);
            take(context, levels->level[at], &n);
        }
    }
}

/* ---- tone differences: per level its voxels with a neighbour, and the sum of their differences */

static const char *const tone_names[] = {"coarseness", "contrast", "busyness", "complexity", "strength"};
enum { TONE_FEATURES = 5, DEPENDENCE_FEATURES = 17, MOST_DEPENDENT = 28 };
static const char alone[] = "needs two voxels side by side";

static void take_tone(void *context, uint16_t level, const Neighbours *n)
{
    double *row = (double *)context + 2 * (size_t)level;
    if (n->count > 0) {
        row[0]++;
        row[1] += fabs(level - (double)n->sum / n->count);
    }
}

/* The sums over pairs of levels. */
static void tone_pairs(const double *matrix, size_t levels, double voxels, double *out_contrast,
                       double *out_busy, double *out_complex, double *out_strength)
{
    *out_contrast = *out_busy = *out_complex = *out_strength = 0;
    for (size_t i = 1; i <= levels; i++) {
        double p = matrix[2 * i] / voxels, s = matrix[2 * i + 1];
        for (size_t j = 1; p > 0 && j <= levels; j++) {
            double q = matrix[2 * j] / voxels, t = matrix[2 * j + 1], d = (double)i - (double)j;
            if (q > 0) {
                *out_contrast += p * q * d * d;
                *out_busy += fabs((double)i * p - (double)j * q);
                *out_complex += fabs(d) * (p * s + q * t) / (p + q);
                *out_strength += (p + q) * d * d;
            }
        }
    }
}

static void tone_features(const double *matrix, size_t levels, double out[TONE_FEATURES])
{
    double voxels = 0, difference = 0, weighted = 0, present = 0;
    for (size_t i = 1; i <= levels; i++) {
        voxels += matrix[2 * i];
        difference += matrix[2 * i + 1];
        present += matrix[2 * i] > 0;
    }
    for (int f = 0; f < TONE_FEATURES; f++) {
        out[f] = NAN;
    }
    if (voxels <= 0) {
        return;
    }
    for (size_t i = 1; i <= levels; i++) {
        weighted += matrix[2 * i] / voxels * matrix[2 * i + 1];
    }
    double contrast, busy, complex, strength;
    tone_pairs(matrix, levels, voxels, &contrast, &busy, &complex, &strength);
    out[0] = weighted > 0 ? 1 / weighted : 1e6; /* the standard's value for a flat image */
    out[1] = present > 1 ? contrast / (present * (present - 1)) * difference / voxels : 0;
    out[2] = present > 1 && busy > 0 ? weighted / busy : 0;
    out[3] = complex / voxels;
    out[4] = difference > 0 ? strength / difference : 0;
}

/* ---- dependence: per level and number of voxels alike (the voxel itself among them) */

static const char *const dependence_names[] = {
    "lde",       "hde",  "lgce",      "hgce",    "ldlge",  "ldhge",  "hdlge",   "hdhge",    "glnu",
    "glnu_norm", "dcnu", "dcnu_norm", "dc_perc", "gl_var", "dc_var", "dc_entr", "dc_energy"};

static void take_dependence(void *context, uint16_t level, const Neighbours *n)
{
    double *matrix = context;
    matrix[(size_t)level * MOST_DEPENDENT + n->same + 1]++;
}

static bool dependence_features(const double *matrix, size_t levels, double *out, DensError **err)
{
    LengthCell *cells = memory_try_array((levels + 1) * MOST_DEPENDENT, sizeof *cells);
    if (!cells) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a matrix");
    }
    size_t count = 0;
    double voxels = 0;
    for (size_t c = 0; c < (levels + 1) * MOST_DEPENDENT; c++) {
        if (matrix[c] > 0) {
            cells[count++] =
                (LengthCell){(uint32_t)(c / MOST_DEPENDENT), (uint32_t)(c % MOST_DEPENDENT), matrix[c]};
            voxels += matrix[c];
        }
    }
    bool ok = length_features(cells, count, voxels, out, err);
    free(cells);
    return ok;
}

/* ---- both are gathered by slice, over merged slices, or in space */

typedef struct {
    const char *prefix;
    const char *const *names;
    size_t feature_count, row; /* numbers a level */
    void (*take)(void *context, uint16_t level, const Neighbours *n);
    bool tone;
} Kind;

static bool describe(const Kind *kind, const double *matrix, size_t levels, FeatureMean *mean,
                     DensError **err)
{
    double values[LENGTH_FEATURES];
    if (kind->tone) {
        tone_features(matrix, levels, values);
    } else if (!dependence_features(matrix, levels, values, err)) {
        return false;
    }
    mean_add(mean, values, kind->feature_count);
    return true;
}

static bool gather(const Kind *kind, const Levels *levels, bool slice_wise, double *one, double *all,
                   FeatureList *list, DensError **err)
{
    FeatureMean slices = {0}, whole = {0};
    size_t cells = (levels->count + 1) * kind->row;
    bool ok = true;
    if (!slice_wise) {
        const Slab slab = {levels, 0, levels->size[2]};
        each_voxel(&slab, 13, kind->take, all);
    }
    for (size_t k = 1; slice_wise && ok && k + 1 < levels->size[2]; k++) {
        const Slab slab = {levels, k, k + 1};
        memset(one, 0, cells * sizeof *one);
        each_voxel(&slab, 4, kind->take, one);
        ok = describe(kind, one, levels->count, &slices, err);
        for (size_t c = 0; c < cells; c++) {
            all[c] += one[c];
        }
    }
    ok = ok && describe(kind, all, levels->count, &whole, err);
    if (ok && slice_wise) {
        mean_emit(&slices, kind->feature_count, kind->prefix, kind->names, "2D", alone, list);
    }
    if (ok) {
        mean_emit(&whole, kind->feature_count, kind->prefix, kind->names, slice_wise ? "2_5D" : "3D", alone,
                  list);
    }
    return ok;
}

static bool add_kind(const Kind *kind, const Levels *levels, bool slice_wise, FeatureList *list,
                     DensError **err)
{
    size_t cells = (levels->count + 1) * kind->row;
    double *one = memory_try_array(cells, sizeof *one), *all = memory_try_array(cells, sizeof *all);
    bool ok = one && all ? gather(kind, levels, slice_wise, one, all, list, err)
                         : error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a matrix");
    free(one);
    free(all);
    return ok;
}

bool add_ngtdm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err)
{
    const Kind kind = {"ngt", tone_names, TONE_FEATURES, 2, take_tone, true};
    return add_kind(&kind, levels, slice_wise, list, err);
}

bool add_ngldm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err)
{
    const Kind kind = {"ngl", dependence_names, DEPENDENCE_FEATURES, MOST_DEPENDENT, take_dependence, false};
    return add_kind(&kind, levels, slice_wise, list, err);
}
