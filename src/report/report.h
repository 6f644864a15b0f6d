/* The renderers: each draws a dens-result/1 document and computes nothing. What is said, and in which
 * order, is decided once (report/content.h), in the language of the `messages`; a renderer decides only how
 * it looks. */
#ifndef DENS_REPORT_REPORT_H
#define DENS_REPORT_REPORT_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"
#include "dicom/objects.h"
#include "document/vocabulary.h"
#include "report/messages.h"
#include "report/picture.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t width; /* columns; 0 means 80; less than 40 counts as 40, more than 200 as 200 */
    bool colour;  /* ANSI colours; without them the text holds no escape sequence */
    bool brief;   /* only alerts, impression, differential and the reasons of the first diagnosis */
    bool next;    /* only the differential, the next examination and what to think of before a biopsy */
} ReportOptions;

/* Adds the report as UTF-8 text to `out`, which is untouched on failure. No line is wider than
 * the width, wide East Asian characters counted as two columns; no line ends in a space. Control
 * characters of the document never reach the output. Errors: what result_check() refuses. */
bool report_text(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                 ReportOptions options, Text *out, DensError **err) DENS_MUST_USE;

/* Adds the report as one self-contained HTML file to `out`, which is untouched on failure: no script, no
 * external request, a print style for A4; also well-formed as XML. `pictures` may be NULL. Errors: what
 * result_check() refuses. */
bool report_html(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                 const ReportPictures *pictures, Text *out, DensError **err) DENS_MUST_USE;

/* Adds the report as a PDF (A4, with title, bookmarks and tags, fonts embedded) to `out`, which is untouched
 * on failure. The same document and pictures give the same bytes. Errors: what result_check() refuses. */
bool report_pdf(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                const ReportPictures *pictures, Text *out, DensError **err) DENS_MUST_USE;

/* Adds the result as an HL7 FHIR R4 transaction bundle to `out`, which is untouched on failure: Patient,
 * Device, ImagingStudy (with a subject), BodyStructure, an Observation for each measurement and finding and
 * one for the differential, DiagnosticReport with the PDF, Provenance. `subject` and `pdf` may be NULL; the
 * language is BCP 47. The same document gives the same bytes. Errors: what result_check() refuses. */
bool report_fhir(const Value *result, const Vocabulary *vocabulary, const DicomSubject *subject,
                 const char *pdf_language, const Text *pdf, Text *out, DensError **err) DENS_MUST_USE;

/* Adds such a bundle again with the impression of `result`, which a reader edited or signed, and its PDF. */
bool report_fhir_amend(const Value *bundle, const Value *result, const char *pdf_language, const Text *pdf,
                       Text *out, DensError **err) DENS_MUST_USE;

/* What a structured report belongs to. */
typedef struct {
    const DicomContext *dicom;
    size_t lesion_series;     /* in the context */
    const char *tracking_uid; /* of the lesion */
    DicomReference seg;       /* its segmentation; instance_uid NULL if there is none */
} ReportObjects;

/* Adds the result as the bytes of a DICOM Comprehensive 3D SR (TID 1500) to `out`, which is untouched on
 * failure. Errors: what result_check() refuses. */
bool report_sr(const Value *result, const Vocabulary *vocabulary, const ReportObjects *objects,
               const DicomObjectIdentity *identity, Text *out, DensError **err) DENS_MUST_USE;

/* A dens-comparison/1 in the messages' language as text of at most `width` columns (0: 80), and as one HTML
 * file with the promises of report_html(). The document is one that compare_results() made: keys that are
 * absent are left out. */
void report_comparison_text(const Value *comparison, const Messages *messages, size_t width, Text *out);
void report_comparison_html(const Value *comparison, const Messages *messages, Text *out);

#endif
