/* dens store: looking after the store of `dens serve`. */
#include "base/file.h"
#include "cli/cli.h"
#include "store/store.h"

#include <string.h>

static const OptionSpec options[] = {
    {"store", 0, "DIR", false, "The folder of the store."},
    {"tidy", 0, NULL, false, "check: remove files of more than a day ago that no record names."},
    {0}};

static const char description[] =
    "Looks after the folder in which `dens serve --store DIR` keeps studies, masks, cases with all their "
    "versions, "
    "results and the audit trail. All of it may be done while the server runs.\n\n"
    "`check` looks at the database and at every byte of every file; what a killed process left is told and "
    "does no harm. "
    "`backup` writes a consistent copy that is a store itself. `export` writes every version as a line of "
    "JSON with its "
    "files beside it, for other programs; `import` reads that into a store. TO must be empty or not there.";

static bool check(Cli *cli, Store *store, bool tidy, DensError **err)
{
    Value *faults = value_new_list(cli->arena), *leftovers = value_new_list(cli->arena);
    size_t removed = 0;
    if (!store_check(store, faults, leftovers, err) || (tidy && !store_tidy(store, &removed, err))) {
        return false;
    }
    VALUE_EACH(leftover, leftovers)
    {
        log_line(cli->log, LOG_INFO, "%s: no record names this file", value_string(leftover));
    }
    VALUE_EACH(fault, faults)
    {
        log_line(cli->log, LOG_WARNING, "%s", value_string(fault));
    }
    if (faults->count > 0) {
        return error_input(err, store_folder(store), "the store has %zu fault%s", faults->count,
                           faults->count == 1 ? "" : "s");
    }
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "The store is sound. Files that no record names: %zu", leftovers->count);
    text_addf(&text, tidy ? ", of which %zu were removed.\n" : ".\n", removed);
    return cli_print(text_string(&text), text.length, err);
}

static bool carry(Store *store, const char *action, const char *folder, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    size_t count = 0;
    bool import = strcmp(action, "import") == 0;
    if (strcmp(action, "backup") == 0) {
        text_addf(&text, "The copy stands in %s.\n", folder);
        return store_backup(store, folder, err) && cli_print(text_string(&text), text.length, err);
    }
    if (import ? !store_import(store, folder, &count, err) : !store_export(store, folder, &count, err)) {
        return false;
    }
    text_addf(&text, "%zu versions were %s.\n", count, import ? "imported" : "exported");
    return cli_print(text_string(&text), text.length, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const actions[] = {"check", "backup", "export", "import"};
    const char *action = line->operands[0], *folder = option_value(line, "store", NULL);
    size_t which = 0;
    while (which < 4 && strcmp(action, actions[which]) != 0) {
        which++;
    }
    if (which == 4) {
        return error_set(err, DENS_ERROR_USAGE, action, "must be check, backup, export or import");
    }
    if (!folder) {
        return error_set(err, DENS_ERROR_USAGE, "store", "which store? --store DIR is missing");
    }
    if ((which == 0) != (line->operand_count == 1)) {
        return error_set(err, DENS_ERROR_USAGE, "store",
                         which == 0 ? "check takes no folder but --store" : "%s needs one folder", action);
    }
    if (which != 3 && file_kind(folder) != FILE_FOLDER) {
        return error_input(err, folder, "is no folder of a store");
    }
    AUTO(store_auto) Store *store = store_open(folder, err);
    return store && (which == 0 ? check(cli, store, option_given(line, "tidy"), err)
                                : carry(store, action, line->operands[1], err));
}

const Command command_store = {.name = "store",
                               .summary = "checks, copies, exports and imports what `dens serve` keeps",
                               .synopsis = "check|backup|export|import [TO|FROM] --store DIR",
                               .description = description,
                               .options = options,
                               .examples = "dens store check --store /var/lib/dens\n"
                                           "dens store backup /backup/dens --store /var/lib/dens\n"
                                           "dens store export out/ --store /var/lib/dens",
                               .least_operands = 1,
                               .most_operands = 2,
                               .run = run};
