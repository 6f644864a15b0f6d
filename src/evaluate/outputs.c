/* Writing the report set: everything is rendered before the first file is written. */
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/report.h"

/* The files of the contract that this version does not make. */
static const struct {
    const char *file, *reason;
} later_files[] = {
    {"report.pdf", "this version does not write PDF; print report.html"},
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

static bool write_outputs(const Output *outputs, size_t count, const char *folder, Arena *arena,
                          DensError **err)
{
    if (!file_make_folder(folder, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const Text *text = &outputs[i].text;
        if (!file_write(file_join(arena, folder, outputs[i].name), text_string(text), text->length, err)) {
            return false;
        }
    }
    return true;
}

bool evaluate_write(const Engine *engine, const Case *c, const Value *result, const char *folder,
                    DensError **err)
{
    enum { RESULT, CASE, HTML, TEXT, COUNT };
    AUTO(arena_auto) Arena *arena = arena_new();
    Output outputs[COUNT] = {[RESULT] = {"result.json", TEXT_INIT},
                             [CASE] = {"case.json", TEXT_INIT},
                             [HTML] = {"report.html", TEXT_INIT},
                             [TEXT] = {"report.txt", TEXT_INIT}};
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    json_write(result, JSON_PRETTY, &outputs[RESULT].text);
    json_write(case_to_value(c, NULL, NULL, arena), JSON_PRETTY, &outputs[CASE].text);
    ReportOptions plain = {.width = 100};
    bool good = report_html(result, vocabulary, &outputs[HTML].text, err) &&
                report_text(result, vocabulary, plain, &outputs[TEXT].text, err) &&
                write_outputs(outputs, COUNT, folder, arena, err);
    for (size_t i = 0; i < COUNT; i++) {
        text_clear(&outputs[i].text);
    }
    return good;
}
