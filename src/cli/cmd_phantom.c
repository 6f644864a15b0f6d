/* dens phantom: a synthetic study with known truth. */
#include "base/file.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "phantom/phantom.h"
#include "report/sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const OptionSpec option_specs[] = {
    {"diagnosis", 'd', "ID", false, "The lesion's diagnosis, such as chordoma; --list names them."},
    {"seed", 's', "N", false,
     "Another patient for another number; the same bytes for the same one. Default 1."},
    {"output", 'o', "DIR", false, "The folder, which must be empty or absent."},
    {"with", 0, "LIST", false, "Further series: of dwi, dce and pet, with commas between."},
    {"preview", 0, "PNG", false, "Pictures through the lesion, sagittal above axial, one column a series."},
    {"into", 0, "VOLUME", false, "Put the lesion into this real volume (NIfTI) instead of making a study."},
    {"seed-point", 0, "X,Y,Z", false, "With --into: the lesion's middle, LPS in mm, inside bone."},
    {"labels", 'l', "FILE", false,
     "With --into: a label map of the scheme dens on its grid, in place of a point."},
    {"as", 0, "ROLE", false, "With --into: ct, t1, t2, stir or t1c, where values and name do not say it."},
    {"list", 0, NULL, false, "Print the diagnoses that can be made."},
    {0}};

static const char description[] =
    "Writes a synthetic cervical study: CT, T1, T2, STIR and contrast-enhanced T1 as DICOM series, the "
    "lesion's mask and a label map as NIfTI, and truth.json. The signals come from published tissue values. "
    "It is for "
    "demonstrations, teaching and tests: no patient stands behind it, and it looks simpler than one.";

static bool list_diagnoses(DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    for (const char *const *name = phantom_diagnoses(); *name; name++) {
        text_addf(&text, "%s\n", *name);
    }
    return cli_print(text_string(&text), text.length, err);
}

static bool check_diagnosis(const char *diagnosis, DensError **err)
{
    const char *const *names = phantom_diagnoses();
    size_t count = 0;
    for (; names[count]; count++) {
        if (strcmp(names[count], diagnosis) == 0) {
            return true;
        }
    }
    const char *near = nearest_name(diagnosis, names, count);
    return error_set(err, DENS_ERROR_USAGE, "--diagnosis", "no phantom for \"%s\"%s%s%s; --list names them",
                     diagnosis, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static bool parse_seed(const char *text, uint64_t *out, DensError **err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-') {
        return error_set(err, DENS_ERROR_USAGE, "--seed", "\"%s\" is no whole number from 0", text);
    }
    *out = number;
    return true;
}

static bool write_preview(const PhantomSheet *sheet, const char *path, DensError **err)
{
    const ReportPicture picture = {
        .width = sheet->width, .height = sheet->height, .pixel_mm = 0.6, .grey = sheet->grey};
    AUTO_TEXT png = TEXT_INIT;
    return picture_png(&picture, &png, err) && file_write(path, text_string(&png), png.length, err);
}

static bool write_study(Cli *cli, const CommandLine *line, const PhantomOptions *options, DensError **err)
{
    const char *preview = option_value(line, "preview", NULL);
    PhantomSheet sheet = {0};
    bool good = phantom_write(options, preview ? &sheet : NULL, cli->progress, err) &&
                (!preview || write_preview(&sheet, preview, err));
    phantom_sheet_clear(&sheet);
    return good;
}

static bool write_implant(const CommandLine *line, const PhantomOptions *from, DensError **err)
{
    PhantomIntoOptions options = {.diagnosis = from->diagnosis,
                                  .seed = from->seed,
                                  .folder = from->folder,
                                  .volume = option_value(line, "into", NULL),
                                  .as = option_value(line, "as", NULL),
                                  .seed_point = option_value(line, "seed-point", NULL),
                                  .labels = option_value(line, "labels", NULL)};
    if (!options.labels == !options.seed_point) {
        return error_set(err, DENS_ERROR_USAGE, "--into",
                         "the place is missing: one of --seed-point and --labels");
    }
    if (option_given(line, "with") || option_given(line, "preview")) {
        return error_set(err, DENS_ERROR_USAGE, "--into",
                         "makes one volume: --with and --preview do not go with it");
    }
    return phantom_implant(&options, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    if (option_given(line, "list")) {
        return list_diagnoses(err);
    }
    const char *diagnosis = option_value(line, "diagnosis", NULL),
               *folder = option_value(line, "output", NULL);
    PhantomOptions options = {.diagnosis = diagnosis, .folder = folder};
    if (!diagnosis || !folder) {
        return error_set(err, DENS_ERROR_USAGE, "phantom", "%s is missing",
                         diagnosis ? "-o DIR" : "--diagnosis ID");
    }
    return check_diagnosis(diagnosis, err) &&
           parse_seed(option_value(line, "seed", "1"), &options.seed, err) &&
           phantom_parse_with(option_value(line, "with", ""), &options.with, err) &&
           (option_given(line, "into") ? write_implant(line, &options, err)
                                       : write_study(cli, line, &options, err));
}

const Command command_phantom = {.name = "phantom",
                                 .summary = "write a synthetic study with known truth",
                                 .synopsis =
                                     "--diagnosis ID [--seed N] [--with LIST] [--preview PNG] -o DIR\n--into "
                                     "VOLUME --seed-point X,Y,Z --diagnosis ID [--seed N] -o DIR\n--list",
                                 .description = description,
                                 .options = option_specs,
                                 .examples = "dens phantom --diagnosis chordoma --seed 7 -o study/\n"
                                             "dens evaluate study/ --lesion study/lesion.nii.gz -o report/",
                                 .least_operands = 0,
                                 .most_operands = 0,
                                 .run = run};
