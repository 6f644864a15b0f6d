/* A mask that was just made, as a DICOM segmentation beside the images that it was made on. */
#include "evaluate/study.h"

#include "base/clock.h"
#include "base/hash.h"
#include "dicom/objects.h"
#include "image/nifti.h"
#include "segment/bone.h"

#include <stdio.h>

enum { SERIES_NUMBER = 9904 };

#define ALGORITHM "dens segment " DENS_VERSION
#define CERVICAL_SPINE                                                                                       \
    {                                                                                                        \
        "122494005", "SCT", "Cervical spine"                                                                 \
    }
#define ANATOMY                                                                                              \
    {                                                                                                        \
        "123037004", "SCT", "Anatomical Structure"                                                           \
    }

static const DicomSegment lesion[] = {{.label = "Lesion",
                                       .description = "The lesion, grown from clicks inside and outside it",
                                       .algorithm_type = "SEMIAUTOMATIC",
                                       .algorithm_name = ALGORITHM,
                                       .category = {"49755003", "SCT", "Morphologically Abnormal Structure"},
                                       .type = {"52988006", "SCT", "Lesion"},
                                       .region = CERVICAL_SPINE}};
static const DicomSegment bone[] = {{.value = SEGMENT_LABEL_BONE,
                                     .label = "Bone",
                                     .description = "All bone, by thresholds",
                                     .algorithm_type = "AUTOMATIC",
                                     .algorithm_name = ALGORITHM,
                                     .category = ANATOMY,
                                     .type = {"272673000", "SCT", "Bone"},
                                     .region = CERVICAL_SPINE},
                                    {.value = SEGMENT_LABEL_CANAL,
                                     .label = "Spinal canal",
                                     .description = "The bony spinal canal, by topology",
                                     .algorithm_type = "AUTOMATIC",
                                     .algorithm_name = ALGORITHM,
                                     .category = ANATOMY,
                                     .type = {"61853006", "SCT", "Spinal canal"},
                                     .region = CERVICAL_SPINE}};
static const DicomSegmentation kinds[] = {
    [MASK_LESION] = {.label = "LESION", .description = "Lesion", .count = 1, .segments = lesion},
    [MASK_BONE] = {.label = "BONE", .description = "Bone and spinal canal", .count = 2, .segments = bone}};

/* New at each writing: a mask that was corrected is another object. */
static void new_uid(const char *what, const DicomContext *context, const Mask *mask, const char *time,
                    char out[65])
{
    char sum[65];
    Hash *hash = hash_new();
    hash_add(hash, mask->labels, geometry_voxels(&mask->geometry) * sizeof *mask->labels);
    hash_finish(hash, sum);
    hash_free(hash);
    AUTO_TEXT name = TEXT_INIT;
    text_addf(&name, "dens %s|%s|%s|%s", what, dicom_context_subject(context)->study_uid, sum, time);
    dicom_uid(text_string(&name), out);
}

bool evaluate_mask_seg(const char *volume_path, const Mask *mask, MaskKind kind, Text *out, Log *log,
                       DensError **err)
{
    SeriesRole role;
    const char *path;
    if (!study_split_role(volume_path, &role, &path, "volume", err)) {
        return false;
    }
    if (nifti_is(path)) {
        return error_input(err, path, "is no DICOM: a segmentation needs its patient, study and series");
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    const SeriesInfo *series = study_only_series(path, arena, log, NULL, err);
    AUTO(dicom_context_auto) DicomContext *context = series ? dicom_context_read(&series, 1, err) : NULL;
    if (!context) {
        return false;
    }
    char time[CLOCK_ISO_SIZE], series_uid[65], instance_uid[65], tracking_uid[65];
    clock_iso(time);
    new_uid("mask series", context, mask, time, series_uid);
    new_uid("mask", context, mask, time, instance_uid);
    new_uid("lesion", context, mask, "", tracking_uid);
    DicomSegmentation what = kinds[kind];
    DicomSegment tracked = lesion[0];
    tracked.tracking_id = "lesion";
    tracked.tracking_uid = tracking_uid;
    what.segments = kind == MASK_LESION ? &tracked : what.segments;
    const DicomObjectIdentity identity = {.series_uid = series_uid,
                                          .instance_uid = instance_uid,
                                          .series_number = SERIES_NUMBER,
                                          .series_description = kind == MASK_LESION ? "dens: lesion mask"
                                                                                    : "dens: bone and canal",
                                          .time = time};
    return dicom_seg_write(context, &what, mask, &identity, out, err);
}
