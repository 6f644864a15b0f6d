/* Dijkstra's shortest paths with a binary heap; equal lengths are taken in the order of the voxels, so that
 * the result does not depend on anything but the image. */
#include "segment/geodesic.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const float change_weight = 0.25F;

typedef struct {
    float length;
    uint32_t voxel;
} Step;

typedef struct {
    Step *steps;
    size_t count, room;
} Heap;

static bool before(Step a, Step b)
{
    return a.length < b.length || (a.length <= b.length && a.voxel < b.voxel);
}

static bool heap_add(Heap *heap, Step step)
{
    if (heap->count == heap->room) {
        const size_t room = heap->room ? 2 * heap->room : 65536;
        Step *grown = realloc(heap->steps, room * sizeof *grown);
        if (!grown) {
            return false;
        }
        heap->steps = grown;
        heap->room = room;
    }
    size_t at = heap->count++;
    for (; at > 0 && before(step, heap->steps[(at - 1) / 2]); at = (at - 1) / 2) {
        heap->steps[at] = heap->steps[(at - 1) / 2];
    }
    heap->steps[at] = step;
    return true;
}

static Step heap_take(Heap *heap)
{
    const Step least = heap->steps[0], last = heap->steps[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count) {
            break;
        }
        child += child + 1 < heap->count && before(heap->steps[child + 1], heap->steps[child]);
        if (!before(heap->steps[child], last)) {
            break;
        }
        heap->steps[at] = heap->steps[child];
        at = child;
    }
    heap->steps[at] = last;
    return least;
}

static float step_length(const Region3 *region, size_t from, size_t to, int neighbour)
{
    float sum = 1;
    for (size_t c = 0; c < region->channel_count; c++) {
        const float change = change_weight * (region->values[c][to] - region->values[c][from]);
        sum += change * change;
    }
    return (float)region->distance_mm[neighbour] * sqrtf(sum);
}

static bool spread(Geodesic *out, const Region3 *region, Heap *heap)
{
    while (heap->count > 0) {
        const Step step = heap_take(heap);
        if (step.length > out->length_mm[step.voxel]) {
            continue;
        }
        for (int n = 0; n < REGION_NEIGHBOURS; n++) {
            const size_t to = (size_t)((ptrdiff_t)step.voxel + region->offset[n]);
            if (!region->valid[to]) {
                continue;
            }
            const float length = step.length + step_length(region, step.voxel, to, n);
            if (length < out->length_mm[to]) {
                out->length_mm[to] = length;
                out->back[to] = (uint8_t)(n ^ 1);
                if (!heap_add(heap, (Step){length, (uint32_t)to})) {
                    return false;
                }
            }
        }
    }
    return true;
}

bool geodesic_from(Geodesic *out, const Region3 *region, const size_t *starts, size_t count, DensError **err)
{
    *out = (Geodesic){memory_try_array(region->voxels, sizeof *out->length_mm),
                      memory_try_array(region->voxels, sizeof *out->back)};
    Heap heap = {0};
    bool good = out->length_mm && out->back;
    for (size_t v = 0; good && v < region->voxels; v++) {
        out->length_mm[v] = INFINITY;
        out->back[v] = GEODESIC_NONE;
    }
    for (size_t s = 0; good && s < count; s++) {
        out->length_mm[starts[s]] = 0;
        good = heap_add(&heap, (Step){0, (uint32_t)starts[s]});
    }
    good = good && spread(out, region, &heap);
    free(heap.steps);
    if (!good) {
        geodesic_clear(out);
        return error_no_memory(err);
    }
    return true;
}

void geodesic_clear(Geodesic *geodesic)
{
    free(geodesic->length_mm);
    free(geodesic->back);
    *geodesic = (Geodesic){0};
}
