/* dens segment: the mask of a lesion from a few clicks. */
#include "base/file.h"
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "image/nifti.h"
#include "segment/segment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const OptionSpec options[] = {
    {"volume", 'v', "VOLUME", false,
     "The image that the mask is made on: a NIfTI file, or a DICOM file or folder with one series. The mask "
     "lies on its grid."},
    {"seed", 's', "x,y,z", true,
     "A point inside the lesion, in the patient's coordinates (LPS: x to the left, y to the back, z to the "
     "head; mm), or with --voxels as indices. The first stands for the whole lesion and is best put in its "
     "middle; further ones add what is missing."},
    {"outside", 0, "x,y,z", true, "A point outside the lesion, where the mask went too far."},
    {"also", 0, "[ROLE=]VOLUME", true,
     "Another image of the same patient in the same position, such as t2=t2.nii.gz; up to three. It is used "
     "where it lies in the patient's coordinates."},
    {"voxels", 0, NULL, false, "The points are voxel indices i,j,k of --volume, counted from 0."},
    {"output", 'o', "MASK.nii.gz", false, "The mask that is written, as NIfTI; 1 is the lesion."},
    {0}};

static const char description[] =
    "Makes the mask of a lesion from one to three clicks: one in its middle, then one where it is missing or "
    "too much. Look at the mask before it is measured; docs/segmentation.md says how well it does on what.";

static bool parse_point(const char *option, const char *text, double out[3], DensError **err)
{
    const char *at = text;
    for (int a = 0; a < 3; a++) {
        char *end = NULL;
        errno = 0;
        out[a] = strtod(at, &end);
        if (end == at || errno || !isfinite(out[a]) || *end != (a < 2 ? ',' : '\0')) {
            return error_set(err, DENS_ERROR_USAGE, option, "\"%s\" is not x,y,z", text);
        }
        at = end + 1;
    }
    return true;
}

static bool add_clicks(const CommandLine *line, Arena *arena, const Volume *volume, const char *option,
                       bool inside, SegmentClick *clicks, size_t *count, DensError **err)
{
    const char *const *texts;
    const size_t given = option_values(line, option, arena, &texts);
    AUTO_TEXT where = TEXT_INIT;
    text_addf(&where, "--%s", option);
    for (size_t c = 0; c < given; c++) {
        double at[3] = {0, 0, 0};
        if (!parse_point(text_string(&where), texts[c], at, err)) {
            return false;
        }
        clicks[(*count)++] = (SegmentClick){
            option_given(line, "voxels") ? geometry_point_lps_mm(&volume->geometry, at[0], at[1], at[2])
                                         : vec3(at[0], at[1], at[2]),
            inside};
    }
    return true;
}

static bool read_volumes(Cli *cli, const CommandLine *line, Volume **out, size_t *count, DensError **err)
{
    const char *const *also;
    const size_t others = option_values(line, "also", cli->arena, &also);
    if (others + 1 > SEGMENT_MOST_CHANNELS) {
        return error_set(err, DENS_ERROR_USAGE, "--also", "at most %d other images are used",
                         SEGMENT_MOST_CHANNELS - 1);
    }
    for (*count = 0; *count < others + 1; (*count)++) {
        const char *path = *count == 0 ? option_value(line, "volume", NULL) : also[*count - 1];
        out[*count] = evaluate_read_volume(path, cli->log, cli->progress, err);
        if (!out[*count]) {
            return false;
        }
        const char *frame = out[*count]->frame_uid, *first = out[0]->frame_uid;
        if (frame && first && frame[0] && first[0] && strcmp(frame, first) != 0) {
            (*count)++;
            return error_input(
                err, path,
                "has another frame of reference than --volume: where they lie to each other is not known");
        }
    }
    return true;
}

static bool tell(const Mask *mask, const char *path, DensError **err)
{
    const size_t voxels = mask_count(mask, 0);
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "%s: %zu voxels, %.2f ml\n", path, voxels,
              (double)voxels * geometry_voxel_volume_mm3(&mask->geometry) / 1000);
    return cli_print(text_string(&text), text.length, err);
}

static bool segment(Cli *cli, const CommandLine *line, Volume **volumes, size_t volume_count,
                    const char *path, DensError **err)
{
    SegmentClick *clicks = arena_array(cli->arena, line->value_count + 1, sizeof *clicks);
    size_t count = 0;
    if (!add_clicks(line, cli->arena, volumes[0], "seed", true, clicks, &count, err) ||
        !add_clicks(line, cli->arena, volumes[0], "outside", false, clicks, &count, err)) {
        return false;
    }
    AUTO(mask_auto)
    Mask *mask = segment_lesion((const Volume *const *)volumes, volume_count, clicks, count, err);
    return mask && mask_write_nifti(mask, path, err) && tell(mask, path, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const needed[][2] = {
        {"volume", "--volume FILE"}, {"seed", "--seed x,y,z"}, {"output", "-o MASK.nii.gz"}};
    for (size_t n = 0; n < sizeof needed / sizeof *needed; n++) {
        if (!option_given(line, needed[n][0])) {
            return error_set(err, DENS_ERROR_USAGE, "segment", "%s is missing", needed[n][1]);
        }
    }
    const char *path = option_value(line, "output", NULL);
    if (!nifti_is(path)) {
        return error_set(err, DENS_ERROR_USAGE, path,
                         "the mask is written as NIfTI: its name must end in .nii or .nii.gz");
    }
    Volume *volumes[SEGMENT_MOST_CHANNELS] = {NULL};
    size_t count = 0;
    const bool good =
        read_volumes(cli, line, volumes, &count, err) && segment(cli, line, volumes, count, path, err);
    for (size_t v = 0; v < count; v++) {
        volume_free(volumes[v]);
    }
    return good;
}

const Command command_segment = {
    .name = "segment",
    .summary = "the mask of a lesion from a few clicks",
    .synopsis = "--volume VOLUME --seed x,y,z [--seed x,y,z]… [--outside x,y,z]…\n"
                "         [--also [ROLE=]VOLUME]… [--voxels] -o MASK.nii.gz",
    .description = description,
    .options = options,
    .examples = "dens segment --volume t2.nii.gz --also t1c=t1c.nii.gz --seed -3,28,-41 -o lesion.nii.gz\n"
                "dens segment --volume ct/ --seed 120,96,40 --outside 140,96,40 --voxels -o lesion.nii.gz",
    .least_operands = 0,
    .most_operands = 0,
    .run = run};
