/* The lucency that dense bone encloses on CT: the nidus of an osteoid osteoma, but also a cyst in a shell.
 *
 * It is the largest part of the lesion and 3 mm around it that is not denser than normal bone (mean + 2 SD of
 * the marrow reference) and that denser bone encloses on all sides, gaps of a voxel closed. Noise of single
 * voxels would open and close the wall, so each counts with the mean of its neighbours. What is dense inside,
 * away from the wall, is its centre. A nidus whose wall is open somewhere is not found. */
#include "measure/box.h"
#include "measure/families.h"
#include "measure/parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { DIAMETER, CENTRE, COUNT } Nidus;

static const Quantity quantities[COUNT] = {
    [DIAMETER] = {.id = "nidus.diameter_mm",
                  .label = "Largest lucency that dense bone encloses",
                  .unit = "mm",
                  .method =
                      "Diameter of the ball with the volume of the largest part, in the lesion and 3 mm "
                      "around it, that lies within bone above mean + 2 SD of the marrow reference; with its "
                      "dense centre.",
                  .source = "",
                  .code = {0}},
    [CENTRE] = {.id = "nidus.centre_share",
                .label = "Dense share of the enclosed lucency",
                .unit = "1",
                .method =
                    "Share of the enclosed lucency that is denser than mean + 2 SD of the marrow reference.",
                .source = "",
                .code = {0}},
};

enum { LEAST_LUCENCY = 8, LEAST_CENTRE = 3 };
static const double around_mm = 3;

/* Does a part of the lucency touch what lies outside the region that is looked at, or the box's edge? */
static void mark_open(const Box *box, const Parts *parts, const uint8_t *region, uint8_t *open)
{
    for (size_t v = 0; v < box->count; v++) {
        size_t at[3];
        box_place(box, v, at);
        for (int n = 0; parts->part[v] != 0 && n < 6; n++) {
            size_t next[3] = {at[0], at[1], at[2]};
            const bool edge = n % 2 ? at[n / 2] + 1 == box->size[n / 2] : at[n / 2] == 0;
            next[n / 2] += n % 2 ? 1 : (size_t)-1;
            if (edge || !region[box_index(box, next)]) {
                open[parts->part[v]] = 1;
            }
        }
    }
}

/* The largest closed part, in `marks`; its voxels, or 0. */
static bool find_enclosed(const Box *box, const uint8_t *region, uint8_t *marks, size_t *out_voxels,
                          DensError **err)
{
    AUTO(parts_clear) Parts parts = {0};
    if (!parts_find(&parts, marks, box->size, false, err)) {
        return false;
    }
    uint8_t *open = memory_try_array(parts.count + 1, 1);
    if (!open) {
        return error_no_memory(err);
    }
    mark_open(box, &parts, region, open);
    uint32_t best = 0;
    for (uint32_t p = 1; p <= parts.count; p++) {
        if (!open[p] && (best == 0 || parts.voxels[p] > parts.voxels[best])) {
            best = p;
        }
    }
    free(open);
    *out_voxels = best ? parts.voxels[best] : 0;
    for (size_t v = 0; v < box->count; v++) {
        marks[v] = best != 0 && parts.part[v] == best;
    }
    return true;
}

/* Parts denser than `from_hu` that only the enclosed lucency touches: its centre. Counts the voxels of these,
 * and those of them that the lucency lacks. */
static bool count_centre(const Box *box, const uint8_t *dense, const uint8_t *lucency, double from_hu,
                         size_t *out_centre, size_t *out_more, DensError **err)
{
    AUTO(bytes_clear) Bytes bytes = {0};
    AUTO(parts_clear) Parts parts = {0};
    if (!bytes_make(&bytes, box->count, err)) {
        return false;
    }
    uint8_t *shell = bytes.inner, *half_dense = bytes.marks;
    for (size_t v = 0; v < box->count; v++) {
        shell[v] = dense[v] || lucency[v];
        half_dense[v] = shell[v] && (double)box->series->volume->voxels[box_voxel(box, v)] > from_hu;
    }
    if (!parts_find(&parts, half_dense, box->size, true, err)) {
        return false;
    }
    uint8_t *outside = memory_try_array(parts.count + 1, 1);
    if (!outside) {
        return error_no_memory(err);
    }
    mark_open(box, &parts, shell, outside);
    *out_centre = *out_more = 0;
    for (size_t v = 0; v < box->count; v++) {
        const bool centre =
            parts.part[v] != 0 && !outside[parts.part[v]] && parts.voxels[parts.part[v]] >= LEAST_CENTRE;
        *out_centre += centre;
        *out_more += centre && !lucency[v];
    }
    free(outside);
    return true;
}

static void add(MeasurementList *out, const Quantity *quantity, double value, const MeasureSeries *ct)
{
    Measurement *added = measurements_add(out, quantity, value);
    added->inputs[0] = "ct";
    added->inputs[1] = "lesion";
    added->inputs[2] = tissue_name(TISSUE_MARROW);
    measurement_place(added, ct, 0, out->arena);
}

static void add_lucency(MeasurementList *out, const Box *box, size_t whole, size_t centre)
{
    if (whole < LEAST_LUCENCY) {
        for (int q = 0; q < COUNT; q++) {
            measurements_add_missing(out, &quantities[q],
                                     "dense bone encloses no lucency in or around the lesion");
        }
        return;
    }
    add(out, &quantities[DIAMETER], box_ball_mm(box, (double)whole), box->series);
    add(out, &quantities[CENTRE], (double)centre / (double)whole, box->series);
}

static bool measure_lucency(const MeasureSeries *ct, MeasurementList *out, DensError **err)
{
    Region lesion, bone;
    Box box;
    AUTO(bytes_clear) Bytes bytes = {0};
    AUTO(bytes_clear) Bytes more = {0};
    if (!ct_region(&lesion, ct, -1, err) || !marrow_region(&bone, ct, err) ||
        !box_make(&box, ct, around_mm) || !bytes_make(&bytes, box.count, err) ||
        !bytes_make(&more, box.count, err)) {
        return false;
    }
    const double dense_hu = bone.mean + 2 * bone.sd;
    uint8_t *region = bytes.inner, *lucency = bytes.marks, *dense = more.inner;
    for (size_t v = 0; v < box.count; v++) {
        region[v] = ct->lesion->labels[box_voxel(&box, v)] != 0;
    }
    if (!box_shrink(&box, region, -around_mm, err)) {
        return false;
    }
    for (size_t v = 0; v < box.count; v++) {
        dense[v] = region[v] && box_smooth_value(&box, v) > dense_hu;
    }
    memcpy(lucency, dense, box.count);
    box_add_neighbours(&box, lucency, bytes.scratch);
    for (size_t v = 0; v < box.count; v++) {
        lucency[v] = region[v] && !lucency[v];
    }
    size_t lucent = 0;
    if (!find_enclosed(&box, region, lucency, &lucent, err)) {
        return false;
    }
    /* back over the voxel that closed the gaps and over what smoothing took */
    box_add_neighbours(&box, lucency, bytes.scratch);
    box_add_neighbours(&box, lucency, bytes.scratch);
    lucent = 0;
    double sum = 0;
    for (size_t v = 0; v < box.count; v++) {
        const double value = (double)ct->volume->voxels[box_voxel(&box, v)];
        dense[v] = region[v] && value > dense_hu;
        lucency[v] = lucency[v] && value <= dense_hu;
        lucent += lucency[v];
        sum += lucency[v] ? value : 0;
    }
    size_t centre = 0, lacking = 0;
    if (lucent > 0 &&
        !count_centre(&box, dense, lucency, (sum / (double)lucent + dense_hu) / 2, &centre, &lacking, err)) {
        return false;
    }
    add_lucency(out, &box, lucent + lacking, centre);
    return true;
}

void measure_nidus(const MeasureInput *input, MeasurementList *out)
{
    measure_first(input, "ct", quantities, COUNT, measure_lucency, out);
}
