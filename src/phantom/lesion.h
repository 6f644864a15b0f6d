/* The lesions: one row of a table for each diagnosis. Inside phantom/ only. */
#ifndef DENS_PHANTOM_LESION_H
#define DENS_PHANTOM_LESION_H

#include "base/error.h"
#include "base/random.h"
#include "phantom/tissue.h"

#include <stdbool.h>

/* C0 is the occipital bone: clivus, condyles, and the rim of the foramen magnum. */
enum {
    LEVEL_C0,
    LEVEL_C1,
    LEVEL_C2,
    LEVEL_C3,
    LEVEL_C4,
    LEVEL_C5,
    LEVEL_C6,
    LEVEL_C7,
    LEVEL_T1,
    LEVEL_COUNT
};

typedef enum {
    SITE_BODY,
    SITE_PILLAR,  /* articular pillar */
    SITE_ARCH,    /* lamina */
    SITE_FORAMEN, /* the neural foramen below the level */
    SITE_DISC     /* the disc below the level, and both endplates */
} LesionSite;

/* Where KIND_FOCUS lies in a lesion. */
typedef enum {
    FOCUS_NONE,
    FOCUS_CLUMPS,  /* flocculent or punctate calcification */
    FOCUS_RINGS,   /* rings and arcs */
    FOCUS_CLOUD,   /* osteoid: large, without an edge */
    FOCUS_COLUMNS, /* thick vertical trabeculae, in bone only */
    FOCUS_SHELL    /* a cortex below the rim */
} FocusPattern;

/* How far a mass reaches toward the cord: the epidural spinal cord compression scale of Bilsky 2010
 * (J Neurosurg Spine 13:324): bone only; epidural; sac deformed; cord touched; cord compressed, CSF seen; no
 * CSF seen. */
typedef enum { GRADE_0, GRADE_1A, GRADE_1B, GRADE_1C, GRADE_2, GRADE_3 } EpiduralGrade;

/* A further ellipsoid of a lesion: its middle from the lesion's (to the lesion's side, back, up), its half
 * axes; mm. */
typedef struct {
    double side, back, up;
    double radius_mm[3];
} LesionLobe;
enum { MOST_LOBES = 3, MOST_OTHERS = 8 };

typedef struct {
    const char *diagnosis;
    LesionSite site;
    int first_level, last_level; /* the levels that it may take */
    double radius_mm[3];         /* half axes: left-right, front-back, up-down */
    double forward_mm;           /* the centre's shift to the front */
    LesionLobe lobes[MOST_LOBES];
    double lobulation;     /* of the radius */
    double spicules;       /* fine thorns, of the radius */
    double rim_mm;         /* shell of KIND_RIM inside the edge */
    double centre_mm;      /* radius of a central KIND_CENTRE */
    double chamber_mm;     /* size of the chambers between walls of KIND_SEPTUM; 0: none */
    double wall_mm;        /* thickness of these walls */
    FocusPattern pattern;  /* of KIND_FOCUS */
    double focus_quantile; /* clumps and clouds stand above this quantile of normal noise */
    bool fluid_levels;
    bool abscess;                         /* the lobes hold KIND_FLUID_TOP */
    double sclerosis_mm;                  /* KIND_SCLEROSIS around it, in its vertebra */
    double oedema_mm;                     /* KIND_OEDEMA around it, in its vertebra */
    double soft_oedema_mm;                /* KIND_SOFT_OEDEMA around it, in muscle */
    bool breaks_cortex;                   /* reaches beyond the bone; else it is cut off inside the cortex */
    bool keeps_cortex;                    /* reaches beyond the bone, whose cortex stays */
    bool erodes;                          /* from outside: the bone that is left has a cortex of its own */
    bool anterior, paravertebral;         /* where its mass goes; truth only */
    double least_collapse, most_collapse; /* share of the body's height that is lost */
    EpiduralGrade least_grade, most_grade;
    int least_others, most_others; /* further lesions in other vertebrae */
    double roughness;              /* spread of its matrix' signals, of the signal */
    double age_mean, age_sd;       /* years */
    double male_share;
    TissueValues matrix, septum, rim, centre, focus, fluid_top, fluid_bottom;
} LesionKind;

/* NULL if there is none. */
const LesionKind *lesion_kind(const char *diagnosis);
/* The values of a tissue in a phantom with this lesion. */
const TissueValues *lesion_tissue(const LesionKind *lesion, TissueKind kind);
/* "C0" … "C7", "T1" */
const char *lesion_level_name(int level);
/* The same back. The levels have one place for each site but discs and neural foramina, which only C2 to C7
 * have below. */
bool lesion_parse_level(const char *name, const LesionKind *lesion, int *out, DensError **err) DENS_MUST_USE;
/* "1a" and so on. */
const char *lesion_grade_name(EpiduralGrade grade);

#endif
