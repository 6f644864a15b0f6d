/* The parts of the features against what is known without the standard: solids, brute force, small regions.
 */
#include "radiomics/roi.h"

#include "base/memory.h"
#include "testing.h"

#include <math.h>

static void fill_ball(Roi *roi, double radius_mm)
{
    size_t at = 0;
    for (size_t k = 0; k < roi->size[2]; k++) {
        for (size_t j = 0; j < roi->size[1]; j++) {
            for (size_t i = 0; i < roi->size[0]; i++, at++) {
                double x = ((double)i - (double)(roi->size[0] - 1) / 2) * roi->spacing_mm[0];
                double y = ((double)j - (double)(roi->size[1] - 1) / 2) * roi->spacing_mm[1];
                double z = ((double)k - (double)(roi->size[2] - 1) / 2) * roi->spacing_mm[2];
                roi->morphology[at] = roi->intensity_mask[at] =
                    x * x + y * y + z * z <= radius_mm * radius_mm;
                roi->intensity[at] = (float)((7 * i + 5 * j * j + 3 * k) % 11) + 20.0F;
            }
        }
    }
}

static void mesh_of_a_ball(void **state)
{
    (void)state;
    const size_t size[3] = {45, 41, 25};
    const double spacing[3] = {0.5, 0.5, 1};
    AUTO(roi_auto) Roi roi = {0};
    AUTO(mesh_auto) Mesh mesh = {0};
    DensError *err = NULL;
    assert_true(roi_init(&roi, size, spacing, &err));
    fill_ball(&roi, 9);
    assert_true(mesh_of(&mesh, &roi, &err));
    assert_near(mesh.volume_mm3, 4 * M_PI / 3 * 729, 0.01 * 3054);
    assert_true(mesh.area_mm2 > 4 * M_PI * 81 && mesh.area_mm2 < 1.12 * 4 * M_PI * 81);
}

/* Every one of the 256 ways in which a cube of 2 × 2 × 2 voxels can be filled has a closed surface: each edge
 * of a triangle is met by the same edge in the other direction. */
static void every_mesh_is_closed(void **state)
{
    (void)state;
    const size_t size[3] = {2, 2, 2};
    const double spacing[3] = {1, 1, 1};
    for (int filled = 1; filled < 256; filled++) {
        AUTO(roi_auto) Roi roi = {0};
        AUTO(mesh_auto) Mesh mesh = {0};
        DensError *err = NULL;
        assert_true(roi_init(&roi, size, spacing, &err));
        for (int v = 0; v < 8; v++) {
            roi.morphology[v] = (uint8_t)(filled >> v & 1);
        }
        assert_true(mesh_of(&mesh, &roi, &err));
        assert_true(mesh.volume_mm3 > 0);
        for (size_t e = 0; e < 3 * mesh.triangles; e++) {
            const double *a = mesh.vertices + 9 * (e / 3) + 3 * (e % 3);
            const double *b = mesh.vertices + 9 * (e / 3) + 3 * ((e + 1) % 3);
            int forth = 0, back = 0;
            for (size_t f = 0; f < 3 * mesh.triangles; f++) {
                const double *c = mesh.vertices + 9 * (f / 3) + 3 * (f % 3);
                const double *d = mesh.vertices + 9 * (f / 3) + 3 * ((f + 1) % 3);
                forth += memcmp(a, c, 24) == 0 && memcmp(b, d, 24) == 0;
                back += memcmp(a, d, 24) == 0 && memcmp(b, c, 24) == 0;
            }
            assert_int_equal(forth, back);
        }
    }
}

static void autocorrelation_is_the_sum_over_pairs(void **state)
{
    (void)state;
    const size_t size[3] = {9, 8, 7};
    const double spacing[3] = {0.7, 0.9, 2};
    AUTO(roi_auto) Roi roi = {0};
    DensError *err = NULL;
    assert_true(roi_init(&roi, size, spacing, &err));
    fill_ball(&roi, 4);
    double n = 0, mean = 0, squares = 0, w = 0, moran = 0, geary = 0;
    for (size_t a = 0; a < roi_voxels(&roi); a++) {
        n += roi.intensity_mask[a];
        mean += roi.intensity_mask[a] ? roi.intensity[a] : 0;
    }
    mean /= n;
    for (size_t a = 0; a < roi_voxels(&roi); a++) {
        squares += roi.intensity_mask[a] ? pow(roi.intensity[a] - mean, 2) : 0;
        for (size_t b = 0; b < roi_voxels(&roi); b++) {
            if (a == b || !roi.intensity_mask[a] || !roi.intensity_mask[b]) {
                continue;
            }
            double distance = sqrt(pow(spacing[0] * ((double)(a % 9) - (double)(b % 9)), 2) +
                                   pow(spacing[1] * ((double)(a / 9 % 8) - (double)(b / 9 % 8)), 2) +
                                   pow(spacing[2] * ((double)(a / 72) - (double)(b / 72)), 2));
            w += 1 / distance;
            moran += (roi.intensity[a] - mean) * (roi.intensity[b] - mean) / distance;
            geary += pow((double)roi.intensity[a] - roi.intensity[b], 2) / distance;
        }
    }
    double got_moran, got_geary;
    assert_true(autocorrelation(&roi, &got_moran, &got_geary, &err));
    assert_near(got_moran, n / w * moran / squares, 1e-5);
    assert_near(got_geary, (n - 1) / (2 * w) * geary / squares, 1e-5);
}

static void hull_of_a_box_with_points_inside(void **state)
{
    (void)state;
    double points[3 * 27];
    for (size_t p = 0; p < 27; p++) {
        points[3 * p] = (double)(p % 3);
        points[3 * p + 1] = 2 * (double)(p / 3 % 3);
        points[3 * p + 2] = 3 * (double)(p / 9);
    }
    AUTO(hull_auto) Hull hull = {0};
    DensError *err = NULL;
    assert_true(hull_of(&hull, points, 27, &err));
    assert_near(hull.volume_mm3, 2 * 4 * 6, 1e-9);
    assert_near(hull.area_mm2, 2 * (8 + 24 + 12), 1e-9);
    assert_true(hull.count >= 8);
}

static void resampling_keeps_a_plane(void **state)
{
    (void)state;
    const size_t size[3] = {20, 18, 12};
    const double spacing[3] = {1, 1, 3};
    for (int how = INTERPOLATE_LINEAR; how <= INTERPOLATE_CUBIC; how++) {
        const RadiomicsConfig config = {.name = "test", .image = (Interpolation)how, .spacing_mm = 2};
        AUTO(roi_auto) Roi in = {0};
        AUTO(roi_auto) Roi out = {0};
        DensError *err = NULL;
        assert_true(roi_init(&in, size, spacing, &err));
        for (size_t v = 0; v < roi_voxels(&in); v++) {
            in.intensity[v] =
                (float)(2 * (double)(v % 20) - 3 * (double)(v / 20 % 18) + 6 * (double)(v / 360));
            in.morphology[v] = 1;
        }
        assert_true(roi_resample(&out, &in, &config, &err));
        assert_int_equal(out.size[0], 10);
        assert_int_equal(out.size[1], 9);
        assert_int_equal(out.size[2], 18);
        /* the new voxel (5, 4, 9) lies at 10.5, 8.5 and 5.833 of the old grid, away from every edge */
        double expected = 2 * 10.5 - 3 * 8.5 + 6 * (9 * 2.0 / 3 + (11 - 17 * 2.0 / 3) / 2);
        assert_near(out.intensity[5 + 10 * (4 + 9 * 9)], expected, 0.02);
    }
}

/* What a feature is in a list, or NaN if it is missing. */
static double feature_of(const RadiomicsFeatures *features, const char *tag, const char **out_reason)
{
    for (size_t i = 0; i < features->count; i++) {
        if (strcmp(features->features[i].tag, tag) == 0) {
            *out_reason = features->features[i].reason;
            return features->features[i].missing ? NAN : features->features[i].value;
        }
    }
    fail_msg("there is no feature %s", tag);
    return NAN;
}

static Geometry small_grid(void)
{
    Geometry g = {.size = {8, 8, 8}, .spacing_mm = {2, 2, 2}};
    g.axis_lps[0] = vec3(1, 0, 0);
    g.axis_lps[1] = vec3(0, 1, 0);
    g.axis_lps[2] = vec3(0, 0, 1);
    return g;
}

/* Regions too small for a feature: it is missing with a reason, the rest goes on, nothing is NaN. */
static void one_voxel_and_one_intensity(void **state)
{
    (void)state;
    for (int voxels = 1; voxels <= 3; voxels++) {
        Geometry g = small_grid();
        DensError *err = NULL;
        AUTO(arena_auto) Arena *arena = arena_new();
        AUTO(volume_auto) Volume *volume = volume_new(&g, &err);
        AUTO(mask_auto) Mask *mask = mask_new(&g, &err);
        for (int v = 0; v < 512; v++) {
            volume->voxels[v] = 3;
        }
        for (size_t v = 0; v < (size_t)voxels; v++) {
            mask->labels[200 + v] = 1;
        }
        for (const RadiomicsConfig *c = radiomics_configs; c->name; c++) {
            RadiomicsFeatures features;
            assert_true(radiomics_compute(&features, volume, mask, c, arena, &err));
            assert_no_error(err);
            const char *reason = "";
            assert_true(isnan(feature_of(&features, "morph_moran_i", &reason)));
            assert_string_equal(reason, "needs at least two voxels of different intensity");
            assert_true(isnan(feature_of(&features, "ivh_v10", &reason)) || c->volume_histogram);
            assert_near(feature_of(&features, "morph_vol_approx", &reason), 8.0 * voxels, 1e-9);
            for (size_t f = 0; f < features.count; f++) {
                assert_true(isfinite(features.features[f].value));
                assert_true(features.features[f].missing == (features.features[f].reason[0] != 0));
            }
            bool alone = voxels == 1;
            const char *tag = c->slice_wise ? "cm_contrast_2D_avg" : "cm_contrast_3D_avg";
            assert_true(isnan(feature_of(&features, tag, &reason)) == alone);
        }
    }
}

static void bad_regions_are_refused(void **state)
{
    (void)state;
    Geometry g = small_grid(), other = g;
    other.origin_lps_mm.x = 5;
    DensError *err = NULL;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(volume_auto) Volume *volume = volume_new(&g, &err);
    AUTO(mask_auto) Mask *empty = mask_new(&g, &err);
    AUTO(mask_auto) Mask *shifted = mask_new(&other, &err);
    AUTO(mask_auto) Mask *mask = mask_new(&g, &err);
    RadiomicsFeatures features;
    const RadiomicsConfig *digital = radiomics_config("digital"), *a = radiomics_config("A");
    assert_false(radiomics_compute(&features, volume, empty, digital, arena, &err));
    assert_error(&err, DENS_ERROR_INPUT, "mask", "the mask is empty");
    assert_false(radiomics_compute(&features, volume, shifted, digital, arena, &err));
    assert_error(&err, DENS_ERROR_INPUT, "mask", "corners up to 5 mm apart");
    mask->labels[7] = 1;
    assert_false(radiomics_compute(&features, volume, mask, digital, arena, &err));
    assert_error(&err, DENS_ERROR_INPUT, "radiomics", "an intensity of 0 makes no grey level");
    volume->voxels[7] = 900;
    assert_false(radiomics_compute(&features, volume, mask, a, arena, &err));
    assert_error(&err, DENS_ERROR_INPUT, "radiomics", "no intensity of the mask lies in -500 to 400");
    volume->voxels[7] = NAN;
    assert_false(radiomics_compute(&features, volume, mask, a, arena, &err));
    assert_error(&err, DENS_ERROR_INPUT, "image", "1 voxels of the mask are not finite");
    assert_null(radiomics_config("F"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mesh_of_a_ball),
        cmocka_unit_test(every_mesh_is_closed),
        cmocka_unit_test(autocorrelation_is_the_sum_over_pairs),
        cmocka_unit_test(hull_of_a_box_with_points_inside),
        cmocka_unit_test(resampling_keeps_a_plane),
        cmocka_unit_test(one_voxel_and_one_intensity),
        cmocka_unit_test(bad_regions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
