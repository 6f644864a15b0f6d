/* The time of day. */
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* The second of 9999-12-31: the last year of four digits. */
static const long long last_second = 253402300799;

static time_t now_or_epoch(void)
{
    const char *given = getenv("SOURCE_DATE_EPOCH");
    if (given && *given) {
        char *end = NULL;
        errno = 0;
        long long seconds = strtoll(given, &end, 10);
        if (errno == 0 && *end == '\0' && seconds >= 0 && seconds <= last_second) {
            return (time_t)seconds;
        }
    }
    return time(NULL);
}

void clock_iso(char out[CLOCK_ISO_SIZE])
{
    time_t when = now_or_epoch();
    struct tm parts;
    if (!gmtime_r(&when, &parts) || strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

double clock_seconds(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
