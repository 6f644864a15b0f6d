/* The knowledge: evidence rows and the Dirichlet distributions that follow from them (docs/knowledge.md).
 * Immutable after loading; share it freely between threads. */
#ifndef DENS_KNOWLEDGE_KNOWLEDGE_H
#define DENS_KNOWLEDGE_KNOWLEDGE_H

#include "base/error.h"
#include "base/region.h"
#include "base/value.h"
#include "document/case.h"
#include "document/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { SCOPE_CERVICAL, SCOPE_SPINAL, SCOPE_GENERAL } Scope;

typedef struct {
    const char *id;                      /* "si2014" */
    const char *citation;                /* "Si MJ et al., …, 2014": one line */
    const char *short_name;              /* "Si 2014" */
    const char *doi, *url, *kind, *seen; /* "" if not given */
    const char *cited_by;                /* what names it outside the knowledge: "measurements", or "" */
} Source;

/* One evidence row, as written, with what it adds to its cell. */
typedef struct {
    const char *id; /* "chordoma.mr.t2.1" */
    const Finding *finding;
    const Source *source;
    const char *where, *note, *conflict; /* "" if not given */
    Scope scope;
    bool selected;
    uint64_t components; /* of its diagnosis, as a mask; 0: it speaks of the diagnosis as a whole */
    double weight;       /* the row's own, 0 … 1 */
    const Value *data;   /* the row's node in the YAML tree; NULL in an image */
    bool has_counts;     /* counts or shares with n: patients stand behind it */
    double n;            /* patients, 0 for words */
    /* Choice: per value; number: per bin; patients (or words × equivalent size) before discounts, coarse
     * counts shared out. Set: two per member: present, absent; a member that the row does not speak of has 0
     * and 0. */
    const double *mass;
    double discount; /* what multiplies mass in the cell: scope × selection × weight × cap; the largest of
                        the cells of several components */
} Row;

/* P(finding | diagnosis) as Dirichlet parameters: choice value_count, number bin_count; set 2·value_count
 * (present, absent for each member: Beta distributions of their own). */
typedef struct {
    const double *alpha;
    const double *mean; /* alpha normalised, per block */
    size_t row_count;   /* rows that say something about this cell */
    const Row *const *rows;
} Cell;

typedef struct {
    const char *topic, *text, *where;
    const char *conflict; /* "" if not given */
    const Source *source;
} Statement;

/* A code of another system for the diagnosis, or why that system has none for such a disease. */
typedef struct {
    const char *system;         /* "icd_o", "snomed", "radlex" */
    const char *code, *meaning; /* code "" where the system does not apply, meaning "" if not given */
    const char *does_not_apply; /* why, or "" */
    const Source *source;
} DiagnosisCode;

/* The place of the diagnosis in the WHO classification; source NULL if it is not given. */
typedef struct {
    const char *group, *behaviour, *grade, *where; /* grade "" if there is none */
    const Source *source;
} WhoClass;

/* What it typically looks like in one modality, in words. */
typedef struct {
    const char *modality, *text, *where;
    const Source *source;
} TypicalPicture;

/* What is mistaken for it. */
typedef struct {
    int diagnosis;    /* index, or −1 for one that is not ranked */
    const char *name; /* of either */
    const char *text, *where;
    const Source *source;
} Mimic;

/* A subtype that looks different: the diagnosis is the mixture of its components. */
typedef struct {
    const char *id, *name, *definition; /* definition "" if not given */
} Component;

typedef struct {
    size_t index; /* as in the vocabulary's list of diagnoses */
    const DiagnosisName *name;
    bool known;          /* has a file */
    const char *summary; /* "" if none */
    size_t synonym_count;
    const char *const *synonyms;
    size_t row_count;
    const Row *rows;
    size_t statement_count;
    const Statement *statements; /* pitfalls among them, topic "pitfall" */
    size_t code_count;
    const DiagnosisCode *codes;
    WhoClass who;
    size_t typical_count;
    const TypicalPicture *typical;
    size_t mimic_count;
    const Mimic *mimics;
    size_t component_count; /* 0, or at least two */
    const Component *components;
    const double *component_alpha; /* Dirichlet parameters of the shares of the components */
    size_t share_row_count;
    const Row *share_rows; /* the rows behind them */
} Diagnosis;

typedef struct {
    const char *id, *diagnosis, *question, *resolution; /* diagnosis "" if general */
    size_t row_count;
    const Row *const *rows;
    size_t statement_count; /* of the diagnoses and of general.yaml; none if it was found */
    const Statement *const *statements;
    size_t source_count;
    const Source *const *sources; /* that resolve it */
    bool written;                 /* from conflicts.yaml; false: found by comparing the rows' counts */
} Conflict;

/* A node of a prior's tree. */
typedef struct PriorNode PriorNode;
struct PriorNode {
    const char *id; /* child name in its parent */
    int diagnosis;  /* of a leaf: index; -1 for an inner node */
    size_t child_count;
    const PriorNode *children;
    double *alpha; /* inner node: Dirichlet parameters of its children */
    const Source *source;
    const char *where, *note;
};
typedef struct {
    const char *id, *label, *note; /* id of one from a file: the file's name without its folders */
    const char *path;              /* of that file; NULL: of the knowledge */
    const PriorNode *root;
    double none_of_these; /* 0.05 */
} Prior;

/* The constants of scales.yaml that the inference needs. */
typedef struct {
    double sign_tempering;       /* exponent t: a sign with k known findings weighs Σ·k^(−t) */
    double none_tempering;       /* exponent of the flattened mixture behind "none of these" */
    double reader_slip;          /* share of findings that are not what the lesion shows */
    double atypical_share;       /* of patients in whom a diagnosis shows itself atypically */
    double atypical_slip;        /* share of findings that then follow the background */
    double unasked_negative;     /* share of the negatives that tell nothing, as nobody looked for them */
    double bundle_tempering;     /* as sign_tempering, of the signs of a bundle */
    size_t draws;                /* 256 */
    double interval_mass;        /* 0.90 */
    double measured_ratio_limit; /* 10 */
} InferenceScales;

/* Signs that go together across their groups (dependence.yaml): all of them say how far a lesion reaches. */
typedef struct {
    const char *id, *label, *reason;
    size_t sign_count;
    const size_t *signs; /* indices into vocabulary_sign() */
} Bundle;

typedef struct Knowledge Knowledge;

/* Loads and checks everything in `folder`. Errors name file, line, column and what would be right. */
Knowledge *knowledge_load(const char *folder, DensError **err) DENS_MUST_USE;
/* The same, and what only describes it: the conflicts that the counts show and what names the written ones,
 * and which sources the files of other rooms cite. Without it the conflicts are the written ones, tied to
 * nothing, and knowledge_remarks() may not be asked. */
Knowledge *knowledge_load_whole(const char *folder, DensError **err) DENS_MUST_USE;
/* As knowledge_load(), but everything is made in a region; `version` is what knowledge_digest() said. */
Knowledge *knowledge_load_into(Region *region, const char *folder, const char *version,
                               DensError **err) DENS_MUST_USE;
/* What an image held takes its place: the folder, and what was prepared for it. */
void knowledge_settle(Knowledge *knowledge, const char *folder);
void knowledge_free(Knowledge *knowledge);
/* An arena beside that of the knowledge: in its region, if it is made in one. */
Arena *knowledge_arena_beside(const Knowledge *knowledge);
const Vocabulary *knowledge_vocabulary(const Knowledge *knowledge);
const char *knowledge_folder(const Knowledge *knowledge);
/* "sha256:…" over the names and bytes of every YAML file below the folder, sorted by name. */
const char *knowledge_version(const Knowledge *knowledge);
/* The same of a folder that was not loaded, in `arena`; NULL with an error if it cannot be read. */
const char *knowledge_digest(const char *folder, Arena *arena, DensError **err) DENS_MUST_USE;
/* What other rooms prepared for this version of the knowledge when the program was built; NULL if there is
 * none, or if counts of own cases were put on it. */
const void *knowledge_prepared(const Knowledge *knowledge, size_t *out_bytes);
/* For whoever finds that damaged: the table's watcher is told. */
void knowledge_tell_damage(const Knowledge *knowledge);
const InferenceScales *knowledge_scales(const Knowledge *knowledge);

size_t knowledge_diagnosis_count(const Knowledge *knowledge); /* as the vocabulary's */
const Diagnosis *knowledge_diagnosis(const Knowledge *knowledge, size_t index);
/* The length of a cell's alpha: values, bins, or two for each member of a set. */
size_t cell_components(const Finding *finding);
/* Of a diagnosis with components: their mixture, as one Dirichlet of the same mean. */
const Cell *knowledge_cell(const Knowledge *knowledge, size_t diagnosis, const Finding *finding);
/* The cell of one component; of a diagnosis without components (component 0), its cell. */
const Cell *knowledge_component_cell(const Knowledge *knowledge, size_t diagnosis, size_t component,
                                     const Finding *finding);
/* The background of a finding as probabilities, laid out as a cell's alpha. */
const double *knowledge_background(const Knowledge *knowledge, const Finding *finding);
/* The rows that the backgrounds were made of, in the order of background.yaml. */
const Row *knowledge_background_rows(const Knowledge *knowledge, size_t *out_count);
/* What "none of these" expects of a finding: the equal mixture over the diagnoses without the one that knows
 * a value best, flattened (none_tempering) as far as no diagnosis expects the value; laid out as a cell's
 * alpha. */
const double *knowledge_none(const Knowledge *knowledge, const Finding *finding);
size_t knowledge_bundle_count(const Knowledge *knowledge);
const Bundle *knowledge_bundle(const Knowledge *knowledge, size_t index);
/* The bundle of a sign, or -1. */
int knowledge_bundle_of(const Knowledge *knowledge, size_t sign);
/* Refuses a case whose findings cannot hold together (contradictions.yaml); `where` is the file of the case.
 */
bool knowledge_check_case(const Knowledge *knowledge, const Case *c, const char *where,
                          DensError **err) DENS_MUST_USE;
const Row *knowledge_row(const Knowledge *knowledge, const char *id); /* NULL if there is none */

size_t knowledge_source_count(const Knowledge *knowledge);
const Source *knowledge_source(const Knowledge *knowledge, size_t index); /* in the file's order */
const Source *knowledge_find_source(const Knowledge *knowledge, const char *id);
size_t knowledge_conflict_count(const Knowledge *knowledge);
const Conflict *knowledge_conflict(const Knowledge *knowledge, size_t index);
size_t knowledge_prior_count(const Knowledge *knowledge);
const Prior *knowledge_prior(const Knowledge *knowledge, size_t index);
const Prior *knowledge_find_prior(const Knowledge *knowledge, const char *id);

/* What general.yaml says of all tumours of the cervical spine; none if there is no such file. */
const Statement *knowledge_general(const Knowledge *knowledge, size_t *out_count);

/* `dens knowledge check`: beyond what loading refuses: sources that nothing cites, findings without any row,
 * conflicts that nothing names, names of sources that nobody described, diagnoses without a file, backgrounds
 * without a row. Adds one string each to
 * `out_remarks` (a list). */
void knowledge_remarks(const Knowledge *knowledge, Value *out_remarks);

AUTO_DEFINE(Knowledge, knowledge, knowledge_free)

#endif
