/* The lesion of a result on a series of its study, to be drawn over the images: of a DICOM study the
 * segmentation that the evaluation wrote, which bears its frame of reference; of NIfTI volumes the mask of
 * the request that lies on the series' grid. */
#include "serve/parts.h"

#include "dicom/objects.h"
#include "image/nifti.h"
#include "measure/measure.h"

#include <string.h>

/* Grids that differ by less are the same. */
static const double same_grid_mm = 0.01;

static const char *file_of(const StoreRecord *record, const char *name)
{
    for (size_t i = 0; i < record->file_count; i++) {
        if (strcmp(record->files[i].name, name) == 0) {
            return record->files[i].path;
        }
    }
    return NULL;
}

static Mask *from_segmentation(Call *call, const char *path, const Volume *volume, DensError **err)
{
    AUTO(mask_auto) Mask *mask = read_mask(call, path, "mask.dcm", err);
    if (!mask) {
        return NULL;
    }
    if (!mask->frame_uid || !volume->frame_uid || strcmp(mask->frame_uid, volume->frame_uid) != 0) {
        (void)error_input(
            err, "the lesion",
            "was marked in another frame of reference: where it lies in this series is not known");
        return NULL;
    }
    return mask_resample(mask, &volume->geometry, err);
}

/* The first of the request's masks that lies on the grid, or NULL without an error. */
static bool from_request(Call *call, const Value *masks, const Volume *volume, Mask **out, DensError **err)
{
    VALUE_EACH(one, masks)
    {
        StoreRecord record;
        bool found = false;
        if (!store_get(call->serve->store, "mask", value_string(one), 0, call->arena, &record, &found, err)) {
            return false;
        }
        AUTO(mask_auto)
        Mask *mask = found ? read_mask(call, record.files[0].path, record.files[0].name, err) : NULL;
        if (found && !mask) {
            return false;
        }
        if (mask && geometry_equal(&mask->geometry, &volume->geometry, same_grid_mm, NULL)) {
            *out = TAKE(mask);
            return true;
        }
    }
    return true;
}

/* The masks that the evaluation was asked for with: its job has the result's id. */
static bool asked_masks(Call *call, const StoreRecord *result, const Value **out, DensError **err)
{
    StoreRecord job;
    bool found = false;
    *out = NULL;
    if (!store_get(call->serve->store, "job", result->id, 0, call->arena, &job, &found, err)) {
        return false;
    }
    *out = found ? value_get(value_get(job.body, "request"), "masks") : NULL;
    return true;
}

static void answer(Call *call, const StoreRecord *result, const Volume *volume)
{
    DensError *error = NULL;
    const char *segmentation = file_of(result, "seg.dcm");
    const Value *masks = NULL;
    AUTO(mask_auto) Mask *mask = NULL;
    if (!segmentation && !asked_masks(call, result, &masks, &error)) {
        (void)problem_error(call, error);
        return;
    }
    if (!segmentation && (!masks || masks->count == 0)) {
        (void)problem(call, 404, "no lesion was marked for this result");
        return;
    }
    if (segmentation) {
        mask = from_segmentation(call, segmentation, volume, &error);
    } else if (from_request(call, masks, volume, &mask, &error) && !mask) {
        (void)error_input(&error, "the lesion", "was marked on another grid than this series");
    }
    if (!mask || !mask_pack_nifti(mask, &call->reply->body, &error)) {
        (void)problem_error(call, error);
        return;
    }
    call->reply->type = "application/octet-stream";
    http_add_header(call->reply, "Content-Disposition", "attachment; filename=\"mask.nii.gz\"");
}

static void get_lesion(Call *call)
{
    StoreRecord result, study;
    size_t index = 0;
    DensError *error = NULL;
    if (!find_record(call, "result", call->parts[0], 0, &result)) {
        return;
    }
    if (!result.of || !result.of[0]) {
        (void)problem(call, 404, "this result is of no study");
        return;
    }
    if (!find_series(call, result.of, &study, &index)) {
        return;
    }
    const Volume *volume = take_series(call, &study, index, &error);
    if (volume) {
        answer(call, &result, volume);
    } else {
        (void)problem_error(call, error);
    }
    shelf_return(call->serve->shelf, volume);
}

const Route lesion_routes[] = {{"GET", "/results/{}/lesion/{}", INTAKE_NONE, true, get_lesion}, {0}};
