/* DICOM: whatever the bytes are, scanning the file, reading each series and reading it as a segmentation
 * answer a result or one clear error. The file lies in memory; DCMTK opens it by its name in /proc, as it
 * checks lengths against files only. */
#include "fuzz.h"

#include "dicom/dicom.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

static void check_outcome(const void *result, const DensError *err)
{
    check((result != NULL) == (err == NULL));
    check(!err || (*dens_error_summary(err) && !strchr(dens_error_summary(err), '\n')));
}

static void check_series(const SeriesInfo *series)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(volume_auto) Volume *volume = dicom_series_read(series, NULL, NULL, &err);
    check_outcome(volume, err);
    check(!volume || series->problem[0] == '\0');
    for (size_t n = 0; volume && n < geometry_voxels(&volume->geometry); n++) {
        check(isfinite(volume->voxels[n]));
    }
}

static void check_study(const char *path)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *err = NULL;
    DicomStudy *study = dicom_study_scan(arena, &path, 1, NULL, NULL, &err);
    check_outcome(study, err);
    for (size_t n = 0; study && n < study->series_count; n++) {
        check_series(&study->series[n]);
    }
}

static void check_mask(const char *path)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(mask_auto) Mask *mask = dicom_seg_read(path, NULL, &err);
    check_outcome(mask, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    check_study(path);
    check_mask(path);
    (void)close(file);
    return 0;
}
