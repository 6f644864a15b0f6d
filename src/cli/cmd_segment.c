/* dens segment: the mask of a lesion from a few clicks, or bone and canal of a CT. */
#include "base/file.h"
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "image/nifti.h"
#include "segment/bone.h"
#include "segment/segment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const OptionSpec options[] = {
    {"volume", 0, "VOLUME", false,
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
    {"bone", 'b', NULL, false,
     "Instead of a lesion, all bone and the spinal canal of a CT, without any click: 9 is bone, 3 the canal, "
     "as in the label scheme dens."},
    {"output", 'o', "FILE", false,
     "The mask or the labels that are written, on the grid of --volume: as NIfTI (.nii, .nii.gz; in a mask 1 "
     "is "
     "the lesion) or, where --volume is DICOM, as a DICOM segmentation (.dcm)."},
    {0}};

static const char description[] =
    "Makes the mask of a lesion from one to three clicks: one in its middle, then one where it is missing or "
    "too much. Points are those that a DICOM viewer shows; "
    "of RAS coordinates, which NIfTI viewers show, turn the signs of x and y. Look at the mask before it is "
    "measured; docs/segmentation.md says how well it does on what. "
    "With "
    "--bone it labels bone and spinal canal of a CT by thresholds and topology.";

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

/* A point beyond the voxels is told in the numbers that were given. */
static bool check_voxel(const char *option, const Volume *volume, const double at[3], DensError **err)
{
    const size_t *size = volume->geometry.size;
    for (int a = 0; a < 3; a++) {
        if (!(at[a] >= -0.5 && at[a] < (double)size[a] - 0.5)) {
            return error_input(
                err, option,
                "the voxel %g,%g,%g lies outside the volume: i is 0 to %zu, j 0 to %zu, k 0 to %zu", at[0],
                at[1], at[2], size[0] - 1, size[1] - 1, size[2] - 1);
        }
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
        if (!parse_point(text_string(&where), texts[c], at, err) ||
            (option_given(line, "voxels") && !check_voxel(text_string(&where), volume, at, err))) {
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

static bool is_dicom(const char *path)
{
    return file_has_suffix(path, ".dcm");
}

static bool write_mask(Cli *cli, const CommandLine *line, const Mask *mask, MaskKind kind, const char *path,
                       DensError **err)
{
    if (!is_dicom(path)) {
        return mask_write_nifti(mask, path, err);
    }
    AUTO_TEXT bytes = TEXT_INIT;
    return evaluate_mask_seg(option_value(line, "volume", NULL), mask, kind, &bytes, cli->log, err) &&
           file_write(path, text_string(&bytes), bytes.length, err);
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
    return mask && write_mask(cli, line, mask, MASK_LESION, path, err) && tell(mask, path, err);
}

static bool tell_bone(Cli *cli, const BoneLabels *bone, const char *path, DensError **err)
{
    const double ml = geometry_voxel_volume_mm3(&bone->labels->geometry) / 1000;
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "%s: bone (%d) %.1f ml, from %.0f HU", path, SEGMENT_LABEL_BONE,
              (double)mask_count(bone->labels, SEGMENT_LABEL_BONE) * ml, bone->bone_from_hu);
    if (bone->canal_length_mm > 0) {
        text_addf(&text, "; spinal canal (%d) %.1f ml over %.0f mm, %.0f mm of it interpolated",
                  SEGMENT_LABEL_CANAL, (double)mask_count(bone->labels, SEGMENT_LABEL_CANAL) * ml,
                  bone->canal_length_mm, bone->canal_open_mm);
    } else {
        log_line(cli->log, LOG_WARNING, "no spinal canal was found: no tube of bone of 25 mm or more");
    }
    if (bone->metal_percent > 0) {
        log_line(cli->log, LOG_WARNING,
                 "%.2g %% of the bone lies above 3000 HU: metal and its streaks falsify what lies around it",
                 bone->metal_percent);
    }
    text_add(&text, "\n");
    return cli_print(text_string(&text), text.length, err);
}

static bool segment_bone_of(Cli *cli, const CommandLine *line, const char *path, DensError **err)
{
    static const char *const clicks[] = {"seed", "outside", "also", "voxels"};
    for (size_t n = 0; n < sizeof clicks / sizeof *clicks; n++) {
        if (option_given(line, clicks[n])) {
            return error_set(err, DENS_ERROR_USAGE, "--bone", "takes the CT alone: --%s does not go with it",
                             clicks[n]);
        }
    }
    AUTO(volume_auto)
    Volume *ct = evaluate_read_volume(option_value(line, "volume", NULL), cli->log, cli->progress, err);
    AUTO(bone_labels_clear) BoneLabels bone = {0};
    return ct && segment_bone(&bone, ct, err) && write_mask(cli, line, bone.labels, MASK_BONE, path, err) &&
           tell_bone(cli, &bone, path, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const needed[][2] = {
        {"volume", "--volume VOLUME"}, {"seed", "--seed x,y,z"}, {"output", "-o FILE"}};
    for (size_t n = 0; n < sizeof needed / sizeof *needed; n++) {
        const bool bone = option_given(line, "bone") && strcmp(needed[n][0], "seed") == 0;
        if (!bone && !option_given(line, needed[n][0])) {
            return error_set(err, DENS_ERROR_USAGE, "segment", "%s is missing%s", needed[n][1],
                             strcmp(needed[n][0], "seed") == 0 ? ", or --bone" : "");
        }
    }
    const char *path = option_value(line, "output", NULL);
    if (!nifti_is(path) && !is_dicom(path)) {
        return error_set(err, DENS_ERROR_USAGE, path,
                         "the mask is written as NIfTI or DICOM: its name must end in .nii, .nii.gz or .dcm");
    }
    if (option_given(line, "bone")) {
        return segment_bone_of(cli, line, path, err);
    }
    Volume *volumes[SEGMENT_MOST_CHANNELS] = {NULL};
    size_t count = 0;
    const bool good = read_volumes(cli, line, volumes, &count, err) && volumes[0] &&
                      segment(cli, line, volumes, count, path, err);
    for (size_t v = 0; v < count; v++) {
        volume_free(volumes[v]);
    }
    return good;
}

const Command command_segment = {
    .name = "segment",
    .summary = "the mask of a lesion from a few clicks; bone and canal of a CT",
    .synopsis = "--volume VOLUME --seed x,y,z [--seed x,y,z]… [--outside x,y,z]…\n"
                "         [--also [ROLE=]VOLUME]… [--voxels] -o FILE\n"
                "--volume CT --bone -o FILE",
    .description = description,
    .options = options,
    .examples = "dens segment --volume t2.nii.gz --also t1c=t1c.nii.gz --seed -3,28,-41 -o lesion.nii.gz\n"
                "dens segment --volume ct/ --seed 120,96,40 --outside 140,96,40 --voxels -o lesion.dcm\n"
                "dens segment --volume ct/ --bone -o bone.nii.gz",
    .least_operands = 0,
    .most_operands = 0,
    .run = run};
