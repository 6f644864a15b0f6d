/* Pictures through the lesion, one column a series: sagittal above, axial below. */
#include "phantom/study.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pixel_mm = 0.6;
enum { SIDE = 232, SAGITTAL_ROWS = 292, COLUMN = SIDE + 4, ROWS = SAGITTAL_ROWS + 4 + SIDE };
static const double left_mm = -69.3, front_mm = -47, top_mm = 91;

void phantom_sheet_clear(PhantomSheet *sheet)
{
    free(sheet->grey);
    *sheet = (PhantomSheet){0};
}

size_t preview_part(const Acquisition *series)
{
    return series->role == ROLE_DWI ? series->part_count - 1 : series->part_count / 2;
}

typedef struct {
    double black, white;
} GreyWindow;

/* The value that all but a share of the voxels stay below. */
static double high_value(const Volume *volume, double share)
{
    enum { BINS = 2048 };
    size_t voxels = geometry_voxels(&volume->geometry), counts[BINS] = {0}, above = 0;
    double most = 1;
    for (size_t i = 0; i < voxels; i++) {
        most = fmax(most, volume->voxels[i]);
    }
    for (size_t i = 0; i < voxels; i++) {
        counts[(size_t)(fmax(volume->voxels[i], 0) / most * (BINS - 1))]++;
    }
    size_t bin = BINS - 1;
    while (bin > 0 && (double)(above += counts[bin]) < share * (double)voxels) {
        bin--;
    }
    return most * (double)(bin + 1) / BINS;
}

static GreyWindow window_of(const Volume *volume, const Acquisition *series)
{
    switch (series->role) {
    case ROLE_CT:
        return (GreyWindow){-450, 1350};
    case ROLE_PET: /* dark is hot */
        return (GreyWindow){8 * PET_BQ_PER_SUV, 0};
    default:
        return (GreyWindow){0, high_value(volume, 0.01)};
    }
}

static uint8_t grey_at(const Volume *volume, const GreyWindow *window, Vec3 point)
{
    double ijk[3];
    float value = 0;
    if (!geometry_index_ijk(&volume->geometry, point, ijk) || !volume_sample(volume, ijk, &value)) {
        return 0;
    }
    double grey = 255 * ((double)value - window->black) / (window->white - window->black);
    return (uint8_t)fmin(fmax(grey, 0), 255);
}

void preview_add(PhantomSheet *sheet, const Volume *volume, const Acquisition *series, Vec3 middle)
{
    size_t width = sheet->width + COLUMN;
    uint8_t *grey = memory_array(width * ROWS, 1);
    for (size_t j = 0; sheet->grey && j < ROWS; j++) {
        memcpy(grey + j * width, sheet->grey + j * sheet->width, sheet->width);
    }
    GreyWindow window = window_of(volume, series);
    for (size_t j = 0; j < SAGITTAL_ROWS; j++) {
        for (size_t i = 0; i < SIDE; i++) {
            Vec3 point = vec3(middle.x, front_mm + (double)i * pixel_mm, top_mm - (double)j * pixel_mm);
            grey[j * width + sheet->width + i] = grey_at(volume, &window, point);
        }
    }
    for (size_t j = 0; j < SIDE; j++) {
        for (size_t i = 0; i < SIDE; i++) {
            Vec3 point = vec3(left_mm + (double)i * pixel_mm, front_mm + (double)j * pixel_mm, middle.z);
            grey[(SAGITTAL_ROWS + 4 + j) * width + sheet->width + i] = grey_at(volume, &window, point);
        }
    }
    free(sheet->grey);
    *sheet = (PhantomSheet){.width = width, .height = ROWS, .grey = grey};
}
