/* Slices at uneven distances on an even grid: a head CT with thin slices below and thick ones above. */
#ifndef DENS_DICOM_RESPACE_H
#define DENS_DICOM_RESPACE_H

#include <stdbool.h>
#include <stddef.h>

/* An even grid for slices at these growing distances: from the first slice to the last, as fine as the
 * finest regular stretch. False with the gap that speaks against it (between slices *out_gap and
 * *out_gap + 1): the spacing may change along the stack by a tenth from gap to gap, or from one regular
 * stretch to another over a joint that is no wider than the wider of the two; anything else may be a missing
 * slice or a wrong position. */
bool respace_plan(const double *distances_mm, size_t count, double *out_spacing_mm, size_t *out_count,
                  size_t *out_gap);

/* An even grid of `out_count` planes `spacing_mm` apart from the first slice on, which fills up as slices
 * come, so that no slice is kept: `out` holds all planes of `plane_voxels` and is borrowed. */
typedef struct Respacing Respacing;
Respacing *respacing_new(const double *distances_mm, size_t count, double spacing_mm, size_t out_count,
                         size_t plane_voxels, float *out);
void respacing_free(Respacing *respacing);
/* Takes slice `index` (counted along the distances), each once, in any order, from several threads. A plane
 * is the linear interpolation of the two slices that it lies between; where one of them is infinite, it is,
 * too. */
void respacing_take(Respacing *respacing, size_t index, const float *slice);

/* (1 - weight) · a + weight · b of each of `count` values; `out` may be `a` or `b`. */
void respace_blend(const float *a, const float *b, double weight, size_t count, float *out);

#endif
