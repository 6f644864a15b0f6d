/* Jobs as the API shows them: how far one is, once or as events while it goes on, and an end to it. */
#include "serve/parts.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_NS = 100000000, LOOKS = 10 };
/* A connection that nothing is sent on is not known to be alive. */
static const double silence_s = 10;

static void list_jobs(Call *call)
{
    reply_list(call, "job", NULL, NULL);
}

static void get_job(Call *call)
{
    StoreRecord record;
    if (find_record(call, "job", call->parts[0], 0, &record)) {
        reply_json(call, 200, jobs_tree(call->serve, &record, call->arena));
    }
}

static void delete_job(Call *call)
{
    StoreRecord record;
    DensError *error = NULL;
    bool ended = false;
    if (!find_record(call, "job", call->parts[0], 0, &record)) {
        return;
    }
    if (!jobs_cancel(call->serve, &record, call->arena, &ended, &error)) {
        (void)problem_error(call, error);
    } else if (ended) {
        (void)problem(call, 409, "the job has ended already");
    } else {
        reply_json(call, 200, jobs_tree(call->serve, &record, call->arena));
    }
}

typedef struct {
    Serve *serve;
    char id[STORE_ID_SIZE];
    char *told; /* the last event */
    double told_s;
    bool over;
} Watching;

/* The job as it is now, as JSON; false if it cannot be read. */
static bool look(Watching *w, Text *out, bool *out_over)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *error = NULL;
    StoreRecord record;
    bool found = false;
    if (!store_get(w->serve->store, "job", w->id, 0, arena, &record, &found, &error) || !found) {
        return false;
    }
    const Value *tree = jobs_tree(w->serve, &record, arena);
    const char *state = value_text(tree, "state");
    json_write(tree, JSON_COMPACT, out);
    *out_over = strcmp(state, "queued") != 0 && strcmp(state, "running") != 0;
    return true;
}

static bool next_event(void *context, Text *out)
{
    Watching *w = context;
    for (size_t i = 0; i < LOOKS && !w->over; i++) {
        AUTO_TEXT now = TEXT_INIT;
        if (!look(w, &now, &w->over)) {
            return false;
        }
        if (!w->told || strcmp(w->told, text_string(&now)) != 0) {
            text_addf(out, "event: job\ndata: %s\n\n", text_string(&now));
            free(w->told);
            w->told = text_take(&now);
            w->told_s = clock_seconds();
            return true;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    if (!w->over && clock_seconds() - w->told_s > silence_s) {
        text_add(out, ": still there\n\n");
        w->told_s = clock_seconds();
    }
    return !w->over;
}

static void end_watching(void *context)
{
    Watching *w = context;
    free(w->told);
    free(w);
}

static void get_events(Call *call)
{
    StoreRecord record;
    if (!find_record(call, "job", call->parts[0], 0, &record)) {
        return;
    }
    Watching *w = memory_alloc(sizeof *w);
    *w = (Watching){.serve = call->serve, .told_s = clock_seconds()};
    (void)snprintf(w->id, sizeof w->id, "%s", record.id);
    call->reply->type = "text/event-stream";
    call->reply->stream = (HttpStream){.next = next_event, .end = end_watching, .context = w};
}

const Route job_routes[] = {{"GET", "/jobs", INTAKE_NONE, true, list_jobs},
                            {"GET", "/jobs/{}", INTAKE_NONE, true, get_job},
                            {"DELETE", "/jobs/{}", INTAKE_NONE, true, delete_job},
                            {"GET", "/jobs/{}/events", INTAKE_NONE, true, get_events},
                            {0}};
