/* The lesions: one row of a table for each diagnosis. Inside phantom/ only. */
#ifndef DENS_PHANTOM_LESION_H
#define DENS_PHANTOM_LESION_H

#include "base/random.h"
#include "phantom/tissue.h"

#include <stdbool.h>

/* The vertebrae of the phantom. */
enum { LEVEL_C2, LEVEL_C3, LEVEL_C4, LEVEL_C5, LEVEL_COUNT };

typedef struct {
    const char *diagnosis;
    bool posterior;              /* in the lamina and spinous process; else in the body */
    int first_level, last_level; /* the levels that it may take */
    double radius_mm[3];         /* half axes: left-right, front-back, up-down */
    double forward_mm;           /* the centre's shift to the front of the body's centre (or of the arch) */
    double lobulation;           /* of the radius */
    double rim_mm;               /* shell of KIND_RIM inside the edge */
    double nidus_mm;             /* radius of a central KIND_NIDUS */
    double septum_spacing_mm;    /* distance of KIND_SEPTUM walls; 0: none */
    double focus_share;          /* share of KIND_FOCUS clumps */
    bool fluid_levels;
    double oedema_mm;        /* KIND_OEDEMA in bone around it */
    bool breaks_cortex;      /* reaches beyond the bone; else it is cut off at the bone's edge */
    double age_mean, age_sd; /* years */
    double male_share;
    TissueValues matrix, septum, rim, nidus, focus, fluid_top, fluid_bottom;
} LesionKind;

/* NULL if there is none. */
const LesionKind *lesion_kind(const char *diagnosis);
/* The values of a tissue in a phantom with this lesion. */
const TissueValues *lesion_tissue(const LesionKind *lesion, TissueKind kind);

#endif
