/* What the numbers of a label map stand for. A scheme (which number is C3, which is the cord) is data:
 * knowledge/label_schemes.yaml. It is declared by its name, or made from the names that a file gives its own
 * segments; it is never guessed from the numbers, as 41 is C1 in one scheme and T3 in another. Here, too: the
 * check that the labelled vertebrae stand in a row. */
#ifndef DENS_IMAGE_LABELS_H
#define DENS_IMAGE_LABELS_H

#include "base/arena.h"
#include "image/volume.h"

/* Levels count from the head: 1 = C1 … 7 = C7, 8 = T1, 9 = T2. 0: none. */
enum { LEVEL_NONE = 0, LEVEL_C1 = 1, LEVEL_C7 = 7, LEVEL_T1 = 8, LEVEL_T2 = 9, LEVEL_COUNT = 10 };
const char *level_name(int level); /* "C3"; "" for none */
int level_parse(const char *name); /* LEVEL_NONE if it is none */

typedef enum {
    STRUCTURE_NONE,
    STRUCTURE_VERTEBRA, /* a whole vertebra, or what the tool gives of it */
    STRUCTURE_DISC,
    STRUCTURE_CORD,
    STRUCTURE_CANAL, /* without the cord where the cord has its own label */
    STRUCTURE_CSF,
    STRUCTURE_MUSCLE,
    STRUCTURE_MARROW,
    STRUCTURE_ARTERY, /* vertebral */
    /* elements of vertebrae, where the labels tell elements instead of levels */
    STRUCTURE_BODY,
    STRUCTURE_ARCH,
    STRUCTURE_SPINOUS_PROCESS,
    STRUCTURE_TRANSVERSE_PROCESS,
    STRUCTURE_ARTICULAR_PROCESS,
    STRUCTURE_ENDPLATE,
    STRUCTURE_OCCIPUT, /* the occipital bone: level C0 of a lesion, no vertebra of the chain */
    STRUCTURE_COUNT
} StructureKind;
const char *structure_name(StructureKind kind); /* "spinous_process" */

typedef struct {
    StructureKind kind;
    int level; /* of a vertebra; of a disc: the vertebra above it; LEVEL_NONE if it is not told */
} Structure;

typedef struct {
    const char *name, *title; /* "totalspineseg", "TotalSpineSeg (MR)" */
    size_t count;
    struct LabelEntry {
        uint16_t label;
        Structure structure;
    } * entries; /* by label, each once */
} LabelScheme;

/* The scheme that was declared; or, if `declared` is NULL, that of the segments' own names. `path` is
 * knowledge/label_schemes.yaml. Errors: a name that is no scheme (usage), neither a declared scheme nor names
 * that are known (usage), and a file that does not hold schemes. The scheme lives in `arena`. */
LabelScheme *label_scheme_read(Arena *arena, const char *path, const char *declared, const Mask *labels,
                               DensError **err) DENS_MUST_USE;
Structure label_structure(const LabelScheme *scheme, uint16_t label);

/* Where the vertebrae of a label map are, and whether they stand in a row. */
typedef struct {
    struct LevelPlace {
        uint16_t label; /* 0: this level is not in the map */
        size_t voxels;  /* with its label */
        Vec3 centre_lps_mm;
    } places[LEVEL_COUNT]; /* by level */
    int first, last;       /* the highest and the lowest level in the map */
    size_t fault_count;    /* 0: contiguous and ordered */
    const char **faults;   /* sentences without a full stop: "C4 is missing between C3 and C5" */
} VertebraChain;

/* Faults of the chain are told, they are no error: a reader must resolve them. An error is a map without any
 * vertebra of the scheme. */
bool vertebra_chain_check(VertebraChain *out, Arena *arena, const Mask *labels, const LabelScheme *scheme,
                          DensError **err) DENS_MUST_USE;

#endif
