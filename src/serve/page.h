/* The page's files as they stand in the program. */
#ifndef DENS_SERVE_PAGE_H
#define DENS_SERVE_PAGE_H

#include <stddef.h>

typedef struct {
    const char *path; /* "/index.html" */
    const char *type;
    const char *tag;                      /* of its content, with quotes, for ETag */
    size_t offset, length, packed_length; /* packed_length 0: there is no compressed copy */
} PageFile;

/* NULL: the page has no such file. "/" is the index. */
const PageFile *page_find(const char *path);
const unsigned char *page_bytes(const PageFile *file);
/* The same compressed by gzip; NULL if that is not smaller. */
const unsigned char *page_packed(const PageFile *file);

#endif
