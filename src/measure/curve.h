/* Inside measure/: what a time–intensity curve looks like as numbers. */
#ifndef DENS_MEASURE_CURVE_H
#define DENS_MEASURE_CURVE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* All signals relative to the signal before contrast medium (0 there), in percent. */
typedef struct {
    double native;                       /* mean signal before the bolus, as it was given */
    size_t native_count;                 /* points that it is the mean of */
    double arrival_s;                    /* when the bolus arrives, on the clock of the times */
    double peak_percent, time_to_peak_s; /* highest point; from arrival */
    double wash_in_percent_per_s;        /* steepest rise between neighbouring points */
    bool has_early_area;                 /* the curve reaches 90 s after arrival */
    double early_area_percent_s;         /* area under the curve in the first 90 s */
    bool has_late;                       /* … and 180 s */
    double late_change_percent; /* last points against the highest of the first 120 s, in percent of that
                                   signal */
    bool has_wash_out;          /* three points or more from the peak to the end */
    double wash_out_percent_per_min;
} Curve;

/* `times_s` ascend. False with an error, whose summary is a reason for "missing": fewer than 5 points, a
 * point without a value, no signal before the bolus. A curve that does not rise is described all the same:
 * its peak is what noise makes of it. */
bool curve_describe(Curve *out, const double *times_s, const double *signal, size_t count,
                    DensError **err) DENS_MUST_USE;

#endif
