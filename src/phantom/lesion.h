/* The lesions: one row of a table for each diagnosis. Inside phantom/ only. */
#ifndef DENS_PHANTOM_LESION_H
#define DENS_PHANTOM_LESION_H

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
    SITE_PILLAR, /* articular pillar */
    SITE_ARCH    /* lamina */
} LesionSite;

typedef struct {
    const char *diagnosis;
    LesionSite site;
    int first_level, last_level; /* the levels that it may take */
    double radius_mm[3];         /* half axes: left-right, front-back, up-down */
    double forward_mm;           /* the centre's shift to the front */
    double lobulation;           /* of the radius */
    double rim_mm;               /* shell of KIND_RIM inside the edge */
    double centre_mm;            /* radius of a central KIND_CENTRE */
    double chamber_mm;           /* size of the chambers between walls of KIND_SEPTUM; 0: none */
    double wall_mm;              /* thickness of these walls */
    double focus_quantile;       /* clumps of KIND_FOCUS above this quantile of normal noise; 0: none */
    bool fluid_levels;
    double oedema_mm;        /* KIND_OEDEMA around it, in its vertebra */
    bool breaks_cortex;      /* reaches beyond the bone; else it is cut off inside the cortex */
    double age_mean, age_sd; /* years */
    double male_share;
    TissueValues matrix, septum, rim, centre, focus, fluid_top, fluid_bottom;
} LesionKind;

/* NULL if there is none. */
const LesionKind *lesion_kind(const char *diagnosis);
/* The values of a tissue in a phantom with this lesion. */
const TissueValues *lesion_tissue(const LesionKind *lesion, TissueKind kind);

#endif
