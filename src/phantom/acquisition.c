/* How the series are acquired: protocols, grids, and what signal a tissue gives. */
#include "phantom/render.h"

#include <math.h>

/* 3 T protocols within the usual ranges (docs/phantom.md); the two T1 series have scales of their own, as
 * scanners do. */
const Acquisition acquisitions[ACQUISITION_COUNT] = {
    [ACQUISITION_CT] =
        {.role = ROLE_CT, .name = "ct", .tr_ms = 0, .te_ms = 0, .ti_ms = 0, .scale = 1, .noise_sd = 24},
    [ACQUISITION_T1] =
        {.role = ROLE_T1, .name = "t1", .tr_ms = 700, .te_ms = 12, .ti_ms = 0, .scale = 2600, .noise_sd = 22},
    [ACQUISITION_T2] = {.role = ROLE_T2,
                        .name = "t2",
                        .tr_ms = 4000,
                        .te_ms = 95,
                        .ti_ms = 0,
                        .scale = 3600,
                        .noise_sd = 24},
    [ACQUISITION_STIR] = {.role = ROLE_STIR,
                          .name = "stir",
                          .tr_ms = 4500,
                          .te_ms = 60,
                          .ti_ms = 240,
                          .scale = 3400,
                          .noise_sd = 26},
    [ACQUISITION_T1C] = {.role = ROLE_T1C,
                         .name = "t1c",
                         .tr_ms = 700,
                         .te_ms = 12,
                         .ti_ms = 0,
                         .scale = 3000,
                         .noise_sd = 24},
    [ACQUISITION_DWI] = {.role = ROLE_DWI,
                         .name = "dwi",
                         .tr_ms = 4500,
                         .te_ms = 70,
                         .ti_ms = 240,
                         .scale = 3400,
                         .noise_sd = 16,
                         .part_count = 3,
                         .b_values = {50, 400, 800}},
    [ACQUISITION_DCE] = {.role = ROLE_DCE,
                         .name = "dce",
                         .tr_ms = 5,
                         .te_ms = 2,
                         .flip_deg = 15,
                         .scale = 9000,
                         .noise_sd = 14,
                         .part_count = 36,
                         .step_s = 8},
    [ACQUISITION_PET] = {.role = ROLE_PET, .name = "pet", .scale = PET_BQ_PER_SUV, .noise_sd = 0.09},
};

/* Of the patient's size, voxels as they are. */
static void fit_field(const Anatomy *a, Geometry *grid)
{
    grid->origin_lps_mm = vec3_scale(grid->origin_lps_mm, a->growth);
    for (int d = 0; d < 3; d++) {
        grid->size[d] = (size_t)ceil((double)grid->size[d] * a->growth);
    }
}

/* From the clivus to T1; the same field for both, but for the sides. */
void render_ct_grid(const Anatomy *a, Geometry *out)
{
    *out = (Geometry){.size = {232, 232, 114},
                      .spacing_mm = {0.6, 0.6, 1.5},
                      .origin_lps_mm = {-69.3, -47.0, -83.0},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    fit_field(a, out);
}

void render_mr_grid(const Anatomy *a, Geometry *out)
{
    *out = (Geometry){.size = {200, 256, 21},
                      .spacing_mm = {0.7, 0.7, 3.0},
                      .origin_lps_mm = {30.0, -47.0, 93.0},
                      .axis_lps = {{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}}};
    fit_field(a, out);
}

/* Coarser, and for the dynamic series as fast as it must be. */
void render_functional_grid(const Anatomy *a, size_t acquisition, Geometry *out)
{
    if (acquisition == ACQUISITION_PET) {
        *out = (Geometry){.size = {46, 46, 56},
                          .spacing_mm = {3.0, 3.0, 3.0},
                          .origin_lps_mm = {-67.5, -46.0, -80.0},
                          .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
        fit_field(a, out);
        return;
    }
    *out = (Geometry){.size = {88, 112, 16},
                      .spacing_mm = {1.6, 1.6, 4.0},
                      .origin_lps_mm = {30.0, -46.6, 92.5},
                      .axis_lps = {{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}}};
    fit_field(a, out);
}

Acquisition acquisition_part(const Acquisition *series, size_t part)
{
    Acquisition out = *series;
    out.b_value = series->b_values[part < MOST_B_VALUES ? part : 0];
    out.time_s = (double)part * series->step_s;
    return out;
}

/* A spoiled gradient echo with the agent that the tissue holds at this time. Blood comes fresh into the
 * slice: it has signal here, of a T2 as in an artery (OSIPI XCAT table). */
static double dynamic_signal(const Acquisition *series, TissueValues tissue)
{
    double minutes = (series->time_s - DCE_ARRIVAL_S) / 60, agent = 0;
    if (minutes > 0) {
        tissue_agent_curve(&tissue, &minutes, 1, &agent);
    }
    if (tissue.vp > 0.5) {
        tissue.pd = 0.8;
        tissue.t2_ms = 147;
    }
    TissueValues now = tissue_with_agent(&tissue, agent);
    double angle = series->flip_deg * 0.01745329251994329577, relaxed = exp(-series->tr_ms / now.t1_ms);
    return now.pd * sin(angle) * (1 - relaxed) / (1 - cos(angle) * relaxed) * exp(-series->te_ms / now.t2_ms);
}

double acquisition_signal(const Acquisition *series, const TissueValues *tissue)
{
    if (series->role == ROLE_CT) {
        return tissue->attenuation_hu;
    }
    if (series->role == ROLE_PET) {
        return series->scale * tissue->suv;
    }
    if (series->role == ROLE_DCE) {
        return series->scale * dynamic_signal(series, *tissue);
    }
    TissueValues values = series->role == ROLE_T1C ? tissue_after_contrast(tissue) : *tissue;
    double signal = series->ti_ms > 0
                        ? tissue_inversion_recovery(&values, series->tr_ms, series->te_ms, series->ti_ms)
                        : tissue_spin_echo(&values, series->tr_ms, series->te_ms);
    /* b in s/mm², ADC in µm²/ms: 10⁻³ of their product */
    return series->scale * signal * exp(-0.001 * series->b_value * tissue->adc_um2_per_ms);
}

double acquisition_texture(const Acquisition *series, TissueKind kind, double signal, double roughness)
{
    bool ct = series->role == ROLE_CT;
    if (series->role == ROLE_DCE || series->role == ROLE_PET || series->role == ROLE_DWI) {
        return 0;
    }
    switch (kind) {
    case KIND_TRABECULA:
        return ct ? 55 : 0.05 * signal;
    case KIND_MUSCLE:
        /* fat between the fibres: dark on CT and where it is suppressed */
        return ct ? -6 : series->ti_ms > 0 ? -0.06 * signal : 0.1 * signal;
    case KIND_LESION:
        return ct ? 6 : (roughness > 0 ? roughness : 0.04) * signal;
    case KIND_SCLEROSIS:
    case KIND_OEDEMA:
        return ct ? 55 : 0.05 * signal;
    default:
        return 0;
    }
}
