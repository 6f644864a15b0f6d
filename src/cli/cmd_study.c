/* dens study: what a folder of DICOM files holds. */
#include "cli/cli.h"
#include "dicom/dicom.h"

#include <limits.h>
#include <string.h>

static const OptionSpec options[] = {{"format", 0, "text|json", false, "A table (default) or JSON."}, {0}};

static const char description[] =
    "Lists the series of DICOM files and folders: number, modality, size, the role that dens guesses from "
    "the tags, and why; and what keeps a series from being read as a volume. Patients' names and "
    "identifiers are not printed.";

static void add_series(const SeriesInfo *s, Value *list)
{
    Value *map = value_add_map(list);
    value_set_integer(map, "number", s->number);
    value_set_string(map, "series", s->series_uid);
    value_set_string(map, "modality", s->modality);
    value_set_integer(map, "files", (long long)s->file_count);
    value_set_integer(map, "rows", (long long)s->rows);
    value_set_integer(map, "columns", (long long)s->columns);
    value_set_string(map, "role", role_name(s->role));
    value_set_string(map, "reason", s->role_reason);
    value_set_bool(map, "mask", s->is_mask);
    if (s->problem[0]) {
        value_set_string(map, "problem", s->problem);
    }
}

static void add_table(const DicomStudy *study, Text *out)
{
    text_add(out, "series  modality  files  rows×columns  role     why\n");
    for (size_t i = 0; i < study->series_count; i++) {
        const SeriesInfo *s = &study->series[i];
        text_addf(out, "%6d  %-8s  %5zu  %5zu×%-6zu  %-7s  %s\n", s->number, s->modality, s->file_count,
                  s->rows, s->columns, s->is_mask ? "mask" : role_name(s->role), s->role_reason);
        if (s->problem[0]) {
            text_addf(out, "        cannot be read as a volume: %s\n", s->problem);
        }
    }
    if (study->ignored_files) {
        text_addf(out, "%zu other files were passed over\n", study->ignored_files);
    }
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    if (!option_choice(line, "format", formats, 0, &format, err)) {
        return false;
    }
    const DicomStudy *study =
        dicom_study_scan(cli->arena, line->operands, line->operand_count, cli->log, cli->progress, err);
    if (!study) {
        return false;
    }
    if (format == 1) {
        Value *root = value_new_map(cli->arena);
        value_set_string(root, "study", study->study_uid);
        Value *list = value_set_list(root, "series");
        for (size_t i = 0; i < study->series_count; i++) {
            add_series(&study->series[i], list);
        }
        value_set_integer(root, "other_files", (long long)study->ignored_files);
        return cli_print_json(root, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    add_table(study, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_study = {.name = "study",
                               .summary = "list the series of DICOM files and folders",
                               .synopsis = "PATH… [--format text|json]",
                               .description = description,
                               .options = options,
                               .examples = "dens study /media/cdrom\ndens study study/ --format json",
                               .least_operands = 1,
                               .most_operands = INT_MAX,
                               .run = run};
