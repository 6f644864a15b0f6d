/* The result document (dens-result/1): a Value tree that evaluate/ builds and report/ draws. */
#ifndef DENS_DOCUMENT_RESULT_H
#define DENS_DOCUMENT_RESULT_H

#include "base/error.h"
#include "base/value.h"

#include <stdbool.h>

/* Checks that a tree is a dens-result/1 as the format says: keys and types, probabilities that add up to 1,
 * intervals in order, a measurement with value or missing and never both, none_of_these in the ranking. */
bool result_check(const Value *result, const char *where, DensError **err) DENS_MUST_USE;
Value *result_read(Arena *arena, const char *path, DensError **err) DENS_MUST_USE;

#endif
