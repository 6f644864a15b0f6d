/* Sizes of solids whose sizes are known: to 1 % and half a voxel (half its diagonal where the solid has
 * corners or the grid is turned), wherever and however the grid lies. */
#include "solids.h"

static MeasurementList measure_mask(const Mask *mask, Arena *arena)
{
    AUTO(volume_auto) Volume *volume = flat_volume(&mask->geometry, UNIT_HU, 0);
    const MeasureSeries series = {.volume = volume, .role = "ct", .lesion = mask};
    return run_family("size", &series, 1, arena);
}

static double half_diagonal(const double spacing_mm[3])
{
    return 0.5 * sqrt(spacing_mm[0] * spacing_mm[0] + spacing_mm[1] * spacing_mm[1] +
                      spacing_mm[2] * spacing_mm[2]);
}

static void check_length(const MeasurementList *list, const char *id, double truth_mm, double slack_mm)
{
    assert_near(value_of(list, id), truth_mm, 0.01 * truth_mm + slack_mm);
}

static void sphere_on_any_grid(void **state)
{
    (void)state;
    const double spacings[3][3] = {{1, 1, 1}, {0.5, 0.5, 0.5}, {0.6, 0.6, 1.5}};
    const int orders[3][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}};
    for (int s = 0; s < 3; s++) {
        for (int o = 0; o < 3; o++) {
            for (int turn = 0; turn < 3; turn++) {
                AUTO(arena_auto) Arena *arena = arena_new();
                const Geometry grid = solid_grid(60, spacings[s], 19.0 * turn, orders[o], vec3(-30, 12, 250));
                AUTO(mask_auto)
                Mask *mask = solid_mask(&grid, in_ellipsoid, vec3(-30.13, 12.21, 250.07), 12, 12, 12);
                const MeasurementList list = measure_mask(mask, arena);
                const double slack = half_diagonal(spacings[s]);
                check_length(&list, "size.longest_3d_mm", 24, slack);
                check_length(&list, "size.longest_axial_mm", 24, slack);
                check_length(&list, "size.perpendicular_mm", 24, slack);
                check_length(&list, "size.extent_lr_mm", 24, slack);
                check_length(&list, "size.extent_ap_mm", 24, slack);
                check_length(&list, "size.extent_cc_mm", 24, slack);
                assert_near(value_of(&list, "size.volume_ml"), 7.238, 0.01 * 7.238);
                assert_int_equal((int)value_of(&list, "size.components"), 1);
            }
        }
    }
}

static void sphere_on_a_straight_grid_to_half_a_voxel(void **state)
{
    (void)state;
    const double spacing[3] = {0.8, 0.8, 0.8};
    for (int shift = 0; shift < 5; shift++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        const Geometry grid = solid_grid(50, spacing, 0, solid_order, vec3(0, 0, 0));
        AUTO(mask_auto)
        Mask *mask =
            solid_mask(&grid, in_ellipsoid, vec3(0.17 * shift, 0.11 * shift, -0.07 * shift), 15, 15, 15);
        const MeasurementList list = measure_mask(mask, arena);
        check_length(&list, "size.longest_3d_mm", 30, 0.4);
        check_length(&list, "size.longest_axial_mm", 30, 0.4);
        check_length(&list, "size.perpendicular_mm", 30, 0.4);
    }
}

/* Half axes 15 (left–right), 9 (front–back), 20 (head–foot): axial section 30 × 18, overall 40. */
static void ellipsoid_in_three_orientations(void **state)
{
    (void)state;
    const double spacing[3] = {0.7, 0.7, 0.7};
    const int orders[3][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}}; /* axial, sagittal, coronal slices */
    for (int o = 0; o < 3; o++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        const Geometry grid = solid_grid(64, spacing, 0, orders[o], vec3(5, 5, 5));
        AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_ellipsoid, vec3(5.1, 5.2, 4.9), 15, 9, 20);
        const MeasurementList list = measure_mask(mask, arena);
        check_length(&list, "size.longest_axial_mm", 30, 0.35);
        check_length(&list, "size.perpendicular_mm", 18, 0.35);
        check_length(&list, "size.longest_3d_mm", 40, 0.35);
        check_length(&list, "size.extent_lr_mm", 30, 0.35);
        check_length(&list, "size.extent_ap_mm", 18, 0.35);
        check_length(&list, "size.extent_cc_mm", 40, 0.35);
    }
}

/* A sagittal series of 3 mm slices, 0.5 mm in plane: axial planes have voxels of 0.5 × 3 mm. */
static void ellipsoid_on_thick_sagittal_slices(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {3, 0.5, 0.5};
    const int order[3] = {1, 2, 0};
    const Geometry grid = solid_grid(90, spacing, 0, order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_ellipsoid, vec3(0.4, 0.1, 0.1), 10, 16, 12);
    const MeasurementList list = measure_mask(mask, arena);
    check_length(&list, "size.longest_axial_mm", 32, 0.25);
    check_length(&list, "size.perpendicular_mm", 20, 1.5);
    check_length(&list, "size.extent_cc_mm", 24, 0.25);
    assert_near(value_of(&list, "size.volume_ml"), 8.042, 0.02 * 8.042);
}

/* Its faces are faces of voxels on the straight grids. */
static void box_on_any_grid(void **state)
{
    (void)state;
    const double spacings[2][3] = {{0.5, 1, 2}, {1, 1, 1}};
    for (int s = 0; s < 2; s++) {
        for (int turn = 0; turn < 3; turn++) {
            AUTO(arena_auto) Arena *arena = arena_new();
            const Geometry grid = solid_grid(70, spacings[s], 13.0 * turn, solid_order, vec3(0, 0, 0));
            AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(0, 0, 0), 5, 8, 12);
            const MeasurementList list = measure_mask(mask, arena);
            const double slack = half_diagonal(spacings[s]);
            /* each of the two corners at the ends of the diagonal may be missed by half a voxel's diagonal */
            check_length(&list, "size.longest_3d_mm", sqrt(100 + 256 + 576), 2 * slack);
            check_length(&list, "size.extent_lr_mm", 10, slack);
            check_length(&list, "size.extent_ap_mm", 16, slack);
            check_length(&list, "size.extent_cc_mm", 24, slack);
            if (turn == 0) {
                check_length(&list, "size.longest_axial_mm", sqrt(100 + 256), slack);
                assert_near(value_of(&list, "size.extent_cc_mm"), 24 - spacings[s][2] / 2, 1e-9);
            }
            assert_near(value_of(&list, "size.volume_ml"), 3.84, 0.05 * 3.84);
        }
    }
}

/* The diameters by definition, over all pairs of all surface points, against the reduced ones. */
static void reduction_to_corners_changes_nothing(void **state)
{
    (void)state;
    const double spacing[3] = {0.9, 1.1, 1.7};
    Random random;
    random_init(&random, 7);
    for (int trial = 0; trial < 12; trial++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        const Geometry grid = solid_grid(9, spacing, 17.0 * trial, solid_order, vec3(1, 2, 3));
        AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(0, 0, 0), -1, -1, -1);
        Vec3 points[9 * 9 * 9 * 6];
        size_t count = 0;
        for (size_t v = 0; v < 9 * 9 * 9; v++) {
            if (random_unit(&random) > 0.05 * (trial + 1)) {
                continue;
            }
            mask->labels[v] = 1;
            for (int face = 0; face < 6; face++) {
                double at[3] = {(double)(v % 9), (double)(v / 9 % 9), (double)(v / 81)};
                at[face / 2] += face % 2 ? 0.25 : -0.25;
                points[count++] = geometry_point_lps_mm(&grid, at[0], at[1], at[2]);
            }
        }
        double longest = 0;
        for (size_t p = 0; p < count; p++) {
            for (size_t q = p; q < count; q++) {
                longest = fmax(longest, vec3_length(vec3_sub(points[p], points[q])));
            }
        }
        const MeasurementList list = measure_mask(mask, arena);
        assert_near(value_of(&list, "size.longest_3d_mm"), longest, 1e-9);
    }
}

/* Moving the grid, turning it by right angles and mirroring it leave every size as it is. */
static void placement_does_not_matter(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {0.8, 0.8, 0.8};
    const Geometry here = solid_grid(40, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&here, in_ellipsoid, vec3(0.3, 0.2, 0.1), 6, 11, 8);
    const double blob[3] = {3, 3, 9};
    paint(mask, in_ellipsoid, vec3(5, 5, 5), blob);
    const MeasurementList first = measure_mask(mask, arena);
    mask->geometry.origin_lps_mm = vec3(-412.5, 77, 1033);
    const MeasurementList moved = measure_mask(mask, arena);
    mask->geometry.axis_lps[0] = vec3(0, 1, 0); /* a quarter turn about z, and upside down */
    mask->geometry.axis_lps[1] = vec3(1, 0, 0);
    mask->geometry.axis_lps[2] = vec3(0, 0, -1);
    const MeasurementList turned = measure_mask(mask, arena);
    const char *const same[] = {"size.volume_ml", "size.longest_axial_mm", "size.perpendicular_mm",
                                "size.longest_3d_mm", "size.extent_cc_mm"};
    for (size_t q = 0; q < sizeof same / sizeof same[0]; q++) {
        assert_near(value_of(&moved, same[q]), value_of(&first, same[q]), 1e-9);
        assert_near(value_of(&turned, same[q]), value_of(&first, same[q]), 1e-9);
    }
    assert_near(value_of(&turned, "size.extent_lr_mm"), value_of(&first, "size.extent_ap_mm"), 1e-9);
    assert_near(value_of(&turned, "size.extent_ap_mm"), value_of(&first, "size.extent_lr_mm"), 1e-9);
}

static void two_parts_are_measured_together(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {1, 1, 1};
    const Geometry grid = solid_grid(50, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(-15, 0, 0), 2, 2, 2);
    const double half[3] = {2, 2, 2};
    paint(mask, in_box, vec3(15, 0, 0), half);
    const MeasurementList list = measure_mask(mask, arena);
    assert_int_equal((int)value_of(&list, "size.components"), 2);
    assert_near(value_of(&list, "size.extent_lr_mm"), 33.5, 1e-9);
    assert_near(value_of(&list, "size.volume_ml"), 0.128, 1e-9);
    mask->labels[0] = 1; /* two voxels that touch at a corner are one part */
    mask->labels[1 + 50 * (1 + 50)] = 1;
    const MeasurementList more = measure_mask(mask, arena);
    assert_int_equal((int)value_of(&more, "size.components"), 3);
}

static void one_voxel_has_a_size(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {0.5, 0.5, 3};
    const Geometry grid = solid_grid(5, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(0, 0, 0), 0.1, 0.1, 0.1);
    const MeasurementList list = measure_mask(mask, arena);
    assert_near(value_of(&list, "size.longest_3d_mm"), 1.5, 1e-9);
    assert_near(value_of(&list, "size.longest_axial_mm"), 0.25, 1e-9);
    assert_near(value_of(&list, "size.perpendicular_mm"), 0.25, 1e-9);
    assert_near(found(&list, "size.longest_3d_mm")->sd, 3 / sqrt(6), 1e-9);
    assert_int_equal((int)value_of(&list, "size.components"), 1);
}

static void strongly_tilted_planes_are_noted(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {1, 1, 1};
    const Geometry grid = solid_grid(30, spacing, 45, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 8, 8, 8);
    const MeasurementList list = measure_mask(mask, arena);
    assert_non_null(strstr(found(&list, "size.longest_axial_mm")->note, "tilted by 3"));
    assert_string_equal(found(&list, "size.longest_3d_mm")->note, "");
}

static void large_sphere_is_quick(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {0.5, 0.5, 0.5};
    const Geometry grid = solid_grid(200, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_ellipsoid, vec3(0.1, 0.1, 0.1), 48, 48, 48);
    const MeasurementList list = measure_mask(mask, arena);
    check_length(&list, "size.longest_3d_mm", 96, 0.25);
}

static void finest_grid_is_measured(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double coarse_mm[3] = {2, 2, 2}, fine_mm[3] = {0.5, 0.5, 0.5};
    const Geometry coarse = solid_grid(20, coarse_mm, 0, solid_order, vec3(0, 0, 0));
    const Geometry fine = solid_grid(60, fine_mm, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *on_coarse = solid_mask(&coarse, in_ellipsoid, vec3(0, 0, 0), 10, 10, 10);
    AUTO(mask_auto) Mask *on_fine = solid_mask(&fine, in_ellipsoid, vec3(0, 0, 0), 10, 10, 10);
    AUTO(volume_auto) Volume *coarse_volume = flat_volume(&coarse, UNIT_ARBITRARY, 1);
    AUTO(volume_auto) Volume *fine_volume = flat_volume(&fine, UNIT_HU, 1);
    const MeasureSeries series[] = {
        {.volume = coarse_volume, .role = "t2", .lesion = on_coarse},
        {.volume = fine_volume, .role = "ct", .lesion = on_fine},
    };
    const MeasurementList list = run_family("size", series, 2, arena);
    assert_string_equal(found(&list, "size.volume_ml")->role, "ct");
    assert_string_equal(found(&list, "size.volume_ml")->inputs[0], "ct");
}

static void nothing_to_measure_is_missing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {1, 1, 1};
    const Geometry grid = solid_grid(5, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *empty = solid_mask(&grid, in_box, vec3(99, 0, 0), 1, 1, 1);
    const MeasurementList list = measure_mask(empty, arena);
    assert_missing(&list, "size.volume_ml", "no lesion mask with voxels in it");
    assert_missing(&list, "size.components", "no lesion mask with voxels in it");
    AUTO(volume_auto) Volume *volume = flat_volume(&grid, UNIT_HU, 0);
    const MeasureSeries none = {.volume = volume, .role = "ct"};
    const MeasurementList without = run_family("size", &none, 1, arena);
    assert_missing(&without, "size.longest_axial_mm", "no lesion mask");
}

static void singular_grid_is_missing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double spacing[3] = {1, 1, 1};
    const Geometry grid = solid_grid(5, spacing, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(0, 0, 0), 1, 1, 1);
    mask->geometry.axis_lps[2] = mask->geometry.axis_lps[0];
    const MeasurementList list = measure_mask(mask, arena);
    assert_missing(&list, "size.volume_ml", "singular");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sphere_on_any_grid),
        cmocka_unit_test(sphere_on_a_straight_grid_to_half_a_voxel),
        cmocka_unit_test(ellipsoid_in_three_orientations),
        cmocka_unit_test(ellipsoid_on_thick_sagittal_slices),
        cmocka_unit_test(box_on_any_grid),
        cmocka_unit_test(reduction_to_corners_changes_nothing),
        cmocka_unit_test(placement_does_not_matter),
        cmocka_unit_test(two_parts_are_measured_together),
        cmocka_unit_test(one_voxel_has_a_size),
        cmocka_unit_test(strongly_tilted_planes_are_noted),
        cmocka_unit_test(large_sphere_is_quick),
        cmocka_unit_test(finest_grid_is_measured),
        cmocka_unit_test(nothing_to_measure_is_missing),
        cmocka_unit_test(singular_grid_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
