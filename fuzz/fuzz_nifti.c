/* NIfTI: whatever the bytes are, reading them as a volume and as a mask answers a result or one clear error,
 * and what was read is a grid with a place. */
#include "fuzz.h"

#include "image/nifti.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

static void check_outcome(const Geometry *geometry, const DensError *err)
{
    double index[3];
    check((geometry != NULL) == (err == NULL));
    check(!err || (*dens_error_summary(err) && !strchr(dens_error_summary(err), '\n')));
    check(!geometry || (geometry_voxels(geometry) > 0 && geometry_voxel_volume_mm3(geometry) > 0 &&
                        geometry_index_ijk(geometry, geometry->origin_lps_mm, index)));
}

static void check_volume(const char *path)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(volume_auto) Volume *volume = volume_read_nifti(path, &err);
    check_outcome(volume ? &volume->geometry : NULL, err);
}

static void check_mask(const char *path)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(mask_auto) Mask *mask = mask_read_nifti(path, &err);
    check_outcome(mask ? &mask->geometry : NULL, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/dens-fuzz-XXXXXX.nii"; /* the reader goes by the name; .gz is seen by content */
    int file = mkstemps(path, 4);
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)close(file);
    check_volume(path);
    check_mask(path);
    (void)unlink(path);
    return 0;
}
