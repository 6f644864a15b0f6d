/* Errors. An error owns one block for each of its texts; making one never ends the process: where memory
 * runs out, the error becomes the one constant that says so. Texts are cleaned when they come in, so that
 * file names and quoted input cannot write lines or terminal codes of their own. */
#include "base/error.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct DensError {
    DensErrorCode code;
    char *where, *summary, *detail; /* NULL: empty */
    bool no_room;
};

enum { SUMMARY_MAX_BYTES = 1000 };

/* Never written to and never freed, though it is handed out as DensError * like any other. */
static const DensError no_memory = {DENS_ERROR_INTERNAL, NULL, "out of memory", NULL, false};

static char *format_text(const char *format, va_list arguments) DENS_PRINTF(1, 0);

/* The formatted text, or NULL when there is no memory. */
static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

bool error_set_v(DensError **err, DensErrorCode code, const char *where, const char *format,
                 va_list arguments)
{
    if (!err || *err) { /* nobody listens, or a first error is there already and stays */
        return false;
    }
    DensError *error = calloc(1, sizeof *error);
    char *summary = format_text(format, arguments);
    char *place = where ? strdup(where) : NULL;
    if (!error || !summary || (where && !place)) {
        free(error);
        free(summary);
        free(place);
        return error_no_memory(err);
    }
    utf8_clean_line(summary);
    summary[utf8_cut(summary, SUMMARY_MAX_BYTES)] = '\0';
    if (place) {
        utf8_clean_line(place);
    }
    *error = (DensError){.code = code, .where = place, .summary = summary};
    *err = error;
    return false;
}

bool error_set(DensError **err, DensErrorCode code, const char *where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, code, where, format, arguments);
    va_end(arguments);
    return false;
}

bool error_input(DensError **err, const char *where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, DENS_ERROR_INPUT, where, format, arguments);
    va_end(arguments);
    return false;
}

bool error_system(DensError **err, DensErrorCode code, const char *where, const char *what, int reason)
{
    const char *text = strerrordesc_np(reason); /* unlike strerror(), safe in threads and never translated */
    bool first = err && !*err;
    (void)error_set(err, code, where, "%s: %s", what, text ? text : "unknown reason");
    if (first && *err && *err != &no_memory) {
        (*err)->no_room = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    }
    return false;
}

bool error_is_no_room(const DensError *error)
{
    return error && error->no_room;
}

bool error_no_memory(DensError **err)
{
    if (err && !*err) {
        *err = (DensError *)&no_memory;
    }
    return false;
}

void error_add_detail(DensError *error, const char *format, ...)
{
    if (!error || error == &no_memory) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    char *added = format_text(format, arguments);
    va_end(arguments);
    if (!added) {
        return; /* details are for the log; the error itself still stands */
    }
    if (!error->detail) {
        error->detail = added;
        return;
    }
    char *joined = NULL;
    if (asprintf(&joined, "%s\n%s", error->detail, added) >= 0) {
        free(error->detail);
        error->detail = joined;
    }
    free(added);
}

void error_prefix(DensError **err, const char *where)
{
    if (!err || !*err || *err == &no_memory || !where || !*where) {
        return;
    }
    DensError *error = *err;
    bool has_place = error->where && *error->where;
    char *place = NULL;
    if (asprintf(&place, "%s%s%s", where, has_place ? ": " : "", has_place ? error->where : "") < 0) {
        return; /* a shorter place is better than no error */
    }
    utf8_clean_line(place);
    free(error->where);
    error->where = place;
}

DensErrorCode dens_error_code(const DensError *error)
{
    return error->code;
}

const char *dens_error_where(const DensError *error)
{
    return error->where ? error->where : "";
}

const char *dens_error_summary(const DensError *error)
{
    return error->summary ? error->summary : "";
}

const char *dens_error_detail(const DensError *error)
{
    return error->detail ? error->detail : "";
}

void dens_error_free(DensError *error)
{
    if (!error || error == &no_memory) {
        return;
    }
    free(error->where);
    free(error->summary);
    free(error->detail);
    free(error);
}
