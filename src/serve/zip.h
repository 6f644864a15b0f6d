/* Unpacking a zip from somebody else; zip.c is the only file that names libzip. */
#ifndef DENS_SERVE_ZIP_H
#define DENS_SERVE_ZIP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t most_files;
    uint64_t most_bytes; /* of all files together, unpacked */
    uint64_t most_ratio; /* of these to the zip */
} ZipLimits;

/* Where a file goes, or NULL to pass it over; `index` counts the files. The name is not to be trusted. */
typedef const char *(*ZipPlace)(void *context, const char *name, size_t index);

/* Unpacks every file. Refused as input: what is no zip, a damaged or encrypted one, a name that is absolute
 * or goes upward, and more than the limits, whatever the headers claim. Names never stand in errors: "file 12
 * of the zip". What was unpacked until then is the caller's to remove. */
bool zip_unpack(const char *path, const ZipLimits *limits, ZipPlace place, void *context,
                DensError **err) DENS_MUST_USE;

#endif
