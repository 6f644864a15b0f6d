/* What must not be missed, whatever the ranking says: alerts, mimics that are not ranked, and what was not
 * assessed. The conditions are data (knowledge/alerts.yaml). */
#ifndef DENS_ADVICE_ADVICE_H
#define DENS_ADVICE_ADVICE_H

#include "base/value.h"
#include "document/case.h"
#include "infer/infer.h"
#include "knowledge/knowledge.h"

typedef struct Advice Advice;

/* Reads `alerts.yaml` of the knowledge's folder. Errors name file, line, column and the nearest valid name.
 */
Advice *advice_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void advice_free(Advice *advice);

/* Adds "alerts", "not_assessed" and "mimics_to_consider" to a result, alerts by urgency. A value that is
 * hedged or measured at 10 % or more counts as possible. The keys of all sources that are cited are added to
 * `cited` (a map from key to true). */
void advice_add(const Advice *advice, const Case *c, const Posterior *posterior, Value *result, Value *cited);

AUTO_DEFINE(Advice, advice, advice_free)

#endif
