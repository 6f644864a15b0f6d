/* Bone by two thresholds: what reaches the low one and hangs together with what reaches the high one, in
 * pieces that are large enough; then what bone encloses in two of three planes is bone, too (marrow, and what
 * took its place). All limits are conventions of this program; docs/segmentation.md has their reasons. */
#include "segment/bone.h"

#include "base/memory.h"
#include "image/distance.h"
#include "segment/canal.h"
#include "segment/plane.h"

#include <stdlib.h>
#include <string.h>

static const double no_ct_above_hu = -50, smoothing_mm = 0.6;
static const double least_low_hu = 180, most_low_hu = 250, high_hu = 250, metal_hu = 3000;
static const double least_piece_mm3 = 500, most_hole_mm2 = 1000, air_hu = -200, wall_mm = 1.5;
static const int histogram_from_hu = -20, histogram_to_hu = 140;
enum { HISTOGRAM = 161, MOST_TAPS = 33 };

/* ---- is it a CT? ---- */

static bool check_ct(const Volume *ct, DensError **err)
{
    float least = INFINITY, most = -INFINITY;
    for (int a = 0; a < 3; a++) {
        if (ct->geometry.size[a] < 2) {
            return error_input(err, ct->source_name, "has one slice; bone is found in a volume");
        }
    }
    const size_t count = geometry_voxels(&ct->geometry);
    for (size_t v = 0; v < count; v++) {
        const bool finite = isfinite(ct->voxels[v]);
        least = finite && ct->voxels[v] < least ? ct->voxels[v] : least;
        most = finite && ct->voxels[v] > most ? ct->voxels[v] : most;
    }
    const bool of_dicom = ct->frame_uid && ct->frame_uid[0];
    if (ct->unit != UNIT_HU && (ct->unit != UNIT_ARBITRARY || of_dicom)) {
        return error_input(err, ct->source_name,
                           "is no CT in Hounsfield units: bone is found by its attenuation");
    }
    if (!(least <= most)) {
        return error_input(err, ct->source_name, "has no finite value");
    }
    if ((double)least > no_ct_above_hu) {
        return error_input(
            err, ct->source_name,
            "is no CT in Hounsfield units: its lowest value is %g, and fat and air lie below %g",
            (double)least, no_ct_above_hu);
    }
    return true;
}

/* ---- smoothing ---- */

typedef struct {
    double weight[MOST_TAPS];
    int reach;
} Kernel;

static Kernel gaussian(double spacing_mm)
{
    Kernel kernel = {.reach = (int)(3 * smoothing_mm / spacing_mm)};
    kernel.reach = kernel.reach < MOST_TAPS / 2 ? kernel.reach : MOST_TAPS / 2;
    for (int t = -kernel.reach; t <= kernel.reach; t++) {
        kernel.weight[t + kernel.reach] = exp(-pow(t * spacing_mm / smoothing_mm, 2) / 2);
    }
    return kernel;
}

static void smooth_line(float *at, size_t stride, size_t count, const Kernel *kernel, float *line)
{
    for (size_t p = 0; p < count; p++) {
        line[p] = at[p * stride];
    }
    for (size_t p = 0; p < count; p++) {
        double sum = 0, weights = 0;
        for (int t = -kernel->reach; t <= kernel->reach; t++) {
            const ptrdiff_t q = (ptrdiff_t)p + t;
            if (q >= 0 && q < (ptrdiff_t)count) {
                sum += kernel->weight[t + kernel->reach] * (double)line[q];
                weights += kernel->weight[t + kernel->reach];
            }
        }
        at[p * stride] = (float)(sum / weights);
    }
}

static bool smooth(float *values, const Geometry *geometry, DensError **err)
{
    const size_t *size = geometry->size, stride[3] = {1, size[0], size[0] * size[1]};
    const size_t longest = size[0] + size[1] + size[2];
    float *line = memory_try_array(longest, sizeof *line);
    if (!line) {
        return error_no_memory(err);
    }
    for (int a = 0; a < 3; a++) {
        const int u = (a + 1) % 3, w = (a + 2) % 3;
        const Kernel kernel = gaussian(geometry->spacing_mm[a]);
        for (size_t j = 0; kernel.reach > 0 && j < size[w]; j++) {
            for (size_t i = 0; i < size[u]; i++) {
                smooth_line(values + i * stride[u] + j * stride[w], stride[a], size[a], &kernel, line);
            }
        }
    }
    free(line);
    return true;
}

static float *smoothed(const Volume *ct, DensError **err)
{
    const size_t count = geometry_voxels(&ct->geometry);
    float *values = memory_try_large(count, sizeof *values);
    if (!values) {
        (void)error_no_memory(err);
        return NULL;
    }
    for (size_t v = 0; v < count; v++) { /* what has no value is as air */
        values[v] = isfinite(ct->voxels[v]) ? ct->voxels[v] : -1000.0F;
    }
    if (!smooth(values, &ct->geometry, err)) {
        free(values);
        return NULL;
    }
    return values;
}

/* ---- thresholds ---- */

/* Mode of soft tissue and three of its standard deviations above, from the upper half of the peak: below lie
 * fluid and fat. */
static double low_threshold(const float *values, size_t count)
{
    double bins[HISTOGRAM] = {0};
    for (size_t v = 0; v < count; v++) {
        const double value = (double)values[v];
        if (value >= histogram_from_hu && value < histogram_to_hu) {
            bins[(int)floor(value) - histogram_from_hu]++;
        }
    }
    double best = 0;
    int mode = 0, end;
    for (int b = 5; b + 5 < HISTOGRAM; b++) {
        double sum = 0;
        for (int t = -5; t <= 5; t++) {
            sum += bins[b + t];
        }
        if (sum > best) {
            best = sum;
            mode = b;
        }
    }
    for (end = mode; end + 1 < HISTOGRAM && bins[end] > 0.607 * best / 11; end++) { /* 1 SD of a Gaussian */
    }
    const double low = mode + histogram_from_hu + 2.0 * (end - mode);
    return fmin(fmax(low, least_low_hu), most_low_hu);
}

/* ---- pieces ---- */

/* All of a piece from its seed: from `low` to `keep`, and back to 0 if it is too small. */
typedef struct {
    uint8_t *state;
    const size_t *size;
    size_t *queue;
    size_t least;
} Pieces;
enum { NOTHING, BONE, LOW, HIGH };

static void take_piece(const Pieces *p, size_t seed)
{
    const size_t stride[3] = {1, p->size[0], p->size[0] * p->size[1]};
    size_t used = 0;
    p->queue[used++] = seed;
    p->state[seed] = BONE;
    for (size_t q = 0; q < used; q++) {
        const size_t at = p->queue[q];
        for (int a = 0; a < 3; a++) {
            const size_t place = at / stride[a] % p->size[a];
            for (int side = 0; side < 2; side++) {
                if (side == 0 ? place == 0 : place + 1 == p->size[a]) {
                    continue;
                }
                const size_t next = side == 0 ? at - stride[a] : at + stride[a];
                if (p->state[next] >= LOW) {
                    p->state[next] = BONE;
                    p->queue[used++] = next;
                }
            }
        }
    }
    for (size_t q = 0; used < p->least && q < used; q++) {
        p->state[p->queue[q]] = NOTHING;
    }
}

/* Smoothed values find the bone, those of the image its border, which smoothing would move outward. */
static uint8_t *find_pieces(const float *values, const Volume *ct, double low_hu, DensError **err)
{
    const Geometry *geometry = &ct->geometry;
    const size_t count = geometry_voxels(geometry);
    size_t candidates = 0;
    uint8_t *state = memory_try_array(count, 1);
    for (size_t v = 0; state && v < count; v++) {
        const bool there = (double)values[v] >= low_hu && (double)ct->voxels[v] >= low_hu;
        state[v] = !there ? NOTHING : (double)values[v] < high_hu ? LOW : HIGH;
        candidates += state[v] != NOTHING;
    }
    const Pieces pieces = {.state = state,
                           .size = geometry->size,
                           .queue = memory_try_array(candidates + 1, sizeof *pieces.queue),
                           .least = (size_t)ceil(least_piece_mm3 / geometry_voxel_volume_mm3(geometry))};
    if (!state || !pieces.queue) {
        free(state);
        free(pieces.queue);
        (void)error_no_memory(err);
        return NULL;
    }
    for (size_t v = 0; v < count; v++) {
        if (state[v] == HIGH) {
            take_piece(&pieces, v);
        }
    }
    for (size_t v = 0; v < count; v++) {
        state[v] = state[v] == BONE;
    }
    free(pieces.queue);
    return state;
}

/* ---- the box around the bone ---- */

static void box_clear(BoneBox *box)
{
    free(box->bone);
    free(box->hu);
}

static int long_axis(const Geometry *geometry)
{
    int best = 2;
    for (int a = 0; a < 2; a++) {
        best = fabs(geometry->axis_lps[a].z) > fabs(geometry->axis_lps[best].z) ? a : best;
    }
    return best;
}

static bool bounds(const uint8_t *bone, const size_t size[3], size_t low[3], size_t high[3])
{
    bool any = false;
    size_t at[3];
    for (at[2] = 0; at[2] < size[2]; at[2]++) {
        for (at[1] = 0; at[1] < size[1]; at[1]++) {
            for (at[0] = 0; at[0] < size[0]; at[0]++) {
                if (!bone[at[0] + size[0] * (at[1] + size[1] * at[2])]) {
                    continue;
                }
                for (int a = 0; a < 3; a++) {
                    low[a] = any && low[a] < at[a] ? low[a] : at[a];
                    high[a] = any && high[a] > at[a] ? high[a] : at[a];
                }
                any = true;
            }
        }
    }
    return any;
}

/* One voxel is left free around the bone where the volume has it. */
static bool make_box(BoneBox *out, size_t low[3], const uint8_t *bone, const float *values, const Volume *ct,
                     DensError **err)
{
    const size_t *size = ct->geometry.size;
    size_t high[3] = {0};
    if (!bounds(bone, size, low, high)) {
        return error_input(err, ct->source_name, "shows no bone: no piece of %g mm³ reaches %g HU",
                           least_piece_mm3, high_hu);
    }
    for (int a = 0; a < 3; a++) {
        low[a] -= low[a] > 0;
        high[a] += high[a] + 1 < size[a];
        out->size[a] = high[a] - low[a] + 1;
        out->spacing_mm[a] = ct->geometry.spacing_mm[a];
    }
    const size_t count = out->size[0] * out->size[1] * out->size[2];
    out->axis = long_axis(&ct->geometry);
    for (int a = 0; a < 2; a++) {
        out->dorsal[a] = ct->geometry.axis_lps[(out->axis + 1 + a) % 3].y;
    }
    out->bone = memory_try_array(count, 1);
    out->hu = memory_try_large(count, sizeof *out->hu);
    if (!out->bone || !out->hu) {
        return error_no_memory(err);
    }
    for (size_t k = 0, to = 0; k < out->size[2]; k++) {
        for (size_t j = 0; j < out->size[1]; j++, to += out->size[0]) {
            const size_t from = low[0] + size[0] * (low[1] + j + size[1] * (low[2] + k));
            memcpy(out->bone + to, bone + from, out->size[0]);
            memcpy(out->hu + to, values + from, out->size[0] * sizeof *values);
        }
    }
    return true;
}

/* ---- what bone encloses ---- */

typedef struct {
    float *from; /* squared distance from bone; then from what is filled */
    uint8_t *votes;
    /* of one plane */
    uint8_t *set;
    float *values;
    PlaneParts parts;
} Fill;

static void fill_clear(Fill *fill)
{
    free(fill->from);
    free(fill->votes);
    free(fill->set);
    free(fill->values);
    plane_parts_clear(&fill->parts);
}

static void vote_in_plane(const BoneBox *box, const BoxPlane *plane, double pixel_mm2, Fill *fill)
{
    for (size_t v = 0, p = 0; v < plane->size[1]; v++) {
        for (size_t u = 0; u < plane->size[0]; u++, p++) {
            const size_t at = plane->first + u * plane->step[0] + v * plane->step[1];
            fill->set[p] = (double)fill->from[at] > wall_mm * wall_mm;
            fill->values[p] = box->hu[at];
        }
    }
    plane_parts_find(&fill->parts, fill->set, 1, fill->values, plane->size);
    for (size_t v = 0, p = 0; v < plane->size[1]; v++) {
        for (size_t u = 0; u < plane->size[0]; u++, p++) {
            const uint32_t name = fill->parts.part[p];
            const PlanePart *part = name ? &fill->parts.parts[name - 1] : NULL;
            if (part && !part->border && (double)part->pixels * pixel_mm2 <= most_hole_mm2 &&
                part->sum / (double)part->pixels > air_hu) {
                fill->votes[plane->first + u * plane->step[0] + v * plane->step[1]]++;
            }
        }
    }
}

static bool fill_init(Fill *out, const BoneBox *box, DensError **err)
{
    const size_t *size = box->size, count = size[0] * size[1] * size[2];
    size_t pixels = 0;
    for (int a = 0; a < 3; a++) {
        const size_t plane = size[a] * size[(a + 1) % 3];
        pixels = plane > pixels ? plane : pixels;
    }
    *out = (Fill){.from = memory_try_large(count, sizeof *out->from),
                  .votes = memory_try_array(count, 1),
                  .set = memory_try_array(pixels, 1),
                  .values = memory_try_array(pixels, sizeof *out->values)};
    if (!out->from || !out->votes || !out->set || !out->values) {
        return error_no_memory(err);
    }
    return plane_parts_init(&out->parts, pixels, err);
}

/* What lies further than `wall_mm` from bone and is enclosed in two of the three planes, and what is near to
 * it; then single voxels between bone. A gap in a wall of up to twice that is closed by it. A foramen is a
 * ring in one plane only, and the canal stays open. */
static bool fill_holes(BoneBox *box, const uint8_t *canal, DensError **err)
{
    const size_t *size = box->size, count = size[0] * size[1] * size[2];
    const double *mm = box->spacing_mm;
    AUTO(fill_clear) Fill fill = {.from = NULL};
    if (!fill_init(&fill, box, err) || !distance_squared(fill.from, box->bone, size, mm, NULL, err)) {
        return false;
    }
    for (int a = 0; a < 3; a++) {
        for (size_t s = 0; s < size[a]; s++) {
            const BoxPlane plane = box_plane(box, a, s);
            vote_in_plane(box, &plane, mm[(a + 1) % 3] * mm[(a + 2) % 3], &fill);
        }
    }
    for (size_t v = 0; v < count; v++) {
        fill.votes[v] = fill.votes[v] >= 2 && !canal[v];
    }
    if (!distance_squared(fill.from, fill.votes, size, mm, NULL, err)) {
        return false;
    }
    for (size_t v = 0; v < count; v++) {
        box->bone[v] |= (double)fill.from[v] <= wall_mm * wall_mm && !canal[v];
    }
    return true;
}

/* ---- the labels ---- */

static void name_labels(Mask *mask)
{
    mask->name_count = SEGMENT_LABEL_BONE + 1;
    mask->names = memory_array(mask->name_count, sizeof *mask->names);
    mask->names[SEGMENT_LABEL_CANAL] = memory_strdup("spinal canal");
    mask->names[SEGMENT_LABEL_BONE] = memory_strdup("bone");
}

static bool make_labels(BoneLabels *out, const BoneBox *box, const uint8_t *canal, const size_t low[3],
                        const Volume *ct, DensError **err)
{
    const size_t *size = ct->geometry.size, count = box->size[0] * box->size[1] * box->size[2];
    size_t bone = 0, metal = 0;
    out->labels = mask_new(&ct->geometry, err);
    if (!out->labels) {
        return false;
    }
    for (size_t v = 0; v < count; v++) {
        const size_t i = low[0] + v % box->size[0], j = low[1] + v / box->size[0] % box->size[1],
                     k = low[2] + v / box->size[0] / box->size[1], at = i + size[0] * (j + size[1] * k);
        out->labels->labels[at] = canal[v] ? SEGMENT_LABEL_CANAL : box->bone[v] ? SEGMENT_LABEL_BONE : 0;
        bone += box->bone[v];
        metal += box->bone[v] && (double)ct->voxels[at] > metal_hu;
    }
    out->metal_percent = 100.0 * (double)metal / (double)bone;
    name_labels(out->labels);
    return true;
}

/* Canal first: what bone encloses in a slice is either it or marrow. */
static bool label_box(BoneLabels *out, BoneBox *box, const size_t low[3], const Volume *ct, DensError **err)
{
    uint8_t *canal = memory_try_array(box->size[0] * box->size[1] * box->size[2], 1);
    if (!canal) {
        return error_no_memory(err);
    }
    const bool good = canal_find(box, canal, &out->canal_length_mm, &out->canal_open_mm, err) &&
                      fill_holes(box, canal, err) && make_labels(out, box, canal, low, ct, err);
    free(canal);
    return good;
}

bool segment_bone(BoneLabels *out, const Volume *ct, DensError **err)
{
    *out = (BoneLabels){0};
    if (!check_ct(ct, err)) {
        return false;
    }
    float *values = smoothed(ct, err);
    if (!values) {
        return false;
    }
    out->bone_from_hu = low_threshold(values, geometry_voxels(&ct->geometry));
    AUTO(box_clear) BoneBox box = {0};
    size_t low[3] = {0};
    uint8_t *bone = find_pieces(values, ct, out->bone_from_hu, err);
    bool good = bone && make_box(&box, low, bone, values, ct, err);
    free(bone);
    free(values);
    good = good && label_box(out, &box, low, ct, err);
    if (!good) {
        bone_labels_clear(out);
    }
    return good;
}

void bone_labels_clear(BoneLabels *labels)
{
    mask_free(labels->labels);
    labels->labels = NULL;
}
