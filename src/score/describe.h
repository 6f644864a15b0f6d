/* Scores as text for a terminal of 100 columns: those of a case, the list of all, the table of one. */
#ifndef DENS_SCORE_DESCRIBE_H
#define DENS_SCORE_DESCRIBE_H

#include "base/text.h"
#include "score/score.h"

/* The list that scores_add() made. */
void scores_text(const Scores *scores, const Value *list, Text *out);
/* Each score with what it is for. */
void scores_text_list(const Scores *scores, Text *out);
/* The whole table of a score: whom it is for, each item with its rules, bands, limits and sources. False if
 * there is none of this id. */
bool scores_text_explain(const Scores *scores, const char *id, Text *out) DENS_MUST_USE;

/* The list as a tree for JSON: id, label, purpose, source. In `arena`. */
Value *scores_tree_list(const Scores *scores, Arena *arena);

#endif
