/* What was where the lesion is now: bone, canal, or what lies outside the vertebrae.
 *
 * A label of bone under the lesion's mask is believed. Elsewhere the vertebra's other side is asked, which is
 * its mirror image; its neighbours, which below the axis are much alike: a neighbour is shifted along the
 * canal and forward until what the lesion left of the vertebra fits it best; and whether bone of the
 * vertebra, or a disc, is left above and below. The mirror and the last count twice, each neighbour once, and
 * half of the votes decide. What is not bone lies in the canal if it is inside the ring of body, pedicles and
 * laminae, else outside. */
#include "measure/region.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 30, LEAST_RING = 20, MOST_SAMPLES = 600, LEAST_SAMPLES = 60, MIRROR = 2, BETWEEN = 2 };
static const double middle_mm = 3;   /* half the width of the strip in which walls are looked for */
static const double around_mm = 4;   /* from the bone: where a shift of a neighbour is judged */
static const double tallest_mm = 20; /* of a body below the axis: 15, docs/phantom.md */
static const double far_up_mm = 6, far_forward_mm = 2, shift_step_mm = 1;

/* Counts of bone by millimetres from the canal's centre. */
typedef struct {
    size_t body[BINS], lamina[BINS], side[BINS], width[BINS];
} RingCounts;

static void count_place(RingCounts *counts, Vec3 at)
{
    const double u = fabs(at.x), depth = fabs(at.y);
    if (u <= middle_mm && depth < BINS) {
        (at.y > 0 ? counts->body : counts->lamina)[(size_t)depth]++;
    }
    if (depth <= middle_mm && u < BINS) {
        counts->side[(size_t)u]++;
    }
}

/* The middle of the first bin that holds a third of what the fullest one does; −1: there is too little. */
static double wall(const size_t bins[BINS])
{
    size_t most = 0;
    for (int b = 0; b < BINS; b++) {
        most = bins[b] > most ? bins[b] : most;
    }
    for (int b = 0; most >= LEAST_RING && b < BINS; b++) {
        if (3 * bins[b] >= most) {
            return b;
        }
    }
    return -1;
}

/* Where the count falls below half of what it is in the middle: the side of the body. */
static double half_width(const size_t bins[BINS])
{
    double middle = 0;
    for (int b = 0; b < 6; b++) {
        middle += (double)bins[b] / 6;
    }
    for (int b = 6; middle > 0 && b < BINS; b++) {
        if ((double)bins[b] < middle / 2) {
            return b;
        }
    }
    return -1;
}

/* Of untouched vertebrae below the atlas, if an arch is among them (the box may cut the last one off), or of
 * all that are there. */
static bool find_ring(Spine *spine, bool only_untouched)
{
    RingCounts counts = {{0}, {0}, {0}, {0}};
    SpineRing *ring = &spine->ring;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t v = 0; v < spine->box.count; v++) {
            const int level = spine->level[v];
            if (level <= LEVEL_C1 || (only_untouched && !spine_untouched(spine, level))) {
                continue;
            }
            const Vec3 at = spine_place(spine, level, box_point(&spine->box, v));
            if (pass == 0) {
                count_place(&counts, at);
            } else if (at.y > ring->body_mm + 4 && at.y < ring->body_mm + 10 && fabs(at.x) < BINS) {
                counts.width[(size_t)fabs(at.x)]++;
            }
        }
        ring->body_mm = wall(counts.body);
        ring->lamina_mm = wall(counts.lamina);
        if (only_untouched && ring->lamina_mm < 0) {
            return false;
        }
        ring->lamina_mm = ring->lamina_mm > 0 ? ring->lamina_mm : ring->body_mm;
        ring->side_mm = wall(counts.side);
    }
    ring->body_half_mm = half_width(counts.width);
    ring->known = ring->body_mm > 0 && ring->side_mm > 0 && ring->body_half_mm > 0;
    return ring->known;
}

/* Is there bone of a level at a place in its axes? −1: not known, as it lies outside the box or in the
 * lesion. */
static int bone_at(const Spine *spine, int level, Vec3 place)
{
    size_t at;
    if (!box_find(&spine->box, spine_point(spine, level, place), &at) || spine->lesion[at]) {
        return -1;
    }
    return spine->level[at] == level;
}

/* Voxels on and about what is left of a level, with whether they are its bone. */
typedef struct {
    size_t count;
    Vec3 place[MOST_SAMPLES];
    bool bone[MOST_SAMPLES];
} Samples;

static void take_samples(const Spine *spine, int level, Samples *out)
{
    size_t all = 0;
    out->count = 0;
    for (int pass = 0; pass < 2; pass++) {
        const size_t stride = all / MOST_SAMPLES + 1;
        size_t seen = 0;
        for (size_t v = 0; v < spine->box.count && out->count < MOST_SAMPLES; v++) {
            if (spine->nearest[v] != level || spine->lesion[v] ||
                (double)spine->to_bone_mm2[v] > around_mm * around_mm) {
                continue;
            }
            if (pass == 1 && seen % stride == 0) {
                out->bone[out->count] = spine->level[v] == level;
                out->place[out->count++] = spine_place(spine, level, box_point(&spine->box, v));
            }
            seen++;
        }
        all = seen;
    }
}

/* How a neighbour is to be shifted to fit a level; false if it is of no use. */
static bool fit_neighbour(const Spine *spine, int other, const Samples *samples, Vec3 *out_shift)
{
    if (other <= LEVEL_C1 || other >= LEVEL_COUNT || !spine->frames[other].known ||
        samples->count < LEAST_SAMPLES) {
        return false;
    }
    const int up = (int)(far_up_mm / shift_step_mm), forward = (int)(far_forward_mm / shift_step_mm);
    double best = -1;
    for (int w = -up; w <= up; w++) {
        for (int f = -forward; f <= forward; f++) {
            const Vec3 shift = vec3(0, f * shift_step_mm, w * shift_step_mm);
            size_t same = 0, known = 0;
            for (size_t s = 0; s < samples->count; s++) {
                const int bone = bone_at(spine, other, vec3_add(samples->place[s], shift));
                known += bone >= 0;
                same += bone >= 0 && (bone == 1) == samples->bone[s];
            }
            const double share = known >= samples->count / 2 ? (double)same / (double)known : 0;
            if (share > best) {
                best = share;
                *out_shift = shift;
            }
        }
    }
    return best > 0;
}

/* In front the canal is as wide as between the pedicles; behind, the laminae meet in the middle: half an
 * ellipse. */
static bool inside_ring(const SpineRing *ring, Vec3 at)
{
    const double x = at.x / ring->side_mm, y = at.y / ring->lamina_mm;
    return at.y < ring->body_mm && (at.y > 0 ? fabs(x) < 1 : x * x + y * y < 1);
}

/* Does the lesion's part of the line through a place along the vertebra's own long axis end in bone of the
 * level, or in a disc, above and below? */
static bool between_bone(const Spine *spine, int level, Vec3 point)
{
    const Vec3 up = spine->frames[level].up;
    for (int sign = -1; sign <= 1; sign += 2) {
        bool ended = false;
        for (int s = 1; !ended && s * shift_step_mm <= tallest_mm; s++) {
            size_t at;
            if (!box_find(&spine->box, vec3_add(point, vec3_scale(up, sign * s * shift_step_mm)), &at)) {
                return false;
            }
            ended = !spine->lesion[at];
            if (ended && spine->level[at] != level && spine->kind[at] != STRUCTURE_DISC) {
                return false;
            }
        }
        if (!ended) {
            return false;
        }
    }
    return true;
}

/* Votes of the other side and of the neighbours on the voxels of the lesion that are nearest to a level. */
static void judge_level(Spine *spine, int level, Samples *samples)
{
    Vec3 shift[2];
    bool use[2];
    take_samples(spine, level, samples);
    for (int side = 0; side < 2; side++) {
        use[side] = fit_neighbour(spine, side ? level + 1 : level - 1, samples, &shift[side]);
    }
    for (size_t v = 0; v < spine->box.count; v++) {
        if (!spine->lesion[v] || spine->nearest[v] != level) {
            continue;
        }
        const Vec3 point = box_point(&spine->box, v), at = spine_place(spine, level, point);
        const int mirror = bone_at(spine, level, vec3(-at.x, at.y, at.z));
        int bone = mirror == 1 ? MIRROR : 0, votes = mirror >= 0 ? MIRROR : 0;
        for (int side = 0; side < 2; side++) {
            const int there =
                use[side] ? bone_at(spine, side ? level + 1 : level - 1, vec3_add(at, shift[side])) : -1;
            votes += there == 1 ||
                     (there == 0 && level > LEVEL_C1 + 1); /* the axis is taller than its neighbour */
            bone += there == 1;
        }
        if (between_bone(spine, level, point)) {
            votes += BETWEEN;
            bone += BETWEEN;
        }
        if (spine->level[v] != LEVEL_NONE || (votes > 0 && 2 * bone >= votes)) {
            spine->origin[v] = ORIGIN_BONE;
        } else if (spine_is_canal(spine, v) || inside_ring(&spine->ring, at)) {
            spine->origin[v] = ORIGIN_CANAL;
        } else {
            spine->origin[v] = votes > 0 ? ORIGIN_OUTSIDE : ORIGIN_UNKNOWN;
        }
    }
}

/* A vertebra that is eaten up to its endplates is farther from its own lesion than the neighbour across the
 * disc: before the canal a voxel of the lesion belongs to the vertebra between whose discs it lies. */
static void sort_by_discs(Spine *spine)
{
    for (size_t v = 0; v < spine->box.count; v++) {
        const int level = spine->nearest[v];
        if (!spine->lesion[v] || !spine->frames[level].known) {
            continue;
        }
        const Vec3 point = box_point(&spine->box, v), up = spine->frames[level].up;
        if (spine_place(spine, level, point).y < spine->ring.body_mm) {
            continue;
        }
        int own = level;
        if (level > LEVEL_C1 && spine->disc[level - 1] > 0 &&
            vec3_dot(vec3_sub(point, spine->disc_lps_mm[level - 1]), up) > 0) {
            own = level - 1;
        } else if (spine->disc[level] > 0 && vec3_dot(vec3_sub(point, spine->disc_lps_mm[level]), up) < 0) {
            own = level + 1;
        }
        if (own != level && own < LEVEL_COUNT && spine->frames[own].known) {
            spine->nearest[v] = (uint8_t)own;
            spine->of_level[level]--;
            spine->of_level[own]++;
        }
    }
}

bool spine_find_origin(Spine *spine, DensError **err)
{
    if (spine->canal_voxels == 0 || (!find_ring(spine, true) && !find_ring(spine, false))) {
        return true;
    }
    sort_by_discs(spine);
    Samples *samples = memory_try_array(1, sizeof *samples);
    if (!samples) {
        return error_no_memory(err);
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        if (spine->of_level[level] > 0 && spine->frames[level].known) {
            judge_level(spine, level, samples);
        }
    }
    free(samples);
    return true;
}
