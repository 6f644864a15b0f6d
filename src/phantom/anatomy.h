/* The neck as implicit functions of a point: which tissue is where. Inside phantom/ only. */
#ifndef DENS_PHANTOM_ANATOMY_H
#define DENS_PHANTOM_ANATOMY_H

#include "image/geometry.h"
#include "phantom/lesion.h"

#include <stdint.h>

/* Labels of the scheme "dens". */
enum {
    LABEL_CORD = 1,
    LABEL_CSF = 2,
    LABEL_C1 = 11,
    LABEL_C2 = 12,         /* C3 13 … C6 16 */
    LABEL_DISC_C2_C3 = 63, /* … C5/C6 66 */
    LABEL_LESION = 100,
    LABEL_MUSCLE = 101,
    LABEL_MARROW = 102,
    LABEL_FAT = 103,
    LABEL_ARTERY = 105
};

/* Where a point is along the curved spine: x to the left, v to the back from the middle of the bodies, s up
 * along the curve; all in mm. */
typedef struct {
    double x, v, s;
} SpinePoint;

/* One patient. */
typedef struct {
    const LesionKind *lesion;
    int lesion_level;
    int side;                              /* +1 left, −1 right: of a posterior lesion */
    double scale;                          /* size of the patient, 1 = mean */
    double curve_radius_mm;                /* of the lordosis */
    double body_height_mm, disc_height_mm; /* at the rim */
    double lesion_radius_mm[3];
    SpinePoint lesion_centre;
    double phase[3];  /* of the fat planes */
    uint64_t texture; /* key of the noise that shapes the lesion */
    double age_years;
    bool male;
} Anatomy;

typedef struct {
    TissueKind kind;
    uint16_t label; /* 0 where no label of the scheme fits */
} AnatomyPoint;

void anatomy_init(Anatomy *out, const LesionKind *lesion, uint64_t seed);
AnatomyPoint anatomy_at(const Anatomy *anatomy, Vec3 point_lps_mm);
/* The curve's point for a place in the patient, and back. */
SpinePoint anatomy_spine_point(const Anatomy *anatomy, Vec3 point_lps_mm);
Vec3 anatomy_patient_point(const Anatomy *anatomy, SpinePoint point);
/* Middle of a vertebral body along the curve (s), LEVEL_C2 … LEVEL_C6. */
double anatomy_level_s(const Anatomy *anatomy, int level);

#endif
