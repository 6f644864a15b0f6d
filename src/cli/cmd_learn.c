/* dens learn: a department's own confirmed cases into an overlay. */
#include "base/file.h"
#include "cli/cli.h"
#include "evaluate/learn_cases.h"

#include <limits.h>

static const OptionSpec options[] = {
    {"output", 'o', "FILE", false,
     "The overlay to write, YAML. It is replaced if it is there, unless it is one of the cases."},
    {"format", 0, "text|json", false,
     "What to print: what was counted and what moved most (default), or the same as JSON."},
    {0}};

static const char description[] =
    "Counts confirmed cases into an overlay: a file of counts that `--overlay FILE` puts on the shipped "
    "knowledge, "
    "which itself never changes. CASES are files, or folders that are searched for *.json.\n\n"
    "A case counts if its truth is a diagnosis that histology or follow-up confirmed. A finding counts only "
    "if an "
    "examination that shows it is marked complete in the case, as reports tell what is there more readily "
    "than what is "
    "missing; age and sex always count, other history never. No cell counts for more patients than the cap "
    "(overlay_cap in `dens knowledge scales`). All cases are counted anew each time: keep them together.\n\n"
    "`dens validate CASES --cross 5` tells whether it helps.";

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    const char *path = option_value(line, "output", NULL);
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    if (!path) {
        return error_set(err, DENS_ERROR_USAGE, "learn", "where shall the overlay go? -o FILE is missing");
    }
    if (!learn_spares_cases(line->operands, line->operand_count, path, err)) {
        return false;
    }
    AUTO(engine_auto) Engine *engine = engine_load(cli->knowledge, err);
    LearnTally tally;
    AUTO(overlay_auto)
    Overlay *overlay =
        engine ? learn_cases(engine, line->operands, line->operand_count, &tally, cli->progress, err) : NULL;
    if (!overlay) {
        return false;
    }
    if (tally.outcomes[LEARN_COUNTED] == 0) {
        return error_input(err, line->operands[0],
                           "no case has a diagnosis that histology or follow-up confirmed");
    }
    AUTO_TEXT file = TEXT_INIT;
    overlay_write(overlay, &file);
    if (!file_write(path, text_string(&file), file.length, err)) {
        return false;
    }
    const Value *report = learn_report(engine, overlay, &tally, cli->arena);
    if (json) {
        return cli_print_json(report, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    learn_text(engine, report, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_learn = {.name = "learn",
                               .summary = "a department's confirmed cases → an overlay of counts",
                               .synopsis = "CASES… -o OVERLAY.yaml",
                               .description = description,
                               .options = options,
                               .examples = "dens learn confirmed/ -o ours.yaml\n"
                                           "dens differential case.json --overlay ours.yaml",
                               .least_operands = 1,
                               .most_operands = INT_MAX,
                               .run = run};
