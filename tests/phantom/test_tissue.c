/* The signal equations against values worked out by hand, and the table of lesions. */
#include "testing.h"

#include "phantom/lesion.h"
#include "phantom/phantom.h"

#include <math.h>

static const TissueValues water = {.t1_ms = 1000, .t2_ms = 100, .pd = 1};

static void spin_echo(void **state)
{
    (void)state;
    /* TR = T1 and TE = T2: (1 − 1/e) / e */
    assert_near(tissue_spin_echo(&water, 1000, 100), 0.232544158, 1e-9);
    assert_near(tissue_spin_echo(&water, 1e6, 0), 1, 1e-12);
    assert_near(tissue_spin_echo(&water, 0, 10), 0, 1e-12);
}

static void inversion_recovery(void **state)
{
    (void)state;
    /* long TR: null at T1 ln 2, inverted (and positive) before it */
    assert_near(tissue_inversion_recovery(&water, 1e6, 0, 1000 * log(2)), 0, 1e-12);
    assert_near(tissue_inversion_recovery(&water, 1e6, 0, 0), 1, 1e-12);
    /* TR = 3 T1, TI = T1, TE = T2: (1 − 2/e + 1/e³) / e */
    assert_near(tissue_inversion_recovery(&water, 3000, 100, 1000), 0.115524514, 1e-9);
}

static void contrast_agent(void **state)
{
    (void)state;
    TissueValues none = tissue_after_contrast(&water);
    assert_near(none.t1_ms, 1000, 1e-9);
    assert_near(none.t2_ms, 100, 1e-9);
    TissueValues one = water;
    one.gadolinium_mm = 1;
    one = tissue_after_contrast(&one);
    /* 1/T1 = 1 + 4.97 per second; 1/T2 = 10 + 7.4 per second */
    assert_near(one.t1_ms, 1000 / 5.97, 1e-9);
    assert_near(one.t2_ms, 1000 / 17.4, 1e-9);
}

static void tissues_are_physical(void **state)
{
    (void)state;
    for (const char *const *name = phantom_diagnoses(); *name; name++) {
        const LesionKind *kind = lesion_kind(*name);
        assert_non_null(kind);
        for (int i = 0; i < KIND_LESION; i++) {
            TissueMixture mixture = tissue_mixture((TissueKind)i);
            const TissueValues *t = lesion_tissue(kind, mixture.kind);
            assert_ptr_equal(t, &tissue_values[mixture.kind]);
            assert_true(mixture.share > 0 && mixture.share <= 1);
            assert_int_equal(tissue_mixture(mixture.kind).kind, mixture.kind);
            assert_true(t->t1_ms > 0 && t->t2_ms > 0 && t->t2_ms <= t->t1_ms);
            assert_true(t->pd >= 0 && t->pd < 1.1 && t->attenuation_hu >= -1000);
        }
    }
}

/* A vein is darker than muscle without the agent, brighter with it; an artery is void. */
static void vessels(void **state)
{
    (void)state;
    const TissueValues *vein = &tissue_values[KIND_VEIN], *muscle = &tissue_values[KIND_MUSCLE];
    TissueValues vein_after = tissue_after_contrast(vein), muscle_after = tissue_after_contrast(muscle);
    assert_true(tissue_spin_echo(vein, 700, 12) < 0.7 * tissue_spin_echo(muscle, 700, 12));
    assert_true(tissue_spin_echo(&vein_after, 700, 12) > 1.2 * tissue_spin_echo(&muscle_after, 700, 12));
    assert_true(tissue_spin_echo(&tissue_values[KIND_BLOOD], 700, 12) < 0.01);
}

/* A part that a lesion uses has values; the ages and the levels make sense. */
static void lesions_are_whole(void **state)
{
    (void)state;
    size_t count = 0;
    for (const char *const *name = phantom_diagnoses(); *name; name++, count++) {
        const LesionKind *kind = lesion_kind(*name);
        assert_true(kind->matrix.t1_ms > 0);
        assert_true((kind->septum.t1_ms > 0) == (kind->chamber_mm > 0));
        assert_true((kind->wall_mm > 0) == (kind->chamber_mm > 0));
        assert_true((kind->rim.t1_ms > 0) == (kind->rim_mm > 0));
        assert_true((kind->centre.t1_ms > 0) == (kind->centre_mm > 0));
        assert_true((kind->focus.t1_ms > 0) == (kind->pattern != FOCUS_NONE));
        assert_true((kind->fluid_top.t1_ms > 0) == (kind->fluid_levels || kind->abscess));
        assert_true((kind->fluid_bottom.t1_ms > 0) == kind->fluid_levels);
        assert_true(kind->first_level <= kind->last_level && kind->last_level < LEVEL_COUNT);
        assert_true(kind->male_share > 0 && kind->male_share < 1 && kind->age_sd > 0);
    }
    assert_int_equal(count, 22);
}

/* The population's artery: its first peak is 6 mmol/l (Parker 2006, figure 2), nothing before the arrival. */
static void artery(void **state)
{
    (void)state;
    double peak = 0, at = 0;
    for (double t = 0; t < 5; t += 0.001) {
        double now = tissue_arterial_agent(t);
        at = now > peak ? t : at;
        peak = fmax(peak, now);
    }
    assert_near(peak, 6.07, 0.15);
    assert_near(at, 0.170, 0.01);
    assert_near(tissue_arterial_agent(-1), 0, 0);
    /* after six minutes only the exponential is left: 1.05 exp(−0.1685 · 6) */
    assert_near(tissue_arterial_agent(6), 0.382, 0.001);
}

/* Extended Tofts: plasma alone is vp of the plasma's curve; without return the leak is Ktrans times its area.
 */
static void agent_curve(void **state)
{
    (void)state;
    const double minutes[] = {0, 0.17, 1, 3};
    double curve[4], area = 0;
    TissueValues plasma = {.vp = 0.1}, slow = {.ktrans_per_min = 0.1, .ve = 1e6};
    tissue_agent_curve(&plasma, minutes, 4, curve);
    for (int i = 0; i < 4; i++) {
        assert_near(curve[i], 0.1 * tissue_arterial_agent(minutes[i]) / 0.58, 1e-12);
    }
    for (int i = 0; i < 30000; i++) {
        area += tissue_arterial_agent(0.0001 * i + 0.00005) * 0.0001 / 0.58;
    }
    tissue_agent_curve(&slow, minutes, 4, curve);
    assert_near(curve[3], 0.1 * area, 0.002 * area);
    assert_near(curve[0], 0, 0);
}

static void unknown_diagnosis(void **state)
{
    (void)state;
    assert_null(lesion_kind("plague"));
    assert_null(lesion_kind(""));
    assert_null(lesion_kind("chordoma "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spin_echo),
        cmocka_unit_test(inversion_recovery),
        cmocka_unit_test(contrast_agent),
        cmocka_unit_test(vessels),
        cmocka_unit_test(tissues_are_physical),
        cmocka_unit_test(lesions_are_whole),
        cmocka_unit_test(artery),
        cmocka_unit_test(agent_curve),
        cmocka_unit_test(unknown_diagnosis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
