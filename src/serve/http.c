/* The adapter to libmicrohttpd. Its callback is called for one request several times: with the headers, with
 * each piece of the body, and once more at the end; an Exchange carries the state between these calls. */
#include "serve/http.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_CONNECTIONS = 64,
    HEADER_BYTES = 32 * 1024,
    IDLE_S = 30,
    LEAST_BYTES_PER_S = 16 * 1024,
    BACKLOG = 64,
    NAP_NS = 20000000
};

struct HttpServer {
    HttpApplication application;
    struct MHD_Daemon *daemon;
    unsigned port;
    atomic_bool stopping;
    atomic_int busy; /* requests between their first call and their end */
};

typedef struct {
    HttpRequest request;
    HttpIntake intake;
    HttpReply reply;
    Text body;
    int spool; /* -1: none */
    char *spool_path;
    uint64_t taken, dropped;
    unsigned refused; /* a status, or 0 */
    bool replied;
    double began_s;
} Exchange;

const char *http_header(const HttpRequest *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_query(const HttpRequest *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

void http_add_header(HttpReply *reply, const char *name, const char *value)
{
    if (reply->header_count < HTTP_MOST_HEADERS) {
        reply->headers[reply->header_count].name = name;
        reply->headers[reply->header_count++].value = value;
    }
}

static Exchange *exchange_new(struct MHD_Connection *connection, const char *path, const char *method)
{
    Exchange *e = memory_alloc(sizeof *e);
    Arena *arena = arena_new();
    e->request = (HttpRequest){.method = arena_strdup(arena, method),
                               .path = arena_strdup(arena, path),
                               .connection = connection,
                               .body = "",
                               .arena = arena};
    e->reply = (HttpReply){.status = MHD_HTTP_OK, .type = "application/json", .file = -1};
    e->spool = -1;
    e->began_s = clock_seconds();
    return e;
}

static void exchange_free(Exchange *e)
{
    if (e->spool >= 0) {
        (void)close(e->spool);
    }
    if (e->spool_path) {
        (void)unlink(e->spool_path);
    }
    if (e->reply.file >= 0) {
        (void)close(e->reply.file);
    }
    if (e->reply.stream.next) {
        e->reply.stream.end(e->reply.stream.context);
    }
    text_clear(&e->reply.body);
    text_clear(&e->body);
    arena_free(e->request.arena);
    free(e);
}

typedef struct {
    HttpServer *server;
    HttpStream stream;
    Text text;
    size_t sent;
} Pouring;

/* Each connection has a thread: waiting here holds up no other. */
static ssize_t pour(void *context, uint64_t position, char *out, size_t room)
{
    (void)position;
    Pouring *p = context;
    while (p->sent == p->text.length) {
        text_clear(&p->text);
        p->sent = 0;
        if (atomic_load(&p->server->stopping) || !p->stream.next(p->stream.context, &p->text)) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
    }
    size_t count = p->text.length - p->sent < room ? p->text.length - p->sent : room;
    memcpy(out, p->text.bytes + p->sent, count);
    p->sent += count;
    return (ssize_t)count;
}

static void pouring_free(void *context)
{
    Pouring *p = context;
    p->stream.end(p->stream.context);
    text_clear(&p->text);
    free(p);
}

static struct MHD_Response *response_of_stream(HttpServer *server, HttpReply *reply)
{
    enum { PIECE_BYTES = 4096 };
    Pouring *p = memory_alloc(sizeof *p);
    *p = (Pouring){.server = server, .stream = reply->stream};
    reply->stream = (HttpStream){0};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_BYTES, pour, p, pouring_free);
    if (!response) {
        pouring_free(p);
    }
    return response;
}

/* The response owns what it sends from here on. */
static struct MHD_Response *response_of(HttpServer *server, HttpReply *reply)
{
    struct stat about;
    if (reply->stream.next) {
        return response_of_stream(server, reply);
    }
    if (reply->file >= 0 && fstat(reply->file, &about) == 0) {
        struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)about.st_size, reply->file);
        if (response) {
            reply->file = -1;
        }
        return response;
    }
    size_t length = reply->body.length;
    char *bytes = text_take(&reply->body);
    struct MHD_Response *response = MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(bytes);
    }
    return response;
}

static bool has_own(const HttpReply *reply, const char *name)
{
    size_t i = 0;
    while (i < reply->header_count && strcasecmp(reply->headers[i].name, name) != 0) {
        i++;
    }
    return i < reply->header_count;
}

static enum MHD_Result send_reply(HttpServer *server, Exchange *e)
{
    e->replied = true;
    struct MHD_Response *response = response_of(server, &e->reply);
    if (!response) {
        return MHD_NO;
    }
    const char *const *common = server->application.headers;
    bool good = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, e->reply.type) == MHD_YES;
    for (size_t i = 0; common[i]; i += 2) {
        bool own = has_own(&e->reply, common[i]);
        good = (own || MHD_add_response_header(response, common[i], common[i + 1]) == MHD_YES) && good;
    }
    for (size_t i = 0; i < e->reply.header_count; i++) {
        good = MHD_add_response_header(response, e->reply.headers[i].name, e->reply.headers[i].value) ==
                   MHD_YES &&
               good;
    }
    enum MHD_Result result =
        good ? MHD_queue_response(e->request.connection, e->reply.status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static bool open_spool(Exchange *e)
{
    char *path = arena_printf(e->request.arena, "%s/upload-XXXXXX", e->intake.spool_folder);
    e->spool = mkostemp(path, O_CLOEXEC);
    if (e->spool >= 0) {
        e->spool_path = path;
    }
    return e->spool >= 0;
}

static bool write_spool(const Exchange *e, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(e->spool, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* False: the connection is ended, as its body is far too long or comes too slowly. */
static bool take_piece(Exchange *e, const char *bytes, size_t length)
{
    double waited_s = clock_seconds() - e->began_s;
    if (e->refused == 0 && e->taken + length > e->intake.most_bytes) {
        e->refused = MHD_HTTP_CONTENT_TOO_LARGE;
    }
    if (e->refused != 0) {
        e->dropped += length;
        return e->dropped <= e->intake.most_bytes;
    }
    e->taken += length;
    if (!e->intake.spool_folder) {
        text_add_bytes(&e->body, bytes, length);
    } else if (!write_spool(e, bytes, length)) {
        e->refused = MHD_HTTP_INSUFFICIENT_STORAGE;
    }
    return waited_s < IDLE_S || (double)e->taken / (waited_s - IDLE_S + 1) > LEAST_BYTES_PER_S;
}

static enum MHD_Result begin(HttpServer *server, struct MHD_Connection *connection, const char *path,
                             const char *method, void **state)
{
    const HttpApplication *application = &server->application;
    Exchange *e = exchange_new(connection, path, method);
    *state = e;
    (void)atomic_fetch_add(&server->busy, 1);
    if (!application->admit(application->context, &e->request, &e->intake, &e->reply)) {
        return send_reply(server, e);
    }
    const char *declared = http_header(&e->request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned status = 0;
    if (declared && strtoull(declared, NULL, 10) > e->intake.most_bytes) {
        status = MHD_HTTP_CONTENT_TOO_LARGE;
    } else if (e->intake.spool_folder && !open_spool(e)) {
        status = MHD_HTTP_INSUFFICIENT_STORAGE;
    }
    if (status != 0) {
        application->refuse(application->context, &e->request, status, &e->reply);
        return send_reply(server, e);
    }
    return MHD_YES;
}

static enum MHD_Result finish(HttpServer *server, Exchange *e)
{
    const HttpApplication *application = &server->application;
    if (e->refused != 0) {
        application->refuse(application->context, &e->request, e->refused, &e->reply);
        return send_reply(server, e);
    }
    e->request.body = text_string(&e->body);
    e->request.body_length = e->body.length;
    if (e->spool >= 0) {
        (void)close(e->spool); /* a fault of the disk was told by write() or will be by reading it back */
        e->spool = -1;
        e->request.body_file = e->spool_path;
        e->request.body_file_bytes = e->taken;
    }
    application->answer(application->context, &e->request, &e->reply);
    return send_reply(server, e);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_length, void **state)
{
    (void)version;
    HttpServer *server = context;
    if (!*state) {
        return begin(server, connection, path, method, state);
    }
    Exchange *e = *state;
    if (e->replied) { /* a daemon that stops takes a reply without sending it, and asks again */
        return MHD_NO;
    }
    if (*upload_length > 0) {
        bool good = take_piece(e, upload, *upload_length);
        *upload_length = 0;
        return good ? MHD_YES : MHD_NO;
    }
    return finish(server, e);
}

static void ended(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode how)
{
    (void)connection;
    (void)how;
    HttpServer *server = context;
    if (*state) {
        exchange_free(*state);
        *state = NULL;
        (void)atomic_fetch_sub(&server->busy, 1);
    }
}

static struct addrinfo *find_address(const char *address, const char *service)
{
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    return getaddrinfo(address, service, &wanted, &found) == 0 ? found : NULL;
}

bool http_is_loopback(const char *address)
{
    struct addrinfo *found = find_address(address, "0");
    bool loopback = false;
    if (found && found->ai_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)found->ai_addr;
        loopback = (ntohl(four->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    } else if (found && found->ai_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)found->ai_addr;
        loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    }
    if (found) {
        freeaddrinfo(found);
    }
    return loopback;
}

/* The addresses of both families have their port at the same place. */
static unsigned port_of(int socket_handle)
{
    struct sockaddr_in6 address = {0};
    socklen_t length = sizeof address;
    return getsockname(socket_handle, (struct sockaddr *)&address, &length) == 0 ? ntohs(address.sin6_port)
                                                                                 : 0;
}

/* A listening socket, or -1. */
static int listen_at(HttpServer *server, const char *address, unsigned port, DensError **err)
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    struct addrinfo *found = find_address(address, service);
    if (!found) {
        (void)error_set(err, DENS_ERROR_USAGE, "--bind",
                        "\"%s\" is no numeric address such as 127.0.0.1 or ::1", address);
        return -1;
    }
    int handle = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    bool good = handle >= 0 && setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                bind(handle, found->ai_addr, found->ai_addrlen) == 0 && listen(handle, BACKLOG) == 0;
    freeaddrinfo(found);
    if (!good) {
        (void)error_set(err, DENS_ERROR_USAGE, "--port", "%u at %s cannot be used: %s", port, address,
                        strerror(errno));
        if (handle >= 0) {
            (void)close(handle);
        }
        return -1;
    }
    server->port = port_of(handle);
    return handle;
}

HttpServer *http_start(const char *address, unsigned port, const HttpApplication *application,
                       DensError **err)
{
    HttpServer *server = memory_alloc(sizeof *server);
    server->application = *application;
    int listener = listen_at(server, address, port, err);
    if (listener < 0) {
        free(server);
        return NULL;
    }
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC, 0, NULL,
        NULL, handle, server, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, ended, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
    if (!server->daemon) {
        (void)error_set(err, DENS_ERROR_INTERNAL, "serve", "the HTTP server cannot be started: %s",
                        strerror(errno));
        (void)close(listener);
        free(server);
        return NULL;
    }
    return server;
}

unsigned http_port(const HttpServer *server)
{
    return server->port;
}

void http_stop(HttpServer *server, unsigned grace_s)
{
    if (!server) {
        return;
    }
    MHD_socket listener = MHD_quiesce_daemon(server->daemon);
    double until_s = clock_seconds() + grace_s;
    atomic_store(&server->stopping, true);
    while (atomic_load(&server->busy) > 0 && clock_seconds() < until_s) {
        (void)nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    MHD_stop_daemon(server->daemon);
    if (listener != MHD_INVALID_SOCKET) {
        (void)close(listener);
    }
    free(server);
}
