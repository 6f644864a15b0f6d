/* A table of parsed trees: one flat file, mapped into memory, made when the program is built. It holds the
 * tree of each file under the SHA-256 digest of the file's bytes. So a tree is found only for the very bytes
 * that were parsed, and a table that is older than a file cannot give it a wrong tree. Beside the trees it
 * may hold one block of bytes for another room, with a stamp that says what it belongs to.
 *
 * Layout, in the byte order of the machine that wrote it (offsets from the start of the file, in bytes):
 *   header   magic, byte order, format, sizes and offsets of the sections, checksum
 *   files    one entry a file, sorted by digest: its digest, its nodes
 *   nodes    in the order of the text, a parent before its children
 *   strings  each ended by NUL
 *   block    of the other room
 * The checksum in the header is that of the header (without it), files, nodes and strings. The block has
 * checks of its own, as most of it is never looked at. */
#ifndef DENS_BASE_TREES_H
#define DENS_BASE_TREES_H

#include "base/error.h"
#include "base/value.h"

#include <stddef.h>

typedef struct Trees Trees;

typedef struct {
    char digest[65]; /* of the file's bytes */
    const Value *root;
} TreesEntry;

/* Maps and checks a table: size, format, byte order, checksum. NULL with an error if it is damaged or was
 * made by another version of the program. Freed after everything that was taken from it. */
Trees *trees_open(const char *path, DensError **err) DENS_MUST_USE;
void trees_free(Trees *trees);
/* The tree of the file with these bytes, made in `arena`; its strings lie in the table. NULL: not held. */
Value *trees_find(const Trees *trees, const char *digest, Arena *arena);
/* The block, if its stamp is this one; else NULL. Aligned to 64 bytes. */
const void *trees_block(const Trees *trees, const char *stamp, size_t *out_bytes);

bool trees_write(const char *path, const TreesEntry *entries, size_t count, const char *stamp,
                 const void *block, size_t block_bytes, DensError **err) DENS_MUST_USE;

AUTO_DEFINE(Trees, trees, trees_free)

#endif
