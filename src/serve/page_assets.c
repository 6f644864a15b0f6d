/* The files of the page, embedded: page.bin and page_index.h are made by page/build.py. */
#include "serve/page.h"

#include <string.h>

extern const unsigned char dens_page_block[];
__asm__(".section .rodata\n"
        ".hidden dens_page_block\n"
        ".global dens_page_block\n"
        "dens_page_block:\n"
        ".incbin \"src/serve/page.bin\"\n"
        ".byte 0\n"
        ".previous\n");

static const PageFile page_files[] = {
#include "serve/page_index.h"
};

const PageFile *page_find(const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (size_t i = 0; i < sizeof page_files / sizeof *page_files; i++) {
        if (strcmp(page_files[i].path, wanted) == 0) {
            return &page_files[i];
        }
    }
    return NULL;
}

const unsigned char *page_bytes(const PageFile *file)
{
    return dens_page_block + file->offset;
}

const unsigned char *page_packed(const PageFile *file)
{
    return file->packed_length > 0 ? dens_page_block + file->offset + file->length : NULL;
}
