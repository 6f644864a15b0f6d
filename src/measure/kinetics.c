/* The models of Tofts (1999) and Patlak (1983): C(t) = vp·ca(t) + Ktrans ∫ ca(τ)·exp(−kep (t − τ)) dτ, with
 * kep = Ktrans/ve, vp 0 in Tofts' first model and kep 0 in Patlak's.
 *
 * Between its points the arterial curve is a straight line, for which the integral over one step is known in
 * closed form: the result does not depend on how short the steps are. A delay shifts the arterial curve; the
 * sum of squares is not smooth in it, so it is scanned and the best interval cut by the golden section. */
#include "measure/kinetics.h"

#include "base/memory.h"
#include "measure/fit.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_POINTS = 5 };
static const double most_ktrans = 10, least_ve = 0.005, most_ve = 1.5, most_vp = 1;
static const double delay_step_s = 1, delay_exact_s = 0.05;
static const double pi = 3.14159265358979323846;

/* ∫0^1 exp(−x (1 − s)) ds and ∫0^1 s·exp(−x (1 − s)) ds. */
static void step_weights(double x, double *out_all, double *out_rise)
{
    if (x < 1e-4) {
        *out_all = 1 - x / 2;
        *out_rise = 0.5 - x / 6;
    } else {
        *out_all = -expm1(-x) / x;
        *out_rise = (1 - *out_all) / x;
    }
}

/* The arterial concentration at a time, straight between the points; `at` is moved along. */
static double plasma_at(const double *time_s, const double *plasma_mm, size_t count, double t, size_t *at)
{
    while (*at + 2 < count && time_s[*at + 1] < t) {
        ++*at;
    }
    if (t < time_s[0]) {
        return 0;
    }
    const double span = time_s[*at + 1] - time_s[*at];
    const double share = fmin((t - time_s[*at]) / span, 1);
    return plasma_mm[*at] + share * (plasma_mm[*at + 1] - plasma_mm[*at]);
}

void kinetics_curve(double *out_mm, KineticModel model, const Kinetics *kinetics, const double *time_s,
                    const double *plasma_mm, size_t count)
{
    const double ktrans_per_s = kinetics->ktrans_per_min / 60;
    const double kep_per_s = model == KINETICS_PATLAK ? 0 : ktrans_per_s / kinetics->ve;
    const double vp = model == KINETICS_TOFTS ? 0 : kinetics->vp;
    double inside = 0, before = 0;
    size_t at = 0;
    for (size_t n = 0; n < count; n++) {
        const double now = count > 1 ? plasma_at(time_s, plasma_mm, count, time_s[n] - kinetics->delay_s, &at)
                                     : plasma_mm[0];
        if (n > 0) {
            const double span = time_s[n] - time_s[n - 1];
            double all, rise;
            step_weights(kep_per_s * span, &all, &rise);
            inside = inside * exp(-kep_per_s * span) + span * (before * all + (now - before) * rise);
        }
        before = now;
        out_mm[n] = vp * now + ktrans_per_s * inside;
    }
}

/* A fit with a given delay. Parameters: Ktrans, then ve (not Patlak), then vp (not Tofts). */
typedef struct {
    KineticModel model;
    const double *time_s, *plasma_mm, *tissue_mm;
    double *work;
    size_t count;
    double delay_s;
} Tissue;

static Kinetics unpack(const Tissue *tissue, const double *parameters)
{
    Kinetics out = {.ktrans_per_min = parameters[0], .ve = 1, .delay_s = tissue->delay_s};
    if (tissue->model != KINETICS_PATLAK) {
        out.ve = parameters[1];
    }
    if (tissue->model != KINETICS_TOFTS) {
        out.vp = parameters[tissue->model == KINETICS_PATLAK ? 1 : 2];
    }
    return out;
}

static void tissue_model(const double *parameters, const void *context, double *out)
{
    const Tissue *tissue = context;
    const Kinetics kinetics = unpack(tissue, parameters);
    kinetics_curve(out, tissue->model, &kinetics, tissue->time_s, tissue->plasma_mm, tissue->count);
}

static double fit_with_delay(Tissue *tissue, double delay_s, Kinetics *out)
{
    static const double starts[][3] = {{0.1, 0.3, 0.02}, {0.02, 0.1, 0.05}, {0.8, 0.5, 0.01}};
    const bool patlak = tissue->model == KINETICS_PATLAK, tofts = tissue->model == KINETICS_TOFTS;
    const double lower[3] = {0, patlak ? 0 : least_ve, 0};
    const double upper[3] = {most_ktrans, patlak ? most_vp : most_ve, most_vp};
    FitProblem problem = {.model = tissue_model,
                          .context = tissue,
                          .points = tissue->count,
                          .parameter_count = patlak || tofts ? 2 : 3,
                          .measured = tissue->tissue_mm,
                          .lower = lower,
                          .upper = upper,
                          .work = tissue->work};
    tissue->delay_s = delay_s;
    double best = INFINITY;
    for (size_t s = 0; s < (patlak ? 1 : sizeof starts / sizeof *starts); s++) {
        double parameters[3] = {starts[s][0], patlak ? starts[s][2] : starts[s][1], starts[s][2]};
        double error[FIT_MAX_PARAMETERS];
        const double sum = fit_least_squares(&problem, parameters, error);
        if (sum < best) {
            best = sum;
            *out = unpack(tissue, parameters);
            out->ktrans_error = error[0];
            out->ve_error = patlak ? -1 : error[1];
            out->vp_error = tofts ? -1 : error[patlak ? 1 : 2];
        }
    }
    out->residual_mm = sqrt(best / (double)tissue->count);
    return best;
}

static void fit_delay(Tissue *tissue, double latest_s, Kinetics *out)
{
    double best = fit_with_delay(tissue, 0, out), at = 0;
    const int steps = (int)(latest_s / delay_step_s);
    for (int step = 1; step <= steps; step++) {
        const double delay = step * delay_step_s;
        Kinetics tried;
        const double sum = fit_with_delay(tissue, delay, &tried);
        if (sum < best) {
            best = sum;
            at = delay;
            *out = tried;
        }
    }
    const double golden = (sqrt(5) - 1) / 2;
    double low = fmax(at - delay_step_s, 0), high = fmin(at + delay_step_s, latest_s);
    while (high - low > delay_exact_s) {
        Kinetics left, right;
        const double a = high - golden * (high - low), b = low + golden * (high - low);
        const double sum_a = fit_with_delay(tissue, a, &left), sum_b = fit_with_delay(tissue, b, &right);
        if (fmin(sum_a, sum_b) < best) {
            best = fmin(sum_a, sum_b);
            *out = sum_a < sum_b ? left : right;
        }
        if (sum_a < sum_b) {
            high = b;
        } else {
            low = a;
        }
    }
}

bool kinetics_fit(Kinetics *out, KineticModel model, const double *time_s, const double *tissue_mm,
                  const double *plasma_mm, size_t count, double latest_delay_s, DensError **err)
{
    if (count < LEAST_POINTS) {
        return error_input(err, NULL, "%zu time points are too few for a kinetic model", count);
    }
    for (size_t n = 1; n < count; n++) {
        if (!(time_s[n] > time_s[n - 1])) {
            return error_input(err, NULL, "the times do not ascend");
        }
    }
    double *work = memory_try_array(count * (FIT_MAX_PARAMETERS + 3), sizeof *work);
    if (!work) {
        return error_no_memory(err);
    }
    Tissue tissue = {.model = model,
                     .time_s = time_s,
                     .plasma_mm = plasma_mm,
                     .tissue_mm = tissue_mm,
                     .work = work,
                     .count = count};
    if (latest_delay_s > 0) {
        fit_delay(&tissue, latest_delay_s, out);
    } else {
        (void)fit_with_delay(&tissue, 0, out);
    }
    free(work);
    return true;
}

double kinetics_population_blood_mm(double seconds)
{
    static const double area[2] = {0.809, 0.330}, width[2] = {0.0563, 0.132}, centre[2] = {0.17046, 0.365};
    const double alpha = 1.05, beta = 0.1685, steepness = 38.078, shift = 0.483;
    const double t = seconds / 60;
    if (t < 0) {
        return 0;
    }
    double sum = alpha * exp(-beta * t) / (1 + exp(-steepness * (t - shift)));
    for (int n = 0; n < 2; n++) {
        const double z = (t - centre[n]) / width[n];
        sum += area[n] / (width[n] * sqrt(2 * pi)) * exp(-z * z / 2);
    }
    return sum;
}

bool kinetics_concentration(double *out_mm, const double *signal, size_t count, double native_signal,
                            const SpoiledEcho *echo, DensError **err)
{
    if (!(echo->tr_s > 0 && echo->flip_deg > 0 && echo->flip_deg < 180 && echo->native_t1_s > 0 &&
          echo->relaxivity_per_mm_s > 0)) {
        return error_input(err, NULL,
                           "repetition time, flip angle, native T1 and relaxivity must be above 0");
    }
    if (!(native_signal > 0)) {
        return error_input(err, NULL, "the signal before contrast medium is not above 0");
    }
    const double cosine = cos(echo->flip_deg * pi / 180), native_r1 = 1 / echo->native_t1_s;
    const double e0 = exp(-echo->tr_s * native_r1), relaxed = (1 - e0) / (1 - cosine * e0);
    for (size_t n = 0; n < count; n++) {
        const double share = signal[n] / native_signal * relaxed; /* of the signal of full relaxation */
        const double e = (1 - share) / (1 - cosine * share);
        if (!(e > 0) || !(e < 1 / fabs(cosine))) {
            return error_input(err, NULL,
                               "a signal is beyond what the sequence can give with this native T1");
        }
        out_mm[n] = (-log(e) / echo->tr_s - native_r1) / echo->relaxivity_per_mm_s;
    }
    return true;
}

typedef struct {
    const double *flip_deg;
    size_t count;
    double tr_s;
} Flips;

static void flip_model(const double *parameters, const void *context, double *out)
{
    const Flips *flips = context;
    const double e = exp(-flips->tr_s / parameters[1]);
    for (size_t n = 0; n < flips->count; n++) {
        const double angle = flips->flip_deg[n] * pi / 180;
        out[n] = parameters[0] * sin(angle) * (1 - e) / (1 - cos(angle) * e);
    }
}

bool kinetics_t1_variable_flip(double *out_t1_s, double *out_m0, const double *signal, const double *flip_deg,
                               size_t count, double tr_s, DensError **err)
{
    static const double lower[2] = {0, 0.01}, starts_s[] = {0.3, 1, 3};
    double largest = 0;
    bool several = false;
    for (size_t n = 0; n < count; n++) {
        largest = fmax(largest, signal[n]);
        several = several || flip_deg[n] != flip_deg[0];
    }
    if (!several || !(tr_s > 0) || !(largest > 0)) {
        return error_input(err, NULL, "T1 needs signals of two flip angles and a repetition time above 0");
    }
    double *work = memory_try_array(count * (FIT_MAX_PARAMETERS + 3), sizeof *work);
    if (!work) {
        return error_no_memory(err);
    }
    const Flips flips = {flip_deg, count, tr_s};
    const double upper[2] = {largest * 1e4, 20};
    const FitProblem problem = {.model = flip_model,
                                .context = &flips,
                                .points = count,
                                .parameter_count = 2,
                                .measured = signal,
                                .lower = lower,
                                .upper = upper,
                                .work = work};
    double best = INFINITY;
    for (size_t s = 0; s < sizeof starts_s / sizeof *starts_s; s++) {
        double parameters[2] = {largest * 10, starts_s[s]};
        const double sum = fit_least_squares(&problem, parameters, NULL);
        if (sum < best) {
            best = sum;
            *out_m0 = parameters[0];
            *out_t1_s = parameters[1];
        }
    }
    free(work);
    return true;
}
