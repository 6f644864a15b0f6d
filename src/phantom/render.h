/* Sampling an anatomy on voxel grids: inside phantom/ only. */
#ifndef DENS_PHANTOM_RENDER_H
#define DENS_PHANTOM_RENDER_H

#include "base/pool.h"
#include "dicom/dicom.h"
#include "phantom/anatomy.h"

enum { MOST_B_VALUES = 3, DCE_ARRIVAL_S = 30, PET_BQ_PER_SUV = 4000 };

/* How a series is acquired. */
typedef struct {
    SeriesRole role;
    const char *name; /* folder and description */
    double tr_ms, te_ms, ti_ms;
    double scale;    /* arbitrary units per unit of relative signal */
    double noise_sd; /* in the units of the image: HU or arbitrary; PET: of SUV 1, growing with its root */
    /* of series of several volumes */
    double flip_deg, step_s;
    size_t part_count; /* 0: one */
    double b_values[MOST_B_VALUES];
    double b_value, time_s; /* of one part, by acquisition_part() */
} Acquisition;

enum {
    ACQUISITION_CT,
    ACQUISITION_T1,
    ACQUISITION_T2,
    ACQUISITION_STIR,
    ACQUISITION_T1C,
    ACQUISITION_DWI,
    ACQUISITION_DCE,
    ACQUISITION_PET,
    ACQUISITION_COUNT
};
extern const Acquisition acquisitions[ACQUISITION_COUNT];

/* One volume of a series. */
Acquisition acquisition_part(const Acquisition *series, size_t part);
/* The signal of a tissue, in HU or the series' units, and the spread of its texture. */
double acquisition_signal(const Acquisition *series, const TissueValues *tissue);
double acquisition_texture(const Acquisition *series, TissueKind kind, double signal, double roughness);

/* The grids: axial for CT, sagittal for MR; a child's field is smaller. */
void render_ct_grid(const Anatomy *anatomy, Geometry *out);
void render_mr_grid(const Anatomy *anatomy, Geometry *out);
void render_functional_grid(const Anatomy *anatomy, size_t acquisition, Geometry *out);

/* What is sampled on one grid. */
typedef struct {
    Volume **volumes; /* one a series, without noise */
    Mask *labels;     /* scheme "dens": of most of a voxel's points; a reference tissue needs them all */
    Mask *anatomy;    /* codes of anatomy.h, without the lesion: of most points */
} Rendered;

/* The noise-free images of up to MOST_SERIES acquisitions that share a grid, and its labels. Points lie at
 * the corners of the voxels, `across` times as dense from left to right; where those of a voxel do not agree,
 * eight more inside it are asked. `out->volumes` has room for series_count; on failure all of it is NULL. */
enum { MOST_SERIES = 64 };
bool render_series(const Anatomy *anatomy, const Acquisition *series, size_t series_count,
                   const Geometry *grid, size_t across, Pool *pool, Rendered *out,
                   DensError **err) DENS_MUST_USE;

/* CT: the kernel's blur, then its grainy noise. MR: shading, then Rician noise. Keyed by `seed`: the same for
 * any number of threads. */
void render_degrade(Volume *volume, const Acquisition *series, uint64_t seed, Pool *pool);

#endif
