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

/* Adds to a list the questions whose answers would move the differential most, at most `most`: findings that
 * the case does not hold and that an examination shows which was done; of history and laboratory too, and of
 * pathology only after a biopsy. Where the case says of no examination that it was done, whatever it does not
 * say was not done. Each with its definition, its gain in bits, the examinations, and what each answer would
 * lead to. */
void questions_add(const NextSteps *steps, const Case *c, const Posterior *posterior, size_t most,
                   Value *list);

AUTO_DEFINE(NextSteps, next_steps, next_steps_free)

#endif
