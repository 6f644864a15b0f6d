/* Writing a phantom study: into a working folder, beside the target or, if that is an empty folder, in it;
 * moved to its place when it is whole. */
#include "phantom/phantom.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "image/nifti.h"
#include "phantom/folder.h"
#include "phantom/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char study_date[] = "20260101", study_time[] = "120000";
enum {
    STUDY_YEAR = 2026,
    MR_COUNT = 4,
    MR_POINTS_ACROSS = 5,
    FIRST_FUNCTIONAL = ACQUISITION_DWI,
    STEPS = 2 + ACQUISITION_COUNT
};
/* What is left of the dose at the scan gives one SUV its activity; the weight follows from it: 87.5 kg. */
static const double dose_bq = 3.5e8, uptake_s = 3600, F18_HALF_LIFE_S = 6586.2;

static void phantom_clear(Phantom *p)
{
    for (size_t i = 0; i < FIRST_FUNCTIONAL; i++) {
        volume_free(p->clean[i]);
    }
    mask_free(p->ct_labels);
    mask_free(p->mr_labels);
    mask_free(p->ct_anatomy);
    mask_free(p->mr_anatomy);
}

static bool render_all(Phantom *p, Pool *pool, Progress *progress, DensError **err)
{
    Geometry ct, mr;
    render_ct_grid(&p->anatomy, &ct);
    render_mr_grid(&p->anatomy, &mr);
    Rendered on_ct = {.volumes = &p->clean[ACQUISITION_CT]}, on_mr = {.volumes = &p->clean[ACQUISITION_T1]};
    progress_step(progress, "sampling CT", 0, STEPS);
    bool good = render_series(&p->anatomy, &acquisitions[ACQUISITION_CT], 1, &ct, 1, pool, &on_ct, err);
    p->ct_labels = on_ct.labels;
    p->ct_anatomy = on_ct.anatomy;
    if (!good) {
        return false;
    }
    progress_step(progress, "sampling MR", 1, STEPS);
    good = render_series(&p->anatomy, &acquisitions[ACQUISITION_T1], MR_COUNT, &mr, MR_POINTS_ACROSS, pool,
                         &on_mr, err);
    p->mr_labels = on_mr.labels;
    p->mr_anatomy = on_mr.anatomy;
    return good;
}

static void fill_attributes(const Phantom *p, size_t i, size_t part, DicomSeriesAttributes *out)
{
    const Acquisition one = acquisition_part(&acquisitions[i], part), *a = &one;
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
        .part = part,
        .part_count = a->part_count,
        .b_value = a->b_value,
        .flip_deg = a->flip_deg,
        .time_s = a->time_s,
        .weight_kg = a->role == ROLE_PET ? dose_bq / (1000 * PET_BQ_PER_SUV) : 0,
        .dose_bq = dose_bq * exp2(uptake_s / F18_HALF_LIFE_S),
        .uptake_s = uptake_s,
        .uid_root = p->uid_root};
}

/* A copy with blur and noise, as a DICOM series or a part of one. */
static bool write_volume(Phantom *p, const Volume *clean, size_t i, size_t part, Pool *pool, DensError **err)
{
    const Acquisition one = acquisition_part(&acquisitions[i], part);
    AUTO(volume_auto) Volume *noisy = volume_new(&clean->geometry, err);
    if (!noisy) {
        return false;
    }
    memcpy(noisy->voxels, clean->voxels, geometry_voxels(&noisy->geometry) * sizeof *noisy->voxels);
    noisy->unit = i == ACQUISITION_CT ? UNIT_HU : UNIT_ARBITRARY;
    render_degrade(noisy, &one, p->seed, pool);
    DicomSeriesAttributes attributes;
    fill_attributes(p, i, part, &attributes);
    const char *folder = file_join(p->arena, p->folder, one.name);
    return file_make_folder(folder, err) && dicom_series_write(noisy, &attributes, folder, err);
}

static bool write_series(Phantom *p, Pool *pool, Progress *progress, DensError **err)
{
    for (size_t i = 0; i < FIRST_FUNCTIONAL; i++) {
        progress_step(progress, "writing series", 2 + i, STEPS);
        if (!write_volume(p, p->clean[i], i, 0, pool, err)) {
            return false;
        }
    }
    return true;
}

/* A diffusion, dynamic or PET series: all of its volumes from one sampling. */
static bool write_functional(Phantom *p, size_t i, Pool *pool, DensError **err)
{
    Volume *volumes[MOST_SERIES] = {NULL};
    Acquisition parts[MOST_SERIES];
    size_t count = acquisitions[i].part_count > 0 ? acquisitions[i].part_count : 1;
    Geometry grid;
    render_functional_grid(&p->anatomy, i, &grid);
    for (size_t part = 0; part < count; part++) {
        parts[part] = acquisition_part(&acquisitions[i], part);
    }
    Rendered out = {.volumes = volumes};
    bool good = render_series(&p->anatomy, parts, count, &grid, MR_POINTS_ACROSS, pool, &out, err);
    for (size_t part = 0; good && part < count; part++) {
        good = write_volume(p, volumes[part], i, part, pool, err);
    }
    for (size_t part = 0; part < count; part++) {
        volume_free(volumes[part]);
    }
    mask_free(out.labels);
    mask_free(out.anatomy);
    return good;
}

static bool write_all_functional(Phantom *p, Pool *pool, Progress *progress, DensError **err)
{
    for (size_t i = FIRST_FUNCTIONAL; i < ACQUISITION_COUNT; i++) {
        if (p->with & (1U << i)) {
            progress_step(progress, "writing series", 2 + i, STEPS);
            if (!write_functional(p, i, pool, err)) {
                return false;
            }
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

/* ---- all ---- */

static bool make_study(Phantom *p, Progress *progress, DensError **err)
{
    AUTO(pool_auto) Pool *pool = pool_new(0);
    bool good = file_make_folder(p->folder, err) && render_all(p, pool, progress, err) &&
                write_series(p, pool, progress, err) && write_all_functional(p, pool, progress, err) &&
                write_masks(p, p->ct_labels, p->ct_anatomy, "", err) &&
                write_masks(p, p->mr_labels, p->mr_anatomy, "-mr", err) && truth_write(p, err);
    progress_step(progress, "writing series", STEPS, STEPS);
    return good;
}

bool phantom_parse_series(const char *list, bool functional_only, const char *option, unsigned *out,
                          DensError **err)
{
    *out = 0;
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        unsigned found = 0;
        for (size_t i = functional_only ? FIRST_FUNCTIONAL : 0; i < ACQUISITION_COUNT; i++) {
            bool same =
                strlen(acquisitions[i].name) == length && strncmp(acquisitions[i].name, at, length) == 0;
            found |= same ? 1U << i : 0;
        }
        if (!found) {
            return error_set(err, DENS_ERROR_USAGE, option, "\"%.*s\" is none of %s", (int)length, at,
                             functional_only ? "dwi, dce and pet"
                                             : "ct, t1, t2, stir, t1c, dwi, dce and pet");
        }
        *out |= found;
        at += length + (at[length] == ',');
    }
    return true;
}

const char *phantom_series_name(size_t number)
{
    return number < ACQUISITION_COUNT ? acquisitions[number].name : NULL;
}

bool phantom_write(const PhantomOptions *options, Progress *progress, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(phantom_clear)
    Phantom p = {.arena = arena, .seed = options->seed, .with = options->with};
    const char *diagnosis = options->diagnosis;
    const LesionKind *lesion = lesion_kind(diagnosis);
    if (!lesion) {
        return error_set(err, DENS_ERROR_USAGE, diagnosis, "there is no phantom of this diagnosis");
    }
    int level = LEVEL_DRAWN;
    if (options->level && !lesion_parse_level(options->level, lesion, &level, err)) {
        return false;
    }
    OutputFolder folder;
    if (!folder_begin(&folder, options->folder, arena, err)) {
        return false;
    }
    anatomy_init(&p.anatomy, lesion, p.seed, level);
    p.folder = folder.working;
    dicom_uid(arena_printf(arena, "dens phantom %s %llu%s%s", diagnosis, (unsigned long long)p.seed,
                           options->level ? " " : "", options->level ? options->level : ""),
              p.study_uid);
    dicom_uid(arena_printf(arena, "%s/frame", p.study_uid), p.frame_uid);
    (void)snprintf(p.uid_root, sizeof p.uid_root, "%s", p.study_uid);
    return folder_end(&folder, make_study(&p, progress, err), err);
}
