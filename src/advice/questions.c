/* What to ask the reader next: the unanswered findings that would move the differential most. */
#include "advice/next_parts.h"

#include <string.h>

enum { LEADS = 2 };

/* Does the case say of any examination that shows findings on images that it was done? */
static bool says_what_was_done(const Case *c)
{
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        if (c->examinations[i] == EXAMINATION_COMPLETE || c->examinations[i] == EXAMINATION_PARTIAL) {
            return true;
        }
    }
    return false;
}

static bool may_ask(const Case *c, const Finding *f, bool says)
{
    bool path = strcmp(f->section, "path") == 0;
    if (f->use != FINDING_FOR_DIFFERENTIAL || strcmp(f->section, "patient") == 0) {
        return false;
    }
    for (size_t i = 0; f->examinations[i]; i++) {
        int index = vocabulary_find_examination(c->vocabulary, f->examinations[i]);
        ExaminationState state = c->examinations[index];
        if (state == EXAMINATION_COMPLETE || state == EXAMINATION_PARTIAL ||
            (!says && !path && state == EXAMINATION_UNKNOWN)) {
            return true;
        }
    }
    return !f->examinations[0] || strcmp(f->section, "clinical") == 0;
}

static const char *hypothesis_id(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none_of_these" : knowledge_diagnosis(p->knowledge, h)->name->id;
}

/* The most probable hypotheses after an answer. */
static void add_leads(const Posterior *p, const double *after, Value *list)
{
    size_t last = p->hypothesis_count;
    for (size_t i = 0; i < LEADS; i++) {
        size_t best = p->hypothesis_count;
        for (size_t h = 0; h < p->hypothesis_count; h++) {
            best = h != last && (best == p->hypothesis_count || after[h] > after[best]) ? h : best;
        }
        Value *pair = value_add_list(list);
        value_add_string(pair, hypothesis_id(p, best));
        value_add_number(pair, after[best]);
        last = best;
    }
}

static void add_replies(const NextBase *base, const Posterior *p, const Finding *f, Value *list,
                        Arena *scratch)
{
    NextAnswer replies[VOCABULARY_MAX_VALUES];
    size_t count = next_replies(base, f, replies, VOCABULARY_MAX_VALUES, scratch);
    for (size_t i = 0; i < count; i++) {
        Value *reply = value_add_map(list);
        const FindingValue *value = &f->values[replies[i].value];
        value_set_string(reply, "value", value->id);
        value_set_string(reply, "label", value->label);
        value_set_number(reply, "probability", replies[i].probability);
        add_leads(p, replies[i].after, value_set_list(reply, "leads_to"));
    }
}

static void add_question(const NextBase *base, const Case *c, const Posterior *p,
                         const NextQuestion *question, Value *list, Arena *scratch)
{
    static const char *const kinds[] = {
        [FINDING_CHOICE] = "choice", [FINDING_SET] = "set", [FINDING_NUMBER] = "number"};
    const Finding *f = question->finding;
    Value *entry = value_add_map(list);
    value_set_string(entry, "finding", f->id);
    value_set_string(entry, "section", f->section);
    value_set_string(entry, "label", f->label);
    value_set_string(entry, "definition", f->definition);
    value_set_string(entry, "kind", kinds[f->kind]);
    value_set_number(entry, "gain_bits", question->bits);
    Value *examinations = value_set_list(entry, "examinations");
    for (size_t i = 0; f->examinations[i]; i++) {
        int index = vocabulary_find_examination(c->vocabulary, f->examinations[i]);
        Value *examination = value_add_map(examinations);
        value_set_string(examination, "id", f->examinations[i]);
        value_set_string(examination, "label", vocabulary_examination(c->vocabulary, (size_t)index)->label);
        value_set_string(examination, "state", examination_state_name(c->examinations[index]));
    }
    add_replies(base, p, f, value_set_list(entry, "if"), scratch);
}

void questions_add(const NextSteps *steps, const Case *c, const Posterior *posterior, size_t most,
                   Value *list)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    size_t findings = vocabulary_count(c->vocabulary);
    bool says = says_what_was_done(c), *ask = arena_array(scratch, findings, sizeof *ask);
    NextQuestion *questions = arena_array(scratch, most + 1, sizeof *questions);
    for (size_t i = 0; i < findings; i++) {
        ask[i] = may_ask(c, vocabulary_finding(c->vocabulary, i), says);
    }
    const NextBase *base = next_prepare(posterior, c, steps->stated, &steps->table, steps->samples, scratch);
    size_t count = next_questions(base, ask, questions, most, scratch);
    for (size_t i = 0; i < count; i++) {
        add_question(base, c, posterior, &questions[i], list, scratch);
    }
}
