/* Conditions over findings, read from YAML: inside advice/ only. */
#ifndef DENS_ADVICE_RULES_H
#define DENS_ADVICE_RULES_H

#include "base/value.h"
#include "document/case.h"

typedef struct {
    const Finding *finding;
    uint64_t values; /* any of these */
} Term;

/* All terms hold. */
typedef struct {
    size_t term_count;
    Term *terms;
} Alternative;

/* One alternative at least holds. */
typedef struct {
    size_t alternative_count;
    Alternative *alternatives;
} Rule;

bool rule_parse(Rule *out, const Value *when, const char *file, const Vocabulary *vocabulary, Arena *arena,
                DensError **err) DENS_MUST_USE;
/* The first alternative that may hold, or NULL. */
const Alternative *rule_match(const Rule *rule, const Case *c);

/* An input error at a node: "file:line:column: $.path". Returns false. */
bool rule_fault(DensError **err, const char *file, const Value *at, Arena *arena, const char *format, ...)
    DENS_PRINTF(5, 6);

#endif
