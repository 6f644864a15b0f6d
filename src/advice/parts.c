/* Reading the files of advice, and filling their texts. */
#include "advice/parts.h"

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#include <string.h>

/* ---- reading ---- */

bool reader_open(Reader *out, Advice *advice, const char *name, DensError **err)
{
    const char *file = file_join(advice->arena, knowledge_folder(advice->knowledge), name);
    *out = (Reader){.advice = advice,
                    .source = {.file = file,
                               .vocabulary = knowledge_vocabulary(advice->knowledge),
                               .arena = advice->arena},
                    .root = yaml_read(advice->arena, file, err)};
    return out->root &&
           (out->root->kind == VALUE_MAP || rule_fault(err, file, out->root, advice->arena, "must be a map"));
}

#define FAULT(r, at, ...) rule_fault(err, (r)->source.file, at, (r)->source.arena, __VA_ARGS__)

bool reader_keys(const Reader *r, const Value *map, const char *const *keys, DensError **err)
{
    if (!map || map->kind != VALUE_MAP) {
        return FAULT(r, map, "must be a map");
    }
    VALUE_EACH(child, map)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], child->key) != 0) {
            i++;
        }
        if (!keys[i]) {
            return FAULT(r, child, "unknown key");
        }
    }
    return true;
}

bool reader_text(const Reader *r, const Value *map, const char *key, const char **out, DensError **err)
{
    *out = value_text(map, key);
    if (!*out || !**out) {
        (void)FAULT(r, map, "`%s` is missing or no text", key);
        return false;
    }
    return true;
}

bool reader_share(const Reader *r, const Value *map, const char *key, double *out, DensError **err)
{
    const Value *node = value_get(map, key);
    return (value_number(node, out) && *out > 0 && *out < 1) ||
           FAULT(r, node ? node : map, "`%s` must be a share between 0 and 1", key);
}

bool reader_list(const Reader *r, const Value *map, const char *key, const Value **out, DensError **err)
{
    const Value *list = value_get(map, key);
    *out = list;
    if (!list || list->kind != VALUE_LIST) {
        (void)FAULT(r, list ? list : map, "`%s` must be a list", key);
        return false;
    }
    return true;
}

bool reader_shown(const Reader *r, const Value *map, const char *key, Shown *out, DensError **err)
{
    static const char *const keys[] = {"at_least", "at_most", "reason", NULL};
    const Value *node = value_get(map, key);
    const char *reason;
    double most = 0;
    if (!node) {
        return FAULT(r, map, "`%s` is missing", key);
    }
    if (!reader_keys(r, node, keys, err) || !reader_share(r, node, "at_least", &out->at_least, err) ||
        !reader_text(r, node, "reason", &reason, err)) {
        return false;
    }
    bool good = value_number(value_get(node, "at_most"), &most) && most >= 1;
    out->at_most = good ? (size_t)most : 0;
    return good || FAULT(r, node, "`at_most` must be a number from 1 on");
}

bool reader_sources(const Reader *r, const Value *map, const Value **out, DensError **err)
{
    if (!reader_list(r, map, "sources", out, err)) {
        return false;
    }
    VALUE_EACH(source, *out)
    {
        const char *id = value_string(source);
        if (!id || !knowledge_find_source(r->advice->knowledge, id)) {
            return FAULT(r, source, "unknown source \"%s\"", id ? id : value_kind_name(source->kind));
        }
    }
    return (*out)->count > 0 || FAULT(r, *out, "at least one source is needed");
}

bool reader_urgency(const Reader *r, const Value *map, const char **out, DensError **err)
{
    if (!reader_text(r, map, "urgency", out, err)) {
        return false;
    }
    bool good = strcmp(*out, "hours") == 0 || strcmp(*out, "days") == 0 || strcmp(*out, "planned") == 0;
    return good ||
           FAULT(r, value_get(map, "urgency"), "urgency \"%s\" is none of hours, days, planned", *out);
}

bool reader_places(const Reader *r, const Value *map, const char *text, const char *const *names,
                   DensError **err)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        size_t length = strcspn(at + 1, "}"), i = 0;
        while (names[i] && (strlen(names[i]) != length || strncmp(names[i], at + 1, length) != 0)) {
            i++;
        }
        if (!names[i]) {
            return FAULT(r, map, "the text has no place {%.*s} here", (int)length, at + 1);
        }
    }
    return true;
}

bool reader_condition(const Reader *r, const Value *map, Item *out, DensError **err)
{
    static const char *const plain[] = {"leader", NULL}, *const counting[] = {"leader", "share", "first",
                                                                              NULL};
    const char *reason;
    const Value *when = value_get(map, "when");
    if (!when) {
        return FAULT(r, map, "`when` is missing");
    }
    return rule_parse(&out->rule, when, &r->source, err) &&
           (!rule_has_limit(&out->rule) || reader_text(r, map, "reason", &reason, err)) &&
           reader_places(r, map, out->text, rule_counts(&out->rule) ? counting : plain, err);
}

/* ---- telling ---- */

const char *places_fill(Arena *arena, const char *text, const char *const *names, const char *const *values)
{
    AUTO_TEXT filled = TEXT_INIT;
    while (*text) {
        size_t length = *text == '{' ? strcspn(text + 1, "}") : 0, i = 0;
        while (*text == '{' && names[i] &&
               (strlen(names[i]) != length || strncmp(names[i], text + 1, length) != 0)) {
            i++;
        }
        if (*text == '{' && names[i]) {
            text_add(&filled, values[i]);
            text += length + 2;
        } else {
            text_add_bytes(&filled, text++, 1);
        }
    }
    return arena_strdup(arena, text_string(&filled));
}

const char *share_words(Arena *arena, double share)
{
    if (share < 0.01) {
        return "<1 %";
    }
    return share > 0.99 ? ">99 %" : arena_printf(arena, "%.0f %%", 100 * share);
}

const char *hypothesis_term(const Posterior *p, size_t hypothesis)
{
    return hypothesis + 1 < p->hypothesis_count ? knowledge_diagnosis(p->knowledge, hypothesis)->name->term
                                                : "none of these";
}

const char *item_text(const Item *item, const Match *match, const View *view, Arena *arena)
{
    static const char *const names[] = {"leader", "share", "first", NULL};
    const Posterior *p = view->posterior;
    const char *values[] = {hypothesis_term(p, p->order[0]), share_words(arena, match->share),
                            hypothesis_term(p, match->first)};
    return places_fill(arena, item->text, names, values);
}

void add_sources(Value *map, const Value *sources, Value *cited)
{
    Value *list = value_set_list(map, "sources");
    VALUE_EACH(source, sources)
    {
        value_add_string(list, value_string(source));
        value_set_bool(cited, value_string(source), true);
    }
}

void add_match(Value *map, const Match *match)
{
    value_set_copy(map, "because", match->because);
    if (match->scores->count) {
        value_set_copy(map, "because_scores", match->scores);
    }
    value_set_string(map, "certainty", holding_name(match->holding));
}

size_t shown_diagnoses(const Posterior *p, const Shown *shown, size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < p->hypothesis_count && count < shown->at_most; i++) {
        size_t h = p->order[i];
        if (h + 1 < p->hypothesis_count && p->probability[h] >= shown->at_least) {
            out[count++] = h;
        }
    }
    return count;
}
