/* What the files of the server share: inside serve/ only. */
#ifndef DENS_SERVE_PARTS_H
#define DENS_SERVE_PARTS_H

#include "evaluate/repeatability.h"
#include "serve/archive.h"
#include "serve/http.h"
#include "serve/serve.h"
#include "serve/shelf.h"

#define API "/api/v1"
enum { MOST_BODY_BYTES = 8 * 1024 * 1024, MOST_PARTS = 3, MOST_LISTED = 1000, MOST_OFFSET = 1000000 };
#define MOST_UPLOAD_BYTES 5000000000ULL

typedef struct Jobs Jobs;
typedef struct Quiz Quiz;

struct Serve {
    Engine *engine;
    Knowledge *whole; /* the knowledge again, with what only describes it */
    Repeatability *repeatability;
    Store *store; /* or NULL */
    int store_lock;
    const char *spool; /* the store's folder for what is not stored yet, or NULL */
    Jobs *jobs;
    Shelf *shelf; /* of volumes that were read */
    Quiz *quiz;   /* questions that were asked */
    HttpServer *http;
    Log *log;
    size_t receiver_count;
    const ServeReceiver *receivers;
    const char *ae, *dimse;
    Archive *archive;        /* or NULL */
    const char *examples;    /* folder of coded cases, or NULL */
    const char *token, *url; /* token NULL: none is asked for */
    Arena *arena;
};

/* One request on its way to an answer. */
typedef struct {
    Serve *serve;
    const HttpRequest *request;
    HttpReply *reply;
    Arena *arena;
    const char *parts[MOST_PARTS]; /* what stands in the path's {} */
} Call;

typedef enum { INTAKE_NONE, INTAKE_JSON, INTAKE_ZIP, INTAKE_BYTES } Intake;

typedef struct {
    const char *method, *pattern; /* "/cases/{}/versions/{}", below API */
    Intake intake;
    bool needs_store;
    void (*answer)(Call *call);
} Route;
/* Each ended by one without a method. */
extern const Route archive_routes[];
extern const Route case_routes[];
extern const Route drawing_routes[];
extern const Route job_routes[];
extern const Route knowledge_routes[];
extern const Route lesion_routes[];
extern const Route picture_routes[];
extern const Route quiz_routes[];
extern const Route record_routes[];
extern const Route report_routes[];
extern const Route search_routes[];
extern const Route series_routes[];
extern const Route study_routes[];

/* Replies. Each of the problems returns false. */
bool problem(Call *call, unsigned status, const char *format, ...) DENS_PRINTF(3, 4);
/* An error of the library: 422 if the input is at fault, 400 the call, 500 us. Takes the error. */
bool problem_error(Call *call, DensError *error);
Value *problem_tree(Arena *arena, unsigned status, const char *where, const char *detail);
Value *problem_tree_of(Arena *arena, const DensError *error);
const char *status_title(unsigned status);
void reply_json(Call *call, unsigned status, const Value *tree);
void reply_file(Call *call, const char *path, const char *type);
/* The address of something new: "Location". */
void reply_location(Call *call, const char *kind, const char *id);

/* The body as JSON; NULL after a problem was replied. */
const Value *body_json(Call *call);
/* May a text be the name of a language? It becomes that of a file. */
bool is_language(const char *text);
/* The parts of a text between commas, NULL-ended. */
const char **split_list(const char *text, Arena *arena);
/* Is a tree a map with no keys but these (NULL-ended)? False after a problem. */
bool only_keys(Call *call, const Value *tree, const char *const *keys);
/* The body, or a part of it, as a case that fits the knowledge; NULL after a problem. The caller frees it. */
Case *body_case(Call *call, const Value *tree);
/* A number of the query, left as it is if the query has none; false after a problem. */
bool read_number(Call *call, const char *name, size_t least, size_t most, size_t *out);
/* A list of records from the store with what the query says of its pages; a further page is told by Link. */
void reply_list(Call *call, const char *kind, const char *id, const char *of);
/* The same of a whole kind, with what the records' bodies hold at these keys (NULL-ended). */
void reply_list_told(Call *call, const char *kind, const char *const *keys);
void add_etag(Call *call, long long version);
/* The version that If-Match names, which is one of this record; 0 after a problem. */
long long read_match(Call *call, const StoreRecord *record);
/* A file of a record as an attachment. */
void reply_record_file(Call *call, const StoreRecord *record, const char *name);
/* The version that the second part of the path names; 0 after a problem. */
long long read_version(Call *call);
/* {id, version, time} and, if there is one, `of`. */
Value *record_tree(Arena *arena, const StoreRecord *record);
/* Is this text the id of a mask of the study? False after a problem. */
bool check_mask(Call *call, const Value *mask, const char *study);
/* The record of the id in the first part of the path, of this version (0: the newest); false after a problem.
 */
bool find_record(Call *call, const char *kind, const char *id, long long version, StoreRecord *out);

/* A study as files with names, for the readers of the library: FOLDER/dicom/00001.dcm, FOLDER/t2.nii.gz. The
 * inputs as `dens evaluate` takes them. The caller removes the folder with remove_folder(). */
bool lay_out_study(Serve *serve, const StoreRecord *study, Arena *arena, const char **out_folder,
                   const char ***out_inputs, size_t *out_count, DensError **err) DENS_MUST_USE;
/* The reason of a role that a reader corrected. */
#define ROLE_BY_READER "the reader says so"
/* The roles of a study's DICOM series as they stand in its table: the reader's, where he corrected them. */
size_t study_roles(const StoreRecord *study, Arena *arena, const StudyRole **out);
/* The middle slice of a volume as a small picture, added to `out`. */
bool thumbnail_png(const Volume *volume, Text *out, DensError **err) DENS_MUST_USE;
/* A mask from a file, which `name` tells the kind of: mask.nii, mask.nii.gz, mask.dcm. The caller frees it.
 */
Mask *read_mask(Call *call, const char *file, const char *name, DensError **err) DENS_MUST_USE;
/* Looks at what lies in FOLDER/dicom and FOLDER (ROLE.nii.gz) and stores it as this study. `origin`: how it
 * came here, "upload" or "archive". */
StorePut keep_study(Serve *serve, const char *folder, const char *origin, StoreRecord *record, Arena *arena,
                    DensError **err) DENS_MUST_USE;
/* What the headers of a folder's DICOM files say: the rows of the study's table, and in `body` what a list of
 * studies shows (patient_name, date, description, modalities), as far as it is there. */
bool describe_dicom(const char *folder, Log *log, Value *body, Value *series, Arena *arena,
                    DensError **err) DENS_MUST_USE;
/* The study of this id and the place of its series that the second part of the path names; false after a
 * problem. */
bool find_series(Call *call, const char *study, StoreRecord *out_study, size_t *out_index);
/* A series of a study, from the shelf if it was read before. To be given back with shelf_return(). */
const Volume *take_series(Call *call, const StoreRecord *study, size_t index, DensError **err) DENS_MUST_USE;
/* What the API tells of a study. */
Value *study_tree(Arena *arena, const StoreRecord *record);
/* A new folder in the spool. */
const char *spool_folder(Serve *serve, Arena *arena, DensError **err) DENS_MUST_USE;
void remove_folder(const char *path);
/* A second name for a file of the same disk. */
bool link_file(const char *from, const char *to, DensError **err) DENS_MUST_USE;

/* The files of a result, as far as they are there, by their names in an evaluation's folder. */
enum { RESULT_FILES = 10 };
size_t find_result_files(const char *folder, Arena *arena, StoreFile out[RESULT_FILES]);

/* Evaluations, one after the other in a thread of their own. */
Jobs *jobs_start(Serve *serve, DensError **err) DENS_MUST_USE;
void jobs_stop(Jobs *jobs);
/* Stores a job and puts it in the row; its record in *out. */
bool jobs_add(Serve *serve, const char *kind, const Value *request, Arena *arena, StoreRecord *out,
              DensError **err) DENS_MUST_USE;
/* Adds "measurements" and "inputs" of what a request for an evaluation names, at once. */
bool jobs_measure(Serve *serve, const Value *request, Arena *arena, Value *out,
                  DensError **err) DENS_MUST_USE;
/* Ends a job that waits, and has the one that runs end at its next step. *out_ended: it had ended before. */
bool jobs_cancel(Serve *serve, StoreRecord *job, Arena *arena, bool *out_ended,
                 DensError **err) DENS_MUST_USE;
/* What the API tells of a job, with its progress if it runs. */
Value *jobs_tree(Serve *serve, const StoreRecord *record, Arena *arena);

/* The page: is there such a file (false after a problem), and the file. */
bool page_admit(Call *call);
void page_answer(Call *call);

#endif
