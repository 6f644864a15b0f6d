/* dens differential: from a case file to the ranked diagnoses. */
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "report/report.h"

static const OptionSpec options[] = {
    {"prior", 0, "NAME|FILE", false,
     "How common the diagnoses are before anything was seen: clinic (all comers with a cervical lesion, the "
     "default), uniform (for evaluation and teaching), and others: "
     "`dens knowledge priors` lists them. Or a file with one prior in the format of knowledge/priors.yaml "
     "(a name that ends in .yaml)."},
    {"among", 0, "review|FILE", false,
     "Only the ten diagnoses of the review, or those whose ids stand in FILE, one a line."},
    {"against", 0, "DIAGNOSIS", false,
     "Tell every reason against this diagnosis instead of the first other one."},
    {"without-path", 0, NULL, false, "Leave histology, immunohistochemistry and molecular pathology out."},
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
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    if (!option_choice(line, "format", formats, 0, &format, err)) {
        return false;
    }
    AUTO(messages_auto) MessageSet *messages = cli_messages(cli, line, err);
    AUTO(engine_auto) Engine *engine = messages ? cli_engine(cli, line, err) : NULL;
    ResultOptions wanted = {.command = cli->command, .without_path = option_given(line, "without-path")};
    const char *among = option_value(line, "among", NULL);
    if (!engine || !(wanted.prior = engine_prior(engine, option_value(line, "prior", "clinic"), err)) ||
        (among && !(wanted.among = engine_among(engine, among, wanted.prior, cli->arena, err))) ||
        !find_rival(engine, option_value(line, "against", NULL), &wanted, err)) {
        return false;
    }
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    Value *warnings = value_new_list(cli->arena);
    AUTO(case_auto) Case *c = case_read(line->operands[0], vocabulary, warnings, err);
    if (!c || !knowledge_check_case(engine->knowledge, c, line->operands[0], err)) {
        return false;
    }
    VALUE_EACH(warning, warnings)
    {
        log_line(cli->log, LOG_WARNING, "%s", value_string(warning));
    }
    const Value *result = evaluate_case(engine, c, &wanted, cli->arena);
    if (format == 1) {
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
