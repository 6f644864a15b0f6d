/* Measurements → findings: each rule turns a measurement into P(measurement | value) over a finding's values
 * and puts it into the case as `measured`. Thresholds are data (knowledge/readings.yaml) with their source;
 * no likelihood ratio exceeds 10. The reader's own value is never touched. */
#ifndef DENS_READING_READING_H
#define DENS_READING_READING_H

#include "document/case.h"
#include "knowledge/knowledge.h"
#include "measure/measure.h"

typedef struct Readings Readings;
/* Reads `folder`/readings.yaml, which may name the findings and the sources of the knowledge; that must
 * outlive what is returned. Errors name file, line, column, the path, what is wrong and the nearest valid
 * name. */
Readings *readings_load(const char *folder, const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
void readings_free(Readings *readings);
/* Adds measured findings to the case; an older measured value of the same finding is replaced. A finding is
 * left as it is if none of its rule's ways has all its measurements, if those contradict each other, or if
 * the number lies outside the vocabulary's range. */
void readings_apply(const Readings *readings, const MeasurementList *measurements, Case *c);

AUTO_DEFINE(Readings, readings, readings_free)

#endif
