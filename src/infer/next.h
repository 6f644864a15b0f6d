/* What an examination that was not done is expected to add: docs/inference.md. Deterministic: the outcomes
 * are drawn with fixed keys. */
#ifndef DENS_INFER_NEXT_H
#define DENS_INFER_NEXT_H

#include "infer/infer.h"

/* What is done next, and what it costs to do the wrong thing: loss[chosen × action_count + needed], 0 for the
 * right one, 1 for a step that is as wrong as can be. */
typedef struct {
    size_t action_count;
    const double *loss;
    const size_t *needed; /* for each hypothesis */
} ActionTable;

typedef struct {
    double bits;                 /* expected gain of ln P(truth), in bits; at least 0 */
    double loss_now, loss_after; /* expected loss of the best action, before and after */
} NextGain;

/* One answer of an examination. */
typedef struct {
    const Finding *finding;
    size_t value;       /* of a choice, or the member of a set that is present */
    double probability; /* that it is found, if it is looked for */
    double *after;      /* probability of each hypothesis then */
    size_t action;      /* the best then */
} NextAnswer;

typedef struct NextBase NextBase;

/* Prepares a case. `posterior` is that of the case and must outlive the base, like everything else given
 * here. `stated` is how likely a reader is to state each finding of the vocabulary when its examination is
 * complete; `samples` is how many outcomes of an examination are drawn. All lies in `arena`. */
const NextBase *next_prepare(const Posterior *posterior, const Case *c, const double *stated,
                             const ActionTable *actions, size_t samples, Arena *arena);
/* The best action for the case as it is. */
size_t next_action(const NextBase *base);
/* Of the examinations in the mask (bits are the vocabulary's examinations). False if they would show nothing
 * that the case does not hold already. */
bool next_gain(const NextBase *base, uint64_t examinations, NextGain *out);
/* The answers that tell most, at most `room` of them: the outcomes of the finding that is worth most by
 * itself, then of the next. Left out are rare ones (below `least`) and those that move less than `telling` of
 * the probability. */
size_t next_answers(const NextBase *base, uint64_t examinations, double least, double telling,
                    NextAnswer *out, size_t room, Arena *arena);

/* What the answer to one question, whatever it is, is expected to add. */
typedef struct {
    const Finding *finding;
    double bits; /* as of an examination that shows this finding alone, stated for certain */
} NextQuestion;

/* The unknown findings of those that may be asked (one bool for each of the vocabulary), worthiest first; at
 * most `room` of them. */
size_t next_questions(const NextBase *base, const bool *may_ask, NextQuestion *out, size_t room,
                      Arena *arena);
/* How a choice or a set may be answered, in the vocabulary's order: the values, or the members that may be
 * present. None for a number. At most `room`. */
size_t next_replies(const NextBase *base, const Finding *finding, NextAnswer *out, size_t room, Arena *arena);

#endif
