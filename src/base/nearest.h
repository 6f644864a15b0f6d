/* "did you mean …?": the nearest of a list of names by Damerau-Levenshtein distance. */
#ifndef DENS_BASE_NEAREST_H
#define DENS_BASE_NEAREST_H

#include <stddef.h>

/* The nearest name if it is near enough to be what was meant (distance at most a third of the longer
 * name's length, at least 1; letter case and - . _ count half), else NULL. Also found: a name whose last
 * dotted part equals the given name ("t1" → "mr.t1"). Borrowed from `names`. */
const char *nearest_name(const char *given, const char *const *names, size_t count);

#endif
