/* Alerts, and what was not assessed. An alert stands for itself, whatever leads the ranking; one that is
 * covered by another (a weaker word on the same danger) is not shown beside it. */
#include "advice/parts.h"

#include <string.h>

/* In the order in which they are shown. */
static const char *const urgencies[] = {"hours", "days", "planned"};
enum { URGENCY_COUNT = sizeof urgencies / sizeof *urgencies };

#define FAULT(r, at, ...) rule_fault(err, (r)->source.file, at, (r)->source.arena, __VA_ARGS__)

static bool parse_covered(const Reader *r, const Value *node, Item *out, DensError **err)
{
    out->covered_by = value_get(node, "covered_by");
    if (out->covered_by && !reader_list(r, node, "covered_by", &out->covered_by, err)) {
        return false;
    }
    VALUE_EACH(id, out->covered_by)
    {
        bool known = false;
        VALUE_EACH(other, value_get(r->root, "alerts"))
        {
            const char *name = value_text(other, "id");
            known = known || (other != node && name && value_string(id) && strcmp(name, id->string) == 0);
        }
        if (!known) {
            return FAULT(r, id, "is the id of no other alert");
        }
    }
    return true;
}

static bool parse_alert(const Reader *r, Item *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"id",     "label",      "urgency", "when", "text",
                                       "reason", "covered_by", "sources", NULL};
    if (!reader_keys(r, node, keys, err) || !reader_text(r, node, "id", &out->id, err) ||
        !reader_text(r, node, "label", &out->label, err) || !reader_urgency(r, node, &out->urgency, err) ||
        !reader_text(r, node, "text", &out->text, err)) {
        return false;
    }
    VALUE_EACH(other, value_get(r->root, "alerts"))
    {
        const char *id = value_text(other, "id");
        if (other == node) {
            break;
        }
        if (id && strcmp(id, out->id) == 0) {
            return FAULT(r, node, "there is another alert \"%s\"", id);
        }
    }
    return reader_condition(r, node, out, err) && parse_covered(r, node, out, err) &&
           reader_sources(r, node, &out->sources, err);
}

static bool parse_finding(const Reader *r, const Value *item, const Finding **out, DensError **err)
{
    const char *name = value_string(item);
    *out = name ? vocabulary_find(r->source.vocabulary, name) : NULL;
    const char *near = name && !*out ? vocabulary_nearest(r->source.vocabulary, name) : NULL;
    return *out || FAULT(r, item, "unknown finding%s%s%s", near ? "; did you mean " : "", near ? near : "",
                         near ? "?" : "");
}

static bool parse_assessment(const Reader *r, Assessment *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"label", "findings", NULL};
    const Value *findings;
    if (!reader_keys(r, node, keys, err) || !reader_text(r, node, "label", &out->label, err) ||
        !reader_list(r, node, "findings", &findings, err)) {
        return false;
    }
    out->findings = arena_array(r->source.arena, findings->count, sizeof(*out->findings));
    VALUE_EACH(item, findings)
    {
        if (!parse_finding(r, item, &out->findings[out->finding_count++], err)) {
            return false;
        }
    }
    return true;
}

bool alerts_load(Advice *a, DensError **err)
{
    static const char *const keys[] = {"alerts", "assessments", NULL};
    Reader r;
    const Value *alerts, *assessments;
    if (!reader_open(&r, a, "alerts.yaml", err) || !reader_keys(&r, r.root, keys, err) ||
        !reader_list(&r, r.root, "alerts", &alerts, err) ||
        !reader_list(&r, r.root, "assessments", &assessments, err)) {
        return false;
    }
    a->alerts.items = arena_array(a->arena, alerts->count, sizeof *a->alerts.items);
    VALUE_EACH(node, alerts)
    {
        if (!parse_alert(&r, &a->alerts.items[a->alerts.count++], node, err)) {
            return false;
        }
    }
    a->assessments = arena_array(a->arena, assessments->count, sizeof *a->assessments);
    VALUE_EACH(node, assessments)
    {
        if (!parse_assessment(&r, &a->assessments[a->assessment_count++], node, err)) {
            return false;
        }
    }
    return true;
}

static bool is_covered(const Advice *a, const Item *item, const Match *matches)
{
    VALUE_EACH(id, item->covered_by)
    {
        for (size_t i = 0; i < a->alerts.count; i++) {
            if (matches[i].holding && strcmp(a->alerts.items[i].id, id->string) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void add_alert(const Item *item, const Match *match, const View *view, Value *list, Value *cited)
{
    Value *alert = value_add_map(list);
    value_set_string(alert, "id", item->id);
    value_set_string(alert, "label", item->label);
    value_set_string(alert, "urgency", item->urgency);
    add_match(alert, match);
    value_set_string(alert, "text", item_text(item, match, view, list->arena));
    add_sources(alert, item->sources, cited);
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

void alerts_add(const Advice *a, const View *view, Value *result, Value *cited)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Match *matches = arena_array(scratch, a->alerts.count, sizeof *matches);
    for (size_t i = 0; i < a->alerts.count; i++) {
        matches[i] = rule_match(&a->alerts.items[i].rule, view, scratch);
    }
    Value *list = value_set_list(result, "alerts");
    for (size_t u = 0; u < URGENCY_COUNT; u++) {
        for (size_t i = 0; i < a->alerts.count; i++) {
            const Item *item = &a->alerts.items[i];
            if (matches[i].holding && strcmp(item->urgency, urgencies[u]) == 0 &&
                !is_covered(a, item, matches)) {
                add_alert(item, &matches[i], view, list, cited);
            }
        }
        contradiction_add(a, view, urgencies[u], list, cited);
    }
    add_not_assessed(a, view->c, result);
}
