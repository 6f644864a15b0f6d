/* The adapter to libzip. The sizes that the directory of a zip claims are not believed: bytes are counted as
 * they come. */
#include "serve/zip.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

enum {
    PIECE = 1 << 18,
    WHERE_SIZE = 48,
    MOST_ENTRY_BYTES =
        512, /* of the directory, for each file that may be in it: a long name and its folder */
    /* the records at the end (APPNOTE.TXT 4.3.14 to 4.3.16) */
    END_BYTES = 22,
    END_COMMENT = 65535,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56
};

typedef struct {
    zip_t *zip;
    uint64_t most_bytes, bytes;
    char *piece;
    DensError **err;
} Unpacking;

static void close_auto(zip_t **zip)
{
    if (*zip) {
        zip_discard(*zip);
    }
}

static uint64_t little_endian(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8U | at[i];
    }
    return value;
}

/* How long the directory is by the record at `end`, and by the one for large zips that a locator before it
 * may name: the larger. */
static uint64_t directory_bytes(FILE *file, const unsigned char *tail, size_t end)
{
    uint64_t bytes = little_endian(tail + end + 12, 4);
    unsigned char large[END64_BYTES];
    if (end < LOCATOR_BYTES || memcmp(tail + end - LOCATOR_BYTES, "PK\6\7", 4) != 0) {
        return bytes;
    }
    const uint64_t place = little_endian(tail + end - LOCATOR_BYTES + 8, 8);
    if (place > INT64_MAX || fseeko(file, (off_t)place, SEEK_SET) != 0 ||
        fread(large, sizeof large, 1, file) != 1) {
        return bytes; /* which libzip refuses */
    }
    const uint64_t larger = little_endian(large + 40, 8);
    return larger > bytes ? larger : bytes;
}

/* libzip reads the whole directory at once: it must not be longer than that of as many files as may be in it.
 * Any of several ends may be the one that libzip believes. */
static bool check_directory(FILE *file, uint64_t size, const ZipLimits *limits, DensError **err)
{
    enum { MOST = END_BYTES + END_COMMENT + LOCATOR_BYTES };
    const size_t length = size < MOST ? (size_t)size : MOST;
    unsigned char *tail = memory_alloc(length + 1);
    bool good = fseeko(file, (off_t)(size - length), SEEK_SET) == 0 && fread(tail, 1, length, file) == length;
    uint64_t most = 0;
    for (size_t at = 0; good && at + END_BYTES <= length; at++) {
        if (memcmp(tail + at, "PK\5\6", 4) == 0) {
            const uint64_t bytes = directory_bytes(file, tail, at);
            most = bytes > most ? bytes : most;
        }
    }
    free(tail);
    if (!good) {
        return error_input(err, "the zip", "cannot be read");
    }
    return most <= (uint64_t)limits->most_files * MOST_ENTRY_BYTES ||
           error_input(err, "the zip", "has a directory of %llu MB: more than %zu files and folders",
                       (unsigned long long)(most / 1000000), limits->most_files);
}

static bool is_safe(const char *name)
{
    if (name[0] == '/' || strchr(name, '\\') || strchr(name, ':')) {
        return false;
    }
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return false;
        }
    }
    return true;
}

static bool copy(Unpacking *u, zip_file_t *from, FILE *to, const char *path, const char *where)
{
    zip_int64_t got = 0;
    while ((got = zip_fread(from, u->piece, PIECE)) > 0) {
        u->bytes += (uint64_t)got;
        if (u->bytes > u->most_bytes) {
            return error_input(u->err, where,
                               "the zip holds more than the %llu MB that may be unpacked of it",
                               (unsigned long long)(u->most_bytes / 1000000));
        }
        if (fwrite(u->piece, 1, (size_t)got, to) != (size_t)got) {
            return error_system(u->err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
        }
    }
    return got == 0 ||
           error_input(u->err, where, "is damaged: %s", zip_error_strerror(zip_file_get_error(from)));
}

static bool unpack_one(Unpacking *u, zip_uint64_t index, const char *path, const char *where)
{
    zip_file_t *from = zip_fopen_index(u->zip, index, 0);
    if (!from) {
        return error_input(u->err, where, "cannot be unpacked: %s",
                           zip_error_strerror(zip_get_error(u->zip)));
    }
    FILE *to = fopen(path, "wbe");
    bool good = to ? copy(u, from, to, path, where)
                   : error_system(u->err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
    if (to && fclose(to) != 0 && good) {
        good = error_system(u->err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
    }
    (void)zip_fclose(from); /* the checksum was told by the last zip_fread() */
    return good;
}

static bool unpack_all(Unpacking *u, const ZipLimits *limits, ZipPlace place, void *context)
{
    zip_int64_t count = zip_get_num_entries(u->zip, 0);
    size_t files = 0;
    for (zip_uint64_t i = 0; i < (zip_uint64_t)count; i++) {
        char where[WHERE_SIZE];
        (void)snprintf(where, sizeof where, "file %llu of the zip", (unsigned long long)i + 1);
        const char *name = zip_get_name(u->zip, i, 0);
        size_t length = name ? strlen(name) : 0;
        if (!name || !is_safe(name)) {
            return error_input(u->err, where, "has a name that leads out of the folder");
        }
        if (length == 0 || name[length - 1] == '/') {
            continue;
        }
        if (++files > limits->most_files) {
            return error_input(u->err, "the zip", "holds more than %zu files", limits->most_files);
        }
        const char *path = place(context, name, files);
        if (path && !unpack_one(u, i, path, where)) {
            return false;
        }
    }
    return true;
}

bool zip_unpack(const char *path, const ZipLimits *limits, ZipPlace place, void *context, DensError **err)
{
    struct stat about;
    int code = 0;
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &about) != 0) {
        int reason = errno;
        if (file) {
            (void)fclose(file);
        }
        return error_set(err, DENS_ERROR_INTERNAL, path, "cannot be read: %s", strerror(reason));
    }
    bool fits = check_directory(file, (uint64_t)about.st_size, limits, err);
    (void)fclose(file);
    if (!fits) {
        return false;
    }
    AUTO(close_auto) zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) {
        zip_error_t fault;
        zip_error_init_with_code(&fault, code);
        (void)error_input(err, "the zip", "cannot be read: %s", zip_error_strerror(&fault));
        zip_error_fini(&fault);
        return false;
    }
    uint64_t by_ratio = limits->most_ratio * (uint64_t)about.st_size;
    Unpacking u = {.zip = zip,
                   .most_bytes = by_ratio < limits->most_bytes ? by_ratio : limits->most_bytes,
                   .piece = memory_alloc(PIECE),
                   .err = err};
    bool good = unpack_all(&u, limits, place, context);
    free(u.piece);
    return good;
}
