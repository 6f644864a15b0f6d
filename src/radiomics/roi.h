/* Inside radiomics/: the region of interest on its way through the chain of image processing, and the list
 * that the families of features add to. */
#ifndef DENS_RADIOMICS_ROI_H
#define DENS_RADIOMICS_ROI_H

#include "radiomics/radiomics.h"

#include <stdint.h>

/* An image on a grid of its own: index = i + size[0]·(j + size[1]·k). */
typedef struct {
    size_t size[3];
    double spacing_mm[3];
    float *intensity;
    uint8_t *morphology;     /* 1 inside the outline: shape, and distances to the border */
    uint8_t *intensity_mask; /* 1 where intensities count; a subset of the former after re-segmentation */
} Roi;

bool roi_init(Roi *out, const size_t size[3], const double spacing_mm[3], DensError **err) DENS_MUST_USE;
void roi_clear(Roi *roi);
static inline void roi_auto(Roi *roi)
{
    roi_clear(roi);
}
size_t roi_voxels(const Roi *roi);
double roi_voxel_volume_mm3(const Roi *roi);
/* Lowest index and extent along each axis of the voxels of one mask; extents are 0 if there are none. */
void roi_box(const Roi *roi, const uint8_t *mask, size_t out_low[3], size_t out_extent[3]);
size_t roi_count(const Roi *roi, const uint8_t *mask);

/* The image on the configuration's grid (interpolation and rounding). */
bool roi_resample(Roi *out, const Roi *in, const RadiomicsConfig *config, DensError **err) DENS_MUST_USE;
/* Takes voxels out of the intensity mask by range and by outliers. */
void roi_resegment(Roi *roi, const RadiomicsConfig *config);

/* Grey levels 1 … count inside the intensity mask and 0 outside, on the box of the outline with a border of
 * one voxel of 0 all around, so that every neighbour of a voxel can be looked at. */
typedef struct {
    size_t size[3]; /* with the border */
    uint16_t *level;
    uint16_t *distance; /* to the border of the outline in steps along the axes, in the plane or in space */
    size_t count;       /* levels */
    size_t voxels;      /* with a level */
} Levels;

bool levels_init(Levels *out, const Roi *roi, const RadiomicsConfig *config, DensError **err) DENS_MUST_USE;
void levels_clear(Levels *levels);
static inline void levels_auto(Levels *levels)
{
    levels_clear(levels);
}
/* Fills `distance`: over the whole outline, or slice by slice. */
void levels_distances(Levels *levels, const Roi *roi, bool slice_wise);
/* The bin (from 1) of an intensity. */
double discretise(Discretisation how, double value, double low, double high, double intensity);

/* The intensities of the intensity mask in ascending order; the caller frees them. NULL without memory. */
float *roi_sorted(const Roi *roi, size_t *out_count);

/* The growing list of features. */
typedef struct {
    Arena *arena;
    RadiomicsFeatures *out;
    size_t capacity;
} FeatureList;

/* Adds prefix_name or prefix_name_suffix; a value that is not finite becomes missing with `reason`. */
void feature_add(FeatureList *list, const char *prefix, const char *name, const char *suffix, double value,
                 const char *reason);

/* What the matrices are filled over: every voxel of one slice, or of all. */
typedef struct {
    const Levels *levels;
    size_t first, end; /* slices, in the bordered grid */
} Slab;

/* The steps to a neighbour, one of each opposite pair: 4 in a plane, 13 in space. */
typedef struct {
    int step[3];
} Direction;
extern const Direction directions[13]; /* the first four lie in the plane */
static inline ptrdiff_t direction_offset(const Levels *levels, const Direction *d)
{
    return d->step[0] + (ptrdiff_t)levels->size[0] * (d->step[1] + (ptrdiff_t)levels->size[1] * d->step[2]);
}

/* Sixteen features of counts over grey level i and length j (runs, zones, distances, dependences), which the
 * standard defines alike: short, long, low grey, high grey, short low, short high, long low, long high
 * emphasis; grey level and length non-uniformity, each bare and normalised; percentage; grey level and length
 * variance; entropy. The 17th is the energy. */
enum { LENGTH_FEATURES = 17 };
typedef struct {
    uint32_t level, length;
    double count;
} LengthCell;
/* `cells` are unique; `voxels` is what the percentage is taken of. NaN everywhere if there are no cells. */
bool length_features(const LengthCell *cells, size_t cell_count, double voxels, double out[LENGTH_FEATURES],
                     DensError **err) DENS_MUST_USE;

/* The families. Each adds each of its features once (for each aggregation). */
void add_local(const Roi *roi, FeatureList *list);
bool add_statistics(const Roi *roi, FeatureList *list, DensError **err) DENS_MUST_USE;
bool add_histogram(const Levels *levels, FeatureList *list, DensError **err) DENS_MUST_USE;
bool add_volume_histogram(const Roi *roi, const RadiomicsConfig *config, FeatureList *list,
                          DensError **err) DENS_MUST_USE;
bool add_morphology(const Roi *roi, FeatureList *list, DensError **err) DENS_MUST_USE;
bool add_glcm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err) DENS_MUST_USE;
bool add_glrlm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err) DENS_MUST_USE;
/* Size zones and distance zones share their zones. `levels` has its distances. */
bool add_zones(Levels *levels, const Roi *roi, bool slice_wise, FeatureList *list,
               DensError **err) DENS_MUST_USE;
bool add_ngtdm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err) DENS_MUST_USE;
bool add_ngldm(const Levels *levels, bool slice_wise, FeatureList *list, DensError **err) DENS_MUST_USE;

/* Moran's I and Geary's C of the intensity mask with weights 1/distance, by FFT. NaN for fewer than two
 * voxels or one intensity. */
bool autocorrelation(const Roi *roi, double *out_moran, double *out_geary, DensError **err) DENS_MUST_USE;

/* The surface of a mask: vertices in mm, three to a triangle, normals outward. */
typedef struct {
    size_t triangles;
    double *vertices; /* 9 a triangle */
    double area_mm2, volume_mm3;
} Mesh;
bool mesh_of(Mesh *out, const Roi *roi, DensError **err) DENS_MUST_USE;
void mesh_clear(Mesh *mesh);
static inline void mesh_auto(Mesh *mesh)
{
    mesh_clear(mesh);
}

/* The convex hull of points (three numbers each). */
typedef struct {
    double area_mm2, volume_mm3;
    size_t count;
    double *vertices;
} Hull;
bool hull_of(Hull *out, const double *points, size_t count, DensError **err) DENS_MUST_USE;
void hull_clear(Hull *hull);
static inline void hull_auto(Hull *hull)
{
    hull_clear(hull);
}

#endif
