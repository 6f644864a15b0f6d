/* Files and folders. Paths are the user's own words and are named in every error. Whose fault an error is:
 * a machine that cannot (full, broken, out of descriptors) is internal, a path that we cannot write to is the
 * call's, and what we cannot read is the input's. */
#include "base/file.h"

#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Errors ---- */

static bool is_machines_fault(int reason)
{
    static const int reasons[] = {ENOSPC, EDQUOT, EFBIG, EIO, ENOMEM, EMFILE, ENFILE};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reason == reasons[i]) {
            return true;
        }
    }
    return false;
}

/* `what` is "cannot be opened" or the like. */
static bool fail(DensError **err, DensErrorCode code, const char *path, const char *what, int reason)
{
    return error_system(err, is_machines_fault(reason) ? DENS_ERROR_INTERNAL : code, path, what, reason);
}

/* ---- Looking ---- */

static FileKind kind_of_mode(mode_t mode)
{
    return S_ISREG(mode) ? FILE_REGULAR : S_ISDIR(mode) ? FILE_FOLDER : FILE_OTHER;
}

FileKind file_kind(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? kind_of_mode(info.st_mode) : FILE_ABSENT;
}

bool file_same(const char *path, const char *other)
{
    struct stat one, two;
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

typedef struct {
    bool there;
    dev_t device;
    ino_t number;
    size_t at;
} Place;

static int compare_places(const void *a, const void *b)
{
    const Place *one = a, *two = b;
    if (one->device != two->device) {
        return one->device < two->device ? -1 : 1;
    }
    if (one->number != two->number) {
        return one->number < two->number ? -1 : 1;
    }
    return one->at < two->at ? -1 : one->at > two->at;
}

size_t file_leave_out_repeated(const char **paths, size_t count)
{
    Place *places = memory_array(count + 1, sizeof *places);
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        bool there = stat(paths[i], &info) == 0;
        places[i] = (Place){there, there ? info.st_dev : 0, there ? info.st_ino : 0, i};
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 1; i < count; i++) {
        const Place *before = &places[i - 1], *own = &places[i];
        if (own->there && before->there && own->device == before->device && own->number == before->number) {
            paths[own->at] = NULL;
        }
    }
    free(places);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (paths[i]) {
            paths[kept++] = paths[i];
        }
    }
    return kept;
}

/* ---- Reading ---- */

/* Reads to the end into a growing block of at most max_bytes + 1 and the terminator; one byte more than
 * allowed is how a stream shows that it is too long. NULL with an error on failure. */
static char *read_all(int file, const char *path, size_t expected, size_t max_bytes, size_t *out_length,
                      DensError **err)
{
    size_t capacity = expected + 2, length = 0; /* one to see the end by, one for the terminator */
    char *bytes = malloc(capacity);
    while (bytes) {
        ssize_t got = read(file, bytes + length, capacity - 1 - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail(err, DENS_ERROR_INPUT, path, "cannot be read", errno);
            break;
        }
        length += (size_t)got;
        if (length > max_bytes) {
            error_input(err, path, "is longer than the %zu bytes that are allowed", max_bytes);
            break;
        }
        if (got == 0) {
            bytes[length] = '\0';
            *out_length = length;
            return bytes;
        }
        if (length == capacity - 1) {
            capacity *= 2;
            char *grown = realloc(bytes, capacity);
            if (!grown) {
                error_no_memory(err);
                break;
            }
            bytes = grown;
        }
    }
    if (!bytes) {
        error_no_memory(err);
    }
    free(bytes);
    return NULL;
}

static char *read_open(int file, const char *path, size_t max_bytes, size_t *out_length, DensError **err)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        fail(err, DENS_ERROR_INPUT, path, "cannot be looked at", errno);
        return NULL;
    }
    if (S_ISDIR(info.st_mode)) {
        error_input(err, path, "is a folder; a file is expected");
        return NULL;
    }
    size_t size = S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size : 0;
    if (size > max_bytes) {
        error_input(err, path, "has %zu bytes; at most %zu are allowed", size, max_bytes);
        return NULL;
    }
    return read_all(file, path, size > 0 ? size : 4096, max_bytes, out_length, err);
}

char *file_read(const char *path, size_t max_bytes, size_t *out_length, DensError **err)
{
    if (max_bytes > SIZE_MAX / 4) {
        max_bytes = SIZE_MAX / 4; /* room for the doubling in read_all() */
    }
    if (strcmp(path, "-") == 0) {
        return read_open(STDIN_FILENO, "standard input", max_bytes, out_length, err);
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        fail(err, DENS_ERROR_INPUT, path, "cannot be opened", errno);
        return NULL;
    }
    char *bytes = read_open(file, path, max_bytes, out_length, err);
    (void)close(file); /* was only read */
    return bytes;
}

/* ---- Writing ---- */

enum { TEMPORARY_NAMES = 10000 };

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t put = write(file, bytes, length);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return false;
        }
        bytes += put;
        length -= (size_t)put;
    }
    return true;
}

/* The part of a path before its last component, as a folder that can be opened. */
static char *folder_of(Arena *arena, const char *path)
{
    size_t length = (size_t)(file_name(path) - path);
    return length == 0 ? arena_strdup(arena, ".") : arena_strndup(arena, path, length);
}

typedef struct {
    int file;
    char *path; /* NULL: the file has no name yet, and a process that is killed leaves nothing behind */
} Temporary;

/* The next name in `folder`. It is short whatever the target's is, and made of what no two writers share, or
 * else the next number is tried. */
static char *temporary_path(Arena *arena, const char *folder, unsigned attempt)
{
    return file_join(arena, folder, arena_printf(arena, ".dens-%ld-%u.tmp", (long)getpid(), attempt));
}

/* Opens a new file in `folder`, without a name where the file system can do that. */
static Temporary open_temporary(Arena *arena, const char *folder, bool named)
{
    Temporary out = {named ? -1 : open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666), NULL};
    for (unsigned attempt = 0; attempt < TEMPORARY_NAMES && out.file < 0; attempt++) {
        out.path = temporary_path(arena, folder, attempt);
        out.file = open(out.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out.file < 0 && errno != EEXIST) {
            break;
        }
    }
    return out;
}

/* Gives a file that has none a name in its folder; false with errno set. */
static bool name_temporary(Arena *arena, const char *folder, Temporary *t)
{
    const char *handle = arena_printf(arena, "/proc/self/fd/%d", t->file);
    bool named = t->path != NULL;
    for (unsigned attempt = 0; attempt < TEMPORARY_NAMES && !named; attempt++) {
        char *path = temporary_path(arena, folder, attempt);
        named = linkat(AT_FDCWD, handle, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
        t->path = named ? path : NULL;
        if (!named && errno != EEXIST) {
            break;
        }
    }
    return named;
}

/* Writes what the temporary file is to hold; false with errno set. */
static bool fill_temporary(int file, const char *bytes, size_t length, const struct stat *replaced)
{
    return (!replaced || fchmod(file, replaced->st_mode & 07777) == 0) && write_all(file, bytes, length) &&
           fsync(file) == 0;
}

/* Puts the written file in the place of `path` and closes it in any case; false with errno set. */
static bool put_temporary(Arena *arena, const char *folder, Temporary *t, const char *path)
{
    bool ok = name_temporary(arena, folder, t);
    int reason = errno;
    if (close(t->file) != 0 && ok) { /* some file systems tell of a full disk only here */
        return false;
    }
    errno = reason;
    return ok && rename(t->path, path) == 0;
}

/* Closes and forgets a file that could not be written; errno stays. */
static void drop_temporary(const Temporary *t, bool closed)
{
    int reason = errno;
    if (!closed) {
        (void)close(t->file);
    }
    if (t->path) {
        (void)unlink(t->path);
    }
    errno = reason;
}

/* Writes `path` beside it and puts it in place; false with errno set. */
static bool write_beside(const char *path, const char *folder, const char *bytes, size_t length,
                         const struct stat *replaced, bool named)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Temporary t = open_temporary(arena, folder, named);
    if (t.file < 0) {
        return false;
    }
    bool filled = fill_temporary(t.file, bytes, length, replaced);
    if (filled && put_temporary(arena, folder, &t, path)) {
        return true;
    }
    drop_temporary(&t, filled);
    return false;
}

/* The rename itself is lasting only when the folder is written. Some file systems cannot do that for a folder
 * and say EINVAL; there is nothing better to be had from them. */
static bool sync_folder(const char *folder)
{
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) {
        return errno == EACCES; /* a folder to write into but not to read */
    }
    bool ok = fsync(handle) == 0 || errno == EINVAL;
    int reason = errno;
    (void)close(handle);
    errno = reason;
    return ok;
}

/* A device or a pipe cannot be replaced; it is written to. */
static bool write_in_place(const char *path, const char *bytes, size_t length, DensError **err)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = file >= 0 && write_all(file, bytes, length);
    int reason = errno;
    if (file >= 0 && close(file) != 0 && ok) {
        ok = false;
        reason = errno;
    }
    return ok || fail(err, DENS_ERROR_USAGE, path, "cannot be written", reason);
}

bool file_write(const char *path, const char *bytes, size_t length, DensError **err)
{
    struct stat before;
    bool exists = stat(path, &before) == 0;
    if (exists && S_ISDIR(before.st_mode)) {
        return error_set(err, DENS_ERROR_USAGE, path, "is a folder; a file is to be written");
    }
    if (exists && !S_ISREG(before.st_mode)) {
        return write_in_place(path, bytes, length, err);
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *folder = folder_of(arena, path);
    const struct stat *replaced = exists ? &before : NULL;
    bool ok = write_beside(path, folder, bytes, length, replaced, false);
    if (!ok && (errno == ENOENT || errno == EPERM || errno == EXDEV)) { /* no /proc to name a file by */
        ok = write_beside(path, folder, bytes, length, replaced, true);
    }
    if (!ok) {
        return fail(err, DENS_ERROR_USAGE, path, "cannot be written", errno);
    }
    return sync_folder(folder) || fail(err, DENS_ERROR_USAGE, path, "may not be on the disk yet", errno);
}

static bool make_one(const char *path, DensError **err)
{
    if (mkdir(path, 0777) == 0) {
        return true;
    }
    int reason = errno;
    switch (file_kind(path)) {
    case FILE_FOLDER:
        return true;
    case FILE_ABSENT:
        return fail(err, DENS_ERROR_USAGE, path, "the folder cannot be made", reason);
    default:
        return error_set(err, DENS_ERROR_USAGE, path, "exists and is not a folder");
    }
}

bool file_make_folder(const char *path, DensError **err)
{
    if (!*path) {
        return error_set(err, DENS_ERROR_USAGE, NULL, "the name of a folder is empty");
    }
    char *part = memory_strdup(path);
    bool ok = true;
    for (char *slash = strchr(part + 1, '/'); slash && ok; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ok = make_one(part, err);
        *slash = '/';
    }
    ok = ok && make_one(part, err);
    free(part);
    return ok;
}

/* ---- Listing ---- */

typedef struct {
    const char **items;
    size_t count, capacity;
} Names;

static void names_add(Names *names, const char *item)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 32;
        names->items = memory_resize(names->items, names->capacity, sizeof names->items[0]);
    }
    names->items[names->count++] = item;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the names and hands them over to the arena. */
static void names_finish(Names *names, Arena *arena, const char ***out_items, size_t *out_count)
{
    *out_items = arena_array(arena, names->count, sizeof names->items[0]);
    *out_count = names->count;
    if (names->count > 0) {
        qsort(names->items, names->count, sizeof names->items[0], compare_names);
        memcpy(*out_items, names->items, names->count * sizeof names->items[0]);
    }
    free(names->items);
}

bool file_list(Arena *arena, const char *folder, const char ***out_names, size_t *out_count, DensError **err)
{
    DIR *stream = opendir(folder);
    if (!stream) {
        return fail(err, DENS_ERROR_INPUT, folder, "the folder cannot be opened", errno);
    }
    Names names = {NULL, 0, 0};
    errno = 0;
    for (const struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            names_add(&names, arena_strdup(arena, entry->d_name));
        }
        errno = 0;
    }
    int reason = errno; /* readdir() tells its end from a failure only so */
    (void)closedir(stream);
    if (reason != 0) {
        free(names.items);
        return fail(err, DENS_ERROR_INPUT, folder, "the folder cannot be read", reason);
    }
    names_finish(&names, arena, out_names, out_count);
    return true;
}

typedef struct {
    Arena *arena;
    const char *root;
    size_t max_files;
    Names files;
} Tree;

/* PATH_MAX bounds the depth: a path beyond it cannot be looked at. */
static bool add_tree(Tree *tree, const char *path, DensError **err)
{
    struct stat link, info;
    if (lstat(path, &link) != 0) {
        return fail(err, DENS_ERROR_INPUT, path, "cannot be looked at", errno);
    }
    bool is_root = path == tree->root;
    info = link;
    if (S_ISLNK(link.st_mode) && stat(path, &info) != 0) {
        return !is_root || fail(err, DENS_ERROR_INPUT, path, "cannot be looked at", errno);
    }
    if (S_ISREG(info.st_mode)) {
        if (tree->files.count == tree->max_files) {
            return error_input(err, tree->root, "holds more than %zu files", tree->max_files);
        }
        names_add(&tree->files, path);
        return true;
    }
    if (!S_ISDIR(info.st_mode) || (S_ISLNK(link.st_mode) && !is_root)) {
        return true;
    }
    const char **names = NULL;
    size_t count = 0;
    bool ok = file_list(tree->arena, path, &names, &count, err);
    for (size_t i = 0; i < count && ok; i++) {
        ok = add_tree(tree, file_join(tree->arena, path, names[i]), err);
    }
    return ok;
}

bool file_list_tree(Arena *arena, const char *path, size_t max_files, const char ***out_paths,
                    size_t *out_count, DensError **err)
{
    Tree tree = {arena, path, max_files, {NULL, 0, 0}};
    if (!add_tree(&tree, path, err)) {
        free(tree.files.items);
        return false;
    }
    names_finish(&tree.files, arena, out_paths, out_count);
    return true;
}

/* ---- Removing ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

bool file_remove_tree(const char *path, DensError **err)
{
    enum { MOST_OPEN = 16 };
    struct stat info;
    if (lstat(path, &info) != 0 && errno == ENOENT) {
        return true;
    }
    return nftw(path, remove_one, MOST_OPEN, FTW_DEPTH | FTW_PHYS) == 0 ||
           fail(err, DENS_ERROR_USAGE, path, "cannot be removed", errno);
}

/* ---- Names ---- */

char *file_join(Arena *arena, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const char *between = length > 0 && folder[length - 1] != '/' ? "/" : "";
    return arena_printf(arena, "%s%s%s", folder, between, name);
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool file_has_suffix(const char *path, const char *suffix)
{
    size_t path_length = strlen(path), suffix_length = strlen(suffix);
    return path_length >= suffix_length && strcasecmp(path + path_length - suffix_length, suffix) == 0;
}
