/* The images of a study while it is being measured: inside evaluate/ only. */
#ifndef DENS_EVALUATE_STUDY_H
#define DENS_EVALUATE_STUDY_H

#include "dicom/dicom.h"
#include "evaluate/evaluate.h"

enum { STUDY_MAX_SERIES = ROLE_COUNT };

/* One series that is measured. */
typedef struct {
    SeriesRole role;
    const char *uid;        /* "" for NIfTI */
    char sha256[65];        /* over its files, in the order of their names */
    const SeriesInfo *info; /* NULL for NIfTI */
    Volume *volume;         /* the first, where there are several */
    Mask *lesion;           /* on the volume's grid, or NULL */
    bool lesion_given;      /* for this series, not carried to it from another */
    Mask *reference[TISSUE_COUNT];
    Mask *labels; /* the label map on the volume's grid, or NULL */
    const LabelScheme *scheme;
    bool canal_of_bone; /* as in MeasureSeries */
    size_t frame_count; /* volumes along time or diffusion weighting, of which `volume` is the first; or 0 */
    Volume **volumes;   /* the series' own, but for the first */
    MeasureFrame *frames;
    double tr_s, flip_deg, native_t1_s;
    const char *lacks; /* as in MeasureSeries */
} StudySeries;

typedef struct {
    Arena *arena;
    size_t count;
    StudySeries series[STUDY_MAX_SERIES];
    DicomStudy *dicom; /* NULL if all inputs are NIfTI */
} Study;

/* Reads the series: DICOM files and folders are scanned together, one series a role is taken. */
bool study_read_series(Study *study, const StudyOptions *options, Log *log, Progress *progress,
                       DensError **err) DENS_MUST_USE;
/* Fills a series from a NIfTI file (dwi, dce, pet) and what lies beside it: .bval and the BIDS sidecar .json.
 * What is not there is said in `lacks`; what is there and wrong is an error. */
bool study_read_frames(StudySeries *out, Arena *arena, const char *path, DensError **err) DENS_MUST_USE;
/* Fills a series from all volumes of a DICOM series (dwi, dce). */
bool study_read_parts(StudySeries *out, Arena *arena, const SeriesInfo *info, Log *log, Progress *progress,
                      DensError **err) DENS_MUST_USE;
/* Gives each series its lesion mask. */
bool study_read_lesions(Study *study, const StudyOptions *options, Log *log, DensError **err) DENS_MUST_USE;
/* Gives each series its reference tissues, from a label map and from spheres. */
bool study_read_references(Study *study, const Engine *engine, const StudyOptions *options, Log *log,
                           DensError **err) DENS_MUST_USE;
/* A sagittal and an axial picture of each series that has a lesion mask, through the lesion's middle. */
void study_pictures(const Study *study, ReportPictures *out, Arena *arena);
/* The context of what is written as DICOM, and the segmentation. */
bool study_objects_make(const Study *study, bool deidentify, StudyObjects *objects,
                        DensError **err) DENS_MUST_USE;
void study_clear(Study *study);

/* The one series of images of a DICOM file or folder; several are an error. It lives in `arena`. */
const SeriesInfo *study_only_series(const char *path, Arena *arena, Log *log, Progress *progress,
                                    DensError **err) DENS_MUST_USE;

/* "role=rest": the role and the rest, when what stands before '=' is a role's name; the whole text otherwise.
 * An unknown word before '=' where no such file exists is an error. */
bool study_split_role(const char *text, SeriesRole *out_role, const char **out_rest, const char *option,
                      DensError **err) DENS_MUST_USE;

#endif
