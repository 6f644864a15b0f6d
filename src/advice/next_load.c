/* Reading examinations.yaml. Every number stands with its reason and its basis: the word design, or a
 * source. */
#include "advice/next_parts.h"

#include "base/file.h"
#include "base/yaml.h"
#include "document/check.h"

#include <math.h>
#include <string.h>

typedef struct {
    NextSteps *steps;
    Check check;
    const char *file;
} Reader;

static const Vocabulary *vocabulary_of(const Reader *r)
{
    return knowledge_vocabulary(r->steps->knowledge);
}

/* ---- small parts ---- */

static bool read_source(const Reader *r, const Value *node)
{
    return check_kind(&r->check, node, VALUE_STRING) &&
           (knowledge_find_source(r->steps->knowledge, node->string) ||
            check_fail(&r->check, node, "unknown source '%s'", node->string));
}

static bool read_sources(const Reader *r, const Value *map, const Value **out)
{
    if (!check_optional(&r->check, map, "sources", VALUE_LIST, out)) {
        return false;
    }
    VALUE_EACH(item, *out)
    {
        if (!read_source(r, item)) {
            return false;
        }
    }
    return true;
}

/* `reason` and `basis`: every number has them. */
static bool read_grounds(const Reader *r, const Value *map)
{
    const char *basis = check_required_text(&r->check, map, "basis");
    return basis && check_required_text(&r->check, map, "reason") &&
           (strcmp(basis, "design") == 0 || read_source(r, value_get(map, "basis")));
}

static bool read_number(const Reader *r, const Value *map, const char *key, double least, double most,
                        double *out)
{
    const Value *node = check_required(&r->check, map, key, VALUE_NUMBER);
    if (!node) {
        return false;
    }
    *out = node->number;
    return (node->number >= least && node->number <= most) ||
           check_fail(&r->check, node, "must be %g to %g", least, most);
}

static bool read_examinations(const Reader *r, const Value *map, const char *key, uint64_t *out)
{
    const Value *list;
    *out = 0;
    if (!check_optional(&r->check, map, key, VALUE_LIST, &list)) {
        return false;
    }
    VALUE_EACH(item, list)
    {
        int index =
            value_string(item) ? vocabulary_find_examination(vocabulary_of(r), value_string(item)) : -1;
        if (index < 0) {
            return check_fail(&r->check, item, "%s is no examination of the vocabulary",
                              value_string(item) ? check_quote(&r->check, value_string(item)) : "this");
        }
        *out |= UINT64_C(1) << index;
    }
    return true;
}

/* A word of a level map of `burden`, and what it weighs. */
static bool read_level(const Reader *r, const Value *levels, const Value *map, const char *key,
                       const char **out_word, double *burden)
{
    const char *word = check_required_text(&r->check, map, key);
    double weight = 0;
    if (!word) {
        return false;
    }
    if (!value_number(value_get(value_get(levels, key), word), &weight)) {
        return check_fail(&r->check, value_get(map, key), "%s has no weight under burden.%s",
                          check_quote(&r->check, word), key);
    }
    *out_word = word;
    *burden += weight;
    return true;
}

/* ---- constants ---- */

static bool read_constants(const Reader *r, const Value *root)
{
    NextSteps *s = r->steps;
    double samples = 0, most = 0, stated = 0;
    const struct {
        const char *id;
        double least, most, *out;
    } constants[] = {{"samples", 16, 4096, &samples}, {"stated", 0.01, 1, &stated},
                     {"bit", 0, 1, &s->bit},          {"least_worth", 0, 1, &s->least_worth},
                     {"most", 1, 20, &most},          {"answer", 0, 1, &s->answer},
                     {"telling", 0, 1, &s->telling}};
    static const char *const names[] = {"samples", "stated", "bit",    "least_worth",
                                        "most",    "answer", "telling"};
    static const char *const keys[] = {"value", "basis", "reason"};
    const Value *map = check_required(&r->check, root, "constants", VALUE_MAP);
    if (!map || !check_keys(&r->check, map, names, CHECK_COUNT(names))) {
        return false;
    }
    for (size_t i = 0; i < CHECK_COUNT(constants); i++) {
        const Value *node = check_required(&r->check, map, constants[i].id, VALUE_MAP);
        if (!node || !check_keys(&r->check, node, keys, CHECK_COUNT(keys)) || !read_grounds(r, node) ||
            !read_number(r, node, "value", constants[i].least, constants[i].most, constants[i].out)) {
            return false;
        }
    }
    s->samples = (size_t)samples;
    s->most = (size_t)most;
    size_t count = vocabulary_count(vocabulary_of(r));
    s->stated = arena_array(s->arena, count, sizeof *s->stated);
    for (size_t i = 0; i < count; i++) {
        s->stated[i] = stated;
    }
    return true;
}

static bool read_stated_less(const Reader *r, const Value *root)
{
    static const char *const keys[] = {"findings", "value", "basis", "reason"};
    const Value *list;
    if (!check_optional(&r->check, root, "stated_less", VALUE_LIST, &list)) {
        return false;
    }
    VALUE_EACH(node, list)
    {
        double value = 0;
        if (!check_kind(&r->check, node, VALUE_MAP) ||
            !check_keys(&r->check, node, keys, CHECK_COUNT(keys)) || !read_grounds(r, node) ||
            !read_number(r, node, "value", 0, 1, &value) ||
            !check_required(&r->check, node, "findings", VALUE_LIST)) {
            return false;
        }
        VALUE_EACH(item, value_get(node, "findings"))
        {
            const char *id = value_string(item);
            const Finding *finding = id ? vocabulary_find(vocabulary_of(r), id) : NULL;
            if (!finding) {
                return check_fail(&r->check, item, "unknown finding");
            }
            r->steps->stated[finding->index] = value;
        }
    }
    return true;
}

/* ---- examinations ---- */

static bool read_proposal(const Reader *r, const Value *levels, const Value *node, Proposal *out)
{
    static const char *const keys[] = {"id",       "label",        "performs", "after",  "cost",   "risk",
                                       "invasive", "availability", "dose_msv", "reason", "sources"};
    const char *availability;
    if (!check_kind(&r->check, node, VALUE_MAP) || !check_keys(&r->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = check_required_text(&r->check, node, "id")) ||
        !(out->label = check_required_text(&r->check, node, "label")) ||
        !check_required(&r->check, node, "performs", VALUE_LIST) ||
        !check_required(&r->check, node, "invasive", VALUE_BOOL) ||
        !read_examinations(r, node, "performs", &out->performs) ||
        !read_examinations(r, node, "after", &out->after) || !read_sources(r, node, &out->sources)) {
        return false;
    }
    out->invasive = value_truth(node, "invasive");
    const Value *dose = value_get(node, "dose_msv");
    if (dose && (!check_required(&r->check, dose, "source", VALUE_STRING) ||
                 !read_source(r, value_get(dose, "source")) ||
                 !read_number(r, dose, "value", 0, 1000, &out->dose_msv))) {
        return false;
    }
    return read_level(r, levels, node, "cost", &out->cost, &out->burden) &&
           read_level(r, levels, node, "risk", &out->risk, &out->burden) &&
           read_level(r, levels, node, "availability", &availability, &out->burden);
}

static bool read_proposals(const Reader *r, const Value *root)
{
    NextSteps *s = r->steps;
    const Value *levels = check_required(&r->check, root, "burden", VALUE_MAP);
    const Value *list = check_required(&r->check, root, "examinations", VALUE_LIST);
    if (!levels || !list || !read_grounds(r, levels)) {
        return false;
    }
    s->proposals = arena_array(s->arena, list->count, sizeof *s->proposals);
    VALUE_EACH(node, list)
    {
        if (!read_proposal(r, levels, node, &s->proposals[s->proposal_count])) {
            return false;
        }
        s->proposal_count++;
    }
    return true;
}

/* ---- actions ---- */

static size_t find_action(const NextSteps *s, const char *id)
{
    size_t i = 0;
    while (i < s->action_count && strcmp(s->actions[i].id, id) != 0) {
        i++;
    }
    return i;
}

/* Index of a hypothesis: a diagnosis, or none_of_these after all of them; -1 with an error. */
static int read_hypothesis(const Reader *r, const Value *item)
{
    const char *id = value_string(item);
    int index = -1;
    if (id && strcmp(id, "none_of_these") == 0) {
        index = (int)vocabulary_diagnosis_count(vocabulary_of(r));
    } else if (id) {
        index = vocabulary_find_diagnosis(vocabulary_of(r), id);
    }
    if (index < 0) {
        check_fail(&r->check, item, "this is no diagnosis");
    }
    return index;
}

static bool read_action(const Reader *r, const Value *node, size_t *needed, bool *given)
{
    static const char *const keys[] = {"id", "label", "diagnoses", "basis", "reason"};
    Action *out = &r->steps->actions[r->steps->action_count];
    if (!check_kind(&r->check, node, VALUE_MAP) || !check_keys(&r->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = check_required_text(&r->check, node, "id")) ||
        !(out->label = check_required_text(&r->check, node, "label")) || !read_grounds(r, node) ||
        !check_required(&r->check, node, "diagnoses", VALUE_LIST)) {
        return false;
    }
    VALUE_EACH(item, value_get(node, "diagnoses"))
    {
        int index = read_hypothesis(r, item);
        if (index < 0) {
            return false;
        }
        if (given[index]) {
            return check_fail(&r->check, item, "the diagnosis has an action already");
        }
        given[index] = true;
        needed[index] = r->steps->action_count;
    }
    r->steps->action_count++;
    return true;
}

static bool read_losses(const Reader *r, const Value *root, double *loss)
{
    static const char *const keys[] = {"basis", "reason", "milder"};
    static const char *const milder_keys[] = {"done", "needed", "loss"};
    NextSteps *s = r->steps;
    const Value *map = check_required(&r->check, root, "losses", VALUE_MAP);
    if (!map || !check_keys(&r->check, map, keys, CHECK_COUNT(keys)) || !read_grounds(r, map) ||
        !check_required(&r->check, map, "milder", VALUE_LIST)) {
        return false;
    }
    VALUE_EACH(node, value_get(map, "milder"))
    {
        double value = 0;
        const char *done, *needed;
        if (!check_kind(&r->check, node, VALUE_MAP) ||
            !check_keys(&r->check, node, milder_keys, CHECK_COUNT(milder_keys)) ||
            !(done = check_required_text(&r->check, node, "done")) ||
            !(needed = check_required_text(&r->check, node, "needed")) ||
            !read_number(r, node, "loss", 0, 1, &value)) {
            return false;
        }
        size_t from = find_action(s, done), to = find_action(s, needed);
        if (from == s->action_count || to == s->action_count) {
            return check_fail(&r->check, node, "names an action that is not in the list");
        }
        loss[from * s->action_count + to] = value;
    }
    return true;
}

static bool read_actions(const Reader *r, const Value *root)
{
    NextSteps *s = r->steps;
    const Value *list = check_required(&r->check, root, "actions", VALUE_LIST);
    size_t hypotheses = vocabulary_diagnosis_count(vocabulary_of(r)) + 1;
    if (!list) {
        return false;
    }
    size_t *needed = arena_array(s->arena, hypotheses, sizeof *needed);
    bool *given = arena_array(r->check.scratch, hypotheses, sizeof *given);
    s->actions = arena_array(s->arena, list->count, sizeof *s->actions);
    VALUE_EACH(node, list)
    {
        if (!read_action(r, node, needed, given)) {
            return false;
        }
    }
    for (size_t h = 0; h < hypotheses; h++) {
        if (!given[h]) {
            return check_fail(&r->check, list, "no action for %s",
                              h + 1 == hypotheses ? "none_of_these"
                                                  : vocabulary_diagnosis(vocabulary_of(r), h)->id);
        }
    }
    size_t count = s->action_count;
    double *loss = arena_array(s->arena, count * count, sizeof *loss);
    for (size_t i = 0; i < count * count; i++) {
        loss[i] = i % (count + 1) == 0 ? 0 : 1;
    }
    s->table = (ActionTable){count, loss, needed};
    return read_losses(r, root, loss);
}

/* ---- rules ---- */

static bool read_likely(const Reader *r, const Value *node, NextRule *out)
{
    static const char *const keys[] = {"diagnoses", "at_least", "reason"};
    const Value *map;
    if (!check_optional(&r->check, node, "likely", VALUE_MAP, &map) || !map) {
        return map == NULL && !value_get(node, "likely");
    }
    if (!check_keys(&r->check, map, keys, CHECK_COUNT(keys)) ||
        !check_required_text(&r->check, map, "reason") ||
        !read_number(r, map, "at_least", 0, 1, &out->at_least) ||
        !check_required(&r->check, map, "diagnoses", VALUE_LIST)) {
        return false;
    }
    out->likely =
        arena_array(r->steps->arena, vocabulary_diagnosis_count(vocabulary_of(r)) + 1, sizeof(bool));
    VALUE_EACH(item, value_get(map, "diagnoses"))
    {
        int index = read_hypothesis(r, item);
        if (index < 0) {
            return false;
        }
        out->likely[index] = true;
    }
    return true;
}

static bool read_propose(const Reader *r, const Value *node, NextRule *out)
{
    const NextSteps *s = r->steps;
    const char *id = value_text(node, "propose");
    out->propose = -1;
    for (size_t i = 0; id && i < s->proposal_count; i++) {
        out->propose = strcmp(s->proposals[i].id, id) == 0 ? (int)i : out->propose;
    }
    return !value_get(node, "propose") || out->propose >= 0 ||
           check_fail(&r->check, value_get(node, "propose"), "this is no id under `examinations`");
}

static bool read_condition(const Reader *r, const Value *node, const char *key, bool *has, Rule *out)
{
    const Value *when = value_get(node, key);
    *has = when != NULL;
    RuleSource source = {r->file, vocabulary_of(r), r->steps->arena};
    return !when || rule_parse(out, when, &source, r->check.err);
}

static bool read_rule(const Reader *r, const Value *node, NextRule *out)
{
    static const char *const keys[] = {"id",   "when",      "unless", "likely", "propose",
                                       "warn", "no_biopsy", "text",   "sources"};
    if (!check_kind(&r->check, node, VALUE_MAP) || !check_keys(&r->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = check_required_text(&r->check, node, "id")) ||
        !(out->text = check_required_text(&r->check, node, "text")) ||
        !check_required(&r->check, node, "sources", VALUE_LIST) || !read_sources(r, node, &out->sources) ||
        !read_likely(r, node, out) || !read_propose(r, node, out)) {
        return false;
    }
    out->warn = value_truth(node, "warn");
    out->no_biopsy = value_truth(node, "no_biopsy");
    return read_condition(r, node, "when", &out->has_when, &out->when) &&
           read_condition(r, node, "unless", &out->has_unless, &out->unless);
}

static bool read_rules(const Reader *r, const Value *root)
{
    NextSteps *s = r->steps;
    const Value *list = check_required(&r->check, root, "rules", VALUE_LIST);
    if (!list) {
        return false;
    }
    s->rules = arena_array(s->arena, list->count, sizeof *s->rules);
    VALUE_EACH(node, list)
    {
        if (!read_rule(r, node, &s->rules[s->rule_count])) {
            return false;
        }
        s->rule_count++;
    }
    return true;
}

bool next_steps_parse(NextSteps *steps, const char *file, const Value *root, Arena *scratch, DensError **err)
{
    static const char *const keys[] = {"constants", "burden", "stated_less", "examinations",
                                       "actions",   "losses", "rules"};
    Reader r = {steps, {scratch, file, err}, file};
    return check_kind(&r.check, root, VALUE_MAP) && check_keys(&r.check, root, keys, CHECK_COUNT(keys)) &&
           read_constants(&r, root) && read_stated_less(&r, root) && read_proposals(&r, root) &&
           read_actions(&r, root) && read_rules(&r, root);
}
