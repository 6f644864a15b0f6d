/* Descriptors of a time–intensity curve.
 *
 * The bolus arrives where the curve, gone back from its steepest rise, has come down to a tenth of the height
 * that the rise leads to; the crossing is interpolated. What lies before is the native signal; as height and
 * native signal depend on each other this is done twice. */
#include "measure/curve.h"

#include <math.h>

enum { LEAST_POINTS = 5, LATE_POINTS = 3 };
static const double arrival_share = 0.1;
static const double early_area_s = 90, early_peak_s = 120, late_from_s = 180;

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t n = 0; n < count; n++) {
        sum += values[n];
    }
    return sum / (double)count;
}

static size_t highest(const double *values, size_t from, size_t to)
{
    size_t best = from;
    for (size_t n = from + 1; n < to; n++) {
        best = values[n] > values[best] ? n : best;
    }
    return best;
}

/* The point from which the curve rises most to its next. */
static size_t steepest(const double *times_s, const double *signal, size_t count)
{
    size_t best = 0;
    double most = -INFINITY;
    for (size_t n = 0; n + 1 < count; n++) {
        const double rise = (signal[n + 1] - signal[n]) / (times_s[n + 1] - times_s[n]);
        if (rise > most) {
            most = rise;
            best = n;
        }
    }
    return best;
}

/* The last point before the bolus, on the way back from the steepest rise. */
static size_t last_native(const double *signal, size_t rise, double native, double peak)
{
    size_t n = rise;
    while (n > 0 && signal[n] > native + arrival_share * (peak - native)) {
        n--;
    }
    return n;
}

static void find_arrival(Curve *out, const double *times_s, const double *signal, size_t count)
{
    const size_t rise = steepest(times_s, signal, count), peak = highest(signal, rise, count);
    out->native = signal[0];
    size_t last = 0;
    for (int pass = 0; pass < 2; pass++) {
        last = last_native(signal, rise, out->native, signal[peak]);
        out->native = mean_of(signal, last + 1);
        out->native_count = last + 1;
    }
    const double level = out->native + arrival_share * (signal[peak] - out->native);
    const double step = signal[last + 1] - signal[last];
    const double share = step > 0 ? fmin(fmax((level - signal[last]) / step, 0), 1) : 1;
    out->arrival_s = times_s[last] + share * (times_s[last + 1] - times_s[last]);
}

/* Area of the straight-line curve above `native` from arrival to `until_s`. */
static double area(const Curve *curve, const double *times_s, const double *signal, size_t count,
                   double until_s)
{
    double sum = 0;
    for (size_t n = 0; n + 1 < count; n++) {
        const double from = fmax(times_s[n], curve->arrival_s), to = fmin(times_s[n + 1], until_s);
        if (to <= from) {
            continue;
        }
        const double slope = (signal[n + 1] - signal[n]) / (times_s[n + 1] - times_s[n]);
        const double middle = signal[n] + slope * ((from + to) / 2 - times_s[n]);
        sum += (middle - curve->native) * (to - from);
    }
    return sum;
}

static void describe_late(Curve *out, const double *times_s, const double *signal, size_t count)
{
    size_t early_end = out->native_count;
    while (early_end < count && times_s[early_end] <= out->arrival_s + early_peak_s) {
        early_end++;
    }
    out->has_late = times_s[count - 1] >= out->arrival_s + late_from_s && early_end > out->native_count;
    if (out->has_late) {
        const double early = signal[highest(signal, out->native_count, early_end)];
        out->has_late = early > 0;
        const size_t after = count - early_end, last = after < LATE_POINTS ? after : LATE_POINTS;
        out->late_change_percent = 100 * (mean_of(signal + count - last, last) / early - 1);
    }
}

/* Least squares line through the points from the peak to the end. */
static void describe_wash_out(Curve *out, const double *times_s, const double *signal, size_t count,
                              size_t peak)
{
    const size_t points = count - peak;
    out->has_wash_out = points >= 3;
    if (!out->has_wash_out) {
        return;
    }
    const double t_mean = mean_of(times_s + peak, points), s_mean = mean_of(signal + peak, points);
    double above = 0, below = 0;
    for (size_t n = peak; n < count; n++) {
        above += (times_s[n] - t_mean) * (signal[n] - s_mean);
        below += (times_s[n] - t_mean) * (times_s[n] - t_mean);
    }
    out->wash_out_percent_per_min = 60 * 100 / out->native * above / below;
}

static bool check(const double *times_s, const double *signal, size_t count, DensError **err)
{
    if (count < LEAST_POINTS) {
        return error_input(err, NULL, "%zu points in time are too few for a curve", count);
    }
    for (size_t n = 0; n < count; n++) {
        if (!isfinite(signal[n]) || (n > 0 && !(times_s[n] > times_s[n - 1]))) {
            return error_input(err, NULL,
                               "the curve has points without a value, or times that do not ascend");
        }
    }
    return true;
}

bool curve_describe(Curve *out, const double *times_s, const double *signal, size_t count, DensError **err)
{
    *out = (Curve){0};
    if (!check(times_s, signal, count, err)) {
        return false;
    }
    find_arrival(out, times_s, signal, count);
    if (!(out->native > 0)) {
        return error_input(err, NULL, "the signal before contrast medium is not above 0");
    }
    const size_t first = out->native_count, peak = highest(signal, first, count);
    const size_t rise = steepest(times_s, signal, count);
    const double percent = 100 / out->native;
    out->peak_percent = percent * (signal[peak] - out->native);
    out->time_to_peak_s = times_s[peak] - out->arrival_s;
    out->wash_in_percent_per_s =
        percent * (signal[rise + 1] - signal[rise]) / (times_s[rise + 1] - times_s[rise]);
    out->has_early_area = times_s[count - 1] >= out->arrival_s + early_area_s;
    out->early_area_percent_s = percent * area(out, times_s, signal, count, out->arrival_s + early_area_s);
    describe_late(out, times_s, signal, count);
    describe_wash_out(out, times_s, signal, count, peak);
    return true;
}
