/* What a report says: the result document turned into words, in reading order, ready to be drawn. Labels are
 * looked up, numbers rounded, sources numbered by their first mention; nothing is inferred. Every string is
 * clean (words_clean) but not escaped for any format. Renderers draw this and say nothing of their own.
 *
 * Everything lives in the content's arena. Optional keys of the document that are absent leave NULL or a
 * count of 0, and the renderer leaves the section out. */
#ifndef DENS_REPORT_CONTENT_H
#define DENS_REPORT_CONTENT_H

#include "base/error.h"
#include "base/value.h"
#include "document/vocabulary.h"
#include "report/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* Diagnoses with a bar, and with their reasons; of those the strongest on each side. The least numbers of
 * bars is shown however improbable the diagnoses are. */
enum { CONTENT_BARS = 10, CONTENT_LEAST_BARS = 5, CONTENT_EXPLAINED = 5, CONTENT_REASONS = 6 };

typedef struct {
    const char *const *items;
    size_t count;
} Strings;

typedef struct {
    const char *label, *value;
} Pair;

typedef struct {
    const Pair *items;
    size_t count;
} Pairs;

/* A sentence with the numbers of its sources. */
typedef struct {
    const char *text;
    const size_t *references;
    size_t reference_count;
} Sentence;

typedef struct {
    const char *lead; /* in words, before the sentence; may be NULL: a name, what it applies to */
    Sentence sentence;
    const char *because; /* findings in words, or NULL */
} ContentNote;

typedef struct {
    const ContentNote *items;
    size_t count;
} ContentNotes;

typedef enum { URGENCY_HOURS, URGENCY_DAYS, URGENCY_PLANNED } Urgency;

typedef struct {
    Urgency urgency; /* an unknown one counts as hours: the stronger error is the safer one */
    const char *urgency_word;
    const char *label;     /* a few words, or NULL */
    const char *certainty; /* one word, or NULL */
    Sentence sentence;
    const char *because; /* or NULL */
    const char *ask;     /* what to ask the pathologist, or NULL */
} ContentAlert;

/* The examinations that were done completely, in part, not at all, or of which nothing is said. */
typedef struct {
    MessageId label;
    Strings examinations;
} ContentTechnique;

typedef struct {
    const char *label;
    const char *read, *measured; /* either may be NULL */
    bool conflict;
} ContentFinding;

typedef struct {
    const char *id, *title;
    ContentFinding *items;
    size_t count;
} ContentFindings;

typedef struct {
    const char *name;
    const char *value;        /* with unit and spread */
    const char *method;       /* with its source and series; NULL if none was given */
    const size_t *references; /* where the method's source is one of the document's */
    size_t reference_count;
} ContentMeasurement;

/* The measurements of one family that have a value. */
typedef struct {
    const char *id, *title;
    ContentMeasurement *items;
    size_t count;
    const char *further; /* minor ones, in one line; NULL if none */
} ContentFamily;

typedef struct {
    Sentence sentence;
    double weight;    /* the natural logarithm of the factor; its sign is that of the effect */
    const char *odds; /* "× 6.7", "÷ 2.1"; NULL if there is no weight */
} ContentReason;

typedef struct {
    const char *name, *group, *group_word;
    double probability, low, high;  /* without an interval low = high = probability */
    const char *percent, *interval; /* interval may be NULL */
    const char *spoken;             /* the bar in words */
    const char *rival;              /* whom the reasons weigh against; NULL if none */
    const ContentReason *in_favour, *against;
    size_t in_favour_count, against_count;
    const char *in_favour_rest, *against_rest; /* how many weaker ones are not among them; NULL if none */
    const char *mirror; /* instead of reasons: those of an earlier diagnosis, the other way round; or NULL */
} ContentDiagnosis;

typedef struct {
    const char *group, *word, *percent;
    double probability;
} ContentGroup;

typedef struct {
    const char *condition, *outcome, *action; /* the last two may be NULL */
} ContentBranch;

typedef struct {
    const char *name;
    Sentence sentence; /* why */
    Pairs burden;      /* cost and risk, as far as given */
    const ContentBranch *branches;
    size_t branch_count;
} ContentExamination;

typedef struct {
    const char *name, *value;
    const char *band, *text;            /* what it means, and a sentence on it; may be NULL */
    const char *items, *unknown, *note; /* in one line each; may be NULL */
    const size_t *references;
    size_t reference_count;
} ContentScore;

typedef struct {
    const char *label, *read, *measured;
} ContentConflict;

typedef struct {
    size_t number;
    const char *text; /* with its address if it has no DOI; may be "" */
    const char *doi;  /* without a resolver's address, or NULL */
} ContentSource;

typedef struct {
    const Messages *messages;
    Arena *arena;
    const char *date; /* or NULL */
    Pairs head;
    const ContentAlert *alerts;
    size_t alert_count;
    Strings impression, not_assessed;
    const char *signature; /* whose impression it is and who signed; NULL: the program's own report */
    const ContentTechnique *technique; /* only states that some examination is in */
    size_t technique_count;
    const ContentFindings *findings; /* by section */
    size_t finding_section_count;
    const ContentFamily *families; /* of measurements */
    size_t family_count;
    Pairs missing;     /* why, and what could not be measured for it */
    const char *prior; /* or NULL */
    const ContentDiagnosis *ranking;
    size_t ranking_count;
    size_t bar_count; /* how many of the ranking are drawn */
    Pairs others;     /* the rest of it: those of at least 1 %, and those below */
    double heaviest;  /* the largest weight of all reasons, without its sign: the scale of their bars */
    const ContentGroup *groups;
    size_t group_count;
    ContentNotes mimics, pathology, biopsy, management;
    const ContentExamination *next;
    size_t next_count;
    bool next_asked; /* the next examination was asked for: none means that none is worth it */
    const ContentScore *scores;
    size_t score_count;
    const char *scores_left_out; /* those that are not meant for this lesion, in one line; or NULL */
    const ContentConflict *conflicts;
    size_t conflict_count;
    Pairs not_written; /* file, reason */
    Strings limits;
    Strings untranslated; /* texts of the document that the language has no words for */
    const ContentSource *sources;
    size_t source_count;
    Pairs provenance; /* time, command */
    Pairs inputs;     /* series, short checksum */
} Content;

/* Errors: what result_check() refuses. The caller frees it. */
Content *content_new(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                     DensError **err) DENS_MUST_USE;
void content_free(Content *content);

AUTO_DEFINE(Content, content, content_free)

#endif
