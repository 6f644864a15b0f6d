/* Forms of enhancement and fluid levels: drawn into a ball of known size. */
#include "solids.h"

enum { N = 44 };
static const double one[3] = {1, 1, 1};

typedef struct {
    Arena *arena;
    Geometry grid;
    Volume *t1, *t1c, *t2;
    Mask *lesion, *cord;
    MeasureSeries series[3];
} Scene;

static Scene scene_new(const double spacing[3], double turn, const int order[3])
{
    Scene s = {.arena = arena_new()};
    s.grid = solid_grid(N, spacing, turn, order, vec3(0, 0, 0));
    for (int a = 0; a < 3; a++) { /* as many voxels as 44 mm take */
        const size_t before = s.grid.size[a];
        s.grid.size[a] = (size_t)(N / s.grid.spacing_mm[a]);
        const double shift = ((double)before - (double)s.grid.size[a]) / 2 * s.grid.spacing_mm[a];
        s.grid.origin_lps_mm = vec3_add(s.grid.origin_lps_mm, vec3_scale(s.grid.axis_lps[a], shift));
    }
    s.t1 = flat_volume(&s.grid, UNIT_ARBITRARY, 100);
    s.t1c = flat_volume(&s.grid, UNIT_ARBITRARY, 200); /* the scanner's scale has doubled */
    s.t2 = flat_volume(&s.grid, UNIT_ARBITRARY, 100);
    s.lesion = solid_mask(&s.grid, in_ellipsoid, vec3(0, 0, 0), 12, 12, 12);
    s.cord = solid_mask(&s.grid, in_ellipsoid, vec3(17, 0, 0), 4, 4, 4);
    Volume *const volumes[] = {s.t1, s.t1c, s.t2};
    const char *const roles[] = {"t1", "t1c", "t2"};
    for (int i = 0; i < 3; i++) {
        s.series[i] = (MeasureSeries){.volume = volumes[i], .role = roles[i], .lesion = s.lesion};
        s.series[i].reference[TISSUE_CORD] = s.cord;
    }
    return s;
}

static void scene_clear(Scene *s)
{
    volume_free(s->t1);
    volume_free(s->t1c);
    volume_free(s->t2);
    mask_free(s->lesion);
    mask_free(s->cord);
    arena_free(s->arena);
}

/* Sets the voxels of the lesion at which `in` holds; noise of 2 % everywhere in the lesion. */
static void draw(Scene *s, Volume *volume, bool (*in)(Vec3), float value, float else_value)
{
    Random random;
    random_init(&random, 7);
    for (size_t v = 0; v < geometry_voxels(&s->grid); v++) {
        const Vec3 p = geometry_point_lps_mm(&s->grid, (double)(v % s->grid.size[0]),
                                             (double)(v / s->grid.size[0] % s->grid.size[1]),
                                             (double)(v / s->grid.size[0] / s->grid.size[1]));
        if (s->lesion->labels[v]) {
            volume->voxels[v] = (in(p) ? value : else_value) + (float)(2 * random_normal(&random));
        }
    }
}

static bool everywhere(Vec3 p)
{
    return isfinite(p.x);
}

static bool periphery(Vec3 p)
{
    return vec3_length(p) > 9;
}

static bool septa(Vec3 p)
{
    return fabs(remainder(p.x, 8)) < 0.6 || fabs(remainder(p.y + 1, 8)) < 0.6;
}

static bool two_balls(Vec3 p)
{
    return vec3_length(vec3_sub(p, vec3(5, 0, 0))) < 3.5 || vec3_length(vec3_sub(p, vec3(-5, 2, 0))) < 3.5;
}

static MeasurementList pattern(Scene *s)
{
    return run_family("pattern", s->series, 2, s->arena);
}

static void even_enhancement(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 20, solid_order);
    draw(&s, s.t1c, everywhere, 320, 0);
    const MeasurementList list = pattern(&s);
    assert_true(value_of(&list, "pattern.enhancing_share") > 0.8);
    assert_near(value_of(&list, "pattern.centre_share"), 1, 0);
    assert_near(value_of(&list, "pattern.thin_share"), 0, 0.01);
    assert_near(value_of(&list, "pattern.nodules"), 0, 0);
    assert_true(value_of(&list, "pattern.spread") < 0.1);
    assert_string_equal(found(&list, "pattern.spread")->inputs[3], "cord");
}

static void a_rim(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 20, solid_order);
    draw(&s, s.t1c, periphery, 400, 200);
    const MeasurementList list = pattern(&s);
    assert_true(value_of(&list, "pattern.periphery_share") > 0.7);
    assert_near(value_of(&list, "pattern.centre_share"), 0, 0.02);
    assert_true(value_of(&list, "pattern.enhancing_share") < 0.6); /* (1 − (9/12)³) = 0.58 */
}

static void septa_are_thin(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 0, solid_order);
    draw(&s, s.t1c, septa, 500, 200);
    const MeasurementList list = pattern(&s);
    assert_true(value_of(&list, "pattern.thin_share") > 0.7);
    assert_true(value_of(&list, "pattern.enhancing_share") < 0.5);
}

static void nodules_are_counted(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 20, solid_order);
    draw(&s, s.t1c, two_balls, 400, 200);
    const MeasurementList list = pattern(&s);
    assert_near(value_of(&list, "pattern.nodules"), 2, 0);
    assert_near(value_of(&list, "pattern.enhancing_share"), 2 * pow(3.5 / 12, 3), 0.02);
    assert_true(value_of(&list, "pattern.thin_share") < 0.35);
}

static void what_keeps_a_pattern_from_being_seen(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 0, solid_order);
    draw(&s, s.t1c, everywhere, 205, 0);
    MeasurementList list = pattern(&s);
    assert_missing(&list, "pattern.thin_share", "the lesion does not enhance: no pattern");
    s.series[1].reference[TISSUE_CORD] = NULL;
    list = pattern(&s);
    assert_missing(&list, "pattern.spread", "no cord, muscle or disc reference in both t1 and t1c");
    s.series[1].reference[TISSUE_CORD] = s.cord;
    list = run_family("pattern", s.series, 1, s.arena);
    assert_missing(&list, "pattern.spread", "no t1c series");
    memset(s.lesion->labels, 0, geometry_voxels(&s.grid) * sizeof *s.lesion->labels);
    list = pattern(&s);
    assert_missing(&list, "pattern.spread", "the lesion mask is empty");
    s.lesion->labels[N / 2 + N * (N / 2 + N * (N / 2))] = 1;
    list = pattern(&s);
    assert_missing(&list, "pattern.nodules", "needs at least 64 voxels");
    s.lesion->labels[N / 2 + N * (N / 2 + N * (N / 2))] = 0;
    paint(s.lesion, in_ellipsoid, vec3(0, 0, 0), (const double[3]){12, 12, 12});
    for (size_t v = 0; v < geometry_voxels(&s.grid); v++) {
        s.t1c->voxels[v] = s.cord->labels[v] ? 200 : NAN;
    }
    list = pattern(&s);
    assert_true(found(&list, "pattern.nodules")->missing);
    char first[] = "1.2", second[] = "1.3";
    s.t1->frame_uid = first;
    s.t1c->frame_uid = second;
    list = pattern(&s);
    assert_true(found(&list, "pattern.nodules")->missing);
    s.t1->frame_uid = s.t1c->frame_uid = NULL;
}

/* ---- fluid ---- */

static bool upper_half(Vec3 p)
{
    return p.y < 0.2;
}

static bool two_chambers(Vec3 p)
{
    return p.x > 0 ? p.y < 1.2 : p.y < -3.3;
}

static bool tilted(Vec3 p)
{
    return p.y + 0.6 * p.z < 0.2;
}

static MeasurementList fluid(Scene *s)
{
    return run_family("fluid", &s->series[2], 1, s->arena);
}

static void levels_are_counted_on_any_grid(void **state)
{
    (void)state;
    static const double sagittal[3] = {3, 0.8, 0.8}, axial[3] = {0.7, 0.7, 3};
    static const int sagittal_order[3] = {1, 2, 0};
    for (int g = 0; g < 4; g++) {
        AUTO(scene_clear)
        Scene s = g == 1   ? scene_new(sagittal, 0, sagittal_order)
                  : g == 2 ? scene_new(axial, 0, solid_order)
                           : scene_new(one, g == 3 ? 25 : 0, solid_order);
        draw(&s, s.t2, upper_half, 400, 150);
        MeasurementList list = fluid(&s);
        assert_near(value_of(&list, "fluid.levels"), 1, 0);
        assert_true(value_of(&list, "fluid.level_share") > 0.6);
        draw(&s, s.t2, upper_half, 150, 400); /* bright sediment */
        list = fluid(&s);
        assert_near(value_of(&list, "fluid.levels"), 1, 0);
        draw(&s, s.t2, two_chambers, 400, 150);
        list = fluid(&s);
        assert_near(value_of(&list, "fluid.levels"), 2, 0);
    }
}

static void no_level_where_none_is(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 0, solid_order);
    bool (*const forms[])(Vec3) = {everywhere, periphery, septa, two_balls, tilted};
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        draw(&s, s.t2, forms[f], 400, 150);
        const MeasurementList list = fluid(&s);
        print_message("# form %zu: %g\n", f, value_of(&list, "fluid.levels"));
        assert_near(value_of(&list, "fluid.levels"), 0, 0);
        assert_near(value_of(&list, "fluid.level_share"), 0, 0);
    }
}

static void what_keeps_levels_from_being_seen(void **state)
{
    (void)state;
    static const double coronal[3] = {0.8, 4, 0.8};
    AUTO(scene_clear) Scene s = scene_new(coronal, 0, solid_order);
    draw(&s, s.t2, upper_half, 400, 150);
    MeasurementList list = fluid(&s);
    assert_missing(&list, "fluid.levels", "voxels of 4.0 mm from front to back");
    list = run_family("fluid", s.series, 2, s.arena);
    assert_missing(&list, "fluid.level_share", "no stir series");
    memset(s.lesion->labels, 0, geometry_voxels(&s.grid) * sizeof *s.lesion->labels);
    s.lesion->labels[0] = 1; /* one voxel, at the volume's corner */
    list = fluid(&s);
    assert_missing(&list, "fluid.levels", "needs at least 27 voxels");
}

/* The half of the lesion that lies in the volume is measured as far as it goes. */
static void a_lesion_that_leaves_the_volume(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new(one, 0, solid_order);
    paint(s.lesion, in_box, vec3(-22, 0, 0), (const double[3]){15, 10, 10});
    draw(&s, s.t2, upper_half, 400, 150);
    draw(&s, s.t1c, everywhere, 320, 0);
    MeasurementList list = fluid(&s);
    assert_true(value_of(&list, "fluid.levels") >= 1);
    list = pattern(&s);
    assert_true(value_of(&list, "pattern.enhancing_share") > 0.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_enhancement),
        cmocka_unit_test(a_rim),
        cmocka_unit_test(septa_are_thin),
        cmocka_unit_test(nodules_are_counted),
        cmocka_unit_test(what_keeps_a_pattern_from_being_seen),
        cmocka_unit_test(levels_are_counted_on_any_grid),
        cmocka_unit_test(no_level_where_none_is),
        cmocka_unit_test(what_keeps_levels_from_being_seen),
        cmocka_unit_test(a_lesion_that_leaves_the_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
