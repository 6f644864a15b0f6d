#include "image/volume.h"
#include "testing.h"

#include <math.h>

static Geometry grid(size_t columns, size_t rows, size_t slices)
{
    return (Geometry){.size = {columns, rows, slices},
                      .spacing_mm = {1, 1, 1},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

/* 1 + 2 i + 3 j + 5 k */
static Volume *plane(void)
{
    Geometry geometry = grid(3, 4, 5);
    Volume *volume = volume_new(&geometry, NULL);
    assert_non_null(volume);
    for (size_t n = 0; n < 60; n++) {
        volume->voxels[n] = (float)(1 + 2 * (n % 3) + 3 * (n / 3 % 4) + 5 * (n / 12));
    }
    return volume;
}

static float sample(const Volume *volume, double i, double j, double k)
{
    float value = -1;
    assert_true(volume_sample(volume, (double[3]){i, j, k}, &value));
    return value;
}

static void a_linear_field_is_sampled_exactly(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = plane();
    assert_near(sample(volume, 0, 0, 0), 1, 0);
    assert_near(sample(volume, 2, 3, 4), 34, 0);
    assert_near(sample(volume, 0.25, 1.5, 3.75), 1 + 0.5 + 4.5 + 18.75, 1e-5);
    assert_near(sample(volume, -1e-9, 3 + 1e-9, 4), 30, 1e-5);
}

static void outside_there_is_no_value(void **state)
{
    (void)state;
    float value = 7;
    AUTO(volume_auto) Volume *volume = plane();
    assert_false(volume_sample(volume, (double[3]){-0.01, 0, 0}, &value));
    assert_false(volume_sample(volume, (double[3]){0, 3.01, 0}, &value));
    assert_false(volume_sample(volume, (double[3]){0, 0, 1e300}, &value));
    assert_false(volume_sample(volume, (double[3]){0, 0, NAN}, &value));
    assert_near(value, 7, 0);
}

static void values_that_are_not_finite_are_not_blended(void **state)
{
    (void)state;
    float value;
    AUTO(volume_auto) Volume *volume = plane();
    volume->voxels[1] = NAN;
    assert_false(volume_sample(volume, (double[3]){0.5, 0, 0}, &value));
    assert_near(sample(volume, 0, 0, 0), 1, 0); /* the neighbour has no weight */
    assert_near(sample(volume, 2, 0.5, 0), 6.5, 0);
}

static void one_slice_can_be_sampled(void **state)
{
    (void)state;
    Geometry geometry = grid(2, 1, 1);
    AUTO(volume_auto) Volume *volume = volume_new(&geometry, NULL);
    volume->voxels[1] = 4;
    assert_near(sample(volume, 0.5, 0, 0), 2, 0);
}

static void grids_that_cannot_be_held(void **state)
{
    (void)state;
    DensError *err = NULL;
    Geometry geometry = grid(0, 4, 4);
    assert_null(volume_new(&geometry, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "0 × 4 × 4");
    geometry = grid(SIZE_MAX / 2, 4, 4);
    assert_null(mask_new(&geometry, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "cannot be held");
}

static void masks_are_counted(void **state)
{
    (void)state;
    Geometry geometry = grid(2, 2, 2);
    AUTO(mask_auto) Mask *mask = mask_new(&geometry, NULL);
    mask->labels[0] = 3;
    mask->labels[5] = 3;
    mask->labels[7] = 65535;
    assert_int_equal(mask_count(mask, 3), 2);
    assert_int_equal(mask_count(mask, 65535), 1);
    assert_int_equal(mask_count(mask, 4), 0);
    assert_int_equal(mask_count(mask, 0), 3);
}

static void nothing_is_freed_harmlessly(void **state)
{
    (void)state;
    volume_free(NULL);
    mask_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_field_is_sampled_exactly),
        cmocka_unit_test(outside_there_is_no_value),
        cmocka_unit_test(values_that_are_not_finite_are_not_blended),
        cmocka_unit_test(one_slice_can_be_sampled),
        cmocka_unit_test(grids_that_cannot_be_held),
        cmocka_unit_test(masks_are_counted),
        cmocka_unit_test(nothing_is_freed_harmlessly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
