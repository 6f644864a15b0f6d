/* The files beside the database, by their content: inside store/ only. */
#ifndef DENS_STORE_OBJECTS_H
#define DENS_STORE_OBJECTS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

/* objects/ab/cdef…, in `arena`. */
const char *objects_path(const char *folder, const char *sha256, Arena *arena);
/* Copies a file into the folder and tells its name; when it returns the bytes are on the disk. A file that is
 * there already is left. */
bool objects_put(const char *folder, const char *path, char out_sha256[65], DensError **err) DENS_MUST_USE;
/* Is this name one of a content? */
bool objects_is_name(const char *sha256);

#endif
