/* Published tissue values, and the signal equations.
 *
 * Relaxation: muscle, marrow, fat: de Bazelaire 2004 (Radiology 230:652); cord: Smith 2008
 * (10.1002/mrm.21596), white and grey matter by inversion recovery; CSF, disc, and marrow's proton density:
 * synthetic MR (10.3174/ajnr.A5566); blood: Lu 2004 (10.1002/mrm.20178), flowing and so without signal on
 * spin echo. docs/phantom.md lists each value with its source, and says which are assumptions. Values of
 * lesions stand with the lesions (lesion.c). */
#include "phantom/tissue.h"

#include <math.h>

/* HU, T1, T2, PD, agent | ADC, Ktrans, ve, vp, SUV */
const TissueValues tissue_values[KIND_COUNT] = {
    [KIND_AIR] = {-1000, 1000, 1, 0, 0, 0, 0, 0, 0, 0.05},
    [KIND_SKIN_FAT] = {-100, 382, 117, 0.95, 0, 0.05, 0, 0, 0, 0.3},
    [KIND_MUSCLE] = {58, 898, 29, 0.78, 0.06, 1.4, 0.03, 0.1, 0.02, 0.65},
    [KIND_FAT_PLANE] = {-90, 382, 117, 0.95, 0, 0.05, 0, 0, 0, 0.3},
    [KIND_CORTEX] = {1100, 302, 0.25, 0.15, 0, 0.1, 0, 0, 0, 0.7},
    [KIND_TRABECULA] = {305, 586, 49, 0.91, 0.12, 0.42, 0.04, 0.1, 0.03, 1.3},
    [KIND_NUCLEUS] = {95, 1165, 102, 0.79, 0, 2.27, 0, 0, 0, 0.6},
    [KIND_ANNULUS] = {105, 554, 56, 0.48, 0, 1.8, 0, 0, 0, 0.6},
    [KIND_CSF] = {6, 4273, 1578, 1.075, 0, 3.0, 0, 0, 0, 0.2},
    [KIND_CORD] = {36, 876, 73, 0.73, 0.01, 0.81, 0, 0, 0, 1.8},
    [KIND_GREY_MATTER] = {36, 973, 76, 0.81, 0.01, 0.81, 0, 0, 0, 1.8},
    [KIND_BLOOD] = {45, 1664, 1, 0.05, 0, 1.5, 0, 0, 1, 1.5},
    [KIND_VEIN] = {45, 1664, 40, 0.6, 1.0, 1.5, 0, 0, 1, 1.5},
    [KIND_LIGAMENT] = {75, 1000, 8, 0.45, 0.05, 1.0, 0, 0, 0.01, 0.7},
    [KIND_BRAIN] = {34, 1100, 85, 0.76, 0.01, 0.8, 0, 0, 0.02, 7.0},
    [KIND_GLAND] = {105, 1200, 60, 0.85, 0.6, 1.5, 0.3, 0.3, 0.1, 1.5},
    [KIND_SKIN] = {20, 900, 25, 0.6, 0.1, 1.0, 0.02, 0.1, 0.02, 0.6},
    [KIND_OEDEMA] = {280, 1100, 90, 0.91, 0.2, 1.2, 0.06, 0.2, 0.03, 2.0},
    [KIND_SOFT_OEDEMA] = {50, 1150, 75, 0.85, 0.2, 1.7, 0.06, 0.2, 0.03, 1.3},
    [KIND_SCLEROSIS] = {750, 480, 12, 0.4, 0.02, 0.5, 0.02, 0.1, 0.02, 1.5},
};

TissueMixture tissue_mixture(TissueKind kind)
{
    switch (kind) {
    case KIND_FIBRES_FEW:
        return (TissueMixture){KIND_LIGAMENT, 0.25};
    case KIND_FIBRES_HALF:
        return (TissueMixture){KIND_LIGAMENT, 0.5};
    case KIND_FIBRES_DENSE:
        return (TissueMixture){KIND_LIGAMENT, 0.75};
    case KIND_MARBLED_FAT:
        return (TissueMixture){KIND_MUSCLE, 0.25};
    case KIND_MARBLED_HALF:
        return (TissueMixture){KIND_MUSCLE, 0.5};
    case KIND_MARBLED_MUSCLE:
        return (TissueMixture){KIND_MUSCLE, 0.75};
    default:
        return (TissueMixture){kind, 1};
    }
}

double tissue_spin_echo(const TissueValues *tissue, double tr_ms, double te_ms)
{
    return tissue->pd * (1 - exp(-tr_ms / tissue->t1_ms)) * exp(-te_ms / tissue->t2_ms);
}

double tissue_inversion_recovery(const TissueValues *tissue, double tr_ms, double te_ms, double ti_ms)
{
    double longitudinal = 1 - 2 * exp(-ti_ms / tissue->t1_ms) + exp(-tr_ms / tissue->t1_ms);
    return tissue->pd * fabs(longitudinal) * exp(-te_ms / tissue->t2_ms);
}

TissueValues tissue_with_agent(const TissueValues *tissue, double agent_mm)
{
    /* gadobutrol in plasma at 3 T: r1 4.97, r2 7.4 per mmol/l and second (Szomolanyi 2019; Rohrer 2005) */
    static const double r1_per_s_mm = 4.97, r2_per_s_mm = 7.4;
    TissueValues after = *tissue;
    after.t1_ms = 1 / (1 / tissue->t1_ms + r1_per_s_mm * agent_mm / 1000);
    after.t2_ms = 1 / (1 / tissue->t2_ms + r2_per_s_mm * agent_mm / 1000);
    return after;
}

TissueValues tissue_after_contrast(const TissueValues *tissue)
{
    return tissue_with_agent(tissue, tissue->gadolinium_mm);
}

/* ---- contrast agent over time ---- */

double tissue_arterial_agent(double minutes)
{
    /* two Gaussians and an exponential under a sigmoid: Parker 2006, table 1 */
    static const double area[2] = {0.809, 0.330}, centre[2] = {0.17046, 0.365}, width[2] = {0.0563, 0.132};
    static const double alpha = 1.050, beta = 0.1685, steepness = 38.078, onset = 0.483;
    if (minutes < 0) {
        return 0;
    }
    double sum = alpha * exp(-beta * minutes) / (1 + exp(-steepness * (minutes - onset)));
    for (int i = 0; i < 2; i++) {
        double z = (minutes - centre[i]) / width[i];
        sum += area[i] / (width[i] * 2.50662827463100050242) * exp(-0.5 * z * z);
    }
    return sum;
}

void tissue_agent_curve(const TissueValues *tissue, const double *minutes, unsigned long count, double *out)
{
    static const double step = 0.005, haematocrit = 0.42;
    double kep = tissue->ve > 0 ? tissue->ktrans_per_min / tissue->ve : 0, leaked = 0, now = 0, last = 0;
    for (unsigned long i = 0; i < count; i++) {
        while (now < minutes[i]) { /* the convolution, by steps short against all changes */
            double length = fmin(step, minutes[i] - now);
            now += length;
            double plasma = tissue_arterial_agent(now) / (1 - haematocrit);
            leaked = leaked * exp(-kep * length) + tissue->ktrans_per_min * length * 0.5 * (plasma + last);
            last = plasma;
        }
        out[i] = tissue->vp * tissue_arterial_agent(minutes[i]) / (1 - haematocrit) + leaked;
    }
}
