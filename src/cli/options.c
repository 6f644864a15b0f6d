/* Options and operands. */
#include "cli/cli.h"

#include "base/nearest.h"

#include <string.h>

static const OptionSpec *find_long(const OptionSpec *options, const char *name, size_t length)
{
    for (; options->name; options++) {
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0) {
            return options;
        }
    }
    return NULL;
}

static const OptionSpec *find_letter(const OptionSpec *options, char letter)
{
    for (; options->name; options++) {
        if (options->letter == letter) {
            return options;
        }
    }
    return NULL;
}

static bool unknown_option(const OptionSpec *options, const char *given, Arena *arena, DensError **err)
{
    size_t count = 0;
    while (options[count].name) {
        count++;
    }
    const char **names = arena_array(arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = options[i].name;
    }
    const char *near = nearest_name(given + strspn(given, "-"), names, count);
    return error_set(err, DENS_ERROR_USAGE, given, "unknown option%s%s%s", near ? "; did you mean --" : "",
                     near ? near : "", near ? "?" : "");
}

/* An option by its long name, however it was given. */
static const char *tell(const OptionSpec *spec, Arena *arena)
{
    return arena_printf(arena, "--%s", spec->name);
}

static bool add_value(CommandLine *line, const OptionSpec *spec, const char *value, Arena *arena,
                      DensError **err)
{
    for (size_t i = 0; i < line->value_count; i++) {
        if (line->values[i].spec == spec && !spec->repeats && spec->value_name) {
            return error_set(err, DENS_ERROR_USAGE, tell(spec, arena), "was given twice");
        }
    }
    if (strcmp(spec->name, "output") == 0 && value && strcmp(value, "-") == 0) {
        return error_set(err, DENS_ERROR_USAGE, tell(spec, arena),
                         "the output is a file or a folder, not standard output, where the outcome is told; "
                         "write ./- for one that is named so");
    }
    line->values[line->value_count++] = (OptionValue){spec, value};
    return true;
}

/* "--case": a name of an option where a value was to stand. */
static bool is_option(const OptionSpec *options, const char *text)
{
    return strncmp(text, "--", 2) == 0 && find_long(options, text + 2, strcspn(text + 2, "="));
}

/* One option at argv[*at]; moves *at past a value that stands apart. */
static bool parse_option(const OptionSpec *options, int argc, char *const *argv, int *at, Arena *arena,
                         CommandLine *line, DensError **err)
{
    const char *given = argv[*at];
    const char *value = NULL;
    const OptionSpec *spec;
    if (given[1] == '-') {
        const char *equals = strchr(given, '=');
        spec = find_long(options, given + 2, equals ? (size_t)(equals - given - 2) : strlen(given + 2));
        value = equals ? equals + 1 : NULL;
    } else {
        spec = find_letter(options, given[1]);
        value = given[2] ? given + 2 : NULL;
    }
    if (!spec) {
        return unknown_option(options, given, arena, err);
    }
    if (!spec->value_name && value) {
        return error_set(err, DENS_ERROR_USAGE, tell(spec, arena), "takes no value");
    }
    if (spec->value_name && !value && *at + 1 < argc && !is_option(options, argv[*at + 1])) {
        value = argv[++*at];
    }
    if (spec->value_name && (!value || !*value)) {
        return error_set(err, DENS_ERROR_USAGE, tell(spec, arena), "needs a value: %s", spec->value_name);
    }
    return add_value(line, spec, value, arena, err);
}

bool command_line_parse(const OptionSpec *options, int argc, char *const *argv, Arena *arena,
                        CommandLine *out, DensError **err)
{
    size_t room = argc > 0 ? (size_t)argc : 1;
    *out = (CommandLine){.operands = arena_array(arena, room, sizeof *out->operands),
                         .values = arena_array(arena, room, sizeof *out->values)};
    bool options_end = false;
    for (int at = 0; at < argc; at++) {
        if (!options_end && strcmp(argv[at], "--") == 0) {
            options_end = true;
        } else if (!options_end && argv[at][0] == '-' && argv[at][1] != '\0') {
            if (!parse_option(options, argc, argv, &at, arena, out, err)) {
                return false;
            }
        } else if (!argv[at][0]) {
            return error_set(err, DENS_ERROR_USAGE, "\"\"", "an operand is empty");
        } else {
            out->operands[out->operand_count++] = argv[at];
        }
    }
    return true;
}

const char *option_value(const CommandLine *line, const char *name, const char *fallback)
{
    for (size_t i = line->value_count; i-- > 0;) {
        if (strcmp(line->values[i].spec->name, name) == 0) {
            return line->values[i].value;
        }
    }
    return fallback;
}

bool option_given(const CommandLine *line, const char *name)
{
    for (size_t i = 0; i < line->value_count; i++) {
        if (strcmp(line->values[i].spec->name, name) == 0) {
            return true;
        }
    }
    return false;
}

size_t option_values(const CommandLine *line, const char *name, Arena *arena, const char *const **out)
{
    const char **values = arena_array(arena, line->value_count + 1, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < line->value_count; i++) {
        if (strcmp(line->values[i].spec->name, name) == 0) {
            values[count++] = line->values[i].value;
        }
    }
    *out = values;
    return count;
}

bool option_choice(const CommandLine *line, const char *name, const char *const *words, size_t fallback,
                   size_t *out, DensError **err)
{
    const char *value = option_value(line, name, words[fallback]);
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return true;
        }
    }
    AUTO_TEXT all = TEXT_INIT;
    for (size_t i = 0; words[i]; i++) {
        text_addf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    AUTO_TEXT where = TEXT_INIT;
    text_addf(&where, "--%s %s", name, value);
    return error_set(err, DENS_ERROR_USAGE, text_string(&where), "must be one of %s", text_string(&all));
}
