/* The store: what was handed in and what came out, kept on one machine.
 *
 * A record has a kind ("case", "study", "mask", "drawing", "result", "job"), an id, and versions that count
 * from 1; each version has a body (a tree of values) and files. No version is ever changed or overwritten: a
 * new one is stored only if the caller knows the newest one, so two editors cannot undo each other's work
 * unseen. Files are kept by their content (SHA-256) beside the database. Every change is a line of the audit
 * trail.
 *
 * A version is stored whole or not at all, even if the process is killed: its files are complete on the disk
 * before the one transaction that names them. What a killed process leaves is a file that no record names;
 * store_check() tells of it and store_tidy() removes it.
 *
 * One Store may be used by several threads, and a folder by several processes. */
#ifndef DENS_STORE_STORE_H
#define DENS_STORE_STORE_H

#include "base/error.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

enum { STORE_ID_SIZE = 33 };

typedef struct Store Store;

/* A file of a version. */
typedef struct {
    const char *name; /* inside its record: "report.html" */
    const char *path; /* to be stored: where it is now. Read: where it is in the store; never write to it */
    char sha256[65];  /* filled by the store */
} StoreFile;

typedef struct {
    const char *kind, *id, *of; /* `of`: the id of the record that it belongs to (a mask's study), or "" */
    long long version;
    const char *time; /* ISO 8601, UTC */
    Value *body;      /* NULL in lists */
    size_t file_count;
    StoreFile *files;
} StoreRecord;

/* Opens the store of a folder, which is made if it is not there; older versions of its database are brought
 * up to date. Errors: a folder that cannot be written, a database that is none or comes from a newer dens. */
Store *store_open(const char *folder, DensError **err) DENS_MUST_USE;
void store_close(Store *store);
AUTO_DEFINE(Store, store, store_close)

const char *store_folder(const Store *store);
/* A new random id of 32 hexadecimal digits; is a text one? */
void store_new_id(char out[STORE_ID_SIZE]);
bool store_is_id(const char *text);

typedef enum { STORE_PUT_DONE, STORE_PUT_CONFLICT, STORE_PUT_FAILED } StorePut;
/* Stores record->body and record->files as version record->version; that must be one above the newest (1 of a
 * new record), else STORE_PUT_CONFLICT and nothing is stored (no error is set). Files are copied, but for
 * those that are as store_get() gave them. `actor` is for the audit trail: "page", "command line". Fills
 * `time` in `arena`. */
StorePut store_put(Store *store, StoreRecord *record, const char *actor, Arena *arena,
                   DensError **err) DENS_MUST_USE;

/* A version, or the newest if `version` is 0, in `arena`. *out_found tells whether there is one; false is a
 * fault of the store. */
bool store_get(Store *store, const char *kind, const char *id, long long version, Arena *arena,
               StoreRecord *out, bool *out_found, DensError **err) DENS_MUST_USE;
/* The newest version of every record of a kind (of one owner, if `of` is given), newest first, or every
 * version of one if `id` is given; with neither body nor files. At most `most` (SIZE_MAX: all). */
bool store_list(Store *store, const char *kind, const char *id, const char *of, size_t most, Arena *arena,
                StoreRecord **out, size_t *out_count, DensError **err) DENS_MUST_USE;
/* The same with the bodies. */
bool store_list_whole(Store *store, const char *kind, const char *id, const char *of, size_t most,
                      Arena *arena, StoreRecord **out, size_t *out_count, DensError **err) DENS_MUST_USE;

/* Looks at everything: the database, that every file is there with the bytes of its name, files that no
 * record names. Adds one line for each fault to `faults` and for each leftover to `leftovers` (lists). */
bool store_check(Store *store, Value *faults, Value *leftovers, DensError **err) DENS_MUST_USE;
/* Removes what store_check() calls leftovers if it is older than a day. */
bool store_tidy(Store *store, size_t *out_removed, DensError **err) DENS_MUST_USE;
/* A consistent copy in a folder that is empty or not there, while the store is in use. */
bool store_backup(Store *store, const char *folder, DensError **err) DENS_MUST_USE;
/* Every version as one JSON line in `folder`/records.jsonl with its files under folder/objects/, for other
 * programs; and the way back, into a store that has none of its ids. Counts the versions. */
bool store_export(Store *store, const char *folder, size_t *out_count, DensError **err) DENS_MUST_USE;
bool store_import(Store *store, const char *folder, size_t *out_count, DensError **err) DENS_MUST_USE;

#endif
