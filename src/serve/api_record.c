/* What the store keeps: cases in all versions, results with their files, masks, jobs. */
#include "report/pictures.h"
#include "serve/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void add_etag(Call *call, long long version)
{
    http_add_header(call->reply, "ETag", arena_printf(call->arena, "\"%lld\"", version));
}

static void list_cases(Call *call)
{
    reply_list(call, "case", NULL, NULL);
}

/* Stores the body as this version; a conflict is `conflict` with its words. */
static bool store_case(Call *call, const char *id, long long version)
{
    const Value *tree = body_json(call);
    AUTO(case_auto) Case *c = tree ? body_case(call, tree) : NULL;
    if (!c) {
        return false;
    }
    DensError *error = NULL;
    StoreRecord record = {
        .kind = "case", .id = id, .version = version, .body = value_copy(call->arena, tree)};
    StorePut outcome = store_put(call->serve->store, &record, "http", call->arena, &error);
    if (outcome == STORE_PUT_FAILED) {
        return problem_error(call, error);
    }
    if (outcome == STORE_PUT_CONFLICT) {
        StoreRecord newest;
        return find_record(call, "case", id, 0, &newest) &&
               problem(call, 412,
                       "the case was changed elsewhere: version %lld was edited, version %lld of %s is the "
                       "newest; nothing was stored",
                       version - 1, newest.version, newest.time);
    }
    add_etag(call, version);
    reply_json(call, version == 1 ? 201 : 200, record_tree(call->arena, &record));
    return true;
}

static void create_case(Call *call)
{
    char id[STORE_ID_SIZE];
    store_new_id(id);
    if (store_case(call, arena_strdup(call->arena, id), 1)) {
        reply_location(call, "cases", id);
    }
}

static void get_case(Call *call)
{
    StoreRecord record;
    if (find_record(call, "case", call->parts[0], 0, &record)) {
        add_etag(call, record.version);
        reply_json(call, 200, record.body);
    }
}

long long read_match(Call *call, const StoreRecord *record)
{
    const char *match = http_header(call->request, "If-Match");
    if (!match) {
        (void)problem(call, 428, "If-Match is missing: it holds the ETag of the version that was edited");
        return 0;
    }
    char *end = NULL;
    long long edited = match[0] == '"' ? strtoll(match + 1, &end, 10) : 0;
    if (!end || strcmp(end, "\"") != 0 || edited < 1 || edited > record->version) {
        (void)problem(call, 412, "If-Match holds no version of this %s", record->kind);
        return 0;
    }
    return edited;
}

static void put_case(Call *call)
{
    StoreRecord record;
    if (find_record(call, "case", call->parts[0], 0, &record)) {
        long long edited = read_match(call, &record);
        if (edited > 0) {
            (void)store_case(call, call->parts[0], edited + 1);
        }
    }
}

static void list_case_versions(Call *call)
{
    StoreRecord record;
    if (find_record(call, "case", call->parts[0], 0, &record)) {
        reply_list(call, "case", call->parts[0], NULL);
    }
}

long long read_version(Call *call)
{
    char *end = NULL;
    errno = 0;
    long long version = strtoll(call->parts[1], &end, 10);
    if (*end || errno || version < 1) {
        (void)problem(call, 404, "a version is a number from 1");
        return 0;
    }
    return version;
}

static void get_case_version(Call *call)
{
    StoreRecord record;
    long long version = read_version(call);
    if (version > 0 && find_record(call, "case", call->parts[0], version, &record)) {
        reply_json(call, 200, record.body);
    }
}

static void list_results(Call *call)
{
    reply_list(call, "result", NULL, NULL);
}

static void get_result(Call *call)
{
    StoreRecord record;
    if (find_record(call, "result", call->parts[0], 0, &record)) {
        reply_json(call, 200, record.body);
    }
}

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {{".json", "application/json"},
                                           {".html", "text/html; charset=utf-8"},
                                           {".pdf", "application/pdf"},
                                           {".txt", "text/plain; charset=utf-8"},
                                           {".dcm", "application/dicom"}};
    const char *suffix = strrchr(name, '.');
    for (size_t i = 0; suffix && i < sizeof types / sizeof *types; i++) {
        if (strcmp(suffix, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}

void reply_record_file(Call *call, const StoreRecord *record, const char *name)
{
    for (size_t i = 0; i < record->file_count; i++) {
        if (strcmp(record->files[i].name, name) == 0 && strcmp(name, REPORT_PICTURES_FILE) != 0) {
            http_add_header(call->reply, "Content-Disposition",
                            arena_printf(call->arena, "attachment; filename=\"%s\"", record->files[i].name));
            reply_file(call, record->files[i].path, type_of(record->files[i].name));
            return;
        }
    }
    (void)problem(call, 404, "this %s has no such file", record->kind);
}

static void get_result_file(Call *call)
{
    StoreRecord record;
    if (find_record(call, "result", call->parts[0], 0, &record)) {
        reply_record_file(call, &record, call->parts[1]);
    }
}

static void list_masks(Call *call)
{
    StoreRecord record;
    if (find_record(call, "study", call->parts[0], 0, &record)) {
        reply_list(call, "mask", NULL, record.id);
    }
}

static void get_mask(Call *call)
{
    StoreRecord record;
    if (find_record(call, "mask", call->parts[0], 0, &record)) {
        http_add_header(call->reply, "Content-Disposition",
                        arena_printf(call->arena, "attachment; filename=\"%s\"", record.files[0].name));
        reply_file(call, record.files[0].path, "application/octet-stream");
    }
}

bool check_mask(Call *call, const Value *mask, const char *study)
{
    StoreRecord record;
    const char *id = value_string(mask);
    if (!id) {
        return problem(call, 422, "\"masks\" must be a list of ids, and \"labels\" an id");
    }
    return find_record(call, "mask", id, 0, &record) &&
           (strcmp(record.of, study) == 0 || problem(call, 422, "a mask of another study was named"));
}

static bool check_masks(Call *call, const Value *tree, const char *study)
{
    const Value *masks = value_get(tree, "masks"), *labels = value_get(tree, "labels");
    if (masks && masks->kind != VALUE_LIST) {
        return problem(call, 422, "\"masks\" must be a list of ids, and \"labels\" an id");
    }
    VALUE_EACH(mask, masks)
    {
        if (!check_mask(call, mask, study)) {
            return false;
        }
    }
    return !labels || check_mask(call, labels, study);
}

static const char *const evaluation_keys[] = {"study", "masks", "labels",   "scheme", "references",
                                              "case",  "prior", "language", NULL};
static const char *const measure_keys[] = {"study", "masks", "labels", "scheme", "references", NULL};

static bool check_evaluation(Call *call, const Value *tree, const char *const *keys)
{
    StoreRecord study;
    const char *id = value_text(tree, "study"), *prior = value_text(tree, "prior");
    if (!only_keys(call, tree, keys)) {
        return false;
    }
    if (!id) {
        return problem(call, 422, "\"study\" must be the id of a study");
    }
    const Value *references = value_get(tree, "references"), *c = value_get(tree, "case");
    VALUE_EACH(reference, references)
    {
        if (!value_string(reference)) {
            return problem(call, 422, "\"references\" must be a list of texts TISSUE=x,y,z,r");
        }
    }
    DensError *error = NULL;
    if ((prior && strchr(prior, '.')) ||
        !engine_prior(call->serve->engine, prior ? prior : "clinic", &error)) {
        return error ? problem_error(call, error)
                     : problem(call, 422, "\"prior\" must be the name of a prior");
    }
    AUTO(case_auto) Case *read = c ? body_case(call, c) : NULL;
    return (!c || read) && find_record(call, "study", id, 0, &study) && check_masks(call, tree, id);
}

/* What an evaluation would measure, without the rest. */
static void measure(Call *call)
{
    DensError *error = NULL;
    const Value *tree = body_json(call);
    Value *reply = value_new_map(call->arena);
    if (!tree || !check_evaluation(call, tree, measure_keys)) {
        return;
    }
    if (jobs_measure(call->serve, tree, call->arena, reply, &error)) {
        reply_json(call, 200, reply);
    } else {
        (void)problem_error(call, error);
    }
}

static void evaluate(Call *call)
{
    StoreRecord record;
    DensError *error = NULL;
    const Value *tree = body_json(call);
    if (!tree || !check_evaluation(call, tree, evaluation_keys)) {
        return;
    }
    if (!jobs_add(call->serve, "evaluate", tree, call->arena, &record, &error)) {
        (void)problem_error(call, error);
        return;
    }
    reply_location(call, "jobs", record.id);
    reply_json(call, 202, jobs_tree(call->serve, &record, call->arena));
}

const Route record_routes[] = {{"GET", "/cases", INTAKE_NONE, true, list_cases},
                               {"POST", "/cases", INTAKE_JSON, true, create_case},
                               {"GET", "/cases/{}", INTAKE_NONE, true, get_case},
                               {"PUT", "/cases/{}", INTAKE_JSON, true, put_case},
                               {"GET", "/cases/{}/versions", INTAKE_NONE, true, list_case_versions},
                               {"GET", "/cases/{}/versions/{}", INTAKE_NONE, true, get_case_version},
                               {"GET", "/results", INTAKE_NONE, true, list_results},
                               {"GET", "/results/{}", INTAKE_NONE, true, get_result},
                               {"GET", "/results/{}/{}", INTAKE_NONE, true, get_result_file},
                               {"GET", "/studies/{}/masks", INTAKE_NONE, true, list_masks},
                               {"GET", "/masks/{}", INTAKE_NONE, true, get_mask},
                               {"POST", "/measure", INTAKE_JSON, true, measure},
                               {"POST", "/evaluate", INTAKE_JSON, true, evaluate},
                               {0}};
