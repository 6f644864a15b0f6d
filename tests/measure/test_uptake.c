/* Uptake on a ball of known SUV, and the loss on opposed phase. */
#include "solids.h"

static const double two_millimetres[3] = {2, 2, 2};

/* SUV 10 in a ball of radius 8.5 mm, 3.5 up to 10 mm, 1 around it. The mask has 14 mm. */
typedef struct {
    Volume *volume;
    Mask *lesion;
    MeasureSeries series;
} Pet;

static Pet pet_new(void)
{
    const Geometry grid = solid_grid(30, two_millimetres, 0, solid_order, vec3(0, 0, 0));
    Pet out = {.volume = flat_volume(&grid, UNIT_SUV, 1),
               .lesion = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 14, 14, 14)};
    Mask *ball = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 10, 10, 10);
    Mask *core = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 8.5, 8.5, 8.5);
    fill(out.volume, ball, 3.5, 0, 1);
    fill(out.volume, core, 10, 0, 1);
    mask_free(ball);
    mask_free(core);
    out.series = (MeasureSeries){.volume = out.volume, .role = "pet", .lesion = out.lesion};
    return out;
}

static void pet_clear(Pet *pet)
{
    volume_free(pet->volume);
    mask_free(pet->lesion);
}

static double ball_ml(double radius_mm)
{
    return 4.0 / 3 * acos(-1) * radius_mm * radius_mm * radius_mm / 1000;
}

static void ball_of_known_uptake(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(pet_clear) Pet pet = pet_new();
    MeasurementList list = run_family("uptake", &pet.series, 1, arena);
    assert_near(value_of(&list, "uptake.suv_max"), 10, 1e-6);
    assert_near(found(&list, "uptake.suv_max")->sd, 1, 1e-6);
    assert_near(value_of(&list, "uptake.suv_peak"), 10, 1e-6); /* a ball of 6.2 mm fits into the core */
    assert_near(value_of(&list, "uptake.mtv_41") / ball_ml(8.5), 1, 0.06);
    assert_near(value_of(&list, "uptake.mtv_4_0"), value_of(&list, "uptake.mtv_41"), 1e-9);
    assert_near(value_of(&list, "uptake.mtv_2_5") / ball_ml(10), 1, 0.06);
    assert_near(value_of(&list, "uptake.tlg_41"), 10 * value_of(&list, "uptake.mtv_41"), 1e-6);
    const double mean = value_of(&list, "uptake.suv_mean");
    assert_true(mean > 1 && mean < 10);
    /* one hot voxel moves the maximum, and the peak hardly */
    pet.volume->voxels[15 + 30 * (15 + 30 * 15)] = 30;
    list = run_family("uptake", &pet.series, 1, arena);
    assert_near(value_of(&list, "uptake.suv_max"), 30, 1e-6);
    assert_true(value_of(&list, "uptake.suv_peak") < 10.3);
}

static void pet_that_has_no_scale(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(pet_clear) Pet pet = pet_new();
    pet.volume->unit = UNIT_ARBITRARY;
    MeasurementList list = run_family("uptake", &pet.series, 1, arena);
    assert_missing(&list, "uptake.suv_max", "not in SUV");
    pet.series.lacks = "no SUV: the sidecar has no body weight";
    list = run_family("uptake", &pet.series, 1, arena);
    assert_missing(&list, "uptake.tlg_41", "no body weight");
    list = run_family("uptake", NULL, 0, arena);
    assert_missing(&list, "uptake.suv_peak", "no pet series");
}

static void loss_on_opposed_phase(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(pet_clear) Pet in = pet_new();
    AUTO(pet_clear) Pet opposed = pet_new();
    fill(in.volume, in.lesion, 200, 0, 1);
    fill(opposed.volume, opposed.lesion, 130, 0, 1);
    in.series.role = "in";
    opposed.series.role = "opp";
    const MeasureSeries series[] = {opposed.series, in.series};
    MeasurementList list = run_family("chemical_shift", series, 2, arena);
    assert_near(value_of(&list, "chemical_shift.opposed_drop"), 35, 1e-4);
    list = run_family("chemical_shift", series, 1, arena);
    assert_missing(&list, "chemical_shift.opposed_drop", "no in series");
    list = run_family("chemical_shift", &series[1], 1, arena);
    assert_missing(&list, "chemical_shift.opposed_drop", "no opp series");
    fill(in.volume, in.lesion, 0, 0, 1);
    list = run_family("chemical_shift", series, 2, arena);
    assert_missing(&list, "chemical_shift.opposed_drop", "not above 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ball_of_known_uptake),
        cmocka_unit_test(pet_that_has_no_scale),
        cmocka_unit_test(loss_on_opposed_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
