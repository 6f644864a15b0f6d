/* How good the differential is on cases whose truth is known. */
#ifndef DENS_EVALUATE_VALIDATE_H
#define DENS_EVALUATE_VALIDATE_H

#include "base/text.h"
#include "evaluate/evaluate.h"

typedef struct {
    const Prior *prior;
    const bool *among; /* only cases whose truth is among these; the ranking is restricted to them as well */
    bool without_path;
    Progress *progress;
} ValidateOptions;

/* Runs all case files of the given files and folders. The tree holds: n, skipped (files without a truth,
 * or whose truth lies outside `among` or is left out by the prior), top1, top3, top5, log_loss, brier,
 * calibration_error, mean_confidence (each {value, interval}: 95 % percentile bootstrap, 2000 resamples,
 * fixed seed), reliability (bins of the first diagnosis' probability), diagnoses (per truth), misses (id,
 * truth, rank, probability, first). A case whose truth no ranking can hold is an error. */
Value *validate_cases(const Engine *engine, const char *const *paths, size_t path_count,
                      const ValidateOptions *options, Arena *arena, DensError **err) DENS_MUST_USE;
/* The same as a table for people. */
void validate_text(const Value *outcome, Text *out);

/* Takes each diagnosis out of the knowledge in turn and asks whether its cases are then flagged by "none of
 * these" (`among` is not looked at). The tree holds: n, auc {value, interval}, sensitivity (a list of
 * {false_alarms, value, interval}), none_first_known, none_first_left_out, diagnoses (n, none_first,
 * mean_known, mean_left_out, instead). */
Value *validate_leave_out(const Engine *engine, const char *const *paths, size_t path_count,
                          const ValidateOptions *options, Arena *arena, DensError **err) DENS_MUST_USE;
void validate_leave_out_text(const Value *outcome, Text *out);

#endif
