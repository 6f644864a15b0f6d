/* Lesion masks and reference tissues of a study's series.
 *
 * A lesion mask lies on the grid of at least one series, or is a DICOM segmentation in a series' frame of
 * reference. From there it is carried by coordinates to the series of the same DICOM frame of reference:
 * never to one whose place in the patient is not known to be the same. */
#include "evaluate/study.h"

#include "align/align.h"
#include "base/file.h"
#include "base/text.h"
#include "dicom/objects.h"
#include "image/labels.h"
#include "image/nifti.h"
#include "segment/bone.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two grids are the same when no corner is further apart than this. */
static const double same_grid_mm = 0.1;

static Mask *read_mask(const char *path, bool *out_segmentation, Log *log, DensError **err)
{
    *out_segmentation = !nifti_is(path);
    if (file_kind(path) != FILE_REGULAR) {
        error_input(err, path, "no such mask file");
        return NULL;
    }
    return nifti_is(path) ? mask_read_nifti(path, err) : dicom_seg_read(path, log, err);
}

static bool copy_mask(Mask **out, const Mask *mask, DensError **err)
{
    *out = mask_new(&mask->geometry, err);
    if (*out) {
        memcpy((*out)->labels, mask->labels, geometry_voxels(&mask->geometry) * sizeof *mask->labels);
    }
    return *out != NULL;
}

static bool same_frame(const char *a, const char *b)
{
    return a && b && a[0] && strcmp(a, b) == 0;
}

/* Both are known to belong to different frames of reference: equal coordinates then mean nothing. */
static bool other_frame(const char *a, const char *b)
{
    return a && b && a[0] && b[0] && strcmp(a, b) != 0;
}

static void tell_grid(char *out, size_t size, const Geometry *g)
{
    (void)snprintf(out, size, "%zu×%zu×%zu voxels of %.3g×%.3g×%.3g mm", g->size[0], g->size[1], g->size[2],
                   g->spacing_mm[0], g->spacing_mm[1], g->spacing_mm[2]);
}

static bool grid_fault(const char *path, const Mask *mask, const StudySeries *series, double distance_mm,
                       DensError **err)
{
    char of_mask[96], of_series[96];
    tell_grid(of_mask, sizeof of_mask, &mask->geometry);
    tell_grid(of_series, sizeof of_series, &series->volume->geometry);
    if (other_frame(mask->frame_uid, series->volume->frame_uid)) {
        return error_input(err, path,
                           "the mask belongs to another frame of reference than the %s series (corners %.1f "
                           "mm apart by their numbers); --resample would take it by its coordinates",
                           role_name(series->role), distance_mm);
    }
    return error_input(err, path,
                       "the mask is not on the grid of the %s series: %s against %s, corners up to %.1f mm "
                       "apart; --resample would carry it there by its coordinates",
                       role_name(series->role), of_mask, of_series, distance_mm);
}

static bool set_lesion(StudySeries *series, const char *path, Mask *mask, DensError **err)
{
    if (series->lesion) {
        mask_free(mask);
        return error_set(err, DENS_ERROR_USAGE, path, "a second lesion mask for the %s series",
                         role_name(series->role));
    }
    series->lesion = mask;
    series->lesion_given = true;
    return true;
}

/* The mask on a series' grid, by its place in the patient; *out is NULL without an error where the series
 * shows nothing of it. */
static bool carry_mask(Mask **out, const Mask *mask, const StudySeries *to, DensError **err)
{
    *out = NULL;
    AUTO(mask_auto) Mask *own = mask_resample(mask, &to->volume->geometry, err);
    if (!own) {
        return false;
    }
    if (mask_count(own, 0) > 0) {
        *out = TAKE(own);
    }
    return true;
}

/* The reader asked for it: a mask on no series' grid goes by its coordinates to those that have none yet. */
static bool resample_mask(Study *study, const Mask *mask, const char *path, SeriesRole only, Log *log,
                          DensError **err)
{
    size_t assigned = 0;
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *series = &study->series[i];
        double distance_mm = 0;
        Mask *own = NULL;
        if (series->lesion || (only != ROLE_UNKNOWN && series->role != only)) {
            continue;
        }
        if (!carry_mask(&own, mask, series, err) || (own && !set_lesion(series, path, own, err))) {
            return false;
        }
        if (own) {
            (void)geometry_equal(&mask->geometry, &series->volume->geometry, same_grid_mm, &distance_mm);
            log_line(log, LOG_WARNING,
                     "%s: resampled to the grid of the %s series (corners up to %.1f mm apart)",
                     file_name(path), role_name(series->role), distance_mm);
        }
        assigned += own != NULL;
    }
    return assigned > 0 || error_input(err, path, "the mask lies outside %s",
                                       only == ROLE_UNKNOWN ? "every series" : "the series of its role");
}

/* Gives a mask to every series on whose grid it lies (`only`: to that role alone): itself to the first, which
 * then owns it, copies to the others. */
static bool assign_mask(Study *study, Mask **mask_owned, const char *path, SeriesRole only, bool segmentation,
                        bool resample, Log *log, DensError **err)
{
    const Mask *mask = *mask_owned;
    StudySeries *owner = NULL;
    size_t assigned = 0;
    bool outside = false;
    const StudySeries *nearest = NULL;
    double nearest_mm = INFINITY;
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *series = &study->series[i];
        if (only != ROLE_UNKNOWN && series->role != only) {
            continue;
        }
        double distance_mm = 0;
        bool same = geometry_equal(&mask->geometry, &series->volume->geometry, same_grid_mm, &distance_mm) &&
                    !other_frame(mask->frame_uid, series->volume->frame_uid);
        bool carried = segmentation && same_frame(mask->frame_uid, series->volume->frame_uid);
        if (!same && !carried) {
            if (!nearest || distance_mm < nearest_mm) {
                nearest = series;
                nearest_mm = distance_mm;
            }
            continue;
        }
        if (same && !owner && !series->lesion) {
            owner = series; /* last, as the mask is still needed */
            assigned++;
            continue;
        }
        Mask *own = NULL;
        if (!(same ? copy_mask(&own, mask, err) : carry_mask(&own, mask, series, err)) ||
            (own && !set_lesion(series, path, own, err))) {
            return false;
        }
        assigned += own != NULL;
        outside = outside || !own;
    }
    if (owner) {
        return set_lesion(owner, path, TAKE(*mask_owned), err);
    }
    if (assigned > 0) {
        return true;
    }
    if (outside) {
        return error_input(err, path, "the mask lies outside %s",
                           only == ROLE_UNKNOWN ? "every series of its frame of reference"
                                                : "the series of its role");
    }
    if (!nearest) {
        return error_set(err, DENS_ERROR_USAGE, path, "there is no %s series for this mask", role_name(only));
    }
    if (resample) {
        return resample_mask(study, mask, path, only, log, err);
    }
    return grid_fault(path, mask, nearest, nearest_mm, err);
}

/* The contours of an RT structure set on the grid of the series that they were drawn on. */
static Mask *read_contours(const Study *study, const char *path, const char *roi, Log *log, DensError **err)
{
    ContourGrid grids[STUDY_MAX_SERIES];
    for (size_t i = 0; i < study->count; i++) {
        const Volume *volume = study->series[i].volume;
        grids[i] = (ContourGrid){study->series[i].uid, volume->frame_uid, &volume->geometry};
    }
    return dicom_rtstruct_read(path, roi, grids, study->count, log, err);
}

/* "FILE#NAME" names a structure of an RT structure set; a file of that name itself goes first. */
static const char *split_structure(Arena *arena, const char **path)
{
    const char *hash = strrchr(*path, '#');
    if (!hash || file_kind(*path) != FILE_ABSENT) {
        return NULL;
    }
    *path = arena_strndup(arena, *path, (size_t)(hash - *path));
    return hash + 1;
}

/* Labels of vertebrae or of bone, given for the mask of a lesion, would be measured as one. */
static void tell_labels(const Mask *mask, const char *path, Log *log)
{
    const size_t voxels = geometry_voxels(&mask->geometry);
    uint16_t first = 0;
    for (size_t v = 0; v < voxels; v++) {
        const uint16_t label = mask->labels[v];
        if (first && label && label != first) {
            log_line(log, LOG_WARNING,
                     "%s: holds several labels (%u and %u among them); all of it is taken as the lesion",
                     file_name(path), (unsigned)first, (unsigned)label);
            return;
        }
        first = first ? first : label;
    }
}

static bool read_lesion(Study *study, const char *option, bool resample, Log *log, DensError **err)
{
    SeriesRole role;
    const char *path;
    bool segmentation = false;
    if (!study_split_role(option, &role, &path, "--lesion", err)) {
        return false;
    }
    const char *roi = split_structure(study->arena, &path);
    bool contours = file_kind(path) == FILE_REGULAR && !nifti_is(path) && dicom_is_rtstruct(path);
    if (roi && !contours) {
        return error_input(err, path, "is no RT structure set; only of these a structure is named by #");
    }
    AUTO(mask_auto)
    Mask *mask =
        contours ? read_contours(study, path, roi, log, err) : read_mask(path, &segmentation, log, err);
    segmentation = segmentation || contours;
    if (!mask) {
        return false;
    }
    if (mask_count(mask, 0) == 0) {
        return error_input(err, path, "the mask is empty: no voxel is marked");
    }
    tell_labels(mask, path, log);
    return assign_mask(study, &mask, path, role, segmentation, resample, log, err);
}

/* The mask of the first series that was given one, carried to a series that lies elsewhere, after a rigid
 * registration of the two images. */
static bool align_lesion(const Study *study, StudySeries *to, Log *log, DensError **err)
{
    const StudySeries *from = NULL;
    for (size_t i = 0; i < study->count && !from; i++) {
        from = study->series[i].lesion_given ? &study->series[i] : NULL;
    }
    Rigid motion;
    if (!from) {
        return true;
    }
    if (!align_rigid(&motion, to->volume, from->volume, err)) {
        return false;
    }
    const Geometry moved = rigid_move_grid(&motion, &to->volume->geometry);
    AUTO(mask_auto) Mask *mask = mask_resample(from->lesion, &moved, err);
    if (!mask) {
        return false;
    }
    mask->geometry = to->volume->geometry;
    log_line(
        log, LOG_WARNING,
        "%s was aligned with %s by its image (moved %.1f mm, turned %.1f°): check in the pictures that the "
        "mask lies on the lesion",
        role_name(to->role), role_name(from->role), vec3_length(motion.shift_mm), rigid_angle_deg(&motion));
    to->lesion = mask_count(mask, 0) > 0 ? TAKE(mask) : NULL;
    return true;
}

/* Carries a mask to the series without one that share a frame of reference with a series that has one. A
 * series that does not reach the lesion is no fault: it is told and not measured. */
static bool carry_lesions(Study *study, bool align, bool resample, Log *log, DensError **err)
{
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *to = &study->series[i];
        bool shares_frame = false;
        for (size_t j = 0; !to->lesion && j < study->count; j++) {
            const StudySeries *from = &study->series[j];
            if (from->lesion && (resample || same_frame(from->volume->frame_uid, to->volume->frame_uid))) {
                shares_frame = true;
                if (!carry_mask(&to->lesion, from->lesion, to, err)) {
                    return false;
                }
            }
            if (to->lesion) {
                log_line(log, resample ? LOG_WARNING : LOG_INFO,
                         "the lesion mask of %s is used on %s by its place in the patient",
                         role_name(from->role), role_name(to->role));
            }
        }
        if (!to->lesion && !shares_frame && align && !align_lesion(study, to, log, err)) {
            return false;
        }
        if (!to->lesion) {
            log_line(log, LOG_WARNING, "%s is not measured: %s", role_name(to->role),
                     shares_frame
                         ? "the lesion lies outside it"
                         : "no lesion mask on its grid or in its frame of reference; --align would carry "
                           "one there by the images, --resample by its coordinates");
        }
    }
    return true;
}

static bool has_finite_voxel(const StudySeries *series)
{
    size_t voxels = geometry_voxels(&series->volume->geometry);
    for (size_t i = 0; i < voxels; i++) {
        if (series->lesion->labels[i] && isfinite(series->volume->voxels[i])) {
            return true;
        }
    }
    return false;
}

/* A series without a value in the lesion is told; where no series has one, nothing can be measured. */
static bool check_lesions(const Study *study, Log *log, DensError **err)
{
    size_t marked = 0, usable = 0;
    for (size_t i = 0; i < study->count; i++) {
        const StudySeries *series = &study->series[i];
        if (!series->lesion) {
            continue;
        }
        marked++;
        if (has_finite_voxel(series)) {
            usable++;
        } else {
            log_line(log, LOG_WARNING, "%s: no voxel inside the lesion mask has a finite value",
                     role_name(series->role));
        }
    }
    return marked == 0 || usable > 0 ||
           error_input(err, "--lesion", "no voxel of any series inside the mask has a finite value");
}

bool study_read_lesions(Study *study, const StudyOptions *options, Log *log, DensError **err)
{
    for (size_t i = 0; i < options->lesion_count; i++) {
        if (!read_lesion(study, options->lesions[i], options->resample, log, err)) {
            return false;
        }
    }
    if (options->lesion_count == 0) {
        log_line(log, LOG_WARNING, "no lesion mask was given: nothing is measured");
        return true;
    }
    if (!carry_lesions(study, options->align, options->resample, log, err)) {
        return false;
    }
    return check_lesions(study, log, err);
}

/* ---- reference tissues ---- */

static LabelScheme *find_scheme(const Engine *engine, const char *declared, const Mask *labels, Arena *arena,
                                DensError **err)
{
    const char *path = file_join(arena, knowledge_folder(engine->knowledge), "label_schemes.yaml");
    return label_scheme_read(arena, path, declared, labels, err);
}

/* The voxels of one tissue of the labels on a series' grid, or NULL without an error when there are none. */
static bool tissue_mask(Mask **out, const Mask *labels, const LabelScheme *scheme, Tissue tissue,
                        DensError **err)
{
    *out = NULL;
    const size_t voxels = geometry_voxels(&labels->geometry);
    size_t count = 0;
    AUTO(mask_auto) Mask *mask = mask_new(&labels->geometry, err);
    if (!mask) {
        return false;
    }
    bool wanted = false;
    uint16_t last = 0;
    for (size_t i = 0; i < voxels; i++) {
        const uint16_t label = labels->labels[i];
        if (label != last) {
            wanted = strcmp(structure_name(label_structure(scheme, label).kind), tissue_name(tissue)) == 0;
            last = label;
        }
        if (label && wanted) {
            mask->labels[i] = 1;
            count++;
        }
    }
    *out = count > 0 ? TAKE(mask) : NULL;
    return true;
}

/* The DICOM frame of reference that a label map belongs to: its own, or that of a series on whose grid it
 * lies; NULL if it is not known. */
static const char *frame_of_labels(const Study *study, const Mask *labels)
{
    if (labels->frame_uid && labels->frame_uid[0]) {
        return labels->frame_uid;
    }
    for (size_t i = 0; i < study->count; i++) {
        const Volume *volume = study->series[i].volume;
        if (volume->frame_uid && volume->frame_uid[0] &&
            geometry_equal(&labels->geometry, &volume->geometry, same_grid_mm, NULL)) {
            return volume->frame_uid;
        }
    }
    return NULL;
}

/* A chain of vertebrae that is not contiguous and ordered is told; a scheme may have no vertebrae at all. */
static bool tell_chain(const Mask *labels, const LabelScheme *scheme, const char *path, Arena *arena,
                       Log *log, DensError **err)
{
    bool vertebrae = false;
    for (size_t e = 0; e < scheme->count; e++) {
        vertebrae = vertebrae || (scheme->entries[e].structure.kind == STRUCTURE_VERTEBRA &&
                                  mask_count(labels, scheme->entries[e].label) > 0);
    }
    VertebraChain chain;
    if (!vertebrae) {
        return true;
    }
    if (!vertebra_chain_check(&chain, arena, labels, scheme, err)) {
        return false;
    }
    for (size_t f = 0; f < chain.fault_count; f++) {
        log_line(log, LOG_WARNING, "%s: the chain of vertebrae is not in order: %s", file_name(path),
                 chain.faults[f]);
    }
    return true;
}

/* ---- a canal that no tool labelled ---- */

static bool labels_hold(const StudySeries *series, StructureKind kind)
{
    for (size_t e = 0; e < series->scheme->count; e++) {
        if (series->scheme->entries[e].structure.kind == kind &&
            mask_count(series->labels, series->scheme->entries[e].label) > 0) {
            return true;
        }
    }
    return false;
}

/* The scheme with one number more, for the canal: one that stands for nothing in it and in the labels. */
static const LabelScheme *with_canal(const LabelScheme *scheme, const Mask *labels, Arena *arena,
                                     uint16_t *out)
{
    for (*out = UINT16_MAX;
         label_structure(scheme, *out).kind != STRUCTURE_NONE || mask_count(labels, *out) > 0;) {
        (*out)--;
    }
    LabelScheme *own = arena_alloc(arena, sizeof *own);
    *own = *scheme;
    own->entries = arena_array(arena, scheme->count + 1, sizeof *own->entries);
    size_t place = 0;
    for (size_t e = 0; e < scheme->count; e++) {
        place += scheme->entries[e].label < *out;
        own->entries[e + (scheme->entries[e].label > *out)] = scheme->entries[e];
    }
    own->entries[place] = (struct LabelEntry){*out, {STRUCTURE_CANAL, LEVEL_NONE}};
    own->count++;
    return own;
}

/* Where the labels of a series have neither canal nor CSF: the canal of `dens segment --bone`, in voxels that
 * have no label. */
static bool add_canal(StudySeries *series, const Mask *canal, const char *path, Arena *arena, Log *log,
                      DensError **err)
{
    if (labels_hold(series, STRUCTURE_CANAL) || labels_hold(series, STRUCTURE_CSF)) {
        log_line(log, LOG_WARNING, "%s: not used on %s, as its labels have a canal or CSF", file_name(path),
                 role_name(series->role));
        return true;
    }
    AUTO(mask_auto) Mask *own = mask_resample(canal, &series->volume->geometry, err);
    if (!own) {
        return false;
    }
    uint16_t label = 0;
    series->scheme = with_canal(series->scheme, series->labels, arena, &label);
    const size_t voxels = geometry_voxels(&own->geometry);
    for (size_t v = 0; v < voxels; v++) {
        if (own->labels[v] == SEGMENT_LABEL_CANAL && series->labels->labels[v] == 0) {
            series->labels->labels[v] = label;
            series->canal_of_bone = true;
        }
    }
    if (series->canal_of_bone) {
        log_line(log, LOG_WARNING, "%s: the canal is that of %s, found by the bone around it",
                 role_name(series->role), file_name(path));
    }
    return true;
}

static Mask *read_canal(const char *path, Log *log, DensError **err)
{
    bool segmentation = false;
    AUTO(mask_auto) Mask *canal = read_mask(path, &segmentation, log, err);
    if (canal && mask_count(canal, SEGMENT_LABEL_CANAL) == 0) {
        (void)error_input(err, path, "has no canal: no voxel bears %d, as dens segment --bone writes it",
                          SEGMENT_LABEL_CANAL);
        return NULL;
    }
    return TAKE(canal);
}

static bool read_labels(Study *study, const Engine *engine, const StudyOptions *options, Log *log,
                        DensError **err)
{
    bool segmentation = false;
    AUTO(mask_auto) Mask *labels = read_mask(options->labels, &segmentation, log, err);
    const LabelScheme *scheme =
        labels ? find_scheme(engine, options->scheme, labels, study->arena, err) : NULL;
    AUTO(mask_auto) Mask *canal = scheme && options->canal ? read_canal(options->canal, log, err) : NULL;
    if (!scheme || (options->canal && !canal) ||
        !tell_chain(labels, scheme, options->labels, study->arena, log, err)) {
        return false;
    }
    size_t found = 0;
    const char *frame = frame_of_labels(study, labels);
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *series = &study->series[i];
        const char *own_frame = series->volume->frame_uid;
        if (frame && own_frame && own_frame[0] && !same_frame(frame, own_frame)) {
            log_line(log, LOG_WARNING, "%s: not used on %s, which has another frame of reference",
                     file_name(options->labels), role_name(series->role));
            continue;
        }
        series->labels = mask_resample(labels, &series->volume->geometry, err);
        series->scheme = scheme;
        if (!series->labels || (canal && !add_canal(series, canal, options->canal, study->arena, log, err))) {
            return false;
        }
        for (int t = 0; t < TISSUE_COUNT; t++) {
            if (!tissue_mask(&series->reference[t], series->labels, scheme, (Tissue)t, err)) {
                return false;
            }
            found += series->reference[t] != NULL;
        }
    }
    if (found == 0) {
        log_line(log, LOG_WARNING, "%s: no reference tissue of the scheme %s lies in any series",
                 file_name(options->labels), scheme->name);
    }
    return true;
}

static bool parse_sphere(const char *text, Tissue *tissue, Vec3 *centre, double *radius_mm, DensError **err)
{
    char name[16];
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= sizeof name) {
        return error_set(err, DENS_ERROR_USAGE, "--reference", "\"%s\" is not TISSUE=x,y,z,r (LPS, mm)",
                         text);
    }
    memcpy(name, text, length);
    name[length] = '\0';
    if (!tissue_parse(name, tissue)) {
        return error_set(err, DENS_ERROR_USAGE, "--reference",
                         "\"%s\" is no tissue; there are muscle, disc, csf, marrow, cord", name);
    }
    double numbers[4];
    const char *at = equals + 1;
    for (size_t i = 0; i < 4; i++) {
        char *end = NULL;
        errno = 0;
        numbers[i] = strtod(at, &end);
        if (end == at || errno || !isfinite(numbers[i]) || *end != (i < 3 ? ',' : '\0')) {
            return error_set(err, DENS_ERROR_USAGE, "--reference", "\"%s\" is not TISSUE=x,y,z,r (LPS, mm)",
                             text);
        }
        at = end + 1;
    }
    if (numbers[3] <= 0) {
        return error_set(err, DENS_ERROR_USAGE, "--reference", "the radius in \"%s\" must be above 0 mm",
                         text);
    }
    *centre = vec3(numbers[0], numbers[1], numbers[2]);
    *radius_mm = numbers[3];
    return true;
}

static bool read_sphere(Study *study, const char *option, DensError **err)
{
    Tissue tissue = TISSUE_MUSCLE;
    Vec3 centre = vec3(0, 0, 0);
    double radius_mm = 0;
    if (!parse_sphere(option, &tissue, &centre, &radius_mm, err)) {
        return false;
    }
    size_t placed = 0;
    for (size_t i = 0; i < study->count; i++) {
        StudySeries *series = &study->series[i];
        DensError *outside = NULL;
        Mask *mask = mask_sphere(&series->volume->geometry, centre, radius_mm, &outside);
        dens_error_free(outside); /* one series may not hold the sphere; all of them is the fault */
        if (mask) {
            /* a sphere that the reader placed wins over the label map */
            mask_free(series->reference[tissue]);
            series->reference[tissue] = mask;
            placed++;
        }
    }
    return placed > 0 ||
           error_input(err, "--reference", "the sphere \"%s\" holds no voxel of any series", option);
}

/* What lies in the lesion is no reference for it: taken out of the reference tissues, and told. */
static void spare_lesion(Study *study, Log *log)
{
    for (size_t i = 0; i < study->count * TISSUE_COUNT; i++) {
        const StudySeries *series = &study->series[i / TISSUE_COUNT];
        Mask *mask = series->reference[i % TISSUE_COUNT];
        size_t all = 0, inside = 0;
        for (size_t v = 0; mask && series->lesion && v < geometry_voxels(&mask->geometry); v++) {
            all += mask->labels[v] != 0;
            inside += mask->labels[v] != 0 && series->lesion->labels[v] != 0;
            mask->labels[v] = series->lesion->labels[v] ? 0 : mask->labels[v];
        }
        if (inside > 0) {
            log_line(log, LOG_WARNING,
                     "%s: %zu of %zu voxels of the %s reference lie in the lesion and are left out",
                     role_name(series->role), inside, all, tissue_name((Tissue)(i % TISSUE_COUNT)));
        }
    }
}

bool study_read_references(Study *study, const Engine *engine, const StudyOptions *options, Log *log,
                           DensError **err)
{
    if (options->scheme && !options->labels) {
        return error_set(err, DENS_ERROR_USAGE, "--scheme", "says what --labels FILE means; that is missing");
    }
    if (options->labels && !read_labels(study, engine, options, log, err)) {
        return false;
    }
    for (size_t i = 0; i < options->reference_count; i++) {
        if (!read_sphere(study, options->references[i], err)) {
            return false;
        }
    }
    spare_lesion(study, log);
    return true;
}
