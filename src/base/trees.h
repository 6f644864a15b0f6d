/* A table of parsed trees: one flat file, mapped into memory, made when the program is built. It holds the
 * tree of each file under the SHA-256 digest of the file's bytes. So a tree is found only for the very bytes
 * that were parsed, and a table that is older than a file cannot give it a wrong tree. Beside the trees it
 * may hold blocks of bytes for other rooms, each with a stamp that says what it belongs to.
 *
 * Layout, in the byte order of the machine that wrote it (offsets from the start of the file, in bytes):
 *   header   magic, byte order, format, sizes and offsets of the sections, checksum
 *   files    one entry a file, sorted by digest: its digest, its nodes
 *   nodes    in the order of the text, a parent before its children
 *   strings  each ended by NUL
 *   blocks   of the other rooms
 * One checksum in the header is that of the header and the files; another, of nodes and strings, is looked at
 * when the first tree is asked for. The blocks have checks of their own. */
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

/* Maps and checks a table: size, format, byte order, checksum of the header. NULL with an error if it is
 * damaged or was made by another version of the program. Freed after everything that was taken from it. */
Trees *trees_open(const char *path, DensError **err) DENS_MUST_USE;
void trees_free(Trees *trees);
/* The tree of the file with these bytes, made in `arena`; its strings lie in the table. NULL: not held, or
 * damaged, which the watcher is told. */
Value *trees_find(const Trees *trees, const char *digest, Arena *arena);
/* The block of this stamp; NULL if there is none. */
const void *trees_block(const Trees *trees, const char *stamp, size_t *out_bytes);
/* A part of a table is checked when it is used for the first time: a block by those who know what it holds.
 * The watcher is told of the first part that turns out to be damaged, once in the life of the table, from
 * whatever thread meets it; nobody is told without one. It is put there before the table is shared. */
typedef void TreesWatcher(void *context, const char *part);
void trees_watch(Trees *trees, TreesWatcher *watcher, void *context);
void trees_tell_damage(const Trees *trees, const char *part);
/* The file behind the table, which stays open as long as it does, and where in it a block begins: at a
 * multiple of TREES_PAGE, so that it can be mapped by itself. */
int trees_file(const Trees *trees);
size_t trees_offset(const Trees *trees, const void *block);

enum { TREES_PAGE = 4096, TREES_BLOCKS_MAX = 4, TREES_STAMP_BYTES = 256 };
typedef struct {
    const char *stamp;
    const void *bytes;
    size_t size;
} TreesBlock;

bool trees_write(const char *path, const TreesEntry *entries, size_t count, const TreesBlock *blocks,
                 size_t block_count, DensError **err) DENS_MUST_USE;

AUTO_DEFINE(Trees, trees, trees_free)

#endif
