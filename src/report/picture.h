/* A picture of a series through the lesion: grey values and the lesion's outline, made from the images by
 * whoever has them; the renderers only draw it. */
#ifndef DENS_REPORT_PICTURE_H
#define DENS_REPORT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { PLANE_SAGITTAL, PLANE_AXIAL } Plane;

/* Sagittal: the patient's front at the left, the head above. Axial: the patient's right at the left, the
 * front above. */
typedef struct {
    const char *role; /* "ct", "t1", …, as in the measurements */
    Plane plane;
    size_t width, height; /* pixels */
    double pixel_mm;
    const uint8_t *grey; /* row by row from above */
    size_t outline_count;
    const float (*outline)[4]; /* stretches from (x, y) to (x, y) in pixels, pixel centres at whole numbers */
    bool bare; /* grey values alone, without scale bar and side letters: of a slice that lies anyhow */
} ReportPicture;

typedef struct {
    size_t count;
    const ReportPicture *items;
} ReportPictures;

#endif
