/* The connected parts of a plane: a flood from each pixel that has none yet. */
#include "segment/plane.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

bool plane_parts_init(PlaneParts *out, size_t pixels, DensError **err)
{
    *out = (PlaneParts){.part = memory_try_array(pixels, sizeof *out->part),
                        .queue = memory_try_array(pixels, sizeof *out->queue)};
    if (!out->part || !out->queue) {
        plane_parts_clear(out);
        return error_no_memory(err);
    }
    return true;
}

void plane_parts_clear(PlaneParts *parts)
{
    free(parts->part);
    free(parts->parts);
    free(parts->queue);
    *parts = (PlaneParts){0};
}

static void add_pixel(PlanePart *part, const size_t size[2], size_t u, size_t v, float value)
{
    part->pixels++;
    part->sum += (double)value;
    part->border = part->border || u == 0 || v == 0 || u + 1 == size[0] || v + 1 == size[1];
    part->low[0] = u < part->low[0] ? u : part->low[0];
    part->low[1] = v < part->low[1] ? v : part->low[1];
    part->high[0] = u > part->high[0] ? u : part->high[0];
    part->high[1] = v > part->high[1] ? v : part->high[1];
}

void plane_parts_find(PlaneParts *out, const uint8_t *set, uint8_t value, const float *values,
                      const size_t size[2])
{
    const size_t pixels = size[0] * size[1];
    memcpy(out->size, size, sizeof out->size);
    memset(out->part, 0, pixels * sizeof *out->part);
    out->count = 0;
    for (size_t first = 0; first < pixels; first++) {
        if (set[first] != value || out->part[first]) {
            continue;
        }
        if (out->count == out->room) {
            out->room = 2 * out->room + 64;
            out->parts = memory_resize(out->parts, out->room, sizeof *out->parts);
        }
        PlanePart *part = &out->parts[out->count++];
        *part = (PlanePart){.low = {first % size[0], first / size[0]}};
        const uint32_t name = (uint32_t)out->count;
        size_t used = 0;
        out->queue[used++] = first;
        out->part[first] = name;
        for (size_t q = 0; q < used; q++) {
            const size_t at = out->queue[q], u = at % size[0], v = at / size[0];
            add_pixel(part, size, u, v, values ? values[at] : 0);
            const bool there[4] = {u > 0, u + 1 < size[0], v > 0, v + 1 < size[1]};
            const size_t next[4] = {at - 1, at + 1, at - size[0], at + size[0]};
            for (int n = 0; n < 4; n++) {
                if (there[n] && set[next[n]] == value && !out->part[next[n]]) {
                    out->part[next[n]] = name;
                    out->queue[used++] = next[n];
                }
            }
        }
    }
}
