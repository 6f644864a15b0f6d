/* libcurl behind one function. */
#include "remote/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ATTEMPTS = 4, MOST_BODY_BYTES = 64 * 1024 * 1024, CONNECT_SECONDS = 10, SILENCE_SECONDS = 60 };
/* Of one answer into a file: no study is larger. */
static const uint64_t most_file_bytes = UINT64_C(64000000000);
static const double FIRST_PAUSE_SECONDS = 0.5;

void http_server(const char *url, char *out, size_t size)
{
    const char *host = strstr(url, "://");
    size_t length = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : strcspn(url, "/?#");
    (void)snprintf(out, size, "%.*s", (int)length, url);
}

void http_answer_clear(HttpAnswer *answer)
{
    text_clear(&answer->content_type);
    text_clear(&answer->body);
    answer->status = 0;
}

/* ---- One attempt ---- */

typedef struct {
    CURL *curl;
    FILE *file; /* or NULL */
    HttpAnswer *answer;
    uint64_t filed; /* bytes in the file */
    bool too_large;
    int reason; /* why the file could not be written; 0: it could */
} Transfer;

/* Writes to the file; what it answers is curl's: another number than `length` ends the transfer. */
static size_t take_file(Transfer *transfer, const char *bytes, size_t length)
{
    transfer->too_large = length > most_file_bytes - transfer->filed;
    if (transfer->too_large) {
        return 0;
    }
    transfer->filed += length;
    if (fwrite(bytes, 1, length, transfer->file) != length) {
        transfer->reason = errno;
        return 0;
    }
    return length;
}

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    Transfer *transfer = context;
    size_t length = size * count;
    long status = 0;
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->file && status == 200) {
        return take_file(transfer, bytes, length);
    }
    if (transfer->answer->body.length + length > MOST_BODY_BYTES) {
        return 0;
    }
    text_add_bytes(&transfer->answer->body, bytes, length);
    return length;
}

static struct curl_slist *headers_of(const HttpRequest *request)
{
    AUTO_TEXT line = TEXT_INIT;
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no pause before a body */
    if (request->accept) {
        text_addf(&line, "Accept: %s", request->accept);
        list = curl_slist_append(list, text_string(&line));
        text_clear(&line);
    }
    if (request->content_type) {
        text_addf(&line, "Content-Type: %s", request->content_type);
        list = curl_slist_append(list, text_string(&line));
    }
    return list;
}

static void set_access(CURL *curl, const HttpAccess *access)
{
    if (access->token) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        (void)curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, access->token);
    } else if (access->user) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        (void)curl_easy_setopt(curl, CURLOPT_USERPWD, access->user);
    }
    if (access->certificate) {
        (void)curl_easy_setopt(curl, CURLOPT_SSLCERT, access->certificate);
        (void)curl_easy_setopt(curl, CURLOPT_SSLKEY, access->key);
    }
    if (access->trust) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, access->trust);
    }
}

static void set_request(CURL *curl, const HttpRequest *request, Transfer *transfer)
{
    (void)curl_easy_setopt(curl, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "dens/" DENS_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    if (request->body) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body->length);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text_string(request->body));
    }
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_ready(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURLcode attempt(const HttpAccess *access, const HttpRequest *request, Transfer *transfer)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(request);
    CURLcode code = CURLE_FAILED_INIT;
    if (curl && headers) {
        long status = 0;
        const char *type = NULL;
        transfer->curl = curl;
        set_request(curl, request, transfer);
        set_access(curl, access);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
        transfer->answer->status = (int)status;
        text_add(&transfer->answer->content_type, type ? type : "");
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

/* ---- Several ---- */

/* May it go better the next time? */
static bool passes(CURLcode code, int status)
{
    static const CURLcode codes[] = {CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
                                     CURLE_SEND_ERROR,      CURLE_RECV_ERROR,         CURLE_PARTIAL_FILE};
    for (size_t i = 0; code != CURLE_OK && i < sizeof codes / sizeof *codes; i++) {
        if (code == codes[i]) {
            return true;
        }
    }
    return code == CURLE_OK && (status == 429 || status == 502 || status == 503 || status == 504);
}

/* Everybody on the way could read them. */
static bool check_secrecy(const HttpAccess *access, const char *url, const char *server, DensError **err)
{
    static const char *const here[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    bool safe = strncmp(url, "https://", 8) == 0 || (!access->token && !access->user);
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        size_t length = strlen(here[i]);
        safe = safe || (strncmp(url, here[i], length) == 0 && strchr(":/?", server[length]));
    }
    return safe || error_set(err, DENS_ERROR_USAGE, server,
                             "a token or a password goes over https only, not over http");
}

static void rest(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static bool run(const HttpAccess *access, const HttpRequest *request, const char *path, HttpAnswer *out,
                CURLcode *out_code, DensError **err)
{
    Transfer transfer = {.answer = out};
    http_answer_clear(out);
    if (path && !(transfer.file = fopen(path, "wbe"))) {
        return error_system(err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
    }
    *out_code = attempt(access, request, &transfer);
    if (transfer.file && fclose(transfer.file) != 0 && transfer.reason == 0) {
        transfer.reason = errno;
    }
    if (transfer.too_large) {
        char server[256];
        http_server(request->url, server, sizeof server);
        return error_input(err, server, "the answer is larger than %llu GB",
                           (unsigned long long)(most_file_bytes / 1000000000));
    }
    return transfer.reason == 0 || error_system(err, DENS_ERROR_INTERNAL, "temporary folder",
                                                "the answer cannot be written there", transfer.reason);
}

bool http_exchange(const HttpAccess *access, const HttpRequest *request, const char *file, HttpAnswer *out,
                   DensError **err)
{
    char server[256];
    CURLcode code = CURLE_OK;
    double pause = access->pause_seconds > 0 ? access->pause_seconds : FIRST_PAUSE_SECONDS;
    *out = (HttpAnswer){0, TEXT_INIT, TEXT_INIT};
    http_server(request->url, server, sizeof server);
    (void)pthread_once(&once, make_ready);
    if (!check_secrecy(access, request->url, server, err)) {
        return false;
    }
    for (unsigned n = 1;; n++) {
        if (!run(access, request, file, out, &code, err)) {
            return false;
        }
        if (n == ATTEMPTS || !passes(code, out->status)) {
            break;
        }
        log_line(access->log, LOG_WARNING, "%s: %s; tried again in %g s", server,
                 code == CURLE_OK ? "is busy" : curl_easy_strerror(code), pause);
        rest(pause);
        pause *= 2;
    }
    return code == CURLE_OK || error_input(err, server, "%s", curl_easy_strerror(code));
}
