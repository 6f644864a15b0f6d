/* The lesions of the review's ten diagnoses.
 *
 * Ages, sexes and sizes are those of published series; T1, T2 and uptake are chosen so that the published
 * relation to muscle, disc and CSF holds (docs/phantom.md names the sources row by row, and which values are
 * assumptions). */
#include "phantom/lesion.h"

#include "phantom/phantom.h"

#include <string.h>

/* clang-format off */
#define FIBROUS {70, 900, 30, 0.6, 0.1}
#define CALCIFIED {550, 600, 10, 0.3, 0}
#define SCLEROTIC {800, 500, 8, 0.3, 0}
/* clang-format on */

static const LesionKind kinds[] = {
    {.diagnosis = "osteoid_osteoma", /* matrix: the nidus; centre: its calcification; rim: sclerosis */
     .site = SITE_PILLAR,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {5.6, 5.6, 5.6},
     .rim_mm = 1.7,
     .centre_mm = 1.4,
     .oedema_mm = 9,
     .age_mean = 21.8,
     .age_sd = 9,
     .male_share = 0.77,
     .matrix = {150, 1150, 60, 0.8, 0.9},
     .rim = SCLEROTIC,
     .centre = {500, 700, 15, 0.35, 0.2}},
    {.diagnosis = "aneurysmal_bone_cyst",
     .site = SITE_ARCH,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {15, 14, 11},
     .lobulation = 0.1,
     .rim_mm = 0.8,
     .chamber_mm = 11,
     .wall_mm = 0.9,
     .fluid_levels = true,
     .breaks_cortex = true,
     .age_mean = 17.5,
     .age_sd = 7.25,
     .male_share = 0.57,
     .matrix = {30, 2200, 300, 0.98, 0},
     .septum = {70, 900, 40, 0.75, 0.8},
     .rim = {500, 500, 10, 0.3, 0},
     .fluid_top = {20, 3200, 600, 1.0, 0},
     .fluid_bottom = {55, 1300, 90, 0.92, 0}},
    {.diagnosis = "chondromyxoid_fibroma",
     .site = SITE_ARCH,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {12, 11, 9.5},
     .lobulation = 0.15,
     .rim_mm = 0.8,
     .chamber_mm = 9,
     .wall_mm = 0.8,
     .focus_quantile = 1.8,
     .breaks_cortex = true,
     .age_mean = 22,
     .age_sd = 8,
     .male_share = 0.5,
     .matrix = {45, 1350, 95, 0.9, 0.25},
     .septum = FIBROUS,
     .rim = {450, 500, 10, 0.3, 0},
     .focus = CALCIFIED},
    {.diagnosis = "benign_notochordal_cell_tumor",
     .site = SITE_BODY,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {6, 5, 4.5},
     .age_mean = 44,
     .age_sd = 8.25,
     .male_share = 0.43,
     .matrix = {420, 1500, 130, 0.75, 0}},
    {.diagnosis = "giant_cell_tumor",
     .site = SITE_BODY,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {17, 13, 9.5},
     .forward_mm = 1,
     .lobulation = 0.08,
     .breaks_cortex = true,
     .age_mean = 33.6,
     .age_sd = 11.5,
     .male_share = 0.48,
     .matrix = {60, 1300, 58, 0.85, 1.0}},
    {.diagnosis = "chordoma",
     .site = SITE_BODY,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C4,
     .radius_mm = {15, 14, 11.5},
     .forward_mm = 5,
     .lobulation = 0.15,
     .chamber_mm = 10,
     .wall_mm = 0.7,
     .focus_quantile = 1.9,
     .breaks_cortex = true,
     .age_mean = 52,
     .age_sd = 14,
     .male_share = 0.6,
     .matrix = {38, 1850, 190, 0.97, 0.15},
     .septum = FIBROUS,
     .focus = CALCIFIED},
    {.diagnosis = "synovial_sarcoma",
     .site = SITE_ARCH,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {18, 17, 17},
     .lobulation = 0.12,
     .chamber_mm = 12,
     .wall_mm = 0.8,
     .breaks_cortex = true,
     .age_mean = 33,
     .age_sd = 14,
     .male_share = 0.52,
     .matrix = {45, 1150, 70, 0.85, 0.45},
     .septum = FIBROUS},
    {.diagnosis = "chondrosarcoma",
     .site = SITE_ARCH,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {18, 16, 15},
     .lobulation = 0.2,
     .chamber_mm = 8,
     .wall_mm = 0.8,
     .focus_quantile = 1.4,
     .breaks_cortex = true,
     .age_mean = 47.4,
     .age_sd = 15.8,
     .male_share = 0.67,
     .matrix = {40, 1700, 160, 0.95, 0.25},
     .septum = {60, 900, 45, 0.7, 0.9},
     .focus = CALCIFIED},
    {.diagnosis = "solitary_plasmacytoma",
     .site = SITE_BODY,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {13, 11, 7.5},
     .lobulation = 0.05,
     .breaks_cortex = true,
     .age_mean = 56,
     .age_sd = 11,
     .male_share = 0.7,
     .matrix = {58, 1400, 52, 0.85, 0.7}},
    {.diagnosis = "metastasis",
     .site = SITE_BODY,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {10, 9, 7},
     .lobulation = 0.1,
     .breaks_cortex = true,
     .age_mean = 58.6,
     .age_sd = 11.6,
     .male_share = 0.6,
     .matrix = {55, 1600, 58, 0.87, 0.35}},
};
enum { KIND_ROWS = sizeof kinds / sizeof *kinds };

const char *const *phantom_diagnoses(void)
{
    static const char *const names[] = {"osteoid_osteoma",
                                        "aneurysmal_bone_cyst",
                                        "chondromyxoid_fibroma",
                                        "benign_notochordal_cell_tumor",
                                        "giant_cell_tumor",
                                        "chordoma",
                                        "synovial_sarcoma",
                                        "chondrosarcoma",
                                        "solitary_plasmacytoma",
                                        "metastasis",
                                        NULL};
    return names;
}

const LesionKind *lesion_kind(const char *diagnosis)
{
    for (size_t i = 0; i < KIND_ROWS; i++) {
        if (strcmp(kinds[i].diagnosis, diagnosis) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const TissueValues *lesion_tissue(const LesionKind *lesion, TissueKind kind)
{
    switch (kind) {
    case KIND_LESION:
        return &lesion->matrix;
    case KIND_SEPTUM:
        return &lesion->septum;
    case KIND_RIM:
        return &lesion->rim;
    case KIND_CENTRE:
        return &lesion->centre;
    case KIND_FOCUS:
        return &lesion->focus;
    case KIND_FLUID_TOP:
        return &lesion->fluid_top;
    case KIND_FLUID_BOTTOM:
        return &lesion->fluid_bottom;
    default:
        return &tissue_values[kind];
    }
}
