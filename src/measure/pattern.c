/* Pattern of contrast enhancement, from the T1-weighted series before and after contrast medium.
 *
 * Each signal is divided by that of the same reference tissue in its series (enhancement.c), and the rise is
 * the difference after smoothing by the six neighbours. A voxel enhances if its rise exceeds half of the 90th
 * percentile in the lesion; a lesion whose 97th percentile rises by less than 15 % of its own signal does not
 * enhance (the line of the readings for none) and has no pattern.
 *
 * The outer 2.5 mm are the periphery, what is deeper than half of the greatest depth the centre. Thin is what
 * does not hold a ball of 1.5 mm radius: septa of lobules and cysts are a millimetre wide and seem two to
 * three on MR. What holds it makes nodules, unless it fills the lesion. The lengths are ours. */
#include "image/distance.h"
#include "measure/box.h"
#include "measure/families.h"
#include "measure/parts.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { ENHANCING, PERIPHERY, CENTRE, THIN, NODULES, SPREAD, COUNT } Pattern;

static const Quantity quantities[COUNT] = {
    [ENHANCING] =
        {.id = "pattern.enhancing_share",
         .label = "Share of the lesion that enhances",
         .unit = "1",
         .method = "Voxels whose rise from t1 to t1c, both relative to the same reference tissue, exceeds "
                   "half of the 97th percentile in the lesion.",
         .source = "",
         .code = {0}},
    [PERIPHERY] = {.id = "pattern.periphery_share",
                   .label = "Share of the periphery that enhances",
                   .unit = "1",
                   .method = "The same within 2.5 mm of the outline.",
                   .source = "",
                   .code = {0}},
    [CENTRE] = {.id = "pattern.centre_share",
                .label = "Share of the centre that enhances",
                .unit = "1",
                .method = "The same deeper than half of the greatest depth.",
                .source = "",
                .code = {0}},
    [THIN] = {.id = "pattern.thin_share",
              .label = "Share of the enhancement in thin lines",
              .unit = "1",
              .method =
                  "Enhancing voxels deeper than 2.5 mm that no ball of 1.5 mm radius inside the enhancing "
                  "part holds, over all enhancing voxels deeper than 2.5 mm.",
              .source = "",
              .code = {0}},
    [NODULES] =
        {.id = "pattern.nodules",
         .label = "Enhancing nodules",
         .unit = "1",
         .method =
             "Separate parts of at least 0.05 mL of what such balls hold; 0 where three quarters of the "
             "lesion enhance.",
         .source = "",
         .code = {0}},
    [SPREAD] =
        {.id = "pattern.spread",
         .label = "Unevenness of the enhancement",
         .unit = "1",
         .method =
             "Robust coefficient of variation of the rise: 1.4826 × median absolute deviation / median.",
         .source = "arachchige2022",
         .code = {0}},
};

enum { LEAST_VOXELS = 64 };
static const Tissue normalisers[] = {TISSUE_CORD, TISSUE_MUSCLE, TISSUE_DISC};
static const double high_quantile = 0.97; /* a nodule of a thirtieth of the lesion still shows */
static const double least_rise = 0.15, enhancing_part = 0.5, filled = 0.75;
static const double periphery_mm = 2.5, ball_mm = 1.5, least_nodule_ml = 0.05;

typedef struct {
    const MeasureSeries *before, *after;
    Tissue tissue;
    double before_reference, after_reference;
} Pair;

/* Mean of a point of a volume and its six neighbours on the grid; false if one cannot be had. */
static bool smooth_at(const Volume *volume, Vec3 point, double *out)
{
    double ijk[3], sum = 0;
    if (!geometry_index_ijk(&volume->geometry, point, ijk)) {
        return false;
    }
    for (int n = 0; n < 7; n++) {
        double at[3] = {ijk[0], ijk[1], ijk[2]};
        float value;
        if (n < 6) {
            const int axis = n / 2;
            at[axis] += n % 2 ? 1 : -1;
            at[axis] = fmin(fmax(at[axis], 0), (double)volume->geometry.size[axis] - 1);
        }
        if (!volume_sample(volume, at, &value)) {
            return false;
        }
        sum += (double)value;
    }
    *out = sum / 7;
    return true;
}

/* The rise of every voxel of the lesion into `rise` (NaN elsewhere); counts them. The median of the signal
 * before into *out_before. */
static size_t find_rise(const Pair *pair, const Box *box, float *rise, double *values, double *out_before)
{
    size_t count = 0;
    for (size_t v = 0; v < box->count; v++) {
        double before, after;
        const Vec3 p = box_point(box, v);
        rise[v] = NAN;
        if (pair->after->lesion->labels[box_voxel(box, v)] != 0 &&
            smooth_at(pair->before->volume, p, &before) && smooth_at(pair->after->volume, p, &after)) {
            rise[v] = (float)(after / pair->after_reference - before / pair->before_reference);
            values[count++] = before / pair->before_reference;
        }
    }
    *out_before = count ? quantile_of(values, count, 0.5) : 0;
    for (size_t v = 0, n = 0; v < box->count; v++) {
        if (isfinite((double)rise[v])) {
            values[n++] = (double)rise[v];
        }
    }
    return count;
}

static bool same_patient_space(const Pair *pair, DensError **err)
{
    const char *a = pair->before->volume->frame_uid, *b = pair->after->volume->frame_uid;
    return !a || !b || strcmp(a, b) == 0 ||
           error_input(err, NULL, "t1 and t1c have different frames of reference");
}

static void add(MeasurementList *out, const Pair *pair, Pattern which, double value)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->inputs[0] = "t1";
    added->inputs[1] = "t1c";
    added->inputs[2] = "lesion";
    added->inputs[3] = tissue_name(pair->tissue);
    measurement_place(added, pair->after, 0, out->arena);
}

/* Shares of the periphery and of the centre that enhance. */
static bool add_depths(MeasurementList *out, const Pair *pair, const Box *box, const uint8_t *lesion,
                       const uint8_t *enhancing, DensError **err)
{
    AUTO(floats_clear) float *squared = memory_try_array(box->count, sizeof *squared);
    uint8_t *outside = memory_try_array(box->count, 1);
    if (!squared || !outside) {
        free(outside);
        return error_no_memory(err);
    }
    for (size_t v = 0; v < box->count; v++) {
        outside[v] = !lesion[v];
    }
    const bool done = distance_squared(squared, outside, box->size, box->spacing_mm, NULL, err);
    free(outside);
    double deepest = 0;
    size_t all[2] = {0}, bright[2] = {0};
    for (size_t v = 0; done && v < box->count; v++) {
        deepest = lesion[v] ? fmax(deepest, sqrt((double)squared[v])) : deepest;
    }
    for (size_t v = 0; done && v < box->count; v++) {
        const double depth = sqrt((double)squared[v]);
        const bool in[2] = {depth <= periphery_mm, depth > fmax(deepest / 2, periphery_mm)};
        for (int part = 0; lesion[v] && part < 2; part++) {
            all[part] += in[part];
            bright[part] += in[part] && enhancing[v];
        }
    }
    for (int part = 0; done && part < 2; part++) {
        const Pattern which = part ? CENTRE : PERIPHERY;
        if (all[part] > 0) {
            add(out, pair, which, (double)bright[part] / (double)all[part]);
        } else {
            measurements_add_missing(out, &quantities[which], "the lesion is too thin to have a centre");
        }
    }
    return done;
}

/* Thin lines and nodules; `bytes` holds the lesion (inner) and what enhances (marks), which it uses up. */
static bool add_forms(MeasurementList *out, const Pair *pair, const Box *box, Bytes *bytes, double share,
                      DensError **err)
{
    AUTO(parts_clear) Parts parts = {0};
    memcpy(bytes->scratch, bytes->marks, box->count);
    if (!box_shrink(box, bytes->scratch, ball_mm, err) || !box_shrink(box, bytes->scratch, -ball_mm, err) ||
        !box_shrink(box, bytes->inner, periphery_mm, err)) {
        return false;
    }
    size_t thin = 0, deep = 0, nodules = 0;
    for (size_t v = 0; v < box->count; v++) {
        bytes->scratch[v] = bytes->scratch[v] && bytes->marks[v];
        deep += bytes->marks[v] && bytes->inner[v];
        thin += bytes->marks[v] && bytes->inner[v] && !bytes->scratch[v];
    }
    if (!parts_find(&parts, bytes->scratch, box->size, false, err)) {
        return false;
    }
    for (size_t p = 1; p <= parts.count && share < filled; p++) {
        nodules += (double)parts.voxels[p] * box->voxel_mm3 >= 1000 * least_nodule_ml;
    }
    if (deep > 0) {
        add(out, pair, THIN, (double)thin / (double)deep);
    } else {
        measurements_add_missing(out, &quantities[THIN], "nothing deeper than 2.5 mm enhances");
    }
    add(out, pair, NODULES, (double)nodules);
    return true;
}

static bool measure_pair(const Pair *pair, MeasurementList *out, DensError **err)
{
    Box box;
    AUTO(bytes_clear) Bytes bytes = {0};
    if (!same_patient_space(pair, err) || !box_make(&box, pair->after, 1) ||
        !bytes_make(&bytes, box.count, err)) {
        return false;
    }
    AUTO(floats_clear) float *rise = memory_try_array(box.count, sizeof *rise);
    double *values = memory_try_array(box.count, sizeof *values), before = 0;
    if (!rise || !values) {
        free(values);
        return error_no_memory(err);
    }
    const size_t count = find_rise(pair, &box, rise, values, &before);
    const double high = count ? quantile_of(values, count, high_quantile) : 0,
                 median = count ? quantile_of(values, count, 0.5) : 0;
    for (size_t n = 0; n < count; n++) {
        values[n] = fabs(values[n] - median);
    }
    const double spread = count ? 1.4826 * quantile_of(values, count, 0.5) : 0;
    free(values);
    if (count < LEAST_VOXELS) {
        return error_input(err, NULL,
                           "the lesion has %zu finite voxel%s on t1 and t1c: needs at least %d voxels", count,
                           count == 1 ? "" : "s", LEAST_VOXELS);
    }
    if (!(before > 0) || high < least_rise * before) {
        return error_input(err, NULL, "the lesion does not enhance: no pattern");
    }
    size_t enhancing = 0;
    for (size_t v = 0; v < box.count; v++) {
        bytes.inner[v] = isfinite((double)rise[v]) ? 1 : 0;
        bytes.marks[v] = bytes.inner[v] && (double)rise[v] > enhancing_part * high;
        enhancing += bytes.marks[v];
    }
    const double share = (double)enhancing / (double)count;
    add(out, pair, ENHANCING, share);
    if (!add_depths(out, pair, &box, bytes.inner, bytes.marks, err) ||
        !add_forms(out, pair, &box, &bytes, share, err)) {
        return false;
    }
    if (median > 0) {
        add(out, pair, SPREAD, spread / median);
    } else {
        measurements_add_missing(out, &quantities[SPREAD], "less than half of the lesion enhances");
    }
    return true;
}

/* References of one tissue in both series, above 0. */
static bool set_references(Pair *pair, DensError **err)
{
    Region before, after, lesion;
    if (!series_region(&lesion, pair->before, -1, err) || !series_region(&lesion, pair->after, -1, err) ||
        !series_region(&before, pair->before, (int)pair->tissue, err) ||
        !series_region(&after, pair->after, (int)pair->tissue, err)) {
        return false;
    }
    pair->before_reference = before.median;
    pair->after_reference = after.median;
    return (before.median > 0 && after.median > 0) ||
           error_input(err, NULL, "the median signal of the %s reference is not above 0",
                       tissue_name(pair->tissue));
}

/* Of the first pair of series that can be used; false with the first reason. Nothing is added on failure but
 * for lack of memory. */
static bool measure_any(const MeasureInput *input, MeasurementList *out, DensError **err)
{
    for (size_t t = 0; t < sizeof normalisers / sizeof normalisers[0]; t++) {
        for (const MeasureSeries *before = series_next(input, "t1", NULL); before;
             before = series_next(input, "t1", before)) {
            for (const MeasureSeries *after = series_next(input, "t1c", NULL); after;
                 after = series_next(input, "t1c", after)) {
                Pair pair = {.before = before, .after = after, .tissue = normalisers[t]};
                if (!before->reference[pair.tissue] || !after->reference[pair.tissue]) {
                    continue;
                }
                AUTO(error_auto) DensError *first = NULL;
                if (set_references(&pair, &first) && measure_pair(&pair, out, &first)) {
                    return true;
                }
                if (!*err) {
                    *err = TAKE(first);
                }
            }
        }
    }
    return false;
}

void measure_pattern(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    const size_t before = out->count;
    if (measure_any(input, out, &err)) {
        return;
    }
    out->count = before;
    for (int q = 0; q < COUNT; q++) {
        if (err) {
            measurements_add_missing(out, &quantities[q], "%s", dens_error_summary(err));
        } else if (!series_next(input, "t1", NULL) || !series_next(input, "t1c", NULL)) {
            measurements_add_missing(out, &quantities[q], "no %s series",
                                     series_next(input, "t1", NULL) ? "t1c" : "t1");
        } else {
            measurements_add_missing(
                out, &quantities[q],
                "no cord, muscle or disc reference in both t1 and t1c: without one their "
                "scales differ");
        }
    }
}
