/* What the ways of validating share: inside evaluate/ only. */
#ifndef DENS_EVALUATE_OUTCOMES_H
#define DENS_EVALUATE_OUTCOMES_H

#include "evaluate/validate.h"

/* What the ranking of one case did with its truth. */
typedef struct {
    const char *id;
    size_t truth, first;
    size_t rank; /* of the truth, 1 = first */
    double truth_probability, confidence, brier;
    const char *because; /* of a miss: the signs that speak most for the first against the truth */
} Outcome;

/* The JSON files below the paths; a file that is named itself may have any name. None at all is an error. */
bool outcomes_list_cases(const char *const *paths, size_t path_count, Arena *arena, const char ***out,
                         size_t *out_count, DensError **err) DENS_MUST_USE;
/* The index of the truth; -1 if the case has none or lies outside `among`; -2 on an error. */
int outcomes_truth(const Engine *engine, const Case *c, const char *path, const ValidateOptions *options,
                   DensError **err);
/* Ranks one case; *used is false if its truth is not among what is ranked. `path` names one without an id. */
void outcomes_rank(const Engine *engine, const Case *c, const char *path, size_t truth,
                   const ValidateOptions *options, Arena *arena, Outcome *out, bool *used);
/* Adds top1, top3, top5, log_loss, brier, calibration_error and mean_confidence with their intervals. */
void outcomes_metrics(Value *map, const Outcome *outcomes, size_t n);

#endif
