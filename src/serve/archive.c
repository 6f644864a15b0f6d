/* The adapter between the server and the client of DICOMweb: places below one address. */
#include "serve/archive.h"

#include "base/memory.h"
#include "base/text.h"
#include "remote/dicomweb.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct Archive {
    Arena *arena;
    const char *url;
    HttpAccess access;
};

/* A place below the archive's address. */
static bool place_of(const Archive *archive, Arena *arena, const char *below, DicomWebPlace *out,
                     DensError **err)
{
    return dicomweb_parse(arena, arena_printf(arena, "dicomweb+%s/%s", archive->url, below), out, err);
}

Archive *archive_new(const char *url, Log *log, DensError **err)
{
    Arena *arena = arena_new();
    Archive *archive = arena_alloc(arena, sizeof *archive);
    size_t length = strlen(url);
    DicomWebPlace place;
    while (length > 0 && url[length - 1] == '/') {
        length--;
    }
    *archive = (Archive){.arena = arena, .url = arena_strndup(arena, url, length)};
    if (!place_of(archive, arena, "studies?PatientID=0", &place, err) ||
        !dicomweb_access(arena, log, &archive->access, err)) {
        archive_free(archive);
        return NULL;
    }
    return archive;
}

void archive_free(Archive *archive)
{
    if (archive) {
        arena_free(archive->arena);
    }
}

static void add_encoded(Text *text, const char *value)
{
    for (const char *at = value; *at; at++) {
        if (isalnum((unsigned char)*at) || strchr("-._~", *at)) {
            text_add_bytes(text, at, 1);
        } else {
            text_addf(text, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

bool archive_fetch(const Archive *archive, const char *key, const char *value, const char *folder,
                   DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT query = TEXT_INIT;
    DicomWebPlace place;
    size_t count = 0;
    text_addf(&query, "studies?%s=", key);
    add_encoded(&query, value);
    return place_of(archive, arena, text_string(&query), &place, err) &&
           dicomweb_resolve(arena, &archive->access, &place, err) &&
           dicomweb_retrieve(&archive->access, &place, folder, &count, err);
}

Value *archive_search(const Archive *archive, Arena *arena, const char *const *keys,
                      const char *const *values, size_t count, DensError **err)
{
    AUTO_TEXT query = TEXT_INIT;
    DicomWebPlace place;
    for (size_t i = 0; i < count; i++) {
        if (values[i]) {
            text_addf(&query, "%s%s=", query.length ? "&" : "studies?", keys[i]);
            add_encoded(&query, values[i]);
        }
    }
    return place_of(archive, arena, text_string(&query), &place, err)
               ? dicomweb_search(arena, &archive->access, &place, err)
               : NULL;
}

bool archive_store(const Archive *archive, const char *const *paths, size_t count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DicomWebPlace place;
    return place_of(archive, arena, "studies?PatientID=0", &place, err) &&
           dicomweb_store(&archive->access, &place, paths, count, err);
}
