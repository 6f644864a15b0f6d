/* Shows a NIfTI file as our reader sees it, for comparison with other implementations:
 * dump-image volume|mask IN RAW [COPY] prints the geometry as JSON, writes the voxels as they lie in memory
 * to RAW and, if wanted, the image again as NIfTI to COPY; dump-image volumes IN RAW does it for all volumes
 * of a 4-D file, one behind the other. */
#include "image/nifti.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_geometry(const Geometry *geometry)
{
    double affine[3][4];
    char codes[4];
    geometry_to_ras(geometry, affine);
    geometry_codes(geometry, codes);
    printf("{\"size\": [%zu, %zu, %zu], \"codes\": \"%s\", \"sheared\": %s, \"affine\": [", geometry->size[0],
           geometry->size[1], geometry->size[2], codes, geometry->sheared ? "true" : "false");
    for (int row = 0; row < 3; row++) {
        printf("%s[%.17g, %.17g, %.17g, %.17g]", row ? ", " : "", affine[row][0], affine[row][1],
               affine[row][2], affine[row][3]);
    }
    printf("]}\n");
}

static bool write_raw(const char *path, const void *voxels, size_t width, size_t count)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(voxels, width, count, file) == count;
    return file && fclose(file) == 0 && good;
}

static bool dump_volumes(const char *in, const char *raw, DensError **err)
{
    Volume **volumes = NULL;
    size_t count = 0;
    double step_s = 0;
    FILE *file = fopen(raw, "wb");
    bool good = volumes_read_nifti(in, &volumes, &count, &step_s, err);
    for (size_t n = 0; good && n < count; n++) {
        size_t voxels = geometry_voxels(&volumes[n]->geometry);
        good = file && fwrite(volumes[n]->voxels, sizeof(float), voxels, file) == voxels;
    }
    if (good) {
        print_geometry(&volumes[0]->geometry);
    }
    volumes_free(volumes, count);
    return file && fclose(file) == 0 && good;
}

static bool dump(const char *kind, const char *in, const char *raw, const char *copy, DensError **err)
{
    if (strcmp(kind, "mask") == 0) {
        AUTO(mask_auto) Mask *mask = mask_read_nifti(in, err);
        if (!mask) {
            return false;
        }
        print_geometry(&mask->geometry);
        return write_raw(raw, mask->labels, sizeof *mask->labels, geometry_voxels(&mask->geometry)) &&
               (!copy || mask_write_nifti(mask, copy, err));
    }
    if (strcmp(kind, "volumes") == 0) {
        return dump_volumes(in, raw, err);
    }
    AUTO(volume_auto) Volume *volume = volume_read_nifti(in, err);
    if (!volume) {
        return false;
    }
    print_geometry(&volume->geometry);
    return write_raw(raw, volume->voxels, sizeof *volume->voxels, geometry_voxels(&volume->geometry)) &&
           (!copy || volume_write_nifti(volume, copy, err));
}

int main(int argc, char **argv)
{
    AUTO(error_auto) DensError *error = NULL;
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: dump-image volume|volumes|mask IN RAW [COPY]\n");
        return 2;
    }
    if (!dump(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : NULL, &error)) {
        fprintf(stderr, "%s: %s\n", error ? dens_error_where(error) : argv[3],
                error ? dens_error_summary(error) : "cannot be written");
        return 1;
    }
    return 0;
}
