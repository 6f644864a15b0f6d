/* Mineral foci and enclosed lucencies of known place, size and shape. */
#include "solids.h"

enum { SIDE = 72 };
static const double half_millimetre[3] = {0.5, 0.5, 0.5};

/* A lesion of 40 HU, a ball of 14 mm, in the middle of a grid of 0.5 mm; noise of 10 HU. */
typedef struct {
    Arena *arena;
    Volume *volume;
    Mask *lesion, *marrow, *dense;
    MeasureSeries series;
} Scene;

static Scene scene_new(void)
{
    const Geometry grid = solid_grid(SIDE, half_millimetre, 0, solid_order, vec3(0, 0, 0));
    Scene s = {.arena = arena_new(), .volume = flat_volume(&grid, UNIT_HU, 60)};
    s.lesion = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 14, 14, 14);
    s.marrow = solid_mask(&grid, in_box, vec3(-16, -16, -16), 2, 2, 2);
    s.dense = solid_mask(&grid, in_box, vec3(0, 0, 0), 0.01, 0.01, 0.01);
    fill(s.volume, s.lesion, 40, 10, 1);
    fill(s.volume, s.marrow, 250, 20, 2);
    s.series = (MeasureSeries){.volume = s.volume, .role = "ct", .lesion = s.lesion};
    s.series.reference[TISSUE_MARROW] = s.marrow;
    return s;
}

static void scene_clear(Scene *s)
{
    volume_free(s->volume);
    mask_free(s->lesion);
    mask_free(s->marrow);
    mask_free(s->dense);
    arena_free(s->arena);
}

static void put(Scene *s, Solid solid, Vec3 centre, double hx, double hy, double hz, double hu)
{
    const double half_mm[3] = {hx, hy, hz};
    memset(s->dense->labels, 0, geometry_voxels(&s->dense->geometry) * sizeof *s->dense->labels);
    paint(s->dense, solid, centre, half_mm);
    fill(s->volume, s->dense, hu, 0, 3);
}

static MeasurementList measure(const Scene *s)
{
    return run_family("matrix", &s->series, 1, s->arena);
}

static MeasurementList measure_nidus(const Scene *s)
{
    return run_family("nidus", &s->series, 1, s->arena);
}

static void balls_are_counted_and_sized(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(5, 0, 0), 3, 3, 3, 600);
    put(&s, in_ellipsoid, vec3(-5, 0, 0), 2, 2, 2, 600);
    put(&s, in_ellipsoid, vec3(0, 6, 0), 2, 2, 2, 400);
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 3, 0);
    assert_near(value_of(&list, "matrix.largest_mm"), 6, 0.1);
    const double ball = 27 + 8 + 8, inner = 13 * 13 * 13;
    assert_near(value_of(&list, "matrix.share"), ball / inner, 0.1 * ball / inner);
    assert_near(value_of(&list, "matrix.roundness"), 1, 0.03);
    assert_near(value_of(&list, "matrix.arc_share"), 0, 0);
    assert_true(value_of(&list, "matrix.radial_ratio") < 0.7);
}

static void plates_and_rods_are_not_round(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_box, vec3(0.25, 0.25, 0.25), 8, 0.6, 0.6, 500);
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 1, 0);
    /* a rod of 16 × 1.5 × 1.5 mm: (3/5)·(3V/4π)^⅔ / ((16² + 1.5² + 1.5²)/12) */
    assert_near(value_of(&list, "matrix.roundness"), 0.117, 0.02);
    assert_near(value_of(&list, "matrix.arc_share"), 0, 0);
}

/* Rings of radius 3 mm, 1 mm thick, cut or whole. */
static void rings_and_arcs_are_told_from_discs(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(0, 0, 0), 3.5, 3.5, 2, 500);
    MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.arc_share"), 0, 0);
    put(&s, in_ellipsoid, vec3(0, 0, 0), 2.5, 2.5, 9, 40);
    list = measure(&s);
    assert_true(value_of(&list, "matrix.arc_share") > 0.8);
    put(&s, in_box, vec3(0, -8, 0), 8, 8, 8, 40); /* half of the ring is left */
    list = measure(&s);
    assert_true(value_of(&list, "matrix.arc_share") > 0.7);
    assert_true(value_of(&list, "matrix.roundness") < 0.8);
}

/* A septum of 1 mm from the bone about the lesion into it, and a clump of 8 mm that hangs on such a septum.
 */
static void walls_of_the_bone_around_are_no_mineral(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_box, vec3(-10, 0, 0), 8, 10, 0.5, 700);
    MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 0, 0);
    put(&s, in_ellipsoid, vec3(0, 0, 0), 4, 4, 4, 600);
    list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 1, 0);
    const double ball = 64, inner = 13 * 13 * 13;
    assert_near(value_of(&list, "matrix.share"), ball / inner, 0.15 * ball / inner);
}

/* The same plate, ended before it reaches the outline. */
static void a_plate_of_its_own_is_mineral(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_box, vec3(0, 0, 0), 8, 8, 0.5, 700);
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 1, 0);
}

static void noise_is_no_mineral(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    fill(s.volume, s.lesion, 120, 25, 9); /* 130 HU lies well inside the noise */
    MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 0, 0);
    assert_near(value_of(&list, "matrix.share"), 0, 0);
    assert_missing(&list, "matrix.largest_mm", "no mineral focus");
    assert_missing(&list, "matrix.arc_share", "no mineral focus");
    fill(s.volume, s.lesion, 40, 0, 1); /* constant */
    list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 0, 0);
}

/* Cortex at the outline is not mineral inside. */
static void the_outer_millimetre_does_not_count(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(0, 0, 0), 14, 14, 14, 800);
    put(&s, in_ellipsoid, vec3(0, 0, 0), 13.2, 13.2, 13.2, 40);
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "matrix.foci"), 0, 0);
}

static void a_nidus_and_its_centre(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(1, 0, 0), 6, 6, 6, 800);
    put(&s, in_ellipsoid, vec3(1, 0, 0), 4, 4, 4, 100);
    put(&s, in_ellipsoid, vec3(1, 0, 0), 2, 2, 2, 700);
    const MeasurementList list = measure_nidus(&s);
    assert_near(value_of(&list, "nidus.diameter_mm"), 8, 0.5);
    assert_near(value_of(&list, "nidus.centre_share"), 0.125, 0.06);
}

/* The mask holds the nidus alone, its rim lies outside. */
static void a_rim_around_the_mask_encloses(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(0, 0, 0), 6, 6, 6, 800);
    put(&s, in_ellipsoid, vec3(0, 0, 0), 4, 4, 4, 100);
    mask_free(s.lesion);
    s.lesion = solid_mask(&s.volume->geometry, in_ellipsoid, vec3(0, 0, 0), 4, 4, 4);
    s.series.lesion = s.lesion;
    const MeasurementList list = measure_nidus(&s);
    assert_near(value_of(&list, "nidus.diameter_mm"), 8, 0.5);
    assert_near(value_of(&list, "nidus.centre_share"), 0, 0);
}

static void an_open_rim_encloses_nothing(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    put(&s, in_ellipsoid, vec3(0, 0, 0), 6, 6, 6, 800);
    put(&s, in_ellipsoid, vec3(0, 0, 0), 4, 4, 4, 100);
    put(&s, in_box, vec3(5, 0, 0), 5, 2, 2, 100);
    const MeasurementList list = measure_nidus(&s);
    assert_missing(&list, "nidus.diameter_mm", "dense bone encloses no lucency");
}

static void what_cannot_be_measured_says_why(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    fill(s.volume, s.lesion, (double)INFINITY, 0, 1);
    MeasurementList list = measure(&s);
    assert_missing(&list, "matrix.foci", "no voxel of the lesion mask has a finite value");
    memset(s.lesion->labels, 0, geometry_voxels(&s.lesion->geometry) * sizeof *s.lesion->labels);
    s.lesion->labels[36 + SIDE * (36 + SIDE * 36)] = 1;
    s.volume->voxels[36 + SIDE * (36 + SIDE * 36)] = 40;
    list = measure(&s);
    assert_missing(&list, "matrix.share", "mineral needs at least 27 voxels there");
    s.series.reference[TISSUE_MARROW] = NULL;
    list = measure_nidus(&s);
    assert_missing(&list, "nidus.diameter_mm", "no marrow reference on the ct series");
    list = run_family("matrix", NULL, 0, s.arena);
    assert_missing(&list, "matrix.foci", "no ct series");
    list = run_family("nidus", NULL, 0, s.arena);
    assert_missing(&list, "nidus.centre_share", "no ct series");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balls_are_counted_and_sized),
        cmocka_unit_test(plates_and_rods_are_not_round),
        cmocka_unit_test(rings_and_arcs_are_told_from_discs),
        cmocka_unit_test(walls_of_the_bone_around_are_no_mineral),
        cmocka_unit_test(a_plate_of_its_own_is_mineral),
        cmocka_unit_test(noise_is_no_mineral),
        cmocka_unit_test(the_outer_millimetre_does_not_count),
        cmocka_unit_test(a_nidus_and_its_centre),
        cmocka_unit_test(a_rim_around_the_mask_encloses),
        cmocka_unit_test(an_open_rim_encloses_nothing),
        cmocka_unit_test(what_cannot_be_measured_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
