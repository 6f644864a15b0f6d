/* The commands that work on case files and the knowledge alone: the table of dens. They may use nothing that
 * needs a library for images, fonts or DICOM; a test looks. */
#include "cli/cli.h"

static const Command *const commands[] = {
    &command_differential, &command_next,     &command_score,    &command_learn,
    &command_knowledge,    &command_simulate, &command_validate, NULL};

const CommandTable cli_commands = {commands, "dens-imaging"};
