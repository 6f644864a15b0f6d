/* Two results of one lesion, the earlier and the later: what changed beyond repeatability, what is residual,
 * and what follows for findings, differential and alerts. */
#ifndef DENS_EVALUATE_COMPARE_H
#define DENS_EVALUATE_COMPARE_H

#include "evaluate/repeatability.h"
#include "report/messages.h"

/* Reads a result: a file, or a folder with a result.json. Errors: what result_check() refuses. */
Value *compare_read(const char *path, Arena *arena, DensError **err) DENS_MUST_USE;

typedef struct {
    const char *before_path, *after_path; /* for the places of errors only */
    const char *command;                  /* for the provenance */
} CompareOptions;

/* The dens-comparison/1 of two results, in `arena`. Refused: another sex, a patient who became younger,
 * levels that have nothing in common, and a later result whose study is the earlier one. What casts doubt on
 * the comparison without forbidding it stands in `notes`. */
Value *compare_results(const Repeatability *repeatability, const Knowledge *knowledge, const Value *before,
                       const Value *after, const CompareOptions *options, Arena *arena,
                       DensError **err) DENS_MUST_USE;

/* Writes comparison.json, comparison.html and comparison.txt into a folder: all of them or none. */
bool compare_write(const Value *comparison, const Messages *messages, const char *folder,
                   DensError **err) DENS_MUST_USE;

#endif
