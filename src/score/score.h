/* The scores that a tumour board asks for: computed from a case, over every value that is still possible.
 *
 * A score is a table of items and an item a list of rules from findings to points or grades, all of them data
 * (knowledge/scores.yaml). What is unknown is never guessed: an item has every outcome that some combination
 * of possible values gives it, and the score is a range from the least to the most. A hedged finding, and a
 * measured one at 10 % or more, stands for several values in the same way. Method: docs/scores.md. */
#ifndef DENS_SCORE_SCORE_H
#define DENS_SCORE_SCORE_H

#include "base/value.h"
#include "document/case.h"
#include "knowledge/knowledge.h"

/* The definitions. Immutable after loading; share them freely between threads. */
typedef struct Scores Scores;

/* Reads `scores.yaml` of the knowledge's folder. Errors name file, line, column and the nearest valid name.
 */
Scores *scores_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void scores_free(Scores *scores);
AUTO_DEFINE(Scores, scores, scores_free)

/* What a score is told beside the case: the diagnoses to think of. */
typedef struct {
    const bool *plausible; /* one for each diagnosis of the vocabulary; NULL: all of them */
    int assumed;           /* the diagnosis that a score which needs one takes for granted, or -1: none */
} ScoreFacts;

/* The sum, as points; or the grade, as a position in the score's list of grades. */
typedef struct {
    const char *id;
    bool applies;          /* false: nothing below holds but `reason` */
    const char *reason;    /* why it does not apply */
    double low, high;      /* inclusive; equal if nothing is open */
    const char *low_grade; /* of a graded score: the grade at `low` and at `high`; NULL of a sum */
    const char *high_grade;
    size_t unknown_count;       /* inputs that are unknown and make a difference */
    const char *const *unknown; /* their labels: "Alignment" */
} ScoreRange;

/* The range of one score, such as "sins" or "escc". False if there is no score of this id. `out` points into
 * `arena` and `scores`. */
bool score_compute(const Scores *scores, const char *id, const Case *c, const ScoreFacts *facts, Arena *arena,
                   ScoreRange *out);

/* The probability from which on a diagnosis is to be thought of. */
double scores_plausible_from(const Scores *scores);

/* Adds "scores" to a result: each score that applies, with its items, and each that does not with the reason
 * ("not_applicable"). `only` is the id of the one that is wanted, or NULL. The keys of all sources that are
 * cited are added to `cited` (a map from key to true). */
void scores_add(const Scores *scores, const Case *c, const ScoreFacts *facts, const char *only, Value *result,
                Value *cited);

/* What is defined, for lists and explanations. */
size_t scores_count(const Scores *scores);
const char *scores_id(const Scores *scores, size_t index);
/* A score that is known and not given: its node, with `label` and `reason`; NULL if there is none of this id.
 */
const Value *scores_find_left_out(const Scores *scores, const char *id);
/* A score's node in the file; NULL if there is none of this id. */
const Value *scores_find(const Scores *scores, const char *id);

#endif
