/* The hospital's archives: a study fetched from the DICOMweb server, DICOM objects of a result or a report
 * sent to it or to a peer by C-STORE. */
#include "serve/parts.h"

#include "base/child.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { SEND_SECONDS = 120, MOST_SENT = 8, MOST_KEY_BYTES = 64 };
static const char archive_name[] = "dicomweb";

static void list_receivers(Call *call)
{
    const Serve *serve = call->serve;
    Value *list = value_new_list(call->arena);
    for (size_t i = 0; i < serve->receiver_count; i++) {
        Value *map = value_add_map(list);
        value_set_string(map, "name", serve->receivers[i].name);
        value_set_string(map, "kind", "dicom");
    }
    if (serve->archive) {
        Value *map = value_add_map(list);
        value_set_string(map, "name", archive_name);
        value_set_string(map, "kind", "dicomweb");
    }
    reply_json(call, 200, list);
}

/* The DICOM objects of a record as links with names in a folder. */
static bool lay_out_objects(const StoreRecord *record, const char *folder, Arena *arena, const char **paths,
                            const char **names, size_t *out_count, DensError **err)
{
    *out_count = 0;
    for (size_t i = 0; i < record->file_count && *out_count < MOST_SENT; i++) {
        const char *name = record->files[i].name, *path = file_join(arena, folder, name);
        if (!file_has_suffix(name, ".dcm")) {
            continue;
        }
        if (!link_file(record->files[i].path, path, err)) {
            return false;
        }
        paths[*out_count] = path;
        names[(*out_count)++] = name;
    }
    return true;
}

/* One association in a process of its own, as the node does it. */
static bool send_by_child(const Serve *serve, const ServeReceiver *to, const char *folder,
                          const char *const *paths, size_t count, Arena *arena, DensError **err)
{
    const char *argv[18 + MOST_SENT + 1] = {
        serve->dimse, "send",     "--ae",         serve->ae, "--peer", to->ae,
        "--name",     "receiver", "--host",       to->host,  "--port", arena_printf(arena, "%u", to->port),
        "--folder",   folder,     "--evaluation", "1"};
    const ChildLimits limits = {.wall_seconds = SEND_SECONDS};
    ChildResult result;
    size_t used = 16;
    for (size_t i = 0; i < count; i++) {
        argv[used++] = paths[i];
    }
    if (!child_run(&result, argv, NULL, 0, &limits, err)) {
        return false;
    }
    bool good = result.exit_status == 0;
    if (!good && result.timed_out) {
        (void)error_input(err, to->name, "does not answer");
    } else if (!good) {
        const char *line = text_string(&result.errors), *words = strrchr(line, ':');
        size_t length = words ? strcspn(words, "\n") : 0;
        (void)error_input(err, to->name, "does not take the objects%.*s", (int)length, words ? words : "");
    }
    child_result_clear(&result);
    return good;
}

static bool send_objects(Call *call, const char *to, const char *folder, const char *const *paths,
                         size_t count)
{
    const Serve *serve = call->serve;
    DensError *error = NULL;
    const ServeReceiver *receiver = NULL;
    for (size_t i = 0; i < serve->receiver_count; i++) {
        receiver = strcmp(serve->receivers[i].name, to) == 0 ? &serve->receivers[i] : receiver;
    }
    bool good = receiver ? send_by_child(serve, receiver, folder, paths, count, call->arena, &error)
                         : archive_store(serve->archive, paths, count, &error);
    if (!good) {
        (void)problem(call, 502, "%s: %s", dens_error_where(error), dens_error_summary(error));
        dens_error_free(error);
    }
    return good;
}

static bool is_receiver(const Serve *serve, const char *name)
{
    bool found = serve->archive && strcmp(name, archive_name) == 0;
    for (size_t i = 0; i < serve->receiver_count; i++) {
        found = found || strcmp(serve->receivers[i].name, name) == 0;
    }
    return found;
}

static void send_record(Call *call, const char *kind)
{
    static const char *const keys[] = {"to", NULL};
    StoreRecord record;
    DensError *error = NULL;
    const char *paths[MOST_SENT], *names[MOST_SENT];
    size_t count = 0;
    const Value *tree = body_json(call);
    const char *to = value_text(tree, "to");
    if (!tree || !only_keys(call, tree, keys) || !find_record(call, kind, call->parts[0], 0, &record)) {
        return;
    }
    if (!to || !is_receiver(call->serve, to)) {
        (void)problem(call, 422, "\"to\" must be a receiver; GET " API "/receivers lists them");
        return;
    }
    const char *folder = spool_folder(call->serve, call->arena, &error);
    if (!folder || !lay_out_objects(&record, folder, call->arena, paths, names, &count, &error)) {
        (void)problem_error(call, error);
    } else if (count == 0) {
        (void)problem(call, 422, "there are no DICOM objects in it: the images were none of DICOM");
    } else if (send_objects(call, to, folder, paths, count)) {
        Value *reply = value_new_map(call->arena);
        value_set_string(reply, "to", to);
        Value *sent = value_set_list(reply, "sent");
        for (size_t i = 0; i < count; i++) {
            value_add_string(sent, names[i]);
        }
        reply_json(call, 200, reply);
    }
    if (folder) {
        remove_folder(folder);
    }
}

static void send_result(Call *call)
{
    send_record(call, "result");
}

static void send_report(Call *call)
{
    send_record(call, "report");
}

/* ?patient=…, ?accession=…, ?date=20260105 or 20260101-20260131, together or alone */
static void search_archive(Call *call)
{
    static const char *const names[] = {"patient", "accession", "date"};
    static const char *const keys[] = {"PatientID", "AccessionNumber", "StudyDate"};
    enum { COUNT = sizeof names / sizeof *names };
    const char *values[COUNT];
    DensError *error = NULL;
    bool any = false;
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = http_query(call->request, names[i]);
        if (values[i] && (!*values[i] || strlen(values[i]) > MOST_KEY_BYTES)) {
            (void)problem(call, 400, "\"%s\" must have 1 to %d characters", names[i], MOST_KEY_BYTES);
            return;
        }
        any = any || values[i];
    }
    if (!any) {
        (void)problem(call, 400, "a search wants patient, accession or date");
    } else if (!call->serve->archive) {
        (void)problem(call, 503, "this server knows no archive: it was started without --dicomweb");
    } else {
        const Value *found = archive_search(call->serve->archive, call->arena, keys, values, COUNT, &error);
        if (found) {
            reply_json(call, 200, found);
            return;
        }
        (void)problem(call, 502, "%s: %s", dens_error_where(error), dens_error_summary(error));
        dens_error_free(error);
    }
}

/* {"study": UID}, {"accession": …} or {"patient": …} */
static void import(Call *call)
{
    static const char *const keys[] = {"study", "accession", "patient", NULL};
    StoreRecord record;
    DensError *error = NULL;
    const Value *tree = body_json(call);
    if (!tree || !only_keys(call, tree, keys)) {
        return;
    }
    const char *value = tree->count == 1 ? value_string(tree->first) : NULL;
    if (!value || !*value || strlen(value) > MOST_KEY_BYTES) {
        (void)problem(call, 422, "the body must hold one of study, accession and patient, as a text");
    } else if (!call->serve->archive) {
        (void)problem(call, 503, "this server knows no archive: it was started without --dicomweb");
    } else if (!jobs_add(call->serve, "import", tree, call->arena, &record, &error)) {
        (void)problem_error(call, error);
    } else {
        reply_location(call, "jobs", record.id);
        reply_json(call, 202, jobs_tree(call->serve, &record, call->arena));
    }
}

const Route archive_routes[] = {{"GET", "/receivers", INTAKE_NONE, true, list_receivers},
                                {"POST", "/results/{}/send", INTAKE_JSON, true, send_result},
                                {"POST", "/reports/{}/send", INTAKE_JSON, true, send_report},
                                {"GET", "/archive/studies", INTAKE_NONE, false, search_archive},
                                {"POST", "/imports", INTAKE_JSON, true, import},
                                {0}};
