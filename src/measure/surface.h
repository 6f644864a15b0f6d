/* Inside measure/: points on a mask's surface, their normals, and what a volume shows along these. */
#ifndef DENS_MEASURE_SURFACE_H
#define DENS_MEASURE_SURFACE_H

#include "image/volume.h"

typedef struct {
    Vec3 at_lps_mm; /* where the mask's outline crosses the normal */
    Vec3 outward;   /* unit vector */
    double weight;  /* area that the point stands for, up to scale */
} SurfacePoint;

typedef struct {
    size_t count;
    SurfacePoint *points; /* owned */
} Surface;

/* At most about `most` points, evenly taken from the voxels of the mask that have a face outside it. Errors:
 * an empty mask, a singular grid, no memory. */
bool surface_find(Surface *out, const Mask *mask, size_t most, DensError **err) DENS_MUST_USE;
void surface_clear(Surface *surface);

/* A line along the normal: sample s lies (s − PROFILE_MIDDLE) · PROFILE_STEP_MM outside the surface. */
enum { PROFILE_MIDDLE = 20, PROFILE_SAMPLES = 2 * PROFILE_MIDDLE + 1 };
#define PROFILE_STEP_MM 0.25
typedef struct {
    double values[PROFILE_SAMPLES];
} Profile;

/* Each sample is the mean of nine points in the plane across the normal, 0.7 mm apart: noise falls, an edge
 * across the normal keeps its width. False where the line leaves the volume or meets a value that is not
 * finite. */
bool surface_profile(Profile *out, const Volume *volume, const SurfacePoint *point);
/* Mean from one distance outside the surface to another, in mm (below 0: inside). */
double profile_mean(const Profile *profile, double from_mm, double to_mm);
/* The largest mean of three neighbouring samples between two places, and the middle one of these. */
double profile_highest(const Profile *profile, double from_mm, double to_mm, int *out_sample);
/* Two unit vectors that span the plane across a normal. */
void surface_tangents(Vec3 normal, Vec3 out[2]);

#endif
