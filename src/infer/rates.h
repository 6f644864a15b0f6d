/* How often a finding gets reported once its examination was done: counts over the coded cases
 * (knowledge/report_rates.yaml). */
#ifndef DENS_INFER_RATES_H
#define DENS_INFER_RATES_H

#include "knowledge/knowledge.h"

typedef struct Rates Rates;

/* Reads `report_rates.yaml` of the knowledge's folder. A finding without a line was named in no case.
 * Errors name file, line and column. */
Rates *rates_load(const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void rates_free(Rates *rates);
/* (named + 1) / (cases + 2): never 0 or 1. */
double rates_of(const Rates *rates, const Finding *finding);
/* The share of all cases in which the finding's examination was done; findings of one section with the same
 * share were counted together. */
double rates_done(const Rates *rates, const Finding *finding);

AUTO_DEFINE(Rates, rates, rates_free)

#endif
