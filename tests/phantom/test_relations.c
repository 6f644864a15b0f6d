/* The published relations of signals (docs/phantom.md), as means over the whole lesion, without noise. */
#include "testing.h"

#include "phantom/phantom.h"
#include "phantom/render.h"

#include <math.h>
#include <string.h>

typedef struct {
    const char *diagnosis, *what; /* series/tissue; t1c: the rise in per cent; hu: attenuation */
    double low, high;
} Relation;

static const Relation relations[] = {
    {"chordoma", "t1/muscle", 0.75, 1.25},
    {"chordoma", "t2/disc", 1.05, 3},
    {"chordoma", "t2/csf", 0.3, 1},
    {"chordoma", "t1c", 25, 100},
    {"metastasis", "t1/marrow", 0, 0.8},
    {"metastasis", "t1/disc", 0, 1},
    {"metastasis", "t1/muscle", 0, 1},
    {"metastasis", "t2/csf", 0, 0.5},
    {"metastasis", "t2/marrow", 1, 1.6},
    {"metastasis", "stir/marrow", 1.5, 5},
    {"metastasis", "t1c", 60, 225},
    {"solitary_plasmacytoma", "t1/muscle", 0.7, 1.1},
    {"solitary_plasmacytoma", "t2/csf", 0, 0.5},
    {"solitary_plasmacytoma", "stir/marrow", 1.3, 5},
    {"solitary_plasmacytoma", "t1c", 80, 298},
    {"solitary_plasmacytoma", "hu", 40, 93},
    {"giant_cell_tumor", "t1/muscle", 0.85, 1.15},
    {"giant_cell_tumor", "t2/disc", 0, 1},
    {"giant_cell_tumor", "t1c", 60, 250},
    {"benign_notochordal_cell_tumor", "t1/marrow", 0, 0.8},
    {"benign_notochordal_cell_tumor", "t2/marrow", 1.5, 5},
    {"benign_notochordal_cell_tumor", "t1c", -8, 8},
    {"benign_notochordal_cell_tumor", "hu/marrow", 1.1, 2},
    {"osteoid_osteoma", "t1/muscle", 0, 0.9},
    {"osteoid_osteoma", "t2/muscle", 1.3, 6},
    {"osteoid_osteoma", "hu/marrow", 1.3, 4},
    {"aneurysmal_bone_cyst", "t1/muscle", 0.6, 1},
    {"aneurysmal_bone_cyst", "t2/marrow", 1.5, 5},
    {"aneurysmal_bone_cyst", "t1c", 0, 40},
    {"chondromyxoid_fibroma", "t1/muscle", 0.75, 1.1},
    {"chondromyxoid_fibroma", "t1c", 20, 90},
    {"synovial_sarcoma", "t1/muscle", 0.95, 1.3},
    {"synovial_sarcoma", "hu", 30, 80},
    {"chondrosarcoma", "t1/muscle", 0.8, 1.15},
    {"chondrosarcoma", "t2/marrow", 1.5, 5},
    {"chondrosarcoma", "t1c", 60, 150},
    {"hemangioma", "t1/muscle", 1.3, 4},
    {"hemangioma", "t2/marrow", 1.1, 4},
    {"hemangioma", "hu", 0, 260},
    {"enostosis", "hu", 900, 1300},
    {"enostosis", "t2/marrow", 0, 0.3},
    {"fibrous_dysplasia", "hu", 150, 480},
    {"osteoblastoma", "t1c", 20, 250},
    {"langerhans_cell_histiocytosis", "t2/muscle", 2, 20},
    {"lymphoma", "t2/csf", 0, 0.5},
    {"multiple_myeloma", "t1/marrow", 0, 0.8},
    {"multiple_myeloma", "stir/marrow", 1.3, 5},
    {"nerve_sheath_tumor", "t2/cord", 1.3, 2.6},
    {"spondylodiscitis", "t2/disc", 0.9, 2.5},
    {"spondylodiscitis", "t1/marrow", 0, 0.8},
    {"ewing_sarcoma", "t1/marrow", 0, 0.8},
    {"osteosarcoma", "hu", 150, 500},
    {"osteochondroma", "t2/muscle", 2, 30},
};

/* Mean of a series over the lesion's points. */
static double lesion_mean(const Anatomy *a, const Acquisition *series)
{
    double sum = 0;
    size_t count = 0;
    for (int i = 0; i < 64 * 64 * 64; i++) {
        SpinePoint p = {a->lesion_centre.x + 0.9 * (i % 64 - 32),
                        a->lesion_centre.v + 0.9 * (i / 64 % 64 - 32),
                        a->lesion_centre.s + 0.9 * (i / 4096 - 32)};
        AnatomyPoint point = anatomy_at_spine(a, p);
        if (point.label == LABEL_LESION) {
            sum += acquisition_signal(series, lesion_tissue(a->lesion, point.kind));
            count++;
        }
    }
    assert_true(count > 100);
    return sum / (double)count;
}

static const Acquisition *series_named(const char *name, size_t length)
{
    if (strncmp(name, "hu", 2) == 0) {
        return &acquisitions[ACQUISITION_CT];
    }
    for (size_t i = 0; i < ACQUISITION_COUNT; i++) {
        if (strlen(acquisitions[i].name) == length && strncmp(acquisitions[i].name, name, length) == 0) {
            return &acquisitions[i];
        }
    }
    fail_msg("no series %s", name);
    return NULL;
}

static double tissue_mean(const Acquisition *series, const char *tissue)
{
    static const struct {
        const char *name;
        TissueKind kind;
    } tissues[] = {{"muscle", KIND_MUSCLE}, {"marrow", KIND_TRABECULA}, {"disc", KIND_NUCLEUS},
                   {"csf", KIND_CSF},       {"cord", KIND_CORD},        {"fat", KIND_SKIN_FAT}};
    for (size_t i = 0; i < sizeof tissues / sizeof *tissues; i++) {
        if (strcmp(tissues[i].name, tissue) == 0) {
            return acquisition_signal(series, &tissue_values[tissues[i].kind]);
        }
    }
    fail_msg("no tissue %s", tissue);
    return NAN;
}

/* What the series without contrast agent gives, in the units of the one with it. */
static double rise_percent(const Anatomy *a)
{
    const Acquisition *before = &acquisitions[ACQUISITION_T1], *after = &acquisitions[ACQUISITION_T1C];
    double fat = tissue_mean(after, "fat") / tissue_mean(before, "fat");
    return 100 * (lesion_mean(a, after) / (lesion_mean(a, before) * fat) - 1);
}

static double measured(const Relation *relation)
{
    Anatomy a;
    anatomy_init(&a, lesion_kind(relation->diagnosis), 1, LEVEL_DRAWN);
    if (strcmp(relation->what, "t1c") == 0) {
        return rise_percent(&a);
    }
    const char *slash = strchr(relation->what, '/');
    const Acquisition *series =
        series_named(relation->what, slash ? (size_t)(slash - relation->what) : strlen(relation->what));
    return lesion_mean(&a, series) / (slash ? tissue_mean(series, slash + 1) : 1);
}

static void published_relations(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        double value = measured(&relations[i]);
        if (!(value > relations[i].low && value < relations[i].high)) {
            print_error("%s: %s is %.3f, not within %g and %g\n", relations[i].diagnosis, relations[i].what,
                        value, relations[i].low, relations[i].high);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Myeloma rises more than metastasis (226 and 165 %), giant cell tumour more than chordoma. */
static void uptake_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"solitary_plasmacytoma", "metastasis", "giant_cell_tumor",
                                        "chordoma"};
    double rise[4];
    for (int i = 0; i < 4; i++) {
        Anatomy a;
        anatomy_init(&a, lesion_kind(names[i]), 1, LEVEL_DRAWN);
        rise[i] = rise_percent(&a);
    }
    assert_true(rise[0] > rise[1] && rise[2] > rise[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_relations),
                                       cmocka_unit_test(uptake_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
