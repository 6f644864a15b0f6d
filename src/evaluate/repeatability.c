/* Reading knowledge/repeatability.yaml; its head explains the keys. Every mistake is refused with its place.
 */
#include "evaluate/repeatability.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/yaml.h"
#include "document/check.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    Check check;
    const Knowledge *knowledge;
} Loader;

static bool source_known(const Loader *l, const Value *at)
{
    const char *id = value_string(at);
    return (id && knowledge_find_source(l->knowledge, id)) || check_fail(&l->check, at, "unknown source");
}

static bool check_sources(const Loader *l, const Value *map)
{
    const Value *list = check_required(&l->check, map, "sources", VALUE_LIST);
    bool good = list != NULL;
    VALUE_EACH(item, list)
    {
        good = good && source_known(l, item);
    }
    return good;
}

static bool check_texts(const Loader *l, const Value *list)
{
    bool good = true;
    VALUE_EACH(item, list)
    {
        good = good && check_kind(&l->check, item, VALUE_STRING);
    }
    return good;
}

/* A list of names at a key that may be left out. */
static bool check_names(const Loader *l, const Value *map, const char *key)
{
    const Value *list = NULL;
    return check_optional(&l->check, map, key, VALUE_LIST, &list) && check_texts(l, list);
}

static bool check_values(const Loader *l, const char *id, const Value *at, const Value *values)
{
    const Finding *finding = id ? vocabulary_find(knowledge_vocabulary(l->knowledge), id) : NULL;
    if (!finding || finding->kind != FINDING_CHOICE) {
        return check_fail(&l->check, at, "is no finding of one value");
    }
    if (!values || values->kind != VALUE_LIST) {
        return check_fail(&l->check, at, "needs a list of values");
    }
    VALUE_EACH(value, values)
    {
        if (!value_string(value) || finding_value(finding, value_string(value)) < 0) {
            return check_fail(&l->check, value, "is no value of %s", finding->id);
        }
    }
    return true;
}

static bool check_findings(const Loader *l, const Value *map, const char *key)
{
    const Value *findings = NULL;
    bool good = check_optional(&l->check, map, key, VALUE_MAP, &findings);
    VALUE_EACH(finding, findings)
    {
        good = good && check_values(l, finding->key, finding, finding);
    }
    return good;
}

static bool positive(const Loader *l, const Value *map, const char *key)
{
    const Value *number = check_required(&l->check, map, key, VALUE_NUMBER);
    return number && (number->number > 0 || check_fail(&l->check, number, "must be above 0"));
}

static bool check_limits(const Loader *l, const Value *entry)
{
    static const char *const keys[] = {"id",   "measurements", "roles", "decrease", "increase",
                                       "unit", "source",       "where", "limits"};
    const Value *source;
    return check_keys(&l->check, entry, keys, CHECK_COUNT(keys)) &&
           check_required_text(&l->check, entry, "id") &&
           check_required(&l->check, entry, "measurements", VALUE_LIST) &&
           check_names(l, entry, "measurements") && check_required(&l->check, entry, "roles", VALUE_LIST) &&
           check_names(l, entry, "roles") && positive(l, entry, "decrease") &&
           positive(l, entry, "increase") && check_required_text(&l->check, entry, "unit") &&
           (source = check_required(&l->check, entry, "source", VALUE_STRING)) && source_known(l, source) &&
           check_required_text(&l->check, entry, "where") && check_required_text(&l->check, entry, "limits");
}

static bool check_rule(const Loader *l, const Value *rule)
{
    static const char *const keys[] = {"findings", "unless", "grown", "not_grown", "text", "sources"};
    return check_keys(&l->check, rule, keys, CHECK_COUNT(keys)) && check_findings(l, rule, "findings") &&
           check_findings(l, rule, "unless") && check_names(l, rule, "grown") &&
           check_names(l, rule, "not_grown") && check_required_text(&l->check, rule, "text") &&
           check_sources(l, rule);
}

static bool check_sign(const Loader *l, const Value *sign)
{
    static const char *const keys[] = {"finding", "values", "grown", "points", "text", "sources"};
    static const char *const points[] = {"for", "against"};
    size_t index;
    const Value *finding = value_get(sign, "finding"), *way;
    return check_keys(&l->check, sign, keys, CHECK_COUNT(keys)) && check_names(l, sign, "grown") &&
           (!finding || check_values(l, value_string(finding), finding, value_get(sign, "values"))) &&
           (way = check_required(&l->check, sign, "points", VALUE_STRING)) &&
           check_one_of(&l->check, way, "direction", points, CHECK_COUNT(points), &index) &&
           check_required_text(&l->check, sign, "text") && check_sources(l, sign);
}

static bool check_expected(const Loader *l, const Value *question)
{
    static const char *const keys[] = {"findings", "diagnoses", "at_least"};
    const Value *expected = NULL;
    if (!check_optional(&l->check, question, "expected", VALUE_MAP, &expected) || !expected) {
        return !value_get(question, "expected");
    }
    bool good = check_keys(&l->check, expected, keys, CHECK_COUNT(keys)) &&
                check_findings(l, expected, "findings") && positive(l, expected, "at_least") &&
                check_required_text(&l->check, question, "not_expected");
    VALUE_EACH(diagnosis, value_get(expected, "diagnoses"))
    {
        const char *id = value_string(diagnosis);
        good = good && ((id && vocabulary_find_diagnosis(knowledge_vocabulary(l->knowledge), id) >= 0) ||
                        check_fail(&l->check, diagnosis, "unknown diagnosis"));
    }
    return good;
}

static bool check_residual(const Loader *l, const Value *question)
{
    static const char *const keys[] = {"id", "label", "expected", "not_expected", "yes", "no", "signs"};
    static const struct {
        const char *key;
        bool (*check)(const Loader *l, const Value *item);
    } lists[] = {{"yes", check_rule}, {"no", check_rule}, {"signs", check_sign}};
    bool good = check_keys(&l->check, question, keys, CHECK_COUNT(keys)) &&
                check_required_text(&l->check, question, "id") &&
                check_required_text(&l->check, question, "label") && check_expected(l, question);
    for (size_t i = 0; good && i < CHECK_COUNT(lists); i++) {
        const Value *list = check_required(&l->check, question, lists[i].key, VALUE_LIST);
        good = list != NULL;
        VALUE_EACH(item, list)
        {
            good = good && lists[i].check(l, item);
        }
    }
    return good;
}

static const Value *response_of(const Value *list, const char *id)
{
    VALUE_EACH(entry, list)
    {
        const char *name = value_text(entry, "id");
        if (name && strcmp(name, id) == 0) {
            return entry;
        }
    }
    return NULL;
}

static bool check_response(const Loader *l, Repeatability *r, const Value *list)
{
    r->recist = response_of(list, "recist");
    r->mda_bone = response_of(list, "mda_bone");
    if (!r->recist || !r->mda_bone) {
        return check_fail(&l->check, list, "recist and mda_bone must both be there");
    }
    return check_required_text(&l->check, r->recist, "label") &&
           check_required_text(&l->check, r->recist, "measurement") &&
           positive(l, r->recist, "progression_percent") && positive(l, r->recist, "progression_mm") &&
           positive(l, r->recist, "response_percent") && positive(l, r->recist, "least_mm") &&
           check_sources(l, r->recist) && check_required_text(&l->check, r->mda_bone, "label") &&
           check_required(&l->check, r->mda_bone, "size", VALUE_LIST) &&
           check_names(l, r->mda_bone, "size") && check_sources(l, r->mda_bone);
}

static bool check_file(const Loader *l, Repeatability *r, const Value *root)
{
    static const char *const keys[] = {"limits", "response", "residual"};
    const Value *response;
    bool good = check_kind(&l->check, root, VALUE_MAP) &&
                check_keys(&l->check, root, keys, CHECK_COUNT(keys)) &&
                (r->limits = check_required(&l->check, root, "limits", VALUE_LIST)) &&
                (r->residual = check_required(&l->check, root, "residual", VALUE_LIST)) &&
                (response = check_required(&l->check, root, "response", VALUE_LIST)) &&
                check_response(l, r, response);
    VALUE_EACH(entry, r->limits)
    {
        good = good && check_limits(l, entry);
    }
    VALUE_EACH(question, r->residual)
    {
        good = good && check_residual(l, question);
    }
    return good;
}

Repeatability *repeatability_load(const Knowledge *knowledge, DensError **err)
{
    AUTO(repeatability_auto) Repeatability *r = memory_alloc(sizeof *r);
    r->arena = arena_new();
    const char *path = file_join(r->arena, knowledge_folder(knowledge), "repeatability.yaml");
    const Value *root = yaml_read(r->arena, path, err);
    Loader loader = {.check = {.scratch = r->arena, .where = path, .err = err}, .knowledge = knowledge};
    return root && check_file(&loader, r, root) ? TAKE(r) : NULL;
}

void repeatability_free(Repeatability *repeatability)
{
    if (repeatability) {
        arena_free(repeatability->arena);
        free(repeatability);
    }
}

static bool names(const Value *list, const char *name)
{
    VALUE_EACH(item, list)
    {
        if (strcmp(value_string(item), name) == 0) {
            return true;
        }
    }
    return false;
}

const Value *repeatability_limits(const Repeatability *repeatability, const char *measurement,
                                  const char *role)
{
    VALUE_EACH(entry, repeatability->limits)
    {
        if (names(value_get(entry, "measurements"), measurement) && names(value_get(entry, "roles"), role)) {
            return entry;
        }
    }
    return NULL;
}
