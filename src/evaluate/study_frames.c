/* NIfTI series whose values mean nothing without what lies beside the file: diffusion weightings (.bval, one
 * line of numbers in s/mm², as FSL and BIDS have it), and the BIDS sidecar (.json).
 *
 * Read of the sidecar, in BIDS' names and units: VolumeTiming or FrameTimesStart (s, one number a volume),
 * RepetitionTime (s), FlipAngle (degrees); Units ("SUV", "g/mL", "Bq/mL"), InjectedRadioactivity with its
 * units, InjectionStart and ImageDecayCorrectionTime (s, on one clock), TracerRadionuclide, and PatientWeight
 * (kg, as dcm2niix writes it). NativeT1 (s) is ours: the lesion's T1 before contrast medium, where it was
 * measured. An SUV is the activity concentration over the injected activity per gram of body weight, the
 * latter decayed to the time that the image was corrected to. */
#include "evaluate/study.h"

#include "base/file.h"
#include "base/json.h"
#include "image/nifti.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BVAL_MAX_BYTES = 1 << 20 };
static const double f18_half_life_s = 6586.2; /* 109.77 min */

/* "folder/x.json" of "folder/x.nii.gz". */
static char *beside(Arena *arena, const char *path, const char *ending)
{
    const size_t cut = file_has_suffix(path, ".gz") ? strlen(".nii.gz") : strlen(".nii");
    return arena_printf(arena, "%.*s%s", (int)(strlen(path) - cut), path, ending);
}

static bool read_b_values(StudySeries *out, Arena *arena, const char *path, DensError **err)
{
    const char *bval = beside(arena, path, ".bval");
    if (file_kind(bval) != FILE_REGULAR) {
        out->lacks = "the b-values of the dwi series are not known: there is no .bval file beside it";
        return true;
    }
    size_t length;
    char *text = file_read(bval, BVAL_MAX_BYTES, &length, err);
    if (!text) {
        return false;
    }
    size_t count = 0;
    bool good = true;
    char *at = text, *end = text;
    for (;; at = end) {
        const double b = strtod(at, &end);
        if (end == at) {
            break;
        }
        good = good && isfinite(b) && b >= 0;
        if (count < out->frame_count) {
            out->frames[count].b_s_per_mm2 = b;
        }
        count++;
    }
    good = good && at[strspn(at, " \t\r\n")] == '\0';
    free(text);
    if (!good) {
        return error_input(err, bval, "holds something that is no b-value (numbers of 0 or more, in s/mm²)");
    }
    return count == out->frame_count ||
           error_input(err, bval, "holds %zu b-values for %zu volumes", count, out->frame_count);
}

/* The number at a key, or 0 where there is none; what is no number above 0 is an error. */
static bool read_number(double *out, const Value *sidecar, const char *where, const char *key,
                        DensError **err)
{
    const Value *value = value_get(sidecar, key);
    *out = 0;
    return !value || (value_number(value, out) && *out > 0) ||
           error_input(err, where, "%s is no number above 0", key);
}

static bool read_times(StudySeries *out, const Value *sidecar, const char *where, DensError **err)
{
    static const char *const keys[] = {"VolumeTiming", "FrameTimesStart"};
    const Value *times = NULL;
    const char *key = NULL;
    for (size_t k = 0; !times && k < sizeof keys / sizeof *keys; k++) {
        key = keys[k];
        times = value_get(sidecar, key);
    }
    if (!times) {
        return true;
    }
    if (times->kind != VALUE_LIST || times->count != out->frame_count) {
        return error_input(err, where, "%s is no list of %zu times, one for each volume", key,
                           out->frame_count);
    }
    double first = 0, last = -INFINITY;
    size_t f = 0;
    VALUE_EACH(time, times)
    {
        double seconds;
        if (!value_number(time, &seconds) || !(seconds > last)) {
            return error_input(err, where, "%s holds times that do not ascend", key);
        }
        last = seconds;
        first = f == 0 ? seconds : first;
        out->frames[f++].time_s = seconds - first;
    }
    return true;
}

static bool read_dynamic(StudySeries *out, const Value *sidecar, const char *where, double step_s,
                         DensError **err)
{
    for (size_t f = 0; step_s > 0 && f < out->frame_count; f++) {
        out->frames[f].time_s = step_s * (double)f;
    }
    if (!read_times(out, sidecar, where, err) ||
        !read_number(&out->tr_s, sidecar, where, "RepetitionTime", err) ||
        !read_number(&out->flip_deg, sidecar, where, "FlipAngle", err) ||
        !read_number(&out->native_t1_s, sidecar, where, "NativeT1", err)) {
        return false;
    }
    if (out->frames[0].time_s < 0) {
        out->lacks =
            "the times of the dce series are not known: no VolumeTiming in a sidecar beside it, and no "
            "time step in its header";
    }
    return true;
}

/* What Bq/mL are multiplied with to be an SUV in g/mL; *out_lacks says what is not known. */
static bool suv_factor(double *out, const char **out_lacks, const Value *sidecar, const char *where,
                       DensError **err)
{
    static const struct {
        const char *unit;
        double bq;
    } units[] = {{"Bq", 1}, {"kBq", 1e3}, {"MBq", 1e6}, {"GBq", 1e9}};
    double dose, weight_kg, unit_bq = 0, injected_s = 0, corrected_s = 0;
    if (!read_number(&dose, sidecar, where, "InjectedRadioactivity", err) ||
        !read_number(&weight_kg, sidecar, where, "PatientWeight", err)) {
        return false;
    }
    const char *unit = value_text(sidecar, "InjectedRadioactivityUnits");
    const char *nuclide = value_text(sidecar, "TracerRadionuclide");
    for (size_t u = 0; unit && u < sizeof units / sizeof *units; u++) {
        unit_bq = strcmp(unit, units[u].unit) == 0 ? units[u].bq : unit_bq;
    }
    const bool clocked = value_number(value_get(sidecar, "InjectionStart"), &injected_s) &&
                         value_number(value_get(sidecar, "ImageDecayCorrectionTime"), &corrected_s);
    const bool f18 = nuclide && (strcmp(nuclide, "F18") == 0 || strcmp(nuclide, "18F") == 0 ||
                                 strcmp(nuclide, "F-18") == 0);
    *out_lacks = dose <= 0        ? "no SUV: the sidecar has no injected activity (InjectedRadioactivity)"
                 : unit_bq <= 0   ? "no SUV: the unit of the injected activity is not known"
                 : weight_kg <= 0 ? "no SUV: the sidecar has no body weight (PatientWeight)"
                 : !clocked       ? "no SUV: the times of injection and decay correction are not both known"
                 : !f18 ? "no SUV: the radionuclide is not given as F18, whose decay alone is known here"
                        : NULL;
    if (!*out_lacks) {
        const double decayed = dose * unit_bq * exp2(-(corrected_s - injected_s) / f18_half_life_s);
        *out = 1000 * weight_kg / decayed;
    }
    return true;
}

static bool read_pet(StudySeries *out, const Value *sidecar, const char *where, DensError **err)
{
    const char *units = value_text(sidecar, "Units");
    if (out->frame_count > 1) {
        out->lacks = "the pet series has several volumes; one static volume is measured";
    } else if (!units) {
        out->lacks = "no SUV: no sidecar beside the pet series says what its values are (Units)";
    } else if (strcmp(units, "SUV") == 0 || strcmp(units, "SUVbw") == 0 || strcmp(units, "g/mL") == 0) {
        out->volume->unit = UNIT_SUV;
    } else if (strcmp(units, "Bq/mL") == 0) {
        double factor = 0;
        if (!suv_factor(&factor, &out->lacks, sidecar, where, err)) {
            return false;
        }
        for (size_t v = 0; !out->lacks && v < geometry_voxels(&out->volume->geometry); v++) {
            out->volume->voxels[v] = (float)(factor * (double)out->volume->voxels[v]);
        }
        out->volume->unit = out->lacks ? UNIT_ARBITRARY : UNIT_SUV;
    } else {
        out->lacks = "no SUV: the pet series' Units are neither SUV, g/mL nor Bq/mL";
    }
    return true;
}

static bool read_beside(StudySeries *out, Arena *arena, const char *path, double step_s, DensError **err)
{
    if (out->role == ROLE_DWI) {
        return read_b_values(out, arena, path, err);
    }
    const char *where = beside(arena, path, ".json");
    const Value *sidecar = NULL;
    if (file_kind(where) == FILE_REGULAR && !(sidecar = json_read(arena, where, err))) {
        return false;
    }
    return out->role == ROLE_DCE ? read_dynamic(out, sidecar, where, step_s, err)
                                 : read_pet(out, sidecar, where, err);
}

bool study_read_frames(StudySeries *out, Arena *arena, const char *path, DensError **err)
{
    Volume **volumes;
    size_t count;
    double step_s;
    if (!volumes_read_nifti(path, &volumes, &count, &step_s, err)) {
        return false;
    }
    out->frame_count = count;
    out->volume = volumes[0];
    out->volumes = arena_array(arena, count, sizeof *out->volumes);
    out->frames = arena_array(arena, count, sizeof *out->frames);
    memcpy(out->volumes, volumes, count * sizeof *volumes);
    for (size_t f = 0; f < count; f++) {
        out->frames[f] = (MeasureFrame){.volume = volumes[f], .time_s = -1, .b_s_per_mm2 = -1};
    }
    if (!read_beside(out, arena, path, step_s, err)) {
        volumes_free(volumes, count);
        *out = (StudySeries){0};
        return false;
    }
    free(volumes);
    return true;
}

/* Frees what stands after the first volume, and says why. */
static void keep_first(StudySeries *out, size_t read, const char *why)
{
    for (size_t f = 1; f < read; f++) {
        volume_free(out->volumes[f]);
    }
    out->frame_count = 0;
    out->lacks = why;
}

bool study_read_parts(StudySeries *out, Arena *arena, const SeriesInfo *info, Log *log, Progress *progress,
                      DensError **err)
{
    const size_t count = info->part_count;
    out->volumes = arena_array(arena, count, sizeof *out->volumes);
    out->frames = arena_array(arena, count, sizeof *out->frames);
    out->frame_count = count;
    out->tr_s = info->tr_ms / 1000;
    out->flip_deg = info->flip_deg;
    for (size_t f = 0; f < count; f++) {
        const SeriesPart *part = &info->parts[f];
        Volume *volume = dicom_series_read_part(info, f, log, progress, err);
        if (!volume) {
            keep_first(out, f, NULL);
            volume_free(f > 0 ? out->volume : NULL);
            out->volume = NULL;
            return false;
        }
        out->volumes[f] = volume;
        out->volume = out->volumes[0];
        out->frames[f] = (MeasureFrame){volume, part->time_s, part->b_value};
        if (!geometry_equal(&volume->geometry, &out->volume->geometry, 0.1, NULL)) {
            keep_first(out, f + 1, "the volumes of the series do not lie on one grid");
            return true;
        }
    }
    return true;
}
