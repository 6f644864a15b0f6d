/* What the parts of a comparison share: inside evaluate/ only. */
#ifndef DENS_EVALUATE_COMPARE_PARTS_H
#define DENS_EVALUATE_COMPARE_PARTS_H

#include "evaluate/repeatability.h"

typedef struct {
    const Repeatability *data;
    const Knowledge *knowledge;
    const Vocabulary *vocabulary;
    const Value *before, *after; /* results */
    Arena *arena;
    Value *out;   /* the comparison */
    Value *cited; /* map: keys of sources that are named */
} Comparison;

/* Each adds its key to the comparison. Responses and residuals look at the measurements. */
void compare_measurements(Comparison *c);
void compare_response(Comparison *c);
void compare_residual(Comparison *c);
void compare_findings(Comparison *c);
void compare_differential(Comparison *c);
void compare_alerts(Comparison *c);

/* The item of a list whose `key` is `id`, or NULL. */
const Value *compare_find(const Value *list, const char *key, const char *id);
/* The one value that was read of a finding; NULL if it is open, hedged or only measured. */
const char *compare_read_value(const Value *result, const char *finding);
/* Copies a list of source keys to map.sources and marks them as cited. */
void compare_cite(Comparison *c, Value *map, const Value *sources);
/* Of the measurements named in a list: how many could be judged, and how many went beyond published
 * repeatability upwards or downwards. */
typedef struct {
    size_t judged, grown, shrunk;
} CompareSizes;
CompareSizes compare_sizes(const Comparison *c, const Value *names);

#endif
