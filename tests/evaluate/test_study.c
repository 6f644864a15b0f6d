/* Studies: which series, masks and reference tissues are used, and what is refused. The volumes are cubes of
 * ten voxels of 1 mm with a known lesion (5) and known muscle (2) in them. */
#include "fixture.h"

#include "base/file.h"
#include "dicom/dicom.h"
#include "image/nifti.h"

#include <stdio.h>

enum { SIDE = 10, VOXELS = SIDE * SIDE * SIDE, LESION = 5, MUSCLE = 101 };

/* ---- making studies ---- */

static Geometry grid_at(double x_mm)
{
    return (Geometry){.size = {SIDE, SIDE, SIDE},
                      .spacing_mm = {1, 1, 1},
                      .origin_lps_mm = {x_mm, 0, 0},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

/* The lesion: 4 × 4 × 4 voxels from (2, 2, 2); the muscle: 2 × 2 × 2 from (7, 7, 7). */
static bool in_box(size_t index, size_t from, size_t side)
{
    size_t ijk[3] = {index % SIDE, index / SIDE % SIDE, index / SIDE / SIDE};
    for (size_t a = 0; a < 3; a++) {
        if (ijk[a] < from || ijk[a] >= from + side) {
            return false;
        }
    }
    return true;
}

static bool in_lesion(size_t index)
{
    return in_box(index, 2, 4);
}

static bool in_muscle(size_t index)
{
    return in_box(index, 7, 2);
}

static Volume *cube(double x_mm, float lesion, float muscle)
{
    Geometry grid = grid_at(x_mm);
    Volume *volume = volume_new(&grid, NULL);
    assert_non_null(volume);
    for (size_t i = 0; i < VOXELS; i++) {
        volume->voxels[i] = in_lesion(i) ? lesion : in_muscle(i) ? muscle : 0;
    }
    return volume;
}

/* NAME.nii with these values; "ROLE=path" for it. */
static const char *nifti_series(Fixture *f, const char *role, const char *name, float lesion, float muscle)
{
    AUTO(volume_auto) Volume *volume = cube(0, lesion, muscle);
    const char *path = fixture_path(f, name);
    DensError *error = NULL;
    assert_true(volume_write_nifti(volume, path, &error));
    return arena_printf(f->arena, "%s=%s", role, path);
}

static const char *mask_file(Fixture *f, const char *name, double x_mm, bool (*inside)(size_t),
                             uint16_t label)
{
    Geometry grid = grid_at(x_mm);
    AUTO(mask_auto) Mask *mask = mask_new(&grid, NULL);
    for (size_t i = 0; i < VOXELS; i++) {
        mask->labels[i] = inside(i) ? label : 0;
    }
    const char *path = fixture_path(f, name);
    DensError *error = NULL;
    assert_true(mask_write_nifti(mask, path, &error));
    return path;
}

typedef struct {
    const char *folder; /* of the study */
    const char *name;   /* of the series, and of its folder */
    const char *frame;
    int number;
    SeriesRole role;
    double x_mm;
} SeriesPlan;

/* A series of a man of 50 years. */
static void dicom_series(Fixture *f, SeriesPlan plan, float lesion, float muscle)
{
    char study[65], series[65], frame[65];
    dicom_uid("study", study);
    dicom_uid(plan.name, series);
    dicom_uid(plan.frame, frame);
    DicomSeriesAttributes attributes = {.patient_name = "Secretname^Otto",
                                        .patient_id = "SECRET-1",
                                        .birth_date = "19700110",
                                        .sex = "M",
                                        .age = "050Y",
                                        .study_uid = study,
                                        .study_date = "20200220",
                                        .study_time = "120000",
                                        .study_description = "neck",
                                        .accession = "ACC1",
                                        .frame_uid = frame,
                                        .series_uid = series,
                                        .series_description = plan.name,
                                        .protocol_name = plan.name,
                                        .series_number = plan.number,
                                        .role = plan.role,
                                        .te_ms = plan.role == ROLE_T2 ? 100 : 12,
                                        .tr_ms = plan.role == ROLE_T1 ? 550 : 4000,
                                        .field_t = 1.5,
                                        .kvp = 120,
                                        .uid_root = series};
    AUTO(volume_auto) Volume *volume = cube(plan.x_mm, lesion, muscle);
    const char *folder = fixture_path(f, arena_printf(f->arena, "%s/%s", plan.folder, plan.name));
    DensError *error = NULL;
    assert_true(file_make_folder(folder, &error));
    if (!dicom_series_write(volume, &attributes, folder, &error)) {
        assert_no_error(error);
    }
}

/* ---- running them ---- */

typedef struct {
    Case *c;
    MeasurementList measurements;
    Value *inputs;
    char log[4096];
    DensError *error;
} Run;

static bool run_study(Fixture *f, Run *run, StudyOptions options, const char *members)
{
    *run = (Run){.c = fixture_case(f, members), .inputs = value_new_list(f->arena)};
    measurements_init(&run->measurements, f->arena);
    FILE *stream = tmpfile();
    assert_non_null(stream);
    Log *log = log_new(stream, LOG_TEXT, LOG_INFO);
    bool good =
        evaluate_study(f->engine, &options, run->c, &run->measurements, run->inputs, log, NULL, &run->error);
    log_free(log);
    rewind(stream);
    run->log[fread(run->log, 1, sizeof run->log - 1, stream)] = '\0';
    (void)fclose(stream);
    /* whatever happened, the log never names the patient */
    assert_null(strstr(run->log, "Secretname"));
    assert_null(strstr(run->log, "SECRET"));
    return good;
}

static void clear(Run *run)
{
    case_free(run->c);
    dens_error_free(run->error);
}

static double measured(const Run *run, const char *id)
{
    const Measurement *m = measurements_find(&run->measurements, id);
    assert_non_null(m);
    if (m->missing) {
        print_error("%s is missing: %s\n", id, m->reason);
        fail();
    }
    return m->value;
}

static void assert_missing(const Run *run, const char *id)
{
    const Measurement *m = measurements_find(&run->measurements, id);
    assert_true(!m || m->missing);
}

static void assert_refused(Fixture *f, StudyOptions options, const char *members, DensErrorCode code,
                           const char *where, const char *what)
{
    Run run;
    assert_false(run_study(f, &run, options, members));
    assert_int_equal(run.measurements.count, 0);
    assert_error(&run.error, code, where, what);
    clear(&run);
}

#define LIST(...)                                                                                            \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
static const char no_findings[] = "\"findings\": {}";

static ExaminationState examination(const Case *c, const char *name)
{
    return c->examinations[vocabulary_find_examination(c->vocabulary, name)];
}

/* ---- NIfTI ---- */

static void a_lesion_is_measured_in_each_series_of_its_grid(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 2,
                            .inputs = LIST(nifti_series(f, "ct", "ct.nii.gz", 240, 60),
                                           nifti_series(f, "t1", "t1.nii", 150, 100)),
                            .lesion_count = 1,
                            .lesions = LIST(mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION)),
                            .labels = mask_file(f, "labels.nii.gz", 0, in_muscle, MUSCLE),
                            .scheme = "dens"};
    Run run;
    if (!run_study(f, &run, options, "\"examinations\": {\"ct\": \"complete\"}")) {
        assert_no_error(run.error);
    }
    assert_near(measured(&run, "attenuation.mean"), 240, 1e-4);
    assert_near(measured(&run, "size.volume_ml"), 0.064, 1e-9);
    assert_near(measured(&run, "signal.t1_muscle"), 1.5, 1e-6);
    assert_missing(&run, "signal.t2_muscle");
    assert_non_null(case_find(run.c, "mr.t1"));
    assert_true(case_find(run.c, "mr.t1")->has_measured);
    assert_int_equal(examination(run.c, "ct"), EXAMINATION_COMPLETE);
    assert_int_equal(examination(run.c, "t1"), EXAMINATION_PARTIAL);
    assert_int_equal(examination(run.c, "t2"), EXAMINATION_UNKNOWN);
    assert_int_equal(run.inputs->count, 2);
    VALUE_EACH(input, run.inputs)
    {
        assert_int_equal(strlen(value_text(input, "sha256")), 64);
    }
    clear(&run);
}

static void a_mask_is_kept_to_its_role(void **state)
{
    Fixture *f = *state;
    const char *lesion = mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION);
    StudyOptions options = {
        .input_count = 2,
        .inputs = LIST(nifti_series(f, "ct", "ct.nii", 240, 60), nifti_series(f, "t1", "t1.nii", 150, 100)),
        .lesion_count = 1,
        .lesions = LIST(arena_printf(f->arena, "t1=%s", lesion)),
        .reference_count = 1,
        .references = LIST("muscle=7.5,7.5,7.5,1")};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_missing(&run, "attenuation.mean");
    assert_near(measured(&run, "signal.t1_muscle"), 1.5, 1e-6);
    assert_non_null(strstr(run.log, "ct is not measured: no lesion mask on its grid"));
    clear(&run);
}

static void a_sphere_wins_over_the_label_map(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1,
                            .inputs = LIST(nifti_series(f, "t1", "t1.nii", 150, 100)),
                            .lesion_count = 1,
                            .lesions = LIST(mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION)),
                            .labels = mask_file(f, "wrong.nii.gz", 0, in_lesion, MUSCLE),
                            .scheme = "dens"};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_missing(&run, "signal.t1_muscle"); /* the map takes the lesion for muscle */
    assert_non_null(strstr(run.log, "of the muscle reference lie in the lesion and are left out"));
    clear(&run);
    options.reference_count = 1;
    options.references = LIST("muscle=7.5,7.5,7.5,1");
    assert_true(run_study(f, &run, options, no_findings));
    assert_near(measured(&run, "signal.t1_muscle"), 1.5, 1e-6);
    clear(&run);
}

static void without_a_mask_nothing_is_measured(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1, .inputs = LIST(nifti_series(f, "ct", "ct.nii", 240, 60))};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_missing(&run, "attenuation.mean");
    assert_int_equal(run.c->finding_count, 0);
    assert_non_null(strstr(run.log, "no lesion mask was given"));
    clear(&run);
}

static void series_are_checked(void **state)
{
    Fixture *f = *state;
    const char *ct = nifti_series(f, "ct", "ct.nii", 240, 60), *path = fixture_path(f, "ct.nii");
    const struct {
        const char *input;
        DensErrorCode code;
        const char *where, *what;
    } faults[] = {
        {path, DENS_ERROR_USAGE, "ct.nii", "needs its role before it, such as ct=ct.nii"},
        {arena_printf(f->arena, "ctt=%s", path), DENS_ERROR_USAGE,
         "ctt=", "\"ctt\" is no role; there are ct, xr"},
        {"ct=", DENS_ERROR_USAGE, "ct=", "A file is missing"},
        {"ct=nowhere.nii", DENS_ERROR_INPUT, "nowhere.nii", "no such file"},
        {arena_printf(f->arena, "ct=%s", fixture_file(f, "letter.nii", "Dear colleague")), DENS_ERROR_INPUT,
         "letter.nii", ""},
        {arena_printf(f->arena, "xr=%s", path), DENS_ERROR_INPUT, "xr=", "holds no series that is measured"},
        {fixture_file(f, "letter.dcm", "Dear colleague"), DENS_ERROR_INPUT, "letter.dcm", "DICOM"},
        {"=", DENS_ERROR_INPUT, "=", "no such file"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        StudyOptions options = {.input_count = 1, .inputs = LIST(faults[i].input)};
        assert_refused(f, options, no_findings, faults[i].code, faults[i].where, faults[i].what);
    }
    StudyOptions twice = {.input_count = 2, .inputs = LIST(ct, ct)};
    assert_refused(f, twice, no_findings, DENS_ERROR_USAGE, "ct.nii", "a second series for ct=");
}

static void masks_are_checked(void **state)
{
    Fixture *f = *state;
    const char *ct = nifti_series(f, "ct", "ct.nii", 240, 60);
    const char *lesion = mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION);
    const char *empty = mask_file(f, "empty.nii.gz", 0, in_lesion, 0);
    const char *shifted = mask_file(f, "shifted.nii.gz", 0.5, in_lesion, 1);
    const struct {
        const char *first, *second;
        DensErrorCode code;
        const char *where, *what;
    } faults[] = {
        {empty, NULL, DENS_ERROR_INPUT, "empty.nii.gz", "the mask is empty"},
        {shifted, NULL, DENS_ERROR_INPUT, "shifted.nii.gz", "corners up to 0.5 mm apart"},
        {fixture_path(f, "no.nii"), NULL, DENS_ERROR_INPUT, "no.nii", "no such mask"},
        {f->folder, NULL, DENS_ERROR_INPUT, f->folder, "no such mask"},
        {"ct=", NULL, DENS_ERROR_USAGE, "--lesion", "A file is missing"},
        {arena_printf(f->arena, "t2=%s", lesion), NULL, DENS_ERROR_USAGE, "lesion.nii.gz", "no t2 series"},
        {lesion, lesion, DENS_ERROR_USAGE, "lesion.nii.gz", "a second lesion mask for the ct series"},
        {fixture_file(f, "letter.dcm", "Dear colleague"), NULL, DENS_ERROR_INPUT, "letter.dcm", ""},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        StudyOptions options = {.input_count = 1,
                                .inputs = LIST(ct),
                                .lesion_count = faults[i].second ? 2 : 1,
                                .lesions = LIST(faults[i].first, faults[i].second)};
        assert_refused(f, options, no_findings, faults[i].code, faults[i].where, faults[i].what);
    }
}

static void reference_tissues_are_checked(void **state)
{
    Fixture *f = *state;
    const char *ct = nifti_series(f, "ct", "ct.nii", 240, 60);
    const char *lesion = mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION);
    StudyOptions base = {.input_count = 1, .inputs = LIST(ct), .lesion_count = 1, .lesions = LIST(lesion)};
    StudyOptions options = base;
    options.labels = lesion;
    assert_refused(f, options, no_findings, DENS_ERROR_USAGE, "--labels", "needs --scheme");
    options.scheme = "mine";
    assert_refused(f, options, no_findings, DENS_ERROR_USAGE, "--scheme",
                   "\"mine\"; there are dens, totalspineseg");
    options = base;
    options.scheme = "dens";
    assert_refused(f, options, no_findings, DENS_ERROR_USAGE, "--scheme", "--labels");
    static const struct {
        const char *sphere;
        DensErrorCode code;
        const char *what;
    } spheres[] = {
        {"muscle", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=1,2,3", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=1,2,3,4,5", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=1,2,x,4", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=1,2,nan,4", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=1,2,3,0", DENS_ERROR_USAGE, "must be above 0"},
        {"muscle=1,2,3,-1", DENS_ERROR_USAGE, "must be above 0"},
        {"muscles=1,2,3,4", DENS_ERROR_USAGE, "is no tissue; there are muscle"},
        {"=1,2,3,4", DENS_ERROR_USAGE, "is not TISSUE=x,y,z,r"},
        {"muscle=900,0,0,5", DENS_ERROR_INPUT, "holds no voxel of any series"},
    };
    for (size_t i = 0; i < sizeof spheres / sizeof *spheres; i++) {
        options = base;
        options.reference_count = 1;
        options.references = LIST(spheres[i].sphere);
        assert_refused(f, options, no_findings, spheres[i].code, "--reference", spheres[i].what);
    }
}

static void labels_without_a_tissue_are_told(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1,
                            .inputs = LIST(nifti_series(f, "t1", "t1.nii", 150, 100)),
                            .lesion_count = 1,
                            .lesions = LIST(mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION)),
                            .labels = mask_file(f, "strange.nii.gz", 0, in_muscle, 999),
                            .scheme = "dens"};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_missing(&run, "signal.t1_muscle");
    assert_non_null(strstr(run.log, "strange.nii.gz: no reference tissue of the scheme dens"));
    clear(&run);
}

/* ---- DICOM ---- */

/* CT and T1 in one frame of reference; a T2 in another, a T1 with contrast medium that lies elsewhere. */
static const char *dicom_study(Fixture *f)
{
    const char *folder = fixture_path(f, "study");
    if (file_kind(folder) == FILE_ABSENT) {
        dicom_series(f, (SeriesPlan){"study", "ct", "frame", 1, ROLE_CT, 0}, 240, 60);
        dicom_series(f, (SeriesPlan){"study", "t1", "frame", 2, ROLE_T1, 1}, 900, 600);
        dicom_series(f, (SeriesPlan){"study", "t2", "other frame", 3, ROLE_T2, 0}, 900, 600);
        dicom_series(f, (SeriesPlan){"study", "t1c", "frame", 4, ROLE_T1C, 100}, 900, 600);
    }
    return folder;
}

static void a_mask_is_carried_within_its_frame_of_reference(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1,
                            .inputs = LIST(dicom_study(f)),
                            .lesion_count = 1,
                            .lesions = LIST(mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION)),
                            .labels = mask_file(f, "labels.nii.gz", 0, in_muscle, MUSCLE),
                            .scheme = "dens"};
    options.lesions = LIST(arena_printf(f->arena, "ct=%s", options.lesions[0]));
    Run run;
    if (!run_study(f, &run, options, no_findings)) {
        assert_no_error(run.error);
    }
    assert_near(measured(&run, "attenuation.mean"), 240, 1e-4);
    assert_non_null(strstr(run.log, "the lesion mask of ct is used on t1"));
    assert_non_null(strstr(run.log, "t2 is not measured: no lesion mask"));
    assert_non_null(strstr(run.log, "t1c is not measured: the lesion lies outside it"));
    assert_non_null(strstr(run.log, "labels.nii.gz: not used on t2, which has another frame of reference"));
    assert_missing(&run, "signal.t2_muscle");
    assert_near(measured(&run, "size.volume_ml"), 0.064, 1e-9);
    clear(&run);
}

static void age_and_sex_come_from_the_images(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1, .inputs = LIST(dicom_study(f))};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_true(run.c->has_age);
    assert_near(run.c->age_years, 50, 0.01);
    assert_int_equal(run.c->sex, SEX_MALE);
    assert_string_equal(run.c->accession, "ACC1");
    assert_non_null(run.c->study_uid);
    clear(&run);
    assert_true(run_study(f, &run, options, "\"patient\": {\"age\": 51, \"sex\": \"male\"}"));
    assert_near(run.c->age_years, 51, 0);
    clear(&run);
}

static void another_patient_is_refused_without_telling_who(void **state)
{
    Fixture *f = *state;
    StudyOptions options = {.input_count = 1, .inputs = LIST(dicom_study(f))};
    static const struct {
        const char *members, *where;
    } others[] = {{"\"patient\": {\"age\": 20}", "$.patient.age"},
                  {"\"patient\": {\"age\": 52}", "$.patient.age"},
                  {"\"patient\": {\"sex\": \"female\"}", "$.patient.sex"},
                  {"\"study\": {\"uid\": \"1.2.3\"}", "$.study.uid"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        Run run;
        assert_false(run_study(f, &run, options, others[i].members));
        const char *told = dens_error_summary(run.error);
        assert_null(strpbrk(told, "0123456789"));
        assert_null(strstr(told, "male"));
        assert_error(&run.error, DENS_ERROR_INPUT, others[i].where, "DICOM study");
        clear(&run);
    }
}

static void of_two_series_of_a_role_the_longer_is_used(void **state)
{
    Fixture *f = *state;
    const char *folder = fixture_path(f, "double");
    dicom_series(f, (SeriesPlan){"double", "short", "frame", 1, ROLE_CT, 0}, 100, 60);
    dicom_series(f, (SeriesPlan){"double", "long", "frame", 2, ROLE_CT, 0}, 240, 60);
    const char **files = NULL;
    size_t count = 0;
    assert_true(file_list_tree(f->arena, fixture_path(f, "double/short"), 100, &files, &count, NULL));
    assert_int_equal(remove(files[count - 1]), 0);
    const char *lesion = mask_file(f, "lesion.nii.gz", 0, in_lesion, LESION);
    StudyOptions options = {
        .input_count = 1, .inputs = LIST(folder), .lesion_count = 1, .lesions = LIST(lesion)};
    Run run;
    assert_true(run_study(f, &run, options, no_findings));
    assert_near(measured(&run, "attenuation.mean"), 240, 1e-4);
    assert_non_null(strstr(run.log, "2 series look like ct; series 2 with 10 slices is used"));
    clear(&run);
    options.input_count = 2;
    options.inputs = LIST(folder, nifti_series(f, "ct", "ct.nii", 1, 1));
    assert_refused(f, options, no_findings, DENS_ERROR_USAGE, "", "beside the NIfTI file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lesion_is_measured_in_each_series_of_its_grid),
        cmocka_unit_test(a_mask_is_kept_to_its_role),
        cmocka_unit_test(a_sphere_wins_over_the_label_map),
        cmocka_unit_test(without_a_mask_nothing_is_measured),
        cmocka_unit_test(series_are_checked),
        cmocka_unit_test(masks_are_checked),
        cmocka_unit_test(reference_tissues_are_checked),
        cmocka_unit_test(labels_without_a_tissue_are_told),
        cmocka_unit_test(a_mask_is_carried_within_its_frame_of_reference),
        cmocka_unit_test(age_and_sex_come_from_the_images),
        cmocka_unit_test(another_patient_is_refused_without_telling_who),
        cmocka_unit_test(of_two_series_of_a_role_the_longer_is_used),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
