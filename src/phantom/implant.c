/* A lesion in a real volume.
 *
 * The lesion has the shape and the tissues of the phantom's, around a point of the volume. Its share of each
 * voxel is counted on 27 points and smeared by one voxel's width, as the image's own point spread does to
 * edges. On CT the tissues have their HU; on MR what stood at the place is taken for marrow, and the lesion's
 * signals follow from it by the phantom's protocol. The volume's own noise stays: what a voxel differs from
 * the mean of its neighbours, up to 2.5 of the lesion's surroundings' spread, is added to the lesion's
 * signal. With a label map a mass dents the sac, or pushes it and the cord aside (push.h), and the map with
 * them. */
#include "phantom/folder.h"
#include "phantom/parts.h"
#include "phantom/push.h"
#include "phantom/study.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "image/nifti.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double clip_sd = 2.5, air_hu = -300;

typedef struct {
    Arena *arena;
    Anatomy anatomy;
    const Acquisition *series;
    Volume *volume;
    Mask *labels; /* NULL without a label map */
    Mask *lesion;
    float *share, *signal; /* of the lesion, and its mean signal times that share */
    float *change;         /* of what is around it: added on CT, else a factor */
    float *to_cord_mm;     /* of CSF near the lesion; NULL without labels */
    uint8_t *mass;         /* 1 where it has pushed the sac away or bridges to it; NULL if it pushes none */
    Push push;
    Vec3 point;   /* its middle, LPS */
    double scale; /* units of the volume for one of the protocol */
    double host_mean, noise_sd, lesion_mean;
    size_t count, reacting; /* voxels of the lesion, of oedema */
} Implant;

static void implant_clear(Implant *m)
{
    volume_free(m->volume);
    mask_free(m->labels);
    mask_free(m->lesion);
    free(m->share);
    free(m->signal);
    free(m->change);
    free(m->to_cord_mm);
    free(m->mass);
}

/* ---- which image ---- */

static bool has_word(const char *name, const char *word)
{
    for (const char *at = name; *at; at++) {
        if (strncasecmp(at, word, strlen(word)) == 0 && (at == name || !isalnum((unsigned char)at[-1]))) {
            return true;
        }
    }
    return false;
}

/* What was said, else CT by its values, else the weighting in the file's name; never a guess. */
static bool choose_series(Implant *m, const PhantomIntoOptions *options, DensError **err)
{
    float least = 0;
    size_t voxels = geometry_voxels(&m->volume->geometry);
    for (size_t i = 0; i < voxels; i++) {
        least = fminf(least, m->volume->voxels[i]);
    }
    for (size_t i = ACQUISITION_CT; i <= ACQUISITION_T1C; i++) {
        const char *name = acquisitions[i].name;
        bool named = options->as
                         ? strcmp(options->as, name) == 0
                         : i != ACQUISITION_CT && least > -200 && has_word(file_name(options->volume), name);
        if (named || (!options->as && i == ACQUISITION_CT && least < -200)) {
            m->series = &acquisitions[i];
            return true;
        }
    }
    return options->as ? error_set(err, DENS_ERROR_USAGE, "--as",
                                   "\"%s\" is none of ct, t1, t2, stir and t1c", options->as)
                       : error_set(err, DENS_ERROR_USAGE, "--into",
                                   "%s does not say how it is weighted; say --as t1, t2, stir or t1c",
                                   file_name(options->volume));
}

/* ---- where ---- */

/* The middle of a vertebra's front or back half: its body, or its arch on the lesion's side. */
static bool middle_of_label(const Implant *m, uint16_t label, Vec3 *out)
{
    const Geometry *grid = &m->labels->geometry;
    bool body = m->anatomy.lesion->site == SITE_BODY || m->anatomy.lesion->site == SITE_DISC;
    Vec3 mean = vec3(0, 0, 0), part = mean;
    for (int pass = 0; pass < 2; pass++) {
        Vec3 sum = vec3(0, 0, 0);
        size_t count = 0, index = 0;
        for (size_t k = 0; k < grid->size[2]; k++) {
            for (size_t j = 0; j < grid->size[1]; j++) {
                for (size_t i = 0; i < grid->size[0]; i++, index++) {
                    Vec3 p = geometry_point_lps_mm(grid, (double)i, (double)j, (double)k);
                    bool front = p.y<mean.y, side = (p.x - mean.x) * m->anatomy.side> 0;
                    if (m->labels->labels[index] == label && (pass == 0 || (body ? front : !front && side))) {
                        sum = vec3_add(sum, p);
                        count++;
                    }
                }
            }
        }
        if (count == 0) {
            return false;
        }
        *(pass == 0 ? &mean : &part) = vec3_scale(sum, 1.0 / (double)count);
    }
    *out = part;
    return true;
}

/* The drawn level, or else the first that the map has and the lesion may take. */
static bool place_by_labels(Implant *m, const PhantomIntoOptions *options, DensError **err)
{
    m->labels = mask_read_nifti(options->labels, err);
    if (!m->labels) {
        return false;
    }
    double apart = 0;
    if (!geometry_equal(&m->labels->geometry, &m->volume->geometry, 0.01, &apart)) {
        return error_input(err, options->labels, "does not lie on the grid of the volume (%.3g mm apart)",
                           apart);
    }
    const LesionKind *kind = m->anatomy.lesion;
    if (middle_of_label(m, label_of_vertebra(m->anatomy.lesion_level), &m->point)) {
        return true;
    }
    for (int level = kind->first_level; level <= kind->last_level; level++) {
        if (middle_of_label(m, label_of_vertebra(level), &m->point)) {
            m->anatomy.lesion_level = level;
            return true;
        }
    }
    return error_input(err, options->labels,
                       "has no vertebra that this lesion may take (labels of the scheme dens)");
}

static bool parse_point(const char *text, Vec3 *out, DensError **err)
{
    double numbers[3];
    const char *at = text;
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        numbers[i] = strtod(at, &end);
        if (end == at || !isfinite(numbers[i]) || *end != (i < 2 ? ',' : '\0')) {
            return error_set(err, DENS_ERROR_USAGE, "--seed-point", "\"%s\" is not x,y,z (LPS, mm)", text);
        }
        at = end + 1;
    }
    *out = vec3(numbers[0], numbers[1], numbers[2]);
    return true;
}

static bool place(Implant *m, const PhantomIntoOptions *options, DensError **err)
{
    double ijk[3];
    float value = 0;
    bool good =
        options->labels ? place_by_labels(m, options, err) : parse_point(options->seed_point, &m->point, err);
    if (!good) {
        return false;
    }
    if (!geometry_index_ijk(&m->volume->geometry, m->point, ijk) || !volume_sample(m->volume, ijk, &value)) {
        return error_input(err, options->volume, "the point %g,%g,%g (LPS, mm) lies outside the volume",
                           m->point.x, m->point.y, m->point.z);
    }
    m->anatomy.lesion_centre = (SpinePoint){0, 0, 0};
    m->anatomy.other_count = 0;
    return true;
}

/* ---- what it pushes aside ---- */

static const double bridge_step_mm = 0.5, bridge_wane = 0.4;
enum { BRIDGE_STEPS = 24 }; /* to either side */

/* Between the lesion and what it has pushed away: the back wall, ligament and epidural space that it came
 * through. */
static bool is_bridge(const Implant *m, Vec3 point)
{
    bool before = false, behind = false;
    for (int n = 1; n <= BRIDGE_STEPS && !before; n++) {
        uint16_t label = push_label(m->labels, vec3_add(point, vec3_scale(m->push.way, n * bridge_step_mm)));
        if (label == LABEL_CORD || label == LABEL_CSF) {
            return false;
        }
        before = label == LABEL_LESION;
    }
    for (int n = 1; before && n <= BRIDGE_STEPS && !behind; n++) {
        Vec3 there = vec3_sub(vec3_sub(point, vec3_scale(m->push.way, n * bridge_step_mm)), m->point);
        behind = growth_at(&m->anatomy, (SpinePoint){there.x, there.y, there.z}).radius < 1;
    }
    return behind;
}

static void find_bridge(Implant *m)
{
    const size_t *size = m->volume->geometry.size;
    size_t index = 0;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++, index++) {
                Vec3 at = geometry_point_lps_mm(&m->volume->geometry, (double)i, (double)j, (double)k);
                uint16_t label = m->labels->labels[index];
                bool free = label != LABEL_CORD && label != LABEL_CSF && label != LABEL_ARTERY;
                if (free && !m->mass[index] && push_wane(&m->push, at) > bridge_wane &&
                    vec3_length(vec3_sub(at, m->point)) < 40 && is_bridge(m, at)) {
                    m->mass[index] = 1;
                }
            }
        }
    }
}

/* A mass of grade 2 or 3 pushes the sac aside, where there is one that can give way. */
static bool push_aside(Implant *m, DensError **err)
{
    if (!m->labels || m->anatomy.grade < GRADE_2 || !push_can(m->labels, m->point)) {
        return true;
    }
    m->mass = memory_try_array(geometry_voxels(&m->volume->geometry), sizeof *m->mass);
    if (!m->mass) {
        return error_no_memory(err);
    }
    m->push = (Push){.from = m->point,
                     .reach_mm = fmax(6, 0.8 * m->anatomy.lesion_radius_mm[2]),
                     .grade = m->anatomy.grade};
    if (!push_sac(&m->push, m->volume, m->labels, m->mass, err)) {
        return false;
    }
    find_bridge(m);
    return true;
}

/* ---- the lesion on the volume's grid ---- */

/* Without labels nobody knows of the sac; without CSF before the cord it cannot give way. */
static EpiduralGrade grade_here(const Implant *m)
{
    return !m->labels ? GRADE_0 : m->anatomy.grade <= GRADE_1C || m->mass ? m->anatomy.grade : GRADE_1C;
}

/* How much of the CSF before the cord a mass leaves. */
static double csf_left_mm(const Implant *m)
{
    return grade_here(m) == GRADE_1B ? 1.4 : grade_here(m) == GRADE_1C ? 0 : INFINITY;
}

/* Voxels that no lesion replaces: cord, arteries and, but for a dent, CSF of a label map; air on CT. */
static bool is_spared(const Implant *m, size_t index)
{
    uint16_t label = m->labels ? m->labels->labels[index] : 0;
    return label == LABEL_CORD || label == LABEL_ARTERY ||
           (label == LABEL_CSF && (double)m->to_cord_mm[index] <= csf_left_mm(m)) ||
           (m->series->role == ROLE_CT && m->volume->voxels[index] < air_hu);
}

/* Distance of a voxel from the nearest of the cord's that lies no further than `far_mm`; else that. */
static double cord_distance(const Mask *labels, const size_t at[3], double far_mm)
{
    const Geometry *grid = &labels->geometry;
    size_t from[3], to[3];
    double nearest = far_mm;
    for (int d = 0; d < 3; d++) {
        size_t reach = (size_t)(far_mm / grid->spacing_mm[d]);
        from[d] = at[d] > reach ? at[d] - reach : 0;
        to[d] = at[d] + reach < grid->size[d] ? at[d] + reach + 1 : grid->size[d];
    }
    for (size_t k = from[2]; k < to[2]; k++) {
        for (size_t j = from[1]; j < to[1]; j++) {
            for (size_t i = from[0]; i < to[0]; i++) {
                if (labels->labels[i + grid->size[0] * (j + grid->size[1] * k)] == LABEL_CORD) {
                    double x = ((double)i - (double)at[0]) * grid->spacing_mm[0];
                    double y = ((double)j - (double)at[1]) * grid->spacing_mm[1];
                    double z = ((double)k - (double)at[2]) * grid->spacing_mm[2];
                    nearest = fmin(nearest, sqrt(x * x + y * y + z * z));
                }
            }
        }
    }
    return nearest;
}

/* Distances of the CSF around the lesion from the cord, by looking as far as the sac is wide. */
static void measure_csf(Implant *m)
{
    const size_t *size = m->volume->geometry.size;
    size_t at[3], index = 0;
    m->to_cord_mm = memory_array(geometry_voxels(&m->volume->geometry), sizeof *m->to_cord_mm);
    for (at[2] = 0; at[2] < size[2]; at[2]++) {
        for (at[1] = 0; at[1] < size[1]; at[1]++) {
            for (at[0] = 0; at[0] < size[0]; at[0]++, index++) {
                Vec3 here =
                    geometry_point_lps_mm(&m->volume->geometry, (double)at[0], (double)at[1], (double)at[2]);
                if (m->labels->labels[index] == LABEL_CSF && vec3_length(vec3_sub(here, m->point)) < 40) {
                    m->to_cord_mm[index] = (float)cord_distance(m->labels, at, 6);
                }
            }
        }
    }
}

/* What the lesion does to marrow of its vertebra and to muscle near it. */
static void react(Implant *m, size_t index, double outside_mm)
{
    const LesionKind *kind = m->anatomy.lesion;
    uint16_t label = m->labels ? m->labels->labels[index] : 0;
    bool bone = label == label_of_vertebra(m->anatomy.lesion_level) && outside_mm < kind->oedema_mm;
    bool muscle = label == LABEL_MUSCLE && outside_mm < kind->soft_oedema_mm;
    if (!bone && !muscle) {
        return;
    }
    double now = acquisition_signal(m->series, &tissue_values[bone ? KIND_OEDEMA : KIND_SOFT_OEDEMA]);
    double before = acquisition_signal(m->series, &tissue_values[bone ? KIND_TRABECULA : KIND_MUSCLE]);
    m->change[index] = (float)(m->series->role == ROLE_CT ? now - before : now / before);
    m->reacting++;
}

static double signal_at(const Implant *m, SpinePoint p, const Growth *growth)
{
    const TissueValues *tissue = lesion_tissue(m->anatomy.lesion, growth_kind(&m->anatomy, p, growth, true));
    double signal = acquisition_signal(m->series, tissue);
    return m->series->role == ROLE_CT ? signal : m->scale * signal;
}

/* A voxel of what was pushed away, or of the way there: solid tumour. */
static void take_mass(Implant *m, size_t index)
{
    const TissueValues *tissue = lesion_tissue(m->anatomy.lesion, KIND_LESION);
    double signal = acquisition_signal(m->series, tissue) * (m->series->role == ROLE_CT ? 1 : m->scale);
    m->share[index] = 1;
    m->signal[index] = (float)signal;
    m->lesion->labels[index] = 1;
    m->count++;
    m->lesion_mean += signal;
}

static void sample_voxel(Implant *m, size_t index, double i, double j, double k)
{
    int inside = 0;
    double sum = 0;
    for (int n = 0; n < 27; n++) {
        int a = n % 3 - 1, b = n / 3 % 3 - 1, c = n / 9 - 1;
        Vec3 at = geometry_point_lps_mm(&m->volume->geometry, i + a / 3.0, j + b / 3.0, k + c / 3.0);
        SpinePoint p = {at.x - m->point.x, at.y - m->point.y, at.z - m->point.z};
        Growth growth = growth_at(&m->anatomy, p);
        if (growth.radius < 1) {
            inside++;
            sum += signal_at(m, p, &growth);
        }
    }
    m->share[index] = (float)(inside / 27.0);
    m->signal[index] = (float)(sum / 27.0);
    m->lesion->labels[index] = inside > 13;
    m->count += inside > 13;
    m->lesion_mean += inside > 13 ? sum / inside : 0;
}

static void sample_all(Implant *m)
{
    const size_t *size = m->volume->geometry.size;
    size_t index = 0;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++, index++) {
                Vec3 at = geometry_point_lps_mm(&m->volume->geometry, (double)i, (double)j, (double)k);
                Vec3 way = vec3_sub(at, m->point);
                m->change[index] = m->series->role == ROLE_CT ? 0 : 1;
                if (m->mass && m->mass[index]) {
                    take_mass(m, index);
                    continue;
                }
                if (vec3_length(way) >= 60 || is_spared(m, index)) {
                    continue;
                }
                sample_voxel(m, index, (double)i, (double)j, (double)k);
                Growth growth = growth_at(&m->anatomy, (SpinePoint){way.x, way.y, way.z});
                if (growth.depth_mm < 0) {
                    react(m, index, -growth.depth_mm);
                }
            }
        }
    }
    m->lesion_mean /= m->count ? (double)m->count : 1;
}

/* Mean of a voxel and its 26 neighbours inside the volume. */
static double neighbour_mean(const Volume *volume, size_t i, size_t j, size_t k)
{
    const size_t *size = volume->geometry.size;
    double sum = 0;
    int count = 0;
    for (size_t c = k > 0 ? k - 1 : 0; c <= k + 1 && c < size[2]; c++) {
        for (size_t b = j > 0 ? j - 1 : 0; b <= j + 1 && b < size[1]; b++) {
            for (size_t a = i > 0 ? i - 1 : 0; a <= i + 1 && a < size[0]; a++) {
                sum += volume->voxels[a + size[0] * (b + size[1] * c)];
                count++;
            }
        }
    }
    return sum / count;
}

/* One voxel's width along each axis: weights 1, 2, 1. */
static void smear(float *values, const size_t size[3])
{
    const size_t strides[3] = {1, size[0], size[0] * size[1]}, voxels = strides[2] * size[2];
    float *work = memory_array(voxels, sizeof *work);
    for (int d = 0; d < 3; d++) {
        size_t at[3], i = 0;
        memcpy(work, values, voxels * sizeof *work);
        for (at[2] = 0; at[2] < size[2]; at[2]++) {
            for (at[1] = 0; at[1] < size[1]; at[1]++) {
                for (at[0] = 0; at[0] < size[0]; at[0]++, i++) {
                    float before = at[d] > 0 ? work[i - strides[d]] : work[i];
                    float after = at[d] + 1 < size[d] ? work[i + strides[d]] : work[i];
                    values[i] = 0.25F * before + 0.5F * work[i] + 0.25F * after;
                }
            }
        }
    }
    free(work);
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Differences from the neighbours' mean, and their spread within 30 mm: 1.4826 of the median size, which
 * edges do not widen. */
static float *own_noise(Implant *m)
{
    const size_t *size = m->volume->geometry.size;
    size_t voxels = geometry_voxels(&m->volume->geometry), count = 0, index = 0;
    float *noise = memory_array(voxels, sizeof *noise), *sizes = memory_array(voxels, sizeof *sizes);
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++, index++) {
                Vec3 at = geometry_point_lps_mm(&m->volume->geometry, (double)i, (double)j, (double)k);
                if (vec3_length(vec3_sub(at, m->point)) < 60) {
                    noise[index] =
                        (float)((double)m->volume->voxels[index] - neighbour_mean(m->volume, i, j, k));
                }
                if (vec3_length(vec3_sub(at, m->point)) < 30) {
                    sizes[count++] = fabsf(noise[index]);
                }
            }
        }
    }
    qsort(sizes, count, sizeof *sizes, ascending);
    m->noise_sd = count ? 1.4826 * (double)sizes[count / 2] : 0;
    free(sizes);
    return noise;
}

static void blend(Implant *m)
{
    size_t voxels = geometry_voxels(&m->volume->geometry);
    float *noise = own_noise(m);
    smear(m->share, m->volume->geometry.size);
    smear(m->signal, m->volume->geometry.size);
    float most = (float)(clip_sd * m->noise_sd);
    for (size_t i = 0; i < voxels; i++) {
        m->volume->voxels[i] = m->series->role == ROLE_CT ? m->volume->voxels[i] + m->change[i]
                                                          : m->volume->voxels[i] * m->change[i];
        if (m->share[i] > 0 && !is_spared(m, i)) {
            float own = fminf(fmaxf(noise[i], -most), most);
            m->volume->voxels[i] =
                (1 - m->share[i]) * m->volume->voxels[i] + m->signal[i] + m->share[i] * own;
        }
    }
    free(noise);
}

/* ---- scale ---- */

/* What stands in the lesion's middle, which is marrow to the protocol. */
static bool calibrate(Implant *m, const PhantomIntoOptions *options, DensError **err)
{
    const size_t *size = m->volume->geometry.size;
    double sum = 0;
    size_t count = 0, index = 0;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++, index++) {
                Vec3 at = geometry_point_lps_mm(&m->volume->geometry, (double)i, (double)j, (double)k);
                if (vec3_length(vec3_sub(at, m->point)) < 5) {
                    sum += m->volume->voxels[index];
                    count++;
                }
            }
        }
    }
    m->host_mean = count ? sum / (double)count : NAN;
    m->scale = m->host_mean / acquisition_signal(m->series, &tissue_values[KIND_TRABECULA]);
    return m->series->role == ROLE_CT || m->scale > 0 ||
           error_input(err, options->volume, "there is no signal at the point %g,%g,%g", m->point.x,
                       m->point.y, m->point.z);
}

/* ---- writing ---- */

static bool write_files(const Implant *m, const PhantomIntoOptions *options, const char *folder,
                        DensError **err)
{
    Value *truth = value_new_map(m->arena);
    value_set_string(truth, "format", "dens-phantom/1");
    value_set_string(truth, "diagnosis", m->anatomy.lesion->diagnosis);
    value_set_format(truth, "seed", "%llu", (unsigned long long)options->seed);
    value_set_string(truth, "into", file_name(options->volume));
    value_set_string(truth, "as", m->series->name);
    Value *point = value_set_map(truth, "point_lps_mm");
    value_set_number(point, "x", m->point.x);
    value_set_number(point, "y", m->point.y);
    value_set_number(point, "z", m->point.z);
    double voxel_ml = geometry_voxel_volume_mm3(&m->volume->geometry) / 1000;
    value_set_number(truth, "lesion_volume_ml", (double)m->count * voxel_ml);
    value_set_number(truth, "oedema_volume_ml", (double)m->reacting * voxel_ml);
    if (m->labels) {
        value_set_string(truth, "escc", lesion_grade_name(grade_here(m)));
    }
    if (m->mass) {
        value_set_number(truth, "cord_shift_mm", m->push.cord_shift_mm);
        value_set_number(truth, "cord_depth_before_mm", m->push.cord_depth_mm);
        value_set_number(truth, "cord_depth_mm", m->push.cord_depth_mm * m->push.cord_depth_left);
    }
    value_set_number(truth, "lesion_mean", m->lesion_mean);
    value_set_number(truth, "before_mean", m->host_mean);
    value_set_number(truth, "noise_sd", m->noise_sd);
    truth_add_tissues(m->anatomy.lesion, truth);
    AUTO_TEXT text = TEXT_INIT;
    json_write(truth, JSON_PRETTY, &text);
    text_add(&text, "\n");
    return file_make_folder(folder, err) &&
           volume_write_nifti(m->volume, file_join(m->arena, folder, "volume.nii.gz"), err) &&
           mask_write_nifti(m->lesion, file_join(m->arena, folder, "lesion.nii.gz"), err) &&
           (!m->labels || mask_write_nifti(m->labels, file_join(m->arena, folder, "labels.nii.gz"), err)) &&
           file_write(file_join(m->arena, folder, "truth.json"), text_string(&text), text.length, err);
}

static bool implant(Implant *m, const PhantomIntoOptions *options, DensError **err)
{
    m->volume = volume_read_nifti(options->volume, err);
    if (!m->volume || !choose_series(m, options, err) || !place(m, options, err) ||
        !calibrate(m, options, err)) {
        return false;
    }
    size_t voxels = geometry_voxels(&m->volume->geometry);
    m->lesion = mask_new(&m->volume->geometry, err);
    m->share = memory_try_array(voxels, sizeof *m->share);
    m->signal = memory_try_array(voxels, sizeof *m->signal);
    m->change = memory_try_array(voxels, sizeof *m->change);
    if (!m->lesion) {
        return false;
    }
    if (!m->share || !m->signal || !m->change) {
        return error_no_memory(err);
    }
    if (!push_aside(m, err)) {
        return false;
    }
    if (m->labels) {
        measure_csf(m);
    }
    sample_all(m);
    if (m->count == 0) {
        return error_input(err, options->volume, "no voxel at the point %g,%g,%g can hold the lesion",
                           m->point.x, m->point.y, m->point.z);
    }
    blend(m);
    for (size_t i = 0; m->labels && i < voxels; i++) {
        m->labels->labels[i] = m->lesion->labels[i] ? LABEL_LESION : m->labels->labels[i];
    }
    return true;
}

bool phantom_implant(const PhantomIntoOptions *options, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(implant_clear) Implant m = {.arena = arena};
    const LesionKind *lesion = lesion_kind(options->diagnosis);
    if (!lesion) {
        return error_set(err, DENS_ERROR_USAGE, options->diagnosis, "there is no phantom of this diagnosis");
    }
    anatomy_init(&m.anatomy, lesion, options->seed, LEVEL_DRAWN);
    OutputFolder folder;
    if (!folder_begin(&folder, options->folder, arena, err)) {
        return false;
    }
    bool good = implant(&m, options, err) && write_files(&m, options, folder.working, err);
    return folder_end(&folder, good, err);
}
