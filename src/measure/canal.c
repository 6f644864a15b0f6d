/* The lesion, the canal and the cord, from labels.
 *
 * The grade of epidural compression is that of Bilsky 2010, put into distances and areas of labels: 0 the
 * lesion keeps off the sac, 1 (1a) it touches it, 2 (1b) it narrows it, 3 (1c) it touches the cord, 4 (grade
 * 2) it narrows the cord, 5 (grade 3) and no CSF is left beside the cord. To touch is to come within a
 * millimetre, about the voxel of clinical images; to narrow is to take a tenth of the cross-section that the
 * slices 5 to 15 mm above and below have. Both limits are ours. Tissue in the epidural fat that does not
 * reach the sac is graded 0.
 *
 * Sections are those of the grid that lie nearest to axial. */
#include "image/distance.h"
#include "measure/families.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum { SAC_DISTANCE, CORD_DISTANCE, SAC_NARROWING, CORD_NARROWING, FREE_AREA, GRADE, COUNT } Canal;

static const Quantity quantities[COUNT] = {
    [SAC_DISTANCE] = {.id = "canal.sac_distance_mm",
                      .label = "Distance of the lesion from the dural sac",
                      .unit = "mm",
                      .method =
                          "Smallest distance between outlines of the lesion and of cord, CSF or canal as "
                          "labelled; 0 where they touch.",
                      .source = "",
                      .code = {0}},
    [CORD_DISTANCE] = {.id = "canal.cord_distance_mm",
                       .label = "Distance of the lesion from the cord",
                       .unit = "mm",
                       .method =
                           "Smallest distance between the outlines of lesion and cord; 0 where they touch.",
                       .source = "",
                       .code = {0}},
    [SAC_NARROWING] = {.id = "canal.sac_narrowing",
                       .label = "Narrowing of the dural sac at the lesion",
                       .unit = "%",
                       .method =
                           "Smallest section of cord, CSF and canal beside the lesion against the median of "
                           "the sections 5 to 15 mm above and below it.",
                       .source = "",
                       .code = {0}},
    [CORD_NARROWING] = {.id = "canal.cord_narrowing",
                        .label = "Narrowing of the cord at the lesion",
                        .unit = "%",
                        .method = "As that of the sac, of the cord.",
                        .source = "",
                        .code = {0}},
    [FREE_AREA] = {.id = "canal.free_area",
                   .label = "Smallest area of CSF at the lesion",
                   .unit = "mm2",
                   .method = "Smallest section beside the lesion of CSF or of the canal without cord.",
                   .source = "",
                   .code = {0}},
    [GRADE] = {.id = "canal.escc_step",
               .label = "Step of epidural compression (0, 1a, 1b, 1c, 2, 3 as 0 to 5)",
               .unit = "1",
               .method =
                   "Grade of Bilsky from labels: within 1 mm counts as contact, a tenth less section as "
                   "narrowing.",
               .source = "bilsky2010",
               .code = {0}},
};

static const double contact_mm = 1, narrowing_percent = 10;
static const double near_mm = 5, far_mm = 15;

/* One slice of the box. */
typedef struct {
    double z_mm;
    double sac_mm2, cord_mm2;
    bool lesion; /* the slice meets the lesion */
} Slice;

static void slices_free(Slice **slices)
{
    free(*slices);
}

/* The axis of the grid nearest to the patient's long axis. */
static int long_axis(const Geometry *geometry)
{
    int best = 2;
    for (int a = 0; a < 2; a++) {
        best = fabs(geometry->axis_lps[a].z) > fabs(geometry->axis_lps[best].z) ? a : best;
    }
    return best;
}

static void measure_slices(const Spine *spine, int axis, Slice *slices)
{
    const double pixel_mm2 = spine->box.voxel_mm3 / spine->box.spacing_mm[axis];
    size_t at[3] = {0, 0, 0};
    for (size_t s = 0; s < spine->box.size[axis]; s++) {
        at[axis] = s;
        slices[s].z_mm = box_point(&spine->box, box_index(&spine->box, at)).z;
    }
    for (size_t v = 0; v < spine->box.count; v++) {
        box_place(&spine->box, v, at);
        Slice *slice = &slices[at[axis]];
        slice->lesion = slice->lesion || spine->lesion[v];
        slice->sac_mm2 += spine_is_canal(spine, v) ? pixel_mm2 : 0;
        slice->cord_mm2 += spine->kind[v] == STRUCTURE_CORD ? pixel_mm2 : 0;
    }
}

/* Percent by which the smallest section at the lesion falls below the median of those above and below; false
 * if there are none. */
static bool narrowing(const Slice *slices, size_t count, bool cord, double *out)
{
    double low = INFINITY, high = -INFINITY, least = INFINITY;
    double *normal = memory_array(count + 1, sizeof *normal);
    size_t used = 0;
    for (size_t s = 0; s < count; s++) {
        if (slices[s].lesion) {
            low = fmin(low, slices[s].z_mm);
            high = fmax(high, slices[s].z_mm);
            least = fmin(least, cord ? slices[s].cord_mm2 : slices[s].sac_mm2);
        }
    }
    for (size_t s = 0; s < count; s++) {
        const double away = fmax(low - slices[s].z_mm, slices[s].z_mm - high);
        const double area = cord ? slices[s].cord_mm2 : slices[s].sac_mm2;
        if (away >= near_mm && away <= far_mm && area > 0) {
            normal[used++] = area;
        }
    }
    const double usual = used ? quantile_of(normal, used, 0.5) : 0;
    free(normal);
    *out = usual > 0 ? fmax(100 * (1 - least / usual), 0) : 0;
    return usual > 0;
}

/* Between the outlines: centres are a voxel apart where they touch. */
static bool distance_to(const Spine *spine, bool cord_only, double *out_mm, DensError **err)
{
    uint8_t *marked = memory_try_array(spine->box.count, 1);
    float *squared = memory_try_array(spine->box.count, sizeof *squared);
    if (!marked || !squared) {
        free(marked);
        free(squared);
        return error_no_memory(err);
    }
    double least = INFINITY;
    for (size_t v = 0; v < spine->box.count; v++) {
        marked[v] = cord_only ? spine->kind[v] == STRUCTURE_CORD : spine_is_canal(spine, v);
    }
    const bool done = distance_squared(squared, marked, spine->box.size, spine->box.spacing_mm, NULL, err);
    for (size_t v = 0; done && v < spine->box.count; v++) {
        least = spine->lesion[v] ? fmin(least, sqrt((double)squared[v])) : least;
    }
    free(marked);
    free(squared);
    const double *spacing = spine->box.spacing_mm;
    *out_mm = fmax(least - cbrt(spacing[0] * spacing[1] * spacing[2]), 0);
    return done;
}

static Measurement *add(MeasurementList *out, Canal which, double value, const MeasureSeries *series)
{
    Measurement *added = measurements_add_labelled(out, &quantities[which], value, series);
    if (series->canal_of_bone) {
        added->note = "The canal is not of the labels: it was found by the bone around it.";
    }
    return added;
}

static void miss(MeasurementList *out, int from, const char *reason)
{
    for (int q = from; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", reason);
    }
}

static int grade_of(double sac_mm, double cord_mm, double sac_percent, double cord_percent, double free_mm2)
{
    if (sac_mm > contact_mm) {
        return 0;
    }
    if (cord_mm <= contact_mm) {
        return cord_percent < narrowing_percent ? 3 : free_mm2 > 0 ? 4 : 5;
    }
    return sac_percent < narrowing_percent ? 1 : 2;
}

static bool measure_canal_of(const Spine *spine, MeasurementList *out, DensError **err)
{
    const MeasureSeries *series = spine->box.series;
    const int axis = long_axis(&series->lesion->geometry);
    const size_t count = spine->box.size[axis];
    AUTO(slices_free) Slice *slices = memory_array(count, sizeof *slices);
    measure_slices(spine, axis, slices);
    double sac_mm = 0, cord_mm = 0, sac_percent = 0, cord_percent = 0, cord_mm2 = 0, free_mm2 = INFINITY;
    for (size_t s = 0; s < count; s++) {
        cord_mm2 += slices[s].cord_mm2;
        free_mm2 = slices[s].lesion ? fmin(free_mm2, slices[s].sac_mm2 - slices[s].cord_mm2) : free_mm2;
    }
    if (!distance_to(spine, false, &sac_mm, err) || !distance_to(spine, true, &cord_mm, err)) {
        return false;
    }
    add(out, SAC_DISTANCE, sac_mm, series);
    if (!(cord_mm2 > 0)) {
        miss(out, CORD_DISTANCE, "the labels have no cord near the lesion");
        return true;
    }
    add(out, CORD_DISTANCE, cord_mm, series);
    if (!narrowing(slices, count, false, &sac_percent) || !narrowing(slices, count, true, &cord_percent)) {
        miss(out, SAC_NARROWING, "no cord is labelled 5 to 15 mm above or below the lesion");
        return true;
    }
    add(out, SAC_NARROWING, sac_percent, series);
    add(out, CORD_NARROWING, cord_percent, series);
    add(out, FREE_AREA, free_mm2, series);
    add(out, GRADE, grade_of(sac_mm, cord_mm, sac_percent, cord_percent, free_mm2), series);
    return true;
}

void measure_canal(const MeasureInput *input, MeasurementList *out)
{
    AUTO(spine_clear) Spine own = {0};
    AUTO(error_auto) DensError *err = NULL;
    const MeasureSeries *series = spine_series(input, NULL);
    if (!series) {
        miss(out, 0, "no labels");
        return;
    }
    const Spine *spine = spine_of(series, &own, &err);
    if (spine && spine->canal_voxels == 0) {
        miss(out, 0, "the labels have neither cord nor canal near the lesion");
        return;
    }
    if (!spine || !measure_canal_of(spine, out, &err)) {
        miss(out, 0, dens_error_summary(err));
    }
}
