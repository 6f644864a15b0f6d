/* Volumes that were read and may be asked for again: a reader clicks into one series many times. The least
 * recently used go when there is no room; one that is in use stays until it is given back. */
#ifndef DENS_SERVE_SHELF_H
#define DENS_SERVE_SHELF_H

#include "image/volume.h"

typedef struct Shelf Shelf;

/* Keeps at most so many bytes of voxels, whatever is in use beside them. */
Shelf *shelf_new(size_t most_bytes);
void shelf_free(Shelf *shelf);
/* The volume of a name, or NULL. To be given back with shelf_return(). */
const Volume *shelf_take(Shelf *shelf, const char *name);
/* Hands a volume over and takes it. If there is one of this name already, that one is answered and this one
 * freed. */
const Volume *shelf_put(Shelf *shelf, const char *name, Volume *volume);
/* NULL does nothing. */
void shelf_return(Shelf *shelf, const Volume *volume);

#endif
