/* Volumes and masks: plain arrays with a place in the patient. Both own all that they point at. */
#include "image/volume.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Four GiB of floats: ten times the largest CT of a whole body. More is what a damaged header claims. */
static const size_t MAX_VOXELS = (size_t)1 << 30;

static bool voxel_count(const Geometry *geometry, size_t *out, DensError **err)
{
    *out = geometry_voxels(geometry);
    if (*out == 0 || *out > MAX_VOXELS) {
        return error_input(err, NULL, "a grid of %zu × %zu × %zu voxels cannot be held; %zu are the most",
                           geometry->size[0], geometry->size[1], geometry->size[2], MAX_VOXELS);
    }
    return true;
}

Volume *volume_new(const Geometry *geometry, DensError **err)
{
    size_t count;
    if (!voxel_count(geometry, &count, err)) {
        return NULL;
    }
    AUTO(volume_auto) Volume *volume = memory_alloc(sizeof *volume);
    volume->geometry = *geometry;
    volume->voxels = memory_try_large(count, sizeof *volume->voxels);
    if (!volume->voxels) {
        error_no_memory(err);
        return NULL;
    }
    return TAKE(volume);
}

void volume_free(Volume *volume)
{
    if (volume) {
        free(volume->voxels);
        free(volume->series_uid);
        free(volume->frame_uid);
        free(volume->source_name);
        free(volume);
    }
}

Mask *mask_new(const Geometry *geometry, DensError **err)
{
    size_t count;
    if (!voxel_count(geometry, &count, err)) {
        return NULL;
    }
    AUTO(mask_auto) Mask *mask = memory_alloc(sizeof *mask);
    mask->geometry = *geometry;
    mask->labels = memory_try_array(count, sizeof *mask->labels);
    if (!mask->labels) {
        error_no_memory(err);
        return NULL;
    }
    return TAKE(mask);
}

void mask_free(Mask *mask)
{
    if (mask) {
        for (size_t n = 0; n < mask->name_count; n++) {
            free(mask->names[n]);
        }
        free(mask->names);
        free(mask->labels);
        free(mask->source_name);
        free(mask->frame_uid);
        free(mask);
    }
}

size_t mask_count(const Mask *mask, uint16_t label)
{
    size_t voxels = geometry_voxels(&mask->geometry);
    size_t count = 0;
    for (size_t n = 0; n < voxels; n++) {
        count += label ? mask->labels[n] == label : mask->labels[n] != 0;
    }
    return count;
}

bool volume_sample(const Volume *volume, const double ijk[3], float *out)
{
    const size_t *size = volume->geometry.size;
    AxisPair at[3];
    for (int axis = 0; axis < 3; axis++) {
        if (!axis_pair(ijk[axis], size[axis], &at[axis])) {
            return false;
        }
    }
    double sum = 0;
    for (int corner = 0; corner < 8; corner++) {
        double weight = 1;
        size_t index[3];
        for (int axis = 0; axis < 3; axis++) {
            bool high = corner >> axis & 1;
            index[axis] = high ? at[axis].high : at[axis].low;
            weight *= high ? at[axis].weight : 1 - at[axis].weight;
        }
        if (weight > 0) { /* a voxel without weight may be anything */
            sum += weight * (double)volume->voxels[index[0] + size[0] * (index[1] + size[1] * index[2])];
        }
    }
    if (!isfinite(sum)) {
        return false;
    }
    *out = (float)sum;
    return true;
}
