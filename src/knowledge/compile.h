/* The knowledge as a table of parsed trees (base/trees.h), made when the program is built. */
#ifndef DENS_KNOWLEDGE_COMPILE_H
#define DENS_KNOWLEDGE_COMPILE_H

#include "knowledge/knowledge.h"

/* Writes the trees of every YAML file below the knowledge's folder, and beside them a block of bytes that
 * belongs to this version of the knowledge. */
bool knowledge_compile(const Knowledge *knowledge, const char *path, const void *block, size_t block_bytes,
                       DensError **err) DENS_MUST_USE;

#endif
