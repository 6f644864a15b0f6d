/* Scores as part of the result document. */
#include "score/parts.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* "Alignment" inside a sentence; "CT density" and names of people stay. */
static const char *inside(Arena *arena, const char *label)
{
    static const char *const people[] = {"Frankel", "Karnofsky", "Horner"};
    char *out = arena_strdup(arena, label);
    bool stays = out[0] && out[1] && isupper((unsigned char)out[1]);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        stays = stays || strncmp(label, people[i], strlen(people[i])) == 0;
    }
    if (!stays) {
        out[0] = (char)tolower((unsigned char)out[0]);
    }
    return out;
}

static void set_points(Value *map, double low, double high)
{
    if (low >= high) {
        value_set_number(map, "value", low);
        return;
    }
    Value *range = value_set_list(map, "value");
    value_add_number(range, low);
    value_add_number(range, high);
}

/* "a", or "a or b". */
static void set_choices(Value *map, const char *key, const char *const *names, size_t count)
{
    AUTO_TEXT text = TEXT_INIT;
    for (size_t i = 0; i < count; i++) {
        text_addf(&text, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
    }
    value_set_string(map, key, text_string(&text));
}

static void add_item_value(const Score *score, const Item *item, uint64_t outcomes, Value *map)
{
    const char *names[SCORE_MAX_STATES];
    double low = 0, high = 0;
    size_t count = 0, only = 0;
    for (size_t o = 0; o < item->outcome_count; o++) {
        if (outcomes >> o & 1) {
            const Outcome *outcome = &item->outcomes[o];
            low = count == 0 || outcome->points < low ? outcome->points : low;
            high = count == 0 || outcome->points > high ? outcome->points : high;
            names[count++] = outcome->id;
            only = o;
        }
    }
    if (score->kind == SCORE_SUM) {
        set_points(map, low, high);
    } else {
        set_choices(map, "value", names, count);
    }
    if (count == 1 && item->outcomes[only].text[0]) {
        value_set_string(map, "text", item->outcomes[only].text);
    }
}

/* "n/a": nothing to tell for this diagnosis. */
static bool is_hidden(const Item *item, uint64_t outcomes)
{
    for (size_t o = 0; o < item->outcome_count; o++) {
        if ((outcomes >> o & 1) && strcmp(item->outcomes[o].id, "n/a") != 0) {
            return false;
        }
    }
    return true;
}

static void add_items(const ScoreResult *result, Value *map)
{
    const Score *score = result->score;
    /* the last item of a graded score is the grade itself */
    size_t count = score->kind == SCORE_GRADE ? score->item_count - 1 : score->item_count;
    Value *items = value_set_map(map, "items");
    for (size_t i = 0; i < count; i++) {
        if (is_hidden(&score->items[i], result->items[i].outcomes)) {
            continue;
        }
        Value *item = value_set_map(items, score->items[i].id);
        value_set_string(item, "label", score->items[i].label);
        add_item_value(score, &score->items[i], result->items[i].outcomes, item);
        if (result->items[i].contradictory) {
            value_set_bool(item, "contradictory", true);
        }
    }
}

/* ---- parts: what is involved for certain, and what may be ---- */

typedef enum { PART_OUT, PART_IN, PART_OPEN } Part;

/* The outcomes of such an item are `in` and `out`. */
static Part part_of(const Item *item, uint64_t outcomes)
{
    bool in = false, out = false;
    for (size_t o = 0; o < item->outcome_count; o++) {
        bool is_in = strcmp(item->outcomes[o].id, "in") == 0, possible = (outcomes >> o & 1) != 0;
        in = in || (possible && is_in);
        out = out || (possible && !is_in);
    }
    return in && out ? PART_OPEN : in ? PART_IN : PART_OUT;
}

static void add_part_names(const ScoreResult *result, const char *scope, Part wanted, Text *out)
{
    const Score *score = result->score;
    size_t count = 0;
    for (size_t i = 0; i < score->item_count; i++) {
        const Item *item = &score->items[i];
        if (strcmp(item->scope, scope) == 0 && part_of(item, result->items[i].outcomes) == wanted) {
            text_addf(out, "%s%s", count++ ? ", " : "", item->label);
        }
    }
}

static void add_parts(const ScoreResult *result, Value *map)
{
    const Score *score = result->score;
    AUTO_TEXT all = TEXT_INIT;
    Value *items = value_set_map(map, "items");
    const char *last = "";
    for (size_t i = 0; i < score->item_count; i++) {
        const char *scope = score->items[i].scope;
        if (strcmp(scope, last) == 0) {
            continue;
        }
        last = scope;
        AUTO_TEXT certain = TEXT_INIT;
        AUTO_TEXT possible = TEXT_INIT;
        add_part_names(result, scope, PART_IN, &certain);
        add_part_names(result, scope, PART_OPEN, &possible);
        AUTO_TEXT value = TEXT_INIT;
        text_add(&value, certain.length ? text_string(&certain) : "none for certain");
        if (possible.length) {
            text_addf(&value, " (possibly %s)", text_string(&possible));
        }
        Value *item = value_set_map(items, scope);
        value_set_string(item, "label", scope);
        value_set_string(item, "value", text_string(&value));
        if (certain.length) {
            text_addf(&all, "%s%s %s", all.length ? "; " : "", scope, text_string(&certain));
        }
    }
    value_set_string(map, "value", all.length ? text_string(&all) : "none for certain");
}

/* ---- graded and summed ---- */

static void add_grade(const ScoreResult *result, Value *map)
{
    const Score *score = result->score;
    const char *names[SCORE_MAX_STATES];
    size_t count = 0;
    for (size_t g = 0; g < score->grade_count; g++) {
        if (result->grades >> g & 1) {
            names[count++] = score->grades[g].id;
        }
    }
    if (count > 1 && score->ordered) {
        Value *range = value_set_list(map, "value");
        value_add_string(range, names[0]);
        value_add_string(range, names[count - 1]);
    } else {
        set_choices(map, "value", names, count);
    }
    if (count == 1 && score->grades[(size_t)result->low].text[0]) {
        value_set_string(map, "text", score->grades[(size_t)result->low].text);
    }
}

static void add_band(const ScoreResult *result, Value *map)
{
    const Score *score = result->score;
    if (!result->bands) {
        return;
    }
    const Band *low = &score->bands[__builtin_ctzll(result->bands)];
    const Band *high = &score->bands[63 - __builtin_clzll(result->bands)];
    if (low == high) {
        value_set_string(map, "band", low->label);
        if (low->text[0]) {
            value_set_string(map, "text", low->text);
        }
    } else {
        value_set_format(map, "band", "between %s and %s", low->label, high->label);
    }
}

static void cite(const Value *source, Value *cited)
{
    if (value_string(source)) {
        value_set_bool(cited, source->string, true);
    }
}

static void add_sources(const Score *score, Value *map, Value *cited)
{
    value_set_string(map, "source", score->source->id);
    Value *list = value_set_list(map, "sources");
    value_add_string(list, score->source->id);
    value_set_bool(cited, score->source->id, true);
    VALUE_EACH(item, score->sources)
    {
        value_add_string(list, value_string(item));
        cite(item, cited);
    }
}

static void add_unknown_inputs(const ScoreResult *result, const Known *known, Value *map, Arena *arena)
{
    Unknown *unknown;
    size_t count = result_unknown(result, arena, &unknown);
    Value *labels = value_set_list(map, "unknown"), *ids = value_set_list(map, "unknown_findings");
    for (size_t i = 0; i < count; i++) {
        bool is_score = scores_find(known->scores, unknown[i].id) != NULL;
        value_add_string(labels, is_score ? unknown[i].label : inside(arena, unknown[i].label));
        value_add_string(ids, unknown[i].id);
    }
}

static void add_score(const ScoreResult *result, const Known *known, Value *list, Value *cited)
{
    const Score *score = result->score;
    Value *map = value_add_map(list);
    value_set_string(map, "id", score->id);
    value_set_string(map, "label", score->label);
    if (!result->applies) {
        value_set_string(map, "not_applicable", result->reason);
        return;
    }
    if (score->kind == SCORE_SUM) {
        set_points(map, result->low, result->high);
    } else if (score->kind == SCORE_GRADE) {
        add_grade(result, map);
    } else {
        add_parts(result, map);
    }
    add_band(result, map);
    if (score->kind != SCORE_PARTS) {
        add_items(result, map);
    }
    add_unknown_inputs(result, known, map, map->arena);
    if (score->note[0]) {
        value_set_string(map, "note", score->note);
    }
    if (score->assumption[0]) {
        value_set_string(map, "assumption", score->assumption);
    } else if (score->meant.of_assumed && known->facts->assumed >= 0) {
        value_set_format(map, "assumption", "if it is %s",
                         vocabulary_diagnosis(known->vocabulary, (size_t)known->facts->assumed)->term);
    }
    if (score->limits[0]) {
        value_set_string(map, "limits", score->limits);
    }
    add_sources(score, map, cited);
}

void scores_add(const Scores *scores, const Case *c, const ScoreFacts *facts, const char *only, Value *result,
                Value *cited)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const ScoreResult *results = scores_evaluate(scores, c, facts, arena);
    const Known known = {
        .scores = scores, .facts = facts, .vocabulary = knowledge_vocabulary(scores->knowledge)};
    Value *list = value_set_list(result, "scores");
    for (size_t i = 0; i < scores->count; i++) {
        if (!only || strcmp(scores->items[i].id, only) == 0) {
            add_score(&results[i], &known, list, cited);
        }
    }
}
