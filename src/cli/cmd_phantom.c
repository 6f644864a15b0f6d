/* dens phantom: a synthetic study with known truth. */
#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "phantom/phantom.h"
#include "report/sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PICTURES = 32 * 8 };

static const OptionSpec option_specs[] = {
    {"diagnosis", 'd', "ID", false, "The lesion's diagnosis, such as chordoma; --list names them."},
    {"seed", 's', "N", false,
     "Another patient for another number; the same bytes for the same one. Default 1."},
    {"output", 'o', "DIR", false, "The folder, which must be empty or absent."},
    {"level", 0, "LEVEL", false, "The lesion's vertebra, C0 to C7 or T1, instead of one by the seed."},
    {"with", 0, "LIST", false, "Further series: of dwi, dce and pet, with commas between."},
    {"preview", 0, "PNG", false,
     "Pictures through the lesion, sagittal above axial, one column a series; without -o these alone."},
    {"series", 0, "LIST", false,
     "The series of the pictures: of ct, t1, t2, stir, t1c, dwi, dce and pet, with commas between."},
    {"atlas", 0, "DIR", false, "Pictures of all diagnoses, or of one: DIR/DIAGNOSIS-SERIES.png."},
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

/* ---- pictures ---- */

/* Columns of a sheet as a PNG. */
static bool columns_png(const PhantomSheet *sheet, size_t left, size_t width, Text *out, DensError **err)
{
    uint8_t *grey = memory_array(width * sheet->height, 1);
    for (size_t j = 0; j < sheet->height; j++) {
        memcpy(grey + j * width, sheet->grey + j * sheet->width + left, width);
    }
    const ReportPicture picture = {
        .width = width, .height = sheet->height, .pixel_mm = sheet->pixel_mm, .grey = grey, .bare = true};
    bool good = picture_png(&picture, out, err);
    free(grey);
    return good;
}

/* What --series says, else what a study with these further series has. */
static bool parse_pictures(const CommandLine *line, unsigned with, unsigned *out, DensError **err)
{
    *out = PHANTOM_STANDARD_SERIES | with;
    const char *list = option_value(line, "series", NULL);
    return !list || phantom_parse_series(list, false, "--series", out, err);
}

static bool write_preview(const CommandLine *line, const PhantomOptions *options, DensError **err)
{
    unsigned series = 0;
    AUTO_TEXT png = TEXT_INIT;
    PhantomSheet sheet = {0};
    bool good = parse_pictures(line, options->with, &series, err) &&
                phantom_preview(options->diagnosis, options->seed, options->level, series, &sheet, err) &&
                columns_png(&sheet, 0, sheet.width, &png, err) &&
                file_write(option_value(line, "preview", NULL), text_string(&png), png.length, err);
    phantom_sheet_clear(&sheet);
    return good;
}

/* One picture of the atlas, held until all are made. */
typedef struct {
    const char *path;
    Text png;
} AtlasPicture;

typedef struct {
    Arena *arena;
    const char *folder, *level;
    unsigned series;
    AtlasPicture pictures[MOST_PICTURES];
    size_t count;
} Atlas;

static bool add_pictures(Atlas *atlas, const char *diagnosis, uint64_t seed, DensError **err)
{
    PhantomSheet sheet = {0};
    bool good = phantom_preview(diagnosis, seed, atlas->level, atlas->series, &sheet, err);
    for (size_t n = 0, left = 0; good && phantom_series_name(n); n++) {
        if (atlas->series & (1U << n)) {
            AtlasPicture *picture = &atlas->pictures[atlas->count++];
            const char *name = arena_printf(atlas->arena, "%s-%s.png", diagnosis, phantom_series_name(n));
            picture->path = file_join(atlas->arena, atlas->folder, name);
            good = columns_png(&sheet, left, PHANTOM_COLUMN, &picture->png, err);
            left += PHANTOM_COLUMN;
        }
    }
    phantom_sheet_clear(&sheet);
    return good;
}

/* Of one diagnosis, or NULL: of all. */
static bool make_pictures(Atlas *atlas, const char *only, uint64_t seed, Progress *progress, DensError **err)
{
    const char *const *diagnoses = only ? &only : phantom_diagnoses();
    size_t count = only ? 1 : 0;
    while (!only && diagnoses[count]) {
        count++;
    }
    for (size_t d = 0; d < count; d++) {
        progress_step(progress, "pictures", d, count);
        if (!add_pictures(atlas, diagnoses[d], seed, err)) {
            return false;
        }
    }
    progress_step(progress, "pictures", count, count);
    return true;
}

/* All are made before the first is written. */
static bool write_atlas(Cli *cli, const CommandLine *line, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Atlas *atlas = arena_alloc(arena, sizeof *atlas);
    *atlas = (Atlas){.arena = arena,
                     .folder = option_value(line, "atlas", NULL),
                     .level = option_value(line, "level", NULL)};
    const char *only = option_value(line, "diagnosis", NULL);
    unsigned with = 0;
    uint64_t seed = 0;
    if (option_given(line, "output") || option_given(line, "into") || option_given(line, "preview")) {
        return error_set(err, DENS_ERROR_USAGE, "--atlas",
                         "makes pictures alone: -o, --into and --preview do not go with it");
    }
    bool good = (!only || check_diagnosis(only, err)) &&
                parse_seed(option_value(line, "seed", "1"), &seed, err) &&
                phantom_parse_series(option_value(line, "with", ""), true, "--with", &with, err) &&
                parse_pictures(line, with, &atlas->series, err) &&
                make_pictures(atlas, only, seed, cli->progress, err) && file_make_folder(atlas->folder, err);
    for (size_t i = 0; i < atlas->count; i++) {
        AtlasPicture *picture = &atlas->pictures[i];
        good = good && file_write(picture->path, text_string(&picture->png), picture->png.length, err);
        text_clear(&picture->png);
    }
    return good;
}

static bool write_study(Cli *cli, const CommandLine *line, const PhantomOptions *options, DensError **err)
{
    return (!options->folder || phantom_write(options, cli->progress, err)) &&
           (!option_given(line, "preview") || write_preview(line, options, err));
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
    if (option_given(line, "with") || option_given(line, "level") || option_given(line, "preview")) {
        return error_set(err, DENS_ERROR_USAGE, "--into",
                         "makes one volume: --with, --level and --preview do not go with it");
    }
    return phantom_implant(&options, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    if (option_given(line, "list")) {
        return list_diagnoses(err);
    }
    if (option_given(line, "atlas")) {
        return write_atlas(cli, line, err);
    }
    const char *diagnosis = option_value(line, "diagnosis", NULL),
               *folder = option_value(line, "output", NULL);
    PhantomOptions options = {
        .diagnosis = diagnosis, .folder = folder, .level = option_value(line, "level", NULL)};
    if (!diagnosis || (!folder && (!option_given(line, "preview") || option_given(line, "into")))) {
        return error_set(err, DENS_ERROR_USAGE, "phantom", "%s is missing",
                         diagnosis ? "-o DIR" : "--diagnosis ID");
    }
    return check_diagnosis(diagnosis, err) &&
           parse_seed(option_value(line, "seed", "1"), &options.seed, err) &&
           phantom_parse_series(option_value(line, "with", ""), true, "--with", &options.with, err) &&
           (option_given(line, "into") ? write_implant(line, &options, err)
                                       : write_study(cli, line, &options, err));
}

const Command command_phantom = {
    .name = "phantom",
    .summary = "write a synthetic study with known truth",
    .synopsis = "--diagnosis ID [--seed N] [--level LEVEL] [--with LIST] [--preview PNG] -o DIR\n"
                "--diagnosis ID [--seed N] [--level LEVEL] --preview PNG [--series LIST]\n"
                "--atlas DIR [--diagnosis ID] [--seed N] [--level LEVEL] [--series LIST]\n--into "
                "VOLUME --seed-point X,Y,Z --diagnosis ID [--seed N] -o DIR\n--list",
    .description = description,
    .options = option_specs,
    .examples = "dens phantom --diagnosis chordoma --seed 7 -o study/\n"
                "dens phantom --diagnosis chordoma --preview t2.png --series t2\n"
                "dens evaluate study/ --lesion study/lesion.nii.gz -o report/",
    .least_operands = 0,
    .most_operands = 0,
    .run = run};
