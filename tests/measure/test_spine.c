/* Labels of a spine made of boxes: three vertebrae, a canal behind them with a cord, two arteries; and a
 * lesion whose place is known. */
#include "solids.h"

enum { NX = 60, NY = 60, NZ = 70, CORD = 1, CSF = 2, C4 = 14, C5 = 15, C6 = 16, ARTERY = 105 };

typedef struct {
    Arena *arena;
    Volume *volume;
    Mask *lesion, *labels, *marrow;
    LabelScheme *scheme;
    MeasureSeries series;
} Scene;

/* Labels all voxels of a box, over what is there. */
static void label_box(Mask *mask, uint16_t label, Vec3 low, Vec3 high)
{
    const Geometry *g = &mask->geometry;
    for (size_t v = 0; v < geometry_voxels(g); v++) {
        const Vec3 p =
            geometry_point_lps_mm(g, (double)(v % NX), (double)(v / NX % NY), (double)(v / NX / NY));
        if (p.x >= low.x && p.x <= high.x && p.y >= low.y && p.y <= high.y && p.z >= low.z && p.z <= high.z) {
            mask->labels[v] = label;
        }
    }
}

/* Voxels of 1 mm, centres at whole and half millimetres. x from −29.5 to 29.5, y likewise, z from −34.5.
 * Bodies in front (y below −8), 12 mm high with gaps of 6 mm; the sac about (0, 0) has 16 × 16 mm, the cord 8
 * × 8. */
static Scene scene_new(void)
{
    DensError *err = NULL;
    const Geometry grid = {.size = {NX, NY, NZ},
                           .spacing_mm = {1, 1, 1},
                           .origin_lps_mm = {-29.5, -29.5, -34.5},
                           .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    Scene s = {.arena = arena_new(), .volume = flat_volume(&grid, UNIT_ARBITRARY, 100)};
    s.labels = mask_new(&grid, &err);
    s.lesion = mask_new(&grid, &err);
    s.marrow = mask_new(&grid, &err);
    label_box(s.labels, C4, vec3(-10, -24, 12), vec3(10, -9, 24));
    label_box(s.labels, C5, vec3(-10, -24, -6), vec3(10, -9, 6));
    label_box(s.labels, C6, vec3(-10, -24, -24), vec3(10, -9, -12));
    label_box(s.labels, CSF, vec3(-8, -8, -40), vec3(8, 8, 40));
    label_box(s.labels, CORD, vec3(-4, -4, -40), vec3(4, 4, 40));
    label_box(s.labels, ARTERY, vec3(14, -20, -40), vec3(18, -16, 40));
    char *path = source_path("knowledge/label_schemes.yaml");
    s.scheme = label_scheme_read(s.arena, path, "dens", s.labels, &err);
    free(path);
    assert_no_error(err);
    label_box(s.marrow, 1, vec3(-9, -23, -23), vec3(9, -10, -13));
    fill(s.volume, s.marrow, 100, 5, 1);
    s.series = (MeasureSeries){
        .volume = s.volume, .role = "stir", .lesion = s.lesion, .labels = s.labels, .scheme = s.scheme};
    s.series.reference[TISSUE_MARROW] = s.marrow;
    return s;
}

static void scene_clear(Scene *s)
{
    volume_free(s->volume);
    mask_free(s->lesion);
    mask_free(s->labels);
    mask_free(s->marrow);
    arena_free(s->arena);
}

static MeasurementList measure(Scene *s, const char *family)
{
    return run_family(family, &s->series, 1, s->arena);
}

static void levels_sectors_and_side(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(8, -12, 5)); /* left half of the body of C5 */
    MeasurementList list = measure(&s, "anatomy");
    assert_near(value_of(&list, "anatomy.levels"), 1, 0);
    assert_string_equal(found(&list, "anatomy.levels")->note, "C5 100 %");
    assert_string_equal(found(&list, "anatomy.sectors")->note, "6");
    assert_near(value_of(&list, "anatomy.anterior_share"), 1, 0);
    assert_near(value_of(&list, "anatomy.offset_mm"), 5, 0.5);
    assert_near(value_of(&list, "anatomy.chain_faults"), 0, 0);
    label_box(s.lesion, 1, vec3(-8, -20, -15), vec3(8, -12, 20)); /* from C4 to C6, both sides */
    list = measure(&s, "anatomy");
    assert_near(value_of(&list, "anatomy.levels"), 3, 0);
    assert_string_equal(found(&list, "anatomy.sectors")->note, "6–7");
    assert_near(value_of(&list, "anatomy.offset_mm"), 0, 0.5);
}

static void the_occipital_bone_is_c0(void **state)
{
    (void)state;
    enum { OCCIPUT = 10 };
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.labels, OCCIPUT, vec3(-10, -24, 27), vec3(10, -9, 34.5));
    label_box(s.lesion, 1, vec3(-5, -20, 28), vec3(5, -12, 34));
    MeasurementList list = measure(&s, "anatomy");
    assert_near(value_of(&list, "anatomy.levels"), 1, 0);
    assert_string_equal(found(&list, "anatomy.levels")->note, "C0 100 %");
    label_box(s.lesion, 1, vec3(-5, -20, 14), vec3(5, -12, 28)); /* on into C4 */
    list = measure(&s, "anatomy");
    assert_near(value_of(&list, "anatomy.levels"), 2, 0);
    assert_string_equal(found(&list, "anatomy.levels")->note, "C0 40 %, C4 60 %");
    assert_near(value_of(&list, "anatomy.chain_faults"), 0, 0);
}

static void behind_the_canal_on_the_right(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.labels, C5, vec3(-12, 9, -6), vec3(12, 20, 6));
    label_box(s.lesion, 1, vec3(-3, 10, -4), vec3(-1, 19, 4));
    const MeasurementList list = measure(&s, "anatomy");
    assert_string_equal(found(&list, "anatomy.sectors")->note, "12");
    assert_near(value_of(&list, "anatomy.anterior_share"), 0, 0);
    assert_near(value_of(&list, "anatomy.offset_mm"), -2, 0.5);
}

static void a_broken_chain_is_told(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(8, -12, 5));
    label_box(s.labels, 11, vec3(-10, -24, -24), vec3(10, -9, -12)); /* C6 is called C1 */
    const MeasurementList list = measure(&s, "anatomy");
    assert_true(value_of(&list, "anatomy.chain_faults") >= 1);
    assert_true(strlen(found(&list, "anatomy.chain_faults")->note) > 10);
}

/* The six steps of epidural compression, one after the other. */
static void steps_of_compression(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.lesion, 1, vec3(-6, -20, -5), vec3(6, -11, 5));
    MeasurementList list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 0, 0);
    assert_near(value_of(&list, "canal.sac_distance_mm"), 3, 0.5); /* from y = −11 to −8 */
    assert_near(value_of(&list, "canal.cord_distance_mm"), 7, 0.5);
    label_box(s.lesion, 1, vec3(-6, -20, -5), vec3(6, -8, 5));
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 1, 0);
    assert_near(value_of(&list, "canal.sac_distance_mm"), 0, 0);
    assert_near(value_of(&list, "canal.sac_narrowing"), 0, 0);
    label_box(s.lesion, 1, vec3(-8, -20, -5), vec3(8, -6, 5));
    label_box(s.labels, 100, vec3(-8, -8, -5), vec3(8, -6, 5)); /* two of sixteen rows of the sac */
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 2, 0);
    assert_near(value_of(&list, "canal.sac_narrowing"), 12.5, 1e-9);
    assert_near(value_of(&list, "canal.free_area"), 16 * 14 - 64, 1e-9);
    label_box(s.lesion, 1, vec3(-8, -20, -5), vec3(8, -4, 5));
    label_box(s.labels, 100, vec3(-8, -8, -5), vec3(8, -4, 5));
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 3, 0);
    assert_near(value_of(&list, "canal.cord_distance_mm"), 0, 0);
    label_box(s.lesion, 1, vec3(-8, -20, -5), vec3(8, -2, 5));
    label_box(s.labels, 100, vec3(-8, -8, -5), vec3(8, -2, 5));
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 4, 0);
    assert_near(value_of(&list, "canal.cord_narrowing"), 25, 1e-9);
    label_box(s.labels, 100, vec3(-8, -8, -5), vec3(8, 8, 5));
    label_box(s.labels, CORD, vec3(-4, -2, -5), vec3(4, 4, 5));
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.escc_step"), 5, 0);
    assert_near(value_of(&list, "canal.free_area"), 0, 0);
}

static void an_artery_is_reached_and_encased(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(9, -16, 5));
    MeasurementList list = measure(&s, "artery");
    assert_near(value_of(&list, "artery.distance_mm"), 5, 0.5);
    assert_near(value_of(&list, "artery.encased_degrees"), 0, 0);
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(14, -16, 5)); /* one of four sides */
    list = measure(&s, "artery");
    assert_near(value_of(&list, "artery.distance_mm"), 0, 0);
    assert_near(value_of(&list, "artery.encased_degrees"), 90, 40);
    label_box(s.lesion, 1, vec3(2, -26, -5), vec3(24, -10, 5));
    label_box(s.lesion, 0, vec3(14, -20, -40), vec3(18, -16, 40)); /* all round */
    list = measure(&s, "artery");
    assert_near(value_of(&list, "artery.encased_degrees"), 360, 0);
    label_box(s.labels, 0, vec3(14, -20, -40), vec3(18, -16, 40));
    list = measure(&s, "artery");
    assert_missing(&list, "artery.distance_mm", "no vertebral artery near the lesion");
}

static void oedema_in_the_same_and_the_next_vertebra(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    AUTO(mask_auto) Mask *bright = solid_mask(&s.volume->geometry, in_box, vec3(0, 0, 0), 0, 0, 0);
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(8, -12, 5));
    label_box(bright, 1, vec3(-10, -24, -6), vec3(-4, -9, 6)); /* 6 × 15 × 12 mm of C5, far from the lesion */
    label_box(bright, 1, vec3(-10, -24, 12), vec3(10, -9, 15)); /* 20 × 15 × 3 mm of C4 */
    fill(s.volume, bright, 300, 5, 2);
    MeasurementList list = measure(&s, "oedema");
    assert_near(value_of(&list, "oedema.same_ml"), 1.08, 0.02);
    assert_near(value_of(&list, "oedema.neighbours_ml"), 0.9,
                0.35); /* smoothing adds a layer towards dark voxels */
    assert_true(value_of(&list, "oedema.same_share") > 0.3);
    fill(s.volume, bright, 100, 0, 2);
    list = measure(&s, "oedema");
    assert_near(value_of(&list, "oedema.same_ml"), 0, 0);
    s.series.reference[TISSUE_MARROW] = NULL;
    list = measure(&s, "oedema");
    assert_missing(&list, "oedema.same_ml", "no marrow reference on the stir series");
    s.series.role = "ct";
    list = measure(&s, "oedema");
    assert_missing(&list, "oedema.same_ml", "no t2 series");
}

static void what_the_labels_lack_is_said(void **state)
{
    (void)state;
    AUTO(scene_clear) Scene s = scene_new();
    label_box(s.lesion, 1, vec3(2, -20, -5), vec3(8, -12, 5));
    s.series.labels = NULL;
    MeasurementList list = measure(&s, "anatomy");
    assert_missing(&list, "anatomy.levels", "no labels");
    list = measure(&s, "canal");
    assert_missing(&list, "canal.escc_step", "no labels");
    s.series.labels = s.labels;
    label_box(s.labels, 0, vec3(-8, -8, -40), vec3(8, 8, 40));
    list = measure(&s, "anatomy");
    assert_near(value_of(&list, "anatomy.levels"), 1, 0);
    assert_missing(&list, "anatomy.sectors", "neither cord nor canal");
    list = measure(&s, "canal");
    assert_missing(&list, "canal.sac_distance_mm", "neither cord nor canal");
    label_box(s.labels, CSF, vec3(-8, -8, -40), vec3(8, 8, 40));
    list = measure(&s, "canal");
    assert_near(value_of(&list, "canal.sac_distance_mm"), 4, 0.5);
    assert_missing(&list, "canal.cord_distance_mm", "no cord near the lesion");
    memset(s.labels->labels, 0, geometry_voxels(&s.labels->geometry) * sizeof *s.labels->labels);
    list = measure(&s, "anatomy");
    assert_missing(&list, "anatomy.levels", "no vertebra within 30 mm of the lesion");
    list = measure(&s, "artery");
    assert_missing(&list, "artery.distance_mm", "no vertebra within 30 mm of the lesion");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_sectors_and_side),
        cmocka_unit_test(the_occipital_bone_is_c0),
        cmocka_unit_test(behind_the_canal_on_the_right),
        cmocka_unit_test(a_broken_chain_is_told),
        cmocka_unit_test(steps_of_compression),
        cmocka_unit_test(an_artery_is_reached_and_encased),
        cmocka_unit_test(oedema_in_the_same_and_the_next_vertebra),
        cmocka_unit_test(what_the_labels_lack_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
