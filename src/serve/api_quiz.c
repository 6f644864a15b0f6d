/* The quiz: a question without its truth, told part by part; the truth, the program's reasoning on all
 * findings and the points once the learner has ranked. Nothing of it is kept beyond the server's life: the
 * score is the page's. */
#include "serve/quiz.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/nifti.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The score is a convention: for the first, second and third place, and up to two thirds less for what was
 * told. */
static const double points_of[QUIZ_MOST_NAMED + 1] = {0, 10, 6, 3}, most_loss = 2.0 / 3;

/* Findings in the vocabulary's order, a part for each of its sections. */
static void cut_into_parts(Serve *serve, Question *question)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(serve->engine->knowledge);
    const Value *known = value_get(question->document, "findings");
    Value *parts = value_new_list(question->arena), *findings = NULL;
    const char *section = "";
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        const Finding *f = vocabulary_finding(vocabulary, i);
        const Value *value = value_get(known, f->id);
        if (!value) {
            continue;
        }
        if (strcmp(section, f->section) != 0) {
            Value *part = value_add_map(parts);
            section = f->section;
            value_set_string(part, "section", f->section);
            value_set_string(part, "label", f->section_label);
            findings = value_set_list(part, "findings");
        }
        Value *map = value_add_map(findings);
        value_set_string(map, "finding", f->id);
        value_set_copy(map, "value", value);
    }
    question->parts = parts;
    question->part_count = parts->count;
}

static void reply_question(Call *call, unsigned status, const Question *question)
{
    Value *tree = value_new_map(call->arena);
    value_set_string(tree, "id", question->id);
    value_set_string(tree, "kind", question->is_phantom ? "phantom" : "case");
    value_set_copy(tree, "patient", value_get(question->document, "patient"));
    Value *series = value_set_list(tree, "series");
    for (size_t i = 0; question->is_phantom && quiz_series[i]; i++) {
        value_add_string(series, quiz_series[i]);
    }
    value_set_integer(tree, "steps", (long long)quiz_steps(question));
    value_set_integer(tree, "step", (long long)question->step);
    Value *parts = value_set_list(tree, "parts");
    for (size_t i = 0; i < question->part_count && (question->outcome || i < quiz_told(question)); i++) {
        value_add_copy(parts, value_at(question->parts, i));
    }
    if (question->outcome) {
        value_set_copy(tree, "answer", question->outcome);
    }
    reply_json(call, status, tree);
}

static bool fill(Serve *serve, Question *question, DensError **err)
{
    char last[STORE_ID_SIZE];
    if (question->is_phantom) {
        return quiz_make_phantom(serve, question, err);
    }
    quiz_lock(serve->quiz);
    memcpy(last, quiz_last(serve->quiz), sizeof last);
    quiz_unlock(serve->quiz);
    return quiz_draw_case(serve, last, question, err);
}

static void create_question(Call *call)
{
    static const char *const keys[] = {"kind", NULL};
    const Value *tree = body_json(call);
    if (!tree || !only_keys(call, tree, keys)) {
        return;
    }
    const char *kind = value_text(tree, "kind");
    bool is_phantom = kind && strcmp(kind, "phantom") == 0;
    if (!is_phantom && !(kind && strcmp(kind, "case") == 0)) {
        (void)problem(call, 422, "\"kind\" must be case or phantom");
        return;
    }
    if (!is_phantom && !call->serve->examples) {
        (void)problem(call, 404, "no cases came with this program");
        return;
    }
    DensError *error = NULL;
    Question *question = memory_alloc(sizeof *question);
    question->arena = arena_new();
    question->is_phantom = is_phantom;
    store_new_id(question->id);
    if (!fill(call->serve, question, &error)) {
        question_free(question);
        (void)problem_error(call, error);
        return;
    }
    cut_into_parts(call->serve, question);
    quiz_lock(call->serve->quiz);
    reply_location(call, "quiz", question->id);
    reply_question(call, 201, quiz_keep(call->serve->quiz, question));
    quiz_unlock(call->serve->quiz);
}

/* Lets `answer` work on the question that the path names, alone. */
static void with_question(Call *call, void (*answer)(Call *call, Question *question))
{
    quiz_lock(call->serve->quiz);
    Question *question = quiz_find(call->serve->quiz, call->parts[0]);
    if (question) {
        answer(call, question);
    } else {
        (void)problem(call, 404, "there is no such question, or no more; ask for another");
    }
    quiz_unlock(call->serve->quiz);
}

static void tell(Call *call, Question *question)
{
    reply_question(call, 200, question);
}

static void get_question(Call *call)
{
    with_question(call, tell);
}

static void tell_more(Call *call, Question *question)
{
    if (question->outcome || question->step + 1 >= quiz_steps(question)) {
        (void)problem(call, 409, "all of it is told");
        return;
    }
    question->step++;
    reply_question(call, 200, question);
}

static void next_step(Call *call)
{
    with_question(call, tell_more);
}

/* The learner's order: 1 to 3 diagnoses, each once. *out_rank: the place of the truth, 0 if it is not named.
 */
static bool read_ranking(Call *call, const Value *tree, const char *truth, bool *named, long long *out_rank)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(call->serve->engine->knowledge);
    const Value *ranking = value_get(tree, "ranking");
    bool good =
        ranking && ranking->kind == VALUE_LIST && ranking->count >= 1 && ranking->count <= QUIZ_MOST_NAMED;
    long long place = 0;
    *out_rank = 0;
    VALUE_EACH(one, good ? ranking : NULL)
    {
        const char *name = value_string(one);
        int diagnosis = name ? vocabulary_find_diagnosis(vocabulary, name) : -1;
        good = good && diagnosis >= 0 && !named[diagnosis];
        if (!good) {
            break;
        }
        named[diagnosis] = true;
        place++;
        *out_rank = strcmp(name, truth) == 0 ? place : *out_rank;
    }
    return good ||
           problem(call, 422, "\"ranking\" must be a list of 1 to %d different diagnoses", QUIZ_MOST_NAMED);
}

/* Less for what was told before, at least one. */
static long long points(const Question *question, long long rank)
{
    size_t steps = quiz_steps(question);
    double told = steps > 1 ? (double)question->step / (double)(steps - 1) : 0;
    return rank == 0 ? 0 : (long long)fmax(1, round(points_of[rank] * (1 - most_loss * told)));
}

/* What the program makes of the same findings, with its reasons for the truth and for what was named. */
static bool add_reasoning(Call *call, const Question *question, const bool *reasons, Value *out)
{
    static const char *const keys[] = {"ranking", "sources", "software"};
    const Engine *engine = call->serve->engine;
    DensError *error = NULL;
    ResultOptions wanted = {.rival = -1,
                            .without_next = true,
                            .without_path = true,
                            .reasons = reasons,
                            .command = "dens serve: quiz",
                            .prior = engine_prior(engine, "uniform", &error)};
    AUTO(case_auto)
    Case *c = wanted.prior ? case_from_value(question->document, "the question",
                                             knowledge_vocabulary(engine->knowledge),
                                             value_new_list(call->arena), &error)
                           : NULL;
    if (!c) {
        return problem_error(call, error);
    }
    const Value *result = evaluate_case(engine, c, &wanted, call->arena);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (value_get(result, keys[i])) {
            value_set_copy(out, keys[i], value_get(result, keys[i]));
        }
    }
    return true;
}

static void take_ranking(Call *call, Question *question)
{
    static const char *const keys[] = {"ranking", NULL};
    const Vocabulary *vocabulary = knowledge_vocabulary(call->serve->engine->knowledge);
    const char *truth = value_text(question->truth, "diagnosis");
    bool *named = arena_array(call->arena, vocabulary_diagnosis_count(vocabulary), sizeof *named);
    int diagnosis = vocabulary_find_diagnosis(vocabulary, truth);
    long long rank = 0;
    if (question->outcome) {
        (void)problem(call, 409, "it was ranked before");
        return;
    }
    const Value *tree = body_json(call);
    if (!tree || !only_keys(call, tree, keys) || !read_ranking(call, tree, truth, named, &rank)) {
        return;
    }
    Value *outcome = value_copy(question->arena, question->truth);
    if (diagnosis >= 0) {
        value_set_string(outcome, "name", vocabulary_diagnosis(vocabulary, (size_t)diagnosis)->name);
        named[diagnosis] = true;
    }
    value_set_copy(outcome, "named", value_get(tree, "ranking"));
    value_set_integer(outcome, "rank", rank);
    value_set_integer(outcome, "points", points(question, rank));
    if (add_reasoning(call, question, named, value_set_map(outcome, "reasoning"))) {
        question->outcome = outcome;
        reply_question(call, 200, question);
    }
}

static void rank_question(Call *call)
{
    with_question(call, take_ranking);
}

static void give_volume(Call *call, Question *question)
{
    size_t at = 0;
    while (quiz_series[at] && strcmp(quiz_series[at], call->parts[1]) != 0) {
        at++;
    }
    if (!question->is_phantom || !quiz_series[at]) {
        (void)problem(call, 404, "this question has no such series");
        return;
    }
    Shelf *shelf = call->serve->shelf;
    DensError *error = NULL;
    const char *name = arena_printf(call->arena, "quiz %s %s", question->id, quiz_series[at]);
    const Volume *volume = shelf_take(shelf, name);
    if (!volume) {
        const char *folder = arena_printf(call->arena, "%s/study/%s", question->folder, quiz_series[at]);
        Volume *read = evaluate_read_volume(folder, call->serve->log, NULL, &error);
        volume = read ? shelf_put(shelf, name, read) : NULL;
    }
    call->reply->type = "application/octet-stream";
    if (!volume || !volume_pack_nifti(volume, &call->reply->body, &error)) {
        (void)problem_error(call, error);
    }
    shelf_return(shelf, volume);
}

static void get_question_volume(Call *call)
{
    with_question(call, give_volume);
}

const Route quiz_routes[] = {{"POST", "/quiz", INTAKE_JSON, false, create_question},
                             {"GET", "/quiz/{}", INTAKE_NONE, false, get_question},
                             {"POST", "/quiz/{}/steps", INTAKE_NONE, false, next_step},
                             {"POST", "/quiz/{}/ranking", INTAKE_JSON, false, rank_question},
                             {"GET", "/quiz/{}/series/{}/volume", INTAKE_NONE, false, get_question_volume},
                             {0}};
