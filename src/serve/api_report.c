/* Reports that a reader makes of a result: the impression in his words, the language, his name; every version
 * is kept with its files. SR and SEG are those of the evaluation: they hold what was measured and computed,
 * which nobody edits. */
#include "serve/parts.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "report/pictures.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 40, MOST_LINE_BYTES = 4000, MOST_NAME_BYTES = 200, MOST_FHIR_BYTES = 1 << 28 };
enum { OUT_RESULT, OUT_HTML, OUT_PDF, OUT_TEXT, OUT_FHIR, OUT_DOCUMENT, OUT_COUNT };
static const char *const out_names[OUT_COUNT] = {"result.json", "report.html", "report.pdf",
                                                 "report.txt",  "fhir.json",   "report.dcm"};
static const char *const kept_names[] = {"sr.dcm", "seg.dcm"};
enum { KEPT_COUNT = sizeof kept_names / sizeof *kept_names };

/* What is drawn, and where from. */
typedef struct {
    const StoreRecord *evaluated; /* the result */
    Value *result;                /* as the report shows it */
    const MessageSet *messages;
    ReportPictures pictures;
    const char *id, *time;
    long long version;
} Drawing;

static const StoreFile *file_of(const StoreRecord *record, const char *name)
{
    for (size_t i = 0; i < record->file_count; i++) {
        if (strcmp(record->files[i].name, name) == 0) {
            return &record->files[i];
        }
    }
    return NULL;
}

static bool check_impression(Call *call, const Value *impression)
{
    bool good = !impression ||
                (impression->kind == VALUE_LIST && impression->count > 0 && impression->count <= MOST_LINES);
    VALUE_EACH(line, impression)
    {
        const char *text = value_string(line);
        good = good && text && *text && strlen(text) <= MOST_LINE_BYTES;
    }
    return good || problem(call, 422, "\"impression\" must be a list of 1 to %d texts of at most %d bytes",
                           MOST_LINES, MOST_LINE_BYTES);
}

/* The body of a version from the body of the request: {language, impression?, signature?}. */
static Value *report_body(Call *call, const Value *tree)
{
    static const char *const keys[] = {"language", "impression", "signature", NULL};
    const Value *impression = value_get(tree, "impression"), *signature = value_get(tree, "signature");
    const char *name = value_text(signature, "name"), *language = value_text(tree, "language");
    char time[CLOCK_ISO_SIZE];
    if (!only_keys(call, tree, keys) || !check_impression(call, impression)) {
        return NULL;
    }
    if (signature && (!name || signature->count != 1 || !*name || strlen(name) > MOST_NAME_BYTES)) {
        (void)problem(call, 422, "\"signature\" must hold \"name\", of at most %d bytes, and nothing else",
                      MOST_NAME_BYTES);
        return NULL;
    }
    if (value_get(tree, "language") && !(language && is_language(language))) {
        (void)problem(call, 422, "\"language\" is the name of a language, such as en");
        return NULL;
    }
    Value *body = value_new_map(call->arena);
    value_set_string(body, "language", language ? language : "en");
    if (impression) {
        value_set_copy(body, "impression", impression);
    }
    if (signature) {
        clock_iso(time);
        Value *map = value_set_map(body, "signature");
        value_set_string(map, "name", name);
        value_set_string(map, "time", time);
    }
    return body;
}

/* The result as the report shows it: with the reader's impression and who signed. */
static Value *shown_result(const Value *result, const Value *body, long long version, Arena *arena)
{
    Value *shown = value_copy(arena, result);
    const Value *impression = value_get(body, "impression"), *signature = value_get(body, "signature");
    if (impression) {
        value_set_copy(shown, "impression", impression);
    }
    Value *report = value_set_map(shown, "report");
    value_set_integer(report, "version", version);
    value_set_bool(report, "edited", impression != NULL);
    if (signature) {
        value_set_string(report, "signed_by", value_text(signature, "name"));
        value_set_string(report, "signed_at", value_text(signature, "time"));
    }
    return shown;
}

/* The bundle of the evaluation, which knows the patient and the study, with this report in it. */
static bool draw_fhir(const Drawing *d, const Vocabulary *vocabulary, const Messages *messages,
                      const Text *pdf, Arena *arena, Text *out, DensError **err)
{
    const StoreFile *file = file_of(d->evaluated, "fhir.json");
    size_t length = 0;
    if (!file) {
        return report_fhir(d->result, vocabulary, NULL, messages->language, pdf, out, err);
    }
    char *bytes = file_read(file->path, MOST_FHIR_BYTES, &length, err);
    const Value *bundle = bytes ? json_parse(arena, bytes, length, "fhir.json", err) : NULL;
    free(bytes);
    return bundle && report_fhir_amend(bundle, d->result, messages->language, pdf, out, err);
}

static bool draw_document(const Drawing *d, const Text *pdf, Arena *arena, Text *out, DensError **err)
{
    const StoreFile *file = file_of(d->evaluated, "report.dcm");
    char uid[65];
    dicom_uid(arena_printf(arena, "dens report %s version %lld", d->id, d->version), uid);
    return !file || dicom_pdf_replace(file->path, pdf, uid, (unsigned)(d->version % UINT32_MAX) + 1, d->time,
                                      out, err);
}

static bool draw(const Serve *serve, const Drawing *d, Arena *arena, Text *out, DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(serve->engine->knowledge);
    const Messages *messages = messages_of(d->messages);
    const ReportOptions plain = {.width = 100};
    json_write(d->result, JSON_PRETTY, &out[OUT_RESULT]);
    return report_html(d->result, vocabulary, messages, &d->pictures, &out[OUT_HTML], err) &&
           report_pdf(d->result, vocabulary, messages, &d->pictures, &out[OUT_PDF], err) &&
           report_text(d->result, vocabulary, messages, plain, &out[OUT_TEXT], err) &&
           draw_fhir(d, vocabulary, messages, &out[OUT_PDF], arena, &out[OUT_FHIR], err) &&
           draw_document(d, &out[OUT_PDF], arena, &out[OUT_DOCUMENT], err);
}

/* Writes what was drawn into a folder and stores it with the files that are kept. */
static StorePut store_drawn(Call *call, const Drawing *d, const Text *texts, StoreRecord *record,
                            DensError **err)
{
    StorePut outcome = STORE_PUT_FAILED;
    const char *folder = spool_folder(call->serve, call->arena, err);
    bool good = folder != NULL;
    record->files = arena_array(call->arena, OUT_COUNT + KEPT_COUNT, sizeof *record->files);
    for (size_t i = 0; good && i < OUT_COUNT; i++) {
        const char *path = file_join(call->arena, folder, out_names[i]);
        if (texts[i].length > 0) {
            good = file_write(path, text_string(&texts[i]), texts[i].length, err);
            record->files[record->file_count++] = (StoreFile){.name = out_names[i], .path = path};
        }
    }
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        const StoreFile *file = file_of(d->evaluated, kept_names[i]);
        if (file) {
            record->files[record->file_count++] = *file;
        }
    }
    if (good) {
        outcome = store_put(call->serve->store, record, "http", call->arena, err);
    }
    if (folder) {
        remove_folder(folder);
    }
    return outcome;
}

static Value *report_tree(Arena *arena, const StoreRecord *record)
{
    static const char *const keys[] = {"language", "impression", "signature"};
    Value *tree = record_tree(arena, record);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (value_get(record->body, keys[i])) {
            value_set_copy(tree, keys[i], value_get(record->body, keys[i]));
        }
    }
    Value *files = value_set_list(tree, "files");
    for (size_t i = 0; i < record->file_count; i++) {
        value_add_string(files, record->files[i].name);
    }
    return tree;
}

/* Draws and stores a version of the report of this result; false after a problem. */
static bool make_report(Call *call, const char *id, long long version, const StoreRecord *result)
{
    DensError *error = NULL;
    char time[CLOCK_ISO_SIZE];
    const Value *tree = body_json(call);
    Value *body = tree ? report_body(call, tree) : NULL;
    if (!body) {
        return false;
    }
    clock_iso(time);
    AUTO(messages_auto)
    MessageSet *messages =
        messages_load(knowledge_folder(call->serve->engine->knowledge), value_text(body, "language"), &error);
    const StoreFile *pictures = file_of(result, REPORT_PICTURES_FILE);
    Drawing drawing = {.evaluated = result,
                       .result = shown_result(result->body, body, version, call->arena),
                       .messages = messages,
                       .id = id,
                       .time = time,
                       .version = version};
    StoreRecord record = {.kind = "report", .id = id, .of = result->id, .version = version, .body = body};
    Text texts[OUT_COUNT] = {TEXT_INIT};
    StorePut outcome = STORE_PUT_FAILED;
    if (messages &&
        (!pictures || report_read_pictures(pictures->path, call->arena, &drawing.pictures, &error)) &&
        draw(call->serve, &drawing, call->arena, texts, &error)) {
        outcome = store_drawn(call, &drawing, texts, &record, &error);
    }
    for (size_t i = 0; i < OUT_COUNT; i++) {
        text_clear(&texts[i]);
    }
    if (outcome == STORE_PUT_FAILED) {
        return problem_error(call, error);
    }
    if (outcome == STORE_PUT_CONFLICT) {
        return problem(call, 412, "the report was changed elsewhere since version %lld; nothing was stored",
                       version - 1);
    }
    add_etag(call, version);
    reply_json(call, version == 1 ? 201 : 200, report_tree(call->arena, &record));
    return true;
}

static void create_report(Call *call)
{
    StoreRecord result;
    char id[STORE_ID_SIZE];
    store_new_id(id);
    if (find_record(call, "result", call->parts[0], 0, &result) &&
        make_report(call, arena_strdup(call->arena, id), 1, &result)) {
        reply_location(call, "reports", id);
    }
}

static void put_report(Call *call)
{
    StoreRecord report, result;
    if (!find_record(call, "report", call->parts[0], 0, &report)) {
        return;
    }
    long long edited = read_match(call, &report);
    if (edited > 0 && find_record(call, "result", report.of, 0, &result)) {
        (void)make_report(call, call->parts[0], edited + 1, &result);
    }
}

static void list_reports(Call *call)
{
    StoreRecord result;
    if (find_record(call, "result", call->parts[0], 0, &result)) {
        reply_list(call, "report", NULL, result.id);
    }
}

static void get_report(Call *call)
{
    StoreRecord report;
    if (find_record(call, "report", call->parts[0], 0, &report)) {
        add_etag(call, report.version);
        reply_json(call, 200, report_tree(call->arena, &report));
    }
}

static void list_versions(Call *call)
{
    StoreRecord report;
    if (find_record(call, "report", call->parts[0], 0, &report)) {
        reply_list(call, "report", call->parts[0], NULL);
    }
}

static void get_version(Call *call)
{
    StoreRecord report;
    long long version = read_version(call);
    if (version > 0 && find_record(call, "report", call->parts[0], version, &report)) {
        reply_json(call, 200, report_tree(call->arena, &report));
    }
}

static void get_file(Call *call)
{
    StoreRecord report;
    if (find_record(call, "report", call->parts[0], 0, &report)) {
        reply_record_file(call, &report, call->parts[1]);
    }
}

static void get_version_file(Call *call)
{
    StoreRecord report;
    long long version = read_version(call);
    if (version > 0 && find_record(call, "report", call->parts[0], version, &report)) {
        reply_record_file(call, &report, call->parts[2]);
    }
}

const Route report_routes[] = {
    {"GET", "/results/{}/reports", INTAKE_NONE, true, list_reports},
    {"POST", "/results/{}/reports", INTAKE_JSON, true, create_report},
    {"GET", "/reports/{}", INTAKE_NONE, true, get_report},
    {"PUT", "/reports/{}", INTAKE_JSON, true, put_report},
    {"GET", "/reports/{}/versions", INTAKE_NONE, true, list_versions},
    {"GET", "/reports/{}/versions/{}", INTAKE_NONE, true, get_version},
    {"GET", "/reports/{}/files/{}", INTAKE_NONE, true, get_file},
    {"GET", "/reports/{}/versions/{}/files/{}", INTAKE_NONE, true, get_version_file},
    {0}};
