/* What a score is made of: inside score/ only.
 *
 * A variable is what one question of the rules is about: a choice, one member of a set, a number cut at the
 * thresholds that the rules name, the outcome of an earlier item, the band of another score, the diagnosis.
 * It has at most 64 states, so that what is possible, and what a rule asks for, are masks. */
#ifndef DENS_SCORE_PARTS_H
#define DENS_SCORE_PARTS_H

#include "document/check.h"
#include "score/score.h"

#include <stdint.h>

enum { SCORE_MAX_STATES = 64, SCORE_MAX_ALTERNATES = 4 };

typedef enum {
    VARIABLE_CHOICE,    /* states: the finding's values */
    VARIABLE_MEMBER,    /* states: absent, present */
    VARIABLE_NUMBER,    /* states: below cut 0, at cut 0, between, at cut 1, …, above the last */
    VARIABLE_KNOWN,     /* states: no, yes: whether anything is known of a finding */
    VARIABLE_DIAGNOSIS, /* states: the vocabulary's diagnoses */
    VARIABLE_ITEM,      /* states: an earlier item's outcomes */
    VARIABLE_BAND       /* states: an earlier score's bands */
} VariableKind;

typedef struct Item Item;
typedef struct Score Score;

typedef struct {
    VariableKind kind;
    const char *name; /* as written: "ct.density|xr.density", "item.pain" */
    size_t alternate_count;
    const Finding *alternates[SCORE_MAX_ALTERNATES]; /* the first that is known speaks */
    int member;                                      /* of a set: index of its value */
    size_t cut_count;
    double *cuts; /* ascending */
    const Item *item;
    const Score *score;
    size_t state_count;
} Variable;

/* One variable is in one of these states. */
typedef struct {
    size_t variable; /* in the item's list */
    uint64_t states;
} Literal;

/* Any of the literals holds; with `negated`, none of them. */
typedef struct {
    size_t literal_count;
    Literal *literals;
    bool negated;
} Term;

/* If all terms hold, the outcome is one of the mask; an empty mask: this cannot be. */
typedef struct {
    size_t term_count;
    Term *terms;
    uint64_t outcomes;
} ScoreRule;

typedef struct {
    const char *id;   /* "3", "1b", "involved" */
    const char *text; /* in words, or "" */
    double points;    /* of a sum */
    size_t grade;     /* of the last item of a graded score: position in the grades */
} Outcome;

struct Item {
    const char *id, *label;
    const char *scope;    /* "sector", "layer": of a score that lists parts */
    const Value *helpers; /* findings that only help the others, or NULL: told as missing if no other is */
    size_t variable_count;
    Variable *variables;
    size_t rule_count;
    ScoreRule *rules;
    size_t outcome_count;
    Outcome *outcomes;
};

/* Points from `from` to `to`, or grades that name it. */
typedef struct {
    const char *id, *label, *text;
    double from, to;
} Band;

typedef struct {
    const char *id, *text;
    size_t band; /* or the number of bands: none */
} Grade;

typedef enum { SCORE_SUM, SCORE_GRADE, SCORE_PARTS } ScoreKind;

/* When a score is meant at all: a diagnosis of the mask is plausible (or assumed), and the needs, if any, may
 * hold. */
typedef struct {
    uint64_t diagnoses;
    bool of_assumed; /* the assumed diagnosis has to be one of them */
    size_t need_count;
    Item *needs;                /* each an item of one rule */
    const char *const *reasons; /* [0] for the diagnoses, then one for each need */
} Meant;

struct Score {
    const char *id, *label, *purpose, *limits;
    const char *note;       /* said with every value: a convention; or "" */
    const char *assumption; /* said with every value: "if it is a metastasis"; or "" */
    ScoreKind kind;
    bool ordered; /* grades form a scale */
    const Source *source;
    const Value *sources; /* further ones, or NULL */
    Meant meant;
    size_t item_count;
    Item *items;
    size_t grade_count;
    Grade *grades;
    size_t band_count;
    Band *bands;
    const Value *node;
};

struct Scores {
    Arena *arena;
    const Knowledge *knowledge;
    double plausible_from;
    size_t count;
    Score *items;
    const Value *left_out; /* list of {id, label, reason}, or NULL */
};

/* ---- load_rules.c ---- */

typedef struct {
    Check check;
    Arena *arena;
    const Knowledge *knowledge;
    const Vocabulary *vocabulary;
    Scores *scores;     /* those before this one can be asked for their band */
    const Score *score; /* items before this one can be asked for their outcome */
} ScoreLoader;

/* The rules of an item; their outcomes are added to it. A `needs` entry has no outcomes. */
bool score_load_rules(const ScoreLoader *l, const Value *list, Item *out);
/* A condition, or a list of them, as rules of an item without outcomes. */
bool score_load_condition(const ScoreLoader *l, const Value *when, Item *out);
/* A text that folds: without the line end. NULL with an error if it is missing. */
const char *score_text(const ScoreLoader *l, const Value *map, const char *key, const char *fallback);

/* ---- possible.c ---- */

/* What holds while a score is computed: the states of items and bands that were found so far. */
typedef struct {
    const Case *c;
    const ScoreFacts *facts;
    const Vocabulary *vocabulary;
    const Scores *scores;
    const Score *score;
    const uint64_t *item_outcomes; /* of this score's items so far */
    const uint64_t *score_bands;   /* of the scores so far; 0: does not apply */
} Known;

/* The states that are still possible, never none; *out_known says whether anything is known of it at all. */
uint64_t variable_possible(const Variable *variable, const Known *known, bool *out_known);

/* ---- compute.c ---- */

typedef struct {
    uint64_t outcomes;  /* those that are possible */
    bool contradictory; /* no combination was possible: all outcomes are */
    bool open;          /* more than one outcome */
    uint64_t missing;   /* the variables that are not known and make a difference, as a mask */
} ItemResult;

typedef struct {
    const Score *score;
    bool applies;
    const char *reason;
    ItemResult *items;
    double low, high; /* points, or positions of grades */
    uint64_t grades;  /* of a graded score */
    uint64_t bands;   /* those that are possible */
} ScoreResult;

/* An input that is unknown and makes a difference. */
typedef struct {
    const char *id, *label; /* a finding, or a score */
} Unknown;

/* The unknown inputs of a result, each once, in the order of the items; count of them. */
size_t result_unknown(const ScoreResult *result, Arena *arena, Unknown **out);

/* All scores in order, as each may ask for earlier ones; count results in `arena`. */
ScoreResult *scores_evaluate(const Scores *scores, const Case *c, const ScoreFacts *facts, Arena *arena);

#endif
