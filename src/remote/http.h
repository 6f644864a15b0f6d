/* HTTP requests (libcurl; the only file that names it). Redirections are not followed, certificates are
 * always checked, and credentials go out over TLS or to this machine only. What passes (no connection, reset,
 * 429, 502, 503, 504, an answer that breaks off) is tried again a few times. Errors name the server, never
 * the path or the query: they may hold a patient's identifiers. */
#ifndef DENS_REMOTE_HTTP_H
#define DENS_REMOTE_HTTP_H

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* How to show who we are; NULL where not. Files are PEM. */
typedef struct {
    const char *token;             /* OAuth 2 bearer token */
    const char *user;              /* "name:password", basic */
    const char *certificate, *key; /* our own */
    const char *trust;             /* certificates that may sign the server's, instead of the system's */
    double pause_seconds;          /* before the second attempt; doubles each time. 0: half a second */
    Log *log;
} HttpAccess;

typedef struct {
    const char *method, *url;
    const char *accept, *content_type; /* or NULL */
    const Text *body;                  /* or NULL */
} HttpRequest;

typedef struct {
    int status;
    Text content_type, body;
} HttpAnswer;

/* An exchange that came to its end, whatever the status. With `file`, the body of a 200 goes there instead.
 */
bool http_exchange(const HttpAccess *access, const HttpRequest *request, const char *file, HttpAnswer *out,
                   DensError **err) DENS_MUST_USE;
void http_answer_clear(HttpAnswer *answer);

/* "https://host:port" of a URL. */
void http_server(const char *url, char *out, size_t size);

#endif
