/* Apparent diffusion coefficient of the lesion: fitted to a diffusion-weighted series (dwi) of two b-values
 * or more, or read from a map (adc).
 *
 * The model is S(b) = S0·exp(−b·ADC), voxel by voxel: first as a straight line through ln S, weighted with S²
 * (the variance of ln S is that of S over S²), then as least squares of S itself. Volumes of one b-value but
 * different directions enter side by side. b-values above 1500 s/mm² are left out: the decay is then no
 * longer mono-exponential.
 *
 * Noise in a magnitude image does not fall to 0, so a dark voxel at a high b-value would make the coefficient
 * too small. The noise σ is taken from the air about the volume of the highest b-value (noise.h). Then
 * √(S² − σ²) stands for S, and what is below 3σ is left out (Gudbjartsson 1995, Magn Reson Med 34:910).
 * Scanners that blank the air leave no σ to be found, and S is used as it is. */
#include "measure/families.h"
#include "measure/fit.h"
#include "measure/noise.h"

#include <math.h>

enum { MOST_FRAMES = 256 };
static const double highest_b = 1500, least_b_apart = 50;
static const double most_adc_mm2_per_s = 0.02;
static const double floor_sigmas = 3;

typedef enum { MEAN, MEDIAN, P5, COUNT } Diffusion;

#define FIT                                                                                                  \
    " over the lesion's voxels of the mono-exponential ADC, fitted to the dwi series or, without one of "    \
    "two "                                                                                                   \
    "b-values, taken from the adc map."

static const Quantity quantities[COUNT] = {
    [MEAN] = {"diffusion.adc_mean", "Mean ADC", "10*-3.mm2/s", "Mean" FIT, "", {0}},
    [MEDIAN] = {"diffusion.adc_median", "Median ADC", "10*-3.mm2/s", "Median" FIT, "", {0}},
    [P5] = {"diffusion.adc_p5", "5th percentile of the ADC", "10*-3.mm2/s", "5th percentile" FIT, "", {0}},
};

static void add_all(MeasurementList *out, const MeasureSeries *series, const Region *adc, size_t left_out,
                    const char *note)
{
    const double value[COUNT] = {adc->mean, adc->median, adc->p5};
    const double sd[COUNT] = {adc->mean_error, adc->median_error, -1};
    for (int q = 0; q < COUNT; q++) {
        Measurement *added = measurements_add(out, &quantities[q], value[q]);
        added->sd = sd[q];
        added->inputs[0] = series->role;
        added->inputs[1] = "lesion";
        measurement_place(added, series, left_out, out->arena);
        if (note && *note) {
            added->note = added->note[0] ? arena_printf(out->arena, "%s; %s", note, added->note) : note;
        }
    }
}

/* ---- the fit */

typedef struct {
    size_t count;
    double b[MOST_FRAMES], signal[MOST_FRAMES], work[(FIT_MAX_PARAMETERS + 3) * MOST_FRAMES];
} Decay;

static void decay_model(const double *parameters, const void *context, double *out)
{
    const Decay *decay = context;
    for (size_t n = 0; n < decay->count; n++) {
        out[n] = parameters[0] * exp(-decay->b[n] * parameters[1]);
    }
}

/* The points of one voxel above the noise. */
static void gather_decay(Decay *out, const MeasureSeries *dwi, size_t voxel, double sigma)
{
    out->count = 0;
    for (size_t f = 0; f < dwi->frame_count && out->count < MOST_FRAMES; f++) {
        const MeasureFrame *frame = &dwi->frames[f];
        const double value = (double)frame->volume->voxels[voxel];
        if (frame->b_s_per_mm2 <= highest_b && isfinite(value) && value > 0 &&
            value >= floor_sigmas * sigma) {
            out->b[out->count] = frame->b_s_per_mm2;
            out->signal[out->count++] = sqrt(value * value - sigma * sigma);
        }
    }
}

/* Straight line through ln S, weighted with S²; false if there are not two b-values. */
static bool start_decay(const Decay *decay, double *out_s0, double *out_adc)
{
    double w = 0, wb = 0, wbb = 0, wy = 0, wby = 0;
    for (size_t n = 0; n < decay->count; n++) {
        const double weight = decay->signal[n] * decay->signal[n], y = log(decay->signal[n]);
        w += weight;
        wb += weight * decay->b[n];
        wbb += weight * decay->b[n] * decay->b[n];
        wy += weight * y;
        wby += weight * decay->b[n] * y;
    }
    const double spread = w * wbb - wb * wb;
    if (!(spread > 1e-9 * w * wbb)) {
        return false;
    }
    *out_adc = -(w * wby - wb * wy) / spread;
    *out_s0 = exp((wy + *out_adc * wb) / w);
    return isfinite(*out_s0);
}

/* In mm²/s; NaN where the voxel has too little signal. */
static double fit_decay(Decay *decay)
{
    double parameters[2], largest = 0;
    if (!start_decay(decay, &parameters[0], &parameters[1])) {
        return NAN;
    }
    for (size_t n = 0; n < decay->count; n++) {
        largest = fmax(largest, decay->signal[n]);
    }
    const double lower[2] = {0, -most_adc_mm2_per_s}, upper[2] = {1e3 * largest, most_adc_mm2_per_s};
    for (int p = 0; p < 2; p++) {
        parameters[p] = fmin(fmax(parameters[p], lower[p]), upper[p]);
    }
    const FitProblem problem = {decay_model,   decay, decay->count, 2,
                                decay->signal, lower, upper,        decay->work};
    (void)fit_least_squares(&problem, parameters, NULL);
    return parameters[1];
}

/* The frame with the highest b-value that is used; false unless two b-values are known. */
static bool usable(const MeasureSeries *dwi, size_t *out_highest, DensError **err)
{
    if (dwi->lacks) {
        return error_input(err, NULL, "%s", dwi->lacks);
    }
    double low = INFINITY, high = -1;
    for (size_t f = 0; f < dwi->frame_count; f++) {
        const double b = dwi->frames[f].b_s_per_mm2;
        if (b < 0) {
            return error_input(err, NULL, "the b-values of the dwi series are not known");
        }
        if (b <= highest_b) {
            low = fmin(low, b);
            *out_highest = b > high ? f : *out_highest;
            high = fmax(high, b);
        }
    }
    if (high < 0) {
        return error_input(err, NULL, "the b-values of the dwi series are not known");
    }
    if (high - low >= least_b_apart) {
        return true;
    }
    return high > low ? error_input(err, NULL,
                                    "the b-values of the dwi series (%g and %g s/mm²) lie less than %g s/mm² "
                                    "apart: too near for an ADC",
                                    low, high, least_b_apart)
                      : error_input(err, NULL,
                                    "the dwi series has one b-value (%g s/mm²) up to %g; an ADC needs two",
                                    high, highest_b);
}

static bool measure_dwi(const MeasureSeries *dwi, MeasurementList *out, DensError **err)
{
    size_t highest = 0;
    Region lesion;
    if (!usable(dwi, &highest, err) || !series_region(&lesion, dwi, -1, err)) {
        return false;
    }
    AUTO(volume_auto) Volume *map = volume_new(&dwi->volume->geometry, err);
    if (!map) {
        return false;
    }
    const double sigma = noise_sigma(dwi->frames[highest].volume);
    Decay *decay = arena_alloc(out->arena, sizeof *decay);
    for (size_t v = 0; v < geometry_voxels(&map->geometry); v++) {
        if (dwi->lesion->labels[v]) {
            gather_decay(decay, dwi, v, sigma);
            map->voxels[v] = (float)(1000 * fit_decay(decay));
        }
    }
    Region adc;
    AUTO(error_auto) DensError *dark = NULL;
    if (!region_describe(&adc, map, dwi->lesion, "lesion", &dark)) {
        return error_input(err, NULL, "the lesion has no signal above the noise at two b-values");
    }
    add_all(out, dwi, &adc, adc.not_finite,
            sigma > 0 ? arena_printf(out->arena, "noise %.3g from the air, taken off", sigma)
                      : "no air to take the noise from");
    return true;
}

/* ---- a map */

/* What the map's values are in 10⁻³ mm²/s; 0 if it cannot be said. A map without a unit tells it by its size:
 * living tissue lies between 0.1 and 5 · 10⁻³ mm²/s, and the units in use are a thousand apart. */
static double map_factor(const MeasureSeries *adc, double median, const char **out_note)
{
    static const struct {
        double factor;
        const char *note;
    } units[] = {{1e-3, "the map's unit was taken to be 10⁻⁶ mm²/s from the size of its values"},
                 {1, "the map's unit was taken to be 10⁻³ mm²/s from the size of its values"},
                 {1e3, "the map's unit was taken to be mm²/s from the size of its values"}};
    *out_note = "";
    if (adc->volume->unit == UNIT_ADC_UM2_PER_S) {
        return 1e-3;
    }
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        const double value = median * units[u].factor;
        if (value >= 0.1 && value <= 5) {
            *out_note = units[u].note;
            return units[u].factor;
        }
    }
    return 0;
}

static bool measure_map(const MeasureSeries *adc, MeasurementList *out, DensError **err)
{
    Region lesion;
    const char *note;
    if (!series_region(&lesion, adc, -1, err)) {
        return false;
    }
    const double factor = map_factor(adc, lesion.median, &note);
    if (factor <= 0) {
        return error_input(err, NULL, "the adc map has no unit, and its values (median %g) fit none in use",
                           lesion.median);
    }
    lesion.mean *= factor;
    lesion.median *= factor;
    lesion.p5 *= factor;
    lesion.mean_error *= lesion.mean_error > 0 ? factor : 1;
    lesion.median_error *= lesion.median_error > 0 ? factor : 1;
    add_all(out, adc, &lesion, lesion.not_finite, note);
    return true;
}

void measure_diffusion(const MeasureInput *input, MeasurementList *out)
{
    static const struct {
        const char *role;
        bool (*measure)(const MeasureSeries *series, MeasurementList *out, DensError **err);
    } ways[] = {{"dwi", measure_dwi}, {"adc", measure_map}};
    AUTO(error_auto) DensError *first_error = NULL;
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        for (const MeasureSeries *s = series_next(input, ways[w].role, NULL); s;
             s = series_next(input, ways[w].role, s)) {
            AUTO(error_auto) DensError *err = NULL;
            if (ways[w].measure(s, out, &err)) {
                return;
            }
            if (!first_error) {
                first_error = TAKE(err);
            }
        }
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s",
                                 first_error ? dens_error_summary(first_error) : "no dwi or adc series");
    }
}
