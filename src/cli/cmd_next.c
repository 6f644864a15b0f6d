/* dens next: which examination would help most. */
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "report/report.h"

static const OptionSpec options[] = {
    OPTION_PRIOR,
    OPTION_WITHOUT_PATH,
    OPTION_OVERLAY,
    OPTION_LANGUAGE,
    {"format", 0, "text|json", false,
     "The list in words (default), or JSON: the keys software, action, next, "
     "warnings_before_biopsy, ranking and sources of the result document."},
    {0}};

static const char description[] =
    "Tells for a case file (- reads standard input) which examination is worth most next: how much it is "
    "expected to lower the risk of a wrong first step, against its cost, risk and delay, and what its "
    "answers "
    "would lead to. Rules of experience with their sources stand above the numbers. An examination that the "
    "case marks complete is not proposed.\n\n"
    "Below it stands what to think of before a biopsy.";

/* The keys of the result that this command is about. */
static Value *part_of(const Value *result, Arena *arena)
{
    static const char *const keys[] = {"action", "next", "warnings_before_biopsy", "ranking", "sources"};
    Value *part = value_new_map(arena);
    value_set_copy(part, "software", value_get(result, "software"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        value_set_copy(part, keys[i], value_get(result, keys[i]));
    }
    return part;
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    AUTO(messages_auto) MessageSet *messages = cli_messages(cli, line, err);
    AUTO(engine_auto) Engine *engine = messages ? cli_engine(cli, line, err) : NULL;
    ResultOptions wanted = {
        .command = cli->command, .rival = -1, .without_path = option_given(line, "without-path")};
    if (!engine || !(wanted.prior = cli_prior(engine, line, err))) {
        return false;
    }
    AUTO(case_auto) Case *c = cli_read_case(cli, engine, line->operands[0], err);
    if (!c) {
        return false;
    }
    const Value *result = evaluate_case(engine, c, &wanted, cli->arena);
    if (json) {
        return cli_print_json(part_of(result, cli->arena), err);
    }
    AUTO_TEXT text = TEXT_INIT;
    ReportOptions report = {.width = cli->width, .colour = cli->colour, .next = true};
    return report_text(result, knowledge_vocabulary(engine->knowledge), messages_of(messages), report, &text,
                       err) &&
           cli_print(text_string(&text), text.length, err);
}

const Command command_next = {.name = "next",
                              .summary =
                                  "which examination would help most, and what to think of before a biopsy",
                              .synopsis = "CASE.json [--prior NAME] [--format text|json]",
                              .description = description,
                              .options = options,
                              .examples = "dens next case.json\n"
                                          "dens next case.json --prior uniform --format json",
                              .least_operands = 1,
                              .most_operands = 1,
                              .run = run};
