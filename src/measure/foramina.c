/* The neural foramina beside the lesion: how much of one the lesion fills, and whether its bony opening is
 * wider or narrower than the others.
 *
 * A foramen is cut by a sheet across its course, which leads forward and outward at 45° in the axial plane
 * that lies between the two vertebrae, in their own axes. On the sheet what is neither labelled bone nor disc
 * is open; the opening is the part about the middle after taking a millimetre off and putting it back, so
 * that the gaps of joints do not lead out of it. Of the sheets from the inner wall of the pedicles outward
 * the one with the smallest opening counts; where an opening runs into the edge of the sheet on all, the
 * foramen has lost a wall and is not measured. Reference is the median of the openings that the lesion does
 * not reach. The angle is that of the cervical foramina to the sagittal plane as it is usually given; the
 * sheet and its size are ours. */
#include "measure/families.h"
#include "measure/parts.h"
#include "measure/region.h"
#include "measure/spine.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { FILLED, FREE, WIDTH, COUNT } Foramina;

static const Quantity quantities[COUNT] = {
    [FILLED] =
        {.id = "foramina.filled_share",
         .label = "Share of a neural foramen that the lesion fills",
         .unit = "1",
         .method =
             "Of the smallest section across its course, between bone and disc; the foramen where it is "
             "most. The note names it.",
         .source = "",
         .code = {0}},
    [FREE] =
        {.id = "foramina.free_ratio",
         .label = "Free section of a neural foramen against the others",
         .unit = "1",
         .method =
             "Its section without the lesion, over the median section of the foramina that the lesion does "
             "not reach; the smallest of those that it reaches.",
         .source = "",
         .code = {0}},
    [WIDTH] = {.id = "foramina.bony_ratio",
               .label = "Bony section of a neural foramen against the others",
               .unit = "1",
               .method =
                   "Its section with the lesion, over the same median; the largest of those that the lesion "
                   "reaches. Above 1: widened.",
               .source = "",
               .code = {0}},
};

static const double cell_mm = 0.5, gap_mm = 1, middle_mm = 4, sheet_mm = 1;

enum { CELLS = 48, LEAST_CELLS = 24, SHEETS = 8, MOST = 2 * LEVEL_COUNT, LEAST_REFERENCES = 2 };

typedef struct {
    int level;                  /* the vertebra above it */
    bool left, enclosed, known; /* enclosed by its own walls; known: by them or by those of the other side */
    double away_mm;             /* of its narrowest sheet from the canal's centre */
    double section_mm2, lesion_mm2, free_mm2;
    uint8_t cells[CELLS * CELLS]; /* of the opening on that sheet */
} Foramen;

/* Of a foramen: the middle between its vertebrae, along its course, across it. */
typedef struct {
    Vec3 centre, out, aside, up;
} Sheet;

static Vec3 cell_point(const Sheet *sheet, double away_mm, int cell)
{
    const int column = cell % CELLS, row = cell / CELLS;
    const double e = (column - (CELLS - 1) / 2.0) * cell_mm, w = (row - (CELLS - 1) / 2.0) * cell_mm;
    return vec3_add(vec3_add(sheet->centre, vec3_scale(sheet->out, away_mm)),
                    vec3_add(vec3_scale(sheet->aside, e), vec3_scale(sheet->up, w)));
}

/* Marks each cell that has another mark than `mark` within the gap. */
static void spread(const uint8_t *from, uint8_t *to, uint8_t mark)
{
    const int reach = (int)(gap_mm / cell_mm);
    memcpy(to, from, (size_t)CELLS * CELLS);
    for (int c = 0; c < CELLS * CELLS; c++) {
        for (int n = 0; from[c] != mark && n < (2 * reach + 1) * (2 * reach + 1); n++) {
            const int x = c % CELLS + n % (2 * reach + 1) - reach,
                      y = c / CELLS + n / (2 * reach + 1) - reach;
            const int dx = x - c % CELLS, dy = y - c / CELLS;
            if (x >= 0 && y >= 0 && x < CELLS && y < CELLS && dx * dx + dy * dy <= reach * reach) {
                to[x + CELLS * y] = from[c];
            }
        }
    }
}

/* The part of what is open that comes nearest to the middle; 0 if none is near. */
static uint32_t middle_part(const Parts *parts)
{
    uint32_t best = 0;
    double least = middle_mm / cell_mm;
    for (int c = 0; c < CELLS * CELLS; c++) {
        const int column = c % CELLS, row = c / CELLS;
        const double away = hypot(column - (CELLS - 1) / 2.0, row - (CELLS - 1) / 2.0);
        if (parts->part[c] && away < least) {
            best = parts->part[c];
            least = away;
        }
    }
    return best;
}

/* The section of one sheet; false if it is not enclosed. */
static bool section_of(const Spine *spine, const Sheet *sheet, double away_mm, Foramen *out, DensError **err)
{
    enum { OPEN = 1 };
    uint8_t open[CELLS * CELLS], narrowed[CELLS * CELLS], kept[CELLS * CELLS] = {0}, widened[CELLS * CELLS];
    bool lesion[CELLS * CELLS];
    const size_t size[3] = {CELLS, CELLS, 1};
    AUTO(parts_clear) Parts parts = {0};
    for (int c = 0; c < CELLS * CELLS; c++) {
        size_t at;
        if (!box_find(&spine->box, cell_point(sheet, away_mm, c), &at)) {
            return false;
        }
        lesion[c] = spine->lesion[at] != 0;
        open[c] = lesion[c] || (spine->level[at] == LEVEL_NONE && spine->kind[at] != STRUCTURE_DISC);
    }
    spread(open, narrowed, OPEN);
    if (!parts_find(&parts, narrowed, size, false, err)) {
        return false;
    }
    const uint32_t part = middle_part(&parts);
    for (int c = 0; part && c < CELLS * CELLS; c++) {
        kept[c] = parts.part[c] == part;
        const bool edge =
            c % CELLS == 0 || c / CELLS == 0 || c % CELLS == CELLS - 1 || c / CELLS == CELLS - 1;
        if (kept[c] && edge) {
            return false;
        }
    }
    spread(kept, widened, 0);
    size_t cells = 0, filled = 0;
    for (int c = 0; c < CELLS * CELLS; c++) {
        out->cells[c] = widened[c] && open[c];
        cells += out->cells[c];
        filled += widened[c] && lesion[c];
    }
    out->away_mm = away_mm;
    out->section_mm2 = (double)cells * cell_mm * cell_mm;
    out->lesion_mm2 = (double)filled * cell_mm * cell_mm;
    out->free_mm2 = out->section_mm2 - out->lesion_mm2;
    return cells >= LEAST_CELLS;
}

static void set_sheet(Sheet *out, const Spine *spine, int level, bool left)
{
    const SpineFrame *above = &spine->frames[level], *below = &spine->frames[level + 1];
    const Vec3 front = vec3_add(above->front, below->front), up = vec3_add(above->up, below->up);
    out->centre = vec3_scale(vec3_add(above->centre_lps_mm, below->centre_lps_mm), 0.5);
    out->up = vec3_scale(up, 1 / vec3_length(up));
    const Vec3 flat = vec3_sub(front, vec3_scale(out->up, vec3_dot(front, out->up)));
    const Vec3 forward = vec3_scale(flat, 1 / vec3_length(flat)),
               outward = vec3_scale(vec3_cross(out->up, forward), left ? 1 : -1);
    out->out = vec3_scale(vec3_add(forward, outward), sqrt(0.5));
    out->aside = vec3_scale(vec3_sub(forward, outward), sqrt(0.5));
}

/* The narrowest sheet of a foramen that its own walls enclose, if any. Errors: no memory. */
static bool find_foramen(const Spine *spine, int level, bool left, Foramen *out, DensError **err)
{
    Sheet sheet;
    set_sheet(&sheet, spine, level, left);
    *out = (Foramen){.level = level, .left = left, .section_mm2 = INFINITY};
    for (int s = 0; s < SHEETS; s++) {
        Foramen here = {.level = level, .left = left, .enclosed = true, .known = true};
        DensError *failure = NULL;
        if (section_of(spine, &sheet, spine->ring.side_mm + s * sheet_mm, &here, &failure) &&
            here.section_mm2 < out->section_mm2) {
            *out = here;
        }
        if (failure) {
            *err = failure;
            return false;
        }
    }
    return true;
}

/* Takes the outline of the other side for a foramen that has lost a wall. */
static void borrow(const Spine *spine, Foramen *lost, const Foramen *other)
{
    Sheet sheet;
    size_t lesion = 0, open = 0;
    set_sheet(&sheet, spine, lost->level, lost->left);
    for (int c = 0; c < CELLS * CELLS; c++) {
        size_t at;
        if (other->cells[c] && box_find(&spine->box, cell_point(&sheet, other->away_mm, c), &at)) {
            lesion += spine->lesion[at];
            open += !spine->lesion[at] && spine->level[at] == LEVEL_NONE && spine->kind[at] != STRUCTURE_DISC;
        }
    }
    lost->known = true;
    lost->section_mm2 = other->section_mm2;
    lost->lesion_mm2 = (double)lesion * cell_mm * cell_mm;
    lost->free_mm2 = (double)open * cell_mm * cell_mm;
}

/* All foramina whose outline is known. */
static bool find_all(const Spine *spine, Foramen *out, size_t *out_count, DensError **err)
{
    for (int level = LEVEL_C1 + 1; level + 1 < LEVEL_COUNT; level++) {
        Foramen *pair = &out[*out_count];
        if (!spine->frames[level].known || !spine->frames[level + 1].known) {
            continue;
        }
        if (!find_foramen(spine, level, true, &pair[0], err) ||
            !find_foramen(spine, level, false, &pair[1], err)) {
            return false;
        }
        if (pair[0].enclosed != pair[1].enclosed) {
            borrow(spine, &pair[pair[0].enclosed], &pair[!pair[0].enclosed]);
        }
        *out_count += pair[0].known && pair[1].known ? 2 : 0;
    }
    return true;
}

/* The worst foramen by each quantity. */
typedef struct {
    double value[COUNT];
    const Foramen *at[COUNT];
} Worst;

static void judge(Worst *worst, const Foramen *f, double usual_mm2)
{
    const double now[COUNT] = {f->lesion_mm2 / f->section_mm2, f->free_mm2 / usual_mm2,
                               f->section_mm2 / usual_mm2};
    for (int q = 0; q < COUNT; q++) {
        const bool worse = !worst->at[q] || (q == FREE ? now[q] < worst->value[q] : now[q] > worst->value[q]);
        if (f->lesion_mm2 > 0 && worse && (q != WIDTH || f->enclosed)) {
            worst->value[q] = now[q];
            worst->at[q] = f;
        }
    }
}

static void add(MeasurementList *out, Foramina which, const Worst *worst, const MeasureSeries *series)
{
    const Foramen *at = worst->at[which];
    if (which != FILLED && !at) {
        measurements_add_missing(out, &quantities[which],
                                 worst->at[FILLED]
                                     ? "the neural foramen that the lesion reaches has lost a wall"
                                     : "the lesion reaches no neural foramen");
        return;
    }
    Measurement *added = measurements_add_labelled(out, &quantities[which], worst->value[which], series);
    if (at) {
        added->note = arena_printf(out->arena, "%s/%s %s", level_name(at->level), level_name(at->level + 1),
                                   at->left ? "left" : "right");
    }
}

static bool measure_spine(const Spine *spine, Foramen *all, MeasurementList *out, DensError **err)
{
    double free_mm2[MOST];
    size_t count = 0, references = 0;
    Worst worst = {{0}, {NULL}};
    if (!find_all(spine, all, &count, err)) {
        return false;
    }
    for (size_t f = 0; f < count; f++) {
        if (all[f].enclosed && !(all[f].lesion_mm2 > 0)) {
            free_mm2[references++] = all[f].section_mm2;
        }
    }
    if (references < LEAST_REFERENCES) {
        return error_input(
            err, NULL,
            "%zu neural foramina near the lesion are enclosed by labels and free of it: needs at least %d",
            references, LEAST_REFERENCES);
    }
    const double usual = quantile_of(free_mm2, references, 0.5);
    for (size_t f = 0; f < count; f++) {
        judge(&worst, &all[f], usual);
    }
    for (int q = 0; q < COUNT; q++) {
        add(out, (Foramina)q, &worst, spine->box.series);
    }
    return true;
}

static bool measure_labels(const MeasureInput *input, MeasurementList *out, DensError **err)
{
    AUTO(spine_clear) Spine own = {0};
    const Spine *spine = spine_with_ring(input, NULL, &own, err);
    if (!spine) {
        return false;
    }
    Foramen *all = memory_array(MOST, sizeof *all);
    const bool done = measure_spine(spine, all, out, err);
    free(all);
    return done;
}

void measure_foramina(const MeasureInput *input, MeasurementList *out)
{
    AUTO(error_auto) DensError *err = NULL;
    if (measure_labels(input, out, &err)) {
        return;
    }
    for (int q = 0; q < COUNT; q++) {
        measurements_add_missing(out, &quantities[q], "%s", dens_error_summary(err));
    }
}
