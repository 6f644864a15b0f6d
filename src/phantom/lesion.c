/* The lesions of the review's ten diagnoses.
 *
 * Ages, sexes and sizes are those of published series; T1, T2 and uptake are chosen so that the published
 * relation to muscle, disc and CSF holds (docs/phantom.md names the sources row by row, and which values are
 * assumptions). */
#include "phantom/lesion.h"

#include "phantom/phantom.h"

#include <string.h>

#define FIBROUS                                                                                              \
    {                                                                                                        \
        70, 900, 30, 0.6, 0.1                                                                                \
    }
#define CALCIFIED                                                                                            \
    {                                                                                                        \
        550, 600, 10, 0.3, 0                                                                                 \
    }
#define SCLEROTIC                                                                                            \
    {                                                                                                        \
        800, 500, 8, 0.3, 0                                                                                  \
    }

static const LesionKind kinds[] = {
    {.diagnosis = "osteoid_osteoma",
     .posterior = true,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {5.5, 5.0, 5.0},
     .rim_mm = 2.2,
     .nidus_mm = 1.3,
     .oedema_mm = 9,
     .age_mean = 20,
     .age_sd = 5,
     .male_share = 0.7,
     .matrix = {150, 1150, 42, 0.75, 0.5},
     .rim = SCLEROTIC,
     .nidus = {500, 700, 15, 0.35, 0.2}},
    {.diagnosis = "aneurysmal_bone_cyst",
     .posterior = true,
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {14, 13, 9},
     .lobulation = 0.12,
     .rim_mm = 0.8,
     .septum_spacing_mm = 8,
     .fluid_levels = true,
     .breaks_cortex = true,
     .age_mean = 16,
     .age_sd = 6,
     .male_share = 0.5,
     .matrix = {30, 2200, 300, 0.98, 0},
     .septum = {70, 900, 40, 0.75, 0.8},
     .rim = {500, 500, 10, 0.3, 0},
     .fluid_top = {20, 3200, 600, 1.0, 0},
     .fluid_bottom = {55, 1300, 90, 0.92, 0}},
    {.diagnosis = "chondromyxoid_fibroma",
     .posterior = true,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {10, 9, 7},
     .lobulation = 0.15,
     .rim_mm = 0.8,
     .focus_share = 0.04,
     .septum_spacing_mm = 9,
     .breaks_cortex = true,
     .age_mean = 22,
     .age_sd = 8,
     .male_share = 0.55,
     .matrix = {45, 1500, 95, 0.9, 0.22},
     .septum = FIBROUS,
     .rim = {450, 500, 10, 0.3, 0},
     .focus = CALCIFIED},
    {.diagnosis = "benign_notochordal_cell_tumor",
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {6, 5, 4.5},
     .age_mean = 44,
     .age_sd = 12,
     .male_share = 0.5,
     .matrix = {420, 1500, 130, 0.75, 0}},
    {.diagnosis = "giant_cell_tumor",
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {14, 12, 8},
     .forward_mm = 1,
     .lobulation = 0.08,
     .breaks_cortex = true,
     .age_mean = 33,
     .age_sd = 10,
     .male_share = 0.45,
     .matrix = {60, 1200, 58, 0.85, 0.65}},
    {.diagnosis = "chordoma",
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C4,
     .radius_mm = {14, 13, 9.5},
     .forward_mm = 4,
     .lobulation = 0.15,
     .septum_spacing_mm = 8,
     .focus_share = 0.03,
     .breaks_cortex = true,
     .age_mean = 52,
     .age_sd = 14,
     .male_share = 0.6,
     .matrix = {38, 1900, 190, 0.97, 0.25},
     .septum = FIBROUS,
     .focus = CALCIFIED},
    {.diagnosis = "synovial_sarcoma",
     .posterior = true,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {14, 13, 12},
     .lobulation = 0.12,
     .septum_spacing_mm = 11,
     .breaks_cortex = true,
     .age_mean = 33,
     .age_sd = 13,
     .male_share = 0.55,
     .matrix = {45, 1150, 70, 0.85, 0.45},
     .septum = FIBROUS},
    {.diagnosis = "chondrosarcoma",
     .posterior = true,
     .first_level = LEVEL_C3,
     .last_level = LEVEL_C5,
     .radius_mm = {15, 14, 11},
     .lobulation = 0.2,
     .septum_spacing_mm = 7,
     .focus_share = 0.12,
     .breaks_cortex = true,
     .age_mean = 47,
     .age_sd = 13,
     .male_share = 0.67,
     .matrix = {40, 1700, 160, 0.95, 0.1},
     .septum = {60, 900, 45, 0.7, 0.7},
     .focus = CALCIFIED},
    {.diagnosis = "solitary_plasmacytoma",
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {11, 9.5, 6.5},
     .lobulation = 0.05,
     .breaks_cortex = true,
     .age_mean = 56,
     .age_sd = 10,
     .male_share = 0.65,
     .matrix = {58, 1250, 52, 0.85, 0.4}},
    {.diagnosis = "metastasis",
     .first_level = LEVEL_C2,
     .last_level = LEVEL_C5,
     .radius_mm = {10, 9, 7},
     .lobulation = 0.1,
     .breaks_cortex = true,
     .age_mean = 60,
     .age_sd = 11,
     .male_share = 0.55,
     .matrix = {55, 1600, 60, 0.87, 0.35}},
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
    case KIND_NIDUS:
        return &lesion->nidus;
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
