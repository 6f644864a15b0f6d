/* An evaluation without what identifies the patient: the case, the measurements and the provenance, before
 * the result is made of them. The DICOM objects: dicom_context_deidentify(). */
#include "evaluate/evaluate.h"

#include <string.h>

/* The series' new UID; "" where no object has one. */
static const char *other_uid(const StudyObjects *objects, const char *uid, Arena *arena)
{
    char out[65] = "";
    if (objects->dicom && uid && *uid) {
        dicom_context_other_uid(objects->dicom, uid, out);
    }
    return arena_strdup(arena, out);
}

void evaluate_deidentify(Case *c, MeasurementList *measurements, Value **inputs, const StudyObjects *objects,
                         Arena *arena)
{
    const char *study = other_uid(objects, c->study_uid, c->arena);
    c->id = "deidentified";
    c->study_uid = *study ? study : NULL;
    c->accession = NULL;
    c->source = c->note = c->extra = NULL;
    for (size_t i = 0; i < measurements->count; i++) {
        Measurement *m = &measurements->items[i];
        m->series_uid = other_uid(objects, m->series_uid, arena);
    }
    Value *clean = value_new_list(arena); /* without the hashes, which would show whose images these are */
    VALUE_EACH(input, *inputs)
    {
        Value *map = value_add_map(clean);
        const char *role = value_text(input, "role");
        value_set_string(map, "series", other_uid(objects, value_text(input, "series"), arena));
        value_set_string(map, "role", role ? role : "");
    }
    *inputs = clean;
}

void evaluate_tell_deidentified(Value *result, const StudyObjects *objects)
{
    Value *map = value_set_map(result, "deidentification");
    const char *burned = objects->dicom ? dicom_context_burned_in(objects->dicom) : "";
    value_set_string(map, "profile", "DICOM PS3.15 E, Basic Application Level Confidentiality Profile");
    value_add_string(value_set_list(map, "options"), "Retain Patient Characteristics");
    value_set_string(map, "burned_in_annotation",
                     strcmp(burned, "YES") == 0  ? "yes: the pictures are left out"
                     : strcmp(burned, "NO") == 0 ? "no"
                                                 : "the images do not say");
}
