/* Neural foramina on a neck of boxes: between two vertebrae, from the body to the joint of the pillars, lies
 * a gap of 7 mm. */
#include "neck.h"

static Neck stand(double turn, double tilt)
{
    const Geometry grid = neck_grid(0);
    Neck n = neck_new(&grid, turn, tilt);
    for (int level = 0; level < 5; level++) { /* the pillars behind meet in joints of a millimetre */
        const double w = (2 - level) * NECK_PITCH_MM;
        for (int side = -1; side <= 1; side += 2) {
            const double low = side < 0 ? -19 : 11;
            neck_label(&n, n.labels, (uint16_t)(NECK_C3 + level),
                       (NeckBox){{low, -8, w - 8}, {low + 8, 4, w + 8}});
        }
    }
    return n;
}

/* The middle of the foramen between C5 and C6 on the left, on its course: 45° forward and outward. */
static NeckBox in_foramen(double low, double high)
{
    return (NeckBox){{7, 4, low}, {16, 13, high}};
}

static void an_empty_foramen(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0, 0);
    neck_lesion(&n, (NeckBox){{-6, 12, -4}, {6, 20, 4}});
    const MeasurementList list = neck_measure(&n, "foramina");
    assert_near(value_of(&list, "foramina.filled_share"), 0, 0);
    assert_missing(&list, "foramina.free_ratio", "reaches no neural foramen");
}

/* From above the lesion fills half, then all of the height between the pillars. */
static void a_foramen_is_filled(void **state)
{
    (void)state;
    static const double stands[][2] = {{0, 0}, {20, -15}};
    for (int s = 0; s < 2; s++) {
        AUTO(neck_clear) Neck n = stand(stands[s][0], stands[s][1]);
        neck_lesion(&n, in_foramen(-8.5, -5));
        MeasurementList list = neck_measure(&n, "foramina");
        const double half = value_of(&list, "foramina.filled_share");
        print_message("# half %.2f free %.2f\n", half, value_of(&list, "foramina.free_ratio"));
        assert_near(half, 0.5, 0.2);
        assert_near(value_of(&list, "foramina.free_ratio"), 0.5, 0.2);
        assert_string_equal(found(&list, "foramina.filled_share")->note, "C5/C6 left");
        neck_lesion(&n, in_foramen(-12, -5));
        list = neck_measure(&n, "foramina");
        assert_true(value_of(&list, "foramina.filled_share") > 0.85);
        assert_true(value_of(&list, "foramina.free_ratio") < 0.2);
    }
}

/* The lesion eats the pillars above and below: the other side's outline tells how much it fills. */
static void a_foramen_without_walls(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0, 0);
    neck_lesion(&n, (NeckBox){{7, -13, -22}, {22, 20, 5}});
    const MeasurementList list = neck_measure(&n, "foramina");
    assert_true(value_of(&list, "foramina.filled_share") > 0.8);
    assert_missing(&list, "foramina.bony_ratio", "has lost a wall");
}

/* A millimetre and a half is taken off both pillars. */
static void a_widened_foramen(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0, 0);
    neck_lesion(&n, (NeckBox){{11.1, 4.1, -13.5}, {19, 8, -3.5}});
    const MeasurementList list = neck_measure(&n, "foramina");
    const double ratio = value_of(&list, "foramina.bony_ratio");
    print_message("# ratio %.2f\n", ratio);
    assert_true(ratio > 1.2 && ratio < 1.7); /* 10 mm against 7 */
}

static void what_keeps_foramina_from_being_seen(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0, 0);
    neck_lesion(&n, in_foramen(-12, -5));
    n.series.labels = NULL;
    MeasurementList list = neck_measure(&n, "foramina");
    assert_missing(&list, "foramina.filled_share", "no labels");
    n.series.labels = n.labels;
    for (int level = 0; level < 5; level++) { /* one vertebra is left */
        const double w = (2 - level) * NECK_PITCH_MM;
        if (level != 2) {
            neck_label(&n, n.labels, 0, (NeckBox){{-20, 7.1, w - 8}, {20, 30, w + 8}});
            neck_label(&n, n.labels, 0, (NeckBox){{10.1, -30, w - 8}, {20, 30, w + 8}});
            neck_label(&n, n.labels, 0, (NeckBox){{-20, -30, w - 8.5}, {-10.1, 30, w + 8}});
            neck_label(&n, n.labels, 0, (NeckBox){{-20, -30, w - 8.5}, {20, -7.1, w + 8}});
        }
    }
    list = neck_measure(&n, "foramina");
    assert_missing(&list, "foramina.filled_share", "needs at least 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_foramen),
        cmocka_unit_test(a_foramen_is_filled),
        cmocka_unit_test(a_foramen_without_walls),
        cmocka_unit_test(a_widened_foramen),
        cmocka_unit_test(what_keeps_foramina_from_being_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
