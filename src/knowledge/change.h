/* Knowledge that differs from what was loaded: for finding out what happens without a diagnosis, or if other
 * parameters were the true ones. Only on a knowledge of one's own, before anybody else uses it. */
#ifndef DENS_KNOWLEDGE_CHANGE_H
#define DENS_KNOWLEDGE_CHANGE_H

#include "knowledge/knowledge.h"

/* Takes a diagnosis out: its evidence counts nowhere, in no background either, and no ranking considers it.
 */
void knowledge_leave_out(Knowledge *knowledge, size_t diagnosis);

#endif
