/* The DICOMweb archive that the server was told of. Apart from parts.h, as the HTTP client's names are those
 * of the server's. */
#ifndef DENS_SERVE_ARCHIVE_H
#define DENS_SERVE_ARCHIVE_H

#include "base/error.h"
#include "base/log.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Archive Archive;

/* `url`: "https://host/dicom-web". Who asks is told by the environment (remote/dicomweb.h). */
Archive *archive_new(const char *url, Log *log, DensError **err) DENS_MUST_USE;
void archive_free(Archive *archive);
/* Fetches the one study with this value of a key of QIDO-RS ("AccessionNumber") into a folder. */
bool archive_fetch(const Archive *archive, const char *key, const char *value, const char *folder,
                   DensError **err) DENS_MUST_USE;
/* The studies that a search finds (dicomweb_search): `keys` of QIDO-RS with their values, NULL where a key is
 * not searched by. A list in `arena`. */
Value *archive_search(const Archive *archive, Arena *arena, const char *const *keys,
                      const char *const *values, size_t count, DensError **err) DENS_MUST_USE;
/* Stores DICOM files there. */
bool archive_store(const Archive *archive, const char *const *paths, size_t count,
                   DensError **err) DENS_MUST_USE;

#endif
