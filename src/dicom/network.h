/* One DICOM association, in a process of its own: DCMTK's network code reads what strangers send, keeps its
 * settings in globals and may end a process that it works in. The program dens-dimse is that process; `dens
 * node` starts it for every association and links none of this. PS3.7 and PS3.8; the service classes are
 * Verification and Storage (PS3.4 annexes A and B). */
#ifndef DENS_DICOM_NETWORK_H
#define DENS_DICOM_NETWORK_H

#include "base/error.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* PEM files. With a key the connection is encrypted by the profile of BCP 195; with `trust` the peer must
 * show a certificate that was signed by one of these. A peer that is called must always show one. */
typedef struct {
    const char *key, *certificate, *trust; /* key NULL: no TLS */
} DicomTls;

/* An object that came. Strings live as long as the call. */
typedef struct {
    const char *study_uid, *series_uid, *instance_uid, *sop_class_uid, *modality, *manufacturer;
    const char *calling; /* AE title of who sent it */
} DicomArrived;

typedef enum {
    DICOM_KEPT,      /* it will stay there */
    DICOM_NO_ROOM,   /* refused: out of resources; the sender may try again later */
    DICOM_NOT_TAKEN, /* refused: it cannot be understood */
} DicomKeeping;

typedef struct {
    const char *ae;             /* our title */
    const char *const *callers; /* titles that may call from this address */
    size_t caller_count;
    bool busy;          /* refuse: too many associations */
    const char *folder; /* where an object is written while it comes, as ".in-PID-NUMBER" */
    unsigned idle_seconds;
    bool unsynced; /* `keep` does not wait for the disk, which then need not begin while an object comes */
    DicomTls tls;
    Log *log; /* hears of refusals and faults; no patient's data */
    /* Takes over the file of an object, or leaves it: then it is removed. Its bytes need not be on the disk
     * yet; the sender is answered when this returns. */
    DicomKeeping (*keep)(void *context, const DicomArrived *object, const char *path, DensError **err);
    void *context;
} DicomAcceptor;

/* Serves the association on a connected socket to its end. False only if we are at fault. */
bool dicom_association_serve(int socket, const DicomAcceptor *acceptor, DensError **err) DENS_MUST_USE;

typedef struct {
    const char *ae, *peer_ae, *host;
    unsigned port, timeout_seconds;
    bool secure;
    DicomTls tls;
    /* Hears of each file that the peer has taken, before the next is sent. */
    bool (*sent)(void *context, const char *path, DensError **err);
    void *context;
} DicomSender;

/* Stores files with a peer over one association. False at the first that it does not take. */
bool dicom_store(const DicomSender *sender, const char *const *paths, size_t count,
                 DensError **err) DENS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
