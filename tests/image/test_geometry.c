#include "image/geometry.h"
#include "testing.h"

#include <math.h>

static Geometry oblique(void)
{
    double a = 0.3;
    return (Geometry){.size = {11, 21, 31},
                      .spacing_mm = {0.5, 0.75, 2},
                      .origin_lps_mm = {-10, 20, 30},
                      .axis_lps = {{cos(a), sin(a), 0}, {-sin(a), cos(a), 0}, {0, 0, 1}}};
}

static void vectors_keep_their_components_apart(void **state)
{
    (void)state;
    Vec3 a = vec3(2, 3, 5), b = vec3(7, 11, 13), cross = vec3_cross(a, b);
    assert_near(vec3_dot(a, b), 112, 0); /* 14 + 33 + 65 */
    assert_near(cross.x, -16, 0);        /* 39 - 55 */
    assert_near(cross.y, 9, 0);          /* 35 - 26 */
    assert_near(cross.z, 1, 0);          /* 22 - 21 */
    assert_near(vec3_length(vec3(2, -3, 6)), 7, 0);
}

static void points_and_indices_are_inverse(void **state)
{
    (void)state;
    Geometry grid = oblique();
    for (int tilt = 0; tilt < 2; tilt++) {
        double index[3];
        Vec3 point = geometry_point_lps_mm(&grid, 1.5, 20, -3);
        assert_true(geometry_index_ijk(&grid, point, index));
        assert_near(index[0], 1.5, 1e-12);
        assert_near(index[1], 20, 1e-12);
        assert_near(index[2], -3, 1e-12);
        grid.axis_lps[2] = vec3(0, 0.6, 0.8); /* again on a sheared grid */
    }
}

static void voxel_volume_counts_the_shear(void **state)
{
    (void)state;
    Geometry grid = oblique();
    assert_near(geometry_voxel_volume_mm3(&grid), 0.75, 1e-12);
    grid.axis_lps[2] = vec3(0, 0.6, 0.8);
    assert_near(geometry_voxel_volume_mm3(&grid), 0.75 * 0.8, 1e-12);
}

static void singular_grids_have_no_index(void **state)
{
    (void)state;
    double index[3];
    Geometry grid = oblique();
    grid.axis_lps[2] = grid.axis_lps[0];
    assert_false(geometry_index_ijk(&grid, vec3(0, 0, 0), index));
    grid = oblique();
    grid.spacing_mm[1] = 0;
    assert_false(geometry_index_ijk(&grid, vec3(0, 0, 0), index));
}

static void voxels_do_not_overflow(void **state)
{
    (void)state;
    Geometry grid = oblique();
    assert_int_equal(geometry_voxels(&grid), 11 * 21 * 31);
    grid.size[0] = grid.size[1] = SIZE_MAX / 2;
    assert_int_equal(geometry_voxels(&grid), 0);
}

static void equality_looks_at_all_corners(void **state)
{
    (void)state;
    double distance;
    Geometry a = oblique();
    Geometry b = oblique();
    assert_true(geometry_equal(&a, &b, 0, &distance));
    assert_near(distance, 0, 0);
    b.spacing_mm[2] = 2.01; /* 30 steps of 0.01 mm at the far corner */
    assert_false(geometry_equal(&a, &b, 0.29, &distance));
    assert_near(distance, 0.3, 1e-9);
    assert_true(geometry_equal(&a, &b, 0.31, NULL));
    b = oblique();
    b.size[0]++;
    assert_false(geometry_equal(&a, &b, 100, &distance));
    assert_near(distance, 0.5, 1e-9);
}

static void ras_and_back(void **state)
{
    (void)state;
    double affine[3][4];
    Geometry grid = oblique();
    Geometry back;
    geometry_to_ras(&grid, affine);
    assert_near(affine[0][3], 10, 0);
    assert_near(affine[1][3], -20, 0);
    assert_near(affine[2][3], 30, 0);
    assert_true(geometry_from_ras(&back, grid.size, (const double(*)[4])affine));
    assert_true(geometry_equal(&grid, &back, 1e-9, NULL));
    assert_false(back.sheared);
    affine[1][2] = 0.5;
    assert_true(geometry_from_ras(&back, grid.size, (const double(*)[4])affine));
    assert_true(back.sheared);
}

static void affines_without_a_place_are_refused(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    const size_t size[3] = {2, 2, 2};
    const size_t empty[3] = {2, 0, 2};
    double affine[3][4];
    Geometry grid = oblique();
    Geometry back;
    for (size_t n = 0; n < 3; n++) {
        for (int column = 0; column < 4; column++) {
            geometry_to_ras(&grid, affine);
            affine[1][column] = bad[n];
            assert_false(geometry_from_ras(&back, size, (const double(*)[4])affine));
        }
    }
    geometry_to_ras(&grid, affine);
    assert_false(geometry_from_ras(&back, empty, (const double(*)[4])affine));
    for (int row = 0; row < 3; row++) {
        affine[row][2] = affine[row][0]; /* two axes the same */
    }
    assert_false(geometry_from_ras(&back, size, (const double(*)[4])affine));
    for (int row = 0; row < 3; row++) {
        affine[row][2] = 0;
    }
    assert_false(geometry_from_ras(&back, size, (const double(*)[4])affine));
}

static void codes_name_each_direction_once(void **state)
{
    (void)state;
    char codes[4];
    Geometry grid = oblique();
    geometry_codes(&grid, codes);
    assert_string_equal(codes, "LPS");
    grid.axis_lps[0] = vec3(0, 1, 0);
    grid.axis_lps[1] = vec3(0, 0, -1);
    grid.axis_lps[2] = vec3(1, 0, 0);
    geometry_codes(&grid, codes);
    assert_string_equal(codes, "PIL");
    double half = sqrt(0.5);
    grid.axis_lps[0] = vec3(half, half, 0);
    grid.axis_lps[1] = vec3(half, -half, 0);
    grid.axis_lps[2] = vec3(0, 0, -1);
    geometry_codes(&grid, codes);
    assert_string_equal(codes, "LAI");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_keep_their_components_apart),
        cmocka_unit_test(points_and_indices_are_inverse),
        cmocka_unit_test(voxel_volume_counts_the_shear),
        cmocka_unit_test(singular_grids_have_no_index),
        cmocka_unit_test(voxels_do_not_overflow),
        cmocka_unit_test(equality_looks_at_all_corners),
        cmocka_unit_test(ras_and_back),
        cmocka_unit_test(affines_without_a_place_are_refused),
        cmocka_unit_test(codes_name_each_direction_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
