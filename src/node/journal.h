/* What the node knows of a study: state.json in its folder. Written whole, before the step that it announces
 * is begun, so that a node that starts again goes on where the last one was. */
#ifndef DENS_NODE_JOURNAL_H
#define DENS_NODE_JOURNAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    STUDY_NEW,        /* nothing was begun */
    STUDY_EVALUATING, /* the evaluation with this number was begun */
    STUDY_SENDING,    /* its report set is there; not every peer has all of it */
    STUDY_DONE,
    STUDY_FAILED,    /* it cannot be evaluated: `reason` */
    STUDY_UNMATCHED, /* no rule is for it */
    STUDY_REMOVED,   /* done, and its images are gone */
    STUDY_STATES
} StudyState;

typedef struct {
    StudyState state;
    unsigned evaluation; /* number of the last one that was begun; from 1 */
    long long time;      /* seconds since 1970: when it was begun. Its repetition makes the same objects */
    unsigned attempts;   /* of this step, that failed for no fault of the study */
    size_t images;
    char digest[65]; /* of the images that it saw */
    char rule[64];
    char reason[512]; /* of a failure: one line without a patient's data */
    unsigned stored;  /* number of the last evaluation that stands in the store, or that it cannot hold: */
    char store_problem[512]; /* why */
} Journal;

/* A study without a journal is new. A journal that cannot be read is an error. */
bool journal_read(Journal *out, const char *study, DensError **err) DENS_MUST_USE;
bool journal_write(const Journal *journal, const char *study, DensError **err) DENS_MUST_USE;
const char *journal_state_name(StudyState state);

#endif
