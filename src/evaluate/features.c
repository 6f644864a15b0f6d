/* Radiomic features of one image and one mask: the research export, beside the main path. */
#include "evaluate/study.h"

#include "base/file.h"
#include "image/nifti.h"

#include <stdlib.h>

const SeriesInfo *study_only_series(const char *path, Arena *arena, Log *log, Progress *progress,
                                    DensError **err)
{
    DicomStudy *study = dicom_study_scan(arena, &path, 1, log, progress, err);
    const SeriesInfo *only = NULL;
    for (size_t i = 0; study && i < study->series_count; i++) {
        const SeriesInfo *series = &study->series[i];
        if (series->is_mask || (series->problem[0] && only)) {
            continue;
        }
        if (only && !only->problem[0]) {
            error_input(err, path, "one series is wanted; there are several here");
            return NULL;
        }
        only = series;
    }
    if (study && !only) {
        error_input(err, path, "there is no series of images here");
    }
    return only;
}

static Volume *read_dicom(const char *path, Log *log, Progress *progress, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const SeriesInfo *only = study_only_series(path, arena, log, progress, err);
    return only ? dicom_series_read(only, log, progress, err) : NULL;
}

Volume *evaluate_read_volume(const char *text, Log *log, Progress *progress, DensError **err)
{
    SeriesRole role;
    const char *path;
    if (!study_split_role(text, &role, &path, "volume", err)) {
        return NULL;
    }
    if (file_kind(path) == FILE_ABSENT) {
        (void)error_input(err, path, "no such file or folder");
        return NULL;
    }
    Volume *volume = nifti_is(path) ? volume_read_nifti(path, err) : read_dicom(path, log, progress, err);
    if (volume && role == ROLE_CT) {
        volume->unit = UNIT_HU;
    }
    return volume;
}

bool evaluate_features(RadiomicsFeatures *out, const char *volume_path, const char *mask_path,
                       const RadiomicsConfig *config, Arena *arena, Log *log, Progress *progress,
                       DensError **err)
{
    SeriesRole role;
    const char *path;
    if (!study_split_role(volume_path, &role, &path, "measure", err)) {
        return false;
    }
    if (file_kind(mask_path) != FILE_REGULAR) {
        return error_input(err, mask_path, "no such mask file");
    }
    AUTO(volume_auto)
    Volume *volume = nifti_is(path) ? volume_read_nifti(path, err) : read_dicom(path, log, progress, err);
    AUTO(mask_auto) Mask *mask = NULL;
    if (volume) {
        mask = nifti_is(mask_path) ? mask_read_nifti(mask_path, err) : dicom_seg_read(mask_path, log, err);
    }
    return mask && radiomics_compute(out, volume, mask, config, arena, err);
}
