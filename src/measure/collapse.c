/* Height of the vertebral body that has the lesion, in front, in the middle and behind, against the
 * neighbours.
 *
 * The body is cut along its own long axis in the 6 mm about the middle plane: in front is the first quarter
 * of its depth, the middle the half between, behind the last quarter. A column's height runs from the lowest
 * to the highest voxel of bone or lesion of this vertebra, without disc and neighbours, whatever holes lie
 * between; half of an unlabelled gap to the disc or the next body is added at each end. A height is the mean
 * over the middle half of the columns of its part. The reference is the mean of the same heights of the
 * untouched neighbours above and below (below the axis, whose body has the dens on it). Genant's grades put
 * the largest loss into numbers: below 20 % none, to 25 % mild, to 40 % moderate, above it severe. */
#include "measure/families.h"
#include "measure/region.h"
#include "measure/spine.h"

#include <math.h>

typedef enum { ANTERIOR, MIDDLE, POSTERIOR, LOSS, GENANT, COUNT } Collapse;

#define HEIGHT(name, text)                                                                                   \
    {                                                                                                        \
        .id = "collapse." name "_ratio", .label = text " height of the body against its neighbours",         \
        .unit = "1",                                                                                         \
        .method = "Mean height of the middle half of the columns of bone or lesion in this part of the "     \
                  "body, about the middle "                                                                  \
                  "plane and along its own axis, over the mean of the same of the untouched neighbours.",    \
        .source = "genant_wang2019", .code = {                                                               \
            0                                                                                                \
        }                                                                                                    \
    }

static const Quantity quantities[COUNT] = {
    [ANTERIOR] = HEIGHT("anterior", "Anterior"),
    [MIDDLE] = HEIGHT("middle", "Middle"),
    [POSTERIOR] = HEIGHT("posterior", "Posterior"),
    [LOSS] = {.id = "collapse.loss_percent",
              .label = "Largest loss of height of the body",
              .unit = "%",
              .method = "100 × (1 − the smallest of the three ratios), 0 where none is below 1.",
              .source = "genant_wang2019",
              .code = {0}},
    [GENANT] = {.id = "collapse.genant_grade",
                .label = "Grade of the loss of height (Genant)",
                .unit = "1",
                .method = "0 below 20 % of loss, 1 to 25 %, 2 to 40 %, 3 above.",
                .source = "genant_wang2019",
                .code = {0}},
};

enum { PARTS = 3, LEAST_COLUMNS = 6, LENGTH = 16, WIDTH = 6 };
static const double strip_mm = 3; /* half the width of what is cut */
static const double step_mm = 0.25, gap_mm = 3,
                    reach_mm = 14;      /* from its centre: half of the tallest body and some */
static const double most_contact = 0.3; /* of a neighbour's bone: its own body is then still there */
static const double depth_mm = 14; /* of the part of a body that is looked at; C3 has 15, docs/phantom.md */

/* Its bone, or lesion that belongs to it: before the canal that is what the body has become, up to the discs.
 */
static bool belongs(const Spine *spine, int level, Vec3 place)
{
    size_t at;
    return box_find(&spine->box, spine_point(spine, level, place), &at) &&
           (spine->level[at] == level || (spine->lesion[at] && spine->nearest[at] == level));
}

/* Half of the unlabelled gap between the body and the disc, or the next body, above it (sign 1) or below:
 * voxels that two structures share may be labelled as neither. 0 where nothing follows within gap_mm. */
static double half_gap(const Spine *spine, int level, Vec3 end, int sign)
{
    for (int s = 1; s * step_mm <= gap_mm; s++) {
        size_t at;
        const Vec3 next = vec3(end.x, end.y, end.z + sign * s * step_mm);
        if (!box_find(&spine->box, spine_point(spine, level, next), &at)) {
            return 0;
        }
        if (spine->kind[at] == STRUCTURE_DISC || spine->level[at] != LEVEL_NONE) {
            return (s - 1) * step_mm / 2;
        }
    }
    return 0;
}

/* Height from the lowest to the highest place that belongs to the body along its own axis, at a distance to
 * the left and before the canal; 0: none. Holes between them are what the lesion or the labels left out. */
static double column(const Spine *spine, int level, double left_mm, double front_mm)
{
    double low = INFINITY, high = -INFINITY;
    for (int s = (int)(-reach_mm / step_mm); s * step_mm <= reach_mm; s++) {
        if (belongs(spine, level, vec3(left_mm, front_mm, s * step_mm))) {
            low = fmin(low, s * step_mm);
            high = s * step_mm;
        }
    }
    return high >= low ? high - low + step_mm + half_gap(spine, level, vec3(left_mm, front_mm, high), 1) +
                             half_gap(spine, level, vec3(left_mm, front_mm, low), -1)
                       : 0;
}

/* Without the lowest and the highest quarter, as holes and osteophytes are no height. The median of heights
 * that come in steps of a voxel would be one of these steps. */
static double mean_of_middle_half(double *values, size_t count)
{
    (void)quantile_of(values, count, 0.5); /* sorts them */
    const size_t quarter = count / 4;
    double sum = 0;
    for (size_t n = quarter; n < count - quarter; n++) {
        sum += values[n];
    }
    return sum / (double)(count - 2 * quarter);
}

/* Heights of the three parts; false if there is no body. */
static bool heights_of(const Spine *spine, int level, double out[PARTS])
{
    static const double from[PARTS] = {0.75, 0.25, 0}, to[PARTS] = {1, 0.75, 0.25};
    double values[LENGTH * WIDTH];
    for (int part = 0; part < PARTS; part++) {
        size_t count = 0;
        for (int d = 0; d < LENGTH * WIDTH; d++) {
            const int row = d / WIDTH, side = d % WIDTH;
            const double depth = (row + 0.5) * depth_mm / LENGTH;
            const double left = (side + 0.5) * 2 * strip_mm / WIDTH - strip_mm;
            if (depth < from[part] * depth_mm || depth >= to[part] * depth_mm) {
                continue;
            }
            const double height = column(spine, level, left, spine->ring.body_mm + depth);
            if (height > 0) {
                values[count++] = height;
            }
        }
        if (count < LEAST_COLUMNS) {
            return false;
        }
        out[part] = mean_of_middle_half(values, count);
    }
    return true;
}

/* The level that holds most of the lesion. */
static int worst_level(const Spine *spine)
{
    int best = LEVEL_NONE;
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        best = spine->of_level[level] > 0 &&
                       (best == LEVEL_NONE || spine->of_level[level] > spine->of_level[best])
                   ? level
                   : best;
    }
    return best;
}

static void miss(MeasurementList *out, const char *reason)
{
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", reason);
    }
}

/* Mean heights of the neighbours, and their names. */
static int reference_heights(const Spine *spine, int level, double out[PARTS])
{
    int used = 0;
    for (int side = -1; side <= 1; side += 2) {
        const int other = level + side;
        double heights[PARTS];
        if (other > LEVEL_C1 + 1 && other < LEVEL_COUNT && spine->frames[other].known &&
            (double)spine->contact[other] <= most_contact * (double)spine->bone[other] &&
            heights_of(spine, other, heights)) {
            for (int part = 0; part < PARTS; part++) {
                out[part] = (out[part] * used + heights[part]) / (used + 1);
            }
            used++;
        }
    }
    return used;
}

static int grade_of(double loss)
{
    return loss < 20 ? 0 : loss <= 25 ? 1 : loss <= 40 ? 2 : 3;
}

void measure_collapse(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(spine_clear) Spine own = {0};
    const Spine *spine = spine_with_ring(input, NULL, &own, &err);
    if (!spine) {
        miss(out, dens_error_summary(err));
        return;
    }
    const int level = worst_level(spine);
    double heights[PARTS], usual[PARTS] = {0};
    if (level <= LEVEL_C1 + 1) {
        miss(out, "the heights of atlas and axis have no like neighbour");
        return;
    }
    if (!spine->frames[level].known || !heights_of(spine, level, heights)) {
        miss(out, "the body of the vertebra is not labelled");
        return;
    }
    const int neighbours = reference_heights(spine, level, usual);
    if (neighbours == 0) {
        miss(out, "no neighbour below the axis is labelled and nearly free of the lesion");
        return;
    }
    double least = 1;
    for (int part = 0; part < PARTS; part++) {
        least = fmin(least, heights[part] / usual[part]);
    }
    const double loss = 100 * (1 - least);
    const double values[COUNT] = {heights[0] / usual[0], heights[1] / usual[1], heights[2] / usual[2], loss,
                                  grade_of(loss)};
    for (int q = 0; q < COUNT; q++) {
        Measurement *added = measurements_add_labelled(out, &quantities[q], values[q], spine->box.series);
        added->note = arena_printf(out->arena, "%s against %d neighbour%s", level_name(level), neighbours,
                                   neighbours == 1 ? "" : "s");
    }
}
