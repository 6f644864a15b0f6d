/* Edges, rims and cortex of balls whose profiles are known: a step seen through a Gaussian blur. */
#include "solids.h"

enum { SIDE = 80 };
static const double half_millimetre[3] = {0.5, 0.5, 0.5};
static const double ten_to_ninety = 2.5631;

/* A ball of 9 mm in bone of 250 HU, or in soft tissue of 60 HU, on a grid of 0.5 mm. */
typedef struct {
    Arena *arena;
    Volume *volume;
    Mask *lesion, *marrow;
    MeasureSeries series;
    double inside_hu, outside_hu, blur_mm;
    double shell_hu, shell_mm; /* a shell outside the ball, sharp but for the same blur */
} Scene;

static const double radius_mm = 9;

static double above(double distance, double blur)
{
    return 0.5 * erfc(-distance / blur / sqrt(2));
}

static Scene scene_new(void)
{
    const Geometry grid = solid_grid(SIDE, half_millimetre, 20, solid_order, vec3(5, -3, 8));
    Scene s = {.arena = arena_new(), .inside_hu = 50, .outside_hu = 250, .blur_mm = 0.8};
    s.volume = flat_volume(&grid, UNIT_HU, 0);
    s.lesion = solid_mask(&grid, in_ellipsoid, vec3(5, -3, 8), radius_mm, radius_mm, radius_mm);
    s.marrow = solid_mask(&grid, in_ellipsoid, geometry_point_lps_mm(&grid, 4, 4, 4), 2, 2, 2);
    s.series = (MeasureSeries){.volume = s.volume, .role = "ct", .lesion = s.lesion};
    s.series.reference[TISSUE_MARROW] = s.marrow;
    return s;
}

static void scene_clear(Scene *s)
{
    volume_free(s->volume);
    mask_free(s->lesion);
    mask_free(s->marrow);
    arena_free(s->arena);
}

static MeasurementList measure(Scene *s)
{
    const Geometry *g = &s->volume->geometry;
    for (size_t v = 0; v < geometry_voxels(g); v++) {
        const Vec3 p = geometry_point_lps_mm(g, (double)(v % SIDE), (double)(v / SIDE % SIDE),
                                             (double)(v / SIDE / SIDE));
        const double beyond = vec3_length(vec3_sub(p, vec3(5, -3, 8))) - radius_mm;
        const double first = above(beyond, s->blur_mm), second = above(beyond - s->shell_mm, s->blur_mm);
        s->volume->voxels[v] =
            (float)(s->shell_mm > 0 ? s->inside_hu + (s->shell_hu - s->inside_hu) * first +
                                          (s->outside_hu - s->shell_hu) * second
                                    : s->inside_hu + (s->outside_hu - s->inside_hu) * first);
    }
    fill(s->volume, s->marrow, 250, 20, 7);
    return run_family("margin", &s->series, 1, s->arena);
}

static void edges_are_as_wide_as_their_blur(void **state)
{
    (void)state;
    const double blurs[] = {0.5, 0.8, 1.5};
    for (int b = 0; b < 3; b++) {
        AUTO(scene_clear) Scene s = scene_new();
        s.blur_mm = blurs[b];
        const MeasurementList list = measure(&s);
        assert_near(value_of(&list, "margin.edge_width_mm"), ten_to_ninety * blurs[b], 0.25);
        assert_near(value_of(&list, "margin.edge_width_p90_mm"), ten_to_ninety * blurs[b], 0.5);
        assert_near(value_of(&list, "margin.rim_share"), 0, 0);
        assert_near(value_of(&list, "margin.soft_share"), 0, 0.01);
        assert_string_equal(found(&list, "margin.edge_width_mm")->inputs[2], "marrow");
    }
}

/* An outline drawn 1 mm too small moves the edge, and leaves its width. */
static void a_small_outline_keeps_the_width(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    mask_free(s.lesion);
    s.lesion = solid_mask(&s.volume->geometry, in_ellipsoid, vec3(5, -3, 8), 8, 8, 8);
    s.series.lesion = s.lesion;
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "margin.edge_width_mm"), ten_to_ninety * 0.8, 0.25);
}

static void a_dense_shell_in_bone_is_a_rim(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    s.shell_hu = 800;
    s.shell_mm = 2;
    const MeasurementList list = measure(&s);
    assert_near(value_of(&list, "margin.rim_share"), 1, 0.01);
    assert_near(value_of(&list, "margin.edge_width_mm"), ten_to_ninety * 0.8, 0.5);
}

static void a_shell_in_soft_tissue_is_cortex(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    s.outside_hu = 60;
    s.shell_hu = 900;
    s.shell_mm = 2;
    s.blur_mm = 0.5;
    MeasurementList list = measure(&s);
    assert_near(value_of(&list, "margin.soft_share"), 1, 0.01);
    assert_near(value_of(&list, "margin.breached_share"), 0, 0.01);
    assert_near(value_of(&list, "margin.cortex_width_mm"), 2, 0.25);
    assert_missing(&list, "margin.edge_width_mm", "the outline faces no bone");
    assert_missing(&list, "margin.rim_share", "the outline faces no bone");
    s.shell_mm = 0;
    list = measure(&s);
    assert_near(value_of(&list, "margin.breached_share"), 1, 0);
    assert_missing(&list, "margin.cortex_width_mm", "no line of cortex");
}

static void without_contrast_there_is_no_edge(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    s.inside_hu = s.outside_hu = 250;
    const MeasurementList list = measure(&s);
    assert_missing(&list, "margin.edge_width_mm", "no visible edge towards bone");
    assert_near(value_of(&list, "margin.rim_share"), 0, 0);
}

static void what_cannot_be_measured_says_why(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    (void)measure(&s);
    fill(s.volume, s.marrow, 90, 5, 3);
    MeasurementList list = run_family("margin", &s.series, 1, s.arena);
    assert_missing(&list, "margin.soft_share", "below 120 HU bone is not told from soft tissue");
    fill(s.volume, s.lesion, (double)NAN, 0, 1);
    list = run_family("margin", &s.series, 1, s.arena);
    assert_missing(&list, "margin.rim_share", "no voxel of the lesion mask has a finite value");
    (void)measure(&s);
    for (size_t v = 0; v < geometry_voxels(&s.volume->geometry); v++) {
        if (!s.lesion->labels[v] && !s.marrow->labels[v]) {
            s.volume->voxels[v] = INFINITY;
        }
    }
    list = run_family("margin", &s.series, 1, s.arena);
    assert_missing(&list, "margin.edge_width_mm", "only 0 lines across the outline");
    s.series.reference[TISSUE_MARROW] = NULL;
    list = run_family("margin", &s.series, 1, s.arena);
    assert_missing(&list, "margin.edge_width_mm", "no marrow reference on the ct series");
    list = run_family("margin", NULL, 0, s.arena);
    assert_missing(&list, "margin.cortex_width_mm", "no ct series");
}

static void one_voxel_is_too_small(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    memset(s.lesion->labels, 0, geometry_voxels(&s.lesion->geometry) * sizeof *s.lesion->labels);
    s.lesion->labels[40 + SIDE * (40 + SIDE * 40)] = 1;
    const MeasurementList list = measure(&s);
    assert_missing(&list, "margin.edge_width_mm", "needs at least 905 voxels");
    assert_missing(&list, "margin.breached_share", "needs at least 905 voxels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_as_wide_as_their_blur),
        cmocka_unit_test(a_small_outline_keeps_the_width),
        cmocka_unit_test(a_dense_shell_in_bone_is_a_rim),
        cmocka_unit_test(a_shell_in_soft_tissue_is_cortex),
        cmocka_unit_test(without_contrast_there_is_no_edge),
        cmocka_unit_test(what_cannot_be_measured_says_why),
        cmocka_unit_test(one_voxel_is_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
