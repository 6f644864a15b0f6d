/* The neck's outline and its muscles, as smooth shapes across the spine.
 *
 * Deep muscles are ellipses around their place beside the bone; the flat ones of the surface lie at a depth
 * below the fat under the skin, so that they follow the neck's outline. A point belongs to the muscle in
 * which it lies deepest; where two are nearly equal lies a plane of fat, where none is, too. A slow wave
 * bends all of them, each side in its own way. */
#include "phantom/parts.h"

#include <math.h>

static const AnatomyPoint fat_plane = {KIND_FAT_PLANE, LABEL_FAT, 0};

/* ---- outline ---- */

static const double widest_v = 9, well_inside_mm = 40;

/* Broad and flat behind, narrow before: a curve of the power 2.25 and one of 1.6, which meet where the neck
 * is widest. */
double muscle_skin_depth(const Profile *profile, SpinePoint p)
{
    bool behind = p.v > widest_v;
    double reach = behind ? profile->skin_back - widest_v : widest_v - profile->skin_front;
    double u = fabs(p.x) / profile->skin_width, t = fabs(p.v - widest_v) / reach;
    if (u >= 1 || t >= 1) {
        return -1;
    }
    if ((u < 0.4 && t < 0.4) || (!behind && u * u + t * t < 0.36)) {
        return well_inside_mm;
    }
    double power = behind ? 2.25 : 1.6;
    double slope_u = pow(u, power - 1), slope_t = pow(t, power - 1);
    double sum = u * slope_u + t * slope_t, edge = pow(sum, 1 / power);
    double steep = sqrt(square(slope_u / profile->skin_width) + square(slope_t / reach)) * edge / sum;
    return (1 - edge) / steep;
}

double muscle_skin_fat_mm(SpinePoint p)
{
    return 4.6 + 4.4 * shape_step(p.v, 18, 52) * (1 - 0.35 * shape_step(fabs(p.x), 8, 45));
}

/* ---- muscles ---- */

/* Ellipses; w is v, stretched behind the spine so that 58 is the muscles' edge. */
typedef struct {
    double x, w, half_width, half_depth, cosine, sine;
} MuscleShape;
/* Muscles meet where their shapes leave less than twice this. */
static const double gap_mm = 1.8;
static const MuscleShape deep_muscles[] = {
    {7.6, -12.4, 7.6, 4.6, 0.97, 0.24}, /* long muscles of neck and head */
    {25.5, 0, 6.4, 9.5, 0.88, 0.47},    /* anterior scalene */
    {34, 12.5, 8.2, 11.5, 0.9, -0.44},  /* middle and posterior scalene */
    {42.5, 27, 8.0, 13.0, 0.84, -0.54}, /* elevator of the scapula */
    {8.6, 31.5, 9.0, 8.4, 0.94, 0.34},  /* multifidus, semispinalis of the neck */
    {19.5, 35.0, 7.4, 8.4, 0.8, -0.6},  /* semispinalis of the neck, its outer part */
    {29.5, 29.5, 7.2, 10.4, 0.8, -0.6}, /* longissimus */
    {23.5, 20.5, 5.5, 6.5, 0.9, -0.44}, /* multifidus beside the articular processes */
    {16.5, -10.0, 5.0, 4.2, 0.9, 0.44}, /* long muscle of the head */
    {31, -33, 7.5, 15.0, 0.8, 0.6},     /* digastric and pterygoid: only above C4 */
    {0, -46, 20, 21, 1, 0},             /* tongue and floor of the mouth: only above C4 */
};
enum { DEEP_COUNT = sizeof deep_muscles / sizeof *deep_muscles, DEEP_DIGASTRIC = 9, DEEP_ELEVATOR = 3 };

typedef struct {
    double best, second;
    bool of_neck; /* it has the muscles' label */
    bool marbled; /* fat lies between its bundles */
} Nearest;

static void meet(Nearest *nearest, double depth, bool of_neck, bool marbled)
{
    if (depth > nearest->best) {
        *nearest = (Nearest){depth, nearest->best, of_neck, marbled};
    } else {
        nearest->second = fmax(nearest->second, depth);
    }
}

static double lens(double along, double half_length, double depth, double half_thickness)
{
    return (1 - sqrt(square(along / half_length) + square(depth / half_thickness))) * half_thickness;
}

/* The flat muscles: `below` the fat in mm, stretched where the neck is deeper behind the spine. */
static void meet_flat(Nearest *nearest, const Anatomy *a, const Profile *profile, SpinePoint p, double below)
{
    double x = fabs(p.x), low = a->levels[LEVEL_T1].s;
    double up = fmin(fmax((p.s - low) / (bone_atlas_s(a) - low), 0), 1.1);
    double middle = 42 * up - 25; /* from the mastoid process down to the breastbone */
    if (x > 9 && fabs(p.v - middle) < 24) {
        meet(nearest, lens(p.v - middle, 21, below - 5.8, 6.4), true, false); /* sternocleidomastoid */
    }
    if (p.v > 14) {
        double stretch = fmax(1, (profile->skin_back - 31) / 31), layer = below / stretch;
        double edge = 56 - 20 * up;                               /* the trapezius narrows to the skull */
        double thick = 2.7 + 2.8 * (1 - shape_step(up, 0, 0.45)); /* and is thickest at the shoulder */
        meet(nearest, lens(x, edge, layer - thick + 0.2, thick), true, false);
        meet(nearest, lens(x - 19, 23, layer - 8.0, 3.3), true, false);     /* splenius */
        meet(nearest, lens(x - 11.5, 12.5, layer - 15.6, 5.4), true, true); /* semispinalis of the head */
    }
    if (p.v < -22 && p.s < a->levels[LEVEL_C4].s) { /* below the tongue bone */
        meet(nearest, lens(x - 11, 11, below - 2.6, 2.4), false, false);
    }
}

static void meet_deep(Nearest *nearest, double x, double w, bool head)
{
    for (size_t i = 0; i < DEEP_COUNT; i++) {
        const MuscleShape *m = &deep_muscles[i];
        double dx = x - m->x, dw = w - m->w;
        double reach = fmax(m->half_width, m->half_depth) + 2.6;
        if (fabs(dx) > reach || fabs(dw) > reach || (i >= DEEP_DIGASTRIC && !head)) {
            continue; /* further out than a plane of fat is wide */
        }
        double across = dx * m->cosine + dw * m->sine, along = dw * m->cosine - dx * m->sine;
        meet(nearest, lens(along, m->half_depth, across, m->half_width),
             i<DEEP_DIGASTRIC, i> DEEP_ELEVATOR && i < DEEP_DIGASTRIC);
    }
}

AnatomyPoint muscle_at(const Anatomy *a, const Profile *profile, SpinePoint p)
{
    double phase = (double)(a->texture & 63) * 0.1;
    SpinePoint bent = {p.x + 1.1 * sin(0.19 * p.v + 0.05 * p.s + phase + 0.02 * p.x),
                       p.v + 1.2 * sin(0.16 * p.x - 0.06 * p.s + phase), p.s};
    double stretch = 35 / (profile->skin_back - 8 - 23);
    double w = bent.v > 23 ? 23 + (bent.v - 23) * stretch : bent.v;
    /* where the shoulders begin the outer muscles spread */
    double spread = fmax(1, (profile->skin_width - 20) / 38), across = fabs(bent.x);
    across = across > 20 ? 20 + (across - 20) / spread : across;
    Nearest nearest = {far_outside, far_outside, false, false};
    meet_deep(&nearest, across, w, p.s > a->levels[LEVEL_C4].s);
    double below = muscle_skin_depth(profile, p) - muscle_skin_fat_mm(p) + 0.5 * (bent.v - p.v);
    if (below < 34) {
        meet_flat(&nearest, a, profile, bent, below);
    }
    if (nearest.best < -gap_mm || nearest.best - nearest.second < 0.42) {
        return fat_plane;
    }
    if (nearest.marbled) { /* sheets of fat between the bundles, along the fibres */
        SpinePoint fibre = {p.x, p.v, 0.2 * p.s};
        if (fabs(growth_noise(fibre, 9, a->texture + 7) - 0.5) < 0.009) {
            return fat_plane;
        }
    }
    return (AnatomyPoint){KIND_MUSCLE, nearest.of_neck ? LABEL_MUSCLE : 0, 0};
}
