/* Response of the lesion by published criteria, as far as two evaluations of one lesion can tell, and what is
 * residual. Both are conservative: criteria that need other lesions, the nadir or a confirmation say so, and
 * a question whose evidence is missing or contradicts itself is undetermined. */
#include "evaluate/compare_parts.h"

#include "base/text.h"

#include "report/words.h"

#include <math.h>
#include <string.h>

/* ---- response ---- */

static bool is_value(const Value *result, const char *finding, const char *value)
{
    const char *read = compare_read_value(result, finding);
    return read && strcmp(read, value) == 0;
}

static Value *add_response(Comparison *c, Value *list, const Value *entry, const char *category,
                           const char *text, const char *limits)
{
    Value *map = value_add_map(list);
    value_set_copy(map, "id", value_get(entry, "id"));
    value_set_copy(map, "label", value_get(entry, "label"));
    value_set_string(map, "category", category);
    value_set_string(map, "text", text);
    value_set_string(map, "limits", limits);
    compare_cite(c, map, value_get(entry, "sources"));
    return map;
}

static const char *recist_category(const Value *entry, double from, double change)
{
    double percent = 100 * change / from;
    if (percent >= value_number_or(entry, "progression_percent", 0) &&
        change >= value_number_or(entry, "progression_mm", 0)) {
        return "as progression";
    }
    return percent <= -value_number_or(entry, "response_percent", 0) ? "as partial response" : "as stable";
}

static void add_recist(Comparison *c, Value *list)
{
    static const char limits[] =
        "One lesion stands for the sum of all; the smallest sum since the start, new lesions elsewhere and "
        "the confirmation are not known. The diameter is that of the whole mask.";
    const Value *entry = c->data->recist;
    const Value *m = compare_find(value_get(c->out, "measurements"), "id", value_text(entry, "measurement"));
    double from = value_number_or(value_get(m, "before"), "value", 0), change;
    if (!value_number(value_get(m, "change"), &change) || from <= 0) {
        add_response(c, list, entry, "cannot be told", "The longest axial diameter cannot be compared.",
                     limits);
        return;
    }
    const char *said = arena_printf(c->arena, "The longest axial diameter changed by %+.1f mm (%+.0f %%).",
                                    change, 100 * change / from);
    if (from < value_number_or(entry, "least_mm", 0)) {
        add_response(c, list, entry, "not measurable",
                     arena_printf(c->arena, "%s It was below 10 mm before.", said), limits);
    } else if (!is_value(c->before, "extent.soft_tissue_mass", "present")) {
        add_response(c, list, entry, "not measurable",
                     arena_printf(c->arena,
                                  "%s A bone lesion counts as measurable only with a soft-tissue mass, which "
                                  "was not reported before; by its diameter alone it would count %s.",
                                  said, recist_category(entry, from, change)),
                     limits);
    } else {
        const char *category = recist_category(entry, from, change);
        add_response(c, list, entry, arena_printf(c->arena, "would count %s", category), said, limits);
    }
}

/* Lytic bone that became dense: fill-in. */
static bool filled_in(const Comparison *c)
{
    return is_value(c->before, "ct.density", "lytic") &&
           (is_value(c->after, "ct.density", "mixed") || is_value(c->after, "ct.density", "sclerotic"));
}

static bool new_rim(const Comparison *c)
{
    const char *before = compare_read_value(c->before, "ct.margin");
    return before && strcmp(before, "sclerotic_rim") != 0 && is_value(c->after, "ct.margin", "sclerotic_rim");
}

static void add_mda(Comparison *c, Value *list)
{
    static const char limits[] =
        "Complete response, disappearance of the signal and new lesions are for the reader to judge. A new "
        "rim or dense bone in a lesion that never was lytic may be progression or a flare.";
    const Value *entry = c->data->mda_bone;
    CompareSizes sizes = compare_sizes(c, value_get(entry, "size"));
    bool better = filled_in(c) || new_rim(c) || sizes.shrunk > 0;
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "%s%s%s%s", sizes.grown ? "Size increased beyond published repeatability. " : "",
              sizes.shrunk ? "Size decreased beyond published repeatability. " : "",
              filled_in(c) ? "The lytic lesion filled in. " : "",
              new_rim(c) ? "A sclerotic rim is new. " : "");
    const char *category = sizes.grown && better ? "cannot be told: signs contradict each other"
                           : sizes.grown         ? "pattern of progression"
                           : better              ? "pattern of partial response"
                           : sizes.judged        ? "pattern of stable disease"
                                                 : "cannot be told";
    if (!text.length) {
        text_add(&text, sizes.judged ? "Size stayed within published repeatability."
                                     : "No size with a published repeatability could be compared, and no "
                                       "fill-in or new rim was read.");
    } else {
        text.bytes[--text.length] = '\0';
    }
    add_response(c, list, entry, category, arena_strdup(c->arena, text_string(&text)), limits);
}

void compare_response(Comparison *c)
{
    Value *list = value_set_list(c->out, "response");
    add_recist(c, list);
    add_mda(c, list);
}

/* ---- residual ---- */

static bool one_of(const Value *list, const char *name)
{
    VALUE_EACH(item, list)
    {
        if (name && strcmp(value_string(item), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Was one of the values read, be it with a hedge? */
static bool possible(const Value *result, const Value *values)
{
    const Value *stated = value_get(value_path(result, "case.findings"), values->key);
    const Value *read = stated && stated->kind == VALUE_MAP ? value_get(stated, "read") : stated;
    bool any = one_of(values, value_string(read));
    VALUE_EACH(item, read && read->kind == VALUE_LIST ? read : NULL)
    {
        any = any || one_of(values, value_string(item));
    }
    return any;
}

static bool rule_holds(const Comparison *c, const Value *rule)
{
    VALUE_EACH(finding, value_get(rule, "findings"))
    {
        if (!one_of(finding, compare_read_value(c->after, finding->key))) {
            return false;
        }
    }
    VALUE_EACH(finding, value_get(rule, "unless"))
    {
        if (possible(c->after, finding)) {
            return false;
        }
    }
    const Value *grown = value_get(rule, "grown"), *not_grown = value_get(rule, "not_grown");
    CompareSizes up = compare_sizes(c, grown), still = compare_sizes(c, not_grown);
    return (!grown || (up.grown > 0 && up.shrunk == 0)) &&
           (!not_grown || (still.judged > 0 && still.grown == 0));
}

static const Value *first_rule(const Comparison *c, const Value *rules)
{
    VALUE_EACH(rule, rules)
    {
        if (rule_holds(c, rule)) {
            return rule;
        }
    }
    return NULL;
}

static bool expected(const Comparison *c, const Value *wanted)
{
    VALUE_EACH(finding, value_get(wanted, "findings"))
    {
        if (one_of(finding, compare_read_value(c->before, finding->key))) {
            return true;
        }
    }
    VALUE_EACH(diagnosis, value_get(wanted, "diagnoses"))
    {
        const Value *entry =
            compare_find(value_get(c->before, "ranking"), "diagnosis", value_string(diagnosis));
        if (value_number_or(entry, "probability", 0) >= value_number_or(wanted, "at_least", 1)) {
            return true;
        }
    }
    return !wanted;
}

static void add_signs(Comparison *c, const Value *question, Value *map)
{
    Value *list = value_set_list(map, "signs");
    VALUE_EACH(sign, value_get(question, "signs"))
    {
        const char *finding = value_text(sign, "finding");
        const Value *grown = value_get(sign, "grown");
        bool holds = finding ? one_of(value_get(sign, "values"), compare_read_value(c->after, finding))
                             : compare_sizes(c, grown).grown > 0;
        if (!holds) {
            continue;
        }
        Value *item = value_add_map(list);
        value_set_copy(item, "points", value_get(sign, "points"));
        value_set_copy(item, "text", value_get(sign, "text"));
        compare_cite(c, item, value_get(sign, "sources"));
    }
}

static void answer(Comparison *c, const Value *question, Value *map)
{
    const Value *yes = first_rule(c, value_get(question, "yes")),
                *no = first_rule(c, value_get(question, "no"));
    const Value *rule = yes && no ? NULL : yes ? yes : no;
    value_set_string(map, "answer", !rule ? "undetermined" : rule == yes ? "yes" : "no");
    if (!expected(c, value_get(question, "expected"))) {
        value_set_string(map, "answer", "undetermined");
        value_set_format(map, "text", "Not asked: %s.", value_text(question, "not_expected"));
        rule = NULL;
    } else if (rule) {
        value_set_copy(map, "text", value_get(rule, "text"));
    } else {
        value_set_string(map, "text",
                         yes ? "The evidence contradicts itself."
                             : "What was read in the later examination does not suffice. Only "
                               "findings that a reader stated without a hedge count.");
    }
    compare_cite(c, map, value_get(rule, "sources"));
}

void compare_residual(Comparison *c)
{
    Value *list = value_set_list(c->out, "residual");
    VALUE_EACH(question, c->data->residual)
    {
        Value *map = value_add_map(list);
        value_set_copy(map, "id", value_get(question, "id"));
        value_set_copy(map, "label", value_get(question, "label"));
        answer(c, question, map);
        add_signs(c, question, map);
    }
}
