/* Bone and canal on a made-up spine: bodies with a shell, discs, arches with gaps between them, noise. */
#include "segment/bone.h"
#include "testing.h"

#include <math.h>

enum { WIDE = 64, HIGH = 60, LEVEL_SLICES = 15 };
enum { TISSUE_AIR, TISSUE_SOFT, TISSUE_MARROW, TISSUE_CORTEX, TISSUE_CANAL };

typedef struct {
    float marrow_hu, lesion_hu; /* a ball of 5 mm in the second body, 0: none */
    float metal_hu;             /* a rod beside the spinous process, 0: none */
    bool column;                /* the bodies are one hollow column without endplates and discs */
    bool open;                  /* between the levels there is neither body nor arch */
} Model;

/* One voxel is 1 mm; i to the left, j to the back, k to the head. */
static int tissue_at(const Model *model, int i, int j, int k)
{
    const double x = i - 32, front = j - 20, back = j - 36;
    const double body = hypot(x / 12, front / 9), canal = hypot(x / 11, back / 8);
    const int level = k % LEVEL_SLICES;
    if (hypot(x, j - 30) > 30) {
        return TISSUE_AIR;
    }
    if (canal < 1) {
        return TISSUE_CANAL;
    }
    if (canal < 1 + 2.5 / 9 && back > -6 && !(model->open && level >= 11)) {
        return TISSUE_CORTEX;
    }
    if (body < 1 && (model->column || !(model->open && level >= 11))) {
        const bool endplate = !model->column && (level < 2 || level == 9 || level == 10);
        return body > 0.82 || endplate ? TISSUE_CORTEX : TISSUE_MARROW;
    }
    return TISSUE_SOFT;
}

static float value_at(const Model *model, int i, int j, int k)
{
    const float hu[] = {-1000, 55, model->marrow_hu, 900, 30};
    const int tissue = tissue_at(model, i, j, k);
    const bool lesion = hypot(hypot(i - 34, j - 18), k - 20) < 5;
    if (model->metal_hu > 0 && abs(i - 32) < 2 && j > 46 && j < 52) {
        return model->metal_hu;
    }
    return lesion && model->lesion_hu > 0 && tissue == TISSUE_MARROW ? model->lesion_hu : hu[tissue];
}

/* On axes in the order `order`, such as {2, 0, 1}: the file's first axis runs to the head. */
static Volume *spine(const Model *model, const int order[3], float noise)
{
    const size_t size[3] = {WIDE, WIDE, HIGH};
    Geometry g = {.spacing_mm = {1, 1, 1}};
    for (int a = 0; a < 3; a++) {
        g.size[a] = size[order[a]];
        g.axis_lps[a] = (Vec3){order[a] == 0, order[a] == 1, order[a] == 2};
    }
    Volume *volume = volume_new(&g, NULL);
    assert_non_null(volume);
    volume->source_name = strdup("image");
    volume->unit = UNIT_HU;
    uint32_t state = 1;
    for (size_t v = 0; v < (size_t)WIDE * WIDE * HIGH; v++) {
        const size_t at[3] = {v % g.size[0], v / g.size[0] % g.size[1], v / g.size[0] / g.size[1]};
        int ijk[3];
        for (int a = 0; a < 3; a++) {
            ijk[order[a]] = (int)at[a];
        }
        state = state * 1664525U + 1013904223U;
        const float random = (float)(state >> 8) / (float)(1U << 24) - 0.5F;
        volume->voxels[v] = value_at(model, ijk[0], ijk[1], ijk[2]) + noise * random;
    }
    return volume;
}

static const int usual[3] = {0, 1, 2};

/* Dice coefficients of bone with its marrow, and of the canal. */
static void compare(const Model *model, const int order[3], const BoneLabels *labels, double out[2])
{
    size_t both[2] = {0, 0}, sum[2] = {0, 0};
    const size_t *size = labels->labels->geometry.size;
    for (size_t v = 0; v < (size_t)WIDE * WIDE * HIGH; v++) {
        const size_t at[3] = {v % size[0], v / size[0] % size[1], v / size[0] / size[1]};
        int ijk[3];
        for (int a = 0; a < 3; a++) {
            ijk[order[a]] = (int)at[a];
        }
        const int tissue = tissue_at(model, ijk[0], ijk[1], ijk[2]);
        const bool truth[2] = {tissue == TISSUE_MARROW || tissue == TISSUE_CORTEX, tissue == TISSUE_CANAL};
        const uint16_t label = labels->labels->labels[v];
        const bool found[2] = {label == SEGMENT_LABEL_BONE, label == SEGMENT_LABEL_CANAL};
        for (int n = 0; n < 2; n++) {
            both[n] += truth[n] && found[n];
            sum[n] += (size_t)truth[n] + found[n];
        }
    }
    out[0] = 2 * (double)both[0] / (double)sum[0];
    out[1] = 2 * (double)both[1] / (double)sum[1];
}

static void check(const Model *model, const int order[3], double least_bone, double least_canal)
{
    AUTO(volume_auto) Volume *volume = spine(model, order, 80);
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    DensError *err = NULL;
    const bool good = segment_bone(&labels, volume, &err);
    assert_no_error(err);
    assert_true(good);
    double dice[2];
    compare(model, order, &labels, dice);
    print_message("# bone %.3f, canal %.3f\n", dice[0], dice[1]);
    assert_true(dice[0] > least_bone);
    assert_true(dice[1] > least_canal);
    assert_string_equal(labels.labels->names[SEGMENT_LABEL_BONE], "bone");
    assert_string_equal(labels.labels->names[SEGMENT_LABEL_CANAL], "spinal canal");
}

static void bone_and_canal_are_found_through_closed_rings(void **state)
{
    (void)state;
    const Model model = {.marrow_hu = 300};
    check(&model, usual, 0.95, 0.93);
    AUTO(volume_auto) Volume *volume = spine(&model, usual, 80);
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    assert_true(segment_bone(&labels, volume, NULL));
    assert_true(labels.canal_open_mm == 0);
    assert_true(labels.canal_length_mm == HIGH);
}

static void open_levels_are_interpolated(void **state)
{
    (void)state;
    const Model model = {.marrow_hu = 300, .open = true};
    check(&model, usual, 0.93, 0.93);
    AUTO(volume_auto) Volume *volume = spine(&model, usual, 80);
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    assert_true(segment_bone(&labels, volume, NULL));
    assert_true(labels.canal_open_mm >= 8 && labels.canal_open_mm <= 20);
    assert_true(labels.canal_length_mm > 50);
}

/* Marrow below the threshold is a hole in every slice, as large as the canal and in a row with others. */
static void porous_bodies_are_bone_and_not_the_canal(void **state)
{
    (void)state;
    check(&(Model){.marrow_hu = 90, .open = true}, usual, 0.9, 0.9);
    AUTO(volume_auto)
    Volume *volume = spine(&(Model){.marrow_hu = 90, .open = true, .column = true}, usual, 0);
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    assert_true(segment_bone(&labels, volume, NULL));
    const size_t body = 32 + (size_t)WIDE * (20 + WIDE * 20), canal = 32 + (size_t)WIDE * (36 + WIDE * 20);
    assert_int_equal(labels.labels->labels[canal], SEGMENT_LABEL_CANAL);
    assert_int_not_equal(labels.labels->labels[body], SEGMENT_LABEL_CANAL);
}

static void lytic_and_sclerotic_lesions_are_bone(void **state)
{
    (void)state;
    check(&(Model){.marrow_hu = 300, .lesion_hu = 60, .open = true}, usual, 0.93, 0.93);
    check(&(Model){.marrow_hu = 300, .lesion_hu = 800, .open = true}, usual, 0.93, 0.93);
}

static void the_order_of_the_axes_does_not_matter(void **state)
{
    (void)state;
    check(&(Model){.marrow_hu = 300, .open = true}, (const int[3]){2, 0, 1}, 0.93, 0.93);
    check(&(Model){.marrow_hu = 300, .open = true}, (const int[3]){1, 2, 0}, 0.93, 0.93);
}

static void metal_is_told(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = spine(&(Model){.marrow_hu = 300, .metal_hu = 8000}, usual, 0);
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    assert_true(segment_bone(&labels, volume, NULL));
    assert_true(labels.metal_percent > 0.5 && labels.metal_percent < 10);
    AUTO(volume_auto) Volume *without = spine(&(Model){.marrow_hu = 300}, usual, 0);
    AUTO(bone_labels_clear) BoneLabels clean = {0};
    assert_true(segment_bone(&clean, without, NULL));
    assert_true(clean.metal_percent == 0);
}

/* A block of bone: nothing is enclosed. */
static void without_a_tube_there_is_no_canal(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = spine(&(Model){.marrow_hu = 300}, usual, 0);
    for (size_t v = 0; v < (size_t)WIDE * WIDE * HIGH; v++) {
        volume->voxels[v] = v / WIDE % WIDE < 20 ? 600 : -100;
    }
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    DensError *err = NULL;
    assert_true(segment_bone(&labels, volume, &err));
    assert_no_error(err);
    assert_true(labels.canal_length_mm == 0);
    assert_int_equal(mask_count(labels.labels, SEGMENT_LABEL_CANAL), 0);
    assert_true(mask_count(labels.labels, SEGMENT_LABEL_BONE) > (size_t)WIDE * 18 * HIGH);
}

static void values_that_are_not_finite_are_no_bone(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = spine(&(Model){.marrow_hu = 300, .open = true}, usual, 0);
    for (size_t v = 0; v < 500; v++) {
        volume->voxels[v] = v % 2 ? NAN : INFINITY;
    }
    AUTO(bone_labels_clear) BoneLabels labels = {0};
    assert_true(segment_bone(&labels, volume, NULL));
    for (size_t v = 0; v < 500; v++) {
        assert_int_equal(labels.labels->labels[v], 0);
    }
}

static void refuse(const Volume *volume, const char *part)
{
    BoneLabels labels;
    DensError *err = NULL;
    assert_false(segment_bone(&labels, volume, &err));
    assert_null(labels.labels);
    assert_error(&err, DENS_ERROR_INPUT, "image", part);
}

static void fill(Volume *volume, float even, float odd)
{
    for (size_t v = 0; v < geometry_voxels(&volume->geometry); v++) {
        volume->voxels[v] = v % 2 ? odd : even;
    }
}

static void what_is_no_ct_is_refused(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = spine(&(Model){.marrow_hu = 300}, usual, 0);
    fill(volume, 0, 900);
    refuse(volume, "is no CT in Hounsfield units: its lowest value is 0, and fat and air lie below -50");
    fill(volume, 40, 40);
    refuse(volume, "its lowest value is 40");
    fill(volume, -1000, 100);
    refuse(volume, "shows no bone: no piece of 500 mm³ reaches 250 HU");
    fill(volume, NAN, INFINITY);
    refuse(volume, "has no finite value");
    fill(volume, -1000, 900);
    volume->unit = UNIT_SUV;
    refuse(volume, "is no CT in Hounsfield units: bone is found by its attenuation");
    volume->unit = UNIT_ARBITRARY;
    volume->frame_uid = strdup("1.2.3");
    refuse(volume, "is no CT in Hounsfield units: bone is found by its attenuation");
    volume->unit = UNIT_HU;
    volume->geometry.size[2] = 1;
    refuse(volume, "has one slice; bone is found in a volume");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bone_and_canal_are_found_through_closed_rings),
        cmocka_unit_test(open_levels_are_interpolated),
        cmocka_unit_test(porous_bodies_are_bone_and_not_the_canal),
        cmocka_unit_test(lytic_and_sclerotic_lesions_are_bone),
        cmocka_unit_test(the_order_of_the_axes_does_not_matter),
        cmocka_unit_test(metal_is_told),
        cmocka_unit_test(without_a_tube_there_is_no_canal),
        cmocka_unit_test(values_that_are_not_finite_are_no_bone),
        cmocka_unit_test(what_is_no_ct_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
