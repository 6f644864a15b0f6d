/* Studies and masks that are handed in: unpacked, looked at, stored; and laid out again as files with names
 * for the readers of the library. The names that files had are not kept, as they may name a patient. */
#include "serve/parts.h"

#include "base/file.h"
#include "dicom/dicom.h"
#include "image/nifti.h"
#include "serve/zip.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 20000, MOST_RATIO = 200, OPEN_FOLDERS = 16 };
#define MOST_UNPACKED_BYTES 20000000000ULL

const char *spool_folder(Serve *serve, Arena *arena, DensError **err)
{
    char *path = arena_printf(arena, "%s/work-XXXXXX", serve->spool);
    if (!mkdtemp(path)) {
        (void)error_system(err, DENS_ERROR_INTERNAL, serve->spool, "cannot be written", errno);
        return NULL;
    }
    return path;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *level)
{
    (void)about;
    (void)kind;
    (void)level;
    return remove(path);
}

void remove_folder(const char *path)
{
    (void)nftw(path, remove_one, OPEN_FOLDERS,
               FTW_DEPTH | FTW_PHYS); /* what stays is a leftover that store_check() tells of */
}

bool link_file(const char *from, const char *to, DensError **err)
{
    return link(from, to) == 0 || error_system(err, DENS_ERROR_INTERNAL, to, "cannot be written", errno);
}

/* A file beside its volume that is not DICOM: ROLE.nii, ROLE.nii.gz, ROLE.bval, ROLE.json. */
static bool is_volume_name(const char *name, SeriesRole *out_role)
{
    static const char *const suffixes[] = {".nii.gz", ".nii", ".bval", ".json"};
    char role[16];
    size_t length = strcspn(name, ".");
    if (length == 0 || length >= sizeof role) {
        return false;
    }
    memcpy(role, name, length);
    role[length] = '\0';
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (strcmp(name + length, suffixes[i]) == 0) {
            return role_parse(role, out_role) && *out_role != ROLE_UNKNOWN;
        }
    }
    return false;
}

typedef struct {
    Arena *arena;
    const char *folder;
} Unpacked;

static const char *place(void *context, const char *name, size_t index)
{
    Unpacked *unpacked = context;
    SeriesRole role = ROLE_UNKNOWN;
    const char *last = file_name(name);
    if (is_volume_name(last, &role)) {
        return file_join(unpacked->arena, unpacked->folder, last);
    }
    return arena_printf(unpacked->arena, "%s/dicom/%05zu%s", unpacked->folder, index,
                        file_has_suffix(last, ".dcm") ? ".dcm" : "");
}

/* Removes what is no DICOM and does not claim to be; counts it. */
static bool sift(const char *folder, Arena *arena, size_t *out_count, size_t *out_ignored, DensError **err)
{
    const char **names = NULL;
    size_t count = 0;
    *out_count = *out_ignored = 0;
    if (!file_list(arena, folder, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = file_join(arena, folder, names[i]);
        bool keep = file_has_suffix(path, ".dcm") || dicom_is(path);
        if (!keep && unlink(path) != 0) {
            return error_set(err, DENS_ERROR_INTERNAL, path, "cannot be removed: %s", strerror(errno));
        }
        *out_count += keep;
        *out_ignored += !keep;
    }
    return true;
}

static bool add_volume(Value *list, const char *path, SeriesRole role, DensError **err)
{
    Volume **volumes = NULL;
    size_t count = 0;
    double step_s = 0;
    if (!volumes_read_nifti(path, &volumes, &count, &step_s, err)) {
        return false;
    }
    const size_t *size = volumes[0]->geometry.size;
    Value *map = value_add_map(list);
    value_set_integer(map, "number", 0);
    value_set_string(map, "modality", "");
    value_set_string(map, "description", "");
    value_set_string(map, "role", role_name(role));
    value_set_string(map, "role_reason", "the name of the file");
    value_set_integer(map, "columns", (long long)size[0]);
    value_set_integer(map, "rows", (long long)size[1]);
    value_set_integer(map, "slices", (long long)size[2]);
    value_set_integer(map, "files", 1);
    value_set_bool(map, "mask", false);
    value_set_string(map, "volume", file_name(path));
    volumes_free(volumes, count);
    return true;
}

static void add_file(StoreRecord *record, const char *name, const char *path)
{
    record->files[record->file_count++] = (StoreFile){.name = name, .path = path};
}

/* Fills a record from what was unpacked: the series table as its body, and its files. */
static bool look_at(Serve *serve, const char *folder, const char *origin, Arena *arena, StoreRecord *out,
                    DensError **err)
{
    const char *dicom = file_join(arena, folder, "dicom"), **names = NULL;
    size_t count = 0, ignored = 0, dicom_count = 0;
    if (!sift(dicom, arena, &dicom_count, &ignored, err) || !file_list(arena, folder, &names, &count, err)) {
        return false;
    }
    out->files = arena_array(arena, dicom_count + count + 1, sizeof *out->files);
    out->body = value_new_map(arena);
    value_set_string(out->body, "origin", origin);
    Value *series = value_set_list(out->body, "series");
    value_set_integer(out->body, "ignored_files", (long long)ignored);
    if (dicom_count > 0 && !describe_dicom(dicom, serve->log, out->body, series, arena, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        SeriesRole role = ROLE_UNKNOWN;
        const char *path = file_join(arena, folder, names[i]);
        if (!is_volume_name(names[i], &role)) {
            continue;
        }
        if (nifti_is(path) && !add_volume(series, path, role, err)) {
            return false;
        }
        add_file(out, names[i], path);
    }
    if (series->count == 0) {
        return error_input(err, "the study", "holds neither DICOM files nor volumes named ROLE.nii.gz");
    }
    if (dicom_count > 0 && !file_list(arena, dicom, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; dicom_count > 0 && i < count; i++) {
        add_file(out, arena_printf(arena, "dicom/%s", names[i]), file_join(arena, dicom, names[i]));
    }
    return true;
}

Value *study_tree(Arena *arena, const StoreRecord *record)
{
    Value *tree = record_tree(arena, record);
    VALUE_EACH(child, record->body)
    {
        value_set_copy(tree, child->key, child);
    }
    return tree;
}

StorePut keep_study(Serve *serve, const char *folder, const char *origin, StoreRecord *record, Arena *arena,
                    DensError **err)
{
    return look_at(serve, folder, origin, arena, record, err)
               ? store_put(serve->store, record, "http", arena, err)
               : STORE_PUT_FAILED;
}

static bool store_study(Call *call, const char *folder, StoreRecord *record, DensError **err)
{
    const ZipLimits limits = {
        .most_files = MOST_FILES, .most_bytes = MOST_UNPACKED_BYTES, .most_ratio = MOST_RATIO};
    Unpacked unpacked = {.arena = call->arena, .folder = folder};
    return file_make_folder(file_join(call->arena, folder, "dicom"), err) &&
           zip_unpack(call->request->body_file, &limits, place, &unpacked, err) &&
           keep_study(call->serve, folder, "upload", record, call->arena, err) == STORE_PUT_DONE;
}

static void create_study(Call *call)
{
    DensError *error = NULL;
    char id[STORE_ID_SIZE];
    store_new_id(id);
    StoreRecord record = {.kind = "study", .id = arena_strdup(call->arena, id), .version = 1};
    const char *folder = spool_folder(call->serve, call->arena, &error);
    bool good = folder && store_study(call, folder, &record, &error);
    if (folder) {
        remove_folder(folder);
    }
    if (!good) {
        (void)problem_error(call, error);
        return;
    }
    reply_location(call, "studies", id);
    reply_json(call, 201, study_tree(call->arena, &record));
}

static void list_studies(Call *call)
{
    static const char *const keys[] = {"origin",     "patient_name", "date", "description",
                                       "modalities", "node",         NULL};
    reply_list_told(call, "study", keys);
}

static void get_study(Call *call)
{
    StoreRecord record;
    if (find_record(call, "study", call->parts[0], 0, &record)) {
        reply_json(call, 200, study_tree(call->arena, &record));
    }
}

/* The row of the study's table that this volume stands in; NULL for what lies beside a volume. */
static const Value *row_of(const StoreRecord *study, const char *volume)
{
    VALUE_EACH(series, value_get(study->body, "series"))
    {
        const char *name = value_text(series, "volume");
        if (name && strcmp(name, volume) == 0) {
            return series;
        }
    }
    return NULL;
}

bool lay_out_study(Serve *serve, const StoreRecord *study, Arena *arena, const char **out_folder,
                   const char ***out_inputs, size_t *out_count, DensError **err)
{
    const char *folder = spool_folder(serve, arena, err),
               *dicom = folder ? file_join(arena, folder, "dicom") : NULL;
    if (!folder || !file_make_folder(dicom, err)) {
        return false;
    }
    const char **inputs = arena_array(arena, study->file_count + 1, sizeof *inputs);
    bool good = true, has_dicom = false;
    *out_count = 0;
    for (size_t i = 0; good && i < study->file_count; i++) {
        const StoreFile *file = &study->files[i];
        SeriesRole role = ROLE_UNKNOWN;
        const char *path = file_join(arena, folder, file->name),
                   *said = value_text(row_of(study, file->name), "role");
        good = link_file(file->path, path, err);
        has_dicom = has_dicom || !is_volume_name(file->name, &role);
        if (said && strcmp(said, role_name(ROLE_UNKNOWN)) != 0) {
            inputs[(*out_count)++] = arena_printf(arena, "%s=%s", said, path);
        }
    }
    if (has_dicom) {
        inputs[(*out_count)++] = dicom;
    }
    if (!good) {
        remove_folder(folder);
    }
    *out_folder = folder;
    *out_inputs = inputs;
    return good;
}

size_t study_roles(const StoreRecord *study, Arena *arena, const StudyRole **out)
{
    const Value *series = value_get(study->body, "series");
    StudyRole *roles = arena_array(arena, series->count + 1, sizeof *roles);
    size_t count = 0, place = 0;
    VALUE_EACH(row, series)
    {
        SeriesRole role = ROLE_UNKNOWN;
        if (!value_get(row, "volume") && role_parse(value_text(row, "role"), &role)) {
            roles[count++] = (StudyRole){.series = place, .role = role};
        }
        place++;
    }
    *out = roles;
    return count;
}

/* What kind of mask the bytes are: its name in the store, or NULL. */
static const char *mask_name(const char *path)
{
    unsigned char head[348] = {0};
    FILE *file = fopen(path, "rbe");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file) {
        (void)fclose(file); /* only read */
    }
    if (got >= 2 && head[0] == 0x1f && head[1] == 0x8b) {
        return "mask.nii.gz";
    }
    if (got == sizeof head && (memcmp(head + 344, "n+1", 3) == 0 || memcmp(head + 4, "n+2", 3) == 0)) {
        return "mask.nii";
    }
    return dicom_is(path) ? "mask.dcm" : NULL;
}

Mask *read_mask(Call *call, const char *file, const char *name, DensError **err)
{
    const char *folder = spool_folder(call->serve, call->arena, err);
    if (!folder) {
        return NULL;
    }
    const char *path = file_join(call->arena, folder, name);
    Mask *mask = NULL;
    if (link_file(file, path, err)) {
        mask = strcmp(name, "mask.dcm") == 0 ? dicom_seg_read(path, call->serve->log, err)
                                             : mask_read_nifti(path, err);
    }
    remove_folder(folder);
    return mask;
}

static void create_mask(Call *call)
{
    StoreRecord study;
    SeriesRole role = ROLE_UNKNOWN;
    DensError *error = NULL;
    const char *role_text = http_query(call->request, "role"), *name = mask_name(call->request->body_file);
    if (!find_record(call, "study", call->parts[0], 0, &study)) {
        return;
    }
    if (role_text && !role_parse(role_text, &role)) {
        (void)problem(call, 400, "\"role\" is no role of a series");
        return;
    }
    if (!name) {
        (void)problem(call, 422, "the mask is neither a NIfTI file nor a DICOM segmentation");
        return;
    }
    AUTO(mask_auto) Mask *mask = read_mask(call, call->request->body_file, name, &error);
    if (!mask) {
        (void)problem_error(call, error);
        return;
    }
    char id[STORE_ID_SIZE];
    store_new_id(id);
    Value *body = value_new_map(call->arena);
    if (role != ROLE_UNKNOWN) {
        value_set_string(body, "role", role_name(role));
    }
    StoreFile file = {.name = name, .path = call->request->body_file};
    StoreRecord record = {.kind = "mask",
                          .id = id,
                          .of = study.id,
                          .version = 1,
                          .body = body,
                          .file_count = 1,
                          .files = &file};
    if (store_put(call->serve->store, &record, "http", call->arena, &error) != STORE_PUT_DONE) {
        (void)problem_error(call, error);
        return;
    }
    reply_location(call, "masks", id);
    reply_json(call, 201, record_tree(call->arena, &record));
}

const Route study_routes[] = {{"GET", "/studies", INTAKE_NONE, true, list_studies},
                              {"POST", "/studies", INTAKE_ZIP, true, create_study},
                              {"GET", "/studies/{}", INTAKE_NONE, true, get_study},
                              {"POST", "/studies/{}/masks", INTAKE_BYTES, true, create_mask},
                              {0}};
