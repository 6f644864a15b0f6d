/* dens study: what a folder of DICOM files holds. */
#include "cli/cli.h"
#include "cli/remote_inputs.h"
#include "dicom/dicom.h"

#include <limits.h>
#include <stdio.h>

static const OptionSpec options[] = {
    {"search", 0, NULL, false,
     "PATH is a search in an archive, as dicomweb+https://HOST/dicom-web/studies?PatientID=…, "
     "?AccessionNumber=… or ?StudyDate=20260101-20260131: the studies that it finds are listed, none is "
     "fetched."},
    {"format", 0, "text|json", false, "A table (default) or JSON."},
    {0}};

static const char description[] =
    "Lists the series of DICOM files and folders: number, modality, size, the role that dens guesses from "
    "the tags, and why; and what keeps a series from being read as a volume. What a scanner stored as one "
    "series "
    "stands in several rows if it holds several kinds of image or echoes; volumes along time or diffusion "
    "weighting are "
    "counted in one row (slices × volumes). Localizers, projections, secondary captures and other objects "
    "are set apart "
    "below. A path may be a study in an archive with DICOMweb (`dens help evaluate`). Patients' names and "
    "identifiers are not printed.";

static void add_series(const SeriesInfo *s, Value *list)
{
    Value *map = value_add_map(list);
    value_set_integer(map, "number", s->number);
    value_set_string(map, "series", s->series_uid);
    value_set_string(map, "modality", s->modality);
    value_set_string(map, "description", s->description);
    value_set_integer(map, "files", (long long)s->file_count);
    value_set_integer(map, "slices", (long long)s->slice_count);
    value_set_integer(map, "rows", (long long)s->rows);
    value_set_integer(map, "columns", (long long)s->columns);
    value_set_string(map, "transfer_syntax", s->transfer_syntax_uid);
    value_set_string(map, "role", role_name(s->role));
    value_set_string(map, "reason", s->role_reason);
    value_set_bool(map, "contrast", s->contrast);
    value_set_bool(map, "derived", s->derived);
    value_set_bool(map, "mask", s->is_mask);
    if (s->kind[0]) {
        value_set_string(map, "kind", s->kind);
    }
    if (s->partner >= 0) {
        value_set_integer(map, "partner", s->partner);
    }
    if (s->part_count > 1) {
        Value *volumes = value_set_list(map, "volumes");
        for (size_t n = 0; n < s->part_count; n++) {
            value_add_string(volumes, s->parts[n].label);
        }
    }
    if (s->problem[0]) {
        value_set_string(map, "problem", s->problem);
    }
}

static bool is_set_apart(const SeriesInfo *s)
{
    return s->role == ROLE_UNKNOWN && !s->is_mask;
}

static void add_row(const SeriesInfo *s, Text *out)
{
    char slices[48];
    size_t count = s->slice_count ? s->slice_count : s->file_count;
    if (s->part_count > 1) {
        (void)snprintf(slices, sizeof slices, "%4zu×%-4zu", count, s->part_count);
    } else {
        (void)snprintf(slices, sizeof slices, "%4zu     ", count);
    }
    text_addf(out, "%6d  %-8s  %s  %5zu×%-6zu  %-7s  %s%s%s%s", s->number, s->modality, slices, s->rows,
              s->columns, s->is_mask ? "mask" : role_name(s->role), s->role_reason, s->kind[0] ? " [" : "",
              s->kind, s->kind[0] ? "]" : "");
    if (s->part_count > 1) {
        text_addf(out, "; volumes: %s … %s", s->parts[0].label, s->parts[s->part_count - 1].label);
    }
    if (s->partner >= 0) {
        text_addf(out, "; on the grid of series %d (%s)", s->partner,
                  s->role == ROLE_T1    ? "after contrast agent"
                  : s->role == ROLE_T1C ? "before contrast agent"
                                        : "the other phase");
    }
    text_add(out, "\n");
    if (s->problem[0]) {
        text_addf(out, "        cannot be read as a volume: %s\n", s->problem);
    }
}

static void add_table(const DicomStudy *study, Text *out)
{
    text_add(out, "series  modality  slices      rows×columns  role     why\n");
    size_t apart = 0;
    for (size_t i = 0; i < study->series_count; i++) {
        if (is_set_apart(&study->series[i])) {
            apart++;
        } else {
            add_row(&study->series[i], out);
        }
    }
    text_add(out, apart > 0 ? "set apart, as no examination that is evaluated:\n" : "");
    for (size_t i = 0; apart > 0 && i < study->series_count; i++) {
        if (is_set_apart(&study->series[i])) {
            add_row(&study->series[i], out);
        }
    }
    if (study->ignored_files) {
        text_addf(out, "%zu other files were passed over\n", study->ignored_files);
    }
}

static const char *text_or_dash(const Value *map, const char *key)
{
    const char *text = value_text(map, key);
    return text ? text : "-";
}

static void add_found(const Value *study, Text *out)
{
    AUTO_TEXT modalities = TEXT_INIT;
    VALUE_EACH(modality, value_get(study, "modalities"))
    {
        text_addf(&modalities, "%s%s", modalities.length ? "," : "", value_string(modality));
    }
    text_addf(out, "%-8s  %-16s  %-12s  %6g  %6g  %s\n          %s\n", text_or_dash(study, "date"),
              text_or_dash(study, "accession"), modalities.length ? text_string(&modalities) : "-",
              value_number_or(study, "series", 0), value_number_or(study, "instances", 0),
              text_or_dash(study, "description"), value_text(study, "study"));
}

/* dens study --search */
static bool run_search(Cli *cli, const CommandLine *line, bool json, DensError **err)
{
    DicomWebPlace place;
    HttpAccess access;
    if (line->operand_count != 1 || !dicomweb_is(line->operands[0])) {
        return error_set(err, DENS_ERROR_USAGE, "--search",
                         "one search is expected, as dicomweb+https://HOST/…/studies?PatientID=…");
    }
    if (!dicomweb_parse(cli->arena, line->operands[0], &place, err)) {
        return false;
    }
    if (!*place.query) {
        return error_set(err, DENS_ERROR_USAGE, "--search", "that names a study; a search has a ?KEY=VALUE");
    }
    if (!dicomweb_access(cli->arena, cli->log, &access, err)) {
        return false;
    }
    const Value *found = dicomweb_search(cli->arena, &access, &place, err);
    if (!found || json) {
        return found && cli_print_json(found, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    text_add(&text, found->count ? "date      accession         modality      series  images  description\n"
                                 : "no study is found\n");
    VALUE_EACH(study, found)
    {
        add_found(study, &text);
    }
    if (found->count >= DICOMWEB_MOST_FOUND) {
        text_addf(&text, "there may be more than these %d: narrow the search\n", DICOMWEB_MOST_FOUND);
    }
    return cli_print(text_string(&text), text.length, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    if (option_given(line, "search")) {
        return run_search(cli, line, json, err);
    }
    AUTO(remote_inputs_clear) RemoteInputs remote = {0};
    const char *const *paths = NULL;
    if (!remote_studies(cli, &remote, line->operands, line->operand_count, &paths, err)) {
        return false;
    }
    const DicomStudy *study =
        dicom_study_scan(cli->arena, paths, line->operand_count, cli->log, cli->progress, err);
    if (!study) {
        return false;
    }
    if (json) {
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

const Command command_study = {
    .name = "study",
    .summary = "list the series of DICOM files and folders",
    .synopsis = "PATH… [--format text|json]\n"
                "--search PATH [--format text|json]",
    .description = description,
    .options = options,
    .examples = "dens study /media/cdrom\ndens study study/ --format json\n"
                "dens study --search dicomweb+https://pacs/dicom-web/studies?PatientID=4711",
    .least_operands = 1,
    .most_operands = INT_MAX,
    .run = run};
