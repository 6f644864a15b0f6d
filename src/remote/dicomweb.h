/* DICOMweb (PS3.18): studies by WADO-RS, searches by QIDO-RS, results by STOW-RS.
 *
 * A study is named by "dicomweb+https://host/dicom-web/studies/UID" (or …/series/UID, …/instances/UID below
 * it), or searched for by "dicomweb+https://host/dicom-web/studies?AccessionNumber=…" with the keys of
 * QIDO-RS. */
#ifndef DENS_REMOTE_DICOMWEB_H
#define DENS_REMOTE_DICOMWEB_H

#include "base/arena.h"
#include "base/value.h"
#include "remote/http.h"

typedef struct {
    const char *base;     /* "https://host/dicom-web" */
    const char *resource; /* "studies/UID…", or "" for a search */
    const char *query;    /* "AccessionNumber=…", or "" */
} DicomWebPlace;

bool dicomweb_is(const char *text);
bool dicomweb_parse(Arena *arena, const char *text, DicomWebPlace *out, DensError **err) DENS_MUST_USE;

/* From the environment, as what stands on a command line can be read by everybody: DENS_DICOMWEB_TOKEN or
 * DENS_DICOMWEB_TOKEN_FILE, DENS_DICOMWEB_USER ("name:password"), DENS_DICOMWEB_CERTIFICATE and
 * DENS_DICOMWEB_KEY, DENS_DICOMWEB_TRUST. In `arena`. */
bool dicomweb_access(Arena *arena, Log *log, HttpAccess *out, DensError **err) DENS_MUST_USE;

/* Replaces a search by the one study that it finds; none or several are an error. */
bool dicomweb_resolve(Arena *arena, const HttpAccess *access, DicomWebPlace *place,
                      DensError **err) DENS_MUST_USE;
enum { DICOMWEB_MOST_FOUND = 500 };
/* Every study that a search finds, at most DICOMWEB_MOST_FOUND, as a list of maps in `arena`: study, date,
 * time, accession, description (texts, where the archive tells them), modalities (a list), series and
 * instances (numbers). Who the patient is is left out. */
Value *dicomweb_search(Arena *arena, const HttpAccess *access, const DicomWebPlace *place,
                       DensError **err) DENS_MUST_USE;
/* Writes every instance of the resource into a folder, as 000001.dcm …. */
bool dicomweb_retrieve(const HttpAccess *access, const DicomWebPlace *place, const char *folder,
                       size_t *out_count, DensError **err) DENS_MUST_USE;
/* Stores DICOM files in the archive. What it does not take is an error. */
bool dicomweb_store(const HttpAccess *access, const DicomWebPlace *place, const char *const *paths,
                    size_t count, DensError **err) DENS_MUST_USE;

/* Splits a multipart body (RFC 2046): calls `take` for the bytes of each part. False with an error if it has
 * no boundary or breaks off. `where` is for the error. */
bool multipart_split(const char *body, size_t length, const char *content_type, const char *where,
                     bool (*take)(void *context, const char *bytes, size_t length, DensError **err),
                     void *context, DensError **err) DENS_MUST_USE;

#endif
