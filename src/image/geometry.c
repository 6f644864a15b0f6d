/* Placement of a voxel grid in the patient (LPS, mm).
 *
 * The index matrix is the one of DICOM PS3.3 C.7.6.2.1.1 with a third column for the slices; the inverse is
 * taken by Cramer's rule on the three edge vectors, so that sheared grids need no case of their own. */
#include "image/geometry.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

/* Axes closer to one plane than this (triple product of unit vectors) span no volume worth the name. */
static const double SINGULAR = 1e-4;
/* Cosine between two axes above which a grid counts as sheared: 0.06°. Float32 affines stay far below. */
static const double SHEARED = 1e-3;

Vec3 vec3(double x, double y, double z)
{
    return (Vec3){x, y, z};
}

Vec3 vec3_add(Vec3 a, Vec3 b)
{
    return vec3(a.x + b.x, a.y + b.y, a.z + b.z);
}

Vec3 vec3_sub(Vec3 a, Vec3 b)
{
    return vec3(a.x - b.x, a.y - b.y, a.z - b.z);
}

Vec3 vec3_scale(Vec3 a, double factor)
{
    return vec3(a.x * factor, a.y * factor, a.z * factor);
}

double vec3_dot(Vec3 a, Vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

Vec3 vec3_cross(Vec3 a, Vec3 b)
{
    return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

double vec3_length(Vec3 a)
{
    return sqrt(vec3_dot(a, a));
}

size_t geometry_voxels(const Geometry *geometry)
{
    size_t count = 1;
    for (int axis = 0; axis < 3; axis++) {
        if (__builtin_mul_overflow(count, geometry->size[axis], &count)) {
            return 0;
        }
    }
    return count;
}

/* The volume spanned by the unit axes, signed. */
static double triple(const Geometry *geometry)
{
    return vec3_dot(vec3_cross(geometry->axis_lps[0], geometry->axis_lps[1]), geometry->axis_lps[2]);
}

double geometry_voxel_volume_mm3(const Geometry *geometry)
{
    const double *spacing = geometry->spacing_mm;
    return fabs(triple(geometry) * spacing[0] * spacing[1] * spacing[2]);
}

Vec3 geometry_point_lps_mm(const Geometry *geometry, double i, double j, double k)
{
    const double index[3] = {i, j, k};
    Vec3 point = geometry->origin_lps_mm;
    for (int axis = 0; axis < 3; axis++) {
        point =
            vec3_add(point, vec3_scale(geometry->axis_lps[axis], index[axis] * geometry->spacing_mm[axis]));
    }
    return point;
}

bool geometry_index_ijk(const Geometry *geometry, Vec3 point_lps_mm, double out_ijk[3])
{
    const Vec3 *axis = geometry->axis_lps;
    double determinant = triple(geometry);
    if (!(fabs(determinant) > SINGULAR)) {
        return false;
    }
    Vec3 from_origin = vec3_sub(point_lps_mm, geometry->origin_lps_mm);
    for (int n = 0; n < 3; n++) {
        if (!(geometry->spacing_mm[n] > 0)) {
            return false;
        }
        Vec3 dual = vec3_cross(axis[(n + 1) % 3], axis[(n + 2) % 3]);
        out_ijk[n] = vec3_dot(dual, from_origin) / determinant / geometry->spacing_mm[n];
    }
    return true;
}

bool geometry_equal(const Geometry *a, const Geometry *b, double tolerance_mm, double *out_distance_mm)
{
    bool same_size = true;
    double largest = 0;
    for (int axis = 0; axis < 3; axis++) {
        same_size = same_size && a->size[axis] == b->size[axis];
    }
    for (int corner = 0; corner < 8; corner++) {
        Vec3 point[2];
        const Geometry *grid[2] = {a, b};
        for (int g = 0; g < 2; g++) {
            double index[3];
            for (int axis = 0; axis < 3; axis++) {
                size_t size = grid[g]->size[axis];
                index[axis] = (corner >> axis & 1) && size > 0 ? (double)(size - 1) : 0;
            }
            point[g] = geometry_point_lps_mm(grid[g], index[0], index[1], index[2]);
        }
        largest = fmax(largest, vec3_length(vec3_sub(point[0], point[1])));
    }
    if (out_distance_mm) {
        *out_distance_mm = largest;
    }
    return same_size && largest <= tolerance_mm;
}

void geometry_to_ras(const Geometry *geometry, double out_affine[3][4])
{
    /* x and y point the other way in RAS */
    for (int axis = 0; axis < 3; axis++) {
        Vec3 edge = vec3_scale(geometry->axis_lps[axis], geometry->spacing_mm[axis]);
        out_affine[0][axis] = -edge.x;
        out_affine[1][axis] = -edge.y;
        out_affine[2][axis] = edge.z;
    }
    out_affine[0][3] = -geometry->origin_lps_mm.x;
    out_affine[1][3] = -geometry->origin_lps_mm.y;
    out_affine[2][3] = geometry->origin_lps_mm.z;
}

bool geometry_from_ras(Geometry *out, const size_t size[3], const double affine[3][4])
{
    Geometry geometry = {.origin_lps_mm = vec3(-affine[0][3], -affine[1][3], affine[2][3])};
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 4; column++) {
            if (!isfinite(affine[row][column])) {
                return false;
            }
        }
    }
    for (int axis = 0; axis < 3; axis++) {
        Vec3 edge = vec3(-affine[0][axis], -affine[1][axis], affine[2][axis]);
        double length = vec3_length(edge);
        if (size[axis] == 0 || !(length > FLT_MIN) || !isfinite(length)) {
            return false;
        }
        geometry.size[axis] = size[axis];
        geometry.spacing_mm[axis] = length;
        geometry.axis_lps[axis] = vec3_scale(edge, 1 / length);
    }
    if (!(fabs(triple(&geometry)) > SINGULAR)) {
        return false;
    }
    for (int axis = 0; axis < 3; axis++) {
        double cosine = vec3_dot(geometry.axis_lps[axis], geometry.axis_lps[(axis + 1) % 3]);
        geometry.sheared = geometry.sheared || fabs(cosine) > SHEARED;
    }
    *out = geometry;
    return true;
}

void geometry_codes(const Geometry *geometry, char out[4])
{
    static const char toward[3][2] = {{'R', 'L'}, {'A', 'P'}, {'I', 'S'}};
    double part[3][3];
    for (int axis = 0; axis < 3; axis++) {
        part[axis][0] = geometry->axis_lps[axis].x;
        part[axis][1] = geometry->axis_lps[axis].y;
        part[axis][2] = geometry->axis_lps[axis].z;
    }
    /* the best pair of axis and direction first, so that an oblique grid names each direction once */
    bool axis_done[3] = {false, false, false};
    bool direction_done[3] = {false, false, false};
    for (int pass = 0; pass < 3; pass++) {
        int best_axis = -1;
        int best_direction = -1;
        for (int n = 0; n < 9; n++) {
            int axis = n / 3;
            int direction = n % 3;
            if (!axis_done[axis] && !direction_done[direction] &&
                (best_axis < 0 || fabs(part[axis][direction]) > fabs(part[best_axis][best_direction]))) {
                best_axis = axis;
                best_direction = direction;
            }
        }
        axis_done[best_axis] = true;
        direction_done[best_direction] = true;
        out[best_axis] = toward[best_direction][part[best_axis][best_direction] > 0];
    }
    out[3] = '\0';
}
