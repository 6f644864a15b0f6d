/* Mineral in the lesion on CT.
 *
 * Mineral is what exceeds both 130 HU, the level from which calcium is counted in coronary arteries
 * (Goldin 2001), and the lesion's own median by four times its robust spread, so that noise does not count.
 * Voxels within 1 mm of the outline are left out, as cortex and rim shine into them. What hangs together with
 * bone outside the lesion and is thinner than 2 mm is taken for a wall of it, a septum or a trabecula; the
 * limit is ours. Other surviving bone counts as mineral: CT alone does not tell it from calcified matrix.
 *
 * Rings and arcs are looked for in each slice: a part is one if a circle (Kåsa 1976) fits its voxels with a
 * scatter below a fifth of its radius, which lies between 1 and 8 mm, and they run over more than a third of
 * it. A filled disc scatters by a third of the radius of its circle, and a straight line has none. These
 * limits are ours. */
#include "measure/box.h"
#include "measure/families.h"
#include "measure/parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { FOCI, SHARE, LARGEST, ROUNDNESS, ARCS, RADIAL, COUNT } Matrix;

static const Quantity quantities[COUNT] = {
    [FOCI] = {.id = "matrix.foci",
              .label = "Mineral foci in the lesion",
              .unit = "1",
              .method =
                  "Parts of at least 3 voxels above 130 HU and above the lesion's median + 4 robust SD, "
                  "without the outer millimetre and without walls below 2 mm that reach bone outside.",
              .source = "goldin2001",
              .code = {0}},
    [SHARE] = {.id = "matrix.share",
               .label = "Share of the lesion that is mineral",
               .unit = "1",
               .method = "Share of the voxels that lie deeper than 1 mm and belong to a mineral focus.",
               .source = "goldin2001",
               .code = {0}},
    [LARGEST] = {.id = "matrix.largest_mm",
                 .label = "Diameter of the largest mineral focus",
                 .unit = "mm",
                 .method = "Diameter of the ball with the volume of the largest mineral focus.",
                 .source = "",
                 .code = {0}},
    [ROUNDNESS] = {.id = "matrix.roundness",
                   .label = "Roundness of the mineral foci",
                   .unit = "1",
                   .method = "Second moment of a ball of a focus' volume divided by that of the focus; mean "
                             "over its foci of 8 voxels or more, by volume. 1 for a ball, less for lines, "
                             "plates and rings.",
                   .source = "",
                   .code = {0}},
    [ARCS] = {.id = "matrix.arc_share",
              .label = "Share of the mineral in rings and arcs",
              .unit = "1",
              .method = "Share of mineral voxels whose part of a slice lies along more than a third of a "
                        "circle of 1 to 8 mm radius.",
              .source = "",
              .code = {0}},
    [RADIAL] = {.id = "matrix.radial_ratio",
                .label = "Place of the mineral: centre below 1, periphery above",
                .unit = "1",
                .method =
                    "Mean distance of mineral voxels from the lesion's centre of gravity, divided by that "
                    "of all voxels deeper than 1 mm.",
                .source = "",
                .code = {0}},
};

enum { LEAST_FOCUS = 3, LEAST_ROUND = 8, LEAST_INNER = 27, LEAST_ARC = 6 };
static const double mineral_hu = 130, spreads_above = 4;
static const double rim_mm = 1, wall_mm = 2;
static const double arc_scatter = 0.2, least_arc_mm = 1, largest_arc_mm = 8;
static const double pi = 3.14159265358979323846;

/* ---- mineral foci ---- */

typedef struct {
    size_t foci, mineral, largest, in_arcs;
    double round_sum, round_weight;
    double mineral_radius, inner_radius; /* sums of distances from the centre of gravity */
    size_t inner;
} Mineral;

/* 1 for a ball: (3/5)·R² of the ball of the same volume, over the trace of the covariance with the voxels'
 * own. */
static double roundness(const Box *box, const Parts *parts, uint32_t part)
{
    Vec3 sum = vec3(0, 0, 0);
    double squares = 0;
    const double n = (double)parts->voxels[part];
    for (size_t v = 0; v < box->count; v++) {
        if (parts->part[v] == part) {
            const Vec3 p = vec3_sub(box_point(box, v), box_point(box, 0));
            sum = vec3_add(sum, p);
            squares += vec3_dot(p, p);
        }
    }
    double own = 0;
    for (int a = 0; a < 3; a++) {
        own += box->spacing_mm[a] * box->spacing_mm[a] / 12;
    }
    const double trace = squares / n - vec3_dot(sum, sum) / (n * n) + own;
    return fmin(0.6 * pow(n * box->voxel_mm3 * 3 / (4 * pi), 2.0 / 3) / trace, 1);
}

/* Sums for Kåsa's circle: the least squares of x² + y² + ax + by + c. */
typedef struct {
    double n, x, y, xx, yy, xy, z, xz, yz; /* z = x² + y² */
} CircleSums;

static bool circle_fit(const CircleSums *s, double *out_x, double *out_y, double *out_radius)
{
    const double mx = s->x / s->n, my = s->y / s->n, mz = s->z / s->n;
    const double xx = s->xx / s->n - mx * mx, yy = s->yy / s->n - my * my, xy = s->xy / s->n - mx * my;
    const double xz = s->xz / s->n - mx * mz, yz = s->yz / s->n - my * mz;
    const double determinant = xx * yy - xy * xy;
    if (determinant <= 1e-6 * (xx + yy) * (xx + yy)) {
        return false;
    }
    *out_x = (xz * yy - yz * xy) / determinant / 2;
    *out_y = (yz * xx - xz * xy) / determinant / 2;
    const double squared = mz - 2 * (*out_x * mx + *out_y * my) + *out_x * *out_x + *out_y * *out_y;
    *out_radius = sqrt(fmax(squared, 0));
    return true;
}

/* Place of a voxel in its slice. */
static void slice_place(const Box *box, size_t index, double *out_x, double *out_y)
{
    const size_t column = index % box->size[0], row = index / box->size[0];
    *out_x = (double)column * box->spacing_mm[0];
    *out_y = (double)row * box->spacing_mm[1];
}

/* Do a slice's voxels of one part lie along an arc? Twelve sectors tell how far it runs. */
static bool is_arc(const Box *box, const Parts *slice, uint32_t part)
{
    enum { SECTORS = 12, LEAST_SECTORS = 5 }; /* five of twelve: more than a third */
    CircleSums s = {0};
    for (size_t v = 0; v < box->size[0] * box->size[1]; v++) {
        if (slice->part[v] == part) {
            double x, y;
            slice_place(box, v, &x, &y);
            const double z = x * x + y * y;
            s = (CircleSums){s.n + 1,      s.x + x, s.y + y,      s.xx + x * x, s.yy + y * y,
                             s.xy + x * y, s.z + z, s.xz + x * z, s.yz + y * z};
        }
    }
    double cx, cy, radius, scatter = 0;
    if (!circle_fit(&s, &cx, &cy, &radius) || radius < least_arc_mm || radius > largest_arc_mm) {
        return false;
    }
    bool seen[SECTORS] = {false};
    for (size_t v = 0; v < box->size[0] * box->size[1]; v++) {
        if (slice->part[v] == part) {
            double x, y;
            slice_place(box, v, &x, &y);
            const double from_circle = hypot(x - cx, y - cy) - radius;
            scatter += from_circle * from_circle / s.n;
            seen[(int)((atan2(y - cy, x - cx) / (2 * pi) + 0.5) * SECTORS) % SECTORS] = true;
        }
    }
    int sectors = 0;
    for (int n = 0; n < SECTORS; n++) {
        sectors += seen[n];
    }
    return sectors >= LEAST_SECTORS && sqrt(scatter) < arc_scatter * radius;
}

/* Adds the voxels in arcs, slice by slice. */
static bool count_arcs(Mineral *out, const Box *box, const uint8_t *mineral, DensError **err)
{
    const size_t layer = box->size[0] * box->size[1], size[3] = {box->size[0], box->size[1], 1};
    for (size_t k = 0; k < box->size[2]; k++) {
        AUTO(parts_clear) Parts slice = {0};
        if (!parts_find(&slice, mineral + k * layer, size, true, err)) {
            return false;
        }
        for (uint32_t p = 1; p <= slice.count; p++) {
            if (slice.voxels[p] >= LEAST_ARC && is_arc(box, &slice, p)) {
                out->in_arcs += slice.voxels[p];
            }
        }
    }
    return true;
}

static void count_places(Mineral *out, const Box *box, const uint8_t *inner, const uint8_t *mineral)
{
    Vec3 centre = vec3(0, 0, 0);
    for (size_t v = 0; v < box->count; v++) {
        if (inner[v]) {
            centre = vec3_add(centre, box_point(box, v));
            out->inner++;
        }
    }
    centre = vec3_scale(centre, 1 / (double)out->inner);
    for (size_t v = 0; v < box->count; v++) {
        if (inner[v]) {
            const double distance = vec3_length(vec3_sub(box_point(box, v), centre));
            out->inner_radius += distance;
            out->mineral_radius += mineral[v] ? distance : 0;
        }
    }
}

static bool count_mineral(Mineral *out, const Box *box, const uint8_t *inner, uint8_t *mineral,
                          DensError **err)
{
    AUTO(parts_clear) Parts parts = {0};
    if (!parts_find(&parts, mineral, box->size, true, err)) {
        return false;
    }
    for (size_t v = 0; v < box->count; v++) {
        mineral[v] = parts.part[v] != 0 && parts.voxels[parts.part[v]] >= LEAST_FOCUS;
    }
    for (uint32_t p = 1; p <= parts.count; p++) {
        const size_t voxels = parts.voxels[p];
        if (voxels < LEAST_FOCUS) {
            continue;
        }
        out->foci++;
        out->mineral += voxels;
        out->largest = voxels > out->largest ? voxels : out->largest;
        if (voxels >= LEAST_ROUND) {
            out->round_sum += (double)voxels * roundness(box, &parts, p);
            out->round_weight += (double)voxels;
        }
    }
    count_places(out, box, inner, mineral);
    return count_arcs(out, box, mineral, err);
}

static void add(MeasurementList *out, const Quantity *quantity, double value, const MeasureSeries *ct)
{
    Measurement *added = measurements_add(out, quantity, value);
    added->inputs[0] = "ct";
    added->inputs[1] = "lesion";
    measurement_place(added, ct, 0, out->arena);
}

static void add_mineral(MeasurementList *out, const Box *box, const Mineral *m)
{
    static const char none[] = "there is no mineral focus in the lesion";
    add(out, &quantities[FOCI], (double)m->foci, box->series);
    add(out, &quantities[SHARE], (double)m->mineral / (double)m->inner, box->series);
    if (m->foci == 0) {
        for (int q = LARGEST; q <= RADIAL; q++) {
            measurements_add_missing(out, &quantities[q], none);
        }
        return;
    }
    add(out, &quantities[LARGEST], box_ball_mm(box, (double)m->largest), box->series);
    if (m->round_weight > 0) {
        add(out, &quantities[ROUNDNESS], m->round_sum / m->round_weight, box->series);
    } else {
        measurements_add_missing(out, &quantities[ROUNDNESS], "no mineral focus has %d voxels", LEAST_ROUND);
    }
    add(out, &quantities[ARCS], (double)m->in_arcs / (double)m->mineral, box->series);
    if (m->inner_radius > 0) {
        add(out, &quantities[RADIAL],
            m->mineral_radius / (double)m->mineral / (m->inner_radius / (double)m->inner), box->series);
    } else {
        measurements_add_missing(out, &quantities[RADIAL], "the lesion has no depth");
    }
}

/* Takes out of `mineral` the walls of bone: what is thin and hangs together with what is dense outside the
 * lesion. */
static bool drop_walls(const Box *box, double threshold, uint8_t *mineral, DensError **err)
{
    AUTO(bytes_clear) Bytes bytes = {0};
    AUTO(parts_clear) Parts parts = {0};
    if (!bytes_make(&bytes, box->count, err)) {
        return false;
    }
    uint8_t *dense = bytes.inner, *thick = bytes.marks, *outside = bytes.scratch; /* outside: by part */
    for (size_t v = 0; v < box->count; v++) {
        dense[v] = (double)box->series->volume->voxels[box_voxel(box, v)] > threshold;
    }
    if (!parts_find(&parts, dense, box->size, false, err)) {
        return false;
    }
    for (size_t v = 0; v < box->count; v++) {
        outside[parts.part[v]] |= box->series->lesion->labels[box_voxel(box, v)] == 0;
    }
    memcpy(thick, dense, box->count);
    if (!box_shrink(box, thick, wall_mm / 2, err) || !box_shrink(box, thick, -wall_mm / 2, err)) {
        return false;
    }
    for (size_t v = 0; v < box->count; v++) {
        mineral[v] = mineral[v] && (thick[v] || !outside[parts.part[v]]);
    }
    return true;
}

static bool measure_mineral(const MeasureSeries *ct, MeasurementList *out, DensError **err)
{
    Region lesion;
    Box box;
    AUTO(bytes_clear) Bytes bytes = {0};
    if (!ct_region(&lesion, ct, -1, err) || !box_make(&box, ct, rim_mm + wall_mm) ||
        !bytes_make(&bytes, box.count, err)) {
        return false;
    }
    for (size_t v = 0; v < box.count; v++) {
        bytes.inner[v] = ct->lesion->labels[box_voxel(&box, v)] != 0;
    }
    if (!box_shrink(&box, bytes.inner, rim_mm, err)) {
        return false;
    }
    if (measure_metal_share(ct) > 0) {
        return error_input(err, NULL, "there is metal in the lesion: mineral is not told from it");
    }
    const double threshold = fmax(mineral_hu, lesion.median + spreads_above * lesion.spread);
    size_t inner = 0;
    for (size_t v = 0; v < box.count; v++) {
        const double value = (double)ct->volume->voxels[box_voxel(&box, v)];
        bytes.inner[v] = bytes.inner[v] && isfinite(value);
        bytes.marks[v] = bytes.inner[v] && value > threshold;
        inner += bytes.inner[v];
    }
    if (inner < LEAST_INNER) {
        return error_input(
            err, NULL, "the lesion has %zu voxels deeper than 1 mm: mineral needs at least %d voxels there",
            inner, LEAST_INNER);
    }
    Mineral mineral = {0};
    if (!drop_walls(&box, threshold, bytes.marks, err) ||
        !count_mineral(&mineral, &box, bytes.inner, bytes.marks, err)) {
        return false;
    }
    add_mineral(out, &box, &mineral);
    return true;
}

void measure_matrix(const MeasureInput *input, MeasurementList *out)
{
    measure_first(input, "ct", quantities, COUNT, measure_mineral, out);
}
