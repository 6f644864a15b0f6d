/* Points, vectors and the placement of a voxel grid in the patient. All in LPS, in mm: x grows to the
 * patient's left, y to the back, z to the head (DICOM PS3.3 C.7.6.2.1.1). */
#ifndef DENS_IMAGE_GEOMETRY_H
#define DENS_IMAGE_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    double x, y, z;
} Vec3;

/* Where the voxels are: the centre of voxel (i, j, k) lies at
 * origin + i·spacing.x·axis[0] + j·spacing.y·axis[1] + k·spacing.z·axis[2].
 * The axes are unit vectors; orthogonal but for a gantry tilt that was kept (sheared), which `sheared` says.
 */
typedef struct {
    size_t size[3]; /* voxels along i (columns), j (rows), k (slices) */
    double spacing_mm[3];
    Vec3 origin_lps_mm; /* centre of voxel (0, 0, 0) */
    Vec3 axis_lps[3];
    bool sheared;
} Geometry;

Vec3 vec3(double x, double y, double z);
Vec3 vec3_add(Vec3 a, Vec3 b);
Vec3 vec3_sub(Vec3 a, Vec3 b);
Vec3 vec3_scale(Vec3 a, double factor);
double vec3_dot(Vec3 a, Vec3 b);
Vec3 vec3_cross(Vec3 a, Vec3 b);
double vec3_length(Vec3 a);

size_t geometry_voxels(const Geometry *geometry);           /* 0 on overflow */
double geometry_voxel_volume_mm3(const Geometry *geometry); /* |det|, right for sheared grids as well */
Vec3 geometry_point_lps_mm(const Geometry *geometry, double i, double j, double k);
/* Continuous index of a point; false if the grid is singular. */
bool geometry_index_ijk(const Geometry *geometry, Vec3 point_lps_mm, double out_ijk[3]);
/* Same size, and every corner at the same place within `tolerance_mm`. *out_distance_mm: the largest
 * distance. */
bool geometry_equal(const Geometry *a, const Geometry *b, double tolerance_mm, double *out_distance_mm);
/* NIfTI's RAS affine (rows x, y, z) of the same grid, and back. False if the affine is singular or not
 * finite. */
void geometry_to_ras(const Geometry *geometry, double out_affine[3][4]);
bool geometry_from_ras(Geometry *out, const size_t size[3], const double affine[3][4]);
/* Anatomical axis codes of i, j, k toward growing index, such as "LPS" or "PIL"; out[4]. */
void geometry_codes(const Geometry *geometry, char out[4]);

#endif
