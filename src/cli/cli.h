/* What the commands share: the table of commands, options, the log, the terminal. Only this room prints. */
#ifndef DENS_CLI_CLI_H
#define DENS_CLI_CLI_H

#include "base/arena.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/trees.h"
#include "base/value.h"
#include "evaluate/evaluate.h"
#include "report/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* One option of a command. An option that takes no value is a switch. */
typedef struct {
    const char *name;       /* "prior" for --prior */
    char letter;            /* 'o' for -o, or 0 */
    const char *value_name; /* "NAME", or NULL for a switch */
    bool repeats;
    const char *help; /* one or two sentences */
} OptionSpec;

typedef struct {
    const OptionSpec *spec;
    const char *value; /* NULL for a switch */
} OptionValue;

typedef struct {
    size_t operand_count;
    const char **operands;
    size_t value_count;
    OptionValue *values;
} CommandLine;

typedef struct Cli {
    Arena *arena;
    Log *log;
    Progress *progress;    /* NULL unless stderr is a terminal */
    const char *knowledge; /* folder */
    Trees *table;          /* its parsed trees; NULL: there are none */
    const char *command;   /* the command line without folders: for the provenance */
    bool terminal;         /* stdout is one */
    bool colour;
    size_t width;
} Cli;

typedef struct {
    const char *name;
    const char *summary;       /* one line, for the list */
    const char *synopsis;      /* what follows "dens NAME " */
    const char *description;   /* paragraphs */
    const OptionSpec *options; /* ended by one without a name */
    const char *examples;      /* lines */
    size_t least_operands, most_operands;
    bool (*run)(Cli *cli, const CommandLine *line, DensError **err);
} Command;

extern const Command command_compare, command_evaluate, command_differential, command_measure, command_study,
    command_knowledge, command_learn, command_next, command_node, command_phantom, command_score,
    command_segment, command_simulate, command_serve, command_store, command_validate;

typedef struct {
    const Command *const *list; /* ended by NULL */
    const char *others; /* the program beside this one that has all the others; NULL: there are none */
} CommandTable;
extern const CommandTable cli_commands;

/* The last value of an option, or NULL / `fallback`; whether a switch was given; all values of a repeated
 * one. */
const char *option_value(const CommandLine *line, const char *name, const char *fallback);
bool option_given(const CommandLine *line, const char *name);
size_t option_values(const CommandLine *line, const char *name, Arena *arena, const char *const **out);
/* The value is one of the NULL-ended words; its index in *out. */
bool option_choice(const CommandLine *line, const char *name, const char *const *words, size_t fallback,
                   size_t *out, DensError **err) DENS_MUST_USE;

/* Sorts arguments into options and operands. "--" ends the options. Errors are DENS_ERROR_USAGE and name the
 * nearest option. */
bool command_line_parse(const OptionSpec *options, int argc, char *const *argv, Arena *arena,
                        CommandLine *out, DensError **err) DENS_MUST_USE;

/* Prints a text to standard output; an error if it cannot be written (a full disk, a closed pipe). */
bool cli_print(const char *text, size_t length, DensError **err) DENS_MUST_USE;
bool cli_print_json(const Value *value, DensError **err) DENS_MUST_USE;

/* The option that puts a department's own counts on the knowledge, and the engine that it asks for; an
 * overlay that was made with another version of the knowledge is warned of. */
#define OPTION_OVERLAY                                                                                       \
    {                                                                                                        \
        "overlay", 0, "FILE", false,                                                                         \
            "The counts of a department's own cases on top of the knowledge (see `dens learn`)."             \
    }
#define OPTION_PRIOR                                                                                         \
    {                                                                                                        \
        "prior", 0, "NAME|FILE", false,                                                                      \
            "How common the diagnoses are before anything was seen: clinic (all comers with a cervical "     \
            "lesion, the default), uniform (for evaluation and teaching), and others: "                      \
            "`dens knowledge priors` lists them. Or a file with one prior in the format of "                 \
            "knowledge/priors.yaml (a name that ends in .yaml)."                                             \
    }
#define OPTION_WITHOUT_PATH                                                                                  \
    {                                                                                                        \
        "without-path", 0, NULL, false, "Leave histology, immunohistochemistry and molecular pathology out." \
    }
Engine *cli_engine(const Cli *cli, const CommandLine *line, DensError **err) DENS_MUST_USE;

/* The option that names a language, and its messages; English without it. */
#define OPTION_LANGUAGE                                                                                      \
    {                                                                                                        \
        "language", 0, "NAME", false,                                                                        \
            "The language of the report: en (English, the default) or zh (Chinese); more are files of the "  \
            "knowledge's folder languages. result.json and what goes to other systems stay English."         \
    }
MessageSet *cli_messages(const Cli *cli, const CommandLine *line, DensError **err) DENS_MUST_USE;

/* What --prior asks for (clinic, if it is not given); what --among leaves in (*out NULL: all). */
const Prior *cli_prior(const Engine *engine, const CommandLine *line, DensError **err) DENS_MUST_USE;
bool cli_among(const Cli *cli, const Engine *engine, const CommandLine *line, const Prior *prior,
               const bool **out, DensError **err) DENS_MUST_USE;
/* --format text|json. */
bool cli_wants_json(const CommandLine *line, bool *out, DensError **err) DENS_MUST_USE;
/* --output: a folder, which may not be there yet; NULL with an error that says what shall go there. */
const char *cli_output_folder(const CommandLine *line, const char *command, const char *what,
                              DensError **err) DENS_MUST_USE;
/* Reads a case and refuses one that contradicts itself; warnings go to the log. */
Case *cli_read_case(const Cli *cli, const Engine *engine, const char *path, DensError **err) DENS_MUST_USE;

/* The options that every command has, ended by one without a name. */
const OptionSpec *cli_common_options(void);

void help_command(const Command *command, size_t width, Text *out);
void help_overview(const Command *const *commands, size_t width, Text *out);

/* A progress bar on stderr. */
void terminal_progress_init(Progress *out);
void terminal_progress_clear(const Progress *progress);

#endif
