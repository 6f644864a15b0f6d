#include "align/align.h"
#include "base/file.h"
#include "dicom/dicom.h"
#include "phantom/phantom.h"
#include "testing.h"

#include <math.h>
#include <unistd.h>

enum { SIZE = 64 };

/* Blobs at fixed places of the patient, seen on a grid; `inverted` shows what is bright as dark. */
static double value_at(Vec3 p)
{
    static const double blobs[][4] = {{0, 0, 0, 14},     {18, 5, -6, 6},  {-15, 12, 9, 7}, {4, -18, 14, 5},
                                      {-9, -10, -18, 6}, {12, 16, 17, 4}, {-20, -4, 2, 4}, {8, -8, -20, 5}};
    double sum = 0;
    for (size_t b = 0; b < sizeof blobs / sizeof *blobs; b++) {
        const Vec3 d = vec3_sub(p, vec3(blobs[b][0], blobs[b][1], blobs[b][2]));
        sum += (1 + 0.3 * (double)b) * exp(-vec3_dot(d, d) / (2 * blobs[b][3] * blobs[b][3]));
    }
    return sum;
}

/* The image of the patient who was moved: its point `motion(p)` shows what lies at p. */
static Volume *image(const Rigid *motion, bool inverted)
{
    const Geometry geometry = {.size = {SIZE, SIZE, SIZE},
                               .spacing_mm = {1, 1, 1},
                               .origin_lps_mm = {-31.5, -31.5, -31.5},
                               .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    Volume *volume = volume_new(&geometry, NULL);
    assert_non_null(volume);
    volume->source_name = strdup("image");
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        const Vec3 q = vec3_sub(geometry_point_lps_mm(&geometry, (double)(v % SIZE),
                                                      (double)(v / SIZE % SIZE), (double)(v / SIZE / SIZE)),
                                motion->shift_mm);
        Vec3 p = vec3(0, 0, 0); /* the inverse turn */
        p.x = motion->turn[0][0] * q.x + motion->turn[1][0] * q.y + motion->turn[2][0] * q.z;
        p.y = motion->turn[0][1] * q.x + motion->turn[1][1] * q.y + motion->turn[2][1] * q.z;
        p.z = motion->turn[0][2] * q.x + motion->turn[1][2] * q.y + motion->turn[2][2] * q.z;
        const double value = value_at(p);
        volume->voxels[v] = (float)(inverted ? 1000 - 400 * sqrt(value) : 300 * value);
    }
    return volume;
}

static Rigid about_z_and_x(double z_deg, double x_deg, Vec3 shift)
{
    const double z = z_deg * M_PI / 180, x = x_deg * M_PI / 180;
    return (Rigid){.turn = {{cos(z), -sin(z) * cos(x), sin(z) * sin(x)},
                            {sin(z), cos(z) * cos(x), -cos(z) * sin(x)},
                            {0, sin(x), cos(x)}},
                   .shift_mm = shift};
}

static const Rigid still = {.turn = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

static void a_known_motion_is_found(void **state)
{
    (void)state;
    if (access("/usr/bin/elastix", X_OK) != 0) {
        print_message("# elastix is not installed\n");
        skip();
    }
    const Rigid known = about_z_and_x(6, -4, vec3(3, -2, 4));
    AUTO(volume_auto) Volume *fixed = image(&still, false);
    AUTO(volume_auto) Volume *moving = image(&known, true);
    fixed->voxels[0] = NAN;
    Rigid found;
    DensError *err = NULL;
    const bool good = align_rigid(&found, fixed, moving, &err);
    assert_no_error(err);
    assert_true(good);
    assert_near(rigid_angle_deg(&found), rigid_angle_deg(&known), 0.5);
    static const double places[][3] = {{0, 0, 0}, {20, 0, 0}, {0, -20, 0}, {0, 0, 20}, {-12, 12, -12}};
    for (size_t n = 0; n < sizeof places / sizeof *places; n++) {
        const Vec3 p = vec3(places[n][0], places[n][1], places[n][2]);
        assert_near(vec3_length(vec3_sub(rigid_apply(&found, p), rigid_apply(&known, p))), 0, 0.5);
    }
}

/* A series of a phantom in a patient who has moved: nothing is sampled anew, its grid alone turns. */
static Volume *series_of(const char *folder, const char *name, const Rigid *motion)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(log_auto) Log *log = log_new(stderr, LOG_TEXT, LOG_ERROR);
    DensError *err = NULL;
    const char *path = file_join(arena, folder, name);
    const DicomStudy *study = dicom_study_scan(arena, &path, 1, log, NULL, &err);
    assert_no_error(err);
    Volume *volume = dicom_series_read(&study->series[0], log, NULL, &err);
    assert_no_error(err);
    volume->geometry = rigid_move_grid(motion, &volume->geometry);
    return volume;
}

static void ct_and_t2_of_a_phantom_come_together(void **state)
{
    (void)state;
    if (access("/usr/bin/elastix", X_OK) != 0) {
        print_message("# elastix is not installed\n");
        skip();
    }
    const Rigid known = about_z_and_x(6, -4, vec3(3, -2, 4));
    char folder[] = "/tmp/dens-align-XXXXXX";
    assert_non_null(mkdtemp(folder));
    DensError *err = NULL;
    const PhantomOptions options = {.diagnosis = "metastasis", .seed = 21, .folder = folder};
    assert_true(phantom_write(&options, NULL, &err));
    AUTO(volume_auto) Volume *fixed = series_of(folder, "ct", &still);
    AUTO(volume_auto) Volume *moving = series_of(folder, "t2", &known);
    assert_true(file_remove_tree(folder, &err));
    Rigid found;
    const bool good = align_rigid(&found, fixed, moving, &err);
    assert_no_error(err);
    assert_true(good);
    /* along the spine, and 40 mm to each side and to the front and back of its middle */
    static const double places[][3] = {{0, 0, 0},   {0, 0, 60}, {0, 0, -60}, {40, 0, 0},
                                       {-40, 0, 0}, {0, 40, 0}, {0, -40, 0}};
    double worst = 0;
    for (size_t n = 0; n < sizeof places / sizeof *places; n++) {
        const Vec3 p = vec3(places[n][0], places[n][1], places[n][2]);
        worst = fmax(worst, vec3_length(vec3_sub(rigid_apply(&found, p), rigid_apply(&known, p))));
    }
    print_message("# largest error %.2f mm, turn %.2f of %.2f degrees\n", worst, rigid_angle_deg(&found),
                  rigid_angle_deg(&known));
    assert_true(worst < 0.5);
}

static void a_grid_moves_with_its_points(void **state)
{
    (void)state;
    const Rigid known = about_z_and_x(30, 10, vec3(1, 2, 3));
    AUTO(volume_auto) Volume *volume = image(&still, false);
    const Geometry moved = rigid_move_grid(&known, &volume->geometry);
    const Vec3 there = geometry_point_lps_mm(&moved, 5, 6, 7);
    const Vec3 here = rigid_apply(&known, geometry_point_lps_mm(&volume->geometry, 5, 6, 7));
    assert_near(vec3_length(vec3_sub(there, here)), 0, 1e-9);
    assert_near(rigid_angle_deg(&still), 0, 1e-9);
}

static void without_elastix_the_reason_is_said(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *fixed = image(&still, false);
    char *path = strdup(getenv("PATH"));
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    Rigid found;
    DensError *err = NULL;
    const bool good = align_rigid(&found, fixed, fixed, &err);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    assert_false(good);
    assert_error(&err, DENS_ERROR_USAGE, "elastix", "cannot be aligned; it is Debian's package elastix");
}

static void an_image_without_values_is_refused(void **state)
{
    (void)state;
    AUTO(volume_auto) Volume *fixed = image(&still, false);
    for (size_t v = 0; v < (size_t)SIZE * SIZE * SIZE; v++) {
        fixed->voxels[v] = NAN;
    }
    Rigid found;
    DensError *err = NULL;
    assert_false(align_rigid(&found, fixed, fixed, &err));
    assert_error(&err, DENS_ERROR_INPUT, "image", "no voxel has a finite value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_motion_is_found),
        cmocka_unit_test(ct_and_t2_of_a_phantom_come_together),
        cmocka_unit_test(a_grid_moves_with_its_points),
        cmocka_unit_test(without_elastix_the_reason_is_said),
        cmocka_unit_test(an_image_without_values_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
