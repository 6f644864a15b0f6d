/* For the benchmark of the loader: writes a CT series of a size, and reads a series as a volume, which tells
 * how much memory the process held at its peak beside the volume's own bytes. series write FOLDER SLICES
 *   series read PATH            the first series that can be read
 *   series study FOLDER SLICES  a CT, four MR series and a lesion mask on the CT's grid (lesion.nii.gz) */
#include "base/file.h"
#include "dicom/dicom.h"
#include "image/nifti.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SIDE = 512 };
static const double SPACING_MM = 0.5;

/* A neck that nobody would take for one: a cylinder with rings, and noise as no two pixels of a scanner are
 * the same. */
static void fill(Volume *volume)
{
    const size_t *size = volume->geometry.size;
    unsigned noise = 1;
    for (size_t n = 0; n < geometry_voxels(&volume->geometry); n++) {
        double x = (double)(n % size[0]) - (double)size[0] / 2;
        double y = (double)(n / size[0] % size[1]) - (double)size[1] / 2;
        double r = sqrt(x * x + y * y);
        noise =
            noise * 1664525 + 1013904223; /* Knuth's linear congruence: the same series on every machine */
        volume->voxels[n] =
            r > 200 ? -1000 : (float)(40 + (sin(r / 9) > 0.8 ? 300 : 0) + (double)(noise >> 26));
    }
}

/* One series of the study, in `folder`. */
static bool write_one(const Volume *volume, SeriesRole role, int number, const char *folder, DensError **err)
{
    char study[65], series[65], frame[65];
    const bool ct = role == ROLE_CT;
    DicomSeriesAttributes a = {.patient_name = "Bench^Mark",
                               .patient_id = "B-1",
                               .birth_date = "19800215",
                               .sex = "F",
                               .age = "044Y",
                               .study_date = "20240220",
                               .study_time = "120000",
                               .study_description = "cervical spine",
                               .accession = "A1",
                               .series_description = role_name(role),
                               .protocol_name = "bench",
                               .series_number = number,
                               .role = role,
                               .te_ms = role == ROLE_T2 || role == ROLE_STIR ? 90 : 10,
                               .tr_ms = role == ROLE_T2 || role == ROLE_STIR ? 4000 : 600,
                               .ti_ms = role == ROLE_STIR ? 220 : 0,
                               .field_t = 3,
                               .kvp = ct ? 120 : 0};
    dicom_uid("study", study);
    dicom_uid(ct ? "series" : role_name(role), series);
    dicom_uid("frame", frame);
    a.study_uid = study;
    a.series_uid = a.uid_root = series;
    a.frame_uid = frame;
    return dicom_series_write(volume, &a, folder, err);
}

static Geometry ct_grid(size_t slices)
{
    return (Geometry){.size = {SIDE, SIDE, slices},
                      .spacing_mm = {SPACING_MM, SPACING_MM, SPACING_MM},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

static bool write_series(const char *folder, size_t slices, DensError **err)
{
    const Geometry grid = ct_grid(slices);
    AUTO(volume_auto) Volume *volume = volume_new(&grid, err);
    if (!volume) {
        return false;
    }
    fill(volume);
    return write_one(volume, ROLE_CT, 1, folder, err);
}

/* The lesion: a ball of 15 mm in the middle of the grid. */
static bool write_lesion(const Geometry *grid, const char *path, DensError **err)
{
    AUTO(mask_auto) Mask *mask = mask_new(grid, err);
    if (!mask) {
        return false;
    }
    const size_t *size = grid->size;
    for (size_t n = 0; n < geometry_voxels(grid); n++) {
        const double x = (double)(n % size[0]) - (double)size[0] / 2,
                     y = (double)(n / size[0] % size[1]) - (double)size[1] / 2,
                     z = (double)(n / size[0] / size[1]) - (double)size[2] / 2;
        mask->labels[n] = sqrt(x * x + y * y + z * z) * SPACING_MM <= 15;
    }
    return mask_write_nifti(mask, path, err);
}

static bool write_study(const char *folder, size_t slices, DensError **err)
{
    static const SeriesRole roles[] = {ROLE_T1, ROLE_T2, ROLE_STIR, ROLE_T1C};
    AUTO(arena_auto) Arena *arena = arena_new();
    const Geometry grid = ct_grid(slices);
    if (!write_series(file_join(arena, folder, "ct"), slices, err) ||
        !write_lesion(&grid, file_join(arena, folder, "lesion.nii.gz"), err)) {
        return false;
    }
    const double middle = SIDE * SPACING_MM / 2, thick_mm = 3;
    const Geometry mr = {.size = {256, 256, 40},
                         .spacing_mm = {0.8, 0.8, thick_mm},
                         .origin_lps_mm = {middle - 128 * 0.8, middle - 128 * 0.8,
                                           (double)slices * SPACING_MM / 2 - 20 * thick_mm},
                         .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    for (int r = 0; r < 4; r++) {
        AUTO(volume_auto) Volume *volume = volume_new(&mr, err);
        if (!volume) {
            return false;
        }
        fill(volume);
        for (size_t n = 0; n < geometry_voxels(&mr); n++) {
            volume->voxels[n] += 1000; /* no signal is below 0 */
        }
        if (!write_one(volume, roles[r], r + 2, file_join(arena, folder, role_name(roles[r])), err)) {
            return false;
        }
    }
    return true;
}

static bool read_series(const char *path, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const DicomStudy *study = dicom_study_scan(arena, &path, 1, NULL, NULL, err);
    if (!study) {
        return false;
    }
    size_t at = 0;
    while (at + 1 < study->series_count && study->series[at].problem[0]) {
        at++;
    }
    AUTO(volume_auto) Volume *volume = dicom_series_read(&study->series[at], NULL, NULL, err);
    if (!volume) {
        return false;
    }
    struct rusage usage;
    const size_t *size = volume->geometry.size;
    double own = (double)(geometry_voxels(&volume->geometry) * sizeof(float));
    (void)getrusage(RUSAGE_SELF, &usage);
    double peak = (double)usage.ru_maxrss * 1024;
    printf("%zu × %zu × %zu voxels: %.0f MB; peak of the process %.0f MB, %.2f × that\n", size[0], size[1],
           size[2], own / 1e6, peak / 1e6, peak / own);
    return true;
}

int main(int argc, char **argv)
{
    AUTO(error_auto) DensError *error = NULL;
    bool writes = argc == 4 && strcmp(argv[1], "write") == 0,
         study = argc == 4 && strcmp(argv[1], "study") == 0;
    if (!writes && !study && !(argc == 3 && strcmp(argv[1], "read") == 0)) {
        (void)fprintf(stderr,
                      "usage: series write FOLDER SLICES | series read PATH | series study FOLDER SLICES\n");
        return 2;
    }
    size_t slices = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (!(writes  ? write_series(argv[2], slices, &error)
          : study ? write_study(argv[2], slices, &error)
                  : read_series(argv[2], &error))) {
        (void)fprintf(stderr, "%s: %s\n", dens_error_where(error), dens_error_summary(error));
        return (int)dens_error_code(error);
    }
    return 0;
}
