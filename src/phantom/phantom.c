/* Writing a phantom study: into a working folder, beside the target or, if that is an empty folder, in it;
 * moved to its place when it is whole. */
#include "phantom/phantom.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "image/nifti.h"
#include "phantom/render.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char study_date[] = "20260101", study_time[] = "120000";
enum { STUDY_YEAR = 2026, MR_COUNT = 4, MR_POINTS_ACROSS = 5 };

typedef struct {
    Arena *arena;
    Anatomy anatomy;
    uint64_t seed;
    const char *folder;
    char study_uid[65], frame_uid[65], uid_root[65];
    Volume *clean[ACQUISITION_COUNT]; /* without noise */
    Mask *ct_labels, *mr_labels, *ct_anatomy, *mr_anatomy;
} Phantom;

static void phantom_clear(Phantom *p)
{
    for (size_t i = 0; i < ACQUISITION_COUNT; i++) {
        volume_free(p->clean[i]);
    }
    mask_free(p->ct_labels);
    mask_free(p->mr_labels);
    mask_free(p->ct_anatomy);
    mask_free(p->mr_anatomy);
}

static Mask *labels_of(const Phantom *p, size_t acquisition)
{
    return acquisition == ACQUISITION_CT ? p->ct_labels : p->mr_labels;
}

static bool render_all(Phantom *p, Pool *pool, Progress *progress, DensError **err)
{
    Geometry ct, mr;
    render_ct_grid(&ct);
    render_mr_grid(&mr);
    Rendered on_ct = {.volumes = &p->clean[ACQUISITION_CT]}, on_mr = {.volumes = &p->clean[ACQUISITION_T1]};
    progress_step(progress, "sampling CT", 0, 7);
    bool good = render_series(&p->anatomy, &acquisitions[ACQUISITION_CT], 1, &ct, 1, pool, &on_ct, err);
    p->ct_labels = on_ct.labels;
    p->ct_anatomy = on_ct.anatomy;
    if (!good) {
        return false;
    }
    progress_step(progress, "sampling MR", 1, 7);
    good = render_series(&p->anatomy, &acquisitions[ACQUISITION_T1], MR_COUNT, &mr, MR_POINTS_ACROSS, pool,
                         &on_mr, err);
    p->mr_labels = on_mr.labels;
    p->mr_anatomy = on_mr.anatomy;
    return good;
}

static void fill_attributes(const Phantom *p, size_t i, DicomSeriesAttributes *out)
{
    const Acquisition *a = &acquisitions[i];
    Arena *arena = p->arena;
    char *series_uid = arena_alloc(arena, 65);
    dicom_uid(arena_printf(arena, "%s/%s", p->study_uid, a->name), series_uid);
    int age = (int)p->anatomy.age_years;
    *out = (DicomSeriesAttributes){
        .patient_name = arena_printf(arena, "Phantom^%s", p->anatomy.lesion->diagnosis),
        .patient_id = arena_printf(arena, "DENS-%llu", (unsigned long long)p->seed),
        /* born on the study's day of the year: the age is whole */
        .birth_date = arena_printf(arena, "%04d0101", STUDY_YEAR - age),
        .sex = p->anatomy.male ? "M" : "F",
        .age = arena_printf(arena, "%03dY", age),
        .study_uid = p->study_uid,
        .study_date = study_date,
        .study_time = study_time,
        .study_description = "Cervical spine phantom",
        .accession = arena_printf(arena, "P%llu", (unsigned long long)p->seed),
        .frame_uid = p->frame_uid,
        .series_uid = series_uid,
        .series_description = a->name,
        .protocol_name = a->name,
        .series_number = (int)i + 1,
        .role = a->role,
        .te_ms = a->te_ms,
        .tr_ms = a->tr_ms,
        .ti_ms = a->ti_ms,
        .field_t = 3,
        .kvp = 120,
        .uid_root = p->uid_root};
}

static bool write_series(Phantom *p, Pool *pool, Progress *progress, DensError **err)
{
    for (size_t i = 0; i < ACQUISITION_COUNT; i++) {
        progress_step(progress, "writing series", 2 + i, 7);
        AUTO(volume_auto) Volume *noisy = volume_new(&p->clean[i]->geometry, err);
        if (!noisy) {
            return false;
        }
        memcpy(noisy->voxels, p->clean[i]->voxels, geometry_voxels(&noisy->geometry) * sizeof *noisy->voxels);
        noisy->unit = i == ACQUISITION_CT ? UNIT_HU : UNIT_ARBITRARY;
        render_degrade(noisy, &acquisitions[i], p->seed, pool);
        DicomSeriesAttributes attributes;
        fill_attributes(p, i, &attributes);
        const char *folder = file_join(p->arena, p->folder, acquisitions[i].name);
        if (!file_make_folder(folder, err) || !dicom_series_write(noisy, &attributes, folder, err)) {
            return false;
        }
    }
    return true;
}

static bool write_masks(const Phantom *p, const Mask *labels, const Mask *anatomy, const char *suffix,
                        DensError **err)
{
    AUTO(mask_auto) Mask *lesion = mask_new(&labels->geometry, err);
    if (!lesion) {
        return false;
    }
    size_t voxels = geometry_voxels(&labels->geometry);
    for (size_t i = 0; i < voxels; i++) {
        lesion->labels[i] = labels->labels[i] == LABEL_LESION;
    }
    const char *lesion_path =
        file_join(p->arena, p->folder, arena_printf(p->arena, "lesion%s.nii.gz", suffix));
    const char *labels_path =
        file_join(p->arena, p->folder, arena_printf(p->arena, "labels%s.nii.gz", suffix));
    const char *anatomy_path =
        file_join(p->arena, p->folder, arena_printf(p->arena, "anatomy%s.nii.gz", suffix));
    return mask_write_nifti(lesion, lesion_path, err) && mask_write_nifti(labels, labels_path, err) &&
           mask_write_nifti(anatomy, anatomy_path, err);
}

/* ---- truth ---- */

typedef struct {
    size_t count;
    double mean;
} Region;

static Region region_of(const Volume *volume, const Mask *labels, uint16_t from, uint16_t to)
{
    Region out = {0, 0};
    double sum = 0;
    size_t voxels = geometry_voxels(&volume->geometry);
    for (size_t i = 0; i < voxels; i++) {
        if (labels->labels[i] >= from && labels->labels[i] <= to) {
            sum += volume->voxels[i];
            out.count++;
        }
    }
    out.mean = out.count ? sum / (double)out.count : NAN;
    return out;
}

static void add_region(Value *map, const char *name, Region region)
{
    if (region.count > 0) {
        value_set_number(map, name, region.mean);
    }
}

static void add_series_truth(const Phantom *p, Value *truth)
{
    Value *series = value_set_map(truth, "series");
    for (size_t i = 0; i < ACQUISITION_COUNT; i++) {
        const Volume *clean = p->clean[i];
        const Mask *labels = labels_of(p, i);
        Value *map = value_set_map(series, acquisitions[i].name);
        Region lesion = region_of(clean, labels, LABEL_LESION, LABEL_LESION);
        Region muscle = region_of(clean, labels, LABEL_MUSCLE, LABEL_MUSCLE);
        Region disc = region_of(clean, labels, LABEL_DISC_C2_C3, LABEL_DISC_C7_T1);
        value_set_string(map, "unit", i == ACQUISITION_CT ? "HU" : "arbitrary");
        value_set_number(map, "noise_sd", acquisitions[i].noise_sd);
        add_region(map, "lesion_mean", lesion);
        add_region(map, "muscle_mean", muscle);
        add_region(map, "disc_mean", disc);
        add_region(map, "csf_mean", region_of(clean, labels, LABEL_CSF, LABEL_CSF));
        add_region(map, "cord_mean", region_of(clean, labels, LABEL_CORD, LABEL_CORD));
        add_region(map, "marrow_mean", region_of(clean, labels, LABEL_MARROW, LABEL_MARROW));
        if (i != ACQUISITION_CT) {
            value_set_number(map, "lesion_to_muscle", lesion.mean / muscle.mean);
            value_set_number(map, "lesion_to_disc", lesion.mean / disc.mean);
        }
    }
    Region before = region_of(p->clean[ACQUISITION_T1], p->mr_labels, LABEL_LESION, LABEL_LESION);
    Region after = region_of(p->clean[ACQUISITION_T1C], p->mr_labels, LABEL_LESION, LABEL_LESION);
    double rescale = acquisitions[ACQUISITION_T1].scale / acquisitions[ACQUISITION_T1C].scale;
    value_set_number(truth, "enhancement_percent", 100 * (after.mean * rescale / before.mean - 1));
}

static bool write_truth(const Phantom *p, DensError **err)
{
    static const char *const levels[LEVEL_COUNT] = {"C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1"};
    Value *truth = value_new_map(p->arena);
    const Anatomy *a = &p->anatomy;
    value_set_string(truth, "format", "dens-phantom/1");
    value_set_string(truth, "diagnosis", a->lesion->diagnosis);
    value_set_format(truth, "seed", "%llu", (unsigned long long)p->seed);
    value_set_string(truth, "level", levels[a->lesion_level]);
    value_set_string(truth, "element", a->lesion->site == SITE_BODY ? "body" : "posterior");
    value_set_string(truth, "side",
                     a->lesion->site == SITE_BODY ? "midline"
                     : a->side > 0                ? "left"
                                                  : "right");
    Value *patient = value_set_map(truth, "patient");
    value_set_number(patient, "age", a->age_years);
    value_set_string(patient, "sex", a->male ? "male" : "female");
    value_set_string(truth, "label_scheme", "dens");
    Region ct = region_of(p->clean[ACQUISITION_CT], p->ct_labels, LABEL_LESION, LABEL_LESION);
    double voxel_ml = geometry_voxel_volume_mm3(&p->ct_labels->geometry) / 1000;
    value_set_number(truth, "lesion_volume_ml", (double)ct.count * voxel_ml);
    add_series_truth(p, truth);
    AUTO_TEXT text = TEXT_INIT;
    json_write(truth, JSON_PRETTY, &text);
    text_add(&text, "\n");
    return file_write(file_join(p->arena, p->folder, "truth.json"), text_string(&text), text.length, err);
}

/* ---- the folder ---- */

static bool check_target(const char *folder, Arena *arena, DensError **err)
{
    FileKind kind = file_kind(folder);
    if (kind == FILE_REGULAR || kind == FILE_OTHER) {
        return error_input(err, folder, "is a file; the phantom needs a folder");
    }
    const char **names = NULL;
    size_t count = 0;
    if (kind == FILE_FOLDER && !file_list(arena, folder, &names, &count, err)) {
        return false;
    }
    return count == 0 || error_input(err, folder, "the folder is not empty; nothing was written");
}

static void remove_tree(const char *folder, Arena *arena)
{
    const char **files = NULL;
    size_t count = 0;
    DensError *ignored = NULL; /* cleaning up after a failure that is told already */
    if (file_list_tree(arena, folder, 100000, &files, &count, &ignored)) {
        for (size_t i = 0; i < count; i++) {
            (void)unlink(files[i]);
        }
    }
    dens_error_free(ignored);
    for (size_t i = 0; i < ACQUISITION_COUNT; i++) {
        (void)rmdir(file_join(arena, folder, acquisitions[i].name));
    }
    (void)rmdir(folder);
}

static bool make_study(Phantom *p, Progress *progress, DensError **err)
{
    AUTO(pool_auto) Pool *pool = pool_new(0);
    bool good = file_make_folder(p->folder, err) && render_all(p, pool, progress, err) &&
                write_series(p, pool, progress, err) &&
                write_masks(p, p->ct_labels, p->ct_anatomy, "", err) &&
                write_masks(p, p->mr_labels, p->mr_anatomy, "-mr", err) && write_truth(p, err);
    progress_step(progress, "writing series", 7, 7);
    return good;
}

/* Moves the whole study to its place: the folder, or what is in it if the target is there. */
static bool publish(const Phantom *p, const char *target, DensError **err)
{
    if (file_kind(target) == FILE_ABSENT) {
        return rename(p->folder, target) == 0 ||
               error_set(err, DENS_ERROR_INTERNAL, target, "cannot be made: %s", strerror(errno));
    }
    const char **names = NULL;
    size_t count = 0;
    if (!file_list(p->arena, p->folder, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *to = file_join(p->arena, target, names[i]);
        if (rename(file_join(p->arena, p->folder, names[i]), to) != 0) {
            return error_set(err, DENS_ERROR_INTERNAL, to, "cannot be made: %s", strerror(errno));
        }
    }
    (void)rmdir(p->folder);
    return true;
}

static const char *without_last_slashes(Arena *arena, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    return arena_strndup(arena, folder, length);
}

bool phantom_write(const char *diagnosis, uint64_t seed, const char *folder, Progress *progress,
                   DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(phantom_clear) Phantom p = {.arena = arena, .seed = seed};
    const LesionKind *lesion = lesion_kind(diagnosis);
    if (!lesion) {
        return error_set(err, DENS_ERROR_USAGE, diagnosis, "there is no phantom of this diagnosis");
    }
    const char *target = without_last_slashes(arena, folder);
    if (!check_target(target, arena, err)) {
        return false;
    }
    anatomy_init(&p.anatomy, lesion, seed);
    p.folder = arena_printf(arena, file_kind(target) == FILE_FOLDER ? "%s/.part-%ld" : "%s.part-%ld", target,
                            (long)getpid());
    dicom_uid(arena_printf(arena, "dens phantom %s %llu", diagnosis, (unsigned long long)seed), p.study_uid);
    dicom_uid(arena_printf(arena, "%s/frame", p.study_uid), p.frame_uid);
    (void)snprintf(p.uid_root, sizeof p.uid_root, "%s", p.study_uid);
    bool good = make_study(&p, progress, err) && publish(&p, target, err);
    if (!good) {
        remove_tree(p.folder, arena);
    }
    return good;
}
