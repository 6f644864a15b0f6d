/* The next examination: what each is expected to add against what it costs, the rules of experience that
 * stand above the numbers, and what to think of before a biopsy. All of it is data:
 * knowledge/examinations.yaml. Method: docs/inference.md. */
#ifndef DENS_ADVICE_NEXT_STEPS_H
#define DENS_ADVICE_NEXT_STEPS_H

#include "base/value.h"
#include "document/case.h"
#include "infer/infer.h"
#include "knowledge/knowledge.h"

typedef struct NextSteps NextSteps;

/* Reads `examinations.yaml` of the knowledge's folder. Errors name file, line, column and the nearest valid
 * name. */
NextSteps *next_steps_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void next_steps_free(NextSteps *steps);

/* Adds "next" and "warnings_before_biopsy" to a result. An examination that the case marks complete is not
 * proposed. The keys of all sources that are cited are added to `cited` (a map from key to true). */
void next_steps_add(const NextSteps *steps, const Case *c, const Posterior *posterior, Value *result,
                    Value *cited);

AUTO_DEFINE(NextSteps, next_steps, next_steps_free)

#endif
