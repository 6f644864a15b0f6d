/* Labels about a lesion. A voxel of the lesion belongs to the vertebra that is nearest to it: tools label a
 * destroyed vertebra in part, and the lesion's own label, where the scheme has one, hides what lies under it.
 */
#include "measure/spine.h"

#include "base/memory.h"
#include "measure/distance.h"
#include "measure/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double contact_mm = 1; /* a joint is about as wide: nearer than that is touching */

void spine_clear(Spine *spine)
{
    free(spine->kind);
    free(spine->level);
    free(spine->lesion);
    free(spine->nearest);
    free(spine->to_bone_mm2);
    free(spine->slabs);
    *spine = (Spine){0};
}

const MeasureSeries *spine_series(const MeasureInput *input, const char *role)
{
    const MeasureSeries *best = NULL;
    double best_mm3 = INFINITY;
    for (size_t s = 0; s < input->series_count; s++) {
        const MeasureSeries *series = &input->series[s];
        if (!series->lesion || !series->labels || (role && strcmp(role, series->role) != 0)) {
            continue;
        }
        const double voxel_mm3 = geometry_voxel_volume_mm3(&series->lesion->geometry);
        if (voxel_mm3 < best_mm3) {
            best = series;
            best_mm3 = voxel_mm3;
        }
    }
    return best;
}

/* Copies labels and lesion into the box, with sums for the centres. */
static void copy_labels(Spine *out)
{
    const MeasureSeries *series = out->box.series;
    for (size_t v = 0; v < out->box.count; v++) {
        const size_t at = box_voxel(&out->box, v);
        const Structure structure = label_structure(series->scheme, series->labels->labels[at]);
        out->kind[v] = (uint8_t)structure.kind;
        out->lesion[v] = series->lesion->labels[at] != 0;
        out->lesion_voxels += out->lesion[v];
        if (structure.kind == STRUCTURE_VERTEBRA && structure.level != LEVEL_NONE) {
            const int level = structure.level;
            out->level[v] = (uint8_t)level;
            out->bone[level]++;
            out->centre_lps_mm[level] = vec3_add(out->centre_lps_mm[level], box_point(&out->box, v));
        }
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        if (out->bone[level] > 0) {
            out->centre_lps_mm[level] = vec3_scale(out->centre_lps_mm[level], 1 / (double)out->bone[level]);
        }
    }
}

/* Sums over the canal, millimetre by millimetre of height. */
static bool sum_canal(Spine *out, DensError **err)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t v = 0; v < out->box.count; v++) {
        if (spine_is_canal(out, v)) {
            const double z = box_point(&out->box, v).z;
            low = fmin(low, z);
            high = fmax(high, z);
            out->canal_voxels++;
        }
    }
    if (out->canal_voxels == 0) {
        return true;
    }
    out->canal_from_mm = low;
    out->slab_count = (size_t)(high - low) + 1;
    out->slabs = memory_try_array(out->slab_count, sizeof *out->slabs);
    if (!out->slabs) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < out->box.count; v++) {
        if (spine_is_canal(out, v)) {
            const Vec3 p = box_point(&out->box, v);
            struct CanalSlab *slab = &out->slabs[(size_t)(p.z - low)];
            slab->x += p.x;
            slab->y += p.y;
            slab->count++;
        }
    }
    return true;
}

/* Counts a voxel of the lesion as contact of each level that has a voxel within reach along the grid's axes.
 */
static void count_contact(Spine *out, size_t voxel)
{
    size_t at[3], low[3], high[3];
    bool seen[LEVEL_COUNT] = {false};
    box_place(&out->box, voxel, at);
    for (int a = 0; a < 3; a++) {
        const size_t reach = (size_t)fmax(floor(contact_mm / out->box.spacing_mm[a]), 1);
        low[a] = at[a] > reach ? at[a] - reach : 0;
        high[a] = at[a] + reach < out->box.size[a] ? at[a] + reach : out->box.size[a] - 1;
    }
    size_t next[3];
    for (next[2] = low[2]; next[2] <= high[2]; next[2]++) {
        for (next[1] = low[1]; next[1] <= high[1]; next[1]++) {
            for (next[0] = low[0]; next[0] <= high[0]; next[0]++) {
                seen[out->level[box_index(&out->box, next)]] = true;
            }
        }
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        out->contact[level] += seen[level];
    }
}

/* The nearest vertebra of every voxel, and the contact of those of the lesion. */
static bool find_nearest(Spine *out, DensError **err)
{
    memcpy(out->nearest, out->level, out->box.count);
    if (!distance_squared(out->to_bone_mm2, out->level, out->box.size, out->box.spacing_mm, out->nearest,
                          err)) {
        return false;
    }
    for (size_t v = 0; v < out->box.count; v++) {
        if (out->lesion[v]) {
            out->of_level[out->nearest[v]]++;
            count_contact(out, v);
        }
    }
    return true;
}

bool spine_read(Spine *out, const MeasureSeries *series, DensError **err)
{
    *out = (Spine){0};
    if (!box_make(&out->box, series, SPINE_MARGIN_MM)) {
        return error_input(err, NULL, "the lesion mask is empty");
    }
    const size_t count = out->box.count;
    out->kind = memory_try_array(count, 1);
    out->level = memory_try_array(count, 1);
    out->lesion = memory_try_array(count, 1);
    out->nearest = memory_try_array(count, 1);
    out->to_bone_mm2 = memory_try_array(count, sizeof *out->to_bone_mm2);
    if (!out->kind || !out->level || !out->lesion || !out->nearest || !out->to_bone_mm2) {
        spine_clear(out);
        return error_no_memory(err);
    }
    copy_labels(out);
    if (!sum_canal(out, err) || !find_nearest(out, err)) {
        spine_clear(out);
        return false;
    }
    if (out->of_level[LEVEL_NONE] > 0) { /* of none, so there is no vertebra */
        spine_clear(out);
        return error_input(err, NULL, "the labels have no vertebra within %.0f mm of the lesion",
                           SPINE_MARGIN_MM);
    }
    return true;
}

Vec3 spine_canal_centre(const Spine *spine, double z_mm)
{
    const double last = (double)spine->slab_count - 1;
    const long middle = (long)fmin(fmax(floor(z_mm - spine->canal_from_mm), 0), last);
    for (long reach = 2;; reach++) {
        double x = 0, y = 0, count = 0;
        for (long s = middle - reach; s <= middle + reach; s++) {
            if (s >= 0 && s < (long)spine->slab_count) {
                x += spine->slabs[s].x;
                y += spine->slabs[s].y;
                count += spine->slabs[s].count;
            }
        }
        if (count > 0) {
            return vec3(x / count, y / count, z_mm);
        }
    }
}
