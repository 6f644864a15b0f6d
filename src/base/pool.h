/* A thread pool: parallel loops over an index range. */
#ifndef DENS_BASE_POOL_H
#define DENS_BASE_POOL_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Pool Pool;
/* threads 0: as many as the machine has processors for us. */
Pool *pool_new(size_t threads);
void pool_free(Pool *pool);
size_t pool_threads(const Pool *pool);
/* Calls work(context, i) for each i in [0, count), on all threads, and returns when all are done. `work`
 * answers false to stop early (no new index is begun); pool_each then returns false. With a NULL pool the
 * loop runs in the caller's thread. Not re-entrant from inside `work`. */
bool pool_each(Pool *pool, size_t count, bool (*work)(void *context, size_t index), void *context);

AUTO_DEFINE(Pool, pool, pool_free)

#endif
