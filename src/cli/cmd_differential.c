/* dens differential: from a case file to the ranked diagnoses. */
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "report/report.h"

static const OptionSpec options[] = {
    OPTION_PRIOR,
    {"among", 0, "review|FILE", false,
     "Only the ten diagnoses of the review, or those whose ids stand in FILE, one a line."},
    {"against", 0, "DIAGNOSIS", false,
     "Tell every reason against this diagnosis instead of the first other one."},
    OPTION_WITHOUT_PATH,
    {"full", 0, NULL, false, "The whole report instead of its first part."},
    OPTION_OVERLAY,
    OPTION_LANGUAGE,
    {"format", 0, "text|json", false, "A report in words (default), or the result document dens-result/1."},
    {0}};

static const char description[] =
    "Ranks the diagnoses for a case file (format dens-case/1; - reads standard input), each with its "
    "probability, a 90 % interval that comes from the size of the evidence, and the reasons "
    "for and against it with the patients behind them. \"None of these\" is ranked with them.";

static bool find_rival(const Engine *engine, const char *name, ResultOptions *wanted, DensError **err)
{
    wanted->rival = -1;
    if (!name) {
        return true;
    }
    int rival = vocabulary_find_diagnosis(knowledge_vocabulary(engine->knowledge), name);
    if (rival < 0) {
        return error_set(err, DENS_ERROR_USAGE, "--against",
                         "\"%s\" is no diagnosis; `dens knowledge show` lists them", name);
    }
    wanted->rival = rival;
    bool held = engine_prior_holds(wanted->prior, (size_t)rival);
    return (held && (!wanted->among || wanted->among[rival])) ||
           error_set(err, DENS_ERROR_USAGE, "--against", "%s leaves \"%s\" out",
                     held ? "--among" : "the prior", name);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    AUTO(messages_auto) MessageSet *messages = cli_messages(cli, line, err);
    AUTO(engine_auto) Engine *engine = messages ? cli_engine(cli, line, err) : NULL;
    ResultOptions wanted = {.command = cli->command, .without_path = option_given(line, "without-path")};
    if (!engine || !(wanted.prior = cli_prior(engine, line, err)) ||
        !cli_among(cli, engine, line, wanted.prior, &wanted.among, err) ||
        !find_rival(engine, option_value(line, "against", NULL), &wanted, err)) {
        return false;
    }
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    AUTO(case_auto) Case *c = cli_read_case(cli, engine, line->operands[0], err);
    if (!c) {
        return false;
    }
    const Value *result = evaluate_case(engine, c, &wanted, cli->arena);
    if (json) {
        return cli_print_json(result, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    ReportOptions report = {.width = cli->width, .colour = cli->colour, .brief = !option_given(line, "full")};
    return report_text(result, vocabulary, messages_of(messages), report, &text, err) &&
           cli_print(text_string(&text), text.length, err);
}

const Command command_differential = {.name = "differential",
                                      .summary = "a case file → ranked and explained differential diagnosis",
                                      .synopsis = "CASE.json [--prior NAME] [--format text|json]",
                                      .description = description,
                                      .options = options,
                                      .examples =
                                          "dens differential case.json\n"
                                          "dens differential case.json --prior uniform --format json\n"
                                          "dens differential case.json --against metastasis --full",
                                      .least_operands = 1,
                                      .most_operands = 1,
                                      .run = run};
