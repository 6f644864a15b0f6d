/* The vocabulary, read from knowledge/vocabulary.yaml into tables.
 *
 * Everything lives in one arena and nothing changes after loading. The file's head explains its keys; each
 * mistake in it is refused with its place. The order of findings, signs and diagnoses is the file's, signs
 * that are made for single findings come after the named ones. */
#include "document/vocabulary.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/nearest.h"
#include "base/random.h"
#include "base/yaml.h"
#include "document/check.h"

#include <math.h>
#include <string.h>

typedef struct {
    const char *id, *label;
    const char *const *examinations;
} Section;

struct Vocabulary {
    Arena *arena;
    size_t section_count;
    Section *sections;
    size_t finding_count;
    Finding *findings;
    const char **finding_ids;
    uint64_t *finding_keys; /* of the ids: most differ in it */
    size_t sign_count;
    Sign *signs;
    size_t examination_count;
    Examination *examinations;
    size_t diagnosis_count;
    DiagnosisName *diagnoses;
};

typedef struct {
    Check check;
    Vocabulary *v;
} Loader;

/* ---- small parts ---- */

static bool is_id(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static char *spaced(Arena *arena, const char *id)
{
    char *label = arena_strdup(arena, id);
    for (char *p = label; *p; p++) {
        if (*p == '_') {
            *p = ' ';
        }
    }
    return label;
}

/* The text at `key` in the vocabulary's arena, or `fallback` if there is none. NULL: error. */
static const char *text_or(const Loader *l, const Value *map, const char *key, const char *fallback)
{
    if (!value_get(map, key)) {
        return fallback;
    }
    const char *text = check_required_text(&l->check, map, key);
    return text ? arena_strdup(l->v->arena, text) : NULL;
}

static const char *required_text(const Loader *l, const Value *map, const char *key)
{
    const char *text = check_required_text(&l->check, map, key);
    return text ? arena_strdup(l->v->arena, text) : NULL;
}

/* The names of the examinations, for suggestions. */
static const char **examination_ids(const Loader *l)
{
    const char **ids = arena_array(l->check.scratch, l->v->examination_count + 1, sizeof *ids);
    for (size_t i = 0; i < l->v->examination_count; i++) {
        ids[i] = l->v->examinations[i].id;
    }
    return ids;
}

/* A list of examinations as a NULL-ended array; empty if `list` is NULL. */
static const char *const *load_examination_list(const Loader *l, const Value *list)
{
    const char **out = arena_array(l->v->arena, (list ? list->count : 0) + 1, sizeof *out);
    size_t count = 0;
    VALUE_EACH(item, list)
    {
        size_t index;
        if (!check_one_of(&l->check, item, "examination", examination_ids(l), l->v->examination_count,
                          &index)) {
            return NULL;
        }
        for (size_t i = 0; i < count; i++) {
            if (out[i] == l->v->examinations[index].id) {
                check_fail(&l->check, item, "'%s' is listed twice", out[i]);
                return NULL;
            }
        }
        out[count++] = l->v->examinations[index].id;
    }
    return out;
}

/* ---- sections, examinations, signs, diagnoses ---- */

static bool load_examinations(Loader *l, const Value *root)
{
    const Value *map = check_required(&l->check, root, "examinations", VALUE_MAP);
    if (!map) {
        return false;
    }
    l->v->examinations = arena_array(l->v->arena, map->count, sizeof *l->v->examinations);
    VALUE_EACH(item, map)
    {
        if (!is_id(item->key)) {
            return check_fail_key(&l->check, item, "an id holds letters, digits and _ only");
        }
        const char *label = required_text(l, map, item->key);
        if (!label) {
            return false;
        }
        l->v->examinations[l->v->examination_count++] =
            (Examination){arena_strdup(l->v->arena, item->key), label};
    }
    return true;
}

static bool load_sections(Loader *l, const Value *root)
{
    static const char *const keys[] = {"label", "examinations"};
    const Value *map = check_required(&l->check, root, "sections", VALUE_MAP);
    if (!map) {
        return false;
    }
    l->v->sections = arena_array(l->v->arena, map->count, sizeof *l->v->sections);
    VALUE_EACH(item, map)
    {
        Section section = {.id = arena_strdup(l->v->arena, item->key)};
        const Value *examinations;
        if (!check_kind(&l->check, item, VALUE_MAP) ||
            !check_keys(&l->check, item, keys, CHECK_COUNT(keys)) ||
            !(section.label = required_text(l, item, "label")) ||
            !check_optional(&l->check, item, "examinations", VALUE_LIST, &examinations) ||
            !(section.examinations = load_examination_list(l, examinations))) {
            return false;
        }
        l->v->sections[l->v->section_count++] = section;
    }
    return true;
}

/* The named signs; `room` more are left for findings that stand alone. */
static bool load_signs(Loader *l, const Value *root, size_t room)
{
    const Value *map = check_required(&l->check, root, "signs", VALUE_MAP);
    if (!map) {
        return false;
    }
    l->v->signs = arena_array(l->v->arena, map->count + room, sizeof *l->v->signs);
    VALUE_EACH(item, map)
    {
        if (!is_id(item->key)) {
            return check_fail_key(&l->check, item, "an id holds letters, digits and _ only");
        }
        const char *label = required_text(l, map, item->key);
        if (!label) {
            return false;
        }
        l->v->signs[l->v->sign_count] = (Sign){l->v->sign_count, arena_strdup(l->v->arena, item->key), label};
        l->v->sign_count++;
    }
    return true;
}

static bool load_diagnosis(Loader *l, const Value *item)
{
    static const char *const keys[] = {"id", "name", "term", "group", "review"};
    static const char *const groups[] = {"benign", "intermediate", "malignant", "secondary", "mimic"};
    DiagnosisName d = {0};
    size_t group;
    const Value *review;
    if (!check_kind(&l->check, item, VALUE_MAP) || !check_keys(&l->check, item, keys, CHECK_COUNT(keys)) ||
        !(d.id = required_text(l, item, "id")) || !(d.name = required_text(l, item, "name")) ||
        !(d.term = required_text(l, item, "term")) || !required_text(l, item, "group") ||
        !check_one_of(&l->check, value_get(item, "group"), "group", groups, CHECK_COUNT(groups), &group) ||
        !check_optional(&l->check, item, "review", VALUE_BOOL, &review)) {
        return false;
    }
    if (!is_id(d.id)) {
        return check_fail(&l->check, value_get(item, "id"), "an id holds letters, digits and _ only");
    }
    if (strcmp(d.id, "none_of_these") == 0) {
        return check_fail(&l->check, value_get(item, "id"), "'none_of_these' is reserved");
    }
    if (vocabulary_find_diagnosis(l->v, d.id) >= 0) {
        return check_fail(&l->check, value_get(item, "id"), "the diagnosis '%s' is here twice", d.id);
    }
    d.group = groups[group];
    d.in_review = value_truth(item, "review");
    l->v->diagnoses[l->v->diagnosis_count++] = d;
    return true;
}

static bool load_diagnoses(Loader *l, const Value *root)
{
    const Value *list = check_required(&l->check, root, "diagnoses", VALUE_LIST);
    if (!list) {
        return false;
    }
    l->v->diagnoses = arena_array(l->v->arena, list->count, sizeof *l->v->diagnoses);
    VALUE_EACH(item, list)
    {
        if (!load_diagnosis(l, item)) {
            return false;
        }
    }
    return true;
}

/* ---- values of a choice or a set ---- */

static int value_index(const FindingValue *values, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].id, id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool load_value(const Loader *l, const Value *item, FindingValue *out)
{
    static const char *const keys[] = {"id", "label", "definition", "refines"};
    *out = (FindingValue){.definition = "", .parent = -1};
    if (item->kind == VALUE_STRING) {
        out->id = arena_strdup(l->v->arena, item->string);
    } else if (!check_kind(&l->check, item, VALUE_MAP) ||
               !check_keys(&l->check, item, keys, CHECK_COUNT(keys)) ||
               !(out->id = required_text(l, item, "id")) ||
               !(out->definition = text_or(l, item, "definition", ""))) {
        return false;
    }
    if (!is_id(out->id)) {
        return check_fail(&l->check, item, "the id of a value holds letters, digits and _ only");
    }
    out->label = text_or(l, item, "label", spaced(l->v->arena, out->id));
    return out->label != NULL;
}

/* Resolves `refines`, once all values of the finding are known. */
static bool load_parents(const Loader *l, const Value *list, FindingValue *values, size_t count)
{
    size_t i = 0;
    VALUE_EACH(item, list)
    {
        const char *parent = NULL;
        if (value_get(item, "refines") && !(parent = check_required_text(&l->check, item, "refines"))) {
            return false;
        }
        if (parent && (values[i].parent = value_index(values, count, parent)) < 0) {
            return check_fail(&l->check, value_get(item, "refines"), "%s is no value of this finding",
                              check_quote(&l->check, parent));
        }
        i++;
    }
    i = 0;
    VALUE_EACH(item, list)
    {
        size_t steps = 0;
        for (int at = values[i].parent; at >= 0; at = values[at].parent) {
            if (++steps > count) {
                return check_fail(&l->check, item, "'%s' refines itself in a circle", values[i].id);
            }
        }
        i++;
    }
    return true;
}

static bool load_value_list(const Loader *l, const Value *list, Finding *f)
{
    if (list->count == 0 || list->count > VOCABULARY_MAX_VALUES) {
        return check_fail(&l->check, list, "a finding has 1 to %d values", (int)VOCABULARY_MAX_VALUES);
    }
    FindingValue *values = arena_array(l->v->arena, list->count, sizeof *values);
    VALUE_EACH(item, list)
    {
        if (!load_value(l, item, &values[f->value_count])) {
            return false;
        }
        if (value_index(values, f->value_count, values[f->value_count].id) >= 0) {
            return check_fail(&l->check, item, "the value '%s' is here twice", values[f->value_count].id);
        }
        f->value_count++;
    }
    f->values = values;
    return load_parents(l, list, values, f->value_count);
}

static bool load_values(const Loader *l, const Value *item, Finding *f)
{
    const Value *list, *other;
    if (!check_optional(&l->check, item, "values", VALUE_LIST, &list) ||
        !check_optional(&l->check, item, "values_of", VALUE_STRING, &other)) {
        return false;
    }
    if (!list == !other) {
        return check_fail(&l->check, item, "needs either 'values' or 'values_of'");
    }
    if (list) {
        return load_value_list(l, list, f);
    }
    const Finding *model = vocabulary_find(l->v, other->string);
    if (!model || model->value_count == 0) {
        return check_fail(&l->check, other, "%s is no earlier finding with values",
                          check_quote(&l->check, other->string));
    }
    f->value_count = model->value_count;
    f->values = model->values;
    return true;
}

static void set_presence_values(const Loader *l, Finding *f)
{
    FindingValue *values = arena_array(l->v->arena, 2, sizeof *values);
    values[0] = (FindingValue){"present", "present", "", -1};
    values[1] = (FindingValue){"absent", "absent", "", -1};
    f->values = values;
    f->value_count = 2;
}

/* ---- numbers ---- */

/* A list of finite numbers in ascending order. */
static const double *load_ascending(const Loader *l, const Value *list)
{
    double *out = arena_array(l->v->arena, list->count, sizeof *out);
    size_t count = 0;
    VALUE_EACH(item, list)
    {
        if (!check_kind(&l->check, item, VALUE_NUMBER)) {
            return NULL;
        }
        out[count] = item->number;
        if (count > 0 && !(out[count] > out[count - 1])) {
            check_fail(&l->check, item, "must be greater than the number before it");
            return NULL;
        }
        count++;
    }
    return out;
}

static bool load_number(const Loader *l, const Value *item, Finding *f)
{
    const Value *range = check_required(&l->check, item, "range", VALUE_LIST);
    const Value *bins;
    if (!range || !check_optional(&l->check, item, "bins", VALUE_LIST, &bins) ||
        !(f->unit = required_text(l, item, "unit"))) {
        return false;
    }
    if (range->count != 2) {
        return check_fail(&l->check, range, "must be [minimum, maximum]");
    }
    const double *limits = load_ascending(l, range);
    if (!limits) {
        return false;
    }
    f->minimum = limits[0];
    f->maximum = limits[1];
    const Value *edges = bins ? bins : range;
    if (edges->count < 2 || edges->count > VOCABULARY_MAX_VALUES) {
        return check_fail(&l->check, edges, "bins have 2 to %d edges", (int)VOCABULARY_MAX_VALUES);
    }
    f->bin_edges = load_ascending(l, edges);
    if (!f->bin_edges) {
        return false;
    }
    f->bin_count = edges->count - 1;
    if (f->bin_edges[0] < f->minimum || f->bin_edges[0] > f->minimum ||
        f->bin_edges[f->bin_count] < f->maximum || f->bin_edges[f->bin_count] > f->maximum) {
        return check_fail(&l->check, edges, "bins must begin and end where the range does");
    }
    return true;
}

/* ---- findings ---- */

static bool load_kind(const Loader *l, const Value *item, Finding *f)
{
    static const char *const names[] = {"presence", "choice", "set", "number"};
    enum { PRESENCE, CHOICE, SET, NUMBER };
    const Value *kind = check_required(&l->check, item, "kind", VALUE_STRING);
    size_t index;
    if (!kind || !check_one_of(&l->check, kind, "kind", names, CHECK_COUNT(names), &index)) {
        return false;
    }
    static const char *const of_values[] = {"values", "values_of"};
    static const char *const of_numbers[] = {"unit", "range", "bins"};
    for (size_t i = 0; i < CHECK_COUNT(of_values) && index != CHOICE && index != SET; i++) {
        if (value_get(item, of_values[i])) {
            return check_fail_key(&l->check, value_get(item, of_values[i]), "a %s has no '%s'", names[index],
                                  of_values[i]);
        }
    }
    for (size_t i = 0; i < CHECK_COUNT(of_numbers) && index != NUMBER; i++) {
        if (value_get(item, of_numbers[i])) {
            return check_fail_key(&l->check, value_get(item, of_numbers[i]), "a %s has no '%s'", names[index],
                                  of_numbers[i]);
        }
    }
    f->kind = index == SET ? FINDING_SET : index == NUMBER ? FINDING_NUMBER : FINDING_CHOICE;
    if (index == NUMBER) {
        return load_number(l, item, f);
    }
    if (index == PRESENCE) {
        set_presence_values(l, f);
        return true;
    }
    return load_values(l, item, f);
}

/* The section named before the dot of the id. */
static bool load_section(const Loader *l, const Value *item, Finding *f)
{
    const char *dot = strchr(f->id, '.');
    const Value *id = value_get(item, "id");
    if (!dot || !is_id(dot + 1)) {
        return check_fail(&l->check, id, "the id of a finding is SECTION.NAME");
    }
    for (size_t i = 0; i < l->v->section_count; i++) {
        const Section *section = &l->v->sections[i];
        if (strlen(section->id) == (size_t)(dot - f->id) &&
            strncmp(section->id, f->id, strlen(section->id)) == 0) {
            f->section = section->id;
            f->section_label = section->label;
            f->examinations = section->examinations;
            return true;
        }
    }
    return check_fail(&l->check, id, "its section is not among the sections");
}

static bool load_sign(Loader *l, const Value *item, Finding *f)
{
    const Value *sign = NULL;
    if (!check_optional(&l->check, item, "sign", VALUE_STRING, &sign)) {
        return false;
    }
    const char **ids = arena_array(l->check.scratch, l->v->sign_count + 1, sizeof *ids);
    for (size_t i = 0; i < l->v->sign_count; i++) {
        ids[i] = l->v->signs[i].id;
    }
    if (sign) {
        return check_one_of(&l->check, sign, "sign", ids, l->v->sign_count, &f->sign);
    }
    f->sign = l->v->sign_count;
    l->v->signs[l->v->sign_count++] = (Sign){f->sign, f->id, f->label};
    return true;
}

/* `exhaustive: true` of a set. */
static bool load_exhaustive(const Loader *l, const Value *item, Finding *f)
{
    const Value *exhaustive = NULL;
    if (!check_optional(&l->check, item, "exhaustive", VALUE_BOOL, &exhaustive)) {
        return false;
    }
    f->exhaustive = exhaustive && exhaustive->boolean;
    return !f->exhaustive || f->kind == FINDING_SET ||
           check_fail_key(&l->check, exhaustive, "only a set can be exhaustive");
}

static bool load_use(const Loader *l, const Value *item, Finding *f)
{
    static const char *const names[] = {"differential", "scores"};
    const Value *use = NULL;
    size_t index = 0;
    if (!check_optional(&l->check, item, "use", VALUE_STRING, &use) ||
        (use && !check_one_of(&l->check, use, "use", names, CHECK_COUNT(names), &index))) {
        return false;
    }
    f->use = index == 0 ? FINDING_FOR_DIFFERENTIAL : FINDING_FOR_SCORES;
    return true;
}

static bool load_finding(Loader *l, const Value *item)
{
    static const char *const keys[] = {"id",        "label",        "definition", "kind", "values",
                                       "values_of", "unit",         "range",      "bins", "sign",
                                       "use",       "examinations", "exhaustive"};
    Finding f = {.index = l->v->finding_count, .unit = "", .none_value = -1};
    const Value *examinations;
    if (!check_kind(&l->check, item, VALUE_MAP) || !check_keys(&l->check, item, keys, CHECK_COUNT(keys)) ||
        !(f.id = required_text(l, item, "id")) || !(f.label = required_text(l, item, "label")) ||
        !(f.definition = required_text(l, item, "definition")) || !load_section(l, item, &f)) {
        return false;
    }
    if (vocabulary_find(l->v, f.id)) {
        return check_fail(&l->check, value_get(item, "id"), "the finding '%s' is here twice", f.id);
    }
    if (!load_kind(l, item, &f) || !load_sign(l, item, &f) || !load_use(l, item, &f) ||
        !load_exhaustive(l, item, &f) ||
        !check_optional(&l->check, item, "examinations", VALUE_LIST, &examinations) ||
        (examinations && !(f.examinations = load_examination_list(l, examinations)))) {
        return false;
    }
    if (f.kind == FINDING_SET) {
        f.none_value = finding_value(&f, "none");
    }
    l->v->finding_ids[f.index] = f.id;
    l->v->finding_keys[f.index] = random_key(f.id);
    l->v->findings[l->v->finding_count++] = f;
    return true;
}

/* A named sign that no finding uses is a mistake: a finding was meant to have it. */
static bool check_signs_used(const Loader *l, const Value *root)
{
    VALUE_EACH(item, value_get(root, "signs"))
    {
        bool used = false;
        for (size_t i = 0; i < l->v->finding_count && !used; i++) {
            used = strcmp(l->v->signs[l->v->findings[i].sign].id, item->key) == 0;
        }
        if (!used) {
            return check_fail_key(&l->check, item, "no finding has this sign");
        }
    }
    return true;
}

static bool load_findings(Loader *l, const Value *list)
{
    l->v->findings = arena_array(l->v->arena, list->count, sizeof *l->v->findings);
    l->v->finding_keys = arena_array(l->v->arena, list->count, sizeof *l->v->finding_keys);
    l->v->finding_ids = arena_array(l->v->arena, list->count, sizeof *l->v->finding_ids);
    VALUE_EACH(item, list)
    {
        if (!load_finding(l, item)) {
            return false;
        }
    }
    return true;
}

static bool load_all(Loader *l, const Value *root)
{
    static const char *const keys[] = {"format", "sections", "examinations",
                                       "signs",  "findings", "diagnoses"};
    const char *format;
    const Value *findings;
    if (!check_kind(&l->check, root, VALUE_MAP) || !check_keys(&l->check, root, keys, CHECK_COUNT(keys)) ||
        !(format = check_required_text(&l->check, root, "format"))) {
        return false;
    }
    if (strcmp(format, "dens-vocabulary/1") != 0) {
        return check_fail(&l->check, value_get(root, "format"), "must be 'dens-vocabulary/1'");
    }
    findings = check_required(&l->check, root, "findings", VALUE_LIST);
    return findings && load_examinations(l, root) && load_sections(l, root) &&
           load_signs(l, root, findings->count) && load_findings(l, findings) && check_signs_used(l, root) &&
           load_diagnoses(l, root);
}

Vocabulary *vocabulary_load(const char *folder, DensError **err)
{
    return vocabulary_load_beside(NULL, folder, err);
}

Vocabulary *vocabulary_load_beside(const Arena *other, const char *folder, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    const char *path = file_join(scratch, folder, "vocabulary.yaml");
    const Value *root = yaml_read(scratch, path, err);
    if (!root) {
        return NULL;
    }
    Arena *arena = other ? arena_beside(other) : arena_new();
    Vocabulary *v = arena_alloc(arena, sizeof *v);
    v->arena = arena;
    Loader loader = {{scratch, path, err}, v};
    if (!load_all(&loader, root)) {
        vocabulary_free(v);
        return NULL;
    }
    return v;
}

void vocabulary_free(Vocabulary *vocabulary)
{
    if (vocabulary) {
        arena_free(vocabulary->arena);
    }
}

/* ---- looking things up ---- */

size_t vocabulary_count(const Vocabulary *vocabulary)
{
    return vocabulary->finding_count;
}

const Finding *vocabulary_finding(const Vocabulary *vocabulary, size_t index)
{
    return &vocabulary->findings[index];
}

const Finding *vocabulary_find(const Vocabulary *vocabulary, const char *id)
{
    uint64_t key = random_key(id);
    for (size_t i = 0; i < vocabulary->finding_count; i++) {
        if (vocabulary->finding_keys[i] == key && strcmp(vocabulary->findings[i].id, id) == 0) {
            return &vocabulary->findings[i];
        }
    }
    return NULL;
}

int finding_value(const Finding *finding, const char *id)
{
    return value_index(finding->values, finding->value_count, id);
}

uint64_t finding_closure(const Finding *finding, int value)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < finding->value_count; i++) {
        int at = (int)i;
        while (at >= 0 && at != value) {
            at = finding->values[at].parent;
        }
        mask |= at >= 0 ? UINT64_C(1) << i : 0;
    }
    return mask;
}

const char *vocabulary_nearest(const Vocabulary *vocabulary, const char *id)
{
    return nearest_name(id, vocabulary->finding_ids, vocabulary->finding_count);
}

const char *finding_nearest_value(const Finding *finding, const char *id)
{
    const char *ids[VOCABULARY_MAX_VALUES] = {NULL};
    for (size_t i = 0; i < finding->value_count; i++) {
        ids[i] = finding->values[i].id;
    }
    return nearest_name(id, ids, finding->value_count);
}

size_t finding_bin(const Finding *finding, double number)
{
    size_t bin = 0;
    while (bin + 1 < finding->bin_count && number >= finding->bin_edges[bin + 1]) {
        bin++;
    }
    return bin;
}

size_t vocabulary_sign_count(const Vocabulary *vocabulary)
{
    return vocabulary->sign_count;
}

const Sign *vocabulary_sign(const Vocabulary *vocabulary, size_t index)
{
    return &vocabulary->signs[index];
}

size_t vocabulary_examination_count(const Vocabulary *vocabulary)
{
    return vocabulary->examination_count;
}

const Examination *vocabulary_examination(const Vocabulary *vocabulary, size_t index)
{
    return &vocabulary->examinations[index];
}

int vocabulary_find_examination(const Vocabulary *vocabulary, const char *id)
{
    for (size_t i = 0; i < vocabulary->examination_count; i++) {
        if (strcmp(vocabulary->examinations[i].id, id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

size_t vocabulary_diagnosis_count(const Vocabulary *vocabulary)
{
    return vocabulary->diagnosis_count;
}

const DiagnosisName *vocabulary_diagnosis(const Vocabulary *vocabulary, size_t index)
{
    return &vocabulary->diagnoses[index];
}

int vocabulary_find_diagnosis(const Vocabulary *vocabulary, const char *id)
{
    for (size_t i = 0; i < vocabulary->diagnosis_count; i++) {
        if (strcmp(vocabulary->diagnoses[i].id, id) == 0) {
            return (int)i;
        }
    }
    return -1;
}
