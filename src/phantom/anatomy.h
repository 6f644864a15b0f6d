/* The neck as implicit functions of a point: which tissue is where. Inside phantom/ only. */
#ifndef DENS_PHANTOM_ANATOMY_H
#define DENS_PHANTOM_ANATOMY_H

#include "image/geometry.h"
#include "phantom/lesion.h"

#include <stdint.h>

/* Labels of the scheme "dens"; vertebrae and discs by label_of_vertebra() and label_of_disc(). */
enum {
    LABEL_CORD = 1,
    LABEL_CSF = 2,
    LABEL_C0 = 10, /* C1 11 … C7 17 */
    LABEL_T1 = 21,
    LABEL_DISC_C2_C3 = 63, /* … C6/C7 67 */
    LABEL_DISC_C7_T1 = 71,
    LABEL_LESION = 100,
    LABEL_MUSCLE = 101,
    LABEL_MARROW = 102,
    LABEL_FAT = 103,
    LABEL_OTHER_LESION = 104,
    LABEL_ARTERY = 105
};

/* What stands at a point when the lesion is thought away: codes of the map "anatomy". Cord, sac and discs
 * have their label; a vertebra's part is PART_BASE + 100 × level + part, level 0 (C0) … 8 (T1). */
enum { CODE_EPIDURAL = 3, CODE_ARTERY_LEFT = 105, CODE_ARTERY_RIGHT = 106, PART_BASE = 1000 };
typedef enum {
    PART_BODY = 1,
    PART_DENS,
    PART_ANTERIOR_ARCH,
    PART_POSTERIOR_ARCH,
    /* from here to the transverse process a pair: the left one, then the right one */
    PART_LATERAL_MASS,
    PART_PEDICLE = 7,
    PART_LAMINA = 9,
    PART_ARTICULAR = 11,
    PART_TRANSVERSE = 13,
    PART_SPINOUS = 15,
    PART_FORAMEN_TRANSVERSARIUM = 16, /* a pair, what is inside it */
    PART_NEURAL_FORAMEN = 18,         /* a pair; of the lower of its two vertebrae */
    PART_CLIVUS = 20,
    PART_CONDYLE = 21, /* a pair */
    PART_OCCIPUT = 23
} VertebraPart;

/* Where a point is along the curved spine: x to the left, v to the back from the middle of the bodies, s up
 * along the curve; all in mm of a patient of scale 1. */
typedef struct {
    double x, v, s;
} SpinePoint;

/* One vertebra's own dimensions; mm. */
typedef struct {
    double s;         /* middle of the body */
    double low, high; /* middles of the discs below and above; of the joints, too */
    double half_height, half_width, half_depth;
    double uncinate, wedge;              /* rise of the uncinate processes; what the front lacks in height */
    double spinous_length, spinous_drop; /* from the canal; down per length */
} LevelShape;

/* What changes along the spine: half widths and depths; mm. */
typedef struct {
    double cord_width, cord_depth, sac_width, sac_depth;
    double skin_width, skin_front, skin_back;
    double airway_back, airway_width, airway_depth; /* its back wall; half width and half depth */
    double artery_x, artery_v;
} Profile;
enum { PROFILE_ROWS = 480 };

/* One of several lesions, not the one that the study is about. */
typedef struct {
    int level;
    SpinePoint centre;
    double radius_mm;
} OtherLesion;

/* One patient. */
typedef struct {
    const LesionKind *lesion;
    int lesion_level;
    int side;                              /* +1 left, −1 right: of a posterior lesion */
    double scale;                          /* size of the patient, 1 = a mean adult */
    double growth;                         /* the share of that which is age; 1 in adults */
    double canal_share;                    /* width of the canal against the rest, 1 in adults */
    double curve_radius_mm;                /* of the lordosis, below the middle of C3; straight above */
    double sway_mm, sway_phase;            /* bend to the sides */
    double body_height_mm, disc_height_mm; /* at the rim, of C4 */
    double dominance;                      /* width of the left vertebral artery against the right one */
    double lesion_radius_mm[3];
    SpinePoint lesion_centre;
    double collapse; /* share of the body's height that is lost */
    EpiduralGrade grade;
    double push_x, push_v; /* direction in which it pushes the sac; a unit vector */
    OtherLesion others[MOST_OTHERS];
    int other_count;
    uint64_t texture; /* key of the noise that shapes the lesion */
    double age_years;
    bool male;
    LevelShape levels[LEVEL_COUNT];
    Profile profile[PROFILE_ROWS];
} Anatomy;

typedef struct {
    TissueKind kind;
    uint16_t label;   /* 0 where no label of the scheme fits */
    uint16_t anatomy; /* code of the map "anatomy"; 0 where none fits */
} AnatomyPoint;

enum { LEVEL_DRAWN = -1 };
/* `level` puts the lesion there instead of one of its own levels: in the atlas into a lateral mass or the
 * posterior arch, in the occipital bone into the clivus or a condyle. */
void anatomy_init(Anatomy *out, const LesionKind *lesion, uint64_t seed, int level);
AnatomyPoint anatomy_at(const Anatomy *anatomy, Vec3 point_lps_mm);
/* The same for a point that was looked up already, as all points of one line from left to right share v and
 * s but for the bend to the sides. */
AnatomyPoint anatomy_at_spine(const Anatomy *anatomy, SpinePoint p);
/* The curve's point for a place in the patient, and back. */
SpinePoint anatomy_spine_point(const Anatomy *anatomy, Vec3 point_lps_mm);
/* The same in two steps, for lines from left to right: what all points of a line share, then one of them. */
SpinePoint anatomy_spine_line(const Anatomy *anatomy, double y_mm, double z_mm);
SpinePoint anatomy_on_line(const Anatomy *anatomy, const SpinePoint *line, double x_mm);
Vec3 anatomy_patient_point(const Anatomy *anatomy, SpinePoint point);
/* The row of a place along the spine. */
const Profile *anatomy_profile(const Anatomy *anatomy, double s);
uint16_t label_of_vertebra(int level);
uint16_t label_of_disc(int upper_level);

#endif
