/* The time of day, for provenance. */
#ifndef DENS_BASE_CLOCK_H
#define DENS_BASE_CLOCK_H

enum { CLOCK_ISO_SIZE = 21 };

/* "2026-01-31T12:00:00Z": now in UTC, or the time that SOURCE_DATE_EPOCH gives, so that a run can be repeated
 * to the byte. */
void clock_iso(char out[CLOCK_ISO_SIZE]);
/* Seconds since some fixed moment; never runs backward. */
double clock_seconds(void);

#endif
