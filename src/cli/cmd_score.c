/* dens score: the scores of a case, and their tables. */
#include "base/nearest.h"
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "infer/infer.h"
#include "score/describe.h"

#include <string.h>

static const OptionSpec options[] = {
    {"score", 0, "ID", false, "Only this score; `dens score list` names them."},
    {"assume", 0, "DIAGNOSIS", false,
     "Take this diagnosis for granted, instead of asking which ones are plausible and which is the first."},
    {"prior", 0, "NAME", false, "The prior behind what is plausible: clinic (default), uniform and others."},
    {"format", 0, "text|json", false, "Text (default), or the `scores` of a result document as JSON."},
    {0}};

static const char description[] =
    "Computes the scores of a case file (dens-case/1; - reads standard input): SINS, ESCC, Enneking, WBB, "
    "modified "
    "Lodwick-Madewell, Tokuhashi, Tomita, NOMS and others. An unknown input gives a range, never a guess, "
    "and "
    "the score names what is unknown. A score that is not meant for the plausible diagnoses is not given, "
    "with the reason.\n\n"
    "`dens score list` names all scores; `dens score explain ID` shows the table of one, with its sources "
    "and limits.";

static bool unknown_score(const Scores *scores, const char *where, const char *id, DensError **err)
{
    const Value *left_out = scores_find_left_out(scores, id);
    if (left_out) {
        return error_set(err, DENS_ERROR_USAGE, where, "%s is not given: %s", value_text(left_out, "label"),
                         value_text(left_out, "reason"));
    }
    const char *names[64];
    size_t count = 0;
    for (size_t i = 0; i < scores_count(scores) && count < sizeof names / sizeof *names; i++) {
        names[count++] = scores_id(scores, i);
    }
    const char *near = nearest_name(id, names, count);
    return error_set(err, DENS_ERROR_USAGE, where,
                     "there is no score \"%s\"%s%s%s; `dens score list` names them", id,
                     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* The diagnoses to think of: the posterior's, or the one that is assumed. */
static bool find_facts(Cli *cli, const CommandLine *line, const Engine *engine, const Case *c,
                       ScoreFacts *out, DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    const char *assumed = option_value(line, "assume", NULL);
    InferOptions infer = {.prior = cli_prior(engine, line, err), .without_intervals = true};
    if (!infer.prior) {
        return false;
    }
    if (assumed) {
        int index = vocabulary_find_diagnosis(vocabulary, assumed);
        if (index < 0) {
            return error_set(err, DENS_ERROR_USAGE, "--assume",
                             "\"%s\" is no diagnosis; `dens knowledge show` lists them", assumed);
        }
        bool *plausible = arena_array(cli->arena, vocabulary_diagnosis_count(vocabulary), sizeof *plausible);
        plausible[index] = true;
        *out = (ScoreFacts){.plausible = plausible, .assumed = index};
        return true;
    }
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &infer);
    *out = evaluate_facts(engine, p, cli->arena);
    return true;
}

static bool print_case(Cli *cli, const CommandLine *line, const Engine *engine, bool json, DensError **err)
{
    const char *only = option_value(line, "score", NULL);
    if (only && !scores_find(engine->scores, only)) {
        return unknown_score(engine->scores, "--score", only, err);
    }
    AUTO(case_auto) Case *c = cli_read_case(cli, engine, line->operands[0], err);
    ScoreFacts facts;
    if (!c || !find_facts(cli, line, engine, c, &facts, err)) {
        return false;
    }
    Value *result = value_new_map(cli->arena);
    scores_add(engine->scores, c, &facts, only, result, value_new_map(cli->arena));
    if (json) {
        return cli_print_json(result, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    scores_text(engine->scores, value_get(result, "scores"), &text);
    return cli_print(text_string(&text), text.length, err);
}

static bool print_list(Cli *cli, const Engine *engine, bool json, DensError **err)
{
    if (json) {
        return cli_print_json(scores_tree_list(engine->scores, cli->arena), err);
    }
    AUTO_TEXT text = TEXT_INIT;
    scores_text_list(engine->scores, &text);
    return cli_print(text_string(&text), text.length, err);
}

static bool print_table(const Engine *engine, const char *id, bool json, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    if (!scores_text_explain(engine->scores, id, &text)) {
        return unknown_score(engine->scores, "score explain", id, err);
    }
    return json ? cli_print_json(scores_find(engine->scores, id), err)
                : cli_print(text_string(&text), text.length, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    const char *first = line->operands[0];
    bool explain = strcmp(first, "explain") == 0, list = strcmp(first, "list") == 0;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    if (explain && line->operand_count < 2) {
        return error_set(err, DENS_ERROR_USAGE, "score explain", "the ID of a score is missing");
    }
    if (!explain && line->operand_count > 1) {
        return error_set(err, DENS_ERROR_USAGE, line->operands[1],
                         "one operand too many; `dens help score` shows the usage");
    }
    static const char *const of_cases[] = {"score", "assume", "prior"};
    for (size_t i = 0; (explain || list) && i < sizeof of_cases / sizeof *of_cases; i++) {
        if (option_given(line, of_cases[i])) {
            return error_set(err, DENS_ERROR_USAGE, first, "takes no --%s", of_cases[i]);
        }
    }
    AUTO(engine_auto) Engine *engine = engine_load(cli->knowledge, err);
    if (!engine) {
        return false;
    }
    return list      ? print_list(cli, engine, json, err)
           : explain ? print_table(engine, line->operands[1], json, err)
                     : print_case(cli, line, engine, json, err);
}

const Command command_score = {
    .name = "score",
    .summary = "a case file → SINS, ESCC and other scores, as ranges where inputs are unknown",
    .synopsis = "CASE.json|list|explain [ID] [--score ID] [--format text|json]",
    .description = description,
    .options = options,
    .examples = "dens score case.json\n"
                "dens score case.json --score sins --format json\n"
                "dens score case.json --assume metastasis\n"
                "dens score list\n"
                "dens score explain sins",
    .least_operands = 1,
    .most_operands = 2,
    .run = run};
