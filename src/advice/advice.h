/* What must not be missed, whatever the ranking says, and what to think of next: alerts, what was not
 * assessed, mimics that are not ranked, the contradiction between imaging and histology, what the tests of
 * pathology can and cannot do, and considerations on management. All conditions, texts and sources are data:
 * alerts.yaml, mimics.yaml, pathology.yaml and management.yaml of the knowledge's folder. */
#ifndef DENS_ADVICE_ADVICE_H
#define DENS_ADVICE_ADVICE_H

#include "base/value.h"
#include "document/case.h"
#include "infer/infer.h"
#include "knowledge/knowledge.h"

typedef struct Advice Advice;

/* Reads the four files. Errors name file, line, column and what would be right. The knowledge must outlive
 * the advice. */
Advice *advice_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void advice_free(Advice *advice);

typedef struct {
    const Case *c;
    const Posterior *posterior;
    bool without_path; /* the posterior was computed without pathology: it counts as not known here, too */
} AdviceInput;

/* Adds "alerts" (by urgency), "not_assessed", "mimics_to_consider", "pathology_advice" and "management" to a
 * result; its "scores", if there are any by then, are what conditions on scores are held against. A value
 * that is hedged or measured at 10 % or more counts as possible, and the alert says so. The keys of all
 * sources that are cited are added to `cited` (a map from key to true). */
void advice_add(const Advice *advice, const AdviceInput *input, Value *result, Value *cited);

/* What may be considered if it is this diagnosis, whatever was found: adds to `list` maps of topic, text,
 * sources (their names), and conditional where it depends on the findings. */
void advice_describe_management(const Advice *advice, size_t diagnosis, Value *list);

AUTO_DEFINE(Advice, advice, advice_free)

#endif
