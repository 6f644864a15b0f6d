/* Knowledge that differs from what was loaded: for finding out what happens without a diagnosis, or if other
 * parameters were the true ones. Only on a knowledge of one's own, before anybody else uses it. */
#ifndef DENS_KNOWLEDGE_CHANGE_H
#define DENS_KNOWLEDGE_CHANGE_H

#include "knowledge/knowledge.h"

#include <stdint.h>

/* Takes a diagnosis out: its evidence counts nowhere, in no background either, and no ranking considers it.
 */
void knowledge_leave_out(Knowledge *knowledge, size_t diagnosis);
/* Adds the one prior of a file in the format of priors.yaml, or NULL with an error; its id is the name of the
 * file as given. The sources that it names are those of the knowledge. */
const Prior *knowledge_add_prior(Knowledge *knowledge, const char *path, DensError **err) DENS_MUST_USE;

/* Makes one draw from all Dirichlets of `from` (cells, shares of components, priors) the parameters of
 * `knowledge`, as good as certain: both were loaded from the same folder. Backgrounds and "none of these"
 * stay.
 */
void knowledge_draw(Knowledge *knowledge, const Knowledge *from, uint64_t seed);

#endif
