/* Lengths of a mask.
 *
 * A mask says of voxel centres whether they lie in the lesion. The lesion's outline runs beyond the outermost
 * centre inside it, by less than a voxel: by hardly anything where a curved outline is longest (of all
 * directions the longest is one in which both ends just hold a centre), by half a voxel on average where it
 * is flat. We add a quarter of a voxel at each end: a diameter of a smooth solid is then right to half a
 * voxel, that of a box half a voxel short on average (the worst is three halves, where a flat face just
 * misses a layer of centres). The faces of the voxels, as in IBSI's mesh, make a sphere longer by almost a
 * voxel, the bare centres make a box shorter by one.
 *
 * 1. The surface points are the centres of all voxels plus ±¼ step along a grid axis (an octahedron). So the
 *    largest distance is the maximum over pairs of centres p, q and axes a of |q − p ± ½ step_a|, and the
 *    width along a unit vector u is the spread of the centres' projections plus the largest |½ step_a·u|.
 * 2. Only centres that are corners of the convex hull matter. Of each grid line only its two ends can be; of
 *    these, in each layer, only the corners of the layer's own hull; and so for the layers along each axis.
 *    This is exact (whole-number arithmetic on indices: an affine map keeps hulls) and leaves some
 *    thousand points of a lesion of a million voxels.
 * 3. In-plane lengths use the same definition with the two axes of the layer. The layers are those of the
 * grid whose normal is nearest to the patient's long axis: for a sagittal series the planes across its rows,
 * not its slices. They are tilted against the true axial plane by axial_tilt_degrees. */
#include "measure/shape.h"

#include "base/memory.h"
#include "measure/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int32_t ijk[3];
    Vec3 mm; /* from voxel (0, 0, 0) */
} Centre;

typedef struct {
    Centre *items;
    size_t count;
} Centres;

static void centres_free(Centres *centres)
{
    free(centres->items);
    *centres = (Centres){0};
}

/* The grid's steps in mm, what is added to a distance between centres (half a step along one axis), and along
 * which axes. */
typedef struct {
    Vec3 step[3], margin[3];
    bool uses[3];
} Steps;

static Steps steps_of(const Geometry *geometry)
{
    Steps out;
    for (int a = 0; a < 3; a++) {
        out.step[a] = vec3_scale(geometry->axis_lps[a], geometry->spacing_mm[a]);
        out.margin[a] = vec3_scale(out.step[a], 0.5);
        out.uses[a] = true;
    }
    return out;
}

static Centre centre_of(const Steps *steps, const size_t at[3])
{
    Centre out = {.mm = vec3(0, 0, 0)};
    for (int a = 0; a < 3; a++) {
        out.ijk[a] = (int32_t)at[a];
        out.mm = vec3_add(out.mm, vec3_scale(steps->step[a], (double)at[a]));
    }
    return out;
}

/* The two ends of each grid line along `along`, within a box. */
static bool line_ends(Centres *out, const Mask *mask, const Steps *steps, const size_t low[3],
                      const size_t high[3], int along, DensError **err)
{
    const int u = (along + 1) % 3, v = (along + 2) % 3;
    const size_t lines = (high[u] - low[u] + 1) * (high[v] - low[v] + 1);
    out->items = memory_try_array(lines, 2 * sizeof *out->items);
    if (!out->items) {
        return error_no_memory(err);
    }
    size_t at[3];
    for (at[v] = low[v]; at[v] <= high[v]; at[v]++) {
        for (at[u] = low[u]; at[u] <= high[u]; at[u]++) {
            bool found = false;
            size_t first[3] = {0}, last[3] = {0};
            for (at[along] = low[along]; at[along] <= high[along]; at[along]++) {
                if (mask->labels[voxel_index(&mask->geometry, at[0], at[1], at[2])] == 0) {
                    continue;
                }
                memcpy(last, at, sizeof last);
                if (!found) {
                    memcpy(first, at, sizeof first);
                }
                found = true;
            }
            if (found) {
                out->items[out->count++] = centre_of(steps, first);
                out->items[out->count++] = centre_of(steps, last);
            }
        }
    }
    return true;
}

/* Order by layer, then within the layer; `axes` are the three axes in order of weight. */
static int compare_centres(const void *a, const void *b, void *axes)
{
    const Centre *p = a, *q = b;
    const int *order = axes;
    for (int i = 0; i < 3; i++) {
        const int32_t x = p->ijk[order[i]], y = q->ijk[order[i]];
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

/* Above 0 if a → b → c turns to the left in the plane of axes u and v. */
static int64_t turn(const Centre *a, const Centre *b, const Centre *c, int u, int v)
{
    return (int64_t)(b->ijk[u] - a->ijk[u]) * (c->ijk[v] - a->ijk[v]) -
           (int64_t)(b->ijk[v] - a->ijk[v]) * (c->ijk[u] - a->ijk[u]);
}

/* Corners of the convex hull of sorted points of one layer (Andrew 1979, monotone chain); `out` has room for
 * count + 1. Returns their number. */
static size_t layer_hull(const Centre *points, size_t count, int u, int v, Centre *out)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        while (used >= 2 && turn(&out[used - 2], &out[used - 1], &points[i], u, v) <= 0) {
            used--;
        }
        out[used++] = points[i];
    }
    const size_t lower = used + 1;
    for (size_t i = count - 1; i-- > 0;) {
        while (used >= lower && turn(&out[used - 2], &out[used - 1], &points[i], u, v) <= 0) {
            used--;
        }
        out[used++] = points[i];
    }
    return used > 1 ? used - 1 : used; /* the last is the first again */
}

/* Without repeated points, which a sort has put side by side. */
static size_t drop_repeated(Centre *points, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const Centre *last = kept > 0 ? &points[kept - 1] : NULL;
        if (!last || last->ijk[0] != points[i].ijk[0] || last->ijk[1] != points[i].ijk[1] ||
            last->ijk[2] != points[i].ijk[2]) {
            points[kept++] = points[i];
        }
    }
    return kept;
}

/* End of the run of points that lie in the layer of points[begin]. */
static size_t layer_end(const Centres *centres, size_t begin, int axis)
{
    size_t end = begin;
    while (end < centres->count && centres->items[end].ijk[axis] == centres->items[begin].ijk[axis]) {
        end++;
    }
    return end;
}

/* Keeps, of each layer across `axis`, the corners of its hull; sorted by layer. */
static bool keep_layer_corners(Centres *centres, int axis, DensError **err)
{
    int order[3] = {axis, (axis + 1) % 3, (axis + 2) % 3};
    qsort_r(centres->items, centres->count, sizeof *centres->items, compare_centres, order);
    centres->count = drop_repeated(centres->items, centres->count);
    Centre *kept = memory_try_array(centres->count + 1, sizeof *kept);
    if (!kept) {
        return error_no_memory(err);
    }
    size_t used = 0;
    for (size_t begin = 0; begin < centres->count;) {
        const size_t end = layer_end(centres, begin, axis);
        used += layer_hull(&centres->items[begin], end - begin, order[1], order[2], &kept[used]);
        begin = end;
    }
    free(centres->items);
    *centres = (Centres){.items = kept, .count = used};
    return true;
}

/* The largest |d ± ½ step_a| over the axes, squared, and the vector itself. */
static double with_margin(const Steps *steps, Vec3 d, Vec3 *out)
{
    const double bare = vec3_dot(d, d);
    double best = -1;
    for (int a = 0; a < 3; a++) {
        const double along = vec3_dot(d, steps->margin[a]);
        const double squared = bare + 2 * fabs(along) + vec3_dot(steps->margin[a], steps->margin[a]);
        if (steps->uses[a] && squared > best) {
            best = squared;
            *out = along < 0 ? vec3_sub(d, steps->margin[a]) : vec3_add(d, steps->margin[a]);
        }
    }
    return best;
}

/* The longest |q − p ± ½ step_a|: raises *out_squared, and sets *out, if it is longer than what is there.
 * Nearly all pairs are too short for any margin to help, and the bare distance shows it. */
static void longest(const Centre *points, size_t count, const Steps *steps, double *out_squared, Vec3 *out)
{
    double most = 0;
    for (int a = 0; a < 3; a++) {
        most = fmax(most, vec3_length(steps->margin[a]));
    }
    double least = fmax(sqrt(*out_squared) - most, 0);
    for (size_t p = 0; p < count; p++) {
        for (size_t q = p; q < count; q++) {
            const double x = points[q].mm.x - points[p].mm.x, y = points[q].mm.y - points[p].mm.y,
                         z = points[q].mm.z - points[p].mm.z;
            if (x * x + y * y + z * z < least * least) {
                continue;
            }
            Vec3 line = vec3(0, 0, 0);
            const double squared = with_margin(steps, vec3(x, y, z), &line);
            if (squared > *out_squared) {
                *out_squared = squared;
                *out = line;
                least = fmax(sqrt(squared) - most, 0);
            }
        }
    }
}

/* What is added to a distance between centres along a unit vector. */
static double margin_along(const Steps *steps, Vec3 direction)
{
    double margin = 0;
    for (int a = 0; a < 3; a++) {
        if (steps->uses[a]) {
            margin = fmax(margin, fabs(vec3_dot(steps->margin[a], direction)));
        }
    }
    return margin;
}

/* Each end lies somewhere in a voxel, which is twice the margin wide: variance width²/12, two times. */
static Length length_along(const Steps *steps, double mm, Vec3 direction)
{
    return (Length){.mm = mm, .sd_mm = 2 * margin_along(steps, direction) / sqrt(6)};
}

static Length width_along(const Centre *points, size_t count, const Steps *steps, Vec3 direction)
{
    double low = 0, high = 0;
    for (size_t i = 1; i < count; i++) {
        const double at = vec3_dot(vec3_sub(points[i].mm, points[0].mm), direction);
        low = fmin(low, at);
        high = fmax(high, at);
    }
    return length_along(steps, high - low + margin_along(steps, direction), direction);
}

static Vec3 unit(Vec3 a)
{
    return vec3_scale(a, 1 / vec3_length(a));
}

/* The longest line in any layer across `axis`, and the width of its layer across it. */
static void describe_layers(Shape *out, const Centres *centres, Steps steps, int axis)
{
    steps.uses[axis] = false;
    const Vec3 normal = unit(vec3_cross(steps.step[(axis + 1) % 3], steps.step[(axis + 2) % 3]));
    double best = 0;
    for (size_t begin = 0; begin < centres->count;) {
        const size_t end = layer_end(centres, begin, axis);
        const Centre *layer = &centres->items[begin];
        double squared = best;
        Vec3 line = vec3(0, 0, 0);
        longest(layer, end - begin, &steps, &squared, &line);
        if (squared > best) {
            best = squared;
            const Vec3 direction = unit(line);
            out->longest_axial = length_along(&steps, sqrt(squared), direction);
            out->perpendicular = width_along(layer, end - begin, &steps, vec3_cross(normal, direction));
        }
        begin = end;
    }
    const double cosine = fmin(fabs(normal.z), 1);
    out->axial_tilt_degrees = acos(cosine) * 180 / acos(-1);
}

/* The axis whose layers are nearest to axial: their normal has the largest component along z. */
static int axial_axis(const Steps *steps)
{
    int best = 2;
    double best_z = -1;
    for (int a = 2; a >= 0; a--) {
        const double z = fabs(unit(vec3_cross(steps->step[(a + 1) % 3], steps->step[(a + 2) % 3])).z);
        if (z > best_z + 1e-9) {
            best = a;
            best_z = z;
        }
    }
    return best;
}

static bool describe_lengths(Shape *out, const Mask *mask, const size_t low[3], const size_t high[3],
                             DensError **err)
{
    const Steps steps = steps_of(&mask->geometry);
    const int axis = axial_axis(&steps), u = (axis + 1) % 3, v = (axis + 2) % 3;
    AUTO(centres_free) Centres centres = {0};
    if (!line_ends(&centres, mask, &steps, low, high, u, err) || !keep_layer_corners(&centres, axis, err)) {
        return false;
    }
    describe_layers(out, &centres, steps, axis);
    if (!keep_layer_corners(&centres, u, err) || !keep_layer_corners(&centres, v, err)) {
        return false;
    }
    double squared = 0;
    Vec3 line = vec3(0, 0, 0);
    longest(centres.items, centres.count, &steps, &squared, &line);
    out->longest_3d = length_along(&steps, sqrt(squared), unit(line));
    const Vec3 patient[3] = {vec3(1, 0, 0), vec3(0, 1, 0), vec3(0, 0, 1)};
    for (int a = 0; a < 3; a++) {
        out->extent[a] = width_along(centres.items, centres.count, &steps, patient[a]);
    }
    return true;
}

/* The box of a mask as bytes: 1 = in the mask and not yet visited. */
typedef struct {
    size_t size[3];
    unsigned char *open;
    size_t *stack; /* room for every voxel of the mask: each is pushed once */
} Flood;

static void flood_free(Flood *flood)
{
    free(flood->open);
    free(flood->stack);
}

/* Visits all that touches the voxel on top of the stack. */
static void flood_part(Flood *flood, size_t seed)
{
    size_t waiting = 0;
    flood->open[seed] = 0;
    flood->stack[waiting++] = seed;
    while (waiting > 0) {
        const size_t at = flood->stack[--waiting];
        const size_t i = at % flood->size[0], rest = at / flood->size[0];
        const size_t j = rest % flood->size[1], k = rest / flood->size[1];
        for (size_t z = k > 0 ? k - 1 : 0; z <= k + 1 && z < flood->size[2]; z++) {
            for (size_t y = j > 0 ? j - 1 : 0; y <= j + 1 && y < flood->size[1]; y++) {
                for (size_t x = i > 0 ? i - 1 : 0; x <= i + 1 && x < flood->size[0]; x++) {
                    const size_t next = x + flood->size[0] * (y + flood->size[1] * z);
                    if (flood->open[next]) {
                        flood->open[next] = 0;
                        flood->stack[waiting++] = next;
                    }
                }
            }
        }
    }
}

static bool count_components(Shape *out, const Mask *mask, const size_t low[3], const size_t high[3],
                             DensError **err)
{
    AUTO(flood_free) Flood flood = {0};
    for (int a = 0; a < 3; a++) {
        flood.size[a] = high[a] - low[a] + 1;
    }
    const size_t box = flood.size[0] * flood.size[1] * flood.size[2];
    flood.open = memory_try_array(box, 1);
    flood.stack = memory_try_array(out->voxels, sizeof *flood.stack);
    if (!flood.open || !flood.stack) {
        return error_no_memory(err);
    }
    for (size_t at = 0; at < box; at++) {
        const size_t rest = at / flood.size[0];
        const size_t i = low[0] + at % flood.size[0], j = low[1] + rest % flood.size[1];
        const size_t k = low[2] + rest / flood.size[1];
        flood.open[at] = mask->labels[voxel_index(&mask->geometry, i, j, k)] != 0;
    }
    for (size_t at = 0; at < box; at++) {
        if (flood.open[at]) {
            flood_part(&flood, at);
            out->components++;
        }
    }
    return true;
}

bool shape_describe(Shape *out, const Mask *mask, DensError **err)
{
    *out = (Shape){0};
    size_t low[3], high[3];
    if (!mask_box(mask, low, high)) {
        return error_input(err, mask->source_name, "the lesion mask is empty");
    }
    const double voxel_mm3 = geometry_voxel_volume_mm3(&mask->geometry);
    if (!(voxel_mm3 > 0) || !isfinite(voxel_mm3)) {
        return error_input(err, mask->source_name, "the mask's grid is singular: its voxels have no volume");
    }
    out->voxels = mask_count(mask, 0);
    out->volume_mm3 = voxel_mm3 * (double)out->voxels;
    return describe_lengths(out, mask, low, high, err) && count_components(out, mask, low, high, err);
}
