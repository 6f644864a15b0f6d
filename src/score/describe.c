/* Scores as text: what was computed, and the tables behind it. */
#include "score/describe.h"

#include "score/parts.h"

#include <string.h>

enum { COLUMNS = 100, INDENT = 2, RULE_INDENT = 8 };

static void add_line(Text *out, size_t indent, const char *text)
{
    text_addf(out, "%*s", (int)indent, "");
    text_add_wrapped(out, text, indent, indent, COLUMNS);
}

static void add_heading(Text *out, const char *text)
{
    text_addf(out, "%s\n", text);
    for (size_t i = 0; i < text_columns(text, strlen(text)); i++) {
        text_add(out, "-");
    }
    text_add(out, "\n");
}

/* "Fisher 2010, Spine" … of the sources that a tree names. */
static void add_sources(const Scores *scores, const Value *keys, Text *out)
{
    AUTO_TEXT line = TEXT_INIT;
    text_add(&line, "Sources: ");
    const char *between = "";
    VALUE_EACH(key, keys)
    {
        const Source *source = knowledge_find_source(scores->knowledge, value_string(key));
        text_addf(&line, "%s%s", between, source ? source->short_name : value_string(key));
        between = "; ";
    }
    add_line(out, INDENT, text_string(&line));
}

/* ---- of a case ---- */

static void add_value(const Value *value, Text *out)
{
    double number;
    if (value_number(value, &number)) {
        text_addf(out, "%g", number);
    } else if (value && value->kind == VALUE_LIST) {
        add_value(value->first, out);
        text_add(out, "–");
        add_value(value->last, out);
    } else if (value_string(value)) {
        text_add(out, value_string(value));
    }
}

static void add_items(const Value *items, Text *out)
{
    VALUE_EACH(item, items)
    {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s: ", value_text(item, "label"));
        add_value(value_get(item, "value"), &line);
        if (value_text(item, "text")) {
            text_addf(&line, " (%s)", value_text(item, "text"));
        }
        if (value_truth(item, "contradictory")) {
            text_add(&line, " (the findings contradict each other)");
        }
        add_line(out, INDENT, text_string(&line));
    }
}

static void add_unknown(const Value *list, Text *out)
{
    AUTO_TEXT line = TEXT_INIT;
    const char *between = "not known: ";
    VALUE_EACH(item, list)
    {
        text_addf(&line, "%s%s", between, value_string(item));
        between = ", ";
    }
    if (line.length > 0) {
        add_line(out, INDENT, text_string(&line));
    }
}

static void add_score(const Scores *scores, const Value *score, Text *out)
{
    AUTO_TEXT head = TEXT_INIT;
    const char *assumption = value_text(score, "assumption"), *band = value_text(score, "band");
    text_add(&head, value_text(score, "label"));
    if (assumption) {
        text_addf(&head, " (%s)", assumption);
    }
    text_add(&head, ": ");
    add_value(value_get(score, "value"), &head);
    if (band) {
        text_addf(&head, ", %s", band);
    }
    add_line(out, 0, text_string(&head));
    if (value_text(score, "text")) {
        add_line(out, INDENT, value_text(score, "text"));
    }
    add_items(value_get(score, "items"), out);
    add_unknown(value_get(score, "unknown"), out);
    if (value_text(score, "note")) {
        add_line(out, INDENT, value_text(score, "note"));
    }
    if (value_text(score, "limits")) {
        AUTO_TEXT limits = TEXT_INIT;
        text_addf(&limits, "Limits: %s", value_text(score, "limits"));
        add_line(out, INDENT, text_string(&limits));
    }
    add_sources(scores, value_get(score, "sources"), out);
    text_add(out, "\n");
}

void scores_text(const Scores *scores, const Value *list, Text *out)
{
    size_t left_out = 0;
    VALUE_EACH(score, list)
    {
        if (value_get(score, "not_applicable")) {
            left_out++;
        } else {
            add_score(scores, score, out);
        }
    }
    if (left_out > 0) {
        text_add(out, "Not given:\n");
    }
    VALUE_EACH(score, list)
    {
        const char *reason = value_text(score, "not_applicable");
        if (reason) {
            AUTO_TEXT line = TEXT_INIT;
            text_addf(&line, "%s: %s", value_text(score, "label"), reason);
            add_line(out, INDENT, text_string(&line));
        }
    }
}

/* ---- of all ---- */

void scores_text_list(const Scores *scores, Text *out)
{
    size_t widest = 0;
    for (size_t i = 0; i < scores->count; i++) {
        size_t width = strlen(scores->items[i].id);
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < scores->count; i++) {
        const Score *score = &scores->items[i];
        text_addf(out, "%-*s  %s\n%*s", (int)widest, score->id, score->label, (int)widest + 2, "");
        text_add_wrapped(out, score->purpose, widest + 2, widest + 2, COLUMNS);
    }
    if (scores->left_out) {
        text_add(out, "\nNot given\n");
    }
    VALUE_EACH(node, scores->left_out)
    {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s: %s", value_text(node, "label"), value_text(node, "reason"));
        text_add(out, "  ");
        text_add_wrapped(out, text_string(&line), 2, 4, COLUMNS);
    }
}

Value *scores_tree_list(const Scores *scores, Arena *arena)
{
    Value *list = value_new_list(arena);
    for (size_t i = 0; i < scores->count; i++) {
        const Score *score = &scores->items[i];
        Value *map = value_add_map(list);
        value_set_string(map, "id", score->id);
        value_set_string(map, "label", score->label);
        value_set_string(map, "purpose", score->purpose);
        value_set_string(map, "source", score->source->id);
    }
    return list;
}

/* ---- the table of one ---- */

static void add_names(const Value *value, Text *out)
{
    if (value->kind != VALUE_LIST) {
        add_value(value, out);
        return;
    }
    VALUE_EACH(item, value)
    {
        text_add(out, item == value->first ? "" : " or ");
        add_value(item, out);
    }
}

/* "ct.density, else xr.density". */
static void add_question(const char *key, Text *out)
{
    for (const char *at = key; *at; at++) {
        if (*at == '|') {
            text_add(out, ", else ");
        } else {
            text_add_bytes(out, at, 1);
        }
    }
}

static void add_condition(const Value *when, const char *between, Text *out)
{
    VALUE_EACH(entry, when)
    {
        bool negated = strcmp(entry->key, "not") == 0;
        text_add(out, entry == when->first ? "" : between);
        if (negated) {
            text_add(out, "not (");
            add_condition(entry, " or ", out);
            text_add(out, ")");
        } else {
            add_question(entry->key, out);
            text_add(out, " is ");
            add_names(entry, out);
        }
    }
}

static void add_rule(const Value *rule, Text *out)
{
    static const char *const keys[] = {"points", "grade", "is"};
    AUTO_TEXT line = TEXT_INIT;
    const Value *when = value_get(rule, "when");
    bool impossible = value_truth(rule, "impossible");
    for (size_t i = 0; i < CHECK_COUNT(keys); i++) {
        const Value *given = value_get(rule, keys[i]);
        if (given) {
            add_names(given, &line);
        }
    }
    text_add(&line, impossible ? "cannot be: " : when ? "  if " : "  otherwise");
    if (when) {
        add_condition(when, " and ", &line);
    }
    if (value_text(rule, "as")) {
        text_addf(&line, " (%s)", value_text(rule, "as"));
    }
    text_addf(out, "%*s", INDENT + 2, "");
    text_add_wrapped(out, text_string(&line), INDENT + 2, RULE_INDENT, COLUMNS);
}

static void add_band(const Score *score, const Band *band, Text *out)
{
    AUTO_TEXT line = TEXT_INIT;
    if (score->kind == SCORE_SUM) {
        text_addf(&line, "%g–%g: ", band->from, band->to);
    }
    text_addf(&line, "%s", band->label);
    if (band->text[0]) {
        text_addf(&line, ". %s", band->text);
    }
    add_line(out, INDENT, text_string(&line));
}

static void add_for(const Score *score, const Vocabulary *vocabulary, Text *out)
{
    AUTO_TEXT line = TEXT_INIT;
    size_t count = vocabulary_diagnosis_count(vocabulary), fitting = 0;
    for (size_t d = 0; d < count; d++) {
        if (score->meant.diagnoses >> d & 1) {
            text_addf(&line, "%s%s", fitting++ ? ", " : "For: ", vocabulary_diagnosis(vocabulary, d)->term);
        }
    }
    add_line(out, INDENT, fitting == count ? "For: any diagnosis" : text_string(&line));
    for (size_t i = 0; i < score->meant.need_count; i++) {
        AUTO_TEXT reason = TEXT_INIT;
        text_addf(&reason, "Not given if: %s", score->meant.reasons[i + 1]);
        add_line(out, INDENT, text_string(&reason));
    }
}

bool scores_text_explain(const Scores *scores, const char *id, Text *out)
{
    const Score *score = scores->items;
    while (score < scores->items + scores->count && strcmp(score->id, id) != 0) {
        score++;
    }
    if (score == scores->items + scores->count) {
        return false;
    }
    add_heading(out, score->label);
    add_line(out, INDENT, score->purpose);
    add_for(score, knowledge_vocabulary(scores->knowledge), out);
    text_add(out, "\n  The first rule that holds gives the outcome:\n");
    const Value *items = value_get(score->node, "items");
    for (size_t i = 0; i < score->item_count; i++) {
        add_line(out, INDENT, score->items[i].label);
        VALUE_EACH(rule, value_get(value_at(items, i), "rules"))
        {
            add_rule(rule, out);
        }
    }
    text_add(out, "\n");
    for (size_t b = 0; b < score->band_count; b++) {
        add_band(score, &score->bands[b], out);
    }
    for (size_t g = 0; g < score->grade_count; g++) {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s%s%s", score->grades[g].id, score->grades[g].text[0] ? ": " : "",
                  score->grades[g].text);
        add_line(out, INDENT, text_string(&line));
    }
    if (score->note[0]) {
        add_line(out, INDENT, score->note);
    }
    if (score->limits[0]) {
        AUTO_TEXT limits = TEXT_INIT;
        text_addf(&limits, "Limits: %s", score->limits);
        add_line(out, INDENT, text_string(&limits));
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *keys = value_new_list(arena);
    value_add_string(keys, score->source->id);
    VALUE_EACH(key, score->sources)
    {
        value_add_string(keys, value_string(key));
    }
    add_sources(scores, keys, out);
    return true;
}
