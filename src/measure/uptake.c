/* FDG uptake of the lesion on PET, in standardised uptake values normalised to body weight (g/mL).
 *
 * Thresholds for the metabolic volume are conventions of the field: 41 % of the maximum, and fixed values of
 * 2.5 and 4.0 (compared in mtv2020). SUVpeak is the largest mean of a ball of 1 mL whose centre lies in a
 * voxel of the lesion; the ball may reach out of the mask, but not out of the image. Repeated on another day
 * an SUV has a within-subject coefficient of variation of about 10 % (suv_repeatability2017), which is the
 * `sd` of those that are a value of a point or of few voxels. */
#include "measure/families.h"

#include <math.h>

typedef enum { MAXIMUM, PEAK, MEAN, VOLUME_41, VOLUME_2_5, VOLUME_4_0, GLYCOLYSIS, COUNT } Uptake;

#define VOLUME_OF(threshold) "Volume of the lesion's voxels with an SUV of at least " threshold "."

static const Quantity quantities[COUNT] = {
    [MAXIMUM] = {"uptake.suv_max", "SUVmax", "{SUVbw}g/mL", "Highest voxel of the lesion.", "", {0}},
    [PEAK] = {"uptake.suv_peak",
              "SUVpeak",
              "{SUVbw}g/mL",
              "Largest mean of a ball of 1 mL about a voxel of the lesion.",
              "lodge2012",
              {0}},
    [MEAN] = {"uptake.suv_mean", "SUVmean", "{SUVbw}g/mL", "Mean of the lesion's voxels.", "", {0}},
    [VOLUME_41] = {"uptake.mtv_41",
                   "Metabolic volume, 41 % of the maximum",
                   "mL",
                   VOLUME_OF("41 % of the highest"),
                   "mtv2020",
                   {0}},
    [VOLUME_2_5] = {"uptake.mtv_2_5", "Metabolic volume, SUV 2.5", "mL", VOLUME_OF("2.5"), "mtv2020", {0}},
    [VOLUME_4_0] = {"uptake.mtv_4_0", "Metabolic volume, SUV 4.0", "mL", VOLUME_OF("4.0"), "mtv2020", {0}},
    [GLYCOLYSIS] = {"uptake.tlg_41",
                    "Total lesion glycolysis",
                    "g",
                    "Metabolic volume at 41 % of the maximum, times the mean SUV in it.",
                    "mtv2020",
                    {0}},
};

static const double relative_threshold = 0.41, within_subject_variation = 0.10;
static const double ball_radius_mm = 6.2035; /* 1 mL: (3000 mm³ / 4π)^⅓ */

/* Volume (mL) and mean of the lesion's voxels of at least `least`. */
static void above(const MeasureSeries *pet, double least, double *out_ml, double *out_mean)
{
    size_t voxels = 0;
    double sum = 0;
    for (size_t v = 0; v < geometry_voxels(&pet->volume->geometry); v++) {
        const double value = (double)pet->volume->voxels[v];
        if (pet->lesion->labels[v] && isfinite(value) && value >= least) {
            voxels++;
            sum += value;
        }
    }
    *out_ml = (double)voxels * geometry_voxel_volume_mm3(&pet->volume->geometry) / 1000;
    *out_mean = voxels > 0 ? sum / (double)voxels : 0;
}

/* How far the ball reaches along each axis of the grid, in voxels. */
static void reach(const Geometry *geometry, size_t out[3])
{
    for (int a = 0; a < 3; a++) {
        out[a] = (size_t)(ball_radius_mm / geometry->spacing_mm[a]);
    }
}

/* The mean of the ball about a voxel; false if it leaves the image or meets a voxel that is not finite. */
static bool ball_mean(const Volume *volume, const size_t centre[3], const size_t far[3], double *out)
{
    const Geometry *g = &volume->geometry;
    const Vec3 middle = geometry_point_lps_mm(g, (double)centre[0], (double)centre[1], (double)centre[2]);
    double sum = 0;
    size_t count = 0;
    for (int a = 0; a < 3; a++) {
        if (centre[a] < far[a] || centre[a] + far[a] >= g->size[a]) {
            return false;
        }
    }
    for (size_t k = centre[2] - far[2]; k <= centre[2] + far[2]; k++) {
        for (size_t j = centre[1] - far[1]; j <= centre[1] + far[1]; j++) {
            for (size_t i = centre[0] - far[0]; i <= centre[0] + far[0]; i++) {
                const Vec3 point = geometry_point_lps_mm(g, (double)i, (double)j, (double)k);
                if (vec3_length(vec3_sub(point, middle)) <= ball_radius_mm) {
                    sum += (double)volume->voxels[voxel_index(g, i, j, k)];
                    count++;
                }
            }
        }
    }
    *out = sum / (double)count;
    return isfinite(*out);
}

static bool peak(const MeasureSeries *pet, double *out)
{
    size_t low[3], high[3], far[3];
    bool found = false;
    if (!mask_box(pet->lesion, low, high)) {
        return false;
    }
    reach(&pet->volume->geometry, far);
    for (size_t k = low[2]; k <= high[2]; k++) {
        for (size_t j = low[1]; j <= high[1]; j++) {
            for (size_t i = low[0]; i <= high[0]; i++) {
                double mean;
                if (pet->lesion->labels[voxel_index(&pet->volume->geometry, i, j, k)] &&
                    ball_mean(pet->volume, (const size_t[3]){i, j, k}, far, &mean)) {
                    *out = found ? fmax(*out, mean) : mean;
                    found = true;
                }
            }
        }
    }
    return found;
}

static void add(MeasurementList *out, Uptake which, double value, double sd, const MeasureSeries *pet,
                const Region *lesion)
{
    Measurement *added = measurements_add(out, &quantities[which], value);
    added->sd = sd;
    added->inputs[0] = "pet";
    added->inputs[1] = "lesion";
    measurement_place(added, pet, lesion->not_finite, out->arena);
}

static bool measure(const MeasureSeries *pet, MeasurementList *out, DensError **err)
{
    Region lesion;
    if (pet->lacks) {
        return error_input(err, NULL, "%s", pet->lacks);
    }
    if (pet->volume->unit != UNIT_SUV) {
        return error_input(err, NULL, "the pet series is not in SUV");
    }
    if (!series_region(&lesion, pet, -1, err)) {
        return false;
    }
    double ml, mean, highest_ball;
    add(out, MAXIMUM, lesion.maximum, within_subject_variation * fabs(lesion.maximum), pet, &lesion);
    if (peak(pet, &highest_ball)) {
        add(out, PEAK, highest_ball, within_subject_variation * fabs(highest_ball), pet, &lesion);
    } else {
        measurements_add_missing(
            out, &quantities[PEAK],
            "no ball of 1 mL about a voxel of the lesion lies inside the image with finite values");
    }
    add(out, MEAN, lesion.mean, lesion.mean_error, pet, &lesion);
    above(pet, 2.5, &ml, &mean);
    add(out, VOLUME_2_5, ml, -1, pet, &lesion);
    above(pet, 4.0, &ml, &mean);
    add(out, VOLUME_4_0, ml, -1, pet, &lesion);
    if (lesion.maximum > 0) {
        above(pet, relative_threshold * lesion.maximum, &ml, &mean);
        add(out, VOLUME_41, ml, -1, pet, &lesion);
        add(out, GLYCOLYSIS, ml * mean, -1, pet, &lesion);
    } else {
        measurements_add_missing(out, &quantities[VOLUME_41], "no voxel of the lesion is above 0");
        measurements_add_missing(out, &quantities[GLYCOLYSIS], "no voxel of the lesion is above 0");
    }
    return true;
}

void measure_uptake(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (const MeasureSeries *pet = series_next(input, "pet", NULL); pet;
         pet = series_next(input, "pet", pet)) {
        AUTO(error_auto) DensError *err = NULL;
        if (measure(pet, out, &err)) {
            return;
        }
        if (!first_error) {
            first_error = TAKE(err);
        }
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s",
                                 first_error ? dens_error_summary(first_error) : "no pet series");
    }
}
