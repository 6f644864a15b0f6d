/* The lesion and the vertebral arteries, where the labels have these: a mask that the reader brings, as no
 * tool in use labels them.
 *
 * Encasement is the part of an artery's circumference that the lesion touches, in a section along the grid's
 * slices: directions from the centre of the artery's section in which the lesion comes within a millimetre of
 * it. The worst section counts. Above C2, where the artery runs across, sections cut it lengthwise, and the
 * angle is not that of its circumference. */
#include "measure/distance.h"
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
                     "In sections of the grid: directions from the artery's centre in which the lesion comes "
                     "within 1 mm of it, in steps of 20°; the worst section.",
                 .source = "",
                 .code = {0}},
};

enum { SECTORS = 18, LEAST_SECTION = 3 };
static const double contact_mm = 1, degrees_a_sector = 20, one_artery_mm = 8;
static const double pi = 3.14159265358979323846;

/* Sectors about one part of a section in which voxels of `touching` lie. */
static int count_sectors(const Box *box, const Parts *arteries, uint32_t part, const uint8_t *touching,
                         size_t first)
{
    const size_t layer = box->size[0] * box->size[1];
    Vec3 centre = vec3(0, 0, 0);
    for (size_t v = 0; v < layer; v++) {
        if (arteries->part[v] == part) {
            centre = vec3_add(centre, box_point(box, first + v));
        }
    }
    centre = vec3_scale(centre, 1 / (double)arteries->voxels[part]);
    bool seen[SECTORS] = {false};
    const Geometry *g = &box->series->lesion->geometry;
    for (size_t v = 0; v < layer; v++) {
        const Vec3 away = vec3_sub(box_point(box, first + v), centre);
        if (touching[first + v] && vec3_length(away) <= one_artery_mm) {
            const double turn = atan2(vec3_dot(away, g->axis_lps[1]), vec3_dot(away, g->axis_lps[0]));
            seen[(int)((turn / (2 * pi) + 0.5) * SECTORS) % SECTORS] = true;
        }
    }
    int count = 0;
    for (int s = 0; s < SECTORS; s++) {
        count += seen[s];
    }
    return count;
}

static bool worst_section(const Box *box, const uint8_t *artery, const uint8_t *touching, double *out_degrees,
                          DensError **err)
{
    const size_t layer = box->size[0] * box->size[1], size[3] = {box->size[0], box->size[1], 1};
    *out_degrees = 0;
    for (size_t k = 0; k < box->size[2]; k++) {
        AUTO(parts_clear) Parts parts = {0};
        if (!parts_find(&parts, artery + k * layer, size, true, err)) {
            return false;
        }
        for (uint32_t p = 1; p <= parts.count; p++) {
            if (parts.voxels[p] >= LEAST_SECTION) {
                const int sectors = count_sectors(box, &parts, p, touching, k * layer);
                *out_degrees = fmax(*out_degrees, sectors * degrees_a_sector);
            }
        }
    }
    return true;
}

static void add(MeasurementList *out, Artery which, double value, const MeasureSeries *series)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    measurement_place(added, series, 0, out->arena);
    added->inputs[0] = added->role;
    added->inputs[1] = "lesion";
    added->inputs[2] = "labels";
}

static bool measure_on_labels(const MeasureSeries *series, MeasurementList *out, DensError **err)
{
    AUTO(spine_clear) Spine spine = {0};
    AUTO(bytes_clear) Bytes bytes = {0};
    if (!spine_read(&spine, series, err) || !bytes_make(&bytes, spine.box.count, err)) {
        return false;
    }
    uint8_t *artery = bytes.inner, *touching = bytes.marks;
    size_t voxels = 0;
    for (size_t v = 0; v < spine.box.count; v++) {
        artery[v] = spine.kind[v] == STRUCTURE_ARTERY && !spine.lesion[v];
        voxels += artery[v];
    }
    if (voxels == 0) {
        return error_input(err, NULL, "the labels have no vertebral artery near the lesion");
    }
    float *squared = spine.to_bone_mm2; /* which is not needed here */
    if (!distance_squared(squared, artery, spine.box.size, spine.box.spacing_mm, NULL, err)) {
        return false;
    }
    const double *spacing = spine.box.spacing_mm;
    const double voxel = cbrt(spacing[0] * spacing[1] * spacing[2]);
    double least = INFINITY, degrees = 0;
    for (size_t v = 0; v < spine.box.count; v++) {
        if (spine.lesion[v]) {
            const double away = fmax(sqrt((double)squared[v]) - voxel, 0);
            least = fmin(least, away);
            touching[v] = away <= contact_mm;
        }
    }
    if (!worst_section(&spine.box, artery, touching, &degrees, err)) {
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
