/* What of a DICOM study is kept for the written objects once its images are gone. */
#ifndef DENS_EVALUATE_OBJECTS_H
#define DENS_EVALUATE_OBJECTS_H

#include "base/clock.h"
#include "base/text.h"
#include "base/value.h"
#include "dicom/objects.h"
#include "document/vocabulary.h"

typedef struct {
    DicomContext *dicom;  /* NULL: no DICOM input */
    size_t lesion_series; /* in the context: where the lesion was marked */
    char time[CLOCK_ISO_SIZE];
    Text seg;         /* seg.dcm; empty if there is none */
    char reason[256]; /* why there is no context or no segmentation; "" if there is one */
    char seg_series_uid[65], seg_uid[65];
    char sr_series_uid[65], sr_uid[65];
    char pdf_series_uid[65], pdf_uid[65];
    char tracking_uid[65]; /* of the lesion: the same mask in the same study keeps it */
} StudyObjects;

void study_objects_clear(StudyObjects *objects);

/* Adds sr.dcm of a result to `out`; nothing without DICOM input. */
bool study_objects_report(StudyObjects *objects, const Value *result, const Vocabulary *vocabulary, Text *out,
                          DensError **err) DENS_MUST_USE;

/* Adds report.dcm, which holds a PDF, to `out`; nothing without DICOM input. */
bool study_objects_document(StudyObjects *objects, const Text *pdf, Text *out, DensError **err) DENS_MUST_USE;

/* The list of files of the report set that are not written, with the reason. */
void study_objects_not_written(const StudyObjects *objects, Value *list);

#endif
