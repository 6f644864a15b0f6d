/* The lesion and the vertebral arteries, where the labels have these: a mask that the reader brings, as no
 * tool in use labels them.
 *
 * Encasement is the part of an artery's circumference that the lesion touches, in a section across its own
 * course, whatever the grid: rays from the centre of the section that meet the lesion within a millimetre of
 * the artery's wall. The course is the direction in which the artery's voxels lie within 6 mm; the worst
 * section counts. At a sharp bend (above C2) the section is that of the mean direction. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/parts.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum { DISTANCE, ENCASED, COUNT } Artery;

static const Quantity quantities[COUNT] = {
    [DISTANCE] = {.id = "artery.distance_mm",
                  .label = "Distance of the lesion from the vertebral artery",
                  .unit = "mm",
                  .method =
                      "Smallest distance between the outlines of the lesion and the labelled artery; 0 where "
                      "they touch.",
                  .source = "",
                  .code = {0}},
    [ENCASED] = {.id = "artery.encased_degrees",
                 .label = "Circumference of the vertebral artery that the lesion touches",
                 .unit = "deg",
                 .method =
                     "In sections across the artery's course: rays from its centre, 10° apart, that meet the "
                     "lesion within 1 mm of its wall; the worst section.",
                 .source = "",
                 .code = {0}},
};

enum { RAYS = 36, LEAST_SECTION = 3, MOST_SECTIONS = 150 };
static const double contact_mm = 1, degrees_a_ray = 10;
static const double course_mm = 6; /* along which the artery counts as straight: three of its radii */
static const double widest_mm = 6; /* from its centre to its wall: thrice the usual radius */
static const double step_mm = 0.25;
static const double pi = 3.14159265358979323846;

/* The voxels of one artery within course_mm of one of them: their centre and the direction in which they lie.
 */
typedef struct {
    Vec3 centre, along;
} Course;

static Course course_at(const Box *box, const size_t *voxels, size_t count, Vec3 at)
{
    Vec3 sum = vec3(0, 0, 0);
    double moment[3][3] = {{0}};
    size_t used = 0;
    for (int pass = 0; pass < 2; pass++) {
        const Vec3 mean = used ? vec3_scale(sum, 1 / (double)used) : at;
        for (size_t i = 0; i < count; i++) {
            const Vec3 p = box_point(box, voxels[i]), d = vec3_sub(p, mean);
            if (vec3_length(vec3_sub(p, at)) > course_mm) {
                continue;
            }
            if (pass == 0) {
                sum = vec3_add(sum, p);
                used++;
                continue;
            }
            const double c[3] = {d.x, d.y, d.z};
            for (int r = 0; r < 9; r++) {
                moment[r / 3][r % 3] += c[r / 3] * c[r % 3];
            }
        }
    }
    Vec3 along =
        vec3(0.3, 0.2, 1); /* any start that lies in no plane of the axes; powers of the moments turn it */
    for (int i = 0; i < 40; i++) {
        const Vec3 next = vec3(moment[0][0] * along.x + moment[0][1] * along.y + moment[0][2] * along.z,
                               moment[1][0] * along.x + moment[1][1] * along.y + moment[1][2] * along.z,
                               moment[2][0] * along.x + moment[2][1] * along.y + moment[2][2] * along.z);
        const double length = vec3_length(next);
        along = length > 0 ? vec3_scale(next, 1 / length) : along;
    }
    return (Course){vec3_scale(sum, 1 / (double)used), vec3_scale(along, 1 / vec3_length(along))};
}

/* Centre of the artery's section through `at`, across its course. */
static Vec3 section_centre(const Box *box, const size_t *voxels, size_t count, Vec3 at, Vec3 along)
{
    const double *s = box->spacing_mm;
    const double half = fmax(s[0], fmax(s[1], s[2])) / 2;
    Vec3 sum = vec3(0, 0, 0);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const Vec3 d = vec3_sub(box_point(box, voxels[i]), at);
        if (fabs(vec3_dot(d, along)) <= half && vec3_length(d) <= course_mm) {
            sum = vec3_add(sum, d);
            used++;
        }
    }
    return used ? vec3_add(at, vec3_scale(sum, 1 / (double)used)) : at;
}

/* Rays across the course on which the lesion lies within contact of the artery's wall. */
static int count_rays(const Box *box, const uint8_t *artery, const uint8_t *lesion, Vec3 centre, Vec3 along)
{
    const Vec3 helper = fabs(along.z) < 0.8 ? vec3(0, 0, 1) : vec3(1, 0, 0),
               first = vec3_cross(along, helper);
    const Vec3 u = vec3_scale(first, 1 / vec3_length(first)), w = vec3_cross(along, u);
    int count = 0;
    for (int ray = 0; ray < RAYS; ray++) {
        const double turn = 2 * pi * ray / RAYS;
        const Vec3 away = vec3_add(vec3_scale(u, cos(turn)), vec3_scale(w, sin(turn)));
        size_t at;
        double r = 0;
        while (r < widest_mm && box_find(box, vec3_add(centre, vec3_scale(away, r)), &at) && artery[at]) {
            r += step_mm;
        }
        bool touching = false;
        for (int s = 0; !touching && s * step_mm <= contact_mm; s++) {
            touching = box_find(box, vec3_add(centre, vec3_scale(away, r + s * step_mm)), &at) && lesion[at];
        }
        count += touching;
    }
    return count;
}

/* The largest share of the circumference over the sections of all arteries near the lesion. */
static bool worst_section(const Box *box, const uint8_t *artery, const uint8_t *lesion,
                          const float *to_lesion_mm2, double *out_degrees, DensError **err)
{
    AUTO(parts_clear) Parts parts = {0};
    *out_degrees = 0;
    if (!parts_find(&parts, artery, box->size, true, err)) {
        return false;
    }
    size_t most = 0;
    for (size_t p = 1; p <= parts.count; p++) {
        most = parts.voxels[p] > most ? parts.voxels[p] : most;
    }
    size_t *voxels = memory_try_array(most + 1, sizeof *voxels);
    if (!voxels) {
        return error_no_memory(err);
    }
    for (uint32_t p = 1; p <= parts.count; p++) {
        size_t count = 0, near = 0;
        for (size_t v = 0; v < box->count; v++) {
            if (parts.part[v] == p) {
                voxels[count++] = v;
                near += (double)to_lesion_mm2[v] <= widest_mm * widest_mm;
            }
        }
        const size_t stride = near / MOST_SECTIONS + 1;
        for (size_t i = 0, seen = 0; count >= LEAST_SECTION && i < count; i++) {
            if ((double)to_lesion_mm2[voxels[i]] > widest_mm * widest_mm || seen++ % stride != 0) {
                continue;
            }
            const Course course = course_at(box, voxels, count, box_point(box, voxels[i]));
            const Vec3 centre = section_centre(box, voxels, count, box_point(box, voxels[i]), course.along);
            const int rays = count_rays(box, artery, lesion, centre, course.along);
            *out_degrees = fmax(*out_degrees, rays * degrees_a_ray);
        }
    }
    free(voxels);
    return true;
}

static void add(MeasurementList *out, Artery which, double value, const MeasureSeries *series)
{
    (void)measurements_add_labelled(out, &quantities[which], value, series);
}

static bool measure_on_labels(const MeasureSeries *series, MeasurementList *out, DensError **err)
{
    AUTO(spine_clear) Spine own = {0};
    AUTO(bytes_clear) Bytes bytes = {0};
    const Spine *spine = spine_of(series, &own, err);
    if (!spine || !bytes_make(&bytes, spine->box.count, err)) {
        return false;
    }
    const Box *box = &spine->box;
    uint8_t *artery = bytes.inner;
    size_t voxels = 0;
    for (size_t v = 0; v < box->count; v++) {
        artery[v] = spine->kind[v] == STRUCTURE_ARTERY && !spine->lesion[v];
        voxels += artery[v];
    }
    if (voxels == 0) {
        return error_input(err, NULL, "the labels have no vertebral artery near the lesion");
    }
    AUTO(floats_clear) float *squared = memory_try_array(box->count, sizeof *squared);
    if (!squared) {
        return error_no_memory(err);
    }
    if (!distance_squared(squared, spine->lesion, box->size, box->spacing_mm, NULL, err)) {
        return false;
    }
    const double voxel = cbrt(box->spacing_mm[0] * box->spacing_mm[1] * box->spacing_mm[2]);
    double least = INFINITY, degrees = 0;
    for (size_t v = 0; v < box->count; v++) {
        least = artery[v] ? fmin(least, fmax(sqrt((double)squared[v]) - voxel, 0)) : least;
    }
    if (!worst_section(box, artery, spine->lesion, squared, &degrees, err)) {
        return false;
    }
    add(out, DISTANCE, least, series);
    add(out, ENCASED, degrees, series);
    return true;
}

void measure_artery(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    const MeasureSeries *series = spine_series(input, NULL);
    if (series && measure_on_labels(series, out, &err)) {
        return;
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", err ? dens_error_summary(err) : "no labels");
    }
}
