/* Writing beside the place and moving at the end. */
#include "phantom/folder.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool check_target(const char *folder, Arena *arena, DensError **err)
{
    FileKind kind = file_kind(folder);
    if (kind == FILE_REGULAR || kind == FILE_OTHER) {
        return error_input(err, folder, "is a file; the phantom needs a folder");
    }
    const char **names = NULL;
    size_t count = 0;
    if (kind == FILE_FOLDER && !file_list(arena, folder, &names, &count, err)) {
        return false;
    }
    return count == 0 || error_input(err, folder, "the folder is not empty; nothing was written");
}

static void remove_tree(const char *folder, Arena *arena)
{
    const char **files = NULL;
    size_t count = 0;
    DensError *ignored = NULL; /* cleaning up after a failure that is told already */
    if (file_list_tree(arena, folder, 100000, &files, &count, &ignored)) {
        for (size_t i = 0; i < count; i++) {
            (void)unlink(files[i]);
        }
    }
    const char **names = NULL;
    dens_error_free(ignored);
    ignored = NULL;
    if (file_list(arena, folder, &names, &count, &ignored)) { /* the folders of the series, empty now */
        for (size_t i = 0; i < count; i++) {
            (void)rmdir(file_join(arena, folder, names[i]));
        }
    }
    dens_error_free(ignored);
    (void)rmdir(folder);
}

/* Moves the whole study to its place: the folder, or what is in it if the target is there. */
static bool publish(const OutputFolder *p, DensError **err)
{
    const char *target = p->target;
    if (file_kind(target) == FILE_ABSENT) {
        return rename(p->working, target) == 0 ||
               error_set(err, DENS_ERROR_INTERNAL, target, "cannot be made: %s", strerror(errno));
    }
    const char **names = NULL;
    size_t count = 0;
    if (!file_list(p->arena, p->working, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *to = file_join(p->arena, target, names[i]);
        if (rename(file_join(p->arena, p->working, names[i]), to) != 0) {
            return error_set(err, DENS_ERROR_INTERNAL, to, "cannot be made: %s", strerror(errno));
        }
    }
    (void)rmdir(p->working);
    return true;
}

static const char *without_last_slashes(Arena *arena, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    return arena_strndup(arena, folder, length);
}

bool folder_begin(OutputFolder *out, const char *target, Arena *arena, DensError **err)
{
    *out = (OutputFolder){.arena = arena, .target = without_last_slashes(arena, target)};
    if (!check_target(out->target, arena, err)) {
        return false;
    }
    out->working = arena_printf(arena, file_kind(out->target) == FILE_FOLDER ? "%s/.part-%ld" : "%s.part-%ld",
                                out->target, (long)getpid());
    return true;
}

bool folder_end(const OutputFolder *folder, bool good, DensError **err)
{
    good = good && publish(folder, err);
    if (!good) {
        remove_tree(folder->working, folder->arena);
    }
    return good;
}
