/* The node's folder. The order of the steps is what keeps it whole: bytes, name, fsync, answer.
 *
 * A new object's bytes are written out (sync_file_range), then it gets its name, then file and folder are
 * synced. A file system with a journal (ext4, XFS) writes that down once: the first fsync takes the name
 * along and the second finds nothing left to do, where an fsync on either side of the rename costs two. What
 * a loss of power can leave of an object that was not answered yet is its whole file, no file, or, where the
 * file system orders bytes and names in no way, a damaged one; its sender sends it again. An object that
 * takes the place of another is synced first: what was answered before is never at stake. */
#include "node/spool.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 200000, COMPARED_BYTES = 64 * 1024, MOST_TITLE_BYTES = 64 };

static bool fail(DensError **err, const char *path, const char *what)
{
    const char *text = strerrordesc_np(errno);
    return error_set(err, DENS_ERROR_INTERNAL, path, "%s: %s", what, text ? text : "unknown reason");
}

/* ---- Names ---- */

void spool_key(const char *uid, char out[SPOOL_KEY])
{
    char hash[65];
    Hash *sha = hash_new();
    hash_add(sha, uid, strlen(uid));
    hash_finish(sha, hash);
    hash_free(sha);
    (void)snprintf(out, SPOOL_KEY, "%.32s", hash);
}

char *spool_incoming(Arena *arena, const char *folder)
{
    return file_join(arena, folder, "incoming");
}

char *spool_studies(Arena *arena, const char *folder)
{
    return file_join(arena, folder, "studies");
}

char *spool_study(Arena *arena, const char *folder, const char *key)
{
    return file_join(arena, spool_studies(arena, folder), key);
}

/* ---- Opening ---- */

/* The process that wrote ".in-PID-NUMBER" may live on if the node before us was killed. */
static bool is_abandoned(const char *name)
{
    const char *digits = strncmp(name, ".in-", 4) == 0 ? name + 4 : "";
    long pid = strtol(digits, NULL, 10);
    return pid <= 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

static bool sweep(Arena *arena, const char *incoming, DensError **err)
{
    const char **names = NULL;
    size_t count = 0;
    if (!file_list(arena, incoming, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_abandoned(names[i]) && unlink(file_join(arena, incoming, names[i])) != 0) {
            return fail(err, incoming, "an unfinished object cannot be removed");
        }
    }
    return true;
}

int spool_open(const char *folder, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *path = file_join(arena, folder, "lock");
    if (!file_make_folder(folder, err)) {
        return -1;
    }
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        error_set(err, DENS_ERROR_USAGE, folder, "cannot be written to: %s", strerrordesc_np(errno));
        return -1;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        error_set(err, DENS_ERROR_USAGE, folder, "another node works in this folder");
        (void)close(lock);
        return -1;
    }
    if (!file_make_folder(spool_incoming(arena, folder), err) ||
        !file_make_folder(spool_studies(arena, folder), err) ||
        !sweep(arena, spool_incoming(arena, folder), err)) {
        (void)close(lock);
        return -1;
    }
    return lock;
}

/* ---- Keeping ---- */

static bool sync_folder(const char *path, DensError **err)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && fsync(folder) == 0;
    if (!good) {
        (void)fail(err, path, "the folder may not be on the disk yet");
    }
    if (folder >= 0) {
        (void)close(folder);
    }
    return good;
}

static bool sync_file(const char *path, DensError **err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;
    if (!good) {
        (void)fail(err, path, "the object may not be on the disk yet");
    }
    if (file >= 0) {
        (void)close(file);
    }
    return good;
}

/* The bytes go to the disk, without its own memory being emptied; false with errno set. */
static bool write_out(int file)
{
    const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (sync_file_range(file, 0, 0, all) == 0) {
        return true;
    }
    return (errno == ENOSYS || errno == EINVAL || errno == ESPIPE) && fsync(file) == 0;
}

/* Gives an object its name, with both on the disk. On failure nothing stands under a name that was free. */
static bool place_synced(const char *path, const char *target, const char *folder, DensError **err)
{
    bool was_free = file_kind(target) == FILE_ABSENT;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail(err, target, "the object cannot be put in its place");
    }
    if (!(was_free ? write_out(file) : fsync(file) == 0)) {
        (void)fail(err, path, "the object may not be on the disk yet");
    } else if (rename(path, target) != 0) {
        (void)fail(err, target, "the object cannot be put in its place");
    } else if (fsync(file) == 0 && sync_folder(folder, err)) {
        return close(file) == 0 || fail(err, target, "the object may not be on the disk yet");
    } else {
        bool told = err && *err;
        (void)(told || fail(err, target, "the object may not be on the disk yet"));
        (void)(was_free && unlink(target) == 0);
    }
    (void)close(file);
    return false;
}

/* A folder, and its name on the disk. Another process may make it at the same time. */
static bool make_folder(const char *parent, const char *path, bool sync, DensError **err)
{
    if (mkdir(path, 0777) == 0) {
        return !sync || sync_folder(parent, err);
    }
    return errno == EEXIST || fail(err, path, "the folder cannot be made");
}

static bool same_bytes(const char *a, const char *b)
{
    FILE *one = fopen(a, "rb"), *two = fopen(b, "rb");
    bool same = one && two;
    while (same) {
        static _Thread_local char left[COMPARED_BYTES], right[COMPARED_BYTES];
        size_t got = fread(left, 1, sizeof left, one), other = fread(right, 1, sizeof right, two);
        same = got == other && memcmp(left, right, got) == 0 && !ferror(one) && !ferror(two);
        if (got < sizeof left) {
            break;
        }
    }
    if (one) {
        (void)fclose(one);
    }
    if (two) {
        (void)fclose(two);
    }
    return same;
}

static bool touch(const char *path, DensError **err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    bool good = file >= 0 && futimens(file, NULL) == 0;
    if (!good) {
        (void)fail(err, path, "cannot be touched");
    }
    if (file >= 0) {
        (void)close(file);
    }
    return good;
}

/* What dens itself makes of a study: to evaluate its own words would never end. */
static bool is_own(const DicomArrived *object)
{
    return strcmp(object->manufacturer, "dens") == 0 &&
           (strcmp(object->modality, "SEG") == 0 || strcmp(object->modality, "SR") == 0 ||
            strcmp(object->modality, "DOC") == 0);
}

/* An object that is in its place already, and all above it: who put it there may have been killed before the
 * folder was on the disk, or was a node that does not wait for the disk. */
static bool sync_place(const char *target, const char *folder, const char *all, const char *study,
                       const char *studies, DensError **err)
{
    return sync_file(target, err) && sync_folder(folder, err) && (folder == all || sync_folder(all, err)) &&
           sync_folder(study, err) && sync_folder(studies, err);
}

/* Who sent it, once for each: a file for each title, so that several associations need not wait for each
 * other. */
static bool note_caller(const char *study, const char *title, bool sync, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char key[SPOOL_KEY];
    const char *folder = file_join(arena, study, "callers");
    spool_key(title, key);
    const char *path = file_join(arena, folder, key);
    if (!title[0] || file_kind(path) == FILE_REGULAR) {
        return true;
    }
    if (!make_folder(study, folder, sync, err)) {
        return false;
    }
    const char *beside = arena_printf(arena, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(beside, "wbe");
    bool good = file && fputs(title, file) >= 0;
    good = (!file || fclose(file) == 0) && good;
    if (!good || (sync && !sync_file(beside, err)) || rename(beside, path) != 0) {
        bool told = err && *err;
        (void)(told || fail(err, path, "the caller cannot be noted"));
        (void)unlink(beside);
        return false;
    }
    return !sync || sync_folder(folder, err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool spool_callers(const char *study, Arena *arena, const char *const **out, size_t *out_count,
                   DensError **err)
{
    const char *folder = file_join(arena, study, "callers"), **names = NULL;
    *out = NULL;
    *out_count = 0;
    if (file_kind(folder) == FILE_ABSENT) {
        return true;
    }
    if (!file_list(arena, folder, &names, out_count, err)) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < *out_count; i++) {
        size_t length = 0;
        if (strlen(names[i]) != SPOOL_KEY - 1) {
            continue; /* one that was not written whole */
        }
        char *title = file_read(file_join(arena, folder, names[i]), MOST_TITLE_BYTES, &length, err);
        if (!title) {
            return false;
        }
        names[count] = arena_strndup(arena, title, length);
        count += length > 0;
        free(title);
    }
    if (count > 0) {
        qsort(names, count, sizeof *names, by_text);
    }
    *out = names;
    *out_count = count;
    return true;
}

static DicomKeeping keep(const char *spool, const DicomArrived *object, const char *path, bool sync,
                         DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char key[SPOOL_KEY], series[SPOOL_KEY], instance[SPOOL_KEY];
    spool_key(object->study_uid, key);
    spool_key(object->series_uid, series);
    spool_key(object->instance_uid, instance);
    const char *studies = spool_studies(arena, spool), *study = file_join(arena, studies, key);
    const char *all = file_join(arena, study, is_own(object) ? "own" : "series");
    const char *folder = is_own(object) ? all : file_join(arena, all, series);
    const char *target = file_join(arena, folder, arena_printf(arena, "%s.dcm", instance));
    bool good = make_folder(studies, study, sync, err) && make_folder(study, all, sync, err) &&
                (folder == all || make_folder(all, folder, sync, err)) &&
                (is_own(object) || note_caller(study, object->calling, sync, err));
    if (good && same_bytes(path, target)) {
        good = !sync || sync_place(target, folder, all, study, studies, err);
    } else if (good) {
        good = sync ? place_synced(path, target, folder, err)
                    : rename(path, target) == 0 || fail(err, target, "the object cannot be put in its place");
    }
    good = good && (is_own(object) || touch(file_join(arena, study, "received"), err));
    return good ? DICOM_KEPT : DICOM_NO_ROOM;
}

DicomKeeping spool_keep(void *context, const DicomArrived *object, const char *path, DensError **err)
{
    return keep(context, object, path, true, err);
}

DicomKeeping spool_keep_unsynced(void *context, const DicomArrived *object, const char *path, DensError **err)
{
    return keep(context, object, path, false, err);
}

/* ---- What was sent ---- */

static char *sent_name(Arena *arena, const char *study, unsigned evaluation, const char *peer,
                       const char *file)
{
    return file_join(arena, file_join(arena, study, "sent"),
                     arena_printf(arena, "%u.%s.%s", evaluation, peer, file));
}

bool spool_was_sent(const char *study, unsigned evaluation, const char *peer, const char *file)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    return file_kind(sent_name(arena, study, evaluation, peer, file)) == FILE_REGULAR;
}

bool spool_set_sent(const char *study, unsigned evaluation, const char *peer, const char *file,
                    DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    return file_make_folder(file_join(arena, study, "sent"), err) &&
           file_write(sent_name(arena, study, evaluation, peer, file), "", 0, err);
}

/* ---- Images ---- */

bool spool_digest(const char *study, char out[65], size_t *out_count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT all = TEXT_INIT;
    const char **paths = NULL;
    const char *folder = file_join(arena, study, "series");
    *out_count = 0;
    out[0] = '\0';
    if (file_kind(folder) == FILE_ABSENT) {
        return true;
    }
    if (!file_list_tree(arena, folder, MOST_FILES, &paths, out_count, err)) {
        return false;
    }
    for (size_t i = 0; i < *out_count; i++) {
        struct stat info;
        if (stat(paths[i], &info) != 0) {
            return fail(err, paths[i], "cannot be looked at");
        }
        text_addf(&all, "%s %jd %jd.%09ld\n", file_name(paths[i]), (intmax_t)info.st_size,
                  (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    }
    Hash *sha = hash_new();
    hash_add(sha, text_string(&all), all.length);
    hash_finish(sha, out);
    hash_free(sha);
    return true;
}

bool spool_remove_images(const char *study, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **names = NULL;
    size_t count = 0;
    if (!file_list(arena, study, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        bool goes = strcmp(names[i], "series") == 0 || strcmp(names[i], "own") == 0 ||
                    strncmp(names[i], "report-", 7) == 0;
        if (goes && !file_remove_tree(file_join(arena, study, names[i]), err)) {
            return false;
        }
    }
    return true;
}
