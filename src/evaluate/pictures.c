/* Key images: each measured series cut through the middle of the lesion, sagittal and axial in the patient's
 * own axes whatever the acquisition's, with the outline of the mask where it is one half. */
#include "evaluate/study.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { PIXELS = 192 };
static const double field_mm = 96;

/* From pixel to patient: the middle of the picture, and the directions along which x and y grow. */
typedef struct {
    Vec3 middle, right, down;
    double pixel_mm;
} Cut;

static Vec3 cut_point(const Cut *cut, double x, double y)
{
    double half = (PIXELS - 1) / 2.0;
    Vec3 along = vec3_add(vec3_scale(cut->right, x - half), vec3_scale(cut->down, y - half));
    return vec3_add(cut->middle, vec3_scale(along, cut->pixel_mm));
}

static Vec3 lesion_middle(const Mask *mask)
{
    const size_t *n = mask->geometry.size;
    double sum[3] = {0}, count = 0;
    size_t at = 0;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            for (size_t i = 0; i < n[0]; i++, at++) {
                if (mask->labels[at]) {
                    sum[0] += (double)i;
                    sum[1] += (double)j;
                    sum[2] += (double)k;
                    count++;
                }
            }
        }
    }
    return geometry_point_lps_mm(&mask->geometry, sum[0] / count, sum[1] / count, sum[2] / count);
}

/* How much of a point is lesion, between voxels linearly. */
static double mask_share(const Mask *mask, Vec3 point)
{
    const Geometry *g = &mask->geometry;
    double ijk[3], share = 0;
    if (!geometry_index_ijk(g, point, ijk)) {
        return 0;
    }
    for (int corner = 0; corner < 8; corner++) {
        double weight = 1;
        size_t index = 0, stride = 1;
        for (int a = 0; a < 3; a++) {
            double low = floor(ijk[a]), t = ijk[a] - low, at = low + (corner >> a & 1);
            weight *= at < 0 || at >= (double)g->size[a] ? 0 : corner >> a & 1 ? t : 1 - t;
            index += weight > 0 ? (size_t)at * stride : 0;
            stride *= g->size[a];
        }
        share += weight > 0 && mask->labels[index] ? weight : 0;
    }
    return share;
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Grey values: CT between soft tissue and bone, other series between the 1st and the 99.5th percentile of the
 * cut. */
static const uint8_t *grey_of(const Volume *volume, const Cut *cut, Arena *arena)
{
    uint8_t *grey = arena_alloc(arena, (size_t)PIXELS * PIXELS);
    float *value = memory_array((size_t)PIXELS * PIXELS, 2 * sizeof *value),
          *sorted = value + (size_t)PIXELS * PIXELS;
    size_t count = 0;
    for (size_t p = 0; p < (size_t)PIXELS * PIXELS; p++) {
        double ijk[3];
        size_t row = p / PIXELS;
        value[p] = NAN;
        if (geometry_index_ijk(&volume->geometry, cut_point(cut, (double)(p - row * PIXELS), (double)row),
                               ijk) &&
            volume_sample(volume, ijk, &value[p])) {
            sorted[count++] = value[p];
        } else {
            value[p] = NAN;
        }
    }
    double low = -250, high = 1250;
    if (volume->unit != UNIT_HU && count > 0) {
        qsort(sorted, count, sizeof *sorted, ascending);
        low = sorted[count / 100];
        high = sorted[count - 1 - count / 200];
    }
    for (size_t p = 0; p < (size_t)PIXELS * PIXELS; p++) {
        double share = high > low ? (value[p] - low) / (high - low) : 0;
        grey[p] = isfinite(share) ? (uint8_t)lround(255 * fmin(1, fmax(0, share))) : 0;
    }
    free(value);
    return grey;
}

typedef struct {
    float (*stretches)[4];
    size_t count, capacity;
} Outline;

static void outline_add(Outline *o, const float ends[4])
{
    if (o->count == o->capacity) {
        o->capacity = 2 * o->capacity + 256;
        o->stretches = memory_resize(o->stretches, o->capacity, sizeof *o->stretches);
    }
    for (int i = 0; i < 4; i++) {
        o->stretches[o->count][i] = ends[i];
    }
    o->count++;
}

/* Marching squares at one half: where the outline crosses each side of a square of four pixels. */
static void outline_square(Outline *o, const double *share, size_t x, size_t y)
{
    static const size_t corner[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    float cross[4][2];
    int crossings = 0;
    for (int side = 0; side < 4; side++) {
        const size_t *a = corner[side], *b = corner[(side + 1) % 4];
        double u = share[(y + a[1]) * PIXELS + x + a[0]] - 0.5,
               v = share[(y + b[1]) * PIXELS + x + b[0]] - 0.5;
        if ((u >= 0) != (v >= 0)) {
            double t = u / (u - v);
            cross[crossings][0] = (float)((double)(x + a[0]) + t * ((double)b[0] - (double)a[0]));
            cross[crossings][1] = (float)((double)(y + a[1]) + t * ((double)b[1] - (double)a[1]));
            crossings++;
        }
    }
    for (int i = 0; i + 1 < crossings; i += 2) {
        outline_add(o, (const float[4]){cross[i][0], cross[i][1], cross[i + 1][0], cross[i + 1][1]});
    }
}

static void outline_of(const Mask *mask, const Cut *cut, ReportPicture *picture, Arena *arena)
{
    double *share = memory_array((size_t)PIXELS * PIXELS, sizeof *share);
    Outline outline = {0};
    for (size_t y = 0; y < PIXELS; y++) {
        for (size_t x = 0; x < PIXELS; x++) {
            share[y * PIXELS + x] = mask_share(mask, cut_point(cut, (double)x, (double)y));
        }
    }
    for (size_t y = 0; y + 1 < PIXELS; y++) {
        for (size_t x = 0; x + 1 < PIXELS; x++) {
            outline_square(&outline, share, x, y);
        }
    }
    float(*kept)[4] = arena_array(arena, outline.count + 1, sizeof *kept);
    for (size_t i = 0; i < outline.count; i++) {
        for (int k = 0; k < 4; k++) {
            kept[i][k] = outline.stretches[i][k];
        }
    }
    picture->outline = (const float(*)[4])kept;
    picture->outline_count = outline.count;
    free(outline.stretches);
    free(share);
}

void study_pictures(const Study *study, ReportPictures *out, Arena *arena)
{
    ReportPicture *items = arena_array(arena, 2 * study->count + 1, sizeof *items);
    *out = (ReportPictures){0, items};
    for (size_t i = 0; i < study->count; i++) {
        const StudySeries *series = &study->series[i];
        for (int axial = 0; series->lesion && axial < 2; axial++) {
            Cut cut = {lesion_middle(series->lesion), vec3(axial, !axial, 0), vec3(0, axial, axial ? 0 : -1),
                       field_mm / PIXELS};
            ReportPicture *picture = &items[out->count++];
            *picture = (ReportPicture){.role = role_name(series->role),
                                       .plane = axial ? PLANE_AXIAL : PLANE_SAGITTAL,
                                       .width = PIXELS,
                                       .height = PIXELS,
                                       .pixel_mm = cut.pixel_mm,
                                       .grey = grey_of(series->volume, &cut, arena)};
            outline_of(series->lesion, &cut, picture, arena);
        }
    }
}
