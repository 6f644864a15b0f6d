/* The case: one lesion of one patient at one time, as a reader and the measurements saw it
 * (format dens-case/1, see docs/formats.md). A finding that is not in the case is unknown. */
#ifndef DENS_DOCUMENT_CASE_H
#define DENS_DOCUMENT_CASE_H

#include "base/error.h"
#include "base/value.h"
#include "document/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { SEX_UNKNOWN, SEX_MALE, SEX_FEMALE } Sex;
typedef enum {
    EXAMINATION_UNKNOWN,
    EXAMINATION_COMPLETE,
    EXAMINATION_PARTIAL,
    EXAMINATION_NOT_DONE
} ExaminationState;
enum { CASE_MAX_HEDGES = 8 };

/* What is known of one finding.
 * Choice: `read_values` is the mask of the values of which one holds ("one of these").
 * Set: `read_values` are the members that are present. `read_none`: a lone "none": all members absent.
 *      site.levels only: members that are not listed are absent (free of the lesion).
 * Number: `read_numbers`, of which one holds. */
typedef struct {
    const Finding *finding;
    bool has_read, has_measured;
    uint64_t read_values;
    bool read_none;
    size_t read_number_count;
    double read_numbers[CASE_MAX_HEDGES];
    /* measured, choice: the most likely value and P(measurement | value), up to scale */
    int measured_value;
    double likelihood[VOCABULARY_MAX_VALUES];
    /* measured, number; sd 0 if none was given */
    double measured_number, measured_sd;
    const char *measurement; /* id of the measurement behind it, or NULL */
} CaseFinding;

typedef struct {
    const char *id; /* may be NULL, like all strings here */
    bool has_age;
    double age_years;
    Sex sex;
    const char *study_uid, *accession;
    ExaminationState *examinations; /* one for each of the vocabulary's */
    size_t finding_count;
    CaseFinding *findings; /* in the vocabulary's order */
    const char *truth_diagnosis, *truth_basis;
    const Value *source, *note; /* as they stood in the file; may be NULL */
    const Value
        *extra; /* a map of top-level keys that the format does not know, kept for writing; may be NULL */
    const Vocabulary *vocabulary;
    Arena *arena; /* owns all of it */
} Case;

Case *case_new(const Vocabulary *vocabulary);
void case_free(Case *c);

/* Reads a case; "-" is standard input. Errors name the file, line, column, the JSON path and the nearest
 * valid name. Contradictions inside the case are errors: `known_primary: absent` with a primary_site;
 * `site.vertebrae` that is not the number of `site.levels`; "none" beside other members; "absent" beside
 * "present". Warnings (unknown top-level keys that look like no typing error) are added to `warnings`, one
 * string each, if that is a list. */
Case *case_read(const char *path, const Vocabulary *vocabulary, Value *warnings,
                DensError **err) DENS_MUST_USE;
Case *case_from_value(const Value *root, const char *where, const Vocabulary *vocabulary, Value *warnings,
                      DensError **err) DENS_MUST_USE;
/* The case as a dens-case/1 tree under `parent`[key], or as root in `arena` if parent is NULL. */
Value *case_to_value(const Case *c, Value *parent, const char *key, Arena *arena);

/* Borrowed; NULL if unknown. case_put adds an empty one or returns the one that is there; case_drop makes it
 * unknown again. */
const CaseFinding *case_find(const Case *c, const char *finding_id);
CaseFinding *case_put(Case *c, const Finding *finding);
void case_drop(Case *c, const Finding *finding);
/* What a case says without listing it among its findings: the patient's age (as it stands there) and sex, and
 * from the levels that were read the number of vertebrae, unless that is stated. False if it says nothing of
 * `finding`. */
bool case_implied(const Case *c, const Finding *finding, CaseFinding *out);
/* The mask of values of a choice that are still possible: read ones (with their refinements), else measured
 * ones with at least `threshold` of the summed likelihood; all if unknown. For a set: present members. */
uint64_t case_possible(const Case *c, const Finding *finding, double threshold);
/* Is `value` of `finding` still possible (hedged, or measured at 10 % or more) and the finding known at all?
 */
bool case_may_be(const Case *c, const char *finding_id, const char *value_id);
/* Does the reader's value differ from the most likely measured one? */
bool case_finding_conflicts(const CaseFinding *finding);

/* The evidence of one finding for the inference: the reader's if there is one, else the measured.
 * choice: `out` holds value_count likelihoods in [0, 1], the largest 1. A measured one is limited to a ratio
 * of 10 between its largest and smallest. set: `out` holds for each member 1 present, 0 absent, -1 unknown.
 * number: `out` holds bin_count weights that sum to 1 (a number with sd spreads over bins; a hedge splits).
 * False if nothing is known. */
bool case_evidence(const CaseFinding *finding, double *out);

const char *examination_state_name(ExaminationState state); /* "not_done" */

AUTO_DEFINE(Case, case, case_free)

#endif
