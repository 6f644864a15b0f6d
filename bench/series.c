/* For the benchmark of the loader: writes a CT series of a size, and reads a series as a volume, which tells
 * how much memory the process held at its peak beside the volume's own bytes. series write FOLDER SLICES
 *   series read PATH            the first series that can be read */
#include "dicom/dicom.h"

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
        double x = (double)(n % size[0]) - SIDE / 2;
        double y = (double)(n / size[0] % size[1]) - SIDE / 2;
        double r = sqrt(x * x + y * y);
        noise =
            noise * 1664525 + 1013904223; /* Knuth's linear congruence: the same series on every machine */
        volume->voxels[n] =
            r > 200 ? -1000 : (float)(40 + (sin(r / 9) > 0.8 ? 300 : 0) + (double)(noise >> 26));
    }
}

static bool write_series(const char *folder, size_t slices, DensError **err)
{
    char study[65], series[65], frame[65];
    DicomSeriesAttributes a = {.patient_name = "Bench^Mark",
                               .patient_id = "B-1",
                               .birth_date = "19800215",
                               .sex = "F",
                               .age = "044Y",
                               .study_date = "20240220",
                               .study_time = "120000",
                               .study_description = "cervical spine",
                               .accession = "A1",
                               .series_description = "CT",
                               .protocol_name = "bench",
                               .series_number = 1,
                               .role = ROLE_CT,
                               .kvp = 120};
    dicom_uid("study", study);
    dicom_uid("series", series);
    dicom_uid("frame", frame);
    a.study_uid = study;
    a.series_uid = a.uid_root = series;
    a.frame_uid = frame;
    Geometry grid = {.size = {SIDE, SIDE, slices},
                     .spacing_mm = {SPACING_MM, SPACING_MM, SPACING_MM},
                     .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    AUTO(volume_auto) Volume *volume = volume_new(&grid, err);
    if (!volume) {
        return false;
    }
    fill(volume);
    return dicom_series_write(volume, &a, folder, err);
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
    bool writes = argc == 4 && strcmp(argv[1], "write") == 0;
    if (!writes && !(argc == 3 && strcmp(argv[1], "read") == 0)) {
        (void)fprintf(stderr, "usage: series write FOLDER SLICES | series read PATH\n");
        return 2;
    }
    if (writes ? !write_series(argv[2], strtoul(argv[3], NULL, 10), &error) : !read_series(argv[2], &error)) {
        (void)fprintf(stderr, "%s: %s\n", dens_error_where(error), dens_error_summary(error));
        return (int)dens_error_code(error);
    }
    return 0;
}
