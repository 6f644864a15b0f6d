/* Inside measure/: the part of a series' grid about the lesion, and sets of its voxels as bytes. */
#ifndef DENS_MEASURE_BOX_H
#define DENS_MEASURE_BOX_H

#include "measure/measure.h"

typedef struct {
    size_t low[3], size[3], count;
    const MeasureSeries *series;
    double spacing_mm[3], voxel_mm3;
} Box;

/* With at least margin_mm around the lesion, as far as the grid goes; false if the mask is empty. */
bool box_make(Box *out, const MeasureSeries *series, double margin_mm);
/* Index in the box ↔ place in the box; index in the arrays of the series; its centre. */
size_t box_index(const Box *box, const size_t at[3]);
void box_place(const Box *box, size_t index, size_t out[3]);
size_t box_voxel(const Box *box, size_t index);
Vec3 box_point(const Box *box, size_t index);
/* The voxel of the box that holds a point; false where none does. */
bool box_find(const Box *box, Vec3 point_lps_mm, size_t *out_index);
/* Keeps of a region the voxels deeper than `mm`; below 0: adds those nearer to it than −mm. */
bool box_shrink(const Box *box, uint8_t *region, double mm, DensError **err) DENS_MUST_USE;
/* Adds all voxels that touch a marked one by a face. `scratch` has room for a box. */
void box_add_neighbours(const Box *box, uint8_t *marks, uint8_t *scratch);
/* Mean of a voxel of the volume and its finite neighbours by a face; NaN if none is finite. */
double box_smooth_value(const Box *box, size_t index);
/* Diameter of the ball with the volume of so many voxels. */
double box_ball_mm(const Box *box, double voxels);

/* Three sets of voxels, empty at first. */
typedef struct {
    uint8_t *inner, *marks, *scratch; /* owned */
} Bytes;
bool bytes_make(Bytes *out, size_t count, DensError **err) DENS_MUST_USE;
void bytes_clear(Bytes *bytes);
/* For AUTO(): frees an array of distances. */
void floats_clear(float **floats);

#endif
