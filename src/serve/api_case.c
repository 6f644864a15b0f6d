/* What a case or a result alone is asked: differential, next examination, scores, report, comparison. All of
 * it is computed at once in the thread of the request. */
#include "serve/parts.h"

#include "document/result.h"
#include "evaluate/compare.h"
#include "report/report.h"
#include "score/describe.h"

#include <string.h>

enum { USUAL_QUESTIONS = 10, MOST_QUESTIONS = 100 };

static bool find_prior(Call *call, const Prior **out)
{
    const char *name = http_query(call->request, "prior");
    DensError *error = NULL;
    if (name && strchr(name, '.')) {
        return problem(call, 400, "the prior is a name, no file"); /* engine_prior() reads files, too */
    }
    *out = engine_prior(call->serve->engine, name ? name : "clinic", &error);
    return *out || problem_error(call, error);
}

static bool find_rival(Call *call, const Prior *prior, int *out)
{
    const char *name = http_query(call->request, "against");
    *out = -1;
    if (!name) {
        return true;
    }
    *out = vocabulary_find_diagnosis(knowledge_vocabulary(call->serve->engine->knowledge), name);
    return (*out >= 0 && engine_prior_holds(prior, (size_t)*out)) ||
           problem(call, 400, "\"against\" names no diagnosis of this prior");
}

/* "reasons=none" or "reasons=chordoma,metastasis": whose reasons are told. */
static bool read_reasons(Call *call, const bool **out)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(call->serve->engine->knowledge);
    const char *text = http_query(call->request, "reasons");
    if (!text) {
        return true;
    }
    bool *reasons = arena_array(call->arena, vocabulary_diagnosis_count(vocabulary), sizeof *reasons);
    const char **names = split_list(strcmp(text, "none") == 0 ? "" : text, call->arena);
    for (size_t i = 0; names[i]; i++) {
        int diagnosis = vocabulary_find_diagnosis(vocabulary, names[i]);
        if (diagnosis < 0) {
            return problem(call, 400, "\"reasons\" must be none, or ids of diagnoses with commas between");
        }
        reasons[diagnosis] = true;
    }
    *out = reasons;
    return true;
}

static bool read_without(Call *call, ResultOptions *out)
{
    const char *text = http_query(call->request, "without");
    out->without_next = text && strcmp(text, "next") == 0;
    return !text || out->without_next || problem(call, 400, "\"without\" can only be next");
}

static const Value *evaluate_body(Call *call, const char *command)
{
    ResultOptions wanted = {.command = command};
    const char *without = http_query(call->request, "without_path");
    const Value *tree = body_json(call);
    if (!tree || !find_prior(call, &wanted.prior) || !find_rival(call, wanted.prior, &wanted.rival) ||
        !read_reasons(call, &wanted.reasons) || !read_without(call, &wanted)) {
        return NULL;
    }
    wanted.without_path = without && strcmp(without, "true") == 0;
    AUTO(case_auto) Case *c = body_case(call, tree);
    return c ? evaluate_case(call->serve->engine, c, &wanted, call->arena) : NULL;
}

static void differential(Call *call)
{
    const Value *result = evaluate_body(call, "dens serve: differential");
    if (result) {
        reply_json(call, 200, result);
    }
}

/* A result that is kept: of a case without images, so that a report can be made of it. */
static void create_result(Call *call)
{
    char id[STORE_ID_SIZE];
    DensError *error = NULL;
    const Value *result = evaluate_body(call, "dens serve: result");
    if (!result) {
        return;
    }
    store_new_id(id);
    StoreRecord record = {.kind = "result", .id = id, .version = 1, .body = value_copy(call->arena, result)};
    if (store_put(call->serve->store, &record, "http", call->arena, &error) != STORE_PUT_DONE) {
        (void)problem_error(call, error);
        return;
    }
    reply_location(call, "results", id);
    reply_json(call, 201, record_tree(call->arena, &record));
}

static void next(Call *call)
{
    static const char *const keys[] = {"software", "action", "next", "warnings_before_biopsy",
                                       "ranking",  "sources"};
    const Value *result = evaluate_body(call, "dens serve: next");
    if (!result) {
        return;
    }
    Value *part = value_new_map(call->arena);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (value_get(result, keys[i])) {
            value_set_copy(part, keys[i], value_get(result, keys[i]));
        }
    }
    reply_json(call, 200, part);
}

static void questions(Call *call)
{
    const Engine *engine = call->serve->engine;
    InferOptions infer = {.without_intervals = true};
    size_t most = USUAL_QUESTIONS;
    const Value *tree = body_json(call);
    if (!tree || !find_prior(call, &infer.prior) || !read_number(call, "n", 1, MOST_QUESTIONS, &most)) {
        return;
    }
    AUTO(case_auto) Case *c = body_case(call, tree);
    if (!c) {
        return;
    }
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &infer);
    Value *result = value_new_map(call->arena);
    questions_add(engine->next_steps, c, p, most, value_set_list(result, "questions"));
    reply_json(call, 200, result);
}

static void no_score(Call *call)
{
    (void)problem(call, 404, "there is no such score; GET " API "/scores lists them");
}

static void list_scores(Call *call)
{
    reply_json(call, 200, scores_tree_list(call->serve->engine->scores, call->arena));
}

/* The table of a score: whom it is for, its items, bands, limits and sources. */
static void get_score(Call *call)
{
    const Scores *scores = call->serve->engine->scores;
    AUTO_TEXT table = TEXT_INIT;
    if (!scores_text_explain(scores, call->parts[0], &table)) {
        no_score(call);
        return;
    }
    VALUE_EACH(score, scores_tree_list(scores, call->arena))
    {
        if (strcmp(value_text(score, "id"), call->parts[0]) == 0) {
            Value *tree = value_copy(call->arena, score);
            value_set_string(tree, "table", text_string(&table));
            reply_json(call, 200, tree);
        }
    }
}

static void put_scores(Call *call, const char *only)
{
    const Engine *engine = call->serve->engine;
    InferOptions infer = {.without_intervals = true};
    const Value *tree = body_json(call);
    if (!tree || !find_prior(call, &infer.prior)) {
        return;
    }
    if (only && !scores_find(engine->scores, only)) {
        no_score(call);
        return;
    }
    AUTO(case_auto) Case *c = body_case(call, tree);
    if (!c) {
        return;
    }
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &infer);
    ScoreFacts facts = evaluate_facts(engine, p, call->arena);
    Value *result = value_new_map(call->arena);
    scores_add(engine->scores, c, &facts, only, result, value_new_map(call->arena));
    reply_json(call, 200, result);
}

static void scores(Call *call)
{
    put_scores(call, http_query(call->request, "score"));
}

static void one_score(Call *call)
{
    put_scores(call, call->parts[0]);
}

typedef struct {
    const char *name, *type, *file;
} Format;

enum { HTML, PDF, TXT, JSON, FHIR, FORMAT_COUNT };
static const Format formats[FORMAT_COUNT] = {{"html", "text/html; charset=utf-8", "report.html"},
                                             {"pdf", "application/pdf", "report.pdf"},
                                             {"txt", "text/plain; charset=utf-8", "report.txt"},
                                             {"json", "application/json", "result.json"},
                                             {"fhir", "application/fhir+json", "fhir.json"}};

static bool render(const Call *call, size_t format, const Value *result, const Messages *messages, Text *out,
                   DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(call->serve->engine->knowledge);
    AUTO_TEXT pdf = TEXT_INIT;
    switch (format) {
    case HTML:
        return report_html(result, vocabulary, messages, NULL, out, err);
    case PDF:
        return report_pdf(result, vocabulary, messages, NULL, out, err);
    case TXT:
        return report_text(result, vocabulary, messages, (ReportOptions){.width = 100}, out, err);
    case FHIR:
        return report_pdf(result, vocabulary, messages, NULL, &pdf, err) &&
               report_fhir(result, vocabulary, NULL, messages->language, &pdf, out, err);
    default:
        text_add_bytes(out, call->request->body, call->request->body_length);
        return true;
    }
}

static void report(Call *call)
{
    const char *wanted = http_query(call->request, "format"),
               *language = http_query(call->request, "language");
    size_t format = 0;
    DensError *error = NULL;
    while (format < FORMAT_COUNT && !(wanted && strcmp(wanted, formats[format].name) == 0)) {
        format++;
    }
    if (format == FORMAT_COUNT) {
        (void)problem(call, 400, "\"format\" must be html, pdf, txt, json or fhir");
        return;
    }
    const Value *result = body_json(call);
    if (!result) {
        return;
    }
    if (language && !is_language(language)) {
        (void)problem(call, 400, "\"language\" is the name of a language, such as en");
        return;
    }
    AUTO(messages_auto)
    MessageSet *messages =
        messages_load(knowledge_folder(call->serve->engine->knowledge), language ? language : "en", &error);
    if (!messages || !result_check(result, "the result", &error) ||
        !render(call, format, result, messages_of(messages), &call->reply->body, &error)) {
        (void)problem_error(call, error);
        return;
    }
    call->reply->type = formats[format].type;
    http_add_header(call->reply, "Content-Disposition",
                    arena_printf(call->arena, "attachment; filename=\"%s\"", formats[format].file));
}

static void compare(Call *call)
{
    const CompareOptions wanted = {
        .before_path = "before", .after_path = "after", .command = "dens serve: compare"};
    const Value *tree = body_json(call);
    if (!tree) {
        return;
    }
    const Value *before = value_get(tree, "before"), *after = value_get(tree, "after");
    DensError *error = NULL;
    if (tree->kind != VALUE_MAP || tree->count != 2 || !before || !after) {
        (void)problem(call, 422,
                      "the body must hold two results, \"before\" and \"after\", and nothing else");
        return;
    }
    const Value *comparison = NULL;
    if (result_check(before, "before", &error) && result_check(after, "after", &error)) {
        comparison = compare_results(call->serve->repeatability, call->serve->engine->knowledge, before,
                                     after, &wanted, call->arena, &error);
    }
    if (comparison) {
        reply_json(call, 200, comparison);
    } else {
        (void)problem_error(call, error);
    }
}

const Route case_routes[] = {{"POST", "/differential", INTAKE_JSON, false, differential},
                             {"POST", "/next", INTAKE_JSON, false, next},
                             {"POST", "/results", INTAKE_JSON, true, create_result},
                             {"POST", "/questions", INTAKE_JSON, false, questions},
                             {"GET", "/scores", INTAKE_NONE, false, list_scores},
                             {"POST", "/scores", INTAKE_JSON, false, scores},
                             {"GET", "/scores/{}", INTAKE_NONE, false, get_score},
                             {"POST", "/scores/{}", INTAKE_JSON, false, one_score},
                             {"POST", "/report", INTAKE_JSON, false, report},
                             {"POST", "/compare", INTAKE_JSON, false, compare},
                             {0}};
