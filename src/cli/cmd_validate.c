/* dens validate: how good the differential is on cases with a known truth. */
#include "cli/cli.h"
#include "evaluate/learn_cases.h"

#include <limits.h>
#include <stdlib.h>

enum { MOST_FOLDS = 1000 };

static const OptionSpec options[] = {
    OPTION_PRIOR,
    {"among", 0, "review|FILE", false,
     "Only cases of, and only diagnoses among, the ten of the review or those in FILE."},
    OPTION_WITHOUT_PATH,
    {"leave-diagnosis-out", 0, NULL, false,
     "Take each diagnosis out of the knowledge in turn and see whether its cases are then recognised as none "
     "of these: the area under the ROC curve and the sensitivity at given rates of false alarms."},
    {"cross", 0, "K", false,
     "Split the cases into K parts and rank each after learning from the others, beside the shipped "
     "knowledge."},
    OPTION_OVERLAY,
    {"format", 0, "text|json", false, "A table (default) or JSON."},
    {0}};

static const char description[] =
    "Runs case files that name their truth and prints how often it came first, among the first three and "
    "five, the log loss, the Brier score and the calibration error with 95 % bootstrap intervals, the same "
    "by diagnosis, how "
    "often a stated probability was right, what was taken for what, and the cases that were not right first, "
    "the worst at the top, with the signs that misled. CASES are files, or "
    "folders that are searched for *.json.\n\n"
    "Evidence may have been taken from series that hold some of these patients; the figures are no proof for "
    "new ones.";

typedef enum { PLAIN, LEAVE_OUT, CROSS } Mode;

static bool find_mode(const CommandLine *line, Mode *out, size_t *folds, DensError **err)
{
    bool leave_out = option_given(line, "leave-diagnosis-out");
    const char *cross = option_value(line, "cross", NULL);
    *out = leave_out ? LEAVE_OUT : cross ? CROSS : PLAIN;
    if (leave_out && option_given(line, "among")) {
        return error_set(err, DENS_ERROR_USAGE, "--leave-diagnosis-out", "does not go together with --among");
    }
    if (cross && (leave_out || option_given(line, "overlay"))) {
        return error_set(err, DENS_ERROR_USAGE, "--cross", "does not go together with %s",
                         leave_out ? "--leave-diagnosis-out" : "--overlay");
    }
    char *end = NULL;
    long long parts = cross ? strtoll(cross, &end, 10) : 2;
    if (cross && (*end || end == cross || parts < 2 || parts > MOST_FOLDS)) {
        return error_set(err, DENS_ERROR_USAGE, "--cross", "must be a whole number from 2 to %d", MOST_FOLDS);
    }
    *folds = (size_t)parts;
    return true;
}

static const Value *validate(const Engine *engine, const CommandLine *line, Mode mode, size_t folds,
                             const ValidateOptions *wanted, Arena *arena, DensError **err)
{
    if (mode == CROSS) {
        return validate_cross(engine, line->operands, line->operand_count, folds, wanted, arena, err);
    }
    return (mode == LEAVE_OUT ? validate_leave_out : validate_cases)(engine, line->operands,
                                                                     line->operand_count, wanted, arena, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    AUTO(engine_auto) Engine *engine = cli_engine(cli, line, err);
    ValidateOptions wanted = {.without_path = option_given(line, "without-path"), .progress = cli->progress};
    if (!engine || !(wanted.prior = cli_prior(engine, line, err)) ||
        !cli_among(cli, engine, line, wanted.prior, &wanted.among, err)) {
        return false;
    }
    Mode mode;
    size_t folds = 0;
    if (!find_mode(line, &mode, &folds, err)) {
        return false;
    }
    const Value *outcome = validate(engine, line, mode, folds, &wanted, cli->arena, err);
    if (!outcome) {
        return false;
    }
    if (json) {
        return cli_print_json(outcome, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    static void (*const texts[])(const Value *, Text *) = {
        [PLAIN] = validate_text, [LEAVE_OUT] = validate_leave_out_text, [CROSS] = validate_cross_text};
    texts[mode](outcome, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_validate = {.name = "validate",
                                  .summary = "how good the differential is on cases with a known truth",
                                  .synopsis = "CASES… [--prior NAME] [--among review|FILE] [--without-path]\n"
                                              "         [--leave-diagnosis-out | --cross K]",
                                  .description = description,
                                  .options = options,
                                  .examples = "dens validate cases --prior uniform\n"
                                              "dens validate cases/review --among review --without-path",
                                  .least_operands = 1,
                                  .most_operands = INT_MAX,
                                  .run = run};
