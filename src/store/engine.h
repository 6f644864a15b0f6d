/* What a database must do for the store: inside store/ only. The files beside the database and the rules are
 * store.c's; an engine keeps rows. store/sqlite.c is the one that there is; another implements the same
 * table. Every function may be called from several threads. */
#ifndef DENS_STORE_ENGINE_H
#define DENS_STORE_ENGINE_H

#include "store/store.h"

/* A row as it stands in the database; texts live in the arena of the call. */
typedef struct {
    StoreRecord record; /* without a body tree; paths of files are not filled */
    const char *body;   /* JSON */
    const char *actor;
} StoreRow;

typedef struct StoreEngine StoreEngine;
struct StoreEngine {
    void *state;
    void (*close)(void *state);
    /* Inserts a version with its files and a line of the audit trail, in one transaction. */
    StorePut (*insert)(void *state, const StoreRow *row, DensError **err);
    bool (*get)(void *state, const char *kind, const char *id, long long version, Arena *arena, StoreRow *out,
                bool *out_found, DensError **err);
    /* Calls `each` for rows in the order of store_list() (with the body if `whole`) or, with no kind, for all
     * versions in the order in which they were stored (with body and files). `each` answers false to stop
     * with an error.
     */
    bool (*list)(void *state, const char *kind, const char *id, const char *of, size_t most, bool whole,
                 Arena *arena, bool (*each)(void *context, const StoreRow *row, DensError **err),
                 void *context, DensError **err);
    /* Adds what the database finds wrong with itself to a list. */
    bool (*check)(void *state, Value *faults, DensError **err);
    bool (*backup)(void *state, const char *path, DensError **err);
};

/* Opens DIR/store.sqlite3 and migrates it. */
bool store_engine_sqlite(StoreEngine *out, const char *path, DensError **err) DENS_MUST_USE;

/* The migrations, oldest first: migrations/NNN_*.sql, put into the program when it is built. */
typedef struct {
    const char *name, *sql;
} StoreMigration;
extern const StoreMigration store_migrations[]; /* ended by one without a name */

#endif
