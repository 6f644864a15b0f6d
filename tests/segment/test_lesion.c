#include "segment/segment.h"
#include "testing.h"

#include <math.h>

enum { SIZE = 48 };

/* An ellipsoid of `value` in 100, with noise that the seed of a small generator makes. */
static Volume *ellipsoid(float value, float noise, double stretch)
{
    const Geometry geometry = {.size = {SIZE, SIZE, SIZE},
                               .spacing_mm = {1, 1, 1},
                               .origin_lps_mm = {-20, 10, 5},
                               .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    Volume *volume = volume_new(&geometry, NULL);
    assert_non_null(volume);
    volume->source_name = strdup("image");
    uint32_t state = 1;
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        const double x = ((double)(v % SIZE) - 24) / stretch, y = (double)(v / SIZE % SIZE) - 24,
                     z = (double)(v / SIZE / SIZE) - 24;
        state = state * 1664525U + 1013904223U;
        const float random = (float)(state >> 8) / (float)(1U << 24) - 0.5F;
        volume->voxels[v] = (x * x + y * y + z * z < 100 ? value : 100) + noise * random;
    }
    return volume;
}

static SegmentClick click(double i, double j, double k, bool inside)
{
    return (SegmentClick){vec3(i - 20, j + 10, k + 5), inside};
}

static double dice(const Mask *mask, double stretch)
{
    size_t both = 0, sum = 0;
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        const double x = ((double)(v % SIZE) - 24) / stretch, y = (double)(v / SIZE % SIZE) - 24,
                     z = (double)(v / SIZE / SIZE) - 24;
        const bool truth = x * x + y * y + z * z < 100;
        both += truth && mask->labels[v];
        sum += (size_t)truth + (mask->labels[v] > 0);
    }
    return 2 * (double)both / (double)sum;
}

static Mask *segment(const Volume *volume, const SegmentClick *clicks, size_t count)
{
    DensError *err = NULL;
    Mask *mask = segment_lesion(&volume, 1, clicks, count, &err);
    assert_no_error(err);
    return mask;
}

static void one_click_finds_a_ball_in_noise(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(160, 40, 1);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    AUTO(mask_auto) Mask *mask = segment(volume, clicks, 1);
    assert_true(dice(mask, 1) > 0.9);
    AUTO(mask_auto) Mask *again = segment(volume, clicks, 1);
    assert_memory_equal(mask->labels, again->labels, (size_t)SIZE * SIZE * SIZE * sizeof *mask->labels);
}

/* Blocks are two voxels wide here: their staircase alone stays below this. */
static void the_border_is_as_fine_as_the_voxels(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *clear = ellipsoid(200, 20, 1);
    AUTO(volume_auto) Volume *faint = ellipsoid(140, 60, 1);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    AUTO(mask_auto) Mask *sharp = segment(clear, clicks, 1);
    AUTO(mask_auto) Mask *smoothed = segment(faint, clicks, 1);
    assert_true(dice(sharp, 1) > 0.99);
    assert_true(dice(smoothed, 1) > 0.96);
}

/* Where the values of both overlap, a border that costs too much shrinks to nothing. */
static void a_faint_ball_is_not_swallowed(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(140, 100, 1);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    AUTO(mask_auto) Mask *mask = segment(volume, clicks, 1);
    assert_true(dice(mask, 1) > 0.95);
}

/* A ball in surroundings whose values spread far on both sides of its own, each patch about 10 mm wide. */
static Volume *ball_in_patches(void)
{
    Volume *volume = ellipsoid(100, 40, 1);
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        const double x = (double)(v % SIZE) - 24, y = (double)(v / SIZE % SIZE) - 24,
                     z = (double)(v / SIZE / SIZE) - 24;
        const double share = 1 / (1 + exp(sqrt(x * x + y * y + z * z) - 8));
        const double tissue = 40 * sin(x / 3.1) * sin(y / 2.7 + 1) * sin(z / 3.3 + 2);
        volume->voxels[v] += (float)(share * 20 + (1 - share) * tissue);
    }
    return volume;
}

static void a_ball_in_patches_does_not_shrink_to_its_click(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ball_in_patches();
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    AUTO(mask_auto) Mask *mask = segment(volume, clicks, 1);
    assert_true(mask_count(mask, 1) > 1000); /* of 2109 */
    assert_true(mask_count(mask, 1) < 4000);
}

static void the_darker_and_the_brighter_are_alike(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *dark = ellipsoid(40, 40, 1.4);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    AUTO(mask_auto) Mask *mask = segment(dark, clicks, 1);
    assert_true(dice(mask, 1.4) > 0.88);
}

/* Two halves of different values: the second click adds what the first one cannot know. */
static void a_further_click_adds_and_an_outside_click_takes_away(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(160, 20, 1);
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        if (v % SIZE < 22 && volume->voxels[v] > 130) {
            volume->voxels[v] += 80;
        }
    }
    const SegmentClick clicks[] = {click(28, 24, 24, true), click(18, 24, 24, true),
                                   click(24, 24, 36, false)};
    AUTO(mask_auto) Mask *one = segment(volume, clicks, 1);
    AUTO(mask_auto) Mask *two = segment(volume, clicks, 2);
    AUTO(mask_auto) Mask *three = segment(volume, clicks, 3);
    assert_true(dice(two, 1) > dice(one, 1));
    assert_true(dice(two, 1) > 0.85);
    const size_t outside = 24 + (size_t)SIZE * (24 + SIZE * 36), added = 18 + (size_t)SIZE * (24 + SIZE * 24);
    assert_int_equal(three->labels[outside], 0);
    assert_int_equal(three->labels[added], 1);
}

/* What one channel does not show, the other does; it lies on a grid of its own. */
static void a_second_channel_helps(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *blind = ellipsoid(100, 40, 1);
    AUTO(volume_auto) Volume *seeing = ellipsoid(160, 40, 1);
    seeing->geometry.origin_lps_mm = vec3(-20.5, 10.25, 5);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    const Volume *both[] = {blind, seeing};
    DensError *err = NULL;
    AUTO(mask_auto) Mask *mask = segment_lesion(both, 2, clicks, 1, &err);
    assert_no_error(err);
    assert_true(dice(mask, 1) > 0.85);
}

static void refuse(const Volume *volume, const SegmentClick *clicks, size_t count, DensErrorCode code,
                   const char *part)
{
    DensError *err = NULL;
    assert_null(segment_lesion(&volume, 1, clicks, count, &err));
    assert_error(&err, code, code == DENS_ERROR_INPUT ? "image" : "", part);
}

static void faulty_clicks_are_refused(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(160, 40, 1);
    const SegmentClick far[] = {click(24, 24, 24, true), click(24, 60, 24, false)};
    refuse(volume, far, 2, DENS_ERROR_INPUT,
           "the outside click (4, 70, 29) lies outside the volume, which reaches from (-20, 10, 5) "
           "to (27, 57, 52)");
    const SegmentClick both[] = {click(24, 24, 24, true), click(24.2, 24, 24, false)};
    refuse(volume, both, 2, DENS_ERROR_INPUT, "contradict each other: the voxel at (4.2, 34, 29)");
    refuse(volume, both + 1, 1, DENS_ERROR_USAGE, "no click lies inside the lesion");
    refuse(volume, both, 0, DENS_ERROR_USAGE, "no click lies inside the lesion");
    volume->voxels[24 + (size_t)SIZE * (24 + SIZE * 24)] = NAN;
    refuse(volume, both, 1, DENS_ERROR_INPUT, "lies on a voxel without a value");
    volume->voxels[24 + (size_t)SIZE * (24 + SIZE * 24)] = -1000;
    volume->unit = UNIT_HU;
    refuse(volume, both, 1, DENS_ERROR_INPUT, "lies in air (-1000 HU)");
}

static void faulty_volumes_are_refused(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(100, 0, 1);
    const SegmentClick clicks[] = {click(24, 24, 24, true)};
    refuse(volume, clicks, 1, DENS_ERROR_INPUT, "there is no contrast");
    volume->geometry.size[2] = 1;
    refuse(volume, clicks, 1, DENS_ERROR_INPUT, "has one slice");
    volume->geometry.size[2] = SIZE;
    const Volume *many[SEGMENT_MOST_CHANNELS + 1] = {volume, volume, volume, volume, volume};
    DensError *err = NULL;
    assert_null(segment_lesion(many, SEGMENT_MOST_CHANNELS + 1, clicks, 1, &err));
    assert_error(&err, DENS_ERROR_USAGE, "", "1 to 4 volumes");
}

/* Slices of 4 mm under pixels of 0.4 mm: the region is bounded, and blocks are cut to fit. */
static void thick_slices_and_missing_values_are_taken(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *volume = ellipsoid(160, 40, 1);
    volume->geometry.spacing_mm[0] = volume->geometry.spacing_mm[1] = 0.4;
    volume->geometry.spacing_mm[2] = 4;
    for (size_t v = 0; v < (size_t)SIZE * SIZE * 4; v++) {
        volume->voxels[v] = NAN;
    }
    const SegmentClick clicks[] = {{geometry_point_lps_mm(&volume->geometry, 24, 24, 24), true}};
    AUTO(mask_auto) Mask *mask = segment(volume, clicks, 1);
    assert_true(mask_count(mask, 1) > 100);
    for (size_t v = 0; v < (size_t)SIZE * SIZE * 4; v++) {
        assert_int_equal(mask->labels[v], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_click_finds_a_ball_in_noise),
        cmocka_unit_test(the_border_is_as_fine_as_the_voxels),
        cmocka_unit_test(a_faint_ball_is_not_swallowed),
        cmocka_unit_test(a_ball_in_patches_does_not_shrink_to_its_click),
        cmocka_unit_test(the_darker_and_the_brighter_are_alike),
        cmocka_unit_test(a_further_click_adds_and_an_outside_click_takes_away),
        cmocka_unit_test(a_second_channel_helps),
        cmocka_unit_test(faulty_clicks_are_refused),
        cmocka_unit_test(faulty_volumes_are_refused),
        cmocka_unit_test(thick_slices_and_missing_values_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
