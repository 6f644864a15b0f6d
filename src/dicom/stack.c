/* The slices of a series as one grid.
 *
 * Invariants: the spacing comes from positions, never from SliceThickness or SpacingBetweenSlices; a series
 * with a hole, or whose positions make no sense, is refused with the place of the fault, as a volume with a
 * hidden gap would measure wrong. Source: DICOM PS3.3 C.7.6.2.1.1 (position, orientation). */
#include "dicom/stack.h"

#include "base/file.h"
#include "base/memory.h"
#include "dicom/respace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MAX_POSITION_ERROR_MM = 0.1;
static const double MAX_POSITION_ERROR_SHARE = 0.1; /* of the spacing */
static const double SAME_POSITION_MM = 1e-3;
static const double SAME_DIRECTION = 1e-4; /* length of the difference of two unit vectors */
static const double RIGHT_ANGLE = 1e-3;    /* cosine */
static const double SAME_SPACING_SHARE = 1e-4;
static const double NO_TILT_PIXELS = 0.1; /* drift over the whole stack that is rounding */
/* Beyond any scanner: what a damaged header says. */
static const double MIN_SPACING_MM = 1e-3;
static const double MAX_SPACING_MM = 1e3;
static const double MAX_POSITION_MM = 1e6;
static const double MAX_TILT_DEGREES = 45; /* gantries reach 30 */

typedef struct {
    double distance_mm; /* along the normal */
    size_t index;
} Place;

static bool is_position(Vec3 v)
{
    return fabs(v.x) <= MAX_POSITION_MM && fabs(v.y) <= MAX_POSITION_MM && fabs(v.z) <= MAX_POSITION_MM;
}

bool stack_is_spacing(double spacing_mm)
{
    return spacing_mm >= MIN_SPACING_MM && spacing_mm <= MAX_SPACING_MM;
}

static bool check_plane(const Slice *slice, DensError **err)
{
    const Vec3 row = slice->row_lps;
    const Vec3 column = slice->column_lps;
    if (!is_position(slice->position_lps_mm)) {
        return error_input(err, slice->file, "its ImagePositionPatient is not finite, or beyond %g mm",
                           MAX_POSITION_MM);
    }
    /* negated comparisons, so that NaN fails */
    if (!(fabs(vec3_length(row) - 1) <= RIGHT_ANGLE && fabs(vec3_length(column) - 1) <= RIGHT_ANGLE &&
          fabs(vec3_dot(row, column)) <= RIGHT_ANGLE)) {
        return error_input(err, slice->file,
                           "its ImageOrientationPatient is not two unit vectors at a right angle");
    }
    if (!(stack_is_spacing(slice->across_mm) && stack_is_spacing(slice->down_mm))) {
        return error_input(err, slice->file, "its PixelSpacing is not between %g and %g mm", MIN_SPACING_MM,
                           MAX_SPACING_MM);
    }
    return true;
}

static bool same_spacing(double a, double b)
{
    return fabs(a - b) <= SAME_SPACING_SHARE * a;
}

static bool check_same(const Slice *first, const Slice *slice, DensError **err)
{
    const char *other = file_name(first->file);
    if (slice->rows != first->rows || slice->columns != first->columns) {
        return error_input(err, slice->file,
                           "two sizes in one series: %zu × %zu pixels here, %zu × %zu in %s", slice->columns,
                           slice->rows, first->columns, first->rows, other);
    }
    if (vec3_length(vec3_sub(slice->row_lps, first->row_lps)) > SAME_DIRECTION ||
        vec3_length(vec3_sub(slice->column_lps, first->column_lps)) > SAME_DIRECTION) {
        return error_input(err, slice->file, "two orientations in one series: not parallel to %s", other);
    }
    if (!same_spacing(first->across_mm, slice->across_mm) || !same_spacing(first->down_mm, slice->down_mm)) {
        return error_input(err, slice->file,
                           "two pixel spacings in one series: %g × %g mm here, %g × %g in %s",
                           slice->across_mm, slice->down_mm, first->across_mm, first->down_mm, other);
    }
    if (strcmp(slice->frame_uid, first->frame_uid) != 0) {
        return error_input(err, slice->file, "two frames of reference in one series: not that of %s", other);
    }
    return true;
}

static int by_distance(const void *a, const void *b)
{
    const Place *one = a;
    const Place *two = b;
    if (one->distance_mm != two->distance_mm) {
        return one->distance_mm < two->distance_mm ? -1 : 1;
    }
    return one->index < two->index ? -1 : one->index > two->index;
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a;
    double two = *(const double *)b;
    return one < two ? -1 : one > two;
}

static double gap(const Place *places, size_t k)
{
    return places[k + 1].distance_mm - places[k].distance_mm;
}

/* Two slices at one position: a copy, or a series of several images at each position. */
static bool check_doubles(const Slice *slices, const Place *places, size_t count, DensError **err)
{
    size_t positions = 1;
    size_t doubled = count; /* the first that lies where its successor lies */
    for (size_t k = 0; k + 1 < count; k++) {
        bool same = gap(places, k) <= SAME_POSITION_MM;
        positions += !same;
        doubled = same && doubled == count ? k : doubled;
    }
    if (doubled == count) {
        return true;
    }
    const char *file = slices[places[doubled].index].file;
    if (count % positions == 0 && (positions > 1 || count > 2)) {
        return error_input(
            err, file,
            "the series holds %zu images at each of %zu positions (echoes, times or b-values?); "
            "a volume has one",
            count / positions, positions);
    }
    return error_input(err, file, "two slices at one position: this one and %s",
                       file_name(slices[places[doubled + 1].index].file));
}

static double median_gap(const Place *places, size_t count)
{
    double *gaps = memory_array(count - 1, sizeof *gaps);
    for (size_t k = 0; k + 1 < count; k++) {
        gaps[k] = gap(places, k);
    }
    qsort(gaps, count - 1, sizeof *gaps, by_value);
    double median = gaps[(count - 2) / 2];
    free(gaps);
    return median;
}

static double tolerance_mm(double spacing_mm)
{
    return fmin(MAX_POSITION_ERROR_MM, MAX_POSITION_ERROR_SHARE * spacing_mm);
}

/* Says what is wrong with a stack that is not regular; `odd` is the gap that speaks against taking it. */
static bool explain_gaps(const Slice *slices, const Place *places, size_t count, size_t odd, DensError **err)
{
    const double spacing = median_gap(places, count);
    const double tolerance = 2 * tolerance_mm(spacing); /* both ends of a gap may be off */
    size_t missing = 0;
    size_t first = count;
    bool multiples = true;
    double narrowest = gap(places, 0);
    double widest = narrowest;
    for (size_t k = 0; k + 1 < count; k++) {
        double steps = fmax(1, round(gap(places, k) / spacing));
        multiples = multiples && fabs(gap(places, k) - steps * spacing) <= tolerance;
        first = steps > 1 && first == count ? k : first;
        missing += steps < 1e6 ? (size_t)steps - 1 : 0;
        narrowest = fmin(narrowest, gap(places, k));
        widest = fmax(widest, gap(places, k));
    }
    if (!multiples || first == count) {
        return error_input(
            err, slices[places[odd].index].file,
            "irregular slice spacing in its series: from %.3g to %.3g mm; %.3g mm between this one and %s",
            narrowest, widest, gap(places, odd), file_name(slices[places[odd + 1].index].file));
    }
    return error_input(err, slices[places[first].index].file,
                       "%zu slice%s missing in its series, %s between this one and %s (%.3g mm apart, the "
                       "spacing is %.3g mm)",
                       missing, missing == 1 ? " is" : "s are", missing == 1 ? "the one" : "the first",
                       file_name(slices[places[first + 1].index].file), gap(places, first), spacing);
}

/* The line through all positions (least squares), so that rounding at the ends does not count twice. */
static void fit_line(const Place *places, size_t count, double *out_first_mm, double *out_spacing_mm)
{
    const double middle = (double)(count - 1) / 2;
    double mean = 0;
    double products = 0;
    double squares = 0;
    for (size_t k = 0; k < count; k++) {
        mean += places[k].distance_mm / (double)count;
    }
    for (size_t k = 0; k < count; k++) {
        products += ((double)k - middle) * (places[k].distance_mm - mean);
        squares += ((double)k - middle) * ((double)k - middle);
    }
    *out_spacing_mm = products / squares;
    *out_first_mm = mean - middle * *out_spacing_mm;
}

/* An even grid for a stack that is not regular, if it can be taken. */
static bool even_out(const Slice *slices, const Place *places, size_t count, Stack *out, DensError **err)
{
    double *distances = memory_array(count, sizeof *distances);
    size_t odd = 0;
    out->uneven = true;
    out->narrowest_mm = INFINITY;
    for (size_t k = 0; k < count; k++) {
        distances[k] = places[k].distance_mm;
        out->narrowest_mm = k > 0 ? fmin(out->narrowest_mm, gap(places, k - 1)) : out->narrowest_mm;
        out->widest_mm = k > 0 ? fmax(out->widest_mm, gap(places, k - 1)) : 0;
    }
    bool good = respace_plan(distances, count, &out->geometry.spacing_mm[2], &out->geometry.size[2], &odd);
    free(distances);
    return good || explain_gaps(slices, places, count, odd, err);
}

static bool find_spacing(const Slice *slices, const Place *places, size_t count, Stack *out, DensError **err)
{
    double first;
    double spacing;
    fit_line(places, count, &first, &spacing);
    for (size_t k = 0; k < count; k++) {
        if (fabs(places[k].distance_mm - (first + (double)k * spacing)) > tolerance_mm(spacing)) {
            return even_out(slices, places, count, out, err);
        }
    }
    out->geometry.size[2] = count;
    out->geometry.spacing_mm[2] = spacing;
    return true;
}

/* The in-plane shift along the stack: none, or a steady one (the gantry was tilted). */
static bool find_tilt(const Slice *slices, const Place *places, size_t count, Stack *stack, DensError **err)
{
    const Geometry *grid = &stack->geometry;
    const Vec3 normal = grid->axis_lps[2];
    const Vec3 origin = grid->origin_lps_mm;
    const double length = places[count - 1].distance_mm - places[0].distance_mm;
    Vec3 way = vec3_sub(slices[places[count - 1].index].position_lps_mm, origin);
    Vec3 drift = vec3_scale(vec3_sub(way, vec3_scale(normal, vec3_dot(way, normal))), 1 / length);
    for (size_t k = 0; k < count; k++) {
        const Slice *slice = &slices[places[k].index];
        Vec3 offset = vec3_sub(slice->position_lps_mm, origin);
        double along = vec3_dot(offset, normal);
        Vec3 in_plane = vec3_sub(offset, vec3_scale(normal, along));
        double error = vec3_length(vec3_sub(in_plane, vec3_scale(drift, along)));
        if (error > fmax(MAX_POSITION_ERROR_MM, NO_TILT_PIXELS * fmin(slice->across_mm, slice->down_mm))) {
            return error_input(err, slice->file, "is shifted by %.3g mm against the line of its series",
                               error);
        }
    }
    double pixel = fmin(grid->spacing_mm[0], grid->spacing_mm[1]);
    if (vec3_length(drift) * length > NO_TILT_PIXELS * pixel) {
        stack->drift = drift;
        stack->tilt_degrees = atan(vec3_length(drift)) * 180 / M_PI;
    }
    if (stack->tilt_degrees > MAX_TILT_DEGREES) {
        return error_input(err, slices[places[0].index].file,
                           "the slices of its series are shifted as by a gantry tilt of %.0f degrees; up to "
                           "%.0f are possible",
                           stack->tilt_degrees, MAX_TILT_DEGREES);
    }
    return true;
}

static bool place(const Slice *slices, size_t count, Place *places, Stack *out, DensError **err)
{
    const Slice *first = &slices[0];
    Vec3 normal = vec3_cross(first->row_lps, first->column_lps);
    normal = vec3_scale(normal, 1 / vec3_length(normal));
    for (size_t n = 0; n < count; n++) {
        places[n] = (Place){vec3_dot(slices[n].position_lps_mm, normal), n};
    }
    qsort(places, count, sizeof *places, by_distance);
    Geometry *grid = &out->geometry;
    if (!check_doubles(slices, places, count, err) || !find_spacing(slices, places, count, out, err)) {
        return false;
    }
    grid->size[0] = first->columns;
    grid->size[1] = first->rows;
    grid->spacing_mm[0] = first->across_mm;
    grid->spacing_mm[1] = first->down_mm;
    grid->origin_lps_mm = slices[places[0].index].position_lps_mm;
    grid->axis_lps[0] = vec3_scale(first->row_lps, 1 / vec3_length(first->row_lps));
    grid->axis_lps[1] = vec3_cross(normal, grid->axis_lps[0]);
    grid->axis_lps[2] = normal;
    return find_tilt(slices, places, count, out, err);
}

bool stack_build(const Slice *slices, size_t count, size_t *out_order, Stack *out, DensError **err)
{
    if (count < 2) {
        return error_input(err, count ? slices[0].file : NULL,
                           "the series has one slice only; a volume needs at least two");
    }
    for (size_t n = 0; n < count; n++) {
        if (!check_plane(&slices[n], err) || !check_same(&slices[0], &slices[n], err)) {
            return false;
        }
    }
    *out = (Stack){0};
    Place *places = memory_array(count, sizeof *places);
    bool good = place(slices, count, places, out, err);
    for (size_t k = 0; good && k < count; k++) {
        out_order[k] = places[k].index;
    }
    free(places);
    return good;
}
