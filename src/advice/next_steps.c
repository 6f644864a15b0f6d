/* The list of next examinations and what to think of before a biopsy.
 *
 * An examination's worth is the loss that it is expected to spare, and a little for what it says of the
 * diagnosis alone, less its burden. Those that a rule proposes come first, whatever their worth: before all
 * those of a rule that asks for findings alone (flow voids), then those of one that asks for a probability.
 */
#include "advice/next_parts.h"

#include "base/file.h"
#include "base/yaml.h"

#include <math.h>
#include <string.h>

enum { ANSWERS = 4, LEADS = 2 };

typedef struct {
    const Proposal *proposal;
    const NextRule *rule; /* that proposes it, or NULL */
    NextGain gain;
    double worth;
} Candidate;

NextSteps *next_steps_load(const Knowledge *knowledge, DensError **err)
{
    Arena *arena = knowledge_arena_beside(knowledge);
    AUTO(arena_auto) Arena *scratch = arena_new();
    NextSteps *steps = arena_alloc(arena, sizeof *steps);
    *steps = (NextSteps){.arena = arena, .knowledge = knowledge};
    const char *file = file_join(arena, knowledge_folder(knowledge), "examinations.yaml");
    const Value *root = yaml_read(arena, file, err);
    if (root && next_steps_parse(steps, file, root, scratch, err)) {
        return steps;
    }
    arena_free(arena);
    return NULL;
}

void next_steps_free(NextSteps *steps)
{
    if (steps) {
        arena_free(steps->arena);
    }
}

/* ---- what was done ---- */

static bool is_state(const Case *c, size_t examination, ExaminationState state)
{
    return c->examinations[examination] == state;
}

/* The examinations of the mask that are not complete. */
static uint64_t open_examinations(const Case *c, uint64_t mask)
{
    uint64_t open = 0;
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        open |= (mask >> i & 1) && !is_state(c, i, EXAMINATION_COMPLETE) ? UINT64_C(1) << i : 0;
    }
    return open;
}

/* Does the case hold a finding that only this examination shows? Then it was evidently done. */
static bool is_evident(const Case *c, size_t examination)
{
    const char *id = vocabulary_examination(c->vocabulary, examination)->id;
    for (size_t i = 0; i < c->finding_count; i++) {
        const char *const *by = c->findings[i].finding->examinations;
        /* what all of MR shows is shown by T1 and T2 */
        bool mr = strcmp(c->findings[i].finding->section, "mr") == 0 && id[0] == 't';
        for (size_t k = 0; by[k]; k++) {
            if (strcmp(by[k], id) == 0 && (mr || !by[1])) {
                return true;
            }
        }
    }
    return false;
}

/* All of the mask done at least in part? */
static bool were_done(const Case *c, uint64_t mask)
{
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        if ((mask >> i & 1) && !is_state(c, i, EXAMINATION_COMPLETE) &&
            !is_state(c, i, EXAMINATION_PARTIAL) && !is_evident(c, i)) {
            return false;
        }
    }
    return true;
}

static bool has_tissue(const Case *c)
{
    int biopsy = vocabulary_find_examination(c->vocabulary, "biopsy");
    bool tissue = biopsy >= 0 && is_state(c, (size_t)biopsy, EXAMINATION_COMPLETE);
    for (size_t i = 0; i < c->finding_count; i++) {
        tissue = tissue || strcmp(c->findings[i].finding->section, "path") == 0;
    }
    return tissue;
}

/* ---- rules ---- */

/* How probable the diagnoses are that the rule speaks of, together; 1 for one that asks for findings alone.
 */
static double likely_share(const NextRule *rule, const Posterior *p)
{
    double sum = 0;
    for (size_t h = 0; rule->likely && h < p->hypothesis_count; h++) {
        sum += rule->likely[h] ? p->probability[h] : 0;
    }
    return rule->likely ? sum : 1;
}

static bool rule_holds(const NextSteps *s, const NextRule *rule, const Case *c, const Posterior *p)
{
    View view = {.c = c, .posterior = p};
    if ((rule->has_when && !rule_may_hold(&rule->when, &view)) ||
        (rule->has_unless && rule_may_hold(&rule->unless, &view))) {
        return false;
    }
    if (rule->propose >= 0 && !open_examinations(c, s->proposals[rule->propose].performs)) {
        return false; /* it was done, and the case holds what it showed */
    }
    return !rule->likely || likely_share(rule, p) >= rule->at_least;
}

static void add_sources(Value *map, const Value *sources, Value *cited)
{
    Value *list = value_set_list(map, "sources");
    VALUE_EACH(source, sources)
    {
        value_add_string(list, value_string(source));
        value_set_bool(cited, value_string(source), true);
    }
}

static void add_warnings(const NextSteps *s, const Case *c, const Posterior *p, Value *result, Value *cited)
{
    Value *list = value_set_list(result, "warnings_before_biopsy");
    for (size_t i = 0; i < s->rule_count && !has_tissue(c); i++) {
        const NextRule *rule = &s->rules[i];
        if (rule->warn && rule_holds(s, rule, c, p)) {
            Value *warning = value_add_map(list);
            value_set_string(warning, "id", rule->id);
            value_set_string(warning, "text", rule->text);
            add_sources(warning, rule->sources, cited);
        }
    }
}

/* ---- the list ---- */

static bool is_allowed(const NextSteps *s, const Proposal *proposal, const Case *c, const Posterior *p)
{
    if (!open_examinations(c, proposal->performs) || !were_done(c, proposal->after)) {
        return false;
    }
    if (!proposal->invasive) {
        return true;
    }
    for (size_t i = 0; i < s->rule_count; i++) {
        if (s->rules[i].no_biopsy && rule_holds(s, &s->rules[i], c, p)) {
            return false;
        }
    }
    return !has_tissue(c);
}

/* Of several rules that propose it, the one whose diagnoses are likeliest says why; the warnings tell them
 * all. */
static const NextRule *proposing_rule(const NextSteps *s, size_t proposal, const Case *c, const Posterior *p)
{
    const NextRule *best = NULL;
    for (size_t i = 0; i < s->rule_count; i++) {
        const NextRule *rule = &s->rules[i];
        if (rule->propose == (int)proposal && rule_holds(s, rule, c, p) &&
            (!best || likely_share(rule, p) > likely_share(best, p))) {
            best = rule;
        }
    }
    return best;
}

static bool comes_before(const Candidate *a, const Candidate *b)
{
    if ((a->rule != NULL) != (b->rule != NULL)) {
        return a->rule != NULL;
    }
    if (a->rule && !a->rule->likely != !b->rule->likely) {
        return !a->rule->likely;
    }
    return a->worth > b->worth;
}

/* The candidates in the order in which they are shown; their number is returned. */
static size_t collect(const NextSteps *s, const Case *c, const Posterior *p, const NextBase *base,
                      Candidate *out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->proposal_count; i++) {
        const Proposal *proposal = &s->proposals[i];
        Candidate next = {.proposal = proposal};
        if (!is_allowed(s, proposal, c, p)) {
            continue;
        }
        next.rule = proposing_rule(s, i, c, p);
        bool shows = next_gain(base, open_examinations(c, proposal->performs), &next.gain);
        next.worth = next.gain.loss_now - next.gain.loss_after + s->bit * next.gain.bits - proposal->burden;
        if (!next.rule && (!shows || next.worth < s->least_worth)) {
            continue;
        }
        size_t at = count++;
        for (; at > 0 && comes_before(&next, &out[at - 1]); at--) {
            out[at] = out[at - 1];
        }
        out[at] = next;
    }
    return count < s->most ? count : s->most;
}

static const char *hypothesis_id(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none_of_these" : knowledge_diagnosis(p->knowledge, h)->name->id;
}

static void add_leads(const Posterior *p, const double *after, Value *list)
{
    size_t first = 0, second = p->hypothesis_count;
    for (size_t h = 1; h < p->hypothesis_count; h++) {
        if (after[h] > after[first]) {
            second = first;
            first = h;
        } else if (second == p->hypothesis_count || after[h] > after[second]) {
            second = h;
        }
    }
    const size_t leads[LEADS] = {first, second};
    for (size_t i = 0; i < LEADS; i++) {
        Value *pair = value_add_list(list);
        value_add_string(pair, hypothesis_id(p, leads[i]));
        value_add_number(pair, after[leads[i]]);
    }
}

static void add_answers(const NextSteps *s, const Posterior *p, const NextBase *base, uint64_t examinations,
                        Value *entry, Arena *scratch)
{
    NextAnswer answers[ANSWERS];
    size_t count = next_answers(base, examinations, s->answer, s->telling, answers, ANSWERS, scratch);
    Value *list = value_set_list(entry, "if");
    for (size_t i = 0; i < count; i++) {
        const Finding *finding = answers[i].finding;
        Value *branch = value_add_map(list);
        Value *findings = value_set_map(branch, "findings");
        const char *value = finding->values[answers[i].value].id;
        if (finding->kind == FINDING_SET) {
            value_add_string(value_set_list(findings, finding->id), value);
        } else {
            value_set_string(findings, finding->id, value);
        }
        value_set_number(branch, "probability", answers[i].probability);
        add_leads(p, answers[i].after, value_set_list(branch, "leads_to"));
        value_set_string(branch, "action", s->actions[answers[i].action].label);
    }
}

/* Why it is proposed: the rule's words, or what it does to the first step. */
static void add_text(const Candidate *next, Value *entry)
{
    double now = 100 * next->gain.loss_now, after = 100 * next->gain.loss_after;
    if (next->rule) {
        value_set_string(entry, "text", next->rule->text);
    } else if (now - after >= 1) {
        value_set_format(entry, "text",
                         "Expected to lower the risk of a wrong first step from %.0f %% to %.0f %%.", now,
                         fmax(after, 0));
    } else {
        value_set_string(entry, "text",
                         "Narrows the differential; it is not expected to change what is done first.");
    }
}

static void add_candidate(const NextSteps *s, const Case *c, const Posterior *p, const NextBase *base,
                          const Candidate *next, Value *list, Value *cited, Arena *scratch)
{
    const Proposal *proposal = next->proposal;
    Value *entry = value_add_map(list);
    value_set_string(entry, "examination", proposal->id);
    value_set_string(entry, "label", proposal->label);
    value_set_number(entry, "gain_bits", next->gain.bits);
    value_set_number(entry, "gain_action", next->gain.loss_now - next->gain.loss_after);
    value_set_number(entry, "worth", next->worth);
    value_set_string(entry, "cost", proposal->cost);
    value_set_string(entry, "risk", proposal->risk);
    value_set_bool(entry, "invasive", proposal->invasive);
    if (proposal->dose_msv > 0) {
        value_set_number(entry, "dose_msv", proposal->dose_msv);
    }
    add_text(next, entry);
    if (next->rule) {
        value_set_string(entry, "rule", next->rule->id);
    }
    add_sources(entry, next->rule ? next->rule->sources : proposal->sources, cited);
    add_answers(s, p, base, open_examinations(c, proposal->performs), entry, scratch);
}

void next_steps_add(const NextSteps *steps, const Case *c, const Posterior *posterior, Value *result,
                    Value *cited)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    const NextBase *base = next_prepare(posterior, c, steps->stated, &steps->table, steps->samples, scratch);
    Candidate *candidates = arena_array(scratch, steps->proposal_count + 1, sizeof *candidates);
    size_t count = collect(steps, c, posterior, base, candidates);
    value_set_string(result, "action", steps->actions[next_action(base)].label);
    Value *list = value_set_list(result, "next");
    for (size_t i = 0; i < count; i++) {
        add_candidate(steps, c, posterior, base, &candidates[i], list, cited, scratch);
    }
    add_warnings(steps, c, posterior, result, cited);
}
