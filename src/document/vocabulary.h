/* The vocabulary: every finding a case may hold, its values and what they mean, read from
 * knowledge/vocabulary.yaml. Immutable after loading; share it freely between threads. */
#ifndef DENS_DOCUMENT_VOCABULARY_H
#define DENS_DOCUMENT_VOCABULARY_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VOCABULARY_MAX_VALUES = 64 }; /* values of one finding fit a uint64_t mask */

typedef enum { FINDING_CHOICE, FINDING_SET, FINDING_NUMBER } FindingKind;

/* What a finding is used for. */
typedef enum {
    FINDING_FOR_DIFFERENTIAL, /* enters the posterior */
    FINDING_FOR_SCORES        /* stage.*: the differential does not look at it */
} FindingUse;

typedef struct {
    const char *id;         /* "lateral_mass" */
    const char *label;      /* "lateral mass": for sentences */
    const char *definition; /* may be "" */
    int parent;             /* index of the value that this one refines, or -1 */
} FindingValue;

typedef struct {
    size_t index;              /* position in the vocabulary */
    const char *id;            /* "mr.t2" */
    const char *section;       /* "mr": the part before the dot */
    const char *section_label; /* "MR" */
    const char *label;         /* "T2 signal" */
    const char *definition;    /* what a reader looks for */
    FindingKind kind;
    FindingUse use;
    size_t value_count; /* choice and set */
    const FindingValue *values;
    int none_value;                  /* of a set: index of "none", or -1 */
    bool exhaustive;                 /* of a set: a text that describes it names what is there */
    const char *unit;                /* number: UCUM, "" else */
    double minimum, maximum;         /* number: plausible range, inclusive; values outside are refused */
    size_t bin_count;                /* number: bins of the knowledge */
    const double *bin_edges;         /* bin_count + 1 ascending edges, first = minimum, last = maximum */
    size_t sign;                     /* the sign group it belongs to, an index into vocabulary_sign() */
    const char *const *examinations; /* any one of these can show it; NULL-ended */
} Finding;

/* Findings that are aspects of one sign ("T2 signal": mr.t2, mr.stir, mr.t2_brighter_than_disc). A finding
 * that shares its sign with no other has a sign of its own. */
typedef struct {
    size_t index;
    const char *id;
    const char *label;
} Sign;

typedef struct {
    const char *id;    /* "t1" */
    const char *label; /* "T1-weighted MR" */
} Examination;

typedef struct {
    const char *id;    /* "chordoma" */
    const char *name;  /* "Chordoma" */
    const char *term;  /* inside a sentence: "chordoma", "Ewing sarcoma", "giant cell tumour" */
    const char *group; /* benign, intermediate, malignant, secondary, mimic */
    bool in_review;    /* one of the ten of the review */
} DiagnosisName;

typedef struct Vocabulary Vocabulary;

/* Reads `folder`/vocabulary.yaml. */
Vocabulary *vocabulary_load(const char *folder, DensError **err) DENS_MUST_USE;
/* The same, in an arena beside another one. */
Vocabulary *vocabulary_load_beside(const Arena *other, const char *folder, DensError **err) DENS_MUST_USE;
void vocabulary_free(Vocabulary *vocabulary);

size_t vocabulary_count(const Vocabulary *vocabulary);
const Finding *vocabulary_finding(const Vocabulary *vocabulary, size_t index);
/* NULL if there is none. patient.age and patient.sex are findings like any other (section "patient"); in a
 * case they stand in the patient and not among the findings. */
const Finding *vocabulary_find(const Vocabulary *vocabulary, const char *id);
/* Index of a value, or -1. */
int finding_value(const Finding *finding, const char *id);
/* The value and all that refine it, as a mask. */
uint64_t finding_closure(const Finding *finding, int value);
/* The nearest valid name for an unknown one, or NULL. */
const char *vocabulary_nearest(const Vocabulary *vocabulary, const char *id);
const char *finding_nearest_value(const Finding *finding, const char *id);
/* Index of the bin that holds a number; the last bin includes its upper edge. */
size_t finding_bin(const Finding *finding, double number);

size_t vocabulary_sign_count(const Vocabulary *vocabulary);
const Sign *vocabulary_sign(const Vocabulary *vocabulary, size_t index);
size_t vocabulary_examination_count(const Vocabulary *vocabulary);
const Examination *vocabulary_examination(const Vocabulary *vocabulary, size_t index);
int vocabulary_find_examination(const Vocabulary *vocabulary, const char *id);
size_t vocabulary_diagnosis_count(const Vocabulary *vocabulary);
const DiagnosisName *vocabulary_diagnosis(const Vocabulary *vocabulary, size_t index);
int vocabulary_find_diagnosis(const Vocabulary *vocabulary, const char *id);

AUTO_DEFINE(Vocabulary, vocabulary, vocabulary_free)

#endif
