/* The page over HTTP: a file for each path outside the interface, compressed where the browser takes that,
 * and not sent again while it has not changed. What Vite gave a name with a hash never changes. */
#include "serve/page.h"
#include "serve/parts.h"

#include <string.h>

bool page_admit(Call *call)
{
    bool reads = strcmp(call->request->method, "GET") == 0 || strcmp(call->request->method, "HEAD") == 0;
    if (!page_find(call->request->path)) {
        return problem(call, 404, "there is nothing of this name; schema/openapi.yaml tells what there is");
    }
    return reads || problem(call, 405, "this can only be read");
}

void page_answer(Call *call)
{
    const PageFile *file = page_find(call->request->path);
    const char *known = http_header(call->request, "If-None-Match"),
               *encodings = http_header(call->request, "Accept-Encoding");
    const unsigned char *packed = encodings && strstr(encodings, "gzip") ? page_packed(file) : NULL;
    call->reply->type = file->type;
    http_add_header(call->reply, "ETag", file->tag);
    http_add_header(call->reply, "Vary", "Accept-Encoding");
    http_add_header(call->reply, "Cache-Control",
                    strncmp(file->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
                                                            : "no-cache");
    if (known && strstr(known, file->tag)) {
        call->reply->status = 304;
        return;
    }
    if (packed) {
        http_add_header(call->reply, "Content-Encoding", "gzip");
    }
    text_add_bytes(&call->reply->body, (const char *)(packed ? packed : page_bytes(file)),
                   packed ? file->packed_length : file->length);
}
