/* Files and folders. Writing is whole or not at all: a temporary file beside the target, fsync, rename. */
#ifndef DENS_BASE_FILE_H
#define DENS_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { FILE_ABSENT, FILE_REGULAR, FILE_FOLDER, FILE_OTHER } FileKind;

FileKind file_kind(const char *path);
/* Reads a whole file of at most `max_bytes`; NUL-terminated; caller frees. "-" is standard input. */
char *file_read(const char *path, size_t max_bytes, size_t *out_length, DensError **err) DENS_MUST_USE;
bool file_write(const char *path, const char *bytes, size_t length, DensError **err) DENS_MUST_USE;
/* mkdir -p. */
bool file_make_folder(const char *path, DensError **err) DENS_MUST_USE;
/* Sorted names (not paths) of the entries of a folder, without . and ..; both in `arena`. */
bool file_list(Arena *arena, const char *folder, const char ***out_names, size_t *out_count,
               DensError **err) DENS_MUST_USE;
/* All regular files below a path (itself, if it is one), sorted, as paths; symbolic links to folders
 * are not followed; at most `max_files` or an error. */
bool file_list_tree(Arena *arena, const char *path, size_t max_files, const char ***out_paths,
                    size_t *out_count, DensError **err) DENS_MUST_USE;
/* Do both paths lead to one file that is there? */
bool file_same(const char *path, const char *other);
/* Keeps of all paths that lead to one file the first, in the order they have; what is left. */
size_t file_leave_out_repeated(const char **paths, size_t count);
/* Removes a file or a folder with all in it; what is not there is removed already. Links are not followed. */
bool file_remove_tree(const char *path, DensError **err) DENS_MUST_USE;
/* "a/b" from "a" and "b". */
char *file_join(Arena *arena, const char *folder, const char *name);
/* The last part of a path; borrowed from it. */
const char *file_name(const char *path);
bool file_has_suffix(const char *path, const char *suffix); /* letter case does not count */

#endif
