/* The page where it was not built: one file that says so. */
#include "serve/page.h"

#include <string.h>

static const char text[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
    "charset=\"utf-8\"><title>dens</title></head>\n<body>\n<h1>dens</h1>\n"
    "<p>The server runs, but this program was built without its page: node and npm were not there. Programs "
    "speak to it "
    "under <a href=\"/api/v1/\">/api/v1/</a>, as <code>schema/openapi.yaml</code> tells.</p>\n"
    "<p>Decision support for professionals and for research; not a certified medical "
    "device.</p>\n</body>\n</html>\n";

static const PageFile only = {.path = "/index.html",
                              .type = "text/html; charset=utf-8",
                              .tag = "\"absent\"",
                              .length = sizeof text - 1};

const PageFile *page_find(const char *path)
{
    return strcmp(path, "/") == 0 || strcmp(path, only.path) == 0 ? &only : NULL;
}

const unsigned char *page_bytes(const PageFile *file)
{
    return (const unsigned char *)text + file->offset;
}

const unsigned char *page_packed(const PageFile *file)
{
    (void)file;
    return NULL;
}
