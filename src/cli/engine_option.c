/* The options that several commands have, and what they ask for: the engine with an overlay, the prior, the
 * diagnoses, the language, the format; and the case that a command is about. */
#include "cli/cli.h"

#include "base/file.h"

Engine *cli_engine(const Cli *cli, const CommandLine *line, DensError **err)
{
    const char *overlay = option_value(line, "overlay", NULL);
    Engine *engine = engine_load_overlay(cli->knowledge, overlay, err);
    if (engine && engine->overlay_made_with &&
        strcmp(engine->overlay_made_with, knowledge_version(engine->knowledge)) != 0) {
        log_line(cli->log, LOG_WARNING,
                 "%s was made with another version of the knowledge: run `dens learn` on the cases again",
                 overlay);
    }
    return engine;
}

MessageSet *cli_messages(const Cli *cli, const CommandLine *line, DensError **err)
{
    return messages_load(cli->knowledge, option_value(line, "language", "en"), err);
}

const Prior *cli_prior(const Engine *engine, const CommandLine *line, DensError **err)
{
    return engine_prior(engine, option_value(line, "prior", "clinic"), err);
}

bool cli_among(const Cli *cli, const Engine *engine, const CommandLine *line, const Prior *prior,
               const bool **out, DensError **err)
{
    const char *among = option_value(line, "among", NULL);
    *out = among ? engine_among(engine, among, prior, cli->arena, err) : NULL;
    return !among || *out;
}

bool cli_wants_json(const CommandLine *line, bool *out, DensError **err)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    bool good = option_choice(line, "format", formats, 0, &format, err);
    *out = format == 1;
    return good;
}

const char *cli_output_folder(const CommandLine *line, const char *command, const char *what, DensError **err)
{
    const char *folder = option_value(line, "output", NULL);
    if (!folder) {
        error_set(err, DENS_ERROR_USAGE, command, "where shall the %s go? -o DIR is missing", what);
    } else if (file_kind(folder) == FILE_REGULAR || file_kind(folder) == FILE_OTHER) {
        error_set(err, DENS_ERROR_USAGE, folder, "is a file; -o needs a folder");
        folder = NULL;
    }
    return folder;
}

Case *cli_read_case(const Cli *cli, const Engine *engine, const char *path, DensError **err)
{
    Value *warnings = value_new_list(cli->arena);
    AUTO(case_auto) Case *c = case_read(path, knowledge_vocabulary(engine->knowledge), warnings, err);
    if (!c || !knowledge_check_case(engine->knowledge, c, path, err)) {
        return NULL;
    }
    VALUE_EACH(warning, warnings)
    {
        log_line(cli->log, LOG_WARNING, "%s", value_string(warning));
    }
    return TAKE(c);
}
