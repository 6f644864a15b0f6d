/* Sampling an anatomy on voxel grids: inside phantom/ only. */
#ifndef DENS_PHANTOM_RENDER_H
#define DENS_PHANTOM_RENDER_H

#include "base/pool.h"
#include "dicom/dicom.h"
#include "phantom/anatomy.h"

/* How a series is acquired. */
typedef struct {
    SeriesRole role;
    const char *name; /* folder and description */
    double tr_ms, te_ms, ti_ms;
    double scale;    /* arbitrary units per unit of relative signal */
    double noise_sd; /* in the units of the image: HU or arbitrary */
} Acquisition;

enum { ACQUISITION_CT, ACQUISITION_T1, ACQUISITION_T2, ACQUISITION_STIR, ACQUISITION_T1C, ACQUISITION_COUNT };
extern const Acquisition acquisitions[ACQUISITION_COUNT];

/* The grids: axial for CT, sagittal for MR. */
void render_ct_grid(Geometry *out);
void render_mr_grid(Geometry *out);

/* The noise-free images of some acquisitions that share a grid, and its labels: a voxel's signal is the mean
 * over 2 × 2 × 2 (CT) or 2 × 2 × 5 (MR, across the thick slice) points, its label that of most points;
 * reference tissues (muscle, marrow, disc, fat, artery, cord, CSF) only where all points agree. Where every
 * second point agrees with the others, the rest are taken to agree, too. */
bool render_series(const Anatomy *anatomy, const Acquisition *series, size_t series_count,
                   const Geometry *grid, Pool *pool, Volume **out_volumes, Mask **out_labels,
                   DensError **err) DENS_MUST_USE;

/* CT: the kernel's blur, then Gaussian noise. MR: Rician noise. Keyed by `seed`: the same for any number of
 * threads. */
void render_degrade(Volume *volume, const Acquisition *series, uint64_t seed, Pool *pool);

#endif
