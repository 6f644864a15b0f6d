/* The tables of codes. Vertebrae, sides and morphologies are concepts that DICOM PS3.16 uses (CID 1003, 244,
 * 5, those beside the diagnoses and the anatomic codes of segmentations). Nothing is coded by likeness: what
 * has no code of its own keeps its own id. */
#include "report/codes.h"

#include <string.h>

const DicomCode codes_lesion = {"52988006", "SCT", "Lesion"};
const DicomCode codes_cervical_spine = {"122494005", "SCT", "Cervical spine"};

typedef struct {
    const char *id;
    DicomCode code;
} Row;

static const Row levels[] = {
    {"C0", {"31640002", "SCT", "Occipital bone"}}, {"C1", {"14806007", "SCT", "C1 vertebra"}},
    {"C2", {"39976000", "SCT", "C2 vertebra"}},    {"C3", {"113205007", "SCT", "C3 vertebra"}},
    {"C4", {"5329002", "SCT", "C4 vertebra"}},     {"C5", {"36978003", "SCT", "C5 vertebra"}},
    {"C6", {"36054005", "SCT", "C6 vertebra"}},    {"C7", {"87391001", "SCT", "C7 vertebra"}},
    {"T1", {"64864005", "SCT", "T1 vertebra"}},    {NULL, {0}},
};

static const Row sides[] = {
    {"left", {"7771000", "SCT", "Left"}},
    {"right", {"24028007", "SCT", "Right"}},
    {"bilateral", {"51440002", "SCT", "Bilateral"}},
    {"midline", {"261129000", "SCT", "Midline"}},
    {NULL, {0}},
};

/* As DICOM has them since SNOMED CT retired the older morphologies (PS3.16 of 2025): CID 64, 639, 6031, 6033,
 * 6347. */
static const Row diagnoses[] = {
    {"chondrosarcoma", {"1163016002", "SCT", "Chondrosarcoma"}},
    {"ewing_sarcoma", {"76909002", "SCT", "Ewing's sarcoma"}},
    {"hemangioma", {"400210000", "SCT", "Hemangioma"}},
    {"lymphoma", {"1163043007", "SCT", "Lymphoma"}},
    {"metastasis", {"94222008", "SCT", "Bony metastasis"}},
    {"multiple_myeloma", {"1162576007", "SCT", "Multiple myeloma"}},
    {"osteosarcoma", {"1163405004", "SCT", "Osteosarcoma"}},
    {"solitary_plasmacytoma", {"1187107005", "SCT", "Plasmacytoma"}},
    {NULL, {0}},
};

static const Row presences[] = {
    {"present", {"52101004", "SCT", "Present"}}, {"absent", {"272519000", "SCT", "Absent"}}, {NULL, {0}}};

static const DicomCode attenuation = {"112031", "DCM", "Attenuation Coefficient"};

static const DicomCode *find(const Row *rows, const char *id)
{
    for (; id && rows->id; rows++) {
        if (strcmp(rows->id, id) == 0) {
            return &rows->code;
        }
    }
    return NULL;
}

const DicomCode *codes_level(const char *id)
{
    return find(levels, id);
}

const DicomCode *codes_side(const char *id)
{
    return find(sides, id);
}

const DicomCode *codes_diagnosis(const char *id)
{
    return find(diagnoses, id);
}

const DicomCode *codes_presence(const char *id)
{
    return find(presences, id);
}

/* Statistics are modifiers of a quantity (CID 7464), not quantities. */
static bool is_derivation(const char *value)
{
    static const char *const values[] = {"373098007", "386136009", "373099004", "255605001", "56851009"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (strcmp(values[i], value) == 0) {
            return true;
        }
    }
    return false;
}

MeasurementCode codes_measurement(const Value *measurement)
{
    const char *id = value_text(measurement, "id"), *label = value_text(measurement, "label");
    const Value *code = value_get(measurement, "quantity_code");
    MeasurementCode out = {{id, CODES_PRIVATE, label ? label : id}, {0}};
    if (code && code->count == 3) {
        DicomCode given = {value_string(value_at(code, 0)), value_string(value_at(code, 1)),
                           value_string(value_at(code, 2))};
        if (!given.value || !given.scheme || !given.meaning) {
            return out;
        }
        if (!is_derivation(given.value)) {
            out.concept = given;
        } else if (id && strncmp(id, "attenuation.", 12) == 0) {
            out.concept = attenuation;
            out.derivation = given;
        }
    }
    return out;
}

const char *codes_uri(const char *scheme)
{
    static const char *const uris[][2] = {
        {"SCT", "http://snomed.info/sct"},     {"DCM", "http://dicom.nema.org/resources/ontology/DCM"},
        {"UCUM", "http://unitsofmeasure.org"}, {"LN", "http://loinc.org"},
        {CODES_PRIVATE, CODES_PRIVATE_URI},
    };
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        if (strcmp(uris[i][0], scheme) == 0) {
            return uris[i][1];
        }
    }
    return NULL;
}
