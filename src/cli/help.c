/* Help texts, laid out as a manual page. */
#include "cli/cli.h"

#include <string.h>

static const char exit_status[] = "0  done\n"
                                  "1  the input is at fault; one line on standard error says where and what\n"
                                  "2  wrong usage\n"
                                  "3  a fault of the program or of the machine\n";

/* Words of `text` in lines of at most `width` columns, each indented; a line end in the text ends a line, an
 * empty line stays. Counts bytes of UTF-8 continuation as no column. */
static void add_wrapped(Text *out, const char *text, size_t indent, size_t width)
{
    size_t column = 0;
    while (*text) {
        if (*text == '\n') {
            text_add(out, "\n");
            column = 0;
            text++;
            continue;
        }
        size_t length = strcspn(text, " \n"), columns = 0;
        for (size_t i = 0; i < length; i++) {
            columns += ((unsigned char)text[i] & 0xC0) != 0x80;
        }
        if (column > 0 && column + 1 + columns > width) {
            text_add(out, "\n");
            column = 0;
        }
        if (column == 0) {
            text_addf(out, "%*s", (int)indent, "");
            column = indent;
        } else {
            text_add(out, " ");
            column++;
        }
        text_add_bytes(out, text, length);
        column += columns;
        text += length;
        text += *text == ' ';
    }
    text_add(out, "\n");
}

static void add_option(Text *out, const OptionSpec *option, size_t width)
{
    if (option->letter) {
        text_addf(out, "    -%c%s%s, --%s", option->letter, option->value_name ? " " : "",
                  option->value_name ? option->value_name : "", option->name);
    } else {
        text_addf(out, "    --%s", option->name);
    }
    text_addf(out, "%s%s%s\n", option->value_name ? " " : "", option->value_name ? option->value_name : "",
              option->repeats ? "  (may be repeated)" : "");
    add_wrapped(out, option->help, 8, width);
}

static void add_verbatim(Text *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        text_add(out, "    ");
        text_add_bytes(out, text, length);
        text_add(out, "\n");
        text += length + (text[length] == '\n');
    }
}

void help_command(const Command *command, size_t width, Text *out)
{
    text_addf(out, "NAME\n    dens %s - %s\n\nSYNOPSIS\n", command->name, command->summary);
    const char *synopsis = command->synopsis;
    while (*synopsis) {
        size_t length = strcspn(synopsis, "\n");
        /* a line that begins with a space goes on from the one before */
        if (*synopsis == ' ') {
            text_add(out, "    ");
        } else {
            text_addf(out, "    dens %s ", command->name);
        }
        text_add_bytes(out, synopsis, length);
        text_add(out, "\n");
        synopsis += length + (synopsis[length] == '\n');
    }
    text_add(out, "\nDESCRIPTION\n");
    add_wrapped(out, command->description, 4, width);
    text_add(out, "\nOPTIONS\n");
    for (const OptionSpec *option = command->options; option->name; option++) {
        add_option(out, option, width);
    }
    for (const OptionSpec *option = cli_common_options(); option->name; option++) {
        add_option(out, option, width);
    }
    text_add(out, "\nEXIT STATUS\n");
    add_verbatim(out, exit_status);
    text_add(out, "\nEXAMPLES\n");
    add_verbatim(out, command->examples);
}

void help_overview(const Command *const *commands, size_t width, Text *out)
{
    text_add(out, "dens " DENS_VERSION " - evaluates the imaging of bone tumours of the cervical spine\n\n"
                  "usage: dens COMMAND [OPTION]… [OPERAND]…\n\n");
    for (size_t i = 0; commands[i]; i++) {
        text_addf(out, "    %-14s%s\n", commands[i]->name, commands[i]->summary);
    }
    text_addf(out, "    %-14s%s\n    %-14s%s\n\n", "version",
              "print the version of the program and of the knowledge", "help",
              "print this, or `dens help COMMAND` for one command");
    add_wrapped(out,
                "It is decision support for professionals, and a tool for teaching and research. It is not a "
                "certified medical device "
                "and replaces neither the report of a radiologist nor histology.",
                0, width);
}
