/* Alerts, mimics and what was not assessed. */
#include "advice/advice.h"

#include "advice/rules.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#include <string.h>

typedef struct {
    const char *id, *label, *urgency, *text;
    Rule rule;
    const Value *sources; /* list of keys, or NULL */
} Item;

typedef struct {
    const char *label;
    size_t finding_count;
    const Finding **findings;
} Assessment;

struct Advice {
    Arena *arena;
    const char *file;
    size_t alert_count, mimic_count, assessment_count;
    Item *alerts, *mimics;
    Assessment *assessments;
    double benign_threshold;
    const char *benign_label, *benign_urgency;
};

/* In the order in which they are shown. */
static const char *const urgencies[] = {"hours", "days", "planned"};
enum { URGENCY_COUNT = sizeof urgencies / sizeof *urgencies };

static bool text_at(const Advice *a, const Value *map, const char *key, const char **out, DensError **err)
{
    *out = value_text(map, key);
    return *out || rule_fault(err, a->file, map, a->arena, "`%s` is missing or no text", key);
}

static bool check_urgency(const Advice *a, const Value *map, const char *urgency, DensError **err)
{
    for (size_t i = 0; i < URGENCY_COUNT; i++) {
        if (strcmp(urgency, urgencies[i]) == 0) {
            return true;
        }
    }
    return rule_fault(err, a->file, map, a->arena, "urgency \"%s\" is none of hours, days, planned", urgency);
}

static bool check_sources(const Advice *a, const Value *item, const Knowledge *knowledge, DensError **err)
{
    VALUE_EACH(source, value_get(item, "sources"))
    {
        if (!value_string(source) || !knowledge_find_source(knowledge, value_string(source))) {
            return rule_fault(err, a->file, source, a->arena, "unknown source \"%s\"",
                              value_string(source) ? value_string(source) : value_kind_name(source->kind));
        }
    }
    return true;
}

static bool check_keys(const Advice *a, const Value *map, const char *const *keys, DensError **err)
{
    VALUE_EACH(child, map)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], child->key) != 0) {
            i++;
        }
        if (!keys[i]) {
            return rule_fault(err, a->file, child, a->arena, "unknown key");
        }
    }
    return true;
}

static bool parse_item(Advice *a, Item *out, const Value *node, bool alert, const Knowledge *knowledge,
                       DensError **err)
{
    static const char *const alert_keys[] = {"id", "label", "urgency", "when", "text", "sources", NULL};
    static const char *const mimic_keys[] = {"name", "when", "text", "sources", NULL};
    if (!check_keys(a, node, alert ? alert_keys : mimic_keys, err)) {
        return false;
    }
    if (alert) {
        if (!text_at(a, node, "id", &out->id, err) || !text_at(a, node, "urgency", &out->urgency, err) ||
            !check_urgency(a, node, out->urgency, err)) {
            return false;
        }
    }
    out->sources = value_get(node, "sources");
    return text_at(a, node, alert ? "label" : "name", &out->label, err) &&
           text_at(a, node, "text", &out->text, err) && check_sources(a, node, knowledge, err) &&
           rule_parse(&out->rule, value_get(node, "when"), a->file, knowledge_vocabulary(knowledge), a->arena,
                      err);
}

static bool parse_items(Advice *a, const Value *list, bool alerts, const Knowledge *knowledge,
                        DensError **err)
{
    if (!list || list->kind != VALUE_LIST) {
        return rule_fault(err, a->file, list, a->arena, "`%s` must be a list", alerts ? "alerts" : "mimics");
    }
    Item *items = arena_array(a->arena, list->count, sizeof *items);
    size_t count = 0;
    VALUE_EACH(node, list)
    {
        if (!parse_item(a, &items[count++], node, alerts, knowledge, err)) {
            return false;
        }
    }
    *(alerts ? &a->alerts : &a->mimics) = items;
    *(alerts ? &a->alert_count : &a->mimic_count) = count;
    return true;
}

static bool parse_assessment(Advice *a, Assessment *out, const Value *node, const Vocabulary *vocabulary,
                             DensError **err)
{
    const Value *findings = value_get(node, "findings");
    if (!text_at(a, node, "label", &out->label, err)) {
        return false;
    }
    if (!findings || findings->kind != VALUE_LIST) {
        return rule_fault(err, a->file, node, a->arena, "`findings` must be a list");
    }
    out->findings = arena_array(a->arena, findings->count, sizeof(*out->findings));
    VALUE_EACH(item, findings)
    {
        const char *name = value_string(item);
        const Finding *finding = name ? vocabulary_find(vocabulary, name) : NULL;
        if (!finding) {
            const char *near = name ? vocabulary_nearest(vocabulary, name) : NULL;
            return rule_fault(err, a->file, item, a->arena, "unknown finding%s%s%s",
                              near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        }
        out->findings[out->finding_count++] = finding;
    }
    return true;
}

static bool parse_assessments(Advice *a, const Value *list, const Vocabulary *vocabulary, DensError **err)
{
    if (!list || list->kind != VALUE_LIST) {
        return rule_fault(err, a->file, list, a->arena, "`assessments` must be a list");
    }
    a->assessments = arena_array(a->arena, list->count, sizeof *a->assessments);
    VALUE_EACH(node, list)
    {
        if (!parse_assessment(a, &a->assessments[a->assessment_count++], node, vocabulary, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_behind_benign(Advice *a, const Value *node, DensError **err)
{
    if (!value_number(value_get(node, "threshold"), &a->benign_threshold) || a->benign_threshold <= 0 ||
        a->benign_threshold >= 1) {
        return rule_fault(err, a->file, node, a->arena, "`behind_benign` needs a threshold between 0 and 1");
    }
    return text_at(a, node, "label", &a->benign_label, err) &&
           text_at(a, node, "urgency", &a->benign_urgency, err) &&
           check_urgency(a, node, a->benign_urgency, err);
}

Advice *advice_load(const Knowledge *knowledge, DensError **err)
{
    static const char *const keys[] = {"alerts", "behind_benign", "mimics", "assessments", NULL};
    Arena *arena = arena_new();
    Advice *a = arena_alloc(arena, sizeof *a);
    *a = (Advice){.arena = arena, .file = file_join(arena, knowledge_folder(knowledge), "alerts.yaml")};
    const Value *root = yaml_read(arena, a->file, err);
    if (root && check_keys(a, root, keys, err) &&
        parse_items(a, value_get(root, "alerts"), true, knowledge, err) &&
        parse_items(a, value_get(root, "mimics"), false, knowledge, err) &&
        parse_behind_benign(a, value_get(root, "behind_benign"), err) &&
        parse_assessments(a, value_get(root, "assessments"), knowledge_vocabulary(knowledge), err)) {
        return a;
    }
    arena_free(arena);
    return NULL;
}

void advice_free(Advice *advice)
{
    if (advice) {
        arena_free(advice->arena);
    }
}

static void add_because(Value *map, const Alternative *matched)
{
    Value *because = value_set_list(map, "because");
    for (size_t i = 0; i < matched->term_count; i++) {
        value_add_string(because, matched->terms[i].finding->id);
    }
}

static void add_sources(Value *map, const Value *sources, Value *cited)
{
    Value *list = value_set_list(map, "sources");
    VALUE_EACH(source, sources)
    {
        value_add_string(list, value_string(source));
        value_set_bool(cited, value_string(source), true);
    }
}

static bool in_group(const Posterior *p, size_t hypothesis, const char *group)
{
    return hypothesis + 1 < p->hypothesis_count &&
           strcmp(knowledge_diagnosis(p->knowledge, hypothesis)->name->group, group) == 0;
}

static bool is_dangerous(const Posterior *p, size_t hypothesis)
{
    return in_group(p, hypothesis, "malignant") || in_group(p, hypothesis, "secondary") ||
           (hypothesis + 1 < p->hypothesis_count &&
            strcmp(knowledge_diagnosis(p->knowledge, hypothesis)->name->id, "spondylodiscitis") == 0);
}

/* A benign leader with malignant or infectious probability behind it. */
static void add_behind_benign(const Advice *a, const Posterior *p, Value *list)
{
    size_t first = p->order[0];
    double dangerous = 0;
    size_t leading = p->hypothesis_count;
    for (size_t i = 0; i < p->hypothesis_count; i++) {
        size_t h = p->order[i];
        if (is_dangerous(p, h)) {
            dangerous += p->probability[h];
            leading = leading == p->hypothesis_count ? h : leading;
        }
    }
    if (!in_group(p, first, "benign") || dangerous < a->benign_threshold || leading == p->hypothesis_count) {
        return;
    }
    Value *alert = value_add_map(list);
    value_set_string(alert, "id", "behind_benign");
    value_set_string(alert, "label", a->benign_label);
    value_set_string(alert, "urgency", a->benign_urgency);
    value_set_list(alert, "because");
    value_set_format(alert, "text",
                     "A benign diagnosis leads, but malignant and infectious ones keep %.0f %% together, %s "
                     "first: do not close "
                     "the case on imaging alone.",
                     100 * dangerous, knowledge_diagnosis(p->knowledge, leading)->name->term);
    value_set_list(alert, "sources");
}

static void add_alerts(const Advice *a, const Case *c, const Posterior *p, Value *result, Value *cited)
{
    Value *list = value_set_list(result, "alerts");
    for (size_t u = 0; u < URGENCY_COUNT; u++) {
        for (size_t i = 0; i < a->alert_count; i++) {
            const Item *item = &a->alerts[i];
            const Alternative *matched =
                strcmp(item->urgency, urgencies[u]) == 0 ? rule_match(&item->rule, c) : NULL;
            if (matched) {
                Value *alert = value_add_map(list);
                value_set_string(alert, "id", item->id);
                value_set_string(alert, "label", item->label);
                value_set_string(alert, "urgency", item->urgency);
                add_because(alert, matched);
                value_set_string(alert, "text", item->text);
                add_sources(alert, item->sources, cited);
            }
        }
        if (strcmp(urgencies[u], a->benign_urgency) == 0) {
            add_behind_benign(a, p, list);
        }
    }
}

static void add_not_assessed(const Advice *a, const Case *c, Value *result)
{
    Value *list = value_set_list(result, "not_assessed");
    for (size_t i = 0; i < a->assessment_count; i++) {
        const Assessment *assessment = &a->assessments[i];
        bool known = false;
        for (size_t f = 0; f < assessment->finding_count; f++) {
            known = known || case_find(c, assessment->findings[f]->id);
        }
        if (!known) {
            value_add_string(list, assessment->label);
        }
    }
}

static void add_mimics(const Advice *a, const Case *c, Value *result)
{
    Value *list = value_set_list(result, "mimics_to_consider");
    for (size_t i = 0; i < a->mimic_count; i++) {
        const Alternative *matched = rule_match(&a->mimics[i].rule, c);
        if (matched) {
            Value *mimic = value_add_map(list);
            value_set_string(mimic, "name", a->mimics[i].label);
            add_because(mimic, matched);
            value_set_string(mimic, "text", a->mimics[i].text);
        }
    }
}

void advice_add(const Advice *advice, const Case *c, const Posterior *posterior, Value *result, Value *cited)
{
    add_alerts(advice, c, posterior, result, cited);
    add_not_assessed(advice, c, result);
    add_mimics(advice, c, result);
}
