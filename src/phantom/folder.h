/* An output folder that is whole or not there: inside phantom/ only. */
#ifndef DENS_PHANTOM_FOLDER_H
#define DENS_PHANTOM_FOLDER_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

typedef struct {
    Arena *arena;
    const char *target;
    const char *working; /* beside the target or, if that is an empty folder, in it; the caller makes it */
} OutputFolder;

/* The target must be an empty folder or absent. */
bool folder_begin(OutputFolder *out, const char *target, Arena *arena, DensError **err) DENS_MUST_USE;
/* Moves what was written to its place if all went well, else removes it. Returns whether it is there. */
bool folder_end(const OutputFolder *folder, bool good, DensError **err) DENS_MUST_USE;

#endif
