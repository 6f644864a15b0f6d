/* Volumes and masks with known answers, built in memory. */
#ifndef DENS_TESTS_SOLIDS_H
#define DENS_TESTS_SOLIDS_H

#include "testing.h"

#include "base/random.h"
#include "measure/measure.h"

#include <math.h>

/* A grid of n³ voxels whose centre lies at `centre`, its axes turned by `degrees` about (1, 1, 1), then with
 * i, j, k along the axes order[0], order[1], order[2] of the turned frame. */
static inline Geometry solid_grid(size_t n, const double spacing_mm[3], double degrees, const int order[3],
                                  Vec3 centre)
{
    const double c = cos(degrees * acos(-1) / 180), s = sin(degrees * acos(-1) / 180), t = (1 - c) / 3,
                 r = s / sqrt(3);
    const Vec3 frame[3] = {vec3(t + c, t + r, t - r), vec3(t - r, t + c, t + r), vec3(t + r, t - r, t + c)};
    Geometry out = {.origin_lps_mm = centre};
    for (int a = 0; a < 3; a++) {
        out.size[a] = n;
        out.spacing_mm[a] = spacing_mm[order[a]];
        out.axis_lps[a] = frame[order[a]];
        out.origin_lps_mm =
            vec3_sub(out.origin_lps_mm, vec3_scale(out.axis_lps[a], out.spacing_mm[a] * ((double)n - 1) / 2));
    }
    return out;
}

static const int solid_order[3] = {0, 1, 2};

/* x²/a² + y²/b² + z²/c² ≤ 1 about a centre; half axes in the patient's frame. */
static inline bool in_ellipsoid(Vec3 point, Vec3 centre, const double half_mm[3])
{
    const Vec3 d = vec3_sub(point, centre);
    const double x = d.x / half_mm[0], y = d.y / half_mm[1], z = d.z / half_mm[2];
    return x * x + y * y + z * z <= 1;
}

static inline bool in_box(Vec3 point, Vec3 centre, const double half_mm[3])
{
    const Vec3 d = vec3_sub(point, centre);
    return fabs(d.x) <= half_mm[0] && fabs(d.y) <= half_mm[1] && fabs(d.z) <= half_mm[2];
}

typedef bool (*Solid)(Vec3 point, Vec3 centre, const double half_mm[3]);

/* Labels 1 where the solid is; adds to what `mask` has. */
static inline void paint(Mask *mask, Solid solid, Vec3 centre, const double half_mm[3])
{
    const Geometry *g = &mask->geometry;
    for (size_t k = 0; k < g->size[2]; k++) {
        for (size_t j = 0; j < g->size[1]; j++) {
            for (size_t i = 0; i < g->size[0]; i++) {
                const Vec3 point = geometry_point_lps_mm(g, (double)i, (double)j, (double)k);
                if (solid(point, centre, half_mm)) {
                    mask->labels[i + g->size[0] * (j + g->size[1] * k)] = 1;
                }
            }
        }
    }
}

static inline Mask *solid_mask(const Geometry *geometry, Solid solid, Vec3 centre, double hx, double hy,
                               double hz)
{
    DensError *err = NULL;
    Mask *mask = mask_new(geometry, &err);
    assert_no_error(err);
    const double half_mm[3] = {hx, hy, hz};
    paint(mask, solid, centre, half_mm);
    return mask;
}

static inline Volume *flat_volume(const Geometry *geometry, VolumeUnit unit, float value)
{
    DensError *err = NULL;
    Volume *volume = volume_new(geometry, &err);
    assert_no_error(err);
    volume->unit = unit;
    for (size_t v = 0; v < geometry_voxels(geometry); v++) {
        volume->voxels[v] = value;
    }
    return volume;
}

/* mean + sd × a normal deviate in every voxel of the mask. */
static inline void fill(Volume *volume, const Mask *mask, double mean, double sd, uint64_t seed)
{
    Random random;
    random_init(&random, seed);
    for (size_t v = 0; v < geometry_voxels(&volume->geometry); v++) {
        if (mask->labels[v]) {
            volume->voxels[v] = (float)(mean + sd * random_normal(&random));
        }
    }
}

static inline const Measurement *found(const MeasurementList *list, const char *id)
{
    const Measurement *m = measurements_find(list, id);
    if (!m) {
        print_error("no measurement %s\n", id);
        fail();
    }
    return m;
}

static inline double value_of(const MeasurementList *list, const char *id)
{
    const Measurement *m = found(list, id);
    if (m->missing) {
        print_error("%s is missing: %s\n", id, m->reason);
        fail();
    }
    return m->value;
}

static inline void assert_missing(const MeasurementList *list, const char *id, const char *reason_part)
{
    const Measurement *m = found(list, id);
    if (!m->missing || !strstr(m->reason, reason_part)) {
        print_error("%s should be missing for \"%s\", not %s\n", id, reason_part,
                    m->missing ? m->reason : "measured");
        fail();
    }
}

/* Runs one family by its id, in `arena`. */
static inline MeasurementList run_family(const char *id, const MeasureSeries *series, size_t count,
                                         Arena *arena)
{
    MeasurementList list;
    measurements_init(&list, arena);
    const MeasureInput input = {.series_count = count, .series = series};
    for (const MeasureFamily *family = measure_families; family->id; family++) {
        if (strcmp(family->id, id) == 0) {
            family->measure(&input, &list);
            return list;
        }
    }
    print_error("no family %s\n", id);
    fail();
    return list;
}

#endif
