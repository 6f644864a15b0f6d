/* What the lesion took and what it grew into, and heights of bodies, on necks of boxes: volumes are known. */
#include "neck.h"

static const struct {
    int grid;
    double turn, tilt;
} stands[] = {{0, 0, 0}, {0, -25, 20}, {1, 10, 15}};
enum { STANDS = sizeof stands / sizeof stands[0] };

static Neck stand(int s)
{
    const Geometry grid = neck_grid(stands[s].grid);
    return neck_new(&grid, stands[s].turn, stands[s].tilt);
}

static double ml(NeckBox b)
{
    return (b.high[0] - b.low[0]) * (b.high[1] - b.low[1]) * (b.high[2] - b.low[2]) / 1000;
}

/* 20 % and 0.1 mL: what a voxel's edge on each side makes of boxes of this size. */
static void assert_volume(const MeasurementList *list, const char *id, double expected)
{
    assert_near(value_of(list, id), expected, 0.2 * expected + 0.1);
}

/* In the middle of the body and through its front wall: the neighbours tell where the bone ended. */
static void a_mass_before_the_body(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        const NeckBox all = {{-8, 12, -4}, {8, 36, 4}}, beyond = {{-8, 24, -4}, {8, 36, 4}};
        neck_lesion(&n, all);
        MeasurementList list = neck_measure(&n, "mass");
        assert_volume(&list, "mass.volume_ml", ml(beyond));
        assert_volume(&list, "mass.anterior_ml", ml(beyond));
        assert_near(value_of(&list, "mass.epidural_ml"), 0, 0.02);
        assert_near(value_of(&list, "mass.share"), ml(beyond) / ml(all), 0.1);
        list = neck_measure(&n, "elements");
        assert_near(value_of(&list, "elements.body_share"), 1, 0.02);
        list = neck_measure(&n, "layers");
        assert_string_equal(found(&list, "layers.count")->note, "A, B, C");
        assert_near(value_of(&list, "layers.soft_share"), ml(beyond) / ml(all), 0.1);
    }
}

/* A pillar with a mass beside it and some in the canal: the other side tells. */
static void a_pillar_with_masses(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        const NeckBox beside = {{19, -6, -4}, {27, 8, 4}}, canal = {{7, -6, -4}, {11, 6, 4}};
        neck_lesion(&n, (NeckBox){{7, -6, -4}, {27, 6, 4}});
        const MeasurementList list = neck_measure(&n, "mass");
        assert_volume(&list, "mass.paravertebral_ml", ml(beside) * 12 / 14);
        assert_near(value_of(&list, "mass.epidural_ml"), ml(canal), 0.2);
        assert_near(value_of(&list, "mass.anterior_ml"), 0, 0.02);
        MeasurementList other = neck_measure(&n, "elements");
        assert_near(value_of(&other, "elements.lateral_share"), 1, 0.05);
        assert_non_null(strstr(found(&other, "elements.lateral_share")->note, "left"));
        other = neck_measure(&n, "layers");
        assert_non_null(strstr(found(&other, "layers.count")->note, "D"));
    }
}

static void inside_the_bone_nothing_is_beyond(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    neck_lesion(&n, (NeckBox){{-2.4, -24, -3}, {2.4, -9, 3}});
    MeasurementList list = neck_measure(&n, "mass");
    assert_near(value_of(&list, "mass.volume_ml"), 0, 0.06);
    list = neck_measure(&n, "elements");
    assert_near(value_of(&list, "elements.arch_share"), 1, 0.02);
}

/* Bone that a tool has labelled under the lesion counts, whatever the other side and the neighbours say. */
static void a_label_under_the_lesion_is_believed(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    const NeckBox grown = {{-8, 24, -4}, {8, 30, 4}};
    neck_label(&n, n.labels, NECK_C5, grown);
    neck_label(&n, n.lesion, 1, grown);
    const MeasurementList list = neck_measure(&n, "mass");
    assert_near(value_of(&list, "mass.volume_ml"), 0, 0.01);
}

/* ---- heights ---- */

/* Takes from the body of C5 what lies above a height that falls from back to front. */
static void flatten(Neck *n, double back, double middle, double front)
{
    for (size_t v = 0; v < geometry_voxels(&n->labels->geometry); v++) {
        const Vec3 at = neck_place(n, neck_voxel(n->labels, v));
        const double height = at.y < 11.5 ? back : at.y < 18.5 ? middle : front;
        if (fabs(at.x) <= 11 && at.y >= 8 && at.y <= 24 && at.z <= 6 && at.z > -6 + height) {
            n->labels->labels[v] = 0;
        }
    }
    neck_lesion(n, (NeckBox){{-4, 12, -5}, {4, 20, -3}});
}

static void heights_and_grades(void **state)
{
    (void)state;
    static const struct {
        double back, middle, front;
        int grade;
    } cases[] = {{12, 12, 12, 0}, {12, 11, 9.3, 1}, {12, 10, 8, 2}, {10, 6, 8, 3}, {3, 3, 3, 3}};
    for (int s = 0; s < STANDS; s++) {
        for (size_t c = s ? 3 : 0; c < sizeof cases / sizeof cases[0]; c++) {
            AUTO(neck_clear) Neck n = stand(s);
            flatten(&n, cases[c].back, cases[c].middle, cases[c].front);
            const MeasurementList list = neck_measure(&n, "collapse");
            const double least = fmin(cases[c].back, fmin(cases[c].middle, cases[c].front));
            assert_near(value_of(&list, "collapse.posterior_ratio"), cases[c].back / 12, 0.1);
            assert_near(value_of(&list, "collapse.middle_ratio"), cases[c].middle / 12, 0.1);
            assert_near(value_of(&list, "collapse.anterior_ratio"), cases[c].front / 12, 0.1);
            assert_near(value_of(&list, "collapse.loss_percent"), 100 * (1 - least / 12), 10);
            if (s == 0) {
                assert_near(value_of(&list, "collapse.genant_grade"), cases[c].grade, 0);
            }
            assert_string_equal(found(&list, "collapse.loss_percent")->note, "C5 against 2 neighbours");
        }
    }
}

/* Neighbours in whose bodies a marrow of its own is labelled, with a seam of nothing about it, are whole. */
static void marrow_is_part_of_its_vertebra(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    for (int side = -1; side <= 1; side += 2) {
        const double w = side * NECK_PITCH_MM;
        neck_label(&n, n.labels, 0, (NeckBox){{-8, 11, w - 4}, {8, 21, w + 4}});
        neck_label(&n, n.labels, 102, (NeckBox){{-7, 12, w - 3}, {7, 20, w + 3}});
    }
    flatten(&n, 12, 9, 12);
    MeasurementList list = neck_measure(&n, "collapse");
    assert_near(value_of(&list, "collapse.middle_ratio"), 0.75, 0.1);
    neck_lesion(&n, (NeckBox){{-7, 12, -5}, {7, 32, 2}});
    list = neck_measure(&n, "mass");
    assert_volume(&list, "mass.volume_ml", ml((NeckBox){{-7, 24, -5}, {7, 32, 2}}));
}

/* Behind, the canal is half an ellipse: what lies in the corner where the lamina runs to the pillar, between
 * two vertebrae, is outside. */
static void the_corner_behind_the_canal_is_outside(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    neck_label(&n, n.labels, 0, (NeckBox){{6, -7, -50}, {10, -4, 50}});
    neck_label(&n, n.labels, 0, (NeckBox){{-10, -7, -50}, {-6, -4, 50}});
    neck_lesion(&n, (NeckBox){{8.6, -7.9, -5}, {18, -5.6, 11}});
    const MeasurementList list = neck_measure(&n, "mass");
    assert_near(value_of(&list, "mass.epidural_ml"), 0, 0.02);
}

/* The whole body is lesion: its height is that of the lesion between the discs. */
static void a_body_that_is_all_lesion(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(1);
    neck_lesion(&n, (NeckBox){{-11, 8, -5.9}, {11, 24, 5.9}});
    MeasurementList list = neck_measure(&n, "collapse");
    assert_near(value_of(&list, "collapse.loss_percent"), 0, 10);
    list = neck_measure(&n, "anatomy");
    assert_string_equal(found(&list, "anatomy.levels")->note, "C5 100 %");
    list = neck_measure(&n, "mass");
    assert_near(value_of(&list, "mass.share"), 0, 0.1);
}

static void what_the_labels_lack_is_said(void **state)
{
    (void)state;
    static const char *const families[] = {"mass", "layers", "elements", "collapse"};
    static const char *const ids[] = {"mass.volume_ml", "layers.count", "elements.body_share",
                                      "collapse.loss_percent"};
    AUTO(neck_clear) Neck n = stand(0);
    neck_lesion(&n, (NeckBox){{-8, 12, -4}, {8, 36, 4}});
    for (int f = 0; f < 4; f++) {
        n.series.labels = NULL;
        MeasurementList list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "no labels");
        n.series.labels = n.labels;
    }
    neck_label(&n, n.labels, 0, (NeckBox){{-10, -7, -60}, {10, 7, 60}});
    for (int f = 0; f < 4; f++) {
        MeasurementList list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "neither cord nor canal");
    }
    neck_label(&n, n.labels, NECK_CSF, (NeckBox){{-10, -7, -60}, {10, 7, 60}});
    for (int level = 0; level < 5; level++) { /* bodies without arches */
        const double w = (2 - level) * NECK_PITCH_MM;
        neck_label(&n, n.labels, 0, (NeckBox){{-20, -30, w - 8}, {20, -7, w + 8}});
        neck_label(&n, n.labels, 0, (NeckBox){{-20, -8, w - 8}, {-11, 12, w + 8}});
        neck_label(&n, n.labels, 0, (NeckBox){{11, -8, w - 8}, {20, 12, w + 8}});
    }
    for (int f = 0; f < 4; f++) {
        MeasurementList list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "no vertebra with a body and an arch");
    }
    memset(n.lesion->labels, 0, geometry_voxels(&n.lesion->geometry) * sizeof *n.lesion->labels);
    for (int f = 0; f < 4; f++) {
        MeasurementList list = neck_measure(&n, families[f]);
        assert_missing(&list, ids[f], "the lesion mask is empty");
    }
}

static void one_voxel(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    neck_lesion(&n, (NeckBox){{0, 15, 0}, {1, 16, 1}});
    MeasurementList list = neck_measure(&n, "mass");
    assert_near(value_of(&list, "mass.volume_ml"), 0, 0);
    list = neck_measure(&n, "layers");
    assert_near(value_of(&list, "layers.count"), 1, 0);
    list = neck_measure(&n, "elements");
    assert_missing(&list, "elements.body_share", "fewer than 10 voxels");
    list = neck_measure(&n, "collapse");
    assert_near(value_of(&list, "collapse.loss_percent"), 0, 2);
}

/* The lesion and the vertebra run out of the volume at the bottom. */
static void at_the_edge_of_the_volume(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    neck_lesion(&n, (NeckBox){{-8, 12, -60}, {8, 36, -2 * NECK_PITCH_MM + 3}});
    MeasurementList list = neck_measure(&n, "mass");
    assert_true(value_of(&list, "mass.anterior_ml") > 1);
    list = neck_measure(&n, "collapse");
    assert_true(value_of(&list, "collapse.loss_percent") >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mass_before_the_body),
        cmocka_unit_test(a_pillar_with_masses),
        cmocka_unit_test(inside_the_bone_nothing_is_beyond),
        cmocka_unit_test(a_label_under_the_lesion_is_believed),
        cmocka_unit_test(heights_and_grades),
        cmocka_unit_test(marrow_is_part_of_its_vertebra),
        cmocka_unit_test(the_corner_behind_the_canal_is_outside),
        cmocka_unit_test(a_body_that_is_all_lesion),
        cmocka_unit_test(what_the_labels_lack_is_said),
        cmocka_unit_test(one_voxel),
        cmocka_unit_test(at_the_edge_of_the_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
