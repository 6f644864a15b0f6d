/* The engine on SQLite; the only file that names it. One connection behind one lock: writes are short, as
 * files lie beside the database. Write-ahead log with a full sync at every commit: what was answered as
 * stored survives a loss of power. The schema's version is PRAGMA user_version: the number of migrations that
 * were applied. */
#include "store/engine.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { BUSY_MS = 10000 };
static const char application[] = "PRAGMA application_id = 1684369011"; /* "dens" */

typedef struct {
    sqlite3 *db;
    pthread_mutex_t lock;
    char *path;
} Sqlite;

/* The machine's faults are ours to tell as such; a damaged or foreign database is the input's. */
static bool fail(const Sqlite *s, DensError **err)
{
    int code = sqlite3_errcode(s->db);
    bool input = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    int reason = code == SQLITE_FULL ? ENOSPC : code == SQLITE_IOERR ? sqlite3_system_errno(s->db) : 0;
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG) {
        return error_system(err, DENS_ERROR_INTERNAL, s->path, "the store's database cannot be written",
                            reason);
    }
    return error_set(err, input ? DENS_ERROR_INPUT : DENS_ERROR_INTERNAL, s->path, "the store's database: %s",
                     sqlite3_errmsg(s->db));
}

static bool execute(const Sqlite *s, const char *sql, DensError **err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(s, err);
}

static void roll_back(const Sqlite *s)
{
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* fails only if the fault has done it already */
}

static void finalize_auto(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement); /* repeats the fault of the last step, which was told */
}

/* A statement with texts bound to ?1, ?2 …; a NULL text binds as NULL. */
static sqlite3_stmt *prepare(const Sqlite *s, const char *sql, const char *const *texts, size_t count,
                             DensError **err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        (void)fail(s, err);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (sqlite3_bind_text(statement, (int)i + 1, texts[i], -1, SQLITE_STATIC) != SQLITE_OK) {
            (void)fail(s, err);
            (void)sqlite3_finalize(statement);
            return NULL;
        }
    }
    return statement;
}

static bool scalar(const Sqlite *s, const char *sql, const char *const *texts, size_t count, long long *out,
                   DensError **err)
{
    AUTO(finalize_auto) sqlite3_stmt *statement = prepare(s, sql, texts, count, err);
    if (!statement || sqlite3_step(statement) != SQLITE_ROW) {
        return statement ? fail(s, err) : false;
    }
    *out = sqlite3_column_int64(statement, 0);
    return true;
}

/* Runs a statement that answers nothing, with two numbers bound after the texts. */
static bool put_row(const Sqlite *s, const char *sql, const char *const *texts, size_t count, long long first,
                    long long second, DensError **err)
{
    AUTO(finalize_auto) sqlite3_stmt *statement = prepare(s, sql, texts, count, err);
    if (!statement) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, (int)count + 1, first);
    if (second >= 0) {
        (void)sqlite3_bind_int64(statement, (int)count + 2, second);
    }
    return sqlite3_step(statement) == SQLITE_DONE || fail(s, err);
}

static bool insert_rows(const Sqlite *s, const StoreRow *row, DensError **err)
{
    const StoreRecord *r = &row->record;
    const char *version[] = {r->kind, r->id, r->of, row->actor, r->time, row->body};
    const char *audit[] = {r->time, row->actor, "store", r->kind, r->id};
    if (!put_row(s,
                 "INSERT INTO version (kind, id, of_id, actor, time, body, version) VALUES (?1, ?2, ?3, ?4, "
                 "?5, ?6, ?7)",
                 version, 6, r->version, -1, err) ||
        !put_row(s,
                 "INSERT INTO audit (time, actor, action, kind, id, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                 audit, 5, r->version, -1, err)) {
        return false;
    }
    for (size_t i = 0; i < r->file_count; i++) {
        const char *file[] = {r->kind, r->id, r->files[i].name, r->files[i].sha256};
        if (!put_row(s,
                     "INSERT INTO file (kind, id, name, sha256, version, position) VALUES (?1, ?2, ?3, ?4, "
                     "?5, ?6)",
                     file, 4, r->version, (long long)i, err)) {
            return false;
        }
    }
    return true;
}

static StorePut insert_locked(const Sqlite *s, const StoreRow *row, DensError **err)
{
    const char *key[] = {row->record.kind, row->record.id};
    long long newest = 0;
    if (!execute(s, "BEGIN IMMEDIATE", err)) {
        return STORE_PUT_FAILED;
    }
    if (!scalar(s, "SELECT coalesce(max(version), 0) FROM version WHERE kind = ?1 AND id = ?2", key, 2,
                &newest, err)) {
        roll_back(s);
        return STORE_PUT_FAILED;
    }
    if (newest != row->record.version - 1) {
        roll_back(s);
        return STORE_PUT_CONFLICT;
    }
    if (!insert_rows(s, row, err) || !execute(s, "COMMIT", err)) {
        roll_back(s);
        return STORE_PUT_FAILED;
    }
    return STORE_PUT_DONE;
}

static StorePut insert(void *state, const StoreRow *row, DensError **err)
{
    Sqlite *s = state;
    pthread_mutex_lock(&s->lock);
    StorePut outcome = insert_locked(s, row, err);
    pthread_mutex_unlock(&s->lock);
    return outcome;
}

static const char *column(sqlite3_stmt *statement, int at, Arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    return arena_strdup(arena, text ? text : "");
}

/* kind, id, of_id, version, time, actor [, body] */
static StoreRow row_of(sqlite3_stmt *statement, Arena *arena)
{
    StoreRow row = {.record = {.kind = column(statement, 0, arena),
                               .id = column(statement, 1, arena),
                               .of = column(statement, 2, arena),
                               .version = sqlite3_column_int64(statement, 3),
                               .time = column(statement, 4, arena)},
                    .actor = column(statement, 5, arena)};
    if (sqlite3_column_count(statement) > 6) {
        row.body = column(statement, 6, arena);
    }
    return row;
}

static bool read_files(const Sqlite *s, StoreRow *row, Arena *arena, DensError **err)
{
    StoreRecord *r = &row->record;
    const char *version = arena_printf(arena, "%lld", r->version);
    const char *key[] = {r->kind, r->id, version};
    long long count = 0;
    if (!scalar(s, "SELECT count(*) FROM file WHERE kind = ?1 AND id = ?2 AND version = ?3", key, 3, &count,
                err)) {
        return false;
    }
    r->files = arena_array(arena, (size_t)count + 1, sizeof *r->files);
    AUTO(finalize_auto)
    sqlite3_stmt *statement = prepare(
        s, "SELECT name, sha256 FROM file WHERE kind = ?1 AND id = ?2 AND version = ?3 ORDER BY position",
        key, 3, err);
    int outcome = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    while (outcome == SQLITE_ROW && r->file_count < (size_t)count) {
        StoreFile *file = &r->files[r->file_count++];
        file->name = column(statement, 0, arena);
        (void)snprintf(file->sha256, sizeof file->sha256, "%s", column(statement, 1, arena));
        outcome = sqlite3_step(statement);
    }
    return statement && (outcome == SQLITE_DONE || outcome == SQLITE_ROW || fail(s, err));
}

#define COLUMNS "kind, id, of_id, version, time, actor"

static bool get_locked(const Sqlite *s, const char *const *key, Arena *arena, StoreRow *out, bool *out_found,
                       DensError **err)
{
    AUTO(finalize_auto)
    sqlite3_stmt *statement = prepare(s,
                                      "SELECT " COLUMNS ", body FROM version WHERE kind = ?1 AND id = ?2"
                                      " AND (?3 = 0 OR version = ?3) ORDER BY version DESC LIMIT 1",
                                      key, 2, err);
    if (!statement) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, 3, strtoll(key[2], NULL, 10));
    int outcome = sqlite3_step(statement);
    *out_found = outcome == SQLITE_ROW;
    if (outcome == SQLITE_DONE) {
        return true;
    }
    if (outcome != SQLITE_ROW) {
        return fail(s, err);
    }
    *out = row_of(statement, arena);
    return read_files(s, out, arena, err);
}

static bool get(void *state, const char *kind, const char *id, long long version, Arena *arena, StoreRow *out,
                bool *out_found, DensError **err)
{
    Sqlite *s = state;
    const char *key[] = {kind, id, arena_printf(arena, "%lld", version)};
    pthread_mutex_lock(&s->lock);
    bool good = get_locked(s, key, arena, out, out_found, err);
    pthread_mutex_unlock(&s->lock);
    return good;
}

static const char all_versions[] = "SELECT " COLUMNS ", body FROM version ORDER BY seq";
static const char versions_of_one[] =
    "SELECT " COLUMNS
    ", CASE WHEN ?5 THEN body END FROM version WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT ?4";
static const char newest_of_each[] =
    "SELECT " COLUMNS ", CASE WHEN ?5 THEN body END FROM version AS v WHERE kind = ?1 AND (?3 = '' OR of_id "
    "= ?3) AND version = (SELECT max(version)"
    " FROM version AS w WHERE w.kind = v.kind AND w.id = v.id) ORDER BY seq DESC LIMIT ?4";

static bool list(void *state, const char *kind, const char *id, const char *of, size_t most, bool whole,
                 Arena *arena, bool (*each)(void *context, const StoreRow *row, DensError **err),
                 void *context, DensError **err)
{
    Sqlite *s = state;
    const char *key[] = {kind, id ? id : "", of ? of : ""};
    pthread_mutex_lock(&s->lock);
    AUTO(finalize_auto)
    sqlite3_stmt *statement = prepare(s,
                                      !kind ? all_versions
                                      : id  ? versions_of_one
                                            : newest_of_each,
                                      key,
                                      !kind ? 0
                                      : id  ? 2
                                            : 3,
                                      err);
    if (statement && kind) {
        (void)sqlite3_bind_int64(statement, 4, most > INT64_MAX ? -1 : (sqlite3_int64)most);
        (void)sqlite3_bind_int64(statement, 5, whole);
    }
    bool good = statement != NULL;
    int outcome = good ? sqlite3_step(statement) : SQLITE_DONE;
    while (good && outcome == SQLITE_ROW) {
        StoreRow row = row_of(statement, arena);
        good = (kind || read_files(s, &row, arena, err)) && each(context, &row, err);
        outcome = good ? sqlite3_step(statement) : SQLITE_DONE;
    }
    good = good && (outcome == SQLITE_DONE || fail(s, err));
    pthread_mutex_unlock(&s->lock);
    return good;
}

static bool check_with(const Sqlite *s, const char *pragma, int text_column, const char *none, Value *faults,
                       DensError **err)
{
    AUTO(finalize_auto) sqlite3_stmt *statement = prepare(s, pragma, NULL, 0, err);
    int outcome = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    for (; outcome == SQLITE_ROW; outcome = sqlite3_step(statement)) {
        const char *told = (const char *)sqlite3_column_text(statement, text_column);
        if (!told || !none || strcmp(told, none) != 0) {
            (void)value_add_format(faults, "the database: %s", told ? told : "a fault without a text");
        }
    }
    return statement && (outcome == SQLITE_DONE || fail(s, err));
}

static bool check(void *state, Value *faults, DensError **err)
{
    Sqlite *s = state;
    pthread_mutex_lock(&s->lock);
    bool good = check_with(s, "PRAGMA integrity_check(20)", 0, "ok", faults, err) &&
                check_with(s, "PRAGMA foreign_key_check", 0, NULL, faults, err);
    pthread_mutex_unlock(&s->lock);
    return good;
}

/* VACUUM INTO: a copy of one moment, in a file of its own. */
static bool backup(void *state, const char *path, DensError **err)
{
    Sqlite *s = state;
    pthread_mutex_lock(&s->lock);
    AUTO(finalize_auto) sqlite3_stmt *statement = prepare(s, "VACUUM INTO ?1", &path, 1, err);
    bool good = statement && (sqlite3_step(statement) == SQLITE_DONE || fail(s, err));
    pthread_mutex_unlock(&s->lock);
    return good;
}

static void close_database(void *state)
{
    Sqlite *s = state;
    if (s) {
        (void)sqlite3_close(s->db);
        (void)pthread_mutex_destroy(&s->lock);
        free(s->path);
        free(s);
    }
}

/* Each migration in a transaction with its number, so that a kill in between leaves the one before. Another
 * process that opens the same store waits at BEGIN IMMEDIATE and then finds the work done. */
static bool migrate(const Sqlite *s, DensError **err)
{
    long long newest = 0, version = 0;
    while (store_migrations[newest].name) {
        newest++;
    }
    for (;;) {
        AUTO(arena_auto) Arena *arena = arena_new();
        if (!execute(s, "BEGIN IMMEDIATE", err)) {
            return false;
        }
        bool good = scalar(s, "PRAGMA user_version", NULL, 0, &version, err);
        if (good && version > newest) {
            good = error_input(
                err, s->path,
                "the store was written by a newer dens (its version is %lld, this program knows %lld)",
                version, newest);
        }
        if (!good || version == newest) {
            roll_back(s);
            return good;
        }
        if (!execute(s, store_migrations[version].sql, err) ||
            !execute(s, arena_printf(arena, "PRAGMA user_version = %lld", version + 1), err) ||
            !execute(s, "COMMIT", err)) {
            roll_back(s);
            return false;
        }
    }
}

/* A database with tables and without our mark is somebody else's. */
static bool is_ours(const Sqlite *s, DensError **err)
{
    long long mark = 0, tables = 0;
    if (!scalar(s, "PRAGMA application_id", NULL, 0, &mark, err) ||
        !scalar(s, "SELECT count(*) FROM sqlite_master", NULL, 0, &tables, err)) {
        return false;
    }
    return tables == 0 || mark == 1684369011 ||
           error_input(err, s->path, "is the database of another program");
}

/* Opening is one process's at a time: where two make a store at once, the switch to the write-ahead log fails
 * instead of waiting. The folder is locked, as the database's own locks are SQLite's. -1 where it cannot be:
 * then SQLite says what is wrong with the folder. */
static int lock_folder(const char *path)
{
    char *folder = memory_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash) {
        slash[slash == folder] = '\0';
    }
    int lock = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (lock >= 0 && flock(lock, LOCK_EX) != 0 && errno == EINTR) {
    }
    free(folder);
    return lock;
}

static bool set_up(Sqlite *s, DensError **err)
{
    return is_ours(s, err) && execute(s, application, err) && execute(s, "PRAGMA journal_mode = WAL", err) &&
           execute(s, "PRAGMA synchronous = FULL", err) && execute(s, "PRAGMA foreign_keys = ON", err) &&
           migrate(s, err);
}

bool store_engine_sqlite(StoreEngine *out, const char *path, DensError **err)
{
    Sqlite *s = memory_alloc(sizeof *s);
    s->path = memory_strdup(path);
    (void)pthread_mutex_init(&s->lock, NULL);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int lock = lock_folder(path);
    bool good = sqlite3_open_v2(path, &s->db, flags, NULL) == SQLITE_OK || fail(s, err);
    if (good) {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        good = set_up(s, err);
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    if (!good) {
        close_database(s);
        return false;
    }
    *out = (StoreEngine){.state = s,
                         .close = close_database,
                         .insert = insert,
                         .get = get,
                         .list = list,
                         .check = check,
                         .backup = backup};
    return true;
}
