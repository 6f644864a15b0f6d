/* An HTTP/1.1 server over plain functions; http.c is the only file that names libmicrohttpd. It knows nothing
 * of what is served. Each connection has a thread; a request is given to the application when its headers are
 * there (admit) and when its body is (answer). Limits: 64 connections, 32 KiB of headers, 30 s without a
 * byte, and a body that comes slower than 16 KiB a second beyond its first 30 s. */
#ifndef DENS_SERVE_HTTP_H
#define DENS_SERVE_HTTP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_MOST_HEADERS = 8 };

/* Where the body goes: into memory, or into a file of this folder. */
typedef struct {
    uint64_t most_bytes;
    const char *spool_folder; /* NULL: memory */
} HttpIntake;

typedef struct {
    const char *method, *path;
    void *connection; /* for http_header() and http_query() */
    const char *body; /* NUL-terminated; "" without one */
    size_t body_length;
    const char *body_file; /* when spooled; it is removed after the answer */
    uint64_t body_file_bytes;
    Arena *arena; /* of this request */
} HttpRequest;

/* A body that comes in pieces as they are made. `next` waits at most a second and adds what there is to send,
 * which may be nothing; false: there is no more. */
typedef struct {
    bool (*next)(void *context, Text *out);
    void (*end)(void *context); /* frees the context */
    void *context;
} HttpStream;

typedef struct {
    unsigned status;
    const char *type; /* of the body */
    Text body;
    int file; /* a descriptor whose content is sent instead of the body, closed afterwards; -1: none */
    HttpStream stream; /* with `next`: sent instead of the body */
    size_t header_count;
    struct {
        const char *name, *value; /* borrowed until the reply is sent */
    } headers[HTTP_MOST_HEADERS];
} HttpReply;

typedef struct {
    void *context;
    /* The headers are there. False: the reply is sent and the body is not read. */
    bool (*admit)(void *context, const HttpRequest *request, HttpIntake *intake, HttpReply *reply);
    void (*answer)(void *context, const HttpRequest *request, HttpReply *reply);
    /* What could not be taken: 413 of a body beyond its limit, 500 of one that could not be written. */
    void (*refuse)(void *context, const HttpRequest *request, unsigned status, HttpReply *reply);
    /* Sent with every reply that has no own one of the name: name, value, name, value … NULL. */
    const char *const *headers;
} HttpApplication;

typedef struct HttpServer HttpServer;

/* Listens on a numeric address and a port (0: any free one). Errors (usage): no such address, a port that is
 * taken or may not be used. */
HttpServer *http_start(const char *address, unsigned port, const HttpApplication *application,
                       DensError **err) DENS_MUST_USE;
unsigned http_port(const HttpServer *server);
/* Is a numeric address one that only this machine reaches? */
bool http_is_loopback(const char *address);
/* No new connection is taken; waits up to `grace_s` for the requests that are being answered, then ends all.
 */
void http_stop(HttpServer *server, unsigned grace_s);

/* NULL if there is none; borrowed for the time of the request. */
const char *http_header(const HttpRequest *request, const char *name);
const char *http_query(const HttpRequest *request, const char *name);

void http_add_header(HttpReply *reply, const char *name, const char *value);

#endif
