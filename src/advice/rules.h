/* Conditions of the knowledge's advice, read from YAML: inside advice/ only. docs/knowledge.md tells how one
 * is written.
 *
 * A condition is a list of alternatives; all terms of one alternative must hold. A value that is hedged, or
 * measured at 10 % or more, may hold; a finding of which nothing is known does not. */
#ifndef DENS_ADVICE_RULES_H
#define DENS_ADVICE_RULES_H

#include "base/value.h"
#include "document/case.h"
#include "infer/infer.h"

/* How surely a condition holds, the weakest first. */
typedef enum {
    HOLDS_NOT,
    HOLDS_POSSIBLY,  /* another value is possible, too */
    HOLDS_MEASURED,  /* measured, and no other value is possible */
    HOLDS_REPORTED,  /* read, and no other value */
    HOLDS_CALCULATED /* follows from a probability, a score, or from what is not known */
} Holding;

const char *holding_name(Holding holding); /* "possible", "measured", "reported", "calculated" */

typedef enum { TERM_VALUES, TERM_NUMBER, TERM_KNOWN, TERM_PATHOLOGY, TERM_POSTERIOR, TERM_SCORE } TermKind;

typedef struct {
    TermKind kind;
    const Finding *finding; /* TERM_VALUES, TERM_NUMBER, TERM_KNOWN */
    uint64_t values;        /* TERM_VALUES: any of these */
    bool known;             /* TERM_KNOWN, TERM_PATHOLOGY: must, or must not, be known */
    double least, below;    /* least ≤ number < below; infinite where there is no limit */
    const bool *counted;    /* TERM_POSTERIOR: per diagnosis, summed and held against `least`; or NULL */
    const bool *leading;    /* TERM_POSTERIOR: per diagnosis, one of these must lead; or NULL */
    const char *score;      /* TERM_SCORE: id */
} Term;

/* All terms hold. */
typedef struct {
    size_t term_count;
    Term *terms;
} Alternative;

/* One alternative at least holds. */
typedef struct {
    size_t alternative_count;
    Alternative *alternatives;
} Rule;

/* What conditions are held against. */
typedef struct {
    const Case *c;
    const Posterior *posterior;
    bool without_path;   /* path.* counts as not known */
    const Value *scores; /* the result's list, or NULL */
} View;

/* A rule that was found to hold, with what its text may say. */
typedef struct {
    Holding holding;
    const Value *because; /* ids of the findings, in a list */
    const Value *scores;  /* ids of the scores, in a list */
    double share;         /* the summed probability of the first posterior term that counts; 0 if none */
    size_t first;         /* the most probable diagnosis among those it counts; hypothesis_count if none */
} Match;

typedef struct {
    const char *file;
    const Vocabulary *vocabulary;
    Arena *arena;
} RuleSource;

bool rule_parse(Rule *out, const Value *when, const RuleSource *source, DensError **err) DENS_MUST_USE;
/* Does the rule hold a number, a probability or a score against a limit? Such a limit needs a reason. */
bool rule_has_limit(const Rule *rule);
/* Does a text filled by this rule know {share} and {first}? */
bool rule_counts(const Rule *rule);
/* Does one alternative hold, or may it? */
bool rule_may_hold(const Rule *rule, const View *view);
/* The surest alternatives that hold; `because` has the findings of all of them. Lists are made in `arena`. */
Match rule_match(const Rule *rule, const View *view, Arena *arena);

/* An input error at a node: "file:line:column: $.path". Returns false. */
bool rule_fault(DensError **err, const char *file, const Value *at, Arena *arena, const char *format, ...)
    DENS_PRINTF(5, 6);

#endif
