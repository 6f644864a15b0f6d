/* The grey level run length matrix (IBSI manual, 3.7): voxels of one level in a row. */
#include "radiomics/directional.h"

#include "base/memory.h"

#include <stdlib.h>

static const char *const names[] = {"sre",    "lre",    "lgre",   "hgre",      "srlge", "srhge",
                                    "lrlge",  "lrhge",  "glnu",   "glnu_norm", "rlnu",  "rlnu_norm",
                                    "r_perc", "gl_var", "rl_var", "rl_entr"};

static void fill(const Slab *slab, const Direction *direction, size_t lengths, double *matrix)
{
    const Levels *levels = slab->levels;
    size_t plane = levels->size[0] * levels->size[1];
    ptrdiff_t offset = direction_offset(levels, direction);
    for (size_t at = slab->first * plane; at < slab->end * plane; at++) {
        uint16_t level = levels->level[at];
        if (!level || levels->level[(ptrdiff_t)at - offset] == level) {
            continue; /* not the first of its run */
        }
        size_t length = 1;
        for (ptrdiff_t next = (ptrdiff_t)at + offset; levels->level[next] == level; next += offset) {
            length++;
        }
        matrix[level * lengths + length]++;
    }
}

static bool features(const double *matrix, size_t level_count, size_t lengths, double voxels, double *out,
                     DensError **err)
{
    size_t rows = level_count + 1, count = 0;
    LengthCell *cells = memory_try_array(rows * lengths, sizeof *cells);
    if (!cells) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a matrix");
    }
    for (size_t c = 0; c < rows * lengths; c++) {
        if (matrix[c] > 0) {
            cells[count++] = (LengthCell){(uint32_t)(c / lengths), (uint32_t)(c % lengths), matrix[c]};
        }
    }
    double values[LENGTH_FEATURES];
    bool ok = length_features(cells, count, voxels, values, err);
    for (size_t f = 0; ok && f < sizeof names / sizeof *names; f++) {
        out[f] = values[f];
    }
    free(cells);
    return ok;
}

bool add_glrlm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err)
{
    size_t most = levels->size[0] > levels->size[1] ? levels->size[0] : levels->size[1];
    most = levels->size[2] > most ? levels->size[2] : most;
    const Directional glrlm = {.cells = (levels->count + 1) * most,
                               .levels = levels,
                               .fill = fill,
                               .features = features,
                               .lengths = most,
                               .feature_count = sizeof names / sizeof *names,
                               .prefix = "rlm",
                               .names = names,
                               .reason = "no voxels in range"};
    return directional_add(&glrlm, slice_wise, list, err);
}
