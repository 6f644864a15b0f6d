/* The anatomy measured with a ruler against published dimensions, and the lesion's place. */
#include "testing.h"

#include "phantom/anatomy.h"
#include "phantom/phantom.h"

#include <math.h>

static Anatomy patient(const char *diagnosis, uint64_t seed)
{
    Anatomy out;
    anatomy_init(&out, lesion_kind(diagnosis), seed, LEVEL_DRAWN);
    return out;
}

/* The first patient of an age. */
static Anatomy patient_between(const char *diagnosis, double least_years, double most_years)
{
    for (uint64_t seed = 1;; seed++) {
        Anatomy out = patient(diagnosis, seed);
        if (out.age_years >= least_years && out.age_years <= most_years) {
            return out;
        }
    }
}

static Anatomy adult(const char *diagnosis)
{
    return patient_between(diagnosis, 18, 88);
}

static AnatomyPoint at(const Anatomy *a, double x, double v, double s)
{
    return anatomy_at(a, anatomy_patient_point(a, (SpinePoint){x, v, s}));
}

static const double step_mm = 0.05;

/* Length in mm (of a patient of scale 1) along a line within which the label or, with label 0, the kind
 * holds. */
static double length_of(const Anatomy *a, SpinePoint from, SpinePoint to, uint16_t label, TissueKind kind)
{
    double length = sqrt((to.x - from.x) * (to.x - from.x) + (to.v - from.v) * (to.v - from.v) +
                         (to.s - from.s) * (to.s - from.s));
    int steps = (int)(length / step_mm), found = 0;
    for (int i = 0; i < steps; i++) {
        double t = (i + 0.5) / steps;
        AnatomyPoint point =
            at(a, from.x + t * (to.x - from.x), from.v + t * (to.v - from.v), from.s + t * (to.s - from.s));
        found += label ? point.label == label : point.kind == kind;
    }
    return found * length / steps;
}

/* Seed 10 of the chordoma: the case of cases/demo/chordoma.json, whose lesion sits in C3. */
static void the_demonstration_stays(void **state)
{
    (void)state;
    Anatomy a = patient("chordoma", 10);
    assert_true(a.male);
    assert_near(a.age_years, 57, 0);
    assert_int_equal(a.lesion_level, LEVEL_C3);
}

static void curve_and_back(void **state)
{
    (void)state;
    Anatomy patients[] = {patient("metastasis", 5), patient_between("langerhans_cell_histiocytosis", 4, 8)};
    for (int i = 0; i < 2 * 66; i++) {
        const Anatomy *a = &patients[i % 2];
        double s = -50 + 11 * (i / 2 % 11);
        SpinePoint there = {7 + 4 * (i / 44), -12 + s / 5 + 9 * (i / 22 % 6), s};
        SpinePoint back = anatomy_spine_point(a, anatomy_patient_point(a, there));
        assert_near(back.x, there.x, 1e-9);
        assert_near(back.v, there.v, 1e-9);
        assert_near(back.s, there.s, 1e-9);
    }
}

/* Cord and dural sac at C4 (203 adults, PAM50 normalized metrics): 7.6 × 12.9 and 12.8 × 21.0 mm. */
static void cord_and_sac(void **state)
{
    (void)state;
    Anatomy a = patient("metastasis", 1);
    double s = a.levels[a.lesion_level == LEVEL_C4 ? LEVEL_C5 : LEVEL_C4].s;
    SpinePoint front = {0, 0, s}, back = {0, 40, s}, left = {25, 15.2, s}, right = {-25, 15.2, s};
    double cord_depth = length_of(&a, front, back, LABEL_CORD, 0);
    double cord_width = length_of(&a, left, right, LABEL_CORD, 0);
    assert_near(cord_depth, 7.6, 0.5);
    assert_near(cord_width, 12.9, 0.9);
    assert_near(cord_depth + length_of(&a, front, back, LABEL_CSF, 0), 12.8, 1.2);
    assert_near(cord_width + length_of(&a, left, right, LABEL_CSF, 0), 21.0, 1.5);
}

/* Bodies: 20.2 wide at C3 and 22.6 at C5, 15 to 16 deep (NW Indian series), 10.7 to 12.0 high in the rim. */
static void bodies(void **state)
{
    (void)state;
    Anatomy a = adult("osteoid_osteoma");
    for (int level = LEVEL_C3; level <= LEVEL_C5; level++) {
        double top = a.levels[level].s + a.levels[level].half_height;
        double depth =
            length_of(&a, (SpinePoint){0, -12, top - 1.8}, (SpinePoint){0, 8.5, top - 1.8}, 0, KIND_CORTEX);
        depth += length_of(&a, (SpinePoint){0, -12, top - 1.8}, (SpinePoint){0, 8.5, top - 1.8}, 0,
                           KIND_TRABECULA);
        assert_near(depth, 15.4, 1.0);
        double middle = a.levels[level].s, height = 0;
        const TissueKind bone[] = {KIND_CORTEX, KIND_TRABECULA};
        for (int i = 0; i < 2; i++) {
            height +=
                length_of(&a, (SpinePoint){0, 4, middle - 7.5}, (SpinePoint){0, 4, middle + 7.5}, 0, bone[i]);
        }
        assert_in_range((uintmax_t)(height * 100), 1000, 1204);
    }
}

/* Along a patient's midline from the front to the back at a level, in mm: the body, the dural sac. */
static void midline(const Anatomy *a, int level, double *out_body, double *out_sac)
{
    Vec3 from = anatomy_patient_point(a, (SpinePoint){0, -12, a->levels[level].s});
    Vec3 way = vec3_sub(anatomy_patient_point(a, (SpinePoint){0, 30, a->levels[level].s}), from);
    double length = vec3_length(way);
    *out_body = *out_sac = 0;
    for (double mm = 0; mm < length; mm += step_mm) {
        AnatomyPoint point = anatomy_at(a, vec3_add(from, vec3_scale(way, mm / length)));
        *out_body += point.anatomy == PART_BASE + 100 * level + PART_BODY ? step_mm : 0;
        *out_sac += point.label == LABEL_CORD || point.label == LABEL_CSF ? step_mm : 0;
    }
}

/* A child's bodies are small and its canal is nearly an adult's: canal to body 1.47 against 1.06 to 1.10
 * (Wang 2001); a grown canal by eight years (Remes 2000). The front of C3 is low (Swischuk 1993). */
static void children(void **state)
{
    (void)state;
    Anatomy child = patient_between("langerhans_cell_histiocytosis", 7, 8), grown = adult("hemangioma");
    double body[2], sac[2];
    int level = child.lesion_level == LEVEL_C5 ? LEVEL_C4 : LEVEL_C5;
    midline(&child, level, &body[0], &sac[0]);
    midline(&grown, level, &body[1], &sac[1]);
    assert_near(sac[0] / body[0] / (sac[1] / body[1]), 1.47 / 1.08, 0.08);
    assert_near(sac[0], sac[1], 1.2);
    assert_near(body[0] / body[1], 0.74, 0.07);
    child = patient_between("langerhans_cell_histiocytosis", 4, 5);
    const LevelShape *c3 = &child.levels[LEVEL_C3];
    double top = c3->s + c3->half_height - 1;
    assert_int_equal(at(&child, 0, 4, top).anatomy, PART_BASE + 100 * LEVEL_C3 + PART_BODY);
    assert_int_not_equal(at(&child, 0, -6.5, top - 0.65).anatomy, PART_BASE + 100 * LEVEL_C3 + PART_BODY);
}

/* Dens and body of the axis fuse between three and five years (Byun 2003; half of them at 4.7: Yoganandan
 * 2011). */
static void synchondroses(void **state)
{
    (void)state;
    const Anatomy patients[] = {patient_between("langerhans_cell_histiocytosis", 4, 4.5),
                                adult("hemangioma")};
    for (int i = 0; i < 2; i++) {
        const Anatomy *a = &patients[i];
        const LevelShape *axis = &a->levels[LEVEL_C2];
        SpinePoint low = {0, 0, axis->s + axis->half_height + 3}, high = {0, 0, low.s + 8};
        double cartilage = length_of(a, low, high, 0, KIND_ANNULUS);
        assert_near(cartilage, i == 0 ? 2.2 : 0, 0.2);
    }
}

/* Tissue before C3: below the upper limit on CT, 7 mm (Rojas 2009); at C5 between that and 18. */
static void prevertebral_tissue(void **state)
{
    (void)state;
    Anatomy a = adult("osteoid_osteoma");
    double c3 = a.levels[LEVEL_C3].s, c5 = a.levels[LEVEL_C5].s;
    const double levels[] = {c3, c5}, least[] = {3, 7}, most[] = {7, 18};
    for (int i = 0; i < 2; i++) {
        double v = -8;
        while (v > -40 && at(&a, 0, v, levels[i]).kind != KIND_AIR) {
            v -= step_mm;
        }
        double gap = -v - a.levels[i ? LEVEL_C5 : LEVEL_C3].half_depth;
        if (!(gap > least[i] && gap < most[i])) {
            fail_msg("%.2f mm before %s", gap, i ? "C5" : "C3");
        }
    }
}

/* The vertebral artery, 3 to 4 mm wide, runs inside its foramen: no bone interrupts it from C5 to C1. */
static void vertebral_artery(void **state)
{
    (void)state;
    Anatomy a = adult("osteoid_osteoma");
    for (double s = a.levels[LEVEL_C5].s; s < a.levels[LEVEL_C2].s + 20; s += 0.5) {
        double widest = 0;
        for (double v = 0; v <= 4; v += 0.25) {
            widest =
                fmax(widest, length_of(&a, (SpinePoint){10, v, s}, (SpinePoint){30, v, s}, LABEL_ARTERY, 0));
        }
        assert_near(widest, 3.8 * a.dominance, 0.15);
    }
}

/* C2 with its dens is 38.1 high (n = 30); the dens is 9 to 12 mm wide. */
static void axis(void **state)
{
    (void)state;
    Anatomy a = adult("osteoid_osteoma");
    double s = a.levels[LEVEL_C2].s;
    assert_near(length_of(&a, (SpinePoint){0, 0, s - 15}, (SpinePoint){0, 0, s + 45}, LABEL_C0 + 2, 0), 38.1,
                2.5);
    assert_near(length_of(&a, (SpinePoint){-9, 0, s + 24}, (SpinePoint){9, 0, s + 24}, LABEL_C0 + 2, 0), 9.85,
                1.2);
}

typedef struct {
    size_t lesion, marrow, muscle;
    double volume_ml;
} Count;

/* Points 1.5 mm apart, of the whole neck. */
static Count count_labels(const Anatomy *a)
{
    Count out = {0};
    for (int z = -56; z < 64; z++) {
        for (int y = -33; y < 47; y++) {
            for (int x = -27; x < 27; x++) {
                uint16_t label = anatomy_at(a, vec3(1.5 * x + 0.5, 1.5 * y + 0.5, 1.5 * z + 0.5)).label;
                out.lesion += label == LABEL_LESION;
                out.marrow += label == LABEL_MARROW;
                out.muscle += label == LABEL_MUSCLE;
            }
        }
    }
    out.volume_ml = (double)out.lesion * 1.5 * 1.5 * 1.5 / 1000;
    return out;
}

typedef struct {
    const char *diagnosis;
    double least_ml, most_ml;
} Size;

/* Believable volumes, and a reference of healthy marrow wherever the lesion is. */
static void lesion_sizes(void **state)
{
    (void)state;
    static const Size sizes[] = {
        {"osteoid_osteoma", 0.3, 1.5},
        {"aneurysmal_bone_cyst", 4, 17},
        {"chondromyxoid_fibroma", 2, 9},
        {"benign_notochordal_cell_tumor", 0.3, 1.5},
        {"giant_cell_tumor", 3, 14},
        {"chordoma", 5, 24},
        {"synovial_sarcoma", 8, 35},
        {"chondrosarcoma", 6, 30},
        {"solitary_plasmacytoma", 2, 9.5},
        {"metastasis", 1.2, 6.5},
        {"osteoblastoma", 2, 10},
        {"hemangioma", 1, 4},
        {"osteochondroma", 1, 5},
        {"langerhans_cell_histiocytosis", 0.2, 3},
        {"fibrous_dysplasia", 2, 9},
        {"enostosis", 0.1, 0.6},
        {"ewing_sarcoma", 7, 40},
        {"osteosarcoma", 5, 35},
        {"lymphoma", 4, 25},
        {"multiple_myeloma", 1, 6},
        {"nerve_sheath_tumor", 3, 20},
        {"spondylodiscitis", 3, 20},
    };
    bool seen[LEVEL_COUNT] = {false};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Anatomy a = patient(sizes[i].diagnosis, 1 + i % 3);
        Count count = count_labels(&a);
        double share = a.growth * a.growth * a.growth; /* of an adult's */
        count.volume_ml /= share;
        if (!(count.volume_ml > sizes[i].least_ml && count.volume_ml < sizes[i].most_ml)) {
            fail_msg("%s: %.2f ml", sizes[i].diagnosis, count.volume_ml);
        }
        if ((double)count.marrow < 100 * share || (double)count.muscle < 30000 * share) {
            fail_msg("%s: %zu of marrow, %zu of muscle", sizes[i].diagnosis, count.marrow, count.muscle);
        }
        seen[a.lesion_level] = true;
    }
    assert_null(phantom_diagnoses()[sizeof sizes / sizeof *sizes]);
    assert_true(seen[LEVEL_C2] && seen[LEVEL_C3] && seen[LEVEL_C4] && seen[LEVEL_C5]);
}

/* A lesion takes no cord, artery, pharynx or other vertebra, and no disc but in an infection. Its reaction
 * changes only bone and muscle. */
static void lesion_spares(void **state)
{
    (void)state;
    for (const char *const *name = phantom_diagnoses(); *name; name++) {
        Anatomy with = patient(*name, 3), without = with;
        bool two = with.lesion->site == SITE_FORAMEN || with.lesion->site == SITE_DISC;
        without.lesion_centre = (SpinePoint){0, 0, 1000};
        without.grade = GRADE_0;
        without.other_count = 0;
        for (int i = 0; i < 60000; i++) {
            SpinePoint p = {with.lesion_centre.x + 1.1 * (i % 41 - 20),
                            with.lesion_centre.v + 1.4 * (i / 41 % 35 - 17),
                            with.lesion_centre.s + 1.3 * (i / 1435 % 42 - 21)};
            AnatomyPoint ill = at(&with, p.x, p.v, p.s), well = at(&without, p.x, p.v, p.s);
            int level = well.anatomy >= PART_BASE ? (well.anatomy - PART_BASE) / 100 : -1;
            bool bone = well.kind == KIND_TRABECULA || well.kind == KIND_CORTEX;
            bool own = level == with.lesion_level || (two && level == with.lesion_level + 1);
            bool disc = well.kind == KIND_NUCLEUS || well.kind == KIND_ANNULUS;
            assert_int_equal(ill.anatomy, well.anatomy);
            if (ill.label == LABEL_LESION &&
                (well.kind == KIND_BLOOD || well.kind == KIND_VEIN || well.kind == KIND_AIR ||
                 well.kind == KIND_BRAIN || (disc && with.lesion->site != SITE_DISC) || (bone && !own) ||
                 (well.kind == KIND_MUSCLE && well.label == 0) ||
                 (well.kind == KIND_CSF && with.grade < GRADE_1B) ||
                 (!with.lesion->breaks_cortex && well.kind != KIND_TRABECULA))) {
                fail_msg("%s: the lesion takes kind %d, label %d", *name, (int)well.kind, (int)well.label);
            }
            if (ill.kind == KIND_OEDEMA || ill.kind == KIND_SCLEROSIS) {
                assert_int_equal(well.kind, KIND_TRABECULA);
            }
        }
    }
}

/* The middle of the cord where the lesion pushes most. */
static double canal_v(const Anatomy *a)
{
    double first = 0, last = 0;
    for (double v = 5; v < 25; v += step_mm) {
        if (at(a, 0, v, a->lesion_centre.s).label == LABEL_CORD) {
            first = first > 0 ? first : v;
            last = v;
        }
    }
    return 0.5 * (first + last);
}

/* The grades of the epidural scale, by what they mean at the lesion's middle. */
static void epidural_grades(void **state)
{
    (void)state;
    Anatomy a = patient("lymphoma", 2);
    double cord[GRADE_3 + 1], fluid[GRADE_3 + 1];
    for (int grade = GRADE_0; grade <= GRADE_3; grade++) {
        a.grade = (EpiduralGrade)grade;
        SpinePoint from = {0, 0, a.lesion_centre.s}, to = {0, 40, a.lesion_centre.s};
        cord[grade] = length_of(&a, from, to, LABEL_CORD, 0);
        fluid[grade] = length_of(&a, from, to, LABEL_CSF, 0);
    }
    assert_near(fluid[GRADE_1A], fluid[GRADE_0], 0.01);
    assert_true(fluid[GRADE_1B] < fluid[GRADE_1A] - 0.5); /* the sac is deformed */
    assert_near(cord[GRADE_1C], cord[GRADE_0], 0.2);      /* the cord is touched, not flattened */
    assert_true(cord[GRADE_2] < 0.92 * cord[GRADE_0]);    /* compressed */
    assert_true(cord[GRADE_3] < 0.75 * cord[GRADE_0] && fluid[GRADE_3] < 0.2);
    SpinePoint left = {-14, canal_v(&a), a.lesion_centre.s}, right = {14, canal_v(&a), a.lesion_centre.s};
    assert_true(length_of(&a, left, right, LABEL_CSF, 0) < 0.2);
    a.grade = GRADE_2;
    assert_true(length_of(&a, left, right, LABEL_CSF, 0) > 1); /* CSF is still seen */
}

/* Every vertebra with all of its parts, every disc, both arteries: the map without the lesion has them, and a
 * lesion does not change it. */
static void the_map_is_whole(void **state)
{
    (void)state;
    static const int subaxial[] = {PART_BODY,          PART_PEDICLE,        PART_PEDICLE + 1,
                                   PART_LAMINA,        PART_LAMINA + 1,     PART_ARTICULAR,
                                   PART_ARTICULAR + 1, PART_TRANSVERSE,     PART_TRANSVERSE + 1,
                                   PART_SPINOUS,       PART_NEURAL_FORAMEN, PART_NEURAL_FORAMEN + 1};
    static const int atlas[] = {PART_ANTERIOR_ARCH,    PART_POSTERIOR_ARCH, PART_LATERAL_MASS,
                                PART_LATERAL_MASS + 1, PART_TRANSVERSE,     PART_TRANSVERSE + 1};
    static const int skull[] = {PART_CLIVUS, PART_CONDYLE, PART_CONDYLE + 1, PART_OCCIPUT};
    Anatomy a = patient("chordoma", 4);
    bool seen[PART_BASE + 1000] = {false};
    for (int z = -70; z < 82; z++) {
        for (int y = -30; y < 70; y++) {
            for (int x = -32; x < 32; x++) {
                seen[anatomy_at(&a, vec3(1.3 * x, 1.3 * y, 1.3 * z)).anatomy] = true;
            }
        }
    }
    for (int level = LEVEL_C3; level <= LEVEL_T1; level++) {
        for (size_t i = 0; i < sizeof subaxial / sizeof *subaxial; i++) {
            if (!seen[PART_BASE + 100 * level + subaxial[i]]) {
                fail_msg("level %d has no part %d", level, subaxial[i]);
            }
        }
        assert_true(level > LEVEL_C6 || seen[PART_BASE + 100 * level + PART_FORAMEN_TRANSVERSARIUM]);
        assert_true(seen[label_of_disc(level - 1)]);
    }
    for (size_t i = 0; i < sizeof atlas / sizeof *atlas; i++) {
        assert_true(seen[PART_BASE + 100 * LEVEL_C1 + atlas[i]]);
    }
    for (size_t i = 0; i < sizeof skull / sizeof *skull; i++) {
        assert_true(seen[PART_BASE + skull[i]]);
    }
    assert_true(seen[PART_BASE + 100 * LEVEL_C2 + PART_DENS]);
    assert_true(seen[CODE_ARTERY_LEFT] && seen[CODE_ARTERY_RIGHT] && seen[CODE_EPIDURAL]);
}

/* Runs of muscle along a line to the back, and the widest of what lies between them, mm. */
static int muscle_layers(const Anatomy *a, double x, double from, double to, double s, double *out_widest)
{
    int runs = 0;
    double end = -1;
    bool inside = false;
    *out_widest = 0;
    for (double v = from; v < to; v += step_mm) {
        bool muscle = at(a, x, v, s).kind == KIND_MUSCLE;
        if (muscle && !inside) {
            runs++;
            *out_widest = end > 0 ? fmax(*out_widest, v - end) : 0;
        }
        end = muscle ? v : end;
        inside = muscle;
    }
    return runs;
}

/* The neck is broad behind and narrow before, its fat thickest at the nape; behind the spine four layers of
 * muscle lie on each other with a thin plane of fat between two. */
static void outline_and_muscles(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 5; seed++) {
        Anatomy a = patient("benign_notochordal_cell_tumor", seed);
        double s = a.levels[LEVEL_C5].s, widest;
        const Profile *profile = anatomy_profile(&a, s);
        double behind = 9 + 0.6 * (profile->skin_back - 9), before = 9 + 0.6 * (profile->skin_front - 9);
        double width[2];
        for (int i = 0; i < 2; i++) {
            double v = i ? before : behind;
            width[i] = 80 - length_of(&a, (SpinePoint){0, v, s}, (SpinePoint){80, v, s}, 0, KIND_AIR);
        }
        assert_true(width[0] > 1.15 * width[1]);
        double nape = length_of(&a, (SpinePoint){6, 40, s}, (SpinePoint){6, 80, s}, 0, KIND_SKIN_FAT);
        double side = length_of(&a, (SpinePoint){40, 9, s}, (SpinePoint){80, 9, s}, 0, KIND_SKIN_FAT);
        assert_true(nape > 6 && nape < 10 && side > 2 && side < 5);
        int layers = muscle_layers(&a, 12, 27, profile->skin_back - 6, s, &widest);
        assert_true(layers >= 4 && layers <= 9);
        assert_true(widest < 3);
    }
}

/* Behind the canal, between the skin's fat on both sides, muscle has most of the section, down to the
 * shoulders: a share of 0.75 at least, of which a real neck has no less (by eye). */
static void muscle_fills_the_nape(void **state)
{
    (void)state;
    Anatomy a = adult("enostosis");
    for (int level = LEVEL_C2; level <= LEVEL_T1; level++) {
        int soft = 0, muscle = 0;
        for (double x = -55; x < 55; x += 0.7) {
            for (double v = 15; v < 60; v += 0.7) {
                AnatomyPoint point = at(&a, x, v, a.levels[level].s);
                muscle += point.kind == KIND_MUSCLE;
                soft += point.kind == KIND_MUSCLE || point.kind == KIND_FAT_PLANE;
            }
        }
        assert_true(muscle > 0.75 * soft && muscle < 0.99 * soft);
    }
}

/* Carotid artery and jugular vein on both sides, and a ring of cartilage around the airway at C6. */
static void front_of_the_neck(void **state)
{
    (void)state;
    Anatomy a = adult("enostosis");
    int cartilage = 0;
    for (int side = -1; side <= 1; side += 2) {
        double s = a.levels[LEVEL_C4].s;
        assert_int_equal(at(&a, side * 25.0, -14, s).kind, KIND_BLOOD);
        assert_int_equal(at(&a, side * 32.5, -11.5, s).kind, KIND_VEIN);
    }
    const Profile *profile = anatomy_profile(&a, a.levels[LEVEL_C6].s - 2);
    double v = profile->airway_back - profile->airway_depth;
    for (int i = 0; i < 360; i++) {
        double turn = i * 0.01745329251994329577, most = profile->airway_depth + 4;
        for (double r = profile->airway_width; r < most; r += 0.2) {
            if (at(&a, r * cos(turn), v + r * sin(turn), a.levels[LEVEL_C6].s - 2).kind == KIND_ANNULUS) {
                cartilage++;
                break;
            }
        }
    }
    assert_true(cartilage > 340);
}

/* Of the cord's section 15 to 20 % is grey matter, as in the mask of a real axial T2*, the same
 * on both sides of the middle. */
static void grey_matter(void **state)
{
    (void)state;
    Anatomy a = adult("enostosis");
    for (int level = LEVEL_C2; level <= LEVEL_C7; level++) {
        int cord = 0, grey = 0;
        for (double x = -8; x < 8; x += 0.11) {
            for (double v = 9; v < 21; v += 0.11) {
                AnatomyPoint point = at(&a, x, v, a.levels[level].s);
                bool is_grey = point.kind == KIND_GREY_MATTER;
                cord += point.label == LABEL_CORD;
                grey += is_grey;
                assert_true(!is_grey || point.label == LABEL_CORD);
                assert_true(is_grey == (at(&a, -x, v, a.levels[level].s).kind == KIND_GREY_MATTER));
            }
        }
        assert_true(grey > 0.15 * cord && grey < 0.20 * cord);
    }
}

/* A sagittal slice of 3 mm, sampled every 0.6 mm in patients of all sizes, holds as much of the nuchal
 * ligament wherever its points lie: 0.7 mm of fibres. */
static void nuchal_ligament(void **state)
{
    (void)state;
    Anatomy a = adult("enostosis");
    double s = a.levels[LEVEL_C2].s + 6;
    for (double step = 0.56; step < 0.9; step += 0.04) {
        for (double first = 0; first < step; first += 0.03) {
            double fibres = 0;
            for (double x = first - 2 * step; x < 2 * step; x += step) {
                TissueMixture mixture = tissue_mixture(at(&a, x, 42, s).kind);
                fibres += mixture.kind == KIND_LIGAMENT ? mixture.share * step : 0;
            }
            assert_true(fibres > 0.5 && fibres < 0.9);
        }
    }
}

static void seeds_differ(void **state)
{
    (void)state;
    Anatomy one = patient("metastasis", 1), again = patient("metastasis", 1), two = patient("metastasis", 2);
    assert_true(one.texture == again.texture && one.texture != two.texture);
    assert_true(one.curve_radius_mm != two.curve_radius_mm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demonstration_stays),
        cmocka_unit_test(curve_and_back),
        cmocka_unit_test(cord_and_sac),
        cmocka_unit_test(bodies),
        cmocka_unit_test(children),
        cmocka_unit_test(synchondroses),
        cmocka_unit_test(prevertebral_tissue),
        cmocka_unit_test(vertebral_artery),
        cmocka_unit_test(axis),
        cmocka_unit_test(lesion_sizes),
        cmocka_unit_test(lesion_spares),
        cmocka_unit_test(epidural_grades),
        cmocka_unit_test(the_map_is_whole),
        cmocka_unit_test(outline_and_muscles),
        cmocka_unit_test(muscle_fills_the_nape),
        cmocka_unit_test(front_of_the_neck),
        cmocka_unit_test(grey_matter),
        cmocka_unit_test(nuchal_ligament),
        cmocka_unit_test(seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
