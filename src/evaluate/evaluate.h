/* The main path: from a case, or a study with masks, to a result document and its report files. */
#ifndef DENS_EVALUATE_EVALUATE_H
#define DENS_EVALUATE_EVALUATE_H

#include "advice/advice.h"
#include "advice/next_steps.h"
#include "base/image.h"
#include "base/log.h"
#include "base/progress.h"
#include "dicom/dicom.h"
#include "document/case.h"
#include "evaluate/objects.h"
#include "infer/infer.h"
#include "knowledge/knowledge.h"
#include "knowledge/overlay.h"
#include "measure/measure.h"
#include "radiomics/radiomics.h"
#include "reading/reading.h"
#include "report/messages.h"
#include "report/picture.h"
#include "score/score.h"

/* Everything that is read once and shared. */
typedef struct {
    Arena *arena; /* holds the engine itself */
    Image *image; /* holds everything; NULL if it was loaded */
    Knowledge *knowledge;
    Advice *advice;
    NextSteps *next_steps;
    Readings *readings;
    char *overlay_version, *overlay_made_with; /* of the overlay that lies on the knowledge; NULL without */
    Scores *scores;
} Engine;

/* Loads the knowledge of a folder with all that hangs on it: from the table that yaml_use_table() was given
 * if that holds an image of the very bytes in the folder for this program, from the files otherwise. */
Engine *engine_load(const char *knowledge_folder, DensError **err) DENS_MUST_USE;
/* Writes that table: the parsed files, the draws behind the intervals, the image for this program. */
bool engine_compile(const char *knowledge_folder, const char *path, DensError **err) DENS_MUST_USE;
/* With an overlay file on it, or NULL; or with an overlay that was just learned. */
Engine *engine_load_overlay(const char *knowledge_folder, const char *overlay, DensError **err) DENS_MUST_USE;
Engine *engine_load_learned(const char *knowledge_folder, const Overlay *overlay,
                            DensError **err) DENS_MUST_USE;
void engine_free(Engine *engine);
AUTO_DEFINE(Engine, engine, engine_free)

/* The prior of a name; an error lists the names there are. */
const Prior *engine_prior(const Engine *engine, const char *name, DensError **err) DENS_MUST_USE;
/* The same prior of another engine. */
const Prior *engine_same_prior(const Engine *engine, const Prior *prior, DensError **err) DENS_MUST_USE;

/* `sources` of a document: those whose ids are the keys of `cited`, as far as the knowledge has them. */
void evaluate_add_sources(const Knowledge *knowledge, const Value *cited, Value *result);

/* Does the prior hold a diagnosis, or leave it out? */
bool engine_prior_holds(const Prior *prior, size_t diagnosis);

/* Restricts the diagnoses to "review" (the ten of the review), or to the ids in a text file, one a line; the
 * prior must hold one of them. One bool for each diagnosis, in `arena`. */
const bool *engine_among(const Engine *engine, const char *among, const Prior *prior, Arena *arena,
                         DensError **err) DENS_MUST_USE;

typedef struct {
    const Prior *prior;
    const bool *among; /* or NULL */
    bool without_path;
    int rival;           /* diagnosis that all reasons are told against, or -1: the first other */
    const bool *reasons; /* per diagnosis: whose reasons are told; NULL: of all */
    bool without_next;   /* "next" stays empty, and the action and the warnings are left out */
    const char *command; /* for the provenance */
    const char *time;    /* for the provenance; NULL: now */
    const MeasurementList *measurements; /* or NULL */
    const Value *inputs;                 /* provenance: list of {series, sha256}, or NULL */
    const Value *not_written;            /* list of {file, reason}, or NULL */
} ResultOptions;

/* What the scores are told beside the case: the diagnoses that are plausible, and the first of the ranking as
 * the one that is assumed. In `arena`. */
ScoreFacts evaluate_facts(const Engine *engine, const Posterior *posterior, Arena *arena);

/* The dens-result/1 of a case, in `arena`. */
Value *evaluate_case(const Engine *engine, const Case *c, const ResultOptions *options, Arena *arena);

/* What the reader says of a DICOM series, by its place in what dicom_study_scan() lists. */
typedef struct {
    size_t series;
    SeriesRole role;
} StudyRole;

typedef struct {
    size_t input_count;
    const char *const *inputs; /* DICOM files or folders, or ROLE=FILE.nii.gz */
    size_t lesion_count;
    const char *const *lesions;  /* [ROLE=]MASK, NIfTI or DICOM SEG */
    const char *labels, *scheme; /* a label map and its scheme, or NULL */
    const char *canal;           /* what segment_bone() made, for labels without a canal; or NULL */
    size_t role_count;
    const StudyRole *roles; /* in the place of the guessed ones */
    bool align;             /* carry masks to series of other frames of reference by registration */
    bool resample;          /* carry masks to other grids by their coordinates, whatever the frame */
    size_t reference_count;
    const char *const *references; /* TISSUE=x,y,z,r: a sphere in LPS mm */
    ReportPictures *pictures;      /* filled with pictures of each series through the lesion, or NULL */
    Arena *picture_arena;          /* in which they live */
    StudyObjects *objects;         /* filled with what the written objects need, or NULL */
    bool deidentify;               /* the objects */
} StudyOptions;

/* Reads the images and masks of a study, measures the lesion, and puts what the measurements say into the
 * case. Age and sex come from DICOM where the case has none; a contradiction is an error. `measurements` and
 * `inputs` (a list, for the provenance) are filled; notes on what was not used go to the log. */
bool evaluate_study(const Engine *engine, const StudyOptions *options, Case *c, MeasurementList *measurements,
                    Value *inputs, Log *log, Progress *progress, DensError **err) DENS_MUST_USE;

/* Takes out of what a result is made of what identifies the patient; the UIDs become those of the objects,
 * which were evaluated with `deidentify`. *inputs becomes another list. */
void evaluate_deidentify(Case *c, MeasurementList *measurements, Value **inputs, const StudyObjects *objects,
                         Arena *arena);
/* Says in a result how that was done. */
void evaluate_tell_deidentified(Value *result, const StudyObjects *objects);

/* One image: a NIfTI file (ct=FILE says that its values are HU), or a DICOM file or folder with one series.
 * The caller frees it. */
Volume *evaluate_read_volume(const char *text, Log *log, Progress *progress, DensError **err) DENS_MUST_USE;

/* What segment/ made on an image, as a DICOM segmentation of its series. */
typedef enum {
    MASK_LESION, /* whatever is not 0, from clicks */
    MASK_BONE    /* SEGMENT_LABEL_BONE and SEGMENT_LABEL_CANAL of a CT */
} MaskKind;

/* Adds it to `out`. `volume_path` is what evaluate_read_volume() read, and the mask lies on its grid; a NIfTI
 * file has no patient and no series, and is an error. */
bool evaluate_mask_seg(const char *volume_path, const Mask *mask, MaskKind kind, Text *out, Log *log,
                       DensError **err) DENS_MUST_USE;

/* The radiomic features of an image (NIfTI, or a DICOM file or folder with one series) in a mask on its grid.
 */
bool evaluate_features(RadiomicsFeatures *out, const char *volume_path, const char *mask_path,
                       const RadiomicsConfig *config, Arena *arena, Log *log, Progress *progress,
                       DensError **err) DENS_MUST_USE;

/* Renders everything in memory and then writes the report set into a folder: result.json, case.json,
 * report.html, report.pdf, report.txt (in the language of the messages), fhir.json, and the objects that
 * there are; with keep_pictures also pictures.bin, from which the report can be drawn again. `pictures` and
 * `objects` may be NULL. All of them or, if anything fails, none; files of these names are replaced, and
 * those that are not written now are removed. */
bool evaluate_write(const Engine *engine, const Case *c, const Value *result, const Messages *messages,
                    const ReportPictures *pictures, bool keep_pictures, StudyObjects *objects,
                    const char *folder, DensError **err) DENS_MUST_USE;

#endif
