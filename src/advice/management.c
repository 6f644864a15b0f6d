/* Considerations for the tumour board, by diagnosis and by what was found. An entry has a text with its
 * sources, or names statements of the diagnosis' own file by topic and source, so that nothing is said twice.
 */
#include "advice/parts.h"

#include <string.h>

#define FAULT(r, at, ...) rule_fault(err, (r)->source.file, at, (r)->source.arena, __VA_ARGS__)

static bool parse_topic(const Reader *r, const Value *node, const char *key, const char **out,
                        DensError **err)
{
    static const char *const topics[] = {"staging", "treatment", "follow_up", "recurrence"};
    if (!reader_text(r, node, key, out, err)) {
        return false;
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        if (strcmp(*out, topics[i]) == 0) {
            return true;
        }
    }
    return FAULT(r, value_get(node, key), "must be staging, treatment, follow_up or recurrence");
}

/* When it is considered, and when not; without either always. */
static bool parse_conditions(const Reader *r, Item *item, const Value *node, DensError **err)
{
    const char *reason;
    const Value *unless = value_get(node, "unless");
    return (!value_get(node, "when") || reader_condition(r, node, item, err)) &&
           (!unless || (rule_parse(&item->unless, unless, &r->source, err) &&
                        (!rule_has_limit(&item->unless) || reader_text(r, node, "reason", &reason, err))));
}

static bool parse_written(const Reader *r, Items *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"topic", "text", "when", "unless", "reason", "sources", NULL};
    Item *item = &out->items[out->count++];
    return reader_keys(r, node, keys, err) && parse_topic(r, node, "topic", &item->topic, err) &&
           reader_text(r, node, "text", &item->text, err) && parse_conditions(r, item, node, err) &&
           reader_sources(r, node, &item->sources, err);
}

/* The statements of this topic and source. */
static bool parse_statement(const Reader *r, Items *out, const Diagnosis *diagnosis, const Value *node,
                            DensError **err)
{
    static const char *const keys[] = {"statement", "source", "when", "unless", "reason", NULL};
    const char *topic, *source;
    Item item = {.text = ""};
    if (!reader_keys(r, node, keys, err) || !parse_topic(r, node, "statement", &topic, err) ||
        !reader_text(r, node, "source", &source, err) || !parse_conditions(r, &item, node, err)) {
        return false;
    }
    size_t before = out->count;
    for (size_t i = 0; i < diagnosis->statement_count; i++) {
        const Statement *s = &diagnosis->statements[i];
        if (strcmp(s->topic, topic) == 0 && strcmp(s->source->id, source) == 0) {
            item.topic = topic;
            item.statement = s;
            out->items[out->count++] = item;
        }
    }
    return out->count > before || FAULT(r, node, "%s has no statement on %s from the source \"%s\"",
                                        diagnosis->name->id, topic, source);
}

static bool parse_entries(const Reader *r, Items *out, const Diagnosis *diagnosis, const Value *list,
                          DensError **err)
{
    if (list->kind != VALUE_LIST || list->count == 0) {
        return FAULT(r, list, "must be a list of considerations");
    }
    size_t statements = diagnosis ? diagnosis->statement_count : 0;
    out->items = arena_array(r->source.arena, list->count * (statements + 1), sizeof *out->items);
    VALUE_EACH(node, list)
    {
        bool good = diagnosis && value_get(node, "statement") ? parse_statement(r, out, diagnosis, node, err)
                                                              : parse_written(r, out, node, err);
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool parse_diagnoses(const Reader *r, const Value *map, DensError **err)
{
    Advice *a = r->advice;
    size_t count = knowledge_diagnosis_count(a->knowledge);
    a->management = arena_array(a->arena, count, sizeof *a->management);
    if (!map || map->kind != VALUE_MAP) {
        return FAULT(r, map ? map : r->root, "`diagnoses` must be a map");
    }
    VALUE_EACH(node, map)
    {
        int index = vocabulary_find_diagnosis(r->source.vocabulary, node->key);
        if (index < 0) {
            return FAULT(r, node, "is no diagnosis");
        }
        if (!parse_entries(r, &a->management[index], knowledge_diagnosis(a->knowledge, (size_t)index), node,
                           err)) {
            return false;
        }
    }
    for (size_t d = 0; d < count; d++) {
        if (!a->management[d].count) {
            return FAULT(r, map, "%s is missing", knowledge_diagnosis(a->knowledge, d)->name->id);
        }
    }
    return true;
}

bool management_load(Advice *a, DensError **err)
{
    static const char *const keys[] = {"show", "general", "diagnoses", NULL};
    Reader r;
    const Value *general;
    return reader_open(&r, a, "management.yaml", err) && reader_keys(&r, r.root, keys, err) &&
           reader_shown(&r, r.root, "show", &a->shown_management, err) &&
           reader_list(&r, r.root, "general", &general, err) &&
           parse_entries(&r, &a->general, NULL, general, err) &&
           parse_diagnoses(&r, value_get(r.root, "diagnoses"), err);
}

static void add_entries(const Items *items, const Diagnosis *diagnosis, const View *view, Value *list,
                        Value *cited)
{
    for (size_t i = 0; i < items->count; i++) {
        const Item *item = &items->items[i];
        Match match = {.holding = HOLDS_CALCULATED, .because = NULL};
        if (item->rule.alternative_count) {
            match = rule_match(&item->rule, view, list->arena);
        }
        if (!match.holding || (item->unless.alternative_count && rule_may_hold(&item->unless, view))) {
            continue;
        }
        Value *entry = value_add_map(list);
        value_set_string(entry, "topic", item->topic);
        value_set_string(entry, "text",
                         item->statement ? item->statement->text
                                         : item_text(item, &match, view, list->arena));
        if (diagnosis) {
            value_set_string(entry, "applies_to", diagnosis->name->id);
        }
        if (match.because) {
            value_set_copy(entry, "because", match.because);
        }
        if (item->statement) {
            value_add_string(value_set_list(entry, "sources"), item->statement->source->id);
            value_set_bool(cited, item->statement->source->id, true);
        } else {
            add_sources(entry, item->sources, cited);
        }
    }
}

void management_add(const Advice *a, const View *view, Value *result, Value *cited)
{
    const Posterior *p = view->posterior;
    Value *list = value_set_list(result, "management");
    AUTO(arena_auto) Arena *scratch = arena_new();
    size_t *shown = arena_array(scratch, p->hypothesis_count, sizeof *shown);
    size_t count = shown_diagnoses(p, &a->shown_management, shown);
    add_entries(&a->general, NULL, view, list, cited);
    for (size_t i = 0; i < count; i++) {
        add_entries(&a->management[shown[i]], knowledge_diagnosis(a->knowledge, shown[i]), view, list, cited);
    }
}

static void add_source_name(const Advice *a, Value *list, const char *id)
{
    const Source *source = knowledge_find_source(a->knowledge, id);
    value_add_string(list, source ? source->short_name : id);
}

void advice_describe_management(const Advice *advice, size_t diagnosis, Value *list)
{
    const Items *items = &advice->management[diagnosis];
    for (size_t i = 0; i < items->count; i++) {
        const Item *item = &items->items[i];
        Value *entry = value_add_map(list);
        value_set_string(entry, "topic", item->topic);
        value_set_string(entry, "text", item->statement ? item->statement->text : item->text);
        value_set_bool(entry, "conditional", item->rule.alternative_count > 0);
        Value *sources = value_set_list(entry, "sources");
        if (item->statement) {
            add_source_name(advice, sources, item->statement->source->id);
        }
        VALUE_EACH(source, item->statement ? NULL : item->sources)
        {
            add_source_name(advice, sources, value_string(source));
        }
    }
}
