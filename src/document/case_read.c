/* Reading dens-case/1: the tree of a JSON file becomes a Case, or one error that says where and what.
 *
 * Nothing is guessed: an unknown name, a value outside its range, a contradiction or a value that says
 * nothing is refused. What the format allows in several ways (a plain value or a map, one member or a list)
 * is one thing afterwards. Strings are copied into the case, so the tree may go. */
#include "document/case.h"

#include "base/json.h"
#include "document/case_parts.h"
#include "document/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LISTED_MAX = 8 };

typedef struct {
    Check check;
    Case *c;
} Reader;

static const char *keep(const Reader *r, const char *text)
{
    return text ? arena_strdup(r->c->arena, text) : NULL;
}

/* An optional text that is kept as it is. */
static bool read_text(const Reader *r, const Value *map, const char *key, const char **out)
{
    const Value *text = NULL;
    if (!check_optional(&r->check, map, key, VALUE_STRING, &text)) {
        return false;
    }
    *out = keep(r, value_string(text));
    return true;
}

/* ---- values of a choice or a set ---- */

/* The findings of the vocabulary that a reader states are either of present/absent or of named values. */
static bool is_presence(const Finding *finding)
{
    return finding->kind == FINDING_CHOICE && finding->value_count == 2 &&
           finding_value(finding, "present") >= 0 && finding_value(finding, "absent") >= 0;
}

static const char **value_ids(const Reader *r, const Finding *finding)
{
    const char **ids = arena_array(r->check.scratch, finding->value_count, sizeof *ids);
    for (size_t i = 0; i < finding->value_count; i++) {
        ids[i] = finding->values[i].id;
    }
    return ids;
}

/* "; valid: 'low', 'intermediate' or 'high'" where the list is short enough to help. */
static const char *valid_values(const Reader *r, const Finding *finding)
{
    if (finding->value_count > LISTED_MAX) {
        return "";
    }
    return arena_printf(r->check.scratch, "; valid: %s",
                        check_alternatives(&r->check, value_ids(r, finding), finding->value_count));
}

static bool wrong_kind_of_value(const Reader *r, const Finding *finding, const Value *at)
{
    if (at->kind == VALUE_NULL) {
        return check_fail(&r->check, at, "null says nothing: leave out what is unknown");
    }
    if (at->kind == VALUE_BOOL && is_presence(finding)) {
        return check_fail(&r->check, at, "must be 'present' or 'absent', not true or false");
    }
    return check_fail(&r->check, at, "must be the name of a value, not %s%s", value_kind_name(at->kind),
                      valid_values(r, finding));
}

/* The value that a node names. Grades that are digits may be written as a number: 2 is "2". */
static bool read_value(const Reader *r, const Finding *finding, const Value *at, int *out)
{
    char digits[32] = "";
    const char *id = value_string(at);
    if (!id && at->kind == VALUE_NUMBER && at->integral) {
        (void)snprintf(digits, sizeof digits, "%.0f", at->number);
        id = finding_value(finding, digits) >= 0 ? digits : NULL;
    }
    if (!id) {
        return wrong_kind_of_value(r, finding, at);
    }
    *out = finding_value(finding, id);
    if (*out >= 0) {
        return true;
    }
    return check_fail(&r->check, at, "unknown value %s%s%s", check_quote(&r->check, id),
                      check_suggestion(&r->check, id, value_ids(r, finding), finding->value_count),
                      valid_values(r, finding));
}

/* A value or a list of values as a mask. */
static bool read_mask(const Reader *r, const Finding *finding, const Value *at, uint64_t *out)
{
    int value = 0;
    *out = 0;
    if (at->kind != VALUE_LIST) {
        if (!read_value(r, finding, at, &value)) {
            return false;
        }
        *out = case_bit(value);
        return true;
    }
    if (at->count == 0) {
        return check_fail(&r->check, at,
                          "an empty list says nothing: leave the finding out if it is unknown");
    }
    VALUE_EACH(item, at)
    {
        if (!read_value(r, finding, item, &value)) {
            return false;
        }
        if (*out & case_bit(value)) {
            return check_fail(&r->check, item, "'%s' is listed twice", finding->values[value].id);
        }
        *out |= case_bit(value);
    }
    return true;
}

static bool read_choice(const Reader *r, const Value *at, CaseFinding *out)
{
    if (!read_mask(r, out->finding, at, &out->read_values)) {
        return false;
    }
    if (is_presence(out->finding) && at->kind == VALUE_LIST && at->count == 2) {
        return check_fail(&r->check, at,
                          "present and absent contradict each other: leave the finding out if it is unknown");
    }
    return true;
}

static bool read_set(const Reader *r, const Value *at, CaseFinding *out)
{
    if (!read_mask(r, out->finding, at, &out->read_values)) {
        return false;
    }
    uint64_t none = out->finding->none_value >= 0 ? case_bit(out->finding->none_value) : 0;
    if (out->read_values & none) {
        if (out->read_values != none) {
            return check_fail(&r->check, at, "'none' stands alone: it says that all members are absent");
        }
        out->read_none = true;
        out->read_values = 0;
    }
    return true;
}

/* ---- numbers ---- */

/* A UCUM unit as people write it, with a space before it. */
static const char *unit_words(const char *unit)
{
    static const char *const words[][2] = {{"1", ""},
                                           {"", ""},
                                           {"a", " years"},
                                           {"mo", " months"},
                                           {"mm", " mm"},
                                           {"%", " %"},
                                           {"[hnsf'U]", " HU"},
                                           {"10*-3.mm2/s", " \u00d7 10\u207b\u00b3 mm\u00b2/s"},
                                           {"{SUVbw}g/mL", " (SUV by body weight)"}};
    for (size_t i = 0; i < CHECK_COUNT(words); i++) {
        if (strcmp(words[i][0], unit) == 0) {
            return words[i][1];
        }
    }
    return "";
}

static bool read_in_range(const Reader *r, const Finding *finding, const Value *at, double *out)
{
    if (at->kind == VALUE_NULL) {
        return check_fail(&r->check, at, "null says nothing: leave out what is unknown");
    }
    if (!check_kind(&r->check, at, VALUE_NUMBER)) {
        return false;
    }
    if (!(at->number >= finding->minimum && at->number <= finding->maximum)) {
        return check_fail(&r->check, at, "must be between %g and %g%s", finding->minimum, finding->maximum,
                          unit_words(finding->unit));
    }
    *out = at->number;
    return true;
}

static bool read_numbers(const Reader *r, const Value *at, CaseFinding *out)
{
    if (at->kind != VALUE_LIST) {
        out->read_number_count = 1;
        return read_in_range(r, out->finding, at, &out->read_numbers[0]);
    }
    if (at->count == 0) {
        return check_fail(&r->check, at,
                          "an empty list says nothing: leave the finding out if it is unknown");
    }
    if (at->count > CASE_MAX_HEDGES) {
        return check_fail(&r->check, at, "at most %d numbers can stand as \"one of these\"",
                          (int)CASE_MAX_HEDGES);
    }
    VALUE_EACH(item, at)
    {
        if (!read_in_range(r, out->finding, item, &out->read_numbers[out->read_number_count])) {
            return false;
        }
        out->read_number_count++;
    }
    return true;
}

/* ---- a finding ---- */

static bool read_read(const Reader *r, const Value *at, CaseFinding *out)
{
    out->has_read = true;
    switch (out->finding->kind) {
    case FINDING_CHOICE:
        return read_choice(r, at, out);
    case FINDING_SET:
        return read_set(r, at, out);
    case FINDING_NUMBER:
        return read_numbers(r, at, out);
    }
    return false;
}

static bool read_likelihood(const Reader *r, const Value *map, CaseFinding *out)
{
    const Finding *finding = out->finding;
    double largest = 0;
    VALUE_EACH(item, map)
    {
        int value = finding_value(finding, item->key);
        if (value < 0) {
            return check_fail_key(
                &r->check, item, "unknown value %s%s%s", check_quote(&r->check, item->key),
                check_suggestion(&r->check, item->key, value_ids(r, finding), finding->value_count),
                valid_values(r, finding));
        }
        if (!check_kind(&r->check, item, VALUE_NUMBER)) {
            return false;
        }
        if (!isfinite(item->number) || item->number < 0) {
            return check_fail(&r->check, item, "a likelihood must be finite and not negative");
        }
        out->likelihood[value] = item->number;
        largest = fmax(largest, item->number);
    }
    if (!(largest > 0)) {
        return check_fail(&r->check, map, "one of the likelihoods must be above zero");
    }
    if (out->likelihood[out->measured_value] < largest) {
        return check_fail(&r->check, map,
                          "the measured value '%s' is not the one with the largest likelihood",
                          finding->values[out->measured_value].id);
    }
    return true;
}

static bool read_measured_choice(const Reader *r, const Value *map, CaseFinding *out)
{
    static const char *const keys[] = {"value", "likelihood", "measurement"};
    const Value *value, *likelihood;
    if (!check_keys(&r->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    value = value_get(map, "value");
    if (!value) {
        return check_fail(&r->check, map, "'value' is missing");
    }
    return read_value(r, out->finding, value, &out->measured_value) &&
           (likelihood = check_required(&r->check, map, "likelihood", VALUE_MAP)) &&
           read_likelihood(r, likelihood, out);
}

static bool read_measured_number(const Reader *r, const Value *map, CaseFinding *out)
{
    static const char *const keys[] = {"value", "sd", "measurement"};
    const Value *value, *sd;
    if (!check_keys(&r->check, map, keys, CHECK_COUNT(keys)) ||
        !(value = check_required(&r->check, map, "value", VALUE_NUMBER)) ||
        !read_in_range(r, out->finding, value, &out->measured_number) ||
        !check_optional(&r->check, map, "sd", VALUE_NUMBER, &sd)) {
        return false;
    }
    if (sd && (!isfinite(sd->number) || sd->number < 0)) {
        return check_fail(&r->check, sd, "a standard deviation must be finite and not negative");
    }
    out->measured_sd = sd ? sd->number : 0;
    return true;
}

static bool read_measured(const Reader *r, const Value *at, CaseFinding *out)
{
    out->has_measured = true;
    if (!check_kind(&r->check, at, VALUE_MAP)) {
        return false;
    }
    if (out->finding->kind == FINDING_SET) {
        return check_fail_key(&r->check, at, "a set of values is read, it cannot be measured");
    }
    return (out->finding->kind == FINDING_NUMBER ? read_measured_number(r, at, out)
                                                 : read_measured_choice(r, at, out)) &&
           read_text(r, at, "measurement", &out->measurement);
}

static const Finding *find_finding(const Reader *r, const Value *at)
{
    const Finding *finding = vocabulary_find(r->c->vocabulary, at->key);
    if (!finding) {
        const char *nearest = vocabulary_nearest(r->c->vocabulary, at->key);
        check_fail_key(&r->check, at, "unknown finding%s",
                       nearest ? arena_printf(r->check.scratch, "; did you mean '%s'?", nearest) : "");
    } else if (strcmp(finding->section, "patient") == 0) {
        check_fail_key(&r->check, at, "stands in the case's 'patient', not among the findings");
        finding = NULL;
    }
    return finding;
}

static bool read_finding(const Reader *r, const Value *at)
{
    static const char *const keys[] = {"read", "measured"};
    const Finding *finding = find_finding(r, at);
    if (!finding) {
        return false;
    }
    CaseFinding known = {.finding = finding, .measured_value = -1};
    if (at->kind != VALUE_MAP) {
        if (!read_read(r, at, &known)) {
            return false;
        }
    } else {
        const Value *read = value_get(at, "read"), *measured = value_get(at, "measured");
        if (!check_keys(&r->check, at, keys, CHECK_COUNT(keys))) {
            return false;
        }
        if (!read && !measured) {
            return check_fail(&r->check, at, "needs 'read' or 'measured'");
        }
        if ((read && !read_read(r, read, &known)) || (measured && !read_measured(r, measured, &known))) {
            return false;
        }
    }
    *case_put(r->c, finding) = known;
    return true;
}

/* The number of vertebrae follows from the levels: where both are told they must agree. */
static bool check_vertebrae(const Reader *r, const Value *findings)
{
    const CaseFinding *vertebrae = case_find(r->c, "site.vertebrae");
    const CaseFinding *levels = case_find(r->c, "site.levels");
    size_t count = levels && levels->has_read ? (size_t)__builtin_popcountll(levels->read_values) : 0;
    if (!vertebrae || !vertebrae->has_read || count == 0) {
        return true;
    }
    size_t most = vertebrae->finding->value_count;
    if (vertebrae->read_values & case_bit((int)((count < most ? count : most) - 1))) {
        return true;
    }
    return check_fail_key(
        &r->check, value_get(findings, "site.vertebrae"),
        "contradicts 'site.levels', which names %zu: correct one of the two, or leave this out", count);
}

/* Contradictions between findings. */
static bool check_findings(const Reader *r, const Value *findings)
{
    const CaseFinding *primary = case_find(r->c, "clinical.known_primary");
    const Value *site = value_get(findings, "clinical.primary_site");
    if (primary && site && primary->has_read &&
        primary->read_values == case_bit(finding_value(primary->finding, "absent"))) {
        return check_fail_key(
            &r->check, site, "contradicts 'clinical.known_primary', which is absent: correct one of the two");
    }
    return check_vertebrae(r, findings);
}

static bool read_findings(const Reader *r, const Value *root)
{
    const Value *findings;
    if (!check_optional(&r->check, root, "findings", VALUE_MAP, &findings)) {
        return false;
    }
    VALUE_EACH(item, findings)
    {
        if (!read_finding(r, item)) {
            return false;
        }
    }
    return check_findings(r, findings);
}

/* ---- what stands around the findings ---- */

static bool read_format(const Reader *r, const Value *root)
{
    const char *format = check_required_text(&r->check, root, "format");
    if (!format) {
        return false;
    }
    if (strcmp(format, CASE_FORMAT) == 0) {
        return true;
    }
    bool other_version = strncmp(format, "dens-case/", strlen("dens-case/")) == 0;
    return check_fail(&r->check, value_get(root, "format"),
                      other_version ? "this version reads '%s' only, not %s" : "must be '%s', not %s",
                      CASE_FORMAT, check_quote(&r->check, format));
}

static bool read_age(const Reader *r, const Value *patient)
{
    const Finding *age = vocabulary_find(r->c->vocabulary, "patient.age");
    const Value *at = value_get(patient, "age");
    if (!at) {
        return true;
    }
    r->c->has_age = true;
    if (age) {
        return read_in_range(r, age, at, &r->c->age_years);
    }
    r->c->age_years = at->number;
    return check_kind(&r->check, at, VALUE_NUMBER);
}

static bool read_patient(const Reader *r, const Value *root)
{
    static const char *const keys[] = {"age", "sex"};
    static const char *const sexes[] = {"male", "female"};
    const Value *patient, *sex;
    if (!check_optional(&r->check, root, "patient", VALUE_MAP, &patient) ||
        !check_keys(&r->check, patient, keys, CHECK_COUNT(keys)) || !read_age(r, patient)) {
        return false;
    }
    sex = value_get(patient, "sex");
    size_t index;
    if (sex) {
        if (!check_one_of(&r->check, sex, "sex", sexes, CHECK_COUNT(sexes), &index)) {
            return false;
        }
        r->c->sex = index == 0 ? SEX_MALE : SEX_FEMALE;
    }
    return true;
}

static bool read_study(const Reader *r, const Value *root)
{
    static const char *const keys[] = {"uid", "accession"};
    const Value *study;
    return check_optional(&r->check, root, "study", VALUE_MAP, &study) &&
           check_keys(&r->check, study, keys, CHECK_COUNT(keys)) &&
           read_text(r, study, "uid", &r->c->study_uid) && read_text(r, study, "accession", &r->c->accession);
}

static bool read_examinations(const Reader *r, const Value *root)
{
    const Vocabulary *v = r->c->vocabulary;
    const Value *map;
    if (!check_optional(&r->check, root, "examinations", VALUE_MAP, &map)) {
        return false;
    }
    size_t count = vocabulary_examination_count(v);
    const char **ids = arena_array(r->check.scratch, count, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = vocabulary_examination(v, i)->id;
    }
    VALUE_EACH(item, map)
    {
        int examination = vocabulary_find_examination(v, item->key);
        size_t state;
        if (examination < 0) {
            return check_fail_key(&r->check, item, "unknown examination%s",
                                  check_suggestion(&r->check, item->key, ids, count));
        }
        if (!check_one_of(&r->check, item, "state", examination_state_names, EXAMINATION_STATE_COUNT,
                          &state)) {
            return false;
        }
        r->c->examinations[examination] = (ExaminationState)(state + 1);
    }
    return true;
}

static bool read_truth(const Reader *r, const Value *root)
{
    static const char *const keys[] = {"diagnosis", "basis"};
    static const char *const bases[] = {"histology", "imaging", "clinical", "follow_up"};
    const Vocabulary *v = r->c->vocabulary;
    const Value *truth, *diagnosis, *basis;
    if (!check_optional(&r->check, root, "truth", VALUE_MAP, &truth) ||
        !check_keys(&r->check, truth, keys, CHECK_COUNT(keys))) {
        return false;
    }
    if (!truth) {
        return true;
    }
    size_t count = vocabulary_diagnosis_count(v), index;
    const char **ids = arena_array(r->check.scratch, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = vocabulary_diagnosis(v, i)->id;
    }
    ids[count] = "none_of_these";
    diagnosis = check_required(&r->check, truth, "diagnosis", VALUE_STRING);
    if (!diagnosis || !check_one_of(&r->check, diagnosis, "diagnosis", ids, count + 1, &index)) {
        return false;
    }
    r->c->truth_diagnosis = keep(r, ids[index]);
    basis = value_get(truth, "basis");
    if (basis && !check_one_of(&r->check, basis, "basis", bases, CHECK_COUNT(bases), &index)) {
        return false;
    }
    r->c->truth_basis = basis ? keep(r, bases[index]) : NULL;
    return true;
}

static bool read_origin(const Reader *r, const Value *root)
{
    const Value *source, *note;
    if (!check_optional(&r->check, root, "source", VALUE_MAP, &source) ||
        !check_optional(&r->check, root, "note", VALUE_STRING, &note)) {
        return false;
    }
    r->c->source = source ? value_copy(r->c->arena, source) : NULL;
    r->c->note = note ? value_copy(r->c->arena, note) : NULL;
    return true;
}

/* Keys that the format does not know: a typing error is refused, anything else is kept. */
static bool read_extra(const Reader *r, const Value *root, Value *warnings)
{
    static const char *const keys[] = {"format",   "id",    "patient", "study", "examinations",
                                       "findings", "truth", "source",  "note"};
    Value *extra = NULL;
    VALUE_EACH(item, root)
    {
        bool known = false;
        for (size_t i = 0; i < CHECK_COUNT(keys) && !known; i++) {
            known = strcmp(item->key, keys[i]) == 0;
        }
        if (known) {
            continue;
        }
        const char *suggestion = check_suggestion(&r->check, item->key, keys, CHECK_COUNT(keys));
        if (suggestion[0] != '\0') {
            return check_fail_key(&r->check, item, "unknown key%s", suggestion);
        }
        extra = extra ? extra : value_new_map(r->c->arena);
        value_set_copy(extra, item->key, item);
        if (warnings && warnings->kind == VALUE_LIST) {
            value_add_format(warnings, "%s: unknown key, kept as it is", check_place(&r->check, item, true));
        }
    }
    r->c->extra = extra;
    return true;
}

Case *case_from_value(const Value *root, const char *where, const Vocabulary *vocabulary, Value *warnings,
                      DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    AUTO(case_auto) Case *c = case_new(vocabulary);
    Reader r = {{scratch, where ? where : "", err}, c};
    if (!check_kind(&r.check, root, VALUE_MAP) || !read_format(&r, root) ||
        !read_text(&r, root, "id", &c->id) || !read_patient(&r, root) || !read_study(&r, root) ||
        !read_examinations(&r, root) || !read_findings(&r, root) || !read_truth(&r, root) ||
        !read_origin(&r, root) || !read_extra(&r, root, warnings)) {
        return NULL;
    }
    return TAKE(c);
}

Case *case_read(const char *path, const Vocabulary *vocabulary, Value *warnings, DensError **err)
{
    AUTO(arena_auto) Arena *tree = arena_new();
    const Value *root = json_read(tree, path, err);
    if (!root) {
        return NULL;
    }
    const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
    return case_from_value(root, where, vocabulary, warnings, err);
}
