/* An image: what was loaded, as it lies in memory, as bytes that another process maps and uses at once. It is
 * made from a region (region.h), and maps to the address where that lay; where something else lies there,
 * every address in it is moved. Of the program it holds addresses, too (of text and tables that are built
 * in), and the layout of structures: so an image belongs to one build of one program or library, which its
 * stamp names. */
#ifndef DENS_BASE_IMAGE_H
#define DENS_BASE_IMAGE_H

#include "base/error.h"
#include "base/region.h"
#include "base/text.h"
#include "base/trees.h"

typedef struct Image Image;

/* "image BUILD subject" in `out`, BUILD being the linker's identity of the program or library that holds this
 * code. False: it has none, and there can be no image. */
bool image_stamp(const char *subject, char *out, size_t size);

/* The bytes of an image of a region that was closed; `root` lies in it. An address that leads neither into
 * the region nor into the program is an error of ours. */
bool image_make(const Region *region, const void *root, Text *out, DensError **err) DENS_MUST_USE;

/* Maps the image of this stamp in a table, privately: what is changed there is changed for this process and
 * this image alone. NULL if there is none, or it is damaged (which the table's watcher is told), or the
 * system has no room for it. The table may be freed before. */
Image *image_map(const Trees *table, const char *stamp);
void *image_root(const Image *image);
/* After the arenas in it were freed. */
void image_free(Image *image);

#endif
