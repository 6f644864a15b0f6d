/* What changed in the findings, in the differential and in the alerts. */
#include "evaluate/compare_parts.h"

#include "base/text.h"

#include "report/words.h"

#include <string.h>

/* ---- findings ---- */

static const char *value_label(const Finding *finding, const char *id)
{
    int index = finding_value(finding, id);
    return index >= 0 ? finding->values[index].label : id;
}

static void add_word(const Comparison *c, const Finding *finding, const Value *item, Text *text)
{
    double number;
    if (value_number(item, &number)) {
        text_add(text, words_measured(c->arena, number, 0, finding->unit));
    } else if (value_string(item)) {
        text_add(text, value_label(finding, value_string(item)));
    }
}

/* What a case says of a finding, in words; NULL if nothing. A reader's word stands before the measured one.
 */
static const char *said(const Comparison *c, const Finding *finding, const Value *stated)
{
    const Value *read = stated && stated->kind == VALUE_MAP ? value_get(stated, "read") : stated;
    if (!read) {
        const Value *measured = value_path(stated, "measured.value");
        AUTO_TEXT text = TEXT_INIT;
        add_word(c, finding, measured, &text);
        return measured ? arena_printf(c->arena, "%s (measured)", text_string(&text)) : NULL;
    }
    AUTO_TEXT text = TEXT_INIT;
    if (read->kind != VALUE_LIST) {
        add_word(c, finding, read, &text);
    }
    const char *between = finding->kind == FINDING_SET ? ", " : " or ";
    VALUE_EACH(item, read->kind == VALUE_LIST ? read : NULL)
    {
        text_add(&text, item == read->first ? "" : between);
        add_word(c, finding, item, &text);
    }
    return arena_strdup(c->arena, text_string(&text));
}

static bool only_measured_number(const Finding *finding, const Value *stated)
{
    return finding->kind == FINDING_NUMBER && stated && stated->kind == VALUE_MAP &&
           !value_get(stated, "read");
}

static void compare_finding(Comparison *c, const Finding *finding, Value *list)
{
    const Value *from = value_get(value_path(c->before, "case.findings"), finding->id);
    const Value *to = value_get(value_path(c->after, "case.findings"), finding->id);
    if (only_measured_number(finding, from) && only_measured_number(finding, to)) {
        return; /* the measurements tell it, against their repeatability */
    }
    const char *before = said(c, finding, from), *after = said(c, finding, to);
    if ((!before && !after) || (before && after && strcmp(before, after) == 0)) {
        return;
    }
    Value *map = value_add_map(list);
    value_set_string(map, "finding", finding->id);
    value_set_string(map, "label", finding->label);
    value_set_string(map, "section", finding->section_label);
    value_set_string(map, "kind", before && after ? "changed" : before ? "no_longer_stated" : "newly_stated");
    if (before) {
        value_set_string(map, "before", before);
    }
    if (after) {
        value_set_string(map, "after", after);
    }
}

void compare_findings(Comparison *c)
{
    Value *list = value_set_list(c->out, "findings");
    for (size_t i = 0; i < vocabulary_count(c->vocabulary); i++) {
        compare_finding(c, vocabulary_finding(c->vocabulary, i), list);
    }
}

/* ---- differential ---- */

enum { COMPARED_DIAGNOSES = 5 };

static size_t rank_of(const Value *ranking, const char *diagnosis)
{
    size_t rank = 1;
    VALUE_EACH(entry, ranking)
    {
        if (strcmp(value_text(entry, "diagnosis"), diagnosis) == 0) {
            return rank;
        }
        rank++;
    }
    return 0;
}

static void add_diagnosis(const Comparison *c, Value *list, const char *id)
{
    const Value *rankings[] = {value_get(c->before, "ranking"), value_get(c->after, "ranking")};
    static const char *const sides[] = {"before", "after"};
    int index = vocabulary_find_diagnosis(c->vocabulary, id);
    if (compare_find(list, "diagnosis", id)) {
        return;
    }
    Value *map = value_add_map(list);
    value_set_string(map, "diagnosis", id);
    value_set_string(map, "name",
                     index >= 0 ? vocabulary_diagnosis(c->vocabulary, (size_t)index)->name : "None of these");
    for (size_t i = 0; i < 2; i++) {
        const Value *entry = compare_find(rankings[i], "diagnosis", id);
        if (entry) {
            Value *side = value_set_map(map, sides[i]);
            value_set_integer(side, "rank", (long long)rank_of(rankings[i], id));
            value_set_number(side, "probability", value_number_or(entry, "probability", 0));
            if (value_get(entry, "interval")) {
                value_set_copy(side, "interval", value_get(entry, "interval"));
            }
        }
    }
}

void compare_differential(Comparison *c)
{
    Value *list = value_set_list(c->out, "differential");
    const Value *rankings[] = {value_get(c->after, "ranking"), value_get(c->before, "ranking")};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < COMPARED_DIAGNOSES; k++) {
            const char *id = value_text(value_at(rankings[i], k), "diagnosis");
            if (id) {
                add_diagnosis(c, list, id);
            }
        }
    }
}

/* ---- alerts ---- */

/* Those of one result, split by whether the other has them. */
static void add_alerts(const Value *from, const Value *other, Value *there, Value *not_there)
{
    static const char *const keys[] = {"id", "label", "urgency", "text"};
    VALUE_EACH(alert, from)
    {
        Value *to = compare_find(other, "id", value_text(alert, "id")) ? there : not_there;
        Value *map = to ? value_add_map(to) : NULL;
        for (size_t i = 0; map && i < sizeof keys / sizeof *keys; i++) {
            if (value_text(alert, keys[i])) {
                value_set_string(map, keys[i], value_text(alert, keys[i]));
            }
        }
    }
}

void compare_alerts(Comparison *c)
{
    const Value *before = value_get(c->before, "alerts"), *after = value_get(c->after, "alerts");
    Value *map = value_set_map(c->out, "alerts");
    Value *fresh = value_set_list(map, "new"), *still = value_set_list(map, "still"),
          *gone = value_set_list(map, "gone");
    add_alerts(after, before, still, fresh);
    add_alerts(before, after, NULL, gone);
}
