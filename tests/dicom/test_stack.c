#include "dicom/stack.h"
#include "dicom/tilt.h"
#include "testing.h"

#include <math.h>

enum { COUNT = 7 };

typedef struct {
    Slice slices[COUNT];
    size_t order[COUNT];
    Stack stack;
    DensError *err;
} Fixture;

static const char *const names[COUNT] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6"};

/* Slices of 3 mm, not in order: slice n lies at 3·((3 n) mod 7). */
static Fixture fixture(void)
{
    Fixture f = {.err = NULL};
    for (size_t n = 0; n < COUNT; n++) {
        f.slices[n] = (Slice){.file = names[n],
                              .frame_uid = "1.2",
                              .position_lps_mm = {1, 2, 3 * (double)(3 * n % COUNT)},
                              .row_lps = {1, 0, 0},
                              .column_lps = {0, 1, 0},
                              .across_mm = 0.5,
                              .down_mm = 0.6,
                              .columns = 4,
                              .rows = 5};
    }
    return f;
}

static bool build(Fixture *f, size_t count)
{
    return stack_build(f->slices, count, f->order, &f->stack, &f->err);
}

static void slices_are_ordered_and_placed(void **state)
{
    (void)state;
    Fixture f = fixture();
    assert_true(build(&f, COUNT));
    for (size_t k = 0; k < COUNT; k++) {
        assert_near(f.slices[f.order[k]].position_lps_mm.z, 3 * (double)k, 0);
    }
    assert_near(f.stack.geometry.spacing_mm[0], 0.5, 0);
    assert_near(f.stack.geometry.spacing_mm[1], 0.6, 0);
    assert_near(f.stack.geometry.spacing_mm[2], 3, 1e-12);
    assert_near(f.stack.geometry.origin_lps_mm.z, 0, 0);
    assert_int_equal(f.stack.geometry.size[1], 5);
    assert_near(f.stack.tilt_degrees, 0, 0);
}

static void small_deviations_pass_and_large_ones_do_not(void **state)
{
    (void)state;
    Fixture f = fixture();
    f.slices[1].position_lps_mm.z += 0.09;
    assert_true(build(&f, COUNT));
    f.slices[1].position_lps_mm.z += 0.05;
    assert_false(build(&f, COUNT));
    assert_error(&f.err, DENS_ERROR_INPUT, "f0", "irregular slice spacing");
}

static void thin_slices_have_a_narrower_tolerance(void **state)
{
    (void)state;
    Fixture f = fixture();
    for (size_t n = 0; n < COUNT; n++) {
        f.slices[n].position_lps_mm.z /= 10; /* 0.3 mm */
    }
    f.slices[1].position_lps_mm.z += 0.025;
    assert_true(build(&f, COUNT));
    f.slices[1].position_lps_mm.z += 0.015;
    assert_false(build(&f, COUNT));
    assert_error(&f.err, DENS_ERROR_INPUT, "", "irregular");
}

static void missing_slices_are_placed(void **state)
{
    (void)state;
    Fixture f = fixture();
    f.slices[1] = f.slices[6]; /* f1 lay at 9 mm; f0, f5, f3, then f6, f4, f2 */
    f.slices[1].file = "f6";
    assert_false(build(&f, 6));
    assert_error(&f.err, DENS_ERROR_INPUT, "f3",
                 "1 slice is missing in its series, the one between this one and");
}

static void tilt_is_measured(void **state)
{
    (void)state;
    Fixture f = fixture();
    for (size_t n = 0; n < COUNT; n++) {
        f.slices[n].position_lps_mm.y += f.slices[n].position_lps_mm.z * tan(0.3);
    }
    assert_true(build(&f, COUNT));
    assert_near(f.stack.tilt_degrees, 0.3 * 180 / M_PI, 1e-9);
    assert_near(f.stack.drift_lps_mm.y, 3 * tan(0.3), 1e-9);
    f.slices[3].position_lps_mm.y += 0.2;
    assert_false(build(&f, COUNT));
    assert_error(&f.err, DENS_ERROR_INPUT, "f3", "is shifted by 0.2 mm");
}

static void values_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY};
    for (size_t n = 0; n < 2; n++) {
        Fixture f = fixture();
        f.slices[2].position_lps_mm.z = bad[n];
        assert_false(build(&f, COUNT));
        assert_error(&f.err, DENS_ERROR_INPUT, "f2", "ImagePositionPatient is not finite");
        f = fixture();
        f.slices[2].row_lps.x = bad[n];
        assert_false(build(&f, COUNT));
        assert_error(&f.err, DENS_ERROR_INPUT, "f2", "right angle");
        f = fixture();
        f.slices[2].across_mm = bad[n];
        assert_false(build(&f, COUNT));
        assert_error(&f.err, DENS_ERROR_INPUT, "f2", "PixelSpacing");
    }
}

static void too_few_slices(void **state)
{
    (void)state;
    Fixture f = fixture();
    assert_false(build(&f, 1));
    assert_error(&f.err, DENS_ERROR_INPUT, "f0", "one slice only");
    assert_false(build(&f, 0));
    assert_error(&f.err, DENS_ERROR_INPUT, "", "one slice only");
    f.slices[1].position_lps_mm = f.slices[0].position_lps_mm;
    assert_false(build(&f, 2));
    assert_error(&f.err, DENS_ERROR_INPUT, "f0", "two slices at one position: this one and f1");
}

static void straightening_moves_slices_back(void **state)
{
    (void)state;
    Geometry grid = {
        .size = {3, 2, 3}, .spacing_mm = {2, 1, 5}, .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    Tilt tilt;
    tilt_plan(&tilt, &grid, vec3(-1, 0, 0));
    assert_int_equal(tilt.to.size[0], 4); /* half a voxel a slice, to the right */
    assert_int_equal(tilt.to.size[1], 2);
    assert_near(tilt.to.origin_lps_mm.x, -2, 1e-12);
    const float expected[12] = {-1, 0, 1, 2, -1, 6.5F, 7.5F, -1, 12, 13, 14, -1};
    for (size_t k = 0; k < 3; k++) {
        float slice[6], straight[8];
        for (size_t n = 0; n < 6; n++) {
            slice[n] = (float)(6 * k + n);
        }
        tilt_slice(&tilt, k, slice, -1, straight);
        for (size_t i = 0; i < 4; i++) {
            assert_near((double)straight[i], (double)expected[i + 4 * k], 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_ordered_and_placed),
        cmocka_unit_test(small_deviations_pass_and_large_ones_do_not),
        cmocka_unit_test(thin_slices_have_a_narrower_tolerance),
        cmocka_unit_test(missing_slices_are_placed),
        cmocka_unit_test(tilt_is_measured),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(too_few_slices),
        cmocka_unit_test(straightening_moves_slices_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
