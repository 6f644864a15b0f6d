/* Checking dens-result/1. The shape of the document is a table below, read like the format's text; what a
 * table cannot say (sums, orders, either-or) is checked after it. Keys that the table does not name are
 * allowed: the format grows by new keys. */
#include "document/result.h"

#include "base/json.h"
#include "document/check.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define RESULT_FORMAT "dens-result/1"

/* Probabilities were written with all their digits; their sum may differ from 1 by rounding only. */
static const double sum_tolerance = 1e-6;

/* ---- the shape ---- */

typedef struct Shape Shape;
typedef struct {
    const char *key;
    bool required;
    const Shape *shape;
} Field;
struct Shape {
    unsigned kinds;      /* bits of ValueKind */
    double low, high;    /* of a number */
    const Shape *items;  /* of a list, or of a map whose keys are free; may be NULL */
    const Field *fields; /* of a map, ended by a NULL key; may be NULL */
};

#define KIND(kind) (1U << (kind))
#define SHAPE_FIELDS(...)                                                                                    \
    {                                                                                                        \
        .kinds = KIND(VALUE_MAP), .fields = (const Field[])                                                  \
        {                                                                                                    \
            __VA_ARGS__,                                                                                     \
            {                                                                                                \
                NULL, false, NULL                                                                            \
            }                                                                                                \
        }                                                                                                    \
    }

static const Shape any = {.kinds = UINT32_MAX, .low = -HUGE_VAL, .high = HUGE_VAL};
static const Shape text = {.kinds = KIND(VALUE_STRING)};
static const Shape text_or_null = {.kinds = KIND(VALUE_STRING) | KIND(VALUE_NULL)};
static const Shape number = {.kinds = KIND(VALUE_NUMBER), .low = -HUGE_VAL, .high = HUGE_VAL};
static const Shape not_negative = {.kinds = KIND(VALUE_NUMBER), .low = 0, .high = HUGE_VAL};
static const Shape probability = {.kinds = KIND(VALUE_NUMBER), .low = 0, .high = 1};
static const Shape texts = {.kinds = KIND(VALUE_LIST), .items = &text};
static const Shape free_map = {.kinds = KIND(VALUE_MAP)};
static const Shape probabilities = {.kinds = KIND(VALUE_LIST), .items = &probability};
static const Shape probability_map = {.kinds = KIND(VALUE_MAP), .items = &probability};
static const Shape number_text_or_list = {
    .kinds = KIND(VALUE_NUMBER) | KIND(VALUE_STRING) | KIND(VALUE_LIST), .low = -HUGE_VAL, .high = HUGE_VAL};

static const Shape case_shape = SHAPE_FIELDS({"format", true, &text}, {"findings", false, &free_map});
static const Shape software = SHAPE_FIELDS({"version", true, &text}, {"knowledge", true, &text},
                                           {"prior", true, &text}, {"overlay", false, &text_or_null});
static const Shape alert =
    SHAPE_FIELDS({"id", true, &text}, {"label", false, &text}, {"urgency", true, &text},
                 {"certainty", false, &text}, {"because", true, &texts}, {"text", true, &text},
                 {"ask", false, &texts}, {"because_scores", false, &texts}, {"sources", true, &texts});
static const Shape alerts = {.kinds = KIND(VALUE_LIST), .items = &alert};
static const Shape reason =
    SHAPE_FIELDS({"group", true, &text}, {"findings", true, &texts}, {"weight", true, &number},
                 {"against", true, &text}, {"text", true, &text}, {"evidence", true, &texts});
static const Shape reasons = {.kinds = KIND(VALUE_LIST), .items = &reason};
static const Shape entry =
    SHAPE_FIELDS({"diagnosis", true, &text}, {"component", false, &text_or_null}, {"group", true, &text},
                 {"probability", true, &probability}, {"interval", true, &probabilities},
                 {"for", false, &reasons}, {"against", false, &reasons});
static const Shape ranking = {.kinds = KIND(VALUE_LIST), .items = &entry};
static const Shape mimic = SHAPE_FIELDS({"name", true, &text}, {"because", true, &texts},
                                        {"text", true, &text}, {"sources", false, &texts});
static const Shape mimics = {.kinds = KIND(VALUE_LIST), .items = &mimic};
static const Shape conflict = SHAPE_FIELDS({"finding", true, &text}, {"read", true, &number_text_or_list},
                                           {"measured", true, &number_text_or_list});
static const Shape conflicts = {.kinds = KIND(VALUE_LIST), .items = &conflict};
static const Shape measurement = SHAPE_FIELDS(
    {"id", true, &text}, {"value", false, &number}, {"missing", false, &text}, {"sd", false, &not_negative},
    {"unit", false, &text}, {"of", false, &text}, {"series", false, &text}, {"method", false, &text},
    {"source", false, &text}, {"quantity_code", false, &texts}, {"inputs", false, &texts});
static const Shape measurements = {.kinds = KIND(VALUE_LIST), .items = &measurement};
static const Shape outcome_pairs = {.kinds = KIND(VALUE_LIST), .items = &any};
static const Shape outcome =
    SHAPE_FIELDS({"findings", true, &free_map}, {"probability", true, &probability},
                 {"leads_to", false, &outcome_pairs}, {"action", false, &text_or_null});
static const Shape outcomes = {.kinds = KIND(VALUE_LIST), .items = &outcome};
static const Shape step = SHAPE_FIELDS(
    {"examination", true, &text}, {"gain_bits", true, &not_negative}, {"gain_action", false, &number},
    {"cost", false, &text}, {"risk", false, &text}, {"text", true, &text}, {"if", false, &outcomes});
static const Shape steps = {.kinds = KIND(VALUE_LIST), .items = &step};
static const Shape warning = SHAPE_FIELDS({"text", true, &text}, {"sources", false, &texts});
static const Shape warnings_list = {.kinds = KIND(VALUE_LIST), .items = &warning};
static const Shape score =
    SHAPE_FIELDS({"id", true, &text}, {"value", false, &number_text_or_list}, {"band", false, &text_or_null},
                 {"items", false, &any}, {"unknown", false, &texts}, {"source", false, &text});
static const Shape scores = {.kinds = KIND(VALUE_LIST), .items = &score};
static const Shape advice =
    SHAPE_FIELDS({"text", true, &text}, {"applies_to", false, &text_or_null}, {"topic", false, &text},
                 {"because", false, &texts}, {"sources", false, &texts});
static const Shape management = {.kinds = KIND(VALUE_LIST), .items = &advice};
static const Shape source = SHAPE_FIELDS({"text", true, &text}, {"doi", false, &text}, {"url", false, &text});
static const Shape sources = {.kinds = KIND(VALUE_MAP), .items = &source};
static const Shape provenance =
    SHAPE_FIELDS({"time", true, &text}, {"inputs", false, &any}, {"command", false, &text});

static const Shape document = SHAPE_FIELDS(
    {"format", true, &text}, {"case", true, &case_shape}, {"software", true, &software},
    {"impression", true, &texts}, {"alerts", false, &alerts}, {"not_assessed", false, &texts},
    {"ranking", true, &ranking}, {"groups", true, &probability_map}, {"mimics_to_consider", false, &mimics},
    {"conflicts", false, &conflicts}, {"measurements", false, &measurements}, {"next", false, &steps},
    {"warnings_before_biopsy", false, &warnings_list}, {"scores", false, &scores},
    {"pathology_advice", false, &management}, {"management", false, &management}, {"sources", true, &sources},
    {"provenance", true, &provenance});

static bool check_shape(const Check *check, const Value *at, const Shape *shape)
{
    if (!(shape->kinds & KIND(at->kind))) {
        ValueKind wanted = VALUE_BOOL; /* the first that the shape allows; null is never the one to name */
        while (!(shape->kinds & KIND(wanted))) {
            wanted = (ValueKind)(wanted + 1);
        }
        return check_fail(check, at, "must be %s, not %s", value_kind_name(wanted),
                          value_kind_name(at->kind));
    }
    if (at->kind == VALUE_NUMBER && !(at->number >= shape->low && at->number <= shape->high)) {
        return shape->high < HUGE_VAL
                   ? check_fail(check, at, "must be between %g and %g", shape->low, shape->high)
                   : check_fail(check, at, "must not be below %g", shape->low);
    }
    for (const Field *field = shape->fields; field && field->key && at->kind == VALUE_MAP; field++) {
        const Value *child = value_get(at, field->key);
        if (!child && field->required) {
            return check_fail(check, at, "'%s' is missing", field->key);
        }
        if (child && !check_shape(check, child, field->shape)) {
            return false;
        }
    }
    if (shape->items) {
        VALUE_EACH(child, at)
        {
            if (!check_shape(check, child, shape->items)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- what the table cannot say ---- */

/* First of all: of another document nothing else is right either. */
static bool check_format(const Check *check, const Value *root)
{
    const Value *format = value_get(root, "format");
    return !value_string(format) || strcmp(format->string, RESULT_FORMAT) == 0 ||
           check_fail(check, format, "must be '%s', not %s", RESULT_FORMAT,
                      check_quote(check, format->string));
}

static bool check_inner_format(const Check *check, const Value *root)
{
    const Value *inner = value_get(value_get(root, "case"), "format");
    if (strcmp(inner->string, "dens-case/1") != 0) {
        return check_fail(check, inner, "must be 'dens-case/1', not %s", check_quote(check, inner->string));
    }
    return true;
}

static double number_at(const Value *list, size_t index)
{
    const Value *item = value_at(list, index);
    return item && item->kind == VALUE_NUMBER ? item->number : 0;
}

static bool check_ranking(const Check *check, const Value *list)
{
    double sum = 0, before = 1;
    bool has_none = false;
    VALUE_EACH(item, list)
    {
        const char *id = value_text(item, "diagnosis");
        const Value *interval = value_get(item, "interval");
        double p = value_number_or(item, "probability", 0);
        for (const Value *other = list->first; other != item; other = other->next) {
            if (strcmp(value_text(other, "diagnosis"), id) == 0) {
                return check_fail(check, item, "the diagnosis %s is ranked twice", check_quote(check, id));
            }
        }
        if (p > before) {
            return check_fail(check, item, "the ranking is not in order: more probable than the one before");
        }
        if (interval->count != 2 || number_at(interval, 0) > number_at(interval, 1)) {
            return check_fail(check, interval, "must be [low, high], with low not above high");
        }
        sum += p;
        before = p;
        has_none = has_none || strcmp(id, "none_of_these") == 0;
    }
    if (!has_none) {
        return check_fail(check, list, "'none_of_these' is missing from the ranking");
    }
    if (!(fabs(sum - 1) <= sum_tolerance)) {
        return check_fail(check, list, "the probabilities add up to %.8g, not to 1", sum);
    }
    return true;
}

static bool check_groups(const Check *check, const Value *groups)
{
    double sum = 0;
    VALUE_EACH(item, groups)
    {
        sum += item->number;
    }
    if (!value_get(groups, "none_of_these")) {
        return check_fail(check, groups, "'none_of_these' is missing");
    }
    if (!(fabs(sum - 1) <= sum_tolerance)) {
        return check_fail(check, groups, "the groups add up to %.8g, not to 1", sum);
    }
    return true;
}

static bool check_measurements(const Check *check, const Value *list)
{
    VALUE_EACH(item, list)
    {
        bool has_value = value_get(item, "value") != NULL, is_missing = value_get(item, "missing") != NULL;
        if (has_value == is_missing) {
            return check_fail(check, item, "a measurement has either 'value' or 'missing' with the reason");
        }
        if (has_value && !value_get(item, "unit")) {
            return check_fail(check, item, "a measurement with a value needs its 'unit'");
        }
        if (value_get(item, "quantity_code") && value_get(item, "quantity_code")->count != 3) {
            return check_fail(check, value_get(item, "quantity_code"), "must be [value, scheme, meaning]");
        }
    }
    return true;
}

static bool check_steps(const Check *check, const Value *list)
{
    VALUE_EACH(item, list)
    {
        VALUE_EACH(branch, value_get(item, "if"))
        {
            VALUE_EACH(pair, value_get(branch, "leads_to"))
            {
                double p = number_at(pair, 1);
                if (pair->kind != VALUE_LIST || pair->count != 2 || !value_string(pair->first) ||
                    pair->last->kind != VALUE_NUMBER || !(p >= 0 && p <= 1)) {
                    return check_fail(check, pair, "must be [diagnosis, probability]");
                }
            }
        }
    }
    return true;
}

static bool check_scores(const Check *check, const Value *list)
{
    VALUE_EACH(item, list)
    {
        const Value *value = value_get(item, "value");
        if (!value || value->kind != VALUE_LIST) {
            continue;
        }
        if (value->count != 2 || value->first->kind != value->last->kind ||
            (value->first->kind != VALUE_NUMBER && value->first->kind != VALUE_STRING) ||
            number_at(value, 0) > number_at(value, 1)) {
            return check_fail(check, value, "a range must be [low, high], with low not above high");
        }
    }
    return true;
}

bool result_check(const Value *result, const char *where, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Check check = {scratch, where ? where : "", err};
    return check_format(&check, result) && check_shape(&check, result, &document) &&
           check_inner_format(&check, result) && check_ranking(&check, value_get(result, "ranking")) &&
           check_groups(&check, value_get(result, "groups")) &&
           check_measurements(&check, value_get(result, "measurements")) &&
           check_steps(&check, value_get(result, "next")) &&
           check_scores(&check, value_get(result, "scores"));
}

Value *result_read(Arena *arena, const char *path, DensError **err)
{
    Value *root = json_read(arena, path, err);
    const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
    return root && result_check(root, where, err) ? root : NULL;
}
