/* Zips: whatever the bytes are, unpacking ends, within its limits, and answers whether it went well or one
 * clear error that holds no name of a file in the zip. */
#include "fuzz.h"

#include "serve/zip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 8 };

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

/* Every second file is unpacked, to nowhere. */
static const char *place(void *context, const char *name, size_t index)
{
    size_t *count = context;
    check(name[0] && name[0] != '/' && !strstr(name, "/../") && strncmp(name, "../", 3) != 0);
    check(++*count <= MOST_FILES);
    return index % 2 == 1 ? "/dev/null" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ZipLimits limits = {.most_files = MOST_FILES, .most_bytes = 1 << 20, .most_ratio = 100};
    char path[] = "/tmp/dens-fuzz-XXXXXX";
    AUTO(error_auto) DensError *err = NULL;
    size_t count = 0;
    int file = mkstemp(path);
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)close(file);
    bool good = zip_unpack(path, &limits, place, &count, &err);
    check(good == (err == NULL));
    check(!err || (*dens_error_summary(err) && !strchr(dens_error_summary(err), '\n')));
    (void)unlink(path);
    return 0;
}
