/* Metal on CT. Its attenuation is no tissue's, and its streaks falsify what is
 * around it. */
#include "measure/families.h"

#include <math.h>

double measure_metal_share(const MeasureSeries *ct)
{
    size_t low[3], high[3], metal = 0, voxels = 0;
    if (!ct->lesion || !mask_box(ct->lesion, low, high)) {
        return 0;
    }
    for (size_t k = low[2]; k <= high[2]; k++) {
        for (size_t j = low[1]; j <= high[1]; j++) {
            for (size_t i = low[0]; i <= high[0]; i++) {
                const size_t at = voxel_index(&ct->lesion->geometry, i, j, k);
                const double value = (double)ct->volume->voxels[at];
                const bool counts = ct->lesion->labels[at] != 0 && isfinite(value);
                voxels += counts;
                metal += counts && value > MEASURE_METAL_HU;
            }
        }
    }
    return voxels > 0 ? (double)metal / (double)voxels : 0;
}

void measurements_note_metal(MeasurementList *out, size_t first, const MeasureSeries *ct)
{
    const double share = measure_metal_share(ct);
    for (size_t i = first; share > 0 && i < out->count; i++) {
        Measurement *m = &out->items[i];
        if (!m->missing) {
            m->note = arena_printf(out->arena, "%s%s%.2g %% of the lesion's voxels exceed %.0f HU: metal",
                                   m->note, m->note[0] ? "; " : "", 100 * share, MEASURE_METAL_HU);
        }
    }
}
