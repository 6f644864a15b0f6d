/* Shells and cortex on necks of boxes with a CT of known walls. */
#include "neck.h"

enum { SOFT = 50, TRABECULAR = 250, CORTICAL = 1100 };

/* Signed distance into a box: above 0 inside. */
static double depth_in(NeckBox b, Vec3 at)
{
    const double c[3] = {at.x, at.y, at.z};
    double least = INFINITY;
    for (int a = 0; a < 3; a++) {
        least = fmin(least, fmin(c[a] - b.low[a], b.high[a] - c[a]));
    }
    return least;
}

static Neck neck_at(double turn, double tilt)
{
    const Geometry grid = {.size = {100, 130, 100},
                           .spacing_mm = {0.7, 0.7, 0.8},
                           .origin_lps_mm = {-34.65, -50, -39.6},
                           .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    return neck_new(&grid, turn, tilt);
}

/* CT of the neck: bone with a cortex of `wall` mm, over the lesion's part of the body's front wall of `over`
 * mm instead, all of it smeared by a voxel. A `shell` of so many mm lies inside the outline of the lesion. */
static void draw_ct(Neck *n, NeckBox lesion, double wall, double over, double shell)
{
    static const NeckBox bone[] = {{{-11, 8, -6}, {11, 24, 6}},
                                   {{-19, -8, -5}, {-11, 10, 5}},
                                   {{11, -8, -5}, {19, 10, 5}},
                                   {{-19, -12, -5}, {19, -8, 5}},
                                   {{-2.5, -28, -4}, {2.5, -12, 4}}};
    enum { FINE = 3 };
    const Geometry *g = &n->volume->geometry;
    for (size_t v = 0; v < geometry_voxels(g); v++) {
        double sum = 0;
        for (int f = 0; f < FINE; f++) { /* along the front axis, in which walls are judged */
            const Vec3 at = vec3_add(neck_place(n, neck_voxel(n->lesion, v)), vec3(0, (f - 1) * 0.35, 0));
            double deepest = -INFINITY, value = SOFT;
            const double level = fmin(fmax(round(at.z / NECK_PITCH_MM), -2), 2);
            const Vec3 own = vec3(at.x, at.y, at.z - level * NECK_PITCH_MM); /* of the nearest vertebra */
            for (size_t b = 0; b < sizeof bone / sizeof bone[0]; b++) {
                deepest = fmax(deepest, depth_in(bone[b], own));
            }
            const double in = depth_in(lesion, at);
            const bool front = at.y > 20 && fabs(at.x) < 9 && fabs(at.z) < 5.5;
            value = deepest >= 0 ? (deepest < (front ? over : wall) ? CORTICAL : TRABECULAR) : SOFT;
            if (in >= 0 && !(deepest >= 0 && deepest < (front ? over : wall))) {
                value = in < shell && deepest < 0 ? CORTICAL : SOFT;
            }
            sum += value / FINE;
        }
        n->volume->voxels[v] = (float)sum;
    }
    fill(n->volume, n->marrow, TRABECULAR, 12, 3);
}

static void a_shell_beyond_the_body(void **state)
{
    (void)state;
    static const double stands[][2] = {{0, 0}, {-15, 10}};
    for (int s = 0; s < 2; s++) {
        AUTO(neck_clear) Neck n = neck_at(stands[s][0], stands[s][1]);
        const NeckBox lesion = {{-8, 12, -5}, {8, 32, 5}}; /* 8 mm before a body that is 16 mm deep */
        neck_lesion(&n, lesion);
        draw_ct(&n, lesion, 1.4, 0, 1.4);
        MeasurementList list = neck_measure(&n, "expansion");
        assert_near(value_of(&list, "expansion.bulge_mm"), 8, 1.5);
        assert_near(value_of(&list, "expansion.width_ratio"), 1.5, 0.3);
        assert_true(value_of(&list, "expansion.shell_share") > 0.7);
        draw_ct(&n, lesion, 1.4, 0, 0);
        list = neck_measure(&n, "expansion");
        assert_near(value_of(&list, "expansion.bulge_mm"), 0, 0);
        assert_near(value_of(&list, "expansion.width_ratio"), 1, 0);
        assert_near(value_of(&list, "expansion.shell_share"), 0, 0.1);
    }
}

static void inside_the_bone_nothing_is_expanded(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = neck_at(0, 0);
    const NeckBox lesion = {{-6, 10, -4}, {6, 20, 4}};
    neck_lesion(&n, lesion);
    draw_ct(&n, lesion, 1.4, 1.4, 0);
    MeasurementList list = neck_measure(&n, "expansion");
    assert_near(value_of(&list, "expansion.bulge_mm"), 0, 0);
    assert_missing(&list, "expansion.shell_share", "nowhere lies beyond");
    list = neck_measure(&n, "cortex");
    assert_near(value_of(&list, "cortex.breached_share"), 0, 0.02);
}

/* The lesion reaches the cortex of the front wall from inside; that is whole, thin, or gone. It is 198 of
 * some 470 to 630 mm² of the envelope within 2.5 mm of the lesion: the endplates and the side walls are as
 * near. */
static void the_cortex_over_a_lesion(void **state)
{
    (void)state;
    static const double over[] = {1.4, 0.4, 0};
    for (int c = 0; c < 3; c++) {
        AUTO(neck_clear) Neck n = neck_at(0, 0);
        const NeckBox lesion = {{-8.5, 16, -5}, {8.5, 24, 5}};
        neck_lesion(&n, lesion);
        draw_ct(&n, lesion, 1.4, over[c], 0);
        const MeasurementList list = neck_measure(&n, "cortex");
        const double thin = value_of(&list, "cortex.thinned_share"),
                     gone = value_of(&list, "cortex.breached_share");
        print_message("# over %g: thinned %.2f breached %.2f normal %.2f\n", over[c], thin, gone,
                      value_of(&list, "cortex.normal_mm"));
        assert_near(value_of(&list, "cortex.normal_mm"), 1.4, 0.5);
        if (c == 0) {
            assert_true(thin < 0.15 && gone < 0.05);
        } else if (c == 1) {
            assert_true(fabs(thin - 0.36) < 0.12 && gone < 0.1);
        } else {
            assert_near(gone, 0.36, 0.12);
        }
    }
}

static void what_keeps_walls_from_being_seen(void **state)
{
    (void)state;
    static const char *const families[] = {"expansion", "cortex"};
    static const char *const ids[] = {"expansion.bulge_mm", "cortex.breached_share"};
    AUTO(neck_clear) Neck n = neck_at(0, 0);
    const NeckBox lesion = {{-8, 12, -5}, {8, 32, 5}};
    neck_lesion(&n, lesion);
    draw_ct(&n, lesion, 1.4, 0, 1.4);
    for (int f = 0; f < 2; f++) {
        n.series.reference[TISSUE_MARROW] = NULL;
        MeasurementList list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "no marrow reference on the ct series");
        n.series.reference[TISSUE_MARROW] = n.marrow;
        n.series.labels = NULL;
        list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "no labels on a ct series");
        n.series.labels = n.labels;
        n.series.role = "t1";
        list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "no ct series");
        n.series.role = "ct";
    }
    for (size_t v = 0; v < geometry_voxels(&n.volume->geometry); v++) {
        n.volume->voxels[v] = n.marrow->labels[v] ? n.volume->voxels[v] : NAN;
    }
    for (int f = 0; f < 2; f++) {
        const MeasurementList list = neck_measure(&n, families[f]);
        assert_true(found(&list, ids[f])->missing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shell_beyond_the_body),
        cmocka_unit_test(inside_the_bone_nothing_is_expanded),
        cmocka_unit_test(the_cortex_over_a_lesion),
        cmocka_unit_test(what_keeps_walls_from_being_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
