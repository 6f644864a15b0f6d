/* Published tissue values, and the signal equations.
 *
 * Relaxation: muscle, marrow, fat: de Bazelaire 2004 (Radiology 230:652); cord: Smith 2008
 * (10.1002/mrm.21596), the mean of white and grey matter; CSF, disc, and marrow's proton density: synthetic
 * MR (10.3174/ajnr.A5566); blood: Lu 2004 (10.1002/mrm.20178), flowing and so without signal on spin echo.
 * docs/phantom.md lists each value with its source, and says which are assumptions. Values of lesions stand
 * with the lesions (lesion.c). */
#include "phantom/tissue.h"

#include <math.h>

const TissueValues tissue_values[KIND_COUNT] = {
    [KIND_AIR] = {-1000, 1000, 1, 0, 0},        [KIND_SKIN_FAT] = {-100, 382, 68, 0.95, 0},
    [KIND_MUSCLE] = {58, 898, 29, 0.78, 0.06},  [KIND_FAT_PLANE] = {-90, 382, 68, 0.95, 0},
    [KIND_CORTEX] = {1100, 302, 0.25, 0.15, 0}, [KIND_TRABECULA] = {305, 586, 49, 0.91, 0.12},
    [KIND_NUCLEUS] = {95, 1165, 102, 0.79, 0},  [KIND_ANNULUS] = {105, 554, 56, 0.48, 0},
    [KIND_CSF] = {6, 4273, 1578, 1.075, 0},     [KIND_CORD] = {36, 924, 74.5, 0.75, 0.01},
    [KIND_BLOOD] = {45, 1664, 1, 0.05, 0},      [KIND_LIGAMENT] = {75, 1000, 8, 0.45, 0.05},
    [KIND_BRAIN] = {34, 1100, 85, 0.76, 0.01},  [KIND_GLAND] = {105, 1200, 60, 0.85, 0.6},
    [KIND_SKIN] = {20, 900, 25, 0.6, 0.1},      [KIND_OEDEMA] = {280, 1100, 90, 0.91, 0.2},
};

double tissue_spin_echo(const TissueValues *tissue, double tr_ms, double te_ms)
{
    return tissue->pd * (1 - exp(-tr_ms / tissue->t1_ms)) * exp(-te_ms / tissue->t2_ms);
}

double tissue_inversion_recovery(const TissueValues *tissue, double tr_ms, double te_ms, double ti_ms)
{
    double longitudinal = 1 - 2 * exp(-ti_ms / tissue->t1_ms) + exp(-tr_ms / tissue->t1_ms);
    return tissue->pd * fabs(longitudinal) * exp(-te_ms / tissue->t2_ms);
}

TissueValues tissue_after_contrast(const TissueValues *tissue)
{
    /* gadobutrol in plasma at 3 T: r1 4.97, r2 7.4 per mmol/l and second (Szomolanyi 2019; Rohrer 2005) */
    static const double r1_per_s_mm = 4.97, r2_per_s_mm = 7.4;
    TissueValues after = *tissue;
    after.t1_ms = 1 / (1 / tissue->t1_ms + r1_per_s_mm * tissue->gadolinium_mm / 1000);
    after.t2_ms = 1 / (1 / tissue->t2_ms + r2_per_s_mm * tissue->gadolinium_mm / 1000);
    return after;
}
