/* Five vertebrae of boxes, C3 to C7, on a straight canal, standing anyhow in the patient and on any grid:
 * what is where in the vertebrae's own axes is known exactly. */
#ifndef DENS_TESTS_NECK_H
#define DENS_TESTS_NECK_H

#include "solids.h"

enum { NECK_CORD = 1, NECK_CSF = 2, NECK_C3 = 13, NECK_C5 = 15, NECK_ARTERY = 105, NECK_LESION = 100 };
#define NECK_PITCH_MM 17.0

typedef struct {
    Arena *arena;
    Volume *volume;
    Mask *lesion, *labels, *marrow;
    LabelScheme *scheme;
    MeasureSeries series;
    MeasureShared *shared;
    Vec3 left, front, up; /* of the neck, in the patient */
} Neck;

/* A box in the neck's axes about the canal's centre at C5: to the left, to the front, up. */
typedef struct {
    double low[3], high[3];
} NeckBox;

static inline Vec3 neck_place(const Neck *n, Vec3 p)
{
    return vec3(vec3_dot(p, n->left), vec3_dot(p, n->front), vec3_dot(p, n->up));
}

static inline bool neck_inside(const NeckBox *box, Vec3 at)
{
    const double c[3] = {at.x, at.y, at.z};
    for (int a = 0; a < 3; a++) {
        if (c[a] < box->low[a] || c[a] > box->high[a]) {
            return false;
        }
    }
    return true;
}

static inline Vec3 neck_voxel(const Mask *mask, size_t v)
{
    const Geometry *g = &mask->geometry;
    return geometry_point_lps_mm(g, (double)(v % g->size[0]), (double)(v / g->size[0] % g->size[1]),
                                 (double)(v / g->size[0] / g->size[1]));
}

static inline void neck_label(const Neck *n, Mask *mask, uint16_t label, NeckBox box)
{
    for (size_t v = 0; v < geometry_voxels(&mask->geometry); v++) {
        if (neck_inside(&box, neck_place(n, neck_voxel(mask, v)))) {
            mask->labels[v] = label;
        }
    }
}

/* The lesion, which takes the place of what was labelled, as the phantoms' labels have it. */
static inline void neck_lesion(Neck *n, NeckBox box)
{
    neck_label(n, n->lesion, 1, box);
    neck_label(n, n->labels, NECK_LESION, box);
}

static inline void neck_fill(Neck *n, float value, NeckBox box)
{
    for (size_t v = 0; v < geometry_voxels(&n->volume->geometry); v++) {
        if (neck_inside(&box, neck_place(n, neck_voxel(n->lesion, v)))) {
            n->volume->voxels[v] = value;
        }
    }
}

/* The label of a healthy neck at a place; 0: none. */
static inline uint16_t neck_healthy(Vec3 at)
{
    static const NeckBox cord = {{-6, -4, -50}, {6, 4, 50}}, canal = {{-10, -7, -50}, {10, 7, 50}};
    static const NeckBox bone[] = {{{-11, 8, -6}, {11, 24, 6}},
                                   {{-19, -8, -5}, {-11, 10, 5}},
                                   {{11, -8, -5}, {19, 10, 5}},
                                   {{-19, -12, -5}, {19, -8, 5}},
                                   {{-2.5, -28, -4}, {2.5, -12, 4}}};
    if (neck_inside(&canal, at)) {
        return neck_inside(&cord, at) ? NECK_CORD : NECK_CSF;
    }
    for (int level = 0; level < 5; level++) {
        const Vec3 own = vec3(at.x, at.y, at.z - (2 - level) * NECK_PITCH_MM);
        for (size_t b = 0; b < sizeof bone / sizeof bone[0]; b++) {
            if (neck_inside(&bone[b], own)) {
                return (uint16_t)(NECK_C3 + level);
            }
        }
        if (fabs(own.x) <= 11 && own.y >= 8 && own.y <= 24 && own.z < -6 && own.z > 6 - NECK_PITCH_MM) {
            return (uint16_t)(64 + level);
        }
    }
    return 0;
}

/* Axes: the patient's, turned by `turn` degrees about the patient's z, then tilted forward by `tilt` about x.
 */
static inline void neck_stand(Neck *n, double turn, double tilt)
{
    const double rad = acos(-1) / 180, c = cos(turn * rad), s = sin(turn * rad), ct = cos(tilt * rad),
                 st = sin(tilt * rad);
    const Vec3 flat[3] = {vec3(c, s, 0), vec3(s, -c, 0), vec3(0, 0, 1)};
    Vec3 out[3];
    for (int a = 0; a < 3; a++) {
        out[a] = vec3(flat[a].x, ct * flat[a].y - st * flat[a].z, st * flat[a].y + ct * flat[a].z);
    }
    n->left = out[0];
    n->front = out[1];
    n->up = out[2];
}

static inline Neck neck_new(const Geometry *grid, double turn, double tilt)
{
    DensError *err = NULL;
    Neck n = {.arena = arena_new(), .volume = flat_volume(grid, UNIT_HU, 50), .shared = measure_shared_new()};
    neck_stand(&n, turn, tilt);
    n.labels = mask_new(grid, &err);
    n.lesion = mask_new(grid, &err);
    n.marrow = mask_new(grid, &err);
    assert_no_error(err);
    for (size_t v = 0; v < geometry_voxels(grid); v++) {
        n.labels->labels[v] = neck_healthy(neck_place(&n, neck_voxel(n.labels, v)));
    }
    neck_label(&n, n.marrow, 1, (NeckBox){{-8, 11, 2 * NECK_PITCH_MM - 4}, {8, 21, 2 * NECK_PITCH_MM + 4}});
    char *path = source_path("knowledge/label_schemes.yaml");
    n.scheme = label_scheme_read(n.arena, path, "dens", n.labels, &err);
    free(path);
    assert_no_error(err);
    n.series = (MeasureSeries){
        .volume = n.volume, .role = "ct", .lesion = n.lesion, .labels = n.labels, .scheme = n.scheme};
    n.series.reference[TISSUE_MARROW] = n.marrow;
    return n;
}

static inline void neck_clear(Neck *n)
{
    volume_free(n->volume);
    mask_free(n->lesion);
    mask_free(n->labels);
    mask_free(n->marrow);
    measure_shared_free(n->shared);
    arena_free(n->arena);
}

static inline MeasurementList neck_measure(Neck *n, const char *family)
{
    measure_shared_free(n->shared);
    n->shared = measure_shared_new();
    n->series.shared = n->shared;
    return run_family(family, &n->series, 1, n->arena);
}

/* Grids that hold the neck: isotropic; thick sagittal slices; turned against the patient. */
static inline Geometry neck_grid(int kind)
{
    static const int sagittal[3] = {1, 2, 0};
    const double even[3] = {1, 1, 1}, thick[3] = {3, 0.8, 0.8};
    Geometry out = kind == 1 ? solid_grid(1, thick, 0, sagittal, vec3(0, 0, 0))
                             : solid_grid(1, even, kind == 2 ? 25 : 0, solid_order, vec3(0, 0, 0));
    const double half_mm[3] = {30, 40, 55};
    for (int a = 0; a < 3; a++) {
        const double half = kind == 1 ? half_mm[sagittal[a]] : kind == 2 ? 50 : half_mm[a];
        out.size[a] = (size_t)(2 * half / out.spacing_mm[a]);
        out.origin_lps_mm =
            vec3_sub(out.origin_lps_mm,
                     vec3_scale(out.axis_lps[a], out.spacing_mm[a] * ((double)out.size[a] - 1) / 2));
    }
    return out;
}

#endif
