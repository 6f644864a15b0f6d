/* What a confirmed case adds to the counts: docs/inference.md. */
#ifndef DENS_INFER_LEARN_H
#define DENS_INFER_LEARN_H

#include "document/case.h"
#include "knowledge/overlay.h"

/* Why a case was not counted, or that it was. */
typedef enum {
    LEARN_COUNTED,
    LEARN_NO_TRUTH,    /* none is named, or it is none of these */
    LEARN_UNCONFIRMED, /* its basis is neither histology nor follow-up */
    LEARN_OUTCOMES
} LearnOutcome;

typedef struct {
    size_t outcomes[LEARN_OUTCOMES];
    size_t findings; /* counted */
    size_t open;     /* known findings that did not count: their examination is not marked complete */
} LearnTally;

/* Adds the findings of a case to the overlay. The truth must be a diagnosis of the knowledge. */
void learn_case(Overlay *overlay, const Knowledge *knowledge, const Case *c, LearnTally *tally);

#endif
