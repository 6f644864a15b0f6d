/* The sac of a label map gives way to a mass, and the cord with it.
 *
 * Along each line in the direction of the push lie, one behind the other, CSF, cord and CSF. The mass takes
 * the place of some of it from the near wall on; what is left is squeezed against the far wall, which stays:
 * first all CSF, then the cord by the share that the phantom's own cord is flattened by (soft.c). Lines that
 * pass beside the cord lose half of their CSF at grade 2, and all of it at grade 3. Values are taken from
 * where they were by linear interpolation, labels from the order along the line. The push wanes along the
 * spine like the phantom's. The cord does not widen as it is flattened. */
#include "phantom/push.h"

#include "phantom/anatomy.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double step_mm = 0.2;  /* of the walk along a line */
enum { STEPS_MOST = 200 };          /* to either side */
static const double plateau = 1.15; /* so that a grade holds over some slices, not in one plane */
static const double middle_mm = 3;  /* of the cord, to both sides of the height of the mass */

/* What a full push leaves of CSF beside the cord and of the cord's depth. */
typedef struct {
    double beside, cord;
} Left;

static Left left_by(EpiduralGrade grade)
{
    return grade == GRADE_3 ? (Left){0, 0.6} : (Left){0.5, 0.82};
}

/* A line through the sac: where it enters, where cord begins and ends on it, and where it leaves, from the
 * point that it was drawn through. */
typedef struct {
    double in, cord_from, cord_to, out;
} Line;

typedef struct {
    const Push *push;
    const Volume *was;
    const Mask *labels;
} Field;

static bool is_sac(uint16_t label)
{
    return label == LABEL_CORD || label == LABEL_CSF;
}

uint16_t push_label(const Mask *labels, Vec3 point)
{
    double ijk[3];
    size_t index = 0, stride = 1;
    if (!geometry_index_ijk(&labels->geometry, point, ijk)) {
        return 0;
    }
    for (int d = 0; d < 3; d++) {
        const double at = floor(ijk[d] + 0.5);
        if (!(at >= 0 && at < (double)labels->geometry.size[d])) {
            return 0;
        }
        index += (size_t)at * stride;
        stride *= labels->geometry.size[d];
    }
    return labels->labels[index];
}

static Line line_through(const Field *field, Vec3 point)
{
    Line out = {0, INFINITY, -INFINITY, 0};
    for (int side = -1; side <= 1; side += 2) {
        for (int n = 0; n < STEPS_MOST; n++) {
            const double along = side * n * step_mm;
            const uint16_t label =
                push_label(field->labels, vec3_add(point, vec3_scale(field->push->way, along)));
            if (!is_sac(label)) {
                break;
            }
            *(side < 0 ? &out.in : &out.out) = along + side * step_mm / 2;
            if (label == LABEL_CORD) {
                out.cord_from = fmin(out.cord_from, along - step_mm / 2);
                out.cord_to = fmax(out.cord_to, along + step_mm / 2);
            }
        }
    }
    return out;
}

double push_wane(const Push *push, Vec3 point)
{
    const double away = (point.z - push->from.z) / push->reach_mm;
    return fmin(1, plateau * exp(-away * away));
}

/* The parts of a line before and after, from the near wall: CSF, cord, CSF; without cord, CSF alone. */
typedef struct {
    double was[3], now[3];
} Parts;

static Parts squeeze(const Field *field, const Line *line, double share)
{
    const Left left = left_by(field->push->grade);
    Parts out = {{line->out - line->in, 0, 0}, {0, 0, 0}};
    if (line->cord_from > line->cord_to) {
        out.now[0] = out.was[0] * (1 - share * (1 - left.beside));
        return out;
    }
    out = (Parts){{line->cord_from - line->in, line->cord_to - line->cord_from, line->out - line->cord_to},
                  {0, 0, 0}};
    out.now[0] = out.was[0] * (1 - share);
    out.now[1] = out.was[1] * (1 - share * (1 - left.cord));
    out.now[2] = out.was[2] * (1 - share);
    return out;
}

/* What stands at a point of the sac after the push: its label, and in *out_along where it was. */
static uint16_t after_push(const Field *field, Vec3 point, double *out_along)
{
    const Line line = line_through(field, point);
    const Parts parts = squeeze(field, &line, push_wane(field->push, point));
    const bool cord = line.cord_from <= line.cord_to;
    double at = -line.in; /* from the near wall */
    double begin_was = 0;
    double begin_now = line.out - line.in - parts.now[0] - parts.now[1] - parts.now[2];
    for (int n = 0; n < 3 && at >= begin_now; n++) {
        if (at < begin_now + parts.now[n] || (n == 2 && parts.now[n] > 0)) {
            *out_along = line.in + begin_was + (at - begin_now) * parts.was[n] / parts.now[n];
            return cord && n == 1 ? LABEL_CORD : LABEL_CSF;
        }
        begin_now += parts.now[n];
        begin_was += parts.was[n];
    }
    return LABEL_LESION;
}

/* The middle of what is labelled as cord near a height; false if there is none. */
static bool cord_middle(const Mask *labels, double z, Vec3 *out)
{
    const Geometry *grid = &labels->geometry;
    size_t count = 0, index = 0;
    *out = vec3(0, 0, 0);
    for (size_t k = 0; k < grid->size[2]; k++) {
        for (size_t j = 0; j < grid->size[1]; j++) {
            for (size_t i = 0; i < grid->size[0]; i++, index++) {
                Vec3 p = geometry_point_lps_mm(grid, (double)i, (double)j, (double)k);
                if (labels->labels[index] == LABEL_CORD && fabs(p.z - z) < middle_mm) {
                    *out = vec3_add(*out, p);
                    count++;
                }
            }
        }
    }
    *out = vec3_scale(*out, count ? 1 / (double)count : 0);
    return count > 0;
}

/* From a point to the cord, in the axial plane; false if it lies in the cord's middle. */
static bool find_way(Vec3 from, Vec3 cord, Vec3 *out)
{
    Vec3 way = vec3(cord.x - from.x, cord.y - from.y, 0);
    const double length = vec3_length(way);
    *out = vec3_scale(way, length > 0 ? 1 / length : 0);
    return length > 0;
}

bool push_can(const Mask *labels, Vec3 from)
{
    Vec3 cord;
    Push push = {.from = from};
    if (!cord_middle(labels, from.z, &cord) || !find_way(from, cord, &push.way)) {
        return false;
    }
    cord.z = from.z;
    const Field field = {&push, NULL, labels};
    const Line line = line_through(&field, cord);
    return line.cord_from <= line.cord_to && line.cord_from - line.in > step_mm;
}

static bool push_voxels(const Field *field, Volume *volume, Mask *labels, uint8_t *mass)
{
    const Geometry *grid = &volume->geometry;
    size_t index = 0;
    bool good = true;
    for (size_t k = 0; k < grid->size[2]; k++) {
        for (size_t j = 0; j < grid->size[1]; j++) {
            for (size_t i = 0; i < grid->size[0]; i++, index++) {
                const Vec3 p = geometry_point_lps_mm(grid, (double)i, (double)j, (double)k);
                double along = 0, ijk[3];
                if (!is_sac(field->labels->labels[index]) || push_wane(field->push, p) < 0.02) {
                    continue;
                }
                labels->labels[index] = after_push(field, p, &along);
                mass[index] = labels->labels[index] == LABEL_LESION;
                Vec3 there = vec3_add(p, vec3_scale(field->push->way, along));
                good = good && (mass[index] || (geometry_index_ijk(grid, there, ijk) &&
                                                volume_sample(field->was, ijk, &volume->voxels[index])));
            }
        }
    }
    return good;
}

bool push_sac(Push *push, Volume *volume, Mask *labels, uint8_t *mass, DensError **err)
{
    const size_t voxels = geometry_voxels(&volume->geometry);
    AUTO(volume_auto) Volume *was = volume_new(&volume->geometry, err);
    AUTO(mask_auto) Mask *before = was ? mask_new(&volume->geometry, err) : NULL;
    Vec3 cord, moved;
    if (!before) {
        return false;
    }
    memcpy(was->voxels, volume->voxels, voxels * sizeof *was->voxels);
    memcpy(before->labels, labels->labels, voxels * sizeof *before->labels);
    memset(mass, 0, voxels);
    if (!cord_middle(before, push->from.z, &cord) || !find_way(push->from, cord, &push->way)) {
        return error_input(err, volume->source_name, "there is no cord at the height of the lesion");
    }
    const Field field = {push, was, before};
    const Line line = line_through(&field, vec3(cord.x, cord.y, push->from.z));
    push->cord_depth_mm = line.cord_to - line.cord_from;
    push->cord_depth_left = left_by(push->grade).cord;
    if (!push_voxels(&field, volume, labels, mass)) {
        return error_input(err, volume->source_name, "has values that are not finite in the dural sac");
    }
    push->cord_shift_mm =
        cord_middle(labels, push->from.z, &moved) ? vec3_dot(vec3_sub(moved, cord), push->way) : 0;
    return true;
}
