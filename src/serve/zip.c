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

enum { PIECE = 1 << 18, WHERE_SIZE = 48 };

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
    if (stat(path, &about) != 0) {
        return error_set(err, DENS_ERROR_INTERNAL, path, "cannot be read: %s", strerror(errno));
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
