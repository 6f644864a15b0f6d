/* The change of each measurement against its repeatability.
 *
 * A published limit holds for a measurement and an image; where there is none, the two standard errors give
 * 1.96 · √(sd₁² + sd₂²), which knows nothing of how the outline was drawn or the patient lay, and the entry
 * says so (`basis`: own_error). Where the standard errors give more than the published limit, they win. */
#include "evaluate/compare_parts.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

static const double z95 = 1.959964; /* of the normal distribution */

static const char *role_of(const Value *m)
{
    const char *role = value_string(value_at(value_get(m, "inputs"), 0));
    return role ? role : "";
}

static const char *joined(Arena *arena, const Value *list)
{
    AUTO_TEXT text = TEXT_INIT;
    VALUE_EACH(item, list)
    {
        const char *name = value_string(item);
        text_addf(&text, "%s%s", text.length ? ", " : "", name ? name : "");
    }
    return arena_strdup(arena, text_string(&text));
}

static bool differ(const Value *before, const Value *after, const char *key)
{
    const char *a = value_text(before, key), *b = value_text(after, key);
    return a && b && strcmp(a, b) != 0;
}

/* Why two values must not be subtracted; NULL if they may. */
static const char *why_not(Arena *arena, const Value *before, const Value *after)
{
    const Value *from = value_get(before, "inputs"), *to = value_get(after, "inputs");
    if (differ(before, after, "unit")) {
        return arena_printf(arena, "the units differ: %s and %s", value_text(before, "unit"),
                            value_text(after, "unit"));
    }
    if (differ(before, after, "of")) {
        return arena_printf(arena, "they are of different things: %s and %s", value_text(before, "of"),
                            value_text(after, "of"));
    }
    if (differ(before, after, "method")) {
        return "the methods differ";
    }
    if (from && to && !value_equal(from, to)) {
        return arena_printf(arena, "they were taken from different images or references: %s and %s",
                            joined(arena, from), joined(arena, to));
    }
    return NULL;
}

static void add_value(Value *map, const char *key, const Value *m)
{
    double value, sd = value_number_or(m, "sd", -1);
    const char *missing = value_text(m, "missing");
    Value *side = value_set_map(map, key);
    if (value_number(value_get(m, "value"), &value)) {
        value_set_number(side, "value", value);
        if (sd >= 0) {
            value_set_number(side, "sd", sd);
        }
        if (value_text(m, "series")) {
            value_set_string(side, "series", value_text(m, "series"));
        }
    } else {
        value_set_string(side, "missing", missing ? missing : "the result does not list it");
    }
}

/* Shares of a value mean nothing where its zero is arbitrary (Hounsfield) or it is not above 0. */
static bool has_percent(const Value *m, double before)
{
    const char *unit = value_text(m, "unit");
    return before > 0 && unit && strcmp(unit, "[hnsf'U]") != 0;
}

typedef struct {
    double low, high; /* changes that repeated measurement explains, in the measurement's unit */
    bool known;
} Limits;

static Limits own_limits(const Value *before, const Value *after)
{
    double a = value_number_or(before, "sd", -1), b = value_number_or(after, "sd", -1);
    double limit = z95 * sqrt(a * a + b * b);
    return a >= 0 && b >= 0 && limit > 0 ? (Limits){-limit, limit, true} : (Limits){0, 0, false};
}

static Limits published_limits(const Value *entry, const Value *m, double before)
{
    double down = value_number_or(entry, "decrease", 0), up = value_number_or(entry, "increase", 0);
    if (strcmp(value_text(entry, "unit"), "%") == 0) {
        bool usable = before > 0;
        return (Limits){-down / 100 * before, up / 100 * before, usable};
    }
    const char *unit = value_text(m, "unit");
    return (Limits){-down, up, unit && strcmp(value_text(entry, "unit"), unit) == 0};
}

static void add_published(Comparison *c, Value *map, const Value *entry)
{
    Value *source = value_set_map(map, "repeatability");
    value_set_copy(source, "decrease", value_get(entry, "decrease"));
    value_set_copy(source, "increase", value_get(entry, "increase"));
    value_set_copy(source, "unit", value_get(entry, "unit"));
    value_set_copy(source, "where", value_get(entry, "where"));
    value_set_copy(source, "limits", value_get(entry, "limits"));
    Value *sources = value_set_list(source, "sources");
    value_add_string(sources, value_text(entry, "source"));
    value_set_bool(c->cited, value_text(entry, "source"), true);
}

static void judge(Comparison *c, Value *map, const Value *before, const Value *after)
{
    double from = value_number_or(before, "value", 0), to = value_number_or(after, "value", 0);
    double change = to - from;
    value_set_number(map, "change", change);
    if (has_percent(before, from)) {
        value_set_number(map, "percent", 100 * change / from);
    }
    const Value *entry = repeatability_limits(c->data, value_text(before, "id"), role_of(before));
    Limits own = own_limits(before, after);
    Limits limits = entry ? published_limits(entry, before, from) : (Limits){0, 0, false};
    const char *basis = limits.known ? "published" : own.known ? "own_error" : "none";
    if (limits.known) {
        add_published(c, map, entry);
        limits.low = own.known && own.low < limits.low ? own.low : limits.low;
        limits.high = own.known && own.high > limits.high ? own.high : limits.high;
    } else {
        limits = own;
    }
    value_set_string(map, "basis", basis);
    if (!limits.known) {
        value_set_string(map, "verdict", "cannot_be_told");
        value_set_string(map, "reason", "no published repeatability, and no standard error is given");
        return;
    }
    Value *range = value_set_list(map, "range");
    value_add_number(range, limits.low);
    value_add_number(range, limits.high);
    bool within = change >= limits.low && change <= limits.high;
    value_set_string(map, "verdict", within ? "no_change" : "changed");
}

static void add_pair(Comparison *c, Value *list, const char *id, const Value *before, const Value *after)
{
    const Value *named = before ? before : after;
    Value *map = value_add_map(list);
    const char *label = value_text(named, "label"), *unit = value_text(named, "unit");
    value_set_string(map, "id", id);
    value_set_string(map, "label", label ? label : id);
    unit = unit ? unit : value_text(after, "unit");
    if (unit) {
        value_set_string(map, "unit", unit);
    }
    add_value(map, "before", before);
    add_value(map, "after", after);
    bool first = value_get(before, "value") != NULL, second = value_get(after, "value") != NULL;
    if (!first || !second) {
        const char *why = value_text(value_get(map, first ? "after" : "before"), "missing");
        value_set_string(map, "verdict", "missing");
        value_set_format(map, "reason", "%s: %s",
                         first    ? "missing after"
                         : second ? "missing before"
                                  : "missing in both",
                         why);
        return;
    }
    const char *reason = why_not(c->arena, before, after);
    if (reason) {
        value_set_string(map, "verdict", "not_compared");
        value_set_string(map, "reason", reason);
        return;
    }
    judge(c, map, before, after);
}

void compare_measurements(Comparison *c)
{
    const Value *before = value_get(c->before, "measurements"), *after = value_get(c->after, "measurements");
    Value *list = value_set_list(c->out, "measurements");
    VALUE_EACH(m, before)
    {
        const char *id = value_text(m, "id");
        add_pair(c, list, id, m, compare_find(after, "id", id));
    }
    VALUE_EACH(m, after)
    {
        const char *id = value_text(m, "id");
        if (!compare_find(before, "id", id)) {
            add_pair(c, list, id, NULL, m);
        }
    }
}

CompareSizes compare_sizes(const Comparison *c, const Value *names)
{
    CompareSizes sizes = {0};
    VALUE_EACH(name, names)
    {
        const Value *m = compare_find(value_get(c->out, "measurements"), "id", value_string(name));
        const char *verdict = value_text(m, "verdict"), *basis = value_text(m, "basis");
        if (!basis || strcmp(basis, "published") != 0) {
            continue;
        }
        bool changed = strcmp(verdict, "changed") == 0;
        double change = value_number_or(m, "change", 0);
        sizes.judged++;
        sizes.grown += changed && change > 0;
        sizes.shrunk += changed && change < 0;
    }
    return sizes;
}
