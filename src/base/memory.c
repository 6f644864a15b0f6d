/* Heap allocation. The only place of the library that may end the process: without a few bytes no caller
 * could so much as report the error. */
#include "base/memory.h"

#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From here on an array is asked for on large pages: two of x86-64's of 2 MiB. */
static const size_t LARGE_BYTES = (size_t)4 << 20;

void memory_exhausted(void)
{
    static const char line[] = "dens: out of memory\n";
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1); /* stdio would want memory itself */
    (void)written;
    _exit(DENS_ERROR_INTERNAL);
}

static bool overflows(size_t count, size_t element_bytes)
{
    return element_bytes != 0 && count > SIZE_MAX / element_bytes;
}

void *memory_try_array(size_t count, size_t element_bytes)
{
    if (overflows(count, element_bytes)) {
        return NULL;
    }
    /* A size of 0 still gives a block, so that NULL always means failure. */
    return count == 0 || element_bytes == 0 ? calloc(1, 1) : calloc(count, element_bytes);
}

void *memory_try_large(size_t count, size_t element_bytes)
{
    char *block = memory_try_array(count, element_bytes);
    size_t bytes = block ? count * element_bytes : 0;
    if (bytes >= LARGE_BYTES) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t before = page - (uintptr_t)block % page;               /* advice is for whole pages */
        (void)madvise(block + before, bytes - before, MADV_HUGEPAGE); /* only advice: without it slower */
    }
    return block;
}

void *memory_array(size_t count, size_t element_bytes)
{
    void *block = memory_try_array(count, element_bytes);
    if (!block) {
        memory_exhausted();
    }
    return block;
}

void *memory_alloc(size_t size_bytes)
{
    return memory_array(1, size_bytes);
}

void *memory_resize(void *block, size_t count, size_t element_bytes)
{
    if (overflows(count, element_bytes)) {
        memory_exhausted();
    }
    size_t size_bytes = count * element_bytes;
    void *resized = realloc(block, size_bytes ? size_bytes : 1);
    if (!resized) {
        memory_exhausted();
    }
    return resized;
}

char *memory_strdup(const char *text)
{
    size_t size_bytes = strlen(text) + 1;
    char *copy = memory_alloc(size_bytes);
    memcpy(copy, text, size_bytes);
    return copy;
}
