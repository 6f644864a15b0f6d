/* Numbers, units and names in the form that people read. All strings are made in `arena`. */
#ifndef DENS_REPORT_WORDS_H
#define DENS_REPORT_WORDS_H

#include "base/arena.h"

/* A copy that is safe to show: valid UTF-8, control characters and line ends as spaces, without the
 * invisible characters that turn the writing direction. NULL stays NULL. */
char *words_clean(Arena *arena, const char *text);
/* A name for an id that the vocabulary does not know: "some_value" → "some value", cleaned. */
char *words_from_id(Arena *arena, const char *id);
/* The same with every part kept: "attenuation.mean" → "Attenuation, mean". */
char *words_from_path(Arena *arena, const char *id);
/* The first letter as a capital, if it is one of ASCII. */
char *words_capital(Arena *arena, const char *text);
/* With a small first letter, for the inside of a sentence, unless a capital or a digit follows ("T2 signal").
 */
char *words_inside(Arena *arena, const char *text);

/* "83 %", "<1 %" below 1 %, ">99 %" above 99 %. */
char *words_percent(Arena *arena, double probability);
/* "70–91 %", "<1–4 %". */
char *words_interval(Arena *arena, double low, double high);
/* To three significant digits, whole numbers whole: "46.2", "0.85", "14322"; "1.62 × 10⁻⁵" below 0.0001 and
 * from 10⁹. */
char *words_number(Arena *arena, double number);
/* "46.2 ± 1.1", "1.62 ± 0.09": both to the second significant digit of `sd` if it begins with 1 to 3.5, else
 * to its first (the rounding rule of the Particle Data Group); without the second part if sd is not above 0.
 */
char *words_number_sd(Arena *arena, double number, double sd);
/* The factor exp(|weight|) by which a reason changes the odds: "6.7", "1.0", above 1000 "over 1000" as
 * ">1000". */
char *words_odds(Arena *arena, double weight);

/* The human form of a UCUM unit: "HU" for "[hnsf'U]", "" for "1"; other units as they stand, without
 * annotations. */
char *words_unit(Arena *arena, const char *ucum);
/* A measurement with its unit, no finer than the unit is read: "34.1 ± 0.2 mm", "68 ± 4 HU", "0.91 ± 0.02".
 * A spread that would round to nothing is left out; parts of a month are days. */
char *words_measured(Arena *arena, double number, double sd, const char *ucum);
/* A share from 0 to 1 as "98 %", "1.4 %". */
char *words_share(Arena *arena, double share);
/* "46.2 HU", "12 %". */
char *words_quantity(Arena *arena, const char *number, const char *ucum);

/* The first eight hexadecimal digits of "sha256:…" or of a bare digest; another text as it stands, cleaned.
 */
char *words_hash(Arena *arena, const char *hash);
/* "2026-11-22" and "2026-11-22 15:40:05 UTC" of an ISO 8601 time; other texts as they stand, cleaned. */
char *words_date(Arena *arena, const char *time);
char *words_time(Arena *arena, const char *time);

#endif
