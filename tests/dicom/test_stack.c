#include "dicom/respace.h"
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
    assert_false(f.stack.uneven);
    f.slices[1].position_lps_mm.z += 0.05; /* neighbours that differ by less than a tenth */
    assert_true(build(&f, COUNT));
    assert_true(f.stack.uneven);
    assert_near(f.stack.narrowest_mm, 2.86, 1e-9);
    f.slices[1].position_lps_mm.z += 0.3;
    assert_false(build(&f, COUNT));
    assert_error(
        &f.err, DENS_ERROR_INPUT, "f3",
        "irregular slice spacing in its series: from 2.56 to 3.44 mm; 3.44 mm between this one and f1");
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

/* The even grid for slices at these distances: how many planes, and how far apart; 0 if there is none, with
 * the gap that speaks against it as the distance. */
static size_t evened(const double *distances, size_t count, double *out_spacing)
{
    size_t planes = 0, odd = 0;
    bool good = respace_plan(distances, count, out_spacing, &planes, &odd);
    *out_spacing = good ? *out_spacing : (double)odd;
    return good ? planes : 0;
}

static void stretches_and_slow_changes_are_evened_out(void **state)
{
    (void)state;
    double spacing;
    /* thin below, thick above, and a joint that is narrower than both */
    assert_int_equal(evened((double[]){0, 4, 8, 12, 13, 20, 27, 34}, 8, &spacing), 10);
    assert_near(spacing, 34.0 / 9, 1e-12);
    assert_int_equal(evened((double[]){0, 7, 14, 18, 22, 26}, 6, &spacing), 8);
    assert_int_equal(evened((double[]){0, 1, 2.05, 3.15, 4.3, 5.5}, 6, &spacing), 7);
}

static void holes_and_wrong_positions_are_not(void **state)
{
    (void)state;
    static const struct {
        double distances[8];
        size_t count, odd;
    } cases[] = {
        {{0, 2, 4, 8, 10, 12}, 6, 2},            /* a slice is missing */
        {{0, 4, 8, 12, 20.1, 27, 34}, 7, 3},     /* the one at the joint is missing */
        {{0, 2, 4, 6.7, 8, 10}, 6, 2},           /* one slice is elsewhere */
        {{0, 2, 4, 4.05, 6, 8}, 6, 2},           /* almost a copy */
        {{0, 2, 5}, 3, 0},                       /* too few to tell */
        {{0, 2, 4, 7}, 4, 2},                    /* a lone wide gap at the end */
        {{0, 3, 5, 7}, 4, 0},                    /* or at the beginning */
        {{0, 0.01, 0.02, 0.03, 4, 8, 12}, 7, 0}, /* more than eight planes a slice would be needed */
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        double odd = -1;
        assert_int_equal(evened(cases[n].distances, cases[n].count, &odd), 0);
        assert_near(odd, (double)cases[n].odd, 0);
    }
}

static void planes_between_slices_are_interpolated(void **state)
{
    (void)state;
    const double distances[] = {10, 12, 14, 15, 19, 23};
    float planes[12], out[16];
    for (size_t k = 0; k < 6; k++) { /* a linear field is the same on any grid */
        planes[2 * k] = (float)(3 * distances[k]);
        planes[2 * k + 1] = (float)(100 - distances[k]);
    }
    static const size_t coming[] = {3, 0, 5, 1, 4, 2};
    Respacing *respacing = respacing_new(distances, 6, 13.0 / 7, 8, 2, out);
    for (size_t n = 0; n < 6; n++) {
        respacing_take(respacing, coming[n], planes + 2 * coming[n]);
    }
    respacing_free(respacing);
    for (size_t k = 0; k < 8; k++) {
        double at = 10 + 13.0 / 7 * (double)k;
        assert_near((double)out[2 * k], 3 * at, 1e-5);
        assert_near((double)out[2 * k + 1], 100 - at, 1e-5);
    }
    assert_near((double)out[14], 69, 0);
}

/* What was outside one of two slices is outside between them; a plane at a slice's place is that slice. */
static void nothing_is_made_up_beside_a_slice(void **state)
{
    (void)state;
    const double distances[] = {0, 2, 4, 5};
    static const float slices[] = {INFINITY, 8, 16, 20};
    float out[6];
    for (int from_above = 0; from_above < 2; from_above++) {
        Respacing *respacing = respacing_new(distances, 4, 1, 6, 1, out);
        for (size_t n = 0; n < 4; n++) {
            size_t index = from_above ? 3 - n : n;
            respacing_take(respacing, index, &slices[index]);
        }
        respacing_free(respacing);
        static const float wanted[] = {INFINITY, INFINITY, 8, 12, 16, 20};
        assert_memory_equal(out, wanted, sizeof wanted);
    }
}

static void uneven_stacks_have_one_tilt_as_well(void **state)
{
    (void)state;
    static const double distances[COUNT] = {0, 4, 8, 9, 16, 23, 30};
    Fixture f = fixture();
    for (size_t n = 0; n < COUNT; n++) {
        f.slices[n].position_lps_mm = vec3(1, 2 - 0.3 * distances[n], distances[n]);
    }
    assert_true(build(&f, COUNT));
    assert_no_error(f.err);
    assert_true(f.stack.uneven);
    assert_near(f.stack.tilt_degrees, atan(0.3) * 180 / M_PI, 1e-9);
    assert_int_equal(f.stack.geometry.size[2], 9);
    assert_near(f.stack.geometry.spacing_mm[2], 3.75, 1e-12);
    assert_near(f.stack.widest_mm, 7, 1e-12);
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
    assert_near(f.stack.drift.y, tan(0.3), 1e-9);
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
    tilt_plan(&tilt, &grid, vec3(-0.2, 0, 0), 10);
    assert_int_equal(tilt.to.size[0], 4); /* half a voxel a slice, to the right */
    assert_int_equal(tilt.to.size[1], 2);
    assert_near(tilt.to.origin_lps_mm.x, -2, 1e-12);
    const float expected[12] = {-1, 0, 1, 2, -1, 6.5F, 7.5F, -1, 12, 13, 14, -1};
    for (size_t k = 0; k < 3; k++) {
        float slice[6], straight[8];
        for (size_t n = 0; n < 6; n++) {
            slice[n] = (float)(6 * k + n);
        }
        assert_true(tilt_slice(&tilt, 5 * (double)k, slice, -1, straight));
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
        cmocka_unit_test(stretches_and_slow_changes_are_evened_out),
        cmocka_unit_test(holes_and_wrong_positions_are_not),
        cmocka_unit_test(planes_between_slices_are_interpolated),
        cmocka_unit_test(nothing_is_made_up_beside_a_slice),
        cmocka_unit_test(uneven_stacks_have_one_tilt_as_well),
        cmocka_unit_test(tilt_is_measured),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(too_few_slices),
        cmocka_unit_test(straightening_moves_slices_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
