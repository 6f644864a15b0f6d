/* How the series are acquired: protocols, grids, and what signal a tissue gives. */
#include "phantom/render.h"

/* 3 T protocols within the usual ranges (docs/phantom.md); the two T1 series have scales of their own, as
 * scanners do. */
const Acquisition acquisitions[ACQUISITION_COUNT] = {
    [ACQUISITION_CT] = {ROLE_CT, "ct", 0, 0, 0, 1, 24},
    [ACQUISITION_T1] = {ROLE_T1, "t1", 700, 12, 0, 2600, 22},
    [ACQUISITION_T2] = {ROLE_T2, "t2", 4000, 95, 0, 3600, 24},
    [ACQUISITION_STIR] = {ROLE_STIR, "stir", 4500, 60, 240, 3400, 26},
    [ACQUISITION_T1C] = {ROLE_T1C, "t1c", 700, 12, 0, 3000, 24},
};

/* From the clivus to T1; the same field for both, but for the sides. */
void render_ct_grid(Geometry *out)
{
    *out = (Geometry){.size = {232, 232, 114},
                      .spacing_mm = {0.6, 0.6, 1.5},
                      .origin_lps_mm = {-69.3, -47.0, -83.0},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

void render_mr_grid(Geometry *out)
{
    *out = (Geometry){.size = {200, 256, 21},
                      .spacing_mm = {0.7, 0.7, 3.0},
                      .origin_lps_mm = {30.0, -47.0, 93.0},
                      .axis_lps = {{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}}};
}

double acquisition_signal(const Acquisition *series, const TissueValues *tissue)
{
    if (series->role == ROLE_CT) {
        return tissue->attenuation_hu;
    }
    TissueValues values = series->role == ROLE_T1C ? tissue_after_contrast(tissue) : *tissue;
    double signal = series->ti_ms > 0
                        ? tissue_inversion_recovery(&values, series->tr_ms, series->te_ms, series->ti_ms)
                        : tissue_spin_echo(&values, series->tr_ms, series->te_ms);
    return series->scale * signal;
}

double acquisition_texture(const Acquisition *series, TissueKind kind, double signal, double roughness)
{
    bool ct = series->role == ROLE_CT;
    switch (kind) {
    case KIND_TRABECULA:
        return ct ? 55 : 0.05 * signal;
    case KIND_MUSCLE:
        return ct ? 6 : 0.06 * signal;
    case KIND_LESION:
        return ct ? 6 : (roughness > 0 ? roughness : 0.04) * signal;
    case KIND_SCLEROSIS:
    case KIND_OEDEMA:
        return ct ? 55 : 0.05 * signal;
    default:
        return 0;
    }
}
