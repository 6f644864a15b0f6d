/* What a study's DICOM headers say of it: the rows of its table, and the few words that a list of studies
 * shows. */
#include "serve/parts.h"

#include "dicom/dicom.h"
#include "dicom/objects.h"

#include <string.h>

static void add_series(Value *list, const SeriesInfo *info)
{
    Value *map = value_add_map(list);
    value_set_integer(map, "number", info->number);
    value_set_string(map, "modality", info->modality);
    value_set_string(map, "description", info->description);
    value_set_string(map, "role", role_name(info->role));
    value_set_string(map, "role_reason", info->role_reason);
    value_set_integer(map, "columns", (long long)info->columns);
    value_set_integer(map, "rows", (long long)info->rows);
    value_set_integer(map, "slices", (long long)info->slice_count);
    value_set_integer(map, "files", (long long)info->file_count);
    value_set_bool(map, "mask", info->is_mask);
    if (info->problem[0]) {
        value_set_string(map, "problem", info->problem);
    }
}

static void set_unless_empty(Value *map, const char *key, const char *text)
{
    if (text[0]) {
        value_set_string(map, key, text);
    }
}

/* Of the first image. A name that is not in the character set it declares is not shown: the images are. */
static void add_subject(Value *body, const SeriesInfo *info)
{
    AUTO(error_auto) DensError *unreadable = NULL;
    SeriesInfo first = *info;
    first.file_count = 1;
    AUTO(dicom_context_auto)
    DicomContext *context = dicom_context_read((const SeriesInfo *const[]){&first}, 1, &unreadable);
    if (context) {
        const DicomSubject *subject = dicom_context_subject(context);
        set_unless_empty(body, "patient_name", subject->name);
        set_unless_empty(body, "date", subject->study_date);
        set_unless_empty(body, "description", subject->study_description);
    }
}

static void add_modality(Value *list, const char *modality)
{
    bool there = !modality[0];
    VALUE_EACH(one, list)
    {
        there = there || strcmp(value_string(one), modality) == 0;
    }
    if (!there) {
        value_add_string(list, modality);
    }
}

bool describe_dicom(const char *folder, Log *log, Value *body, Value *series, Arena *arena, DensError **err)
{
    const DicomStudy *study = dicom_study_scan(arena, &folder, 1, log, NULL, err);
    if (!study) {
        return false;
    }
    Value *modalities = value_set_list(body, "modalities");
    const SeriesInfo *first = NULL;
    for (size_t i = 0; i < study->series_count; i++) {
        const SeriesInfo *info = &study->series[i];
        first = first || info->file_count == 0 ? first : info;
        add_modality(modalities, info->modality);
        add_series(series, info);
    }
    if (first) {
        add_subject(body, first);
    }
    return true;
}
