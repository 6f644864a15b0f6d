/* Evaluations, one after the other in a thread of their own. A job is a record of the store (version 1: it
 * waits; the last version: done or failed), so a server that was stopped or killed takes up what its store
 * still has waiting. Its result has the job's id: a job that is done twice, as the server was killed between
 * the two writes, leaves one result. */
#include "serve/parts.h"

#include "base/file.h"
#include "base/memory.h"
#include "report/pictures.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Waiting Waiting;
struct Waiting {
    char id[STORE_ID_SIZE];
    Waiting *next;
};

struct Jobs {
    Serve *serve;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t woken;
    bool stopping;
    Waiting *first, *last;
    char running[STORE_ID_SIZE];
    bool cancelled; /* the running one */
    char what[128]; /* the step that the running job is at */
    size_t done, total;
};

static const char *const result_files[RESULT_FILES] = {
    "result.json", "case.json", "report.html", "report.pdf", "report.txt",
    "fhir.json",   "sr.dcm",    "seg.dcm",     "report.dcm", REPORT_PICTURES_FILE};

static void step(Progress *self, const char *what, size_t done, size_t total)
{
    Jobs *jobs = self->context;
    pthread_mutex_lock(&jobs->lock);
    (void)snprintf(jobs->what, sizeof jobs->what, "%s", what);
    jobs->done = done;
    jobs->total = total;
    pthread_mutex_unlock(&jobs->lock);
}

static bool is_cancelled(Progress *self)
{
    Jobs *jobs = self->context;
    pthread_mutex_lock(&jobs->lock);
    bool cancelled = jobs->cancelled;
    pthread_mutex_unlock(&jobs->lock);
    return cancelled;
}

static void enqueue(Jobs *jobs, const char *id)
{
    Waiting *waiting = memory_alloc(sizeof *waiting);
    (void)snprintf(waiting->id, sizeof waiting->id, "%s", id);
    pthread_mutex_lock(&jobs->lock);
    if (jobs->last) {
        jobs->last->next = waiting;
    } else {
        jobs->first = waiting;
    }
    jobs->last = waiting;
    pthread_cond_signal(&jobs->woken);
    pthread_mutex_unlock(&jobs->lock);
}

/* A mask of the store as a link with a name; its record in *out. */
static const char *lay_out_mask(Serve *serve, const char *id, const char *folder, const char *prefix,
                                Arena *arena, StoreRecord *out, DensError **err)
{
    bool found = false;
    if (!store_get(serve->store, "mask", id, 0, arena, out, &found, err)) {
        return NULL;
    }
    if (!found) {
        (void)error_input(err, "masks", "a mask is not in the store");
        return NULL;
    }
    const char *path = file_join(arena, folder, arena_printf(arena, "%s-%s", prefix, out->files[0].name));
    return link_file(out->files[0].path, path, err) ? path : NULL;
}

/* The masks of the request as [ROLE=]FILE, and its label map. */
static bool lay_out_masks(Serve *serve, const Value *request, const char *folder, Arena *arena,
                          StudyOptions *out, DensError **err)
{
    StoreRecord record;
    const Value *masks = value_get(request, "masks");
    const char **lesions = arena_array(arena, (masks ? masks->count : 0) + 1, sizeof *lesions);
    const char *labels = value_text(request, "labels");
    VALUE_EACH(mask, masks)
    {
        const char *prefix = arena_printf(arena, "mask-%zu", out->lesion_count);
        const char *path = lay_out_mask(serve, value_string(mask), folder, prefix, arena, &record, err);
        if (!path) {
            return false;
        }
        const char *role = value_text(record.body, "role");
        lesions[out->lesion_count++] = role ? arena_printf(arena, "%s=%s", role, path) : path;
    }
    out->lesions = lesions;
    out->scheme = value_text(request, "scheme");
    return !labels ||
           (out->labels = lay_out_mask(serve, labels, folder, "labels", arena, &record, err)) != NULL;
}

static void take_references(const Value *references, Arena *arena, StudyOptions *out)
{
    const char **texts = arena_array(arena, (references ? references->count : 0) + 1, sizeof *texts);
    VALUE_EACH(reference, references)
    {
        texts[out->reference_count++] = value_string(reference);
    }
    out->references = texts;
}

static Case *case_of(const Serve *serve, const Value *request, Arena *arena, DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(serve->engine->knowledge);
    const Value *tree = value_get(request, "case");
    return tree ? case_from_value(tree, "the case", vocabulary, value_new_list(arena), err)
                : case_new(vocabulary);
}

/* As `dens evaluate` does it; the report set goes into `out`. */
static const Value *evaluate_into(Serve *serve, const Value *request, const StudyOptions *of, const char *out,
                                  Arena *arena, DensError **err)
{
    const char *prior = value_text(request, "prior"), *language = value_text(request, "language");
    ReportPictures pictures = {0};
    AUTO(study_objects_clear) StudyObjects objects = {0};
    MeasurementList measurements;
    measurements_init(&measurements, arena);
    Progress progress = {.step = step, .context = serve->jobs, .stopped = is_cancelled};
    Value *inputs = value_new_list(arena), *not_written = value_new_list(arena);
    ResultOptions wanted = {.rival = -1,
                            .command = "dens serve: evaluate",
                            .measurements = &measurements,
                            .inputs = inputs,
                            .not_written = not_written};
    StudyOptions study = *of;
    study.pictures = &pictures;
    study.picture_arena = arena;
    study.objects = &objects;
    AUTO(messages_auto)
    MessageSet *messages =
        messages_load(knowledge_folder(serve->engine->knowledge), language ? language : "en", err);
    AUTO(case_auto) Case *c = messages ? case_of(serve, request, arena, err) : NULL;
    if (!c || !(wanted.prior = engine_prior(serve->engine, prior ? prior : "clinic", err)) ||
        !evaluate_study(serve->engine, &study, c, &measurements, inputs, serve->log, &progress, err)) {
        return NULL;
    }
    study_objects_not_written(&objects, not_written);
    const Value *result = evaluate_case(serve->engine, c, &wanted, arena);
    return evaluate_write(serve->engine, c, result, messages_of(messages), &pictures, true, &objects, out,
                          err)
               ? result
               : NULL;
}

size_t find_result_files(const char *folder, Arena *arena, StoreFile out[RESULT_FILES])
{
    size_t count = 0;
    for (size_t i = 0; i < RESULT_FILES; i++) {
        const char *path = file_join(arena, folder, result_files[i]);
        if (file_kind(path) == FILE_REGULAR) {
            out[count++] = (StoreFile){.name = result_files[i], .path = path};
        }
    }
    return count;
}

static bool store_result(Serve *serve, const StoreRecord *job, const char *study, const Value *result,
                         const char *folder, Arena *arena, DensError **err)
{
    StoreFile files[RESULT_FILES];
    StoreRecord record = {.kind = "result",
                          .id = job->id,
                          .of = study,
                          .version = 1,
                          .body = value_copy(arena, result),
                          .files = files,
                          .file_count = find_result_files(folder, arena, files)};
    /* a conflict: an earlier server stored it and was killed before it could say so */
    return store_put(serve->store, &record, "job", arena, err) != STORE_PUT_FAILED;
}

/* The study of a request laid out in a new folder, with its masks and references. The caller removes the
 * folder. */
static bool lay_out_request(Serve *serve, const Value *request, Arena *arena, const char **out_folder,
                            StudyOptions *out, DensError **err)
{
    StoreRecord study;
    bool found = false;
    const char **inputs = NULL;
    if (!store_get(serve->store, "study", value_text(request, "study"), 0, arena, &study, &found, err)) {
        return false;
    }
    if (!found) {
        return error_input(err, "study", "is not in the store");
    }
    if (!lay_out_study(serve, &study, arena, out_folder, &inputs, &out->input_count, err)) {
        return false;
    }
    out->inputs = inputs;
    out->role_count = study_roles(&study, arena, &out->roles);
    take_references(value_get(request, "references"), arena, out);
    bool good = lay_out_masks(serve, request, *out_folder, arena, out, err);
    if (!good) {
        remove_folder(*out_folder);
    }
    return good;
}

static bool evaluate(Serve *serve, const StoreRecord *job, Arena *arena, DensError **err)
{
    const Value *request = value_get(job->body, "request");
    const char *folder = NULL;
    StudyOptions options = {0};
    if (!lay_out_request(serve, request, arena, &folder, &options, err)) {
        return false;
    }
    const char *out = file_join(arena, folder, "out");
    const Value *result = evaluate_into(serve, request, &options, out, arena, err);
    bool good = result && store_result(serve, job, value_text(request, "study"), result, out, arena, err);
    remove_folder(folder);
    return good;
}

bool jobs_measure(Serve *serve, const Value *request, Arena *arena, Value *out, DensError **err)
{
    const char *folder = NULL;
    StudyOptions options = {0};
    MeasurementList measurements;
    measurements_init(&measurements, arena);
    if (!lay_out_request(serve, request, arena, &folder, &options, err)) {
        return false;
    }
    AUTO(case_auto) Case *c = case_new(knowledge_vocabulary(serve->engine->knowledge));
    bool good = evaluate_study(serve->engine, &options, c, &measurements, value_set_list(out, "inputs"),
                               serve->log, NULL, err);
    measurements_to_value(&measurements, out, "measurements");
    remove_folder(folder);
    return good;
}

static bool is_import(const StoreRecord *job)
{
    const char *kind = value_text(job->body, "kind");
    return kind && strcmp(kind, "import") == 0;
}

/* A study from the archive. Its id is the job's, so that a job that is done twice leaves one. */
static bool import(Serve *serve, const StoreRecord *job, Arena *arena, DensError **err)
{
    static const char *const keys[][2] = {
        {"study", "StudyInstanceUID"}, {"accession", "AccessionNumber"}, {"patient", "PatientID"}};
    const Value *asked = value_get(job->body, "request")->first;
    const char *key = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        key = strcmp(asked->key, keys[i][0]) == 0 ? keys[i][1] : key;
    }
    if (!key) {
        return error_input(err, "the job", "asks for nothing that is known");
    }
    if (!serve->archive) {
        return error_input(err, "the archive", "is not known: the server was started without --dicomweb");
    }
    StoreRecord study = {.kind = "study", .id = job->id, .version = 1};
    const char *folder = spool_folder(serve, arena, err),
               *dicom = folder ? file_join(arena, folder, "dicom") : NULL;
    bool good = folder && file_make_folder(dicom, err) &&
                archive_fetch(serve->archive, key, value_string(asked), dicom, err) &&
                keep_study(serve, folder, "archive", &study, arena, err) != STORE_PUT_FAILED;
    if (folder) {
        remove_folder(folder);
    }
    return good;
}

/* Stores how the job ended: done, or with an error failed or cancelled. A fault of the store here is told in
 * the log; the job is then done again by the next server. */
static void settle(Serve *serve, StoreRecord *job, const DensError *error, Arena *arena)
{
    DensError *fault = NULL;
    Value *body = value_copy(arena, job->body);
    bool cancelled = error && is_cancelled(&(Progress){.context = serve->jobs});
    value_set_string(body, "state", cancelled ? "cancelled" : error ? "failed" : "done");
    if (error && !cancelled) {
        value_set_copy(body, "problem", problem_tree_of(arena, error));
    } else if (!error) {
        value_set_string(body, is_import(job) ? "study" : "result", job->id);
    }
    job->body = body;
    job->version++;
    job->file_count = 0;
    if (store_put(serve->store, job, "job", arena, &fault) == STORE_PUT_FAILED) {
        log_error(serve->log, fault);
        dens_error_free(fault);
    }
}

static bool waits(const StoreRecord *record)
{
    const char *state = value_text(record->body, "state");
    return state && strcmp(state, "queued") == 0;
}

static void work_on(Serve *serve, const char *id)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *error = NULL;
    StoreRecord job;
    bool found = false;
    if (!store_get(serve->store, "job", id, 0, arena, &job, &found, &error)) {
        log_error(serve->log, error);
    } else if (found && waits(&job)) {
        bool good =
            is_import(&job) ? import(serve, &job, arena, &error) : evaluate(serve, &job, arena, &error);
        settle(serve, &job, good ? NULL : error, arena);
    }
}

static void *work(void *context)
{
    Jobs *jobs = context;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->stopping) {
        Waiting *waiting = jobs->first;
        if (!waiting) {
            pthread_cond_wait(&jobs->woken, &jobs->lock);
            continue;
        }
        jobs->first = waiting->next;
        jobs->last = jobs->first ? jobs->last : NULL;
        (void)snprintf(jobs->running, sizeof jobs->running, "%s", waiting->id);
        (void)snprintf(jobs->what, sizeof jobs->what, "begun");
        jobs->cancelled = false;
        jobs->done = jobs->total = 0;
        pthread_mutex_unlock(&jobs->lock);
        work_on(jobs->serve, waiting->id);
        free(waiting);
        pthread_mutex_lock(&jobs->lock);
        jobs->running[0] = '\0';
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

/* What an earlier server left waiting, oldest first: of all jobs, however many ended since. */
static bool take_up(Jobs *jobs, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    StoreRecord *records = NULL;
    size_t count = 0;
    if (!store_list(jobs->serve->store, "job", NULL, NULL, SIZE_MAX, arena, &records, &count, err)) {
        return false;
    }
    for (size_t i = count; i > 0; i--) {
        if (records[i - 1].version == 1) {
            enqueue(jobs, records[i - 1].id);
        }
    }
    return true;
}

Jobs *jobs_start(Serve *serve, DensError **err)
{
    Jobs *jobs = memory_alloc(sizeof *jobs);
    serve->jobs = jobs; /* the thread's progress goes there */
    jobs->serve = serve;
    (void)pthread_mutex_init(&jobs->lock, NULL);
    (void)pthread_cond_init(&jobs->woken, NULL);
    bool good = take_up(jobs, err);
    if (good) {
        jobs->has_thread = pthread_create(&jobs->thread, NULL, work, jobs) == 0;
        good = jobs->has_thread ||
               error_set(err, DENS_ERROR_INTERNAL, "serve", "no thread can be started for the jobs");
    }
    if (!good) {
        jobs_stop(jobs);
        serve->jobs = NULL;
        return NULL;
    }
    return jobs;
}

void jobs_stop(Jobs *jobs)
{
    if (!jobs) {
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    pthread_cond_signal(&jobs->woken);
    pthread_mutex_unlock(&jobs->lock);
    if (jobs->has_thread) {
        (void)pthread_join(jobs->thread, NULL);
    }
    while (jobs->first) {
        Waiting *next = jobs->first->next;
        free(jobs->first);
        jobs->first = next;
    }
    (void)pthread_cond_destroy(&jobs->woken);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

bool jobs_add(Serve *serve, const char *kind, const Value *request, Arena *arena, StoreRecord *out,
              DensError **err)
{
    char id[STORE_ID_SIZE];
    store_new_id(id);
    Value *body = value_new_map(arena);
    value_set_string(body, "kind", kind);
    value_set_string(body, "state", "queued");
    value_set_copy(body, "request", request);
    *out = (StoreRecord){.kind = "job",
                         .id = arena_strdup(arena, id),
                         .of = strcmp(kind, "evaluate") == 0 ? value_text(request, "study") : "",
                         .version = 1,
                         .body = body};
    if (store_put(serve->store, out, "http", arena, err) != STORE_PUT_DONE) {
        return false;
    }
    enqueue(serve->jobs, id);
    return true;
}

bool jobs_cancel(Serve *serve, StoreRecord *job, Arena *arena, bool *out_ended, DensError **err)
{
    Jobs *jobs = serve->jobs;
    pthread_mutex_lock(&jobs->lock);
    bool runs = strcmp(jobs->running, job->id) == 0;
    jobs->cancelled = jobs->cancelled || runs;
    pthread_mutex_unlock(&jobs->lock);
    *out_ended = !runs && !waits(job);
    if (runs || *out_ended) {
        return true;
    }
    Value *body = value_copy(arena, job->body);
    value_set_string(body, "state", "cancelled");
    job->body = body;
    job->version++;
    job->file_count = 0;
    StorePut outcome = store_put(serve->store, job, "http", arena, err);
    pthread_mutex_lock(&jobs->lock);
    jobs->cancelled = jobs->cancelled || strcmp(jobs->running, job->id) == 0; /* begun in this moment */
    pthread_mutex_unlock(&jobs->lock);
    *out_ended = outcome == STORE_PUT_CONFLICT; /* in this moment */
    return outcome != STORE_PUT_FAILED;
}

Value *jobs_tree(Serve *serve, const StoreRecord *record, Arena *arena)
{
    static const char *const keys[] = {"kind", "state", "result", "study", "problem"};
    Jobs *jobs = serve->jobs;
    Value *tree = value_new_map(arena);
    value_set_string(tree, "id", record->id);
    value_set_string(tree, "time", record->time);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (value_get(record->body, keys[i])) {
            value_set_copy(tree, keys[i], value_get(record->body, keys[i]));
        }
    }
    pthread_mutex_lock(&jobs->lock);
    if (waits(record) && strcmp(jobs->running, record->id) == 0) {
        value_set_string(tree, "state", "running");
        value_set_bool(tree, "cancelling", jobs->cancelled);
        Value *progress = value_set_map(tree, "progress");
        value_set_string(progress, "what", jobs->what);
        value_set_integer(progress, "done", (long long)jobs->done);
        value_set_integer(progress, "total", (long long)jobs->total);
    }
    pthread_mutex_unlock(&jobs->lock);
    return tree;
}
