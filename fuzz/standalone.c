/* Runs a fuzz target once on each file of the folders (and on each of the files) that the command line
 * names, without libFuzzer: the corpus as a plain test. Ends with 1 if a file cannot be read or there is
 * none. */
#include "fuzz.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILES = 100000, MAX_BYTES = 16 * 1024 * 1024 };

static bool run_all(Arena *arena, const char *path, size_t *run, DensError **err)
{
    const char **files = NULL;
    size_t count = 0;
    if (!file_list_tree(arena, path, MAX_FILES, &files, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = 0;
        char *bytes = file_read(files[i], MAX_BYTES, &length, err);
        if (!bytes) {
            return false;
        }
        (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
        free(bytes);
        ++*run;
    }
    return true;
}

int main(int argc, char **argv)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t run = 0;
    if (LLVMFuzzerInitialize && LLVMFuzzerInitialize(&argc, &argv) != 0) {
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        AUTO(error_auto) DensError *err = NULL;
        if (!run_all(arena, argv[i], &run, &err)) {
            (void)fprintf(stderr, "%s: %s\n", dens_error_where(err), dens_error_summary(err));
            return 1;
        }
    }
    printf("%zu inputs\n", run);
    return run > 0 ? 0 : 1;
}
