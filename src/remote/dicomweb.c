/* QIDO-RS, WADO-RS, STOW-RS. */
#include "remote/dicomweb.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char scheme[] = "dicomweb+";
enum { MOST_TOLD = 5, MOST_TOKEN_BYTES = 16384 };
static const size_t MOST_FILE_BYTES = (size_t)1 << 31;

/* ---- Places ---- */

bool dicomweb_is(const char *text)
{
    return strncmp(text, scheme, sizeof scheme - 1) == 0;
}

/* "studies/UID", with "/series/UID" and "/instances/UID" below it or not. */
static bool is_resource(const char *text)
{
    static const char *const names[] = {"studies/", "/series/", "/instances/"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(text, names[i], length) != 0) {
            return false;
        }
        text += length;
        size_t digits = strspn(text, "0123456789.");
        if (digits == 0 || digits > 64) {
            return false;
        }
        text += digits;
        if (!*text || strcmp(text, "/") == 0) {
            return true;
        }
    }
    return false;
}

bool dicomweb_parse(Arena *arena, const char *text, DicomWebPlace *out, DensError **err)
{
    char server[256];
    const char *url = text + sizeof scheme - 1, *query = strchr(url, '?');
    size_t length = query ? (size_t)(query - url) : strlen(url);
    char *path = arena_strndup(arena, url, length);
    http_server(url, server, sizeof server);
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || strchr(server, '@')) {
        return error_set(err, DENS_ERROR_USAGE, "dicomweb",
                         "a place is named by dicomweb+https://HOST/…; a password goes into "
                         "DENS_DICOMWEB_USER");
    }
    while (length > 0 && path[length - 1] == '/') {
        path[--length] = '\0';
    }
    char *studies = NULL;
    for (char *at = strstr(path, "/studies"); at; at = strstr(at + 1, "/studies")) {
        studies = at[8] == '/' || !at[8] ? at : studies;
    }
    *out = (DicomWebPlace){path, "", query ? arena_strdup(arena, query + 1) : ""};
    if (studies) {
        *studies = '\0';
        out->resource = studies[8] ? arena_strdup(arena, studies + 1) : "";
    }
    if (*out->resource ? *out->query || !is_resource(out->resource) : !*out->query) {
        return error_set(err, DENS_ERROR_USAGE, server,
                         "which study? …/studies/UID or …/studies?AccessionNumber=… is expected");
    }
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool dicomweb_access(Arena *arena, Log *log, HttpAccess *out, DensError **err)
{
    const char *file = variable("DENS_DICOMWEB_TOKEN_FILE");
    *out = (HttpAccess){.token = variable("DENS_DICOMWEB_TOKEN"),
                        .user = variable("DENS_DICOMWEB_USER"),
                        .certificate = variable("DENS_DICOMWEB_CERTIFICATE"),
                        .key = variable("DENS_DICOMWEB_KEY"),
                        .trust = variable("DENS_DICOMWEB_TRUST"),
                        .log = log};
    if (!out->certificate != !out->key) {
        return error_set(err, DENS_ERROR_USAGE, "dicomweb",
                         "DENS_DICOMWEB_CERTIFICATE and DENS_DICOMWEB_KEY stand together");
    }
    if (out->user && !strchr(out->user, ':')) {
        return error_set(err, DENS_ERROR_USAGE, "DENS_DICOMWEB_USER", "must be NAME:PASSWORD");
    }
    if (file && !out->token) {
        size_t length = 0;
        char *token = file_read(file, MOST_TOKEN_BYTES, &length, err);
        if (!token) {
            return false;
        }
        out->token = arena_strndup(arena, token, strcspn(token, "\r\n"));
        free(token);
    }
    return true;
}

/* ---- Answers ---- */

/* What a status means for who asked. */
static bool refuse(const char *server, int status, DensError **err)
{
    static const struct {
        int status;
        const char *what;
    } known[] = {{400, "it does not understand the request"},
                 {401, "who asks is not known to it; see DENS_DICOMWEB_TOKEN, DENS_DICOMWEB_USER"},
                 {403, "who asks may not have this"},
                 {404, "there is nothing of this name"},
                 {406, "it does not give DICOM objects in this form"},
                 {409, "it takes none of the objects"},
                 {413, "the objects are too large for it"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].status == status) {
            return error_input(err, server, "answers %d: %s", status, known[i].what);
        }
    }
    return error_input(err, server, "answers %d%s", status, status >= 500 ? ": it cannot do its work" : "");
}

/* The first value of an attribute of the DICOM JSON model (PS3.18 F.2). */
static const Value *first_value(const Value *object, const char *tag)
{
    return value_at(value_get(value_get(object, tag), "Value"), 0);
}

static const char *text_at(const Value *object, const char *tag)
{
    const char *text = value_string(first_value(object, tag));
    return text ? text : "";
}

/* ---- Searching ---- */

static bool choose_study(Arena *arena, const Value *found, const char *server, DicomWebPlace *place,
                         DensError **err)
{
    AUTO_TEXT told = TEXT_INIT;
    size_t count = found ? found->count : 0, n = 0;
    if (count == 0) {
        return error_input(err, server, "the search finds no study");
    }
    VALUE_EACH(study, found)
    {
        if (n++ < MOST_TOLD) {
            text_addf(&told, "%s%s of %s", n > 1 ? ", " : "", text_at(study, "0020000D"),
                      text_at(study, "00080020"));
        }
    }
    if (count > 1) {
        return error_input(err, server, "the search finds %zu studies; name one: %s%s", count,
                           text_string(&told), count > MOST_TOLD ? ", …" : "");
    }
    place->resource = arena_printf(arena, "studies/%s", text_at(value_at(found, 0), "0020000D"));
    place->query = "";
    return is_resource(place->resource) ||
           error_input(err, server, "the search answers without a study's UID");
}

/* The answer to a search; 204, as none is found, is an empty list. */
static const Value *search(Arena *arena, const HttpAccess *access, const DicomWebPlace *place,
                           const char *more, const char *server, DensError **err)
{
    HttpAnswer answer;
    const HttpRequest request = {.method = "GET",
                                 .url =
                                     arena_printf(arena, "%s/studies?%s%s", place->base, place->query, more),
                                 .accept = "application/dicom+json"};
    const Value *found = NULL;
    if (!http_exchange(access, &request, NULL, &answer, err)) {
        http_answer_clear(&answer);
        return NULL;
    }
    if (answer.status == 204) {
        found = value_new_list(arena);
    } else if (answer.status != 200) {
        (void)refuse(server, answer.status, err);
    } else {
        found = json_parse(arena, text_string(&answer.body), answer.body.length, server, err);
        if (found && found->kind != VALUE_LIST) {
            (void)error_input(err, server, "the search is answered with something else than a list");
            found = NULL;
        }
    }
    http_answer_clear(&answer);
    return found;
}

bool dicomweb_resolve(Arena *arena, const HttpAccess *access, DicomWebPlace *place, DensError **err)
{
    char server[256];
    if (!*place->query) {
        return true;
    }
    http_server(place->base, server, sizeof server);
    const Value *found = search(arena, access, place, "", server, err);
    return found && choose_study(arena, found, server, place, err);
}

/* A text of the archive, which may end up on a terminal: without control characters. */
static void set_clean(Arena *arena, Value *map, const char *key, const char *text)
{
    char *clean = arena_strdup(arena, text);
    for (char *at = clean; *at; at++) {
        *at = (unsigned char)*at < 0x20 || *at == 0x7F ? ' ' : *at;
    }
    if (*clean) {
        value_set_string(map, key, clean);
    }
}

static void add_study(Arena *arena, const Value *found, const char *uid, Value *list)
{
    static const char *const texts[][2] = {
        {"date", "00080020"}, {"time", "00080030"}, {"accession", "00080050"}, {"description", "00081030"}};
    static const char *const numbers[][2] = {{"series", "00201206"}, {"instances", "00201208"}};
    Value *map = value_add_map(list);
    value_set_string(map, "study", uid);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        set_clean(arena, map, texts[i][0], text_at(found, texts[i][1]));
    }
    Value *modalities = value_set_list(map, "modalities");
    VALUE_EACH(modality, value_get(value_get(found, "00080061"), "Value"))
    {
        const char *name = value_string(modality);
        if (name && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ") == strlen(name)) {
            value_add_string(modalities, name);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double number = 0;
        if (value_number(first_value(found, numbers[i][1]), &number) && number >= 0 && number < 1e9) {
            value_set_integer(map, numbers[i][0], (long long)number);
        }
    }
}

Value *dicomweb_search(Arena *arena, const HttpAccess *access, const DicomWebPlace *place, DensError **err)
{
    char server[256];
    Value *list = value_new_list(arena);
    http_server(place->base, server, sizeof server);
    /* the description is no attribute that an archive has to return by itself (PS3.18 10.6.3.3.1) */
    const char *more = arena_printf(arena, "&includefield=00081030&limit=%d", DICOMWEB_MOST_FOUND);
    const Value *found = search(arena, access, place, more, server, err);
    if (!found) {
        return NULL;
    }
    VALUE_EACH(study, found)
    {
        const char *uid = text_at(study, "0020000D");
        if (!is_resource(arena_printf(arena, "studies/%s", uid))) {
            (void)error_input(err, server, "the search answers without a study's UID");
            return NULL;
        }
        if (list->count < DICOMWEB_MOST_FOUND) {
            add_study(arena, study, uid, list);
        }
    }
    return list;
}

/* ---- Retrieving ---- */

typedef struct {
    const char *folder;
    size_t count;
} Unpacking;

static bool write_part(void *context, const char *bytes, size_t length, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Unpacking *unpacking = context;
    const char *path =
        file_join(arena, unpacking->folder, arena_printf(arena, "%06zu.dcm", ++unpacking->count));
    FILE *file = fopen(path, "wbe");
    bool good = file && fwrite(bytes, 1, length, file) == length;
    int reason = good ? 0 : errno;
    if (file && fclose(file) != 0 && good) {
        reason = errno;
    }
    return reason == 0 || error_system(err, DENS_ERROR_INTERNAL, path, "cannot be written", reason);
}

/* Splits the file that an answer was written to. */
static bool unpack(const char *path, const HttpAnswer *answer, const char *server, Unpacking *unpacking,
                   DensError **err)
{
    struct stat info = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool good = file >= 0 && fstat(file, &info) == 0;
    size_t length = (size_t)info.st_size;
    void *body = good && length > 0 ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (file >= 0) {
        (void)close(file);
    }
    if (body == MAP_FAILED) {
        return good ? error_input(err, server, "the answer is empty")
                    : error_set(err, DENS_ERROR_INTERNAL, path, "cannot be read again");
    }
    unpacking->count = 0;
    good =
        multipart_split(body, length, text_string(&answer->content_type), server, write_part, unpacking, err);
    (void)munmap(body, length);
    return good;
}

bool dicomweb_retrieve(const HttpAccess *access, const DicomWebPlace *place, const char *folder,
                       size_t *out_count, DensError **err)
{
    enum { ATTEMPTS = 3 };
    AUTO(arena_auto) Arena *arena = arena_new();
    char server[256];
    const char *body = file_join(arena, folder, ".answer");
    Unpacking unpacking = {folder, 0};
    const HttpRequest request = {.method = "GET",
                                 .url = arena_printf(arena, "%s/%s", place->base, place->resource),
                                 .accept =
                                     "multipart/related; type=\"application/dicom\"; transfer-syntax=*"};
    http_server(place->base, server, sizeof server);
    bool good = false;
    for (unsigned n = 1; n <= ATTEMPTS && !good; n++) {
        HttpAnswer answer;
        DensError *fault = NULL;
        bool came = http_exchange(access, &request, body, &answer, &fault) &&
                    (answer.status == 200 || refuse(server, answer.status, &fault));
        good = came && unpack(body, &answer, server, &unpacking, &fault);
        /* an answer that breaks off though the connection held; what passes was tried again below us */
        bool again = came && fault && n < ATTEMPTS && dens_error_code(fault) == DENS_ERROR_INPUT;
        http_answer_clear(&answer);
        (void)unlink(body);
        if (!again && fault) {
            *err = fault;
            return false;
        }
        if (fault) {
            log_line(access->log, LOG_WARNING, "%s: %s; asked for again", server, dens_error_summary(fault));
            dens_error_free(fault);
        }
    }
    *out_count = unpacking.count;
    return good;
}

/* ---- Storing ---- */

static bool add_file(Text *body, const char *boundary, const char *path, DensError **err)
{
    size_t length = 0;
    char *bytes = file_read(path, MOST_FILE_BYTES, &length, err);
    if (!bytes) {
        return false;
    }
    text_addf(body, "--%s\r\nContent-Type: application/dicom\r\n\r\n", boundary);
    text_add_bytes(body, bytes, length);
    text_add(body, "\r\n");
    free(bytes);
    return true;
}

/* A 200 or 202 may still name objects that were not taken (PS3.18 10.5.3): FailedSOPSequence. */
static bool check_stored(Arena *arena, const HttpAnswer *answer, const char *server, DensError **err)
{
    if (answer->status != 200 && answer->status != 202) {
        return refuse(server, answer->status, err);
    }
    DensError *ignored = NULL; /* an archive that answers in another form has said 200 */
    const Value *told = json_parse(arena, text_string(&answer->body), answer->body.length, server, &ignored);
    dens_error_free(ignored);
    const Value *failed = value_get(value_get(told, "00081198"), "Value");
    if (failed && failed->count > 0) {
        double reason = 0;
        (void)value_number(first_value(value_at(failed, 0), "00081197"), &reason);
        return error_input(err, server, "does not take %zu of the objects; the first for reason %04X",
                           failed->count, (unsigned)reason);
    }
    return answer->status == 200 || error_input(err, server, "answers 202: not all objects are stored");
}

bool dicomweb_store(const HttpAccess *access, const DicomWebPlace *place, const char *const *paths,
                    size_t count, DensError **err)
{
    static const char boundary[] = "dens-2f1c9a4e7b6d4c53a0e8";
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT body = TEXT_INIT;
    char server[256];
    HttpAnswer answer;
    for (size_t i = 0; i < count; i++) {
        if (!add_file(&body, boundary, paths[i], err)) {
            return false;
        }
    }
    text_addf(&body, "--%s--\r\n", boundary);
    http_server(place->base, server, sizeof server);
    const char *type = "multipart/related; type=\"application/dicom\"; boundary=";
    const HttpRequest request = {.method = "POST",
                                 .url = arena_printf(arena, "%s/studies", place->base),
                                 .accept = "application/dicom+json",
                                 .content_type = arena_printf(arena, "%s%s", type, boundary),
                                 .body = &body};
    bool good =
        http_exchange(access, &request, NULL, &answer, err) && check_stored(arena, &answer, server, err);
    http_answer_clear(&answer);
    return good;
}
