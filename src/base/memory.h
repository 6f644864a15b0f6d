/* Heap allocation that does not fail softly: small sizes, where "no memory" can only end the process
 * (one line on stderr, exit status 3). Anything whose size comes from a file (volumes, file contents)
 * uses memory_try_alloc() and reports an error instead. */
#ifndef DENS_BASE_MEMORY_H
#define DENS_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size_bytes);                                /* zeroed; free() it */
void *memory_array(size_t count, size_t element_bytes);               /* zeroed; free() it */
void *memory_resize(void *block, size_t count, size_t element_bytes); /* the new part is not zeroed */
char *memory_strdup(const char *text);
/* Ends the process as above: for what cannot go on without memory that something else was to give. */
void memory_exhausted(void) __attribute__((noreturn));
/* Zeroed block, or NULL when there is no memory or the product overflows. */
void *memory_try_array(size_t count, size_t element_bytes);
/* The same for what is filled whole, as voxels are: on large pages where the system has them, as giving out
 * small ones takes longer than filling them. */
void *memory_try_large(size_t count, size_t element_bytes);

#endif
