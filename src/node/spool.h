/* The node's folder. Names in it are hashes: nothing of a patient stands in a path.
 *
 *   lock                              held by the node that works here
 *   incoming/.in-PID-NUMBER           objects that are still coming
 *   studies/STUDY/received            touched when an object was kept
 *   studies/STUDY/series/SERIES/INSTANCE.dcm
 *   studies/STUDY/callers/CALLER      holds the AE title of one who sent images of it
 *   studies/STUDY/own/INSTANCE.dcm    results of dens that somebody sent back: they start no evaluation
 *   studies/STUDY/state.json          journal.h
 *   studies/STUDY/report-N/           the report set of the Nth evaluation
 *   studies/STUDY/sent/N.PEER.FILE    this file of it was taken by this peer
 *
 * A file stands under its name only whole; it is on the disk, and so is its name, before its sender is
 * answered. */
#ifndef DENS_NODE_SPOOL_H
#define DENS_NODE_SPOOL_H

#include "base/arena.h"
#include "base/error.h"
#include "dicom/network.h"

#include <stdbool.h>
#include <stddef.h>

enum { SPOOL_KEY = 33 }; /* 32 hexadecimal digits */

/* The name of what has this UID. */
void spool_key(const char *uid, char out[SPOOL_KEY]);

char *spool_incoming(Arena *arena, const char *folder);
char *spool_studies(Arena *arena, const char *folder);
char *spool_study(Arena *arena, const char *folder, const char *key);

/* Makes the folder with its parts and takes its lock; the lock's descriptor stays open as long as the process
 * lives. Removes what processes that are no more had left unfinished. -1 with an error. */
int spool_open(const char *folder, DensError **err) DENS_MUST_USE;

/* Moves an object that has come into its study; its bytes and its name are then on the disk. The same
 * object again, byte for byte, changes nothing. `context` is the folder's name. */
DicomKeeping spool_keep(void *context, const DicomArrived *object, const char *path, DensError **err);
/* The same, without waiting for the disk: it outlives the process, but perhaps not a loss of power. */
DicomKeeping spool_keep_unsynced(void *context, const DicomArrived *object, const char *path,
                                 DensError **err);

/* The AE titles of those who sent images of a study, sorted. */
bool spool_callers(const char *study, Arena *arena, const char *const **out, size_t *out_count,
                   DensError **err) DENS_MUST_USE;

/* Has this file of an evaluation been taken by a peer? And: it has. */
bool spool_was_sent(const char *study, unsigned evaluation, const char *peer, const char *file);
bool spool_set_sent(const char *study, unsigned evaluation, const char *peer, const char *file,
                    DensError **err) DENS_MUST_USE;

/* What the images of a study are, so that a change is seen: a hash over names, sizes and times. `out_count`
 * of them. */
bool spool_digest(const char *study, char out[65], size_t *out_count, DensError **err) DENS_MUST_USE;

/* Removes images and reports of a study; its journal and what was sent stay. */
bool spool_remove_images(const char *study, DensError **err) DENS_MUST_USE;

#endif
