/* Exact Euclidean distance transform, one axis after the other: along each line the lower envelope of
 * parabolas (Felzenszwalb and Huttenlocher 2012, Distance transforms of sampled functions). */
#include "image/distance.h"

#include "base/auto.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Room for one line. */
typedef struct {
    double *value, *edge;
    size_t *vertex;
    uint8_t *label;
} Line;

static void line_clear(Line *line)
{
    free(line->value);
    free(line->edge);
    free(line->vertex);
    free(line->label);
}

/* Where the parabolas over p and q (p < q) cross, in steps. */
static double crossing(const double *value, size_t p, size_t q, double step2)
{
    const double a = (double)p, b = (double)q;
    return ((value[q] / step2 + b * b) - (value[p] / step2 + a * a)) / (2 * (b - a));
}

/* Replaces a line of squared distances by min over q of value[q] + step²·(p − q)². */
static void envelope(float *at, uint8_t *labels, size_t stride, size_t count, double step_mm, Line *line)
{
    const double step2 = step_mm * step_mm;
    size_t used = 0;
    for (size_t q = 0; q < count; q++) {
        line->value[q] = (double)at[q * stride];
        line->label[q] = labels ? labels[q * stride] : 0;
        if (!isfinite(line->value[q])) {
            continue;
        }
        while (used > 0 && crossing(line->value, line->vertex[used - 1], q, step2) <= line->edge[used - 1]) {
            used--;
        }
        line->edge[used] = used > 0 ? crossing(line->value, line->vertex[used - 1], q, step2) : -INFINITY;
        line->vertex[used++] = q;
    }
    size_t piece = 0;
    for (size_t p = 0; used > 0 && p < count; p++) {
        while (piece + 1 < used && line->edge[piece + 1] < (double)p) {
            piece++;
        }
        const double away = ((double)p - (double)line->vertex[piece]) * step_mm;
        at[p * stride] = (float)(line->value[line->vertex[piece]] + away * away);
        if (labels) {
            labels[p * stride] = line->label[line->vertex[piece]];
        }
    }
}

bool distance_squared(float *out_mm2, const uint8_t *marked, const size_t size[3], const double spacing_mm[3],
                      uint8_t *labels, DensError **err)
{
    const size_t box = size[0] * size[1] * size[2];
    size_t longest = size[0] > size[1] ? size[0] : size[1];
    longest = size[2] > longest ? size[2] : longest;
    AUTO(line_clear)
    Line line = {.value = memory_try_array(longest + 1, sizeof *line.value),
                 .edge = memory_try_array(longest + 1, sizeof *line.edge),
                 .vertex = memory_try_array(longest + 1, sizeof *line.vertex),
                 .label = memory_try_array(longest + 1, 1)};
    if (!line.label || !line.value || !line.edge || !line.vertex) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < box; v++) {
        out_mm2[v] = marked[v] ? 0.0F : INFINITY;
    }
    const size_t stride[3] = {1, size[0], size[0] * size[1]};
    for (int a = 0; a < 3; a++) {
        const int u = (a + 1) % 3, v = (a + 2) % 3;
        for (size_t j = 0; j < size[v]; j++) {
            for (size_t i = 0; i < size[u]; i++) {
                const size_t first = i * stride[u] + j * stride[v];
                envelope(out_mm2 + first, labels ? labels + first : NULL, stride[a], size[a], spacing_mm[a],
                         &line);
            }
        }
    }
    return true;
}
