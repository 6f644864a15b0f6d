/* NIfTI-1 and -2, .nii and .nii.gz; the only file that names nifti_clib. RAS in the file is LPS in memory. */
#ifndef DENS_IMAGE_NIFTI_H
#define DENS_IMAGE_NIFTI_H

#include "base/text.h"
#include "image/volume.h"

bool nifti_is(const char *path); /* by name */
/* What a file says of itself; it is gone through to its end, its voxels are not kept. */
typedef struct {
    Geometry geometry;
    size_t volumes;
    const char *type; /* "INT16"; static */
} NiftiInfo;
bool nifti_look(const char *path, NiftiInfo *out, DensError **err) DENS_MUST_USE;
/* 3-D (or 4-D with one time point). scl_slope and scl_inter applied; the sform if its code is above 0, else
 * the qform; neither is an error. Refused: a singular or non-finite affine, a header that claims more than
 * the file holds, complex and RGB types. */
Volume *volume_read_nifti(const char *path, DensError **err) DENS_MUST_USE;
/* All volumes of a 4-D file, on one grid; *out is the caller's (volumes_free). *out_step_s: the header's time
 * between two volumes, 0 if it has none. */
bool volumes_read_nifti(const char *path, Volume ***out, size_t *out_count, double *out_step_s,
                        DensError **err) DENS_MUST_USE;
void volumes_free(Volume **volumes, size_t count);
/* Labels must be integers in 0 … 65535. */
Mask *mask_read_nifti(const char *path, DensError **err) DENS_MUST_USE;
bool volume_write_nifti(const Volume *volume, const char *path, DensError **err) DENS_MUST_USE; /* float32 */
bool mask_write_nifti(const Mask *mask, const char *path, DensError **err) DENS_MUST_USE;       /* uint16 */
/* The bytes of volume.nii, and of mask.nii.gz, into `out`, which is empty. */
bool volume_pack_nifti(const Volume *volume, Text *out, DensError **err) DENS_MUST_USE;
bool mask_pack_nifti(const Mask *mask, Text *out, DensError **err) DENS_MUST_USE;

#endif
