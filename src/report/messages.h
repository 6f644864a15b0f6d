/* The message catalogue: every text that the renderers say themselves, in English here; another language's
 * stand in its file (report/language.h), which must have all of them. Texts with {1} and {2} are patterns:
 * the order of the places is the translator's. Labels of findings, values and diagnoses come from the
 * vocabulary, sentences of the evaluation from the result; messages_say() gives them in the language. */
#ifndef DENS_REPORT_MESSAGES_H
#define DENS_REPORT_MESSAGES_H

#include "base/arena.h"
#include "base/error.h"
#include "report/language.h"

typedef enum {
    /* head */
    MESSAGE_TITLE,
    MESSAGE_DEVICE, /* what dens is and is not */
    MESSAGE_PATIENT,
    MESSAGE_STUDY,
    MESSAGE_ACCESSION,
    MESSAGE_CASE,
    MESSAGE_SOFTWARE,
    MESSAGE_SOFTWARE_PATTERN,  /* {1} version */
    MESSAGE_KNOWLEDGE_PATTERN, /* {1} short hash */
    MESSAGE_OVERLAY_PATTERN,   /* {1} name of the department's own counts */
    MESSAGE_PRIOR,
    MESSAGE_AGE_YEARS, /* {1} */
    MESSAGE_AGE_YEAR,
    MESSAGE_AGE_MONTHS,
    MESSAGE_AGE_MONTH,
    MESSAGE_AGE_NEWBORN,
    MESSAGE_AGE_UNKNOWN,
    MESSAGE_SEX_UNKNOWN,
    /* headings */
    MESSAGE_ALERTS,
    MESSAGE_IMPRESSION,
    MESSAGE_PICTURES,
    MESSAGE_TECHNIQUE,
    MESSAGE_FINDINGS,
    MESSAGE_MEASUREMENTS,
    MESSAGE_DIFFERENTIAL,
    MESSAGE_REASONS,
    MESSAGE_MIMICS,
    MESSAGE_PATHOLOGY,
    MESSAGE_NEXT,
    MESSAGE_BIOPSY,
    MESSAGE_SCORES,
    MESSAGE_MANAGEMENT,
    MESSAGE_NOT_ASSESSED,
    MESSAGE_CONFLICTS,
    MESSAGE_NOT_WRITTEN,
    MESSAGE_LIMITS,
    MESSAGE_SOURCES,
    MESSAGE_PROVENANCE,
    /* alerts, impression */
    MESSAGE_NO_ALERT,
    MESSAGE_BECAUSE_PATTERN, /* {1} findings in words */
    MESSAGE_ASK_PATTERN,     /* {1} questions to the pathologist */
    MESSAGE_NO_IMPRESSION,
    MESSAGE_EDITED,         /* by the reader */
    MESSAGE_SIGNED_PATTERN, /* {1} name, {2} time */
    MESSAGE_NOT_SIGNED,
    /* pictures */
    MESSAGE_SAGITTAL_PATTERN, /* {1} the series in words */
    MESSAGE_AXIAL_PATTERN,
    MESSAGE_PICTURES_NOTE,
    MESSAGE_PAGE_PATTERN, /* {1} page, {2} pages */
    /* technique */
    MESSAGE_COMPLETE,
    MESSAGE_PARTIAL,
    MESSAGE_NOT_DONE,
    MESSAGE_NOT_STATED,
    /* findings */
    MESSAGE_FINDING,
    MESSAGE_VALUE,
    MESSAGE_READ,
    MESSAGE_MEASURED,
    MESSAGE_READER_USED,
    MESSAGE_NO_FINDINGS,
    MESSAGE_NONE_READ, /* a cell of the conflicts' table that has no value */
    /* measurements */
    MESSAGE_QUANTITY,
    MESSAGE_METHOD,
    MESSAGE_OF_PATTERN, /* {1} quantity, {2} of what */
    MESSAGE_MISSING,
    MESSAGE_METHODS_ELSEWHERE,
    MESSAGE_MORE_ELSEWHERE,
    MESSAGE_MEASURED_PATTERN, /* {1} quantity, {2} value, in a line of several */
    MESSAGE_FURTHER_MEASURED, /* {1} minor measurements with their values */
    MESSAGE_SERIES_PATTERN,   /* {1} number in the list of the provenance */
    /* differential */
    MESSAGE_DIAGNOSIS,
    MESSAGE_PROBABILITY,
    MESSAGE_INTERVAL,
    MESSAGE_GROUP,
    MESSAGE_BAR_PATTERN,     /* spoken form of a bar: {1} probability, {2} interval */
    MESSAGE_BAR_LEGEND_TEXT, /* terminal */
    MESSAGE_BAR_LEGEND_HTML,
    MESSAGE_PRIOR_PATTERN, /* {1} prior's name */
    MESSAGE_OTHERS,
    MESSAGE_UNDER_ONE, /* diagnoses below 1 % */
    MESSAGE_GROUPS,
    MESSAGE_NONE_OF_THESE,
    MESSAGE_COMPONENT_PATTERN, /* {1} diagnosis, {2} component */
    /* reasons */
    MESSAGE_RIVAL_PATTERN, /* {1} the rival's name, inside a sentence */
    MESSAGE_FOR,
    MESSAGE_AGAINST,
    MESSAGE_ODDS,
    MESSAGE_ODDS_TIMES,   /* {1} factor above one */
    MESSAGE_ODDS_DIVIDED, /* {1} divisor above one */
    MESSAGE_REASON_BAR,   /* spoken: {1} odds */
    MESSAGE_WEAKER_ONE,
    MESSAGE_WEAKER_PATTERN, /* {1} how many more than one */
    MESSAGE_SLIGHT_ONE,     /* no stronger one is shown */
    MESSAGE_SLIGHT_PATTERN, /* {1} how many more than one */
    MESSAGE_MIRROR_PATTERN, /* {1} the earlier diagnosis, {2} this one, inside a sentence */
    MESSAGE_NO_REASONS,
    MESSAGE_NO_NEXT,
    /* next examination */
    MESSAGE_COST,
    MESSAGE_RISK,
    MESSAGE_IF_PATTERN,     /* {1} findings in words, {2} how likely */
    MESSAGE_THEN_PATTERN,   /* {1} diagnoses with probabilities */
    MESSAGE_ACTION_PATTERN, /* {1} the action */
    /* scores, management */
    MESSAGE_SCORE,
    MESSAGE_BAND,
    MESSAGE_ITEMS,
    MESSAGE_UNKNOWN_ITEMS_PATTERN,   /* {1} */
    MESSAGE_SCORES_LEFT_OUT_PATTERN, /* {1} */
    MESSAGE_APPLIES_PATTERN,         /* {1} diagnosis */
    /* conflicts, files, limits, sources, provenance */
    MESSAGE_READER,
    MESSAGE_MEASUREMENT,
    MESSAGE_USED,
    MESSAGE_REASON,
    MESSAGE_LIMIT_1,
    MESSAGE_LIMIT_2,
    MESSAGE_LIMIT_3,
    MESSAGE_LIMIT_4,
    MESSAGE_UNTRANSLATED_ONE,     /* one text that the language has no words for */
    MESSAGE_UNTRANSLATED_PATTERN, /* {1} how many */
    MESSAGE_TIME,
    MESSAGE_COMMAND,
    MESSAGE_SERIES,
    MESSAGE_CHECKSUM,
    /* comparison of two results */
    MESSAGE_COMPARISON,
    MESSAGE_BEFORE,
    MESSAGE_AFTER,
    MESSAGE_CONCLUSION,
    MESSAGE_COMPARISON_NOTES,
    MESSAGE_CHANGE,
    MESSAGE_VERDICT,
    MESSAGE_EXPLAINED_PATTERN, /* {1} the lower, {2} the upper change that repeated measurement explains */
    MESSAGE_OWN_ERROR,
    MESSAGE_RESPONSE,
    MESSAGE_RESIDUAL,
    MESSAGE_FINDINGS_CHANGED,
    MESSAGE_NO_FINDING_CHANGED,
    MESSAGE_NOT_STATED_HERE,
    MESSAGE_DIAGNOSIS_COLUMN,
    MESSAGE_ALERTS_NEW,
    MESSAGE_ALERTS_STILL,
    MESSAGE_ALERTS_GONE,
    MESSAGE_NO_ALERT_CHANGED,
    MESSAGE_NOT_COMPARED,
    MESSAGE_LEVELS,
    MESSAGE_IMAGES_OF,
    MESSAGE_EVALUATED,
    MESSAGE_RANK_PATTERN, /* {1} percent with interval, {2} rank */
    MESSAGE_NOT_RANKED,
    MESSAGE_COMPARISON_LIMIT_1,
    MESSAGE_COMPARISON_LIMIT_2,
    MESSAGE_COMPARISON_LIMIT_3,
    /* grammar */
    MESSAGE_COMMA,
    MESSAGE_SEMICOLON, /* between names that may hold commas */
    MESSAGE_OR,
    MESSAGE_LABEL_PATTERN,   /* {1} label, {2} value */
    MESSAGE_PERCENT_PATTERN, /* {1} a number or a range */
    MESSAGE_COUNT
} MessageId;

typedef struct {
    const char *id, *text;
} MessageWord;

typedef struct {
    const char *language; /* BCP 47 */
    const char *texts[MESSAGE_COUNT];
    /* words for the ids of the document; each list ends with {NULL, NULL} */
    const MessageWord *groups, *urgencies, *certainties, *sexes, *levels, *scores, *families, *series,
        *verdicts, *points;
    const Language *said; /* of all else; NULL: English */
} Messages;

typedef struct MessageSet MessageSet;

const Messages *messages_english(void);
/* Those of a language of `folder`/languages/; "en" is English. Errors: those of language_load(), and a
 * message that the language has no words for. */
MessageSet *messages_load(const char *folder, const char *language, DensError **err) DENS_MUST_USE;
void messages_free(MessageSet *set);
const Messages *messages_of(const MessageSet *set);

/* A text of the document or the vocabulary in the messages' language, in `arena`; in English itself. NULL if
 * the language has no words for it. */
const char *messages_say(Arena *arena, const Messages *messages, const char *text);

const char *messages_text(const Messages *messages, MessageId id);
/* The word for an id, or NULL if the list has none (or id is NULL). */
const char *messages_word(const MessageWord *words, const char *id);
/* The pattern with {1} and {2} replaced, in `arena`; what is put in is not searched again. */
const char *messages_fill(Arena *arena, const Messages *messages, MessageId id, const char *first,
                          const char *second);

AUTO_DEFINE(MessageSet, messages, messages_free)

#endif
