/* The result as an HL7 FHIR R4 transaction: one Bundle whose resources refer to each other by UUIDs.
 *
 * Everything is "preliminary": no person has confirmed it. A patient of DICOM images is looked up by the
 * identifier and only made if there is none. Codes are given where a public one is known (report/codes.h)
 * beside our own. */
#include "report/report.h"

#include "base/hash.h"
#include "base/json.h"
#include "document/result.h"
#include "report/codes.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const Value *result;
    const Vocabulary *vocabulary;
    const DicomSubject *subject; /* NULL: no DICOM */
    Arena *arena;
    Value *entries;
    const char *time;
    const char *patient, *device, *study, *body; /* references; study may be NULL */
    Value *results;                              /* references to all observations */
} Bundle;

/* ---- building blocks ---- */

/* "urn:uuid:…" from a name: UUID version 8 of a SHA-256 (RFC 9562). */
static const char *reference_of(Bundle *b, const char *name)
{
    char hash[65];
    Hash *sha = hash_new();
    const char *parts[] = {name, b->time, value_text(value_get(b->result, "case"), "id"),
                           b->subject ? b->subject->study_uid : NULL};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *part = parts[i] ? parts[i] : "";
        hash_add(sha, part, strlen(part) + 1);
    }
    hash_finish(sha, hash);
    hash_free(sha);
    hash[12] = '8';
    hash[16] = 'a';
    return arena_printf(b->arena, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hash, hash + 8, hash + 12, hash + 16,
                        hash + 20);
}

static Value *add_resource(Bundle *b, const char *type, const char *reference)
{
    Value *entry = value_add_map(b->entries);
    value_set_string(entry, "fullUrl", reference);
    Value *resource = value_set_map(entry, "resource");
    value_set_string(resource, "resourceType", type);
    Value *request = value_set_map(entry, "request");
    value_set_string(request, "method", "POST");
    value_set_string(request, "url", type);
    return resource;
}

/* The list of this key if it was the last to be made, else a new one. */
static Value *open_list(Value *map, const char *key)
{
    return map->last && strcmp(map->last->key, key) == 0 ? map->last : value_set_list(map, key);
}

static void add_coding(Value *concept, const DicomCode *code)
{
    Value *coding = value_add_map(open_list(concept, "coding"));
    const char *uri = codes_uri(code->scheme);
    value_set_string(coding, "system", uri ? uri : code->scheme);
    value_set_string(coding, "code", code->value);
    value_set_string(coding, "display", code->meaning);
}

/* A CodeableConcept with our own code, a public one where there is one, and the words. */
static void fill_concept(Value *concept, const char *id, const char *label, const DicomCode *public)
{
    if (public && strcmp(public->scheme, CODES_PRIVATE) != 0) {
        add_coding(concept, public);
    }
    if (id) {
        const DicomCode own = {id, CODES_PRIVATE, label};
        add_coding(concept, &own);
    }
    value_set_string(concept, "text", label);
}

static void set_coding(Value *map, const char *system, const char *code, const char *display)
{
    value_set_string(map, "system", system);
    value_set_string(map, "code", code);
    if (display) {
        value_set_string(map, "display", display);
    }
}

static void set_reference(Value *resource, const char *key, const char *reference)
{
    value_set_string(value_set_map(resource, key), "reference", reference);
}

static void add_reference(Value *list, const char *reference)
{
    value_set_string(value_add_map(list), "reference", reference);
}

static void set_quantity(Value *parent, const char *key, double value, const char *ucum)
{
    Value *quantity = value_set_map(parent, key);
    value_set_number(quantity, "value", value);
    value_set_string(quantity, "system", "http://unitsofmeasure.org");
    value_set_string(quantity, "code", ucum);
    value_set_string(quantity, "unit", ucum);
}

static void add_note(Value *resource, const char *text)
{
    value_set_string(value_add_map(value_set_list(resource, "note")), "text", text);
}

/* "20260131" as "2026-01-31"; NULL if it is no date. */
static const char *date_of(Bundle *b, const char *date)
{
    return date && strlen(date) == 8 && strspn(date, "0123456789") == 8
               ? arena_printf(b->arena, "%.4s-%.2s-%.2s", date, date + 4, date + 6)
               : NULL;
}

/* ---- patient, device, study, lesion ---- */

/* One representation; nothing if it is empty. */
static void add_name(Bundle *b, Value *patient, char *group)
{
    char *part[5] = {NULL};
    char *rest = group;
    for (size_t i = 0; i < 5 && rest; i++) {
        part[i] = strsep(&rest, "^");
    }
    AUTO_TEXT words = TEXT_INIT;
    static const int spoken[] = {3, 1, 2, 0, 4};
    for (size_t i = 0; i < 5; i++) {
        const char *word = part[spoken[i]];
        text_addf(&words, "%s%s", words.length && word && *word ? " " : "", word ? word : "");
    }
    if (words.length == 0) {
        return;
    }
    Value *name = value_add_map(open_list(patient, "name"));
    value_set_string(name, "text", words_clean(b->arena, text_string(&words)));
    if (part[0] && part[0][0]) {
        value_set_string(name, "family", words_clean(b->arena, part[0]));
    }
    Value *given = NULL;
    for (size_t i = 1; i <= 2; i++) {
        if (part[i] && part[i][0]) {
            given = given ? given : value_set_list(name, "given");
            value_add_string(given, words_clean(b->arena, part[i]));
        }
    }
}

/* Alphabetic, ideographic and phonetic representations are a name each. */
static void add_names(Bundle *b, Value *patient, const char *pn)
{
    char *rest = arena_strdup(b->arena, pn);
    while (rest) {
        add_name(b, patient, strsep(&rest, "="));
    }
}

static const char *gender_of(const Bundle *b)
{
    const char *told = value_text(value_path(b->result, "case.patient"), "sex");
    if (told) {
        return told;
    }
    return b->subject && strcmp(b->subject->sex, "O") == 0 ? "other" : "unknown";
}

/* In a search, what is no letter or digit is written as its bytes. */
static const char *escaped(Bundle *b, const char *text)
{
    AUTO_TEXT out = TEXT_INIT;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool plain = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
        text_addf(&out, plain ? "%c" : "%%%02X", *at);
    }
    return arena_strdup(b->arena, text_string(&out));
}

static void add_patient(Bundle *b)
{
    b->patient = reference_of(b, "patient");
    Value *patient = add_resource(b, "Patient", b->patient);
    const DicomSubject *subject = b->subject;
    if (subject && subject->id[0]) {
        Value *identifier = value_add_map(value_set_list(patient, "identifier"));
        value_set_string(identifier, "value", words_clean(b->arena, subject->id));
        if (subject->id_issuer[0]) {
            value_set_string(value_set_map(identifier, "assigner"), "display",
                             words_clean(b->arena, subject->id_issuer));
        }
        Value *request = value_set_map(b->entries->last, "request");
        value_set_string(request, "method", "POST");
        value_set_string(request, "url", "Patient");
        value_set_format(request, "ifNoneExist", "identifier=%s", escaped(b, subject->id));
    }
    if (subject && subject->name[0]) {
        add_names(b, patient, subject->name);
    }
    value_set_string(patient, "gender", gender_of(b));
    const char *born = subject ? date_of(b, subject->birth_date) : NULL;
    if (born) {
        value_set_string(patient, "birthDate", born);
    }
}

static void add_device(Bundle *b)
{
    b->device = reference_of(b, "device");
    const Value *software = value_get(b->result, "software");
    Value *device = add_resource(b, "Device", b->device);
    Value *name = value_add_map(value_set_list(device, "deviceName"));
    value_set_string(name, "name", "dens");
    value_set_string(name, "type", "model-name");
    value_set_string(value_set_map(device, "type"), "text", "Software for the evaluation of bone tumours");
    Value *versions = value_set_list(device, "version");
    static const char *const keys[] = {"version", "knowledge"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = value_text(software, keys[i]);
        if (value) {
            Value *version = value_add_map(versions);
            value_set_string(value_set_map(version, "type"), "text", keys[i]);
            value_set_string(version, "value", value);
        }
    }
}

static void add_study_series(const DicomSeriesList *from, Value *list)
{
    Value *series = value_add_map(list);
    value_set_string(series, "uid", from->series_uid);
    value_set_integer(series, "number", from->number < 0 ? 0 : from->number);
    set_coding(value_set_map(series, "modality"), codes_uri("DCM"), from->modality, NULL);
    if (from->description[0]) {
        value_set_string(series, "description", from->description);
    }
    value_set_integer(series, "numberOfInstances", (long long)from->instance_count);
    Value *instances = value_set_list(series, "instance");
    for (size_t i = 0; i < from->instance_count; i++) {
        Value *instance = value_add_map(instances);
        value_set_string(instance, "uid", from->instances[i].sop_instance_uid);
        Value *class = value_set_map(instance, "sopClass");
        value_set_string(class, "system", "urn:ietf:rfc:3986");
        value_set_format(class, "code", "urn:oid:%s", from->instances[i].sop_class_uid);
    }
}

static void add_study(Bundle *b)
{
    const DicomSubject *subject = b->subject;
    if (!subject) {
        return;
    }
    b->study = reference_of(b, "study");
    Value *study = add_resource(b, "ImagingStudy", b->study);
    Value *identifiers = value_set_list(study, "identifier");
    Value *uid = value_add_map(identifiers);
    value_set_string(uid, "system", "urn:dicom:uid");
    value_set_format(uid, "value", "urn:oid:%s", subject->study_uid);
    if (subject->accession[0]) {
        Value *accession = value_add_map(identifiers);
        Value *type = value_set_list(value_set_map(accession, "type"), "coding");
        set_coding(value_add_map(type), "http://terminology.hl7.org/CodeSystem/v2-0203", "ACSN", NULL);
        value_set_string(accession, "value", words_clean(b->arena, subject->accession));
    }
    value_set_string(study, "status", "available");
    set_reference(study, "subject", b->patient);
    const char *started = date_of(b, subject->study_date);
    if (started) {
        value_set_string(study, "started", started);
    }
    if (subject->study_description[0]) {
        value_set_string(study, "description", words_clean(b->arena, subject->study_description));
    }
    Value *list = value_set_list(study, "series");
    for (size_t i = 0; i < subject->series_count; i++) {
        if (strcmp(subject->series[i].study_uid, subject->study_uid) == 0) {
            add_study_series(&subject->series[i], list);
        }
    }
}

/* What a finding says: what was read, else what was measured. */
static const Value *said(const Value *finding)
{
    const Value *read = value_get(finding, "read");
    const Value *measured = value_get(value_get(finding, "measured"), "value");
    return finding->kind != VALUE_MAP ? finding : read ? read : measured;
}

static void add_body(Bundle *b)
{
    b->body = reference_of(b, "body");
    const Value *findings = value_path(b->result, "case.findings");
    const Value *found = value_get(findings, "site.levels");
    const Value *list = found ? said(found) : NULL;
    Value *body = add_resource(b, "BodyStructure", b->body);
    fill_concept(value_set_map(body, "morphology"), NULL, codes_lesion.meaning, &codes_lesion);
    AUTO_TEXT names = TEXT_INIT;
    VALUE_EACH(level, list)
    {
        text_addf(&names, "%s%s", names.length ? ", " : "", value_string(level) ? value_string(level) : "");
    }
    const char *only = list && list->kind == VALUE_STRING ? value_string(list)
                       : list && list->count == 1         ? value_string(list->first)
                                                          : NULL;
    const DicomCode *level = codes_level(only);
    fill_concept(value_set_map(body, "location"), NULL,
                 names.length ? text_string(&names)
                 : only       ? only
                              : "cervical spine",
                 level ? level : &codes_cervical_spine);
    const Value *side = value_get(findings, "site.side");
    const DicomCode *code = side ? codes_side(value_string(said(side))) : NULL;
    if (code) {
        fill_concept(value_add_map(value_set_list(body, "locationQualifier")), NULL, code->meaning, code);
    }
    set_reference(body, "patient", b->patient);
}

/* ---- observations ---- */

static Value *add_observation(Bundle *b, const char *name)
{
    const char *reference = reference_of(b, name);
    Value *observation = add_resource(b, "Observation", reference);
    value_set_string(value_add_map(b->results), "reference", reference);
    value_set_string(observation, "status", "preliminary");
    Value *category = value_set_list(value_add_map(value_set_list(observation, "category")), "coding");
    set_coding(value_add_map(category), "http://terminology.hl7.org/CodeSystem/observation-category",
               "imaging", "Imaging");
    return observation;
}

/* What stands after the code in every observation. */
static void end_observation(Bundle *b, Value *observation)
{
    set_reference(observation, "subject", b->patient);
    add_reference(value_set_list(observation, "focus"), b->body);
    value_set_string(observation, "issued", b->time);
    set_reference(observation, "device", b->device);
    if (b->study) {
        add_reference(value_set_list(observation, "derivedFrom"), b->study);
    }
}

static void add_measurement(Bundle *b, const Value *measurement)
{
    const char *id = value_text(measurement, "id");
    const char *label = value_text(measurement, "label");
    if (!id) {
        return;
    }
    const MeasurementCode code = codes_measurement(measurement);
    Value *observation = add_observation(b, arena_printf(b->arena, "measurement %s", id));
    fill_concept(value_set_map(observation, "code"), id, words_clean(b->arena, label ? label : id),
                 &code.concept);
    end_observation(b, observation);
    double value = 0, sd = 0;
    if (value_number(value_get(measurement, "value"), &value)) {
        const char *unit = value_text(measurement, "unit");
        set_quantity(observation, "valueQuantity", value, unit ? unit : "1");
        if (value_number(value_get(measurement, "sd"), &sd)) {
            add_note(observation, arena_printf(b->arena, "standard deviation %.4g", sd));
        }
    } else {
        const char *reason = value_text(measurement, "missing");
        Value *absent = value_set_map(observation, "dataAbsentReason");
        set_coding(value_add_map(value_set_list(absent, "coding")),
                   "http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed",
                   "Not Performed");
        value_set_string(absent, "text", reason ? words_clean(b->arena, reason) : "not measured");
    }
    const char *method = value_text(measurement, "method");
    if (method) {
        value_set_string(value_set_map(observation, "method"), "text", words_clean(b->arena, method));
    }
}

static const FindingValue *value_of(const Finding *finding, const char *id)
{
    int at = finding && id ? finding_value(finding, id) : -1;
    return at < 0 ? NULL : &finding->values[at];
}

static void fill_value(Bundle *b, Value *concept, const Finding *finding, const Value *value)
{
    const char *id = value_string(value);
    const FindingValue *known = value_of(finding, id);
    const DicomCode *public = codes_presence(id);
    public = public ? public : codes_level(id);
    fill_concept(concept, id ? id : "?",
                 known && known->label[0] ? known->label : words_from_id(b->arena, id ? id : "?"), public);
}

/* A set: every member a component that is present; hedged: one of these, in words. */
static void add_list(Bundle *b, Value *observation, const Finding *finding, const Value *list)
{
    if (finding && finding->kind == FINDING_SET) {
        Value *components = value_set_list(observation, "component");
        VALUE_EACH(member, list)
        {
            Value *component = value_add_map(components);
            fill_value(b, value_set_map(component, "code"), finding, member);
            fill_concept(value_set_map(component, "valueCodeableConcept"), NULL, "Present",
                         codes_presence("present"));
        }
        return;
    }
    AUTO_TEXT words = TEXT_INIT;
    VALUE_EACH(member, list)
    {
        const FindingValue *known = value_of(finding, value_string(member));
        text_addf(&words, "%s%s", words.length ? " or " : "", known ? known->label : "another value");
    }
    value_set_string(value_set_map(observation, "valueCodeableConcept"), "text", text_string(&words));
}

static void add_finding(Bundle *b, const Value *found)
{
    const Finding *finding = vocabulary_find(b->vocabulary, found->key);
    const Value *value = said(found);
    double number = 0;
    if (!value || (value->count == 0 && (value->kind == VALUE_LIST || value->kind == VALUE_MAP))) {
        return;
    }
    Value *observation = add_observation(b, arena_printf(b->arena, "finding %s", found->key));
    fill_concept(value_set_map(observation, "code"), found->key,
                 finding ? finding->label : words_from_path(b->arena, found->key), NULL);
    end_observation(b, observation);
    if (value_number(value, &number)) {
        set_quantity(observation, "valueQuantity", number, finding && finding->unit[0] ? finding->unit : "1");
    } else if (value->kind == VALUE_LIST) {
        add_list(b, observation, finding, value);
    } else {
        fill_value(b, value_set_map(observation, "valueCodeableConcept"), finding, value);
    }
    bool measured = found->kind == VALUE_MAP && !value_get(found, "read");
    value_set_string(value_set_map(observation, "method"), "text",
                     measured ? "Derived by dens from a measurement" : "Read by a person");
}

static void add_findings(Bundle *b)
{
    VALUE_EACH(found, value_path(b->result, "case.findings"))
    {
        add_finding(b, found);
    }
}

static void add_differential(Bundle *b)
{
    Value *observation = add_observation(b, "differential");
    const char *prior = value_text(value_get(b->result, "software"), "prior");
    fill_concept(value_set_map(observation, "code"), "differential",
                 "Differential diagnosis with probabilities", NULL);
    end_observation(b, observation);
    value_set_format(value_set_map(observation, "method"), "text",
                     "Posterior probabilities from published evidence; prior \"%s\"", prior ? prior : "");
    Value *components = value_set_list(observation, "component");
    VALUE_EACH(entry, value_get(b->result, "ranking"))
    {
        const char *id = value_text(entry, "diagnosis");
        int at = id ? vocabulary_find_diagnosis(b->vocabulary, id) : -1;
        double probability = 0, low = 0, high = 0;
        if (!id || !value_number(value_get(entry, "probability"), &probability)) {
            continue;
        }
        Value *component = value_add_map(components);
        fill_concept(value_set_map(component, "code"), id,
                     at < 0 ? words_capital(b->arena, words_from_id(b->arena, id))
                            : vocabulary_diagnosis(b->vocabulary, (size_t)at)->name,
                     codes_diagnosis(id));
        set_quantity(component, "valueQuantity", probability, "1");
        const Value *interval = value_get(entry, "interval");
        if (value_number(value_at(interval, 0), &low) && value_number(value_at(interval, 1), &high)) {
            value_set_format(value_add_map(value_set_list(component, "interpretation")), "text",
                             "90 %% interval %.4g to %.4g", low, high);
        }
    }
}

/* ---- report and provenance ---- */

/* What of a report follows from the words of the impression: its status, conclusion and document. */
static void fill_report(Value *report, const Value *result, const char *pdf_language, const Text *pdf,
                        Arena *arena)
{
    const Value *reader = value_get(result, "report");
    const char *name = value_text(reader, "signed_by"), *time = value_text(reader, "signed_at");
    AUTO_TEXT conclusion = TEXT_INIT;
    VALUE_EACH(line, value_get(result, "impression"))
    {
        const char *words = value_string(line);
        text_addf(&conclusion, "%s%s", conclusion.length ? "\n" : "", words ? words_clean(arena, words) : "");
    }
    value_set_string(report, "status", name && time ? "final" : "preliminary");
    if (name && time) {
        text_addf(&conclusion, "\nSigned by %s, %s.", words_clean(arena, name), words_clean(arena, time));
    } else {
        text_add(&conclusion, "\nDecision support for professionals; not confirmed by a person.");
    }
    value_set_string(report, "conclusion", text_string(&conclusion));
    if (pdf && pdf->length > 0) {
        AUTO_TEXT data = TEXT_INIT;
        text_add_base64(&data, pdf->bytes, pdf->length);
        Value *form = value_add_map(value_set_list(report, "presentedForm"));
        value_set_string(form, "contentType", "application/pdf");
        value_set_string(form, "language", pdf_language);
        value_set_string(form, "data", text_string(&data));
        value_set_string(form, "title", "Report of dens");
    }
}

static const char *add_report(Bundle *b, const char *pdf_language, const Text *pdf)
{
    const char *reference = reference_of(b, "report");
    Value *report = add_resource(b, "DiagnosticReport", reference);
    Value *category = value_set_list(value_add_map(value_set_list(report, "category")), "coding");
    set_coding(value_add_map(category), "http://terminology.hl7.org/CodeSystem/v2-0074", "RAD", "Radiology");
    const DicomCode code = {"18748-4", "LN", "Diagnostic imaging study"};
    fill_concept(value_set_map(report, "code"), NULL, "Evaluation of a bone lesion of the cervical spine",
                 &code);
    set_reference(report, "subject", b->patient);
    value_set_string(report, "issued", b->time);
    value_set_copy(report, "result", b->results);
    if (b->study) {
        add_reference(value_set_list(report, "imagingStudy"), b->study);
    }
    fill_report(report, b->result, pdf_language, pdf, b->arena);
    return reference;
}

static void add_provenance(Bundle *b, const char *report)
{
    Value *provenance = add_resource(b, "Provenance", reference_of(b, "provenance"));
    add_reference(value_set_list(provenance, "target"), report);
    value_set_string(provenance, "recorded", b->time);
    Value *agent = value_add_map(value_set_list(provenance, "agent"));
    Value *type = value_set_list(value_set_map(agent, "type"), "coding");
    set_coding(value_add_map(type), "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
               "assembler", "Assembler");
    set_reference(agent, "who", b->device);
    const Value *inputs = value_path(b->result, "provenance.inputs");
    Value *entities = inputs && inputs->count ? value_set_list(provenance, "entity") : NULL;
    VALUE_EACH(input, inputs)
    {
        const char *uid = value_text(input, "series"), *role = value_text(input, "role"),
                   *sha256 = value_text(input, "sha256");
        Value *entity = value_add_map(entities);
        value_set_string(entity, "role", "source");
        Value *what = value_set_map(entity, "what");
        if (uid && uid[0]) {
            Value *identifier = value_set_map(what, "identifier");
            value_set_string(identifier, "system", "urn:dicom:uid");
            value_set_format(identifier, "value", "urn:oid:%s", uid);
        }
        value_set_format(what, "display", "%s images, SHA-256 %s", role ? role : "other",
                         sha256 ? sha256 : "unknown");
    }
}

bool report_fhir(const Value *result, const Vocabulary *vocabulary, const DicomSubject *subject,
                 const char *pdf_language, const Text *pdf, Text *out, DensError **err)
{
    if (!result_check(result, "result", err)) {
        return false;
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *time = value_text(value_get(result, "provenance"), "time");
    Bundle b = {.result = result,
                .vocabulary = vocabulary,
                .subject = subject,
                .arena = arena,
                .time = time ? time : "1970-01-01T00:00:00Z"};
    Value *root = value_new_map(arena);
    value_set_string(root, "resourceType", "Bundle");
    value_set_string(root, "type", "transaction");
    value_set_string(root, "timestamp", b.time);
    b.entries = value_set_list(root, "entry");
    b.results = value_new_list(arena);
    add_patient(&b);
    add_device(&b);
    add_study(&b);
    add_body(&b);
    VALUE_EACH(measurement, value_get(result, "measurements"))
    {
        add_measurement(&b, measurement);
    }
    add_findings(&b);
    add_differential(&b);
    add_provenance(&b, add_report(&b, pdf_language, pdf));
    json_write(root, JSON_PRETTY, out);
    return true;
}

bool report_fhir_amend(const Value *bundle, const Value *result, const char *pdf_language, const Text *pdf,
                       Text *out, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *tree = value_copy(arena, bundle), *entry = tree->first;
    while (entry && strcmp(entry->key ? entry->key : "", "entry") != 0) {
        entry = entry->next;
    }
    for (Value *one = entry ? entry->first : NULL; one; one = one->next) {
        for (Value *resource = one->first; resource; resource = resource->next) {
            const char *type = value_text(resource, "resourceType");
            if (type && strcmp(type, "DiagnosticReport") == 0) {
                fill_report(resource, result, pdf_language, pdf, arena);
                json_write(tree, JSON_PRETTY, out);
                return true;
            }
        }
    }
    return error_input(err, "FHIR", "the bundle holds no DiagnosticReport");
}
