/* Files by their content. A file is copied under tmp/, synced, hashed on the way and renamed into its place,
 * then the folder is synced: it is there whole or not at all, and writing it twice is the same as once. */
#include "store/objects.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 18 };

bool objects_is_name(const char *sha256)
{
    return strlen(sha256) == 64 && strspn(sha256, "0123456789abcdef") == 64;
}

const char *objects_path(const char *folder, const char *sha256, Arena *arena)
{
    return arena_printf(arena, "%s/objects/%.2s/%s", folder, sha256, sha256 + 2);
}

static bool machine(const char *path, DensError **err)
{
    return error_system(err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
}

static bool write_all(int to, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(to, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static bool copy(int from, int to, const char *from_path, const char *to_path, Hash *hash, DensError **err)
{
    char *piece = memory_alloc(PIECE);
    ssize_t got = 0;
    bool good = true;
    while (good && (got = read(from, piece, PIECE)) != 0) {
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            good = error_set(err, DENS_ERROR_INTERNAL, from_path, "cannot be read: %s", strerror(errno));
        } else {
            hash_add(hash, piece, (size_t)got);
            good = write_all(to, piece, (size_t)got) || machine(to_path, err);
        }
    }
    free(piece);
    return good && (fsync(to) == 0 || machine(to_path, err));
}

static bool sync_folder(const char *folder, DensError **err)
{
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = handle >= 0 && fsync(handle) == 0;
    if (handle >= 0) {
        (void)close(handle);
    }
    return good || machine(folder, err);
}

static bool settle(const char *folder, const char *temporary, const char *sha256, Arena *arena,
                   DensError **err)
{
    const char *place = objects_path(folder, sha256, arena);
    const char *parent = arena_strndup(arena, place, strlen(place) - 63);
    if (file_kind(place) == FILE_REGULAR) {
        return unlink(temporary) == 0 || machine(temporary, err);
    }
    bool is_new = file_kind(parent) == FILE_ABSENT;
    if (!file_make_folder(parent, err)) {
        return false;
    }
    if (chmod(temporary, S_IRUSR | S_IRGRP) != 0 || rename(temporary, place) != 0) {
        return machine(place, err);
    }
    return sync_folder(parent, err) &&
           (!is_new || sync_folder(arena_printf(arena, "%s/objects", folder), err));
}

bool objects_put(const char *folder, const char *path, char out_sha256[65], DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char *temporary = arena_printf(arena, "%s/tmp/object-XXXXXX", folder);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return error_input(err, path, "cannot be read: %s", strerror(errno));
    }
    int to = mkostemp(temporary, O_CLOEXEC);
    if (to < 0) {
        (void)machine(temporary, err);
        (void)close(from);
        return false;
    }
    Hash *hash = hash_new();
    bool good = copy(from, to, path, temporary, hash, err);
    hash_finish(hash, out_sha256);
    hash_free(hash);
    (void)close(from);
    good = (close(to) == 0 || !good || machine(temporary, err)) && good;
    good = good && settle(folder, temporary, out_sha256, arena, err);
    if (!good) {
        (void)unlink(temporary);
    }
    return good;
}
