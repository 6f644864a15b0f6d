/* dens store: looking after the store of `dens serve`. */
#include "base/file.h"
#include "cli/cli.h"
#include "node/journal.h"
#include "node/spool.h"
#include "serve/received.h"

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
    "files beside it, for other programs; `import` reads that into a store. TO must be empty or not there. "
    "`receive` puts "
    "a study that `dens node` received into a store, as the node itself does with --store: STUDY is its "
    "folder "
    "below studies/ of the node's folder.";

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

/* STUDY is a study's folder in the spool of a node. */
static bool receive(Cli *cli, const char *store, const char *folder, DensError **err)
{
    Journal journal;
    ServeReceived study = {.images = file_join(cli->arena, folder, "series")};
    long long version = 0;
    bool is_new = false;
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/') {
        length--;
    }
    study.id = file_name(arena_strndup(cli->arena, folder, length));
    if (!store_is_id(study.id) || file_kind(study.images) != FILE_FOLDER) {
        return error_input(err, folder, "is no study's folder of a node, or its images were removed");
    }
    if (!journal_read(&journal, folder, err) ||
        !spool_callers(folder, cli->arena, &study.callers, &study.caller_count, err)) {
        return false;
    }
    bool evaluated = journal.state == STUDY_SENDING || journal.state == STUDY_DONE;
    if (!evaluated && journal.state != STUDY_FAILED && journal.state != STUDY_UNMATCHED) {
        return error_input(err, folder, "the study is not evaluated yet");
    }
    study.evaluation = journal.evaluation;
    study.digest = journal.digest;
    study.state = journal_state_name(evaluated ? STUDY_DONE : journal.state);
    study.reason = evaluated ? "" : journal.reason;
    if (evaluated) {
        study.report = file_join(cli->arena, folder, arena_printf(cli->arena, "report-%u", study.evaluation));
    }
    if (!serve_receive(store, &study, cli->log, &version, &is_new, err)) {
        return false;
    }
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "The study %s in the store: version %lld.\n", is_new ? "is now" : "was already",
              version);
    return cli_print(text_string(&text), text.length, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    enum { CHECK, BACKUP, EXPORT, IMPORT, RECEIVE, ACTIONS };
    static const char *const actions[ACTIONS] = {"check", "backup", "export", "import", "receive"};
    const char *action = line->operands[0], *folder = option_value(line, "store", NULL);
    size_t which = 0;
    while (which < ACTIONS && strcmp(action, actions[which]) != 0) {
        which++;
    }
    if (which == ACTIONS) {
        return error_set(err, DENS_ERROR_USAGE, action, "must be check, backup, export, import or receive");
    }
    if (!folder) {
        return error_set(err, DENS_ERROR_USAGE, "store", "which store? --store DIR is missing");
    }
    if ((which == CHECK) != (line->operand_count == 1)) {
        return error_set(err, DENS_ERROR_USAGE, "store",
                         which == CHECK ? "check takes no folder but --store" : "%s needs one folder",
                         action);
    }
    if (which != IMPORT && which != RECEIVE && file_kind(folder) != FILE_FOLDER) {
        return error_input(err, folder, "is no folder of a store");
    }
    if (which == RECEIVE) {
        return receive(cli, folder, line->operands[1], err);
    }
    AUTO(store_auto) Store *store = store_open(folder, err);
    return store && (which == CHECK ? check(cli, store, option_given(line, "tidy"), err)
                                    : carry(store, action, line->operands[1], err));
}

const Command command_store = {.name = "store",
                               .summary = "checks, copies, exports and imports what `dens serve` keeps",
                               .synopsis = "check|backup|export|import|receive [TO|FROM|STUDY] --store DIR",
                               .description = description,
                               .options = options,
                               .examples = "dens store check --store /var/lib/dens\n"
                                           "dens store backup /backup/dens --store /var/lib/dens\n"
                                           "dens store export out/ --store /var/lib/dens",
                               .least_operands = 1,
                               .most_operands = 2,
                               .run = run};
