/* Measurements → findings: each rule turns a measurement into P(measurement | value) over a finding's values
 * and puts it into the case as `measured`. Thresholds are data (knowledge/readings.yaml) with their source;
 * no likelihood ratio exceeds 10. The reader's own value is never touched. */
#ifndef DENS_READING_READING_H
#define DENS_READING_READING_H

#include "document/case.h"
#include "measure/measure.h"

typedef struct Readings Readings;
Readings *readings_load(const char *knowledge_folder, const Vocabulary *vocabulary,
                        DensError **err) DENS_MUST_USE;
void readings_free(Readings *readings);
/* Adds measured findings to the case. */
void readings_apply(const Readings *readings, const MeasurementList *measurements, Case *c);

AUTO_DEFINE(Readings, readings, readings_free)

#endif
