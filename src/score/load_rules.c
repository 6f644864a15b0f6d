/* Conditions and rules, read from YAML. A condition is a map whose entries all hold:
 *
 *     mr.t2: high                     a value, or one of a list; of a set: a member is present
 *     ct.density|xr.density: lytic    the first of the findings that is known speaks
 *     stage.kps: "50..70"             a number: "a..b" (both included), ">a", ">=a", "<a", "<=a" or a
 *     diagnosis: chordoma             or diagnosis.group: [benign, intermediate]
 *     item.cortex: breached           what an earlier item of the score came to
 *     band.sins: stable               the band of an earlier score
 *     known.xr.visible: "yes"         whether anything is known of a finding
 *     not: { … }                      none of the entries holds */
#include "score/parts.h"

#include "base/nearest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VARIABLES = 24, MOST_CUTS = 31, MOST_OUTCOMES = 64 };
/* Combinations that one item may have: so that a score is quick whatever is unknown. */
static const double most_combinations = 300000;

const char *score_text(const ScoreLoader *l, const Value *map, const char *key, const char *fallback)
{
    return check_text(&l->check, l->arena, map, key, fallback);
}

/* ---- ranges of numbers ---- */

typedef struct {
    double low, high;
    bool with_low, with_high; /* are the ends included? */
} Range;

static bool number_of(const char *text, size_t length, double *out)
{
    char digits[32], *end = NULL;
    if (length == 0 || length >= sizeof digits) {
        return false;
    }
    memcpy(digits, text, length);
    digits[length] = '\0';
    errno = 0;
    *out = strtod(digits, &end);
    return *end == '\0' && errno == 0 && isfinite(*out);
}

static bool range_of(const Value *node, Range *out)
{
    *out = (Range){-INFINITY, INFINITY, true, true};
    if (value_number(node, &out->low)) {
        out->high = out->low;
        return true;
    }
    const char *text = value_string(node), *dots = text ? strstr(text, "..") : NULL;
    if (!text) {
        return false;
    }
    if (dots) {
        return number_of(text, (size_t)(dots - text), &out->low) &&
               number_of(dots + 2, strlen(dots + 2), &out->high) && out->low <= out->high;
    }
    bool above = text[0] == '>', equal = (above || text[0] == '<') && text[1] == '=';
    if (!above && text[0] != '<') {
        return false;
    }
    const char *digits = text + (equal ? 2 : 1);
    *(above ? &out->with_low : &out->with_high) = equal;
    return number_of(digits, strlen(digits), above ? &out->low : &out->high);
}

static bool add_cut(Variable *v, double cut)
{
    size_t at = 0;
    while (at < v->cut_count && v->cuts[at] < cut) {
        at++;
    }
    if (!isfinite(cut) || (at < v->cut_count && v->cuts[at] == cut)) {
        return true;
    }
    if (v->cut_count == MOST_CUTS) {
        return false;
    }
    memmove(v->cuts + at + 1, v->cuts + at, (v->cut_count - at) * sizeof *v->cuts);
    v->cuts[at] = cut;
    v->cut_count++;
    return true;
}

/* All cuts that any rule of the item names for a number. */
static bool gather_cuts(Variable *v, const Value *node)
{
    bool is_range = node->key && strcmp(node->key, v->name) == 0;
    Range range;
    if (is_range && range_of(node, &range)) {
        return add_cut(v, range.low) && add_cut(v, range.high);
    }
    VALUE_EACH(child, node)
    {
        if (!gather_cuts(v, child)) {
            return false;
        }
    }
    return true;
}

static uint64_t range_states(const Variable *v, const Range *range)
{
    uint64_t mask = 0;
    for (size_t i = 0; i <= v->cut_count; i++) {
        double from = i == 0 ? -INFINITY : v->cuts[i - 1];
        double to = i == v->cut_count ? INFINITY : v->cuts[i];
        mask |= from >= range->low && to <= range->high ? (uint64_t)1 << (2 * i) : 0;
        if (i < v->cut_count) {
            double cut = v->cuts[i];
            bool above = cut > range->low || (cut == range->low && range->with_low);
            bool below = cut < range->high || (cut == range->high && range->with_high);
            mask |= above && below ? (uint64_t)1 << (2 * i + 1) : 0;
        }
    }
    return mask;
}

/* ---- variables ---- */

static const Finding *find_finding(const ScoreLoader *l, const Value *at, const char *id)
{
    const Finding *finding = vocabulary_find(l->vocabulary, id);
    if (!finding) {
        const char *near = vocabulary_nearest(l->vocabulary, id);
        check_fail_key(&l->check, at, "unknown finding %s%s%s%s", check_quote(&l->check, id),
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return finding;
}

static bool same_values(const Finding *a, const Finding *b)
{
    bool same = a->kind == b->kind && a->value_count == b->value_count;
    for (size_t i = 0; same && i < a->value_count; i++) {
        same = strcmp(a->values[i].id, b->values[i].id) == 0;
    }
    return same;
}

/* "a|b": findings of the same values. */
static bool load_alternates(const ScoreLoader *l, const Value *at, Variable *v)
{
    char *rest = arena_strdup(l->check.scratch, v->name);
    for (char *id = strsep(&rest, "|"); id; id = strsep(&rest, "|")) {
        const Finding *finding = find_finding(l, at, id);
        if (!finding) {
            return false;
        }
        if (v->alternate_count == SCORE_MAX_ALTERNATES) {
            return check_fail_key(&l->check, at, "too many alternatives");
        }
        if (v->alternate_count > 0 && !same_values(v->alternates[0], finding)) {
            return check_fail_key(&l->check, at, "'%s' and '%s' have different values", v->alternates[0]->id,
                                  finding->id);
        }
        v->alternates[v->alternate_count++] = finding;
    }
    return true;
}

static bool load_item_variable(const ScoreLoader *l, const Value *at, Variable *v)
{
    const char *id = strchr(v->name, '.') + 1;
    for (size_t i = 0; l->score && i < l->score->item_count; i++) {
        if (strcmp(l->score->items[i].id, id) == 0) {
            v->kind = VARIABLE_ITEM;
            v->item = &l->score->items[i];
            v->state_count = v->item->outcome_count;
            return true;
        }
    }
    return check_fail_key(&l->check, at, "there is no earlier item %s", check_quote(&l->check, id));
}

static bool load_band_variable(const ScoreLoader *l, const Value *at, Variable *v)
{
    const char *id = strchr(v->name, '.') + 1;
    for (size_t i = 0; i < l->scores->count; i++) {
        if (strcmp(l->scores->items[i].id, id) == 0) {
            v->kind = VARIABLE_BAND;
            v->score = &l->scores->items[i];
            v->state_count = v->score->band_count;
            return v->state_count > 0 || check_fail_key(&l->check, at, "that score has no bands");
        }
    }
    return check_fail_key(&l->check, at, "there is no earlier score %s", check_quote(&l->check, id));
}

static bool load_known_variable(const ScoreLoader *l, const Value *at, Variable *v)
{
    v->kind = VARIABLE_KNOWN;
    v->state_count = 2;
    v->alternates[0] = find_finding(l, at, strchr(v->name, '.') + 1);
    v->alternate_count = 1;
    return v->alternates[0] != NULL;
}

static bool load_finding_variable(const ScoreLoader *l, const Value *at, const Value *rules, Variable *v)
{
    const Finding *finding = load_alternates(l, at, v) ? v->alternates[0] : NULL;
    if (!finding) {
        return false;
    }
    if (finding->kind == FINDING_NUMBER) {
        v->kind = VARIABLE_NUMBER;
        v->cuts = arena_array(l->arena, MOST_CUTS, sizeof *v->cuts);
        if (!gather_cuts(v, rules)) {
            return check_fail_key(&l->check, at, "too many thresholds");
        }
        v->state_count = 2 * v->cut_count + 1;
        return true;
    }
    v->kind = finding->kind == FINDING_SET ? VARIABLE_MEMBER : VARIABLE_CHOICE;
    v->state_count = v->kind == VARIABLE_MEMBER ? 2 : finding->value_count;
    return true;
}

/* The variable of a key, which a set has one of for each member; added if it is new. NULL on failure. */
static Variable *variable_for(const ScoreLoader *l, const Value *at, const char *name, int member,
                              const Value *rules, Item *out)
{
    for (size_t i = 0; i < out->variable_count; i++) {
        if (strcmp(out->variables[i].name, name) == 0 && out->variables[i].member == member) {
            return &out->variables[i];
        }
    }
    if (out->variable_count == MOST_VARIABLES) {
        check_fail_key(&l->check, at, "an item has at most %d questions", MOST_VARIABLES);
        return NULL;
    }
    Variable *v = &out->variables[out->variable_count];
    *v = (Variable){.name = arena_strdup(l->arena, name), .member = member};
    bool good;
    if (strcmp(name, "diagnosis") == 0) {
        v->kind = VARIABLE_DIAGNOSIS;
        v->state_count = vocabulary_diagnosis_count(l->vocabulary);
        good = true;
    } else if (strncmp(name, "item.", 5) == 0) {
        good = load_item_variable(l, at, v);
    } else if (strncmp(name, "band.", 5) == 0) {
        good = load_band_variable(l, at, v);
    } else if (strncmp(name, "known.", 6) == 0) {
        good = load_known_variable(l, at, v);
    } else {
        good = load_finding_variable(l, at, rules, v);
    }
    out->variable_count += good ? 1 : 0;
    return good ? v : NULL;
}

/* ---- values ---- */

static bool unknown_value(const ScoreLoader *l, const Value *at, const char *const *names, size_t count)
{
    const char *given = value_string(at);
    if (!given) {
        return check_fail(&l->check, at, "must be a name, not %s", value_kind_name(at->kind));
    }
    const char *near = check_suggestion(&l->check, given, names, count);
    return check_fail(&l->check, at, "unknown value %s%s", check_quote(&l->check, given), near);
}

static bool group_states(const ScoreLoader *l, const Value *at, uint64_t *out)
{
    size_t count = vocabulary_diagnosis_count(l->vocabulary);
    const char **names = arena_array(l->check.scratch, count, sizeof *names);
    uint64_t mask = 0;
    for (size_t d = 0; d < count; d++) {
        names[d] = vocabulary_diagnosis(l->vocabulary, d)->group;
        bool is_in = value_string(at) && strcmp(names[d], at->string) == 0;
        mask |= is_in ? (uint64_t)1 << d : 0;
    }
    *out |= mask;
    return mask || unknown_value(l, at, names, count);
}

static const char *state_name(const ScoreLoader *l, const Variable *v, size_t state)
{
    switch (v->kind) {
    case VARIABLE_DIAGNOSIS:
        return vocabulary_diagnosis(l->vocabulary, state)->id;
    case VARIABLE_ITEM:
        return v->item->outcomes[state].id;
    case VARIABLE_BAND:
        return v->score->bands[state].id;
    case VARIABLE_KNOWN:
        return state ? "yes" : "no";
    case VARIABLE_CHOICE:
        return v->alternates[0]->values[state].id;
    case VARIABLE_MEMBER:
    case VARIABLE_NUMBER:
        break;
    }
    return ""; /* these have no names */
}

static bool named_state(const ScoreLoader *l, const Value *at, const Variable *v, uint64_t *out)
{
    size_t count = v->state_count;
    const char **names = arena_array(l->check.scratch, count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = state_name(l, v, i);
    }
    double number;
    const char *given = value_number(at, &number) ? arena_printf(l->check.scratch, "%g", number) : at->string;
    for (size_t i = 0; given && i < count; i++) {
        if (strcmp(names[i], given) == 0) {
            *out |= v->kind == VARIABLE_CHOICE ? finding_closure(v->alternates[0], (int)i) : (uint64_t)1 << i;
            return true;
        }
    }
    return unknown_value(l, at, names, count);
}

/* A member that has to be present: a literal of its own. */
static bool member_literal(const ScoreLoader *l, const Value *key, const Value *at, const Value *rules,
                           Item *out, Term *term)
{
    const Finding *finding = vocabulary_find(l->vocabulary, key->key);
    int member = value_string(at) ? finding_value(finding, at->string) : -1;
    if (member < 0 || member == finding->none_value) {
        const char *near = value_string(at) ? finding_nearest_value(finding, at->string) : NULL;
        return check_fail(&l->check, at, "no member of %s%s%s%s", finding->id, near ? "; did you mean '" : "",
                          near ? near : "", near ? "'?" : "");
    }
    const Variable *v = variable_for(l, key, key->key, member, rules, out);
    if (!v) {
        return false;
    }
    term->literals[term->literal_count++] = (Literal){(size_t)(v - out->variables), 2};
    return true;
}

static bool value_literal(const ScoreLoader *l, const Value *key, const Value *at, const Value *rules,
                          Item *out, Term *term)
{
    bool by_group = strcmp(key->key, "diagnosis.group") == 0;
    const Variable *v = variable_for(l, key, by_group ? "diagnosis" : key->key, -1, rules, out);
    if (!v) {
        return false;
    }
    uint64_t states = 0;
    Range range;
    if (v->kind == VARIABLE_NUMBER) {
        if (!range_of(at, &range)) {
            return check_fail(&l->check, at, "must be a number or a range: \"a..b\", \">a\", \"<=a\"");
        }
        states = range_states(v, &range);
    } else if (by_group ? !group_states(l, at, &states) : !named_state(l, at, v, &states)) {
        return false;
    }
    term->literals[term->literal_count++] = (Literal){(size_t)(v - out->variables), states};
    return true;
}

static bool load_term(const ScoreLoader *l, const Value *node, const Value *rules, bool negated, Item *out,
                      Term *term)
{
    const Finding *finding = vocabulary_find(l->vocabulary, node->key);
    bool is_set = finding && finding->kind == FINDING_SET;
    size_t count = node->kind == VALUE_LIST ? node->count : 1;
    *term = (Term){0, arena_array(l->arena, count + 1, sizeof *term->literals), negated};
    if (count == 0) {
        return check_fail(&l->check, node, "an empty list asks for nothing");
    }
    for (const Value *at = node->kind == VALUE_LIST ? node->first : node; at;
         at = node->kind == VALUE_LIST ? at->next : NULL) {
        if (is_set ? !member_literal(l, node, at, rules, out, term)
                   : !value_literal(l, node, at, rules, out, term)) {
            return false;
        }
    }
    return true;
}

static bool load_when(const ScoreLoader *l, const Value *when, const Value *rules, bool negated, Item *out,
                      ScoreRule *rule, size_t capacity)
{
    if (!check_kind(&l->check, when, VALUE_MAP)) {
        return false;
    }
    VALUE_EACH(node, when)
    {
        if (strcmp(node->key, "not") == 0 && !negated) {
            if (!load_when(l, node, rules, true, out, rule, capacity)) {
                return false;
            }
        } else if (rule->term_count == capacity) {
            return check_fail_key(&l->check, node, "too many conditions");
        } else if (!load_term(l, node, rules, negated, out, &rule->terms[rule->term_count++])) {
            return false;
        }
    }
    return true;
}

static void start(const ScoreLoader *l, Item *out, size_t rule_count)
{
    out->variables = arena_array(l->arena, MOST_VARIABLES, sizeof *out->variables);
    out->outcomes = arena_array(l->arena, MOST_OUTCOMES, sizeof *out->outcomes);
    out->rules = arena_array(l->arena, rule_count + 1, sizeof *out->rules);
}

static bool load_rule_when(const ScoreLoader *l, const Value *when, const Value *rules, Item *out,
                           ScoreRule *rule)
{
    enum { MOST_TERMS = 16 };
    rule->terms = arena_array(l->arena, MOST_TERMS, sizeof *rule->terms);
    return !when || load_when(l, when, rules, false, out, rule, MOST_TERMS);
}

static bool check_size(const ScoreLoader *l, const Value *at, const Item *item)
{
    double combinations = 1;
    for (size_t v = 0; v < item->variable_count; v++) {
        if (item->variables[v].state_count > SCORE_MAX_STATES) {
            return check_fail(&l->check, at, "'%s' has too many states", item->variables[v].name);
        }
        combinations *= (double)item->variables[v].state_count;
    }
    return combinations <= most_combinations ||
           check_fail(&l->check, at, "these rules ask for too much at once (%.0f combinations)",
                      combinations);
}

bool score_load_condition(const ScoreLoader *l, const Value *when, Item *out)
{
    bool is_list = when->kind == VALUE_LIST;
    start(l, out, is_list ? when->count : 1);
    for (const Value *node = is_list ? when->first : when; node; node = is_list ? node->next : NULL) {
        if (!load_rule_when(l, node, when, out, &out->rules[out->rule_count++])) {
            return false;
        }
    }
    return check_size(l, when, out);
}

/* ---- outcomes ---- */

/* What a rule gives: `points` of a sum, `grade` of the last item of a graded score, `is` of others. */
static const Value *given_outcome(const ScoreLoader *l, const Value *rule)
{
    static const char *const keys[] = {"points", "grade", "is"};
    const Value *given = NULL;
    for (size_t i = 0; i < CHECK_COUNT(keys); i++) {
        given = given ? given : value_get(rule, keys[i]);
    }
    if (!given) {
        check_fail(&l->check, rule, "a rule gives `points`, a `grade`, `is` or is `impossible`");
    }
    return given;
}

static bool find_grade(const ScoreLoader *l, const Value *at, const char *id, size_t *out)
{
    const Score *score = l->score;
    const char **names = arena_array(l->check.scratch, score->grade_count + 1, sizeof *names);
    for (size_t i = 0; i < score->grade_count; i++) {
        names[i] = score->grades[i].id;
        if (strcmp(names[i], id) == 0) {
            *out = i;
            return true;
        }
    }
    return check_fail(&l->check, at, "no grade of this score: %s%s", check_quote(&l->check, id),
                      check_suggestion(&l->check, id, names, score->grade_count));
}

static bool add_outcome(const ScoreLoader *l, const Value *at, const char *text, Item *out, uint64_t *mask)
{
    double points = 0;
    bool is_number = value_number(at, &points);
    const char *id = is_number ? arena_printf(l->arena, "%g", points) : value_string(at);
    bool sum = strcmp(at->key ? at->key : at->parent->key, "points") == 0;
    bool grade = strcmp(at->key ? at->key : at->parent->key, "grade") == 0;
    if (!id || (sum && !is_number)) {
        return check_fail(&l->check, at, "must be %s", sum ? "a number" : "a name");
    }
    size_t index = 0;
    while (index < out->outcome_count && strcmp(out->outcomes[index].id, id) != 0) {
        index++;
    }
    if (index == MOST_OUTCOMES) {
        return check_fail(&l->check, at, "an item has at most %d outcomes", MOST_OUTCOMES);
    }
    Outcome *outcome = &out->outcomes[index];
    if (index == out->outcome_count) {
        *outcome = (Outcome){.id = arena_strdup(l->arena, id), .text = text, .points = points};
        out->outcome_count++;
        if (grade && !find_grade(l, at, id, &outcome->grade)) {
            return false;
        }
    } else if (!outcome->text[0]) {
        outcome->text = text;
    } else if (text[0] && strcmp(outcome->text, text) != 0) {
        return check_fail(&l->check, at, "this outcome has another text already");
    }
    *mask |= (uint64_t)1 << index;
    return true;
}

static bool load_outcomes(const ScoreLoader *l, const Value *rule, Item *out, uint64_t *mask)
{
    if (value_truth(rule, "impossible")) {
        return true;
    }
    const Value *given = given_outcome(l, rule);
    const char *text = given ? score_text(l, rule, "as", "") : NULL;
    if (!text) {
        return false;
    }
    if (given->kind != VALUE_LIST) {
        return add_outcome(l, given, text, out, mask);
    }
    VALUE_EACH(item, given)
    {
        if (!add_outcome(l, item, text, out, mask)) {
            return false;
        }
    }
    return true;
}

bool score_load_rules(const ScoreLoader *l, const Value *list, Item *out)
{
    static const char *const keys[] = {"when", "points", "grade", "is", "as", "impossible"};
    start(l, out, list->count);
    VALUE_EACH(node, list)
    {
        ScoreRule *rule = &out->rules[out->rule_count++];
        if (!check_kind(&l->check, node, VALUE_MAP) ||
            !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
            !load_outcomes(l, node, out, &rule->outcomes) ||
            !load_rule_when(l, value_get(node, "when"), list, out, rule)) {
            return false;
        }
    }
    if (out->outcome_count == 0) {
        return check_fail(&l->check, list, "no rule gives an outcome");
    }
    return check_size(l, list, out);
}
