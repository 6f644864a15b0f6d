/* Perfusion of the lesion from a dynamic series (dce): descriptors of its time–intensity curve, and Tofts'
 * parameters where the signal can be turned into a concentration.
 *
 * The curve is that of the most enhancing quarter of the lesion's voxels (necrosis and cysts do not count for
 * what the living part does): those whose signal after the bolus is highest against that before. Which these
 * are is judged over all points, so that noise of one point does not choose; in a lesion that does not
 * enhance at all noise still lifts the curve a little.
 *
 * A pharmacokinetic model needs concentrations: repetition time, flip angle and the lesion's native T1. They
 * are used if the input has all of them, with Parker's population average for the artery. */
#include "measure/curve.h"
#include "measure/families.h"
#include "measure/kinetics.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef enum {
    ARRIVAL,
    PEAK,
    TIME_TO_PEAK,
    WASH_IN,
    EARLY_AREA,
    LATE_CHANGE,
    WASH_OUT,
    KTRANS,
    VE,
    VP,
    COUNT
} Perfusion;

#define HOT "of the mean curve of the quarter of the lesion's voxels that enhances most"
#define TOFTS                                                                                                \
    "Extended Tofts model of the same curve, turned into concentrations (spoiled gradient echo, r1 "         \
    "4.5 /(mM s)), with the population-averaged artery of Parker 2006, haematocrit 0.42."

static const Quantity quantities[COUNT] = {
    [ARRIVAL] = {"perfusion.bolus_arrival",
                 "Arrival of the bolus",
                 "s",
                 "Where the rise " HOT " reaches a tenth of its height, from the first volume on.",
                 "",
                 {0}},
    [PEAK] = {"perfusion.peak_enhancement",
              "Peak enhancement",
              "%",
              "Highest point " HOT ", against the mean before the bolus.",
              "",
              {0}},
    [TIME_TO_PEAK] = {"perfusion.time_to_peak",
                      "Time to peak",
                      "s",
                      "From arrival to the highest point " HOT ".",
                      "",
                      {0}},
    [WASH_IN] = {"perfusion.wash_in",
                 "Wash-in",
                 "%/s",
                 "Steepest rise between neighbouring points " HOT
                 ", in percent of the signal before the bolus.",
                 "",
                 {0}},
    [EARLY_AREA] = {"perfusion.auc90",
                    "Initial area under the curve",
                    "%.s",
                    "Area under the first 90 s after arrival " HOT
                    ", in percent of the signal before the bolus.",
                    "",
                    {0}},
    [LATE_CHANGE] =
        {"perfusion.late_change",
         "Late change of the enhanced signal",
         "%",
         "Mean of the last three points against the highest of the first 120 s after arrival, " HOT ".",
         "",
         {0}},
    [WASH_OUT] = {"perfusion.wash_out",
                  "Wash-out slope",
                  "%/min",
                  "Slope of the straight line through the points from the peak to the end " HOT
                  ", in percent of the signal before the bolus.",
                  "",
                  {0}},
    [KTRANS] = {"perfusion.ktrans", "Volume transfer constant Ktrans", "/min", TOFTS, "tofts1999", {0}},
    [VE] = {"perfusion.ve", "Interstitial volume share ve", "1", TOFTS, "tofts1999", {0}},
    [VP] = {"perfusion.vp", "Plasma volume share vp", "1", TOFTS, "tofts1999", {0}},
};

static const double haematocrit = 0.42, relaxivity_per_mm_s = 4.5;
static const double hot_share = 0.25;

/* The lesion's voxels that are finite at all times, one row of `count` signals a voxel. */
typedef struct {
    double *signals;
    size_t voxels, not_finite, count;
} Rows;

static bool gather(Rows *out, const MeasureSeries *dce, DensError **err)
{
    const size_t all = geometry_voxels(&dce->volume->geometry);
    *out = (Rows){.count = dce->frame_count};
    out->signals = memory_try_array(mask_count(dce->lesion, 0) * out->count, sizeof *out->signals);
    if (!out->signals) {
        return error_no_memory(err);
    }
    for (size_t v = 0; v < all; v++) {
        if (!dce->lesion->labels[v]) {
            continue;
        }
        double *row = out->signals + out->voxels * out->count;
        bool finite = true;
        for (size_t f = 0; f < out->count; f++) {
            row[f] = (double)dce->frames[f].volume->voxels[v];
            finite = finite && isfinite(row[f]);
        }
        out->voxels += finite;
        out->not_finite += !finite;
    }
    return out->voxels > 0 ||
           error_input(err, NULL, "no voxel of the lesion has a finite value at all times");
}

/* The mean of the rows whose `score` is at least `least`. */
static void mean_rows(const Rows *rows, const double *score, double least, double *out)
{
    size_t used = 0;
    for (size_t f = 0; f < rows->count; f++) {
        out[f] = 0;
    }
    for (size_t v = 0; v < rows->voxels; v++) {
        for (size_t f = 0; score[v] >= least && f < rows->count; f++) {
            out[f] += rows->signals[v * rows->count + f];
        }
        used += score[v] >= least;
    }
    for (size_t f = 0; f < rows->count; f++) {
        out[f] /= (double)used;
    }
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The curve of the most enhancing quarter; `work` holds two numbers a voxel. */
static bool hot_curve(const Rows *rows, const double *times_s, double *work, double *out, DensError **err)
{
    double *score = work, *sorted = work + rows->voxels;
    for (size_t v = 0; v < rows->voxels; v++) {
        score[v] = 0;
    }
    Curve whole;
    mean_rows(rows, score, 0, out);
    if (!curve_describe(&whole, times_s, out, rows->count, err)) {
        return false;
    }
    const size_t before = whole.native_count, after = rows->count - before;
    for (size_t v = 0; v < rows->voxels; v++) {
        const double *row = rows->signals + v * rows->count;
        double native = 0, enhanced = 0;
        for (size_t f = 0; f < rows->count; f++) {
            *(f < before ? &native : &enhanced) += row[f];
        }
        /* a voxel without signal has no ratio: its difference against the whole lesion's signal counts */
        score[v] = (enhanced / (double)after - native / (double)before) / whole.native;
        sorted[v] = score[v];
    }
    qsort(sorted, rows->voxels, sizeof *sorted, descending);
    const size_t quarter = (size_t)ceil(hot_share * (double)rows->voxels);
    mean_rows(rows, score, sorted[quarter - 1], out);
    return true;
}

static void add(MeasurementList *out, Perfusion which, double value, double sd, const MeasureSeries *dce,
                const Rows *rows)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->sd = sd;
    added->inputs[0] = "dce";
    added->inputs[1] = "lesion";
    measurement_place(added, dce, rows->not_finite, out->arena);
}

static void add_curve(MeasurementList *out, const Curve *curve, const MeasureSeries *dce, const Rows *rows)
{
    add(out, PEAK, curve->peak_percent, -1, dce, rows);
    if (curve->peak_percent > 0) {
        add(out, ARRIVAL, curve->arrival_s - dce->frames[0].time_s, -1, dce, rows);
        add(out, TIME_TO_PEAK, curve->time_to_peak_s, -1, dce, rows);
        add(out, WASH_IN, curve->wash_in_percent_per_s, -1, dce, rows);
    } else {
        static const Perfusion of_bolus[] = {ARRIVAL, TIME_TO_PEAK, WASH_IN};
        for (size_t q = 0; q < sizeof of_bolus / sizeof *of_bolus; q++) {
            measurements_add_missing(out, &quantities[of_bolus[q]],
                                     "the lesion's signal never rises: no bolus arrives");
        }
    }
    if (curve->has_early_area) {
        add(out, EARLY_AREA, curve->early_area_percent_s, -1, dce, rows);
    } else {
        measurements_add_missing(out, &quantities[EARLY_AREA],
                                 "the dce series ends within 90 s of the bolus");
    }
    if (curve->has_late) {
        add(out, LATE_CHANGE, curve->late_change_percent, -1, dce, rows);
    } else {
        measurements_add_missing(out, &quantities[LATE_CHANGE],
                                 "the dce series ends within 180 s of the bolus");
    }
    if (curve->has_wash_out) {
        add(out, WASH_OUT, curve->wash_out_percent_per_min, -1, dce, rows);
    } else {
        measurements_add_missing(out, &quantities[WASH_OUT], "the curve has its peak at its end");
    }
}

/* Why no concentrations can be had, or NULL. */
static const char *lacking_for_kinetics(const MeasureSeries *dce)
{
    return dce->tr_s <= 0          ? "the repetition time of the dce series is not known"
           : dce->flip_deg <= 0    ? "the flip angle of the dce series is not known"
           : dce->native_t1_s <= 0 ? "the lesion's native T1 is not known: signal gives no concentration"
                                   : NULL;
}

static bool fit(Kinetics *out, const MeasureSeries *dce, const Curve *curve, const double *times_s,
                const double *signal, double *concentration, double *plasma, DensError **err)
{
    const SpoiledEcho echo = {dce->tr_s, dce->flip_deg, dce->native_t1_s, relaxivity_per_mm_s};
    if (!kinetics_concentration(concentration, signal, dce->frame_count, curve->native, &echo, err)) {
        return false;
    }
    for (size_t f = 0; f < dce->frame_count; f++) {
        plasma[f] = kinetics_population_blood_mm(times_s[f] - curve->arrival_s) / (1 - haematocrit);
    }
    return kinetics_fit(out, KINETICS_EXTENDED_TOFTS, times_s, concentration, plasma, dce->frame_count, 0,
                        err);
}

static void add_kinetics(MeasurementList *out, const MeasureSeries *dce, const Curve *curve,
                         const double *times_s, const double *signal, const Rows *rows)
{
    Kinetics kinetics;
    AUTO(error_auto) DensError *err = NULL;
    double *work = arena_array(out->arena, 2 * dce->frame_count, sizeof *work);
    const char *lacking = lacking_for_kinetics(dce);
    if (!lacking && fit(&kinetics, dce, curve, times_s, signal, work, work + dce->frame_count, &err)) {
        add(out, KTRANS, kinetics.ktrans_per_min, kinetics.ktrans_error, dce, rows);
        add(out, VE, kinetics.ve, kinetics.ve_error, dce, rows);
        add(out, VP, kinetics.vp, kinetics.vp_error, dce, rows);
        return;
    }
    for (int q = KTRANS; q <= VP; q++) {
        measurements_add_missing(out, &quantities[q], "%s", lacking ? lacking : dens_error_summary(err));
    }
}

static bool usable(const MeasureSeries *dce, DensError **err)
{
    Region first;
    if (dce->lacks) {
        return error_input(err, NULL, "%s", dce->lacks);
    }
    if (dce->frame_count < 2) {
        return error_input(err, NULL, "the dce series has one point in time");
    }
    for (size_t f = 0; f < dce->frame_count; f++) {
        if (dce->frames[f].time_s < 0) {
            return error_input(err, NULL, "the times of the dce series are not known");
        }
    }
    return series_region(&first, dce, -1, err);
}

static bool measure(const MeasureSeries *dce, MeasurementList *out, DensError **err)
{
    if (!usable(dce, err)) {
        return false;
    }
    double *times_s = arena_array(out->arena, 2 * dce->frame_count, sizeof *times_s);
    double *signal = times_s + dce->frame_count;
    for (size_t f = 0; f < dce->frame_count; f++) {
        times_s[f] = dce->frames[f].time_s;
    }
    Rows rows;
    if (!gather(&rows, dce, err)) {
        free(rows.signals);
        return false;
    }
    Curve curve = {0};
    double *work = memory_try_array(2 * rows.voxels, sizeof *work);
    const bool good = work ? hot_curve(&rows, times_s, work, signal, err) &&
                                 curve_describe(&curve, times_s, signal, rows.count, err)
                           : error_no_memory(err);
    if (good) {
        add_curve(out, &curve, dce, &rows);
        add_kinetics(out, dce, &curve, times_s, signal, &rows);
    }
    free(work);
    free(rows.signals);
    return good;
}

void measure_perfusion(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (const MeasureSeries *dce = series_next(input, "dce", NULL); dce;
         dce = series_next(input, "dce", dce)) {
        AUTO(error_auto) DensError *err = NULL;
        if (measure(dce, out, &err)) {
            return;
        }
        if (!first_error) {
            first_error = TAKE(err);
        }
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s",
                                 first_error ? dens_error_summary(first_error) : "no dce series");
    }
}
