/* The result as a DICOM structured report by TID 1500 (PS3.16): what was measured inside the segment (TID
 * 1411), what compares two tissues or was read (TID 1501), and the differential as qualitative evaluations.
 */
#include "report/report.h"

#include "document/result.h"
#include "report/codes.h"
#include "report/words.h"

#include <string.h>

enum { MEANING_BYTES = 60 };

typedef struct {
    const Value *result;
    const Vocabulary *vocabulary;
    const ReportObjects *objects;
    const DicomSubject *subject;
    Arena *arena;
} Report;

#define DCM(value, meaning) ((DicomCode){value, "DCM", meaning})
#define SCT(value, meaning) ((DicomCode){value, "SCT", meaning})

/* A code's meaning holds 64 characters. */
static const char *meaning(const Report *r, const char *text)
{
    char *clean = words_clean(r->arena, text);
    size_t length = strlen(clean);
    if (length <= MEANING_BYTES + 3) {
        return clean;
    }
    length = MEANING_BYTES;
    while (length > 0 && ((unsigned char)clean[length] & 0xC0) == 0x80) {
        length--;
    }
    clean[length] = '\0';
    return arena_printf(r->arena, "%s…", clean);
}

static DicomCode own(const Report *r, const char *id, const char *label)
{
    return (DicomCode){id, CODES_PRIVATE, meaning(r, label)};
}

static DicomContent *add(const Report *r, DicomContent *parent, DicomContent content)
{
    return dicom_content_add(r->arena, parent, content);
}

static DicomContent *add_container(const Report *r, DicomContent *parent, DicomCode concept,
                                   const char *template_id)
{
    return add(r, parent,
               (DicomContent){.kind = CONTENT_CONTAINER, .concept = concept, .template_id = template_id});
}

static DicomContent *add_code(const Report *r, DicomContent *parent, DicomRelation relation,
                              DicomCode concept, DicomCode code)
{
    return add(r, parent,
               (DicomContent){.relation = relation, .kind = CONTENT_CODE, .concept = concept, .code = code});
}

static void add_text(const Report *r, DicomContent *parent, DicomRelation relation, DicomCode concept,
                     const char *text)
{
    (void)add(r, parent,
              (DicomContent){.relation = relation, .kind = CONTENT_TEXT, .concept = concept, .text = text});
}

static void add_uid(const Report *r, DicomContent *parent, DicomRelation relation, DicomCode concept,
                    const char *uid)
{
    (void)add(r, parent,
              (DicomContent){.relation = relation, .kind = CONTENT_UID, .concept = concept, .text = uid});
}

static DicomCode unit(const char *ucum)
{
    static const char *const meanings[][2] = {{"1", "no units"},
                                              {"%", "percent"},
                                              {"mm", "millimeter"},
                                              {"mL", "milliliter"},
                                              {"[hnsf'U]", "Hounsfield unit"}};
    const char *known = ucum;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        known = strcmp(meanings[i][0], ucum) == 0 ? meanings[i][1] : known;
    }
    return (DicomCode){ucum, "UCUM", known};
}

static DicomContent *add_number(const Report *r, DicomContent *parent, DicomRelation relation,
                                DicomCode concept, double number, const char *ucum)
{
    return add(r, parent,
               (DicomContent){.relation = relation,
                              .kind = CONTENT_NUMBER,
                              .concept = concept,
                              .number = number,
                              .code = unit(ucum)});
}

/* ---- context ---- */

static void add_observer(const Report *r, DicomContent *root)
{
    char uid[65];
    dicom_uid("dens " DENS_VERSION, uid);
    const DicomRelation context = CONTENT_OBSERVATION_CONTEXT;
    (void)add_code(r, root, CONTENT_CONCEPT_MODIFIER,
                   DCM("121049", "Language of Content Item and Descendants"),
                   (DicomCode){"en", "RFC5646", "English"});
    (void)add_code(r, root, context, DCM("121005", "Observer Type"), DCM("121007", "Device"));
    add_uid(r, root, context, DCM("121012", "Device Observer UID"), arena_strdup(r->arena, uid));
    add_text(r, root, context, DCM("121013", "Device Observer Name"), "dens");
    add_text(r, root, context, DCM("121014", "Device Observer Manufacturer"), "dens");
    add_text(r, root, context, DCM("121015", "Device Observer Model Name"), "dens " DENS_VERSION);
    (void)add_code(r, root, CONTENT_CONCEPT_MODIFIER, DCM("121058", "Procedure reported"),
                   own(r, "evaluation", "Evaluation of a bone lesion of the cervical spine"));
}

static DicomCode modality(const Report *r, const char *id)
{
    const char *name = strcmp(id, "CT") == 0   ? "Computed Tomography"
                       : strcmp(id, "MR") == 0 ? "Magnetic Resonance"
                                               : id;
    return DCM(id, meaning(r, name));
}

static void add_library(const Report *r, DicomContent *root)
{
    DicomContent *library = add_container(r, root, DCM("111028", "Image Library"), "1600");
    for (size_t i = 0; i < r->subject->series_count; i++) {
        const DicomSeriesList *series = &r->subject->series[i];
        DicomContent *group = add_container(r, library, DCM("126200", "Image Library Group"), NULL);
        (void)add_code(r, group, CONTENT_ACQUISITION_CONTEXT, DCM("121139", "Modality"),
                       modality(r, series->modality));
        (void)add_code(r, group, CONTENT_ACQUISITION_CONTEXT, DCM("123014", "Target Region"),
                       codes_cervical_spine);
        for (size_t k = 0; k < series->instance_count; k++) {
            (void)add(r, group,
                      (DicomContent){.kind = CONTENT_IMAGE,
                                     .class_uid = series->instances[k].sop_class_uid,
                                     .instance_uid = series->instances[k].sop_instance_uid});
        }
    }
}

/* ---- measurements and findings ---- */

/* What was read, else what was measured. */
static const Value *said(const Value *finding)
{
    const Value *read = value_get(finding, "read");
    return finding->kind != VALUE_MAP ? finding
           : read                     ? read
                                      : value_get(value_get(finding, "measured"), "value");
}

static void add_site(const Report *r, DicomContent *group, const char *id)
{
    const DicomCode *level = codes_level(id);
    const Value *side = value_get(value_path(r->result, "case.findings"), "site.side");
    const DicomCode *code = side ? codes_side(value_string(said(side))) : NULL;
    DicomContent *site = add_code(r, group, CONTENT_CONCEPT_MODIFIER, SCT("363698007", "Finding Site"),
                                  level ? *level : codes_cervical_spine);
    if (code) {
        (void)add_code(r, site, CONTENT_CONCEPT_MODIFIER, SCT("272741003", "Laterality"), *code);
    }
}

static void add_sites(const Report *r, DicomContent *group)
{
    const Value *found = value_get(value_path(r->result, "case.findings"), "site.levels");
    const Value *levels = found ? said(found) : NULL;
    VALUE_EACH(level, levels)
    {
        add_site(r, group, value_string(level));
    }
    if (!levels || levels->count == 0) {
        add_site(r, group, value_string(levels));
    }
}

/* A group of TID 1411 (of the segment) or TID 1501. */
static DicomContent *add_group(const Report *r, DicomContent *parent, bool of_segment)
{
    DicomContent *group =
        add_container(r, parent, DCM("125007", "Measurement Group"), of_segment ? "1411" : "1501");
    add_text(r, group, CONTENT_OBSERVATION_CONTEXT, DCM("112039", "Tracking Identifier"), "lesion");
    add_uid(r, group, CONTENT_OBSERVATION_CONTEXT, DCM("112040", "Tracking Unique Identifier"),
            r->objects->tracking_uid);
    (void)add_code(r, group, CONTENT_CONTAINS, DCM("121071", "Finding"), codes_lesion);
    if (of_segment) {
        (void)add(r, group,
                  (DicomContent){.kind = CONTENT_IMAGE,
                                 .concept = DCM("121191", "Referenced Segment"),
                                 .class_uid = r->objects->seg.class_uid,
                                 .instance_uid = r->objects->seg.instance_uid,
                                 .segment = 1});
        add_uid(r, group, CONTENT_CONTAINS, DCM("121232", "Source series for segmentation"),
                r->subject->series[r->objects->lesion_series].series_uid);
    }
    add_sites(r, group);
    return group;
}

/* Of the lesion alone, not against another tissue or series. */
static bool is_of_segment(const Value *measurement)
{
    const Value *inputs = value_get(measurement, "inputs");
    return inputs && inputs->count <= 2;
}

static void add_measurement(const Report *r, DicomContent *group, const Value *measurement)
{
    const MeasurementCode code = codes_measurement(measurement);
    const char *ucum = value_text(measurement, "unit"), *method = value_text(measurement, "method");
    double value = 0;
    if (!code.concept.value || !value_number(value_get(measurement, "value"), &value)) {
        return;
    }
    DicomCode concept = code.concept;
    concept.meaning = meaning(r, concept.meaning);
    DicomContent *number = add_number(r, group, CONTENT_CONTAINS, concept, value, ucum ? ucum : "1");
    if (code.derivation.value) {
        (void)add_code(r, number, CONTENT_CONCEPT_MODIFIER, DCM("121401", "Derivation"), code.derivation);
    }
    if (method) {
        (void)add_code(r, number, CONTENT_CONCEPT_MODIFIER, SCT("370129005", "Measurement Method"),
                       own(r, value_text(measurement, "id"), method));
    }
    add_text(r, number, CONTENT_CONCEPT_MODIFIER, DCM("111001", "Algorithm Name"), "dens");
    add_text(r, number, CONTENT_CONCEPT_MODIFIER, DCM("111003", "Algorithm Version"), DENS_VERSION);
}

static DicomCode value_code(const Report *r, const Finding *finding, const char *id)
{
    int at = finding ? finding_value(finding, id) : -1;
    const DicomCode *public = codes_presence(id);
    const char *label =
        at >= 0 && finding->values[at].label[0] ? finding->values[at].label : words_from_id(r->arena, id);
    return public ? *public
                  : own(r, arena_printf(r->arena, "%s.%s", finding ? finding->id : "value", id), label);
}

/* Members of a set are a code each; of a hedged reading the values stand in one text. */
static void add_list(const Report *r, DicomContent *group, const Finding *finding, DicomCode concept,
                     const Value *list)
{
    AUTO_TEXT words = TEXT_INIT;
    VALUE_EACH(member, list)
    {
        const char *id = value_string(member);
        if (id && finding && finding->kind == FINDING_SET) {
            (void)add_code(r, group, CONTENT_CONTAINS, concept, value_code(r, finding, id));
        } else if (id) {
            text_addf(&words, "%s%s", words.length ? " or " : "", value_code(r, finding, id).meaning);
        }
    }
    if (words.length > 0) {
        add_text(r, group, CONTENT_CONTAINS, concept, arena_strdup(r->arena, text_string(&words)));
    }
}

static void add_findings(const Report *r, DicomContent *group)
{
    VALUE_EACH(found, value_path(r->result, "case.findings"))
    {
        const Finding *finding = vocabulary_find(r->vocabulary, found->key);
        const Value *value = said(found);
        const DicomCode concept =
            own(r, found->key, finding ? finding->label : words_from_path(r->arena, found->key));
        double number = 0;
        if (value_number(value, &number)) {
            (void)add_number(r, group, CONTENT_CONTAINS, concept, number,
                             finding && finding->unit[0] ? finding->unit : "1");
        } else if (value_string(value)) {
            (void)add_code(r, group, CONTENT_CONTAINS, concept, value_code(r, finding, value_string(value)));
        } else {
            add_list(r, group, finding, concept, value);
        }
    }
}

static void add_measurements(const Report *r, DicomContent *root)
{
    DicomContent *all = add_container(r, root, DCM("126010", "Imaging Measurements"), NULL);
    DicomContent *inside = r->objects->seg.instance_uid ? add_group(r, all, true) : NULL;
    DicomContent *others = add_group(r, all, false);
    VALUE_EACH(measurement, value_get(r->result, "measurements"))
    {
        add_measurement(r, inside && is_of_segment(measurement) ? inside : others, measurement);
    }
    add_findings(r, others);
}

/* ---- the differential ---- */

static void add_diagnosis(const Report *r, DicomContent *parent, const Value *entry)
{
    const char *id = value_text(entry, "diagnosis");
    const Value *interval = value_get(entry, "interval");
    double probability = 0, low = 0, high = 0;
    if (!id || !value_number(value_get(entry, "probability"), &probability)) {
        return;
    }
    int at = vocabulary_find_diagnosis(r->vocabulary, id);
    const DicomCode *public = codes_diagnosis(id);
    const char *name =
        at >= 0 ? vocabulary_diagnosis(r->vocabulary, (size_t)at)->name : words_from_id(r->arena, id);
    DicomContent *item =
        add_code(r, parent, CONTENT_CONTAINS, DCM("111023", "Differential Diagnosis/Impression"),
                 public ? *public : own(r, id, name));
    (void)add_number(r, item, CONTENT_PROPERTIES, DCM("122157", "Probability"), probability, "1");
    if (value_number(value_at(interval, 0), &low) && value_number(value_at(interval, 1), &high)) {
        (void)add_number(r, item, CONTENT_PROPERTIES,
                         own(r, "interval90.low", "Lower end of the 90 % interval"), low, "1");
        (void)add_number(r, item, CONTENT_PROPERTIES,
                         own(r, "interval90.high", "Upper end of the 90 % interval"), high, "1");
    }
}

static void add_evaluations(const Report *r, DicomContent *root)
{
    const DicomCode concept = {"C0034375", "UMLS", "Qualitative Evaluations"};
    DicomContent *all = add_container(r, root, concept, NULL);
    VALUE_EACH(line, value_get(r->result, "impression"))
    {
        if (value_string(line)) {
            add_text(r, all, CONTENT_CONTAINS, DCM("121073", "Impression"),
                     words_clean(r->arena, value_string(line)));
        }
    }
    VALUE_EACH(entry, value_get(r->result, "ranking"))
    {
        add_diagnosis(r, all, entry);
    }
}

bool report_sr(const Value *result, const Vocabulary *vocabulary, const ReportObjects *objects,
               const DicomObjectIdentity *identity, Text *out, DensError **err)
{
    if (!result_check(result, "result", err)) {
        return false;
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    const Report r = {result, vocabulary, objects, dicom_context_subject(objects->dicom), arena};
    DicomContent *root = add_container(&r, NULL, DCM("126000", "Imaging Measurement Report"), "1500");
    add_observer(&r, root);
    add_library(&r, root);
    add_measurements(&r, root);
    add_evaluations(&r, root);
    return dicom_sr_write(objects->dicom, root, &objects->seg, objects->seg.instance_uid ? 1 : 0,
                          CODES_PRIVATE, CODES_PRIVATE_UID, identity, out, err);
}
