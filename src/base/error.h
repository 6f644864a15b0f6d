/* Making and passing on errors. See include/dens/error.h for the contract. */
#ifndef DENS_BASE_ERROR_H
#define DENS_BASE_ERROR_H

#include "base/auto.h"
#include "base/banned.h"
#include "dens/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define DENS_PRINTF(format_at, arguments_at)                                                                 \
    __attribute__((format(printf, format_at, arguments_at), nonnull(format_at)))
#define DENS_MUST_USE __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

/* Sets *err (if err is not NULL) and returns false, so that `return error_set(…)` reads well.
 * `where` may be NULL. The summary is one line: control characters, line ends among them, are
 * written as spaces, and it is cut at 1000 bytes. */
bool error_set(DensError **err, DensErrorCode code, const char *where, const char *format, ...)
    DENS_PRINTF(4, 5);
bool error_set_v(DensError **err, DensErrorCode code, const char *where, const char *format,
                 va_list arguments) DENS_PRINTF(4, 0);

/* error_set with DENS_ERROR_INPUT. */
bool error_input(DensError **err, const char *where, const char *format, ...) DENS_PRINTF(3, 4);

/* Out of memory: never allocates. Returns false. */
bool error_no_memory(DensError **err);

/* A call of the system that failed: "WHAT: the words of `reason` (errno)". Whether the disk had no room is
 * remembered. Returns false. */
bool error_system(DensError **err, DensErrorCode code, const char *where, const char *what, int reason);
/* Did the disk have no room: full, a quota, a limit on a file's size? */
bool error_is_no_room(const DensError *error);

/* Adds lines for a log to an error that is set. */
void error_add_detail(DensError *error, const char *format, ...) DENS_PRINTF(2, 3);

/* Puts `where` and ": " before what the error says of its place (or makes it the place if there is
 * none): a parser says line and column, its caller the file. Harmless on NULL. */
void error_prefix(DensError **err, const char *where);

AUTO_DEFINE(DensError, error, dens_error_free)

#ifdef __cplusplus
}
#endif
#endif
