/* The node's children: started and watched without waiting, each in a process group of its own. */
#ifndef DENS_NODE_PROCESS_H
#define DENS_NODE_PROCESS_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* What a child works with. -1: /dev/null for input and output, our own for errors. */
typedef struct {
    int socket;           /* becomes descriptor 3 */
    const char *output;   /* file that stdout goes to; NULL: /dev/null */
    const char *errors;   /* file that stderr goes to; NULL: our own */
    const char *variable; /* "NAME=VALUE" beside our environment, or NULL */
} ProcessFiles;

/* The child's number, or -1 with an error. */
pid_t process_start(const char *const *argv, const ProcessFiles *files, DensError **err) DENS_MUST_USE;
/* Has it ended? Then *out_status is as waitpid() has it, and the rest of its group is killed. */
bool process_ended(pid_t child, int *out_status);
void process_signal(pid_t child, int signal);

#endif
