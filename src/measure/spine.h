/* Inside measure/: what the labels about a lesion say: where its vertebrae, its canal and its arteries are.
 */
#ifndef DENS_MEASURE_SPINE_H
#define DENS_MEASURE_SPINE_H

#include "image/labels.h"
#include "measure/box.h"

typedef struct {
    Box box;            /* the lesion and SPINE_MARGIN_MM around it */
    uint8_t *kind;      /* by voxel of the box: a StructureKind; owned */
    uint8_t *level;     /* likewise: of a vertebra; owned */
    uint8_t *lesion;    /* 1 in the lesion; owned */
    uint8_t *nearest;   /* the level of the nearest vertebra; owned */
    float *to_bone_mm2; /* squared distance to the nearest vertebra; owned */
    size_t lesion_voxels;
    size_t of_level[LEVEL_COUNT]; /* voxels of the lesion by nearest vertebra */
    size_t contact[LEVEL_COUNT]; /* voxels of the lesion in this vertebra or within 1 mm along the axes of the
                                    grid */
    size_t bone[LEVEL_COUNT];    /* voxels with the level's label, in the box */
    Vec3 centre_lps_mm[LEVEL_COUNT]; /* of these */
    size_t canal_voxels;             /* cord, CSF and canal together */
    double canal_from_mm;            /* z of the first of the canal's slabs, which are a millimetre high */
    size_t slab_count;
    struct CanalSlab {
        double x, y, count; /* sums over the canal's voxels */
    } * slabs;              /* owned */
} Spine;

#define SPINE_MARGIN_MM 30.0

/* Reads the labels about the lesion of a series. Errors, in words that follow "missing:": no lesion, no
 * labels on this series, none of a vertebra near the lesion, no memory. */
bool spine_read(Spine *out, const MeasureSeries *series, DensError **err) DENS_MUST_USE;
void spine_clear(Spine *spine);
static inline bool spine_is_canal(const Spine *spine, size_t voxel)
{
    const uint8_t kind = spine->kind[voxel];
    return kind == STRUCTURE_CORD || kind == STRUCTURE_CSF || kind == STRUCTURE_CANAL;
}
/* Centre of the canal at a height: the mean over its voxels from 2 mm below to 2 mm above, or of the next
 * height that has any. There must be a canal. */
Vec3 spine_canal_centre(const Spine *spine, double z_mm);

/* The series with labels and a lesion that has the finest grid, of one role or (NULL) of any; NULL if none.
 */
const MeasureSeries *spine_series(const MeasureInput *input, const char *role);

#endif
