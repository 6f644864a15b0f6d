/* How the findings that a case does not hold yet may turn out: for the next examination and for simulated
 * cases. Inside infer/ only.
 *
 * An aspect is a finding, or one member of a set. It turns out in one of a few ways: the values of a choice,
 * the bins of a number, present or absent. Its chances are those that the posterior reckons with, slips
 * included. */
#ifndef DENS_INFER_ASPECTS_H
#define DENS_INFER_ASPECTS_H

#include "infer/evidence.h"

typedef struct {
    const Finding *finding;
    int member;           /* of a set; -1: the finding itself */
    size_t outcome_count; /* of a member: 0 present, 1 absent */
    bool silent_absent;   /* a case cannot say that this member is absent */
    double *chance;       /* hypothesis × outcome; the last hypothesis is "none of these" */
} Aspect;

/* The aspects of a finding for the differential, with their chances, at `out` (room for
 * VOCABULARY_MAX_VALUES); their number is returned. */
size_t aspects_of(const Knowledge *knowledge, const Finding *finding, Arena *arena, Aspect *out);
/* One way for it to turn out, from a number of [0, 1). */
size_t aspect_draw(const Aspect *aspect, size_t hypothesis, double unit);
/* What the case would say then: false if nothing. `weight` of the evidence lies in `arena`. */
bool aspect_evidence(const Aspect *aspect, size_t outcome, Arena *arena, Evidence *out);
/* Writes it into a case. The number of a bin is its centre. */
void aspect_put(const Aspect *aspect, size_t outcome, Case *c);

#endif
