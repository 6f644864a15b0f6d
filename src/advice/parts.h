/* What the files of this room share: inside advice/ only. */
#ifndef DENS_ADVICE_PARTS_H
#define DENS_ADVICE_PARTS_H

#include "advice/advice.h"
#include "advice/rules.h"

/* One text under a condition: an alert, a mimic, a note of pathology, a consideration. Strings that the kind
 * does not have are NULL. */
typedef struct {
    const char *id, *label, *urgency, *text;
    Rule rule;               /* without alternatives: always */
    Rule unless;             /* of a consideration: not where one of these may hold */
    const Value *sources;    /* list of keys, or NULL */
    const Value *covered_by; /* ids of alerts beside which this one is not shown, or NULL */
    const Value *ask;        /* texts, or NULL: what to ask the pathologist */
    const char *topic;       /* of a consideration */
    const Statement
        *statement; /* of a consideration that stands in the diagnosis' file: instead of text and sources */
} Item;

typedef struct {
    size_t count;
    Item *items;
} Items;

typedef struct {
    const char *label;
    size_t finding_count;
    const Finding **findings;
} Assessment;

/* When the histology contradicts the imaging. The shares of histology are those under a flat prior. */
typedef struct {
    Item item;
    bool of_groups; /* compare groups instead of diagnoses */
    double imaging_at_least, imaging_at_most, histology_at_least, histology_at_most;
} Contradiction;

/* A test that speaks for a diagnosis. */
typedef struct {
    const char *text;
    uint64_t markers; /* values of path.positive of which one known makes the question needless */
} PathologyTest;

typedef struct {
    size_t count;
    PathologyTest *tests;
    const Value *sources;
} PathologyTests;

/* How many diagnoses get advice, and from which probability on. */
typedef struct {
    double at_least;
    size_t at_most;
} Shown;

struct Advice {
    Arena *arena;
    const Knowledge *knowledge;
    Items alerts, mimics, notes;
    size_t assessment_count, contradiction_count;
    Assessment *assessments;
    Contradiction *contradictions;
    double mimics_all_at_least; /* "none of these" at which all mimics are named */
    Shown shown_tests, shown_management;
    Rule tests_when;
    PathologyTests *tests; /* per diagnosis */
    Items general;         /* management of any lesion */
    Items *management;     /* per diagnosis */
};

/* A file that is being read. */
typedef struct {
    Advice *advice;
    RuleSource source;
    const Value *root;
} Reader;

/* Opens a file of the knowledge's folder; false with an error if it is no map. */
bool reader_open(Reader *out, Advice *advice, const char *name, DensError **err) DENS_MUST_USE;
/* Refuses other keys than these (ended by NULL). */
bool reader_keys(const Reader *r, const Value *map, const char *const *keys, DensError **err) DENS_MUST_USE;
bool reader_text(const Reader *r, const Value *map, const char *key, const char **out,
                 DensError **err) DENS_MUST_USE;
/* A probability between 0 and 1, both excluded. */
bool reader_share(const Reader *r, const Value *map, const char *key, double *out,
                  DensError **err) DENS_MUST_USE;
bool reader_list(const Reader *r, const Value *map, const char *key, const Value **out,
                 DensError **err) DENS_MUST_USE;
/* { at_least: 0.15, at_most: 3, reason: "…" } */
bool reader_shown(const Reader *r, const Value *map, const char *key, Shown *out,
                  DensError **err) DENS_MUST_USE;
/* The sources at `sources`, each known to the knowledge; at least one. */
bool reader_sources(const Reader *r, const Value *map, const Value **out, DensError **err) DENS_MUST_USE;
/* The condition at `when`, the text with its places, and a reason where there is a limit. */
bool reader_condition(const Reader *r, const Value *map, Item *out, DensError **err) DENS_MUST_USE;
/* Refuses places in braces that are none of `names` (ended by NULL). */
bool reader_places(const Reader *r, const Value *map, const char *text, const char *const *names,
                   DensError **err) DENS_MUST_USE;

/* The text with its places filled; `names` and `values` run in step. */
const char *places_fill(Arena *arena, const char *text, const char *const *names, const char *const *values);
/* "12 %", "<1 %", ">99 %". */
const char *share_words(Arena *arena, double share);
const char *hypothesis_term(const Posterior *p, size_t hypothesis); /* inside a sentence */
/* The item's text, with {leader}, and {share} and {first} of the match. */
const char *item_text(const Item *item, const Match *match, const View *view, Arena *arena);
/* Adds "sources" to a map and marks them as cited. */
void add_sources(Value *map, const Value *sources, Value *cited);
/* Adds "because", "because_scores" (if there are any) and "certainty" of a match to a map. */
void add_match(Value *map, const Match *match);
/* The diagnoses, most probable first, that get advice: their number; their indices in `out`. */
size_t shown_diagnoses(const Posterior *p, const Shown *shown, size_t *out);

bool alerts_load(Advice *advice, DensError **err) DENS_MUST_USE;
void alerts_add(const Advice *advice, const View *view, Value *result, Value *cited);
bool mimics_load(Advice *advice, DensError **err) DENS_MUST_USE;
void mimics_add(const Advice *advice, const View *view, Value *result, Value *cited);
bool pathology_load(Advice *advice, DensError **err) DENS_MUST_USE;
void pathology_add(const Advice *advice, const View *view, Value *result, Value *cited);
/* Adds the contradiction between imaging and histology, if it is of this urgency, to the list of alerts. */
void contradiction_add(const Advice *advice, const View *view, const char *urgency, Value *list,
                       Value *cited);
bool management_load(Advice *advice, DensError **err) DENS_MUST_USE;
void management_add(const Advice *advice, const View *view, Value *result, Value *cited);

/* "hours", "days" or "planned". */
bool reader_urgency(const Reader *r, const Value *map, const char **out, DensError **err) DENS_MUST_USE;

#endif
