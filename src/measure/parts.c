/* Connected parts by flooding: each voxel is pushed once. */
#include "measure/parts.h"

#include "base/memory.h"

#include <stdlib.h>

void parts_clear(Parts *parts)
{
    free(parts->part);
    free(parts->voxels);
    *parts = (Parts){0};
}

typedef struct {
    const uint8_t *marked;
    const size_t *size;
    bool corners;
    uint32_t *part;
    size_t *waiting;
} Flood;

static size_t flood(const Flood *f, size_t seed, uint32_t number)
{
    size_t count = 0, waiting = 0;
    f->part[seed] = number;
    f->waiting[waiting++] = seed;
    while (waiting > 0) {
        const size_t at = f->waiting[--waiting];
        const long i = (long)(at % f->size[0]), j = (long)(at / f->size[0] % f->size[1]),
                   k = (long)(at / f->size[0] / f->size[1]);
        count++;
        for (int n = 0; n < 27; n++) {
            const long d[3] = {n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1};
            const long x = i + d[0], y = j + d[1], z = k + d[2];
            if ((!f->corners && labs(d[0]) + labs(d[1]) + labs(d[2]) != 1) || x < 0 || y < 0 || z < 0 ||
                x >= (long)f->size[0] || y >= (long)f->size[1] || z >= (long)f->size[2]) {
                continue;
            }
            const size_t next = (size_t)x + f->size[0] * ((size_t)y + f->size[1] * (size_t)z);
            if (f->marked[next] && f->part[next] == 0) {
                f->part[next] = number;
                f->waiting[waiting++] = next;
            }
        }
    }
    return count;
}

bool parts_find(Parts *out, const uint8_t *marked, const size_t size[3], bool corners, DensError **err)
{
    *out = (Parts){0};
    const size_t box = size[0] * size[1] * size[2];
    size_t total = 0;
    for (size_t v = 0; v < box; v++) {
        total += marked[v] != 0;
    }
    out->part = memory_try_array(box + 1, sizeof *out->part);
    out->voxels = memory_try_array(total + 2, sizeof *out->voxels);
    size_t *waiting = memory_try_array(total + 1, sizeof *waiting);
    if (!out->part || !out->voxels || !waiting) {
        free(waiting);
        parts_clear(out);
        return error_no_memory(err);
    }
    const Flood f = {marked, size, corners, out->part, waiting};
    for (size_t v = 0; v < box; v++) {
        if (marked[v] && out->part[v] == 0) {
            out->count++;
            out->voxels[out->count] = flood(&f, v, (uint32_t)out->count);
        }
    }
    free(waiting);
    return true;
}
