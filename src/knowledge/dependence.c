/* dependence.yaml: which signs go together beyond what a diagnosis explains. */
#include "knowledge/parts.h"

#include <string.h>

static bool find_sign(const Loader *l, const Value *at, size_t *out)
{
    size_t count = vocabulary_sign_count(l->k->vocabulary);
    const char **ids = arena_array(l->check.scratch, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = vocabulary_sign(l->k->vocabulary, i)->id;
    }
    return check_one_of(&l->check, at, "sign", ids, count, out);
}

static bool load_signs(Loader *l, const Value *list, int bundle, Bundle *out)
{
    size_t *signs = arena_array(l->k->arena, list->count + 1, sizeof *signs);
    out->signs = signs;
    VALUE_EACH(item, list)
    {
        size_t sign;
        if (!check_kind(&l->check, item, VALUE_STRING) || !find_sign(l, item, &sign)) {
            return false;
        }
        if (l->k->bundle_of[sign] >= 0) {
            return check_fail(&l->check, item, "the sign '%s' is in a bundle already", item->string);
        }
        l->k->bundle_of[sign] = bundle;
        signs[out->sign_count++] = sign;
    }
    return out->sign_count >= 2 || check_fail(&l->check, list, "a bundle has at least two signs");
}

static bool load_bundle(Loader *l, const Value *node)
{
    static const char *const keys[] = {"id", "label", "signs", "reason"};
    Bundle *out = &l->k->bundles[l->k->bundle_count];
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = loader_text(l, node, "id", NULL)) || !loader_id(l, node, out->id) ||
        !(out->label = loader_text(l, node, "label", NULL)) ||
        !(out->reason = loader_text(l, node, "reason", NULL))) {
        return false;
    }
    const Value *signs = check_required(&l->check, node, "signs", VALUE_LIST);
    return signs && load_signs(l, signs, (int)l->k->bundle_count++, out);
}

bool knowledge_load_dependence(Loader *l, const Value *root)
{
    static const char *const keys[] = {"bundles"};
    size_t signs = vocabulary_sign_count(l->k->vocabulary);
    l->k->bundle_of = arena_array(l->k->arena, signs + 1, sizeof *l->k->bundle_of);
    for (size_t i = 0; i < signs; i++) {
        l->k->bundle_of[i] = -1;
    }
    if (!root) {
        return true;
    }
    const Value *list = check_keys(&l->check, root, keys, CHECK_COUNT(keys))
                            ? check_required(&l->check, root, "bundles", VALUE_LIST)
                            : NULL;
    if (!list) {
        return false;
    }
    l->k->bundles = arena_array(l->k->arena, list->count + 1, sizeof *l->k->bundles);
    VALUE_EACH(node, list)
    {
        if (!load_bundle(l, node)) {
            return false;
        }
    }
    return true;
}
