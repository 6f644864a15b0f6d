/* The log. A line is made whole before it is written, and written under a lock, so that threads do not mix
 * theirs. What cannot be written is lost: there is no other place to tell. */
#include "base/log.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct Log {
    FILE *stream;
    LogStyle style;
    LogLevel lowest;
    pthread_mutex_t lock;
};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

Log *log_new(FILE *stream, LogStyle style, LogLevel lowest)
{
    Log *log = memory_alloc(sizeof *log);
    log->stream = stream;
    log->style = style;
    log->lowest = lowest;
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        memory_exhausted();
    }
    return log;
}

void log_free(Log *log)
{
    if (log) {
        (void)pthread_mutex_destroy(&log->lock);
        free(log);
    }
}

static void write_out(Log *log, const Text *text)
{
    (void)pthread_mutex_lock(&log->lock);
    (void)fwrite(text_string(text), 1, text->length, log->stream);
    (void)fflush(log->stream);
    (void)pthread_mutex_unlock(&log->lock);
}

static void write_json(Log *log, LogLevel level, const char *where, const char *what, const char *detail)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *line = value_new_map(arena);
    value_set_string(line, "level", level_names[level]);
    if (where) {
        value_set_string(line, "where", where);
    }
    value_set_string(line, "what", what);
    if (detail && *detail) {
        value_set_string(line, "detail", detail);
    }
    AUTO_TEXT text = TEXT_INIT;
    json_write(line, JSON_COMPACT, &text);
    text_add(&text, "\n");
    write_out(log, &text);
}

void log_line(Log *log, LogLevel level, const char *format, ...)
{
    if (!log || level < log->lowest) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    char *what = NULL;
    int length = vasprintf(&what, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    utf8_clean_line(what);
    if (log->style == LOG_JSON) {
        write_json(log, level, NULL, what, NULL);
    } else {
        AUTO_TEXT text = TEXT_INIT;
        text_addf(&text, "dens: %s: %s\n", level_names[level], what);
        write_out(log, &text);
    }
    free(what);
}

/* The detail of an error, each of its lines indented and made clean. */
static void add_detail(Text *text, const char *detail)
{
    while (*detail) {
        const char *end = strchrnul(detail, '\n');
        AUTO_TEXT line = TEXT_INIT;
        text_add_bytes(&line, detail, (size_t)(end - detail));
        utf8_clean_line(line.bytes);
        text_addf(text, "  %s\n", text_string(&line));
        detail = *end ? end + 1 : end;
    }
}

void log_error(Log *log, const DensError *error)
{
    if (!log || !error) {
        return;
    }
    const char *where = dens_error_where(error);
    const char *what = dens_error_summary(error);
    const char *detail = log->lowest == LOG_DEBUG ? dens_error_detail(error) : "";
    if (log->style == LOG_JSON) {
        write_json(log, LOG_ERROR, where, what, detail);
        return;
    }
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "dens: %s%s%s\n", where, *where ? ": " : "", what);
    add_detail(&text, detail);
    write_out(log, &text);
}
