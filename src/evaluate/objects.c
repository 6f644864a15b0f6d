/* The segmentation of a study, made while its masks are there, and the context of all objects. What the
 * images do not allow (no DICOM, no mask, no frame of reference) is no fault of the evaluation: it is said in
 * the result. */
#include "evaluate/objects.h"

#include "base/hash.h"
#include "base/json.h"
#include "evaluate/study.h"
#include "report/report.h"

#include <stdio.h>
#include <string.h>

enum { SEG_SERIES_NUMBER = 9901, SR_SERIES_NUMBER = 9902, PDF_SERIES_NUMBER = 9903 };

/* An input fault becomes the reason why nothing is written; ours stays an error. */
static bool give_reason(StudyObjects *objects, DensError *fault, DensError **err)
{
    if (dens_error_code(fault) != DENS_ERROR_INPUT) {
        *err = fault;
        return false;
    }
    (void)snprintf(objects->reason, sizeof objects->reason, "%s", dens_error_summary(fault));
    dens_error_free(fault);
    return true;
}

static void uid_of(const char *what, const StudyObjects *objects, const char *hash, bool with_time,
                   char out[65])
{
    AUTO_TEXT name = TEXT_INIT;
    const DicomSubject *subject = dicom_context_subject(objects->dicom);
    text_addf(&name, "dens %s|%s|%s|%s", what, subject->study_uid, hash, with_time ? objects->time : "");
    dicom_uid(text_string(&name), out);
}

static void hash_mask(const Mask *mask, char out[65])
{
    Hash *hash = hash_new();
    hash_add(hash, mask->labels, geometry_voxels(&mask->geometry) * sizeof *mask->labels);
    hash_finish(hash, out);
    hash_free(hash);
}

static bool make_segmentation(const StudySeries *series, StudyObjects *objects, DensError **err)
{
    DensError *fault = NULL;
    char hash[65];
    hash_mask(series->lesion, hash);
    uid_of("segmentation series", objects, hash, true, objects->seg_series_uid);
    uid_of("segmentation", objects, hash, true, objects->seg_uid);
    uid_of("lesion", objects, hash, false, objects->tracking_uid);
    const DicomSegment segment = {
        .label = "Lesion",
        .description = "The lesion as the user of dens marked it",
        .algorithm_type = "MANUAL",
        .tracking_id = "lesion",
        .tracking_uid = objects->tracking_uid,
        .category = {"49755003", "SCT", "Morphologically Abnormal Structure"},
        .type = {"52988006", "SCT", "Lesion"},
        .region = {"122494005", "SCT", "Cervical spine"},
    };
    const DicomSegmentation segmentation = {
        .series = objects->lesion_series,
        .label = "LESION",
        .description = segment.description,
        .count = 1,
        .segments = &segment,
    };
    const DicomObjectIdentity identity = {.series_uid = objects->seg_series_uid,
                                          .instance_uid = objects->seg_uid,
                                          .series_number = SEG_SERIES_NUMBER,
                                          .series_description = "dens: lesion mask",
                                          .time = objects->time};
    Mask placed = *series->lesion; /* where its series lies: the mask itself may be off by a rounded header */
    placed.geometry = series->volume->geometry;
    return dicom_seg_write(objects->dicom, &segmentation, &placed, &identity, &objects->seg, &fault) ||
           give_reason(objects, fault, err);
}

bool study_objects_make(const Study *study, bool deidentify, StudyObjects *objects, DensError **err)
{
    const SeriesInfo *infos[STUDY_MAX_SERIES];
    const StudySeries *marked = NULL;
    size_t count = 0;
    clock_iso(objects->time);
    if (deidentify) { /* a day is near that of the examination: the year alone */
        memcpy(objects->time + strlen("2026"), "-01-01T00:00:00Z", sizeof "-01-01T00:00:00Z");
    }
    for (size_t i = 0; i < study->count; i++) {
        const StudySeries *series = &study->series[i];
        if (series->info) {
            if (series->lesion && (!marked || (series->lesion_given && !marked->lesion_given))) {
                marked = series;
                objects->lesion_series = count;
            }
            infos[count++] = series->info;
        }
    }
    (void)snprintf(objects->reason, sizeof objects->reason, "%s",
                   count == 0 ? "the images are no DICOM study" : "");
    if (count == 0) {
        return true;
    }
    DensError *fault = NULL;
    objects->dicom = dicom_context_read(infos, count, &fault);
    if (!objects->dicom) {
        return give_reason(objects, fault, err);
    }
    if (deidentify && !dicom_context_deidentify(objects->dicom, err)) {
        return false;
    }
    if (!marked) {
        (void)snprintf(objects->reason, sizeof objects->reason, "no lesion mask on a DICOM series");
        uid_of("lesion", objects, "no mask", false, objects->tracking_uid);
        return true;
    }
    return make_segmentation(marked, objects, err);
}

void study_objects_clear(StudyObjects *objects)
{
    dicom_context_free(objects->dicom);
    text_clear(&objects->seg);
    *objects = (StudyObjects){0};
}

static void hash_text(const Text *text, char out[65])
{
    Hash *sha = hash_new();
    hash_add(sha, text_string(text), text->length);
    hash_finish(sha, out);
    hash_free(sha);
}

bool study_objects_report(StudyObjects *objects, const Value *result, const Vocabulary *vocabulary, Text *out,
                          DensError **err)
{
    if (!objects->dicom) {
        return true;
    }
    AUTO_TEXT text = TEXT_INIT;
    char hash[65];
    json_write(result, JSON_COMPACT, &text);
    hash_text(&text, hash);
    uid_of("report series", objects, hash, true, objects->sr_series_uid);
    uid_of("report", objects, hash, true, objects->sr_uid);
    const ReportObjects report = {
        .dicom = objects->dicom,
        .lesion_series = objects->lesion_series,
        .tracking_uid = objects->tracking_uid,
        .seg = {objects->seg_series_uid, "1.2.840.10008.5.1.4.1.1.66.4",
                objects->seg.length > 0 ? objects->seg_uid : NULL},
    };
    const DicomObjectIdentity identity = {.series_uid = objects->sr_series_uid,
                                          .instance_uid = objects->sr_uid,
                                          .series_number = SR_SERIES_NUMBER,
                                          .series_description = "dens: evaluation",
                                          .time = objects->time};
    return report_sr(result, vocabulary, &report, &identity, out, err);
}

bool study_objects_document(StudyObjects *objects, const Text *pdf, Text *out, DensError **err)
{
    if (!objects->dicom) {
        return true;
    }
    char hash[65];
    hash_text(pdf, hash);
    uid_of("document series", objects, hash, true, objects->pdf_series_uid);
    uid_of("document", objects, hash, true, objects->pdf_uid);
    const DicomObjectIdentity identity = {.series_uid = objects->pdf_series_uid,
                                          .instance_uid = objects->pdf_uid,
                                          .series_number = PDF_SERIES_NUMBER,
                                          .series_description = "dens: report",
                                          .time = objects->time};
    return dicom_pdf_write(objects->dicom, pdf, "Report on a bone tumour of the cervical spine", &identity,
                           out, err);
}

static void add_missing(Value *list, const char *file, const char *reason)
{
    Value *map = value_add_map(list);
    value_set_string(map, "file", file);
    value_set_string(map, "reason", reason);
}

void study_objects_not_written(const StudyObjects *objects, Value *list)
{
    if (!objects->dicom) {
        add_missing(list, "sr.dcm", objects->reason);
        add_missing(list, "report.dcm", objects->reason);
    }
    if (objects->seg.length == 0) {
        add_missing(list, "seg.dcm", objects->reason);
    }
}
