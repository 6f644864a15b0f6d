/* Perfusion and diffusion on series of several volumes with known curves and coefficients. */
#include "solids.h"

#include "measure/kinetics.h"

static const double millimetre[3] = {1, 1, 1};
enum { SIDE = 24, MOST = 64 };

/* A series of several volumes, with a ball for a lesion whose left half (x < 0) is the `part`. */
typedef struct {
    Volume *volumes[MOST];
    MeasureFrame frames[MOST];
    Mask *lesion;
    MeasureSeries series;
} Series;

static Series series_new(const char *role, size_t count)
{
    const Geometry grid = solid_grid(SIDE, millimetre, 0, solid_order, vec3(0, 0, 0));
    Series out = {.lesion = solid_mask(&grid, in_ellipsoid, vec3(0, 0, 0), 6, 6, 6)};
    for (size_t f = 0; f < count; f++) {
        out.volumes[f] = flat_volume(&grid, UNIT_ARBITRARY, 0);
        out.frames[f] = (MeasureFrame){.volume = out.volumes[f], .time_s = -1, .b_s_per_mm2 = -1};
    }
    out.series =
        (MeasureSeries){.volume = out.volumes[0], .role = role, .lesion = out.lesion, .frame_count = count};
    return out;
}

/* After the struct has its place. */
static MeasurementList run(const char *family, Series *s, Arena *arena)
{
    s->series.frames = s->frames;
    return run_family(family, &s->series, 1, arena);
}

static void series_clear(Series *s)
{
    for (size_t f = 0; f < s->series.frame_count; f++) {
        volume_free(s->volumes[f]);
    }
    mask_free(s->lesion);
}

/* Sets the lesion's voxels of a volume: the left third (x < −2) to `left`, the others to `right`. */
static void set_lesion(Series *s, size_t frame, double left, double right)
{
    const Geometry *g = &s->lesion->geometry;
    for (size_t v = 0; v < geometry_voxels(g); v++) {
        if (s->lesion->labels[v]) {
            const double x = geometry_point_lps_mm(g, (double)(v % SIDE), 0, 0).x;
            s->volumes[frame]->voxels[v] = (float)(x < -2 ? left : right);
        }
    }
}

/* Native 100 until 20 s, then up by 10 a second to 300 at 40 s, then down by 0.5 a second to 240 at 160 s,
 * and level to the end at 240 s; every 4 s. The other voxels stay at 50. */
static double trapezium(double t)
{
    return t <= 20 ? 100 : t <= 40 ? 100 + 10 * (t - 20) : t <= 160 ? 300 - 0.5 * (t - 40) : 240;
}

static void curve_of_the_part_that_enhances(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dce", 61);
    for (size_t f = 0; f < 61; f++) {
        s.frames[f].time_s = 4 * (double)f;
        set_lesion(&s, f, trapezium(4 * (double)f), 50);
    }
    const MeasurementList list = run("perfusion", &s, arena);
    assert_near(value_of(&list, "perfusion.bolus_arrival"), 22, 1e-6); /* a tenth of the rise */
    assert_near(value_of(&list, "perfusion.peak_enhancement"), 200, 1e-4);
    assert_near(value_of(&list, "perfusion.time_to_peak"), 18, 1e-6);
    assert_near(value_of(&list, "perfusion.wash_in"), 10, 1e-5);
    assert_near(value_of(&list, "perfusion.late_change"), -20, 1e-4);
    /* from 22 s: 20 at the start, 200 at 40 s, 164 at 112 s */
    assert_near(value_of(&list, "perfusion.auc90"), 110 * 18 + 182 * 72, 0.01);
    const double slope = value_of(&list, "perfusion.wash_out");
    assert_true(slope < -10 && slope > -30); /* −30 while it falls, 0 at the end */
    assert_missing(&list, "perfusion.ktrans", "repetition time");
    assert_string_equal(found(&list, "perfusion.wash_in")->inputs[0], "dce");
}

static void curve_that_rises_to_the_end(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dce", 20);
    for (size_t f = 0; f < 20; f++) {
        s.frames[f].time_s = 4 * (double)f;
        const double signal = f < 4 ? 100 : 100 + 10 * (double)(f - 3);
        set_lesion(&s, f, signal, signal);
    }
    const MeasurementList list = run("perfusion", &s, arena);
    assert_near(value_of(&list, "perfusion.peak_enhancement"), 160, 1e-4);
    assert_missing(&list, "perfusion.wash_out", "peak at its end");
    assert_missing(&list, "perfusion.auc90", "within 90 s");
    assert_missing(&list, "perfusion.late_change", "within 180 s");
}

/* Signals made from Tofts' model and the population's artery: the parameters come back. */
static void kinetic_parameters_come_back(void **state)
{
    (void)state;
    enum { POINTS = 60 };
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dce", POINTS);
    const Kinetics truth = {.ktrans_per_min = 0.15, .ve = 0.3, .vp = 0.03};
    const double tr_s = 0.005, t1_s = 1.2, cosine = cos(15 * acos(-1) / 180);
    double time_s[POINTS], plasma[POINTS], tissue[POINTS];
    for (size_t f = 0; f < POINTS; f++) {
        s.frames[f].time_s = time_s[f] = 5 * (double)f;
        plasma[f] = kinetics_population_blood_mm(time_s[f] - 30) / 0.58;
    }
    kinetics_curve(tissue, KINETICS_EXTENDED_TOFTS, &truth, time_s, plasma, POINTS);
    for (size_t f = 0; f < POINTS; f++) {
        const double e = exp(-tr_s * (1 / t1_s + 4.5 * tissue[f]));
        const double signal = 10000 * (1 - e) / (1 - cosine * e);
        set_lesion(&s, f, signal, signal);
    }
    s.series.tr_s = tr_s;
    s.series.flip_deg = 15;
    MeasurementList list = run("perfusion", &s, arena);
    assert_missing(&list, "perfusion.ve", "native T1 is not known");
    s.series.native_t1_s = t1_s;
    list = run("perfusion", &s, arena);
    /* when the bolus arrives is read from the curve to a second or two */
    assert_near(value_of(&list, "perfusion.ktrans"), 0.15, 0.015);
    assert_near(value_of(&list, "perfusion.ve"), 0.3, 0.03);
    assert_near(value_of(&list, "perfusion.vp"), 0.03, 0.025);
    assert_true(found(&list, "perfusion.ktrans")->sd >= 0);
}

static void dynamic_series_that_cannot_be_measured(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dce", 6);
    MeasurementList list = run("perfusion", &s, arena);
    assert_missing(&list, "perfusion.peak_enhancement", "the times of the dce series are not known");
    for (size_t f = 0; f < 6; f++) {
        s.frames[f].time_s = (double)f;
    }
    list = run("perfusion", &s, arena);
    assert_missing(&list, "perfusion.wash_in", "before contrast medium is not above 0");
    for (size_t f = 0; f < 6; f++) {
        set_lesion(&s, f, NAN, NAN);
    }
    list = run("perfusion", &s, arena);
    assert_missing(&list, "perfusion.wash_in", "finite value");
    s.series.lacks = "the clock stood still";
    list = run("perfusion", &s, arena);
    assert_missing(&list, "perfusion.ktrans", "the clock stood still");
    list = run_family("perfusion", NULL, 0, arena);
    assert_missing(&list, "perfusion.ktrans", "no dce series");
}

/* S0 = 1000·exp(−b·ADC), left 0.8, right 1.6 · 10⁻³ mm²/s. */
static void set_decay(Series *s, size_t frame, double b)
{
    s->frames[frame].b_s_per_mm2 = b;
    set_lesion(s, frame, 1000 * exp(-b * 0.8e-3), 1000 * exp(-b * 1.6e-3));
}

static void coefficient_without_noise(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double b_values[][4] = {{0, 1000}, {0, 400, 800}, {50, 400, 800, 800}};
    const size_t counts[] = {2, 3, 4};
    for (int c = 0; c < 3; c++) {
        AUTO(series_clear) Series s = series_new("dwi", counts[c]);
        for (size_t f = 0; f < counts[c]; f++) {
            set_decay(&s, f, b_values[c][f]);
        }
        const MeasurementList list = run("diffusion", &s, arena);
        assert_near(value_of(&list, "diffusion.adc_median") / 1.6, 1, 0.001);
        assert_near(value_of(&list, "diffusion.adc_p5") / 0.8, 1, 0.001);
        const double mean = value_of(&list, "diffusion.adc_mean");
        assert_true(mean > 1.2 && mean < 1.6);
        assert_non_null(strstr(found(&list, "diffusion.adc_mean")->note, "no air"));
    }
}

/* A b-value beyond the mono-exponential range does not count. */
static void very_high_weighting_is_left_out(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dwi", 3);
    set_decay(&s, 0, 0);
    set_decay(&s, 1, 800);
    set_lesion(&s, 2, 900, 900);
    s.frames[2].b_s_per_mm2 = 3000;
    const MeasurementList list = run("diffusion", &s, arena);
    assert_near(value_of(&list, "diffusion.adc_median"), 1.6, 0.0016);
}

/* Magnitude of a signal with complex noise, in air as in the lesion: without the noise floor a coefficient of
 * 1.6 would come out far too small from b = 1400. */
static void noise_floor_is_taken_off(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dwi", 4);
    const double sigma = 60, b_values[] = {0, 300, 600, 1400};
    Random random;
    random_init(&random, 5);
    for (size_t f = 0; f < 4; f++) {
        s.frames[f].b_s_per_mm2 = b_values[f];
        for (size_t v = 0; v < SIDE * SIDE * SIDE; v++) {
            const double signal = s.lesion->labels[v] ? 1000 * exp(-b_values[f] * 1.6e-3) : 0;
            s.volumes[f]->voxels[v] =
                (float)hypot(signal + sigma * random_normal(&random), sigma * random_normal(&random));
        }
    }
    const MeasurementList list = run("diffusion", &s, arena);
    assert_near(value_of(&list, "diffusion.adc_mean"), 1.6, 0.08);
    assert_non_null(strstr(found(&list, "diffusion.adc_mean")->note, "from the air"));
}

static void weightings_that_do_not_do(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(series_clear) Series s = series_new("dwi", 2);
    MeasurementList list = run("diffusion", &s, arena);
    assert_missing(&list, "diffusion.adc_mean", "b-values of the dwi series are not known");
    set_decay(&s, 0, 800);
    set_decay(&s, 1, 800);
    list = run("diffusion", &s, arena);
    assert_missing(&list, "diffusion.adc_mean", "one b-value (800 s/mm²)");
    set_lesion(&s, 0, 0, 0);
    set_lesion(&s, 1, 0, 0);
    s.frames[0].b_s_per_mm2 = 0;
    list = run("diffusion", &s, arena);
    assert_missing(&list, "diffusion.adc_p5", "no signal above the noise");
    list = run_family("diffusion", NULL, 0, arena);
    assert_missing(&list, "diffusion.adc_p5", "no dwi or adc series");
}

static void map_is_read_as_it_is(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const double stored[] = {900, 0.9, 0.0009};
    for (int u = 0; u < 3; u++) {
        AUTO(series_clear) Series s = series_new("adc", 1);
        set_lesion(&s, 0, stored[u], stored[u]);
        const MeasurementList list = run("diffusion", &s, arena);
        assert_near(value_of(&list, "diffusion.adc_mean"), 0.9, 1e-6);
        assert_non_null(strstr(found(&list, "diffusion.adc_mean")->note, "unit was taken to be"));
        assert_string_equal(found(&list, "diffusion.adc_mean")->inputs[0], "adc");
    }
    AUTO(series_clear) Series s = series_new("adc", 1);
    set_lesion(&s, 0, 20, 20);
    MeasurementList list = run("diffusion", &s, arena);
    assert_missing(&list, "diffusion.adc_mean", "fit none in use");
    s.volumes[0]->unit = UNIT_ADC_UM2_PER_S;
    list = run("diffusion", &s, arena);
    assert_near(value_of(&list, "diffusion.adc_mean"), 0.02, 1e-6);
    assert_string_equal(found(&list, "diffusion.adc_mean")->note, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_of_the_part_that_enhances),
        cmocka_unit_test(curve_that_rises_to_the_end),
        cmocka_unit_test(kinetic_parameters_come_back),
        cmocka_unit_test(dynamic_series_that_cannot_be_measured),
        cmocka_unit_test(coefficient_without_noise),
        cmocka_unit_test(very_high_weighting_is_left_out),
        cmocka_unit_test(noise_floor_is_taken_off),
        cmocka_unit_test(weightings_that_do_not_do),
        cmocka_unit_test(map_is_read_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
