/* What the files of this room share; nobody else includes it.
 *
 * Loading goes: scales, sources, conflicts, background, diagnoses, priors (load.c), each parsed and checked
 * into tables (scales.c, registers.c, rows.c, diagnoses.c, about.c, priors.c); then the distributions: the
 * mass of every row (mass.c), the background of every finding and the cells (cells.c); then the conflicts
 * that the counts show (conflicts.c). Nothing changes afterwards. */
#ifndef DENS_KNOWLEDGE_PARTS_H
#define DENS_KNOWLEDGE_PARTS_H

#include "base/arena.h"
#include "base/trees.h"
#include "document/check.h"
#include "knowledge/knowledge.h"

enum { FILES_MAX = 10000, FILE_BYTES_MAX = 16 * 1024 * 1024 }; /* of a folder of knowledge */
enum { CELL_MAX = 2 * VOCABULARY_MAX_VALUES }; /* numbers of one cell: a set has two for each member */

/* ---- scales.yaml ---- */

typedef enum {
    WORD_ALWAYS,
    WORD_USUAL,
    WORD_COMMON,
    WORD_OCCASIONAL,
    WORD_RARE,
    WORD_NEVER,
    WORD_COUNT
} Word;
extern const char *const knowledge_words[WORD_COUNT];

typedef enum {
    SCALE_SCOPE_CERVICAL,
    SCALE_SCOPE_SPINAL,
    SCALE_SCOPE_GENERAL,
    SCALE_SELECTED,
    SCALE_SOURCE_CAP,
    SCALE_TISSUE_CAP,
    SCALE_OVERLAY_CAP,
    SCALE_SHARE_SIZE,
    SCALE_NAMED_REST,
    SCALE_BACKGROUND_STRENGTH,
    SCALE_BACKGROUND_FLAT,
    SCALE_SILENCE,
    SCALE_PRIOR_NONE_OF_THESE,
    SCALE_PRIOR_CAP,
    SCALE_PRIOR_FLAT,
    SCALE_CONFLICT_PATIENTS,
    SCALE_SIGN_TEMPERING,
    SCALE_NONE_TEMPERING,
    SCALE_READER_SLIP,
    SCALE_ATYPICAL_SHARE,
    SCALE_ATYPICAL_SLIP,
    SCALE_UNASKED_NEGATIVE,
    SCALE_BUNDLE_TEMPERING,
    SCALE_DRAWS,
    SCALE_INTERVAL_MASS,
    SCALE_MEASURED_RATIO_LIMIT,
    SCALE_COUNT
} ScaleConstant;

typedef struct {
    double value;
    const char *reason;
    const Source *source; /* NULL: a design choice */
} Scale;

typedef struct {
    Scale probability; /* P(value) that the word stands for, with its reason */
    double size;       /* the patients that one such sentence is worth */
} WordScale;

/* ---- rows ---- */

typedef enum { DATA_COUNTS, DATA_SHARES, DATA_SAYS, DATA_DISTRIBUTION } DataKind;

/* One key of a row's data: the values or the range that it names, and how much. */
typedef struct {
    uint64_t values;  /* choice, set: as a mask */
    double low, high; /* number: from, to */
    double amount;    /* patients, share, or the word's probability */
    double size;      /* of a word */
    const Value *at;  /* NULL in an image */
} Entry;

/* What a Row says, parsed. */
typedef struct {
    Row *row;
    DataKind kind;
    size_t entry_count;
    Entry *entries;
    double total; /* patients of counts and distributions; weight of shares */
    double mean, sd, minimum, maximum;
    const char *same_patients_as; /* "" if not given */
    double *mass;                 /* row->mass, writable */
    double discount;              /* in the cell that is being built */
} RowData;

typedef struct {
    size_t count;
    Row *rows;
    RowData *data;
} RowTable;

/* What cannot hold together: all parts, or a member of both sets. */
typedef struct {
    const Finding *finding;
    uint64_t values; /* choice: one of these; set: one of these is listed */
    double above;    /* number */
} ContradictionPart;

typedef struct {
    const char *id, *because;
    size_t part_count;
    const ContradictionPart *parts;
    const Finding *same[2]; /* NULL, or two sets with the same members */
} Contradiction;

struct Knowledge {
    Arena *arena;
    Arena *trees; /* of the parsed files: their text is kept, an image leaves their nodes out */
    char *folder, *version;
    const Trees *table;   /* of parsed trees; NULL: none */
    const void *prepared; /* in the table; NULL: nothing */
    size_t prepared_bytes;
    Vocabulary *vocabulary;
    Scale scales[SCALE_COUNT];
    WordScale words[WORD_COUNT];
    InferenceScales inference;
    size_t source_count;
    Source *sources;
    const Source **sources_by_id; /* the same, sorted */
    bool *source_used;
    Value *unknown_cited; /* a list of remarks: sources that other rooms' files name and nobody described */
    size_t conflict_count;
    Conflict *conflicts;
    RowTable background;
    size_t general_count;
    Statement *general;
    Diagnosis *diagnoses;   /* one for each of the vocabulary's */
    RowTable *tables;       /* their rows */
    RowTable *share_tables; /* the rows on their components' shares */
    Cell *cells;            /* diagnosis × finding */
    Cell **component_cells; /* of each diagnosis with components: component × finding; else NULL */
    double **background_p;  /* one for each finding */
    double **none_p;        /* likewise */
    size_t contradiction_count;
    Contradiction *contradictions;
    size_t bundle_count;
    Bundle *bundles;
    int *bundle_of; /* one for each sign */
    size_t prior_count;
    Prior *priors;
};

/* The state of loading. `check` names the file that is being read. */
typedef struct {
    Knowledge *k;
    Check check;
} Loader;

/* How many components of a finding's cell make one distribution. */
size_t row_block(const Finding *finding);
/* Names that are neither hidden nor shortened: knowledge holds nothing of a patient. */
const char *loader_quote(const Loader *l, const char *text);
/* The text at `key` in the knowledge's arena; `fallback` if there is none and it is not NULL. NULL: error. */
const char *loader_text(const Loader *l, const Value *map, const char *key, const char *fallback);
bool loader_id(const Loader *l, const Value *at, const char *id) DENS_MUST_USE;
/* The number at `key`, finite and inside [minimum, maximum]; *out is left alone if the key is missing. */
bool loader_number(const Loader *l, const Value *map, const char *key, double minimum, double maximum,
                   double *out) DENS_MUST_USE;
/* The source that is named at `key`; NULL with an error if it is missing or unknown. */
const Source *loader_source(const Loader *l, const Value *map, const char *key);
/* The list of source ids at `key`. */
bool loader_sources(const Loader *l, const Value *map, const char *key, const Source *const **out,
                    size_t *out_count) DENS_MUST_USE;

/* The id of the written conflict at `conflict`: "" if there is none; NULL with an error if it is unknown. */
const char *loader_conflict(const Loader *l, const Value *map);

/* Parsed trees of the files of one kind; the file's path is its `where`. */
typedef struct {
    const char *path;
    const Value *root;
} Document;
typedef struct {
    size_t count;
    Document *items;
} DocumentList;

bool knowledge_load_scales(Loader *l, const Value *root) DENS_MUST_USE;
bool knowledge_load_sources(Loader *l, const DocumentList *files) DENS_MUST_USE;
bool knowledge_load_conflicts(Loader *l, const DocumentList *files) DENS_MUST_USE;
/* Rows of the list `evidence`; ids begin with `owner`. `components` are those of the diagnosis as the values
 * of a finding, or NULL if it has none. With `of_shares` the rows are about them and name no finding. */
bool knowledge_load_rows(const Loader *l, const Value *list, const char *owner, const Finding *components,
                         bool of_shares, RowTable *out) DENS_MUST_USE;
/* What a diagnosis is beyond its evidence: codes, WHO class, typical pictures, mimics. */
bool knowledge_load_about(const Loader *l, const Value *root, Diagnosis *out) DENS_MUST_USE;
/* Its components; *out_finding has them as values, or is NULL if there are none. */
bool knowledge_load_components(const Loader *l, const Value *root, Diagnosis *out,
                               const Finding **out_finding) DENS_MUST_USE;
bool knowledge_load_statements(const Loader *l, const Value *list, const char *fixed_topic, Statement *out,
                               size_t *count) DENS_MUST_USE;
bool knowledge_load_background(Loader *l, const Value *root) DENS_MUST_USE;
bool knowledge_load_general(Loader *l, const Value *root) DENS_MUST_USE;
bool knowledge_load_diagnosis(Loader *l, const Document *file) DENS_MUST_USE;
bool knowledge_load_priors(Loader *l, const Value *root) DENS_MUST_USE;
/* One prior, at its name in the map, into the next place of k->priors. */
bool knowledge_load_prior(Loader *l, const Value *node) DENS_MUST_USE;
bool knowledge_load_contradictions(Loader *l, const Value *root) DENS_MUST_USE;
/* dependence.yaml; NULL: there is none. */
bool knowledge_load_dependence(Loader *l, const Value *root) DENS_MUST_USE;

/* Fills the row's mass; `base` are probabilities by which what is not told apart is shared out. */
void row_fill_mass(const Knowledge *k, RowData *data, const double *base);
/* Backgrounds, masses, discounts, cells. */
void knowledge_build_cells(Knowledge *k, Arena *scratch);
/* Appends the conflicts that the rows' counts show and ties rows and statements to the written ones. */
void knowledge_find_conflicts(Knowledge *k, Arena *scratch);
/* Names for describe.c. */
const char *scale_name(ScaleConstant constant);
const char *const *knowledge_topics(size_t *out_count);
/* Histology, stains and genes. */
bool finding_is_of_tissue(const Finding *finding);
/* What a discount is made of, without the cap. */
double row_discount(const Knowledge *k, const Row *row);

#endif
