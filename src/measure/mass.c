/* What of the lesion lies beyond the original outline of the bone, and where (origin.c). A shell that the
 * lesion has pushed before it makes no difference here; whether there is one is told by the expansion. */
#include "measure/families.h"
#include "measure/spine.h"

#include <math.h>

typedef enum { VOLUME, SHARE, EPIDURAL, ANTERIOR, BESIDE, COUNT } Mass;

static const Quantity quantities[COUNT] = {
    [VOLUME] =
        {.id = "mass.volume_ml",
         .label = "Volume beyond the bone",
         .unit = "mL",
         .method = "Voxels of the lesion that lie beyond the original outline of the vertebrae, in the "
                   "canal or outside; the outline where it is destroyed is that of the other side and of the "
                   "neighbours.",
         .source = "",
         .code = {0}},
    [SHARE] = {.id = "mass.share",
               .label = "Share of the lesion beyond the bone",
               .unit = "1",
               .method = "That volume over that of the lesion.",
               .source = "",
               .code = {0}},
    [EPIDURAL] = {.id = "mass.epidural_ml",
                  .label = "Volume inside the canal",
                  .unit = "mL",
                  .method = "Of it, what lies inside the ring of body, pedicles and laminae.",
                  .source = "",
                  .code = {0}},
    [ANTERIOR] =
        {.id = "mass.anterior_ml",
         .label = "Volume before the vertebral bodies",
         .unit = "mL",
         .method = "Of it, what lies outside in front of the back wall of the bodies and within their width.",
         .source = "",
         .code = {0}},
    [BESIDE] = {.id = "mass.paravertebral_ml",
                .label = "Volume beside and behind the vertebrae",
                .unit = "mL",
                .method = "The rest of it.",
                .source = "",
                .code = {0}},
};

static Measurement *add(MeasurementList *out, Mass which, double value, const MeasureSeries *series)
{
    return measurements_add_labelled(out, &quantities[which], value, series);
}

void measure_mass(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(spine_clear) Spine own = {0};
    const Spine *spine = spine_with_ring(input, NULL, &own, &err);
    if (!spine) {
        for (int q = 0; q < COUNT; q++) {
            measurements_add_missing(out, &quantities[q], "%s", dens_error_summary(err));
        }
        return;
    }
    size_t epidural = 0, anterior = 0, beside = 0, unknown = 0;
    for (size_t v = 0; v < spine->box.count; v++) {
        if (!spine->lesion[v]) {
            continue;
        }
        if (spine->origin[v] == ORIGIN_OUTSIDE) {
            const Vec3 at = spine_place(spine, spine->nearest[v], box_point(&spine->box, v));
            const bool before = at.y > spine->ring.body_mm && fabs(at.x) <= spine->ring.body_half_mm;
            anterior += before;
            beside += !before;
        }
        epidural += spine->origin[v] == ORIGIN_CANAL;
        unknown += spine->origin[v] == ORIGIN_UNKNOWN;
    }
    const MeasureSeries *series = spine->box.series;
    const double ml = spine->box.voxel_mm3 / 1000, all = (double)spine->lesion_voxels,
                 beyond = (double)(epidural + anterior + beside);
    if ((double)unknown > all / 2) {
        for (int q = 0; q < COUNT; q++) {
            measurements_add_missing(
                out, &quantities[q],
                "neither the other side nor a neighbour shows the original outline of the bone");
        }
        return;
    }
    Measurement *volume = add(out, VOLUME, beyond * ml, series);
    if (unknown > 0) {
        volume->note =
            arena_printf(out->arena, "of %.0f %% of the lesion it is not known whether there was bone",
                         100 * (double)unknown / all);
    }
    add(out, SHARE, beyond / all, series);
    add(out, EPIDURAL, (double)epidural * ml, series);
    add(out, ANTERIOR, (double)anterior * ml, series);
    add(out, BESIDE, (double)beside * ml, series);
}
