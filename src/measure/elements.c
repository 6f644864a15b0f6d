/* Which elements of the vertebra the lesion takes: body; pedicles, pillars and transverse processes; laminae
 * and spinous process.
 *
 * Labels that tell elements (SPINEPS' subregions) are taken at their word: a voxel of the lesion belongs to
 * the nearest element within 3 mm. Labels of whole vertebrae are cut in the vertebra's own axes at the walls
 * that were found on untouched ones (origin.c): the body is what lies before the back wall of the bodies and
 * within their width, laminae and spinous process what lies behind the canal and within its width, the rest
 * is beside. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/spine.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

typedef enum { BODY, LATERAL, ARCH, COUNT } Element;

static const Quantity quantities[COUNT] = {
    [BODY] =
        {.id = "elements.body_share",
         .label = "Share of the lesion's bone in the body",
         .unit = "1",
         .method =
             "Of the lesion where bone was or is: share before the back wall of the bodies and within their "
             "width, or nearest to a label of a body.",
         .source = "",
         .code = {0}},
    [LATERAL] = {.id = "elements.lateral_share",
                 .label = "Share in pedicles, pillars and transverse processes",
                 .unit = "1",
                 .method = "Likewise, beside body and canal; the note says on which side.",
                 .source = "",
                 .code = {0}},
    [ARCH] = {.id = "elements.arch_share",
              .label = "Share in laminae and spinous process",
              .unit = "1",
              .method = "Likewise, behind the canal and within its width.",
              .source = "",
              .code = {0}},
};

enum { LEAST_VOXELS = 10 };
static const double reach_mm = 3, wall_mm = 1; /* the wall itself belongs to the body and to the arch */

typedef struct {
    double part[COUNT], left, right; /* voxels; left and right of the lateral ones */
} Counts;

static Element element_of_kind(StructureKind kind)
{
    switch (kind) {
    case STRUCTURE_BODY:
    case STRUCTURE_ENDPLATE:
        return BODY;
    case STRUCTURE_TRANSVERSE_PROCESS:
    case STRUCTURE_ARTICULAR_PROCESS:
        return LATERAL;
    case STRUCTURE_ARCH:
    case STRUCTURE_SPINOUS_PROCESS:
        return ARCH;
    default:
        return COUNT;
    }
}

static bool scheme_has_elements(const LabelScheme *scheme)
{
    for (size_t e = 0; e < scheme->count; e++) {
        if (element_of_kind(scheme->entries[e].structure.kind) != COUNT) {
            return true;
        }
    }
    return false;
}

/* By the nearest labelled element. */
static bool count_labels(const MeasureSeries *series, Counts *out, DensError **err)
{
    Box box;
    AUTO(bytes_clear) Bytes bytes = {0};
    if (!box_make(&box, series, reach_mm)) {
        return error_input(err, NULL, "the lesion mask is empty");
    }
    if (!bytes_make(&bytes, box.count, err)) {
        return false;
    }
    AUTO(floats_clear) float *squared = memory_try_array(box.count, sizeof *squared);
    if (!squared) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < box.count; v++) {
        const Element element =
            element_of_kind(label_structure(series->scheme, series->labels->labels[box_voxel(&box, v)]).kind);
        bytes.inner[v] = element != COUNT;
        bytes.marks[v] = (uint8_t)element;
    }
    if (!distance_squared(squared, bytes.inner, box.size, box.spacing_mm, bytes.marks, err)) {
        return false;
    }
    for (size_t v = 0; v < box.count; v++) {
        if (series->lesion->labels[box_voxel(&box, v)] && (double)squared[v] <= reach_mm * reach_mm) {
            out->part[bytes.marks[v]]++;
        }
    }
    return true;
}

/* By the place in the vertebra's own axes. */
static void count_places(const Spine *spine, Counts *out)
{
    const SpineRing *ring = &spine->ring;
    for (size_t v = 0; v < spine->box.count; v++) {
        if (spine->origin[v] != ORIGIN_BONE) {
            continue;
        }
        const Vec3 at = spine_place(spine, spine->nearest[v], box_point(&spine->box, v));
        if (at.y >= ring->body_mm - wall_mm && fabs(at.x) <= ring->body_half_mm) {
            out->part[BODY]++;
        } else if (at.y <= -ring->lamina_mm + wall_mm && fabs(at.x) <= ring->side_mm + wall_mm) {
            out->part[ARCH]++;
        } else {
            out->part[LATERAL]++;
            *(at.x > 0 ? &out->left : &out->right) += 1;
        }
    }
}

static bool measure_elements_on(const MeasureInput *input, Counts *counts, const MeasureSeries **out_series,
                                DensError **err)
{
    AUTO(spine_clear) Spine own = {0};
    const MeasureSeries *series = *out_series = spine_series(input, NULL);
    if (series && scheme_has_elements(series->scheme)) {
        return count_labels(series, counts, err);
    }
    const Spine *spine = spine_with_ring(input, NULL, &own, err);
    if (spine) {
        count_places(spine, counts);
    }
    return spine != NULL;
}

void measure_elements(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    const MeasureSeries *series = NULL;
    Counts counts = {{0}, 0, 0};
    const bool done = measure_elements_on(input, &counts, &series, &err);
    const double all = counts.part[BODY] + counts.part[LATERAL] + counts.part[ARCH];
    for (int q = 0; q < COUNT; q++) {
        if (!done || all < LEAST_VOXELS) {
            measurements_add_missing(out, &quantities[q], "%s",
                                     done ? "the lesion has fewer than 10 voxels where bone was or is"
                                          : dens_error_summary(err));
            continue;
        }
        Measurement *added = measurements_add_labelled(out, &quantities[q], counts.part[q] / all, series);
        if (q == LATERAL && counts.left + counts.right > 0) {
            added->note = arena_printf(out->arena, "left %.0f %%, right %.0f %%", 100 * counts.left / all,
                                       100 * counts.right / all);
        }
    }
}
