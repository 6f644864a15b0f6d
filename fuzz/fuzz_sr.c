/* A structured report: whatever the bytes are, reading it answers a tree that can be written as JSON and read
 * back the same, or one clear error. The file lies in memory (see fuzz_dicom.c). */
#include "fuzz.h"

#include "base/json.h"
#include "dicom/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

static void check_tree(Arena *arena, const Value *report)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO_TEXT text = TEXT_INIT;
    json_write(report, JSON_COMPACT, &text);
    const Value *again = json_parse(arena, text_string(&text), text.length, "the report", &err);
    check(again && !err && value_equal(report, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *err = NULL;
    char path[64];
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const Value *report = dicom_sr_read(arena, path, &err);
    check((report != NULL) == (err == NULL));
    check(!err || (*dens_error_summary(err) && !strchr(dens_error_summary(err), '\n')));
    if (report) {
        check_tree(arena, report);
    }
    (void)close(file);
    return 0;
}
