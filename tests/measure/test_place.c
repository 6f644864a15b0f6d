/* The place of a lesion in the vertebra's own axes: the same answer however the neck stands in the scanner
 * and whatever the grid. */
#include "neck.h"

static const struct {
    int grid;
    double turn, tilt;
} stands[] = {{0, 0, 0}, {0, 30, 0}, {0, -25, 25}, {1, 10, 20}, {2, 20, -15}};
enum { STANDS = sizeof stands / sizeof stands[0] };

static Neck stand(int s)
{
    const Geometry grid = neck_grid(stands[s].grid);
    return neck_new(&grid, stands[s].turn, stands[s].tilt);
}

static void sectors_follow_the_vertebra(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        neck_lesion(&n, (NeckBox){{1.5, 10, -4}, {4, 20, 4}}); /* left half of the body, in front: 0 to 22° */
        const MeasurementList list = neck_measure(&n, "anatomy");
        print_message("# turn %g, tilt %g, grid %d\n", stands[s].turn, stands[s].tilt, stands[s].grid);
        assert_string_equal(found(&list, "anatomy.levels")->note, "C5 100 %");
        assert_string_equal(found(&list, "anatomy.sectors")->note, "6");
        assert_near(value_of(&list, "anatomy.offset_mm"), 2.75, stands[s].grid == 1 ? 1.6 : 1);
        assert_near(value_of(&list, "anatomy.anterior_share"), 1, 0);
    }
}

static void a_pillar_is_beside_the_canal(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        neck_lesion(&n, (NeckBox){{-18, -5, -4}, {-12, -1, 4}}); /* right, 63° to 85° from the back */
        const MeasurementList list = neck_measure(&n, "anatomy");
        print_message("# turn %g, tilt %g, grid %d\n", stands[s].turn, stands[s].tilt, stands[s].grid);
        assert_string_equal(found(&list, "anatomy.sectors")->note, "10");
        assert_near(value_of(&list, "anatomy.offset_mm"), -15, 1);
    }
}

/* The lesion takes a whole side: the axes come from the neighbours. */
static void a_destroyed_side_does_not_turn_the_axes(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        neck_lesion(&n, (NeckBox){{2, 8, -6}, {11, 24, 6}});
        neck_lesion(&n, (NeckBox){{11, -8, -5}, {19, 10, 5}});
        const MeasurementList list = neck_measure(&n, "anatomy");
        assert_near(value_of(&list, "anatomy.offset_mm"), 10.5, 1.2);
        assert_string_equal(found(&list, "anatomy.sectors")->note, "3–6");
    }
}

/* An artery of 4 mm that runs across, with a lesion round a known part of it. */
static void encasement_on_any_grid(void **state)
{
    (void)state;
    for (int s = 0; s < STANDS; s++) {
        AUTO(neck_clear) Neck n = stand(s);
        const NeckBox round = {{-15, 26, -8}, {15, 36, 8}}, half = {{-15, 31, -8}, {15, 36, 8}};
        for (int part = 0; part < 2; part++) {
            memset(n.lesion->labels, 0, geometry_voxels(&n.lesion->geometry) * sizeof *n.lesion->labels);
            neck_lesion(&n, part ? half : round);
            for (size_t v = 0; v < geometry_voxels(&n.lesion->geometry); v++) {
                const Vec3 at = neck_place(&n, neck_voxel(n.lesion, v));
                if (hypot(at.y - 31, at.z) <= 2.5 && fabs(at.x) < 25) {
                    n.lesion->labels[v] = 0;
                    n.labels->labels[v] = NECK_ARTERY;
                } else if (part && n.labels->labels[v] == NECK_LESION && !n.lesion->labels[v]) {
                    n.labels->labels[v] = 0;
                }
            }
            const MeasurementList list = neck_measure(&n, "artery");
            print_message("# turn %g, tilt %g, grid %d: %g\n", stands[s].turn, stands[s].tilt, stands[s].grid,
                          value_of(&list, "artery.encased_degrees"));
            assert_near(value_of(&list, "artery.distance_mm"), 0, 0.8);
            assert_near(value_of(&list, "artery.encased_degrees"), part ? 195 : 360, part ? 40 : 0);
        }
    }
}

static void what_is_shared_is_read_once(void **state)
{
    (void)state;
    AUTO(neck_clear) Neck n = stand(0);
    neck_lesion(&n, (NeckBox){{1.5, 10, -4}, {4, 20, 4}});
    neck_measure(&n, "anatomy");
    memset(n.labels->labels, 0, geometry_voxels(&n.labels->geometry) * sizeof *n.labels->labels);
    const MeasurementList list = run_family("canal", &n.series, 1, n.arena); /* from what anatomy read */
    assert_near(value_of(&list, "canal.sac_distance_mm"), 3, 0.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sectors_follow_the_vertebra),
        cmocka_unit_test(a_pillar_is_beside_the_canal),
        cmocka_unit_test(a_destroyed_side_does_not_turn_the_axes),
        cmocka_unit_test(encasement_on_any_grid),
        cmocka_unit_test(what_is_shared_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
