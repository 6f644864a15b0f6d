/* The vertebrae's own axes, from labels.
 *
 * Up is the direction of the canal: its middle line is a parabola through the centres of its sections (one a
 * millimetre of height), without those that the lesion narrows, as that moves their centre. Front is the
 * direction from the canal to the centre of gravity of the bone before it, at a right angle to up: the
 * vertebra is symmetrical to its middle, so that is where the body is. A vertebra that the lesion has eaten
 * is not symmetrical: its front is the mean of the front of untouched vertebrae up to two levels away (turns
 * between neighbours below the axis are a few degrees; between atlas and axis they can be large). */
#include "measure/region.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_BONE = 30, REACH = 2, TURNS = 6 }; /* so many bring 40° to within one */
static const double before_canal_mm = 6;        /* half the depth of the dural sac, docs/phantom.md */
static const double beside_mm =
    14; /* half the width of a body and some: pillars, which may be cut, lie beside */
static const double usual_section = 0.9; /* of the median: less is narrowed */
static const double untouched = 0.02;    /* the lesion's contact, against the bone's voxels */
static const double curved_from_mm = 20, tilted_from_mm = 8; /* shorter canals give no parabola, no line */

/* Sums over the canal's voxels at one millimetre of height. */
typedef struct {
    double x, y, count;
    bool beside_lesion;
} Slab;

static void slabs_free(Slab **slabs)
{
    free(*slabs);
}

/* Weighted least squares of a polynomial with `terms` terms through n points; solves the normal equations. */
static void fit_polynomial(const double *t, const double *value, const double *weight, size_t n, int terms,
                           double out[3])
{
    double a[3][4] = {{0}};
    for (size_t i = 0; i < n; i++) {
        const double powers[3] = {1, t[i], t[i] * t[i]};
        for (int r = 0; r < terms; r++) {
            for (int c = 0; c < terms; c++) {
                a[r][c] += weight[i] * powers[r] * powers[c];
            }
            a[r][3] += weight[i] * powers[r] * value[i];
        }
    }
    for (int p = 0; p < terms; p++) {
        for (int r = 0; r < terms; r++) {
            const double factor = r == p || !(fabs(a[p][p]) > 0) ? 0 : a[r][p] / a[p][p];
            for (int c = 0; c < 4; c++) {
                a[r][c] -= factor * a[p][c];
            }
        }
    }
    for (int p = 0; p < 3; p++) {
        out[p] = p < terms && fabs(a[p][p]) > 0 ? a[p][3] / a[p][p] : 0;
    }
}

/* Can a section be trusted? One beside the lesion may be narrowed, which moves its centre; elsewhere the
 * canal is as wide as it is: wide at the skull, narrower below. */
static bool trusted(const Slab *slab, double limit)
{
    return slab->count > 0 && (!slab->beside_lesion || slab->count >= limit);
}

static void fit_line(CanalLine *line, const Slab *slabs, size_t count, double *room)
{
    double *t = room, *x = room + count, *y = room + 2 * count, *weight = room + 3 * count;
    size_t used = 0, usual = 0;
    for (size_t s = 0; s < count; s++) {
        if (slabs[s].count > 0) {
            weight[used++] = slabs[s].count;
        }
    }
    const double limit = usual_section * quantile_of(weight, used, 0.5);
    for (size_t s = 0; s < count; s++) {
        usual += trusted(&slabs[s], limit);
    }
    const bool all = 2 * usual < used;
    used = 0;
    double low = INFINITY, high = -INFINITY;
    for (size_t s = 0; s < count; s++) {
        if (trusted(&slabs[s], all ? 0 : limit)) {
            t[used] = line->low_mm + (double)s + 0.5 - line->middle_mm;
            low = fmin(low, t[used]);
            high = fmax(high, t[used]);
            x[used] = slabs[s].x / slabs[s].count;
            y[used] = slabs[s].y / slabs[s].count;
            weight[used++] = 1;
        }
    }
    const double length = high - low;
    const int terms = used >= 3 && length >= curved_from_mm   ? 3
                      : used >= 2 && length >= tilted_from_mm ? 2
                                                              : 1;
    fit_polynomial(t, x, weight, used, terms, line->x);
    fit_polynomial(t, y, weight, used, terms, line->y);
}

static bool find_canal(Spine *spine, DensError **err)
{
    CanalLine *line = &spine->canal;
    *line = (CanalLine){.low_mm = INFINITY, .high_mm = -INFINITY};
    for (size_t v = 0; v < spine->box.count; v++) {
        if (spine_is_canal(spine, v)) {
            const double z = box_point(&spine->box, v).z;
            line->low_mm = fmin(line->low_mm, z);
            line->high_mm = fmax(line->high_mm, z);
            spine->canal_voxels++;
        }
    }
    if (spine->canal_voxels == 0) {
        return true;
    }
    const size_t count = (size_t)(line->high_mm - line->low_mm) + 1;
    line->middle_mm = (line->low_mm + line->high_mm) / 2;
    AUTO(slabs_free) Slab *slabs = memory_try_array(count, sizeof *slabs);
    double *room = memory_try_array(4 * count, sizeof *room);
    if (!slabs || !room) {
        free(room);
        return error_no_memory(err);
    }
    for (size_t v = 0; v < spine->box.count; v++) {
        if (spine_is_canal(spine, v)) {
            const Vec3 p = box_point(&spine->box, v);
            Slab *slab = &slabs[(size_t)(p.z - line->low_mm)];
            slab->x += p.x;
            slab->y += p.y;
            slab->count++;
        } else if (spine->lesion[v]) {
            const double z = box_point(&spine->box, v).z;
            if (z >= line->low_mm && z <= line->high_mm) {
                slabs[(size_t)(z - line->low_mm)].beside_lesion = true;
            }
        }
    }
    fit_line(line, slabs, count, room);
    free(room);
    return true;
}

/* Beyond its ends the line runs straight on. */
static Vec3 canal_at(const CanalLine *line, double z_mm)
{
    const double within_mm = fmin(fmax(z_mm, line->low_mm), line->high_mm), beyond_mm = z_mm - within_mm;
    const double t = within_mm - line->middle_mm;
    return vec3(
        line->x[0] + t * (line->x[1] + t * line->x[2]) + beyond_mm * (line->x[1] + 2 * t * line->x[2]),
        line->y[0] + t * (line->y[1] + t * line->y[2]) + beyond_mm * (line->y[1] + 2 * t * line->y[2]), z_mm);
}

static Vec3 unit(Vec3 a)
{
    return vec3_scale(a, 1 / vec3_length(a));
}

static Vec3 canal_direction(const CanalLine *line, double z_mm)
{
    const double t = fmin(fmax(z_mm, line->low_mm), line->high_mm) - line->middle_mm;
    return unit(vec3(line->x[1] + 2 * t * line->x[2], line->y[1] + 2 * t * line->y[2], 1));
}

/* The canal's centre in the plane across `up` that holds a point. */
static Vec3 canal_beside(const CanalLine *line, Vec3 up, Vec3 point)
{
    Vec3 centre = canal_at(line, point.z);
    for (int i = 0; i < 4; i++) {
        const double off = vec3_dot(vec3_sub(point, centre), up);
        centre = canal_at(line, centre.z + off * up.z);
    }
    return centre;
}

static Vec3 across(Vec3 direction, Vec3 up)
{
    return vec3_sub(direction, vec3_scale(up, vec3_dot(direction, up)));
}

static void set_axes(SpineFrame *frame, Vec3 front)
{
    frame->front = unit(across(front, frame->up));
    frame->left = vec3_cross(frame->up, frame->front);
}

/* Turns each frame to the bone before the canal, as it is seen from the frame's present front. */
static void turn_to_bone(Spine *spine, bool found[LEVEL_COUNT])
{
    Vec3 sum[LEVEL_COUNT] = {{0, 0, 0}};
    size_t count[LEVEL_COUNT] = {0};
    for (size_t v = 0; v < spine->box.count; v++) {
        const int level = spine->level[v];
        const SpineFrame *frame = &spine->frames[level];
        if (level == LEVEL_NONE || !frame->known) {
            continue;
        }
        const Vec3 p = box_point(&spine->box, v),
                   away = vec3_sub(p, canal_beside(&spine->canal, frame->up, p));
        if (vec3_dot(away, frame->front) > before_canal_mm &&
            fabs(vec3_dot(away, frame->left)) <= beside_mm) {
            sum[level] = vec3_add(sum[level], away);
            count[level]++;
        }
    }
    size_t most = 0;
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        most = count[level] > most ? count[level] : most;
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        SpineFrame *frame = &spine->frames[level];
        /* one with much less than the others is cut by the box, and not evenly */
        found[level] = count[level] >= LEAST_BONE && 3 * count[level] >= 2 * most &&
                       vec3_length(across(sum[level], frame->up)) > 0;
        if (found[level]) {
            set_axes(frame, sum[level]);
        }
    }
}

bool spine_untouched(const Spine *spine, int level)
{
    return spine->bone[level] > 0 && (double)spine->contact[level] <= untouched * (double)spine->bone[level];
}

/* Sum of the fronts of the levels within reach that were found and that the lesion does not touch (free) or
 * hardly touches. */
static Vec3 front_about(const Spine *spine, int level, const bool found[LEVEL_COUNT], bool free)
{
    Vec3 sum = vec3(0, 0, 0);
    for (int other = level - REACH; other <= level + REACH; other++) {
        if (other >= LEVEL_C1 && other < LEVEL_COUNT && found[other] &&
            (free ? spine->contact[other] == 0 : spine_untouched(spine, other))) {
            sum = vec3_add(sum, spine->frames[other].front);
        }
    }
    return sum;
}

/* Front of a level that the lesion touches from the others within reach; else as it was found on the level.
 */
static void lean_on_neighbours(Spine *spine, const bool found[LEVEL_COUNT])
{
    Vec3 fronts[LEVEL_COUNT];
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        fronts[level] = front_about(spine, level, found, true);
        if (!(vec3_length(fronts[level]) > 0)) {
            fronts[level] = front_about(spine, level, found, false);
        }
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        SpineFrame *frame = &spine->frames[level];
        const bool leans = frame->known && (spine->contact[level] > 0 || !found[level]) &&
                           vec3_length(across(fronts[level], frame->up)) > 0;
        if (leans) {
            set_axes(frame, fronts[level]);
        }
    }
}

bool spine_find_frames(Spine *spine, DensError **err)
{
    bool found[LEVEL_COUNT] = {false};
    if (!find_canal(spine, err)) {
        return false;
    }
    if (spine->canal_voxels == 0) {
        return true;
    }
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        SpineFrame *frame = &spine->frames[level];
        const Vec3 bone = spine->centre_lps_mm[level];
        frame->known = spine->bone[level] > 0;
        frame->up = canal_direction(&spine->canal, bone.z);
        frame->up = canal_direction(&spine->canal, canal_beside(&spine->canal, frame->up, bone).z);
        frame->centre_lps_mm = canal_beside(&spine->canal, frame->up, bone);
        set_axes(frame, vec3(0, -1, 0)); /* the patient's */
    }
    for (int turn = 0; turn < TURNS; turn++) {
        turn_to_bone(spine, found);
    }
    lean_on_neighbours(spine, found);
    return true;
}

Vec3 spine_place(const Spine *spine, int level, Vec3 point_lps_mm)
{
    const SpineFrame *frame = &spine->frames[level];
    const Vec3 centre = canal_beside(&spine->canal, frame->up, point_lps_mm),
               away = vec3_sub(point_lps_mm, centre);
    return vec3(vec3_dot(away, frame->left), vec3_dot(away, frame->front),
                vec3_dot(vec3_sub(point_lps_mm, frame->centre_lps_mm), frame->up));
}

Vec3 spine_point(const Spine *spine, int level, Vec3 place)
{
    const SpineFrame *frame = &spine->frames[level];
    Vec3 centre = vec3_add(frame->centre_lps_mm, vec3_scale(frame->up, place.z));
    centre = canal_beside(&spine->canal, frame->up, centre);
    return vec3_add(centre, vec3_add(vec3_scale(frame->left, place.x), vec3_scale(frame->front, place.y)));
}
