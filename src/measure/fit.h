/* Inside measure/: non-linear least squares with bounds, for models of few parameters. */
#ifndef DENS_MEASURE_FIT_H
#define DENS_MEASURE_FIT_H

#include <stddef.h>

enum { FIT_MAX_PARAMETERS = 4 };

typedef struct {
    /* Fills out[points] with the model at these parameters. */
    void (*model)(const double *parameters, const void *context, double *out);
    const void *context;
    size_t points, parameter_count;
    const double *measured;      /* points */
    const double *lower, *upper; /* parameter_count; lower < upper */
    double *work;                /* (parameter_count + 3) × points, the caller's */
} FitProblem;

/* Moves `parameters` (a start within the bounds) to the nearest least sum of squares, which it returns.
 * out_error (may be NULL): the standard error of each from the residuals, -1 where there are no points to
 * spare, where a parameter stands at its bound or where the data do not determine it. */
double fit_least_squares(const FitProblem *problem, double *parameters, double *out_error);

#endif
