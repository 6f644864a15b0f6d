/* The options that several commands have: --overlay with the engine that it asks for, --language. */
#include "cli/cli.h"

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
