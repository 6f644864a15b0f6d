/* A series of a stored study: as NIfTI, as a thumbnail, its role, and the mask of a lesion from clicks on it.
 */
#include "serve/parts.h"

#include "base/file.h"
#include "dicom/dicom.h"
#include "image/nifti.h"
#include "segment/segment.h"
#include "serve/shelf.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this distance of the last click an earlier mask stays as it is. A convention: about the size of what
 * one click is meant to correct. */
static const double changed_within_mm = 20;
/* Grids that differ by less are the same. */
static const double same_grid_mm = 0.01;

/* The series at this place of the study's list, from its files. */
static Volume *read_series(Call *call, const StoreRecord *study, size_t index, const char *folder,
                           DensError **err)
{
    const Value *series = value_at(value_get(study->body, "series"), index);
    const char *name = value_text(series, "volume"), *role = value_text(series, "role");
    const char *dicom = file_join(call->arena, folder, "dicom");
    if (name) {
        Volume *volume = volume_read_nifti(file_join(call->arena, folder, name), err);
        if (volume && role && strcmp(role, role_name(ROLE_CT)) == 0) {
            volume->unit = UNIT_HU;
        }
        return volume;
    }
    const DicomStudy *scanned = dicom_study_scan(call->arena, &dicom, 1, call->serve->log, NULL, err);
    if (!scanned) {
        return NULL;
    }
    const SeriesInfo *info = &scanned->series[index];
    if (info->is_mask) {
        (void)error_input(err, "the series", "is a segmentation, no image");
        return NULL;
    }
    return info->part_count > 1 ? dicom_series_read_part(info, 0, call->serve->log, NULL, err)
                                : dicom_series_read(info, call->serve->log, NULL, err);
}

const Volume *take_series(Call *call, const StoreRecord *study, size_t index, DensError **err)
{
    Shelf *shelf = call->serve->shelf;
    const char *role = value_text(value_at(value_get(study->body, "series"), index), "role");
    const char *name = arena_printf(call->arena, "%s %zu %s", study->id, index, role ? role : "");
    const Volume *kept = shelf_take(shelf, name);
    const char *folder = NULL, **inputs = NULL;
    size_t count = 0;
    if (kept || !lay_out_study(call->serve, study, call->arena, &folder, &inputs, &count, err)) {
        return kept;
    }
    Volume *volume = read_series(call, study, index, folder, err);
    remove_folder(folder);
    return volume ? shelf_put(shelf, name, volume) : NULL;
}

bool find_series(Call *call, const char *study, StoreRecord *out_study, size_t *out_index)
{
    char *end = NULL;
    errno = 0;
    unsigned long long index = strtoull(call->parts[1], &end, 10);
    if (!find_record(call, "study", study, 0, out_study)) {
        return false;
    }
    *out_index = (size_t)index;
    return (!*end && !errno && call->parts[1][0] != '-' &&
            value_at(value_get(out_study->body, "series"), (size_t)index)) ||
           problem(call, 404, "this study has no such series");
}

/* Takes the series that the path names and lets `answer` reply with it. */
static void with_series(Call *call, bool (*answer)(Call *call, const Volume *volume, DensError **err))
{
    StoreRecord study;
    size_t index = 0;
    DensError *error = NULL;
    if (!find_series(call, call->parts[0], &study, &index)) {
        return;
    }
    const Volume *volume = take_series(call, &study, index, &error);
    if (!volume || !answer(call, volume, &error)) {
        (void)problem_error(call, error);
    }
    shelf_return(call->serve->shelf, volume);
}

static bool answer_nifti(Call *call, const Volume *volume, DensError **err)
{
    http_add_header(call->reply, "Content-Disposition", "attachment; filename=\"volume.nii\"");
    call->reply->type = "application/octet-stream";
    return volume_pack_nifti(volume, &call->reply->body, err);
}

static void get_volume(Call *call)
{
    with_series(call, answer_nifti);
}

static bool answer_png(Call *call, const Volume *volume, DensError **err)
{
    call->reply->type = "image/png";
    return thumbnail_png(volume, &call->reply->body, err);
}

static void get_thumbnail(Call *call)
{
    with_series(call, answer_png);
}

/* The reader's role of a series, as the next version of the study. */
static void put_role(Call *call)
{
    StoreRecord study;
    size_t index = 0;
    DensError *error = NULL;
    SeriesRole role = ROLE_UNKNOWN;
    const Value *tree = body_json(call);
    const char *wanted = value_text(tree, "role");
    if (!tree || !find_series(call, call->parts[0], &study, &index)) {
        return;
    }
    if (!wanted || tree->count != 1 || !role_parse(wanted, &role)) {
        (void)problem(
            call, 422,
            "the body must hold \"role\", one of those that schema/openapi.yaml lists, and nothing else");
        return;
    }
    Value *body = value_copy(call->arena, study.body), *row = body->first;
    while (strcmp(row->key, "series") != 0) {
        row = row->next;
    }
    for (row = row->first; index > 0; index--) {
        row = row->next;
    }
    if (value_truth(row, "mask")) {
        (void)problem(call, 422, "the series is a segmentation, no image");
        return;
    }
    value_set_string(row, "role", wanted);
    value_set_string(row, "role_reason", ROLE_BY_READER);
    study.body = body;
    study.version++;
    StorePut outcome = store_put(call->serve->store, &study, "http", call->arena, &error);
    if (outcome == STORE_PUT_FAILED) {
        (void)problem_error(call, error);
    } else if (outcome == STORE_PUT_CONFLICT) {
        (void)problem(call, 412, "the study was changed elsewhere in this moment; nothing was stored");
    } else {
        reply_json(call, 200, study_tree(call->arena, &study));
    }
}

/* ---- a mask from clicks ---- */

typedef enum { SPACE_LPS, SPACE_RAS, SPACE_VOXEL, SPACE_COUNT } Space;

typedef struct {
    size_t volume_count, click_count;
    const Volume *volumes[SEGMENT_MOST_CHANNELS]; /* of the shelf */
    SegmentClick *clicks;
    Mask *earlier;
} Segmenting;

static bool read_space(Call *call, const Value *tree, Space *out)
{
    static const char *const names[SPACE_COUNT] = {"lps", "ras", "voxel"};
    const Value *given = value_get(tree, "space");
    const char *name = given ? value_string(given) : names[SPACE_LPS];
    for (*out = SPACE_LPS; *out < SPACE_COUNT; (*out)++) {
        if (name && strcmp(name, names[*out]) == 0) {
            return true;
        }
    }
    return problem(call, 422, "\"space\" must be lps, ras or voxel");
}

static bool read_click(const Value *tree, Space space, const Geometry *geometry, SegmentClick *out)
{
    const Value *point = value_get(tree, "point"), *inside = value_get(tree, "inside");
    double at[3] = {0, 0, 0};
    bool good = tree->kind == VALUE_MAP && tree->count == 2 && point && point->kind == VALUE_LIST &&
                point->count == 3 && inside && inside->kind == VALUE_BOOL;
    for (size_t a = 0; good && a < 3; a++) {
        good = value_number(value_at(point, a), &at[a]);
    }
    if (!good) {
        return false;
    }
    out->inside = inside->boolean;
    out->point_lps_mm = space == SPACE_LPS   ? vec3(at[0], at[1], at[2])
                        : space == SPACE_RAS ? vec3(-at[0], -at[1], at[2])
                                             : geometry_point_lps_mm(geometry, at[0], at[1], at[2]);
    return true;
}

static bool read_clicks(Call *call, const Value *tree, Segmenting *out)
{
    const Value *clicks = value_get(tree, "clicks");
    Space space = SPACE_LPS;
    if (!clicks || clicks->kind != VALUE_LIST || clicks->count == 0 || clicks->count > SEGMENT_MOST_CLICKS) {
        return problem(call, 422, "\"clicks\" must be a list of 1 to %d clicks", SEGMENT_MOST_CLICKS);
    }
    if (!read_space(call, tree, &space)) {
        return false;
    }
    out->clicks = arena_array(call->arena, clicks->count, sizeof *out->clicks);
    VALUE_EACH(click, clicks)
    {
        if (!read_click(click, space, &out->volumes[0]->geometry, &out->clicks[out->click_count++])) {
            return problem(call, 422, "click %zu is not {\"point\": [x, y, z], \"inside\": true or false}",
                           out->click_count);
        }
    }
    return true;
}

/* Another series of the study that is looked at with the first. */
static bool take_also(Call *call, const StoreRecord *study, const Value *also, Segmenting *out)
{
    double index = -1;
    DensError *error = NULL;
    size_t series = value_get(study->body, "series")->count;
    if (!value_number(also, &index) || index < 0 || index >= (double)series || index != floor(index)) {
        return problem(call, 422, "\"also\" must be a list of places in the study's list of series");
    }
    const Volume *volume = take_series(call, study, (size_t)index, &error);
    if (!volume) {
        return problem_error(call, error);
    }
    out->volumes[out->volume_count++] = volume;
    const char *frame = volume->frame_uid, *first = out->volumes[0]->frame_uid;
    return !frame || !first || !frame[0] || !first[0] || strcmp(frame, first) == 0 ||
           problem(call, 422,
                   "series %.0f has another frame of reference: where it lies to this one is not known",
                   index);
}

static bool take_volumes(Call *call, const StoreRecord *study, size_t index, const Value *also,
                         Segmenting *out)
{
    DensError *error = NULL;
    if (also && (also->kind != VALUE_LIST || also->count >= SEGMENT_MOST_CHANNELS)) {
        return problem(call, 422, "\"also\" must be a list of at most %d other series",
                       SEGMENT_MOST_CHANNELS - 1);
    }
    out->volumes[0] = take_series(call, study, index, &error);
    if (!out->volumes[0]) {
        return problem_error(call, error);
    }
    out->volume_count = 1;
    VALUE_EACH(one, also)
    {
        if (!take_also(call, study, one, out)) {
            return false;
        }
    }
    return true;
}

static bool read_earlier(Call *call, const StoreRecord *study, const Value *id, Segmenting *out)
{
    StoreRecord record;
    DensError *error = NULL;
    if (!id) {
        return true;
    }
    if (!value_string(id)) {
        return problem(call, 422, "\"earlier\" must be the id of a mask");
    }
    if (!find_record(call, "mask", value_string(id), 0, &record)) {
        return false;
    }
    if (strcmp(record.of, study->id) != 0) {
        return problem(call, 422, "a mask of another study was named");
    }
    out->earlier = read_mask(call, record.files[0].path, record.files[0].name, &error);
    if (!out->earlier) {
        return problem_error(call, error);
    }
    return geometry_equal(&out->earlier->geometry, &out->volumes[0]->geometry, same_grid_mm, NULL) ||
           problem(call, 422, "the earlier mask lies on another grid than the series");
}

/* What lies far from the last click stays as it was. */
static void keep_far(const Segmenting *s, Mask *mask)
{
    const Geometry *g = &mask->geometry;
    const Vec3 last = s->clicks[s->click_count - 1].point_lps_mm;
    size_t at = 0;
    for (size_t k = 0; k < g->size[2]; k++) {
        for (size_t j = 0; j < g->size[1]; j++) {
            for (size_t i = 0; i < g->size[0]; i++, at++) {
                const Vec3 point = geometry_point_lps_mm(g, (double)i, (double)j, (double)k);
                if (vec3_length(vec3_sub(point, last)) > changed_within_mm) {
                    mask->labels[at] = s->earlier->labels[at] != 0;
                }
            }
        }
    }
}

/* Stores the mask that is the reply's body, with how it was made. */
static bool store_clicked(Call *call, const StoreRecord *study, size_t index, const Value *tree)
{
    DensError *error = NULL;
    const char *folder = spool_folder(call->serve, call->arena, &error);
    const char *role = value_text(value_at(value_get(study->body, "series"), index), "role");
    if (!folder) {
        return problem_error(call, error);
    }
    const char *path = file_join(call->arena, folder, "mask.nii.gz");
    Value *body = value_new_map(call->arena);
    if (role && strcmp(role, role_name(ROLE_UNKNOWN)) != 0) {
        value_set_string(body, "role", role);
    }
    value_set_integer(body, "series", (long long)index);
    value_set_copy(body, "clicked", tree);
    StoreFile file = {.name = "mask.nii.gz", .path = path};
    char id[STORE_ID_SIZE];
    store_new_id(id);
    StoreRecord record = {.kind = "mask",
                          .id = id,
                          .of = study->id,
                          .version = 1,
                          .body = body,
                          .file_count = 1,
                          .files = &file};
    const Text *packed = &call->reply->body;
    bool good = file_write(path, text_string(packed), packed->length, &error) &&
                store_put(call->serve->store, &record, "http", call->arena, &error) == STORE_PUT_DONE;
    remove_folder(folder);
    if (!good) {
        return problem_error(call, error);
    }
    call->reply->status = 201;
    reply_location(call, "masks", id);
    return true;
}

static void reply_mask(Call *call, const StoreRecord *study, size_t index, const Value *tree,
                       const Segmenting *s)
{
    DensError *error = NULL;
    AUTO(mask_auto)
    Mask *mask = segment_lesion(s->volumes, s->volume_count, s->clicks, s->click_count, &error);
    if (mask && s->earlier) {
        keep_far(s, mask);
    }
    if (!mask || !mask_pack_nifti(mask, &call->reply->body, &error)) {
        (void)problem_error(call, error);
        return;
    }
    if (value_truth(tree, "store") && !store_clicked(call, study, index, tree)) {
        return;
    }
    size_t voxels = mask_count(mask, 0);
    double volume_ml = (double)voxels * geometry_voxel_volume_mm3(&mask->geometry) / 1000;
    call->reply->type = "application/octet-stream";
    http_add_header(call->reply, "Content-Disposition", "attachment; filename=\"mask.nii.gz\"");
    http_add_header(call->reply, "Dens-Voxels", arena_printf(call->arena, "%zu", voxels));
    http_add_header(call->reply, "Dens-Volume-Ml", arena_printf(call->arena, "%.3f", volume_ml));
}

static void segment(Call *call)
{
    static const char *const keys[] = {"clicks", "space", "also", "earlier", "store", NULL};
    StoreRecord study;
    size_t index = 0;
    Segmenting s = {0};
    const Value *tree = body_json(call);
    if (!tree || !find_series(call, call->parts[0], &study, &index) || !only_keys(call, tree, keys)) {
        return;
    }
    if (take_volumes(call, &study, index, value_get(tree, "also"), &s) && read_clicks(call, tree, &s) &&
        read_earlier(call, &study, value_get(tree, "earlier"), &s)) {
        reply_mask(call, &study, index, tree, &s);
    }
    for (size_t v = 0; v < s.volume_count; v++) {
        shelf_return(call->serve->shelf, s.volumes[v]);
    }
    mask_free(s.earlier);
}

const Route series_routes[] = {{"GET", "/studies/{}/series/{}/volume", INTAKE_NONE, true, get_volume},
                               {"GET", "/studies/{}/series/{}/thumbnail", INTAKE_NONE, true, get_thumbnail},
                               {"PUT", "/studies/{}/series/{}/role", INTAKE_JSON, true, put_role},
                               {"POST", "/studies/{}/series/{}/segment", INTAKE_JSON, true, segment},
                               {0}};
