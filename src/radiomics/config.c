/* The configurations whose results the standard fixes (IBSI reference manual, chapter 5: digital phantom and
 * image processing configurations A to E of the CT phantom). */
#include "radiomics/radiomics.h"

#include <string.h>

const RadiomicsConfig radiomics_configs[] = {
    {.name = "digital",
     .text = "no processing; intensities are whole numbers from 1 and serve as grey levels",
     .levels = DISCRETISE_NONE},
    {.name = "A",
     .text = "by slice, no interpolation, -500 to 400, bins of 25",
     .slice_wise = true,
     .has_range = true,
     .low = -500,
     .high = 400,
     .levels = DISCRETISE_WIDTH,
     .levels_value = 25},
    {.name = "B",
     .text = "by slice, bilinear to 2 mm, -500 to 400, 32 bins",
     .slice_wise = true,
     .image = INTERPOLATE_LINEAR,
     .spacing_mm = 2,
     .round = true,
     .has_range = true,
     .low = -500,
     .high = 400,
     .levels = DISCRETISE_NUMBER,
     .levels_value = 32},
    {.name = "C",
     .text = "by volume, trilinear to 2 mm, -1000 to 400, bins of 25",
     .image = INTERPOLATE_LINEAR,
     .spacing_mm = 2,
     .round = true,
     .has_range = true,
     .low = -1000,
     .high = 400,
     .levels = DISCRETISE_WIDTH,
     .levels_value = 25,
     .volume_histogram = DISCRETISE_WIDTH,
     .volume_histogram_value = 2.5},
    {.name = "D",
     .text = "by volume, trilinear to 2 mm, without outliers beyond 3 SD, 32 bins",
     .image = INTERPOLATE_LINEAR,
     .spacing_mm = 2,
     .round = true,
     .outlier_sd = 3,
     .levels = DISCRETISE_NUMBER,
     .levels_value = 32},
    {.name = "E",
     .text = "by volume, cubic spline to 2 mm, -1000 to 400 without outliers beyond 3 SD, 32 bins",
     .image = INTERPOLATE_CUBIC,
     .spacing_mm = 2,
     .round = true,
     .has_range = true,
     .low = -1000,
     .high = 400,
     .outlier_sd = 3,
     .levels = DISCRETISE_NUMBER,
     .levels_value = 32,
     .volume_histogram = DISCRETISE_NUMBER,
     .volume_histogram_value = 1000},
    {0}};

const RadiomicsConfig *radiomics_config(const char *name)
{
    for (const RadiomicsConfig *c = radiomics_configs; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}
