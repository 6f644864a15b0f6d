/* dens: the program. A table of commands; each has a file of its own. Built twice: `dens` has the table of
 * commands_core.c, links nothing that draws or reads images and so starts at once; what it does not know it
 * passes on to `dens-imaging`, which has all of commands.c. */
#include "base/file.h"
#include "base/nearest.h"
#include "base/yaml.h"
#include "cli/cli.h"
#include "knowledge/knowledge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const OptionSpec common_options[] = {
    {"knowledge", 0, "DIR", false,
     "The folder of the knowledge. Else DENS_KNOWLEDGE, else the folder that came with the program."},
    {"log", 0, "text|json", false,
     "The form of the messages on standard error: text, or one JSON object a line."},
    {"quiet", 'q', NULL, false, "Only errors on standard error: no warnings, no progress."},
    {"verbose", 'v', NULL, false, "More on standard error: what was read, what was not used and why."},
    {"colour", 0, "auto|always|never", false, "Colours on the terminal. NO_COLOR is heeded."},
    {"help", 'h', NULL, false, "This text."},
    {0}};

const OptionSpec *cli_common_options(void)
{
    return common_options;
}

static const OptionSpec *with_common(const OptionSpec *own, Arena *arena)
{
    size_t own_count = 0, common_count = sizeof common_options / sizeof *common_options;
    while (own[own_count].name) {
        own_count++;
    }
    OptionSpec *all = arena_array(arena, own_count + common_count, sizeof *all);
    memcpy(all, own, own_count * sizeof *all);
    memcpy(all + own_count, common_options, sizeof common_options);
    return all;
}

/* The folder that the program stands in. */
static const char *own_folder(Arena *arena)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    return slash ? arena_strndup(arena, path, (size_t)(slash - path)) : ".";
}

/* The knowledge that came with the program: beside the build folder, or installed under share/. */
static const char *default_knowledge(Arena *arena)
{
    const char *folder = own_folder(arena);
    const char *installed = file_join(arena, folder, "../share/dens/knowledge");
    return file_kind(installed) == FILE_FOLDER ? installed : file_join(arena, folder, "../knowledge");
}

static void tell_damage(void *log, const char *part)
{
    log_line(log, LOG_WARNING,
             "knowledge.table: is damaged: %s; it is made again from the files of the knowledge, which gives "
             "the same results more slowly; `dens knowledge compile` writes the table",
             part);
}

/* The table of the knowledge that was made when the program was built: in the build folder, or installed. A
 * damaged one is told of and not used; of a damaged part, once. */
static void use_table(Cli *cli)
{
    const char *folder = own_folder(cli->arena);
    const char *path = file_join(cli->arena, folder, "../share/dens/knowledge.table");
    path = file_kind(path) == FILE_REGULAR ? path : file_join(cli->arena, folder, "knowledge.table");
    if (file_kind(path) != FILE_REGULAR) {
        return;
    }
    DensError *error = NULL;
    cli->table = trees_open(path, &error);
    if (error) {
        log_line(cli->log, LOG_WARNING, "%s: %s; the files of the knowledge are read instead",
                 file_name(path), dens_error_summary(error));
        dens_error_free(error);
    } else {
        trees_watch(cli->table, tell_damage, cli->log);
    }
    yaml_use_table(cli->table);
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60) {
        return size.ws_col < 120 ? size.ws_col : 120;
    }
    return 100;
}

/* A path without the folders before it; a folder itself is told as DIR only. "ct=" before a path stays. */
static void add_told(Text *text, const char *argument)
{
    const char *archive = strstr(argument, "dicomweb+");
    if (archive) { /* what follows names a patient or a study */
        text_add_bytes(text, argument, (size_t)(archive - argument));
        text_add(text, "dicomweb");
        return;
    }
    const char *equals = strchr(argument, '='), *slash = strchr(argument, '/');
    bool has_role = equals && file_kind(argument) == FILE_ABSENT && (!slash || equals < slash);
    const char *path = has_role ? equals + 1 : argument;
    size_t length = strlen(path);
    text_add_bytes(text, argument, (size_t)(path - argument));
    bool folder = (length > 0 && path[length - 1] == '/') || file_kind(path) == FILE_FOLDER;
    text_add(text, folder ? "DIR" : file_name(path));
}

/* The command line for the provenance. Folders are left out, as they may name a patient. */
static const char *told_command(const Command *command, const CommandLine *line, Arena *arena)
{
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "dens %s", command->name);
    for (size_t i = 0; i < line->operand_count; i++) {
        text_add(&text, " ");
        add_told(&text, line->operands[i]);
    }
    for (size_t i = 0; i < line->value_count; i++) {
        const OptionSpec *spec = line->values[i].spec;
        text_addf(&text, " --%s", spec->name);
        if (spec->value_name) {
            text_add(&text, " ");
            add_told(&text, strcmp(spec->value_name, "DIR") == 0 ? "/" : line->values[i].value);
        }
    }
    return arena_strdup(arena, text_string(&text));
}

static const Command *find_command(const char *name)
{
    for (size_t i = 0; cli_commands.list[i]; i++) {
        if (strcmp(cli_commands.list[i]->name, name) == 0) {
            return cli_commands.list[i];
        }
    }
    return NULL;
}

static bool unknown_command(const char *name, Arena *arena, DensError **err)
{
    size_t count = 0;
    while (cli_commands.list[count]) {
        count++;
    }
    const char **names = arena_array(arena, count + 2, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = cli_commands.list[i]->name;
    }
    names[count++] = "version";
    names[count++] = "help";
    const char *near = nearest_name(name, names, count);
    return error_set(err, DENS_ERROR_USAGE, name, "no such command%s%s%s; `dens help` lists them",
                     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static bool print_help(const Command *command, const Cli *cli, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    if (command) {
        help_command(command, cli->width, &text);
    } else {
        help_overview(cli_commands.list, cli->width, &text);
    }
    return cli_print(text_string(&text), text.length, err);
}

static bool print_version(const Cli *cli, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    AUTO(knowledge_auto) Knowledge *knowledge = knowledge_load(cli->knowledge, err);
    if (!knowledge) {
        return false;
    }
    text_addf(&text, "dens %s\nknowledge %s\n", DENS_VERSION, knowledge_version(knowledge));
    return cli_print(text_string(&text), text.length, err);
}

/* Log, colours and knowledge from the common options. */
static bool set_up(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const styles[] = {"text", "json", NULL};
    static const char *const colours[] = {"auto", "always", "never", NULL};
    size_t style = 0, colour = 0;
    if (!option_choice(line, "log", styles, 0, &style, err) ||
        !option_choice(line, "colour", colours, 0, &colour, err)) {
        return false;
    }
    bool quiet = option_given(line, "quiet");
    LogLevel lowest = quiet ? LOG_ERROR : option_given(line, "verbose") ? LOG_INFO : LOG_WARNING;
    log_free(cli->log);
    cli->log = log_new(stderr, style == 1 ? LOG_JSON : LOG_TEXT, lowest);
    const char *no_colour = getenv("NO_COLOR");
    cli->colour = colour == 1 || (colour == 0 && cli->terminal && !(no_colour && *no_colour));
    const char *from_environment = getenv("DENS_KNOWLEDGE");
    const char *fallback =
        from_environment && *from_environment ? from_environment : default_knowledge(cli->arena);
    cli->knowledge = option_value(line, "knowledge", fallback);
    use_table(cli);
    if (!quiet && style == 0 && isatty(STDERR_FILENO)) {
        cli->progress = arena_alloc(cli->arena, sizeof *cli->progress);
        terminal_progress_init(cli->progress);
    }
    return true;
}

static bool run_command(Cli *cli, const Command *command, int argc, char *const *argv, DensError **err)
{
    CommandLine line;
    if (!command_line_parse(with_common(command->options, cli->arena), argc, argv, cli->arena, &line, err)) {
        return false;
    }
    if (option_given(&line, "help")) {
        return print_help(command, cli, err);
    }
    if (!set_up(cli, &line, err)) {
        return false;
    }
    if (line.operand_count < command->least_operands) {
        return error_set(err, DENS_ERROR_USAGE, command->name,
                         "%.*s is missing; `dens help %s` shows the usage",
                         (int)strcspn(command->synopsis, " \n"), command->synopsis, command->name);
    }
    if (line.operand_count > command->most_operands) {
        return error_set(err, DENS_ERROR_USAGE, line.operands[command->most_operands],
                         "one operand too many; `dens help %s` shows the usage", command->name);
    }
    cli->command = told_command(command, &line, cli->arena);
    bool good = command->run(cli, &line, err);
    terminal_progress_clear(cli->progress);
    return good;
}

/* `dens help [COMMAND]`; of "help" and "version" the overview says all there is. */
static bool run_help(Cli *cli, int argc, char *const *argv, DensError **err)
{
    if (argc > 1) {
        return error_set(err, DENS_ERROR_USAGE, argv[1], "one operand too many; dens help [COMMAND]");
    }
    if (argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "version") == 0) {
        return print_help(NULL, cli, err);
    }
    const Command *command = find_command(argv[0]);
    return command ? print_help(command, cli, err) : unknown_command(argv[0], cli->arena, err);
}

static bool run_version(Cli *cli, int argc, char *const *argv, DensError **err)
{
    CommandLine line;
    if (!command_line_parse(common_options, argc, argv, cli->arena, &line, err) || !set_up(cli, &line, err)) {
        return false;
    }
    if (option_given(&line, "help")) {
        return print_help(NULL, cli, err);
    }
    if (line.operand_count > 0) {
        return error_set(err, DENS_ERROR_USAGE, line.operands[0], "`dens version` takes no operand");
    }
    return print_version(cli, err);
}

/* The other program, in the place of this one. Returns only if that cannot be started. */
static bool pass_on(const Cli *cli, char *const *argv, DensError **err)
{
    (void)execv(file_join(cli->arena, own_folder(cli->arena), cli_commands.others), argv);
    return error_set(err, DENS_ERROR_INTERNAL, cli_commands.others,
                     "the program with the other commands cannot be started: %s; it belongs beside dens",
                     strerror(errno));
}

static bool run(Cli *cli, int argc, char *const *argv, DensError **err)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (cli_commands.others && !(name && find_command(name))) {
        return pass_on(cli, argv, err);
    }
    if (!name) {
        (void)print_help(NULL, cli, err);
        return error_set(*err ? NULL : err, DENS_ERROR_USAGE, "dens", "a command is missing");
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return run_help(cli, argc - 2, argv + 2, err);
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        return run_version(cli, argc - 2, argv + 2, err);
    }
    if (name[0] == '-') {
        return error_set(err, DENS_ERROR_USAGE, name,
                         "options stand after the command: dens COMMAND [OPTION]…");
    }
    const Command *command = find_command(name);
    return command ? run_command(cli, command, argc - 2, argv + 2, err)
                   : unknown_command(name, cli->arena, err);
}

/* A file that we open must not get the number of a standard stream that is closed: what is printed would get
 * into it. Such a stream is opened the wrong way round, so that its use still fails. */
static void hold_standard_streams(void)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) < 0) {
            (void)open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    (void)setlocale(LC_ALL, "C.UTF-8");
    (void)setlocale(LC_NUMERIC, "C");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error that is told */
    Arena *arena = arena_new();
    Cli cli = {.arena = arena,
               .log = log_new(stderr, LOG_TEXT, LOG_WARNING),
               .terminal = isatty(STDOUT_FILENO) != 0,
               .width = terminal_width()};
    DensError *error = NULL;
    bool good = run(&cli, argc, argv, &error);
    int status = EXIT_SUCCESS;
    if (!good) {
        status = error ? (int)dens_error_code(error) : DENS_ERROR_INTERNAL;
        log_error(cli.log, error);
    }
    dens_error_free(error);
    log_free(cli.log);
    arena_free(arena);
    trees_free(cli.table);
    return status;
}
