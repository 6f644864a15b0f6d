/* multipart/related bodies (RFC 2046 5.1): delimiter, headers, empty line, bytes, delimiter. */
#include "remote/dicomweb.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70 };

/* The boundary of a content type; false if there is none. */
static bool boundary_of(const char *content_type, char out[BOUNDARY_MAX + 1])
{
    const char *at = strcasestr(content_type, "boundary=");
    if (strncasecmp(content_type, "multipart/", 10) != 0 || !at) {
        return false;
    }
    at += strlen("boundary=");
    bool quoted = *at == '"';
    at += quoted;
    size_t length = strcspn(at, quoted ? "\"" : "; \t");
    (void)snprintf(out, BOUNDARY_MAX + 1, "%.*s", (int)length, at);
    return length > 0 && length <= BOUNDARY_MAX;
}

/* The next delimiter from `at` on: one that begins a line and ends there, or in "--". */
static const char *find_delimiter(const char *at, const char *end, const char *delimiter, size_t size)
{
    while ((at = memmem(at, (size_t)(end - at), delimiter, size))) {
        const char *after = at + size;
        if (after == end || *after == '\r' || *after == '-' || *after == ' ' || *after == '\t') {
            return at;
        }
        at = after;
    }
    return NULL;
}

bool multipart_split(const char *body, size_t length, const char *content_type, const char *where,
                     bool (*take)(void *context, const char *bytes, size_t length, DensError **err),
                     void *context, DensError **err)
{
    char boundary[BOUNDARY_MAX + 1], delimiter[BOUNDARY_MAX + 5];
    if (!boundary_of(content_type, boundary)) {
        return error_input(err, where, "the answer is no multipart of DICOM objects");
    }
    (void)snprintf(delimiter, sizeof delimiter, "\r\n--%s", boundary);
    const size_t size = strlen(delimiter);
    const char *end = body + length, *at;
    if (length >= size - 2 && memcmp(body, delimiter + 2, size - 2) == 0) {
        at = body + size - 2; /* the first needs no line end before it */
    } else {
        at = find_delimiter(body, end, delimiter, size);
        at = at ? at + size : NULL;
    }
    for (size_t part = 1; at; part++) {
        if (end - at >= 2 && memcmp(at, "--", 2) == 0) {
            return true;
        }
        const char *bytes = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        const char *next = bytes ? find_delimiter(bytes + 4, end, delimiter, size) : NULL;
        if (!next) {
            return error_input(err, where, "the answer breaks off within its part %zu", part);
        }
        if (!take(context, bytes + 4, (size_t)(next - bytes - 4), err)) {
            return false;
        }
        at = next + size;
    }
    return error_input(err, where, "the answer holds no part");
}
