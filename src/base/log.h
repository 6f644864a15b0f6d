/* The log: lines on stderr, as text ("dens: warning: …") or as JSON lines. A Log is passed where it is
 * needed; there is no global one. A NULL log swallows everything. Patients' data never go in. Thread-safe. */
#ifndef DENS_BASE_LOG_H
#define DENS_BASE_LOG_H

#include "base/error.h"

#include <stdio.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;
typedef enum { LOG_TEXT, LOG_JSON } LogStyle;
typedef struct Log Log;

Log *log_new(FILE *stream, LogStyle style, LogLevel lowest);
void log_free(Log *log);
void log_line(Log *log, LogLevel level, const char *format, ...) DENS_PRINTF(3, 4);
/* "dens: WHERE: WHAT" in text style, {"level":"error","where":…,"what":…} in JSON style; the detail of the
 * error follows when the lowest level is LOG_DEBUG. */
void log_error(Log *log, const DensError *error);

AUTO_DEFINE(Log, log, log_free)

#endif
