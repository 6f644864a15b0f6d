/* The canal: in each slice what bone encloses after its gaps of up to twice the closing radius were closed
 * (a ring); the rings of one tube, found as the best way through all slices; between them, where the ring is
 * open, the shape between those above and below by their signed distances (Raya and Udupa 1990, IEEE Trans.
 * Med. Imaging 9:32). docs/segmentation.md has the reasons of the limits. */
#include "segment/canal.h"

#include "base/auto.h"
#include "base/memory.h"
#include "image/distance.h"
#include "segment/plane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double closing_mm[] = {2, 3, 4.5};
enum { CLOSINGS = sizeof closing_mm / sizeof *closing_mm };
static const double least_mm2 = 80, most_mm2 = 700;
static const double least_hu = -60, most_hu = 150; /* of its mean: fat, CSF, cord, and a tumour in it */
static const double furthest_mm = 40, least_overlap = 0.4, least_length_mm = 25;
static const double behind_mm = 45, beside_mm = 10; /* how far a ring lies behind another one at most */
static const double near_mm = 15, least_share = 0.6, most_share = 1.4; /* of the area against the median */

/* What may be the canal in one slice. */
typedef struct {
    size_t slice, low[2], size[2], pixels; /* the box in the plane; pixels of the canal in it */
    uint8_t *set;                          /* owned */
    double middle[2];
    double worth;     /* of a millimetre of it */
    double score;     /* of the best way that ends here */
    ptrdiff_t before; /* the ring before on it, −1: none */
} Ring;

typedef struct {
    const BoneBox *box;
    double spacing_mm[2], step_mm; /* in the plane; between slices */
    Ring *rings;                   /* by slice */
    size_t count, room;
    /* of one slice */
    uint8_t *bone, *core;
    float *hu, *from_bone;
    PlaneParts parts;
} Search;

static void search_clear(Search *s)
{
    for (size_t r = 0; r < s->count; r++) {
        free(s->rings[r].set);
    }
    free(s->rings);
    free(s->bone);
    free(s->core);
    free(s->hu);
    free(s->from_bone);
    plane_parts_clear(&s->parts);
}

BoxPlane box_plane(const BoneBox *box, int axis, size_t slice)
{
    const size_t stride[3] = {1, box->size[0], box->size[0] * box->size[1]};
    const int u = (axis + 1) % 3, v = (axis + 2) % 3;
    return (BoxPlane){
        .size = {box->size[u], box->size[v]}, .first = slice * stride[axis], .step = {stride[u], stride[v]}};
}

/* ---- rings ---- */

static bool distances(float *out, const uint8_t *marked, const size_t size[2], const double spacing_mm[2],
                      DensError **err)
{
    return distance_squared(out, marked, (const size_t[3]){size[0], size[1], 1},
                            (const double[3]){spacing_mm[0], spacing_mm[1], 1}, NULL, err);
}

/* The core of a part, and what lies within the closing radius of it and is no bone. */
static bool grow(const Search *s, const BoxPlane *plane, size_t slice, uint32_t name, int closing, Ring *out,
                 DensError **err)
{
    const double radius_mm = closing_mm[closing];
    const PlanePart *part = &s->parts.parts[name - 1];
    *out = (Ring){.slice = slice, .worth = 1 - 0.1 * closing, .before = -1};
    for (int a = 0; a < 2; a++) {
        const size_t reach = (size_t)ceil(radius_mm / s->spacing_mm[a]);
        out->low[a] = part->low[a] > reach ? part->low[a] - reach : 0;
        const size_t high = part->high[a] + reach + 1;
        out->size[a] = (high < plane->size[a] ? high : plane->size[a]) - out->low[a];
    }
    const size_t pixels = out->size[0] * out->size[1];
    out->set = memory_try_array(pixels, 1);
    float *from_core = memory_try_array(pixels, sizeof *from_core);
    if (!out->set || !from_core) {
        free(from_core);
        return error_no_memory(err);
    }
    for (size_t p = 0; p < pixels; p++) {
        const size_t u = out->low[0] + p % out->size[0], v = out->low[1] + p / out->size[0];
        out->set[p] = s->parts.part[u + plane->size[0] * v] == name;
    }
    const bool good = distances(from_core, out->set, out->size, s->spacing_mm, err);
    double hu = 0;
    for (size_t p = 0; good && p < pixels; p++) {
        const size_t u = p % out->size[0], v = p / out->size[0];
        const size_t at = out->low[0] + u + plane->size[0] * (out->low[1] + v);
        out->set[p] = !s->bone[at] && (double)from_core[p] <= radius_mm * radius_mm;
        if (out->set[p]) {
            out->pixels++;
            hu += (double)s->hu[at];
            out->middle[0] += (double)u;
            out->middle[1] += (double)v;
        }
    }
    free(from_core);
    for (int a = 0; a < 2; a++) {
        out->middle[a] = (double)out->low[a] + out->middle[a] / (double)out->pixels;
    }
    const double mm2 = (double)out->pixels * s->spacing_mm[0] * s->spacing_mm[1];
    hu /= (double)out->pixels;
    if (mm2 < least_mm2 || mm2 > most_mm2 || hu < least_hu || hu > most_hu) {
        out->pixels = 0;
    }
    return good;
}

static void add_ring(Search *s, const Ring *ring)
{
    if (s->count == s->room) {
        s->room = 2 * s->room + 64;
        s->rings = memory_resize(s->rings, s->room, sizeof *s->rings);
    }
    s->rings[s->count++] = *ring;
}

static bool find_rings_closed(Search *s, const BoxPlane *plane, size_t slice, int closing, DensError **err)
{
    const size_t pixels = plane->size[0] * plane->size[1];
    for (size_t p = 0; p < pixels; p++) {
        s->core[p] = (double)s->from_bone[p] > closing_mm[closing] * closing_mm[closing];
    }
    plane_parts_find(&s->parts, s->core, 1, NULL, plane->size);
    for (size_t n = 0; n < s->parts.count; n++) {
        const PlanePart *part = &s->parts.parts[n];
        if (part->border || (double)part->pixels * s->spacing_mm[0] * s->spacing_mm[1] > most_mm2) {
            continue;
        }
        Ring ring;
        if (!grow(s, plane, slice, (uint32_t)n + 1, closing, &ring, err)) {
            free(ring.set);
            return false;
        }
        if (ring.pixels > 0) {
            add_ring(s, &ring);
        } else {
            free(ring.set);
        }
    }
    return true;
}

/* A porous vertebral body is a ring as well; the canal lies behind it. */
static void weigh_rings(Search *s, size_t first)
{
    const double *mm = s->spacing_mm, *dorsal = s->box->dorsal;
    for (size_t r = first; r < s->count; r++) {
        bool behind = false;
        for (size_t b = first; b < s->count; b++) {
            const double x = (s->rings[b].middle[0] - s->rings[r].middle[0]) * mm[0];
            const double y = (s->rings[b].middle[1] - s->rings[r].middle[1]) * mm[1];
            const double back = x * dorsal[0] + y * dorsal[1], side = x * dorsal[1] - y * dorsal[0];
            behind = behind || (back > beside_mm && back <= behind_mm && fabs(side) <= beside_mm);
        }
        s->rings[r].worth *= behind ? 0.5 : 1;
    }
}

static bool find_rings(Search *s, size_t slice, DensError **err)
{
    const BoxPlane plane = box_plane(s->box, s->box->axis, slice);
    const size_t first = s->count;
    for (size_t p = 0; p < plane.size[0] * plane.size[1]; p++) {
        const size_t at = plane.first + p % plane.size[0] * plane.step[0] + p / plane.size[0] * plane.step[1];
        s->bone[p] = s->box->bone[at];
        s->hu[p] = s->box->hu[at];
    }
    bool good = distances(s->from_bone, s->bone, plane.size, s->spacing_mm, err);
    for (int closing = 0; good && closing < CLOSINGS; closing++) {
        good = find_rings_closed(s, &plane, slice, closing, err);
    }
    weigh_rings(s, first);
    return good;
}

/* ---- the tube ---- */

static bool ring_holds(const Ring *ring, ptrdiff_t u, ptrdiff_t v)
{
    u -= (ptrdiff_t)ring->low[0];
    v -= (ptrdiff_t)ring->low[1];
    return u >= 0 && v >= 0 && u < (ptrdiff_t)ring->size[0] && v < (ptrdiff_t)ring->size[1] &&
           ring->set[(size_t)u + ring->size[0] * (size_t)v];
}

/* Dice coefficient of two rings, as if they lay in one slice. */
static double overlap(const Ring *a, const Ring *b)
{
    size_t both = 0;
    for (size_t v = 0, p = 0; v < a->size[1]; v++) {
        for (size_t u = 0; u < a->size[0]; u++, p++) {
            both += a->set[p] && ring_holds(b, (ptrdiff_t)(u + a->low[0]), (ptrdiff_t)(v + a->low[1]));
        }
    }
    return 2 * (double)both / (double)(a->pixels + b->pixels);
}

/* The longest way through rings that overlap, as `before` from the ring whose index is returned; −1: none. */
static ptrdiff_t best_way(Search *s)
{
    ptrdiff_t best = -1;
    for (size_t r = 0; r < s->count; r++) {
        Ring *ring = &s->rings[r];
        const double worth = s->step_mm * ring->worth;
        ring->score = worth;
        for (size_t b = r; b-- > 0;) {
            const Ring *before = &s->rings[b];
            const double away_mm = (double)(ring->slice - before->slice) * s->step_mm;
            if (away_mm > fmax(furthest_mm, s->step_mm)) {
                break;
            }
            /* no more than this can be had from it */
            if (before->slice == ring->slice || before->score + 2 * worth <= ring->score) {
                continue;
            }
            const double same = overlap(ring, before);
            const double score = before->score + worth * (1 + same);
            if (same >= least_overlap && score > ring->score) {
                ring->score = score;
                ring->before = (ptrdiff_t)b;
            }
        }
        best = best < 0 || ring->score > s->rings[best].score ? (ptrdiff_t)r : best;
    }
    return best;
}

static int by_size(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Is its area that of the rings around it on the way? What is much larger leaks, what is much smaller is
 * narrowed by what stands in it, or a piece. */
static bool is_usual(const Search *s, const size_t *way, size_t count, size_t at, size_t *areas)
{
    size_t used = 0;
    for (size_t r = 0; r < count; r++) {
        const double away = fabs((double)s->rings[way[r]].slice - (double)s->rings[way[at]].slice);
        if (away * s->step_mm <= near_mm) {
            areas[used++] = s->rings[way[r]].pixels;
        }
    }
    qsort(areas, used, sizeof *areas, by_size);
    const size_t median = areas[used / 2];
    const double share = (double)s->rings[way[at]].pixels / (double)median;
    return share >= least_share && share <= most_share;
}

/* The rings of the tube by slice; the first and the last one stay. Returns how many. */
static size_t choose_rings(Search *s, size_t *way)
{
    size_t count = 0, kept = 0;
    for (ptrdiff_t r = best_way(s); r >= 0; r = s->rings[r].before) {
        way[count++] = (size_t)r;
    }
    for (size_t r = 0; r < count / 2; r++) {
        const size_t other = way[r];
        way[r] = way[count - 1 - r];
        way[count - 1 - r] = other;
    }
    size_t *areas = memory_array(count + 1, sizeof *areas);
    bool *usual = memory_array(count + 1, sizeof *usual);
    for (size_t r = 0; r < count; r++) {
        usual[r] = is_usual(s, way, count, r, areas);
    }
    for (size_t r = 0; r < count; r++) {
        if (usual[r]) {
            way[kept++] = way[r];
        }
    }
    free(areas);
    free(usual);
    return kept;
}

/* ---- between two rings ---- */

typedef struct {
    size_t size[2];
    float *inside, *signed_mm;
} Shape;

static void shape_clear(Shape *shape)
{
    free(shape->inside);
    free(shape->signed_mm);
}

/* Signed distance of a ring from its outline, on its box with a border. */
static bool shape_make(Shape *out, const Ring *ring, const double spacing_mm[2], DensError **err)
{
    const size_t margin = 1;
    *out = (Shape){.size = {ring->size[0] + 2 * margin, ring->size[1] + 2 * margin}};
    const size_t pixels = out->size[0] * out->size[1];
    uint8_t *set = memory_try_array(pixels, 1);
    out->inside = memory_try_array(pixels, sizeof *out->inside);
    out->signed_mm = memory_try_array(pixels, sizeof *out->signed_mm);
    bool good = set && out->inside && out->signed_mm;
    if (!good) {
        (void)error_no_memory(err);
    }
    for (size_t p = 0; good && p < pixels; p++) {
        const size_t u = p % out->size[0], v = p / out->size[0];
        set[p] = ring_holds(ring, (ptrdiff_t)(ring->low[0] + u) - (ptrdiff_t)margin,
                            (ptrdiff_t)(ring->low[1] + v) - (ptrdiff_t)margin);
    }
    good = good && distances(out->signed_mm, set, out->size, spacing_mm, err);
    for (size_t p = 0; good && p < pixels; p++) {
        set[p] = !set[p];
    }
    good = good && distances(out->inside, set, out->size, spacing_mm, err);
    for (size_t p = 0; good && p < pixels; p++) {
        out->signed_mm[p] = sqrtf(out->signed_mm[p]) - sqrtf(out->inside[p]);
    }
    free(set);
    return good;
}

/* Beyond the box it is as far outside as its border is and more. */
static double shape_at(const Shape *shape, const Ring *ring, double u, double v, const double spacing_mm[2])
{
    const double x = u - (double)ring->low[0] + 1, y = v - (double)ring->low[1] + 1;
    const double i = fmin(fmax(round(x), 0), (double)shape->size[0] - 1);
    const double j = fmin(fmax(round(y), 0), (double)shape->size[1] - 1);
    return (double)shape->signed_mm[(size_t)i + shape->size[0] * (size_t)j] +
           fabs(x - i) * spacing_mm[0] * (fabs(x - i) > 1) + fabs(y - j) * spacing_mm[1] * (fabs(y - j) > 1);
}

/* The middle moves evenly from one to the other. */
static void fill_slice(const Search *s, const Ring *rings[2], const Shape shapes[2], size_t slice,
                       uint8_t *out)
{
    const BoxPlane plane = box_plane(s->box, s->box->axis, slice);
    const double t = (double)(slice - rings[0]->slice) / (double)(rings[1]->slice - rings[0]->slice);
    for (size_t v = 0; v < plane.size[1]; v++) {
        for (size_t u = 0; u < plane.size[0]; u++) {
            const size_t at = plane.first + u * plane.step[0] + v * plane.step[1];
            if (s->box->bone[at]) {
                continue;
            }
            double away = 0;
            for (int n = 0; n < 2; n++) {
                const double share = n == 0 ? 1 - t : t, other = 1 - share;
                const double *from = rings[n]->middle, *to = rings[1 - n]->middle;
                away += share * shape_at(&shapes[n], rings[n], (double)u + other * (from[0] - to[0]),
                                         (double)v + other * (from[1] - to[1]), s->spacing_mm);
            }
            out[at] = away < 0;
        }
    }
}

static bool fill_between(const Search *s, const Ring *above, const Ring *below, uint8_t *out, DensError **err)
{
    Shape shapes[2] = {{.signed_mm = NULL}};
    const Ring *rings[2] = {above, below};
    const bool good = shape_make(&shapes[0], above, s->spacing_mm, err) &&
                      shape_make(&shapes[1], below, s->spacing_mm, err);
    for (size_t slice = above->slice + 1; good && slice < below->slice; slice++) {
        fill_slice(s, rings, shapes, slice, out);
    }
    shape_clear(&shapes[0]);
    shape_clear(&shapes[1]);
    return good;
}

static void put_ring(const Search *s, const Ring *ring, uint8_t *out)
{
    const BoxPlane plane = box_plane(s->box, s->box->axis, ring->slice);
    for (size_t p = 0; p < ring->size[0] * ring->size[1]; p++) {
        const size_t u = ring->low[0] + p % ring->size[0], v = ring->low[1] + p / ring->size[0];
        if (ring->set[p]) {
            out[plane.first + u * plane.step[0] + v * plane.step[1]] = 1;
        }
    }
}

static bool search_init(Search *out, const BoneBox *box, DensError **err)
{
    const int u = (box->axis + 1) % 3, v = (box->axis + 2) % 3;
    const size_t pixels = box->size[u] * box->size[v];
    *out = (Search){.box = box,
                    .spacing_mm = {box->spacing_mm[u], box->spacing_mm[v]},
                    .step_mm = box->spacing_mm[box->axis],
                    .bone = memory_try_array(pixels, 1),
                    .core = memory_try_array(pixels, 1),
                    .hu = memory_try_array(pixels, sizeof(float)),
                    .from_bone = memory_try_array(pixels, sizeof(float))};
    if (!out->bone || !out->core || !out->hu || !out->from_bone) {
        return error_no_memory(err);
    }
    return plane_parts_init(&out->parts, pixels, err);
}

bool canal_find(const BoneBox *box, uint8_t *out, double *out_length_mm, double *out_open_mm, DensError **err)
{
    *out_length_mm = *out_open_mm = 0;
    AUTO(search_clear) Search s = {0};
    bool good = search_init(&s, box, err);
    for (size_t slice = 0; good && slice < box->size[box->axis]; slice++) {
        good = find_rings(&s, slice, err);
    }
    if (!good || s.count == 0) {
        return good;
    }
    size_t *way = memory_array(s.count, sizeof *way);
    const size_t count = choose_rings(&s, way);
    const size_t slices = count ? s.rings[way[count - 1]].slice - s.rings[way[0]].slice + 1 : 0;
    if ((double)slices * s.step_mm >= least_length_mm) {
        for (size_t r = 0; good && r < count; r++) {
            put_ring(&s, &s.rings[way[r]], out);
            good = r == 0 || fill_between(&s, &s.rings[way[r - 1]], &s.rings[way[r]], out, err);
        }
        *out_length_mm = (double)slices * s.step_mm;
        *out_open_mm = (double)(slices - count) * s.step_mm;
    }
    free(way);
    return good;
}
