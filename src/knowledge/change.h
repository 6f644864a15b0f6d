/* Knowledge that differs from what was loaded: for finding out what happens without a diagnosis, or if other
 * parameters were the true ones. Only on a knowledge of one's own, before anybody else uses it. */
#ifndef DENS_KNOWLEDGE_CHANGE_H
#define DENS_KNOWLEDGE_CHANGE_H

#include "knowledge/knowledge.h"

#include <stdint.h>

/* Takes a diagnosis out: its evidence counts nowhere, in no background either, and no ranking considers it.
 */
void knowledge_leave_out(Knowledge *knowledge, size_t diagnosis);

/* Makes one draw from all Dirichlets of `from` (cells, shares of components, priors) the parameters of
 * `knowledge`, as good as certain: both were loaded from the same folder. Backgrounds and "none of these"
 * stay.
 */
void knowledge_draw(Knowledge *knowledge, const Knowledge *from, uint64_t seed);

#endif
