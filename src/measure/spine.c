/* Labels about a lesion. A voxel of the lesion belongs to the vertebra that is nearest to it: tools label a
 * destroyed vertebra in part, and the lesion's own label, where the scheme has one, hides what lies under it.
 */
#include "measure/spine.h"

#include "base/memory.h"
#include "image/distance.h"
#include "measure/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED_SPINES = 4 };         /* the CT's and the finest of one or two MR series are asked for */
static const double contact_mm = 1; /* a joint is about as wide: nearer than that is touching */

void spine_clear(Spine *spine)
{
    free(spine->kind);
    free(spine->level);
    free(spine->lesion);
    free(spine->nearest);
    free(spine->to_bone_mm2);
    free(spine->origin);
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
        } else if (structure.kind == STRUCTURE_DISC && structure.level != LEVEL_NONE) {
            out->disc[structure.level]++;
            out->disc_lps_mm[structure.level] =
                vec3_add(out->disc_lps_mm[structure.level], box_point(&out->box, v));
        }
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        if (out->bone[level] > 0) {
            out->centre_lps_mm[level] = vec3_scale(out->centre_lps_mm[level], 1 / (double)out->bone[level]);
        }
        if (out->disc[level] > 0) {
            out->disc_lps_mm[level] = vec3_scale(out->disc_lps_mm[level], 1 / (double)out->disc[level]);
        }
    }
}

/* Counts a voxel of the lesion as contact of each level that has a voxel within reach along the grid's axes.
 */
static void count_contact(Spine *out, size_t voxel)
{
    size_t at[3], low[3], high[3];
    bool seen[LEVEL_COUNT] = {false}, occiput = false;
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
                const size_t there = box_index(&out->box, next);
                seen[out->level[there]] = true;
                occiput = occiput || out->kind[there] == STRUCTURE_OCCIPUT;
            }
        }
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        out->contact[level] += seen[level];
    }
    out->occiput_contact += occiput;
}

/* Counts the voxels of the lesion that are nearer to the occipital bone than to any vertebra. */
static bool find_occiput(Spine *out, DensError **err)
{
    const size_t count = out->box.count;
    if (!memchr(out->kind, STRUCTURE_OCCIPUT, count)) {
        return true;
    }
    uint8_t *marked = memory_try_array(count, 1);
    float *to_occiput_mm2 = memory_try_array(count, sizeof *to_occiput_mm2);
    for (size_t v = 0; marked && v < count; v++) {
        marked[v] = out->kind[v] == STRUCTURE_OCCIPUT;
    }
    bool good = (marked && to_occiput_mm2) || error_no_memory(err);
    good = good && distance_squared(to_occiput_mm2, marked, out->box.size, out->box.spacing_mm, NULL, err);
    for (size_t v = 0; good && v < count; v++) {
        out->of_occiput[out->nearest[v]] += out->lesion[v] && to_occiput_mm2[v] < out->to_bone_mm2[v];
    }
    free(to_occiput_mm2);
    free(marked);
    return good;
}

/* Does a voxel touch the label of marrow by a face? */
static bool touches_marrow(const Spine *spine, size_t voxel)
{
    size_t at[3];
    box_place(&spine->box, voxel, at);
    for (int n = 0; n < 6; n++) {
        const int a = n / 2;
        size_t next[3] = {at[0], at[1], at[2]};
        if (n % 2 ? at[a] + 1 < spine->box.size[a] : at[a] > 0) {
            next[a] += n % 2 ? 1 : (size_t)-1;
            if (spine->kind[box_index(&spine->box, next)] == STRUCTURE_MARROW) {
                return true;
            }
        }
    }
    return false;
}

/* A label of marrow lies inside a vertebra: it is bone of the nearest, and so is what has no label and
 * touches it, as a voxel that marrow and bone share may be labelled as neither. */
static void take_marrow(Spine *out)
{
    for (size_t v = 0; v < out->box.count; v++) {
        if (out->kind[v] == STRUCTURE_MARROW ||
            (out->kind[v] == STRUCTURE_NONE && !out->lesion[v] && touches_marrow(out, v))) {
            out->level[v] = out->nearest[v];
            out->to_bone_mm2[v] = 0;
            out->bone[out->level[v]]++;
        }
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
    take_marrow(out);
    for (size_t v = 0; v < out->box.count; v++) {
        if (out->lesion[v]) {
            out->of_level[out->nearest[v]]++;
            count_contact(out, v);
        }
    }
    return find_occiput(out, err);
}

static bool has_bone(const Spine *spine)
{
    size_t voxels = 0;
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        voxels += spine->bone[level];
    }
    return voxels > 0;
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
    out->origin = memory_try_array(count, 1);
    if (!out->kind || !out->level || !out->lesion || !out->nearest || !out->to_bone_mm2 || !out->origin) {
        spine_clear(out);
        return error_no_memory(err);
    }
    copy_labels(out);
    if (!has_bone(out)) {
        spine_clear(out);
        return error_input(err, NULL, "the labels have no vertebra within %.0f mm of the lesion",
                           SPINE_MARGIN_MM);
    }
    if (!find_nearest(out, err) || !spine_find_frames(out, err) || !spine_find_origin(out, err)) {
        spine_clear(out);
        return false;
    }
    return true;
}

struct MeasureShared {
    size_t count;
    struct SharedSpine {
        const MeasureSeries *series;
        Spine spine;
    } * spines[SHARED_SPINES];
};

MeasureShared *measure_shared_new(void)
{
    return memory_alloc(sizeof(MeasureShared));
}

void measure_shared_free(MeasureShared *shared)
{
    for (size_t s = 0; shared && s < shared->count; s++) {
        spine_clear(&shared->spines[s]->spine);
        free(shared->spines[s]);
    }
    free(shared);
}

const Spine *spine_of(const MeasureSeries *series, Spine *own, DensError **err)
{
    MeasureShared *shared = series->shared;
    for (size_t s = 0; shared && s < shared->count; s++) {
        if (shared->spines[s]->series == series) {
            return &shared->spines[s]->spine;
        }
    }
    if (!spine_read(own, series, err)) {
        return NULL;
    }
    if (!shared || shared->count == SHARED_SPINES) {
        return own;
    }
    struct SharedSpine *kept = memory_alloc(sizeof *kept);
    *kept = (struct SharedSpine){series, *own};
    *own = (Spine){0};
    shared->spines[shared->count++] = kept;
    return &kept->spine;
}

const Spine *spine_with_ring(const MeasureInput *input, const char *role, Spine *own, DensError **err)
{
    const MeasureSeries *series = spine_series(input, role);
    if (!series) {
        error_input(err, NULL, role ? "no labels on a %s series" : "no labels", role ? role : "");
        return NULL;
    }
    const Spine *spine = spine_of(series, own, err);
    if (spine && spine->canal_voxels == 0) {
        error_input(err, NULL, "the labels have neither cord nor canal near the lesion");
        return NULL;
    }
    if (spine && !spine->ring.known) {
        error_input(err, NULL,
                    "the labels near the lesion have no vertebra with a body and an arch about the canal");
        return NULL;
    }
    return spine;
}
