/* knowledge/repeatability.yaml: how far measurements differ without a change of the lesion, the lines of the
 * response criteria, the rules on what is residual. Read once, checked, then read-only. */
#ifndef DENS_EVALUATE_REPEATABILITY_H
#define DENS_EVALUATE_REPEATABILITY_H

#include "knowledge/knowledge.h"

typedef struct {
    Arena *arena;
    const Value *limits;   /* list */
    const Value *recist;   /* map: the entry of `response` */
    const Value *mda_bone; /* map */
    const Value *residual; /* list */
} Repeatability;

/* Errors: unknown keys, findings, values, diagnoses or sources; limits that are not above 0. */
Repeatability *repeatability_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void repeatability_free(Repeatability *repeatability);
AUTO_DEFINE(Repeatability, repeatability, repeatability_free)

/* The limits of a measurement that was taken from an image of this role; NULL if none was found. */
const Value *repeatability_limits(const Repeatability *repeatability, const char *measurement,
                                  const char *role);

#endif
