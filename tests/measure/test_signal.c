/* MR signal ratios and enhancement: known ratios, whatever the scaling of a series. */
#include "solids.h"

static const double millimetre[3] = {1, 1, 1};

/* One MR series: a lesion and three reference regions. */
typedef struct {
    Volume *volume;
    Mask *lesion, *muscle, *disc, *cord;
    MeasureSeries series;
} Mr;

static Mr mr_new(const char *role)
{
    const Geometry grid = solid_grid(40, millimetre, 0, solid_order, vec3(0, 0, 0));
    Mr mr = {.volume = flat_volume(&grid, UNIT_ARBITRARY, 0),
             .lesion = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 9, 9, 9),
             .muscle = solid_mask(&grid, in_ellipsoid, vec3(14, 14, 14), 5, 5, 5),
             .disc = solid_mask(&grid, in_ellipsoid, vec3(-14, 14, 14), 5, 5, 5),
             .cord = solid_mask(&grid, in_ellipsoid, vec3(14, -14, 14), 5, 5, 5)};
    mr.series = (MeasureSeries){.volume = mr.volume, .role = role, .lesion = mr.lesion};
    mr.series.reference[TISSUE_MUSCLE] = mr.muscle;
    mr.series.reference[TISSUE_DISC] = mr.disc;
    mr.series.reference[TISSUE_CORD] = mr.cord;
    return mr;
}

static void mr_clear(Mr *mr)
{
    volume_free(mr->volume);
    mask_free(mr->lesion);
    mask_free(mr->muscle);
    mask_free(mr->disc);
    mask_free(mr->cord);
}

static void mr_fill(Mr *mr, double lesion, double muscle, double disc, double cord, double noise)
{
    fill(mr->volume, mr->lesion, lesion, noise, 11);
    fill(mr->volume, mr->muscle, muscle, noise, 12);
    fill(mr->volume, mr->disc, disc, noise, 13);
    fill(mr->volume, mr->cord, cord, noise, 14);
}

static void mr_scale(Mr *mr, float factor)
{
    for (size_t v = 0; v < 64000; v++) {
        mr->volume->voxels[v] *= factor;
    }
}

static void ratios_are_those_of_the_medians(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr mr = mr_new("t2");
    mr_fill(&mr, 300, 100, 250, 200, 10);
    const MeasurementList list = run_family("signal", &mr.series, 1, arena);
    assert_near(value_of(&list, "signal.t2_muscle"), 3.0, 0.05);
    assert_near(value_of(&list, "signal.t2_disc"), 1.2, 0.02);
    assert_near(value_of(&list, "signal.t2_cord"), 1.5, 0.02);
    assert_near(value_of(&list, "signal.t2_cv"), 10.0 / 300, 0.002);
    assert_missing(&list, "signal.t2_csf", "no csf reference on the t2 series");
    assert_missing(&list, "signal.t1_muscle", "no t1 series");
    assert_missing(&list, "signal.stir_csf", "no stir series");
    const Measurement *m = found(&list, "signal.t2_muscle");
    assert_string_equal(m->inputs[0], "t2");
    assert_string_equal(m->inputs[2], "muscle");
    assert_null(m->inputs[3]);
}

/* 200 noisy copies: the ratio scatters as its sd says. */
static void sd_is_the_scatter(void **state)
{
    (void)state;
    enum { TRIALS = 200 };
    AUTO(mr_clear) Mr mr = mr_new("t1");
    double sum = 0, squares = 0, said = 0;
    for (uint64_t t = 0; t < TRIALS; t++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        fill(mr.volume, mr.lesion, 150, 30, 1000 + t);
        fill(mr.volume, mr.muscle, 100, 30, 2000 + t);
        const MeasurementList list = run_family("signal", &mr.series, 1, arena);
        const double value = value_of(&list, "signal.t1_muscle");
        sum += value;
        squares += value * value;
        said += found(&list, "signal.t1_muscle")->sd / TRIALS;
    }
    const double scatter = sqrt((squares - sum * sum / TRIALS) / (TRIALS - 1));
    assert_near(sum / TRIALS, 1.5, 0.01);
    assert_near(said / scatter, 1, 0.25);
}

static void scaling_a_series_changes_nothing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr mr = mr_new("t2");
    mr_fill(&mr, 300, 100, 250, 200, 10);
    const MeasurementList before = run_family("signal", &mr.series, 1, arena);
    const char *const ids[] = {"signal.t2_muscle", "signal.t2_disc", "signal.t2_cord", "signal.t2_cv"};
    const float factors[] = {0.001F, 7.3F, 4096};
    for (int f = 0; f < 3; f++) {
        AUTO(mr_clear) Mr scaled = mr_new("t2");
        mr_fill(&scaled, 300, 100, 250, 200, 10);
        mr_scale(&scaled, factors[f]);
        const MeasurementList after = run_family("signal", &scaled.series, 1, arena);
        for (int q = 0; q < 4; q++) {
            assert_near(value_of(&after, ids[q]), value_of(&before, ids[q]), 1e-5);
            assert_near(found(&after, ids[q])->sd, found(&before, ids[q])->sd, 1e-5);
        }
    }
}

static void references_without_signal(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr mr = mr_new("t1");
    mr_fill(&mr, 300, 0, -5, 200, 0);
    MeasurementList list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t1_muscle", "muscle reference on the t1 series is not above 0");
    assert_missing(&list, "signal.t1_disc", "disc reference on the t1 series is not above 0");
    mr_fill(&mr, -1, 100, 100, 100, 0);
    list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t1_muscle", "the lesion on the t1 series is below 0");
    mr_fill(&mr, 0, 100, 100, 100, 0);
    list = run_family("signal", &mr.series, 1, arena);
    assert_near(value_of(&list, "signal.t1_muscle"), 0, 0);
    mr.series.role = "t2";
    list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t2_cv", "the lesion on the t2 series is not above 0");
    mr.series.lesion = NULL;
    list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t2_muscle", "no lesion mask on the t2 series");
}

static void empty_reference_is_missing_with_its_name(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr mr = mr_new("t1");
    mr_fill(&mr, 300, 100, 100, 100, 0);
    memset(mr.muscle->labels, 0, 64000 * sizeof *mr.muscle->labels);
    const MeasurementList list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t1_muscle", "the muscle reference has no voxel outside the lesion");
}

/* The first T1 series has no muscle, the second has. */
static void second_series_of_a_role_is_used(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr first = mr_new("t1");
    AUTO(mr_clear) Mr second = mr_new("t1");
    mr_fill(&first, 300, 100, 150, 100, 0);
    mr_fill(&second, 200, 100, 200, 100, 0);
    first.series.reference[TISSUE_MUSCLE] = NULL;
    const MeasureSeries series[] = {first.series, second.series};
    const MeasurementList list = run_family("signal", series, 2, arena);
    assert_near(value_of(&list, "signal.t1_muscle"), 2, 1e-6);
    assert_near(value_of(&list, "signal.t1_disc"), 2, 1e-6);
}

/* Before: lesion 100, muscle 100, cord 120. After, all times 3: lesion 180, muscle 110, cord 120. */
static void enhancement_cancels_the_scale(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr pre = mr_new("t1");
    AUTO(mr_clear) Mr post = mr_new("t1c");
    mr_fill(&pre, 100, 100, 90, 120, 0);
    mr_fill(&post, 180, 110, 90, 120, 0);
    mr_scale(&post, 3);
    MeasureSeries series[] = {post.series, pre.series};
    MeasurementList list = run_family("enhancement", series, 2, arena);
    assert_near(value_of(&list, "enhancement.ratio"), 80, 1e-4); /* against the cord */
    assert_string_equal(found(&list, "enhancement.ratio")->inputs[3], "cord");
    assert_near(value_of(&list, "enhancement.over_muscle"), 180.0 / 110 - 1, 1e-5);
    series[0].reference[TISSUE_CORD] = NULL;
    list = run_family("enhancement", series, 2, arena);
    assert_near(value_of(&list, "enhancement.ratio"), 100 * (180.0 / 110 - 1), 1e-4);
    assert_string_equal(found(&list, "enhancement.ratio")->inputs[3], "muscle");
    assert_near(found(&list, "enhancement.ratio")->sd, 0, 0);
}

static void unusable_cord_falls_back_to_muscle(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr pre = mr_new("t1");
    AUTO(mr_clear) Mr post = mr_new("t1c");
    mr_fill(&pre, 100, 100, 90, 0, 0);
    mr_fill(&post, 150, 100, 90, 0, 0);
    const MeasureSeries series[] = {pre.series, post.series};
    const MeasurementList list = run_family("enhancement", series, 2, arena);
    assert_near(value_of(&list, "enhancement.ratio"), 50, 1e-4);
}

static void enhancement_without_reference_is_missing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr pre = mr_new("t1");
    AUTO(mr_clear) Mr post = mr_new("t1c");
    mr_fill(&pre, 100, 100, 90, 120, 0);
    mr_fill(&post, 180, 110, 90, 120, 0);
    MeasureSeries series[] = {pre.series, post.series};
    MeasurementList list = run_family("enhancement", series, 1, arena);
    assert_missing(&list, "enhancement.ratio", "no t1c series");
    list = run_family("enhancement", &series[1], 1, arena);
    assert_missing(&list, "enhancement.over_muscle", "no t1 series");
    series[0].reference[TISSUE_CORD] = NULL;
    series[0].reference[TISSUE_DISC] = NULL;
    series[1].reference[TISSUE_MUSCLE] = NULL;
    list = run_family("enhancement", series, 2, arena);
    assert_missing(&list, "enhancement.ratio", "no cord, muscle or disc reference in both");
    assert_missing(&list, "enhancement.over_muscle", "no muscle reference in both t1 and t1c");
    mr_fill(&pre, 0, 100, 90, 120, 0);
    series[1].reference[TISSUE_MUSCLE] = post.muscle;
    list = run_family("enhancement", series, 2, arena);
    assert_missing(&list, "enhancement.ratio", "the lesion on the t1 series is not above 0");
}

/* Magnitude of noise, or a ramp whose values are spread much as those of noise, wherever no tissue is marked.
 */
static void fill_air(Mr *mr, bool ramp)
{
    Random random;
    random_init(&random, 5);
    for (size_t v = 0; v < geometry_voxels(&mr->volume->geometry); v++) {
        const double a = 20 * random_normal(&random), b = 20 * random_normal(&random);
        if (!mr->lesion->labels[v] && !mr->disc->labels[v] && !mr->cord->labels[v]) {
            mr->volume->voxels[v] = (float)(ramp ? 10 + 45 * (double)(v % 5) : hypot(a, b));
        }
    }
}

static void a_reference_in_air_is_none(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mr_clear) Mr mr = mr_new("t2");
    mr_fill(&mr, 300, 100, 45, 200, 0);
    fill_air(&mr, false); /* over the muscle, too */
    MeasurementList list = run_family("signal", &mr.series, 1, arena);
    assert_missing(&list, "signal.t2_muscle", "the muscle reference has no signal on the t2 series");
    assert_near(value_of(&list, "signal.t2_disc"), 300.0 / 45, 0.01); /* above twice the noise of 20 */
    fill_air(&mr, true);
    fill(mr.volume, mr.muscle, 100, 0, 1);
    list = run_family("signal", &mr.series, 1, arena);
    assert_near(value_of(&list, "signal.t2_muscle"), 3, 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_those_of_the_medians),
        cmocka_unit_test(sd_is_the_scatter),
        cmocka_unit_test(scaling_a_series_changes_nothing),
        cmocka_unit_test(references_without_signal),
        cmocka_unit_test(a_reference_in_air_is_none),
        cmocka_unit_test(empty_reference_is_missing_with_its_name),
        cmocka_unit_test(second_series_of_a_role_is_used),
        cmocka_unit_test(enhancement_cancels_the_scale),
        cmocka_unit_test(unusable_cord_falls_back_to_muscle),
        cmocka_unit_test(enhancement_without_reference_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
