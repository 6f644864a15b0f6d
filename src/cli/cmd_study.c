/* dens study: what a folder of DICOM files holds. */
#include "base/file.h"
#include "cli/cli.h"
#include "cli/remote_inputs.h"
#include "dicom/dicom.h"
#include "image/nifti.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* So many images are decoded without being asked: it takes no time, and a few files are often a question. */
enum { CHECKED_UNASKED = 16, MOST_FILES = 1000000 };

static const OptionSpec options[] = {
    {"search", 0, NULL, false,
     "PATH is a search in an archive, as dicomweb+https://HOST/dicom-web/studies?PatientID=…, "
     "?AccessionNumber=… or ?StudyDate=20260101-20260131: the studies that it finds are listed, none is "
     "fetched."},
    {"check", 0, NULL, false,
     "Decode the pixels of every image and say which series are damaged; without it those of up to 16 "
     "images."},
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
    "below. NIfTI volumes are listed with their grid. The exit status is 1 where pixels are found damaged. "
    "A path may be a study in an archive with DICOMweb (`dens help evaluate`). Patients' names and "
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

static void add_table(const DicomStudy *study, size_t others, Text *out)
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
    if (others) {
        text_addf(out, "%zu other files were passed over\n", others);
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

/* The paths that are asked for: NIfTI files, those in folders among them, and what DICOM is looked for in. */
typedef struct {
    size_t nifti_count, other_count;
    const char **nifti, **others;
    size_t listed_there; /* NIfTI files in `others` */
} StudyPaths;

/* What stands beside NIfTI files and is no image: scale factors, weightings, tables. */
static bool is_beside(const char *path)
{
    static const char *const endings[] = {".json", ".bval", ".bvec", ".tsv", ".txt", ".md"};
    bool is = false;
    for (size_t n = 0; n < sizeof endings / sizeof *endings; n++) {
        is = is || file_has_suffix(path, endings[n]);
    }
    return is;
}

static bool add_folder(StudyPaths *paths, const char *folder, Arena *arena, DensError **err)
{
    const char **files = NULL;
    size_t count = 0;
    if (!file_list_tree(arena, folder, MOST_FILES, &files, &count, err)) {
        return false;
    }
    const char **all = arena_array(arena, paths->nifti_count + count + 1, sizeof *all);
    memcpy(all, paths->nifti, paths->nifti_count * sizeof *all);
    size_t listed = 0, beside = 0;
    for (size_t n = 0; n < count; n++) {
        if (nifti_is(files[n])) {
            all[paths->nifti_count + listed++] = files[n];
        }
        beside += is_beside(files[n]);
    }
    paths->nifti = all;
    paths->nifti_count += listed;
    if (listed == 0 || listed + beside < count) {
        paths->others[paths->other_count++] = folder;
        paths->listed_there += listed;
    }
    return true;
}

static bool sort_paths(const char *const *operands, size_t count, Arena *arena, StudyPaths *out,
                       DensError **err)
{
    *out = (StudyPaths){.nifti = arena_array(arena, count + 1, sizeof *out->nifti),
                        .others = arena_array(arena, count + 1, sizeof *out->others)};
    bool good = true;
    for (size_t n = 0; good && n < count; n++) {
        const FileKind kind = file_kind(operands[n]);
        if (kind == FILE_REGULAR && nifti_is(operands[n])) {
            out->nifti[out->nifti_count++] = operands[n];
            continue;
        }
        if (kind == FILE_FOLDER) {
            good = add_folder(out, operands[n], arena, err);
        } else {
            out->others[out->other_count++] = operands[n];
        }
    }
    return good;
}

static void add_volume(const char *path, const NiftiInfo *info, Value *list, Text *out)
{
    char codes[4];
    const Geometry *grid = &info->geometry;
    geometry_codes(grid, codes);
    text_addf(out, "%s: NIfTI, %zu×%zu×%zu voxels of %.3g×%.3g×%.3g mm, axes to %s, %s", file_name(path),
              grid->size[0], grid->size[1], grid->size[2], grid->spacing_mm[0], grid->spacing_mm[1],
              grid->spacing_mm[2], codes, info->type);
    text_addf(out, info->volumes > 1 ? ", %zu volumes\n" : "\n", info->volumes);
    Value *map = value_add_map(list);
    value_set_string(map, "file", file_name(path));
    Value *size = value_set_list(map, "size"), *spacing = value_set_list(map, "spacing_mm");
    for (int axis = 0; axis < 3; axis++) {
        value_add_integer(size, (long long)grid->size[axis]);
        value_add_number(spacing, grid->spacing_mm[axis]);
    }
    value_set_string(map, "orientation", codes);
    value_set_string(map, "type", info->type);
    value_set_integer(map, "volumes", (long long)info->volumes);
}

/* The first fault is kept for the end: the rest is listed all the same. */
static void keep_first(DensError **first, DensError *fault)
{
    if (*first) {
        dens_error_free(fault);
    } else {
        *first = fault;
    }
}

static void list_nifti(const StudyPaths *paths, Value *list, Text *out, DensError **first)
{
    for (size_t n = 0; n < paths->nifti_count; n++) {
        NiftiInfo info;
        DensError *fault = NULL;
        if (nifti_look(paths->nifti[n], &info, &fault)) {
            add_volume(paths->nifti[n], &info, list, out);
            continue;
        }
        text_addf(out, "%s: NIfTI that cannot be read: %s\n", file_name(paths->nifti[n]),
                  dens_error_summary(fault));
        Value *map = value_add_map(list);
        value_set_string(map, "file", file_name(paths->nifti[n]));
        value_set_string(map, "problem", dens_error_summary(fault));
        keep_first(first, fault);
    }
}

static size_t image_count(const DicomStudy *study)
{
    size_t images = 0;
    for (size_t i = 0; i < study->series_count; i++) {
        for (size_t n = 0; n < study->series[i].part_count; n++) {
            images += study->series[i].parts[n].frame_count;
        }
    }
    return images;
}

/* Damaged pixels become the series' problem. */
static void check_pixels(Cli *cli, const DicomStudy *study, DensError **first)
{
    for (size_t i = 0; i < study->series_count; i++) {
        DensError *fault = NULL;
        SeriesInfo *series = &study->series[i];
        if (!dicom_series_check(series, cli->progress, &fault)) {
            series->problem = arena_printf(cli->arena, "%s: %s", file_name(dens_error_where(fault)),
                                           dens_error_summary(fault));
            keep_first(first, fault);
        }
    }
}

static bool print_listing(Cli *cli, const DicomStudy *study, const StudyPaths *paths, bool json,
                          DensError **first, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    Value *root = value_new_map(cli->arena);
    if (study) {
        value_set_string(root, "study", study->study_uid);
        Value *list = value_set_list(root, "series");
        for (size_t i = 0; i < study->series_count; i++) {
            add_series(&study->series[i], list);
        }
        const size_t others = study->ignored_files - paths->listed_there;
        value_set_integer(root, "other_files", (long long)others);
        add_table(study, others, &text);
    }
    if (paths->nifti_count > 0) {
        list_nifti(paths, value_set_list(root, "nifti"), &text, first);
    }
    return json ? cli_print_json(root, err) : cli_print(text_string(&text), text.length, err);
}

static bool list_paths(Cli *cli, const CommandLine *line, const char *const *operands, bool json,
                       DensError **err)
{
    StudyPaths paths;
    DensError *first = NULL;
    if (!sort_paths(operands, line->operand_count, cli->arena, &paths, err)) {
        return false;
    }
    DicomStudy *study = NULL;
    if (paths.other_count > 0) {
        study = dicom_study_scan(cli->arena, paths.others, paths.other_count, cli->log, cli->progress, err);
        if (!study) {
            return false;
        }
    }
    if (study && (option_given(line, "check") || image_count(study) <= CHECKED_UNASKED)) {
        check_pixels(cli, study, &first);
    }
    if (!print_listing(cli, study, &paths, json, &first, err)) {
        dens_error_free(first);
        return false;
    }
    *err = first;
    return first == NULL;
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
    return remote_studies(cli, &remote, line->operands, line->operand_count, &paths, err) &&
           list_paths(cli, line, paths, json, err);
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
