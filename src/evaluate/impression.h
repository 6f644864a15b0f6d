/* The impression: three lines that a clinician reads first. Inside evaluate/ only. */
#ifndef DENS_EVALUATE_IMPRESSION_H
#define DENS_EVALUATE_IMPRESSION_H

#include "base/value.h"
#include "document/case.h"
#include "infer/infer.h"

/* Adds "impression" (three strings) to a result that already has its alerts and not_assessed. */
void impression_add(const Case *c, const Posterior *posterior, Value *result);

#endif
