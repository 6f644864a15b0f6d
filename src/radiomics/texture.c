/* What the matrices of grey levels share: directions, and the features of counts over level and length. */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

const Direction directions[13] = {{{1, 0, 0}},  {{0, 1, 0}},  {{1, 1, 0}},  {{1, -1, 0}}, {{0, 0, 1}},
                                  {{1, 0, 1}},  {{-1, 0, 1}}, {{0, 1, 1}},  {{0, -1, 1}}, {{1, 1, 1}},
                                  {{-1, 1, 1}}, {{1, -1, 1}}, {{-1, -1, 1}}};

/* Sums that go cell by cell. */
static void emphasis(const LengthCell *cells, size_t count, double total, double out[LENGTH_FEATURES])
{
    double level_mean = 0, length_mean = 0, level_squares = 0, length_squares = 0, entropy = 0, energy = 0;
    for (size_t c = 0; c < count; c++) {
        double p = cells[c].count / total, i = cells[c].level, j = cells[c].length;
        double i2 = i * i, j2 = j * j;
        out[0] += p / j2;
        out[1] += p * j2;
        out[2] += p / i2;
        out[3] += p * i2;
        out[4] += p / (i2 * j2);
        out[5] += p * i2 / j2;
        out[6] += p * j2 / i2;
        out[7] += p * i2 * j2;
        level_mean += p * i;
        level_squares += p * i2;
        length_mean += p * j;
        length_squares += p * j2;
        entropy -= p * log2(p);
        energy += p * p;
    }
    out[13] = fmax(0, level_squares - level_mean * level_mean);
    out[14] = fmax(0, length_squares - length_mean * length_mean);
    out[15] = entropy;
    out[16] = energy;
}

/* Sums of the squares of the sums over levels and over lengths. */
static bool uniformity(const LengthCell *cells, size_t count, double total, double out[LENGTH_FEATURES])
{
    size_t most = 0;
    for (size_t c = 0; c < count; c++) {
        most = cells[c].level > most ? cells[c].level : most;
        most = cells[c].length > most ? cells[c].length : most;
    }
    double *by_level = memory_try_array(most + 1, sizeof *by_level);
    double *by_length = memory_try_array(most + 1, sizeof *by_length);
    bool ok = by_level && by_length;
    for (size_t c = 0; ok && c < count; c++) {
        by_level[cells[c].level] += cells[c].count;
        by_length[cells[c].length] += cells[c].count;
    }
    for (size_t i = 0; ok && i <= most; i++) {
        out[8] += by_level[i] * by_level[i] / total;
        out[10] += by_length[i] * by_length[i] / total;
    }
    out[9] = out[8] / total;
    out[11] = out[10] / total;
    free(by_level);
    free(by_length);
    return ok;
}

bool length_features(const LengthCell *cells, size_t cell_count, double voxels, double out[LENGTH_FEATURES],
                     DensError **err)
{
    double total = 0;
    for (size_t c = 0; c < cell_count; c++) {
        total += cells[c].count;
    }
    for (int f = 0; f < LENGTH_FEATURES; f++) {
        out[f] = total > 0 ? 0 : NAN;
    }
    if (total <= 0) {
        return true;
    }
    emphasis(cells, cell_count, total, out);
    out[12] = total / voxels;
    return uniformity(cells, cell_count, total, out) ||
           error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for a matrix");
}
