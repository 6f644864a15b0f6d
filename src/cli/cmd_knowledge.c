/* dens knowledge: the evidence behind the answers. */
#include "cli/cli.h"

static const OptionSpec options[] = {{0}};
static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    (void)cli;
    (void)line;
    return error_set(err, DENS_ERROR_INTERNAL, "knowledge", "");
}
const Command command_knowledge = {.name = "knowledge", .options = options, .run = run};
