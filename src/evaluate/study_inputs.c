/* Reading the series of a study. */
#include "evaluate/study.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "image/nifti.h"

#include <string.h>

/* The roles that are measured; others are listed and passed over. */
static const SeriesRole measured_roles[] = {ROLE_CT,  ROLE_T1,  ROLE_T2,  ROLE_STIR, ROLE_T1C, ROLE_IN,
                                            ROLE_OPP, ROLE_DWI, ROLE_ADC, ROLE_DCE,  ROLE_PET};
enum { MEASURED_ROLE_COUNT = sizeof measured_roles / sizeof *measured_roles };

bool study_split_role(const char *text, SeriesRole *out_role, const char **out_rest, const char *option,
                      DensError **err)
{
    *out_role = ROLE_UNKNOWN;
    *out_rest = text;
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    char name[16];
    if (!equals || length == 0 || length >= sizeof name || file_kind(text) != FILE_ABSENT) {
        return true;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    if (!role_parse(name, out_role)) {
        AUTO_TEXT roles = TEXT_INIT;
        for (int role = ROLE_UNKNOWN + 1; role < ROLE_COUNT; role++) {
            text_addf(&roles, "%s%s", roles.length ? ", " : "", role_name((SeriesRole)role));
        }
        return error_set(err, DENS_ERROR_USAGE, option, "\"%s\" is no role; there are %s", name,
                         text_string(&roles));
    }
    *out_rest = equals + 1;
    return equals[1] ||
           error_set(err, DENS_ERROR_USAGE, option, "what stands after \"%s=\"? A file is missing", name);
}

static bool is_measured(SeriesRole role)
{
    for (size_t i = 0; i < MEASURED_ROLE_COUNT; i++) {
        if (measured_roles[i] == role) {
            return true;
        }
    }
    return false;
}

/* Are a DICOM series' faults those of the whole study? Not of one that adds to the others: it is passed over.
 */
static bool is_needed(SeriesRole role)
{
    return role <= ROLE_T1C;
}

/* Does a NIfTI file of this role need what lies beside it? */
static bool has_sidecar(SeriesRole role)
{
    return role == ROLE_DWI || role == ROLE_DCE || role == ROLE_PET;
}

static StudySeries *series_of_role(Study *study, SeriesRole role)
{
    for (size_t i = 0; i < study->count; i++) {
        if (study->series[i].role == role) {
            return &study->series[i];
        }
    }
    return NULL;
}

static StudySeries *add_series(Study *study, SeriesRole role, const char *uid, Volume *volume)
{
    StudySeries *series = &study->series[study->count++];
    *series = (StudySeries){.role = role, .uid = arena_strdup(study->arena, uid), .volume = volume};
    return series;
}

static bool read_nifti_series(Study *study, SeriesRole role, const char *path, Log *log, DensError **err)
{
    if (!is_measured(role)) {
        log_line(log, LOG_WARNING, "%s=%s: this series is not measured by this version", role_name(role),
                 file_name(path));
        return true;
    }
    if (series_of_role(study, role)) {
        return error_set(err, DENS_ERROR_USAGE, path, "a second series for %s=", role_name(role));
    }
    StudySeries *series = NULL;
    if (has_sidecar(role)) {
        StudySeries read = {.role = role};
        if (!study_read_frames(&read, study->arena, path, err)) {
            return false;
        }
        series = &study->series[study->count++];
        *series = read;
        series->uid = "";
    } else {
        AUTO(volume_auto) Volume *volume = volume_read_nifti(path, err);
        if (!volume) {
            return false;
        }
        volume->unit = role == ROLE_CT ? UNIT_HU : UNIT_ARBITRARY;
        series = add_series(study, role, "", TAKE(volume));
    }
    return hash_file(path, series->sha256, err);
}

/* Is `a` the better series for a role? One that can be read before one that cannot, original images before
 * reformatted ones, then the one with more slices. */
static bool is_better(const SeriesInfo *a, const SeriesInfo *b)
{
    bool good = !a->problem[0], best_good = !b->problem[0];
    if (good != best_good) {
        return good;
    }
    return a->derived != b->derived ? b->derived : a->slice_count > b->slice_count;
}

/* The series for a role; if none can be read, one that cannot, so that its fault is told. */
static const SeriesInfo *choose_series(const DicomStudy *dicom, SeriesRole role, Log *log)
{
    const SeriesInfo *best = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < dicom->series_count; i++) {
        const SeriesInfo *info = &dicom->series[i];
        if (info->role != role || info->is_mask) {
            continue;
        }
        candidates++;
        if (!best || is_better(info, best)) {
            best = info;
        }
    }
    if (candidates > 1) {
        log_line(log, LOG_WARNING, "%zu series look like %s; series %d with %zu slices is used", candidates,
                 role_name(role), best->number, best->slice_count);
    }
    return best;
}

static bool hash_series(const SeriesInfo *info, char out[65], DensError **err)
{
    Hash *all = hash_new();
    bool good = true;
    for (size_t i = 0; good && i < info->file_count; i++) {
        char one[65];
        good = hash_file(info->files[i], one, err);
        if (good) {
            hash_add(all, one, 64);
        }
    }
    hash_finish(all, out);
    hash_free(all);
    return good;
}

static bool read_dicom_series(Study *study, SeriesRole role, Log *log, Progress *progress, DensError **err)
{
    const SeriesInfo *info = choose_series(study->dicom, role, log);
    if (!info) {
        return true;
    }
    if (series_of_role(study, role)) {
        return error_set(err, DENS_ERROR_USAGE, info->files[0],
                         "a second series for %s beside the NIfTI file", role_name(role));
    }
    if (info->problem[0] && !is_needed(role)) {
        log_line(log, LOG_WARNING, "series %d (%s) is not measured: %s", info->number, role_name(role),
                 info->problem);
        return true;
    }
    const bool several = role == ROLE_DWI || role == ROLE_DCE;
    if (info->part_count > 1 && !several && !is_needed(role)) {
        log_line(log, LOG_WARNING, "series %d (%s) is not measured: it has %zu volumes", info->number,
                 role_name(role), info->part_count);
        return true;
    }
    StudySeries read = {.role = role, .uid = arena_strdup(study->arena, info->series_uid), .info = info};
    if (several && info->part_count > 0) {
        if (!study_read_parts(&read, study->arena, info, log, progress, err)) {
            return false;
        }
    } else if (!(read.volume = dicom_series_read(info, log, progress, err))) {
        return false;
    }
    StudySeries *series = &study->series[study->count++];
    *series = read;
    return hash_series(info, series->sha256, err);
}

static void tell_unused(const DicomStudy *dicom, Log *log)
{
    for (size_t i = 0; i < dicom->series_count; i++) {
        const SeriesInfo *info = &dicom->series[i];
        if (!is_measured(info->role) && !info->is_mask) {
            log_line(log, LOG_INFO, "series %d (%s) is not measured: %s", info->number, info->modality,
                     info->role_reason);
        }
    }
}

static bool read_inputs(Study *study, const StudyOptions *options, const char **dicom_paths,
                        size_t *out_dicom_count, Log *log, DensError **err)
{
    for (size_t i = 0; i < options->input_count; i++) {
        SeriesRole role;
        const char *path;
        if (!study_split_role(options->inputs[i], &role, &path, options->inputs[i], err)) {
            return false;
        }
        if (role != ROLE_UNKNOWN) {
            if (!read_nifti_series(study, role, path, log, err)) {
                return false;
            }
        } else if (nifti_is(path)) {
            return error_set(err, DENS_ERROR_USAGE, path,
                             "a NIfTI file needs its role before it, such as ct=%s or t2=%s", file_name(path),
                             file_name(path));
        } else {
            dicom_paths[(*out_dicom_count)++] = path;
        }
    }
    return true;
}

static void apply_roles(DicomStudy *dicom, const StudyOptions *options)
{
    for (size_t i = 0; i < options->role_count; i++) {
        const StudyRole *said = &options->roles[i];
        if (said->series < dicom->series_count && dicom->series[said->series].role != said->role) {
            dicom->series[said->series].role = said->role;
            dicom->series[said->series].role_reason = "the reader says so";
        }
    }
}

bool study_read_series(Study *study, const StudyOptions *options, Log *log, Progress *progress,
                       DensError **err)
{
    const char **dicom_paths = arena_array(study->arena, options->input_count + 1, sizeof *dicom_paths);
    size_t dicom_count = 0;
    if (!read_inputs(study, options, dicom_paths, &dicom_count, log, err)) {
        return false;
    }
    if (dicom_count > 0) {
        study->dicom = dicom_study_scan(study->arena, dicom_paths, dicom_count, log, progress, err);
        if (!study->dicom) {
            return false;
        }
        apply_roles(study->dicom, options);
        tell_unused(study->dicom, log);
        for (size_t i = 0; i < MEASURED_ROLE_COUNT; i++) {
            if (!read_dicom_series(study, measured_roles[i], log, progress, err)) {
                return false;
            }
        }
    }
    if (study->count == 0) {
        return error_input(
            err, options->inputs[0],
            "holds no series that is measured (CT, T1, T2, STIR, contrast-enhanced T1, "
            "in and opposed phase, diffusion, dynamic, PET); `dens study` lists what is there");
    }
    return true;
}

void study_clear(Study *study)
{
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *series = &study->series[i];
        for (size_t f = 1; f < series->frame_count; f++) {
            volume_free(series->volumes[f]);
        }
        volume_free(series->volume);
        mask_free(series->lesion);
        mask_free(series->labels);
        for (size_t t = 0; t < TISSUE_COUNT; t++) {
            mask_free(series->reference[t]);
        }
    }
    study->count = 0;
}
