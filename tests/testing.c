#include "testing.h"

#include <stdio.h>
#include <sys/stat.h>

static char *below(const char *variable, const char *name)
{
    const char *root = getenv(variable);
    if (!root) {
        print_error("%s is not set: run the tests through meson\n", variable);
        fail();
    }
    size_t length = strlen(root) + strlen(name) + 2;
    char *path = malloc(length);
    assert_non_null(path);
    (void)snprintf(path, length, "%s/%s", root, name);
    return path;
}

char *source_path(const char *name)
{
    return below("DENS_SOURCE", name);
}

char *build_path(const char *name)
{
    return below("DENS_BUILD", name);
}

char *shared_path(const char *name)
{
    char *path = below("DENS_SHARED", name);
    struct stat info;
    if (stat(path, &info) != 0) {
        print_message("# skipped: shared/%s is not here\n", name);
        free(path);
        skip();
    }
    return path;
}
