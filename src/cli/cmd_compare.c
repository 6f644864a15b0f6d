/* dens compare: two results of one lesion → what changed. */
#include "base/file.h"
#include "cli/cli.h"
#include "evaluate/compare.h"
#include "report/report.h"

static const OptionSpec options[] = {
    {"output", 'o', "DIR", false,
     "The folder for comparison.json, comparison.html and comparison.txt. It is made if it is not there."},
    {"format", 0, "text|json", false,
     "What to print: the comparison in words (default), or the document dens-comparison/1."},
    {"language", 0, "LANGUAGE", false,
     "Of the words: en (default), zh. The document stays in English, as programs read it."},
    {0}};

static const char description[] =
    "Compares two results of one lesion, the earlier one first: result.json files, or folders that hold one. "
    "Each measurement's change is told against what repeated measurement explains; beside it stand the "
    "response by RECIST 1.1 and the MD Anderson bone criteria as far as two evaluations can tell, whether a "
    "nidus or tumour is residual (yes, no or undetermined), and what changed in findings, differential and "
    "alerts.\n\n"
    "Results of different patients or of levels that have nothing in common are refused, and so is the later "
    "study before the earlier one. What could not be checked is said.";

static bool compare(Cli *cli, const CommandLine *line, const Knowledge *knowledge, Value **out,
                    DensError **err)
{
    AUTO(repeatability_auto) Repeatability *repeatability = repeatability_load(knowledge, err);
    const CompareOptions wanted = {
        .before_path = line->operands[0], .after_path = line->operands[1], .command = cli->command};
    const Value *before = repeatability ? compare_read(line->operands[0], cli->arena, err) : NULL;
    const Value *after = before ? compare_read(line->operands[1], cli->arena, err) : NULL;
    *out = after ? compare_results(repeatability, knowledge, before, after, &wanted, cli->arena, err) : NULL;
    return *out != NULL;
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    const char *folder = cli_output_folder(line, "compare", "comparison", err);
    if (!folder) {
        return false;
    }
    AUTO(messages_auto) MessageSet *set = cli_messages(cli, line, err);
    AUTO(knowledge_auto) Knowledge *knowledge = set ? knowledge_load(cli->knowledge, err) : NULL;
    Value *comparison = NULL;
    if (!knowledge || !compare(cli, line, knowledge, &comparison, err)) {
        return false;
    }
    VALUE_EACH(note, value_get(comparison, "notes"))
    {
        log_line(cli->log, LOG_WARNING, "%s", value_string(note));
    }
    if (!compare_write(comparison, messages_of(set), folder, err)) {
        return false;
    }
    if (json) {
        return cli_print_json(comparison, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    report_comparison_text(comparison, messages_of(set), cli->width, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_compare = {.name = "compare",
                                 .summary = "two results of one lesion → what changed beyond repeatability",
                                 .synopsis = "A B -o DIR [--format text|json] [--language LANGUAGE]",
                                 .description = description,
                                 .options = options,
                                 .examples = "dens compare before/ after/ -o comparison/\n"
                                             "dens compare a/result.json b/result.json -o out/ --format json",
                                 .least_operands = 2,
                                 .most_operands = 2,
                                 .run = run};
