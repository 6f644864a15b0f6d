/* dens simulate: cases drawn from the knowledge. */
#include "cli/cli.h"
#include "evaluate/simulation.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_CASES = 200000 };

static const OptionSpec options[] = {
    {"seed", 0, "S", false, "A whole number; the same seed gives the same cases (default 1)."},
    {"output", 'o', "DIR", false, "Write the cases into this folder."},
    {"check", 0, NULL, false, "Rank them instead, and print calibration and coverage."},
    {"prior", 0, "NAME|FILE", false,
     "The prior that the truth is drawn from and that ranks: clinic (default), another, or a file with one."},
    {"format", 0, "text|json", false, "Of --check: a table (default) or JSON."},
    {0}};

static const char description[] =
    "Draws N cases from the knowledge: the diagnosis from the prior, its findings from its distributions, "
    "with the gaps that the coded "
    "cases have. With -o they are written as case files that `dens validate` reads.\n\n"
    "--check asks whether the inference means what it says if its assumptions hold: whether the first "
    "diagnosis is right as often as "
    "its probability tells, and how often the 90 % interval holds the posterior under the true parameters, "
    "which are drawn, too. Cases "
    "as the inference assumes them have one finding of a sign and one sign of a bundle; cases as they are "
    "reported break that. It says nothing of "
    "whether the assumptions hold in patients.";

static bool whole_number(const char *text, const char *name, long long least, long long most, long long *out,
                         DensError **err)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    bool good = end != text && *end == '\0' && errno == 0 && *out >= least && *out <= most;
    return good ||
           error_set(err, DENS_ERROR_USAGE, name, "must be a whole number from %lld to %lld", least, most);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    long long count = 0, seed = 1;
    const char *folder = option_value(line, "output", NULL);
    bool check = option_given(line, "check");
    if (!cli_wants_json(line, &json, err) ||
        !whole_number(line->operands[0], "N", 1, MOST_CASES, &count, err) ||
        !whole_number(option_value(line, "seed", "1"), "--seed", 0, 1000000000, &seed, err)) {
        return false;
    }
    if (check == (folder != NULL)) {
        return error_set(err, DENS_ERROR_USAGE, "simulate", "one of -o DIR and --check is needed%s",
                         check ? ", not both" : "");
    }
    AUTO(engine_auto) Engine *engine = engine_load(cli->knowledge, err);
    SimulationOptions wanted = {.count = (size_t)count, .seed = (uint64_t)seed, .progress = cli->progress};
    if (!engine || !(wanted.prior = cli_prior(engine, line, err))) {
        return false;
    }
    if (folder) {
        return simulation_write(engine, &wanted, folder, err);
    }
    const Value *outcome = simulation_check(engine, &wanted, cli->arena, err);
    if (!outcome || json) {
        return outcome && cli_print_json(outcome, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    simulation_check_text(outcome, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_simulate = {
    .name = "simulate",
    .summary = "cases drawn from the knowledge, and whether the inference means what it says",
    .synopsis = "N [--seed S] (-o DIR | --check)",
    .description = description,
    .options = options,
    .examples = "dens simulate 10000 --check\n"
                "dens simulate 500 --seed 7 -o simulated/ && dens validate simulated/",
    .least_operands = 1,
    .most_operands = 1,
    .run = run};
