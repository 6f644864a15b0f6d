/* Attenuation of lesions whose voxels are known. */
#include "solids.h"

static const double millimetre[3] = {1, 1, 1};

/* A 20³ lesion in the middle of a 40³ grid, and a reference of 8³ in its corner. */
typedef struct {
    Arena *arena;
    Volume *volume;
    Mask *lesion, *marrow;
    MeasureSeries series;
} Ct;

static Ct ct_new(void)
{
    const Geometry grid = solid_grid(40, millimetre, 0, solid_order, vec3(0, 0, 0));
    Ct ct = {.arena = arena_new(),
             .volume = flat_volume(&grid, UNIT_HU, -1000),
             .lesion = solid_mask(&grid, in_box, vec3(0, 0, 0), 10, 10, 10),
             .marrow = solid_mask(&grid, in_box, vec3(15, 15, 15), 4, 4, 4)};
    ct.series = (MeasureSeries){.volume = ct.volume, .role = "ct", .lesion = ct.lesion};
    ct.series.reference[TISSUE_MARROW] = ct.marrow;
    return ct;
}

static void ct_clear(Ct *ct)
{
    volume_free(ct->volume);
    mask_free(ct->lesion);
    mask_free(ct->marrow);
    arena_free(ct->arena);
}

static MeasurementList measure_ct(const Ct *ct)
{
    return run_family("attenuation", &ct->series, 1, ct->arena);
}

static void known_numbers(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    float next = 0;
    for (size_t v = 0; v < 40 * 40 * 40; v++) {
        if (ct.lesion->labels[v]) {
            ct.volume->voxels[v] = next++; /* 0 … 7999 */
        }
    }
    const MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.mean"), 3999.5, 1e-6);
    assert_near(value_of(&list, "attenuation.p5"), 399.95, 1e-6);
    assert_near(value_of(&list, "attenuation.p50"), 3999.5, 1e-6);
    assert_near(value_of(&list, "attenuation.p95"), 7599.05, 1e-6);
    assert_near(value_of(&list, "attenuation.minimum"), 0, 0);
    assert_near(value_of(&list, "attenuation.maximum"), 7999, 0);
    assert_near(value_of(&list, "attenuation.sd"), sqrt(8000.0 * 8001.0 / 12), 1e-6);
    assert_string_equal(found(&list, "attenuation.mean")->quantity->unit, "[hnsf'U]");
    assert_string_equal(found(&list, "attenuation.mean")->inputs[0], "ct");
    assert_string_equal(found(&list, "attenuation.mean")->note,
                        "62 % of the lesion's voxels exceed 3000 HU: metal");
}

static void error_of_the_mean_with_white_noise(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.lesion, 50, 20, 1);
    const MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.mean"), 50, 1);
    assert_near(value_of(&list, "attenuation.sd"), 20, 0.6);
    assert_near(found(&list, "attenuation.mean")->sd, 20 / sqrt(8000), 0.15 * 20 / sqrt(8000));
}

/* Noise blurred over three voxels in each direction: means of many such lesions scatter as the error says. */
static void error_of_the_mean_with_blurred_noise(void **state)
{
    (void)state;
    enum { TRIALS = 60 };
    AUTO(ct_clear) Ct ct = ct_new();
    const Geometry grid = ct.volume->geometry;
    AUTO(volume_auto) Volume *white = flat_volume(&grid, UNIT_HU, 0);
    AUTO(mask_auto) Mask *everywhere = solid_mask(&grid, in_box, vec3(0, 0, 0), 99, 99, 99);
    double means[TRIALS], said = 0, mean = 0, variance = 0;
    for (int t = 0; t < TRIALS; t++) {
        fill(white, everywhere, 0, 30, 100 + (uint64_t)t);
        for (size_t v = 1 + 40 + 1600; v < 64000 - 1 - 40 - 1600; v++) {
            double sum = 0;
            for (int n = 0; n < 27; n++) {
                sum += (double)white->voxels[v + (size_t)(n % 3) + 40 * (size_t)(n / 3 % 3) +
                                             1600 * (size_t)(n / 9) - 1641];
            }
            ct.volume->voxels[v] = (float)(sum / 27);
        }
        const MeasurementList list = measure_ct(&ct);
        means[t] = value_of(&list, "attenuation.mean");
        said += found(&list, "attenuation.mean")->sd / TRIALS;
        mean += means[t] / TRIALS;
    }
    for (int t = 0; t < TRIALS; t++) {
        variance += (means[t] - mean) * (means[t] - mean) / (TRIALS - 1);
    }
    assert_in_range((int)(100 * said / sqrt(variance)), 70, 240); /* never much too small */
}

static void shares_against_normal_bone(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, 300, 40, 2);
    fill(ct.volume, ct.lesion, 60, 20, 3); /* all of it far below 300 − 80 */
    MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 1, 0);
    assert_near(value_of(&list, "attenuation.sclerotic_share"), 0, 0);
    assert_string_equal(found(&list, "attenuation.lytic_share")->inputs[2], "marrow");
    fill(ct.volume, ct.lesion, 700, 50, 4);
    list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 0, 0);
    assert_near(value_of(&list, "attenuation.sclerotic_share"), 1, 0);
    fill(ct.volume, ct.lesion, 300, 40, 5); /* normal bone: 2.3 % at each end */
    list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 0.023, 0.015);
    assert_near(value_of(&list, "attenuation.sclerotic_share"), 0.023, 0.015);
}

/* A rim of cortical bone one voxel thick is partial volume, not sclerosis. */
static void surface_voxels_do_not_count(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, 300, 40, 2);
    fill(ct.volume, ct.lesion, 800, 0, 1);
    const double inside[3] = {9, 9, 9};
    AUTO(mask_auto) Mask *core = solid_mask(&ct.lesion->geometry, in_box, vec3(0, 0, 0), 1, 1, 1);
    paint(core, in_box, vec3(0, 0, 0), inside);
    fill(ct.volume, core, 60, 20, 3);
    const MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 1, 0);
    assert_near(value_of(&list, "attenuation.sclerotic_share"), 0, 0);
    assert_near(value_of(&list, "attenuation.maximum"), 800, 0);
}

/* Too thin for inner voxels: all of them count. */
static void thin_lesion_counts_whole(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, 300, 40, 2);
    mask_free(ct.lesion);
    ct.lesion = solid_mask(&ct.volume->geometry, in_box, vec3(0, 0, 0.5), 10, 10, 0.6);
    ct.series.lesion = ct.lesion;
    fill(ct.volume, ct.lesion, 60, 1, 3);
    const MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 1, 0);
}

static void voxels_that_are_no_numbers_are_left_out_and_said(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.lesion, 40, 0, 1);
    const size_t middle = 20 + 40 * (20 + 40 * 20);
    ct.volume->voxels[middle] = NAN;
    ct.volume->voxels[middle + 1] = INFINITY;
    const MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.mean"), 40, 0);
    assert_near(value_of(&list, "attenuation.maximum"), 40, 0);
    assert_string_equal(found(&list, "attenuation.mean")->note,
                        "2 voxels without a finite value were left out");
    fill(ct.volume, ct.lesion, (double)NAN, 0, 1);
    const MeasurementList none = measure_ct(&ct);
    assert_missing(&none, "attenuation.mean", "no voxel of the lesion mask has a finite value");
}

static void constant_and_single_voxels(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.lesion, 40, 0, 1);
    MeasurementList list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.sd"), 0, 0);
    assert_near(found(&list, "attenuation.mean")->sd, 0, 0);
    mask_free(ct.lesion);
    ct.lesion = solid_mask(&ct.volume->geometry, in_box, vec3(0.5, 0.5, 0.5), 0.1, 0.1, 0.1);
    ct.series.lesion = ct.lesion;
    list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.mean"), 40, 0);
    assert_true(found(&list, "attenuation.mean")->sd < 0);
    assert_missing(&list, "attenuation.sd", "one finite voxel");
}

static void what_is_not_there_is_missing(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    ct.series.reference[TISSUE_MARROW] = NULL;
    MeasurementList list = measure_ct(&ct);
    assert_missing(&list, "attenuation.lytic_share", "no marrow reference on the ct series");
    assert_missing(&list, "attenuation.sclerotic_share", "no marrow reference on the ct series");
    assert_near(value_of(&list, "attenuation.mean"), -1000, 0);
    ct.series.role = "t1";
    list = measure_ct(&ct);
    assert_missing(&list, "attenuation.mean", "no ct series");
    assert_missing(&list, "attenuation.lytic_share", "no ct series");
    ct.series.role = "ct";
    ct.volume->unit = UNIT_SUV;
    list = measure_ct(&ct);
    assert_missing(&list, "attenuation.mean", "not in Hounsfield units");
    ct.volume->unit = UNIT_HU;
    ct.series.lesion = NULL;
    list = measure_ct(&ct);
    assert_missing(&list, "attenuation.p95", "no lesion mask on the ct series");
}

static void reference_of_one_voxel_has_no_range(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    mask_free(ct.marrow);
    ct.marrow = solid_mask(&ct.volume->geometry, in_box, vec3(15.5, 15.5, 15.5), 0.1, 0.1, 0.1);
    ct.series.reference[TISSUE_MARROW] = ct.marrow;
    fill(ct.volume, ct.marrow, 300, 0, 2);
    const MeasurementList list = measure_ct(&ct);
    assert_missing(&list, "attenuation.lytic_share", "needs at least 2 voxels");
}

static void reference_of_one_value_has_no_range(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, 300, 0, 2);
    const MeasurementList list = measure_ct(&ct);
    assert_missing(&list, "attenuation.lytic_share", "have one value");
}

/* Nearer to air than to fat it is no tissue; fat is. */
static void reference_in_air_is_none(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, -700, 20, 2);
    MeasurementList list = measure_ct(&ct);
    assert_missing(&list, "attenuation.sclerotic_share", "the marrow reference lies in air: it has -");
    fill(ct.volume, ct.marrow, -100, 20, 2);
    list = measure_ct(&ct);
    assert_near(value_of(&list, "attenuation.lytic_share"), 1, 0);
}

static void mask_off_the_grid_is_missing(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    ct.lesion->geometry.origin_lps_mm.x += 3;
    const MeasurementList list = measure_ct(&ct);
    assert_missing(&list, "attenuation.mean", "not on the grid of its volume");
    ct.lesion->geometry.origin_lps_mm.x -= 3;
    ct.lesion->geometry.size[2] = 39;
    const MeasurementList smaller = measure_ct(&ct);
    assert_missing(&smaller, "attenuation.mean", "not on the grid of its volume");
}

static void metal_is_told(void **state)
{
    (void)state;
    AUTO(ct_clear) Ct ct = ct_new();
    fill(ct.volume, ct.marrow, 300, 40, 2);
    fill(ct.volume, ct.lesion, 60, 0, 3);
    const size_t middle = 20 + 40 * (20 + 40 * 20);
    for (size_t v = 0; v < 80; v++) {
        ct.volume->voxels[middle + v % 9 + 40 * (v / 9)] = 3001; /* 80 of 8000 */
    }
    MeasurementList list = measure_ct(&ct);
    assert_string_equal(found(&list, "attenuation.mean")->note,
                        "1 % of the lesion's voxels exceed 3000 HU: metal");
    assert_string_equal(found(&list, "attenuation.sclerotic_share")->note,
                        "1 % of the lesion's voxels exceed 3000 HU: metal");
    fill(ct.volume, ct.lesion, 3000, 0, 3); /* not above */
    list = measure_ct(&ct);
    assert_string_equal(found(&list, "attenuation.mean")->note, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(error_of_the_mean_with_white_noise),
        cmocka_unit_test(error_of_the_mean_with_blurred_noise),
        cmocka_unit_test(shares_against_normal_bone),
        cmocka_unit_test(surface_voxels_do_not_count),
        cmocka_unit_test(thin_lesion_counts_whole),
        cmocka_unit_test(voxels_that_are_no_numbers_are_left_out_and_said),
        cmocka_unit_test(constant_and_single_voxels),
        cmocka_unit_test(what_is_not_there_is_missing),
        cmocka_unit_test(reference_of_one_voxel_has_no_range),
        cmocka_unit_test(reference_of_one_value_has_no_range),
        cmocka_unit_test(reference_in_air_is_none),
        cmocka_unit_test(mask_off_the_grid_is_missing),
        cmocka_unit_test(metal_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
