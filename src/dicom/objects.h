/* What is written beside the images of a study, so that a hospital's systems take it: segmentations,
 * structured reports, a PDF in a DICOM object. Every object belongs to the patient and the study of the
 * images it was made from: these two modules are copied whole, so that no second patient appears in an
 * archive. Everything is made in memory as the bytes of one DICOM file (explicit little endian, UTF-8); who
 * calls writes them. */
#ifndef DENS_DICOM_OBJECTS_H
#define DENS_DICOM_OBJECTS_H

#include "base/text.h"
#include "base/value.h"
#include "dicom/dicom.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A coded entry (PS3.3 8.8): "52988006", "SCT", "Lesion". */
typedef struct {
    const char *value, *scheme, *meaning;
} DicomCode;

typedef struct {
    const char *sop_class_uid, *sop_instance_uid;
    size_t frame_count; /* 0: an image of one frame without functional groups */
} DicomInstance;

typedef struct {
    const char *study_uid, *series_uid, *modality, *description;
    int number;
    SeriesRole role;
    size_t instance_count;
    const DicomInstance *instances;
} DicomSeriesList;

/* Patient and study as the images' headers state them; UTF-8, "" where not stated. Names are PN values:
 * components by '^', representations (alphabetic, ideographic, phonetic) by '='. */
typedef struct {
    const char *name, *id, *id_issuer, *birth_date /* YYYYMMDD */, *sex /* M, F, O */;
    const char *study_uid, *accession, *study_date, *study_time, *study_id, *study_description, *referring;
    size_t series_count;
    const DicomSeriesList *series;
} DicomSubject;

/* A PDF in the place of the one that an Encapsulated PDF object of dens holds: another instance of the same
 * series, with this number. Added to `out`. `time` is ISO 8601, UTC. */
bool dicom_pdf_replace(const char *path, const Text *pdf, const char *instance_uid, unsigned number,
                       const char *time, Text *out, DensError **err) DENS_MUST_USE;

/* The patient and study of one or more series with their instances. */
typedef struct DicomContext DicomContext;

/* Reads it from the files of the series; the first one's patient and study are those of what is written.
 * Refused: text in a character set that the files do not declare rightly. `series` is not kept. */
DicomContext *dicom_context_read(const SeriesInfo *const *series, size_t count,
                                 DensError **err) DENS_MUST_USE;
/* Takes out of it what identifies the patient (confidentiality.h); all UIDs become others, each time new
 * ones. What is written from then on holds neither. */
bool dicom_context_deidentify(DicomContext *context, DensError **err) DENS_MUST_USE;
/* The UID that stands for this one since then. */
void dicom_context_other_uid(const DicomContext *context, const char *uid, char out[65]);
/* Does the patient's name stand in the pixels? "YES", "NO", or "" where an image does not say. */
const char *dicom_context_burned_in(const DicomContext *context);
void dicom_context_free(DicomContext *context);
/* Lives in the context. */
const DicomSubject *dicom_context_subject(const DicomContext *context);
AUTO_DEFINE(DicomContext, dicom_context, dicom_context_free)

/* Who made the object, and when. */
typedef struct {
    const char *series_uid, *instance_uid;
    int series_number;
    const char *series_description;
    const char *time; /* "2026-01-31T12:00:00Z" */
} DicomObjectIdentity;

/* One segment: the voxels of the mask that bear its label. */
typedef struct {
    unsigned value; /* 0: every voxel whose label is not 0 */
    const char *label, *description;
    const char *algorithm_type; /* MANUAL, SEMIAUTOMATIC or AUTOMATIC */
    const char *algorithm_name; /* needed unless MANUAL */
    const char *tracking_id, *tracking_uid;
    DicomCode category, type, region;
} DicomSegment;

typedef struct {
    size_t series;     /* index in the context: on whose grid the mask lies */
    const char *label; /* of the content: capitals, at most 16 */
    const char *description;
    size_t count;
    const DicomSegment *segments;
} DicomSegmentation;

/* A binary segmentation (PS3.3 A.51): for each segment a frame for each slice that has a voxel of it. A
 * segment without a voxel is left out. Refers to every instance of its series, and each frame to the source
 * plane at its place, or, where the grid was resampled (gantry tilt), to the nearest. */
bool dicom_seg_write(const DicomContext *context, const DicomSegmentation *segmentation, const Mask *mask,
                     const DicomObjectIdentity *identity, Text *out, DensError **err) DENS_MUST_USE;

/* A structured report's content as a tree (PS3.3 C.17.3). */
typedef enum {
    CONTENT_CONTAINS,
    CONTENT_CONCEPT_MODIFIER,
    CONTENT_OBSERVATION_CONTEXT,
    CONTENT_ACQUISITION_CONTEXT,
    CONTENT_PROPERTIES
} DicomRelation;
typedef enum {
    CONTENT_CONTAINER,
    CONTENT_CODE,
    CONTENT_TEXT,
    CONTENT_NUMBER,
    CONTENT_UID,
    CONTENT_IMAGE
} DicomContentKind;
typedef struct DicomContent DicomContent;
struct DicomContent {
    DicomRelation relation; /* to its parent */
    DicomContentKind kind;
    DicomCode concept;                    /* value NULL: none (images of a library) */
    const char *template_id;              /* of a container in DCMR, or NULL */
    DicomCode code;                       /* CONTENT_CODE; of a number its unit */
    const char *text;                     /* CONTENT_TEXT, CONTENT_UID; UTF-8 */
    double number;                        /* CONTENT_NUMBER */
    const char *class_uid, *instance_uid; /* CONTENT_IMAGE */
    unsigned segment;                     /* of it; 0: none */
    DicomContent *first, *last, *next;
};
DicomContent *dicom_content_add(Arena *arena, DicomContent *parent, DicomContent content);

/* An object that a report refers to beside the images of its context. */
typedef struct {
    const char *series_uid, *class_uid, *instance_uid;
} DicomReference;

/* A Comprehensive 3D SR (PS3.3 A.35.13), preliminary and unverified. All images of the context are its
 * evidence. `scheme` and `scheme_uid` declare the private coding scheme. */
bool dicom_sr_write(const DicomContext *context, const DicomContent *root, const DicomReference *others,
                    size_t other_count, const char *scheme, const char *scheme_uid,
                    const DicomObjectIdentity *identity, Text *out, DensError **err) DENS_MUST_USE;

/* What a structured report of any maker holds, as a tree in `arena` (docs/interoperability.md tells its
 * keys): measurement groups with their measurements and evaluations, the same outside groups, and how many
 * items of each kind were not used. Refused: no structured report, text in another character set than
 * declared, nothing in it that is measured or found. */
Value *dicom_sr_read(Arena *arena, const char *path, DensError **err) DENS_MUST_USE;

/* A PDF as Encapsulated PDF Storage (PS3.3 A.45.1), unverified; all images of the context are its sources. It
 * is said to hold the patient's data in its pages (Burned In Annotation). */
bool dicom_pdf_write(const DicomContext *context, const Text *pdf, const char *title,
                     const DicomObjectIdentity *identity, Text *out, DensError **err) DENS_MUST_USE;

/* ---- contours of radiotherapy (RT Structure Set, PS3.3 A.19) ---- */

/* A series on whose grid contours may be filled. Strings may be NULL. */
typedef struct {
    const char *series_uid, *frame_uid;
    const Geometry *grid;
} ContourGrid;

bool dicom_is_rtstruct(const char *path);
/* The closed planar contours of a structure as a mask: each fills the voxels whose centre it holds, and where
 * several of one slice overlap, even-odd. `roi` NULL: the only structure with contours. The grid is that of
 * the series that the structure set refers to, else the first of its frame of reference. Refused, with the
 * names there are: no such structure, several and none named; contours that lie in no plane of the grid or
 * all outside it. */
Mask *dicom_rtstruct_read(const char *path, const char *roi, const ContourGrid *grids, size_t grid_count,
                          Log *log, DensError **err) DENS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
