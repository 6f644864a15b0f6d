/* The knowledge as a table of parsed trees (base/trees.h), made when the program is built. */
#ifndef DENS_KNOWLEDGE_COMPILE_H
#define DENS_KNOWLEDGE_COMPILE_H

#include "base/trees.h"
#include "knowledge/knowledge.h"

/* Writes the trees of every YAML file below the knowledge's folder, and beside them what other rooms make of
 * it. */
bool knowledge_compile(const Knowledge *knowledge, const char *path, const TreesBlock *blocks,
                       size_t block_count, DensError **err) DENS_MUST_USE;

#endif
