/* From possible values to possible outcomes: every combination of the states that are still possible is put
 * to an item's rules, and the first rule that holds gives the outcome. */
#include "score/parts.h"

#include <math.h>
#include <string.h>

static bool term_holds(const Term *term, const size_t *states)
{
    bool any = false;
    for (size_t i = 0; i < term->literal_count && !any; i++) {
        const Literal *literal = &term->literals[i];
        any = (literal->states >> states[literal->variable] & 1) != 0;
    }
    return any != term->negated;
}

static bool rule_holds(const ScoreRule *rule, const size_t *states)
{
    for (size_t i = 0; i < rule->term_count; i++) {
        if (!term_holds(&rule->terms[i], states)) {
            return false;
        }
    }
    return true;
}

/* The outcomes of one combination; none if a rule says that it cannot be, or no rule speaks of it. */
static uint64_t outcomes_at(const Item *item, const size_t *states)
{
    for (size_t i = 0; i < item->rule_count; i++) {
        if (rule_holds(&item->rules[i], states)) {
            return item->rules[i].outcomes;
        }
    }
    return 0;
}

/* The next combination of possible states, as an odometer counts; false after the last. */
static bool next_states(const Item *item, const uint64_t *possible, size_t *states)
{
    for (size_t v = 0; v < item->variable_count; v++) {
        size_t count = item->variables[v].state_count;
        do {
            states[v]++;
        } while (states[v] < count && !(possible[v] >> states[v] & 1));
        if (states[v] < count) {
            return true;
        }
        states[v] = (size_t)__builtin_ctzll(possible[v]);
    }
    return false;
}

static uint64_t all_outcomes(const Item *item)
{
    return item->outcome_count >= 64 ? UINT64_MAX : ((uint64_t)1 << item->outcome_count) - 1;
}

/* Does it matter for the outcome in which of its states the variable is? Its own outcomes stand in
 * `by_state`. */
static bool makes_difference(const uint64_t *by_state, size_t state_count)
{
    uint64_t first = 0;
    for (size_t s = 0; s < state_count; s++) {
        if (by_state[s] && first && by_state[s] != first) {
            return true;
        }
        first = first ? first : by_state[s];
    }
    return false;
}

static void mark_missing(const Item *item, const bool *is_known, uint64_t (*by_state)[SCORE_MAX_STATES],
                         ItemResult *out)
{
    for (size_t v = 0; v < item->variable_count; v++) {
        if (!is_known[v] && makes_difference(by_state[v], item->variables[v].state_count)) {
            out->missing |= (uint64_t)1 << v;
        }
    }
}

static ItemResult evaluate_item(const Item *item, const Known *known, Arena *arena)
{
    ItemResult out = {0};
    size_t count = item->variable_count;
    uint64_t *possible = arena_array(arena, count + 1, sizeof *possible);
    bool *is_known = arena_array(arena, count + 1, sizeof *is_known);
    size_t *states = arena_array(arena, count + 1, sizeof *states);
    uint64_t(*by_state)[SCORE_MAX_STATES] = arena_array(arena, count + 1, sizeof *by_state);
    for (size_t v = 0; v < count; v++) {
        possible[v] = variable_possible(&item->variables[v], known, &is_known[v]);
        states[v] = (size_t)__builtin_ctzll(possible[v]);
    }
    do {
        uint64_t outcomes = outcomes_at(item, states);
        out.outcomes |= outcomes;
        for (size_t v = 0; v < count; v++) {
            by_state[v][states[v]] |= outcomes;
        }
    } while (next_states(item, possible, states));
    out.contradictory = out.outcomes == 0;
    out.outcomes = out.outcomes ? out.outcomes : all_outcomes(item);
    out.open = (out.outcomes & (out.outcomes - 1)) != 0;
    mark_missing(item, is_known, by_state, &out);
    return out;
}

/* ---- does it apply? ---- */

/* As rule_holds, but what is unknown does not hold. */
static bool need_holds(const ScoreRule *rule, const size_t *states, const bool *is_known)
{
    for (size_t i = 0; i < rule->term_count; i++) {
        const Term *term = &rule->terms[i];
        bool any = false;
        for (size_t j = 0; j < term->literal_count; j++) {
            const Literal *literal = &term->literals[j];
            any = any || (is_known[literal->variable] && (literal->states >> states[literal->variable] & 1));
        }
        if (any == term->negated) {
            return false;
        }
    }
    return true;
}

/* Does one of the rules hold for some combination of what is possible and known? */
static bool may_hold(const Item *need, const Known *known)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t count = need->variable_count;
    uint64_t *possible = arena_array(arena, count + 1, sizeof *possible);
    size_t *states = arena_array(arena, count + 1, sizeof *states);
    bool *is_known = arena_array(arena, count + 1, sizeof *is_known), holds = false;
    for (size_t v = 0; v < count; v++) {
        possible[v] = variable_possible(&need->variables[v], known, &is_known[v]);
        states[v] = (size_t)__builtin_ctzll(possible[v]);
    }
    do {
        for (size_t r = 0; r < need->rule_count && !holds; r++) {
            holds = need_holds(&need->rules[r], states, is_known);
        }
    } while (!holds && next_states(need, possible, states));
    return holds;
}

static bool diagnosis_fits(const Score *score, const Known *known)
{
    const ScoreFacts *facts = known->facts;
    uint64_t wanted = score->meant.diagnoses;
    if (score->meant.of_assumed && facts->assumed >= 0) {
        return (wanted >> facts->assumed & 1) != 0;
    }
    size_t count = vocabulary_diagnosis_count(known->vocabulary);
    for (size_t d = 0; d < count; d++) {
        if ((wanted >> d & 1) && (!facts->plausible || facts->plausible[d])) {
            return true;
        }
    }
    return false;
}

static const char *why_not(const Score *score, const Known *known)
{
    if (!diagnosis_fits(score, known)) {
        return score->meant.reasons[0];
    }
    for (size_t i = 0; i < score->meant.need_count; i++) {
        if (!may_hold(&score->meant.needs[i], known)) {
            return score->meant.reasons[i + 1];
        }
    }
    return NULL;
}

/* ---- the whole score ---- */

static void add_sum(const Score *score, ScoreResult *out)
{
    for (size_t i = 0; i < score->item_count; i++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t o = 0; o < score->items[i].outcome_count; o++) {
            if (out->items[i].outcomes >> o & 1) {
                low = fmin(low, score->items[i].outcomes[o].points);
                high = fmax(high, score->items[i].outcomes[o].points);
            }
        }
        out->low += low;
        out->high += high;
    }
    for (size_t b = 0; b < score->band_count; b++) {
        if (score->bands[b].from <= out->high && score->bands[b].to >= out->low) {
            out->bands |= (uint64_t)1 << b;
        }
    }
}

static void add_grades(const Score *score, ScoreResult *out)
{
    size_t last = score->item_count - 1;
    const Item *item = &score->items[last];
    for (size_t o = 0; o < item->outcome_count; o++) {
        if (out->items[last].outcomes >> o & 1) {
            out->grades |= (uint64_t)1 << item->outcomes[o].grade;
        }
    }
    out->low = (double)__builtin_ctzll(out->grades);
    out->high = (double)(63 - __builtin_clzll(out->grades));
    for (size_t g = 0; g < score->grade_count; g++) {
        bool possible = (out->grades >> g & 1) != 0;
        if (possible && score->grades[g].band < score->band_count) {
            out->bands |= (uint64_t)1 << score->grades[g].band;
        }
    }
}

static ScoreResult evaluate_score(const Score *score, Known *known, Arena *arena)
{
    ScoreResult out = {.score = score, .items = arena_array(arena, score->item_count, sizeof *out.items)};
    uint64_t *outcomes = arena_array(arena, score->item_count, sizeof *outcomes);
    known->score = score;
    known->item_outcomes = outcomes;
    out.reason = why_not(score, known);
    out.applies = !out.reason;
    for (size_t i = 0; out.applies && i < score->item_count; i++) {
        out.items[i] = evaluate_item(&score->items[i], known, arena);
        outcomes[i] = out.items[i].outcomes;
    }
    if (out.applies && score->kind == SCORE_SUM) {
        add_sum(score, &out);
    } else if (out.applies && score->kind == SCORE_GRADE) {
        add_grades(score, &out);
    }
    return out;
}

ScoreResult *scores_evaluate(const Scores *scores, const Case *c, const ScoreFacts *facts, Arena *arena)
{
    static const ScoreFacts nothing = {.assumed = -1};
    ScoreResult *results = arena_array(arena, scores->count, sizeof *results);
    uint64_t *bands = arena_array(arena, scores->count, sizeof *bands);
    Known known = {.c = c,
                   .facts = facts ? facts : &nothing,
                   .vocabulary = knowledge_vocabulary(scores->knowledge),
                   .scores = scores,
                   .score_bands = bands};
    for (size_t i = 0; i < scores->count; i++) {
        results[i] = evaluate_score(&scores->items[i], &known, arena);
        bands[i] = results[i].bands;
    }
    return results;
}

/* ---- what is unknown ---- */

static void add_unknown(Unknown *list, size_t *count, const char *id, const char *label)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].id, id) == 0) {
            return;
        }
    }
    list[(*count)++] = (Unknown){id, label};
}

static bool is_helper(const Item *item, const Variable *variable)
{
    VALUE_EACH(helper, item->helpers)
    {
        if (strcmp(value_string(helper), variable->name) == 0) {
            return true;
        }
    }
    return false;
}

/* The missing variables that are told: helpers only where nothing else is missing. */
static uint64_t told_missing(const Item *item, uint64_t missing)
{
    uint64_t main = 0;
    for (size_t v = 0; v < item->variable_count; v++) {
        main |= is_helper(item, &item->variables[v]) ? 0 : missing & (uint64_t)1 << v;
    }
    return main ? main : missing;
}

/* What an item misses, and what the items miss that it asks. */
static void gather_unknown(const ScoreResult *result, size_t index, Unknown *list, size_t *count)
{
    const Item *item = &result->score->items[index];
    uint64_t told = told_missing(item, result->items[index].missing);
    for (size_t v = 0; v < item->variable_count; v++) {
        const Variable *variable = &item->variables[v];
        if (!(told >> v & 1)) {
            continue;
        }
        if (variable->kind == VARIABLE_ITEM) {
            gather_unknown(result, (size_t)(variable->item - result->score->items), list, count);
        } else if (variable->kind == VARIABLE_BAND) {
            add_unknown(list, count, variable->score->id, variable->score->label);
        } else if (variable->kind != VARIABLE_DIAGNOSIS) {
            add_unknown(list, count, variable->alternates[0]->id, variable->alternates[0]->label);
        }
    }
}

size_t result_unknown(const ScoreResult *result, Arena *arena, Unknown **out)
{
    const Score *score = result->score;
    size_t capacity = 1, count = 0;
    for (size_t i = 0; i < score->item_count; i++) {
        capacity += score->items[i].variable_count;
    }
    Unknown *list = arena_array(arena, capacity, sizeof *list);
    for (size_t i = score->kind == SCORE_GRADE ? score->item_count - 1 : 0; i < score->item_count; i++) {
        gather_unknown(result, i, list, &count);
    }
    *out = list;
    return count;
}

/* ---- one score for other rooms ---- */

bool score_compute(const Scores *scores, const char *id, const Case *c, const ScoreFacts *facts, Arena *arena,
                   ScoreRange *out)
{
    size_t index = 0;
    while (index < scores->count && strcmp(scores->items[index].id, id) != 0) {
        index++;
    }
    if (index == scores->count) {
        return false;
    }
    const ScoreResult *result = &scores_evaluate(scores, c, facts, arena)[index];
    const Score *score = result->score;
    *out = (ScoreRange){.id = score->id, .applies = result->applies, .reason = result->reason};
    if (!result->applies) {
        return true;
    }
    Unknown *unknown;
    out->unknown_count = result_unknown(result, arena, &unknown);
    const char **labels = arena_array(arena, out->unknown_count + 1, sizeof *labels);
    for (size_t i = 0; i < out->unknown_count; i++) {
        labels[i] = unknown[i].label;
    }
    out->unknown = labels;
    out->low = result->low;
    out->high = result->high;
    if (score->kind == SCORE_GRADE) {
        out->low_grade = score->grades[(size_t)result->low].id;
        out->high_grade = score->grades[(size_t)result->high].id;
    }
    return true;
}
