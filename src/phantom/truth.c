/* truth.json: what went into a phantom, and what follows from its noise-free images and labels. */
#include "phantom/parts.h"
#include "phantom/study.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

static Mask *labels_of(const Phantom *p, size_t acquisition)
{
    return acquisition == ACQUISITION_CT ? p->ct_labels : p->mr_labels;
}

typedef struct {
    size_t count;
    double mean;
} Region;

static Region region_of(const Volume *volume, const Mask *labels, uint16_t from, uint16_t to)
{
    Region out = {0, 0};
    double sum = 0;
    size_t voxels = geometry_voxels(&volume->geometry);
    for (size_t i = 0; i < voxels; i++) {
        if (labels->labels[i] >= from && labels->labels[i] <= to) {
            sum += volume->voxels[i];
            out.count++;
        }
    }
    out.mean = out.count ? sum / (double)out.count : NAN;
    return out;
}

static void add_region(Value *map, const char *name, Region region)
{
    if (region.count > 0) {
        value_set_number(map, name, region.mean);
    }
}

static void add_series_truth(const Phantom *p, Value *truth)
{
    Value *series = value_set_map(truth, "series");
    for (size_t i = ACQUISITION_CT; i <= ACQUISITION_T1C; i++) {
        const Volume *clean = p->clean[i];
        const Mask *labels = labels_of(p, i);
        Value *map = value_set_map(series, acquisitions[i].name);
        Region lesion = region_of(clean, labels, LABEL_LESION, LABEL_LESION);
        Region muscle = region_of(clean, labels, LABEL_MUSCLE, LABEL_MUSCLE);
        Region disc = region_of(clean, labels, LABEL_DISC_C2_C3, LABEL_DISC_C7_T1);
        value_set_string(map, "unit", i == ACQUISITION_CT ? "HU" : "arbitrary");
        value_set_number(map, "noise_sd", acquisitions[i].noise_sd);
        add_region(map, "lesion_mean", lesion);
        add_region(map, "muscle_mean", muscle);
        add_region(map, "disc_mean", disc);
        add_region(map, "csf_mean", region_of(clean, labels, LABEL_CSF, LABEL_CSF));
        add_region(map, "cord_mean", region_of(clean, labels, LABEL_CORD, LABEL_CORD));
        add_region(map, "marrow_mean", region_of(clean, labels, LABEL_MARROW, LABEL_MARROW));
        if (i != ACQUISITION_CT) {
            value_set_number(map, "lesion_to_muscle", lesion.mean / muscle.mean);
            value_set_number(map, "lesion_to_disc", lesion.mean / disc.mean);
        }
    }
    Region before = region_of(p->clean[ACQUISITION_T1], p->mr_labels, LABEL_LESION, LABEL_LESION);
    Region after = region_of(p->clean[ACQUISITION_T1C], p->mr_labels, LABEL_LESION, LABEL_LESION);
    double rescale = acquisitions[ACQUISITION_T1].scale / acquisitions[ACQUISITION_T1C].scale;
    value_set_number(truth, "enhancement_percent", 100 * (after.mean * rescale / before.mean - 1));
}

/* ---- site ---- */

/* Names of the pairs and single parts, by their lowest code. */
static const char *part_name(int part)
{
    static const char *const names[] = {
        [PART_BODY] = "body",
        [PART_DENS] = "dens",
        [PART_ANTERIOR_ARCH] = "anterior_arch",
        [PART_POSTERIOR_ARCH] = "posterior_arch",
        [PART_LATERAL_MASS] = "lateral_mass",
        [PART_LATERAL_MASS + 1] = "lateral_mass",
        [PART_PEDICLE] = "pedicle",
        [PART_PEDICLE + 1] = "pedicle",
        [PART_LAMINA] = "lamina",
        [PART_LAMINA + 1] = "lamina",
        [PART_ARTICULAR] = "articular_process",
        [PART_ARTICULAR + 1] = "articular_process",
        [PART_TRANSVERSE] = "transverse_process",
        [PART_TRANSVERSE + 1] = "transverse_process",
        [PART_SPINOUS] = "spinous_process",
        [PART_CLIVUS] = "clivus",
        [PART_CONDYLE] = "condyle",
        [PART_CONDYLE + 1] = "condyle",
        [PART_OCCIPUT] = "occiput",
    };
    return part < (int)(sizeof names / sizeof *names) ? names[part] : NULL;
}

/* By convention: less of what the lesion takes of bone may be the border's voxels. */
static const double least_level_share = 0.05;

/* The vertebrae that it takes, which share of each part of its own is lesion, and how much of the lesion lies
 * outside all bone. */
static void add_site(const Phantom *p, Value *truth)
{
    size_t whole[100] = {0}, taken[100] = {0}, of_level[LEVEL_COUNT] = {0}, outside = 0, all = 0;
    size_t voxels = geometry_voxels(&p->ct_labels->geometry);
    for (size_t i = 0; i < voxels; i++) {
        int code = p->ct_anatomy->labels[i], part = code % 100;
        bool lesion = p->ct_labels->labels[i] == LABEL_LESION;
        bool bone = code >= PART_BASE && part_name(part) != NULL;
        all += lesion;
        outside += lesion && !bone;
        of_level[bone ? (code - PART_BASE) / 100 : 0] += lesion && bone;
        if (bone && (code - PART_BASE) / 100 == p->anatomy.lesion_level) {
            whole[part]++;
            taken[part] += lesion;
        }
    }
    Value *levels = value_set_list(truth, "levels");
    for (int level = LEVEL_C0; level < LEVEL_COUNT; level++) {
        if ((double)of_level[level] >= least_level_share * (double)(all - outside) && of_level[level] > 0) {
            value_add_string(levels, lesion_level_name(level));
        }
    }
    Value *parts = value_set_map(truth, "taken_percent");
    for (int part = PART_BODY; part <= PART_OCCIPUT; part++) {
        int left = part > PART_SPINOUS ? PART_CONDYLE : PART_LATERAL_MASS;
        bool pair = (part >= PART_LATERAL_MASS && part < PART_SPINOUS) ||
                    (part >= PART_CONDYLE && part < PART_OCCIPUT);
        bool right = pair && (part - left) % 2 == 1;
        if (taken[part] > 0) {
            const char *side = !pair ? "" : right ? ".right" : ".left";
            const char *name = arena_printf(p->arena, "%s%s", part_name(part), side);
            value_set_number(parts, name, 100 * (double)taken[part] / (double)whole[part]);
        }
    }
    value_set_number(truth, "outside_bone_percent", all ? 100 * (double)outside / (double)all : 0);
    value_set_number(truth, "collapse_percent", 100 * p->anatomy.collapse);
}

/* ---- neighbours ---- */

/* Largest share of a vertebral artery's circumference that touches the lesion, a tenth of a millimetre
 * outside of its own wall. */
static double artery_contact(const Anatomy *a, int side)
{
    const double radius = artery_radius * (side > 0 ? a->dominance : 2 - a->dominance) + 0.1;
    double most = 0;
    for (int step = -60; step < 60; step++) {
        double s = a->lesion_centre.s + 0.75 * step;
        const Profile *profile = anatomy_profile(a, s);
        int touching = 0;
        for (int i = 0; i < 36; i++) {
            double angle = i * 0.17453292519943295769;
            SpinePoint at = {side * profile->artery_x + radius * cos(angle),
                             profile->artery_v + radius * sin(angle), s};
            touching += anatomy_at_spine(a, at).label == LABEL_LESION;
        }
        most = fmax(most, touching / 36.0);
    }
    return most;
}

typedef struct {
    Vec3 *points;
    size_t count;
} Edge;

static bool is_target(const Phantom *p, size_t i, uint16_t label, uint16_t code)
{
    return label ? p->ct_labels->labels[i] == label : p->ct_anatomy->labels[i] == code;
}

/* Voxels of a label (or, with label 0, of a code) that have a neighbour of another kind in their slice. */
static Edge edge_of(const Phantom *p, uint16_t label, uint16_t code)
{
    const Geometry *grid = &p->ct_labels->geometry;
    size_t columns = grid->size[0], rows = grid->size[1];
    Edge out = {memory_array(1, sizeof *out.points), 0};
    for (size_t k = 0; k < grid->size[2]; k++) {
        for (size_t j = 1; j + 1 < rows; j++) {
            for (size_t i = 1; i + 1 < columns; i++) {
                size_t at = i + columns * (j + rows * k);
                if (is_target(p, at, label, code) &&
                    !(is_target(p, at - 1, label, code) && is_target(p, at + 1, label, code) &&
                      is_target(p, at - columns, label, code) && is_target(p, at + columns, label, code))) {
                    out.points = memory_resize(out.points, out.count + 1, sizeof *out.points);
                    out.points[out.count++] = geometry_point_lps_mm(grid, (double)i, (double)j, (double)k);
                }
            }
        }
    }
    return out;
}

/* Between the middles of the nearest voxels. */
static void add_distance(const Phantom *p, Value *map, const char *name, const Edge *lesion, uint16_t label,
                         uint16_t code)
{
    Edge other = edge_of(p, label, code);
    double best = INFINITY;
    for (size_t i = 0; i < lesion->count; i++) {
        for (size_t j = 0; j < other.count; j++) {
            Vec3 gap = vec3_sub(lesion->points[i], other.points[j]);
            best = fmin(best, vec3_dot(gap, gap));
        }
    }
    if (isfinite(best)) {
        value_set_number(map, name, sqrt(best));
    }
    free(other.points);
}

static void add_mass(const Phantom *p, Value *truth)
{
    const Anatomy *a = &p->anatomy;
    Value *mass = value_set_list(truth, "direction");
    if (a->lesion->anterior) {
        value_add_string(mass, "anterior");
    }
    if (a->grade > GRADE_0) {
        value_add_string(mass, "epidural");
    }
    if (a->lesion->paravertebral) {
        value_add_string(mass, "paravertebral");
    }
    value_set_string(truth, "escc", lesion_grade_name(a->grade));
    Value *artery = value_set_map(truth, "artery_contact_percent");
    value_set_number(artery, "left", 100 * artery_contact(a, 1));
    value_set_number(artery, "right", 100 * artery_contact(a, -1));
    Value *distance = value_set_map(truth, "distance_mm");
    Edge lesion = edge_of(p, LABEL_LESION, 0);
    add_distance(p, distance, "cord", &lesion, LABEL_CORD, 0);
    add_distance(p, distance, "artery_left", &lesion, 0, CODE_ARTERY_LEFT);
    add_distance(p, distance, "artery_right", &lesion, 0, CODE_ARTERY_RIGHT);
    free(lesion.points);
    Value *others = value_set_list(truth, "other_lesions");
    for (int i = 0; i < a->other_count; i++) {
        value_add_string(others, lesion_level_name(a->others[i].level));
    }
}

/* What the lesion's tissues were given; only those that it has. */
void truth_add_tissues(const LesionKind *lesion, Value *truth)
{
    static const struct {
        const char *name;
        TissueKind kind;
    } rows[] = {{"matrix", KIND_LESION},        {"septum", KIND_SEPTUM}, {"rim", KIND_RIM},
                {"centre", KIND_CENTRE},        {"mineral", KIND_FOCUS}, {"fluid", KIND_FLUID_TOP},
                {"sediment", KIND_FLUID_BOTTOM}};
    Value *tissues = value_set_map(truth, "tissues");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const TissueValues *t = lesion_tissue(lesion, rows[i].kind);
        if (t->t1_ms <= 0) {
            continue;
        }
        Value *map = value_set_map(tissues, rows[i].name);
        value_set_number(map, "hu", t->attenuation_hu);
        value_set_number(map, "t1_ms", t->t1_ms);
        value_set_number(map, "t2_ms", t->t2_ms);
        value_set_number(map, "pd", t->pd);
        value_set_number(map, "gadolinium_mm", t->gadolinium_mm);
        value_set_number(map, "adc_um2_per_ms", t->adc_um2_per_ms);
        value_set_number(map, "ktrans_per_min", t->ktrans_per_min);
        value_set_number(map, "ve", t->ve);
        value_set_number(map, "vp", t->vp);
        value_set_number(map, "suv", t->suv);
    }
}

bool truth_write(const Phantom *p, DensError **err)
{
    Value *truth = value_new_map(p->arena);
    const Anatomy *a = &p->anatomy;
    value_set_string(truth, "format", "dens-phantom/1");
    value_set_string(truth, "diagnosis", a->lesion->diagnosis);
    value_set_format(truth, "seed", "%llu", (unsigned long long)p->seed);
    value_set_string(truth, "level", lesion_level_name(a->lesion_level));
    bool middle =
        (a->lesion->site == SITE_BODY || a->lesion->site == SITE_DISC) && a->lesion_level != LEVEL_C1;
    bool mass = a->lesion_level == LEVEL_C1 && a->lesion->site != SITE_ARCH;
    value_set_string(truth, "element", middle ? "body" : mass ? "lateral_mass" : "posterior");
    value_set_string(truth, "side", middle ? "midline" : a->side > 0 ? "left" : "right");
    Value *patient = value_set_map(truth, "patient");
    value_set_number(patient, "age", a->age_years);
    value_set_string(patient, "sex", a->male ? "male" : "female");
    value_set_string(truth, "label_scheme", "dens");
    Region ct = region_of(p->clean[ACQUISITION_CT], p->ct_labels, LABEL_LESION, LABEL_LESION);
    double voxel_ml = geometry_voxel_volume_mm3(&p->ct_labels->geometry) / 1000;
    value_set_number(truth, "lesion_volume_ml", (double)ct.count * voxel_ml);
    add_site(p, truth);
    add_mass(p, truth);
    truth_add_tissues(a->lesion, truth);
    add_series_truth(p, truth);
    AUTO_TEXT text = TEXT_INIT;
    json_write(truth, JSON_PRETTY, &text);
    text_add(&text, "\n");
    return file_write(file_join(p->arena, p->folder, "truth.json"), text_string(&text), text.length, err);
}
