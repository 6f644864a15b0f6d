/* The images of a study while it is being measured: inside evaluate/ only. */
#ifndef DENS_EVALUATE_STUDY_H
#define DENS_EVALUATE_STUDY_H

#include "dicom/dicom.h"
#include "evaluate/evaluate.h"

enum { STUDY_MAX_SERIES = ROLE_COUNT };

/* One series that is measured. */
typedef struct {
    SeriesRole role;
    const char *uid; /* "" for NIfTI */
    char sha256[65]; /* over its files, in the order of their names */
    Volume *volume;
    Mask *lesion; /* on the volume's grid, or NULL */
    Mask *reference[TISSUE_COUNT];
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
/* Gives each series its lesion mask. */
bool study_read_lesions(Study *study, const StudyOptions *options, Log *log, DensError **err) DENS_MUST_USE;
/* Gives each series its reference tissues, from a label map and from spheres. */
bool study_read_references(Study *study, const Engine *engine, const StudyOptions *options, Log *log,
                           DensError **err) DENS_MUST_USE;
/* A sagittal and an axial picture of each series that has a lesion mask, through the lesion's middle. */
void study_pictures(const Study *study, ReportPictures *out, Arena *arena);
void study_clear(Study *study);

/* "role=rest": the role and the rest, when what stands before '=' is a role's name; the whole text otherwise.
 * An unknown word before '=' where no such file exists is an error. */
bool study_split_role(const char *text, SeriesRole *out_role, const char **out_rest, const char *option,
                      DensError **err) DENS_MUST_USE;

#endif
