/* All commands: the table of dens-imaging. */
#include "cli/cli.h"

static const Command *const commands[] = {&command_evaluate,
                                          &command_compare,
                                          &command_differential,
                                          &command_measure,
                                          &command_next,
                                          &command_node,
                                          &command_score,
                                          &command_learn,
                                          &command_study,
                                          &command_knowledge,
                                          &command_phantom,
                                          &command_segment,
                                          &command_simulate,
                                          &command_serve,
                                          &command_store,
                                          &command_validate,
                                          NULL};

const CommandTable cli_commands = {commands, NULL};
