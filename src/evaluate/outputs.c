/* Writing the report set: everything is rendered before the first file is written, and everything is on the
 * disk under other names before the first file takes its place. A folder never holds half a set, nor halves
 * of two patients' sets. */
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The files of the contract that this version does not make. */
static const struct {
    const char *file, *reason;
} later_files[] = {
    {"fhir.json", "this version does not write FHIR"},
    {"sr.dcm", "this version does not write DICOM structured reports"},
    {"seg.dcm", "this version does not write DICOM segmentations"},
};

void evaluate_not_written(Value *list)
{
    for (size_t i = 0; i < sizeof later_files / sizeof *later_files; i++) {
        Value *map = value_add_map(list);
        value_set_string(map, "file", later_files[i].file);
        value_set_string(map, "reason", later_files[i].reason);
    }
}

typedef struct {
    const char *name;
    Text text;
} Output;

static const char *part_of(Arena *arena, const char *folder, const char *name)
{
    return file_join(arena, folder, arena_printf(arena, ".%s.part", name));
}

static bool write_parts(const Output *outputs, size_t count, const char *folder, Arena *arena,
                        DensError **err)
{
    for (size_t i = 0; i < count; i++) {
        const Text *text = &outputs[i].text;
        const char *path = file_join(arena, folder, outputs[i].name);
        if (file_kind(path) == FILE_FOLDER) {
            return error_set(err, DENS_ERROR_USAGE, path, "is a folder; a file is to be written");
        }
        if (!file_write(part_of(arena, folder, outputs[i].name), text_string(text), text->length, err)) {
            return false;
        }
    }
    return true;
}

static bool name_parts(const Output *outputs, size_t count, const char *folder, Arena *arena, DensError **err)
{
    for (size_t i = 0; i < count; i++) {
        const char *path = file_join(arena, folder, outputs[i].name);
        if (rename(part_of(arena, folder, outputs[i].name), path) != 0) {
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

bool evaluate_write(const Engine *engine, const Case *c, const Value *result, const ReportPictures *pictures,
                    const char *folder, DensError **err)
{
    enum { RESULT, CASE, HTML, PDF, TEXT, COUNT };
    AUTO(arena_auto) Arena *arena = arena_new();
    Output outputs[COUNT] = {[RESULT] = {"result.json", TEXT_INIT},
                             [CASE] = {"case.json", TEXT_INIT},
                             [HTML] = {"report.html", TEXT_INIT},
                             [PDF] = {"report.pdf", TEXT_INIT},
                             [TEXT] = {"report.txt", TEXT_INIT}};
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    json_write(result, JSON_PRETTY, &outputs[RESULT].text);
    json_write(case_to_value(c, NULL, NULL, arena), JSON_PRETTY, &outputs[CASE].text);
    ReportOptions plain = {.width = 100};
    bool good = report_html(result, vocabulary, pictures, &outputs[HTML].text, err) &&
                report_pdf(result, vocabulary, pictures, &outputs[PDF].text, err) &&
                report_text(result, vocabulary, plain, &outputs[TEXT].text, err) &&
                write_outputs(outputs, COUNT, folder, arena, err);
    for (size_t i = 0; i < COUNT; i++) {
        text_clear(&outputs[i].text);
    }
    return good;
}
