/* The neck as implicit functions: soft tissue, the lesion in its place, and the patient.
 *
 * The lordosis is a circle: a point is looked up by its place across (v) and along (s) that circle, so that
 * vertebrae, discs, canal and muscles bend together. bone.c has the vertebrae, growth.c the lesion's shape;
 * docs/phantom.md names the source of every dimension. */
#include "phantom/anatomy.h"

#include "phantom/parts.h"

#include <math.h>

static const double cord_half_width = 6.25, cord_half_depth = 3.8;
static const double skin_half_width = 57, skin_half_depth = 55, skin_centre_v = 9;
static const double cortex_mm = 0.8;
static const double turn = 6.28318530717958647692;

/* ---- the curve ---- */

double anatomy_level_s(const Anatomy *a, int level)
{
    /* the middle of the disc between C3 and C4 is s = 0 */
    return (1.5 - level) * (a->body_height_mm + a->disc_height_mm);
}

SpinePoint anatomy_spine_point(const Anatomy *a, Vec3 p)
{
    double dy = a->curve_radius_mm - p.y;
    double r = sqrt(square(dy) + square(p.z));
    return (SpinePoint){p.x / a->scale, (a->curve_radius_mm - r) / a->scale,
                        a->curve_radius_mm * atan2(p.z, dy) / a->scale};
}

Vec3 anatomy_patient_point(const Anatomy *a, SpinePoint p)
{
    double r = a->curve_radius_mm - p.v * a->scale, angle = p.s * a->scale / a->curve_radius_mm;
    return vec3(p.x * a->scale, a->curve_radius_mm - r * cos(angle), r * sin(angle));
}

/* ---- soft tissue ---- */

static AnatomyPoint dural_sac_at(SpinePoint p)
{
    if (shape_ellipse(p.x, p.v - canal_centre_v, cord_half_width, cord_half_depth) < 1) {
        return (AnatomyPoint){KIND_CORD, LABEL_CORD};
    }
    return (AnatomyPoint){KIND_CSF, LABEL_CSF};
}

static bool in_epidural_fat(SpinePoint p)
{
    double v = p.v - canal_centre_v;
    return shape_ellipse(p.x, v, dura_half_width + 0.6, dura_half_depth + 0.6) < 1 ||
           (v > 0 && shape_ellipse(p.x, v, 8.5, dura_half_depth + 3.4) < 1);
}

static bool disc_at(const Anatomy *a, SpinePoint p, AnatomyPoint *out)
{
    if (p.v > 9 || fabs(p.x) > 13) {
        return false;
    }
    for (int level = LEVEL_C2; level < LEVEL_C6; level++) {
        double along = p.s - anatomy_level_s(a, level) + 0.5 * (a->body_height_mm + a->disc_height_mm);
        if (fabs(along) > 0.5 * a->disc_height_mm + 1 || bone_body_outline(p, level) > 0.98) {
            continue;
        }
        double core = square(p.x / (0.72 * bone_body_half_width(level))) +
                      square((p.v - 0.4) / (0.78 * bone_body_half_depth(level))) +
                      square(along / (0.5 * a->disc_height_mm + 0.4));
        *out = core < 1 ? (AnatomyPoint){KIND_NUCLEUS, (uint16_t)(LABEL_DISC_C2_C3 + level)}
                        : (AnatomyPoint){KIND_ANNULUS, 0};
        return true;
    }
    return false;
}

/* The airway's middle: the tissue before the spine is thicker below C4, where the gullet begins. */
static double airway_v(SpinePoint p)
{
    return -20.8 - 7.5 * shape_step(-p.s, 8, 34);
}

/* Between the layers of the neck's muscles, which wrap the spine like the coats of an onion, and before the
 * spine. */
static bool in_fat_plane(const Anatomy *a, SpinePoint p)
{
    double x = fabs(p.x);
    if (x < 0.8 && p.v > 46) {
        return true; /* along the nuchal ligament */
    }
    if (x < 1.2 && p.v > 22 && p.v < 48) { /* between the spinous processes */
        return growth_noise(p, 3, a->texture + 6) > 0.62;
    }
    if (p.v < 2) {
        double behind_pharynx = p.v - (airway_v(p) + 7.5) - 2.4 - 0.01 * square(x);
        double neck_muscle = shape_ellipse(x - 36, p.v + 7, 12.5, 7.5);
        return (fabs(behind_pharynx) < 0.4 && x < 13) || shape_ellipse(x - 30, p.v + 12, 8.5, 6.5) < 1 ||
               fabs(neck_muscle - 0.97) < 0.05;
    }
    double wave = 0.035 * sin(0.11 * x + a->phase[0]) + 0.02 * sin(0.09 * p.s + a->phase[1]);
    double coat = shape_ellipse(x, p.v - 16, 46, 41) + wave;
    double split = p.v - 8 - 0.45 * (x - 24) + 3 * sin(0.12 * x + a->phase[2]);
    return fabs(coat - 0.56) < 0.011 || fabs(coat - 0.72) < 0.012 || fabs(coat - 0.88) < 0.011 ||
           (x > 22 && fabs(split) < 0.5);
}

static AnatomyPoint neck_at(const Anatomy *a, SpinePoint p, double skin)
{
    double x = fabs(p.x);
    if (skin > 0.87) {
        return (AnatomyPoint){KIND_SKIN_FAT, LABEL_FAT};
    }
    if (square(x - bone_artery_x(a, p.s)) + square(p.v - 2.0) < square(artery_radius)) {
        return (AnatomyPoint){KIND_BLOOD, LABEL_ARTERY};
    }
    if (p.v < 2) {
        double airway = shape_ellipse(p.x, p.v - airway_v(p), 9.5, 7.5);
        if (airway < 1.25) { /* and the wall of the pharynx */
            return airway < 1 ? (AnatomyPoint){KIND_AIR, 0} : (AnatomyPoint){KIND_MUSCLE, 0};
        }
        if (square(x - 27) + square(p.v + 12) < square(3.2) ||
            square(x - 33.5) + square(p.v + 11) < square(4.2)) {
            return (AnatomyPoint){KIND_BLOOD, 0};
        }
    }
    return in_fat_plane(a, p) ? (AnatomyPoint){KIND_FAT_PLANE, LABEL_FAT}
                              : (AnatomyPoint){KIND_MUSCLE, LABEL_MUSCLE};
}

/* ---- all together ---- */

typedef struct {
    AnatomyPoint point;
    double bone_depth;
    uint16_t vertebra; /* label of the bone, whatever the point's label is */
} Healthy;

static Healthy healthy_at(const Anatomy *a, SpinePoint p)
{
    Healthy out = {.point = {KIND_AIR, 0}, .bone_depth = -1};
    double skin = shape_ellipse(p.x, p.v - skin_centre_v, skin_half_width, skin_half_depth);
    if (skin > 1) {
        return out;
    }
    if (shape_ellipse(p.x, p.v - canal_centre_v, dura_half_width, dura_half_depth) < 1) {
        out.point = dural_sac_at(p);
        return out;
    }
    out.bone_depth = bone_depth(a, p, &out.vertebra);
    if (out.bone_depth > cortex_mm) {
        out.point = (AnatomyPoint){KIND_TRABECULA, bone_in_marrow_core(a, p) ? LABEL_MARROW : out.vertebra};
    } else if (out.bone_depth > 0) {
        out.point = (AnatomyPoint){KIND_CORTEX, out.vertebra};
    } else if (in_epidural_fat(p)) {
        out.point = (AnatomyPoint){KIND_FAT_PLANE, 0};
    } else if (!disc_at(a, p, &out.point)) {
        out.point = neck_at(a, p, skin);
    }
    return out;
}

/* Discs, vessels, cord, CSF, the airway with its wall and the other vertebrae stop a lesion; the cortex stops
 * some. */
static bool lesion_may_take(const Anatomy *a, const Healthy *healthy)
{
    switch (healthy->point.kind) {
    case KIND_AIR:
    case KIND_CORD:
    case KIND_CSF:
    case KIND_NUCLEUS:
    case KIND_ANNULUS:
    case KIND_BLOOD:
        return false;
    case KIND_TRABECULA:
        return healthy->vertebra == LABEL_C2 + a->lesion_level;
    case KIND_CORTEX:
        return healthy->vertebra == LABEL_C2 + a->lesion_level && a->lesion->breaks_cortex;
    case KIND_MUSCLE: /* without a label: the wall of the pharynx */
        return healthy->point.label == LABEL_MUSCLE && a->lesion->breaks_cortex;
    default:
        return a->lesion->breaks_cortex;
    }
}

AnatomyPoint anatomy_at(const Anatomy *a, Vec3 point_lps_mm)
{
    SpinePoint p = anatomy_spine_point(a, point_lps_mm);
    Healthy healthy = healthy_at(a, p);
    double radius = growth_radius(a, p);
    if (radius < 1 && lesion_may_take(a, &healthy)) {
        return (AnatomyPoint){growth_kind(a, p, radius), LABEL_LESION};
    }
    double smallest = fmin(a->lesion_radius_mm[0], fmin(a->lesion_radius_mm[1], a->lesion_radius_mm[2]));
    if (healthy.point.kind == KIND_TRABECULA && healthy.vertebra == LABEL_C2 + a->lesion_level &&
        (radius - 1) * smallest < a->lesion->oedema_mm) {
        return (AnatomyPoint){KIND_OEDEMA, healthy.vertebra};
    }
    return healthy.point;
}

/* ---- the patient ---- */

static void place_lesion(Anatomy *a, Random *random)
{
    const LesionKind *kind = a->lesion;
    int levels = kind->last_level - kind->first_level + 1;
    a->lesion_level = kind->first_level + (int)(random_unit(random) * levels);
    a->side = random_unit(random) < 0.5 ? -1 : 1;
    double size = 0.88 + 0.24 * random_unit(random);
    for (int i = 0; i < 3; i++) {
        a->lesion_radius_mm[i] = kind->radius_mm[i] * size;
    }
    double s = anatomy_level_s(a, a->lesion_level);
    switch (kind->site) {
    case SITE_PILLAR:
        a->lesion_centre = (SpinePoint){a->side * pillar_x, pillar_v, s};
        break;
    case SITE_ARCH:
        a->lesion_centre = (SpinePoint){a->side * 14.0, canal_centre_v + 8.0, s - 2};
        break;
    case SITE_BODY:
        a->lesion_centre = (SpinePoint){2.0 * (random_unit(random) - 0.5), 0, s};
        break;
    }
    a->lesion_centre.v -= kind->forward_mm;
}

void anatomy_init(Anatomy *out, const LesionKind *lesion, uint64_t seed)
{
    Random random;
    random_init(&random, random_mix(random_key(lesion->diagnosis), seed));
    *out = (Anatomy){.lesion = lesion};
    out->male = random_unit(&random) < lesion->male_share;
    out->age_years = floor(fmin(fmax(lesion->age_mean + lesion->age_sd * random_normal(&random), 4), 88));
    out->scale = (out->male ? 1.03 : 0.96) * (0.97 + 0.06 * random_unit(&random));
    out->curve_radius_mm = 140 + 90 * random_unit(&random);
    out->body_height_mm = 11.7 + 0.8 * (random_unit(&random) - 0.5);
    out->disc_height_mm = 5.2 + 0.8 * (random_unit(&random) - 0.5);
    out->texture = random_next(&random);
    for (int i = 0; i < 3; i++) {
        out->phase[i] = turn * random_unit(&random);
    }
    place_lesion(out, &random);
}
