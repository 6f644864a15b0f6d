/* Progress of long work, reported through a callback that the front end owns (a terminal bar, a job in
 * the HTTP API). NULL is allowed everywhere a Progress is passed. */
#ifndef DENS_BASE_PROGRESS_H
#define DENS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Progress Progress;
struct Progress {
    void (*step)(Progress *self, const char *what, size_t done, size_t total);
    void *context;
    bool (*stopped)(Progress *self); /* nobody waits for the outcome any more; NULL: somebody always does */
};

static inline void progress_step(Progress *progress, const char *what, size_t done, size_t total)
{
    if (progress && progress->step) {
        progress->step(progress, what, done, total);
    }
}

static inline bool progress_stopped(Progress *progress)
{
    return progress && progress->stopped && progress->stopped(progress);
}

#endif
