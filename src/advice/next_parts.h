/* What examinations.yaml holds, parsed: next_load.c fills it, next_steps.c uses it. Inside advice/ only. */
#ifndef DENS_ADVICE_NEXT_PARTS_H
#define DENS_ADVICE_NEXT_PARTS_H

#include "advice/next_steps.h"
#include "advice/rules.h"
#include "infer/next.h"

/* One line of the list: what is done together. */
typedef struct {
    const char *id, *label, *cost, *risk;
    uint64_t performs, after; /* examinations of the vocabulary */
    bool invasive;
    double burden;   /* cost, risk and delay, in units of a wrong first step */
    double dose_msv; /* 0 if none was given */
    const Value *sources;
} Proposal;

typedef struct {
    const char *id, *label;
} Action;

typedef struct {
    const char *id, *text;
    bool has_when, has_unless;
    Rule when, unless;
    bool *likely; /* of each diagnosis; NULL: any probability */
    double at_least;
    int propose; /* index of a proposal, or -1 */
    bool warn, no_biopsy;
    const Value *sources;
} NextRule;

struct NextSteps {
    Arena *arena;
    const Knowledge *knowledge;
    size_t samples, most;
    double bit, least_worth, answer, telling;
    double *stated; /* for each finding */
    size_t proposal_count;
    Proposal *proposals;
    size_t action_count;
    Action *actions;
    ActionTable table;
    size_t rule_count;
    NextRule *rules;
};

/* Fills `steps` from the tree of the file. */
bool next_steps_parse(NextSteps *steps, const char *file, const Value *root, Arena *scratch,
                      DensError **err) DENS_MUST_USE;

#endif
