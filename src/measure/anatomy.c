/* Where the lesion lies, from labels: vertebrae, the twelve sectors around the canal, the side.
 *
 * Sectors are those of Weinstein, Boriani and Biagini as the Spine Oncology Study Group counts them: from the
 * middle of the spinous process round the centre of the canal, 1 to 6 on the patient's left, 7 to 12 on the
 * right, 30° each. They are taken in the axes of the vertebra that is nearest to each voxel (frame.c): a neck
 * is bent and turned in the scanner. A sector counts if a twentieth of the lesion lies in it: less is within
 * the error of the outline. */
#include "measure/families.h"
#include "measure/spine.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

enum { SECTORS = 12, LEAST_CONTACT = 5 };
static const double least_sector_share = 0.05, least_level_share = 0.01;
static const double pi = 3.14159265358979323846;

typedef enum { LEVELS, CHAIN, SECTOR_COUNT, ANTERIOR, OFFSET, COUNT } Anatomy;

static const Quantity quantities[COUNT] = {
    [LEVELS] = {.id = "anatomy.levels",
                .label = "Vertebrae that the lesion touches",
                .unit = "1",
                .method = "Labelled vertebrae, and the occipital bone as C0, with at least 5 voxels and 1 % "
                          "of the lesion in them or within 1 mm "
                          "and at least 1 % of it nearest to them; the note "
                          "says how much of the lesion is nearest to each.",
                .source = "",
                .code = {0}},
    [CHAIN] =
        {.id = "anatomy.chain_faults",
         .label = "Faults in the chain of labelled vertebrae",
         .unit = "1",
         .method =
             "Missing, repeated or misplaced vertebrae of the label map; with any, levels are not to be "
             "trusted.",
         .source = "",
         .code = {0}},
    [SECTOR_COUNT] =
        {.id = "anatomy.sectors",
         .label = "Sectors around the canal that the lesion takes (WBB)",
         .unit = "1",
         .method = "Sectors of 30° around the canal's centre, in the vertebra's own axes, with at least "
                   "5 % of the lesion, counted from the spinous process, 1 to 6 left, 7 to 12 right; the "
                   "note names them.",
         .source = "jpoc_wbb",
         .code = {0}},
    [ANTERIOR] = {.id = "anatomy.anterior_share",
                  .label = "Share of the lesion in front of the middle of the canal",
                  .unit = "1",
                  .method = "Share of the lesion's voxels in sectors 4 to 9.",
                  .source = "jpoc_wbb",
                  .code = {0}},
    [OFFSET] =
        {.id = "anatomy.offset_mm",
         .label = "Distance of the lesion's centre from the middle (left above 0)",
         .unit = "mm",
         .method = "From the centre of the canal at the same height to the lesion's centre of gravity, along "
                   "the vertebra's own left–right axis.",
         .source = "",
         .code = {0}},
};

static Measurement *add(MeasurementList *out, Anatomy which, double value, const MeasureSeries *series)
{
    return measurements_add_labelled(out, &quantities[which], value, series);
}

/* Adds the name and share of a level that the lesion touches. */
static void name_level(Text *names, const char *name, size_t nearest, size_t contact, size_t lesion_voxels,
                       size_t *count)
{
    const double all = (double)lesion_voxels, share = (double)nearest / all;
    if (contact >= LEAST_CONTACT && (double)contact >= least_level_share * all &&
        share >= least_level_share) {
        text_addf(names, "%s%s %.0f %%", *count ? ", " : "", name, 100 * share);
        (*count)++;
    }
}

/* The occipital bone first, which is no vertebra of the chain. */
static void add_levels(MeasurementList *out, const Spine *spine)
{
    AUTO_TEXT names = TEXT_INIT;
    size_t levels = 0, of_occiput = 0, left[LEVEL_COUNT] = {0};
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        const size_t of = spine->of_level[level], nearer = spine->of_occiput[level];
        const size_t taken = nearer < of ? nearer : of; /* some may have gone to another level by the discs */
        of_occiput += taken;
        left[level] = of - taken;
    }
    name_level(&names, "C0", of_occiput, spine->occiput_contact, spine->lesion_voxels, &levels);
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        name_level(&names, level_name(level), left[level], spine->contact[level], spine->lesion_voxels,
                   &levels);
    }
    add(out, LEVELS, (double)levels, spine->box.series)->note = arena_strdup(out->arena, text_string(&names));
}

static void add_chain(MeasurementList *out, const Spine *spine)
{
    const MeasureSeries *series = spine->box.series;
    VertebraChain chain;
    AUTO(error_auto) DensError *err = NULL;
    if (!vertebra_chain_check(&chain, out->arena, series->labels, series->scheme, &err)) {
        measurements_add_missing(out, &quantities[CHAIN], "%s", dens_error_summary(err));
        return;
    }
    AUTO_TEXT faults = TEXT_INIT;
    for (size_t f = 0; f < chain.fault_count; f++) {
        text_addf(&faults, "%s%s", f ? "; " : "", chain.faults[f]);
    }
    add(out, CHAIN, (double)chain.fault_count, series)->note = arena_strdup(out->arena, text_string(&faults));
}

/* 0 … 11: from the back over the left to the front, and on over the right. */
static int sector_of(double left_mm, double back_mm)
{
    const double turn = atan2(left_mm, back_mm) / (2 * pi); /* −½ … ½, 0 at the back */
    const int sector = (int)floor((turn < 0 ? turn + 1 : turn) * SECTORS);
    return sector < SECTORS ? sector : SECTORS - 1;
}

/* "4–8, 11" */
static void name_sectors(Text *out, const bool *taken)
{
    for (int first = 0; first < SECTORS; first++) {
        int last = first;
        if (!taken[first]) {
            continue;
        }
        while (last + 1 < SECTORS && taken[last + 1]) {
            last++;
        }
        text_addf(out, out->length ? ", %d" : "%d", first + 1);
        if (last > first) {
            text_addf(out, "–%d", last + 1);
        }
        first = last;
    }
}

static void add_sectors(MeasurementList *out, const Spine *spine)
{
    size_t voxels[SECTORS] = {0};
    double offset = 0, anterior = 0;
    const double all = (double)spine->lesion_voxels;
    for (size_t v = 0; v < spine->box.count; v++) {
        if (spine->lesion[v]) {
            const Vec3 at = spine_place(spine, spine->nearest[v], box_point(&spine->box, v));
            const int sector = sector_of(at.x, -at.y);
            voxels[sector]++;
            anterior += sector >= 3 && sector < 9;
            offset += at.x;
        }
    }
    bool taken[SECTORS];
    int count = 0;
    for (int s = 0; s < SECTORS; s++) {
        taken[s] = (double)voxels[s] >= least_sector_share * all;
        count += taken[s];
    }
    AUTO_TEXT names = TEXT_INIT;
    name_sectors(&names, taken);
    add(out, SECTOR_COUNT, count, spine->box.series)->note = arena_strdup(out->arena, text_string(&names));
    add(out, ANTERIOR, anterior / all, spine->box.series);
    add(out, OFFSET, offset / all, spine->box.series);
}

void measure_anatomy(const MeasureInput *input, MeasurementList *out)
{
    AUTO(spine_clear) Spine own = {0};
    AUTO(error_auto) DensError *err = NULL;
    const MeasureSeries *series = spine_series(input, NULL);
    const Spine *spine = series ? spine_of(series, &own, &err) : NULL;
    if (!spine) {
        for (int q = 0; q < COUNT; q++) {
            measurements_add_missing(out, &quantities[q], "%s", err ? dens_error_summary(err) : "no labels");
        }
        return;
    }
    add_levels(out, spine);
    add_chain(out, spine);
    if (spine->canal_voxels > 0) {
        add_sectors(out, spine);
        return;
    }
    for (int q = SECTOR_COUNT; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q],
                                 "the labels have neither cord nor canal near the lesion");
    }
}
