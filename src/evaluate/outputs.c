/* Writing the report set: everything is rendered before the first file is written, and everything is on the
 * disk under other names before the first file takes its place. A folder never holds half a set, nor halves
 * of two patients' sets. */
#include "evaluate/compare.h"
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/pictures.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file of the set; with no bytes it is not written, and an older one of its name goes: it would belong to
 * another study. */
typedef struct {
    const char *name;
    const Text *text;
} Output;

static const char *part_of(Arena *arena, const char *folder, const char *name)
{
    return file_join(arena, folder, arena_printf(arena, ".%s.part", name));
}

static bool write_parts(const Output *outputs, size_t count, const char *folder, Arena *arena,
                        DensError **err)
{
    for (size_t i = 0; i < count; i++) {
        const Text *text = outputs[i].text;
        const char *path = file_join(arena, folder, outputs[i].name);
        if (file_kind(path) == FILE_FOLDER) {
            return error_set(err, DENS_ERROR_USAGE, path, "is a folder; a file is to be written");
        }
        if (text->length > 0 &&
            !file_write(part_of(arena, folder, outputs[i].name), text_string(text), text->length, err)) {
            return false;
        }
    }
    return true;
}

static bool name_parts(const Output *outputs, size_t count, const char *folder, Arena *arena, DensError **err)
{
    for (size_t i = 0; i < count; i++) {
        const char *path = file_join(arena, folder, outputs[i].name);
        bool good = outputs[i].text->length > 0 ? rename(part_of(arena, folder, outputs[i].name), path) == 0
                                                : unlink(path) == 0 || errno == ENOENT;
        if (!good) {
            return error_set(err, DENS_ERROR_USAGE, path, "cannot be written: %s", strerror(errno));
        }
    }
    return true;
}

static bool write_outputs(const Output *outputs, size_t count, const char *folder, Arena *arena,
                          DensError **err)
{
    bool was_there = file_kind(folder) == FILE_FOLDER;
    if (!file_make_folder(folder, err)) {
        return false;
    }
    if (write_parts(outputs, count, folder, arena, err) && name_parts(outputs, count, folder, arena, err)) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        (void)unlink(part_of(arena, folder, outputs[i].name));
    }
    if (!was_there) {
        (void)rmdir(folder);
    }
    return false;
}

bool evaluate_write(const Engine *engine, const Case *c, const Value *result, const Messages *messages,
                    const ReportPictures *pictures, bool keep_pictures, StudyObjects *objects,
                    const char *folder, DensError **err)
{
    enum { RESULT, CASE, HTML, PDF, PLAIN, FHIR, SR, DOCUMENT, PICTURES, COUNT };
    AUTO(arena_auto) Arena *arena = arena_new();
    Text texts[COUNT] = {TEXT_INIT};
    const Text nothing = TEXT_INIT;
    const Output outputs[] = {
        {"result.json", &texts[RESULT]},  {"case.json", &texts[CASE]},
        {"report.html", &texts[HTML]},    {"report.pdf", &texts[PDF]},
        {"report.txt", &texts[PLAIN]},    {"fhir.json", &texts[FHIR]},
        {"sr.dcm", &texts[SR]},           {"seg.dcm", objects ? &objects->seg : &nothing},
        {"report.dcm", &texts[DOCUMENT]}, {REPORT_PICTURES_FILE, &texts[PICTURES]}};
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    json_write(result, JSON_PRETTY, &texts[RESULT]);
    json_write(case_to_value(c, NULL, NULL, arena), JSON_PRETTY, &texts[CASE]);
    const DicomSubject *subject = objects && objects->dicom ? dicom_context_subject(objects->dicom) : NULL;
    ReportOptions plain = {.width = 100};
    if (keep_pictures && pictures) {
        report_keep_pictures(pictures, &texts[PICTURES]);
    }
    bool good =
        report_html(result, vocabulary, messages, pictures, &texts[HTML], err) &&
        report_pdf(result, vocabulary, messages, pictures, &texts[PDF], err) &&
        report_text(result, vocabulary, messages, plain, &texts[PLAIN], err) &&
        report_fhir(result, vocabulary, subject, messages->language, &texts[PDF], &texts[FHIR], err) &&
        (!objects || study_objects_report(objects, result, vocabulary, &texts[SR], err)) &&
        (!objects || study_objects_document(objects, &texts[PDF], &texts[DOCUMENT], err)) &&
        write_outputs(outputs, sizeof outputs / sizeof *outputs, folder, arena, err);
    for (size_t i = 0; i < COUNT; i++) {
        text_clear(&texts[i]);
    }
    return good;
}

bool compare_write(const Value *comparison, const Messages *messages, const char *folder, DensError **err)
{
    enum { JSON, HTML, PLAIN, COUNT, WIDTH = 100 };
    AUTO(arena_auto) Arena *arena = arena_new();
    Text texts[COUNT] = {TEXT_INIT};
    const Output outputs[COUNT] = {[JSON] = {"comparison.json", &texts[JSON]},
                                   [HTML] = {"comparison.html", &texts[HTML]},
                                   [PLAIN] = {"comparison.txt", &texts[PLAIN]}};
    json_write(comparison, JSON_PRETTY, &texts[JSON]);
    report_comparison_html(comparison, messages, &texts[HTML]);
    report_comparison_text(comparison, messages, WIDTH, &texts[PLAIN]);
    bool good = write_outputs(outputs, COUNT, folder, arena, err);
    for (size_t i = 0; i < COUNT; i++) {
        text_clear(&texts[i]);
    }
    return good;
}
