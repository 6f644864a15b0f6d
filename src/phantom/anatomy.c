/* The neck put together: the curve, the tables along it, bone, soft tissue and lesion in their order, and the
 * patient.
 *
 * The spine is straight above the middle of C3 and a circle below it. A point is looked up by its place
 * across (v) and along (s) that curve, so that vertebrae, discs, canal and muscles bend together. bone.c and
 * skull.c have the bones, soft.c the rest, growth.c the lesion's shape; docs/phantom.md names the source of
 * every dimension. */
#include "phantom/anatomy.h"

#include "phantom/parts.h"

#include <math.h>

static const double cortex_mm = 0.8;
static const double turn = 6.28318530717958647692;
static const double profile_step_mm = 0.5;

/* ---- the curve ---- */

/* Where the straight part ends: the middle of C3, in a patient of scale 1. */
static double bend_s(const Anatomy *a)
{
    return a->levels[LEVEL_C3].s;
}

static double sway(const Anatomy *a, double s)
{
    return a->sway_mm * sin(s / 38 + a->sway_phase);
}

/* A child's canal is wide for its bodies. So space is stretched from the back of the bodies to the laminae,
 * and as far to the sides as the canal reaches; what lies further out is moved along. */
static const double canal_front_v = 7.0, canal_back_v = 23.2, canal_half_width = 10.5;

static double widened_v(const Anatomy *a, double v)
{
    return v + (a->canal_share - 1) * fmin(fmax(v - canal_front_v, 0), canal_back_v - canal_front_v);
}

static double narrowed_v(const Anatomy *a, double v)
{
    double length = (canal_back_v - canal_front_v) * a->canal_share, beyond = v - canal_front_v;
    return v - (1 - 1 / a->canal_share) * fmin(fmax(beyond, 0), length);
}

/* How far the canal's side is moved at a place across, per mm of its width. */
static double side_stretch(const Anatomy *a, double v)
{
    return (a->canal_share - 1) * shape_step(v, 5, 9) * (1 - shape_step(v, 22, 30));
}

static double widened_x(const Anatomy *a, double v, double x)
{
    return x + side_stretch(a, v) * fmin(fmax(x, -canal_half_width), canal_half_width);
}

static double narrowed_x(const Anatomy *a, double v, double x)
{
    double more = side_stretch(a, v), side = canal_half_width * (1 + more);
    return x - more / (1 + more) * fmin(fmax(x, -side), side);
}

SpinePoint anatomy_spine_line(const Anatomy *a, double y_mm, double z_mm)
{
    double along = z_mm - bend_s(a) * a->scale, v = y_mm, s = z_mm;
    if (along < 0) {
        double dy = a->curve_radius_mm - y_mm;
        v = a->curve_radius_mm - sqrt(square(dy) + square(along));
        s = bend_s(a) * a->scale + a->curve_radius_mm * atan2(along, dy);
    }
    s /= a->scale;
    return (SpinePoint){-sway(a, s), narrowed_v(a, v / a->scale), s};
}

SpinePoint anatomy_on_line(const Anatomy *a, const SpinePoint *line, double x_mm)
{
    double x = line->x + x_mm / a->scale;
    return (SpinePoint){a->canal_share > 1 ? narrowed_x(a, line->v, x) : x, line->v, line->s};
}

SpinePoint anatomy_spine_point(const Anatomy *a, Vec3 p)
{
    SpinePoint line = anatomy_spine_line(a, p.y, p.z);
    return anatomy_on_line(a, &line, p.x);
}

Vec3 anatomy_patient_point(const Anatomy *a, SpinePoint p)
{
    double x = (widened_x(a, p.v, p.x) + sway(a, p.s)) * a->scale, along = (p.s - bend_s(a)) * a->scale;
    double v = widened_v(a, p.v) * a->scale;
    if (along >= 0) {
        return vec3(x, v, p.s * a->scale);
    }
    double r = a->curve_radius_mm - v, angle = along / a->curve_radius_mm;
    return vec3(x, a->curve_radius_mm - r * cos(angle), bend_s(a) * a->scale + r * sin(angle));
}

const Profile *anatomy_profile(const Anatomy *a, double s)
{
    double row = s / profile_step_mm + 0.5 * PROFILE_ROWS;
    row = fmin(fmax(row, 0), PROFILE_ROWS - 1);
    return &a->profile[(size_t)row];
}

uint16_t label_of_vertebra(int level)
{
    return (uint16_t)(level == LEVEL_T1 ? LABEL_T1 : LABEL_C0 + level);
}

uint16_t label_of_disc(int upper_level)
{
    return (uint16_t)(upper_level == LEVEL_C7 ? LABEL_DISC_C7_T1 : LABEL_DISC_C2_C3 + upper_level - LEVEL_C2);
}

/* ---- all together ---- */

typedef struct {
    AnatomyPoint point;
    int vertebra; /* level of the bone, −1 where there is none */
} Healthy;

static Healthy bone_point(const Anatomy *a, SpinePoint p, const Bone *bone)
{
    uint16_t label = label_of_vertebra(bone->level);
    Healthy out = {.vertebra = bone->level};
    out.point.anatomy = (uint16_t)(PART_BASE + 100 * bone->level + bone->part);
    /* between the endplates of a body that is flat as a coin its filling is still seen */
    bool body = bone->part == PART_BODY && bone->level >= LEVEL_C2;
    double wall = body ? fmin(cortex_mm, 0.28 * a->levels[bone->level].half_height) : cortex_mm;
    out.point.kind = bone->depth > wall ? KIND_TRABECULA : KIND_CORTEX;
    bool core = out.point.kind == KIND_TRABECULA && bone->part == PART_BODY && bone_in_marrow_core(a, p);
    out.point.label = core ? LABEL_MARROW : label;
    return out;
}

static Healthy healthy_at(const Anatomy *a, SpinePoint p)
{
    const Profile *profile = anatomy_profile(a, p.s);
    Healthy out = {.point = {KIND_AIR, 0, 0}, .vertebra = -1};
    double depth = muscle_skin_depth(profile, p);
    if (depth < 0) {
        return out;
    }
    if (depth < muscle_skin_fat_mm(p)) {
        bool rind = depth < 1.6;
        out.point = (AnatomyPoint){rind ? KIND_SKIN : KIND_SKIN_FAT, rind ? 0 : LABEL_FAT, 0};
        return out;
    }
    if (soft_sac_at(a, profile, p, &out.point)) {
        return out;
    }
    Bone bone = bone_at(a, profile, p);
    if (bone.depth > 0) {
        out = bone_point(a, p, &bone);
        if (bone_is_open(a, &bone, p)) { /* cartilage between two centres of ossification */
            out.point.kind = KIND_ANNULUS;
            out.point.label = 0;
        }
        return out;
    }
    out.point = soft_at(a, profile, p);
    return out;
}

static bool own_vertebra(const Anatomy *a, int vertebra)
{
    bool two = a->lesion->site == SITE_FORAMEN || a->lesion->site == SITE_DISC;
    return vertebra == a->lesion_level || (two && vertebra == a->lesion_level + 1);
}

/* Discs, vessels, cord, CSF, the airway with its wall and the other vertebrae stop a lesion, an infection
 * takes the disc; the cortex stops some. */
static bool lesion_may_take(const Anatomy *a, const Healthy *healthy)
{
    bool out_of_bone = a->lesion->breaks_cortex;
    switch (healthy->point.kind) {
    case KIND_AIR:
    case KIND_BRAIN:
    case KIND_CSF:
    case KIND_GREY_MATTER:
    case KIND_BLOOD:
    case KIND_VEIN:
        return false;
    case KIND_CORD: /* without a label: a root */
        return healthy->point.label == 0 && out_of_bone;
    case KIND_NUCLEUS:
    case KIND_ANNULUS:
        return a->lesion->site == SITE_DISC && healthy->point.anatomy == label_of_disc(a->lesion_level);
    case KIND_TRABECULA:
        return own_vertebra(a, healthy->vertebra);
    case KIND_CORTEX:
        return own_vertebra(a, healthy->vertebra) && out_of_bone && !a->lesion->keeps_cortex;
    case KIND_MUSCLE: /* without a label: the wall of the pharynx */
        return healthy->point.label == LABEL_MUSCLE && out_of_bone;
    default:
        return out_of_bone && (healthy->point.anatomy != CODE_EPIDURAL || a->grade > GRADE_0);
    }
}

/* The epidural space on the lesion's side, from which it pushes the sac. */
static bool fills_epidural(const Anatomy *a, const Healthy *healthy, SpinePoint p)
{
    return healthy->point.anatomy == CODE_EPIDURAL && a->grade > GRADE_0 &&
           fabs(p.s - a->lesion_centre.s) < 0.9 * a->lesion_radius_mm[2] &&
           p.x * a->push_x + (p.v - canal_centre_v) * a->push_v < -4.5 - 0.06 * square(p.x);
}

/* What the lesion does to the tissue around it. */
static TissueKind reaction_at(const Anatomy *a, const Healthy *healthy, double outside_mm)
{
    const LesionKind *kind = a->lesion;
    TissueKind was = healthy->point.kind;
    if (was == KIND_TRABECULA && own_vertebra(a, healthy->vertebra)) {
        if ((kind->erodes && outside_mm < cortex_mm)) {
            return KIND_CORTEX;
        }
        return outside_mm < kind->sclerosis_mm ? KIND_SCLEROSIS
               : outside_mm < kind->oedema_mm  ? KIND_OEDEMA
                                               : was;
    }
    bool muscle = was == KIND_MUSCLE && healthy->point.label == LABEL_MUSCLE;
    return muscle && outside_mm < kind->soft_oedema_mm ? KIND_SOFT_OEDEMA : was;
}

static bool in_other_lesion(const Anatomy *a, const Healthy *healthy, SpinePoint p)
{
    bool bone = healthy->point.kind == KIND_TRABECULA || healthy->point.kind == KIND_CORTEX;
    return bone && healthy->vertebra != a->lesion_level && growth_other_depth(a, p) > 0;
}

AnatomyPoint anatomy_at_spine(const Anatomy *a, SpinePoint p)
{
    Healthy healthy = healthy_at(a, p);
    AnatomyPoint *point = &healthy.point;
    if (point->label == LABEL_LESION) {
        return *point; /* it pushes the sac in */
    }
    Growth growth = growth_at(a, p);
    if ((growth.radius < 1 && lesion_may_take(a, &healthy)) || fills_epidural(a, &healthy, p)) {
        return (AnatomyPoint){growth_kind(a, p, &growth, healthy.vertebra >= 0), LABEL_LESION,
                              point->anatomy};
    }
    if (a->other_count > 0 && in_other_lesion(a, &healthy, p)) {
        return (AnatomyPoint){KIND_LESION, LABEL_OTHER_LESION, point->anatomy};
    }
    TissueKind kind = reaction_at(a, &healthy, -growth.depth_mm);
    if (kind != point->kind) {
        point->label = point->label > LABEL_LESION ? 0 : point->label; /* no longer a reference */
        point->kind = kind;
    }
    return *point;
}

AnatomyPoint anatomy_at(const Anatomy *a, Vec3 point_lps_mm)
{
    return anatomy_at_spine(a, anatomy_spine_point(a, point_lps_mm));
}

/* ---- tables ---- */

/* Of a mean patient; heights in relation to C4. */
typedef struct {
    double height, disc_below, half_width, half_depth, spinous_length, spinous_drop;
} LevelRow;
static const LevelRow level_rows[LEVEL_COUNT] = {
    [LEVEL_C2] = {1.03, 1.00, 9.5, 7.5, 27, 0.35},  [LEVEL_C3] = {1.03, 1.02, 10.1, 7.6, 25, 0.32},
    [LEVEL_C4] = {1.00, 1.02, 10.7, 7.8, 26, 0.38}, [LEVEL_C5] = {0.96, 1.00, 11.3, 7.9, 28, 0.45},
    [LEVEL_C6] = {0.97, 1.00, 11.9, 8.0, 34, 0.48}, [LEVEL_C7] = {1.10, 0.96, 12.5, 8.1, 42, 0.50},
    [LEVEL_T1] = {1.30, 0.90, 13.2, 8.4, 44, 0.62},
};

/* 1 up to an age, 0 from another on. */
static double childhood(const Anatomy *a, double until, double from)
{
    return 1 - shape_step(a->age_years, until, from);
}

/* A body that lost height keeps its arch: half of the loss goes to the column, half to its discs. */
static double pitch_of(const Anatomy *a, int number)
{
    const LevelRow *row = &level_rows[number];
    double loss = number == a->lesion_level ? 0.5 * a->collapse * row->height * a->body_height_mm : 0;
    return row->height * a->body_height_mm + row->disc_below * a->disc_height_mm - loss;
}

static void set_levels(Anatomy *a)
{
    /* the middle of the disc between C3 and C4 is s = 0 */
    double s = 0;
    for (int number = LEVEL_C4; number <= LEVEL_T1; number++) {
        a->levels[number].high = s;
        s -= pitch_of(a, number);
        a->levels[number].low = s;
    }
    s = 0;
    for (int number = LEVEL_C3; number >= LEVEL_C2; number--) {
        a->levels[number].low = s;
        s += pitch_of(a, number);
        a->levels[number].high = s;
    }
    for (int number = LEVEL_C2; number <= LEVEL_T1; number++) {
        LevelShape *level = &a->levels[number];
        const LevelRow *row = &level_rows[number];
        level->half_height = 0.5 * row->height * a->body_height_mm;
        double collapse = number == a->lesion_level ? a->collapse : 0;
        level->half_height *= 1 - collapse; /* and it gives way to the sides */
        level->half_width = row->half_width * (1 + 0.12 * collapse);
        level->half_depth = row->half_depth * (1 + 0.08 * collapse);
        level->uncinate = 4.0 * (1 - childhood(a, 9, 15));
        level->wedge = (number == LEVEL_C3 ? 2.4 : 1.2) * childhood(a, 4, 10) * (1 - collapse);
        level->spinous_length = row->spinous_length;
        level->spinous_drop = row->spinous_drop;
        level->s = 0.5 * (level->low + level->high);
    }
    a->levels[LEVEL_C1].s = bone_atlas_s(a);
    a->levels[LEVEL_C0].s = bone_magnum_s(a);
}

/* At C0 … T1. */
static const Profile profile_rows[LEVEL_COUNT] = {
    {6.5, 5.0, 13.0, 8.5, 74, -75, 84, -19.0, 12, 6.5, 12.0, 16.0},
    {5.7, 4.15, 11.8, 7.4, 66, -72, 74, -19.5, 13, 6.0, 25.1, 3.5},
    {5.85, 3.9, 11.1, 7.1, 60, -70, 66, -14.5, 12, 6.0, 16.0, 2.0},
    {6.05, 3.8, 10.4, 6.5, 57, -62, 62, -13.8, 13, 5.0, 15.0, 2.0},
    {6.45, 3.8, 10.5, 6.4, 57, -50, 62, -15.0, 12, 5.0, 15.0, 2.0},
    {6.5, 3.75, 10.6, 6.4, 58, -46, 64, -19.6, 6, 8.5, 15.0, 2.0},
    {6.2, 3.55, 10.4, 6.3, 62, -46, 68, -20.0, 7.5, 8.0, 15.0, 2.0},
    {5.45, 3.3, 9.9, 6.4, 76, -46, 74, -20.5, 8.5, 8.5, 17.5, -4.0},
    {4.7, 3.15, 9.0, 6.45, 95, -46, 78, -21.0, 8.5, 8.5, 21.0, -11.0},
};

static double mix(double from, double to, double t)
{
    return from + t * (to - from);
}

/* Smooth between the levels. */
static void set_profile(Anatomy *a)
{
    for (size_t i = 0; i < PROFILE_ROWS; i++) {
        double s = ((double)i - 0.5 * PROFILE_ROWS) * profile_step_mm;
        int upper = LEVEL_C0;
        while (upper < LEVEL_C7 && a->levels[upper + 1].s > s) {
            upper++;
        }
        double t = 1 - shape_step(s, a->levels[upper + 1].s, a->levels[upper].s);
        const Profile *from = &profile_rows[upper], *to = &profile_rows[upper + 1];
        a->profile[i] = (Profile){.cord_width = mix(from->cord_width, to->cord_width, t),
                                  .cord_depth = mix(from->cord_depth, to->cord_depth, t),
                                  .sac_width = mix(from->sac_width, to->sac_width, t),
                                  .sac_depth = mix(from->sac_depth, to->sac_depth, t),
                                  .skin_width = mix(from->skin_width, to->skin_width, t),
                                  .skin_front = mix(from->skin_front, to->skin_front, t),
                                  .skin_back = mix(from->skin_back, to->skin_back, t),
                                  .airway_back = mix(from->airway_back, to->airway_back, t),
                                  .airway_width = mix(from->airway_width, to->airway_width, t),
                                  .airway_depth = mix(from->airway_depth, to->airway_depth, t),
                                  .artery_x = mix(from->artery_x, to->artery_x, t),
                                  .artery_v = mix(from->artery_v, to->artery_v, t)};
    }
}

/* ---- the patient ---- */

static int between(int least, int most, Random *random)
{
    return least + (int)(random_unit(random) * (most - least + 1));
}

/* In the atlas: a lateral mass, or the posterior arch; in the occipital bone: the clivus, or a condyle. */
static SpinePoint high_centre(const Anatomy *a)
{
    bool behind = a->lesion->site == SITE_ARCH;
    if (a->lesion_level == LEVEL_C1) {
        return behind ? (SpinePoint){a->side * 11.0, 24.5, bone_atlas_s(a)}
                      : (SpinePoint){a->side * 18.2, 4.0, bone_atlas_s(a)};
    }
    return a->lesion->site == SITE_BODY ? (SpinePoint){0, -8.7, bone_magnum_s(a) + 5}
                                        : (SpinePoint){a->side * 17.5, 5.5, bone_magnum_s(a) - 0.8};
}

/* Where the lesion is, once the levels stand. */
static SpinePoint lesion_centre(const Anatomy *a, double aside)
{
    const LesionKind *kind = a->lesion;
    const LevelShape *level = &a->levels[a->lesion_level];
    SpinePoint out = {2.0 * (aside - 0.5), 0, level->s};
    if (a->lesion_level <= LEVEL_C1) {
        return high_centre(a);
    }
    switch (kind->site) {
    case SITE_PILLAR:
        out = (SpinePoint){a->side * pillar_x, pillar_v, level->s};
        break;
    case SITE_ARCH:
        out = (SpinePoint){a->side * 14.0, canal_centre_v + 8.0, level->s - 2};
        break;
    case SITE_FORAMEN:
        out = (SpinePoint){a->side * 15.0, 8.5, level->low};
        break;
    case SITE_DISC:
        out.s = level->low;
        break;
    case SITE_BODY:
        break;
    }
    out.v -= kind->forward_mm;
    return out;
}

/* The way it pushes the sac: from the lesion to the canal's middle. */
static void set_push(Anatomy *a)
{
    double x = -a->lesion_centre.x, v = canal_centre_v - a->lesion_centre.v;
    double length = sqrt(x * x + v * v);
    a->push_x = x / length;
    a->push_v = v / length;
}

static void place_others(Anatomy *a, Random *random)
{
    a->other_count = between(a->lesion->least_others, a->lesion->most_others, random);
    for (int i = 0; i < a->other_count; i++) {
        int number = between(LEVEL_C2, LEVEL_T1, random);
        const LevelShape *level = &a->levels[number];
        bool arch = random_unit(random) < 0.35;
        double x = 11 * (random_unit(random) - 0.5), v = 9 * (random_unit(random) - 0.5);
        double s = level->s + 6 * (random_unit(random) - 0.5);
        a->others[i] =
            (OtherLesion){.level = number,
                          .centre = arch ? (SpinePoint){x > 0 ? 17 : -17, 13 + v, s} : (SpinePoint){x, v, s},
                          .radius_mm = 2.2 + 2.6 * random_unit(random)};
    }
}

static void place_lesion(Anatomy *a, int level, Random *random)
{
    const LesionKind *kind = a->lesion;
    int levels = kind->last_level - kind->first_level + 1;
    a->lesion_level = kind->first_level + (int)(random_unit(random) * levels);
    a->side = random_unit(random) < 0.5 ? -1 : 1;
    double size = 0.88 + 0.24 * random_unit(random);
    for (int i = 0; i < 3; i++) {
        a->lesion_radius_mm[i] = kind->radius_mm[i] * size;
    }
    double aside = kind->site == SITE_BODY ? random_unit(random) : 0.5;
    a->collapse = kind->least_collapse + (kind->most_collapse - kind->least_collapse) * random_unit(random);
    a->grade = (EpiduralGrade)between((int)kind->least_grade, (int)kind->most_grade, random);
    a->lesion_level = level == LEVEL_DRAWN ? a->lesion_level : level;
    if (a->lesion_level <= LEVEL_C1) { /* no body to lose height; above it no dural sac to push */
        a->collapse = 0;
        a->grade = a->lesion_level == LEVEL_C0 ? GRADE_0 : a->grade;
    }
    set_levels(a);
    set_profile(a);
    a->lesion_centre = lesion_centre(a, aside);
    a->lesion_radius_mm[2] *= 1 - 0.45 * a->collapse;
    set_push(a);
    place_others(a, random);
}

/* Stature against an adult's, of both sexes, at the ages of the rows. */
static double growth_at_age(double years)
{
    static const double ages[] = {4, 5, 6, 8, 10, 12, 14, 16, 18},
                        shares[] = {0.60, 0.64, 0.68, 0.75, 0.815, 0.88, 0.95, 0.985, 1};
    enum { ROWS = sizeof ages / sizeof *ages };
    size_t i = 0;
    while (i + 2 < ROWS && ages[i + 1] < years) {
        i++;
    }
    double t = fmin(fmax((years - ages[i]) / (ages[i + 1] - ages[i]), 0), 1);
    return mix(shares[i], shares[i + 1], t);
}

/* A child: small, the canal wide for the bodies, these low and the discs high for them. */
static void set_age(Anatomy *a)
{
    static const double child_torg = 1.47, adult_torg = 1.08;
    a->growth = growth_at_age(a->age_years);
    a->scale *= a->growth;
    a->canal_share = 1 + (child_torg / adult_torg - 1) * (1 - fmin(fmax((a->age_years - 8) / 7, 0), 1));
    double low = childhood(a, 9, 16);
    a->body_height_mm *= 1 - 0.12 * low;
    a->disc_height_mm *= 1 + 0.08 * low;
}

void anatomy_init(Anatomy *out, const LesionKind *lesion, uint64_t seed, int level)
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
    out->sway_mm = 1.8 * random_unit(&random);
    out->sway_phase = turn * random_unit(&random);
    out->dominance = 0.8 + 0.4 * random_unit(&random);
    set_age(out);
    place_lesion(out, level, &random);
}
