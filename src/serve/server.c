/* Starting, routing, who is let in, ending. */
#include "serve/parts.h"
#include "serve/quiz.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

enum { GRACE_S = 10 };
static const size_t shelf_bytes = (size_t)1 << 30;

/* Nothing from elsewhere, no script or style inside a page. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src "
    "'self'; "
    "worker-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static const char *const headers[] = {"Content-Security-Policy",
                                      policy,
                                      "X-Content-Type-Options",
                                      "nosniff",
                                      "Referrer-Policy",
                                      "no-referrer",
                                      "Cache-Control",
                                      "no-store",
                                      "Cross-Origin-Opener-Policy",
                                      "same-origin",
                                      "Cross-Origin-Resource-Policy",
                                      "same-origin",
                                      NULL};

static void about(Call *call)
{
    Value *tree = value_new_map(call->arena);
    value_set_string(tree, "software", "dens");
    value_set_string(tree, "version", DENS_VERSION);
    value_set_string(tree, "knowledge", knowledge_version(call->serve->engine->knowledge));
    value_set_bool(tree, "store", call->serve->store != NULL);
    value_set_integer(tree, "most_body_bytes", MOST_BODY_BYTES);
    value_set_integer(tree, "most_upload_bytes", (long long)MOST_UPLOAD_BYTES);
    reply_json(call, 200, tree);
}

static const Route about_routes[] = {{"GET", "/", INTAKE_NONE, false, about}, {0}};
static const Route *const tables[] = {
    about_routes,     archive_routes, case_routes,    drawing_routes, job_routes,
    knowledge_routes, lesion_routes,  picture_routes, quiz_routes,    report_routes,
    record_routes,    search_routes,  series_routes,  study_routes,
};

/* Does a path fit "/cases/{}/versions/{}"? What stands in the {} goes to `parts`. */
static bool fits(const char *pattern, const char *path, Arena *arena, const char **parts)
{
    size_t count = 0;
    while (*pattern && *path) {
        if (pattern[0] == '{') {
            size_t length = strcspn(path, "/");
            if (length == 0) {
                return false;
            }
            parts[count++] = arena_strndup(arena, path, length);
            path += length;
            pattern += 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

/* The route of a request; NULL with what is allowed at this path, or with nothing if there is no such path.
 */
static const Route *find_route(Call *call, Text *allowed)
{
    const char *path = call->request->path;
    if (strncmp(path, API, sizeof API - 1) != 0) {
        return NULL;
    }
    path += sizeof API - 1;
    path = *path ? path : "/";
    bool is_head = strcmp(call->request->method, "HEAD") == 0;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const Route *route = tables[t]; route->method; route++) {
            if (!fits(route->pattern, path, call->arena, call->parts)) {
                continue;
            }
            if (strcmp(route->method, is_head ? "GET" : call->request->method) == 0) {
                return route;
            }
            text_addf(allowed, "%s%s", allowed->length ? ", " : "", route->method);
        }
    }
    return NULL;
}

static bool same_secret(const char *given, const char *wanted)
{
    size_t length = strlen(wanted);
    unsigned char differs = strlen(given) != length;
    for (size_t i = 0; i < length && given[i]; i++) {
        differs |= (unsigned char)(given[i] ^ wanted[i]);
    }
    return !differs;
}

/* "127.0.0.1:8080" without its port is a name of this machine as it calls itself. */
static bool is_own_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(host, names[i], length) == 0 && (host[length] == '\0' || host[length] == ':')) {
            return true;
        }
    }
    return false;
}

/* Against pages of elsewhere: a name that was made to point here (DNS rebinding), and requests sent from
 * them. Where a token is asked for that is enough, as no browser adds it by itself; and behind a proxy the
 * names are others. */
static bool is_let_in(Call *call)
{
    const Serve *serve = call->serve;
    const char *host = http_header(call->request, "Host"), *origin = http_header(call->request, "Origin");
    const char *site = http_header(call->request, "Sec-Fetch-Site"),
               *given = http_header(call->request, "Authorization");
    if (!host || (!serve->token && !is_own_name(host))) {
        return problem(call, 403, "the Host of the request is no name of this server");
    }
    if (!serve->token && origin && strcmp(origin, arena_printf(call->arena, "http://%s", host)) != 0) {
        return problem(call, 403, "the request comes from a page of another origin");
    }
    if (!serve->token && site && strcmp(site, "cross-site") == 0) {
        return problem(call, 403, "the request comes from a page of another site");
    }
    if (serve->token && strncmp(call->request->path, API, sizeof API - 1) == 0 &&
        !(given && strncmp(given, "Bearer ", 7) == 0 && same_secret(given + 7, serve->token))) {
        http_add_header(call->reply, "WWW-Authenticate", "Bearer");
        return problem(call, 401, "this server wants the bearer token that it printed when it was started");
    }
    return true;
}

static bool has_type(const Call *call, const char *wanted)
{
    const char *type = http_header(call->request, "Content-Type");
    size_t length = strlen(wanted);
    return type && strncasecmp(type, wanted, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static bool take_in(Call *call, const Route *route, HttpIntake *intake)
{
    static const char *const types[] = {[INTAKE_JSON] = "application/json",
                                        [INTAKE_ZIP] = "application/zip",
                                        [INTAKE_BYTES] = "application/octet-stream"};
    if (route->needs_store && !call->serve->store) {
        return problem(call, 503, "this server keeps nothing: it was started without --store");
    }
    if (route->intake != INTAKE_NONE && !has_type(call, types[route->intake])) {
        return problem(call, 415, "the Content-Type must be %s", types[route->intake]);
    }
    bool upload = route->intake == INTAKE_ZIP || route->intake == INTAKE_BYTES;
    *intake = (HttpIntake){.most_bytes = upload                         ? MOST_UPLOAD_BYTES
                                         : route->intake == INTAKE_JSON ? MOST_BODY_BYTES
                                                                        : 0,
                           .spool_folder = upload ? call->serve->spool : NULL};
    return true;
}

static Call call_of(void *context, const HttpRequest *request, HttpReply *reply)
{
    return (Call){.serve = context, .request = request, .reply = reply, .arena = request->arena};
}

static bool is_page(const HttpRequest *request)
{
    return strncmp(request->path, API, sizeof API - 1) != 0;
}

static bool admit(void *context, const HttpRequest *request, HttpIntake *intake, HttpReply *reply)
{
    Call call = call_of(context, request, reply);
    if (!is_let_in(&call)) {
        return false;
    }
    if (is_page(request)) {
        return page_admit(&call);
    }
    AUTO_TEXT allowed = TEXT_INIT;
    const Route *route = find_route(&call, &allowed);
    if (!route && allowed.length > 0) {
        http_add_header(reply, "Allow", arena_strdup(call.arena, text_string(&allowed)));
        return problem(&call, 405, "here only %s is possible", text_string(&allowed));
    }
    return route ? take_in(&call, route, intake)
                 : problem(&call, 404,
                           "there is nothing of this name; schema/openapi.yaml tells what there is");
}

static void answer(void *context, const HttpRequest *request, HttpReply *reply)
{
    Call call = call_of(context, request, reply);
    if (is_page(request)) {
        page_answer(&call);
        return;
    }
    AUTO_TEXT allowed = TEXT_INIT;
    const Route *route = find_route(&call, &allowed);
    double began_s = clock_seconds();
    route->answer(&call);
    log_line(call.serve->log, LOG_INFO, "%s %s: %u after %.0f ms", route->method, route->pattern,
             reply->status, (clock_seconds() - began_s) * 1e3);
}

static void refuse(void *context, const HttpRequest *request, unsigned status, HttpReply *reply)
{
    Call call = call_of(context, request, reply);
    (void)problem(&call, status,
                  status == 413 ? "the body is too large"
                                : "the body cannot be kept: the disk is full or cannot be written");
}

static bool open_store(Serve *serve, const char *folder, DensError **err)
{
    if (!folder) {
        return true;
    }
    serve->store = store_open(folder, err);
    if (!serve->store) {
        return false;
    }
    serve->spool = file_join(serve->arena, folder, "tmp");
    serve->store_lock =
        open(file_join(serve->arena, folder, "serve.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (serve->store_lock < 0) {
        return error_set(err, DENS_ERROR_INTERNAL, folder, "cannot be locked: %s", strerror(errno));
    }
    return flock(serve->store_lock, LOCK_EX | LOCK_NB) == 0 ||
           error_set(err, DENS_ERROR_USAGE, folder, "another server works with this store");
}

/* A server that others reach has its token before the first request can come. */
static bool listen_there(Serve *serve, const ServeOptions *options, DensError **err)
{
    const HttpApplication application = {
        .context = serve, .admit = admit, .answer = answer, .refuse = refuse, .headers = headers};
    char token[SERVE_TOKEN_SIZE];
    store_new_id(token);
    bool made = !options->token && !http_is_loopback(options->address);
    serve->token = made ? arena_strdup(serve->arena, token) : options->token;
    serve->http = http_start(options->address, options->port, &application, err);
    if (!serve->http) {
        return false;
    }
    bool six = strchr(options->address, ':') != NULL;
    serve->url =
        arena_printf(serve->arena, "http://%s%s%s:%u/%s%s", six ? "[" : "", options->address, six ? "]" : "",
                     http_port(serve->http), made ? "#token=" : "", made ? serve->token : "");
    return true;
}

Serve *serve_start(const ServeOptions *options, DensError **err)
{
    Serve *serve = memory_alloc(sizeof *serve);
    serve->arena = arena_new();
    serve->log = options->log;
    serve->examples = options->examples;
    serve->receiver_count = options->receiver_count;
    serve->receivers = options->receivers;
    serve->ae = options->ae;
    serve->dimse = options->dimse;
    serve->store_lock = -1;
    serve->shelf = shelf_new(shelf_bytes);
    serve->quiz = quiz_new();
    bool good = (serve->engine = engine_load(options->knowledge, err)) != NULL &&
                (serve->whole = knowledge_load_whole(options->knowledge, err)) != NULL &&
                (serve->repeatability = repeatability_load(serve->engine->knowledge, err)) != NULL &&
                open_store(serve, options->store, err) &&
                (!options->dicomweb ||
                 (serve->archive = archive_new(options->dicomweb, options->log, err)) != NULL) &&
                (!serve->store || (serve->jobs = jobs_start(serve, err)) != NULL) &&
                listen_there(serve, options, err);
    if (!good) {
        serve_stop(serve);
        return NULL;
    }
    return serve;
}

const char *serve_url(const Serve *serve)
{
    return serve->url;
}

void serve_stop(Serve *serve)
{
    if (!serve) {
        return;
    }
    http_stop(serve->http, GRACE_S);
    jobs_stop(serve->jobs);
    shelf_free(serve->shelf);
    quiz_free(serve->quiz);
    archive_free(serve->archive);
    store_close(serve->store);
    if (serve->store_lock >= 0) {
        (void)close(serve->store_lock);
    }
    repeatability_free(serve->repeatability);
    knowledge_free(serve->whole);
    engine_free(serve->engine);
    arena_free(serve->arena);
    free(serve);
}
