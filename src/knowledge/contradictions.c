/* contradictions.yaml: what cannot hold together in one lesion, and the check of a case against it.
 *
 * A rule fires only if every way to read the case breaks it: of a choice all the values that the reader
 * leaves open are named, of a set a named member is listed, of a number all alternatives exceed the bound. */
#include "knowledge/parts.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

/* ---- loading ---- */

static const Finding *find_finding(const Loader *l, const Value *at)
{
    const Finding *f =
        check_kind(&l->check, at, VALUE_STRING) ? vocabulary_find(l->k->vocabulary, at->string) : NULL;
    if (!f && at->kind == VALUE_STRING) {
        const char *near = vocabulary_nearest(l->k->vocabulary, at->string);
        check_fail(&l->check, at, "unknown finding %s%s%s%s", loader_quote(l, at->string),
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return f;
}

static bool load_values(const Loader *l, const Value *list, ContradictionPart *out)
{
    VALUE_EACH(item, list)
    {
        int value =
            check_kind(&l->check, item, VALUE_STRING) ? finding_value(out->finding, item->string) : -2;
        if (value < 0) {
            return value == -1 && check_fail(&l->check, item, "%s is no value of %s",
                                             loader_quote(l, item->string), out->finding->id);
        }
        out->values |= finding_closure(out->finding, value);
    }
    return list->count > 0 || check_fail(&l->check, list, "names no value");
}

static bool load_part(const Loader *l, const Value *node, ContradictionPart *out)
{
    static const char *const keys[] = {"finding", "is", "above"};
    const Value *at =
        check_kind(&l->check, node, VALUE_MAP) && check_keys(&l->check, node, keys, CHECK_COUNT(keys))
            ? check_required(&l->check, node, "finding", VALUE_STRING)
            : NULL;
    if (!at || !(out->finding = find_finding(l, at))) {
        return false;
    }
    if (out->finding->kind == FINDING_NUMBER) {
        return check_required(&l->check, node, "above", VALUE_NUMBER) &&
               loader_number(l, node, "above", out->finding->minimum, out->finding->maximum, &out->above);
    }
    const Value *values = check_required(&l->check, node, "is", VALUE_LIST);
    return values && load_values(l, values, out);
}

static bool load_all(const Loader *l, const Value *list, Contradiction *out)
{
    ContradictionPart *parts = arena_array(l->k->arena, list->count + 1, sizeof *parts);
    out->parts = parts;
    VALUE_EACH(node, list)
    {
        if (!load_part(l, node, &parts[out->part_count++])) {
            return false;
        }
    }
    return out->part_count >= 2 || check_fail(&l->check, list, "a contradiction has at least two parts");
}

static bool load_same(const Loader *l, const Value *list, Contradiction *out)
{
    if (list->count != 2) {
        return check_fail(&l->check, list, "names two sets");
    }
    for (size_t i = 0; i < 2; i++) {
        const Value *at = value_at(list, i);
        out->same[i] = find_finding(l, at);
        if (!out->same[i]) {
            return false;
        }
        if (out->same[i]->kind != FINDING_SET) {
            return check_fail(&l->check, at, "%s is no set", out->same[i]->id);
        }
    }
    return out->same[0]->value_count == out->same[1]->value_count ||
           check_fail(&l->check, list, "the sets have different members");
}

static bool load_contradiction(const Loader *l, const Value *node, Contradiction *out)
{
    static const char *const keys[] = {"id", "all", "same_member", "because"};
    const Value *all, *same;
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = loader_text(l, node, "id", NULL)) || !loader_id(l, node, out->id) ||
        !(out->because = loader_text(l, node, "because", NULL)) ||
        !check_optional(&l->check, node, "all", VALUE_LIST, &all) ||
        !check_optional(&l->check, node, "same_member", VALUE_LIST, &same)) {
        return false;
    }
    if (!all == !same) {
        return check_fail(&l->check, node, "needs either 'all' or 'same_member'");
    }
    return all ? load_all(l, all, out) : load_same(l, same, out);
}

bool knowledge_load_contradictions(Loader *l, const Value *root)
{
    static const char *const keys[] = {"contradictions"};
    const Value *list = check_keys(&l->check, root, keys, CHECK_COUNT(keys))
                            ? check_required(&l->check, root, "contradictions", VALUE_LIST)
                            : NULL;
    if (!list) {
        return false;
    }
    l->k->contradictions = arena_array(l->k->arena, list->count + 1, sizeof *l->k->contradictions);
    VALUE_EACH(node, list)
    {
        if (!load_contradiction(l, node, &l->k->contradictions[l->k->contradiction_count++])) {
            return false;
        }
    }
    return true;
}

/* ---- checking a case ---- */

/* Whether the case says this part for certain. */
static bool part_holds(const Case *c, const ContradictionPart *part)
{
    const CaseFinding *known = case_find(c, part->finding->id);
    if (!known || !known->has_read) {
        return false;
    }
    if (part->finding->kind == FINDING_SET) {
        return (known->read_values & part->values) != 0;
    }
    if (part->finding->kind == FINDING_CHOICE) {
        return known->read_values != 0 && (known->read_values & ~part->values) == 0;
    }
    for (size_t i = 0; i < known->read_number_count; i++) {
        if (!(known->read_numbers[i] > part->above)) {
            return false;
        }
    }
    return known->read_number_count > 0;
}

static bool same_holds(const Case *c, const Contradiction *rule)
{
    const CaseFinding *a = case_find(c, rule->same[0]->id), *b = case_find(c, rule->same[1]->id);
    return a && b && a->has_read && b->has_read && (a->read_values & b->read_values) != 0;
}

static bool holds(const Case *c, const Contradiction *rule)
{
    if (rule->same[0]) {
        return same_holds(c, rule);
    }
    for (size_t i = 0; i < rule->part_count; i++) {
        if (!part_holds(c, &rule->parts[i])) {
            return false;
        }
    }
    return true;
}

bool knowledge_check_case(const Knowledge *knowledge, const Case *c, const char *where, DensError **err)
{
    for (size_t i = 0; i < knowledge->contradiction_count; i++) {
        const Contradiction *rule = &knowledge->contradictions[i];
        if (holds(c, rule)) {
            const Finding *a = rule->same[0] ? rule->same[0] : rule->parts[0].finding;
            const Finding *b = rule->same[0] ? rule->same[1] : rule->parts[1].finding;
            return error_input(err, where, "%s and %s contradict each other: %s", a->id, b->id,
                               rule->because);
        }
    }
    return true;
}
