/* Mimics: what is not ranked, and should come to mind on the signs that it shows. Where "none of these" is
 * likely, all of them are named, those with a sign first. */
#include "advice/parts.h"

static bool parse_mimic(const Reader *r, Item *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"name", "when", "text", "reason", "sources", NULL};
    return reader_keys(r, node, keys, err) && reader_text(r, node, "name", &out->label, err) &&
           reader_text(r, node, "text", &out->text, err) && reader_condition(r, node, out, err) &&
           reader_sources(r, node, &out->sources, err);
}

bool mimics_load(Advice *a, DensError **err)
{
    static const char *const keys[] = {"name_all", "mimics", NULL};
    static const char *const all_keys[] = {"none_of_these_at_least", "reason", NULL};
    Reader r;
    const Value *mimics;
    const char *reason;
    if (!reader_open(&r, a, "mimics.yaml", err) || !reader_keys(&r, r.root, keys, err) ||
        !reader_list(&r, r.root, "mimics", &mimics, err)) {
        return false;
    }
    const Value *all = value_get(r.root, "name_all");
    if (!all) {
        return rule_fault(err, r.source.file, r.root, a->arena, "`name_all` is missing");
    }
    if (!reader_keys(&r, all, all_keys, err) || !reader_text(&r, all, "reason", &reason, err) ||
        !reader_share(&r, all, "none_of_these_at_least", &a->mimics_all_at_least, err)) {
        return false;
    }
    a->mimics.items = arena_array(a->arena, mimics->count, sizeof *a->mimics.items);
    VALUE_EACH(node, mimics)
    {
        if (!parse_mimic(&r, &a->mimics.items[a->mimics.count++], node, err)) {
            return false;
        }
    }
    return true;
}

void mimics_add(const Advice *a, const View *view, Value *result, Value *cited)
{
    const Posterior *p = view->posterior;
    bool all = p->probability[p->hypothesis_count - 1] >= a->mimics_all_at_least;
    Value *list = value_set_list(result, "mimics_to_consider");
    for (int round = 0; round < (all ? 2 : 1); round++) {
        for (size_t i = 0; i < a->mimics.count; i++) {
            const Item *item = &a->mimics.items[i];
            Match match = rule_match(&item->rule, view, list->arena);
            if ((match.holding != HOLDS_NOT) == (round == 0)) {
                Value *mimic = value_add_map(list);
                value_set_string(mimic, "name", item->label);
                value_set_copy(mimic, "because", match.because);
                value_set_string(mimic, "text", item_text(item, &match, view, list->arena));
                add_sources(mimic, item->sources, cited);
            }
        }
    }
}
