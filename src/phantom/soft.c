/* All that is no bone: the dural sac, discs, ligaments, vessels, airway, the midline behind the spine,
 * and the posterior fossa. The muscles stand in muscle.c. */
#include "phantom/parts.h"

#include <math.h>

static const double half_turn = 3.14159265358979323846;
static const AnatomyPoint fat_plane = {KIND_FAT_PLANE, LABEL_FAT, 0};

/* ---- canal and skull ---- */

static AnatomyPoint fossa_at(const Anatomy *a, SpinePoint p, double depth)
{
    double up = p.s - bone_magnum_s(a), lean = 0.35 * fmax(0, up);
    /* medulla and pons before the cerebellum, CSF around both */
    double stem = shape_ellipse(p.x, p.v - 14.5 + lean, 7.5 + 0.3 * fmax(0, up), 5.5 + 0.16 * fmax(0, up));
    if (stem < 1 && depth > 1.2) {
        return (AnatomyPoint){KIND_BRAIN, 0, 0};
    }
    double folds = 0.5 * sin(1.9 * up + 0.5 * p.v), low = 3 + 0.02 * square(p.v - 26) + 0.004 * square(p.x);
    bool cerebellum = depth > 2.2 + folds && up > low && stem > 1.3;
    return cerebellum ? (AnatomyPoint){KIND_BRAIN, 0, 0} : (AnatomyPoint){KIND_CSF, LABEL_CSF, LABEL_CSF};
}

/* Grey matter at a place in the cord, both in shares of its half width and half depth, the back at +1: front
 * horns, the bridge between them, and back horns that part toward the surface. Drawn by the mask of grey
 * matter of the axial T2* of the spinal cord toolbox's testing data. */
static TissueKind cord_tissue(double across, double back)
{
    double x = fabs(across), spread = 0.16 + 0.42 * shape_step(back, -0.1, 0.95);
    bool front = shape_ellipse(x - 0.31, back + 0.22, 0.19, 0.29) < 1;
    bool bridge = x < 0.22 && fabs(back + 0.06) < 0.09;
    bool horn = back > -0.1 && back < 0.82 && fabs(x - spread) < 0.065;
    return front || bridge || horn ? KIND_GREY_MATTER : KIND_CORD;
}

/* Depth of the sac's and the cord's outline in the direction in which the lesion pushes. */
static double support(double half_width, double half_depth, const Anatomy *a)
{
    return sqrt(square(half_width * a->push_x) + square(half_depth * a->push_v));
}

double soft_intrusion_mm(const Anatomy *a, double s)
{
    const Profile *profile = anatomy_profile(a, a->lesion_centre.s);
    double sac = support(profile->sac_width, profile->sac_depth, a);
    double cord = support(profile->cord_width, profile->cord_depth, a), gap = sac - cord;
    double reach = fmax(6, 0.8 * a->lesion_radius_mm[2]);
    double wane = exp(-square((s - a->lesion_centre.s) / reach));
    switch (a->grade) {
    case GRADE_1B:
        return wane * 0.5 * gap;
    case GRADE_1C:
        return wane * 1.1 * gap;
    case GRADE_2:
        return wane * (2 * gap + 0.36 * cord);
    case GRADE_3:
        return wane * (2 * gap + 0.8 * cord);
    default:
        return 0;
    }
}

/* The sac with a dent, and the cord that gives way to the other side and is flattened there. */
static AnatomyPoint pushed_sac(const Anatomy *a, const Profile *profile, SpinePoint p, double intrusion)
{
    double x = p.x, v = p.v - canal_centre_v, along = x * a->push_x + v * a->push_v;
    double sac = support(profile->sac_width, profile->sac_depth, a);
    double cord = support(profile->cord_width, profile->cord_depth, a), gap = sac - cord;
    uint16_t was = shape_ellipse(x, v, profile->cord_width, profile->cord_depth) < 1 ? LABEL_CORD : LABEL_CSF;
    double middle = intrusion > gap ? fmin(intrusion - gap, 0.5 * intrusion) : 0;
    double flat = fmin(1, (2 * sac - intrusion) / (2 * cord));
    double shift = middle + (along - middle) * (1 - 1 / flat);
    x -= shift * a->push_x;
    v -= shift * a->push_v;
    double half_width = profile->cord_width / sqrt(flat);
    if (shape_ellipse(x, v, half_width, profile->cord_depth) < 1) {
        return (AnatomyPoint){cord_tissue(x / half_width, v / profile->cord_depth), LABEL_CORD, was};
    }
    bool no_fluid = a->grade == GRADE_3 && intrusion > 2 * gap;
    if (along < intrusion - sac || no_fluid) {
        return (AnatomyPoint){KIND_LESION, LABEL_LESION, was};
    }
    return (AnatomyPoint){KIND_CSF, LABEL_CSF, was};
}

bool soft_sac_at(const Anatomy *a, const Profile *profile, SpinePoint p, AnatomyPoint *out)
{
    double magnum = bone_magnum_s(a);
    if (p.s > magnum - 8) {
        double cavity = bone_skull_cavity(a, p);
        if (cavity > 0) {
            *out = fossa_at(a, p, cavity);
            return true;
        }
    }
    double v = p.v - canal_centre_v;
    if (fabs(v) > 12 || p.s > magnum + 2 ||
        shape_ellipse(p.x, v, profile->sac_width, profile->sac_depth) > 1) {
        return false;
    }
    double intrusion = fabs(p.s - a->lesion_centre.s) < 40 ? soft_intrusion_mm(a, p.s) : 0;
    if (intrusion > 0.05) {
        *out = pushed_sac(a, profile, p, intrusion);
        return true;
    }
    *out = (AnatomyPoint){KIND_CSF, LABEL_CSF, LABEL_CSF};
    if (shape_ellipse(p.x, v, profile->cord_width, profile->cord_depth) < 1) {
        TissueKind tissue = cord_tissue(p.x / profile->cord_width, v / profile->cord_depth);
        *out = (AnatomyPoint){tissue, LABEL_CORD, LABEL_CORD};
    }
    return true;
}

/* Between the laminae and the bodies: fat behind and beside the sac, ligament between the laminae. */
static bool canal_at(const Anatomy *a, const Profile *profile, SpinePoint p, AnatomyPoint *out)
{
    double x = fabs(p.x), inner = 23.2 - 0.42 * x;
    if (p.s > bone_atlas_s(a) + 8 || x > 12.5 || p.v < 6.5 || p.v > inner + 2.2) {
        return false;
    }
    if (p.s > bone_atlas_s(a) - 8) { /* around the dens and under the arch of the atlas */
        if (p.v < 7.6) {             /* the cross ligament */
            *out = (AnatomyPoint){KIND_LIGAMENT, 0, 0};
            return x < 11;
        }
        *out = (AnatomyPoint){KIND_FAT_PLANE, 0, CODE_EPIDURAL};
        return p.v < 22.5;
    }
    if (p.v > inner) {
        *out = (AnatomyPoint){KIND_LIGAMENT, 0, 0};
        return x < 11;
    }
    bool membrane =
        shape_ellipse(p.x, p.v - canal_centre_v, profile->sac_width + 0.5, profile->sac_depth + 0.5) < 1;
    bool before = p.v < 9.6 && x < 9; /* the posterior longitudinal ligament */
    *out = (AnatomyPoint){membrane || before ? KIND_LIGAMENT : KIND_FAT_PLANE, 0, CODE_EPIDURAL};
    return true;
}

/* The root's way out, between two pedicles, before the joint. */
static bool foramen_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    double x = fabs(p.x);
    if (x < 9 || x > 19 || p.v < 3.5 || p.v > 13.5) {
        return false;
    }
    double bend = 9.5 - 0.55 * (x - 12); /* forward and to the side, by 45° */
    for (int lower = LEVEL_C3; lower <= LEVEL_T1; lower++) {
        double up = p.s - a->levels[lower].high;
        if (fabs(up) > 6) {
            continue;
        }
        double root = shape_ellipse(p.v - bend, up + 1.5, 2.0, 2.4);
        if (shape_ellipse(p.v - bend, up, 3.6, 5.2) < 1) {
            *out = (AnatomyPoint){root < 1 ? KIND_CORD : KIND_FAT_PLANE, 0,
                                  (uint16_t)(PART_BASE + 100 * lower + PART_NEURAL_FORAMEN + (p.x < 0))};
            return true;
        }
    }
    return false;
}

/* ---- discs ---- */

static bool disc_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    if (fabs(p.v) > 10 || fabs(p.x) > 15) {
        return false;
    }
    for (int number = LEVEL_C2; number < LEVEL_T1; number++) {
        const LevelShape *level = &a->levels[number], *below = &a->levels[number + 1];
        double half_height = 0.5 * (level->s - level->half_height - below->s - below->half_height);
        double along = bone_along(level, p) + level->half_height + half_height;
        if (fabs(along) > half_height + 4.2) {
            continue;
        }
        double across = bone_body_outline(below, p);
        if (across > 1 || (fabs(along) > half_height + 1.2 && across < 0.6)) {
            continue; /* it may lie in the next one, where the body between them has collapsed */
        }
        double core = square(p.x / (0.70 * below->half_width)) +
                      square((p.v - 0.8) / (0.70 * below->half_depth)) + square(along / (half_height + 0.3));
        uint16_t label = label_of_disc(number);
        *out = core < 1        ? (AnatomyPoint){KIND_NUCLEUS, label, label}
               : across < 0.94 ? (AnatomyPoint){KIND_ANNULUS, 0, label}
                               : (AnatomyPoint){KIND_LIGAMENT, 0, label};
        return true;
    }
    return false;
}

/* ---- the neck's front ---- */

/* Carotid artery and jugular vein with their walls; the vein is wider on the side of the narrower vertebral
 * artery, which is a convention. */
static bool sheath_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    double x = fabs(p.x), size = p.x > 0 ? 2 - a->dominance : a->dominance;
    double artery = sqrt(square(x - 25) + square(p.v + 14));
    double vein = (shape_ellipse(x - 32.5, p.v + 11.5, 5.2 * size, 3.8 * size) - 1) * 3.8 * size;
    *out = (AnatomyPoint){artery < 3.1 ? KIND_BLOOD : artery < 3.9 ? KIND_MUSCLE : KIND_VEIN, 0, 0};
    if (artery < 3.9 || vein < 0) {
        return true;
    }
    out->kind = KIND_MUSCLE; /* stands for the vein's wall */
    return vein < 0.4;
}

static bool vessel_at(const Anatomy *a, const Profile *profile, SpinePoint p, AnatomyPoint *out)
{
    double artery = bone_artery_distance(profile, p);
    double radius = artery_radius * (p.x > 0 ? a->dominance : 2 - a->dominance);
    uint16_t code = p.x > 0 ? CODE_ARTERY_LEFT : CODE_ARTERY_RIGHT;
    if (artery < radius) {
        *out = (AnatomyPoint){KIND_BLOOD, LABEL_ARTERY, code};
        return true;
    }
    if (artery < foramen_radius && p.s < bone_atlas_s(a) + 8) { /* veins and fat around it */
        for (int number = LEVEL_C1; number <= LEVEL_C6; number++) {
            double middle = number == LEVEL_C1 ? bone_atlas_s(a) : a->levels[number].s;
            if (fabs(p.s - middle) < 4) {
                *out = (AnatomyPoint){
                    KIND_FAT_PLANE, 0,
                    (uint16_t)(PART_BASE + 100 * number + PART_FORAMEN_TRANSVERSARIUM + (p.x < 0))};
                return true;
            }
        }
    }
    if (p.v < 3) {
        return sheath_at(a, p, out);
    }
    return false;
}

/* Around the airway: the ring of the cricoid, high behind and low before, below it the windpipe's, open
 * behind. */
static bool cartilage_ring(const Anatomy *a, SpinePoint p, double wall_mm, bool behind)
{
    double below = a->levels[LEVEL_C6].s + 3 - p.s; /* the cricoid's upper edge, behind */
    if (below < 9) {
        return wall_mm > 0.8 && wall_mm < (behind ? 3.2 : 2.6) && (behind || below > 4);
    }
    return !behind && wall_mm > 0.5 && wall_mm < 1.5 && fmod(below, 5.0) < 3.6;
}

/* Air, its wall, the gullet, the gland and the cartilages. */
static bool airway_at(const Anatomy *a, const Profile *profile, SpinePoint p, AnatomyPoint *out)
{
    double x = fabs(p.x), front = profile->airway_back - 2 * profile->airway_depth;
    if (p.v > -5 || x > 26) {
        return false;
    }
    double v = p.v - profile->airway_back + profile->airway_depth;
    double air = shape_ellipse(x, v, profile->airway_width, profile->airway_depth);
    double wall = (air - 1) * profile->airway_depth;
    bool larynx = p.s < a->levels[LEVEL_C4].s + 4;
    bool trachea = p.s < a->levels[LEVEL_C6].s - 6;
    *out = (AnatomyPoint){KIND_MUSCLE, 0, 0};
    if (wall < 0) {
        *out = (AnatomyPoint){KIND_AIR, 0, 0};
        return true;
    }
    if (p.s < a->levels[LEVEL_C6].s + 3 && cartilage_ring(a, p, wall, p.v > profile->airway_back - 2)) {
        out->kind = KIND_ANNULUS;
        return true;
    }
    if (wall < 1.6) {
        return true;
    }
    if (larynx && !trachea && p.v < profile->airway_back - 3) { /* thyroid and cricoid cartilage: a shield */
        double shield = p.v - (front - 5 + 0.85 * x);
        bool gap = fabs(p.s - a->levels[LEVEL_C5].low) < 2.5;
        if (fabs(shield) < 0.9 && x < 19 && !gap) {
            out->kind = growth_noise(p, 4, a->texture + 8) > 0.55 ? KIND_CORTEX : KIND_LIGAMENT;
            return true;
        }
        return shield > 0 && x < 15 && wall < 9;
    }
    /* the lobes of the thyroid, with rounded poles beside larynx and windpipe */
    double lobe_middle = a->levels[LEVEL_C7].high;
    if (shape_ellipsoid_depth(x - 14, v + 1, p.s - lobe_middle, 8.5, 9.5, 24) > 0) {
        out->kind = KIND_GLAND;
        return true;
    }
    if (trachea || p.s < a->levels[LEVEL_C6].s) {
        if (shape_ellipse(x, p.v - profile->airway_back - 4.5, 8, 3.4) < 1) {
            return true; /* the gullet */
        }
    }
    return false;
}

static AnatomyPoint skull_muscle_at(SpinePoint p)
{
    bool fat = growth_noise((SpinePoint){p.x, p.v, 0.5 * p.s}, 7, 5) > 0.66;
    return fat ? fat_plane : (AnatomyPoint){KIND_MUSCLE, LABEL_MUSCLE, 0};
}

/* The nuchal ligament: 0.7 mm of fibres in fat, denser to the midline. A raised cosine: points 0.4 to 0.9 mm
 * apart, wherever they lie, meet the same amount of it, so that a sagittal slice has no stripes where the
 * spine sways. */
static const double nuchal_reach_mm = 0.9, nuchal_mm = 0.7;

static AnatomyPoint nuchal_at(double x)
{
    static const TissueKind kinds[] = {KIND_FAT_PLANE, KIND_FIBRES_FEW, KIND_FIBRES_HALF, KIND_FIBRES_DENSE,
                                       KIND_LIGAMENT};
    double share = nuchal_mm / nuchal_reach_mm * 0.5 * (1 + cos(half_turn * x / nuchal_reach_mm));
    return (AnatomyPoint){kinds[lround(4 * share)], 0, 0};
}

/* Between the spinous processes: muscle in bundles that rise to the front, with fat between them. */
static AnatomyPoint interspinous_at(const Anatomy *a, SpinePoint p)
{
    static const TissueKind kinds[] = {KIND_MUSCLE, KIND_MARBLED_MUSCLE, KIND_MARBLED_HALF, KIND_MARBLED_FAT,
                                       KIND_FAT_PLANE};
    SpinePoint fibre = {0.5 * p.x, 0.8 * p.v + 0.6 * p.s, 0.25 * (0.8 * p.s - 0.6 * p.v)};
    double fat = shape_step(growth_noise(fibre, 2.6, a->texture + 6), 0.25, 0.72);
    long step = lround(4 * fat);
    return (AnatomyPoint){kinds[step], step == 0 ? LABEL_MUSCLE : step == 4 ? LABEL_FAT : 0, 0};
}

/* The ligament and the muscles beside it, in waves as no sheet of a neck is flat; the muscles of the neck
 * come nearer to the midline behind. */
static bool midline_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    double wave = growth_noise((SpinePoint){0, p.v, p.s}, 3, a->texture + 10) - 0.5;
    double x = fabs(p.x + 1.6 * wave), reach = 2.4 - 1.6 * shape_step(p.v, 34, 56);
    if (x < nuchal_reach_mm && p.v > 24) {
        *out = nuchal_at(x);
        return true;
    }
    *out = interspinous_at(a, p);
    return x < reach;
}

AnatomyPoint soft_at(const Anatomy *a, const Profile *profile, SpinePoint p)
{
    AnatomyPoint out;
    double x = fabs(p.x);
    if (canal_at(a, profile, p, &out) || foramen_at(a, p, &out) || disc_at(a, p, &out) ||
        vessel_at(a, profile, p, &out) || airway_at(a, profile, p, &out)) {
        return out;
    }
    double atlas = bone_atlas_s(a);
    if (p.s > atlas - 10 && x < 13 && p.v < 6.5 && p.v > -9) { /* between the dens, its arch and the skull */
        return x < 5 ? (AnatomyPoint){KIND_LIGAMENT, 0, 0} : fat_plane;
    }
    if (fabs(p.v + 8.2) < 0.8 && x < 7 && p.s < atlas) { /* the anterior longitudinal ligament */
        return (AnatomyPoint){KIND_LIGAMENT, 0, 0};
    }
    if (x < 11 && p.v < -8 &&
        p.v > profile->airway_back) { /* before the spine: muscle, and a thin plane of fat */
        double behind = p.v - profile->airway_back - 2.4 + 0.012 * square(x);
        bool raphe = behind > 0 && x < 0.8 + 0.25 * behind; /* the long muscles meet at the midline */
        return fabs(behind) < 0.3 ? fat_plane
               : raphe            ? (AnatomyPoint){KIND_LIGAMENT, 0, 0}
                                  : (AnatomyPoint){KIND_MUSCLE, LABEL_MUSCLE, 0};
    }
    if (x < 4 && p.v > 23 && midline_at(a, p, &out)) {
        return out;
    }
    if (p.s > bone_magnum_s(a) + 3 && p.v > 0 && p.v < 40) {
        return skull_muscle_at(p);
    }
    return muscle_at(a, profile, p);
}
