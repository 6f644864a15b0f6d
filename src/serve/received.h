/* A study that a DICOM node received, as records of the store: so it stands in the list of studies beside
 * those that were handed in. Works on the store alone, whether a server has it or not. */
#ifndef DENS_SERVE_RECEIVED_H
#define DENS_SERVE_RECEIVED_H

#include "base/log.h"
#include "store/store.h"

typedef struct {
    const char *id;     /* of the study, the same each time: 32 hexadecimal digits */
    const char *images; /* folder, searched whole */
    const char *report; /* folder with the report set of its evaluation, or NULL: there is none */
    unsigned evaluation;
    const char *digest; /* of the images that the evaluation saw */
    const char *state;  /* "done", "failed" or "unmatched" */
    const char *reason; /* of the last two; "" */
    size_t caller_count;
    const char *const *callers; /* AE titles of those who sent it */
} ServeReceived;

/* Stores the study with the actor "node" as its next version, before it the case, the result with its files
 * and the lesion's mask that the evaluation used. What is stored already is left, so that it may be done
 * again after a kill at any moment: *out_version is that of the study, *out_new whether it was stored now. A
 * reader's roles of series are carried over. An error of the input is the study's fault, any other one may
 * pass. */
bool serve_receive(const char *store, const ServeReceived *study, Log *log, long long *out_version,
                   bool *out_new, DensError **err) DENS_MUST_USE;

#endif
