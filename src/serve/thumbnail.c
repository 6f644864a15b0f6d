/* The middle slice of a volume as a small picture. Grey values as in the report's pictures: CT between soft
 * tissue and bone, other series between the 1st and the 99.5th percentile of the slice. */
#include "serve/parts.h"

#include "base/memory.h"
#include "report/sheet.h"

#include <math.h>
#include <stdlib.h>

enum { LONGER_SIDE = 160 };

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The values between which the slice is shown. */
static bool find_window(const float *slice, size_t count, bool hu, double *out_low, double *out_high,
                        DensError **err)
{
    *out_low = -250;
    *out_high = 1250;
    if (hu) {
        return true;
    }
    float *sorted = memory_try_array(count, sizeof *sorted);
    if (!sorted) {
        return error_no_memory(err);
    }
    memcpy(sorted, slice, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    *out_low = sorted[count / 100];
    *out_high = sorted[count - 1 - count / 200];
    free(sorted);
    return true;
}

bool thumbnail_png(const Volume *volume, Text *out, DensError **err)
{
    const Geometry *g = &volume->geometry;
    size_t columns = g->size[0], rows = g->size[1];
    const float *slice = volume->voxels + columns * rows * (g->size[2] / 2);
    double width_mm = (double)columns * g->spacing_mm[0], height_mm = (double)rows * g->spacing_mm[1],
           low = 0, high = 0;
    if (!find_window(slice, columns * rows, volume->unit == UNIT_HU, &low, &high, err)) {
        return false;
    }
    double pixel_mm = fmax(width_mm, height_mm) / LONGER_SIDE;
    size_t width = (size_t)fmax(1, round(width_mm / pixel_mm)),
           height = (size_t)fmax(1, round(height_mm / pixel_mm));
    uint8_t *grey = memory_alloc(width * height);
    for (size_t p = 0; p < width * height; p++) {
        size_t x = p % width * columns / width, y = p / width * rows / height;
        double share = high > low ? (slice[x + columns * y] - low) / (high - low) : 0;
        grey[p] = isfinite(share) ? (uint8_t)lround(255 * fmin(1, fmax(0, share))) : 0;
    }
    const ReportPicture picture = {.role = "",
                                   .plane = PLANE_AXIAL,
                                   .width = width,
                                   .height = height,
                                   .pixel_mm = pixel_mm,
                                   .bare = true,
                                   .grey = grey};
    bool good = picture_png(&picture, out, err);
    free(grey);
    return good;
}
