/* The knowledge as it stands: vocabulary, diagnoses, sources, conflicts, priors; and its texts in other
 * languages. */
#include "serve/parts.h"

#include "knowledge/describe.h"
#include "report/messages.h"

#include <string.h>

enum { ROWS_SIZE = 16385, MOST_TEXTS = 2000 };

static void overview(Call *call)
{
    reply_json(call, 200, describe_check(call->serve->whole, call->arena));
}

static void sources(Call *call)
{
    reply_json(call, 200, describe_sources(call->serve->whole, call->arena));
}

static void conflicts(Call *call)
{
    reply_json(call, 200, describe_conflicts(call->serve->whole, -1, call->arena));
}

static void priors(Call *call)
{
    reply_json(call, 200, describe_priors(call->serve->whole, call->arena));
}

static void diagnosis(Call *call)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(call->serve->whole), call->parts[0]);
    if (index < 0) {
        (void)problem(call, 404, "there is no such diagnosis; GET " API "/knowledge/vocabulary lists them");
        return;
    }
    Value *tree = describe_diagnosis(call->serve->whole, (size_t)index, call->arena);
    advice_describe_management(call->serve->engine->advice, (size_t)index,
                               value_set_list(tree, "management"));
    reply_json(call, 200, tree);
}

static void add_finding(Value *list, const Finding *f, const Vocabulary *vocabulary)
{
    static const char *const kinds[] = {
        [FINDING_CHOICE] = "choice", [FINDING_SET] = "set", [FINDING_NUMBER] = "number"};
    Value *map = value_add_map(list);
    value_set_string(map, "id", f->id);
    value_set_string(map, "section", f->section);
    value_set_string(map, "section_label", f->section_label);
    value_set_string(map, "label", f->label);
    value_set_string(map, "definition", f->definition);
    value_set_string(map, "kind", kinds[f->kind]);
    value_set_string(map, "use", f->use == FINDING_FOR_SCORES ? "scores" : "differential");
    value_set_string(map, "sign", vocabulary_sign(vocabulary, f->sign)->id);
    Value *examinations = value_set_list(map, "examinations");
    for (size_t i = 0; f->examinations && f->examinations[i]; i++) {
        value_add_string(examinations, f->examinations[i]);
    }
    if (f->kind == FINDING_NUMBER) {
        value_set_string(map, "unit", f->unit);
        value_set_number(map, "minimum", f->minimum);
        value_set_number(map, "maximum", f->maximum);
        return;
    }
    Value *values = value_set_list(map, "values");
    for (size_t i = 0; i < f->value_count; i++) {
        Value *value = value_add_map(values);
        value_set_string(value, "id", f->values[i].id);
        value_set_string(value, "label", f->values[i].label);
        value_set_string(value, "definition", f->values[i].definition);
        if (f->values[i].parent >= 0) {
            value_set_string(value, "parent", f->values[f->values[i].parent].id);
        }
    }
}

static void vocabulary(Call *call)
{
    const Vocabulary *v = knowledge_vocabulary(call->serve->whole);
    Value *tree = value_new_map(call->arena);
    Value *findings = value_set_list(tree, "findings"), *examinations = value_set_list(tree, "examinations"),
          *diagnoses = value_set_list(tree, "diagnoses");
    for (size_t i = 0; i < vocabulary_count(v); i++) {
        add_finding(findings, vocabulary_finding(v, i), v);
    }
    for (size_t i = 0; i < vocabulary_examination_count(v); i++) {
        Value *map = value_add_map(examinations);
        value_set_string(map, "id", vocabulary_examination(v, i)->id);
        value_set_string(map, "label", vocabulary_examination(v, i)->label);
    }
    for (size_t i = 0; i < vocabulary_diagnosis_count(v); i++) {
        const DiagnosisName *name = vocabulary_diagnosis(v, i);
        Value *map = value_add_map(diagnoses);
        value_set_string(map, "id", name->id);
        value_set_string(map, "name", name->name);
        value_set_string(map, "term", name->term);
        value_set_string(map, "group", name->group);
        value_set_bool(map, "in_review", name->in_review);
    }
    reply_json(call, 200, tree);
}

static void evidence(Call *call)
{
    const char *query = http_query(call->request, "rows");
    size_t length = query ? strlen(query) : 0;
    if (length == 0 || length >= ROWS_SIZE) {
        (void)problem(call, 400, "\"rows\" must hold ids of evidence rows, with commas between, in %d bytes",
                      ROWS_SIZE - 1);
        return;
    }
    const char **ids = split_list(query, call->arena);
    Value *tree = value_new_map(call->arena);
    value_set_copy(tree, "rows", describe_rows(call->serve->whole, ids, call->arena));
    reply_json(call, 200, tree);
}

/* What the program says in English, said in another language. */
static void words(Call *call)
{
    static const char *const keys[] = {"texts", NULL};
    const Value *tree = body_json(call);
    if (!tree || !only_keys(call, tree, keys)) {
        return;
    }
    const Value *texts = value_get(tree, "texts");
    if (!texts || texts->kind != VALUE_LIST || texts->count > MOST_TEXTS) {
        (void)problem(call, 422, "\"texts\" must be a list of at most %d texts", MOST_TEXTS);
        return;
    }
    DensError *error = NULL;
    AUTO(messages_auto)
    MessageSet *messages =
        messages_load(knowledge_folder(call->serve->engine->knowledge), call->parts[0], &error);
    if (!messages) {
        (void)problem_error(call, error);
        return;
    }
    Value *answer = value_new_map(call->arena), *said = value_set_list(answer, "texts");
    VALUE_EACH(text, texts)
    {
        const char *english = value_string(text);
        if (!english) {
            (void)problem(call, 422, "\"texts\" must be a list of at most %d texts", MOST_TEXTS);
            return;
        }
        const char *words_of = messages_say(call->arena, messages_of(messages), english);
        value_add_string(said, words_of ? words_of : english);
    }
    reply_json(call, 200, answer);
}

const Route knowledge_routes[] = {{"GET", "/knowledge", INTAKE_NONE, false, overview},
                                  {"GET", "/knowledge/vocabulary", INTAKE_NONE, false, vocabulary},
                                  {"GET", "/knowledge/diagnoses/{}", INTAKE_NONE, false, diagnosis},
                                  {"GET", "/knowledge/sources", INTAKE_NONE, false, sources},
                                  {"GET", "/knowledge/evidence", INTAKE_NONE, false, evidence},
                                  {"GET", "/knowledge/conflicts", INTAKE_NONE, false, conflicts},
                                  {"GET", "/knowledge/priors", INTAKE_NONE, false, priors},
                                  {"POST", "/knowledge/words/{}", INTAKE_JSON, false, words},
                                  {0}};
