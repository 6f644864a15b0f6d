/* What the two renderings of a comparison share: inside report/ only. All strings are made in the arena and
 * clean, but not escaped for any format. */
#ifndef DENS_REPORT_COMPARISON_H
#define DENS_REPORT_COMPARISON_H

#include "base/value.h"
#include "report/messages.h"

#include <stdbool.h>

typedef struct {
    Arena *arena;
    const Messages *messages;
    const Value *document; /* a dens-comparison/1 */
    const char **keys;     /* of sources, in the order of their numbers */
    size_t key_count;
    size_t *untranslated; /* how many texts the language had no words for, so far */
} Compared;

Compared *compared_new(const Value *document, const Messages *messages, Arena *arena);

/* The text at a key of a map, cleaned; "" if there is none. */
const char *compared_text(const Compared *c, const Value *map, const char *key);
/* The same in the report's language, or as it is if that has no words for it. */
const char *compared_said(const Compared *c, const Value *map, const char *key);
const char *compared_string(const Compared *c, const Value *text);
const char *compared_message(const Compared *c, MessageId id);
/* "2 texts are in English only": NULL if all were said. To be asked at the end. */
const char *compared_untranslated(const Compared *c);
/* "images of 2026-01-31; levels C3, C4": one side of the comparison. */
const char *compared_side(const Compared *c, const char *key);

/* Of a measurement: was it compared; one side's value; "+5.9 mL (+48 %)"; the verdict; how it was judged. */
bool compared_is_judged(const Value *measurement);
const char *compared_value(const Compared *c, const Value *measurement, const char *side);
const char *compared_change(const Compared *c, const Value *measurement);
const char *compared_verdict(const Compared *c, const Value *measurement);
const char *compared_basis(const Compared *c, const Value *measurement);
/* "83 % (70–91 %), rank 1" */
const char *compared_probability(const Compared *c, const Value *diagnosis, const char *side);

/* The number of a source from 1, or 0 if it is none of the document's. */
size_t compared_reference(const Compared *c, const char *key);

#endif
