/* For the benchmark of the reports: what each format costs in process, on one core, beside the reading of the
 * same result as JSON.
 *   report KNOWLEDGE SET STUDY LESION
 * SET is a report set that was written with its pictures, STUDY the folder of the DICOM series that it was
 * made of, and LESION the mask on its CT. */
#include "report/report.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "dicom/dicom.h"
#include "document/result.h"
#include "evaluate/evaluate.h"
#include "image/nifti.h"
#include "report/pictures.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 7 };

typedef struct {
    const char *path;
    const Value *result;
    const Vocabulary *vocabulary;
    const DicomContext *dicom;
    const Mask *lesion;
    ReportPictures pictures;
    Text pdf;
} Bench;

typedef bool (*Step)(const Bench *b, Text *out, DensError **err);

static const DicomObjectIdentity identity = {.series_uid = "2.25.1",
                                             .instance_uid = "2.25.2",
                                             .series_number = 1,
                                             .series_description = "bench",
                                             .time = "2026-01-01T00:00:00Z"};

static bool as_json(const Bench *b, Text *out, DensError **err)
{
    (void)out;
    AUTO(arena_auto) Arena *arena = arena_new();
    return json_read(arena, b->path, err) != NULL;
}

static bool as_text(const Bench *b, Text *out, DensError **err)
{
    return report_text(b->result, b->vocabulary, messages_english(), (ReportOptions){.width = 100}, out, err);
}

static bool as_html(const Bench *b, Text *out, DensError **err)
{
    return report_html(b->result, b->vocabulary, messages_english(), &b->pictures, out, err);
}

static bool as_pdf(const Bench *b, Text *out, DensError **err)
{
    return report_pdf(b->result, b->vocabulary, messages_english(), &b->pictures, out, err);
}

static bool as_fhir(const Bench *b, Text *out, DensError **err)
{
    return report_fhir(b->result, b->vocabulary, dicom_context_subject(b->dicom), "en", &b->pdf, out, err);
}

static bool as_sr(const Bench *b, Text *out, DensError **err)
{
    const ReportObjects objects = {.dicom = b->dicom,
                                   .tracking_uid = "2.25.3",
                                   .seg = {"2.25.4", "1.2.840.10008.5.1.4.1.1.66.4", "2.25.5"}};
    return report_sr(b->result, b->vocabulary, &objects, &identity, out, err);
}

static bool as_seg(const Bench *b, Text *out, DensError **err)
{
    const DicomSegment lesion = {.label = "Lesion",
                                 .description = "Lesion",
                                 .algorithm_type = "MANUAL",
                                 .tracking_id = "lesion",
                                 .tracking_uid = "2.25.3",
                                 .category = {"49755003", "SCT", "Morphologically Abnormal Structure"},
                                 .type = {"52988006", "SCT", "Lesion"},
                                 .region = {"122494005", "SCT", "Cervical spine"}};
    const DicomSegmentation what = {
        .label = "LESION", .description = "Lesion", .count = 1, .segments = &lesion};
    return dicom_seg_write(b->dicom, &what, b->lesion, &identity, out, err);
}

static bool as_document(const Bench *b, Text *out, DensError **err)
{
    return dicom_pdf_write(b->dicom, &b->pdf, "Report", &identity, out, err);
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Seconds of the processor: the fastest of some rounds, as other work on the machine only adds. */
static bool measure(const Bench *b, Step step, double *out_seconds, size_t *out_bytes, DensError **err)
{
    *out_seconds = 1e9;
    bool good = true;
    for (int round = 0; good && round < ROUNDS; round++) {
        AUTO_TEXT out = TEXT_INIT;
        const double start = processor_seconds();
        good = step(b, &out, err);
        const double took = processor_seconds() - start;
        *out_seconds = took < *out_seconds ? took : *out_seconds;
        *out_bytes = out.length;
    }
    return good;
}

static bool report(const Bench *b, DensError **err)
{
    static const struct {
        const char *name;
        Step step;
    } steps[] = {{"result.json read", as_json}, {"report.txt", as_text},    {"report.html", as_html},
                 {"report.pdf", as_pdf},        {"fhir.json", as_fhir},     {"sr.dcm", as_sr},
                 {"seg.dcm", as_seg},           {"report.dcm", as_document}};
    double json = 0, took = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (!measure(b, steps[i].step, &took, &bytes, err)) {
            return false;
        }
        json = i == 0 ? took : json;
        (void)printf("%-18s %8.1f ms %8zu kB  %6.1f × the reading\n", steps[i].name, 1e3 * took, bytes / 1000,
                     took / json);
    }
    return true;
}

/* The CT comes first: the mask lies on its grid. */
static DicomContext *context_of(const DicomStudy *study, DensError **err)
{
    const SeriesInfo *infos[ROLE_COUNT];
    size_t count = 0;
    for (int ct = 1; ct >= 0; ct--) {
        for (size_t i = 0; i < study->series_count && count < ROLE_COUNT; i++) {
            if ((study->series[i].role == ROLE_CT) == ct && study->series[i].role != ROLE_UNKNOWN) {
                infos[count++] = &study->series[i];
            }
        }
    }
    return dicom_context_read(infos, count, err);
}

static bool run(const char *const *argv, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(engine_auto) Engine *engine = engine_load(argv[1], err);
    const DicomStudy *study = engine ? dicom_study_scan(arena, &argv[3], 1, NULL, NULL, err) : NULL;
    AUTO(dicom_context_auto) DicomContext *dicom = study ? context_of(study, err) : NULL;
    AUTO(mask_auto) Mask *lesion = dicom ? mask_read_nifti(argv[4], err) : NULL;
    if (!lesion) {
        return false;
    }
    const char *path = file_join(arena, argv[2], "result.json");
    Bench b = {.path = path,
               .result = result_read(arena, path, err),
               .vocabulary = knowledge_vocabulary(engine->knowledge),
               .dicom = dicom,
               .lesion = lesion};
    const bool good =
        b.result &&
        report_read_pictures(file_join(arena, argv[2], REPORT_PICTURES_FILE), arena, &b.pictures, err) &&
        as_pdf(&b, &b.pdf, err) && report(&b, err);
    text_clear(&b.pdf);
    return good;
}

int main(int argc, char **argv)
{
    DensError *err = NULL;
    if (argc != 5 || !run((const char *const *)argv, &err)) {
        (void)fprintf(stderr, "%s: %s\n", err ? dens_error_where(err) : "report",
                      err ? dens_error_summary(err) : "KNOWLEDGE SET STUDY LESION");
        dens_error_free(err);
        return 1;
    }
    return 0;
}
