/* The pictures of a result in a file of their own, so that a report can be drawn again without the images. */
#ifndef DENS_REPORT_PICTURES_H
#define DENS_REPORT_PICTURES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "report/picture.h"

#include <stdbool.h>

#define REPORT_PICTURES_FILE "pictures.bin"

/* Appends them; no picture is a file, too: it says that there are none. */
void report_keep_pictures(const ReportPictures *pictures, Text *out);
/* And back, in `arena`. Errors: a file that cannot be read or is damaged. */
bool report_read_pictures(const char *path, Arena *arena, ReportPictures *out, DensError **err) DENS_MUST_USE;

#endif
