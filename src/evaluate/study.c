/* The main path over images: read, measure, turn into findings. */
#include "evaluate/study.h"

#include <math.h>
#include <string.h>

/* PatientAge is in whole years, and the study may lie some months before or after the report. */
static const double age_tolerance_years = 1.01;

static bool take_patient(const DicomStudy *dicom, Case *c, DensError **err)
{
    if (dicom->has_age && c->has_age && fabs(dicom->age_years - c->age_years) > age_tolerance_years) {
        return error_input(err, "$.patient.age",
                           "the case's age is not that of the DICOM study: is it the same patient?");
    }
    if (dicom->sex && c->sex != SEX_UNKNOWN && (int)c->sex != dicom->sex) {
        return error_input(err, "$.patient.sex",
                           "the case's sex is not that of the DICOM study: is it the same patient?");
    }
    if (c->study_uid && dicom->study_uid[0] && strcmp(c->study_uid, dicom->study_uid) != 0) {
        return error_input(err, "$.study.uid", "the case belongs to another DICOM study");
    }
    if (!c->has_age && dicom->has_age) {
        c->has_age = true;
        c->age_years = dicom->age_years;
    }
    if (c->sex == SEX_UNKNOWN && dicom->sex) {
        c->sex = dicom->sex == 1 ? SEX_MALE : SEX_FEMALE;
    }
    if (!c->study_uid && dicom->study_uid[0]) {
        c->study_uid = arena_strdup(c->arena, dicom->study_uid);
    }
    if (!c->accession && dicom->accession[0]) {
        c->accession = arena_strdup(c->arena, dicom->accession);
    }
    return true;
}

/* A series that is there was done; whether it was read completely only a reader can say. */
static void note_examinations(const Study *study, Case *c)
{
    static const struct {
        SeriesRole role;
        const char *examination;
    } shown_by[] = {{ROLE_CT, "ct"},     {ROLE_T1, "t1"},   {ROLE_T2, "t2"},
                    {ROLE_STIR, "stir"}, {ROLE_DWI, "dwi"}, {ROLE_T1C, "contrast"},
                    {ROLE_ADC, "dwi"},   {ROLE_DCE, "dce"}, {ROLE_PET, "pet"}};
    for (size_t i = 0; i < study->count; i++) {
        for (size_t j = 0; j < sizeof shown_by / sizeof *shown_by; j++) {
            int at = vocabulary_find_examination(c->vocabulary, shown_by[j].examination);
            if (shown_by[j].role == study->series[i].role && at >= 0 &&
                c->examinations[at] == EXAMINATION_UNKNOWN) {
                c->examinations[at] = EXAMINATION_PARTIAL;
            }
        }
    }
}

static bool has_role(const Study *study, SeriesRole role)
{
    for (size_t i = 0; i < study->count; i++) {
        if (study->series[i].role == role) {
            return true;
        }
    }
    return false;
}

static bool has_labels(const Study *study)
{
    for (size_t i = 0; i < study->count; i++) {
        if (study->series[i].labels) {
            return true;
        }
    }
    return false;
}

/* Families of examinations that are not part of every study, and those of labels: without any of these they
 * are not run, or a report of a CT would list all that a PET could have shown. */
static bool family_applies(const Study *study, const char *family)
{
    static const struct {
        const char *family;
        SeriesRole roles[2];
    } special[] = {{"perfusion", {ROLE_DCE, ROLE_DCE}},
                   {"diffusion", {ROLE_DWI, ROLE_ADC}},
                   {"uptake", {ROLE_PET, ROLE_PET}},
                   {"chemical_shift", {ROLE_IN, ROLE_OPP}}};
    static const char *const of_labels[] = {"anatomy", "elements", "layers", "collapse", "mass",  "expansion",
                                            "cortex",  "foramina", "canal",  "artery",   "oedema"};
    for (size_t i = 0; i < sizeof of_labels / sizeof *of_labels; i++) {
        if (strcmp(of_labels[i], family) == 0) {
            return has_labels(study);
        }
    }
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (strcmp(special[i].family, family) == 0) {
            return has_role(study, special[i].roles[0]) || has_role(study, special[i].roles[1]);
        }
    }
    return true;
}

static bool is_wanted(Progress *progress, DensError **err)
{
    return !progress_stopped(progress) || error_input(err, "the evaluation", "was cancelled");
}

static void warn_of_metal(const MeasureSeries *series, Log *log)
{
    const double share = strcmp(series->role, "ct") == 0 ? measure_metal_share(series) : 0;
    if (share > 0) {
        log_line(log, LOG_WARNING,
                 "ct: %.2g %% of the lesion's voxels exceed %.0f HU: metal, which falsifies what is measured "
                 "in and "
                 "about it",
                 100 * share, MEASURE_METAL_HU);
    }
}

static bool measure_all(const Study *study, MeasurementList *measurements, Log *log, Progress *progress,
                        DensError **err)
{
    MeasureSeries series[STUDY_MAX_SERIES];
    AUTO(measure_shared_auto) MeasureShared *shared = measure_shared_new();
    size_t count = 0;
    for (size_t i = 0; i < study->count; i++) {
        const StudySeries *from = &study->series[i];
        if (!from->lesion) {
            continue;
        }
        series[count] = (MeasureSeries){.volume = from->volume,
                                        .role = role_name(from->role),
                                        .lesion = from->lesion,
                                        .labels = from->labels,
                                        .scheme = from->scheme,
                                        .canal_of_bone = from->canal_of_bone,
                                        .frame_count = from->frame_count,
                                        .frames = from->frames,
                                        .tr_s = from->tr_s,
                                        .flip_deg = from->flip_deg,
                                        .native_t1_s = from->native_t1_s,
                                        .lacks = from->lacks,
                                        .shared = shared};
        for (size_t t = 0; t < TISSUE_COUNT; t++) {
            series[count].reference[t] = from->reference[t];
        }
        warn_of_metal(&series[count++], log);
    }
    MeasureInput input = {count, series};
    size_t families = 0;
    while (measure_families[families].id) {
        families++;
    }
    for (size_t i = 0; count && i < families; i++) {
        progress_step(progress, "measuring", i, families);
        if (!is_wanted(progress, err)) {
            return false;
        }
        if (family_applies(study, measure_families[i].id)) {
            measure_families[i].measure(&input, measurements);
        }
    }
    progress_step(progress, "measuring", families, families);
    return true;
}

/* The study's day of a DICOM series: comparisons are told in its order. */
static void add_date(Value *input, const DicomStudy *dicom, const char *uid)
{
    enum { DATE_LENGTH = 8 }; /* YYYYMMDD */
    const char *date = dicom && uid[0] ? dicom->study_date : "";
    if (strlen(date) == DATE_LENGTH && strspn(date, "0123456789") == DATE_LENGTH) {
        value_set_format(input, "date", "%.4s-%.2s-%.2s", date, date + 4, date + 6);
    }
}

static void add_inputs(const Study *study, Value *inputs)
{
    for (size_t i = 0; i < study->count; i++) {
        Value *map = value_add_map(inputs);
        value_set_string(map, "series", study->series[i].uid);
        value_set_string(map, "role", role_name(study->series[i].role));
        value_set_format(map, "sha256", "%s", study->series[i].sha256);
        add_date(map, study->dicom, study->series[i].uid);
    }
}

bool evaluate_study(const Engine *engine, const StudyOptions *options, Case *c, MeasurementList *measurements,
                    Value *inputs, Log *log, Progress *progress, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(study_clear) Study study = {.arena = arena};
    if (!study_read_series(&study, options, log, progress, err) || !is_wanted(progress, err) ||
        (study.dicom && !take_patient(study.dicom, c, err)) ||
        !study_read_lesions(&study, options, log, err) ||
        !study_read_references(&study, engine, options, log, err)) {
        return false;
    }
    note_examinations(&study, c);
    if (!measure_all(&study, measurements, log, progress, err)) {
        return false;
    }
    readings_apply(engine->readings, measurements, c);
    if (options->pictures) {
        study_pictures(&study, options->pictures, options->picture_arena);
    }
    add_inputs(&study, inputs);
    return !options->objects || study_objects_make(&study, options->deidentify, options->objects, err);
}
