/* Conditions over findings, probabilities and scores. */
#include "advice/rules.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

/* One value in ten lies beyond this many standard deviations on one side of a normal distribution. */
static const double tenth_sd = 1.2816;
static const double possible_share = 0.1;

const char *holding_name(Holding holding)
{
    static const char *const names[] = {"", "possible", "measured", "reported", "calculated"};
    return names[holding];
}

bool rule_fault(DensError **err, const char *file, const Value *at, Arena *arena, const char *format, ...)
{
    const char *where = file;
    if (at) {
        int line = at->key_line ? at->key_line : at->line,
            column = at->key_line ? at->key_column : at->column;
        where = arena_printf(arena, "%s:%d:%d: %s", file, line, column, value_where(at, arena));
    }
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, DENS_ERROR_INPUT, where, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- reading ---- */

static bool add_value(Term *term, const Value *node, const RuleSource *s, DensError **err)
{
    const char *name = value_string(node);
    int value = name ? finding_value(term->finding, name) : -1;
    if (value < 0) {
        const char *near = name ? finding_nearest_value(term->finding, name) : NULL;
        return rule_fault(err, s->file, node, s->arena, "\"%s\" is no value of %s%s%s%s",
                          name ? name : value_kind_name(node->kind), term->finding->id,
                          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    term->values |= finding_closure(term->finding, value);
    return true;
}

/* { at_least: 20 }, { below: 18 }, or both. */
static bool parse_limits(Term *out, const Value *node, const RuleSource *s, DensError **err)
{
    out->least = -INFINITY;
    out->below = INFINITY;
    VALUE_EACH(child, node)
    {
        bool least = strcmp(child->key, "at_least") == 0;
        if (!least && strcmp(child->key, "below") != 0) {
            return rule_fault(err, s->file, child, s->arena, "unknown key; a limit is at_least or below");
        }
        if (!value_number(child, least ? &out->least : &out->below)) {
            return rule_fault(err, s->file, child, s->arena, "must be a number");
        }
    }
    return out->least < out->below ||
           rule_fault(err, s->file, node, s->arena, "no number is at least %g and below %g", out->least,
                      out->below);
}

static bool parse_known(Term *out, const Value *known, const RuleSource *s, DensError **err)
{
    out->kind = TERM_KNOWN;
    out->known = known->boolean;
    return known->kind == VALUE_BOOL || rule_fault(err, s->file, known, s->arena, "must be true or false");
}

static bool parse_finding(Term *out, const Value *node, const RuleSource *s, DensError **err)
{
    out->finding = vocabulary_find(s->vocabulary, node->key);
    if (!out->finding || strcmp(node->key, "patient.sex") == 0) {
        const char *near = out->finding ? NULL : vocabulary_nearest(s->vocabulary, node->key);
        return rule_fault(err, s->file, node, s->arena, "%s is no finding that a condition can hold%s%s%s",
                          node->key, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    const Value *known = value_get(node, "known");
    if (known) {
        return parse_known(out, known, s, err);
    }
    if (out->finding->kind == FINDING_NUMBER) {
        out->kind = TERM_NUMBER;
        return (node->kind == VALUE_MAP && node->count) ? parse_limits(out, node, s, err)
                                                        : rule_fault(err, s->file, node, s->arena,
                                                                     "%s is a number: { at_least: … } or "
                                                                     "{ below: … } is expected",
                                                                     node->key);
    }
    out->kind = TERM_VALUES;
    if (node->kind != VALUE_LIST) {
        return add_value(out, node, s, err);
    }
    VALUE_EACH(item, node)
    {
        if (!add_value(out, item, s, err)) {
            return false;
        }
    }
    return node->count > 0 || rule_fault(err, s->file, node, s->arena, "names no value");
}

/* One name or a list of names: each a diagnosis, or each a group. */
static bool mark(bool *marked, const Value *node, bool groups, const RuleSource *s, DensError **err)
{
    const char *name = value_string(node);
    bool any = false;
    for (size_t d = 0; name && d < vocabulary_diagnosis_count(s->vocabulary); d++) {
        const DiagnosisName *diagnosis = vocabulary_diagnosis(s->vocabulary, d);
        bool same = strcmp(groups ? diagnosis->group : diagnosis->id, name) == 0;
        marked[d] = marked[d] || same;
        any = any || same;
    }
    if (name) {
        return any || rule_fault(err, s->file, node, s->arena, "\"%s\" is no %s", name,
                                 groups ? "group of diagnoses" : "diagnosis");
    }
    if (node->kind != VALUE_LIST || node->count == 0) {
        return rule_fault(err, s->file, node, s->arena, "must be a name or a list of names");
    }
    VALUE_EACH(item, node)
    {
        if (!mark(marked, item, groups, s, err)) {
            return false;
        }
    }
    return true;
}

static bool mark_under(const bool **out, const Value *node, bool groups, const RuleSource *s, DensError **err)
{
    bool *marked = arena_array(s->arena, vocabulary_diagnosis_count(s->vocabulary), sizeof *marked);
    if (*out) {
        memcpy(marked, *out, vocabulary_diagnosis_count(s->vocabulary) * sizeof *marked);
    }
    *out = marked;
    return mark(marked, node, groups, s, err);
}

static bool parse_posterior_key(Term *out, const Value *child, const RuleSource *s, DensError **err)
{
    const char *key = child->key;
    if (strcmp(key, "group") == 0 || strcmp(key, "diagnosis") == 0) {
        return mark_under(&out->counted, child, key[0] == 'g', s, err);
    }
    if (strcmp(key, "leader") == 0 || strcmp(key, "leader_group") == 0) {
        return mark_under(&out->leading, child, key[6] != '\0', s, err);
    }
    if (strcmp(key, "at_least") != 0) {
        return rule_fault(err, s->file, child, s->arena,
                          "unknown key; there are group, diagnosis, at_least, leader and leader_group");
    }
    return (value_number(child, &out->least) && out->least > 0 && out->least <= 1) ||
           rule_fault(err, s->file, child, s->arena, "must be a probability above 0");
}

static bool parse_posterior(Term *out, const Value *node, const RuleSource *s, DensError **err)
{
    out->kind = TERM_POSTERIOR;
    out->least = -INFINITY;
    if (node->kind != VALUE_MAP || node->count == 0) {
        return rule_fault(err, s->file, node, s->arena, "must be a map");
    }
    VALUE_EACH(child, node)
    {
        if (!parse_posterior_key(out, child, s, err)) {
            return false;
        }
    }
    return (out->counted != NULL) == (out->least > 0) ||
           rule_fault(err, s->file, node, s->arena, "`group` or `diagnosis` and `at_least` go together");
}

/* { sins: { at_least: 7 } } */
static bool parse_score(Term *out, const Value *node, const RuleSource *s, DensError **err)
{
    out->kind = TERM_SCORE;
    if (node->kind != VALUE_MAP || node->count != 1 || node->first->kind != VALUE_MAP) {
        return rule_fault(err, s->file, node, s->arena, "must be a map from one score to its limits");
    }
    out->score = node->first->key;
    return parse_limits(out, node->first, s, err);
}

static bool parse_term(Term *out, const Value *node, const RuleSource *s, DensError **err)
{
    if (strcmp(node->key, "posterior") == 0) {
        return parse_posterior(out, node, s, err);
    }
    if (strcmp(node->key, "score") == 0) {
        return parse_score(out, node, s, err);
    }
    if (strcmp(node->key, "pathology") == 0) {
        const char *state = value_string(node);
        out->kind = TERM_PATHOLOGY;
        out->known = state && strcmp(state, "known") == 0;
        return out->known || (state && strcmp(state, "unknown") == 0) ||
               rule_fault(err, s->file, node, s->arena, "must be known or unknown");
    }
    return parse_finding(out, node, s, err);
}

static bool parse_alternative(Alternative *out, const Value *node, const RuleSource *s, DensError **err)
{
    if (node->kind != VALUE_MAP || node->count == 0) {
        return rule_fault(err, s->file, node, s->arena, "an alternative is a map from findings to values");
    }
    out->terms = arena_array(s->arena, node->count, sizeof *out->terms);
    VALUE_EACH(item, node)
    {
        if (!parse_term(&out->terms[out->term_count++], item, s, err)) {
            return false;
        }
    }
    return true;
}

bool rule_parse(Rule *out, const Value *when, const RuleSource *source, DensError **err)
{
    *out = (Rule){0};
    if (!when || when->kind != VALUE_LIST || when->count == 0) {
        return rule_fault(err, source->file, when, source->arena,
                          "a condition must be a list of alternatives");
    }
    out->alternatives = arena_array(source->arena, when->count, sizeof *out->alternatives);
    VALUE_EACH(item, when)
    {
        if (!parse_alternative(&out->alternatives[out->alternative_count++], item, source, err)) {
            return false;
        }
    }
    return true;
}

bool rule_has_limit(const Rule *rule)
{
    for (size_t i = 0; i < rule->alternative_count; i++) {
        for (size_t k = 0; k < rule->alternatives[i].term_count; k++) {
            const Term *term = &rule->alternatives[i].terms[k];
            if (term->kind == TERM_NUMBER || term->kind == TERM_SCORE || term->counted) {
                return true;
            }
        }
    }
    return false;
}

bool rule_counts(const Rule *rule)
{
    for (size_t i = 0; i < rule->alternative_count; i++) {
        bool counts = false;
        for (size_t k = 0; k < rule->alternatives[i].term_count; k++) {
            counts = counts || rule->alternatives[i].terms[k].counted;
        }
        if (!counts) {
            return false;
        }
    }
    return rule->alternative_count > 0;
}

/* ---- holding a case against it ---- */

static const CaseFinding *known_finding(const Term *term, const View *view)
{
    const CaseFinding *known = case_find(view->c, term->finding->id);
    bool hidden = view->without_path && strcmp(term->finding->section, "path") == 0;
    return known && !hidden && (known->has_read || known->has_measured) ? known : NULL;
}

static Holding values_hold(const Term *term, const View *view)
{
    const CaseFinding *known = known_finding(term, view);
    uint64_t possible = known ? case_possible(view->c, term->finding, possible_share) : 0;
    if (!(possible & term->values)) {
        return HOLDS_NOT;
    }
    if (term->finding->kind != FINDING_SET && (possible & ~term->values)) {
        return HOLDS_POSSIBLY;
    }
    return known->has_read ? HOLDS_REPORTED : HOLDS_MEASURED;
}

static bool within(const Term *term, double number)
{
    return number >= term->least && number < term->below;
}

static Holding number_holds(const Term *term, const View *view)
{
    if (strcmp(term->finding->id, "patient.age") == 0) {
        return view->c->has_age && within(term, view->c->age_years) ? HOLDS_REPORTED : HOLDS_NOT;
    }
    const CaseFinding *known = known_finding(term, view);
    if (known && !known->has_read) {
        double low = known->measured_number - tenth_sd * known->measured_sd;
        double high = known->measured_number + tenth_sd * known->measured_sd;
        bool possible = high >= term->least && low < term->below;
        bool sure = low >= term->least && high < term->below;
        return sure ? HOLDS_MEASURED : possible ? HOLDS_POSSIBLY : HOLDS_NOT;
    }
    size_t inside = 0, count = known ? known->read_number_count : 0;
    for (size_t i = 0; i < count; i++) {
        inside += within(term, known->read_numbers[i]);
    }
    return !inside ? HOLDS_NOT : inside < count ? HOLDS_POSSIBLY : HOLDS_REPORTED;
}

static bool any_pathology(const View *view)
{
    for (size_t i = 0; i < view->c->finding_count && !view->without_path; i++) {
        if (strcmp(view->c->findings[i].finding->section, "path") == 0) {
            return true;
        }
    }
    return false;
}

static bool posterior_holds(const Term *term, const View *view, Match *match)
{
    const Posterior *p = view->posterior;
    size_t none = p->hypothesis_count - 1, first = p->hypothesis_count;
    if (term->leading && (p->order[0] == none || !term->leading[p->order[0]])) {
        return false;
    }
    double share = 0;
    for (size_t i = 0; term->counted && i < p->hypothesis_count; i++) {
        size_t h = p->order[i];
        if (h != none && term->counted[h]) {
            share += p->probability[h];
            first = first == p->hypothesis_count ? h : first;
        }
    }
    if (term->counted && share < term->least) {
        return false;
    }
    if (term->counted && match->first == p->hypothesis_count) {
        match->share = share;
        match->first = first;
    }
    return true;
}

/* The lower end of a range counts: what the score is at least, whatever is not known. */
static bool score_holds(const Term *term, const View *view)
{
    VALUE_EACH(score, view->scores)
    {
        const char *id = value_text(score, "id");
        const Value *value = value_get(score, "value");
        double low = 0, high = 0;
        if (id && strcmp(id, term->score) == 0) {
            bool single = value_number(value, &low);
            high = low;
            return (single ||
                    (value_number(value_at(value, 0), &low) && value_number(value_at(value, 1), &high))) &&
                   low >= term->least && high < term->below;
        }
    }
    return false;
}

static Holding term_holds(const Term *term, const View *view, Match *match)
{
    switch (term->kind) {
    case TERM_VALUES:
        return values_hold(term, view);
    case TERM_NUMBER:
        return number_holds(term, view);
    case TERM_KNOWN:
        return (known_finding(term, view) != NULL) == term->known ? HOLDS_CALCULATED : HOLDS_NOT;
    case TERM_PATHOLOGY:
        return any_pathology(view) == term->known ? HOLDS_CALCULATED : HOLDS_NOT;
    case TERM_POSTERIOR:
        return posterior_holds(term, view, match) ? HOLDS_CALCULATED : HOLDS_NOT;
    case TERM_SCORE:
        return score_holds(term, view) ? HOLDS_CALCULATED : HOLDS_NOT;
    }
    return HOLDS_NOT;
}

static Holding alternative_holds(const Alternative *alternative, const View *view, Match *match)
{
    Holding weakest = HOLDS_CALCULATED;
    for (size_t i = 0; i < alternative->term_count && weakest != HOLDS_NOT; i++) {
        Holding holding = term_holds(&alternative->terms[i], view, match);
        weakest = holding < weakest ? holding : weakest;
    }
    return weakest;
}

static void add_once(Value *list, const char *id)
{
    VALUE_EACH(item, list)
    {
        if (strcmp(item->string, id) == 0) {
            return;
        }
    }
    value_add_string(list, id);
}

/* The findings and scores that are shown; the patient's age stands at the head of every report. */
static void add_because(const Alternative *alternative, Value *findings, Value *scores)
{
    for (size_t i = 0; i < alternative->term_count; i++) {
        const Term *term = &alternative->terms[i];
        if (term->kind == TERM_SCORE) {
            add_once(scores, term->score);
        } else if ((term->kind == TERM_VALUES || term->kind == TERM_NUMBER) &&
                   strcmp(term->finding->section, "patient") != 0) {
            add_once(findings, term->finding->id);
        }
    }
}

bool rule_may_hold(const Rule *rule, const View *view)
{
    for (size_t i = 0; i < rule->alternative_count; i++) {
        Match told = {.first = view->posterior->hypothesis_count};
        if (alternative_holds(&rule->alternatives[i], view, &told)) {
            return true;
        }
    }
    return false;
}

Match rule_match(const Rule *rule, const View *view, Arena *arena)
{
    Match match = {.holding = HOLDS_NOT, .first = view->posterior->hypothesis_count};
    Holding *holds = arena_array(arena, rule->alternative_count, sizeof *holds);
    for (size_t i = 0; i < rule->alternative_count; i++) {
        Match told = {.first = match.first};
        holds[i] = alternative_holds(&rule->alternatives[i], view, &told);
        if (holds[i] > match.holding) {
            match = (Match){.holding = holds[i], .share = told.share, .first = told.first};
        }
    }
    Value *because = value_new_list(arena), *scores = value_new_list(arena);
    for (size_t i = 0; i < rule->alternative_count && match.holding; i++) {
        if (holds[i] == match.holding) {
            add_because(&rule->alternatives[i], because, scores);
        }
    }
    match.because = because;
    match.scores = scores;
    return match;
}
