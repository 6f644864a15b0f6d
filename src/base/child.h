/* Child processes with limits, started by posix_spawn (never a bare fork). */
#ifndef DENS_BASE_CHILD_H
#define DENS_BASE_CHILD_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    unsigned cpu_seconds;  /* RLIMIT_CPU; 0: no limit */
    size_t memory_bytes;   /* RLIMIT_AS; 0: no limit */
    unsigned wall_seconds; /* killed after this long; 0: no limit */
    size_t output_bytes;   /* stdout and stderr are cut here each; 0: 1 MiB */
} ChildLimits;

typedef struct {
    int exit_status; /* -1 if a signal ended it */
    int signal;      /* 0 if it exited */
    bool timed_out;
    Text output; /* stdout */
    Text errors; /* stderr */
} ChildResult;

/* Runs argv[0] (looked up in PATH) to its end. `input` may be NULL. False only if it could not be started
 * or watched; how it ended is in *out, which the caller clears with child_result_clear(). */
bool child_run(ChildResult *out, const char *const *argv, const char *input, size_t input_length,
               const ChildLimits *limits, DensError **err) DENS_MUST_USE;
/* The same, but stdout is handed on as it arrives, in pieces of any size, instead of being kept. When `take`
 * answers false nothing more is read, and the child is ended. */
typedef struct {
    bool (*take)(void *context, const char *bytes, size_t length);
    void *context;
} ChildSink;
bool child_run_into(ChildResult *out, const char *const *argv, const char *input, size_t input_length,
                    const ChildLimits *limits, const ChildSink *sink, DensError **err) DENS_MUST_USE;
void child_result_clear(ChildResult *result);

#endif
