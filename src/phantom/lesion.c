/* The lesions of all diagnoses of the case format.
 *
 * Ages, sexes and sizes are those of published series; T1, T2 and uptake are chosen so that the published
 * relation to muscle, disc and CSF holds (docs/phantom.md names the sources row by row, and which values are
 * assumptions). */
#include "phantom/lesion.h"

#include "phantom/phantom.h"

#include <string.h>

/* HU, T1, T2, PD, agent | ADC, Ktrans, ve, vp, SUV */
/* clang-format off */
#define FIBROUS {70, 900, 30, 0.6, 0.1, 0.9, 0.02, 0.1, 0.02, 1.2}
#define CALCIFIED {550, 600, 10, 0.3, 0, 0.5, 0, 0, 0, 1.0}
#define SCLEROTIC {800, 500, 8, 0.3, 0, 0.4, 0.01, 0.05, 0.01, 1.2}
#define SHELL {480, 500, 10, 0.3, 0, 0.5, 0, 0, 0, 1.0}
#define OSTEOID {700, 550, 9, 0.3, 0.1, 0.6, 0.05, 0.1, 0.03, 5.0}

static const LesionKind kinds[] = {
    {.diagnosis = "osteoid_osteoma", /* matrix: the nidus; centre: its calcification; rim: sclerosis */
     .site = SITE_PILLAR, .first_level = LEVEL_C3, .last_level = LEVEL_C5,
     .radius_mm = {5.6, 5.6, 5.6}, .rim_mm = 1.7, .centre_mm = 1.4, .oedema_mm = 9,
     .age_mean = 21.8, .age_sd = 9, .male_share = 0.77,
     .matrix = {150, 1150, 60, 0.8, 0.9, 1.2, 0.6, 0.3, 0.1, 3.0},
     .rim = SCLEROTIC, .centre = {500, 700, 15, 0.35, 0.2, 0.6, 0.05, 0.1, 0.02, 1.5}},
    {.diagnosis = "aneurysmal_bone_cyst",
     .site = SITE_ARCH, .first_level = LEVEL_C2, .last_level = LEVEL_C5,
     .radius_mm = {15, 14, 11}, .lobulation = 0.1, .rim_mm = 0.8, .chamber_mm = 11, .wall_mm = 0.9,
     .fluid_levels = true, .breaks_cortex = true, .paravertebral = true, .least_grade = GRADE_1A, .most_grade = GRADE_1B,
     .age_mean = 17.5, .age_sd = 7.25, .male_share = 0.57,
     .matrix = {30, 2200, 300, 0.98, 0, 2.4, 0, 0, 0, 1.5},
     .septum = {70, 900, 40, 0.75, 0.8, 1.2, 0.15, 0.2, 0.04, 4.0}, .rim = SHELL,
     .fluid_top = {20, 3200, 600, 1.0, 0, 2.6, 0, 0, 0, 1.0}, .fluid_bottom = {55, 1300, 90, 0.92, 0, 1.6, 0, 0, 0, 1.0}},
    {.diagnosis = "chondromyxoid_fibroma",
     .site = SITE_ARCH, .first_level = LEVEL_C3, .last_level = LEVEL_C5,
     .radius_mm = {12, 11, 9.5}, .lobulation = 0.15, .rim_mm = 0.8, .chamber_mm = 9, .wall_mm = 0.8,
     .pattern = FOCUS_CLUMPS, .focus_quantile = 1.8, .breaks_cortex = true, .paravertebral = true,
     .roughness = 0.07, .age_mean = 22, .age_sd = 8, .male_share = 0.5,
     .matrix = {45, 1350, 95, 0.9, 0.25, 1.7, 0.04, 0.3, 0.02, 2.5},
     .septum = FIBROUS, .rim = SHELL, .focus = CALCIFIED},
    {.diagnosis = "benign_notochordal_cell_tumor",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_C5,
     .radius_mm = {6, 5, 4.5}, .age_mean = 44, .age_sd = 8.25, .male_share = 0.43,
     .matrix = {420, 1500, 130, 0.75, 0, 1.3, 0, 0, 0, 1.3}},
    {.diagnosis = "giant_cell_tumor",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_C5,
     .radius_mm = {17, 13, 9.5}, .forward_mm = 1, .lobulation = 0.08, .breaks_cortex = true, .paravertebral = true,
     .least_collapse = 0, .most_collapse = 0.35, .least_grade = GRADE_1A, .most_grade = GRADE_2, .roughness = 0.1,
     .age_mean = 33.6, .age_sd = 11.5, .male_share = 0.48,
     .matrix = {60, 1300, 58, 0.85, 1.0, 1.15, 0.18, 0.25, 0.05, 10.9}},
    {.diagnosis = "chordoma",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_C4,
     .radius_mm = {15, 14, 11.5}, .forward_mm = 5, .lobulation = 0.15, .chamber_mm = 10, .wall_mm = 0.7,
     .lobes = {{9, 2, 0, {10, 8, 12}}, {0, -4, -6, {12, 5, 14}}},
     .pattern = FOCUS_CLUMPS, .focus_quantile = 1.9, .breaks_cortex = true, .anterior = true, .paravertebral = true,
     .least_grade = GRADE_1A, .most_grade = GRADE_2, .roughness = 0.07,
     .age_mean = 52, .age_sd = 14, .male_share = 0.6,
     .matrix = {38, 1850, 190, 0.97, 0.15, 1.47, 0.03, 0.3, 0.01, 5.8}, .septum = FIBROUS, .focus = CALCIFIED},
    {.diagnosis = "synovial_sarcoma",
     .site = SITE_ARCH, .first_level = LEVEL_C3, .last_level = LEVEL_C5,
     .radius_mm = {18, 17, 17}, .lobulation = 0.12, .chamber_mm = 12, .wall_mm = 0.8, .breaks_cortex = true,
     .paravertebral = true, .roughness = 0.12, .age_mean = 33, .age_sd = 14, .male_share = 0.52,
     .matrix = {45, 1150, 70, 0.85, 0.45, 1.1, 0.12, 0.25, 0.03, 7.0}, .septum = FIBROUS},
    {.diagnosis = "chondrosarcoma",
     .site = SITE_ARCH, .first_level = LEVEL_C3, .last_level = LEVEL_C5,
     .radius_mm = {18, 16, 15}, .lobulation = 0.2, .chamber_mm = 8, .wall_mm = 0.8, .pattern = FOCUS_RINGS,
     .breaks_cortex = true, .paravertebral = true, .least_grade = GRADE_1A, .most_grade = GRADE_2,
     .age_mean = 47.4, .age_sd = 15.8, .male_share = 0.67,
     .matrix = {40, 1700, 160, 0.95, 0.25, 2.05, 0.04, 0.35, 0.01, 4.5},
     .septum = {60, 900, 45, 0.7, 0.9, 1.2, 0.12, 0.2, 0.03, 4.0}, .focus = CALCIFIED},
    {.diagnosis = "solitary_plasmacytoma",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_C5,
     .radius_mm = {13, 11, 7.5}, .lobulation = 0.05, .breaks_cortex = true,
     .least_collapse = 0.05, .most_collapse = 0.4, .least_grade = GRADE_0, .most_grade = GRADE_1C,
     .age_mean = 56, .age_sd = 11, .male_share = 0.7,
     .matrix = {58, 1400, 52, 0.85, 0.7, 0.75, 0.114, 0.13, 0.04, 8.3}},
    {.diagnosis = "metastasis",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_C5,
     .radius_mm = {10, 9, 7}, .lobulation = 0.1, .breaks_cortex = true, .oedema_mm = 2,
     .least_collapse = 0, .most_collapse = 0.3, .least_grade = GRADE_0, .most_grade = GRADE_2, .least_others = 0,
     .most_others = 2, .roughness = 0.09, .age_mean = 58.6, .age_sd = 11.6, .male_share = 0.6,
     .matrix = {55, 1600, 58, 0.87, 0.35, 0.9, 0.077, 0.16, 0.03, 8.0}},
    {.diagnosis = "osteoblastoma", /* centre and clouds: osteoid */
     .site = SITE_ARCH, .first_level = LEVEL_C3, .last_level = LEVEL_C7,
     .radius_mm = {12, 11, 10}, .lobulation = 0.06, .rim_mm = 0.9, .pattern = FOCUS_CLOUD, .focus_quantile = 0.9,
     .sclerosis_mm = 2, .oedema_mm = 12, .soft_oedema_mm = 9, .breaks_cortex = true,
     .least_grade = GRADE_0, .most_grade = GRADE_1A, .roughness = 0.08,
     .age_mean = 28.7, .age_sd = 13.2, .male_share = 0.53,
     .matrix = {140, 1200, 62, 0.82, 0.9, 1.2, 0.25, 0.3, 0.06, 6.7}, .rim = SHELL, .focus = OSTEOID},
    {.diagnosis = "hemangioma", /* fat between thick trabeculae */
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_T1,
     .radius_mm = {9.5, 7.2, 8.0}, .pattern = FOCUS_COLUMNS,
     .age_mean = 49.2, .age_sd = 13.7, .male_share = 0.51,
     .matrix = {-10, 480, 110, 0.97, 0.15, 1.085, 0.04, 0.15, 0.04, 1.2},
     .focus = {600, 450, 15, 0.35, 0, 0.6, 0, 0, 0, 1.2}},
    {.diagnosis = "osteochondroma", /* rim: the cartilage cap; focus: its cortex; matrix: marrow, continuous */
     .site = SITE_ARCH, .first_level = LEVEL_C2, .last_level = LEVEL_C6,
     .radius_mm = {8.5, 10, 7.5}, .forward_mm = -4, .lobulation = 0.14, .rim_mm = 1.8, .pattern = FOCUS_SHELL,
     .breaks_cortex = true, .paravertebral = true, .age_mean = 36.1, .age_sd = 18.4, .male_share = 0.61,
     .matrix = {260, 560, 52, 0.91, 0.1, 0.45, 0.03, 0.1, 0.03, 1.3},
     .rim = {75, 1500, 264, 0.95, 0.05, 2.2, 0.01, 0.2, 0, 1.2},
     .focus = {850, 400, 6, 0.25, 0, 0.4, 0, 0, 0, 1.0}},
    {.diagnosis = "langerhans_cell_histiocytosis",
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_C6,
     .radius_mm = {13.5, 10.5, 7}, .soft_oedema_mm = 4, .breaks_cortex = true, .keeps_cortex = true, .paravertebral = true,
     .least_collapse = 0.55, .most_collapse = 0.8,
     .age_mean = 23.7, .age_sd = 14.7, .male_share = 0.77,
     .matrix = {55, 1350, 75, 0.88, 0.7, 1.2, 0.12, 0.25, 0.03, 7.9}},
    {.diagnosis = "fibrous_dysplasia",
     .site = SITE_ARCH, .first_level = LEVEL_C2, .last_level = LEVEL_C6,
     .radius_mm = {12, 11, 8.5}, .lobulation = 0.05, .rim_mm = 0.9, .breaks_cortex = true, .roughness = 0.05,
     .age_mean = 28.3, .age_sd = 8, .male_share = 0.5,
     .matrix = {330, 1150, 42, 0.62, 0.5, 1.4, 0.08, 0.25, 0.03, 3.5}, .rim = SCLEROTIC},
    {.diagnosis = "enostosis",
     .site = SITE_BODY, .first_level = LEVEL_C2, .last_level = LEVEL_T1,
     .radius_mm = {4.2, 3.6, 4.0}, .spicules = 0.22, .age_mean = 55, .age_sd = 15, .male_share = 0.5,
     .matrix = {1190, 320, 1, 0.15, 0, 0.3, 0, 0, 0, 1.0}},
    {.diagnosis = "ewing_sarcoma",
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_C6,
     .radius_mm = {13, 11, 8.5}, .lobes = {{15, 6, 0, {13, 12, 17}}}, .lobulation = 0.08, .oedema_mm = 4,
     .soft_oedema_mm = 4, .breaks_cortex = true, .paravertebral = true, .least_collapse = 0, .most_collapse = 0.25,
     .least_grade = GRADE_1B, .most_grade = GRADE_3, .roughness = 0.09,
     .age_mean = 19, .age_sd = 11, .male_share = 0.53,
     .matrix = {50, 1350, 72, 0.88, 0.5, 0.71, 0.14, 0.2, 0.04, 7.0}},
    {.diagnosis = "osteosarcoma",
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_C7,
     .radius_mm = {13, 12, 9}, .lobes = {{13, 9, 0, {12, 11, 12}}}, .lobulation = 0.15, .pattern = FOCUS_CLOUD,
     .focus_quantile = 0.25, .oedema_mm = 4, .soft_oedema_mm = 3, .breaks_cortex = true, .paravertebral = true,
     .least_grade = GRADE_1A, .most_grade = GRADE_2, .roughness = 0.12,
     .age_mean = 34.5, .age_sd = 18, .male_share = 0.48,
     .matrix = {90, 1300, 78, 0.85, 0.6, 0.9, 0.15, 0.25, 0.04, 9.0}, .focus = OSTEOID},
    {.diagnosis = "lymphoma",
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_T1,
     .radius_mm = {12, 10, 8}, .lobes = {{6, 12, 0, {11, 7, 20}}, {14, 2, 0, {9, 8, 12}}}, .lobulation = 0.05,
     .breaks_cortex = true, .anterior = false, .paravertebral = true, .least_grade = GRADE_1B, .most_grade = GRADE_2,
     .age_mean = 50, .age_sd = 15, .male_share = 0.6,
     .matrix = {95, 1200, 50, 0.85, 0.4, 0.65, 0.09, 0.15, 0.03, 14.0}},
    {.diagnosis = "multiple_myeloma",
     .site = SITE_BODY, .first_level = LEVEL_C3, .last_level = LEVEL_C7,
     .radius_mm = {10, 8.5, 6.5}, .lobulation = 0.05, .breaks_cortex = true, .least_collapse = 0.05,
     .most_collapse = 0.45, .least_grade = GRADE_0, .most_grade = GRADE_1B, .least_others = 5, .most_others = 8,
     .age_mean = 62, .age_sd = 10, .male_share = 0.56,
     .matrix = {60, 1400, 52, 0.85, 0.7, 0.68, 0.114, 0.13, 0.04, 5.0}},
    {.diagnosis = "nerve_sheath_tumor",
     .site = SITE_FORAMEN, .first_level = LEVEL_C3, .last_level = LEVEL_C6,
     .radius_mm = {7, 6.5, 6.5}, .lobes = {{11, -3, -2, {11, 9.5, 11}}, {-7, 3.5, 0, {5, 4.5, 7}}},
     .lobulation = 0.03, .breaks_cortex = true, .erodes = true, .paravertebral = true, .least_grade = GRADE_1B,
     .most_grade = GRADE_1C, .roughness = 0.09, .age_mean = 43, .age_sd = 14, .male_share = 0.69,
     .matrix = {32, 1700, 125, 0.93, 0.8, 1.75, 0.08, 0.4, 0.02, 5.4}},
    {.diagnosis = "spondylodiscitis", /* the lobes: abscesses */
     .site = SITE_DISC, .first_level = LEVEL_C3, .last_level = LEVEL_C6,
     .radius_mm = {11.5, 9.5, 6.5}, .lobes = {{3, -12, -1, {10, 4.2, 17}}, {-16, -9, -2, {6, 5, 10}}},
     .lobulation = 0.12, .abscess = true, .oedema_mm = 12, .soft_oedema_mm = 6, .breaks_cortex = true,
     .anterior = true, .least_grade = GRADE_1A, .most_grade = GRADE_2, .roughness = 0.1,
     .age_mean = 59, .age_sd = 15, .male_share = 0.6,
     .matrix = {45, 1500, 105, 0.92, 0.7, 1.3, 0.1, 0.3, 0.03, 7.3},
     .fluid_top = {22, 2200, 210, 0.98, 0, 0.8, 0, 0, 0, 2.0}},
};
/* clang-format on */
enum { KIND_ROWS = sizeof kinds / sizeof *kinds };

const char *const *phantom_diagnoses(void)
{
    static const char *const names[KIND_ROWS + 1] = {"osteoid_osteoma",
                                                     "aneurysmal_bone_cyst",
                                                     "chondromyxoid_fibroma",
                                                     "benign_notochordal_cell_tumor",
                                                     "giant_cell_tumor",
                                                     "chordoma",
                                                     "synovial_sarcoma",
                                                     "chondrosarcoma",
                                                     "solitary_plasmacytoma",
                                                     "metastasis",
                                                     "osteoblastoma",
                                                     "hemangioma",
                                                     "osteochondroma",
                                                     "langerhans_cell_histiocytosis",
                                                     "fibrous_dysplasia",
                                                     "enostosis",
                                                     "ewing_sarcoma",
                                                     "osteosarcoma",
                                                     "lymphoma",
                                                     "multiple_myeloma",
                                                     "nerve_sheath_tumor",
                                                     "spondylodiscitis",
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

const char *lesion_level_name(int level)
{
    static const char *const names[LEVEL_COUNT] = {"C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1"};
    return names[level];
}

bool lesion_parse_level(const char *name, const LesionKind *lesion, int *out, DensError **err)
{
    for (int level = LEVEL_C0; level < LEVEL_COUNT; level++) {
        if (strcmp(lesion_level_name(level), name) == 0) {
            *out = level;
            bool between = lesion->site == SITE_DISC || lesion->site == SITE_FORAMEN;
            return !between || (level >= LEVEL_C2 && level <= LEVEL_C7) ||
                   error_set(err, DENS_ERROR_USAGE, "--level",
                             "%s has no disc and no neural foramen below it that this lesion could take",
                             name);
        }
    }
    return error_set(err, DENS_ERROR_USAGE, "--level", "\"%s\" is none of C0 to C7 and T1", name);
}

const char *lesion_grade_name(EpiduralGrade grade)
{
    static const char *const names[] = {"0", "1a", "1b", "1c", "2", "3"};
    return names[grade];
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
