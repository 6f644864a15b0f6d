/* Inside measure/: contrast medium in tissue over time: from signal to concentration, and the models of Tofts
 * and Patlak. Times are in s, concentrations in mM, Ktrans in 1/min; plasma concentrations are meant
 * throughout (blood / (1 − haematocrit)). Quantities and symbols: Tofts 1999. */
#ifndef DENS_MEASURE_KINETICS_H
#define DENS_MEASURE_KINETICS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { KINETICS_TOFTS, KINETICS_EXTENDED_TOFTS, KINETICS_PATLAK } KineticModel;

/* What a model is about: Ktrans (Patlak: PS), the volumes of the interstitium (ve; not used by Patlak) and of
 * plasma (vp; 0 in Tofts) as shares of the tissue, and how much later than in the artery it begins. */
typedef struct {
    double ktrans_per_min, ve, vp, delay_s;
    double ktrans_error, ve_error, vp_error; /* standard errors of a fit; -1 where not known */
    double residual_mm;                      /* root mean square */
} Kinetics;

/* Tissue concentration under a model. The arterial curve is taken as straight between its points (exact
 * convolution), 0 before the first. */
void kinetics_curve(double *out_mm, KineticModel model, const Kinetics *kinetics, const double *time_s,
                    const double *plasma_mm, size_t count);
/* Fits a model to a tissue curve measured at the same ascending times as the plasma. latest_delay_s 0: no
 * delay is fitted. False with an error for fewer than 5 points or times that do not ascend. */
bool kinetics_fit(Kinetics *out, KineticModel model, const double *time_s, const double *tissue_mm,
                  const double *plasma_mm, size_t count, double latest_delay_s,
                  DensError **err) DENS_MUST_USE;

/* Parker's population average of the concentration in blood (not plasma), `seconds` after the bolus arrives:
 * Parker et al. 2006, Magn Reson Med 56:993. 0 before. */
double kinetics_population_blood_mm(double seconds);

/* A spoiled gradient echo, in its steady state, without T2* effects. */
typedef struct {
    double tr_s, flip_deg, native_t1_s;
    double relaxivity_per_mm_s; /* r1 in 1/(mM·s) */
} SpoiledEcho;
/* Concentration from signal and the signal before contrast medium. False with an error if a parameter is not
 * above 0 or a signal is beyond what the sequence can give. */
bool kinetics_concentration(double *out_mm, const double *signal, size_t count, double native_signal,
                            const SpoiledEcho *echo, DensError **err) DENS_MUST_USE;
/* T1 and the signal of fully relaxed tissue (M0) from spoiled gradient echoes of two flip angles or more. */
bool kinetics_t1_variable_flip(double *out_t1_s, double *out_m0, const double *signal, const double *flip_deg,
                               size_t count, double tr_s, DensError **err) DENS_MUST_USE;

#endif
