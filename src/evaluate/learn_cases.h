/* Learning from case files, and whether it helps. */
#ifndef DENS_EVALUATE_LEARN_CASES_H
#define DENS_EVALUATE_LEARN_CASES_H

#include "evaluate/validate.h"
#include "infer/learn.h"

/* Counts all case files of the given files and folders into a new overlay. A case whose truth is no diagnosis
 * of the knowledge is an error. */
Overlay *learn_cases(const Engine *engine, const char *const *paths, size_t path_count, LearnTally *tally,
                     Progress *progress, DensError **err) DENS_MUST_USE;
/* An overlay must not take the place of one of the cases that it is learned from: a usage error. */
bool learn_spares_cases(const char *const *paths, size_t path_count, const char *output,
                        DensError **err) DENS_MUST_USE;
/* What was learned: n, counted, no_truth, unconfirmed, findings, open, diagnoses (n of each), moved (what
 * moved most: diagnosis, finding, value, before, after, patients, discount). */
Value *learn_report(const Engine *engine, const Overlay *overlay, const LearnTally *tally, Arena *arena);
void learn_text(const Engine *engine, const Value *report, Text *out);

/* Cross-validation: the cases are split into `folds` parts, alike in their diagnoses (fixed seed); each part
 * is ranked with the knowledge as it is shipped, and with what the other parts add to it. The tree holds n,
 * folds, findings (counted, mean over the folds), without and with (metrics as of validate_cases). */
Value *validate_cross(const Engine *engine, const char *const *paths, size_t path_count, size_t folds,
                      const ValidateOptions *options, Arena *arena, DensError **err) DENS_MUST_USE;
void validate_cross_text(const Value *outcome, Text *out);

#endif
