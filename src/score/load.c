/* Reading knowledge/scores.yaml. Its head explains the keys; every mistake is refused with its place. */
#include "score/parts.h"

#include "base/file.h"
#include "base/yaml.h"

#include <math.h>
#include <string.h>

static const Source *find_source(const ScoreLoader *l, const Value *at)
{
    const Source *source = value_string(at) ? knowledge_find_source(l->knowledge, at->string) : NULL;
    if (!source) {
        check_fail(&l->check, at, "unknown source %s; add it to a file in sources/",
                   value_string(at) ? check_quote(&l->check, at->string) : value_kind_name(at->kind));
    }
    return source;
}

static bool load_sources(const ScoreLoader *l, const Value *node, Score *out)
{
    const Value *source = check_required(&l->check, node, "source", VALUE_STRING);
    if (!source || !(out->source = find_source(l, source)) ||
        !check_required_text(&l->check, node, "where") ||
        !check_optional(&l->check, node, "sources", VALUE_LIST, &out->sources)) {
        return false;
    }
    VALUE_EACH(item, out->sources)
    {
        if (!find_source(l, item)) {
            return false;
        }
    }
    return true;
}

/* ---- bands and grades ---- */

static bool load_band(const ScoreLoader *l, const Value *node, Band *out)
{
    static const char *const keys[] = {"id", "label", "text", "from", "to"};
    if (!check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = score_text(l, node, "id", NULL)) || !(out->text = score_text(l, node, "text", "")) ||
        !(out->label = score_text(l, node, "label", out->id))) {
        return false;
    }
    out->from = value_number_or(node, "from", NAN);
    out->to = value_number_or(node, "to", NAN);
    return true;
}

static bool load_bands(const ScoreLoader *l, const Value *node, Score *out)
{
    const Value *list;
    if (!check_optional(&l->check, node, "bands", VALUE_LIST, &list)) {
        return false;
    }
    out->bands = arena_array(l->arena, list ? list->count : 1, sizeof *out->bands);
    VALUE_EACH(item, list)
    {
        Band *band = &out->bands[out->band_count++];
        if (!check_kind(&l->check, item, VALUE_MAP) || !load_band(l, item, band)) {
            return false;
        }
        if (out->kind == SCORE_SUM && !(band->from <= band->to)) {
            return check_fail(&l->check, item, "a band of points needs `from` and `to`");
        }
    }
    return out->band_count <= SCORE_MAX_STATES || check_fail(&l->check, list, "too many bands");
}

static bool load_grade(const ScoreLoader *l, const Value *node, const Score *score, Grade *out)
{
    static const char *const keys[] = {"id", "text", "band"};
    if (!check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = score_text(l, node, "id", NULL)) || !(out->text = score_text(l, node, "text", ""))) {
        return false;
    }
    out->band = score->band_count;
    const Value *band = value_get(node, "band");
    if (!band) {
        return true;
    }
    const char **names = arena_array(l->check.scratch, score->band_count + 1, sizeof *names);
    for (size_t i = 0; i < score->band_count; i++) {
        names[i] = score->bands[i].id;
    }
    return check_one_of(&l->check, band, "band", names, score->band_count, &out->band);
}

static bool load_grades(const ScoreLoader *l, const Value *node, Score *out)
{
    if (out->kind != SCORE_GRADE) {
        return true;
    }
    const Value *list = check_required(&l->check, node, "grades", VALUE_LIST);
    if (!list) {
        return false;
    }
    if (list->count == 0 || list->count > SCORE_MAX_STATES) {
        return check_fail(&l->check, list, "a graded score has 1 to %d grades", SCORE_MAX_STATES);
    }
    out->grades = arena_array(l->arena, list->count, sizeof *out->grades);
    VALUE_EACH(item, list)
    {
        if (!check_kind(&l->check, item, VALUE_MAP) ||
            !load_grade(l, item, out, &out->grades[out->grade_count++])) {
            return false;
        }
    }
    return true;
}

/* ---- what it is meant for ---- */

static bool load_for(const ScoreLoader *l, const Value *node, Meant *out)
{
    Item condition = {0};
    const Value *when = check_required(&l->check, node, "for", VALUE_MAP);
    if (!when || !score_load_condition(l, when, &condition)) {
        return false;
    }
    if (condition.variable_count > 1 ||
        (condition.variable_count == 1 && condition.variables[0].kind != VARIABLE_DIAGNOSIS)) {
        return check_fail(&l->check, when,
                          "`for` names diagnoses or their groups; findings stand in `needs`");
    }
    size_t count = vocabulary_diagnosis_count(l->vocabulary);
    if (count > SCORE_MAX_STATES) {
        return check_fail(&l->check, when, "the vocabulary has more than %d diagnoses", SCORE_MAX_STATES);
    }
    for (size_t d = 0; d < count; d++) {
        bool all = true;
        for (size_t t = 0; t < condition.rules[0].term_count; t++) {
            const Term *term = &condition.rules[0].terms[t];
            bool any = false;
            for (size_t i = 0; i < term->literal_count; i++) {
                any = any || (term->literals[i].states >> d & 1);
            }
            all = all && any != term->negated;
        }
        out->diagnoses |= all ? (uint64_t)1 << d : 0;
    }
    return true;
}

static bool load_meant(const ScoreLoader *l, const Value *node, Meant *out)
{
    const Value *needs;
    if (!load_for(l, node, out) || !check_optional(&l->check, node, "needs", VALUE_LIST, &needs)) {
        return false;
    }
    size_t count = needs ? needs->count : 0;
    const char **reasons = arena_array(l->arena, count + 1, sizeof *reasons);
    out->of_assumed = value_truth(node, "of_assumed");
    out->reasons = reasons;
    out->needs = arena_array(l->arena, count + 1, sizeof *out->needs);
    if (!(reasons[0] = score_text(l, node, "otherwise", NULL))) {
        return false;
    }
    VALUE_EACH(need, needs)
    {
        static const char *const keys[] = {"when", "otherwise"};
        const Value *when = value_get(need, "when");
        out->need_count++;
        if (!check_kind(&l->check, need, VALUE_MAP) ||
            !check_keys(&l->check, need, keys, CHECK_COUNT(keys))) {
            return false;
        }
        if (!when) {
            return check_fail(&l->check, need, "`when` is missing");
        }
        if (!score_load_condition(l, when, &out->needs[out->need_count - 1]) ||
            !(reasons[out->need_count] = score_text(l, need, "otherwise", NULL))) {
            return false;
        }
    }
    return true;
}

/* ---- items ---- */

/* Each names a question of the rules. */
static bool load_helpers(const ScoreLoader *l, const Value *node, Item *out)
{
    if (!check_optional(&l->check, node, "helpers", VALUE_LIST, &out->helpers)) {
        return false;
    }
    VALUE_EACH(helper, out->helpers)
    {
        bool found = false;
        for (size_t v = 0; v < out->variable_count && value_string(helper); v++) {
            found = found || strcmp(out->variables[v].name, helper->string) == 0;
        }
        if (!found) {
            return check_fail(&l->check, helper, "no rule of the item asks for this");
        }
    }
    return true;
}

static bool load_item(const ScoreLoader *l, const Value *node, Item *out)
{
    static const char *const keys[] = {"id", "label", "scope", "helpers", "rules"};
    const Value *rules;
    return check_kind(&l->check, node, VALUE_MAP) && check_keys(&l->check, node, keys, CHECK_COUNT(keys)) &&
           (out->id = score_text(l, node, "id", NULL)) &&
           (out->label = score_text(l, node, "label", out->id)) &&
           (out->scope = score_text(l, node, "scope", "")) &&
           (rules = check_required(&l->check, node, "rules", VALUE_LIST)) &&
           score_load_rules(l, rules, out) && load_helpers(l, node, out);
}

static bool load_items(ScoreLoader *l, const Value *node, Score *out)
{
    const Value *list = check_required(&l->check, node, "items", VALUE_LIST);
    if (!list) {
        return false;
    }
    if (list->count == 0) {
        return check_fail(&l->check, list, "a score needs an item");
    }
    out->items = arena_array(l->arena, list->count, sizeof *out->items);
    l->score = out;
    VALUE_EACH(item, list)
    {
        if (!load_item(l, item, &out->items[out->item_count])) {
            return false;
        }
        out->item_count++; /* only now can a later one ask for it */
    }
    const Item *last = &out->items[out->item_count - 1];
    for (size_t o = 0; out->kind == SCORE_GRADE && o < last->outcome_count; o++) {
        if (last->outcomes[o].grade == 0 && strcmp(last->outcomes[o].id, out->grades[0].id) != 0) {
            return check_fail(&l->check, list->last, "the last item of a graded score gives a `grade`");
        }
    }
    return true;
}

static bool load_score(ScoreLoader *l, const Value *node, Score *out)
{
    static const char *const keys[] = {
        "id",        "label", "kind",   "ordered", "purpose", "assumption", "limits", "for",    "of_assumed",
        "otherwise", "needs", "source", "where",   "sources", "items",      "bands",  "grades", "note"};
    static const char *const kinds[] = {"sum", "grade", "parts"};
    size_t kind;
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys))) {
        return false;
    }
    const Value *kind_node = check_required(&l->check, node, "kind", VALUE_STRING);
    if (!kind_node || !check_one_of(&l->check, kind_node, "kind", kinds, CHECK_COUNT(kinds), &kind) ||
        !(out->id = score_text(l, node, "id", NULL)) || !(out->label = score_text(l, node, "label", NULL)) ||
        !(out->purpose = score_text(l, node, "purpose", NULL)) ||
        !(out->limits = score_text(l, node, "limits", "")) ||
        !(out->note = score_text(l, node, "note", "")) ||
        !(out->assumption = score_text(l, node, "assumption", ""))) {
        return false;
    }
    out->kind = (ScoreKind)kind;
    const Value *ordered = value_get(node, "ordered");
    out->ordered = !ordered || ordered->boolean;
    out->node = node;
    return load_sources(l, node, out) && load_bands(l, node, out) && load_grades(l, node, out) &&
           load_meant(l, node, &out->meant) && load_items(l, node, out);
}

/* Scores that a user may look for and that are not given. */
static bool load_left_out(ScoreLoader *l, const Value *root, Scores *out)
{
    static const char *const keys[] = {"id", "label", "reason"};
    if (!check_optional(&l->check, root, "left_out", VALUE_LIST, &out->left_out)) {
        return false;
    }
    VALUE_EACH(node, out->left_out)
    {
        if (!check_kind(&l->check, node, VALUE_MAP) ||
            !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
            !check_required_text(&l->check, node, "id") || !check_required_text(&l->check, node, "label") ||
            !check_required_text(&l->check, node, "reason")) {
            return false;
        }
    }
    return true;
}

static bool load_root(ScoreLoader *l, const Value *root, Scores *out)
{
    static const char *const keys[] = {"format", "plausible_from", "scores", "left_out"};
    const Value *list = NULL;
    if (!check_kind(&l->check, root, VALUE_MAP) || !check_keys(&l->check, root, keys, CHECK_COUNT(keys)) ||
        !(list = check_required(&l->check, root, "scores", VALUE_LIST))) {
        return false;
    }
    const Value *from = check_required(&l->check, root, "plausible_from", VALUE_NUMBER);
    if (!from) {
        return false;
    }
    if (!(from->number > 0 && from->number < 1)) {
        return check_fail(&l->check, from, "must lie between 0 and 1");
    }
    out->plausible_from = from->number;
    out->items = arena_array(l->arena, list->count + 1, sizeof *out->items);
    VALUE_EACH(node, list)
    {
        if (!load_score(l, node, &out->items[out->count])) {
            return false;
        }
        out->count++;
    }
    return load_left_out(l, root, out);
}

Scores *scores_load(const Knowledge *knowledge, DensError **err)
{
    Arena *arena = knowledge_arena_beside(knowledge);
    AUTO(arena_auto) Arena *scratch = arena_new();
    Scores *out = arena_alloc(arena, sizeof *out);
    *out = (Scores){.arena = arena, .knowledge = knowledge};
    const char *path = file_join(arena, knowledge_folder(knowledge), "scores.yaml");
    ScoreLoader l = {.check = {scratch, path, err},
                     .arena = arena,
                     .knowledge = knowledge,
                     .vocabulary = knowledge_vocabulary(knowledge),
                     .scores = out};
    const Value *root = yaml_read(arena, path, err);
    if (root && load_root(&l, root, out)) {
        return out;
    }
    arena_free(arena);
    return NULL;
}

void scores_free(Scores *scores)
{
    if (scores) {
        arena_free(scores->arena);
    }
}

double scores_plausible_from(const Scores *scores)
{
    return scores->plausible_from;
}

const Value *scores_find_left_out(const Scores *scores, const char *id)
{
    VALUE_EACH(node, scores->left_out)
    {
        if (strcmp(value_text(node, "id"), id) == 0) {
            return node;
        }
    }
    return NULL;
}

size_t scores_count(const Scores *scores)
{
    return scores->count;
}

const char *scores_id(const Scores *scores, size_t index)
{
    return scores->items[index].id;
}

const Value *scores_find(const Scores *scores, const char *id)
{
    for (size_t i = 0; i < scores->count; i++) {
        if (strcmp(scores->items[i].id, id) == 0) {
            return scores->items[i].node;
        }
    }
    return NULL;
}
